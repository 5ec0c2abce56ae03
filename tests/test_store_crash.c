/*
 * The store when something goes wrong in the midst of a change: its process dies at every
 * single write, sync and rename in turn, the power goes, the disk is full or fails. What was
 * acknowledged is there exactly once, all else at most once and only whole.
 */
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store_fault.h"
#include "store_fixture.h"
#include "store_power.h"
#include "store_script.h"
#include "suite.h"

#define BATCH_OF_MANY 2 /* the first one of the script with several transactions */
#define STEPS_MOST    20000
#define ROTATE_OFTEN  4096               /* every batch of logs begins a new file */
#define ROTATE_NEVER  (64 * 1024 * 1024) /* at least not for the script */
#define PIECES        1000               /* records, half of which are deleted */
#define FULL_DISK     (96 * 1024 * 1024) /* bytes of a disk */
#define DEATHS        44                 /* of committers, one after the other */
#define OTHERS        80                 /* transactions of a batch */
#define COLLECTED     3                  /* files that are given back */

/* What a child tells before it dies: a batch is done. */
struct told {
	unsigned int first;
	size_t n;
	enum script_fate fates[8];
	uint64_t values[8];
};

static struct store_options
options(const char *dir, uint64_t log_file_size)
{
	struct store_options opt = fixture_options(dir);

	opt.log_file_size = log_file_size;
	opt.sync = true;
	return opt;
}

/* A new, empty store, made without waiting for the disk, and with small hash tables. */
static void
make_store(const struct store_options *opt)
{
	struct store_options small = *opt;
	char error[512] = "";

	small.log_file_size = ROTATE_OFTEN;
	fixture_wipe(opt->state);
	ck_assert_int_eq(mkdir(opt->state, 0700), 0);
	fault_watch(opt->state);
	ck_assert_msg(store_create(&small, error, sizeof(error)) == 0, "%s", error);
	fault_watch(NULL);
}

/* A writer of its own, without syncs: what is tested has happened before. */
static struct store *
open_after(const struct store_options *opt)
{
	struct store_options calm = *opt;

	calm.sync = false;
	return fixture_open_writer(&calm);
}

/* In the child, where a failure has nobody to be told to but by the exit status. */
static struct store *
open_to_die(const struct store_options *opt)
{
	char error[512] = "";
	struct store *store = store_open(opt, error, sizeof(error));

	if (store == NULL || store_apply_open(store, error, sizeof(error)) != 0) {
		fprintf(stderr, "%s\n", error);
		_exit(1);
	}
	return store;
}

static void
tell(int fd, const struct script *script)
{
	struct told told;

	told.n = script_batch(script->batch - 1, &told.first);
	memcpy(told.fates, script->fates + told.first, told.n * sizeof(told.fates[0]));
	memcpy(told.values, script->values + told.first, told.n * sizeof(told.values[0]));
	if (write(fd, &told, sizeof(told)) != sizeof(told))
		_exit(1);
}

/* What is to go wrong: a death before this step, or one sync that fails. */
struct fate {
	uint64_t death;
	uint64_t sync;
};

static void
run_to_death(const struct store_options *opt, const struct fate *fate, int fd)
{
	struct script script = { 0 };

	fault_watch(opt->state);
	fault_die_at(fate->death);
	if (fate->sync != 0)
		fault_fail(FAULT_SYNC, fate->sync, 1, EIO);
	struct store *store = open_to_die(opt);
	while (script.batch < script_batches()) {
		if (!script_step(&script, store, false))
			_exit(FAULT_EXIT); /* as the committer does when the disk fails */
		tell(fd, &script);
	}
	store_close(store);
	_exit(fault_failures() == 0 ? 0 : FAULT_EXIT);
}

/* What the child told; the batch after that may have been under way. */
static void
listen_to(int fd, struct script *script)
{
	struct told told;

	while (read(fd, &told, sizeof(told)) == sizeof(told)) {
		memcpy(script->fates + told.first, told.fates, told.n * sizeof(told.fates[0]));
		memcpy(script->values + told.first, told.values, told.n * sizeof(told.values[0]));
		script->batch++;
	}
	if (script->batch < script_batches())
		script_doubt(script, script->batch);
}

