/*
 * chat_merge: the reader whose next entry is the oldest is found by comparing all readers.
 */
#include "chat/merge.h"

#include <stdlib.h>

enum chat_result
chat_merge_init(struct chat_merge *merge, size_t size)
{
	*merge = (struct chat_merge){ .size = size };
	merge->readers = calloc(size, sizeof(*merge->readers));
	return merge->readers == NULL ? CHAT_FAILED : CHAT_OK;
}

void
chat_merge_free(struct chat_merge *merge)
{
	free(merge->readers);
	*merge = (struct chat_merge){ .readers = NULL };
}

enum chat_result
chat_merge_add(struct chat_merge *merge, struct chat *chat, uint64_t log, uint64_t after)
{
	if (merge->n == merge->size)
		return CHAT_FAILED;
	return chat_from_store(
	    store_reader_init(&merge->readers[merge->n++], chat->store, log, after));
}

enum store_status
chat_merge_peek(struct chat_merge *merge, size_t *log, uint64_t *number, uint64_t *seq)
{
	bool found = false;
	uint64_t next;

	for (size_t i = 0; i < merge->n; i++) {
		enum store_status status = store_reader_peek(&merge->readers[i], &next);

		if (status == STORE_FAILED)
			return status;
		if (status != STORE_OK || (found && next > *seq))
			continue;
		found = true;
		*log = i;
		*seq = next;
	}
	if (!found)
		return STORE_ABSENT;
	*number = merge->readers[*log].next;
	return STORE_OK;
}

void
chat_merge_skip(struct chat_merge *merge, size_t log)
{
	store_reader_skip(&merge->readers[log]);
}
