/* websocket: libwslay's frames; its layer above them is not used, which keeps a message whole. */
#include "net/websocket.h"

#include <stdlib.h>
#include <string.h>

#include <wslay/wslay.h>

#include "base/utf8.h"

#define MASKED_HEADER 6 /* bytes of the shortest header of a client's frame */

struct websocket {
	enum websocket_kind kind;
	wslay_frame_context_ptr frames; /* NULL until it is needed */
	const char *raw;                /* for it to read */
	size_t raw_len;
	char *to; /* and to write */
	enum websocket_opcode opcode;
	bool last;           /* of a message's frames */
	bool amid_message;   /* its last frame has not ended */
	bool binary;         /* it is a binary one */
	bool broken;         /* which is no UTF-8: the rest of it is dropped */
	uint64_t left;       /* of the payload of a frame that has begun */
	uint64_t unfinished; /* bytes that came, but for whole frames and payload */
	struct utf8_stream text;
	char control[WEBSOCKET_CONTROLS];
	size_t control_len;
	unsigned int controls; /* that came and were not told of */
	uint16_t closed;
};

/* What libwslay reads. It takes a failure for a lack of bytes. */
static ssize_t
read_raw(uint8_t *to, size_t size, int flags, void *websocket)
{
	struct websocket *ws = websocket;
	size_t len = size < ws->raw_len ? size : ws->raw_len;

	(void)flags;
	if (len == 0)
		return -1;
	memcpy(to, ws->raw, len);
	ws->raw += len;
	ws->raw_len -= len;
	return (ssize_t)len;
}

static ssize_t
write_raw(const uint8_t *data, size_t len, int flags, void *websocket)
{
	struct websocket *ws = websocket;

	(void)flags;
	memmove(ws->to, data, len);
	ws->to += len;
	return (ssize_t)len;
}

static bool
need_frames(struct websocket *ws)
{
	static const struct wslay_frame_callbacks callbacks = { .recv_callback = read_raw,
		.send_callback = write_raw };

	return ws->frames != NULL || wslay_frame_context_init(&ws->frames, &callbacks, ws) == 0;
}

struct websocket *
websocket_new(enum websocket_kind kind)
{
	struct websocket *ws = calloc(1, sizeof(*ws));

	if (ws != NULL)
		ws->kind = kind;
	return ws;
}

enum websocket_opcode
websocket_writes(const struct websocket *ws)
{
	return ws->kind == WEBSOCKET_BINARIES ? WEBSOCKET_BINARY : WEBSOCKET_TEXT;
}

void
websocket_free(struct websocket *ws)
{
	if (ws == NULL)
		return;
	wslay_frame_context_free(ws->frames);
	free(ws);
}

void
websocket_rest(struct websocket *ws)
{
	if (ws->unfinished > 0 || ws->left > 0)
		return;
	wslay_frame_context_free(ws->frames);
	ws->frames = NULL;
}

/*
 * Reading.
 */

void
websocket_feed(struct websocket *ws, const char *raw, size_t len)
{
	ws->raw = raw;
	ws->raw_len = len;
	ws->unfinished += len;
}

static enum websocket_event
close_with(struct websocket *ws, uint16_t code)
{
	ws->closed = code;
	return WEBSOCKET_CLOSED;
}

/* The code for a frame that may not come now, or 0. libwslay has seen to the form of controls. */
static uint16_t
judge_frame(const struct websocket *ws, const struct wslay_frame_iocb *part)
{
	if (!part->mask || part->rsv != 0)
		return WEBSOCKET_PROTOCOL_ERROR;
	switch (part->opcode) {
	case WEBSOCKET_CLOSE:
	case WEBSOCKET_PING:
	case WEBSOCKET_PONG:
		return 0;
	case WEBSOCKET_CONTINUATION:
		return ws->amid_message ? 0 : WEBSOCKET_PROTOCOL_ERROR;
	case WEBSOCKET_TEXT:
		return ws->amid_message ? WEBSOCKET_PROTOCOL_ERROR : 0;
	case WEBSOCKET_BINARY:
		if (ws->amid_message)
			return WEBSOCKET_PROTOCOL_ERROR;
		return ws->kind == WEBSOCKET_TEXTS ? WEBSOCKET_UNSUPPORTED : 0;
	default:
		return WEBSOCKET_PROTOCOL_ERROR;
	}
}

/* The bytes of the shortest header for so long a payload; libwslay takes no longer one. */
static size_t
header_size(uint64_t payload)
{
	if (payload < 126)
		return MASKED_HEADER;
	return payload <= UINT16_MAX ? MASKED_HEADER + 2 : MASKED_HEADER + 8;
}

static void
begin_frame(struct websocket *ws, const struct wslay_frame_iocb *part)
{
	ws->opcode = part->opcode;
	ws->left = part->payload_length;
	ws->unfinished -= header_size(part->payload_length);
	if (wslay_is_ctrl_frame(part->opcode)) {
		ws->control_len = 0;
	} else {
		ws->last = part->fin;
		ws->amid_message = true;
		if (part->opcode != WEBSOCKET_CONTINUATION)
			ws->binary = part->opcode == WEBSOCKET_BINARY;
	}
}

