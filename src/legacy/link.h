/*
 * legacy_link: the link to an older server: plain TCP, one request at a time, each answered by
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

#define LEGACY_LINK_FETCHES 32 /* that wait at a time */
#define LEGACY_LINK_ASKS    4  /* questions of users under way at a time */

/* What was said over the connection for letters, and is to be answered. */
enum legacy_link_question { LEGACY_LINK_NONE, LEGACY_LINK_ANNOUNCE, LEGACY_LINK_MESSAGE };

/* A user for whom is asked what the other server holds. */
struct legacy_link_fetch {
	uint64_t id; /* of the one who asks */
	char user[NAME_MAX_BYTES + 1];
};

/* A question under way, over a connection of its own; legacy_query.c's own. */
struct legacy_query {
	bool busy;
	uint64_t outbound;              /* for which members are asked for; 0: it is a fetch */
	struct legacy_link_fetch about; /* or, instead of the user, the group */
	struct chat_legacy_pull_until until;
	struct dial dial;
	struct wire wire;
	int64_t deadline; /* tick by which there must be a sign of life */
	int64_t limit;    /* and after which no reply is waited for any more */
	size_t place;
};

/* A part of struct bridge_link; the fields are legacy_link.c's own. */
struct legacy_link {
	enum legacy_link_question asked;  /* what is to be answered */
	bool announced;                   /* the other server knows us, as far as we know */
	int64_t limit;                    /* tick after which no reply is waited for any more */
	int64_t idle;                     /* since when there is nothing to be answered */
	uint64_t outbound;                /* number of the one that is next, or under way */
	unsigned int cuts;                /* how often its answer did not come */
	bool vouched;                     /* it comes again, since we had to be announced first */
	bool decided;                     /* what becomes of it, which is not lost with a link: */
	enum chat_reason delivery_result; /* NONE: it is delivered */
	bool noted;                       /* what it says is noted, and it has no outcome yet */
	bool held;                        /* its copies are kept */
	char *members;                    /* to whom it goes, being for a group; NULL: not known */
	struct base64_encoder encoder;    /* of its file */
	struct legacy_link_fetch fetches[LEGACY_LINK_FETCHES]; /* that wait */
	size_t n_fetches;
	struct legacy_query asks[LEGACY_LINK_ASKS + 1]; /* the last one is for members */
};

/* The connection is given up; what was under way is tried again. */
void legacy_link_close(struct bridge_link *);
void legacy_link_free(struct bridge_link *);
/* Gives up the questions under way, too: the server may not be the same any more. */
void legacy_link_forget(struct bridge_link *);

/* As those of bridge_link. */
void legacy_link_polls(struct bridge_link *, struct polls *);
bool legacy_link_got(const struct bridge_link *, const struct polls *);
int64_t legacy_link_due(const struct bridge_link *);
void legacy_link_step(struct bridge_link *, const struct polls *);

/*
 * Takes over what is held for a user (a valid name); false: not now, as where that is being done.
 * env->fetched tells, or env->answered that there was no answer.
 */
bool legacy_link_fetch(struct bridge_link *, uint64_t id, const char *user);

#endif
