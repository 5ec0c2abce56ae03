/*
 * chat_outcome: what became of messages for other realms, as their conversations tell it: a refusal
 * in the conversation's log of refusals and the sender's log of activity, deliveries in the latter
 * alone, one entry for all of a conversation that were delivered together.
 */
#ifndef KABAR_CHAT_OUTCOME_H
#define KABAR_CHAT_OUTCOME_H

#include "chat/chat.h"
#include "chat/reason.h"

#define CHAT_OUTCOMES      256  /* conversations in one transaction */
#define CHAT_OUTCOME_BYTES 160  /* of a transaction, for one entry at most */
#define CHAT_OUTCOME_SPARE 8192 /* of a transaction, for its events and other steps */

struct chat_outcome {
	uint64_t sender;
	uint64_t partner;
	uint64_t activity; /* the sender's log */
	uint64_t id;       /* of the newest that was delivered; 0: none was */
};

/* Those of a transaction; all zero: none yet. */
struct chat_outcomes {
	struct chat_outcome list[CHAT_OUTCOMES];
	size_t n;
};

/* Where the entry of a message lies; to be taken before the store is used again. */
struct chat_outcome_message {
	uint64_t id;
	uint64_t sender;
	uint64_t log; /* the direction's; 0: it is in no conversation */
};
struct chat_outcome_message chat_outcome_message(const struct store_entry *, uint64_t sender);

/* Whether there is no room for one more conversation. */
bool chat_outcome_full(const struct chat_outcomes *, const struct store_tx *);
/* Adds what became of a message; NONE: it is delivered. CHAT_OK or CHAT_FAILED. */
enum chat_result chat_outcome_tx_add(struct chat *, struct store_tx *, struct chat_outcomes *,
    const struct chat_outcome_message *, enum chat_reason);
/* The steps that are left, when all are added. */
void chat_outcome_tx_end(struct store_tx *, const struct chat_outcomes *);
/* Tells the senders. */
void chat_outcome_tx_ring(struct store_tx *, const struct chat_outcomes *);

#endif
