/*
 * The store as its callers see it: tables, numbers, expectations, logs and readers, mostly in
 * memory; files and what is no store of ours on disk. Several processes, crashes and random
 * operations have programs of their own.
 */
#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake_clock.h"
#include "store_fixture.h"
#include "store_swap.h"

#define T       STORE_USERS
#define HOUR_MS (60 * 60 * 1000LL)

static enum store_status
commit(struct store *store, const struct store_tx *tx, unsigned int *step, uint64_t *value)
{
	struct store_outcome outcome;
	enum store_status status = store_commit(store, tx, &outcome);

	ck_assert_int_eq(status, outcome.status);
	*step = outcome.step;
	*value = outcome.value;
	return status;
}

static enum store_status
try_commit(struct store *store, const struct store_tx *tx)
{
	return store_commit(store, tx, NULL);
}

static void
must_commit(struct store *store, const struct store_tx *tx)
{
	ck_assert_int_eq(try_commit(store, tx), STORE_OK);
}

static enum store_status
append_limited(struct store *store, uint64_t log, uint64_t floor, uint64_t limit)
{
	struct store_tx tx;

	store_tx_init(&tx);
	store_tx_append(&tx, log, "x", 1, floor, limit);
	return try_commit(store, &tx);
}

static enum store_status
trim(struct store *store, uint64_t log, uint64_t first, uint64_t bytes)
{
	struct store_tx tx;

	store_tx_init(&tx);
	store_tx_trim(&tx, log, first, bytes);
	return try_commit(store, &tx);
}

static void
close_log(struct store *store, uint64_t log)
{
	struct store_tx tx;

	store_tx_init(&tx);
	store_tx_close_log(&tx, log);
	must_commit(store, &tx);
}

/* Entry n of a log says so. */
static void
append_numbered(struct store *store, uint64_t log, uint64_t from, uint64_t to)
{
	char text[64];

	for (uint64_t n = from; n <= to; n++) {
		snprintf(text, sizeof(text), "%d of %d", (int)n, (int)log);
		ck_assert_int_eq(fixture_append(store, log, text), STORE_OK);
	}
}

static void
check_entry(struct store *store, uint64_t seq, uint64_t log, uint64_t number)
{
	struct store_entry entry;
	char text[64];

	ck_assert_int_eq(store_entry(store, seq, &entry), STORE_OK);
	ck_assert_uint_eq(entry.log, log);
	ck_assert_uint_eq(entry.number, number);
	ck_assert_uint_eq(entry.seq, seq);
	snprintf(text, sizeof(text), "%d of %d", (int)number, (int)log);
	ck_assert_uint_eq(entry.len, strlen(text));
	ck_assert_mem_eq(entry.data, text, entry.len);
}

/* That a reader from behind `after` gives exactly the entries first..last, in order. */
static void
check_reader(struct store *store, uint64_t log, uint64_t after, uint64_t first, uint64_t last)
{
	struct store_reader reader;
	uint64_t seq, again, before = 0, number = first;

	ck_assert_int_eq(store_reader_init(&reader, store, log, after), STORE_OK);
	while (store_reader_peek(&reader, &seq) == STORE_OK) {
		ck_assert_int_eq(store_reader_peek(&reader, &again), STORE_OK);
		ck_assert_uint_eq(again, seq);
		ck_assert_uint_gt(seq, before);
		check_entry(store, seq, log, number++);
		before = seq;
		store_reader_skip(&reader);
	}
	ck_assert_int_eq(store_reader_peek(&reader, &seq), STORE_ABSENT);
	ck_assert_uint_eq(number, last + 1);
}

START_TEST(test_records)
{
	struct store *store = fixture_memory();
	struct store_tx tx;

	ck_assert(fixture_has(store, T, "messi", NULL));
	ck_assert_int_eq(fixture_put(store, T, "messi", "Argentina"), STORE_OK);
	ck_assert(fixture_has(store, T, "messi", "Argentina"));
	ck_assert(fixture_has(store, T, "mess", NULL));
	ck_assert(fixture_has(store, STORE_GROUPS, "messi", NULL));
	ck_assert_int_eq(fixture_put(store, T, "messi", ""), STORE_OK);
	ck_assert(fixture_has(store, T, "messi", ""));
	ck_assert_int_eq(fixture_put(store, STORE_GROUPS, "messi", "kopi"), STORE_OK);

	store_tx_init(&tx);
	store_tx_delete(&tx, T, "messi", 5);
	store_tx_delete(&tx, T, "nobody", 6);
	must_commit(store, &tx);
	ck_assert(fixture_has(store, T, "messi", NULL));
	ck_assert(fixture_has(store, STORE_GROUPS, "messi", "kopi"));
	store_close(store);
}
END_TEST

START_TEST(test_steps_see_those_before)
{
	struct store *store = fixture_memory();
	struct store_tx tx;

	store_tx_init(&tx);
	store_tx_put(&tx, T, "a", 1, "1", 1);
	store_tx_put(&tx, T, "a", 1, "22", 2);
	store_tx_put(&tx, T, "b", 1, "3", 1);
	store_tx_delete(&tx, T, "b", 1);
	must_commit(store, &tx);
	ck_assert(fixture_has(store, T, "a", "22"));
	ck_assert(fixture_has(store, T, "b", NULL));
	store_close(store);
}
END_TEST

