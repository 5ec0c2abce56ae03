/*
 * store_fsck index: gathers the entries of all files of logs, and what the heads and cursors say of
 * the logs. Each file is read as it is at one moment, the current one last: an entry that is
 * carried forward or forgotten meanwhile is found there, or is below the first of its head.
 */
#include "store/fsck/index.h"

#include <stdlib.h>
#include <string.h>

#include "base/vector.h"

#define SPARE_IDS 1000000 /* a counter further ahead than that is damaged */

/* The reading of one file; visiting it must not use the store. */
struct gather {
	struct fsck_index *index;
	size_t file;
	uint64_t first_seq;
	uint64_t end_seq; /* where the next file begins; UINT64_MAX: this is the last */
	bool failed;
};

static bool
is_in_slice(const struct fsck_index *index, uint64_t log)
{
	return log % index->n_slices == index->slice;
}

static int
add_item(struct gather *gather, uint64_t seq, const struct store_header *header, bool main)
{
	struct fsck_index *index = gather->index;
	struct fsck_item *item = vector_add(&index->items, &index->n_items, sizeof(*item));

	if (item == NULL)
		return -1;
	*item = (struct fsck_item){ .seq = seq,
		.header = *header,
		.read_ms = header->time_ms,
		.main = main,
		.file = gather->file };
	return 0;
}

/* Takes what is possible of an entry's places. Their number, or -1. */
static int
take_places(struct gather *gather, uint64_t seq, const struct store_entry_record *record)
{
	int n = 0;

	for (unsigned int i = 0; i < record->n; i++) {
		const struct store_header *place = &record->places[i];

		if (place->number == 0 || place->number > seq || place->prev_seq >= seq)
			continue;
		if (is_in_slice(gather->index, place->log) &&
		    add_item(gather, seq, place, n == 0) != 0)
			return -1;
		n++;
	}
	return n;
}

static int
take_entry(struct gather *gather, uint64_t seq, const unsigned char *value, size_t len)
{
	struct fsck_index *index = gather->index;
	const struct store_fsck *fsck = index->fsck;
	struct store_entry_record record;
	int n = 0;

	if (seq == 0 || seq >= gather->end_seq)
		return 0;
	if (seq > index->top_seq)
		index->top_seq = seq;
	if (store_record_parse(&record, value, len) == 0 &&
	    (fsck->judge == NULL ||
	        fsck->judge(fsck->judge_arg, value + record.at, len - record.at)))
		n = take_places(gather, seq, &record);
	if (n < 0)
		return -1;
	index->readable += n > 0;
	index->unreadable += n == 0;
	return 0;
}

static struct fsck_head *
add_head(struct fsck_index *index, uint64_t log)
{
	struct fsck_head *head = vector_add(&index->heads, &index->n_heads, sizeof(*head));

	if (head != NULL)
		*head = (struct fsck_head){ .log = log };
	return head;
}

static int
take_head(struct gather *gather, uint64_t log, const struct store_head *head)
{
	struct fsck_head *known;

	if (!is_in_slice(gather->index, log) ||
	    (head->last == 0 && head->first == 1 && !head->closed && head->last_seq == 0 &&
	        head->jump == 0 && head->bytes == 0))
		return 0;
	known = add_head(gather->index, log);
	if (known == NULL)
		return -1;
	known->first_seq = gather->first_seq;
	known->head = *head;
	known->first = head->first;
	known->last = head->last;
	known->closed = head->closed;
	return 0;
}

static int
note_bad_page(struct fsck_index *index, uint64_t page)
{
	uint64_t *bad = vector_add(&index->bad_pages, &index->n_bad_pages, sizeof(*bad));

	if (bad == NULL)
		return -1;
	*bad = page;
	return 0;
}

