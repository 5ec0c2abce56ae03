/*
 * dialect_info: the lists of people and messages inside replies that several dialects show
 * alike.
 */
#include "dialect_info.h"

#include <bsd/stdlib.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "chat_group.h"
#include "log.h"

#define SERVER_NAME "kabar" /* reserved: it signs what the server itself says */
#define FILE_MSG    "File " /* the text that tells of a file: this and its name */

/* Who is online, each user once, with the earliest login. */
struct people {
	struct person {
		uint64_t user;
		int64_t since_ms;
	} * list;
	size_t n;
	size_t room;
};

static int
add_person(void *arg, unsigned int slot, const struct board_entry *entry)
{
	struct people *people = arg;

	(void)slot;
	if (entry->user == 0)
		return 0;
	if (people->n == people->room) {
		size_t room = people->room == 0 ? 64 : people->room * 2;
		struct person *bigger = reallocarray(people->list, room, sizeof(*bigger));

		if (bigger == NULL)
			return 1;
		people->list = bigger;
		people->room = room;
	}
	people->list[people->n++] =
	    (struct person){ .user = entry->user, .since_ms = entry->since_ms };
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
	board_each(dialog->chat.board, add_person, people);
	if (people->n > 1)
		qsort(people->list, people->n, sizeof(*people->list), compare_people);
}

