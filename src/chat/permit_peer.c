/* chat_permit_peer: what another realm may change, over its own link or as an older server. */
#include <string.h>

#include "base/utf8.h"
#include "chat/key.h"
#include "chat/owner.h"
#include "chat/permit.h"
#include "chat/permit_int.h"
#include "chat/realm/peer.h"
#include "chat/realm/receive_state.h"
#include "chat/realm/refusal.h"
#include "chat/realm/remote_log.h"
#include "chat/realm/remote_user.h"
#include "chat/speak.h"
#include "chat/user.h"

/* Destinations come into the hint; none goes. */
static bool
may_hint(const struct permit *permit, const struct store_step *step)
{
	const struct store_step *expected = chat_permit_step_expected(permit, step);

	if (expected == NULL || step->kind != STORE_STEP_PUT || step->len != CHAT_REMOTE_LOG_HINT)
		return false;
	if (expected->kind == STORE_STEP_EXPECT_ABSENT)
		return true;
	for (size_t i = 0; i < step->len && expected->len == step->len; i++)
		if ((step->value[i] & expected->value[i]) != expected->value[i])
			return false;
	return expected->len == step->len;
}

/* A new log for what comes from this realm to a user or group here. */
static bool
may_make_log(struct permit *permit, const struct store_step *step)
{
	uint64_t destination, peer, log;

	if (chat_remote_log_is_hint(step->key + 1, step->key_len - 1))
		return may_hint(permit, step);
	return step->kind == STORE_STEP_PUT && chat_permit_step_is_new(permit, step) &&
	    chat_remote_log_parse(step->key + 1, step->key_len - 1, step->value, step->len,
	        &destination, &peer, &log) &&
	    peer == permit->who.id && chat_owner_find(&permit->chat, destination) == CHAT_OK &&
	    chat_permit_find_fresh(permit, log);
}

/* The record by name and the record by id come in one transaction. */
bool
chat_permit_peer_new_user(struct permit *permit, const struct store_step *step,
    struct chat_remote_user *user)
{
	unsigned char key[CHAT_REMOTE_USER_KEY];
	struct chat_remote_user by_name;
	const struct store_step *other;

	if (step->kind != STORE_STEP_PUT)
		return false;
	switch (chat_remote_user_parse(step->key + 1, step->key_len - 1, step->value, step->len,
	    user)) {
	case CHAT_REMOTE_USER_NAME:
		chat_key_id(key, user->id);
		return chat_permit_step_is_new(permit, step) &&
		    chat_permit_step_change(permit, CHAT_TABLE_REMOTE_USERS, key, CHAT_KEY_ID) !=
		    NULL;
	case CHAT_REMOTE_USER_ID:
		other = chat_permit_step_change(permit, CHAT_TABLE_REMOTE_USERS, key,
		    chat_remote_user_key(key, user->peer, chat_text(user->name)));
		return other != NULL &&
		    chat_remote_user_parse(other->key + 1, other->key_len - 1, other->value,
		        other->len, &by_name) == CHAT_REMOTE_USER_NAME &&
		    by_name.id == user->id && chat_permit_find_fresh(permit, user->id);
	default:
		return false;
	}
}

/* A new user of this realm. */
static bool
may_make_user(struct permit *permit, const struct store_step *step)
{
	struct chat_remote_user user;

	return chat_permit_peer_new_user(permit, step, &user) && user.peer == permit->who.id &&
	    user.name[0] != CHAT_REMOTE_USER_GROUP;
}

/* A user of another realm who is there, or comes in this transaction. */
static bool
find_remote_user(struct permit *permit, uint64_t id, struct chat_remote_user *user)
{
	unsigned char key[CHAT_KEY_ID];
	const struct store_step *step;

	if (chat_remote_user_get(&permit->chat, id, user) == CHAT_OK)
		return true;
	chat_key_id(key, id);
	step = chat_permit_step_change(permit, CHAT_TABLE_REMOTE_USERS, key, sizeof(key));
	return step != NULL && step->kind == STORE_STEP_PUT &&
	    chat_remote_user_parse(key, sizeof(key), step->value, step->len, user) ==
	    CHAT_REMOTE_USER_ID;
}

