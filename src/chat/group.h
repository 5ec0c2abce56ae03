/*
 * chat_group: groups: their records, their names, and the verbs that make, join, leave and remove
 * them. Memberships are left to chat_member.
 */
#ifndef KABAR_CHAT_GROUP_H
#define KABAR_CHAT_GROUP_H

#include "chat/chat.h"
#include "chat/history/activity.h"
#include "chat/set.h"

#define CHAT_TOPIC_MAX     390 /* bytes of a topic, UTF-8 */
#define CHAT_GROUP_KEY_MAX 32  /* bytes of a key: printable ASCII without spaces and commas */

struct chat_group {
	uint64_t id;
	char name[NAME_MAX_BYTES + 1];
	uint64_t owner; /* a user's id; 0: the owner has left */
	int64_t created_ms;
	/* What the owner or operators have chosen, see chat/choice.h. */
	uint8_t private;
	uint8_t history; /* CHAT_GROUP_HISTORY_..., 0: as the realm has it */
	uint8_t files;   /* CHAT_GROUP_FILES_..., 0: as the realm has it */
	uint8_t moderated;
	uint8_t topics; /* 1: members set the topic, 0: operators alone */
	uint8_t secret;
	uint32_t limit;                    /* members who may be in it; 0: no limit of its own */
	char key[CHAT_GROUP_KEY_MAX + 1];  /* "": none */
	uint8_t temporary;                 /* goes with its last member */
	uint8_t banned;                    /* it has bans, see chat/ban.h */
	char topic[CHAT_TOPIC_MAX + 1];    /* "": none, and so the two below; see chat/topic.h */
	char topic_by[NAME_MAX_BYTES + 1]; /* "": an administrator of the host */
	int64_t topic_ms;
};

enum { CHAT_GROUP_HISTORY_CLOSED = 1, CHAT_GROUP_HISTORY_OPEN };
enum { CHAT_GROUP_FILES_OWNER = 1, CHAT_GROUP_FILES_MEMBERS };

/*
 * The record of a group, as CHAT_TABLE_GROUPS has it: version 4 with all of this, version 3 with
 * nothing but the first three choices, version 2 where none was made. So each content has one form
 * only. False: damaged.
 */
#define CHAT_GROUP_RECORD 640
size_t chat_group_pack(unsigned char data[CHAT_GROUP_RECORD], const struct chat_group *);
bool chat_group_parse(struct chat_group *, uint64_t id, const void *value, size_t len);

/* Whether the same was chosen for two groups. */
bool chat_group_same_choices(const struct chat_group *, const struct chat_group *);
/* Whether two groups have the same topic, set by the same at the same time. */
bool chat_group_same_topic(const struct chat_group *, const struct chat_group *);
/* Whether a key or topic may be one; "" is none. */
bool chat_group_key_valid(struct chat_text);
bool chat_group_topic_valid(struct chat_text);

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
 * CHAT_NO_GROUP, CHAT_ALREADY_MEMBER; CHAT_NO_USER: the user is gone. Whoever joins is an
 * invitee no more.
 */
enum chat_result chat_group_join(struct chat *, struct chat_text name, uint64_t user);
/*
 * The same two when a user does it: CHAT_TOO_MANY past groups_own_max, groups_max or
 * group_members_max; CHAT_NOT_INVITED: the group is private, and the user is no invitee. Founding
 * costs as many look-ups as the user has groups.
 */
enum chat_result chat_group_found(struct chat *, struct chat_text name, uint64_t owner);
enum chat_result chat_group_enter(struct chat *, struct chat_text name, uint64_t user);
/*
 * The same with a key, "": none. CHAT_BAD_KEY: the group has another one; CHAT_GROUP_FULL: it has
 * as many members as were chosen for it. Invitees pass both, and CHAT_NOT_INVITED; CHAT_BANNED: a
 * ban of the group's is the user's, which no invitee passes.
 */
enum chat_result chat_group_enter_with(struct chat *, struct chat_text name, struct chat_text key,
    uint64_t user);
/* CHAT_NO_GROUP, CHAT_NOT_MEMBER. A temporary group goes with its last member. */
enum chat_result chat_group_leave(struct chat *, struct chat_text name, uint64_t user);
/*
 * The same with a kind, CHAT_ACTIVITY_LEAVE or CHAT_ACTIVITY_QUIT, and a text that says why, as the
 * others of the group are told.
 */
enum chat_result chat_group_leave_with(struct chat *, struct chat_text name, uint64_t user,
    enum chat_activity_kind, struct chat_text text);
/* The same when another user does it, who may, 0: an administrator of the host. */
enum chat_result chat_group_take_out(struct chat *, struct chat_text name, uint64_t user,
    uint64_t by, struct chat_text reason);
/*
 * Whether the settings let a user into one more group, and a group have one more member: CHAT_OK,
 * CHAT_TOO_MANY or CHAT_FAILED. To be asked after a transaction has read the two lists, which it
 * expects unchanged.
 */
enum chat_result chat_group_has_room(struct chat *, uint64_t group, uint64_t user);
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
