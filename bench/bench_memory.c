/*
 * bench_memory: rows of what an idle connection costs the whole system: how much less memory is
 * available, divided by their number. Both ends of the sockets are in it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench_run.h"

#define REST_MS      7000 /* after that long a worker has given back what it can */
#define SETTLE_MS    400
#define SETTLE_TRIES 40
#define SETTLED_KB   512

/*
 * kB of the free pages that each processor keeps at hand (per-cpu lists). MemAvailable leaves them
 * out; since Linux 6.7 they grow and shrink by hundreds of MB as programs come and go.
 */
static double
read_per_cpu_free(void)
{
	char line[128];
	double pages = 0;
	unsigned long count;
	FILE *file = fopen("/proc/zoneinfo", "r");

	if (file == NULL)
		return 0;
	while (fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, " count: %lu", &count) == 1)
			pages += (double)count;
	fclose(file);
	return pages * (double)sysconf(_SC_PAGESIZE) / 1024;
}

/* kB that programs could have, now. */
static double
read_available(void)
{
	char line[128];
	double kb = -1;
	FILE *file = fopen("/proc/meminfo", "r");

	if (file == NULL)
		return -1;
	while (kb < 0 && fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, "MemAvailable:", 13) == 0)
			kb = strtod(line + 13, NULL);
	fclose(file);
	return kb + read_per_cpu_free();
}

/* In kB; waits until it changes no more, for those who have just ended are cleared away yet. */
double
memory_available(void)
{
	double last = read_available();

	for (int i = 0; i < SETTLE_TRIES && !load_stopped(); i++) {
		stat_pause_ms(SETTLE_MS);
		double now = read_available();
		double change = now > last ? now - last : last - now;

		last = now;
		if (i > 0 && change < SETTLED_KB)
			break;
	}
	return last;
}

static size_t
write_word(void *arg, size_t client, uint64_t turn, char *out)
{
	(void)client;
	(void)turn;
	return (size_t)snprintf(out, LOAD_REQUEST, "%s \r\n", (const char *)arg);
}

/* Each client makes this request, a hundred at a time. */
static int
ask_all(struct load *load, char *word)
{
	struct load_result result;
	struct load_plan plan = { .request = write_word, .arg = word, .requests_each = 1 };

	for (plan.first = 0; plan.first < load->n_clients; plan.first += plan.count) {
		plan.count = load->n_clients - plan.first;
		if (plan.count > 100)
			plan.count = 100;
		if (load_run(load, &plan, &result) != 0 || result.failed > 0)
			return -1;
	}
	return 0;
}

/* Each round takes others, for whoever has read an inbox finds it empty. */
static unsigned int
first_account(const struct bench *bench, const struct bench_row *row)
{
	if (row->fixture != FIXTURE_DEEP || row->n > 1000)
		return DEEP_MEMORY;
	return DEEP_MEMORY_1K + bench->round % 3 * 1000;
}

/* n connections of as many users, logged in; then each has read its inbox. */
static int
measure(struct bench *bench, const struct bench_row *row, double *login, double *after_inbox)
{
	struct server *server = bench_server(bench, row->fixture);
	unsigned int first = first_account(bench, row);
	char inbox[] = "inbox";
	struct load load = { 0 };
	int status = -1;

	if (server == NULL)
		return -1;
	stat_pause_ms(
	    REST_MS); /* what earlier rows leave comes to rest: else it is counted as a gain */
	double before = memory_available();
	if (load_login(&load, server->port, row->n, first, row->n) == 0) {
		stat_pause_ms(REST_MS);
		*login = (before - memory_available()) / row->n;
		status = ask_all(&load, inbox);
	}
	if (status == 0) {
		stat_pause_ms(REST_MS);
		*after_inbox = (before - memory_available()) / row->n;
	}
	load_close(&load);
	return status;
}

int
memory_login(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	int status = measure(bench, row, &sample->value, &bench->memory_inbox);

	bench->memory_of = status == 0 ? row : NULL;
	return status;
}

/* Measured along with the row that it is read beside, which comes before it. */
int
memory_inbox(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	if (bench->memory_of == NULL || strcmp(bench->memory_of->name, row->beside) != 0)
		return -1;
	sample->value = bench->memory_inbox;
	return 0;
}

/* n clients that are logged in and watch, as lines or as open pages. */
int
memory_watch(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	struct server *server = bench_server(bench, row->fixture);
	char watch[] = "watch";
	struct load load = { .web = row->web };
	int status = -1;

	if (server == NULL)
		return -1;
	stat_pause_ms(REST_MS);
	double before = memory_available();
	if (load_login(&load, bench_port(row, server), row->n, WEB_MEMORY, row->n) == 0 &&
	    ask_all(&load, watch) == 0) {
		stat_pause_ms(REST_MS);
		sample->value = (before - memory_available()) / row->n;
		status = load_stopped() ? -1 : 0;
	}
	load_close(&load);
	return status;
}
