/* store_fsck journal: see journal.h. */
#include "store/fsck/journal.h"

#include <sys/stat.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/rmtree.h"
#include "base/sync_directory.h"
#include "store/batch.h"
#include "store/checkpoint.h"
#include "store/fsck/file.h"
#include "store/fsck/unfinished.h"
#include "store/recover.h"
#include "store/store_admin.h"

#define DAMAGED      "damaged"
#define JOURNAL_NEXT "journal.next"

static bool
is_there(const struct store *store, const char *name)
{
	char path[PATH_MAX];

	store_path(store, path, sizeof(path), name);
	return access(path, F_OK) == 0;
}

/* Whether each record is found. Space that a killed process lost does no harm, here either. */
static bool
is_readable(const char *path, char kind)
{
	struct store_file_options opt = { .kind = kind, .map = true, .read_only = true };
	char error[PATH_MAX + 128];
	struct store_salvage scan;
	bool readable = store_salvage_scan(path, NULL, NULL, &scan) == 0 && !scan.cut;

	if (readable) {
		struct store_file *file = store_format_open(path, &opt, error, sizeof(error));

		readable = store_fsck_is_walkable(file, &scan);
		store_file_close(file);
	}
	store_salvage_end(&scan);
	return readable;
}

static void
examine_copies(struct fsck_journal *journal)
{
	bool found = store_copies_find(journal->store, &journal->copies) == 0;

	journal->whole = found && is_readable(journal->copies.tables, 't') &&
	    is_readable(journal->copies.log, 'l');
	if (journal->whole)
		return;
	journal->sound = false;
	store_fsck_say(journal->fsck, STORE_FOUND_DAMAGED, 0,
	    found ? "the last checkpoint cannot be read" : "the last checkpoint is missing");
}

static void
tell_hole(struct fsck_journal *journal, const struct store_journal_hole *hole)
{
	bool old = journal->whole && hole->last <= journal->copies.number;

	if (hole->is_end)
		return;
	journal->sound = false;
	store_fsck_say(journal->fsck, old ? STORE_FOUND_STALE : STORE_FOUND_DAMAGED, 0,
	    STORE_JOURNAL_DIRECTORY "/%016" PRIx64 ".journal: at byte %" PRIu64
	                            " the batches %" PRIu64 " to %" PRIu64
	                            " are missing, and later ones follow",
	    hole->segment, hole->at, hole->first, hole->last);
}

static int
examine_journal(struct fsck_journal *journal, char *error, size_t size)
{
	struct store_journal_look *look = &journal->look;
	char path[PATH_MAX];

	store_path(journal->store, path, sizeof(path), STORE_JOURNAL_DIRECTORY);
	journal->readable = store_journal_look(path, look, error, size) == 0;
	if (look->newer)
		return -1;
	if (!journal->readable) {
		journal->sound = false;
		store_fsck_say(journal->fsck, STORE_FOUND_DAMAGED, 0, "%s", error);
		return 0;
	}
	for (size_t i = 0; i < look->n_holes; i++)
		tell_hole(journal, &look->holes[i]);
	if (journal->whole &&
	    (look->first > journal->copies.number + 1 || look->end < journal->copies.number)) {
		journal->sound = false;
		store_fsck_say(journal->fsck, STORE_FOUND_DAMAGED, 0,
		    "the last checkpoint ends with batch %" PRIu64
		    ", but the journal has those from %" PRIu64 " to %" PRIu64,
		    journal->copies.number, look->first, look->end);
	}
	return 0;
}

int
store_fsck_journal_examine(struct fsck_journal *journal, char *error, size_t size)
{
	struct store *store = journal->store;

	if (store->opt.memory)
		return 0;
	journal->mark = store_mark_look(store);
	journal->there = journal->mark != STORE_MARK_ABSENT ||
	    is_there(store, STORE_JOURNAL_DIRECTORY) ||
	    is_there(store, STORE_CHECKPOINT_DIRECTORY) ||
	    (store->tables != NULL && store_format_is_journaled(store->tables));
	journal->sound = true;
	if (!journal->there)
		return 0;
	examine_copies(journal);
	return examine_journal(journal, error, size);
}

