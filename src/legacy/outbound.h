/*
 * legacy_outbound: the message under way to a legacy peer: its notes and copies in the spool, its
 * receivers, and its delivery result. Nothing is numbered there, so a message whose reply did not
 * come may have arrived. It is sent again, but not for ever: it may be one that the server cannot
 * stand.
 */
#ifndef KABAR_LEGACY_OUTBOUND_H
#define KABAR_LEGACY_OUTBOUND_H

#include "legacy/protocol.h"
#include "legacy/state.h"

/* Turns to another message, of which nothing is known yet; 0: to none. */
void legacy_outbound_begin(struct legacy_outbound *, uint64_t number, uint64_t from_id);
/* Whether its sender's last one had no answer. */
bool legacy_outbound_suspect(const struct bridge_link *);
/* The delivery result is known; legacy_outbound_finish does the rest. */
void legacy_outbound_decide(struct legacy_outbound *, enum chat_reason);

enum legacy_outbound_progress {
	LEGACY_OUTBOUND_DONE,
	LEGACY_OUTBOUND_GOES_ON, /* the same call goes on with it, after other links had a turn */
	LEGACY_OUTBOUND_FAILED   /* the link is dropped */
};

/* Puts something into the spool for each receiver, for a short time. */
typedef enum chat_result legacy_outbound_spool(struct chat *, const struct chat_peer *,
    struct chat_text user, const struct chat_outbound *);
enum legacy_outbound_progress legacy_outbound_keep(struct bridge_link *, legacy_outbound_spool *);
/* Acknowledges the decided message, after its copies are kept. */
enum legacy_outbound_progress legacy_outbound_finish(struct bridge_link *);
/*
 * Drops the link. The message whose reply is due is sent again; after too many failures it is
 * decided.
 */
void legacy_outbound_fail(struct bridge_link *, const char *why);

/* The peer has been announced to, and the link is open. */
void legacy_outbound_open(struct bridge_link *);
/*
 * If the reason says that the peer does not know this realm, has it announced once more and the
 * message sent again. False: no.
 */
bool legacy_outbound_reannounce(struct bridge_link *, enum chat_reason);

/* The peer has told the members of the group, or has not. */
void legacy_outbound_members(struct bridge_link *, const struct legacy_reply *);
void legacy_outbound_no_members(struct bridge_link *);

#endif
