/* master_gate: a child that listens at a socket which the master keeps. */
#include "master/gate.h"

#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "auth/gate.h"
#include "auth/socket.h"
#include "base/backoff.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/sandbox.h"

#define FIRST_PAUSE_MS 100
#define MOST_PAUSE_MS  10000
#define GOOD_MS        60000 /* having lived this long it did not fail at once */

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

void
master_gate_run(struct master_gate *gate, struct config *config, int alive_fd,
    void (*leave)(void *arg), void *arg)
{
	pid_t pid;

	if (gate->pid != 0 || clock_monotonic_ms() < gate->due_ms)
		return;
	gate->started_ms = clock_monotonic_ms();
	pid = fork();
	if (pid == 0) {
		/* The master's own is closed with all that a child leaves. */
		int fd = fcntl(gate->listen_fd, F_DUPFD_CLOEXEC, 0);

		leave(arg);
		_exit(auth_gate_main(config, fd, alive_fd));
	}
	if (pid > 0) {
		gate->pid = pid;
		return;
	}
	log_warn("cannot start the gate");
	pause_more(gate);
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
	if (gate->pid == 0)
		return;
	kill(gate->pid, SIGTERM);
	while (waitpid(gate->pid, NULL, 0) < 0 && errno == EINTR)
		;
	gate->pid = 0;
}

void
master_gate_close(struct master_gate *gate, const struct config *config)
{
	if (gate->listen_fd >= 0)
		auth_socket_close(gate->listen_fd, config->state);
	gate->listen_fd = -1;
}
