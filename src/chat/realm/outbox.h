/*
 * chat_outbox: the bridge's side of an outbox: what is settled, who is told what. A letter is
 * settled by trimming the log past it, in one transaction with what its sender is told.
 */
#ifndef KABAR_CHAT_OUTBOX_H
#define KABAR_CHAT_OUTBOX_H

#include "chat/realm/outbound.h"
#include "chat/reason.h"

/* A letter that is over. */
struct chat_retired {
	uint64_t number;
	size_t bytes;            /* of its entry */
	uint64_t file_id;        /* whose content the outbox needs no more; 0: none */
	enum chat_reason bounce; /* what its sender is told; NONE: nothing */
};

/*
 * Settles letters from the oldest kept on, without gaps; those settled already are passed over.
 * Durable when it returns CHAT_OK, with whatever their senders are told, exactly once over any
 * crash. It costs a transaction at least, so it is better done for many at once. After a failure
 * some may be settled, the oldest; CHAT_BAD_ARGUMENT: there is a gap.
 */
enum chat_result chat_outbox_retire(struct chat *, const struct chat_peer *,
    const struct chat_retired *, size_t n);

/*
 * Tells the senders of letters up to `last` that they still wait, once: those behind the number up
 * to which this was done before. Does a part at a time: *told is how far it came.
 */
enum chat_result chat_outbox_delay(struct chat *, const struct chat_peer *, uint64_t last,
    uint64_t *told);

/* How many wait, since when the oldest has, and what they take. */
struct chat_outbox_info {
	uint64_t first; /* number of the oldest, last + 1: none */
	uint64_t last;
	uint64_t bytes;
	int64_t oldest_ms; /* since 1970; 0: none */
};
enum chat_result chat_outbox_info(struct chat *, uint64_t peer, struct chat_outbox_info *);

/*
 * Those that wait behind a number, oldest first, until visit, which must not use the store, returns
 * non-zero. The letter is NULL where the entry is none.
 */
typedef int chat_outbox_visit(void *arg, const struct store_entry *, const struct chat_outbound *);
enum chat_result chat_outbox_each(struct chat *, uint64_t peer, uint64_t after, chat_outbox_visit *,
    void *arg);

/*
 * Bounces everything that waits, for kabarctl; only for who leads (link_status_lead). *dropped
 * counts, also after a failure.
 */
enum chat_result chat_outbox_drop(struct chat *, const struct chat_peer *, uint64_t *dropped);

#endif
