/*
 * store: what a realm keeps, as tables (key -> record), logs (append-only, numbered 1, 2, 3...),
 * readers' cursors, and transactions over them. Another engine implements this header; sizes of
 * files in the options are hints to it. The meaning of the records is left to chat, the care for
 * the files of one host to store_admin.h.
 */
#ifndef KABAR_STORE_H
#define KABAR_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_KEY_MAX   300          /* bytes of a table's key, at least 1 */
#define STORE_VALUE_MAX (72 * 1024)  /* bytes of a record or of a log's entry */
#define STORE_TX_MAX    (128 * 1024) /* bytes of a transaction, encoded */
#define STORE_TX_STEPS  1024         /* steps of a transaction */
#define STORE_TX_RINGS  256          /* events among them */
#define STORE_NO_LIMIT  UINT64_MAX
#define STORE_TABLE_MAX 199 /* the highest number of a table */

#define STORE_ENTRY_LOGS 4 /* logs in which one entry may be */

/*
 * A table has a number from 1 to STORE_TABLE_MAX, which the caller chooses and which decides what
 * can change together: tables below STORE_LOG_STATE with each other, those from there on with the
 * logs.
 */
enum {
	STORE_COUNTERS = 1, /* name -> the last number given out; logs are named by those of "id" */
	STORE_CURSORS,      /* reader, log -> number up to which it was read */
	STORE_TABLES_FREE,  /* the first number that has no meaning here */
	STORE_LOG_STATE = 64
};

enum store_status {
	STORE_OK,
	STORE_ABSENT,    /* no such record, log entry or file */
	STORE_CONFLICT,  /* an expectation of the transaction does not hold: nothing was done */
	STORE_FULL,      /* the log is at the limit that the append named: nothing was done */
	STORE_CLOSED,    /* the log's owner is gone: nothing was done */
	STORE_NO_SPACE,  /* the disk is full: nothing was done */
	STORE_FAILED,    /* anything else; the log has the reason */
	STORE_FORBIDDEN, /* the connection is bound, and may not do it: nothing was done */
	STORE_OVER,      /* the payer's budget is used up: nothing was done */
	STORE_REPEATED,  /* the transaction was done before, with the outcome's value */
	STORE_UNSURE /* whether it is done, or will be, is not known; again it may be done twice */
};

struct store;

/*
 * The one for whom a connection to the committer speaks, when it is bound (store_committer_bind).
 * The meaning of both numbers is the caller's; kind is not 0.
 */
struct store_principal {
	unsigned int kind;
	uint64_t id;
};

/* Judges what comes over a bound connection, in the committer: store/permit.h. */
struct store_step;
typedef bool store_permit(struct store *, const struct store_principal *, const struct store_step *,
    unsigned int n, unsigned int *refused);

/*
 * An event that a transaction brings about, and of which those are told who wait for it. The
 * meaning of the numbers is the caller's; kind is not 0.
 */
struct store_event {
	uint32_t kind;
	uint64_t a;
	uint64_t b;
};

/*
 * Tells of events, each of which may come several times. events NULL: any may have been missed, so
 * all are told who wait for something. store is for reading, NULL: it cannot be read; state is its
 * directory. What the function opens it leaves in *kept for the next call in this process; kept
 * NULL: it closes what it opens.
 */
typedef void store_ring(struct store *, const char *state, const struct store_event *events,
    size_t n, void **kept);

struct store_options {
	const char *state;      /* the directory; copied */
	bool sync;              /* false: safe against crashes of processes, not of the machine */
	bool sandbox;           /* confine a committer that this process starts */
	uint64_t log_file_size; /* bytes at which a log file ends and the next begins; 0: default */
	uint32_t table_slots;   /* hash size of a new table file; 0: default */
	bool memory;            /* nothing on disk, this process alone: for tests */
	/* Bytes that must be free on the disk for a transaction that somebody pays; 0: none. */
	uint64_t min_free;
	/* Bytes of the journal after which a checkpoint is made; 0: default. */
	uint64_t checkpoint_bytes;
	/* Tells one boot of the machine from another, without blanks; NULL: the system's id. */
	const char *boot;
	/*
	 * Returns a connection to the committer that is the store's to close, or -1 with errno set.
	 * It is called for the first transaction and whenever the connection before has ended.
	 * NULL: connect by the path of the state directory, and start a committer if there is none.
	 */
	int (*connect)(void *arg);
	void *connect_arg;
	/* For the committer that this process may start. NULL: no connection can be bound. */
	store_permit *permit;
	store_ring *ring; /* for the same, and for a process that writes; NULL: nobody is told */
};

/*
 * Makes an empty store in an existing directory. 0, or -1 with a sentence in error, also if a store
 * is there already.
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
 * Begins a request: from here on everything that others committed before is seen, even if the store
 * was compacted meanwhile. A process that serves many requests calls this before each. Costs one
 * stat().
 */
void store_refresh(struct store *);

