/*
 * store_checkpoint: copies the files between two batches and has a child sync the copies beside the
 * service. Where the copies lie is left to store_copies.
 */
#include "store/checkpoint.h"

#include <sys/wait.h>

#include <bsd/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/copy_file.h"
#include "base/log.h"
#include "base/sync_directory.h"
#include "store/copies.h"
#include "store/int.h"
#include "store/journal.h"
#include "store/mark.h"

#define RETRY_MS 60000 /* after a failure */
#define MIB      (UINT64_C(1024) * 1024)

struct store_checkpoint {
	pid_t child;                /* syncs the copies; 0: none */
	uint64_t number;            /* of the last batch in them */
	struct store_copies copies; /* that it syncs */
	uint64_t begun_size;        /* of the journal, when they were made */
	uint64_t kept_size;         /* bytes of the journal from before the last checkpoint */
	uint64_t synced;            /* files of logs that begin before this one are on the disk */
	int64_t retry_ms;           /* monotonic; after a failure none is begun before this */
	struct log_pause failures;
};

/* The writer's; NULL with errno set when there is no memory. */
static struct store_checkpoint *
get_checkpoint(struct store *store)
{
	struct store_copies last;

	if (store->writer->checkpoint != NULL)
		return store->writer->checkpoint;
	struct store_checkpoint *checkpoint = calloc(1, sizeof(*checkpoint));
	if (checkpoint != NULL && store_copies_find(store, &last) == 0)
		checkpoint->synced = last.first_seq;
	store->writer->checkpoint = checkpoint;
	return checkpoint;
}

/* Syncs the files of logs that have ended since the last checkpoint. 0 or -1 with errno set. */
static int
sync_ended(const struct store *store, uint64_t from, bool paced)
{
	char path[PATH_MAX];

	for (size_t i = 0; i + 1 < store->n_logs; i++) {
		if (store->logs[i].first_seq < from)
			continue;
		store_files_log_path(store, path, store->logs[i].first_seq);
		if (store_copies_sync_file(path, paced) != 0 && errno != ENOENT)
			return -1;
	}
	store_path(store, path, sizeof(path), "log");
	return sync_directory(path);
}

/*
 * The child has no file of the store open: its parent would lose the locks of those that it closes,
 * and clients would see no end of a connection that it keeps. Its exit status is an errno.
 */
static void __attribute__((noreturn))
run_child(const struct store *store, const struct store_checkpoint *checkpoint, bool paced)
{
	closefrom(STDERR_FILENO + 1);
	if (store_copies_sync(store, &checkpoint->copies, paced) == 0 &&
	    sync_ended(store, checkpoint->synced, paced) == 0 &&
	    (store->opt.sync || store_journal_sync(store->writer->journal) == 0))
		_exit(0);
	_exit(errno > 0 && errno < 256 ? errno : EIO);
}

static int
copy_files(struct store *store, struct store_checkpoint *checkpoint)
{
	struct store_file *log = store_files_current(store);
	uint64_t first_seq = store->logs[store->n_logs - 1].first_seq;

	if (log == NULL || store_copies_begin(store, first_seq, &checkpoint->copies) != 0)
		return -1;
	return copy_file(store_file_fd(store->tables), checkpoint->copies.tables) == 0 &&
	        copy_file(store_file_fd(log), checkpoint->copies.log) == 0
	    ? 0
	    : -1;
}

static int
begin(struct store *store, struct store_checkpoint *checkpoint, bool paced)
{
	if (store_apply_note_both(store) != 0)
		return -1;
	if (copy_files(store, checkpoint) != 0) {
		store_copies_drop_next(store);
		return -1;
	}
	checkpoint->number = store->writer->number;
	checkpoint->begun_size = store_journal_size(store->writer->journal);
	checkpoint->child = fork();
	if (checkpoint->child == 0)
		run_child(store, checkpoint, paced);
	if (checkpoint->child > 0)
		return 0;
	checkpoint->child = 0;
	store_copies_drop_next(store);
	return -1;
}

