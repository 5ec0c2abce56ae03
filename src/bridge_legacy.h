/*
 * bridge_legacy: the link to an older server: plain TCP, one request at a time, each answered by
 * one reply. It stands beside the native one: bridge_link has the queue, the pauses and what others
 * see, and calls these where the two differ.
 */
#ifndef KABAR_BRIDGE_LEGACY_H
#define KABAR_BRIDGE_LEGACY_H

#include <stdbool.h>
#include <stdint.h>

#include "base64.h"
#include "bridge_polls.h"
#include "chat_reason.h"
#include "name.h"

struct bridge_link;

#define BRIDGE_LEGACY_FETCHES 32 /* that wait at a time */

enum bridge_legacy_question {
	BRIDGE_LEGACY_NONE,
	BRIDGE_LEGACY_ANNOUNCE,
	BRIDGE_LEGACY_MEMBERS,
	BRIDGE_LEGACY_LETTER,
	BRIDGE_LEGACY_CHAT
};

/* A user for whom is asked what the other server holds. */
struct bridge_legacy_fetch {
	uint64_t id; /* of the one who asks */
	char user[NAME_MAX_BYTES + 1];
	uint64_t delivered; /* chat_fetched_begin */
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
	bool held;                         /* and its copies are kept */
	char *members;                     /* to whom it goes, being for a group; NULL: not known */
	struct base64_encoder encoder;     /* of its file */
	struct bridge_legacy_fetch fetches[BRIDGE_LEGACY_FETCHES];
	size_t n_fetches; /* the first is the one that is asked about */
};

/* The connection is given up; what was under way is tried again. */
void bridge_legacy_close(struct bridge_link *);
void bridge_legacy_free(struct bridge_link *);

/* As those of bridge_link. */
void bridge_legacy_polls(struct bridge_link *, struct bridge_polls *);
int64_t bridge_legacy_due(const struct bridge_link *);
void bridge_legacy_turn(struct bridge_link *, const struct bridge_polls *);

/* Takes over what is held for a user (a valid name); false: not now. env->fetched tells. */
bool bridge_legacy_fetch(struct bridge_link *, uint64_t id, const char *user);

#endif
