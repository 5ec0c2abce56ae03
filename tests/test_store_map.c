/*
 * Files that are mapped while they grow: nothing stays mapped of what they were before, nor of
 * those that were given up. And records that the writer of a file remembers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_fixture.h"

#define ENTRY   4000
#define AT_ONCE 20
#define FILES   4 /* of logs, one after the other */
#define ROUNDS  2000

/* Counts the mappings of files in a directory, and their bytes. */
static size_t
mappings(const char *dir, size_t *bytes)
{
	char line[1024];
	size_t n = 0;
	FILE *file = fopen("/proc/self/maps", "r");

	ck_assert_ptr_nonnull(file);
	*bytes = 0;
	while (fgets(line, sizeof(line), file) != NULL) {
		unsigned long begin, end;

		if (strstr(line, dir) == NULL)
			continue;
		ck_assert_int_eq(sscanf(line, "%lx-%lx", &begin, &end), 2);
		*bytes += end - begin;
		n++;
	}
	fclose(file);
	return n;
}

static void
append_some(struct store *store)
{
	static const char text[ENTRY];
	struct store_tx tx;

	store_tx_init(&tx);
	for (int i = 0; i < AT_ONCE; i++)
		store_tx_append(&tx, 1, text, sizeof(text), 0, STORE_NO_LIMIT);
	ck_assert_int_eq(store_commit(store, &tx, NULL), STORE_OK);
}

static size_t
size_of_files(struct store *store)
{
	size_t size = store_file_size(store->tables);

	for (size_t i = 0; i < store->n_logs; i++)
		if (store->logs[i].file != NULL)
			size += store_file_size(store->logs[i].file);
	return size;
}

START_TEST(test_growth)
{
	char dir[FIXTURE_DIR_MAX];
	size_t bytes, most = 0, before = 0, growths = 0;

	fixture_dir(dir);
	struct store_options opt = fixture_options(dir);
	store_close(fixture_create(&opt));
	fixture_committer_ended(dir);
	struct store *store = fixture_open_writer(&opt);
	ck_assert_int_eq(store_map(store, true), 0);
	for (int i = 0; store->n_logs < FILES; i++) {
		ck_assert_int_lt(i, ROUNDS);
		append_some(store);
		size_t n = mappings(dir, &bytes), size = size_of_files(store);
		ck_assert_uint_le(n, 1 + store->n_logs);
		ck_assert_uint_le(bytes, size);
		most = n > most ? n : most;
		growths += size > before;
		before = size;
	}
	ck_assert_uint_gt(most, 1);
	ck_assert_uint_gt(growths, FILES);
	store_close(store);
	ck_assert_uint_eq(mappings(dir, &bytes), 0);
	fixture_remove(dir);
}
END_TEST

/* Whether the file has this value of the key "\001k"; NULL: none. */
static bool
has_value(struct store_file *file, const char *value)
{
	char found[16] = "";
	size_t len;
	enum store_status status = store_file_get(file, "\001k", 2, found, sizeof(found), &len);

	return value == NULL ? status == STORE_ABSENT
	                     : status == STORE_OK && strcmp(found, value) == 0;
}

static void
put_value(struct store_file *file, const char *value)
{
	ck_assert_int_eq(store_file_put(file, "\001k", 2, value, strlen(value) + 1), 0);
	ck_assert(has_value(file, value));
}

/* The writer remembers records; what a transaction that is given up made of them it forgets. */
START_TEST(test_remembered_record)
{
	char dir[FIXTURE_DIR_MAX];
	fixture_dir(dir);
	struct store_options opt = fixture_options(dir);
	store_close(fixture_create(&opt));
	struct store *store = fixture_open_writer(&opt);
	struct store_file *file = store->tables;

	ck_assert(has_value(file, NULL));
	ck_assert_int_eq(store_file_begin(file), 0);
	put_value(file, "never");
	store_file_cancel(file);
	ck_assert(has_value(file, NULL));
	ck_assert_int_eq(store_file_begin(file), 0);
	put_value(file, "first");
	put_value(file, "second");
	ck_assert_int_eq(store_file_commit(file), 0);
	ck_assert(has_value(file, "second"));
	ck_assert_int_eq(store_file_begin(file), 0);
	ck_assert_int_eq(store_file_delete(file, "\001k", 2), 0);
	ck_assert(has_value(file, NULL));
	store_file_cancel(file);
	ck_assert(has_value(file, "second"));
	store_close(store);
	fixture_remove(dir);
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *tests[] = { test_growth, test_remembered_record };

	return FIXTURE_MAIN(argc, argv, tests);
}
