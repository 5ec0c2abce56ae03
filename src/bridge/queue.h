/*
 * bridge_queue: an outbox on its way to its peer. It says which request is next, keeps the numbers
 * under way, and retires what the peer has or refuses. It holds no more than the window in memory,
 * and knows no connection: bridge_protocol makes lines of the requests and hands in the replies.
 * Four files share the struct: queue.c chooses requests, ack.c takes replies, retire.c trims the
 * outbox, expire.c bounces what has waited too long.
 *
 * Numbers: retired <= have, and retired < those under way < next <= last + 1.
 */
#ifndef KABAR_BRIDGE_QUEUE_H
#define KABAR_BRIDGE_QUEUE_H

#include "bridge/inflight.h"
#include "chat/realm/outbound.h"
#include "chat/realm/outbox.h"
#include "peering/peering.h"

struct bridge_refusal {
	uint64_t number;
	enum chat_reason reason;
};

struct bridge_queue {
	struct chat *chat;
	struct chat_peer peer;
	uint64_t retired; /* the outbox is trimmed up to here */
	uint64_t last;    /* the newest number of the outbox */

	/* Since bridge_queue_begin. */
	bool open;
	bool resuming; /* the peer was asked what it has of the epoch */
	bool resumed;  /* and has answered */
	uint64_t epoch;
	uint64_t have;
	uint64_t next;                /* the number to send next */
	struct peering_window window; /* that the peer grants */
	struct store_reader reader;
	bool reading;
	struct bridge_inflight inflight;
	size_t acked;         /* items, from the oldest on, that the peer has */
	uint64_t bytes;       /* of the lines of the other items */
	uint64_t no_room_for; /* bytes of a line that did not fit; 0: none */
	bool void_due;        /* the peer lacks numbers that are retired */
	bool tell_settled;    /* the peer may forget refusals */
	bool refused;         /* one of the acked items was refused */
	int64_t retire_due;   /* tick at which acked items are retired at the latest; 0: none */
	struct bridge_refusal *refusals; /* behind `retired`, as the peer told when it resumed */
	size_t n_refusals;
	size_t next_refusal;

	/* The last number that the peer was seen to have, and its epoch; 0: none yet. */
	uint64_t seen_epoch;
	uint64_t seen;

	/* After a failure to retire. */
	int64_t retry_tick; /* 0: it did not fail */
	int64_t retry_pause;

	/* While no link is open. */
	int64_t due_ms;      /* when a message expires or is late, since 1970; 0: to be found */
	uint64_t delay_told; /* up to here senders were told of the delay */
	bool delay_known;    /* delay_told was read */
};

/* The next request. */
enum bridge_next_kind {
	BRIDGE_NEXT_NONE,    /* there is none, until something changes */
	BRIDGE_NEXT_PASSED,  /* the peer has this number already: ask again */
	BRIDGE_NEXT_RESUME,  /* epoch; number: the last retired one */
	BRIDGE_NEXT_SETTLED, /* number */
	BRIDGE_NEXT_VOID,    /* from, number */
	BRIDGE_NEXT_MESSAGE, /* number, outbound, time_ms */
	BRIDGE_NEXT_FAILED   /* the store cannot be read */
};

struct bridge_next {
	enum bridge_next_kind kind;
	uint64_t epoch;
	uint64_t from;
	uint64_t number;
	struct chat_outbound outbound; /* its texts are good until the store's next call */
	int64_t time_ms;
	size_t entry; /* bytes in the outbox */
};

/* CHAT_OK or CHAT_FAILED. chat and its links must stay open. */
enum chat_result bridge_queue_init(struct bridge_queue *, struct chat *, const struct chat_peer *);
/* Reads again where the outbox begins, after another process has trimmed it. As above. */
enum chat_result bridge_queue_reread(struct bridge_queue *);
/* Reads the newest number of the outbox. CHAT_OK or CHAT_FAILED. */
enum chat_result bridge_queue_refresh(struct bridge_queue *);

/*
 * A link has been opened, with this window; it has ended, and nothing is under way any more, so
 * that the queue holds no memory.
 */
void bridge_queue_begin(struct bridge_queue *, const struct peering_window *);
void bridge_queue_end(struct bridge_queue *);

/*
 * The next request. The caller sends it and notes a message or a void by one of the next three.
 */
void bridge_queue_next(struct bridge_queue *, struct bridge_next *);
/* Whether a line of so many bytes has room; if not, the same request comes again later. */
bool bridge_queue_fits(struct bridge_queue *, size_t bytes);
/* The message or the void was sent, in a line of so many bytes. 0, or -1 without memory. */
int bridge_queue_sent(struct bridge_queue *, const struct bridge_next *, size_t bytes);
/* A void was sent instead of the message, which bounces for this reason. As above. */
int bridge_queue_voided(struct bridge_queue *, const struct bridge_next *, enum chat_reason,
    size_t bytes);

/* Whether an answer of the peer is due. */
bool bridge_queue_waits(const struct bridge_queue *);

/*
 * bridge_ack: replies of the peer: what it has of an epoch, that it refuses a number, that it has
 * all numbers up to one. NULL, or what is wrong with the reply: the link is then to be dropped.
 */
const char *bridge_ack_resumed(struct bridge_queue *, uint64_t epoch, uint64_t have);
const char *bridge_ack_refused(struct bridge_queue *, uint64_t number, enum chat_reason);
const char *bridge_ack_have(struct bridge_queue *, uint64_t number);
/* The reason for which the peer refused a number on an earlier link. Numbers only ascend. */
enum chat_reason bridge_ack_refusal(struct bridge_queue *, uint64_t number);
/* Counts the items under way that the peer has. */
void bridge_ack_advance(struct bridge_queue *);

/*
 * bridge_retire: trims the outbox by what the peer has, and bounces what it refused: at once if
 * that is urgent (the tick INT64_MAX always is), or when enough has been gathered. CHAT_OK also
 * when nothing was to do. After a failure it tries again from the tick retry_tick on.
 */
enum chat_result bridge_retire(struct bridge_queue *, int64_t tick_ms);
/* The latest tick of the next call, or INT64_MAX. */
int64_t bridge_retire_due(const struct bridge_queue *);
/*
 * Notes the result of trimming: each failure in a row puts retry_tick off for longer, and the first
 * one is logged. Returns the result.
 */
enum chat_result bridge_retire_note(struct bridge_queue *, enum chat_result);
/*
 * The reason of the bounce of a message that is refused for this one: NONE if a worker waits for
 * the message; it is then to be told when the message is retired.
 */
enum chat_reason bridge_retire_claim(struct bridge_queue *, unsigned int slot, uint64_t wait_id,
    enum chat_reason);
/* Tells the worker, if it still waits. */
void bridge_retire_tell(struct bridge_queue *, unsigned int slot, uint64_t wait_id,
    enum chat_reason);

/*
 * bridge_expire: bounces messages that have waited too long, or whose peer is no longer active, and
 * tells senders of a delay. Called while no link is open; does a part at a time. Returns when it is
 * due again, in ms since 1970; INT64_MAX: not before a new message comes.
 */
int64_t bridge_expire(struct bridge_queue *, int64_t now_ms);
/* Whether bridge_expire() is due before any new message can be late. */
bool bridge_expire_soon(const struct bridge_queue *, int64_t now_ms);

#endif
