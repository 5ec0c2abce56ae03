/*
 * What keys do in a conversation.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <bsd/stdlib.h>

#include "client/i18n.h"
#include "client/screen/int.h"
#include "client/screen/terminal.h"
#include "client/text.h"

#define WHEEL_ROWS 3

void
client_screen_input_fetch(struct client_screen *s, const char *name)
{
	if (s->focus == NULL || name == NULL)
		client_screen_talk_note(s, true, _("there is no file"));
	else if (s->transfer.state != CLIENT_SCREEN_TRANSFER_IDLE)
		client_screen_talk_note(s, true, _("another file is on its way"));
	else if (!client_screen_transfer_fetch(&s->transfer, &s->account, s->link.fingerprint,
	             s->focus->with, name))
		client_screen_talk_note(s, true, "%s", s->transfer.error);
	s->dirty = true;
}

/* The newest file of what is seen, or before. */
static void
fetch_newest(struct client_screen *s)
{
	const struct client_model_conversation *c = s->focus;

	for (size_t i = c == NULL ? 0 : c->n; i > 0; i--)
		if (c->messages[i - 1].id <= s->view.lowest && c->messages[i - 1].file != NULL) {
			client_screen_input_fetch(s, c->messages[i - 1].file);
			return;
		}
	client_screen_talk_note(s, true, _("there is no file"));
}

void
client_screen_input_quit(struct client_screen *s)
{
	size_t n = client_model_count_unsent(&s->model);

	if (n == 0 || s->warned) {
		s->quit = true;
		return;
	}
	s->warned = true;
	client_screen_talk_note(s, true,
	    ngettext("%zu message is not sent: quit once more to lose it",
	        "%zu messages are not sent: quit once more to lose them", n),
	    n);
}

static void
scroll(struct client_screen *s, int rows)
{
	if (s->page.kind != CLIENT_SCREEN_PAGE_NONE)
		client_screen_page_move(&s->page, rows, (size_t)s->pane_height);
	else if (s->focus != NULL)
		client_screen_view_scroll(&s->view, &s->model, s->focus, s->pane_width, rows);
}

void
client_screen_input_line(struct client_screen *s, const char *line)
{
	const char *end = line + strlen(line);

	while (*line == ' ' || *line == '\n')
		line++;
	while (end > line && (end[-1] == ' ' || end[-1] == '\n'))
		end--;
	if (line == end)
		return;
	if (line[0] == '/' && line[1] != '/') {
		client_screen_command_run(s, line);
	} else {
		/* Two slashes are a text with one. */
		char *text =
		    strndup(line + (line[0] == '/'), (size_t)(end - line) - (line[0] == '/'));

		if (text != NULL)
			client_screen_talk_say(s, text);
		free(text);
	}
}

static void
begin_search(struct client_screen *s)
{
	if (s->focus == NULL)
		return;
	if (s->searching || s->view.found != 0) {
		client_screen_command_search(s);
		return;
	}
	free(s->focus->draft);
	s->focus->draft = strdup(client_screen_edit_text(&s->input));
	client_screen_edit_set(&s->input, s->search);
	s->searching = true;
}

void
client_screen_input_end_search(struct client_screen *s)
{
	if (!s->searching)
		return;
	s->searching = false;
	client_screen_edit_set(&s->input, s->focus == NULL ? NULL : s->focus->draft);
}

static const char *
skip_spaces(const char *text)
{
	return text + strspn(text, " \n");
}

static void
enter_line(struct client_screen *s)
{
	const char *text = skip_spaces(client_screen_edit_text(&s->input));
	char *line;
	bool is_secret = strncasecmp(text, "/passwd", 7) == 0;

	if (s->page.kind == CLIENT_SCREEN_PAGE_FILES && s->input.len == 0) {
		if (s->page.names != NULL)
			client_screen_input_fetch(s, s->page.names[s->page.chosen]);
		client_screen_page_free(&s->page);
		return;
	}
	client_screen_page_free(&s->page);
	if (s->focus == NULL && text[0] != '\0' && (text[0] != '/' || text[1] == '/')) {
		/* It stays to be sent. */
		client_screen_talk_note(s, true, _("to whom? /msg WHO opens a conversation"));
		return;
	}
	line = client_screen_edit_take(&s->input, !s->searching && !is_secret);
	if (line == NULL)
		return;
	if (s->searching) {
		snprintf(s->search, sizeof(s->search), "%s", line);
		client_screen_input_end_search(s);
		s->view.found = 0;
		client_screen_command_search(s);
	} else {
		client_screen_input_line(s, line);
	}
	freezero(line, strlen(line));
}

