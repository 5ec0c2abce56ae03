/* dialect_room_push: messages of the room, notices, and the lists of rooms and people. */
#include "dialect/room/push.h"

#include <bsd/stdlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/vector.h"
#include "chat/choice.h"
#include "chat/group.h"
#include "chat/group_list.h"
#include "chat/message.h"
#include "chat/push.h"
#include "dialect/message.h"
#include "dialect/room/reply.h"

#define HASH_BEGIN  UINT64_C(0xcbf29ce484222325) /* FNV-1a */
#define HASH_FACTOR UINT64_C(0x100000001b3)

#define PAUSE_SHARE 200   /* see pause_ms() */
#define PAUSE_LEAST 10    /* milliseconds; less is none */
#define PAUSE_MOST  60000 /* from as many names on, too */

/* The names of a list. */
struct names {
	struct name {
		char text[NAME_MAX_BYTES + 1];
	} * list;
	size_t n;
	uint64_t group; /* only those in its room; 0: all */
	bool failed;
};

static struct name *
add_name(struct names *names)
{
	struct name *added = vector_add(&names->list, &names->n, sizeof(*added));

	names->failed |= added == NULL;
	return added;
}

static void
find_rooms(struct dialog *dialog, struct names *names)
{
	enum chat_result result = CHAT_OK;
	struct name *name;

	for (uint32_t i = 0; result == CHAT_OK && (name = add_name(names)) != NULL; i++) {
		result = chat_group_list_name(&dialog->chat, i, name->text);
		if (result == CHAT_OK &&
		    !chat_choice_listed(&dialog->chat, name->text, dialog->session.user.id))
			names->n--;
	}
	if (result == CHAT_NO_GROUP)
		names->n--; /* the one for the group that there is not */
	else
		names->failed = true;
}

static int
add_person(void *arg, unsigned int slot, const struct scoreboard_entry *entry)
{
	struct names *names = arg;
	struct name *name;

	(void)slot;
	if (entry->user == 0 || (names->group != 0 && entry->room != names->group))
		return 0;
	name = add_name(names);
	if (name == NULL)
		return 1;
	snprintf(name->text, sizeof(name->text), "%.*s", NAME_MAX_BYTES, entry->name);
	return 0;
}

/* A user with several connections comes several times; sort_names() removes those. */
static void
find_people(struct dialog *dialog, struct names *names)
{
	scoreboard_list_fast(dialog->chat.scoreboard, add_person, names);
}

static void
find_room_users(struct dialog *dialog, struct names *names)
{
	names->group = dialog->room.group;
	find_people(dialog, names);
}

static const struct list {
	const char *code;
	enum wakeup_topic topic;
	void (*find)(struct dialog *, struct names *);
} lists[ROOM_LISTS] = {
	[ROOM_LIST_ROOMS] = { .code = "ROOM_LIST_OK", .topic = WAKEUP_ROOMS, .find = find_rooms },
	[ROOM_LIST_ONLINE] = { .code = "ONLINE_LIST_OK",
	    .topic = WAKEUP_PEOPLE,
	    .find = find_people },
	[ROOM_LIST_USERS] = { .code = "ROOM_USER_LIST",
	    .topic = WAKEUP_PEOPLE,
	    .find = find_room_users },
};

