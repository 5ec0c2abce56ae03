/*
 * store_int: the types and functions that the files of store share. Only they include it.
 */
#ifndef KABAR_STORE_INT_H
#define KABAR_STORE_INT_H

#include <limits.h>
#include <sys/types.h>

#include "base/log_pause.h"
#include "base/pack.h"
#include "store/budget.h"
#include "store/cache.h"
#include "store/entry_cache.h"
#include "store/permit.h"
#include "store/store.h"
#include "store/tdb/format.h"

#define STORE_LOG_FILE_SIZE (64ULL * 1024 * 1024)
#define STORE_TABLE_SLOTS   65536
#define STORE_CHECKPOINT    (256ULL * 1024 * 1024)
#define STORE_STATE_MAX     1024
#define STORE_FULL_KEY_MAX  (1 + STORE_KEY_MAX) /* a table's number, then a key of it */
#define STORE_OP_ID         16                  /* bytes that tell one operation from all others */
#define STORE_ANSWER_MS     30000
#define STORE_BATCH_OPS     512 /* operations of one batch, at most */
#define STORE_RECENT_MOST   (4 * STORE_BATCH_OPS)

/*
 * The two parts of a store that change by transactions, and tasks that take their turn among
 * those.
 */
enum store_part {
	STORE_PART_TABLES = 1,
	STORE_PART_LOGS,
	STORE_PART_COMPACT,
	STORE_PART_SNAPSHOT,
	STORE_PART_CHECKPOINT
};

/* One file of logs: entries with seqs from first_seq up to where the next file begins. */
struct store_log_file {
	uint64_t first_seq;
	struct store_file *file; /* NULL: not open */
};

/* The end of a log, its contents, and the shortcuts back from its newest entry. */
struct store_head {
	uint64_t first;
	uint64_t last;
	uint64_t last_seq;
	uint64_t bytes;
	uint64_t jump; /* the number that the newest entry jumps to, 0: none */
	uint64_t jump_seq;
	uint64_t jump2; /* the number that that entry jumps to */
	uint64_t jump2_seq;
	bool closed;
	bool cut; /* a repair did not find the newest: last_seq is that of the newest found */
};

/* What an entry's record says of one of its logs, and of itself. */
struct store_header {
	uint64_t log;
	uint64_t number;
	int64_t time_ms;
	uint64_t prev_seq;
	uint64_t jump;
	uint64_t jump_seq;
	uint64_t jump2; /* the jump of the entry jumped to; 0 also when that is gone */
	uint64_t jump2_seq;
	uint64_t lost; /* numbers before this one that a repair did not find; no entry has them */
	size_t len;    /* of the data */
};

/* An entry's record: what stands before the data. */
struct store_entry_record {
	unsigned int n;
	struct store_header places[STORE_ENTRY_LOGS]; /* time_ms and len are the same in all */
	size_t at;                                    /* where the data begins */
};

/* An operation: a transaction, or a task, that a client asked the committer for. */
struct store_op {
	unsigned char id[STORE_OP_ID];
	int part;
	unsigned int steps;
	bool again;                   /* it may have been done by a committer that died */
	bool refused;                 /* it is not to be done, and has its outcome */
	const struct store_op *after; /* which must be done for it to be done; NULL: none must */
	const unsigned char *data;
	size_t len;
	struct store_outcome outcome;
	bool ordered; /* it changed what the store holds, and so has a place in the journal */
};

/* The result of an operation. */
struct store_result {
	unsigned char id[STORE_OP_ID];
	struct store_outcome outcome;
};

/* A transaction of a part's file. */
struct store_transaction {
	struct store_file *file; /* NULL: none is open */
	bool changed;
};

/* The state of the process that may change a part. */
struct store_writer {
	uint64_t next_seq;
	int64_t last_time_ms;
	uint64_t last_page; /* the highest page of heads; 0 also without any */
	struct store_transaction open[STORE_PART_COMPACT]; /* of each part, while a batch is done */
	bool ordered;         /* a batch of the journal is done: what was judged before stands */
	unsigned char *batch; /* room for the bytes of one */
	size_t batch_room;
	/* Of each part the last operations of the committers before, oldest first: if they died
	 * before they replied, their clients ask again. */
	struct store_result *recent[STORE_PART_COMPACT];
	size_t n_recent[STORE_PART_COMPACT];
	int64_t recent_until_ms;   /* monotonic; from then on they are forgotten */
	struct store_pages *pages; /* heads changed in the present transaction */
	int64_t rotate_after_ms;   /* monotonic; after a failure no new file of logs before this */
	uint64_t state_size; /* bytes of the tables with which the current file of logs began; 0
	                        also when another process began it */
	struct store_journal *journal;       /* NULL: of a store in memory */
	uint64_t number;                     /* of the last batch */
	struct store_checkpoint *checkpoint; /* the state of store_checkpoint; NULL: none yet */
	struct store_budget *budget;         /* of payers; NULL: nobody has paid yet */
	struct store_unread *unread; /* sizes of what is unread in large logs; NULL: in none */
	bool whole;                  /* the files have all that the journal has */
	bool broken; /* the content of the files is uncertain: end, and begin anew */
};

