/* bridge_peers: a link for each peer of the store, whether it is dialled or not. */
#ifndef KABAR_BRIDGE_PEERS_H
#define KABAR_BRIDGE_PEERS_H

#include "bridge/link.h"

struct bridge_peers {
	struct bridge_link **links;
	size_t n;
};

/*
 * Makes the store agree with the configuration, and the links with the store. A master does the
 * first by itself, since it may have read a newer configuration. CHAT_OK or CHAT_FAILED, with some
 * done.
 */
enum chat_result bridge_peers_sync(struct bridge_peers *, struct bridge_env *);
/* The active peer of this name, in any case of letters, or NULL. */
struct bridge_link *bridge_peers_find(const struct bridge_peers *, const char *name);
void bridge_peers_free(struct bridge_peers *);

#endif
