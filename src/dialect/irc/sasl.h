/* dialect_irc_sasl: logging in by SASL (IRCv3, sasl 3.2): PLAIN, and EXTERNAL by a certificate. */
#ifndef KABAR_DIALECT_IRC_SASL_H
#define KABAR_DIALECT_IRC_SASL_H

#include "dialect/irc/line.h"

struct dialog;

/* The command AUTHENTICATE. */
void dialect_irc_sasl(struct dialog *, const struct irc_line *);
/* The value of the capability: the mechanisms that this connection can use. */
bool dialect_irc_sasl_mechanisms(const struct dialog *, char *out, size_t size);
/* Forgets what is under way. */
void dialect_irc_sasl_end(struct dialog *);

#endif
