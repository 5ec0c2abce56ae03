/* chat_certificate: a record under the hash of each fingerprint, and a list for each user. */
#include "chat/certificate.h"

#include <bsd/string.h>
#include <string.h>

#include "base/hex.h"
#include "chat/owner.h"
#include "chat/user.h"

#define CERTIFICATE_VERSION 1
#define FORM                "SHA256:"

/* Reads the digits of a fingerprint. */
static bool
read_digits(unsigned char bytes[SHA256_DIGEST_LENGTH], struct chat_text fingerprint)
{
	size_t n = 0, at = 0;

	if (fingerprint.len >= strlen(FORM) && memcmp(fingerprint.data, FORM, strlen(FORM)) == 0)
		at = strlen(FORM);
	memset(bytes, 0, SHA256_DIGEST_LENGTH);
	for (; at < fingerprint.len; at++) {
		int digit = hex_digit(fingerprint.data[at]);

		if (fingerprint.data[at] == ':' && n > 0 && n % 2 == 0)
			continue;
		if (digit < 0 || n == 2 * SHA256_DIGEST_LENGTH)
			return false;
		bytes[n / 2] = (unsigned char)(bytes[n / 2] << 4 | digit);
		n++;
	}
	return n == 2 * SHA256_DIGEST_LENGTH;
}

bool
chat_certificate_read(struct chat_certificate *certificate, struct chat_text fingerprint)
{
	unsigned char bytes[SHA256_DIGEST_LENGTH];
	SHA2_CTX sha;

	if (!read_digits(bytes, fingerprint))
		return false;
	memcpy(certificate->start, bytes, sizeof(certificate->start));
	SHA256Init(&sha);
	SHA256Update(&sha, (const unsigned char *)FORM, strlen(FORM));
	SHA256Update(&sha, bytes, sizeof(bytes));
	SHA256Final(certificate->key, &sha);
	return true;
}

bool
chat_certificate_write(char text[CHAT_CERTIFICATE_TEXT], struct chat_text fingerprint)
{
	unsigned char bytes[SHA256_DIGEST_LENGTH];

	if (!read_digits(bytes, fingerprint))
		return false;
	strlcpy(text, FORM, CHAT_CERTIFICATE_TEXT);
	hex_write(bytes, sizeof(bytes), text + strlen(FORM));
	return true;
}

size_t
chat_certificate_pack(unsigned char data[CHAT_CERTIFICATE_RECORD], uint64_t user,
    const struct chat_certificate *certificate)
{
	struct pack p;

	pack_init(&p, data, CHAT_CERTIFICATE_RECORD);
	pack_u8(&p, CERTIFICATE_VERSION);
	pack_u64(&p, user);
	pack_raw(&p, certificate->start, sizeof(certificate->start));
	return p.len;
}

bool
chat_certificate_parse(struct chat_certificate *certificate, uint64_t *user, const void *key,
    size_t key_len, const void *value, size_t len)
{
	const unsigned char *start;
	struct unpack u;

	*user = 0;
	if (key_len != sizeof(certificate->key))
		return false;
	memcpy(certificate->key, key, key_len);
	unpack_init(&u, value, len);
	if (unpack_u8(&u) != CERTIFICATE_VERSION)
		return false;
	*user = unpack_u64(&u);
	start = unpack_raw(&u, sizeof(certificate->start));
	if (start != NULL)
		memcpy(certificate->start, start, sizeof(certificate->start));
	return !u.bad && u.pos == len;
}

size_t
chat_certificate_pack_list(unsigned char data[CHAT_CERTIFICATE_LIST],
    const struct chat_certificate_list *list)
{
	struct pack p;

	pack_init(&p, data, CHAT_CERTIFICATE_LIST);
	pack_u8(&p, CERTIFICATE_VERSION);
	for (size_t i = 0; i < list->n; i++) {
		pack_raw(&p, list->items[i].key, sizeof(list->items[i].key));
		pack_raw(&p, list->items[i].start, sizeof(list->items[i].start));
	}
	return p.len;
}

bool
chat_certificate_parse_list(struct chat_certificate_list *list, const void *value, size_t len)
{
	const unsigned char *at = value;

	list->n = 0;
	if (len < 1 || len > CHAT_CERTIFICATE_LIST || at[0] != CERTIFICATE_VERSION ||
	    (len - 1) % CHAT_CERTIFICATE_LIST_ITEM != 0)
		return false;
	for (at++; (size_t)(at - (const unsigned char *)value) < len; list->n++) {
		struct chat_certificate *item = &list->items[list->n];

		memcpy(item->key, at, sizeof(item->key));
		memcpy(item->start, at + sizeof(item->key), sizeof(item->start));
		at += CHAT_CERTIFICATE_LIST_ITEM;
	}
	return true;
}

enum chat_result
chat_certificate_find(struct chat *chat, const struct chat_certificate *certificate, uint64_t *user)
{
	unsigned char data[CHAT_CERTIFICATE_RECORD];
	struct chat_certificate stored;
	enum store_status status;
	size_t len;

	*user = 0;
	status = store_get(chat->store, CHAT_TABLE_CERTIFICATES, certificate->key,
	    sizeof(certificate->key), data, sizeof(data), &len);
	if (status == STORE_ABSENT)
		return CHAT_NO_USER;
	return status == STORE_OK &&
	        chat_certificate_parse(&stored, user, certificate->key, sizeof(certificate->key),
	            data, len)
	    ? CHAT_OK
	    : CHAT_FAILED;
}

enum chat_result
chat_certificate_login(struct chat *chat, const struct chat_certificate *certificate,
    struct chat_text name, struct chat_user *user)
{
	uint64_t id;
	enum chat_result result = chat_certificate_find(chat, certificate, &id);

