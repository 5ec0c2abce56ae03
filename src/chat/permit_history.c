/*
 * chat_permit_history: a conversation comes with the logs that it names, each drawn for it, and
 * with the lists of both; so no record names another's log. Who sends is one of the two, and the
 * other takes messages from the sender. None goes: that is for the janitor and for removals.
 */
#include <string.h>

#include "chat/history/logs.h"
#include "chat/permit.h"
#include "chat/permit_int.h"
#include "chat/realm/remote_user.h"

/* A log that is drawn for this transaction, which says whose it is. */
static bool
is_new_log(struct permit *permit, uint64_t log, uint64_t first, uint64_t second)
{
	unsigned char key[CHAT_KEY_ID], owner[CHAT_KEY_PAIR];
	const struct store_step *step;

	chat_key_id(key, log);
	chat_key_pair(owner, first, second);
	step = chat_permit_step_change(permit, CHAT_TABLE_CONVERSATIONS, key, sizeof(key));
	return step != NULL && step->kind == STORE_STEP_PUT &&
	    chat_permit_step_is_new(permit, step) && step->len == sizeof(owner) &&
	    memcmp(step->value, owner, sizeof(owner)) == 0 &&
	    chat_permit_step_change(permit, CHAT_TABLE_REMOTE_USERS, key, sizeof(key)) == NULL &&
	    chat_permit_find_fresh(permit, log);
}

/* Whether a log is an owner's log of activity, as the transaction expects or makes it. */
static bool
is_activity(const struct permit *permit, uint64_t owner, uint64_t log)
{
	unsigned char key[CHAT_KEY_ID];
	const struct store_step *step;

	chat_key_id(key, owner);
	step = chat_permit_step_change(permit, CHAT_TABLE_ACTIVITY, key, sizeof(key));
	if (step == NULL)
		step = chat_permit_step_expects(permit, CHAT_TABLE_ACTIVITY, key, sizeof(key));
	return step != NULL && step->len == CHAT_KEY_ID && pack_get_u64(step->value) == log;
}

/* Whether the transaction expects an account or group to be there. */
static bool
expects_owner(const struct permit *permit, int table, uint64_t id)
{
	unsigned char key[CHAT_KEY_ID];

	chat_key_id(key, id);
	return chat_permit_step_expects(permit, table, key, sizeof(key)) != NULL;
}

/* A user of another realm who is there, or comes in this transaction. */
static bool
is_remote(struct permit *permit, uint64_t id)
{
	struct chat_remote_user user;
	unsigned char key[CHAT_KEY_ID];

	chat_key_id(key, id);
	return chat_remote_user_get(&permit->chat, id, &user) == CHAT_OK ||
	    chat_permit_step_change(permit, CHAT_TABLE_REMOTE_USERS, key, sizeof(key)) != NULL;
}

/* Whether what a conversation needs of one of the two is there, or comes with it. */
static bool
has_end(struct permit *permit, const struct chat_history *history, uint64_t id)
{
	const uint64_t activity = chat_history_activity(history, id);
	struct chat_set set = chat_set_of(CHAT_SET_CONVERSATIONS, id);
	unsigned char partner[CHAT_KEY_ID];

	if (is_remote(permit, id))
		return activity != history->from_low && activity != history->from_high &&
		    is_new_log(permit, activity, history->low, history->high);
	chat_key_id(partner, chat_history_partner(history, id));
	return expects_owner(permit, CHAT_TABLE_USERS, id) && is_activity(permit, id, activity) &&
	    chat_permit_set_gains(permit, &set, partner, sizeof(partner), CHAT_HISTORY_MOST);
}

static bool
has_logs(struct permit *permit, const struct chat_history *history)
{
	return is_new_log(permit, history->from_low, history->low, history->high) &&
	    is_new_log(permit, history->from_high, history->low, history->high);
}

