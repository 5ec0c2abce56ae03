/*
 * Reads the configuration file and blanks its comments; sees to it that strings, comments and
 * sections end before the file does. All other syntax is libconfuse's business.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config/text.h"

#define CONFIG_FILE_MAX (1024 * 1024) /* bytes */

struct scan {
	char *at;
	int line;
	int depth;           /* of open braces */
	int section_line;    /* of the last outermost opening brace */
	const char *unended; /* what the file ended in the middle of, NULL: nothing */
	int unended_line;
};

static char
scan_next(struct scan *scan)
{
	if (*scan->at == '\n')
		scan->line++;
	return *++scan->at;
}

static void
scan_blank(struct scan *scan)
{
	if (*scan->at != '\n')
		*scan->at = ' ';
	scan_next(scan);
}

static void
scan_line_comment(struct scan *scan)
{
	while (*scan->at != '\0' && *scan->at != '\n')
		scan_blank(scan);
}

static void
scan_block_comment(struct scan *scan)
{
	int start = scan->line;

	while (*scan->at != '\0' && strncmp(scan->at, "*/", 2) != 0)
		scan_blank(scan);
	if (*scan->at == '\0') {
		scan->unended = "comment";
		scan->unended_line = start;
		return;
	}
	scan_blank(scan);
	scan_blank(scan);
}

static void
scan_string(struct scan *scan)
{
	char quote = *scan->at;
	int start = scan->line;

	for (scan_next(scan); *scan->at != '\0' && *scan->at != quote; scan_next(scan))
		if (*scan->at == '\\' && scan->at[1] != '\0')
			scan_next(scan);
	if (*scan->at == '\0') {
		scan->unended = "string";
		scan->unended_line = start;
		return;
	}
	scan_next(scan);
}

static void
scan_brace(struct scan *scan)
{
	if (*scan->at == '{' && scan->depth++ == 0)
		scan->section_line = scan->line;
	if (*scan->at == '}' && scan->depth > 0)
		scan->depth--;
	scan_next(scan);
}

static void
scan_token(struct scan *scan)
{
	if (*scan->at == '#' || strncmp(scan->at, "//", 2) == 0)
		scan_line_comment(scan);
	else if (strncmp(scan->at, "/*", 2) == 0)
		scan_block_comment(scan);
	else if (*scan->at == '"' || *scan->at == '\'')
		scan_string(scan);
	else if (*scan->at == '{' || *scan->at == '}')
		scan_brace(scan);
	else
		scan_next(scan);
}

static int
blank_comments(char *text, const char *path, char *error, size_t size)
{
	struct scan scan = { .at = text, .line = 1 };

	while (*scan.at != '\0')
		scan_token(&scan);
	if (scan.unended == NULL && scan.depth > 0) {
		scan.unended = "section";
		scan.unended_line = scan.section_line;
	}
	if (scan.unended == NULL)
		return 0;
	snprintf(error, size, "%s:%d: this %s does not end", path, scan.unended_line, scan.unended);
	return -1;
}

/* Returns the text and ends it with a newline, so that it is never empty; NULL with errno. */
static char *
read_all(FILE *file, size_t *len)
{
	char *text = malloc(CONFIG_FILE_MAX + 2);

	if (text == NULL)
		return NULL;
	*len = fread(text, 1, CONFIG_FILE_MAX + 1, file);
	if (!ferror(file) && *len <= CONFIG_FILE_MAX) {
		text[(*len)++] = '\n';
		text[*len] = '\0';
		return text;
	}
	if (!ferror(file))
		errno = EFBIG;
	free(text);
	return NULL;
}

char *
config_text_read(const char *path, char *error, size_t size)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t len;

	if (file != NULL)
		text = read_all(file, &len);
	if (text == NULL)
		snprintf(error, size, "%s: %s", path, strerror(errno));
	if (file != NULL)
		fclose(file);
	if (text == NULL)
		return NULL;

	if (strlen(text) != len) {
		snprintf(error, size, "%s: this is not a text file", path);
		free(text);
		return NULL;
	}
	if (blank_comments(text, path, error, size) == -1) {
		free(text);
		return NULL;
	}
	return text;
}
