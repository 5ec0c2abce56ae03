/*
 * store_replay: the beginning of a writer: it goes on where the one before ended. What the journal
 * has beyond the files is applied, once; what was done last is remembered, for those clients who
 * had no reply from the writer before.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/vector.h"
#include "store/batch.h"
#include "store/journal.h"
#include "store/store_admin.h"

#define RECENT_MS     (5 * 60 * 1000) /* then no client asks again */
#define GROUP_OPS     16384           /* operations applied in one transaction of the files */
#define GROUP_BYTES   (4 * 1024 * 1024)
#define GROUP_ROOM    GROUP_BYTES
#define LOG_OFTEN_MS  5000
#define SENTENCE_SIZE 256

struct replay {
	struct store *store;
	uint64_t applied[STORE_PART_COMPACT]; /* the number of the last batch in each file */
	uint64_t ops;                         /* since the last commit */
	uint64_t bytes;
	uint64_t all_ops;
	bool large; /* a group was applied, and there are more */
	int64_t logged_ms;
	char error[SENTENCE_SIZE];
};

/* Leaves a sentence. -1. */
static int
fail_at(struct replay *replay, uint64_t number, const char *why)
{
	snprintf(replay->error, sizeof(replay->error),
	    "batch %" PRIu64 " of the journal cannot be applied: %s", number, why);
	return -1;
}

static int
commit_group(struct replay *replay, uint64_t number)
{
	struct store *store = replay->store;

	replay->ops = 0;
	replay->bytes = 0;
	replay->large = true;
	if (store_apply_prepare(store) != 0) {
		store_apply_cancel(store);
		return fail_at(replay, number, strerror(errno));
	}
	if (store_apply_commit(store) != 0)
		return fail_at(replay, number, strerror(errno));
	store_rotate(store);
	return 0;
}

/* Makes room for a group in the file of logs, before its transaction begins. */
static int
reserve_room(struct replay *replay, uint64_t number)
{
	struct store_file *file = store_files_current(replay->store);

	if (replay->store->writer->open[STORE_PART_LOGS].file != NULL)
		return 0;
	return file != NULL && store_file_reserve(file, GROUP_ROOM) == 0
	    ? 0
	    : fail_at(replay, number, strerror(errno));
}

static int
apply_ops(struct replay *replay, uint64_t number, struct store_batch *batch)
{
	struct store_op op;
	int more;

	while ((more = store_batch_next(batch, &op)) == 1) {
		uint64_t value = op.outcome.value;

		if (number <= replay->applied[op.part])
			continue;
		if (op.part == STORE_PART_LOGS) {
			replay->store->writer->last_time_ms = batch->time_ms;
			if (replay->large && reserve_room(replay, number) != 0)
				return -1;
		}
		if (store_apply_op(replay->store, &op) != 0)
			return fail_at(replay, number, strerror(errno));
		if (op.outcome.status != STORE_OK || op.outcome.value != value)
			return fail_at(replay, number,
			    "it does not follow from what the files hold");
		replay->ops++;
		replay->all_ops++;
	}
	return more == 0 ? 0 : fail_at(replay, number, "its operations make no sense");
}

static void
log_progress(struct replay *replay, uint64_t number)
{
	int64_t now = clock_monotonic_ms();

	if (now - replay->logged_ms < LOG_OFTEN_MS)
		return;
	replay->logged_ms = now;
	log_info("store: applying the journal: batch %" PRIu64 " of %" PRIu64, number,
	    store_journal_end(replay->store->writer->journal));
}

static int
replay_batch(void *arg, uint64_t number, const void *data, size_t len)
{
	struct replay *replay = arg;
	struct store_writer *writer = replay->store->writer;
	struct store_batch batch;

	if (store_batch_open(&batch, data, len) != 0)
		return fail_at(replay, number, "a newer version of kabar made it");
	if (number > replay->applied[STORE_PART_LOGS] && batch.next_seq != writer->next_seq)
		return fail_at(replay, number, "it does not follow the entries that there are");
	if (apply_ops(replay, number, &batch) != 0)
		return -1;
	writer->number = number;
	replay->bytes += len;
	log_progress(replay, number);
	return replay->ops >= GROUP_OPS || replay->bytes >= GROUP_BYTES
	    ? commit_group(replay, number)
	    : 0;
}

