/* bridge_peers: links stay where they are, the list of them grows. */
#include "bridge/peers.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/name.h"
#include "base/vector.h"

/* The link to this peer, or NULL. A link of the other protocol is freed. */
static struct bridge_link *
find_link(struct bridge_peers *peers, const struct chat_peer *peer)
{
	struct bridge_link *link;
	size_t i = 0;

	while (i < peers->n && peers->links[i]->peer.id != peer->id)
		i++;
	if (i == peers->n)
		return NULL;
	link = peers->links[i];
	if (link->peer.legacy == peer->legacy)
		return link;
	log_info("%s: its settings have changed", peer->name);
	bridge_link_free(link);
	free(link);
	peers->links[i] = peers->links[--peers->n];
	return NULL;
}

static enum chat_result
add_link(struct bridge_peers *peers, struct bridge_env *env, const struct chat_peer *peer)
{
	struct bridge_link **at = vector_add(&peers->links, &peers->n, sizeof(*at));

	if (at == NULL)
		return CHAT_FAILED;
	*at = calloc(1, sizeof(**at));
	if (*at != NULL && bridge_link_init(*at, env, peer) == CHAT_OK)
		return CHAT_OK;
	free(*at);
	peers->n--;
	return CHAT_FAILED;
}

enum chat_result
bridge_peers_sync(struct bridge_peers *peers, struct bridge_env *env)
{
	enum chat_result result;
	struct chat_peer peer;

	store_refresh(env->chat.store);
	result = env->mastered ? CHAT_OK : chat_peer_sync(&env->chat);
	for (uint32_t i = 0; result == CHAT_OK; i++) {
		struct bridge_link *link;

		result = chat_peer_at(&env->chat, i, &peer);
		if (result != CHAT_OK)
			break;
		link = find_link(peers, &peer);
		if (link != NULL)
			bridge_link_change(link, &peer);
		else
			result = add_link(peers, env, &peer);
	}
	return result == CHAT_NO_REALM ? CHAT_OK : CHAT_FAILED;
}

struct bridge_link *
bridge_peers_find(const struct bridge_peers *peers, const char *name)
{
	for (size_t i = 0; i < peers->n; i++)
		if (peers->links[i]->peer.active && name_same(peers->links[i]->peer.name, name))
			return peers->links[i];
	return NULL;
}

void
bridge_peers_free(struct bridge_peers *peers)
{
	for (size_t i = 0; i < peers->n; i++) {
		bridge_link_free(peers->links[i]);
		free(peers->links[i]);
	}
	free(peers->links);
	*peers = (struct bridge_peers){ .links = NULL };
}
