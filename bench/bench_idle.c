/*
 * bench_idle: how much of the processors a server uses, and the rows of followers that get
 * nothing.
 */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_run.h"

#define REST_MS  7000 /* after that long a worker does nothing any more */
#define WATCH_MS 5000
#define MS_TO_NS 1e6

/* The master, its workers, and the committer, which goes by the directory it works in. */
static bool
is_of(const struct server *server, pid_t pid)
{
	char data[1024];
	int parent;

	if (pid == server->pid)
		return true;
	if (!server_read_proc(pid, "stat", data, sizeof(data)))
		return false;
	const char *after = strrchr(data, ')');
	if (after == NULL || strstr(data, "(kabard)") == NULL)
		return false;
	if (sscanf(after, ") %*c %d", &parent) == 1 && parent == server->pid)
		return true;
	return server_read_proc(pid, "cmdline", data, sizeof(data)) &&
	    strstr(data, server->dir) != NULL;
}

void
idle_each_process(const struct server *server, void (*visit)(void *arg, pid_t), void *arg)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	while (proc != NULL && (entry = readdir(proc)) != NULL) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10); /* 0: of no process */

		if (pid > 0 && is_of(server, pid))
			visit(arg, pid);
	}
	if (proc != NULL)
		closedir(proc);
}

/* Adds the CPU time to the nanosecond; utime and stime have steps of 10 ms a process. */
static void
add_cpu(void *sum, pid_t pid)
{
	char data[256];

	if (server_read_proc(pid, "schedstat", data, sizeof(data)))
		*(double *)sum += strtod(data, NULL);
}

double
idle_process_cpu_ns(pid_t pid)
{
	double sum = 0;

	add_cpu(&sum, pid);
	return sum;
}

double
idle_cpu_ns(const struct server *server)
{
	double sum = 0;

	idle_each_process(server, add_cpu, &sum);
	return sum;
}

/* n followers: the CPU time of the whole server. */
int
idle_cpu(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	struct server *server = bench_server(bench, row->fixture);
	struct load load = { 0 };
	int status = -1;

	if (server != NULL && push_followers(&load, server, row->n, 0) == 0) {
		stat_pause_ms(REST_MS);
		double before = idle_cpu_ns(server);
		stat_pause_ms(WATCH_MS);
		sample->value = (idle_cpu_ns(server) - before) / MS_TO_NS;
		status = before > 0 && !load_stopped() ? 0 : -1;
	}
	load_close(&load);
	return status;
}
