/*
 * Check and repair of entries that are in several logs: each place is put right by itself, what is
 * gone is lost in each log, and an entry has one time.
 */
#include <stdio.h>
#include <string.h>

#include "fake_clock.h"
#include "store_fixture.h"

#define A       5
#define B       70
#define C       101
#define ENTRIES 60
#define SLICES  ((uint64_t)3 * 4 * 1024 * 1024 - 1) /* entries for which it takes three slices */

/* Offsets in a record of several places; see store/record.c. */
#define TIME        2
#define PLACE(i)    (10 + 64 * (i))
#define NUMBER(i)   (PLACE(i) + 8)
#define PREV_SEQ(i) (PLACE(i) + 16)
#define JUMP_SEQ(i) (PLACE(i) + 32)

static const uint64_t logs[] = { A, B, C };

static char said[8192];
static struct store_fsck fsck;

static void
note_finding(void *arg, const struct store_finding *finding)
{
	size_t len = strlen(said);

	(void)arg;
	snprintf(said + len, sizeof(said) - len, "%s\n", finding->text);
}

/* Entry number i is in A, in B if i is even, and in C if it is divided by three; seq is i. */
static struct store *
make_store(void)
{
	struct store *store = fixture_memory();
	struct store_tx tx;

	for (int i = 1; i <= ENTRIES; i++) {
		uint64_t into[STORE_ENTRY_LOGS] = { A };
		unsigned int n = 1;
		char text[32];

		if (i % 2 == 0)
			into[n++] = B;
		if (i % 3 == 0)
			into[n++] = C;
		fake_clock_shift(CLOCK_REALTIME, i * 1000LL);
		snprintf(text, sizeof(text), "entry %d", i);
		store_tx_init(&tx);
		store_tx_append_to(&tx, into, n, text, strlen(text), 0, STORE_NO_LIMIT);
		fixture_must(store, &tx);
	}
	fixture_check(store);
	return store;
}

/* Changes bytes of an entry's record; with n = 0 deletes it. */
static void
damage_entry(struct store *store, uint64_t seq, size_t at, const void *bytes, size_t n)
{
	static unsigned char value[STORE_VALUE_MAX];
	unsigned char key[STORE_RECORD_KEY];
	struct store_file *file = store_files_current(store);
	size_t len;

	store_key_make(key, STORE_RECORD_ENTRY, seq);
	ck_assert_int_eq(store_file_get(file, key, sizeof(key), value, sizeof(value), &len),
	    STORE_OK);
	if (n == 0) {
		ck_assert_int_eq(store_file_delete(file, key, sizeof(key)), 0);
		return;
	}
	ck_assert_uint_le(at + n, len);
	memcpy(value + at, bytes, n);
	ck_assert_int_eq(store_file_put(file, key, sizeof(key), value, len), 0);
}

/* What it finds is kept in said and fsck, until the next repair. */
static void
repair(struct store *store, uint64_t entries, const struct store_fsck_range *range)
{
	struct store_fsck_range range_of_file;

	store_fsck_free(&fsck);
	said[0] = '\0';
	fsck =
	    (struct store_fsck){ .opt = &store->opt, .report = note_finding, .entries = entries };
	if (range != NULL) {
		range_of_file = *range;
		fsck.files = &range_of_file;
		fsck.n_files = 1;
	}
	ck_assert_int_eq(store_fsck_logs(&fsck, store), 0);
	fsck.files = NULL;
	fsck.n_files = 0;
}

static bool
is_lost(uint64_t log, uint64_t number)
{
	for (size_t i = 0; i < fsck.n_losses; i++)
		if (fsck.losses[i].log == log && fsck.losses[i].first <= number &&
		    number <= fsck.losses[i].last)
			return true;
	return false;
}

