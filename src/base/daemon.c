/* daemon: the parent waits at a pipe until the child is ready, or has ended. */
#include "base/daemon.h"

#include <sys/wait.h>

#include <bsd/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/signals.h"

void
daemon_tidy(int first)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	close(fd);
	if (first < INT_MAX)
		closefrom(first);
}

void
daemon_to_null(int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return;
	dup2(null, fd);
	close(null);
}

void
daemon_detach(int fd, const char *name, const char *of)
{
	signals_reset_all();
	signals_unblock_all();
	dup2(fd, DAEMON_KEPT_FD);
	closefrom(DAEMON_KEPT_FD + 1);
	if (!log_detach())
		dup2(STDIN_FILENO, STDERR_FILENO);
	log_set_tag("%s", name);
	setproctitle("%s (%s)", name, of);
}

int
daemon_fork(void)
{
	int ready[2], status;
	char byte;

	if (pipe(ready) != 0)
		fatal("pipe");
	pid_t pid = fork();
	if (pid < 0)
		fatal("fork");
	if (pid == 0) {
		close(ready[0]);
		fcntl(ready[1], F_SETFD, FD_CLOEXEC);
		setsid();
		return ready[1];
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) == 1)
		_exit(EX_OK);
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) != 0)
		_exit(WEXITSTATUS(status));
	_exit(EXIT_FAILURE);
}

void
daemon_ready(void *arg)
{
	const struct daemon *daemon = arg;

	log_init(daemon->progname, LOG_TO_SYSLOG, daemon->log_facility);
	daemon_to_null(STDIN_FILENO);
	daemon_to_null(STDOUT_FILENO);
	daemon_to_null(STDERR_FILENO);
	if (write(daemon->ready_fd, "+", 1) != 1)
		log_warn("cannot tell the parent that all is well");
	close(daemon->ready_fd);
}

int
daemon_failure(const char *state)
{
	if (access(state, R_OK | W_OK | X_OK) != 0 && errno == EACCES)
		return EX_NOPERM;
	return EX_UNAVAILABLE;
}
