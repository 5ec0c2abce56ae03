/*
 * chat_receive: delivers what another realm sends to this one: messages in the order of their
 * numbers, many to a transaction, each exactly once over any crash of either side.
 */
#ifndef KABAR_CHAT_RECEIVE_H
#define KABAR_CHAT_RECEIVE_H

#include "chat/realm/inbound.h"
#include "chat/realm/receive_state.h"
#include "chat/realm/refusal.h"

#define CHAT_RECEIVE_MAX      256   /* messages in a batch */
#define CHAT_RECEIVE_REFUSALS 65536 /* of a peer that are kept until it has retired them */

/* The receiving side of one link. */
struct chat_receive {
	struct chat *chat;
	struct chat_peer peer;
	struct chat_receive_state stored; /* as this link wrote it last; no other may have since */
	uint64_t fresh_log; /* for refusals, before the first is stored; 0: none yet */
	uint64_t epoch;
	uint64_t have; /* each message up to this number is stored, or refused */
};

/*
 * The peer has proven its key on this link, which is the newest from here on: all older ones fail.
 * CHAT_OK, CHAT_NO_SPACE or CHAT_FAILED.
 */
enum chat_result chat_receive_begin(struct chat_receive *, struct chat *, const struct chat_peer *);
/* Turns to an epoch and sets `have`, to 0 for an unknown one. */
void chat_receive_resume(struct chat_receive *, uint64_t epoch);
/* As chat_refusal_each, for the kept refusals of this epoch behind a number. */
enum chat_result chat_receive_refusals(struct chat_receive *, uint64_t after, chat_refusal_visit *,
    void *arg);
/* As chat_refusal_forget, for this epoch. */
void chat_receive_retired(struct chat_receive *, uint64_t up_to);

/*
 * Delivers the messages with the numbers have + 1, have + 2, ... CHAT_OK: all are synced, those
 * with a reason are refused for it, `have` is raised, and the online receivers are woken. Otherwise
 * `have` says how far it came:
 *   CHAT_FORBIDDEN  a newer link has taken over
 *   CHAT_NO_SPACE   the disk is full, or below min_free; the peer may come again
 *   CHAT_BUDGET     the peer's bytes of a day are used up; it may come again later
 *   CHAT_QUOTA      so many refusals are kept that the peer has to retire some first
 *   CHAT_UNSURE     more may be stored than `have` says: the next link finds out
 *   CHAT_FAILED
 * The content of a file must be kept already, and safe from the janitor until this returns.
 * A batch of CHAT_RECEIVE_MAX maps the store, until store_map() ends that.
 */
enum chat_result chat_receive_deliver(struct chat_receive *, struct chat_inbound *, size_t n);
/* All numbers from have + 1 to `to` are void. Results as above. */
enum chat_result chat_receive_void(struct chat_receive *, uint64_t to);

#endif
