/*
 * dialect_info: the lists of people and messages inside replies that several dialects show
 * alike.
 */
#include "dialect/info.h"

#include <bsd/stdlib.h>

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/vector.h"
#include "chat/group.h"
#include "dialect/file.h"
#include "dialect/notice.h"

#define FILE_MSG    "File " /* the text that tells of a file: this and its name */
#define NOTICE_SIZE 80      /* bytes of what tells of lost messages */

/* Bytes of what tells whether user@realm is online. */
#define PRESENCE_SIZE (2 * NAME_MAX_BYTES + 32)

/* Who is online, each user once, with the earliest login. */
struct people {
	struct person {
		uint64_t user;
		int64_t since_ms;
	} * list;
	size_t n;
};

static int
add_person(void *arg, unsigned int slot, const struct scoreboard_entry *entry)
{
	struct people *people = arg;

	(void)slot;
	if (entry->user == 0)
		return 0;
	struct person *added = vector_add(&people->list, &people->n, sizeof(*added));

	if (added == NULL)
		return 1;
	*added = (struct person){ .user = entry->user, .since_ms = entry->since_ms };
	return 0;
}

static int
compare_people(const void *a, const void *b)
{
	const struct person *left = a, *right = b;

	if (left->user != right->user)
		return left->user < right->user ? -1 : 1;
	return (left->since_ms > right->since_ms) - (left->since_ms < right->since_ms);
}

static void
people_find(struct dialog *dialog, struct people *people)
{
	*people = (struct people){ 0 };
	scoreboard_each(dialog->chat.scoreboard, add_person, people);
	if (people->n > 1)
		qsort(people->list, people->n, sizeof(*people->list), compare_people);
}

static void
write_person(struct json_out *json, const struct chat_remote_person *person)
{
	const struct chat_user *user = &person->user;

	json_out_object_begin(json);
	json_out_key(json, "username");
	json_out_cstring(json, user->name);
	json_out_key(json, "name");
	json_out_cstring(json, user->fullname);
	json_out_key(json, "country");
	json_out_cstring(json, user->country);
	json_out_key(json, "online");
	json_out_bool(json, person->online);
	if (person->online && person->since[0] != '\0') {
		json_out_key(json, "since");
		json_out_cstring(json, person->since);
	}
	json_out_object_end(json);
}

/* One of the own realm; since_ms is 0 for who is not online. */
static void
write_user(struct json_out *json, const struct chat_user *user, int64_t since_ms)
{
	struct chat_remote_person person = { .user = *user, .online = since_ms != 0 };

	clock_iso(since_ms, person.since);
	write_person(json, &person);
}

/* The earliest login of a user who is online; 0: nobody is. */
static int64_t
online_since(struct dialog *dialog, uint64_t user)
{
	struct people people;
	int64_t since_ms = 0;

	people_find(dialog, &people);
	for (size_t i = 0; i < people.n && since_ms == 0; i++)
		if (people.list[i].user == user)
			since_ms = people.list[i].since_ms;
	free(people.list);
	return since_ms;
}

void
dialect_info_person(struct dialog *dialog, struct json_out *json,
    const struct chat_remote_person *person)
{
	const struct chat_user *user = &person->user;

	if (user->id == 0)
		write_person(json, person);
	else
		write_user(json, user, online_since(dialog, user->id));
}

void
dialect_info_presence(struct dialog *dialog, struct json_out *json,
    const struct chat_remote_person *person, struct chat_text who)
{
	uint64_t user = person->user.id;
	bool online = user == 0 ? person->online : online_since(dialog, user) != 0;
	char text[PRESENCE_SIZE];

	snprintf(text, sizeof(text), "User %.*s is currently %s", (int)who.len, who.data,
	    online ? "online" : "offline");
	json_out_cstring(json, text);
}

void
dialect_info_each(struct dialog *dialog,
    void (*visit)(struct json_out *, const struct chat_user *, int64_t since_ms),
    struct json_out *json, uint64_t leave_out)
{
	struct people people;
	struct chat_user user;

	people_find(dialog, &people);
	for (size_t i = 0; i < people.n; i++)
		if ((i == 0 || people.list[i].user != people.list[i - 1].user) &&
		    people.list[i].user != leave_out &&
		    chat_user_get(&dialog->chat, people.list[i].user, &user) == CHAT_OK)
			visit(json, &user, people.list[i].since_ms);
	free(people.list);
}

void
dialect_info_online(struct dialog *dialog, struct json_out *json)
{
	json_out_array_begin(json);
	dialect_info_each(dialog, write_user, json, 0);
	json_out_array_end(json);
}

static void
write_text(struct json_out *json, const char *key, struct chat_text text)
{
	json_out_key(json, key);
	json_out_string(json, text.data, text.len);
}

