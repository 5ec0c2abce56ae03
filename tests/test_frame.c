/*
 * Lines however they are cut, long lines by each of their three ways, replies to readers fast,
 * slow, dead and gone, and what is known of their arrival.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "fake_clock.h"
#include "net/frame.h"
#include "suite.h"

#define WRITE_TIMEOUT_MS 30000
#define NETWORK_MS       20
#define PATIENCE_MS      10000
#define SINGLE_BYTES     64
#define BODY_SIZE        300001

/* How a test answers FRAME_HEAD. */
enum long_lines {
	GROW,
	STREAM,
	DISCARD,
};

static _Alignas(4096) struct frame frame; /* its buffers begin at a page, as a worker's */
static int peer;

/* The output of frame: lines ended by a bar, an over-long one given as an exclamation mark. */
static char got[4 * BODY_SIZE];
static size_t got_len;
static char body[BODY_SIZE];

static bool peer_reads; /* while frame waits */
static int64_t passed_ms;

static void
setup(void)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	peer = pair[1];
	ck_assert_int_ge(fcntl(peer, F_SETFL, O_NONBLOCK), 0);
	frame_init(&frame, pair[0], pair[0], WRITE_TIMEOUT_MS);
	got_len = 0;
	peer_reads = false;
	passed_ms = 0;
	fake_clock_shift(CLOCK_MONOTONIC, 0);
}

static void
teardown(void)
{
	frame_free(&frame);
	close(frame.stream.in_fd);
	if (frame.stream.out_fd != frame.stream.in_fd)
		close(frame.stream.out_fd);
	close(peer);
}

/* Another connection, whose first line is still to come. */
static void
reconnect(void)
{
	teardown();
	setup();
}

static void
keep_bytes(const char *data, size_t len)
{
	ck_assert_uint_le(got_len + len, sizeof(got));
	memcpy(got + got_len, data, len);
	got_len += len;
}

static void
assert_got(const char *expected, size_t len)
{
	ck_assert_uint_eq(got_len, len);
	ck_assert_mem_eq(got, expected, len);
}

static void
send_all(const char *data, size_t len)
{
	ck_assert_int_eq(write(peer, data, len), (ssize_t)len);
}

/* Returns all bytes that have come to the peer. */
static void
read_peer(void)
{
	char piece[FRAME_BUFFER];
	ssize_t n;

	while ((n = read(peer, piece, sizeof(piece))) > 0)
		keep_bytes(piece, (size_t)n);
}

/* For whoever waits for so long. */
static void
pass_time(int ms)
{
	passed_ms += (ms + 999) / 1000 * 1000;
	fake_clock_shift(CLOCK_MONOTONIC, passed_ms);
}

static int
wait_really(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	struct timespec timeout = { .tv_sec = timeout_ms / 1000,
		.tv_nsec = timeout_ms % 1000 * 1000000L };

	return (int)syscall(SYS_ppoll, fds, n, timeout_ms < 0 ? NULL : &timeout, NULL, 0);
}

/*
 * In place of the library's, for frame, which waits for nothing but room: the peer reads what there
 * is, late but in time, or nothing, and no more true time goes by than the network needs.
 */
int
poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	if (timeout_ms <= 0)
		return wait_really(fds, n, timeout_ms);
	if (peer_reads) {
		read_peer();
		pass_time(timeout_ms * 3 / 4);
		return wait_really(fds, n, PATIENCE_MS);
	}
	int ready = wait_really(fds, n, NETWORK_MS);
	if (ready == 0)
		pass_time(timeout_ms);
	return ready;
}

/* Hands on the part of a streamed line that has come. Returns whether the line is over. */
static bool
keep_chunks(void)
{
	const char *data;
	size_t len;
	bool last = false;

	while (!last && frame_chunk(&frame, &data, &len, &last)) {
		ck_assert(len > 0 || last);
		keep_bytes(data, len);
	}
	if (last)
		keep_bytes("|", 1);
	return last;
}

static void
treat_long_line(enum long_lines how)
{
	if (how == GROW)
		ck_assert_int_eq(frame_grow(&frame), 0);
	else if (how == STREAM)
		frame_stream(&frame, 0);
	else
		frame_discard(&frame);
}

/* Takes all lines that the buffer holds. `streaming` carries an unfinished stream over. */
static void
keep_lines(enum long_lines how, bool *streaming)
{
	struct frame_line line;

	for (;;) {
		if (*streaming && !keep_chunks())
			return;
		*streaming = false;
		switch (frame_next(&frame, &line)) {
		case FRAME_WAIT:
			ck_assert(!frame_pending(&frame));
			return;
		case FRAME_LINE:
			ck_assert(line.complete);
			keep_bytes(line.data, line.len);
			keep_bytes("|", 1);
			break;
		case FRAME_HEAD:
			ck_assert(!line.complete);
			ck_assert_uint_eq(line.len, FRAME_BUFFER);
			ck_assert(frame_pending(&frame));
			treat_long_line(how);
			*streaming = how == STREAM;
			break;
		case FRAME_CONTROL:
			ck_abort();
			break;
		case FRAME_TOO_LONG:
			keep_bytes("!", 1);
			break;
		}
	}
}

/* Byte by byte only where lines end: the rest would take long and show no more. */
static size_t
piece_size(size_t left, size_t step)
{
	if (step == 1 && left > SINGLE_BYTES)
		return left - SINGLE_BYTES;
	return left < step ? left : step;
}

