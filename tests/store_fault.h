/*
 * store_fault: stands between the store, TDB included, and the calls by which they change
 * files, by defining those calls in the test program itself. It can end the process at any of
 * them, let them fail, or have them recorded by store_events. Files below the watched directory
 * cannot be mapped, so that every change is a call; nothing there is really synced. The steps of
 * the processes that a test forks are counted together, and only one of them runs at a time.
 */
#ifndef KABAR_STORE_FAULT_H
#define KABAR_STORE_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store_events.h"

#define FAULT_EXIT 77 /* status of a process that was ended */

/* The calls that can fail. */
enum fault_kind {
	FAULT_GROW = 1,  /* whatever makes a file, or makes it longer */
	FAULT_WRITE = 2, /* all else that is written, and renames */
	FAULT_SYNC = 4
};

/* Watches what happens below a directory, from step 1 on; NULL: no longer. */
void fault_watch(const char *dir);
/* Returns the number of steps since, of this process and all that it has forked. */
uint64_t fault_steps(void);
/* Ends the process before this step, or in the middle of it if it is a write. */
void fault_die_at(uint64_t step);
#define FAULT_SHORT 0 /* in place of an errno, for pwrite(): half of the bytes are written */
/* Lets `count` steps of these kinds fail with this errno, from the `first` on. */
void fault_fail(unsigned int kinds, uint64_t first, uint64_t count, int error);
/* Returns the number of failed steps. */
uint64_t fault_failures(void);
/*
 * FAULT_FORK_FREE: all processes run at the same time, and that one dies which makes the step. Else
 * a child that a watched process forks waits until that has made so many further steps, or waits
 * for a child itself; then the child runs to its end before its parent goes on. If the parent ends,
 * the child ends too. 0, at once, until something else is said.
 */
#define FAULT_FORK_FREE UINT64_MAX
void fault_fork_after(uint64_t steps);

/* A number that looks random; the same for the same seed. */
uint64_t fault_random(uint64_t seed);

/* This process is no longer watched, but what it forks is. */
void fault_spare_me(void);

/* Records all steps from here on, and before them what is there. */
void fault_record(void);
void fault_mark(uint64_t mark);
const struct fault_event *fault_events(size_t *n);

#endif
