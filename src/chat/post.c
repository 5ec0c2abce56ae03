/* chat_post: takes the text apart and hands it to the verbs that name a realm. */
#include "chat/post.h"

#include <string.h>

#include "chat/realm/realm.h"

struct address {
	enum chat_outbound_kind kind;
	struct chat_text name;
	struct chat_text realm;
};

/* What is no name here could be taken for a list of users there. */
static enum chat_result
parse_address(const struct chat *chat, struct chat_text who, struct address *address)
{
	const char *at;

	*address = (struct address){ .kind = CHAT_OUTBOUND_USER,
		.name = who,
		.realm = chat_text(chat->config->realm) };
	if (chat_text_is(who, NAME_SERVER))
		return CHAT_FORBIDDEN;
	if (who.len > 0 && who.data[0] == '#') {
		address->kind = CHAT_OUTBOUND_GROUP;
		address->name.data++;
		address->name.len--;
	}
	at = memchr(address->name.data, '@', address->name.len);
	if (at != NULL) {
		size_t len = (size_t)(at - address->name.data);

		address->realm =
		    (struct chat_text){ .data = at + 1, .len = address->name.len - len - 1 };
		address->name.len = len;
	}
	return name_valid(address->name.data, address->name.len) ? CHAT_OK : CHAT_BAD_ARGUMENT;
}

enum chat_result
chat_post_text(struct chat *chat, const struct chat_session *session, struct chat_text who,
    struct chat_text text)
{
	struct address address;
	enum chat_result result = parse_address(chat, who, &address);

	return result == CHAT_OK
	    ? chat_realm_send(chat, session, address.realm, address.kind, address.name, text)
	    : result;
}

enum chat_result
chat_post_address(struct chat *chat, struct chat_upload *upload, struct chat_text who)
{
	struct address address;
	enum chat_result result = parse_address(chat, who, &address);

	return result == CHAT_OK
	    ? chat_realm_upload(chat, upload, address.realm, address.kind, address.name)
	    : result;
}
