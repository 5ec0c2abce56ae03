/*
 * store_cache: rings of records with their keys.
 */
#include "store/cache.h"

#include <stdlib.h>
#include <string.h>

#include "store/tdb/key.h"

#define RING_ENTRIES 8

struct entry {
	uint16_t key_len; /* 0: empty */
	uint16_t len;
	bool absent; /* the record does not exist */
	unsigned char key[STORE_CACHE_KEY];
	unsigned char value[STORE_CACHE_VALUE];
};

struct store_cache_ring {
	unsigned int next;
	struct entry entries[RING_ENTRIES];
};

void
store_cache_clear(struct store_cache *cache)
{
	free(cache->rings);
	cache->rings = NULL;
	cache->changed = false;
}

void
store_cache_check(struct store_cache *cache, uint32_t change)
{
	if (cache->change != change)
		store_cache_clear(cache);
	cache->change = change;
}

/* Other records are remembered elsewhere, or looked up once. */
static bool
is_table_key(const unsigned char *key, size_t key_len)
{
	return key_len > 0 && key_len <= STORE_CACHE_KEY && key[0] <= STORE_TABLE_MAX;
}

static struct store_cache_ring *
find_ring(const struct store_cache *cache, const void *key, size_t key_len)
{
	return &cache->rings[cache->n == 1 ? 0 : store_key_hash(key, key_len) % cache->n];
}

static struct entry *
find_entry(const struct store_cache *cache, const void *key, size_t key_len)
{
	if (cache->rings == NULL || !is_table_key(key, key_len))
		return NULL;
	struct store_cache_ring *ring = find_ring(cache, key, key_len);
	for (size_t i = 0; i < RING_ENTRIES; i++)
		if (ring->entries[i].key_len == key_len &&
		    memcmp(ring->entries[i].key, key, key_len) == 0)
			return &ring->entries[i];
	return NULL;
}

bool
store_cache_find(const struct store_cache *cache, const void *key, size_t key_len,
    enum store_status *status, void *value, size_t size, size_t *len)
{
	const struct entry *entry = find_entry(cache, key, key_len);

	if (entry == NULL)
		return false;
	*status = entry->absent ? STORE_ABSENT : STORE_OK;
	*len = entry->len;
	memcpy(value, entry->value, entry->len < size ? entry->len : size);
	return true;
}

static void
fill_entry(struct entry *entry, const void *key, size_t key_len, const void *value, size_t len)
{
	memcpy(entry->key, key, key_len);
	if (value != NULL)
		memcpy(entry->value, value, len);
	entry->key_len = (uint16_t)key_len;
	entry->len = value != NULL ? (uint16_t)len : 0;
	entry->absent = value == NULL;
}

static void
add_entry(struct store_cache *cache, const void *key, size_t key_len, const void *value, size_t len)
{
	if (cache->n == 0 || !is_table_key(key, key_len) || len > STORE_CACHE_VALUE)
		return;
	if (cache->rings == NULL)
		cache->rings = calloc(cache->n, sizeof(*cache->rings));
	if (cache->rings == NULL)
		return;
	struct store_cache_ring *ring = find_ring(cache, key, key_len);
	fill_entry(&ring->entries[ring->next], key, key_len, value, len);
	ring->next = (ring->next + 1) % RING_ENTRIES;
}

void
store_cache_add(struct store_cache *cache, const void *key, size_t key_len,
    enum store_status status, const void *value, size_t size, size_t len)
{
	if (status == STORE_ABSENT)
		add_entry(cache, key, key_len, NULL, 0);
	else if (status == STORE_OK && len <= size)
		add_entry(cache, key, key_len, value, len);
}

void
store_cache_change(struct store_cache *cache, const void *key, size_t key_len, const void *value,
    size_t len)
{
	struct entry *entry = find_entry(cache, key, key_len);

	cache->changed = true;
	if (entry == NULL)
		add_entry(cache, key, key_len, value, len);
	else if (len <= STORE_CACHE_VALUE)
		fill_entry(entry, key, key_len, value, len);
	else
		entry->key_len = 0;
}

void
store_cache_end(struct store_cache *cache, bool committed)
{
	if (cache->changed && !committed)
		store_cache_clear(cache);
	cache->changed = false;
}