struct store_connection {
	int fd; /* -1: none */
	unsigned char id[8];
	uint64_t count;
};

struct store {
	char state[STORE_STATE_MAX];
	struct store_options opt; /* .state points to state */
	struct store_file *tables;
	ino_t tables_inode;
	uint64_t lookups;            /* of the tables' name, so far */
	struct store_log_file *logs; /* ascending */
	size_t n_logs;
	struct store_cache cache; /* of the tables */
	bool mapped;              /* the files are mapped: syncs cost more, all else less */
	struct store_connection committer;
	int64_t answer_ms;           /* the committer has so long to answer */
	struct store_writer *writer; /* NULL: this process only reads */
	bool writable;               /* the files are open for writing, too */
	bool was_left;               /* the last writer ended in good order */
	char refusal[256]; /* the sentence of the committer that could not start last; or empty */
	struct store_entry_cache entries;
	uint64_t entries_read; /* from files, so far */
};

/* open.c */
/* Opens a store as the process that changes it; see store_open. */
struct store *store_open_writer(const struct store_options *, char *error, size_t size);
/* Makes an open store one that this process changes. 0, or -1 with a sentence in error. */
int store_open_here(struct store *, char *error, size_t size);
/*
 * The first part of it: recovers its files and opens them anew. 0, or -1 with a
 * sentence in error. store_replay_open() and store_recover_end() are to follow.
 */
int store_open_to_write(struct store *, char *error, size_t size);
/* A handle with nothing open. NULL with a sentence in error. */
struct store *store_new(const struct store_options *, char *error, size_t size);
void store_path(const struct store *, char *path, size_t size, const char *name);

/* table.c */
int store_table_part(int table);
/* Puts a table's number before a key of it; the length of both. */
size_t store_table_key(unsigned char full[STORE_FULL_KEY_MAX], int, const void *key,
    size_t key_len);
/* A record of a file that is one number; absent: zero. 0, or -1 with errno set. */
int store_table_number(struct store_file *, const void *key, size_t key_len, uint64_t *number);
int store_table_put_number(struct store_file *, const void *key, size_t key_len, uint64_t number);

/* files.c: the list of files, and which of them are open. */
int store_files_open(struct store *, char *error, size_t size);
void store_files_close(struct store *);
/* The current file of logs, to which entries are appended; NULL when it cannot be opened. */
struct store_file *store_files_current(struct store *);
/* The file in which a part changes, open; NULL when it cannot be opened. */
struct store_file *store_files_of_part(struct store *, int part);
/* The open file at an index of logs[], NULL when it cannot be opened. */
struct store_file *store_files_at(struct store *, size_t index);
/* Takes another file of tables, or NULL, and closes the one before. */
void store_files_set_tables(struct store *, struct store_file *);
/* Lists the files of logs anew. 0 or -1. */
int store_files_refresh(struct store *);
/* The name of the file of logs that begins at a seq, in the state directory; and its path. */
void store_files_log_name(char *name, size_t size, uint64_t first_seq);
void store_files_log_path(const struct store *, char path[PATH_MAX], uint64_t first_seq);
/* The other way, without the directory; false for other names, as of a file that is being made. */
bool store_files_parse_name(const char *name, uint64_t *first_seq);
/* Makes an empty file of logs; it must not exist. */
struct store_file *store_files_make(struct store *, const char *path, char *error, size_t size);
/* Removes a file of logs that is not the current one. 0 or -1 with errno set. */
int store_files_drop(struct store *, uint64_t first_seq);

/* compact.c, snapshot.c: the committer's tasks. 0 or -1 with errno set. */
int store_compact_here(struct store *);
int store_snapshot_here(struct store *);

/* rotate.c: ends the current file of logs when it is full and begins the next. 0 or -1. */
int store_rotate(struct store *);
/* Notes the key of a new record of a table, for the next file to have it too; -1 with errno set. */
int store_rotate_note(struct store_file *, const void *key, size_t key_len);
/* The record was deleted. */
int store_rotate_forget(struct store_file *, const void *key, size_t key_len);

