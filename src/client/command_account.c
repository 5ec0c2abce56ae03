/* The commands around the account: login, logout, register, passwd, sessions. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/password.h"
#include "client/i18n.h"
#include "client/int.h"
#include "client/json.h"
#include "client/output.h"
#include "client/refusal.h"
#include "client/request.h"
#include "client/terminal.h"

#define PASSWORD_SIZE (PASSWORD_MAX_BYTES + 1)

/* Whether TLS is spoken: as it was told, or as it is by default. */
static bool
choose_tls(const struct client_call *call, const struct client_settings_account *written)
{
	const struct client_account *account = &call->session.account;

	if (call->options['t'] != NULL || call->options['f'] != NULL)
		return true;
	if (call->options['p'] != NULL)
		return false;
	if (written != NULL && written->tls_told)
		return written->account.tls;
	if (written == NULL && call->n_operands == 0)
		return account->tls;
	return client_account_default_tls(account->host, account->port);
}

/* The address that is told on the command line, in the settings, or was told at the last login. */
static int
choose_address(struct client_call *call, const struct client_settings_account *written)
{
	struct client_account *account = &call->session.account;

	if (written != NULL && written->account.host[0] != '\0')
		*account = written->account;
	if (call->n_operands > 0) {
		account->user[0] = account->dialect[0] = '\0';
		account->port = CLIENT_PORT_DEFAULT;
		if (!client_account_address(account, call->operands[0]))
			return client_output_error(EX_USAGE, _("\"%s\" is not [user@]host[:port]"),
			    call->operands[0]);
	}
	if (account->host[0] != '\0')
		return 0;
	return client_output_error(EX_USAGE,
	    _("no server is told: kabar login [user@]host[:port]"));
}

static int
choose_dialect(struct client_call *call, const struct client_settings_account *written)
{
	struct client_account *account = &call->session.account;
	const char *dialect = call->options['d'];

	if (dialect == NULL && written != NULL)
		dialect = written->account.dialect;
	if (dialect == NULL)
		dialect = account->dialect[0] != '\0' ? account->dialect : CLIENT_DIALECT_DEFAULT;
	if (client_dialect_find(dialect) == NULL)
		return client_output_error(EX_USAGE, _("there is no dialect \"%s\""), dialect);
	if (dialect != account->dialect)
		snprintf(account->dialect, sizeof(account->dialect), "%s", dialect);
	return 0;
}

static int
choose_fingerprint(struct client_call *call, const struct client_settings_account *written)
{
	const char *fingerprint = call->options['f'];

	if (fingerprint == NULL)
		fingerprint = written == NULL ? "" : written->fingerprint;
	if (fingerprint[0] != '\0' && !client_known_keys_valid(fingerprint))
		return client_output_error(EX_USAGE,
		    _("a fingerprint is SHA256: and 64 hex digits"));
	snprintf(call->session.fingerprint, sizeof(call->session.fingerprint), "%s", fingerprint);
	return 0;
}

/* Where to log in: by the command line, the settings, and the last login. 0, or the status. */
static int
choose_server(struct client_call *call)
{
	struct client_account *account = &call->session.account;
	const struct client_settings_account *written =
	    client_settings_find(&call->settings, account->name);
	int status;

	account->token[0] = account->fingerprint[0] = '\0';
	status = choose_address(call, written);
	/* What is written of one server does not hold for another one. */
	written = client_settings_of(&call->settings, account);
	if (status == 0)
		status = choose_dialect(call, written);
	if (status == 0)
		status = choose_fingerprint(call, written);
	if (status == 0)
		account->tls = choose_tls(call, written);
	return status;
}

/* The user's name, where the address did not have it: the one of this machine. */
static int
choose_user(struct client_account *account)
{
	const char *user = getenv("USER");

	if (account->user[0] != '\0')
		return 0;
	if (user == NULL || !client_account_name_valid(user))
		return client_output_error(EX_USAGE, _("no user is told: user@host"));
	snprintf(account->user, sizeof(account->user), "%s", user);
	return 0;
}

