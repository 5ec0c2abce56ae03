/* chat_permit_user: what a user may change, and an administrator. */
#include <string.h>

#include "chat/history/logs.h"
#include "chat/key.h"
#include "chat/member.h"
#include "chat/once.h"
#include "chat/permit_int.h"
#include "chat/realm/outbound.h"
#include "chat/realm/peer.h"
#include "chat/realm/remote_log.h"
#include "chat/realm/remote_user.h"
#include "chat/session.h"
#include "chat/session_list.h"
#include "chat/user.h"

/*
 * Whether a log is an owner's: its own, that of messages to it from another realm, or what it got
 * in a conversation.
 */
static bool
is_log_of(struct permit *permit, uint64_t owner, uint64_t log)
{
	uint64_t peer, remote;

	if (log == owner)
		return true;
	for (uint32_t i = 0; chat_remote_log_at(&permit->chat, owner, i, &peer, &remote) == CHAT_OK;
	     i++)
		if (remote == log)
			return true;
	return chat_permit_history_reads(permit, owner, log);
}

/* The cursors of a member come and go with the membership. */
static bool
is_of_membership(struct permit *permit, enum store_step_kind kind, uint64_t user, uint64_t log)
{
	uint64_t group, member;

	for (unsigned int i = 0; i < permit->n; i++) {
		const struct store_step *step = &permit->steps[i];

		if (chat_permit_step_table(step) == CHAT_TABLE_MEMBERS && step->kind == kind &&
		    chat_permit_step_pair(step, &group, &member) && member == user &&
		    is_log_of(permit, group, log))
			return true;
	}
	return false;
}

/* A cursor is kept for the account, or for a membership of the user's. */
static bool
is_guarded(struct permit *permit, const struct store_step *step, uint64_t log)
{
	const unsigned char *key = step->value + 1;
	uint64_t user = 0;

	if (step->value[0] == CHAT_TABLE_USERS && step->len == 1 + CHAT_KEY_ID)
		user = pack_get_u64(key);
	else if (step->value[0] == CHAT_TABLE_MEMBERS && step->len == 1 + CHAT_KEY_PAIR)
		user = pack_get_u64(key + CHAT_KEY_ID);
	return user == permit->who.id && is_log_of(permit, pack_get_u64(key), log);
}

static bool
may_move_cursor(struct permit *permit, const struct store_step *step)
{
	uint64_t user, log;

	if (!chat_permit_step_pair(step, &user, &log))
		return false;
	switch (step->kind) {
	case STORE_STEP_ADVANCE:
		return user == permit->who.id &&
		    is_of_membership(permit, STORE_STEP_PUT, user, log);
	case STORE_STEP_ADVANCE_IF:
		return user == permit->who.id && is_guarded(permit, step, log);
	case STORE_STEP_DELETE:
		return is_of_membership(permit, STORE_STEP_DELETE, user, log);
	default:
		return false;
	}
}

/* A time of reading is kept for the account, of what the user has read something of. */
static bool
may_move_mark(struct permit *permit, const struct store_step *step)
{
	struct chat_history history;
	uint64_t user, with;

	return step->kind == STORE_STEP_ADVANCE_IF && chat_permit_step_pair(step, &user, &with) &&
	    user == permit->who.id && step->value[0] == CHAT_TABLE_USERS &&
	    step->len == 1 + CHAT_KEY_ID && pack_get_u64(step->value + 1) == user &&
	    (chat_member_find(&permit->chat, with, user) == CHAT_OK ||
	        chat_history_get(&permit->chat, user, with, &history) == CHAT_OK);
}

/*
 * A worker makes the session of the user for whom the gate has bound its connection. Its user
 * renews and ends it, and opens it anew after a change of the password. Administrators end those of
 * others.
 */
static bool
may_open_session(struct permit *permit, const struct store_step *step)
{
	struct chat_user user;

	return chat_user_get(&permit->chat, permit->who.id, &user) == CHAT_OK &&
	    chat_session_opens(step->value, step->len, &user);
}

