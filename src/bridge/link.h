/*
 * bridge_link: one peer: the connection to it from dialling to its end, the pauses between two
 * connections, time limits, and the status that others see. Three files share the struct:
 * bridge_link begins and ends connections, bridge_step does what is due, bridge_protocol sends
 * requests and handles replies. bridge_queue has the outbox. Servers of the older family are left
 * to the protocol that the main hands in.
 */
#ifndef KABAR_BRIDGE_LINK_H
#define KABAR_BRIDGE_LINK_H

#include "bridge/file.h"
#include "bridge/queue.h"
#include "live/link_status.h"
#include "net/dial.h"
#include "net/wire.h"
#include "peering/reply.h"

/* How long a link works in a step, after which others have theirs. */
#define BRIDGE_LINK_SLICE_US 10000

struct tls_config;
struct bridge_link;

/*
 * The functions of native and of legacy peers. The link itself has the queue, the pauses and the
 * status.
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

	/*
	 * Around poll(): the events to wait for, whether they came, and the latest tick of the next
	 * step; then the step.
	 */
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

/* All links share it. */
struct bridge_env {
	struct chat chat; /* with wakeup and, led, the link status */
	struct tls_config *tls;
	char tls_error[DIAL_ERROR]; /* why tls is NULL */
	struct resolver *resolver;
	const struct bridge_link_protocol *legacy; /* of peers that are older servers */
	bool mastered; /* a master keeps the store's peers as the configuration has them */
	bool stopping; /* nothing new is begun */
	/* A peer has answered a question; NULL: it does not know the user, or will not answer. */
	void (*answered)(void *arg, uint64_t peer, uint64_t id, bool answer,
	    const struct chat_person *);
	/* A legacy peer has handed over the messages that it kept for a user; `count` were new. */
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

/* Must not move in memory. The fields belong to link.c, step.c and protocol.c. */
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
	void *own;         /* the protocol's */
	size_t poll_index; /* of the connection in struct polls */
	bool more_work;    /* another step follows at once */

	/* Ticks in ms. */
	int64_t retry;  /* down: when it is dialled again */
	int64_t pause;  /* before that, without jitter; 0: the next one is the first */
	int64_t called; /* from then on a call by the peer ends the pause */
	int64_t call_pause;
	int64_t deadline; /* of TLS and the greeting */
	int64_t opened;
	int64_t sent_at;       /* when the last request was sent */
	int64_t waiting_since; /* for an answer, without a sign of life; 0: no answer is due */
	int64_t progress;      /* bytes that the peer had taken then */

	int64_t look_at;   /* when the outbox is read again, after a failure; 0: it did not fail */
	int64_t expire_at; /* when messages of the outbox may have expired */

	bool proven;             /* it has acknowledged something since it is open */
	unsigned int complained; /* a bit for each state in which an end was logged */
	uint64_t pings;          /* the id of the last ping */
	bool pinging;            /* it is unanswered */
	unsigned int pongs_due;  /* of all pings of this connection */
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
 * Takes over the peer's settings. If they concern the link, it begins anew. Whether the peer is
 * legacy cannot change.
 */
void bridge_link_change(struct bridge_link *, const struct chat_peer *);

/* Looks for new messages in the outbox. */
void bridge_link_news(struct bridge_link *);
/*
 * Bounces all messages that wait, and begins anew; *dropped counts them, also after a failure.
 * CHAT_OK or CHAT_FAILED.
 */
enum chat_result bridge_link_clear(struct bridge_link *, uint64_t *dropped);
/* Ends the pause before the next dial. */
void bridge_link_dial_now(struct bridge_link *);
/* The peer has just called us: ends the pause, but not more often than growing pauses allow. */
void bridge_link_called(struct bridge_link *);
/* Whether all requests are answered; whether no message waits to be sent or bounced. */
bool bridge_link_answered(const struct bridge_link *);
bool bridge_link_empty(const struct bridge_link *);

/* Ends the connection, or its beginning, for this reason. The peer is dialled after a pause. */
void bridge_link_drop(struct bridge_link *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Enters another state, and shows it. */
void bridge_link_set(struct bridge_link *, enum bridge_link_state);
/* After a drop: the pause is the longest one. */
void bridge_link_pause(struct bridge_link *);
/* Writes the link status. */
void bridge_link_show(struct bridge_link *);

/* The peer has answered the greeting, and grants this window. */
void bridge_link_opened(struct bridge_link *, const struct peering_window *);

/* bridge_step: the latest tick of the next step, and the step, for links of either protocol. */
int64_t bridge_step_due(const struct bridge_link *);
void bridge_step(struct bridge_link *, const struct polls *);
extern const struct bridge_link_protocol bridge_step_native;

/* bridge_protocol: requests and replies. False: the link had to be dropped. */
void bridge_protocol_hello(struct bridge_link *);
/* Reads and handles the replies that are here. */
bool bridge_protocol_receive(struct bridge_link *);
/* Sends what the queue has, as much as the connection takes and a step may do. */
bool bridge_protocol_send(struct bridge_link *);
void bridge_protocol_ping(struct bridge_link *);
bool bridge_protocol_ask(struct bridge_link *, uint64_t id, const char *user);
/* Gives up unanswered questions. */
void bridge_protocol_close(struct bridge_link *);
/* Whether the peer owes an answer. */
bool bridge_protocol_waits(const struct bridge_link *);

#endif
