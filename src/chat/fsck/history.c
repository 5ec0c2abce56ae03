/*
 * chat_fsck history: conversations and logs of activity. Their records are taken as what is true;
 * whose each log is follows from them. Those of users who are gone are left to the janitor.
 */
#include <inttypes.h>
#include <stdio.h>

#include "chat/fsck/int.h"
#include "chat/history/activity.h"
#include "chat/history/logs.h"
#include "chat/message.h"
#include "chat/realm/outbound.h"
#include "chat/table.h"

#define LOGS_MOST 3 /* of a conversation that are its own */

static bool
read_history(const struct chat_fsck_row *row, struct chat_history *history)
{
	return chat_history_parse(row->key, row->key_len, chat_fsck_value(row), row->len, history);
}

/* Records that cannot be read, and neither tell whose a log is. */
static void
drop_damaged(struct chat_fsck *f)
{
	struct chat_history_owner owner;
	struct chat_history history;
	struct chat_fsck_row *row;
	uint64_t log;

	for (size_t i = 0;
	     (row = chat_fsck_rows_next(&f->tables[CHAT_TABLE_CONVERSATIONS], &i)) != NULL;) {
		if (read_history(row, &history) ||
		    chat_history_parse_owner(row->key, row->key_len, chat_fsck_value(row), row->len,
		        &log, &owner))
			continue;
		/* That of two is made anew from their logs. */
		if (row->key_len != CHAT_KEY_PAIR)
			chat_fsck_say(f, STORE_FOUND_DAMAGED, CHAT_TABLE_CONVERSATIONS, row,
			    "the record that says whose a log is is damaged");
		chat_fsck_rows_drop(row);
	}
	for (size_t i = 0;
	     (row = chat_fsck_rows_next(&f->tables[CHAT_TABLE_ACTIVITY], &i)) != NULL;) {
		if (row->key_len == CHAT_KEY_ID && row->len == CHAT_KEY_ID &&
		    pack_get_u64(chat_fsck_value(row)) != 0)
			continue;
		chat_fsck_say(f, STORE_FOUND_DAMAGED, CHAT_TABLE_ACTIVITY, row,
		    "the record of a log of activity is damaged");
		chat_fsck_rows_drop(row);
	}
}

/* The logs of a conversation whose record is lost, and what each of them is. */
struct lost {
	struct chat_history history;
	bool remote_low;
	bool remote_high;
	uint64_t unknown[LOGS_MOST]; /* logs without an entry that tells what they are */
	size_t n_unknown;
};

/* Whose sent messages a log has, or that it has refusals, as an entry of it tells. */
struct teller {
	uint64_t from; /* 0: the server, or somebody of another realm */
	bool remote;
	bool refusals;
};

static bool
take_teller(void *arg, const struct store_entry *entry)
{
	struct teller *teller = arg;
	struct chat_activity activity;
	struct chat_outbound outbound;
	struct chat_message message;

	if (chat_message_read(&message, entry->data, entry->len) == 0) {
		teller->from = message.from_id;
		teller->remote = message.realm.len > 0;
	} else if (chat_outbound_read(&outbound, entry->data, entry->len) == 0) {
		teller->from = outbound.from_id;
	} else {
		teller->refusals = chat_activity_read(&activity, entry->data, entry->len) == 0;
		return teller->refusals;
	}
	return true;
}

/* Where in a conversation a log belongs that has this entry; NULL: nowhere. */
static uint64_t *
find_place(struct lost *lost, const struct teller *teller)
{
	struct chat_history *history = &lost->history;

	if (teller->refusals)
		return lost->remote_low ? &history->low_activity
		    : lost->remote_high ? &history->high_activity
		                        : NULL;
	if (teller->remote)
		return lost->remote_low ? &history->from_low
		    : lost->remote_high ? &history->from_high
		                        : NULL;
	if (teller->from == history->low)
		return &history->from_low;
	return teller->from == history->high ? &history->from_high : NULL;
}

