/* dialect_irc_who: WHO with masks and channels, also as WHOX; ISON and USERHOST. */
#ifndef KABAR_DIALECT_IRC_WHO_H
#define KABAR_DIALECT_IRC_WHO_H

#include "dialect/irc/line.h"

struct dialog;

/* The commands of these names. */
void dialect_irc_who_command(struct dialog *, const struct irc_line *);
void dialect_irc_ison(struct dialog *, const struct irc_line *);
void dialect_irc_userhost(struct dialog *, const struct irc_line *);

#endif
