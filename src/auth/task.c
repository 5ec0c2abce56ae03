/*
 * auth_task: requests: those that one look at the store answers, and those that take a hash, which
 * may first be held for whoever guesses.
 */
#include <bsd/string.h>
#include <stdlib.h>
#include <string.h>

#include "auth/int.h"
#include "base/clock.h"
#include "base/log.h"
#include "chat/invitation.h"
#include "chat/permit.h"
#include "chat/realm/legacy.h"
#include "chat/realm/unknown_peer.h"
#include "chat/session.h"
#include "live/limits.h"

#define LOOK_MS 1000 /* between two looks at what has waited for too long */

void
auth_task_answer(struct auth_gate *gate, struct auth_connection *connection, uint32_t seq,
    enum chat_result result, int64_t retry_ms)
{
	const struct auth_reply reply = { .seq = seq,
		.result = result,
		.retry_s = (uint32_t)((retry_ms + 999) / 1000) };

	auth_connection_answer(gate, connection, &reply);
}

static void
find_session(struct auth_gate *gate, struct auth_connection *connection,
    const struct auth_request *request)
{
	struct chat_session session;
	enum chat_result result =
	    chat_session_find(&gate->chat, chat_text(request->token), &session);

	store_rest(gate->chat.store); /* it may have noted the use of the token */
	if (result == CHAT_OK)
		auth_connection_admit(gate, connection, request->seq, CHAT_PRINCIPAL_USER,
		    session.user.id, session.user.epoch);
	else
		auth_task_answer(gate, connection, request->seq, result, 0);
}

static void
find_peer(struct auth_gate *gate, struct auth_connection *connection,
    const struct auth_request *request)
{
	struct auth_reply reply = { .seq = request->seq };
	struct chat_peer peer;

	reply.result = chat_peer_by_fingerprint(&gate->chat, request->fingerprint, &peer);
	if (reply.result == CHAT_OK) {
		auth_connection_admit(gate, connection, request->seq, CHAT_PRINCIPAL_PEER, peer.id,
		    0);
		return;
	}
	if (reply.result == CHAT_NO_REALM)
		chat_unknown_peer_refuse(gate->config->state, request->fingerprint,
		    connection->address);
	auth_connection_answer(gate, connection, &reply);
}

/*
 * The user to whom this connection's last yes went. The session may just be in the making or
 * ending, but an account that is locked or has another password since is judged anew.
 */
enum chat_result
auth_task_judge_again(struct auth_gate *gate, const struct auth_connection *connection,
    struct chat_user *user)
{
	enum chat_result result;

	if (connection->principal != CHAT_PRINCIPAL_USER)
		return CHAT_NO_SESSION;
	result = chat_user_get(&gate->chat, connection->id, user);
	if (result != CHAT_OK)
		return result;
	if (user->locked)
		return CHAT_LOCKED;
	return user->epoch == connection->epoch ? CHAT_OK : CHAT_NO_SESSION;
}

/* Peers and older servers prove again who they are. */
static void
find_again(struct auth_gate *gate, struct auth_connection *connection,
    const struct auth_request *request)
{
	struct chat_user user = { .id = 0 };
	enum chat_result result = auth_task_judge_again(gate, connection, &user);

	if (result == CHAT_OK)
		auth_connection_admit(gate, connection, request->seq, CHAT_PRINCIPAL_USER, user.id,
		    user.epoch);
	else
		auth_task_answer(gate, connection, request->seq, result, 0);
}

/* NULL: there are too many, and the request has been answered. */
struct auth_task *
auth_task_new(struct auth_gate *gate, struct auth_connection *connection,
    const struct auth_request *request)
{
	struct auth_task *task = gate->n_tasks < AUTH_TASKS_MAX ? calloc(1, sizeof(*task)) : NULL;

	if (task == NULL) {
		limits_count(gate->chat.limits, LIMITS_LOGIN_QUEUE);
		auth_task_answer(gate, connection, request->seq, CHAT_TOO_SOON, 1000);
		return NULL;
	}
	gate->n_tasks++;
	LIST_INSERT_HEAD(&gate->tasks, task, others);
	task->begun_ms = clock_monotonic_ms();
	task->connection = connection;
	task->kind = request->kind;
	task->seq = request->seq;
	connection->task = task;
	return task;
}

struct auth_task *
auth_task_new_if(struct auth_gate *gate, struct auth_connection *connection,
    const struct auth_request *request, enum chat_result result)
{
	if (result == CHAT_OK)
		return auth_task_new(gate, connection, request);
	auth_task_answer(gate, connection, request->seq, result, 0);
	return NULL;
}

void
auth_task_queue(struct auth_gate *gate, struct auth_task *task)
{
	const struct auth_connection *connection = task->connection;
	bool guesses;

	if (!task->tried)
		auth_delay_name(&gate->delay, &task->try, task->job.user.name, connection->key,
		    connection->near);
	guesses = auth_delay_guesses(&gate->delay, &task->try, clock_monotonic_ms());
	task->place = AUTH_QUEUED;
	if (auth_queue_add(&gate->queue, connection->key, connection->near, guesses, task))
		return;
	if (task->tried)
		auth_delay_undo(&gate->delay, &task->try);
	limits_count(gate->chat.limits, LIMITS_LOGIN_QUEUE);
	auth_outcome_end(gate, task, CHAT_TOO_SOON, 1000);
}

