/*
 * store_file: one TDB file: opening with a check of what it is, records, transactions.
 * The only place that knows TDB. What lies under which key is left to the rest of store.
 */
#ifndef KABAR_STORE_FILE_H
#define KABAR_STORE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

/* The first byte of a key that is not a table's. */
enum store_record {
	STORE_RECORD_FORMAT = 200, /* what this file is */
	STORE_RECORD_BATCH,        /* what the last transaction held */
	STORE_RECORD_ENTRY,        /* seq -> an entry of a log */
	STORE_RECORD_PAGE,         /* page number -> heads of logs */
	STORE_RECORD_STATE,        /* index -> key of a table's record that lies with the logs */
	STORE_RECORD_PLACE         /* such a key -> its index */
};

/* The key of an entry or a page: the record's kind and a number. */
#define STORE_FILE_KEY 9

struct store_file;

struct store_file_options {
	char kind;   /* 't' tables, 'l' logs */
	bool create; /* make it; it must not be there */
	bool map;    /* map the file instead of reading and writing it piece by piece */
	bool sync;
	bool memory;
	uint32_t slots; /* hash size when created */
};

/* NULL with errno set; ENOEXEC: not a file of this kind or version, error then has a sentence. */
struct store_file *store_file_open(const char *path, const struct store_file_options *, char *error,
    size_t size);
void store_file_close(struct store_file *);

/* What TDB files a key under. */
uint32_t store_file_hash(const void *key, size_t key_len);
/* Takes apart the record that says what a file is. 0, or -1 when it is not kabar's. */
int store_file_format(const void *value, size_t len, uint32_t *version, char *kind, bool *ended);
#define STORE_FILE_VERSION 1U /* what this program makes, and the newest that it knows */

void store_file_key(unsigned char key[STORE_FILE_KEY], enum store_record, uint64_t number);

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
 * Files in memory have no transactions: what is put stays. 0 or -1 with errno set. A commit that
 * failed may have been done all the same: look and, if it is there, settle it. Begin settles what
 * an earlier process left, or a commit that failed, so that what is in the file then is durable.
 */
int store_file_begin(struct store_file *);
int store_file_commit(struct store_file *);
int store_file_settle(struct store_file *);
/* False when a commit failed so late that nobody can look before the file is opened again. */
bool store_file_is_open(struct store_file *);
void store_file_cancel(struct store_file *);

/* All records, in no order; stops when visit returns non-zero. 0 or -1. */
int store_file_each(struct store_file *, store_visit *, void *arg);

size_t store_file_size(struct store_file *); /* bytes */
int store_file_fd(struct store_file *);      /* TDB's own: not to be closed */
/* A number that is another one after every change of a file of tables. */
uint32_t store_file_change(struct store_file *);
/* Says in the file that a later one goes on from here. 0 or -1 with errno set. */
int store_file_end(struct store_file *);
/* The same in a file that is given up and may never have been the current one. */
void store_file_give_up(struct store_file *);
/* 1 when it was ended, 0 when not, -1. */
int store_file_ended(struct store_file *);
/* TDB's own check: 0 sound, -1 not (space leaked by a killed process counts). */
int store_file_check(struct store_file *);
/* Flushes everything to the disk. 0 or -1 with errno set. */
int store_file_sync(struct store_file *);

#endif
