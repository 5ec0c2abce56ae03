/*
 * chat_quota: what files take: of the space that their owners may fill, and of the contents that
 * must be kept for them. Both are counted, so that neither has to be searched for.
 */
#include "chat/file/quota.h"

#include <string.h>

#include "chat/key.h"
#include "chat/realm/peer.h"

#define QUOTA_VERSION 1
#define QUOTA_RECORD  CHAT_QUOTA_RECORD

struct record {
	unsigned char data[QUOTA_RECORD];
	size_t len; /* 0: there is none */
};

static void
tx_swap(struct store_tx *tx, enum store_table table, const void *key, size_t key_len,
    const struct record *before, const struct record *after)
{
	chat_key_swap(tx, table, key, key_len, before->data, before->len, after->data, after->len);
}

enum chat_result
chat_quota_references(struct chat *chat, const unsigned char hash[CHAT_BLOB_HASH],
    uint64_t *references)
{
	return chat_from_store(
	    store_get_number(chat->store, STORE_BODIES, hash, CHAT_BLOB_HASH, references));
}

static struct record
number_record(uint64_t number)
{
	struct record record = { .len = number > 0 ? 8 : 0 };

	pack_put_u64(record.data, number);
	return record;
}

/* One reference to a content more or less. One less than none is none: damage shall not stay. */
static enum chat_result
tx_refer(struct chat *chat, struct store_tx *tx, const unsigned char hash[CHAT_BLOB_HASH],
    bool more)
{
	struct record before, after;
	uint64_t references;

	if (chat_quota_references(chat, hash, &references) != CHAT_OK)
		return CHAT_FAILED;
	before = number_record(references);
	if (more)
		references++;
	else if (references > 0)
		references--;
	after = number_record(references);
	tx_swap(tx, STORE_BODIES, hash, CHAT_BLOB_HASH, &before, &after);
	return CHAT_OK;
}

bool
chat_quota_parse(const void *value, size_t len, struct chat_quota *quota)
{
	struct unpack u;

	unpack_init(&u, value, len);
	if (unpack_u8(&u) != QUOTA_VERSION)
		return false;
	quota->bytes = unpack_u64(&u);
	quota->files = unpack_u32(&u);
	return !u.bad;
}

static struct record
quota_record(const struct chat_quota *quota)
{
	struct record record = { .len = 0 };
	struct pack p;

	if (quota->files == 0)
		return record;
	pack_init(&p, record.data, sizeof(record.data));
	pack_u8(&p, QUOTA_VERSION);
	pack_u64(&p, quota->bytes);
	pack_u32(&p, quota->files);
	record.len = p.len;
	return record;
}

static enum chat_result
quota_load(struct chat *chat, uint64_t user, struct chat_quota *quota, struct record *record)
{
	unsigned char key[CHAT_KEY_ID];
	enum store_status status;

	chat_key_id(key, user);
	*quota = (struct chat_quota){ .bytes = 0 };
	status = store_get(chat->store, STORE_QUOTAS, key, sizeof(key), record->data,
	    sizeof(record->data), &record->len);
	if (status == STORE_ABSENT) {
		record->len = 0;
		return CHAT_OK;
	}
	if (status != STORE_OK || !chat_quota_parse(record->data, record->len, quota))
		return CHAT_FAILED;
	return CHAT_OK;
}

enum chat_result
chat_quota_get(struct chat *chat, uint64_t user, struct chat_quota *quota)
{
	struct record record;

	return quota_load(chat, user, quota, &record);
}

uint64_t
chat_quota_limit(const struct chat *chat, const struct chat_user *user)
{
	return user->quota != 0 ? user->quota : chat->config->user_quota;
}

/* How much an owner may have: a user, or another realm. */
static enum chat_result
find_limit(struct chat *chat, uint64_t owner, struct chat_quota *limit)
{
	struct chat_user user = { .quota = 0 };
	struct chat_peer peer;
	enum chat_result result = chat_user_get(chat, owner, &user);

	limit->bytes = chat_quota_limit(chat, &user);
	limit->files = CHAT_QUOTA_FILES;
	if (result != CHAT_NO_USER)
		return result;
	result = chat_peer_get(chat, owner, &peer);
	if (result == CHAT_OK) {
		limit->bytes = chat->config->peer_quota;
		limit->files = CHAT_QUOTA_PEER_FILES;
	}
	return result == CHAT_NO_REALM ? CHAT_OK : result;
}

/* A user has a file less, or one more, or another instead; NULL: none. */
static enum chat_result
tx_charge(struct chat *chat, struct store_tx *tx, uint64_t user, const struct chat_file *less,
    const struct chat_file *more)
{
	struct record before, after;
	unsigned char key[CHAT_KEY_ID];
	struct chat_quota quota, limit;

	if (quota_load(chat, user, &quota, &before) != CHAT_OK ||
	    find_limit(chat, user, &limit) != CHAT_OK)
		return CHAT_FAILED;
	if (less != NULL) {
		quota.bytes -= less->size < quota.bytes ? less->size : quota.bytes;
		quota.files -= quota.files > 0;
	}
	if (more != NULL) {
		quota.bytes += more->size;
		quota.files++;
		if (quota.bytes > limit.bytes || quota.files > limit.files)
			return CHAT_QUOTA;
	}
	after = quota_record(&quota);
	chat_key_id(key, user);
	tx_swap(tx, STORE_QUOTAS, key, sizeof(key), &before, &after);
	return CHAT_OK;
}

static enum chat_result
tx_references(struct chat *chat, struct store_tx *tx, const struct chat_file *before,
    const struct chat_file *after)
{
	enum chat_result result = CHAT_OK;

	if (before != NULL && after != NULL &&
	    memcmp(before->hash, after->hash, CHAT_BLOB_HASH) == 0)
		return CHAT_OK;
	if (before != NULL)
		result = tx_refer(chat, tx, before->hash, false);
	if (after != NULL && result == CHAT_OK)
		result = tx_refer(chat, tx, after->hash, true);
	return result;
}

enum chat_result
chat_quota_tx(struct chat *chat, struct store_tx *tx, const struct chat_file *before,
    const struct chat_file *after)
{
	enum chat_result result = tx_references(chat, tx, before, after);

	if (result != CHAT_OK)
		return result;
	if (before != NULL && after != NULL && before->owner == after->owner)
		return tx_charge(chat, tx, after->owner, before, after);
	if (before != NULL)
		result = tx_charge(chat, tx, before->owner, before, NULL);
	if (after != NULL && result == CHAT_OK)
		result = tx_charge(chat, tx, after->owner, NULL, after);
	return result;
}

size_t
chat_quota_pack(unsigned char data[CHAT_QUOTA_RECORD], const struct chat_quota *quota)
{
	struct record record = quota_record(quota);

	memcpy(data, record.data, record.len);
	return record.len;
}
