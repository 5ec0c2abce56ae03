/*
 * chat_outbox: the bridge's side of an outbox: retiring messages, and telling their senders. A
 * message is retired by trimming the log past it, in one transaction with the notice to its sender.
 */
#ifndef KABAR_CHAT_OUTBOX_H
#define KABAR_CHAT_OUTBOX_H

#include "chat/realm/outbound.h"
#include "chat/reason.h"

/* A message that is delivered or bounces. */
struct chat_retired {
	uint64_t number;
	size_t bytes;            /* of its entry */
	uint64_t file_id;        /* whose content the outbox needs no more; 0: none */
	enum chat_reason bounce; /* which its sender is told; NONE: nothing */
	enum chat_reason told; /* why it is refused, as a worker tells its sender; NONE: nothing */
};

/*
 * Retires messages from the oldest kept on, without gaps, and passes over those that are retired
 * already. Durable when it returns CHAT_OK, with the notices to the senders, exactly once over any
 * crash. It costs a transaction at least, so it is better done for many at once. After a failure
 * the oldest of them may be retired; CHAT_BAD_ARGUMENT: the numbers have a gap.
 */
enum chat_result chat_outbox_retire(struct chat *, const struct chat_peer *,
    const struct chat_retired *, size_t n);

/*
 * Tells the senders of messages up to `last`, each once, that their messages still wait. Does a
 * part at a time: *told is the number up to which it is done.
 */
enum chat_result chat_outbox_delay(struct chat *, const struct chat_peer *, uint64_t last,
    uint64_t *told);

/* The messages that wait. */
struct chat_outbox_info {
	uint64_t first; /* number of the oldest, last + 1: none */
	uint64_t last;
	uint64_t bytes;
	int64_t oldest_ms; /* when the oldest was queued, since 1970; 0: none waits */
};
enum chat_result chat_outbox_info(struct chat *, uint64_t peer, struct chat_outbox_info *);

/*
 * As chat_log_each, for the messages that wait behind a number. The message is NULL where the entry
 * is none.
 */
typedef int chat_outbox_visit(void *arg, const struct store_entry *, const struct chat_outbound *);
enum chat_result chat_outbox_each(struct chat *, uint64_t peer, uint64_t after, chat_outbox_visit *,
    void *arg);

/*
 * Bounces everything that waits, for kabarctl. The caller must lead (link_status_lead). *dropped
 * counts, also after a failure.
 */
enum chat_result chat_outbox_drop(struct chat *, const struct chat_peer *, uint64_t *dropped);

#endif