/* head.c: heads of logs, 32 to a record, a page. */
#define STORE_PAGE_HEADS 32
enum store_status store_head_get(struct store_file *, uint64_t log, struct store_head *);
/* The same from the record of its page. 0, or -1 when that is none. */
int store_head_parse(const void *page, size_t len, uint64_t log, struct store_head *);
/* For the writer, as are the rest: the bytes of all heads together. */
uint64_t store_head_size(const struct store *);
/* Reads and changes a head within the present transaction; -1 with errno set. */
enum store_status store_head_take(struct store *, uint64_t log, struct store_head *);
int store_head_set(struct store *, uint64_t log, const struct store_head *);
/* Puts the changed heads into the file: 0, or -1 with errno set. */
int store_head_flush(struct store *);
/* Forgets all heads. */
void store_head_drop(struct store *);

/* record.c: the bytes of an entry's record. */
#define STORE_RECORD_HEADER (2 + 8 + STORE_ENTRY_LOGS * 8 * 8) /* before the data, at most */
#define STORE_RECORD_MAX    (STORE_RECORD_HEADER + STORE_VALUE_MAX)
/* Puts what stands before the data; n is 1 to STORE_ENTRY_LOGS. */
void store_record_pack(struct pack *, const struct store_header *places, unsigned int n);
/* 0, or -1 when it is no entry's record. */
int store_record_parse(struct store_entry_record *, const void *data, size_t len);
/* The entry's place in a log; NULL: it has none. */
struct store_header *store_record_place(struct store_entry_record *, uint64_t log);
/*
 * Replaces the place that an entry has in the log of this header, in a transaction of its file.
 * was_ms is the time from which the header's was repaired. -1 with errno set.
 */
int store_record_rewrite(struct store_file *, uint64_t seq, const struct store_header *,
    int64_t was_ms);

/*
 * log.c: entries. The header of an entry in one of its logs: STORE_OK, STORE_ABSENT (also for seq
 * 0, and for an entry that is not in this log), STORE_FAILED.
 */
enum store_status store_log_header(struct store *, uint64_t seq, uint64_t log,
    struct store_header *);
/* Appends to the log of a step and the others that it names, within a transaction of the writer. -1
 * with errno set. */
int store_log_append(struct store *, const struct store_step *, uint64_t *seq);
/*
 * Forgets what a writer remembers of heads and entries, as is needed when the transaction failed,
 * or when others have changed the file.
 */
void store_log_forget(struct store *);
/* Copies an entry from an older file into the current one. -1 with errno set. */
int store_log_carry(struct store *, uint64_t seq);

/* progress.c: the record of a file that tells up to which batch it is. */
struct store_progress {
	uint64_t number; /* of the last batch that was applied to the file */
	uint64_t next_seq;
	int64_t last_time_ms;
	uint64_t last_page;
	uint32_t n_recent; /* operations of the writers before */
};

/* STORE_OK, STORE_ABSENT (nothing is changed) or STORE_FAILED. */
enum store_status store_progress_read(struct store_file *, struct store_progress *);
/* Makes the list of those operations longer, and counts them; the caller's to free. */
enum store_status store_progress_recent(struct store_file *, struct store_result **, size_t *n);
/* Within a transaction of the file. 0 or -1 with errno set. */
int store_progress_write(struct store_file *, const struct store_progress *,
    const struct store_result *recent);
/*
 * Says, in a transaction of its own, that a file is up to this batch. first_seq is that of a file
 * of logs, which needs it if nothing was written to it yet. 0 or -1 with errno set.
 */
int store_progress_renumber(struct store_file *, uint64_t first_seq, uint64_t number);
/* The state after the last batch of the logs; before the first: 1 and 0. */
enum store_status store_progress_of_logs(struct store *, uint64_t *next_seq, uint64_t *last_page);

/*
 * replay.c: makes an open store one that this process writes to, and applies what the journal has
 * beyond its files. 0, or -1 with a sentence in error; store_replay_close() is called in any case.
 */
int store_replay_open(struct store *, char *error, size_t size);
/* The same without the journal; applied[] has the number of the last batch in the file of a part.
 */
int store_replay_begin(struct store *, uint64_t applied[STORE_PART_COMPACT], char *error,
    size_t size);
void store_replay_close(struct store *);

/*
 * apply.c: does operations of both parts as a batch, and then the tasks among them; each gets its
 * outcome, unless the writer is broken.
 */
void store_apply(struct store *, struct store_op *const *ops, size_t n);
/* The same in two calls: the transactions; and the tasks, with what a file asks for that is full.
 */
