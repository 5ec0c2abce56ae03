/*
 * What is asked of the server, and what comes of it.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/i18n.h"
#include "client/json.h"
#include "client/refusal.h"
#include "client/screen/event.h"
#include "client/screen/int.h"
#include "client/screen/terminal.h"
#include "client/text.h"

#define PROGRAM "kabar/" PACKAGE_VERSION

void
client_screen_talk_note(struct client_screen *s, bool is_error, const char *fmt, ...)
{
	char text[CLIENT_SCREEN_NOTICE], *clean;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	clean = client_text_clean(text, strlen(text), CLIENT_TEXT_LINE, sizeof(s->notice) - 1);
	snprintf(s->notice, sizeof(s->notice), "%s", clean == NULL ? "" : clean);
	free(clean);
	s->notice_is_error = is_error;
	s->dirty = true;
	if (s->plain && s->notice[0] != '\0')
		client_screen_plain_line(s->notice);
}

void
client_screen_talk_page(struct client_screen *s)
{
	s->dirty = true;
	if (!s->plain)
		return;
	client_screen_plain_line(s->page.title);
	for (size_t i = 0; i < s->page.n; i++)
		client_screen_plain_line(s->page.lines[i]);
	client_screen_page_free(&s->page);
}

/* Counts back from the end to what had not been read when the conversation was opened. */
static void
mark_unread(struct client_screen *s, const struct client_model_conversation *c)
{
	uint64_t left = c->unread;

	if (left == 0 || s->view.unread != 0)
		return;
	for (size_t i = c->n; i > 0; i--) {
		if (client_model_is_own(&s->model, &c->messages[i - 1]))
			continue;
		if (--left == 0 || i == 1) {
			s->view.unread = c->messages[i - 1].id;
			return;
		}
	}
}

static void
take_history(void *arg, const json_t *reply, const char *about)
{
	struct client_screen *s = arg;
	struct client_model_conversation *c = client_model_find(&s->model, about);

	if (c == NULL)
		return;
	c->loading = false;
	s->dirty = true;
	if (!client_screen_reply_is_good(s, reply)) {
		c->loaded = true; /* a conversation that is none yet has no history */
		c->older = false;
		return;
	}
	client_screen_event_history(&s->model, c, reply);
	if (c != s->focus)
		return;
	mark_unread(s, c);
	if (s->seeking)
		client_screen_command_search(s);
}

static void
ask_history(struct client_screen *s, struct client_model_conversation *c)
{
	char rest[CLIENT_WHO_TEXT + 64];

	if (c->loading || (c->loaded && !c->older))
		return;
	if (c->n == 0)
		snprintf(rest, sizeof(rest), "%s %d", c->with, CLIENT_SCREEN_PAGE);
	else
		snprintf(rest, sizeof(rest), "%s before %" PRIu64 " %d", c->with, c->messages[0].id,
		    CLIENT_SCREEN_PAGE);
	c->loading = client_screen_link_ask(&s->link, take_history, c->with, "history", rest);
}

void
client_screen_talk_older(struct client_screen *s)
{
	if (s->focus != NULL)
		ask_history(s, s->focus);
}

void
client_screen_talk_focus(struct client_screen *s, struct client_model_conversation *c)
{
	s->dirty = true;
	if (c == NULL || c == s->focus)
		return;
	client_screen_input_end_search(s);
	if (s->focus == NULL && s->input.len == 0)
		client_screen_edit_set(&s->input, c->draft);
	if (s->focus != NULL) {
		free(s->focus->draft);
		s->focus->draft = strdup(client_screen_edit_text(&s->input));
		client_screen_edit_set(&s->input, c->draft);
	}
	s->focus = c;
	s->view = (struct client_screen_view){ 0 };
	client_screen_page_free(&s->page);
	if (s->plain) {
		client_screen_talk_note(s, false, _("you now write to %s"), c->with);
		return;
	}
	if (!c->loaded)
		ask_history(s, c);
	else
		mark_unread(s, c);
}

bool
client_screen_talk_open(struct client_screen *s, const char *who)
{
	struct client_who parsed;
	struct client_model_conversation *c;
	char text[CLIENT_WHO_TEXT];

	if (!client_who_parse(who, &parsed)) {
		client_screen_talk_note(s, true, _("%s is nobody's name"), who);
		return false;
	}
	client_who_write(&parsed, text);
	c = client_model_open(&s->model, text);
	client_screen_talk_focus(s, c);
	return c != NULL;
}

