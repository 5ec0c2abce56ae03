/*
 * chat_repair_rows: a table of the store in memory, while it is being put right: what is changed is
 * written together at the end. Only chat_repair uses it.
 */
#ifndef KABAR_CHAT_REPAIR_ROWS_H
#define KABAR_CHAT_REPAIR_ROWS_H

#include "chat/chat.h"

struct repair_record {
	unsigned char *key; /* the value lies behind */
	size_t key_len;
	const unsigned char *value;
	size_t len;
	bool gone;
	bool there;   /* in the store */
	bool changed; /* since it was read there */
	bool marked;
	size_t was; /* in the store: a hash of the value, and its length */
	size_t was_len;
	size_t next; /* of the same bucket; one more than its index, 0: none */
};

struct repair_rows {
	enum store_table table;
	struct repair_record *list; /* also those that are gone; the order stays */
	size_t n;
	size_t size;
	size_t *buckets;
	size_t n_buckets;
	bool failed; /* no memory: nothing may be written */
};

/* 0 or -1. */
int repair_rows_load(struct repair_rows *, struct chat *, enum store_table);
void repair_rows_free(struct repair_rows *);

/* NULL: there is none. Good until the next put. */
struct repair_record *repair_rows_find(struct repair_rows *, const void *key, size_t key_len);
/* A record that is a number; 0: there is none. */
uint64_t repair_rows_number(struct repair_rows *, const void *key, size_t key_len);
void repair_rows_put(struct repair_rows *, const void *key, size_t key_len, const void *value,
    size_t len);
void repair_rows_put_number(struct repair_rows *, const void *key, size_t key_len, uint64_t number);
void repair_rows_drop(struct repair_record *);

/*
 * For tables that follow from others: unmark all, put and so mark all that shall be there, and drop
 * the rest.
 */
void repair_rows_unmark(struct repair_rows *);
void repair_rows_drop_unmarked(struct repair_rows *);

/* Writes what was changed; *changes is raised by how many records that were. 0 or -1. */
int repair_rows_save(struct repair_rows *, struct chat *, uint64_t *changes);

#endif
