/*
 * store_int: what the files of store share among themselves. Nobody else includes it.
 */
#ifndef KABAR_STORE_INT_H
#define KABAR_STORE_INT_H

#include <limits.h>
#include <sys/types.h>

#include "base/pack.h"
#include "store/cache.h"
#include "store/entry_cache.h"
#include "store/store.h"
#include "store/tdb/file.h"

#define STORE_LOG_FILE_SIZE (64ULL * 1024 * 1024)
#define STORE_TABLE_SLOTS   65536
#define STORE_STATE_MAX     1024
#define STORE_OP_ID         16  /* bytes that tell one handed-over transaction from all others */
#define STORE_BATCH_OPS     512 /* operations done in one transaction of a file, at most */

/* Those behind the logs are no transactions, but take their turn among them. */
enum store_part { STORE_PART_TABLES = 1, STORE_PART_LOGS, STORE_PART_COMPACT, STORE_PART_SNAPSHOT };

/* One file of logs: entries with seqs from first_seq up to where the next file begins. */
struct store_log_file {
	uint64_t first_seq;
	struct store_file *file; /* NULL: not open */
};

/* Where a log ends, what it holds, and the shortcuts back from its newest entry. */
struct store_head {
	uint64_t first;
	uint64_t last;
	uint64_t last_seq;
	uint64_t bytes;
	uint64_t jump; /* the number that the newest entry jumps to, 0: none */
	uint64_t jump_seq;
	uint64_t jump2; /* and the one that this jumps to */
	uint64_t jump2_seq;
	bool closed;
	bool cut; /* a repair did not find the newest: last_seq is that of the newest there is */
};

/* What stands before an entry's data. */
struct store_header {
	uint64_t log;
	uint64_t number;
	int64_t time_ms;
	uint64_t prev_seq;
	uint64_t jump;
	uint64_t jump_seq;
	uint64_t jump2; /* that of the entry jumped to; 0 also when that is gone */
	uint64_t jump2_seq;
	uint64_t lost; /* numbers before this one that a repair did not find; no entry has them */
	size_t len;    /* of the data */
};

/* A handed-over transaction on its way through a batch. */
struct store_op {
	unsigned char id[STORE_OP_ID];
	int part;
	unsigned int steps;
	bool again; /* it may have been done by a committer that died */
	const unsigned char *data;
	size_t len;
	struct store_outcome outcome;
};

/* What a committer that died may have done without saying so. */
struct store_doubt {
	int part;
	unsigned char id[STORE_OP_ID];
	struct store_outcome outcome;
};

/* The state of whoever may change a part. */
struct store_writer {
	uint64_t next_seq;
	int64_t last_time_ms;
	uint64_t last_page; /* the highest page of heads there is; 0 also when none is */
	uint64_t batches[STORE_PART_COMPACT]; /* how many each part has seen */
	struct store_doubt *doubts;           /* oldest first */
	size_t n_doubts;
	int64_t doubts_until_ms;
	struct store_pages *pages; /* heads changed in the present transaction */
	int64_t rotate_after_ms;   /* a new file of logs could not be made: not before this tick */
	bool broken;               /* nobody can say what is in the files: give up, begin anew */
};

/* The connection to the committer. */
struct store_link {
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
	bool mapped;              /* files are mapped: dearer to sync, cheaper to work on */
	struct store_link link;
	struct store_writer *writer; /* NULL: this process only reads */
	struct store_entry_cache entries;
	uint64_t entries_read; /* from files, so far */
};

/* store.c */
/* A handle with nothing open. NULL with a sentence in error. */
struct store *store_new(const struct store_options *, char *error, size_t size);
void store_path(const struct store *, char *path, size_t size, const char *name);
/* A number of milliseconds since 1970, or since any moment. */

/* store_files.c: which files there are. */
int store_files_open(struct store *, char *error, size_t size);
void store_files_close(struct store *);
/* The file of logs that is written now; NULL when it cannot be opened. */
struct store_file *store_files_current(struct store *);
/* The open file at an index of logs[], NULL when it cannot be opened. */
struct store_file *store_files_at(struct store *, size_t index);
/* Opens the files anew, mapped or not. 0, or -1: nothing is open any more. */
int store_files_map(struct store *, bool mapped);
/* Takes another file of tables, or NULL, and closes the one before. */
void store_files_set_tables(struct store *, struct store_file *);
/* Lists the files of logs anew. 0 or -1. */
int store_files_refresh(struct store *);
void store_files_log_name(char *name, size_t size, uint64_t first_seq);
/* Makes a file of logs that is not there yet, with nothing in it. */
struct store_file *store_files_make(struct store *, const char *path, char *error, size_t size);

/* Forgets a file that is not the current one, and removes it. 0 or -1 with errno set. */
int store_files_drop(struct store *, uint64_t first_seq);

/* store_compact.c: what the committer does when it is asked to. 0 or -1. */
int store_compact_here(struct store *);

/* store_snapshot.c: the same for a copy of everything. 0 or -1 with errno set. */
int store_snapshot_here(struct store *);

/* store_rotate.c: ends the current file of logs when it is full and begins the next. 0 or -1. */
int store_rotate(struct store *);
/* Notes the key of a new record that the next file will need, too. 0 or -1 with errno set. */
int store_rotate_note(struct store_file *, const void *key, size_t key_len);
/* It will need it no more. */
int store_rotate_forget(struct store_file *, const void *key, size_t key_len);

