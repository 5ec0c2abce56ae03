/*
 * chat_room: how much room the own log of a user has who reads by conversations and never asks for
 * an inbox. The cursor in the own log moves past what is read from the log's old end on alone, so
 * one old unread conversation keeps it; what counts then is what is unread in all of them.
 */
#ifndef KABAR_CHAT_HISTORY_ROOM_H
#define KABAR_CHAT_HISTORY_ROOM_H

#include "chat/chat.h"

/*
 * Raises a floor for an append to the user's own log to one that was counted before by this
 * process. Behind it are as many entries as were unread then, and all that have come since: it
 * never promises too much. Only for messages that go into their conversation, since others were not
 * counted.
 */
void chat_room_raise(const struct chat *, uint64_t user, uint64_t *floor);
/*
 * Counts what is unread in the user's conversations, once a second at most, and remembers the
 * floor. Whether there is room now, so that an append is worth another try; false also after a
 * failure, and for a group.
 */
bool chat_room_find(struct chat *, uint64_t user);

#endif
