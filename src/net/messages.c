/* messages: bytes are decoded where they will lie as text. */
#include "net/messages.h"

#define READ_MAX 4096 /* bytes that are read at once: so many pings may be in them, and no more */

/* Takes what happened up to the end of what was fed. The texts go to `to`; returns their length. */
static size_t
decode(struct frame_out *out, struct stream *stream, char *to)
{
	struct websocket *ws = out->websocket;
	char *end = to;
	const char *asked;
	size_t len;

	for (;;) {
		switch (websocket_next(ws, &end)) {
		case WEBSOCKET_ASKED:
			asked = websocket_asked(ws, &len);
			(void)frame_out_control(out, stream, WEBSOCKET_PONG, asked, len);
			break;
		case WEBSOCKET_IDLED:
			break;
		case WEBSOCKET_STARVED:
		case WEBSOCKET_CLOSED:
			return (size_t)(end - to);
		}
	}
}

size_t
messages_take(struct frame_out *out, struct stream *stream, char *data, size_t len)
{
	websocket_feed(out->websocket, data, len);
	return decode(out, stream, data);
}

int
messages_read(struct frame_out *out, struct stream *stream, char *to, size_t room, size_t *len)
{
	uint16_t code = websocket_closed(out->websocket);
	ssize_t n;

	if (code != 0) {
		(void)frame_out_close(out, stream, code);
		(void)frame_out_flush(out, stream);
		return 0;
	}
	/* The texts may be longer than what is read, by one byte. */
	n = stream_read(stream, to + 1, room - 1 < READ_MAX ? room - 1 : READ_MAX);
	if (n <= 0)
		return (int)n;
	websocket_feed(out->websocket, to + 1, (size_t)n);
	*len = decode(out, stream, to);
	return 1;
}
