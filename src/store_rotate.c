/*
 * store_rotate: logs lie in files that follow one another in time. When the current one is
 * full the next is made beside it, with all heads, and takes over by a rename.
 */
#include <bsd/stdlib.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "store_int.h"

#define RETRY_MS 10000

static int
copy_pages(struct store *store, struct store_file *from, struct store_file *to)
{
	unsigned char key[STORE_FILE_KEY], page[4096];
	size_t len;

	for (uint64_t number = 0; number <= store->writer->last_page; number++) {
		enum store_status status;

		store_file_key(key, STORE_RECORD_PAGE, number);
		status = store_file_get(from, key, sizeof(key), page, sizeof(page), &len);
		if (status == STORE_ABSENT)
			continue;
		if (status != STORE_OK || len > sizeof(page) ||
		    store_file_insert(to, key, sizeof(key), page, len) != 0)
			return -1;
	}
	return 0;
}

struct copy {
	struct store_file *to;
	bool failed;
};

static int
copy_state(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct copy *copy = arg;
	const unsigned char *bytes = key;

	if (key_len == 0 || bytes[0] < STORE_LOG_STATE || bytes[0] >= STORE_RECORD_FORMAT)
		return 0;
	copy->failed = store_file_insert(copy->to, key, key_len, value, len) != 0;
	return copy->failed;
}

/* The tables that lie with the logs. */
static int
copy_tables(struct store_file *from, struct store_file *to)
{
	struct copy copy = { .to = to };

	return store_file_each(from, copy_state, &copy) != 0 || copy.failed ? -1 : 0;
}

static int
take_over(struct store *store, const char *temporary, struct store_file *old)
{
	char path[PATH_MAX], directory[PATH_MAX], name[64];

	if (store->opt.memory)
		return 0;
	store_files_log_name(name, sizeof(name), store->writer->next_seq);
	store_path(store, path, sizeof(path), name);
	store_path(store, directory, sizeof(directory), "log");
	if (rename(temporary, path) != 0)
		return -1;
	if (store_sync_directory(directory) == 0 && store_file_end(old) == 0)
		return 0;
	/* It must not come back behind what is written into the old one from here on. */
	if (unlink(path) != 0 || store_sync_directory(directory) != 0 || !store_file_is_open(old))
		store->writer->broken = true;
	return -1;
}

/* Room for one more, before there is no way back. */
static int
reserve_file(struct store *store)
{
	struct store_log_file *bigger =
	    reallocarray(store->logs, store->n_logs + 1, sizeof(*store->logs));

	if (bigger == NULL)
		return -1;
	store->logs = bigger;
	return 0;
}

static int
begin_next(struct store *store, struct store_file *old, const char *temporary)
{
	char error[256];
	struct store_file *next = store_files_make(store, temporary, error, sizeof(error));

	if (next == NULL) {
		log_warnx("store: %s", error);
		return -1;
	}
	if (reserve_file(store) == 0 && copy_pages(store, old, next) == 0 &&
	    copy_tables(old, next) == 0 && store_apply_copy(old, next) == 0 &&
	    store_file_sync(next) == 0 && take_over(store, temporary, old) == 0) {
		store->logs[store->n_logs++] =
		    (struct store_log_file){ .first_seq = store->writer->next_seq, .file = next };
		return 0;
	}
	log_warn("store: cannot begin a new file of logs");
	store_file_give_up(next); /* a reader may have opened it in that moment */
	store_file_close(next);
	return -1;
}

int
store_rotate(struct store *store)
{
	struct store_file *old = store_files_current(store);
	struct store_writer *writer = store->writer;
	char temporary[PATH_MAX];

	if (old == NULL || store_file_size(old) < store->opt.log_file_size ||
	    writer->next_seq == store->logs[store->n_logs - 1].first_seq ||
	    store_tick_ms() < writer->rotate_after_ms)
		return 0;
	store_path(store, temporary, sizeof(temporary), "log/next");
	unlink(temporary);
	if (begin_next(store, old, temporary) == 0)
		return 0;
	unlink(temporary);
	writer->rotate_after_ms = store_tick_ms() + RETRY_MS;
	return -1;
}
