/*
 * Lines of text, for terminals that cannot be drawn on.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/i18n.h"
#include "client/screen/int.h"
#include "client/text.h"

void
client_screen_plain_line(const char *text)
{
	/* What follows a line feed cannot be taken for a line of its own. */
	for (;;) {
		size_t len = strcspn(text, "\n");
		char *line = strndup(text, len);

		if (line != NULL)
			client_text_print(stdout, line);
		putchar('\n');
		free(line);
		if (text[len] == '\0')
			break;
		fputs("    ", stdout);
		text += len + 1;
	}
	fflush(stdout);
}

void
client_screen_plain_message(const struct client_model_conversation *c,
    const struct client_model_message *m)
{
	time_t seconds = (time_t)(m->time_ms / 1000);
	char time[16] = "", *line;
	struct tm tm;
	int len;

	if (localtime_r(&seconds, &tm) != NULL)
		strftime(time, sizeof(time), "%H:%M", &tm);
	if (m->file != NULL)
		len = asprintf(&line, _("%s %s %s: [file] %s"), time, c->with, m->from, m->file);
	else
		len = asprintf(&line, "%s %s %s: %s", time, c->with, m->from, m->text);
	if (len < 0)
		return;
	client_screen_plain_line(line);
	free(line);
}

/* The line that is gathered stands in the editor's text. */
static void
take_line(struct client_screen *s)
{
	char *line = client_screen_edit_take(&s->input, false), *clean;

	if (line == NULL)
		return;
	clean = client_text_clean(line, strlen(line), CLIENT_TEXT_LINE, CLIENT_SCREEN_EDIT_MAX);
	if (clean != NULL)
		client_screen_input_line(s, clean);
	free(clean);
	free(line);
}

void
client_screen_plain_read(struct client_screen *s)
{
	char bytes[512];
	ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes));

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		s->quit = true;
		return;
	}
	for (ssize_t i = 0; i < n; i++)
		if (bytes[i] == '\n')
			take_line(s);
		else
			client_screen_edit_insert(&s->input, &bytes[i], 1);
}