/* Sends data in pieces of `step` bytes and takes the lines after each. */
static void
pass_lines(const char *data, size_t len, size_t step, enum long_lines how)
{
	bool streaming = false;

	while (len > 0) {
		size_t piece = piece_size(len, step);
		enum frame_filled filled;

		send_all(data, piece);
		data += piece;
		len -= piece;
		while ((filled = frame_fill(&frame)) == FRAME_GOT)
			keep_lines(how, &streaming);
		ck_assert_int_eq(filled, FRAME_BLOCKED);
	}
}

static enum frame_result
next_line(struct frame_line *line)
{
	return frame_next(&frame, line);
}

static void
fill_frame(const char *data, size_t len)
{
	send_all(data, len);
	ck_assert_int_eq(frame_fill(&frame), FRAME_GOT);
}

/* Bytes of all values but the line feed, many CRs among them. */
static void
make_body(void)
{
	unsigned state = 7;

	for (size_t i = 0; i < sizeof(body); i++) {
		state = state * 1103515245 + 12345;
		body[i] = (char)(state >> 16);
		if (body[i] == '\n' || state >> 29 == 0)
			body[i] = '\r';
	}
}

/* At rest empty buffers are given back, and only those. */
START_TEST(test_rest)
{
	struct frame_line line;

	send_all("one\r\ntw", 7);
	ck_assert_int_eq(frame_fill(&frame), FRAME_GOT);
	ck_assert_int_eq(frame_next(&frame, &line), FRAME_LINE);
	ck_assert_int_eq(frame_next(&frame, &line), FRAME_WAIT);
	ck_assert_int_eq(frame_write(&frame, "reply", 5), 0);
	frame_rest(&frame);
	send_all("o\r\n", 3);
	ck_assert_int_eq(frame_fill(&frame), FRAME_GOT);
	ck_assert_int_eq(frame_next(&frame, &line), FRAME_LINE);
	ck_assert_uint_eq(line.len, 3);
	ck_assert_mem_eq(line.data, "two", 3);
	ck_assert_int_eq(frame_flush(&frame), 0);
	read_peer();
	assert_got("reply", 5);

	ck_assert_int_eq(frame_next(&frame, &line), FRAME_WAIT);
	ck_assert_int_ne(frame.in.buffer[0], 0);
	ck_assert_int_ne(frame.out.buffer[0], 0);
	frame_rest(&frame);
	ck_assert_int_eq(frame.in.buffer[0], 0);
	ck_assert_int_eq(frame.out.buffer[0], 0);
}
END_TEST

/* Sends it in three pieces, cut wherever it can be. */
static void
pass_split(const char *in, size_t len, const char *out, size_t out_len)
{
	for (size_t a = 0; a <= len; a++) {
		for (size_t b = a; b <= len; b++) {
			reconnect();
			pass_lines(in, a, len, GROW);
			pass_lines(in + a, b - a, len, GROW);
			pass_lines(in + b, len - b, len, GROW);
			assert_got(out, out_len);
		}
	}
}

START_TEST(test_every_split)
{
	static const char in[] = "abc\r\n\r\n\nx\0y\nc\rd\r\r\nend \r\n";
	static const char out[] = "abc||\nx\0y\nc\rd\r|end |";

	pass_split(in, sizeof(in) - 1, out, sizeof(out) - 1);
}
END_TEST

START_TEST(test_byte_by_byte)
{
	pass_lines("one\r\ntwo\nthree\r\n", 16, 1, GROW);
	assert_got("one|two\nthree|", 14);
	reconnect();
	pass_lines("one\ntwo\r\nthr\ree\n", 17, 1, GROW);
	assert_got("one|two|thr\ree|", 15);
}
END_TEST

/* However lines that end with LF alone are cut, no CR is needed to see their ends. */
START_TEST(test_every_split_of_bare_line_feeds)
{
	static const char in[] = "\nabc\n\nc\rd\nend \n";
	static const char out[] = "|abc||c\rd|end |";

	pass_split(in, sizeof(in) - 1, out, sizeof(out) - 1);
}
END_TEST

/* Cut anywhere but behind its own line feed, a first line with one in it is one line. */
START_TEST(test_first_line_with_a_line_feed)
{
	static const char in[] = "satu\ndua\r\ntiga\n\r\n";
	static const char out[] = "satu\ndua|tiga\n|";

	for (size_t cut = 1; cut < sizeof(in) - 1; cut++) {
		if (in[cut - 1] == '\n' && cut < 8)
			continue;
		reconnect();
		pass_lines(in, cut, cut, GROW);
		pass_lines(in + cut, sizeof(in) - 1 - cut, sizeof(in), GROW);
		assert_got(out, sizeof(out) - 1);
	}
}
END_TEST

/* Everything that can be read is read before a bare LF is taken for an end, in pieces of any size.
 */
START_TEST(test_first_line_of_several_reads)
{
	static const size_t lines[] = { FRAME_BUFFER, FRAME_BUFFER - 1, FRAME_BUFFER + 1, 1000 };
	size_t len = 3 * FRAME_BUFFER;

	memset(body, 'x', len);
	for (size_t i = lines[_i]; i < len; i += lines[_i])
		body[i - 1] = '\n';
	memcpy(body + len, "\r\n", 2);
	pass_lines(body, len + 2, len + 2, GROW);
	ck_assert_uint_eq(got_len, len + 1);
	ck_assert_mem_eq(got, body, len);
}
END_TEST

