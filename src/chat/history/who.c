/* chat_who: reads and writes with whom a conversation is. */
#include "chat/history/who.h"

#include <stdio.h>
#include <string.h>

#include "chat/group.h"
#include "chat/realm/remote_user.h"
#include "chat/user.h"

static enum chat_result
find_user(struct chat *chat, struct chat_text name, struct chat_who *who)
{
	struct chat_user user;
	enum chat_result result;

	if (chat_text_is(name, NAME_SERVER)) {
		who->kind = CHAT_WHO_SERVER;
		snprintf(who->name, sizeof(who->name), "%s", NAME_SERVER);
		return CHAT_OK;
	}
	who->kind = CHAT_WHO_USER;
	result = chat_user_find(chat, name, &user);
	if (result != CHAT_OK)
		return result;
	who->id = user.id;
	memcpy(who->name, user.name, sizeof(who->name));
	return CHAT_OK;
}

static enum chat_result
find_group(struct chat *chat, struct chat_text name, struct chat_who *who)
{
	struct chat_group group;
	enum chat_result result = chat_group_find(chat, name, &group);

	who->kind = CHAT_WHO_GROUP;
	if (result != CHAT_OK)
		return result;
	who->id = group.id;
	memcpy(who->name, group.name, sizeof(who->name));
	return CHAT_OK;
}

/* Who has a record is written as the record has it. */
static enum chat_result
find_remote(struct chat *chat, struct chat_text text, struct chat_text realm, bool group,
    struct chat_who *who)
{
	const struct chat_text name = { .data = text.data + group, .len = text.len - group };
	struct chat_remote_user user;
	enum chat_result result;

	who->kind = group ? CHAT_WHO_REMOTE_GROUP : CHAT_WHO_REMOTE_USER;
	if (!name_valid(name.data, name.len) || name_reserved(name.data, name.len))
		return group ? CHAT_NO_GROUP : CHAT_NO_USER;
	result = chat_peer_find(chat, realm, &who->peer);
	if (result != CHAT_OK)
		return result;
	memcpy(who->name, name.data, name.len);
	result = chat_remote_user_id(chat, who->peer.id, text, &who->id);
	if (result != CHAT_OK || who->id == 0)
		return result;
	result = chat_remote_user_get(chat, who->id, &user);
	if (result == CHAT_OK)
		snprintf(who->name, sizeof(who->name), "%s", user.name + group);
	return result == CHAT_NO_USER ? CHAT_FAILED : result;
}

enum chat_result
chat_who_find(struct chat *chat, struct chat_text text, struct chat_who *who)
{
	const char *at = memchr(text.data, '@', text.len);
	const bool group = text.len > 0 && text.data[0] == '#';

	*who = (struct chat_who){ .kind = CHAT_WHO_USER };
	if (text.len == group || at == text.data + group)
		return CHAT_BAD_ARGUMENT;
	if (at != NULL) {
		const struct chat_text realm = { .data = at + 1,
			.len = text.len - (size_t)(at - text.data) - 1 };

		text.len = (size_t)(at - text.data);
		if (!chat_text_is(realm, chat->config->realm))
			return find_remote(chat, text, realm, group, who);
	}
	return group ? find_group(chat,
	                   (struct chat_text){ .data = text.data + 1, .len = text.len - 1 }, who)
	             : find_user(chat, text, who);
}

static enum chat_result
of_remote(struct chat *chat, uint64_t id, struct chat_who *who)
{
	struct chat_remote_user user;
	enum chat_result result = chat_remote_user_get(chat, id, &user);
	const bool group = result == CHAT_OK && user.name[0] == '#';

	if (result == CHAT_OK)
		result = chat_peer_get(chat, user.peer, &who->peer);
	if (result != CHAT_OK)
		return result == CHAT_NO_REALM ? CHAT_FAILED : result;
	who->kind = group ? CHAT_WHO_REMOTE_GROUP : CHAT_WHO_REMOTE_USER;
	snprintf(who->name, sizeof(who->name), "%s", user.name + group);
	return CHAT_OK;
}

enum chat_result
chat_who_of(struct chat *chat, uint64_t id, struct chat_who *who)
{
	struct chat_user user;
	struct chat_group group;
	enum chat_result result;

	*who = (struct chat_who){ .kind = CHAT_WHO_SERVER, .id = id, .name = NAME_SERVER };
	if (id == 0)
		return CHAT_OK;
	result = chat_user_get(chat, id, &user);
	if (result == CHAT_OK) {
		who->kind = CHAT_WHO_USER;
		memcpy(who->name, user.name, sizeof(who->name));
	} else if (result == CHAT_NO_USER) {
		result = chat_group_get(chat, id, &group);
		if (result == CHAT_NO_GROUP)
			return of_remote(chat, id, who);
		who->kind = CHAT_WHO_GROUP;
		if (result == CHAT_OK)
			memcpy(who->name, group.name, sizeof(who->name));
	}
	return result;
}

void
chat_who_text(const struct chat_who *who, char text[CHAT_WHO_TEXT])
{
	const bool group = who->kind == CHAT_WHO_GROUP || who->kind == CHAT_WHO_REMOTE_GROUP;
	const bool remote = who->kind == CHAT_WHO_REMOTE_USER || who->kind == CHAT_WHO_REMOTE_GROUP;

	snprintf(text, CHAT_WHO_TEXT, "%s%s%s%s", group ? "#" : "", who->name, remote ? "@" : "",
	    remote ? who->peer.name : "");
}
