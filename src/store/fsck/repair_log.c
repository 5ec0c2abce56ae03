/*
 * store_repair_log: puts the logs right: heads that say what the entries say, once those are linked
 * (store_repair_link), and what is lost. Only what is not as it is to be is written.
 */
#include <bsd/stdlib.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "store/fsck/repair_index.h"

#define UNREADABLE       16   /* entries more than those that can be read */
#define REWRITES_AT_ONCE 1024 /* entries in one transaction of a file */
#define PAGES_SPARE      1024 /* empty ones that do no harm */

/* A head that is to be written. */
struct new_head {
	uint64_t log;
	struct store_head head;
};

struct logs {
	struct repair_index index;
	struct new_head *heads;
	size_t n_heads;
	size_t heads_size;
	uint64_t next_seq;
	uint64_t top_page;
	int64_t last_time_ms;
	uint64_t told; /* numbers that are listed as lost */
};

static int
lose(struct logs *logs, uint64_t log, uint64_t first, uint64_t last)
{
	struct store_repair *repair = logs->index.repair;

	if (repair->n_losses == repair->losses_size) {
		size_t size = repair->losses_size * 2 + 64;
		struct store_loss *bigger = reallocarray(repair->losses, size, sizeof(*bigger));

		if (bigger == NULL)
			return -1;
		repair->losses = bigger;
		repair->losses_size = size;
	}
	repair->losses[repair->n_losses++] =
	    (struct store_loss){ .log = log, .first = first, .last = last };
	logs->told += last - first + 1;
	return 0;
}

static struct store_head
head_of(const struct repair_row *row, uint64_t first, uint64_t last)
{
	struct store_head head = { .first = last + 1, .last = last };

	for (size_t i = 0; i < row->n; i++)
		head.bytes += row->items[i].header.len;
	if (row->n == 0) {
		/* It leads nowhere: what is next will not ask for it. */
		head.last_seq = last;
		head.cut = last > 0;
		return head;
	}
	const struct repair_item *newest = &row->items[row->n - 1];
	head.first = row->items[0].header.number;
	/* It may have been trimmed to where there is nothing. */
	if (head.first > first && row->items[0].header.lost >= head.first - first)
		head.first = first;
	head.last_seq = newest->seq;
	head.jump = newest->header.jump;
	head.jump_seq = newest->header.jump_seq;
	head.jump2 = newest->header.jump2;
	head.jump2_seq = newest->header.jump2_seq;
	head.cut = newest->header.number < last;
	return head;
}

/* Of an empty log only the numbers matter, where the rest can be. */
static bool
is_same(const struct store_head *now, const struct store_head *wanted)
{
	if (now->first != wanted->first || now->last != wanted->last ||
	    now->bytes != wanted->bytes || now->closed != wanted->closed)
		return false;
	if (wanted->first > wanted->last)
		return (now->last == 0) == (now->last_seq == 0) &&
		    (now->cut || now->last_seq >= now->last) &&
		    (now->last == 0 ? now->jump == 0 : now->jump < now->last) &&
		    now->jump2 <= now->jump;
	return now->last_seq == wanted->last_seq && now->cut == wanted->cut &&
	    now->jump == wanted->jump && now->jump_seq == wanted->jump_seq &&
	    now->jump2 == wanted->jump2 && now->jump2_seq == wanted->jump2_seq;
}

static int
want_head(struct logs *logs, const struct repair_row *row, struct store_head head)
{
	uint64_t page = row->log / STORE_PAGE_HEADS;

	if (head.last == 0 && !head.closed && (row->known == NULL || !row->known->current))
		return 0;
	if (page > logs->top_page)
		logs->top_page = page;
	if (head.last >= logs->next_seq)
		logs->next_seq = head.last + 1;
	if (head.last_seq >= logs->next_seq)
		logs->next_seq = head.last_seq + 1;
	if (row->known != NULL && row->known->current && is_same(&row->known->head, &head))
		return 0;
	if (logs->n_heads == logs->heads_size) {
		size_t size = logs->heads_size * 2 + 64;
		struct new_head *bigger = reallocarray(logs->heads, size, sizeof(*bigger));

		if (bigger == NULL)
			return -1;
		logs->heads = bigger;
		logs->heads_size = size;
	}
	logs->heads[logs->n_heads++] = (struct new_head){ .log = row->log, .head = head };
	return 0;
}

