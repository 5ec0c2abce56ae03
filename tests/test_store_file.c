/*
 * The files of a store: files that it cannot open or must refuse, and damage that a check finds.
 */
#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chat/table.h"
#include "store_entries.h"
#include "store_fixture.h"
#include "store_swap.h"

#define T CHAT_TABLE_USERS

static void
state_path(char *path, size_t size, const char *dir, const char *name)
{
	snprintf(path, size, "%s/%s", dir, name);
}

/* A file that cannot be opened now is not taken for a removed one: its entries would pass for read.
 */
START_TEST(test_unreadable_file)
{
	char dir[FIXTURE_DIR_MAX], path[256], aside[300];
	struct store_reader reader;
	uint64_t seq;

	fixture_dir(dir);
	struct store_options opt = fixture_options(dir);
	store_close(fixture_create(&opt));
	struct store *store = fixture_open_writer(&opt);
	entries_append(store, 7, 1, 3);
	entries_fill_files(store, 8, 2);
	state_path(path, sizeof(path), dir, "log/0000000000000001.tdb");
	snprintf(aside, sizeof(aside), "%s.aside", path);
	store_close(store);

	ck_assert_int_eq(rename(path, aside), 0);
	ck_assert_int_eq(symlink(path, path), 0);
	store = fixture_open(&opt);
	ck_assert_int_eq(store_reader_init(&reader, store, 7, 0), STORE_OK);
	ck_assert_int_eq(store_reader_peek(&reader, &seq), STORE_FAILED);
	ck_assert_int_eq(rename(aside, path), 0);
	entries_check_all_readers(store, 7, 3);
	store_close(store);
	fixture_remove(dir);
}
END_TEST

/* An empty store with an entry and a record, closed. */
static struct store_options
small_store(char dir[FIXTURE_DIR_MAX])
{
	fixture_dir(dir);
	struct store_options opt = fixture_options(dir);

	store_close(fixture_create(&opt));
	struct store *store = fixture_open_writer(&opt);
	ck_assert_int_eq(fixture_put(store, T, "messi", "Argentina"), STORE_OK);
	entries_append(store, 7, 1, 100);
	store_close(store);
	return opt;
}

static void
check_refused(const struct store_options *opt, const char *because)
{
	char error[512] = "";

	ck_assert_ptr_null(store_open(opt, error, sizeof(error)));
	ck_assert_msg(strstr(error, because) != NULL, "it says: %s", error);
	ck_assert_ptr_null(strchr(error, '\n'));
}

/* In the record of a file's format the version follows the magic word and its NUL. */
static void
set_version(const char *path, char kind, unsigned char version)
{
	static const unsigned char key = STORE_RECORD_FORMAT;
	struct store_file_options opt = { .kind = kind, .map = true };
	unsigned char value[64];
	char error[256];
	size_t len;
	struct store_file *file = store_format_open(path, &opt, error, sizeof(error));

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(store_file_get(file, &key, 1, value, sizeof(value), &len), STORE_OK);
	value[sizeof("kabar") + 3] = version;
	ck_assert_int_eq(store_file_put(file, &key, 1, value, len), 0);
	store_file_close(file);
}

START_TEST(test_other_versions)
{
	static const struct {
		const char *name;
		char kind;
	} files[] = {
		{ .name = "tables.tdb", .kind = 't' },
		{ .name = "log/0000000000000001.tdb", .kind = 'l' },
	};
	static const struct {
		unsigned char version;
		const char *says;
	} others[] = {
		{ .version = 4, .says = "a newer kabar (its format is 4, this program knows" },
		{ .version = 1, .says = "an older, unreleased kabar (its format is 1, this" },
	};
	char dir[FIXTURE_DIR_MAX], path[FIXTURE_DIR_MAX + 64];

	for (size_t i = 0; i < 4; i++) {
		struct store_options opt = small_store(dir);

		state_path(path, sizeof(path), dir, files[i / 2].name);
		set_version(path, files[i / 2].kind, others[i % 2].version);
		check_refused(&opt, others[i % 2].says);
		fixture_remove(dir);
	}
}
END_TEST

static void
write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
}

