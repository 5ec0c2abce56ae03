/* frame: two buffers in the struct itself, and a mapping while a longer line is gathered. */
#include "net/frame.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/trim_memory.h"

enum {
	MODE_LINES,
	MODE_STREAM,  /* the line or body at start is handed out by frame_chunk() */
	MODE_DISCARD, /* the line or body at start is dropped */
};

void
frame_init(struct frame *f, int in_fd, int out_fd, int write_timeout_ms)
{
	/* Not the whole struct: the buffers need no zeroes. */
	stream_init(&f->stream, in_fd, out_fd);
	f->stream.patience.timeout_ms = write_timeout_ms;
	f->line_max = FRAME_LINE_MAX;
	f->in_failed = false;
	f->growing = false;
	f->mode = MODE_LINES;
	f->body_left = 0;
	f->line_end = LINE_END_UNKNOWN;
	f->first = (struct line_end_search){ .searched = 0 };
	f->filled = false;
	f->grown = NULL;
	f->start = f->scanned = f->end = 0;
	frame_out_init(&f->out);
}

void
frame_set_lines(struct frame *f, size_t line_max)
{
	f->line_max = line_max;
	f->line_end = LINE_END_LF;
}

void
frame_set_heads(struct frame *f, size_t head_max)
{
	f->line_max = head_max;
	f->line_end = LINE_END_HEAD;
}

/* Room for the longest line with its end, and for the read that shows that it is too long. */
static size_t
grown_size(const struct frame *f)
{
	return f->line_max + FRAME_BUFFER;
}

static void
free_grown(struct frame *f)
{
	if (f->grown)
		(void)munmap(f->grown, grown_size(f));
	f->grown = NULL;
}

void
frame_rest(struct frame *f)
{
	if (f->start == f->end)
		trim_memory_range(f->in, sizeof(f->in));
	frame_out_rest(&f->out);
}

void
frame_free(struct frame *f)
{
	free_grown(f);
	stream_free(&f->stream);
}

struct stream *
frame_carrier(struct frame *f)
{
	return &f->stream;
}

/*
 * Input: the bytes from start to end are not taken yet. The line handed out last lies before start
 * and is overwritten only by settle_input() and slide_input(): it stays valid until the next line
 * is asked for.
 */

static char *
input(struct frame *f)
{
	return f->grown ? f->grown : f->in;
}

static size_t
input_size(const struct frame *f)
{
	return f->grown ? grown_size(f) : FRAME_BUFFER;
}

/* Moves the bytes that are not taken yet to the beginning of `to`. */
static void
move_input(struct frame *f, char *to)
{
	memmove(to, input(f) + f->start, f->end - f->start);
	f->scanned -= f->start;
	f->end -= f->start;
	f->start = 0;
}

/* Gives back the room of the line handed out last. */
static void
settle_input(struct frame *f)
{
	if (f->start == f->end)
		f->start = f->scanned = f->end = 0;
	if (!f->grown || f->growing || f->end - f->start > FRAME_BUFFER)
		return;
	move_input(f, f->in);
	free_grown(f);
}

/* Gives a line that has begun all the room, before more of it is waited for. */
static void
slide_input(struct frame *f)
{
	if (f->start > 0)
		move_input(f, input(f));
}

static void
set_line_end(struct frame *f, enum line_end line_end)
{
	f->line_end = line_end;
	f->scanned = f->start;
}

/* Whether how lines end is not known, and the first line feed that has come is a bare one. */
static bool
has_bare_feed(struct frame *f)
{
	if (f->line_end == LINE_END_UNKNOWN &&
	    line_end_search(&f->first, input(f) + f->start, f->end - f->start))
		set_line_end(f, LINE_END_CRLF);
	return f->line_end == LINE_END_UNKNOWN && f->first.bare > 0;
}

/* Whether all bytes that have come, from the first line on, end with a bare line feed. */
static bool
ends_with_feed(struct frame *f)
{
	return f->end > f->start && input(f)[f->end - 1] == '\n' && has_bare_feed(f);
}

/* Whether the end of the first line cannot be waited for, since the buffer is full. */
static bool
is_crammed(const struct frame *f)
{
	if (f->mode == MODE_LINES && !f->growing)
		return false; /* it will be a head, and then get more room */
	return f->end - f->start >= (f->growing ? f->line_max + 2 : input_size(f));
}

/*
 * The first line may have a text with line feeds of its own. So a bare LF ends it only when all
 * bytes that can be read now end with a bare LF; else a later line feed shows how lines end. A full
 * buffer rather holds many lines that end with LF; but of a streamed file a line feed is part.
 */
static void
learn_line_end(struct frame *f)
{
	if (!has_bare_feed(f))
		return;
	if (ends_with_feed(f) && !f->filled)
		set_line_end(f, LINE_END_LF);
	else if (is_crammed(f))
		set_line_end(f, f->growing ? LINE_END_LF : LINE_END_CRLF);
}

