/*
 * The journal's files: what was appended is read again, by whoever opens them next; what fails, and
 * a process that dies, leaves no more behind than was answered.
 */
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "journal_fixture.h"
#include "store_fault.h"

START_TEST(a_new_journal_is_empty_and_replaces_an_old_one)
{
	journal_setup();

	journal_fill(20, true);
	ck_assert_int_eq(store_journal_create(journal_dir, 42, journal_error,
	                     sizeof(journal_error)),
	    0);

	struct store_journal *journal = journal_open(true);
	ck_assert_uint_eq(store_journal_first(journal), 42);
	ck_assert_uint_eq(store_journal_size(journal), 0);
	journal_demand(journal, 42, 41);
	store_journal_close(journal);
	journal_demand_more(42, 41);
	ck_assert_uint_eq(journal_segments(false), 1);
	fixture_wipe(journal_dir);
	journal_refuse("there is no journal in");
	ck_assert_int_eq(mkdir(journal_dir, 0700), 0);
	journal_refuse("there is no journal in");
	journal_teardown();
}
END_TEST

START_TEST(batches_are_read_from_any_number_on)
{
	journal_setup();

	struct store_journal *journal = journal_open(true);

	journal_append(journal, 60);
	ck_assert_uint_gt(journal_segments(false), 5);
	for (uint64_t from = 1; from <= 61; from++)
		journal_demand(journal, from, 60);
	store_journal_close(journal);
	journal_demand_more(1, 60);
	journal_teardown();
}
END_TEST

static int
stop_at_seven(void *arg, uint64_t number, const void *data, size_t len)
{
	(void)arg;
	(void)data;
	(void)len;
	return number == 7 ? 77 : 0;
}

START_TEST(a_visit_can_end_the_reading)
{
	journal_setup();

	struct store_journal *journal = journal_open(true);

	journal_append(journal, 20);
	ck_assert_int_eq(store_journal_read(journal, 2, stop_at_seven, NULL, journal_error,
	                     sizeof(journal_error)),
	    77);
	store_journal_close(journal);
	journal_teardown();
}
END_TEST

START_TEST(the_largest_batch_fits_and_no_larger_nor_empty_one)
{
	journal_setup();

	struct store_journal *journal = journal_open(true);
	char *large = calloc(1, STORE_JOURNAL_BATCH_MAX + 1);

	ck_assert_ptr_nonnull(large);
	journal_append(journal, 1);
	ck_assert_int_eq(store_journal_append(journal, large, STORE_JOURNAL_BATCH_MAX + 1),
	    STORE_JOURNAL_REFUSED);
	ck_assert_int_eq(store_journal_append(journal, large, 0), STORE_JOURNAL_REFUSED);
	ck_assert_int_eq(store_journal_append(journal, large, STORE_JOURNAL_BATCH_MAX),
	    STORE_JOURNAL_DONE);
	store_journal_close(journal);
	journal = journal_open(true);
	ck_assert_uint_eq(store_journal_end(journal), 2);
	store_journal_close(journal);
	free(large);
	journal_teardown();
}
END_TEST

START_TEST(segments_given_up_are_used_again)
{
	journal_setup();

	struct store_journal *journal = journal_open(true);

	for (unsigned int round = 0; round < 30; round++) {
		journal_append(journal, 25);
		uint64_t upto = store_journal_end(journal) - 12;
		uint64_t size = store_journal_size(journal);
		ck_assert_int_eq(store_journal_trim(journal, upto), 0);
		ck_assert_uint_lt(store_journal_size(journal), size);
		ck_assert_uint_le(store_journal_first(journal), upto + 1);
		ck_assert_uint_gt(store_journal_first(journal) + 12, upto);
		journal_demand(journal, store_journal_first(journal), (round + 1) * 25);
		ck_assert_uint_lt(journal_segments(true), 12);
		if (round % 3 == 0) {
			store_journal_close(journal);
			journal = journal_open(true);
		}
	}
	ck_assert_uint_gt(journal_segments(true), 0);
	uint64_t first = store_journal_first(journal), next = first;
	ck_assert_int_eq(store_journal_read(journal, first - 1, journal_see, &next, journal_error,
	                     sizeof(journal_error)),
	    -1);
	ck_assert_ptr_nonnull(strstr(journal_error, "begins with batch"));
	/* Of all, the newest segment is kept. */
	ck_assert_int_eq(store_journal_trim(journal, UINT64_MAX), 0);
	ck_assert_uint_eq(journal_segments(false), 1);
	store_journal_close(journal);
	journal_demand_more(journal_last_segment(), 750);
	journal_teardown();
}
END_TEST

