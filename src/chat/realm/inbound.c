/* chat_inbound: one message or file from another realm. */
#include "chat/realm/inbound.h"

#include <string.h>

#include "base/clock.h"
#include "base/comma_list.h"
#include "chat/block.h"
#include "chat/file/put.h"
#include "chat/file/quota.h"
#include "chat/group.h"
#include "chat/realm/remote_log.h"
#include "chat/realm/remote_user.h"
#include "chat/speak.h"
#include "chat/user.h"

/* A failure of this side is returned; any other result becomes the reason to refuse. */
static enum chat_result
refuse_inbound(struct chat_inbound *inbound, enum chat_result result)
{
	if (result == CHAT_OK || chat_is_failure(result))
		return result;
	inbound->refused = chat_reason_of(result);
	return CHAT_OK;
}

static void
set_target(struct chat_target *target, uint64_t id, struct chat_text name,
    struct chat_text full_name)
{
	target->id = id;
	memcpy(target->texts, name.data, name.len);
	memcpy(target->texts + name.len, full_name.data, full_name.len);
	target->name = (struct chat_text){ .data = target->texts, .len = name.len };
	target->full_name =
	    (struct chat_text){ .data = target->texts + name.len, .len = full_name.len };
}

/* A user who stands in a list twice gets one message. */
static enum chat_result
add_target_user(struct chat *chat, struct chat_text name, struct chat_targets *targets)
{
	struct chat_user user;
	enum chat_result result = chat_user_find(chat, name, &user);

	if (result != CHAT_OK)
		return result;
	for (size_t i = 0; i < targets->n; i++)
		if (targets->list[i].id == user.id)
			return CHAT_OK;
	if (targets->n == CHAT_LIST_MAX)
		return CHAT_BAD_ARGUMENT;
	set_target(&targets->list[targets->n++], user.id, chat_text(user.name),
	    chat_text(user.fullname));
	return CHAT_OK;
}

static enum chat_result
add_target_list(struct chat *chat, struct chat_text list, struct chat_targets *targets)
{
	struct comma_list names = comma_list(list.data, list.len);
	enum chat_result result = CHAT_OK;
	struct chat_text name;

	while (result == CHAT_OK && comma_list_next(&names, &name.data, &name.len))
		result = add_target_user(chat, name, targets);
	return result;
}

static enum chat_result
add_target_group(struct chat *chat, const struct chat_peer *peer,
    const struct chat_outbound *outbound, struct chat_targets *targets)
{
	struct chat_group group;
	enum chat_result result = chat_group_find(chat, outbound->to, &group);

	if (result == CHAT_OK)
		result =
		    chat_speak_judge_remote(chat, &group, outbound->from, chat_text(peer->name));
	if (result != CHAT_OK)
		return result;
	targets->group = true;
	set_target(&targets->list[targets->n++], group.id, chat_text(group.name),
	    chat_text(group.name));
	return CHAT_OK;
}

static enum chat_result
find_targets(struct chat *chat, const struct chat_peer *peer, const struct chat_outbound *outbound,
    struct chat_targets *targets)
{
	targets->group = false;
	targets->n = 0;
	switch (outbound->kind) {
	case CHAT_OUTBOUND_USER:
		return add_target_user(chat, outbound->to, targets);
	case CHAT_OUTBOUND_LIST:
		return add_target_list(chat, outbound->to, targets);
	case CHAT_OUTBOUND_GROUP:
		return add_target_group(chat, peer, outbound, targets);
	}
	return CHAT_BAD_ARGUMENT;
}

static enum chat_result
find_target_log(struct chat *chat, const struct chat_peer *peer, struct chat_target *target)
{
	enum chat_result result = chat_remote_log_make(chat, target->id, peer->id, &target->log);

	return result == CHAT_OK ? chat_cursor(chat, target->id, target->log, &target->read_up_to)
	                         : result;
}

enum chat_result
chat_inbound_judge(struct chat *chat, const struct chat_peer *peer, struct chat_inbound *inbound,
    const struct chat_targets *targets)
{
	const struct chat_block_sender sender = { .name = inbound->outbound.from,
		.realm = chat_text(peer->name) };
	enum chat_result result = CHAT_OK;

	for (size_t i = 0; i < targets->n && result == CHAT_OK && !targets->group; i++)
		result = chat_block_judge(chat, targets->list[i].id, &sender);
	return refuse_inbound(inbound, result);
}

enum chat_result
chat_inbound_targets(struct chat *chat, const struct chat_peer *peer, struct chat_inbound *inbound,
    struct chat_targets *targets)
{
	enum chat_result result = chat_inbound_find(chat, peer, inbound, targets);

	return result == CHAT_OK && inbound->refused == CHAT_REASON_NONE
	    ? chat_inbound_judge(chat, peer, inbound, targets)
	    : result;
}

enum chat_result
chat_inbound_find(struct chat *chat, const struct chat_peer *peer, struct chat_inbound *inbound,
    struct chat_targets *targets)
{
	enum chat_result result = find_targets(chat, peer, &inbound->outbound, targets);

	if (result != CHAT_OK)
		return refuse_inbound(inbound, result);
	for (size_t i = 0; i < targets->n && result == CHAT_OK; i++)
		result = find_target_log(chat, peer, &targets->list[i]);
	return result;
}

