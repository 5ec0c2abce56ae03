/*
 * dialect_irc_presence: what others can see of this connection at once and nobody stores, as AWAY
 * and SETNAME; it travels as whispers (dialect/irc/whisper.h). Hearing them is left to
 * dialect_irc_hear.
 */
#ifndef KABAR_DIALECT_IRC_PRESENCE_H
#define KABAR_DIALECT_IRC_PRESENCE_H

#include "chat/user.h"
#include "dialect/irc/line.h"

struct dialog;

/* The commands of these names. */
void dialect_irc_away(struct dialog *, const struct irc_line *);
void dialect_irc_setname(struct dialog *, const struct irc_line *);

/* What the client calls its user is shown to others. */
void dialect_irc_presence_ident(struct dialog *, struct chat_text ident);
/* The connection is registered and knows its channels: the user is there, if that is news. */
void dialect_irc_presence_arrive(struct dialog *);
/* The guest has another name; `before` is the old one. */
void dialect_irc_presence_renamed(struct dialog *, const char *before);
/* The guest's account is a user's now. */
void dialect_irc_presence_account(struct dialog *);
/* The user leaves: a guest leaves the groups for good. */
void dialect_irc_presence_leave(struct dialog *, struct chat_text reason);
/* Says that a user to whom a message went is away. */
void dialect_irc_presence_tell_away(struct dialog *, struct chat_text nick);
/*
 * Writes why a user is away, and returns true if the user is. Costs nothing where nobody has gone
 * or come back since the last question, and the user is not away.
 */
bool dialect_irc_presence_is_away(struct dialog *, uint64_t user, char reason[SCOREBOARD_AWAY_MAX]);
/* Forgets who is away. */
void dialect_irc_presence_end(struct dialog *);

#endif
