/*
 * store_cache: the few records of the tables that a process reads again and again, valid until a
 * table changes.
 */
#ifndef KABAR_STORE_CACHE_H
#define KABAR_STORE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_CACHE_ENTRIES 8
#define STORE_CACHE_KEY     80
#define STORE_CACHE_VALUE   256

struct store_cache {
	uint32_t change; /* store_file_change() of the tables when they were read */
	unsigned int next;
	struct {
		uint16_t key_len; /* 0: empty */
		uint16_t len;
		bool absent; /* the record does not exist */
		unsigned char key[STORE_CACHE_KEY];
		unsigned char value[STORE_CACHE_VALUE];
	} entries[STORE_CACHE_ENTRIES];
};

/* Forgets all if the tables have changed since. */
void store_cache_check(struct store_cache *, uint32_t change);
/* False: the record is not known, or its value is longer than size. */
bool store_cache_find(const struct store_cache *, const void *key, size_t key_len, bool *absent,
    void *value, size_t size, size_t *len);
/* Remembers a record in place of the oldest one; a large one not at all. */
void store_cache_add(struct store_cache *, const void *key, size_t key_len, bool absent,
    const void *value, size_t len);

#endif