/* True when the child died where it was told to. */
static bool
is_dead(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) &&
	        (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == FAULT_EXIT),
	    "the child ended with status %x", (unsigned int)status);
	return WEXITSTATUS(status) == FAULT_EXIT;
}

static bool
die_of(const struct store_options *opt, const struct fate *fate, struct script *script)
{
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		run_to_death(opt, fate, fds[1]);
	close(fds[1]);
	listen_to(fds[0], script);
	close(fds[0]);
	return is_dead(pid);
}

/* Who takes over may die as well, while it brings the files in order. */
static void
die_again(const struct store_options *opt, uint64_t step)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		fault_watch(opt->state);
		fault_die_at(step);
		store_close(open_to_die(opt));
		_exit(0);
	}
	is_dead(pid);
}

/* Everything that was acknowledged is there, and nothing else but what is in doubt. */
static struct store *
check_what_is_there(const struct store_options *opt, const struct script *script)
{
	struct store *store = open_after(opt);

	script_verify(script, store);
	fixture_check_crashed(store);
	return store;
}

/* Then the rest of the script, first what is in doubt. */
static void
check_and_go_on(const struct store_options *opt, struct script *script)
{
	struct store *store = check_what_is_there(opt, script);

	for (bool again = true; script->batch < script_batches(); again = false)
		ck_assert(script_step(script, store, again));
	script_retry(script, store);
	ck_assert(script_is_done(script));
	script_verify(script, store);
	store_close(store);
}

/* The first half of that alone, most of the time. */
static void
check_quickly(const struct store_options *opt, struct script *script, uint64_t turn)
{
	if (turn % 4 == 0)
		check_and_go_on(opt, script);
	else
		store_close(check_what_is_there(opt, script));
}

/*
 * Every step at which there is something to be seen from outside, that is all of the first ones;
 * of the many that only fill another new file, some.
 */
static uint64_t
step_after(uint64_t step, uint64_t thorough)
{
	return step < thorough ? step + 1 : step + 5;
}

static void
die_everywhere(uint64_t log_file_size, uint64_t thorough)
{
	char dir[FIXTURE_DIR_MAX];
	bool died = true;
	struct fate fate;

	fixture_dir_in_memory(dir);
	struct store_options opt = options(dir, log_file_size);
	for (fate = (struct fate){ .death = 1 }; died;
	     fate.death = step_after(fate.death, thorough)) {
		struct script script = { 0 };

		ck_assert_uint_lt(fate.death, STEPS_MOST);
		fixture_place("death at step", fate.death);
		make_store(&opt);
		died = die_of(&opt, &fate, &script);
		if (died && fate.death % 3 == 0)
			die_again(&opt, 1 + fate.death % 11);
		check_and_go_on(&opt, &script);
	}
	/* The script takes some hundred steps: else nothing was watched. */
	ck_assert_uint_gt(fate.death, 300);
	fixture_place("", 0);
	fixture_remove(dir);
}

START_TEST(test_death_everywhere)
{
	die_everywhere(ROTATE_NEVER, STEPS_MOST);
}
END_TEST

START_TEST(test_death_in_rotation)
{
	die_everywhere(ROTATE_OFTEN, 280);
}
END_TEST

/* Whoever makes a store dies, and it is made again unless it is there. */
START_TEST(test_death_in_making)
{
	char dir[FIXTURE_DIR_MAX], error[512] = "";
	bool died = true;
	uint64_t step;

	fixture_dir_in_memory(dir);
	struct store_options opt = options(dir, ROTATE_OFTEN);
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
		died = is_dead(pid);
		if (store_create(&opt, error, sizeof(error)) != 0)
			ck_assert_msg(strstr(error, "there is a store in") != NULL, "%s", error);
		struct store *store = open_after(&opt);
		ck_assert_int_eq(fixture_append(store, 1, "one"), STORE_OK);
		ck_assert_int_eq(fixture_put(store, STORE_USERS, "messi", "x"), STORE_OK);
		fixture_check(store);
		store_close(store);
	}
	ck_assert_uint_gt(step, 10);
	fixture_place("", 0);
	fixture_remove(dir);
}
END_TEST

