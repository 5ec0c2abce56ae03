/*
 * chat_group: groups: their records, their names, and the verbs that make, join, leave and remove
 * them. Memberships are left to chat_member.
 */
#ifndef KABAR_CHAT_GROUP_H
#define KABAR_CHAT_GROUP_H

#include "chat/chat.h"
#include "chat/set.h"

struct chat_group {
	uint64_t id;
	char name[NAME_MAX_BYTES + 1];
	uint64_t owner; /* a user's id; 0: the owner has left */
	int64_t created_ms;
};

/* The record of a group, as CHAT_TABLE_GROUPS has it. False: damaged. */
#define CHAT_GROUP_RECORD 160
size_t chat_group_pack(unsigned char data[CHAT_GROUP_RECORD], const struct chat_group *);
bool chat_group_parse(struct chat_group *, uint64_t id, const void *value, size_t len);

/* CHAT_OK, CHAT_NO_GROUP or CHAT_FAILED. */
enum chat_result chat_group_find(struct chat *, struct chat_text name, struct chat_group *);
enum chat_result chat_group_get(struct chat *, uint64_t id, struct chat_group *);
/*
 * Makes a group whose owner is its first member. CHAT_GROUP_EXISTS, CHAT_BAD_ARGUMENT;
 * CHAT_NO_USER: the owner is gone.
 */
enum chat_result chat_group_add(struct chat *, struct chat_text name, uint64_t owner);
/* CHAT_NO_GROUP, CHAT_ALREADY_MEMBER; CHAT_NO_USER: the user is gone. */
enum chat_result chat_group_join(struct chat *, struct chat_text name, uint64_t user);
/*
 * The same two when a user does it: CHAT_TOO_MANY past groups_own_max, groups_max or
 * group_members_max. Founding costs as many look-ups as the user has groups.
 */
enum chat_result chat_group_found(struct chat *, struct chat_text name, uint64_t owner);
enum chat_result chat_group_enter(struct chat *, struct chat_text name, uint64_t user);
/* CHAT_NO_GROUP, CHAT_NOT_MEMBER. */
enum chat_result chat_group_leave(struct chat *, struct chat_text name, uint64_t user);
/* Removes the group, all memberships and its messages. */
enum chat_result chat_group_delete(struct chat *, struct chat_text name);
/* Every group, in no order, until visit returns non-zero. */
enum chat_result chat_group_each(struct chat *, int (*visit)(void *arg, const struct chat_group *),
    void *arg);
/*
 * The names of all groups, by index from 0: CHAT_OK until there are no more, then CHAT_NO_GROUP.
 * Costs what is read; the order changes as groups are removed.
 */
enum chat_result chat_group_name(struct chat *, uint32_t index, char name[NAME_MAX_BYTES + 1]);
/* The set of those names. */
struct chat_set chat_group_names(void);
/* Ends all memberships of a user who is about to be removed. CHAT_OK or CHAT_FAILED. */
enum chat_result chat_group_leave_all(struct chat *, uint64_t user);

#endif
