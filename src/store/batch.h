/*
 * store_batch: the bytes of a batch, as the journal keeps it: when it was done, and the operations
 * that changed something, with what each gave. Applying it is left to store_apply.
 *
 *     u8      version, 1
 *     u8      1: its clients get their replies together with those of the batch before; else 0
 *     i64     the time of its entries, in ms since 1970
 *     u64     the seq of its first new entry
 *     u32     the number of its operations, each of which is:
 *     raw     the id that its client gave it, 16 bytes
 *     u8      the part of the store that it changes
 *     u64     the value that it gave
 *     u32     the number of its steps
 *     blob    its steps (store/tx.c)
 */
#ifndef KABAR_STORE_BATCH_H
#define KABAR_STORE_BATCH_H

#include "store/int.h"

struct store_batch {
	bool joined; /* its clients get their replies together with those of the batch before */
	int64_t time_ms;
	uint64_t next_seq;
	uint32_t n_ops;
	struct unpack rest; /* of one that is read: the operations that were not read yet */
};

/* Bytes that a batch of n operations takes, with `len` bytes of steps together. */
size_t store_batch_size(size_t n, size_t len);
void store_batch_pack(struct pack *, const struct store_batch *);
/* One operation, with its outcome; the batch's n_ops of them follow one another. */
void store_batch_pack_op(struct pack *, const struct store_op *);

/* Begins to read a batch, whose bytes stay the caller's. 0, or -1 when it is none. */
int store_batch_open(struct store_batch *, const void *data, size_t len);
/*
 * The next operation: 1, 0 at the end, or -1 when the bytes make no sense. Its steps are not looked
 * at; they point into the batch.
 */
int store_batch_next(struct store_batch *, struct store_op *);

#endif
