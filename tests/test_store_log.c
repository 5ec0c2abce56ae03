/*
 * Logs and their readers as the callers of the store see them, and the files of logs that follow
 * one another.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/table.h"
#include "fake_clock.h"
#include "store_entries.h"
#include "store_fixture.h"

#define T       CHAT_TABLE_USERS
#define HOUR_MS (60 * 60 * 1000LL)

static enum store_status
append_limited(struct store *store, uint64_t log, uint64_t floor, uint64_t limit)
{
	struct store_tx tx;

	store_tx_init(&tx);
	store_tx_append(&tx, log, "x", 1, floor, limit);
	return fixture_try(store, &tx);
}

static enum store_status
trim_log(struct store *store, uint64_t log, uint64_t first, uint64_t bytes)
{
	struct store_tx tx;

	store_tx_init(&tx);
	store_tx_trim(&tx, log, first, bytes);
	return fixture_try(store, &tx);
}

static void
close_log(struct store *store, uint64_t log)
{
	struct store_tx tx;

	store_tx_init(&tx);
	store_tx_close_log(&tx, log);
	fixture_must(store, &tx);
}

START_TEST(test_empty_log)
{
	struct store *store = fixture_memory();
	struct store_log_info info = fixture_info(store, 17);
	struct store_entry entry;

	ck_assert_uint_eq(info.first, 1);
	ck_assert_uint_eq(info.last, 0);
	ck_assert_uint_eq(info.bytes, 0);
	ck_assert(!info.closed);
	entries_check_reader(store, 17, 0, 1, 0);
	ck_assert_int_eq(store_entry(store, 0, &entry), STORE_ABSENT);
	ck_assert_int_eq(store_entry(store, 1, &entry), STORE_ABSENT);
	store_close(store);
}
END_TEST

START_TEST(test_append)
{
	struct store *store = fixture_memory();
	struct store_tx tx;
	unsigned int step;
	uint64_t value;

	store_tx_init(&tx);
	store_tx_append(&tx, 5, "1 of 5", 6, 0, STORE_NO_LIMIT);
	store_tx_append(&tx, 6, "1 of 6", 6, 0, STORE_NO_LIMIT);
	store_tx_append(&tx, 5, "2 of 5", 6, 0, STORE_NO_LIMIT);
	ck_assert_int_eq(fixture_commit(store, &tx, &step, &value), STORE_OK);
	ck_assert_uint_eq(value, 3); /* the seq */
	ck_assert_uint_eq(fixture_info(store, 5).last, 2);
	ck_assert_uint_eq(fixture_info(store, 5).bytes, 12);
	ck_assert_uint_eq(fixture_info(store, 6).last, 1);
	entries_check_reader(store, 5, 0, 1, 2);
	entries_check_reader(store, 6, 0, 1, 1);
	entries_check(store, 1, 5, 1);
	entries_check(store, 2, 6, 1);
	entries_check(store, 3, 5, 2);
	fixture_check(store);
	store_close(store);
}
END_TEST

START_TEST(test_empty_and_biggest_entry)
{
	static unsigned char data[STORE_VALUE_MAX];
	struct store *store = fixture_memory();
	struct store_entry entry;
	struct store_tx tx;

	memset(data, 'd', sizeof(data));
	ck_assert_int_eq(fixture_append(store, 1, ""), STORE_OK);
	store_tx_init(&tx);
	store_tx_append(&tx, 1, data, sizeof(data), 0, STORE_NO_LIMIT);
	fixture_must(store, &tx);
	ck_assert_int_eq(store_entry(store, 1, &entry), STORE_OK);
	ck_assert_uint_eq(entry.len, 0);
	ck_assert_int_eq(store_entry(store, 2, &entry), STORE_OK);
	ck_assert_uint_eq(entry.len, sizeof(data));
	ck_assert_mem_eq(entry.data, data, sizeof(data));
	fixture_check(store);
	store_close(store);
}
END_TEST