/* A batch of transactions that leave nothing to be seen. */
static void
do_others(struct store *store, int part)
{
	static uint64_t serial;
	static struct store_tx tx;
	struct store_op ops[OTHERS], *pointers[OTHERS];

	store_tx_init(&tx);
	store_tx_advance(&tx, part == STORE_PART_LOGS ? STORE_LOG_STATE : STORE_TOKENS, "other", 5,
	    1);
	for (size_t i = 0; i < OTHERS; i++) {
		ops[i] =
		    (struct store_op){ .part = part, .steps = 1, .data = tx.data, .len = tx.len };
		pack_put_u64(ops[i].id, ++serial);
		pointers[i] = &ops[i];
	}
	store_apply(store, part, pointers, OTHERS);
	for (size_t i = 0; i < OTHERS; i++)
		ck_assert_int_eq(ops[i].outcome.status, STORE_OK);
}

/*
 * A client whose committers die one after the other is told once only what became of its
 * transaction, however many others each of them did.
 */
START_TEST(test_many_deaths)
{
	char dir[FIXTURE_DIR_MAX];
	struct script script = { 0 };

	fixture_dir_in_memory(dir);
	struct store_options opt = options(dir, ROTATE_NEVER);
	make_store(&opt);
	struct store *store = open_after(&opt);
	ck_assert(script_step(&script, store, false)); /* one of the logs, one of the tables */
	ck_assert(script_step(&script, store, false));
	store_close(store);
	for (int death = 0; death < DEATHS; death++) {
		store = open_after(&opt);
		do_others(store, death % 2 == 0 ? STORE_PART_TABLES : STORE_PART_LOGS);
		store_close(store);
	}
	store = open_after(&opt);
	for (script.batch = 0; script.batch < 2;)
		ck_assert(script_step(&script, store, true));
	script_verify(&script, store);
	fixture_check_crashed(store);
	store_close(store);
	fixture_remove(dir);
}
END_TEST

/* Then the committer has to give up, or what it says is so. */
START_TEST(test_failing_sync_everywhere)
{
	char dir[FIXTURE_DIR_MAX];
	bool died = true;
	struct fate fate;

	fixture_dir_in_memory(dir);
	struct store_options opt = options(dir, ROTATE_OFTEN);
	for (fate = (struct fate){ .sync = 1 }; died; fate.sync++) {
		struct script script = { 0 };

		fixture_place("failing sync", fate.sync);
		make_store(&opt);
		died = die_of(&opt, &fate, &script);
		check_and_go_on(&opt, &script);
	}
	ck_assert_uint_gt(fate.sync, 40);
	fixture_place("", 0);
	fixture_remove(dir);
}
END_TEST

/* The script to its end while some calls fail. How many did. */
static uint64_t
run_failing(const struct store_options *opt, unsigned int kinds, uint64_t first, uint64_t count)
{
	struct script script = { 0 };

	make_store(opt);
	fault_watch(opt->state);
	fault_fail(kinds, first, count, ENOSPC);
	struct store *store = fixture_open_writer(opt);
	while (script.batch < script_batches())
		ck_assert(script_step(&script, store, false));
	uint64_t failures = fault_failures();
	fault_fail(0, 0, 0, 0);
	script_verify(&script, store);
	script_retry(&script, store);
	ck_assert(script_is_done(&script));
	script_verify(&script, store);
	store_close(store);
	fault_watch(NULL);
	store = open_after(opt);
	script_verify(&script, store);
	fixture_check_crashed(store);
	store_close(store);
	return failures;
}

