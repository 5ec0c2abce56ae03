/*
 * Rows of a text.
 */
#include "client/screen/wrap.h"

#include <string.h>
#include <strings.h>

#include "base/vector.h"
#include "client/text.h"

struct wrapping {
	const char *text;
	int width;
	int indent;
	struct client_screen_wrap_row **rows;
	size_t *n;
	struct client_screen_wrap_row row; /* the one that is being filled */
	int column;                        /* where it ends by now */
};

bool
client_screen_wrap_is_link(const char *word, size_t len)
{
	static const char *const begins[] = { "http://", "https://", "ftp://", "gemini://",
		"mailto:" };

	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (len > strlen(begins[i]) && strncasecmp(word, begins[i], strlen(begins[i])) == 0)
			return true;
	return false;
}

static void
begin_row(struct wrapping *w, size_t start, int column)
{
	w->row = (struct client_screen_wrap_row){ .start = start, .column = column };
	w->column = column;
}

static int
end_row(struct wrapping *w)
{
	struct client_screen_wrap_row *row = vector_add(w->rows, w->n, sizeof(*row));

	if (row == NULL)
		return -1;
	*row = w->row;
	return 0;
}

/* Adds the characters of a word one by one, to as many rows as they need. */
static int
fill_rows(struct wrapping *w, size_t start, size_t len, int column)
{
	for (size_t at = start; at < start + len;) {
		size_t columns, n = client_text_next(w->text + at, start + len - at, &columns);

		if (w->column + (int)columns > w->width && w->row.len > 0) {
			if (end_row(w) != 0)
				return -1;
			begin_row(w, at, column);
		}
		w->row.len = at + n - w->row.start;
		w->column += (int)columns;
		at += n;
	}
	return 0;
}

/* Adds a word with the spaces before it, which only stay where the row goes on. */
static int
add_word(struct wrapping *w, size_t spaces, size_t start, size_t len)
{
	int room = w->width - w->indent;
	int columns = (int)client_text_width(w->text + start, len);
	bool is_long_link = columns > room && client_screen_wrap_is_link(w->text + start, len);

	if (!is_long_link && w->column + (int)spaces + columns <= w->width) {
		w->row.len = start + len - w->row.start;
		w->column += (int)spaces + columns;
		return 0;
	}
	if (columns > room && !is_long_link && w->column + (int)spaces + 2 <= w->width) {
		w->row.len = start - w->row.start;
		w->column += (int)spaces;
		return fill_rows(w, start, len, w->indent);
	}
	if (w->row.len > 0 || (is_long_link && w->indent > 0)) {
		if (end_row(w) != 0)
			return -1;
		begin_row(w, start, is_long_link ? 0 : w->indent);
	} else {
		w->row.start = start;
	}
	return fill_rows(w, start, len, is_long_link ? 0 : w->indent);
}

static int
wrap_line(struct wrapping *w, size_t start, size_t end)
{
	size_t at = start;

	begin_row(w, start, w->indent);
	while (at < end) {
		size_t spaces = 0, len = 0;

		while (at + spaces < end && w->text[at + spaces] == ' ')
			spaces++;
		while (at + spaces + len < end && w->text[at + spaces + len] != ' ')
			len++;
		if (len > 0 && spaces > (size_t)w->width)
			spaces = (size_t)w->width;
		if (len > 0 && add_word(w, spaces, at + spaces, len) != 0)
			return -1;
		at += spaces + len;
	}
	return end_row(w);
}

int
client_screen_wrap(const char *text, size_t len, int width, int indent,
    struct client_screen_wrap_row **rows, size_t *n)
{
	struct wrapping w = { .text = text, .rows = rows, .n = n };
	size_t start = 0;

	w.width = width < 2 ? 2 : width;
	w.indent = indent > w.width - 2 ? w.width - 2 : indent;
	for (;;) {
		const char *feed = memchr(text + start, '\n', len - start);
		size_t end = feed == NULL ? len : (size_t)(feed - text);

		if (wrap_line(&w, start, end) != 0)
			return -1;
		if (feed == NULL)
			return 0;
		start = end + 1;
	}
}
