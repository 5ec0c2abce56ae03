/*
 * dialect_web_session: logging in, registering and logging out by forms. The gate judges as it does
 * for every client (dialect_enter); nobody is shown online by it.
 */
#include "dialect/web/session.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "dialect/enter.h"
#include "dialect/web/form.h"

#define COOKIE_NAME_SIZE (sizeof("kabar-") + NAME_MAX_BYTES)

static void
write_name(const struct dialect_web_exchange *x, char name[COOKIE_NAME_SIZE])
{
	snprintf(name, COOKIE_NAME_SIZE, "kabar-%s", x->dialog->config->realm);
}

void
dialect_web_session_read_cookie(struct dialect_web_exchange *x,
    const struct dialect_web_request *request)
{
	char name[COOKIE_NAME_SIZE];
	struct chat_text value;

	write_name(x, name);
	x->token[0] = '\0';
	if (dialect_web_request_cookie(request, name, &value) && token_looks(value.data, value.len))
		(void)dialect_copy(x->token, sizeof(x->token), value);
}

/*
 * Without a path, the cookie belongs to the directory of the request's path as the client sees it,
 * whatever prefix a proxy has taken away: that is the page's.
 */
void
dialect_web_session_write_cookie(const struct dialect_web_exchange *x, const char *token,
    char out[DIALECT_WEB_COOKIE_SIZE])
{
	int64_t age = token[0] == '\0' ? 0 : x->dialog->config->token_lifetime;
	char name[COOKIE_NAME_SIZE];

	write_name(x, name);
	snprintf(out, DIALECT_WEB_COOKIE_SIZE,
	    "Set-Cookie: %s=%s; Max-Age=%lld; HttpOnly; SameSite=Strict%s\r\n", name, token,
	    (long long)age, x->secure ? "; Secure" : "");
}

enum chat_result
dialect_web_session_find(struct dialect_web_exchange *x, struct chat_session *session)
{
	if (x->token[0] == '\0')
		return CHAT_NO_SESSION;
	if (!dialect_begin(x->dialog))
		return CHAT_FAILED;
	return dialect_enter_session(x->dialog, chat_text(x->token), session);
}

static const char *
registration_word(const struct config *config)
{
	switch (config->registration) {
	case CONFIG_REGISTRATION_ON:
		return "on";
	case CONFIG_REGISTRATION_INVITATION:
		return "invitation";
	default:
		return "off";
	}
}

void
dialect_web_session_show(struct dialect_web_exchange *x, const struct dialect_web_request *request)
{
	const struct config *config = x->dialog->config;
	struct chat_session session;
	struct dialect_web_json json;
	enum chat_result result = dialect_web_session_find(x, &session);

	(void)request;
	if (result != CHAT_OK && result != CHAT_NO_SESSION) {
		dialect_web_reply_result(x, CHAT_FAILED);
		return;
	}
	dialect_web_reply_json_begin(&json, "OK");
	json_out_pair(&json.out, "realm", config->realm);
	json_out_pair(&json.out, "server", "kabar " PACKAGE_VERSION);
	json_out_pair(&json.out, "registration", registration_word(config));
	if (result == CHAT_OK) {
		json_out_pair(&json.out, "username", session.user.name);
		json_out_pair(&json.out, "name", session.user.fullname);
		json_out_key(&json.out, "admin");
		json_out_bool(&json.out, session.user.admin);
	}
	dialect_web_reply_json(x, 200, &json, "");
}

/* Opens a session for a user who has just proved to be that, and replies with its cookie. */
static enum chat_result
open_session(struct dialect_web_exchange *x, const struct chat_user *user)
{
	char cookie[DIALECT_WEB_COOKIE_SIZE];
	struct dialect_web_json json;
	struct chat_session session;
	enum chat_result result;

	result = chat_session_open(&x->dialog->chat, user, &session);
	if (result != CHAT_OK)
		return result;
	log_info("login %s", user->name);
	dialect_web_reply_json_begin(&json, "OK");
	json_out_pair(&json.out, "username", user->name);
	dialect_web_session_write_cookie(x, session.token, cookie);
	dialect_web_reply_json(x, 200, &json, cookie);
	explicit_bzero(cookie, sizeof(cookie));
	explicit_bzero(&session, sizeof(session));
	return CHAT_OK;
}

