/*
 * The store when its process dies while a file of logs is begun or given back. What was
 * acknowledged is there exactly once, all else at most once and only whole.
 */
#include <unistd.h>

#include "store_crash.h"
#include "store_fault.h"

#define COLLECTED 3 /* files that are given back */

START_TEST(test_death_in_rotation)
{
	crash_die_everywhere(CRASH_ROTATE_OFTEN, 11);
}
END_TEST

/* Makes files of logs in which only the entries of log 2 are kept. */
static void
fill_files(const struct store_options *opt)
{
	struct store *store;

	crash_make(opt);
	store = crash_open(opt);
	for (int file = 0; file < COLLECTED; file++) {
		struct store_tx tx;

		store_tx_init(&tx);
		for (int i = 0; i < 11; i++)
			store_tx_append(&tx, 1, "forgotten", 9, 0, STORE_NO_LIMIT);
		store_tx_append(&tx, 2, "kept", 4, 0, STORE_NO_LIMIT);
		store_tx_put(&tx, STORE_LOG_STATE, "peer", 4, "7", 1);
		ck_assert_int_eq(store_commit(store, &tx, NULL), STORE_OK);
	}
	ck_assert_uint_eq(store->n_logs, COLLECTED + 1);
	store_close(store);
}

/* Trims log 1 and collects. Returns the number of removed files, or -1. */
static int
trim_and_collect(struct store *store)
{
	struct store_tx tx;
	size_t dropped;

	store_tx_init(&tx);
	store_tx_trim(&tx, 1, 11 * COLLECTED + 1, 9 * 11 * COLLECTED);
	if (store_commit(store, &tx, NULL) != STORE_OK || store_collect(store, &dropped) != 0)
		return -1;
	return (int)dropped;
}

static void
check_kept(struct store *store)
{
	struct store_reader reader;
	struct store_entry entry;
	uint64_t seq, number = 0;

	ck_assert_int_eq(store_reader_init(&reader, store, 2, 0), STORE_OK);
	for (; store_reader_peek(&reader, &seq) == STORE_OK; store_reader_skip(&reader)) {
		ck_assert_int_eq(store_entry(store, seq, &entry), STORE_OK);
		ck_assert_uint_eq(entry.number, ++number);
		ck_assert_uint_eq(entry.len, 4);
		ck_assert_mem_eq(entry.data, "kept", 4);
	}
	ck_assert_uint_eq(number, COLLECTED);
	ck_assert(fixture_has(store, STORE_LOG_STATE, "peer", "7"));
	fixture_check_crashed(store);
}

START_TEST(test_death_in_collecting)
{
	char dir[FIXTURE_DIR_MAX];
	bool died = true;
	uint64_t step;

	fixture_dir_in_memory(dir);
	struct store_options opt = crash_options(dir, CRASH_ROTATE_OFTEN);
	for (step = 1; died; step = crash_step_after(step, 150)) {
		fixture_place("death at step", step);
		fill_files(&opt);
		pid_t pid = fork();
		ck_assert_int_ge(pid, 0);
		if (pid == 0) {
			fault_watch(dir);
			fault_die_at(step);
			struct store *store = crash_open_to_die(&opt);
			int collected = trim_and_collect(store);
			/* The child that syncs a checkpoint may have died. */
			_exit(collected > 0 ? 0 : fault_steps() >= step ? FAULT_EXIT : 1);
		}
		died = crash_is_dead(pid);
		struct store *store = crash_open(&opt);
		check_kept(store);
		ck_assert_int_ge(trim_and_collect(store), 0);
		check_kept(store);
		ck_assert_uint_le(store->n_logs, 3);
		store_close(store);
	}
	ck_assert_uint_gt(step, 40);
	fixture_place("", 0);
	fixture_remove(dir);
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *tests[] = {
		test_death_in_rotation,
		test_death_in_collecting,
	};

	return FIXTURE_MAIN(argc, argv, tests);
}
