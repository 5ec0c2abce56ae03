/*
 * chat_block: a record and its members of the sets change together. The key of a record is the
 * id of the user and the member: a letter, and an id or a text.
 */
#include "chat/block.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "chat/owner.h"
#include "chat/realm/peer.h"
#include "chat/user.h"

#define BLOCK_VERSION 1
#define MEMBER_USER   'u' /* an id of this realm */
#define MEMBER_REMOTE '@' /* user@realm or @realm */

struct key {
	unsigned char bytes[CHAT_BLOCK_KEY];
	size_t len;
};

static struct key
key_of_user(uint64_t user, uint64_t blocked)
{
	struct key key;

	chat_key_id(key.bytes, user);
	key.bytes[CHAT_KEY_ID] = MEMBER_USER;
	chat_key_id(key.bytes + CHAT_KEY_ID + 1, blocked);
	key.len = CHAT_KEY_ID + 1 + CHAT_KEY_ID;
	return key;
}

/* An empty name means all of the realm. */
static struct key
key_of_remote(uint64_t user, struct chat_text name, struct chat_text realm)
{
	struct key key;
	unsigned char *text = key.bytes + CHAT_KEY_ID;

	chat_key_id(key.bytes, user);
	*text++ = MEMBER_REMOTE;
	text += name_fold(name.data, name.len, (char *)text);
	*text++ = '@';
	text += name_fold(realm.data, realm.len, (char *)text);
	key.len = (size_t)(text - key.bytes);
	return key;
}

size_t
chat_block_pack(unsigned char data[CHAT_BLOCK_RECORD], int64_t since_ms)
{
	struct pack p;

	pack_init(&p, data, CHAT_BLOCK_RECORD);
	pack_u8(&p, BLOCK_VERSION);
	pack_i64(&p, since_ms);
	return p.len;
}

bool
chat_block_parse(int64_t *since_ms, const void *value, size_t len)
{
	struct unpack u;

	unpack_init(&u, value, len);
	bool known = unpack_u8(&u) == BLOCK_VERSION;
	*since_ms = unpack_i64(&u);
	return known && !u.bad;
}

static bool
is_folded_name(const char *name, size_t len)
{
	char folded[NAME_MAX_BYTES];

	return name_valid(name, len) && name_fold(name, len, folded) == len &&
	    memcmp(folded, name, len) == 0;
}

/* Whether a text is one that key_of_remote() writes. */
static bool
is_remote(struct chat_text text)
{
	const char *at = memchr(text.data, '@', text.len);

	if (at == NULL)
		return false;
	size_t len = (size_t)(at - text.data);
	return (len == 0 || is_folded_name(text.data, len)) &&
	    is_folded_name(at + 1, text.len - len - 1);
}

bool
chat_block_parse_key(struct chat_block *block, const void *data, size_t len)
{
	const unsigned char *key = data;

	if (len <= CHAT_KEY_ID + 1 || len > CHAT_BLOCK_KEY)
		return false;
	*block = (struct chat_block){ .user = pack_get_u64(key),
		.member = key + CHAT_KEY_ID,
		.member_len = len - CHAT_KEY_ID };
	if (block->member[0] == MEMBER_USER && block->member_len == 1 + CHAT_KEY_ID) {
		block->blocked = pack_get_u64(block->member + 1);
		return block->blocked != 0;
	}
	block->text = (struct chat_text){ .data = (const char *)block->member + 1,
		.len = block->member_len - 1 };
	return block->member[0] == MEMBER_REMOTE && is_remote(block->text);
}

/*
 * Judging
 */

static enum chat_result
look_up(struct chat *chat, const struct key *key)
{
	unsigned char data[CHAT_BLOCK_RECORD];
	size_t len;
	enum store_status status = store_get(chat->store, CHAT_TABLE_BLOCKS, key->bytes, key->len,
	    data, sizeof(data), &len);

	if (status == STORE_OK)
		return CHAT_BLOCKED;
	return status == STORE_ABSENT ? CHAT_OK : chat_from_store(status);
}

enum chat_result
chat_block_count(struct chat *chat, uint64_t user, uint32_t *count)
{
	struct chat_set set = chat_set_of(CHAT_SET_BLOCKS, user);

	return chat_from_store(chat_set_count(chat, &set, count));
}

enum chat_result
chat_block_judge(struct chat *chat, uint64_t user, const struct chat_block_sender *sender)
{
	struct key one, realm;
	uint32_t count;
	enum chat_result result;

	if (sender->id != 0) {
		one = key_of_user(user, sender->id);
		return look_up(chat, &one);
	}
	/* The texts may be the store's, which a look-up overwrites. */
	one = key_of_remote(user, sender->name, sender->realm);
	realm = key_of_remote(user, chat_text(""), sender->realm);
	result = chat_block_count(chat, user, &count);
	if (result != CHAT_OK || count == 0)
		return result;
	result = look_up(chat, &realm);
	return result == CHAT_OK ? look_up(chat, &one) : result;
}

