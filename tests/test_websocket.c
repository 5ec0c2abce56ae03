/*
 * WebSocket as a server of it hears and answers it, in the manner of Autobahn's cases: fragments,
 * controls between them, what is no UTF-8, what breaks the protocol, ends. Each case comes in
 * pieces of every size, which changes nothing.
 */
#include <check.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/frame.h"
#include "suite.h"

#define LONGEST  400000
#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

enum {
	FIN = 0x80,
	UNMASKED = 0x100, /* of a client that forgets it */
};

/* A frame of the client; `first` is its first byte. Without one: bytes as they are. */
struct part {
	int first;
	const char *payload;
	size_t len;
};

#define PARTS_MAX 8
#define F(first, payload)                               \
	{                                               \
		(first), (payload), sizeof(payload) - 1 \
	}
#define RAW(bytes) F(-1, bytes)
#define TEXT(s)    F(FIN | 1, s)
#define BEGIN(s)   F(1, s)
#define MORE(s)    F(0, s)
#define END(s)     F(FIN, s)
#define PING(s)    F(FIN | 9, s)
#define PONG(s)    F(FIN | 10, s)
#define CLOSE(s)   F(FIN | 8, s)

struct session {
	const char *what;
	struct part parts[PARTS_MAX];
	/* Texts, each ended by a bar; a control is ^, the end #. */
	const char *got;
	/* What the server has sent, in order: first bytes in hex, with the code or the payload. */
	const char *sent;
};

static struct frame frame;
static int peer;
static char raw[LONGEST];
static size_t raw_len;
static char got[LONGEST];
static size_t got_len;
static bool over;

static void
open_pair(void)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	peer = pair[1];
	ck_assert_int_ge(fcntl(peer, F_SETFL, O_NONBLOCK), 0);
	frame_init(&frame, pair[0], pair[0], 10000);
	raw_len = got_len = 0;
	over = false;
}

static void
setup(void)
{
	open_pair();
	ck_assert_int_eq(frame_set_messages(&frame, WEBSOCKET_TEXTS), 0);
}

static void
teardown(void)
{
	frame_free(&frame);
	close(frame.stream.in_fd);
	close(peer);
}

static void
add_bytes(const void *bytes, size_t len)
{
	ck_assert_uint_le(len, sizeof(raw) - raw_len);
	if (len > 0)
		memcpy(raw + raw_len, bytes, len);
	raw_len += len;
}

/* The header of a client's frame, by the shortest form of its length. */
static void
add_header(int first, uint64_t len)
{
	unsigned char header[10] = { (unsigned char)first };
	size_t n_len = len < 126 ? 0 : len <= UINT16_MAX ? 2 : 8;
	unsigned char masked = first & UNMASKED ? 0 : 0x80;

	header[1] = (unsigned char)(masked |
	    (n_len == 0          ? (unsigned char)len
	            : n_len == 2 ? 126
	                         : 127));
	for (size_t i = 0; i < n_len; i++)
		header[2 + i] = (unsigned char)(len >> (8 * (n_len - 1 - i)));
	add_bytes(header, 2 + n_len);
}

static void
add_frame(int first, const char *payload, size_t len)
{
	static const char mask[] = { '\x12', '\xf4', '\x00', '\x9b' };

	if (first < 0) {
		add_bytes(payload, len);
		return;
	}
	add_header(first, len);
	if (!(first & UNMASKED))
		add_bytes(mask, sizeof(mask));
	for (size_t i = 0; i < len; i++) {
		char c = first & UNMASKED ? payload[i] : (char)(payload[i] ^ mask[i % 4]);

		add_bytes(&c, 1);
	}
}

static void
keep(const char *data, size_t len)
{
	ck_assert_uint_lt(len, sizeof(got) - got_len);
	memcpy(got + got_len, data, len);
	got_len += len;
	got[got_len] = '\0';
}

static void
take_all(void)
{
	struct frame_line line;

	for (;;) {
		switch (frame_next(&frame, &line)) {
		case FRAME_WAIT:
			ck_assert(!frame_pending(&frame));
			return;
		case FRAME_HEAD:
			ck_assert_uint_eq(line.len, FRAME_BUFFER - 1);
			ck_assert_int_eq(frame_grow(&frame), 0);
			break;
		case FRAME_TOO_LONG:
			keep("!", 1);
			break;
		case FRAME_CONTROL:
			keep("^", 1);
			break;
		case FRAME_LINE:
			keep(line.data, line.len);
			keep("|", 1);
			break;
		}
	}
}

