/*
 * dialect_follow: a connection of a line dialect that is sent each new message as it comes.
 */
#ifndef KABAR_DIALECT_FOLLOW_H
#define KABAR_DIALECT_FOLLOW_H

#include "dialect/line.h"

/* Begins to follow for the request's user, and sends what is unread at once. */
enum chat_result dialect_follow_begin(struct dialog *, struct line_request *);
/* Any request ends it. */
void dialect_follow_end(struct dialog *);
/* A struct dialect's wake(). */
void dialect_follow_wake(struct dialog *);

#endif