	if (result == CHAT_OK)
		result = chat_user_get(chat, id, user);
	if (result != CHAT_OK)
		return result;
	if (name.len > 0 && !chat_text_is(name, user->name))
		return CHAT_NO_USER;
	return user->locked ? CHAT_LOCKED : CHAT_OK;
}

/* A list and the record as it is; *len is 0 where there is none. */
struct stored_list {
	struct chat_certificate_list list;
	unsigned char data[CHAT_CERTIFICATE_LIST];
	size_t len;
};

static enum chat_result
read_list(struct chat *chat, uint64_t user, struct stored_list *stored)
{
	unsigned char key[CHAT_KEY_ID];
	enum store_status status;

	chat_key_id(key, user);
	stored->list.n = stored->len = 0;
	status = store_get(chat->store, CHAT_TABLE_CERTIFICATES, key, sizeof(key), stored->data,
	    sizeof(stored->data), &stored->len);
	if (status == STORE_OK)
		(void)chat_certificate_parse_list(&stored->list, stored->data, stored->len);
	else
		stored->len = 0;
	return status == STORE_OK || status == STORE_ABSENT ? CHAT_OK : CHAT_FAILED;
}

enum chat_result
chat_certificate_of(struct chat *chat, uint64_t user, struct chat_certificate_list *list)
{
	struct stored_list stored;
	enum chat_result result = read_list(chat, user, &stored);

	*list = stored.list;
	return result;
}

static size_t
find_item(const struct chat_certificate_list *list, const struct chat_certificate *certificate)
{
	size_t i = 0;

	while (i < list->n &&
	    memcmp(list->items[i].key, certificate->key, sizeof(certificate->key)) != 0)
		i++;
	return i;
}

/* The steps that make a list of what was stored; none is left of an empty one. */
static void
tx_put_list(struct store_tx *tx, uint64_t user, const struct stored_list *stored,
    const struct chat_certificate_list *list)
{
	unsigned char key[CHAT_KEY_ID], data[CHAT_CERTIFICATE_LIST];
	size_t len = list->n == 0 ? 0 : chat_certificate_pack_list(data, list);

	chat_key_id(key, user);
	chat_key_swap(tx, CHAT_TABLE_CERTIFICATES, key, sizeof(key), stored->data, stored->len,
	    data, len);
}

static enum chat_result
try_add(struct chat *chat, uint64_t user, const struct chat_certificate *certificate)
{
	unsigned char data[CHAT_CERTIFICATE_RECORD];
	size_t len = chat_certificate_pack(data, user, certificate);
	struct stored_list stored;
	struct store_tx tx;
	uint64_t owner;
	enum chat_result result = chat_certificate_find(chat, certificate, &owner);

	if (result == CHAT_OK)
		return owner == user ? CHAT_OK : CHAT_FORBIDDEN;
	if (result == CHAT_NO_USER)
		result = read_list(chat, user, &stored);
	if (result == CHAT_OK && stored.list.n == CHAT_CERTIFICATES_MOST)
		result = CHAT_TOO_MANY;
	if (result != CHAT_OK)
		return result;
	struct chat_certificate_list list = stored.list;
	list.items[list.n++] = *certificate;
	store_tx_init(&tx);
	chat_key_swap(&tx, CHAT_TABLE_CERTIFICATES, certificate->key, sizeof(certificate->key),
	    NULL, 0, data, len);
	tx_put_list(&tx, user, &stored, &list);
	result = chat_owner_tx_expect_user(chat, &tx, user);
	return result == CHAT_OK ? chat_from_store(store_commit(chat->store, &tx, NULL)) : result;
}

enum chat_result
chat_certificate_add(struct chat *chat, uint64_t user, const struct chat_certificate *certificate)
{
	enum chat_result result = CHAT_CONFLICT;

	for (unsigned int tries = 0; chat_retry(&result, &tries);)
		result = try_add(chat, user, certificate);
	return result;
}

static enum chat_result
try_remove(struct chat *chat, uint64_t user, const struct chat_certificate *certificate)
{
	struct stored_list stored;
	struct store_tx tx;
	enum chat_result result = read_list(chat, user, &stored);
	size_t at = find_item(&stored.list, certificate);

	if (result == CHAT_OK && at == stored.list.n)
		result = CHAT_BAD_ARGUMENT;
	if (result != CHAT_OK)
		return result;
	struct chat_certificate_list list = stored.list;
	list.n--;
	memmove(&list.items[at], &list.items[at + 1], (list.n - at) * sizeof(list.items[0]));
	store_tx_init(&tx);
	store_tx_delete(&tx, CHAT_TABLE_CERTIFICATES, certificate->key, sizeof(certificate->key));
	tx_put_list(&tx, user, &stored, &list);
	return chat_from_store(store_commit(chat->store, &tx, NULL));
}

enum chat_result
chat_certificate_remove(struct chat *chat, uint64_t user,
    const struct chat_certificate *certificate)
{
	enum chat_result result = CHAT_CONFLICT;

	for (unsigned int tries = 0; chat_retry(&result, &tries);)
		result = try_remove(chat, user, certificate);
	return result;
}

enum chat_result
chat_certificate_tx_clear(struct chat *chat, struct store_tx *tx, uint64_t user)
{
	struct stored_list stored;
	enum chat_result result = read_list(chat, user, &stored);

	if (result != CHAT_OK)
		return result;
	for (size_t i = 0; i < stored.list.n; i++)
		store_tx_delete(tx, CHAT_TABLE_CERTIFICATES, stored.list.items[i].key,
		    sizeof(stored.list.items[i].key));
	tx_put_list(tx, user, &stored, &(struct chat_certificate_list){ .n = 0 });
	return CHAT_OK;
}
