/*
 * chat_peer: the realms that this one knows, as the store has them: from the configuration, or
 * added by an administrator. Connecting to them is the bridge's business.
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
	bool active; /* false: it is in the configuration no more, but may still owe us something */
};

/*
 * By name, compared without case, whether active or not: reads one record. CHAT_OK, CHAT_NO_REALM,
 * CHAT_FAILED.
 */
enum chat_result chat_peer_find(struct chat *, struct chat_text name, struct chat_peer *);
/* These look through all. */
enum chat_result chat_peer_get(struct chat *, uint64_t id, struct chat_peer *);
/* The active native peer with this fingerprint. */
enum chat_result chat_peer_by_fingerprint(struct chat *, const char *fingerprint,
    struct chat_peer *);
/* By index from 0, until CHAT_NO_REALM. None is ever removed. */
enum chat_result chat_peer_at(struct chat *, uint32_t index, struct chat_peer *);

/*
 * Makes the store agree with the configuration: its peers get an id, new addresses and
 * fingerprints are taken over, those that it no longer has become inactive unless they were
 * added. To be called at start and at each reload, by the master and by a bridge without one.
 * Where nothing has changed it only reads.
 */
enum chat_result chat_peer_sync(struct chat *);
/* The same for one peer of the configuration. CHAT_REALM_EXISTS: it is active already. */
enum chat_result chat_peer_load(struct chat *, const struct config_peer *);
/*
 * Adds a peer that is to be trusted on first use. CHAT_REALM_EXISTS, CHAT_BAD_ARGUMENT (name,
 * address or port cannot be, or it is the own realm's name).
 */
enum chat_result chat_peer_add(struct chat *, struct chat_text name, struct chat_text address,
    struct chat_text port);
/*
 * Remembers the fingerprint of a peer that had none. CHAT_FORBIDDEN: it has another, or another
 * peer has this one.
 */
enum chat_result chat_peer_pin(struct chat *, uint64_t id, const char *fingerprint);

/* The set of their folded names, for those who check it. */
struct chat_set chat_peer_names(void);
/* The record of a peer, for those who put it right. False: damaged. */
#define CHAT_PEER_RECORD 512
size_t chat_peer_pack(unsigned char data[CHAT_PEER_RECORD], const struct chat_peer *);
bool chat_peer_parse(struct chat_peer *, const void *value, size_t len);

#endif