/* Some dialects keep what their clients put around a text on the wire. */
static void
write_msg(struct json_out *json, const struct line_dialect *line,
    const struct chat_message *message)
{
	json_out_string_begin(json);
	if (line->clothed)
		json_out_string_part(json, " ", 1);
	if (message->file)
		json_out_string_part(json, FILE_MSG, sizeof(FILE_MSG) - 1);
	if (dialect_notice_is(message))
		dialect_notice_write(json, message);
	else
		json_out_string_part(json, message->text.data, message->text.len);
	if (line->clothed)
		json_out_string_part(json, " \r\n", 3);
	json_out_string_end(json);
}

static void
write_fields(struct json_out *json, const struct line_dialect *line,
    const struct chat_message *message)
{
	write_text(json, "msg_from", message->from_name);
	write_text(json, "msg_to", message->to_name);
	json_out_key(json, "msg");
	write_msg(json, line, message);
	if (message->file && !line->clothed)
		write_text(json, "file", message->text);
	if (message->kind == CHAT_GROUP && !line->clothed)
		write_text(json, "group", message->to);
}

void
dialect_info_message(struct json_out *json, const struct line_dialect *line,
    const struct chat_message *message)
{
	json_out_object_begin(json);
	write_fields(json, line, message);
	json_out_object_end(json);
}

/* The text alone, or an object. */
static void
write_entry(struct json_out *json, const struct line_dialect *line,
    const struct chat_message *message, bool alone)
{
	if (alone)
		write_msg(json, line, message);
	else
		dialect_info_message(json, line, message);
}

/* False when there is nothing to show: it was trimmed since we looked, or tells of a file. */
static bool
read_message(struct dialog *dialog, const struct line_dialect *line,
    const struct chat_inbox_item *item, struct chat_message *message)
{
	return chat_inbox_read(&dialog->chat, item, message) == CHAT_OK &&
	    !(message->file && line->hides_files);
}

/* Room is how many bytes of files the reply may still carry. */
static void
write_message(struct dialog *dialog, struct json_out *json, const struct line_request *request,
    const struct chat_inbox *inbox, const struct chat_inbox_item *item, uint64_t *room)
{
	struct chat_message message;

	if (!read_message(dialog, request->line, item, &message))
		return;
	json_out_object_begin(json);
	write_fields(json, request->line, &message);
	if (message.file && request->line->family)
		dialect_file_enclose(dialog, json, request, inbox, item, &message, room);
	json_out_object_end(json);
}

void
dialect_info_event(struct dialog *dialog, const struct line_dialect *line,
    const struct chat_inbox *inbox, const struct chat_inbox_item *item)
{
	struct chat_message message;
	struct json_out json;

	if (!read_message(dialog, line, item, &message))
		return;
	dialect_line_begin(dialog, &json, "OK");
	json_out_key(&json, "event");
	json_out_cstring(&json, "message");
	json_out_key(&json, "sender");
	json_out_cstring(&json, inbox->senders[item->sender]);
	write_fields(&json, line, &message);
	dialect_line_end(dialog, &json);
}

/* Where messages were thrown away unread, a notice stands in their place. */
static void
write_lost(struct json_out *json, const struct line_request *request, uint64_t lost, bool alone)
{
	char text[NOTICE_SIZE];
	struct chat_message notice = { .kind = CHAT_NOTICE,
		.from_name = chat_text(NAME_SERVER),
		.to_name = chat_text(request->session.user.fullname) };

	snprintf(text, sizeof(text), "%llu pesan kedaluwarsa sebelum dibaca",
	    (unsigned long long)lost);
	notice.text = chat_text(text);
	write_entry(json, request->line, &notice, alone);
}

void
dialect_inbox_list(struct dialog *dialog, struct json_out *json, const struct line_request *request,
    const struct chat_inbox *inbox)
{
	uint64_t room = dialog->config->file_max;

	json_out_key(json, "messages");
	json_out_array_begin(json);
	if (inbox->lost > 0)
		write_lost(json, request, inbox->lost, false);
	for (size_t i = 0; i < inbox->n_items; i++)
		write_message(dialog, json, request, inbox, &inbox->items[i], &room);
	json_out_array_end(json);
}

/* The index of the sender of this name; n_senders when there is none. */
static size_t
find_sender(const struct chat_inbox *inbox, const char *name)
{
	size_t sender = 0;

	while (sender < inbox->n_senders && strcasecmp(inbox->senders[sender], name) != 0)
		sender++;
	return sender;
}

static void
write_sender(struct dialog *dialog, struct json_out *json, const struct line_request *request,
    const struct chat_inbox *inbox, size_t sender, uint64_t *room)
{
	for (size_t i = 0; i < inbox->n_items; i++)
		if (inbox->items[i].sender == sender)
			write_message(dialog, json, request, inbox, &inbox->items[i], room);
}

