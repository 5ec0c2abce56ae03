/*
 * store_events: a record of what changes the files below a directory, as store_fault sees it. It
 * lies in memory that all processes share which a test forks, so that it has one order.
 */
#ifndef KABAR_STORE_EVENTS_H
#define KABAR_STORE_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fault_event_type {
	FAULT_EVENT_WRITE,
	FAULT_EVENT_SIZE, /* the file has at least `offset` bytes, new ones are zero */
	FAULT_EVENT_TRUNCATE,
	FAULT_EVENT_SYNC,
	FAULT_EVENT_CREATE, /* a name: of a new file, of a new directory, or another of a file */
	FAULT_EVENT_DIRECTORY,
	FAULT_EVENT_RENAME,
	FAULT_EVENT_UNLINK,     /* of a file or directory */
	FAULT_EVENT_SYNC_NAMES, /* of all names in a directory */
	FAULT_EVENT_MARK        /* what the test says of itself */
};

#define FAULT_NAME_MAX 48
#define FAULT_ROOT     1 /* the watched directory */

struct fault_event {
	enum fault_event_type type;
	uint64_t file; /* tells one file or directory from another; or it is the mark */
	uint64_t offset;
	size_t len;
	const unsigned char *data;
	uint64_t dir; /* in which the name is */
	uint64_t to_dir;
	char name[FAULT_NAME_MAX];
	char to[FAULT_NAME_MAX];
};

/* Makes the shared memory, once; before the first fork(). */
void events_share(void);
/* Chooses one of two records: while the events of one are read, the other can be made. */
void events_choose(unsigned int which);
/* Forgets all events, and begins with those that make what lies in this directory, all synced. */
void events_begin(const char *dir);
void events_end(void);
bool events_are_recorded(void);

/* Of an open file; after a file was made, before anything else is done. */
void events_add_data(enum fault_event_type, int fd, uint64_t offset, const void *data, size_t len);
void events_add_sync(int fd);
/* By path, after it happened. */
void events_add_name(enum fault_event_type, const char *path);
void events_add_rename(const char *from, const char *to);
void events_add_mark(uint64_t mark);

/* They are valid until the record begins anew. */
const struct fault_event *events_list(size_t *n);

#endif
