/* dialect_verb: commands that several line dialects have: logging in and out, sending. */
#include "dialect/verb.h"

void
dialect_verb_enter(struct dialog *dialog, const struct line_request *request)
{
	const char *token = request->session.token;
	struct json_out json;

	dialect_welcome(dialog, &request->session);
	dialect_line_begin(dialog, &json, "OK");
	json_out_pair(&json, "tokenid", token);
	/* Some clients of the family read it under this key. */
	if (request->line->family)
		json_out_pair(&json, "token_id", token);
	dialect_line_end(dialog, &json);
}

void
dialect_verb_login(struct dialog *dialog, struct line_request *request)
{
	enum chat_result result = chat_session_login(&dialog->chat, request->words[0],
	    request->words[1], &request->session);

	if (result == CHAT_OK) {
		dialect_verb_enter(dialog, request);
		return;
	}
	dialect_refused(dialog, request->words[0], result);
	dialect_line_result(dialog, request, result);
}

bool
dialect_verb_leave(struct dialog *dialog, const struct line_request *request)
{
	enum chat_result result = chat_session_close(&dialog->chat, &request->session);

	if (result == CHAT_OK)
		dialect_farewell(dialog, &request->session);
	else
		dialect_line_result(dialog, request, result);
	return result == CHAT_OK;
}

void
dialect_verb_logout(struct dialog *dialog, struct line_request *request)
{
	if (dialect_verb_leave(dialog, request))
		dialect_line_result(dialog, request, CHAT_OK);
}

void
dialect_verb_send(struct dialog *dialog, struct line_request *request)
{
	dialect_line_result(dialog, request,
	    chat_message_send(&dialog->chat, &request->session, request->words[0], request->text));
}
