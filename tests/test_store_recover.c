/* What is there after a power cut, and after others that come while the store is made whole. */
#include "store_crash.h"
#include "store_cut.h"
#include "store_fault.h"

#include <sys/wait.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/rmtree.h"
#include "store/checkpoint.h"

/* A store of n, of which the checkpoint has the first half, and several files of logs the rest. */
static void
make_torn(const struct store_options *opt, unsigned int n)
{
	struct store *store = cut_create(opt);

	cut_fill(store, 0, n / 2);
	ck_assert_int_eq(store_checkpoint_make(store), 0);
	size_t files = store->n_logs;
	cut_fill(store, n / 2, n);
	ck_assert_uint_gt(store->n_logs, files);
	cut_die(store);
	cut_tear(opt);
}

static void
remove_below(const struct store_options *opt, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", opt->state, name);
	ck_assert_int_eq(rmtree(path), 0);
}

static void
is_refused(const struct store_options *opt, const char *word)
{
	char error[512] = "";

	ck_assert_ptr_null(store_open_writer(opt, error, sizeof(error)));
	ck_assert_msg(strstr(error, word) != NULL, "%s", error);
}

START_TEST(test_torn_files_are_made_whole)
{
	char dir[FIXTURE_DIR_MAX];
	struct store_options opt = cut_options(dir);

	make_torn(&opt, 100);
	cut_recovered(&opt, CUT_LATER, 100);
	/* And again, from the same checkpoint. */
	cut_tear(&opt);
	cut_recovered(&opt, "third-boot", 100);
	fixture_remove(dir);
}
END_TEST

/* In the same boot the death of a process costs no way back. */
START_TEST(test_the_same_boot_goes_on)
{
	char dir[FIXTURE_DIR_MAX];
	struct store_options opt = cut_options(dir);
	struct store *store = cut_create(&opt);
	struct store_copies last;

	cut_fill(store, 0, 10);
	cut_die(store);
	last = cut_last(&opt);
	ck_assert_int_eq(truncate(last.tables, 0), 0);
	store = fixture_open_writer(&opt);
	ck_assert_int_eq(store_checkpoint_make(store), 0);
	cut_verify(store, 10);
	cut_die(store);
	fixture_remove(dir);
}
END_TEST

START_TEST(test_recovery_is_interrupted)
{
	char dir[FIXTURE_DIR_MAX], boot[32];
	struct store_options opt = cut_options(dir);
	bool died = true;
	uint64_t step;

	make_torn(&opt, 40);
	for (step = 1; died; step = crash_step_after(step, 60)) {
		fixture_place("death at step", step);
		pid_t pid = fork();
		ck_assert_int_ge(pid, 0);
		if (pid == 0) {
			opt.boot = CUT_LATER;
			fault_watch(dir);
			fault_die_at(step);
			store_close(crash_open_to_die(&opt));
			_exit(0);
		}
		died = crash_is_dead(pid);
		/* Another cut while what the dead one has written is on its way. */
		if (step % 2 == 0)
			cut_tear(&opt);
		snprintf(boot, sizeof(boot), "boot-%llu", (unsigned long long)step);
		cut_recovered(&opt, boot, 40);
		cut_tear(&opt);
	}
	ck_assert_uint_gt(step, 20);
	fixture_place("", 0);
	fixture_remove(dir);
}
END_TEST

/* Lets the tables be of a version without journal, that has counted its transactions. */
static void
make_old(const struct store_options *opt)
{
	struct store *store = fixture_open_writer(opt);
	struct store_file *files[] = { store->tables, store_files_current(store) };

	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(store_progress_renumber(files[i], 1, 1000 + (uint64_t)i), 0);
	ck_assert_int_eq(store_format_set_journaled(store->tables, false), 0);
	cut_die(store);
	remove_below(opt, "journal");
	remove_below(opt, STORE_COPIES_DIRECTORY);
	remove_below(opt, "boot");
}

static void
fill_old(const struct store_options *opt, unsigned int n)
{
	struct store *store;

	fixture_wipe(opt->state);
	ck_assert_int_eq(mkdir(opt->state, 0700), 0);
	store = cut_create(opt);
	cut_fill(store, 0, n);
	cut_die(store);
	make_old(opt);
}

