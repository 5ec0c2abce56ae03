/*
 * Payers, and large logs, are remembered in tables of fixed size: whoever has many of either cannot
 * choose those that are forgotten, and what an append costs is bounded.
 */
#include <stdlib.h>

#include "store/budget.h"
#include "store_fixture.h"

#define MANY   24 /* more than the slots that one may be in */
#define SLOTS  1024
#define KIB    1
#define LENGTH 100

static char dir[FIXTURE_DIR_MAX];
static struct store *store;

static void
setup(void)
{
	struct store_options opt;

	fixture_dir(dir);
	opt = fixture_options(dir);
	store_close(fixture_create(&opt));
	store = fixture_open_writer(&opt);
}

static void
teardown(void)
{
	store_close(store);
	fixture_remove(dir);
}

/* Payers whose numbers, times the golden ratio, would be neighbours: each is held to its budget. */
START_TEST(payers)
{
	static const struct store_options opt = { .min_free = 0 };
	struct store_budget *budget = store_budget_new();
	uint64_t ids[MANY], n = 0;

	ck_assert_ptr_nonnull(budget);
	for (uint64_t id = 1; n < MANY; id++)
		if ((id * UINT64_C(0x9e3779b97f4a7c15)) >> 32 << 52 == 0)
			ids[n++] = id;
	for (int round = 0; round < 10; round++)
		for (size_t i = 0; i < MANY; i++) {
			enum store_status status =
			    store_budget_check(budget, &opt, ids[i], 100, 1000, 1);

			ck_assert_int_eq(status, STORE_OK);
			store_budget_charge(budget, ids[i], 100, 1000, 1);
		}
	for (size_t i = 0; i < MANY; i++)
		ck_assert_int_eq(store_budget_check(budget, &opt, ids[i], 100, 1000, 1),
		    STORE_OVER);
	free(budget);
}
END_TEST

static enum store_status
append(uint64_t log, uint64_t floor)
{
	static const char entry[LENGTH];
	struct store_tx tx;

	store_tx_init(&tx);
	store_tx_append(&tx, log, entry, sizeof(entry), floor, store_tx_limit(100000, KIB * 1024));
	return fixture_try(store, &tx);
}

/* Full logs whose numbers would share a slot; to send to all of them in turn costs nothing. */
START_TEST(full_logs)
{
	uint64_t looks;

	for (uint64_t i = 1; i <= MANY; i++)
		while (append(i * SLOTS, 0) == STORE_OK)
			;
	looks = store_unread_looks(store);
	for (int round = 0; round < 10; round++)
		for (uint64_t i = 1; i <= MANY; i++)
			ck_assert_int_eq(append(i * SLOTS, 0), STORE_FULL);
	ck_assert_uint_eq(store_unread_looks(store), looks);
}
END_TEST

/* A reader that moves with each append makes it look at few entries. */
START_TEST(reader_moves)
{
	const uint64_t entries = 3000, appends = 100;
	uint64_t looks, sent;

	for (sent = 0; sent < entries; sent++) {
		struct store_tx tx;

		store_tx_init(&tx);
		store_tx_append(&tx, 1, "x", 1, 0, STORE_NO_LIMIT);
		fixture_must(store, &tx);
	}
	looks = store_unread_looks(store);
	for (uint64_t floor = 1; floor <= appends; floor++)
		ck_assert_int_eq(append(1, floor), STORE_FULL);
	looks = store_unread_looks(store) - looks;
	ck_assert_uint_ge(looks, entries - 1);
	ck_assert_uint_lt(looks, 20 * entries);
	/* And what is read does not count. */
	ck_assert_int_eq(append(1, entries), STORE_OK);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store_budget");
	TCase *tcase = tcase_create("store_budget");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, FIXTURE_TIMEOUT);
	tcase_add_test(tcase, payers);
	tcase_add_test(tcase, full_logs);
	tcase_add_test(tcase, reader_moves);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
