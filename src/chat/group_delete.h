/* chat_group_delete: removing a group with all that belongs to it. */
#ifndef KABAR_CHAT_GROUP_DELETE_H
#define KABAR_CHAT_GROUP_DELETE_H

#include "chat/group.h"

/* Removes the group, all memberships and its messages. CHAT_NO_GROUP, or a failure. */
enum chat_result chat_group_delete(struct chat *, struct chat_text name);
/*
 * The same of a group that has no members, as a temporary one whose last member has left. CHAT_OK
 * also where it has some; CHAT_NO_GROUP, or a failure.
 */
enum chat_result chat_group_delete_empty(struct chat *, const struct chat_group *);

#endif