START_TEST(test_biggest_value)
{
	static unsigned char value[STORE_VALUE_MAX + 1], found[STORE_VALUE_MAX];
	struct store *store = fixture_memory();
	struct store_tx tx;
	size_t len;

	memset(value, 'v', sizeof(value));
	store_tx_init(&tx);
	store_tx_put(&tx, T, "k", 1, value, STORE_VALUE_MAX);
	must_commit(store, &tx);
	ck_assert_int_eq(store_get(store, T, "k", 1, found, sizeof(found), &len), STORE_OK);
	ck_assert_uint_eq(len, STORE_VALUE_MAX);
	ck_assert_mem_eq(found, value, len);
	ck_assert_int_eq(store_get(store, T, "k", 1, found, sizeof(found) - 1, &len), STORE_FAILED);

	store_tx_init(&tx);
	store_tx_put(&tx, T, "bigger", 6, value, STORE_VALUE_MAX + 1);
	ck_assert(tx.overflow);
	ck_assert_int_eq(try_commit(store, &tx), STORE_FAILED);
	ck_assert(fixture_has(store, T, "bigger", NULL));
	store_tx_init(&tx);
	store_tx_append(&tx, 1, value, STORE_VALUE_MAX + 1, 0, STORE_NO_LIMIT);
	ck_assert_int_eq(try_commit(store, &tx), STORE_FAILED);
	ck_assert_uint_eq(fixture_info(store, 1).last, 0);
	store_close(store);
}
END_TEST

START_TEST(test_longest_key)
{
	struct store *store = fixture_memory();
	struct store_tx tx;
	char key[STORE_KEY_MAX + 1];
	unsigned char value[8];
	size_t len;

	memset(key, 'k', sizeof(key));
	store_tx_init(&tx);
	store_tx_put(&tx, T, key, STORE_KEY_MAX, "v", 1);
	must_commit(store, &tx);
	ck_assert_int_eq(store_get(store, T, key, STORE_KEY_MAX, value, sizeof(value), &len),
	    STORE_OK);
	ck_assert_int_eq(store_get(store, T, key, STORE_KEY_MAX + 1, value, sizeof(value), &len),
	    STORE_FAILED);

	store_tx_init(&tx);
	store_tx_put(&tx, T, "fits", 4, "v", 1);
	store_tx_put(&tx, T, key, STORE_KEY_MAX + 1, "v", 1);
	store_tx_put(&tx, T, "fits too", 8, "v", 1);
	ck_assert(tx.overflow);
	ck_assert_int_eq(try_commit(store, &tx), STORE_FAILED);
	ck_assert(fixture_has(store, T, "fits", NULL));
	store_close(store);
}
END_TEST

START_TEST(test_transaction_bounds)
{
	static const unsigned char half[STORE_TX_MAX / 2];
	struct store *store = fixture_memory();
	struct store_tx tx;

	store_tx_init(&tx);
	must_commit(store, &tx);

	for (int i = 0; i < STORE_TX_STEPS; i++)
		store_tx_advance(&tx, T, &i, sizeof(i), 7);
	ck_assert(!tx.overflow);
	must_commit(store, &tx);
	store_tx_advance(&tx, T, "one more", 8, 7);
	ck_assert(tx.overflow);
	ck_assert_int_eq(try_commit(store, &tx), STORE_FAILED);
	ck_assert_uint_eq(fixture_number(store, T, "one more"), 0);

	store_tx_init(&tx);
	store_tx_put(&tx, T, "half", 4, half, sizeof(half));
	ck_assert(!tx.overflow);
	store_tx_put(&tx, T, "whole", 5, half, sizeof(half));
	ck_assert(tx.overflow);
	ck_assert_int_eq(try_commit(store, &tx), STORE_FAILED);
	ck_assert(fixture_has(store, T, "half", NULL));
	store_close(store);
}
END_TEST

START_TEST(test_parts_do_not_mix)
{
	struct store *store = fixture_memory();
	struct store_tx tx;

	store_tx_init(&tx);
	store_tx_put(&tx, T, "k", 1, "v", 1);
	store_tx_append(&tx, 1, "x", 1, 0, STORE_NO_LIMIT);
	ck_assert_int_eq(try_commit(store, &tx), STORE_FAILED);
	ck_assert(fixture_has(store, T, "k", NULL));
	ck_assert_uint_eq(fixture_info(store, 1).last, 0);

	store_tx_init(&tx);
	store_tx_put(&tx, STORE_LOG_STATE, "k", 1, "v", 1);
	store_tx_append(&tx, 1, "x", 1, 0, STORE_NO_LIMIT);
	must_commit(store, &tx);
	ck_assert(fixture_has(store, STORE_LOG_STATE, "k", "v"));
	ck_assert_uint_eq(fixture_info(store, 1).last, 1);
	store_close(store);
}
END_TEST

START_TEST(test_numbers)
{
	struct store *store = fixture_memory();
	struct store_tx tx;
	unsigned int step;
	uint64_t value;

	ck_assert_uint_eq(fixture_number(store, STORE_COUNTERS, "users"), 0);
	store_tx_init(&tx);
	store_tx_next(&tx, STORE_COUNTERS, "users", 5, 3);
	ck_assert_int_eq(commit(store, &tx, &step, &value), STORE_OK);
	ck_assert_uint_eq(value, 1);
	ck_assert_int_eq(commit(store, &tx, &step, &value), STORE_OK);
	ck_assert_uint_eq(value, 4);
	ck_assert_uint_eq(fixture_number(store, STORE_COUNTERS, "users"), 6);

	for (uint64_t to = 10; to > 0; to -= 5) {
		store_tx_init(&tx);
		store_tx_advance(&tx, STORE_COUNTERS, "users", 5, to);
		must_commit(store, &tx);
		ck_assert_uint_eq(fixture_number(store, STORE_COUNTERS, "users"), 10);
	}
	/* Where the guard is absent the number stays as it is, and the rest is done. */
	for (uint64_t to = 12; to < 14; to++) {
		store_tx_init(&tx);
		store_tx_advance_if(&tx, STORE_COUNTERS, "users", 5, to, T, "guard", 5);
		store_tx_put(&tx, T, "guard", 5, "", 0);
		must_commit(store, &tx);
		ck_assert_uint_eq(fixture_number(store, STORE_COUNTERS, "users"),
		    to == 12 ? 10 : 13);
	}
	/* Guard and number lie in the same part. */
	store_tx_init(&tx);
	store_tx_advance_if(&tx, STORE_COUNTERS, "users", 5, 14, STORE_LOG_STATE, "guard", 5);
	ck_assert_int_eq(try_commit(store, &tx), STORE_FAILED);
	ck_assert_int_eq(fixture_put(store, STORE_COUNTERS, "text", "four"), STORE_OK);
	ck_assert_int_eq(store_get_number(store, STORE_COUNTERS, "text", 4, &value), STORE_FAILED);
	store_close(store);
}
END_TEST

