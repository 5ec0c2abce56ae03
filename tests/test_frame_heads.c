/*
 * Heads of HTTP and their bodies, however they are cut: a head ends with an empty line, a body by
 * its length. What ends like no head of HTTP is handed out with its end, at once.
 */
#include <check.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/frame.h"
#include "suite.h"

#define HEAD_MAX 16384
#define LONGEST  40000

static struct frame frame;
static int peer;
static char got[LONGEST]; /* heads ended by a bar, bodies by a semicolon, long ones a mark */
static size_t got_len;
static uint64_t body; /* the length of what follows each head; 0: nothing */
static bool drop;     /* the body is discarded once its first bytes have come */
static bool in_body;

static void
setup(void)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	peer = pair[1];
	frame_init(&frame, pair[0], pair[0], 0);
	frame_set_heads(&frame, HEAD_MAX);
	got_len = 0;
	body = 0;
	drop = in_body = false;
}

static void
teardown(void)
{
	frame_free(&frame);
	close(frame.stream.in_fd);
	close(peer);
}

static void
keep(const char *data, size_t len)
{
	ck_assert_uint_le(len, sizeof(got) - got_len);
	memcpy(got + got_len, data, len);
	got_len += len;
}

static void
assert_got(const char *expected)
{
	ck_assert_uint_eq(got_len, strlen(expected));
	ck_assert_mem_eq(got, expected, got_len);
}

/* Takes what has come of a body. Whether it is over. */
static bool
take_body(void)
{
	const char *data;
	size_t len;
	bool last = false;

	while (!last && frame_chunk(&frame, &data, &len, &last)) {
		ck_assert_uint_gt(len, 0);
		keep(data, len);
		if (drop && !last) {
			frame_discard(&frame);
			return true;
		}
	}
	if (last)
		keep(";", 1);
	else
		ck_assert(frame_is_amid_line(&frame));
	return last;
}

static void
take_all(void)
{
	struct frame_line line;

	for (;;) {
		if (in_body && !take_body())
			return;
		in_body = false;
		switch (frame_next(&frame, &line)) {
		case FRAME_WAIT:
			ck_assert(!frame_pending(&frame));
			return;
		case FRAME_HEAD:
			ck_assert_int_eq(frame_grow(&frame), 0);
			break;
		case FRAME_CONTROL:
			ck_abort();
			break;
		case FRAME_TOO_LONG:
			keep("!", 1);
			break;
		case FRAME_LINE:
			keep(line.data, line.len);
			keep("|", 1);
			if (body > 0)
				frame_stream_bytes(&frame, body);
			in_body = body > 0;
			break;
		}
	}
}

static void
pass(const char *data, size_t len, size_t step)
{
	for (size_t at = 0; at < len; at += step) {
		size_t piece = step < len - at ? step : len - at;

		ck_assert_int_eq(write(peer, data + at, piece), (ssize_t)piece);
		while (frame_fill(&frame) == FRAME_GOT)
			take_all();
	}
}

/* In pieces of each size. */
static void
pass_cut(const char *in, const char *out, uint64_t body_len, bool dropped)
{
	for (size_t step = 1; step <= strlen(in); step++) {
		body = body_len;
		drop = dropped;
		pass(in, strlen(in), step);
		assert_got(out);
		teardown();
		setup();
	}
}

START_TEST(test_heads)
{
	pass_cut("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\n\r\nGET",
	    "GET / HTTP/1.1\r\nHost: x|GET /2 HTTP/1.1|", 0, false);
}
END_TEST

/* What a parser that is less strict may see otherwise does not wait, and keeps its end. */
START_TEST(test_ambiguous_ends)
{
	pass_cut("a\n\nb\r\n\r\n", "a\n\n|b|", 0, false);
	pass_cut("a\r\n\nb\r\n\r\n", "a\r\n\n|b|", 0, false);
	pass_cut("a\n\r\nb\r\n\r\n", "a\n\r\n|b|", 0, false);
	pass_cut("a\r\r\n\r\nb\n\r\r\n\r\n", "a\r|b\n\r|", 0, false);
	pass_cut("\r\na\r\n\r\n", "\r\na|", 0, false);
	pass_cut("\r\n\r\na\r\n\r\n", "|a|", 0, false);
}
END_TEST

