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
#define BATCH_HEADER  (1 + 8 + 8 + 8 + 8 + 4)
#define BATCH_DOUBT   (STORE_OP_ID + 1 + 4 + 8)
#define BATCH_DOUBTS  (4 * STORE_BATCH_OPS)
#define BATCH_MOST    (BATCH_HEADER + BATCH_DOUBTS * BATCH_DOUBT)
#define DOUBT_KEEP_MS (5 * 60 * 1000)

static struct store_file *
part_file(struct store *store, int part)
{
	return part == STORE_PART_TABLES ? store->tables : store_files_current(store);
}

static void
pack_doubt(struct pack *p, const unsigned char *id, const struct store_outcome *outcome)
{
	pack_raw(p, id, STORE_OP_ID);
	pack_u8(p, (uint8_t)outcome->status);
	pack_u32(p, outcome->step);
	pack_u64(p, outcome->value);
}

static int
read_doubts(struct store_writer *writer, int part, struct unpack *u)
{
	uint32_t count = unpack_u32(u);
	struct store_doubt *doubts;

	if (u->bad || count == 0)
		return u->bad ? -1 : 0;
	if (count > BATCH_DOUBTS)
		return -1;
	doubts = reallocarray(writer->doubts, writer->n_doubts + count, sizeof(*doubts));
	if (doubts == NULL)
		return -1;
	writer->doubts = doubts;
	for (uint32_t i = 0; i < count; i++) {
		struct store_doubt *doubt = &doubts[writer->n_doubts];
		const unsigned char *id = unpack_raw(u, STORE_OP_ID);

		doubt->outcome.status = (enum store_status)unpack_u8(u);
		doubt->outcome.step = unpack_u32(u);
		doubt->outcome.value = unpack_u64(u);
		if (u->bad)
			return -1;
		memcpy(doubt->id, id, STORE_OP_ID);
		doubt->part = part;
		writer->n_doubts++;
	}
	return 0;
}

/* Takes up where the last committer of this part ended. */
static int
batch_load(struct store *store, int part)
{
	static const unsigned char key = STORE_RECORD_BATCH;
	struct store_writer *writer = store->writer;
	unsigned char value[BATCH_MOST];
	size_t len;
	struct unpack u;
	enum store_status status =
	    store_file_get(part_file(store, part), &key, 1, value, sizeof(value), &len);

	if (status == STORE_ABSENT)
		return 0;
	if (status != STORE_OK || len > sizeof(value))
		return -1;
	unpack_init(&u, value, len);
	if (unpack_u8(&u) != BATCH_VERSION)
		return -1;
	writer->batches[part] = unpack_u64(&u);
	uint64_t next_seq = unpack_u64(&u);
	int64_t last_time_ms = unpack_i64(&u);
	uint64_t last_page = unpack_u64(&u);
	if (part == STORE_PART_LOGS) {
		writer->next_seq = next_seq;
		writer->last_time_ms = last_time_ms;
		writer->last_page = last_page;
	}
	return read_doubts(writer, part, &u);
}

enum store_status
store_apply_progress(struct store *store, uint64_t *next_seq, uint64_t *last_page)
{
	static const unsigned char key = STORE_RECORD_BATCH;
	struct store_file *file = store_files_current(store);
	unsigned char value[BATCH_HEADER];
	size_t len;
	struct unpack u;

	*next_seq = 1;
	*last_page = 0;
	if (file == NULL)
		return STORE_FAILED;
	enum store_status status = store_file_get(file, &key, 1, value, sizeof(value), &len);
	if (status != STORE_OK)
		return status == STORE_ABSENT ? STORE_OK : status;
	unpack_init(&u, value, len < sizeof(value) ? len : sizeof(value));
	if (unpack_u8(&u) != BATCH_VERSION)
		return STORE_FAILED;
	unpack_u64(&u);
	*next_seq = unpack_u64(&u);
	unpack_i64(&u);
	*last_page = unpack_u64(&u);
	return u.bad ? STORE_FAILED : STORE_OK;
}

/* Of the doubts about a part, the last ones. */
static uint32_t
pack_doubts(struct pack *p, const struct store_writer *writer, int part, size_t most)
{
	size_t skip = 0;
	uint32_t packed = 0;

	if (clock_monotonic_ms() >= writer->doubts_until_ms)
		return 0;
	for (size_t i = 0; i < writer->n_doubts; i++)
		skip += writer->doubts[i].part == part;
	skip -= skip < most ? skip : most;
	for (size_t i = 0; i < writer->n_doubts; i++) {
		if (writer->doubts[i].part != part)
			continue;
		if (skip > 0) {
			skip--;
			continue;
		}
		pack_doubt(p, writer->doubts[i].id, &writer->doubts[i].outcome);
		packed++;
	}
	return packed;
}