static void
fail_everywhere(unsigned int kinds, uint64_t count, uint64_t log_file_size, uint64_t thorough)
{
	char dir[FIXTURE_DIR_MAX];
	uint64_t failures = 1, at;

	fixture_dir_in_memory(dir);
	struct store_options opt = options(dir, log_file_size);
	for (at = 1; failures > 0; at = step_after(at, thorough)) {
		fixture_place("full disk, write", at);
		failures = run_failing(&opt, kinds, at, count);
	}
	ck_assert_uint_gt(at, 5);
	fixture_place("", 0);
	fixture_remove(dir);
}

START_TEST(test_full_disk)
{
	fail_everywhere(FAULT_GROW, UINT64_MAX, ROTATE_NEVER, STEPS_MOST);
	fail_everywhere(FAULT_GROW, UINT64_MAX, ROTATE_OFTEN, STEPS_MOST);
}
END_TEST

/* On some file systems even what is overwritten needs space. */
START_TEST(test_failing_write)
{
	fail_everywhere(FAULT_GROW | FAULT_WRITE, 1, ROTATE_NEVER, 120);
	fail_everywhere(FAULT_GROW | FAULT_WRITE, 1, ROTATE_OFTEN, 100);
}
END_TEST

/*
 * A batch that cannot be done at once is done one by one; whoever has to ask again what became
 * of it hears of each.
 */
START_TEST(test_doubt_about_a_failed_batch)
{
	char dir[FIXTURE_DIR_MAX];
	bool failed = true;

	fixture_dir_in_memory(dir);
	struct store_options opt = options(dir, ROTATE_NEVER);
	for (uint64_t at = 1; failed; at++) {
		struct script script = { 0 };

		fixture_place("full disk, write", at);
		make_store(&opt);
		fault_watch(dir);
		struct store *store = fixture_open_writer(&opt);
		while (script.batch < BATCH_OF_MANY)
			ck_assert(script_step(&script, store, false));
		fault_fail(FAULT_GROW | FAULT_WRITE, at, 1, ENOSPC);
		ck_assert(script_step(&script, store, false));
		failed = fault_failures() > 0;
		fault_watch(NULL);
		store_close(store);
		store = open_after(&opt);
		script.batch--;
		ck_assert(script_step(&script, store, true));
		script_verify(&script, store);
		store_close(store);
	}
	fixture_place("", 0);
	fixture_remove(dir);
}
END_TEST

/* Records that leave a freelist in many pieces, so that TDB packs the file when it grows. */
static void
make_pieces(const struct store_options *opt)
{
	static unsigned char value[5000];
	struct store *store;
	struct store_tx tx;

	make_store(opt);
	store = open_after(opt);
	for (uint32_t key = 0; key < PIECES;) {
		store_tx_init(&tx);
		for (int i = 0; i < 20; i++, key++)
			store_tx_put(&tx, STORE_TOKENS, &key, sizeof(key), value, sizeof(value));
		ck_assert_int_eq(store_commit(store, &tx, NULL), STORE_OK);
	}
	for (uint32_t key = 0; key < PIECES;) {
		store_tx_init(&tx);
		for (int i = 0; i < 10; i++, key += 2)
			store_tx_delete(&tx, STORE_TOKENS, &key, sizeof(key));
		ck_assert_int_eq(store_commit(store, &tx, NULL), STORE_OK);
	}
	store_close(store);
}

/* A record for which none of the pieces is big enough, and a number for each that was done. */
static enum store_status
put_big(struct store *store, uint64_t *number)
{
	static const unsigned char data[6000];
	uint32_t key = (uint32_t)*number + PIECES;
	struct store_outcome outcome;
	struct store_tx tx;

	store_tx_init(&tx);
	store_tx_next(&tx, STORE_COUNTERS, "big", 3, 1);
	store_tx_put(&tx, STORE_TOKENS, &key, sizeof(key), data, sizeof(data));
	if (store_commit(store, &tx, &outcome) == STORE_OK)
		ck_assert_uint_eq(outcome.value, ++*number);
	return outcome.status;
}

