/*
 * store_fsck log: heads that say what the entries say, once those are linked, and what is lost.
 * Only what is not as it has to be is told, and written.
 */
#include "store/fsck/log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/vector.h"
#include "store/fsck/head.h"
#include "store/fsck/link.h"
#include "store/fsck/unfinished.h"

#define UNREADABLE       16   /* entries more than those that can be read */
#define REWRITES_AT_ONCE 1024 /* entries in one transaction of a file */
#define PAGES_SPARE      1024 /* empty pages that do no harm */
#define ITEMS_AT_ONCE    (4 * 1024 * 1024)

/* A head that is to be written. */
struct new_head {
	uint64_t log;
	struct store_head head;
};

struct logs {
	struct fsck_index index; /* of one slice */
	struct new_head *heads;
	size_t n_heads;
	uint64_t *bad_pages;
	size_t n_bad_pages;
	uint64_t next_seq;
	uint64_t top_page;
	int64_t last_time_ms;
	uint64_t told; /* numbers that are listed as lost, without those of known seqs */
	uint64_t *lost_seqs;
	size_t n_lost_seqs;
	uint64_t found;     /* entries of damaged files */
	uint64_t known_seq; /* next_seq and top_page by the last transaction */
	uint64_t known_page;
};

/* An entry is lost in each of its logs; where its seq is known (not 0), it is counted once. */
static int
lose_entries(struct logs *logs, uint64_t log, uint64_t first, uint64_t last, uint64_t last_seq)
{
	logs->told += last - first + (last_seq == 0);
	if (last_seq != 0) {
		uint64_t *lost = vector_add(&logs->lost_seqs, &logs->n_lost_seqs, sizeof(*lost));

		if (lost == NULL)
			return -1;
		*lost = last_seq;
	}
	return store_fsck_lose(logs->index.fsck, log, first, last);
}

static int
want_head(struct logs *logs, const struct fsck_row *row, struct store_head head)
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
	if (row->known != NULL && row->known->current &&
	    store_fsck_head_is_same(&row->known->head, &head))
		return 0;
	store_fsck_head_tell(logs->index.fsck, row, &head);
	struct new_head *new = vector_add(&logs->heads, &logs->n_heads, sizeof(*new));
	if (new == NULL)
		return -1;
	*new = (struct new_head){ .log = row->log, .head = head };
	return 0;
}

/* Whether the numbers before the oldest entry were entries: the head or the oldest tells. */
static bool
has_lost_oldest(const struct logs *logs, const struct fsck_row *row)
{
	const struct store_fsck *fsck = logs->index.fsck;

	if (row->known != NULL && row->known->last > 0)
		return true;
	for (size_t i = 0; row->n > 0 && i < fsck->n_files; i++)
		if (row->items[0].header.prev_seq >= fsck->files[i].first &&
		    row->items[0].header.prev_seq < fsck->files[i].end)
			return true;
	return false;
}

/* The seq of the entry before the oldest that is left; 0: not known. */
static uint64_t
oldest_prev(const struct fsck_row *row)
{
	const struct fsck_item *oldest = &row->items[0];

	return oldest->changed ? 0 : oldest->header.prev_seq;
}

/* Adds the entries missing at both ends to the losses, if an earlier repair did not tell them. */
static int
lose_ends(struct logs *logs, const struct fsck_row *row, uint64_t first, uint64_t last)
{
	bool empty = row->n == 0;
	uint64_t oldest = empty ? last + 1 : row->items[0].header.number;
	uint64_t newest = empty ? last : row->items[row->n - 1].header.number;
	const struct store_head *head =
	    row->known != NULL && row->known->current ? &row->known->head : NULL;
	bool was_cut = head != NULL && head->cut;
	uint64_t last_seq = head != NULL && !was_cut && head->last == last ? head->last_seq : 0;

	if (has_lost_oldest(logs, row) && oldest > first &&
	    (empty || row->items[0].header.lost < oldest - first) &&
	    lose_entries(logs, row->log, first, oldest - 1, empty ? last_seq : oldest_prev(row)) !=
	        0)
		return -1;
	if (!empty && newest < last && !was_cut)
		return lose_entries(logs, row->log, newest + 1, last, last_seq);
	return 0;
}

static int
fix_log(struct logs *logs, struct fsck_row *row)
{
	uint64_t first = 1, last, first_changed = 0, n_changed = 0;

	if (row->known != NULL && row->known->closed)
		return want_head(logs, row, store_fsck_head_closed(row));
	if (row->known != NULL)
		first = row->known->first;
	if (store_fsck_keep(row, first) != 0)
		return -1;
	store_fsck_link(row);
	last = store_fsck_head_last(row);
	for (size_t i = 0; i < row->n; i++) {
		const struct fsck_item *item = &row->items[i];

		if (item->gap > 0 &&
		    lose_entries(logs, row->log, item->header.number - item->gap,
		        item->header.number - 1, item->gap_seq) != 0)
			return -1;
		if (item->changed && n_changed++ == 0)
			first_changed = item->header.number;
		if (item->header.time_ms > logs->last_time_ms)
			logs->last_time_ms = item->header.time_ms;
	}
	if (n_changed > 0)
		store_fsck_say(logs->index.fsck, STORE_FOUND_DAMAGED, row->log,
		    "log %" PRIu64 ": %" PRIu64 " of its entries do not lead to those before them, "
		    "first %" PRIu64,
		    row->log, n_changed, first_changed);
	if (lose_ends(logs, row, first, last) != 0)
		return -1;
	return want_head(logs, row, store_fsck_head_make(row, first, last));
}

