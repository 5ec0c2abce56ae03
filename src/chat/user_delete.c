/*
 * chat_user_delete: the steps of removing an account. The account is locked first, so that its
 * sessions begin nothing new; it goes when it is in no group and no list of blocks; its logs, which
 * are named by its id, are closed last.
 */
#include "chat/user_delete.h"

#include <string.h>

#include "chat/block.h"
#include "chat/certificate.h"
#include "chat/group.h"
#include "chat/group_delete.h"
#include "chat/history/end.h"
#include "chat/invitee.h"
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

/* One who claims the account meanwhile keeps it; one that is locked is not claimed any more. */
static void
lock_guest(struct chat_user *user, void *arg)
{
	(void)arg;
	user->locked |= user->guest;
}

/* The account of a guest is in the list of them, too. */
static enum chat_result
tx_leave_guests(struct chat *chat, struct store_tx *tx, const struct chat_user *user)
{
	const struct chat_set guests = chat_user_guests();
	unsigned char key[CHAT_KEY_ID];
	uint32_t others;

	chat_key_id(key, user->id);
	return user->guest
	    ? chat_from_store(chat_set_remove(chat, tx, &guests, key, sizeof(key), &others))
	    : CHAT_OK;
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
		result = chat_invitee_end_user(chat, user->id);
	if (result != CHAT_OK)
		return result;
	chat_key_id(key, user->id);
	chat_key_pair(cursor, user->id, user->id);
	store_tx_init(&tx);
	store_tx_expect(&tx, CHAT_TABLE_USER_NAMES, folded, len, key, sizeof(key));
	chat_member_tx_expect_no_groups(&tx, user->id);
	chat_block_tx_expect_none(&tx, user->id);
	chat_invitee_tx_expect_no_groups(&tx, user->id);
	store_tx_delete(&tx, CHAT_TABLE_USER_NAMES, folded, len);
	store_tx_delete(&tx, CHAT_TABLE_USERS, key, sizeof(key));
	store_tx_delete(&tx, CHAT_TABLE_SESSIONS, key, sizeof(key));
	store_tx_delete(&tx, STORE_CURSORS, cursor, sizeof(cursor));
	store_tx_ring(&tx, CHAT_RING_SESSION, user->id, 0);
	result = tx_leave_guests(chat, &tx, &now);
	if (result == CHAT_OK)
		result = chat_certificate_tx_clear(chat, &tx, user->id);
	return result == CHAT_OK ? chat_from_store(store_commit(chat->store, &tx, NULL)) : result;
}

/* Removes an account that is locked. */
static enum chat_result
delete_locked(struct chat *chat, const struct chat_user *user)
{
	enum chat_result result = CHAT_CONFLICT;

	for (unsigned int tries = 0; chat_retry(&result, &tries);)
		result = try_delete(chat, user);
	if (result != CHAT_OK)
		return result;
	/* Ids are never used again: a record that a death leaves here lets nobody in. */
	result = chat_password_remove(chat->config, user->id);
	if (result == CHAT_OK)
		result = chat_close_log(chat, user->id);
	if (result == CHAT_OK)
		result = chat_once_forget(chat, user->id);
	if (result == CHAT_OK)
		result = chat_remote_log_clear(chat, user->id);
	return result == CHAT_OK ? chat_history_clear(chat, user->id) : result;
}

enum chat_result
chat_user_delete(struct chat *chat, struct chat_text name)
{
	struct chat_user user;
	enum chat_result result = chat_user_find(chat, name, &user);

	if (result == CHAT_OK)
		result = chat_user_alter(chat, name, lock_user, NULL);
	return result == CHAT_OK ? delete_locked(chat, &user) : result;
}

/*
 * Leaves one group, and removes it if it was the guest's own and nobody else is in it: strangers
 * would else leave groups behind. *kept counts groups that stay for another reason.
 */
static enum chat_result
leave_own(struct chat *chat, uint64_t user, uint64_t id, uint32_t *kept)
{
	struct chat_group group;
	uint32_t count = 0;
	enum chat_result result = chat_group_get(chat, id, &group);

	if (result == CHAT_OK && group.owner == user)
		result = chat_member_count(chat, id, &count);
	if (result != CHAT_OK || group.owner != user || count > 1) {
		++*kept;
		return result == CHAT_NO_GROUP ? CHAT_OK : result;
	}
	result = chat_group_leave(chat, chat_text(group.name), user);
	if (result == CHAT_OK)
		result = chat_group_delete_empty(chat, &group);
	/* Somebody has come meanwhile, or another process was faster. */
	return chat_is_failure(result) ? result : CHAT_OK;
}

static enum chat_result
leave_own_all(struct chat *chat, uint64_t user)
{
	uint32_t kept = 0;
	uint64_t id;
	enum chat_result result = CHAT_OK;

	while (result == CHAT_OK && (result = chat_member_group(chat, user, kept, &id)) == CHAT_OK)
		result = leave_own(chat, user, id, &kept);
	return result == CHAT_NOT_MEMBER ? CHAT_OK : result;
}

enum chat_result
chat_user_delete_guest(struct chat *chat, uint64_t id)
{
	struct chat_user user;
	enum chat_result result = chat_user_get(chat, id, &user);

	if (result == CHAT_OK && !user.guest)
		return CHAT_FORBIDDEN;
	if (result == CHAT_OK)
		result = chat_user_alter_id(chat, id, lock_guest, NULL);
	/* It may have got another name, or have been claimed, before it was locked. */
	if (result == CHAT_OK)
		result = chat_user_get(chat, id, &user);
	if (result == CHAT_OK && !user.guest)
		return CHAT_FORBIDDEN;
	if (result == CHAT_OK)
		result = leave_own_all(chat, id);
	return result == CHAT_OK ? delete_locked(chat, &user) : result;
}
