/*
 * frame: lines in and replies out, over a stream: a socket or two pipes, plain or in TLS. Its lines
 * may be the heads of HTTP, too, which may have a body, and the messages of WebSocket. It knows no
 * commands; polling for input, time limits on idleness and closing are the caller's.
 */
#ifndef KABAR_FRAME_H
#define KABAR_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/frame_in.h"
#include "net/frame_out.h"
#include "net/line_end.h"
#include "net/stream.h"

/* The buffer of each direction; a line that does not fit is reported by its head. */
#define FRAME_BUFFER FRAME_IN_BUFFER

/* The longest line that frame_grow() gathers, without its end; frame_set_lines() changes it. */
#define FRAME_LINE_MAX 65536

enum frame_filled {
	FRAME_GOT = 1,     /* bytes came: call frame_next() or frame_chunk() */
	FRAME_BLOCKED = 0, /* nothing to read now, or interrupted by a signal */
	FRAME_ERROR = -1,  /* errno says why; the connection is of no more use */
	FRAME_EOF = -2,    /* nothing will come any more; an unfinished line is dropped */
	FRAME_FULL = -3,   /* no room: take the lines that are here first */
};

enum frame_result {
	FRAME_WAIT,     /* no whole line: poll, frame_fill(), and ask again */
	FRAME_LINE,     /* a line */
	FRAME_HEAD,     /* FRAME_BUFFER bytes without a line end: grow, stream or discard */
	FRAME_TOO_LONG, /* said once of a grown line over the longest, which is discarded */
	FRAME_CONTROL,  /* of messages: a frame came that is no request but costs as much as one */
};

struct frame_line {
	const char *data; /* the frame's; may hold NUL bytes and is not ended by one */
	size_t len;
	bool complete; /* false: data is only the head of the line */
};

/* The fields are frame.c's own. A frame may not be copied. */
struct frame {
	char in_room[FRAME_BUFFER]; /* first, so that the fields of an idle frame share a page */
	char out_room[FRAME_BUFFER];
	struct frame_in in;
	struct frame_out out;
	struct stream stream;
	bool in_failed;
	int mode;
	uint64_t body_left;           /* of a body: bytes that were not handed out or dropped yet */
	size_t line_max;              /* bytes of the longest line, without its end */
	enum line_end line_end;       /* as the first line has shown */
	struct line_end_search first; /* in the first line, from start on */
	bool filled;                  /* the last read left no room: more may be there */
};

/*
 * Both descriptors (they may be one) are made non-blocking and stay the caller's to close, after
 * frame_free(). A write without progress for write_timeout_ms fails; negative waits for ever.
 * On a pipe the caller has SIGPIPE ignored.
 */
void frame_init(struct frame *f, int in_fd, int out_fd, int write_timeout_ms);

/*
 * For a protocol whose lines hold no line feed: any line feed ends a line, from the first one on,
 * and frame_grow() gathers lines of up to line_max bytes. Before anything was read.
 */
void frame_set_lines(struct frame *f, size_t line_max);

/*
 * For HTTP: a line is a head, from its first line up to the empty line that ends it, which is not
 * the first one. frame_grow() gathers heads of up to head_max bytes. What frame_next() hands out
 * has no end, if that was CRLF CRLF; a head that ends otherwise, with LF for a CRLF, is handed out
 * with all its bytes. No line feed ends a reply. Before anything was read.
 */
void frame_set_heads(struct frame *f, size_t head_max);

/*
 * From here on WebSocket's messages (RFC 6455) are what is read and written; the reply to its
 * handshake, a head, was written and may still be buffered. What came behind that head belongs to
 * it. A text message is a line, which may hold line feeds: FRAME_HEAD, here of one byte less, the
 * three functions below it and FRAME_TOO_LONG are as for lines, with FRAME_LINE_MAX. A reply up to
 * frame_end_reply() is one message, in fragments where it does not fit into the buffer or is
 * flushed before its end. Pings are answered, and reported by FRAME_CONTROL. A close frame is
 * answered, and an error (1002; 1003 for a message of a kind that is not taken; 1007 for a text
 * that is no UTF-8) closes the connection: frame_fill() gives FRAME_EOF, after the messages that
 * came before. 0, or -1: there is no memory, or the client has sent more than a buffer before the
 * reply. No line that was handed out may be in use.
 */
int frame_set_messages(struct frame *f, enum websocket_kind);

/* Whether messages are read and written. */
bool frame_has_messages(const struct frame *f);

/*
 * The server ends the connection: with messages, this tries to write a close frame behind what is
 * buffered, with a code as those of websocket.h. It waits for nobody.
 */
void frame_close(struct frame *f, uint16_t code);

/*
 * Gives back the memory of empty buffers, until they are needed again. No line that was handed out
 * may be in use.
 */
void frame_rest(struct frame *f);

/* Gives back what the frame holds, its stream too; output not flushed is lost. */
void frame_free(struct frame *f);

