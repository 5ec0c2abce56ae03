/* dialect_irc_server: what is asked of the server itself. */
#ifndef KABAR_DIALECT_IRC_SERVER_H
#define KABAR_DIALECT_IRC_SERVER_H

#include "dialect/irc/line.h"

struct dialog;

/* The commands of these names. */
void dialect_irc_ping(struct dialog *, const struct irc_line *);
void dialect_irc_pong(struct dialog *, const struct irc_line *);
void dialect_irc_time(struct dialog *, const struct irc_line *);

#endif
