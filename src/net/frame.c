/*
 * Lines in and replies out, over a stream: a socket or two pipes, plain or in TLS. It knows no
 * commands; polling for input, time limits on idleness and closing are the caller's.
 */
#include "net/frame.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

/* Room for the longest line with its end, and for the read that shows that it is too long. */
#define GROWN_SIZE (FRAME_LINE_MAX + FRAME_BUFFER)

enum {
	MODE_LINES,
	MODE_STREAM,  /* the line at start is handed out by frame_chunk() */
	MODE_DISCARD, /* the line at start is dropped */
};

/* What ends a line. The first line of a connection decides it for all. */
enum {
	END_UNKNOWN,
	END_LF,   /* any line feed; a CR before it belongs to the end */
	END_CRLF, /* a bare line feed is part of the line */
};

void
frame_init(struct frame *f, int in_fd, int out_fd, int write_timeout_ms)
{
	/* Not the whole struct: the buffers need no zeroes. */
	stream_init(&f->stream, in_fd, out_fd);
	f->write_timeout_ms = write_timeout_ms;
	f->in_failed = false;
	f->growing = false;
	f->out_error = 0;
	f->mode = MODE_LINES;
	f->line_end = END_UNKNOWN;
	f->filled = false;
	f->grown = NULL;
	f->start = f->scanned = f->end = 0;
	f->out_len = 0;
}

void
frame_free(struct frame *f)
{
	if (f->grown)
		(void)munmap(f->grown, GROWN_SIZE);
	f->grown = NULL;
	stream_free(&f->stream);
}

struct stream *
frame_carrier(struct frame *f)
{
	return &f->stream;
}

/*
 * Input: the bytes from start to end are not taken yet. What was handed out lies before start and
 * is overwritten only by settle() and slide(), so it stays valid until the next line is asked for.
 */

static char *
input(struct frame *f)
{
	return f->grown ? f->grown : f->in;
}

static size_t
input_size(const struct frame *f)
{
	return f->grown ? GROWN_SIZE : FRAME_BUFFER;
}

/* Moves what is not taken yet to the beginning of `to`. */
static void
move_input(struct frame *f, char *to)
{
	memmove(to, input(f) + f->start, f->end - f->start);
	f->scanned -= f->start;
	f->end -= f->start;
	f->start = 0;
}

/* After the line handed out last is no longer needed. */
static void
settle(struct frame *f)
{
	if (f->start == f->end)
		f->start = f->scanned = f->end = 0;
	if (!f->grown || f->growing || f->end - f->start > FRAME_BUFFER)
		return;
	move_input(f, f->in);
	(void)munmap(f->grown, GROWN_SIZE);
	f->grown = NULL;
}

/* Before waiting for more: a line that has begun gets all the room there is. */
static void
slide(struct frame *f)
{
	if (f->start > 0)
		move_input(f, input(f));
}

/* The line feed of the first CRLF whose LF lies between `from` and `to`, or NULL. */
static const char *
find_crlf(struct frame *f, size_t from, size_t to)
{
	const char *begin = input(f) + f->start, *stop = input(f) + to, *at = input(f) + from;

	while ((at = memchr(at, '\n', (size_t)(stop - at))) != NULL) {
		if (at > begin && at[-1] == '\r')
			return at;
		at++;
	}
	return NULL;
}

static const char *
find_feed(struct frame *f, size_t from, size_t to)
{
	return memchr(input(f) + from, '\n', to - from);
}

/* The line feed that ends a line, in the bytes from `from` to `to`, or NULL. */
static const char *
find_end(struct frame *f, size_t from, size_t to)
{
	switch (f->line_end) {
	case END_LF:
		return find_feed(f, from, to);
	case END_CRLF:
		return find_crlf(f, from, to);
	default:
		return NULL;
	}
}

static void
set_line_end(struct frame *f, int line_end)
{
	f->line_end = line_end;
	f->scanned = f->start;
}

/* Whether the first line has a line feed, nothing before which is a CR. */
static bool
has_bare_feed(struct frame *f)
{
	return f->line_end == END_UNKNOWN && find_feed(f, f->start, f->end) != NULL &&
	    find_crlf(f, f->start, f->end) == NULL;
}

/* Whether what has come for the first line, and behind it, ends with a bare line feed. */
static bool
ends_with_feed(struct frame *f)
{
	return f->end > f->start && input(f)[f->end - 1] == '\n' && has_bare_feed(f);
}

/* Whether there is no room to wait for the end of the first line. */
static bool
is_crammed(const struct frame *f)
{
	if (f->mode == MODE_LINES && !f->growing)
		return false; /* it will be a head, and then get more room */
	return f->end - f->start >= (f->growing ? FRAME_LINE_MAX + 2 : input_size(f));
}

/*
 * The first line may have a text with line feeds of its own. So a bare LF ends it only when all
 * that can be read now ends with a bare LF; else the rest that has begun shows how lines end. Where
 * there is no room for it, many lines have come; but amid BASE64 a line feed is rather one in it.
 */
