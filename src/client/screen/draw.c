/*
 * Draws the screen: title, list, conversation, status, and the line that is written.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "client/i18n.h"
#include "client/progress.h"
#include "client/screen/int.h"
#include "client/screen/terminal.h"
#include "client/text.h"

#define LEAST_ROWS    10
#define LEAST_COLUMNS 40
#define LIST_FROM     72 /* columns of a terminal that has a list */
#define LIST_COLUMNS  22

static int
put_text(int row, int column, int columns, const char *text, enum client_screen_style style)
{
	return columns <= 0
	    ? 0
	    : client_screen_terminal_put(row, column, columns, text, strlen(text), style);
}

static void
draw_title(struct client_screen *s)
{
	const struct client_model_conversation *c = s->focus;
	char text[512];
	int used;

	client_screen_terminal_fill(0, 0, s->columns, CLIENT_SCREEN_BAR);
	snprintf(text, sizeof(text), " %s@%s", s->account.user, s->account.host);
	used = put_text(0, 0, s->columns, text, CLIENT_SCREEN_BAR);
	if (s->page.kind != CLIENT_SCREEN_PAGE_NONE)
		snprintf(text, sizeof(text), " · %s", s->page.title == NULL ? "" : s->page.title);
	else if (c == NULL)
		text[0] = '\0';
	else if (c->members > 0)
		snprintf(text, sizeof(text),
		    ngettext(" · %s (%llu member)", " · %s (%llu members)", c->members), c->with,
		    (unsigned long long)c->members);
	else if (c->has_presence)
		snprintf(text, sizeof(text), " · %s (%s)", c->with,
		    c->online ? _("online") : _("offline"));
	else
		snprintf(text, sizeof(text), " · %s", c->with);
	put_text(0, used, s->columns - used, text, CLIENT_SCREEN_BAR);
}

static void
draw_conversation_row(const struct client_screen *s, int row, int columns,
    const struct client_model_conversation *c)
{
	enum client_screen_style style = c == s->focus ? CLIENT_SCREEN_FOCUS
	    : c->unread > 0                            ? CLIENT_SCREEN_STRONG
	                                               : CLIENT_SCREEN_PLAIN;
	char unread[24] = "";
	int width;

	if (c->unread > 0)
		snprintf(unread, sizeof(unread), " %" PRIu64, c->unread);
	width = (int)strlen(unread);
	if (style != CLIENT_SCREEN_PLAIN)
		client_screen_terminal_fill(row, 0, columns, style);
	put_text(row, 0, 1, c->has_presence && c->online ? "●" : " ",
	    style == CLIENT_SCREEN_FOCUS ? style : CLIENT_SCREEN_ONLINE);
	put_text(row, 1, columns - 1 - width, c->with, style);
	put_text(row, columns - width, width, unread, style);
}

static void
draw_list(struct client_screen *s, int columns)
{
	client_screen_list_update(&s->list, &s->model);
	client_screen_list_reveal(&s->list, s->focus, (size_t)s->pane_height);
	for (int i = 0; i < s->pane_height; i++) {
		const struct client_screen_list_row *row;

		put_text(1 + i, columns, 1, "│", CLIENT_SCREEN_FAINT);
		if (s->list.top + (size_t)i >= s->list.n)
			continue;
		row = &s->list.rows[s->list.top + (size_t)i];
		switch (row->kind) {
		case CLIENT_SCREEN_LIST_TITLE:
			put_text(1 + i, 0, columns, row->text, CLIENT_SCREEN_DAY);
			break;
		case CLIENT_SCREEN_LIST_CONVERSATION:
			draw_conversation_row(s, 1 + i, columns, row->conversation);
			break;
		case CLIENT_SCREEN_LIST_REALM:
			put_text(1 + i, 0, 1, row->is_up ? "●" : " ", CLIENT_SCREEN_ONLINE);
			put_text(1 + i, 1, columns - 1, row->text, CLIENT_SCREEN_PLAIN);
			break;
		}
	}
}

/* A line across the pane with a text in it. */
static void
draw_rule(const struct client_screen *s, int row, const char *text, enum client_screen_style style)
{
	int used = put_text(row, s->pane_column, s->pane_width, "── ", style);

	used += put_text(row, s->pane_column + used, s->pane_width - used, text, style);
	put_text(row, s->pane_column + used, s->pane_width - used, " ──", style);
}

