/*
 * store_cache: records of tables that a process reads again and again, beside their full keys.
 * Whether what it knows still holds is left to those who fill it.
 */
#ifndef KABAR_STORE_CACHE_H
#define KABAR_STORE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

#define STORE_CACHE_KEY   80
#define STORE_CACHE_VALUE 256

/* Eight records; a key has its place in one of the rings. */
struct store_cache_ring;

struct store_cache {
	uint32_t n;                     /* rings, about 3 KB each; 0: nothing is remembered */
	uint32_t change;                /* store_file_change() of the tables when they were read */
	bool changed;                   /* the present transaction has changed records */
	struct store_cache_ring *rings; /* NULL until there is something to remember */
};

/* Forgets all. */
void store_cache_clear(struct store_cache *);
/* Forgets all if the tables have changed since. */
void store_cache_check(struct store_cache *, uint32_t change);
/*
 * Copies at most size bytes of a record and gives its whole length; the status is STORE_OK or
 * STORE_ABSENT. False: it is not known.
 */
bool store_cache_find(const struct store_cache *, const void *key, size_t key_len,
    enum store_status *, void *value, size_t size, size_t *len);
/*
 * Remembers what a look-up found in place of the oldest of its ring, unless it failed. A large one,
 * or one that did not fit into the reader's `size`, it does not.
 */
void store_cache_add(struct store_cache *, const void *key, size_t key_len, enum store_status,
    const void *value, size_t size, size_t len);
/* Remembers what a transaction of the only writer has made of a record; value NULL: deleted. */
void store_cache_change(struct store_cache *, const void *key, size_t key_len, const void *value,
    size_t len);
/* The transaction ends: what it changed was committed, or all is forgotten. */
void store_cache_end(struct store_cache *, bool committed);

#endif
