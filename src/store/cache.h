/*
 * store_cache: the few records of the tables that a process reads again and again, good for as
 * long as nobody changes a table.
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
	uint32_t change; /* of the file that the entries belong to */
	unsigned int next;
	struct {
		uint16_t key_len; /* 0: empty */
		uint16_t len;
		bool absent; /* there is no such record, which is worth knowing, too */
		unsigned char key[STORE_CACHE_KEY];
		unsigned char value[STORE_CACHE_VALUE];
	} entries[STORE_CACHE_ENTRIES];
};

/* Forgets everything if the file has changed since. */
void store_cache_check(struct store_cache *, uint32_t change);
/* Whether the answer is known; a value that is longer than size is not. */
bool store_cache_find(const struct store_cache *, const void *key, size_t key_len, bool *absent,
    void *value, size_t size, size_t *len);
/* Remembers what is small enough in place of what was remembered longest. */
void store_cache_add(struct store_cache *, const void *key, size_t key_len, bool absent,
    const void *value, size_t len);

#endif
