/*
 * bench_peer: kabard beside daemons of the same trade, those that store messages and one that does
 * not: the rows.
 */
#include "bench_irc.h"
#include "bench_offline.h"
#include "bench_other.h"

static int
irc_send(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	struct irc irc = { 0 };
	struct load_result result;
	int status = -1, port = other_server(bench, row->other);

	if (port < 0)
		return port;
	if (irc_open(&irc, port, row->n > 1 ? row->n : 2) == 0 &&
	    irc_run(&irc, row->n, bench->warm_s, bench->run_s, &result) == 0)
		status = bench_sample(row, &result, sample);
	irc_close(&irc);
	return status;
}

static int
irc_memory(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	struct irc irc = { 0 };
	int status = -1, port = other_server(bench, row->other);
	double before;

	if (port < 0)
		return port;
	before = memory_available();
	if (irc_open(&irc, port, row->n) == 0) {
		sample->value = (before - memory_available()) / row->n;
		status = 0;
	}
	irc_close(&irc);
	return status;
}

/* What an acknowledgement says about the disk. The rows of syncs count, README has more words. */
#define SYNCED   "synced before the acknowledgement"
#define WRITTEN  "written, not synced: a power cut loses it"
#define BUFFERED "in the process, written later: kill -9 loses it"
#define SYNCS    "/1000"

