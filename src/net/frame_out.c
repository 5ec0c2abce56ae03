/* frame_out: what does not fit goes by stream_write_all(). */
#include "net/frame_out.h"

#include <errno.h>
#include <string.h>

#include "base/trim_memory.h"

void
frame_out_init(struct frame_out *out, char *buffer)
{
	*out = (struct frame_out){ .buffer = buffer };
}

/* Remembers why output failed; all later output fails for the same reason. */
static int
fail_output(struct frame_out *out, int error)
{
	out->error = error;
	out->len = 0;
	out->open = false;
	errno = error;
	return -1;
}

static int
write_all(struct frame_out *out, struct stream *stream, const char *data, size_t len)
{
	if (stream_write_all(stream, data, len) != 0)
		return fail_output(out, errno);
	return 0;
}

static int
send_buffer(struct frame_out *out, struct stream *stream)
{
	size_t len = out->len;

	out->len = 0;
	return write_all(out, stream, out->buffer, len);
}

/*
 * Messages.
 */

/* Puts a frame behind what is buffered. 0, or -1 without memory. */
static int
put_frame(struct frame_out *out, enum websocket_opcode opcode, bool last, const char *payload,
    size_t len)
{
	size_t n =
	    websocket_write(out->websocket, out->buffer + out->len, opcode, last, payload, len);

	if (n == 0)
		return fail_output(out, ENOMEM);
	out->len += n;
	return 0;
}

/* Ends the fragment that is begun. One without a byte is needed only to end a message. */
static int
seal_fragment(struct frame_out *out, bool last)
{
	size_t len;

	if (!out->open)
		return 0;
	len = out->len - out->begin - WEBSOCKET_HEADER;
	out->open = false;
	out->len = out->begin;
	if (len == 0 && !last)
		return 0;
	if (put_frame(out, out->amid ? WEBSOCKET_CONTINUATION : websocket_writes(out->websocket),
	        last, out->buffer + out->begin + WEBSOCKET_HEADER, len) != 0)
		return -1;
	out->amid = !last;
	return 0;
}

static int
make_room(struct frame_out *out, struct stream *stream, size_t len)
{
	if (FRAME_OUT_BUFFER - out->len >= len)
		return 0;
	return frame_out_flush(out, stream);
}

static int
open_fragment(struct frame_out *out, struct stream *stream)
{
	if (out->open)
		return 0;
	if (make_room(out, stream, WEBSOCKET_HEADER + 1) != 0)
		return -1;
	out->begin = out->len;
	out->len += WEBSOCKET_HEADER;
	out->open = true;
	return 0;
}

static int
write_text(struct frame_out *out, struct stream *stream, const char *data, size_t len)
{
	while (len > 0) {
		size_t n;

		/* A full buffer goes only when more comes: the fragment may be the last. */
		if (make_room(out, stream, 1) != 0 || open_fragment(out, stream) != 0)
			return -1;
		n = FRAME_OUT_BUFFER - out->len;
		if (n > len)
			n = len;
		memcpy(out->buffer + out->len, data, n);
		out->len += n;
		data += n;
		len -= n;
	}
	return 0;
}

int
frame_out_end_message(struct frame_out *out, struct stream *stream)
{
	if (out->error)
		return fail_output(out, out->error);
	if (out->closed)
		return 0;
	if (open_fragment(out, stream) != 0)
		return -1;
	return seal_fragment(out, true);
}

int
frame_out_control(struct frame_out *out, struct stream *stream, enum websocket_opcode opcode,
    const char *payload, size_t len)
{
	if (out->error)
		return fail_output(out, out->error);
	if (out->closed)
		return 0;
	if (seal_fragment(out, false) != 0 ||
	    make_room(out, stream, WEBSOCKET_HEADER + WEBSOCKET_CONTROLS) != 0)
		return -1;
	return put_frame(out, opcode, true, payload, len);
}

int
frame_out_close(struct frame_out *out, struct stream *stream, uint16_t code)
{
	const char payload[] = { (char)(code >> 8), (char)(code & 0xff) };
	size_t len = code == WEBSOCKET_NO_CODE ? 0 : sizeof(payload);
	int result = frame_out_control(out, stream, WEBSOCKET_CLOSE, payload, len);

	out->closed = true;
	return result;
}

void
frame_out_try_close(struct frame_out *out, struct stream *stream, uint16_t code)
{
	if (frame_out_close(out, stream, code) != 0)
		return;
	(void)stream_write(stream, out->buffer, out->len);
	out->len = 0;
}

/*
 * Both.
 */

int
frame_out_flush(struct frame_out *out, struct stream *stream)
{
	if (out->error)
		return fail_output(out, out->error);
	if (seal_fragment(out, false) != 0)
		return -1;
	return send_buffer(out, stream);
}

static int
write_bytes(struct frame_out *out, struct stream *stream, const char *data, size_t len)
{
	size_t space = FRAME_OUT_BUFFER - out->len;

	if (out->len > 0 && len >= space) {
		/* Filled up first, so that packets are full ones. */
		memcpy(out->buffer + out->len, data, space);
		out->len += space;
		data += space;
		len -= space;
		if (send_buffer(out, stream) < 0)
			return -1;
	}
	if (len >= FRAME_OUT_BUFFER)
		return write_all(out, stream, data, len);
	if (len > 0)
		memcpy(out->buffer + out->len, data, len);
	out->len += len;
	return 0;
}

int
frame_out_write(struct frame_out *out, struct stream *stream, const char *data, size_t len)
{
	if (out->error)
		return fail_output(out, out->error);
	if (out->closed)
		return 0;
	if (out->websocket != NULL)
		return write_text(out, stream, data, len);
	return write_bytes(out, stream, data, len);
}

void
frame_out_rest(struct frame_out *out)
{
	if (out->len == 0)
		trim_memory_range(out->buffer, FRAME_OUT_BUFFER);
	if (out->websocket != NULL)
		websocket_rest(out->websocket);
}
