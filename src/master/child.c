/* master_child: looks again and again, since a child that is stopped tells nothing of itself. */
#include "master/child.h"

#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/log.h"

#define END_MS  5000
#define STEP_MS 10

/* Whether it has ended by now, after so many milliseconds at most. */
static bool
await_end(pid_t pid, int64_t ms)
{
	const struct timespec step = { .tv_nsec = STEP_MS * 1000000 };

	for (int64_t waited = 0;; waited += STEP_MS) {
		pid_t ended = waitpid(pid, NULL, WNOHANG);

		if (ended == pid || (ended < 0 && errno == ECHILD))
			return true;
		if (waited >= ms)
			return false;
		nanosleep(&step, NULL);
	}
}

void
master_child_end(pid_t pid, const char *name)
{
	if (pid == 0)
		return;
	kill(pid, SIGTERM);
	if (await_end(pid, END_MS))
		return;
	log_warnx("the %s did not stop in time, killing it", name);
	kill(pid, SIGKILL);
	(void)await_end(pid, END_MS);
}