/* Takes what has come, as a worker does. */
static void
serve(void)
{
	enum frame_filled filled = FRAME_GOT;

	while (filled == FRAME_GOT && !over) {
		filled = frame_fill(&frame);
		ck_assert_int_ne(filled, FRAME_FULL);
		if (filled == FRAME_GOT)
			take_all();
		over = filled == FRAME_EOF;
		ck_assert(over || frame_flush(&frame) == 0);
	}
	if (over)
		keep("#", 1);
	else
		ck_assert(!frame_has_input(&frame));
}

static void
send_raw(const char *bytes, size_t len, size_t step)
{
	for (size_t at = 0; at < len && !over; at += step) {
		size_t piece = step < len - at ? step : len - at;

		ck_assert_int_eq(write(peer, bytes + at, piece), (ssize_t)piece);
		serve();
	}
}

/* What the server has sent, as in struct session; its frames are not masked. */
static const char *
read_sent(void)
{
	static char text[LONGEST];
	static unsigned char bytes[LONGEST];
	size_t len = 0, n = 0;
	ssize_t more;

	while ((more = read(peer, bytes + len, sizeof(bytes) - len)) > 0)
		len += (size_t)more;
	text[0] = '\0';
	for (size_t at = 0; at < len;) {
		size_t size = bytes[at + 1], header = 2;

		ck_assert_uint_le(size, 126);
		if (size == 126) {
			size = (size_t)bytes[at + 2] << 8 | bytes[at + 3];
			ck_assert_uint_ge(size, 126);
			header = 4;
		}
		ck_assert_uint_le(at + header + size, len);
		if ((bytes[at] & 15) == 8 && size == 2)
			n += (size_t)sprintf(text + n, "%02x:%d;", bytes[at],
			    bytes[at + header] << 8 | bytes[at + header + 1]);
		else
			n += (size_t)sprintf(text + n, "%02x:%.*s;", bytes[at], (int)size,
			    (const char *)bytes + at + header);
		at += header + size;
	}
	return text;
}

#define TEN      "0123456789"
#define HUNDRED  TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define KOSME    "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5"
#define LENGTH64 "\x81\xff\x80\x00\x00\x00\x00\x00\x00\x01mask"

