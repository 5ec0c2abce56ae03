/*
 * bench_client: rows of the client's screen, in a terminal that this process plays: how soon it
 * shows everything, how many bytes a message costs, and what it uses while nothing happens.
 */
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "bench_fill.h"
#include "bench_run.h"

#define COLUMNS    120
#define ROWS       40
#define QUIET_MS   400   /* the screen is full when nothing more came for so long */
#define PATIENCE_S 30    /* without a byte for so long, something is broken */
#define MESSAGES   50    /* of which the mean is taken */
#define IDLE_MS    10000 /* of which the CPU time is taken */
#define REST_MS    3000
#define MS_TO_NS   INT64_C(1000000)

/* A client in its terminal. */
struct terminal {
	pid_t pid;
	int fd;
	uint64_t bytes;  /* that it has written so far */
	int64_t last_ns; /* when it wrote the last of them */
};

/* Where the client has its settings and tokens: below the server's directory. */
static int
set_environment(const struct server *server)
{
	char path[SERVER_PATH + 16];

	snprintf(path, sizeof(path), "%s/home", server->dir);
	if (mkdir(path, 0700) != 0 && errno != EEXIST) {
		perror(path);
		return -1;
	}
	setenv("HOME", path, 1);
	setenv("TERM", "xterm-256color", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("XDG_STATE_HOME");
	return 0;
}

/* Logs in, as a script would. The client's name of the account is the user's. */
static int
log_in(const struct bench *bench, const struct server *server, unsigned int account)
{
	char command[2 * SERVER_PATH];

	snprintf(command, sizeof(command),
	    "echo " FILL_PASSWORD " | '%s/kabar' -a " FILL_NAME " login " FILL_NAME
	    "@127.0.0.1:%d >/dev/null",
	    bench->programs, account, account, server->port);
	/* The path is that of the programs, from the command line of this one. */
	int status = system(command); /* NOLINT(cert-env33-c) */
	if (status == 0)
		return 0;
	fprintf(stderr, "%s: exit status %d\n", command, WEXITSTATUS(status));
	return -1;
}

/* The program of the child, on the other side of the terminal. */
static void __attribute__((noreturn))
run_client(const char *program, const char *terminal, unsigned int account)
{
	struct winsize size = { .ws_col = COLUMNS, .ws_row = ROWS };
	char name[16];

	setsid();
	int fd = open(terminal, O_RDWR);
	if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) != 0 || ioctl(fd, TIOCSWINSZ, &size) != 0)
		_exit(126);
	dup2(fd, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	close(fd);
	snprintf(name, sizeof(name), FILL_NAME, account);
	execl(program, "kabar", "-a", name, (char *)NULL);
	_exit(127);
}

static int
open_terminal(struct terminal *terminal, const char *programs, unsigned int account)
{
	char program[SERVER_PATH];
	const char *name;

	*terminal = (struct terminal){ .fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC) };
	if (terminal->fd < 0 || grantpt(terminal->fd) != 0 || unlockpt(terminal->fd) != 0 ||
	    (name = ptsname(terminal->fd)) == NULL) {
		perror("no terminal");
		return -1;
	}
	snprintf(program, sizeof(program), "%s/kabar", programs);
	fflush(NULL);
	terminal->pid = fork();
	if (terminal->pid == 0)
		run_client(program, name, account);
	return terminal->pid > 0 ? 0 : -1;
}

/* Reads what comes, until nothing more does. 0, or -1 when nothing came or the client ended. */
static int
read_screen(struct terminal *terminal)
{
	struct pollfd poll_fd = { .fd = terminal->fd, .events = POLLIN };
	uint64_t before = terminal->bytes;
	char data[65536];

	while (poll(&poll_fd, 1, terminal->bytes == before ? PATIENCE_S * 1000 : QUIET_MS) > 0) {
		ssize_t got = read(terminal->fd, data, sizeof(data));

		if (got <= 0) {
			fprintf(stderr, "the client has ended\n");
			return -1;
		}
		terminal->bytes += (uint64_t)got;
		terminal->last_ns = stat_now_ns();
	}
	return terminal->bytes > before && !load_stopped() ? 0 : -1;
}

