/*
 * line_end: how the lines of a connection end. The first line decides it for all that follow; or
 * the protocol does. It knows bytes only; reading them and the decision where the bytes leave it
 * open are left to frame.
 */
#ifndef KABAR_LINE_END_H
#define KABAR_LINE_END_H

#include <stdbool.h>
#include <stddef.h>

enum line_end {
	LINE_END_UNKNOWN, /* no line ends before that is decided */
	LINE_END_LF,      /* any line feed; a CR before it belongs to the end */
	LINE_END_CRLF,    /* a bare line feed is part of the line */
	/*
	 * An empty line, behind another one: what HTTP calls a head is a line then. LF alone ends a
	 * line, too, so that such a head comes at once, and can be refused.
	 */
	LINE_END_HEAD,
	LINE_END_MESSAGE, /* WEBSOCKET_END, and nothing else */
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

/* The last byte of what ends the line, at `from` or later, or NULL. len bytes of it have come. */
const char *line_end_find(enum line_end, const char *line, size_t from, size_t len);
/*
 * The length of a line, of which len bytes with its end have come, without the end. The end of a
 * head is CRLF CRLF, and any other one is left to it.
 */
size_t line_end_strip(enum line_end, const char *line, size_t len);
/* How many of the last bytes of an unfinished line may belong to its end. */
size_t line_end_open(enum line_end, const char *line, size_t len);
/* The bytes of the longest end. */
size_t line_end_size(enum line_end);

#endif