/* A transaction that would put a record, but expects something first. */
static struct store_tx *
expecting(const char *key, const char *value)
{
	static struct store_tx tx;

	store_tx_init(&tx);
	store_tx_put(&tx, T, "witness", 7, "was here", 8);
	if (value == NULL)
		store_tx_expect_absent(&tx, T, key, strlen(key));
	else
		store_tx_expect(&tx, T, key, strlen(key), value, strlen(value));
	return &tx;
}

START_TEST(test_expectations)
{
	static const struct {
		const char *key, *value;
		enum store_status status;
	} cases[] = {
		{ .key = "there", .value = "12", .status = STORE_OK },
		{ .key = "there", .value = "13", .status = STORE_CONFLICT },
		{ .key = "there", .value = "1", .status = STORE_CONFLICT },
		{ .key = "there", .value = "123", .status = STORE_CONFLICT },
		{ .key = "there", .value = "", .status = STORE_CONFLICT },
		{ .key = "there", .value = NULL, .status = STORE_CONFLICT },
		{ .key = "not", .value = "12", .status = STORE_CONFLICT },
		{ .key = "not", .value = "", .status = STORE_CONFLICT },
		{ .key = "not", .value = NULL, .status = STORE_OK },
		{ .key = "empty", .value = "", .status = STORE_OK },
		{ .key = "empty", .value = NULL, .status = STORE_CONFLICT },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct store *store = fixture_memory();
		unsigned int step;
		uint64_t value;

		ck_assert_int_eq(fixture_put(store, T, "there", "12"), STORE_OK);
		ck_assert_int_eq(fixture_put(store, T, "empty", ""), STORE_OK);
		enum store_status status =
		    commit(store, expecting(cases[i].key, cases[i].value), &step, &value);
		ck_assert_msg(status == cases[i].status, "case %zu: %d", i, status);
		ck_assert(fixture_has(store, T, "witness", status == STORE_OK ? "was here" : NULL));
		if (status == STORE_CONFLICT)
			ck_assert_uint_eq(step, 1);
		store_close(store);
	}
}
END_TEST

/* Expectations are about what was there before, also of what the transaction itself changes. */
START_TEST(test_expectations_come_first)
{
	struct store *store = fixture_memory();
	struct store_tx tx;

	store_tx_init(&tx);
	store_tx_put(&tx, T, "k", 1, "v", 1);
	store_tx_expect_absent(&tx, T, "k", 1);
	must_commit(store, &tx);
	ck_assert_int_eq(try_commit(store, &tx), STORE_CONFLICT);
	store_close(store);
}
END_TEST

START_TEST(test_conflict_undoes_appends)
{
	struct store *store = fixture_memory();
	struct store_tx tx;

	store_tx_init(&tx);
	store_tx_append(&tx, 1, "x", 1, 0, STORE_NO_LIMIT);
	store_tx_next(&tx, STORE_LOG_STATE, "n", 1, 1);
	store_tx_expect(&tx, STORE_LOG_STATE, "peer", 4, "1", 1);
	ck_assert_int_eq(try_commit(store, &tx), STORE_CONFLICT);
	ck_assert_uint_eq(fixture_info(store, 1).last, 0);
	ck_assert_uint_eq(fixture_number(store, STORE_LOG_STATE, "n"), 0);
	ck_assert_int_eq(fixture_put(store, STORE_LOG_STATE, "peer", "1"), STORE_OK);
	must_commit(store, &tx);
	ck_assert_uint_eq(fixture_info(store, 1).last, 1);
	fixture_check(store);
	store_close(store);
}
END_TEST

struct counted {
	size_t n;
	size_t stop_at;
};

static int
count_records(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct counted *counted = arg;

	ck_assert_uint_eq(key_len, 1);
	ck_assert_uint_eq(len, 2);
	ck_assert_int_eq(((const char *)key)[0], ((const char *)value)[1]);
	return ++counted->n == counted->stop_at;
}

START_TEST(test_each_visits_one_table)
{
	struct store *store = fixture_memory();
	struct counted all = { .stop_at = 0 }, some = { .stop_at = 3 };
	char key[2] = "", value[3] = "v";

	for (key[0] = 'a'; key[0] <= 'j'; key[0]++) {
		value[1] = key[0];
		ck_assert_int_eq(fixture_put(store, T, key, value), STORE_OK);
		ck_assert_int_eq(fixture_put(store, STORE_GROUPS, key, "other"), STORE_OK);
	}
	ck_assert_int_eq(store_each(store, T, count_records, &all), 0);
	ck_assert_uint_eq(all.n, 10);
	ck_assert_int_eq(store_each(store, T, count_records, &some), 0);
	ck_assert_uint_eq(some.n, 3);
	all.n = 0;
	ck_assert_int_eq(store_each(store, STORE_TOKENS, count_records, &all), 0);
	ck_assert_uint_eq(all.n, 0);
	store_close(store);
}
END_TEST

