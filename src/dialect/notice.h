/*
 * dialect_notice: what the server itself says of a message for another realm, in every dialect
 * alike.
 */
#ifndef KABAR_DIALECT_NOTICE_H
#define KABAR_DIALECT_NOTICE_H

#include "base/json_out.h"
#include "chat/message.h"

/* Whether it is such a message: its text is then only what was not delivered. */
bool dialect_notice_is(const struct chat_message *);
/* A part of a string: the sentence, which ends with that text. */
void dialect_notice_write(struct json_out *, const struct chat_message *);

#endif