static void
write_user(struct json *json, const struct chat_user *user, int64_t since_ms)
{
	char since[32];
	time_t seconds = (time_t)(since_ms / 1000);
	struct tm tm;

	json_object_begin(json);
	json_key(json, "username");
	json_cstring(json, user->name);
	json_key(json, "name");
	json_cstring(json, user->fullname);
	json_key(json, "country");
	json_cstring(json, user->country);
	json_key(json, "online");
	json_bool(json, since_ms != 0);
	if (since_ms != 0 && gmtime_r(&seconds, &tm) != NULL &&
	    strftime(since, sizeof(since), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0) {
		json_key(json, "since");
		json_cstring(json, since);
	}
	json_object_end(json);
}

void
dialect_info_user(struct dialog *dialog, struct json *json, const struct chat_user *user)
{
	struct people people;
	int64_t since_ms = 0;

	people_find(dialog, &people);
	for (size_t i = 0; i < people.n && since_ms == 0; i++)
		if (people.list[i].user == user->id)
			since_ms = people.list[i].since_ms;
	free(people.list);
	write_user(json, user, since_ms);
}

void
dialect_info_each(struct dialog *dialog,
    void (*visit)(struct json *, const struct chat_user *, int64_t since_ms), struct json *json,
    uint64_t leave_out)
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
dialect_info_online(struct dialog *dialog, struct json *json)
{
	json_array_begin(json);
	dialect_info_each(dialog, write_user, json, 0);
	json_array_end(json);
}

static void
write_text(struct json *json, const char *key, struct chat_text text)
{
	json_key(json, key);
	json_string(json, text.data, text.len);
}

/* Some dialects keep what their clients put around a text on the wire. */
static void
write_msg(struct json *json, const struct line_dialect *line, const struct chat_message *message)
{
	json_string_begin(json);
	if (line->clothed)
		json_string_part(json, " ", 1);
	if (message->file)
		json_string_part(json, FILE_MSG, sizeof(FILE_MSG) - 1);
	json_string_part(json, message->text.data, message->text.len);
	if (line->clothed)
		json_string_part(json, " \r\n", 3);
	json_string_end(json);
}

static void
write_fields(struct json *json, const struct line_dialect *line, const struct chat_message *message)
{
	write_text(json, "msg_from", message->from_name);
	write_text(json, "msg_to", message->to_name);
	json_key(json, "msg");
	write_msg(json, line, message);
	if (message->file && !line->clothed)
		write_text(json, "file", message->text);
	if (message->kind == CHAT_GROUP && !line->clothed)
		write_text(json, "group", message->to);
}

/* False when there is nothing to show: it was trimmed since we looked, or tells of a file. */
static bool
read_message(struct dialog *dialog, const struct line_dialect *line,
    const struct chat_inbox_item *item, struct chat_message *message)
{
	return chat_inbox_read(&dialog->chat, item, message) == CHAT_OK &&
	    !(message->file && line->hides_files);
}

static void
write_message(struct dialog *dialog, struct json *json, const struct line_dialect *line,
    const struct chat_inbox_item *item)
{
	struct chat_message message;

	if (!read_message(dialog, line, item, &message))
		return;
	json_object_begin(json);
	write_fields(json, line, &message);
	json_object_end(json);
}

void
dialect_info_event(struct dialog *dialog, const struct line_dialect *line,
    const struct chat_inbox *inbox, const struct chat_inbox_item *item)
{
	struct chat_message message;
	struct json json;

	if (!read_message(dialog, line, item, &message))
		return;
	dialect_line_begin(dialog, &json, "OK");
	json_key(&json, "event");
	json_cstring(&json, "message");
	json_key(&json, "sender");
	json_cstring(&json, inbox->senders[item->sender]);
	write_fields(&json, line, &message);
	dialect_line_end(dialog, &json);
}

/* Where messages were thrown away unread, a notice stands in their place. */
static void
write_lost(struct json *json, const struct line_request *request, uint64_t lost)
{
	char text[80];

	snprintf(text, sizeof(text), "%llu pesan kedaluwarsa sebelum dibaca",
	    (unsigned long long)lost);
	json_object_begin(json);
	json_key(json, "msg_from");
	json_cstring(json, SERVER_NAME);
	json_key(json, "msg_to");
	json_cstring(json, request->session.user.fullname);
	json_key(json, "msg");
	json_cstring(json, text);
	json_object_end(json);
}

void
dialect_inbox_list(struct dialog *dialog, struct json *json, const struct line_request *request,
    const struct chat_inbox *inbox)
{
	json_key(json, "messages");
	json_array_begin(json);
	if (inbox->lost > 0)
		write_lost(json, request, inbox->lost);
	for (size_t i = 0; i < inbox->n_items; i++)
		write_message(dialog, json, request->line, &inbox->items[i]);
	json_array_end(json);
}

void
dialect_inbox_by_sender(struct dialog *dialog, struct json *json,
    const struct line_request *request, const struct chat_inbox *inbox)
{
	json_key(json, "messages");
	json_object_begin(json);
	if (inbox->lost > 0) {
		json_key(json, SERVER_NAME);
		json_array_begin(json);
		write_lost(json, request, inbox->lost);
		json_array_end(json);
	}
	for (size_t sender = 0; sender < inbox->n_senders; sender++) {
		json_key(json, inbox->senders[sender]);
		json_array_begin(json);
		for (size_t i = 0; i < inbox->n_items; i++)
			if (inbox->items[i].sender == sender)
				write_message(dialog, json, request->line, &inbox->items[i]);
		json_array_end(json);
	}
	json_object_end(json);
}

/* Whether a message of this inbox came over a group's log. */
static bool
from_group(const struct chat_inbox *inbox, const struct chat_inbox_item *item, uint64_t user)
{
	return inbox->logs[item->log].log != user;
}

static void
write_private(struct dialog *dialog, struct json *json, const struct line_request *request,
    const struct chat_inbox *inbox, size_t sender)
{
	uint64_t user = request->session.user.id;
	struct chat_message message;
	bool any = false;

	for (size_t i = 0; i < inbox->n_items; i++) {
		const struct chat_inbox_item *item = &inbox->items[i];

		if (item->sender != sender || from_group(inbox, item, user) ||
		    !read_message(dialog, request->line, item, &message))
			continue;
		if (!any) {
			json_key(json, inbox->senders[sender]);
			json_array_begin(json);
		}
		any = true;
		write_msg(json, request->line, &message);
	}
	if (any)
		json_array_end(json);
}

static void
write_group(struct dialog *dialog, struct json *json, const struct line_request *request,
    const struct chat_inbox *inbox, size_t log)
{
	struct chat_group group;
	struct chat_message message;
	bool any = false;

	if (inbox->logs[log].log == request->session.user.id ||
	    chat_group_get(&dialog->chat, inbox->logs[log].log, &group) != CHAT_OK)
		return;
	for (size_t i = 0; i < inbox->n_items; i++) {
		if (inbox->items[i].log != log ||
		    !read_message(dialog, request->line, &inbox->items[i], &message))
			continue;
		if (!any) {
			json_key(json, group.name);
			json_array_begin(json);
		}
		any = true;
		json_object_begin(json);
		write_fields(json, request->line, &message);
		json_object_end(json);
	}
	if (any)
		json_array_end(json);
}

void
dialect_inbox_by_conversation(struct dialog *dialog, struct json *json,
    const struct line_request *request, const struct chat_inbox *inbox)
{
	json_key(json, "messages");
	json_object_begin(json);
	if (inbox->lost > 0) {
		json_key(json, SERVER_NAME);
		json_array_begin(json);
		write_lost(json, request, inbox->lost);
		json_array_end(json);
	}
	for (size_t sender = 0; sender < inbox->n_senders; sender++)
		write_private(dialog, json, request, inbox, sender);
	for (size_t log = 0; log < inbox->n_logs; log++)
		write_group(dialog, json, request, inbox, log);
	json_object_end(json);
}
