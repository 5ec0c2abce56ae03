/*
 * dialect_room_push: what a connection of the room dialect is sent without having asked: the
 * room's messages, and the lists of rooms and people. When to look is left to dialect_room.
 */
#include "dialect/room/room_push.h"

#include <bsd/stdlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/vector.h"
#include "chat/group.h"
#include "chat/message.h"
#include "chat/push.h"
#include "dialect/notice.h"
#include "dialect/room/room_reply.h"

#define HASH_BEGIN  UINT64_C(0xcbf29ce484222325) /* FNV-1a */
#define HASH_FACTOR UINT64_C(0x100000001b3)

#define PAUSE_SHARE 200   /* see pause_ms() */
#define PAUSE_LEAST 10    /* milliseconds; less is none */
#define PAUSE_MOST  60000 /* from as many names on, too */

/* What goes into a list. */
struct names {
	struct name {
		char text[NAME_MAX_BYTES + 1];
	} * list;
	size_t n;
	uint64_t group; /* only those in its room; 0: all */
	bool failed;
};

static struct name *
add(struct names *names)
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

	for (uint32_t i = 0; result == CHAT_OK && (name = add(names)) != NULL; i++)
		result = chat_group_name(&dialog->chat, i, name->text);
	if (result == CHAT_NO_GROUP)
		names->n--; /* the place behind the last */
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
	name = add(names);
	if (name == NULL)
		return 1;
	snprintf(name->text, sizeof(name->text), "%.*s", NAME_MAX_BYTES, entry->name);
	return 0;
}

/* Who is there more than once is sorted out with the names. */
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
sort(struct names *names)
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

/* Sends a list if it is another than the last one. Returns how long it is. */
static size_t
send_list(struct dialog *dialog, enum room_list which)
{
	struct names names = { .list = NULL };
	uint64_t hash;

	lists[which].find(dialog, &names);
	sort(&names);
	hash = hash_of(&names);
	if (!names.failed && hash != dialog->room.lists[which].hash) {
		dialog->room.lists[which].hash = hash;
		write_list(dialog, lists[which].code, &names);
	}
	free(names.list);
	return names.n;
}

static bool
wanted(const struct room_state *room, enum room_list which)
{
	return which == ROOM_LIST_USERS ? room->group != 0 : room->here;
}

/* Sends what has changed. Returns how long the longest list is that was looked at; 0: none was. */
static size_t
look(struct dialog *dialog)
{
	struct room_state *room = &dialog->room;
	size_t longest = 0;

	for (enum room_list which = 0; which < ROOM_LISTS; which++) {
		/* Before looking, so that what changes meanwhile is not taken for seen. */
		uint64_t changes = chat_push_changes(&dialog->chat, lists[which].topic) + 1;
		size_t n;

		if (!wanted(room, which) || room->lists[which].changes == changes)
			continue;
		room->lists[which].changes = changes;
		n = send_list(dialog, which);
		longest = n > longest ? n : longest;
	}
	return longest;
}

/*
 * When many come at once everybody's list changes with each of them: n lists of n names for each
 * of n changes. A pause that grows with the square keeps all that within a small part of what the
 * machine can do, and is none where there are few. During a pause the bell is not rung for lists;
 * they are looked at when it is over.
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
		int64_t pause = pause_ms(look(dialog));

		was_pausing = room->lists_ms != 0;
		room->lists_ms = pause == 0 ? 0 : clock_monotonic_ms() + pause;
		dialog->wake_ms = room->lists_ms;
		if (was_pausing != (pause != 0))
			dialect_room_listen(dialog);
		/* Something may have changed just before it listened again. */
	} while (was_pausing && room->lists_ms == 0);
}

static void
write_text(struct json_out *json, const char *key, struct chat_text text)
{
	json_out_key(json, key);
	json_out_string(json, text.data, text.len);
}

static bool
write_message(void *arg, const struct chat_message *message)
{
	struct dialog *dialog = arg;
	struct json_out json;
	bool notice = dialect_notice_is(message);

	dialect_room_push_begin(dialog, &json, "MESSAGE");
	json_out_key(&json, "SENDER");
	json_out_string_begin(&json);
	json_out_string_part(&json, message->from.data, message->from.len);
	if (message->realm.len > 0)
		json_out_string_part(&json, "@", 1);
	json_out_string_part(&json, message->realm.data, message->realm.len);
	json_out_string_end(&json);
	write_text(&json, "RECEIVER", notice ? chat_text(dialog->session.user.name) : message->to);
	json_out_key(&json, "CONTENT");
	json_out_string_begin(&json);
	if (message->file)
		json_out_string_part(&json, "File ", 5);
	if (notice)
		dialect_notice_write(&json, message);
	else
		json_out_string_part(&json, message->text.data, message->text.len);
	json_out_string_end(&json);
	dialect_room_push_end(dialog, &json);
	return !frame_failed(&dialog->frame);
}

void
dialect_room_push_messages(struct dialog *dialog)
{
	/* The log says what went wrong; the next wake-up tries again. */
	chat_tail_read(&dialog->chat, &dialog->room.tail, write_message, dialog);
}

/* False: the rest is left for the next time. */
static bool
push_notice(struct dialog *dialog, uint64_t seq)
{
	struct chat_message message;
	struct store_entry entry;
	enum store_status status = store_entry(dialog->chat.store, seq, &entry);

	if (status != STORE_OK)
		return status == STORE_ABSENT;
	if (chat_message_read(&message, entry.data, entry.len) != 0 || !dialect_notice_is(&message))
		return true;
	return write_message(dialog, &message);
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
	/* Mostly there is nothing, and that is to cost next to nothing. */
	if (room->notices.number >= info.last ||
	    store_reader_init(&reader, dialog->chat.store, user, room->notices.number) != STORE_OK)
		return;
	while (store_reader_peek(&reader, &seq) == STORE_OK && push_notice(dialog, seq)) {
		room->notices.number = reader.next;
		store_reader_skip(&reader);
	}
}
