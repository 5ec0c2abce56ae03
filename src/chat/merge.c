/*
 * chat_merge: the reader whose next entry is the oldest stands at the top of a binary heap.
 */
#include "chat/merge.h"

#include <stdlib.h>

enum chat_result
chat_merge_init(struct chat_merge *merge, size_t size)
{
	*merge = (struct chat_merge){ .size = size };
	merge->readers = calloc(size, sizeof(*merge->readers));
	merge->heap = calloc(size, sizeof(*merge->heap));
	return merge->readers == NULL || merge->heap == NULL ? CHAT_FAILED : CHAT_OK;
}

void
chat_merge_free(struct chat_merge *merge)
{
	free(merge->readers);
	free(merge->heap);
	*merge = (struct chat_merge){ .readers = NULL };
}

static void
swap_places(struct chat_merge *merge, size_t a, size_t b)
{
	struct chat_merge_next next = merge->heap[a];

	merge->heap[a] = merge->heap[b];
	merge->heap[b] = next;
}

static void
sift_up(struct chat_merge *merge, size_t at)
{
	for (; at > 0 && merge->heap[at].seq < merge->heap[(at - 1) / 2].seq; at = (at - 1) / 2)
		swap_places(merge, at, (at - 1) / 2);
}

static void
sift_down(struct chat_merge *merge)
{
	for (size_t at = 0, least;; at = least) {
		least = at;
		for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++)
			if (child < merge->n_heap &&
			    merge->heap[child].seq < merge->heap[least].seq)
				least = child;
		if (least == at)
			return;
		swap_places(merge, at, least);
	}
}

enum chat_result
chat_merge_add(struct chat_merge *merge, struct chat *chat, uint64_t log, uint64_t after)
{
	struct chat_merge_next next = { .log = merge->n };
	enum store_status status;

	if (merge->n == merge->size)
		return CHAT_FAILED;
	status = store_reader_init(&merge->readers[merge->n++], chat->store, log, after);
	if (status == STORE_OK)
		status = store_reader_peek(&merge->readers[next.log], &next.seq);
	if (status == STORE_OK) {
		merge->heap[merge->n_heap++] = next;
		sift_up(merge, merge->n_heap - 1);
	}
	return status == STORE_ABSENT ? CHAT_OK : chat_from_store(status);
}

enum store_status
chat_merge_peek(struct chat_merge *merge, size_t *log, uint64_t *number, uint64_t *seq)
{
	enum store_status status;

	/* The log of the entry that was shown last may have moved on. */
	while (merge->n_heap > 0) {
		struct chat_merge_next *next = &merge->heap[0];
		struct store_reader *reader = &merge->readers[next->log];
		uint64_t before = next->seq;

		status = store_reader_peek(reader, &next->seq);
		if (status == STORE_FAILED)
			return status;
		if (status == STORE_OK && next->seq == before) {
			*log = next->log;
			*seq = next->seq;
			*number = reader->next;
			return STORE_OK;
		}
		if (status == STORE_ABSENT)
			merge->heap[0] = merge->heap[--merge->n_heap];
		sift_down(merge);
	}
	return STORE_ABSENT;
}

void
chat_merge_skip(struct chat_merge *merge)
{
	store_reader_skip(&merge->readers[merge->heap[0].log]);
}
