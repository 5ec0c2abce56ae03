/*
 * chat_realm: verbs that name a realm. The own realm is one of them.
 */
#include "chat_realm.h"

#include <string.h>
#include <strings.h>

#include "chat_message.h"

#define GROUP_PREFIX "group:"

static bool
same_name(const char *name, struct chat_text text)
{
	return strlen(name) == text.len && strncasecmp(name, text.data, text.len) == 0;
}

enum chat_result
chat_realm_known(struct chat *chat, struct chat_text realm)
{
	return same_name(chat->config->realm, realm) ? CHAT_OK : CHAT_NO_REALM;
}

enum chat_result
chat_realm_add(struct chat *chat, const struct chat_session *session, const struct chat_text *words,
    size_t n_words)
{
	if (n_words != 1)
		return n_words == 3 && !session->user.admin ? CHAT_FORBIDDEN : CHAT_BAD_ARGUMENT;
	return chat_realm_known(chat, words[0]) == CHAT_OK ? CHAT_REALM_EXISTS : CHAT_BAD_ARGUMENT;
}

enum chat_result
chat_realm_send(struct chat *chat, const struct chat_session *session, struct chat_text realm,
    struct chat_text user, struct chat_text text)
{
	enum chat_result result = chat_realm_known(chat, realm);

	return result == CHAT_OK ? chat_message_send(chat, session, user, text) : result;
}

/* Whether several are addressed by a list of users; else by a group, whose prefix is taken off. */
static bool
is_list(struct chat_text *to)
{
	const size_t prefix = sizeof(GROUP_PREFIX) - 1;

	if (to->len > prefix && strncasecmp(to->data, GROUP_PREFIX, prefix) == 0) {
		to->data += prefix;
		to->len -= prefix;
		return false;
	}
	return memchr(to->data, ',', to->len) != NULL;
}

enum chat_result
chat_realm_send_group(struct chat *chat, const struct chat_session *session, struct chat_text realm,
    struct chat_text to, struct chat_text text)
{
	enum chat_result result = chat_realm_known(chat, realm);

	if (result != CHAT_OK)
		return result;
	return is_list(&to) ? chat_message_send_list(chat, session, to, text)
	                    : chat_message_send_group(chat, session, to, text);
}

enum chat_result
chat_realm_upload(struct chat *chat, struct chat_upload *upload, struct chat_text realm,
    struct chat_text user)
{
	enum chat_result result = chat_realm_known(chat, realm);

	return result == CHAT_OK ? chat_upload_to_user(chat, upload, user) : result;
}

enum chat_result
chat_realm_upload_group(struct chat *chat, struct chat_upload *upload, struct chat_text realm,
    struct chat_text to)
{
	enum chat_result result = chat_realm_known(chat, realm);

	if (result != CHAT_OK)
		return result;
	return is_list(&to) ? chat_upload_to_list(chat, upload, to)
	                    : chat_upload_to_group(chat, upload, to);
}
