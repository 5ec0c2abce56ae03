/*
 * store: what a realm keeps, as tables (key -> record), logs (append-only, numbered
 * 1, 2, 3...) and transactions over them. The interface says nothing of TDB, so that
 * another engine can stand behind it. What the records mean is left to chat.
 */
#ifndef KABAR_STORE_H
#define KABAR_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_KEY_MAX   300          /* bytes of a table's key */
#define STORE_VALUE_MAX (72 * 1024)  /* bytes of a record or of a log's entry */
#define STORE_TX_MAX    (128 * 1024) /* bytes of a transaction, encoded */
#define STORE_TX_STEPS  1024         /* steps of a transaction */
#define STORE_NO_LIMIT  UINT64_MAX

/*
 * Where a table lies decides what it can be changed together with: the tables of the
 * first part with each other, those of the second with the logs.
 */
enum store_table {
	STORE_COUNTERS = 1,  /* name -> the last number given out */
	STORE_REALM,         /* what the realm knows of itself */
	STORE_USER_NAMES,    /* folded name -> user id */
	STORE_USERS,         /* user id -> account */
	STORE_GROUP_NAMES,   /* folded name -> group id */
	STORE_GROUPS,        /* group id -> group */
	STORE_MEMBERS,       /* group id, user id -> membership */
	STORE_GROUP_MEMBERS, /* group id, index -> user id */
	STORE_USER_GROUPS,   /* user id, index -> group id */
	STORE_TOKENS,        /* hash of a token -> session */
	STORE_CURSORS,       /* reader, log -> number up to which it was read */
	STORE_FILES,         /* conversation, name -> file */
	STORE_BODIES,        /* hash of a content -> how many files have it */
	STORE_SETS,          /* lists whose members are found by index and by name */
	STORE_QUOTAS,        /* user id -> what the user's files take */
	STORE_PEERS,         /* folded name of a realm -> peer */
	STORE_REMOTE_LOGS,   /* user or group id, peer id -> log of what came from there */
	STORE_REMOTE_USER, /* peer id, folded name -> id of somebody there; that id -> who it is */

	STORE_LOG_STATE = 64 /* what must move together with messages, such as a peer's numbers */
};

enum store_status {
	STORE_OK,
	STORE_ABSENT,   /* no such record, log entry or file */
	STORE_CONFLICT, /* an expectation of the transaction does not hold: nothing was done */
	STORE_FULL,     /* the log is at the limit that the append named: nothing was done */
	STORE_CLOSED,   /* the log's owner is gone: nothing was done */
	STORE_NO_SPACE, /* the disk is full: nothing was done */
	STORE_FAILED    /* anything else; the log has the reason */
};

struct store;

struct store_options {
	const char *state;      /* the directory; copied */
	bool sync;              /* false: safe against crashes of processes, not of the machine */
	uint64_t log_file_size; /* bytes at which a log file ends and the next begins; 0: default */
	uint32_t table_slots;   /* hash size of a new table file; 0: default */
	bool memory;            /* nothing on disk, this process alone: for tests */
};

/*
 * Makes an empty store in an existing directory. 0, or -1 with a sentence in error
 * (also where there is one already).
 */
int store_create(const struct store_options *, char *error, size_t size);

/*
 * Opens a store for reading, and for writing through the committer, which is started
 * when the first transaction needs it. NULL with a sentence in error, as when it was made
 * by a newer version. A store is for one process: after fork() the child opens its own.
 */
struct store *store_open(const struct store_options *, char *error, size_t size);
void store_close(struct store *);

/*
 * Copies a record into value (size bytes) and its length to len. STORE_OK, STORE_ABSENT,
 * or STORE_FAILED, also where it does not fit.
 */
enum store_status store_get(struct store *, enum store_table, const void *key, size_t key_len,
    void *value, size_t size, size_t *len);
/* The same for a record that is one number; absent: zero. */
enum store_status store_get_number(struct store *, enum store_table, const void *key,
    size_t key_len, uint64_t *number);

/*
 * Calls visit for each record of a table, in no order, until it returns non-zero; what is
 * changed meanwhile may be seen or not. visit must not use the store. 0 or -1.
 */
typedef int store_visit(void *arg, const void *key, size_t key_len, const void *value, size_t len);
int store_each(struct store *, enum store_table, store_visit *, void *arg);

struct store_log_info {
	uint64_t first; /* number of the oldest entry kept; last + 1 where none is */
	uint64_t last;  /* number of the newest entry ever; 0: none yet */
	uint64_t bytes; /* what the kept entries take */
	bool closed;
};

/* What a log is like now. A log that nobody has written to is empty, not absent. */
enum store_status store_log_info(struct store *, uint64_t log, struct store_log_info *);

struct store_entry {
	uint64_t log;
	uint64_t number;           /* within its log */
	uint64_t seq;              /* over all logs: the order in which entries were made durable */
	int64_t time_ms;           /* since 1970, never earlier than that of a lower seq */
	const unsigned char *data; /* the store's, until its next call */
	size_t len;
};

/* One entry by its seq: STORE_OK, STORE_ABSENT (also when trimmed and gone), STORE_FAILED. */
enum store_status store_entry(struct store *, uint64_t seq, struct store_entry *);

/*
 * The seq that the next entry of any log will have. Who looks at a log afterwards finds all lower
 * ones in it, so several logs read up to here are as they were at one moment.
 */
enum store_status store_next_seq(struct store *, uint64_t *seq);

#define STORE_WINDOW 64

/* Reads a log forwards, with memory that does not depend on its length. */
struct store_reader {
	struct store *store;
	uint64_t log;
	uint64_t next; /* the number to be read next */
	uint64_t last; /* where reading ends: the newest when the reader was made */
	uint64_t last_seq;
	uint64_t window_first; /* number of window[0] */
	size_t window_len;
	uint64_t window[STORE_WINDOW]; /* seqs of the next entries */
};