/* Until something fails or the file has been packed, which takes many steps: true. */
static bool
put_until_packed(struct store *store, uint64_t *number, enum store_status *status)
{
	uint64_t before;

	do {
		before = fault_steps();
		*status = put_big(store, number);
		ck_assert_uint_lt(*number, PIECES);
	} while (fault_failures() == 0 && fault_steps() - before < PIECES / 2);
	return fault_failures() == 0;
}

/* That a file cannot be packed after a commit must not be taken for a commit that failed. */
START_TEST(test_full_disk_when_packing)
{
	char dir[FIXTURE_DIR_MAX];
	uint64_t done_all_the_same = 0;
	bool packed = false;

	fixture_dir_in_memory(dir);
	struct store_options opt = options(dir, ROTATE_NEVER);
	for (uint64_t at = 1; !packed; at++) {
		enum store_status status;
		uint64_t number = 0;

		fixture_place("full disk, growth", at);
		make_pieces(&opt);
		fault_watch(dir);
		fault_fail(FAULT_GROW, at, UINT64_MAX, ENOSPC);
		struct store *store = fixture_open_writer(&opt);
		packed = put_until_packed(store, &number, &status);
		ck_assert(status == STORE_OK || (status == STORE_NO_SPACE && !packed));
		done_all_the_same += status == STORE_OK && !packed;
		fault_watch(NULL);
		ck_assert_uint_eq(fixture_number(store, STORE_COUNTERS, "big"), number);
		ck_assert_int_eq(put_big(store, &number), STORE_OK);
		store_close(store);
		store = open_after(&opt);
		fixture_check_crashed(store);
		store_close(store);
	}
	ck_assert_uint_gt(done_all_the_same, 0);
	fixture_place("", 0);
	fixture_remove(dir);
}
END_TEST

/* What is known of the script when the power goes at an event: what was acknowledged before. */
static struct script
script_at(const struct script *whole, const struct fault_event *events, size_t at)
{
	struct script script = { 0 };

	for (size_t i = 0; i < at; i++) {
		unsigned int first;

		if (events[i].type != FAULT_EVENT_MARK)
			continue;
		size_t n = script_batch(script.batch++, &first);
		memcpy(script.fates + first, whole->fates + first, n * sizeof(script.fates[0]));
		memcpy(script.values + first, whole->values + first, n * sizeof(script.values[0]));
	}
	if (script.batch < script_batches())
		script_doubt(&script, script.batch);
	return script;
}

static void
cut_power(struct power *power, enum power_cut cut, uint64_t seed, const struct store_options *opt,
    struct script script)
{
	char log[FIXTURE_DIR_MAX + 8];

	snprintf(log, sizeof(log), "%s/log", opt->state);
	fixture_wipe(opt->state);
	ck_assert_int_eq(mkdir(opt->state, 0700), 0);
	ck_assert_int_eq(mkdir(log, 0700), 0);
	power_make(power, cut, seed, opt->state);
	check_quickly(opt, &script, seed);
}

/* The script, written down. */
static struct power *
record(const struct store_options *opt, struct script *whole)
{
	make_store(opt);
	struct power *power = power_new(opt->state);

	fault_watch(opt->state);
	fault_record();
	struct store *store = fixture_open_writer(opt);
	while (whole->batch < script_batches()) {
		ck_assert(script_step(whole, store, false));
		fault_mark(whole->batch);
	}
	store_close(store);
	fault_watch(NULL);
	return power;
}

static bool
is_sync(const struct fault_event *event)
{
	return event->type == FAULT_EVENT_SYNC || event->type == FAULT_EVENT_SYNC_NAMES;
}

/* In some of them chance has a hand. */
static const enum power_cut trials[] = { POWER_NOTHING, POWER_PREFIX, POWER_SOME, POWER_SOME,
	POWER_SOME, POWER_ALL_OR_NONE, POWER_ALL };

#define POWER_TRIALS (sizeof(trials) / sizeof(trials[0]))

