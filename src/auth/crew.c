/*
 * auth_crew: as many hashers as there are processors, a clerk, and a resolver where older servers
 * come. One that dies is started again, and the request that it had fails;
 * one that hangs is killed.
 */
#include <sys/epoll.h>

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/int.h"
#include "base/clock.h"
#include "base/log.h"

#define AGAIN_MS 100 /* after a start before the next one */
/* A helper that is at one task for longer hangs. */
#define HASHER_MS (AUTH_ANSWER_MS + 15000)
#define CLERK_MS  (3 * AUTH_ANSWER_MS) /* it may wait for the committer, or for name servers */

static size_t
count_processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	if (n < 1)
		return 1;
	return n < AUTH_HASHERS_MAX ? (size_t)n : AUTH_HASHERS_MAX;
}

static bool
is_hasher(const struct auth_gate *gate, const struct auth_crew *crew)
{
	return crew != &gate->clerk && crew != &gate->resolver;
}

static const char *
name_of(const struct auth_gate *gate, const struct auth_crew *crew)
{
	if (is_hasher(gate, crew))
		return "hasher";
	return crew == &gate->clerk ? "clerk" : "resolver";
}

/* 0 or -1; then it is tried again with the next work, but not at once. */
static int
start_crew(struct auth_gate *gate, struct auth_crew *crew)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = crew };
	int64_t now = clock_monotonic_ms();

	if (crew->started_ms != 0 && now - crew->started_ms < AGAIN_MS)
		return -1;
	crew->source = AUTH_SOURCE_HELPER;
	crew->started_ms = now;
	crew->outdated = false;
	if (auth_helper_start(&crew->helper, name_of(gate, crew),
	        is_hasher(gate, crew) ? NULL : gate->config, gate->chat.store) != 0 ||
	    epoll_ctl(gate->epoll, EPOLL_CTL_ADD, crew->helper.fd, &event) != 0) {
		if (log_pause_over(&gate->no_helper))
			log_warn("cannot start a %s", name_of(gate, crew));
		auth_helper_stop(&crew->helper);
		return -1;
	}
	return 0;
}

static void
stop_helper(const struct auth_gate *gate, struct auth_crew *crew)
{
	if (crew->helper.fd >= 0)
		epoll_ctl(gate->epoll, EPOLL_CTL_DEL, crew->helper.fd, NULL);
	auth_helper_stop(&crew->helper);
}

int
auth_crew_start(struct auth_gate *gate)
{
	gate->resolver.helper.fd = -1;
	gate->n_hashers = count_processors();
	for (size_t i = 0; i < gate->n_hashers; i++)
		if (start_crew(gate, &gate->hashers[i]) != 0)
			return -1;
	return start_crew(gate, &gate->clerk);
}

void
auth_crew_stop(struct auth_gate *gate)
{
	for (size_t i = 0; i < gate->n_hashers; i++)
		stop_helper(gate, &gate->hashers[i]);
	stop_helper(gate, &gate->clerk);
	stop_helper(gate, &gate->resolver);
}

void
auth_crew_serve(struct auth_gate *gate, struct auth_crew *crew)
{
	struct auth_task *task = crew->task;
	struct auth_job unasked;
	bool died = auth_helper_get(&crew->helper, task == NULL ? &unasked : &task->job) != 0;

	crew->task = NULL;
	if (died) {
		log_warnx("a %s has died", name_of(gate, crew));
		stop_helper(gate, crew);
	}
	if (task == NULL)
		return;
	if (is_hasher(gate, crew))
		auth_outcome_hashed(gate, task, died);
	else
		auth_outcome_clerked(gate, task, died);
}

/* Whether a helper can take a job; one that does not run is started. */
static bool
is_ready(struct auth_gate *gate, struct auth_crew *crew)
{
	if (crew->helper.fd >= 0 && crew->outdated && crew->task == NULL) {
		stop_helper(gate, crew);
		crew->started_ms = 0;
	}
	return crew->task == NULL && (crew->helper.fd >= 0 || start_crew(gate, crew) == 0);
}

