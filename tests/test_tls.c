/*
 * Clients in TLS: every conversation goes as it does without, and whoever breaks off, talks plain
 * or never reads harms nobody else.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tls.h>
#include <unistd.h>

#include "realm_clock.h"
#include "room_script.h"
#include "tls_realm.h"

#define UNKNOWN    "{\"status\":\"ERROR\",\"message\":\"*Maaf, command tidak benar\"}\r\n\r\n"
#define LOGIN_MS   90000
#define PIPELINED  3000
#define FILE_BYTES 3000000

/*
 * Conversations
 */

START_TEST(conversation)
{
	tls_realm_start();
	tls_realm_speak('a', TLS_REALM);
	tls_realm_speak('b', TLS_REALM);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n"
	    "a> send henderson halo\n"
	    "a< OK Message sent\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:halo)]}\n"
	    "b> inbox\n"
	    "b< MESSAGES {}\n"
	    /* A plain client is in the same realm. */
	    "c> auth lineker surabaya\n"
	    "c< TOKEN l\n"
	    "c> send messi dari luar\n"
	    "c< OK Message sent\n"
	    "a> inbox\n"
	    "a< MESSAGES {'lineker':[(Gary Lineker>Lionel Messi:dari luar)]}\n"
	    "a> logout\n"
	    "a< OK Logout successful\n");
}
END_TEST

/* Pushed messages come without a request. */
START_TEST(pushes)
{
	tls_realm_start();
	tls_realm_speak('a', TLS_REALM);
	tls_realm_speak('r', TLS_ROOM);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "a> follow\n"
	    "a< OK Following\n"
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n"
	    "b> send messi satu\n"
	    "b< OK Message sent\n"
	    "a< {'status':'OK','event':'message','sender':'henderson','msg_from':'Jordan "
	    "Henderson',"
	    "'msg_to':'Lionel Messi','msg':'satu'}\n"
	    "b> send messi dua\n"
	    "b< OK Message sent\n"
	    "a< {'status':'OK','event':'message','sender':'henderson','msg_from':'Jordan "
	    "Henderson',"
	    "'msg_to':'Lionel Messi','msg':'dua'}\n");
	room_run(&talk,
	    "r> LOGIN lineker surabaya\n"
	    "r< LOGIN_OK Login berhasil: lineker\n"
	    "r< ROOM_LIST_OK\n"
	    "r< ONLINE_LIST_OK 'henderson','lineker','messi'\n"
	    "r> MAKE_ROOM bola\n"
	    "r< MAKE_ROOM_OK bola berhasil dibuat\n");
}
END_TEST

/* Many lines in few records, and many records for one line; replies come in order. */
START_TEST(pipelining)
{
	char *lines = malloc(PIPELINED * 32), *at = lines;

	ck_assert_ptr_nonnull(lines);
	tls_realm_start();
	tls_realm_speak('a', TLS_REALM);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	for (int i = 0; i < PIPELINED; i++)
		at += sprintf(at, "send messi %d\r\n", i);
	dialogue_say(&talk, 'a', lines, (size_t)(at - lines));
	for (int i = 0; i < PIPELINED; i++)
		dialogue_run(&talk, "a< OK Message sent\n");
	for (const char *c = "info henderson\r\n"; *c != '\0'; c++)
		dialogue_say(&talk, 'a', c, 1);
	dialogue_run(&talk, "a< INFO {$*}\n");
	free(lines);
}
END_TEST

/* Far more than the buffers hold, there and back; asked for by one who has said goodbye. */
START_TEST(big_replies)
{
	static const char word[] = "a2FiYXIg"; /* "kabar " */
	size_t len = FILE_BYTES / 6 * 8;
	char *line = malloc(len + 128), *at = line;
	const char *reply;

	ck_assert_ptr_nonnull(line);
	tls_realm_start();
	tls_realm_speak('a', TLS_FILES);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	at += sprintf(at, "send_file %s henderson besar.txt ", talk.tokens['m' - 'a']);
	for (size_t i = 0; i < len; i += 8, at += 8)
		memcpy(at, word, 8);
	memcpy(at, "\r\n", 2);
	dialogue_say(&talk, 'a', line, (size_t)(at + 2 - line));
	dialogue_run(&talk,
	    "a< OK File Sent\n"
	    "a> download_file $m henderson besar.txt\n"
	    "a finishes\n");
	reply = dialogue_hear(&talk, 'a', &len);
	ck_assert_uint_gt(len, FILE_BYTES / 6 * 8);
	ck_assert_ptr_nonnull(strstr(reply, "\"data\":\"a2FiYXIga2FiYXIg"));
	dialogue_run(&talk, "a hears the end\n");
	free(line);
}
END_TEST

