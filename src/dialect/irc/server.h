/*
 * dialect_irc_server: what is asked of the server itself: PING, PONG, TIME, INFO, ADMIN, LINKS,
 * and what no client does here: STATS, SUMMON, USERS, REHASH and its kin.
 */
#ifndef KABAR_DIALECT_IRC_SERVER_H
#define KABAR_DIALECT_IRC_SERVER_H

#include "dialect/irc/line.h"

struct dialog;

/* The commands of these names. */
void dialect_irc_ping(struct dialog *, const struct irc_line *);
void dialect_irc_pong(struct dialog *, const struct irc_line *);
void dialect_irc_time(struct dialog *, const struct irc_line *);
void dialect_irc_info(struct dialog *, const struct irc_line *);
void dialect_irc_admin(struct dialog *, const struct irc_line *);
void dialect_irc_links(struct dialog *, const struct irc_line *);
void dialect_irc_summon(struct dialog *, const struct irc_line *);
void dialect_irc_users(struct dialog *, const struct irc_line *);
/* CONNECT, DIE, REHASH, RESTART, SQUIT, STATS: kabarctl's. */
void dialect_irc_not_here(struct dialog *, const struct irc_line *);

/*
 * Whether a parameter that names a server means this one: it is missing, a mask of its name, or the
 * nick of a user, all of whom are here. Else this is told.
 */
bool dialect_irc_server_is_here(struct dialog *, const struct irc_line *, size_t param);

#endif
