/*
 * chat_conversation: the two numbers by which a conversation is known. The files in it are left to
 * chat_file.
 */
#include "chat/file/conversation.h"

#include "chat/owner.h"
#include "chat/realm/remote_user.h"

struct chat_conversation
chat_conversation_users(uint64_t a, uint64_t b)
{
	return (struct chat_conversation){ .first = a < b ? a : b, .second = a < b ? b : a };
}

struct chat_conversation
chat_conversation_group(uint64_t group)
{
	return (struct chat_conversation){ .second = group };
}

struct chat_conversation
chat_conversation_outbound(uint64_t file_id)
{
	return (struct chat_conversation){ .first = file_id };
}

bool
chat_conversation_is_outbound(struct chat_conversation conversation)
{
	return conversation.first != 0 && conversation.second == 0;
}

int
chat_conversation_compare(const void *a, const void *b)
{
	const struct chat_conversation *left = a, *right = b;

	if (left->first != right->first)
		return left->first < right->first ? -1 : 1;
	return (left->second > right->second) - (left->second < right->second);
}

/* A user or group of this realm, or a user of another one. */
static enum chat_result
find_end(struct chat *chat, uint64_t id)
{
	struct chat_remote_user remote_user;
	enum chat_result result = chat_owner_find(chat, id);

	return result == CHAT_NO_USER ? chat_remote_user_get(chat, id, &remote_user) : result;
}

enum chat_result
chat_conversation_exists(struct chat *chat, struct chat_conversation conversation)
{
	enum chat_result result = CHAT_OK;

	if (chat_conversation_is_outbound(conversation))
		return CHAT_OK;
	if (conversation.first != 0)
		result = find_end(chat, conversation.first);
	return result == CHAT_OK ? find_end(chat, conversation.second) : result;
}
