/*
 * client_text: what a server sent, made fit for a terminal, and its width there. Only clean text is
 * ever written to a terminal: it is UTF-8 without control characters, overrides of the direction of
 * writing and other characters that change more than their own place.
 */
#ifndef KABAR_CLIENT_TEXT_H
#define KABAR_CLIENT_TEXT_H

#include <stddef.h>
#include <stdio.h>

/* So many combining characters stay with one that stands by itself; the rest is left out. */
#define CLIENT_TEXT_MARKS 6

enum client_text_form {
	CLIENT_TEXT_LINE,  /* one line: ends of lines become spaces */
	CLIENT_TEXT_LINES, /* line feeds are kept; CR LF and the separators of Unicode become some
	                    */
};

/*
 * Returns clean text, ended by NUL, that the caller frees; NULL without memory. The bytes need not
 * be UTF-8. Controls and overrides become U+FFFD, a tab spaces, invisible characters nothing, and a
 * letter with marks the one character for both, if there is one. Text that would have more than max
 * bytes is cut between characters and ends with U+2026.
 */
char *client_text_clean(const char *s, size_t len, enum client_text_form, size_t max);

/* The columns that clean text takes; line feeds take none. */
size_t client_text_width(const char *s, size_t len);
/*
 * The bytes of what a reader takes for the first character, with all that combines with it, and its
 * columns, of which there are two at most. 0: there is nothing.
 */
size_t client_text_next(const char *s, size_t len, size_t *width);
/* The bytes of the last such character before s + at; 0: there is none. */
size_t client_text_previous(const char *s, size_t at);
/* The bytes of the longest beginning that fits into so many columns; *width is what it takes. */
size_t client_text_fit(const char *s, size_t len, size_t columns, size_t *width);
/*
 * The first row of text that is wrapped at so many columns (1 at least): its bytes. *next is where
 * the next row begins; len: this was the last one. Rows end behind a line feed, between words,
 * between wide characters, and within a word only if it alone is wider than a row, so a link that
 * fits into one stays whole. At least one character is taken, even if it is too wide.
 */
size_t client_text_wrap(const char *s, size_t len, size_t columns, size_t *next);

/* Writes clean text, with a question mark for what the locale's character set does not have. */
void client_text_print(FILE *, const char *clean);

#endif