/* Each log has all of its entries but those whose seqs are lost, and they are what they were. */
static void
check_logs(struct store *store, const uint64_t *lost, size_t n_lost)
{
	static const uint64_t every[] = { 1, 2, 3 };

	for (size_t i = 0; i < 3; i++) {
		struct store_reader reader;
		struct store_entry entry;
		uint64_t seq, wanted = 0;

		ck_assert_int_eq(store_reader_init(&reader, store, logs[i], 0), STORE_OK);
		for (; store_reader_peek(&reader, &seq) == STORE_OK; store_reader_skip(&reader)) {
			char text[32];

			for (bool gone = true; gone;) {
				wanted += every[i];
				gone = false;
				for (size_t k = 0; k < n_lost; k++)
					gone |= lost[k] == wanted;
				ck_assert_int_eq(is_lost(logs[i], wanted / every[i]), gone);
			}
			ck_assert_uint_eq(seq, wanted);
			ck_assert_int_eq(store_entry(store, seq, &entry), STORE_OK);
			ck_assert_uint_eq(store_entry_number(&entry, logs[i]), wanted / every[i]);
			snprintf(text, sizeof(text), "entry %d", (int)seq);
			ck_assert_uint_eq(entry.len, strlen(text));
			ck_assert_mem_eq(entry.data, text, entry.len);
		}
		ck_assert_uint_ge(wanted + 3 * every[i], ENTRIES);
	}
}

/* It is sound, takes more, and is sound then. */
static void
finish(struct store *store)
{
	struct store_tx tx;

	fixture_check(store);
	for (int i = 0; i < 5; i++) {
		store_tx_init(&tx);
		store_tx_append_to(&tx, logs, 3, "more", 4, 0, STORE_NO_LIMIT);
		fixture_must(store, &tx);
	}
	fixture_check(store);
	store_close(store);
	store_fsck_free(&fsck);
}

/* Entries in three, two and one log, at the end, too; in one slice and in three. */
START_TEST(test_gone)
{
	static const uint64_t lost[] = { 12, 13, 14, 30, 60 };
	struct store *store = make_store();

	for (size_t i = 0; i < 5; i++)
		damage_entry(store, lost[i], 0, NULL, 0);
	repair(store, _i == 0 ? 0 : SLICES, NULL);
	check_logs(store, lost, 5);
	ck_assert_ptr_nonnull(strstr(said, "log 5: its head does not fit"));
	ck_assert(is_lost(A, 60) && is_lost(B, 30) && is_lost(C, 20));
	ck_assert(is_lost(A, 13) && !is_lost(A, 15) && is_lost(B, 7) && is_lost(C, 4));
	repair(store, 0, NULL);
	ck_assert_str_eq(said, "");
	ck_assert_uint_eq(fsck.n_losses, 0);
	finish(store);
}
END_TEST

