/*
 * chat_history_make: a conversation, the logs of activity that it needs, whose the logs are, and
 * the lists of both partners come in one transaction. It expects both accounts as they were read,
 * so who is removed has no conversation later.
 */
#include "chat/history/logs.h"
#include "chat/owner.h"
#include "chat/realm/remote_user.h"
#include "chat/set.h"

#define REUSES       3 /* tries that use the same ids */
#define OTHERS_SHARE 2 /* one part in so many of a list is for partners of other realms */

/* What is made in one try. */
struct making {
	struct chat *chat;
	struct store_tx *tx;
	uint64_t newcomer; /* a user of another realm who comes with it; 0: none */
};

/* A process draws several at once: a conversation needs two or more. */
static enum chat_result
take_fresh(struct chat *chat, uint64_t *id)
{
	if (chat->ids.left == 0) {
		enum chat_result result = chat_new_ids(chat, CHAT_IDS_AT_ONCE, &chat->ids.next);

		if (result != CHAT_OK)
			return result;
		chat->ids.left = CHAT_IDS_AT_ONCE;
	}
	chat->ids.left--;
	*id = chat->ids.next++;
	return CHAT_OK;
}

/*
 * What a try has drawn before a conflict is used by the next one; but not again and again, for
 * something else may have these ids.
 */
static void
give_back(struct chat *chat, const struct chat_ids *before, enum chat_result result,
    unsigned int tries)
{
	if (result == CHAT_CONFLICT && tries < REUSES &&
	    chat->ids.next - before->next == before->left - chat->ids.left)
		chat->ids = *before;
}

/* A new log, and whose it is. */
static enum chat_result
tx_log(struct making *making, uint64_t first, uint64_t second, uint64_t *log)
{
	unsigned char key[CHAT_KEY_ID], owner[CHAT_KEY_PAIR];
	enum chat_result result = take_fresh(making->chat, log);

	if (result != CHAT_OK)
		return result;
	chat_key_id(key, *log);
	chat_key_pair(owner, first, second);
	chat_key_swap(making->tx, CHAT_TABLE_CONVERSATIONS, key, sizeof(key), NULL, 0, owner,
	    sizeof(owner));
	return CHAT_OK;
}

/* The log of activity of a user or group: there already, or made. */
static enum chat_result
tx_activity(struct making *making, uint64_t owner, uint64_t *log)
{
	unsigned char key[CHAT_KEY_ID], value[CHAT_KEY_ID];
	enum chat_result result = chat_history_activity_of(making->chat, owner, log);
	bool there = result == CHAT_OK && *log != 0;

	if (result == CHAT_OK && !there)
		result = tx_log(making, owner, 0, log);
	if (result != CHAT_OK)
		return result;
	chat_key_id(key, owner);
	chat_key_id(value, *log);
	if (there)
		store_tx_expect(making->tx, CHAT_TABLE_ACTIVITY, key, sizeof(key), value,
		    sizeof(value));
	else
		chat_key_swap(making->tx, CHAT_TABLE_ACTIVITY, key, sizeof(key), NULL, 0, value,
		    sizeof(value));
	return CHAT_OK;
}

/* Whether a user's list has room for a partner. To be asked before ids are drawn. */
static enum chat_result
check_room(struct chat *chat, uint64_t user, uint64_t partner, bool from_here)
{
	const uint32_t most = (uint32_t)chat->config->conversations_max;

	return chat_history_room(chat, user, partner, from_here ? most : most / OTHERS_SHARE);
}

static enum chat_result
tx_list(struct making *making, uint64_t user, uint64_t partner)
{
	struct chat_set set = chat_history_list(user, partner);
	unsigned char member[CHAT_KEY_ID];
	uint32_t others;

	chat_key_id(member, partner);
	return chat_from_store(
	    chat_set_add(making->chat, making->tx, &set, member, sizeof(member), &others));
}

static enum chat_result
tx_user(struct making *making, uint64_t user, uint64_t partner, uint64_t *activity)
{
	const bool from_here =
	    partner == CHAT_HISTORY_SERVER || chat_owner_find(making->chat, partner) == CHAT_OK;
	enum chat_result result = check_room(making->chat, user, partner, from_here);

	if (result == CHAT_OK)
		result = tx_activity(making, user, activity);
	return result == CHAT_OK ? tx_list(making, user, partner) : result;
}

/* One of the two: the server, a user of this realm or one of another. */
static enum chat_result
tx_end(struct making *making, const struct chat_history *history, uint64_t id, uint64_t *activity)
{
	struct chat_remote_user remote_user;
	enum chat_result result;

	*activity = 0;
	if (id == CHAT_HISTORY_SERVER)
		return CHAT_OK;
	if (id == making->newcomer)
		return tx_log(making, history->low, history->high, activity);
	result = chat_owner_tx_expect_user(making->chat, making->tx, id);
	if (result == CHAT_OK)
		return tx_user(making, id, chat_history_partner(history, id), activity);
	if (result == CHAT_NO_USER)
		result = chat_remote_user_get(making->chat, id, &remote_user);
	return result == CHAT_OK ? tx_log(making, history->low, history->high, activity) : result;
}

