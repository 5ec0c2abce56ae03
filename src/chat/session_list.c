/* chat_session_list: a version, and hashes one after the other. */
#include "chat/session_list.h"

#include <string.h>

#include "base/hex.h"
#include "chat/key.h"
#include "chat/table.h"

#define LIST_VERSION 1

bool
chat_session_list_valid(const void *value, size_t len)
{
	const unsigned char *bytes = value;

	return len >= 1 && len <= CHAT_SESSION_LIST_RECORD && bytes[0] == LIST_VERSION &&
	    (len - 1) % TOKEN_HASH_LEN == 0;
}

/* Also the record as it is, for an expectation; *len is 0 where there is none. */
static enum chat_result
read_record(struct chat *chat, uint64_t user, struct chat_session_list *list,
    unsigned char data[CHAT_SESSION_LIST_RECORD], size_t *len)
{
	unsigned char key[CHAT_KEY_ID];
	enum store_status status;

	list->n = 0;
	chat_key_id(key, user);
	status = store_get(chat->store, CHAT_TABLE_SESSIONS, key, sizeof(key), data,
	    CHAT_SESSION_LIST_RECORD, len);
	if (status != STORE_OK) {
		*len = 0;
		return status == STORE_ABSENT ? CHAT_OK : CHAT_FAILED;
	}
	if (!chat_session_list_valid(data, *len))
		return CHAT_OK;
	list->n = (*len - 1) / TOKEN_HASH_LEN;
	memcpy(list->hashes, data + 1, *len - 1);
	return CHAT_OK;
}

enum chat_result
chat_session_list_read(struct chat *chat, uint64_t user, struct chat_session_list *list)
{
	unsigned char data[CHAT_SESSION_LIST_RECORD];
	size_t len;

	return read_record(chat, user, list, data, &len);
}

static bool
has_hash(const struct chat_session_list *list, const unsigned char hash[TOKEN_HASH_LEN])
{
	for (size_t i = 0; i < list->n; i++)
		if (memcmp(list->hashes[i], hash, TOKEN_HASH_LEN) == 0)
			return true;
	return false;
}

bool
chat_session_list_has(struct chat *chat, uint64_t user, const unsigned char hash[TOKEN_HASH_LEN])
{
	struct chat_session_list list;

	return chat_session_list_read(chat, user, &list) == CHAT_OK && has_hash(&list, hash);
}

static void
drop_hash(struct chat_session_list *list, size_t at)
{
	list->n--;
	memmove(list->hashes[at], list->hashes[at + 1], (list->n - at) * TOKEN_HASH_LEN);
}

void
chat_session_list_tx_add(struct chat *chat, struct store_tx *tx, uint64_t user,
    const unsigned char hash[TOKEN_HASH_LEN], chat_session_list_ended *ended, void *arg)
{
	unsigned char key[CHAT_KEY_ID];
	unsigned char before[CHAT_SESSION_LIST_RECORD],
	    after[CHAT_SESSION_LIST_RECORD] = { LIST_VERSION };
	struct chat_session_list list;
	size_t len;

	if (read_record(chat, user, &list, before, &len) != CHAT_OK || has_hash(&list, hash))
		return;
	if (list.n == CHAT_SESSION_LIST_MOST)
		for (size_t i = list.n; i-- > 0;)
			if (ended(arg, list.hashes[i]))
				drop_hash(&list, i);
	if (list.n == CHAT_SESSION_LIST_MOST)
		drop_hash(&list, 0);
	memcpy(list.hashes[list.n++], hash, TOKEN_HASH_LEN);
	memcpy(after + 1, list.hashes, list.n * TOKEN_HASH_LEN);
	chat_key_id(key, user);
	chat_key_swap(tx, CHAT_TABLE_SESSIONS, key, sizeof(key), before, len, after,
	    1 + list.n * TOKEN_HASH_LEN);
}

void
chat_session_list_id(const unsigned char hash[TOKEN_HASH_LEN], char id[CHAT_SESSION_LIST_ID + 1])
{
	hex_write(hash, CHAT_SESSION_LIST_ID / 2, id);
}

enum chat_result
chat_session_list_find(struct chat *chat, uint64_t user, struct chat_text id,
    unsigned char hash[TOKEN_HASH_LEN])
{
	unsigned char start[CHAT_SESSION_LIST_ID / 2];
	struct chat_session_list list;
	enum chat_result result;

	if (id.len != CHAT_SESSION_LIST_ID ||
	    hex_read(id.data, id.len, start, sizeof(start)) != (int)sizeof(start))
		return CHAT_BAD_ARGUMENT;
	result = chat_session_list_read(chat, user, &list);
	for (size_t i = 0; result == CHAT_OK && i < list.n; i++)
		if (memcmp(list.hashes[i], start, sizeof(start)) == 0) {
			memcpy(hash, list.hashes[i], TOKEN_HASH_LEN);
			return CHAT_OK;
		}
	return result == CHAT_OK ? CHAT_NO_SESSION : result;
}
