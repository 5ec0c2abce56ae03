/*
 * The committer dies at each of its steps in turn while clients wait for it: they ask the next one.
 * Each of their transactions is there once, and was seen when it was acknowledged.
 */
#include <sys/wait.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store_crash.h"
#include "store_fault.h"

#define CLIENTS    3
#define APPENDS    4 /* of each client */
#define SHARED_LOG 1
#define OWN_LOG(i) (10 + (uint64_t)(i))

struct payload {
	uint32_t client;
	uint32_t serial;
	char filler[900]; /* so that files of logs fill up */
};

static void
append_both(struct store *store, uint32_t client, uint32_t serial)
{
	struct payload payload = { .client = client, .serial = serial };
	struct store_outcome outcome;
	struct store_entry entry;
	struct store_tx tx;

	store_tx_init(&tx);
	store_tx_append(&tx, OWN_LOG(client), &payload, 8, 0, STORE_NO_LIMIT);
	store_tx_next(&tx, STORE_LOG_STATE, "appends", 7, 1);
	store_tx_append(&tx, SHARED_LOG, &payload, sizeof(payload), 0, STORE_NO_LIMIT);
	FIXTURE_DEMAND(store_commit(store, &tx, &outcome) == STORE_OK);
	FIXTURE_DEMAND(store_entry(store, outcome.value, &entry) == STORE_OK);
	FIXTURE_DEMAND(entry.len == sizeof(payload) && memcmp(entry.data, &payload, 8) == 0);
}

static void
count_on(struct store *store, uint64_t *last)
{
	struct store_outcome outcome;
	struct store_tx tx;
	uint64_t number;

	store_tx_init(&tx);
	store_tx_next(&tx, STORE_COUNTERS, "ids", 3, 1);
	FIXTURE_DEMAND(store_commit(store, &tx, &outcome) == STORE_OK);
	FIXTURE_DEMAND(outcome.value > *last);
	*last = outcome.value;
	FIXTURE_DEMAND(store_get_number(store, STORE_COUNTERS, "ids", 3, &number) == STORE_OK);
	FIXTURE_DEMAND(number >= *last);
}

static void __attribute__((noreturn)) be_client(const struct store_options *opt, uint32_t client)
{
	char error[512] = "";
	uint64_t last = 0;

	fault_spare_me();
	struct store *store = store_open(opt, error, sizeof(error));
	FIXTURE_DEMAND(store != NULL);
	for (uint32_t serial = 1; serial <= APPENDS; serial++) {
		append_both(store, client, serial);
		count_on(store, &last);
	}
	store_close(store);
	_exit(0);
}

static void
check_log(struct store *store, uint64_t log, uint64_t expected)
{
	uint32_t serials[CLIENTS] = { 0 };
	struct store_reader reader;
	struct store_entry entry;
	struct payload payload;
	uint64_t seq, number = 0;

	ck_assert_int_eq(store_reader_init(&reader, store, log, 0), STORE_OK);
	for (; store_reader_peek(&reader, &seq) == STORE_OK; store_reader_skip(&reader)) {
		ck_assert_int_eq(store_entry(store, seq, &entry), STORE_OK);
		ck_assert_uint_eq(store_entry_number(&entry, log), ++number);
		memcpy(&payload, entry.data, 8);
		ck_assert_uint_lt(payload.client, CLIENTS);
		ck_assert_uint_eq(payload.serial, ++serials[payload.client]);
	}
	ck_assert_uint_eq(number, expected);
}

static void
check_all(const struct store_options *opt)
{
	struct store *store = fixture_open(opt);

	for (int i = 0; i < CLIENTS; i++)
		check_log(store, OWN_LOG(i), APPENDS);
	check_log(store, SHARED_LOG, CLIENTS * APPENDS);
	ck_assert_uint_eq(fixture_number(store, STORE_LOG_STATE, "appends"), CLIENTS * APPENDS);
	ck_assert_uint_eq(fixture_number(store, STORE_COUNTERS, "ids"), CLIENTS * APPENDS);
	fixture_check_crashed(store);
	store_close(store);
}

/* Returns the number of steps that all committers made. */
static uint64_t
run_clients(const struct store_options *opt, uint64_t death)
{
	pid_t clients[CLIENTS];
	int status;

	crash_make(opt);
	fault_watch(opt->state);
	fault_fork_after(FAULT_FORK_FREE);
	fault_die_at(death);
	for (uint32_t i = 0; i < CLIENTS; i++) {
		clients[i] = fork();
		ck_assert_int_ge(clients[i], 0);
		if (clients[i] == 0)
			be_client(opt, i);
	}
	fault_spare_me();
	for (int i = 0; i < CLIENTS; i++) {
		ck_assert_int_eq(waitpid(clients[i], &status, 0), clients[i]);
		ck_assert_int_eq(status, 0);
	}
	fixture_committer_leave(opt->state);
	uint64_t steps = fault_steps();
	fault_watch(NULL);
	check_all(opt);
	fixture_committer_leave(opt->state);
	return steps;
}

static void
kill_everywhere(uint64_t log_file_size, uint64_t stride)
{
	char dir[FIXTURE_DIR_MAX];
	uint64_t death = 1, steps = 1;

	fixture_dir_in_memory(dir);
	struct store_options opt = crash_options(dir, log_file_size);
	for (; death <= steps; death += crash_is_long() ? 1 : stride) {
		fixture_place("committer killed at step", death);
		steps = run_clients(&opt, death);
	}
	ck_assert_uint_gt(death, 50);
	fixture_place("", 0);
	fixture_remove(dir);
}

START_TEST(test_killed_at_each_step)
{
	kill_everywhere(CRASH_ROTATE_NEVER, 7);
}
END_TEST

START_TEST(test_killed_in_rotation)
{
	kill_everywhere(CRASH_ROTATE_OFTEN, 23);
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *tests[] = {
		test_killed_at_each_step,
		test_killed_in_rotation,
	};

	return FIXTURE_MAIN(argc, argv, tests);
}