static enum chat_result
tx_ends(struct making *making, struct chat_history *history)
{
	enum chat_result result = tx_end(making, history, history->low, &history->low_activity);

	if (history->low == history->high)
		history->high_activity = history->low_activity;
	else if (result == CHAT_OK)
		result = tx_end(making, history, history->high, &history->high_activity);
	return result;
}

static enum chat_result
tx_directions(struct making *making, struct chat_history *history)
{
	enum chat_result result = tx_log(making, history->low, history->high, &history->from_low);

	if (history->low == history->high)
		history->from_high = history->from_low;
	else if (result == CHAT_OK && history->low != CHAT_HISTORY_SERVER)
		result = tx_log(making, history->low, history->high, &history->from_high);
	return result;
}

static enum chat_result
commit_history(struct making *making, uint64_t a, uint64_t b, struct chat_history *history)
{
	unsigned char key[CHAT_KEY_PAIR], value[CHAT_HISTORY_RECORD];
	enum chat_result result;

	*history = (struct chat_history){ .low = a < b ? a : b, .high = a < b ? b : a };
	result = tx_ends(making, history);
	if (result == CHAT_OK)
		result = tx_directions(making, history);
	if (result != CHAT_OK)
		return result;
	chat_history_key(key, a, b);
	chat_key_swap(making->tx, CHAT_TABLE_CONVERSATIONS, key, sizeof(key), NULL, 0, value,
	    chat_history_pack(value, history));
	return chat_from_store(store_commit(making->chat->store, making->tx, NULL));
}

static enum chat_result
try_make(struct chat *chat, uint64_t a, uint64_t b, struct chat_history *history)
{
	struct store_tx tx;
	struct making making = { .chat = chat, .tx = &tx };
	enum chat_result result = chat_history_get(chat, a, b, history);

	if (result != CHAT_NO_USER)
		return result;
	store_tx_init(&tx);
	return commit_history(&making, a, b, history);
}

enum chat_result
chat_history_make(struct chat *chat, uint64_t sender, uint64_t receiver,
    struct chat_history *history)
{
	enum chat_result result = chat_history_get(chat, sender, receiver, history);

	if (result != CHAT_NO_USER)
		return result;
	result = CHAT_CONFLICT;
	for (unsigned int tries = 0; chat_retry(&result, &tries);) {
		const struct chat_ids before = chat->ids;

		result = try_make(chat, sender, receiver, history);
		give_back(chat, &before, result, tries);
	}
	return result;
}

/* Whom nobody here has met comes in the same transaction. */
static enum chat_result
try_meet(struct chat *chat, const struct chat_history_remote *remote, uint64_t user,
    struct chat_history *history, uint64_t *id)
{
	struct store_tx tx;
	struct making making = { .chat = chat, .tx = &tx };
	enum chat_result result = chat_remote_user_id(chat, remote->peer, remote->name, id);

	if (result != CHAT_OK)
		return result;
	if (*id != 0)
		return try_make(chat, user, *id, history);
	/* The id that is likely to be drawn; another one is asked about again. */
	result = check_room(chat, user, chat->ids.next, false);
	if (result == CHAT_OK)
		result = take_fresh(chat, id);
	if (result != CHAT_OK)
		return result;
	store_tx_init(&tx);
	chat_remote_user_tx_make(&tx, remote->peer, remote->name, *id);
	making.newcomer = *id;
	return commit_history(&making, user, *id, history);
}

enum chat_result
chat_history_meet(struct chat *chat, const struct chat_history_remote *remote, uint64_t user,
    struct chat_history *history, uint64_t *id)
{
	enum chat_result result = CHAT_CONFLICT;

	if (!chat_remote_user_name(remote->name))
		return CHAT_BAD_ARGUMENT;
	for (unsigned int tries = 0; chat_retry(&result, &tries);) {
		const struct chat_ids before = chat->ids;

		result = try_meet(chat, remote, user, history, id);
		give_back(chat, &before, result, tries);
	}
	return result;
}

static enum chat_result
try_make_activity(struct chat *chat, uint64_t owner, uint64_t *log)
{
	struct store_tx tx;
	struct making making = { .chat = chat, .tx = &tx };
	enum chat_result result = chat_history_activity_of(chat, owner, log);

	if (result != CHAT_OK || *log != 0)
		return result;
	store_tx_init(&tx);
	result = chat_owner_tx_expect(chat, &tx, owner);
	if (result == CHAT_OK)
		result = tx_activity(&making, owner, log);
	return result == CHAT_OK ? chat_from_store(store_commit(chat->store, &tx, NULL)) : result;
}

enum chat_result
chat_history_make_activity(struct chat *chat, uint64_t owner, uint64_t *log)
{
	enum chat_result result = CHAT_CONFLICT;

	for (unsigned int tries = 0; chat_retry(&result, &tries);) {
		const struct chat_ids before = chat->ids;

		result = try_make_activity(chat, owner, log);
		give_back(chat, &before, result, tries);
	}
	return result;
}
