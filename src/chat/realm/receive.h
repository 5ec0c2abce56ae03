/*
 * chat_receive: what another realm delivers here: letters in the order of their numbers, many to a
 * transaction, each exactly once over any crash of either side.
 */
#ifndef KABAR_CHAT_RECEIVE_H
#define KABAR_CHAT_RECEIVE_H

#include "chat/realm/inbound.h"
#include "chat/realm/refusal.h"

#define CHAT_RECEIVE_MAX      256   /* letters in a batch */
#define CHAT_RECEIVE_EPOCHS   16    /* of a peer that are remembered */
#define CHAT_RECEIVE_REFUSALS 65536 /* of a peer that are kept until it has settled them */

/* What stands in the store of what a peer delivered. */
struct chat_receive_state {
	uint64_t generation; /* of its newest link */
	uint64_t refusals;   /* the log of those that are kept; 0: there never was one */
	uint8_t n;
	/* Up to which number everything of an epoch is here, or refused; the latest one first. */
	struct {
		uint64_t epoch;
		uint64_t have;
	} epochs[CHAT_RECEIVE_EPOCHS];
};

/* One link's side that receives. */
struct chat_receive {
	struct chat *chat;
	struct chat_peer peer;
	struct chat_receive_state
	    stored;         /* as this link wrote it last: nobody else may have since */
	uint64_t fresh_log; /* for refusals, before the first is stored; 0: none yet */
	uint64_t epoch;
	uint64_t have; /* everything up to this number is here, or refused */
};

/*
 * This link has proven whose it is: from here on it is the peer's newest, and all older ones fail.
 * CHAT_OK, CHAT_NO_SPACE or CHAT_FAILED.
 */
enum chat_result chat_receive_begin(struct chat_receive *, struct chat *, const struct chat_peer *);
/* Turns to an epoch: `have` is then known, 0 for one that was never heard of. */
void chat_receive_resume(struct chat_receive *, uint64_t epoch);
/*
 * The kept refusals of this epoch behind a number, oldest first, until visit, which must not use
 * the store, returns non-zero. CHAT_OK or CHAT_FAILED.
 */
enum chat_result chat_receive_refusals(struct chat_receive *, uint64_t after, chat_refusal_visit *,
    void *arg);
/* Forgets those up to a number, and all of other epochs. May be lost. */
void chat_receive_settled(struct chat_receive *, uint64_t up_to);

/*
 * Delivers the arrivals with the numbers have + 1, have + 2, ... CHAT_OK: all are synced, those
 * with a reason are refused for it, `have` is raised, and whoever is online is woken. Else `have`
 * says how far it came:
 *   CHAT_FORBIDDEN  a newer link has taken over
 *   CHAT_NO_SPACE   the disk is full; the peer may come again
 *   CHAT_QUOTA      so many refusals are kept that it has to settle some first
 *   CHAT_FAILED
 * The content of a file is to be kept already, and safe from the janitor until this returns.
 * With CHAT_RECEIVE_MAX of them the store is mapped, until store_map() ends that.
 */
enum chat_result chat_receive_take(struct chat_receive *, struct chat_inbound *, size_t n);
/* All numbers from have + 1 to `to` are void. Results as above. */
enum chat_result chat_receive_void(struct chat_receive *, uint64_t to);

#endif
