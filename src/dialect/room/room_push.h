/*
 * dialect_room_push: what a connection of the room dialect is sent without having asked.
 */
#ifndef KABAR_DIALECT_ROOM_PUSH_H
#define KABAR_DIALECT_ROOM_PUSH_H

#include "dialect/dialect.h"

/* What came into the room since it was last looked at. */
void dialect_room_push_messages(struct dialog *);
/* What the server itself has told the user since this was called first. */
void dialect_room_push_notices(struct dialog *);
/*
 * The lists that have changed since they were sent. After long ones there is a pause, whose end
 * is asked for through the dialog's wake_ms; at_once: nothing waits.
 */
void dialect_room_push_lists(struct dialog *, bool at_once);

#endif
