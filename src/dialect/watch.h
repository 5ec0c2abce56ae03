/*
 * dialect_watch: a connection of realm that is told of everything in the conversations of its user
 * while it makes other requests.
 */
#ifndef KABAR_DIALECT_WATCH_H
#define KABAR_DIALECT_WATCH_H

#include "dialect/line.h"

/* Begins for the request's user: [after id]. What there is comes at once. */
enum chat_result dialect_watch_begin(struct dialog *, struct line_request *);
/* Ends it, if it is on, and gives back what it holds. */
void dialect_watch_end(struct dialog *);
/* A struct dialect's wake(). */
void dialect_watch_wake(struct dialog *);

#endif