static const struct session sessions[] = {
	{ "a text", { TEXT("hello") }, "hello|", "" },
	{ "texts in a row", { TEXT("a"), TEXT("b"), TEXT("c") }, "a|b|c|", "" },
	{ "an empty text", { TEXT(""), TEXT("a"), TEXT("") }, "|a||", "" },
	{ "ends of lines are content", { TEXT("a\r\nb\r\n\r\n\n\r") }, "a\r\nb\r\n\r\n\n\r|", "" },
	{ "of 16 bits of length", { TEXT(HUNDRED TEN TEN "12345"), TEXT(HUNDRED TEN TEN "123456") },
	    HUNDRED TEN TEN "12345|" HUNDRED TEN TEN "123456|", "" },

	{ "two fragments", { BEGIN("he"), END("llo") }, "hello|", "" },
	{ "three, then another", { BEGIN("a"), MORE("b"), END("c"), TEXT("d") }, "abc|d|", "" },
	{ "empty ones are not free", { BEGIN(""), MORE(""), MORE("x"), MORE(""), END("") }, "^^^x|",
	    "" },
	{ "all empty", { BEGIN(""), END("") }, "^|", "" },
	{ "not ended", { TEXT("a"), BEGIN("b"), MORE("c") }, "a|", "" },
	{ "a text within a message", { BEGIN("a"), TEXT("b") }, "#", "88:1002;" },
	{ "a beginning within a message", { BEGIN("a"), BEGIN("b") }, "#", "88:1002;" },
	{ "binary within a message", { BEGIN("a"), F(FIN | 2, "b") }, "#", "88:1002;" },
	{ "nothing to continue", { END("a") }, "#", "88:1002;" },
	{ "nor after a message", { BEGIN("a"), END("b"), MORE("c") }, "ab|#", "88:1002;" },
	{ "nor after a whole one", { TEXT("a"), END("c") }, "a|#", "88:1002;" },

	{ "a ping", { PING("abc") }, "^", "8a:abc;" },
	{ "an empty ping", { PING("") }, "^", "8a:;" },
	{ "the longest ping", { PING(HUNDRED TEN TEN "12345") }, "^",
	    "8a:" HUNDRED TEN TEN "12345;" },
	{ "a longer ping", { PING(HUNDRED TEN TEN "123456") }, "#", "88:1002;" },
	{ "pings in a row", { PING("1"), PING("2"), TEXT("a"), PING("3") }, NULL,
	    "8a:1;8a:2;8a:3;" },
	{ "a pong that nobody asked for", { PONG("abc"), TEXT("a") }, NULL, "" },
	{ "a ping between fragments", { BEGIN("a"), PING("!"), MORE("b"), PING("?"), END("c") },
	    NULL, "8a:!;8a:?;" },
	{ "a ping in fragments", { F(9, "a"), F(FIN, "b") }, "#", "88:1002;" },
	{ "a pong in fragments", { F(10, "a") }, "#", "88:1002;" },
	{ "a ping within a character", { BEGIN("\xce"), PING("!"), END("\xba") }, NULL, "8a:!;" },

	{ "binary", { TEXT("a"), F(FIN | 2, "b") }, "a|#", "88:1003;" },
	{ "binary in fragments", { F(2, "b") }, "#", "88:1003;" },
	{ "a reserved bit", { TEXT("a"), F(FIN | 0x40 | 1, "b") }, "a|#", "88:1002;" },
	{ "the second one", { F(FIN | 0x20 | 1, "b") }, "#", "88:1002;" },
	{ "the third one", { F(FIN | 0x10 | 1, "b") }, "#", "88:1002;" },
	{ "one of a ping", { F(FIN | 0x40 | 9, "b") }, "#", "88:1002;" },
	{ "a reserved opcode", { TEXT("a"), F(FIN | 3, "b") }, "a|#", "88:1002;" },
	{ "the last one", { F(FIN | 7, "") }, "#", "88:1002;" },
	{ "a reserved control", { F(FIN | 11, "") }, "#", "88:1002;" },
	{ "the last of these", { F(FIN | 15, "b") }, "#", "88:1002;" },
	{ "without a mask", { F(UNMASKED | FIN | 1, "b") }, "#", "88:1002;" },
	{ "a ping without a mask", { F(UNMASKED | FIN | 9, "b") }, "#", "88:1002;" },
	{ "a close frame without", { F(UNMASKED | FIN | 8, "") }, "#", "88:1002;" },
	{ "a length of 64 bits with the highest", { RAW(LENGTH64) }, "#", "88:1002;" },
	{ "a short length in 64 bits", { RAW("\x81\xff\0\0\0\0\0\0\0\x01mask") }, "#", "88:1002;" },
	{ "a short length in 16 bits", { RAW("\x81\xfe\x00\x7dmask") }, "#", "88:1002;" },

	{ "a greek word", { TEXT(KOSME) }, KOSME "|", "" },
	{ "in fragments", { BEGIN("\xce\xba\xe1"), MORE("\xbd"), END("\xb9") },
	    "\xce\xba\xe1\xbd\xb9|", "" },
	{ "a NUL", { TEXT("a\0b") }, "a\0b|", "" },
	{ "the last character", { TEXT("\xf4\x8f\xbf\xbf") }, "\xf4\x8f\xbf\xbf|", "" },
	{ "not characters, but valid", { TEXT("\xef\xbf\xbf\xef\xb7\x90") },
	    "\xef\xbf\xbf\xef\xb7\x90|", "" },
	{ "a surrogate",
	    { TEXT(KOSME "\xed\xa0\x80"
	                 "edited") },
	    "#", "88:1007;" },
	{ "beyond the last character", { TEXT("\xf4\x90\x80\x80") }, "#", "88:1007;" },
	{ "overlong", { TEXT("\xc0\xaf") }, "#", "88:1007;" },
	{ "overlong of three", { TEXT("\xe0\x80\xaf") }, "#", "88:1007;" },
	{ "overlong of four", { TEXT("\xf0\x80\x80\xaf") }, "#", "88:1007;" },
	{ "of five bytes", { TEXT("\xf8\x88\x80\x80\x80") }, "#", "88:1007;" },
	{ "the byte that ends a text here",
	    { TEXT("a\xff"
	           "b") },
	    "#", "88:1007;" },
	{ "a lone continuation", { TEXT("\x80") }, "#", "88:1007;" },
	{ "cut short", { TEXT("a"), TEXT("\xce\xba\xe1\xbd") }, "a|#", "88:1007;" },
	{ "cut short in fragments", { BEGIN("\xe1"), MORE("\xbd"), END("") }, "#", "88:1007;" },
	{ "wrong only in the next fragment", { BEGIN("\xe1"), END("a") }, "#", "88:1007;" },
	{ "told at once, not at the end", { BEGIN("\xf4"), MORE("\x90") }, "#", "88:1007;" },

	{ "the end", { CLOSE("") }, "#", "88:;" },
	{ "1000", { TEXT("a"), CLOSE("\x03\xe8") }, "a|#", "88:1000;" },
	{ "with a reason",
	    { CLOSE("\x03\xe9"
	            "bye " KOSME) },
	    "#", "88:1001;" },
	{ "the longest reason", { CLOSE("\x03\xe8" HUNDRED TEN TEN "123") }, "#", "88:1000;" },
	{ "a longer one", { CLOSE("\x03\xe8" HUNDRED TEN TEN "1234") }, "#", "88:1002;" },
	{ "one byte", { CLOSE("\x03") }, "#", "88:1002;" },
	{ "one byte behind a ping", { PING("\x03\xe8"), CLOSE("\x03") }, "^#",
	    "8a:\x03\xe8;88:1002;" },
	{ "0", { CLOSE("\0\0") }, "#", "88:1002;" },
	{ "999", { CLOSE("\x03\xe7") }, "#", "88:1002;" },
	{ "1003", { CLOSE("\x03\xeb") }, "#", "88:1003;" },
	{ "1004", { CLOSE("\x03\xec") }, "#", "88:1002;" },
	{ "1005", { CLOSE("\x03\xed") }, "#", "88:1002;" },
	{ "1006", { CLOSE("\x03\xee") }, "#", "88:1002;" },
	{ "1007", { CLOSE("\x03\xef") }, "#", "88:1007;" },
	{ "1014", { CLOSE("\x03\xf6") }, "#", "88:1014;" },
	{ "1015", { CLOSE("\x03\xf7") }, "#", "88:1002;" },
	{ "2999", { CLOSE("\x0b\xb7") }, "#", "88:1002;" },
	{ "3000", { CLOSE("\x0b\xb8") }, "#", "88:3000;" },
	{ "4999", { CLOSE("\x13\x87") }, "#", "88:4999;" },
	{ "5000", { CLOSE("\x13\x88") }, "#", "88:1002;" },
	{ "65535", { CLOSE("\xff\xff") }, "#", "88:1002;" },
	{ "a reason that is no UTF-8", { CLOSE("\x03\xe8\xce\xba\xed\xa0\x80") }, "#", "88:1007;" },
	{ "a close frame between fragments", { BEGIN("a"), CLOSE("\x03\xe8"), END("b") }, "#",
	    "88:1000;" },
	{ "whatever follows the end", { CLOSE("\x03\xe8"), TEXT("a"), PING("b"), CLOSE("") }, "#",
	    "88:1000;" },
	{ "whatever follows an error", { F(FIN | 3, ""), TEXT("a"), PING("b"), CLOSE("") }, "#",
	    "88:1002;" },
};