static void
close_terminal(struct terminal *terminal)
{
	if (terminal->fd >= 0)
		close(terminal->fd);
	server_end(terminal->pid, SIGHUP);
}

/* The client with all its conversations, and the time that this took. 0 or -1. */
static int
start_client(struct bench *bench, const struct server *server, unsigned int account,
    struct terminal *terminal, double *seconds)
{
	static bool logged_in[TALK_OTHERS];

	if (!logged_in[account] &&
	    (set_environment(server) != 0 || log_in(bench, server, account) != 0))
		return -1;
	logged_in[account] = true;
	int64_t start_ns = stat_now_ns();
	if (open_terminal(terminal, bench->programs, account) != 0 || read_screen(terminal) != 0)
		return -1;
	*seconds = (double)(terminal->last_ns - start_ns) / 1e9;
	return 0;
}

/* From the start of the program until the screen changes no more. */
int
client_start(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	struct server *server = bench_server(bench, row->fixture);
	struct terminal terminal = { .fd = -1 };
	double seconds = 0;

	if (server == NULL)
		return -1;
	int status = start_client(bench, server, row->n, &terminal, &seconds);
	close_terminal(&terminal);
	sample->value = seconds * 1000;
	return status;
}

/* A message of 3 to 90 bytes. */
static int
send_message(const struct load *load, unsigned int to, unsigned int turn)
{
	char line[LOAD_REQUEST], reply[LOAD_REQUEST];
	int len = snprintf(line, sizeof(line), "send " FILL_NAME " %u %.*s\r\n", to, turn,
	    (int)(turn * 37 % 88 + 1), fill_text() + turn % 10);

	if (write(load_fd(load, 0), line, (size_t)len) != len)
		return -1;
	ssize_t got = read(load_fd(load, 0), reply, sizeof(reply) - 1);
	reply[got > 0 ? got : 0] = '\0';
	if (strstr(reply, "\"OK\"") != NULL)
		return 0;
	fprintf(stderr, "not sent: %s\n", reply);
	return -1;
}

/* Account n has its newest conversation on the screen, and the partner writes. */
int
client_bytes(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	struct server *server = bench_server(bench, row->fixture);
	struct load load = { 0 };
	struct terminal terminal = { .fd = -1 };
	unsigned int partner = row->n == TALK_100 ? TALK_ONE : TALK_OTHERS;
	double seconds;
	int status = -1;

	if (server == NULL || load_login(&load, server->port, 1, partner, 1) != 0)
		goto out;
	/* The partner's conversation becomes the newest, which the screen opens. */
	if (send_message(&load, row->n, 0) != 0 ||
	    start_client(bench, server, row->n, &terminal, &seconds) != 0)
		goto out;
	uint64_t before = terminal.bytes;
	for (unsigned int i = 1; i <= MESSAGES; i++)
		if (send_message(&load, row->n, i) != 0 || read_screen(&terminal) != 0)
			goto out;
	sample->value = (double)(terminal.bytes - before) / MESSAGES;
	status = 0;
out:
	close_terminal(&terminal);
	load_close(&load);
	return status;
}

static double
cpu_ns(pid_t pid)
{
	char data[256];

	return server_read_proc(pid, "schedstat", data, sizeof(data)) ? strtod(data, NULL) : 0;
}

/* m: of the server's processes instead of the client's. */
int
client_idle(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	struct server *server = bench_server(bench, row->fixture);
	struct terminal terminal = { .fd = -1 };
	double seconds;
	int status = -1;

	if (server != NULL && start_client(bench, server, row->n, &terminal, &seconds) == 0) {
		stat_pause_ms(REST_MS);
		double before = row->m != 0 ? idle_cpu_ns(server) : cpu_ns(terminal.pid);
		stat_pause_ms(IDLE_MS);
		double after = row->m != 0 ? idle_cpu_ns(server) : cpu_ns(terminal.pid);
		sample->value = (after - before) / (double)MS_TO_NS;
		status = before > 0 && !load_stopped() ? 0 : -1;
	}
	close_terminal(&terminal);
	return status;
}