/* The certificate is the realm's own; and a client who was given it may trust it. */
START_TEST(own_certificate)
{
	struct tls_config *config = tls_config_new();
	struct stream stream;
	char path[2 * REALM_PATH_MAX], error[512];
	int fd;

	tls_realm_start();
	tls_realm_open(&stream, TLS_REALM);
	ck_assert_str_eq(stream_peer_fingerprint(&stream), tls_realm_fingerprint(realm.state));
	tls_realm_close(&stream);
	snprintf(path, sizeof(path), "%s/realm.crt", realm.state);
	ck_assert_int_eq(tls_config_set_ca_file(config, path), 0);
	tls_config_insecure_noverifyname(config);
	fd = tls_realm_connect(TLS_REALM, false);
	stream_init(&stream, fd, fd);
	ck_assert_int_eq(stream_dial(&stream, config, error, sizeof(error)), 0);
	while (stream_handshake(&stream) != 0) {
		ck_assert_msg(errno == EAGAIN, "%s", stream_error(&stream));
		tls_fixture_await(&stream);
	}
	tls_realm_close(&stream);
	tls_config_free(config);
}
END_TEST

/*
 * Those who do otherwise
 */

static void
expect_service(void)
{
	tls_realm_speak('z', TLS_REALM);
	dialogue_run(&talk,
	    "z> auth lineker surabaya\n"
	    "z< TOKEN z\n"
	    "z closes\n");
	for (char digit = '1'; digit <= '9'; digit++) {
		char failed[] = "ended with status ?";

		failed[sizeof(failed) - 2] = digit;
		ck_assert_msg(!realm_logged(&realm, failed), "a worker %s", failed);
	}
	ck_assert(!realm_logged(&realm, "died"));
}

START_TEST(plain_client)
{
	static const char line[] = "auth messi surabaya\r\n";
	int fd;

	tls_realm_start();
	fd = tls_realm_connect(TLS_REALM, false);
	ck_assert_int_eq(write(fd, line, sizeof(line) - 1), sizeof(line) - 1);
	realm_hear_end(fd);
	realm_await_log(&realm,
	    "looks like plain text, not TLS; does the client mean another port?");
	expect_service();
}
END_TEST

/* One who says nothing, and one who stops in the middle; as long as a login may take. */
START_TEST(slow_handshake)
{
	static const char begun[] = "\x16\x03\x01\x02\x00\x01\x00";
	struct realm_clock clock;
	int silent, stopped;

	realm_clock_begin(&clock, realm.dir);
	tls_realm_configure(NULL, "login_timeout = 90s");
	tls_realm_start();
	silent = tls_realm_connect(TLS_REALM, false);
	stopped = tls_realm_connect(TLS_REALM, false);
	ck_assert_int_eq(write(stopped, begun, sizeof(begun) - 1), sizeof(begun) - 1);
	/* But for what the test itself took. */
	ck_assert_int_ge(realm_clock_pass_until(&clock, silent), LOGIN_MS - SUITE_PATIENCE_MS);
	ck_assert_int_ge(realm_clock_pass_until(&clock, stopped), 0);
	realm_hear_end(silent);
	realm_hear_end(stopped);
	realm_await_log(&realm, "no TLS in time");
	expect_service();
}
END_TEST

START_TEST(broken_off)
{
	static const char begun[] = "\x16\x03\x01\x02\x00\x01\x00";
	struct linger linger = { .l_onoff = 1 };
	int fd;

	tls_realm_start();
	close(tls_realm_connect(TLS_REALM, false));
	fd = tls_realm_connect(TLS_REALM, false);
	ck_assert_int_eq(write(fd, begun, sizeof(begun) - 1), sizeof(begun) - 1);
	close(fd);
	fd = tls_realm_connect(TLS_REALM, false);
	ck_assert_int_eq(write(fd, begun, sizeof(begun) - 1), sizeof(begun) - 1);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), 0);
	close(fd);
	realm_await_log(&realm, "no TLS: ");
	expect_service();
}
END_TEST

/* Amid a conversation: without a goodbye, as many clients end, nothing is shown twice. */
START_TEST(no_goodbye)
{
	struct stream stream;
	char heard[512] = "";
	size_t len = 0;

	tls_realm_start();
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "a> send messi halo\n"
	    "a< OK Message sent\n");
	tls_realm_open(&stream, TLS_REALM);
	len = (size_t)snprintf(heard, sizeof(heard), "inbox %s\r\n", talk.tokens['m' - 'a']);
	tls_fixture_write(&stream, heard, len);
	for (len = 0; strstr(heard, "\r\n\r\n") == NULL; len++) {
		tls_fixture_read(&stream, heard + len, 1);
		heard[len + 1] = '\0';
	}
	ck_assert_ptr_nonnull(strstr(heard, "halo"));
	stream.broken = true; /* so that it says nothing */
	tls_realm_close(&stream);
	realm_await_log(&realm, "disconnected");
	dialogue_run(&talk,
	    "a> inbox\n"
	    "a< MESSAGES {}\n");
}
END_TEST

