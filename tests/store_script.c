/* store_script: batches of transactions. See store_script.h; the look at them is left to
 * store_script_look. */
#include "chat/table.h"
#include "store/checkpoint.h"
#include "store_script_int.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPS_MOST 8 /* of a batch */
#define BOTH     0 /* parts: they take turns */
#define NEVER    "never"

const uint64_t script_logs[SCRIPT_LOGS] = { 1, 2, 40, 70, 71 };

static const struct {
	int part;
	unsigned int n;
	size_t size; /* of what is written, at least */
} batches[] = {
	{ .part = BOTH, .n = 2, .size = 60 },
	{ .part = STORE_PART_TABLES, .n = 1, .size = 200 },
	{ .part = STORE_PART_LOGS, .n = 6, .size = 400 },
	{ .part = STORE_PART_TABLES, .n = 6, .size = 900 },
	{ .part = STORE_PART_LOGS, .n = 1, .size = 1500 },
	{ .part = STORE_PART_TABLES, .n = 8, .size = 1700 },
	{ .part = STORE_PART_TABLES, .n = 8, .size = 300 },
	{ .part = STORE_PART_TABLES, .n = 1, .size = 16000 },
	{ .part = STORE_PART_COMPACT, .n = 1, .size = 0 },
	{ .part = BOTH, .n = 7, .size = 500 },
	{ .part = STORE_PART_LOGS, .n = 4, .size = 700 },
	{ .part = STORE_PART_TABLES, .n = 4, .size = 2500 },
	{ .part = BOTH, .n = 2, .size = 100 },
	{ .part = STORE_PART_LOGS, .n = 2, .size = 10 },
};

unsigned int
script_batches(void)
{
	return sizeof(batches) / sizeof(batches[0]);
}

size_t
script_batch(unsigned int batch, unsigned int *first)
{
	*first = 0;
	for (unsigned int i = 0; i < batch; i++)
		*first += batches[i].n;
	return batches[batch].n;
}

static unsigned int
batch_of(unsigned int serial)
{
	unsigned int batch = 0, first;

	while (serial >= script_batch(batch, &first) + first)
		batch++;
	return batch;
}

int
script_part_of(unsigned int serial)
{
	int part = batches[batch_of(serial)].part;

	if (part != BOTH)
		return part;
	return serial % 2 == 0 ? STORE_PART_LOGS : STORE_PART_TABLES;
}

/* Some transactions expect a wrong value, among others that are done. */
bool
script_expects_refusal(unsigned int serial)
{
	return serial % 6 == 4;
}

unsigned int
script_parts_of(unsigned int serial)
{
	return 1 + serial % SCRIPT_PARTS;
}

static int
log_of(unsigned int serial, unsigned int part)
{
	return (int)((serial * 3 + part) % SCRIPT_LOGS);
}

/* The logs in which a part is. */
unsigned int
script_logs_of(unsigned int serial, unsigned int part, uint64_t into[STORE_ENTRY_LOGS])
{
	unsigned int n = (serial + part) % 3 == 1 ? 2 + serial % (STORE_ENTRY_LOGS - 1) : 1;

	for (unsigned int i = 0; i < n; i++)
		into[i] = script_logs[((unsigned int)log_of(serial, part) + i) % SCRIPT_LOGS];
	return n;
}

size_t
script_size_of(unsigned int serial, unsigned int part)
{
	return batches[batch_of(serial)].size + (serial * 977 + part * 331) % 1500;
}

const struct script_entry *
script_entry_of(unsigned int serial, unsigned int part)
{
	static struct script_entry entry;

	entry.serial = serial;
	entry.part = part;
	memset(entry.filler, (int)(serial + part), sizeof(entry.filler));
	return &entry;
}

size_t
script_name_of(char name[16], unsigned int serial)
{
	return (size_t)snprintf(name, 16, "s%u", serial);
}

/* A transaction of logs is remembered, with the seq of its first part. */
static void
write_once(struct store_tx *tx, unsigned int serial)
{
	unsigned char id[STORE_ONCE_ID] = { 0 };

	pack_put_u64(id, serial);
	store_tx_once(tx, STORE_LOG_STATE, SCRIPT_ONCE, 4, id, SCRIPT_OPS_MOST, INT64_MAX);
}

static void
write_log_op(struct store_tx *tx, unsigned int serial)
{
	char name[16];
	size_t len = script_name_of(name, serial);

	write_once(tx, serial);
	for (unsigned int part = 0; part < script_parts_of(serial); part++) {
		uint64_t into[STORE_ENTRY_LOGS];
		unsigned int n = script_logs_of(serial, part, into);

		store_tx_append_to(tx, into, n, script_entry_of(serial, part),
		    8 + script_size_of(serial, part), 0, STORE_NO_LIMIT);
	}
	store_tx_advance(tx, STORE_LOG_STATE, name, len, serial + 1);
	store_tx_put(tx, STORE_LOG_STATE, SCRIPT_COUNT, 5, name, len);
	if (script_expects_refusal(serial))
		store_tx_expect(tx, STORE_LOG_STATE, NEVER, 5, "", 0);
}

