/*
 * store_read_only: reads a TDB file through a descriptor that cannot write. TDB takes no locks on
 * such a file, so these functions take the read locks that TDB takes on others: of a chain of the
 * hash table while it is read, of all of them for one moment, of the opening. A process that
 * commits write-locks them all while it writes. What a killed one left half written is not read:
 * the file is first brought back by a process that may write.
 */
#ifndef KABAR_STORE_READ_ONLY_H
#define KABAR_STORE_READ_ONLY_H

#include <sys/types.h>

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <tdb.h>

#include "store/store.h"

struct store_read_only {
	struct tdb_context *tdb;
	int (*recover)(void *arg); /* see store_file_options */
	void *arg;
	bool whole; /* the whole file is locked */
};

/*
 * Opens a file that is whole and locks out those who would commit. To be closed after TDB has
 * opened the file, which gives up the lock. -1 with errno set.
 */
int store_read_only_guard(const struct store_read_only *, const char *path);
/* Gives the record under a key to a function. STORE_OK, STORE_ABSENT or STORE_FAILED. */
enum store_status store_read_only_parse(const struct store_read_only *, TDB_DATA key, uint32_t hash,
    int (*parser)(TDB_DATA, TDB_DATA, void *), void *arg);
/*
 * Gives each record to a function until it returns non-zero. Some chains are locked at a time, so
 * those who commit wait for no more than that; with the whole file locked, all is as of one moment.
 * 0 or -1.
 */
int store_read_only_each(const struct store_read_only *, tdb_traverse_func, void *arg);
/* Locks the whole file against those who commit. 0 or -1 with errno set; calls do not nest. */
int store_read_only_lock(struct store_read_only *);
void store_read_only_unlock(struct store_read_only *);

#endif