/* Goes through the logs with entries and those that only heads or cursors name, in one order. */
static int
fix_slice(struct logs *logs)
{
	struct fsck_index *index = &logs->index;
	size_t i = 0, j = 0;

	while (i < index->n_items || j < index->n_heads) {
		struct fsck_row row = { .log = UINT64_MAX };
		size_t begin = i;

		if (i < index->n_items)
			row.log = index->items[i].header.log;
		if (j < index->n_heads && index->heads[j].log < row.log)
			row.log = index->heads[j].log;
		while (i < index->n_items && index->items[i].header.log == row.log)
			i++;
		row.n = i - begin;
		if (row.n > 0)
			row.items = &index->items[begin];
		if (j < index->n_heads && index->heads[j].log == row.log)
			row.known = &index->heads[j++];
		if (fix_log(logs, &row) != 0)
			return -1;
	}
	return 0;
}

/* 0, or -1 with errno set and nothing to undo. */
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

/* Writes some changed items of one file, from the index *from on, which moves behind them. */
static int
rewrite_some(struct logs *logs, size_t file_index, size_t *from)
{
	struct fsck_index *index = &logs->index;
	struct store_file *file = store_files_at(index->store, file_index);
	int result = begin_file(file);
	size_t n = 0;

	if (result != 0)
		return -1;
	for (; *from < index->n_items && n < REWRITES_AT_ONCE && result == 0; ++*from) {
		struct fsck_item *item = &index->items[*from];

		if (!item->changed || item->file != file_index)
			continue;
		result = store_record_rewrite(file, item->seq, &item->header, item->read_ms);
		n++;
	}
	return end_file(file, result);
}

static int
rewrite_items(struct logs *logs)
{
	const struct fsck_index *index = &logs->index;

	for (size_t file = 0; file < index->store->n_logs; file++) {
		bool any = false;

		for (size_t i = 0; i < index->n_items; i++)
			any |= index->items[i].changed && index->items[i].file == file;
		for (size_t from = 0; any && from < index->n_items;)
			if (rewrite_some(logs, file, &from) != 0)
				return -1;
	}
	return 0;
}

static int
put_heads(struct logs *logs, struct store_file *file)
{
	struct store *store = logs->index.store;
	unsigned char key[STORE_RECORD_KEY];

	for (size_t i = 0; i < logs->n_bad_pages; i++) {
		store_key_make(key, STORE_RECORD_PAGE, logs->bad_pages[i]);
		if (store_file_delete(file, key, sizeof(key)) != 0)
			return -1;
	}
	for (size_t i = 0; i < logs->n_heads; i++)
		if (store_head_set(store, logs->heads[i].log, &logs->heads[i].head) != 0)
			return -1;
	if (store_head_flush(store) != 0)
		return -1;
	return store_apply_note(store, STORE_PART_LOGS);
}

/* Writes the heads, and from where the writer goes on. */
static int
write_heads(struct logs *logs, struct store *store)
{
	struct store_writer *writer = store->writer;
	struct store_file *file = store_files_current(store);

	if (logs->next_seq > writer->next_seq)
		writer->next_seq = logs->next_seq;
	if (logs->last_time_ms > writer->last_time_ms)
		writer->last_time_ms = logs->last_time_ms;
	writer->last_page = logs->top_page;
	store_log_forget(store); /* the file has others */
	if (begin_file(file) != 0)
		return -1;
	int result = end_file(file, put_heads(logs, file));
	store_log_forget(store);
	return result;
}

/* Tells pages that cannot be read, and a writer that would go on wrongly. True if all is right. */
static bool
tell_pages(struct logs *logs)
{
	struct store_fsck *fsck = logs->index.fsck;
	bool seq = logs->next_seq <= logs->known_seq;
	bool page =
	    logs->top_page <= logs->known_page && logs->known_page - logs->top_page < PAGES_SPARE;

	for (size_t i = 0; i < logs->n_bad_pages; i++)
		store_fsck_say(fsck, STORE_FOUND_DAMAGED, 0,
		    "logs %" PRIu64 " to %" PRIu64 ": their heads cannot be read",
		    logs->bad_pages[i] * STORE_PAGE_HEADS,
		    (logs->bad_pages[i] + 1) * STORE_PAGE_HEADS - 1);
	if (!seq)
		store_fsck_say(fsck, STORE_FOUND_DAMAGED, 0,
		    "logs: the newest seq %" PRIu64 " will be given again", logs->next_seq - 1);
	if (!page)
		store_fsck_say(fsck, STORE_FOUND_DAMAGED, 0,
		    "logs: the last page of heads is said to be %" PRIu64 ", but is %" PRIu64,
		    logs->known_page, logs->top_page);
	return seq && page && logs->n_bad_pages == 0 && logs->n_heads == 0;
}

