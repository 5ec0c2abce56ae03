/* dialect_verb: commands that several line dialects have: logging in and out, sending. */
#include "dialect/verb.h"

#include "dialect/enter.h"

enum chat_result
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
	return dialect_line_end(dialog, &json);
}

enum chat_result
dialect_verb_login(struct dialog *dialog, struct line_request *request)
{
	struct chat_user user;
	enum chat_result result =
	    dialect_enter_login(dialog, request->words[0], request->words[1], &user);

	if (result == CHAT_OK)
		result = chat_session_open(&dialog->chat, &user, &request->session);
	return result == CHAT_OK ? dialect_verb_enter(dialog, request) : result;
}

enum chat_result
dialect_verb_logout(struct dialog *dialog, struct line_request *request)
{
	enum chat_result result = chat_session_close(&dialog->chat, &request->session);

	if (result == CHAT_OK)
		dialect_farewell(dialog, &request->session);
	return result;
}

enum chat_result
dialect_verb_send(struct dialog *dialog, struct line_request *request)
{
	return chat_message_send(&dialog->chat, &request->session, request->words[0],
	    request->text);
}
