/*
 * chat_upload: first the content becomes durable, then the file's record, last the message that
 * announces it. A process that is killed in between leaves a blob that the janitor removes, or a
 * file without a message; its sender has heard of no success and sends the file again.
 */
#include "chat/file/upload.h"

#include <string.h>

#include "base/clock.h"
#include "base/comma_list.h"
#include "chat/block.h"
#include "chat/file/put.h"
#include "chat/file/quota.h"
#include "chat/group.h"
#include "chat/history/room.h"
#include "chat/message.h"
#include "chat/realm/delivery.h"
#include "chat/speak.h"
#include "live/limits.h"

#define LOOK_BYTES (256 * 1024) /* between looks at what else comes */

void
chat_upload_init(struct chat_upload *upload, const struct chat_session *session)
{
	/* Not the whole struct: most of it is unused room. */
	upload->session = session;
	upload->n_to = 0;
	upload->abroad.peer.id = 0;
	upload->begun = false;
}

static enum chat_result
add_receiver(struct chat *chat, struct chat_upload *upload, struct chat_conversation conversation,
    uint64_t log)
{
	enum chat_result result = chat_message_fits(chat, log, log);

	if (result == CHAT_INBOX_FULL && chat_room_find(chat, log))
		result = chat_message_fits(chat, log, log);
	if (result != CHAT_OK)
		return result;
	for (size_t i = 0; i < upload->n_to; i++)
		if (upload->to[i].first == conversation.first &&
		    upload->to[i].second == conversation.second)
			return CHAT_OK; /* a user who stands in a list twice */
	if (upload->n_to == CHAT_LIST_MAX)
		return CHAT_BAD_ARGUMENT;
	upload->to[upload->n_to++] = conversation;
	return CHAT_OK;
}

/* Whether a user takes files from the sender. */
static enum chat_result
judge_sender(struct chat *chat, const struct chat_upload *upload, uint64_t user)
{
	const struct chat_block_sender sender = { .id = upload->session->user.id };

	return chat_block_judge(chat, user, &sender);
}

enum chat_result
chat_upload_to_user(struct chat *chat, struct chat_upload *upload, struct chat_text name)
{
	struct chat_user user;
	enum chat_result result = chat_user_find(chat, name, &user);

	if (result == CHAT_OK)
		result = judge_sender(chat, upload, user.id);
	if (result != CHAT_OK)
		return result;
	return add_receiver(chat, upload,
	    chat_conversation_users(upload->session->user.id, user.id), user.id);
}

enum chat_result
chat_upload_to_group(struct chat *chat, struct chat_upload *upload, struct chat_text name)
{
	struct chat_group group;
	enum chat_result result = chat_group_find(chat, name, &group);

	if (result == CHAT_OK)
		result = chat_speak_judge(chat, &group, &upload->session->user);
	if (result == CHAT_OK)
		result = add_receiver(chat, upload, chat_conversation_group(group.id), group.id);
	return result == CHAT_NO_USER ? CHAT_NO_GROUP : result;
}

enum chat_result
chat_upload_to_list(struct chat *chat, struct chat_upload *upload, struct chat_text list)
{
	struct comma_list names = comma_list(list.data, list.len);
	enum chat_result result = CHAT_OK;
	struct chat_text name;

	while (result == CHAT_OK && comma_list_next(&names, &name.data, &name.len))
		result = chat_upload_to_user(chat, upload, name);
	return result;
}

enum chat_result
chat_upload_to_peer(struct chat_upload *upload, const struct chat_peer *peer,
    enum chat_outbound_kind kind, struct chat_text to)
{
	enum chat_result result = chat_outbound_address(kind, to);

	if (result != CHAT_OK)
		return result;
	if (to.len > sizeof(upload->abroad.to))
		return CHAT_BAD_ARGUMENT;
	upload->abroad.peer = *peer;
	upload->abroad.kind = kind;
	memcpy(upload->abroad.to, to.data, to.len);
	upload->abroad.to_len = to.len;
	return CHAT_OK;
}

/*
 * Finds how many bytes the file may have, so that the end of the quota shows before all of it has
 * come. Other files may come meanwhile: chat_file_put decides.
 */
static enum chat_result
find_room(struct chat *chat, struct chat_upload *upload, struct chat_text name)
{
	uint64_t sender = upload->session->user.id;
	struct chat_quota quota;
	struct chat_user user;
	uint64_t left, limit;
	enum chat_result result = chat_quota_get(chat, sender, &quota);

	/* The account may have changed since the session was looked up. */
	if (result == CHAT_OK)
		result = chat_user_get(chat, sender, &user);
	if (result != CHAT_OK)
		return result == CHAT_NO_USER ? CHAT_NO_SESSION : result;
	limit = chat_quota_limit(chat, &user);
	left = limit > quota.bytes ? limit - quota.bytes : 0;
	upload->others = chat_blob_unfinished(chat->config, sender);
	for (size_t i = 0; i < upload->n_to; i++) {
		struct chat_file older;

		result = chat_file_get(chat, upload->to[i], name, &older);
		if (result == CHAT_OK && older.owner == sender)
			left += older.size;
		else if (result == CHAT_FAILED)
			return result;
	}
	left -= upload->others < left ? upload->others : left;
	if (upload->n_to > 1)
		left /= upload->n_to;
	upload->over = left < chat->config->file_max ? CHAT_QUOTA : CHAT_TOO_BIG;
	upload->room = left < chat->config->file_max ? left : chat->config->file_max;
	return CHAT_OK;
}

