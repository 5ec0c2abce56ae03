/*
 * chat_refusal: refusals of what another realm delivered, kept in a log until that realm has told
 * its users of them.
 */
#ifndef KABAR_CHAT_REFUSAL_H
#define KABAR_CHAT_REFUSAL_H

#include "chat/chat.h"
#include "chat/reason.h"

#define CHAT_REFUSAL_RECORD 18

struct chat_refusal {
	uint64_t epoch; /* of the peer's outbox, and the letter's number there */
	uint64_t number;
	enum chat_reason reason;
};

/* The entry for one; its length. */
size_t chat_refusal_write(unsigned char entry[CHAT_REFUSAL_RECORD], const struct chat_refusal *);

/*
 * Those of an epoch behind a number, oldest first, until visit, which must not use the store,
 * returns non-zero; log 0 has none. CHAT_OK or CHAT_FAILED.
 */
typedef int chat_refusal_visit(void *arg, uint64_t number, enum chat_reason);
enum chat_result chat_refusal_each(struct chat *, uint64_t log, uint64_t epoch, uint64_t after,
    chat_refusal_visit *, void *arg);
/* Forgets those of this epoch up to a number, and all of other epochs. May be lost in a crash. */
void chat_refusal_forget(struct chat *, uint64_t log, uint64_t epoch, uint64_t up_to);

#endif
