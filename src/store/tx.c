/*
 * store_tx: the bytes of transactions, written by clients and read back by the committer. Doing the
 * steps is left to store_step.
 */
#include <string.h>

#include "store/int.h"

/* The fields of a step, which stand in this order behind its kind. */
enum { LOG = 1, KEY = 2, A = 4, B = 8, VALUE = 16, ALSO = 32 };

static const unsigned char fields[] = {
	[STORE_STEP_EXPECT_ABSENT] = KEY,
	[STORE_STEP_EXPECT] = KEY | VALUE,
	[STORE_STEP_PUT] = KEY | VALUE,
	[STORE_STEP_DELETE] = KEY,
	[STORE_STEP_NEXT] = KEY | A,
	[STORE_STEP_ADVANCE] = KEY | A,
	[STORE_STEP_ADVANCE_IF] = KEY | A | VALUE,
	[STORE_STEP_APPEND] = LOG | A | B | VALUE,
	[STORE_STEP_TRIM] = LOG | A | B,
	[STORE_STEP_CLOSE_LOG] = LOG,
	[STORE_STEP_CARRY] = A,
	[STORE_STEP_DROP] = A,
	[STORE_STEP_CHARGE] = LOG | A | B,
	[STORE_STEP_APPEND_TO] = LOG | A | B | VALUE | ALSO,
	[STORE_STEP_ONCE] = KEY | A | B | VALUE,
	[STORE_STEP_RING] = LOG | A | B,
};

void
store_tx_init(struct store_tx *tx)
{
	tx->steps = 0;
	tx->rings = 0;
	tx->part = 0;
	tx->overflow = false;
	tx->len = 0;
}

static void
pack_also(struct pack *p, const struct store_step *step)
{
	pack_u8(p, (uint8_t)step->n_also);
	for (unsigned int i = 0; i < step->n_also; i++)
		pack_u64(p, step->also[i]);
}

/* 0, or -1 when so many logs are none or too many. */
static int
unpack_also(struct unpack *u, struct store_step *step)
{
	unsigned int n = unpack_u8(u);

	if (n == 0 || n > STORE_ENTRY_LOGS - 1)
		return -1;
	for (; step->n_also < n; step->n_also++)
		step->also[step->n_also] = unpack_u64(u);
	step->kind = STORE_STEP_APPEND;
	return 0;
}

static void
add_step(struct store_tx *tx, int part, const struct store_step *step)
{
	struct pack p;

	pack_init(&p, tx->data, sizeof(tx->data));
	p.len = tx->len;
	if (tx->part == 0)
		tx->part = part;
	p.overflow = tx->overflow || tx->part != part || tx->steps >= STORE_TX_STEPS ||
	    step->len > STORE_VALUE_MAX;
	pack_u8(&p, (uint8_t)step->kind);
	if (fields[step->kind] & LOG)
		pack_u64(&p, step->log);
	if (fields[step->kind] & KEY)
		pack_blob(&p, step->key, step->key_len);
	if (fields[step->kind] & A)
		pack_u64(&p, step->a);
	if (fields[step->kind] & B)
		pack_u64(&p, step->b);
	if (fields[step->kind] & VALUE)
		pack_blob(&p, step->value, step->len);
	if (fields[step->kind] & ALSO)
		pack_also(&p, step);
	tx->overflow = p.overflow;
	tx->len = p.len;
	tx->steps++;
}

/* A step that concerns a record of a table. */
static void
add_table_step(struct store_tx *tx, int table, const void *key, size_t key_len,
    struct store_step step)
{
	unsigned char full[STORE_FULL_KEY_MAX];

	if (key_len == 0 || key_len > STORE_KEY_MAX) {
		tx->overflow = true;
		return;
	}
	step.key = full;
	step.key_len = store_table_key(full, table, key, key_len);
	add_step(tx, store_table_part(table), &step);
}

void
store_tx_expect_absent(struct store_tx *tx, int table, const void *key, size_t key_len)
{
	add_table_step(tx, table, key, key_len,
	    (struct store_step){ .kind = STORE_STEP_EXPECT_ABSENT });
}

void
store_tx_expect(struct store_tx *tx, int table, const void *key, size_t key_len, const void *value,
    size_t len)
{
	add_table_step(tx, table, key, key_len,
	    (struct store_step){ .kind = STORE_STEP_EXPECT, .value = value, .len = len });
}

void
store_tx_put(struct store_tx *tx, int table, const void *key, size_t key_len, const void *value,
    size_t len)
{
	add_table_step(tx, table, key, key_len,
	    (struct store_step){ .kind = STORE_STEP_PUT, .value = value, .len = len });
}

void
store_tx_delete(struct store_tx *tx, int table, const void *key, size_t key_len)
{
	add_table_step(tx, table, key, key_len, (struct store_step){ .kind = STORE_STEP_DELETE });
}

void
store_tx_next(struct store_tx *tx, int table, const void *key, size_t key_len, uint64_t count)
{
	add_table_step(tx, table, key, key_len,
	    (struct store_step){ .kind = STORE_STEP_NEXT, .a = count });
}

void
store_tx_advance(struct store_tx *tx, int table, const void *key, size_t key_len, uint64_t number)
{
	add_table_step(tx, table, key, key_len,
	    (struct store_step){ .kind = STORE_STEP_ADVANCE, .a = number });
}