/* The names that one may mean: commands at the beginning, then conversations and who has spoken. */
static void
complete_word(struct client_screen *s)
{
	struct client_screen_complete *c = &s->complete;
	const char *text = client_screen_edit_text(&s->input), *end;

	if (!client_screen_complete_continues(c, &s->input)) {
		client_screen_complete_begin(c, &s->input);
		if (c->start == 0 && text[0] == '/')
			client_screen_command_complete(c);
		else if (s->focus != NULL)
			for (size_t i = s->focus->n; i > 0 && i + 500 > s->focus->n; i--)
				client_screen_complete_add(c, s->focus->messages[i - 1].from);
		for (size_t i = 0; i < s->model.n; i++)
			client_screen_complete_add(c, s->model.list[i]->with);
		for (size_t i = 0; i < s->list.n_realms; i++)
			client_screen_complete_add(c, s->list.realms[i].name);
	}
	end =
	    c->start == 0 && c->n > 0 && isalnum((unsigned char)c->words[c->next][0]) ? ": " : " ";
	if (!client_screen_complete_next(c, &s->input, end))
		client_screen_talk_note(s, false, _("nothing begins like this"));
}

static void
click(struct client_screen *s, const struct client_screen_key *key)
{
	size_t at = s->list.top + (size_t)(key->row - 1);

	client_screen_list_update(&s->list, &s->model);
	if (key->row < 1 || key->row > s->pane_height || key->column >= s->pane_column ||
	    at >= s->list.n || s->list.rows[at].conversation == NULL)
		return;
	client_screen_talk_focus(s, s->list.rows[at].conversation);
}

static void
step_conversation(struct client_screen *s, int step, bool unread)
{
	client_screen_list_update(&s->list, &s->model);
	client_screen_talk_focus(s, client_screen_list_step(&s->list, s->focus, step, unread));
}

static void
insert_text(struct client_screen *s, const char *text)
{
	char *clean =
	    client_text_clean(text, strlen(text), CLIENT_TEXT_LINES, CLIENT_SCREEN_EDIT_MAX);

	if (clean != NULL && !client_screen_edit_insert(&s->input, clean, strlen(clean)))
		client_screen_talk_note(s, true, _("the text is too long"));
	free(clean);
}

/* What is pasted is text, whatever its keys would do. */
static void
paste_key(struct client_screen *s, const struct client_screen_key *key)
{
	if (key->action == CLIENT_SCREEN_TEXT)
		insert_text(s, key->text);
	else if (key->action == CLIENT_SCREEN_ENTER || key->action == CLIENT_SCREEN_NEW_LINE)
		insert_text(s, "\n");
	else if (key->action == CLIENT_SCREEN_COMPLETE)
		insert_text(s, "\t");
}

/* Whether a page takes the key. */
static bool
page_key(struct client_screen *s, const struct client_screen_key *key)
{
	bool up = key->edit == CLIENT_SCREEN_EDIT_UP, down = key->edit == CLIENT_SCREEN_EDIT_DOWN;

	if (s->page.kind == CLIENT_SCREEN_PAGE_NONE)
		return false;
	if (key->action == CLIENT_SCREEN_EDIT && (up || down)) {
		scroll(s, up ? -1 : 1);
		return true;
	}
	if (key->action == CLIENT_SCREEN_ESCAPE || key->action == CLIENT_SCREEN_HELP ||
	    key->action == CLIENT_SCREEN_FILES || key->action == CLIENT_SCREEN_CANCEL) {
		client_screen_page_free(&s->page);
		return true;
	}
	return false;
}

static void
escape(struct client_screen *s)
{
	client_screen_input_end_search(s);
	s->seeking = false;
	s->view = (struct client_screen_view){ .unread = s->view.unread };
}

