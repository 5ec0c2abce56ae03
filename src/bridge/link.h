/*
 * bridge_link: one peer: the connection to it, from dialling over TLS and the greeting to its end,
 * pauses and time limits, and what others see of that. Its three files share a struct: bridge_link
 * for beginning and end, bridge_step for what is due, bridge_protocol for what is said. What the
 * outbox holds is left to bridge_queue, older servers to legacy_link.
 */
#ifndef KABAR_BRIDGE_LINK_H
#define KABAR_BRIDGE_LINK_H

#include "bridge/file.h"
#include "bridge/queue.h"
#include "legacy/link.h"
#include "live/link_status.h"
#include "net/dial.h"
#include "net/wire.h"
#include "peering/response.h"

struct tls_config;

/* What all links work with. */
struct bridge_env {
	struct chat chat; /* with its bell and, led, its links */
	struct tls_config *tls;
	char tls_error[DIAL_ERROR]; /* why there is none */
	struct bridge_resolver *resolver;
	bool mastered; /* a master looks after what the store knows of peers */
	bool stopping; /* nothing new is begun */
	/* A peer has answered a question; NULL: it does not know the user, or will not answer. */
	void (*answered)(void *arg, uint64_t peer, uint64_t id, bool answer,
	    const struct peering_person *);
	/* An older server has handed over what it held for a user; so much was new. */
	void (*fetched)(void *arg, uint64_t peer, uint64_t id, uint64_t count);
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
	struct legacy_link legacy;
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
/* What is known of the peer has changed: where that matters, the link begins anew. */
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
/* Asks for a user by a valid name; false: not now. env->answered tells. */
bool bridge_link_ask(struct bridge_link *, uint64_t id, const char *user);
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

/* bridge_protocol: what is said over a connection. False: the link had to be dropped. */
void bridge_protocol_hello(struct bridge_link *);
/* Does what the replies that are here say. */
bool bridge_protocol_listen(struct bridge_link *);
/* Says what is to be said, as far as the connection takes it and the turn allows. */
bool bridge_protocol_speak(struct bridge_link *);
void bridge_protocol_ping(struct bridge_link *);
/* Whether the peer owes an answer. */
bool bridge_protocol_waits(const struct bridge_link *);

#endif