START_TEST(test_bodies)
{
	pass_cut("a\r\n\r\n\r\n\r\n5b\r\n\r\n12345c", "a|\r\n\r\n5;b|12345;", 5, false);
	teardown();
	setup();
	pass_cut("a\r\n\r\n12345b\r\n\r\n67890", "a|12345;b|67890;", 5, false);
}
END_TEST

/* The rest of a body that is dropped is no head. */
START_TEST(test_dropped_body)
{
	const char *in = "a\r\n\r\n1\r\n\r\n6b\r\n\r\n1\r\n\r\n6";

	body = 6;
	drop = true;
	pass(in, strlen(in), 1);
	assert_got("a|1b|1");
	ck_assert(!frame_is_amid_line(&frame));
	/* It comes together with the next head. */
	got_len = 0;
	pass(in, 6, 6);
	pass(in + 6, strlen(in) - 6, strlen(in));
	assert_got("a|1b|1\r\n\r\n6;");
}
END_TEST

START_TEST(test_longest_head)
{
	static const size_t steps[] = { 1000, 4096, 4097, HEAD_MAX + 1, HEAD_MAX + 3, LONGEST };
	static char in[HEAD_MAX + 8];

	memset(in, 'x', sizeof(in));
	memcpy(in + HEAD_MAX, "\r\n\r\n", 4);
	pass(in, HEAD_MAX + 4, steps[_i]);
	ck_assert_uint_eq(got_len, HEAD_MAX + 1);
	ck_assert_int_eq(got[HEAD_MAX], '|');
	memcpy(in + HEAD_MAX, "x\r\n\r\n", 5);
	got_len = 0;
	pass(in, HEAD_MAX + 5, steps[_i]);
	assert_got("!");
	/* What follows the head that was dropped is one again. */
	pass("a\n\r\nb", 5, 1);
	pass("\r\n\r\n", 4, 1);
	assert_got("!a\n\r\n|b|");
}
END_TEST

/* The end of a head that is dropped is found wherever it is cut. */
START_TEST(test_end_of_a_dropped_head)
{
	static const char *const ends[] = { "\r\n\r\n", "\n\n", "\n\r\n", "\r\r\n\n" };
	static char in[2 * HEAD_MAX];

	memset(in, '\n', sizeof(in));
	for (size_t i = 0; i < sizeof(in); i += 2)
		in[i] = 'x';
	in[sizeof(in) - 1] = 'x';
	pass(in, sizeof(in), sizeof(in));
	assert_got("!");
	pass(ends[_i], strlen(ends[_i]), 1);
	pass("a\r\n\r\n", 5, 1);
	assert_got("!a|");
}
END_TEST

START_TEST(test_replies_have_no_end)
{
	char reply[16];

	ck_assert_int_eq(frame_write(&frame, "HTTP", 4), 0);
	ck_assert_int_eq(frame_end_reply(&frame), 0);
	ck_assert_int_eq(frame_flush(&frame), 0);
	ck_assert_int_eq(read(peer, reply, sizeof(reply)), 4);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("frame_heads");
	TCase *tcase = tcase_create("heads");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_heads);
	tcase_add_test(tcase, test_ambiguous_ends);
	tcase_add_test(tcase, test_bodies);
	tcase_add_test(tcase, test_dropped_body);
	tcase_add_loop_test(tcase, test_longest_head, 0, 6);
	tcase_add_loop_test(tcase, test_end_of_a_dropped_head, 0, 4);
	tcase_add_test(tcase, test_replies_have_no_end);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