/* Transactions delete what others have put, so that free space comes in pieces. */
static void
write_table_op(struct store_tx *tx, unsigned int serial)
{
	char name[16], put[2] = { 'f', (char)('a' + serial % SCRIPT_FILLERS) },
	               gone[2] = { 'f', (char)('a' + (serial + 3) % SCRIPT_FILLERS) };
	size_t len = script_name_of(name, serial);

	store_tx_advance(tx, CHAT_TABLE_USERS, name, len, serial + 1);
	store_tx_put(tx, CHAT_TABLE_GROUPS, put, 2, script_entry_of(serial, 0),
	    8 + script_size_of(serial, 0));
	store_tx_delete(tx, CHAT_TABLE_GROUPS, gone, 2);
	store_tx_next(tx, STORE_COUNTERS, SCRIPT_COUNT, 5, 1);
	if (script_expects_refusal(serial))
		store_tx_expect(tx, CHAT_TABLE_USERS, NEVER, 5, "", 0);
}

static void
make_op(struct store_op *op, struct store_tx *tx, unsigned int serial)
{
	struct pack p;
	int part = script_part_of(serial);

	store_tx_init(tx);
	if (part == STORE_PART_LOGS)
		write_log_op(tx, serial);
	else if (part == STORE_PART_TABLES)
		write_table_op(tx, serial);
	ck_assert(!tx->overflow);
	*op =
	    (struct store_op){ .part = part, .steps = tx->steps, .data = tx->data, .len = tx->len };
	pack_init(&p, op->id, sizeof(op->id));
	pack_u64(&p, 0x736372697074);
	pack_u64(&p, serial);
}

static void
check_outcome(struct script *script, unsigned int serial, const struct store_outcome *outcome)
{
	enum store_status expected = script_expects_refusal(serial) ? STORE_CONFLICT : STORE_OK;

	if (script_part_of(serial) == STORE_PART_COMPACT)
		expected = STORE_OK;
	script->fates[serial] = outcome->status == STORE_OK ? SCRIPT_DONE : SCRIPT_REFUSED;
	script->values[serial] = outcome->value;
	ck_assert_msg(outcome->status == expected || outcome->status == STORE_NO_SPACE ||
	        outcome->status == STORE_FAILED,
	    "transaction %u: status %d", serial, outcome->status);
}

void
script_doubt(struct script *script, unsigned int batch)
{
	unsigned int first;
	size_t n = script_batch(batch, &first);

	for (size_t i = 0; i < n; i++)
		script->fates[first + i] = SCRIPT_UNKNOWN;
}

void
script_doubt_all(struct script *script)
{
	for (unsigned int serial = 0; serial < SCRIPT_OPS_MOST; serial++)
		if (script->fates[serial] == SCRIPT_DONE)
			script->fates[serial] = SCRIPT_UNKNOWN;
}

bool
script_step(struct script *script, struct store *writer, bool again)
{
	static struct store_tx txs[OPS_MOST];
	struct store_op ops[OPS_MOST], *pointers[OPS_MOST];
	unsigned int first;
	size_t n = script_batch(script->batch, &first);

	for (size_t i = 0; i < n; i++) {
		make_op(&ops[i], &txs[i], first + (unsigned int)i);
		ops[i].again = again;
		pointers[i] = &ops[i];
	}
	script_doubt(script, script->batch);
	store_apply(writer, pointers, n);
	if (writer->writer->broken)
		return false;
	store_checkpoint_turn(writer);
	for (size_t i = 0; i < n; i++)
		check_outcome(script, first + (unsigned int)i, &ops[i].outcome);
	script->batch++;
	return true;
}

static bool
is_wanted(const struct script *script, unsigned int serial)
{
	int part = script_part_of(serial);

	return script->fates[serial] == SCRIPT_REFUSED &&
	    (part == STORE_PART_COMPACT || !script_expects_refusal(serial));
}

void
script_retry(struct script *script, struct store *writer)
{
	static struct store_tx tx;
	unsigned int first;
	size_t n = script_batch(script_batches() - 1, &first);

	for (unsigned int serial = 0; serial < first + n; serial++) {
		struct store_op op, *pointer = &op;

		if (!is_wanted(script, serial))
			continue;
		make_op(&op, &tx, serial);
		store_apply(writer, &pointer, 1);
		ck_assert_int_eq(op.outcome.status, STORE_OK);
		check_outcome(script, serial, &op.outcome);
	}
}

bool
script_is_done(const struct script *script)
{
	unsigned int first;
	size_t n = script_batch(script_batches() - 1, &first);

	for (unsigned int serial = 0; serial < first + n; serial++)
		if (script->fates[serial] == SCRIPT_UNKNOWN ||
		    script->fates[serial] == SCRIPT_NOT_SENT || is_wanted(script, serial))
			return false;
	return true;
}
