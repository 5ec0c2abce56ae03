/*
 * A writer that goes on where another ended: what the journal has beyond the files is done once,
 * and gives what it gave; clients that had no reply find out what was done.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fnv.h"
#include "chat/table.h"
#include "fake_clock.h"
#include "store/batch.h"
#include "store/journal.h"
#include "store_fixture.h"

#define BATCHES  60
#define OPS_MOST 6
#define LOGS     8
#define KEYS     10
#define HOUR_MS  (3600 * 1000)
#define MANY     20000 /* operations: more than are applied in one transaction */

static char dir[FIXTURE_DIR_MAX];
static char old[FIXTURE_DIR_MAX + 8]; /* the files as they were once */
static struct store_options opt;
static uint64_t chance;

static void
setup(void)
{
	fixture_dir_in_memory(dir);
	snprintf(old, sizeof(old), "%s.old", dir);
	opt = fixture_options(dir);
	store_close(fixture_create(&opt));
	fixture_committer_ended(dir);
	chance = 1;
}

static void
teardown(void)
{
	fixture_wipe(old);
	fixture_remove(dir);
}

static uint64_t
draw(uint64_t n)
{
	chance = chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (chance >> 33) % n;
}

static void
add_table_steps(struct store_tx *tx)
{
	char key[8], value[200];

	snprintf(key, sizeof(key), "k%d", (int)draw(KEYS));
	memset(value, 'a' + (int)draw(20), sizeof(value));
	switch (draw(6)) {
	case 0:
		store_tx_expect_absent(tx, CHAT_TABLE_USERS, key, 2); /* holds now and then */
		store_tx_put(tx, CHAT_TABLE_USERS, key, 2, value, draw(sizeof(value)));
		break;
	case 1:
		store_tx_delete(tx, CHAT_TABLE_USERS, key, 2);
		break;
	case 2:
		store_tx_next(tx, STORE_COUNTERS, "id", 2, 1 + draw(3));
		break;
	case 3:
		store_tx_advance_if(tx, STORE_CURSORS, key, 2, draw(100), CHAT_TABLE_USERS, key, 2);
		break;
	default:
		store_tx_put(tx, CHAT_TABLE_USERS, key, 2, value, draw(sizeof(value)));
	}
}

static void
add_log_steps(struct store_tx *tx)
{
	const uint64_t logs[] = { 1 + draw(LOGS), 20 + draw(LOGS), 900 + draw(LOGS) };
	unsigned char id[STORE_ONCE_ID] = { (unsigned char)draw(5) };
	char text[300];

	memset(text, 'a' + (int)draw(20), sizeof(text));
	switch (draw(7)) {
	case 0:
		store_tx_trim(tx, logs[0], 1 + draw(5), draw(100));
		break;
	case 1:
		store_tx_put(tx, STORE_LOG_STATE, "k", 1 + draw(1), text, draw(sizeof(text)));
		break;
	case 2:
		store_tx_once(tx, STORE_LOG_STATE, "once", 4, id, 10, HOUR_MS);
		store_tx_append(tx, logs[0], text, draw(sizeof(text)), 0, STORE_NO_LIMIT);
		break;
	case 3:
		store_tx_charge(tx, 7, 100, 2000);
		store_tx_append(tx, logs[0], text, 1, 0, store_tx_limit(1000, 10 * 1024));
		break;
	default:
		store_tx_append_to(tx, logs, 1 + (unsigned int)draw(3), text, draw(sizeof(text)), 0,
		    20);
	}
}

/* One batch of a few operations of both parts, some of which are refused. */
static void
do_batch(struct store *store)
{
	static struct store_tx txs[OPS_MOST];
	struct store_op ops[OPS_MOST], *pointers[OPS_MOST];
	size_t n = 1 + draw(OPS_MOST);

	for (size_t i = 0; i < n; i++) {
		store_tx_init(&txs[i]);
		if (draw(2) == 0)
			add_table_steps(&txs[i]);
		else
			add_log_steps(&txs[i]);
		ops[i] = (struct store_op){ .part = txs[i].part,
			.steps = txs[i].steps,
			.data = txs[i].data,
			.len = txs[i].len };
		pack_put_u64(ops[i].id, draw(UINT32_MAX));
		pointers[i] = &ops[i];
	}
	store_apply(store, pointers, n);
}

