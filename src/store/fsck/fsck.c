/*
 * store_fsck: the files of a store: all are looked at before the first is touched. What becomes of
 * one is left to file.c, what is in logs to log.c.
 */
#include "store/fsck/fsck.h"

#include <sys/stat.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/vector.h"
#include "store/checkpoint.h"
#include "store/fsck/file.h"
#include "store/fsck/journal.h"
#include "store/fsck/unfinished.h"
#include "store/int.h"
#include "store/recover.h"
#include "store/store_admin.h"

#define TEXT_MAX    (2 * PATH_MAX)
#define TABLES_NAME "tables.tdb"

/* Lists the files; makes the directory of logs, if it is that which is missing. */
static int
list_pieces(struct fsck_files *files)
{
	struct store *store = files->store;
	char path[PATH_MAX];

	store_path(store, path, sizeof(path), "log");
	if (!files->fsck->dry && mkdir(path, 0700) != 0 && errno != EEXIST)
		return store_fsck_fail(files, "cannot make %s: %s", path, strerror(errno));
	if (store_files_refresh(store) != 0)
		return store_fsck_fail(files, "cannot read %s: %s", path, strerror(errno));
	files->tables =
	    (struct fsck_piece){ .kind = 't', .name = TABLES_NAME, .end_seq = UINT64_MAX };
	files->logs = calloc(store->n_logs + 1, sizeof(*files->logs));
	if (files->logs == NULL)
		return store_fsck_fail(files, "out of memory");
	files->n_logs = store->n_logs;
	for (size_t i = 0; i < files->n_logs; i++) {
		struct fsck_piece *piece = &files->logs[i];

		piece->kind = 'l';
		piece->first_seq = store->logs[i].first_seq;
		piece->end_seq = i + 1 < files->n_logs ? store->logs[i + 1].first_seq : UINT64_MAX;
		store_files_log_name(piece->name, sizeof(piece->name), piece->first_seq);
	}
	return 0;
}

static int
examine_all(struct fsck_files *files)
{
	if (store_fsck_examine(files, &files->tables) != 0)
		return -1;
	for (size_t i = 0; i < files->n_logs; i++)
		if (store_fsck_examine(files, &files->logs[i]) != 0)
			return -1;
	if (files->tables.condition == FSCK_MISSING && files->n_logs == 0)
		return store_fsck_fail(files, "there is no store in %s: kabarctl init makes one",
		    files->store->state);
	return 0;
}

/* Before the damage goes by which it is known. */
static int
note_damage(struct fsck_files *files)
{
	if (store_fsck_unfinished_note(files->fsck) == 0)
		return 0;
	return store_fsck_fail(files, "cannot write in %s: %s", files->store->state,
	    strerror(errno));
}

/* Entries that a damaged file may have held are told of by their seqs. */
static int
note_file(struct fsck_files *files, size_t index)
{
	struct store_fsck *fsck = files->fsck;
	struct store_fsck_range *range = vector_add(&fsck->files, &fsck->n_files, sizeof(*range));

	if (range == NULL)
		return store_fsck_fail(files, "out of memory");
	range->first = files->logs[index].first_seq;
	range->end = files->logs[index].end_seq;
	fsck->logs_damaged = true;
	fsck->state_damaged |= index + 1 == files->n_logs;
	return note_damage(files);
}

/* A file of logs that is missing now was dropped after it was listed. */
static int
fix_logs(struct fsck_files *files)
{
	for (size_t i = 0; i < files->n_logs; i++) {
		struct fsck_piece *piece = &files->logs[i];

		if (piece->condition == FSCK_SOUND ||
		    (files->opened && piece->condition == FSCK_MISSING))
			continue;
		store_fsck_tell_piece(files, piece);
		if (files->fsck->dry && piece->readable)
			continue;
		if (note_file(files, i) != 0 ||
		    (!files->fsck->dry && store_fsck_rebuild(files, piece) != 0))
			return -1;
	}
	return 0;
}

