/*
 * suite: the main() of every test program. See suite.h. The program is three processes: Check runs
 * in the innermost one. Each of the others becomes the parent of whatever loses its own, so that it
 * sees what is left when the one within has ended, and ends it. One alone would not do: a program
 * that is killed with SIGKILL does nothing any more. The middle one learns of the death of the
 * outer one, and has a process group of its own, so that no one signal kills both.
 */
#include "suite.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define LEFTOVER_MS (SUITE_PATIENCE_MS / 2) /* a committer ends soon after its last client */
#define PAUSE_MS    2
#define ORPHANED    SIGUSR2 /* the outer process has died */
#define CHILDREN    "/proc/thread-self/children"

static const int passed_on[] = { SIGHUP, SIGINT, SIGTERM };
#define N_PASSED_ON (sizeof(passed_on) / sizeof(passed_on[0]))

static volatile sig_atomic_t checker; /* the process within: that of Check, or the middle one */
static unsigned int *skipped;         /* tests: shared with the processes of all of them */

static void
share_skipped(void)
{
	if (skipped != NULL)
		return;
	skipped =
	    mmap(NULL, sizeof(*skipped), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (skipped == MAP_FAILED) {
		perror("mmap");
		exit(EXIT_FAILURE);
	}
}

bool
suite_skip_if(bool impossible, const char *reason)
{
	if (!impossible)
		return false;
	share_skipped();
	(*skipped)++;
	fprintf(stderr, "skipped: %s\n", reason);
	return true;
}

static int
run_checks(SRunner *runner)
{
	int failed, run;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	run = srunner_ntests_run(runner);
	srunner_free(runner);
	if (run == 0)
		fprintf(stderr, "this program has checked nothing\n");
	if (run == 0 || failed > 0)
		return EXIT_FAILURE;
	return *skipped > 0 ? SUITE_SKIPPED : EXIT_SUCCESS;
}

static void
pass_on(int signal_number)
{
	kill((pid_t)checker, signal_number);
}

static void
end_checks(int signal_number)
{
	(void)signal_number;
	kill((pid_t)checker, SIGKILL);
}

/* Waits for the process within, and for all that lose their parent meanwhile. */
static int
await_checks(void)
{
	int status;
	pid_t pid;

	do
		pid = waitpid(-1, &status, 0);
	while (pid != (pid_t)checker && (pid > 0 || errno == EINTR));
	if (pid > 0 && WIFEXITED(status))
		return WEXITSTATUS(status);
	fprintf(stderr, "this program's checks ended with status %#x\n", (unsigned int)status);
	return EXIT_FAILURE;
}

static void
tell_command(long pid)
{
	char path[64], text[256];
	ssize_t len = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/cmdline", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		len = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	for (ssize_t i = 0; i + 1 < len; i++)
		if (text[i] == '\0')
			text[i] = ' ';
	text[len < 0 ? 0 : len] = '\0';
	fprintf(stderr, "left behind by a test: process %ld: %s\n", pid, text);
}

/* Their own children become ours, for the next turn. */
static void
kill_children(void)
{
	FILE *file = fopen(CHILDREN, "re");
	long pid;

	while (file != NULL && fscanf(file, "%ld", &pid) == 1) {
		tell_command(pid);
		kill((pid_t)pid, SIGKILL);
		waitpid((pid_t)pid, NULL, 0);
	}
	if (file != NULL)
		fclose(file);
	else
		perror(CHILDREN);
}

/* Reaps those who have ended; whether any are left. */
static bool
some_are_left(void)
{
	pid_t pid;

	do
		pid = waitpid(-1, NULL, WNOHANG);
	while (pid > 0);
	return pid == 0;
}

/* False when somebody had to be killed. */
static bool
end_others(int64_t patience_ms)
{
	struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000 };

	for (int64_t ms = 0; ms < patience_ms; ms += PAUSE_MS) {
		if (!some_are_left())
			return true;
		nanosleep(&pause, NULL);
	}
	if (!some_are_left())
		return true;
	for (int turn = 0; some_are_left() && turn < LEFTOVER_MS / PAUSE_MS; turn++) {
		kill_children();
		nanosleep(&pause, NULL);
	}
	return false;
}

/* With a parent, the death of that ends the process within. */
static void __attribute__((noreturn)) watch_over_checks(pid_t parent)
{
	int status;

	for (size_t i = 0; i < N_PASSED_ON; i++)
		signal(passed_on[i], pass_on);
	if (parent != 0) {
		signal(ORPHANED, end_checks);
		prctl(PR_SET_PDEATHSIG, ORPHANED);
		if (getppid() != parent)
			kill((pid_t)checker, SIGKILL);
	}
	status = await_checks();
	if (!end_others(status == EXIT_FAILURE ? 0 : LEFTOVER_MS))
		status = EXIT_FAILURE;
	_exit(status);
}

/* Returns in the process within. */
static void
watch_child(pid_t parent)
{
	pid_t pid;

	fflush(NULL);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0 || (pid = fork()) < 0) {
		perror("cannot watch over the tests");
		exit(EXIT_FAILURE);
	}
	checker = pid;
	if (pid > 0)
		watch_over_checks(parent);
}

/* Returns in the process that is to run Check. */
static void
begin_watch(void)
{
	pid_t outer = getpid();

	watch_child(0);
	setpgid(0, 0);
	watch_child(outer);
}

int
suite_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);

	share_skipped();
	if (srunner_fork_status(runner) == CK_FORK)
		begin_watch();
	return run_checks(runner);
}
