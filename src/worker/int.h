/* The worker as its own files see it. */
#ifndef KABAR_WORKER_INT_H
#define KABAR_WORKER_INT_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "dialect/dialect.h"
#include "live/limits.h"
#include "net/address.h"
#include "net/client.h"

/* What a client has used of its limits. All zero: nothing has come yet. */
struct worker_limit {
	int64_t line_ms; /* monotonic; when the unfinished line was first seen; 0: there is none */
	uint64_t line_from;                /* bytes that had come by then */
	bool told;                         /* the master knows of the login */
	int unknown;                       /* requests without a login, one after the other */
	uint64_t charged;                  /* so many of the bytes that came are charged */
	limits_paid paid[LIMITS_ACCOUNTS]; /* by this connection */
	bool slowed_body;   /* the request that is coming was slowed down and counted */
	int64_t slowed_ms;  /* monotonic; since when it is slowed down; 0: it is not */
	int64_t refused_ms; /* until then requests are refused */
};

struct worker {
	struct dialog dialog;   /* first, so that it leads back here */
	struct pollfd polls[3]; /* the client, the master, wakeups */
	int64_t known_ms;       /* monotonic; when the user was known last, or connected */
	int64_t heard_ms;
	int64_t active_ms; /* when it last heard or was woken, after which it can rest anew */
	int pending_waits;
	int64_t pending_ms; /* monotonic; when the client was last seen to take a reply; 0: none is
	                       under way */
	uint64_t acknowledged; /* see frame_acknowledged; so much then */
	struct worker_limit limit;
	bool rested;
	unsigned int works; /* requests and wakes since it rested */
	struct client client;
	char address[ADDRESS_TEXT_MAX]; /* the client's, if a proxy has said it */
	bool judged;                    /* the first bytes of the client */
	int out_fd;                     /* of the client */
	bool gone;                      /* there is no use in waiting for the client any more */
	bool amid_request;              /* a request waits for more of the client's bytes */
};

/* Whether somebody has asked this process to end. */
bool worker_terminated(void);
/* Whether the client has not logged in, shown a token or a known address. */
bool worker_anonymous(const struct worker *);

/* Waits for the client, or what is due, and reads. False when the connection is over. */
bool worker_wait(struct worker *);
/* A request was served, or news were told: a worker with much to do looks things up in another way.
 */
void worker_note_work(struct worker *);
/* Waits for whatever comes first, so long at most. As signals_poll(). */
int worker_wait_any(struct worker *, int64_t ms);
/* The dialog's wait_for(). */
bool worker_wait_other(struct dialog *, int fd, int64_t ms);
/* The reason for which the connection broke, by errno. */
const char *worker_broke(struct worker *);

/* The moment, by the monotonic clock, when the client's time is over if nothing changes. */
int64_t worker_limit_due_ms(struct worker *);
/* Whether the client's time is not over, whatever it has sent; if it is, the log says why. */
bool worker_limit_allows(struct worker *);
/* A line was handed out, or its head: the next one has its own time. */
void worker_limit_line(struct worker *);
/* Charges what has come of a request that was begun, and waits likewise. */
void worker_limit_bytes(struct worker *);
/*
 * Charges a request, and waits where its client asks for more than its share. False: the request is
 * to be refused; the dialog may be ending, too.
 */
bool worker_limit_request(struct worker *);

#endif
