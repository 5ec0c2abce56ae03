/* chat_page: a part of a conversation, from any point of it. */
#include "chat/history/page.h"

#include <stdlib.h>

#include "base/vector.h"
#include "chat/merge.h"
#include "chat/realm/log.h"

/* Where all of a part is by those whom the reader blocks, so many parts are looked through. */
#define ROUNDS 4

static enum chat_result
add_id(struct chat_page *page, uint64_t seq)
{
	uint64_t *added = vector_add(&page->ids, &page->n, sizeof(*added));

	if (added == NULL)
		return CHAT_FAILED;
	*added = seq;
	return CHAT_OK;
}

/* Adds the newest n ids below `before` of one log. */
static enum chat_result
add_back(struct chat *chat, uint64_t log, uint64_t before, size_t n, struct chat_page *page)
{
	struct store_log_info info;
	struct store_reader reader;
	uint64_t number, seq, after;
	enum chat_result result = CHAT_OK;

	if (store_log_find(chat->store, log, before - 1, &number) != STORE_OK ||
	    store_log_info(chat->store, log, &info) != STORE_OK)
		return CHAT_FAILED;
	if (number < info.first)
		return CHAT_OK;
	after = number > n ? number - n : 0;
	page->more |= after >= info.first;
	if (store_reader_init(&reader, chat->store, log, after) != STORE_OK)
		return CHAT_FAILED;
	reader.last = number < reader.last ? number : reader.last;
	enum store_status status = STORE_OK;
	while (result == CHAT_OK && (status = store_reader_peek(&reader, &seq)) == STORE_OK) {
		result = add_id(page, seq);
		store_reader_skip(&reader);
	}
	return status == STORE_FAILED ? CHAT_FAILED : result;
}

/* Keeps the newest n ids, each once. */
static void
cut_front(struct chat_page *page, size_t n)
{
	size_t kept = vector_sort_u64(page->ids, page->n);

	if (kept > n) {
		for (size_t i = 0; i < n; i++)
			page->ids[i] = page->ids[kept - n + i];
		page->more = true;
		kept = n;
	}
	page->n = kept;
}

/* Takes away what is older than the membership. What is gone meanwhile counts as older. */
static void
cut_older(struct chat *chat, int64_t since_ms, struct chat_page *page)
{
	size_t low = 0, high = page->n;
	struct store_entry entry;

	while (since_ms != 0 && low < high) {
		size_t middle = low + (high - low) / 2;

		if (store_entry(chat->store, page->ids[middle], &entry) == STORE_OK &&
		    entry.time_ms >= since_ms)
			high = middle;
		else
			low = middle + 1;
	}
	if (low == 0)
		return;
	page->more = false;
	page->n -= low;
	for (size_t i = 0; i < page->n; i++)
		page->ids[i] = page->ids[i + low];
}

static enum chat_result
read_back(struct chat *chat, const struct chat_place *place, const struct chat_page_wish *wish,
    struct chat_page *page)
{
	enum chat_result result = CHAT_OK;

	for (size_t i = 0; result == CHAT_OK && i < place->n; i++)
		result = add_back(chat, place->logs[i].log, wish->id == 0 ? UINT64_MAX : wish->id,
		    wish->n, page);
	cut_front(page, wish->n);
	cut_older(chat, place->since_ms, page);
	return result;
}

static bool
is_new_enough(const void *since_ms, const struct store_entry *entry)
{
	return entry->time_ms >= *(const int64_t *)since_ms;
}

/* The number behind which a log is read for what comes after an id. */
static enum chat_result
find_begin(struct chat *chat, const struct chat_place *place, uint64_t log, uint64_t id,
    uint64_t *number)
{
	struct store_entry entry;
	uint64_t first;
	enum chat_result result;

	if (store_log_find(chat->store, log, id, number) != STORE_OK)
		return CHAT_FAILED;
	if (place->since_ms == 0 ||
	    (store_entry(chat->store, id, &entry) == STORE_OK && entry.time_ms >= place->since_ms))
		return CHAT_OK;
	result = chat_log_search(chat, log, is_new_enough, &place->since_ms, &first);
	if (result == CHAT_OK && first - 1 > *number)
		*number = first - 1;
	return result;
}

