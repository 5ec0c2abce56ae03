/*
 * chat_member: who is in which group. A member's cursors in the group's logs are set at joining, so
 * that one reads what came after.
 */
#ifndef KABAR_CHAT_MEMBER_H
#define KABAR_CHAT_MEMBER_H

#include "chat/group.h"

/* CHAT_OK, CHAT_NOT_MEMBER or CHAT_FAILED. */
enum chat_result chat_member_find(struct chat *, uint64_t group, uint64_t user);
/*
 * A user's groups, or a group's users, by index from 0: CHAT_OK until there are no more, then
 * CHAT_NOT_MEMBER.
 */
enum chat_result chat_member_group(struct chat *, uint64_t user, uint32_t index, uint64_t *group);
enum chat_result chat_member_user(struct chat *, uint64_t group, uint32_t index, uint64_t *user);

/*
 * The steps of joining and leaving; group->members is set to what it then is, and the group's
 * record, with its expectation, is left to the caller. The lists are read first: CHAT_FAILED may
 * also mean that another was changing them. Joining expects that the user's account stays:
 * CHAT_NO_USER where there is none.
 */
enum chat_result chat_member_tx_join(struct chat *, struct store_tx *, struct chat_group *,
    uint64_t user);
enum chat_result chat_member_tx_leave(struct chat *, struct store_tx *, struct chat_group *,
    uint64_t user);
/* The transaction conflicts if the user is in a group then. */
void chat_member_tx_expect_none(struct store_tx *, uint64_t user);

/* The record of a membership, for those who put it right. False: damaged. */
#define CHAT_MEMBER_RECORD 32

struct chat_member {
	uint32_t in_group; /* its places in the two lists */
	uint32_t in_user;
	int64_t joined_ms;
};

size_t chat_member_pack(unsigned char data[CHAT_MEMBER_RECORD], const struct chat_member *);
bool chat_member_parse(struct chat_member *, const void *value, size_t len);

#endif