static void
draw_message_row(const struct client_screen *s, int at, const struct client_screen_view_row *row)
{
	int left = s->pane_column, used = row->column, room = s->pane_width - used;
	enum client_screen_style style = row->is_error ? CLIENT_SCREEN_ERROR
	    : row->faint                               ? CLIENT_SCREEN_FAINT
	    : row->id != 0 && row->id == s->view.found ? CLIENT_SCREEN_FOUND
	                                               : CLIENT_SCREEN_PLAIN;

	put_text(at, left, CLIENT_SCREEN_VIEW_INDENT, row->time, CLIENT_SCREEN_FAINT);
	if (row->nick > 0)
		used += client_screen_terminal_put(at, left + used, room, row->text, row->nick,
		    row->own ? CLIENT_SCREEN_STRONG
		             : client_screen_terminal_nick(row->text, row->nick));
	put_text(at, left + used, s->pane_width - used, row->text + row->nick, style);
}

/* The rows behind the last one of this message; n: it is not among them. */
static size_t
count_after(const struct client_screen_view_row *rows, size_t n, uint64_t id)
{
	size_t after = 0;

	while (after < n && rows[n - 1 - after].id != id)
		after++;
	return after;
}

/* How many rows stay empty below the end of the conversation, of which n are there to be shown. */
static size_t
choose_empty(struct client_screen *s, const struct client_screen_view_row *rows, size_t n)
{
	struct client_screen_shown *shown = &s->shown, before = *shown;
	size_t height = (size_t)s->pane_height, after, last = n;

	*shown = (struct client_screen_shown){ .conversation = s->focus,
		.width = s->pane_width,
		.height = height,
		.empty = height - n };
	while (last > 0 && rows[last - 1].id == 0)
		last--;
	if (last > 0)
		shown->last = rows[last - 1].id;
	shown->after = n - last;
	if (n < height || s->view.bottom != 0 || s->pane_column == 0 ||
	    before.conversation != s->focus || before.width != s->pane_width ||
	    before.height != height || before.last == 0)
		return shown->empty;
	after = count_after(rows, n, before.last);
	if (after == n || after < before.after)
		return 0;
	after -= before.after;
	shown->empty = after <= before.empty ? before.empty - after : height / 4;
	return shown->empty;
}

static void
draw_pane(struct client_screen *s)
{
	struct client_screen_view_row *rows = NULL;
	size_t n = 0, first = 0, empty;

	if (s->focus == NULL) {
		if (s->listed && !s->is_old)
			put_text(1, s->pane_column, s->pane_width,
			    _("No conversation so far: /msg WHO begins one, F1 lists the keys."),
			    CLIENT_SCREEN_FAINT);
		return;
	}
	client_screen_view_rows(&s->view, &s->model, s->focus, s->pane_width,
	    (size_t)s->pane_height, &rows, &n);
	empty = choose_empty(s, rows, n);
	if (n + empty > (size_t)s->pane_height)
		first = n + empty - (size_t)s->pane_height;
	for (size_t i = first; i < n; i++) {
		int at = 1 + (int)(i - first);

		if (rows[i].kind == CLIENT_SCREEN_VIEW_DAY)
			draw_rule(s, at, rows[i].text, CLIENT_SCREEN_DAY);
		else if (rows[i].kind == CLIENT_SCREEN_VIEW_UNREAD)
			draw_rule(s, at, rows[i].text, CLIENT_SCREEN_NEW);
		else
			draw_message_row(s, at, &rows[i]);
	}
	client_screen_view_free(rows, n);
}

static void
draw_page(struct client_screen *s)
{
	bool chooses = s->page.kind == CLIENT_SCREEN_PAGE_FILES;

	for (int i = 0; i < s->pane_height && s->page.top + (size_t)i < s->page.n; i++) {
		size_t line = s->page.top + (size_t)i;
		bool chosen = chooses && line == s->page.chosen;

		if (chosen)
			client_screen_terminal_fill(1 + i, s->pane_column, s->pane_width,
			    CLIENT_SCREEN_FOCUS);
		put_text(1 + i, s->pane_column, s->pane_width, s->page.lines[line],
		    chosen ? CLIENT_SCREEN_FOCUS : CLIENT_SCREEN_PLAIN);
	}
}

