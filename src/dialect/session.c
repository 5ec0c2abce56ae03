/* dialect_session: a user's own sessions. */
#include "dialect/session.h"

#include <bsd/string.h>
#include <string.h>

#include "base/clock.h"
#include "base/hex.h"
#include "chat/session.h"
#include "chat/session_list.h"
#include "dialect/verb.h"

struct sessions {
	struct shown_session {
		unsigned char hash[TOKEN_HASH_LEN];
		struct chat_session_use use;
	} list[CHAT_SESSION_LIST_MOST];
	size_t n;
};

static enum chat_result
read_sessions(struct chat *chat, const struct chat_user *user, struct sessions *sessions)
{
	struct chat_session_list list;
	enum chat_result result = chat_session_list_read(chat, user->id, &list);

	sessions->n = 0;
	for (size_t i = 0; result == CHAT_OK && i < list.n; i++) {
		struct shown_session *shown = &sessions->list[sessions->n];

		result = chat_session_look(chat, list.hashes[i], user, &shown->use);
		memcpy(shown->hash, list.hashes[i], sizeof(shown->hash));
		sessions->n += result == CHAT_OK;
		if (result == CHAT_NO_SESSION)
			result = CHAT_OK;
	}
	return result;
}

/* What is known here of the session that asks is newer than what is noted of it. */
static void
set_own(const struct dialog *dialog, struct chat_session_use *use)
{
	use->used_ms = clock_now_ms();
	strlcpy(use->address, dialog->address, sizeof(use->address));
	if (dialog->client[0] != '\0')
		strlcpy(use->program, dialog->client, sizeof(use->program));
}

static void
write_session(struct json_out *json, const struct shown_session *session, bool own)
{
	char id[CHAT_SESSION_LIST_ID + 1], used[CLOCK_TEXT_SIZE];

	chat_session_list_id(session->hash, id);
	clock_iso_ms(session->use.used_ms, used);
	json_out_object_begin(json);
	json_out_pair(json, "session", id);
	json_out_key(json, "this");
	json_out_bool(json, own);
	json_out_pair(json, "client", session->use.program);
	json_out_pair(json, "address", session->use.address);
	json_out_pair(json, "used", used);
	json_out_object_end(json);
}

enum chat_result
dialect_session_show(struct dialog *dialog, struct line_request *request)
{
	unsigned char hash[TOKEN_HASH_LEN];
	struct sessions sessions;
	struct json_out json;
	enum chat_result result = read_sessions(&dialog->chat, &request->session.user, &sessions);

	if (result != CHAT_OK)
		return result;
	token_hash(request->session.token, hash);
	dialect_line_begin(dialog, &json, "OK");
	json_out_key(&json, "sessions");
	json_out_array_begin(&json);
	for (size_t i = 0; i < sessions.n; i++) {
		bool own = memcmp(sessions.list[i].hash, hash, sizeof(hash)) == 0;

		if (own)
			set_own(dialog, &sessions.list[i].use);
		write_session(&json, &sessions.list[i], own);
	}
	json_out_array_end(&json);
	return dialect_line_end(dialog, &json);
}

bool
dialect_session_is_id(const struct line_request *request)
{
	unsigned char start[CHAT_SESSION_LIST_ID / 2];

	return request->words[0].len == CHAT_SESSION_LIST_ID &&
	    hex_read(request->words[0].data, CHAT_SESSION_LIST_ID, start, sizeof(start)) > 0;
}

/* Whether the request's session has this id. */
static bool
is_own(const struct line_request *request, struct chat_text id)
{
	unsigned char hash[TOKEN_HASH_LEN];
	char own[CHAT_SESSION_LIST_ID + 1];

	token_hash(request->session.token, hash);
	chat_session_list_id(hash, own);
	return id.len == strlen(own) && memcmp(id.data, own, id.len) == 0;
}

enum chat_result
dialect_session_logout(struct dialog *dialog, struct line_request *request)
{
	struct chat_text id = request->words[0];

	if (request->n_words == 0 || is_own(request, id))
		return dialect_verb_logout(dialog, request);
	return chat_session_end(&dialog->chat, &request->session.user, id);
}
