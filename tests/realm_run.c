/*
 * realm_run: the real programs of a realm: starting them, what they are told and what they say, and
 * their ends.
 */
#include <sys/wait.h>

#include <bsd/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "realm.h"

#define ARGS_MAX 16

const char *const realm_kabard_path = KABARD_PATH;
const char *const realm_kabarctl_path = KABARCTL_PATH;

pid_t
realm_spawn(const struct realm *realm, int in, int out, const char *const argv[])
{
	char *copy[ARGS_MAX + 1] = { NULL };
	pid_t pid;

	for (size_t i = 0; argv[i] != NULL; i++) {
		ck_assert_uint_lt(i, ARGS_MAX);
		copy[i] = (char *)(uintptr_t)argv[i];
	}
	pid = fork();
	ck_assert_msg(pid >= 0, "fork: %s", strerror(errno));
	if (pid != 0)
		return pid;
	int log = open(realm->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	if (log >= 0)
		dup2(log, STDERR_FILENO);
	closefrom(STDERR_FILENO + 1);
	signal(SIGPIPE, SIG_DFL);
	execv(copy[0], copy);
	fprintf(stderr, "%s: %s\n", copy[0], strerror(errno));
	_exit(127);
}

struct ending {
	pid_t pid;
	int status;
};

static bool
has_ended(void *arg)
{
	struct ending *ending = arg;
	pid_t pid = waitpid(ending->pid, &ending->status, WNOHANG);

	ck_assert_msg(pid >= 0, "waitpid: %s", strerror(errno));
	return pid == ending->pid;
}

int
realm_await(pid_t pid)
{
	struct ending ending = { .pid = pid };

	if (!realm_until(has_ended, &ending))
		ck_abort_msg("process %ld does not end", (long)pid);
	return ending.status;
}

/* The reading end of a pipe in which the input lies; there must be room for it. */
static int
input_pipe(const char *input)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	if (input != NULL)
		ck_assert_int_eq(write(ends[1], input, strlen(input)), (ssize_t)strlen(input));
	close(ends[1]);
	return ends[0];
}

/* Reads all bytes until the other end is closed. */
static void
read_output(int fd, char *output, size_t size)
{
	char lost[512];
	size_t len = 0;
	ssize_t got = 1;

	while (got > 0) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		bool room_left = output != NULL && len + 1 < size;

		ck_assert_msg(poll(&ready, 1, REALM_PATIENCE_MS) == 1, "a program does not end");
		got = read(fd, room_left ? output + len : lost,
		    room_left ? size - 1 - len : sizeof(lost));
		if (room_left && got > 0)
			len += (size_t)got;
	}
	if (output != NULL)
		output[len] = '\0';
}

int
realm_run(const char *const argv[], const char *input, char *output, size_t size)
{
	char *copy[ARGS_MAX + 1] = { NULL };
	int in = input_pipe(input), out[2], status;
	pid_t pid;

	for (size_t i = 0; argv[i] != NULL && i < ARGS_MAX; i++)
		copy[i] = (char *)(uintptr_t)argv[i];
	ck_assert_int_eq(pipe(out), 0);
	pid = fork();
	ck_assert_msg(pid >= 0, "fork: %s", strerror(errno));
	if (pid == 0) {
		dup2(in, STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		dup2(out[1], STDERR_FILENO);
		closefrom(STDERR_FILENO + 1);
		execv(copy[0], copy);
		_exit(127);
	}
	close(in);
	close(out[1]);
	read_output(out[0], output, size);
	close(out[0]);
	status = realm_await(pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void
realm_ctl(const struct realm *realm, const char *input, const char *const args[])
{
	const char *argv[ARGS_MAX + 1] = { realm_kabarctl_path, "-c", realm->config };
	char output[1024];
	size_t n = 3;

	for (size_t i = 0; args[i] != NULL && n < ARGS_MAX; i++)
		argv[n++] = args[i];
	int status = realm_run(argv, input, output, sizeof(output));
	ck_assert_msg(status == 0, "kabarctl %s: status %d: %s", args[0], status, output);
}

int
realm_run_kabard(const struct realm *realm, const char *const args[], char *output, size_t size)
{
	const char *argv[ARGS_MAX] = { realm_kabard_path, "-c", realm->config };

	for (size_t i = 0; args[i] != NULL; i++) {
		ck_assert_uint_lt(4 + i, ARGS_MAX);
		argv[3 + i] = args[i];
	}
	return realm_run(argv, NULL, output, size);
}

void
realm_hear_end(int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	char data[512];
	ssize_t n;

	do {
		ck_assert_int_eq(poll(&ready, 1, REALM_PATIENCE_MS), 1);
		n = read(fd, data, sizeof(data));
	} while (n > 0);
	close(fd);
}
