/*
 * master_upgrade: becoming the program that lies where ours came from, with our process id, our
 * sockets and our children. It is asked first whether it could; and if it cannot be started after
 * all, nothing has been given up.
 */
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/capabilities.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "master/control.h"
#include "master/handover.h"
#include "master/int.h"
#include "master/service.h"

#define ASK_MS 20000 /* for the new program to look at the configuration and the store */

/* In a child: asks the new program. It answers with MASTER_UPGRADE_ANSWER, or says why not. */
static void __attribute__((noreturn)) ask_new_program(const struct master *master, int out)
{
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	signals_reset((const int[]){ SIGPIPE, 0 });
	signals_unblock_all();
	execl(master->opt->program, master->opt->program, "-u", master->config->state, "-c",
	    master->opt->config_path, (char *)NULL);
	dprintf(STDERR_FILENO, "%s: %s\n", master->opt->program, strerror(errno));
	_exit(1);
}

/* The first line of all that comes, without its end. 0, or -1: it takes too long. */
static int
read_answer(int fd, char *text, size_t size)
{
	int64_t deadline = clock_monotonic_ms() + ASK_MS, left;
	char rest[512] = ""; /* what finds no room */
	size_t len = 0;
	ssize_t got = 1;

	while (got > 0) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		bool full = len + 1 >= size;

		left = deadline - clock_monotonic_ms();
		if (left <= 0 || (poll(&ready, 1, (int)left) <= 0 && errno != EINTR))
			return -1;
		got = read(fd, full ? rest : text + len, full ? sizeof(rest) : size - 1 - len);
		if (!full && got > 0)
			len += (size_t)got;
	}
	text[len] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return 0;
}

static int
wait_for_child(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* Whether the new program takes this configuration and this store. 0, or -1 with its reason. */
static int
consult_new_program(const struct master *master, char *error, size_t size)
{
	int ends[2], status, heard;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0) {
		snprintf(error, size, "pipe: %s", strerror(errno));
		return -1;
	}
	pid = fork();
	if (pid == 0)
		ask_new_program(master, ends[1]);
	if (pid < 0)
		snprintf(error, size, "fork: %s", strerror(errno));
	close(ends[1]);
	heard = pid < 0 ? -1 : read_answer(ends[0], error, size);
	close(ends[0]);
	if (pid < 0)
		return -1;
	if (heard != 0)
		kill(pid, SIGKILL);
	status = wait_for_child(pid);
	if (heard != 0)
		snprintf(error, size, "%s does not say whether it can", master->opt->program);
	else if (status != 0 && error[0] == '\0')
		snprintf(error, size, "%s refuses with status %#x", master->opt->program,
		    (unsigned int)status);
	else if (status == 0 && strcmp(error, MASTER_UPGRADE_ANSWER) == 0)
		return 0;
	else if (status == 0)
		snprintf(error, size, "%s is no kabard", master->opt->program);
	return -1;
}

/* Whether a descriptor goes over to the new program. */
static void
keep_open(int fd, bool on)
{
	fcntl(fd, F_SETFD, on ? 0 : FD_CLOEXEC);
}

static void
keep_all_open(const struct master *master, bool on)
{
	for (size_t i = 0; i < master->listen.n; i++)
		keep_open(master->listen.polls[i].fd, on);
	keep_open(master->pidfile, on);
	keep_open(master->control, on);
	keep_open(master->gate.listen_fd, on);
	keep_open(master->alive[0], on);
	keep_open(master->alive[1], on);
}

/* Returns only if it fails, with a sentence in error. */
static void
exec_new_program(struct master *master, int handover, char *error, size_t size)
{
	const struct master_options *opt = master->opt;
	char number[16];

	snprintf(number, sizeof(number), "%d", handover);
	master_service_reloading();
	keep_all_open(master, true);
	if (opt->worker_uid != 0)
		(void)capabilities_pass(true);
	if (setenv(MASTER_HANDOVER_VARIABLE, number, 1) == 0)
		execl(opt->program, opt->program, "-c", opt->config_path,
		    opt->foreground ? "-f" : (char *)NULL, (char *)NULL);
	snprintf(error, size, "cannot start %s: %s", opt->program, strerror(errno));
	unsetenv(MASTER_HANDOVER_VARIABLE);
	if (opt->worker_uid != 0)
		(void)capabilities_limit();
	keep_all_open(master, false);
	master_notify_ready(master);
}

int
master_upgrade(struct master *master, const struct master_control_asker *asker, char *error,
    size_t size)
{
	if (consult_new_program(master, error, size) == 0) {
		int handover = master_handover_save(master, asker);

		if (handover >= 0) {
			log_info("upgrading to %s", master->opt->program);
			exec_new_program(master, handover, error, size);
			close(handover);
		} else {
			snprintf(error, size, "cannot hand over: %s", strerror(errno));
		}
	}
	log_warnx("upgrade refused, everything stays as it was: %s", error);
	return -1;
}
