/*
 * wire: the dialling side of a connection, which never waits: it gathers requests and sends them as
 * the connection takes them, and cuts replies out of what comes. Their meaning is left to peering,
 * legacy and client.
 */
#ifndef KABAR_WIRE_H
#define KABAR_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/stream.h"

#define WIRE_FULL (64 * 1024) /* bytes that wait to be sent, after which it is full */

/* The fields are wire.c's own. */
struct wire {
	struct stream stream;
	int fd; /* -1: not connected */
	char *out;
	size_t out_start; /* so much of it was sent */
	size_t out_len;
	size_t out_size;
	char *in;
	size_t in_start; /* so much of it was taken */
	size_t in_len;
	size_t in_size;
	size_t scanned;   /* of the rest: so much holds no end of a reply */
	size_t reply_max; /* bytes of the longest reply, with its end */
	bool no_memory;
	uint64_t sent; /* bytes in all */
};

/* Nothing is open yet. */
void wire_init(struct wire *);
/* Takes the connected socket over. A reply has reply_max bytes at most, with its end. */
void wire_open(struct wire *, int fd, size_t reply_max);
/* The bound of replies that are taken from here on. */
void wire_set_reply_max(struct wire *, size_t reply_max);
/* Closes the connection, if there is one. The wire may be opened again. */
void wire_close(struct wire *);

/* Gathers bytes; a json_out_sink. 0, or -1 without memory; wire_flush() then fails, too. */
int wire_put(void *wire, const char *data, size_t len);
/* The position of the next byte; takes back all bytes from there on, if none of them was sent. */
size_t wire_mark(const struct wire *);
void wire_take_back(struct wire *, size_t mark);
/* Whether enough waits to be sent for now. */
bool wire_full(const struct wire *);
/* Sends what the connection takes. 0, or -1 with errno when it is broken. */
int wire_flush(struct wire *);

/* Reads what is here, up to a bound. 1 bytes came, 0 none, -1 broken; errno 0: it has ended. */
int wire_fill(struct wire *);
/*
 * The next whole reply, without its end, good until the next fill: 1, 0 when there is none, -1
 * when it is longer than replies may be.
 */
int wire_reply(struct wire *, const char **data, size_t *len);

/* The bytes behind the last whole reply, good until the next fill; returns their number. */
size_t wire_rest(const struct wire *, const char **data);
/* Takes the first of these, for replies that have another end. */
void wire_take(struct wire *, size_t len);

/* The events for poll(). */
short wire_events(const struct wire *);
/* Whether there may be something to read that poll() does not see. */
bool wire_pending(const struct wire *);
/* A number that grows only as the other side takes bytes. */
int64_t wire_progress(const struct wire *);

#endif
