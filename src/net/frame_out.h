/*
 * frame_out: the output of a frame: what is written gathers in a buffer, so that packets are full
 * ones. A write that cannot go on waits, since a reply is made as fast as its reader takes it. It
 * belongs to frame, whose functions say more.
 *
 * With a websocket what is written are the texts of messages. A message that does not fit goes in
 * fragments, so that none is gathered.
 */
#ifndef KABAR_FRAME_OUT_H
#define KABAR_FRAME_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/stream.h"
#include "net/websocket.h"

#define FRAME_OUT_BUFFER 4096

/* The fields are frame_out.c's own. */
struct frame_out {
	char *buffer; /* FRAME_OUT_BUFFER bytes */
	size_t len;
	int error;                   /* errno of the first failed write, or 0 */
	struct websocket *websocket; /* NULL: bytes go as they are */
	bool open;                   /* a fragment is begun: first the room for its header */
	size_t begin;                /* and here */
	bool amid;                   /* a fragment of the message has been ended */
	bool closed;                 /* nothing may follow: the close frame is written */
};

void frame_out_init(struct frame_out *, char *buffer);
/* Buffers len bytes. 0, or -1 with errno, which stays the same for all output from then on. */
int frame_out_write(struct frame_out *, struct stream *, const char *data, size_t len);
/* Ends the message. 0, or -1 likewise. */
int frame_out_end_message(struct frame_out *, struct stream *);
/* Buffers a control frame, between two fragments if need be. 0, or -1 likewise. */
int frame_out_control(struct frame_out *, struct stream *, enum websocket_opcode,
    const char *payload, size_t len);
/* Buffers a close frame, behind which nothing is written any more. 0, or -1 likewise. */
int frame_out_close(struct frame_out *, struct stream *, uint16_t code);
/* The same, and writes what can be written at once. */
void frame_out_try_close(struct frame_out *, struct stream *, uint16_t code);
/* Writes all that is buffered. 0, or -1 likewise. */
int frame_out_flush(struct frame_out *, struct stream *);
/* Gives back memory that is not needed until something is written, or read, again. */
void frame_out_rest(struct frame_out *);

#endif
