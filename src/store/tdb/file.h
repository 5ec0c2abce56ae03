/*
 * store_file: one file of records with transactions. A process may have a file open only once, and
 * one process at a time is in a transaction of it. This folder alone knows that the files are
 * TDB's; the meaning of the keys is left to the rest of store.
 */
#ifndef KABAR_STORE_FILE_H
#define KABAR_STORE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"
#include "store/tdb/key.h"

struct store_file;

struct store_file_options {
	char kind;   /* 't' tables, 'l' logs */
	bool create; /* make it; it must not be there */
	bool map;    /* map the file instead of reading and writing it piece by piece */
	bool memory;
	bool cache;     /* nobody else changes it: records of tables are remembered */
	uint32_t slots; /* hash size when created */
	/* Open it for reading alone: whoever owns the process cannot change the file. */
	bool read_only;
	/*
	 * Lets a process that may write bring back a file that a killed one left half written, and
	 * waits for that: 0, or -1 when there is none. NULL: such a file is not read.
	 */
	int (*recover)(void *arg);
	void *recover_arg;
};

/* NULL with errno set and a sentence in error. What the file holds is left to store_format_open().
 */
struct store_file *store_file_open(const char *path, const struct store_file_options *, char *error,
    size_t size);
void store_file_close(struct store_file *);

/*
 * Copies at most size bytes of a record and gives its whole length. STORE_OK, STORE_ABSENT
 * or STORE_FAILED.
 */
enum store_status store_file_get(struct store_file *, const void *key, size_t key_len, void *value,
    size_t size, size_t *len);
/* 0 or -1 with errno set. */
int store_file_put(struct store_file *, const void *key, size_t key_len, const void *value,
    size_t len);
/* The same for a record that is not there yet. */
int store_file_insert(struct store_file *, const void *key, size_t key_len, const void *value,
    size_t len);
int store_file_delete(struct store_file *, const void *key, size_t key_len);

/*
 * Files in memory have no transactions: every put stays. 0 or -1 with errno set. A transaction that
 * was prepared has all the room on the disk that it needs, and keeps readers waiting; only a commit
 * or a cancel may follow. After the death of the process the file is as before the transaction,
 * unless its commit was done. Nothing is synced: after a power cut the file may hold anything.
 */
int store_file_begin(struct store_file *);
/*
 * Makes the file longer, unless it has this much room already, in a transaction of its own. A
 * transaction within which a mapped file grows goes on without its map, and takes four times as
 * long. 0 or -1 with errno set.
 */
int store_file_reserve(struct store_file *, size_t bytes);
int store_file_prepare(struct store_file *);
int store_file_commit(struct store_file *);
/* False when a commit failed so late that nobody can look before the file is opened again. */
bool store_file_is_open(struct store_file *);
void store_file_cancel(struct store_file *);

/*
 * Between these two nobody changes the file: those who commit wait. For reading alone; calls do not
 * nest. 0 or -1 with errno set.
 */
int store_file_lock(struct store_file *);
void store_file_unlock(struct store_file *);
/*
 * All records, in no order; stops when visit returns non-zero. Those who commit may have to wait
 * for visit, which must not use the file. 0 or -1.
 */
int store_file_each(struct store_file *, store_visit *, void *arg);

size_t store_file_size(struct store_file *); /* bytes */
/*
 * For reading the bytes between transactions. Not to be closed; a second descriptor of the same
 * file would, when closed, give up the locks of this one.
 */
int store_file_fd(struct store_file *);
/* A number that changes with every change of a file of tables. */
uint32_t store_file_change(struct store_file *);
/* Looks through all chains and free space. 0 sound, -1 not; space that a killed process lost
 * counts. */
int store_file_check(struct store_file *);
/* Flushes everything to the disk. 0 or -1 with errno set. */
int store_file_sync(struct store_file *);

#endif
