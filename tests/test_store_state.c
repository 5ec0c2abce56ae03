/*
 * Records that lie with the logs: they go along into the next file of logs, those that were
 * deleted do not, and coming and going they take no space.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_fixture.h"

#define KEYS    40
#define ROUNDS  4000
#define FILES   4 /* of logs, one after the other */
#define COMINGS 100000
#define AT_ONCE 250

static size_t
name_of(char name[32], uint64_t number)
{
	return (size_t)snprintf(name, 32, "record %llu", (unsigned long long)number);
}

static void
tx_put(struct store_tx *tx, uint64_t number, uint64_t value)
{
	char name[32];
	unsigned char bytes[8];
	size_t len = name_of(name, number);

	pack_put_u64(bytes, value);
	store_tx_put(tx, STORE_LOG_STATE, name, len, bytes, sizeof(bytes));
}

static void
tx_delete(struct store_tx *tx, uint64_t number)
{
	char name[32];
	size_t len = name_of(name, number);

	store_tx_delete(tx, STORE_LOG_STATE, name, len);
}

static int
count_one(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	(void)key;
	(void)key_len;
	(void)value;
	(void)len;
	*(size_t *)arg += 1;
	return 0;
}

/* The expected value of each key; 0: no record. */
static void
check_model(struct store *store, const uint64_t model[KEYS])
{
	size_t expected = 0, found = 0;
	char name[32];

	for (uint64_t i = 0; i < KEYS; i++) {
		name_of(name, i);
		ck_assert_uint_eq(fixture_number(store, STORE_LOG_STATE, name), model[i]);
		expected += model[i] != 0;
	}
	ck_assert_int_eq(store_each(store, STORE_LOG_STATE, count_one, &found), 0);
	ck_assert_uint_eq(found, expected);
}

static void
begin_next_file(struct store *store)
{
	static const char data[6000];
	size_t before = store->n_logs;
	struct store_tx tx;

	while (store->n_logs == before) {
		store_tx_init(&tx);
		store_tx_append(&tx, 1, data, sizeof(data), 0, STORE_NO_LIMIT);
		fixture_must(store, &tx);
	}
}

START_TEST(test_they_go_along)
{
	struct store *store = fixture_memory();
	uint64_t model[KEYS] = { 0 };
	struct store_tx tx;

	srand(5);
	for (uint64_t round = 1; round <= ROUNDS; round++) {
		store_tx_init(&tx);
		for (int i = rand() % 4; i >= 0; i--) {
			uint64_t number = (uint64_t)rand() % KEYS;

			if (rand() % 2 == 0) {
				tx_put(&tx, number, round);
				model[number] = round;
			} else {
				tx_delete(&tx, number);
				model[number] = 0;
			}
		}
		fixture_must(store, &tx);
		if (round % (ROUNDS / FILES) == 0) {
			check_model(store, model);
			begin_next_file(store);
			check_model(store, model);
		}
	}
	fixture_check(store);
	store_close(store);
}
END_TEST

/* A record that was deleted before, and one that was deleted and put again. */
START_TEST(test_deleted_in_the_next_file)
{
	struct store *store = fixture_memory();
	uint64_t model[KEYS] = { 0 };
	struct store_tx tx;

	store_tx_init(&tx);
	for (uint64_t i = 0; i < 3; i++)
		tx_put(&tx, i, model[i] = i + 1);
	fixture_must(store, &tx);
	begin_next_file(store);
	store_tx_init(&tx);
	tx_delete(&tx, 0);
	tx_delete(&tx, 1);
	tx_delete(&tx, 7); /* never was */
	tx_put(&tx, 1, 9);
	fixture_must(store, &tx);
	model[0] = 0;
	model[1] = 9;
	begin_next_file(store);
	check_model(store, model);
	fixture_check(store);
	store_close(store);
}
END_TEST

static int
count_note(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	const unsigned char *bytes = key;

	(void)key_len;
	(void)value;
	(void)len;
	*(size_t *)arg += bytes[0] == STORE_RECORD_STATE || bytes[0] == STORE_RECORD_STATE_INDEX;
	return 0;
}

/* Puts and deletes as many records as may come and go in the life of a file; some stay a while. */
START_TEST(test_no_space_is_lost)
{
	char dir[FIXTURE_DIR_MAX];
	struct store_tx tx;
	size_t early = 0, notes = 0;

	fixture_dir_in_memory(dir);
	struct store_options opt = fixture_options(dir);
	opt.log_file_size = STORE_LOG_FILE_SIZE;
	store_close(fixture_create(&opt));
	struct store *store = fixture_open_writer(&opt);
	for (uint64_t n = 0; n < COMINGS; n += AT_ONCE) {
		store_tx_init(&tx);
		for (uint64_t i = n; i < n + AT_ONCE; i++) {
			tx_put(&tx, i, i + 1);
			if (i >= AT_ONCE)
				tx_delete(&tx, i - AT_ONCE);
		}
		fixture_must(store, &tx);
		if (n == COMINGS / 10)
			early = store_file_size(store_files_current(store));
	}
	ck_assert_uint_eq(store->n_logs, 1);
	ck_assert_uint_le(store_file_size(store_files_current(store)), early);
	/* For each that is there its place in the list and the way back, and how many they are. */
	ck_assert_int_eq(store_file_each(store_files_current(store), count_note, &notes), 0);
	ck_assert_uint_eq(notes, 2 * AT_ONCE + 1);
	fixture_check(store);
	store_close(store);
	fixture_remove(dir);
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *tests[] = {
		test_they_go_along,
		test_deleted_in_the_next_file,
		test_no_space_is_lost,
	};

	return FIXTURE_MAIN(argc, argv, tests);
}
