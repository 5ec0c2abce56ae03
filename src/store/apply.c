/*
 * store_apply: does the clients' transactions, a batch of them at once. A file has no savepoints,
 * so all expectations of a client's transaction are checked before its first change; if a change
 * fails all the same, the whole batch is cancelled and its transactions are done one by one, each
 * as a batch. A batch is ordered when it is in the journal. Before that its changes are made in a
 * transaction of each file, which is prepared, so that the disk has room for all of it. After that
 * nothing but the death of the process keeps the files from it, and then store_replay does it
 * again. Receiving transactions is left to store_committer.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/batch.h"
#include "store/checkpoint.h"
#include "store/journal.h"

int
store_apply_begin(struct store *store, int part)
{
	struct store_transaction *open = &store->writer->open[part];
	struct store_file *file = store_files_of_part(store, part);

	if (open->file != NULL)
		return 0;
	if (file == NULL || store_file_begin(file) != 0)
		return -1;
	*open = (struct store_transaction){ .file = file };
	return 0;
}

void
store_apply_cancel(struct store *store)
{
	int saved = errno;

	for (int part = STORE_PART_TABLES; part <= STORE_PART_LOGS; part++) {
		struct store_transaction *open = &store->writer->open[part];

		if (open->file == NULL)
			continue;
		store_file_cancel(open->file);
		if (part == STORE_PART_LOGS)
			store_log_forget(store); /* a step that failed may have changed some */
		*open = (struct store_transaction){ .file = NULL };
	}
	errno = saved;
}

int
store_apply_note_in(struct store *store, int part, struct store_file *file)
{
	const struct store_writer *writer = store->writer;
	bool remembered = clock_monotonic_ms() < writer->recent_until_ms;
	const struct store_progress progress = { .number = writer->number,
		.next_seq = writer->next_seq,
		.last_time_ms = writer->last_time_ms,
		.last_page = writer->last_page,
		.n_recent = remembered ? (uint32_t)writer->n_recent[part] : 0 };

	return store_progress_write(file, &progress, writer->recent[part]);
}

int
store_apply_note(struct store *store, int part)
{
	return store_apply_note_in(store, part, store_files_of_part(store, part));
}

int
store_apply_prepare(struct store *store)
{
	for (int part = STORE_PART_TABLES; part <= STORE_PART_LOGS; part++) {
		if (!store->writer->open[part].changed)
			continue;
		if ((part == STORE_PART_LOGS && store_head_flush(store) != 0) ||
		    store_apply_note(store, part) != 0 ||
		    store_file_prepare(store->writer->open[part].file) != 0)
			return -1;
	}
	return 0;
}

int
store_apply_commit(struct store *store)
{
	int result = 0;

	for (int part = STORE_PART_TABLES; part <= STORE_PART_LOGS; part++) {
		struct store_transaction *open = &store->writer->open[part];

		if (!open->changed)
			continue;
		if (store_file_commit(open->file) != 0) {
			log_warn("store: a batch is in the journal, but not in its file");
			result = -1;
		}
		*open = (struct store_transaction){ .file = NULL };
	}
	if (result != 0)
		store->writer->broken = true;
	return result;
}

void
store_apply_ahead(struct store *store)
{
	for (int part = STORE_PART_TABLES; part <= STORE_PART_LOGS; part++)
		if (store_apply_begin(store, part) != 0)
			return;
}

int
store_apply_note_both(struct store *store)
{
	for (int part = STORE_PART_TABLES; part <= STORE_PART_LOGS; part++) {
		if (store_apply_begin(store, part) != 0)
			break;
		store->writer->open[part].changed = true;
	}
	if (store->writer->open[STORE_PART_LOGS].file != NULL && store_apply_prepare(store) == 0)
		return store_apply_commit(store);
	store_apply_cancel(store);
	return -1;
}