static void
take_log(struct chat_fsck *f, struct lost *lost, uint64_t log)
{
	struct teller teller = { .from = 0 };
	uint64_t *place =
	    chat_fsck_first(f, log, take_teller, &teller) ? find_place(lost, &teller) : NULL;

	if (place != NULL && *place == 0)
		*place = log;
	else if (lost->n_unknown < LOGS_MOST)
		lost->unknown[lost->n_unknown++] = log;
}

/* A log that is missing: one of the others, which are empty, or a new one. */
static void
fill_place(struct chat_fsck *f, struct lost *lost, uint64_t *place)
{
	if (*place != 0)
		return;
	if (lost->n_unknown > 0)
		*place = lost->unknown[--lost->n_unknown];
	else
		chat_fsck_take_id(f, *place = f->highest_id + 1);
}

static uint64_t
activity_of(const struct chat_fsck *f, uint64_t id)
{
	unsigned char key[CHAT_KEY_ID];

	chat_key_id(key, id);
	return chat_fsck_rows_number(&f->tables[CHAT_TABLE_ACTIVITY], key, sizeof(key));
}

static void
fill_places(struct chat_fsck *f, struct lost *lost)
{
	struct chat_history *history = &lost->history;

	fill_place(f, lost, &history->from_low);
	if (history->low == history->high)
		history->from_high = history->from_low;
	else if (history->low != CHAT_HISTORY_SERVER)
		fill_place(f, lost, &history->from_high);
	if (!lost->remote_low && history->low != CHAT_HISTORY_SERVER)
		history->low_activity = activity_of(f, history->low);
	if (!lost->remote_high)
		history->high_activity = activity_of(f, history->high);
	if (history->low != CHAT_HISTORY_SERVER)
		fill_place(f, lost, &history->low_activity);
	if (history->low == history->high)
		history->high_activity = history->low_activity;
	else
		fill_place(f, lost, &history->high_activity);
}

/* Makes the record of a conversation from the records that say whose its logs are. */
static void
make_history(struct chat_fsck *f, uint64_t low, uint64_t high)
{
	struct chat_fsck_rows *rows = &f->tables[CHAT_TABLE_CONVERSATIONS];
	struct lost lost = { .history = { .low = low, .high = high },
		.remote_low = chat_fsck_has_remote_user(f, low),
		.remote_high = chat_fsck_has_remote_user(f, high) };
	unsigned char key[CHAT_KEY_PAIR], value[CHAT_HISTORY_RECORD];
	char first[CHAT_FSCK_NAME], second[CHAT_FSCK_NAME];
	struct chat_history_owner owner;
	const struct chat_fsck_row *row;
	uint64_t log;

	for (size_t i = 0; (row = chat_fsck_rows_next(rows, &i)) != NULL;)
		if (chat_history_parse_owner(row->key, row->key_len, chat_fsck_value(row), row->len,
		        &log, &owner) &&
		    owner.first == low && owner.second == high)
			take_log(f, &lost, log);
	fill_places(f, &lost);
	chat_fsck_say(f, STORE_FOUND_DAMAGED, CHAT_TABLE_CONVERSATIONS, NULL,
	    "the record of the conversation of %s and %s is lost; its logs are not",
	    low == CHAT_HISTORY_SERVER ? NAME_SERVER : chat_fsck_name(f, low, first),
	    chat_fsck_name(f, high, second));
	chat_history_key(key, low, high);
	chat_fsck_rows_put(rows, key, sizeof(key), value, chat_history_pack(value, &lost.history));
}

/* Whether somebody can have a conversation. */
static bool
is_end(const struct chat_fsck *f, uint64_t id)
{
	return chat_fsck_has_user(f, id) || chat_fsck_has_remote_user(f, id);
}

