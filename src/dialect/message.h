/*
 * dialect_message: a message as replies show it, and what the server itself says of a message for
 * another realm.
 */
#ifndef KABAR_DIALECT_MESSAGE_H
#define KABAR_DIALECT_MESSAGE_H

#include "base/json_out.h"
#include "chat/message.h"
#include "dialect/line.h"

/* Whether it is the server's notice of a message, its text, that was not delivered, or not yet. */
bool dialect_message_is_notice(const struct chat_message *);
/* Parts of a string: what the message says, in every dialect alike. */
void dialect_message_text(struct json_out *, const struct chat_message *);

/* The same as a string in the shape of a line dialect. */
void dialect_message_string(struct json_out *, const struct line_dialect *,
    const struct chat_message *);
/* The members of the object for a message, and the whole object. */
void dialect_message_members(struct json_out *, const struct line_dialect *,
    const struct chat_message *);
void dialect_message_object(struct json_out *, const struct line_dialect *,
    const struct chat_message *);

#endif
