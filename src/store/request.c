/*
 * store_request: the bytes that clients and the committer exchange, and the results that both send
 * and record.
 */
#include <string.h>

#include "store/int.h"

#define TRANSACTION_FLAGS (STORE_REQUEST_AGAIN | STORE_REQUEST_POST | STORE_REQUEST_CHAIN)

void
store_request_pack(struct pack *p, const struct store_request *request)
{
	pack_u8(p, (uint8_t)request->flags);
	pack_raw(p, request->id, STORE_OP_ID);
	pack_u8(p, (uint8_t)request->part);
	pack_u32(p, request->steps);
}

void
store_principal_pack(struct pack *p, const struct store_principal *principal)
{
	pack_u32(p, principal->kind);
	pack_u64(p, principal->id);
}

/* Tells whether a key with its table is one of this part. */
static bool
is_key(const unsigned char *key, size_t len, int part)
{
	return len >= 2 && len <= STORE_FULL_KEY_MAX && key[0] >= 1 && key[0] <= STORE_TABLE_MAX &&
	    store_table_part(key[0]) == part;
}

/* Tells whether the logs of a step are logs, and each another one. */
static bool
are_logs(const struct store_step *step)
{
	for (unsigned int i = 0; i < step->n_also; i++) {
		if (step->also[i] == 0 || step->also[i] == step->log)
			return false;
		for (unsigned int j = 0; j < i; j++)
			if (step->also[i] == step->also[j])
				return false;
	}
	return step->log != 0;
}

static bool
is_step_valid(const struct store_step *step, int part)
{
	switch (step->kind) {
	case STORE_STEP_EXPECT_ABSENT:
	case STORE_STEP_EXPECT:
	case STORE_STEP_PUT:
	case STORE_STEP_DELETE:
	case STORE_STEP_NEXT:
	case STORE_STEP_ADVANCE:
		return is_key(step->key, step->key_len, part) && step->len <= STORE_VALUE_MAX;
	case STORE_STEP_ADVANCE_IF:
		return is_key(step->key, step->key_len, part) &&
		    is_key(step->value, step->len, part);
	case STORE_STEP_ONCE:
		return part == STORE_PART_LOGS && is_key(step->key, step->key_len, part) &&
		    step->len == STORE_ONCE_ID && step->a >= 1 && step->a <= STORE_ONCE_MOST &&
		    step->b <= INT64_MAX;
	case STORE_STEP_APPEND:
	case STORE_STEP_TRIM:
	case STORE_STEP_CLOSE_LOG:
		return part == STORE_PART_LOGS && are_logs(step) && step->len <= STORE_VALUE_MAX;
	case STORE_STEP_CHARGE: /* of STORE_PAYER_NONE, too */
		return part == STORE_PART_LOGS;
	case STORE_STEP_RING:
		return step->log >= 1 && step->log <= UINT32_MAX;
	case STORE_STEP_CARRY:
	case STORE_STEP_DROP:
		return part == STORE_PART_LOGS && step->a != 0;
	default:
		return false;
	}
}

/* 0 when the bytes are as many valid steps as the request says, and nothing else; or -1. */
static int
read_steps(const struct store_request *request, struct store_step steps[STORE_TX_STEPS])
{
	struct unpack u;
	bool appends = true; /* behind each step that remembers what is appended */
	unsigned int rings = 0;

	if (request->steps == 0 || request->steps > STORE_TX_STEPS || request->len > STORE_TX_MAX)
		return -1;
	unpack_init(&u, request->data, request->len);
	for (unsigned int i = 0; i < request->steps; i++) {
		if (store_tx_step(&u, &steps[i]) != 1 || !is_step_valid(&steps[i], request->part))
			return -1;
		if (steps[i].kind == STORE_STEP_ONCE || steps[i].kind == STORE_STEP_APPEND)
			appends = steps[i].kind == STORE_STEP_APPEND;
		rings += steps[i].kind == STORE_STEP_RING;
	}
	return u.pos == u.len && appends && rings <= STORE_TX_RINGS ? 0 : -1;
}

static int
read_principal(struct unpack *u, struct store_principal *principal)
{
	principal->kind = unpack_u32(u);
	principal->id = unpack_u64(u);
	return u->bad || u->pos != u->len || principal->kind == 0 ? -1 : 0;
}

/* Cuts the request's bytes off those of the chain. 0 or -1. */
static int
cut_chain(struct store_request *request, struct unpack *u)
{
	if ((request->flags & STORE_REQUEST_CHAIN) == 0)
		return 0;
	request->len = unpack_u32(u);
	request->data = unpack_raw(u, request->len);
	request->size = u->pos;
	return u->bad || request->part != STORE_PART_LOGS ||
	        (request->flags & STORE_REQUEST_POST) != 0
	    ? -1
	    : 0;
}

/* A request without a transaction has one of these flags, and no other. */
static bool
is_question(unsigned int flags)
{
	return flags == STORE_REQUEST_PING || flags == STORE_REQUEST_LEAVE ||
	    flags == STORE_REQUEST_BIND;
}

int
store_request_read(struct store_request *request, struct store_step steps[STORE_TX_STEPS],
    const void *data, size_t len)
{
	struct unpack u;

	*request = (struct store_request){ .flags = 0 };
	unpack_init(&u, data, len);
	request->flags = unpack_u8(&u);
	const unsigned char *id = unpack_raw(&u, STORE_OP_ID);
	request->part = unpack_u8(&u);
	request->steps = unpack_u32(&u);
	if (u.bad)
		return -1;
	memcpy(request->id, id, STORE_OP_ID);
	request->data = (const unsigned char *)data + u.pos;
	request->len = len - u.pos;
	request->size = len;
	if (is_question(request->flags)) {
		if (request->part != 0 || request->steps != 0)
			return -1;
		if (request->flags == STORE_REQUEST_BIND)
			return read_principal(&u, &request->principal);
		return request->len == 0 ? 0 : -1;
	}
	if ((request->flags & ~(unsigned int)TRANSACTION_FLAGS) != 0 || cut_chain(request, &u) != 0)
		return -1;
	if (request->part >= STORE_PART_COMPACT && request->part <= STORE_PART_CHECKPOINT)
		return request->len == 0 ? 0 : -1;
	return store_request_is_transaction(request->part) ? read_steps(request, steps) : -1;
}

bool
store_request_is_transaction(int part)
{
	return part == STORE_PART_TABLES || part == STORE_PART_LOGS;
}

bool
store_request_is_done(const struct store_outcome *outcome)
{
	return outcome->status == STORE_OK || outcome->status == STORE_REPEATED;
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