/* A first line that is handed out as a stream, or dropped, ends as any other. */
START_TEST(test_first_line_with_a_line_feed_streamed)
{
	size_t len = 3 * FRAME_BUFFER, step = FRAME_BUFFER + (size_t)_i;

	memset(body, 'x', len);
	body[FRAME_BUFFER + 10] = '\n';
	memcpy(body + len, "\r\nnext\r\n", 8);
	pass_lines(body, len + 8, step, STREAM);
	ck_assert_uint_eq(got_len, len + 6);
	ck_assert_mem_eq(got, body, len);
	ck_assert_mem_eq(got + len, "|next|", 6);
	reconnect();
	pass_lines(body, len + 8, step, DISCARD);
	assert_got("next|", 5);
}
END_TEST

/* Where no other end shows, the lines that there are are served all the same. */
START_TEST(test_end_amid_the_second_line)
{
	bool streaming = false;

	fill_frame("satu\ndua", 8);
	keep_lines(GROW, &streaming);
	ck_assert_uint_eq(got_len, 0);
	shutdown(peer, SHUT_WR);
	ck_assert_int_eq(frame_fill(&frame), FRAME_GOT);
	ck_assert(frame_pending(&frame));
	keep_lines(GROW, &streaming);
	assert_got("satu|", 5);
	ck_assert_int_eq(frame_fill(&frame), FRAME_EOF);
}
END_TEST

START_TEST(test_many_bare_line_feeds)
{
	size_t len = sizeof(body) / 3;

	for (size_t i = 0; i < len; i++)
		body[i] = i % 11 == 10 ? '\n' : 'x';
	pass_lines(body, len, 60000, GROW);
	for (size_t i = 0; i < got_len; i++)
		ck_assert_int_eq(got[i], i % 11 == 10 ? '|' : 'x');
	ck_assert_uint_eq(got_len, len / 11 * 11);
}
END_TEST

START_TEST(test_unfinished_line_waits_and_is_dropped)
{
	struct frame_line line;

	fill_frame("auth messi", 10);
	ck_assert_int_eq(next_line(&line), FRAME_WAIT);
	shutdown(peer, SHUT_WR);
	ck_assert_int_eq(frame_fill(&frame), FRAME_EOF);
	ck_assert_int_eq(next_line(&line), FRAME_WAIT);
	ck_assert(!frame_pending(&frame));
}
END_TEST

START_TEST(test_pipelined_lines_need_one_read)
{
	struct frame_line line;

	fill_frame("a\r\nb\r\nc", 7);
	ck_assert(frame_pending(&frame));
	ck_assert_int_eq(next_line(&line), FRAME_LINE);
	ck_assert(frame_pending(&frame));
	ck_assert_int_eq(next_line(&line), FRAME_LINE);
	ck_assert_int_eq(line.data[0], 'b');
	ck_assert(frame_pending(&frame));
	ck_assert_int_eq(next_line(&line), FRAME_WAIT);
	ck_assert(!frame_pending(&frame));
}
END_TEST

/* Whether another line is here is told without taking it, and without the end of its line end. */
START_TEST(test_another_line_is_here)
{
	struct frame_line line;

	fill_frame("a\r\nb\r\nc\r", 8);
	ck_assert_int_eq(next_line(&line), FRAME_LINE);
	ck_assert(frame_has_line(&frame));
	ck_assert(frame_has_line(&frame));
	ck_assert_int_eq(line.data[0], 'a');
	ck_assert_int_eq(next_line(&line), FRAME_LINE);
	ck_assert(!frame_has_line(&frame));
	ck_assert_int_eq(line.data[0], 'b');
	fill_frame("\n", 1);
	ck_assert(frame_has_line(&frame));
	ck_assert_int_eq(next_line(&line), FRAME_LINE);
	ck_assert(line.len == 1 && line.data[0] == 'c');
	ck_assert(!frame_has_line(&frame));
	ck_assert_int_eq(next_line(&line), FRAME_WAIT);
}
END_TEST

START_TEST(test_many_pipelined_lines)
{
	size_t len = sizeof(body) / 3 / 11 * 11;

	for (size_t i = 0; i < len; i += 11)
		memcpy(body + i, "123456789\r\n", 11);
	pass_lines(body, len, 60000, GROW);
	ck_assert_uint_eq(got_len, len / 11 * 10);
	for (size_t i = 0; i < got_len; i += 10)
		ck_assert_mem_eq(got + i, "123456789|", 10);
}
END_TEST

START_TEST(test_line_outlives_fill)
{
	struct frame_line line;

	fill_frame("first\r\nsec", 10);
	ck_assert_int_eq(next_line(&line), FRAME_LINE);
	fill_frame("ond\r\n", 5);
	ck_assert_uint_eq(line.len, 5);
	ck_assert_mem_eq(line.data, "first", 5);
	ck_assert_int_eq(next_line(&line), FRAME_LINE);
	ck_assert_mem_eq(line.data, "second", 6);
}
END_TEST

START_TEST(test_fill_results)
{
	struct frame_line line;

	ck_assert_int_eq(frame_fill(&frame), FRAME_BLOCKED);
	memset(body, 'x', FRAME_BUFFER);
	fill_frame(body, FRAME_BUFFER);
	ck_assert_int_eq(frame_fill(&frame), FRAME_FULL);
	ck_assert_int_eq(next_line(&line), FRAME_HEAD);
	ck_assert_int_eq(frame_fill(&frame), FRAME_FULL);
}
END_TEST