/* False when an expectation does not hold or the bytes make no sense; the outcome tells which. */
static bool
check_op(struct store *store, struct store_file *file, struct store_op *op)
{
	struct store_step step;
	struct unpack u;
	int more;

	op->outcome = (struct store_outcome){ .status = STORE_OK };
	unpack_init(&u, op->data, op->len);
	while ((more = store_tx_step(&u, &step)) == 1) {
		op->outcome.status = store_step_check(store, file, &step, &op->outcome);
		if (op->outcome.status != STORE_OK)
			return false;
		op->outcome.step++;
	}
	if (more != 0)
		op->outcome.status = STORE_FAILED;
	op->outcome.step = 0;
	return more == 0;
}

/* Whether a step changes what the store holds, and not only how this host keeps it. */
static bool
is_of_state(const struct store_step *step)
{
	return step->kind != STORE_STEP_CHARGE && step->kind != STORE_STEP_CARRY &&
	    step->kind != STORE_STEP_DROP && step->kind != STORE_STEP_RING;
}

int
store_apply_op(struct store *store, struct store_op *op)
{
	struct store_transaction *open = &store->writer->open[op->part];
	struct store_step step;
	struct unpack u;

	op->ordered = false;
	if (store_apply_begin(store, op->part) != 0)
		return -1;
	if (!check_op(store, open->file, op) || op->len == 0)
		return 0;
	unpack_init(&u, op->data, op->len);
	while (store_tx_step(&u, &step) == 1) {
		if (store_step_do(store, open->file, &step, &op->outcome) != 0)
			return -1;
		open->changed |= step.kind != STORE_STEP_CHARGE && step.kind != STORE_STEP_RING;
		op->ordered |= is_of_state(&step);
	}
	return 0;
}

bool
store_apply_was_done(const struct store *store, struct store_op *op)
{
	const struct store_result *recent = store->writer->recent[op->part];

	for (size_t i = 0; op->again && i < store->writer->n_recent[op->part]; i++) {
		if (memcmp(recent[i].id, op->id, STORE_OP_ID) != 0)
			continue;
		op->outcome = recent[i].outcome;
		return true;
	}
	return false;
}

/* Tells whether an operation is not to be done, and says so in its outcome. */
static bool
is_refused(struct store_op *op)
{
	if (op->after != NULL && !store_request_is_done(&op->after->outcome)) {
		op->outcome = (struct store_outcome){ .status = STORE_CONFLICT };
		return true;
	}
	return op->refused;
}

/* -1 with errno set when something went wrong within the transactions. */
static int
do_ops(struct store *store, struct store_op *const *ops, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!store_request_is_transaction(ops[i]->part))
			continue;
		ops[i]->ordered = false;
		if (!store_apply_was_done(store, ops[i]) && !is_refused(ops[i]) &&
		    store_apply_op(store, ops[i]) != 0)
			return -1;
	}
	return 0;
}

/* The room for a batch of this size, until the next call; NULL with errno set. */
static unsigned char *
batch_room(struct store_writer *writer, size_t size)
{
	if (size > writer->batch_room) {
		unsigned char *bigger = realloc(writer->batch, size);

		if (bigger == NULL)
			return NULL;
		writer->batch = bigger;
		writer->batch_room = size;
	}
	return writer->batch;
}

/* Puts a batch of those operations into the journal that changed what the store holds. */
static enum store_journal_result
order_batch(struct store *store, const struct store_batch *batch, struct store_op *const *ops,
    size_t n)
{
	size_t len = 0;
	struct pack p;

	for (size_t i = 0; i < n; i++)
		len += ops[i]->ordered ? ops[i]->len : 0;
	size_t size = store_batch_size(batch->n_ops, len);
	unsigned char *data = batch_room(store->writer, size);
	if (data == NULL)
		return STORE_JOURNAL_REFUSED;
	pack_init(&p, data, size);
	store_batch_pack(&p, batch);
	for (size_t i = 0; i < n; i++)
		if (ops[i]->ordered)
			store_batch_pack_op(&p, ops[i]);
	return store_journal_append(store->writer->journal, data, p.len);
}