static uint64_t
digest_entry(struct store *store, uint64_t seq)
{
	struct store_entry entry;

	if (store_entry(store, seq, &entry) != STORE_OK)
		return seq;
	uint64_t digest = fnv_bytes(FNV_BEGIN, entry.data, entry.len) + (uint64_t)entry.time_ms;
	for (unsigned int i = 0; i < entry.n_places; i++)
		digest = digest * 31 + entry.places[i].log * 1000 + entry.places[i].number;
	return digest * 31 + seq;
}

static int
digest_record(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	uint64_t *digest = arg;

	*digest += fnv_bytes(FNV_BEGIN, key, key_len) * 31 + fnv_bytes(FNV_BEGIN, value, len);
	return 0;
}

/* A number that differs when anything that the store holds does. */
static uint64_t
digest_store(struct store *store)
{
	static const int tables[] = { STORE_COUNTERS, STORE_CURSORS, CHAT_TABLE_USERS,
		STORE_LOG_STATE };
	uint64_t digest = 0, next_seq;

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		digest = digest * 31;
		ck_assert_int_eq(store_each(store, tables[i], digest_record, &digest), 0);
	}
	ck_assert_int_eq(store_next_seq(store, &next_seq), STORE_OK);
	for (uint64_t seq = 1; seq < next_seq; seq++)
		digest = digest * 31 + digest_entry(store, seq);
	for (uint64_t log = 1; log < 1000; log++) {
		struct store_log_info info = fixture_info(store, log);

		digest = digest * 31 + info.first * 7 + info.last * 5 + info.bytes + info.closed;
	}
	return digest;
}

static void
copy_files(const char *from, const char *to)
{
	char command[3 * FIXTURE_DIR_MAX + 100];

	snprintf(command, sizeof(command),
	    "mkdir -p %s && rm -rf %s/log %s/tables.tdb && cp -r %s/log %s/tables.tdb %s/", to, to,
	    to, from, from, to);
	ck_assert_int_eq(system(command), 0);
}

static void
do_batches(struct store *store, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		do_batch(store);
}

/*
 * The files of some batches ago, the journal of now: what it has beyond is applied, the same comes
 * out, and a second time there is nothing to do.
 */
static void
check_replay(unsigned int before, unsigned int behind)
{
	struct store *store = fixture_open_writer(&opt);

	do_batches(store, before);
	store_close(store);
	copy_files(dir, old);
	store = fixture_open_writer(&opt);
	do_batches(store, behind);
	uint64_t wanted = digest_store(store), number = store->writer->number;
	store_close(store);

	copy_files(old, dir);
	for (int round = 0; round < 2; round++) {
		store = fixture_open_writer(&opt);
		ck_assert_uint_eq(store->writer->number, number);
		ck_assert_uint_eq(digest_store(store), wanted);
		fixture_check_crashed(store); /* the sizes of what it trims are made up */
		store_close(store);
	}
}

START_TEST(test_replay)
{
	check_replay((unsigned int)_i * 7, BATCHES);
}
END_TEST

/* The files begin anew at other places than they did before. */
START_TEST(test_replay_rotates)
{
	opt.log_file_size = 4096;
	check_replay(5, BATCHES);
}
END_TEST