START_TEST(test_time_never_goes_back)
{
	struct store *store = fixture_memory();
	struct store_entry before, after;

	entries_append(store, 1, 1, 1);
	ck_assert_int_eq(store_entry(store, 1, &before), STORE_OK);
	int64_t before_ms = before.time_ms;
	fake_clock_shift(CLOCK_REALTIME, -HOUR_MS);
	entries_append(store, 1, 2, 2);
	ck_assert_int_eq(store_entry(store, 2, &after), STORE_OK);
	ck_assert_int_eq(after.time_ms, before_ms);
	fake_clock_shift(CLOCK_REALTIME, HOUR_MS);
	entries_append(store, 1, 3, 3);
	ck_assert_int_eq(store_entry(store, 3, &after), STORE_OK);
	ck_assert_int_ge(after.time_ms, before_ms + HOUR_MS);
	store_close(store);
}
END_TEST

/* A refused transaction of a batch leaves nothing behind, not even a head of an empty log. */
START_TEST(test_refused_in_batch)
{
	char dir[FIXTURE_DIR_MAX];
	static struct store_tx txs[2];
	struct store_op ops[2], *pointers[2];

	fixture_dir(dir);
	struct store_options opt = fixture_options(dir);
	store_close(fixture_create(&opt));
	fixture_committer_ended(dir);
	struct store *store = fixture_open_writer(&opt);
	for (size_t i = 0; i < 2; i++) {
		store_tx_init(&txs[i]);
		store_tx_append(&txs[i], i == 0 ? 1 : 100 * STORE_PAGE_HEADS, "x", 1, 0,
		    i == 0 ? STORE_NO_LIMIT : 0);
		ops[i] = (struct store_op){ .part = txs[i].part,
			.steps = txs[i].steps,
			.data = txs[i].data,
			.len = txs[i].len };
		pack_put_u64(ops[i].id, i + 1);
		pointers[i] = &ops[i];
	}
	store_apply(store, pointers, 2);
	ck_assert_int_eq(ops[0].outcome.status, STORE_OK);
	ck_assert_int_eq(ops[1].outcome.status, STORE_FULL);
	fixture_check(store);
	store_close(store);
	fixture_remove(dir);
}
END_TEST

START_TEST(test_limit)
{
	struct store *store = fixture_memory();
	struct store_tx tx;
	unsigned int step;
	uint64_t value;

	ck_assert_int_eq(append_limited(store, 1, 0, 0), STORE_FULL);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(append_limited(store, 1, 0, 3), STORE_OK);
	ck_assert_int_eq(append_limited(store, 1, 0, 3), STORE_FULL);
	/* What lies at or before the floor does not count. */
	ck_assert_int_eq(append_limited(store, 1, 1, 3), STORE_OK);
	ck_assert_int_eq(append_limited(store, 1, 1, 3), STORE_FULL);
	ck_assert_int_eq(append_limited(store, 1, 4, 0), STORE_FULL);
	ck_assert_int_eq(append_limited(store, 1, 4, 1), STORE_OK);
	/* Nor does what was forgotten. */
	ck_assert_int_eq(trim_log(store, 1, 4, 3), STORE_OK);
	ck_assert_int_eq(append_limited(store, 1, 0, 2), STORE_FULL);
	ck_assert_int_eq(append_limited(store, 1, 0, 3), STORE_OK);
	ck_assert_uint_eq(fixture_info(store, 1).last, 6);

	store_tx_init(&tx);
	store_tx_append(&tx, 2, "x", 1, 0, STORE_NO_LIMIT);
	store_tx_append(&tx, 1, "x", 1, 0, 3);
	ck_assert_int_eq(fixture_commit(store, &tx, &step, &value), STORE_FULL);
	ck_assert_uint_eq(step, 1);
	ck_assert_uint_eq(fixture_info(store, 2).last, 0);
	store_close(store);
}
END_TEST