void
store_fsck_journal_free(struct fsck_journal *journal)
{
	store_journal_look_free(&journal->look);
}

/* A writer that opens the store makes its files whole. False, told: it cannot. */
static bool
open_and_leave(struct fsck_journal *journal)
{
	char error[PATH_MAX + 256];
	struct store *store = store_open_writer(journal->fsck->opt, error, sizeof(error));

	bool whole = store != NULL && store_checkpoint_leave(store) == 0;

	if (!whole)
		store_fsck_say(journal->fsck, STORE_FOUND_DAMAGED, 0, "%s",
		    store == NULL ? error : "the files of the store cannot be synced");
	store_close(store);
	return whole;
}

/* The journal that another repair has begun, and then it was interrupted. */
static int
remove_next(const struct store *store)
{
	char path[PATH_MAX];

	store_path(store, path, sizeof(path), JOURNAL_NEXT);
	return rmtree(path);
}

/* -1, with why nothing can be written there. */
static int
fail_errno(char *error, size_t size, const char *path)
{
	snprintf(error, size, "cannot write in %s: %s", path, strerror(errno));
	return -1;
}

int
store_fsck_journal_recover(struct fsck_journal *journal, char *error, size_t size)
{
	struct store_fsck *fsck = journal->fsck;

	if (!journal->there || fsck->dry)
		return 0;
	if (remove_next(journal->store) != 0)
		return fail_errno(error, size, journal->store->state);
	if (!store_mark_has_stopped(journal->mark)) {
		journal->salvage = !journal->sound;
		return 0;
	}
	journal->salvage = !journal->sound || !open_and_leave(journal);
	if (!journal->salvage)
		return 0;
	if (journal->whole)
		return store_recover_replace(journal->store, &journal->copies, error, size);
	fsck->tables_damaged = fsck->logs_damaged = fsck->state_damaged = true;
	if (store_fsck_unfinished_note(fsck) != 0)
		return fail_errno(error, size, journal->store->state);
	store_fsck_say(fsck, STORE_FOUND_LOST, 0,
	    "the machine has stopped, and there is no checkpoint: what of the files was not on the "
	    "disk");
	return 0;
}

/* What is read of the journal while it is applied. */
struct salvage {
	struct fsck_journal *journal;
	struct store *store;                  /* open, with a writer */
	uint64_t applied[STORE_PART_COMPACT]; /* to each part, before */
	uint64_t done;                        /* operations */
	char *error;
	size_t size;
};

static int
fail(struct salvage *salvage, const char *what)
{
	snprintf(salvage->error, salvage->size, "cannot apply the journal: %s: %s", what,
	    strerror(errno));
	return -1;
}

/* Tells an operation that does not fit what is there, by the logs in which it has entries. */
static void
tell_refused(struct salvage *salvage, uint64_t number, const struct store_op *op)
{
	struct store_step step;
	struct unpack u;
	uint64_t log = 0;

	unpack_init(&u, op->data, op->len);
	while (log == 0 && store_tx_step(&u, &step) == 1)
		if (step.kind == STORE_STEP_APPEND)
			log = step.log;
	if (log != 0)
		store_fsck_say(salvage->journal->fsck, STORE_FOUND_LOST, log,
		    "log %" PRIu64 ": a transaction of batch %" PRIu64
		    " of the journal does not fit what is there",
		    log, number);
	else
		store_fsck_say(salvage->journal->fsck, STORE_FOUND_LOST, 0,
		    "a transaction of batch %" PRIu64 " of the journal does not fit what is there",
		    number);
}

static int
salvage_ops(struct salvage *salvage, uint64_t number, struct store_batch *batch)
{
	struct store_op op;
	int more;

	while ((more = store_batch_next(batch, &op)) == 1) {
		if (number <= salvage->applied[op.part])
			continue;
		if (store_apply_op(salvage->store, &op) != 0)
			return -1;
		if (op.outcome.status == STORE_OK)
			salvage->done++;
		else
			tell_refused(salvage, number, &op);
	}
	if (more != 0)
		store_fsck_say(salvage->journal->fsck, STORE_FOUND_LOST, 0,
		    "batch %" PRIu64 " of the journal makes no sense to its end", number);
	return 0;
}

