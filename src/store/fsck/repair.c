/*
 * store_repair: the files of a damaged store: all are looked at before the first is touched. What
 * becomes of one is left to store_repair_file, what is in logs to store_repair_log.
 */
#include "store/fsck/repair.h"

#include <sys/stat.h>

#include <bsd/stdlib.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/fsck/repair_file.h"

#define TEXT_MAX    (2 * PATH_MAX)
#define TABLES_NAME "tables.tdb"

void
store_repair_say(struct store_repair *repair, bool lost, const char *format, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (!lost)
		repair->changes++;
	repair->report(repair->arg, lost, text);
}

void
store_repair_free(struct store_repair *repair)
{
	free(repair->losses);
	free(repair->files);
	repair->losses = NULL;
	repair->files = NULL;
}

/* Makes the directory of logs, if it is that which is missing, and lists what is in it. */
static int
list_pieces(struct repair_files *files)
{
	struct store *store = files->store;
	char path[PATH_MAX];

	store_path(store, path, sizeof(path), "log");
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return store_repair_fail(files, "cannot make %s: %s", path, strerror(errno));
	if (store_files_refresh(store) != 0)
		return store_repair_fail(files, "cannot read %s: %s", path, strerror(errno));
	files->tables = (struct repair_piece){ .kind = 't', .name = TABLES_NAME };
	files->logs = calloc(store->n_logs + 1, sizeof(*files->logs));
	if (files->logs == NULL)
		return store_repair_fail(files, "out of memory");
	files->n_logs = store->n_logs;
	for (size_t i = 0; i < files->n_logs; i++) {
		struct repair_piece *piece = &files->logs[i];

		piece->kind = 'l';
		piece->first_seq = store->logs[i].first_seq;
		store_files_log_name(piece->name, sizeof(piece->name), piece->first_seq);
	}
	return 0;
}

static int
examine_all(struct repair_files *files)
{
	if (store_repair_examine(files, &files->tables) != 0)
		return -1;
	for (size_t i = 0; i < files->n_logs; i++)
		if (store_repair_examine(files, &files->logs[i]) != 0)
			return -1;
	if (files->tables.condition == REPAIR_MISSING && files->n_logs == 0)
		return store_repair_fail(files, "there is no store in %s: kabarctl init makes one",
		    files->store->state);
	return 0;
}

/* What lies in this file's stead is to be told of by seq, too. */
static int
note_file(struct repair_files *files, size_t index)
{
	struct store_repair *repair = files->repair;
	void *bigger = reallocarray(repair->files, repair->n_files + 1, sizeof(*repair->files));

	if (bigger == NULL)
		return store_repair_fail(files, "out of memory");
	repair->files = bigger;
	repair->files[repair->n_files].first = files->logs[index].first_seq;
	repair->files[repair->n_files++].end =
	    index + 1 < files->n_logs ? files->logs[index + 1].first_seq : UINT64_MAX;
	repair->logs_damaged = true;
	return 0;
}

static int
rebuild_logs(struct repair_files *files)
{
	for (size_t i = 0; i < files->n_logs; i++) {
		if (files->logs[i].condition == REPAIR_SOUND)
			continue;
		if (note_file(files, i) != 0 || store_repair_rebuild(files, &files->logs[i]) != 0)
			return -1;
		files->repair->state_damaged |= i + 1 == files->n_logs;
	}
	return 0;
}

/* The last file is not one that others follow. */
static int
make_current(struct repair_files *files)
{
	struct repair_piece none = { .kind = 'l', .condition = REPAIR_MISSING };
	struct repair_piece *from = files->n_logs == 0 ? &none : &files->logs[files->n_logs - 1];
	struct repair_piece next = none;

	if (files->n_logs > 0 && !from->ended)
		return 0;
	for (size_t i = 0; i < files->n_logs; i++)
		if (files->logs[i].last_seq > next.first_seq)
			next.first_seq = files->logs[i].last_seq;
	if (from->first_seq > next.first_seq)
		next.first_seq = from->first_seq;
	next.first_seq++;
	store_files_log_name(next.name, sizeof(next.name), next.first_seq);
	files->repair->logs_damaged = files->repair->state_damaged = true;
	return store_repair_follow(files, from, &next);
}

int
store_repair_files(struct store_repair *repair, char *error, size_t size)
{
	struct repair_files files = { .repair = repair, .error = error, .error_size = size };
	int result = -1;

	files.store = store_new(repair->opt, error, size);
	if (files.store == NULL)
		return -1;
	if (list_pieces(&files) == 0 && examine_all(&files) == 0)
		result = rebuild_logs(&files);
	if (result == 0)
		result = make_current(&files);
	if (result == 0 && files.tables.condition != REPAIR_SOUND) {
		repair->tables_damaged = true;
		result = store_repair_rebuild(&files, &files.tables);
	}
	free(files.logs);
	store_close(files.store);
	return result;
}

/* What says how far the last transaction of a part got, where it cannot be read. */
static int
forget_batch(struct store_file *file)
{
	static const unsigned char key = STORE_RECORD_BATCH;

	if (file == NULL || store_file_begin(file) != 0)
		return -1;
	if (store_file_delete(file, &key, 1) == 0)
		return store_file_commit(file);
	store_file_cancel(file);
	return -1;
}

static int
become_writer(struct store *store)
{
	char error[TEXT_MAX];

	if (store_apply_open(store, error, sizeof(error)) == 0)
		return 0;
	store_apply_close(store);
	return -1;
}

int
store_repair_begin(struct store_repair *repair, struct store *store)
{
	if (become_writer(store) == 0)
		return 0;
	if (forget_batch(store->tables) == 0 && become_writer(store) == 0) {
		store_repair_say(repair, false, "tables.tdb: how far its last transaction got");
		return 0;
	}
	if (forget_batch(store_files_current(store)) != 0 || become_writer(store) != 0)
		return -1;
	repair->state_damaged = repair->logs_damaged = true;
	store_repair_say(repair, false, "logs: how far their last transaction got");
	return 0;
}

int
store_repair_last_log(struct store *store, uint64_t *last)
{
	uint64_t next_seq, page;

	if (store_apply_progress(store, &next_seq, &page) != STORE_OK)
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
store_repair_reopen(struct store_repair *repair, struct store *store, uint64_t log)
{
	struct store_file *file = store_files_current(store);

	if (file == NULL || store_file_begin(file) != 0)
		return -1;
	if (put_open(store, log) != 0) {
		store_file_cancel(file);
		store_head_drop(store);
		return -1;
	}
	store_repair_say(repair, false, "log %" PRIu64 ", which was closed, takes messages again",
	    log);
	return store_file_commit(file);
}