START_TEST(test_empty_log)
{
	struct store *store = fixture_memory();
	struct store_log_info info = fixture_info(store, 17);
	struct store_entry entry;

	ck_assert_uint_eq(info.first, 1);
	ck_assert_uint_eq(info.last, 0);
	ck_assert_uint_eq(info.bytes, 0);
	ck_assert(!info.closed);
	check_reader(store, 17, 0, 1, 0);
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
	ck_assert_int_eq(commit(store, &tx, &step, &value), STORE_OK);
	ck_assert_uint_eq(value, 2);
	ck_assert_uint_eq(fixture_info(store, 5).last, 2);
	ck_assert_uint_eq(fixture_info(store, 5).bytes, 12);
	ck_assert_uint_eq(fixture_info(store, 6).last, 1);
	check_reader(store, 5, 0, 1, 2);
	check_reader(store, 6, 0, 1, 1);
	check_entry(store, 1, 5, 1);
	check_entry(store, 2, 6, 1);
	check_entry(store, 3, 5, 2);
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
	must_commit(store, &tx);
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

	append_numbered(store, 1, 1, 1);
	ck_assert_int_eq(store_entry(store, 1, &before), STORE_OK);
	int64_t before_ms = before.time_ms;
	fake_clock_shift(CLOCK_REALTIME, -HOUR_MS);
	append_numbered(store, 1, 2, 2);
	ck_assert_int_eq(store_entry(store, 2, &after), STORE_OK);
	ck_assert_int_eq(after.time_ms, before_ms);
	fake_clock_shift(CLOCK_REALTIME, HOUR_MS);
	append_numbered(store, 1, 3, 3);
	ck_assert_int_eq(store_entry(store, 3, &after), STORE_OK);
	ck_assert_int_ge(after.time_ms, before_ms + HOUR_MS);
	store_close(store);
}
END_TEST

/* What one of a batch was refused leaves nothing behind, not even where nobody had written yet. */
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
	store_apply(store, STORE_PART_LOGS, pointers, 2);
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
	ck_assert_int_eq(trim(store, 1, 4, 3), STORE_OK);
	ck_assert_int_eq(append_limited(store, 1, 0, 2), STORE_FULL);
	ck_assert_int_eq(append_limited(store, 1, 0, 3), STORE_OK);
	ck_assert_uint_eq(fixture_info(store, 1).last, 6);

	store_tx_init(&tx);
	store_tx_append(&tx, 2, "x", 1, 0, STORE_NO_LIMIT);
	store_tx_append(&tx, 1, "x", 1, 0, 3);
	ck_assert_int_eq(commit(store, &tx, &step, &value), STORE_FULL);
	ck_assert_uint_eq(step, 1);
	ck_assert_uint_eq(fixture_info(store, 2).last, 0);
	store_close(store);
}
END_TEST

START_TEST(test_trim)
{
	struct store *store = fixture_memory();
	struct store_log_info info;

	append_numbered(store, 3, 1, 9);
	ck_assert_uint_eq(fixture_info(store, 3).bytes, 9 * 6);
	ck_assert_int_eq(trim(store, 3, 4, 3 * 6), STORE_OK);
	ck_assert_int_eq(trim(store, 3, 2, 6), STORE_OK); /* forgotten already */
	info = fixture_info(store, 3);
	ck_assert_uint_eq(info.first, 4);
	ck_assert_uint_eq(info.last, 9);
	ck_assert_uint_eq(info.bytes, 6 * 6);
	check_reader(store, 3, 0, 4, 9);
	check_reader(store, 3, 6, 7, 9);

	ck_assert_int_eq(trim(store, 3, 100, 1000), STORE_OK);
	info = fixture_info(store, 3);
	ck_assert_uint_eq(info.first, 10);
	ck_assert_uint_eq(info.last, 9);
	ck_assert_uint_eq(info.bytes, 0);
	check_reader(store, 3, 0, 10, 9);
	append_numbered(store, 3, 10, 12);
	check_reader(store, 3, 0, 10, 12);
	fixture_check(store);
	store_close(store);
}
END_TEST

START_TEST(test_closed_log)
{
	struct store *store = fixture_memory();
	struct store_log_info info;

	append_numbered(store, 3, 1, 5);
	append_numbered(store, 4, 1, 5);
	close_log(store, 3);
	close_log(store, 40); /* which nobody has written to */
	info = fixture_info(store, 3);
	ck_assert(info.closed);
	ck_assert_uint_eq(info.first, 6);
	ck_assert_uint_eq(info.last, 5);
	ck_assert_uint_eq(info.bytes, 0);
	ck_assert_int_eq(fixture_append(store, 3, "x"), STORE_CLOSED);
	ck_assert_int_eq(fixture_append(store, 40, "x"), STORE_CLOSED);
	check_reader(store, 3, 0, 6, 5);
	ck_assert(!fixture_info(store, 4).closed);
	ck_assert_int_eq(fixture_append(store, 4, "6 of 4"), STORE_OK);
	check_reader(store, 4, 0, 1, 6);
	fixture_check(store);
	store_close(store);
}
END_TEST

static void
check_all_starts(struct store *store, uint64_t log, uint64_t len)
{
	const uint64_t starts[] = { 0, 1, len / 2, len - 1, len, len + 1, len + 500 };

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		uint64_t first = starts[i] + 1;

		check_reader(store, log, starts[i], first, first > len ? first - 1 : len);
	}
}

START_TEST(test_readers_over_windows)
{
	static const uint64_t lengths[] = { 1, 2, 63, 64, 65, 127, 128, 129, 1000 };
	const size_t n = sizeof(lengths) / sizeof(lengths[0]);
	struct store *store = fixture_memory();

	/* Log i has lengths[i] entries, between those of all others. */
	for (uint64_t number = 1; number <= lengths[n - 1]; number++)
		for (size_t i = 0; i < n; i++)
			if (number <= lengths[i])
				append_numbered(store, 10 + i, number, number);
	for (size_t i = 0; i < n; i++)
		check_all_starts(store, 10 + i, lengths[i]);
	fixture_check(store);
	store_close(store);
}
END_TEST

