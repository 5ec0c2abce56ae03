/* chat_user_guest: how guests come, become users, take another name, and go. */
#include "chat/user_guest.h"

#include <bsd/string.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "chat/invitation.h"
#include "chat/key.h"
#include "chat/look_alike.h"
#include "chat/password.h"
#include "chat/user_delete.h"

#define SHOWN_MS 10000 /* in which a connection of a new guest is shown, or has gone */

/* Before an id is drawn for nothing. CHAT_OK, CHAT_TOO_MANY or CHAT_FAILED. */
static enum chat_result
judge_room(struct chat *chat)
{
	const struct chat_set guests = chat_user_guests();
	uint32_t count;
	enum chat_result result = chat_from_store(chat_set_count(chat, &guests, &count));

	return result == CHAT_OK && count >= (uint32_t)chat->config->guests_max ? CHAT_TOO_MANY
	                                                                        : result;
}

enum chat_result
chat_user_guest_add(struct chat *chat, struct chat_user *user)
{
	enum chat_result result;

	user->id = 0;
	user->guest = true;
	user->admin = user->locked = false;
	user->country[0] = '\0';
	user->quota = 0;
	user->created_ms = clock_now_ms();
	if (user->fullname[0] == '\0')
		strlcpy(user->fullname, user->name, sizeof(user->fullname));
	result = chat_look_alike_check(chat, user);
	if (result == CHAT_OK)
		result = judge_room(chat);
	return result == CHAT_OK ? chat_user_import(chat, user, "") : result;
}

static int
find_shown(void *arg, unsigned int slot, const struct scoreboard_entry *entry)
{
	uint64_t *user = arg;

	(void)slot;
	if (entry->user != *user)
		return 0;
	*user = 0;
	return 1;
}

bool
chat_user_guest_left(struct chat *chat, const struct chat_user *user)
{
	uint64_t id = user->id;

	if (!user->guest || chat->scoreboard == NULL)
		return false;
	scoreboard_each(chat->scoreboard, find_shown, &id);
	return id != 0;
}

/* Whether nobody uses this account any more. */
static bool
is_abandoned(struct chat *chat, const struct chat_user *user, uint64_t known)
{
	if (known == 0 ? clock_now_ms() - user->created_ms < SHOWN_MS : user->id != known)
		return false;
	return chat_user_guest_left(chat, user);
}

enum chat_result
chat_user_guest_enter(struct chat *chat, struct chat_user *user, uint64_t known)
{
	struct chat_user other;
	enum chat_result result = chat_user_find(chat, chat_text(user->name), &other);

	if (result == CHAT_OK && is_abandoned(chat, &other, known))
		result = chat_user_delete_guest(chat, other.id);
	return chat_is_failure(result) ? result : chat_user_guest_add(chat, user);
}

/* Reads the account of a guest. CHAT_FORBIDDEN, CHAT_LOCKED, CHAT_NO_USER or CHAT_FAILED. */
static enum chat_result
get_guest(struct chat *chat, uint64_t id, struct chat_user *user)
{
	enum chat_result result = chat_user_get(chat, id, user);

	if (result == CHAT_OK && !user->guest)
		return CHAT_FORBIDDEN;
	return result == CHAT_OK && user->locked ? CHAT_LOCKED : result;
}

static enum chat_result
try_claim(struct chat *chat, uint64_t id, const char *letters)
{
	const struct chat_set guests = chat_user_guests();
	struct chat_invitation invitation;
	unsigned char key[CHAT_KEY_ID];
	struct chat_user before, user;
	struct store_tx tx;
	uint32_t others;
	enum chat_result result = get_guest(chat, id, &before);

	if (result == CHAT_OK && letters != NULL)
		result = chat_user_invitation(chat, letters, &invitation);
	if (result != CHAT_OK)
		return result;
	user = before;
	user.guest = false;
	chat_key_id(key, id);
	store_tx_init(&tx);
	chat_user_tx_change(&tx, &before, &user);
	if (letters != NULL)
		chat_invitation_use(&tx, letters, &invitation, id);
	result = chat_from_store(chat_set_remove(chat, &tx, &guests, key, sizeof(key), &others));
	return result == CHAT_OK ? chat_from_store(store_commit(chat->store, &tx, NULL)) : result;
}

