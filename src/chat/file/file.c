/*
 * chat_file: the layout of files' records, their keys and their sets.
 */
#include "chat/file/file.h"

#include <string.h>

#include "base/utf8.h"
#include "chat/table.h"

#define FILE_VERSION 1

struct chat_text
chat_file_enclosed(void)
{
	return chat_text("enclosed");
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

size_t
chat_file_key(unsigned char key[CHAT_FILE_KEY], struct chat_conversation conversation,
    struct chat_text name)
{
	chat_key_pair(key, conversation.first, conversation.second);
	memcpy(key + CHAT_KEY_PAIR, name.data, name.len);
	return CHAT_KEY_PAIR + name.len;
}

size_t
chat_file_pack(unsigned char data[CHAT_FILE_RECORD], const struct chat_file *file)
{
	struct pack p;

	pack_init(&p, data, CHAT_FILE_RECORD);
	pack_u8(&p, FILE_VERSION);
	pack_u64(&p, file->owner);
	pack_u64(&p, file->size);
	pack_i64(&p, file->sent_ms);
	pack_raw(&p, file->hash, sizeof(file->hash));
	return p.len;
}

static bool
parse_record(struct chat_file *file, const void *data, size_t len)
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
chat_file_parse_key(const void *key, size_t key_len, struct chat_conversation *conversation,
    struct chat_text *name)
{
	const unsigned char *bytes = key;

	if (key_len <= CHAT_KEY_PAIR || key_len > CHAT_FILE_KEY)
		return false;
	conversation->first = pack_get_u64(bytes);
	conversation->second = pack_get_u64(bytes + 8);
	name->data = (const char *)bytes + CHAT_KEY_PAIR;
	name->len = key_len - CHAT_KEY_PAIR;
	return true;
}

bool
chat_file_parse(const void *key, size_t key_len, const void *value, size_t len,
    struct chat_conversation *conversation, struct chat_text *name, struct chat_file *file)
{
	return chat_file_parse_key(key, key_len, conversation, name) &&
	    parse_record(file, value, len);
}

enum chat_result
chat_file_get(struct chat *chat, struct chat_conversation conversation, struct chat_text name,
    struct chat_file *file)
{
	unsigned char key[CHAT_FILE_KEY], data[CHAT_FILE_RECORD];
	size_t key_len = chat_file_key(key, conversation, name), len;
	enum store_status status =
	    store_get(chat->store, CHAT_TABLE_FILES, key, key_len, data, sizeof(data), &len);

	if (status != STORE_OK)
		return status == STORE_ABSENT ? CHAT_NO_FILE : CHAT_FAILED;
	return parse_record(file, data, len) ? CHAT_OK : CHAT_FAILED;
}

struct chat_set
chat_file_names(struct chat_conversation conversation)
{
	struct chat_set set = { .name = { CHAT_SET_FILES }, .len = 1 + CHAT_KEY_PAIR };

	chat_key_pair(set.name + 1, conversation.first, conversation.second);
	return set;
}

bool
chat_file_conversation_of(const struct chat_set *set, struct chat_conversation *conversation)
{
	if (set->len != 1 + CHAT_KEY_PAIR || set->name[0] != CHAT_SET_FILES)
		return false;
	conversation->first = pack_get_u64(set->name + 1);
	conversation->second = pack_get_u64(set->name + 1 + CHAT_KEY_ID);
	return true;
}

struct chat_set
chat_file_partners(uint64_t user)
{
	return chat_set_of(CHAT_SET_PARTNERS, user);
}

enum chat_result
chat_file_name_at(struct chat *chat, struct chat_conversation conversation, uint32_t index,
    char name[CHAT_FILE_NAME_MAX], size_t *len)
{
	struct chat_set names = chat_file_names(conversation);
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
