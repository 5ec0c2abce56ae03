/* dialect_irc_help: HELP and HELPOP: a few words on each command. */
#ifndef KABAR_DIALECT_IRC_HELP_H
#define KABAR_DIALECT_IRC_HELP_H

#include "dialect/irc/line.h"

struct dialog;

/* The commands HELP and HELPOP. */
void dialect_irc_help(struct dialog *, const struct irc_line *);

#endif
