/* dialect_irc_whois: WHOIS, and WHOWAS: what is told of one user. */
#ifndef KABAR_DIALECT_IRC_WHOIS_H
#define KABAR_DIALECT_IRC_WHOIS_H

#include "dialect/irc/line.h"

struct dialog;

/* The commands of these names. */
void dialect_irc_whois(struct dialog *, const struct irc_line *);
void dialect_irc_whowas(struct dialog *, const struct irc_line *);

#endif
