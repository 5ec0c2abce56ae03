/*
 * peering_line: lines from another realm and replies to it, over TLS. What they mean is left to
 * peer; so is polling.
 */
#ifndef KABAR_PEER_LINE_H
#define KABAR_PEER_LINE_H

#include "base/json_out.h"
#include "net/stream.h"

#define PEERING_LINE_MAX (512 * 1024) /* bytes of a line, without its end */
#define PEERING_LINE_OUT 16384

/* The fields are peering_line.c's own. */
struct peering_line {
	struct stream stream;
	char *in; /* room for the longest line, of which only what is used takes memory */
	size_t start;
	size_t scanned;
	size_t end;
	size_t highest; /* up to where it was used since memory was given back */
	bool failed;    /* the other side cannot be written to any more */
	size_t out_len;
	char out[PEERING_LINE_OUT];
};

/* 0, or -1 without memory. The stream is then plain, and the caller's to make TLS of. */
int peering_line_init(struct peering_line *, int in_fd, int out_fd);
void peering_line_free(struct peering_line *);

enum peering_line_filled {
	PEERING_LINE_GOT,
	PEERING_LINE_BLOCKED, /* nothing is here now */
	PEERING_LINE_END,     /* nothing will come any more */
	PEERING_LINE_BROKEN   /* errno says why */
};
/* Reads what is here, but not much more than can be served in one go. */
enum peering_line_filled peering_line_fill(struct peering_line *);
/*
 * The next whole line, its CRLF or LF taken off, good until the next fill: 1; 0 when there is
 * none; -1 when it is longer than lines may be.
 */
int peering_line_next(struct peering_line *, const char **data, size_t *len);

/* A reply: between the two, keys and values of one object. They are buffered. */
void peering_line_begin(struct peering_line *, struct json_out *, const char *status);
void peering_line_end(struct peering_line *, struct json_out *);
/* Sends what is buffered, waiting for the other side to read. 0, or -1: it does not. */
int peering_line_flush(struct peering_line *);

#endif