static int
take_page(struct gather *gather, uint64_t page, const void *value, size_t len)
{
	struct store_head head;
	int result = 0;

	if (page > gather->index->top_page)
		gather->index->top_page = page;
	for (uint64_t i = 0; i < STORE_PAGE_HEADS && result == 0; i++) {
		uint64_t log = page * STORE_PAGE_HEADS + i;

		if (store_head_parse(value, len, log, &head) != 0)
			return note_bad_page(gather->index, page);
		result = take_head(gather, log, &head);
	}
	return result;
}

static int
take_record(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct gather *gather = arg;
	const unsigned char *bytes = key;
	int result = 0;

	if (key_len != STORE_RECORD_KEY)
		return 0;
	if (bytes[0] == STORE_RECORD_ENTRY)
		result = take_entry(gather, pack_get_u64(bytes + 1), value, len);
	else if (bytes[0] == STORE_RECORD_PAGE)
		result = take_page(gather, pack_get_u64(bytes + 1), value, len);
	gather->failed = result != 0;
	return result;
}

/*
 * A file that was dropped since the list was made has nothing that a later file does not have. A
 * check reads of a damaged file what it can.
 */
static int
read_file(struct fsck_index *index, size_t at)
{
	struct store *store = index->store;
	struct gather gather = { .index = index,
		.file = at,
		.first_seq = store->logs[at].first_seq,
		.end_seq = at + 1 == store->n_logs ? UINT64_MAX : store->logs[at + 1].first_seq };
	struct store_file *file = store_files_at(store, at);

	if (file == NULL)
		return index->fsck->dry ? 0 : -1;
	index->current_seq = gather.first_seq;
	index->top_page = 0;
	index->n_bad_pages = 0;
	bool whole = store_file_each(file, take_record, &gather) == 0;
	return !gather.failed && (whole || index->fsck->dry) ? 0 : -1;
}

/* Finds the file after the one that begins with a seq; n_logs: none follows yet. */
static size_t
find_next(const struct store *store, uint64_t first_seq)
{
	size_t i = 0;

	while (i < store->n_logs && store->logs[i].first_seq <= first_seq)
		i++;
	return i;
}

/* Reads the files in the order of their seqs; while others write, a new one may follow the last. */
static int
read_files(struct fsck_index *index)
{
	struct store *store = index->store;

	for (size_t at = 0; at < store->n_logs;) {
		uint64_t first_seq = store->logs[at].first_seq;

		if (read_file(index, at) != 0)
			return -1;
		if (++at < store->n_logs || !index->fsck->dry)
			continue;
		if (store_files_current(store) == NULL)
			return -1;
		at = find_next(store, first_seq);
	}
	return 0;
}

struct tables {
	struct fsck_index *index;
	uint64_t counter;
	uint64_t highest; /* id that a record is about */
	bool failed;
};

static bool
has_id(const struct fsck_index *index, int table)
{
	const struct store_fsck *fsck = index->fsck;

	return fsck->has_id != NULL && fsck->has_id(table);
}

/* Keys begin with the table, and most then with an id. */
static int
take_table_record(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct tables *tables = arg;
	const unsigned char *bytes = key;
	uint64_t id = key_len >= 9 ? pack_get_u64(bytes + 1) : 0;
	struct fsck_head *known;

	if (key_len == 0)
		return 0;
	if (key_len == 1 + 2 && bytes[0] == STORE_COUNTERS && memcmp(bytes + 1, "id", 2) == 0 &&
	    len == 8)
		tables->counter = pack_get_u64(value);
	if (id > tables->highest && has_id(tables->index, bytes[0]))
		tables->highest = id;
	if (key_len != 1 + 16 || bytes[0] != STORE_CURSORS || len != 8 ||
	    !is_in_slice(tables->index, pack_get_u64(bytes + 9)))
		return 0;
	known = add_head(tables->index, pack_get_u64(bytes + 9));
	tables->failed = known == NULL;
	if (known == NULL)
		return -1;
	known->cursor = pack_get_u64(value);
	return 0;
}

static int
compare_seqs(const void *a, const void *b)
{
	const struct fsck_item *left = a, *right = b;

	if (left->seq != right->seq)
		return left->seq < right->seq ? -1 : 1;
	return (left->file > right->file) - (left->file < right->file);
}

