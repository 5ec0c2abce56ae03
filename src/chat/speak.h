/* chat_speak: who may send messages and files to a group. */
#ifndef KABAR_CHAT_SPEAK_H
#define KABAR_CHAT_SPEAK_H

#include "chat/group.h"
#include "chat/user.h"

/*
 * Whether a user may: CHAT_OK, CHAT_NOT_MEMBER, CHAT_FORBIDDEN: the group is moderated, and the
 * user has no role in it; CHAT_BANNED or CHAT_FAILED. One look-up, and those of chat_ban_judge.
 */
enum chat_result chat_speak_judge(struct chat *, const struct chat_group *,
    const struct chat_user *);
/* Whether somebody of another realm may: CHAT_NO_GROUP of a private one; others as above. */
enum chat_result chat_speak_judge_remote(struct chat *, const struct chat_group *,
    struct chat_text name, struct chat_text realm);

#endif