size_t
chat_inbound_entry(const struct chat_peer *peer, const struct chat_inbound *inbound,
    const struct chat_targets *targets, size_t index, unsigned char entry[CHAT_MESSAGE_RECORD])
{
	const struct chat_outbound *outbound = &inbound->outbound;
	const struct chat_target *target = &targets->list[index];
	const struct chat_message message = { .kind = targets->group ? CHAT_GROUP : CHAT_PRIVATE,
		.file = outbound->file,
		.pulled = inbound->pulled,
		.from = outbound->from,
		.from_name = outbound->from_name,
		.realm = chat_text(peer->name),
		.to = target->name,
		.to_name = target->full_name,
		.text = outbound->text };

	return chat_message_write(entry, CHAT_MESSAGE_RECORD, &message);
}

enum chat_result
chat_inbound_history(struct chat *chat, const struct chat_peer *peer,
    const struct chat_inbound *inbound, const struct chat_targets *targets, size_t index,
    struct chat_history_logs *logs, bool *made)
{
	const struct chat_history_remote sender = { .peer = peer->id,
		.name = inbound->outbound.from };

	*made = false;
	logs->n = 0;
	return targets->group
	    ? CHAT_OK
	    : chat_history_of_inbound(chat, &sender, targets->list[index].id, logs, made);
}

static struct chat_conversation
conversation_of(const struct chat_targets *targets, size_t index, uint64_t sender)
{
	return targets->group ? chat_conversation_group(targets->list[index].id)
	                      : chat_conversation_users(targets->list[index].id, sender);
}

/* The size of the file that this one replaces, 0: none; CHAT_BAD_ARGUMENT: it must not. */
static enum chat_result
find_replaced(struct chat *chat, const struct chat_peer *peer, const struct chat_inbound *inbound,
    struct chat_conversation conversation, uint64_t *size)
{
	struct chat_file older;
	enum chat_result result = chat_file_get(chat, conversation, inbound->outbound.text, &older);

	*size = 0;
	if (result == CHAT_NO_FILE)
		return CHAT_OK;
	if (result != CHAT_OK)
		return result;
	if (older.owner == peer->id)
		*size = older.size;
	return older.owner == peer->id || conversation.first != 0 ? CHAT_OK : CHAT_BAD_ARGUMENT;
}

/* Whether the realm's quota has room for a copy with each receiver. */
static enum chat_result
check_quota(struct chat *chat, const struct chat_peer *peer, uint64_t needed, uint64_t freed)
{
	struct chat_quota quota;
	enum chat_result result = chat_quota_get(chat, peer->id, &quota);
	uint64_t limit = chat->config->peer_quota;

	if (result != CHAT_OK)
		return result;
	quota.bytes -= freed < quota.bytes ? freed : quota.bytes;
	return quota.bytes > limit || needed > limit - quota.bytes ? CHAT_QUOTA : CHAT_OK;
}

static enum chat_result
check_file(struct chat *chat, const struct chat_peer *peer, struct chat_inbound *inbound,
    const struct chat_targets *targets, uint64_t sender)
{
	uint64_t freed = 0, size;
	enum chat_result result = CHAT_OK;

	for (size_t i = 0; i < targets->n && result == CHAT_OK; i++) {
		result = chat_message_fits(chat, targets->list[i].id, targets->list[i].log);
		if (result == CHAT_NO_USER && targets->group)
			result = CHAT_NO_GROUP;
		if (result != CHAT_OK)
			break;
		result =
		    find_replaced(chat, peer, inbound, conversation_of(targets, i, sender), &size);
		freed += size;
		if (result == CHAT_BAD_ARGUMENT) {
			inbound->refused = CHAT_REASON_BAD_FILE;
			return CHAT_OK;
		}
	}
	if (result == CHAT_OK)
		result = check_quota(chat, peer, inbound->outbound.size * targets->n, freed);
	return refuse_inbound(inbound, result);
}

enum chat_result
chat_inbound_offer(struct chat *chat, const struct chat_peer *peer, struct chat_inbound *inbound)
{
	struct chat_targets targets;
	uint64_t sender = 0;
	enum chat_result result;

	if (inbound->refused != CHAT_REASON_NONE)
		return CHAT_OK;
	if (inbound->outbound.size > chat->config->file_max) {
		inbound->refused = CHAT_REASON_TOO_BIG;
		return CHAT_OK;
	}
	result = chat_inbound_targets(chat, peer, inbound, &targets);
	if (result != CHAT_OK || inbound->refused != CHAT_REASON_NONE)
		return result;
	/* A sender without an id has no file that this one could replace. */
	result = chat_remote_user_id(chat, peer->id, inbound->outbound.from, &sender);
	return result == CHAT_OK ? check_file(chat, peer, inbound, &targets, sender) : result;
}

enum chat_result
chat_inbound_file(struct chat *chat, const struct chat_peer *peer, struct chat_inbound *inbound,
    const struct chat_targets *targets)
{
	struct chat_file file = { .owner = peer->id,
		.size = inbound->outbound.size,
		.sent_ms = clock_now_ms() };
	uint64_t sender;
	enum chat_result result =
	    chat_remote_user_make(chat, peer->id, inbound->outbound.from, &sender);

	memcpy(file.hash, inbound->outbound.hash, sizeof(file.hash));
	if (result == CHAT_OK)
		result = check_file(chat, peer, inbound, targets, sender);
	if (inbound->refused != CHAT_REASON_NONE)
		return result;
	for (size_t i = 0; i < targets->n && result == CHAT_OK; i++)
		result = chat_file_put(chat, conversation_of(targets, i, sender),
		    inbound->outbound.text, &file);
	return refuse_inbound(inbound, result);
}
