/*
 * frame_out: the output of a frame: what is written gathers in a buffer, so that packets are full
 * ones. A write that cannot go on waits, since a reply is made as fast as its reader takes it. It
 * belongs to frame, whose functions say more.
 */
#ifndef KABAR_FRAME_OUT_H
#define KABAR_FRAME_OUT_H

#include <stddef.h>

#include "net/stream.h"

#define FRAME_OUT_BUFFER 4096

/* The fields are frame_out.c's own. */
struct frame_out {
	char buffer[FRAME_OUT_BUFFER]; /* first, so that it begins at a page where the frame does */
	size_t len;
	int error; /* errno of the first failed write, or 0 */
};

void frame_out_init(struct frame_out *);
/* Buffers len bytes. 0, or -1 with errno, which stays the same for all output from then on. */
int frame_out_write(struct frame_out *, struct stream *, const char *data, size_t len);
/* Writes all that is buffered. 0, or -1 likewise. */
int frame_out_flush(struct frame_out *, struct stream *);
/* Gives back the memory of an empty buffer, until it is needed again. */
void frame_out_rest(struct frame_out *);

#endif
