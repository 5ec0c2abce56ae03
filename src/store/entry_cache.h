/*
 * store_entry_cache: entries of logs that were read a moment ago. Whoever lists a log reads each
 * entry to find the one before it, again to decide whether to show it, and again to show it.
 * Whoever appends to logs reads entries that were appended a moment ago, for each of its logs.
 */
#ifndef KABAR_STORE_ENTRY_CACHE_H
#define KABAR_STORE_ENTRY_CACHE_H

#include <stddef.h>
#include <stdint.h>

struct store_entry_cache {
	unsigned char *bytes; /* records, one behind the other; NULL: no memory is taken */
	size_t used;
	size_t n;
	struct store_entry_slot *slots;
};

/* The record of an entry and its length; NULL: not known. It stays where it is until a clear. */
const unsigned char *store_entry_cache_find(const struct store_entry_cache *, uint64_t seq,
    size_t *len);
/* Makes room for a record of any size, forgetting all others if need be. NULL: no memory. */
unsigned char *store_entry_cache_room(struct store_entry_cache *, size_t size);
/* Remembers the record of len bytes that was put into that room. */
void store_entry_cache_keep(struct store_entry_cache *, uint64_t seq, size_t len);
/* Forgets all, for the next request may find something else. */
void store_entry_cache_clear(struct store_entry_cache *);
/* The same, and gives the memory back. */
void store_entry_cache_free(struct store_entry_cache *);

#endif
