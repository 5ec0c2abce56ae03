/*
 * store_copies: the files of a checkpoint, copies of the tables and of the file of logs that was
 * the current one. Each has a directory, `checkpoint/NUMBER.SERIAL` (hexadecimal): the number of
 * the last batch in them, and which of several of this number. The last in this order counts. When
 * they are made is left to store_checkpoint.
 */
#ifndef KABAR_STORE_COPIES_H
#define KABAR_STORE_COPIES_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "store/store_admin.h"

struct store;

#define STORE_COPIES_DIRECTORY STORE_CHECKPOINT_DIRECTORY
/* Where copies are made; they count when they are renamed. Within: tables.tdb, log/SEQ.tdb. */
#define STORE_COPIES_NEXT   STORE_COPIES_DIRECTORY "/next"
#define STORE_COPIES_TABLES "tables.tdb"

struct store_copies {
	uint64_t number;       /* of the last batch in them */
	unsigned int serial;   /* among those of one number */
	uint64_t first_seq;    /* of the file of logs */
	char tables[PATH_MAX]; /* paths */
	char log[PATH_MAX];
	int64_t made_ms; /* since 1970 */
};

/* Finds the copies that count. 0, or -1 with errno set; ENOENT: there are none. */
int store_copies_find(const struct store *, struct store_copies *);
/* Makes an empty directory for the next ones, and the paths in it. 0, or -1 with errno set. */
int store_copies_begin(const struct store *, uint64_t first_seq, struct store_copies *);
/* Syncs the next ones, as they lie in these paths. paced: slowly, as others need the disk, too. 0,
 * or -1 with errno set. */
int store_copies_sync(const struct store *, const struct store_copies *, bool paced);
/* Lets the next ones count, as those of this number, and removes those before. 0, or -1 with errno
 * set: those before count. */
int store_copies_end(const struct store *, uint64_t number);
/* Removes the next ones, if there are any. */
void store_copies_drop_next(const struct store *);
/* Removes all. 0, or -1 with errno set. */
int store_copies_remove(const struct store *);

/* Syncs a file by its path. 0, or -1 with errno set. */
int store_copies_sync_file(const char *path, bool paced);

#endif
