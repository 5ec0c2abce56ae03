/*
 * chat_permit_history: a conversation comes with the logs that it names, each drawn for it, and
 * with the lists of both; so no record names another's log. Who sends is one of the two, and the
 * other takes messages from the sender. None goes: that is for the janitor and for removals.
 */
#include <string.h>

#include "chat/history/activity.h"
#include "chat/history/logs.h"
#include "chat/owner.h"
#include "chat/permit.h"
#include "chat/permit_int.h"
#include "chat/realm/outbound.h"
#include "chat/realm/remote_user.h"
#include "chat/user.h"

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
	const uint64_t other = chat_history_partner(history, id);
	const struct chat_set set = chat_history_list(id, other);
	unsigned char partner[CHAT_KEY_ID];

	if (is_remote(permit, id))
		return activity != history->from_low && activity != history->from_high &&
		    is_new_log(permit, activity, history->low, history->high);
	chat_key_id(partner, other);
	return expects_owner(permit, CHAT_TABLE_USERS, id) && is_activity(permit, id, activity) &&
	    chat_history_room(&permit->chat, id, other, CHAT_HISTORY_MOST) == CHAT_OK &&
	    chat_permit_set_gains(permit, &set, partner, sizeof(partner), UINT32_MAX);
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

/* What is left of a group that is gone, everybody may end: its log of activity, whose it is. */
static bool
may_end(struct permit *permit, uint64_t owner)
{
	uint32_t count;

	return chat_owner_find(&permit->chat, owner) == CHAT_NO_USER &&
	    chat_history_count(&permit->chat, owner, &count) == CHAT_OK && count == 0;
}

