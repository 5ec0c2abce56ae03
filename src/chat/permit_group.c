/*
 * chat_permit_group: groups, memberships and invitations. What the owner has chosen holds for all
 * who join; nobody else chooses or invites.
 */
#include <string.h>

#include "chat/guest.h"
#include "chat/key.h"
#include "chat/permit_int.h"

/* Whether a membership comes or goes in this transaction; the rule of memberships judges it. */
static bool
changes_membership(const struct permit *permit, uint64_t group, uint64_t user)
{
	unsigned char key[CHAT_KEY_PAIR];

	chat_key_pair(key, group, user);
	return chat_permit_step_change(permit, CHAT_TABLE_MEMBERS, key, sizeof(key)) != NULL;
}

/* A free name for a group that is made in this transaction, as its record has it. */
static bool
names_new_group(const struct permit *permit, const struct store_step *step)
{
	const struct store_step *record;
	char folded[NAME_MAX_BYTES];
	struct chat_group group;

	if (step->len != CHAT_KEY_ID || !chat_permit_step_is_new(permit, step))
		return false;
	record = chat_permit_step_change(permit, CHAT_TABLE_GROUPS, step->value, CHAT_KEY_ID);
	if (record == NULL || record->kind != STORE_STEP_PUT ||
	    !chat_permit_step_is_new(permit, record) ||
	    !chat_group_parse(&group, pack_get_u64(step->value), record->value, record->len))
		return false;
	size_t len = name_fold(group.name, strlen(group.name), folded);
	return step->key_len == 1 + len && memcmp(step->key + 1, folded, len) == 0;
}

bool
chat_permit_group_name_may(struct permit *permit, const struct store_step *step)
{
	const struct store_step *expected = chat_permit_step_expected(permit, step);
	struct chat_group group;

	if (step->kind == STORE_STEP_PUT)
		return names_new_group(permit, step);
	return step->kind == STORE_STEP_DELETE && expected != NULL &&
	    expected->len == CHAT_KEY_ID &&
	    chat_group_get(&permit->chat, pack_get_u64(expected->value), &group) == CHAT_OK &&
	    chat_permit_find_manager(permit, &group);
}

/* Whether a new group has its name in the same transaction. */
static bool
is_named(const struct permit *permit, const struct chat_group *group)
{
	char folded[NAME_MAX_BYTES];
	size_t len = name_fold(group->name, strlen(group->name), folded);
	const struct store_step *name =
	    chat_permit_step_change(permit, CHAT_TABLE_GROUP_NAMES, folded, len);

	return !name_reserved(group->name, strlen(group->name)) && name != NULL &&
	    name->kind == STORE_STEP_PUT && name->len == CHAT_KEY_ID &&
	    pack_get_u64(name->value) == group->id;
}

static bool
may_make_group(struct permit *permit, const struct chat_group *group)
{
	return group->owner == permit->who.id && is_named(permit, group) &&
	    changes_membership(permit, group->id, group->owner) &&
	    chat_permit_find_fresh(permit, group->id);
}

/* Whether a group is the user's to choose for. One that has lost its name is nobody's. */
static bool
is_own(struct permit *permit, const struct chat_group *group)
{
	return (group->owner == permit->who.id || chat_permit_find_admin(permit)) &&
	    !chat_permit_find_nameless(permit, group);
}

/*
 * Name and age stay. The owner can stop being that; nobody else becomes it. Choices are the owner's
 * and administrators'.
 */
static bool
may_change_group(struct permit *permit, const struct chat_group *before,
    const struct chat_group *after)
{
	return strcmp(before->name, after->name) == 0 && before->created_ms == after->created_ms &&
	    (after->owner == before->owner || after->owner == 0) &&
	    chat_permit_find_manager(permit, before) &&
	    (chat_group_same_choices(before, after) || is_own(permit, before));
}

bool
chat_permit_group_may(struct permit *permit, const struct store_step *step)
{
	const struct store_step *expected = chat_permit_step_expected(permit, step);
	struct chat_group before, after;
	uint64_t id;

	if (!chat_permit_step_id(step, &id))
		return false;
	if (step->kind == STORE_STEP_DELETE)
		return chat_group_get(&permit->chat, id, &before) == CHAT_OK &&
		    chat_permit_find_nameless(permit, &before);
	if (step->kind != STORE_STEP_PUT || expected == NULL ||
	    !chat_group_parse(&after, id, step->value, step->len))
		return false;
	if (expected->kind == STORE_STEP_EXPECT_ABSENT)
		return may_make_group(permit, &after);
	return chat_group_parse(&before, id, expected->value, expected->len) &&
	    may_change_group(permit, &before, &after);
}

