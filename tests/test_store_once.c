/*
 * Transactions that are done once: what is asked for again is answered as the first time, whatever
 * happened in between, for as long and as often as the caller says.
 */
#include <signal.h>
#include <string.h>

#include "fake_clock.h"
#include "store_fixture.h"

#define LOG     7
#define KEEP    5
#define HOUR_MS (60 * 60 * 1000LL)
#define DAY_MS  (24 * HOUR_MS)

static void
write_once(struct store_tx *tx, const char *key, unsigned char name, uint64_t limit)
{
	unsigned char id[STORE_ONCE_ID] = { [0] = 0xaa, [STORE_ONCE_ID - 1] = name };

	store_tx_init(tx);
	store_tx_once(tx, STORE_LOG_STATE, key, strlen(key), id, KEEP, DAY_MS);
	store_tx_append(tx, LOG, &name, 1, 0, limit);
}

static enum store_status
commit_once(struct store *store, const char *key, unsigned char name, uint64_t *seq)
{
	struct store_tx tx;
	unsigned int step;

	write_once(&tx, key, name, STORE_NO_LIMIT);
	return fixture_commit(store, &tx, &step, seq);
}

static void
must_be_new(struct store *store, const char *key, unsigned char name, uint64_t expected)
{
	uint64_t seq;

	ck_assert_int_eq(commit_once(store, key, name, &seq), STORE_OK);
	ck_assert_uint_eq(seq, expected);
}

static void
must_be_repeated(struct store *store, const char *key, unsigned char name, uint64_t expected)
{
	uint64_t seq, last = fixture_info(store, LOG).last;

	ck_assert_int_eq(commit_once(store, key, name, &seq), STORE_REPEATED);
	ck_assert_uint_eq(seq, expected);
	ck_assert_uint_eq(fixture_info(store, LOG).last, last);
}

START_TEST(test_again)
{
	struct store *store = fixture_memory();

	must_be_new(store, "messi", 'a', 1);
	must_be_repeated(store, "messi", 'a', 1);
	must_be_new(store, "messi", 'b', 2);
	must_be_new(store, "lineker", 'a', 3);
	must_be_repeated(store, "messi", 'a', 1);
	must_be_repeated(store, "messi", 'b', 2);
	must_be_repeated(store, "lineker", 'a', 3);
	fixture_check(store);
	store_close(store);
}
END_TEST

START_TEST(test_how_many)
{
	struct store *store = fixture_memory();
	unsigned char record[1 + (KEEP + 1) * 32];
	size_t len;

	for (unsigned char i = 0; i < KEEP; i++)
		must_be_new(store, "messi", i, i + 1U);
	must_be_repeated(store, "messi", 0, 1);
	must_be_new(store, "messi", KEEP, KEEP + 1);
	for (unsigned char i = 1; i <= KEEP; i++)
		must_be_repeated(store, "messi", i, i + 1U);
	must_be_new(store, "messi", 0, KEEP + 2);
	must_be_new(store, "messi", 1, KEEP + 3);
	ck_assert_int_eq(store_get(store, STORE_LOG_STATE, "messi", 5, record, sizeof(record),
	                     &len),
	    STORE_OK);
	ck_assert_uint_eq(len, 1 + KEEP * 32);
	store_close(store);
}
END_TEST

START_TEST(test_how_long)
{
	struct store *store = fixture_memory();
	unsigned char record[1 + KEEP * 32];
	size_t len;

	must_be_new(store, "messi", 'a', 1);
	fake_clock_shift(CLOCK_REALTIME, DAY_MS - HOUR_MS);
	must_be_repeated(store, "messi", 'a', 1);
	must_be_new(store, "messi", 'b', 2);
	fake_clock_shift(CLOCK_REALTIME, DAY_MS + HOUR_MS);
	must_be_new(store, "messi", 'a', 3);
	must_be_repeated(store, "messi", 'b', 2);
	must_be_repeated(store, "messi", 'a', 3);
	ck_assert_int_eq(store_get(store, STORE_LOG_STATE, "messi", 5, record, sizeof(record),
	                     &len),
	    STORE_OK);
	ck_assert_uint_eq(len, 1 + 2 * 32);
	/* A clock that goes back does not bring it about that something is done again. */
	fake_clock_shift(CLOCK_REALTIME, -2 * DAY_MS);
	must_be_repeated(store, "messi", 'a', 3);
	store_close(store);
}
END_TEST