/* Records what a transaction holds. 0 or -1 with errno set. */
static int
batch_save(struct store *store, int part, struct store_file *file, struct store_op *const *ops,
    size_t n)
{
	static const unsigned char key = STORE_RECORD_BATCH;
	const struct store_writer *writer = store->writer;
	unsigned char value[BATCH_MOST];
	struct pack p, count;

	pack_init(&p, value, sizeof(value));
	pack_u8(&p, BATCH_VERSION);
	pack_u64(&p, writer->batches[part] + 1);
	pack_u64(&p, writer->next_seq);
	pack_i64(&p, writer->last_time_ms);
	pack_u64(&p, writer->last_page);
	pack_init(&count, value + p.len, 4);
	pack_u32(&p, 0);
	pack_u32(&count, (uint32_t)n + pack_doubts(&p, writer, part, BATCH_DOUBTS - n));
	for (size_t i = 0; i < n; i++)
		pack_doubt(&p, ops[i]->id, &ops[i]->outcome);
	return store_file_put(file, &key, 1, value, p.len);
}

int
store_apply_note(struct store *store, int part)
{
	return batch_save(store, part, part_file(store, part), NULL, 0);
}

/* Whether the batch that was to be committed is in the file. */
static bool
batch_is_there(struct store *store, int part, struct store_file *file)
{
	static const unsigned char key = STORE_RECORD_BATCH;
	unsigned char value[BATCH_HEADER];
	size_t len;

	return store_file_get(file, &key, 1, value, sizeof(value), &len) == STORE_OK &&
	    len >= BATCH_HEADER && pack_get_u64(value + 1) > store->writer->batches[part];
}

int
store_apply_copy(struct store_file *from, struct store_file *to)
{
	static const unsigned char key = STORE_RECORD_BATCH;
	unsigned char value[BATCH_MOST];
	size_t len;

	if (store_file_get(from, &key, 1, value, sizeof(value), &len) != STORE_OK ||
	    len > sizeof(value))
		return -1;
	return store_file_insert(to, &key, 1, value, len);
}

/* All files of logs but the last are ended; a committer may have died just before it said so. */
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
	store->writer = calloc(1, sizeof(*store->writer));
	if (store->writer == NULL) {
		snprintf(error, size, "out of memory");
		return -1;
	}
	store->writer->next_seq = store->logs[store->n_logs - 1].first_seq;
	store->writer->doubts_until_ms = clock_monotonic_ms() + DOUBT_KEEP_MS;
	if (end_older_logs(store) != 0 || batch_load(store, STORE_PART_TABLES) != 0 ||
	    batch_load(store, STORE_PART_LOGS) != 0) {
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
	free(store->writer->doubts);
	free(store->writer);
	store->writer = NULL;
}

/* False when an expectation does not hold or the bytes make no sense; the outcome says which. */
static bool
check_op(struct store *store, struct store_file *file, struct store_op *op)
{
	struct store_step step;
	struct unpack u;
	int more;

	op->outcome = (struct store_outcome){ .status = STORE_OK };
	unpack_init(&u, op->data, op->len);
	while ((more = store_tx_step(&u, &step)) == 1) {
		op->outcome.status = store_step_check(store, file, &step);
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

	if (!check_op(store, file, op) || op->len == 0)
		return 0;
	unpack_init(&u, op->data, op->len);
	while (store_tx_step(&u, &step) == 1)
		if (store_step_do(store, file, &step, &op->outcome) != 0)
			return -1;
	return 1;
}

static bool
was_done(const struct store *store, struct store_op *op)
{
	const struct store_writer *writer = store->writer;

	for (size_t i = 0; op->again && i < writer->n_doubts; i++) {
		if (memcmp(writer->doubts[i].id, op->id, STORE_OP_ID) != 0)
			continue;
		op->outcome = writer->doubts[i].outcome;
		return true;
	}
	return false;
}

/* -1 with errno set when something went wrong within the transaction. */
static int
do_all(struct store *store, struct store_file *file, struct store_op *const *ops, size_t n,
    bool *changed)
{
	for (size_t i = 0; i < n; i++) {
		if (was_done(store, ops[i]))
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
 * all the same, and a crash could then undo it later: it is settled, or the writer is broken.
 */
static int
commit(struct store *store, int part, struct store_file *file)
{
	if (store_file_commit(file) == 0)
		return 0;
	int saved = errno;
	bool open = store_file_is_open(file);
	bool there = open && batch_is_there(store, part, file);
	if (there && store_file_settle(file) == 0)
		return 0;
	store->writer->broken = there || !open;
	errno = saved;
	return -1;
}

/*
 * Does the transactions from `done` on and records those before with them, which nobody has been
 * told of yet. 0 when they are durable, -1 with errno set when nothing was done.
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
	if (do_all(store, file, ops + done, n - done, &changed) == 0 &&
	    (!changed || batch_save(store, part, file, ops, n) == 0)) {
		if (!changed) {
			store_file_cancel(file);
			store_head_drop(store);
			return 0;
		}
		if (commit(store, part, file) == 0) {
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

/* One of them, when those before it are done. */
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

/* What is no transaction is done once for all who ask at the same time. */
static void
apply_chore(struct store *store, int (*chore)(struct store *), struct store_op *const *ops,
    size_t n)
{
	struct store_outcome outcome = { .status = STORE_OK };

	errno = 0;
	if (chore(store) != 0)
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
		apply_chore(store,
		    part == STORE_PART_COMPACT ? store_compact_here : store_snapshot_here, ops, n);
		return;
	}
	if (n == 1 || apply_together(store, part, ops, 0, n) != 0)
		for (size_t i = 0; i < n && !store->writer->broken; i++)
			apply_alone(store, part, ops, i);
	if (part == STORE_PART_LOGS && !store->writer->broken)
		store_rotate(store);
}
