/* chat_files: the files of one conversation. */
#include "chat/history/files.h"

#include "chat/choice.h"

/* A conversation and what of it the user may have. */
struct folder {
	struct chat_who who;
	struct chat_conversation conversation;
	int64_t since_ms; /* of others' files; 0: all */
	bool empty;       /* it can have no files here */
};

static enum chat_result
find_folder(struct chat *chat, uint64_t user, struct chat_text text, struct folder *folder)
{
	struct chat_group group;
	enum chat_result result = chat_who_find(chat, text, &folder->who);

	folder->since_ms = 0;
	if (result != CHAT_OK)
		return result;
	folder->empty = folder->who.id == 0 || folder->who.kind == CHAT_WHO_REMOTE_GROUP;
	if (folder->who.kind != CHAT_WHO_GROUP) {
		folder->conversation = chat_conversation_users(user, folder->who.id);
		return CHAT_OK;
	}
	folder->conversation = chat_conversation_group(folder->who.id);
	result = chat_group_get(chat, folder->who.id, &group);
	return result == CHAT_OK ? chat_choice_since(chat, &group, user, &folder->since_ms)
	                         : result;
}

/* Files of other realms count in the quota of the realm, so it is their owner. */
static enum chat_result
name_sender(struct chat *chat, const struct folder *folder, uint64_t owner,
    char from[CHAT_WHO_TEXT])
{
	struct chat_who who;
	enum chat_result result = chat_who_of(chat, owner, &who);

	if (result == CHAT_NO_USER)
		who = folder->who;
	else if (result != CHAT_OK)
		return result;
	chat_who_text(&who, from);
	return CHAT_OK;
}

enum chat_result
chat_files_each(struct chat *chat, const struct chat_session *session, struct chat_text who,
    chat_files_visit *visit, void *arg)
{
	char bytes[CHAT_FILE_NAME_MAX], from[CHAT_WHO_TEXT];
	struct chat_text name = { .data = bytes };
	struct folder folder;
	struct chat_file file;
	enum chat_result result = find_folder(chat, session->user.id, who, &folder);

	if (result != CHAT_OK || folder.empty)
		return result;
	for (uint32_t i = 0; result == CHAT_OK; i++) {
		result = chat_file_name_at(chat, folder.conversation, i, bytes, &name.len);
		if (result != CHAT_OK)
			break;
		result = chat_file_get(chat, folder.conversation, name, &file);
		if (result == CHAT_OK &&
		    (file.owner == session->user.id || file.sent_ms >= folder.since_ms)) {
			result = name_sender(chat, &folder, file.owner, from);
			if (result == CHAT_OK)
				visit(arg, name, &file, from);
		} else if (result == CHAT_NO_FILE) {
			result = CHAT_OK; /* it was removed at this moment */
		}
	}
	return result == CHAT_NO_FILE ? CHAT_OK : result;
}

enum chat_result
chat_files_open(struct chat *chat, const struct chat_session *session, struct chat_text who,
    struct chat_text name, struct chat_download *download)
{
	struct folder folder;
	enum chat_result result = find_folder(chat, session->user.id, who, &folder);

	if (result != CHAT_OK)
		return result;
	if (folder.empty)
		return CHAT_NO_FILE;
	return chat_download_open_in(chat, session, folder.conversation, folder.since_ms, name,
	    download);
}
