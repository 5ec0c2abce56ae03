/*
 * Entries that are in several logs at once: one body and one seq, and in each log a number, a way
 * back and a beginning of its own.
 */
#include <stdio.h>
#include <string.h>

#include "store_entries.h"
#include "store_fixture.h"

#define A 5
#define B 70 /* its head is in another page */
#define C 71

static const uint64_t three[] = { A, B, C };

static enum store_status
append_to(struct store *store, const uint64_t *logs, unsigned int n, const char *text,
    uint64_t *seq)
{
	struct store_tx tx;
	unsigned int step;

	store_tx_init(&tx);
	store_tx_append_to(&tx, logs, n, text, strlen(text), 0, STORE_NO_LIMIT);
	return fixture_commit(store, &tx, &step, seq);
}

static void
trim_log(struct store *store, uint64_t log, uint64_t first, uint64_t bytes)
{
	struct store_tx tx;

	store_tx_init(&tx);
	store_tx_trim(&tx, log, first, bytes);
	fixture_must(store, &tx);
}

/* The texts of a log's entries behind a number, joined. */
static const char *
read_log(struct store *store, uint64_t log, uint64_t after)
{
	static char text[4096];
	struct store_reader reader;
	struct store_entry entry;
	uint64_t seq, number = 0;
	size_t len = 0;

	text[0] = '\0';
	ck_assert_int_eq(store_reader_init(&reader, store, log, after), STORE_OK);
	for (; store_reader_peek(&reader, &seq) == STORE_OK; store_reader_skip(&reader)) {
		ck_assert_int_eq(store_entry(store, seq, &entry), STORE_OK);
		if (number != 0)
			ck_assert_uint_eq(store_entry_number(&entry, log), number + 1);
		number = store_entry_number(&entry, log);
		ck_assert_uint_eq(number, reader.next);
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%.*s ", (int)entry.len,
		    (const char *)entry.data);
	}
	return text;
}

START_TEST(test_one_entry_in_three_logs)
{
	struct store *store = fixture_memory();
	struct store_entry entry;
	uint64_t seq;

	entries_append(store, B, 1, 4);
	ck_assert_int_eq(append_to(store, three, 3, "satu", &seq), STORE_OK);
	ck_assert_uint_eq(seq, 5);
	ck_assert_int_eq(store_entry(store, seq, &entry), STORE_OK);
	ck_assert_uint_eq(entry.log, A);
	ck_assert_uint_eq(entry.number, 1);
	ck_assert_uint_eq(entry.n_places, 3);
	ck_assert_uint_eq(entry.places[0].log, A);
	ck_assert_uint_eq(entry.places[2].log, C);
	ck_assert_uint_eq(store_entry_number(&entry, A), 1);
	ck_assert_uint_eq(store_entry_number(&entry, B), 5);
	ck_assert_uint_eq(store_entry_number(&entry, C), 1);
	ck_assert_uint_eq(store_entry_number(&entry, 6), 0);
	ck_assert_uint_eq(entry.len, 4);
	ck_assert_mem_eq(entry.data, "satu", 4);
	ck_assert_uint_eq(fixture_info(store, A).bytes, 4);
	ck_assert_uint_eq(fixture_info(store, C).bytes, 4);
	ck_assert_str_eq(read_log(store, B, 3), "4 of 70 satu ");
	ck_assert_str_eq(read_log(store, C, 0), "satu ");
	fixture_check(store);
	store_close(store);
}
END_TEST

/* What is in one log is written as ever, so that nothing grows. */
START_TEST(test_one_log_is_version_one)
{
	struct store *store = fixture_memory();
	struct store_entry_record record;
	unsigned char key[STORE_RECORD_KEY], value[1024];
	uint64_t seq;
	size_t len;

	for (unsigned int n = 1; n <= 3; n++) {
		ck_assert_int_eq(append_to(store, three, n, "x", &seq), STORE_OK);
		store_key_make(key, STORE_RECORD_ENTRY, seq);
		ck_assert_int_eq(store_file_get(store_files_current(store), key, sizeof(key), value,
		                     sizeof(value), &len),
		    STORE_OK);
		ck_assert_uint_eq(value[0], n == 1 ? 1 : 2);
		ck_assert_uint_eq(len, (n == 1 ? 1 + 9 * 8 : 2 + 8 + n * 8 * 8) + 1);
		ck_assert_int_eq(store_record_parse(&record, value, len), 0);
		ck_assert_uint_eq(record.n, n);
		for (size_t cut = 0; cut < len - 1; cut++)
			ck_assert_int_eq(store_record_parse(&record, value, cut), -1);
	}
	/* As many logs as there cannot be, and one log twice. */
	value[1] = STORE_ENTRY_LOGS + 1;
	ck_assert_int_eq(store_record_parse(&record, value, sizeof(value)), -1);
	value[1] = 1;
	ck_assert_int_eq(store_record_parse(&record, value, sizeof(value)), -1);
	value[1] = 3;
	ck_assert_int_eq(store_record_parse(&record, value, len), 0);
	memcpy(value + 2 + 8, value + 2 + 8 + 64, 8);
	ck_assert_int_eq(store_record_parse(&record, value, len), -1);
	memset(value + 2 + 8, 0, 8); /* and none at all */
	ck_assert_int_eq(store_record_parse(&record, value, len), -1);
	store_close(store);
}
END_TEST

