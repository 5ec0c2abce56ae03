/*
 * store_rotate: ends a full file of logs. The next one is made beside it, with all heads and tables
 * that lie with the logs, and becomes the current one by a rename. Nothing is synced: after a power
 * cut the checkpoint's file takes the place of those that came after it.
 */
#include <bsd/stdlib.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/int.h"

#define RETRY_MS 10000

static int
copy_pages(struct store *store, struct store_file *from, struct store_file *to)
{
	unsigned char key[STORE_RECORD_KEY], page[4096];
	size_t len;

	for (uint64_t number = 0; number <= store->writer->last_page; number++) {
		enum store_status status;

		store_key_make(key, STORE_RECORD_PAGE, number);
		status = store_file_get(from, key, sizeof(key), page, sizeof(page), &len);
		if (status == STORE_ABSENT)
			continue;
		if (status != STORE_OK || len > sizeof(page) ||
		    store_file_insert(to, key, sizeof(key), page, len) != 0)
			return -1;
	}
	return 0;
}

/*
 * The keys of the tables' records that lie with the logs are a list: index -> key, their count
 * under index 0, and key -> index. The last one moves to the index of a removed one.
 */
#define INDEX_KEY_MAX (1 + STORE_FULL_KEY_MAX)

static int
get_count(struct store_file *file, uint64_t *count)
{
	unsigned char key[STORE_RECORD_KEY];

	store_key_make(key, STORE_RECORD_STATE, 0);
	return store_table_number(file, key, sizeof(key), count);
}

static int
put_count(struct store_file *file, uint64_t count)
{
	unsigned char key[STORE_RECORD_KEY];

	store_key_make(key, STORE_RECORD_STATE, 0);
	return store_table_put_number(file, key, sizeof(key), count);
}

/* Writes the key under which the index of a key lies; its length. */
static size_t
make_index_key(unsigned char index_key[INDEX_KEY_MAX], const void *key, size_t key_len)
{
	index_key[0] = STORE_RECORD_STATE_INDEX;
	memcpy(index_key + 1, key, key_len);
	return 1 + key_len;
}

static int
get_item(struct store_file *file, uint64_t index, unsigned char key[STORE_FULL_KEY_MAX],
    size_t *key_len)
{
	unsigned char at[STORE_RECORD_KEY];

	store_key_make(at, STORE_RECORD_STATE, index);
	errno = EIO;
	return store_file_get(file, at, sizeof(at), key, STORE_FULL_KEY_MAX, key_len) == STORE_OK &&
	        *key_len <= STORE_FULL_KEY_MAX
	    ? 0
	    : -1;
}

static int
put_item(struct store_file *file, uint64_t index, const void *key, size_t key_len)
{
	unsigned char at[STORE_RECORD_KEY], index_key[INDEX_KEY_MAX];

	store_key_make(at, STORE_RECORD_STATE, index);
	if (store_file_put(file, at, sizeof(at), key, key_len) != 0)
		return -1;
	return store_table_put_number(file, index_key, make_index_key(index_key, key, key_len),
	    index);
}

int
store_rotate_note(struct store_file *file, const void *key, size_t key_len)
{
	uint64_t count;

	if (get_count(file, &count) != 0 || put_item(file, count + 1, key, key_len) != 0)
		return -1;
	return put_count(file, count + 1);
}

int
store_rotate_forget(struct store_file *file, const void *key, size_t key_len)
{
	unsigned char index_key[INDEX_KEY_MAX], at[STORE_RECORD_KEY], last[STORE_FULL_KEY_MAX];
	size_t index_key_len = make_index_key(index_key, key, key_len), last_len;
	uint64_t index, count;

	if (store_table_number(file, index_key, index_key_len, &index) != 0 ||
	    get_count(file, &count) != 0)
		return -1;
	if (index == 0 || index > count)
		return 0;
	if (index < count &&
	    (get_item(file, count, last, &last_len) != 0 ||
	        put_item(file, index, last, last_len) != 0))
		return -1;
	store_key_make(at, STORE_RECORD_STATE, count);
	if (store_file_delete(file, at, sizeof(at)) != 0 ||
	    store_file_delete(file, index_key, index_key_len) != 0)
		return -1;
	return put_count(file, count - 1);
}

