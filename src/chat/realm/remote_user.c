/*
 * chat_remote_user: a remote user has two records in one table: under the peer and the folded name,
 * and under the id. Both are made in one transaction and stay.
 */
#include "chat/realm/remote_user.h"

#include <stdio.h>
#include <string.h>

#include "chat/key.h"

#define REMOTE_USER_VERSION 1
#define REMOTE_USER_RECORD  CHAT_REMOTE_USER_RECORD

bool
chat_remote_user_name(struct chat_text name)
{
	const bool group = name.len > 0 && name.data[0] == CHAT_REMOTE_USER_GROUP;

	return name.len <= NAME_MAX_BYTES && name_valid(name.data + group, name.len - group);
}

size_t
chat_remote_user_key(unsigned char key[CHAT_REMOTE_USER_KEY], uint64_t peer, struct chat_text name)
{
	chat_key_id(key, peer);
	return CHAT_KEY_ID + name_fold(name.data, name.len, (char *)key + CHAT_KEY_ID);
}

static size_t
user_write(unsigned char *data, size_t size, uint64_t peer, struct chat_text name)
{
	struct pack p;

	pack_init(&p, data, size);
	pack_u8(&p, REMOTE_USER_VERSION);
	pack_u64(&p, peer);
	pack_blob(&p, name.data, name.len);
	return p.len;
}

static bool
user_read(struct chat_remote_user *user, const void *data, size_t len)
{
	struct unpack u;

	unpack_init(&u, data, len);
	if (unpack_u8(&u) != REMOTE_USER_VERSION)
		return false;
	user->peer = unpack_u64(&u);
	unpack_text(&u, user->name, sizeof(user->name));
	return !u.bad && chat_remote_user_name(chat_text(user->name));
}

enum chat_remote_user_record
chat_remote_user_parse(const void *key, size_t key_len, const void *value, size_t len,
    struct chat_remote_user *user)
{
	const unsigned char *bytes = key;

	if (key_len == CHAT_KEY_ID) {
		user->id = pack_get_u64(bytes);
		return user_read(user, value, len) ? CHAT_REMOTE_USER_ID : CHAT_REMOTE_USER_BAD;
	}
	if (key_len < CHAT_KEY_ID || len != CHAT_KEY_ID ||
	    !chat_remote_user_name((struct chat_text){ .data = (const char *)bytes + CHAT_KEY_ID,
	        .len = key_len - CHAT_KEY_ID }))
		return CHAT_REMOTE_USER_BAD;
	user->peer = pack_get_u64(bytes);
	user->id = pack_get_u64(value);
	memcpy(user->name, bytes + CHAT_KEY_ID, key_len - CHAT_KEY_ID);
	user->name[key_len - CHAT_KEY_ID] = '\0';
	return CHAT_REMOTE_USER_NAME;
}

enum chat_result
chat_remote_user_id(struct chat *chat, uint64_t peer, struct chat_text name, uint64_t *id)
{
	unsigned char key[CHAT_REMOTE_USER_KEY];
	size_t len = chat_remote_user_key(key, peer, name);

	return chat_from_store(
	    store_get_number(chat->store, CHAT_TABLE_REMOTE_USERS, key, len, id));
}

void
chat_remote_user_tx_make(struct store_tx *tx, uint64_t peer, struct chat_text name, uint64_t id)
{
	unsigned char key[CHAT_REMOTE_USER_KEY], id_key[CHAT_KEY_ID], record[REMOTE_USER_RECORD];
	size_t key_len = chat_remote_user_key(key, peer, name);
	size_t len = user_write(record, sizeof(record), peer, name);

	chat_key_id(id_key, id);
	store_tx_expect_absent(tx, CHAT_TABLE_REMOTE_USERS, key, key_len);
	store_tx_put(tx, CHAT_TABLE_REMOTE_USERS, key, key_len, id_key, sizeof(id_key));
	store_tx_put(tx, CHAT_TABLE_REMOTE_USERS, id_key, sizeof(id_key), record, len);
}

