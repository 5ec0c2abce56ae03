/*
 * store_repair_index: gathers all entries of all files of logs, and what the heads and cursors say
 * of the logs. A hundred bytes of memory for each entry there is.
 */
#include "store/fsck/repair_index.h"

#include <bsd/stdlib.h>
#include <stdlib.h>
#include <string.h>

#define SPARE_IDS 1000000 /* a counter further ahead than that is damaged */

/* What is read of one file; visiting it must not use the store. */
struct gather {
	struct repair_index *index;
	size_t file;
	uint64_t end_seq; /* where the next file begins; UINT64_MAX: this is the last */
	uint64_t *pages;
	size_t n_pages;
	size_t pages_size;
	bool failed;
};

/* Room for one more in a list. NULL: no memory. */
static void *
grow(void *list, size_t n, size_t *room, size_t size)
{
	if (n < *room)
		return list;
	*room = *room * 2 + 64;
	return reallocarray(list, *room, size);
}

static int
add_item(struct gather *gather, uint64_t seq, const struct store_header *header)
{
	struct repair_index *index = gather->index;
	struct repair_item *bigger =
	    grow(index->items, index->n_items, &index->items_size, sizeof(*bigger));

	if (bigger == NULL)
		return -1;
	index->items = bigger;
	index->items[index->n_items++] =
	    (struct repair_item){ .seq = seq, .header = *header, .file = gather->file };
	return 0;
}

static int
take_entry(struct gather *gather, uint64_t seq, const unsigned char *value, size_t len)
{
	struct repair_index *index = gather->index;
	struct store_header header;

	if (seq == 0 || seq >= gather->end_seq)
		return 0;
	if (seq > index->top_seq)
		index->top_seq = seq;
	if (store_log_parse(&header, value, len) == 0 && header.number > 0 &&
	    header.number <= seq && header.prev_seq < seq &&
	    index->repair->judge(index->repair->arg, value + (len - header.len), header.len))
		return add_item(gather, seq, &header);
	index->unreadable++;
	return 0;
}

static int
take_page(struct gather *gather, uint64_t page)
{
	uint64_t *bigger =
	    grow(gather->pages, gather->n_pages, &gather->pages_size, sizeof(*bigger));

	if (bigger == NULL)
		return -1;
	gather->pages = bigger;
	gather->pages[gather->n_pages++] = page;
	return 0;
}

static int
take_record(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct gather *gather = arg;
	const unsigned char *bytes = key;
	int result = 0;

	if (key_len != STORE_FILE_KEY)
		return 0;
	if (bytes[0] == STORE_RECORD_ENTRY)
		result = take_entry(gather, pack_get_u64(bytes + 1), value, len);
	else if (bytes[0] == STORE_RECORD_PAGE)
		result = take_page(gather, pack_get_u64(bytes + 1));
	gather->failed = result != 0;
	return result;
}

static struct repair_head *
head_of(struct repair_index *index, uint64_t log)
{
	struct repair_head *bigger =
	    grow(index->heads, index->n_heads, &index->heads_size, sizeof(*bigger));

	if (bigger == NULL)
		return NULL;
	index->heads = bigger;
	index->heads[index->n_heads] = (struct repair_head){ .log = log };
	return &index->heads[index->n_heads++];
}

static int
take_head(struct gather *gather, struct store_file *file, uint64_t log, bool current)
{
	struct store_head head;
	struct repair_head *known;

	if (store_head_get(gather->index->store, file, log, &head) != STORE_OK ||
	    (head.last == 0 && head.first == 1 && !head.closed && head.last_seq == 0 &&
	        head.jump == 0 && head.bytes == 0))
		return 0;
	known = head_of(gather->index, log);
	if (known == NULL)
		return -1;
	known->current = current;
	known->head = head;
	known->first = head.first;
	known->last = head.last;
	known->closed = head.closed;
	return 0;
}

static int
bad_page(struct repair_index *index, uint64_t page)
{
	uint64_t *bigger = reallocarray(index->bad_pages, index->n_bad_pages + 1, sizeof(*bigger));

	if (bigger == NULL)
		return -1;
	index->bad_pages = bigger;
	index->bad_pages[index->n_bad_pages++] = page;
	return 0;
}

static int
take_pages(struct gather *gather, struct store_file *file, bool current)
{
	struct store_head head;
	int result = 0;

	for (size_t i = 0; i < gather->n_pages && result == 0; i++) {
		uint64_t log = gather->pages[i] * STORE_PAGE_HEADS;

		if (current && gather->pages[i] > gather->index->top_page)
			gather->index->top_page = gather->pages[i];
		if (store_head_get(gather->index->store, file, log, &head) != STORE_OK) {
			result = current ? bad_page(gather->index, gather->pages[i]) : 0;
			continue;
		}
		for (uint64_t j = 0; j < STORE_PAGE_HEADS && result == 0; j++)
			result = take_head(gather, file, log + j, current);
	}
	return result;
}

