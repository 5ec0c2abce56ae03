/* chat_once: a message that comes with a key of its client's is stored once. */
#include "chat/once.h"

#include "base/hex.h"

#define TEXT_LEN 36

bool
chat_once_parse(struct chat_text text, unsigned char key[CHAT_ONCE_KEY])
{
	size_t n = 0;

	if (text.len != TEXT_LEN)
		return false;
	for (size_t i = 0; i < TEXT_LEN;) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (text.data[i++] != '-')
				return false;
			continue;
		}
		int high = hex_digit(text.data[i]), low = hex_digit(text.data[i + 1]);

		if (high < 0 || low < 0)
			return false;
		key[n++] = (unsigned char)(high << 4 | low);
		i += 2;
	}
	return true;
}

/* The key of one of a user's records. */
static void
make_record(unsigned char record[CHAT_ONCE_RECORD], uint64_t user, unsigned char at)
{
	chat_key_state(record, CHAT_STATE_ONCE, user);
	record[CHAT_KEY_STATE] = at;
}

void
chat_once_record(unsigned char record[CHAT_ONCE_RECORD], uint64_t user,
    const unsigned char key[CHAT_ONCE_KEY])
{
	unsigned char folded = 0;

	/* Of all bytes: some versions of UUIDs begin alike for years. */
	for (size_t i = 0; i < CHAT_ONCE_KEY; i++)
		folded ^= key[i];
	make_record(record, user, (folded ^ folded >> 4) % CHAT_ONCE_RECORDS);
}

void
chat_once_tx(const struct chat *chat, struct store_tx *tx, uint64_t user)
{
	unsigned char record[CHAT_ONCE_RECORD];

	if (chat->once == NULL)
		return;
	chat_once_record(record, user, chat->once);
	store_tx_once(tx, STORE_LOG_STATE, record, sizeof(record), chat->once, CHAT_ONCE_KEEP,
	    CHAT_ONCE_KEEP_MS);
}

enum chat_result
chat_once_commit(struct chat *chat, const struct store_tx *tx)
{
	struct store_outcome outcome;
	enum store_status status;

	if (chat->chain != NULL) {
		(void)store_chain_add(chat->store, chat->chain, tx);
		return CHAT_UNDER_WAY;
	}
	status = store_commit(chat->store, tx, &outcome);
	if (status == STORE_OK || status == STORE_REPEATED)
		chat->sent = outcome.value;
	return chat_from_store(status);
}

enum chat_result
chat_once_find(struct chat *chat, uint64_t user, const unsigned char key[CHAT_ONCE_KEY])
{
	unsigned char record[CHAT_ONCE_RECORD];
	enum store_status status;

	chat_once_record(record, user, key);
	status = store_once_find(chat->store, STORE_LOG_STATE, record, sizeof(record), key,
	    CHAT_ONCE_KEEP_MS, &chat->sent);
	if (status == STORE_ABSENT)
		return CHAT_OK;
	return status == STORE_OK ? CHAT_REPEATED : CHAT_FAILED;
}

enum chat_result
chat_once_expire(struct chat *chat, uint64_t user)
{
	unsigned char record[CHAT_ONCE_RECORD], value[STORE_VALUE_MAX];
	enum store_status status = STORE_OK;
	struct store_tx tx;
	size_t len;

	store_tx_init(&tx);
	for (unsigned char i = 0; i < CHAT_ONCE_RECORDS && status != STORE_FAILED; i++) {
		make_record(record, user, i);
		status = store_get(chat->store, STORE_LOG_STATE, record, sizeof(record), value,
		    sizeof(value), &len);
		if (status != STORE_OK || !store_once_is_old(value, len, CHAT_ONCE_KEEP_MS))
			continue;
		store_tx_expect(&tx, STORE_LOG_STATE, record, sizeof(record), value, len);
		store_tx_delete(&tx, STORE_LOG_STATE, record, sizeof(record));
	}
	if (status == STORE_FAILED)
		return CHAT_FAILED;
	status = tx.steps == 0 ? STORE_OK : store_commit(chat->store, &tx, NULL);
	/* A message has come with a key: the next time will do. */
	return status == STORE_CONFLICT ? CHAT_OK : chat_from_store(status);
}

enum chat_result
chat_once_forget(struct chat *chat, uint64_t user)
{
	unsigned char record[CHAT_ONCE_RECORD];
	struct store_tx tx;

	store_tx_init(&tx);
	for (unsigned char i = 0; i < CHAT_ONCE_RECORDS; i++) {
		make_record(record, user, i);
		store_tx_delete(&tx, STORE_LOG_STATE, record, sizeof(record));
	}
	return chat_from_store(store_commit(chat->store, &tx, NULL));
}