/* Whether what is missing before the oldest was there: told by the head, or by the oldest. */
static bool
has_lost_oldest(const struct logs *logs, const struct repair_row *row)
{
	const struct store_repair *repair = logs->index.repair;

	if (row->known != NULL && row->known->last > 0)
		return true;
	for (size_t i = 0; row->n > 0 && i < repair->n_files; i++)
		if (row->items[0].header.prev_seq >= repair->files[i].first &&
		    row->items[0].header.prev_seq < repair->files[i].end)
			return true;
	return false;
}

/* What is missing at both ends, if it has not been told of before. */
static int
lose_ends(struct logs *logs, const struct repair_row *row, uint64_t first, uint64_t last)
{
	bool empty = row->n == 0;
	uint64_t oldest = empty ? last + 1 : row->items[0].header.number;
	uint64_t newest = empty ? last : row->items[row->n - 1].header.number;
	bool was_cut = row->known != NULL && row->known->current && row->known->head.cut;

	if (has_lost_oldest(logs, row) && oldest > first &&
	    (empty || row->items[0].header.lost < oldest - first) &&
	    lose(logs, row->log, first, oldest - 1) != 0)
		return -1;
	if (!empty && newest < last && !was_cut)
		return lose(logs, row->log, newest + 1, last);
	return 0;
}

static int
settle_closed(struct logs *logs, const struct repair_row *row)
{
	struct store_head head = row->known->head;

	head.closed = true;
	head.last = row->known->last;
	head.first = head.last + 1;
	head.bytes = 0;
	if (head.last == 0 || head.last_seq < head.last)
		head.last_seq = head.last;
	if (head.last == 0 || head.jump >= head.last || head.jump2 > head.jump)
		head.jump = head.jump2 = 0;
	return want_head(logs, row, head);
}

/* The highest number that was ever given, as far as that can be told. */
static uint64_t
last_of(const struct repair_row *row)
{
	const struct repair_item *newest = row->n == 0 ? NULL : &row->items[row->n - 1];
	const struct repair_head *known = row->known;
	uint64_t last = newest == NULL ? 0 : newest->header.number;

	if (known == NULL ||
	    (known->current && !known->head.cut && newest != NULL &&
	        newest->seq == known->head.last_seq))
		return last;
	if (known->last > last)
		last = known->last;
	/* A reader was there. */
	if (!known->current && known->cursor > last)
		last = known->cursor;
	return last;
}

static int
settle(struct logs *logs, struct repair_row *row)
{
	uint64_t first = 1, last;

	if (row->known != NULL && row->known->closed)
		return settle_closed(logs, row);
	if (row->known != NULL)
		first = row->known->first;
	if (store_repair_keep(row, first) != 0)
		return -1;
	store_repair_link(row);
	last = last_of(row);
	for (size_t i = 0; i < row->n; i++) {
		const struct repair_item *item = &row->items[i];

		if (item->gap > 0 &&
		    lose(logs, row->log, item->header.number - item->gap,
		        item->header.number - 1) != 0)
			return -1;
		if (item->header.time_ms > logs->last_time_ms)
			logs->last_time_ms = item->header.time_ms;
	}
	if (lose_ends(logs, row, first, last) != 0)
		return -1;
	return want_head(logs, row, head_of(row, first, last));
}

/* Logs with entries, and those of which only heads or cursors tell, in one row. */
static int
settle_all(struct logs *logs)
{
	struct repair_index *index = &logs->index;
	size_t i = 0, j = 0;

	while (i < index->n_items || j < index->n_heads) {
		struct repair_row row = { .log = UINT64_MAX };
		size_t begin = i;

		if (i < index->n_items)
			row.log = index->items[i].header.log;
		if (j < index->n_heads && index->heads[j].log < row.log)
			row.log = index->heads[j].log;
		while (i < index->n_items && index->items[i].header.log == row.log)
			i++;
		row.items = &index->items[begin];
		row.n = i - begin;
		if (j < index->n_heads && index->heads[j].log == row.log)
			row.known = &index->heads[j++];
		if (settle(logs, &row) != 0)
			return -1;
	}
	return 0;
}

/* 0 or -1 with errno set; there is nothing to be undone. */
static int
begin_file(struct store_file *file)
{
	return file == NULL ? -1 : store_file_begin(file);
}

static int
end_file(struct store_file *file, int result)
{
	if (result == 0)
		return store_file_commit(file);
	store_file_cancel(file);
	return -1;
}

