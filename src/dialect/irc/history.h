/* dialect_irc_history: CHATHISTORY (IRCv3, draft/chathistory), and what a client has missed. */
#ifndef KABAR_DIALECT_IRC_HISTORY_H
#define KABAR_DIALECT_IRC_HISTORY_H

#include "dialect/irc/line.h"

struct dialog;

/* The command CHATHISTORY. */
void dialect_irc_chathistory(struct dialog *, const struct irc_line *);
/* Shows what is unread to a client that does not ask for history itself. */
void dialect_irc_history_replay(struct dialog *);

#endif