static int
compare_logs(const void *a, const void *b)
{
	const struct fsck_item *left = a, *right = b;

	if (left->header.log != right->header.log)
		return left->header.log < right->header.log ? -1 : 1;
	return compare_seqs(a, b);
}

/* An entry that was carried forward lies in two files; the first is read, and so it is kept. */
static void
sort_items(struct fsck_index *index)
{
	size_t n = 0;

	if (index->n_items == 0)
		return;
	qsort(index->items, index->n_items, sizeof(*index->items), compare_seqs);
	for (size_t i = 0; i < index->n_items; i++)
		if (n == 0 || index->items[i].seq != index->items[n - 1].seq ||
		    index->items[i].file == index->items[n - 1].file)
			index->items[n++] = index->items[i];
	index->n_items = n;
	qsort(index->items, n, sizeof(*index->items), compare_logs);
}

static int
compare_heads(const void *a, const void *b)
{
	const struct fsck_head *left = a, *right = b;

	return (left->log > right->log) - (left->log < right->log);
}

/* Heads of older files have lower numbers than are true, never higher; impossible ones are dropped.
 */
static void
merge_heads(struct fsck_index *index)
{
	struct fsck_head *heads = index->heads;
	uint64_t most = 2 * index->top_seq + SPARE_IDS;
	size_t n = 0;

	if (index->n_heads == 0)
		return;
	qsort(heads, index->n_heads, sizeof(*heads), compare_heads);
	for (size_t i = 0; i < index->n_heads; i++) {
		struct fsck_head *to, from = heads[i];

		if (n == 0 || heads[n - 1].log != from.log)
			heads[n++] = (struct fsck_head){ .log = from.log, .first = 1 };
		to = &heads[n - 1];
		if (from.first_seq == index->current_seq && from.first_seq != 0) {
			to->current = true;
			to->head = from.head;
		}
		if (from.last > to->last && from.last <= most)
			to->last = from.last;
		if (from.first > to->first && from.first <= from.last + 1 && from.last <= most)
			to->first = from.first;
		if (from.cursor > to->cursor && from.cursor <= most)
			to->cursor = from.cursor;
		to->closed |= from.closed;
	}
	/* A log that was opened again is closed in older files. */
	for (size_t i = 0; i < n; i++)
		if (heads[i].current)
			heads[i].closed = heads[i].head.closed;
	index->n_heads = n;
}

static const struct fsck_head *
find_head(const struct fsck_index *index, uint64_t log)
{
	const struct fsck_head wanted = { .log = log };

	if (index->n_heads == 0)
		return NULL;
	return bsearch(&wanted, index->heads, index->n_heads, sizeof(wanted), compare_heads);
}

/* Drops entries of logs that cannot exist. */
static void
drop_strays(struct fsck_index *index, const struct tables *tables)
{
	uint64_t most = tables->highest + SPARE_IDS;
	size_t n = 0;

	if (tables->counter > tables->highest && tables->counter < most)
		most = tables->counter;
	for (size_t i = 0; i < index->n_items; i++) {
		uint64_t log = index->items[i].header.log;
		const struct fsck_head *head = find_head(index, log);

		if (log != 0 && (log <= most || (head != NULL && head->current)))
			index->items[n++] = index->items[i];
		else
			index->unreadable++;
	}
	index->n_items = n;
}

int
store_fsck_index_read(struct fsck_index *index)
{
	struct tables tables = { .index = index };

	if (read_files(index) != 0)
		return -1;
	bool whole = store_file_each(index->store->tables, take_table_record, &tables) == 0;
	if (tables.failed || (!whole && !index->fsck->dry))
		return -1;
	merge_heads(index);
	sort_items(index);
	if (whole)
		drop_strays(index, &tables);
	return 0;
}

void
store_fsck_index_free(struct fsck_index *index)
{
	free(index->items);
	free(index->heads);
	free(index->bad_pages);
}