START_TEST(test_file_of_another_program)
{
	char dir[FIXTURE_DIR_MAX], path[FIXTURE_DIR_MAX + 64], log[FIXTURE_DIR_MAX + 64];
	struct store_options opt = small_store(dir);

	state_path(path, sizeof(path), dir, "tables.tdb");
	state_path(log, sizeof(log), dir, "log/0000000000000001.tdb");
	write_text(path, "Halo, this is a letter and not a store.\n");
	check_refused(&opt, "tables.tdb is not a store of kabar");
	write_text(path, "");
	check_refused(&opt, "tables.tdb is not a store of kabar");
	/* One of ours, but logs instead of tables. */
	ck_assert_int_eq(rename(log, path), 0);
	check_refused(&opt, "tables.tdb is not a store of kabar");
	fixture_remove(dir);
}
END_TEST

START_TEST(test_no_store)
{
	char dir[FIXTURE_DIR_MAX], missing[FIXTURE_DIR_MAX + 64], error[512] = "";

	fixture_dir(dir);
	struct store_options opt = fixture_options(dir);
	check_refused(&opt, "there is no store in");
	state_path(missing, sizeof(missing), dir, "missing");
	opt.state = missing;
	check_refused(&opt, "there is no store in");
	ck_assert_int_eq(store_create(&opt, error, sizeof(error)), -1);
	ck_assert(error[0] != '\0');
	fixture_remove(dir);
}
END_TEST

START_TEST(test_create_over_a_store)
{
	char dir[FIXTURE_DIR_MAX], error[512] = "";
	struct store_options opt = small_store(dir);

	ck_assert_int_eq(store_create(&opt, error, sizeof(error)), -1);
	ck_assert_ptr_nonnull(strstr(error, "there is a store in"));
	struct store *store = fixture_open(&opt);
	ck_assert(fixture_has(store, T, "messi", "Argentina"));
	entries_check_reader(store, 7, 0, 1, 100);
	store_close(store);
	fixture_remove(dir);
}
END_TEST

START_TEST(test_long_state_path)
{
	char path[STORE_STATE_MAX + 1];

	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	struct store_options opt = fixture_options(path);
	check_refused(&opt, "path of the state directory is too long");
}
END_TEST

START_TEST(test_other_byte_order)
{
	char dir[FIXTURE_DIR_MAX], path[FIXTURE_DIR_MAX + 64];
	struct store_options opt = small_store(dir);

	state_path(path, sizeof(path), dir, "tables.tdb");
	store_swap(path, 't');
	state_path(path, sizeof(path), dir, "log/0000000000000001.tdb");
	store_swap(path, 'l');

	struct store *store = fixture_open_writer(&opt);
	ck_assert(fixture_has(store, T, "messi", "Argentina"));
	entries_check_all_readers(store, 7, 100);
	ck_assert_int_eq(fixture_put(store, T, "henderson", "Inggris"), STORE_OK);
	entries_fill_files(store, 8, 2);
	entries_append(store, 7, 101, 300);
	entries_check_all_readers(store, 7, 300);
	fixture_check(store);
	store_close(store);
	store = fixture_open(&opt);
	ck_assert(fixture_has(store, T, "henderson", "Inggris"));
	entries_check_all_readers(store, 7, 300);
	ck_assert_uint_gt(fixture_info(store, 8).last, 1);
	store_close(store);
	fixture_remove(dir);
}
END_TEST

struct finding {
	char *text;
	size_t size;
};

static void
keep_finding(void *arg, const struct store_finding *found)
{
	const struct finding *finding = arg;

	size_t len = strlen(finding->text);

	snprintf(finding->text + len, finding->size - len, "%s%s", len == 0 ? "" : "\n",
	    found->text);
}

/* Checks a store; the findings as text. */
static int
check_quietly(struct store *store, char *text, size_t size)
{
	struct finding finding = { .text = text, .size = size };

	text[0] = '\0';
	return store_fsck_check(store, keep_finding, &finding);
}

/* A store in memory with logs 5 (100 entries) and 40 (3), a reader of 5, two files. */
static struct store *
checkable(void)
{
	struct store *store = fixture_memory();
	struct store_tx tx;
	unsigned char key[16];

	entries_append(store, 5, 1, 50);
	entries_append(store, 40, 1, 3);
	entries_fill_files(store, 6, 2);
	entries_append(store, 5, 51, 100);
	pack_put_u64(key, 9);
	pack_put_u64(key + 8, 5);
	store_tx_init(&tx);
	store_tx_advance(&tx, STORE_CURSORS, key, sizeof(key), 100);
	store_tx_next(&tx, STORE_COUNTERS, "users", 5, 1);
	fixture_must(store, &tx);
	return store;
}

