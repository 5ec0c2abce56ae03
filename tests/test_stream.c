/*
 * A stream, plain and in TLS: the errnos that its users know from read() and write(), what a
 * frame over it knows of arrival, and who is let in among realms.
 */
#include <sys/socket.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <tls.h>
#include <unistd.h>

#include "net/frame.h"
#include "net/realm_key.h"
#include "net/stream.h"
#include "peering/tls.h"
#include "suite.h"
#include "tls_fixture.h"

#define BIG           1000003
#define WRITE_WAIT_MS 100

static struct tls_link link_;
static char big[BIG], got[BIG];

static void
setup(void)
{
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < BIG; i++)
		big[i] = (char)(i % 251);
}

/*
 * Plain
 */

START_TEST(test_plain)
{
	struct stream near, far;
	int pair[2];
	char text[8];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	stream_init(&near, pair[0], pair[0]);
	stream_init(&far, pair[1], pair[1]);
	ck_assert_int_ne(fcntl(pair[0], F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_eq(stream_handshake(&near), 0);
	ck_assert_int_eq(stream_read(&far, text, sizeof(text)), -1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_eq(stream_read_events(&far), POLLIN);
	ck_assert_int_eq(stream_write_events(&far), POLLOUT);
	ck_assert_int_eq(stream_write(&near, "halo", 4), 4);
	ck_assert_int_eq(stream_read(&far, text, sizeof(text)), 4);
	ck_assert_mem_eq(text, "halo", 4);
	ck_assert(!stream_pending(&far));
	ck_assert_ptr_null(stream_peer_fingerprint(&far));
	ck_assert_ptr_null(stream_error(&far));
	stream_free(&near);
	ck_assert_int_eq(stream_write(&near, "x", 1), 1);
	close(pair[0]);
	ck_assert_int_eq(stream_read(&far, text, sizeof(text)), 1);
	ck_assert_int_eq(stream_read(&far, text, sizeof(text)), 0);
	signal(SIGPIPE, SIG_DFL);
	ck_assert_int_eq(stream_write(&far, "x", 1), -1);
	ck_assert_int_eq(errno, EPIPE);
	close(pair[1]);
}
END_TEST

START_TEST(test_plain_pipes)
{
	struct stream stream;
	int ends[2];
	char text[8];

	ck_assert_int_eq(pipe(ends), 0);
	stream_init(&stream, ends[0], ends[1]);
	ck_assert_int_eq(stream_write(&stream, "halo", 4), 4);
	ck_assert_int_eq(stream_read(&stream, text, sizeof(text)), 4);
	while (stream_write(&stream, big, BIG) > 0)
		continue;
	ck_assert_int_eq(errno, EAGAIN);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

/*
 * TLS
 */

START_TEST(test_both_know_each_other)
{
	char surabaya[REALM_KEY_FINGERPRINT], malang[REALM_KEY_FINGERPRINT], error[512];

	tls_link_up(&link_, false);
	ck_assert_int_eq(realm_key_fingerprint(tls_fixture_surabaya, surabaya, error,
	                     sizeof(error)),
	    0);
	ck_assert_int_eq(realm_key_fingerprint(tls_fixture_malang, malang, error, sizeof(error)),
	    0);
	ck_assert_str_eq(stream_peer_fingerprint(&link_.surabaya), malang);
	ck_assert_str_eq(stream_peer_fingerprint(link_.malang), surabaya);
	ck_assert_int_eq(stream_handshake(&link_.surabaya), 0);
	ck_assert_int_eq(stream_handshake(link_.malang), 0);
	ck_assert_ptr_null(stream_error(link_.malang));
	tls_link_close(&link_);
}
END_TEST

/* By 1.2, where the dialling side hears of it at once, and by 1.3. */
START_TEST(test_nobody_without_a_key)
{
	static const uint32_t protocols[] = { TLS_PROTOCOL_TLSv1_2, TLS_PROTOCOL_TLSv1_3 };
	int surabaya, malang;

	tls_link_open(&link_, false);
	tls_config_free(link_.client);
	link_.client = tls_config_new();
	tls_config_insecure_noverifycert(link_.client);
	tls_config_insecure_noverifyname(link_.client);
	ck_assert_int_eq(tls_config_set_protocols(link_.client, protocols[_i]), 0);
	tls_link_shake(&link_, &surabaya, &malang);
	ck_assert_int_eq(malang, EPROTO);
	ck_assert_ptr_nonnull(strstr(stream_error(link_.malang), "certificate"));
	ck_assert_int_eq(surabaya, _i == 0 ? EPROTO : 0);
	ck_assert_int_eq(tls_fixture_next(&link_.surabaya), -1);
	ck_assert_int_eq(errno, EPROTO);
	tls_link_close(&link_);
}
END_TEST

START_TEST(test_nobody_with_old_tls)
{
	int surabaya, malang;

	tls_link_open(&link_, false);
	ck_assert_int_eq(tls_config_set_protocols(link_.client,
	                     TLS_PROTOCOL_TLSv1_0 | TLS_PROTOCOL_TLSv1_1),
	    0);
	tls_link_shake(&link_, &surabaya, &malang);
	ck_assert_int_eq(surabaya, EPROTO);
	ck_assert_int_eq(malang, EPROTO);
	tls_link_close(&link_);
}
END_TEST

START_TEST(test_no_handshake_with_noise)
{
	char error[512];

	tls_link_open(&link_, false);
	ck_assert_int_eq(stream_accept(link_.malang, link_.server, error, sizeof(error)), 0);
	ck_assert_int_eq(stream_handshake(link_.malang), -1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_ptr_null(stream_error(link_.malang));
	ck_assert_int_eq(write(link_.surabaya_fd, "auth messi surabaya\r\n", 21), 21);
	tls_fixture_await(link_.malang);
	ck_assert_int_eq(stream_handshake(link_.malang), -1);
	ck_assert_int_eq(errno, EPROTO);
	ck_assert_ptr_nonnull(stream_error(link_.malang));
	ck_assert_int_eq(stream_handshake(link_.malang), -1);
	ck_assert_int_eq(errno, EPROTO);
	ck_assert_int_eq(stream_read(link_.malang, error, 1), -1);
	ck_assert_int_eq(errno, EPROTO);
	ck_assert_int_eq(stream_write(link_.malang, "x", 1), -1);
	ck_assert_int_eq(errno, EPROTO);
	tls_link_close(&link_);
}
END_TEST

/* TLS has read the whole record: poll() would wait for ever. */
START_TEST(test_rest_of_a_record)
{
	char text[8];

	tls_link_up(&link_, false);
	tls_fixture_write(&link_.surabaya, "halo sam", 8);
	tls_fixture_read(link_.malang, text, 3);
	ck_assert(stream_pending(link_.malang));
	ck_assert_int_eq(stream_read(link_.malang, text, sizeof(text)), 5);
	ck_assert_mem_eq(text, "o sam", 5);
	ck_assert_int_eq(stream_read(link_.malang, text, sizeof(text)), -1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert(!stream_pending(link_.malang));
	tls_link_close(&link_);
}
END_TEST

/* More than the kernels take, from a buffer that moves. */
START_TEST(test_writes_that_wait)
{
	size_t sent = 0, come = 0;
	bool waited = false;

	tls_link_up(&link_, true);
	ck_assert_int_eq(stream_write(&link_.surabaya, big, 0), 0);
	while (come < BIG) {
		char *copy = malloc(BIG - sent + 1);
		ssize_t n;

		ck_assert_ptr_nonnull(copy);
		memcpy(copy, big + sent, BIG - sent);
		n = sent < BIG ? stream_write(&link_.surabaya, copy, BIG - sent) : 0;
		ck_assert(n >= 0 || errno == EAGAIN);
		waited = waited || n < 0;
		sent += n > 0 ? (size_t)n : 0;
		free(copy);
		n = stream_read(link_.malang, got + come, BIG - come);
		ck_assert(n > 0 || (n < 0 && errno == EAGAIN));
		come += n > 0 ? (size_t)n : 0;
	}
	ck_assert(waited);
	ck_assert_mem_eq(got, big, BIG);
	tls_link_close(&link_);
}
END_TEST

/* Closes surabaya's side, without a goodbye; whoever leaves something unread resets the connection.
 */
static void
hang_up(void)
{
	struct pollfd pfd = { .fd = link_.surabaya_fd, .events = POLLIN };

	while (link_.surabaya.tls != NULL && poll(&pfd, 1, 0) == 1)
		ck_assert_int_ne(stream_read(&link_.surabaya, got, BIG), 0);
	link_.surabaya.broken = true;
	close(link_.surabaya_fd);
	link_.surabaya_fd = -1;
}

/* Goodbye (0), or without (1): both are the end. */
START_TEST(test_the_end)
{
	tls_link_up(&link_, false);
	tls_fixture_write(&link_.surabaya, "x", 1);
	if (_i == 0)
		ck_assert_int_eq(tls_close(link_.surabaya.tls), 0);
	hang_up();
	ck_assert_int_eq(tls_fixture_next(link_.malang), 1);
	ck_assert_int_eq(tls_fixture_next(link_.malang), 0);
	ck_assert_int_eq(tls_fixture_next(link_.malang), 0);
	tls_link_close(&link_);
}
END_TEST

/* The side that has said goodbye still hears. */
START_TEST(test_reply_after_goodbye)
{
	char text[4];

	tls_link_up(&link_, false);
	ck_assert_int_eq(tls_close(link_.surabaya.tls), 0);
	ck_assert_int_eq(tls_fixture_next(link_.malang), 0);
	tls_fixture_write(link_.malang, "halo", 4);
	tls_fixture_read(&link_.surabaya, text, 4);
	ck_assert_mem_eq(text, "halo", 4);
	tls_link_close(&link_);
}
END_TEST

START_TEST(test_reset)
{
	struct linger linger = { .l_onoff = 1 };

	tls_link_up(&link_, false);
	ck_assert_int_eq(setsockopt(link_.surabaya_fd, SOL_SOCKET, SO_LINGER, &linger,
	                     sizeof(linger)),
	    0);
	hang_up();
	ck_assert_int_eq(tls_fixture_next(link_.malang), -1);
	ck_assert_int_eq(errno, ECONNRESET);
	ck_assert_int_eq(tls_fixture_next(link_.malang), -1);
	ck_assert_int_eq(errno, ECONNRESET);
	tls_link_close(&link_);
}
END_TEST

/* An altered record is noticed. */
START_TEST(test_forged_record)
{
	static const char record[] = "\x17\x03\x03\x00\x20"
	                             "0123456789abcdef0123456789abcdef";

	tls_link_up(&link_, false);
	ck_assert_int_eq(write(link_.surabaya_fd, record, sizeof(record) - 1), sizeof(record) - 1);
	ck_assert_int_eq(tls_fixture_next(link_.malang), -1);
	ck_assert_int_eq(errno, EPROTO);
	tls_link_close(&link_);
}
END_TEST

/*
 * A frame in TLS: what it knows of arrival
 */

static struct frame frame;

/* malang's side in a frame. */
static void
frame_up(bool narrow)
{
	int surabaya, malang;

	tls_link_open(&link_, narrow);
	frame_init(&frame, link_.malang_fd, link_.malang_fd, WRITE_WAIT_MS);
	link_.malang = frame_carrier(&frame);
	tls_link_shake(&link_, &surabaya, &malang);
	ck_assert_int_eq(surabaya, 0);
	ck_assert_int_eq(malang, 0);
}

static void
frame_down(void)
{
	frame_free(&frame);
	tls_link_close(&link_);
}

static bool
soon_delivered(void)
{
	for (int i = 0; i < TLS_FIXTURE_PATIENCE_MS && !frame_delivered(&frame); i++)
		poll(NULL, 0, 1);
	return frame_delivered(&frame);
}

START_TEST(test_frame_delivered)
{
	char text[8];

	frame_up(false);
	ck_assert_int_eq(frame_write(&frame, "{}", 2), 0);
	ck_assert_int_eq(frame_end_reply(&frame), 0);
	ck_assert(!frame_delivered(&frame));
	ck_assert_int_eq(frame_flush(&frame), 0);
	ck_assert(soon_delivered());
	tls_fixture_read(&link_.surabaya, text, 6);
	ck_assert_mem_eq(text, "{}\r\n\r\n", 6);
	/* It read everything and went, without a goodbye: it has it. */
	hang_up();
	tls_fixture_await(frame_carrier(&frame));
	ck_assert_int_eq(frame_fill(&frame), FRAME_EOF);
	ck_assert(soon_delivered());
	frame_down();
}
END_TEST

START_TEST(test_frame_not_delivered)
{
	frame_up(true);
	while (frame_write(&frame, big, BIG) == 0)
		continue;
	ck_assert_int_eq(errno, ETIMEDOUT);
	frame.out.error = 0; /* as if it had only been slow */
	ck_assert(!frame_delivered(&frame));
	frame_down();
}
END_TEST

START_TEST(test_frame_not_delivered_after_a_reset)
{
	struct linger linger = { .l_onoff = 1 };

	frame_up(false);
	ck_assert_int_eq(frame_write(&frame, "{}", 2), 0);
	ck_assert_int_eq(frame_flush(&frame), 0);
	ck_assert(soon_delivered());
	ck_assert_int_eq(setsockopt(link_.surabaya_fd, SOL_SOCKET, SO_LINGER, &linger,
	                     sizeof(linger)),
	    0);
	hang_up();
	tls_fixture_await(frame_carrier(&frame));
	ck_assert(!frame_delivered(&frame));
	ck_assert_int_eq(frame_fill(&frame), FRAME_ERROR);
	ck_assert_int_eq(errno, ECONNRESET);
	ck_assert(!frame_delivered(&frame));
	frame_down();
}
END_TEST

/* Lines that came in one record are all found, though the frame has not the room for it. */
START_TEST(test_frame_lines_of_one_record)
{
	struct frame_line line;
	size_t lines = 0;

	frame_up(false);
	memset(big, 'x', 16000);
	for (size_t i = 98; i < 16000; i += 100)
		memcpy(big + i, "\r\n", 2);
	tls_fixture_write(&link_.surabaya, big, 16000);
	tls_fixture_await(frame_carrier(&frame));
	do {
		enum frame_filled filled = frame_fill(&frame);

		ck_assert(filled == FRAME_GOT || filled == FRAME_BLOCKED);
		while (frame_next(&frame, &line) == FRAME_LINE) {
			ck_assert_uint_eq(line.len, 98);
			lines++;
		}
	} while (stream_pending(frame_carrier(&frame)));
	ck_assert_uint_eq(lines, 160);
	frame_down();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("stream");
	TCase *tcase = tcase_create("stream");

	tcase_set_timeout(tcase, 120);
	tcase_add_unchecked_fixture(tcase, tls_fixture_make_keys, tls_fixture_remove_keys);
	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, test_plain);
	tcase_add_test(tcase, test_plain_pipes);
	tcase_add_test(tcase, test_both_know_each_other);
	tcase_add_loop_test(tcase, test_nobody_without_a_key, 0, 2);
	tcase_add_test(tcase, test_nobody_with_old_tls);
	tcase_add_test(tcase, test_no_handshake_with_noise);
	tcase_add_test(tcase, test_rest_of_a_record);
	tcase_add_test(tcase, test_writes_that_wait);
	tcase_add_loop_test(tcase, test_the_end, 0, 2);
	tcase_add_test(tcase, test_reply_after_goodbye);
	tcase_add_test(tcase, test_reset);
	tcase_add_test(tcase, test_forged_record);
	tcase_add_test(tcase, test_frame_delivered);
	tcase_add_test(tcase, test_frame_not_delivered);
	tcase_add_test(tcase, test_frame_not_delivered_after_a_reset);
	tcase_add_test(tcase, test_frame_lines_of_one_record);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
