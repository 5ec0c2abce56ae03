/* bridge_peers: a link for each peer of the store, whether it is dialled or not. */
#ifndef KABAR_BRIDGE_PEERS_H
#define KABAR_BRIDGE_PEERS_H

#include "bridge/link.h"

struct bridge_peers {
	struct bridge_link **links;
	size_t n;
	size_t size;
};

/*
 * Makes the links agree with the store, and the store before that with the configuration; but where
 * there is a master that is its business, for it may have read a newer one. CHAT_OK or CHAT_FAILED,
 * with some done.
 */
enum chat_result bridge_peers_sync(struct bridge_peers *, struct bridge_env *);
/* By name, without case, if it is an active one; else NULL. */
struct bridge_link *bridge_peers_find(const struct bridge_peers *, const char *name);
void bridge_peers_free(struct bridge_peers *);

#endif
