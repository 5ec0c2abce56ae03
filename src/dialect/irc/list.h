/* dialect_irc_list: LIST: the groups of the realm, and what is looked for among them (ELIST). */
#ifndef KABAR_DIALECT_IRC_LIST_H
#define KABAR_DIALECT_IRC_LIST_H

#include "dialect/irc/line.h"

struct dialog;

/* The command LIST. */
void dialect_irc_list(struct dialog *, const struct irc_line *);

#endif
