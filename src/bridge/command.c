/* bridge_command: the functions of the socket's table. */
#include "bridge/command.h"

/* The link to the realm of the question, or NULL. */
static struct bridge_link *
find_link(const struct bridge_command *command, struct bridge_question *question)
{
	struct bridge_link *link = bridge_peers_find(command->peers, question->realm);

	if (link != NULL)
		question->peer = link->peer.id;
	return link;
}

static enum bridge_answer
ask_info(void *arg, struct bridge_question *question)
{
	struct bridge_link *link = find_link(arg, question);

	if (link == NULL)
		return BRIDGE_ANSWER_NO_REALM;
	return link->protocol->ask != NULL &&
	        link->protocol->ask(link, question->id, question->user)
	    ? BRIDGE_ANSWER_LATER
	    : BRIDGE_ANSWER_NO_ANSWER;
}

/* Pulls the messages that a legacy peer keeps for a user. */
static enum bridge_answer
pull_inbox(void *arg, struct bridge_question *question)
{
	struct bridge_link *link = find_link(arg, question);

	if (link == NULL)
		return BRIDGE_ANSWER_NO_REALM;
	if (link->protocol->pull == NULL)
		return BRIDGE_ANSWER_OK;
	return link->protocol->pull(link, question->id, question->user) ? BRIDGE_ANSWER_LATER
	                                                                : BRIDGE_ANSWER_NO_ANSWER;
}

/*
 * Bounces all messages that wait for a realm, and counts them. Other links wait meanwhile, but not
 * longer than a peer may take to answer.
 */
static enum bridge_answer
drop_queue(void *arg, struct bridge_question *question)
{
	struct bridge_link *link = find_link(arg, question);
	enum chat_result result;
	uint64_t count = 0;

	if (link == NULL)
		return BRIDGE_ANSWER_NO_REALM;
	result = bridge_link_clear(link, &count);
	question->count = (int64_t)count;
	return result == CHAT_OK ? BRIDGE_ANSWER_OK : BRIDGE_ANSWER_FAILED;
}

/* Dials a realm now, or all. */
static enum bridge_answer
flush_links(void *arg, struct bridge_question *question)
{
	const struct bridge_command *command = arg;
	struct bridge_link *link = question->realm == NULL ? NULL : find_link(arg, question);

	if (question->realm != NULL && link == NULL)
		return BRIDGE_ANSWER_NO_REALM;
	for (size_t i = 0; i < command->peers->n; i++)
		if (link == NULL || command->peers->links[i] == link)
			bridge_link_dial_now(command->peers->links[i]);
	return BRIDGE_ANSWER_OK;
}

/* The peer has just called, so it can be reached. */
static enum bridge_answer
note_call(void *arg, struct bridge_question *question)
{
	struct bridge_link *link = find_link(arg, question);

	if (link == NULL)
		return BRIDGE_ANSWER_NO_REALM;
	bridge_link_called(link);
	return BRIDGE_ANSWER_OK;
}

static enum bridge_answer
run_reload(void *arg, struct bridge_question *question)
{
	const struct bridge_command *command = arg;

	/* A worker has changed the store at most; reading the configuration is not for it. */
	if (!question->own)
		return bridge_peers_sync(command->peers, command->env) == CHAT_OK
		    ? BRIDGE_ANSWER_OK
		    : BRIDGE_ANSWER_FAILED;
	return command->reload(command->arg);
}

const struct bridge_socket_command bridge_command_table[] = {
	{ .name = "info", .needs_realm = true, .needs_user = true, .run = ask_info },
	{ .name = "pull", .needs_realm = true, .needs_user = true, .run = pull_inbox },
	{ .name = "drop", .needs_realm = true, .needs_own = true, .run = drop_queue },
	{ .name = "flush", .needs_own = true, .run = flush_links },
	{ .name = "alive", .needs_realm = true, .run = note_call },
	{ .name = "reload", .run = run_reload },
	{ .name = NULL },
};

static void
send_answer(void *arg, uint64_t peer, uint64_t id, bool answer, const struct chat_person *person)
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
	*command =
	    (struct bridge_command){ .env = env, .peers = peers, .reload = on_reload, .arg = arg };
	env->answered = send_answer;
	env->pulled = send_count;
	env->arg = command;
}
