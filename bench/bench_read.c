/*
 * bench_read: rows of logins, inboxes and short connections.
 */
#include <stdio.h>

#include "bench_fill.h"
#include "bench_run.h"

#define NEW_MESSAGES 10
#define READS        320 /* in a round, with all readers together */
#define READS_QUICK  96
#define AUTH_CLIENTS 8
#define UNKNOWN_LINE "x \r\n"
#define INFO_LINE    "info \r\n"

/* A row of one kind of request: who is asked for. */
struct names {
	unsigned int first;
	unsigned int count;
};

static size_t
auth_request(void *arg, size_t client, uint64_t turn, char *out)
{
	const struct names *names = arg;
	/* A walk that meets all of them, and those side by side far from each other. */
	uint64_t step = (turn * AUTH_CLIENTS + client) * 7919;

	return (size_t)snprintf(out, LOAD_REQUEST, "auth " FILL_NAME " " FILL_PASSWORD "\r\n",
	    names->first + (unsigned int)(step % names->count));
}

static int
measure_auth(struct bench *bench, const struct bench_row *row, struct names names,
    struct stat_sample *sample)
{
	struct server *server = bench_server(bench, row->fixture);
	struct load load = { 0 };
	struct load_result result;
	struct load_plan plan = { .request = auth_request,
		.arg = &names,
		.count = AUTH_CLIENTS,
		.warm_s = bench->warm_s,
		.run_s = bench->run_s };
	int status = -1;

	if (server != NULL && load_open(&load, server->port, AUTH_CLIENTS) == 0 &&
	    load_run(&load, &plan, &result) == 0)
		status = bench_sample(row, &result, sample);
	load_close(&load);
	return status;
}

/* Logins over and over on open connections, of n accounts in turn. */
int
read_auth(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	struct names names = { .count = row->n };

	if (bench->quick && row->n > QUICK_ACCOUNTS)
		names.count = QUICK_ACCOUNTS;
	return measure_auth(bench, row, names, sample);
}

int
read_slow_auth(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	return measure_auth(bench, row, (struct names){ .first = SLOW_ACCOUNT, .count = 1 },
	    sample);
}

/* n connections at a time. */
static int
measure_connect(struct bench *bench, const struct bench_row *row, const char *line,
    struct stat_sample *sample)
{
	struct server *server = bench_server(bench, row->fixture);
	struct load_result result;

	if (server == NULL ||
	    load_churn(server->port, line, row->n, bench->warm_s, bench->run_s, &result) != 0)
		return -1;
	return bench_sample(row, &result, sample);
}

int
read_connect(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	return measure_connect(bench, row, UNKNOWN_LINE, sample);
}

int
read_connect_info(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	return measure_connect(bench, row, INFO_LINE, sample);
}

/* The sender is the client behind the readers. */
struct inbox {
	struct names readers;
	size_t reader;
};

static size_t
refill_request(void *arg, size_t client, uint64_t turn, char *out)
{
	const struct inbox *inbox = arg;

	(void)client;
	(void)turn;
	return (size_t)snprintf(out, LOAD_REQUEST, "send " FILL_NAME " %s\r\n",
	    inbox->readers.first + (unsigned int)inbox->reader, fill_text());
}

static size_t
inbox_request(void *arg, size_t client, uint64_t turn, char *out)
{
	(void)arg;
	(void)client;
	(void)turn;
	return (size_t)snprintf(out, LOAD_REQUEST, "inbox \r\n");
}

/* Ten new messages, not measured, and then the look at them. */
static int
read_once(struct load *load, struct inbox *inbox, struct load_result *result)
{
	struct load_plan refill = { .request = refill_request,
		.arg = inbox,
		.first = inbox->readers.count,
		.count = 1,
		.window = NEW_MESSAGES,
		.requests_each = NEW_MESSAGES };
	struct load_plan look = { .request = inbox_request,
		.first = inbox->reader,
		.count = 1,
		.requests_each = 1 };

	if (load_run(load, &refill, result) != 0 || result->failed > 0)
		return -1;
	return load_run(load, &look, result) != 0 || result->failed > 0 ? -1 : 0;
}

static int
read_all(struct bench *bench, struct load *load, struct names readers, struct stat_sample *sample)
{
	struct inbox inbox = { .readers = readers };
	struct load_result result;
	struct stat_hist hist;
	int reads = bench->quick ? READS_QUICK : READS;
	double seconds = 0;

	stat_hist_clear(&hist);
	for (int i = 0; i < reads && !load_stopped(); i++) {
		inbox.reader = (size_t)i % readers.count;
		if (read_once(load, &inbox, &result) != 0) {
			fprintf(stderr, "an inbox could not be read: %s\n", result.failure);
			return -1;
		}
		seconds += result.seconds;
		stat_hist_add(&hist, (int64_t)(result.seconds * 1e9));
	}
	sample->value = reads / seconds;
	sample->p50_us = stat_hist_us(&hist, 0.5);
	sample->p99_us = stat_hist_us(&hist, 0.99);
	return 0;
}

/* Messages of earlier rows are read before this begins. */
static int
forget_old(const struct server *server, struct names readers)
{
	struct config config;
	struct chat chat;
	int status = 0;

	if (server_chat(server, &config, &chat) != 0)
		return -1;
	for (unsigned int i = 0; i < readers.count && status == 0; i++)
		status = fill_read_all(&chat, readers.first + i);
	chat_close(&chat);
	config_free(&config);
	return status;
}

/* One of n readers at a time reads ten new messages; they have m old ones. */
int
read_inbox(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	struct server *server = bench_server(bench, row->fixture);
	struct names readers = { .first = row->m == 10 ? DEEP_READERS : DEEP_MILLION,
		.count = row->n };
	struct load load = { 0 };
	int status = -1;

	if (server == NULL || forget_old(server, readers) != 0)
		return -1;
	if (load_login(&load, server->port, row->n, readers.first, row->n) == 0 &&
	    load_login(&load, server->port, row->n + 1, DEEP_SENDER, 1) == 0)
		status = read_all(bench, &load, readers, sample);
	load_close(&load);
	return status;
}
