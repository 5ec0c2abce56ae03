/*
 * chat_remote_log: a remote log stands in two places: in a record under destination and peer, and
 * in the destination's set. Both change in one transaction.
 */
#include "chat/realm/remote_log.h"

#include <bsd/stdlib.h>
#include <stdlib.h>
#include <string.h>

#include "base/vector.h"
#include "chat/key.h"
#include "chat/owner.h"

static const char hint_key[] = { CHAT_REMOTE_LOG_HINT_KEY };

struct chat_set
chat_remote_log_set(uint64_t destination)
{
	return chat_set_of(CHAT_SET_REMOTE_LOGS, destination);
}

bool
chat_remote_log_member(const void *member, size_t len, uint64_t *peer, uint64_t *log)
{
	const unsigned char *bytes = member;

	if (len != CHAT_KEY_PAIR)
		return false;
	*peer = pack_get_u64(bytes);
	*log = pack_get_u64(bytes + 8);
	return true;
}

bool
chat_remote_log_is_hint(const void *key, size_t key_len)
{
	return key_len == sizeof(hint_key) && memcmp(key, hint_key, key_len) == 0;
}

bool
chat_remote_log_parse(const void *key, size_t key_len, const void *value, size_t len,
    uint64_t *destination, uint64_t *peer, uint64_t *log)
{
	const unsigned char *bytes = key;

	if (key_len != CHAT_KEY_PAIR || len != CHAT_KEY_ID)
		return false;
	*destination = pack_get_u64(bytes);
	*peer = pack_get_u64(bytes + 8);
	*log = pack_get_u64(value);
	return true;
}

enum chat_result
chat_remote_log_find(struct chat *chat, uint64_t destination, uint64_t peer, uint64_t *log)
{
	unsigned char key[CHAT_KEY_PAIR];

	chat_key_pair(key, destination, peer);
	return chat_from_store(
	    store_get_number(chat->store, CHAT_TABLE_REMOTE_LOGS, key, sizeof(key), log));
}

enum chat_result
chat_remote_log_at(struct chat *chat, uint64_t destination, uint32_t index, uint64_t *peer,
    uint64_t *log)
{
	struct chat_set set = chat_remote_log_set(destination);
	unsigned char member[CHAT_SET_MEMBER];
	size_t len;
	enum store_status status = chat_set_item(chat, &set, index, member, &len);

	if (status == STORE_ABSENT)
		return CHAT_NO_REALM;
	return status == STORE_OK && chat_remote_log_member(member, len, peer, log) ? CHAT_OK
	                                                                            : CHAT_FAILED;
}

enum chat_result
chat_remote_log_hint(struct chat *chat, struct chat_remote_log_hint *hint)
{
	enum store_status status = store_get(chat->store, CHAT_TABLE_REMOTE_LOGS, hint_key,
	    sizeof(hint_key), hint->bits, sizeof(hint->bits), &hint->len);

	if (status == STORE_ABSENT)
		hint->len = 0;
	else if (status != STORE_OK || hint->len != sizeof(hint->bits))
		return CHAT_FAILED;
	return CHAT_OK;
}

/* Ids are given out one by one, so that no two of a few share a bit. */
static unsigned char
hint_bit(uint64_t destination, size_t *byte)
{
	uint64_t number = destination % (CHAT_REMOTE_LOG_HINT * 8);

	*byte = (size_t)(number / 8);
	return (unsigned char)(1U << number % 8);
}

bool
chat_remote_log_likely(const struct chat_remote_log_hint *hint, uint64_t destination)
{
	size_t byte;
	unsigned char bit = hint_bit(destination, &byte);

	return hint->len > 0 && (hint->bits[byte] & bit) != 0;
}

void
chat_remote_log_hint_add(struct chat_remote_log_hint *hint, uint64_t destination)
{
	size_t byte;
	unsigned char bit = hint_bit(destination, &byte);

	if (hint->len == 0)
		memset(hint->bits, 0, sizeof(hint->bits));
	hint->len = sizeof(hint->bits);
	hint->bits[byte] |= bit;
}

bool
chat_remote_log_any(struct chat *chat)
{
	struct chat_remote_log_hint hint;

	return chat_remote_log_hint(chat, &hint) != CHAT_OK || hint.len > 0;
}

static enum chat_result
tx_hint(struct chat *chat, struct store_tx *tx, uint64_t destination)
{
	struct chat_remote_log_hint before, after;
	enum chat_result result = chat_remote_log_hint(chat, &before);

	if (result != CHAT_OK || chat_remote_log_likely(&before, destination))
		return result;
	after = before;
	chat_remote_log_hint_add(&after, destination);
	chat_key_swap(tx, CHAT_TABLE_REMOTE_LOGS, hint_key, sizeof(hint_key), before.bits,
	    before.len, after.bits, sizeof(after.bits));
	return CHAT_OK;
}

