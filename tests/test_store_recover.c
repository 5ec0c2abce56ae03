/* What is there after a power cut, and after others that come while the store is made whole. */
#include "store_crash.h"
#include "store_cut.h"
#include "store_fault.h"

#include <sys/wait.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/rmtree.h"
#include "store/checkpoint.h"
#include "store/journal.h"

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

/* The files are taken as they are, whatever is wrong with the checkpoint. */
static void
needs_no_checkpoint(const struct store_options *opt, unsigned int n)
{
	struct store *store = fixture_open_writer(opt);

	ck_assert_int_eq(store_checkpoint_make(store), 0);
	cut_verify(store, n);
	cut_die(store);
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

/* Files that were made whole are those of the boot in which they were: no checkpoint is needed. */
START_TEST(test_what_was_made_whole_is_of_this_boot)
{
	char dir[FIXTURE_DIR_MAX];
	struct store_options opt = cut_options(dir);

	make_torn(&opt, 40);
	cut_recovered(&opt, CUT_LATER, 40);
	ck_assert_int_eq(truncate(cut_last(&opt).tables, 0), 0);
	opt.boot = CUT_LATER;
	needs_no_checkpoint(&opt, 40);
	fixture_remove(dir);
}
END_TEST

/* Where nobody can say which boot this is, it may be another. */
START_TEST(test_a_boot_without_an_id)
{
	char dir[FIXTURE_DIR_MAX];
	struct store_options opt = cut_options(dir);

	make_torn(&opt, 40);
	cut_recovered(&opt, "", 40);
	cut_tear(&opt);
	cut_recovered(&opt, "", 40);
	cut_tear(&opt);
	cut_recovered(&opt, CUT_LATER, 40);
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
	needs_no_checkpoint(&opt, 10);
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

/* The journal's batches that follow the checkpoint are not there, but later ones are. */
START_TEST(test_a_journal_that_begins_too_late)
{
	char dir[FIXTURE_DIR_MAX], path[PATH_MAX];
	struct store_options opt = cut_options(dir);
	struct store *store = cut_create(&opt);

	store_journal_set_segment(store->writer->journal, 4096);
	cut_fill(store, 0, 200);
	uint64_t first = store_journal_first(store->writer->journal);
	ck_assert_int_eq(store_journal_trim(store->writer->journal, store->writer->number), 0);
	ck_assert_uint_gt(store_journal_first(store->writer->journal), first);
	cut_die(store);
	opt.boot = CUT_LATER;
	is_refused(&opt, "but its journal has the batches from");
	/* Nothing was put in the place of the files. */
	snprintf(path, sizeof(path), "%s/tables.next", dir);
	ck_assert_int_ne(access(path, F_OK), 0);
	opt.boot = CUT_BOOT;
	needs_no_checkpoint(&opt, 200);
	fixture_remove(dir);
}
END_TEST

/* Appends to log 1 as an operation of this id. */
static void
fill_op(struct store_op *op, struct store_tx *tx, unsigned char id, bool again)
{
	store_tx_init(tx);
	store_tx_append(tx, 1, "x", 1, 0, STORE_NO_LIMIT);
	*op = (struct store_op){ .id = { id },
		.again = again,
		.part = tx->part,
		.steps = tx->steps,
		.data = tx->data,
		.len = tx->len };
}

static void
append_two(struct store *store, bool again, struct store_outcome outcomes[2])
{
	static struct store_tx txs[2];
	struct store_op ops[2], *pointers[] = { &ops[0], &ops[1] };

	for (unsigned char i = 0; i < 2; i++)
		fill_op(&ops[i], &txs[i], (unsigned char)(i + 1), again);
	store_apply(store, pointers, 2);
	for (int i = 0; i < 2; i++)
		outcomes[i] = ops[i].outcome;
}

/*
 * A batch for which there was no room is done one by one. Both clients may be without a reply when
 * the writer dies; the journal follows from the checkpoint as if nothing had failed.
 */
START_TEST(test_those_done_one_by_one_are_remembered)
{
	char dir[FIXTURE_DIR_MAX];
	struct store_options opt = cut_options(dir);
	struct store *store = cut_create(&opt);
	struct store_outcome first[2], again[2];

	ck_assert_int_eq(fixture_append(store, 1, "before"), STORE_OK);
	uint64_t number = store->writer->number;
	fault_watch(dir);
	fault_fail(FAULT_WRITE, 1, 1, ENOSPC);
	append_two(store, false, first);
	ck_assert_uint_eq(fault_failures(), 1);
	fault_watch(NULL);
	ck_assert_int_eq(first[0].status, STORE_OK);
	ck_assert_int_eq(first[1].status, STORE_OK);
	ck_assert_uint_eq(store->writer->number, number + 2);
	cut_die(store);
	cut_tear(&opt);
	opt.boot = CUT_LATER;
	store = fixture_open_writer(&opt);
	append_two(store, true, again);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(again[i].status, STORE_OK);
		ck_assert_uint_eq(again[i].value, first[i].value);
	}
	ck_assert_uint_eq(fixture_info(store, 1).last, 3);
	cut_die(store);
	fixture_remove(dir);
}
END_TEST

/* Who cannot be served is told so, and why, when all is tried one by one. */
START_TEST(test_a_failure_is_told)
{
	static const struct {
		int cause;
		enum store_status status;
	} failures[] = { { ENOSPC, STORE_NO_SPACE }, { EDQUOT, STORE_NO_SPACE },
		{ EIO, STORE_FAILED } };
	char dir[FIXTURE_DIR_MAX];
	struct store_options opt = cut_options(dir);
	struct store *store = cut_create(&opt);
	struct store_outcome outcomes[2];

	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		fault_watch(dir);
		fault_fail(FAULT_WRITE | FAULT_GROW, 1, UINT64_MAX, failures[i].cause);
		append_two(store, false, outcomes);
		fault_watch(NULL);
		ck_assert_int_eq(outcomes[0].status, failures[i].status);
		ck_assert_int_eq(outcomes[1].status, failures[i].status);
		ck_assert_uint_eq(fixture_info(store, 1).last, 0);
	}
	ck_assert(!store->writer->broken);
	append_two(store, false, outcomes);
	ck_assert_int_eq(outcomes[1].status, STORE_OK);
	cut_die(store);
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
		test_what_was_made_whole_is_of_this_boot,
		test_a_boot_without_an_id,
		test_the_same_boot_goes_on,
		test_recovery_is_interrupted,
		test_an_older_store_is_taken_over,
		test_taking_over_is_interrupted,
		test_what_is_missing_is_told,
		test_nothing_is_guessed_after_a_cut,
		test_a_journal_that_begins_too_late,
		test_those_done_one_by_one_are_remembered,
		test_a_failure_is_told,
		test_a_reader_waits_for_recovery,
	};

	return FIXTURE_MAIN(argc, argv, tests);
}
