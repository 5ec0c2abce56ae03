/* bridge_command: the functions of the socket's table. */
#include "bridge/command.h"

static enum bridge_answer
ask_info(void *arg, const char *realm, const char *user, uint64_t id, uint64_t *peer)
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
pull_inbox(void *arg, const char *realm, const char *user, uint64_t id, uint64_t *peer)
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

/* Other links wait meanwhile, but not longer than a peer may take to answer. */
static enum bridge_answer
drop_queue(void *arg, const char *realm, uint64_t *count)
{
	const struct bridge_command *command = arg;
	struct bridge_link *link = bridge_peers_find(command->peers, realm);

	if (link == NULL)
		return BRIDGE_ANSWER_NO_REALM;
	return bridge_link_clear(link, count) == CHAT_OK ? BRIDGE_ANSWER_OK : BRIDGE_ANSWER_FAILED;
}

static enum bridge_answer
flush_links(void *arg, const char *realm)
{
	const struct bridge_command *command = arg;
	struct bridge_link *link = realm == NULL ? NULL : bridge_peers_find(command->peers, realm);

	if (realm != NULL && link == NULL)
		return BRIDGE_ANSWER_NO_REALM;
	for (size_t i = 0; i < command->peers->n; i++)
		if (realm == NULL || command->peers->links[i] == link)
			bridge_link_dial_now(command->peers->links[i]);
	return BRIDGE_ANSWER_OK;
}

static enum bridge_answer
note_call(void *arg, const char *realm)
{
	const struct bridge_command *command = arg;
	struct bridge_link *link = bridge_peers_find(command->peers, realm);

	if (link == NULL)
		return BRIDGE_ANSWER_NO_REALM;
	bridge_link_called(link);
	return BRIDGE_ANSWER_OK;
}

static enum bridge_answer
run_reload(void *arg)
{
	const struct bridge_command *command = arg;

	return command->reload(command->arg);
}

static void
send_answer(void *arg, uint64_t peer, uint64_t id, bool answer, const struct peering_person *person)
{
	const struct bridge_command *command = arg;
	enum bridge_answer result = !answer ? BRIDGE_ANSWER_NO_ANSWER
	    : person == NULL                ? BRIDGE_ANSWER_NO_USER
	                                    : BRIDGE_ANSWER_OK;

	bridge_socket_answer(command->socket, peer, id, result, person);
}

static void
send_count(void *arg, uint64_t peer, uint64_t id, uint64_t count)
{
	const struct bridge_command *command = arg;

	bridge_socket_count(command->socket, peer, id, count);
}

void
bridge_command_init(struct bridge_command *command, struct bridge_env *env,
    struct bridge_peers *peers, enum bridge_answer (*on_reload)(void *arg), void *arg)
{
	*command = (struct bridge_command){ .table = { .info = ask_info,
		                                .pull = pull_inbox,
		                                .drop = drop_queue,
		                                .flush = flush_links,
		                                .alive = note_call,
		                                .reload = run_reload,
		                                .arg = command },
		.peers = peers,
		.reload = on_reload,
		.arg = arg };
	env->answered = send_answer;
	env->pulled = send_count;
	env->arg = command;
}