START_TEST(test_reader_from_everywhere)
{
	struct store *store = fixture_memory();

	append_numbered(store, 7, 1, 300);
	for (uint64_t after = 0; after < 300; after++)
		check_reader(store, 7, after, after + 1, 300);
	check_reader(store, 7, UINT64_MAX, 301, 300);
	store_close(store);
}
END_TEST

/* The shortcuts back still lead somewhere when what they led to is forgotten. */
START_TEST(test_reader_of_a_trimmed_log)
{
	struct store *store = fixture_memory();

	for (uint64_t n = 1; n <= 600; n++) {
		append_numbered(store, 7, n, n);
		if (n % 37 != 0)
			continue;
		ck_assert_int_eq(trim(store, 7, n - n % 20, 0), STORE_OK);
		for (uint64_t after = n - n % 20; after < n; after += 3)
			check_reader(store, 7, after, after + 1, n);
	}
	store_close(store);
}
END_TEST

START_TEST(test_reader_ends_where_it_was_made)
{
	struct store *store = fixture_memory();
	struct store_reader reader;
	uint64_t seq, read = 0;

	append_numbered(store, 7, 1, 100);
	ck_assert_int_eq(store_reader_init(&reader, store, 7, 0), STORE_OK);
	append_numbered(store, 7, 101, 200);
	for (; store_reader_peek(&reader, &seq) == STORE_OK; store_reader_skip(&reader))
		check_entry(store, seq, 7, ++read);
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
			append_numbered(store, log, n, n);
	for (uint64_t log = 0; log < 3; log++)
		ck_assert_int_eq(store_reader_init(&readers[log], store, log, 0), STORE_OK);
	for (uint64_t n = 1; n <= 100; n++)
		for (uint64_t log = 0; log < 3; log++) {
			ck_assert_int_eq(store_reader_peek(&readers[log], &seq), STORE_OK);
			ck_assert_uint_gt(seq, before);
			check_entry(store, seq, log, n);
			before = seq;
			store_reader_skip(&readers[log]);
		}
	store_close(store);
}
END_TEST

/* Entries of a log that only need space, until there are so many files. */
static void
append_big(struct store *store, uint64_t log, size_t files)
{
	static const char data[6000];
	struct store_tx tx;

	for (int i = 0; store->n_logs < files; i++) {
		ck_assert_int_lt(i, 10000);
		store_tx_init(&tx);
		store_tx_append(&tx, log, data, sizeof(data), 0, STORE_NO_LIMIT);
		must_commit(store, &tx);
	}
}

static void
fill_files(struct store *store, size_t files)
{
	struct store_tx tx;
	char text[6000] = "";

	for (uint64_t n = 1; store->n_logs < files; n++) {
		ck_assert_uint_lt(n, 10000);
		append_numbered(store, 7, n, n);
		append_numbered(store, 100, n, n);
		store_tx_init(&tx);
		store_tx_append(&tx, 8, text, sizeof(text), 0, STORE_NO_LIMIT);
		store_tx_next(&tx, STORE_LOG_STATE, "count", 5, 1);
		must_commit(store, &tx);
	}
}

static void
check_files(struct store *store)
{
	uint64_t n = fixture_info(store, 8).last;

	ck_assert_uint_eq(fixture_number(store, STORE_LOG_STATE, "count"), n);
	ck_assert(fixture_has(store, STORE_LOG_STATE, "early", "bird"));
	ck_assert(fixture_info(store, 9).closed);
	check_all_starts(store, 7, n);
	check_all_starts(store, 100, n);
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
	append_numbered(store, 7, n + 1, n + 50);
	append_numbered(store, 100, n + 1, n + 50);
	check_all_starts(store, 7, n + 50);
	check_all_starts(store, 100, n + 50);
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
		must_commit(store, &tx);
	}
	size_t files = store->n_logs;
	for (uint64_t i = 0; i < 100; i++)
		ck_assert_int_eq(fixture_append(store, 1 + i * 97, "halo"), STORE_OK);
	ck_assert_uint_le(store->n_logs, files + 1);
	append_big(store, 1, files + 2);
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
		ck_assert_uint_lt(n, 1000);
		store_tx_init(&tx);
		store_tx_append(&tx, 8, text, sizeof(text), 0, STORE_NO_LIMIT);
		must_commit(store, &tx);
		append_numbered(store, 7, n, n);
		ck_assert_uint_eq(fixture_info(store, 7).last, n);
		check_reader(store, 7, n - 1, n, n);
		files = store->n_logs;
	}
	check_all_starts(store, 7, fixture_info(store, 7).last);
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
	append_numbered(store, 7, 1, 1000);
	uint64_t before = store->entries_read;
	ck_assert_int_eq(store_reader_init(&reader, store, 7, 0), STORE_OK);
	for (; store_reader_peek(&reader, &seqs[n]) == STORE_OK; store_reader_skip(&reader)) {
		check_entry(store, seqs[n], 7, n + 1);
		n++;
	}
	ck_assert_uint_eq(n, 1000);
	for (uint64_t i = 0; i < n; i++)
		check_entry(store, seqs[i], 7, i + 1);
	uint64_t reads = store->entries_read - before;
	ck_assert_uint_ge(reads, n);
	ck_assert_uint_le(reads, n + n / 20);
	/* The next request may find something else. */
	store_refresh(store);
	check_entry(store, seqs[0], 7, 1);
	ck_assert_uint_eq(store->entries_read - before, reads + 1);
	store_close(store);
	fixture_remove(dir);
}
END_TEST