/* The last file must not be one that says that another follows it. */
static int
fix_current(struct fsck_files *files)
{
	struct fsck_piece none = { .kind = 'l', .condition = FSCK_MISSING };
	struct fsck_piece *from = files->n_logs == 0 ? &none : &files->logs[files->n_logs - 1];
	struct fsck_piece next = none;

	if (files->n_logs > 0 && !from->ended)
		return 0;
	for (size_t i = 0; i < files->n_logs; i++)
		if (files->logs[i].last_seq > next.first_seq)
			next.first_seq = files->logs[i].last_seq;
	if (from->first_seq > next.first_seq)
		next.first_seq = from->first_seq;
	next.first_seq++;
	store_files_log_name(next.name, sizeof(next.name), next.first_seq);
	files->fsck->logs_damaged = files->fsck->state_damaged = true;
	store_fsck_say(files->fsck, STORE_FOUND_LOST, 0,
	    "the newest file of logs, with all that was in it");
	if (files->fsck->dry)
		return 0;
	return note_damage(files) == 0 ? store_fsck_follow(files, from, &next) : -1;
}

static int
fix_tables(struct fsck_files *files)
{
	if (files->tables.condition == FSCK_SOUND)
		return 0;
	store_fsck_tell_piece(files, &files->tables);
	files->fsck->tables_damaged = !files->fsck->dry || !files->tables.readable;
	if (files->fsck->dry)
		return 0;
	return note_damage(files) == 0 ? store_fsck_rebuild(files, &files->tables) : -1;
}

/* Tells whether all files can be opened, and readers find the newest. */
static bool
is_openable(const struct fsck_files *files)
{
	bool all =
	    files->tables.readable && files->n_logs > 0 && !files->logs[files->n_logs - 1].ended;

	for (size_t i = 0; i < files->n_logs; i++)
		all &= files->logs[i].readable;
	return all;
}

static int
fix_files(struct store_fsck *fsck, struct store *store, bool *openable, char *error, size_t size)
{
	struct fsck_files files = { .fsck = fsck,
		.store = store,
		.error = error,
		.error_size = size };
	int result = -1;

	store->writable = true;
	if (list_pieces(&files) == 0 && examine_all(&files) == 0 && fix_logs(&files) == 0 &&
	    fix_current(&files) == 0)
		result = fix_tables(&files);
	if (result == 0)
		*openable = !fsck->dry || is_openable(&files);
	free(files.logs);
	return result;
}

int
store_fsck_files(struct store_fsck *fsck, bool *openable, char *error, size_t size)
{
	struct store *store = store_new(fsck->opt, error, size);
	struct fsck_journal journal = { .fsck = fsck, .store = store };
	int result = -1;

	if (store == NULL)
		return -1;
	*openable = false;
	snprintf(error, size, "cannot read in %s", store->state);
	if (store_fsck_unfinished_recall(fsck) == 0 &&
	    store_fsck_journal_examine(&journal, error, size) == 0 &&
	    store_fsck_journal_recover(&journal, error, size) == 0) {
		/* Before anybody can read them, a repair would make the files whole. */
		if (fsck->dry && journal.there && store_mark_has_stopped(journal.mark))
			result = 0;
		else
			result = fix_files(fsck, store, openable, error, size);
		if (result == 0)
			result = store_fsck_journal_salvage(&journal, error, size);
	}
	store_fsck_journal_free(&journal);
	store_close(store);
	return result;
}

/* Checks the journal of a store that is open, and maybe in use. */
static int
look_at_journal(struct store *store, struct store_fsck *fsck)
{
	struct fsck_journal journal = { .fsck = fsck, .store = store };
	char error[TEXT_MAX];

	if (store_fsck_journal_examine(&journal, error, sizeof(error)) != 0)
		store_fsck_say(fsck, STORE_FOUND_DAMAGED, 0, "%s", error);
	store_fsck_journal_free(&journal);
	return 0;
}

int
store_fsck_check_closed(const struct store_options *opt, store_fsck_report *report, void *arg)
{
	struct store_fsck fsck = { .opt = opt, .dry = true, .report = report, .arg = arg };
	char error[TEXT_MAX];
	struct store *store = store_new(opt, error, sizeof(error));

	if (store == NULL)
		return -1;
	look_at_journal(store, &fsck);
	store_close(store);
	return store_fsck_result(&fsck);
}

/* Checks the files of a store that is open, and maybe in use. */
static int
look_at_files(struct store *store, struct store_fsck *fsck)
{
	char error[TEXT_MAX] = "";
	struct fsck_files files = { .fsck = fsck,
		.store = store,
		.opened = true,
		.error = error,
		.error_size = sizeof(error) };
	int result = -1;

	if (store_files_current(store) != NULL && list_pieces(&files) == 0 &&
	    examine_all(&files) == 0 && fix_logs(&files) == 0)
		result = fix_tables(&files);
	if (result != 0 && error[0] != '\0')
		log_warnx("store: %s", error);
	free(files.logs);
	return result;
}

