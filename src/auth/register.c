/*
 * auth_register: those who want accounts, and guests who want theirs to stay: whether the settings,
 * the code of an invitation, and what came from their address let them.
 */
#include <bsd/string.h>

#include "auth/int.h"
#include "base/clock.h"
#include "chat/invitation.h"
#include "live/limits.h"

/* Whoever brings a code is bound by its uses, and not by registrations_per_day. */
static enum chat_result
judge_registration(struct auth_gate *gate, const struct auth_connection *connection,
    const struct auth_task *task, int64_t *retry_ms)
{
	const struct config *config = gate->config;
	bool invited = config->registration == CONFIG_REGISTRATION_INVITATION;
	enum chat_result result;

	*retry_ms = 0;
	if (config->registration == CONFIG_REGISTRATION_OFF)
		return CHAT_FORBIDDEN;
	if (invited && task->job.code[0] == '\0')
		return CHAT_NEEDS_INVITATION;
	result = task->job.possible ? chat_user_judge(config, &task->job.user, task->job.password)
	                            : CHAT_BAD_ARGUMENT;
	if (result != CHAT_OK || invited || connection->near || config->registrations_per_day == 0)
		return result;
	*retry_ms = auth_delay_register(&gate->delay, connection->key,
	    (unsigned int)config->registrations_per_day, clock_monotonic_ms());
	if (*retry_ms == 0)
		return CHAT_OK;
	limits_count(gate->chat.limits, LIMITS_REGISTRATIONS);
	return CHAT_TOO_SOON;
}

/*
 * Where codes were guessed, a good one is held, but not refused: one of a class that mistypes the
 * code does not lock the others out, and nobody finds one of 80 bits by being refused. A bad one is
 * counted, and takes the same way as a good one, which ends with the clerk: so it does not matter
 * what is wrong with it. A class that registers with one code counts nothing.
 */
static void
begin_invited(struct auth_gate *gate, struct auth_task *task)
{
	const struct auth_connection *connection = task->connection;
	int64_t now = clock_monotonic_ms(), most_ms = gate->config->login_delay * 1000, wait;
	struct chat_invitation invitation;
	bool wrong =
	    chat_user_invitation(&gate->chat, task->job.code, &invitation) == CHAT_NO_INVITATION;

	auth_delay_code(&gate->delay, &task->try, connection->key, connection->near);
	wait = most_ms == 0 ? 0 : auth_delay_wait(&gate->delay, &task->try, now, most_ms);
	if (wait > 0)
		limits_count(gate->chat.limits, LIMITS_LOGIN_DELAY);
	if (wait > AUTH_HOLD_MS && wrong) {
		auth_outcome_end(gate, task, CHAT_TOO_SOON, wait);
		return;
	}
	if (wrong)
		auth_delay_failed(&gate->delay, &task->try, now);
	auth_task_hold(gate, task, wait < AUTH_HOLD_MS ? wait : AUTH_HOLD_MS);
}

/* With the letters of a code, which are of use only where one is needed. */
static void
begin_task(struct auth_gate *gate, struct auth_task *task, const char *code)
{
	enum chat_result result;
	int64_t retry_ms;

	if (gate->config->registration == CONFIG_REGISTRATION_INVITATION)
		strlcpy(task->job.code, code, sizeof(task->job.code));
	result = judge_registration(gate, task->connection, task, &retry_ms);
	if (result != CHAT_OK)
		auth_outcome_end(gate, task, result, retry_ms);
	else if (task->job.code[0] == '\0')
		auth_task_queue(gate, task);
	else
		begin_invited(gate, task);
}

void
auth_register_begin(struct auth_gate *gate, struct auth_connection *connection,
    const struct auth_request *request)
{
	struct auth_task *task = auth_task_new(gate, connection, request);

	if (task == NULL)
		return;
	auth_task_keep_password(task, request);
	strlcpy(task->job.user.fullname, request->fullname, sizeof(task->job.user.fullname));
	strlcpy(task->job.user.country, request->country, sizeof(task->job.user.country));
	begin_task(gate, task, request->code);
}

void
auth_register_begin_claim(struct auth_gate *gate, struct auth_connection *connection,
    const struct auth_request *request)
{
	struct auth_task *task;
	struct chat_user user = { .id = 0 };
	enum chat_result result = auth_task_judge_again(gate, connection, &user);

	if (result == CHAT_OK && !user.guest)
		result = CHAT_FORBIDDEN;
	task = auth_task_new_if(gate, connection, request, result);
	if (task == NULL)
		return;
	auth_task_keep_password(task, request);
	task->job.user = user;
	begin_task(gate, task, request->code);
}
