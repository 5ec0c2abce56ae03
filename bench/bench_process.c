/*
 * bench_process: starting and ending the programs that a benchmark needs. What they are is
 * left to others.
 */
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <bsd/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench_load.h"
#include "bench_server.h"

#define END_TRIES  1000 /* of 10 ms each */
#define WALK_FILES 16

static void __attribute__((noreturn))
become(const char *const argv[], const char *log, const int *ends)
{
	int null = open("/dev/null", O_RDWR);
	int err = log == NULL ? -1 : open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	signal(SIGPIPE, SIG_DFL);
	dup2(null, STDIN_FILENO);
	if (err >= 0) {
		dup2(err, STDOUT_FILENO);
		dup2(err, STDERR_FILENO);
	}
	if (ends != NULL)
		dup2(ends[1], STDOUT_FILENO);
	closefrom(STDERR_FILENO + 1);
	execv(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

pid_t
server_spawn(const char *const argv[], const char *log, int *out)
{
	int ends[2];
	pid_t pid;

	if (out != NULL && pipe(ends) != 0)
		return -1;
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		become(argv, log, out == NULL ? NULL : ends);
	if (out != NULL) {
		close(ends[1]);
		*out = ends[0];
	}
	return pid;
}

void
server_end(pid_t pid, int signal)
{
	if (pid <= 0)
		return;
	kill(pid, signal);
	for (int i = 0; i < END_TRIES; i++) {
		pid_t ended = waitpid(pid, NULL, WNOHANG);

		if (ended == pid || (ended < 0 && errno != EINTR))
			return;
		stat_pause_ms(10);
	}
	fprintf(stderr, "process %d does not end, it is killed\n", (int)pid);
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

int
server_wait(pid_t pid, int port, int seconds)
{
	for (int i = 0; i < seconds * 100 && !load_stopped(); i++) {
		int fd = load_connect(port);

		if (fd >= 0) {
			close(fd);
			return 0;
		}
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return -1;
		stat_pause_ms(10);
	}
	return -1;
}

int
server_free_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	int port = -1, fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		return -1;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (const struct sockaddr *)&address, len) == 0 &&
	    getsockname(fd, (struct sockaddr *)&address, &len) == 0)
		port = ntohs(address.sin_port);
	close(fd);
	return port;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	(void)st;
	(void)kind;
	(void)walk;
	return remove(path);
}

void
server_remove(const char *dir)
{
	if (nftw(dir, remove_one, WALK_FILES, FTW_DEPTH | FTW_PHYS) != 0)
		fprintf(stderr, "cannot remove all of %s\n", dir);
}

bool
server_read_proc(pid_t pid, const char *name, char *data, size_t size)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, name);
	file = fopen(path, "re");
	if (file == NULL)
		return false;
	size_t got = fread(data, 1, size - 1, file);
	data[got] = '\0';
	fclose(file);
	return got > 0;
}
