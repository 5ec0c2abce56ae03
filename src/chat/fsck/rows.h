/*
 * chat_fsck rows: a table of the store in memory, found by key, while it is put right. What was
 * changed is written together at the end, or forgotten.
 */
#ifndef KABAR_CHAT_FSCK_ROWS_H
#define KABAR_CHAT_FSCK_ROWS_H

#include "chat/chat.h"

struct chat_fsck_row {
	unsigned char *key; /* the value lies behind it */
	uint64_t stored;    /* a hash of the value in the store */
	uint32_t len;       /* of the value */
	uint32_t next;      /* in its bucket: one more than an index, 0: none */
	uint16_t key_len;
	bool gone : 1;
	bool there : 1; /* in the store */
	bool changed : 1;
	bool marked : 1;
};

struct chat_fsck_rows {
	int table;
	struct chat_fsck_row *list; /* also those that are gone; the order stays */
	size_t n;
	size_t size;
	uint32_t *buckets;
	size_t n_buckets;
	bool failed; /* no memory: nothing may be written */
};

/* Adds a record of the store, as store_each shows it. 0, or 1 without memory. */
int chat_fsck_rows_load(void *rows, const void *key, size_t key_len, const void *value, size_t len);
void chat_fsck_rows_free(struct chat_fsck_rows *);

static inline const unsigned char *
chat_fsck_value(const struct chat_fsck_row *row)
{
	return row->key + row->key_len;
}

/* NULL: there is none. Good until the next put. */
struct chat_fsck_row *chat_fsck_rows_find(const struct chat_fsck_rows *, const void *key,
    size_t key_len);
struct chat_fsck_row *chat_fsck_rows_find_id(const struct chat_fsck_rows *, uint64_t id);
/* A record that is a number; 0: there is none. */
uint64_t chat_fsck_rows_number(const struct chat_fsck_rows *, const void *key, size_t key_len);
/* Whether the record is another one now, or is new. It is marked. */
bool chat_fsck_rows_put(struct chat_fsck_rows *, const void *key, size_t key_len, const void *value,
    size_t len);
bool chat_fsck_rows_put_number(struct chat_fsck_rows *, const void *key, size_t key_len,
    uint64_t number);
void chat_fsck_rows_drop(struct chat_fsck_row *);
/* The next record that is not gone, from an index on, which moves behind it. NULL: no more. */
struct chat_fsck_row *chat_fsck_rows_next(const struct chat_fsck_rows *, size_t *index);

/* For a table that follows from others: unmark all, put what has to be there, drop the rest. */
void chat_fsck_rows_unmark(struct chat_fsck_rows *);

/* Writes what was changed. 0 or -1. */
int chat_fsck_rows_save(const struct chat_fsck_rows *, struct chat *);

#endif
