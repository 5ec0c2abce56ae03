/* What the files of legacy_link share among themselves. False mostly means: the link is dropped.
 */
#ifndef KABAR_LEGACY_INT_H
#define KABAR_LEGACY_INT_H

#include "base/base64.h"
#include "base/name.h"
#include "bridge/link.h"
#include "chat/realm/legacy_pull.h"
#include "chat/realm/legacy_spool.h"
#include "legacy/reply.h"

#define LEGACY_LINK_CUTS 3                  /* without an answer, then a letter goes back */
#define LEGACY_REPLY_MAX (32 * 1024 * 1024) /* bytes; there may be files in it */

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

/* What a link to an older server is besides its struct bridge_link: its `own`. */
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

static inline struct legacy_link *
legacy_link_state(const struct bridge_link *link)
{
	return link->own;
}

/* The connection ends, but not the link. */
void legacy_link_hang_up(struct bridge_link *);
/*
 * Drops the link. A letter whose answer is due comes again; having failed too often it goes back
 * instead.
 */
void legacy_link_fail(struct bridge_link *, const char *why);
/* Whether there is a connection; else it is on its way, or the link was dropped. */
bool legacy_link_connected(struct bridge_link *);

/* A request was written: its reply is waited for. */
void legacy_link_await(struct bridge_link *, enum legacy_link_question);

/* legacy_deliver: says whatever is due. False: for now nothing more can be said. */
bool legacy_deliver(struct bridge_link *);
/* The next piece of the file under way. 0, or -1: it cannot be read. */
int legacy_deliver_piece(struct bridge_link *);
/* Turns to another letter, of which nothing is known yet; 0: to none. */
void legacy_deliver_step(struct legacy_link *, uint64_t number);
/* The other server knows us now. */
void legacy_deliver_known(struct bridge_link *);
/* It says that it does not: we say who we are, once, and then the same letter again. False: not. */
bool legacy_deliver_again(struct bridge_link *, enum chat_reason);

/*
 * legacy_query: questions. Asks who is in the group to which a letter goes, unless that is
 * under way; legacy_response_members or _no_members says what came of it.
 */
void legacy_query_members(struct bridge_link *, uint64_t outbound, struct chat_text group);
void legacy_query_polls(struct bridge_link *, struct polls *);
bool legacy_query_got(const struct bridge_link *, const struct polls *);
int64_t legacy_query_due(const struct bridge_link *);
void legacy_query_step(struct bridge_link *, const struct polls *);
/* Gives up those that wait and the one for members; or, too, all that are under way. */
void legacy_query_end(struct bridge_link *);
void legacy_query_end_all(struct bridge_link *);
/* As struct bridge_link_protocol's. */
bool legacy_query_pull(struct bridge_link *, uint64_t id, const char *user);

/*
 * legacy_response: what is known of the members of a group, or that there was no answer, for the
 * letter under way.
 */
void legacy_response_members(struct bridge_link *, const struct legacy_reply *);
void legacy_response_no_members(struct bridge_link *);
/*
 * Keeps something of the letter under way for each of those to whom it goes. False: nothing can be
 * stored, and the link had to be dropped.
 */
typedef enum chat_result legacy_link_keep(struct chat *, const struct chat_peer *,
    struct chat_text user, const struct chat_outbound *);
bool legacy_response_keep(struct bridge_link *, legacy_link_keep *);
/* Does what a reply says. False: the link had to be dropped. */
bool legacy_response(struct bridge_link *, const char *data, size_t len);
/* What is decided for the letter under way is done: it is over. As above. */
bool legacy_response_verdict(struct bridge_link *);

#endif