START_TEST(test_fill_error)
{
	int fd = frame.stream.in_fd;

	frame.stream.in_fd = -1;
	ck_assert_int_eq(frame_fill(&frame), FRAME_ERROR);
	ck_assert_int_eq(errno, EBADF);
	frame.stream.in_fd = fd;
}
END_TEST

START_TEST(test_longest_line_in_the_buffer)
{
	struct frame_line line;

	memset(body, 'x', FRAME_BUFFER);
	body[FRAME_BUFFER - 2] = '\r';
	body[FRAME_BUFFER - 1] = '\n';
	fill_frame(body, FRAME_BUFFER);
	ck_assert_int_eq(next_line(&line), FRAME_LINE);
	ck_assert_uint_eq(line.len, FRAME_BUFFER - 2);
	ck_assert_int_eq(next_line(&line), FRAME_WAIT);
}
END_TEST

START_TEST(test_head_stands_until_decided)
{
	struct frame_line line;

	memset(body, 'x', FRAME_BUFFER);
	fill_frame(body, FRAME_BUFFER);
	ck_assert_int_eq(next_line(&line), FRAME_HEAD);
	ck_assert_int_eq(next_line(&line), FRAME_HEAD);
	ck_assert_uint_eq(line.len, FRAME_BUFFER);
	ck_assert_mem_eq(line.data, body, FRAME_BUFFER);
	ck_assert(frame_pending(&frame));
	ck_assert_int_eq(frame_grow(&frame), 0);
	ck_assert(!frame_pending(&frame));
	ck_assert_int_eq(next_line(&line), FRAME_WAIT);
}
END_TEST

START_TEST(test_head_after_other_lines)
{
	struct frame_line line;

	memset(body, 'x', FRAME_BUFFER);
	fill_frame("a\r\nxxxx", 7);
	ck_assert_int_eq(next_line(&line), FRAME_LINE);
	ck_assert_int_eq(next_line(&line), FRAME_WAIT);
	fill_frame(body, FRAME_BUFFER - 4);
	ck_assert_int_eq(next_line(&line), FRAME_HEAD);
	ck_assert_mem_eq(line.data, body, FRAME_BUFFER);
}
END_TEST

/* Bytes that were searched change: a search that looks at them again finds what they say now. */
START_TEST(test_first_line_is_searched_once)
{
	struct line_end_search search = { .searched = 0 };
	char line[] = "ab\ncd\nef\r\n";

	ck_assert(!line_end_search(&search, line, 4));
	ck_assert_uint_eq(search.bare, 3);
	memcpy(line, "\r\nx", 3);
	ck_assert(!line_end_search(&search, line, 6));
	ck_assert_uint_eq(search.bare, 3);
	ck_assert(!line_end_search(&search, line, 9));
	ck_assert(line_end_search(&search, line, 10));
}
END_TEST

START_TEST(test_lines_that_hold_no_line_feed)
{
	struct frame_line line;
	size_t unread;

	frame_set_lines(&frame, 2 * FRAME_LINE_MAX);
	ck_assert_int_eq(frame_grow(&frame), 0);
	memset(body, 'x', BODY_SIZE);
	memcpy(body, "a\nb\r\n", 5);
	body[5 + 2 * FRAME_LINE_MAX] = '\n';
	fill_frame(body, 5 + 2 * FRAME_LINE_MAX + 1);
	(void)frame_here(&frame, &unread);
	ck_assert_uint_eq(unread, 5 + 2 * FRAME_LINE_MAX + 1);
	ck_assert_int_eq(next_line(&line), FRAME_LINE);
	ck_assert_uint_eq(line.len, 1);
	ck_assert_int_eq(next_line(&line), FRAME_LINE);
	ck_assert_uint_eq(line.len, 1);
	ck_assert_int_eq(next_line(&line), FRAME_HEAD);
	ck_assert_int_eq(frame_grow(&frame), 0);
	ck_assert_int_eq(next_line(&line), FRAME_LINE);
	ck_assert_uint_eq(line.len, 2 * FRAME_LINE_MAX);
	ck_assert_int_eq(next_line(&line), FRAME_WAIT);
	ck_assert_ptr_null(frame.in.grown);
}
END_TEST

/* A line of `len` bytes with this end, a short one behind it. */
static size_t
make_long_line(size_t len, const char *end)
{
	memset(body, 'x', len);
	memcpy(body + len, end, strlen(end));
	memcpy(body + len + strlen(end), "next", 4);
	memcpy(body + len + strlen(end) + 4, end, strlen(end));
	return len + 2 * strlen(end) + 4;
}

static const size_t steps[] = { 1, 1000, FRAME_BUFFER - 1, FRAME_BUFFER, FRAME_LINE_MAX, 100000 };
static const char *const ends[] = { "\n", "\r\n" };
static const size_t lengths[] = { FRAME_BUFFER - 2, FRAME_BUFFER - 1, FRAME_BUFFER,
	FRAME_BUFFER + 1, FRAME_LINE_MAX - 1, FRAME_LINE_MAX };

#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))

START_TEST(test_grown_line)
{
	for (int l = 0; l < COUNT(lengths); l++) {
		for (int e = 0; e < COUNT(ends); e++) {
			size_t len = lengths[l];

			reconnect();
			pass_lines(body, make_long_line(len, ends[e]), steps[_i], GROW);
			ck_assert_uint_eq(got_len, len + 6);
			ck_assert_mem_eq(got, body, len);
			ck_assert_mem_eq(got + len, "|next|", 6);
			ck_assert_ptr_null(frame.in.grown);
		}
	}
}
END_TEST

