/*
 * chat_file: what is known of the files that users have sent each other. One transaction changes
 * the file's record, the owner's quota, the references to the content and the lists in which the
 * file is found, so that they always fit together.
 */
#include "chat/file/file.h"

#include <string.h>

#include "base/utf8.h"
#include "chat/file/quota.h"
#include "chat/group.h"
#include "chat/key.h"
#include "chat/realm/remote_user.h"
#include "chat/user.h"

#define FILE_VERSION 1
#define FILE_RECORD  CHAT_FILE_RECORD
#define FILE_KEY     (CHAT_KEY_PAIR + CHAT_FILE_NAME_MAX)

struct record {
	unsigned char data[FILE_RECORD];
	size_t len; /* 0: there is none */
};

struct key {
	unsigned char bytes[FILE_KEY];
	size_t len;
};

struct chat_conversation
chat_conversation_users(uint64_t a, uint64_t b)
{
	return (struct chat_conversation){ .first = a < b ? a : b, .second = a < b ? b : a };
}

struct chat_conversation
chat_conversation_group(uint64_t group)
{
	return (struct chat_conversation){ .second = group };
}

struct chat_conversation
chat_conversation_outbound(uint64_t file_id)
{
	return (struct chat_conversation){ .first = file_id };
}

bool
chat_conversation_is_outbound(struct chat_conversation place)
{
	return place.first != 0 && place.second == 0;
}

struct chat_text
chat_file_enclosed(void)
{
	return chat_text("enclosed");
}

static enum chat_result
person_exists(struct chat *chat, uint64_t id)
{
	struct chat_remote_user person;
	struct chat_user user;
	enum chat_result result = chat_user_get(chat, id, &user);

	return result == CHAT_NO_USER ? chat_remote_user_get(chat, id, &person) : result;
}

enum chat_result
chat_conversation_exists(struct chat *chat, struct chat_conversation place)
{
	struct chat_group group;
	enum chat_result result;

	if (place.first == 0)
		return chat_group_get(chat, place.second, &group);
	if (chat_conversation_is_outbound(place))
		return CHAT_OK; /* whose letter it is sees to it */
	result = person_exists(chat, place.first);
	return result == CHAT_OK ? person_exists(chat, place.second) : result;
}

enum chat_result
chat_file_name(struct chat_text given, struct chat_text *name)
{
	size_t start = given.len;

	/* Either slash divides: clients send paths of their own systems. */
	while (start > 0 && given.data[start - 1] != '/' && given.data[start - 1] != '\\')
		start--;
	*name = (struct chat_text){ .data = given.data + start, .len = given.len - start };
	if (name->len == 0 || name->len > CHAT_FILE_NAME_MAX ||
	    memchr(name->data, '\0', name->len) != NULL ||
	    memchr(name->data, '\n', name->len) != NULL || !utf8_valid(name->data, name->len))
		return CHAT_BAD_ARGUMENT;
	if (name->data[0] == '.' && (name->len == 1 || (name->len == 2 && name->data[1] == '.')))
		return CHAT_BAD_ARGUMENT;
	return CHAT_OK;
}

static struct key
key_of(struct chat_conversation place, struct chat_text name)
{
	struct key key;

	chat_key_pair(key.bytes, place.first, place.second);
	memcpy(key.bytes + CHAT_KEY_PAIR, name.data, name.len);
	key.len = CHAT_KEY_PAIR + name.len;
	return key;
}

static void
file_write(struct record *record, const struct chat_file *file)
{
	struct pack p;

	pack_init(&p, record->data, sizeof(record->data));
	pack_u8(&p, FILE_VERSION);
	pack_u64(&p, file->owner);
	pack_u64(&p, file->size);
	pack_i64(&p, file->sent_ms);
	pack_raw(&p, file->hash, sizeof(file->hash));
	record->len = p.len;
}

