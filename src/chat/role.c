/* chat_role: a role stands in the record of the membership. */
#include "chat/role.h"

#include <stdio.h>

#include "chat/ring.h"

#define WORD_SIZE 16

uint8_t
chat_role_of(struct chat *chat, const struct chat_group *group, uint64_t user)
{
	struct chat_member member;

	if (chat_member_get(chat, group->id, user, &member) != CHAT_OK)
		return 0;
	return (uint8_t)(member.role | (group->owner == user ? CHAT_ROLE_OWNER : 0));
}

bool
chat_role_manages(struct chat *chat, const struct chat_group *group, const struct chat_user *by)
{
	return by == NULL || by->admin || group->owner == by->id ||
	    (chat_role_of(chat, group, by->id) & CHAT_ROLE_OPERATOR) != 0;
}

enum chat_result
chat_role_find_managed(struct chat *chat, struct chat_text name, const struct chat_user *by,
    struct chat_group *group)
{
	enum chat_result result = chat_group_find(chat, name, group);

	return result == CHAT_OK && !chat_role_manages(chat, group, by) ? CHAT_FORBIDDEN : result;
}

/* CHAT_REPEATED: the member has it, or does not have it, already. */
static enum chat_result
try_set(struct chat *chat, const struct chat_group *group, uint64_t user, uint8_t role, bool on)
{
	struct chat_member before, after;
	struct store_tx tx;
	enum chat_result result = chat_member_get(chat, group->id, user, &before);

	if (result != CHAT_OK)
		return result;
	after = before;
	after.role = (uint8_t)(on ? before.role | role : before.role & ~role);
	if (after.role == before.role)
		return CHAT_REPEATED;
	store_tx_init(&tx);
	chat_group_tx_expect(&tx, group);
	chat_member_tx_change(&tx, group->id, user, &before, &after);
	store_tx_ring(&tx, CHAT_RING_PEOPLE, group->id, 0);
	return chat_from_store(store_commit(chat->store, &tx, NULL));
}

enum chat_result
chat_role_set(struct chat *chat, struct chat_text name, const struct chat_user *by,
    struct chat_text who, uint8_t role, bool on)
{
	enum chat_result result = CHAT_CONFLICT;
	struct chat_group group = { .id = 0 };
	struct chat_user user = { .id = 0 };
	char word[WORD_SIZE];

	if (role != CHAT_ROLE_VOICE && role != CHAT_ROLE_OPERATOR)
		return CHAT_BAD_ARGUMENT;
	for (unsigned int tries = 0; chat_retry(&result, &tries);) {
		result = chat_role_find_managed(chat, name, by, &group);
		if (result == CHAT_OK)
			result = chat_user_find(chat, who, &user);
		if (result == CHAT_OK)
			result = try_set(chat, &group, user.id, role, on);
	}
	if (result != CHAT_OK)
		return result == CHAT_REPEATED ? CHAT_OK : result;
	snprintf(word, sizeof(word), "%s%s", on ? "" : "-",
	    role == CHAT_ROLE_VOICE ? "voice" : "operator");
	chat_activity_of_group(chat, group.id, user.id, CHAT_ACTIVITY_ROLE, by, user.name,
	    chat_text(word));
	return CHAT_OK;
}
