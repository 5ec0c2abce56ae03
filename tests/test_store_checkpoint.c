/* When checkpoints are made, what they keep, and what goes by them. */
#include "fake_clock.h"
#include "store_cut.h"
#include "store_fault.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/rmtree.h"
#include "store/checkpoint.h"
#include "store/journal.h"

#define GONE 20 /* entries that go, for each in the same file that is kept */

static bool
is_under_way(const struct store *store)
{
	char path[PATH_MAX];

	store_path(store, path, sizeof(path), STORE_COPIES_NEXT);
	return access(path, F_OK) == 0;
}

/* Calls it again until the checkpoint that is under way counts, or has failed. */
static bool
is_idle(void *store)
{
	store_checkpoint_turn(store);
	return !is_under_way(store);
}

static bool
has_checkpoint(void *store)
{
	struct store_copies last;

	return store_copies_find(store, &last) == 0 && last.number > 0;
}

START_TEST(test_a_checkpoint_has_what_was_done)
{
	char dir[FIXTURE_DIR_MAX];
	struct store_options opt = cut_options(dir);
	struct store *store = cut_create(&opt);

	ck_assert_uint_eq(cut_last(&opt).number, 0);
	cut_fill(store, 0, 20);
	ck_assert_int_eq(store_checkpoint_make(store), 0);
	ck_assert_uint_eq(cut_last(&opt).number, store->writer->number);
	ck_assert_uint_eq(cut_count(&opt), 1);
	cut_die(store);
	/* Without a batch beyond it there is nothing else that this could come from. */
	cut_tear(&opt);
	cut_recovered(&opt, CUT_LATER, 20);
	fixture_remove(dir);
}
END_TEST

/* What is carried has no batch: the number stays. */
START_TEST(test_two_of_one_number)
{
	char dir[FIXTURE_DIR_MAX];
	struct store_options opt = cut_options(dir);
	struct store *store = cut_create(&opt);

	cut_fill(store, 0, 1);
	ck_assert_int_eq(store_checkpoint_make(store), 0);
	struct store_copies first = cut_last(&opt);
	ck_assert_int_eq(store_checkpoint_make(store), 0);
	struct store_copies second = cut_last(&opt);
	ck_assert_uint_eq(second.number, first.number);
	ck_assert_uint_eq(second.serial, first.serial + 1);
	ck_assert_uint_eq(cut_count(&opt), 1);
	cut_die(store);
	fixture_remove(dir);
}
END_TEST

START_TEST(test_it_is_made_when_the_journal_has_grown)
{
	char dir[FIXTURE_DIR_MAX];
	struct store_options opt = cut_options(dir);
	unsigned int n = 0;

	opt.checkpoint_bytes = 16384;
	struct store *store = cut_create(&opt);
	store_journal_set_segment(store->writer->journal, 4096);
	for (int made = 0; made < 3; made++) {
		uint64_t number = cut_last(&opt).number;

		while (!is_under_way(store)) {
			cut_fill(store, n, n + 1);
			n++;
			store_checkpoint_turn(store);
		}
		/* The service goes on beside it, for more than a segment of the journal. */
		cut_fill(store, n, n + 40);
		n += 40;
		fixture_wait(is_idle, store, "the checkpoint is not done");
		ck_assert_uint_gt(cut_last(&opt).number, number);
		ck_assert_uint_gt(store_journal_first(store->writer->journal), number);
		ck_assert_uint_le(store_journal_size(store->writer->journal), 16384);
	}
	cut_die(store);
	cut_tear(&opt);
	cut_recovered(&opt, CUT_LATER, n);
	fixture_remove(dir);
}
END_TEST

/* The end of the child is all that tells the committer to look. */
START_TEST(test_it_ends_while_nobody_asks)
{
	char dir[FIXTURE_DIR_MAX];
	struct store_options opt = cut_options(dir);

	opt.checkpoint_bytes = 1;
	struct store *store = fixture_create(&opt);
	ck_assert_int_eq(fixture_append(store, 1, "one"), STORE_OK);
	fixture_wait(has_checkpoint, store, "a checkpoint of an idle committer");
	store_close(store);
	fixture_remove(dir);
}
END_TEST