void store_apply_transactions(struct store *, struct store_op *const *ops, size_t n);
void store_apply_tasks(struct store *, struct store_op *const *ops, size_t n);
/* Whether a committer before has done an operation of the logs or tables; its outcome then. */
bool store_apply_was_done(const struct store *, struct store_op *);
/* For those who do batches in another way. Begins the transaction of a part unless it is open. */
int store_apply_begin(struct store *, int part);
/*
 * Begins those of both parts while nobody waits: beginning one takes as long as a small operation.
 * A transaction in which nothing was changed stays open and keeps nobody from reading; while one is
 * open, no other may be begun on its file, and the files must not be closed.
 */
void store_apply_ahead(struct store *);
/* Checks an operation and does it within the transaction: 0, or -1 with errno set: cancel. */
int store_apply_op(struct store *, struct store_op *);
/* Records in the transaction of a part how far it is; in a file that becomes that of the part. 0 or
 * -1 with errno set. */
int store_apply_note(struct store *, int part);
int store_apply_note_in(struct store *, int part, struct store_file *);
/* Prepares the open transactions that changed something: only a commit or a cancel may follow. */
int store_apply_prepare(struct store *);
int store_apply_commit(struct store *);
void store_apply_cancel(struct store *);
/* Records in both files how far they are. 0 or -1 with errno set. */
int store_apply_note_both(struct store *);

/* committer.c: starts the process that does the operations of all clients. 0, or -1, with the
 * refusal if that process has left one. */
int store_committer_start(struct store *);

/*
 * socket.c: the committer's socket in the state directory. -1 with errno set; EAGAIN: more clients
 * wait there than the system allows. A socket that connects waits answer_ms for what it is asked
 * to read or write, and one that tries waits for nothing.
 */
#define STORE_SOCKET_NAME "commit.sock"
int store_socket_listen(const struct store *);
int store_socket_connect(const struct store *);
int store_socket_try(const struct store *);
/* Whether a committer that was killed has left its socket; of one that ends nothing is left. */
bool store_socket_is_left(const struct store *);
void store_socket_remove(const struct store *);

#define STORE_COMMITTER_LOCK "commit.lock"

/*
 * lock.c: takes the lock of this name. Returns the descriptor that holds it, until the
 * process closes any descriptor of that file; -1 with errno set, EAGAIN: another process has it.
 */
int store_lock(const char *state, const char *name);

/*
 * clients.c: the committer's clients. Indexes stay as they are until the dropped ones are
 * forgotten.
 */
struct store_client {
	struct store_principal principal; /* kind 0: not bound */
	bool spoken;                      /* it has sent a request */
	bool leaving;                     /* it has asked the committer to end */
};

struct store_clients {
	struct pollfd *polls;        /* [0] is the listening socket */
	struct store_client *client; /* beside polls */
	size_t n;
	size_t size;
	size_t most;               /* clients at a time, so that there is room for files */
	int64_t paused_until_ms;   /* monotonic; 0: the listening socket is polled */
	struct log_pause overflow; /* clients that had to wait */
};

/* `descriptors` is how many the process may have. 0, or -1: no memory. */
int store_clients_init(struct store_clients *, int listening, size_t descriptors);
/* Takes another listening socket and closes the one before. */
void store_clients_listen(struct store_clients *, int listening);
/*
 * As signals_poll(), in ms. While there is no room for another client, those that wait
 * at the listening socket do not wake it; it looks again when one leaves, and after a pause.
 */
int store_clients_poll(struct store_clients *, int ms);
/* Takes a client that waits at the listening socket. False: none was taken. */
bool store_clients_accept(struct store_clients *);
void store_clients_drop(struct store_clients *, size_t index);
void store_clients_forget_dropped(struct store_clients *);
/* Binds a client that has said nothing yet. False: it may not be. */
bool store_clients_bind(struct store_clients *, size_t index, const struct store_principal *);

/* client.c: has a task done, one of enum store_part. */
enum store_status store_client_task(struct store *, int part);
/* Sends a request without a transaction, connecting if need be. 0 or -1. */
int store_client_ask(struct store *, unsigned int flags);
/* Waits until a committer has brought the files back that a killed one left. For
 * store_file_options. */
int store_client_recover(void *store);

/*
 * request.c: a request is one message, a header and the transaction's bytes; a reply is a
 * result and the inode of the tables (u64). A chain of requests is one message, too; behind the
 * header of each stands how long its bytes are (u32), and the reply has a result for each. The
 * functions that read return 0, or -1.
 */
