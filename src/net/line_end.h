/*
 * line_end: how the lines of a connection end. The first line decides it for all that follow. It
 * knows bytes only; reading them and the decision where the bytes leave it open are left to frame.
 */
#ifndef KABAR_LINE_END_H
#define KABAR_LINE_END_H

#include <stdbool.h>
#include <stddef.h>

enum line_end {
	LINE_END_UNKNOWN, /* no line ends before that is decided */
	LINE_END_LF,      /* any line feed; a CR before it belongs to the end */
	LINE_END_CRLF,    /* a bare line feed is part of the line */
};

/* The search of the first line, which finds each byte once. All zero: nothing was searched yet. */
struct line_end_search {
	size_t searched; /* so many bytes hold no CRLF */
	size_t bare;     /* and this one, counted from 1, is their first line feed; 0: none */
};

/* Searches the first line, of which len bytes have come. True: it has a CRLF. */
bool line_end_search(struct line_end_search *, const char *line, size_t len);
/* The first n bytes of the line, before its first line feed, were taken away. */
void line_end_skip(struct line_end_search *, size_t n);

/* The line feed that ends the line, at `from` or later, or NULL. len bytes of it have come. */
const char *line_end_find(enum line_end, const char *line, size_t from, size_t len);

#endif
