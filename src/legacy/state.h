/* legacy_state: what a link to a legacy peer knows besides its struct bridge_link. */
#ifndef KABAR_LEGACY_STATE_H
#define KABAR_LEGACY_STATE_H

#include "base/base64.h"
#include "base/name.h"
#include "bridge/link.h"
#include "legacy/answer.h"
#include "legacy/suspect.h"

#define LEGACY_PULLS_WAITING 32 /* pulls that wait at a time */
#define LEGACY_PULLS         4  /* and that are under way */

/* The request that waits for a reply on the connection for messages. */
enum legacy_request { LEGACY_REQUEST_NONE, LEGACY_REQUEST_ANNOUNCE, LEGACY_REQUEST_MESSAGE };

/* The message that is sent next, or waits for its reply. */
struct legacy_outbound {
	uint64_t number;       /* 0: none yet */
	uint64_t from_id;      /* the user who sent it */
	unsigned int failures; /* how often no reply came */
	bool reannounced;      /* it is sent again after an announcement, which is done once */
	bool decided;          /* the delivery result is known, and is not lost with a link */
	enum chat_reason delivery_result; /* NONE: delivered */
	bool noted;     /* it is noted in the spool, and no reply has come since */
	bool copied;    /* its copies are in the spool */
	char *members;  /* its receivers if it goes to a group; NULL: not known yet */
	size_t kept;    /* receivers for whom something is in the spool, while the rest follows */
	bool unnote;    /* it was refused, and notes of it are in the spool */
	bool finishing; /* it is decided and sent, and something is still to be put there */
	struct base64_encoder encoder; /* of its file */
};

/* A user for whom messages are pulled. */
struct legacy_pull {
	uint64_t id; /* of the request to the bridge */
	char user[NAME_MAX_BYTES + 1];
};

/* A question under way, on a connection of its own. */
struct legacy_query {
	bool busy;
	uint64_t outbound;        /* the message for which members are asked; 0: it is a pull */
	struct legacy_pull about; /* the user; or, for members, the group */
	struct chat_legacy_pull_until until;
	struct legacy_answer *answer; /* NULL: it has not begun to come */
	struct dial dial;
	struct wire wire;
	int64_t deadline;  /* tick by which a sign of life must come */
	int64_t limit;     /* and by which the reply must be whole */
	size_t poll_index; /* among the polled descriptors */
};

struct legacy_state {
	enum legacy_request request;
	bool announced; /* the peer knows this realm, as far as we know */
	bool carried;   /* the connection for messages has carried a request */
	int64_t limit;  /* tick by which the reply must be whole */
	int64_t idle;   /* tick since which no request waits */
	struct legacy_outbound outbound;
	struct legacy_suspects suspects;
	struct legacy_pull waiting[LEGACY_PULLS_WAITING];
	size_t n_waiting;
	struct legacy_query pulls[LEGACY_PULLS + 1]; /* the last one asks for members */
};

static inline struct legacy_state *
legacy_state(const struct bridge_link *link)
{
	return link->own;
}

#endif