START_TEST(test_one_that_fails_leaves_the_one_before)
{
	char dir[FIXTURE_DIR_MAX];
	struct store_options opt = cut_options(dir);
	struct store *store = cut_create(&opt);

	cut_fill(store, 0, 5);
	uint64_t first = store_journal_first(store->writer->journal);
	fault_watch(dir);
	fault_fail(FAULT_SYNC, 1, UINT64_MAX, EIO); /* in the child */
	ck_assert_int_eq(store_checkpoint_make(store), -1);
	ck_assert_int_eq(errno, EIO);
	fault_watch(dir);
	fault_fail(FAULT_GROW, 1, UINT64_MAX, ENOSPC);
	ck_assert_int_eq(store_checkpoint_make(store), -1);
	ck_assert_int_eq(errno, ENOSPC);
	fault_watch(NULL);
	ck_assert_uint_eq(cut_last(&opt).number, 0);
	ck_assert_uint_eq(cut_count(&opt), 1);
	ck_assert_uint_eq(store_journal_first(store->writer->journal), first);
	cut_fill(store, 5, 10);
	ck_assert_int_eq(store_checkpoint_make(store), 0);
	cut_die(store);
	cut_tear(&opt);
	cut_recovered(&opt, CUT_LATER, 10);
	fixture_remove(dir);
}
END_TEST

START_TEST(test_what_a_killed_one_left_goes)
{
	char dir[FIXTURE_DIR_MAX], path[PATH_MAX];
	struct store_options opt = cut_options(dir);
	struct store *store = cut_create(&opt);

	snprintf(path, sizeof(path), "%s/" STORE_COPIES_NEXT, dir);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/" STORE_COPIES_NEXT "/log", dir);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	cut_fill(store, 0, 3);
	ck_assert_int_eq(store_checkpoint_make(store), 0);
	ck_assert_uint_eq(cut_count(&opt), 1);
	cut_die(store);
	fixture_remove(dir);
}
END_TEST

START_TEST(test_files_that_were_left_need_nothing_else)
{
	char dir[FIXTURE_DIR_MAX], path[PATH_MAX];
	struct store_options opt = cut_options(dir);
	struct store *store = cut_create(&opt);
	struct store_copies last;

	cut_fill(store, 0, 20);
	ck_assert(cut_is_marked(&opt));
	ck_assert_int_eq(store_checkpoint_leave(store), 0);
	ck_assert(!cut_is_marked(&opt));
	cut_die(store);
	last = cut_last(&opt);
	ck_assert_int_eq(truncate(last.tables, 0), 0);
	ck_assert_int_eq(truncate(last.log, 0), 0);
	opt.boot = CUT_LATER;
	store = fixture_open_writer(&opt);
	ck_assert_int_eq(store_checkpoint_make(store), 0);
	cut_verify(store, 20);
	cut_die(store);
	snprintf(path, sizeof(path), "%s/" STORE_COPIES_DIRECTORY, dir);
	ck_assert_int_eq(rmtree(path), 0);
	fixture_remove(dir);
}
END_TEST