/* False: it has died, and the task goes to the next one. */
static bool
give_task(const struct auth_gate *gate, struct auth_crew *crew, struct auth_task *task)
{
	if (auth_helper_give(&crew->helper, &task->job) != 0) {
		stop_helper(gate, crew);
		return false;
	}
	crew->task = task;
	crew->given_ms = clock_monotonic_ms();
	return true;
}

static void
dispatch_hasher(struct auth_gate *gate, struct auth_crew *crew)
{
	struct auth_task *task;

	while (crew->task == NULL && (task = auth_queue_take(&gate->queue)) != NULL) {
		if (!auth_outcome_prepare(gate, task))
			continue;
		task->place = AUTH_AT_HASHER;
		if (!give_task(gate, crew, task)) {
			auth_outcome_hashed(gate, task, true);
			return;
		}
	}
}

static void
dispatch_clerk(struct auth_gate *gate, struct auth_crew *crew)
{
	struct auth_task *task = crew->waiting;

	if (!is_ready(gate, crew) || task == NULL)
		return;
	crew->waiting = task->next;
	task->place = AUTH_AT_CLERK;
	if (!give_task(gate, crew, task))
		auth_outcome_clerked(gate, task, true);
}

void
auth_crew_dispatch(struct auth_gate *gate)
{
	for (size_t i = 0; i < gate->n_hashers; i++)
		if (is_ready(gate, &gate->hashers[i]))
			dispatch_hasher(gate, &gate->hashers[i]);
	dispatch_clerk(gate, &gate->clerk);
	if (gate->resolver.waiting != NULL)
		dispatch_clerk(gate, &gate->resolver);
}

/* A name server may take many seconds: nobody else is to wait for it. */
struct auth_crew *
auth_crew_of(struct auth_gate *gate, const struct auth_task *task)
{
	return task->job.kind == AUTH_JOB_SERVER ? &gate->resolver : &gate->clerk;
}

/* Whoever just logs in goes before those who want accounts. */
void
auth_crew_ask_clerk(struct auth_gate *gate, struct auth_task *task)
{
	struct auth_task **at = &auth_crew_of(gate, task)->waiting;
	bool renews = task->job.kind == AUTH_JOB_RENEW;

	while (*at != NULL && (!renews || (*at)->job.kind == AUTH_JOB_RENEW))
		at = &(*at)->next;
	task->next = *at;
	*at = task;
	task->place = AUTH_FOR_CLERK;
}

void
auth_crew_cancel(struct auth_gate *gate, const struct auth_task *task)
{
	const struct auth_crew *crew = auth_crew_of(gate, task);

	if (crew->task == task)
		auth_helper_cancel(&crew->helper);
}

/* Its end is told by epoll. A gate that comes late looks at the result first. */
static void
kill_hung(const struct auth_gate *gate, struct auth_crew *crew)
{
	struct pollfd done = { .fd = crew->helper.fd, .events = POLLIN };
	int64_t now = clock_monotonic_ms(), most = is_hasher(gate, crew) ? HASHER_MS : CLERK_MS;

	if (crew->task == NULL || now - crew->given_ms < most || poll(&done, 1, 0) != 0)
		return;
	log_warnx("the %s (process %ld) has been at one task for %lld s, killing it",
	    name_of(gate, crew), (long)crew->helper.pid,
	    (long long)((now - crew->given_ms) / 1000));
	kill(crew->helper.pid, SIGKILL);
	crew->given_ms = now;
}

void
auth_crew_expire(struct auth_gate *gate)
{
	for (size_t i = 0; i < gate->n_hashers; i++)
		kill_hung(gate, &gate->hashers[i]);
	kill_hung(gate, &gate->clerk);
	kill_hung(gate, &gate->resolver);
}

void
auth_crew_reload(struct auth_gate *gate)
{
	gate->clerk.outdated = true;
	gate->resolver.outdated = true;
}
