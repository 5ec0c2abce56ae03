/*
 * bench_web: the client's side of a WebSocket (RFC 6455), as an open page has it: the handshake,
 * text messages in one masked frame each, and what the server's frames hold.
 */
#ifndef BENCH_WEB_H
#define BENCH_WEB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEB_HEAD        8     /* bytes before the text of a message of ours */
#define WEB_MESSAGE_MAX 65535 /* bytes of its text */

/* Makes a connected socket a WebSocket. Blocks. 0, or -1 with a sentence on standard error. */
int web_upgrade(int fd, int port);
/* Writes a text message as a frame into WEB_HEAD + len bytes; their number. */
size_t web_message(char *out, const char *text, size_t len);

/* What has come of a frame so far. All zeros: nothing. */
struct web_reader {
	unsigned char head[10];
	unsigned int head_len;
	uint64_t left; /* bytes of the payload that have not come yet */
};

/* A part of a message's text, in the bytes that were read. */
struct web_piece {
	const char *text;
	size_t len;
	bool last; /* the message ends with it */
};

/*
 * Takes the beginning of what came, never nothing of it; the number of bytes taken. What is part of
 * no text message makes an empty piece.
 */
size_t web_read(struct web_reader *, const char *data, size_t len, struct web_piece *);

#endif
