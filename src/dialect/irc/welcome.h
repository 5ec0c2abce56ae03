/* dialect_irc_welcome: what a client is told when it has logged in, and can ask for again. */
#ifndef KABAR_DIALECT_IRC_WELCOME_H
#define KABAR_DIALECT_IRC_WELCOME_H

#include "dialect/irc/line.h"

struct dialog;

/* The greeting, what the server supports, and the groups of the user; the events begin. */
void dialect_irc_welcome(struct dialog *);

/* The commands of these names. */
void dialect_irc_lusers(struct dialog *, const struct irc_line *);
void dialect_irc_motd(struct dialog *, const struct irc_line *);
void dialect_irc_version(struct dialog *, const struct irc_line *);

#endif
