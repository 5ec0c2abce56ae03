/*
 * chat_download: conversations are named by the other user, as user@realm if of another realm, or
 * by the group. A user and a group may have the same name: their files are shown as one list then,
 * and of two files of one name the user's is meant.
 */
#include "chat/file/download.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "chat/choice.h"
#include "chat/key.h"
#include "chat/member.h"

struct list {
	struct chat *chat;
	uint64_t user;
	chat_download_visit *visit;
	void *arg;
};

/*
 * The group of this name, if the user is a member: CHAT_OK, else CHAT_NO_FILE or CHAT_FAILED. And
 * since when its files are open to the user.
 */
static enum chat_result
find_group(struct chat *chat, uint64_t user, struct chat_text name, struct chat_group *group,
    int64_t *since_ms)
{
	enum chat_result result = chat_group_find(chat, name, group);

	if (result == CHAT_OK)
		result = chat_choice_since(chat, group, user, since_ms);
	return result == CHAT_OK || result == CHAT_FAILED ? result : CHAT_NO_FILE;
}

/* Files of a group that a user has sent are open to that user, whenever it was. */
static bool
is_open(const struct chat_file *file, uint64_t user, int64_t since_ms)
{
	return file->owner == user || file->sent_ms >= since_ms;
}

/*
 * Shows the files of a conversation that were sent since then, without the names that the
 * conversation `shown` has, too.
 */
static enum chat_result
list_conversation(struct list *list, struct chat_conversation conversation, const char *who,
    int64_t since_ms, const struct chat_conversation *shown)
{
	char bytes[CHAT_FILE_NAME_MAX];
	struct chat_text name = { .data = bytes };
	struct chat_file file;
	enum chat_result result;

	for (uint32_t i = 0;
	     (result = chat_file_name_at(list->chat, conversation, i, bytes, &name.len)) == CHAT_OK;
	     i++) {
		if (shown != NULL && chat_file_get(list->chat, *shown, name, &file) == CHAT_OK)
			continue;
		if (since_ms > 0 &&
		    (chat_file_get(list->chat, conversation, name, &file) != CHAT_OK ||
		        !is_open(&file, list->user, since_ms)))
			continue;
		list->visit(list->arg, chat_text(who), name);
	}
	return result == CHAT_NO_FILE ? CHAT_OK : result;
}

/* Shows the files of a partner who is no user here: one of another realm, or one who is gone. */
static enum chat_result
list_remote_user(struct list *list, uint64_t partner)
{
	char who[CHAT_REMOTE_USER_TEXT];
	enum chat_result result = chat_remote_user_text(list->chat, partner, who);

	if (result == CHAT_OK)
		return list_conversation(list, chat_conversation_users(list->user, partner), who, 0,
		    NULL);
	return result == CHAT_NO_USER ? CHAT_OK : result;
}

static enum chat_result
list_user(struct list *list, uint64_t partner)
{
	struct chat_conversation conversation = chat_conversation_users(list->user, partner);
	struct chat_user user;
	struct chat_group group;
	int64_t since_ms;
	enum chat_result result = chat_user_get(list->chat, partner, &user);

	if (result != CHAT_OK)
		return result == CHAT_NO_USER ? list_remote_user(list, partner) : result;
	result = list_conversation(list, conversation, user.name, 0, NULL);
	if (result != CHAT_OK)
		return result;
	result = find_group(list->chat, list->user, chat_text(user.name), &group, &since_ms);
	if (result == CHAT_OK)
		return list_conversation(list, chat_conversation_group(group.id), user.name,
		    since_ms, &conversation);
	return result == CHAT_NO_FILE ? CHAT_OK : result;
}

/* Shows a group's files, unless they were shown with those of the user of this name. */
static enum chat_result
list_group(struct list *list, uint64_t id)
{
	struct chat_group group;
	struct chat_user user;
	uint32_t index;
	unsigned char key[CHAT_KEY_ID];
	int64_t since_ms;
	enum chat_result result = chat_group_get(list->chat, id, &group);

	if (result == CHAT_OK)
		result = chat_choice_since(list->chat, &group, list->user, &since_ms);
	if (result != CHAT_OK)
		return result == CHAT_NO_GROUP || result == CHAT_NOT_MEMBER ? CHAT_OK : result;
	result = chat_user_find(list->chat, chat_text(group.name), &user);
	if (result == CHAT_OK) {
		struct chat_set partners = chat_file_partners(list->user);

		chat_key_id(key, user.id);
		if (chat_set_index(list->chat, &partners, key, sizeof(key), &index) == STORE_OK)
			return CHAT_OK;
	}
	return list_conversation(list, chat_conversation_group(id), group.name, since_ms, NULL);
}

enum chat_result
chat_download_list(struct chat *chat, const struct chat_session *session,
    chat_download_visit *visit, void *arg)
{
	struct list list = { .chat = chat, .user = session->user.id, .visit = visit, .arg = arg };
	enum chat_result result = CHAT_OK;
	uint64_t id;

	for (uint32_t i = 0; result == CHAT_OK; i++) {
		result = chat_file_partner_at(chat, list.user, i, &id);
		if (result == CHAT_OK)
			result = list_user(&list, id);
	}
	if (result != CHAT_NO_FILE)
		return result;
	result = CHAT_OK;
	for (uint32_t i = 0; result == CHAT_OK; i++) {
		result = chat_member_group(chat, list.user, i, &id);
		if (result == CHAT_OK)
			result = list_group(&list, id);
	}
	return result == CHAT_NOT_MEMBER ? CHAT_OK : result;
}

