/*
 * bench_checkpoint: rows of what the journal costs beside an OK: starting after a power cut, and
 * checkpoints beside the service.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "bench_cut.h"
#include "bench_fill.h"
#include "bench_run.h"

#define CLIENTS    64
#define WINDOW     16
#define FILL_S     1.0
#define QUICK_MB   16
#define MB         1e6
#define NO_SOONER  "checkpoint_size = 4G\n"
#define PIDS_MAX   (CLIENTS + 32)
#define WAIT_TRIES 1000 /* of 10 ms each */

static int
fill_accounts_only(struct chat *chat, void *arg)
{
	(void)arg;
	return fill_accounts(chat, 0, CLIENTS, 1);
}

static double
journal_mb(const struct server *server)
{
	char path[SERVER_PATH + 64];
	const struct dirent *entry;
	struct stat st;
	double bytes = 0;

	snprintf(path, sizeof(path), "%s/state/journal", server->dir);
	DIR *dir = opendir(path);
	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 && S_ISREG(st.st_mode))
			bytes += (double)st.st_size;
	if (dir != NULL)
		closedir(dir);
	return bytes / MB;
}

static size_t
send_request(void *arg, size_t client, uint64_t turn, char *out)
{
	unsigned int next = (unsigned int)((client + 1 + turn % (CLIENTS - 1)) % CLIENTS);

	(void)arg;
	return (size_t)snprintf(out, LOAD_REQUEST, "send " FILL_NAME " %s\r\n", next, fill_text());
}

/* Clients send until the journal has so many MB. */
static int
fill_journal(const struct server *server, double mb)
{
	struct load load = { 0 };
	struct load_result result = { 0 };
	struct load_plan plan = { .request = send_request,
		.count = CLIENTS,
		.window = WINDOW,
		.run_s = FILL_S };
	int status = load_login(&load, server->port, CLIENTS, 0, CLIENTS);

	while (status == 0 && journal_mb(server) < mb) {
		status = load_run(&load, &plan, &result);
		if (result.failed > 0)
			status = -1;
	}
	load_close(&load);
	if (status != 0)
		fprintf(stderr, "the journal is not filled: %s\n", result.failure);
	return status;
}

struct victims {
	pid_t pids[PIDS_MAX];
	size_t n;
};

static void
add_victim(void *arg, pid_t pid)
{
	struct victims *victims = arg;

	if (victims->n < PIDS_MAX)
		victims->pids[victims->n++] = pid;
}

/* Kills all processes of a server, its committer too. 0, or -1 when some are left. */
static int
kill_server(struct server *server)
{
	struct victims victims = { .n = 0 };

	idle_each_process(server, add_victim, &victims);
	for (size_t i = 0; i < victims.n; i++)
		kill(victims.pids[i], SIGKILL);
	while (waitpid(server->pid, NULL, 0) < 0 && errno == EINTR)
		;
	server->pid = 0;
	for (int i = 0; i < WAIT_TRIES; i++) {
		victims.n = 0;
		idle_each_process(server, add_victim, &victims);
		if (victims.n == 0)
			return 0;
		stat_pause_ms(10);
	}
	fprintf(stderr, "processes of %s are left\n", server->dir);
	return -1;
}

/* From the start of kabard on, until a login was answered. */
static int
start_again(struct server *server, const struct server_options *opt, double *seconds)
{
	struct load load = { 0 };
	int64_t start_ns = stat_now_ns();
	int status = server_serve(server, opt);

	if (status == 0)
		status = load_login(&load, server->port, 1, 0, 1);
	*seconds = (double)(stat_now_ns() - start_ns) / 1e9;
	load_close(&load);
	return status;
}

/* n: MB of journal since the last checkpoint. */
int
checkpoint_start(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	struct server server = { 0 };
	struct server_options opt = { .programs = bench->programs,
		.dir = bench->dir,
		.name = row->name,
		.settings = NO_SOONER,
		.fill = fill_accounts_only };
	char state[SERVER_PATH + 16];
	int status = server_start(&server, &opt);

	snprintf(state, sizeof(state), "%s/state", server.dir);
	if (status == 0)
		status = fill_journal(&server, bench->quick ? QUICK_MB : row->n);
	if (server.pid > 0 && kill_server(&server) != 0)
		return -1;
	if (status == 0 && cut_power(state, 1) != 0) {
		fprintf(stderr, "%s: no power cut\n", row->name);
		status = -1;
	}
	opt.sync = true;
	sync(); /* the service before did not */
	if (status == 0)
		status = start_again(&server, &opt, &sample->value);
	server_stop(&server);
	server_forget(&server);
	return status;
}
