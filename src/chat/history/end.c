/*
 * chat_history_end: the logs of a conversation are closed first, for an open log must be found;
 * then its records go in one transaction. A sender who meets a closed log sends without.
 */
#include "chat/history/end.h"

#include <stdlib.h>

#include "base/vector.h"
#include "chat/history/activity.h"
#include "chat/history/logs.h"
#include "chat/owner.h"
#include "chat/realm/remote_user.h"
#include "chat/set.h"
#include "chat/trim.h"

#define LOGS_MOST 4 /* of a conversation that are its own */

/* A conversation, and who of the two has records of another kind. */
struct ending {
	struct chat_history history;
	uint64_t logs[LOGS_MOST];
	unsigned int n;
};

static bool
is_remote(struct chat *chat, uint64_t id)
{
	struct chat_remote_user user;

	return chat_remote_user_get(chat, id, &user) == CHAT_OK;
}

static struct ending
ending_of(struct chat *chat, const struct chat_history *history)
{
	struct ending ending = { .history = *history };

	ending.logs[ending.n++] = history->from_low;
	if (history->from_high != 0 && history->from_high != history->from_low)
		ending.logs[ending.n++] = history->from_high;
	if (is_remote(chat, history->low))
		ending.logs[ending.n++] = history->low_activity;
	if (is_remote(chat, history->high))
		ending.logs[ending.n++] = history->high_activity;
	return ending;
}

/*
 * Closes a log if nothing has come since it was found empty: the entry that is appended to see that
 * goes with the log. CHAT_INBOX_FULL: something has come.
 */
static enum chat_result
tx_close_empty(struct chat *chat, struct store_tx *tx, uint64_t log)
{
	const struct chat_activity nothing = { .kind = CHAT_ACTIVITY_READ, .id = 1 };
	unsigned char entry[CHAT_ACTIVITY_RECORD];
	struct store_log_info info;

	if (store_log_info(chat->store, log, &info) != STORE_OK)
		return CHAT_FAILED;
	if (info.first <= info.last)
		return CHAT_INBOX_FULL;
	if (info.closed)
		return CHAT_OK;
	store_tx_append(tx, log, entry, chat_activity_write(entry, &nothing), info.last, 1);
	store_tx_close_log(tx, log);
	return CHAT_OK;
}

static enum chat_result
close_logs(struct chat *chat, const struct ending *ending, bool if_empty)
{
	struct store_tx tx;
	enum chat_result result = CHAT_OK;

	store_tx_init(&tx);
	for (unsigned int i = 0; i < ending->n && result == CHAT_OK; i++) {
		if (if_empty)
			result = tx_close_empty(chat, &tx, ending->logs[i]);
		else
			store_tx_close_log(&tx, ending->logs[i]);
	}
	if (result != CHAT_OK || tx.steps == 0)
		return result;
	return chat_from_store(store_commit(chat->store, &tx, NULL));
}

/* What one of the two had of it: a place in the list, and a read marker. */
static enum chat_result
tx_forget_end(struct chat *chat, struct store_tx *tx, const struct chat_history *history,
    uint64_t id)
{
	struct chat_set set = chat_history_list(id, chat_history_partner(history, id));
	unsigned char key[CHAT_KEY_PAIR], partner[CHAT_KEY_ID];
	uint32_t others;

	if (id == CHAT_HISTORY_SERVER || is_remote(chat, id))
		return CHAT_OK;
	chat_key_pair(key, id, chat_history_to(history, id));
	store_tx_delete(tx, STORE_CURSORS, key, sizeof(key));
	chat_key_pair(key, id, chat_history_partner(history, id));
	store_tx_delete(tx, CHAT_TABLE_MARKS, key, sizeof(key));
	chat_key_id(partner, chat_history_partner(history, id));
	return chat_from_store(chat_set_remove(chat, tx, &set, partner, sizeof(partner), &others));
}