static void
cut_everywhere(uint64_t log_file_size)
{
	char dir[FIXTURE_DIR_MAX];
	struct script whole = { 0 };
	size_t n, syncs = 0;

	fixture_dir_in_memory(dir);
	struct store_options opt = options(dir, log_file_size);
	struct power *power = record(&opt, &whole);
	const struct fault_event *events = fault_events(&n);
	for (size_t at = 0; at < n; at++) {
		struct script script = script_at(&whole, events, at);
		bool every = is_sync(&events[at]);

		power_advance(power, events, at);
		for (unsigned int i = 0; i < POWER_TRIALS; i++) {
			if (!every && i != at % (6 * POWER_TRIALS))
				continue;
			fixture_place("power cut", at * POWER_TRIALS + i);
			cut_power(power, trials[i], at * POWER_TRIALS + i, &opt, script);
		}
		syncs += every;
	}
	ck_assert_uint_gt(syncs, 40);
	power_free(power);
	fixture_place("", 0);
	fixture_remove(dir);
}

START_TEST(test_power_cut)
{
	cut_everywhere(ROTATE_NEVER);
}
END_TEST

START_TEST(test_power_cut_in_rotation)
{
	cut_everywhere(ROTATE_OFTEN);
}
END_TEST

/* Files of logs of whose entries few are kept: those of log 2. */
static void
fill_files(const struct store_options *opt)
{
	struct store *store;

	make_store(opt);
	store = open_after(opt);
	for (int file = 0; file < COLLECTED; file++) {
		struct store_tx tx;

		store_tx_init(&tx);
		for (int i = 0; i < 11; i++)
			store_tx_append(&tx, 1, "forgotten", 9, 0, STORE_NO_LIMIT);
		store_tx_append(&tx, 2, "kept", 4, 0, STORE_NO_LIMIT);
		store_tx_put(&tx, STORE_LOG_STATE, "peer", 4, "7", 1);
		ck_assert_int_eq(store_commit(store, &tx, NULL), STORE_OK);
	}
	ck_assert_uint_eq(store->n_logs, COLLECTED + 1);
	store_close(store);
}

/* Forgets what may be forgotten. Files that were given back, or -1. */
static int
collect(struct store *store)
{
	struct store_tx tx;
	size_t dropped;

	store_tx_init(&tx);
	store_tx_trim(&tx, 1, 11 * COLLECTED + 1, 9 * 11 * COLLECTED);
	if (store_commit(store, &tx, NULL) != STORE_OK || store_collect(store, &dropped) != 0)
		return -1;
	return (int)dropped;
}

static void
check_kept(struct store *store)
{
	struct store_reader reader;
	struct store_entry entry;
	uint64_t seq, number = 0;

	ck_assert_int_eq(store_reader_init(&reader, store, 2, 0), STORE_OK);
	for (; store_reader_peek(&reader, &seq) == STORE_OK; store_reader_skip(&reader)) {
		ck_assert_int_eq(store_entry(store, seq, &entry), STORE_OK);
		ck_assert_uint_eq(entry.number, ++number);
		ck_assert_uint_eq(entry.len, 4);
		ck_assert_mem_eq(entry.data, "kept", 4);
	}
	ck_assert_uint_eq(number, COLLECTED);
	ck_assert(fixture_has(store, STORE_LOG_STATE, "peer", "7"));
	fixture_check_crashed(store);
}

START_TEST(test_death_in_collecting)
{
	char dir[FIXTURE_DIR_MAX];
	bool died = true;
	uint64_t step;

	fixture_dir_in_memory(dir);
	struct store_options opt = options(dir, ROTATE_OFTEN);
	for (step = 1; died; step = step_after(step, 150)) {
		fixture_place("death at step", step);
		fill_files(&opt);
		pid_t pid = fork();
		ck_assert_int_ge(pid, 0);
		if (pid == 0) {
			fault_watch(dir);
			fault_die_at(step);
			struct store *store = open_to_die(&opt);
			_exit(collect(store) > 0 ? 0 : 1);
		}
		died = is_dead(pid);
		struct store *store = open_after(&opt);
		check_kept(store);
		ck_assert_int_ge(collect(store), 0);
		check_kept(store);
		ck_assert_uint_le(store->n_logs, 3);
		store_close(store);
	}
	ck_assert_uint_gt(step, 50);
	fixture_place("", 0);
	fixture_remove(dir);
}
END_TEST