/* How the last own message of the conversation fared. */
static const char *
describe_last(const struct client_screen *s)
{
	const struct client_model_conversation *c = s->focus;

	for (size_t i = s->model.n_pending; i > 0; i--)
		if (s->model.pending[i - 1].conversation == c)
			return s->model.pending[i - 1].error != NULL ? _("refused")
			                                             : _("on its way");
	for (size_t i = c == NULL ? 0 : c->n; i > 0; i--) {
		if (!client_model_is_own(&s->model, &c->messages[i - 1]))
			return "";
		switch (c->messages[i - 1].delivery) {
		case CLIENT_MODEL_QUEUED:
			return _("queued");
		case CLIENT_MODEL_REFUSED:
			return _("refused");
		case CLIENT_MODEL_DELIVERED:
			return _("delivered");
		case CLIENT_MODEL_NO_DELIVERY:
			return _("sent");
		}
	}
	return "";
}

static const char *
describe_link(const struct client_screen *s)
{
	switch (s->link.state) {
	case CLIENT_SCREEN_LINK_ON:
		return _("connected");
	case CLIENT_SCREEN_LINK_CONNECTING:
		return s->link.pause_ms > 0 ? _("reconnecting") : _("connecting");
	case CLIENT_SCREEN_LINK_WAITING:
		return _("reconnecting");
	case CLIENT_SCREEN_LINK_OFF:
		break;
	}
	return _("not connected");
}

static void
draw_status(struct client_screen *s, int row)
{
	uint64_t unread = client_model_count_unread(&s->model, s->focus);
	bool lost = !client_screen_link_is_on(&s->link);
	enum client_screen_style style =
	    lost || s->notice_is_error ? CLIENT_SCREEN_BAR_ALERT : CLIENT_SCREEN_BAR;
	char text[1024];
	size_t len;

	client_screen_terminal_fill(row, 0, s->columns, style);
	len = (size_t)snprintf(text, sizeof(text), " %s", describe_link(s));
	if (s->notice[0] != '\0') {
		snprintf(text + len, sizeof(text) - len, " · %s", s->notice);
	} else if (s->transfer.state == CLIENT_SCREEN_TRANSFER_SENDING ||
	    s->transfer.state == CLIENT_SCREEN_TRANSFER_FETCHING) {
		char line[CLIENT_PROGRESS_LINE];

		client_progress_write(line, (size_t)s->columns - client_text_width(text, len) - 3,
		    s->transfer.name, s->transfer.done, s->transfer.size,
		    clock_monotonic_ms() - s->transfer.begun_ms);
		snprintf(text + len, sizeof(text) - len, " · %s", line);
	} else if (lost && s->link.error[0] != '\0') {
		snprintf(text + len, sizeof(text) - len, " · %s", s->link.error);
	} else {
		const char *last = describe_last(s);

		if (unread > 0)
			len += (size_t)snprintf(text + len, sizeof(text) - len,
			    ngettext(" · %llu unread elsewhere", " · %llu unread elsewhere",
			        unread),
			    (unsigned long long)unread);
		if (s->view.bottom != 0)
			len += (size_t)snprintf(text + len, sizeof(text) - len, " · %s",
			    _("scrolled back"));
		if (last[0] != '\0')
			snprintf(text + len, sizeof(text) - len, " · %s", last);
	}
	put_text(row, 0, s->columns, text, style);
}

/* The line that is written; sets where the cursor stands. */
static void
draw_input(struct client_screen *s, const struct client_screen_wrap_row *rows, size_t n, size_t at,
    int height, int *row, int column)
{
	const char *text = client_screen_edit_text(&s->input), *sign = s->searching ? "?" : ">";
	size_t first = at >= (size_t)height ? at - (size_t)height + 1 : 0;
	int top = s->rows - height;

	*row = top + (int)(at - first);
	for (int i = 0; i < height && first + (size_t)i < n; i++) {
		const struct client_screen_wrap_row *r = &rows[first + (size_t)i];

		put_text(top + i, 0, 1, first + (size_t)i == 0 ? sign : " ", CLIENT_SCREEN_FAINT);
		client_screen_terminal_put(top + i, 2, s->columns - 2, text + r->start, r->len,
		    CLIENT_SCREEN_PLAIN);
	}
	client_screen_terminal_show(*row, 2 + column);
}

