/*
 * store_cache: a ring of records with their keys.
 */
#include "store/cache.h"

#include <string.h>

void
store_cache_check(struct store_cache *cache, uint32_t change)
{
	if (cache->change == change)
		return;
	cache->change = change;
	for (size_t i = 0; i < STORE_CACHE_ENTRIES; i++)
		cache->entries[i].key_len = 0;
}

bool
store_cache_find(const struct store_cache *cache, const void *key, size_t key_len, bool *absent,
    void *value, size_t size, size_t *len)
{
	for (size_t i = 0; i < STORE_CACHE_ENTRIES; i++) {
		if (cache->entries[i].key_len != key_len || cache->entries[i].len > size ||
		    memcmp(cache->entries[i].key, key, key_len) != 0)
			continue;
		*absent = cache->entries[i].absent;
		*len = cache->entries[i].len;
		memcpy(value, cache->entries[i].value, *len);
		return true;
	}
	return false;
}

void
store_cache_add(struct store_cache *cache, const void *key, size_t key_len, bool absent,
    const void *value, size_t len)
{
	unsigned int i = cache->next;

	if (key_len > STORE_CACHE_KEY || len > STORE_CACHE_VALUE)
		return;
	cache->next = (i + 1) % STORE_CACHE_ENTRIES;
	memcpy(cache->entries[i].key, key, key_len);
	memcpy(cache->entries[i].value, value, len);
	cache->entries[i].key_len = (uint16_t)key_len;
	cache->entries[i].len = (uint16_t)len;
	cache->entries[i].absent = absent;
}
