/*
 * chat_group_delete: the steps of removing a group. It loses its name first, so that nobody comes;
 * then its log is closed, its members and invitees go, and then its record and what else it has.
 */
#include "chat/group_delete.h"

#include <string.h>

#include "chat/group.h"
#include "chat/history/end.h"
#include "chat/invitee.h"
#include "chat/key.h"
#include "chat/member.h"
#include "chat/realm/remote_log.h"
#include "chat/ring.h"

/* CHAT_ALREADY_MEMBER: somebody is in the group. */
static enum chat_result
tx_expect_nobody(struct chat *chat, struct store_tx *tx, const struct chat_group *group)
{
	uint32_t count;
	enum chat_result result = chat_member_count(chat, group->id, &count);

	chat_group_tx_expect(tx, group);
	chat_member_tx_expect_no_users(tx, group->id);
	return result == CHAT_OK && count > 0 ? CHAT_ALREADY_MEMBER : result;
}

/* Without its name nobody finds a group any more; empty: and if nobody is in it. */
static enum chat_result
try_take_name(struct chat *chat, const struct chat_group *group, bool empty)
{
	struct store_tx tx;
	unsigned char key[CHAT_KEY_ID];
	char folded[NAME_MAX_BYTES];
	size_t len = strlen(group->name), folded_len = name_fold(group->name, len, folded);
	struct chat_group now;
	struct chat_set names = chat_group_names();
	uint32_t others;
	enum store_status status;
	enum chat_result result = chat_group_find(chat, chat_text(group->name), &now);

	if (result != CHAT_OK)
		return result;
	if (now.id != group->id)
		return CHAT_NO_GROUP; /* another was faster, and there is a new one already */
	chat_key_id(key, group->id);
	store_tx_init(&tx);
	if (empty)
		result = tx_expect_nobody(chat, &tx, &now);
	if (result != CHAT_OK)
		return result;
	store_tx_expect(&tx, CHAT_TABLE_GROUP_NAMES, folded, folded_len, key, sizeof(key));
	store_tx_delete(&tx, CHAT_TABLE_GROUP_NAMES, folded, folded_len);
	status = chat_set_remove(chat, &tx, &names, group->name, len, &others);
	if (status == STORE_OK)
		status = store_commit(chat->store, &tx, NULL);
	return chat_from_store(status);
}

/* Removes members and invitees; the record only if nobody has come meanwhile. */
static enum chat_result
try_remove(struct chat *chat, uint64_t id)
{
	unsigned char key[CHAT_KEY_ID];
	struct store_tx tx;
	uint64_t user;
	enum chat_result result;
	int tries = 0;

	while ((result = chat_member_user(chat, id, 0, &user)) == CHAT_OK) {
		result = chat_group_leave_listed(chat, id, user, &tries);
		if (result != CHAT_OK)
			return result;
	}
	if (result != CHAT_NOT_MEMBER)
		return result;
	result = chat_invitee_end_group(chat, id);
	if (result != CHAT_OK)
		return result;
	chat_key_id(key, id);
	store_tx_init(&tx);
	chat_member_tx_expect_no_users(&tx, id);
	chat_invitee_tx_expect_no_users(&tx, id);
	store_tx_delete(&tx, CHAT_TABLE_GROUPS, key, sizeof(key));
	store_tx_delete(&tx, CHAT_TABLE_BANS, key, sizeof(key));
	store_tx_ring(&tx, CHAT_RING_ROOMS, 0, 0);
	return chat_from_store(store_commit(chat->store, &tx, NULL));
}

static enum chat_result
take_name(struct chat *chat, const struct chat_group *group, bool empty)
{
	enum chat_result result = CHAT_CONFLICT;

	for (unsigned int tries = 0; chat_retry(&result, &tries);)
		result = try_take_name(chat, group, empty);
	return result;
}

/* Of a group without its name. */
static enum chat_result
remove_rest(struct chat *chat, uint64_t id)
{
	/* While the record is there, it says who may close the log. */
	enum chat_result result = chat_close_log(chat, id);

	if (result != CHAT_OK)
		return result;
	result = CHAT_CONFLICT;
	for (unsigned int tries = 0; chat_retry(&result, &tries);)
		result = try_remove(chat, id);
	if (result != CHAT_OK)
		return result;
	result = chat_remote_log_clear(chat, id);
	return result == CHAT_OK ? chat_history_clear(chat, id) : result;
}

enum chat_result
chat_group_delete(struct chat *chat, struct chat_text name)
{
	struct chat_group group;
	enum chat_result result = chat_group_find(chat, name, &group);

	if (result == CHAT_OK)
		result = take_name(chat, &group, false);
	return result == CHAT_OK ? remove_rest(chat, group.id) : result;
}

enum chat_result
chat_group_delete_empty(struct chat *chat, const struct chat_group *group)
{
	enum chat_result result = take_name(chat, group, true);

	if (result == CHAT_ALREADY_MEMBER)
		return CHAT_OK;
	return result == CHAT_OK ? remove_rest(chat, group->id) : result;
}
