/*
 * bridge_queue: an outbox on its way to its peer: what is sent next, what is under way, what has
 * arrived, what was refused, and whom that is told. It holds no more than the window in memory,
 * and knows no connection: bridge_protocol makes lines of what it says and hands it the answers.
 *
 * Numbers: settled <= have, and settled < what is under way < next <= last + 1.
 */
#ifndef KABAR_BRIDGE_QUEUE_H
#define KABAR_BRIDGE_QUEUE_H

#include "bridge/inflight.h"
#include "chat/realm/outbound.h"
#include "chat/realm/outbox.h"
#include "peering/peering.h"

/* What the peer grants. */
struct bridge_window {
	uint64_t outbounds;
	uint64_t bytes;
	uint64_t file_max;
};

struct bridge_refusal {
	uint64_t number;
	enum chat_reason reason;
};

/* The fields are those of its four files. */
struct bridge_queue {
	struct chat *chat;
	struct chat_peer peer;
	uint64_t settled; /* everything up to here is over */
	uint64_t last;    /* the newest number that there is */

	/* Since bridge_queue_begin. */
	bool open;
	bool resuming; /* the peer was asked what it has */
	bool resumed;  /* and said it, for this epoch: */
	uint64_t epoch;
	uint64_t have;
	uint64_t next; /* the number that is sent next */
	struct bridge_window window;
	struct store_reader reader;
	bool reading;
	struct bridge_inflight flight;
	size_t acked;       /* how many of the oldest under way the peer has */
	uint64_t bytes;     /* of the lines of the others */
	uint64_t too_many;  /* bytes of a line for which there was no room; 0: none */
	bool void_due;      /* the peer lacks what is settled */
	bool tell_settled;  /* the peer may forget refusals */
	bool refused;       /* one of those that the peer has was refused */
	int64_t settle_due; /* tick at which what the peer has is settled at last; 0: nothing is */
	struct bridge_refusal *refusals; /* behind `settled`, as the peer told at first */
	size_t n_refusals;
	size_t next_refusal;

	/* The most that the peer was seen to have, of which epoch; 0: nothing yet. */
	uint64_t seen_epoch;
	uint64_t seen;

	/* When settling fails. */
	int64_t retry_tick; /* 0: it did not */
	int64_t retry_pause;

	/* While no link is open. */
	int64_t due_ms; /* when the clock brings something to do, since 1970; 0: look */
	uint64_t told;  /* up to here senders know that it takes long */
	bool told_known;
};

/* What is to be said to the peer next. */
enum bridge_next {
	BRIDGE_NEXT_NONE,    /* nothing, until there is news */
	BRIDGE_NEXT_PASSED,  /* nothing, but ask again: one was passed over */
	BRIDGE_NEXT_RESUME,  /* epoch; number: what is settled */
	BRIDGE_NEXT_SETTLED, /* number */
	BRIDGE_NEXT_VOID,    /* from, number */
	BRIDGE_NEXT_MESSAGE, /* number, letter, time_ms */
	BRIDGE_NEXT_FAILED   /* the store cannot be read */
};

struct bridge_todo {
	enum bridge_next step;
	uint64_t epoch;
	uint64_t from;
	uint64_t number;
	struct chat_outbound outbound; /* its texts are good until the store's next call */
	int64_t time_ms;
	size_t entry; /* bytes in the outbox */
};

/* CHAT_OK or CHAT_FAILED. chat and its links must stay open. */
enum chat_result bridge_queue_init(struct bridge_queue *, struct chat *, const struct chat_peer *);
void bridge_queue_free(struct bridge_queue *);
/* Others have settled letters while no link was open: looks where it stands. As above. */
enum chat_result bridge_queue_reread(struct bridge_queue *);
/* Looks whether there is something new in the outbox. CHAT_OK or CHAT_FAILED. */
enum chat_result bridge_queue_look(struct bridge_queue *);

/* A link is open, with this window; and open no more, whatever was under way. */
void bridge_queue_begin(struct bridge_queue *, const struct bridge_window *);
void bridge_queue_end(struct bridge_queue *);

/* What to say next. Must be said, and noted by one of the three below unless it was RESUME. */
void bridge_queue_next(struct bridge_queue *, struct bridge_todo *);
/* Whether a line of so many bytes has room; if not, the same comes again when there is. */
bool bridge_queue_fits(struct bridge_queue *, size_t bytes);
/* The letter or the void numbers were sent in a line of so many bytes. 0, or -1 without memory. */
int bridge_queue_sent(struct bridge_queue *, const struct bridge_todo *, size_t bytes);
/* Instead of the letter it was said that its number is void. It goes back for this reason. */
int bridge_queue_spoiled(struct bridge_queue *, const struct bridge_todo *, enum chat_reason,
    size_t bytes);

/* Whether the peer owes an answer. */
bool bridge_queue_waits(const struct bridge_queue *);

/*
 * bridge_ack: what the peer says: what it has of an epoch, that it refuses a number, that it has
 * everything up to a number. NULL, or what is wrong with that, and then the link is to be closed.
 */
const char *bridge_ack_resumed(struct bridge_queue *, uint64_t epoch, uint64_t have);
const char *bridge_ack_refused(struct bridge_queue *, uint64_t number, enum chat_reason);
const char *bridge_ack_have(struct bridge_queue *, uint64_t number);
/* Why it had refused a number, as it said before it resumed; to be asked in their order. */
enum chat_reason bridge_ack_refusal(struct bridge_queue *, uint64_t number);
/* Goes on to the next one under way that the peer lacks. */
void bridge_ack_advance(struct bridge_queue *);

/*
 * bridge_retire: settles what the peer has, with what became of it: at once if there is a reason to
 * (the tick INT64_MAX is one), or when enough has come together. CHAT_OK also when there was
 * nothing to do. After a failure it is tried again from the tick retry_tick on.
 */
enum chat_result bridge_retire(struct bridge_queue *, int64_t tick_ms);
/* When it has to be called again at the latest: a tick, or INT64_MAX. */
int64_t bridge_retire_due(const struct bridge_queue *);
/*
 * Remembers whether it could be done: after failures the tick retry_tick is put off, longer each
 * time, and the first is logged. Returns the result.
 */
enum chat_result bridge_retire_note(struct bridge_queue *, enum chat_result);
/*
 * What is to be bounced of a letter that is refused for this reason: nothing (NONE) where a worker
 * waits for it, who is then to be told when it is settled.
 */
enum chat_reason bridge_retire_claim(struct bridge_queue *, unsigned int slot, uint64_t wait_id,
    enum chat_reason);
/* Tells the worker, if it waits. */
void bridge_retire_tell(struct bridge_queue *, unsigned int slot, uint64_t wait_id,
    enum chat_reason);

/*
 * bridge_expire: sends back what has waited too long, or has nowhere to go any more, and tells
 * the senders of what waits long. To be called while no link is open; does a part at a time. The
 * time at which it is due again, in ms since 1970; INT64_MAX: not before there is something new.
 */
int64_t bridge_expire(struct bridge_queue *, int64_t now_ms);
/* Whether it looks at the outbox again before any new letter can be overdue. */
bool bridge_expire_soon(const struct bridge_queue *, int64_t now_ms);

#endif
