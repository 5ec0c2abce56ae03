/*
 * bridge_legacy: the link to an older server: plain TCP, one request at a time, each answered by
 * one reply; questions go over connections of their own, so that none holds up a letter. It stands
 * beside the native link: bridge_link has the queue, the pauses and what others see, and calls
 * these where the two differ.
 */
#ifndef KABAR_BRIDGE_LEGACY_H
#define KABAR_BRIDGE_LEGACY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/base64.h"
#include "base/name.h"
#include "chat/realm/legacy_pull.h"
#include "chat/reason.h"
#include "net/dial.h"
#include "net/polls.h"
#include "net/wire.h"

struct bridge_link;

#define BRIDGE_LEGACY_FETCHES 32 /* that wait at a time */
#define BRIDGE_LEGACY_ASKS    4  /* questions of users under way at a time */

/* What was said over the connection for letters, and is to be answered. */
enum bridge_legacy_question { BRIDGE_LEGACY_NONE, BRIDGE_LEGACY_ANNOUNCE, BRIDGE_LEGACY_LETTER };

/* A user for whom is asked what the other server holds. */
struct bridge_legacy_fetch {
	uint64_t id; /* of the one who asks */
	char user[NAME_MAX_BYTES + 1];
};

/* A question under way, over a connection of its own; bridge_legacy_ask.c's own. */
struct bridge_legacy_ask {
	bool busy;
	uint64_t letter;                  /* for which members are asked for; 0: it is a fetch */
	struct bridge_legacy_fetch about; /* or, instead of the user, the group */
	struct chat_fetched_until until;
	struct bridge_dial dial;
	struct bridge_wire wire;
	int64_t deadline; /* tick by which there must be a sign of life */
	int64_t limit;    /* and after which no reply is waited for any more */
	size_t place;
};

/* A part of struct bridge_link; the fields are bridge_legacy.c's own. */
struct bridge_legacy {
	enum bridge_legacy_question asked; /* what is to be answered */
	bool announced;                    /* the other server knows us, as far as we know */
	int64_t limit;                     /* tick after which no reply is waited for any more */
	int64_t idle;                      /* since when there is nothing to be answered */
	uint64_t letter;                   /* number of the one that is next, or under way */
	unsigned int cuts;                 /* how often its answer did not come */
	bool vouched;                      /* it comes again, since we had to be announced first */
	bool decided;                      /* what becomes of it, which is not lost with a link: */
	enum chat_reason verdict;          /* NONE: it is delivered */
	bool noted;                        /* what it says is noted, and it has no outcome yet */
	bool held;                         /* its copies are kept */
	char *members;                     /* to whom it goes, being for a group; NULL: not known */
	struct base64_encoder encoder;     /* of its file */
	struct bridge_legacy_fetch fetches[BRIDGE_LEGACY_FETCHES]; /* that wait */
	size_t n_fetches;
	struct bridge_legacy_ask asks[BRIDGE_LEGACY_ASKS + 1]; /* the last one is for members */
};

/* The connection is given up; what was under way is tried again. */
void bridge_legacy_close(struct bridge_link *);
void bridge_legacy_free(struct bridge_link *);
/* Gives up the questions under way, too: the server may not be the same any more. */
void bridge_legacy_forget(struct bridge_link *);

/* As those of bridge_link. */
void bridge_legacy_polls(struct bridge_link *, struct bridge_polls *);
bool bridge_legacy_got(const struct bridge_link *, const struct bridge_polls *);
int64_t bridge_legacy_due(const struct bridge_link *);
void bridge_legacy_turn(struct bridge_link *, const struct bridge_polls *);

/*
 * Takes over what is held for a user (a valid name); false: not now, as where that is being done.
 * env->fetched tells, or env->answered that there was no answer.
 */
bool bridge_legacy_fetch(struct bridge_link *, uint64_t id, const char *user);

#endif
