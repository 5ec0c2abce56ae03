/*
 * chat_role: what a member may do in a group besides the others. The owner, operators and
 * administrators manage a group; those whom a moderated group gives a voice speak in it.
 */
#ifndef KABAR_CHAT_ROLE_H
#define KABAR_CHAT_ROLE_H

#include "chat/group.h"
#include "chat/member.h"
#include "chat/user.h"

#define CHAT_ROLE_OWNER 4 /* of nobody's record: the group's says who it is */

/*
 * Gives a member a role, CHAT_ROLE_VOICE or CHAT_ROLE_OPERATOR, or takes it; CHAT_OK also where
 * nothing changes. Who does it must manage the group, else CHAT_FORBIDDEN; NULL: kabarctl.
 * CHAT_NO_GROUP, CHAT_NO_USER, CHAT_NOT_MEMBER, CHAT_BAD_ARGUMENT: another role; CHAT_FAILED.
 */
enum chat_result chat_role_set(struct chat *, struct chat_text group, const struct chat_user *by,
    struct chat_text user, uint8_t role, bool on);
/* The roles of a user, with CHAT_ROLE_OWNER; 0: none, no member, or the store fails. */
uint8_t chat_role_of(struct chat *, const struct chat_group *, uint64_t user);
/* Whether a user is the group's owner, one of its operators, or an administrator; NULL is. */
bool chat_role_manages(struct chat *, const struct chat_group *, const struct chat_user *by);
/* Finds a group that a user manages: CHAT_NO_GROUP, CHAT_FORBIDDEN, CHAT_FAILED. */
enum chat_result chat_role_find_managed(struct chat *, struct chat_text name,
    const struct chat_user *by, struct chat_group *);

#endif