static int
compare_seqs(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

/* The entries that are listed as lost in one log or in several. */
static uint64_t
count_told(struct logs *logs)
{
	uint64_t n = logs->told;

	if (logs->n_lost_seqs > 1)
		qsort(logs->lost_seqs, logs->n_lost_seqs, sizeof(*logs->lost_seqs), compare_seqs);
	for (size_t i = 0; i < logs->n_lost_seqs; i++)
		n += i == 0 || logs->lost_seqs[i] != logs->lost_seqs[i - 1];
	return n;
}

/* Entries of damaged files that cannot be assigned to a log; at least so many. */
static void
tell_holes(struct logs *logs)
{
	struct store_fsck *fsck = logs->index.fsck;
	uint64_t known = logs->found + count_told(logs);
	uint64_t next_seq = logs->next_seq > logs->known_seq ? logs->next_seq : logs->known_seq;
	uint64_t missing = 0;

	for (size_t i = 0; i < fsck->n_files; i++) {
		uint64_t first = fsck->files[i].first, end = fsck->files[i].end;

		if (end > next_seq)
			end = next_seq;
		missing += end > first ? end - first : 0;
	}
	if (missing > known)
		store_fsck_say(fsck, store_fsck_loss_class(fsck), 0,
		    "%" PRIu64 " entries of logs, of which nobody can say whose they were",
		    missing - known);
}

static void
count_found(struct logs *logs)
{
	const struct fsck_index *index = &logs->index;

	for (size_t i = 0; i < index->fsck->n_files; i++)
		for (size_t j = 0; j < index->n_items; j++)
			logs->found += index->items[j].main &&
			    index->items[j].seq >= index->fsck->files[i].first &&
			    index->items[j].seq < index->fsck->files[i].end;
}

/* Entries of a newer program are not damaged: none of them may be dropped. */
static bool
is_of_this_program(const struct fsck_index *index)
{
	if (index->unreadable <= index->readable + UNREADABLE)
		return true;
	log_warnx("store: most entries of logs cannot be read: were they made by a newer kabar?");
	return false;
}

/* The bad pages and the highest numbers are the same in every slice. */
static void
keep_pages(struct logs *logs)
{
	struct fsck_index *index = &logs->index;

	if (logs->next_seq <= index->top_seq)
		logs->next_seq = index->top_seq + 1;
	if (logs->top_page < index->top_page)
		logs->top_page = index->top_page;
	free(logs->bad_pages);
	logs->bad_pages = index->bad_pages;
	logs->n_bad_pages = index->n_bad_pages;
	index->bad_pages = NULL;
	index->n_bad_pages = 0;
}

static int
do_slice(struct logs *logs)
{
	struct fsck_index *index = &logs->index;

	if (store_fsck_index_read(index) != 0 || (!index->fsck->dry && !is_of_this_program(index)))
		return -1;
	keep_pages(logs);
	if (fix_slice(logs) != 0)
		return -1;
	count_found(logs);
	if (index->fsck->dry)
		return 0;
	index->fsck->logs_damaged |= index->fsck->n_losses > 0;
	return store_fsck_unfinished_note(index->fsck) == 0 ? rewrite_items(logs) : -1;
}

static int
do_slices(struct logs *logs, struct store_fsck *fsck, struct store *store)
{
	uint64_t n_slices = fsck->entries / ITEMS_AT_ONCE + 1;
	int result = 0;

	for (uint64_t slice = 0; slice < n_slices && result == 0; slice++) {
		logs->index = (struct fsck_index){ .store = store,
			.fsck = fsck,
			.slice = slice,
			.n_slices = n_slices };
		result = do_slice(logs);
		store_fsck_index_free(&logs->index);
	}
	return result;
}

/* Reads how far the last transaction of the logs got; while others write, after the logs. */
static void
read_progress(struct logs *logs, struct store_fsck *fsck, struct store *store)
{
	if (!fsck->dry) {
		logs->known_seq = store->writer->next_seq;
		logs->known_page = store->writer->last_page;
	} else if (store_progress_of_logs(store, &logs->known_seq, &logs->known_page) != STORE_OK) {
		logs->known_seq = logs->known_page = 0;
		store_fsck_say(fsck, STORE_FOUND_DAMAGED, 0,
		    "logs: how far their last transaction got");
	}
}

int
store_fsck_logs(struct store_fsck *fsck, struct store *store)
{
	struct logs logs = { .next_seq = 1, .index = { .store = store, .fsck = fsck } };
	int result = do_slices(&logs, fsck, store);

	if (result == 0) {
		read_progress(&logs, fsck, store);
		bool right = tell_pages(&logs);
		tell_holes(&logs);
		if (!right && !fsck->dry)
			result = write_heads(&logs, store);
	}
	fsck->logs_damaged |= fsck->n_losses > 0;
	free(logs.heads);
	free(logs.bad_pages);
	free(logs.lost_seqs);
	return result;
}
