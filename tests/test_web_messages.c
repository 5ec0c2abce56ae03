/*
 * A WebSocket in a worker: its limits, and its ends. A message is a request like any other, and a
 * ping costs as much.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "http_talk.h"
#include "realm_clock.h"

#define COOKIE_MAX 256
#define STEP_MS    30000
#define LIMIT_MS   120000
#define PIPELINED  40
#define BODY       68000 /* of a file, in BASE64 */
#define TOO_FAST                                                                             \
	"{\"status\":\"ERROR\",\"message\":\"Terlalu banyak permintaan, coba lagi 10 detik " \
	"lagi\"}"
#define BAD "{\"status\":\"ERROR\",\"message\":\"parameter salah\"}"

enum {
	MORE = 0x00, /* the first byte of a frame */
	BEGIN = 0x01,
	TEXT = 0x81,
	BINARY = 0x82,
	END = 0x80,
	PING = 0x89,
};

static struct realm realm;
static struct http_talk talk = { .in_fd = -1 };
static struct realm_clock clock_;

static void
setup(void)
{
	http_talk_make(&realm, NULL, NULL);
}

static void
teardown(void)
{
	http_talk_end(&talk);
	http_talk_remove(&realm);
}

/* A WebSocket of a user who is logged in, in a realm with these settings. */
static void
begin(const char *settings)
{
	char cookie[COOKIE_MAX];

	http_talk_configure(&realm, NULL, settings);
	realm_start(&realm);
	http_talk_log_in("messi", cookie);
	http_talk_upgrade(&talk, cookie);
}

/* Likewise, with a clock that stands still. */
static void
begin_slow(const char *settings)
{
	realm_clock_begin(&clock_, realm.dir);
	realm_clock_stop(&clock_);
	begin(settings);
}

static void
say_frame(int first, const char *payload, size_t len)
{
	const unsigned char head[8] = { (unsigned char)first, 0x80 | 126, (unsigned char)(len >> 8),
		(unsigned char)len };
	const unsigned char small[6] = { (unsigned char)first, (unsigned char)(0x80 | len) };

	if (len < 126)
		http_talk_say(&talk, small, sizeof(small));
	else
		http_talk_say(&talk, head, sizeof(head));
	http_talk_say(&talk, payload, len);
}

static void
say_ping(const char *payload)
{
	say_frame(PING, payload, strlen(payload));
}

/* A pong is heard as a message is. */
static void
assert_heard(const char *expected)
{
	int code;
	const char *heard = http_talk_hear_message(&talk, &code);

	ck_assert_msg(heard != NULL, "closed with %d", code);
	ck_assert_str_eq(heard, expected);
}

static void
assert_closed(int expected)
{
	int code;

	ck_assert_ptr_null(http_talk_hear_message(&talk, &code));
	ck_assert_int_eq(code, expected);
	http_talk_hear_end(&talk);
}

static void
assert_lives(void)
{
	ck_assert_ptr_nonnull(strstr(http_talk_ask_message(&talk, "whoami"), "messi"));
}

START_TEST(pings_before_login)
{
	const char *heard;
	int code, pongs = 0;

	http_talk_configure(&realm, NULL, "limit_loopback = on\nunknown_requests = 5");
	realm_start(&realm);
	http_talk_upgrade(&talk, "");
	for (int i = 0; i < 20; i++)
		say_ping("?");
	while ((heard = http_talk_hear_message(&talk, &code)) != NULL) {
		ck_assert_str_eq(heard, "?");
		pongs++;
	}
	/* Those of one packet have their answers by then. */
	ck_assert_int_ge(pongs, 4);
	ck_assert_int_eq(code, 1001);
	http_talk_hear_end(&talk);
	ck_assert_uint_eq(realm_count(&realm, "limit_before_login_total"), 1);
}
END_TEST

static bool
is_alone(void *arg)
{
	return realm_workers(&realm, arg, 1) == 1;
}