/* Whether the two may begin a conversation because one of them, the principal's, sends. */
static bool
may_talk(struct permit *permit, const struct chat_history *history)
{
	const uint64_t self = permit->who.id;

	if (permit->who.kind != CHAT_PRINCIPAL_USER)
		return chat_permit_peer_talks(permit, history->low, history->high) ||
		    chat_permit_peer_talks(permit, history->high, history->low);
	if (history->low != self && history->high != self)
		return false;
	const uint64_t other = chat_history_partner(history, self);
	const struct chat_block_sender sender = { .id = self };
	return is_remote(permit, other) ||
	    (chat_permit_find_user(permit, other) &&
	        chat_permit_find_welcome(permit, other, &sender));
}

static bool
may_begin(struct permit *permit, const struct store_step *step)
{
	struct chat_history history;

	return chat_history_parse(step->key + 1, step->key_len - 1, step->value, step->len,
	           &history) &&
	    may_talk(permit, &history) && has_logs(permit, &history) &&
	    has_end(permit, &history, history.low) && has_end(permit, &history, history.high);
}

/* Whose a log is: of a conversation or a log of activity that comes in this transaction. */
static bool
may_own(const struct permit *permit, const struct store_step *step)
{
	struct chat_history_owner owner;
	struct chat_history history;
	const struct store_step *other;
	unsigned char key[CHAT_KEY_PAIR];
	uint64_t log;

	if (!chat_history_parse_owner(step->key + 1, step->key_len - 1, step->value, step->len,
	        &log, &owner))
		return false;
	chat_key_pair(key, owner.first, owner.second);
	if (owner.second == 0) {
		other = chat_permit_step_change(permit, CHAT_TABLE_ACTIVITY, key, CHAT_KEY_ID);
		return other != NULL && other->kind == STORE_STEP_PUT &&
		    other->len == CHAT_KEY_ID && pack_get_u64(other->value) == log;
	}
	other = chat_permit_step_change(permit, CHAT_TABLE_CONVERSATIONS, key, sizeof(key));
	return other != NULL && other->kind == STORE_STEP_PUT &&
	    chat_history_parse(key, sizeof(key), other->value, other->len, &history) &&
	    (log == history.from_low || log == history.from_high || log == history.low_activity ||
	        log == history.high_activity);
}

bool
chat_permit_history_may(struct permit *permit, const struct store_step *step)
{
	size_t len;
	const unsigned char *key = chat_permit_step_key(step, &len);

	if (step->kind != STORE_STEP_PUT || !chat_permit_step_is_new(permit, step) ||
	    chat_permit_step_change(permit, CHAT_TABLE_CONVERSATIONS, key, len) != step)
		return false;
	return len == CHAT_KEY_ID ? may_own(permit, step) : may_begin(permit, step);
}

/* The rule of conversations judges it. */
bool
chat_permit_history_begins(const struct permit *permit, uint64_t id)
{
	uint64_t low, high;

	for (unsigned int i = 0; i < permit->n; i++)
		if (chat_permit_step_table(&permit->steps[i]) == CHAT_TABLE_CONVERSATIONS &&
		    permit->steps[i].kind == STORE_STEP_PUT &&
		    chat_permit_step_pair(&permit->steps[i], &low, &high) &&
		    (low == id || high == id))
			return true;
	return false;
}

/* The own log of activity, that of the other one of a new conversation, or that of a group. */
bool
chat_permit_history_activity_may(struct permit *permit, const struct store_step *step)
{
	uint64_t owner;
	size_t len;
	const unsigned char *key = chat_permit_step_key(step, &len);

	if (step->kind != STORE_STEP_PUT || !chat_permit_step_is_new(permit, step) ||
	    chat_permit_step_change(permit, CHAT_TABLE_ACTIVITY, key, len) != step ||
	    !chat_permit_step_id(step, &owner) || step->len != CHAT_KEY_ID ||
	    !is_new_log(permit, pack_get_u64(step->value), owner, 0))
		return false;
	if (expects_owner(permit, CHAT_TABLE_GROUPS, owner))
		return permit->who.kind == CHAT_PRINCIPAL_USER;
	return expects_owner(permit, CHAT_TABLE_USERS, owner) &&
	    ((permit->who.kind == CHAT_PRINCIPAL_USER && owner == permit->who.id) ||
	        chat_permit_history_begins(permit, owner));
}
