/*
 * store_entries: logs whose entries say which they are, "NUMBER of LOG", for the tests of the
 * store. Everything here fails the running test by itself.
 */
#ifndef STORE_ENTRIES_H
#define STORE_ENTRIES_H

#include "store/store.h"

/* Appends the entries from..to of a log, each in a transaction. */
void entries_append(struct store *, uint64_t log, uint64_t from, uint64_t to);
/* Checks the entry of a seq. */
void entries_check(struct store *, uint64_t seq, uint64_t log, uint64_t number);
/* Checks that a reader from behind `after` gives exactly the entries first..last, in order. */
void entries_check_reader(struct store *, uint64_t log, uint64_t after, uint64_t first,
    uint64_t last);
/* The same from several places of a log of `len` entries. */
void entries_check_all_readers(struct store *, uint64_t log, uint64_t len);
/* Appends entries that only need space, until the store has so many files of logs. */
void entries_fill_files(struct store *, uint64_t log, size_t files);

#endif
