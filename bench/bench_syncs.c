/*
 * bench_syncs: how often a server syncs its files for the messages that it acknowledges, as
 * strace(1) counts it.
 */
#include <ctype.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench_offline.h"

#define STRACE     "/usr/bin/strace"
#define PIDS_MAX   128
#define WAIT_TRIES 1000 /* of 10 ms each */
#define THOUSAND   1000.0

/* strace, attached to all processes of a server. */
struct trace {
	pid_t strace;
	char path[SERVER_PATH]; /* what it counted */
	pid_t pids[PIDS_MAX];
	size_t n;
};

static void
add_process(void *arg, pid_t pid)
{
	struct trace *trace = arg;

	if (trace->n < PIDS_MAX)
		trace->pids[trace->n++] = pid;
}

static bool
is_traced(pid_t pid)
{
	char data[2048];
	const char *line;

	if (!server_read_proc(pid, "status", data, sizeof(data)))
		return true; /* it has ended */
	line = strstr(data, "\nTracerPid:");
	return line != NULL && atoi(line + strlen("\nTracerPid:")) != 0;
}

static int
attach(struct trace *trace)
{
	char digits[PIDS_MAX][16];
	const char *argv[2 * PIDS_MAX + 16] = { STRACE, "-f", "-qq", "-c", "-U", "calls,name", "-o",
		trace->path, "-e", "trace=fsync,fdatasync,msync,sync_file_range,sync,syncfs" };
	size_t n = 10;

	for (size_t i = 0; i < trace->n; i++) {
		snprintf(digits[i], sizeof(digits[i]), "%d", (int)trace->pids[i]);
		argv[n++] = "-p";
		argv[n++] = digits[i];
	}
	trace->strace = server_spawn(argv, "/dev/null", NULL);
	for (size_t i = 0, tries = 0; i < trace->n; tries++) {
		if (is_traced(trace->pids[i]))
			i++;
		else if (tries == WAIT_TRIES)
			return -1;
		else
			stat_pause_ms(10);
	}
	return 0;
}

/* Ends it; how many calls it has counted, or -1. */
static long
detach(struct trace *trace)
{
	char line[256], name[64];
	long calls, sum = 0;

	server_end(trace->strace, SIGINT);
	FILE *file = fopen(trace->path, "r");
	if (file == NULL)
		return -1;
	while (fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "%ld %63s", &calls, name) == 2 && strcmp(name, "total") != 0)
			sum += calls;
	fclose(file);
	unlink(trace->path);
	return sum;
}

/* The clients send for a moment first: whatever starts with the first message runs by then. */
static int
count_syncs(struct bench *bench, struct offline *offline, struct stat_sample *sample)
{
	struct trace trace = { .n = 0 };
	struct load_result warm, result;
	int status = -1;

	if (access(STRACE, X_OK) != 0)
		return BENCH_SKIPPED;
	snprintf(trace.path, sizeof(trace.path), "%s/strace", bench->dir);
	offline->plan.run_s = bench->warm_s;
	if (offline->open(offline) != 0 || load_run(&offline->load, &offline->plan, &warm) != 0)
		goto out;
	if (offline->server != NULL)
		idle_each_process(offline->server, add_process, &trace);
	else
		add_process(&trace, offline->pid);
	offline->plan.run_s = bench->run_s;
	if (attach(&trace) == 0)
		status = load_run(&offline->load, &offline->plan, &result);
	long calls = detach(&trace);
	if (status != 0 || calls < 0 || result.replies == 0) {
		fprintf(stderr, "%s: strace cannot count\n", offline->row->name);
		status = -1;
		goto out;
	}
	sample->value = THOUSAND * (double)calls / (double)result.replies;
	status = offline_verify(offline, warm.replies + result.replies);
out:
	load_close(&offline->load);
	return status;
}

int
syncs_kabar(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	struct offline offline;
	int status = offline_kabar(bench, row, &offline);

	return status == 0 ? count_syncs(bench, &offline, sample) : status;
}

int
syncs_xmpp(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	struct offline offline;
	int status = offline_xmpp(bench, row, &offline);

	return status == 0 ? count_syncs(bench, &offline, sample) : status;
}
