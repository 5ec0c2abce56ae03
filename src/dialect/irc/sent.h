/*
 * dialect_irc_sent: which messages the user has sent over this connection, so that the events of
 * them are known for what they are.
 */
#ifndef KABAR_DIALECT_IRC_SENT_H
#define KABAR_DIALECT_IRC_SENT_H

#include "dialect/irc/state.h"

/* This message was sent here; of more than IRC_SENT_MOST the first is forgotten. */
void dialect_irc_sent_note(struct irc_state *, uint64_t id);
/* Whether a message was sent here; then it is forgotten. */
bool dialect_irc_sent_take(struct irc_state *, uint64_t id);

#endif
