/* chat_group: making groups. Each verb is one transaction that expects the records it has read. */
#include <string.h>

#include "base/clock.h"
#include "chat/group.h"
#include "chat/key.h"
#include "chat/member.h"
#include "chat/ring.h"
#include "live/limits.h"

/* Whether a user may own one more group. The owner of a group is a member of it. */
static enum chat_result
check_owned(struct chat *chat, uint64_t user)
{
	struct chat_group group;
	uint64_t id;
	int count = 0;
	enum chat_result result = CHAT_OK;

	for (uint32_t i = 0; result == CHAT_OK; i++) {
		result = chat_member_group(chat, user, i, &id);
		if (result == CHAT_OK && chat_group_get(chat, id, &group) == CHAT_OK)
			count += group.owner == user;
	}
	if (result == CHAT_NOT_MEMBER)
		result = count < chat->config->groups_own_max ? CHAT_OK : CHAT_TOO_MANY;
	if (result == CHAT_TOO_MANY)
		limits_count(chat->limits, LIMITS_GROUPS);
	return result;
}

enum chat_result
chat_group_has_room(struct chat *chat, uint64_t group, uint64_t user)
{
	struct chat_set groups = chat_set_of(CHAT_SET_USER_GROUPS, user);
	uint32_t of_user, of_group;

	if (chat_set_count(chat, &groups, &of_user) != STORE_OK ||
	    chat_member_count(chat, group, &of_group) != CHAT_OK)
		return CHAT_FAILED;
	if (of_user < (uint32_t)chat->config->groups_max &&
	    of_group < (uint32_t)chat->config->group_members_max)
		return CHAT_OK;
	limits_count(chat->limits, LIMITS_GROUPS);
	return CHAT_TOO_MANY;
}

static enum chat_result
try_add(struct chat *chat, const struct chat_group *group, bool limited)
{
	struct chat_text name = chat_text(group->name);
	struct store_tx tx;
	unsigned char id[CHAT_KEY_ID];
	char folded[NAME_MAX_BYTES];
	size_t len = name_fold(name.data, name.len, folded);
	struct chat_set names = chat_group_names();
	struct chat_group other;
	uint32_t others;
	enum chat_result result = chat_group_find(chat, name, &other);

	if (result != CHAT_NO_GROUP)
		return result == CHAT_OK ? CHAT_GROUP_EXISTS : result;
	chat_key_id(id, group->id);
	store_tx_init(&tx);
	store_tx_expect_absent(&tx, CHAT_TABLE_GROUP_NAMES, folded, len);
	store_tx_put(&tx, CHAT_TABLE_GROUP_NAMES, folded, len, id, sizeof(id));
	chat_group_tx_change(&tx, NULL, group);
	result = chat_from_store(chat_set_add(chat, &tx, &names, name.data, name.len, &others));
	if (result == CHAT_OK)
		result = chat_member_tx_join(chat, &tx, group->id, group->owner);
	if (result == CHAT_OK && limited)
		result = chat_group_has_room(chat, group->id, group->owner);
	store_tx_ring(&tx, CHAT_RING_ROOMS, 0, 0);
	return result == CHAT_OK ? chat_from_store(store_commit(chat->store, &tx, NULL)) : result;
}

enum chat_result
chat_group_make(struct chat *chat, struct chat_group *group, bool limited)
{
	struct chat_text name = chat_text(group->name);
	struct chat_group other;
	enum chat_result result;

	if (!name_valid(name.data, name.len) || name_reserved(name.data, name.len))
		return CHAT_BAD_ARGUMENT;
	result = chat_group_find(chat, name, &other);
	if (result != CHAT_NO_GROUP)
		return result == CHAT_OK ? CHAT_GROUP_EXISTS : result;
	group->created_ms = clock_now_ms();
	result = limited ? check_owned(chat, group->owner) : CHAT_OK;
	if (result == CHAT_OK)
		result = chat_new_id(chat, &group->id);
	if (result != CHAT_OK)
		return result;
	result = CHAT_CONFLICT;
	for (unsigned int tries = 0; chat_retry(&result, &tries);)
		result = try_add(chat, group, limited);
	return result;
}

static enum chat_result
add_group(struct chat *chat, struct chat_text name, uint64_t owner, bool limited)
{
	struct chat_group group = { .owner = owner };

	/* Behind a NUL nobody would look. */
	if (!name_valid(name.data, name.len))
		return CHAT_BAD_ARGUMENT;
	memcpy(group.name, name.data, name.len);
	return chat_group_make(chat, &group, limited);
}

enum chat_result
chat_group_add(struct chat *chat, struct chat_text name, uint64_t owner)
{
	return add_group(chat, name, owner, false);
}

enum chat_result
chat_group_found(struct chat *chat, struct chat_text name, uint64_t owner)
{
	return add_group(chat, name, owner, true);
}
