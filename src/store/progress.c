/*
 * store_progress: the record of a file that says up to which batch the file is, and with what the
 * next one goes on.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/vector.h"
#include "store/int.h"

#define PROGRESS_VERSION 1
#define PROGRESS_SIZE    (1 + 8 + 8 + 8 + 8 + 4)
#define PROGRESS_MOST    (PROGRESS_SIZE + STORE_RECENT_MOST * STORE_RESULT_SIZE)

static const unsigned char progress_key = STORE_RECORD_BATCH;

/* 0, or -1 when it is no such record. */
static int
unpack_progress(struct unpack *u, struct store_progress *progress)
{
	if (unpack_u8(u) != PROGRESS_VERSION)
		return -1;
	progress->number = unpack_u64(u);
	progress->next_seq = unpack_u64(u);
	progress->last_time_ms = unpack_i64(u);
	progress->last_page = unpack_u64(u);
	progress->n_recent = unpack_u32(u);
	return u->bad || progress->n_recent > STORE_RECENT_MOST ? -1 : 0;
}

/* Reads the record into `value`, and begins to read that; u goes on behind. */
static enum store_status
get_progress(struct store_file *file, unsigned char *value, size_t size, struct unpack *u,
    struct store_progress *progress)
{
	size_t len;
	enum store_status status = store_file_get(file, &progress_key, 1, value, size, &len);

	if (status != STORE_OK)
		return status;
	unpack_init(u, value, len < size ? len : size);
	return unpack_progress(u, progress) == 0 ? STORE_OK : STORE_FAILED;
}

enum store_status
store_progress_read(struct store_file *file, struct store_progress *progress)
{
	unsigned char value[PROGRESS_SIZE];
	struct unpack u;

	return get_progress(file, value, sizeof(value), &u, progress);
}

enum store_status
store_progress_recent(struct store_file *file, struct store_result **recent, size_t *n)
{
	unsigned char value[PROGRESS_MOST];
	struct store_progress progress;
	struct unpack u;
	enum store_status status = get_progress(file, value, sizeof(value), &u, &progress);

	*n = 0;
	for (uint32_t i = 0; status == STORE_OK && i < progress.n_recent; i++) {
		struct store_result *added = vector_add(recent, n, sizeof(*added));

		if (added == NULL || store_result_unpack(&u, added) != 0)
			status = STORE_FAILED;
	}
	return status;
}

int
store_progress_write(struct store_file *file, const struct store_progress *progress,
    const struct store_result *recent)
{
	unsigned char value[PROGRESS_MOST];
	struct pack p;

	pack_init(&p, value, sizeof(value));
	pack_u8(&p, PROGRESS_VERSION);
	pack_u64(&p, progress->number);
	pack_u64(&p, progress->next_seq);
	pack_i64(&p, progress->last_time_ms);
	pack_u64(&p, progress->last_page);
	pack_u32(&p, progress->n_recent);
	for (uint32_t i = 0; recent != NULL && i < progress->n_recent; i++)
		store_result_pack(&p, recent[i].id, &recent[i].outcome);
	return store_file_put(file, &progress_key, 1, value, p.len);
}

int
store_progress_renumber(struct store_file *file, uint64_t first_seq, uint64_t number)
{
	struct store_progress progress = { .next_seq = first_seq };

	if (store_progress_read(file, &progress) == STORE_FAILED) {
		errno = EIO;
		return -1;
	}
	progress.number = number;
	progress.n_recent = 0;
	if (store_file_begin(file) != 0)
		return -1;
	if (store_progress_write(file, &progress, NULL) == 0)
		return store_file_commit(file);
	int saved = errno;
	store_file_cancel(file);
	errno = saved;
	return -1;
}

enum store_status
store_progress_of_logs(struct store *store, uint64_t *next_seq, uint64_t *last_page)
{
	struct store_progress progress = { .next_seq = 1 };
	struct store_file *file = store_files_current(store);
	enum store_status status =
	    file == NULL ? STORE_FAILED : store_progress_read(file, &progress);

	*next_seq = progress.next_seq;
	*last_page = progress.last_page;
	return status == STORE_ABSENT ? STORE_OK : status;
}