static void
make_lost_histories(struct chat_fsck *f)
{
	struct chat_fsck_rows *rows = &f->tables[CHAT_TABLE_CONVERSATIONS];
	const size_t n = rows->n;
	struct chat_history_owner owner;
	unsigned char key[CHAT_KEY_PAIR];
	uint64_t log, drawn;

	/* A log that is made here has an id that nothing else has. */
	if (store_get_number(f->chat->store, STORE_COUNTERS, "id", 2, &drawn) == STORE_OK)
		chat_fsck_take_id(f, drawn);
	for (size_t i = 0; i < n; i++)
		if (!rows->list[i].gone && rows->list[i].key_len == CHAT_KEY_ID)
			chat_fsck_take_id(f, pack_get_u64(rows->list[i].key));
	for (size_t i = 0; i < n; i++) {
		const struct chat_fsck_row *row = &rows->list[i];

		if (row->gone ||
		    !chat_history_parse_owner(row->key, row->key_len, chat_fsck_value(row),
		        row->len, &log, &owner) ||
		    owner.first > owner.second)
			continue;
		chat_history_key(key, owner.first, owner.second);
		if (chat_fsck_rows_find(rows, key, sizeof(key)) == NULL &&
		    (owner.first == CHAT_HISTORY_SERVER || is_end(f, owner.first)) &&
		    is_end(f, owner.second))
			make_history(f, owner.first, owner.second);
	}
}

/* Whether one end of a conversation has a log of activity in a record of its own. */
static bool
has_own_activity(const struct chat_fsck *f, uint64_t id)
{
	return id != CHAT_HISTORY_SERVER && !chat_fsck_has_remote_user(f, id);
}

/* A log of activity that only conversations name gets its record back. True: the history is
 * changed. */
static bool
check_activity(struct chat_fsck *f, uint64_t id, uint64_t *activity)
{
	struct chat_fsck_rows *rows = &f->tables[CHAT_TABLE_ACTIVITY];
	unsigned char key[CHAT_KEY_ID];
	char name[CHAT_FSCK_NAME];
	uint64_t log;

	if (!has_own_activity(f, id))
		return false;
	chat_key_id(key, id);
	log = chat_fsck_rows_number(rows, key, sizeof(key));
	if (log == *activity)
		return false;
	chat_fsck_say(f, STORE_FOUND_DAMAGED, CHAT_TABLE_ACTIVITY, NULL,
	    "log %" PRIu64 " is not the log of activity of %s", *activity,
	    chat_fsck_name(f, id, name));
	if (log == 0) {
		chat_fsck_rows_put_number(rows, key, sizeof(key), *activity);
		return false;
	}
	*activity = log;
	return true;
}

static bool
is_gone(const struct chat_fsck *f, uint64_t id)
{
	return has_own_activity(f, id) && !chat_fsck_has_user(f, id) && !chat_fsck_has_group(f, id);
}

static void
check_histories(struct chat_fsck *f)
{
	struct chat_fsck_rows *rows = &f->tables[CHAT_TABLE_CONVERSATIONS];
	unsigned char value[CHAT_HISTORY_RECORD];
	const struct chat_fsck_row *row;
	struct chat_history history;
	uint64_t gone = 0;

	for (size_t i = 0; (row = chat_fsck_rows_next(rows, &i)) != NULL;) {
		if (!read_history(row, &history))
			continue;
		gone += is_gone(f, history.low) || is_gone(f, history.high);
		bool changed = check_activity(f, history.low, &history.low_activity);
		changed |= check_activity(f, history.high, &history.high_activity);
		if (changed)
			chat_fsck_rows_put(rows, row->key, row->key_len, value,
			    chat_history_pack(value, &history));
	}
	chat_fsck_say_count(f, STORE_FOUND_WARNING, CHAT_TABLE_CONVERSATIONS, gone,
	    "conversations of users who are gone: they will be removed");
}