void
store_tx_advance_if(struct store_tx *tx, int table, const void *key, size_t key_len,
    uint64_t number, int guard_table, const void *guard, size_t guard_len)
{
	unsigned char full[STORE_FULL_KEY_MAX];

	if (guard_len == 0 || guard_len > STORE_KEY_MAX ||
	    store_table_part(guard_table) != store_table_part(table)) {
		tx->overflow = true;
		return;
	}
	add_table_step(tx, table, key, key_len,
	    (struct store_step){ .kind = STORE_STEP_ADVANCE_IF,
	        .a = number,
	        .value = full,
	        .len = store_table_key(full, guard_table, guard, guard_len) });
}

void
store_tx_append(struct store_tx *tx, uint64_t log, const void *entry, size_t len, uint64_t floor,
    uint64_t limit)
{
	add_step(tx, STORE_PART_LOGS,
	    &(struct store_step){ .kind = STORE_STEP_APPEND,
	        .log = log,
	        .a = floor,
	        .b = limit,
	        .value = entry,
	        .len = len });
}

void
store_tx_append_to(struct store_tx *tx, const uint64_t *logs, unsigned int n, const void *entry,
    size_t len, uint64_t floor, uint64_t limit)
{
	struct store_step step = { .kind = STORE_STEP_APPEND_TO,
		.a = floor,
		.b = limit,
		.value = entry,
		.len = len };

	if (n == 1) {
		store_tx_append(tx, logs[0], entry, len, floor, limit);
		return;
	}
	if (n == 0 || n > STORE_ENTRY_LOGS) {
		tx->overflow = true;
		return;
	}
	step.log = logs[0];
	for (; step.n_also + 1 < n; step.n_also++)
		step.also[step.n_also] = logs[step.n_also + 1];
	add_step(tx, STORE_PART_LOGS, &step);
}

void
store_tx_once(struct store_tx *tx, int table, const void *key, size_t key_len,
    const unsigned char id[STORE_ONCE_ID], uint64_t keep, int64_t keep_ms)
{
	if (table < STORE_LOG_STATE || keep == 0 || keep > STORE_ONCE_MOST || keep_ms < 0) {
		tx->overflow = true;
		return;
	}
	add_table_step(tx, table, key, key_len,
	    (struct store_step){ .kind = STORE_STEP_ONCE,
	        .a = keep,
	        .b = (uint64_t)keep_ms,
	        .value = id,
	        .len = STORE_ONCE_ID });
}

uint64_t
store_tx_limit(uint64_t count, uint64_t bytes)
{
	return (bytes / 1024 << 32) | (count & UINT32_MAX);
}

void
store_tx_charge(struct store_tx *tx, uint64_t payer, uint64_t bytes, uint64_t per_day)
{
	add_step(tx, STORE_PART_LOGS,
	    &(struct store_step){ .kind = STORE_STEP_CHARGE,
	        .log = payer,
	        .a = bytes,
	        .b = per_day });
}

void
store_tx_ring(struct store_tx *tx, unsigned int kind, uint64_t a, uint64_t b)
{
	if (tx->part == 0 || ++tx->rings > STORE_TX_RINGS) {
		tx->overflow = true;
		return;
	}
	add_step(tx, tx->part,
	    &(struct store_step){ .kind = STORE_STEP_RING, .log = kind, .a = a, .b = b });
}

void
store_tx_trim(struct store_tx *tx, uint64_t log, uint64_t first, uint64_t bytes)
{
	add_step(tx, STORE_PART_LOGS,
	    &(struct store_step){ .kind = STORE_STEP_TRIM, .log = log, .a = first, .b = bytes });
}

void
store_tx_close_log(struct store_tx *tx, uint64_t log)
{
	add_step(tx, STORE_PART_LOGS,
	    &(struct store_step){ .kind = STORE_STEP_CLOSE_LOG, .log = log });
}

void
store_tx_carry(struct store_tx *tx, uint64_t seq)
{
	add_step(tx, STORE_PART_LOGS, &(struct store_step){ .kind = STORE_STEP_CARRY, .a = seq });
}

void
store_tx_drop(struct store_tx *tx, uint64_t first_seq)
{
	add_step(tx, STORE_PART_LOGS,
	    &(struct store_step){ .kind = STORE_STEP_DROP, .a = first_seq });
}

int
store_tx_step(struct unpack *u, struct store_step *step)
{
	if (u->pos == u->len)
		return 0;
	*step = (struct store_step){ .kind = (enum store_step_kind)unpack_u8(u) };
	if (step->kind >= sizeof(fields) || fields[step->kind] == 0)
		return -1;
	if (fields[step->kind] & LOG)
		step->log = unpack_u64(u);
	if (fields[step->kind] & KEY)
		step->key = unpack_blob(u, &step->key_len);
	if (fields[step->kind] & A)
		step->a = unpack_u64(u);
	if (fields[step->kind] & B)
		step->b = unpack_u64(u);
	if (fields[step->kind] & VALUE)
		step->value = unpack_blob(u, &step->len);
	if ((fields[step->kind] & KEY) != 0 && step->key_len == 0)
		return -1;
	if (step->kind == STORE_STEP_APPEND_TO && unpack_also(u, step) != 0)
		return -1;
	return u->bad || step->key_len > STORE_FULL_KEY_MAX ? -1 : 1;
}