static int
replay_journal(struct replay *replay, char *error, size_t size)
{
	struct store_writer *writer = replay->store->writer;
	uint64_t from = 1 +
	    (replay->applied[STORE_PART_TABLES] < replay->applied[STORE_PART_LOGS]
	            ? replay->applied[STORE_PART_TABLES]
	            : replay->applied[STORE_PART_LOGS]);

	if (from > store_journal_end(writer->journal))
		return 0;
	/* The files have each number since the journal's first, or a later one. */
	if (from < store_journal_first(writer->journal))
		from = store_journal_first(writer->journal);
	if (store_map(replay->store, true) != 0) {
		snprintf(error, size, "cannot map the store in %s", replay->store->state);
		return -1;
	}
	writer->ordered = true;
	int result = store_journal_read(writer->journal, from, replay_batch, replay, error, size);
	writer->ordered = false;
	if (result == 0 && replay->ops > 0)
		result = commit_group(replay, writer->number);
	if (result != 0) {
		store_apply_cancel(replay->store);
		if (replay->error[0] != '\0')
			snprintf(error, size, "%s", replay->error);
		return -1;
	}
	if (replay->all_ops > 0)
		log_info("store: applied %" PRIu64 " transactions of the journal", replay->all_ops);
	return 0;
}

struct memory {
	struct store_writer *writer;
	size_t older[STORE_PART_COMPACT]; /* how many came from the writers before the last */
};

/* Remembers the operations of a batch. Clients of those before it have replies, if it is not
 * joined. */
static int
remember_batch(void *arg, uint64_t number, const void *data, size_t len)
{
	struct memory *memory = arg;
	struct store_writer *writer = memory->writer;
	struct store_batch batch;
	struct store_op op;

	(void)number;
	if (store_batch_open(&batch, data, len) != 0)
		return -1;
	if (!batch.joined)
		for (int part = STORE_PART_TABLES; part <= STORE_PART_LOGS; part++)
			writer->n_recent[part] = memory->older[part];
	while (store_batch_next(&batch, &op) == 1) {
		struct store_result *added = vector_add(&writer->recent[op.part],
		    &writer->n_recent[op.part], sizeof(*added));

		if (added == NULL)
			return -1;
		memcpy(added->id, op.id, STORE_OP_ID);
		added->outcome = op.outcome;
	}
	return 0;
}

/* Forgets those that were noted before. Whether others are left. */
static bool
forget_noted(struct store_writer *writer, int part, size_t older)
{
	struct store_result *recent = writer->recent[part];
	size_t n = older;

	for (size_t i = older; i < writer->n_recent[part]; i++) {
		bool noted = false;

		for (size_t j = 0; j < older && !noted; j++)
			noted = memcmp(recent[j].id, recent[i].id, STORE_OP_ID) == 0;
		if (!noted)
			recent[n++] = recent[i];
	}
	writer->n_recent[part] = n;
	return n > older;
}

/* Forgets the oldest beyond the most. */
static void
forget_surplus(struct store_writer *writer, int part)
{
	size_t n = writer->n_recent[part];

	if (n <= STORE_RECENT_MOST)
		return;
	memmove(writer->recent[part], writer->recent[part] + (n - STORE_RECENT_MOST),
	    STORE_RECENT_MOST * sizeof(*writer->recent[part]));
	writer->n_recent[part] = STORE_RECENT_MOST;
}

/* Of the writers before the last. Whatever is applied from here on notes them again. */
static int
load_noted(struct store *store)
{
	struct store_writer *writer = store->writer;

	for (int part = STORE_PART_TABLES; part <= STORE_PART_LOGS; part++) {
		struct store_file *file = store_files_of_part(store, part);

		if (file == NULL ||
		    store_progress_recent(file, &writer->recent[part], &writer->n_recent[part]) ==
		        STORE_FAILED)
			return -1;
	}
	return 0;
}

/*
 * Of the writer before, the batch that the files had last and those behind it are those whose
 * clients may have no reply. They are noted in both files, for the writers that follow: a client
 * may ask the third.
 */