/* An account that is missing is no missing page. */
static void
reply_refusal(struct dialect_web_exchange *x, enum chat_result result)
{
	if (result == CHAT_NO_USER)
		dialect_web_reply_error(x, 403, result);
	else
		dialect_web_reply_result(x, result);
}

/* A line cannot hold other names, and the log's are to be read as those of lines are. */
static struct chat_text
name_for_log(struct chat_text name)
{
	return name_valid(name.data, name.len) ? name : chat_text("?");
}

static enum chat_result
log_in(struct dialect_web_exchange *x, struct dialect_web_form *form)
{
	static const char *const names[] = { "username", "password" };
	struct chat_text values[2];
	struct chat_user user;
	enum chat_result result;

	if (!dialect_web_form_fields(form, names, values, 2) || values[0].len == 0 ||
	    values[1].len == 0)
		return CHAT_BAD_ARGUMENT;
	result = dialect_enter_login(x->dialog, name_for_log(values[0]), values[1], &user);
	return result == CHAT_OK ? open_session(x, &user) : result;
}

static enum chat_result
register_user(struct dialect_web_exchange *x, struct dialect_web_form *form)
{
	static const char *const names[] = { "username", "password", "name", "country",
		"invitation" };
	struct chat_user user = { .id = 0 };
	struct chat_text values[5];
	enum chat_result result = CHAT_OK;

	if (!dialect_web_form_fields(form, names, values, 5))
		return CHAT_BAD_ARGUMENT;
	if (values[4].len > 0)
		result = dialect_enter_invitation(x->dialog, values[4]);
	if (result == CHAT_OK)
		result = dialect_enter_may_register(x->dialog);
	if (result != CHAT_OK)
		return result;
	if (!name_valid(values[0].data, values[0].len) ||
	    !dialect_copy(user.name, sizeof(user.name), values[0]) ||
	    !dialect_copy(user.fullname, sizeof(user.fullname), values[2]) ||
	    !dialect_copy(user.country, sizeof(user.country), values[3]))
		return CHAT_BAD_ARGUMENT;
	result = dialect_enter_register(x->dialog, &user, values[1]);
	return result == CHAT_OK ? open_session(x, &user) : result;
}

/* Does with a form what the function says, and wipes it. */
static void
serve_form(struct dialect_web_exchange *x, const struct dialect_web_request *request,
    enum chat_result (*serve)(struct dialect_web_exchange *, struct dialect_web_form *))
{
	struct dialect_web_form form;
	enum chat_result result = CHAT_FAILED;

	x->close = true;
	if (!dialect_web_form_comes(x, request) || !dialect_web_form_read(x, &form))
		return;
	if (dialect_begin(x->dialog))
		result = serve(x, &form);
	explicit_bzero(form.body, sizeof(form.body));
	if (result != CHAT_OK)
		reply_refusal(x, result);
}

void
dialect_web_session_login(struct dialect_web_exchange *x, const struct dialect_web_request *request)
{
	serve_form(x, request, log_in);
}

void
dialect_web_session_register(struct dialect_web_exchange *x,
    const struct dialect_web_request *request)
{
	serve_form(x, request, register_user);
}

/* A cookie whose session has ended already is removed as well. */
void
dialect_web_session_logout(struct dialect_web_exchange *x,
    const struct dialect_web_request *request)
{
	char cookie[DIALECT_WEB_COOKIE_SIZE];
	struct dialect_web_json json;
	struct chat_session session;
	enum chat_result result = dialect_web_session_find(x, &session);

	(void)request;
	x->close = true;
	if (result == CHAT_OK)
		result = chat_session_close(&x->dialog->chat, &session);
	if (result == CHAT_OK)
		dialect_farewell(x->dialog, &session);
	if (result != CHAT_OK && result != CHAT_NO_SESSION) {
		dialect_web_reply_result(x, CHAT_FAILED);
		return;
	}
	dialect_web_session_write_cookie(x, "", cookie);
	dialect_web_reply_json_begin(&json, "OK");
	dialect_web_reply_json(x, 200, &json, cookie);
}
