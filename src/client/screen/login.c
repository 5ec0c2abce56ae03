/*
 * The form to log in, and to make an account.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <bsd/stdlib.h>

#include "client/i18n.h"
#include "client/json.h"
#include "client/refusal.h"
#include "client/screen/int.h"

static const char *
read_field(const struct client_screen *s, enum client_screen_form_field field)
{
	return client_screen_edit_text(&s->form.fields[field]);
}

static void
say(struct client_screen *s, const char *text)
{
	snprintf(s->form.message, sizeof(s->form.message), "%s", text);
	s->form.busy = false;
	s->dirty = true;
	if (s->plain)
		client_screen_plain_line(s->form.message);
}

void
client_screen_login_start(struct client_screen *s, const char *message)
{
	char server[CLIENT_HOST_MAX + 8] = "";

	client_screen_link_stop(&s->link);
	for (int i = 0; i < CLIENT_SCREEN_FORM_FIELDS; i++)
		client_screen_edit_free(&s->form.fields[i]);
	s->form =
	    (struct client_screen_form){ .tls = s->account.tls || s->account.host[0] == '\0' };
	if (s->account.host[0] != '\0')
		snprintf(server, sizeof(server),
		    s->account.port == CLIENT_PORT_DEFAULT ? "%s" : "%s:%u", s->account.host,
		    s->account.port);
	client_screen_edit_set(&s->form.fields[CLIENT_SCREEN_FORM_SERVER], server);
	client_screen_edit_set(&s->form.fields[CLIENT_SCREEN_FORM_USER], s->account.user);
	if (server[0] != '\0')
		s->form.at = s->account.user[0] == '\0' ? CLIENT_SCREEN_FORM_USER
		                                        : CLIENT_SCREEN_FORM_PASSWORD;
	s->in_form = true;
	s->pasting = false;
	say(s, message);
	if (s->plain)
		s->quit = true; /* there is no form on lines */
}

static void
write_server(const struct client_screen *s, char server[CLIENT_HOST_MAX + 8])
{
	snprintf(server, CLIENT_HOST_MAX + 8, "%s:%u", s->account.host, s->account.port);
}

void
client_screen_login_own(struct client_screen *s)
{
	write_server(s, s->server);
}

/* Conversations of another user or server are not shown to this one, nor is anything sent here. */
static void
begin_model(struct client_screen *s)
{
	size_t lost = client_model_count_unsent(&s->model);

	client_screen_transfer_stop(&s->transfer);
	client_screen_list_free(&s->list);
	client_screen_page_free(&s->page);
	client_model_free(&s->model);
	client_screen_edit_set(&s->input, NULL);
	s->focus = NULL;
	s->view = (struct client_screen_view){ 0 };
	s->shown = (struct client_screen_shown){ 0 };
	s->searching = s->seeking = false;
	if (client_model_init(&s->model, read_field(s, CLIENT_SCREEN_FORM_USER)) != 0)
		s->quit = true;
	if (lost > 0)
		client_screen_talk_note(s, true,
		    ngettext("%zu message to another server was not sent",
		        "%zu messages to another server were not sent", lost),
		    lost);
}

/* The session is there: kept, and the conversations begin. */
static void
take_login(void *arg, const json_t *reply, const char *about)
{
	struct client_screen *s = arg;
	const char *token = client_json_text(reply, "tokenid", NULL);
	char text[CLIENT_REFUSAL_TEXT], server[CLIENT_HOST_MAX + 8];

	(void)about;
	if (!client_refusal_is_none(reply) || !token_looks(token, strlen(token))) {
		client_refusal_explain(reply, text);
		client_screen_link_stop(&s->link);
		say(s, text);
		return;
	}
	write_server(s, server);
	if (strcasecmp(s->model.self, read_field(s, CLIENT_SCREEN_FORM_USER)) != 0 ||
	    strcasecmp(s->server, server) != 0)
		begin_model(s);
	client_screen_login_own(s);
	snprintf(s->account.user, sizeof(s->account.user), "%s", s->model.self);
	snprintf(s->account.token, sizeof(s->account.token), "%s", token);
	snprintf(s->account.fingerprint, sizeof(s->account.fingerprint), "%s",
	    client_connection_fingerprint(s->link.connection));
	if (s->account.dialect[0] == '\0')
		snprintf(s->account.dialect, sizeof(s->account.dialect), "realm");
	s->in_form = s->pasting = false;
	client_screen_edit_free(&s->form.fields[CLIENT_SCREEN_FORM_PASSWORD]);
	if (client_account_save(&s->account) != 0)
		client_screen_talk_note(s, true, _("the account cannot be kept: %s"),
		    strerror(errno));
	s->link.opened(s); /* as on any connection that is new */
}

void
client_screen_login_opened(struct client_screen *s)
{
	char *rest, name[256];
	int len;

	snprintf(name, sizeof(name), "%s", read_field(s, CLIENT_SCREEN_FORM_NAME));
	for (char *c = name; *c != '\0'; c++)
		if (*c == ' ')
			*c = '_';
	if (s->form.registers)
		len = asprintf(&rest, "%s %s %s %s", read_field(s, CLIENT_SCREEN_FORM_USER),
		    read_field(s, CLIENT_SCREEN_FORM_PASSWORD), name,
		    read_field(s, CLIENT_SCREEN_FORM_COUNTRY));
	else
		len = asprintf(&rest, "%s %s", read_field(s, CLIENT_SCREEN_FORM_USER),
		    read_field(s, CLIENT_SCREEN_FORM_PASSWORD));
	if (len < 0)
		return;
	if (!client_screen_link_ask(&s->link, take_login, NULL,
	        s->form.registers ? "!register" : "!auth", rest))
		say(s, _("this cannot be sent"));
	freezero(rest, (size_t)len);
}