/* Entries of log 2 are carried out of files of which nothing else is kept. */
START_TEST(test_what_is_carried_outlives_its_file)
{
	char dir[FIXTURE_DIR_MAX];
	struct store_options opt = cut_options(dir);
	struct store *store = cut_create(&opt);
	struct store_tx tx;
	size_t dropped = 0;

	for (unsigned int i = 1; i <= 6; i++) {
		store_tx_init(&tx);
		store_tx_append(&tx, 2, "kept", 4, 0, STORE_NO_LIMIT);
		for (unsigned int j = 0; j < GONE; j++)
			store_tx_append(&tx, 1, "gone", 4, 0, STORE_NO_LIMIT);
		fixture_must(store, &tx);
	}
	store_tx_init(&tx);
	store_tx_trim(&tx, 1, 6 * GONE + 1, fixture_info(store, 1).bytes);
	fixture_must(store, &tx);
	size_t files = store->n_logs;
	uint64_t number = store->writer->number;
	ck_assert_int_eq(store_collect(store, &dropped), 0);
	ck_assert_uint_eq(dropped, files - 1);
	ck_assert_uint_eq(store->writer->number, number); /* another host may carry it elsewhere */
	cut_die(store);
	cut_tear(&opt);
	opt.boot = CUT_LATER;
	store = fixture_open_writer(&opt);
	struct store_reader reader;
	struct store_entry entry;
	uint64_t seq;
	number = 0;
	ck_assert_int_eq(store_reader_init(&reader, store, 2, 0), STORE_OK);
	for (; store_reader_peek(&reader, &seq) == STORE_OK; store_reader_skip(&reader)) {
		ck_assert_int_eq(store_entry(store, seq, &entry), STORE_OK);
		ck_assert_mem_eq(entry.data, "kept", 4);
		number++;
	}
	ck_assert_uint_eq(number, 6);
	fixture_check(store);
	cut_die(store);
	fixture_remove(dir);
}
END_TEST

/* A full disk keeps the files in which something was kept. */
START_TEST(test_no_file_goes_without_a_checkpoint)
{
	char dir[FIXTURE_DIR_MAX];
	struct store_options opt = cut_options(dir);
	struct store *store = cut_create(&opt);
	struct store_tx tx;
	size_t dropped = 0;

	cut_fill(store, 0, 100);
	store_tx_init(&tx);
	store_tx_trim(&tx, 1, 101, fixture_info(store, 1).bytes);
	fixture_must(store, &tx);
	size_t files = store->n_logs;
	fault_watch(dir);
	fault_fail(FAULT_SYNC, 1, UINT64_MAX, EIO);
	ck_assert_int_eq(store_collect(store, &dropped), -1);
	fault_watch(NULL);
	ck_assert_uint_eq(dropped, 0);
	ck_assert_uint_eq(store->n_logs, files);
	ck_assert_int_eq(store_collect(store, &dropped), 0);
	ck_assert_uint_gt(dropped, 0);
	cut_die(store);
	fixture_remove(dir);
}
END_TEST

/* What a checkpoint cannot give up of the journal, here all of it, makes no other one due. */
START_TEST(test_the_next_one_waits_for_as_much_again)
{
	char dir[FIXTURE_DIR_MAX];
	struct store_options opt = cut_options(dir);
	unsigned int n = 0;

	opt.checkpoint_bytes = 16384;
	struct store *store = cut_create(&opt);
	for (uint64_t made = 1; made <= 2; made++) {
		while (!is_under_way(store)) {
			cut_fill(store, n, n + 1);
			n++;
			store_checkpoint_turn(store);
		}
		ck_assert_uint_ge(store_journal_size(store->writer->journal), made * 16384);
		fixture_wait(is_idle, store, "the checkpoint is not done");
	}
	ck_assert_uint_eq(store_journal_first(store->writer->journal), 1);
	cut_die(store);
	fixture_remove(dir);
}
END_TEST

START_TEST(test_one_that_failed_is_tried_again_later)
{
	char dir[FIXTURE_DIR_MAX];
	struct store_options opt = cut_options(dir);

	opt.checkpoint_bytes = 1;
	struct store *store = cut_create(&opt);
	cut_fill(store, 0, 1);
	fault_watch(dir);
	fault_fail(FAULT_SYNC, 1, UINT64_MAX, EIO);
	store_checkpoint_turn(store);
	ck_assert(is_under_way(store));
	fixture_wait(is_idle, store, "the checkpoint does not fail");
	fault_watch(NULL);
	ck_assert_uint_eq(cut_last(&opt).number, 0);
	fake_clock_shift(CLOCK_MONOTONIC, 50000);
	store_checkpoint_turn(store);
	ck_assert(!is_under_way(store));
	fake_clock_shift(CLOCK_MONOTONIC, 61000);
	store_checkpoint_turn(store);
	ck_assert(is_under_way(store));
	fixture_wait(is_idle, store, "the checkpoint is not done");
	ck_assert_uint_gt(cut_last(&opt).number, 0);
	fake_clock_shift(CLOCK_MONOTONIC, 0);
	cut_die(store);
	fixture_remove(dir);
}
END_TEST

