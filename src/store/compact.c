/*
 * store_compact: writes the tables anew, without the space of deleted records and with a hash table
 * of the right size, and replaces the old file by the new one.
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sync_directory.h"
#include "store/int.h"
#include "store/store_admin.h"

#define TEMPORARY_NAME "tables.next"

struct copy {
	struct store_file *to;
	uint64_t count;
	bool failed;
};

static int
count_record(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct copy *copy = arg;

	(void)key;
	(void)key_len;
	(void)value;
	(void)len;
	copy->count++;
	return 0;
}

static int
copy_record(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct copy *copy = arg;

	copy->failed = store_file_put(copy->to, key, key_len, value, len) != 0;
	return copy->failed;
}

static struct store_file *
copy_tables(struct store *store, const char *path)
{
	struct store_file_options opt = { .kind = 't', .create = true, .map = true };
	struct copy copy = { 0 };
	char error[256];

	if (store_file_each(store->tables, count_record, &copy) != 0)
		return NULL;
	opt.slots = store_key_slots(store->opt.table_slots, copy.count);
	copy.to = store_format_open(path, &opt, error, sizeof(error));
	if (copy.to == NULL) {
		log_warnx("store: %s", error);
		return NULL;
	}
	if (store_file_each(store->tables, copy_record, &copy) == 0 && !copy.failed &&
	    store_file_sync(copy.to) == 0)
		return copy.to;
	store_file_close(copy.to);
	return NULL;
}

int
store_compact_here(struct store *store)
{
	char temporary[PATH_MAX], path[PATH_MAX];
	struct store_file *copy;

	if (store->opt.memory)
		return 0;
	store_path(store, temporary, sizeof(temporary), TEMPORARY_NAME);
	store_path(store, path, sizeof(path), "tables.tdb");
	unlink(temporary);
	copy = copy_tables(store, temporary);
	if (copy == NULL || rename(temporary, path) != 0) {
		log_warn("store: cannot compact the tables");
		store_file_close(copy);
		unlink(temporary);
		return -1;
	}
	store_files_set_tables(store, copy);
	/* A file whose name may be lost must take no acknowledged transaction. */
	store->writer->broken = sync_directory(store->state) != 0;
	return store->writer->broken ? -1 : 0;
}

enum store_status
store_compact(struct store *store)
{
	return store_client_task(store, STORE_PART_COMPACT);
}