/* store_head.c: where logs end, as it lies in a file. */
#define STORE_PAGE_HEADS 32
enum store_status store_head_get(struct store *, struct store_file *, uint64_t log,
    struct store_head *);
/* The same in the record of its page. 0, or -1 when that is none. */
int store_head_parse(const void *page, size_t len, uint64_t log, struct store_head *);
/* Bytes of all heads together. For the writer, as are the rest. */
uint64_t store_head_size(const struct store *);
/* The head as the transaction has it so far, and as it will have it: -1 with errno set. */
enum store_status store_head_take(struct store *, uint64_t log, struct store_head *);
int store_head_set(struct store *, uint64_t log, const struct store_head *);
/* Puts the changed heads into the file (0, or -1 with errno set), or forgets them. */
int store_head_flush(struct store *);
void store_head_drop(struct store *);

/* store_log.c: entries as they lie in a file. STORE_OK, STORE_ABSENT (also for seq 0),
 * STORE_FAILED. */
enum store_status store_log_header(struct store *, uint64_t seq, struct store_header *);
/* Within a transaction of the writer. -1 with errno set. */
int store_log_append(struct store *, uint64_t log, const void *data, size_t len, uint64_t *number);
/* Copies an entry from where it lies into the current file. -1 with errno set. */
int store_log_carry(struct store *, uint64_t seq);
/* Which entry a record of a file of logs is. False when it is none. */
bool store_log_identify(const void *key, size_t key_len, const void *value, size_t len,
    uint64_t *seq, uint64_t *log, uint64_t *number);
/* The header of an entry's record. 0, or -1 when it is none. */
int store_log_parse(struct store_header *, const void *record, size_t len);
/* Within a transaction of the file in which the entry lies: the header anew. -1 with errno set. */
int store_log_rewrite(struct store_file *, uint64_t seq, const struct store_header *);

/* store_apply.c: what the committer does with transactions. */
int store_apply_open(struct store *, char *error, size_t size);
void store_apply_close(struct store *);
/* How far the last transaction of the logs got. Their very first is still to come: 1 and 0. */
enum store_status store_apply_progress(struct store *, uint64_t *next_seq, uint64_t *last_page);
/* The transaction of a repair says where its writer stands. 0 or -1 with errno set. */
int store_apply_note(struct store *, int part);
/* A file that follows another takes over the record of what was done last. 0 or -1. */
int store_apply_copy(struct store_file *from, struct store_file *to);
/* Does transactions of one part together; each gets its outcome. */
void store_apply(struct store *, int part, struct store_op *const *ops, size_t n);

/* store_committer.c: starts the process that does everyone's transactions; 0 or -1. */
int store_committer_start(struct store *);
/* A socket in the state directory, whatever the length of its path. -1 with errno set. */
int store_committer_socket(const struct store *, bool listening);

#define STORE_COMMITTER_LOCK "commit.lock"

/*
 * store_lock.c: takes the lock of this name. The descriptor that holds it, until the process closes
 * any descriptor of that file; -1 with errno set, EAGAIN: another process has it.
 */
int store_lock(const struct store *, const char *name);

/* store_client.c: sends a request without a transaction, connecting if need be. 0 or -1. */
int store_link_ask(struct store *, unsigned int flags);

/* What goes over that socket: a request is this header and then the transaction's bytes. */
#define STORE_REQUEST_SIZE (1 + STORE_OP_ID + 1 + 4)
#define STORE_REPLY_SIZE   (STORE_OP_ID + 1 + 4 + 8 + 8) /* the last number: the tables' inode */
enum store_request_flag {
	STORE_REQUEST_AGAIN = 1, /* see store_op */
	STORE_REQUEST_POST = 2,  /* no reply is wanted */
	STORE_REQUEST_PING = 4,  /* an empty transaction: is anybody there? */
	STORE_REQUEST_LEAVE = 8  /* do not wait for new clients when the last has gone */
};

/* store_tx.c: reading back what store_tx_* wrote. */
enum store_step_kind {
	STORE_STEP_EXPECT_ABSENT = 1,
	STORE_STEP_EXPECT,
	STORE_STEP_PUT,
	STORE_STEP_DELETE,
	STORE_STEP_NEXT,
	STORE_STEP_ADVANCE,
	STORE_STEP_APPEND,
	STORE_STEP_TRIM,
	STORE_STEP_CLOSE_LOG,
	STORE_STEP_CARRY, /* copy an entry from an older file into the current one */
	STORE_STEP_DROP,  /* give up the file of logs that begins with this seq */
	STORE_STEP_ADVANCE_IF
};

struct store_step {
	enum store_step_kind kind;
	unsigned char key[1 + STORE_KEY_MAX]; /* the table, then the key */
	size_t key_len;
	const unsigned char *value; /* or the guard: its table, then its key */
	size_t len;
	uint64_t log;
	uint64_t a; /* floor, first, count or number */
	uint64_t b; /* limit or bytes */
};

/* 1 and a step, 0 at the end, -1 when the bytes make no sense. */
int store_tx_step(struct unpack *, struct store_step *);
int store_table_part(enum store_table);
void store_tx_carry(struct store_tx *, uint64_t seq);
void store_tx_drop(struct store_tx *, uint64_t first_seq);

/* store_step.c: whether a step may be done, and doing it: 0, or -1 with errno set. */
enum store_status store_step_check(struct store *, struct store_file *, const struct store_step *);
int store_step_do(struct store *, struct store_file *, const struct store_step *,
    struct store_outcome *);

#endif