START_TEST(test_trim)
{
	struct store *store = fixture_memory();
	struct store_log_info info;

	entries_append(store, 3, 1, 9);
	ck_assert_uint_eq(fixture_info(store, 3).bytes, 9 * 6);
	ck_assert_int_eq(trim_log(store, 3, 4, 3 * 6), STORE_OK);
	ck_assert_int_eq(trim_log(store, 3, 2, 6), STORE_OK); /* forgotten already */
	info = fixture_info(store, 3);
	ck_assert_uint_eq(info.first, 4);
	ck_assert_uint_eq(info.last, 9);
	ck_assert_uint_eq(info.bytes, 6 * 6);
	entries_check_reader(store, 3, 0, 4, 9);
	entries_check_reader(store, 3, 6, 7, 9);

	ck_assert_int_eq(trim_log(store, 3, 100, 1000), STORE_OK);
	info = fixture_info(store, 3);
	ck_assert_uint_eq(info.first, 10);
	ck_assert_uint_eq(info.last, 9);
	ck_assert_uint_eq(info.bytes, 0);
	entries_check_reader(store, 3, 0, 10, 9);
	entries_append(store, 3, 10, 12);
	entries_check_reader(store, 3, 0, 10, 12);
	fixture_check(store);
	store_close(store);
}
END_TEST

START_TEST(test_closed_log)
{
	struct store *store = fixture_memory();
	struct store_log_info info;

	entries_append(store, 3, 1, 5);
	entries_append(store, 4, 1, 5);
	close_log(store, 3);
	close_log(store, 40); /* which nobody has written to */
	info = fixture_info(store, 3);
	ck_assert(info.closed);
	ck_assert_uint_eq(info.first, 6);
	ck_assert_uint_eq(info.last, 5);
	ck_assert_uint_eq(info.bytes, 0);
	ck_assert_int_eq(fixture_append(store, 3, "x"), STORE_CLOSED);
	ck_assert_int_eq(fixture_append(store, 40, "x"), STORE_CLOSED);
	entries_check_reader(store, 3, 0, 6, 5);
	ck_assert(!fixture_info(store, 4).closed);
	ck_assert_int_eq(fixture_append(store, 4, "6 of 4"), STORE_OK);
	entries_check_reader(store, 4, 0, 1, 6);
	fixture_check(store);
	store_close(store);
}
END_TEST

START_TEST(test_readers_over_windows)
{
	static const uint64_t lengths[] = { 1, 2, 63, 64, 65, 127, 128, 129, 1000 };
	const size_t n = sizeof(lengths) / sizeof(lengths[0]);
	struct store *store = fixture_memory();

	/* Log i has lengths[i] entries, between those of all others. */
	for (uint64_t number = 1; number <= lengths[n - 1]; number++)
		for (size_t i = 0; i < n; i++)
			if (number <= lengths[i])
				entries_append(store, 10 + i, number, number);
	for (size_t i = 0; i < n; i++)
		entries_check_all_readers(store, 10 + i, lengths[i]);
	fixture_check(store);
	store_close(store);
}
END_TEST

START_TEST(test_reader_from_everywhere)
{
	struct store *store = fixture_memory();

	entries_append(store, 7, 1, 300);
	for (uint64_t after = 0; after < 300; after++)
		entries_check_reader(store, 7, after, after + 1, 300);
	entries_check_reader(store, 7, UINT64_MAX, 301, 300);
	store_close(store);
}
END_TEST

/* Readers find their way when the entries that shortcuts lead to are trimmed. */
START_TEST(test_reader_of_a_trimmed_log)
{
	struct store *store = fixture_memory();

	for (uint64_t n = 1; n <= 600; n++) {
		entries_append(store, 7, n, n);
		if (n % 37 != 0)
			continue;
		ck_assert_int_eq(trim_log(store, 7, n - n % 20, 0), STORE_OK);
		for (uint64_t after = n - n % 20; after < n; after += 3)
			entries_check_reader(store, 7, after, after + 1, n);
	}
	store_close(store);
}
END_TEST

