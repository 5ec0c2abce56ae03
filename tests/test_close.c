/*
 * How connections end that the client has not ended: by a reset, behind a last reply that even one
 * who has not read it yet gets whole; in good order where the configuration or the client says so.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "realm.h"

#define UNKNOWN "{\"status\":\"ERROR\",\"message\":\"*Maaf, command tidak benar\"}\r\n\r\n"
#define BUSY    "{\"status\":\"ERROR\",\"message\":\"Server penuh, coba lagi nanti\"}\r\n\r\n"
#define MANY    1000 /* replies that are read late: more than one packet */

static struct realm realm;

static void
setup(void)
{
	realm_make(&realm, NULL);
}

static void
teardown(void)
{
	realm_remove(&realm);
}

/* A client that does not read: not before the other side has ended the connection. */
static int
open_client(const char *settings)
{
	int fd;

	realm_configure(&realm, settings);
	realm_start(&realm);
	fd = realm.first_fd;
	realm.first_fd = -1;
	ck_assert_int_ge(fd, 0);
	return fd;
}

static void
send_text(int fd, const char *text)
{
	ck_assert_int_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static void
await_end(int fd)
{
	struct pollfd end = { .fd = fd, .events = POLLRDHUP };

	ck_assert_int_eq(poll(&end, 1, REALM_PATIENCE_MS), 1);
}

/* Reads in small pieces, as the clients do. What comes is this text, so many times. */
static void
expect_text(int fd, const char *text, int times)
{
	char got[256];

	for (int i = 0; i < times; i++) {
		size_t len = 0, want = strlen(text);

		while (len < want) {
			ssize_t n = recv(fd, got + len, want - len < 32 ? want - len : 32, 0);

			ck_assert_msg(n > 0, "reply %d: %s after %zu bytes", i,
			    n < 0 ? strerror(errno) : "the end", len);
			len += (size_t)n;
		}
		ck_assert_mem_eq(got, text, want);
	}
}

static void
expect_reset(int fd)
{
	char byte;

	ck_assert_int_eq(recv(fd, &byte, 1, 0), -1);
	ck_assert_int_eq(errno, ECONNRESET);
	close(fd);
}

static void
expect_end(int fd)
{
	char byte;

	ck_assert_int_eq(recv(fd, &byte, 1, 0), 0);
	close(fd);
}

/* Sends requests whose replies the client will read late. */
static void
ask_often(int fd)
{
	for (int i = 0; i < MANY; i++)
		send_text(fd, "halo\r\n");
}

START_TEST(time_is_over)
{
	int fd = open_client("login_timeout = 1s");

	ask_often(fd);
	await_end(fd);
	expect_text(fd, UNKNOWN, MANY);
	expect_reset(fd);
}
END_TEST

START_TEST(time_is_over_orderly)
{
	int fd = open_client("login_timeout = 1s  close = orderly");

	ask_often(fd);
	await_end(fd);
	expect_text(fd, UNKNOWN, MANY);
	expect_end(fd);
}
END_TEST

static bool
is_answered(void *arg)
{
	char some[sizeof(UNKNOWN)];

	return recv(*(const int *)arg, some, sizeof(UNKNOWN) - 1, MSG_PEEK | MSG_DONTWAIT) ==
	    sizeof(UNKNOWN) - 1;
}

/* A server that goes down says what it has promised, and then resets. */
START_TEST(server_ends)
{
	int fd = open_client(_i == 0 ? "" : "close = orderly");

	send_text(fd, "halo\r\n");
	ck_assert(realm_until(is_answered, &fd));
	ck_assert_int_eq(realm_stop(&realm), 0);
	await_end(fd);
	expect_text(fd, UNKNOWN, 1);
	if (_i == 0)
		expect_reset(fd);
	else
		expect_end(fd);
}
END_TEST

START_TEST(no_room)
{
	int first = open_client(_i == 0 ? "max_clients = 1" : "max_clients = 1 close = orderly");
	int fd;

	send_text(first, "halo\r\n");
	expect_text(first, UNKNOWN, 1);
	fd = realm_connect(&realm);
	send_text(fd, "halo\r\n");
	await_end(fd);
	expect_text(fd, BUSY, 1);
	if (_i == 0)
		expect_reset(fd);
	else
		expect_end(fd);
	close(first);
}
END_TEST

/* The master does not forget those whom it has just refused. */
START_TEST(refused_at_the_end)
{
	int first = open_client("max_clients = 1");
	int fd;

	send_text(first, "halo\r\n");
	expect_text(first, UNKNOWN, 1);
	fd = realm_connect(&realm);
	expect_text(fd, BUSY, 1);
	ck_assert_int_eq(realm_stop(&realm), 0);
	expect_reset(fd);
	expect_reset(first);
}
END_TEST

START_TEST(refused_ends)
{
	int first = open_client("max_clients = 1");
	int fd;

	send_text(first, "halo\r\n");
	expect_text(first, UNKNOWN, 1);
	fd = realm_connect(&realm);
	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	expect_text(fd, BUSY, 1);
	expect_end(fd);
	close(first);
}
END_TEST

/* One that an inetd has accepted. */
START_TEST(inetd)
{
	const char *const argv[] = { realm_kabard_path, "-c", realm.config, "-i", "-f", "-D",
		"realm", NULL };
	int fd, client;
	pid_t worker;

	ck_assert_int_eq(listen(realm.port_fd, 1), 0);
	client = realm_connect(&realm);
	fd = accept(realm.port_fd, NULL, NULL);
	ck_assert_int_ge(fd, 0);
	worker = realm_spawn(&realm, fd, fd, argv);
	close(fd);
	send_text(client, "halo\r\n");
	ck_assert(realm_until(is_answered, &client));
	ck_assert_int_eq(kill(worker, SIGTERM), 0);
	ck_assert_int_eq(realm_await(worker), 0);
	expect_text(client, UNKNOWN, 1);
	expect_reset(client);
}
END_TEST

/* Pipes of inetd end as pipes do. */
START_TEST(inetd_pipes)
{
	const char *const argv[] = { realm_kabard_path, "-c", realm.config, "-i", "-f", "-D",
		"realm", NULL };
	char reply[sizeof(UNKNOWN)] = "", byte;
	int to[2], from[2];
	pid_t worker;

	ck_assert(pipe(to) == 0 && pipe(from) == 0);
	worker = realm_spawn(&realm, to[0], from[1], argv);
	close(to[0]);
	close(from[1]);
	ck_assert_int_eq(write(to[1], "halo\r\n", 6), 6);
	for (size_t len = 0; len < sizeof(UNKNOWN) - 1; len++)
		ck_assert_int_eq(read(from[0], reply + len, 1), 1);
	ck_assert_str_eq(reply, UNKNOWN);
	ck_assert_int_eq(kill(worker, SIGTERM), 0);
	ck_assert_int_eq(realm_await(worker), 0);
	ck_assert_int_eq(read(from[0], &byte, 1), 0);
	close(from[0]);
	close(to[1]);
}
END_TEST

START_TEST(unknown_peer)
{
	int fd = open_client("");

	send_text(fd, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
	await_end(fd);
	expect_text(fd, UNKNOWN, 1);
	expect_reset(fd);
}
END_TEST

/* A client that has shut down its side still gets all replies in order. */
START_TEST(client_ends)
{
	int fd = open_client("");

	send_text(fd, "halo\r\n");
	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	await_end(fd);
	expect_text(fd, UNKNOWN, 1);
	expect_end(fd);
}
END_TEST

/* Nor does a logout end the connection. */
START_TEST(logout)
{
	int fd = open_client("");
	char token[256];

	send_text(fd, "auth messi surabaya\r\n");
	ck_assert_int_gt(recv(fd, token, sizeof(token), 0), 0);
	send_text(fd, "logout\r\n");
	expect_text(fd, "{\"status\":\"OK\",\"message\":\"Logout successful\"}\r\n\r\n", 1);
	send_text(fd, "halo\r\n");
	expect_text(fd, UNKNOWN, 1);
	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	expect_end(fd);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("close");
	TCase *tcase = realm_tcase(suite, "close");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, time_is_over);
	tcase_add_test(tcase, time_is_over_orderly);
	tcase_add_loop_test(tcase, server_ends, 0, 2);
	tcase_add_loop_test(tcase, no_room, 0, 2);
	tcase_add_test(tcase, refused_at_the_end);
	tcase_add_test(tcase, refused_ends);
	tcase_add_test(tcase, inetd);
	tcase_add_test(tcase, inetd_pipes);
	tcase_add_test(tcase, unknown_peer);
	tcase_add_test(tcase, client_ends);
	tcase_add_test(tcase, logout);
	return realm_run_suite(suite);
}
