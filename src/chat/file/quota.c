/*
 * chat_quota: counts kept up to date with every file that comes or goes, so that nothing has to be
 * searched: each owner's files, and the references to each content.
 */
#include "chat/file/quota.h"

#include <string.h>

#include "chat/key.h"
#include "chat/realm/peer.h"

#define QUOTA_VERSION 1

enum chat_result
chat_quota_references(struct chat *chat, const unsigned char hash[CHAT_BLOB_HASH],
    uint64_t *references)
{
	return chat_from_store(
	    store_get_number(chat->store, CHAT_TABLE_BLOBS, hash, CHAT_BLOB_HASH, references));
}

/* The record of a number, 0 has none. Its length. */
static size_t
pack_number(unsigned char data[8], uint64_t number)
{
	pack_put_u64(data, number);
	return number > 0 ? 8 : 0;
}

/* One reference to a content more or less. One less than none is none, so that damage goes. */
static enum chat_result
tx_refer(struct chat *chat, struct store_tx *tx, const unsigned char hash[CHAT_BLOB_HASH],
    bool more)
{
	unsigned char before[8], after[8];
	uint64_t references;

	if (chat_quota_references(chat, hash, &references) != CHAT_OK)
		return CHAT_FAILED;
	size_t before_len = pack_number(before, references);
	if (more)
		references++;
	else if (references > 0)
		references--;
	size_t after_len = pack_number(after, references);
	chat_key_swap(tx, CHAT_TABLE_BLOBS, hash, CHAT_BLOB_HASH, before, before_len, after,
	    after_len);
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

size_t
chat_quota_pack(unsigned char data[CHAT_QUOTA_RECORD], const struct chat_quota *quota)
{
	struct pack p;

	if (quota->files == 0)
		return 0;
	pack_init(&p, data, CHAT_QUOTA_RECORD);
	pack_u8(&p, QUOTA_VERSION);
	pack_u64(&p, quota->bytes);
	pack_u32(&p, quota->files);
	return p.len;
}

enum chat_result
chat_quota_get(struct chat *chat, uint64_t user, struct chat_quota *quota)
{
	unsigned char key[CHAT_KEY_ID], data[CHAT_QUOTA_RECORD];
	size_t len;
	enum store_status status;

	chat_key_id(key, user);
	*quota = (struct chat_quota){ .bytes = 0 };
	status =
	    store_get(chat->store, CHAT_TABLE_QUOTAS, key, sizeof(key), data, sizeof(data), &len);
	if (status == STORE_ABSENT)
		return CHAT_OK;
	return status == STORE_OK && chat_quota_parse(data, len, quota) ? CHAT_OK : CHAT_FAILED;
}

uint64_t
chat_quota_limit(const struct chat *chat, const struct chat_user *user)
{
	if (user->guest)
		return 0;
	return user->quota != 0 ? user->quota : chat->config->user_quota;
}

/* The limits of an owner, which is a user or another realm. */
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

/* Charges a user for one file instead of another; NULL: none. CHAT_QUOTA. */
static enum chat_result
tx_charge(struct chat *chat, struct store_tx *tx, uint64_t user, const struct chat_file *less,
    const struct chat_file *more)
{
	unsigned char key[CHAT_KEY_ID], before[CHAT_QUOTA_RECORD], after[CHAT_QUOTA_RECORD];
	struct chat_quota quota, limit;

	if (chat_quota_get(chat, user, &quota) != CHAT_OK ||
	    find_limit(chat, user, &limit) != CHAT_OK)
		return CHAT_FAILED;
	size_t before_len = chat_quota_pack(before, &quota);
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
	size_t after_len = chat_quota_pack(after, &quota);
	chat_key_id(key, user);
	chat_key_swap(tx, CHAT_TABLE_QUOTAS, key, sizeof(key), before, before_len, after,
	    after_len);
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