/* The worker of the WebSocket; that of the login may take a moment to end. */
static pid_t
find_worker(void)
{
	pid_t pid;

	ck_assert(realm_until(is_alone, &pid));
	return pid;
}

static void
assert_held(void)
{
	struct pollfd ready = { .fd = talk.in_fd, .events = POLLIN };

	realm_clock_await(&clock_, find_worker());
	ck_assert_int_eq(poll(&ready, 1, 0), 0);
}

/* The third request was the handshake's, and the pings make a later one wait. */
START_TEST(pings_are_charged)
{
	begin_slow("limit_loopback = on\nrequest_rate = 1\nrequest_burst = 4");
	for (int i = 0; i < 3; i++) {
		say_ping("?");
		assert_heard("?");
	}
	http_talk_say_message(&talk, "whoami");
	assert_held();
	realm_clock_pass(&clock_, 1000);
	ck_assert_ptr_nonnull(strstr(http_talk_ask_message(&talk, "whoami"), "messi"));
}
END_TEST

/* Neither pings nor fragments without a byte make the time for a message longer. */
START_TEST(time_for_a_message)
{
	static const char *const begun[] = { "\x01\x81\0\0\0\0w", "\x81", "\x01\x80\0\0\0\0" };
	static const size_t lens[] = { 7, 1, 6 };
	int64_t passed_ms = 0, more_ms;
	struct pollfd ready;
	int code;

	begin_slow("request_timeout = 2m\nidle_timeout = 1d\nlog_level = debug");
	http_talk_say(&talk, begun[_i], lens[_i]);
	ready = (struct pollfd){ .fd = talk.in_fd, .events = POLLIN };
	while (passed_ms <= LIMIT_MS + STEP_MS) {
		if (_i != 1) { /* amid a header no frame begins */
			say_ping("?");
			assert_heard("?");
		} else {
			realm_clock_await(&clock_, find_worker());
		}
		if (passed_ms + STEP_MS >= LIMIT_MS)
			break;
		realm_clock_pass(&clock_, STEP_MS);
		passed_ms += STEP_MS;
	}
	ck_assert_int_eq(poll(&ready, 1, 0), 0);
	more_ms = realm_clock_pass_until(&clock_, talk.in_fd);
	ck_assert_int_ge(more_ms, 0);
	ck_assert_int_le(passed_ms + more_ms, LIMIT_MS + STEP_MS);
	ck_assert_ptr_null(http_talk_hear_message(&talk, &code));
	ck_assert_int_eq(code, 1001);
	ck_assert_uint_eq(realm_count(&realm, "limit_request_time_total"), 1);
}
END_TEST

/* A refusal is a message like any reply, and the next one begins behind it. */
START_TEST(too_fast)
{
	int served = 0, denied = 0, code;
	pid_t pid;

	begin_slow("limit_loopback = on\nrequest_rate = 1\nrequest_burst = 4");
	pid = find_worker();
	for (int i = 0; i < 30; i++)
		http_talk_say_message(&talk, "whoami");
	for (int i = 0; i < 30; i++) {
		const char *heard;

		realm_clock_pass(&clock_, 1000);
		realm_clock_await(&clock_, pid);
		heard = http_talk_hear_message(&talk, &code);
		ck_assert_ptr_nonnull(heard);
		if (strcmp(heard, TOO_FAST) == 0)
			denied++;
		else if (strstr(heard, "messi") != NULL)
			served++;
	}
	ck_assert_int_ge(denied, 5);
	ck_assert_int_eq(served + denied, 30);
}
END_TEST

START_TEST(too_long)
{
	static char text[70000];

	begin(NULL);
	memset(text, 'x', sizeof(text));
	memcpy(text, "send henderson ", 15);
	say_frame(BEGIN, text, 40000);
	say_frame(END, text, 30000);
	assert_heard(BAD);
	assert_lives();
}
END_TEST

