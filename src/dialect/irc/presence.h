/*
 * dialect_irc_presence: what others can see of this connection at once and nobody stores: AWAY,
 * names, typing; it travels as whispers (live/wakeup.h).
 */
#ifndef KABAR_DIALECT_IRC_PRESENCE_H
#define KABAR_DIALECT_IRC_PRESENCE_H

#include "dialect/irc/line.h"

struct dialog;

/* The commands of these names. */
void dialect_irc_away(struct dialog *, const struct irc_line *);
void dialect_irc_setname(struct dialog *, const struct irc_line *);
/* TAGMSG of a client that has message tags. */
void dialect_irc_presence_tagmsg(struct dialog *, const struct irc_line *);

/* What the client calls its user is shown to others. */
void dialect_irc_presence_ident(struct dialog *, struct chat_text ident);
/* The guest has another name; `before` is the old one. */
void dialect_irc_presence_renamed(struct dialog *, const char *before);
/* The guest's account is a user's now. */
void dialect_irc_presence_account(struct dialog *);
/* The user leaves: a guest leaves the groups for good. */
void dialect_irc_presence_leave(struct dialog *, struct chat_text reason);
/* Says that a user to whom a message went is away. */
void dialect_irc_presence_tell_away(struct dialog *, struct chat_text nick);
/* Tells what others whispered. */
void dialect_irc_presence_hear(struct dialog *);

#endif
