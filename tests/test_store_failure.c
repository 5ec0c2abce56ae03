/*
 * The store when calls fail: a sync, a write, all that needs space on a full disk. What was
 * acknowledged is there exactly once, what was refused is not, and it goes on once there is space.
 */
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "chat/table.h"
#include "store_crash.h"
#include "store_fault.h"

#define BATCH_OF_MANY 2                  /* the first one of the script with several transactions */
#define PIECES        1000               /* records, half of which are deleted */
#define FULL_DISK     (96 * 1024 * 1024) /* bytes of a disk */

/* Afterwards the committer is broken, or its outcomes are true. */
START_TEST(test_failing_sync_everywhere)
{
	char dir[FIXTURE_DIR_MAX];
	bool died = true;
	struct crash_fate fate;

	fixture_dir_in_memory(dir);
	struct store_options opt = crash_options(dir, CRASH_ROTATE_OFTEN);
	for (fate = (struct crash_fate){ .sync = 1 }; died; fate.sync++) {
		struct script script = { 0 };

		fixture_place("failing sync", fate.sync);
		crash_make(&opt);
		died = crash_die_of(&opt, &fate, &script);
		crash_go_on(&opt, &script);
	}
	ck_assert_uint_gt(fate.sync, 10);
	fixture_place("", 0);
	fixture_remove(dir);
}
END_TEST

/* Does the next batch; if the writer cannot tell what became of it, the one that follows can. */
static struct store *
do_step(const struct store_options *opt, struct store *store, struct script *script)
{
	for (bool again = false; !script_step(script, store, again); again = true) {
		store_close(store);
		store = crash_open_watched(opt);
	}
	return store;
}

/* Runs the script to its end while some calls fail. Returns how many failed. */
static uint64_t
run_failing(const struct store_options *opt, unsigned int kinds, uint64_t first, uint64_t count)
{
	struct script script = { 0 };

	crash_make(opt);
	struct store *store = crash_open_watched(opt);
	fault_watch(opt->state);
	fault_fail(kinds, first, count, ENOSPC);
	while (script.batch < script_batches())
		store = do_step(opt, store, &script);
	uint64_t failures = fault_failures();
	fault_fail(0, 0, 0, 0);
	script_verify(&script, store);
	script_retry(&script, store);
	ck_assert(script_is_done(&script));
	script_verify(&script, store);
	store_close(store);
	fault_watch(NULL);
	store = crash_open(opt);
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
	struct store_options opt = crash_options(dir, log_file_size);
	for (at = 1; failures > 0; at = crash_step_after(at, thorough)) {
		fixture_place("full disk, write", at);
		failures = run_failing(&opt, kinds, at, count);
	}
	ck_assert_uint_gt(at, 5);
	fixture_place("", 0);
	fixture_remove(dir);
}

START_TEST(test_full_disk)
{
	fail_everywhere(FAULT_GROW, UINT64_MAX, CRASH_ROTATE_NEVER, 30);
	fail_everywhere(FAULT_GROW, UINT64_MAX, CRASH_ROTATE_OFTEN, 30);
}
END_TEST

/* On some file systems overwriting needs space too. */
START_TEST(test_failing_write)
{
	fail_everywhere(FAULT_GROW | FAULT_WRITE, 1, CRASH_ROTATE_NEVER, 30);
	fail_everywhere(FAULT_GROW | FAULT_WRITE, 1, CRASH_ROTATE_OFTEN, 20);
}
END_TEST

/*
 * A batch that cannot be done at once is done one by one; a client that asks again gets the outcome
 * of each transaction.
 */
