/*
 * store_entries: numbered entries of logs. See store_entries.h.
 */
#include "store_entries.h"

#include <stdio.h>
#include <string.h>

#include "store_fixture.h"

void
entries_append(struct store *store, uint64_t log, uint64_t from, uint64_t to)
{
	char text[64];

	for (uint64_t n = from; n <= to; n++) {
		snprintf(text, sizeof(text), "%d of %d", (int)n, (int)log);
		ck_assert_int_eq(fixture_append(store, log, text), STORE_OK);
	}
}

void
entries_check(struct store *store, uint64_t seq, uint64_t log, uint64_t number)
{
	struct store_entry entry;
	char text[64];

	ck_assert_int_eq(store_entry(store, seq, &entry), STORE_OK);
	ck_assert_uint_eq(entry.log, log);
	ck_assert_uint_eq(entry.number, number);
	ck_assert_uint_eq(entry.seq, seq);
	snprintf(text, sizeof(text), "%d of %d", (int)number, (int)log);
	ck_assert_uint_eq(entry.len, strlen(text));
	ck_assert_mem_eq(entry.data, text, entry.len);
}

void
entries_check_reader(struct store *store, uint64_t log, uint64_t after, uint64_t first,
    uint64_t last)
{
	struct store_reader reader;
	uint64_t seq, again, before = 0, number = first;

	ck_assert_int_eq(store_reader_init(&reader, store, log, after), STORE_OK);
	while (store_reader_peek(&reader, &seq) == STORE_OK) {
		ck_assert_int_eq(store_reader_peek(&reader, &again), STORE_OK);
		ck_assert_uint_eq(again, seq);
		ck_assert_uint_gt(seq, before);
		entries_check(store, seq, log, number++);
		before = seq;
		store_reader_skip(&reader);
	}
	ck_assert_int_eq(store_reader_peek(&reader, &seq), STORE_ABSENT);
	ck_assert_uint_eq(number, last + 1);
}

void
entries_check_all_readers(struct store *store, uint64_t log, uint64_t len)
{
	const uint64_t starts[] = { 0, 1, len / 2, len - 1, len, len + 1, len + 500 };

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		uint64_t first = starts[i] + 1;

		entries_check_reader(store, log, starts[i], first, first > len ? first - 1 : len);
	}
}

void
entries_fill_files(struct store *store, uint64_t log, size_t files)
{
	static const char data[6000];
	struct store_tx tx;

	for (int i = 0; store->n_logs < files; i++) {
		ck_assert_int_lt(i, 10000);
		store_tx_init(&tx);
		store_tx_append(&tx, log, data, sizeof(data), 0, STORE_NO_LIMIT);
		fixture_must(store, &tx);
	}
}
