/*
 * The store when its process dies at every single write, sync and rename in turn, or one after
 * the other. What was acknowledged is there exactly once, all else at most once and only whole.
 */
#include <sys/stat.h>

#include <string.h>
#include <unistd.h>

#include "chat/table.h"
#include "store/checkpoint.h"
#include "store_crash.h"
#include "store_fault.h"

#define DEATHS 44 /* of committers, one after the other */
#define OTHERS 80 /* transactions of a batch */

START_TEST(test_death_everywhere)
{
	crash_die_everywhere(CRASH_ROTATE_NEVER, 7);
}
END_TEST

/* The process that makes a store dies; the store is made again unless it is complete. */
START_TEST(test_death_in_making)
{
	char dir[FIXTURE_DIR_MAX], error[512] = "";
	bool died = true;
	uint64_t step;

	fixture_dir_in_memory(dir);
	struct store_options opt = crash_options(dir, CRASH_ROTATE_OFTEN);
	for (step = 1; died; step++) {
		fixture_place("death at step", step);
		fixture_wipe(dir);
		ck_assert_int_eq(mkdir(dir, 0700), 0);
		pid_t pid = fork();
		ck_assert_int_ge(pid, 0);
		if (pid == 0) {
			fault_watch(dir);
			fault_die_at(step);
			_exit(store_create(&opt, error, sizeof(error)) == 0 ? 0 : 1);
		}
		died = crash_is_dead(pid);
		if (store_create(&opt, error, sizeof(error)) != 0)
			ck_assert_msg(strstr(error, "there is a store in") != NULL, "%s", error);
		struct store *store = crash_open(&opt);
		ck_assert_int_eq(fixture_append(store, 1, "one"), STORE_OK);
		ck_assert_int_eq(fixture_put(store, CHAT_TABLE_USERS, "messi", "x"), STORE_OK);
		fixture_check_crashed(store);
		store_close(store);
	}
	ck_assert_uint_gt(step, 10);
	fixture_place("", 0);
	fixture_remove(dir);
}
END_TEST

/* A batch of transactions that change nothing readable. */
static void
do_others(struct store *store, int part)
{
	static uint64_t serial;
	static struct store_tx tx;
	struct store_op ops[OTHERS], *pointers[OTHERS];

	store_tx_init(&tx);
	store_tx_advance(&tx, part == STORE_PART_LOGS ? STORE_LOG_STATE : CHAT_TABLE_TOKENS,
	    "other", 5, 1);
	for (size_t i = 0; i < OTHERS; i++) {
		ops[i] =
		    (struct store_op){ .part = part, .steps = 1, .data = tx.data, .len = tx.len };
		pack_put_u64(ops[i].id, ++serial);
		pointers[i] = &ops[i];
	}
	store_apply(store, pointers, OTHERS);
	for (size_t i = 0; i < OTHERS; i++)
		ck_assert_int_eq(ops[i].outcome.status, STORE_OK);
}

/*
 * A transaction is done once though its committers die, or end in good order, one after the other,
 * however many other transactions each of them did.
 */
START_TEST(test_many_deaths)
{
	char dir[FIXTURE_DIR_MAX];
	struct script script = { 0 };

	fixture_dir_in_memory(dir);
	struct store_options opt = crash_options(dir, CRASH_ROTATE_NEVER);
	crash_make(&opt);
	struct store *store = crash_open(&opt);
	ck_assert(script_step(&script, store, false)); /* one of the logs, one of the tables */
	store_close(store);
	for (int death = 0; death < DEATHS; death++) {
		store = crash_open(&opt);
		do_others(store, death % 2 == 0 ? STORE_PART_TABLES : STORE_PART_LOGS);
		if (death % 3 == 0)
			ck_assert_int_eq(store_checkpoint_leave(store), 0);
		store_close(store);
	}
	store = crash_open(&opt);
	script.batch = 0;
	ck_assert(script_step(&script, store, true));
	script_verify(&script, store);
	fixture_check_crashed(store);
	store_close(store);
	fixture_remove(dir);
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *tests[] = {
		test_death_everywhere,
		test_death_in_making,
		test_many_deaths,
	};

	return FIXTURE_MAIN(argc, argv, tests);
}