static enum chat_result
put_log(struct chat *chat, uint64_t destination, uint64_t peer, uint64_t log)
{
	struct chat_set set = chat_remote_log_set(destination);
	unsigned char key[CHAT_KEY_PAIR], member[CHAT_KEY_PAIR], value[CHAT_KEY_ID];
	struct store_tx tx;
	uint32_t others;
	enum store_status status;
	enum chat_result result;

	chat_key_pair(key, destination, peer);
	chat_key_pair(member, peer, log);
	chat_key_id(value, log);
	store_tx_init(&tx);
	store_tx_expect_absent(&tx, CHAT_TABLE_REMOTE_LOGS, key, sizeof(key));
	store_tx_put(&tx, CHAT_TABLE_REMOTE_LOGS, key, sizeof(key), value, sizeof(value));
	result = tx_hint(chat, &tx, destination);
	if (result != CHAT_OK)
		return result;
	status = chat_set_add(chat, &tx, &set, member, sizeof(member), &others);
	if (status == STORE_OK)
		status = store_commit(chat->store, &tx, NULL);
	return chat_from_store(status);
}

static enum chat_result
clear_if_gone(struct chat *chat, uint64_t destination)
{
	enum chat_result result = chat_owner_find(chat, destination);

	return result == CHAT_NO_USER ? chat_remote_log_clear(chat, destination) : result;
}

/* *fresh is an id that the tries share; 0: none yet. */
static enum chat_result
try_make(struct chat *chat, uint64_t destination, uint64_t peer, uint64_t *fresh, uint64_t *log)
{
	enum chat_result result = chat_remote_log_find(chat, destination, peer, log);

	if (result != CHAT_OK || *log != 0)
		return result;
	if (*fresh == 0)
		result = chat_new_id(chat, fresh);
	if (result == CHAT_OK)
		result = put_log(chat, destination, peer, *fresh);
	*log = *fresh;
	/* A process that was removing the destination may have cleared its logs already. */
	return result == CHAT_OK ? clear_if_gone(chat, destination) : result;
}

enum chat_result
chat_remote_log_make(struct chat *chat, uint64_t destination, uint64_t peer, uint64_t *log)
{
	enum chat_result result = CHAT_CONFLICT;
	uint64_t fresh = 0;

	for (unsigned int tries = 0; chat_retry(&result, &tries);)
		result = try_make(chat, destination, peer, &fresh, log);
	return result;
}

/* An open log must be found, so it is closed first. */
static enum chat_result
remove_log(struct chat *chat, uint64_t destination, uint64_t peer, uint64_t log)
{
	struct chat_set set = chat_remote_log_set(destination);
	unsigned char key[CHAT_KEY_PAIR], state[CHAT_KEY_STATE];
	struct store_tx tx;
	uint32_t others;
	enum store_status status;

	store_tx_init(&tx);
	store_tx_close_log(&tx, log);
	chat_key_state(state, CHAT_STATE_PULLED, log);
	store_tx_delete(&tx, STORE_LOG_STATE, state, sizeof(state));
	status = store_commit(chat->store, &tx, NULL);
	if (status != STORE_OK)
		return chat_from_store(status);
	store_tx_init(&tx);
	chat_key_pair(key, destination, log);
	store_tx_delete(&tx, STORE_CURSORS, key, sizeof(key));
	chat_key_pair(key, destination, peer);
	store_tx_delete(&tx, CHAT_TABLE_REMOTE_LOGS, key, sizeof(key));
	chat_key_pair(key, peer, log);
	status = chat_set_remove(chat, &tx, &set, key, sizeof(key), &others);
	if (status == STORE_OK)
		status = store_commit(chat->store, &tx, NULL);
	return chat_from_store(status);
}

/* CHAT_NO_REALM when the destination has no log any more. */
static enum chat_result
remove_first_log(struct chat *chat, uint64_t destination)
{
	uint64_t peer, log;
	enum chat_result result = chat_remote_log_at(chat, destination, 0, &peer, &log);

	return result == CHAT_OK ? remove_log(chat, destination, peer, log) : result;
}

enum chat_result
chat_remote_log_clear(struct chat *chat, uint64_t destination)
{
	enum chat_result result = CHAT_OK;

	while (result == CHAT_OK) {
		result = CHAT_CONFLICT;
		for (unsigned int tries = 0; chat_retry(&result, &tries);)
			result = remove_first_log(chat, destination);
	}
	/* One who may not do it leaves it to the janitor. */
	return result == CHAT_NO_REALM || result == CHAT_FORBIDDEN ? CHAT_OK : result;
}

/* Destinations: visiting the table must not use the store. */
struct found {
	uint64_t *list;
	size_t n;
	bool failed;
};

static int
add_destination(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct found *found = arg;
	uint64_t destination, peer, log;

	if (!chat_remote_log_parse(key, key_len, value, len, &destination, &peer, &log))
		return 0;
	uint64_t *added = vector_add(&found->list, &found->n, sizeof(*added));

	if (added == NULL) {
		found->failed = true;
		return 1;
	}
	*added = destination;
	return 0;
}

enum chat_result
chat_remote_log_sweep(struct chat *chat)
{
	struct found found = { .n = 0 };
	enum chat_result result = CHAT_OK;

	if (!chat_remote_log_any(chat))
		return CHAT_OK;
	if (store_each(chat->store, CHAT_TABLE_REMOTE_LOGS, add_destination, &found) != 0 ||
	    found.failed)
		result = CHAT_FAILED;
	for (size_t i = 0; result == CHAT_OK && i < found.n; i++)
		result = clear_if_gone(chat, found.list[i]);
	free(found.list);
	return result;
}