static void
learn_line_end(struct frame *f)
{
	if (f->line_end != END_UNKNOWN)
		return;
	if (find_crlf(f, f->start, f->end) != NULL)
		set_line_end(f, END_CRLF);
	else if (ends_with_feed(f) && !f->filled)
		set_line_end(f, END_LF);
	else if (has_bare_feed(f) && is_crammed(f))
		set_line_end(f, f->growing ? END_LF : END_CRLF);
}

/* Notes the end of the input: a line that has begun will not show how lines end. */
static enum frame_filled
note_end(struct frame *f)
{
	if (!has_bare_feed(f))
		return FRAME_EOF;
	set_line_end(f, END_LF);
	return FRAME_GOT; /* the end will be read again */
}

static enum frame_filled
read_once(struct frame *f)
{
	ssize_t n;

	if (f->end == input_size(f))
		return FRAME_FULL;
	n = stream_read(&f->stream, input(f) + f->end, input_size(f) - f->end);
	if (n == 0)
		return note_end(f);
	if (n < 0) {
		if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
			return FRAME_BLOCKED;
		f->in_failed = true;
		return FRAME_ERROR;
	}
	f->end += (size_t)n;
	f->filled = f->end == input_size(f);
	return FRAME_GOT;
}

enum frame_filled
frame_fill(struct frame *f)
{
	enum frame_filled filled = read_once(f);

	/* What ends like this may go on in what is there to be read. */
	if (filled == FRAME_GOT)
		while (ends_with_feed(f) && read_once(f) == FRAME_GOT)
			continue;
	return filled;
}

/* Takes all up to and including the line feed, and gives the line's length without its end. */
static size_t
take_line(struct frame *f, const char *feed)
{
	const char *begin = input(f) + f->start;
	size_t len = (size_t)(feed - begin);

	f->start += len + 1;
	f->scanned = f->start;
	f->growing = false;
	f->mode = MODE_LINES;
	if (len > 0 && begin[len - 1] == '\r')
		len--;
	return len;
}

/* How many bytes of a line whose end is not here surely are no part of that end. */
static size_t
body_len(struct frame *f)
{
	const char *feed = has_bare_feed(f) ? find_feed(f, f->start, f->end) : NULL;
	size_t len = feed ? (size_t)(feed - input(f)) - f->start : f->end - f->start;

	/* A CR may belong to the line end: the next byte tells. */
	if (len > 0 && input(f)[f->start + len - 1] == '\r')
		len--;
	return len;
}

/* Drops what came of a discarded line. Returns whether its end was there. */
static bool
skip_line(struct frame *f)
{
	const char *feed = find_end(f, f->start, f->end);

	if (feed) {
		take_line(f, feed);
	} else {
		f->start += body_len(f);
		f->scanned = f->end;
		slide(f);
	}
	settle(f);
	return feed != NULL;
}

/* Where the search for a line end stops. A head is a head however much came after it. */
static size_t
scan_limit(const struct frame *f)
{
	if (f->growing || f->end - f->start < FRAME_BUFFER)
		return f->end;
	return f->start + FRAME_BUFFER;
}

static enum frame_result
without_end(struct frame *f, struct frame_line *line)
{
	size_t len = f->scanned - f->start;

	/* A CR that ends the longest line may have come before its LF. */
	if (f->growing && len > FRAME_LINE_MAX + 1) {
		frame_discard(f);
		return FRAME_TOO_LONG;
	}
	if (f->growing || len < FRAME_BUFFER) {
		slide(f);
		return FRAME_WAIT;
	}
	*line = (struct frame_line){ .data = input(f) + f->start, .len = len };
	return FRAME_HEAD;
}

enum frame_result
frame_next(struct frame *f, struct frame_line *line)
{
	const char *begin, *feed;
	size_t limit, len;

	settle(f);
	learn_line_end(f);
	if (f->mode == MODE_DISCARD && !skip_line(f))
		return FRAME_WAIT;
	limit = scan_limit(f);
	feed = find_end(f, f->scanned, limit);
	if (!feed) {
		f->scanned = limit;
		return without_end(f, line);
	}
	begin = input(f) + f->start;
	len = take_line(f, feed);
	if (len > FRAME_LINE_MAX)
		return FRAME_TOO_LONG;
	*line = (struct frame_line){ .data = begin, .len = len, .complete = true };
	return FRAME_LINE;
}

const char *
frame_here(struct frame *f, size_t *len)
{
	*len = f->end - f->start;
	return input(f) + f->start;
}

int
frame_grow(struct frame *f)
{
	char *grown;

	if (!f->grown) {
		/* Mapped and not from the heap, so that it surely goes back to the system. */
		grown = mmap(NULL, GROWN_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		    -1, 0);
		if (grown == MAP_FAILED)
			return -1;
		move_input(f, grown);
		f->grown = grown;
	}
	f->growing = true;
	if (f->line_end == END_UNKNOWN)
		(void)frame_fill(f); /* the full buffer had no room for what shows it */
	return 0;
}