/* The committer tells with each reply which file the tables are. */
START_TEST(test_commits_do_not_look_for_the_tables)
{
	char dir[FIXTURE_DIR_MAX];

	fixture_dir(dir);
	struct store_options opt = fixture_options(dir);
	struct store *store = fixture_create(&opt);
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(fixture_put(store, STORE_REALM, "motto", "old"), STORE_OK);
	ck_assert_uint_eq(store->lookups, 0);
	ck_assert_int_eq(store_compact(store), STORE_OK);
	ck_assert_uint_eq(store->lookups, 1);
	ck_assert_int_eq(fixture_put(store, STORE_REALM, "motto", "new"), STORE_OK);
	ck_assert(fixture_has(store, STORE_REALM, "motto", "new"));
	ck_assert_uint_eq(store->lookups, 1);
	store_refresh(store);
	ck_assert_uint_eq(store->lookups, 2);
	store_close(store);
	fixture_remove(dir);
}
END_TEST

static void
state_path(char *path, size_t size, const char *dir, const char *name)
{
	snprintf(path, size, "%s/%s", dir, name);
}

/* What cannot be opened now is not taken for what is gone: else it would be passed over as read. */
START_TEST(test_unreadable_file)
{
	char dir[FIXTURE_DIR_MAX], path[256], aside[300];
	struct store_reader reader;
	uint64_t seq;

	fixture_dir(dir);
	struct store_options opt = fixture_options(dir);
	store_close(fixture_create(&opt));
	struct store *store = fixture_open_writer(&opt);
	append_numbered(store, 7, 1, 3);
	append_big(store, 8, 2);
	state_path(path, sizeof(path), dir, "log/0000000000000001.tdb");
	snprintf(aside, sizeof(aside), "%s.aside", path);
	store_close(store);

	ck_assert_int_eq(rename(path, aside), 0);
	ck_assert_int_eq(symlink(path, path), 0);
	store = fixture_open(&opt);
	ck_assert_int_eq(store_reader_init(&reader, store, 7, 0), STORE_OK);
	ck_assert_int_eq(store_reader_peek(&reader, &seq), STORE_FAILED);
	ck_assert_int_eq(rename(aside, path), 0);
	check_all_starts(store, 7, 3);
	store_close(store);
	fixture_remove(dir);
}
END_TEST

/* An empty store with an entry and a record, closed. */
static struct store_options
small_store(char dir[FIXTURE_DIR_MAX])
{
	fixture_dir(dir);
	struct store_options opt = fixture_options(dir);

	store_close(fixture_create(&opt));
	struct store *store = fixture_open_writer(&opt);
	ck_assert_int_eq(fixture_put(store, T, "messi", "Argentina"), STORE_OK);
	append_numbered(store, 7, 1, 100);
	store_close(store);
	return opt;
}

static void
check_refused(const struct store_options *opt, const char *because)
{
	char error[512] = "";

	ck_assert_ptr_null(store_open(opt, error, sizeof(error)));
	ck_assert_msg(strstr(error, because) != NULL, "it says: %s", error);
	ck_assert_ptr_null(strchr(error, '\n'));
}

/* The version follows the magic word and its NUL in the record that says what a file is. */
static void
set_version(const char *path, char kind, unsigned char version)
{
	static const unsigned char key = STORE_RECORD_FORMAT;
	struct store_file_options opt = { .kind = kind, .map = true };
	unsigned char value[64];
	char error[256];
	size_t len;
	struct store_file *file = store_file_open(path, &opt, error, sizeof(error));

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(store_file_get(file, &key, 1, value, sizeof(value), &len), STORE_OK);
	value[sizeof("kabar") + 3] = version;
	ck_assert_int_eq(store_file_put(file, &key, 1, value, len), 0);
	store_file_close(file);
}

START_TEST(test_newer_version)
{
	static const struct {
		const char *name;
		char kind;
	} files[] = {
		{ .name = "tables.tdb", .kind = 't' },
		{ .name = "log/0000000000000001.tdb", .kind = 'l' },
	};
	char dir[FIXTURE_DIR_MAX], path[FIXTURE_DIR_MAX + 64];

	for (size_t i = 0; i < 2; i++) {
		struct store_options opt = small_store(dir);

		state_path(path, sizeof(path), dir, files[i].name);
		set_version(path, files[i].kind, 2);
		check_refused(&opt,
		    "was made by a newer kabar (its format is 2, this program knows 1)");
		fixture_remove(dir);
	}
}
END_TEST

static void
write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
}

START_TEST(test_remote_user_file)
{
	char dir[FIXTURE_DIR_MAX], path[FIXTURE_DIR_MAX + 64], log[FIXTURE_DIR_MAX + 64];
	struct store_options opt = small_store(dir);

	state_path(path, sizeof(path), dir, "tables.tdb");
	state_path(log, sizeof(log), dir, "log/0000000000000001.tdb");
	write_file(path, "Halo, this is a letter and not a store.\n");
	check_refused(&opt, "tables.tdb is not a store of kabar");
	write_file(path, "");
	check_refused(&opt, "tables.tdb is not a store of kabar");
	/* One of ours, but logs instead of tables. */
	ck_assert_int_eq(rename(log, path), 0);
	check_refused(&opt, "tables.tdb is not a store of kabar");
	fixture_remove(dir);
}
END_TEST

START_TEST(test_no_store)
{
	char dir[FIXTURE_DIR_MAX], missing[FIXTURE_DIR_MAX + 64], error[512] = "";

	fixture_dir(dir);
	struct store_options opt = fixture_options(dir);
	check_refused(&opt, "there is no store in");
	state_path(missing, sizeof(missing), dir, "missing");
	opt.state = missing;
	check_refused(&opt, "there is no store in");
	ck_assert_int_eq(store_create(&opt, error, sizeof(error)), -1);
	ck_assert(error[0] != '\0');
	fixture_remove(dir);
}
END_TEST