void
auth_task_keep_password(struct auth_task *task, const struct auth_request *request)
{
	strlcpy(task->job.user.name, request->name, sizeof(task->job.user.name));
	strlcpy(task->job.password, request->password, sizeof(task->job.password));
	task->job.possible = request->possible;
}

/* Queues a task, at once or when it has waited as long as it must. */
void
auth_task_hold(struct auth_gate *gate, struct auth_task *task, int64_t wait)
{
	if (wait == 0) {
		auth_task_queue(gate, task);
		return;
	}
	task->place = AUTH_HELD;
	task->due_ms = clock_monotonic_ms() + wait;
	task->next = gate->held;
	gate->held = task;
}

/* A password is tried, which may be a guess: it may have to wait, or is refused. */
static void
begin_try(struct auth_gate *gate, struct auth_task *task)
{
	const struct auth_connection *connection = task->connection;
	int64_t wait;

	auth_delay_name(&gate->delay, &task->try, task->job.user.name, connection->key,
	    connection->near);
	wait = auth_delay_begin(&gate->delay, &task->try, clock_monotonic_ms(),
	    gate->config->login_delay * 1000, AUTH_HOLD_MS);
	if (wait > 0)
		limits_count(gate->chat.limits, LIMITS_LOGIN_DELAY);
	if (wait > AUTH_HOLD_MS) {
		auth_outcome_end(gate, task, CHAT_TOO_SOON, wait);
		return;
	}
	task->tried = true;
	auth_task_hold(gate, task, wait);
}

static void
begin_login(struct auth_gate *gate, struct auth_connection *connection,
    const struct auth_request *request)
{
	struct auth_task *task = auth_task_new(gate, connection, request);

	if (task == NULL)
		return;
	auth_task_keep_password(task, request);
	begin_try(gate, task);
}

static void
find_certificate(struct auth_gate *gate, struct auth_connection *connection,
    const struct auth_request *request)
{
	struct chat_certificate certificate;
	struct chat_user user = { .id = 0 };
	enum chat_result result =
	    chat_certificate_read(&certificate, chat_text(request->fingerprint))
	    ? chat_certificate_login(&gate->chat, &certificate, chat_text(request->name), &user)
	    : CHAT_NO_USER;

	if (result == CHAT_OK)
		auth_connection_admit(gate, connection, request->seq, CHAT_PRINCIPAL_USER, user.id,
		    user.epoch);
	else
		auth_task_answer(gate, connection, request->seq, result, 0);
}

/* Who only has the session is not to make a way in that outlasts it. */
static void
begin_certify(struct auth_gate *gate, struct auth_connection *connection,
    const struct auth_request *request)
{
	struct auth_task *task;
	struct chat_certificate certificate;
	struct chat_user user = { .id = 0 };
	enum chat_result result = auth_task_judge_again(gate, connection, &user);

	if (result == CHAT_OK &&
	    !chat_certificate_read(&certificate, chat_text(request->fingerprint)))
		result = CHAT_BAD_ARGUMENT;
	task = auth_task_new_if(gate, connection, request, result);
	if (task == NULL)
		return;
	auth_task_keep_password(task, request);
	task->job.user = user;
	task->job.certificate = certificate;
	task->job.adds = request->adds;
	begin_try(gate, task);
}

static void
begin_passwd(struct auth_gate *gate, struct auth_connection *connection,
    const struct auth_request *request)
{
	struct auth_task *task;
	struct chat_user user = { .id = 0 };
	enum chat_result result = auth_task_judge_again(gate, connection, &user);

	if (result == CHAT_OK)
		result = chat_user_judge(gate->config, &user, request->wanted);
	task = auth_task_new_if(gate, connection, request, result);
	if (task == NULL)
		return;
	auth_task_keep_password(task, request);
	strlcpy(task->job.user.name, user.name, sizeof(task->job.user.name));
	strlcpy(task->job.wanted, request->wanted, sizeof(task->job.wanted));
	begin_try(gate, task);
}

/* Names are looked up by the resolver: a name server may be slow. */
static void
begin_server(struct auth_gate *gate, struct auth_connection *connection,
    const struct auth_request *request)
{
	struct auth_task *task;
	struct chat_peer peer;
	uint32_t index = 0;
	enum chat_result result = chat_legacy_at(&gate->chat, &index, &peer);

	task = auth_task_new_if(gate, connection, request, result);
	if (task == NULL)
		return;
	task->job.kind = AUTH_JOB_SERVER;
	strlcpy(task->job.address, connection->address, sizeof(task->job.address));
	auth_crew_ask_clerk(gate, task);
}