START_TEST(a_write_that_fails_leaves_no_batch)
{
	journal_setup();

	static const int causes[] = { ENOSPC, EIO, EDQUOT, FAULT_SHORT };
	struct store_journal *journal = journal_open(true);

	fault_watch(journal_dir);
	for (unsigned int round = 0; round < 60; round++) {
		int cause = causes[round % 4];
		uint64_t end = store_journal_end(journal);

		fault_fail(FAULT_WRITE | FAULT_GROW, 1, 1, cause);
		enum store_journal_result result = journal_try_append(journal);
		ck_assert_uint_eq(fault_failures(), round + 1);
		ck_assert_int_eq(result, STORE_JOURNAL_REFUSED);
		ck_assert_int_eq(errno, cause == FAULT_SHORT ? ENOSPC : cause);
		journal_demand(journal, 1, end);
		if (round % 5 == 0) {
			store_journal_close(journal);
			journal = journal_open(true);
		}
		journal_append(journal, 1);
	}
	journal_demand(journal, 1, 60);
	store_journal_close(journal);
	journal_teardown();
}
END_TEST

/* The part of a batch that was not written has zeros, as the file has there. */
START_TEST(a_batch_that_lacks_zeros_was_not_written)
{
	static const char batch[400] = { 'x' };

	journal_setup();
	struct store_journal *journal = journal_open(true);

	journal_append(journal, 1);
	fault_watch(journal_dir);
	fault_fail(FAULT_WRITE | FAULT_GROW, 1, 1, FAULT_SHORT);
	ck_assert_int_eq(store_journal_append(journal, batch, sizeof(batch)),
	    STORE_JOURNAL_REFUSED);
	ck_assert_uint_eq(fault_failures(), 1);
	fault_watch(NULL);
	store_journal_close(journal);
	journal_demand_more(1, 1);
	journal_teardown();
}
END_TEST

/* The number of writes of the last batch, and whether a sync comes after them. */
static unsigned int
count_writes(size_t from, bool *synced)
{
	size_t n;
	const struct fault_event *events = fault_events(&n);
	unsigned int writes = 0;

	*synced = false;
	for (size_t i = from; i < n; i++) {
		if (events[i].type == FAULT_EVENT_WRITE && events[i].len > 0)
			writes++;
		*synced = events[i].type == FAULT_EVENT_WRITE
		    ? false
		    : *synced || events[i].type == FAULT_EVENT_SYNC;
	}
	return writes;
}

/* The one before may have died of the sync that failed: the kernel takes the pages for written. */
START_TEST(the_last_batch_is_written_and_synced_again)
{
	size_t from;
	bool synced;

	journal_setup();
	journal_fill(3, true);
	fault_watch(journal_dir);
	fault_record();
	fault_events(&from);
	struct store_journal *journal = journal_open(true);
	ck_assert_uint_eq(count_writes(from, &synced), 1);
	ck_assert(synced);
	store_journal_close(journal);
	fault_watch(NULL);
	journal_demand_more(1, 3);
	journal_teardown();
}
END_TEST

/* There is room for the record, but not for zeros ahead. */
START_TEST(a_nearly_full_disk_takes_what_fits)
{
	journal_setup();

	struct store_journal *journal = journal_open(true);

	fault_watch(journal_dir);
	for (unsigned int round = 0; round < 30; round++) {
		fault_fail(FAULT_GROW, 2, 100, ENOSPC);
		/* The first thing to grow may be a new file. */
		if (journal_try_append(journal) == STORE_JOURNAL_REFUSED) {
			fault_fail(FAULT_GROW, 2, 100, ENOSPC);
			journal_append(journal, 1);
		}
		ck_assert_uint_eq(store_journal_end(journal), round + 1);
	}
	fault_fail(0, 0, 0, 0);
	journal_demand(journal, 1, 30);
	store_journal_close(journal);
	journal_demand_more(1, 30);
	journal_teardown();
}
END_TEST