/* Applies a batch operation by operation, as far as it fits. */
static int
salvage_batch(void *arg, uint64_t number, const void *data, size_t len)
{
	struct salvage *salvage = arg;
	struct store_writer *writer = salvage->store->writer;
	struct store_batch batch;

	if (number <= salvage->applied[STORE_PART_TABLES] &&
	    number <= salvage->applied[STORE_PART_LOGS])
		return 0;
	if (store_batch_open(&batch, data, len) != 0) {
		errno = ENOTSUP;
		return fail(salvage, "a newer version of kabar made a batch");
	}
	/* Entries keep their seqs, also behind those that are lost. */
	if (number > salvage->applied[STORE_PART_LOGS] && batch.next_seq > writer->next_seq)
		writer->next_seq = batch.next_seq;
	if (batch.time_ms > writer->last_time_ms)
		writer->last_time_ms = batch.time_ms;
	writer->number = number;
	if (salvage_ops(salvage, number, &batch) != 0 || store_apply_prepare(salvage->store) != 0) {
		store_apply_cancel(salvage->store);
		return fail(salvage, "a batch");
	}
	if (store_apply_commit(salvage->store) != 0)
		return fail(salvage, "a batch");
	store_rotate(salvage->store);
	return 0;
}

static void
tell_lost_batches(struct salvage *salvage)
{
	const struct fsck_journal *journal = salvage->journal;

	if (!journal->readable && store_mark_has_stopped(journal->mark))
		store_fsck_say(journal->fsck, STORE_FOUND_LOST, 0,
		    "all that was done since the last checkpoint, as there is no journal");
	for (size_t i = 0; i < journal->look.n_holes; i++) {
		const struct store_journal_hole *hole = &journal->look.holes[i];

		if (!hole->is_end &&
		    (hole->last > salvage->applied[STORE_PART_TABLES] ||
		        hole->last > salvage->applied[STORE_PART_LOGS]))
			store_fsck_say(journal->fsck, STORE_FOUND_LOST, 0,
			    "what was done in the batches %" PRIu64 " to %" PRIu64
			    " of the journal",
			    hole->first, hole->last);
	}
}

/* A file that does not say how far it is lacks nothing of the journal, as far as can be known. */
static int
begin_writer(struct salvage *salvage)
{
	struct store_fsck *fsck = salvage->journal->fsck;
	struct store *store = salvage->store;
	struct store_progress progress;

	for (int part = STORE_PART_TABLES; part <= STORE_PART_LOGS; part++) {
		struct store_file *file = store_files_of_part(store, part);

		if (file == NULL)
			return fail(salvage, "how far the files are");
		if (store_progress_read(file, &progress) != STORE_FAILED)
			continue;
		fsck->logs_damaged |= part == STORE_PART_LOGS;
		fsck->state_damaged |= part == STORE_PART_LOGS;
		if (store_fsck_unfinished_note(fsck) != 0 || store_fsck_journal_forget(file) != 0)
			return fail(salvage, "how far the files are");
		store_fsck_say(fsck, STORE_FOUND_DAMAGED, 0, "%s: how far the last batch got",
		    part == STORE_PART_TABLES ? "tables.tdb" : "logs");
	}
	if (store_replay_begin(store, salvage->applied, salvage->error, salvage->size) != 0)
		return -1;
	for (int part = STORE_PART_TABLES; part <= STORE_PART_LOGS; part++)
		if (store_progress_read(store_files_of_part(store, part), &progress) != STORE_OK)
			salvage->applied[part] = UINT64_MAX;
	return 0;
}

static int
apply_journal(struct salvage *salvage)
{
	struct store_journal_look look = { .visit = salvage_batch, .arg = salvage };
	struct fsck_journal *journal = salvage->journal;
	char path[PATH_MAX];
	int result = 0;

	store_path(salvage->store, path, sizeof(path), STORE_JOURNAL_DIRECTORY);
	salvage->store->writer->ordered = true;
	if (journal->readable)
		result = store_journal_look(path, &look, salvage->error, salvage->size);
	salvage->store->writer->ordered = false;
	store_journal_look_free(&look);
	return result;
}