START_TEST(never_reads)
{
	char line[64];
	int fd;

	tls_realm_configure(NULL, "write_timeout = 1s");
	tls_realm_start();
	tls_realm_speak('a', TLS_REALM);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	/* The relay is the one that stops reading: nobody takes from it. */
	fd = tls_realm_relay(tls_realm_connect(TLS_REALM, true));
	snprintf(line, sizeof(line), "info messi\r\ninfo\r\n");
	while (send(fd, line, strlen(line), MSG_NOSIGNAL) > 0)
		continue;
	ck_assert(errno == EPIPE || errno == ECONNRESET);
	close(fd);
	realm_await_log(&realm, "the client does not read");
	dialogue_run(&talk,
	    "a> send messi halo\n"
	    "a< OK Message sent\n");
	expect_service();
}
END_TEST

/* A client without a free place gets nothing but TLS. */
START_TEST(no_room)
{
	tls_realm_configure(NULL, "max_clients = 1");
	tls_realm_start();
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	int fd = tls_realm_connect(TLS_REALM, false);
	char byte;
	ck_assert_int_eq(read(fd, &byte, 1), -1);
	ck_assert_int_eq(errno, ECONNRESET);
	close(fd);
}
END_TEST

/* Reads the rest of the reply to "halo". What the stream says behind it. */
static ssize_t
hear_unknown(struct stream *stream)
{
	char reply[sizeof(UNKNOWN) - 1] = "";
	ssize_t n;

	tls_fixture_read(stream, reply, sizeof(UNKNOWN) - 2);
	ck_assert_str_eq(reply, UNKNOWN + 1);
	n = tls_fixture_next(stream);
	return n < 0 ? -errno : n;
}

/* Its first byte: what can be read before is TLS's own. */
static void
hear_first(struct stream *stream)
{
	char first;

	tls_fixture_write(stream, "halo\r\n", 6);
	tls_fixture_read(stream, &first, 1);
	ck_assert_int_eq(first, UNKNOWN[0]);
}

static void
open_and_stop(struct stream *stream, const char *settings)
{
	tls_realm_configure(NULL, settings);
	tls_realm_start();
	tls_realm_open(stream, TLS_REALM);
	hear_first(stream);
	ck_assert_int_eq(realm_stop(&realm), 0);
}

/* Stopping in good order, the realm says goodbye. */
START_TEST(goodbye)
{
	struct stream stream;

	open_and_stop(&stream, "close = orderly");
	ck_assert_int_eq(hear_unknown(&stream), 0);
	ck_assert(!stream.ended && !stream.broken);
	tls_realm_close(&stream);
}
END_TEST

/* Before a reset it does not: who sees a goodbye takes it for an orderly end, and asks on. */
START_TEST(reset)
{
	struct stream stream;

	open_and_stop(&stream, NULL);
	ck_assert_int_eq(hear_unknown(&stream), -ECONNRESET);
	tls_realm_close(&stream);
}
END_TEST

START_TEST(time_is_over)
{
	struct stream stream;

	tls_realm_configure(NULL, "login_timeout = 1s");
	tls_realm_start();
	tls_realm_open(&stream, TLS_REALM);
	hear_first(&stream);
	ck_assert_int_eq(hear_unknown(&stream), -ECONNRESET);
	tls_realm_close(&stream);
}
END_TEST

/* A read gives one record, and the next one may be here already: its end is no line's. */
START_TEST(line_feed_at_the_end_of_a_record)
{
	char line[128];
	struct stream stream;
	int on = 1, off = 0, len;

	tls_realm_start();
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	tls_realm_open(&stream, TLS_REALM);
	len = snprintf(line, sizeof(line), "send %s messi satu\n", talk.tokens['m' - 'a']);
	/* Both in one packet. */
	ck_assert_int_eq(setsockopt(stream.in_fd, IPPROTO_TCP, TCP_CORK, &on, sizeof(on)), 0);
	tls_fixture_write(&stream, line, (size_t)len);
	tls_fixture_write(&stream, "dua\r\n", 5);
	ck_assert_int_eq(setsockopt(stream.in_fd, IPPROTO_TCP, TCP_CORK, &off, sizeof(off)), 0);
	ck_assert_int_eq(tls_fixture_next(&stream), 1);
	dialogue_run(&talk,
	    "a> inbox\n"
	    "a< MESSAGES {'messi':[(Lionel Messi>Lionel Messi:satu\\ndua)]}\n");
	tls_realm_close(&stream);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("tls");
	TCase *tcase = tls_realm_tcase(suite, "conversations");

	signal(SIGPIPE, SIG_IGN);
	tcase_add_test(tcase, conversation);
	tcase_add_test(tcase, pushes);
	tcase_add_test(tcase, pipelining);
	tcase_add_test(tcase, big_replies);
	tcase_add_test(tcase, own_certificate);
	tcase_add_test(tcase, goodbye);
	tcase_add_test(tcase, reset);
	tcase_add_test(tcase, line_feed_at_the_end_of_a_record);
	tcase = tls_realm_tcase(suite, "misfits");
	tcase_add_test(tcase, plain_client);
	tcase_add_test(tcase, slow_handshake);
	tcase_add_test(tcase, time_is_over);
	tcase_add_test(tcase, broken_off);
	tcase_add_test(tcase, no_goodbye);
	tcase_add_test(tcase, never_reads);
	tcase_add_test(tcase, no_room);
	return realm_run_suite(suite);
}
