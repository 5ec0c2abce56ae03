/*
 * store_recover: replaces torn files by copies of those of the last checkpoint. It begins anew if
 * it is interrupted: the checkpoint and the journal stay as they are, and the mark is set last.
 */
#include "store/recover.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/copy_file.h"
#include "base/log.h"
#include "base/sync_directory.h"
#include "store/copies.h"
#include "store/int.h"
#include "store/journal.h"
#include "store/mark.h"

#define TABLES_NEXT "tables.next"
#define LOG_NEXT    "log/next"

/* -1, with what cannot be done and why. */
static int
fail_at(const char *path, char *error, size_t size)
{
	snprintf(error, size, "cannot make the files of the store whole: %s: %s", path,
	    strerror(errno));
	return -1;
}

static int
copy_path(const char *from, const char *to, char *error, size_t size)
{
	int fd = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return fail_at(from, error, size);
	unlink(to);
	int result = copy_file(fd, to), saved = errno;
	close(fd);
	errno = saved;
	return result == 0 ? 0 : fail_at(to, error, size);
}

/* Copies a file to below the state directory and syncs it, as one of this kind. */
static int
copy_back(const struct store *store, const char *from, const char *name, char kind, char *error,
    size_t size)
{
	struct store_file_options opt = { .kind = kind };
	char to[PATH_MAX];

	store_path(store, to, sizeof(to), name);
	if (copy_path(from, to, error, size) != 0)
		return -1;
	struct store_file *file = store_format_open(to, &opt, error, size);
	store_file_close(file);
	if (file == NULL)
		return -1;
	return store->opt.sync && store_copies_sync_file(to, false) != 0 ? fail_at(to, error, size)
	                                                                 : 0;
}

/* The journal has to go on where the checkpoint ends. */
static int
check_journal(const struct store *store, uint64_t number, char *error, size_t size)
{
	char path[PATH_MAX];

	store_path(store, path, sizeof(path), STORE_JOURNAL_DIRECTORY);
	struct store_journal *journal = store_journal_open(path, store->opt.sync, error, size);
	if (journal == NULL)
		return -1;
	uint64_t first = store_journal_first(journal), end = store_journal_end(journal);
	store_journal_close(journal);
	if (first <= number + 1 && number <= end)
		return 0;
	snprintf(error, size,
	    "the checkpoint of the store in %s ends with batch %" PRIu64
	    ", but its journal has the batches from %" PRIu64 " to %" PRIu64,
	    store->state, number, first, end);
	return -1;
}

static int
sync_both(const struct store *store)
{
	char path[PATH_MAX];

	if (!store->opt.sync)
		return 0;
	store_path(store, path, sizeof(path), "log");
	return sync_directory(path) == 0 ? sync_directory(store->state) : -1;
}

/* Files that begin after the checkpoint's are made anew from the journal. */
static int
remove_later_logs(struct store *store, uint64_t first_seq)
{
	char path[PATH_MAX];

	if (store_files_refresh(store) != 0)
		return -1;
	for (size_t i = 0; i < store->n_logs; i++) {
		if (store->logs[i].first_seq <= first_seq)
			continue;
		store_files_log_path(store, path, store->logs[i].first_seq);
		if (unlink(path) != 0 && errno != ENOENT)
			return -1;
	}
	store_files_close(store);
	return 0;
}

static int
place_copies(struct store *store, uint64_t first_seq, char *error, size_t size)
{
	char from[PATH_MAX], to[PATH_MAX];

	store_path(store, from, sizeof(from), TABLES_NEXT);
	store_path(store, to, sizeof(to), STORE_COPIES_TABLES);
	if (rename(from, to) != 0)
		return fail_at(to, error, size);
	store_path(store, from, sizeof(from), LOG_NEXT);
	store_files_log_path(store, to, first_seq);
	if (rename(from, to) != 0)
		return fail_at(to, error, size);
	if (remove_later_logs(store, first_seq) != 0 || sync_both(store) != 0)
		return fail_at(store->state, error, size);
	return 0;
}

int
store_recover_replace(struct store *store, const struct store_copies *copies, char *error,
    size_t size)
{
	if (copy_back(store, copies->tables, TABLES_NEXT, 't', error, size) != 0 ||
	    copy_back(store, copies->log, LOG_NEXT, 'l', error, size) != 0)
		return -1;
	return place_copies(store, copies->first_seq, error, size);
}

static int
replace_files(struct store *store, char *error, size_t size)
{
	struct store_copies copies;

	if (store_copies_find(store, &copies) != 0) {
		snprintf(error, size,
		    "the machine stopped while the store in %s was open, and its last checkpoint "
		    "is missing (%s)",
		    store->state, strerror(errno));
		return -1;
	}
	if (check_journal(store, copies.number, error, size) != 0)
		return -1;
	return store_recover_replace(store, &copies, error, size);
}

/* Lets a file say that it is up to batch 0 of a journal. 0 or -1 with errno set. */
static int
renumber_file(struct store_file *file, char kind, uint64_t first_seq)
{
	if (store_progress_renumber(file, first_seq, 0) != 0)
		return -1;
	return kind == 't' ? store_format_set_journaled(file, true) : 0;
}