static void
draw_form(struct client_screen *s)
{
	static const char *const labels[CLIENT_SCREEN_FORM_FIELDS] = { N_("Server"), N_("TLS"),
		N_("User"), N_("Password"), N_("New account"), N_("Full name"), N_("Country") };
	int cursor_row = 0, cursor = 0, row = 2;

	client_screen_terminal_fill(0, 0, s->columns, CLIENT_SCREEN_BAR);
	put_text(0, 1, s->columns - 1, _("kabar: log in"), CLIENT_SCREEN_BAR);
	for (int i = 0; i < CLIENT_SCREEN_FORM_FIELDS; i++) {
		const char *text = client_screen_edit_text(&s->form.fields[i]);
		char stars[64] = "";

		if (i >= CLIENT_SCREEN_FORM_NAME && !s->form.registers)
			break;
		if (i == CLIENT_SCREEN_FORM_TLS)
			text = s->form.tls ? _("yes") : _("no");
		if (i == CLIENT_SCREEN_FORM_NEW)
			text = s->form.registers ? _("yes") : _("no");
		if (i == CLIENT_SCREEN_FORM_PASSWORD) {
			size_t n = strlen(text) < sizeof(stars) ? strlen(text) : sizeof(stars) - 1;

			memset(stars, '*', n);
			text = stars;
		}
		put_text(row, 1, 14, _(labels[i]),
		    i == s->form.at ? CLIENT_SCREEN_STRONG : CLIENT_SCREEN_FAINT);
		cursor = put_text(row, 16, s->columns - 17, text, CLIENT_SCREEN_PLAIN);
		if (i == s->form.at) {
			cursor_row = row;
			s->pane_column = 16 + cursor;
		}
		row++;
	}
	put_text(s->rows - 2, 1, s->columns - 2,
	    s->form.busy ? _("asking the server") : s->form.message,
	    s->form.busy ? CLIENT_SCREEN_FAINT : CLIENT_SCREEN_ERROR);
	put_text(s->rows - 1, 1, s->columns - 2,
	    _("Tab: next field. Space: yes or no. Enter: log in. Ctrl-Q: quit."),
	    CLIENT_SCREEN_FAINT);
	client_screen_terminal_show(cursor_row, s->pane_column);
}

void
client_screen_draw(struct client_screen *s)
{
	struct client_screen_wrap_row *rows = NULL;
	size_t n = 0, at = 0;
	int column = 0, height, row, list;

	client_screen_terminal_size(&s->rows, &s->columns);
	client_screen_terminal_clear();
	if (s->rows < LEAST_ROWS || s->columns < LEAST_COLUMNS) {
		put_text(0, 0, s->columns, _("Too small: 40x10 is the least."),
		    CLIENT_SCREEN_PLAIN);
		client_screen_terminal_show(0, 0);
		return;
	}
	if (s->in_form) {
		draw_form(s);
		return;
	}
	client_screen_edit_rows(&s->input, s->columns - 3, &rows, &n, &at, &column);
	height = n > (size_t)s->rows / 3 ? s->rows / 3 : (int)n;
	list = s->columns >= LIST_FROM ? LIST_COLUMNS : 0;
	if (s->list_hidden)
		list = list > 0 ? 0 : LIST_COLUMNS;
	if (s->page.kind != CLIENT_SCREEN_PAGE_NONE)
		list = 0; /* its lines are long */
	s->pane_column = list == 0 ? 0 : list + 1;
	s->pane_width = s->columns - s->pane_column;
	s->pane_height = s->rows - 2 - height;
	draw_title(s);
	if (list > 0)
		draw_list(s, list);
	if (s->page.kind != CLIENT_SCREEN_PAGE_NONE)
		draw_page(s);
	else
		draw_pane(s);
	draw_status(s, s->rows - 1 - height);
	draw_input(s, rows, n, at, height, &row, column);
	free(rows);
}
