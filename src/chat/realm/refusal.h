/*
 * chat_refusal: a log of messages that another realm sent and this one refused. A refusal stays
 * there until that realm has told the sender.
 */
#ifndef KABAR_CHAT_REFUSAL_H
#define KABAR_CHAT_REFUSAL_H

#include "chat/chat.h"
#include "chat/reason.h"

#define CHAT_REFUSAL_RECORD 18

struct chat_refusal {
	uint64_t epoch;  /* of the peer's outbox */
	uint64_t number; /* of the message there */
	enum chat_reason reason;
};

/* An entry, and its length; reading returns false when it is none. */
size_t chat_refusal_write(unsigned char entry[CHAT_REFUSAL_RECORD], const struct chat_refusal *);
bool chat_refusal_read(struct chat_refusal *, const void *entry, size_t len);

/*
 * Visits the refusals of an epoch behind a number, oldest first, until visit, which must not use
 * the store, returns non-zero. Log 0 has none. CHAT_OK or CHAT_FAILED.
 */
typedef int chat_refusal_visit(void *arg, uint64_t number, enum chat_reason);
enum chat_result chat_refusal_each(struct chat *, uint64_t log, uint64_t epoch, uint64_t after,
    chat_refusal_visit *, void *arg);
/*
 * Forgets the refusals of this epoch up to a number, and all of other epochs. A crash may bring
 * them back.
 */
void chat_refusal_forget(struct chat *, uint64_t log, uint64_t epoch, uint64_t up_to);

#endif