/* Where one place does not fit, that one is put right, or left out, and no other changes. */
START_TEST(test_one_place)
{
	static const unsigned char nine[8] = { 0, 0, 0, 0, 0, 0, 0, 9 }, ff[8] = { 0xff };
	static const struct {
		size_t at;
		const unsigned char *bytes;
		const char *expected;
		size_t log; /* from which it is lost; 3: from none */
	} cases[] = {
		{ PREV_SEQ(0), nine, "log 5: 1 of its entries do not lead to those before", 3 },
		{ JUMP_SEQ(1), nine, "log 70: 1 of its entries do not lead to those before", 3 },
		{ PREV_SEQ(2), nine, "log 101: 1 of its entries do not lead to those before", 3 },
		{ NUMBER(1), ff, "log 70: ", 1 },
		{ NUMBER(2), nine, "log 101: ", 2 },
		{ PLACE(1), ff, "log 70: ", 1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct store *store = make_store();

		damage_entry(store, 36, cases[i].at, cases[i].bytes, 8);
		repair(store, _i == 0 ? 0 : SLICES, NULL);
		ck_assert_msg(strstr(said, cases[i].expected) != NULL, "case %zu: %s", i, said);
		for (size_t log = 0; log < 3; log++)
			ck_assert_int_eq(is_lost(logs[log], 36 / (log + 1)), log == cases[i].log);
		ck_assert_uint_eq(fsck.n_losses, cases[i].log < 3);
		if (cases[i].log == 3)
			check_logs(store, NULL, 0);
		finish(store);
	}
}
END_TEST

/*
 * A time that does not fit is put right in all logs at once: it is not before what is older in any
 * of them, nor after what is newer.
 */
START_TEST(test_times)
{
	static const unsigned char zero[8], late[8] = { 1 };
	/* With three slices, the neighbours in some logs are seen after those in others. */
	uint64_t older = _i == 0 ? 29 : 28;

	for (int i = 0; i < 2; i++) {
		struct store *store = make_store();
		struct store_entry entry;

		/* Before it in A is 29, in B 28 and in C 27; behind it 31, 32 and 33. */
		ck_assert_int_eq(store_entry(store, older, &entry), STORE_OK);
		int64_t before = entry.time_ms;
		ck_assert_int_eq(store_entry(store, 31, &entry), STORE_OK);
		int64_t after = entry.time_ms;
		ck_assert_int_gt(after, before);
		damage_entry(store, 30, TIME, i == 0 ? zero : late, 8);
		ck_assert_int_ne(store_fsck_check(store, note_finding, NULL), 0);
		repair(store, _i == 0 ? 0 : SLICES, NULL);
		ck_assert_int_eq(store_entry(store, 30, &entry), STORE_OK);
		ck_assert_int_ge(entry.time_ms, before);
		ck_assert_int_le(entry.time_ms, after);
		check_logs(store, NULL, 0);
		finish(store);
	}
}
END_TEST

/* What is told as lost in three logs is one entry of a damaged file; others are gone besides. */
START_TEST(test_holes)
{
	const struct store_fsck_range range = { .first = 20, .end = 40 };
	struct store *store = make_store();
	static const uint64_t lost[] = { 24, 30 };

	damage_entry(store, 24, 0, NULL, 0);
	damage_entry(store, 30, 0, NULL, 0);
	repair(store, _i == 0 ? 0 : SLICES, &range);
	check_logs(store, lost, 2);
	ck_assert_ptr_null(strstr(said, "nobody can say"));
	store_close(store);

	/* Of the last one nothing tells in which log it was. */
	store = make_store();
	for (uint64_t seq = 30; seq <= ENTRIES; seq++)
		if (seq == 30 || seq == 36)
			damage_entry(store, seq, 0, NULL, 0);
	const struct store_fsck_range wider = { .first = 20, .end = ENTRIES + 4 };
	struct store_tx tx;
	store_tx_init(&tx);
	store_tx_append(&tx, 7777, "of nobody", 9, 0, STORE_NO_LIMIT);
	fixture_must(store, &tx);
	damage_entry(store, ENTRIES + 1, 0, NULL, 0);
	unsigned char key[STORE_RECORD_KEY];
	store_key_make(key, STORE_RECORD_PAGE, 7777 / STORE_PAGE_HEADS);
	ck_assert_int_eq(store_file_delete(store_files_current(store), key, sizeof(key)), 0);
	repair(store, _i == 0 ? 0 : SLICES, &wider);
	ck_assert_ptr_nonnull(strstr(said, "1 entries of logs, of which nobody can say"));
	store_close(store);
	store_fsck_free(&fsck);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store_fsck_places");
	TCase *tcase = tcase_create("one slice and three");

	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, FIXTURE_TIMEOUT);
	tcase_add_loop_test(tcase, test_gone, 0, 2);
	tcase_add_loop_test(tcase, test_one_place, 0, 2);
	tcase_add_loop_test(tcase, test_times, 0, 2);
	tcase_add_loop_test(tcase, test_holes, 0, 2);
	return suite_run(suite);
}
