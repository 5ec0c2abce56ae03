/* chat_topic: what a group is about, as its record has it. */
#ifndef KABAR_CHAT_TOPIC_H
#define KABAR_CHAT_TOPIC_H

#include "chat/group.h"
#include "chat/user.h"

/*
 * Sets the topic of a group; "" ends it. CHAT_NO_GROUP; CHAT_NOT_MEMBER, CHAT_FORBIDDEN: only those
 * who manage the group set it (chat_role), or members where that was chosen; by NULL: kabarctl.
 * CHAT_BAD_ARGUMENT: longer than CHAT_TOPIC_MAX, no UTF-8, or with control characters; CHAT_FAILED.
 */
enum chat_result chat_topic_set(struct chat *, struct chat_text group, const struct chat_user *by,
    struct chat_text text);

#endif
