/* store_batch: see the format in store/batch.h. */
#include "store/batch.h"

#include <string.h>

#define BATCH_VERSION 1
#define HEADER_SIZE   (1 + 1 + 8 + 8 + 4)
#define OP_SIZE       (STORE_OP_ID + 1 + 8 + 4 + 4)

size_t
store_batch_size(size_t n, size_t len)
{
	return HEADER_SIZE + n * OP_SIZE + len;
}

void
store_batch_pack(struct pack *p, const struct store_batch *batch)
{
	pack_u8(p, BATCH_VERSION);
	pack_u8(p, batch->joined);
	pack_i64(p, batch->time_ms);
	pack_u64(p, batch->next_seq);
	pack_u32(p, batch->n_ops);
}

void
store_batch_pack_op(struct pack *p, const struct store_op *op)
{
	pack_raw(p, op->id, STORE_OP_ID);
	pack_u8(p, (uint8_t)op->part);
	pack_u64(p, op->outcome.value);
	pack_u32(p, op->steps);
	pack_blob(p, op->data, op->len);
}

int
store_batch_open(struct store_batch *batch, const void *data, size_t len)
{
	struct unpack *u = &batch->rest;

	unpack_init(u, data, len);
	if (unpack_u8(u) != BATCH_VERSION)
		return -1;
	batch->joined = unpack_u8(u) != 0;
	batch->time_ms = unpack_i64(u);
	batch->next_seq = unpack_u64(u);
	batch->n_ops = unpack_u32(u);
	return u->bad ? -1 : 0;
}

int
store_batch_next(struct store_batch *batch, struct store_op *op)
{
	struct unpack *u = &batch->rest;

	if (batch->n_ops == 0)
		return u->pos == u->len ? 0 : -1;
	*op = (struct store_op){ .outcome = { .status = STORE_OK } };
	const unsigned char *id = unpack_raw(u, STORE_OP_ID);
	op->part = unpack_u8(u);
	op->outcome.value = unpack_u64(u);
	op->steps = unpack_u32(u);
	op->data = unpack_blob(u, &op->len);
	if (u->bad || !store_request_is_transaction(op->part))
		return -1;
	memcpy(op->id, id, STORE_OP_ID);
	batch->n_ops--;
	return 1;
}
