/*
 * websocket: the bytes of WebSocket (RFC 6455), as a server reads and writes them: messages out of
 * frames, frames around messages. libwslay knows how frames look; which of them may follow another,
 * UTF-8, and what is an error are judged here. It reads and writes nothing; answers to pings, and
 * the end, are left to messages.
 */
#ifndef KABAR_WEBSOCKET_H
#define KABAR_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEBSOCKET_END      0xff  /* ends a text; no byte of UTF-8 */
#define WEBSOCKET_BROKEN   0xfe  /* stands for the rest of a binary message that is no UTF-8 */
#define WEBSOCKET_HEADER   4     /* bytes of the longest that is written */
#define WEBSOCKET_LONGEST  65535 /* bytes of the longest payload that is written */
#define WEBSOCKET_CONTROLS 125   /* bytes of the longest payload of a ping */

/* RFC 6455, section 5.2. */
enum websocket_opcode {
	WEBSOCKET_CONTINUATION = 0,
	WEBSOCKET_TEXT = 1,
	WEBSOCKET_BINARY = 2,
	WEBSOCKET_CLOSE = 8,
	WEBSOCKET_PING = 9,
	WEBSOCKET_PONG = 10,
};

/* Codes of a close frame; RFC 6455, section 7.4. */
enum websocket_code {
	WEBSOCKET_GOING_AWAY = 1001,
	WEBSOCKET_PROTOCOL_ERROR = 1002,
	WEBSOCKET_UNSUPPORTED = 1003,
	WEBSOCKET_NO_CODE = 1005, /* is never written: the frame is empty then */
	WEBSOCKET_INVALID_TEXT = 1007,
	WEBSOCKET_FAILURE = 1011,
};

enum websocket_event {
	WEBSOCKET_STARVED, /* all that was fed is decoded */
	WEBSOCKET_ASKED,   /* a ping came: websocket_asked() says with which bytes */
	WEBSOCKET_IDLED,   /* a pong, or a fragment without a byte: nothing is to be done */
	WEBSOCKET_CLOSED,  /* nothing more is decoded; websocket_closed() says with which code */
};

/* Which messages a client may send, and which it gets. */
enum websocket_kind {
	WEBSOCKET_TEXTS,    /* texts */
	WEBSOCKET_BOTH,     /* it may send binary messages, too, which are taken for texts */
	WEBSOCKET_BINARIES, /* the same, and what it gets is binary */
};

struct websocket;

/* NULL without memory. */
struct websocket *websocket_new(enum websocket_kind);
/* The opcode with which messages are written. */
enum websocket_opcode websocket_writes(const struct websocket *);
void websocket_free(struct websocket *);
/* Gives back memory that is not needed until something is read or written again. */
void websocket_rest(struct websocket *);

/* The next bytes of the client. They stay as they are until the websocket has starved. */
void websocket_feed(struct websocket *, const char *raw, size_t len);
/*
 * Decodes up to the next event. The texts of messages go to *to, which moves on, each ended by
 * WEBSOCKET_END. Of len bytes fed come len + 1 at most; and in the course of it *to is never more
 * than one byte further than what was read of them. A text that is no UTF-8 has no end.
 */
enum websocket_event websocket_next(struct websocket *, char **to);
/* The payload of the ping. It stays valid until more is decoded. */
const char *websocket_asked(const struct websocket *, size_t *len);
/* The code with which the connection is to be closed, by an answer or for an error; 0: not. */
uint16_t websocket_closed(const struct websocket *);
/* Takes note of one of the events that are no text and no end. False: none is left. */
bool websocket_take_control(struct websocket *);
/* Whether there is one. */
bool websocket_has_control(const struct websocket *);
/* Whether a frame or a message has begun and not ended. */
bool websocket_is_amid(const struct websocket *);

/*
 * Writes a frame with this payload of up to WEBSOCKET_LONGEST bytes to `to`. The payload may lie
 * there already, WEBSOCKET_HEADER bytes further. Returns the bytes of the frame; 0 without memory.
 */
size_t websocket_write(struct websocket *, char *to, enum websocket_opcode, bool last,
    const char *payload, size_t len);

#endif