/* What was refused was not done. */
START_TEST(test_refused)
{
	struct store *store = fixture_memory();
	struct store_tx tx;

	must_be_new(store, "messi", 'a', 1);
	write_once(&tx, "messi", 'b', 1);
	ck_assert_int_eq(fixture_try(store, &tx), STORE_FULL);
	must_be_new(store, "messi", 'b', 2);
	store_close(store);
}
END_TEST

START_TEST(test_arguments)
{
	static const struct {
		int table;
		uint64_t keep;
		int64_t keep_ms;
		bool fits;
	} rows[] = {
		{ STORE_LOG_STATE, 1, 0, true },
		{ STORE_LOG_STATE, STORE_ONCE_MOST, INT64_MAX, true },
		{ STORE_LOG_STATE, 0, 0, false },
		{ STORE_LOG_STATE, STORE_ONCE_MOST + 1, 0, false },
		{ STORE_LOG_STATE, 1, -1, false },
		{ STORE_TABLES_FREE, 1, 1, false },
	};
	static const unsigned char id[STORE_ONCE_ID];
	struct store_tx tx;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		store_tx_init(&tx);
		store_tx_once(&tx, rows[i].table, "k", 1, id, rows[i].keep, rows[i].keep_ms);
		ck_assert_int_eq(tx.overflow, !rows[i].fits);
	}
}
END_TEST

/* The longest record fits, and stays as long as it is. */
START_TEST(test_longest)
{
	struct store *store = fixture_memory();
	static unsigned char record[STORE_VALUE_MAX];
	struct store_outcome outcome;
	struct store_tx tx;
	size_t len;

	for (uint64_t i = 1; i <= STORE_ONCE_MOST + 3; i++) {
		unsigned char id[STORE_ONCE_ID] = { 0 };

		pack_put_u64(id, i);
		store_tx_init(&tx);
		store_tx_once(&tx, STORE_LOG_STATE, "k", 1, id, STORE_ONCE_MOST, DAY_MS);
		store_tx_append(&tx, LOG, "x", 1, 0, STORE_NO_LIMIT);
		fixture_must(store, &tx);
	}
	ck_assert_int_eq(store_commit(store, &tx, &outcome), STORE_REPEATED);
	ck_assert_uint_eq(outcome.value, STORE_ONCE_MOST + 3);
	ck_assert_int_eq(store_get(store, STORE_LOG_STATE, "k", 1, record, sizeof(record), &len),
	    STORE_OK);
	ck_assert_uint_eq(len, 1 + STORE_ONCE_MOST * 32);
	store_close(store);
}
END_TEST

/* A record that is none stops nobody. */
START_TEST(test_nonsense)
{
	struct store *store = fixture_memory();

	must_be_new(store, "messi", 'a', 1);
	ck_assert_int_eq(fixture_put(store, STORE_LOG_STATE, "messi", "nonsense"), STORE_OK);
	must_be_new(store, "messi", 'a', 2);
	must_be_repeated(store, "messi", 'a', 2);
	store_close(store);
}
END_TEST

/* Two clients send the same within one batch. */
START_TEST(test_in_one_batch)
{
	char dir[FIXTURE_DIR_MAX];
	static struct store_tx txs[3];
	struct store_op ops[3], *pointers[3];

	fixture_dir(dir);
	struct store_options opt = fixture_options(dir);
	store_close(fixture_create(&opt));
	fixture_committer_ended(dir);
	struct store *store = fixture_open_writer(&opt);
	for (unsigned char i = 0; i < 3; i++) {
		write_once(&txs[i], "messi", i == 1 ? 'b' : 'a', STORE_NO_LIMIT);
		ops[i] = (struct store_op){ .part = txs[i].part,
			.steps = txs[i].steps,
			.data = txs[i].data,
			.len = txs[i].len };
		pack_put_u64(ops[i].id, i + 1U);
		pointers[i] = &ops[i];
	}
	store_apply(store, pointers, 3);
	ck_assert_int_eq(ops[0].outcome.status, STORE_OK);
	ck_assert_int_eq(ops[1].outcome.status, STORE_OK);
	ck_assert_int_eq(ops[2].outcome.status, STORE_REPEATED);
	ck_assert_uint_eq(ops[0].outcome.value, 1);
	ck_assert_uint_eq(ops[2].outcome.value, 1);
	ck_assert_uint_eq(fixture_info(store, LOG).last, 2);
	/* The committer that comes next is asked for the first one again. */
	store_close(store);
	store = fixture_open_writer(&opt);
	ops[0].again = true;
	ops[0].outcome = (struct store_outcome){ .status = STORE_FAILED };
	store_apply(store, pointers, 1);
	ck_assert_int_eq(ops[0].outcome.status, STORE_OK);
	ck_assert_uint_eq(ops[0].outcome.value, 1);
	fixture_check(store);
	store_close(store);
	fixture_remove(dir);
}
END_TEST