static int
load_recent(struct store *store, char *error, size_t size)
{
	struct store_writer *writer = store->writer;
	struct memory memory = { .writer = writer };
	uint64_t first = store_journal_first(writer->journal);
	uint64_t end = store_journal_end(writer->journal);
	bool more = false;
	uint64_t from = end < first + STORE_BATCH_OPS ? first : end - STORE_BATCH_OPS + 1;

	for (int part = STORE_PART_TABLES; part <= STORE_PART_LOGS; part++)
		memory.older[part] = writer->n_recent[part];
	if (end >= first &&
	    store_journal_read(writer->journal, from, remember_batch, &memory, error, size) != 0)
		return -1;
	for (int part = STORE_PART_TABLES; part <= STORE_PART_LOGS; part++) {
		more |= forget_noted(writer, part, memory.older[part]);
		forget_surplus(writer, part);
	}
	return more ? store_apply_note_both(store) : 0;
}

/* Goes on from what the files say of themselves. */
static int
load_progress(struct store *store, uint64_t applied[STORE_PART_COMPACT])
{
	struct store_writer *writer = store->writer;
	struct store_progress tables = { .number = 0 };
	struct store_progress logs = { .next_seq = store->logs[store->n_logs - 1].first_seq };
	struct store_file *current = store_files_current(store);

	if (current == NULL || store_progress_read(store->tables, &tables) == STORE_FAILED ||
	    store_progress_read(current, &logs) == STORE_FAILED)
		return -1;
	applied[STORE_PART_TABLES] = tables.number;
	applied[STORE_PART_LOGS] = logs.number;
	writer->number = tables.number > logs.number ? tables.number : logs.number;
	writer->next_seq = logs.next_seq;
	writer->last_time_ms = logs.last_time_ms;
	writer->last_page = logs.last_page;
	return 0;
}

/* All files of logs but the last are ended; a writer may have died just before it marked one. */
static int
end_older_logs(struct store *store)
{
	for (size_t i = 0; i + 1 < store->n_logs; i++) {
		struct store_file *file = store_files_at(store, i);

		if (file == NULL || store_format_end(file) != 0)
			return -1;
	}
	return 0;
}

static int
open_journal(struct store *store, char *error, size_t size)
{
	char path[PATH_MAX];

	store_path(store, path, sizeof(path), STORE_JOURNAL_DIRECTORY);
	store->writer->journal = store_journal_open(path, store->opt.sync, error, size);
	return store->writer->journal == NULL ? -1 : 0;
}

int
store_replay_begin(struct store *store, uint64_t applied[STORE_PART_COMPACT], char *error,
    size_t size)
{
	snprintf(error, size, "out of memory");
	store->writer = calloc(1, sizeof(*store->writer));
	if (store->writer == NULL)
		return -1;
	store->writer->recent_until_ms = clock_monotonic_ms() + RECENT_MS;
	snprintf(error, size, "cannot read where the store in %s was left", store->state);
	return end_older_logs(store) == 0 ? load_progress(store, applied) : -1;
}

int
store_replay_open(struct store *store, char *error, size_t size)
{
	struct replay replay = { .store = store, .logged_ms = clock_monotonic_ms() };

	if (store_replay_begin(store, replay.applied, error, size) != 0)
		return -1;
	if (store->opt.memory)
		return 0;
	if (load_noted(store) != 0)
		return -1;
	if (open_journal(store, error, size) != 0 || replay_journal(&replay, error, size) != 0)
		return -1;
	snprintf(error, size, "cannot read what was done last in %s", store->state);
	return load_recent(store, error, size);
}

void
store_replay_close(struct store *store)
{
	struct store_writer *writer = store->writer;

	if (writer == NULL)
		return;
	store_apply_cancel(store);
	store_log_forget(store);
	if (writer->journal != NULL)
		store_journal_close(writer->journal);
	free(writer->checkpoint);
	free(writer->pages);
	free(writer->budget);
	free(writer->unread);
	free(writer->batch);
	for (int part = 0; part < STORE_PART_COMPACT; part++)
		free(writer->recent[part]);
	free(writer);
	store->writer = NULL;
}
