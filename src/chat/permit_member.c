/*
 * chat_permit_member: memberships and invitations. What was chosen for a group holds for all who
 * join, but for its key, which no transaction shows; nobody invites who does not manage it.
 */
#include <string.h>

#include "chat/ban.h"
#include "chat/invitee.h"
#include "chat/key.h"
#include "chat/member.h"
#include "chat/permit_int.h"

/* Whether an invitation that the user has ends in this transaction. */
static bool
uses_invitation(const struct permit *permit, uint64_t group)
{
	unsigned char key[CHAT_KEY_PAIR];
	const struct store_step *step;

	chat_key_pair(key, group, permit->who.id);
	step = chat_permit_step_change(permit, CHAT_TABLE_INVITEES, key, sizeof(key));
	return step != NULL && step->kind == STORE_STEP_DELETE &&
	    chat_permit_step_expects(permit, CHAT_TABLE_INVITEES, key, sizeof(key)) != NULL;
}

/* Whether the group's list has room for the user, who was not invited. */
static bool
has_room(const struct permit *permit, const struct chat_group *group)
{
	struct chat_set members = chat_set_of(CHAT_SET_MEMBERS, group->id);
	unsigned char member[CHAT_KEY_ID];

	chat_key_id(member, permit->who.id);
	return group->limit == 0 ||
	    chat_permit_set_gains(permit, &members, member, sizeof(member), group->limit);
}

static bool
is_banned(struct permit *permit, const struct chat_group *group)
{
	struct chat_user user;

	return group->banned &&
	    (chat_user_get(&permit->chat, permit->who.id, &user) != CHAT_OK ||
	        chat_ban_judge(&permit->chat, group, &user) != CHAT_OK);
}

/* A group that is there and lets the user in, or is made in this transaction. */
static bool
may_join(struct permit *permit, uint64_t id)
{
	unsigned char key[CHAT_KEY_ID];
	struct chat_group group;

	chat_key_id(key, id);
	if (chat_permit_group_read(permit, id, &group))
		return !chat_permit_find_nameless(permit, &group) && !is_banned(permit, &group) &&
		    (uses_invitation(permit, id) || (!group.private && has_room(permit, &group)));
	return chat_permit_step_expects_none(permit, CHAT_TABLE_GROUPS, key, sizeof(key)) &&
	    chat_permit_step_change(permit, CHAT_TABLE_GROUPS, key, sizeof(key)) != NULL;
}

/* Whoever joins has no role yet; those who manage the group give them, and the time stays. */
static bool
may_put_member(struct permit *permit, const struct store_step *step, uint64_t id, uint64_t user)
{
	const struct store_step *expected = chat_permit_step_expected(permit, step);
	struct chat_member before, after;
	struct chat_group group;

	if (expected == NULL || !chat_member_parse(&after, step->value, step->len))
		return false;
	if (expected->kind == STORE_STEP_EXPECT_ABSENT)
		return user == permit->who.id && after.role == 0 && may_join(permit, id);
	return chat_member_parse(&before, expected->value, expected->len) &&
	    before.joined_ms == after.joined_ms && chat_permit_group_read(permit, id, &group) &&
	    chat_permit_find_operator(permit, &group) && !chat_permit_find_nameless(permit, &group);
}

/* The owner, whom nobody takes out, leaves alone, or with the group. */
static bool
may_end_member(struct permit *permit, uint64_t id, uint64_t user)
{
	struct chat_group group;

	if (user == permit->who.id)
		return true;
	return chat_group_get(&permit->chat, id, &group) == CHAT_OK &&
	    (chat_permit_find_nameless(permit, &group) || chat_permit_find_admin(permit) ||
	        (group.owner != user && chat_permit_find_operator(permit, &group)));
}

bool
chat_permit_member_may(struct permit *permit, const struct store_step *step)
{
	uint64_t id, user;

	if (!chat_permit_step_pair(step, &id, &user) || !chat_permit_step_replaces(step))
		return false;
	return step->kind == STORE_STEP_PUT ? may_put_member(permit, step, id, user)
	                                    : may_end_member(permit, id, user);
}

/* Whether both lists get the invitation, and have room for it, or lose it. */
static bool
changes_lists(const struct permit *permit, uint64_t group, uint64_t user, bool comes)
{
	struct chat_set invitees = chat_set_of(CHAT_SET_INVITEES, group);
	struct chat_set groups = chat_set_of(CHAT_SET_USER_INVITED, user);
	unsigned char invitee[CHAT_KEY_ID], inviting[CHAT_KEY_ID];

	chat_key_id(invitee, user);
	chat_key_id(inviting, group);
	if (comes)
		return chat_permit_set_gains(permit, &invitees, invitee, sizeof(invitee),
		           CHAT_INVITEES_MOST) &&
		    chat_permit_set_gains(permit, &groups, inviting, sizeof(inviting),
		        CHAT_INVITEE_GROUPS_MOST);
	return chat_permit_set_loses(permit, &invitees, invitee, sizeof(invitee)) &&
	    chat_permit_set_loses(permit, &groups, inviting, sizeof(inviting));
}

/* A user who is there, is no member and does not block this one. */
static bool
may_be_invitee(struct permit *permit, uint64_t group, uint64_t user)
{
	const struct chat_block_sender sender = { .id = permit->who.id };
	unsigned char id[CHAT_KEY_ID], member[CHAT_KEY_PAIR];

	chat_key_id(id, user);
	chat_key_pair(member, group, user);
	return chat_permit_step_expects(permit, CHAT_TABLE_USERS, id, sizeof(id)) != NULL &&
	    chat_permit_step_expects_none(permit, CHAT_TABLE_MEMBERS, member, sizeof(member)) &&
	    !chat_permit_find_member(permit, group, user) &&
	    (chat_permit_find_welcome(permit, user, &sender) || chat_permit_find_admin(permit));
}

/*
 * Those who manage a group invite users; they and the invitee end it, and whoever removes the
 * group. A transaction changes one invitation once, and the lists with it.
 */
bool
chat_permit_member_invitee_may(struct permit *permit, const struct store_step *step)
{
	const bool comes = step->kind == STORE_STEP_PUT;
	struct chat_invitee invitee;
	struct chat_group group;
	uint64_t id, user;

	if (!chat_permit_step_pair(step, &id, &user) || !chat_permit_step_replaces(step) ||
	    chat_permit_step_change(permit, CHAT_TABLE_INVITEES, step->key + 1, CHAT_KEY_PAIR) !=
	        step ||
	    chat_permit_step_expected(permit, step) == NULL ||
	    !changes_lists(permit, id, user, comes))
		return false;
	if (!comes)
		return user == permit->who.id ||
		    (chat_group_get(&permit->chat, id, &group) == CHAT_OK &&
		        chat_permit_find_manager(permit, &group));
	return chat_permit_group_read(permit, id, &group) &&
	    chat_permit_find_operator(permit, &group) &&
	    !chat_permit_find_nameless(permit, &group) && chat_permit_step_is_new(permit, step) &&
	    chat_invitee_parse(&invitee, step->value, step->len) &&
	    may_be_invitee(permit, id, user);
}