/*
 * Changing
 */

/* What a word of the user's means. */
static enum chat_result
find_key(struct chat *chat, uint64_t user, struct chat_text who, struct key *key)
{
	const char *at = who.len == 0 ? NULL : memchr(who.data, '@', who.len);
	size_t len = at == NULL ? who.len : (size_t)(at - who.data);
	struct chat_text name = { .data = who.data, .len = len }, realm = { .data = NULL };
	struct chat_user found;

	if (at != NULL)
		realm = (struct chat_text){ .data = at + 1, .len = who.len - len - 1 };
	if ((at == NULL || len > 0) && !name_valid(name.data, name.len))
		return CHAT_BAD_ARGUMENT;
	if (at != NULL && !name_valid(realm.data, realm.len))
		return CHAT_BAD_ARGUMENT;
	if (len > 0 && name_reserved(name.data, name.len))
		return CHAT_FORBIDDEN;
	if (at != NULL && !chat_text_is(realm, chat->config->realm)) {
		struct chat_peer peer;

		*key = key_of_remote(user, name, realm);
		return chat_peer_find(chat, realm, &peer);
	}
	if (len == 0)
		return CHAT_FORBIDDEN; /* all of this realm */
	enum chat_result result = chat_user_find(chat, name, &found);
	if (result != CHAT_OK)
		return result;
	*key = key_of_user(user, found.id);
	return found.id == user ? CHAT_FORBIDDEN : CHAT_OK;
}

/* *others is the number of other blocks in the list. */
static enum chat_result
tx_change_sets(struct chat *chat, struct store_tx *tx, const struct key *key,
    chat_set_change *change, uint32_t *others)
{
	struct chat_block block;

	if (!chat_block_parse_key(&block, key->bytes, key->len))
		return CHAT_FAILED;
	struct chat_set blocks = chat_set_of(CHAT_SET_BLOCKS, block.user);
	struct chat_set blockers = chat_set_of(CHAT_SET_BLOCKERS, block.blocked);
	uint32_t blockers_left;
	enum store_status status =
	    change(chat, tx, &blocks, block.member, block.member_len, others);
	if (status == STORE_OK && block.blocked != 0)
		status = change(chat, tx, &blockers, key->bytes, CHAT_KEY_ID, &blockers_left);
	return chat_from_store(status);
}

/* Both accounts must stay as they are. */
static enum chat_result
tx_expect_users(struct chat *chat, struct store_tx *tx, const struct key *key)
{
	struct chat_block block;

	if (!chat_block_parse_key(&block, key->bytes, key->len))
		return CHAT_FAILED;
	enum chat_result result = chat_owner_tx_expect_user(chat, tx, block.user);
	if (result == CHAT_NO_USER)
		return CHAT_NO_SESSION;
	return result == CHAT_OK && block.blocked != 0
	    ? chat_owner_tx_expect_user(chat, tx, block.blocked)
	    : result;
}

static enum chat_result
try_block(struct chat *chat, const struct key *key)
{
	unsigned char data[CHAT_BLOCK_RECORD];
	size_t len = chat_block_pack(data, clock_now_ms());
	struct store_tx tx;
	uint32_t others = 0;
	enum chat_result result = look_up(chat, key);

	if (result != CHAT_OK)
		return result == CHAT_BLOCKED ? CHAT_OK : result;
	store_tx_init(&tx);
	result = tx_expect_users(chat, &tx, key);
	chat_key_swap(&tx, CHAT_TABLE_BLOCKS, key->bytes, key->len, NULL, 0, data, len);
	if (result == CHAT_OK)
		result = tx_change_sets(chat, &tx, key, chat_set_add, &others);
	if (result == CHAT_OK && others >= (uint32_t)chat->config->blocks_max)
		return CHAT_TOO_MANY;
	return result == CHAT_OK ? chat_from_store(store_commit(chat->store, &tx, NULL)) : result;
}

enum chat_result
chat_block_add(struct chat *chat, uint64_t user, struct chat_text who)
{
	struct key key = { .len = 0 };
	enum chat_result found = find_key(chat, user, who, &key), result = CHAT_CONFLICT;

	if (found != CHAT_OK)
		return found;
	for (unsigned int tries = 0; chat_retry(&result, &tries);)
		result = try_block(chat, &key);
	return result;
}

