/* chat_topic: one transaction that expects the group's record as it was read. */
#include "chat/topic.h"

#include <bsd/string.h>
#include <string.h>

#include "base/clock.h"
#include "chat/role.h"

static enum chat_result
judge(struct chat *chat, const struct chat_group *group, const struct chat_user *by)
{
	if (chat_role_manages(chat, group, by))
		return CHAT_OK;
	enum chat_result result = chat_member_find(chat, group->id, by->id);
	return result == CHAT_OK && !group->topics ? CHAT_FORBIDDEN : result;
}

static enum chat_result
try_set(struct chat *chat, const struct chat_group *before, const struct chat_user *by,
    struct chat_text text)
{
	struct chat_group after = *before;
	struct store_tx tx;

	memcpy(after.topic, text.data, text.len);
	after.topic[text.len] = '\0';
	after.topic_by[0] = '\0';
	after.topic_ms = text.len == 0 ? 0 : clock_now_ms();
	if (text.len > 0 && by != NULL)
		strlcpy(after.topic_by, by->name, sizeof(after.topic_by));
	store_tx_init(&tx);
	chat_group_tx_change(&tx, before, &after);
	return chat_from_store(store_commit(chat->store, &tx, NULL));
}

enum chat_result
chat_topic_set(struct chat *chat, struct chat_text name, const struct chat_user *by,
    struct chat_text text)
{
	enum chat_result result = CHAT_CONFLICT;
	struct chat_group group = { .id = 0 };

	if (!chat_group_topic_valid(text))
		return CHAT_BAD_ARGUMENT;
	for (unsigned int tries = 0; chat_retry(&result, &tries);) {
		result = chat_group_find(chat, name, &group);
		if (result == CHAT_OK)
			result = judge(chat, &group, by);
		if (result == CHAT_OK)
			result = try_set(chat, &group, by, text);
	}
	if (result == CHAT_OK)
		chat_activity_of_group(chat, group.id, by == NULL ? 0 : by->id, CHAT_ACTIVITY_TOPIC,
		    by, "", text);
	return result;
}
