/* bridge_command: what the bridge does when it is asked or told something over its socket. */
#include "bridge/command.h"

static enum bridge_answer
info(void *arg, const char *realm, const char *user, uint64_t id, uint64_t *peer)
{
	const struct bridge_command *command = arg;
	struct bridge_link *link = bridge_peers_find(command->peers, realm);

	if (link == NULL)
		return BRIDGE_ANSWER_NO_REALM;
	*peer = link->peer.id;
	return link->protocol->ask != NULL && link->protocol->ask(link, id, user)
	    ? BRIDGE_ANSWER_LATER
	    : BRIDGE_ANSWER_NO_ANSWER;
}

static enum bridge_answer
pull(void *arg, const char *realm, const char *user, uint64_t id, uint64_t *peer)
{
	const struct bridge_command *command = arg;
	struct bridge_link *link = bridge_peers_find(command->peers, realm);

	if (link == NULL)
		return BRIDGE_ANSWER_NO_REALM;
	*peer = link->peer.id;
	if (link->protocol->pull == NULL)
		return BRIDGE_ANSWER_OK;
	return link->protocol->pull(link, id, user) ? BRIDGE_ANSWER_LATER : BRIDGE_ANSWER_NO_ANSWER;
}

/* Others wait meanwhile, but not longer than a peer may take to answer. */
static enum bridge_answer
drop(void *arg, const char *realm, uint64_t *count)
{
	const struct bridge_command *command = arg;
	struct bridge_link *link = bridge_peers_find(command->peers, realm);

	if (link == NULL)
		return BRIDGE_ANSWER_NO_REALM;
	return bridge_link_clear(link, count) == CHAT_OK ? BRIDGE_ANSWER_OK : BRIDGE_ANSWER_FAILED;
}

static enum bridge_answer
flush(void *arg, const char *realm)
{
	const struct bridge_command *command = arg;
	struct bridge_link *link = realm == NULL ? NULL : bridge_peers_find(command->peers, realm);

	if (realm != NULL && link == NULL)
		return BRIDGE_ANSWER_NO_REALM;
	for (size_t i = 0; i < command->peers->n; i++)
		if (realm == NULL || command->peers->links[i] == link)
			bridge_link_hurry(command->peers->links[i]);
	return BRIDGE_ANSWER_OK;
}

static enum bridge_answer
alive(void *arg, const char *realm)
{
	const struct bridge_command *command = arg;
	struct bridge_link *link = bridge_peers_find(command->peers, realm);

	if (link == NULL)
		return BRIDGE_ANSWER_NO_REALM;
	bridge_link_alive(link);
	return BRIDGE_ANSWER_OK;
}

static enum bridge_answer
reload(void *arg)
{
	const struct bridge_command *command = arg;

	return command->reload(command->arg);
}

static void
answered(void *arg, uint64_t peer, uint64_t id, bool answer, const struct peering_person *person)
{
	const struct bridge_command *command = arg;
	enum bridge_answer result = !answer ? BRIDGE_ANSWER_NO_ANSWER
	    : person == NULL                ? BRIDGE_ANSWER_NO_USER
	                                    : BRIDGE_ANSWER_OK;

	bridge_socket_answer(command->socket, peer, id, result, person);
}

static void
pulled(void *arg, uint64_t peer, uint64_t id, uint64_t count)
{
	const struct bridge_command *command = arg;

	bridge_socket_count(command->socket, peer, id, count);
}

void
bridge_command_init(struct bridge_command *command, struct bridge_env *env,
    struct bridge_peers *peers, enum bridge_answer (*on_reload)(void *arg), void *arg)
{
	*command = (struct bridge_command){ .table = { .info = info,
		                                .fetch = pull,
		                                .drop = drop,
		                                .flush = flush,
		                                .alive = alive,
		                                .reload = reload,
		                                .arg = command },
		.peers = peers,
		.reload = on_reload,
		.arg = arg };
	env->answered = answered;
	env->pulled = pulled;
	env->arg = command;
}