static bool
may_use_session(struct permit *permit, const struct store_step *step)
{
	const struct store_step *expected = chat_permit_step_expected(permit, step);
	unsigned char data[CHAT_SESSION_RECORD];
	enum store_status status;
	uint64_t user;
	size_t len;

	if (step->kind == STORE_STEP_PUT && expected != NULL &&
	    expected->kind == STORE_STEP_EXPECT_ABSENT)
		return may_open_session(permit, step);
	if (step->kind == STORE_STEP_PUT)
		return expected != NULL && expected->kind == STORE_STEP_EXPECT &&
		    chat_session_parse(expected->value, expected->len, &user) &&
		    user == permit->who.id &&
		    (chat_session_renews(expected->value, expected->len, step->value, step->len) ||
		        may_open_session(permit, step));
	if (step->kind != STORE_STEP_DELETE)
		return false;
	status = store_get(permit->chat.store, CHAT_TABLE_TOKENS, step->key + 1, step->key_len - 1,
	    data, sizeof(data), &len);
	return status == STORE_ABSENT ||
	    (status == STORE_OK && chat_session_parse(data, len, &user) &&
	        (user == permit->who.id || chat_permit_find_admin(permit)));
}

/* Each user has one list, and what it names opens nothing. */
static bool
may_list_session(struct permit *permit, const struct store_step *step)
{
	uint64_t user;

	return chat_permit_step_id(step, &user) && user == permit->who.id &&
	    step->kind == STORE_STEP_PUT && chat_session_list_valid(step->value, step->len);
}

/* A name that chat_file_name() leaves as it is. */
static bool
is_file_name(struct chat_text given)
{
	struct chat_text name;

	return chat_file_name(given, &name) == CHAT_OK && name.len == given.len;
}

/* Of an outbound message one file comes, and goes when the message cannot be queued. */
static bool
may_put_outbound(struct permit *permit, const struct permit_file *file)
{
	if (file->was)
		return file->before.owner == permit->who.id;
	return chat_permit_find_fresh(permit, file->conversation.first);
}

static bool
is_welcome(struct permit *permit, uint64_t other)
{
	const struct chat_block_sender sender = { .id = permit->who.id };

	return chat_permit_find_welcome(permit, other, &sender);
}

/* One who speaks in the group; its owner may keep members from replacing each other's files. */
static bool
may_put_group_file(struct permit *permit, const struct permit_file *file)
{
	struct chat_group group;

	return chat_group_get(&permit->chat, file->conversation.second, &group) == CHAT_OK &&
	    chat_permit_find_voice(permit, &group) &&
	    (!file->was || file->before.owner == permit->who.id ||
	        group.files != CHAT_GROUP_FILES_OWNER || group.owner == permit->who.id);
}

static bool
may_put_file(struct permit *permit, const struct store_step *step)
{
	const uint64_t self = permit->who.id;
	struct chat_conversation with;
	struct permit_file file;

	(void)step;
	if (!chat_permit_file_change(permit, &file) || !chat_permit_file_whole(permit, &file) ||
	    !is_file_name(file.name) || (file.is && file.after.owner != self))
		return false;
	with = file.conversation;
	if (chat_conversation_is_outbound(with))
		return may_put_outbound(permit, &file);
	if (!file.is)
		return false;
	if (with.first == 0)
		return may_put_group_file(permit, &file);
	uint64_t other = with.first == self ? with.second : with.first;
	return with.first <= with.second && (with.first == self || with.second == self) &&
	    chat_permit_find_user(permit, other) && is_welcome(permit, other);
}

static bool
may_add_peer(struct permit *permit, const struct store_step *step)
{
	return step->kind == STORE_STEP_PUT && chat_permit_find_admin(permit);
}

/* Somebody of another realm, to whom the first message of a conversation goes. */
static bool
may_name_remote(struct permit *permit, const struct store_step *step)
{
	struct chat_remote_user user;
	struct chat_peer peer;

	return chat_permit_peer_new_user(permit, step, &user) &&
	    chat_peer_get(&permit->chat, user.peer, &peer) == CHAT_OK &&
	    chat_permit_history_begins(permit, user.id);
}

