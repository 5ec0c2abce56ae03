/*
 * dialect_irc_replay: what a client has missed, shown at its beginning where it does not ask for
 * history itself. What comes after the moment at which the connection began to watch is left to
 * dialect_irc_event, so that each message is shown once.
 */
#ifndef KABAR_DIALECT_IRC_REPLAY_H
#define KABAR_DIALECT_IRC_REPLAY_H

struct dialog;

/*
 * Shows what is unread: of each conversation the newest CHAT_PAGE_MOST messages at most, and a
 * bounded number overall; a NOTICE says how many are left out. A conversation that is left out as a
 * whole comes with the next connection.
 */
void dialect_irc_replay(struct dialog *);

#endif