/* One file is ahead of the other, as after a death between their commits. */
START_TEST(test_replay_one_part)
{
	char command[3 * FIXTURE_DIR_MAX + 100];
	struct store *store = fixture_open_writer(&opt);

	do_batches(store, 10);
	store_close(store);
	copy_files(dir, old);
	store = fixture_open_writer(&opt);
	do_batches(store, BATCHES);
	uint64_t wanted = digest_store(store);
	store_close(store);
	snprintf(command, sizeof(command), "cp -r %s/%s %s/", old, _i == 0 ? "log" : "tables.tdb",
	    dir);
	ck_assert_int_eq(system(command), 0);
	store = fixture_open_writer(&opt);
	ck_assert_uint_eq(digest_store(store), wanted);
	store_close(store);
}
END_TEST

static void
is_refused(const char *why)
{
	char error[512];

	ck_assert_ptr_null(store_open_writer(&opt, error, sizeof(error)));
	ck_assert_msg(strstr(error, why) != NULL, "%s", error);
}

/* Files that another journal belongs to are not changed by this one. */
START_TEST(test_replay_of_others)
{
	struct store *store = fixture_open_writer(&opt);

	fixture_append(store, 1, "one");
	store_close(store);
	copy_files(dir, old);
	store = fixture_open_writer(&opt);
	fixture_append(store, 1, "two");
	store->writer->next_seq++; /* as if somebody had changed the files beside the journal */
	fixture_append(store, 1, "three");
	store_close(store);
	copy_files(old, dir);
	is_refused("batch 3 of the journal cannot be applied");
}
END_TEST

/* The entries before a batch are others than they were, of which its own steps say nothing. */
START_TEST(test_replay_behind_others)
{
	struct store *store = fixture_open_writer(&opt);
	struct store_tx tx;

	fixture_append(store, 1, "one");
	store_close(store);
	copy_files(dir, old);
	store = fixture_open_writer(&opt);
	store->writer->next_seq++;
	store_tx_init(&tx);
	store_tx_trim(&tx, 1, 2, 3);
	fixture_must(store, &tx);
	store_close(store);
	copy_files(old, dir);
	is_refused("batch 2 of the journal cannot be applied: it does not follow the entries");
}
END_TEST

/* A number was drawn of which the journal does not know. */
START_TEST(test_replay_of_another_outcome)
{
	struct store *store = fixture_open_writer(&opt);
	struct store_tx tx;

	store_tx_init(&tx);
	store_tx_next(&tx, STORE_COUNTERS, "id", 2, 1);
	fixture_must(store, &tx);
	ck_assert_int_eq(store_progress_renumber(store->tables, 0, 0), 0);
	store_close(store);
	is_refused("batch 1 of the journal cannot be applied: it does not follow from what");
}
END_TEST

/* Times are those of the batches, whatever the clock says when they are applied. */
START_TEST(test_replay_times)
{
	struct store_entry entry;
	struct store *store = fixture_open_writer(&opt);

	store_close(store);
	copy_files(dir, old);
	store = fixture_open_writer(&opt);
	fixture_append(store, 1, "one");
	ck_assert_int_eq(store_entry(store, 1, &entry), STORE_OK);
	int64_t then = entry.time_ms;
	store_close(store);
	copy_files(old, dir);
	fake_clock_shift(CLOCK_REALTIME, HOUR_MS);
	store = fixture_open_writer(&opt);
	ck_assert_int_eq(store_entry(store, 1, &entry), STORE_OK);
	ck_assert_int_eq(entry.time_ms, then);
	fake_clock_shift(CLOCK_REALTIME, -HOUR_MS);
	store_close(store);
}
END_TEST

/* Appends one entry as an operation of this id; `again` says that it may have been done. */
static struct store_outcome
append_as(struct store *store, unsigned char id, bool again)
{
	static struct store_tx tx;
	struct store_op op = { .id = { id }, .again = again }, *pointer = &op;

	store_tx_init(&tx);
	store_tx_append(&tx, 1, "x", 1, 0, STORE_NO_LIMIT);
	op.part = tx.part;
	op.steps = tx.steps;
	op.data = tx.data;
	op.len = tx.len;
	store_apply(store, &pointer, 1);
	return op.outcome;
}