void
dialect_inbox_by_sender(struct dialog *dialog, struct json_out *json,
    const struct line_request *request, const struct chat_inbox *inbox)
{
	size_t first = inbox->lost > 0 ? find_sender(inbox, NAME_SERVER) : inbox->n_senders;
	uint64_t room = dialog->config->file_max;

	json_out_key(json, "messages");
	json_out_object_begin(json);
	if (inbox->lost > 0) {
		json_out_key(json, NAME_SERVER);
		json_out_array_begin(json);
		write_lost(json, request, inbox->lost, false);
		write_sender(dialog, json, request, inbox, first, &room);
		json_out_array_end(json);
	}
	for (size_t sender = 0; sender < inbox->n_senders; sender++) {
		if (sender == first)
			continue;
		json_out_key(json, inbox->senders[sender]);
		json_out_array_begin(json);
		write_sender(dialog, json, request, inbox, sender, &room);
		json_out_array_end(json);
	}
	json_out_object_end(json);
}

/* A key of the inbox of `files`. */
struct conversation {
	const char *name;
	size_t sender;  /* whose private messages; n_senders: nobody's */
	uint64_t group; /* the id of the group of this name; 0: there is none */
	uint64_t lost;  /* what a notice tells of */
};

/* Leaves out a key under which nothing would stand. */
static void
write_conversation(struct dialog *dialog, struct json_out *json, const struct line_request *request,
    const struct chat_inbox *inbox, const struct conversation *conversation)
{
	uint64_t user = request->session.user.id;
	struct chat_message message;
	bool any = conversation->lost > 0;

	if (any) {
		json_out_key(json, conversation->name);
		json_out_array_begin(json);
		write_lost(json, request, conversation->lost, true);
	}
	for (size_t i = 0; i < inbox->n_items; i++) {
		const struct chat_inbox_item *item = &inbox->items[i];
		uint64_t owner = inbox->logs[item->log].owner;

		if ((owner == user ? item->sender != conversation->sender
		                   : owner != conversation->group) ||
		    !read_message(dialog, request->line, item, &message))
			continue;
		if (!any) {
			json_out_key(json, conversation->name);
			json_out_array_begin(json);
		}
		any = true;
		/* Under a group's name nothing else says where the sender is. */
		if (message.realm.len > 0)
			message.from_name = chat_text(inbox->senders[item->sender]);
		write_entry(json, request->line, &message, owner == user);
	}
	if (any)
		json_out_array_end(json);
}

static void
write_partner(struct dialog *dialog, struct json_out *json, const struct line_request *request,
    const struct chat_inbox *inbox, size_t sender)
{
	struct conversation conversation = { .name = inbox->senders[sender], .sender = sender };
	struct chat_group group;

	/* One who has taken a deleted user's name may differ from that one in its case. */
	if (find_sender(inbox, conversation.name) == sender &&
	    chat_group_find(&dialog->chat, chat_text(conversation.name), &group) == CHAT_OK)
		conversation.group = group.id;
	write_conversation(dialog, json, request, inbox, &conversation);
}

/* Unless it was shown with the user of this name. */
static void
write_group(struct dialog *dialog, struct json_out *json, const struct line_request *request,
    const struct chat_inbox *inbox, uint64_t id)
{
	struct conversation conversation = { .sender = inbox->n_senders, .group = id };
	struct chat_group group;

	if (chat_group_get(&dialog->chat, id, &group) != CHAT_OK ||
	    find_sender(inbox, group.name) < inbox->n_senders)
		return;
	conversation.name = group.name;
	write_conversation(dialog, json, request, inbox, &conversation);
}

/* A group may have several logs. */
static bool
is_first_of_group(const struct chat_inbox *inbox, size_t log, uint64_t user)
{
	size_t first = 0;

	while (inbox->logs[first].owner != inbox->logs[log].owner)
		first++;
	return first == log && inbox->logs[log].owner != user;
}

void
dialect_inbox_by_conversation(struct dialog *dialog, struct json_out *json,
    const struct line_request *request, const struct chat_inbox *inbox)
{
	struct conversation server = { .name = NAME_SERVER,
		.sender = find_sender(inbox, NAME_SERVER),
		.lost = inbox->lost };

	json_out_key(json, "messages");
	json_out_object_begin(json);
	write_conversation(dialog, json, request, inbox, &server);
	for (size_t sender = 0; sender < inbox->n_senders; sender++)
		if (sender != server.sender)
			write_partner(dialog, json, request, inbox, sender);
	for (size_t log = 0; log < inbox->n_logs; log++)
		if (is_first_of_group(inbox, log, request->session.user.id))
			write_group(dialog, json, request, inbox, inbox->logs[log].owner);
	json_out_object_end(json);
}