/*
 * Gives up the connection to the committer and the memory that an idle process does not need; the
 * next call makes them anew.
 */
void store_rest(struct store *);

/*
 * Copies a record into value (size bytes) and its length to len. STORE_OK, STORE_ABSENT,
 * or STORE_FAILED, also if the record does not fit.
 */
enum store_status store_get(struct store *, int, const void *key, size_t key_len, void *value,
    size_t size, size_t *len);
/* The same for a record that is one number; absent: zero. */
enum store_status store_get_number(struct store *, int, const void *key, size_t key_len,
    uint64_t *number);

/*
 * Calls visit for each record of a table, in no order, until it returns non-zero; visit may see
 * changes made meanwhile or not. visit must not use the store. 0 or -1.
 */
typedef int store_visit(void *arg, const void *key, size_t key_len, const void *value, size_t len);
int store_each(struct store *, int, store_visit *, void *arg);
/* The same for all tables below STORE_LOG_STATE together, as they are at one moment. */
typedef int store_visit_table(void *arg, int, const void *key, size_t key_len, const void *value,
    size_t len);
int store_each_table(struct store *, store_visit_table *, void *arg);

struct store_log_info {
	uint64_t first; /* number of the oldest entry kept; last + 1 if none is */
	uint64_t last;  /* number of the newest entry ever; 0: none yet */
	uint64_t bytes; /* size of the kept entries */
	bool closed;
};

/* The present state of a log. A log without any entry yet is empty, not absent. */
enum store_status store_log_info(struct store *, uint64_t log, struct store_log_info *);

struct store_entry_place {
	uint64_t log;
	uint64_t number; /* within the log */
};

struct store_entry {
	uint64_t log; /* the first of its logs, and the number there */
	uint64_t number;
	uint64_t seq;              /* over all logs: the order in which entries were made durable */
	int64_t time_ms;           /* since 1970, never earlier than that of a lower seq */
	const unsigned char *data; /* the store's, until its next call */
	size_t len;
	unsigned int n_places; /* all its logs, in the order of the append */
	struct store_entry_place places[STORE_ENTRY_LOGS];
};

/* One entry by its seq: STORE_OK, STORE_ABSENT (also when trimmed and gone), STORE_FAILED. */
enum store_status store_entry(struct store *, uint64_t seq, struct store_entry *);
/* The number that an entry has in a log; 0: it is not in that log. */
uint64_t store_entry_number(const struct store_entry *, uint64_t log);
/*
 * The number of the newest entry of a log whose seq is at most this one; 0: the log keeps none.
 * It reads O(log n) entries. STORE_OK or STORE_FAILED.
 */
enum store_status store_log_find(struct store *, uint64_t log, uint64_t seq, uint64_t *number);

/*
 * The seq that the next entry of any log will have. A log that is read after this call has all
 * entries of lower seqs, so several logs read up to here are as they were at one moment.
 */
enum store_status store_next_seq(struct store *, uint64_t *seq);

#define STORE_WINDOW 64

