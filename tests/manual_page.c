/*
 * manual_page: for tests that hold a manual page against the programs. See manual_page.h.
 */
#include "manual_page.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The macros that stand before a word or sentence of their own; of .It the one that follows. */
static void
cut_macro(char **at, struct manual_page_line *line)
{
	size_t len = strcspn(*at + 1, " ");

	snprintf(line->macro, sizeof(line->macro), "%.*s", (int)len, *at + 1);
	*at += 1 + len;
	*at += **at == ' ';
	if (strcmp(line->macro, "It") != 0)
		return;
	len = strcspn(*at, " ");
	snprintf(line->macro, sizeof(line->macro), "It %.*s", (int)len, *at);
	*at += len;
	*at += **at == ' ';
}

static void
append_word(char text[MANUAL_PAGE_LINE], const char *word, size_t word_len)
{
	size_t len = strlen(text);

	ck_assert_uint_lt(len + word_len + 2, MANUAL_PAGE_LINE);
	snprintf(text + len, MANUAL_PAGE_LINE - len, "%s%.*s", len == 0 ? "" : " ", (int)word_len,
	    word);
}

/* Escapes that stand for nothing, or for one character. */
static void
unescape_mdoc(char *text)
{
	static const struct {
		const char *escape;
		const char *plain;
	} escapes[] = { { "\\&", "" }, { "\\e", "\\" }, { "\\(dq", "\"" } };

	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
		size_t len = strlen(escapes[i].escape), plain = strlen(escapes[i].plain);
		char *at;

		while ((at = strstr(text, escapes[i].escape)) != NULL) {
			memcpy(at, escapes[i].plain, plain);
			memmove(at + plain, at + len, strlen(at + len) + 1);
		}
	}
}

/* A closing mark that stands alone is the sentence's, not the word's. */
static bool
is_mark(const char *word, size_t len)
{
	return len == 1 && strchr(".,:;)", word[0]) != NULL;
}

static void
read_words(const char *at, char text[MANUAL_PAGE_LINE])
{
	while (*at != '\0') {
		size_t len = strcspn(at, " ");
		const char *after = at + len + (at[len] == ' ');

		if (len == 2 && strncmp(at, "Ar", 2) == 0) {
			append_word(text, "*", 1);
			after += strcspn(after, " ");
			after += *after == ' ';
		} else if (!(len == 2 && strncmp(at, "No", 2) == 0) &&
		    !(is_mark(at, len) && *after == '\0')) {
			append_word(text, at, len);
		}
		at = after;
	}
	unescape_mdoc(text);
}

void
manual_page_each(const char *page, void (*visit)(const struct manual_page_line *, void *arg),
    void *arg)
{
	const char *srcdir = getenv("srcdir");
	char path[1024], raw[MANUAL_PAGE_LINE];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", srcdir == NULL ? "." : srcdir, page);
	file = fopen(path, "re");
	ck_assert_msg(file != NULL, "cannot read %s", path);
	while (fgets(raw, sizeof(raw), file) != NULL) {
		struct manual_page_line line = { .macro = "" };
		char *at = raw;

		raw[strcspn(raw, "\n")] = '\0';
		if (raw[0] == '.')
			cut_macro(&at, &line);
		read_words(at, line.text);
		visit(&line, arg);
	}
	fclose(file);
}
