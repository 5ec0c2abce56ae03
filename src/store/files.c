/*
 * store_files: the list of a store's files, and opening them. Files of logs are named by the first
 * seq that they may hold.
 */
#include <sys/stat.h>

#include <bsd/stdlib.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/vector.h"
#include "store/copies.h"
#include "store/int.h"
#include "store/store_admin.h"

#define LOG_SUFFIX     ".tdb"
#define LOG_DIGITS     16
#define READER_OPEN    2    /* files of logs open at once in a process that reads */
#define WRITER_OPEN    16   /* and in the one that writes */
#define BYTES_PER_SLOT 1024 /* two or three entries: each transaction reads all slots */
#define READER_RINGS   8    /* what a client in a dozen groups looks up each time */

void
store_files_log_name(char *name, size_t size, uint64_t first_seq)
{
	snprintf(name, size, "log/%016" PRIx64 LOG_SUFFIX, first_seq);
}

void
store_files_log_path(const struct store *store, char path[PATH_MAX], uint64_t first_seq)
{
	char name[64];

	store_files_log_name(name, sizeof(name), first_seq);
	store_path(store, path, PATH_MAX, name);
}

bool
store_files_parse_name(const char *name, uint64_t *first_seq)
{
	char *end;

	if (strlen(name) != LOG_DIGITS + strlen(LOG_SUFFIX))
		return false;
	errno = 0;
	*first_seq = strtoull(name, &end, 16);
	return errno == 0 && end == name + LOG_DIGITS && strcmp(end, LOG_SUFFIX) == 0;
}

struct store_file *
store_files_make(struct store *store, const char *path, char *error, size_t size)
{
	uint64_t slots = store->opt.log_file_size / BYTES_PER_SLOT;
	struct store_file_options opt = { .kind = 'l',
		.create = true,
		.map = true,
		.memory = store->opt.memory,
		.cache = true,
		.slots = (uint32_t)(slots < 1024 ? 1024 : slots) };

	return store_format_open(path, &opt, error, size);
}

void
store_files_set_tables(struct store *store, struct store_file *file)
{
	struct stat st;

	store_file_close(store->tables);
	store->tables = file;
	store->tables_inode = 0;
	if (file != NULL && fstat(store_file_fd(file), &st) == 0)
		store->tables_inode = st.st_ino;
	store_cache_clear(&store->cache);
	store->cache = (struct store_cache){ .n = READER_RINGS };
}

static struct store_file_options
file_options(struct store *store, char kind)
{
	return (struct store_file_options){ .kind = kind,
		.map = store->mapped,
		.read_only = !store->writable,
		.cache = store->writable,
		.recover = store_client_recover,
		.recover_arg = store };
}

static int
open_tables(struct store *store, char *error, size_t size)
{
	char path[PATH_MAX];
	struct store_file_options opt = file_options(store, 't');

	store_path(store, path, sizeof(path), "tables.tdb");
	struct store_file *tables = store_format_open(path, &opt, error, size);
	if (tables == NULL && errno == ENOENT)
		snprintf(error, size, "there is no store in %s: kabarctl init makes one",
		    store->state);
	store_files_set_tables(store, tables);
	return store->tables == NULL ? -1 : 0;
}

void
store_refresh(struct store *store)
{
	char path[PATH_MAX], error[512];
	struct stat st;

	if (store->writer != NULL)
		return;
	store_entry_cache_clear(&store->entries);
	store_path(store, path, sizeof(path), "tables.tdb");
	store->lookups++;
	if (stat(path, &st) != 0 || st.st_ino == store->tables_inode)
		return;
	/* Not for their compaction alone: a writer that recovers replaces a file of logs, too. */
	for (size_t i = 0; i < store->n_logs; i++) {
		store_file_close(store->logs[i].file);
		store->logs[i].file = NULL;
	}
	if (open_tables(store, error, sizeof(error)) != 0)
		log_warnx("store: %s", error);
}