static enum chat_result
try_forget(struct chat *chat, const struct ending *ending)
{
	const struct chat_history *history = &ending->history;
	unsigned char key[CHAT_KEY_PAIR], value[CHAT_HISTORY_RECORD];
	struct store_tx tx;
	enum chat_result result;

	store_tx_init(&tx);
	chat_history_key(key, history->low, history->high);
	chat_key_swap(&tx, CHAT_TABLE_CONVERSATIONS, key, sizeof(key), value,
	    chat_history_pack(value, history), NULL, 0);
	for (unsigned int i = 0; i < ending->n; i++) {
		chat_key_id(key, ending->logs[i]);
		store_tx_delete(&tx, CHAT_TABLE_CONVERSATIONS, key, CHAT_KEY_ID);
	}
	result = tx_forget_end(chat, &tx, history, history->low);
	if (result == CHAT_OK && history->high != history->low)
		result = tx_forget_end(chat, &tx, history, history->high);
	return result == CHAT_OK ? chat_from_store(store_commit(chat->store, &tx, NULL)) : result;
}

/* Whether another process was faster is seen when the record is read again. */
static enum chat_result
end_history(struct chat *chat, uint64_t low, uint64_t high, bool if_empty)
{
	enum chat_result result = CHAT_CONFLICT;
	struct chat_history history;

	for (unsigned int tries = 0; chat_retry(&result, &tries);) {
		result = chat_history_get(chat, low, high, &history);
		if (result != CHAT_OK)
			return result == CHAT_NO_USER ? CHAT_OK : result;
		const struct ending ending = ending_of(chat, &history);

		result = close_logs(chat, &ending, if_empty);
		if (result == CHAT_OK)
			result = try_forget(chat, &ending);
	}
	/* Something has come meanwhile, or another is ending it, too. */
	return if_empty && (result == CHAT_INBOX_FULL || result == CHAT_NO_USER) ? CHAT_OK : result;
}

static enum chat_result
try_forget_activity(struct chat *chat, uint64_t owner, uint64_t log)
{
	unsigned char key[CHAT_KEY_ID], value[CHAT_KEY_ID];
	struct store_tx tx;

	store_tx_init(&tx);
	chat_key_id(key, owner);
	chat_key_id(value, log);
	chat_key_swap(&tx, CHAT_TABLE_ACTIVITY, key, sizeof(key), value, sizeof(value), NULL, 0);
	store_tx_delete(&tx, CHAT_TABLE_CONVERSATIONS, value, sizeof(value));
	return chat_from_store(store_commit(chat->store, &tx, NULL));
}

static enum chat_result
end_activity(struct chat *chat, uint64_t owner)
{
	enum chat_result result = CHAT_CONFLICT;
	uint64_t log;

	for (unsigned int tries = 0; chat_retry(&result, &tries);) {
		result = chat_history_activity_of(chat, owner, &log);
		if (result != CHAT_OK || log == 0)
			return result;
		result = chat_close_log(chat, log);
		if (result == CHAT_OK)
			result = try_forget_activity(chat, owner, log);
	}
	return result;
}

enum chat_result
chat_history_clear(struct chat *chat, uint64_t owner)
{
	uint64_t partner;
	uint32_t at = 0;
	enum chat_result result;

	/* Each part is read from its beginning while something is in it. */
	for (; (result = chat_history_next(chat, owner, &at, &partner)) == CHAT_OK; at--) {
		const uint64_t low = owner < partner ? owner : partner;

		result = end_history(chat, low, low == owner ? partner : owner, false);
		if (result != CHAT_OK)
			break;
	}
	if (result == CHAT_NO_USER)
		result = end_activity(chat, owner);
	return result == CHAT_FORBIDDEN ? CHAT_OK : result;
}

/* The keys of a table: visiting it must not use the store. */
struct pair {
	uint64_t first;
	uint64_t second;
};

struct found {
	struct pair *list;
	size_t n;
	bool failed;
};

static int
add_found(struct found *found, uint64_t first, uint64_t second)
{
	struct pair *added = vector_add(&found->list, &found->n, sizeof(*added));

	found->failed |= added == NULL;
	if (added == NULL)
		return 1;
	*added = (struct pair){ first, second };
	return 0;
}

static int
add_history(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct chat_history history;

	return chat_history_parse(key, key_len, value, len, &history)
	    ? add_found(arg, history.low, history.high)
	    : 0;
}

static int
add_activity(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	return key_len == CHAT_KEY_ID && len == CHAT_KEY_ID
	    ? add_found(arg, pack_get_u64(key), pack_get_u64(value))
	    : 0;
}