/* Ends at the seq that came next when the look began, so that no message is passed over. */
static enum chat_result
take_forward(struct chat_merge *merge, const struct chat_page_wish *wish, uint64_t end,
    struct chat_page *page)
{
	uint64_t number, seq;
	size_t log;
	enum store_status status;
	enum chat_result result = CHAT_OK;

	while (result == CHAT_OK &&
	    (status = chat_merge_peek(merge, &log, &number, &seq)) == STORE_OK && seq < end) {
		bool again = page->n > 0 && page->ids[page->n - 1] == seq;

		page->more = !again && page->n == wish->n;
		if (page->more)
			break;
		if (!again)
			result = add_id(page, seq);
		chat_merge_skip(merge);
	}
	return result != CHAT_OK || status == STORE_FAILED ? CHAT_FAILED : CHAT_OK;
}

static enum chat_result
read_forward(struct chat *chat, const struct chat_place *place, const struct chat_page_wish *wish,
    struct chat_page *page)
{
	struct chat_merge merge;
	uint64_t end, number;
	enum chat_result result;

	if (place->n == 0)
		return CHAT_OK;
	if (store_next_seq(chat->store, &end) != STORE_OK)
		return CHAT_FAILED;
	result = chat_merge_init(&merge, place->n);
	for (size_t i = 0; result == CHAT_OK && i < place->n; i++) {
		result = find_begin(chat, place, place->logs[i].log, wish->id, &number);
		if (result == CHAT_OK)
			result = chat_merge_add(&merge, chat, place->logs[i].log, number);
	}
	if (result == CHAT_OK)
		result = take_forward(&merge, wish, end, page);
	chat_merge_free(&merge);
	return result;
}

/* Takes away what the reader does not see, in a group. */
static enum chat_result
hide_blocked(struct chat_item_reader *reader, const struct chat_place *place,
    struct chat_page *page)
{
	struct chat_item item;
	size_t kept = 0;

	for (size_t i = 0; i < page->n; i++) {
		enum chat_result result = chat_item_read(reader, place->group, page->ids[i], &item);

		if (result == CHAT_FAILED)
			return result;
		if (result != CHAT_BLOCKED)
			page->ids[kept++] = page->ids[i];
	}
	page->n = kept;
	return CHAT_OK;
}

/* Leaves what is next to where the look began, of more than was asked for. */
static void
cut_to_wish(const struct chat_page_wish *wish, struct chat_page *page)
{
	size_t over = page->n > wish->n ? page->n - wish->n : 0;

	if (over == 0)
		return;
	page->more = true;
	page->n = wish->n;
	for (size_t i = 0; !wish->forward && i < page->n; i++)
		page->ids[i] = page->ids[i + over];
}

enum chat_result
chat_page_find(struct chat_item_reader *reader, const struct chat_place *place,
    const struct chat_page_wish *wish, struct chat_page *page)
{
	struct chat_page_wish part = *wish;
	enum chat_result result = CHAT_OK;

	*page = (struct chat_page){ .n = 0 };
	for (unsigned int i = 0; result == CHAT_OK && i < ROUNDS; i++) {
		page->n = 0;
		page->more = false;
		result = part.forward ? read_forward(reader->chat, place, &part, page)
		                      : read_back(reader->chat, place, &part, page);
		if (result != CHAT_OK || page->n == 0 || place->group == 0 || !reader->blocks)
			break;
		part.id = page->ids[part.forward ? page->n - 1 : 0];
		result = hide_blocked(reader, place, page);
		if (page->n > 0 || !page->more)
			break;
		part.n = CHAT_PAGE_MOST;
	}
	if (page->n == 0 && page->more)
		page->next = part.id;
	cut_to_wish(wish, page);
	return result;
}

void
chat_page_free(struct chat_page *page)
{
	free(page->ids);
	*page = (struct chat_page){ .n = 0 };
}
