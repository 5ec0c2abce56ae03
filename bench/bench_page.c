/*
 * bench_page: rows of the page as a browser meets it: what its first load transfers, and how soon
 * it is painted. The program bench/page measures; here is the realm for it.
 */
#include <stdio.h>

#include "bench_fill.h"
#include "bench_run.h"

#define COMMAND 1024

/* Runs the command, which prints two numbers. 0, or -1 with a sentence on standard error. */
static int
ask_page(const char *command, double numbers[2])
{
	/* The path is that of the source, from the makefile. */
	FILE *out = popen(command, "re"); /* NOLINT(cert-env33-c) */

	if (out == NULL)
		return -1;
	int got = fscanf(out, "%lf %lf", &numbers[0], &numbers[1]);
	if (pclose(out) == 0 && got == 2)
		return 0;
	fprintf(stderr, "failed: %s\n", command);
	return -1;
}

int
page_bytes(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	const struct server *server = bench_server(bench, row->fixture);
	char command[COMMAND];
	double numbers[2];

	if (server == NULL)
		return -1;
	snprintf(command, sizeof(command), "'" BENCH_PAGE_PATH "' load http://127.0.0.1:%d/",
	    server->second_port);
	if (ask_page(command, numbers) != 0)
		return -1;
	sample->value = numbers[0];
	bench->page_requests = numbers[1];
	return 0;
}

/* Measured along with page_bytes, which comes before it. */
int
page_requests(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	(void)row;
	sample->value = bench->page_requests;
	return bench->page_requests > 0 ? 0 : -1;
}

int
page_paint(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	const struct server *server = bench_server(bench, row->fixture);
	char command[COMMAND];
	double numbers[2];

	if (server == NULL)
		return -1;
	snprintf(command, sizeof(command),
	    "'" BENCH_PAGE_PATH "' paint http://127.0.0.1:%d/ " FILL_NAME " " FILL_PASSWORD " %d",
	    server->second_port, row->n, WEB_TALKS);
	if (ask_page(command, numbers) != 0)
		return -1;
	sample->value = numbers[0];
	bench->page_list_ms = numbers[1];
	return 0;
}

/* Measured along with page_paint, which comes before it. */
int
page_list(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	(void)row;
	sample->value = bench->page_list_ms;
	return bench->page_list_ms > 0 ? 0 : -1;
}