/* The codes that a client may close with: RFC 6455, section 7.4, and IANA's registry. */
static bool
is_code(unsigned int code)
{
	return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
	    (code >= 3000 && code <= 4999);
}

/* The code that answers a close frame. */
static uint16_t
judge_close(const struct websocket *ws)
{
	const unsigned char *payload = (const unsigned char *)ws->control;
	unsigned int code;

	if (ws->control_len == 0)
		return WEBSOCKET_NO_CODE;
	code = (unsigned int)payload[0] << 8 | payload[1];
	if (ws->control_len == 1 || !is_code(code))
		return WEBSOCKET_PROTOCOL_ERROR;
	if (!utf8_valid(ws->control + 2, ws->control_len - 2))
		return WEBSOCKET_INVALID_TEXT;
	return (uint16_t)code;
}

/* A frame has come as a whole. */
static enum websocket_event
end_frame(struct websocket *ws, bool empty, char **to)
{
	if (ws->opcode == WEBSOCKET_CLOSE)
		return close_with(ws, judge_close(ws));
	if (ws->opcode == WEBSOCKET_PING)
		return WEBSOCKET_ASKED;
	if (ws->opcode == WEBSOCKET_PONG)
		return WEBSOCKET_IDLED;
	if (!ws->last)
		return empty ? WEBSOCKET_IDLED : WEBSOCKET_STARVED;
	if (!utf8_stream_ends(&ws->text) && !ws->binary)
		return close_with(ws, WEBSOCKET_INVALID_TEXT);
	ws->amid_message = ws->broken = false;
	ws->text = (struct utf8_stream){ .n_cut = 0 };
	*(*to)++ = (char)WEBSOCKET_END;
	return WEBSOCKET_STARVED;
}

/* Takes bytes of a message. False: they cannot be in a text. */
static bool
take_text(struct websocket *ws, const char *data, size_t len, char **to)
{
	if (ws->broken)
		return true;
	if (utf8_stream_add(&ws->text, data, len)) {
		memcpy(*to, data, len);
		*to += len;
	} else {
		ws->broken = true;
		*(*to)++ = (char)WEBSOCKET_BROKEN;
	}
	return !ws->broken || ws->binary;
}

/* Takes a part of a frame. WEBSOCKET_STARVED: nothing has happened. */
static enum websocket_event
take_part(struct websocket *ws, const struct wslay_frame_iocb *part, char **to)
{
	const char *data = (const char *)part->data;
	uint16_t code;

	if (ws->left == 0) {
		code = judge_frame(ws, part);
		if (code != 0)
			return close_with(ws, code);
		begin_frame(ws, part);
	}
	ws->left -= part->data_length;
	ws->unfinished -= part->data_length;
	if (wslay_is_ctrl_frame(part->opcode)) {
		memcpy(ws->control + ws->control_len, data, part->data_length);
		ws->control_len += part->data_length;
	} else if (!take_text(ws, data, part->data_length, to)) {
		return close_with(ws, WEBSOCKET_INVALID_TEXT);
	}
	if (ws->left > 0)
		return WEBSOCKET_STARVED;
	return end_frame(ws, part->payload_length == 0, to);
}

enum websocket_event
websocket_next(struct websocket *ws, char **to)
{
	enum websocket_event event = WEBSOCKET_STARVED;

	if (ws->closed == 0 && !need_frames(ws))
		return close_with(ws, WEBSOCKET_FAILURE);
	while (ws->closed == 0 && event == WEBSOCKET_STARVED) {
		struct wslay_frame_iocb part = { .fin = 0 };
		ssize_t n = wslay_frame_recv(ws->frames, &part);

		if (n == WSLAY_ERR_WANT_READ)
			return WEBSOCKET_STARVED;
		if (n < 0)
			return close_with(ws, WEBSOCKET_PROTOCOL_ERROR);
		event = take_part(ws, &part, to);
	}
	if (ws->closed != 0)
		return WEBSOCKET_CLOSED;
	ws->controls++;
	return event;
}

const char *
websocket_asked(const struct websocket *ws, size_t *len)
{
	*len = ws->control_len;
	return ws->control;
}

uint16_t
websocket_closed(const struct websocket *ws)
{
	return ws->closed;
}

bool
websocket_has_control(const struct websocket *ws)
{
	return ws->controls > 0;
}

bool
websocket_take_control(struct websocket *ws)
{
	if (ws->controls == 0)
		return false;
	ws->controls--;
	return true;
}

bool
websocket_is_amid(const struct websocket *ws)
{
	return ws->unfinished > 0 || ws->left > 0 || ws->amid_message;
}

size_t
websocket_write(struct websocket *ws, char *to, enum websocket_opcode opcode, bool last,
    const char *payload, size_t len)
{
	struct wslay_frame_iocb part = { .fin = last,
		.opcode = (uint8_t)opcode,
		.payload_length = len,
		.data = (const uint8_t *)payload,
		.data_length = len };

	ws->to = to;
	if (!need_frames(ws) || wslay_frame_send(ws->frames, &part) < 0)
		return 0;
	return (size_t)(ws->to - to);
}
