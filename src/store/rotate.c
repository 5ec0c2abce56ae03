/*
 * store_rotate: logs lie in files that follow one another in time. When the current one is
 * full the next is made beside it, with all heads, and takes over by a rename.
 */
#include <bsd/stdlib.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/sync_directory.h"
#include "store/int.h"

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

/*
 * The keys of the tables' records that lie with the logs stand in a list: index -> key, under
 * index 0 how many there are, and the way back, key -> index. The last takes the place of one that
 * goes, so that the list is never longer than what it is for.
 */
#define KEY_MAX   (1 + STORE_KEY_MAX)
#define PLACE_MAX (1 + KEY_MAX)

/* Zero where there is none. 0 or -1 with errno set. */
static int
number_get(struct store_file *file, const unsigned char *key, size_t key_len, uint64_t *number)
{
	unsigned char value[8];
	size_t len;

	*number = 0;
	errno = EIO;
	switch (store_file_get(file, key, key_len, value, sizeof(value), &len)) {
	case STORE_OK:
		*number = pack_get_u64(value);
		return len == sizeof(value) ? 0 : -1;
	case STORE_ABSENT:
		return 0;
	default:
		return -1;
	}
}

static int
number_put(struct store_file *file, const unsigned char *key, size_t key_len, uint64_t number)
{
	unsigned char value[8];

	pack_put_u64(value, number);
	return store_file_put(file, key, key_len, value, sizeof(value));
}

static int
count_get(struct store_file *file, uint64_t *count)
{
	unsigned char key[STORE_FILE_KEY];

	store_file_key(key, STORE_RECORD_STATE, 0);
	return number_get(file, key, sizeof(key), count);
}

static int
count_put(struct store_file *file, uint64_t count)
{
	unsigned char key[STORE_FILE_KEY];

	store_file_key(key, STORE_RECORD_STATE, 0);
	return number_put(file, key, sizeof(key), count);
}

/* The length of the key under which a key's index lies. */
static size_t
place_key(unsigned char place[PLACE_MAX], const void *key, size_t key_len)
{
	place[0] = STORE_RECORD_PLACE;
	memcpy(place + 1, key, key_len);
	return 1 + key_len;
}

static int
item_get(struct store_file *file, uint64_t index, unsigned char key[KEY_MAX], size_t *key_len)
{
	unsigned char at[STORE_FILE_KEY];

	store_file_key(at, STORE_RECORD_STATE, index);
	errno = EIO;
	return store_file_get(file, at, sizeof(at), key, KEY_MAX, key_len) == STORE_OK &&
	        *key_len <= KEY_MAX
	    ? 0
	    : -1;
}

static int
item_put(struct store_file *file, uint64_t index, const void *key, size_t key_len)
{
	unsigned char at[STORE_FILE_KEY], place[PLACE_MAX];

	store_file_key(at, STORE_RECORD_STATE, index);
	if (store_file_put(file, at, sizeof(at), key, key_len) != 0)
		return -1;
	return number_put(file, place, place_key(place, key, key_len), index);
}

int
store_rotate_note(struct store_file *file, const void *key, size_t key_len)
{
	uint64_t count;

	if (count_get(file, &count) != 0 || item_put(file, count + 1, key, key_len) != 0)
		return -1;
	return count_put(file, count + 1);
}

int
store_rotate_forget(struct store_file *file, const void *key, size_t key_len)
{
	unsigned char place[PLACE_MAX], at[STORE_FILE_KEY], last[KEY_MAX];
	size_t place_len = place_key(place, key, key_len), last_len;
	uint64_t index, count;

	if (number_get(file, place, place_len, &index) != 0 || count_get(file, &count) != 0)
		return -1;
	if (index == 0 || index > count)
		return 0;
	if (index < count &&
	    (item_get(file, count, last, &last_len) != 0 ||
	        item_put(file, index, last, last_len) != 0))
		return -1;
	store_file_key(at, STORE_RECORD_STATE, count);
	if (store_file_delete(file, at, sizeof(at)) != 0 ||
	    store_file_delete(file, place, place_len) != 0)
		return -1;
	return count_put(file, count - 1);
}

static int
copy_record(struct store_file *from, struct store_file *to, uint64_t index)
{
	unsigned char key[KEY_MAX], value[STORE_VALUE_MAX];
	size_t key_len, len;
	enum store_status status;

	if (item_get(from, index, key, &key_len) != 0)
		return -1;
	status = store_file_get(from, key, key_len, value, sizeof(value), &len);
	if (status == STORE_ABSENT)
		return 0; /* a list that says too much must not keep logs from going on */
	if (status != STORE_OK || len > sizeof(value))
		return -1;
	return store_file_insert(to, key, key_len, value, len) == 0
	    ? store_rotate_note(to, key, key_len)
	    : -1;
}

/* The tables that lie with the logs. */
static int
copy_tables(struct store_file *from, struct store_file *to)
{
	uint64_t count;

	if (count_get(from, &count) != 0)
		return -1;
	for (uint64_t index = 1; index <= count; index++)
		if (copy_record(from, to, index) != 0)
			return -1;
	return 0;
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
	if (sync_directory(directory) == 0 && store_file_end(old) == 0)
		return 0;
	/* It must not come back behind what is written into the old one from here on. */
	if (unlink(path) != 0 || sync_directory(directory) != 0 || !store_file_is_open(old))
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

/* What each file begins with, the heads of all logs, must not become most of it. */
static uint64_t
size_limit(const struct store *store)
{
	return store->opt.log_file_size + 2 * store_head_size(store);
}

int
store_rotate(struct store *store)
{
	struct store_file *old = store_files_current(store);
	struct store_writer *writer = store->writer;
	char temporary[PATH_MAX];

	if (old == NULL || store_file_size(old) < size_limit(store) ||
	    writer->next_seq == store->logs[store->n_logs - 1].first_seq ||
	    clock_monotonic_ms() < writer->rotate_after_ms)
		return 0;
	store_path(store, temporary, sizeof(temporary), "log/next");
	unlink(temporary);
	if (begin_next(store, old, temporary) == 0)
		return 0;
	unlink(temporary);
	writer->rotate_after_ms = clock_monotonic_ms() + RETRY_MS;
	return -1;
}
