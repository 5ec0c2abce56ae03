/*
 * chat_owner: the records of users and groups, without looking into them.
 */
#include "chat/owner.h"

#include "chat/key.h"

struct record {
	unsigned char data[CHAT_OWNER_RECORD];
	size_t len;
};

static enum chat_result
get_record(struct chat *chat, int table, uint64_t id, struct record *record)
{
	unsigned char key[CHAT_KEY_ID];
	enum store_status status;

	chat_key_id(key, id);
	status = store_get(chat->store, table, key, sizeof(key), record->data, sizeof(record->data),
	    &record->len);
	return status == STORE_ABSENT ? CHAT_NO_USER : chat_from_store(status);
}

enum chat_result
chat_owner_find(struct chat *chat, uint64_t id)
{
	struct record record;
	enum chat_result result = get_record(chat, CHAT_TABLE_USERS, id, &record);

	return result == CHAT_NO_USER ? get_record(chat, CHAT_TABLE_GROUPS, id, &record) : result;
}

static enum chat_result
tx_expect(struct chat *chat, struct store_tx *tx, int table, uint64_t id)
{
	unsigned char key[CHAT_KEY_ID];
	struct record record;
	enum chat_result result = get_record(chat, table, id, &record);

	chat_key_id(key, id);
	if (result == CHAT_OK)
		store_tx_expect(tx, table, key, sizeof(key), record.data, record.len);
	return result;
}

enum chat_result
chat_owner_tx_expect_user(struct chat *chat, struct store_tx *tx, uint64_t id)
{
	return tx_expect(chat, tx, CHAT_TABLE_USERS, id);
}

enum chat_result
chat_owner_tx_expect(struct chat *chat, struct store_tx *tx, uint64_t id)
{
	enum chat_result result = chat_owner_tx_expect_user(chat, tx, id);

	return result == CHAT_NO_USER ? tx_expect(chat, tx, CHAT_TABLE_GROUPS, id) : result;
}