START_TEST(test_too_long_line)
{
	static const size_t excess[] = { 1, 2, 3, FRAME_BUFFER, FRAME_LINE_MAX };

	for (int x = 0; x < COUNT(excess); x++) {
		for (int e = 0; e < COUNT(ends); e++) {
			reconnect();
			pass_lines(body, make_long_line(FRAME_LINE_MAX + excess[x], ends[e]),
			    steps[_i], GROW);
			assert_got("!next|", 6);
			ck_assert_ptr_null(frame.in.grown);
		}
	}
}
END_TEST

START_TEST(test_long_lines_in_a_row)
{
	size_t len = 0;

	while (len + 30000 < sizeof(body) / 2) {
		memset(body + len, 'y', 30000);
		len += 30000;
		body[len - 1] = '\n';
	}
	pass_lines(body, len, steps[_i], GROW);
	for (size_t i = 0; i < len; i++)
		ck_assert_int_eq(got[i], body[i] == '\n' ? '|' : 'y');
	ck_assert_ptr_null(frame.in.grown);
}
END_TEST

START_TEST(test_streamed_line)
{
	make_body();
	for (int e = 0; e < COUNT(ends); e++) {
		size_t end_len = strlen(ends[e]);
		size_t len = sizeof(body) / 2;
		size_t body_len = len - 4 - 2 * end_len;

		reconnect();
		body[body_len - 1] = 'z'; /* a CR here would be part of the end */
		memcpy(body + body_len, ends[e], end_len);
		memcpy(body + body_len + end_len, "next", 4);
		memcpy(body + len - end_len, ends[e], end_len);
		pass_lines(body, len, steps[_i], STREAM);
		ck_assert_uint_eq(got_len, body_len + 6);
		ck_assert_mem_eq(got, body, body_len);
		ck_assert_mem_eq(got + body_len, "|next|", 6);
	}
}
END_TEST

START_TEST(test_stream_skips_what_was_consumed)
{
	struct frame_line line;
	const char *data;
	size_t len;
	bool last;

	memset(body, 'x', FRAME_BUFFER);
	memcpy(body, "send_file ", 10);
	fill_frame(body, FRAME_BUFFER);
	ck_assert_int_eq(next_line(&line), FRAME_HEAD);
	frame_stream(&frame, 10);
	ck_assert(frame_pending(&frame));
	ck_assert(frame_chunk(&frame, &data, &len, &last));
	ck_assert(!last);
	ck_assert_uint_eq(len, FRAME_BUFFER - 10);
	ck_assert(!frame_pending(&frame));
	ck_assert(!frame_chunk(&frame, &data, &len, &last));
	fill_frame("\r\nnext\r\n", 8);
	ck_assert(frame_chunk(&frame, &data, &len, &last));
	ck_assert(last);
	ck_assert_uint_eq(len, 0);
	ck_assert_int_eq(next_line(&line), FRAME_LINE);
	ck_assert_mem_eq(line.data, "next", 4);
}
END_TEST

START_TEST(test_stream_of_the_whole_head_consumed)
{
	struct frame_line line;
	const char *data;
	size_t len;
	bool last;

	memset(body, 'x', FRAME_BUFFER);
	fill_frame(body, FRAME_BUFFER);
	ck_assert_int_eq(next_line(&line), FRAME_HEAD);
	frame_stream(&frame, FRAME_BUFFER);
	ck_assert(!frame_chunk(&frame, &data, &len, &last));
	fill_frame("tail\n", 5);
	ck_assert(frame_chunk(&frame, &data, &len, &last));
	ck_assert(last);
	ck_assert_uint_eq(len, 4);
}
END_TEST

/* A CR that may begin the line end waits, and must come out when no LF follows. */
START_TEST(test_stream_holds_a_last_cr_back)
{
	struct frame_line line;
	const char *data;
	size_t len;
	bool last;

	memset(body, 'x', FRAME_BUFFER);
	body[FRAME_BUFFER - 1] = '\r';
	fill_frame(body, FRAME_BUFFER);
	ck_assert_int_eq(next_line(&line), FRAME_HEAD);
	frame_stream(&frame, 0);
	ck_assert(frame_chunk(&frame, &data, &len, &last));
	ck_assert_uint_eq(len, FRAME_BUFFER - 1);
	ck_assert(!frame_chunk(&frame, &data, &len, &last));
	ck_assert(!frame_pending(&frame));
	fill_frame("\r", 1);
	ck_assert(frame_chunk(&frame, &data, &len, &last));
	ck_assert_uint_eq(len, 1);
	ck_assert_int_eq(data[0], '\r');
	ck_assert(!frame_chunk(&frame, &data, &len, &last));
	fill_frame("\n", 1);
	ck_assert(frame_chunk(&frame, &data, &len, &last));
	ck_assert(last);
	ck_assert_uint_eq(len, 0);
}
END_TEST

START_TEST(test_discarded_line)
{
	size_t len = make_long_line(sizeof(body) / 2, "\r\n");

	pass_lines(body, len, steps[_i], DISCARD);
	assert_got("next|", 5);
	ck_assert_ptr_null(frame.in.grown);
}
END_TEST

