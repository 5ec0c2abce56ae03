/*
 * old_server: for integration tests: the realm surabaya and a server of the older family. See
 * old_server.h.
 */
#include "old_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SETTINGS_MAX 2048
#define LINE_MAX_LEN (4 * 1024 * 1024)
#define LOOK_MS      20
#define NARROW       4096

struct realm realm;
struct dialogue talk;
struct realm_clock realm_time;
struct old_server old;

static int
bind_to(uint16_t *port)
{
	struct sockaddr_in name;
	int fd = realm_bind_port(*port, &name);

	*port = ntohs(name.sin_port);
	return fd;
}

static void
setup(void)
{
	char path[2 * REALM_PATH_MAX];

	realm_make(&realm, NULL);
	snprintf(path, sizeof(path), "%s/clock", realm.dir);
	realm_clock_open(&realm_time, path);
	realm_clock_use(&realm_time);
	old = (struct old_server){ .listener = -1, .fd = -1, .asked = -1 };
	old.reserve_fd = bind_to(&old.port);
	old_server_configure("127.0.0.1", "");
	REALM_CTL(&realm, NULL, "group", "add", "kopi", "messi");
	REALM_CTL(&realm, NULL, "group", "join", "kopi", "henderson");
	dialogue_begin(&talk, &realm, DIALOGUE_SOCKETPAIR);
}

static void
teardown(void)
{
	dialogue_end(&talk);
	realm_remove(&realm);
	old_server_hangs_up();
	old_server_cuts_question();
	if (old.listener >= 0)
		close(old.listener);
	close(old.reserve_fd);
	realm_clock_close(&realm_time);
}

TCase *
old_server_tcase(Suite *suite, const char *name)
{
	TCase *tcase = realm_tcase(suite, name);

	tcase_add_checked_fixture(tcase, setup, teardown);
	return tcase;
}

void
old_server_configure(const char *address, const char *settings)
{
	char text[SETTINGS_MAX];

	snprintf(text, sizeof(text),
	    "peer \"kediri\" { address = \"%s\"  port = %u  legacy = on }\n"
	    "delivery_wait = 60\n"
	    "%s\n",
	    address, (unsigned int)old.port, settings);
	realm_configure(&realm, text);
}

void
old_server_listen(void)
{
	int narrow = NARROW;

	old.listener = bind_to(&old.port);
	/* What is not read is to be felt at the other end. */
	setsockopt(old.listener, SOL_SOCKET, SO_RCVBUF, &narrow, sizeof(narrow));
	ck_assert_int_eq(listen(old.listener, 8), 0);
}

static bool
wait_for(int fd, int ms)
{
	struct pollfd waiting = { .fd = fd, .events = POLLIN };

	return poll(&waiting, 1, ms) > 0;
}

