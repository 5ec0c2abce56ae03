/* chat_realm: verbs that name a realm, which may be the own one. */
#include "chat/realm/realm.h"

#include <string.h>

#include "base/log.h"
#include "chat/message.h"
#include "chat/realm/bridge.h"
#include "chat/realm/delivery.h"

enum chat_result
chat_realm_find(struct chat *chat, struct chat_text realm, struct chat_peer *peer)
{
	enum chat_result result;

	*peer = (struct chat_peer){ .id = 0 };
	if (chat_text_is(realm, chat->config->realm))
		return CHAT_OK;
	result = chat_peer_find(chat, realm, peer);
	return result == CHAT_OK && !peer->active ? CHAT_NO_REALM : result;
}

static enum chat_result
add_peer(struct chat *chat, const struct chat_session *session, const struct chat_text *words,
    size_t n_words)
{
	struct chat_peer peer;

	if (n_words != 1 && n_words != 3)
		return CHAT_BAD_ARGUMENT;
	if (n_words == 3 && !session->user.admin)
		return CHAT_FORBIDDEN;
	if (chat_text_is(words[0], chat->config->realm))
		return CHAT_REALM_EXISTS;
	/* Strangers need not know with whom this realm speaks. */
	if (session->user.id == 0)
		return CHAT_BAD_ARGUMENT;
	if (chat_realm_find(chat, words[0], &peer) == CHAT_OK)
		return CHAT_REALM_EXISTS;
	return n_words == 1 ? CHAT_BAD_ARGUMENT : chat_peer_add(chat, words[0], words[1], words[2]);
}

enum chat_result
chat_realm_add(struct chat *chat, const struct chat_session *session, const struct chat_text *words,
    size_t n_words)
{
	enum chat_result result = add_peer(chat, session, words, n_words);

	if (result == CHAT_OK) {
		log_info("realm %.*s added", (int)words[0].len, words[0].data);
		if (chat_bridge_reload(chat) == CHAT_NO_ANSWER && chat->start_bridge != NULL)
			(void)chat->start_bridge(chat->config->state);
	}
	return result;
}

static enum chat_result
send_outbound(struct chat *chat, const struct chat_session *session, const struct chat_peer *peer,
    enum chat_outbound_kind kind, struct chat_text to, struct chat_text text)
{
	struct chat_outbound outbound = { .kind = kind,
		.from_id = session->user.id,
		.from = chat_text(session->user.name),
		.from_name = chat_text(session->user.fullname),
		.to = to,
		.text = text };
	enum chat_result result = chat_outbound_address(kind, to);

	if (result != CHAT_OK)
		return result;
	if (!chat_message_valid(text))
		return CHAT_BAD_ARGUMENT;
	return chat->chain == NULL ? chat_delivery_send(chat, peer, &outbound, NULL)
	                           : CHAT_UNDER_WAY;
}

/* The peer of this name, 0 for the own realm; and a list of users told from a group. */
static enum chat_result
find_destination(struct chat *chat, struct chat_text realm, enum chat_outbound_kind *kind,
    struct chat_text *to, struct chat_peer *peer)
{
	if (*kind != CHAT_OUTBOUND_USER)
		*kind = chat_outbound_kind_of(to);
	return chat_realm_find(chat, realm, peer);
}

enum chat_result
chat_realm_send(struct chat *chat, const struct chat_session *session, struct chat_text realm,
    enum chat_outbound_kind kind, struct chat_text to, struct chat_text text)
{
	struct chat_peer peer;
	enum chat_result result = find_destination(chat, realm, &kind, &to, &peer);

	if (result != CHAT_OK)
		return result;
	if (peer.id != 0)
		return send_outbound(chat, session, &peer, kind, to, text);
	switch (kind) {
	case CHAT_OUTBOUND_LIST:
		return chat_message_send_list(chat, session, to, text);
	case CHAT_OUTBOUND_GROUP:
		return chat_message_send_group(chat, session, to, text);
	default:
		return chat_message_send(chat, session, to, text);
	}
}

enum chat_result
chat_realm_upload(struct chat *chat, struct chat_upload *upload, struct chat_text realm,
    enum chat_outbound_kind kind, struct chat_text to)
{
	struct chat_peer peer;
	enum chat_result result = find_destination(chat, realm, &kind, &to, &peer);

	if (result != CHAT_OK)
		return result;
	if (peer.id != 0)
		return chat_upload_to_peer(upload, &peer, kind, to);
	switch (kind) {
	case CHAT_OUTBOUND_LIST:
		return chat_upload_to_list(chat, upload, to);
	case CHAT_OUTBOUND_GROUP:
		return chat_upload_to_group(chat, upload, to);
	default:
		return chat_upload_to_user(chat, upload, to);
	}
}

enum chat_result
chat_realm_info(struct chat *chat, struct chat_text who, struct chat_person *person)
{
	const char *at = memchr(who.data, '@', who.len);
	struct chat_text name = who, realm;
	struct chat_peer peer = { .id = 0 };
	struct chat_user user;
	enum chat_result result = CHAT_OK;

	if (at != NULL) {
		name.len = (size_t)(at - who.data);
		realm = (struct chat_text){ .data = at + 1, .len = who.len - name.len - 1 };
		result = chat_realm_find(chat, realm, &peer);
	}
	if (result != CHAT_OK)
		return result;
	if (peer.id == 0) {
		result = chat_user_find(chat, name, &user);
		if (result == CHAT_OK)
			chat_person_init(person, &user);
		return result;
	}
	result = chat_outbound_address(CHAT_OUTBOUND_USER, name);
	return result == CHAT_OK ? chat_bridge_info(chat, &peer, name, person) : result;
}

void
chat_realm_pull(struct chat *chat, const struct chat_session *session, struct chat_text realm)
{
	struct chat_peer peer;

	if (chat_realm_find(chat, realm, &peer) != CHAT_OK || !peer.legacy)
		return;
	enum chat_result result = chat_bridge_pull(chat, &peer, chat_text(session->user.name));
	if (result != CHAT_OK)
		log_info("no messages pulled from %s: %s", peer.name, chat_strerror(result));
}