static size_t
expected_len(const struct session *session)
{
	/* Texts have NUL bytes of their own in one case only. */
	return strcmp(session->what, "a NUL") == 0 ? 4 : strlen(session->got);
}

START_TEST(test_sessions)
{
	const struct session *session = &sessions[_i];

	for (int i = 0; i < PARTS_MAX; i++)
		if (session->parts[i].payload != NULL)
			add_frame(session->parts[i].first, session->parts[i].payload,
			    session->parts[i].len);
	for (size_t step = 1; step <= raw_len; step++) {
		size_t len = raw_len;

		send_raw(raw, len, step);
		if (session->got != NULL &&
		    (got_len != expected_len(session) || memcmp(got, session->got, got_len) != 0))
			ck_abort_msg("%s: step %zu: %s", session->what, step, got);
		const char *sent = read_sent();
		if (strcmp(sent, session->sent) != 0)
			ck_abort_msg("%s: step %zu: sent %s", session->what, step, sent);
		teardown();
		setup();
		raw_len = len;
	}
}
END_TEST

/* Controls are counted one by one, and come before the texts of the same bytes. */
START_TEST(test_controls_are_counted)
{
	add_frame(FIN | 9, "1", 1);
	add_frame(FIN | 1, "a", 1);
	add_frame(FIN | 10, "", 0);
	add_frame(1, "", 0);
	add_frame(FIN | 0, "b", 1);
	send_raw(raw, raw_len, raw_len);
	ck_assert_str_eq(got, "^^^a|b|");
}
END_TEST