/* Finds a user by name, or a user of another realm as user@realm. */
static enum chat_result
find_partner(struct chat *chat, struct chat_text who, uint64_t *id)
{
	struct chat_user user;
	enum chat_result result = chat_user_find(chat, who, &user);

	if (result == CHAT_OK)
		*id = user.id;
	return result == CHAT_NO_USER ? chat_remote_user_find(chat, who, id) : result;
}

static enum chat_result
find_file(struct chat *chat, uint64_t user, struct chat_text who, struct chat_text name,
    struct chat_file *file)
{
	struct chat_group group;
	uint64_t partner;
	int64_t since_ms;
	enum chat_result result = find_partner(chat, who, &partner);

	if (result == CHAT_OK)
		result = chat_file_get(chat, chat_conversation_users(user, partner), name, file);
	if (result != CHAT_NO_USER && result != CHAT_NO_FILE)
		return result;
	result = find_group(chat, user, who, &group, &since_ms);
	if (result == CHAT_OK)
		result = chat_file_get(chat, chat_conversation_group(group.id), name, file);
	return result == CHAT_OK && !is_open(file, user, since_ms) ? CHAT_NO_FILE : result;
}

/* A file that is asked for by its conversation, or by the name of that. */
struct wanted {
	uint64_t user;
	struct chat_text who; /* no data: the conversation is known */
	struct chat_conversation conversation;
	int64_t since_ms; /* with that */
	struct chat_text name;
};

static enum chat_result
find_wanted(struct chat *chat, const struct wanted *wanted, struct chat_file *file)
{
	enum chat_result result;

	if (wanted->who.data != NULL)
		return find_file(chat, wanted->user, wanted->who, wanted->name, file);
	result = chat_file_get(chat, wanted->conversation, wanted->name, file);
	return result == CHAT_OK && !is_open(file, wanted->user, wanted->since_ms) ? CHAT_NO_FILE
	                                                                           : result;
}

static enum chat_result
open_wanted(struct chat *chat, const struct wanted *wanted, struct chat_download *download)
{
	struct chat_file file, before;
	bool again = false;

	download->name = wanted->name;
	/* A file that is replaced may lose its content before it is opened: look again then. */
	for (;; again = true, before = file) {
		enum chat_result result = find_wanted(chat, wanted, &file);

		if (result != CHAT_OK)
			return result;
		download->fd = chat_blob_open(chat->config, file.hash);
		download->size = file.size;
		memcpy(download->hash, file.hash, sizeof(download->hash));
		if (download->fd >= 0)
			return CHAT_OK;
		if (errno != ENOENT ||
		    (again && memcmp(before.hash, file.hash, sizeof(file.hash)) == 0)) {
			log_warn("the content of a file cannot be opened");
			return CHAT_FAILED;
		}
	}
}

enum chat_result
chat_download_open(struct chat *chat, const struct chat_session *session, struct chat_text who,
    struct chat_text given, struct chat_download *download)
{
	struct wanted wanted = { .user = session->user.id, .who = who };

	if (chat_file_name(given, &wanted.name) != CHAT_OK)
		return CHAT_NO_FILE;
	return open_wanted(chat, &wanted, download);
}

enum chat_result
chat_download_open_in(struct chat *chat, const struct chat_session *session,
    struct chat_conversation conversation, int64_t since_ms, struct chat_text given,
    struct chat_download *download)
{
	struct wanted wanted = { .user = session->user.id,
		.conversation = conversation,
		.since_ms = since_ms };

	if (chat_file_name(given, &wanted.name) != CHAT_OK)
		return CHAT_NO_FILE;
	return open_wanted(chat, &wanted, download);
}

enum chat_result
chat_download_told(struct chat *chat, const struct chat_session *session, uint64_t owner,
    uint64_t from_id, struct chat_text sender, struct chat_text name,
    struct chat_download *download)
{
	struct wanted wanted = { .user = session->user.id, .name = name };
	enum chat_result result = CHAT_OK;

	if (owner != wanted.user) {
		wanted.conversation = chat_conversation_group(owner);
	} else {
		if (from_id == 0)
			result = chat_remote_user_find(chat, sender, &from_id);
		wanted.conversation = chat_conversation_users(wanted.user, from_id);
	}
	return result == CHAT_OK ? open_wanted(chat, &wanted, download) : result;
}

struct search {
	struct chat *chat;
	uint64_t user;
	struct chat_download_newest *newest;
};

static void
compare_newest(void *arg, struct chat_text who, struct chat_text name)
{
	struct search *search = arg;
	struct chat_download_newest *newest = search->newest;
	struct chat_file file;

	if (find_file(search->chat, search->user, who, name, &file) != CHAT_OK ||
	    file.owner == search->user || file.sent_ms <= newest->sent_ms)
		return;
	newest->sent_ms = file.sent_ms;
	memcpy(newest->who, who.data, who.len);
	newest->who_len = who.len;
	memcpy(newest->name, name.data, name.len);
	newest->name_len = name.len;
}

enum chat_result
chat_download_newest(struct chat *chat, const struct chat_session *session,
    struct chat_download_newest *newest)
{
	struct search search = { .chat = chat, .user = session->user.id, .newest = newest };
	enum chat_result result;

	newest->sent_ms = 0;
	result = chat_download_list(chat, session, compare_newest, &search);
	return result == CHAT_OK && newest->sent_ms == 0 ? CHAT_NO_FILE : result;
}
