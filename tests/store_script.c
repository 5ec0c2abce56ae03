/*
 * store_script: batches of transactions and a look at what became of them. See store_script.h.
 */
#include "store_script.h"
#include "chat/table.h"
#include "store/checkpoint.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOGS     5
#define FILLERS  7
#define PARTS    3 /* entries of a transaction, at most */
#define OPS_MOST 8 /* of a batch */
#define BOTH     0 /* parts: they take turns */
#define COUNT    "count"
#define NEVER    "never"
#define ONCE     "once"

static const uint64_t logs[LOGS] = { 1, 2, 40, 70, 71 };

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

static int
part_of(unsigned int serial)
{
	int part = batches[batch_of(serial)].part;

	if (part != BOTH)
		return part;
	return serial % 2 == 0 ? STORE_PART_LOGS : STORE_PART_TABLES;
}

/* Some transactions expect a wrong value, among others that are done. */
static bool
expects_refusal(unsigned int serial)
{
	return serial % 6 == 4;
}

static unsigned int
parts_of(unsigned int serial)
{
	return 1 + serial % PARTS;
}

static int
log_of(unsigned int serial, unsigned int part)
{
	return (int)((serial * 3 + part) % LOGS);
}

/* The logs in which a part is. */
static unsigned int
logs_of(unsigned int serial, unsigned int part, uint64_t into[STORE_ENTRY_LOGS])
{
	unsigned int n = (serial + part) % 3 == 1 ? 2 + serial % (STORE_ENTRY_LOGS - 1) : 1;

	for (unsigned int i = 0; i < n; i++)
		into[i] = logs[((unsigned int)log_of(serial, part) + i) % LOGS];
	return n;
}

static size_t
size_of(unsigned int serial, unsigned int part)
{
	return batches[batch_of(serial)].size + (serial * 977 + part * 331) % 1500;
}

struct entry {
	uint32_t serial;
	uint32_t part;
	unsigned char filler[20000];
};

static const struct entry *
entry_of(unsigned int serial, unsigned int part)
{
	static struct entry entry;

	entry.serial = serial;
	entry.part = part;
	memset(entry.filler, (int)(serial + part), sizeof(entry.filler));
	return &entry;
}

static size_t
name_of(char name[16], unsigned int serial)
{
	return (size_t)snprintf(name, 16, "s%u", serial);
}

/* A transaction of logs is remembered, with the seq of its first part. */
static void
write_once(struct store_tx *tx, unsigned int serial)
{
	unsigned char id[STORE_ONCE_ID] = { 0 };

	pack_put_u64(id, serial);
	store_tx_once(tx, STORE_LOG_STATE, ONCE, 4, id, SCRIPT_OPS_MOST, INT64_MAX);
}

static void
write_log_op(struct store_tx *tx, unsigned int serial)
{
	char name[16];
	size_t len = name_of(name, serial);

	write_once(tx, serial);
	for (unsigned int part = 0; part < parts_of(serial); part++) {
		uint64_t into[STORE_ENTRY_LOGS];
		unsigned int n = logs_of(serial, part, into);

		store_tx_append_to(tx, into, n, entry_of(serial, part), 8 + size_of(serial, part),
		    0, STORE_NO_LIMIT);
	}
	store_tx_advance(tx, STORE_LOG_STATE, name, len, serial + 1);
	store_tx_put(tx, STORE_LOG_STATE, COUNT, 5, name, len);
	if (expects_refusal(serial))
		store_tx_expect(tx, STORE_LOG_STATE, NEVER, 5, "", 0);
}

/* Transactions delete what others have put, so that free space comes in pieces. */
static void
write_table_op(struct store_tx *tx, unsigned int serial)
{
	char name[16], put[2] = { 'f', (char)('a' + serial % FILLERS) },
	               gone[2] = { 'f', (char)('a' + (serial + 3) % FILLERS) };
	size_t len = name_of(name, serial);

	store_tx_advance(tx, CHAT_TABLE_USERS, name, len, serial + 1);
	store_tx_put(tx, CHAT_TABLE_GROUPS, put, 2, entry_of(serial, 0), 8 + size_of(serial, 0));
	store_tx_delete(tx, CHAT_TABLE_GROUPS, gone, 2);
	store_tx_next(tx, STORE_COUNTERS, COUNT, 5, 1);
	if (expects_refusal(serial))
		store_tx_expect(tx, CHAT_TABLE_USERS, NEVER, 5, "", 0);
}