static int
renumber_copy(const char *path, char kind, uint64_t first_seq, char *error, size_t size)
{
	struct store_file_options opt = { .kind = kind };
	struct store_file *file = store_format_open(path, &opt, error, size);

	if (file == NULL)
		return -1;
	int result = renumber_file(file, kind, first_seq), saved = errno;
	store_file_close(file);
	errno = saved;
	return result == 0 ? 0 : fail_at(path, error, size);
}

/* The process that wrote them may not have synced them. */
static int
sync_files(struct store *store, char *error, size_t size)
{
	char path[PATH_MAX];

	if (!store->opt.sync)
		return 0;
	store_path(store, path, sizeof(path), STORE_COPIES_TABLES);
	if (store_copies_sync_file(path, false) != 0)
		return fail_at(path, error, size);
	for (size_t i = 0; i < store->n_logs; i++) {
		store_files_log_path(store, path, store->logs[i].first_seq);
		if (store_copies_sync_file(path, false) != 0)
			return fail_at(path, error, size);
	}
	return 0;
}

/* Copies the files as they are, and makes the copies those of a store with a journal. */
static int
make_first_copies(struct store *store, uint64_t first_seq, char *error, size_t size)
{
	struct store_copies copies;
	char path[PATH_MAX];

	if (store_copies_remove(store) != 0 || store_copies_begin(store, first_seq, &copies) != 0)
		return fail_at(STORE_COPIES_NEXT, error, size);
	store_path(store, path, sizeof(path), STORE_COPIES_TABLES);
	if (copy_path(path, copies.tables, error, size) != 0)
		return -1;
	store_files_log_path(store, path, first_seq);
	if (copy_path(path, copies.log, error, size) != 0 ||
	    renumber_copy(copies.tables, 't', first_seq, error, size) != 0 ||
	    renumber_copy(copies.log, 'l', first_seq, error, size) != 0)
		return -1;
	if (store_copies_sync(store, &copies, false) != 0 || store_copies_end(store, 0) != 0)
		return fail_at(STORE_COPIES_DIRECTORY, error, size);
	return 0;
}

/*
 * Gives a store its journal and its first checkpoint. The files stay as they are, so that it begins
 * anew when it is interrupted.
 */
static int
begin_journal(struct store *store, char *error, size_t size)
{
	uint64_t first_seq = store->logs[store->n_logs - 1].first_seq;
	char path[PATH_MAX];

	if (sync_files(store, error, size) != 0)
		return -1;
	store_path(store, path, sizeof(path), STORE_JOURNAL_DIRECTORY);
	return store_journal_create(path, 1, error, size) == 0
	    ? make_first_copies(store, first_seq, error, size)
	    : -1;
}

/* Lets the files of a store that has a journal say so, the tables last. */
static int
renumber_files(struct store *store, char *error, size_t size)
{
	struct store_file *log = store_files_current(store);

	if (log != NULL && renumber_file(log, 'l', store->logs[store->n_logs - 1].first_seq) == 0 &&
	    renumber_file(store->tables, 't', 0) == 0)
		return 0;
	return fail_at(store->state, error, size);
}

/* A store that has a journal has a checkpoint, too, and the other way round. */
static int
find_both(const struct store *store, char *error, size_t size)
{
	struct store_copies copies;
	char path[PATH_MAX];

	if (store_copies_find(store, &copies) != 0) {
		snprintf(error, size, "the last checkpoint of the store in %s is missing (%s)",
		    store->state, strerror(errno));
		return -1;
	}
	store_path(store, path, sizeof(path), STORE_JOURNAL_DIRECTORY);
	if (access(path, F_OK) == 0)
		return 0;
	snprintf(error, size, "the journal of the store in %s is missing (%s)", store->state,
	    strerror(errno));
	return -1;
}

/* From the mark on the checkpoint counts after a power cut; then the files may be changed. */
static int
use_files(struct store *store, bool marked, char *error, size_t size)
{
	if (store_files_open(store, error, size) != 0)
		return -1;
	bool journaled = store_format_is_journaled(store->tables);
	int result = marked || journaled ? 0 : begin_journal(store, error, size);
	if (result == 0)
		result = find_both(store, error, size);
	if (result == 0 && !marked && store_mark_set(store) != 0)
		result = fail_at(store->state, error, size);
	if (result == 0 && !journaled)
		result = renumber_files(store, error, size);
	store->was_left = result == 0 && !marked && journaled;
	store_files_close(store);
	return result;
}

int
store_recover(struct store *store, char *error, size_t size)
{
	if (store->opt.memory)
		return 0;
	enum store_mark mark = store_mark_look(store);
	if (!store_mark_has_stopped(mark))
		return use_files(store, mark == STORE_MARK_OURS, error, size);
	log_info("store: the machine has stopped: going back to the last checkpoint");
	return replace_files(store, error, size);
}

int
store_recover_end(struct store *store, char *error, size_t size)
{
	if (!store->opt.memory && store_mark_look(store) != STORE_MARK_OURS &&
	    store_mark_set(store) != 0)
		return fail_at(store->state, error, size);
	store->writer->whole = true;
	return 0;
}

bool
store_recover_is_needed(const struct store *store)
{
	return !store->opt.memory && store_mark_look(store) == STORE_MARK_OTHER;
}