/* The hash first: until the account is a user's it lets nobody in. */
enum chat_result
chat_user_guest_claim(struct chat *chat, struct chat_user *user, const char *hash,
    const char *letters)
{
	struct chat_password password = { .epoch = user->epoch };
	struct chat_user now;
	enum chat_result result = get_guest(chat, user->id, &now);

	if (result == CHAT_OK && !password_hash_valid(hash))
		result = CHAT_BAD_ARGUMENT;
	strlcpy(password.hash, hash, sizeof(password.hash));
	if (result == CHAT_OK)
		result = chat_password_write(chat->config, user->id, &password);
	explicit_bzero(&password, sizeof(password));
	if (result != CHAT_OK)
		return result;
	result = CHAT_CONFLICT;
	for (unsigned int tries = 0; chat_retry(&result, &tries);)
		result = try_claim(chat, user->id, letters);
	/* Of an outcome that is not known the hash stays: the account may be a user's. */
	if (result == CHAT_NO_INVITATION || result == CHAT_LOCKED)
		(void)chat_password_remove(chat->config, user->id);
	return result == CHAT_OK ? chat_user_get(chat, user->id, user) : result;
}

/* The steps by which a name leads to an account instead of another one. */
static void
tx_move_name(struct store_tx *tx, const struct chat_user *before, const struct chat_user *user)
{
	char folded[NAME_MAX_BYTES];
	unsigned char key[CHAT_KEY_ID];
	size_t len = name_fold(before->name, strlen(before->name), folded);

	chat_key_id(key, user->id);
	chat_key_swap(tx, CHAT_TABLE_USER_NAMES, folded, len, key, sizeof(key), NULL, 0);
	len = name_fold(user->name, strlen(user->name), folded);
	chat_key_swap(tx, CHAT_TABLE_USER_NAMES, folded, len, NULL, 0, key, sizeof(key));
}

/* Whether an account may have the name that it is to have. */
static enum chat_result
judge_name(struct chat *chat, const struct chat_user *user)
{
	struct chat_user other;
	enum chat_result result;

	if (!chat_user_valid(user))
		return CHAT_BAD_ARGUMENT;
	result = chat_user_find(chat, chat_text(user->name), &other);
	if (result == CHAT_OK && other.id != user->id)
		return CHAT_USER_EXISTS;
	return chat_is_failure(result) ? result : chat_look_alike_check(chat, user);
}

static enum chat_result
try_rename(struct chat *chat, uint64_t id, const char *name)
{
	struct chat_user before, user;
	struct store_tx tx;
	enum chat_result result = get_guest(chat, id, &before);

	if (result != CHAT_OK)
		return result;
	user = before;
	strlcpy(user.name, name, sizeof(user.name));
	result = judge_name(chat, &user);
	if (result != CHAT_OK)
		return result;
	store_tx_init(&tx);
	if (!name_same(before.name, user.name))
		tx_move_name(&tx, &before, &user);
	chat_user_tx_change(&tx, &before, &user);
	return chat_from_store(store_commit(chat->store, &tx, NULL));
}

enum chat_result
chat_user_guest_rename(struct chat *chat, struct chat_user *user, struct chat_text name)
{
	char text[NAME_MAX_BYTES + 1];
	enum chat_result result = CHAT_CONFLICT;

	if (!name_valid(name.data, name.len))
		return CHAT_BAD_ARGUMENT;
	memcpy(text, name.data, name.len);
	text[name.len] = '\0';
	for (unsigned int tries = 0; chat_retry(&result, &tries);)
		result = try_rename(chat, user->id, text);
	return result == CHAT_OK ? chat_user_get(chat, user->id, user) : result;
}

/* Removes one if it is of no use any more. *gone: it was. */
static enum chat_result
sweep_guest(struct chat *chat, uint64_t id, int64_t age_ms, bool *gone)
{
	struct chat_user user;
	enum chat_result result = chat_user_get(chat, id, &user);

	*gone = false;
	if (result != CHAT_OK)
		return result == CHAT_NO_USER ? CHAT_OK : result;
	if (clock_now_ms() - user.created_ms < age_ms || !chat_user_guest_left(chat, &user))
		return CHAT_OK;
	result = chat_user_delete_guest(chat, id);
	*gone = result == CHAT_OK;
	if (*gone)
		log_debug("the guest %s was removed", user.name);
	/* Another process may have claimed or removed it meanwhile. */
	return chat_is_failure(result) ? result : CHAT_OK;
}

/* From the end: what moves to the place of a guest who goes was looked at already. */
enum chat_result
chat_user_guest_sweep(struct chat *chat, int64_t age_ms, size_t *count)
{
	const struct chat_set guests = chat_user_guests();
	uint32_t n;
	enum chat_result result = chat_from_store(chat_set_count(chat, &guests, &n));

	*count = 0;
	while (result == CHAT_OK && n > 0) {
		uint64_t id;
		bool gone = false;
		enum store_status status = chat_set_item_id(chat, &guests, --n, &id);

		if (status == STORE_ABSENT)
			continue;
		result = chat_from_store(status);
		if (result == CHAT_OK)
			result = sweep_guest(chat, id, age_ms, &gone);
		*count += result == CHAT_OK && gone;
	}
	return result;
}