START_TEST(test_reader_ends_where_it_was_made)
{
	struct store *store = fixture_memory();
	struct store_reader reader;
	uint64_t seq, read = 0;

	entries_append(store, 7, 1, 100);
	ck_assert_int_eq(store_reader_init(&reader, store, 7, 0), STORE_OK);
	entries_append(store, 7, 101, 200);
	for (; store_reader_peek(&reader, &seq) == STORE_OK; store_reader_skip(&reader))
		entries_check(store, seq, 7, ++read);
	ck_assert_uint_eq(read, 100);
	store_close(store);
}
END_TEST

START_TEST(test_readers_side_by_side)
{
	struct store *store = fixture_memory();
	struct store_reader readers[3];
	uint64_t seq, before = 0;

	for (uint64_t n = 1; n <= 100; n++)
		for (uint64_t log = 0; log < 3; log++)
			entries_append(store, log, n, n);
	for (uint64_t log = 0; log < 3; log++)
		ck_assert_int_eq(store_reader_init(&readers[log], store, log, 0), STORE_OK);
	for (uint64_t n = 1; n <= 100; n++)
		for (uint64_t log = 0; log < 3; log++) {
			ck_assert_int_eq(store_reader_peek(&readers[log], &seq), STORE_OK);
			ck_assert_uint_gt(seq, before);
			entries_check(store, seq, log, n);
			before = seq;
			store_reader_skip(&readers[log]);
		}
	store_close(store);
}
END_TEST

static void
fill_files(struct store *store, size_t files)
{
	struct store_tx tx;
	char text[6000] = "";

	for (uint64_t n = 1; store->n_logs < files; n++) {
		ck_assert_uint_lt(n, 10000);
		entries_append(store, 7, n, n);
		entries_append(store, 100, n, n);
		store_tx_init(&tx);
		store_tx_append(&tx, 8, text, sizeof(text), 0, STORE_NO_LIMIT);
		store_tx_next(&tx, STORE_LOG_STATE, "count", 5, 1);
		fixture_must(store, &tx);
	}
}

static void
check_files(struct store *store)
{
	uint64_t n = fixture_info(store, 8).last;

	ck_assert_uint_eq(fixture_number(store, STORE_LOG_STATE, "count"), n);
	ck_assert(fixture_has(store, STORE_LOG_STATE, "early", "bird"));
	ck_assert(fixture_info(store, 9).closed);
	entries_check_all_readers(store, 7, n);
	entries_check_all_readers(store, 100, n);
	fixture_check(store);
}

START_TEST(test_rotation_in_memory)
{
	struct store *store = fixture_memory();

	ck_assert_int_eq(fixture_put(store, STORE_LOG_STATE, "early", "bird"), STORE_OK);
	close_log(store, 9);
	fill_files(store, 4);
	check_files(store);
	store_close(store);
}
END_TEST

START_TEST(test_rotation_on_disk)
{
	char dir[FIXTURE_DIR_MAX];

	fixture_dir(dir);
	struct store_options opt = fixture_options(dir);

	store_close(fixture_create(&opt));
	struct store *store = fixture_open_writer(&opt);
	ck_assert_int_eq(fixture_put(store, STORE_LOG_STATE, "early", "bird"), STORE_OK);
	close_log(store, 9);
	fill_files(store, 5);
	check_files(store);
	size_t files = store->n_logs;
	store_close(store);

	store = fixture_open(&opt);
	ck_assert_uint_eq(store->n_logs, files);
	check_files(store);
	store_close(store);

	/* A writer goes on where the last one ended. */
	store = fixture_open_writer(&opt);
	uint64_t n = fixture_info(store, 7).last;
	entries_append(store, 7, n + 1, n + 50);
	entries_append(store, 100, n + 1, n + 50);
	entries_check_all_readers(store, 7, n + 50);
	entries_check_all_readers(store, 100, n + 50);
	store_close(store);
	fixture_remove(dir);
}
END_TEST

/* A reader in a process of its own sees that the file it had open is no longer the last. */
#define MANY_LOGS 60000 /* whose heads take as much as a file of messages */

