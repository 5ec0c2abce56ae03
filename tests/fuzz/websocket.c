/*
 * The decoder of WebSocket, on whose bytes strangers decide. However the bytes are cut, the same
 * texts, controls and code of the end come of them; nothing is written beyond where it may be; what
 * is handed out is UTF-8; and what is written for it is a frame around it.
 */
#include <string.h>

#include "base/utf8.h"
#include "fuzz.h"
#include "net/websocket.h"

#define INPUT_MAX 8192

/* What came of the input. */
struct run {
	char text[INPUT_MAX + 1];
	size_t len;
	size_t whole;             /* bytes of the texts that have ended */
	char told[2 * INPUT_MAX]; /* of each control where it came, and its payload */
	size_t told_len;
	uint16_t closed;
};

static struct run runs[2];

static void
tell(struct run *run, const void *data, size_t len)
{
	DEMAND(len <= sizeof(run->told) - run->told_len);
	memcpy(run->told + run->told_len, data, len);
	run->told_len += len;
}

static void
tell_control(struct run *run, const struct websocket *ws, bool asked)
{
	const char *payload;
	size_t len;

	tell(run, asked ? "?" : ".", 1);
	if (!asked)
		return;
	payload = websocket_asked(ws, &len);
	DEMAND(len <= WEBSOCKET_CONTROLS);
	tell(run, payload, len);
}

/* Decodes in the place where the bytes are, one byte further than the texts, as messages does. */
static bool
decode(struct run *run, struct websocket *ws, const uint8_t *data, size_t len)
{
	char *place = malloc(len + 1), *end = place;
	enum websocket_event event;

	DEMAND(place != NULL);
	memcpy(place + 1, data, len);
	websocket_feed(ws, place + 1, len);
	for (;;) {
		event = websocket_next(ws, &end);
		if (event == WEBSOCKET_STARVED || event == WEBSOCKET_CLOSED)
			break;
		DEMAND(websocket_take_control(ws));
		tell_control(run, ws, event == WEBSOCKET_ASKED);
	}
	DEMAND(!websocket_has_control(ws));
	DEMAND((size_t)(end - place) <= len + 1);
	memcpy(run->text + run->len, place, (size_t)(end - place));
	run->len += (size_t)(end - place);
	free(place);
	DEMAND((event == WEBSOCKET_CLOSED) == (websocket_closed(ws) != 0));
	return event == WEBSOCKET_STARVED;
}

static void
run_input(struct run *run, const uint8_t *data, size_t size, size_t step, bool rests)
{
	struct websocket *ws = websocket_new(WEBSOCKET_TEXTS);
	bool open = true;

	DEMAND(ws != NULL);
	run->len = run->whole = run->told_len = 0;
	for (size_t at = 0; at < size && open; at += step) {
		open = decode(run, ws, data + at, step < size - at ? step : size - at);
		if (rests)
			websocket_rest(ws);
	}
	for (size_t i = 0; i < run->len; i++)
		if (run->text[i] == (char)WEBSOCKET_END)
			run->whole = i + 1;
	run->closed = websocket_closed(ws);
	if (open && run->len > run->whole)
		DEMAND(websocket_is_amid(ws));
	websocket_free(ws);
}

/* A frame is written around a text: its header is as short as it can be, and no mask is in it. */
static void
check_written(const char *text, size_t len)
{
	char place[WEBSOCKET_HEADER + INPUT_MAX];
	struct websocket *ws = websocket_new(WEBSOCKET_TEXTS);
	size_t header = len < 126 ? 2 : 4, n;

	DEMAND(ws != NULL);
	memcpy(place + WEBSOCKET_HEADER, text, len);
	n = websocket_write(ws, place, WEBSOCKET_TEXT, true, place + WEBSOCKET_HEADER, len);
	DEMAND(n == header + len && (unsigned char)place[0] == 0x81);
	DEMAND((unsigned char)place[1] == (len < 126 ? len : 126));
	DEMAND(memcmp(place + header, text, len) == 0);
	websocket_free(ws);
}

static void
check_texts(const struct run *run)
{
	for (size_t at = 0, len; at < run->whole; at += len + 1) {
		const char *end = memchr(run->text + at, WEBSOCKET_END, run->whole - at);

		len = (size_t)(end - run->text) - at;
		DEMAND(utf8_valid(run->text + at, len));
		check_written(run->text + at, len);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2 || size > INPUT_MAX)
		return 0;
	run_input(&runs[0], data + 1, size - 1, size, false);
	run_input(&runs[1], data + 1, size - 1, 1 + data[0] % 64, data[0] >= 128);
	DEMAND(runs[0].whole == runs[1].whole);
	DEMAND(memcmp(runs[0].text, runs[1].text, runs[0].whole) == 0);
	DEMAND(runs[0].told_len == runs[1].told_len);
	DEMAND(memcmp(runs[0].told, runs[1].told, runs[0].told_len) == 0);
	DEMAND(runs[0].closed == runs[1].closed);
	check_texts(&runs[0]);
	return 0;
}