START_TEST(test_create_over_a_store)
{
	char dir[FIXTURE_DIR_MAX], error[512] = "";
	struct store_options opt = small_store(dir);

	ck_assert_int_eq(store_create(&opt, error, sizeof(error)), -1);
	ck_assert_ptr_nonnull(strstr(error, "there is a store in"));
	struct store *store = fixture_open(&opt);
	ck_assert(fixture_has(store, T, "messi", "Argentina"));
	check_reader(store, 7, 0, 1, 100);
	store_close(store);
	fixture_remove(dir);
}
END_TEST

START_TEST(test_long_state_path)
{
	char path[STORE_STATE_MAX + 1];

	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	struct store_options opt = fixture_options(path);
	check_refused(&opt, "path of the state directory is too long");
}
END_TEST

START_TEST(test_other_byte_order)
{
	char dir[FIXTURE_DIR_MAX], path[FIXTURE_DIR_MAX + 64];
	struct store_options opt = small_store(dir);

	state_path(path, sizeof(path), dir, "tables.tdb");
	store_swap(path, 't');
	state_path(path, sizeof(path), dir, "log/0000000000000001.tdb");
	store_swap(path, 'l');

	struct store *store = fixture_open_writer(&opt);
	ck_assert(fixture_has(store, T, "messi", "Argentina"));
	check_all_starts(store, 7, 100);
	ck_assert_int_eq(fixture_put(store, T, "henderson", "Inggris"), STORE_OK);
	append_big(store, 8, 2);
	append_numbered(store, 7, 101, 300);
	check_all_starts(store, 7, 300);
	fixture_check(store);
	store_close(store);
	store = fixture_open(&opt);
	ck_assert(fixture_has(store, T, "henderson", "Inggris"));
	check_all_starts(store, 7, 300);
	ck_assert_uint_gt(fixture_info(store, 8).last, 1);
	store_close(store);
	fixture_remove(dir);
}
END_TEST

struct finding {
	char *text;
	size_t size;
};

static void
keep_finding(void *arg, const struct store_finding *found)
{
	const struct finding *finding = arg;

	size_t len = strlen(finding->text);

	snprintf(finding->text + len, finding->size - len, "%s%s", len == 0 ? "" : "\n",
	    found->text);
}

/* What store_fsck_check says of a store. */
static int
check_quietly(struct store *store, char *text, size_t size)
{
	struct finding finding = { .text = text, .size = size };

	text[0] = '\0';
	return store_fsck_check(store, keep_finding, &finding);
}

/* A store in memory with logs 5 (100 entries) and 40 (3), a reader of 5, two files. */
static struct store *
checkable(void)
{
	struct store *store = fixture_memory();
	struct store_tx tx;
	unsigned char key[16];

	append_numbered(store, 5, 1, 50);
	append_numbered(store, 40, 1, 3);
	append_big(store, 6, 2);
	append_numbered(store, 5, 51, 100);
	pack_put_u64(key, 9);
	pack_put_u64(key + 8, 5);
	store_tx_init(&tx);
	store_tx_advance(&tx, STORE_CURSORS, key, sizeof(key), 100);
	store_tx_next(&tx, STORE_COUNTERS, "users", 5, 1);
	must_commit(store, &tx);
	return store;
}

/* Changes bytes of a record of a file of logs, or with n = 0 deletes it. */
static void
damage(struct store *store, size_t file, enum store_record record, uint64_t number, size_t at,
    const void *bytes, size_t n)
{
	static unsigned char value[STORE_VALUE_MAX];
	unsigned char key[STORE_FILE_KEY];
	size_t key_len = record == STORE_RECORD_BATCH ? 1 : sizeof(key), len;
	struct store_file *log = store->logs[file].file;

	store_file_key(key, record, number);
	ck_assert_int_eq(store_file_get(log, key, key_len, value, sizeof(value), &len), STORE_OK);
	if (n == 0) {
		ck_assert_int_eq(store_file_delete(log, key, key_len), 0);
		return;
	}
	ck_assert_uint_le(at + n, len);
	memcpy(value + at, bytes, n);
	ck_assert_int_eq(store_file_put(log, key, key_len, value, len), 0);
}

/* Where things lie in a record; see store_log.c and store_apply.c. */
#define ENTRY_NUMBER   9
#define ENTRY_TIME     17
#define ENTRY_PREV_SEQ 25
#define ENTRY_JUMP_SEQ 41
#define HEAD_SIZE      65
#define HEAD_OF_5      (1 + 5 * HEAD_SIZE)
#define HEAD_LAST      8
#define HEAD_BYTES     24
#define HEAD_JUMP_SEQ  40
#define HEAD_CLOSED    64
#define BATCH_NEXT_SEQ 9

static void
must_find(struct store *store, int result, const char *expected)
{
	char text[4096];
	int found = check_quietly(store, text, sizeof(text));

	ck_assert_msg(found == result, "%d instead of %d (%s)", found, result, expected);
	ck_assert_msg(strstr(text, expected) != NULL, "it says: %s", text);
	store_close(store);
}

START_TEST(test_check_of_entries)
{
	static const unsigned char ff[8] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	static const unsigned char zero[8], nine[8] = { 0, 0, 0, 0, 0, 0, 0, 9 };
	struct store *store = checkable();
	struct {
		size_t at;
		const unsigned char *bytes;
		size_t n;
		const char *expected;
	} cases[] = {
		{ .n = 0, .expected = "log 5: entry 30 is missing or damaged" },
		{ .at = 0,
		    .bytes = ff,
		    .n = 1,
		    .expected = "log 5: entry 30 is missing or damaged" },
		{ .at = ENTRY_NUMBER,
		    .bytes = nine,
		    .n = 8,
		    .expected = "log 5: entry 30 is missing or damaged" },
		{ .at = ENTRY_TIME,
		    .bytes = zero,
		    .n = 8,
		    .expected =
		        "log 5: 1 of its entries do not lead to those before them, first 30" },
		{ .at = ENTRY_PREV_SEQ,
		    .bytes = ff,
		    .n = 8,
		    .expected = "log 5: entry 30 is missing or damaged" },
		{ .at = ENTRY_JUMP_SEQ,
		    .bytes = nine,
		    .n = 8,
		    .expected =
		        "log 5: 1 of its entries do not lead to those before them, first 30" },
	};

	fixture_check(store);
	store_close(store);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		store = checkable();
		damage(store, 0, STORE_RECORD_ENTRY, 30, cases[i].at, cases[i].bytes, cases[i].n);
		must_find(store, 2, cases[i].expected);
	}
}
END_TEST

