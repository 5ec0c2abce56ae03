/*
 * store_fault: stands between the store, TDB included, and the calls by which they change
 * files, by defining those calls in the test program itself. It can end the process at any of
 * them, let them fail, or write down what they do. Files below the watched directory cannot be
 * mapped, so that every change is a call; nothing there is really synced.
 */
#ifndef KABAR_STORE_FAULT_H
#define KABAR_STORE_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAULT_EXIT 77 /* status of a process that was ended */

/* The calls that can fail. */
enum fault_kind {
	FAULT_GROW = 1,  /* whatever makes a file longer */
	FAULT_WRITE = 2, /* all else that is written, and renames */
	FAULT_SYNC = 4
};

/* Watches what happens below a directory, from step 1 on; NULL: no longer. */
void fault_watch(const char *dir);
/* Returns the number of steps so far. */
uint64_t fault_steps(void);
/* Ends the process before this step, or in the middle of it if it is a write. */
void fault_die_at(uint64_t step);
/* Lets `count` steps of these kinds fail with this errno, from the `first` on. */
void fault_fail(unsigned int kinds, uint64_t first, uint64_t count, int error);
/* Returns the number of failed steps. */
uint64_t fault_failures(void);

enum fault_event_type {
	FAULT_EVENT_WRITE,
	FAULT_EVENT_SIZE, /* the file has at least `offset` bytes, new ones are zero */
	FAULT_EVENT_TRUNCATE,
	FAULT_EVENT_SYNC,
	FAULT_EVENT_CREATE,
	FAULT_EVENT_RENAME,
	FAULT_EVENT_UNLINK,
	FAULT_EVENT_SYNC_NAMES, /* of all names in a directory */
	FAULT_EVENT_MARK        /* what the test says of itself */
};

#define FAULT_NAME_MAX 64 /* of a path below the directory */

struct fault_event {
	enum fault_event_type type;
	uint64_t file; /* tells one file from another, whatever its name; or it is the mark */
	uint64_t offset;
	size_t len;
	unsigned char *data;
	char name[FAULT_NAME_MAX];
	char to[FAULT_NAME_MAX];
};

/*
 * Writes down all steps from here on. The files that make up a new store are there already:
 * tables.tdb is file 1, the first one of logs 2. The events are valid until the next call.
 */
void fault_record(void);
void fault_mark(uint64_t mark);
const struct fault_event *fault_events(size_t *n);

#endif
