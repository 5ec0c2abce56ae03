/*
 * bench_history: rows of conversations that are read again.
 */
#include <stdio.h>

#include "bench_fill.h"
#include "bench_run.h"

static size_t
history_request(void *arg, size_t client, uint64_t turn, char *out)
{
	const unsigned int *partner = arg;

	(void)client;
	(void)turn;
	return (size_t)snprintf(out, LOAD_REQUEST, "history " FILL_NAME " 50\r\n", *partner);
}

/* The newest page of the conversation with account n, over and over. */
int
history_newest(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	struct server *server = bench_server(bench, row->fixture);
	unsigned int partner = row->n;
	struct load load = { 0 };
	struct load_result result;
	struct load_plan plan = { .request = history_request,
		.arg = &partner,
		.count = 1,
		.warm_s = bench->warm_s,
		.run_s = bench->run_s };
	int status = -1;

	if (server != NULL && load_login(&load, server->port, 1, TALK_ONE, 1) == 0 &&
	    load_run(&load, &plan, &result) == 0)
		status = bench_sample(row, &result, sample);
	load_close(&load);
	return status;
}
