/*
 * wrap: a text in rows of a width, broken between words. What stands before the rows, and how they
 * are drawn, is left to others.
 */
#ifndef KABAR_CLIENT_SCREEN_WRAP_H
#define KABAR_CLIENT_SCREEN_WRAP_H

#include <stdbool.h>
#include <stddef.h>

/* The bytes from start on, to be drawn from this column on. */
struct client_screen_wrap_row {
	size_t start;
	size_t len;
	int column;
};

/*
 * Breaks UTF-8 text at line feeds, and at spaces where a row of `width` columns is full; all rows
 * begin at column `indent`. A word that is longer than a row is broken between characters; a link
 * that is longer begins a row at column 0 and fills rows to their ends, so that terminals find it
 * whole. At least one row is made. `rows` and `n` are a vector (base/vector.h), appended to. 0, or
 * -1 without memory.
 */
int client_screen_wrap(const char *text, size_t len, int width, int indent,
    struct client_screen_wrap_row **rows, size_t *n);
/* Whether the word begins as links do. */
bool client_screen_wrap_is_link(const char *word, size_t len);

#endif
