/*
 * bench_send: rows of messages sent: to users, to groups, to logs of all lengths.
 */
#include <stdio.h>

#include "bench_fill.h"
#include "bench_run.h"

/* The accounts or group that the clients send to. */
struct target {
	unsigned int first; /* accounts */
	unsigned int count;
	unsigned int group; /* or a group of so many; 0: none */
	bool fixed;         /* each client has one account */
};

/* Each client goes through all others in turn; with several clients each begins elsewhere. */
static size_t
send_request(void *arg, size_t client, uint64_t turn, char *out)
{
	const struct target *target = arg;
	uint64_t others = target->fixed || target->count < 2 ? 1 : target->count - 1;
	uint64_t next = client + 1 + turn % others;

	if (target->group != 0)
		return (size_t)snprintf(out, LOAD_REQUEST, "sendgroup " FILL_GROUP " %s\r\n",
		    target->group, fill_text());
	return (size_t)snprintf(out, LOAD_REQUEST, "send " FILL_NAME " %s\r\n",
	    target->first + (unsigned int)(next % target->count), fill_text());
}

static int
measure(struct bench *bench, const struct bench_row *row, struct target *target,
    unsigned int clients, unsigned int window, unsigned int first_user, unsigned int users,
    struct stat_sample *sample)
{
	struct server *server = bench_server(bench, row->fixture);
	struct load load = { .web = row->web };
	struct load_result result;
	struct load_plan plan = { .request = send_request,
		.arg = target,
		.count = clients,
		.window = window,
		.warm_s = bench->warm_s,
		.run_s = bench->run_s };
	int status = -1;

	if (server != NULL &&
	    load_login(&load, bench_port(row, server), clients, first_user, users) == 0 &&
	    load_run(&load, &plan, &result) == 0)
		status = bench_sample(row, &result, sample);
	load_close(&load);
	return status;
}

/* n clients with m requests in flight each, to one another. */
int
send_private(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	struct target target = { .count = row->n > 1 ? row->n : 2 };

	return measure(bench, row, &target, row->n, row->m, 0, row->n, sample);
}

/* The same, each to the same other one all the time: no conversation is new after the first. */
int
send_fixed(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	struct target target = { .count = row->n > 1 ? row->n : 2, .fixed = true };

	return measure(bench, row, &target, row->n, row->m, 0, row->n, sample);
}

/* n members of a group of m, each on one connection; a small group's on several. */
int
send_group(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	struct target target = { .count = 1, .group = row->m };

	return measure(bench, row, &target, row->n, 1, 0, row->n < row->m ? row->n : row->m,
	    sample);
}

/* One client, to logs of m entries: n of them in turn, that they may stay so. */
int
send_append(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	struct target target = { .first = DEEP_MILLION, .count = row->n };

	if (row->m == 10)
		target.first = DEEP_APPEND;
	else if (row->m == 10000)
		target.first = DEEP_10K;
	return measure(bench, row, &target, 1, 1, DEEP_SENDER, 1, sample);
}