static int
take_connection(void)
{
	ck_assert_msg(wait_for(old.listener, REALM_PATIENCE_MS), "nobody connects");
	int fd = accept4(old.listener, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	return fd;
}

void
old_server_accept(void)
{
	int fd = take_connection();

	old_server_hangs_up();
	old.fd = fd;
}

static bool
is_knocking(void *arg)
{
	(void)arg;
	if (wait_for(old.listener, LOOK_MS))
		return true;
	REALM_CTL(&realm, NULL, "queue", "flush");
	return false;
}

void
old_server_accept_again(void)
{
	old_server_hangs_up();
	ck_assert_msg(realm_until(is_knocking, NULL), "nobody comes again");
	old_server_accept();
}

/* Hears a line over a connection: this, and CRLF. */
static void
hear_line(int fd, const char *expected)
{
	char *heard = malloc(LINE_MAX_LEN);
	size_t len = 0, wanted = strlen(expected);

	ck_assert_ptr_nonnull(heard);
	while (len == 0 || heard[len - 1] != '\n') {
		ck_assert_msg(wait_for(fd, REALM_PATIENCE_MS), "nothing instead of %.200s",
		    expected);
		ssize_t n = read(fd, heard + len, LINE_MAX_LEN - 1 - len);
		ck_assert_msg(n > 0, "the end instead of %.200s", expected);
		len += (size_t)n;
	}
	heard[len] = '\0';
	ck_assert_msg(len == wanted + 2 && memcmp(heard, expected, wanted) == 0 &&
	        strcmp(heard + wanted, "\r\n") == 0,
	    "%.300s instead of %.300s", heard, expected);
	free(heard);
}

void
old_server_hears(const char *format, ...)
{
	char *expected = malloc(LINE_MAX_LEN);
	va_list ap;

	ck_assert_ptr_nonnull(expected);
	va_start(ap, format);
	ck_assert_int_lt(vsnprintf(expected, LINE_MAX_LEN, format, ap), LINE_MAX_LEN - 2);
	va_end(ap);
	hear_line(old.fd, expected);
	free(expected);
}

void
old_server_hears_begin(const char *text)
{
	char heard[256];
	size_t len = 0, wanted = strlen(text);

	ck_assert_uint_lt(wanted, sizeof(heard));
	while (len < wanted) {
		ck_assert_msg(wait_for(old.fd, REALM_PATIENCE_MS), "nothing instead of %s", text);
		ssize_t n = read(old.fd, heard + len, wanted - len);
		ck_assert_msg(n > 0, "the end instead of %s", text);
		len += (size_t)n;
	}
	heard[len] = '\0';
	ck_assert_str_eq(heard, text);
}

static void
send_all(int fd, const char *text, size_t len)
{
	ck_assert_int_eq(send(fd, text, len, MSG_NOSIGNAL), (ssize_t)len);
}

static char *
quoted(const char *text)
{
	char *copy = malloc(strlen(text) + 5);

	ck_assert_ptr_nonnull(copy);
	strcpy(copy, text);
	for (char *at = copy; *at != '\0'; at++)
		if (*at == '\'')
			*at = '"';
	return strcat(copy, "\r\n\r\n");
}

static void
say_in_pieces(int fd, const char *text, size_t piece)
{
	char *copy = quoted(text);
	size_t len = strlen(copy);
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	for (size_t at = 0; at < len; at += piece)
		send_all(fd, copy + at, len - at < piece ? len - at : piece);
	free(copy);
}

void
old_server_says(const char *text)
{
	say_in_pieces(old.fd, text, LINE_MAX_LEN);
}

void
old_server_says_in_pieces(const char *text, size_t piece)
{
	say_in_pieces(old.fd, text, piece);
}

void
old_server_says_bytes(const char *text)
{
	send_all(old.fd, text, strlen(text));
}

void
old_server_hangs_up(void)
{
	if (old.fd >= 0)
		close(old.fd);
	old.fd = -1;
}

static void
hear_end(int fd)
{
	char byte;

	ck_assert_msg(wait_for(fd, REALM_PATIENCE_MS), "nobody ends the connection");
	ssize_t n = read(fd, &byte, 1);
	ck_assert_msg(n == 0 || (n < 0 && errno == ECONNRESET), "%c instead of the end", byte);
}

void
old_server_hears_the_end(void)
{
	hear_end(old.fd);
}

void
old_server_is_asked(const char *question)
{
	int fd = take_connection();

	old_server_cuts_question();
	old.asked = fd;
	hear_line(fd, question);
}

void
old_server_answers_in_pieces(const char *text, size_t piece)
{
	say_in_pieces(old.asked, text, piece);
	old_server_hears_question_end();
}

void
old_server_answers(const char *text)
{
	old_server_answers_in_pieces(text, LINE_MAX_LEN);
}

void
old_server_cuts_question(void)
{
	if (old.asked >= 0)
		close(old.asked);
	old.asked = -1;
}

void
old_server_hears_question_end(void)
{
	hear_end(old.asked);
	old_server_cuts_question();
}

void
old_server_is_told(void)
{
	old_server_hears("recvrealm kediri 127.0.0.1 %u", (unsigned int)realm.port);
	old_server_says("{'status':'OK'}");
}

/* kabarctl's report on the link contains this text. */
static bool
is_in_list(void *arg)
{
	const char *const argv[] = { realm_kabarctl_path, "-c", realm.config, "peer", "list", "-j",
		NULL };
	char output[4096];

	return realm_run(argv, NULL, output, sizeof(output)) == 0 && strstr(output, arg) != NULL;
}

void
old_server_await_state(const char *state)
{
	char text[64];

	snprintf(text, sizeof(text), "\"state\":\"%s\"", state);
	ck_assert_msg(realm_until(is_in_list, text), "the link is not %s", state);
}

void
old_server_await_empty(void)
{
	char text[] = "\"queued\":0,";

	ck_assert_msg(realm_until(is_in_list, text), "something still waits");
}

void
old_server_begin(void)
{
	old_server_listen();
	old_server_start();
	old_server_accept();
	old_server_is_told();
	old_server_await_state("up");
}

void
old_server_start(void)
{
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n"
	    "c> auth lineker surabaya\n"
	    "c< TOKEN l\n");
}
