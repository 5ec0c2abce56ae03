/* dialect_account: the commands about the own account, and those that make one. */
#ifndef KABAR_DIALECT_ACCOUNT_H
#define KABAR_DIALECT_ACCOUNT_H

#include "dialect/line.h"

enum chat_result dialect_account_register(struct dialog *, struct line_request *);
/*
 * The code of an invitation, alone or before the command that uses it: a client that connects for
 * each command has one line.
 */
enum chat_result dialect_account_take_invitation(struct dialog *, struct line_request *);
/* Makes an invitation and replies its code. */
enum chat_result dialect_account_invite(struct dialog *, struct line_request *);
/* The account of the request's session. */
enum chat_result dialect_account_show(struct dialog *, struct line_request *);
enum chat_result dialect_account_passwd(struct dialog *, struct line_request *);
/* Shows the certificates by which the user logs in; adds one, or removes it, with the password. */
enum chat_result dialect_account_certificate(struct dialog *, struct line_request *);

#endif
