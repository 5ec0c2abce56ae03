/*
 * chat_peer: the realms that this one knows, from the configuration or added by an administrator.
 * Connecting to them is left to the bridge.
 */
#ifndef KABAR_CHAT_PEER_H
#define KABAR_CHAT_PEER_H

#include "chat/chat.h"
#include "chat/set.h"

#define CHAT_PEER_ADDRESS     256
#define CHAT_PEER_FINGERPRINT 72 /* "SHA256:", 64 hex digits and NUL */

struct chat_peer {
	uint64_t id; /* also that of its outbox; never used again */
	char name[NAME_MAX_BYTES + 1];
	char address[CHAT_PEER_ADDRESS]; /* numeric, or a host name */
	uint16_t port;
	char fingerprint[CHAT_PEER_FINGERPRINT]; /* "": legacy, or not seen yet */
	bool legacy;
	bool added;  /* by an administrator over addrealm, not by the configuration */
	bool active; /* false: it was removed from the configuration; its outbox and its messages
	                stay */
};

/*
 * By name, compared without case, whether active or not: reads one record. CHAT_OK, CHAT_NO_REALM,
 * CHAT_FAILED.
 */
enum chat_result chat_peer_find(struct chat *, struct chat_text name, struct chat_peer *);
/* By id, with the same results. */
enum chat_result chat_peer_get(struct chat *, uint64_t id, struct chat_peer *);
/* The active native peer with this fingerprint. */
enum chat_result chat_peer_by_fingerprint(struct chat *, const char *fingerprint,
    struct chat_peer *);
/* By index from 0, until CHAT_NO_REALM. None is ever removed. */
enum chat_result chat_peer_at(struct chat *, uint32_t index, struct chat_peer *);

/*
 * Makes the store agree with the configuration: new peers get an id, known ones get the configured
 * address and fingerprint, and those that are configured no more become inactive unless an
 * administrator added them. The master, or a bridge without one, calls it at start and at each
 * reload. If nothing has changed it only reads.
 */
enum chat_result chat_peer_sync(struct chat *);
/* The same for one peer of the configuration. */
enum chat_result chat_peer_load(struct chat *, const struct config_peer *);
/*
 * Adds a peer that is trusted on first use. CHAT_REALM_EXISTS, CHAT_BAD_ARGUMENT (the name, address
 * or port is not valid, or the name is the own realm's).
 */
enum chat_result chat_peer_add(struct chat *, struct chat_text name, struct chat_text address,
    struct chat_text port);
/*
 * Stores the fingerprint of a peer that has none. CHAT_FORBIDDEN: it has another, or another peer
 * has this one.
 */
enum chat_result chat_peer_pin(struct chat *, uint64_t id, const char *fingerprint);

/*
 * The peer pays for bytes that it has stored here, or is about to: CHAT_BUDGET when the peer_bytes
 * of a day are used up, CHAT_NO_SPACE below min_free, CHAT_FAILED.
 */
enum chat_result chat_peer_pay(struct chat *, uint64_t id, uint64_t bytes);
/* The same as a step of the transaction that stores them. */
void chat_peer_tx_pay(struct store_tx *, const struct config *, uint64_t id, uint64_t bytes);
/* What comes only once is stored in any case, and paid for afterwards. */
void chat_peer_tx_owe(struct store_tx *, const struct config *, uint64_t id, uint64_t bytes);

/* The set of their folded names, for check and repair. */
struct chat_set chat_peer_names(void);
/* The record of a peer, for check and repair. False: damaged. */
#define CHAT_PEER_RECORD 512
size_t chat_peer_pack(unsigned char data[CHAT_PEER_RECORD], const struct chat_peer *);
bool chat_peer_parse(struct chat_peer *, const void *value, size_t len);

#endif
