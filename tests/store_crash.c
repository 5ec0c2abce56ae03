/*
 * store_crash: what the tests of a store share in which something goes wrong in the midst of a
 * change. See store_crash.h.
 */
#include "store_crash.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/checkpoint.h"
#include "store/journal.h"
#include "store_fault.h"

#define CHECKPOINT_BYTES 16384 /* of the journal: a checkpoint after some batches */
#define SEGMENT_BYTES    8192  /* of the journal: a batch or some in each */
#define TABLE_SLOTS      128

/* A child's report, before it dies, that a batch is done. */
struct told {
	unsigned int first;
	size_t n;
	enum script_fate fates[8];
	uint64_t values[8];
};

struct store_options
crash_options(const char *dir, uint64_t log_file_size)
{
	struct store_options opt = fixture_options(dir);

	opt.log_file_size = log_file_size;
	opt.sync = true;
	opt.table_slots = TABLE_SLOTS;
	opt.checkpoint_bytes = CHECKPOINT_BYTES;
	opt.boot = "first";
	return opt;
}

void
crash_make(const struct store_options *opt)
{
	struct store_options small = *opt;
	char error[512] = "";

	small.log_file_size = CRASH_ROTATE_OFTEN;
	fixture_wipe(opt->state);
	ck_assert_int_eq(mkdir(opt->state, 0700), 0);
	fault_watch(opt->state);
	ck_assert_msg(store_create(&small, error, sizeof(error)) == 0, "%s", error);
	fault_watch(NULL);
}

/* Small segments, so that the journal is begun anew and trimmed often. */
static struct store *
with_small_segments(struct store *store)
{
	store_journal_set_segment(store->writer->journal, SEGMENT_BYTES);
	return store;
}

struct store *
crash_open_watched(const struct store_options *opt)
{
	return with_small_segments(fixture_open_writer(opt));
}

struct store *
crash_open(const struct store_options *opt)
{
	struct store_options calm = *opt;

	calm.sync = false;
	return crash_open_watched(&calm);
}

struct store *
crash_open_to_die(const struct store_options *opt)
{
	char error[512] = "";
	struct store *store = store_open_writer(opt, error, sizeof(error));

	if (store == NULL) {
		if (fault_failures() > 0)
			_exit(FAULT_EXIT);
		fprintf(stderr, "%s\n", error);
		_exit(1);
	}
	return with_small_segments(store);
}

static void
tell_outcome(int fd, const struct script *script)
{
	struct told told;

	told.n = script_batch(script->batch - 1, &told.first);
	memcpy(told.fates, script->fates + told.first, told.n * sizeof(told.fates[0]));
	memcpy(told.values, script->values + told.first, told.n * sizeof(told.values[0]));
	if (write(fd, &told, sizeof(told)) != sizeof(told))
		_exit(1);
}

static void
run_to_death(const struct store_options *opt, const struct crash_fate *fate, int fd)
{
	struct script script = { 0 };

	fault_watch(opt->state);
	fault_die_at(fate->death);
	if (fate->sync != 0)
		fault_fail(FAULT_SYNC, fate->sync, 1, EIO);
	struct store *store = crash_open_to_die(opt);
	while (script.batch < script_batches()) {
		if (!script_step(&script, store, false))
			_exit(FAULT_EXIT); /* as the committer does when the disk fails */
		tell_outcome(fd, &script);
	}
	(void)store_checkpoint_leave(store);
	store_close(store);
	_exit(fault_failures() == 0 ? 0 : FAULT_EXIT);
}

/* Reads the child's reports; the batch after the last one may have been under way. */
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

bool
crash_is_dead(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) &&
	        (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == FAULT_EXIT),
	    "the child ended with status %x", (unsigned int)status);
	return WEXITSTATUS(status) == FAULT_EXIT;
}

bool
crash_die_of(const struct store_options *opt, const struct crash_fate *fate, struct script *script)
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
	return crash_is_dead(pid) || (fate->death != 0 && fault_steps() >= fate->death);
}

bool
crash_die_opening(const struct store_options *opt, uint64_t death)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		fault_watch(opt->state);
		fault_die_at(death);
		store_close(crash_open_to_die(opt));
		_exit(0);
	}
	return crash_is_dead(pid) || fault_steps() >= death;
}

struct store *
crash_look(const struct store_options *opt, const struct script *script)
{
	struct store *store = crash_open(opt);

	script_verify(script, store);
	fixture_check_crashed(store);
	return store;
}

void
crash_go_on(const struct store_options *opt, struct script *script)
{
	struct store *store = crash_look(opt, script);

	for (bool again = true; script->batch < script_batches(); again = false)
		ck_assert(script_step(script, store, again));
	script_retry(script, store);
	ck_assert(script_is_done(script));
	script_verify(script, store);
	store_close(store);
}

uint64_t
crash_step_after(uint64_t step, uint64_t thorough)
{
	return step < thorough || crash_is_long() ? step + 1 : step + 7;
}

bool
crash_is_long(void)
{
	return getenv("KABAR_TEST_LONG") != NULL;
}

/*
 * The next writers may die as well, one after the other, while they recover the files: as after
 * the death of a process, or as after one of the machine that has lost nothing.
 */
static void
die_again(struct store_options *opt, uint64_t death)
{
	uint64_t random = fault_random(death);

	if (random % 2 == 0)
		opt->boot = "second";
	for (uint64_t i = 0; random / 2 % 3 == 0 && i < random / 6 % 4; i++)
		crash_die_opening(opt, 1 + fault_random(death * 4 + i) % 40);
}

void
crash_die_everywhere(uint64_t log_file_size, uint64_t every)
{
	char dir[FIXTURE_DIR_MAX];
	bool died = true;
	struct crash_fate fate;

	fixture_dir_in_memory(dir);
	struct store_options opt = crash_options(dir, log_file_size);
	for (fate = (struct crash_fate){ .death = 1 }; died;
	     fate.death += crash_is_long() ? 1 : every) {
		struct script script = { 0 };

		ck_assert_uint_lt(fate.death, CRASH_STEPS_MOST);
		fixture_place("death at step", fate.death);
		crash_make(&opt);
		died = crash_die_of(&opt, &fate, &script);
		struct store_options next = opt;
		if (died)
			die_again(&next, fate.death);
		if (fault_random(fate.death) / 64 % 3 == 0)
			crash_go_on(&next, &script);
		else
			store_close(crash_look(&next, &script));
	}
	/* The script takes some hundred steps: else nothing was watched. */
	ck_assert_uint_gt(fate.death, 300);
	fixture_place("", 0);
	fixture_remove(dir);
}
