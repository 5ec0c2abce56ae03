/*
 * chat_merge: several logs read as one, oldest first. With memory that does not depend on how long
 * they are.
 */
#ifndef KABAR_CHAT_MERGE_H
#define KABAR_CHAT_MERGE_H

#include "chat/chat.h"

struct chat_merge {
	struct store_reader *readers;
	size_t n;
	size_t size;
};

/* For at most so many logs. CHAT_OK or CHAT_FAILED; it is then to be freed. */
enum chat_result chat_merge_init(struct chat_merge *, size_t size);
void chat_merge_free(struct chat_merge *);
/* One more log, read behind the number `after`; its index is how many there were before. */
enum chat_result chat_merge_add(struct chat_merge *, struct chat *, uint64_t log, uint64_t after);
/*
 * The oldest entry that none has moved past: the index of its log, its number and seq. STORE_OK,
 * STORE_ABSENT at the end, STORE_FAILED.
 */
enum store_status chat_merge_peek(struct chat_merge *, size_t *log, uint64_t *number,
    uint64_t *seq);
/* Moves past the entry that peek showed. */
void chat_merge_skip(struct chat_merge *, size_t log);

#endif