/* Begins behind the number `after`, or at the oldest kept. */
enum store_status store_reader_init(struct store_reader *, struct store *, uint64_t log,
    uint64_t after);
/* The seq of the next entry, without moving: STORE_OK, STORE_ABSENT at the end. */
enum store_status store_reader_peek(struct store_reader *, uint64_t *seq);
/* Moves past the entry that peek showed. */
void store_reader_skip(struct store_reader *);

/*
 * A transaction: steps that are done all or not at all. Expectations are checked before
 * anything is changed. All steps concern the same part (see enum store_table). A step that
 * does not fit marks the transaction, and store_commit then fails with STORE_FAILED.
 */
struct store_tx {
	unsigned int steps;
	int part; /* 0: none yet */
	bool overflow;
	size_t len;
	unsigned char data[STORE_TX_MAX];
};

struct store_outcome {
	enum store_status status;
	unsigned int step; /* the step that stood in the way, from 0 */
	uint64_t value;    /* what the last next or append gave */
};

void store_tx_init(struct store_tx *);
void store_tx_expect_absent(struct store_tx *, enum store_table, const void *key, size_t key_len);
void store_tx_expect(struct store_tx *, enum store_table, const void *key, size_t key_len,
    const void *value, size_t len);
void store_tx_put(struct store_tx *, enum store_table, const void *key, size_t key_len,
    const void *value, size_t len);
void store_tx_delete(struct store_tx *, enum store_table, const void *key, size_t key_len);
/* Adds count to a number; the outcome's value is the first of the new ones. */
void store_tx_next(struct store_tx *, enum store_table, const void *key, size_t key_len,
    uint64_t count);
/* Raises a number to at least this one; never lowers it. */
void store_tx_advance(struct store_tx *, enum store_table, const void *key, size_t key_len,
    uint64_t number);
/* The same, but nothing where another record is absent: the one for which the number is kept. */
void store_tx_advance_if(struct store_tx *, enum store_table, const void *key, size_t key_len,
    uint64_t number, enum store_table guard_table, const void *guard, size_t guard_len);
/*
 * Appends an entry, unless the log then had more than limit entries behind the number
 * `floor` or behind its oldest, whichever is later. The outcome's value is its number.
 */
void store_tx_append(struct store_tx *, uint64_t log, const void *entry, size_t len, uint64_t floor,
    uint64_t limit);
/* Forgets the entries below `first`, whose sizes add up to bytes (see store_log_info). */
void store_tx_trim(struct store_tx *, uint64_t log, uint64_t first, uint64_t bytes);
/* Refuses all further appends. */
void store_tx_close_log(struct store_tx *, uint64_t log);

/*
 * Gives files of logs back in which little is kept any more; that little is carried into the
 * current one. *dropped counts them. 0 or -1.
 */
int store_collect(struct store *, size_t *dropped);

/*
 * Does a transaction and returns when it is durable, in company with those of other
 * processes; what is read then is at least as new. outcome may be NULL. Its status is returned too.
 */
enum store_status store_commit(struct store *, const struct store_tx *, struct store_outcome *);

/*
 * Hands over a transaction of which nobody waits to hear, such as a cursor's. It may be lost
 * in a crash.
 */
void store_post(struct store *, const struct store_tx *);

/*
 * Looks for damage in what the store knows of: files, tables' shapes, logs, cursors. Calls
 * report with a sentence for each finding, saying whether something is lost. Writers may go
 * on meanwhile, but wait while a file is being looked through. 0 sound, 1 warnings only,
 * 2 something is lost, -1 it could not be checked.
 */
typedef void store_report(void *arg, bool lost, const char *text);
int store_check(struct store *, store_report *, void *arg);

/*
 * Writes the tables anew: smaller after deletions, faster after growth. Others wait meanwhile.
 */
enum store_status store_compact(struct store *);

/* What the files of a store take on the disk. 0 or -1 with errno set. */
struct store_sizes {
	uint64_t log_files;
	uint64_t log_bytes;
	uint64_t tables_bytes;
};
int store_sizes(struct store *, struct store_sizes *);

/* Bytes of a path below the state directory. */
#define STORE_SNAPSHOT_PATH 1088

struct store_snapshot {
	char
	    path[STORE_SNAPSHOT_PATH]; /* a directory with tables.tdb and log/, as in the state's */
	int lock_fd;
};

/*
 * Copies all tables and logs as they are at one moment. Others wait while the tables and the file
 * of logs that is written to are copied. STORE_OK, and the snapshot stays until it is ended;
 * STORE_CONFLICT: somebody else has one; or another failure.
 */
enum store_status store_snapshot_take(struct store *, struct store_snapshot *);
/* Removes the copies. */
void store_snapshot_end(struct store_snapshot *);
/* Removes what somebody left who was killed. */
void store_snapshot_sweep(struct store *);

/*
 * Keeps everybody from writing to what lies in a state directory, whether there is a store or not,
 * until the descriptor is closed. -1 with errno set; EAGAIN: somebody has it open for writing.
 */
int store_hold(const struct store_options *);

/*
 * For who goes through much of the store: reading costs memory then, but no system calls. false:
 * as before. 0, or -1: the store is of no more use.
 */
int store_map(struct store *, bool map);

/*
 * Looks whether the files are still those that were opened; to be called now and then by a
 * process that reads for long, such as before each request. Cheap.
 */
void store_refresh(struct store *);

/* Ends the committer's connection of an idle process; the next transaction makes a new one. */
void store_rest(struct store *);

#endif
