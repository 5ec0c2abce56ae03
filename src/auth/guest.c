/*
 * auth_guest: those who come without an account, where they may: their passing accounts are made,
 * renamed and removed by the clerk. Claiming one is auth_register's.
 */
#include <bsd/string.h>

#include "auth/int.h"
#include "base/clock.h"
#include "chat/permit.h"
#include "live/limits.h"

#define RENAME_US   1000000 /* a guest may take a name a second */
#define RENAMES_MAX 20      /* at once after a pause */

static bool
is_connected(const struct auth_gate *gate, uint64_t user)
{
	const struct auth_connection *other;

	LIST_FOREACH (other, &gate->connections, others)
		if (other->principal == CHAT_PRINCIPAL_USER && other->id == user)
			return true;
	return false;
}

/* The guest who has this name, if no worker is known to serve that guest; 0: none. */
static uint64_t
find_abandoned(struct auth_gate *gate, const char *name)
{
	struct chat_user user;

	if (chat_user_find(&gate->chat, chat_text(name), &user) != CHAT_OK || !user.guest ||
	    is_connected(gate, user.id))
		return 0;
	return user.id;
}

/* Whether one more guest may come from there. */
static enum chat_result
judge_guest(struct auth_gate *gate, const struct auth_connection *connection, int64_t *retry_ms)
{
	const struct config *config = gate->config;

	*retry_ms = 0;
	if (!config->guests || config->registration != CONFIG_REGISTRATION_ON)
		return CHAT_FORBIDDEN;
	if (connection->near || config->guests_per_day == 0)
		return CHAT_OK;
	*retry_ms = auth_delay_guest(&gate->delay, connection->key,
	    (unsigned int)config->guests_per_day, clock_monotonic_ms());
	if (*retry_ms == 0)
		return CHAT_OK;
	limits_count(gate->chat.limits, LIMITS_GUESTS);
	return CHAT_TOO_SOON;
}

void
auth_guest_begin(struct auth_gate *gate, struct auth_connection *connection,
    const struct auth_request *request)
{
	struct auth_task *task;
	int64_t retry_ms;
	enum chat_result result = judge_guest(gate, connection, &retry_ms);

	if (result != CHAT_OK) {
		auth_task_answer(gate, connection, request->seq, result, retry_ms);
		return;
	}
	task = auth_task_new(gate, connection, request);
	if (task == NULL)
		return;
	task->job.kind = AUTH_JOB_GUEST;
	strlcpy(task->job.user.name, request->name, sizeof(task->job.user.name));
	strlcpy(task->job.user.fullname, request->fullname, sizeof(task->job.user.fullname));
	task->job.abandoned = find_abandoned(gate, request->name);
	auth_crew_ask_clerk(gate, task);
}

/* Has the clerk do something with the guest to whom this connection's last yes went. */
static void
ask_clerk(struct auth_gate *gate, struct auth_connection *connection,
    const struct auth_request *request, enum auth_job_kind kind, const struct chat_user *user)
{
	struct auth_task *task = auth_task_new(gate, connection, request);

	if (task == NULL)
		return;
	task->job.kind = kind;
	task->job.user = *user;
	strlcpy(task->job.name, request->name, sizeof(task->job.name));
	auth_crew_ask_clerk(gate, task);
}

/* A worker in a stranger's hands is not to keep the clerk busy. */
static bool
renames_too_fast(struct auth_connection *connection)
{
	return !connection->near &&
	    limits_charge(&connection->renamed, RENAME_US, RENAME_US * RENAMES_MAX,
	        clock_monotonic_us()) > 0;
}

void
auth_guest_begin_rename(struct auth_gate *gate, struct auth_connection *connection,
    const struct auth_request *request)
{
	struct chat_user user = { .id = 0 };
	enum chat_result result = auth_task_judge_again(gate, connection, &user);

	if (result == CHAT_OK && !user.guest)
		result = CHAT_FORBIDDEN;
	if (result == CHAT_OK && renames_too_fast(connection))
		result = CHAT_TOO_SOON;
	if (result == CHAT_OK)
		ask_clerk(gate, connection, request, AUTH_JOB_RENAME, &user);
	else
		auth_task_answer(gate, connection, request->seq, result, 1000);
}

/* Also of an account that was locked on its way out. */
void
auth_guest_begin_gone(struct auth_gate *gate, struct auth_connection *connection,
    const struct auth_request *request)
{
	struct chat_user user = { .id = 0 };
	enum chat_result result = CHAT_NO_SESSION;

	if (connection->principal == CHAT_PRINCIPAL_USER)
		result = chat_user_get(&gate->chat, connection->id, &user);
	if (result == CHAT_OK && !user.guest)
		result = CHAT_FORBIDDEN;
	if (result == CHAT_OK)
		ask_clerk(gate, connection, request, AUTH_JOB_GONE, &user);
	else
		auth_task_answer(gate, connection, request->seq, result, 0);
}