/* Keeps the session that a reply opens. The status. */
static int
keep_session(struct client_call *call, const json_t *reply)
{
	struct client_account *account = &call->session.account;
	const char *token = client_json_text(reply, "tokenid", NULL);
	int status;

	if (token[0] == '\0')
		token = client_json_text(reply, "token_id", NULL);
	if (!token_looks(token, strlen(token)))
		return client_output_error(EX_PROTOCOL, _("the server gave no token"));
	snprintf(account->token, sizeof(account->token), "%s", token);
	snprintf(account->fingerprint, sizeof(account->fingerprint), "%s",
	    client_connection_fingerprint(call->session.connection));
	if (client_account_save(account) != 0) {
		status = client_output_error(EX_CANTCREAT, _("cannot keep the account %s: %s"),
		    account->name, strerror(errno));
		/* Nobody would know the session. */
		if (client_session_put(&call->session, CLIENT_LOGOUT, CLIENT_NO_WORDS, NULL, 0) ==
		    0)
			json_decref(client_session_await(&call->session, false, true));
		return status;
	}
	if (call->json)
		client_output_json(json_pack("{s:s,s:s,s:s,s:i,s:b}", "account", account->name,
		    "user", account->user, "host", account->host, "port", account->port, "tls",
		    account->tls));
	else
		client_output_line(_("%s is logged in at %s (account %s)"), account->user,
		    account->host, account->name);
	return 0;
}

/* Calls a verb that opens a session; its words hold a password, and no token goes with them. */
static int
open_session(struct client_call *call, enum client_verb verb, const char *const *words)
{
	json_t *reply = client_session_call(&call->session, verb, words, NULL, 0);
	int status = reply == NULL ? call->session.status : keep_session(call, reply);

	json_decref(reply);
	return status;
}

/* Connects for a login. 0, or the status. */
static int
connect_server(struct client_call *call)
{
	struct client_session *s = &call->session;
	int status = client_session_open(s);

	/* A server that expects TLS closes as well; it is not spoken on this machine by itself. */
	if (status == EX_TEMPFAIL && !s->account.tls)
		client_output_note(_("if the server speaks TLS on this port, log in with --tls"));
	return status;
}

/* Chooses server and user of the account, and connects. The exit status. */
static int
begin_account(struct client_call *call)
{
	int status = client_find_account(call);

	if (status == 0)
		status = choose_server(call);
	if (status == 0)
		status = choose_user(&call->session.account);
	if (status == 0)
		status = connect_server(call);
	return status;
}

int
client_login(struct client_call *call)
{
	struct client_account *account = &call->session.account;
	char password[PASSWORD_SIZE] = "", prompt[256];
	int status = begin_account(call);

	if (status != 0)
		return status;
	snprintf(prompt, sizeof(prompt), _("Password of %s at %s: "), account->user, account->host);
	if (client_terminal_password(prompt, password, sizeof(password)))
		status = open_session(call, CLIENT_LOGIN, CLIENT_WORDS(account->user, password));
	else
		status = client_output_error(EX_NOINPUT, _("no password was given"));
	explicit_bzero(password, sizeof(password));
	return status;
}

/* Gives the code of an invitation, which the connection keeps for the registration. */
static int
give_invitation(struct client_call *call)
{
	struct client_session *s = &call->session;
	json_t *reply;

	if (call->options['i'] == NULL)
		return 0;
	if (client_request_put(s->connection, CLIENT_WORDS("invitation", call->options['i']), NULL,
	        0) != 0)
		return client_output_error(EX_USAGE, _("this is no code of an invitation"));
	reply = client_session_await(s, false, false);
	if (reply == NULL)
		return s->status;
	int status = client_refusal_is_none(reply) ? 0 : client_session_refused(s, reply);
	json_decref(reply);
	return status;
}

/* A full name goes over the wire as one word. */
static void
write_full_name(char *word, size_t size, const char *name)
{
	snprintf(word, size, "%s", name);
	for (; *word != '\0'; word++)
		if (*word == ' ')
			*word = '_';
}