START_TEST(test_check_of_heads)
{
	static const unsigned char one = 1, nine = 9, zero[8],
	                           some[8] = { 0, 0, 0, 0, 0, 0, 0, 77 },
	                           more[8] = { 0, 0, 0, 0, 0, 0, 0, 101 };
	struct {
		size_t at;
		const unsigned char *bytes;
		size_t n;
		int result;
		const char *expected;
	} cases[] = {
		{ .at = 0,
		    .bytes = &nine,
		    .n = 1,
		    .result = 2,
		    .expected = "logs 0 to 31: their heads cannot be read" },
		{ .at = HEAD_OF_5 + HEAD_LAST,
		    .bytes = zero,
		    .n = 8,
		    .result = 2,
		    .expected = "log 5: its head does not fit its entries 1 to 100" },
		{ .at = HEAD_OF_5 + HEAD_LAST,
		    .bytes = more,
		    .n = 8,
		    .result = 2,
		    .expected = "log 5: its head does not fit its entries 1 to 100" },
		{ .at = HEAD_OF_5 + HEAD_BYTES,
		    .bytes = some,
		    .n = 8,
		    .result = 1,
		    .expected = "log 5: its entries take" },
		{ .at = HEAD_OF_5 + HEAD_JUMP_SEQ,
		    .bytes = some,
		    .n = 8,
		    .result = 2,
		    .expected = "log 5: its head does not fit its entries 1 to 100" },
		{ .at = HEAD_OF_5 + HEAD_CLOSED,
		    .bytes = &one,
		    .n = 1,
		    .result = 1,
		    .expected = "log 5: it is closed, but not empty" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct store *store = checkable();

		damage(store, 1, STORE_RECORD_PAGE, 0, cases[i].at, cases[i].bytes, cases[i].n);
		must_find(store, cases[i].result, cases[i].expected);
	}
}
END_TEST

START_TEST(test_check_of_files)
{
	static const unsigned char low[8] = { 0, 0, 0, 0, 0, 0, 0, 2 };
	struct store *store = checkable();
	unsigned char key[STORE_FILE_KEY] = { STORE_RECORD_ENTRY };

	damage(store, 1, STORE_RECORD_BATCH, 0, BATCH_NEXT_SEQ, low, sizeof(low));
	must_find(store, 2, "the newest seq ");

	store = checkable();
	store_file_key(key, STORE_RECORD_ENTRY, 100000);
	ck_assert_int_eq(store_file_put(store->logs[0].file, key, sizeof(key), "x", 1), 0);
	must_find(store, 1, "the entry with seq 100000 does not belong there");

	store = checkable();
	store_file_key(key, STORE_RECORD_PAGE, 100000);
	ck_assert_int_eq(store_file_put(store->logs[1].file, key, sizeof(key), "x", 1), 0);
	must_find(store, 2, "logs 3200000 to 3200031: their heads cannot be read");

	store = checkable();
	key[0] = 250;
	ck_assert_int_eq(store_file_put(store->tables, key, sizeof(key), "x", 1), 0);
	must_find(store, 1, "tables.tdb: there is a record of an unknown kind");
}
END_TEST

START_TEST(test_check_of_tables)
{
	struct store *store = checkable();

	ck_assert_int_eq(fixture_put(store, STORE_COUNTERS, "users", "many"), STORE_OK);
	must_find(store, 2, "tables.tdb: a counter is no number");
}
END_TEST

/* What a process left that died in a transaction is a warning: everything is there. */
START_TEST(test_check_of_leaked_space)
{
	char dir[FIXTURE_DIR_MAX], path[FIXTURE_DIR_MAX + 64], text[512];
	struct store_options opt = small_store(dir);
	struct store *store = fixture_open(&opt);

	fixture_check(store);
	store_close(store);
	state_path(path, sizeof(path), dir, "tables.tdb");
	FILE *file = fopen(path, "a");
	ck_assert_ptr_nonnull(file);
	for (int i = 0; i < 5000; i++)
		fputs("left behind ", file);
	ck_assert_int_eq(fclose(file), 0);
	store = fixture_open(&opt);
	ck_assert_int_eq(check_quietly(store, text, sizeof(text)), 1);
	ck_assert_ptr_nonnull(
	    strstr(text, "tables.tdb: space in it is lost, but every record can be read"));
	store_close(store);
	fixture_remove(dir);
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *tests[] = {
		test_records,
		test_steps_see_those_before,
		test_biggest_value,
		test_longest_key,
		test_transaction_bounds,
		test_parts_do_not_mix,
		test_numbers,
		test_expectations,
		test_expectations_come_first,
		test_conflict_undoes_appends,
		test_each_visits_one_table,
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
		test_commits_do_not_look_for_the_tables,
		test_unreadable_file,
		test_newer_version,
		test_remote_user_file,
		test_no_store,
		test_create_over_a_store,
		test_long_state_path,
		test_other_byte_order,
		test_check_of_entries,
		test_check_of_heads,
		test_check_of_files,
		test_check_of_tables,
		test_check_of_leaked_space,
	};

	return FIXTURE_MAIN(argc, argv, tests);
}
