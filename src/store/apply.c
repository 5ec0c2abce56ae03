/*
 * store_apply: does the clients' transactions, a batch of them in one transaction of a file. A file
 * has no savepoints, so all expectations of a client's transaction are checked before its first
 * change; if a change fails all the same, the whole batch is cancelled and done again one by one.
 * Every batch records its operations, so that none is done twice when a committer dies before it
 * could answer. Receiving transactions is left to store_committer.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/int.h"

#define BATCH_VERSION 1
#define BATCH_SIZE    (1 + 8 + 8 + 8 + 8 + 4)
#define RECENT_MOST   (4 * STORE_BATCH_OPS)
#define BATCH_MOST    (BATCH_SIZE + RECENT_MOST * STORE_RESULT_SIZE)
#define RECENT_MS     (5 * 60 * 1000) /* then no client asks again */

/* The record of the last batch of a part: this, then the recent operations, oldest first. */
struct batch {
	uint64_t number;
	uint64_t next_seq;
	int64_t last_time_ms;
	uint64_t last_page;
	uint32_t n_recent;
};

static const unsigned char batch_key = STORE_RECORD_BATCH;

static struct store_file *
part_file(struct store *store, int part)
{
	return part == STORE_PART_TABLES ? store->tables : store_files_current(store);
}

static void
pack_batch(struct pack *p, const struct batch *batch)
{
	pack_u8(p, BATCH_VERSION);
	pack_u64(p, batch->number);
	pack_u64(p, batch->next_seq);
	pack_i64(p, batch->last_time_ms);
	pack_u64(p, batch->last_page);
	pack_u32(p, batch->n_recent);
}

/* 0, or -1 when it is no batch. */
static int
unpack_batch(struct unpack *u, struct batch *batch)
{
	if (unpack_u8(u) != BATCH_VERSION)
		return -1;
	batch->number = unpack_u64(u);
	batch->next_seq = unpack_u64(u);
	batch->last_time_ms = unpack_i64(u);
	batch->last_page = unpack_u64(u);
	batch->n_recent = unpack_u32(u);
	return u->bad || batch->n_recent > RECENT_MOST ? -1 : 0;
}

/* Without the recent operations. STORE_OK, STORE_ABSENT or STORE_FAILED. */
static enum store_status
read_batch(struct store_file *file, struct batch *batch)
{
	unsigned char value[BATCH_SIZE];
	size_t len;
	struct unpack u;
	enum store_status status = store_file_get(file, &batch_key, 1, value, sizeof(value), &len);

	if (status != STORE_OK)
		return status;
	unpack_init(&u, value, len < sizeof(value) ? len : sizeof(value));
	return unpack_batch(&u, batch) == 0 ? STORE_OK : STORE_FAILED;
}

static int
load_recent(struct store_writer *writer, int part, struct unpack *u, size_t n)
{
	writer->recent[part] = calloc(n + 1, sizeof(*writer->recent[part]));
	if (writer->recent[part] == NULL)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (store_result_unpack(u, &writer->recent[part][i]) != 0)
			return -1;
	writer->n_recent[part] = n;
	return 0;
}

/* Continues from the state in which the last committer of this part ended. */
static int
load_batch(struct store *store, int part)
{
	struct store_writer *writer = store->writer;
	unsigned char value[BATCH_MOST];
	struct batch batch;
	size_t len;
	struct unpack u;
	enum store_status status =
	    store_file_get(part_file(store, part), &batch_key, 1, value, sizeof(value), &len);

	if (status == STORE_ABSENT)
		return 0;
	if (status != STORE_OK || len > sizeof(value))
		return -1;
	unpack_init(&u, value, len);
	if (unpack_batch(&u, &batch) != 0)
		return -1;
	writer->batches[part] = batch.number;
	if (part == STORE_PART_LOGS) {
		writer->next_seq = batch.next_seq;
		writer->last_time_ms = batch.last_time_ms;
		writer->last_page = batch.last_page;
	}
	return load_recent(writer, part, &u, batch.n_recent);
}

