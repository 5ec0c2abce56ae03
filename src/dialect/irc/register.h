/*
 * dialect_irc_register: who a client is, up to the greeting: NICK, USER, PASS, REGISTER, and QUIT.
 * The nick is the account's name. SASL is left to dialect_irc_sasl.
 */
#ifndef KABAR_DIALECT_IRC_REGISTER_H
#define KABAR_DIALECT_IRC_REGISTER_H

#include "dialect/irc/line.h"

struct chat_user;
struct dialog;

/* The commands of these names. */
void dialect_irc_nick_command(struct dialog *, const struct irc_line *);
void dialect_irc_user(struct dialog *, const struct irc_line *);
void dialect_irc_pass(struct dialog *, const struct irc_line *);
void dialect_irc_register(struct dialog *, const struct irc_line *);
void dialect_irc_quit(struct dialog *, const struct irc_line *);

/* Greets the client, if it has said all that it must; or says what is wrong. */
void dialect_irc_register_try(struct dialog *);
/*
 * The session of this user is opened, and the connection's from here on. CHAT_OK, or a failure.
 */
enum chat_result dialect_irc_register_enter(struct dialog *, const struct chat_user *);
/* What to tell a client about a login or registration that failed. */
const char *dialect_irc_register_reason(enum chat_result);

#endif