/* Notes the end of the input: a line that has begun will not show how lines end. */
static enum frame_filled
note_end(struct frame *f)
{
	if (!has_bare_feed(f))
		return FRAME_EOF;
	set_line_end(f, LINE_END_LF);
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

	/* A first line that ends like this may go on in bytes that can be read at once. */
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
	size_t len = (size_t)(feed - begin) + 1;

	f->start += len;
	f->scanned = f->start;
	f->growing = false;
	f->mode = MODE_LINES;
	return line_end_strip(f->line_end, begin, len);
}

/* The line feed that ends the line at start, in the bytes from `from` to `to`, or NULL. */
static const char *
find_end(struct frame *f, size_t from, size_t to)
{
	return line_end_find(f->line_end, input(f) + f->start, from - f->start, to - f->start);
}

/* Takes the part of an unfinished line that cannot belong to its end. Returns the length. */
static size_t
take_part(struct frame *f)
{
	const char *begin = input(f) + f->start;
	size_t len = has_bare_feed(f) ? f->first.bare - 1 : f->end - f->start;

	/* A CR may belong to the line end: the next byte tells. */
	len -= line_end_open(f->line_end, begin, len);
	if (f->line_end == LINE_END_UNKNOWN)
		line_end_skip(&f->first, len);
	f->start += len;
	f->scanned = f->end;
	return len;
}

/* Takes what has come of a body. Returns the length. */
static size_t
take_body(struct frame *f)
{
	size_t here = f->end - f->start;
	size_t len = f->body_left < here ? (size_t)f->body_left : here;

	f->start += len;
	f->scanned = f->start;
	f->body_left -= len;
	if (f->body_left == 0)
		f->mode = MODE_LINES;
	return len;
}

/* Drops the bytes of a discarded line or body. Returns whether its end was among them. */
static bool
skip_line(struct frame *f)
{
	const char *feed;

	if (f->body_left > 0) {
		take_body(f);
		settle_input(f);
		return f->body_left == 0;
	}
	feed = find_end(f, f->start, f->end);
	if (feed) {
		take_line(f, feed);
	} else {
		take_part(f);
		slide_input(f);
	}
	settle_input(f);
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

	/* All but the last byte of the longest line's end may have come. */
	if (f->growing && len >= f->line_max + line_end_size(f->line_end)) {
		frame_discard(f);
		return FRAME_TOO_LONG;
	}
	if (f->growing || len < FRAME_BUFFER) {
		slide_input(f);
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

	settle_input(f);
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
	if (len > f->line_max)
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

bool
frame_is_amid_line(const struct frame *f)
{
	return f->start < f->end || f->growing || f->mode != MODE_LINES;
}

int
frame_grow(struct frame *f)
{
	char *grown;

	if (!f->grown) {
		/* Mapped and not from the heap, so that it surely goes back to the system. */
		grown = mmap(NULL, grown_size(f), PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (grown == MAP_FAILED)
			return -1;
		move_input(f, grown);
		f->grown = grown;
	}
	f->growing = true;
	if (f->line_end == LINE_END_UNKNOWN)
		(void)frame_fill(f); /* the full buffer had no room for the bytes that show it */
	return 0;
}

void
frame_stream(struct frame *f, size_t consumed)
{
	assert(consumed <= f->end - f->start);
	f->start += consumed;
	f->scanned = f->start;
	f->first = (struct line_end_search){ .searched = 0 };
	f->mode = MODE_STREAM;
}

void
frame_stream_bytes(struct frame *f, uint64_t len)
{
	assert(len > 0);
	f->body_left = len;
	f->mode = MODE_STREAM;
}

bool
frame_chunk(struct frame *f, const char **data, size_t *len, bool *last)
{
	const char *feed;

	settle_input(f);
	*data = input(f) + f->start;
	if (f->body_left > 0) {
		*len = take_body(f);
		*last = f->body_left == 0;
		return *len > 0;
	}
	learn_line_end(f);
	feed = find_end(f, f->start, f->end);
	*last = feed != NULL;
	if (feed) {
		*len = take_line(f, feed);
		return true;
	}
	*len = take_part(f);
	if (*len == 0)
		slide_input(f);
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

int
frame_flush(struct frame *f)
{
	return frame_out_flush(&f->out, &f->stream);
}

int
frame_write(struct frame *f, const void *data, size_t len)
{
	return frame_out_write(&f->out, &f->stream, data, len);
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

	if (f->line_end == LINE_END_HEAD)
		return 0;
	return frame_write(f, end, sizeof(end) - 1);
}

bool
frame_failed(const struct frame *f)
{
	return f->out.error != 0;
}

bool
frame_tells_delivered(const struct frame *f)
{
	return f->stream.out_is_socket;
}

uint64_t
frame_acknowledged(const struct frame *f)
{
	return stream_acknowledged(&f->stream);
}

bool
frame_delivered(const struct frame *f)
{
	return !f->out.error && !f->in_failed && f->out.len == 0 && stream_delivered(&f->stream);
}