/* Moves the journal to those files that were damaged. 0 or -1 with errno set. */
static int
keep_journal(const struct store *store, char kept[PATH_MAX])
{
	char from[PATH_MAX], stamp[CLOCK_TEXT_SIZE];
	int result = -1;

	store_path(store, kept, PATH_MAX, DAMAGED);
	if (mkdir(kept, 0700) != 0 && errno != EEXIST)
		return -1;
	clock_stamp(stamp);
	store_path(store, from, sizeof(from), STORE_JOURNAL_DIRECTORY);
	errno = EEXIST;
	for (int i = 0; result != 0 && (errno == EEXIST || errno == ENOTEMPTY); i++) {
		snprintf(kept, PATH_MAX, "%s/" DAMAGED "/" STORE_JOURNAL_DIRECTORY ".%s-%d",
		    store->state, stamp, i);
		result = rename(from, kept);
	}
	if (result != 0) {
		kept[0] = '\0';
		return errno == ENOENT ? 0 : -1;
	}
	return sync_directory_of(kept);
}

/*
 * The checkpoint comes before the new journal takes its place: a repair that is interrupted begins
 * with it, and finds nothing to apply.
 */
static int
begin_journal(struct salvage *salvage, char kept[PATH_MAX])
{
	struct store *store = salvage->store;
	struct store_writer *writer = store->writer;
	char next[PATH_MAX], path[PATH_MAX];

	store_path(store, next, sizeof(next), JOURNAL_NEXT);
	store_path(store, path, sizeof(path), STORE_JOURNAL_DIRECTORY);
	if (salvage->journal->look.end > writer->number)
		writer->number = salvage->journal->look.end;
	if (store_journal_create(next, writer->number + 1, salvage->error, salvage->size) != 0)
		return -1;
	writer->journal = store_journal_open(next, store->opt.sync, salvage->error, salvage->size);
	if (writer->journal == NULL)
		return -1;
	if (store_format_set_journaled(store->tables, true) != 0 ||
	    store_checkpoint_make(store) != 0)
		return fail(salvage, "a checkpoint");
	if (keep_journal(store, kept) != 0 || rename(next, path) != 0 ||
	    sync_directory(store->state) != 0)
		return fail(salvage, next);
	writer->whole = true;
	return store_checkpoint_leave(store) == 0 ? 0 : fail(salvage, store->state);
}

static int
salvage_all(struct salvage *salvage, char kept[PATH_MAX])
{
	struct store *store = salvage->store;

	store->writable = true;
	if (store_files_open(store, salvage->error, salvage->size) != 0 ||
	    begin_writer(salvage) != 0 || apply_journal(salvage) != 0)
		return -1;
	tell_lost_batches(salvage);
	return begin_journal(salvage, kept);
}

int
store_fsck_journal_salvage(struct fsck_journal *journal, char *error, size_t size)
{
	struct salvage salvage = { .journal = journal, .error = error, .size = size };
	struct store_fsck *fsck = journal->fsck;
	bool rebuilt = fsck->tables_damaged || fsck->logs_damaged || fsck->n_files > 0;
	char kept[PATH_MAX] = "";

	if (!journal->there || fsck->dry)
		return 0;
	if (!journal->salvage && !rebuilt &&
	    (journal->mark != STORE_MARK_OURS || open_and_leave(journal)))
		return 0;
	salvage.store = store_new(fsck->opt, error, size);
	if (salvage.store == NULL)
		return -1;
	int result = salvage_all(&salvage, kept);
	store_close(salvage.store);
	if (result == 0 && !journal->sound)
		store_fsck_say(fsck, STORE_FOUND_DAMAGED, 0,
		    "the journal was begun anew, and %" PRIu64 " transactions of it applied%s%s",
		    salvage.done, kept[0] == '\0' ? "" : "; the damaged one is ", kept);
	return result;
}

int
store_fsck_journal_forget(struct store_file *file)
{
	static const unsigned char key = STORE_RECORD_BATCH;

	if (file == NULL || store_file_begin(file) != 0)
		return -1;
	if (store_file_delete(file, &key, 1) == 0)
		return store_file_commit(file);
	store_file_cancel(file);
	return -1;
}