/* Reads a log forwards, any of an entry's, with memory that does not depend on its length. */
struct store_reader {
	struct store *store;
	uint64_t log;
	uint64_t next; /* the number to be read next */
	uint64_t last; /* reading ends here: the newest number when the reader was made */
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
 * anything is changed. All steps concern the same part (tables or logs). A step that
 * does not fit marks the transaction, and store_commit then fails with STORE_FAILED.
 */
struct store_tx {
	unsigned int steps;
	unsigned int rings; /* of the steps */
	int part;           /* 0: none yet */
	bool overflow;
	size_t len;
	unsigned char data[STORE_TX_MAX];
};

struct store_outcome {
	enum store_status status;
	unsigned int step; /* the step that was refused, from 0 */
	uint64_t value;    /* the number that the last next gave, or the seq of the last append */
};

void store_tx_init(struct store_tx *);
void store_tx_expect_absent(struct store_tx *, int, const void *key, size_t key_len);
void store_tx_expect(struct store_tx *, int, const void *key, size_t key_len, const void *value,
    size_t len);
void store_tx_put(struct store_tx *, int, const void *key, size_t key_len, const void *value,
    size_t len);
void store_tx_delete(struct store_tx *, int, const void *key, size_t key_len);
/* Adds count to a number; the outcome's value is the first of the new ones. */
void store_tx_next(struct store_tx *, int, const void *key, size_t key_len, uint64_t count);
/* Raises a number to at least this one; never lowers it. */
void store_tx_advance(struct store_tx *, int, const void *key, size_t key_len, uint64_t number);
/* The same, but only if a guard record exists: the one for which the number is kept. */
void store_tx_advance_if(struct store_tx *, int, const void *key, size_t key_len, uint64_t number,
    int guard_table, const void *guard, size_t guard_len);
/*
 * Appends an entry, unless the log then had more than limit entries behind the number
 * `floor` or behind its oldest, whichever is later. The outcome's value is its seq.
 */
void store_tx_append(struct store_tx *, uint64_t log, const void *entry, size_t len, uint64_t floor,
    uint64_t limit);
/*
 * Appends one entry to n logs at once, 1 to STORE_ENTRY_LOGS, all different: it has one seq and a
 * number in each. floor and limit are those of logs[0]; the others have no limit. A closed log
 * among them refuses it. Each log counts the entry's size and forgets it by itself; the entry is
 * kept while any of them keeps it.
 */
void store_tx_append_to(struct store_tx *, const uint64_t *logs, unsigned int n, const void *entry,
    size_t len, uint64_t floor, uint64_t limit);
#define STORE_ONCE_ID   16   /* bytes of an id */
#define STORE_ONCE_MOST 2048 /* ids that one record remembers */
/*
 * Does the transaction once. `id` is the caller's name of it, such as a UUID, and the record, in a
 * table of the logs' part, remembers the ids of its key. If it has this one, not longer ago than
 * keep_ms, nothing is done: STORE_REPEATED, and the outcome's value is the seq of then. Else the id
 * is remembered with the seq of the transaction's next append, which has to follow. Ids older than
 * keep_ms and the oldest beyond `keep`, 1 to STORE_ONCE_MOST, are forgotten then. The record takes
 * 32 bytes for each id and is written whole.
 */
void store_tx_once(struct store_tx *, int, const void *key, size_t key_len,
    const unsigned char id[STORE_ONCE_ID], uint64_t keep, int64_t keep_ms);
/*
 * The seq under which an id is remembered, if not for longer than keep_ms by this process's clock:
 * STORE_OK, STORE_ABSENT or STORE_FAILED. Only the transaction decides; this saves work before it.
 */
enum store_status store_once_find(struct store *, int, const void *key, size_t key_len,
    const unsigned char id[STORE_ONCE_ID], int64_t keep_ms, uint64_t *seq);
/* Whether all ids of such a record are older than keep_ms. False also when it is none. */
bool store_once_is_old(const void *record, size_t len, int64_t keep_ms);
/*
 * The limit of an append that also bounds the sizes of those entries together: about `bytes`, in
 * steps of a KiB, 0: any size. count is below 2^32.
 */
uint64_t store_tx_limit(uint64_t count, uint64_t bytes);
/*
 * Somebody pays for what a transaction of logs stores: STORE_OVER when the payer, an id that is not
 * 0, has stored more than per_day (0: any number) within a day, as far as the committer remembers;
 * STORE_NO_SPACE below min_free.
 */
void store_tx_charge(struct store_tx *, uint64_t payer, uint64_t bytes, uint64_t per_day);
/* With per_day: what can be had only now is stored in any case, and paid for afterwards. */
#define STORE_OWED (UINT64_C(1) << 63)
/* Forgets the entries below `first`, whose sizes add up to bytes (see store_log_info). */
void store_tx_trim(struct store_tx *, uint64_t log, uint64_t first, uint64_t bytes);
/*
 * Tells of an event when all that the transaction changes has been done and can be read: by a
 * process of the committer's own, so that it may take time. It comes at least once, unless the
 * machine stops. Another step has to come before it; it changes nothing itself.
 */
void store_tx_ring(struct store_tx *, unsigned int kind, uint64_t a, uint64_t b);
/* Refuses all further appends. */
void store_tx_close_log(struct store_tx *, uint64_t log);

/*
 * Does a transaction and returns when it is durable, together with those of other processes. Later
 * reads see it and all that was committed before. outcome may be NULL. Its status is returned too.
 */
enum store_status store_commit(struct store *, const struct store_tx *, struct store_outcome *);

/*
 * A chain: transactions of logs that go to the committer together and are done in their order, up
 * to the first one that is not. They share what a commit costs. NULL: no memory.
 */
#define STORE_CHAIN_MOST 32          /* transactions of a chain */
#define STORE_CHAIN_SIZE (64 * 1024) /* bytes of all of them together */
struct store_chain;
struct store_chain *store_chain_new(void);
void store_chain_free(struct store_chain *); /* NULL: nothing to do */
/*
 * Adds a transaction, which the chain copies. False: it cannot be in the chain, for its size, its
 * part, the number of those before, or for want of memory.
 */
bool store_chain_add(struct store *, struct store_chain *, const struct store_tx *);
unsigned int store_chain_count(const struct store_chain *);
/*
 * Does them, as store_commit() does one; to be called once. The outcomes, in their order, are the
 * chain's. Those behind the first that is neither STORE_OK nor STORE_REPEATED have STORE_CONFLICT:
 * nothing was done of them; or, where nobody has said what became of the chain, all have the same.
 */
const struct store_outcome *store_chain_commit(struct store *, struct store_chain *);

/*
 * Hands over a transaction whose outcome nobody waits for, such as a cursor's. It may be lost
 * in a crash.
 */
void store_post(struct store *, const struct store_tx *);

#endif