static void
edit_key(struct client_screen *s, const struct client_screen_key *key)
{
	if (key->action == CLIENT_SCREEN_EDIT)
		client_screen_edit_key(&s->input, key->edit);
	else if (key->action == CLIENT_SCREEN_NEW_LINE)
		insert_text(s, "\n");
	else if (key->action == CLIENT_SCREEN_CANCEL && s->input.len == 0)
		client_screen_transfer_cancel(&s->transfer);
	else if (key->action == CLIENT_SCREEN_CANCEL)
		client_screen_edit_set(&s->input, NULL);
	else if (key->edit == CLIENT_SCREEN_EDIT_DELETE && s->input.len > 0)
		client_screen_edit_key(&s->input, CLIENT_SCREEN_EDIT_DELETE);
	else
		client_screen_input_quit(s);
}

static void
show_key(struct client_screen *s, const struct client_screen_key *key)
{
	int page = s->pane_height > 2 ? s->pane_height - 1 : 1;

	switch (key->action) {
	case CLIENT_SCREEN_PAGE_UP:
		scroll(s, -page);
		break;
	case CLIENT_SCREEN_PAGE_DOWN:
		scroll(s, page);
		break;
	case CLIENT_SCREEN_LINE_UP:
		scroll(s, -WHEEL_ROWS);
		break;
	case CLIENT_SCREEN_LINE_DOWN:
		scroll(s, WHEEL_ROWS);
		break;
	case CLIENT_SCREEN_BOTTOM:
		s->view.bottom = 0;
		break;
	case CLIENT_SCREEN_LIST:
		s->list_hidden = !s->list_hidden;
		break;
	case CLIENT_SCREEN_NEXT:
	case CLIENT_SCREEN_PREVIOUS:
		step_conversation(s, key->action == CLIENT_SCREEN_NEXT ? 1 : -1, false);
		break;
	case CLIENT_SCREEN_UNREAD:
		step_conversation(s, 1, true);
		break;
	case CLIENT_SCREEN_CLICK:
		click(s, key);
		break;
	default:
		break;
	}
}

static void
talk_key(struct client_screen *s, const struct client_screen_key *key)
{
	switch (key->action) {
	case CLIENT_SCREEN_TEXT:
		insert_text(s, key->text);
		break;
	case CLIENT_SCREEN_ENTER:
		enter_line(s);
		break;
	case CLIENT_SCREEN_COMPLETE:
		complete_word(s);
		break;
	case CLIENT_SCREEN_ESCAPE:
		escape(s);
		break;
	case CLIENT_SCREEN_HELP:
		client_screen_command_help(s);
		break;
	case CLIENT_SCREEN_SEARCH:
		begin_search(s);
		break;
	case CLIENT_SCREEN_FILES:
		client_screen_command_files(s);
		break;
	case CLIENT_SCREEN_FETCH:
		fetch_newest(s);
		break;
	case CLIENT_SCREEN_EDIT:
	case CLIENT_SCREEN_NEW_LINE:
	case CLIENT_SCREEN_CANCEL:
	case CLIENT_SCREEN_END:
		edit_key(s, key);
		break;
	default:
		show_key(s, key);
	}
}

void
client_screen_input_key(struct client_screen *s, const struct client_screen_key *key)
{
	s->dirty = true;
	switch (key->action) {
	case CLIENT_SCREEN_SUSPEND:
		client_screen_terminal_suspend();
		return;
	case CLIENT_SCREEN_REDRAW:
		client_screen_terminal_redraw();
		return;
	case CLIENT_SCREEN_PASTE:
		s->pasting = true;
		return;
	case CLIENT_SCREEN_PASTED: /* wherever it began */
		s->pasting = false;
		return;
	default:
		break;
	}
	if (key->action != CLIENT_SCREEN_END && key->action != CLIENT_SCREEN_ENTER)
		s->warned = false;
	if (s->in_form) {
		client_screen_login_key(s, key);
	} else if (s->pasting) {
		paste_key(s, key);
	} else {
		s->notice[0] = '\0';
		s->notice_is_error = false;
		if (page_key(s, key))
			return;
		if (s->input.len == 0 && !s->searching && key->action == CLIENT_SCREEN_TEXT &&
		    strcmp(key->text, "?") == 0)
			client_screen_command_help(s);
		else
			talk_key(s, key);
	}
}