/* Leaves so many bytes of a disk. */
static void
fill_disk(const char *path, size_t left)
{
	struct statvfs st;
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstatvfs(fd, &st), 0);
	size_t free_bytes = st.f_bavail * st.f_frsize;
	if (free_bytes > left)
		ck_assert_int_eq(posix_fallocate(fd, 0, (off_t)(free_bytes - left)), 0);
	close(fd);
}

/* The script on a disk that has so many bytes left; then there is space again. */
static bool
run_on_full_disk(const struct store_options *opt, const char *ballast, size_t left, bool mapped)
{
	struct script script = { 0 };
	struct store_options small = *opt;
	char error[512] = "";

	small.log_file_size = ROTATE_OFTEN;
	ck_assert_msg(store_create(&small, error, sizeof(error)) == 0, "%s", error);
	struct store *store = fixture_open_writer(opt);
	ck_assert_int_eq(store_files_map(store, mapped), 0);
	fill_disk(ballast, left);
	while (script.batch < script_batches())
		ck_assert(script_step(&script, store, false));
	bool refused = !script_is_done(&script);
	script_verify(&script, store);
	ck_assert_int_eq(unlink(ballast), 0);
	script_retry(&script, store);
	script_verify(&script, store);
	fixture_check_crashed(store);
	store_close(store);
	return refused;
}

/* A process with a small disk of its own. False where that is not permitted. */
static bool
mount_disk(const char *dir)
{
	char size[32];

	snprintf(size, sizeof(size), "size=%d", FULL_DISK);
	return unshare(CLONE_NEWNS) == 0 &&
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount("kabar", dir, "tmpfs", 0, size) == 0;
}

static void
run_on_small_disk(const char *dir)
{
	char state[FIXTURE_DIR_MAX + 16], ballast[FIXTURE_DIR_MAX + 16];
	unsigned int refused = 0, trial = 0;

	if (!mount_disk(dir))
		_exit(SUITE_SKIPPED);
	snprintf(state, sizeof(state), "%s/state", dir);
	snprintf(ballast, sizeof(ballast), "%s/ballast", dir);
	for (size_t left = 0; left < FULL_DISK / 2; left += 800 * 1024, trial++) {
		struct store_options opt =
		    options(state, trial % 2 == 0 ? ROTATE_OFTEN : ROTATE_NEVER);

		fixture_place("a disk with kB left", left / 1024);
		fixture_wipe(state);
		ck_assert_int_eq(mkdir(state, 0700), 0);
		refused += run_on_full_disk(&opt, ballast, left, trial / 2 % 2 == 0);
	}
	ck_assert_uint_gt(refused, 0);
	ck_assert_uint_lt(refused, trial);
	fixture_place("", 0);
	_exit(0);
}

START_TEST(test_small_disk)
{
	char dir[FIXTURE_DIR_MAX];
	int status;

	fixture_dir(dir);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		run_on_small_disk(dir);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	fixture_remove(dir);
	if (suite_skip_if(WIFEXITED(status) && WEXITSTATUS(status) == SUITE_SKIPPED,
	        geteuid() != 0 ? SUITE_NEEDS_ROOT : "mounting is not allowed"))
		return;
	ck_assert_int_eq(status, 0);
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *tests[] = {
		test_death_everywhere,
		test_death_in_rotation,
		test_death_in_making,
		test_many_deaths,
		test_failing_sync_everywhere,
		test_full_disk,
		test_failing_write,
		test_doubt_about_a_failed_batch,
		test_full_disk_when_packing,
		test_death_in_collecting,
		test_small_disk,
		test_power_cut,
		test_power_cut_in_rotation,
	};

	return FIXTURE_MAIN(argc, argv, tests);
}