/* The epoch of an outbox that had none, with the first message. */
static bool
may_begin_outbox(struct permit *permit, const struct store_step *step)
{
	uint64_t peer, before, after;

	if (step->key_len != 1 + CHAT_KEY_STATE || step->key[1] != CHAT_STATE_EPOCH ||
	    !chat_permit_step_is_new(permit, step) ||
	    !chat_permit_step_numbers(permit, step, sizeof(after), &before, &after) || after == 0)
		return false;
	peer = pack_get_u64(step->key + 2);
	for (unsigned int i = 0; i < permit->n; i++)
		if (permit->steps[i].kind == STORE_STEP_APPEND && permit->steps[i].log == peer)
			return true;
	return false;
}

/* The own keys of messages, as many and for as long as chat_once has them. */
static bool
may_remember(struct permit *permit, const struct store_step *step)
{
	return step->key_len == 1 + CHAT_ONCE_RECORD && step->key[1] == CHAT_STATE_ONCE &&
	    pack_get_u64(step->key + 2) == permit->who.id &&
	    step->key[CHAT_ONCE_RECORD] < CHAT_ONCE_RECORDS && step->a <= CHAT_ONCE_KEEP &&
	    step->b <= CHAT_ONCE_KEEP_MS;
}

static bool
may_write_state(struct permit *permit, const struct store_step *step)
{
	return step->kind == STORE_STEP_ONCE ? may_remember(permit, step)
	                                     : may_begin_outbox(permit, step);
}

static bool
is_text(struct chat_text text, const char *string)
{
	return text.len == strlen(string) && memcmp(text.data, string, text.len) == 0;
}

/* Whether a message is signed with the names of this user's account. */
static bool
is_signed(struct permit *permit, uint64_t from_id, struct chat_text from,
    struct chat_text from_name)
{
	struct chat_user user;

	return from_id == permit->who.id &&
	    chat_user_get(&permit->chat, from_id, &user) == CHAT_OK && !user.locked &&
	    is_text(from, user.name) && is_text(from_name, user.fullname);
}

/* Whether a message names the one whose log it comes into. */
static bool
is_addressed(struct permit *permit, const struct chat_message *message, uint64_t log)
{
	struct chat_group group;
	struct chat_user user;

	if (message->kind == CHAT_GROUP)
		return chat_group_get(&permit->chat, log, &group) == CHAT_OK &&
		    chat_permit_find_voice(permit, &group) && is_text(message->to, group.name) &&
		    is_text(message->to_name, group.name);
	return message->kind == CHAT_PRIVATE &&
	    chat_user_get(&permit->chat, log, &user) == CHAT_OK &&
	    is_text(message->to, user.name) && is_text(message->to_name, user.fullname) &&
	    is_welcome(permit, log);
}

static bool
may_send(struct permit *permit, const struct store_step *step)
{
	struct chat_message message;

	return chat_message_read(&message, step->value, step->len) == 0 && !message.pulled &&
	    message.realm.len == 0 && chat_message_valid(message.text) &&
	    chat_message_tags_valid(message.tags) &&
	    (!message.file || is_file_name(message.text)) &&
	    is_signed(permit, message.from_id, message.from, message.from_name) &&
	    is_addressed(permit, &message, step->log);
}

/* The content of an outbound file must be the user's, or any could be fetched by its hash. */
static bool
owns_file(struct permit *permit, const struct chat_outbound *outbound)
{
	struct chat_file file;

	return !outbound->file ||
	    (chat_file_get(&permit->chat, chat_conversation_outbound(outbound->file_id),
	         chat_file_enclosed(), &file) == CHAT_OK &&
	        file.owner == permit->who.id && file.size == outbound->size &&
	        memcmp(file.hash, outbound->hash, sizeof(file.hash)) == 0);
}

