/*
 * wire: a connection to a peer as bytes: requests gathered and sent as it takes them,
 * replies cut out of what comes. What they mean is left to peering_request and peering_response.
 */
#ifndef KABAR_BRIDGE_WIRE_H
#define KABAR_BRIDGE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/stream.h"

#define WIRE_REPLY_MAX 65536       /* bytes of a reply, with its end */
#define WIRE_FULL      (64 * 1024) /* bytes that wait to be sent, after which no more is made */

/* The fields are wire.c's own. */
struct wire {
	struct stream stream;
	int fd; /* -1: not connected */
	char *out;
	size_t out_start; /* what has been sent of it */
	size_t out_len;
	size_t out_size;
	char *in;
	size_t in_start; /* what has been taken of it */
	size_t in_len;
	size_t in_size;
	size_t scanned;   /* of what was not taken: so much holds no end of a reply */
	size_t reply_max; /* bytes of a reply, with its end: WIRE_REPLY_MAX unless it is changed */
	bool no_memory;
	uint64_t sent; /* bytes in all */
};

/* Nothing is open yet. */
void wire_init(struct wire *);
/* The connected socket is the wire's from here on. */
void wire_open(struct wire *, int fd);
/* Closes what is open; then it may be opened again. */
void wire_close(struct wire *);

/* Gathers bytes; a json_out_sink. 0, or -1 without memory, which wire_flush says, too. */
int wire_put(void *wire, const char *data, size_t len);
/* Where the next byte will stand, and taking back all from there on if none of it was sent. */
size_t wire_mark(const struct wire *);
void wire_take_back(struct wire *, size_t mark);
/* Whether enough waits to be sent for now. */
bool wire_full(const struct wire *);
/* Sends what the connection takes. 0, or -1 with errno when it is broken. */
int wire_flush(struct wire *);

/* Reads what is here, up to a bound. 1 something came, 0 nothing, -1 broken, with errno 0: ended.
 */
int wire_fill(struct wire *);
/*
 * The next whole reply, without its end, good until the next fill: 1, 0 when there is none, -1
 * when it is longer than replies may be.
 */
int wire_reply(struct wire *, const char **data, size_t *len);

/* What came behind the last whole reply, as long as nothing is read; its length. */
size_t wire_rest(const struct wire *, const char **data);

/* What poll() is to wait for. */
short wire_events(const struct wire *);
/* Whether there may be something to read that poll() does not see. */
bool wire_pending(const struct wire *);
/* A number that grows only as the other side takes what it was sent. */
int64_t wire_progress(const struct wire *);

#endif
