/*
 * chat_fsck history: conversations and logs of activity. Their records are taken as what is true;
 * whose each log is follows from them. Those of users who are gone are left to the janitor.
 */
#include <inttypes.h>
#include <stdio.h>

#include "chat/fsck/int.h"
#include "chat/history/logs.h"
#include "chat/table.h"

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
		chat_fsck_say(f, STORE_FOUND_LOST, CHAT_TABLE_CONVERSATIONS, row,
		    "the record of a conversation is damaged");
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
