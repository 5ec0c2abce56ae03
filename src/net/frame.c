/* frame: how lines end is found here; the buffers are those of frame_in and frame_out. */
#include "net/frame.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "net/messages.h"

enum {
	MODE_LINES,
	MODE_STREAM,  /* the line or body at start is handed out by frame_chunk() */
	MODE_DISCARD, /* the line or body at start is dropped */
};

void
frame_init(struct frame *f, int in_fd, int out_fd, int write_timeout_ms)
{
	/* Not the whole struct: the rooms need no zeroes. */
	stream_init(&f->stream, in_fd, out_fd);
	f->stream.patience.timeout_ms = write_timeout_ms;
	f->line_max = FRAME_LINE_MAX;
	f->in_failed = false;
	f->mode = MODE_LINES;
	f->body_left = 0;
	f->line_end = LINE_END_UNKNOWN;
	f->first = (struct line_end_search){ .searched = 0 };
	f->filled = false;
	frame_in_init(&f->in, f->in_room);
	frame_out_init(&f->out, f->out_room);
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

int
frame_set_messages(struct frame *f, enum websocket_kind kind)
{
	struct frame_in *in = &f->in;
	char *data;

	frame_in_settle(in);
	if (in->grown != NULL || (f->out.websocket = websocket_new(kind)) == NULL)
		return -1;
	f->line_max = FRAME_LINE_MAX;
	f->line_end = LINE_END_MESSAGE;
	data = frame_in_data(in) + in->start;
	in->end = in->start + messages_take(&f->out, &f->stream, data, in->end - in->start);
	in->scanned = in->start;
	return 0;
}

bool
frame_has_messages(const struct frame *f)
{
	return f->out.websocket != NULL;
}

void
frame_close(struct frame *f, uint16_t code)
{
	if (frame_has_messages(f))
		frame_out_try_close(&f->out, &f->stream, code);
}

void
frame_rest(struct frame *f)
{
	frame_in_rest(&f->in);
	frame_out_rest(&f->out);
}

void
frame_free(struct frame *f)
{
	frame_in_free(&f->in);
	websocket_free(f->out.websocket);
	f->out.websocket = NULL;
	stream_free(&f->stream);
}

struct stream *
frame_carrier(struct frame *f)
{
	return &f->stream;
}

static void
set_line_end(struct frame *f, enum line_end line_end)
{
	f->line_end = line_end;
	f->in.scanned = f->in.start;
}

/* Whether how lines end is not known, and the first line feed that has come is a bare one. */
static bool
has_bare_feed(struct frame *f)
{
	if (f->line_end == LINE_END_UNKNOWN &&
	    line_end_search(&f->first, frame_in_data(&f->in) + f->in.start,
	        f->in.end - f->in.start))
		set_line_end(f, LINE_END_CRLF);
	return f->line_end == LINE_END_UNKNOWN && f->first.bare > 0;
}

/* Whether all bytes that have come, from the first line on, end with a bare line feed. */
static bool
ends_with_feed(struct frame *f)
{
	return f->in.end > f->in.start && frame_in_data(&f->in)[f->in.end - 1] == '\n' &&
	    has_bare_feed(f);
}

/* Whether the end of the first line cannot be waited for, since the buffer is full. */
static bool
is_crammed(const struct frame *f)
{
	if (f->mode == MODE_LINES && !f->in.growing)
		return false; /* it will be a head, and then get more room */
	return f->in.end - f->in.start >= (f->in.growing ? f->line_max + 2 : frame_in_size(&f->in));
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
		set_line_end(f, f->in.growing ? LINE_END_LF : LINE_END_CRLF);
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

/* Reads to where there is room. As stream_read(), with what came of it in *len. */
static ssize_t
read_to(struct frame *f, char *to, size_t room, size_t *len)
{
	ssize_t n;

	if (frame_has_messages(f))
		return messages_read(&f->out, &f->stream, to, room, len);
	n = stream_read(&f->stream, to, room);
	*len = n > 0 ? (size_t)n : 0;
	return n;
}

static enum frame_filled
read_once(struct frame *f)
{
	size_t room = frame_in_size(&f->in) - f->in.end, len = 0;
	ssize_t n;

	if (room < (frame_has_messages(f) ? 2 : 1))
		return FRAME_FULL;
	n = read_to(f, frame_in_data(&f->in) + f->in.end, room, &len);
	if (n == 0)
		return note_end(f);
	if (n < 0) {
		if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
			return FRAME_BLOCKED;
		f->in_failed = true;
		return FRAME_ERROR;
	}
	f->in.end += len;
	f->filled = f->in.end == frame_in_size(&f->in);
	return FRAME_GOT;
}

bool
frame_has_input(const struct frame *f)
{
	return stream_pending(&f->stream) ||
	    (frame_has_messages(f) && websocket_closed(f->out.websocket) != 0);
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
	const char *begin = frame_in_data(&f->in) + f->in.start;
	size_t len = (size_t)(feed - begin) + 1;

	f->in.start += len;
	f->in.scanned = f->in.start;
	f->in.growing = false;
	f->mode = MODE_LINES;
	return line_end_strip(f->line_end, begin, len);
}

/* The line feed that ends the line at start, in the bytes from `from` to `to`, or NULL. */
static const char *
find_end(struct frame *f, size_t from, size_t to)
{
	return line_end_find(f->line_end, frame_in_data(&f->in) + f->in.start, from - f->in.start,
	    to - f->in.start);
}

/* Takes the part of an unfinished line that cannot belong to its end. Returns the length. */
static size_t
take_part(struct frame *f)
{
	const char *begin = frame_in_data(&f->in) + f->in.start;
	size_t len = has_bare_feed(f) ? f->first.bare - 1 : f->in.end - f->in.start;

	/* A CR may belong to the line end: the next byte tells. */
	len -= line_end_open(f->line_end, begin, len);
	if (f->line_end == LINE_END_UNKNOWN)
		line_end_skip(&f->first, len);
	f->in.start += len;
	f->in.scanned = f->in.end;
	return len;
}

/* Takes what has come of a body. Returns the length. */
static size_t
take_body(struct frame *f)
{
	size_t here = f->in.end - f->in.start;
	size_t len = f->body_left < here ? (size_t)f->body_left : here;

	f->in.start += len;
	f->in.scanned = f->in.start;
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
		frame_in_settle(&f->in);
		return f->body_left == 0;
	}
	feed = find_end(f, f->in.start, f->in.end);
	if (feed) {
		take_line(f, feed);
	} else {
		take_part(f);
		frame_in_slide(&f->in);
	}
	frame_in_settle(&f->in);
	return feed != NULL;
}

/* The length of a head: messages need one byte more for what is read. */
static size_t
head_len(const struct frame *f)
{
	return frame_has_messages(f) ? FRAME_BUFFER - 1 : FRAME_BUFFER;
}

/* Searches on for the end of the line at start. A head is a head however much came after it. */
static const char *
search_end(struct frame *f)
{
	bool open = f->in.growing || f->in.end - f->in.start < head_len(f);
	size_t limit = open ? f->in.end : f->in.start + head_len(f);
	const char *feed = find_end(f, f->in.scanned, limit);

	if (feed == NULL)
		f->in.scanned = limit;
	return feed;
}

static enum frame_result
without_end(struct frame *f, struct frame_line *line)
{
	size_t len = f->in.scanned - f->in.start;

	/* All but the last byte of the longest line's end may have come. */
	if (f->in.growing && len >= f->line_max + line_end_size(f->line_end)) {
		frame_discard(f);
		return FRAME_TOO_LONG;
	}
	if (f->in.growing || len < head_len(f)) {
		frame_in_slide(&f->in);
		return FRAME_WAIT;
	}
	*line = (struct frame_line){ .data = frame_in_data(&f->in) + f->in.start, .len = len };
	return FRAME_HEAD;
}

enum frame_result
frame_next(struct frame *f, struct frame_line *line)
{
	const char *begin, *feed;
	size_t len;

	if (frame_has_messages(f) && websocket_take_control(f->out.websocket))
		return FRAME_CONTROL;
	frame_in_settle(&f->in);
	learn_line_end(f);
	if (f->mode == MODE_DISCARD && !skip_line(f))
		return FRAME_WAIT;
	feed = search_end(f);
	if (!feed)
		return without_end(f, line);
	begin = frame_in_data(&f->in) + f->in.start;
	len = take_line(f, feed);
	if (len > f->line_max)
		return FRAME_TOO_LONG;
	*line = (struct frame_line){ .data = begin, .len = len, .complete = true };
	return FRAME_LINE;
}

const char *
frame_here(struct frame *f, size_t *len)
{
	*len = f->in.end - f->in.start;
	return frame_in_data(&f->in) + f->in.start;
}

bool
frame_is_amid_line(const struct frame *f)
{
	return f->in.start < f->in.end || f->in.growing || f->mode != MODE_LINES ||
	    (frame_has_messages(f) && websocket_is_amid(f->out.websocket));
}

bool
frame_is_dropping(const struct frame *f)
{
	return f->mode == MODE_DISCARD;
}

int
frame_grow(struct frame *f)
{
	/* For the longest line with its end, and the read that shows that it is too long. */
	if (frame_in_grow(&f->in, f->line_max + FRAME_BUFFER) != 0)
		return -1;
	if (f->line_end == LINE_END_UNKNOWN)
		(void)frame_fill(f); /* the full buffer had no room for the bytes that show it */
	return 0;
}

void
frame_stream(struct frame *f, size_t consumed)
{
	assert(consumed <= f->in.end - f->in.start);
	f->in.start += consumed;
	f->in.scanned = f->in.start;
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

	frame_in_settle(&f->in);
	*data = frame_in_data(&f->in) + f->in.start;
	if (f->body_left > 0) {
		*len = take_body(f);
		*last = f->body_left == 0;
		return *len > 0;
	}
	learn_line_end(f);
	feed = find_end(f, f->in.start, f->in.end);
	*last = feed != NULL;
	if (feed) {
		*len = take_line(f, feed);
		return true;
	}
	*len = take_part(f);
	if (*len == 0)
		frame_in_slide(&f->in);
	return *len > 0;
}

void
frame_discard(struct frame *f)
{
	f->in.growing = false;
	f->mode = MODE_DISCARD;
	f->in.scanned = f->in.start;
}

bool
frame_has_line(struct frame *f)
{
	return f->mode == MODE_LINES && search_end(f) != NULL;
}

bool
frame_pending(const struct frame *f)
{
	bool undecided =
	    f->mode == MODE_LINES && !f->in.growing && f->in.end - f->in.start >= head_len(f);

	return f->in.scanned < f->in.end || undecided ||
	    (frame_has_messages(f) && websocket_has_control(f->out.websocket));
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

	if (frame_has_messages(f))
		return frame_out_end_message(&f->out, &f->stream);
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