/* Whether a conversation is that of a user of this realm and one here who takes what it sends. */
bool
chat_permit_peer_talks(struct permit *permit, uint64_t remote, uint64_t id)
{
	struct chat_remote_user user;
	struct chat_peer peer;

	if (!find_remote_user(permit, remote, &user) || user.peer != permit->who.id ||
	    chat_peer_get(&permit->chat, user.peer, &peer) != CHAT_OK)
		return false;
	const struct chat_block_sender sender = { .name = chat_text(user.name),
		.realm = chat_text(peer.name) };
	return chat_permit_find_user(permit, id) && chat_permit_find_welcome(permit, id, &sender);
}

static bool
is_user_of(struct permit *permit, uint64_t id)
{
	struct chat_remote_user user;

	return chat_remote_user_get(&permit->chat, id, &user) == CHAT_OK &&
	    user.peer == permit->who.id;
}

/*
 * Between a user of this realm and one here, or in a group that is neither private nor moderated,
 * where it replaces its own alone.
 */
static bool
may_put_peer_file(struct permit *permit, const struct store_step *step)
{
	struct chat_conversation with;
	struct permit_file file;
	struct chat_group group;
	struct chat_text name;

	(void)step;
	if (!chat_permit_file_change(permit, &file) || !chat_permit_file_whole(permit, &file) ||
	    !file.is || file.after.owner != permit->who.id ||
	    chat_file_name(file.name, &name) != CHAT_OK || name.len != file.name.len)
		return false;
	with = file.conversation;
	if (chat_conversation_is_outbound(with))
		return false;
	if (with.first == 0)
		return (!file.was || file.before.owner == permit->who.id) &&
		    chat_group_get(&permit->chat, with.second, &group) == CHAT_OK &&
		    !group.private && !group.moderated;
	return with.first < with.second &&
	    (chat_permit_peer_talks(permit, with.first, with.second) ||
	        chat_permit_peer_talks(permit, with.second, with.first));
}

/* The log of refusals stays, or is the first one. */
static bool
may_put_state(struct permit *permit, const struct store_step *step)
{
	const struct store_step *expected = chat_permit_step_expected(permit, step);
	struct chat_receive_state before = { .refusals = 0 }, after;

	if (step->kind != STORE_STEP_PUT || expected == NULL ||
	    permit->who.kind != CHAT_PRINCIPAL_PEER ||
	    !chat_receive_state_parse(&after, step->value, step->len))
		return false;
	if (expected->kind == STORE_STEP_EXPECT &&
	    !chat_receive_state_parse(&before, expected->value, expected->len))
		return false;
	return after.refusals == before.refusals ||
	    (before.refusals == 0 && chat_permit_find_fresh(permit, after.refusals));
}

static bool
may_keep_state(struct permit *permit, const struct store_step *step)
{
	if (step->key_len != 1 + CHAT_KEY_STATE)
		return false;
	uint64_t id = pack_get_u64(step->key + 2);

	switch (step->key[1]) {
	case CHAT_STATE_RECEIVE:
		return id == permit->who.id && may_put_state(permit, step);
	case CHAT_STATE_HANDED:
		return permit->who.kind == CHAT_PRINCIPAL_SERVER &&
		    step->kind == STORE_STEP_ADVANCE && is_user_of(permit, id);
	default:
		return false;
	}
}

/* The log of refusals that this transaction keeps or begins; 0: none. */
static uint64_t
find_refusals(struct permit *permit)
{
	unsigned char key[CHAT_KEY_STATE];
	struct chat_receive_state state;
	const struct store_step *step;

	chat_key_state(key, CHAT_STATE_RECEIVE, permit->who.id);
	step = chat_permit_step_change(permit, STORE_LOG_STATE, key, sizeof(key));
	if (step != NULL && step->kind == STORE_STEP_PUT)
		return chat_receive_state_parse(&state, step->value, step->len) ? state.refusals
		                                                                : 0;
	return chat_receive_state_load(&permit->chat, permit->who.id, &state) == CHAT_OK
	    ? state.refusals
	    : 0;
}

