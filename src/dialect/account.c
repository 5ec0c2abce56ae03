/* dialect_account: handlers of the commands about the own account. */
#include "dialect/account.h"

#include <string.h>

#include "auth/client.h"
#include "base/hex.h"
#include "base/log.h"
#include "chat/certificate.h"
#include "dialect/enter.h"
#include "dialect/verb.h"

#define INVITATION_WORDS 6 /* of `invitation`, with the command that uses it */

static enum chat_result
add_user(struct dialog *dialog, struct line_request *request)
{
	struct chat_user user = { .id = 0 };
	enum chat_result result = dialect_enter_may_register(dialog);

	if (result != CHAT_OK)
		return result;
	if (!dialect_copy(user.name, sizeof(user.name), request->words[0]) ||
	    !dialect_copy(user.fullname, sizeof(user.fullname), request->words[2]) ||
	    !dialect_copy(user.country, sizeof(user.country), request->words[3]))
		return CHAT_BAD_ARGUMENT;
	for (char *c = user.fullname; *c != '\0'; c++)
		if (*c == '_')
			*c = ' ';
	result = dialect_enter_register(dialog, &user, request->words[1]);
	if (result == CHAT_OK)
		result = chat_session_open(&dialog->chat, &user, &request->session);
	return result;
}

enum chat_result
dialect_account_register(struct dialog *dialog, struct line_request *request)
{
	enum chat_result result = add_user(dialog, request);

	return result == CHAT_OK ? dialect_verb_enter(dialog, request) : result;
}

enum chat_result
dialect_account_take_invitation(struct dialog *dialog, struct line_request *request)
{
	bool alone = request->n_words == 1;
	enum chat_result result;

	if (!alone &&
	    (request->n_words != INVITATION_WORDS || !chat_text_is(request->words[1], "register")))
		return CHAT_BAD_ARGUMENT;
	result = dialect_enter_invitation(dialog, request->words[0]);
	if (result != CHAT_OK || alone)
		return result;
	request->n_words -= 2;
	memmove(request->words, request->words + 2, request->n_words * sizeof(request->words[0]));
	return dialect_account_register(dialog, request);
}

enum chat_result
dialect_account_invite(struct dialog *dialog, struct line_request *request)
{
	char code[CODE_TEXT_LEN + 1];
	enum chat_result result = dialect_enter_invite(dialog, &request->session, code);
	struct json_out json;

	if (result != CHAT_OK)
		return result;
	dialect_line_begin(dialog, &json, "OK");
	json_out_pair(&json, "message", code);
	explicit_bzero(code, sizeof(code));
	return dialect_line_end(dialog, &json);
}

enum chat_result
dialect_account_show(struct dialog *dialog, struct line_request *request)
{
	const struct chat_user *self = &request->session.user;
	struct json_out json;

	dialect_line_begin(dialog, &json, "OK");
	json_out_pair(&json, "username", self->name);
	json_out_pair(&json, "name", self->fullname);
	json_out_pair(&json, "country", self->country);
	json_out_pair(&json, "realm", dialog->config->realm);
	json_out_key(&json, "admin");
	json_out_bool(&json, self->admin);
	return dialect_line_end(dialog, &json);
}

enum chat_result
dialect_account_passwd(struct dialog *dialog, struct line_request *request)
{
	enum chat_result result =
	    dialect_enter_passwd(dialog, &request->session, request->words[0], request->words[1]);

	if (result != CHAT_OK)
		return result;
	log_info("%s has a new password", request->session.user.name);
	if (token_same(dialog->session.token, request->session.token))
		dialog->session = request->session;
	if (dialog->auth != NULL)
		auth_client_keep(dialog->auth, request->session.token);
	return CHAT_OK;
}

/* Their first digits: the rest is not stored. */
static enum chat_result
show_certificates(struct dialog *dialog, struct line_request *request)
{
	char start[2 * CHAT_CERTIFICATE_START + 1];
	struct chat_certificate_list list;
	struct json_out json;
	enum chat_result result =
	    chat_certificate_of(&dialog->chat, request->session.user.id, &list);

	if (result != CHAT_OK)
		return result;
	dialect_line_begin(dialog, &json, "OK");
	json_out_key(&json, "certificates");
	json_out_array_begin(&json);
	for (size_t i = 0; i < list.n; i++) {
		hex_write(list.items[i].start, sizeof(list.items[i].start), start);
		json_out_cstring(&json, start);
	}
	json_out_array_end(&json);
	return dialect_line_end(dialog, &json);
}

enum chat_result
dialect_account_certificate(struct dialog *dialog, struct line_request *request)
{
	bool adds;

	if (request->n_words == 0)
		return show_certificates(dialog, request);
	adds = chat_text_is(request->words[0], "add");
	if (!adds && !chat_text_is(request->words[0], "remove"))
		return CHAT_BAD_ARGUMENT;
	enum chat_result result = dialect_enter_certify(dialog, &request->session,
	    request->words[1], request->words[2], adds);
	if (result == CHAT_OK)
		log_info("%s has %s certificate", request->session.user.name,
		    adds ? "a new" : "removed a");
	return result;
}
