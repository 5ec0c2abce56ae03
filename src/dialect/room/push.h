/*
 * dialect_room_push: what a connection of the room dialect is sent without having asked. When to
 * look for it is left to dialect_room.
 */
#ifndef KABAR_DIALECT_ROOM_PUSH_H
#define KABAR_DIALECT_ROOM_PUSH_H

#include "dialect/dialect.h"

/* Sends the messages that have come into the room since the last call. */
void dialect_room_push_messages(struct dialog *);
/* Sends the notices of the server to the user that have come since the first call. */
void dialect_room_push_notices(struct dialog *);
/*
 * Sends the lists that have changed since they were sent. After long ones follows a pause, whose
 * end the dialog's wake_ms tells; at_once: not even a pause is waited for.
 */
void dialect_room_push_lists(struct dialog *, bool at_once);

#endif