START_TEST(test_how_many_logs)
{
	const uint64_t five[] = { 1, 2, 3, 4, 5 };
	struct store *store = fixture_memory();
	struct store_tx tx;
	uint64_t seq;

	for (unsigned int n = 0; n <= 5; n++) {
		store_tx_init(&tx);
		store_tx_append_to(&tx, five, n, "x", 1, 0, STORE_NO_LIMIT);
		ck_assert_int_eq(tx.overflow, n == 0 || n > STORE_ENTRY_LOGS);
		ck_assert_int_eq(fixture_try(store, &tx),
		    n == 0 || n > STORE_ENTRY_LOGS ? STORE_FAILED : STORE_OK);
	}
	ck_assert_int_eq(append_to(store, five, 4, "y", &seq), STORE_OK);
	ck_assert_uint_eq(seq, 5);
	ck_assert_uint_eq(fixture_info(store, 4).last, 2);
	ck_assert_uint_eq(fixture_info(store, 5).last, 0);
	fixture_check(store);
	store_close(store);
}
END_TEST

/* The limit is that of the first log; a closed one refuses wherever it stands. */
START_TEST(test_limit_and_closed)
{
	struct store *store = fixture_memory();
	struct store_tx tx;
	uint64_t seq;

	entries_append(store, B, 1, 3);
	for (int i = 0; i < 3; i++) {
		store_tx_init(&tx);
		store_tx_append_to(&tx, three, 3, "x", 1, 0, 2);
		ck_assert_int_eq(fixture_try(store, &tx), i < 2 ? STORE_OK : STORE_FULL);
	}
	ck_assert_uint_eq(fixture_info(store, B).last, 5);
	for (size_t i = 0; i < 3; i++) {
		const uint64_t turned[] = { three[i], three[(i + 1) % 3], three[(i + 2) % 3] };
		uint64_t last = fixture_info(store, C).last;

		if (i == 0) {
			store_tx_init(&tx);
			store_tx_close_log(&tx, B);
			fixture_must(store, &tx);
		}
		ck_assert_int_eq(append_to(store, turned, 3, "x", &seq), STORE_CLOSED);
		ck_assert_uint_eq(fixture_info(store, C).last, last);
	}
	fixture_check(store);
	store_close(store);
}
END_TEST

/* Each log forgets by itself. */
START_TEST(test_trimming_one)
{
	struct store *store = fixture_memory();
	uint64_t seq;

	for (int i = 0; i < 6; i++) {
		char text[2] = { (char)('a' + i), '\0' };

		ck_assert_int_eq(append_to(store, three, 3, text, &seq), STORE_OK);
	}
	trim_log(store, A, 6, 5);
	trim_log(store, C, 7, 6);
	ck_assert_str_eq(read_log(store, A, 0), "f ");
	ck_assert_str_eq(read_log(store, B, 0), "a b c d e f ");
	ck_assert_str_eq(read_log(store, C, 0), "");
	ck_assert_uint_eq(fixture_info(store, B).bytes, 6);
	ck_assert_uint_eq(fixture_info(store, A).bytes, 1);
	ck_assert_int_eq(append_to(store, three, 3, "g", &seq), STORE_OK);
	ck_assert_str_eq(read_log(store, C, 0), "g ");
	fixture_check(store);
	store_close(store);
}
END_TEST

