/*
 * chat_fsck reader: sessions of users, and how far readers have read. Both are of use only while
 * the user is there and can read the log.
 */
#include <inttypes.h>

#include "chat/fsck/int.h"
#include "chat/session.h"
#include "chat/session_list.h"
#include "chat/table.h"

static void
check_sessions(struct chat_fsck *f)
{
	struct chat_fsck_row *row;
	uint64_t user, gone = 0, damaged = 0;

	for (size_t i = 0;
	     (row = chat_fsck_rows_next(&f->tables[CHAT_TABLE_TOKENS], &i)) != NULL;) {
		bool known = chat_session_parse(chat_fsck_value(row), row->len, &user);

		if (known && chat_fsck_has_user(f, user))
			continue;
		gone += known;
		damaged += !known;
		chat_fsck_rows_drop(row);
	}
	chat_fsck_say_count(f, STORE_FOUND_STALE, CHAT_TABLE_TOKENS, gone,
	    "sessions of users who are gone: they open nothing");
	chat_fsck_say_count(f, STORE_FOUND_STALE, CHAT_TABLE_TOKENS, damaged,
	    "sessions whose records are damaged");
}

/* A session that is in no list comes into one with its next use. */
static void
check_session_lists(struct chat_fsck *f)
{
	struct chat_fsck_row *row;
	uint64_t bad = 0;

	for (size_t i = 0;
	     (row = chat_fsck_rows_next(&f->tables[CHAT_TABLE_SESSIONS], &i)) != NULL;) {
		if (row->key_len == CHAT_KEY_ID && chat_fsck_has_user(f, pack_get_u64(row->key)) &&
		    chat_session_list_valid(chat_fsck_value(row), row->len))
			continue;
		bad++;
		chat_fsck_rows_drop(row);
	}
	chat_fsck_say_count(f, STORE_FOUND_STALE, CHAT_TABLE_SESSIONS, bad,
	    "lists of sessions that are damaged, or of users who are gone");
}

static bool
may_read(const struct chat_fsck *f, uint64_t user, uint64_t log)
{
	unsigned char key[CHAT_KEY_ID];
	uint64_t destination;

	chat_key_id(key, log);
	destination = chat_fsck_rows_number(&f->logs, key, sizeof(key));
	return log == user || chat_fsck_has_member(f, log, user) ||
	    (destination != 0 &&
	        (destination == user || chat_fsck_has_member(f, destination, user))) ||
	    chat_fsck_may_read(f, user, log);
}

/* 0 or -1. */
static int
check_cursor(struct chat_fsck *f, struct chat_fsck_row *row, uint64_t *stale)
{
	struct store_log_info info;
	char name[CHAT_FSCK_NAME];

	if (row->key_len != CHAT_KEY_PAIR || row->len != 8) {
		chat_fsck_say(f, STORE_FOUND_DAMAGED, STORE_CURSORS, row,
		    "the record of a cursor is damaged");
		chat_fsck_rows_drop(row);
		return 0;
	}
	uint64_t user = pack_get_u64(row->key), log = pack_get_u64(row->key + CHAT_KEY_ID);
	if (!chat_fsck_has_user(f, user) || !may_read(f, user, log)) {
		++*stale;
		chat_fsck_rows_drop(row);
		return 0;
	}
	if (store_log_info(f->chat->store, log, &info) != STORE_OK)
		return -1;
	if (pack_get_u64(chat_fsck_value(row)) <= info.last)
		return 0;
	chat_fsck_say(f, STORE_FOUND_DAMAGED, STORE_CURSORS, row,
	    "log %" PRIu64 ": reader %s is at %" PRIu64 ", but the newest entry is %" PRIu64, log,
	    chat_fsck_name(f, user, name), pack_get_u64(chat_fsck_value(row)), info.last);
	chat_fsck_rows_put_number(&f->tables[STORE_CURSORS], row->key, row->key_len, info.last);
	return 0;
}

/* Those of groups stay when a member leaves. */
static void
check_marks(struct chat_fsck *f)
{
	struct chat_fsck_row *row;
	uint64_t stale = 0;

	for (size_t i = 0; (row = chat_fsck_rows_next(&f->tables[CHAT_TABLE_MARKS], &i)) != NULL;) {
		const bool good = row->key_len == CHAT_KEY_PAIR && row->len == 8;

		if (good && chat_fsck_has_user(f, pack_get_u64(row->key)))
			continue;
		if (!good)
			chat_fsck_say(f, STORE_FOUND_DAMAGED, CHAT_TABLE_MARKS, row,
			    "the record of a time of reading is damaged");
		stale += good;
		chat_fsck_rows_drop(row);
	}
	chat_fsck_say_count(f, STORE_FOUND_STALE, CHAT_TABLE_MARKS, stale,
	    "times of reading of users who are gone: they do no harm");
}

int
chat_fsck_readers(struct chat_fsck *f)
{
	struct chat_fsck_row *row;
	uint64_t stale = 0;

	check_sessions(f);
	check_session_lists(f);
	check_marks(f);
	for (size_t i = 0; (row = chat_fsck_rows_next(&f->tables[STORE_CURSORS], &i)) != NULL;)
		if (check_cursor(f, row, &stale) != 0)
			return -1;
	chat_fsck_say_count(f, STORE_FOUND_STALE, STORE_CURSORS, stale,
	    "cursors of users and members who are gone: they do no harm");
	return 0;
}