static int
read_file(struct repair_index *index, size_t at)
{
	struct store *store = index->store;
	bool current = at + 1 == store->n_logs;
	struct gather gather = { .index = index,
		.file = at,
		.end_seq = current ? UINT64_MAX : store->logs[at + 1].first_seq };
	struct store_file *file = store_files_at(store, at);
	int result = -1;

	if (file != NULL && store_file_each(file, take_record, &gather) == 0 && !gather.failed)
		result = take_pages(&gather, file, current);
	free(gather.pages);
	return result;
}

struct tables {
	struct repair_index *index;
	uint64_t counter;
	uint64_t highest; /* id that a record is about */
	bool failed;
};

/* Keys begin with the table, and most then with an id. */
static int
take_table_record(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct tables *tables = arg;
	const unsigned char *bytes = key;
	uint64_t id = key_len >= 9 ? pack_get_u64(bytes + 1) : 0;
	struct repair_head *known;

	if (key_len == 0)
		return 0;
	if (key_len == 1 + 2 && bytes[0] == STORE_COUNTERS && memcmp(bytes + 1, "id", 2) == 0 &&
	    len == 8)
		tables->counter = pack_get_u64(value);
	if ((bytes[0] == STORE_USERS || bytes[0] == STORE_GROUPS || bytes[0] == STORE_MEMBERS) &&
	    id > tables->highest)
		tables->highest = id;
	if (key_len != 1 + 16 || bytes[0] != STORE_CURSORS || len != 8)
		return 0;
	known = head_of(tables->index, pack_get_u64(bytes + 9));
	tables->failed = known == NULL;
	if (known == NULL)
		return -1;
	known->cursor = pack_get_u64(value);
	return 0;
}

static int
compare_seqs(const void *a, const void *b)
{
	const struct repair_item *left = a, *right = b;

	if (left->seq != right->seq)
		return left->seq < right->seq ? -1 : 1;
	return (left->file > right->file) - (left->file < right->file);
}

static int
compare_logs(const void *a, const void *b)
{
	const struct repair_item *left = a, *right = b;

	if (left->header.log != right->header.log)
		return left->header.log < right->header.log ? -1 : 1;
	return compare_seqs(a, b);
}

/* One that was carried forward is read where it lies first. */
static void
sort_items(struct repair_index *index)
{
	size_t n = 0;

	if (index->n_items == 0)
		return;
	qsort(index->items, index->n_items, sizeof(*index->items), compare_seqs);
	for (size_t i = 0; i < index->n_items; i++)
		if (n == 0 || index->items[i].seq != index->items[n - 1].seq)
			index->items[n++] = index->items[i];
	index->n_items = n;
	qsort(index->items, n, sizeof(*index->items), compare_logs);
}

static int
compare_heads(const void *a, const void *b)
{
	const struct repair_head *left = a, *right = b;

	return (left->log > right->log) - (left->log < right->log);
}

/* Of older files they say less than is true, never more; what no number can be is forgotten. */
static void
merge_heads(struct repair_index *index)
{
	struct repair_head *heads = index->heads;
	uint64_t most = 2 * index->top_seq + SPARE_IDS;
	size_t n = 0;

	if (index->n_heads == 0)
		return;
	qsort(heads, index->n_heads, sizeof(*heads), compare_heads);
	for (size_t i = 0; i < index->n_heads; i++) {
		struct repair_head *to, from = heads[i];

		if (n == 0 || heads[n - 1].log != from.log)
			heads[n++] = (struct repair_head){ .log = from.log, .first = 1 };
		to = &heads[n - 1];
		if (from.current) {
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
	index->n_heads = n;
}

const struct repair_head *
store_repair_index_head(const struct repair_index *index, uint64_t log)
{
	const struct repair_head wanted = { .log = log };

	if (index->n_heads == 0)
		return NULL;
	return bsearch(&wanted, index->heads, index->n_heads, sizeof(wanted), compare_heads);
}

/* Entries of logs that there cannot be. */
static void
drop_strays(struct repair_index *index, const struct tables *tables)
{
	uint64_t most = tables->highest + SPARE_IDS;
	size_t n = 0;

	if (tables->counter > tables->highest && tables->counter < most)
		most = tables->counter;
	for (size_t i = 0; i < index->n_items; i++) {
		uint64_t log = index->items[i].header.log;
		const struct repair_head *head = store_repair_index_head(index, log);

		if (log != 0 && (log <= most || (head != NULL && head->current)))
			index->items[n++] = index->items[i];
		else
			index->unreadable++;
	}
	index->n_items = n;
}

int
store_repair_index_read(struct repair_index *index)
{
	struct tables tables = { .index = index };

	for (size_t i = 0; i < index->store->n_logs; i++)
		if (read_file(index, i) != 0)
			return -1;
	if (store_file_each(index->store->tables, take_table_record, &tables) != 0 || tables.failed)
		return -1;
	merge_heads(index);
	sort_items(index);
	drop_strays(index, &tables);
	return 0;
}

void
store_repair_index_free(struct repair_index *index)
{
	free(index->items);
	free(index->heads);
	free(index->bad_pages);
}
