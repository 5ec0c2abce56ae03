/*
 * bridge_link: one peer: the connection to it, from dialling over TLS and the greeting to its end,
 * pauses and time limits, and what others see of that. Its three files share a struct: bridge_link
 * for beginning and end, bridge_step for what is due, bridge_protocol for what is said. What the
 * outbox holds is left to bridge_queue, servers of the older family to the protocol that the main
 * hands in.
 */
#ifndef KABAR_BRIDGE_LINK_H
#define KABAR_BRIDGE_LINK_H

#include "bridge/file.h"
#include "bridge/queue.h"
#include "live/link_status.h"
#include "net/dial.h"
#include "net/wire.h"
#include "peering/reply.h"

struct tls_config;
struct bridge_link;

/*
 * How a link speaks with its peer. The link has the queue, the pauses and what others see, and
 * calls these where native and legacy peers differ.
 */
struct bridge_link_protocol {
	/* Makes link->own, if it has any. 0, or -1 without memory; NULL: nothing is to be made. */
	int (*init)(struct bridge_link *);
	/* The connection is given up. */
	void (*close)(struct bridge_link *);
	/* The peer may be another server now: whatever is under way is given up. May be NULL. */
	void (*forget)(struct bridge_link *);
	/* After both: gives link->own back. May be NULL. */
	void (*free)(struct bridge_link *);

	/* As those of bridge_step. */
	void (*polls)(struct bridge_link *, struct polls *);
	bool (*got)(const struct bridge_link *, const struct polls *);
	int64_t (*due)(const struct bridge_link *);
	void (*step)(struct bridge_link *, const struct polls *, int64_t tick);

	/*
	 * Asks for a user by a valid name; false: not now. env->answered tells. NULL: such peers
	 * cannot be asked.
	 */
	bool (*ask)(struct bridge_link *, uint64_t id, const char *user);
	/*
	 * Pulls what the peer keeps for a user (a valid name); false: not now. env->pulled tells,
	 * or env->answered that there was no answer. NULL: such peers deliver everything by
	 * themselves.
	 */
	bool (*pull)(struct bridge_link *, uint64_t id, const char *user);
};

/* What all links work with. */
struct bridge_env {
	struct chat chat; /* with its bell and, led, its links */
	struct tls_config *tls;
	char tls_error[DIAL_ERROR]; /* why there is none */
	struct bridge_resolver *resolver;
	const struct bridge_link_protocol *legacy; /* of peers that are older servers */
	bool mastered; /* a master looks after what the store knows of peers */
	bool stopping; /* nothing new is begun */
	/* A peer has answered a question; NULL: it does not know the user, or will not answer. */
	void (*answered)(void *arg, uint64_t peer, uint64_t id, bool answer,
	    const struct peering_person *);
	/* A legacy peer has handed over what it kept for a user; so much was new. */
	void (*pulled)(void *arg, uint64_t peer, uint64_t id, uint64_t count);
	void *arg;
};

enum bridge_link_state {
	BRIDGE_LINK_DOWN,
	BRIDGE_LINK_DIALLING,
	BRIDGE_LINK_SHAKING,
	BRIDGE_LINK_CHECKING, /* whose key it is, for a moment */
	BRIDGE_LINK_GREETING,
	BRIDGE_LINK_OPEN
};

/* Stays where it is. The fields are those of bridge_link.c, bridge_step.c and bridge_protocol.c. */
struct bridge_link {
	struct bridge_env *env;
	struct chat_peer peer;
	enum bridge_link_state state;
	int64_t since_ms;
	struct bridge_queue queue;
	struct bridge_file file;
	struct dial dial;
	struct wire wire;
	const struct bridge_link_protocol *protocol;
	void *own;     /* the protocol's */
	size_t place;  /* in what is polled */
	bool restless; /* there is more to do than one turn may take */

	/* Ticks in ms. */
	int64_t retry;    /* down: when it is dialled again */
	int64_t pause;    /* before the next time, 0: none was needed yet */
	int64_t deadline; /* for TLS and the greeting */
	int64_t opened;
	int64_t said;     /* when anything was sent last */
	int64_t waiting;  /* since when an answer is due without a sign of life; 0: none is */
	int64_t progress; /* bytes that the peer had taken then */

	int64_t look; /* when the outbox is to be looked at again, since it failed; 0: it did not */
	int64_t overdue; /* when the clock has something to do with the queue */

	bool ended_open;         /* the last connection ended when it was open */
	bool proven;             /* it has acknowledged something since it is open */
	unsigned int complained; /* a bit for each state in which the log has why it ended */
	uint64_t pings;          /* the last one's id */
	bool pinging;            /* which is unanswered */
	int64_t ping_us;         /* when it was sent */
	unsigned int asked;      /* questions that are unanswered */
	int64_t round_trip_us;   /* -1: not known */
	char error[LINK_STATUS_ERROR_MAX];
};

/* CHAT_OK or CHAT_FAILED. */
enum chat_result bridge_link_init(struct bridge_link *, struct bridge_env *,
    const struct chat_peer *);
void bridge_link_free(struct bridge_link *);
/*
 * What is known of the peer has changed: where that matters, the link begins anew. Whether the
 * peer is legacy cannot change.
 */
void bridge_link_change(struct bridge_link *, const struct chat_peer *);

/* Something may have been put into the outbox. */
void bridge_link_news(struct bridge_link *);
/*
 * Sends back everything that waits, and begins anew; *dropped counts, also after a failure. CHAT_OK
 * or CHAT_FAILED.
 */
enum chat_result bridge_link_clear(struct bridge_link *, uint64_t *dropped);
/* Dials now, if it is only waiting to. */
void bridge_link_hurry(struct bridge_link *);
/* The same, but only if the peer could not be reached the last time: it has called us just now. */
void bridge_link_alive(struct bridge_link *);
/* Whether all that was sent has been answered; whether nothing waits to be sent or given back. */
bool bridge_link_quiet(const struct bridge_link *);
bool bridge_link_empty(const struct bridge_link *);

/* Ends the connection, if there is one, for this reason; it is dialled again after a pause. */
void bridge_link_drop(struct bridge_link *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Goes on to another state, and shows that. */
void bridge_link_set(struct bridge_link *, enum bridge_link_state);
/* After a drop: does not come again for long. */
void bridge_link_pause(struct bridge_link *);
/* Shows others what is known of the link. */
void bridge_link_show(struct bridge_link *);

/* The greeting was answered as it should be. */
void bridge_link_opened(struct bridge_link *, const struct bridge_window *);

/*
 * bridge_step: around poll(): what to wait for and until which tick at most; then whatever is to be
 * done.
 */
void bridge_step_polls(struct bridge_link *, struct polls *);
bool bridge_step_got(const struct bridge_link *, const struct polls *);
int64_t bridge_step_due(const struct bridge_link *);
void bridge_step(struct bridge_link *, const struct polls *);
extern const struct bridge_link_protocol bridge_step_native;

/* bridge_protocol: what is said over a connection. False: the link had to be dropped. */
void bridge_protocol_hello(struct bridge_link *);
/* Does what the replies that are here say. */
bool bridge_protocol_listen(struct bridge_link *);
/* Says what is to be said, as far as the connection takes it and the turn allows. */
bool bridge_protocol_speak(struct bridge_link *);
void bridge_protocol_ping(struct bridge_link *);
bool bridge_protocol_ask(struct bridge_link *, uint64_t id, const char *user);
/* Gives up the questions that are unanswered. */
void bridge_protocol_close(struct bridge_link *);
/* Whether the peer owes an answer. */
bool bridge_protocol_waits(const struct bridge_link *);

#endif