/* Changes bytes of a record of a file of logs, or with n = 0 deletes it. */
static void
damage_record(struct store *store, size_t file, enum store_record record, uint64_t number,
    size_t at, const void *bytes, size_t n)
{
	static unsigned char value[STORE_VALUE_MAX];
	unsigned char key[STORE_RECORD_KEY];
	size_t key_len = record == STORE_RECORD_BATCH ? 1 : sizeof(key), len;
	struct store_file *log = store->logs[file].file;

	store_key_make(key, record, number);
	ck_assert_int_eq(store_file_get(log, key, key_len, value, sizeof(value), &len), STORE_OK);
	if (n == 0) {
		ck_assert_int_eq(store_file_delete(log, key, key_len), 0);
		return;
	}
	ck_assert_uint_le(at + n, len);
	memcpy(value + at, bytes, n);
	ck_assert_int_eq(store_file_put(log, key, key_len, value, len), 0);
}

/* Offsets of fields in records; see store/log.c and store/apply.c. */
#define ENTRY_NUMBER   9
#define ENTRY_TIME     17
#define ENTRY_PREV_SEQ 25
#define ENTRY_JUMP_SEQ 41
#define HEAD_SIZE      65
#define HEAD_OF_5      (1 + 5 * HEAD_SIZE)
#define HEAD_LAST      8
#define HEAD_BYTES     24
#define HEAD_JUMP_SEQ  40
#define HEAD_CLOSED    64
#define BATCH_NEXT_SEQ 9

static void
must_find(struct store *store, int result, const char *expected)
{
	char text[4096];
	int found = check_quietly(store, text, sizeof(text));

	ck_assert_msg(found == result, "%d instead of %d (%s)", found, result, expected);
	ck_assert_msg(strstr(text, expected) != NULL, "it says: %s", text);
	store_close(store);
}

START_TEST(test_check_of_entries)
{
	static const unsigned char ff[8] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	static const unsigned char zero[8], nine[8] = { 0, 0, 0, 0, 0, 0, 0, 9 };
	struct store *store = checkable();
	struct {
		size_t at;
		const unsigned char *bytes;
		size_t n;
		const char *expected;
	} cases[] = {
		{ .n = 0, .expected = "log 5: entry 30 is missing or damaged" },
		{ .at = 0,
		    .bytes = ff,
		    .n = 1,
		    .expected = "log 5: entry 30 is missing or damaged" },
		{ .at = ENTRY_NUMBER,
		    .bytes = nine,
		    .n = 8,
		    .expected = "log 5: entry 30 is missing or damaged" },
		{ .at = ENTRY_TIME,
		    .bytes = zero,
		    .n = 8,
		    .expected =
		        "log 5: 1 of its entries do not lead to those before them, first 30" },
		{ .at = ENTRY_PREV_SEQ,
		    .bytes = ff,
		    .n = 8,
		    .expected = "log 5: entry 30 is missing or damaged" },
		{ .at = ENTRY_JUMP_SEQ,
		    .bytes = nine,
		    .n = 8,
		    .expected =
		        "log 5: 1 of its entries do not lead to those before them, first 30" },
	};

	fixture_check(store);
	store_close(store);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		store = checkable();
		damage_record(store, 0, STORE_RECORD_ENTRY, 30, cases[i].at, cases[i].bytes,
		    cases[i].n);
		must_find(store, 2, cases[i].expected);
	}
}
END_TEST

