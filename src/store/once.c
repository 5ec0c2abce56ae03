/*
 * store_once: the records of transactions that are done once, by an id that the caller draws. One
 * record remembers the newest ids of its key: of each the seq of what it appended and the time.
 */
#include <string.h>

#include "base/clock.h"
#include "store/int.h"

#define ONCE_VERSION 1
#define ITEM_SIZE    (STORE_ONCE_ID + 8 + 8)

/* The items of a record, oldest first. */
struct items {
	unsigned char bytes[1 + STORE_ONCE_MOST * ITEM_SIZE];
	size_t n;
};

static unsigned char *
item_at(struct items *items, size_t i)
{
	return items->bytes + 1 + i * ITEM_SIZE;
}

static uint64_t
item_seq(const unsigned char *item)
{
	return pack_get_u64(item + STORE_ONCE_ID);
}

static int64_t
item_time(const unsigned char *item)
{
	return (int64_t)pack_get_u64(item + STORE_ONCE_ID + 8);
}

/* Of a record of that length. */
static void
count_items(struct items *items, size_t len)
{
	items->n = 0;
	if (len >= 1 && len <= sizeof(items->bytes) && items->bytes[0] == ONCE_VERSION &&
	    (len - 1) % ITEM_SIZE == 0)
		items->n = (len - 1) / ITEM_SIZE;
}

/* A record that is none, or is not there, has no items. 0, or -1 with errno set. */
static int
read_items(struct store_file *file, const struct store_step *step, struct items *items)
{
	size_t len;
	enum store_status status = store_file_get(file, step->key, step->key_len, items->bytes,
	    sizeof(items->bytes), &len);

	items->n = 0;
	if (status == STORE_FAILED)
		return -1;
	if (status == STORE_OK)
		count_items(items, len);
	return 0;
}

/* Whether an item is too old to be told. */
static bool
is_old(const struct store *store, const struct store_step *step, const unsigned char *item)
{
	int64_t now = store->writer->last_time_ms, then = item_time(item);

	return then < now && (uint64_t)now - (uint64_t)then > step->b;
}

enum store_status
store_once_check(struct store *store, struct store_file *file, const struct store_step *step,
    uint64_t *seq)
{
	struct items items;

	if (read_items(file, step, &items) != 0)
		return STORE_FAILED;
	for (size_t i = items.n; i-- > 0;) {
		const unsigned char *item = item_at(&items, i);

		if (memcmp(item, step->value, STORE_ONCE_ID) != 0 || is_old(store, step, item))
			continue;
		*seq = item_seq(item);
		return STORE_REPEATED;
	}
	return STORE_OK;
}

int
store_once_do(struct store *store, struct store_file *file, const struct store_step *step)
{
	struct items items;
	size_t gone = 0;

	if (read_items(file, step, &items) != 0)
		return -1;
	while (gone < items.n &&
	    (items.n - gone >= step->a || is_old(store, step, item_at(&items, gone))))
		gone++;
	items.n -= gone;
	memmove(item_at(&items, 0), item_at(&items, gone), items.n * ITEM_SIZE);
	unsigned char *item = item_at(&items, items.n++);
	memcpy(item, step->value, STORE_ONCE_ID);
	pack_put_u64(item + STORE_ONCE_ID, store->writer->next_seq);
	pack_put_u64(item + STORE_ONCE_ID + 8, (uint64_t)store->writer->last_time_ms);
	items.bytes[0] = ONCE_VERSION;
	return store_file_put(file, step->key, step->key_len, items.bytes, 1 + items.n * ITEM_SIZE);
}

bool
store_once_is_old(const void *record, size_t len, int64_t keep_ms)
{
	struct items items;

	count_items(&items, 0);
	if (len <= sizeof(items.bytes)) {
		memcpy(items.bytes, record, len);
		count_items(&items, len);
	}
	return items.n > 0 && clock_now_ms() - item_time(item_at(&items, items.n - 1)) > keep_ms;
}

enum store_status
store_once_find(struct store *store, int table, const void *key, size_t key_len,
    const unsigned char id[STORE_ONCE_ID], int64_t keep_ms, uint64_t *seq)
{
	struct items items;
	size_t len;
	enum store_status status =
	    store_get(store, table, key, key_len, items.bytes, sizeof(items.bytes), &len);

	if (status != STORE_OK)
		return status;
	count_items(&items, len);
	for (size_t i = items.n; i-- > 0;) {
		const unsigned char *item = item_at(&items, i);

		if (memcmp(item, id, STORE_ONCE_ID) != 0 ||
		    clock_now_ms() - item_time(item) > keep_ms)
			continue;
		*seq = item_seq(item);
		return STORE_OK;
	}
	return STORE_ABSENT;
}