/* Many frames in one packet are answered, and none is lost. */
START_TEST(test_flood_of_pings)
{
	const char *at;
	int pongs = 0, told = 0;

	for (int i = 0; i < 5000; i++)
		add_frame(FIN | 9, "", 0);
	add_frame(FIN | 1, "a", 1);
	send_raw(raw, raw_len, raw_len);
	for (size_t i = 0; i < got_len; i++)
		told += got[i] == '^';
	for (at = read_sent(); (at = strstr(at, "8a:;")) != NULL; at++)
		pongs++;
	ck_assert_int_eq(told, 5000);
	ck_assert_int_eq(pongs, 5000);
	ck_assert_int_eq(got[got_len - 2], 'a');
}
END_TEST

static const size_t sizes[] = { 4090, 4091, 4092, 4093, 4094, 4095, 4096, 4097, 4098, 8191, 8192,
	20000, 65535, 65536 };
static const size_t steps[] = { 1000, 4095, 4096, 4097, 70000 };

/* Texts of any length up to the longest, in frames of any length, in pieces of any size. */
START_TEST(test_long_texts)
{
	size_t len = sizes[_i];
	char *text = malloc(len);

	for (size_t i = 0; i < len; i++)
		text[i] = (char)('a' + i * 7 % 26);
	for (int s = 0; s < COUNT(steps); s++) {
		for (size_t cut = 0; cut <= len; cut += len / 3) {
			raw_len = got_len = 0;
			add_frame(1, text, cut);
			add_frame(FIN | 0, text + cut, len - cut);
			add_frame(FIN | 1, "next", 4);
			send_raw(raw, raw_len, steps[s]);
			const char *from = got[0] == '^' ? got + 1 : got; /* an empty fragment */
			ck_assert_uint_eq(got_len - (size_t)(from - got), len + 6);
			ck_assert_mem_eq(from, text, len);
			ck_assert_mem_eq(from + len, "|next|", 6);
		}
	}
	free(text);
}
END_TEST

/* A longer one is told, and what follows it is served. */
START_TEST(test_too_long_text)
{
	static char text[200000];

	memset(text, 'x', sizeof(text));
	add_frame(1, text, _i == 0 ? FRAME_LINE_MAX + 1 : sizeof(text) - 1);
	add_frame(FIN | 0, text, _i == 0 ? 0 : 1);
	add_frame(FIN | 1, "next", 4);
	send_raw(raw, raw_len, _i == 2 ? 1000 : raw_len);
	ck_assert_str_eq(got, "!next|");
	ck_assert_str_eq(read_sent(), "");
}
END_TEST

/* A length that nobody can send is no reason to have memory for it. */
START_TEST(test_endless_frame)
{
	static char text[FRAME_LINE_MAX + 1];

	memset(text, 'x', sizeof(text));
	add_header(FIN | 1, UINT64_C(0x7fffffffffffffff));
	add_bytes("\0\0\0\0", 4);
	add_bytes(text, sizeof(text));
	send_raw(raw, raw_len, 5000);
	ck_assert_str_eq(got, "!");
	send_raw(text, sizeof(text), sizeof(text));
	ck_assert_str_eq(got, "!");
	ck_assert(frame_is_amid_line(&frame));
}
END_TEST

static void
await_head(struct frame_line *line)
{
	enum frame_result result = FRAME_WAIT;

	while (result == FRAME_WAIT) {
		ck_assert_int_eq(frame_fill(&frame), FRAME_GOT);
		result = frame_next(&frame, line);
	}
	ck_assert_int_eq(result, FRAME_HEAD);
}

/* A line that is handed out as it comes ends with its message. */
START_TEST(test_streamed_text)
{
	static char text[30000];
	struct frame_line line;
	const char *data;
	size_t len, at = 0;
	bool last = false;

	memset(text, '\n', sizeof(text));
	add_frame(1, text, 20000);
	add_frame(FIN | 9, "?", 1);
	add_frame(FIN | 0, text, 10000);
	add_frame(FIN | 1, "next", 4);
	ck_assert_int_eq(write(peer, raw, raw_len), (ssize_t)raw_len);
	await_head(&line);
	frame_stream(&frame, 100);
	while (!last) {
		while (!last && frame_chunk(&frame, &data, &len, &last))
			at += len;
		if (!last)
			ck_assert_int_eq(frame_fill(&frame), FRAME_GOT);
	}
	ck_assert_uint_eq(at, sizeof(text) - 100);
	take_all();
	serve();
	ck_assert_str_eq(got, "^next|");
	ck_assert_int_eq(frame_flush(&frame), 0);
	ck_assert_str_eq(read_sent(), "8a:?;");
}
END_TEST