static bool
file_read(struct chat_file *file, const void *data, size_t len)
{
	const unsigned char *hash;
	struct unpack u;

	unpack_init(&u, data, len);
	if (unpack_u8(&u) != FILE_VERSION)
		return false;
	file->owner = unpack_u64(&u);
	file->size = unpack_u64(&u);
	file->sent_ms = unpack_i64(&u);
	hash = unpack_raw(&u, sizeof(file->hash));
	if (hash != NULL)
		memcpy(file->hash, hash, sizeof(file->hash));
	return !u.bad;
}

bool
chat_file_parse(const void *key, size_t key_len, const void *value, size_t len,
    struct chat_conversation *place, struct chat_text *name, struct chat_file *file)
{
	const unsigned char *bytes = key;

	if (key_len <= CHAT_KEY_PAIR || key_len > FILE_KEY)
		return false;
	place->first = pack_get_u64(bytes);
	place->second = pack_get_u64(bytes + 8);
	name->data = (const char *)bytes + CHAT_KEY_PAIR;
	name->len = key_len - CHAT_KEY_PAIR;
	return file_read(file, value, len);
}

/* What is there of this name: file says nothing where the record's length is 0. */
static enum chat_result
file_load(struct chat *chat, const struct key *key, struct chat_file *file, struct record *record)
{
	enum store_status status = store_get(chat->store, STORE_FILES, key->bytes, key->len,
	    record->data, sizeof(record->data), &record->len);

	*file = (struct chat_file){ .owner = 0 };
	if (status == STORE_ABSENT) {
		record->len = 0;
		return CHAT_OK;
	}
	if (status != STORE_OK || !file_read(file, record->data, record->len))
		return CHAT_FAILED;
	return CHAT_OK;
}

enum chat_result
chat_file_get(struct chat *chat, struct chat_conversation place, struct chat_text name,
    struct chat_file *file)
{
	struct key key = key_of(place, name);
	struct record record;
	enum chat_result result = file_load(chat, &key, file, &record);

	return result == CHAT_OK && record.len == 0 ? CHAT_NO_FILE : result;
}

struct chat_set
chat_file_names(struct chat_conversation place)
{
	struct chat_set set = { .name = { CHAT_SET_FILES }, .len = 1 + CHAT_KEY_PAIR };

	chat_key_pair(set.name + 1, place.first, place.second);
	return set;
}

struct chat_set
chat_file_partners(uint64_t user)
{
	return chat_set_of(CHAT_SET_PARTNERS, user);
}

typedef enum store_status change_set(struct chat *, struct store_tx *, const struct chat_set *,
    const void *member, size_t len, uint32_t *others);

/* With its first file a conversation comes into the lists of its users; with its last, it goes. */
static enum store_status
tx_list(struct chat *chat, struct store_tx *tx, struct chat_conversation place,
    struct chat_text name, change_set *change)
{
	struct chat_set names = chat_file_names(place), partners;
	unsigned char id[CHAT_KEY_ID];
	uint32_t others;
	enum store_status status = change(chat, tx, &names, name.data, name.len, &others);

	if (status != STORE_OK || others > 0 || place.first == 0)
		return status;
	partners = chat_file_partners(place.first);
	chat_key_id(id, place.second);
	status = change(chat, tx, &partners, id, sizeof(id), &others);
	if (status != STORE_OK || place.first == place.second)
		return status;
	partners = chat_file_partners(place.second);
	chat_key_id(id, place.first);
	return change(chat, tx, &partners, id, sizeof(id), &others);
}

static void
tx_swap(struct store_tx *tx, const struct key *key, const struct record *before,
    const struct record *after)
{
	chat_key_swap(tx, STORE_FILES, key->bytes, key->len, before->data, before->len, after->data,
	    after->len);
}