void
client_screen_login_lost(struct client_screen *s)
{
	char text[CLIENT_CONNECTION_ERROR];

	snprintf(text, sizeof(text), "%s", s->link.error);
	client_screen_link_stop(&s->link);
	say(s, text);
}

/* What holds for the account's server holds for no other one; nor does what was chosen for one. */
static void
guess_tls(struct client_screen *s)
{
	struct client_account account = { .port = CLIENT_PORT_DEFAULT };

	if (!client_account_address(&account, read_field(s, CLIENT_SCREEN_FORM_SERVER)))
		s->form.tls = true;
	else if (account.port == s->account.port && strcasecmp(account.host, s->account.host) == 0)
		s->form.tls = s->account.tls;
	else
		s->form.tls = client_account_default_tls(account.host, account.port);
}

static void
submit(struct client_screen *s)
{
	struct client_account account = s->account;
	const char *user = read_field(s, CLIENT_SCREEN_FORM_USER);

	account.port = CLIENT_PORT_DEFAULT;
	if (!client_account_address(&account, read_field(s, CLIENT_SCREEN_FORM_SERVER))) {
		say(s, _("the server is HOST or HOST:PORT"));
		return;
	}
	if (user[0] == '\0' || strchr(user, ' ') != NULL || strlen(user) > NAME_MAX_BYTES ||
	    read_field(s, CLIENT_SCREEN_FORM_PASSWORD)[0] == '\0' ||
	    (s->form.registers &&
	        (read_field(s, CLIENT_SCREEN_FORM_NAME)[0] == '\0' ||
	            read_field(s, CLIENT_SCREEN_FORM_COUNTRY)[0] == '\0'))) {
		say(s, _("a field is empty, or no name"));
		return;
	}
	account.tls = s->form.tls;
	account.token[0] = account.fingerprint[0] = '\0';
	s->account = account;
	/* What the settings say of a key holds for their server. */
	client_settings_fingerprint(s->settings, &account, s->fingerprint);
	s->link.fingerprint = s->fingerprint[0] != '\0' ? s->fingerprint : NULL;
	s->form.busy = true;
	s->link.error[0] = '\0';
	client_screen_link_start(&s->link);
}

static bool
is_switch(int field)
{
	return field == CLIENT_SCREEN_FORM_TLS || field == CLIENT_SCREEN_FORM_NEW;
}

static void
write_field(struct client_screen *s, const struct client_screen_key *key)
{
	struct client_screen_edit *edit = &s->form.fields[s->form.at];

	if (is_switch(s->form.at) && strcmp(key->text, " ") == 0) {
		if (s->form.at == CLIENT_SCREEN_FORM_TLS)
			s->form.tls = !s->form.tls;
		else
			s->form.registers = !s->form.registers;
	} else if (!is_switch(s->form.at) && edit->len < 200) {
		client_screen_edit_insert(edit, key->text, strlen(key->text));
		if (s->form.at == CLIENT_SCREEN_FORM_SERVER)
			guess_tls(s);
	}
}

static void
edit_field(struct client_screen *s, enum client_screen_edit_key key)
{
	struct client_screen_edit *edit = &s->form.fields[s->form.at];
	char *before = strdup(client_screen_edit_text(edit));

	client_screen_edit_key(edit, key);
	if (s->form.at == CLIENT_SCREEN_FORM_SERVER &&
	    (before == NULL || strcmp(before, client_screen_edit_text(edit)) != 0))
		guess_tls(s);
	free(before);
}

static void
move_field(struct client_screen *s, int step)
{
	int n = s->form.registers ? CLIENT_SCREEN_FORM_FIELDS : CLIENT_SCREEN_FORM_NAME;

	s->form.at = (s->form.at + n + step) % n;
}

void
client_screen_login_key(struct client_screen *s, const struct client_screen_key *key)
{
	bool is_up = key->edit == CLIENT_SCREEN_EDIT_UP,
	     is_down = key->edit == CLIENT_SCREEN_EDIT_DOWN;

	if (key->action == CLIENT_SCREEN_END ||
	    (s->form.busy && key->action == CLIENT_SCREEN_CANCEL)) {
		s->quit = true;
		return;
	}
	if (s->form.busy)
		return;
	s->form.message[0] = '\0';
	if (key->action == CLIENT_SCREEN_TEXT)
		write_field(s, key);
	else if (key->action == CLIENT_SCREEN_COMPLETE)
		move_field(s, 1);
	else if (key->action == CLIENT_SCREEN_EDIT && (is_up || is_down))
		move_field(s, is_up ? -1 : 1);
	else if (key->action == CLIENT_SCREEN_EDIT && !is_switch(s->form.at))
		edit_field(s, key->edit);
	else if (key->action == CLIENT_SCREEN_ENTER)
		submit(s);
}