static void
begin_invite(struct auth_gate *gate, struct auth_connection *connection,
    const struct auth_request *request)
{
	struct auth_task *task;
	struct chat_user user = { .id = 0 };
	enum chat_result result = auth_task_judge_again(gate, connection, &user);

	/* The clerk judges the number; where there are none it is not asked. */
	if (result == CHAT_OK && (gate->config->user_invitations == 0 || user.guest))
		result = CHAT_FORBIDDEN;
	task = auth_task_new_if(gate, connection, request, result);
	if (task == NULL)
		return;
	task->job.kind = AUTH_JOB_INVITE;
	task->job.user = user;
	strlcpy(task->job.code, request->code, sizeof(task->job.code));
	auth_crew_ask_clerk(gate, task);
}

void
auth_task_begin(struct auth_gate *gate, struct auth_connection *connection,
    const struct auth_request *request)
{
	store_refresh(gate->chat.store);
	switch (request->kind) {
	case AUTH_LOGIN:
		begin_login(gate, connection, request);
		break;
	case AUTH_REGISTER:
	case AUTH_INVITED:
		auth_register_begin(gate, connection, request);
		break;
	case AUTH_SESSION:
		find_session(gate, connection, request);
		break;
	case AUTH_PEER:
		find_peer(gate, connection, request);
		break;
	case AUTH_SERVER:
		begin_server(gate, connection, request);
		break;
	case AUTH_INVITE:
		begin_invite(gate, connection, request);
		break;
	case AUTH_PASSWD:
		begin_passwd(gate, connection, request);
		break;
	case AUTH_AGAIN:
		find_again(gate, connection, request);
		break;
	case AUTH_CERTIFICATE:
		find_certificate(gate, connection, request);
		break;
	case AUTH_CERTIFY:
		begin_certify(gate, connection, request);
		break;
	case AUTH_CLAIM:
		auth_register_begin_claim(gate, connection, request);
		break;
	case AUTH_GUEST:
		auth_guest_begin(gate, connection, request);
		break;
	case AUTH_RENAME:
		auth_guest_begin_rename(gate, connection, request);
		break;
	case AUTH_GONE:
		auth_guest_begin_gone(gate, connection, request);
		break;
	case AUTH_HELLO:
		break;
	}
}

static void
unlink_task(struct auth_task **list, const struct auth_task *task)
{
	while (*list != NULL && *list != task)
		list = &(*list)->next;
	if (*list != NULL)
		*list = task->next;
}

/* Takes it from where it waits. False: a helper is at it. */
static bool
withdraw_task(struct auth_gate *gate, struct auth_task *task)
{
	switch (task->place) {
	case AUTH_HELD:
		unlink_task(&gate->held, task);
		return true;
	case AUTH_FOR_CLERK:
		unlink_task(&auth_crew_of(gate, task)->waiting, task);
		return true;
	case AUTH_QUEUED:
		auth_queue_remove(&gate->queue, task->connection->key, task);
		return true;
	case AUTH_AT_CLERK:
		auth_crew_cancel(gate, task);
		return false;
	case AUTH_AT_HASHER:
		break;
	}
	return false;
}

void
auth_task_abandon(struct auth_gate *gate, struct auth_task *task)
{
	bool waited = withdraw_task(gate, task);

	task->connection->task = NULL;
	task->connection = NULL;
	/* A helper that is at it does it to its end. */
	if (waited)
		auth_outcome_end(gate, task, CHAT_FAILED, 0);
}

bool
auth_task_unwanted(const struct auth_task *task)
{
	return task->connection == NULL ||
	    clock_monotonic_ms() - task->begun_ms >= AUTH_PATIENCE_MS;
}

/* It was withdrawn: nothing has been found out, but that a password is right. */
static void
refuse_late(struct auth_gate *gate, struct auth_task *task)
{
	if (task->kind == AUTH_LOGIN && task->place == AUTH_FOR_CLERK) {
		auth_outcome_clerked(gate, task, true);
		return;
	}
	if (task->tried)
		auth_delay_undo(&gate->delay, &task->try);
	auth_outcome_end(gate, task, CHAT_TOO_SOON, 1000);
}

int64_t
auth_task_expire(struct auth_gate *gate)
{
	int64_t now = clock_monotonic_ms();
	struct auth_task *task, *next;

	if (LIST_EMPTY(&gate->tasks))
		return -1;
	if (now < gate->look_ms)
		return gate->look_ms - now;
	gate->look_ms = now + LOOK_MS;
	LIST_FOREACH_SAFE (task, &gate->tasks, others, next)
		/* Without a connection it is cancelled already. */
		if (task->connection != NULL && auth_task_unwanted(task) &&
		    withdraw_task(gate, task))
			refuse_late(gate, task);
	auth_crew_expire(gate);
	return LOOK_MS;
}

int64_t
auth_task_release(struct auth_gate *gate)
{
	int64_t now = clock_monotonic_ms(), soonest = -1;

	for (struct auth_task **at = &gate->held; *at != NULL;) {
		struct auth_task *task = *at;
		int64_t left = task->due_ms - now;

		if (left > 0) {
			if (soonest < 0 || left < soonest)
				soonest = left;
			at = &task->next;
			continue;
		}
		*at = task->next;
		auth_task_queue(gate, task);
	}
	return soonest;
}