enum store_status
store_apply_progress(struct store *store, uint64_t *next_seq, uint64_t *last_page)
{
	struct batch batch = { .next_seq = 1 };
	struct store_file *file = store_files_current(store);
	enum store_status status = file == NULL ? STORE_FAILED : read_batch(file, &batch);

	*next_seq = batch.next_seq;
	*last_page = batch.last_page;
	return status == STORE_ABSENT ? STORE_OK : status;
}

/*
 * Records the operations of a transaction, behind the last ones of the committer before: as many as
 * the record has room for. 0 or -1 with errno set.
 */
static int
save_batch(struct store *store, int part, struct store_file *file, struct store_op *const *ops,
    size_t n)
{
	const struct store_writer *writer = store->writer;
	size_t n_old = clock_monotonic_ms() < writer->recent_until_ms ? writer->n_recent[part] : 0;
	size_t skip = n_old + n > RECENT_MOST ? n_old + n - RECENT_MOST : 0;
	unsigned char value[BATCH_MOST];
	struct pack p;

	pack_init(&p, value, sizeof(value));
	pack_batch(&p,
	    &(struct batch){ .number = writer->batches[part] + 1,
	        .next_seq = writer->next_seq,
	        .last_time_ms = writer->last_time_ms,
	        .last_page = writer->last_page,
	        .n_recent = (uint32_t)(n_old - skip + n) });
	for (size_t i = skip; i < n_old; i++)
		store_result_pack(&p, writer->recent[part][i].id, &writer->recent[part][i].outcome);
	for (size_t i = 0; i < n; i++)
		store_result_pack(&p, ops[i]->id, &ops[i]->outcome);
	return store_file_put(file, &batch_key, 1, value, p.len);
}

int
store_apply_note(struct store *store, int part)
{
	return save_batch(store, part, part_file(store, part), NULL, 0);
}

/* Tells whether the batch that was to be committed is in the file. */
static bool
has_batch(struct store *store, int part, struct store_file *file)
{
	struct batch batch;

	return read_batch(file, &batch) == STORE_OK && batch.number > store->writer->batches[part];
}

int
store_apply_copy(struct store_file *from, struct store_file *to)
{
	unsigned char value[BATCH_MOST];
	size_t len;

	if (store_file_get(from, &batch_key, 1, value, sizeof(value), &len) != STORE_OK ||
	    len > sizeof(value))
		return -1;
	return store_file_insert(to, &batch_key, 1, value, len);
}

/* All files of logs but the last are ended; a committer may have died just before it marked one. */
static int
end_older_logs(struct store *store)
{
	for (size_t i = 0; i + 1 < store->n_logs; i++) {
		struct store_file *file = store_files_at(store, i);

		if (file == NULL || store_file_end(file) != 0)
			return -1;
	}
	return 0;
}

int
store_apply_open(struct store *store, char *error, size_t size)
{
	if (store_files_write(store, error, size) != 0)
		return -1;
	store->writer = calloc(1, sizeof(*store->writer));
	if (store->writer == NULL) {
		snprintf(error, size, "out of memory");
		return -1;
	}
	store->writer->next_seq = store->logs[store->n_logs - 1].first_seq;
	store->writer->recent_until_ms = clock_monotonic_ms() + RECENT_MS;
	if (end_older_logs(store) != 0 || load_batch(store, STORE_PART_TABLES) != 0 ||
	    load_batch(store, STORE_PART_LOGS) != 0) {
		snprintf(error, size, "cannot read where the store in %s was left", store->state);
		return -1;
	}
	return 0;
}

