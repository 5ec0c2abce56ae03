/* frame_out: a buffer in the struct itself, and stream_write_all(). */
#include "net/frame_out.h"

#include <errno.h>
#include <string.h>

#include "base/trim_memory.h"

void
frame_out_init(struct frame_out *out)
{
	/* Not the whole struct: the buffer needs no zeroes. */
	out->len = 0;
	out->error = 0;
}

/* Remembers why output failed; all later output fails for the same reason. */
static int
fail_output(struct frame_out *out, int error)
{
	out->error = error;
	out->len = 0;
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

int
frame_out_flush(struct frame_out *out, struct stream *stream)
{
	size_t len = out->len;

	if (out->error)
		return fail_output(out, out->error);
	out->len = 0;
	return write_all(out, stream, out->buffer, len);
}

int
frame_out_write(struct frame_out *out, struct stream *stream, const char *data, size_t len)
{
	size_t space = FRAME_OUT_BUFFER - out->len;

	if (out->error)
		return fail_output(out, out->error);
	if (out->len > 0 && len >= space) {
		/* Filled up first, so that packets are full ones. */
		memcpy(out->buffer + out->len, data, space);
		out->len += space;
		data += space;
		len -= space;
		if (frame_out_flush(out, stream) < 0)
			return -1;
	}
	if (len >= FRAME_OUT_BUFFER)
		return write_all(out, stream, data, len);
	if (len > 0)
		memcpy(out->buffer + out->len, data, len);
	out->len += len;
	return 0;
}

void
frame_out_rest(struct frame_out *out)
{
	if (out->len == 0)
		trim_memory_range(out->buffer, sizeof(out->buffer));
}