/*
 * The stream of the frame. TLS is set on it before anything else is done with the frame. A caller
 * that waits for input asks it what to poll() for.
 */
struct stream *frame_carrier(struct frame *f);

/* Whether frame_fill() has something that poll() does not see. To be asked before waiting for it.
 */
bool frame_has_input(const struct frame *f);

/* Reads into the free space: once, or until it is known how lines end. The line or chunk handed out
 * last stays valid. */
enum frame_filled frame_fill(struct frame *f);

/*
 * The next line, its end taken off. The first line decides how lines end: CRLF, and then a bare
 * LF is part of a line; or a bare LF, and then each LF ends one, and one CR before it is taken off.
 * The first line ends with a bare LF if, when nothing more is there to be read, all of it and of
 * what came behind it ends with a bare LF; and where the input ends, or FRAME_LINE_MAX bytes were
 * gathered, before another end shows.
 * A line stays valid until the next frame_next(), frame_chunk() or frame_free(). Lines that came in
 * one packet are served one by one without reading: call until FRAME_WAIT. FRAME_HEAD comes again
 * and again until one of the three functions below was called; the head's last byte may be the CR
 * of the line end.
 */
enum frame_result frame_next(struct frame *f, struct frame_line *line);

/* The bytes that have come and were not handed out. They stay valid as long as a line does. */
const char *frame_here(struct frame *f, size_t *len);

/* Whether a line has begun that is not handed out as a whole: its end is still to come. */
bool frame_is_amid_line(const struct frame *f);

/* Whether a line or body is being dropped, of which more is to come. */
bool frame_is_dropping(const struct frame *f);

/*
 * After FRAME_HEAD: gather the line. frame_next() goes on with FRAME_WAIT, at last FRAME_LINE or
 * FRAME_TOO_LONG. The memory is given back by the frame_next() after that, unless more than
 * FRAME_BUFFER bytes follow. May be called before frame_fill(), too, so that it reads more at once.
 * Returns 0, or -1 without memory: FRAME_HEAD then stands.
 */
int frame_grow(struct frame *f);

/*
 * After FRAME_HEAD: hand the line out as it arrives, without the head's first `consumed` bytes,
 * by frame_chunk(). frame_next() may be called again after the last chunk.
 */
void frame_stream(struct frame *f, size_t consumed);

/*
 * After FRAME_LINE, whose head said that a body of len bytes (one at least) follows: hand them out
 * as they arrive, by frame_chunk(). frame_next() may be called again after the last chunk.
 */
void frame_stream_bytes(struct frame *f, uint64_t len);

/*
 * The next bytes of a streamed line or body. True: *data and *len (0 only in the last chunk) are
 * set, the line end not included, and *last says whether the line is over. False: poll,
 * frame_fill(), and ask again. The bytes stay valid as long as a line does.
 */
bool frame_chunk(struct frame *f, const char **data, size_t *len, bool *last);

/*
 * After FRAME_HEAD, or amid a stream before its last chunk: drop the rest of the line or body,
 * silently.
 */
void frame_discard(struct frame *f);

/*
 * After FRAME_LINE: whether another whole line is here, so that frame_next() gives it without a
 * wait for the client.
 */
bool frame_has_line(struct frame *f);

/*
 * Whether frame_next() (or frame_chunk(), amid a stream) may have something without reading.
 * To be asked before a wait for input: false after a FRAME_WAIT means that nothing has come.
 */
bool frame_pending(const struct frame *f);

/*
 * Buffers len bytes. A full buffer is written, which may wait for the peer to read.
 * Returns 0, or -1 with errno set (ETIMEDOUT: the peer does not read). After a failure
 * all output fails with the same errno.
 */
int frame_write(struct frame *f, const void *data, size_t len);

/* frame_write() in the form of a json_out_sink: frame is a struct frame. */
int frame_sink(void *frame, const char *data, size_t len);

/*
 * Writes the CRLF CRLF that ends a reply; it is buffered like the rest. In HTTP: nothing. Of
 * messages it ends one.
 */
int frame_end_reply(struct frame *f);

/* Writes all that is buffered. */
int frame_flush(struct frame *f);

/* Whether a write has failed. */
bool frame_failed(const struct frame *f);

/*
 * Whether everything written so far has left the buffer and was acknowledged by the peer's kernel,
 * on a connection that was not reset. False where that cannot be told, as on a pipe. A peer that
 * acknowledged everything and then closed in good order has it. In TLS it is the same: what was
 * written is whole records, all handed to our kernel.
 */
bool frame_delivered(const struct frame *f);

/* Whether that can be told at all. */
bool frame_tells_delivered(const struct frame *f);

/*
 * How many bytes the peer's kernel has acknowledged by now: a peer that takes a reply, however
 * slowly, makes it grow. 0 where it cannot be told.
 */
uint64_t frame_acknowledged(const struct frame *f);

#endif
