/* dialect_room: the room dialect, as another dialect that understands it, too, calls it. */
#ifndef KABAR_DIALECT_ROOM_H
#define KABAR_DIALECT_ROOM_H

#include "dialect/dialect.h"

/* A struct dialect's line(), wake() and session_over(). */
void dialect_room_line(struct dialog *, const struct frame_line *);
void dialect_room_wake(struct dialog *);
void dialect_room_session_over(struct dialog *);

#endif