int
client_register(struct client_call *call)
{
	struct client_account *account = &call->session.account;
	char password[PASSWORD_SIZE] = "", name[256], country[256];
	int status = begin_account(call);

	if (status == 0)
		status = give_invitation(call);
	if (status != 0)
		return status;
	write_full_name(name, sizeof(name),
	    call->n_operands > 1 ? call->operands[1] : account->user);
	write_full_name(country, sizeof(country), call->n_operands > 2 ? call->operands[2] : "-");
	if (client_terminal_new_password(_("New password: "), _("New password again: "), password,
	        sizeof(password)))
		status = open_session(call, CLIENT_REGISTER,
		    CLIENT_WORDS(account->user, password, name, country));
	else
		status = client_output_error(EX_NOINPUT, _("no password was given"));
	explicit_bzero(password, sizeof(password));
	return status;
}

/* The token is forgotten, whatever the server says. */
static int
forget_token(struct client_account *account)
{
	explicit_bzero(account->token, sizeof(account->token));
	if (client_account_save(account) == 0)
		return 0;
	return client_output_error(EX_CANTCREAT, _("cannot keep the account %s: %s"), account->name,
	    strerror(errno));
}

int
client_logout(struct client_call *call)
{
	struct client_session *s = &call->session;
	int status = client_begin(call), forgotten;
	json_t *reply;

	if (call->n_operands > 0 && status == 0) {
		if (!client_session_can(s, CLIENT_SESSIONS))
			return client_session_cannot(s, CLIENT_SESSIONS);
		return client_call_simply(call, CLIENT_LOGOUT, CLIENT_WORDS(call->operands[0]));
	}
	if (s->account.token[0] == '\0' || s->dialect == NULL || call->n_operands > 0)
		return status;
	if (status == 0 && client_session_put(s, CLIENT_LOGOUT, CLIENT_NO_WORDS, NULL, 0) == 0 &&
	    (reply = client_session_await(s, false, false)) != NULL) {
		/* A session that has ended before is what was wanted. */
		if (!client_refusal_is_none(reply) &&
		    strcmp(client_refusal_code(reply), "NO_SESSION") != 0)
			status = client_session_refused(s, reply);
		json_decref(reply);
	} else if (status == 0) {
		status = s->status;
	}
	forgotten = forget_token(&s->account);
	return status != 0 ? status : forgotten;
}

int
client_passwd(struct client_call *call)
{
	struct client_session *s = &call->session;
	char old[PASSWORD_SIZE] = "", fresh[PASSWORD_SIZE] = "";
	int status = client_begin(call);

	if (status != 0)
		return status;
	if (!client_session_can(s, CLIENT_PASSWD))
		return client_session_cannot(s, CLIENT_PASSWD);
	if (client_terminal_password(_("Old password: "), old, sizeof(old)) &&
	    client_terminal_new_password(_("New password: "), _("New password again: "), fresh,
	        sizeof(fresh)))
		status = client_call_simply(call, CLIENT_PASSWD, CLIENT_WORDS(old, fresh));
	else
		status = client_output_error(EX_NOINPUT, _("no password was given"));
	explicit_bzero(old, sizeof(old));
	explicit_bzero(fresh, sizeof(fresh));
	return status;
}

int
client_sessions(struct client_call *call)
{
	struct client_output_table table = { .n = 0 };
	const json_t *session;
	int status = client_begin(call);
	char used[32];
	json_t *reply;
	size_t i;

	if (status != 0)
		return status;
	reply = client_session_call(&call->session, CLIENT_SESSIONS, CLIENT_NO_WORDS, NULL, 0);
	if (reply == NULL)
		return call->session.status;
	json_array_foreach (json_object_get(reply, "sessions"), i, session) {
		if (call->json) {
			client_output_json(json_deep_copy(session));
			continue;
		}
		client_output_time(client_json_text(session, "used", NULL), used);
		client_output_row(&table,
		    CLIENT_WORDS(client_json_text(session, "session", NULL), used,
		        client_json_text(session, "address", NULL),
		        client_json_text(session, "client", NULL),
		        client_json_true(session, "this") ? _("this one") : ""));
	}
	client_output_table(&table);
	json_decref(reply);
	return 0;
}
