/* dialect_irc_tagmsg: TAGMSG: what clients tell each other at once, as that somebody types. */
#ifndef KABAR_DIALECT_IRC_TAGMSG_H
#define KABAR_DIALECT_IRC_TAGMSG_H

#include "dialect/irc/line.h"

struct dialog;

/* The command TAGMSG, of a client that has message tags. Nobody stores it. */
void dialect_irc_tagmsg(struct dialog *, const struct irc_line *);

#endif