/* A file goes when none of the logs keeps what is in it; what one of them keeps is carried. */
START_TEST(test_collecting)
{
	struct store *store = fixture_memory();
	char text[2000];
	uint64_t seq, n = 0;
	size_t dropped;

	memset(text, 't', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	while (store->n_logs < 4) {
		ck_assert_int_eq(append_to(store, three, 2, text, &seq), STORE_OK);
		n++;
	}
	/* The first keeps nothing; what the second keeps stays where it is. */
	trim_log(store, A, n + 1, n * (sizeof(text) - 1));
	ck_assert_int_eq(store_collect(store, &dropped), 0);
	ck_assert_uint_eq(dropped, 0);
	/* An entry that only the second log keeps is carried out of the file that goes. */
	trim_log(store, B, n, (n - 1) * (sizeof(text) - 1));
	ck_assert_int_eq(append_to(store, three, 2, "last", &seq), STORE_OK);
	ck_assert_int_eq(store_collect(store, &dropped), 0);
	ck_assert_uint_ge(dropped, 2);
	ck_assert_str_eq(read_log(store, A, 0), "last ");
	ck_assert_uint_eq(strlen(read_log(store, B, 0)), sizeof(text) + 5);
	fixture_check(store);
	store_close(store);
}
END_TEST

/* Between entries of other logs, seqs have gaps; a log that was trimmed has no older number. */
START_TEST(test_find)
{
	struct store *store = fixture_memory();
	uint64_t seq, number, seqs[400];

	for (int i = 1; i < 400; i++) {
		if (i % 3 == 0)
			entries_append(store, 9, (uint64_t)i / 3, (uint64_t)i / 3);
		ck_assert_int_eq(append_to(store, three, 2 + (unsigned int)i % 2, "x", &seqs[i]),
		    STORE_OK);
	}
	for (int i = 1; i < 400; i++)
		for (int more = -1; more <= 1; more++) {
			uint64_t wanted = (uint64_t)i;

			seq = (uint64_t)((int64_t)seqs[i] + more);
			if (more < 0)
				wanted--;
			else if (i < 399 && seqs[i + 1] <= seq)
				wanted++;
			ck_assert_int_eq(store_log_find(store, A, seq, &number), STORE_OK);
			ck_assert_uint_eq(number, wanted);
		}
	ck_assert_int_eq(store_log_find(store, C, UINT64_MAX, &number), STORE_OK);
	ck_assert_uint_eq(number, 200);
	ck_assert_int_eq(store_log_find(store, 1234, UINT64_MAX, &number), STORE_OK);
	ck_assert_uint_eq(number, 0);
	trim_log(store, A, 300, 299);
	ck_assert_int_eq(store_log_find(store, A, seqs[300], &number), STORE_OK);
	ck_assert_uint_eq(number, 300);
	ck_assert_int_eq(store_log_find(store, A, seqs[299], &number), STORE_OK);
	ck_assert_uint_eq(number, 0);
	trim_log(store, A, 400, 100);
	ck_assert_int_eq(store_log_find(store, A, UINT64_MAX, &number), STORE_OK);
	ck_assert_uint_eq(number, 0);
	store_close(store);
}
END_TEST

/* The way to a number does not grow with the log as the log does. */
START_TEST(test_find_reads_few)
{
	char dir[FIXTURE_DIR_MAX];
	struct store_tx tx;
	uint64_t number, most = 0;

	fixture_dir(dir);
	struct store_options opt = fixture_options(dir);
	struct store *store = fixture_create(&opt);
	for (int i = 0; i < 40; i++) {
		store_tx_init(&tx);
		for (int k = 0; k < 200; k++)
			store_tx_append_to(&tx, three, 2, "x", 1, 0, STORE_NO_LIMIT);
		fixture_must(store, &tx);
	}
	for (uint64_t seq = 1; seq <= 8000; seq += 79) {
		uint64_t before = store->entries_read;

		store_refresh(store);
		ck_assert_int_eq(store_log_find(store, B, seq, &number), STORE_OK);
		ck_assert_uint_eq(number, seq);
		if (store->entries_read - before > most)
			most = store->entries_read - before;
	}
	ck_assert_uint_gt(most, 3);
	ck_assert_uint_le(most, 3 * 13 + 1);
	fixture_check(store);
	store_close(store);
	fixture_remove(dir);
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *tests[] = {
		test_one_entry_in_three_logs,
		test_one_log_is_version_one,
		test_how_many_logs,
		test_limit_and_closed,
		test_trimming_one,
		test_collecting,
		test_find,
		test_find_reads_few,
	};

	return FIXTURE_MAIN(argc, argv, tests);
}