enum chat_result
chat_upload_begin(struct chat *chat, struct chat_upload *upload, struct chat_text given)
{
	struct chat_text name;
	enum chat_result result = chat_file_name(given, &name);

	if (result == CHAT_OK)
		result = find_room(chat, upload, name);
	if (result != CHAT_OK)
		return result;
	memcpy(upload->name, name.data, name.len);
	upload->name_len = name.len;
	result = chat_blob_begin_owned(chat->config, &upload->blob, upload->session->user.id);
	upload->config = chat->config;
	upload->begun = result == CHAT_OK;
	if (result == CHAT_TOO_MANY)
		limits_count(chat->limits, LIMITS_UPLOADS);
	return result;
}

enum chat_result
chat_upload_expect(const struct chat_upload *upload, uint64_t size)
{
	if (size > upload->room)
		return upload->over;
	return chat_blob_space(upload->config, size) ? CHAT_OK : CHAT_NO_SPACE;
}

/* Looks again, now and then, at what else has come from the sender, and at the disk. */
static enum chat_result
look_again(struct chat_upload *upload)
{
	uint64_t now = chat_blob_unfinished(upload->config, upload->session->user.id);
	uint64_t others = now > upload->blob.size ? now - upload->blob.size : 0;

	if (!chat_blob_space(upload->config, 0))
		return CHAT_NO_SPACE;
	if (others > upload->others && others - upload->others > upload->room - upload->blob.size)
		return CHAT_QUOTA;
	return CHAT_OK;
}

enum chat_result
chat_upload_write(struct chat_upload *upload, const void *data, size_t len)
{
	uint64_t size = upload->blob.size;

	if (len > upload->room - size)
		return upload->over;
	if (size / LOOK_BYTES != (size + len) / LOOK_BYTES) {
		enum chat_result result = look_again(upload);

		if (result != CHAT_OK)
			return result;
	}
	return chat_blob_write(&upload->blob, data, len);
}

static enum chat_result
store_for_group(struct chat *chat, const struct chat_upload *upload, uint64_t id,
    struct chat_text name, const struct chat_file *file)
{
	struct chat_group group;
	enum chat_result result = chat_group_get(chat, id, &group);

	if (result == CHAT_OK)
		result = chat_speak_judge(chat, &group, &upload->session->user);
	if (result == CHAT_OK)
		result = chat_file_put(chat, chat_conversation_group(id), name, file);
	return result == CHAT_OK ? chat_message_file_group(chat, upload->session, &group, name)
	                         : result;
}

static enum chat_result
store_for_user(struct chat *chat, const struct chat_upload *upload,
    struct chat_conversation conversation, struct chat_text name, const struct chat_file *file)
{
	uint64_t sender = upload->session->user.id;
	struct chat_user user;
	enum chat_result result = chat_user_get(chat,
	    conversation.first == sender ? conversation.second : conversation.first, &user);

	if (result == CHAT_OK)
		result = judge_sender(chat, upload, user.id);
	if (result == CHAT_OK)
		result = chat_file_put(chat, conversation, name, file);
	return result == CHAT_OK ? chat_message_file(chat, upload->session, &user, name) : result;
}

/* Until the outbound message is over, the file belongs to it alone. */
static enum chat_result
send_abroad(struct chat *chat, const struct chat_upload *upload, struct chat_text name,
    const struct chat_file *file)
{
	const struct chat_upload_abroad *abroad = &upload->abroad;
	const struct chat_user *sender = &upload->session->user;
	struct chat_outbound outbound = { .kind = abroad->kind,
		.from_id = sender->id,
		.from = chat_text(sender->name),
		.from_name = chat_text(sender->fullname),
		.to = { .data = abroad->to, .len = abroad->to_len },
		.text = name,
		.file = true,
		.size = file->size };
	bool queued = false;
	enum chat_result result = chat_new_id(chat, &outbound.file_id);

	memcpy(outbound.hash, file->hash, sizeof(outbound.hash));
	if (result == CHAT_OK)
		result = chat_file_put(chat, chat_conversation_outbound(outbound.file_id),
		    chat_file_enclosed(), file);
	if (result != CHAT_OK)
		return result;
	result = chat_delivery_send(chat, &abroad->peer, &outbound, &queued);
	/* Of a message that may be queued the janitor finds out. */
	if (!queued && result != CHAT_FAILED && result != CHAT_UNSURE)
		(void)chat_file_release(chat, outbound.file_id);
	return result;
}

enum chat_result
chat_upload_finish(struct chat *chat, struct chat_upload *upload)
{
	struct chat_text name = { .data = upload->name, .len = upload->name_len };
	struct chat_file file = { .owner = upload->session->user.id };
	struct chat_user sender;
	enum chat_result result;

	/* The sender may have been removed meanwhile, and must own nothing then. */
	store_refresh(chat->store);
	result = chat_user_get(chat, file.owner, &sender);
	if (result != CHAT_OK)
		return result == CHAT_NO_USER ? CHAT_NO_SESSION : result;
	result = chat_blob_keep(chat->config, &upload->blob);
	if (result != CHAT_OK)
		return result;
	file.size = upload->blob.size;
	file.sent_ms = clock_now_ms();
	memcpy(file.hash, upload->blob.hash, sizeof(file.hash));
	if (upload->abroad.peer.id != 0)
		return send_abroad(chat, upload, name, &file);
	for (size_t i = 0; result == CHAT_OK && i < upload->n_to; i++) {
		if (upload->to[i].first == 0)
			result = store_for_group(chat, upload, upload->to[i].second, name, &file);
		else
			result = store_for_user(chat, upload, upload->to[i], name, &file);
	}
	return result;
}

void
chat_upload_end(struct chat_upload *upload)
{
	if (upload->begun)
		chat_blob_end(&upload->blob);
	upload->begun = false;
}
