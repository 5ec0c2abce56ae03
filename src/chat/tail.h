/*
 * chat_tail: what comes to a user or group from some moment on, from the own realm and from others,
 * whatever anybody has read.
 */
#ifndef KABAR_CHAT_TAIL_H
#define KABAR_CHAT_TAIL_H

#include "chat/chat.h"
#include "chat/message.h"

struct chat_tail_log {
	uint64_t log;
	uint64_t number; /* of the last entry that was looked at */
};

/* All zero: nobody's. */
struct chat_tail {
	uint64_t owner;             /* the user or group */
	struct chat_tail_log *logs; /* the own one, then those of its origins as they are listed */
	size_t n;
};

/* From now on. CHAT_OK, or CHAT_FAILED and it is nobody's. */
enum chat_result chat_tail_begin(struct chat *, struct chat_tail *, uint64_t owner);
void chat_tail_end(struct chat_tail *);
/*
 * Moves past what is new, oldest first, until visit returns false; the message lasts for the call,
 * which must not use the store. CHAT_OK, or CHAT_FAILED: the rest is left for the next time.
 */
enum chat_result chat_tail_read(struct chat *, struct chat_tail *,
    bool (*visit)(void *arg, const struct chat_message *), void *arg);

#endif
