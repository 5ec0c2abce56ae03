/*
 * store_head: the heads of logs. A record, a page, has 32 of them, so that the logs of one
 * transaction dirty few blocks; a transaction writes each changed page once. The writer keeps pages
 * that it has read or written: nobody else changes them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/int.h"

#define HEAD_SIZE    65
#define HEAD_CLOSED  1
#define HEAD_CUT     2
#define PAGE_VERSION 1
#define PAGE_SIZE    (1 + STORE_PAGE_HEADS * HEAD_SIZE)
#define PAGE_BUCKETS 512
#define PAGES_KEPT   2048 /* after a transaction: 4 MiB */

struct page {
	uint64_t number;
	bool changed;      /* and not yet put into the file */
	struct page *next; /* in its bucket */
	unsigned char data[PAGE_SIZE];
};

/* The pages that transactions have looked at; the present one may have changed some. */
struct store_pages {
	struct page *buckets[PAGE_BUCKETS];
	size_t n;
};

static void
read_head(const unsigned char *page, uint64_t log, struct store_head *head)
{
	struct unpack u;

	unpack_init(&u, page + 1 + (log % STORE_PAGE_HEADS) * HEAD_SIZE, HEAD_SIZE);
	head->first = unpack_u64(&u);
	head->last = unpack_u64(&u);
	head->last_seq = unpack_u64(&u);
	head->bytes = unpack_u64(&u);
	head->jump = unpack_u64(&u);
	head->jump_seq = unpack_u64(&u);
	head->jump2 = unpack_u64(&u);
	head->jump2_seq = unpack_u64(&u);
	uint8_t flags = unpack_u8(&u);
	head->closed = (flags & HEAD_CLOSED) != 0;
	head->cut = (flags & HEAD_CUT) != 0;
	if (head->first == 0)
		head->first = 1; /* nobody has written to this log */
}

static void
write_head(unsigned char *page, uint64_t log, const struct store_head *head)
{
	struct pack p;

	pack_init(&p, page + 1 + (log % STORE_PAGE_HEADS) * HEAD_SIZE, HEAD_SIZE);
	pack_u64(&p, head->first);
	pack_u64(&p, head->last);
	pack_u64(&p, head->last_seq);
	pack_u64(&p, head->bytes);
	pack_u64(&p, head->jump);
	pack_u64(&p, head->jump_seq);
	pack_u64(&p, head->jump2);
	pack_u64(&p, head->jump2_seq);
	pack_u8(&p, (uint8_t)((head->closed ? HEAD_CLOSED : 0) | (head->cut ? HEAD_CUT : 0)));
}

/* Reads a page; one that is not there is all zero. */
static enum store_status
read_page(struct store_file *file, uint64_t number, unsigned char page[PAGE_SIZE])
{
	unsigned char key[STORE_RECORD_KEY];
	enum store_status status;
	size_t len;

	store_key_make(key, STORE_RECORD_PAGE, number);
	memset(page, 0, PAGE_SIZE);
	page[0] = PAGE_VERSION;
	status = store_file_get(file, key, sizeof(key), page, PAGE_SIZE, &len);
	if (status == STORE_ABSENT)
		return STORE_OK;
	if (status == STORE_OK && (len != PAGE_SIZE || page[0] != PAGE_VERSION))
		return STORE_FAILED;
	return status;
}

uint64_t
store_head_size(const struct store *store)
{
	return (store->writer->last_page + 1) * PAGE_SIZE;
}

int
store_head_parse(const void *page, size_t len, uint64_t log, struct store_head *head)
{
	const unsigned char *bytes = page;

	if (len != PAGE_SIZE || bytes[0] != PAGE_VERSION)
		return -1;
	read_head(bytes, log, head);
	return 0;
}

enum store_status
store_head_get(struct store_file *file, uint64_t log, struct store_head *head)
{
	unsigned char page[PAGE_SIZE];
	enum store_status status = read_page(file, log / STORE_PAGE_HEADS, page);

	if (status == STORE_OK)
		read_head(page, log, head);
	return status;
}

/* The page of this number, read and remembered if it was not yet. NULL: errno is set. */
static struct page *
load_page(struct store *store, uint64_t number)
{
	struct page **bucket, *page;

	if (store->writer->pages == NULL)
		store->writer->pages = calloc(1, sizeof(*store->writer->pages));
	if (store->writer->pages == NULL)
		return NULL;
	bucket = &store->writer->pages->buckets[number % PAGE_BUCKETS];
	for (page = *bucket; page != NULL; page = page->next)
		if (page->number == number)
			return page;
	page = malloc(sizeof(*page));
	if (page == NULL)
		return NULL;
	struct store_file *file = store_files_current(store);
	if (file == NULL || read_page(file, number, page->data) != STORE_OK) {
		free(page);
		errno = EIO;
		return NULL;
	}
	page->number = number;
	page->changed = false;
	page->next = *bucket;
	*bucket = page;
	store->writer->pages->n++;
	return page;
}

enum store_status
store_head_take(struct store *store, uint64_t log, struct store_head *head)
{
	const struct page *page = load_page(store, log / STORE_PAGE_HEADS);

	if (page == NULL)
		return STORE_FAILED;
	read_head(page->data, log, head);
	return STORE_OK;
}

int
store_head_set(struct store *store, uint64_t log, const struct store_head *head)
{
	uint64_t number = log / STORE_PAGE_HEADS;
	struct page *page = load_page(store, number);

	if (page == NULL)
		return -1;
	write_head(page->data, log, head);
	page->changed = true;
	if (number > store->writer->last_page)
		store->writer->last_page = number;
	return 0;
}

static int
write_page(struct store_file *file, const struct page *page)
{
	unsigned char key[STORE_RECORD_KEY];

	store_key_make(key, STORE_RECORD_PAGE, page->number);
	return store_file_put(file, key, sizeof(key), page->data, PAGE_SIZE);
}

void
store_head_drop(struct store *store)
{
	if (store->writer->pages == NULL)
		return;
	for (size_t i = 0; i < PAGE_BUCKETS; i++) {
		struct page *page = store->writer->pages->buckets[i];

		while (page != NULL) {
			struct page *next = page->next;

			free(page);
			page = next;
		}
		store->writer->pages->buckets[i] = NULL;
	}
	store->writer->pages->n = 0;
}

int
store_head_flush(struct store *store)
{
	struct store_file *file = store_files_current(store);
	int result = 0;

	if (store->writer->pages == NULL)
		return 0;
	for (size_t i = 0; i < PAGE_BUCKETS && result == 0; i++) {
		struct page *page = store->writer->pages->buckets[i];

		for (; page != NULL && result == 0; page = page->next) {
			result = page->changed ? write_page(file, page) : 0;
			page->changed = false;
		}
	}
	if (result == 0 && store->writer->pages->n > PAGES_KEPT)
		store_head_drop(store);
	return result;
}
