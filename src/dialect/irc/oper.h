/*
 * dialect_irc_oper: what administrators do over IRC: OPER, KILL, WALLOPS. Whoever has shown an
 * administrator's password acts for that account, with a session of its own, and for nothing else.
 */
#ifndef KABAR_DIALECT_IRC_OPER_H
#define KABAR_DIALECT_IRC_OPER_H

#include "dialect/irc/line.h"

struct dialog;

/* The commands of these names. */
void dialect_irc_oper(struct dialog *, const struct irc_line *);
void dialect_irc_kill(struct dialog *, const struct irc_line *);
void dialect_irc_wallops(struct dialog *, const struct irc_line *);

/* The client is an operator no more. */
void dialect_irc_oper_end(struct dialog *);
/*
 * The session has ended: tells which operator has done it and closes, if that was said just now;
 * false: it was not.
 */
bool dialect_irc_oper_tell_killed(struct dialog *);

#endif
