/*
 * chat_permit_group: groups, their names and bans. Nobody chooses for a group who does not manage
 * it.
 */
#include <string.h>

#include "chat/ban.h"
#include "chat/key.h"
#include "chat/permit.h"
#include "chat/permit_int.h"
#include "chat/user.h"

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

/* Whether the transaction expects that a group has no members. */
static bool
expects_nobody(const struct permit *permit, uint64_t group)
{
	const struct chat_set_row count = { .record = CHAT_SET_COUNT,
		.set = chat_set_of(CHAT_SET_MEMBERS, group) };
	unsigned char key[1 + CHAT_SET_KEY] = { CHAT_TABLE_SETS };
	const struct store_step step = { .key = key, .key_len = 1 + chat_set_key(key + 1, &count) };

	return chat_permit_step_is_new(permit, &step);
}

/* A temporary group that nobody is in goes, whoever finds it. */
static bool
may_end_group(struct permit *permit, uint64_t id)
{
	struct chat_group group;

	return chat_group_get(&permit->chat, id, &group) == CHAT_OK &&
	    (group.owner == permit->who.id || chat_permit_find_admin(permit) ||
	        chat_permit_find_nameless(permit, &group) ||
	        (group.temporary && expects_nobody(permit, id)));
}

bool
chat_permit_group_name_may(struct permit *permit, const struct store_step *step)
{
	const struct store_step *expected = chat_permit_step_expected(permit, step);

	if (step->kind == STORE_STEP_PUT)
		return names_new_group(permit, step);
	return step->kind == STORE_STEP_DELETE && expected != NULL &&
	    expected->len == CHAT_KEY_ID && may_end_group(permit, pack_get_u64(expected->value));
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

/* What nobody could have set before. */
static bool
is_fresh(const struct chat_group *group)
{
	return !group->banned && group->topic[0] == '\0';
}

static bool
may_make_group(struct permit *permit, const struct chat_group *group)
{
	return group->owner == permit->who.id && is_fresh(group) && is_named(permit, group) &&
	    changes_membership(permit, group->id, group->owner) &&
	    chat_permit_find_fresh(permit, group->id);
}

/* Whether a group is the user's to choose for. One that has lost its name is nobody's. */
static bool
is_managed(struct permit *permit, const struct chat_group *group)
{
	return chat_permit_find_operator(permit, group) &&
	    !chat_permit_find_nameless(permit, group);
}

/* Whether the change of a topic is the user's, in the own name. */
static bool
may_set_topic(struct permit *permit, const struct chat_group *before,
    const struct chat_group *after)
{
	struct chat_user user;

	if (after->topic[0] != '\0' &&
	    (chat_user_get(&permit->chat, permit->who.id, &user) != CHAT_OK ||
	        strcmp(user.name, after->topic_by) != 0))
		return false;
	return is_managed(permit, before) ||
	    (before->topics && chat_permit_find_member(permit, before->id, permit->who.id) &&
	        !chat_permit_find_nameless(permit, before));
}

/* Whether the record says that there are bans where the transaction leaves some. */
static bool
may_flag_bans(const struct permit *permit, const struct chat_group *after)
{
	unsigned char key[CHAT_KEY_ID];
	const struct store_step *step;

	chat_key_id(key, after->id);
	step = chat_permit_step_change(permit, CHAT_TABLE_BANS, key, sizeof(key));
	return step != NULL && (step->kind == STORE_STEP_PUT) == after->banned;
}

/*
 * Name and age stay, and whether the group is temporary. The owner can stop being that; nobody else
 * becomes it. What is chosen is for those who manage the group; the topic may be for all members.
 */
static bool
may_change_group(struct permit *permit, const struct chat_group *before,
    const struct chat_group *after)
{
	const bool same_owner = after->owner == before->owner;

	if (strcmp(before->name, after->name) != 0 || before->created_ms != after->created_ms ||
	    before->temporary != after->temporary || (!same_owner && after->owner != 0))
		return false;
	if (!same_owner && before->owner != permit->who.id && !chat_permit_find_admin(permit) &&
	    !chat_permit_find_nameless(permit, before))
		return false;
	if (chat_group_same_topic(before, after) && !chat_permit_find_manager(permit, before))
		return false;
	return (chat_group_same_topic(before, after) || may_set_topic(permit, before, after)) &&
	    (before->banned == after->banned ||
	        (may_flag_bans(permit, after) && is_managed(permit, before))) &&
	    (chat_group_same_choices(before, after) || is_managed(permit, before));
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

bool
chat_permit_group_read(const struct permit *permit, uint64_t id, struct chat_group *group)
{
	unsigned char key[CHAT_KEY_ID];
	const struct store_step *expected;

	chat_key_id(key, id);
	expected = chat_permit_step_expects(permit, CHAT_TABLE_GROUPS, key, sizeof(key));
	return expected != NULL && chat_group_parse(group, id, expected->value, expected->len);
}

/* A group as it is after the transaction, which expects it or changes it. */
static bool
read_after(const struct permit *permit, uint64_t id, struct chat_group *group)
{
	unsigned char key[CHAT_KEY_ID];
	const struct store_step *step;

	chat_key_id(key, id);
	step = chat_permit_step_change(permit, CHAT_TABLE_GROUPS, key, sizeof(key));
	if (step == NULL)
		return chat_permit_group_read(permit, id, group);
	return step->kind == STORE_STEP_PUT && chat_group_parse(group, id, step->value, step->len);
}

/* Those that come are said to be the user's own. */
static bool
may_change_bans(struct permit *permit, const struct store_step *step,
    const struct store_step *expected)
{
	struct chat_bans before = { .n = 0 }, after = { .n = 0 };
	struct chat_user user;

	if (expected->kind == STORE_STEP_EXPECT &&
	    !chat_ban_parse(&before, expected->value, expected->len))
		return false;
	if (step->kind == STORE_STEP_PUT && !chat_ban_parse(&after, step->value, step->len))
		return false;
	return chat_user_get(&permit->chat, permit->who.id, &user) == CHAT_OK &&
	    chat_ban_adds_only(&before, &after, user.name);
}

/*
 * Bans are for those who manage the group, whose record says whether there are any. Those of a
 * group that goes, all may remove.
 */
bool
chat_permit_group_ban_may(struct permit *permit, const struct store_step *step)
{
	const struct store_step *expected = chat_permit_step_expected(permit, step);
	struct chat_group group, after;
	uint64_t id;

	if (!chat_permit_step_id(step, &id) || !chat_permit_step_replaces(step))
		return false;
	if (step->kind == STORE_STEP_DELETE &&
	    chat_group_get(&permit->chat, id, &group) == CHAT_OK &&
	    chat_permit_find_nameless(permit, &group))
		return true;
	return expected != NULL && chat_permit_group_read(permit, id, &group) &&
	    is_managed(permit, &group) && read_after(permit, id, &after) &&
	    after.banned == (step->kind == STORE_STEP_PUT) &&
	    may_change_bans(permit, step, expected);
}
