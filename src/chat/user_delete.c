/*
 * chat_user_delete: the steps of removing an account. The account is locked first, so that its
 * sessions begin nothing new; it goes when it is in no group and no list of blocks; its logs, which
 * are named by its id, are closed last.
 */
#include "chat/user_delete.h"

#include <string.h>

#include "chat/block.h"
#include "chat/group.h"
#include "chat/guest.h"
#include "chat/history/end.h"
#include "chat/key.h"
#include "chat/member.h"
#include "chat/once.h"
#include "chat/password.h"
#include "chat/realm/remote_log.h"
#include "chat/ring.h"
#include "chat/user.h"

static void
lock_user(struct chat_user *user, void *arg)
{
	(void)arg;
	user->locked = true;
}

/*
 * Leaves all groups and ends all blocks and invitations, then removes the account, if it has not
 * joined another group, and nobody has blocked or invited it, meanwhile.
 */
static enum chat_result
try_delete(struct chat *chat, const struct chat_user *user)
{
	unsigned char key[CHAT_KEY_ID], cursor[CHAT_KEY_PAIR];
	char folded[NAME_MAX_BYTES];
	size_t len = name_fold(user->name, strlen(user->name), folded);
	struct store_tx tx;
	struct chat_user now;
	enum chat_result result = chat_user_find(chat, chat_text(user->name), &now);

	if (result == CHAT_OK && now.id != user->id)
		result =
		    CHAT_NO_USER; /* another process has removed it, and the name is used again */
	if (result == CHAT_OK)
		result = chat_group_leave_all(chat, user->id);
	if (result == CHAT_OK)
		result = chat_block_clear(chat, user->id);
	if (result == CHAT_OK)
		result = chat_guest_end_user(chat, user->id);
	if (result != CHAT_OK)
		return result;
	chat_key_id(key, user->id);
	chat_key_pair(cursor, user->id, user->id);
	store_tx_init(&tx);
	store_tx_expect(&tx, CHAT_TABLE_USER_NAMES, folded, len, key, sizeof(key));
	chat_member_tx_expect_no_groups(&tx, user->id);
	chat_block_tx_expect_none(&tx, user->id);
	chat_guest_tx_expect_no_groups(&tx, user->id);
	store_tx_delete(&tx, CHAT_TABLE_USER_NAMES, folded, len);
	store_tx_delete(&tx, CHAT_TABLE_USERS, key, sizeof(key));
	store_tx_delete(&tx, CHAT_TABLE_SESSIONS, key, sizeof(key));
	store_tx_delete(&tx, STORE_CURSORS, cursor, sizeof(cursor));
	store_tx_ring(&tx, CHAT_RING_SESSION, user->id, 0);
	return chat_from_store(store_commit(chat->store, &tx, NULL));
}

enum chat_result
chat_user_delete(struct chat *chat, struct chat_text name)
{
	struct chat_user user;
	enum chat_result result = chat_user_find(chat, name, &user);

	if (result == CHAT_OK)
		result = chat_user_alter(chat, name, lock_user, NULL);
	if (result != CHAT_OK)
		return result;
	result = CHAT_CONFLICT;
	for (unsigned int tries = 0; chat_retry(&result, &tries);)
		result = try_delete(chat, &user);
	if (result != CHAT_OK)
		return result;
	/* Ids are never used again: a record that a death leaves here lets nobody in. */
	result = chat_password_remove(chat->config, user.id);
	if (result == CHAT_OK)
		result = chat_close_log(chat, user.id);
	if (result == CHAT_OK)
		result = chat_once_forget(chat, user.id);
	if (result == CHAT_OK)
		result = chat_remote_log_clear(chat, user.id);
	return result == CHAT_OK ? chat_history_clear(chat, user.id) : result;
}