static void
take_conversations(void *arg, const json_t *reply, const char *about)
{
	struct client_screen *s = arg;

	(void)about;
	if (s->is_old || !client_screen_reply_is_good(s, reply) ||
	    !client_screen_event_conversations(&s->model, reply))
		return;
	s->listed = s->dirty = true;
	if (s->focus != NULL && !s->focus->loaded)
		ask_history(s, s->focus);
	else if (s->focus == NULL && s->wanted[0] != '\0')
		client_screen_talk_open(s, s->wanted);
	else if (s->focus == NULL && s->model.n > 0 && !s->plain && s->input.len == 0)
		client_screen_talk_focus(s, s->model.list[0]);
}

void
client_screen_talk_list(struct client_screen *s)
{
	client_screen_link_ask(&s->link, take_conversations, NULL, "conversations", NULL);
}

static void
take_realms(void *arg, const json_t *reply, const char *about)
{
	struct client_screen *s = arg;
	json_t *entry;
	size_t i;

	(void)about;
	client_screen_list_clear_realms(&s->list);
	json_array_foreach (json_object_get(reply, "realms"), i, entry) {
		char *name = client_screen_event_text(entry, "name", CLIENT_TEXT_LINE, 64);
		char *state = client_screen_event_text(entry, "state", CLIENT_TEXT_LINE, 64);

		if (!client_screen_list_add_realm(&s->list, name, state)) {
			free(name);
			free(state);
		}
	}
	s->dirty = true;
}

/* The session may have ended while the connection was lost. */
static void
take_session(void *arg, const json_t *reply, const char *about)
{
	(void)about;
	client_screen_reply_has_ended(arg, reply);
}

static void
take_watch(void *arg, const json_t *reply, const char *about)
{
	const struct client_screen *s = arg;

	(void)about;
	if (!s->is_old)
		client_screen_reply_is_good(arg, reply);
}

/* A server without conversations still has an inbox, and tells what comes. */
static void
take_features(void *arg, const json_t *reply, const char *about)
{
	struct client_screen *s = arg;
	json_t *feature;
	size_t i;

	(void)about;
	json_array_foreach (json_object_get(reply, "features"), i, feature)
		if (json_is_string(feature) && strcmp(json_string_value(feature), "watch") == 0)
			return;
	s->is_old = true;
	client_screen_talk_note(s, true,
	    _("this server has no conversations: use kabar inbox and send"));
}

/* All that a screen needs is asked for at once: one way there and back. */
static void
open_talk(void *arg)
{
	struct client_screen *s = arg;
	struct client_screen_link *link = &s->link;
	char after[64] = "";

	s->dirty = true;
	client_screen_link_ask(link, NULL, NULL, "!client", PROGRAM);
	if (s->in_form) {
		client_screen_login_opened(s);
		return;
	}
	for (size_t i = 0; i < s->model.n; i++)
		s->model.list[i]->loading = false;
	client_model_unsend(&s->model);
	s->listed = s->is_old = false;
	if (s->model.newest > 0)
		snprintf(after, sizeof(after), "after %" PRIu64, s->model.newest);
	client_screen_link_ask(link, take_features, NULL, "!features", NULL);
	client_screen_link_ask(link, take_session, NULL, "whoami", NULL);
	client_screen_link_ask(link, take_watch, NULL, "watch", after);
	client_screen_talk_list(s);
	client_screen_link_ask(link, take_realms, NULL, "realms", NULL);
}

void
client_screen_talk_prepare(struct client_screen *s)
{
	s->link.opened = open_talk;
	s->link.event = client_screen_hear_event;
}

void
client_screen_talk_start(struct client_screen *s)
{
	client_screen_link_start(&s->link);
}

void
client_screen_talk_close(struct client_screen *s, struct client_model_conversation *c)
{
	struct client_model_conversation *next;

	client_screen_list_update(&s->list, &s->model);
	next = client_screen_list_step(&s->list, c, 1, false);
	if (c == s->focus) {
		client_screen_input_end_search(s);
		s->focus = NULL;
		s->view = (struct client_screen_view){ 0 };
		if (s->input.len == 0)
			client_screen_talk_focus(s, next);
	}
	/* Its rows would hold what is freed. */
	s->list.made = false;
	s->list.n = 0;
	s->shown = (struct client_screen_shown){ 0 };
	client_model_close(&s->model, c);
	s->dirty = true;
}