/* Gives up the journal before the checkpoint. Without that it takes space, and no more. */
static void
trim_journal(struct store *store, struct store_checkpoint *checkpoint)
{
	struct store_journal *journal = store->writer->journal;
	uint64_t since = store_journal_size(journal) - checkpoint->begun_size, kept;

	if (store_journal_trim(journal, checkpoint->number) != 0)
		log_warn("store: cannot give up the old part of the journal");
	kept = store_journal_size(journal);
	checkpoint->kept_size = kept > since ? kept - since : 0;
}

/* What the child has done: 0, and the checkpoint counts, or -1 with errno set. */
static int
end(struct store *store, struct store_checkpoint *checkpoint, int status)
{
	checkpoint->child = 0;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
	if (errno != 0 || store_copies_end(store, checkpoint->number) != 0) {
		store_copies_drop_next(store);
		return -1;
	}
	log_debug("store: checkpoint at batch %" PRIu64, checkpoint->number);
	checkpoint->synced = checkpoint->copies.first_seq;
	trim_journal(store, checkpoint);
	return 0;
}

/* 1: the child is at work, 0: no more, or -1 with errno set. */
static int
look_after_child(struct store *store, struct store_checkpoint *checkpoint, int options)
{
	int status;
	pid_t pid;

	do
		pid = waitpid(checkpoint->child, &status, options);
	while (pid < 0 && errno == EINTR);
	if (pid == 0)
		return 1;
	return end(store, checkpoint, pid < 0 ? -1 : status);
}

static void
log_failure(struct store *store, struct store_checkpoint *checkpoint)
{
	checkpoint->retry_ms = clock_monotonic_ms() + RETRY_MS;
	if (log_pause_over(&checkpoint->failures))
		log_warn("store: no checkpoint can be made, so the journal grows (it has %" PRIu64
		         " MiB)",
		    store_journal_size(store->writer->journal) / MIB);
}

static bool
is_due(const struct store *store, const struct store_checkpoint *checkpoint)
{
	uint64_t limit =
	    store->opt.checkpoint_bytes == 0 ? STORE_CHECKPOINT : store->opt.checkpoint_bytes;

	return store_journal_size(store->writer->journal) >= checkpoint->kept_size + limit &&
	    clock_monotonic_ms() >= checkpoint->retry_ms;
}

void
store_checkpoint_turn(struct store *store)
{
	struct store_checkpoint *checkpoint;
	int result = 0;

	if (store->writer->journal == NULL || (checkpoint = get_checkpoint(store)) == NULL)
		return;
	if (checkpoint->child != 0)
		result = look_after_child(store, checkpoint, WNOHANG);
	if (result == 0 && is_due(store, checkpoint))
		result = begin(store, checkpoint, true);
	if (result < 0)
		log_failure(store, checkpoint);
}

int
store_checkpoint_make(struct store *store)
{
	struct store_checkpoint *checkpoint;

	if (store->writer->journal == NULL)
		return 0;
	checkpoint = get_checkpoint(store);
	if (checkpoint == NULL)
		return -1;
	/* One that is under way does not have what was changed since. */
	if (checkpoint->child != 0)
		(void)look_after_child(store, checkpoint, 0);
	if (begin(store, checkpoint, false) == 0 && look_after_child(store, checkpoint, 0) == 0)
		return 0;
	int saved = errno;
	log_failure(store, checkpoint);
	errno = saved;
	return -1;
}

/* Syncs what the writer has changed since the last checkpoint. 0 or -1 with errno set. */
static int
sync_files(struct store *store, const struct store_checkpoint *checkpoint)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < store->n_logs; i++) {
		struct store_file *file;

		if (store->logs[i].first_seq < checkpoint->synced)
			continue;
		file = store_files_at(store, i);
		if (file == NULL || store_file_sync(file) != 0)
			return -1;
	}
	store_path(store, path, sizeof(path), "log");
	return store_file_sync(store->tables) == 0 && sync_directory(path) == 0
	    ? sync_directory(store->state)
	    : -1;
}

int
store_checkpoint_leave(struct store *store)
{
	struct store_checkpoint *checkpoint;

	if (store->writer->journal == NULL)
		return 0;
	errno = EIO;
	if (store->writer->broken || !store->writer->whole ||
	    (checkpoint = get_checkpoint(store)) == NULL)
		return -1;
	if (checkpoint->child != 0)
		(void)look_after_child(store, checkpoint, 0);
	if (sync_files(store, checkpoint) != 0)
		return -1;
	return store_mark_remove(store);
}
