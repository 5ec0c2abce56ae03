/* store_cut: what the tests of checkpoints and recovery share. See store_cut.h. */
#include "store_cut.h"

#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/mark.h"

#define LOG   1
#define TABLE STORE_TABLES_FREE

struct store_options
cut_options(char dir[FIXTURE_DIR_MAX])
{
	fixture_dir_in_memory(dir);
	struct store_options opt = fixture_options(dir);
	opt.boot = CUT_BOOT;
	opt.log_file_size = 4096;
	opt.sync = true;
	return opt;
}

struct store *
cut_create(const struct store_options *opt)
{
	char error[512] = "";

	ck_assert_msg(store_create(opt, error, sizeof(error)) == 0, "%s", error);
	return fixture_open_writer(opt);
}

void
cut_die(struct store *store)
{
	store_close(store);
}

void
cut_fill(struct store *store, unsigned int from, unsigned int to)
{
	char text[32];

	for (unsigned int i = from + 1; i <= to; i++) {
		snprintf(text, sizeof(text), "entry %u", i);
		ck_assert_int_eq(fixture_append(store, LOG, text), STORE_OK);
		ck_assert_int_eq(fixture_put(store, TABLE, text, text), STORE_OK);
	}
}

void
cut_verify(struct store *store, unsigned int n)
{
	struct store_reader reader;
	struct store_entry entry;
	char text[32];
	uint64_t seq;

	ck_assert_uint_eq(fixture_info(store, LOG).last, n);
	ck_assert_int_eq(store_reader_init(&reader, store, LOG, 0), STORE_OK);
	for (unsigned int i = 1; i <= n; i++, store_reader_skip(&reader)) {
		snprintf(text, sizeof(text), "entry %u", i);
		ck_assert_int_eq(store_reader_peek(&reader, &seq), STORE_OK);
		ck_assert_int_eq(store_entry(store, seq, &entry), STORE_OK);
		ck_assert_uint_eq(entry.len, strlen(text));
		ck_assert_mem_eq(entry.data, text, entry.len);
		ck_assert(fixture_has(store, TABLE, text, text));
	}
	snprintf(text, sizeof(text), "entry %u", n + 1);
	ck_assert(fixture_has(store, TABLE, text, NULL));
	fixture_check(store);
}

void
cut_recovered(const struct store_options *opt, const char *boot, unsigned int n)
{
	struct store_options later = *opt;

	later.boot = boot;
	struct store *store = fixture_open_writer(&later);
	cut_verify(store, n);
	cut_die(store);
}

static void
overwrite(const char *path)
{
	char garbage[4096];
	struct stat st;
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	memset(garbage, 0xa5, sizeof(garbage));
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	for (off_t at = 0; at < st.st_size; at += (off_t)sizeof(garbage))
		ck_assert_int_eq(pwrite(fd, garbage, sizeof(garbage), at), sizeof(garbage));
	close(fd);
}

void
cut_tear(const struct store_options *opt)
{
	struct store_copies last = cut_last(opt);
	char path[PATH_MAX];
	struct dirent *entry;
	uint64_t first_seq;

	snprintf(path, sizeof(path), "%s/tables.tdb", opt->state);
	overwrite(path);
	snprintf(path, sizeof(path), "%s/log", opt->state);
	DIR *dir = opendir(path);
	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (!store_files_parse_name(entry->d_name, &first_seq) ||
		    first_seq < last.first_seq)
			continue;
		snprintf(path, sizeof(path), "%s/log/%s", opt->state, entry->d_name);
		overwrite(path);
	}
	closedir(dir);
}

static struct store *
handle(const struct store_options *opt)
{
	char error[512];
	struct store *store = store_new(opt, error, sizeof(error));

	ck_assert_ptr_nonnull(store);
	return store;
}

struct store_copies
cut_last(const struct store_options *opt)
{
	struct store *store = handle(opt);
	struct store_copies last;

	ck_assert_int_eq(store_copies_find(store, &last), 0);
	store_close(store);
	return last;
}

unsigned int
cut_count(const struct store_options *opt)
{
	char path[PATH_MAX];
	struct dirent *entry;
	unsigned int n = 0;

	snprintf(path, sizeof(path), "%s/" STORE_COPIES_DIRECTORY, opt->state);
	DIR *dir = opendir(path);
	while (dir != NULL && (entry = readdir(dir)) != NULL)
		n += entry->d_name[0] != '.';
	if (dir != NULL)
		closedir(dir);
	return n;
}

bool
cut_is_marked(const struct store_options *opt)
{
	struct store *store = handle(opt);
	enum store_mark mark = store_mark_look(store);

	store_close(store);
	return mark != STORE_MARK_ABSENT;
}