static bool
is_refusal(struct permit *permit, const struct store_step *step)
{
	struct chat_refusal refusal;

	return permit->who.kind == CHAT_PRINCIPAL_PEER && find_refusals(permit) == step->log &&
	    chat_refusal_read(&refusal, step->value, step->len);
}

/* Whether a message says that it is from this realm. No protocol brings notices or tags. */
static bool
is_from_here(struct permit *permit, const struct chat_message *message)
{
	struct chat_peer peer;

	return message->from_id == 0 && !message->pulled && !message->notice &&
	    message->tags.len == 0 && name_valid(message->from.data, message->from.len) &&
	    !name_reserved(message->from.data, message->from.len) &&
	    message->from_name.len <= CHAT_FULLNAME_MAX &&
	    utf8_valid(message->from_name.data, message->from_name.len) &&
	    chat_peer_find(&permit->chat, message->realm, &peer) == CHAT_OK &&
	    peer.id == permit->who.id;
}

/*
 * Whether a log is that of this realm's messages to whom the message is addressed: no
 * private or moderated group, and none that bans the sender.
 */
static bool
is_addressed_here(struct permit *permit, const struct chat_message *message, uint64_t log)
{
	const struct chat_block_sender sender = { .name = message->from, .realm = message->realm };
	struct chat_group group;
	struct chat_user user;
	uint64_t destination, found;

	if (message->kind == CHAT_GROUP) {
		if (chat_group_find(&permit->chat, message->to, &group) != CHAT_OK ||
		    chat_speak_judge_remote(&permit->chat, &group, message->from, message->realm) !=
		        CHAT_OK)
			return false;
		destination = group.id;
	} else {
		if (message->kind != CHAT_PRIVATE ||
		    chat_user_find(&permit->chat, message->to, &user) != CHAT_OK ||
		    !chat_permit_find_welcome(permit, user.id, &sender))
			return false;
		destination = user.id;
	}
	return chat_remote_log_find(&permit->chat, destination, permit->who.id, &found) ==
	    CHAT_OK &&
	    found == log;
}

static bool
may_write_peer_log(struct permit *permit, const struct store_step *step)
{
	struct chat_message message;

	if (step->kind == STORE_STEP_TRIM)
		return permit->who.kind == CHAT_PRINCIPAL_PEER &&
		    find_refusals(permit) == step->log;
	if (step->kind == STORE_STEP_CHARGE)
		return chat_permit_step_pays(permit, step);
	if (step->kind != STORE_STEP_APPEND || !chat_permit_step_is_paid(permit))
		return false;
	if (is_refusal(permit, step))
		return true;
	return chat_message_read(&message, step->value, step->len) == 0 &&
	    chat_message_valid(message.text) && is_from_here(permit, &message) &&
	    is_addressed_here(permit, &message, step->log);
}

bool
chat_permit_peer_may(struct permit *permit, const struct store_step *step)
{
	static chat_permit_rule *const rules[] = {
		[0] = may_write_peer_log,
		[STORE_COUNTERS] = chat_permit_step_draws_id,
		[CHAT_TABLE_FILES] = may_put_peer_file,
		[CHAT_TABLE_BLOBS] = chat_permit_file_blob_may,
		[CHAT_TABLE_SETS] = chat_permit_set_may,
		[CHAT_TABLE_QUOTAS] = chat_permit_file_quota_may,
		[CHAT_TABLE_REMOTE_LOGS] = may_make_log,
		[CHAT_TABLE_REMOTE_USERS] = may_make_user,
		[CHAT_TABLE_CONVERSATIONS] = chat_permit_history_may,
		[CHAT_TABLE_ACTIVITY] = chat_permit_history_activity_may,
		[STORE_LOG_STATE] = may_keep_state,
	};
	size_t table = (size_t)chat_permit_step_table(step);

	return table < sizeof(rules) / sizeof(rules[0]) && rules[table] != NULL &&
	    rules[table](permit, step);
}
