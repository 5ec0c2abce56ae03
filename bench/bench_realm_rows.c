/*
 * bench_realm_rows: rows of messages from one realm to another: the rate, the delivery result, the
 * memory of the bridge, and the delays that users notice of a realm that is down.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_fill.h"
#include "bench_realm.h"

#define SENDERS    50
#define WINDOW     16
#define QUEUE      100000
#define QUEUE_DOWN 10000 /* while local users are measured */
#define QUICK      10    /* so many times less in a quick run */

/* Senders take turns with the accounts there, each beginning elsewhere. */
static size_t
far_request(void *arg, size_t client, uint64_t turn, char *out)
{
	const size_t *clients = arg;

	return (size_t)snprintf(out, LOAD_REQUEST,
	    "sendprivaterealm " REALM_FAR " " FILL_NAME " %s\r\n",
	    (unsigned int)((turn * *clients + client) % REALM_ACCOUNTS), fill_text());
}

/* n messages for the far realm, from as many clients as there may be. */
static int
send_far(struct realm_pair *pair, const struct bench_row *row, unsigned int n)
{
	size_t clients = n < SENDERS ? n : SENDERS;
	struct load_plan plan = { .request = far_request,
		.arg = &clients,
		.count = clients,
		.window = WINDOW,
		.requests_each = n / clients };
	struct load load = { 0 };
	struct load_result result;
	struct stat_sample sample;
	int status = -1;

	if (load_login(&load, pair->near.server->port, clients, 0, (unsigned int)clients) == 0 &&
	    load_run(&load, &plan, &result) == 0)
		status = bench_sample(row, &result, &sample);
	load_close(&load);
	return status;
}

/* Each account of the far realm gets its first message, which costs it more than later ones do. */
static struct realm_pair *
ready_pair(struct bench *bench, const struct bench_row *row)
{
	bool first = bench->pair == NULL;
	struct realm_pair *pair = realm_pair(bench);

	if (pair == NULL || !first)
		return pair;
	return send_far(pair, row, REALM_ACCOUNTS) == 0 ? realm_pair(bench) : NULL;
}

/* Returns the seconds from the link's coming up until the far realm has all; -1: an error. */
static double
measure_drain(struct realm_pair *pair, unsigned int delay_ms, uint64_t n)
{
	uint64_t before = realm_arrived(pair), arrived;
	int64_t from_ns;

	if (realm_join(pair, delay_ms) != 0)
		return -1;
	from_ns = stat_now_ns();
	if (realm_drained(pair) != 0)
		return -1;
	double seconds = (double)(stat_now_ns() - from_ns) / 1e9;
	arrived = realm_arrived(pair) - before;
	if (arrived == n)
		return seconds;
	fprintf(stderr, "%llu messages arrived instead of %llu\n", (unsigned long long)arrived,
	    (unsigned long long)n);
	return -1;
}

static unsigned int
scaled(const struct bench *bench, unsigned int n)
{
	return bench->quick ? n / QUICK : n;
}

/* QUEUE messages over a link whose round trip takes n ms more. */
int
realm_drain(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	struct realm_pair *pair = ready_pair(bench, row);
	unsigned int n = scaled(bench, QUEUE);
	double seconds;

	if (pair == NULL || realm_cut(pair) != 0 || send_far(pair, row, n) != 0)
		return -1;
	seconds = measure_drain(pair, row->n / 2, n);
	sample->value = n / seconds;
	return seconds > 0 ? 0 : -1;
}

/* Begins a new maximum of the memory of a process. */
static int
reset_peak(pid_t pid)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/clear_refs", (int)pid);
	file = fopen(path, "w");
	if (file == NULL)
		return -1;
	fputs("5", file);
	return fclose(file);
}

/* In kB, or -1. */
static double
peak(pid_t pid)
{
	char path[64], line[128];
	double kb = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "r");
	if (file == NULL)
		return -1;
	while (kb < 0 && fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, "VmHWM:", 6) == 0)
			kb = strtod(line + 6, NULL);
	fclose(file);
	return kb;
}

/* The most that a new bridge takes when it finds n messages and delivers them. */
int
realm_memory(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	struct realm_pair *pair = ready_pair(bench, row);
	unsigned int n = row->n == QUEUE ? scaled(bench, QUEUE) : row->n;
	pid_t pid;

	if (pair == NULL || realm_cut(pair) != 0 || send_far(pair, row, n) != 0 ||
	    realm_renew_bridge(pair) != 0)
		return -1;
	pid = realm_bridge(pair);
	if (reset_peak(pid) != 0 || measure_drain(pair, 0, n) < 0)
		return -1;
	sample->value = peak(pid);
	return sample->value > 0 ? 0 : -1;
}

/* One client waits for each delivery result; the link stays up, so none is skipped. */
int
realm_delivery_result(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	struct realm_pair *pair = ready_pair(bench, row);
	size_t clients = 1;
	struct load_plan plan = { .request = far_request,
		.arg = &clients,
		.count = clients,
		.warm_s = bench->warm_s,
		.run_s = bench->run_s };
	struct load load = { 0 };
	struct load_result result;
	int64_t since;
	int status = -1;

	if (pair == NULL)
		return -1;
	since = realm_up_since(pair);
	if (load_login(&load, pair->near.server->port, clients, 0, 1) == 0 &&
	    load_run(&load, &plan, &result) == 0)
		status = bench_sample(row, &result, sample);
	load_close(&load);
	if (status == 0 && (since == 0 || realm_up_since(pair) != since)) {
		fprintf(stderr, "%s: the link was not up all the while\n", row->name);
		status = -1;
	}
	return status;
}

/* n local clients, while messages wait for a realm that is down. */
int
realm_peer_down(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	struct realm_pair *pair = ready_pair(bench, row);
	unsigned int queued = scaled(bench, QUEUE_DOWN);

	if (pair == NULL || realm_cut(pair) != 0 || send_far(pair, row, queued) != 0 ||
	    send_private(bench, row, sample) != 0)
		return -1;
	return measure_drain(pair, 0, queued) > 0 ? 0 : -1;
}