void
store_apply_close(struct store *store)
{
	if (store->writer == NULL)
		return;
	store_head_drop(store);
	free(store->writer->pages);
	free(store->writer->budget);
	free(store->writer->unread);
	for (int part = 0; part < STORE_PART_COMPACT; part++)
		free(store->writer->recent[part]);
	free(store->writer);
	store->writer = NULL;
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

/* 1 changed something, 0 did not, -1 with errno set when the batch must be cancelled. */
static int
do_op(struct store *store, struct store_file *file, struct store_op *op)
{
	struct store_step step;
	struct unpack u;
	int changed = 0;

	if (!check_op(store, file, op) || op->len == 0)
		return 0;
	unpack_init(&u, op->data, op->len);
	while (store_tx_step(&u, &step) == 1) {
		if (store_step_do(store, file, &step, &op->outcome) != 0)
			return -1;
		changed |= step.kind != STORE_STEP_CHARGE;
	}
	return changed;
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

/* -1 with errno set when something went wrong within the transaction. */
static int
do_ops(struct store *store, struct store_file *file, struct store_op *const *ops, size_t n,
    bool *changed)
{
	for (size_t i = 0; i < n; i++) {
		if (store_apply_was_done(store, ops[i]))
			continue;
		int result = do_op(store, file, ops[i]);
		if (result < 0)
			return -1;
		*changed |= result > 0;
	}
	return *changed ? store_head_flush(store) : 0;
}

/*
 * 0 when it is durable, -1 with errno set when nothing was done. A failed commit may be in the file
 * all the same, and a crash could then undo it later: it is synced, or the writer is broken.
 */
static int
commit_batch(struct store *store, int part, struct store_file *file)
{
	if (store_file_commit(file) == 0)
		return 0;
	int saved = errno;
	bool open = store_file_is_open(file);
	bool done = open && has_batch(store, part, file);
	if (done && store_file_resync(file) == 0)
		return 0;
	store->writer->broken = done || !open;
	errno = saved;
	return -1;
}

/*
 * Does the operations from `done` on, and records with them those before, whose clients have no
 * reply yet. 0 when they are durable, -1 with errno set when nothing was done.
 */
static int
apply_together(struct store *store, int part, struct store_op *const *ops, size_t done, size_t n)
{
	struct store_writer before = *store->writer;
	struct store_file *file = part_file(store, part);
	bool changed = false;
	int64_t now = clock_now_ms();

	if (file == NULL || store_file_begin(file) != 0)
		return -1;
	if (now > store->writer->last_time_ms)
		store->writer->last_time_ms = now;
	if (do_ops(store, file, ops + done, n - done, &changed) == 0 &&
	    (!changed || save_batch(store, part, file, ops, n) == 0)) {
		if (!changed) {
			store_file_cancel(file);
			store_head_drop(store);
			return 0;
		}
		if (commit_batch(store, part, file) == 0) {
			store->writer->batches[part]++;
			return 0;
		}
	} else {
		int cause = errno;

		store_file_cancel(file);
		errno = cause;
	}
	int saved = errno;
	store_head_drop(store);
	store->writer->next_seq = before.next_seq;
	store->writer->last_page = before.last_page;
	errno = saved;
	return -1;
}

/* Does one operation, when those before it are done. */
static void
apply_alone(struct store *store, int part, struct store_op *const *ops, size_t index)
{
	enum store_status status = STORE_FAILED;

	if (apply_together(store, part, ops, index, index + 1) == 0)
		return;
	if (errno == ENOSPC || errno == EDQUOT)
		status = STORE_NO_SPACE;
	ops[index]->outcome = (struct store_outcome){ .status = status };
	log_warn("store: a transaction failed");
}

/* Does a task once for all clients that ask for it at the same time. */
static void
do_task(struct store *store, int (*task)(struct store *), struct store_op *const *ops, size_t n)
{
	struct store_outcome outcome = { .status = STORE_OK };

	errno = 0;
	if (task(store) != 0)
		outcome.status = errno == ENOSPC || errno == EDQUOT ? STORE_NO_SPACE : STORE_FAILED;
	for (size_t i = 0; i < n; i++)
		ops[i]->outcome = outcome;
}

void
store_apply(struct store *store, int part, struct store_op *const *ops, size_t n)
{
	if (n == 0)
		return;
	if (part == STORE_PART_COMPACT || part == STORE_PART_SNAPSHOT) {
		do_task(store,
		    part == STORE_PART_COMPACT ? store_compact_here : store_snapshot_here, ops, n);
		return;
	}
	if (n == 1 || apply_together(store, part, ops, 0, n) != 0)
		for (size_t i = 0; i < n && !store->writer->broken; i++)
			apply_alone(store, part, ops, i);
	if (part == STORE_PART_LOGS && !store->writer->broken)
		store_rotate(store);
}