START_TEST(test_check_of_heads)
{
	static const unsigned char one = 1, nine = 9, zero[8],
	                           some[8] = { 0, 0, 0, 0, 0, 0, 0, 77 },
	                           more[8] = { 0, 0, 0, 0, 0, 0, 0, 101 };
	struct {
		size_t at;
		const unsigned char *bytes;
		size_t n;
		int result;
		const char *expected;
	} cases[] = {
		{ .at = 0,
		    .bytes = &nine,
		    .n = 1,
		    .result = 2,
		    .expected = "logs 0 to 31: their heads cannot be read" },
		{ .at = HEAD_OF_5 + HEAD_LAST,
		    .bytes = zero,
		    .n = 8,
		    .result = 2,
		    .expected = "log 5: its head does not fit its entries 1 to 100" },
		{ .at = HEAD_OF_5 + HEAD_LAST,
		    .bytes = more,
		    .n = 8,
		    .result = 2,
		    .expected = "log 5: its head does not fit its entries 1 to 100" },
		{ .at = HEAD_OF_5 + HEAD_BYTES,
		    .bytes = some,
		    .n = 8,
		    .result = 1,
		    .expected = "log 5: its entries take" },
		{ .at = HEAD_OF_5 + HEAD_JUMP_SEQ,
		    .bytes = some,
		    .n = 8,
		    .result = 2,
		    .expected = "log 5: its head does not fit its entries 1 to 100" },
		{ .at = HEAD_OF_5 + HEAD_CLOSED,
		    .bytes = &one,
		    .n = 1,
		    .result = 1,
		    .expected = "log 5: it is closed, but not empty" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct store *store = checkable();

		damage_record(store, 1, STORE_RECORD_PAGE, 0, cases[i].at, cases[i].bytes,
		    cases[i].n);
		must_find(store, cases[i].result, cases[i].expected);
	}
}
END_TEST

START_TEST(test_check_of_files)
{
	static const unsigned char low[8] = { 0, 0, 0, 0, 0, 0, 0, 2 };
	struct store *store = checkable();
	unsigned char key[STORE_RECORD_KEY] = { STORE_RECORD_ENTRY };

	damage_record(store, 1, STORE_RECORD_BATCH, 0, BATCH_NEXT_SEQ, low, sizeof(low));
	must_find(store, 2, "the newest seq ");

	store = checkable();
	store_key_make(key, STORE_RECORD_ENTRY, 100000);
	ck_assert_int_eq(store_file_put(store->logs[0].file, key, sizeof(key), "x", 1), 0);
	must_find(store, 1, "the entry with seq 100000 does not belong there");

	store = checkable();
	store_key_make(key, STORE_RECORD_PAGE, 100000);
	ck_assert_int_eq(store_file_put(store->logs[1].file, key, sizeof(key), "x", 1), 0);
	must_find(store, 2, "logs 3200000 to 3200031: their heads cannot be read");

	store = checkable();
	key[0] = 250;
	ck_assert_int_eq(store_file_put(store->tables, key, sizeof(key), "x", 1), 0);
	must_find(store, 1, "tables.tdb: there is a record of an unknown kind");
}
END_TEST

START_TEST(test_check_of_tables)
{
	struct store *store = checkable();

	ck_assert_int_eq(fixture_put(store, STORE_COUNTERS, "users", "many"), STORE_OK);
	must_find(store, 2, "tables.tdb: a counter is no number");
}
END_TEST

/* Space that a process lost by dying in a transaction is a warning: nothing is missing. */
START_TEST(test_check_of_leaked_space)
{
	char dir[FIXTURE_DIR_MAX], path[FIXTURE_DIR_MAX + 64], text[512];
	struct store_options opt = small_store(dir);
	struct store *store = fixture_open(&opt);

	fixture_check(store);
	store_close(store);
	state_path(path, sizeof(path), dir, "tables.tdb");
	FILE *file = fopen(path, "a");
	ck_assert_ptr_nonnull(file);
	for (int i = 0; i < 5000; i++)
		fputs("left behind ", file);
	ck_assert_int_eq(fclose(file), 0);
	store = fixture_open(&opt);
	ck_assert_int_eq(check_quietly(store, text, sizeof(text)), 1);
	ck_assert_ptr_nonnull(
	    strstr(text, "tables.tdb: space in it is lost, but every record can be read"));
	store_close(store);
	fixture_remove(dir);
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *tests[] = {
		test_unreadable_file,
		test_other_versions,
		test_file_of_another_program,
		test_no_store,
		test_create_over_a_store,
		test_long_state_path,
		test_other_byte_order,
		test_check_of_entries,
		test_check_of_heads,
		test_check_of_files,
		test_check_of_tables,
		test_check_of_leaked_space,
	};

	return FIXTURE_MAIN(argc, argv, tests);
}
