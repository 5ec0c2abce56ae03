/*
 * bench_peer: kabard beside ngIRCd, a daemon of the same trade that stores nothing: the rows.
 */
#include <stdio.h>

#include "bench_irc.h"

static int
irc_send(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	struct irc irc = { 0 };
	struct load_result result;
	int status = -1, port = irc_server(bench);

	if (port > 0 && irc_open(&irc, port, row->n > 1 ? row->n : 2) == 0 &&
	    irc_run(&irc, row->n, bench->warm_s, bench->run_s, &result) == 0)
		status = bench_sample(row, &result, sample);
	irc_close(&irc);
	return status;
}

static int
irc_memory(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	struct irc irc = { 0 };
	int status = -1, port = irc_server(bench);
	double before;

	if (port < 0)
		return -1;
	before = memory_available();
	if (irc_open(&irc, port, row->n) == 0) {
		sample->value = (before - memory_available()) / row->n;
		status = 0;
	}
	irc_close(&irc);
	return status;
}

static const struct bench_row rows[] = {
	{ .name = "ngircd-1", .measure = irc_send, .n = 1 },
	{ .name = "kabar-1", .measure = send_private, .n = 1, .m = 1, .beside = "ngircd-1" },
	{ .name = "kabar-1-nosync",
	    .measure = send_private,
	    .fixture = FIXTURE_NOSYNC,
	    .n = 1,
	    .m = 1,
	    .beside = "ngircd-1" },
	{ .name = "ngircd-8", .measure = irc_send, .n = 8 },
	{ .name = "kabar-8", .measure = send_private, .n = 8, .m = 1, .beside = "ngircd-8" },
	{ .name = "kabar-8-nosync",
	    .measure = send_private,
	    .fixture = FIXTURE_NOSYNC,
	    .n = 8,
	    .m = 1,
	    .beside = "ngircd-8" },
	{ .name = "ngircd-64", .measure = irc_send, .n = 64 },
	{ .name = "kabar-64", .measure = send_private, .n = 64, .m = 1, .beside = "ngircd-64" },
	{ .name = "kabar-64-nosync",
	    .measure = send_private,
	    .fixture = FIXTURE_NOSYNC,
	    .n = 64,
	    .m = 1,
	    .beside = "ngircd-64" },
	{ .name = "ngircd-512", .measure = irc_send, .n = 512 },
	{ .name = "kabar-512", .measure = send_private, .n = 512, .m = 1, .beside = "ngircd-512" },
	{ .name = "kabar-512-nosync",
	    .measure = send_private,
	    .fixture = FIXTURE_NOSYNC,
	    .n = 512,
	    .m = 1,
	    .beside = "ngircd-512" },
	{ .name = "ngircd-memory-1000", .unit = "kB each", .measure = irc_memory, .n = 1000 },
	{ .name = "kabar-memory-1000",
	    .unit = "kB each",
	    .measure = memory_login,
	    .n = 1000,
	    .beside = "ngircd-memory-1000" },
};

int
main(int argc, char *argv[])
{
	if (irc_program() == NULL) {
		fprintf(stderr, "bench_peer: ngircd is not installed: apt-get install ngircd\n");
		return 1;
	}
	return bench_main(argc, argv, rows, sizeof(rows) / sizeof(rows[0]));
}
