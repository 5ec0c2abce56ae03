/*
 * chat_repair_rows: a table of the store in memory, found by key: open hashing by FNV-1a.
 */
#include "chat/fsck/repair_rows.h"

#include <bsd/stdlib.h>
#include <stdlib.h>
#include <string.h>

#include "base/pack.h"

#define TX_STEPS 512 /* of one transaction, and bytes, with room for one more record */
#define TX_BYTES (STORE_TX_MAX - STORE_VALUE_MAX / 2)

static size_t
hash(const unsigned char *key, size_t len)
{
	uint64_t sum = 14695981039346656037ULL;

	for (size_t i = 0; i < len; i++)
		sum = (sum ^ key[i]) * 1099511628211ULL;
	return (size_t)(sum ^ sum >> 32);
}

static void
enter(struct repair_rows *rows, size_t index)
{
	struct repair_record *record = &rows->list[index];
	size_t *bucket = &rows->buckets[hash(record->key, record->key_len) % rows->n_buckets];

	record->next = *bucket;
	*bucket = index + 1;
}

/* Room for one more. */
static int
grow(struct repair_rows *rows)
{
	size_t size = rows->size * 2 + 64;
	struct repair_record *bigger;

	if (rows->n < rows->size)
		return 0;
	bigger = reallocarray(rows->list, size, sizeof(*bigger));
	if (bigger == NULL)
		return -1;
	rows->list = bigger;
	rows->size = size;
	free(rows->buckets);
	rows->buckets = calloc(size, sizeof(*rows->buckets));
	rows->n_buckets = size;
	for (size_t i = 0; rows->buckets != NULL && i < rows->n; i++)
		enter(rows, i);
	return rows->buckets == NULL ? -1 : 0;
}

static int
set(struct repair_record *record, const void *key, size_t key_len, const void *value, size_t len)
{
	unsigned char *bytes = malloc(key_len + len + 1);

	if (bytes == NULL)
		return -1;
	memcpy(bytes, key, key_len);
	if (len > 0)
		memcpy(bytes + key_len, value, len);
	free(record->key);
	record->key = bytes;
	record->key_len = key_len;
	record->value = bytes + key_len;
	record->len = len;
	return 0;
}

/* Also one that is gone. */
static struct repair_record *
look(struct repair_rows *rows, const void *key, size_t key_len)
{
	size_t next =
	    rows->n_buckets == 0 ? 0 : rows->buckets[hash(key, key_len) % rows->n_buckets];

	while (next != 0) {
		struct repair_record *record = &rows->list[next - 1];

		if (record->key_len == key_len && memcmp(record->key, key, key_len) == 0)
			return record;
		next = record->next;
	}
	return NULL;
}

static struct repair_record *
add(struct repair_rows *rows, const void *key, size_t key_len, const void *value, size_t len)
{
	struct repair_record *record;

	if (grow(rows) != 0)
		return NULL;
	record = &rows->list[rows->n];
	*record = (struct repair_record){ .key = NULL };
	if (set(record, key, key_len, value, len) != 0)
		return NULL;
	enter(rows, rows->n++);
	return record;
}

static int
load_one(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct repair_rows *rows = arg;
	struct repair_record *record = add(rows, key, key_len, value, len);

	rows->failed = record == NULL;
	if (rows->failed)
		return 1;
	record->there = true;
	record->was_len = len;
	record->was = hash(value, len);
	return 0;
}

int
repair_rows_load(struct repair_rows *rows, struct chat *chat, enum store_table table)
{
	*rows = (struct repair_rows){ .table = table };
	return store_each(chat->store, table, load_one, rows) == 0 && !rows->failed ? 0 : -1;
}

void
repair_rows_free(struct repair_rows *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		free(rows->list[i].key);
	free(rows->list);
	free(rows->buckets);
}

struct repair_record *
repair_rows_find(struct repair_rows *rows, const void *key, size_t key_len)
{
	struct repair_record *record = look(rows, key, key_len);

	return record == NULL || record->gone ? NULL : record;
}

uint64_t
repair_rows_number(struct repair_rows *rows, const void *key, size_t key_len)
{
	const struct repair_record *record = repair_rows_find(rows, key, key_len);

	return record == NULL || record->len != 8 ? 0 : pack_get_u64(record->value);
}

void
repair_rows_put(struct repair_rows *rows, const void *key, size_t key_len, const void *value,
    size_t len)
{
	struct repair_record *record = look(rows, key, key_len);

	if (record == NULL) {
		record = add(rows, key, key_len, value, len);
		if (record != NULL)
			record->changed = true;
	} else if (record->gone || record->len != len || memcmp(record->value, value, len) != 0) {
		record->gone = false;
		record->changed = true;
		if (set(record, key, key_len, value, len) != 0)
			record = NULL;
	}
	if (record == NULL)
		rows->failed = true;
	else
		record->marked = true;
}

void
repair_rows_put_number(struct repair_rows *rows, const void *key, size_t key_len, uint64_t number)
{
	unsigned char value[8];

	pack_put_u64(value, number);
	repair_rows_put(rows, key, key_len, value, sizeof(value));
}

void
repair_rows_drop(struct repair_record *record)
{
	record->gone = true;
	record->changed = true;
}

void
repair_rows_unmark(struct repair_rows *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		rows->list[i].marked = false;
}

void
repair_rows_drop_unmarked(struct repair_rows *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		if (!rows->list[i].marked && !rows->list[i].gone)
			repair_rows_drop(&rows->list[i]);
}

/* Whether it is to be written. What has come back to what it was is not. */
static bool
differs(const struct repair_record *record)
{
	if (!record->changed || (record->gone && !record->there))
		return false;
	return record->gone || !record->there || record->len != record->was_len ||
	    hash(record->value, record->len) != record->was;
}

static int
commit(struct chat *chat, struct store_tx *tx)
{
	enum store_status status = tx->steps == 0 ? STORE_OK : store_commit(chat->store, tx, NULL);

	store_tx_init(tx);
	return status == STORE_OK ? 0 : -1;
}

int
repair_rows_save(struct repair_rows *rows, struct chat *chat, uint64_t *changes)
{
	struct store_tx tx;

	store_tx_init(&tx);
	for (size_t i = 0; i < rows->n; i++) {
		const struct repair_record *record = &rows->list[i];

		if (!differs(record))
			continue;
		if (record->gone)
			store_tx_delete(&tx, rows->table, record->key, record->key_len);
		else
			store_tx_put(&tx, rows->table, record->key, record->key_len, record->value,
			    record->len);
		++*changes;
		if ((tx.steps >= TX_STEPS || tx.len >= TX_BYTES) && commit(chat, &tx) != 0)
			return -1;
	}
	return commit(chat, &tx);
}
