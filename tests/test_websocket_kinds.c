/*
 * websocket: the kinds of messages that a listener takes and sends: texts alone, or binary ones as
 * well, which are read as texts. All else about WebSocket is in test_websocket.
 */
#include <sys/socket.h>

#include <check.h>
#include <string.h>
#include <unistd.h>

#include "net/frame.h"
#include "suite.h"

#define MASKED "\0\0\0\0" /* the mask of a client that hides nothing */
#define PEER   1

static struct frame frame;
static int ends[2];

static void
open_frame(enum websocket_kind kind)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	frame_init(&frame, ends[0], ends[0], 10000);
	ck_assert_int_eq(frame_set_messages(&frame, kind), 0);
}

static void
close_frame(void)
{
	frame_free(&frame);
	close(ends[0]);
	close(ends[PEER]);
}

/* A frame with a payload of fewer than 126 bytes. */
static void
send_frame(unsigned char first, const char *payload, size_t len)
{
	unsigned char bytes[6 + 125] = { first, (unsigned char)(0x80 | len) };

	memcpy(bytes + 2, MASKED, 4);
	memcpy(bytes + 6, payload, len);
	ck_assert_int_eq(write(ends[PEER], bytes, 6 + len), (ssize_t)(6 + len));
}

static void
assert_next(const char *text, size_t len)
{
	struct frame_line line;
	enum frame_result result;

	while ((result = frame_next(&frame, &line)) == FRAME_WAIT)
		ck_assert_int_eq(frame_fill(&frame), FRAME_GOT);
	ck_assert_int_eq(result, FRAME_LINE);
	ck_assert_uint_eq(line.len, len);
	ck_assert_int_eq(memcmp(line.data, text, len), 0);
}

static void
assert_sent(unsigned char first, const char *text)
{
	unsigned char bytes[128];

	frame_write(&frame, text, strlen(text));
	frame_end_reply(&frame);
	ck_assert_int_eq(frame_flush(&frame), 0);
	ck_assert_int_eq(read(ends[PEER], bytes, sizeof(bytes)), (ssize_t)(2 + strlen(text)));
	ck_assert_uint_eq(bytes[0], first);
	ck_assert_int_eq(memcmp(bytes + 2, text, strlen(text)), 0);
}

START_TEST(texts_alone)
{
	open_frame(WEBSOCKET_TEXTS);
	send_frame(0x81, "a", 1);
	assert_next("a", 1);
	assert_sent(0x81, "b");
	send_frame(0x82, "a", 1);
	ck_assert_int_eq(frame_fill(&frame), FRAME_GOT);
	ck_assert_int_eq(frame_fill(&frame), FRAME_EOF);
	close_frame();
}
END_TEST

START_TEST(binary_as_texts)
{
	open_frame(_i == 0 ? WEBSOCKET_BOTH : WEBSOCKET_BINARIES);
	send_frame(0x81, "a", 1);
	assert_next("a", 1);
	send_frame(0x82, "b\xc3\xa9", 3);
	assert_next("b\xc3\xa9", 3);
	send_frame(0x02, "c", 1);
	send_frame(0x80, "d", 1);
	assert_next("cd", 2);
	assert_sent(_i == 0 ? 0x81 : 0x82, "e");
	close_frame();
}
END_TEST

/* What is no UTF-8 is one message that nobody takes for a text, and what follows it is served. */
START_TEST(broken_binary)
{
	open_frame(WEBSOCKET_BOTH);
	send_frame(0x82, "ab\xff\xfe", 4);
	assert_next("\xfe", 1);
	send_frame(0x02, "ab", 2);
	send_frame(0x00, "\xff", 1);
	send_frame(0x80, "more", 4);
	assert_next("ab\xfe", 3);
	send_frame(0x82, "cut\xc3", 4);
	assert_next("cut\xc3", 4);
	send_frame(0x82, "good", 4);
	assert_next("good", 4);
	send_frame(0x81, "x\xff", 2);
	ck_assert_int_eq(frame_fill(&frame), FRAME_GOT);
	ck_assert_int_eq(frame_fill(&frame), FRAME_EOF);
	close_frame();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("websocket_kinds");
	TCase *tcase = tcase_create("kinds");

	tcase_add_test(tcase, texts_alone);
	tcase_add_loop_test(tcase, binary_as_texts, 0, 2);
	tcase_add_test(tcase, broken_binary);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