/* A group as the transaction expects it. */
static bool
read_group(const struct permit *permit, uint64_t id, struct chat_group *group)
{
	unsigned char key[CHAT_KEY_ID];
	const struct store_step *expected;

	chat_key_id(key, id);
	expected = chat_permit_step_expects(permit, CHAT_TABLE_GROUPS, key, sizeof(key));
	return expected != NULL && chat_group_parse(group, id, expected->value, expected->len);
}

/* Whether an invitation that the user has ends in this transaction. */
static bool
uses_invitation(const struct permit *permit, uint64_t group)
{
	unsigned char key[CHAT_KEY_PAIR];
	const struct store_step *step;

	chat_key_pair(key, group, permit->who.id);
	step = chat_permit_step_change(permit, CHAT_TABLE_GUESTS, key, sizeof(key));
	return step != NULL && step->kind == STORE_STEP_DELETE &&
	    chat_permit_step_expects(permit, CHAT_TABLE_GUESTS, key, sizeof(key)) != NULL;
}

/* A group that is there and lets the user in, or is made in this transaction. */
static bool
may_join(struct permit *permit, uint64_t id)
{
	unsigned char key[CHAT_KEY_ID];
	struct chat_group group;

	chat_key_id(key, id);
	if (read_group(permit, id, &group))
		return !chat_permit_find_nameless(permit, &group) &&
		    (!group.private || uses_invitation(permit, id));
	return chat_permit_step_expects_none(permit, CHAT_TABLE_GROUPS, key, sizeof(key)) &&
	    chat_permit_step_change(permit, CHAT_TABLE_GROUPS, key, sizeof(key)) != NULL;
}

bool
chat_permit_group_member_may(struct permit *permit, const struct store_step *step)
{
	struct chat_group group;
	uint64_t id, user;

	if (!chat_permit_step_pair(step, &id, &user) || !chat_permit_step_replaces(step))
		return false;
	if (step->kind == STORE_STEP_PUT)
		return user == permit->who.id && may_join(permit, id);
	return user == permit->who.id ||
	    (chat_group_get(&permit->chat, id, &group) == CHAT_OK &&
	        chat_permit_find_manager(permit, &group));
}

/* Whether both lists get the invitation, and have room for it, or lose it. */
static bool
changes_lists(const struct permit *permit, uint64_t group, uint64_t user, bool comes)
{
	struct chat_set guests = chat_set_of(CHAT_SET_GUESTS, group);
	struct chat_set groups = chat_set_of(CHAT_SET_USER_INVITED, user);
	unsigned char guest[CHAT_KEY_ID], inviting[CHAT_KEY_ID];

	chat_key_id(guest, user);
	chat_key_id(inviting, group);
	if (comes)
		return chat_permit_set_gains(permit, &guests, guest, sizeof(guest),
		           CHAT_GUESTS_MOST) &&
		    chat_permit_set_gains(permit, &groups, inviting, sizeof(inviting),
		        CHAT_GUEST_GROUPS_MOST);
	return chat_permit_set_loses(permit, &guests, guest, sizeof(guest)) &&
	    chat_permit_set_loses(permit, &groups, inviting, sizeof(inviting));
}

/* A user who is there, is no member and does not block this one. */
static bool
may_be_guest(struct permit *permit, uint64_t group, uint64_t user)
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
 * The owner invites users; the owner and the guest end it, and whoever removes the group. A
 * transaction changes one invitation once, and the lists with it.
 */
bool
chat_permit_group_guest_may(struct permit *permit, const struct store_step *step)
{
	const bool comes = step->kind == STORE_STEP_PUT;
	struct chat_guest guest;
	struct chat_group group;
	uint64_t id, user;

	if (!chat_permit_step_pair(step, &id, &user) || !chat_permit_step_replaces(step) ||
	    chat_permit_step_change(permit, CHAT_TABLE_GUESTS, step->key + 1, CHAT_KEY_PAIR) !=
	        step ||
	    chat_permit_step_expected(permit, step) == NULL ||
	    !changes_lists(permit, id, user, comes))
		return false;
	if (!comes)
		return user == permit->who.id ||
		    (chat_group_get(&permit->chat, id, &group) == CHAT_OK &&
		        chat_permit_find_manager(permit, &group));
	return read_group(permit, id, &group) && is_own(permit, &group) &&
	    chat_permit_step_is_new(permit, step) &&
	    chat_guest_parse(&guest, step->value, step->len) && may_be_guest(permit, id, user);
}
