/*
 * chat_tail: the messages that come to a user or group after some moment, from this realm and from
 * others, whether they have been read or not.
 */
#ifndef KABAR_CHAT_TAIL_H
#define KABAR_CHAT_TAIL_H

#include "chat/chat.h"
#include "chat/message.h"

struct chat_tail_log {
	uint64_t log;
	uint64_t number; /* of the last entry that was visited */
};

/* All zero: nobody's. */
struct chat_tail {
	uint64_t owner;             /* the user or group */
	uint64_t reader;            /* what this user blocks is passed over */
	struct chat_tail_log *logs; /* its own, then its remote logs in the order of their set */
	size_t n;
};

/* Begins now. CHAT_OK, or a failure: there is nothing to end. */
enum chat_result chat_tail_begin(struct chat *, struct chat_tail *, uint64_t owner,
    uint64_t reader);
void chat_tail_end(struct chat_tail *);
/*
 * Visits the new messages, oldest first, until visit returns false. A message lasts for the visit,
 * which must not use the store. CHAT_OK, or a failure: the rest is left for the next call.
 */
enum chat_result chat_tail_read(struct chat *, struct chat_tail *,
    bool (*visit)(void *arg, const struct chat_message *), void *arg);

#endif