/* Writes the changed items of one file, from one of them on, and gives where it ended. */
static int
rewrite_some(struct logs *logs, size_t file_index, size_t *from)
{
	struct repair_index *index = &logs->index;
	struct store_file *file = store_files_at(index->store, file_index);
	int result = begin_file(file);
	size_t n = 0;

	if (result != 0)
		return -1;
	for (; *from < index->n_items && n < REWRITES_AT_ONCE && result == 0; ++*from) {
		struct repair_item *item = &index->items[*from];

		if (!item->changed || item->file != file_index)
			continue;
		result = store_log_rewrite(file, item->seq, &item->header);
		n++;
	}
	return end_file(file, result);
}

static int
rewrite_items(struct logs *logs)
{
	const struct repair_index *index = &logs->index;
	uint64_t changed = 0;

	for (size_t file = 0; file < index->store->n_logs; file++) {
		bool any = false;

		for (size_t i = 0; i < index->n_items; i++)
			if (index->items[i].changed && index->items[i].file == file) {
				any = true;
				changed++;
			}
		for (size_t from = 0; any && from < index->n_items;)
			if (rewrite_some(logs, file, &from) != 0)
				return -1;
	}
	if (changed > 0)
		store_repair_say(index->repair, false,
		    "%" PRIu64 " entries of logs were linked anew", changed);
	return 0;
}

static int
put_heads(struct logs *logs, struct store_file *file)
{
	const struct repair_index *index = &logs->index;
	unsigned char key[STORE_FILE_KEY];

	for (size_t i = 0; i < index->n_bad_pages; i++) {
		store_file_key(key, STORE_RECORD_PAGE, index->bad_pages[i]);
		if (store_file_delete(file, key, sizeof(key)) != 0)
			return -1;
	}
	for (size_t i = 0; i < logs->n_heads; i++)
		if (store_head_set(index->store, logs->heads[i].log, &logs->heads[i].head) != 0)
			return -1;
	if (store_head_flush(index->store) != 0)
		return -1;
	return store_apply_note(index->store, STORE_PART_LOGS);
}

/* The heads, and what the writer goes on from. */
static int
write_heads(struct logs *logs)
{
	struct repair_index *index = &logs->index;
	struct store_writer *writer = index->store->writer;
	struct store_file *file = store_files_current(index->store);
	bool same = logs->next_seq <= writer->next_seq && logs->top_page <= writer->last_page &&
	    writer->last_page - logs->top_page < PAGES_SPARE;

	if (logs->n_heads == 0 && index->n_bad_pages == 0 && same)
		return 0;
	if (logs->next_seq > writer->next_seq)
		writer->next_seq = logs->next_seq;
	if (logs->last_time_ms > writer->last_time_ms)
		writer->last_time_ms = logs->last_time_ms;
	writer->last_page = logs->top_page;
	if (begin_file(file) != 0)
		return -1;
	int result = end_file(file, put_heads(logs, file));
	store_head_drop(index->store);
	if (result == 0)
		store_repair_say(index->repair, false, "the heads of %zu logs", logs->n_heads);
	return result;
}

/* Entries of files that were made anew of which nobody knows in which logs they were. */
static void
tell_holes(const struct logs *logs)
{
	const struct repair_index *index = &logs->index;
	uint64_t next_seq = index->store->writer->next_seq, missing = 0;

	for (size_t i = 0; i < index->repair->n_files; i++) {
		uint64_t first = index->repair->files[i].first, end = index->repair->files[i].end;

		if (end > next_seq)
			end = next_seq;
		missing += end > first ? end - first : 0;
		for (size_t j = 0; j < index->n_items; j++)
			missing -= index->items[j].seq >= first && index->items[j].seq < end;
	}
	if (missing > logs->told)
		store_repair_say(index->repair, true,
		    "%" PRIu64 " entries of logs, of which nobody can say whose they were",
		    missing - logs->told);
}

/* What a newer program has written is not damaged: nothing of it may be dropped. */
static bool
is_known(const struct repair_index *index)
{
	if (index->unreadable <= index->n_items + UNREADABLE)
		return true;
	log_warnx("store: most entries of logs cannot be read: were they made by a newer kabar?");
	return false;
}

int
store_repair_logs(struct store_repair *repair, struct store *store)
{
	struct logs logs = { .index = { .store = store, .repair = repair } };
	int result = -1;

	if (store_repair_index_read(&logs.index) == 0 && is_known(&logs.index)) {
		logs.next_seq = logs.index.top_seq + 1;
		logs.top_page = logs.index.top_page;
		result = settle_all(&logs);
	}
	if (result == 0)
		result = rewrite_items(&logs);
	if (result == 0)
		result = write_heads(&logs);
	if (result == 0)
		tell_holes(&logs);
	repair->logs_damaged |= repair->n_losses > 0;
	store_repair_index_free(&logs.index);
	free(logs.heads);
	return result;
}
