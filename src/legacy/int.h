/* What the files of bridge_legacy share among themselves. False mostly means: the link is dropped.
 */
#ifndef KABAR_BRIDGE_LEGACY_INT_H
#define KABAR_BRIDGE_LEGACY_INT_H

#include "bridge/link.h"
#include "chat/realm/legacy_spool.h"
#include "legacy/reply.h"

#define BRIDGE_LEGACY_CUTS      3                  /* without an answer, then a letter goes back */
#define BRIDGE_LEGACY_REPLY_MAX (32 * 1024 * 1024) /* bytes; there may be files in it */

/* The connection ends, but not the link. */
void bridge_legacy_hang_up(struct bridge_link *);
/*
 * Drops the link. A letter whose answer is due comes again; having failed too often it goes back
 * instead.
 */
void bridge_legacy_fail(struct bridge_link *, const char *why);
/* Whether there is a connection; else it is on its way, or the link was dropped. */
bool bridge_legacy_connected(struct bridge_link *);

/* A request was written: its reply is waited for. */
void bridge_legacy_await(struct bridge_link *, enum bridge_legacy_question);

/* bridge_legacy_say: says whatever is due. False: for now nothing more can be said. */
bool bridge_legacy_say(struct bridge_link *);
/* The next piece of the file under way. 0, or -1: it cannot be read. */
int bridge_legacy_say_piece(struct bridge_link *);
/* Turns to another letter, of which nothing is known yet; 0: to none. */
void bridge_legacy_say_turn(struct bridge_legacy *, uint64_t number);
/* The other server knows us now. */
void bridge_legacy_say_known(struct bridge_link *);
/* It says that it does not: we say who we are, once, and then the same letter again. False: not. */
bool bridge_legacy_say_again(struct bridge_link *, enum chat_reason);

/*
 * bridge_legacy_ask: questions. Asks who is in the group to which a letter goes, unless that is
 * under way; bridge_legacy_take_members or _no_members says what came of it.
 */
void bridge_legacy_ask_members(struct bridge_link *, uint64_t letter, struct chat_text group);
void bridge_legacy_ask_polls(struct bridge_link *, struct bridge_polls *);
bool bridge_legacy_ask_got(const struct bridge_link *, const struct bridge_polls *);
int64_t bridge_legacy_ask_due(const struct bridge_link *);
void bridge_legacy_ask_turn(struct bridge_link *, const struct bridge_polls *);
/* Gives up those that wait and the one for members; or, too, all that are under way. */
void bridge_legacy_ask_end(struct bridge_link *);
void bridge_legacy_ask_end_all(struct bridge_link *);

/*
 * bridge_legacy_take: what is known of the members of a group, or that there was no answer, for the
 * letter under way.
 */
void bridge_legacy_take_members(struct bridge_link *, const struct bridge_legacy_reply *);
void bridge_legacy_take_no_members(struct bridge_link *);
/*
 * Keeps something of the letter under way for each of those to whom it goes. False: nothing can be
 * stored, and the link had to be dropped.
 */
typedef enum chat_result bridge_legacy_keep(struct chat *, const struct chat_peer *,
    struct chat_text user, const struct chat_letter *);
bool bridge_legacy_take_keep(struct bridge_link *, bridge_legacy_keep *);
/* Does what a reply says. False: the link had to be dropped. */
bool bridge_legacy_take(struct bridge_link *, const char *data, size_t len);
/* What is decided for the letter under way is done: it is over. As above. */
bool bridge_legacy_take_verdict(struct bridge_link *);

#endif
