/*
 * dialect_info: the lists of people and messages inside replies that several dialects show
 * alike.
 */
#ifndef KABAR_DIALECT_INFO_H
#define KABAR_DIALECT_INFO_H

#include "dialect_line.h"

/* An object with what is public of a user. */
void dialect_info_user(struct dialog *, struct json *, const struct chat_user *);
/* An array of such objects: who is online, each once. */
void dialect_info_online(struct dialog *, struct json *);

/* Struct line_dialect's inbox(): "messages" and a list, oldest first. */
void dialect_inbox_list(struct dialog *, struct json *, const struct line_request *,
    const struct chat_inbox *);
/* The same with an object: sender -> list of messages, oldest first. */
void dialect_inbox_by_sender(struct dialog *, struct json *, const struct line_request *,
    const struct chat_inbox *);

/* The inbox of `files`: sender -> texts alone; group -> list of messages. */
void dialect_inbox_by_conversation(struct dialog *, struct json *, const struct line_request *,
    const struct chat_inbox *);

/* Who is online, each user once, but for the one with the id leave_out (0: none). */
void dialect_info_each(struct dialog *,
    void (*visit)(struct json *, const struct chat_user *, int64_t since_ms), struct json *,
    uint64_t leave_out);

/* A reply of its own for one message, as `follow` sends it. */
void dialect_info_event(struct dialog *, const struct line_dialect *, const struct chat_inbox *,
    const struct chat_inbox_item *);

#endif