/* A file is stored as it comes, whatever comes between its fragments. */
START_TEST(file_in_fragments)
{
	static const char request[] = "sendfile henderson a.txt ";
	static char body[BODY];
	struct http_talk other = { .in_fd = -1 };
	char cookie[COOKIE_MAX];
	const char *reply;

	begin(NULL);
	memset(body, 'A', sizeof(body));
	say_frame(BEGIN, request, sizeof(request) - 1);
	for (size_t at = 0; at < BODY; at += 4000) {
		say_frame(MORE, body + at, 4000);
		say_ping("?");
		assert_heard("?");
	}
	say_frame(END, "", 0);
	ck_assert_ptr_nonnull(strstr(http_talk_ask_message(&talk, "whoami"), "File sent"));
	assert_heard("{\"status\":\"OK\",\"username\":\"messi\",\"name\":\"Lionel Messi\","
	             "\"country\":\"Argentina\",\"realm\":\"surabaya\",\"admin\":false}");
	http_talk_log_in("henderson", cookie);
	http_talk_upgrade(&other, cookie);
	reply = http_talk_ask_message(&other, "getfile messi a.txt");
	ck_assert_uint_gt(strlen(reply), BODY);
	ck_assert_ptr_nonnull(strstr(reply, "AAAA"));
	http_talk_end(&other);
}
END_TEST

/* The close frame reaches a client that sends on, for nothing is reset. */
START_TEST(error_amid_much)
{
	static char more[60000];

	begin(NULL);
	say_frame(TEXT, "whoami", 6);
	say_frame(_i == 0 ? BINARY : BINARY + 1, "x", 1);
	http_talk_say(&talk, more, sizeof(more));
	ck_assert_ptr_nonnull(http_talk_hear_message(&talk, &(int){ 0 }));
	assert_closed(_i == 0 ? 1003 : 1002);
}
END_TEST

START_TEST(client_closes)
{
	begin(NULL);
	assert_lives();
	say_frame(0x88,
	    "\x03\xe8"
	    "bye",
	    5);
	assert_closed(1000);
}
END_TEST

/* What a session's end, or an idle hour, sends is a close frame, too. */
/* Messages in one packet have their replies in their order, whatever those are. */
START_TEST(pipelined)
{
	char bytes[2048], text[32];
	size_t len = 0;

	begin(NULL);
	for (int i = 0; i < PIPELINED; i++) {
		size_t n = (size_t)snprintf(text, sizeof(text), "send %s %d",
		    i % 5 == 3 ? "tidakada" : "henderson", i);

		memcpy(bytes + len, (const char[]){ (char)TEXT, (char)(0x80 | n), 0, 0, 0, 0 }, 6);
		memcpy(bytes + len + 6, text, n);
		len += 6 + n;
	}
	http_talk_say(&talk, bytes, len);
	for (int i = 0; i < PIPELINED; i++)
		assert_heard(i % 5 == 3 ? "{\"status\":\"ERROR\",\"message\":\"User tidak "
		                          "ditemukan\"}"
		                        : "{\"status\":\"OK\",\"message\":\"Message sent\"}");
	assert_lives();
}
END_TEST

START_TEST(idle)
{
	begin_slow("idle_timeout = 2m");
	ck_assert_int_ge(realm_clock_pass_until(&clock_, talk.in_fd), LIMIT_MS - STEP_MS);
	assert_closed(1001);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("web_messages");
	TCase *tcase = realm_tcase(suite, "limits");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, pings_before_login);
	tcase_add_test(tcase, pings_are_charged);
	tcase_add_loop_test(tcase, time_for_a_message, 0, 3);
	tcase_add_test(tcase, too_fast);
	tcase_add_test(tcase, too_long);
	tcase_add_test(tcase, file_in_fragments);
	tcase = realm_tcase(suite, "ends");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, error_amid_much, 0, 2);
	tcase_add_test(tcase, client_closes);
	tcase_add_test(tcase, pipelined);
	tcase_add_test(tcase, idle);
	return realm_run_suite(suite);
}
