/* store_script: compares a store with what is known of the script's transactions. */
#include "store_script_int.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "chat/table.h"

struct found {
	unsigned int times[SCRIPT_OPS_MOST][SCRIPT_PARTS]; /* in one log or another */
	uint64_t seqs[SCRIPT_OPS_MOST][SCRIPT_PARTS];
	bool present[SCRIPT_OPS_MOST];
};

static void
check_logs(const struct store_entry *entry, uint32_t serial, uint32_t part)
{
	uint64_t into[STORE_ENTRY_LOGS];

	ck_assert_uint_eq(entry->n_places, script_logs_of(serial, part, into));
	for (unsigned int i = 0; i < entry->n_places; i++)
		ck_assert_uint_eq(entry->places[i].log, into[i]);
}

static void
find_in_log(struct store *store, int log, struct found *found)
{
	struct store_reader reader;
	struct store_entry entry;
	uint64_t seq, number = 0;

	ck_assert_int_eq(store_reader_init(&reader, store, script_logs[log], 0), STORE_OK);
	for (; store_reader_peek(&reader, &seq) == STORE_OK; store_reader_skip(&reader)) {
		uint32_t name[2];

		ck_assert_int_eq(store_entry(store, seq, &entry), STORE_OK);
		ck_assert_uint_eq(store_entry_number(&entry, script_logs[log]), ++number);
		memcpy(name, entry.data, sizeof(name));
		ck_assert_uint_lt(name[0], SCRIPT_OPS_MOST);
		ck_assert_uint_lt(name[1], script_parts_of(name[0]));
		check_logs(&entry, name[0], name[1]);
		ck_assert_uint_eq(entry.len, 8 + script_size_of(name[0], name[1]));
		ck_assert_mem_eq(entry.data, script_entry_of(name[0], name[1]), entry.len);
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
	size_t len = script_name_of(name, serial);

	ck_assert_int_eq(store_get_number(store, table, name, len, &number), STORE_OK);
	ck_assert(number == 0 || number == serial + 1);
	return number != 0;
}

static void
check_fate(const struct script *script, unsigned int serial, bool present)
{
	switch (script->fates[serial]) {
	case SCRIPT_UNKNOWN:
		ck_assert_msg(!present || !script_expects_refusal(serial),
		    "%u was done all the same", serial);
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
	unsigned int parts = script_parts_of(serial);

	for (unsigned int part = 0; part < parts; part++) {
		uint64_t into[STORE_ENTRY_LOGS];
		unsigned int n = script_logs_of(serial, part, into);

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
	    store_get(store, STORE_LOG_STATE, SCRIPT_ONCE, 4, record, sizeof(record), &len);

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
place_holders(int holders[SCRIPT_FILLERS], unsigned int serial)
{
	holders[serial % SCRIPT_FILLERS] = (int)serial;
	holders[(serial + 3) % SCRIPT_FILLERS] = -1;
}

/*
 * In the order in which they were done: that of their numbers, and behind them those of which
 * nothing is known, as they were sent. Gives how many they are.
 */
static uint64_t
predict_fillers(const struct script *script, const struct found *found, int holders[SCRIPT_FILLERS])
{
	uint64_t n = 0;

	memset(holders, -1, SCRIPT_FILLERS * sizeof(*holders));
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
	int holders[SCRIPT_FILLERS];
	uint64_t n = predict_fillers(script, found, holders), number;
	size_t len;

	ck_assert_int_eq(store_get_number(store, STORE_COUNTERS, SCRIPT_COUNT, 5, &number),
	    STORE_OK);
	ck_assert_uint_eq(number, n);
	for (int i = 0; i < SCRIPT_FILLERS; i++) {
		char key[2] = { 'f', (char)('a' + i) };
		enum store_status status =
		    store_get(store, CHAT_TABLE_GROUPS, key, 2, value, sizeof(value), &len);

		ck_assert_int_eq(status, holders[i] < 0 ? STORE_ABSENT : STORE_OK);
		if (holders[i] < 0)
			continue;
		ck_assert_uint_eq(len, 8 + script_size_of((unsigned int)holders[i], 0));
		ck_assert_mem_eq(value, script_entry_of((unsigned int)holders[i], 0), len);
	}
}

void
script_verify(const struct script *script, struct store *store)
{
	struct found *logged = calloc(1, sizeof(*logged)), *tabled = calloc(1, sizeof(*tabled));
	unsigned int first;
	size_t n = script_batch(script_batches() - 1, &first);

	ck_assert(logged != NULL && tabled != NULL);
	for (int log = 0; log < SCRIPT_LOGS; log++)
		find_in_log(store, log, logged);
	for (unsigned int serial = 0; serial < first + n; serial++)
		if (script_part_of(serial) == STORE_PART_LOGS)
			verify_log_op(script, serial, store, logged);
		else if (script_part_of(serial) == STORE_PART_TABLES)
			verify_table_op(script, serial, store, tabled);
	verify_once(store, logged);
	verify_fillers(script, tabled, store);
	free(logged);
	free(tabled);
}
