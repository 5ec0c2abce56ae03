/*
 * peer_line: lines from another realm and replies to it, over TLS. What they mean is left to peer;
 * so is polling.
 */
#ifndef KABAR_PEER_LINE_H
#define KABAR_PEER_LINE_H

#include "base/json_out.h"
#include "net/stream.h"

#define PEER_LINE_MAX (512 * 1024) /* bytes of a line, without its end */
#define PEER_LINE_OUT 16384

/* The fields are peer_line.c's own. */
struct peer_line {
	struct stream stream;
	char *in; /* room for the longest line, of which only what is used takes memory */
	size_t start;
	size_t scanned;
	size_t end;
	size_t highest; /* up to where it was used since memory was given back */
	bool failed;    /* the other side cannot be written to any more */
	size_t out_len;
	char out[PEER_LINE_OUT];
};

/* 0, or -1 without memory. The stream is then plain, and the caller's to make TLS of. */
int peer_line_init(struct peer_line *, int in_fd, int out_fd);
void peer_line_free(struct peer_line *);

enum peer_line_filled {
	PEER_LINE_GOT,
	PEER_LINE_BLOCKED, /* nothing is here now */
	PEER_LINE_END,     /* nothing will come any more */
	PEER_LINE_BROKEN   /* errno says why */
};
/* Reads what is here, but not much more than can be served in one go. */
enum peer_line_filled peer_line_fill(struct peer_line *);
/*
 * The next whole line, its CRLF or LF taken off, good until the next fill: 1; 0 when there is
 * none; -1 when it is longer than lines may be.
 */
int peer_line_next(struct peer_line *, const char **data, size_t *len);

/* A reply: between the two, keys and values of one object. They are buffered. */
void peer_line_begin(struct peer_line *, struct json_out *, const char *status);
void peer_line_end(struct peer_line *, struct json_out *);
/* Sends what is buffered, waiting for the other side to read. 0, or -1: it does not. */
int peer_line_flush(struct peer_line *);

#endif