/* The record that says whose a log is goes with that of the log of activity. */
static bool
may_disown(struct permit *permit, const struct store_step *step)
{
	struct chat_history_owner owner;
	unsigned char key[CHAT_KEY_ID];
	const struct store_step *other;
	uint64_t log;

	if (!chat_permit_step_id(step, &log) ||
	    chat_history_owner(&permit->chat, log, &owner) != CHAT_OK || owner.second != 0)
		return false;
	chat_key_id(key, owner.first);
	other = chat_permit_step_change(permit, CHAT_TABLE_ACTIVITY, key, sizeof(key));
	return other != NULL && other->kind == STORE_STEP_DELETE && may_end(permit, owner.first);
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

	if (step->kind == STORE_STEP_DELETE)
		return may_disown(permit, step);
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

	if (step->kind == STORE_STEP_DELETE)
		return chat_permit_step_id(step, &owner) && may_end(permit, owner);
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

/* The conversation of somebody of another realm. */
static bool
find_remote_history(struct permit *permit, uint64_t peer, struct chat_text name, uint64_t user,
    struct chat_history *history, uint64_t *remote)
{
	return chat_remote_user_id(&permit->chat, peer, name, remote) == CHAT_OK && *remote != 0 &&
	    chat_history_get(&permit->chat, *remote, user, history) == CHAT_OK;
}

/* That of a user's message for another realm. */
static bool
find_outbound_history(struct permit *permit, const struct store_step *step,
    struct chat_history *history)
{
	char name[CHAT_OUTBOUND_NAME];
	struct chat_outbound outbound;
	struct chat_text to;
	uint64_t remote;

	return chat_outbound_read(&outbound, step->value, step->len) == 0 &&
	    chat_outbound_receiver(&outbound, name, &to) &&
	    find_remote_history(permit, step->log, to, permit->who.id, history, &remote);
}

/* A user's message has two, in this order; that of a user of another realm has the first. */
static bool
has_logs_of(const struct store_step *step, const struct chat_history *history, uint64_t sender,
    bool active)
{
	return step->n_also == 1U + active && step->also[0] == chat_history_from(history, sender) &&
	    (!active || step->also[1] == chat_history_activity(history, sender));
}

static bool
may_keep_own(struct permit *permit, const struct store_step *step)
{
	const uint64_t self = permit->who.id;
	struct chat_history history;
	struct chat_user user;

	return (chat_user_get(&permit->chat, step->log, &user) == CHAT_OK
	               ? chat_history_get(&permit->chat, self, user.id, &history) == CHAT_OK
	               : find_outbound_history(permit, step, &history)) &&
	    has_logs_of(step, &history, self, true);
}

static bool
may_keep_remote(struct permit *permit, const struct store_step *step)
{
	struct chat_message message;
	struct chat_history history;
	struct chat_user user;
	uint64_t remote;

	return chat_message_read(&message, step->value, step->len) == 0 &&
	    message.kind == CHAT_PRIVATE &&
	    chat_user_find(&permit->chat, message.to, &user) == CHAT_OK &&
	    find_remote_history(permit, permit->who.id, message.from, user.id, &history, &remote) &&
	    has_logs_of(step, &history, remote, false);
}

bool
chat_permit_history_logs(struct permit *permit, const struct store_step *step)
{
	if (step->n_also == 0)
		return true;
	return step->kind == STORE_STEP_APPEND &&
	    (permit->who.kind == CHAT_PRINCIPAL_USER ? may_keep_own : may_keep_remote)(permit,
	        step);
}

bool
chat_permit_history_reads(struct permit *permit, uint64_t reader, uint64_t log)
{
	struct chat_history_owner owner;
	struct chat_history history;

	return chat_history_owner(&permit->chat, log, &owner) == CHAT_OK &&
	    chat_history_get(&permit->chat, owner.first, owner.second, &history) == CHAT_OK &&
	    (history.low == reader || history.high == reader) &&
	    chat_history_to(&history, reader) == log;
}

/* Who comes and goes: the members by themselves, those who are taken out by whoever may. */
static bool
may_tell_member(struct permit *permit, const struct chat_group *group,
    const struct chat_activity *activity)
{
	const bool own = activity->with == permit->who.id;
	const bool member = chat_permit_find_member(permit, group->id, activity->with);

	switch (activity->kind) {
	case CHAT_ACTIVITY_JOIN:
		return own && member;
	case CHAT_ACTIVITY_LEAVE:
	case CHAT_ACTIVITY_QUIT:
		return own && !member;
	default:
		return !own && !member && chat_permit_find_manager(permit, group);
	}
}

/* What becomes of the group. A new name is told by the one who has it. */
static bool
may_tell_change(struct permit *permit, const struct chat_group *group,
    const struct chat_activity *activity, const char *self)
{
	const bool member = chat_permit_find_member(permit, group->id, permit->who.id);

	switch (activity->kind) {
	case CHAT_ACTIVITY_TOPIC:
		return (group->topics && member) || chat_permit_find_operator(permit, group);
	case CHAT_ACTIVITY_RENAME:
		return member && activity->with == permit->who.id &&
		    strcmp(activity->text, self) == 0;
	default:
		return chat_permit_find_operator(permit, group);
	}
}

/* In the own name, or in none by those of whom an entry tells that they came, went or are renamed.
 */
static bool
is_told_by(const struct chat_activity *activity, const struct chat_user *self)
{
	const bool plain = activity->kind == CHAT_ACTIVITY_RENAME ||
	    (activity->with == self->id &&
	        chat_activity_class(activity->kind) == CHAT_ACTIVITY_OF_MEMBER);

	return activity->by[0] == '\0' ? plain : strcmp(activity->by, self->name) == 0;
}

/* A group is told what is true. */
static bool
may_tell_group(struct permit *permit, uint64_t id, const struct chat_activity *activity)
{
	const bool of_member = chat_activity_class(activity->kind) == CHAT_ACTIVITY_OF_MEMBER;
	struct chat_user user, self;
	struct chat_group group;

	if (chat_activity_class(activity->kind) == CHAT_ACTIVITY_OF_OWNER ||
	    chat_group_get(&permit->chat, id, &group) != CHAT_OK ||
	    chat_user_get(&permit->chat, permit->who.id, &self) != CHAT_OK ||
	    chat_user_get(&permit->chat, activity->with, &user) != CHAT_OK ||
	    ((of_member || activity->kind == CHAT_ACTIVITY_ROLE) &&
	        strcmp(user.name, activity->name) != 0))
		return false;
	if (!is_told_by(activity, &self))
		return false;
	return of_member ? may_tell_member(permit, &group, activity)
	                 : may_tell_change(permit, &group, activity, self.name);
}

bool
chat_permit_history_tells(struct permit *permit, const struct store_step *step)
{
	struct chat_history_owner owner;
	struct chat_activity activity;
	uint64_t log;

	if (step->n_also != 0 || chat_activity_read(&activity, step->value, step->len) != 0 ||
	    chat_history_owner(&permit->chat, step->log, &owner) != CHAT_OK ||
	    chat_history_activity_of(&permit->chat, owner.first, &log) != CHAT_OK ||
	    log != step->log)
		return false;
	if (owner.first == permit->who.id)
		return activity.kind == CHAT_ACTIVITY_READ;
	return may_tell_group(permit, owner.first, &activity);
}

bool
chat_permit_history_closes(struct permit *permit, uint64_t log)
{
	struct chat_history_owner owner;

	return chat_history_owner(&permit->chat, log, &owner) == CHAT_OK && owner.second == 0 &&
	    may_end(permit, owner.first);
}
