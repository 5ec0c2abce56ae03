/* client_output: everything goes through client_text on its way out, also what seems harmless. */
#include "client/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/vector.h"
#include "client/i18n.h"
#include "client/text.h"

#define LINE_MAX_BYTES (1024 * 1024)
#define CELL_MAX       256 /* bytes of what stands in a column */
#define GAP            2   /* columns of a terminal between two of a table */

static void
print_clean(FILE *file, const char *text, size_t len, enum client_text_form form, size_t max)
{
	char *clean = client_text_clean(text, len, form, max);

	client_text_print(file, clean == NULL ? "" : clean);
	free(clean);
}

static void
print_sentence(const char *fmt, va_list ap)
{
	char sentence[1024];

	vsnprintf(sentence, sizeof(sentence), fmt, ap);
	fputs("kabar: ", stderr);
	print_clean(stderr, sentence, strlen(sentence), CLIENT_TEXT_LINE, sizeof(sentence));
	fputc('\n', stderr);
}

int
client_output_error(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_sentence(fmt, ap);
	va_end(ap);
	return status;
}

void
client_output_note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_sentence(fmt, ap);
	va_end(ap);
}

void
client_output_json(json_t *object)
{
	char *text = object == NULL ? NULL : json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);

	/* The one control that JSON leaves as it is. */
	for (const char *at = text; at != NULL && *at != '\0'; at++)
		if (*at == 0x7f)
			fputs("\\u007f", stdout);
		else
			putchar(*at);
	if (text != NULL)
		putchar('\n');
	free(text);
	json_decref(object);
}

void
client_output_line(const char *fmt, ...)
{
	char *text = NULL, *clean = NULL, *rest, *line;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len >= 0)
		clean = client_text_clean(text, (size_t)len, CLIENT_TEXT_LINES, LINE_MAX_BYTES);
	rest = clean;
	for (bool first = true; rest != NULL && (line = strsep(&rest, "\n")) != NULL;
	     first = false) {
		if (!first)
			fputs("    ", stdout);
		client_text_print(stdout, line);
		putchar('\n');
	}
	free(clean);
	if (len >= 0)
		free(text);
}

void
client_output_row(struct client_output_table *table, const char *const *texts)
{
	char *(*row)[CLIENT_OUTPUT_COLUMNS] = vector_add(&table->rows, &table->n, sizeof(*row));

	if (row == NULL)
		return;
	memset(row, 0, sizeof(*row));
	for (size_t i = 0; i < CLIENT_OUTPUT_COLUMNS && texts[i] != NULL; i++)
		(*row)[i] =
		    client_text_clean(texts[i], strlen(texts[i]), CLIENT_TEXT_LINE, CELL_MAX);
}

static size_t
cell_width(const char *cell)
{
	return cell == NULL ? 0 : client_text_width(cell, strlen(cell));
}

static void
print_row(char *const row[CLIENT_OUTPUT_COLUMNS], const size_t widths[CLIENT_OUTPUT_COLUMNS])
{
	size_t n = CLIENT_OUTPUT_COLUMNS;

	while (n > 0 && (row[n - 1] == NULL || row[n - 1][0] == '\0'))
		n--;
	for (size_t i = 0; i < n; i++) {
		client_text_print(stdout, row[i] == NULL ? "" : row[i]);
		if (i + 1 < n)
			printf("%*s", (int)(widths[i] + GAP - cell_width(row[i])), "");
	}
	putchar('\n');
}

void
client_output_table(struct client_output_table *table)
{
	size_t widths[CLIENT_OUTPUT_COLUMNS] = { 0 };

	for (size_t r = 0; r < table->n; r++)
		for (size_t i = 0; i < CLIENT_OUTPUT_COLUMNS; i++)
			if (cell_width(table->rows[r][i]) > widths[i])
				widths[i] = cell_width(table->rows[r][i]);
	for (size_t r = 0; r < table->n; r++) {
		print_row(table->rows[r], widths);
		for (size_t i = 0; i < CLIENT_OUTPUT_COLUMNS; i++)
			free(table->rows[r][i]);
	}
	free(table->rows);
	*table = (struct client_output_table){ .n = 0 };
}

void
client_output_time(const char *iso, char text[32])
{
	struct tm utc = { .tm_isdst = 0 }, local;
	time_t when;

	text[0] = '\0';
	if (strptime(iso, "%Y-%m-%dT%H:%M:%S", &utc) == NULL)
		return;
	when = timegm(&utc);
	if (localtime_r(&when, &local) == NULL || strftime(text, 32, "%Y-%m-%d %H:%M", &local) == 0)
		text[0] = '\0';
}

int
client_output_flush(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	return client_output_error(EX_IOERR, _("cannot write: %s"), strerror(errno));
}