/* An epoch that was there before is that of an outbox; else the log must be a peer's. */
static bool
is_outbox(struct permit *permit, uint64_t log)
{
	unsigned char key[1 + CHAT_KEY_STATE] = { STORE_LOG_STATE };
	const struct store_step epoch = { .key = key, .key_len = sizeof(key) };
	struct chat_peer peer;

	chat_key_state(key + 1, CHAT_STATE_EPOCH, log);
	const struct store_step *expected = chat_permit_step_expected(permit, &epoch);
	return expected != NULL &&
	    (expected->kind == STORE_STEP_EXPECT ||
	        chat_peer_get(&permit->chat, log, &peer) == CHAT_OK);
}

static bool
may_send_abroad(struct permit *permit, const struct store_step *step)
{
	struct chat_outbound outbound;

	return chat_outbound_read(&outbound, step->value, step->len) == 0 &&
	    is_signed(permit, outbound.from_id, outbound.from, outbound.from_name) &&
	    chat_message_valid(outbound.text) &&
	    chat_outbound_address(outbound.kind, outbound.to) == CHAT_OK &&
	    is_outbox(permit, step->log) && owns_file(permit, &outbound);
}

/* Only the transaction that puts a message into an outbox says which epoch the outbox has. */
static bool
names_epoch(const struct permit *permit, uint64_t log)
{
	for (unsigned int i = 0; i < permit->n; i++) {
		const struct store_step *step = &permit->steps[i];

		if (step->key_len == 1 + CHAT_KEY_STATE && step->key[1] == CHAT_STATE_EPOCH &&
		    pack_get_u64(step->key + 2) == log)
			return true;
	}
	return false;
}

/* A group that has lost its name takes no more messages. */
static bool
may_close(struct permit *permit, uint64_t log)
{
	struct chat_group group;

	return (chat_group_get(&permit->chat, log, &group) == CHAT_OK &&
	           chat_permit_find_nameless(permit, &group)) ||
	    chat_permit_history_closes(permit, log);
}

static bool
may_write_log(struct permit *permit, const struct store_step *step)
{
	if (step->kind == STORE_STEP_CLOSE_LOG)
		return may_close(permit, step->log);
	if (step->kind == STORE_STEP_CHARGE)
		return chat_permit_step_pays(permit, step);
	if (step->kind != STORE_STEP_APPEND || !chat_permit_step_is_paid(permit))
		return false;
	if (chat_permit_history_tells(permit, step))
		return true;
	return names_epoch(permit, step->log) ? may_send_abroad(permit, step)
	                                      : may_send(permit, step);
}

bool
chat_permit_user_may(struct permit *permit, const struct store_step *step)
{
	static chat_permit_rule *const rules[] = {
		[0] = may_write_log,
		[STORE_COUNTERS] = chat_permit_step_draws_id,
		[STORE_CURSORS] = may_move_cursor,
		[CHAT_TABLE_GROUP_NAMES] = chat_permit_group_name_may,
		[CHAT_TABLE_GROUPS] = chat_permit_group_may,
		[CHAT_TABLE_MEMBERS] = chat_permit_member_may,
		[CHAT_TABLE_TOKENS] = may_use_session,
		[CHAT_TABLE_FILES] = may_put_file,
		[CHAT_TABLE_BLOBS] = chat_permit_file_blob_may,
		[CHAT_TABLE_SETS] = chat_permit_set_may,
		[CHAT_TABLE_QUOTAS] = chat_permit_file_quota_may,
		[CHAT_TABLE_PEERS] = may_add_peer,
		[CHAT_TABLE_BLOCKS] = chat_permit_block_may,
		[CHAT_TABLE_INVITEES] = chat_permit_member_invitee_may,
		[CHAT_TABLE_BANS] = chat_permit_group_ban_may,
		[CHAT_TABLE_REMOTE_USERS] = may_name_remote,
		[CHAT_TABLE_CONVERSATIONS] = chat_permit_history_may,
		[CHAT_TABLE_ACTIVITY] = chat_permit_history_activity_may,
		[CHAT_TABLE_SESSIONS] = may_list_session,
		[CHAT_TABLE_MARKS] = may_move_mark,
		[STORE_LOG_STATE] = may_write_state,
	};
	size_t table = (size_t)chat_permit_step_table(step);

	return table < sizeof(rules) / sizeof(rules[0]) && rules[table] != NULL &&
	    rules[table](permit, step);
}
