/*
 * chat_fsck rows: open hashing by FNV-1a. There may be millions of rows, so they are small.
 */
#include "chat/fsck/rows.h"

#include <bsd/stdlib.h>
#include <stdlib.h>
#include <string.h>

#include "base/fnv.h"
#include "chat/key.h"

#define TX_STEPS 512 /* of one transaction, and bytes, with room for one more record */
#define TX_BYTES (STORE_TX_MAX - STORE_VALUE_MAX / 2)

static uint64_t
hash_bytes(const unsigned char *bytes, size_t len)
{
	uint64_t sum = fnv_bytes(FNV_BEGIN ^ len, bytes, len);

	return sum ^ sum >> 32;
}

static void
enter_row(struct chat_fsck_rows *rows, size_t index)
{
	struct chat_fsck_row *row = &rows->list[index];
	uint32_t *bucket = &rows->buckets[hash_bytes(row->key, row->key_len) % rows->n_buckets];

	row->next = *bucket;
	*bucket = (uint32_t)index + 1;
}

/* Makes room for one more row. */
static int
grow_rows(struct chat_fsck_rows *rows)
{
	size_t size = rows->size * 2 + 64;
	struct chat_fsck_row *bigger;

	if (rows->n < rows->size)
		return 0;
	bigger = size > UINT32_MAX ? NULL : reallocarray(rows->list, size, sizeof(*bigger));
	if (bigger == NULL)
		return -1;
	rows->list = bigger;
	rows->size = size;
	free(rows->buckets);
	rows->buckets = calloc(size, sizeof(*rows->buckets));
	rows->n_buckets = size;
	for (size_t i = 0; rows->buckets != NULL && i < rows->n; i++)
		enter_row(rows, i);
	return rows->buckets == NULL ? -1 : 0;
}

static int
set_row(struct chat_fsck_row *row, const void *key, size_t key_len, const void *value, size_t len)
{
	unsigned char *bytes = malloc(key_len + len + 1);

	if (bytes == NULL)
		return -1;
	memcpy(bytes, key, key_len);
	if (len > 0)
		memcpy(bytes + key_len, value, len);
	free(row->key);
	row->key = bytes;
	row->key_len = (uint16_t)key_len;
	row->len = (uint32_t)len;
	return 0;
}

/* Finds a row, even if it is gone. */
static struct chat_fsck_row *
find_any(const struct chat_fsck_rows *rows, const void *key, size_t key_len)
{
	uint32_t next =
	    rows->n_buckets == 0 ? 0 : rows->buckets[hash_bytes(key, key_len) % rows->n_buckets];

	while (next != 0) {
		struct chat_fsck_row *row = &rows->list[next - 1];

		if (row->key_len == key_len && memcmp(row->key, key, key_len) == 0)
			return row;
		next = row->next;
	}
	return NULL;
}

static struct chat_fsck_row *
add_row(struct chat_fsck_rows *rows, const void *key, size_t key_len, const void *value, size_t len)
{
	struct chat_fsck_row *row;

	if (key_len > UINT16_MAX || grow_rows(rows) != 0)
		return NULL;
	row = &rows->list[rows->n];
	*row = (struct chat_fsck_row){ .key = NULL };
	if (set_row(row, key, key_len, value, len) != 0)
		return NULL;
	enter_row(rows, rows->n++);
	return row;
}

int
chat_fsck_rows_load(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct chat_fsck_rows *rows = arg;
	struct chat_fsck_row *row = add_row(rows, key, key_len, value, len);

	rows->failed |= row == NULL;
	if (row == NULL)
		return 1;
	row->there = true;
	row->stored = hash_bytes(value, len);
	return 0;
}

void
chat_fsck_rows_free(struct chat_fsck_rows *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		free(rows->list[i].key);
	free(rows->list);
	free(rows->buckets);
}

struct chat_fsck_row *
chat_fsck_rows_find(const struct chat_fsck_rows *rows, const void *key, size_t key_len)
{
	struct chat_fsck_row *row = find_any(rows, key, key_len);

	return row == NULL || row->gone ? NULL : row;
}

struct chat_fsck_row *
chat_fsck_rows_find_id(const struct chat_fsck_rows *rows, uint64_t id)
{
	unsigned char key[CHAT_KEY_ID];

	chat_key_id(key, id);
	return chat_fsck_rows_find(rows, key, sizeof(key));
}

uint64_t
chat_fsck_rows_number(const struct chat_fsck_rows *rows, const void *key, size_t key_len)
{
	const struct chat_fsck_row *row = chat_fsck_rows_find(rows, key, key_len);

	return row == NULL || row->len != 8 ? 0 : pack_get_u64(chat_fsck_value(row));
}

bool
chat_fsck_rows_put(struct chat_fsck_rows *rows, const void *key, size_t key_len, const void *value,
    size_t len)
{
	struct chat_fsck_row *row = find_any(rows, key, key_len);
	bool same = row != NULL && !row->gone && row->len == len &&
	    memcmp(chat_fsck_value(row), value, len) == 0;

	if (row == NULL)
		row = add_row(rows, key, key_len, value, len);
	else if (!same && set_row(row, key, key_len, value, len) != 0)
		row = NULL;
	if (row == NULL) {
		rows->failed = true;
		return true;
	}
	row->gone = false;
	row->changed |= !same;
	row->marked = true;
	return !same;
}

bool
chat_fsck_rows_put_number(struct chat_fsck_rows *rows, const void *key, size_t key_len,
    uint64_t number)
{
	unsigned char value[8];

	pack_put_u64(value, number);
	return chat_fsck_rows_put(rows, key, key_len, value, sizeof(value));
}

void
chat_fsck_rows_drop(struct chat_fsck_row *row)
{
	row->gone = true;
	row->changed = true;
}

struct chat_fsck_row *
chat_fsck_rows_next(const struct chat_fsck_rows *rows, size_t *index)
{
	while (*index < rows->n)
		if (!rows->list[(*index)++].gone)
			return &rows->list[*index - 1];
	return NULL;
}

void
chat_fsck_rows_unmark(struct chat_fsck_rows *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		rows->list[i].marked = false;
}

/* Whether it is to be written. A row that has come back to what it was is not. */
static bool
is_to_be_written(const struct chat_fsck_row *row)
{
	if (!row->changed || (row->gone && !row->there))
		return false;
	return row->gone || !row->there ||
	    hash_bytes(chat_fsck_value(row), row->len) != row->stored;
}

static int
commit_rows(struct chat *chat, struct store_tx *tx)
{
	enum store_status status = tx->steps == 0 ? STORE_OK : store_commit(chat->store, tx, NULL);

	store_tx_init(tx);
	return status == STORE_OK ? 0 : -1;
}

int
chat_fsck_rows_save(const struct chat_fsck_rows *rows, struct chat *chat)
{
	struct store_tx tx;

	store_tx_init(&tx);
	for (size_t i = 0; i < rows->n; i++) {
		const struct chat_fsck_row *row = &rows->list[i];

		if (!is_to_be_written(row))
			continue;
		if (row->gone)
			store_tx_delete(&tx, rows->table, row->key, row->key_len);
		else
			store_tx_put(&tx, rows->table, row->key, row->key_len, chat_fsck_value(row),
			    row->len);
		if ((tx.steps >= TX_STEPS || tx.len >= TX_BYTES) && commit_rows(chat, &tx) != 0)
			return -1;
	}
	return commit_rows(chat, &tx);
}
