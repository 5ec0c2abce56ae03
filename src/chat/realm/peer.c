/*
 * chat_peer: the records of the realms that this one knows. They are few, so that a search for
 * anything but the name reads them one by one.
 */
#include "chat/realm/peer.h"

#include <bsd/string.h>
#include <string.h>

#include "base/name.h"
#include "chat/key.h"
#include "chat/set.h"
#include "config/table.h"

#define PEER_VERSION     1
#define PEER_FLAG_LEGACY 1
#define PEER_FLAG_ADDED  2
#define PEER_FLAG_ACTIVE 4
#define PEER_RECORD      CHAT_PEER_RECORD

/* The folded names of all peers. */
static const struct chat_set all_names = { .name = { CHAT_SET_PEERS }, .len = 1 };

struct record {
	unsigned char data[PEER_RECORD];
	size_t len; /* 0: there is none */
};

static void
peer_write(struct record *record, const struct chat_peer *peer)
{
	struct pack p;

	pack_init(&p, record->data, sizeof(record->data));
	pack_u8(&p, PEER_VERSION);
	pack_u64(&p, peer->id);
	pack_u8(&p,
	    (uint8_t)((peer->legacy ? PEER_FLAG_LEGACY : 0) | (peer->added ? PEER_FLAG_ADDED : 0) |
	        (peer->active ? PEER_FLAG_ACTIVE : 0)));
	pack_u16(&p, peer->port);
	pack_text(&p, peer->name);
	pack_text(&p, peer->address);
	pack_text(&p, peer->fingerprint);
	record->len = p.len;
}

static int
peer_read(struct chat_peer *peer, const struct record *record)
{
	struct unpack u;
	uint8_t flags;

	unpack_init(&u, record->data, record->len);
	if (unpack_u8(&u) != PEER_VERSION)
		return -1;
	peer->id = unpack_u64(&u);
	flags = unpack_u8(&u);
	peer->legacy = (flags & PEER_FLAG_LEGACY) != 0;
	peer->added = (flags & PEER_FLAG_ADDED) != 0;
	peer->active = (flags & PEER_FLAG_ACTIVE) != 0;
	peer->port = unpack_u16(&u);
	unpack_text(&u, peer->name, sizeof(peer->name));
	unpack_text(&u, peer->address, sizeof(peer->address));
	unpack_text(&u, peer->fingerprint, sizeof(peer->fingerprint));
	return u.bad ? -1 : 0;
}

/* Reads a peer by its folded name. If there is none, the record's length is 0. */
static enum chat_result
load_peer(struct chat *chat, const char *folded, size_t len, struct chat_peer *peer,
    struct record *record)
{
	enum store_status status = store_get(chat->store, CHAT_TABLE_PEERS, folded, len,
	    record->data, sizeof(record->data), &record->len);

	if (status == STORE_ABSENT) {
		record->len = 0;
		return CHAT_NO_REALM;
	}
	return status == STORE_OK && peer_read(peer, record) == 0 ? CHAT_OK : CHAT_FAILED;
}

enum chat_result
chat_peer_find(struct chat *chat, struct chat_text name, struct chat_peer *peer)
{
	char folded[NAME_MAX_BYTES];
	struct record record;

	if (!name_valid(name.data, name.len))
		return CHAT_NO_REALM;
	size_t len = name_fold(name.data, name.len, folded);
	return load_peer(chat, folded, len, peer, &record);
}

enum chat_result
chat_peer_at(struct chat *chat, uint32_t index, struct chat_peer *peer)
{
	unsigned char member[CHAT_SET_MEMBER];
	struct record record;
	size_t len;
	enum store_status status = chat_set_item(chat, &all_names, index, member, &len);

	if (status != STORE_OK)
		return status == STORE_ABSENT ? CHAT_NO_REALM : CHAT_FAILED;
	return load_peer(chat, (const char *)member, len, peer, &record) == CHAT_OK ? CHAT_OK
	                                                                            : CHAT_FAILED;
}

enum chat_result
chat_peer_get(struct chat *chat, uint64_t id, struct chat_peer *peer)
{
	enum chat_result result;

	for (uint32_t i = 0; (result = chat_peer_at(chat, i, peer)) == CHAT_OK; i++)
		if (peer->id == id)
			break;
	return result;
}