/* The rest of a text that is dropped is neither handed out nor taken for another. */
START_TEST(test_dropped_text)
{
	static char text[30000];
	struct frame_line line;

	memset(text, 'x', sizeof(text));
	add_frame(1, text, 20000);
	add_frame(FIN | 0, text, 10000);
	add_frame(FIN | 1, "next", 4);
	ck_assert_int_eq(write(peer, raw, raw_len), (ssize_t)raw_len);
	await_head(&line);
	frame_discard(&frame);
	take_all();
	serve();
	ck_assert_str_eq(got, "next|");
}
END_TEST

/* Whether a line is under way: from its first byte on, of a header or an empty fragment even. */
START_TEST(test_amid_line)
{
	ck_assert(!frame_is_amid_line(&frame));
	add_frame(1, "", 0);
	add_frame(FIN | 9, "?", 1);
	add_frame(FIN | 0, "", 0);
	for (size_t i = 0; i < raw_len; i++) {
		ck_assert_int_eq(frame_is_amid_line(&frame), i > 0);
		send_raw(raw + i, 1, 1);
	}
	ck_assert(!frame_is_amid_line(&frame));
	ck_assert_str_eq(got, "^^|");
	add_frame(FIN | 9, "??", 2);
	send_raw(raw + raw_len - 8, 7, 7);
	ck_assert(frame_is_amid_line(&frame));
}
END_TEST

/*
 * Replies.
 */

static void
reply(const char *text)
{
	ck_assert_int_eq(frame_write(&frame, text, strlen(text)), 0);
	ck_assert_int_eq(frame_end_reply(&frame), 0);
}

/* They leave together, and each is a message. */
START_TEST(test_replies)
{
	reply("one");
	reply("");
	ck_assert_int_eq(frame_write(&frame, "th", 2), 0);
	reply("ree");
	ck_assert_str_eq(read_sent(), "");
	ck_assert(!frame_delivered(&frame));
	ck_assert_int_eq(frame_flush(&frame), 0);
	ck_assert_str_eq(read_sent(), "81:one;81:;81:three;");
	reply(HUNDRED TEN TEN "12345");
	reply(HUNDRED TEN TEN "123456");
	ck_assert_int_eq(frame_flush(&frame), 0);
	ck_assert_str_eq(read_sent(), "81:" HUNDRED TEN TEN "12345;81:" HUNDRED TEN TEN "123456;");
}
END_TEST

/* A flush amid a reply sends what there is of it; one amid nothing sends nothing. */
START_TEST(test_flush_amid_a_reply)
{
	ck_assert_int_eq(frame_write(&frame, "one", 3), 0);
	ck_assert_int_eq(frame_flush(&frame), 0);
	ck_assert_str_eq(read_sent(), "01:one;");
	ck_assert_int_eq(frame_flush(&frame), 0);
	ck_assert_int_eq(frame_write(&frame, "", 0), 0);
	ck_assert_int_eq(frame_flush(&frame), 0);
	ck_assert_str_eq(read_sent(), "");
	ck_assert_int_eq(frame_write(&frame, "two", 3), 0);
	ck_assert_int_eq(frame_flush(&frame), 0);
	ck_assert_str_eq(read_sent(), "00:two;");
	ck_assert_int_eq(frame_end_reply(&frame), 0);
	reply("next");
	ck_assert_int_eq(frame_flush(&frame), 0);
	ck_assert_str_eq(read_sent(), "80:;81:next;");
}
END_TEST

/* A pong goes between the fragments of a reply, and not into one. */
START_TEST(test_pong_amid_a_reply)
{
	ck_assert_int_eq(frame_write(&frame, "one", 3), 0);
	add_frame(FIN | 9, "?", 1);
	send_raw(raw, raw_len, raw_len);
	reply("two");
	ck_assert_int_eq(frame_flush(&frame), 0);
	ck_assert_str_eq(read_sent(), "01:one;8a:?;80:two;");
}
END_TEST

