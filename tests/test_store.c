/*
 * The store as its callers see it: tables, numbers and expectations, mostly in memory. Logs, files,
 * several processes, crashes and random operations have programs of their own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/table.h"
#include "store_entries.h"
#include "store_fixture.h"

#define T CHAT_TABLE_USERS

START_TEST(test_records)
{
	struct store *store = fixture_memory();
	struct store_tx tx;

	ck_assert(fixture_has(store, T, "messi", NULL));
	ck_assert_int_eq(fixture_put(store, T, "messi", "Argentina"), STORE_OK);
	ck_assert(fixture_has(store, T, "messi", "Argentina"));
	ck_assert(fixture_has(store, T, "mess", NULL));
	ck_assert(fixture_has(store, CHAT_TABLE_GROUPS, "messi", NULL));
	ck_assert_int_eq(fixture_put(store, T, "messi", ""), STORE_OK);
	ck_assert(fixture_has(store, T, "messi", ""));
	ck_assert_int_eq(fixture_put(store, CHAT_TABLE_GROUPS, "messi", "kopi"), STORE_OK);

	store_tx_init(&tx);
	store_tx_delete(&tx, T, "messi", 5);
	store_tx_delete(&tx, T, "nobody", 6);
	fixture_must(store, &tx);
	ck_assert(fixture_has(store, T, "messi", NULL));
	ck_assert(fixture_has(store, CHAT_TABLE_GROUPS, "messi", "kopi"));
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
	fixture_must(store, &tx);
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
	fixture_must(store, &tx);
	ck_assert_int_eq(store_get(store, T, "k", 1, found, sizeof(found), &len), STORE_OK);
	ck_assert_uint_eq(len, STORE_VALUE_MAX);
	ck_assert_mem_eq(found, value, len);
	ck_assert_int_eq(store_get(store, T, "k", 1, found, sizeof(found) - 1, &len), STORE_FAILED);

	store_tx_init(&tx);
	store_tx_put(&tx, T, "bigger", 6, value, STORE_VALUE_MAX + 1);
	ck_assert(tx.overflow);
	ck_assert_int_eq(fixture_try(store, &tx), STORE_FAILED);
	ck_assert(fixture_has(store, T, "bigger", NULL));
	store_tx_init(&tx);
	store_tx_append(&tx, 1, value, STORE_VALUE_MAX + 1, 0, STORE_NO_LIMIT);
	ck_assert_int_eq(fixture_try(store, &tx), STORE_FAILED);
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
	fixture_must(store, &tx);
	ck_assert_int_eq(store_get(store, T, key, STORE_KEY_MAX, value, sizeof(value), &len),
	    STORE_OK);
	ck_assert_int_eq(store_get(store, T, key, STORE_KEY_MAX + 1, value, sizeof(value), &len),
	    STORE_FAILED);

	store_tx_init(&tx);
	store_tx_put(&tx, T, "fits", 4, "v", 1);
	store_tx_put(&tx, T, key, STORE_KEY_MAX + 1, "v", 1);
	store_tx_put(&tx, T, "fits too", 8, "v", 1);
	ck_assert(tx.overflow);
	ck_assert_int_eq(fixture_try(store, &tx), STORE_FAILED);
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
	fixture_must(store, &tx);

	for (int i = 0; i < STORE_TX_STEPS; i++)
		store_tx_advance(&tx, T, &i, sizeof(i), 7);
	ck_assert(!tx.overflow);
	fixture_must(store, &tx);
	store_tx_advance(&tx, T, "one more", 8, 7);
	ck_assert(tx.overflow);
	ck_assert_int_eq(fixture_try(store, &tx), STORE_FAILED);
	ck_assert_uint_eq(fixture_number(store, T, "one more"), 0);

	store_tx_init(&tx);
	store_tx_put(&tx, T, "half", 4, half, sizeof(half));
	ck_assert(!tx.overflow);
	store_tx_put(&tx, T, "whole", 5, half, sizeof(half));
	ck_assert(tx.overflow);
	ck_assert_int_eq(fixture_try(store, &tx), STORE_FAILED);
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
	ck_assert_int_eq(fixture_try(store, &tx), STORE_FAILED);
	ck_assert(fixture_has(store, T, "k", NULL));
	ck_assert_uint_eq(fixture_info(store, 1).last, 0);

	store_tx_init(&tx);
	store_tx_put(&tx, STORE_LOG_STATE, "k", 1, "v", 1);
	store_tx_append(&tx, 1, "x", 1, 0, STORE_NO_LIMIT);
	fixture_must(store, &tx);
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
	ck_assert_int_eq(fixture_commit(store, &tx, &step, &value), STORE_OK);
	ck_assert_uint_eq(value, 1);
	ck_assert_int_eq(fixture_commit(store, &tx, &step, &value), STORE_OK);
	ck_assert_uint_eq(value, 4);
	ck_assert_uint_eq(fixture_number(store, STORE_COUNTERS, "users"), 6);

	for (uint64_t to = 10; to > 0; to -= 5) {
		store_tx_init(&tx);
		store_tx_advance(&tx, STORE_COUNTERS, "users", 5, to);
		fixture_must(store, &tx);
		ck_assert_uint_eq(fixture_number(store, STORE_COUNTERS, "users"), 10);
	}
	/* Where the guard is absent the number stays as it is, and the rest is done. */
	for (uint64_t to = 12; to < 14; to++) {
		store_tx_init(&tx);
		store_tx_advance_if(&tx, STORE_COUNTERS, "users", 5, to, T, "guard", 5);
		store_tx_put(&tx, T, "guard", 5, "", 0);
		fixture_must(store, &tx);
		ck_assert_uint_eq(fixture_number(store, STORE_COUNTERS, "users"),
		    to == 12 ? 10 : 13);
	}
	/* Guard and number lie in the same part. */
	store_tx_init(&tx);
	store_tx_advance_if(&tx, STORE_COUNTERS, "users", 5, 14, STORE_LOG_STATE, "guard", 5);
	ck_assert_int_eq(fixture_try(store, &tx), STORE_FAILED);
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
		    fixture_commit(store, expecting(cases[i].key, cases[i].value), &step, &value);
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
	fixture_must(store, &tx);
	ck_assert_int_eq(fixture_try(store, &tx), STORE_CONFLICT);
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
	ck_assert_int_eq(fixture_try(store, &tx), STORE_CONFLICT);
	ck_assert_uint_eq(fixture_info(store, 1).last, 0);
	ck_assert_uint_eq(fixture_number(store, STORE_LOG_STATE, "n"), 0);
	ck_assert_int_eq(fixture_put(store, STORE_LOG_STATE, "peer", "1"), STORE_OK);
	fixture_must(store, &tx);
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
		ck_assert_int_eq(fixture_put(store, CHAT_TABLE_GROUPS, key, "other"), STORE_OK);
	}
	ck_assert_int_eq(store_each(store, T, count_records, &all), 0);
	ck_assert_uint_eq(all.n, 10);
	ck_assert_int_eq(store_each(store, T, count_records, &some), 0);
	ck_assert_uint_eq(some.n, 3);
	all.n = 0;
	ck_assert_int_eq(store_each(store, CHAT_TABLE_TOKENS, count_records, &all), 0);
	ck_assert_uint_eq(all.n, 0);
	store_close(store);
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
		ck_assert_int_eq(fixture_put(store, CHAT_TABLE_REALM, "motto", "old"), STORE_OK);
	ck_assert_uint_eq(store->lookups, 0);
	ck_assert_int_eq(store_compact(store), STORE_OK);
	ck_assert_uint_eq(store->lookups, 1);
	ck_assert_int_eq(fixture_put(store, CHAT_TABLE_REALM, "motto", "new"), STORE_OK);
	ck_assert(fixture_has(store, CHAT_TABLE_REALM, "motto", "new"));
	ck_assert_uint_eq(store->lookups, 1);
	store_refresh(store);
	ck_assert_uint_eq(store->lookups, 2);
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
		test_commits_do_not_look_for_the_tables,
	};

	return FIXTURE_MAIN(argc, argv, tests);
}