enum chat_result
chat_peer_by_fingerprint(struct chat *chat, const char *fingerprint, struct chat_peer *peer)
{
	enum chat_result result;

	for (uint32_t i = 0; (result = chat_peer_at(chat, i, peer)) == CHAT_OK; i++)
		if (peer->active && !peer->legacy && peer->fingerprint[0] != '\0' &&
		    strcmp(peer->fingerprint, fingerprint) == 0)
			break;
	return result;
}

static enum store_status
put_peer(struct chat *chat, const char *folded, size_t len, const struct record *before,
    const struct record *after)
{
	enum store_status status = STORE_OK;
	struct store_tx tx;
	uint32_t others;

	store_tx_init(&tx);
	chat_key_swap(&tx, CHAT_TABLE_PEERS, folded, len, before->data, before->len, after->data,
	    after->len);
	if (before->len == 0)
		status = chat_set_add(chat, &tx, &all_names, folded, len, &others);
	return status == STORE_OK ? store_commit(chat->store, &tx, NULL) : status;
}

/* Changes a peer, whose id is 0 if there was none of this name. */
typedef enum chat_result alteration(struct chat_peer *, const void *arg);

static enum chat_result
try_alter(struct chat *chat, struct chat_text name, alteration *change, const void *arg)
{
	char folded[NAME_MAX_BYTES];
	size_t len = name_fold(name.data, name.len, folded);
	struct chat_peer peer = { .id = 0 };
	struct record before, after;
	enum chat_result result = load_peer(chat, folded, len, &peer, &before);

	if (result == CHAT_OK || result == CHAT_NO_REALM)
		result = change(&peer, arg);
	if (result == CHAT_OK && peer.id == 0)
		result = chat_new_id(chat, &peer.id);
	if (result != CHAT_OK)
		return result;
	peer_write(&after, &peer);
	/* Mostly nothing has changed, and then it costs no transaction. */
	if (after.len == before.len && memcmp(after.data, before.data, after.len) == 0)
		return CHAT_OK;
	return chat_from_store(put_peer(chat, folded, len, &before, &after));
}

static enum chat_result
alter_peer(struct chat *chat, struct chat_text name, alteration *change, const void *arg)
{
	enum chat_result result = CHAT_CONFLICT;

	for (unsigned int tries = 0; chat_retry(&result, &tries);)
		result = try_alter(chat, name, change, arg);
	return result;
}

static enum chat_result
set_configured(struct chat_peer *peer, const void *arg)
{
	const struct config_peer *config = arg;
	uint64_t id = peer->id;

	*peer = (struct chat_peer){ .id = id,
		.port = config->port,
		.legacy = config->legacy,
		.active = true };
	strlcpy(peer->name, config->name, sizeof(peer->name));
	strlcpy(peer->address, config->address, sizeof(peer->address));
	strlcpy(peer->fingerprint, config->fingerprint, sizeof(peer->fingerprint));
	return CHAT_OK;
}

enum chat_result
chat_peer_load(struct chat *chat, const struct config_peer *config)
{
	return alter_peer(chat, chat_text(config->name), set_configured, config);
}

static bool
is_configured(const struct config *config, const struct chat_peer *peer)
{
	for (size_t i = 0; i < config->n_peers; i++)
		if (name_same(config->peers[i].name, peer->name))
			return true;
	return false;
}

/* Its messages and its outbox stay. */
static enum chat_result
set_inactive(struct chat_peer *peer, const void *arg)
{
	(void)arg;
	peer->active = peer->added;
	return CHAT_OK;
}

enum chat_result
chat_peer_sync(struct chat *chat)
{
	const struct config *config = chat->config;
	struct chat_peer peer;
	enum chat_result result = CHAT_OK;

	for (size_t i = 0; result == CHAT_OK && i < config->n_peers; i++)
		result = chat_peer_load(chat, &config->peers[i]);
	if (result != CHAT_OK)
		return result;
	for (uint32_t i = 0; (result = chat_peer_at(chat, i, &peer)) == CHAT_OK; i++) {
		if (peer.active && !is_configured(config, &peer))
			result = alter_peer(chat, chat_text(peer.name), set_inactive, NULL);
		if (result != CHAT_OK)
			return result;
	}
	return result == CHAT_NO_REALM ? CHAT_OK : result;
}

/* The address must be what one in the configuration must be. */
static bool
address_valid(const char *address)
{
	size_t n;
	const struct config_tunable *tunables = config_table_peer(&n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(tunables[i].name, "address") == 0)
			return tunables[i].check(address) == NULL;
	return false;
}

