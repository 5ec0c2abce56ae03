/*
 * realm_sync: for integration tests: what the programs that are started with it do to files, when
 * they sync it, and what they say meanwhile, in one order; and the rules that this has to keep. A
 * sync can be made to fail, or to be the end of its process. Nothing is really synced.
 */
#ifndef REALM_SYNC_H
#define REALM_SYNC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Names the file to preload_sync. */
#define REALM_SYNC_VARIABLE "KABAR_TEST_SYNC"

#define REALM_SYNC_EVENTS 200000
#define REALM_SYNC_PATH   160 /* below the root */
#define REALM_SYNC_BYTES  160
#define REALM_SYNC_DIE    (-1) /* as an error: the process is killed instead */

enum realm_sync_call {
	REALM_SYNC_WRITE = 1, /* of `len` bytes at `offset` of `file`; recorded before it is done */
	REALM_SYNC_SYNC,      /* of a file or directory; done if `error` is 0 */
	REALM_SYNC_ALL,       /* of the file system */
	REALM_SYNC_RENAME,    /* `path` becomes `to`, which `other` was, or 0; `len`: a directory */
	REALM_SYNC_LINK,
	REALM_SYNC_REMOVE,
	REALM_SYNC_MKDIR,
	REALM_SYNC_CREATE,  /* open() made this file */
	REALM_SYNC_ANSWER,  /* of the committer; recorded before it is sent */
	REALM_SYNC_REQUEST, /* to the committer */
	REALM_SYNC_REPLY    /* to a client */
};

struct realm_sync_event {
	_Atomic uint32_t ready;
	enum realm_sync_call call;
	int pid;
	int error;
	uint64_t began; /* the events before this one had been recorded when the call began */
	uint64_t file;  /* its inode */
	uint64_t other;
	uint64_t offset;
	uint64_t len;
	char path[REALM_SYNC_PATH];
	union {
		char to[REALM_SYNC_PATH];
		unsigned char bytes[REALM_SYNC_BYTES]; /* the first of what is said */
	};
};

/* The test and the programs share this file. */
struct realm_sync_file {
	char root[REALM_SYNC_PATH];    /* paths that are not below it are ignored */
	char pattern[REALM_SYNC_PATH]; /* of fnmatch(), for paths below the root */
	_Atomic int64_t pass;          /* so many syncs of such files are done yet */
	_Atomic int64_t fail;          /* and then so many fail */
	_Atomic int error;             /* with this errno */
	_Atomic uint64_t failed;       /* so many have */
	_Atomic uint64_t n;
	struct realm_sync_event events[REALM_SYNC_EVENTS];
};

/* Programs that are started from here on are watched below this directory. */
void realm_sync_begin(const char *root);
/* Programs that are started from here on are not watched. */
void realm_sync_end(void);

struct realm;
struct realm_clock;
/* Makes a realm with a clock of its own, watched from the beginning. */
void realm_sync_make(struct realm *, struct realm_clock *, const char *settings);
/* Stops kabard, if it runs, checks what it did and the realm, and removes the realm and its clock.
 */
void realm_sync_remove(struct realm *, struct realm_clock *);

/* Of the syncs of files like this, `fail` fail (or kill) after the next `pass`. */
void realm_sync_fail(const char *pattern, int64_t pass, int64_t fail, int error);
/* They succeed again. How many have failed. */
uint64_t realm_sync_mend(void);
uint64_t realm_sync_failed(void);

/*
 * Holds what was done so far against the rules, and fails the test where one was broken: what is
 * answered with OK is synced, with its names; contents are synced before they get their names.
 */
void realm_sync_check(void);
/*
 * The same when nobody works with the realm any more but a committer that waits for clients: when
 * it has ended, nothing at all is left unsynced.
 */
void realm_sync_check_idle(struct realm *);
/* Waits until the committer has ended for want of clients. */
void realm_sync_await_committer(struct realm *);

/* The counts of the last check. */
struct realm_sync_sums {
	size_t answers; /* of the committer's, with OK */
	size_t changes; /* those of them before which the journal was written to */
	size_t synced;  /* how many changes there had been when a client was replied to last */
	size_t syncs;   /* of the journal */
	size_t names;   /* that files got */
	size_t deaths;  /* of committers, as another one's answers show */
};
const struct realm_sync_sums *realm_sync_sums(void);

#endif
