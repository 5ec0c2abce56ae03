/*
 * What the server tells without being asked. It never changes whom the line that is being written
 * goes to.
 */
#include <stdio.h>
#include <string.h>

#include "client/i18n.h"
#include "client/json.h"
#include "client/screen/event.h"
#include "client/screen/int.h"
#include "client/screen/terminal.h"

/* Presence and members of a conversation that has just begun are told by the list. */
void
client_screen_hear_partner(struct client_screen *s, struct client_model_conversation *c)
{
	if (c->listed || !s->listed)
		return;
	c->listed = true;
	client_screen_talk_list(s);
}

/* Notes a message that is not seen; what came at once is told at once. */
static void
note_message(struct client_screen *s, const struct client_model_conversation *c,
    const struct client_model_message *m)
{
	if (s->plain) {
		client_screen_plain_message(c, m);
		return;
	}
	if (c == s->focus && s->view.bottom == 0)
		return; /* it is on the screen */
	s->n_unseen++;
	snprintf(s->unseen_from, sizeof(s->unseen_from), "%s", m->from);
}

void
client_screen_hear_flush(struct client_screen *s)
{
	char text[CLIENT_SCREEN_NOTICE];
	size_t n = s->n_unseen;

	s->n_unseen = 0;
	if (n > 0 && s->bell)
		client_screen_terminal_bell();
	if (n == 0 || !s->notify)
		return;
	if (n == 1)
		snprintf(text, sizeof(text), "kabar: %s", s->unseen_from);
	else
		snprintf(text, sizeof(text),
		    ngettext("kabar: %zu message, the last of %s",
		        "kabar: %zu messages, the last of %s", n),
		    n, s->unseen_from);
	client_screen_terminal_notify(text);
}

static bool
has_own_words(const struct client_screen *s, const struct client_model_conversation *c)
{
	if (c == s->focus || (c->draft != NULL && c->draft[0] != '\0'))
		return true;
	for (size_t i = 0; i < s->model.n_pending; i++)
		if (s->model.pending[i].conversation == c)
			return true;
	return false;
}

/* This user is in a group now, or no longer; it may have been done from another device. */
static void
change_groups(struct client_screen *s, const json_t *event)
{
	struct client_model_conversation *c =
	    client_model_find(&s->model, client_json_text(event, "group", NULL));

	if (client_json_true(event, "joined")) {
		if (s->listed)
			client_screen_talk_list(s);
		return;
	}
	if (c == NULL || c->kind != CLIENT_MODEL_GROUP)
		return;
	client_screen_talk_note(s, true, _("you are no longer in %s"), c->with);
	if (!has_own_words(s, c))
		client_screen_talk_close(s, c);
}

void
client_screen_hear_event(void *arg, const json_t *event)
{
	struct client_screen *s = arg;
	struct client_model_conversation *c;
	const struct client_model_message *m = client_screen_event_take(&s->model, event, &c);

	s->dirty = true;
	if (c != NULL)
		client_screen_hear_partner(s, c);
	if (m != NULL && c != NULL) {
		note_message(s, c, m);
		if (s->focus == NULL && s->listed && !s->plain && s->input.len == 0)
			client_screen_talk_focus(s, c);
	}
	if (client_json_is(event, "event", "member") &&
	    client_json_is(event, "user", s->model.self))
		change_groups(s, event);
	else if (client_json_is(event, "event", "end"))
		client_screen_reply_has_ended(s, event);
}
