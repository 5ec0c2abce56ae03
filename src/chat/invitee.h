/*
 * chat_invitee: users who are invited to a group and no members yet: a record of each invitation
 * and two sets, a group's invitees and the groups that invite a user. All three change in one
 * transaction. Who may invite is left to chat_choice, joining to chat_group.
 */
#ifndef KABAR_CHAT_INVITEE_H
#define KABAR_CHAT_INVITEE_H

#include "chat/chat.h"
#include "chat/pair.h"

#define CHAT_INVITEES_MOST       256 /* of a group */
#define CHAT_INVITEE_GROUPS_MOST 256 /* that invite a user */

/* CHAT_OK, CHAT_NOT_INVITED or CHAT_FAILED. */
enum chat_result chat_invitee_find(struct chat *, uint64_t group, uint64_t user);
/*
 * A group's invitees, or the groups that invite a user, by index from 0: CHAT_OK until there are no
 * more, then CHAT_NOT_INVITED. CHAT_FAILED.
 */
enum chat_result chat_invitee_user(struct chat *, uint64_t group, uint32_t index, uint64_t *user);
enum chat_result chat_invitee_group(struct chat *, uint64_t user, uint32_t index, uint64_t *group);

/*
 * The steps of inviting. They expect that the user's account stays, that the user is no member and
 * that nobody has invited the user yet; the caller adds that the group stays. CHAT_OK,
 * CHAT_NO_USER; CHAT_TOO_MANY: the group has CHAT_INVITEES_MOST, or the user
 * CHAT_INVITEE_GROUPS_MOST; CHAT_CONFLICT: another was faster, or the lists are damaged;
 * CHAT_FAILED.
 */
enum chat_result chat_invitee_tx_add(struct chat *, struct store_tx *, uint64_t group,
    uint64_t user);
/*
 * The steps of ending an invitation; of a damaged one, that a list has and no record, they remove
 * what is left. CHAT_NOT_INVITED: there is none, and the transaction expects that. CHAT_CONFLICT
 * and CHAT_FAILED as above.
 */
enum chat_result chat_invitee_tx_end(struct chat *, struct store_tx *, uint64_t group,
    uint64_t user);
/* Ends one invitation. CHAT_OK, CHAT_NOT_INVITED, CHAT_CONFLICT, CHAT_FAILED. */
enum chat_result chat_invitee_end(struct chat *, uint64_t group, uint64_t user);
/* Ends all invitations of a group, or of a user, who are about to be removed. CHAT_OK, CHAT_FAILED.
 */
enum chat_result chat_invitee_end_group(struct chat *, uint64_t group);
enum chat_result chat_invitee_end_user(struct chat *, uint64_t user);
/* The transaction conflicts if the group has an invitee then, or a group invites the user. */
void chat_invitee_tx_expect_no_users(struct store_tx *, uint64_t group);
void chat_invitee_tx_expect_no_groups(struct store_tx *, uint64_t user);

/* The record of an invitation, for judging, checking and repair. False: damaged. */
#define CHAT_INVITEE_RECORD CHAT_PAIR_RECORD

struct chat_invitee {
	int64_t invited_ms;
};

size_t chat_invitee_pack(unsigned char data[CHAT_INVITEE_RECORD], const struct chat_invitee *);
bool chat_invitee_parse(struct chat_invitee *, const void *value, size_t len);

#endif