/* Puts whose a log is. */
static void
put_owner(struct chat_fsck *f, uint64_t log, uint64_t first, uint64_t second)
{
	unsigned char key[CHAT_KEY_ID], value[CHAT_KEY_PAIR];

	if (log == 0)
		return;
	chat_fsck_take_id(f, log);
	chat_key_id(key, log);
	chat_key_pair(value, first, second);
	if (chat_fsck_rows_put(&f->tables[CHAT_TABLE_CONVERSATIONS], key, sizeof(key), value,
	        sizeof(value)))
		chat_fsck_say(f, STORE_FOUND_DAMAGED, CHAT_TABLE_CONVERSATIONS, NULL,
		    "log %" PRIu64 ": no record says whose it is", log);
}

static void
put_owners(struct chat_fsck *f, const struct chat_history *history)
{
	const uint64_t low = history->low, high = history->high;

	put_owner(f, history->from_low, low, high);
	put_owner(f, history->from_high, low, high);
	if (chat_fsck_has_remote_user(f, low))
		put_owner(f, history->low_activity, low, high);
	if (chat_fsck_has_remote_user(f, high))
		put_owner(f, history->high_activity, low, high);
}

static void
check_owners(struct chat_fsck *f)
{
	struct chat_fsck_rows *rows = &f->tables[CHAT_TABLE_CONVERSATIONS];
	const size_t n = rows->n;
	struct chat_history history;
	struct chat_fsck_row *row;

	chat_fsck_rows_unmark(rows);
	for (size_t i = 0; i < n; i++)
		if (!rows->list[i].gone && read_history(&rows->list[i], &history)) {
			rows->list[i].marked = true;
			put_owners(f, &history);
		}
	for (size_t i = 0;
	     (row = chat_fsck_rows_next(&f->tables[CHAT_TABLE_ACTIVITY], &i)) != NULL;)
		put_owner(f, pack_get_u64(chat_fsck_value(row)), pack_get_u64(row->key), 0);
	for (size_t i = 0; (row = chat_fsck_rows_next(rows, &i)) != NULL;) {
		if (row->marked)
			continue;
		chat_fsck_say(f, STORE_FOUND_DAMAGED, CHAT_TABLE_CONVERSATIONS, row,
		    "log %" PRIu64 " is of no conversation", pack_get_u64(row->key));
		chat_fsck_rows_drop(row);
	}
}

int
chat_fsck_histories(struct chat_fsck *f)
{
	drop_damaged(f);
	make_lost_histories(f);
	check_histories(f);
	check_owners(f);
	return 0;
}

static bool
find_owner(const struct chat_fsck *f, uint64_t log, struct chat_history_owner *owner)
{
	const struct chat_fsck_row *row =
	    chat_fsck_rows_find_id(&f->tables[CHAT_TABLE_CONVERSATIONS], log);

	return row != NULL &&
	    chat_history_parse_owner(row->key, row->key_len, chat_fsck_value(row), row->len, &log,
	        owner);
}

bool
chat_fsck_name_history(struct chat_fsck *f, uint64_t log, char *what, size_t size)
{
	char first[CHAT_FSCK_NAME], second[CHAT_FSCK_NAME];
	struct chat_history_owner owner;

	if (!find_owner(f, log, &owner))
		return false;
	if (owner.second == 0)
		snprintf(what, size, "of what %s did", chat_fsck_name(f, owner.first, first));
	else
		snprintf(what, size, "of the conversation of %s and %s",
		    owner.first == CHAT_HISTORY_SERVER ? NAME_SERVER
		                                       : chat_fsck_name(f, owner.first, first),
		    chat_fsck_name(f, owner.second, second));
	return true;
}

bool
chat_fsck_may_read(const struct chat_fsck *f, uint64_t user, uint64_t log)
{
	struct chat_history_owner owner;
	const struct chat_fsck_row *row;
	struct chat_history history;
	unsigned char key[CHAT_KEY_PAIR];

	if (!find_owner(f, log, &owner))
		return false;
	chat_key_pair(key, owner.first, owner.second);
	row = chat_fsck_rows_find(&f->tables[CHAT_TABLE_CONVERSATIONS], key, sizeof(key));
	return row != NULL && read_history(row, &history) &&
	    (user == history.low || user == history.high) && chat_history_to(&history, user) == log;
}
