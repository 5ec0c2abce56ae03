/*
 * The line that is being written.
 */
#include "client/screen/edit.h"

#include <stdlib.h>
#include <string.h>

#include <bsd/stdlib.h>

#include "base/vector.h"
#include "client/text.h"

void
client_screen_edit_free(struct client_screen_edit *e)
{
	for (size_t i = 0; i < e->n_history; i++)
		free(e->history[i]);
	free(e->history);
	/* It may have been a password. */
	freezero(e->text, e->room);
	freezero(e->killed, e->killed_len);
	free(e->draft);
	*e = (struct client_screen_edit){ 0 };
}

const char *
client_screen_edit_text(const struct client_screen_edit *e)
{
	return e->text != NULL ? e->text : "";
}

bool
client_screen_edit_insert(struct client_screen_edit *e, const char *s, size_t len)
{
	return client_screen_edit_replace(e, e->cursor, s, len);
}

bool
client_screen_edit_replace(struct client_screen_edit *e, size_t start, const char *s, size_t len)
{
	size_t gone = e->cursor - start, total = e->len - gone + len;

	if (total > CLIENT_SCREEN_EDIT_MAX)
		return false;
	if (total + 1 > e->room) {
		size_t room = total * 2 + 64;
		char *text = realloc(e->text, room);

		if (text == NULL)
			return false;
		e->text = text;
		e->room = room;
	}
	memmove(e->text + start + len, e->text + e->cursor, e->len - e->cursor);
	if (len > 0)
		memcpy(e->text + start, s, len);
	e->len = total;
	e->text[total] = '\0';
	e->cursor = start + len;
	e->killing = false;
	return true;
}

void
client_screen_edit_set(struct client_screen_edit *e, const char *text)
{
	e->cursor = e->len;
	client_screen_edit_replace(e, 0, text, text == NULL ? 0 : strlen(text));
}

static size_t
find_before(const struct client_screen_edit *e, size_t at)
{
	return at - client_text_previous(e->text, at);
}

static bool
is_word(const char *s)
{
	unsigned char c = (unsigned char)*s;

	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c >= 0x80;
}

static size_t
find_after(const struct client_screen_edit *e, size_t at)
{
	size_t width;

	return at < e->len ? at + client_text_next(e->text + at, e->len - at, &width) : at;
}

static size_t
find_word_start(const struct client_screen_edit *e)
{
	size_t at = e->cursor;

	while (at > 0 && !is_word(e->text + find_before(e, at)))
		at = find_before(e, at);
	while (at > 0 && is_word(e->text + find_before(e, at)))
		at = find_before(e, at);
	return at;
}

static size_t
find_word_end(const struct client_screen_edit *e)
{
	size_t at = e->cursor;

	while (at < e->len && !is_word(e->text + at))
		at = find_after(e, at);
	while (at < e->len && is_word(e->text + at))
		at = find_after(e, at);
	return at;
}

/* As shells have it: back to the last space. */
static size_t
find_space_before(const struct client_screen_edit *e)
{
	size_t at = e->cursor;

	while (at > 0 && (e->text[at - 1] == ' ' || e->text[at - 1] == '\n'))
		at--;
	while (at > 0 && e->text[at - 1] != ' ' && e->text[at - 1] != '\n')
		at--;
	return at;
}

static size_t
find_line_start(const struct client_screen_edit *e)
{
	size_t at = e->cursor;

	while (at > 0 && e->text[at - 1] != '\n')
		at--;
	return at == e->cursor ? 0 : at;
}

static size_t
find_line_end(const struct client_screen_edit *e)
{
	size_t at = e->cursor;

	while (at < e->len && e->text[at] != '\n')
		at++;
	return at == e->cursor ? e->len : at;
}

/* Takes bytes out of the text, and keeps them where they were killed. */
static bool
remove_bytes(struct client_screen_edit *e, size_t from, size_t to, bool kill)
{
	bool backwards = to == e->cursor && from != to, joins = e->killing;

	if (from == to)
		return false;
	if (kill) {
		size_t old = joins ? e->killed_len : 0, len = to - from;
		char *killed = malloc(old + len);

		if (killed == NULL)
			return false;
		if (old > 0)
			memcpy(killed + (backwards ? len : 0), e->killed, old);
		memcpy(killed + (backwards ? 0 : old), e->text + from, len);
		free(e->killed);
		e->killed = killed;
		e->killed_len = old + len;
	}
	e->cursor = to;
	client_screen_edit_replace(e, from, "", 0);
	e->killing = kill;
	return true;
}

static bool
transpose(struct client_screen_edit *e)
{
	size_t at = e->cursor == e->len ? find_before(e, e->cursor) : e->cursor;
	size_t first, end;
	char *text;

	if (at == 0 || e->len == 0)
		return false;
	first = find_before(e, at);
	end = find_after(e, at);
	text = malloc(end - first);
	if (text == NULL)
		return false;
	memcpy(text, e->text + at, end - at);
	memcpy(text + (end - at), e->text + first, at - first);
	memcpy(e->text + first, text, end - first);
	free(text);
	e->cursor = end;
	return true;
}

/* Shows another text of the history; what is being written is kept while it does. */
static bool
show_history(struct client_screen_edit *e, size_t at)
{
	if (at > e->n_history || at == e->shown)
		return false;
	if (e->shown == e->n_history) {
		free(e->draft);
		e->draft = strdup(client_screen_edit_text(e));
	}
	e->shown = at;
	client_screen_edit_set(e, at < e->n_history ? e->history[at] : e->draft);
	return true;
}

