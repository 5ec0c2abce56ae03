/*
 * messages: reads the texts of WebSocket's messages from a stream, as stream_read() reads bytes,
 * and answers pings and the end. The code of the bytes is websocket's; lines are left to frame.
 */
#ifndef KABAR_MESSAGES_H
#define KABAR_MESSAGES_H

#include <stddef.h>

#include "net/frame_out.h"
#include "net/stream.h"

/*
 * Decodes len bytes that were read already, with nothing read before, in their place. Returns how
 * many bytes of texts are there now, each text ended by WEBSOCKET_END. Answers go into the output.
 */
size_t messages_take(struct frame_out *, struct stream *, char *data, size_t len);
/*
 * Reads to a place that has room for `room` bytes, 2 at least, and uses all of it. 1: something
 * came, and *len bytes (maybe 0) of texts are there; 0: the end, of the stream or of the
 * conversation, to which the close frame is written by now; -1 with errno, as stream_read() has it.
 */
int messages_read(struct frame_out *, struct stream *, char *to, size_t room, size_t *len);

#endif
