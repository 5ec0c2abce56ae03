/*
 * dialect_irc_event: what happens in the conversations of the user, as lines: messages, who comes
 * and goes, what changes in a group.
 */
#ifndef KABAR_DIALECT_IRC_EVENT_H
#define KABAR_DIALECT_IRC_EVENT_H

#include "chat/history/item.h"
#include "dialect/irc/state.h"

struct dialog;

/* Begins behind what there is now. False: it cannot be, and the conversation is over. */
bool dialect_irc_event_begin(struct dialog *);
/*
 * Tells all that has happened. What the user did over this connection is part of the answer to the
 * request under way, the rest is not.
 */
void dialect_irc_event_pull(struct dialog *);
/* The same, where the request that was served has changed what events tell: they are its answer. */
void dialect_irc_event_answer(struct dialog *);
void dialect_irc_event_end(struct dialog *);

#endif
