/*
 * store_crash: what the tests of a store share in which something goes wrong in the midst of a
 * change: a store that is made anew many times, a process that does the script of store_script
 * until it dies, and a look at what is there then. Everything here fails the running test by
 * itself.
 */
#ifndef KABAR_STORE_CRASH_H
#define KABAR_STORE_CRASH_H

#include <sys/types.h>

#include "store_fixture.h"
#include "store_script.h"

#define CRASH_STEPS_MOST   20000
#define CRASH_ROTATE_OFTEN 4096               /* every batch of logs begins a new file */
#define CRASH_ROTATE_NEVER (64 * 1024 * 1024) /* at least not for the script */

/* With syncs, checkpoints every few batches, and a boot that ends only where a test says so. */
struct store_options crash_options(const char *dir, uint64_t log_file_size);
/* A new, empty store, made without waiting for the disk, and with small hash tables. */
void crash_make(const struct store_options *);
/* Opens a writer without syncs: the tested crash has happened before. */
struct store *crash_open(const struct store_options *);
/* The same with syncs as the options say: where calls are recorded. */
struct store *crash_open_watched(const struct store_options *);
/* The same in the child, where a failure is the exit status. */
struct store *crash_open_to_die(const struct store_options *);

/* The fault: a death before this step, or one sync that fails. */
struct crash_fate {
	uint64_t death;
	uint64_t sync;
};

/*
 * Runs the script in a child and learns the fates from its reports. True when there was such a
 * step, in it or in what it has forked, or such a sync.
 */
bool crash_die_of(const struct store_options *, const struct crash_fate *, struct script *);
/* A child opens the store as a writer and closes it. True when there was such a step. */
bool crash_die_opening(const struct store_options *, uint64_t death);
/* Waits for a child. True when it died at its step. */
bool crash_is_dead(pid_t);

/* Checks that the store has every acknowledged transaction, and no other but those under way. */
struct store *crash_look(const struct store_options *, const struct script *);
/* Runs the rest of the script, first the transactions that were under way. */
void crash_go_on(const struct store_options *, struct script *);

/*
 * Every step at which there is something to be seen from outside, that is all of the first ones;
 * of the many that only fill another new file, some.
 */
uint64_t crash_step_after(uint64_t step, uint64_t thorough);
/* Lets a child die at every so manieth step of the script, each time in a new store. */
void crash_die_everywhere(uint64_t log_file_size, uint64_t every);
/* KABAR_TEST_LONG is set: a test of samples tries all. */
bool crash_is_long(void);

#endif