/* How far the entries of a log were read from the log that is the first of theirs. */
static enum chat_result
find_first_read(struct chat *chat, uint64_t reader, uint64_t log, uint64_t *number)
{
	struct store_reader at;
	struct store_entry entry;
	uint64_t seq;
	enum store_status status = store_reader_init(&at, chat->store, log, 0);

	*number = 0;
	if (status == STORE_OK)
		status = store_reader_peek(&at, &seq);
	if (status == STORE_OK)
		status = store_entry(chat->store, seq, &entry);
	if (status == STORE_ABSENT)
		return CHAT_OK;
	return status == STORE_OK ? chat_cursor(chat, reader, entry.log, number) : CHAT_FAILED;
}

/* What was sent to another realm nobody reads here, and it is no more than that. */
static enum chat_result
trim_direction(struct chat *chat, uint64_t reader, uint64_t log, uint64_t *trimmed)
{
	struct chat_trim trim = CHAT_TRIM_READ(UINT64_MAX);
	enum chat_result result = CHAT_OK;

	if (reader != CHAT_HISTORY_SERVER && !is_remote(chat, reader)) {
		result = chat_cursor(chat, reader, log, &trim.read_up_to);
		if (result == CHAT_OK)
			result = find_first_read(chat, reader, log, &trim.first_read_up_to);
	}
	return result == CHAT_OK ? chat_trim_log(chat, log, &trim, trimmed) : result;
}

static enum chat_result
trim_history(struct chat *chat, const struct chat_history *history)
{
	const struct ending ending = ending_of(chat, history);
	const struct chat_trim all_read = CHAT_TRIM_READ(UINT64_MAX);
	uint64_t trimmed = 0;
	enum chat_result result = trim_direction(chat, history->high, history->from_low, &trimmed);

	for (unsigned int i = 1; i < ending.n && result == CHAT_OK; i++)
		result = ending.logs[i] == history->from_high
		    ? trim_direction(chat, history->low, history->from_high, &trimmed)
		    : chat_trim_log(chat, ending.logs[i], &all_read, &trimmed);
	return result;
}

static enum chat_result
is_gone(struct chat *chat, uint64_t id, bool *gone)
{
	enum chat_result result = id == CHAT_HISTORY_SERVER ? CHAT_OK : chat_owner_find(chat, id);

	*gone |= result == CHAT_NO_USER && !is_remote(chat, id);
	return result == CHAT_NO_USER ? CHAT_OK : result;
}

static enum chat_result
expire_history(struct chat *chat, uint64_t low, uint64_t high)
{
	struct chat_history history;
	bool gone = false;
	enum chat_result result = chat_history_get(chat, low, high, &history);

	if (result == CHAT_NO_USER)
		return CHAT_OK;
	if (result == CHAT_OK)
		result = is_gone(chat, low, &gone);
	if (result == CHAT_OK)
		result = is_gone(chat, high, &gone);
	if (result == CHAT_OK && gone)
		return end_history(chat, low, high, false);
	if (result == CHAT_OK)
		result = trim_history(chat, &history);
	return result == CHAT_OK && low != CHAT_HISTORY_SERVER ? end_history(chat, low, high, true)
	                                                       : result;
}

static enum chat_result
expire_activity(struct chat *chat, uint64_t owner, uint64_t log)
{
	const struct chat_trim all_read = CHAT_TRIM_READ(UINT64_MAX);
	uint64_t trimmed = 0;
	bool gone = false;
	enum chat_result result = is_gone(chat, owner, &gone);

	if (result != CHAT_OK)
		return result;
	return gone ? end_activity(chat, owner) : chat_trim_log(chat, log, &all_read, &trimmed);
}

static enum chat_result
expire_each(struct chat *chat, int table, store_visit *add,
    enum chat_result (*expire)(struct chat *, uint64_t, uint64_t))
{
	struct found found = { .n = 0 };
	enum chat_result result = CHAT_OK;

	if (store_each(chat->store, table, add, &found) != 0 || found.failed)
		result = CHAT_FAILED;
	for (size_t i = 0; i < found.n && result == CHAT_OK; i++)
		result = expire(chat, found.list[i].first, found.list[i].second);
	free(found.list);
	return result;
}

enum chat_result
chat_history_expire(struct chat *chat)
{
	enum chat_result result =
	    expire_each(chat, CHAT_TABLE_CONVERSATIONS, add_history, expire_history);

	return result == CHAT_OK
	    ? expire_each(chat, CHAT_TABLE_ACTIVITY, add_activity, expire_activity)
	    : result;
}
