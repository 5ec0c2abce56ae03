/*
 * store_request: the bytes that clients and the committer exchange, and the results that both send
 * and record.
 */
#include <string.h>

#include "store/int.h"

void
store_request_pack(struct pack *p, const struct store_request *request)
{
	pack_u8(p, (uint8_t)request->flags);
	pack_raw(p, request->id, STORE_OP_ID);
	pack_u8(p, (uint8_t)request->part);
	pack_u32(p, request->steps);
}

int
store_request_unpack(struct unpack *u, struct store_request *request)
{
	request->flags = unpack_u8(u);
	const unsigned char *id = unpack_raw(u, STORE_OP_ID);
	request->part = unpack_u8(u);
	request->steps = unpack_u32(u);
	if (u->bad)
		return -1;
	memcpy(request->id, id, STORE_OP_ID);
	return 0;
}

void
store_principal_pack(struct pack *p, const struct store_principal *principal)
{
	pack_u32(p, principal->kind);
	pack_u64(p, principal->id);
}

int
store_principal_unpack(struct unpack *u, struct store_principal *principal)
{
	principal->kind = unpack_u32(u);
	principal->id = unpack_u64(u);
	return u->bad || principal->kind == 0 ? -1 : 0;
}

void
store_result_pack(struct pack *p, const unsigned char id[STORE_OP_ID],
    const struct store_outcome *outcome)
{
	pack_raw(p, id, STORE_OP_ID);
	pack_u8(p, (uint8_t)outcome->status);
	pack_u32(p, outcome->step);
	pack_u64(p, outcome->value);
}

int
store_result_unpack(struct unpack *u, struct store_result *result)
{
	const unsigned char *id = unpack_raw(u, STORE_OP_ID);

	result->outcome.status = (enum store_status)unpack_u8(u);
	result->outcome.step = unpack_u32(u);
	result->outcome.value = unpack_u64(u);
	if (u->bad)
		return -1;
	memcpy(result->id, id, STORE_OP_ID);
	return 0;
}
