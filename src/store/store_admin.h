/*
 * store_admin: the care for the files of a store on one host: looking through them, making them
 * smaller, copying them, keeping writers out, watching the committer. Data is left to store.h.
 */
#ifndef KABAR_STORE_ADMIN_H
#define KABAR_STORE_ADMIN_H

#include <sys/types.h>

#include "store/store.h"

/*
 * Removes files of logs in which little is still kept, after carrying that little into the current
 * one. *dropped counts them. 0 or -1.
 */
int store_collect(struct store *, size_t *dropped);

/* Writes the tables anew: smaller after deletions, faster after growth. Others wait meanwhile. */
enum store_status store_compact(struct store *);

/*
 * What a store has in its state directory beside tables and logs, and what fits to no others than
 * these: where they go or are replaced, it has to, too.
 */
#define STORE_JOURNAL_DIRECTORY    "journal"
#define STORE_CHECKPOINT_DIRECTORY "checkpoint"
#define STORE_MARK_NAME            "boot"
#define STORE_REPAIR_NAME          "repair" /* what a repair has to know that was interrupted */

/* Sizes of a store's files on the disk. 0 or -1 with errno set. */
struct store_sizes {
	uint64_t log_files;
	uint64_t log_bytes;
	uint64_t tables_bytes;
	uint64_t journal_bytes;    /* of its files, which are made longer before they are full */
	uint64_t checkpoint_bytes; /* of the last one; 0: there is none */
	int64_t checkpoint_ms;     /* since 1970, when it was made; 0: there is none */
};
int store_sizes(struct store *, struct store_sizes *);

/* Bytes of a path below the state directory. */
#define STORE_SNAPSHOT_PATH 1088

struct store_snapshot {
	/* A directory with tables.tdb and log/, as in the state's. */
	char path[STORE_SNAPSHOT_PATH];
	int lock_fd;
};

/*
 * Copies all tables and logs as they are at one moment. Others wait while the tables and the
 * current file of logs are copied. STORE_OK, and the snapshot stays until it is ended;
 * STORE_CONFLICT: another process has one; or another failure.
 */
enum store_status store_snapshot_take(struct store *, struct store_snapshot *);
/* Removes the copies. */
void store_snapshot_end(struct store_snapshot *);
/* Removes the copies that a killed process left. */
void store_snapshot_sweep(struct store *);

/*
 * Keeps everybody from writing to a state directory, with or without a store in it, until the
 * descriptor is closed. -1 with errno set; EAGAIN: a process has the store open for writing.
 */
int store_hold(const struct store_options *);

/*
 * What a committer does before it opens the store: confines this process for good, if the options
 * say so. 0, or -1 with a sentence in error.
 */
int store_committer_confine(const struct store_options *, char *error, size_t size);

/*
 * Maps the files, for a process that goes through much of the store: reading costs memory then, but
 * no system calls. false: as before. 0, or -1: the store is of no more use.
 */
int store_map(struct store *, bool map);
/* Whether the files are mapped, for whoever maps them for a while and leaves them as they were. */
bool store_is_mapped(const struct store *);

/*
 * A new connection to the committer, which is started if there is none; the caller's to close, or
 * to hand to another process. Not the connection that the store itself uses. -1 with errno set. A
 * process that has the store open uses that handle.
 */
int store_committer_connect(struct store *);
/*
 * Binds a new connection: from here on the committer does over it what its store_permit allows this
 * principal, and nothing else. Nothing may have been asked over it before. The committer accepts
 * this from processes of its own user alone; it refuses by ending the connection. 0, or -1 with
 * errno set.
 */
int store_committer_bind(int fd, const struct store_principal *);

/* The process that commits for the store in a state directory; 0: none. */
pid_t store_committer_pid(const struct store_options *);

/*
 * Watches whether the committer still answers: a stopped one would hang its whole realm in silence.
 * For a process that has no store open.
 */
struct store_watch;
#define STORE_WATCH_MS 2000 /* how often store_watch_tick wants to be called */

/* Starts the committer if there is none, and keeps it. NULL: no memory. */
struct store_watch *store_watch_open(const struct store_options *);
/* Asks the committer to end when its last client has gone, and waits until its files are synced. */
void store_watch_close(struct store_watch *);
/* In a child of fork(): closes the connection, sends nothing and leaves the memory as it is. */
void store_watch_abandon(const struct store_watch *);
/* Asks, and logs when there was no answer for some seconds or there is one again. */
void store_watch_tick(struct store_watch *);
/* From the next tick on the committer has this min_free instead of that of the options. */
void store_watch_min_free(struct store_watch *, uint64_t min_free);
/* False after a tick that found no answer to the question of some seconds ago. */
bool store_watch_well(const struct store_watch *);

#endif