static enum chat_result
put_records(struct chat *chat, uint64_t peer, struct chat_text name, uint64_t id)
{
	struct store_tx tx;

	store_tx_init(&tx);
	chat_remote_user_tx_make(&tx, peer, name, id);
	return chat_from_store(store_commit(chat->store, &tx, NULL));
}

/* *fresh is an id that the tries share; 0: none yet. */
static enum chat_result
try_make(struct chat *chat, uint64_t peer, struct chat_text name, uint64_t *fresh, uint64_t *id)
{
	enum chat_result result = chat_remote_user_id(chat, peer, name, id);

	if (result != CHAT_OK || *id != 0)
		return result;
	if (*fresh == 0)
		result = chat_new_id(chat, fresh);
	if (result == CHAT_OK)
		result = put_records(chat, peer, name, *fresh);
	*id = *fresh;
	return result;
}

enum chat_result
chat_remote_user_make(struct chat *chat, uint64_t peer, struct chat_text name, uint64_t *id)
{
	enum chat_result result = CHAT_CONFLICT;
	uint64_t fresh = 0;

	if (!chat_remote_user_name(name))
		return CHAT_BAD_ARGUMENT;
	for (unsigned int tries = 0; chat_retry(&result, &tries);)
		result = try_make(chat, peer, name, &fresh, id);
	return result;
}

enum chat_result
chat_remote_user_get(struct chat *chat, uint64_t id, struct chat_remote_user *user)
{
	unsigned char key[CHAT_KEY_ID], record[REMOTE_USER_RECORD];
	size_t len;
	enum store_status status;

	chat_key_id(key, id);
	status = store_get(chat->store, CHAT_TABLE_REMOTE_USERS, key, sizeof(key), record,
	    sizeof(record), &len);
	if (status != STORE_OK)
		return status == STORE_ABSENT ? CHAT_NO_USER : CHAT_FAILED;
	user->id = id;
	return user_read(user, record, len) ? CHAT_OK : CHAT_FAILED;
}

enum chat_result
chat_remote_user_find(struct chat *chat, struct chat_text text, uint64_t *id)
{
	const char *at = memchr(text.data, '@', text.len);
	struct chat_text name, realm;
	struct chat_peer peer;
	enum chat_result result;

	if (at == NULL)
		return CHAT_NO_USER;
	name = (struct chat_text){ .data = text.data, .len = (size_t)(at - text.data) };
	realm = (struct chat_text){ .data = at + 1, .len = text.len - name.len - 1 };
	if (!name_valid(name.data, name.len))
		return CHAT_NO_USER;
	result = chat_peer_find(chat, realm, &peer);
	if (result == CHAT_OK)
		result = chat_remote_user_id(chat, peer.id, name, id);
	if (result == CHAT_FAILED)
		return result;
	return result == CHAT_OK && *id != 0 ? CHAT_OK : CHAT_NO_USER;
}

enum chat_result
chat_remote_user_text(struct chat *chat, uint64_t id, char text[CHAT_REMOTE_USER_TEXT])
{
	struct chat_remote_user user;
	struct chat_peer peer;
	enum chat_result result = chat_remote_user_get(chat, id, &user);

	if (result == CHAT_OK)
		result = chat_peer_get(chat, user.peer, &peer);
	if (result != CHAT_OK)
		return result == CHAT_NO_REALM ? CHAT_FAILED : result;
	snprintf(text, CHAT_REMOTE_USER_TEXT, "%s@%s", user.name, peer.name);
	return CHAT_OK;
}

size_t
chat_remote_user_pack(unsigned char data[CHAT_REMOTE_USER_RECORD],
    const struct chat_remote_user *user)
{
	return user_write(data, CHAT_REMOTE_USER_RECORD, user->peer, chat_text(user->name));
}