/* The same column of the line above or below; where there is none, the history goes on. */
static bool
move_line(struct client_screen_edit *e, bool up)
{
	size_t start = e->cursor, end = start, other, column;

	while (start > 0 && e->text[start - 1] != '\n')
		start--;
	while (end < e->len && e->text[end] != '\n')
		end++;
	if (up ? start == 0 : end == e->len)
		return show_history(e, up ? e->shown - 1 : e->shown + 1);
	column = client_text_width(e->text + start, e->cursor - start);
	other = up ? start - 1 : end + 1;
	while (up && other > 0 && e->text[other - 1] != '\n')
		other--;
	for (end = other; end < e->len && e->text[end] != '\n';)
		end++;
	e->cursor = other + client_text_fit(e->text + other, end - other, column, &column);
	return true;
}

static bool
move_to(struct client_screen_edit *e, size_t at)
{
	bool moved = at != e->cursor;

	e->cursor = at;
	return moved;
}

static bool
move_cursor(struct client_screen_edit *e, enum client_screen_edit_key key)
{
	switch (key) {
	case CLIENT_SCREEN_EDIT_LEFT:
		return e->cursor > 0 && move_to(e, find_before(e, e->cursor));
	case CLIENT_SCREEN_EDIT_RIGHT:
		return move_to(e, find_after(e, e->cursor));
	case CLIENT_SCREEN_EDIT_WORD_LEFT:
		return move_to(e, find_word_start(e));
	case CLIENT_SCREEN_EDIT_WORD_RIGHT:
		return move_to(e, find_word_end(e));
	case CLIENT_SCREEN_EDIT_HOME:
		return move_to(e, find_line_start(e));
	case CLIENT_SCREEN_EDIT_END:
		return move_to(e, find_line_end(e));
	case CLIENT_SCREEN_EDIT_UP:
	case CLIENT_SCREEN_EDIT_DOWN:
		return move_line(e, key == CLIENT_SCREEN_EDIT_UP);
	case CLIENT_SCREEN_EDIT_OLDER:
		return show_history(e, e->shown - 1);
	case CLIENT_SCREEN_EDIT_NEWER:
		return show_history(e, e->shown + 1);
	default:
		return false;
	}
}

bool
client_screen_edit_key(struct client_screen_edit *e, enum client_screen_edit_key key)
{
	switch (key) {
	case CLIENT_SCREEN_EDIT_BACKSPACE:
		return e->cursor > 0 &&
		    remove_bytes(e, find_before(e, e->cursor), e->cursor, false);
	case CLIENT_SCREEN_EDIT_DELETE:
		return remove_bytes(e, e->cursor, find_after(e, e->cursor), false);
	case CLIENT_SCREEN_EDIT_KILL_WORD_BACK:
		return remove_bytes(e, find_space_before(e), e->cursor, true);
	case CLIENT_SCREEN_EDIT_KILL_WORD:
		return remove_bytes(e, e->cursor, find_word_end(e), true);
	case CLIENT_SCREEN_EDIT_KILL_TO_START:
		return remove_bytes(e, find_line_start(e), e->cursor, true);
	case CLIENT_SCREEN_EDIT_KILL_TO_END:
		return remove_bytes(e, e->cursor, find_line_end(e), true);
	case CLIENT_SCREEN_EDIT_YANK:
		return e->killed_len > 0 && client_screen_edit_insert(e, e->killed, e->killed_len);
	case CLIENT_SCREEN_EDIT_TRANSPOSE:
		e->killing = false;
		return transpose(e);
	default:
		e->killing = false;
		return move_cursor(e, key);
	}
}

static void
remember_text(struct client_screen_edit *e, const char *text)
{
	char *copy, **place;

	if (e->n_history > 0 && strcmp(e->history[e->n_history - 1], text) == 0)
		return;
	copy = strdup(text);
	if (copy == NULL)
		return;
	if (e->n_history == CLIENT_SCREEN_EDIT_HISTORY) {
		free(e->history[0]);
		memmove(e->history, e->history + 1, (e->n_history - 1) * sizeof(*e->history));
		e->history[e->n_history - 1] = copy;
		return;
	}
	place = vector_add(&e->history, &e->n_history, sizeof(*place));
	if (place == NULL)
		free(copy);
	else
		*place = copy;
}

char *
client_screen_edit_take(struct client_screen_edit *e, bool remember)
{
	char *text = strdup(client_screen_edit_text(e));

	if (text == NULL)
		return NULL;
	if (remember && text[0] != '\0')
		remember_text(e, text);
	free(e->draft);
	e->draft = NULL;
	e->shown = e->n_history;
	client_screen_edit_set(e, NULL);
	return text;
}

int
client_screen_edit_rows(const struct client_screen_edit *e, int width,
    struct client_screen_wrap_row **rows, size_t *n, size_t *row, int *column)
{
	const char *text = client_screen_edit_text(e);
	size_t start = 0;

	for (;;) {
		struct client_screen_wrap_row *r = vector_add(rows, n, sizeof(*r));
		const char *feed = memchr(text + start, '\n', e->len - start);
		size_t end = feed == NULL ? e->len : (size_t)(feed - text), len, used;
		bool last;

		if (r == NULL)
			return -1;
		len = client_text_fit(text + start, end - start, width < 2 ? 2 : (size_t)width,
		    &used);
		/* What is wider than all the row has one of its own. */
		if (len == 0 && start < end)
			len = client_text_next(text + start, end - start, &used);
		*r = (struct client_screen_wrap_row){ .start = start, .len = len };
		last = start + len == end;
		if (e->cursor >= start && (last ? e->cursor <= end : e->cursor < start + len)) {
			*row = *n - 1;
			*column = (int)client_text_width(text + start, e->cursor - start);
		}
		if (last && feed == NULL)
			return 0;
		start += len + (last ? 1 : 0);
	}
}