static int
open_in_memory(struct store *store, char *error, size_t size)
{
	struct store_file_options opt = { .kind = 't',
		.create = true,
		.memory = true,
		.slots = store->opt.table_slots };

	store->logs = calloc(1, sizeof(*store->logs));
	if (store->logs == NULL)
		return -1;
	store->n_logs = 1;
	store->logs[0].first_seq = 1;
	store->logs[0].file = store_files_make(store, "logs", error, size);
	store->tables = store_format_open("tables", &opt, error, size);
	return store->tables == NULL || store->logs[0].file == NULL ? -1 : 0;
}

/* Closes the oldest open file but the one at `keep` and the current one, if too many are open. */
static void
close_surplus(struct store *store, size_t keep)
{
	size_t most = store->writer != NULL ? WRITER_OPEN : READER_OPEN;
	size_t open = 0, oldest = store->n_logs;

	for (size_t i = store->n_logs; i-- > 0;) {
		if (store->logs[i].file == NULL)
			continue;
		open++;
		if (i != keep && i + 1 < store->n_logs)
			oldest = i;
	}
	if (open > most && oldest < store->n_logs) {
		store_file_close(store->logs[oldest].file);
		store->logs[oldest].file = NULL;
	}
}

static struct store_file *
open_log(struct store *store, size_t index, char *error, size_t size)
{
	struct store_log_file *log = &store->logs[index];
	struct store_file_options opt = file_options(store, 'l');
	char path[PATH_MAX];

	if (log->file != NULL)
		return log->file;
	store_files_log_path(store, path, log->first_seq);
	log->file = store_format_open(path, &opt, error, size);
	if (log->file != NULL && !store->opt.memory)
		close_surplus(store, index);
	return log->file;
}

int
store_files_open(struct store *store, char *error, size_t size)
{
	if (store->opt.memory)
		return open_in_memory(store, error, size);
	if (open_tables(store, error, size) != 0)
		return -1;
	if (store_files_refresh(store) != 0) {
		snprintf(error, size, "cannot read the directory of logs in %s: %s", store->state,
		    strerror(errno));
		return -1;
	}
	snprintf(error, size, "there are no logs in %s", store->state);
	if (store->n_logs == 0 || open_log(store, store->n_logs - 1, error, size) == NULL)
		return -1;
	return store_files_current(store) == NULL ? -1 : 0;
}

int
store_map(struct store *store, bool map)
{
	char error[512];

	if (store->mapped == map || store->opt.memory)
		return 0;
	if (store->writer != NULL)
		store_apply_cancel(store);
	store->mapped = map;
	store_files_close(store);
	if (store_files_open(store, error, sizeof(error)) == 0)
		return 0;
	log_warnx("store: %s", error);
	return -1;
}

bool
store_is_mapped(const struct store *store)
{
	return store->mapped;
}

void
store_files_close(struct store *store)
{
	for (size_t i = 0; i < store->n_logs; i++)
		store_file_close(store->logs[i].file);
	free(store->logs);
	store->logs = NULL;
	store->n_logs = 0;
	store_files_set_tables(store, NULL);
}

/* Moves the open file of the same name from the old list to the new one. */
static struct store_file *
claim_open_file(struct store *store, uint64_t first_seq)
{
	for (size_t i = 0; i < store->n_logs; i++) {
		if (store->logs[i].first_seq == first_seq) {
			struct store_file *file = store->logs[i].file;

			store->logs[i].file = NULL;
			return file;
		}
	}
	return NULL;
}

static int
list_logs(struct store *store, DIR *dir, struct store_log_file **logs, size_t *n)
{
	struct dirent *found;
	struct store_log_file *added;
	uint64_t first_seq;

	while ((found = readdir(dir)) != NULL) {
		if (!store_files_parse_name(found->d_name, &first_seq))
			continue;
		added = vector_add(logs, n, sizeof(*added));
		if (added == NULL)
			return -1;
		*added = (struct store_log_file){ .first_seq = first_seq,
			.file = claim_open_file(store, first_seq) };
	}
	if (*n > 1)
		qsort(*logs, *n, sizeof(**logs), vector_compare_u64);
	return 0;
}

