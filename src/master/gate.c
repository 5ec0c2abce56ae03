/* master_gate: a child that listens at a socket which the master keeps. */
#include "master/gate.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "auth/gate.h"
#include "auth/socket.h"
#include "base/backoff.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "master/child.h"

#define FIRST_PAUSE_MS 100
#define MOST_PAUSE_MS  10000
#define GOOD_MS        60000 /* having lived this long it did not fail at once */

/* The master wakes up for the committer every two seconds, and asks the gate in the same turn. */
#define ASK_MS        1500
#define SILENCES_MOST 6  /* questions without an answer, one after the other */
#define LAST_LOOKS    20 /* before it is killed, so far apart */
#define LAST_STEP_MS  10

int
master_gate_open(struct master_gate *gate, const struct config *config)
{
	if (gate->listen_fd < 0)
		gate->listen_fd = auth_socket_listen(config->state);
	return gate->listen_fd < 0 ? -1 : 0;
}

void
master_gate_adopt(struct master_gate *gate)
{
	if (gate->pid != 0)
		kill(gate->pid, AUTH_GATE_RETIRE);
	gate->pid = 0;
}

int64_t
master_gate_wait_ms(const struct master_gate *gate, int64_t most)
{
	int64_t left = gate->due_ms - clock_monotonic_ms();

	if (gate->pid != 0 || left > most)
		return most;
	return left > 0 ? left : 0;
}

/* After a failure, or when it has died. */
static void
pause_more(struct master_gate *gate)
{
	gate->pause_ms = backoff_next_ms(gate->pause_ms, FIRST_PAUSE_MS, MOST_PAUSE_MS);
	gate->due_ms = clock_monotonic_ms() + gate->pause_ms;
}

/* A question that finds no room lies behind others, which say the same. */
static void
ask_gate(struct master_gate *gate)
{
	gate->asked_ms = clock_monotonic_ms();
	(void)send(gate->ask_fd, "?", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void
stop_asking(struct master_gate *gate)
{
	if (gate->ask_fd >= 0)
		close(gate->ask_fd);
	gate->ask_fd = -1;
}

void
master_gate_run(struct master_gate *gate, struct config *config, int alive_fd,
    void (*leave)(void *arg), void *arg)
{
	int ends[2];

	if (gate->pid != 0 || clock_monotonic_ms() < gate->due_ms)
		return;
	gate->started_ms = clock_monotonic_ms();
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0) {
		gate->ask_fd = ends[0];
		gate->pid = fork();
		if (gate->pid == 0) {
			/* The master's own are closed with all that a child leaves. */
			int fd = fcntl(gate->listen_fd, F_DUPFD_CLOEXEC, 0);

			leave(arg);
			_exit(auth_gate_main(config, fd, alive_fd, ends[1]));
		}
		close(ends[1]);
		if (gate->pid > 0) {
			gate->silences = 0;
			ask_gate(gate);
			return;
		}
		gate->pid = 0;
		stop_asking(gate);
	}
	log_warn("cannot start the gate");
	pause_more(gate);
}

/* Whether an answer has come since the last look. */
static bool
has_answered(const struct master_gate *gate)
{
	bool answered = false;
	char answer;

	while (recv(gate->ask_fd, &answer, sizeof(answer), MSG_DONTWAIT) > 0)
		answered = true;
	return answered;
}

/* On a machine that is so busy that the gate did not run, it may run now. */
static bool
answers_late(const struct master_gate *gate)
{
	const struct timespec step = { .tv_nsec = LAST_STEP_MS * 1000000 };

	for (int i = 0; i < LAST_LOOKS; i++) {
		if (has_answered(gate))
			return true;
		nanosleep(&step, NULL);
	}
	return false;
}

void
master_gate_watch(struct master_gate *gate, bool store_answers)
{
	int64_t now = clock_monotonic_ms();

	if (gate->pid == 0 || now - gate->asked_ms < ASK_MS)
		return;
	if (has_answered(gate) || !store_answers)
		gate->silences = 0;
	else
		gate->silences++;
	if (gate->silences >= SILENCES_MOST && !answers_late(gate)) {
		log_warnx("the gate (process %ld) does not answer, killing it", (long)gate->pid);
		kill(gate->pid, SIGKILL);
		gate->silences = 0;
	}
	ask_gate(gate);
}

void
master_gate_reload(const struct master_gate *gate)
{
	if (gate->pid != 0)
		kill(gate->pid, SIGHUP);
}

bool
master_gate_reaped(struct master_gate *gate, pid_t pid, int status)
{
	if (pid != gate->pid)
		return false;
	gate->pid = 0;
	stop_asking(gate);
	if (clock_monotonic_ms() - gate->started_ms >= GOOD_MS)
		gate->pause_ms = 0;
	pause_more(gate);
	if (WIFSIGNALED(status))
		log_warnx("the gate died of signal %d (%s)%s, starting it again in %d ms",
		    WTERMSIG(status), strsignal(WTERMSIG(status)),
		    sandbox_explain(WTERMSIG(status)), (int)gate->pause_ms);
	else
		log_warnx("the gate ended with status %d, starting it again in %d ms",
		    WEXITSTATUS(status), (int)gate->pause_ms);
	return true;
}

void
master_gate_stop(struct master_gate *gate)
{
	master_child_end(gate->pid, "gate");
	gate->pid = 0;
}

void
master_gate_close(struct master_gate *gate, const struct config *config)
{
	if (gate->listen_fd >= 0)
		auth_socket_close(gate->listen_fd, config->state);
	gate->listen_fd = -1;
}
