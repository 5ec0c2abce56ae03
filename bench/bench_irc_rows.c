/* bench_irc_rows: rows of IRC: the rate, the CPU time, the memory. */
#include <stdio.h>

#include "bench_irc.h"
#include "bench_other.h"

#define REST_MS  7000 /* after that long a worker does nothing any more */
#define NS_OF_US 1e3

static bool
is_of_kabard(const struct bench_row *row)
{
	return row->fixture == FIXTURE_IRC || row->fixture == FIXTURE_IRC_NOSYNC;
}

/* The port of the row's server, which is started if need be; -1 or BENCH_SKIPPED. */
static int
serve(struct bench *bench, const struct bench_row *row)
{
	const struct server *server;

	if (!is_of_kabard(row))
		return other_server(bench, row->other);
	server = bench_server(bench, row->fixture);
	return server == NULL ? -1 : server->second_port;
}

static double
read_cpu_ns(const struct bench *bench, const struct bench_row *row)
{
	return is_of_kabard(row) ? idle_cpu_ns(&bench->servers[row->fixture])
	                         : idle_process_cpu_ns(bench->others[row->other].pid);
}

/* n clients send private messages to each other. */
int
irc_send(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	struct irc irc = { 0 };
	struct load_result result;
	int status = -1, port = serve(bench, row);

	if (port < 0)
		return port;
	if (irc_open(&irc, port, IRC_SENDERS, row->n > 1 ? row->n : 2) == 0 &&
	    irc_run(&irc, row->n, bench->warm_s, bench->run_s, &result) == 0)
		status = bench_sample(row, &result, sample);
	irc_close(&irc);
	return status;
}

/* One client of each channel sends; what the server does about it afterwards is counted, too. */
static int
measure_cpu(struct bench *bench, const struct bench_row *row, struct irc *irc,
    struct stat_sample *sample)
{
	struct load_result result;

	stat_pause_ms(REST_MS); /* what the server does about the joins comes to rest */
	if (irc_run(irc, row->m, 0, bench->warm_s, &result) != 0)
		return -1;
	double before = read_cpu_ns(bench, row);
	if (irc_run(irc, row->m, 0, bench->run_s, &result) != 0)
		return -1;
	stat_pause_ms(REST_MS);
	double used = read_cpu_ns(bench, row) - before;
	if (bench_sample(row, &result, sample) != 0 || before <= 0 || result.replies == 0)
		return -1;
	sample->value = used / NS_OF_US / (double)result.replies;
	return 0;
}

/* n clients in m channels: the CPU time of the whole server for each message that arrives. */
int
irc_cpu(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	struct irc irc = { 0 };
	int status = -1, port = serve(bench, row);

	if (port < 0)
		return port;
	if (irc_open(&irc, port, IRC_MEMBERS, row->n) == 0 && irc_join(&irc, row->m) == 0)
		status = measure_cpu(bench, row, &irc, sample);
	irc_close(&irc);
	return status;
}

/* n clients that are there. */
int
irc_memory(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	struct irc irc = { 0 };
	int status = -1, port = serve(bench, row);

	if (port < 0)
		return port;
	stat_pause_ms(REST_MS);
	double before = memory_available();
	if (irc_open(&irc, port, IRC_MEMORY, row->n) == 0) {
		stat_pause_ms(REST_MS);
		sample->value = (before - memory_available()) / row->n;
		status = load_stopped() ? -1 : 0;
	}
	irc_close(&irc);
	return status;
}
