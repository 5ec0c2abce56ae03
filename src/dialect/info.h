/*
 * dialect_info: the lists of people and messages inside replies that several dialects show
 * alike.
 */
#ifndef KABAR_DIALECT_INFO_H
#define KABAR_DIALECT_INFO_H

#include "chat/realm/remote.h"
#include "dialect/line.h"

/* An object with what is public of somebody; who of the own realm is online is looked up. */
void dialect_info_person(struct dialog *, struct json_out *, const struct chat_remote_person *);
/* A sentence that says whether somebody, asked for as who, is online. */
void dialect_info_presence(struct dialog *, struct json_out *, const struct chat_remote_person *,
    struct chat_text who);
/* An array of such objects: who is online, each once. */
void dialect_info_online(struct dialog *, struct json_out *);

/* Struct line_dialect's inbox(): "messages" and a list, oldest first. */
void dialect_inbox_list(struct dialog *, struct json_out *, const struct line_request *,
    const struct chat_inbox *);
/* The same with an object: sender -> list of messages, oldest first. */
void dialect_inbox_by_sender(struct dialog *, struct json_out *, const struct line_request *,
    const struct chat_inbox *);

/*
 * The inbox of `files`: sender -> texts alone; group -> list of messages. A user and a group of the
 * same name share a list.
 */
void dialect_inbox_by_conversation(struct dialog *, struct json_out *, const struct line_request *,
    const struct chat_inbox *);

/* Who is online, each user once, but for the one with the id leave_out (0: none). */
void dialect_info_each(struct dialog *,
    void (*visit)(struct json_out *, const struct chat_user *, int64_t since_ms), struct json_out *,
    uint64_t leave_out);

/* The object for one message, as it stands in the lists. */
void dialect_info_message(struct json_out *, const struct line_dialect *,
    const struct chat_message *);
/* A reply of its own for one message, as `follow` sends it. */
void dialect_info_event(struct dialog *, const struct line_dialect *, const struct chat_inbox *,
    const struct chat_inbox_item *);

#endif
