/*
 * dialect_irc_history: CHATHISTORY (IRCv3, draft/chathistory). What a client has missed that does
 * not ask for it is left to dialect_irc_replay.
 */
#ifndef KABAR_DIALECT_IRC_HISTORY_H
#define KABAR_DIALECT_IRC_HISTORY_H

#include "dialect/irc/line.h"

struct dialog;

/*
 * The command CHATHISTORY. Each costs what `history` costs in realm: CHAT_PAGE_MOST entries of each
 * log of the conversation at most, wherever in it the part begins; TARGETS what `conversations`
 * costs.
 */
void dialect_irc_chathistory(struct dialog *, const struct irc_line *);

#endif
