/* dialect_irc_mode: MODE of channels; that of users is dialect_irc_umode's. */
#ifndef KABAR_DIALECT_IRC_MODE_H
#define KABAR_DIALECT_IRC_MODE_H

#include "dialect/irc/line.h"

struct dialog;

/* The command MODE. */
void dialect_irc_mode(struct dialog *, const struct irc_line *);

#endif
