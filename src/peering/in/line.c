/*
 * peering_line: lines from another realm and replies to it, over TLS. Lines are found where they
 * were read; memory for long ones is given back when they are gone.
 */
#include "peering/in/line.h"

#include <sys/mman.h>

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"

#define IN_SIZE  (PEERING_LINE_MAX + 2)
#define IN_SOME  65536 /* bytes that are served in one go; more is read only of a longer line */
#define WRITE_MS 30000 /* without progress */

int
peering_line_init(struct peering_line *line, int in_fd, int out_fd)
{
	line->start = line->scanned = line->end = line->highest = 0;
	line->failed = false;
	line->out_len = 0;
	stream_init(&line->stream, in_fd, out_fd);
	line->in = mmap(NULL, IN_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return line->in == MAP_FAILED ? -1 : 0;
}

void
peering_line_free(struct peering_line *line)
{
	stream_free(&line->stream);
	(void)munmap(line->in, IN_SIZE);
}

/* Makes room behind what was not served yet. */
static void
settle(struct peering_line *line)
{
	size_t left = line->end - line->start;

	if (line->start > 0)
		memmove(line->in, line->in + line->start, left);
	line->scanned -= line->start;
	line->start = 0;
	line->end = left;
	if (line->highest <= IN_SOME || left > IN_SOME)
		return;
	(void)madvise(line->in + IN_SOME, IN_SIZE - IN_SOME, MADV_DONTNEED);
	line->highest = left;
}

enum peering_line_filled
peering_line_fill(struct peering_line *line)
{
	bool got = false;
	ssize_t n = 1;

	settle(line);
	while (line->end < IN_SIZE && (line->end < IN_SOME || line->scanned == line->end)) {
		size_t room = (line->end < IN_SOME ? IN_SOME : IN_SIZE) - line->end;

		n = stream_read(&line->stream, line->in + line->end, room);
		if (n <= 0)
			break;
		got = true;
		line->end += (size_t)n;
		if (line->end > line->highest)
			line->highest = line->end;
		/* A line that has not ended yet is read on. */
		if (memchr(line->in + line->scanned, '\n', line->end - line->scanned) == NULL)
			line->scanned = line->end;
	}
	if (got)
		return PEERING_LINE_GOT;
	if (n == 0)
		return PEERING_LINE_END;
	return n > 0 || errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR
	    ? PEERING_LINE_BLOCKED
	    : PEERING_LINE_BROKEN;
}

int
peering_line_next(struct peering_line *line, const char **data, size_t *len)
{
	const char *begin = line->in + line->start, *feed;

	feed = memchr(line->in + line->scanned, '\n', line->end - line->scanned);
	if (feed == NULL) {
		line->scanned = line->end;
		return line->end - line->start == IN_SIZE ? -1 : 0;
	}
	*data = begin;
	*len = (size_t)(feed - begin);
	line->start += *len + 1;
	line->scanned = line->start;
	if (*len > 0 && begin[*len - 1] == '\r')
		(*len)--;
	return *len <= PEERING_LINE_MAX ? 1 : -1;
}

static bool
wait_to_write(const struct peering_line *line, int64_t due_ms)
{
	short events = stream_write_events(&line->stream);
	struct pollfd pfd = { .fd = (events & POLLOUT) != 0 ? line->stream.out_fd
		                                            : line->stream.in_fd,
		.events = events };
	int64_t left = due_ms - clock_monotonic_ms();

	return left > 0 && (poll(&pfd, 1, (int)left) >= 0 || errno == EINTR);
}

int
peering_line_flush(struct peering_line *line)
{
	int64_t due_ms = clock_monotonic_ms() + WRITE_MS;
	size_t sent = 0;

	while (sent < line->out_len && !line->failed) {
		ssize_t n = stream_write(&line->stream, line->out + sent, line->out_len - sent);

		if (n > 0) {
			sent += (size_t)n;
			due_ms = clock_monotonic_ms() + WRITE_MS;
		} else if (n < 0 && errno == EINTR) {
			continue;
		} else if (n == 0 || errno != EAGAIN || !wait_to_write(line, due_ms)) {
			line->failed = true;
		}
	}
	line->out_len = 0;
	return line->failed ? -1 : 0;
}

/* A json_out_sink. */
static int
put(void *arg, const char *data, size_t len)
{
	struct peering_line *line = arg;

	while (len > 0) {
		size_t room = sizeof(line->out) - line->out_len;
		size_t part = len < room ? len : room;

		memcpy(line->out + line->out_len, data, part);
		line->out_len += part;
		data += part;
		len -= part;
		if (line->out_len == sizeof(line->out) && peering_line_flush(line) != 0)
			return -1;
	}
	return 0;
}

void
peering_line_begin(struct peering_line *line, struct json_out *json, const char *status)
{
	json_out_init(json, put, line);
	json_out_object_begin(json);
	json_out_key(json, "status");
	json_out_cstring(json, status);
}

void
peering_line_end(struct peering_line *line, struct json_out *json)
{
	json_out_object_end(json);
	put(line, "\r\n\r\n", 4);
}