static bool
read_address(char out[CHAT_PEER_ADDRESS], struct chat_text address)
{
	if (address.len == 0 || address.len >= CHAT_PEER_ADDRESS ||
	    memchr(address.data, '\0', address.len) != NULL)
		return false;
	memcpy(out, address.data, address.len);
	out[address.len] = '\0';
	return address_valid(out);
}

static bool
read_port(uint16_t *port, struct chat_text text)
{
	unsigned int number = 0;

	for (size_t i = 0; i < text.len && number <= UINT16_MAX; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
		number = number * 10 + (unsigned int)(text.data[i] - '0');
	}
	*port = (uint16_t)number;
	return number > 0 && number <= UINT16_MAX;
}

/* A known fingerprint stays: adding a peer does not let in one with another key. */
static enum chat_result
set_added(struct chat_peer *peer, const void *arg)
{
	const struct chat_peer *added = arg;

	if (peer->active)
		return CHAT_REALM_EXISTS;
	memcpy(peer->name, added->name, sizeof(peer->name));
	memcpy(peer->address, added->address, sizeof(peer->address));
	peer->port = added->port;
	peer->legacy = false;
	peer->added = true;
	peer->active = true;
	return CHAT_OK;
}

enum chat_result
chat_peer_add(struct chat *chat, struct chat_text name, struct chat_text address,
    struct chat_text port)
{
	struct chat_peer peer = { .id = 0 };

	if (!name_valid(name.data, name.len) || name_reserved(name.data, name.len) ||
	    !read_address(peer.address, address) || !read_port(&peer.port, port))
		return CHAT_BAD_ARGUMENT;
	memcpy(peer.name, name.data, name.len);
	if (name_same(peer.name, chat->config->realm))
		return CHAT_BAD_ARGUMENT;
	return alter_peer(chat, name, set_added, &peer);
}

static enum chat_result
set_pin(struct chat_peer *peer, const void *arg)
{
	const char *fingerprint = arg;

	if (peer->id == 0)
		return CHAT_NO_REALM;
	if (peer->fingerprint[0] != '\0' && strcmp(peer->fingerprint, fingerprint) != 0)
		return CHAT_FORBIDDEN;
	strlcpy(peer->fingerprint, fingerprint, sizeof(peer->fingerprint));
	return CHAT_OK;
}

enum chat_result
chat_peer_pin(struct chat *chat, uint64_t id, const char *fingerprint)
{
	struct chat_peer peer, other;
	enum chat_result result = chat_peer_get(chat, id, &peer);

	if (result != CHAT_OK)
		return result;
	/* A key identifies the calling realm, so that no two may have the same. */
	result = chat_peer_by_fingerprint(chat, fingerprint, &other);
	if (result == CHAT_OK && other.id != id)
		return CHAT_FORBIDDEN;
	if (result == CHAT_FAILED)
		return result;
	return alter_peer(chat, chat_text(peer.name), set_pin, fingerprint);
}

/* Whatever the setting, a day has room for one transaction: else a full one could never come. */
static uint64_t
daily_bytes(const struct config *config)
{
	return config->peer_bytes == 0 || config->peer_bytes > STORE_TX_MAX ? config->peer_bytes
	                                                                    : STORE_TX_MAX;
}

void
chat_peer_tx_pay(struct store_tx *tx, const struct config *config, uint64_t id, uint64_t bytes)
{
	store_tx_charge(tx, id, bytes, daily_bytes(config));
}

void
chat_peer_tx_owe(struct store_tx *tx, const struct config *config, uint64_t id, uint64_t bytes)
{
	store_tx_charge(tx, id, bytes, daily_bytes(config) | STORE_OWED);
}

enum chat_result
chat_peer_pay(struct chat *chat, uint64_t id, uint64_t bytes)
{
	struct store_tx tx;

	store_tx_init(&tx);
	chat_peer_tx_pay(&tx, chat->config, id, bytes);
	return chat_from_store(store_commit(chat->store, &tx, NULL));
}

struct chat_set
chat_peer_names(void)
{
	return all_names;
}

size_t
chat_peer_pack(unsigned char data[CHAT_PEER_RECORD], const struct chat_peer *peer)
{
	struct record record;

	peer_write(&record, peer);
	memcpy(data, record.data, record.len);
	return record.len;
}

bool
chat_peer_parse(struct chat_peer *peer, const void *value, size_t len)
{
	struct record record = { .len = len };

	if (len > sizeof(record.data))
		return false;
	memcpy(record.data, value, len);
	return peer_read(peer, &record) == 0 && peer->id != 0 &&
	    name_valid(peer->name, strlen(peer->name));
}
