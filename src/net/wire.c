/* wire: its buffers are given back when they are empty, so that an idle link costs little. */
#include "net/wire.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_SIZE 4096
#define REPLY_END  "\r\n\r\n"
#define END_LEN    (sizeof(REPLY_END) - 1)

void
wire_init(struct wire *wire)
{
	*wire = (struct wire){ .fd = -1 };
}

void
wire_open(struct wire *wire, int fd, size_t reply_max)
{
	wire_init(wire);
	wire->fd = fd;
	wire->reply_max = reply_max;
	stream_init(&wire->stream, fd, fd);
}

void
wire_set_reply_max(struct wire *wire, size_t reply_max)
{
	wire->reply_max = reply_max;
}

void
wire_close(struct wire *wire)
{
	if (wire->fd >= 0) {
		stream_free(&wire->stream);
		close(wire->fd);
	}
	free(wire->out);
	free(wire->in);
	wire_init(wire);
}

/* Room for len more bytes behind `used`. */
static int
reserve_room(char **buffer, size_t *size, size_t used, size_t len)
{
	size_t wanted = *size == 0 ? FIRST_SIZE : *size;
	char *bigger;

	if (len <= *size - used)
		return 0;
	while (wanted - used < len)
		wanted *= 2;
	bigger = realloc(*buffer, wanted);
	if (bigger == NULL)
		return -1;
	*buffer = bigger;
	*size = wanted;
	return 0;
}

int
wire_put(void *arg, const char *data, size_t len)
{
	struct wire *wire = arg;

	if (len > wire->out_size - wire->out_len && wire->out_start > 0) {
		memmove(wire->out, wire->out + wire->out_start, wire->out_len - wire->out_start);
		wire->out_len -= wire->out_start;
		wire->out_start = 0;
	}
	if (wire->no_memory || reserve_room(&wire->out, &wire->out_size, wire->out_len, len) != 0) {
		wire->no_memory = true;
		return -1;
	}
	memcpy(wire->out + wire->out_len, data, len);
	wire->out_len += len;
	return 0;
}

size_t
wire_mark(const struct wire *wire)
{
	return wire->out_len - wire->out_start;
}

void
wire_take_back(struct wire *wire, size_t mark)
{
	wire->out_len = wire->out_start + mark;
}

bool
wire_full(const struct wire *wire)
{
	return wire->out_len - wire->out_start >= WIRE_FULL;
}

static void
free_out(struct wire *wire)
{
	free(wire->out);
	wire->out = NULL;
	wire->out_start = wire->out_len = wire->out_size = 0;
}

int
wire_flush(struct wire *wire)
{
	if (wire->no_memory) {
		errno = ENOMEM;
		return -1;
	}
	while (wire->out_start < wire->out_len) {
		ssize_t n = stream_write(&wire->stream, wire->out + wire->out_start,
		    wire->out_len - wire->out_start);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -1;
		wire->out_start += (size_t)n;
		wire->sent += (uint64_t)n;
	}
	if (wire->out != NULL)
		free_out(wire);
	return 0;
}

/* Makes room in front of the bytes that were not taken. */
static void
compact_in(struct wire *wire)
{
	if (wire->in_start == 0)
		return;
	wire->in_len -= wire->in_start;
	memmove(wire->in, wire->in + wire->in_start, wire->in_len);
	wire->in_start = 0;
}

static void
free_in(struct wire *wire)
{
	if (wire->in_len > 0)
		return;
	free(wire->in);
	wire->in = NULL;
	wire->in_size = 0;
}

int
wire_fill(struct wire *wire)
{
	ssize_t n;

	compact_in(wire);
	if (wire->in_len >= wire->reply_max)
		return 0; /* it has a whole reply, or one that is too long */
	if (reserve_room(&wire->in, &wire->in_size, wire->in_len, FIRST_SIZE / 2) != 0)
		return -1;
	do
		n = stream_read(&wire->stream, wire->in + wire->in_len,
		    wire->in_size - wire->in_len);
	while (n < 0 && errno == EINTR);
	if (n > 0) {
		wire->in_len += (size_t)n;
		return 1;
	}
	int error = n == 0 ? 0 : errno;

	free_in(wire);
	errno = error;
	return n < 0 && error == EAGAIN ? 0 : -1;
}

int
wire_reply(struct wire *wire, const char **data, size_t *len)
{
	const char *start, *end;
	size_t left = wire->in_len - wire->in_start;

	if (left == wire->scanned)
		return 0;
	start = wire->in + wire->in_start;
	end = memmem(start + wire->scanned, left - wire->scanned, REPLY_END, END_LEN);
	if (end == NULL) {
		/* The first bytes of the end may be here already. */
		wire->scanned = left < END_LEN ? 0 : left - END_LEN + 1;
		return left >= wire->reply_max ? -1 : 0;
	}
	*data = start;
	*len = (size_t)(end - start);
	if (*len + END_LEN > wire->reply_max)
		return -1;
	wire->in_start += *len + END_LEN;
	wire->scanned = 0;
	return 1;
}

size_t
wire_rest(const struct wire *wire, const char **data)
{
	*data = wire->in == NULL ? "" : wire->in + wire->in_start;
	return wire->in_len - wire->in_start;
}

void
wire_take(struct wire *wire, size_t len)
{
	wire->in_start += len;
	wire->scanned = 0;
}

short
wire_events(const struct wire *wire)
{
	short events = stream_read_events(&wire->stream);

	if (wire->out_start < wire->out_len)
		events = (short)(events | stream_write_events(&wire->stream));
	return events;
}

bool
wire_pending(const struct wire *wire)
{
	return wire->fd >= 0 && stream_pending(&wire->stream);
}

int64_t
wire_progress(const struct wire *wire)
{
	return (int64_t)stream_acknowledged(&wire->stream);
}