static void
take_post(void *arg, const json_t *reply, const char *about)
{
	struct client_screen *s = arg;
	const struct client_model_pending *p = client_model_find_pending(&s->model, about);
	struct client_model_conversation *c;
	uint64_t id = client_json_number(reply, "id");
	char text[CLIENT_REFUSAL_TEXT], *reason;

	s->dirty = true;
	if (p == NULL || client_screen_reply_has_ended(s, reply))
		return; /* it goes with the next session */
	if (client_refusal_is_unsure(reply)) {
		client_refusal_explain(reply, text);
		client_screen_link_break(&s->link, text); /* the next connection sends it again */
		return;
	}
	if (!client_refusal_is_none(reply)) {
		client_refusal_explain(reply, text);
		client_model_refuse(&s->model, about, text);
		if (s->plain)
			client_screen_talk_note(s, true, "%s", text);
		return;
	}
	if (id == 0 && p->path == NULL) {
		/* The reply of something else; what was stored is told by the next connection. */
		client_screen_link_break(&s->link, _("what the server sent is no reply"));
		return;
	}
	if (id == 0) {
		client_model_refuse(&s->model, about, _("what the server sent is no reply"));
		return;
	}
	c = p->conversation;
	client_screen_hear_partner(s, c);
	reason = client_screen_event_reason(reply);
	client_model_settle(&s->model, about, id,
	    client_screen_event_time(client_json_text(reply, "time", NULL)));
	client_model_set_delivery(&s->model, c, id, client_screen_event_delivery(reply), reason);
	free(reason);
}

static void
post_text(struct client_screen *s, struct client_model_pending *p)
{
	char *rest;

	if (asprintf(&rest, "%s %s %s", p->key, p->conversation->with, p->text) < 0)
		return;
	p->sent = client_screen_link_ask(&s->link, take_post, p->key, "post", rest);
	free(rest);
}

/* A file goes over a connection of its own; one at a time. */
static void
post_file(struct client_screen *s, struct client_model_pending *p)
{
	if (s->transfer.state != CLIENT_SCREEN_TRANSFER_IDLE)
		return;
	p->sent = client_screen_transfer_send(&s->transfer, &s->account, s->link.fingerprint,
	    p->key, p->conversation->with, p->path);
	p->size = s->transfer.size;
	if (!p->sent)
		client_model_refuse(&s->model, p->key, s->transfer.error);
	s->dirty = true;
}

/* What became of the file that was on its way. */
static void
finish_transfer(struct client_screen *s)
{
	struct client_screen_transfer *t = &s->transfer;
	bool is_done = t->state == CLIENT_SCREEN_TRANSFER_DONE;
	struct client_model_pending *p =
	    t->key[0] == '\0' ? NULL : client_model_find_pending(&s->model, t->key);
	char text[CLIENT_REFUSAL_TEXT];

	snprintf(text, sizeof(text), "%s", t->error);
	if (!is_done && t->reply != NULL && !client_refusal_is_none(t->reply))
		client_refusal_explain(t->reply, text);
	if (t->key[0] == '\0' && is_done)
		client_screen_talk_note(s, false, _("%s is here"), t->name);
	else if (t->key[0] == '\0' || p == NULL)
		client_screen_talk_note(s, !is_done, "%s", text);
	else if (is_done)
		take_post(s, t->reply, t->key);
	else if (client_refusal_is_unsure(t->reply)) {
		client_screen_link_break(&s->link, text);
		p->sent = false;
	} else if (t->lost && !client_screen_link_is_on(&s->link))
		p->sent = false; /* again, when the connection is back */
	else
		client_model_refuse(&s->model, t->key, text);
	client_screen_transfer_stop(t);
	s->dirty = true;
}

void
client_screen_talk_flush(struct client_screen *s)
{
	if (s->transfer.state == CLIENT_SCREEN_TRANSFER_DONE ||
	    s->transfer.state == CLIENT_SCREEN_TRANSFER_FAILED)
		finish_transfer(s);
	if (!client_screen_link_is_on(&s->link) || s->in_form)
		return;
	for (size_t i = 0; i < s->model.n_pending; i++) {
		struct client_model_pending *p = &s->model.pending[i];

		if (p->sent || p->error != NULL)
			continue;
		if (p->path == NULL)
			post_text(s, p);
		else
			post_file(s, p);
	}
}

void
client_screen_talk_read(struct client_screen *s)
{
	struct client_model_conversation *c = s->focus;
	uint64_t id = s->view.lowest;
	char rest[CLIENT_WHO_TEXT + 32];

	if (c == NULL || !c->loaded || c->unread == 0 || id == 0 || id <= c->read || s->plain ||
	    s->in_form || !s->listed || s->page.kind != CLIENT_SCREEN_PAGE_NONE)
		return;
	snprintf(rest, sizeof(rest), "%s %" PRIu64, c->with, id);
	if (!client_screen_link_ask(&s->link, NULL, NULL, "read", rest))
		return;
	client_model_read(&s->model, c, id);
	s->dirty = true;
}

void
client_screen_talk_say(struct client_screen *s, const char *text)
{
	if (s->focus == NULL)
		client_screen_talk_note(s, true, _("to whom? /msg WHO opens a conversation"));
	else if (s->is_old)
		client_screen_talk_note(s, true, _("this server has no conversations"));
	else if (client_model_send(&s->model, s->focus, text, NULL) == NULL)
		client_screen_talk_note(s, true, _("no memory"));
	s->view.bottom = 0;
	s->dirty = true;
}