START_TEST(test_discard_amid_a_stream)
{
	struct frame_line line;
	const char *data;
	size_t len;
	bool last;

	memset(body, 'x', FRAME_BUFFER);
	fill_frame(body, FRAME_BUFFER);
	ck_assert_int_eq(next_line(&line), FRAME_HEAD);
	frame_stream(&frame, 0);
	ck_assert(frame_chunk(&frame, &data, &len, &last));
	frame_discard(&frame);
	ck_assert_int_eq(next_line(&line), FRAME_WAIT);
	fill_frame("rest\r\nnext\r\n", 12);
	ck_assert_int_eq(next_line(&line), FRAME_LINE);
	ck_assert_uint_eq(line.len, 4);
	ck_assert_mem_eq(line.data, "next", 4);
}
END_TEST

/* Reads what the peer has, up to `len` bytes, waiting for them. */
static void
assert_received(const char *expected, size_t len)
{
	static char buffer[BODY_SIZE];
	struct pollfd pfd = { .fd = peer, .events = POLLIN };
	size_t have = 0;

	while (have < len) {
		ssize_t n;

		ck_assert_int_eq(wait_really(&pfd, 1, PATIENCE_MS), 1);
		n = read(peer, buffer + have, len - have);
		ck_assert_int_gt(n, 0);
		have += (size_t)n;
	}
	ck_assert_mem_eq(buffer, expected, len);
}

static void
assert_nothing_received(void)
{
	char byte;

	ck_assert_int_eq(read(peer, &byte, 1), -1);
	ck_assert_int_eq(errno, EAGAIN);
}

START_TEST(test_output_is_buffered)
{
	ck_assert_int_eq(frame_write(&frame, "{}", 2), 0);
	ck_assert_int_eq(frame_end_reply(&frame), 0);
	assert_nothing_received();
	ck_assert_int_eq(frame_flush(&frame), 0);
	assert_received("{}\r\n\r\n", 6);
	ck_assert_int_eq(frame_flush(&frame), 0);
	assert_nothing_received();
	ck_assert(!frame_failed(&frame));
}
END_TEST

START_TEST(test_full_buffer_goes_out)
{
	make_body();
	ck_assert_int_eq(frame_sink(&frame, body, FRAME_BUFFER - 1), 0);
	assert_nothing_received();
	ck_assert_int_eq(frame_sink(&frame, body + FRAME_BUFFER - 1, 2), 0);
	assert_received(body, FRAME_BUFFER);
	assert_nothing_received();
	ck_assert_int_eq(frame_flush(&frame), 0);
	assert_received(body + FRAME_BUFFER, 1);
}
END_TEST

START_TEST(test_writes_of_any_size)
{
	size_t sizes[] = { 1, 10, FRAME_BUFFER - 1, FRAME_BUFFER, FRAME_BUFFER + 1, 20000 };

	make_body();
	for (int a = 0; a < COUNT(sizes); a++) {
		for (int b = 0; b < COUNT(sizes); b++) {
			ck_assert_int_eq(frame_write(&frame, body, sizes[a]), 0);
			ck_assert_int_eq(frame_write(&frame, body + sizes[a], sizes[b]), 0);
			ck_assert_int_eq(frame_write(&frame, NULL, 0), 0);
			ck_assert_int_eq(frame_flush(&frame), 0);
			assert_received(body, sizes[a] + sizes[b]);
			assert_nothing_received();
		}
	}
}
END_TEST

static void
shrink_buffers(void)
{
	int size = 4096;

	ck_assert_int_eq(setsockopt(frame.stream.out_fd, SOL_SOCKET, SO_SNDBUF, &size,
	                     sizeof(size)),
	    0);
	ck_assert_int_eq(setsockopt(peer, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)), 0);
}

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Never takes as long as the limit, but several times that in all. */
START_TEST(test_slow_reader_gets_all)
{
	make_body();
	shrink_buffers();
	peer_reads = true;
	ck_assert_int_eq(frame_write(&frame, body, 100), 0);
	ck_assert_int_eq(frame_write(&frame, body + 100, BODY_SIZE - 200), 0);
	ck_assert_int_eq(frame_write(&frame, body + BODY_SIZE - 100, 100), 0);
	ck_assert_int_eq(frame_flush(&frame), 0);
	read_peer();
	assert_got(body, BODY_SIZE);
	ck_assert_int_gt(passed_ms, 2 * WRITE_TIMEOUT_MS);
}
END_TEST

START_TEST(test_peer_that_never_reads)
{
	shrink_buffers();
	ck_assert_int_eq(frame_write(&frame, body, BODY_SIZE), -1);
	ck_assert_int_eq(errno, ETIMEDOUT);
	/* But for what the test itself took. */
	ck_assert_int_gt(passed_ms, WRITE_TIMEOUT_MS / 2);
	ck_assert_int_le(passed_ms, WRITE_TIMEOUT_MS);
	ck_assert(frame_failed(&frame));
}
END_TEST

/* Class: slow reader. The peer takes a few hundred bytes a second, always before the time limit. */
START_TEST(test_reader_below_the_rate)
{
	make_body();
	shrink_buffers();
	peer_reads = true;
	frame.stream.patience.rate = 64 * 1024;
	ck_assert_int_eq(frame_write(&frame, body, BODY_SIZE), -1);
	ck_assert_int_eq(errno, ETIMEDOUT);
	ck_assert_int_ge(passed_ms, WRITE_TIMEOUT_MS);
	ck_assert_int_le(passed_ms, 2 * WRITE_TIMEOUT_MS);
}
END_TEST

START_TEST(test_reader_above_the_rate)
{
	make_body();
	shrink_buffers();
	peer_reads = true;
	frame.stream.patience.rate = 10;
	ck_assert_int_eq(frame_write(&frame, body, BODY_SIZE), 0);
	ck_assert_int_gt(passed_ms, 2 * WRITE_TIMEOUT_MS);
}
END_TEST