static int
copy_state_record(struct store_file *from, struct store_file *to, uint64_t index)
{
	unsigned char key[STORE_FULL_KEY_MAX], value[STORE_VALUE_MAX];
	size_t key_len, len;
	enum store_status status;

	if (get_item(from, index, key, &key_len) != 0)
		return -1;
	status = store_file_get(from, key, key_len, value, sizeof(value), &len);
	if (status == STORE_ABSENT)
		return 0; /* a key too many in the list must not stop the logs */
	if (status != STORE_OK || len > sizeof(value))
		return -1;
	return store_file_insert(to, key, key_len, value, len) == 0
	    ? store_rotate_note(to, key, key_len)
	    : -1;
}

/* Copies the tables that lie with the logs. *size: by how much the new file has grown. */
static int
copy_state(struct store_file *from, struct store_file *to, uint64_t *size)
{
	uint64_t count, before = store_file_size(to);

	if (get_count(from, &count) != 0)
		return -1;
	for (uint64_t index = 1; index <= count; index++)
		if (copy_state_record(from, to, index) != 0)
			return -1;
	*size = store_file_size(to) - before;
	return 0;
}

static int
replace_current(struct store *store, const char *temporary, struct store_file *old)
{
	char path[PATH_MAX];

	if (store->opt.memory)
		return 0;
	store_files_log_path(store, path, store->writer->next_seq);
	if (rename(temporary, path) != 0)
		return -1;
	if (store_format_end(old) == 0)
		return 0;
	/* The old file takes further entries. */
	if (unlink(path) != 0 || !store_file_is_open(old))
		store->writer->broken = true;
	return -1;
}

/* Makes room for one more log in the list, before the rename that cannot be undone. */
static int
reserve_log(struct store *store)
{
	struct store_log_file *bigger =
	    reallocarray(store->logs, store->n_logs + 1, sizeof(*store->logs));

	if (bigger == NULL)
		return -1;
	store->logs = bigger;
	return 0;
}

/* Closes the file that was the current one: what is remembered of its tables is of no more use. */
static void
close_ended(struct store *store)
{
	struct store_log_file *ended = &store->logs[store->n_logs - 2];

	if (store->opt.memory)
		return;
	store_file_close(ended->file);
	ended->file = NULL;
}

static int
begin_next_file(struct store *store, struct store_file *old, const char *temporary)
{
	char error[256];
	uint64_t state_size;
	struct store_file *next = store_files_make(store, temporary, error, sizeof(error));

	if (next == NULL) {
		log_warnx("store: %s", error);
		return -1;
	}
	if (reserve_log(store) == 0 && copy_pages(store, old, next) == 0 &&
	    copy_state(old, next, &state_size) == 0 &&
	    store_apply_note_in(store, STORE_PART_LOGS, next) == 0 &&
	    replace_current(store, temporary, old) == 0) {
		store->logs[store->n_logs++] =
		    (struct store_log_file){ .first_seq = store->writer->next_seq, .file = next };
		store->writer->state_size = state_size;
		close_ended(store);
		return 0;
	}
	log_warn("store: cannot begin a new file of logs");
	store_format_give_up(next); /* a reader may have opened it meanwhile */
	store_file_close(next);
	return -1;
}

/* The heads of all logs, and the state, with which each file begins, must not become most of it. */
static uint64_t
size_limit(const struct store *store)
{
	return store->opt.log_file_size + 2 * (store_head_size(store) + store->writer->state_size);
}

/* Whether the current file is full, and nothing failed just now. */
static bool
is_due(struct store *store)
{
	struct store_file *current = store_files_current(store);

	return current != NULL && store_file_size(current) >= size_limit(store) &&
	    store->writer->next_seq != store->logs[store->n_logs - 1].first_seq &&
	    clock_monotonic_ms() >= store->writer->rotate_after_ms;
}

int
store_rotate(struct store *store)
{
	struct store_file *old = store_files_current(store);
	struct store_writer *writer = store->writer;
	char temporary[PATH_MAX];

	if (!is_due(store))
		return 0;
	store_apply_cancel(store);
	store_path(store, temporary, sizeof(temporary), "log/next");
	unlink(temporary);
	if (begin_next_file(store, old, temporary) == 0)
		return 0;
	unlink(temporary);
	writer->rotate_after_ms = clock_monotonic_ms() + RETRY_MS;
	return -1;
}