static uint32_t
count_ordered(struct store_op *const *ops, size_t n)
{
	uint32_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += store_request_is_transaction(ops[i]->part) && ops[i]->ordered;
	return count;
}

/*
 * Gives the operations their outcomes and their place in the journal; the files are prepared then.
 * 0, or -1 with errno set: nothing was done, unless the writer is broken. joined: see store_batch.
 */
static int
order_together(struct store *store, struct store_op *const *ops, size_t n, bool joined)
{
	struct store_writer *writer = store->writer;
	const struct store_writer before = *writer;
	int64_t now = clock_now_ms();

	if (now > writer->last_time_ms)
		writer->last_time_ms = now;
	if (do_ops(store, ops, n) == 0) {
		const struct store_batch batch = { .joined = joined,
			.time_ms = writer->last_time_ms,
			.next_seq = before.next_seq,
			.n_ops = count_ordered(ops, n) };
		bool ordered = batch.n_ops > 0;

		writer->number += ordered;
		if (store_apply_prepare(store) == 0) {
			enum store_journal_result result = ordered && writer->journal != NULL
			    ? order_batch(store, &batch, ops, n)
			    : STORE_JOURNAL_DONE;

			if (result == STORE_JOURNAL_DONE)
				return 0;
			writer->broken = result == STORE_JOURNAL_UNSURE;
		}
	}
	store_apply_cancel(store);
	writer->number = before.number;
	writer->next_seq = before.next_seq;
	writer->last_page = before.last_page;
	return -1;
}

static void
apply_alone(struct store *store, struct store_op *op, bool joined)
{
	enum store_status status = STORE_FAILED;

	if (order_together(store, &op, 1, joined) == 0) {
		store_apply_commit(store);
		return;
	}
	if (errno == ENOSPC || errno == EDQUOT)
		status = STORE_NO_SPACE;
	op->outcome = (struct store_outcome){ .status = status };
	op->ordered = false;
	log_warn("store: a transaction failed");
}

void
store_apply_transactions(struct store *store, struct store_op *const *ops, size_t n)
{
	if (order_together(store, ops, n, false) == 0) {
		store_apply_commit(store);
		return;
	}
	for (size_t i = 0; i < n && !store->writer->broken; i++)
		if (store_request_is_transaction(ops[i]->part))
			apply_alone(store, ops[i], i > 0);
}

/* Does a task once for all clients that ask for it at the same time. */
static void
do_task(struct store *store, int part, int (*task)(struct store *), struct store_op *const *ops,
    size_t n)
{
	struct store_outcome outcome = { .status = STORE_OK };
	bool done = false;

	for (size_t i = 0; i < n; i++) {
		if (ops[i]->part != part)
			continue;
		errno = 0;
		if (!done && task(store) != 0)
			outcome.status =
			    errno == ENOSPC || errno == EDQUOT ? STORE_NO_SPACE : STORE_FAILED;
		done = true;
		ops[i]->outcome = outcome;
	}
}

static bool
has_task(struct store_op *const *ops, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!store_request_is_transaction(ops[i]->part))
			return true;
	return false;
}

void
store_apply_tasks(struct store *store, struct store_op *const *ops, size_t n)
{
	if (has_task(ops, n))
		store_apply_cancel(store);
	store_rotate(store);
	do_task(store, STORE_PART_COMPACT, store_compact_here, ops, n);
	do_task(store, STORE_PART_SNAPSHOT, store_snapshot_here, ops, n);
	do_task(store, STORE_PART_CHECKPOINT, store_checkpoint_make, ops, n);
}

void
store_apply(struct store *store, struct store_op *const *ops, size_t n)
{
	store_apply_transactions(store, ops, n);
	store_apply_cancel(store);
	if (!store->writer->broken)
		store_apply_tasks(store, ops, n);
}