int
store_files_refresh(struct store *store)
{
	char path[PATH_MAX];
	struct store_log_file *logs = NULL;
	size_t n = 0;

	if (store->opt.memory)
		return 0;
	store_path(store, path, sizeof(path), "log");
	DIR *dir = opendir(path);
	if (dir == NULL)
		return -1;
	int result = list_logs(store, dir, &logs, &n);
	closedir(dir);
	for (size_t i = 0; i < store->n_logs; i++)
		store_file_close(store->logs[i].file);
	free(store->logs);
	store->logs = logs;
	store->n_logs = n;
	return result;
}

struct store_file *
store_files_at(struct store *store, size_t index)
{
	char error[PATH_MAX + 128];
	struct store_file *file = open_log(store, index, error, sizeof(error));

	if (file == NULL && errno != ENOENT)
		log_warnx("store: %s", error);
	return file;
}

struct store_file *
store_files_current(struct store *store)
{
	struct store_file *file;

	if (store->n_logs == 0)
		return NULL;
	file = store_files_at(store, store->n_logs - 1);
	if (store->writer != NULL || (file != NULL && store_format_ended(file) == 0))
		return file;
	if (store_files_refresh(store) != 0 || store->n_logs == 0)
		return NULL;
	return store_files_at(store, store->n_logs - 1);
}

struct store_file *
store_files_of_part(struct store *store, int part)
{
	return part == STORE_PART_TABLES ? store->tables : store_files_current(store);
}

int
store_files_drop(struct store *store, uint64_t first_seq)
{
	char path[PATH_MAX];

	for (size_t i = 0; i + 1 < store->n_logs; i++) {
		if (store->logs[i].first_seq != first_seq)
			continue;
		store_files_log_path(store, path, first_seq);
		if (!store->opt.memory && unlink(path) != 0 && errno != ENOENT)
			return -1;
		store_file_close(store->logs[i].file);
		memmove(&store->logs[i], &store->logs[i + 1],
		    (store->n_logs - i - 1) * sizeof(store->logs[0]));
		store->n_logs--;
		return 0;
	}
	return 0;
}

/* 0 if it was removed meanwhile. */
static uint64_t
file_size(const struct store *store, const char *name)
{
	char path[PATH_MAX];
	struct stat st;

	store_path(store, path, sizeof(path), name);
	return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static uint64_t
directory_size(const struct store *store, const char *name)
{
	char path[PATH_MAX], file[sizeof(STORE_JOURNAL_DIRECTORY) + 1 + NAME_MAX];
	struct dirent *entry;
	uint64_t bytes = 0;

	store_path(store, path, sizeof(path), name);
	DIR *dir = opendir(path);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "%s/%s", name, entry->d_name);
		bytes += file_size(store, file);
	}
	if (dir != NULL)
		closedir(dir);
	return bytes;
}

static void
add_checkpoint(const struct store *store, struct store_sizes *sizes)
{
	struct store_copies copies;
	struct stat tables, log;

	if (store_copies_find(store, &copies) != 0 || stat(copies.tables, &tables) != 0 ||
	    stat(copies.log, &log) != 0)
		return;
	sizes->checkpoint_bytes = (uint64_t)tables.st_size + (uint64_t)log.st_size;
	sizes->checkpoint_ms = copies.made_ms;
}

int
store_sizes(struct store *store, struct store_sizes *sizes)
{
	char name[64];

	*sizes = (struct store_sizes){ .tables_bytes = file_size(store, "tables.tdb"),
		.journal_bytes = directory_size(store, STORE_JOURNAL_DIRECTORY) };
	add_checkpoint(store, sizes);
	if (store_files_refresh(store) != 0)
		return -1;
	for (size_t i = 0; i < store->n_logs; i++) {
		store_files_log_name(name, sizeof(name), store->logs[i].first_seq);
		sizes->log_bytes += file_size(store, name);
	}
	sizes->log_files = store->n_logs;
	return 0;
}
