/*
 * bench_trim: rows of a store that is written to and trimmed for long: whether its files level
 * off. It works on the store directly, for what would take an hour over sockets.
 */
#include <sys/stat.h>

#include <ftw.h>
#include <stdio.h>
#include <string.h>

#include "bench_fill.h"
#include "bench_run.h"
#include "chat/janitor.h"

#define ACCOUNTS     100
#define CYCLES       20
#define CYCLES_QUICK 8
#define MESSAGES     50000 /* in a cycle */
#define KEEP         65536 /* bytes of each log that was read */
#define BLOCK        512   /* of st_blocks */
#define MB           1e6
#define WALK_FILES   16

static double size_bytes; /* nftw takes no argument */

static int
add_size(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	(void)path;
	(void)kind;
	(void)walk;
	size_bytes += (double)st->st_blocks * BLOCK;
	return 0;
}

static double
size_mb(const char *dir)
{
	size_bytes = 0;
	nftw(dir, add_size, WALK_FILES, FTW_PHYS);
	return size_bytes / MB;
}

/* Everybody gets messages and reads them, and the janitor comes. 0 or -1. */
static int
run_cycle(struct chat *chat)
{
	struct chat_janitor done = { 0 };

	if (fill_messages(chat, 0, ACCOUNTS, MESSAGES / ACCOUNTS) != 0)
		return -1;
	for (unsigned int i = 0; i < ACCOUNTS; i++)
		if (fill_read_all(chat, i) != 0)
			return -1;
	return chat_janitor_run(chat, &done) == CHAT_OK ? 0 : -1;
}

static int
cycles(struct bench *bench, struct chat *chat, const char *dir)
{
	unsigned int n = bench->quick ? CYCLES_QUICK : CYCLES;

	bench->trim_most_mb = 0;
	for (unsigned int i = 0; i < n && !load_stopped(); i++) {
		if (run_cycle(chat) != 0)
			return -1;
		bench->trim_mb = size_mb(dir);
		if (i < n / 2 && bench->trim_mb > bench->trim_most_mb)
			bench->trim_most_mb = bench->trim_mb;
	}
	return 0;
}

static int
fill_trim(struct chat *chat, void *arg)
{
	(void)arg;
	return fill_accounts(chat, 0, ACCOUNTS, 1);
}

/* The most that the store had within the first half of the cycles. */
int
trim_half(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	struct server_options opt = { .programs = bench->programs,
		.dir = bench->dir,
		.name = row->name,
		.fill = fill_trim };
	struct server server = { 0 };
	struct config config;
	struct chat chat;
	int status;

	if (server_make(&server, &opt) != 0 || server_chat(&server, &config, &chat) != 0)
		return -1;
	config.log_max_size = KEEP;
	status = cycles(bench, &chat, server.dir);
	chat_close(&chat);
	config_free(&config);
	server_forget(&server);
	sample->value = bench->trim_most_mb;
	return status;
}

/* The memory at the end, which the row before has measured beside its own. */
int
trim_end(struct bench *bench, const struct bench_row *row, struct stat_sample *sample)
{
	(void)row;
	sample->value = bench->trim_mb;
	return bench->trim_mb > 0 ? 0 : -1;
}
