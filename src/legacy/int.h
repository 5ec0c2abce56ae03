/* What the files of legacy_link share among themselves. False mostly means: the link is dropped.
 */
#ifndef KABAR_BRIDGE_LEGACY_INT_H
#define KABAR_BRIDGE_LEGACY_INT_H

#include "bridge/link.h"
#include "chat/realm/legacy_spool.h"
#include "legacy/reply.h"

#define LEGACY_LINK_CUTS 3                  /* without an answer, then a letter goes back */
#define LEGACY_REPLY_MAX (32 * 1024 * 1024) /* bytes; there may be files in it */

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
bool bridge_legacy_take_keep(struct bridge_link *, legacy_link_keep *);
/* Does what a reply says. False: the link had to be dropped. */
bool legacy_response(struct bridge_link *, const char *data, size_t len);
/* What is decided for the letter under way is done: it is over. As above. */
bool legacy_response_verdict(struct bridge_link *);

#endif
