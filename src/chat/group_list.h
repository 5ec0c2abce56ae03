/* chat_group_list: all groups of the realm. Whom a list may show them is left to chat_choice. */
#ifndef KABAR_CHAT_GROUP_LIST_H
#define KABAR_CHAT_GROUP_LIST_H

#include "chat/group.h"

/* Every group, in no order, until visit returns non-zero. */
enum chat_result chat_group_list_each(struct chat *,
    int (*visit)(void *arg, const struct chat_group *), void *arg);
/*
 * The names of all groups, by index from 0: CHAT_OK until there are no more, then CHAT_NO_GROUP.
 * Costs what is read; the order changes as groups are removed.
 */
enum chat_result chat_group_list_name(struct chat *, uint32_t index, char name[NAME_MAX_BYTES + 1]);

#endif
