/*
 * store_entry_cache: records in one block of memory, found by a hash table with open addressing.
 */
#include "store/entry_cache.h"

#include <stdlib.h>
#include <string.h>

#define BYTES (384 * 1024)
#define SLOTS 2048
#define MOST  (SLOTS / 4 * 3) /* slots in use */

struct store_entry_slot {
	uint64_t seq; /* 0: free */
	uint32_t at;
	uint32_t len;
};

static struct store_entry_slot *
find_slot(const struct store_entry_cache *cache, uint64_t seq)
{
	size_t i = (size_t)(seq % SLOTS);

	while (cache->slots[i].seq != 0 && cache->slots[i].seq != seq)
		i = (i + 1) % SLOTS;
	return &cache->slots[i];
}

const unsigned char *
store_entry_cache_find(const struct store_entry_cache *cache, uint64_t seq, size_t *len)
{
	const struct store_entry_slot *slot;

	if (cache->n == 0)
		return NULL;
	slot = find_slot(cache, seq);
	*len = slot->len;
	return slot->seq == 0 ? NULL : cache->bytes + slot->at;
}

unsigned char *
store_entry_cache_room(struct store_entry_cache *cache, size_t size)
{
	if (cache->bytes == NULL)
		cache->bytes = malloc(BYTES);
	if (cache->slots == NULL)
		cache->slots = calloc(SLOTS, sizeof(*cache->slots));
	if (cache->bytes == NULL || cache->slots == NULL)
		return NULL;
	if (BYTES - cache->used < size || cache->n == MOST)
		store_entry_cache_clear(cache);
	return cache->bytes + cache->used;
}

void
store_entry_cache_keep(struct store_entry_cache *cache, uint64_t seq, size_t len)
{
	*find_slot(cache, seq) = (struct store_entry_slot){ .seq = seq,
		.at = (uint32_t)cache->used,
		.len = (uint32_t)len };
	cache->used += len;
	cache->n++;
}

void
store_entry_cache_clear(struct store_entry_cache *cache)
{
	if (cache->n > 0)
		memset(cache->slots, 0, SLOTS * sizeof(*cache->slots));
	cache->n = 0;
	cache->used = 0;
}

void
store_entry_cache_free(struct store_entry_cache *cache)
{
	free(cache->bytes);
	free(cache->slots);
	*cache = (struct store_entry_cache){ .n = 0 };
}
