/*
 * chat_merge: reads several logs as one, oldest entry first, with memory that does not depend on
 * their lengths.
 */
#ifndef KABAR_CHAT_MERGE_H
#define KABAR_CHAT_MERGE_H

#include "chat/chat.h"

/* A log with entries to come, and the seq of the next one. */
struct chat_merge_next {
	uint64_t seq;
	size_t log;
};

struct chat_merge {
	struct store_reader *readers;
	size_t n;
	size_t size;
	struct chat_merge_next *heap; /* the log with the oldest entry first */
	size_t n_heap;
};

/* A merge of at most so many logs. CHAT_OK or CHAT_FAILED; to be freed in either case. */
enum chat_result chat_merge_init(struct chat_merge *, size_t size);
void chat_merge_free(struct chat_merge *);
/* Adds a log, read behind the number `after`; logs have the indices 0, 1, 2... */
enum chat_result chat_merge_add(struct chat_merge *, struct chat *, uint64_t log, uint64_t after);
/*
 * The oldest entry that was not skipped: the index of its log, its number and seq. STORE_OK,
 * STORE_ABSENT at the end, STORE_FAILED.
 */
enum store_status chat_merge_peek(struct chat_merge *, size_t *log, uint64_t *number,
    uint64_t *seq);
/* Skips the entry that peek has shown; the cost grows with the logarithm of the number of logs. */
void chat_merge_skip(struct chat_merge *);

#endif
