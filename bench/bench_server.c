/*
 * bench_server: the real kabard: makes a realm in a directory, fills it, serves it.
 */
#include "bench_server.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench_load.h"

#define MAX_CLIENTS   20000
#define START_SECONDS 120 /* a journal may have to be applied first */
#define PORT_TRIES    3
#define LOCK_TRIES    1000 /* of 10 ms each */
#define PATH_SIZE     (SERVER_PATH + 64)

static int
write_config(const struct server *server, const struct server_options *opt)
{
	char path[PATH_SIZE];
	const struct passwd *user = getpwuid(geteuid());
	FILE *file;

	snprintf(path, sizeof(path), "%s/kabar.conf", server->dir);
	file = fopen(path, "w");
	if (file == NULL || user == NULL) {
		fprintf(stderr, "cannot write %s: %s\n", path, strerror(errno));
		if (file != NULL)
			fclose(file);
		return -1;
	}
	fprintf(file, "realm = \"%s\"\nuser = \"%s\"\nstate = \"%s/state\"\nsync = %s\n",
	    opt->realm != NULL ? opt->realm : "bench", user->pw_name, server->dir,
	    opt->sync ? "on" : "off");
	if (!opt->defaults)
		fprintf(file, "max_clients = %d\npassword_cost = 1\n", MAX_CLIENTS);
	fprintf(file, "inbox_max = 1000000000\njanitor_interval = 7d\nlog_level = \"warning\"\n");
	fprintf(file, "listen \"main\" {\n\taddress = \"127.0.0.1\"\n\tport = %d\n}\n",
	    server->port);
	fprintf(file, "%s", opt->settings != NULL ? opt->settings : "");
	return fclose(file);
}

/* Runs a program to its end: 0 when it ended well. */
static int
run(const char *const argv[], const char *log)
{
	pid_t pid = server_spawn(argv, log, NULL);
	int status;

	if (pid < 0)
		return -1;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static void
show_log(const char *path)
{
	char line[512];
	FILE *file = fopen(path, "r");

	if (file == NULL)
		return;
	while (fgets(line, sizeof(line), file) != NULL)
		fprintf(stderr, "| %s", line);
	fclose(file);
}

/* The committer outlives its last client by a moment, with the sync that it was started with. */
static void
wait_for_committer(const struct server *server)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/state/commit.lock", server->dir);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	for (int i = 0; fd >= 0 && i < LOCK_TRIES; i++) {
		struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

		if (fcntl(fd, F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK)
			break;
		stat_pause_ms(10);
	}
	if (fd >= 0)
		close(fd);
}

static int
open_chat(const struct server *server, struct config *config, struct chat *chat, bool as_is)
{
	char path[PATH_SIZE], error[1024];

	snprintf(path, sizeof(path), "%s/kabar.conf", server->dir);
	if (config_load(config, path, error, sizeof(error)) != 0) {
		fprintf(stderr, "%s\n", error);
		return -1;
	}
	if (!as_is)
		config->sync = false;
	if (chat_open(chat, config, error, sizeof(error)) == 0)
		return 0;
	fprintf(stderr, "%s\n", error);
	config_free(config);
	return -1;
}

int
server_chat(const struct server *server, struct config *config, struct chat *chat)
{
	return open_chat(server, config, chat, true);
}

static int
fill(const struct server *server, const struct server_options *opt)
{
	struct config config;
	struct chat chat;
	int status;

	if (opt->fill == NULL)
		return 0;
	wait_for_committer(server); /* that of kabarctl init */
	if (open_chat(server, &config, &chat, false) != 0)
		return -1;
	status = opt->fill(&chat, opt->arg);
	chat_close(&chat);
	config_free(&config);
	wait_for_committer(server);
	sync(); /* what was written without sync shall not be written while we measure */
	return status;
}

static int
make_realm(struct server *server, const struct server_options *opt)
{
	char program[PATH_SIZE], config[PATH_SIZE], log[PATH_SIZE];
	const char *argv[] = { program, "-c", config, "init", NULL };

	snprintf(program, sizeof(program), "%s/kabarctl", opt->programs);
	snprintf(config, sizeof(config), "%s/kabar.conf", server->dir);
	snprintf(log, sizeof(log), "%s/log", server->dir);
	server->port = server_free_port();
	if (write_config(server, opt) != 0)
		return -1;
	if (run(argv, log) == 0)
		return 0;
	fprintf(stderr, "%s init failed\n", program);
	show_log(log);
	return -1;
}

int
server_serve(struct server *server, const struct server_options *opt)
{
	char program[PATH_SIZE], config[PATH_SIZE], log[PATH_SIZE];
	const char *argv[] = { program, "-c", config, "-f", NULL };

	snprintf(program, sizeof(program), "%s/kabard", opt->programs);
	snprintf(config, sizeof(config), "%s/kabar.conf", server->dir);
	snprintf(log, sizeof(log), "%s/log", server->dir);
	for (int i = 0; i < PORT_TRIES; i++) {
		server->port = server_free_port();
		if (server->port < 0 || write_config(server, opt) != 0)
			return -1;
		server->pid = server_spawn(argv, log, NULL);
		if (server->pid > 0 && server_wait(server->pid, server->port, START_SECONDS) == 0)
			return 0;
		server_end(server->pid, SIGTERM);
		server->pid = 0;
	}
	fprintf(stderr, "%s does not serve\n", program);
	show_log(log);
	return -1;
}

bool
server_accepts(struct server *server, const struct server_options *opt)
{
	char program[PATH_SIZE], config[PATH_SIZE];
	const char *argv[] = { program, "-c", config, "-t", NULL };

	snprintf(program, sizeof(program), "%s/kabard", opt->programs);
	snprintf(config, sizeof(config), "%s/kabar.conf", server->dir);
	return write_config(server, opt) == 0 && run(argv, "/dev/null") == 0;
}

int
server_make(struct server *server, const struct server_options *opt)
{
	if (snprintf(server->dir, sizeof(server->dir), "%s/%s", opt->dir, opt->name) >=
	        (int)sizeof(server->dir) ||
	    mkdir(server->dir, 0700) != 0) {
		fprintf(stderr, "cannot make %s: %s\n", server->dir, strerror(errno));
		return -1;
	}
	return make_realm(server, opt) != 0 ? -1 : fill(server, opt);
}

int
server_start(struct server *server, const struct server_options *opt)
{
	return server_make(server, opt) != 0 ? -1 : server_serve(server, opt);
}

void
server_stop(struct server *server)
{
	if (server->pid == 0)
		return;
	server_end(server->pid, SIGTERM);
	server->pid = 0;
	wait_for_committer(server);
}

void
server_forget(struct server *server)
{
	wait_for_committer(server);
	server_remove(server->dir);
}