/* However fast it reads, the end is the end. */
START_TEST(test_writes_have_an_end)
{
	make_body();
	shrink_buffers();
	peer_reads = true;
	frame.stream.patience.due_ms = now_ms() + WRITE_TIMEOUT_MS / 10;
	ck_assert_int_eq(frame_write(&frame, body, BODY_SIZE), -1);
	ck_assert_int_eq(errno, ETIMEDOUT);
	ck_assert_int_lt(passed_ms, WRITE_TIMEOUT_MS / 2);
}
END_TEST

START_TEST(test_failure_is_sticky)
{
	shrink_buffers();
	ck_assert_int_eq(frame_write(&frame, body, BODY_SIZE), -1);
	while (read(peer, got, sizeof(got)) > 0)
		continue;
	errno = 0;
	ck_assert_int_eq(frame_write(&frame, "x", 1), -1);
	ck_assert_int_eq(errno, ETIMEDOUT);
	ck_assert_int_eq(frame_end_reply(&frame), -1);
	ck_assert_int_eq(frame_flush(&frame), -1);
	ck_assert(!frame_delivered(&frame));
	assert_nothing_received();
}
END_TEST

START_TEST(test_peer_gone_raises_no_signal)
{
	close(peer);
	ck_assert_int_eq(frame_write(&frame, "x", 1), 0);
	ck_assert_int_eq(frame_flush(&frame), -1);
	ck_assert_int_eq(errno, EPIPE);
	ck_assert(frame_failed(&frame));
	peer = dup(frame.stream.in_fd);
}
END_TEST

START_TEST(test_pair_of_pipes)
{
	struct frame pipes;
	struct frame_line line;
	int in[2], out[2];
	char reply[6];

	ck_assert_int_eq(pipe(in), 0);
	ck_assert_int_eq(pipe(out), 0);
	frame_init(&pipes, in[0], out[1], WRITE_TIMEOUT_MS);
	ck_assert_int_eq(frame_fill(&pipes), FRAME_BLOCKED);
	ck_assert_int_eq(write(in[1], "halo\r\n", 6), 6);
	ck_assert_int_eq(frame_fill(&pipes), FRAME_GOT);
	ck_assert_int_eq(frame_next(&pipes, &line), FRAME_LINE);
	ck_assert_uint_eq(line.len, 4);
	ck_assert_int_eq(frame_write(&pipes, "{}", 2), 0);
	ck_assert_int_eq(frame_end_reply(&pipes), 0);
	ck_assert_int_eq(frame_flush(&pipes), 0);
	ck_assert_int_eq(read(out[0], reply, sizeof(reply)), 6);
	ck_assert(!frame_delivered(&pipes));
	close(in[1]);
	ck_assert_int_eq(frame_fill(&pipes), FRAME_EOF);
	frame_free(&pipes);
}
END_TEST

START_TEST(test_pipe_that_nobody_reads)
{
	struct frame pipes;
	int out[2];

	ck_assert_int_eq(pipe(out), 0);
	frame_init(&pipes, frame.stream.in_fd, out[1], WRITE_TIMEOUT_MS);
	ck_assert_int_eq(frame_write(&pipes, body, BODY_SIZE), -1);
	ck_assert_int_eq(errno, ETIMEDOUT);
	frame_free(&pipes);
}
END_TEST

START_TEST(test_pipe_whose_reader_is_gone)
{
	struct frame pipes;
	int out[2];

	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(pipe(out), 0);
	close(out[0]);
	frame_init(&pipes, frame.stream.in_fd, out[1], WRITE_TIMEOUT_MS);
	ck_assert_int_eq(frame_write(&pipes, body, BODY_SIZE), -1);
	ck_assert_int_eq(errno, EPIPE);
	frame_free(&pipes);
}
END_TEST

/* Replaces the pair by a TCP connection: only TCP acknowledges. */
static void
connect_by_tcp(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int fd;

	teardown();
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, len), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &len), 0);
	peer = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(peer, (struct sockaddr *)&address, len), 0);
	ck_assert_int_ge(fcntl(peer, F_SETFL, O_NONBLOCK), 0);
	fd = accept(listener, NULL, NULL);
	ck_assert_int_ge(fd, 0);
	close(listener);
	frame_init(&frame, fd, fd, WRITE_TIMEOUT_MS);
}

static void
write_reply(void)
{
	ck_assert_int_eq(frame_write(&frame, "{}", 2), 0);
	ck_assert_int_eq(frame_end_reply(&frame), 0);
	ck_assert_int_eq(frame_flush(&frame), 0);
}

static bool
soon_delivered(void)
{
	int64_t deadline = now_ms() + PATIENCE_MS;

	while (!frame_delivered(&frame) && now_ms() < deadline)
		wait_really(NULL, 0, 1);
	return frame_delivered(&frame);
}

START_TEST(test_delivered_once_acknowledged)
{
	connect_by_tcp();
	ck_assert(frame_delivered(&frame));
	ck_assert_int_eq(frame_write(&frame, "x", 1), 0);
	ck_assert(!frame_delivered(&frame));
	ck_assert_int_eq(frame_flush(&frame), 0);
	ck_assert(soon_delivered());
}
END_TEST

START_TEST(test_delivered_to_a_peer_that_read_and_closed)
{
	connect_by_tcp();
	write_reply();
	assert_received("{}\r\n\r\n", 6);
	close(peer);
	ck_assert(soon_delivered());
	ck_assert_int_eq(frame_fill(&frame), FRAME_EOF);
	ck_assert(frame_delivered(&frame));
	peer = dup(frame.stream.in_fd);
}
END_TEST