/* However long a reply is, and however it is written, what comes is it, in whole fragments. */
START_TEST(test_long_replies)
{
	static const size_t pieces[] = { 1, 7, 1000, 4091, 4092, 4093, 4096, 100000 };
	static char text[20001];
	size_t len = _i < COUNT(sizes) && sizes[_i] < sizeof(text) ? sizes[_i] : sizeof(text) - 1;

	for (int p = 0; p < COUNT(pieces); p++) {
		char *sent, *at, whole[sizeof(text) + 1];
		size_t n = 0;

		memset(text, 'x', len);
		reply("before");
		for (size_t from = 0; from < len; from += pieces[p])
			ck_assert_int_eq(frame_write(&frame, text + from,
			                     len - from < pieces[p] ? len - from : pieces[p]),
			    0);
		ck_assert_int_eq(frame_end_reply(&frame), 0);
		reply("next");
		ck_assert_int_eq(frame_flush(&frame), 0);
		sent = strdup(read_sent());
		at = strtok(sent, ";");
		ck_assert_str_eq(at, "81:before");
		for (bool first = true; (at = strtok(NULL, ";")) != NULL; first = false) {
			ck_assert_int_eq(at[1], first ? '1' : '0');
			ck_assert_uint_le(strlen(at) - 3 + 4, FRAME_BUFFER);
			memcpy(whole + n, at + 3, strlen(at) - 3);
			n += strlen(at) - 3;
			if (at[0] == '8')
				break;
		}
		ck_assert_uint_eq(n, len);
		ck_assert_mem_eq(whole, text, len);
		ck_assert_str_eq(strtok(NULL, ""), "81:next;");
		free(sent);
	}
}
END_TEST

/* Nothing follows a close frame. */
START_TEST(test_close_by_the_server)
{
	char byte;

	reply("one");
	frame_close(&frame, WEBSOCKET_GOING_AWAY);
	reply("two");
	frame_close(&frame, WEBSOCKET_GOING_AWAY);
	ck_assert_int_eq(frame_flush(&frame), 0);
	ck_assert_str_eq(read_sent(), "81:one;88:1001;");
	add_frame(FIN | 9, "", 0);
	send_raw(raw, raw_len, raw_len);
	ck_assert_str_eq(read_sent(), "");
	/* Amid a message the fragment is ended first. */
	teardown();
	setup();
	ck_assert_int_eq(frame_write(&frame, "one", 3), 0);
	frame_close(&frame, WEBSOCKET_GOING_AWAY);
	ck_assert_str_eq(read_sent(), "01:one;88:1001;");
	/* Whoever speaks no WebSocket has none. */
	teardown();
	open_pair();
	frame_close(&frame, WEBSOCKET_GOING_AWAY);
	ck_assert_int_eq(read(peer, &byte, 1), -1);
}
END_TEST

/* Answered once by what was asked before, then closed: replies come before the close frame. */
START_TEST(test_replies_before_the_end)
{
	struct frame_line line;

	add_frame(FIN | 1, "a", 1);
	add_frame(FIN | 8, "\x03\xe8", 2);
	ck_assert_int_eq(write(peer, raw, raw_len), (ssize_t)raw_len);
	ck_assert_int_eq(frame_fill(&frame), FRAME_GOT);
	ck_assert_int_eq(frame_next(&frame, &line), FRAME_LINE);
	reply("A");
	ck_assert_int_eq(frame_next(&frame, &line), FRAME_WAIT);
	ck_assert_int_eq(frame_flush(&frame), 0);
	/* Nothing will come: whoever polls must not wait. */
	ck_assert(frame_has_input(&frame));
	ck_assert_int_eq(frame_fill(&frame), FRAME_EOF);
	ck_assert_str_eq(read_sent(), "81:A;88:1000;");
}
END_TEST

