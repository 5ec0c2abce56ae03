/*
 * speaker: for integration tests: one end of a connection: says bytes and hears whole replies.
 * dialogue and the tests choose the bytes.
 */
#ifndef SPEAKER_H
#define SPEAKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct speaker {
	int in_fd; /* -1: none */
	int out_fd;
	char *heard; /* what came; the first `taken` bytes were handed out */
	size_t taken;
	size_t len;
	size_t size;
};

/* Speaks and hears through these, which may be one, and closes them. */
void speaker_open(struct speaker *, int in_fd, int out_fd);
/* Does nothing to one who was closed before, or never opened but set to zeroes and -1. */
void speaker_close(struct speaker *);
/* Says these bytes, and keeps what comes meanwhile. */
void speaker_say(struct speaker *, const void *data, size_t len);
/* Will say nothing more. */
void speaker_finish(struct speaker *);
/*
 * The next reply without its line ends, as a string; it lasts until the next one. It has to be
 * ASCII; the characters that it escapes stand there as they are. NULL when the
 * other side has closed; *len is then what there was of an unfinished reply.
 */
const char *speaker_hear(struct speaker *, size_t *len);
/* Says a line, with its end, and hears the reply. Returns NULL when the connection has ended. */
const char *speaker_ask(struct speaker *, const char *line);
/* Returns the bytes heard that are no whole reply yet. */
const char *speaker_rest(const struct speaker *, size_t *len);

#endif