/* One that is under way lacks what was done since. */
START_TEST(test_one_that_is_asked_for_has_all)
{
	char dir[FIXTURE_DIR_MAX];
	struct store_options opt = cut_options(dir);

	opt.checkpoint_bytes = 1;
	struct store *store = cut_create(&opt);
	cut_fill(store, 0, 1);
	store_checkpoint_turn(store);
	ck_assert(is_under_way(store));
	cut_fill(store, 1, 2);
	ck_assert_int_eq(store_checkpoint_make(store), 0);
	ck_assert_uint_eq(cut_last(&opt).number, store->writer->number);
	cut_fill(store, 2, 3);
	store_checkpoint_turn(store);
	ck_assert(is_under_way(store));
	/* It counts before the files are left. */
	uint64_t number = store->writer->number;
	cut_fill(store, 3, 4);
	ck_assert_int_eq(store_checkpoint_leave(store), 0);
	ck_assert(!is_under_way(store));
	ck_assert_uint_eq(cut_last(&opt).number, number);
	cut_die(store);
	fixture_remove(dir);
}
END_TEST

START_TEST(test_uncertain_files_are_not_left_as_whole)
{
	char dir[FIXTURE_DIR_MAX];
	struct store_options opt = cut_options(dir);
	struct store *store = cut_create(&opt);

	cut_fill(store, 0, 1);
	store->writer->broken = true;
	ck_assert_int_eq(store_checkpoint_leave(store), -1);
	ck_assert(cut_is_marked(&opt));
	store->writer->broken = false;
	store->writer->whole = false;
	ck_assert_int_eq(store_checkpoint_leave(store), -1);
	ck_assert(cut_is_marked(&opt));
	store->writer->whole = true;
	ck_assert_int_eq(store_checkpoint_leave(store), 0);
	ck_assert(!cut_is_marked(&opt));
	cut_die(store);
	fixture_remove(dir);
}
END_TEST

/* How many syncs a checkpoint takes, each of which must not fail. */
static uint64_t
count_needed_syncs(struct store *store, const char *dir)
{
	uint64_t n = 0;

	for (;; n++) {
		fault_watch(dir);
		fault_fail(FAULT_SYNC, n + 1, 1, EIO);
		int result = store_checkpoint_make(store);
		bool failed = fault_failures() > 0;
		fault_watch(NULL);
		ck_assert_int_eq(result, failed ? -1 : 0);
		if (!failed)
			return n;
	}
}

/* What is in no journal of the disk must be in the checkpoint with which the journal goes on. */
START_TEST(test_without_syncs_it_syncs_the_journal)
{
	char dir[FIXTURE_DIR_MAX];
	struct store_options opt = cut_options(dir);
	struct store *store = cut_create(&opt);

	cut_fill(store, 0, 1);
	uint64_t with = count_needed_syncs(store, dir);
	cut_die(store);
	opt.sync = false;
	store = fixture_open_writer(&opt);
	ck_assert_uint_gt(count_needed_syncs(store, dir), with);
	cut_die(store);
	fixture_remove(dir);
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *tests[] = {
		test_a_checkpoint_has_what_was_done,
		test_two_of_one_number,
		test_it_is_made_when_the_journal_has_grown,
		test_it_ends_while_nobody_asks,
		test_one_that_fails_leaves_the_one_before,
		test_what_a_killed_one_left_goes,
		test_files_that_were_left_need_nothing_else,
		test_what_is_carried_outlives_its_file,
		test_no_file_goes_without_a_checkpoint,
		test_the_next_one_waits_for_as_much_again,
		test_one_that_failed_is_tried_again_later,
		test_one_that_is_asked_for_has_all,
		test_uncertain_files_are_not_left_as_whole,
		test_without_syncs_it_syncs_the_journal,
	};

	return FIXTURE_MAIN(argc, argv, tests);
}