static const struct bench_row rows[] = {
	{ .name = "ngircd-1",
	    .measure = irc_send,
	    .n = 1,
	    .other = OTHER_NGIRCD,
	    .packages = "ngircd" },
	{ .name = "kabar-1", .measure = send_private, .n = 1, .m = 1, .beside = "ngircd-1" },
	{ .name = "kabar-1-nosync",
	    .measure = send_private,
	    .fixture = FIXTURE_NOSYNC,
	    .n = 1,
	    .m = 1,
	    .beside = "ngircd-1" },
	{ .name = "ngircd-8",
	    .measure = irc_send,
	    .n = 8,
	    .other = OTHER_NGIRCD,
	    .packages = "ngircd" },
	{ .name = "kabar-8", .measure = send_private, .n = 8, .m = 1, .beside = "ngircd-8" },
	{ .name = "kabar-8-nosync",
	    .measure = send_private,
	    .fixture = FIXTURE_NOSYNC,
	    .n = 8,
	    .m = 1,
	    .beside = "ngircd-8" },
	{ .name = "ngircd-64",
	    .measure = irc_send,
	    .n = 64,
	    .other = OTHER_NGIRCD,
	    .packages = "ngircd" },
	{ .name = "kabar-64", .measure = send_private, .n = 64, .m = 1, .beside = "ngircd-64" },
	{ .name = "kabar-64-nosync",
	    .measure = send_private,
	    .fixture = FIXTURE_NOSYNC,
	    .n = 64,
	    .m = 1,
	    .beside = "ngircd-64" },
	{ .name = "ngircd-512",
	    .measure = irc_send,
	    .n = 512,
	    .other = OTHER_NGIRCD,
	    .packages = "ngircd" },
	{ .name = "kabar-512", .measure = send_private, .n = 512, .m = 1, .beside = "ngircd-512" },
	{ .name = "kabar-512-nosync",
	    .measure = send_private,
	    .fixture = FIXTURE_NOSYNC,
	    .n = 512,
	    .m = 1,
	    .beside = "ngircd-512" },
	{ .name = "ngircd-memory-1000",
	    .measure = irc_memory,
	    .unit = "kB each",
	    .n = 1000,
	    .other = OTHER_NGIRCD,
	    .packages = "ngircd" },
	{ .name = "kabar-memory-1000",
	    .measure = memory_login,
	    .unit = "kB each",
	    .n = 1000,
	    .beside = "ngircd-memory-1000" },
	{ .name = "floor-write", .measure = floor_write },
	{ .name = "kabar-offline-1", .measure = offline_send_kabar, .n = 1, .promise = SYNCED },
	{ .name = "kabar-offline-1-nosync",
	    .measure = offline_send_kabar,
	    .fixture = FIXTURE_NOSYNC,
	    .n = 1,
	    .beside = "kabar-offline-1",
	    .promise = WRITTEN },
	{ .name = "prosody-1",
	    .measure = offline_send_xmpp,
	    .other = OTHER_PROSODY,
	    .n = 1,
	    .packages = "prosody",
	    .beside = "kabar-offline-1",
	    .promise = WRITTEN },
	{ .name = "ejabberd-1",
	    .measure = offline_send_xmpp,
	    .other = OTHER_EJABBERD,
	    .n = 1,
	    .packages = "ejabberd",
	    .beside = "kabar-offline-1",
	    .promise = BUFFERED },
	{ .name = "ejabberd-sqlite-1",
	    .measure = offline_send_xmpp,
	    .other = OTHER_EJABBERD_SQL,
	    .n = 1,
	    .packages = "ejabberd erlang-p1-sqlite3",
	    .beside = "kabar-offline-1",
	    .promise = SYNCED },
	{ .name = "kabar-offline-8", .measure = offline_send_kabar, .n = 8, .promise = SYNCED },
	{ .name = "kabar-offline-8-nosync",
	    .measure = offline_send_kabar,
	    .fixture = FIXTURE_NOSYNC,
	    .n = 8,
	    .beside = "kabar-offline-8",
	    .promise = WRITTEN },
	{ .name = "prosody-8",
	    .measure = offline_send_xmpp,
	    .other = OTHER_PROSODY,
	    .n = 8,
	    .packages = "prosody",
	    .beside = "kabar-offline-8",
	    .promise = WRITTEN },
	{ .name = "ejabberd-8",
	    .measure = offline_send_xmpp,
	    .other = OTHER_EJABBERD,
	    .n = 8,
	    .packages = "ejabberd",
	    .beside = "kabar-offline-8",
	    .promise = BUFFERED },
	{ .name = "ejabberd-sqlite-8",
	    .measure = offline_send_xmpp,
	    .other = OTHER_EJABBERD_SQL,
	    .n = 8,
	    .packages = "ejabberd erlang-p1-sqlite3",
	    .beside = "kabar-offline-8",
	    .promise = SYNCED },
	{ .name = "kabar-offline-64", .measure = offline_send_kabar, .n = 64, .promise = SYNCED },
	{ .name = "kabar-offline-64-nosync",
	    .measure = offline_send_kabar,
	    .fixture = FIXTURE_NOSYNC,
	    .n = 64,
	    .beside = "kabar-offline-64",
	    .promise = WRITTEN },
	{ .name = "prosody-64",
	    .measure = offline_send_xmpp,
	    .other = OTHER_PROSODY,
	    .n = 64,
	    .packages = "prosody",
	    .beside = "kabar-offline-64",
	    .promise = WRITTEN },
	{ .name = "ejabberd-64",
	    .measure = offline_send_xmpp,
	    .other = OTHER_EJABBERD,
	    .n = 64,
	    .packages = "ejabberd",
	    .beside = "kabar-offline-64",
	    .promise = BUFFERED },
	{ .name = "ejabberd-sqlite-64",
	    .measure = offline_send_xmpp,
	    .other = OTHER_EJABBERD_SQL,
	    .n = 64,
	    .packages = "ejabberd erlang-p1-sqlite3",
	    .beside = "kabar-offline-64",
	    .promise = SYNCED },
	{ .name = "kabar-syncs-1",
	    .measure = syncs_kabar,
	    .unit = SYNCS,
	    .n = 1,
	    .once = true,
	    .packages = "strace" },
	{ .name = "prosody-syncs-1",
	    .measure = syncs_xmpp,
	    .unit = SYNCS,
	    .other = OTHER_PROSODY,
	    .n = 1,
	    .once = true,
	    .packages = "prosody strace" },
	{ .name = "ejabberd-syncs-1",
	    .measure = syncs_xmpp,
	    .unit = SYNCS,
	    .other = OTHER_EJABBERD,
	    .n = 1,
	    .once = true,
	    .packages = "ejabberd strace" },
	{ .name = "ejabberd-sqlite-syncs-1",
	    .measure = syncs_xmpp,
	    .unit = SYNCS,
	    .other = OTHER_EJABBERD_SQL,
	    .n = 1,
	    .once = true,
	    .packages = "ejabberd erlang-p1-sqlite3 strace" },
	{ .name = "kabar-syncs-64",
	    .measure = syncs_kabar,
	    .unit = SYNCS,
	    .n = 64,
	    .once = true,
	    .packages = "strace" },
	{ .name = "prosody-syncs-64",
	    .measure = syncs_xmpp,
	    .unit = SYNCS,
	    .other = OTHER_PROSODY,
	    .n = 64,
	    .once = true,
	    .packages = "prosody strace" },
	{ .name = "ejabberd-syncs-64",
	    .measure = syncs_xmpp,
	    .unit = SYNCS,
	    .other = OTHER_EJABBERD,
	    .n = 64,
	    .once = true,
	    .packages = "ejabberd strace" },
	{ .name = "ejabberd-sqlite-syncs-64",
	    .measure = syncs_xmpp,
	    .unit = SYNCS,
	    .other = OTHER_EJABBERD_SQL,
	    .n = 64,
	    .once = true,
	    .packages = "ejabberd erlang-p1-sqlite3 strace" },
};

int
main(int argc, char *argv[])
{
	return bench_main(argc, argv, rows, sizeof(rows) / sizeof(rows[0]));
}