/*
 * An operation whose client had no reply from the first writer is known to the third, too, though
 * that has a batch of the second to apply.
 */
START_TEST(test_replay_remembers)
{
	struct store *store = fixture_open_writer(&opt);
	uint64_t value = append_as(store, 1, false).value;

	store_close(store);
	store = fixture_open_writer(&opt); /* it notes the first */
	copy_files(dir, old);
	ck_assert_int_eq(append_as(store, 2, false).status, STORE_OK);
	store_close(store);
	copy_files(old, dir);
	for (int round = 0; round < 2; round++) {
		store = fixture_open_writer(&opt);
		ck_assert_uint_eq(append_as(store, 1, true).value, value);
		ck_assert_uint_eq(append_as(store, 2, true).value, value + 1);
		ck_assert_uint_eq(fixture_info(store, 1).last, 2);
		store_close(store);
	}
}
END_TEST

/* A client waits for half a minute; the next writers need not know longer what it asked for. */
START_TEST(test_replay_forgets)
{
	struct store_progress progress;
	struct store *store = fixture_open_writer(&opt);

	append_as(store, 1, false);
	store_close(store);
	store = fixture_open_writer(&opt);
	append_as(store, 2, false);
	ck_assert_int_eq(store_progress_read(store_files_current(store), &progress), STORE_OK);
	ck_assert_uint_eq(progress.n_recent, 1);
	fake_clock_shift(CLOCK_MONOTONIC, HOUR_MS / 10);
	append_as(store, 3, false);
	ck_assert_int_eq(store_progress_read(store_files_current(store), &progress), STORE_OK);
	ck_assert_uint_eq(progress.n_recent, 0);
	fake_clock_shift(CLOCK_MONOTONIC, 0);
	store_close(store);
}
END_TEST

/* One batch of as many operations as fit. */
static void
do_large_batch(struct store *store)
{
	static struct store_tx tx;
	static struct store_op ops[STORE_BATCH_OPS], *pointers[STORE_BATCH_OPS];

	store_tx_init(&tx);
	store_tx_append(&tx, 1, "x", 1, 0, STORE_NO_LIMIT);
	for (size_t i = 0; i < STORE_BATCH_OPS; i++) {
		ops[i] = (struct store_op){ .part = tx.part,
			.steps = tx.steps,
			.data = tx.data,
			.len = tx.len };
		pointers[i] = &ops[i];
	}
	store_apply(store, pointers, STORE_BATCH_OPS);
	ck_assert_int_eq(ops[STORE_BATCH_OPS - 1].outcome.status, STORE_OK);
}

/* A long journal is applied in several transactions, between which a full file ends. */
START_TEST(test_replay_of_many)
{
	struct store *store = fixture_open_writer(&opt);
	uint64_t last = 0;

	store_close(store);
	copy_files(dir, old);
	store = fixture_open_writer(&opt);
	while (last < MANY) {
		do_large_batch(store);
		last += STORE_BATCH_OPS;
	}
	store_close(store);
	copy_files(old, dir);
	opt.log_file_size = 4096;
	store = fixture_open_writer(&opt);
	ck_assert_uint_eq(fixture_info(store, 1).last, last);
	ck_assert_uint_eq(store->n_logs, 3);
	fixture_check(store);
	store_close(store);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("test_store_replay");
	TCase *tests = tcase_create("store_replay");

	tcase_set_timeout(tests, FIXTURE_TIMEOUT);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, test_replay, 0, 4);
	tcase_add_test(tests, test_replay_rotates);
	tcase_add_loop_test(tests, test_replay_one_part, 0, 2);
	tcase_add_test(tests, test_replay_of_others);
	tcase_add_test(tests, test_replay_behind_others);
	tcase_add_test(tests, test_replay_of_another_outcome);
	tcase_add_test(tests, test_replay_times);
	tcase_add_test(tests, test_replay_remembers);
	tcase_add_test(tests, test_replay_forgets);
	tcase_add_test(tests, test_replay_of_many);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