static void
make_op(struct store_op *op, struct store_tx *tx, unsigned int serial)
{
	struct pack p;
	int part = part_of(serial);

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
	enum store_status expected = expects_refusal(serial) ? STORE_CONFLICT : STORE_OK;

	if (part_of(serial) == STORE_PART_COMPACT)
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
	int part = part_of(serial);

	return script->fates[serial] == SCRIPT_REFUSED &&
	    (part == STORE_PART_COMPACT || !expects_refusal(serial));
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

/* Comparing the store with the fates. */

struct found {
	unsigned int times[SCRIPT_OPS_MOST][PARTS]; /* in one log or another */
	uint64_t seqs[SCRIPT_OPS_MOST][PARTS];
	bool present[SCRIPT_OPS_MOST];
};

static void
check_logs(const struct store_entry *entry, uint32_t serial, uint32_t part)
{
	uint64_t into[STORE_ENTRY_LOGS];

	ck_assert_uint_eq(entry->n_places, logs_of(serial, part, into));
	for (unsigned int i = 0; i < entry->n_places; i++)
		ck_assert_uint_eq(entry->places[i].log, into[i]);
}

static void
find_in_log(struct store *store, int log, struct found *found)
{
	struct store_reader reader;
	struct store_entry entry;
	uint64_t seq, number = 0;

	ck_assert_int_eq(store_reader_init(&reader, store, logs[log], 0), STORE_OK);
	for (; store_reader_peek(&reader, &seq) == STORE_OK; store_reader_skip(&reader)) {
		uint32_t name[2];

		ck_assert_int_eq(store_entry(store, seq, &entry), STORE_OK);
		ck_assert_uint_eq(store_entry_number(&entry, logs[log]), ++number);
		memcpy(name, entry.data, sizeof(name));
		ck_assert_uint_lt(name[0], SCRIPT_OPS_MOST);
		ck_assert_uint_lt(name[1], parts_of(name[0]));
		check_logs(&entry, name[0], name[1]);
		ck_assert_uint_eq(entry.len, 8 + size_of(name[0], name[1]));
		ck_assert_mem_eq(entry.data, entry_of(name[0], name[1]), entry.len);
		if (found->times[name[0]][name[1]]++ > 0)
			ck_assert_uint_eq(found->seqs[name[0]][name[1]], seq);
		found->seqs[name[0]][name[1]] = seq;
	}
	ck_assert_int_eq(store_reader_peek(&reader, &seq), STORE_ABSENT);
	ck_assert_uint_eq(number, reader.last);
}

static bool
is_marked(struct store *store, int table, unsigned int serial)
{
	char name[16];
	uint64_t number;
	size_t len = name_of(name, serial);

	ck_assert_int_eq(store_get_number(store, table, name, len, &number), STORE_OK);
	ck_assert(number == 0 || number == serial + 1);
	return number != 0;
}

static void
check_fate(const struct script *script, unsigned int serial, bool present)
{
	switch (script->fates[serial]) {
	case SCRIPT_UNKNOWN:
		ck_assert_msg(!present || !expects_refusal(serial), "%u was done all the same",
		    serial);
		break;
	case SCRIPT_DONE:
		ck_assert_msg(present, "transaction %u is lost", serial);
		break;
	default:
		ck_assert_msg(!present, "transaction %u came from nowhere", serial);
	}
}

static void
verify_log_op(const struct script *script, unsigned int serial, struct store *store,
    struct found *found)
{
	bool present = is_marked(store, STORE_LOG_STATE, serial);
	unsigned int parts = parts_of(serial);

	for (unsigned int part = 0; part < parts; part++) {
		uint64_t into[STORE_ENTRY_LOGS];
		unsigned int n = logs_of(serial, part, into);

		ck_assert_msg(found->times[serial][part] == (present ? n : 0),
		    "part %u of transaction %u is there %u times, its mark %d", part, serial,
		    found->times[serial][part], present);
	}
	check_fate(script, serial, present);
	if (script->fates[serial] == SCRIPT_DONE)
		ck_assert_uint_eq(script->values[serial], found->seqs[serial][parts - 1]);
	found->present[serial] = present;
}

/* The record of what was done once says what the logs say. */
static void
verify_once(struct store *store, const struct found *found)
{
	static unsigned char record[1 + SCRIPT_OPS_MOST * 32];
	unsigned int expected = 0;
	size_t len;
	enum store_status status =
	    store_get(store, STORE_LOG_STATE, ONCE, 4, record, sizeof(record), &len);

	for (unsigned int serial = 0; serial < SCRIPT_OPS_MOST; serial++)
		expected += found->present[serial];
	ck_assert_int_eq(status, expected == 0 ? STORE_ABSENT : STORE_OK);
	if (expected == 0)
		return;
	ck_assert_uint_eq(len, 1 + 32 * expected);
	for (unsigned int i = 0; i < expected; i++) {
		uint64_t serial = pack_get_u64(record + 1 + i * 32);

		ck_assert_uint_lt(serial, SCRIPT_OPS_MOST);
		ck_assert(found->present[serial]);
		ck_assert_uint_eq(pack_get_u64(record + 1 + i * 32 + STORE_ONCE_ID),
		    found->seqs[serial][0]);
	}
}

static void
verify_table_op(const struct script *script, unsigned int serial, struct store *store,
    struct found *found)
{
	bool present = is_marked(store, CHAT_TABLE_USERS, serial);

	check_fate(script, serial, present);
	found->present[serial] = present;
}

static void
place_holders(int holders[FILLERS], unsigned int serial)
{
	holders[serial % FILLERS] = (int)serial;
	holders[(serial + 3) % FILLERS] = -1;
}

/*
 * In the order in which they were done: that of their numbers, and behind them those of which
 * nothing is known, as they were sent. Gives how many they are.
 */
static uint64_t
predict_fillers(const struct script *script, const struct found *found, int holders[FILLERS])
{
	uint64_t n = 0;

	memset(holders, -1, FILLERS * sizeof(*holders));
	for (uint64_t turn = 1; turn <= SCRIPT_OPS_MOST; turn++)
		for (unsigned int serial = 0; serial < SCRIPT_OPS_MOST; serial++)
			if (found->present[serial] && script->fates[serial] == SCRIPT_DONE &&
			    script->values[serial] == turn) {
				place_holders(holders, serial);
				ck_assert_uint_eq(++n, turn);
			}
	for (unsigned int serial = 0; serial < SCRIPT_OPS_MOST; serial++)
		if (found->present[serial] && script->fates[serial] == SCRIPT_UNKNOWN) {
			place_holders(holders, serial);
			n++;
		}
	return n;
}

static void
verify_fillers(const struct script *script, const struct found *found, struct store *store)
{
	static unsigned char value[STORE_VALUE_MAX];
	int holders[FILLERS];
	uint64_t n = predict_fillers(script, found, holders), number;
	size_t len;

	ck_assert_int_eq(store_get_number(store, STORE_COUNTERS, COUNT, 5, &number), STORE_OK);
	ck_assert_uint_eq(number, n);
	for (int i = 0; i < FILLERS; i++) {
		char key[2] = { 'f', (char)('a' + i) };
		enum store_status status =
		    store_get(store, CHAT_TABLE_GROUPS, key, 2, value, sizeof(value), &len);

		ck_assert_int_eq(status, holders[i] < 0 ? STORE_ABSENT : STORE_OK);
		if (holders[i] < 0)
			continue;
		ck_assert_uint_eq(len, 8 + size_of((unsigned int)holders[i], 0));
		ck_assert_mem_eq(value, entry_of((unsigned int)holders[i], 0), len);
	}
}

void
script_verify(const struct script *script, struct store *store)
{
	struct found *logged = calloc(1, sizeof(*logged)), *tabled = calloc(1, sizeof(*tabled));
	unsigned int first;
	size_t n = script_batch(script_batches() - 1, &first);

	ck_assert(logged != NULL && tabled != NULL);
	for (int log = 0; log < LOGS; log++)
		find_in_log(store, log, logged);
	for (unsigned int serial = 0; serial < first + n; serial++)
		if (part_of(serial) == STORE_PART_LOGS)
			verify_log_op(script, serial, store, logged);
		else if (part_of(serial) == STORE_PART_TABLES)
			verify_table_op(script, serial, store, tabled);
	verify_once(store, logged);
	verify_fillers(script, tabled, store);
	free(logged);
	free(tabled);
}