void
frame_stream(struct frame *f, size_t consumed)
{
	assert(consumed <= f->end - f->start);
	f->start += consumed;
	f->scanned = f->start;
	f->mode = MODE_STREAM;
}

bool
frame_chunk(struct frame *f, const char **data, size_t *len, bool *last)
{
	const char *feed;

	settle(f);
	learn_line_end(f);
	feed = find_end(f, f->start, f->end);
	*data = input(f) + f->start;
	*last = feed != NULL;
	if (feed) {
		*len = take_line(f, feed);
		return true;
	}
	*len = body_len(f);
	f->start += *len;
	f->scanned = f->end;
	if (*len == 0)
		slide(f);
	return *len > 0;
}

void
frame_discard(struct frame *f)
{
	f->growing = false;
	f->mode = MODE_DISCARD;
	f->scanned = f->start;
}

bool
frame_pending(const struct frame *f)
{
	bool undecided = f->mode == MODE_LINES && !f->growing && f->end - f->start >= FRAME_BUFFER;

	return f->scanned < f->end || undecided;
}

/*
 * Output: whoever cannot write waits, since a reply is made as fast as its reader takes it.
 */

/* Remembers why output failed; that reason is given ever after. */
static int
fail(struct frame *f, int error)
{
	f->out_error = error;
	f->out_len = 0;
	errno = error;
	return -1;
}

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits for room until the deadline. Returns 0, or the errno value that says why not. */
static int
wait_writable(const struct frame *f, int64_t deadline_ms)
{
	struct pollfd pfd = { .fd = f->stream.out_fd, .events = stream_write_events(&f->stream) };
	int64_t left = -1;

	if (f->write_timeout_ms >= 0) {
		left = deadline_ms - now_ms();
		if (left <= 0)
			return ETIMEDOUT;
	}
	if (poll(&pfd, 1, (int)left) < 0 && errno != EINTR)
		return errno;
	return 0;
}

/* Writes all of it, unbuffered. The clock is asked only once the peer lags. */
static int
write_all(struct frame *f, const char *data, size_t len)
{
	int64_t deadline_ms = 0;

	while (len > 0) {
		ssize_t n = stream_write(&f->stream, data, len);
		int error;

		if (n >= 0) {
			data += n;
			len -= (size_t)n;
			deadline_ms = 0;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN && errno != EWOULDBLOCK)
			return fail(f, errno);
		if (deadline_ms == 0)
			deadline_ms = now_ms() + f->write_timeout_ms;
		error = wait_writable(f, deadline_ms);
		if (error)
			return fail(f, error);
	}
	return 0;
}

int
frame_flush(struct frame *f)
{
	size_t len = f->out_len;

	if (f->out_error)
		return fail(f, f->out_error);
	f->out_len = 0;
	return write_all(f, f->out, len);
}

int
frame_write(struct frame *f, const void *data, size_t len)
{
	const char *from = data;
	size_t space = FRAME_BUFFER - f->out_len;

	if (f->out_error)
		return fail(f, f->out_error);
	if (f->out_len > 0 && len >= space) {
		/* Filled up first, so that packets are full ones. */
		memcpy(f->out + f->out_len, from, space);
		f->out_len += space;
		from += space;
		len -= space;
		if (frame_flush(f) < 0)
			return -1;
	}
	if (len >= FRAME_BUFFER)
		return write_all(f, from, len);
	if (len > 0)
		memcpy(f->out + f->out_len, from, len);
	f->out_len += len;
	return 0;
}

int
frame_sink(void *frame, const char *data, size_t len)
{
	return frame_write(frame, data, len);
}

int
frame_end_reply(struct frame *f)
{
	static const char end[] = "\r\n\r\n";

	return frame_write(f, end, sizeof(end) - 1);
}

bool
frame_failed(const struct frame *f)
{
	return f->out_error != 0;
}

bool
frame_tells_delivered(const struct frame *f)
{
	return f->stream.out_is_socket;
}

uint64_t
frame_acknowledged(const struct frame *f)
{
	int left;

	if (!frame_tells_delivered(f) || ioctl(f->stream.out_fd, TIOCOUTQ, &left) != 0)
		return 0;
	/* The queue of a socket that is not TCP's may count more than the bytes. */
	return (uint64_t)left > f->stream.written ? 0 : f->stream.written - (uint64_t)left;
}

bool
frame_delivered(const struct frame *f)
{
	struct pollfd pfd = { .fd = f->stream.out_fd };
	int unacknowledged;

	if (!frame_tells_delivered(f) || f->out_error || f->in_failed || f->out_len > 0)
		return false;
	/* POLLERR tells of a reset without consuming it; POLLHUP alone is a peer that closed. */
	if (poll(&pfd, 1, 0) < 0 || (pfd.revents & (POLLERR | POLLNVAL)))
		return false;
	return ioctl(f->stream.out_fd, TIOCOUTQ, &unacknowledged) == 0 && unacknowledged == 0;
}