START_TEST(test_an_older_store_is_taken_over)
{
	char dir[FIXTURE_DIR_MAX];
	struct store_options opt = cut_options(dir);

	fill_old(&opt, 40);
	struct store *store = fixture_open(&opt);
	ck_assert(!store_format_is_journaled(store->tables));
	cut_verify(store, 40); /* it is read as it is */
	store_close(store);
	store = fixture_open_writer(&opt);
	ck_assert(store_format_is_journaled(store->tables));
	cut_fill(store, 40, 60);
	cut_die(store);
	cut_tear(&opt);
	cut_recovered(&opt, CUT_LATER, 60);
	fixture_remove(dir);
}
END_TEST

START_TEST(test_taking_over_is_interrupted)
{
	char dir[FIXTURE_DIR_MAX];
	struct store_options opt = cut_options(dir);
	bool died = true;
	uint64_t step;

	for (step = 1; died; step = crash_step_after(step, 100)) {
		fixture_place("death at step", step);
		fill_old(&opt, 10);
		pid_t pid = fork();
		ck_assert_int_ge(pid, 0);
		if (pid == 0) {
			fault_watch(dir);
			fault_die_at(step);
			store_close(crash_open_to_die(&opt));
			_exit(0);
		}
		died = crash_is_dead(pid);
		/* The files are torn only if the mark was set. */
		if (step % 2 == 0 && cut_is_marked(&opt)) {
			cut_tear(&opt);
			opt.boot = CUT_LATER;
		}
		cut_recovered(&opt, opt.boot, 10);
		opt.boot = CUT_BOOT;
	}
	ck_assert_uint_gt(step, 20);
	fixture_place("", 0);
	fixture_remove(dir);
}
END_TEST

START_TEST(test_what_is_missing_is_told)
{
	char dir[FIXTURE_DIR_MAX];
	struct store_options opt = cut_options(dir);
	struct store *store = cut_create(&opt);

	cut_fill(store, 0, 5);
	ck_assert_int_eq(store_checkpoint_leave(store), 0);
	cut_die(store);
	remove_below(&opt, "journal");
	is_refused(&opt, "journal");
	remove_below(&opt, STORE_COPIES_DIRECTORY);
	is_refused(&opt, "checkpoint");
	fixture_remove(dir);
}
END_TEST

START_TEST(test_nothing_is_guessed_after_a_cut)
{
	char dir[FIXTURE_DIR_MAX];
	struct store_options opt = cut_options(dir);
	char path[PATH_MAX], other[PATH_MAX];

	make_torn(&opt, 40);
	opt.boot = CUT_LATER;
	snprintf(path, sizeof(path), "%s/" STORE_COPIES_DIRECTORY, dir);
	snprintf(other, sizeof(other), "%s/elsewhere", dir);
	ck_assert_int_eq(rename(path, other), 0);
	is_refused(&opt, "checkpoint");
	ck_assert_int_eq(rename(other, path), 0);
	snprintf(path, sizeof(path), "%s/journal", dir);
	ck_assert_int_eq(rename(path, other), 0);
	is_refused(&opt, "journal");
	/* It is all there when they are back. */
	ck_assert_int_eq(rename(other, path), 0);
	cut_recovered(&opt, CUT_LATER, 40);
	fixture_remove(dir);
}
END_TEST

/* The first one after a cut may be a reader, and not know of it. */
START_TEST(test_a_reader_waits_for_recovery)
{
	char dir[FIXTURE_DIR_MAX], error[512] = "";
	struct store_options opt = cut_options(dir);

	make_torn(&opt, 40);
	opt.boot = CUT_LATER;
	struct store *store = fixture_open(&opt);
	cut_verify(store, 40);
	cut_fill(store, 40, 41);
	store_close(store);
	fixture_committer_leave(dir);
	ck_assert(!cut_is_marked(&opt));

	store = fixture_open(&opt);
	cut_fill(store, 41, 42);
	pid_t committer = fixture_committer(dir);
	store_close(store);
	ck_assert_int_gt(committer, 0);
	kill(committer, SIGKILL);
	fixture_committer_ended(dir);
	remove_below(&opt, STORE_COPIES_DIRECTORY);
	opt.boot = "third-boot";
	ck_assert_ptr_null(store_open(&opt, error, sizeof(error)));
	ck_assert_msg(strstr(error, "checkpoint is missing") != NULL, "%s", error);
	fixture_remove(dir);
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *tests[] = {
		test_torn_files_are_made_whole,
		test_the_same_boot_goes_on,
		test_recovery_is_interrupted,
		test_an_older_store_is_taken_over,
		test_taking_over_is_interrupted,
		test_what_is_missing_is_told,
		test_nothing_is_guessed_after_a_cut,
		test_a_reader_waits_for_recovery,
	};

	return FIXTURE_MAIN(argc, argv, tests);
}