/* What came behind the head of the handshake belongs to the messages. */
START_TEST(test_bytes_behind_the_head)
{
	static const char head[] = "GET /ws HTTP/1.1\r\n\r\n";
	struct frame_line line;
	char bytes[4];

	teardown();
	open_pair();
	frame_set_heads(&frame, 16384);
	add_bytes(head, sizeof(head) - 1);
	for (int i = 0; i < 100; i++) {
		add_frame(FIN | 1, "hello", 5);
		add_frame(FIN | 9, "?", 1);
	}
	add_frame(1, "end", 3);
	ck_assert_int_eq(write(peer, raw, raw_len), (ssize_t)raw_len);
	ck_assert_int_eq(frame_fill(&frame), FRAME_GOT);
	ck_assert_int_eq(frame_next(&frame, &line), FRAME_LINE);
	ck_assert_int_eq(frame_write(&frame, "101!", 4), 0);
	ck_assert_int_eq(frame_set_messages(&frame, WEBSOCKET_TEXTS), 0);
	take_all();
	raw_len = 0;
	add_frame(FIN | 0, "!", 1);
	send_raw(raw, raw_len, raw_len);
	ck_assert_uint_eq(got_len, 100 + 600 + 5);
	ck_assert_str_eq(got + 100 + 594, "hello|end!|");
	ck_assert_int_eq(read(peer, bytes, 4), 4);
	ck_assert_mem_eq(bytes, "101!", 4);
	ck_assert_int_eq(strncmp(read_sent(), "8a:?;8a:?;", 10), 0);
}
END_TEST

/* Who sends more than a buffer before the reply is not served. */
START_TEST(test_too_much_behind_the_head)
{
	static char text[10000];
	struct frame_line line;

	teardown();
	open_pair();
	frame_set_heads(&frame, 16384);
	memset(text, 'x', sizeof(text));
	ck_assert_int_eq(write(peer, text, sizeof(text)), (ssize_t)sizeof(text));
	ck_assert_int_eq(frame_fill(&frame), FRAME_GOT);
	ck_assert_int_eq(frame_next(&frame, &line), FRAME_HEAD);
	ck_assert_int_eq(frame_grow(&frame), 0);
	ck_assert_int_eq(frame_fill(&frame), FRAME_GOT);
	ck_assert_int_eq(write(peer, "\r\n\r\n", 4), 4);
	ck_assert_int_eq(write(peer, text, 5000), 5000);
	ck_assert_int_eq(frame_fill(&frame), FRAME_GOT);
	ck_assert_int_eq(frame_next(&frame, &line), FRAME_LINE);
	ck_assert_int_eq(frame_set_messages(&frame, WEBSOCKET_TEXTS), -1);
}
END_TEST

/* At rest memory goes back, and nothing is lost by that, amid a header even. */
START_TEST(test_rest)
{
	add_frame(1, "ab", 2);
	add_frame(FIN | 0, "cd", 2);
	add_frame(FIN | 9, "?", 1);
	for (size_t i = 0; i < raw_len; i++) {
		send_raw(raw + i, 1, 1);
		frame_rest(&frame);
	}
	reply("one");
	frame_rest(&frame);
	ck_assert_int_eq(frame_flush(&frame), 0);
	ck_assert_str_eq(got, "abcd|^");
	ck_assert_str_eq(read_sent(), "8a:?;81:one;");
}
END_TEST

static TCase *
input_tests(void)
{
	TCase *tcase = tcase_create("input");

	tcase_add_loop_test(tcase, test_sessions, 0, COUNT(sessions));
	tcase_add_test(tcase, test_controls_are_counted);
	tcase_add_test(tcase, test_flood_of_pings);
	tcase_add_loop_test(tcase, test_long_texts, 0, COUNT(sizes));
	tcase_add_loop_test(tcase, test_too_long_text, 0, 3);
	tcase_add_test(tcase, test_endless_frame);
	tcase_add_test(tcase, test_streamed_text);
	tcase_add_test(tcase, test_dropped_text);
	tcase_add_test(tcase, test_amid_line);
	tcase_add_test(tcase, test_bytes_behind_the_head);
	tcase_add_test(tcase, test_too_much_behind_the_head);
	tcase_add_test(tcase, test_rest);
	return tcase;
}

static TCase *
output_tests(void)
{
	TCase *tcase = tcase_create("output");

	tcase_add_test(tcase, test_replies);
	tcase_add_test(tcase, test_flush_amid_a_reply);
	tcase_add_test(tcase, test_pong_amid_a_reply);
	tcase_add_loop_test(tcase, test_long_replies, 0, COUNT(sizes));
	tcase_add_test(tcase, test_close_by_the_server);
	tcase_add_test(tcase, test_replies_before_the_end);
	return tcase;
}

int
main(void)
{
	Suite *suite = suite_create("websocket");
	TCase *tcases[] = { input_tests(), output_tests() };

	for (int i = 0; i < COUNT(tcases); i++) {
		tcase_add_checked_fixture(tcases[i], setup, teardown);
		tcase_set_timeout(tcases[i], 60);
		suite_add_tcase(suite, tcases[i]);
	}
	return suite_run(suite);
}
