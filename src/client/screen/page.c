/*
 * Pages over the conversation.
 */
#include "client/screen/page.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/vector.h"
#include "client/i18n.h"
#include "client/json.h"
#include "client/screen/event.h"
#include "client/screen/view.h"
#include "client/text.h"

#define CELL_MAX 256 /* bytes of one */
#define LINE_MAX 2048

void
client_screen_page_free(struct client_screen_page *page)
{
	for (size_t i = 0; i < page->n; i++) {
		free(page->lines[i]);
		if (page->names != NULL)
			free(page->names[i]);
	}
	free(page->lines);
	free(page->names);
	free(page->title);
	*page = (struct client_screen_page){ 0 };
}

void
client_screen_page_open(struct client_screen_page *page, enum client_screen_page_kind kind,
    const char *title)
{
	client_screen_page_free(page);
	page->kind = kind;
	page->title = strdup(title);
}

static void
add_clean(struct client_screen_page *page, char *line)
{
	char **place = line == NULL ? NULL : vector_add(&page->lines, &page->n, sizeof(*place));

	if (place == NULL)
		free(line);
	else
		*place = line;
}

void
client_screen_page_add(struct client_screen_page *page, const char *line)
{
	add_clean(page, client_text_clean(line, strlen(line), CLIENT_TEXT_LINE, LINE_MAX));
}

/* A cell, clean; NULL without memory. */
static char *
write_cell(const json_t *object, const struct client_screen_page_column *column)
{
	char text[64] = "";
	time_t seconds;
	struct tm tm;

	switch (column->form) {
	case CLIENT_SCREEN_PAGE_WORD:
		return client_screen_event_text(object, column->key, CLIENT_TEXT_LINE, CELL_MAX);
	case CLIENT_SCREEN_PAGE_NUMBER:
		snprintf(text, sizeof(text), "%" PRIu64, client_json_number(object, column->key));
		break;
	case CLIENT_SCREEN_PAGE_SIZE:
		client_screen_view_size(client_json_number(object, column->key), text);
		break;
	case CLIENT_SCREEN_PAGE_TIME:
		seconds =
		    (time_t)(client_screen_event_time(client_json_text(object, column->key, NULL)) /
		        1000);
		if (seconds != 0 && localtime_r(&seconds, &tm) != NULL)
			strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &tm);
		break;
	case CLIENT_SCREEN_PAGE_FLAG:
		return strdup(client_json_true(object, column->key) ? _(column->word) : "");
	}
	return strdup(text);
}

static void
measure_columns(const json_t *array, const struct client_screen_page_column *columns,
    size_t *widths)
{
	size_t i;
	json_t *object;

	json_array_foreach (array, i, object) {
		for (size_t k = 0; columns[k].key != NULL; k++) {
			char *cell = write_cell(object, &columns[k]);
			size_t width = cell == NULL ? 0 : client_text_width(cell, strlen(cell));

			if (width > widths[k])
				widths[k] = width;
			free(cell);
		}
	}
}

void
client_screen_page_table(struct client_screen_page *page, const json_t *array,
    const struct client_screen_page_column *columns)
{
	size_t widths[CLIENT_SCREEN_PAGE_COLUMNS] = { 0 }, i;
	json_t *object;

	measure_columns(array, columns, widths);
	json_array_foreach (array, i, object) {
		char line[LINE_MAX];
		size_t len = 0;

		for (size_t k = 0; columns[k].key != NULL; k++) {
			char *cell = write_cell(object, &columns[k]);
			const char *text = cell == NULL ? "" : cell;
			int pad = (int)(widths[k] - client_text_width(text, strlen(text)));

			if (columns[k + 1].key == NULL)
				pad = 0;
			if (len + strlen(text) + (size_t)pad + 3 < sizeof(line))
				len += (size_t)snprintf(line + len, sizeof(line) - len, "%s%*s%s",
				    text, pad, "", columns[k + 1].key == NULL ? "" : "  ");
			free(cell);
		}
		while (len > 0 && line[len - 1] == ' ')
			len--;
		add_clean(page, strndup(line, len));
	}
}

void
client_screen_page_move(struct client_screen_page *page, int lines, size_t height)
{
	size_t last = page->n > 0 ? page->n - 1 : 0, steps = (size_t)(lines < 0 ? -lines : lines);
	size_t *at = page->kind == CLIENT_SCREEN_PAGE_FILES ? &page->chosen : &page->top;

	if (page->kind != CLIENT_SCREEN_PAGE_FILES)
		last = page->n > height ? page->n - height : 0;
	if (lines < 0)
		*at = *at > steps ? *at - steps : 0;
	else
		*at = *at + steps < last ? *at + steps : last;
	if (page->kind != CLIENT_SCREEN_PAGE_FILES)
		return;
	if (page->chosen < page->top)
		page->top = page->chosen;
	else if (height > 0 && page->chosen >= page->top + height)
		page->top = page->chosen - height + 1;
}