static int
look_mapped(struct store *store, struct store_fsck *fsck)
{
	fsck->dry = true;
	fsck->opt = &store->opt;
	store_refresh(store);
	return look_at_files(store, fsck) == 0 && look_at_journal(store, fsck) == 0 &&
	        store_fsck_logs(fsck, store) == 0
	    ? 0
	    : -1;
}

int
store_fsck_look_at(struct store *store, struct store_fsck *fsck)
{
	bool mapped = store->mapped;
	int result = -1;

	/* store_file_check reads byte by byte, each with a system call unless the file is mapped.
	 */
	if (store_map(store, true) == 0)
		result = look_mapped(store, fsck);
	return store_map(store, mapped) == 0 ? result : -1;
}

void
store_fsck_tell_losses(struct store_fsck *fsck)
{
	for (size_t i = 0; i < fsck->n_losses; i++) {
		const struct store_loss *loss = &fsck->losses[i];

		if (loss->first == loss->last)
			store_fsck_say(fsck, store_fsck_loss_class(fsck), loss->log,
			    "log %" PRIu64 ": entry %" PRIu64 " is missing or damaged", loss->log,
			    loss->first);
		else
			store_fsck_say(fsck, store_fsck_loss_class(fsck), loss->log,
			    "log %" PRIu64 ": entries %" PRIu64 " to %" PRIu64
			    " are missing or damaged",
			    loss->log, loss->first, loss->last);
	}
}

static int
look_at_store(void *arg, struct store_fsck *fsck)
{
	if (store_fsck_look_at(arg, fsck) != 0)
		return -1;
	store_fsck_tell_losses(fsck);
	return 0;
}

int
store_fsck_check(struct store *store, store_fsck_report *report, void *arg)
{
	return store_fsck_confirm(look_at_store, store, report, arg);
}

static int
become_writer(struct store *store)
{
	char error[TEXT_MAX];

	if (store_replay_open(store, error, sizeof(error)) == 0 &&
	    store_recover_end(store, error, sizeof(error)) == 0)
		return 0;
	store_replay_close(store);
	return -1;
}

int
store_fsck_begin(struct store_fsck *fsck, struct store *store)
{
	char error[TEXT_MAX];

	if (store_open_to_write(store, error, sizeof(error)) != 0)
		return -1;
	if (become_writer(store) == 0)
		return 0;
	if (store_fsck_journal_forget(store->tables) == 0 && become_writer(store) == 0) {
		store_fsck_say(fsck, STORE_FOUND_DAMAGED, 0,
		    "tables.tdb: how far its last transaction got");
		return 0;
	}
	fsck->state_damaged = fsck->logs_damaged = true;
	if (store_fsck_unfinished_note(fsck) != 0 ||
	    store_fsck_journal_forget(store_files_current(store)) != 0 || become_writer(store) != 0)
		return -1;
	store_fsck_say(fsck, STORE_FOUND_DAMAGED, 0, "logs: how far their last transaction got");
	return 0;
}

int
store_fsck_end(const struct store_fsck *fsck, struct store *store)
{
	if (store_fsck_result(fsck) != 0 && store_checkpoint_make(store) != 0)
		return -1;
	return store_checkpoint_leave(store) == 0 ? store_fsck_unfinished_end(store->state) : -1;
}

int
store_fsck_last_log(struct store *store, uint64_t *last)
{
	uint64_t next_seq, page;

	if (store_progress_of_logs(store, &next_seq, &page) != STORE_OK)
		return -1;
	*last = (page + 1) * STORE_PAGE_HEADS - 1;
	return 0;
}

static int
put_open(struct store *store, uint64_t log)
{
	struct store_head head;

	if (store_head_take(store, log, &head) != STORE_OK)
		return -1;
	head.closed = false;
	if (store_head_set(store, log, &head) != 0 || store_head_flush(store) != 0)
		return -1;
	return store_apply_note(store, STORE_PART_LOGS);
}

int
store_fsck_reopen(struct store *store, uint64_t log)
{
	struct store_file *file = store_files_current(store);

	if (file == NULL || store_file_begin(file) != 0)
		return -1;
	if (put_open(store, log) == 0)
		return store_file_commit(file);
	store_file_cancel(file);
	store_log_forget(store);
	return -1;
}