static int
compare_names(const void *a, const void *b)
{
	return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

static void
sort_names(struct names *names)
{
	size_t kept = 0;

	if (names->n > 1)
		qsort(names->list, names->n, sizeof(*names->list), compare_names);
	for (size_t i = 0; i < names->n; i++)
		if (i == 0 || strcmp(names->list[i].text, names->list[kept - 1].text) != 0)
			names->list[kept++] = names->list[i];
	names->n = kept;
}

static uint64_t
hash_of(const struct names *names)
{
	uint64_t hash = HASH_BEGIN;

	for (size_t i = 0; i < names->n; i++) {
		/* With its NUL, which divides a name from the next. */
		size_t len = strlen(names->list[i].text) + 1;

		for (size_t j = 0; j < len; j++)
			hash = (hash ^ (unsigned char)names->list[i].text[j]) * HASH_FACTOR;
	}
	return hash;
}

static void
write_list(struct dialog *dialog, const char *code, const struct names *names)
{
	struct json_out json;

	dialect_room_push_begin(dialog, &json, code);
	json_out_key(&json, "CONTENT");
	json_out_array_begin(&json);
	for (size_t i = 0; i < names->n; i++)
		json_out_cstring(&json, names->list[i].text);
	json_out_array_end(&json);
	dialect_room_push_end(dialog, &json);
}

/* Sends a list if it differs from the one sent last. Returns its length. */
static size_t
send_list(struct dialog *dialog, enum room_list which)
{
	struct names names = { .list = NULL };
	uint64_t hash;

	lists[which].find(dialog, &names);
	sort_names(&names);
	hash = hash_of(&names);
	if (!names.failed && hash != dialog->room.lists[which].hash) {
		dialog->room.lists[which].hash = hash;
		write_list(dialog, lists[which].code, &names);
	}
	free(names.list);
	return names.n;
}

static bool
is_wanted(const struct room_state *room, enum room_list which)
{
	return which == ROOM_LIST_USERS ? room->group != 0 : room->active;
}

/* Sends the lists that have changed. Returns the length of the longest that was looked at, or 0. */
static size_t
push_changed(struct dialog *dialog)
{
	struct room_state *room = &dialog->room;
	size_t longest = 0;

	for (enum room_list which = 0; which < ROOM_LISTS; which++) {
		/* Read before the list, so that no change in between is lost. */
		uint64_t changes = chat_push_changes(&dialog->chat, lists[which].topic) + 1;
		size_t n;

		if (!is_wanted(room, which) || room->lists[which].changes == changes)
			continue;
		room->lists[which].changes = changes;
		n = send_list(dialog, which);
		longest = n > longest ? n : longest;
	}
	return longest;
}

/*
 * When many come at once, every list changes with each of them: n lists of n names for each of n
 * changes. A pause that grows with the square keeps all that within a small part of what the
 * machine can do; few people need none. During a pause nothing wakes us for lists; they are looked
 * at when it is over.
 */
static int64_t
pause_ms(size_t names)
{
	int64_t n = names > PAUSE_MOST ? PAUSE_MOST : (int64_t)names;
	int64_t pause = n + n * n / PAUSE_SHARE;

	if (pause < PAUSE_LEAST)
		return 0;
	return pause > PAUSE_MOST ? PAUSE_MOST : pause;
}

void
dialect_room_push_lists(struct dialog *dialog, bool at_once)
{
	struct room_state *room = &dialog->room;
	bool was_pausing;

	dialog->wake_ms = room->lists_ms;
	if (!at_once && clock_monotonic_ms() < room->lists_ms)
		return;
	do {
		int64_t pause = pause_ms(push_changed(dialog));

		was_pausing = room->lists_ms != 0;
		room->lists_ms = pause == 0 ? 0 : clock_monotonic_ms() + pause;
		dialog->wake_ms = room->lists_ms;
		if (was_pausing != (pause != 0))
			dialect_subscribe(dialog);
		/* Something may have changed just before it was subscribed again. */
	} while (was_pausing && room->lists_ms == 0);
}

static bool
push_message(void *arg, const struct chat_message *message)
{
	struct dialog *dialog = arg;
	struct chat_text receiver = message->to;
	struct json_out json;

	if (dialect_message_is_notice(message))
		receiver = chat_text(dialog->session.user.name);
	dialect_room_push_begin(dialog, &json, "MESSAGE");
	json_out_key(&json, "SENDER");
	json_out_string_begin(&json);
	json_out_string_part(&json, message->from.data, message->from.len);
	if (message->realm.len > 0)
		json_out_string_cpart(&json, "@");
	json_out_string_part(&json, message->realm.data, message->realm.len);
	json_out_string_end(&json);
	json_out_pair_n(&json, "RECEIVER", receiver.data, receiver.len);
	json_out_key(&json, "CONTENT");
	json_out_string_begin(&json);
	dialect_message_text(&json, message);
	json_out_string_end(&json);
	dialect_room_push_end(dialog, &json);
	return !frame_failed(&dialog->frame);
}

void
dialect_room_push_messages(struct dialog *dialog)
{
	/* The log has the error; the next wakeup tries again. */
	chat_tail_read(&dialog->chat, &dialog->room.tail, push_message, dialog);
}

/* False: the rest is left for the next wakeup. */
static bool
push_notice(struct dialog *dialog, uint64_t seq)
{
	struct chat_message message;
	struct store_entry entry;
	enum store_status status = store_entry(dialog->chat.store, seq, &entry);

	if (status != STORE_OK)
		return status == STORE_ABSENT;
	if (chat_message_read(&message, entry.data, entry.len) != 0 ||
	    !dialect_message_is_notice(&message))
		return true;
	return push_message(dialog, &message);
}

void
dialect_room_push_notices(struct dialog *dialog)
{
	struct room_state *room = &dialog->room;
	uint64_t user = dialog->session.user.id, seq;
	struct store_log_info info;
	struct store_reader reader;

	if (store_log_info(dialog->chat.store, user, &info) != STORE_OK)
		return;
	if (room->notices.user != user) {
		room->notices.user = user;
		room->notices.number = info.last;
	}
	/* Mostly there is nothing new, which must cost next to nothing. */
	if (room->notices.number >= info.last ||
	    store_reader_init(&reader, dialog->chat.store, user, room->notices.number) != STORE_OK)
		return;
	while (store_reader_peek(&reader, &seq) == STORE_OK && push_notice(dialog, seq)) {
		room->notices.number = reader.next;
		store_reader_skip(&reader);
	}
}