/* Of a damaged block, removes what is left. */
static enum chat_result
try_unblock(struct chat *chat, const struct key *key)
{
	unsigned char data[CHAT_BLOCK_RECORD];
	struct store_tx tx;
	uint32_t others;
	size_t len;
	enum store_status status = store_get(chat->store, CHAT_TABLE_BLOCKS, key->bytes, key->len,
	    data, sizeof(data), &len);

	if (status != STORE_OK && status != STORE_ABSENT)
		return chat_from_store(status);
	store_tx_init(&tx);
	chat_key_swap(&tx, CHAT_TABLE_BLOCKS, key->bytes, key->len, data,
	    status == STORE_OK ? len : 0, NULL, 0);
	enum chat_result result = tx_change_sets(chat, &tx, key, chat_set_remove, &others);
	return result == CHAT_OK ? chat_from_store(store_commit(chat->store, &tx, NULL)) : result;
}

static enum chat_result
remove_key(struct chat *chat, const struct key *key)
{
	enum chat_result result = CHAT_CONFLICT;

	for (unsigned int tries = 0; chat_retry(&result, &tries);)
		result = try_unblock(chat, key);
	return result;
}

enum chat_result
chat_block_remove(struct chat *chat, uint64_t user, struct chat_text who)
{
	struct key key = { .len = 0 };
	enum chat_result result = find_key(chat, user, who, &key);

	if (result == CHAT_OK)
		result = look_up(chat, &key);
	if (result == CHAT_OK)
		return CHAT_NOT_MEMBER;
	return result == CHAT_BLOCKED ? remove_key(chat, &key) : result;
}

/* The key of the record at an index of a user's list. CHAT_NOT_MEMBER: behind the last. */
static enum chat_result
read_key(struct chat *chat, uint64_t user, uint32_t index, struct key *key)
{
	struct chat_set set = chat_set_of(CHAT_SET_BLOCKS, user);
	unsigned char member[CHAT_SET_MEMBER];
	size_t len;
	enum store_status status = chat_set_item(chat, &set, index, member, &len);

	if (status != STORE_OK)
		return status == STORE_ABSENT ? CHAT_NOT_MEMBER : chat_from_store(status);
	if (len > CHAT_BLOCK_MEMBER)
		return CHAT_FAILED;
	chat_key_id(key->bytes, user);
	memcpy(key->bytes + CHAT_KEY_ID, member, len);
	key->len = CHAT_KEY_ID + len;
	return CHAT_OK;
}

enum chat_result
chat_block_at(struct chat *chat, uint64_t user, uint32_t index, char who[CHAT_BLOCK_TEXT])
{
	struct chat_block block;
	struct chat_user blocked;
	struct key key = { .len = 0 };
	enum chat_result result = read_key(chat, user, index, &key);

	if (result != CHAT_OK)
		return result;
	if (!chat_block_parse_key(&block, key.bytes, key.len))
		return CHAT_FAILED;
	if (block.blocked == 0) {
		snprintf(who, CHAT_BLOCK_TEXT, "%.*s", (int)block.text.len, block.text.data);
		return CHAT_OK;
	}
	result = chat_user_get(chat, block.blocked, &blocked);
	if (result == CHAT_OK)
		snprintf(who, CHAT_BLOCK_TEXT, "%s", blocked.name);
	return result;
}

/* The key of the first record that blocks a user. CHAT_NOT_MEMBER: there is none. */
static enum chat_result
read_key_of_blocker(struct chat *chat, uint64_t user, struct key *key)
{
	struct chat_set set = chat_set_of(CHAT_SET_BLOCKERS, user);
	uint64_t blocker;
	enum store_status status = chat_set_item_id(chat, &set, 0, &blocker);

	if (status == STORE_OK)
		*key = key_of_user(blocker, user);
	return status == STORE_ABSENT ? CHAT_NOT_MEMBER : chat_from_store(status);
}

enum chat_result
chat_block_clear(struct chat *chat, uint64_t user)
{
	struct key key = { .len = 0 };
	enum chat_result result = CHAT_OK;

	while (result == CHAT_OK) {
		result = read_key(chat, user, 0, &key);
		if (result == CHAT_NOT_MEMBER)
			result = read_key_of_blocker(chat, user, &key);
		if (result == CHAT_OK)
			result = remove_key(chat, &key);
	}
	return result == CHAT_NOT_MEMBER ? CHAT_OK : result;
}

void
chat_block_tx_expect_none(struct store_tx *tx, uint64_t user)
{
	struct chat_set blocks = chat_set_of(CHAT_SET_BLOCKS, user);
	struct chat_set blockers = chat_set_of(CHAT_SET_BLOCKERS, user);

	chat_set_expect_empty(tx, &blocks);
	chat_set_expect_empty(tx, &blockers);
}
