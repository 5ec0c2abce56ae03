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
	/* What the owner has chosen, see chat/choice.h. */
	uint8_t private;
	uint8_t history; /* CHAT_GROUP_HISTORY_..., 0: as the realm has it */
	uint8_t files;   /* CHAT_GROUP_FILES_..., 0: as the realm has it */
};

enum { CHAT_GROUP_HISTORY_CLOSED = 1, CHAT_GROUP_HISTORY_OPEN };
enum { CHAT_GROUP_FILES_OWNER = 1, CHAT_GROUP_FILES_MEMBERS };

/*
 * The record of a group, as CHAT_TABLE_GROUPS has it: version 3 with the choices, version 2 where
 * none was made. So each content has one form only. False: damaged.
 */
#define CHAT_GROUP_RECORD 160
size_t chat_group_pack(unsigned char data[CHAT_GROUP_RECORD], const struct chat_group *);
bool chat_group_parse(struct chat_group *, uint64_t id, const void *value, size_t len);

/* Whether the owners of two groups have chosen the same. */
bool chat_group_same_choices(const struct chat_group *, const struct chat_group *);

/* CHAT_OK, CHAT_NO_GROUP or CHAT_FAILED. */
enum chat_result chat_group_find(struct chat *, struct chat_text name, struct chat_group *);
enum chat_result chat_group_get(struct chat *, uint64_t id, struct chat_group *);
/*
 * Makes a group whose owner is its first member. CHAT_GROUP_EXISTS, CHAT_BAD_ARGUMENT;
 * CHAT_NO_USER: the owner is gone.
 */
enum chat_result chat_group_add(struct chat *, struct chat_text name, uint64_t owner);
/*
 * The same with the name, owner and choices of a record, of which the rest is set; limited: as
 * chat_group_found().
 */
enum chat_result chat_group_make(struct chat *, struct chat_group *, bool limited);
/*
 * CHAT_NO_GROUP, CHAT_ALREADY_MEMBER; CHAT_NO_USER: the user is gone. Whoever joins is a guest no
 * more.
 */
enum chat_result chat_group_join(struct chat *, struct chat_text name, uint64_t user);
/*
 * The same two when a user does it: CHAT_TOO_MANY past groups_own_max, groups_max or
 * group_members_max; CHAT_NOT_INVITED: the group is private, and the user is no guest. Founding
 * costs as many look-ups as the user has groups.
 */
enum chat_result chat_group_found(struct chat *, struct chat_text name, uint64_t owner);
enum chat_result chat_group_enter(struct chat *, struct chat_text name, uint64_t user);
/* CHAT_NO_GROUP, CHAT_NOT_MEMBER. */
enum chat_result chat_group_leave(struct chat *, struct chat_text name, uint64_t user);
/* The same when another user does it, who may. */
enum chat_result chat_group_take_out(struct chat *, struct chat_text name, uint64_t user,
    uint64_t by);
/*
 * Ends the membership that the first entry of a list names. *tries, 0 at first, counts entries
 * without a membership: CHAT_OK until there were too many.
 */
enum chat_result chat_group_leave_listed(struct chat *, uint64_t group, uint64_t user, int *tries);
/* Changes a group's record, which is expected to be as `before` says. */
void chat_group_tx_change(struct store_tx *, const struct chat_group *before,
    const struct chat_group *after);
/* The transaction conflicts if the group's record is another then. */
void chat_group_tx_expect(struct store_tx *, const struct chat_group *);
/* The set of the names of all groups. */
struct chat_set chat_group_names(void);
/* Ends all memberships of a user who is about to be removed. CHAT_OK or CHAT_FAILED. */
enum chat_result chat_group_leave_all(struct chat *, uint64_t user);

#endif