static void
fill_files(struct store *store)
{
	static const unsigned char data[60000];
	size_t files = store->n_logs + 2;
	struct store_tx tx;

	for (int i = 0; store->n_logs < files; i++) {
		ck_assert_int_lt(i, 1000);
		store_tx_init(&tx);
		store_tx_append(&tx, 9, data, sizeof(data), 0, STORE_NO_LIMIT);
		fixture_must(store, &tx);
		(void)fixture_info(store, 9); /* which sees that another file follows */
	}
}

/* Neither the death of a committer nor files that come and go make it forget. */
START_TEST(test_death_and_rotation)
{
	char dir[FIXTURE_DIR_MAX];
	struct store_tx tx;
	size_t dropped;

	fixture_dir(dir);
	struct store_options opt = fixture_options(dir);
	struct store *store = fixture_create(&opt);
	must_be_new(store, "messi", 'a', 1);
	ck_assert_int_eq(kill(fixture_committer(dir), SIGKILL), 0);
	must_be_repeated(store, "messi", 'a', 1);
	fill_files(store);
	must_be_repeated(store, "messi", 'a', 1);
	store_tx_init(&tx);
	store_tx_trim(&tx, 9, fixture_info(store, 9).last + 1, UINT64_MAX);
	store_tx_trim(&tx, LOG, 2, 1);
	fixture_must(store, &tx);
	ck_assert_int_eq(store_collect(store, &dropped), 0);
	ck_assert_uint_gt(dropped, 0);
	store_close(store);
	store = fixture_open(&opt);
	must_be_repeated(store, "messi", 'a', 1);
	fixture_check(store);
	store_close(store);
	fixture_remove(dir);
}
END_TEST

#define RECORDS 40
#define RECORD  4096 /* bytes */

/* What lies with the logs is copied into each file of them, and takes none of its room. */
START_TEST(test_much_state)
{
	struct store_options opt = fixture_options("");
	static char value[RECORD];
	struct store_tx tx;

	opt.memory = true;
	opt.log_file_size = (uint64_t)RECORDS * RECORD / 2;
	struct store *store = fixture_open(&opt);
	for (unsigned char i = 0; i < RECORDS; i++) {
		store_tx_init(&tx);
		store_tx_put(&tx, STORE_LOG_STATE, &i, 1, value, sizeof(value));
		fixture_must(store, &tx);
	}
	for (int i = 0; i < RECORDS; i++)
		ck_assert_int_eq(fixture_append(store, LOG, "x"), STORE_OK);
	ck_assert_uint_le(store->n_logs, 3);
	store_close(store);
}
END_TEST

START_TEST(test_old)
{
	struct store *store = fixture_memory();
	unsigned char record[1 + KEEP * 32];
	size_t len;

	must_be_new(store, "messi", 'a', 1);
	fake_clock_shift(CLOCK_REALTIME, DAY_MS - HOUR_MS);
	must_be_new(store, "messi", 'b', 2);
	fake_clock_shift(CLOCK_REALTIME, DAY_MS + HOUR_MS);
	ck_assert_int_eq(store_get(store, STORE_LOG_STATE, "messi", 5, record, sizeof(record),
	                     &len),
	    STORE_OK);
	ck_assert(!store_once_is_old(record, len, DAY_MS));
	ck_assert(store_once_is_old(record, len, HOUR_MS));
	ck_assert(!store_once_is_old(record, len - 1, HOUR_MS));
	ck_assert(!store_once_is_old(record, 1, HOUR_MS));
	store_close(store);
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *tests[] = {
		test_again,
		test_how_many,
		test_how_long,
		test_refused,
		test_arguments,
		test_longest,
		test_nonsense,
		test_in_one_batch,
		test_death_and_rotation,
		test_much_state,
		test_old,
	};

	return FIXTURE_MAIN(argc, argv, tests);
}