START_TEST(test_not_delivered_while_the_peer_lags)
{
	connect_by_tcp();
	shrink_buffers();
	while (frame_write(&frame, body, BODY_SIZE) == 0)
		continue;
	frame.out.error = 0; /* as if it had only been slow */
	ck_assert(!frame_delivered(&frame));
}
END_TEST

/* A reset: by linger, or by closing with the reply unread. */
START_TEST(test_not_delivered_after_a_reset)
{
	struct linger linger = { .l_onoff = _i == 0 };
	struct pollfd pfd = { .fd = -1, .events = POLLIN };

	connect_by_tcp();
	write_reply();
	ck_assert(soon_delivered());
	ck_assert_int_eq(setsockopt(peer, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), 0);
	close(peer);
	pfd.fd = frame.stream.in_fd;
	ck_assert_int_eq(wait_really(&pfd, 1, PATIENCE_MS), 1);
	ck_assert(!frame_delivered(&frame));
	ck_assert(!frame_delivered(&frame));
	ck_assert_int_eq(frame_fill(&frame), FRAME_ERROR);
	ck_assert_int_eq(errno, ECONNRESET);
	ck_assert(!frame_delivered(&frame));
	peer = dup(frame.stream.in_fd);
}
END_TEST

/* The lines as they are cut and gathered. */
static TCase *
input_tests(void)
{
	TCase *tcase = tcase_create("input");

	tcase_add_test(tcase, test_rest);
	tcase_add_test(tcase, test_every_split);
	tcase_add_test(tcase, test_byte_by_byte);
	tcase_add_test(tcase, test_every_split_of_bare_line_feeds);
	tcase_add_test(tcase, test_first_line_with_a_line_feed);
	tcase_add_loop_test(tcase, test_first_line_of_several_reads, 0, 4);
	tcase_add_loop_test(tcase, test_first_line_with_a_line_feed_streamed, 0, 5);
	tcase_add_test(tcase, test_end_amid_the_second_line);
	tcase_add_test(tcase, test_many_bare_line_feeds);
	tcase_add_test(tcase, test_unfinished_line_waits_and_is_dropped);
	tcase_add_test(tcase, test_pipelined_lines_need_one_read);
	tcase_add_test(tcase, test_another_line_is_here);
	tcase_add_test(tcase, test_many_pipelined_lines);
	tcase_add_test(tcase, test_line_outlives_fill);
	tcase_add_test(tcase, test_fill_results);
	tcase_add_test(tcase, test_fill_error);
	tcase_add_test(tcase, test_longest_line_in_the_buffer);
	tcase_add_test(tcase, test_head_stands_until_decided);
	tcase_add_test(tcase, test_head_after_other_lines);
	tcase_add_test(tcase, test_first_line_is_searched_once);
	tcase_add_test(tcase, test_lines_that_hold_no_line_feed);
	tcase_add_loop_test(tcase, test_grown_line, 0, COUNT(steps));
	tcase_add_loop_test(tcase, test_too_long_line, 0, COUNT(steps));
	tcase_add_loop_test(tcase, test_long_lines_in_a_row, 0, COUNT(steps));
	tcase_add_loop_test(tcase, test_streamed_line, 0, COUNT(steps));
	tcase_add_test(tcase, test_stream_skips_what_was_consumed);
	tcase_add_test(tcase, test_stream_of_the_whole_head_consumed);
	tcase_add_test(tcase, test_stream_holds_a_last_cr_back);
	tcase_add_loop_test(tcase, test_discarded_line, 0, COUNT(steps));
	tcase_add_test(tcase, test_discard_amid_a_stream);
	return tcase;
}

static TCase *
output_tests(void)
{
	TCase *tcase = tcase_create("output");

	tcase_add_test(tcase, test_output_is_buffered);
	tcase_add_test(tcase, test_full_buffer_goes_out);
	tcase_add_test(tcase, test_writes_of_any_size);
	tcase_add_test(tcase, test_slow_reader_gets_all);
	tcase_add_test(tcase, test_peer_that_never_reads);
	tcase_add_test(tcase, test_reader_below_the_rate);
	tcase_add_test(tcase, test_reader_above_the_rate);
	tcase_add_test(tcase, test_writes_have_an_end);
	tcase_add_test(tcase, test_failure_is_sticky);
	tcase_add_test(tcase, test_peer_gone_raises_no_signal);
	tcase_add_test(tcase, test_pair_of_pipes);
	tcase_add_test(tcase, test_pipe_that_nobody_reads);
	tcase_add_test(tcase, test_pipe_whose_reader_is_gone);
	tcase_add_test(tcase, test_delivered_once_acknowledged);
	tcase_add_test(tcase, test_delivered_to_a_peer_that_read_and_closed);
	tcase_add_test(tcase, test_not_delivered_while_the_peer_lags);
	tcase_add_loop_test(tcase, test_not_delivered_after_a_reset, 0, 2);
	return tcase;
}

int
main(void)
{
	Suite *suite = suite_create("frame");
	TCase *tcases[] = { input_tests(), output_tests() };

	for (int i = 0; i < COUNT(tcases); i++) {
		tcase_add_checked_fixture(tcases[i], setup, teardown);
		tcase_set_timeout(tcases[i], 60);
		suite_add_tcase(suite, tcases[i]);
	}
	return suite_run(suite);
}