static enum chat_result
try_put(struct chat *chat, struct chat_conversation place, struct chat_text name,
    const struct chat_file *file)
{
	struct key key = key_of(place, name);
	struct record before, after;
	struct chat_file older;
	struct store_tx tx;
	enum store_status status = STORE_OK;
	enum chat_result result = file_load(chat, &key, &older, &before);

	store_tx_init(&tx);
	if (result == CHAT_OK)
		result = chat_quota_tx(chat, &tx, before.len > 0 ? &older : NULL, file);
	if (result != CHAT_OK)
		return result;
	file_write(&after, file);
	tx_swap(&tx, &key, &before, &after);
	if (before.len == 0 && !chat_conversation_is_outbound(place))
		status = tx_list(chat, &tx, place, name, chat_set_add);
	if (status == STORE_OK)
		status = store_commit(chat->store, &tx, NULL);
	return chat_from_store(status);
}

enum chat_result
chat_file_put(struct chat *chat, struct chat_conversation place, struct chat_text name,
    const struct chat_file *file)
{
	enum chat_result result = CHAT_CONFLICT;

	for (unsigned int tries = 0; chat_retry(&result, &tries);)
		result = try_put(chat, place, name, file);
	return result;
}

static enum chat_result
try_remove(struct chat *chat, struct chat_conversation place, struct chat_text name,
    const struct chat_file *file)
{
	static const struct record none = { .len = 0 };
	struct key key = key_of(place, name);
	struct record before, same;
	struct chat_file present;
	struct store_tx tx;
	enum store_status status = STORE_OK;
	enum chat_result result = file_load(chat, &key, &present, &before);

	if (result != CHAT_OK)
		return result;
	file_write(&same, file);
	if (before.len != same.len || memcmp(before.data, same.data, same.len) != 0)
		return CHAT_NO_FILE;
	store_tx_init(&tx);
	result = chat_quota_tx(chat, &tx, file, NULL);
	if (result != CHAT_OK)
		return result;
	tx_swap(&tx, &key, &before, &none);
	if (!chat_conversation_is_outbound(place))
		status = tx_list(chat, &tx, place, name, chat_set_remove);
	if (status == STORE_OK)
		status = store_commit(chat->store, &tx, NULL);
	return chat_from_store(status);
}

enum chat_result
chat_file_remove(struct chat *chat, struct chat_conversation place, struct chat_text name,
    const struct chat_file *file)
{
	enum chat_result result = CHAT_CONFLICT;

	for (unsigned int tries = 0; chat_retry(&result, &tries);)
		result = try_remove(chat, place, name, file);
	return result;
}

enum chat_result
chat_file_release(struct chat *chat, uint64_t file_id)
{
	struct chat_conversation place = chat_conversation_outbound(file_id);
	struct chat_file file;
	enum chat_result result = chat_file_get(chat, place, chat_file_enclosed(), &file);

	if (result == CHAT_OK)
		result = chat_file_remove(chat, place, chat_file_enclosed(), &file);
	return result == CHAT_NO_FILE ? CHAT_OK : result;
}

enum chat_result
chat_file_name_at(struct chat *chat, struct chat_conversation place, uint32_t index,
    char name[CHAT_FILE_NAME_MAX], size_t *len)
{
	struct chat_set names = chat_file_names(place);
	unsigned char member[CHAT_SET_MEMBER];
	enum store_status status = chat_set_item(chat, &names, index, member, len);

	if (status != STORE_OK)
		return status == STORE_ABSENT ? CHAT_NO_FILE : CHAT_FAILED;
	memcpy(name, member, *len);
	return CHAT_OK;
}

enum chat_result
chat_file_partner_at(struct chat *chat, uint64_t user, uint32_t index, uint64_t *partner)
{
	struct chat_set partners = chat_file_partners(user);
	enum store_status status = chat_set_item_id(chat, &partners, index, partner);

	return status == STORE_ABSENT ? CHAT_NO_FILE : chat_from_store(status);
}

size_t
chat_file_pack(unsigned char data[CHAT_FILE_RECORD], const struct chat_file *file)
{
	struct record record;

	file_write(&record, file);
	memcpy(data, record.data, record.len);
	return record.len;
}
