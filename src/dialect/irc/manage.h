/* dialect_irc_manage: who is in a group and who may come: KICK and INVITE. */
#ifndef KABAR_DIALECT_IRC_MANAGE_H
#define KABAR_DIALECT_IRC_MANAGE_H

#include "dialect/irc/line.h"

struct dialog;

/* The commands of these names. */
void dialect_irc_kick(struct dialog *, const struct irc_line *);
void dialect_irc_invite(struct dialog *, const struct irc_line *);

/* Tells the client which groups invite the user. */
void dialect_irc_manage_show_invitations(struct dialog *);
#endif
