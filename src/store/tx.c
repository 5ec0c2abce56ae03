/*
 * store_tx: transactions as bytes, written by those who want something done and read
 * back by the committer. What the steps do is left to store_apply.
 */
#include <string.h>

#include "store/int.h"

int
store_table_part(enum store_table table)
{
	return table >= STORE_LOG_STATE ? STORE_PART_LOGS : STORE_PART_TABLES;
}

void
store_tx_init(struct store_tx *tx)
{
	tx->steps = 0;
	tx->part = 0;
	tx->overflow = false;
	tx->len = 0;
}

static struct pack
step_begin(struct store_tx *tx, enum store_step_kind kind, int part)
{
	struct pack p;

	pack_init(&p, tx->data, sizeof(tx->data));
	p.len = tx->len;
	if (tx->part == 0)
		tx->part = part;
	p.overflow = tx->overflow || tx->part != part || tx->steps >= STORE_TX_STEPS;
	pack_u8(&p, (uint8_t)kind);
	return p;
}

static void
step_end(struct store_tx *tx, const struct pack *p)
{
	tx->overflow = p->overflow;
	tx->len = p->len;
	tx->steps++;
}

static struct pack
table_step(struct store_tx *tx, enum store_step_kind kind, enum store_table table, const void *key,
    size_t key_len)
{
	struct pack p = step_begin(tx, kind, store_table_part(table));

	if (key_len > STORE_KEY_MAX)
		p.overflow = true;
	pack_u32(&p, (uint32_t)(1 + key_len));
	pack_u8(&p, (uint8_t)table);
	pack_raw(&p, key, key_len);
	return p;
}

void
store_tx_expect_absent(struct store_tx *tx, enum store_table table, const void *key, size_t key_len)
{
	struct pack p = table_step(tx, STORE_STEP_EXPECT_ABSENT, table, key, key_len);

	step_end(tx, &p);
}

static void
value_step(struct store_tx *tx, struct pack *p, const void *value, size_t len)
{
	if (len > STORE_VALUE_MAX)
		p->overflow = true;
	pack_blob(p, value, len);
	step_end(tx, p);
}

void
store_tx_expect(struct store_tx *tx, enum store_table table, const void *key, size_t key_len,
    const void *value, size_t len)
{
	struct pack p = table_step(tx, STORE_STEP_EXPECT, table, key, key_len);

	value_step(tx, &p, value, len);
}

void
store_tx_put(struct store_tx *tx, enum store_table table, const void *key, size_t key_len,
    const void *value, size_t len)
{
	struct pack p = table_step(tx, STORE_STEP_PUT, table, key, key_len);

	value_step(tx, &p, value, len);
}

void
store_tx_delete(struct store_tx *tx, enum store_table table, const void *key, size_t key_len)
{
	struct pack p = table_step(tx, STORE_STEP_DELETE, table, key, key_len);

	step_end(tx, &p);
}

void
store_tx_next(struct store_tx *tx, enum store_table table, const void *key, size_t key_len,
    uint64_t count)
{
	struct pack p = table_step(tx, STORE_STEP_NEXT, table, key, key_len);

	pack_u64(&p, count);
	step_end(tx, &p);
}

void
store_tx_advance(struct store_tx *tx, enum store_table table, const void *key, size_t key_len,
    uint64_t number)
{
	struct pack p = table_step(tx, STORE_STEP_ADVANCE, table, key, key_len);

	pack_u64(&p, number);
	step_end(tx, &p);
}

void
store_tx_advance_if(struct store_tx *tx, enum store_table table, const void *key, size_t key_len,
    uint64_t number, enum store_table guard_table, const void *guard, size_t guard_len)
{
	struct pack p = table_step(tx, STORE_STEP_ADVANCE_IF, table, key, key_len);

	if (guard_len > STORE_KEY_MAX || store_table_part(guard_table) != tx->part)
		p.overflow = true;
	pack_u64(&p, number);
	pack_u32(&p, (uint32_t)(1 + guard_len));
	pack_u8(&p, (uint8_t)guard_table);
	pack_raw(&p, guard, guard_len);
	step_end(tx, &p);
}

void
store_tx_append(struct store_tx *tx, uint64_t log, const void *entry, size_t len, uint64_t floor,
    uint64_t limit)
{
	struct pack p = step_begin(tx, STORE_STEP_APPEND, STORE_PART_LOGS);

	pack_u64(&p, log);
	pack_u64(&p, floor);
	pack_u64(&p, limit);
	value_step(tx, &p, entry, len);
}

void
store_tx_trim(struct store_tx *tx, uint64_t log, uint64_t first, uint64_t bytes)
{
	struct pack p = step_begin(tx, STORE_STEP_TRIM, STORE_PART_LOGS);

	pack_u64(&p, log);
	pack_u64(&p, first);
	pack_u64(&p, bytes);
	step_end(tx, &p);
}

static void
number_step(struct store_tx *tx, enum store_step_kind kind, uint64_t number)
{
	struct pack p = step_begin(tx, kind, STORE_PART_LOGS);

	pack_u64(&p, number);
	step_end(tx, &p);
}

void
store_tx_close_log(struct store_tx *tx, uint64_t log)
{
	number_step(tx, STORE_STEP_CLOSE_LOG, log);
}

void
store_tx_carry(struct store_tx *tx, uint64_t seq)
{
	number_step(tx, STORE_STEP_CARRY, seq);
}

void
store_tx_drop(struct store_tx *tx, uint64_t first_seq)
{
	number_step(tx, STORE_STEP_DROP, first_seq);
}

static void
read_key(struct unpack *u, struct store_step *step)
{
	const unsigned char *key = unpack_blob(u, &step->key_len);

	if (key == NULL || step->key_len > sizeof(step->key)) {
		u->bad = true;
		return;
	}
	memcpy(step->key, key, step->key_len);
}

int
store_tx_step(struct unpack *u, struct store_step *step)
{
	if (u->pos == u->len)
		return 0;
	step->kind = (enum store_step_kind)unpack_u8(u);
	switch (step->kind) {
	case STORE_STEP_EXPECT_ABSENT:
	case STORE_STEP_DELETE:
		read_key(u, step);
		break;
	case STORE_STEP_EXPECT:
	case STORE_STEP_PUT:
		read_key(u, step);
		step->value = unpack_blob(u, &step->len);
		break;
	case STORE_STEP_NEXT:
	case STORE_STEP_ADVANCE:
		read_key(u, step);
		step->a = unpack_u64(u);
		break;
	case STORE_STEP_ADVANCE_IF:
		read_key(u, step);
		step->a = unpack_u64(u);
		step->value = unpack_blob(u, &step->len);
		break;
	case STORE_STEP_APPEND:
		step->log = unpack_u64(u);
		step->a = unpack_u64(u);
		step->b = unpack_u64(u);
		step->value = unpack_blob(u, &step->len);
		break;
	case STORE_STEP_TRIM:
		step->log = unpack_u64(u);
		step->a = unpack_u64(u);
		step->b = unpack_u64(u);
		break;
	case STORE_STEP_CLOSE_LOG:
		step->log = unpack_u64(u);
		break;
	case STORE_STEP_CARRY:
	case STORE_STEP_DROP:
		step->a = unpack_u64(u);
		break;
	default:
		return -1;
	}
	return u->bad ? -1 : 1;
}
