/* dialect_irc_cap: the negotiation of capabilities (IRCv3, capability-negotiation). */
#ifndef KABAR_DIALECT_IRC_CAP_H
#define KABAR_DIALECT_IRC_CAP_H

#include "dialect/irc/line.h"

struct dialog;

/* The command CAP. */
void dialect_irc_cap(struct dialog *, const struct irc_line *);

#endif
