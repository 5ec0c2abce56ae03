/*
 * chat_member: who is in which group: two sets, a group's users and a user's groups, and a record
 * of each membership. All three change in one transaction. A member's cursors in the group's logs
 * are set at joining, so that a new member reads only what comes afterwards.
 */
#ifndef KABAR_CHAT_MEMBER_H
#define KABAR_CHAT_MEMBER_H

#include "chat/chat.h"
#include "chat/pair.h"

/* What a member may do besides the others, as flags; see chat/role.h. */
#define CHAT_ROLE_VOICE    1 /* speaks in a moderated group */
#define CHAT_ROLE_OPERATOR 2 /* that, and does what the owner does */

struct chat_member {
	int64_t joined_ms;
	uint8_t role;
};

/* CHAT_OK, CHAT_NOT_MEMBER or CHAT_FAILED. */
enum chat_result chat_member_find(struct chat *, uint64_t group, uint64_t user);
enum chat_result chat_member_get(struct chat *, uint64_t group, uint64_t user,
    struct chat_member *);
/*
 * A user's groups, or a group's users, by index from 0: CHAT_OK until there are no more, then
 * CHAT_NOT_MEMBER. CHAT_FAILED.
 */
enum chat_result chat_member_group(struct chat *, uint64_t user, uint32_t index, uint64_t *group);
enum chat_result chat_member_user(struct chat *, uint64_t group, uint32_t index, uint64_t *user);
/* How many users a group has. CHAT_OK or CHAT_FAILED. */
enum chat_result chat_member_count(struct chat *, uint64_t group, uint32_t *count);

/*
 * The steps of joining. They expect that the user's account stays and that the user is not a member
 * yet; the caller adds that the group stays. CHAT_OK, CHAT_NO_USER; CHAT_CONFLICT: another was
 * faster, or the lists are damaged; CHAT_FAILED.
 */
enum chat_result chat_member_tx_join(struct chat *, struct store_tx *, uint64_t group,
    uint64_t user);
/*
 * The steps of leaving. Of a damaged membership, they remove what is left. CHAT_OK,
 * CHAT_NOT_MEMBER: nothing is left; CHAT_CONFLICT and CHAT_FAILED as above.
 */
enum chat_result chat_member_tx_leave(struct chat *, struct store_tx *, uint64_t group,
    uint64_t user);
/* Changes a membership's record, which is expected to be as `before` says. */
void chat_member_tx_change(struct store_tx *, uint64_t group, uint64_t user,
    const struct chat_member *before, const struct chat_member *after);
/* The transaction conflicts if the user is in a group then, or the group has a user. */
void chat_member_tx_expect_no_groups(struct store_tx *, uint64_t user);
void chat_member_tx_expect_no_users(struct store_tx *, uint64_t group);

/* The record of a membership: version 3 with a role, version 2 where there is none. False: damaged.
 */
#define CHAT_MEMBER_RECORD CHAT_PAIR_RECORD

size_t chat_member_pack(unsigned char data[CHAT_MEMBER_RECORD], const struct chat_member *);
bool chat_member_parse(struct chat_member *, const void *value, size_t len);

#endif