#define STORE_REQUEST_SIZE (1 + STORE_OP_ID + 1 + 4)
#define STORE_RESULT_SIZE  (STORE_OP_ID + 1 + 4 + 8)
#define STORE_REPLY_SIZE   (STORE_RESULT_SIZE + 8)
#define STORE_REPLY_MOST   (STORE_CHAIN_MOST * STORE_RESULT_SIZE + 8)
enum store_request_flag {
	STORE_REQUEST_AGAIN = 1, /* see store_op */
	STORE_REQUEST_POST = 2,  /* no reply is wanted */
	STORE_REQUEST_PING = 4,  /* an empty transaction, to see whether the committer answers */
	STORE_REQUEST_LEAVE = 8, /* do not wait for new clients when the last has gone */
	STORE_REQUEST_BIND = 16, /* the first of a connection: whom it speaks for; no reply */
	STORE_REQUEST_CHAIN = 32 /* of a chain, on each: not to be done unless that before it was */
};

struct store_request {
	unsigned int flags;
	unsigned char id[STORE_OP_ID];
	int part;
	unsigned int steps;
	/* Of a request that was read: */
	struct store_principal principal; /* of one that binds */
	const unsigned char *data;        /* the bytes of the steps, within the request */
	size_t len;
	size_t size; /* of the request with its header: of a chain, the next one follows */
};

void store_request_pack(struct pack *, const struct store_request *);
/* What follows the header of a request that binds. */
#define STORE_BIND_SIZE (4 + 8)
void store_principal_pack(struct pack *, const struct store_principal *);
/*
 * Reads a request as it came from a client, and all its steps. This is the one place where the
 * bytes of clients are checked: what it accepts, the committer does without another look at
 * lengths, kinds and tables. Needs nothing but its arguments. -1: no client of ours sends this.
 */
int store_request_read(struct store_request *, struct store_step steps[STORE_TX_STEPS],
    const void *data, size_t len);
/* Tells whether a part is one that transactions change, and no task or question. */
bool store_request_is_transaction(int part);
/* Tells whether a transaction was done, now or before. */
bool store_request_is_done(const struct store_outcome *);
void store_result_pack(struct pack *, const unsigned char id[STORE_OP_ID],
    const struct store_outcome *);
int store_result_unpack(struct unpack *, struct store_result *);

/* client.c: what the committer is asked to do, in one message, and where the outcomes go. */
struct store_question {
	struct store_request request; /* the first, or only one */
	const void *data;             /* what follows its header */
	size_t len;
	struct store_outcome *outcomes;
	unsigned int n;
};
/* The request for a transaction; tx NULL: one without. It has an id of its own. */
struct store_request store_client_request(struct store *, const struct store_tx *tx,
    unsigned int flags);
/*
 * Asks until there is a reply, or it is too late: then all outcomes are STORE_UNSURE, or
 * STORE_FAILED if no committer can have the question.
 */
void store_client_commit(struct store *, struct store_question *);

/* The payer of a charge whose bytes are the committer's min_free from here on; of no principal. */
#define STORE_PAYER_NONE 0

/* tx.c: the steps of a transaction, see store/permit.h. */
/* 1 and a step, 0 at the end, -1 when the bytes make no sense. */
int store_tx_step(struct unpack *, struct store_step *);
void store_tx_carry(struct store_tx *, uint64_t seq);
void store_tx_drop(struct store_tx *, uint64_t first_seq);

/*
 * unread.c: tells whether the entries of a log behind the number `floor` are smaller than so many
 * KiB together, with one of len bytes more; kib 0: any size is. Exact for logs that are small as a
 * whole; of large ones it looks at the newest STORE_UNREAD_LOOKS, and remembers what it found.
 */
#define STORE_UNREAD_LOOKS 4096 /* once a second for a log; in between it looks at 64 */
bool store_unread_fits(struct store *, uint64_t log, const struct store_head *, uint64_t floor,
    uint64_t kib, size_t len);
/* How many entries it has looked at, for tests. */
uint64_t store_unread_looks(const struct store *);

/* once.c: whether a step's id is remembered: STORE_REPEATED and the seq. Remembers it, with the seq
 * that the next entry will have: 0, or -1 with errno set. */
enum store_status store_once_check(struct store *, struct store_file *, const struct store_step *,
    uint64_t *seq);
int store_once_do(struct store *, struct store_file *, const struct store_step *);

/* step.c: checks whether a step may be done; does it: 0, or -1 with errno set. */
enum store_status store_step_check(struct store *, struct store_file *, const struct store_step *,
    struct store_outcome *);
int store_step_do(struct store *, struct store_file *, const struct store_step *,
    struct store_outcome *);

#endif
