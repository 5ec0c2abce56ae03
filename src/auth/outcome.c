/* auth_outcome: what becomes of a task when its hash, or the clerk's work, is done. */
#include <bsd/string.h>
#include <stdlib.h>
#include <string.h>

#include "auth/int.h"
#include "base/clock.h"
#include "base/log.h"
#include "chat/permit.h"
#include "live/limits.h"

static void
free_task(struct auth_gate *gate, struct auth_task *task)
{
	LIST_REMOVE(task, others);
	explicit_bzero(task, sizeof(*task));
	free(task);
	gate->n_tasks--;
}

void
auth_outcome_end(struct auth_gate *gate, struct auth_task *task, enum chat_result result,
    int64_t retry_ms)
{
	struct auth_connection *connection = task->connection;
	const struct auth_reply reply = { .seq = task->seq,
		.result = result,
		.retry_s = (uint32_t)((retry_ms + 999) / 1000) };

	free_task(gate, task);
	if (connection == NULL)
		return;
	connection->task = NULL;
	auth_connection_answer(gate, connection, &reply);
}

/* Answers yes, and frees the task. */
static void
admit(struct auth_gate *gate, struct auth_task *task, unsigned int principal, uint64_t id,
    uint32_t epoch)
{
	struct auth_connection *connection = task->connection;
	uint32_t seq = task->seq;

	free_task(gate, task);
	if (connection == NULL)
		return;
	connection->task = NULL;
	auth_connection_admit(gate, connection, seq, principal, id, epoch);
}

static void
refuse_login(struct auth_gate *gate, struct auth_task *task, enum chat_result result)
{
	if (result == CHAT_NO_USER || result == CHAT_BAD_PASSWORD)
		limits_count(gate->chat.limits, LIMITS_LOGIN_WRONG);
	auth_outcome_end(gate, task, result, 0);
}

bool
auth_outcome_prepare(struct auth_gate *gate, struct auth_task *task)
{
	struct auth_job *job = &task->job;
	struct chat_text password = chat_text(job->password);
	enum chat_result result;

	job->cost = (int)gate->config->password_cost;
	job->kind = AUTH_JOB_HASH;
	if (task->kind == AUTH_REGISTER || task->kind == AUTH_INVITED || task->kind == AUTH_CLAIM)
		return true;
	job->kind = task->kind == AUTH_PASSWD ? AUTH_JOB_CHANGE : AUTH_JOB_TRY;
	store_refresh(gate->chat.store);
	result = chat_login_begin(&gate->chat, chat_text(job->user.name), password, &task->login);
	if (result != CHAT_OK) {
		refuse_login(gate, task, result);
		return false;
	}
	strlcpy(job->hash, task->login.hash, sizeof(job->hash));
	return true;
}

/* Whether the password that was tried is right; false: the task has been answered and freed. */
static bool
was_right(struct auth_gate *gate, struct auth_task *task)
{
	enum chat_result result = chat_login_end(&task->login, task->job.right);

	if (result != CHAT_OK) {
		refuse_login(gate, task, result);
		return false;
	}
	auth_delay_right(&gate->delay, &task->try, clock_monotonic_ms());
	return true;
}

static void
end_login(struct auth_gate *gate, struct auth_task *task)
{
	uint64_t id = task->login.user.id;

	if (!was_right(gate, task))
		return;
	if (task->job.fresh[0] == '\0' || auth_task_unwanted(task)) {
		admit(gate, task, CHAT_PRINCIPAL_USER, id, task->login.user.epoch);
		return;
	}
	task->job.kind = AUTH_JOB_RENEW;
	task->job.user = task->login.user;
	auth_crew_ask_clerk(gate, task);
}

/* The present password was tried, and if it was right the new one has a hash. */
static void
end_change(struct auth_gate *gate, struct auth_task *task)
{
	if (!was_right(gate, task))
		return;
	if (task->job.fresh[0] == '\0' || auth_task_unwanted(task)) {
		auth_outcome_end(gate, task, CHAT_FAILED, 0);
		return;
	}
	task->job.kind = AUTH_JOB_PASSWD;
	task->job.user = task->login.user;
	task->tried = false;
	auth_crew_ask_clerk(gate, task);
}

/* The password was tried; the certificate is the clerk's to write. */
static void
end_certify(struct auth_gate *gate, struct auth_task *task)
{
	if (!was_right(gate, task))
		return;
	task->job.kind = AUTH_JOB_CERTIFY;
	task->job.user = task->login.user;
	task->tried = false;
	auth_crew_ask_clerk(gate, task);
}

void
auth_outcome_hashed(struct auth_gate *gate, struct auth_task *task, bool died)
{
	explicit_bzero(task->job.password, sizeof(task->job.password));
	explicit_bzero(task->job.wanted, sizeof(task->job.wanted));
	if (died && task->tried)
		auth_delay_undo(&gate->delay, &task->try);
	if (!died && task->kind == AUTH_LOGIN) {
		end_login(gate, task);
	} else if (!died && task->kind == AUTH_PASSWD) {
		end_change(gate, task);
	} else if (!died && task->kind == AUTH_CERTIFY) {
		end_certify(gate, task);
	} else if (!died && task->job.right && !auth_task_unwanted(task)) {
		bool claims = task->kind == AUTH_CLAIM;

		task->job.kind = claims ? AUTH_JOB_CLAIM : AUTH_JOB_ADD;
		if (!claims)
			task->job.user.created_ms = clock_now_ms();
		auth_crew_ask_clerk(gate, task);
	} else {
		auth_outcome_end(gate, task, CHAT_FAILED, 0);
	}
}

static bool
brings_descriptors(enum auth_kind kind)
{
	return kind != AUTH_INVITE && kind != AUTH_CLAIM && kind != AUTH_RENAME &&
	    kind != AUTH_GONE && kind != AUTH_CERTIFY;
}

void
auth_outcome_clerked(struct auth_gate *gate, struct auth_task *task, bool died)
{
	enum chat_result result = died ? CHAT_FAILED : task->job.result;

	/* The password was right, whatever became of its new hash. */
	if (task->kind == AUTH_LOGIN)
		admit(gate, task, CHAT_PRINCIPAL_USER, task->login.user.id, task->login.user.epoch);
	else if (result != CHAT_OK || !brings_descriptors(task->kind))
		auth_outcome_end(gate, task, result, 0);
	else if (task->kind == AUTH_SERVER)
		admit(gate, task, CHAT_PRINCIPAL_SERVER, task->job.id, 0);
	else
		admit(gate, task, CHAT_PRINCIPAL_USER, task->job.id, task->job.user.epoch);
}