/* Each file has a copy of all heads: many of them must not fill it at once. */
START_TEST(test_rotation_with_many_logs)
{
	struct store *store = fixture_memory();
	struct store_tx tx;

	for (uint64_t log = 1; log <= MANY_LOGS;) {
		store_tx_init(&tx);
		for (int i = 0; i < 500; i++)
			store_tx_append(&tx, log++, "", 0, 0, STORE_NO_LIMIT);
		fixture_must(store, &tx);
	}
	size_t files = store->n_logs;
	for (uint64_t i = 0; i < 100; i++)
		ck_assert_int_eq(fixture_append(store, 1 + i * 97, "halo"), STORE_OK);
	ck_assert_uint_le(store->n_logs, files + 1);
	entries_fill_files(store, 1, files + 2);
	ck_assert_uint_gt(fixture_info(store, 1).last, 200);
	for (uint64_t log = 2; log <= MANY_LOGS; log += 999)
		ck_assert_uint_ge(fixture_info(store, log).last, 1);
	store_close(store);
}
END_TEST

START_TEST(test_reader_follows_rotation)
{
	char dir[FIXTURE_DIR_MAX];

	fixture_dir(dir);
	struct store_options opt = fixture_options(dir);
	struct store *store = fixture_create(&opt); /* its transactions go through a committer */
	struct store_tx tx;
	char text[4000] = "";
	size_t files = 0;

	for (uint64_t n = 1; files < 3; n++) {
		ck_assert_uint_lt(n, 4000);
		store_tx_init(&tx);
		store_tx_append(&tx, 8, text, sizeof(text), 0, STORE_NO_LIMIT);
		fixture_must(store, &tx);
		entries_append(store, 7, n, n);
		ck_assert_uint_eq(fixture_info(store, 7).last, n);
		entries_check_reader(store, 7, n - 1, n, n);
		files = store->n_logs;
	}
	entries_check_all_readers(store, 7, fixture_info(store, 7).last);
	fixture_check(store);
	store_close(store);
	fixture_remove(dir);
}
END_TEST

/* Listing a log reads each entry once, though it is needed to go back, to choose and to show. */
START_TEST(test_each_entry_is_read_once)
{
	char dir[FIXTURE_DIR_MAX];
	struct store_reader reader;
	uint64_t seqs[1000], n = 0;

	fixture_dir(dir);
	struct store_options opt = fixture_options(dir);
	struct store *store = fixture_create(&opt); /* its transactions go through a committer */
	entries_append(store, 7, 1, 1000);
	uint64_t before = store->entries_read;
	ck_assert_int_eq(store_reader_init(&reader, store, 7, 0), STORE_OK);
	for (; store_reader_peek(&reader, &seqs[n]) == STORE_OK; store_reader_skip(&reader)) {
		entries_check(store, seqs[n], 7, n + 1);
		n++;
	}
	ck_assert_uint_eq(n, 1000);
	for (uint64_t i = 0; i < n; i++)
		entries_check(store, seqs[i], 7, i + 1);
	uint64_t reads = store->entries_read - before;
	ck_assert_uint_ge(reads, n);
	ck_assert_uint_le(reads, n + n / 20);
	/* The next request may find something else. */
	store_refresh(store);
	entries_check(store, seqs[0], 7, 1);
	ck_assert_uint_eq(store->entries_read - before, reads + 1);
	store_close(store);
	fixture_remove(dir);
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *tests[] = {
		test_empty_log,
		test_append,
		test_empty_and_biggest_entry,
		test_time_never_goes_back,
		test_refused_in_batch,
		test_limit,
		test_trim,
		test_closed_log,
		test_readers_over_windows,
		test_reader_from_everywhere,
		test_reader_of_a_trimmed_log,
		test_reader_ends_where_it_was_made,
		test_readers_side_by_side,
		test_rotation_in_memory,
		test_rotation_on_disk,
		test_rotation_with_many_logs,
		test_reader_follows_rotation,
		test_each_entry_is_read_once,
	};

	return FIXTURE_MAIN(argc, argv, tests);
}