START_TEST(test_doubt_about_a_failed_batch)
{
	char dir[FIXTURE_DIR_MAX];
	bool failed = true;

	fixture_dir_in_memory(dir);
	struct store_options opt = crash_options(dir, CRASH_ROTATE_NEVER);
	for (uint64_t at = 1; failed; at++) {
		struct script script = { 0 };

		fixture_place("full disk, write", at);
		crash_make(&opt);
		fault_watch(dir);
		struct store *store = fixture_open_writer(&opt);
		while (script.batch < BATCH_OF_MANY)
			ck_assert(script_step(&script, store, false));
		fault_fail(FAULT_GROW | FAULT_WRITE, at, 1, ENOSPC);
		store = do_step(&opt, store, &script);
		failed = fault_failures() > 0;
		fault_watch(NULL);
		store_close(store);
		store = crash_open(&opt);
		script.batch--;
		ck_assert(script_step(&script, store, true));
		script_verify(&script, store);
		store_close(store);
	}
	fixture_place("", 0);
	fixture_remove(dir);
}
END_TEST

/* Puts and deletes records that leave the free list in many pieces: TDB packs such a file when it
 * grows. */
static void
make_pieces(const struct store_options *opt)
{
	static unsigned char value[5000];
	struct store *store;
	struct store_tx tx;

	crash_make(opt);
	store = crash_open(opt);
	for (uint32_t key = 0; key < PIECES;) {
		store_tx_init(&tx);
		for (int i = 0; i < 20; i++, key++)
			store_tx_put(&tx, CHAT_TABLE_TOKENS, &key, sizeof(key), value,
			    sizeof(value));
		ck_assert_int_eq(store_commit(store, &tx, NULL), STORE_OK);
	}
	for (uint32_t key = 0; key < PIECES;) {
		store_tx_init(&tx);
		for (int i = 0; i < 10; i++, key += 2)
			store_tx_delete(&tx, CHAT_TABLE_TOKENS, &key, sizeof(key));
		ck_assert_int_eq(store_commit(store, &tx, NULL), STORE_OK);
	}
	store_close(store);
}

/* Puts a record that fits in none of the pieces, and counts the transactions that were done. */
static enum store_status
put_big(struct store *store, uint64_t *number)
{
	static const unsigned char data[6000];
	uint32_t key = (uint32_t)*number + PIECES;
	struct store_outcome outcome;
	struct store_tx tx;

	store_tx_init(&tx);
	store_tx_next(&tx, STORE_COUNTERS, "big", 3, 1);
	store_tx_put(&tx, CHAT_TABLE_TOKENS, &key, sizeof(key), data, sizeof(data));
	if (store_commit(store, &tx, &outcome) == STORE_OK)
		ck_assert_uint_eq(outcome.value, ++*number);
	return outcome.status;
}

/* Continues until a call fails, or the file has been packed, which takes many steps: true. */
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

/* A file that cannot be packed after a commit is not a commit that failed. */
START_TEST(test_full_disk_when_packing)
{
	char dir[FIXTURE_DIR_MAX];
	uint64_t done_all_the_same = 0;
	bool packed = false;

	fixture_dir_in_memory(dir);
	struct store_options opt = crash_options(dir, CRASH_ROTATE_NEVER);
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
		store = crash_open(&opt);
		fixture_check_crashed(store);
		store_close(store);
	}
	ck_assert_uint_gt(done_all_the_same, 0);
	fixture_place("", 0);
	fixture_remove(dir);
}
END_TEST

/* Fills a disk up to so many free bytes. */
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

/* Runs the script on a disk with so many free bytes, and goes on when space is free again. */
static bool
run_on_full_disk(const struct store_options *opt, const char *ballast, size_t left, bool mapped)
{
	struct script script = { 0 };
	struct store_options small = *opt;
	char error[512] = "";

	small.log_file_size = CRASH_ROTATE_OFTEN;
	ck_assert_msg(store_create(&small, error, sizeof(error)) == 0, "%s", error);
	struct store *store = fixture_open_writer(opt);
	ck_assert_int_eq(store_map(store, mapped), 0);
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

/* Gives this process a small disk of its own. False if that is not permitted. */
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
		    crash_options(state, trial % 2 == 0 ? CRASH_ROTATE_OFTEN : CRASH_ROTATE_NEVER);

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
		test_failing_sync_everywhere,
		test_full_disk,
		test_failing_write,
		test_doubt_about_a_failed_batch,
		test_full_disk_when_packing,
		test_small_disk,
	};

	return FIXTURE_MAIN(argc, argv, tests);
}