START_TEST(after_a_failed_sync_nothing_is_sure)
{
	journal_setup();

	fault_watch(journal_dir);
	for (unsigned int round = 0; round < 30; round++) {
		struct store_journal *journal = journal_open(true);
		uint64_t end = store_journal_end(journal);

		fault_fail(FAULT_SYNC, 1, 1, EIO);
		enum store_journal_result result = journal_try_append(journal);
		fault_fail(0, 0, 0, 0);
		/* The sync of a new segment's name comes before the batch is written. */
		if (result == STORE_JOURNAL_REFUSED) {
			journal_append(journal, 1);
		} else {
			ck_assert_int_eq(result, STORE_JOURNAL_UNSURE);
			ck_assert_int_eq(errno, EIO);
			ck_assert_int_eq(journal_try_append(journal), STORE_JOURNAL_REFUSED);
		}
		store_journal_close(journal);
		journal = journal_open(true);
		journal_demand(journal, 1, end + 1);
		store_journal_close(journal);
	}
	journal_teardown();
}
END_TEST

START_TEST(without_syncs_nothing_is_synced)
{
	journal_setup();

	struct store_journal *journal = journal_open(false);

	fault_watch(journal_dir);
	fault_fail(FAULT_SYNC, 1, 1000, EIO);
	journal_append(journal, 40);
	ck_assert_uint_eq(fault_failures(), 0);
	store_journal_close(journal);
	journal_teardown();
}
END_TEST

/* What a process does that is ended at some step: `done` counts the batches that it was told. */
static void
work(_Atomic uint64_t *done)
{
	struct store_journal *journal =
	    store_journal_open(journal_dir, true, journal_error, sizeof(journal_error));

	if (journal == NULL)
		_exit(1);
	store_journal_set_segment(journal, JOURNAL_SEGMENT);
	for (unsigned int i = 0; i < 30; i++) {
		if (journal_try_append(journal) != STORE_JOURNAL_DONE)
			_exit(2);
		*done = store_journal_end(journal);
		if (i % 11 == 10 &&
		    store_journal_trim(journal, store_journal_end(journal) - 3) != 0)
			_exit(3);
	}
	store_journal_close(journal);
	_exit(0);
}

START_TEST(a_process_that_dies_at_any_step_loses_nothing)
{
	journal_setup();

	_Atomic uint64_t *done =
	    mmap(NULL, sizeof(*done), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status = 1;

	*done = 0;
	for (uint64_t step = 1; status != 0; step++) {
		fixture_place("step", step);
		pid_t pid = fork();
		if (pid == 0) {
			fault_watch(journal_dir);
			fault_die_at(step);
			work(done);
		}
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert(WIFEXITED(status));
		ck_assert(status == 0 || WEXITSTATUS(status) == FAULT_EXIT);
		struct store_journal *journal = journal_open(true);
		uint64_t end = store_journal_end(journal);
		ck_assert(end == *done || end == *done + 1);
		journal_demand(journal, store_journal_first(journal), end);
		*done = end;
		ck_assert_int_eq(store_journal_trim(journal, end), 0);
		store_journal_close(journal);
	}
	fixture_place("", 0);
	munmap(done, sizeof(*done));
	journal_teardown();
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *tests[] = {
		a_new_journal_is_empty_and_replaces_an_old_one,
		batches_are_read_from_any_number_on,
		a_visit_can_end_the_reading,
		the_largest_batch_fits_and_no_larger_nor_empty_one,
		segments_given_up_are_used_again,
		a_write_that_fails_leaves_no_batch,
		a_batch_that_lacks_zeros_was_not_written,
		the_last_batch_is_written_and_synced_again,
		a_nearly_full_disk_takes_what_fits,
		after_a_failed_sync_nothing_is_sure,
		without_syncs_nothing_is_synced,
		a_process_that_dies_at_any_step_loses_nothing,
	};

	return FIXTURE_MAIN(argc, argv, tests);
}
