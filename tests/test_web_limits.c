/* The dialect web: what ends a connection in time, monitoring, and TLS. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <tls.h>
#include <unistd.h>

#include "http_talk.h"
#include "process.h"
#include "realm_clock.h"
#include "tls_relay.h"

#define HOST       "Host: kabar.example\r\n"
#define FORM       "Content-Type: application/x-www-form-urlencoded\r\n"
#define IDLE_MS    15000
#define REQUEST_MS 5000 /* request_timeout */
#define ANSWER_MS  5000 /* for which /health waits */
#define LATE_MS    5000 /* at most so much later, on a busy machine */

static struct realm realm;
static struct realm_clock clock_;
static struct http_talk talk = { .in_fd = -1 };

static void
begin(const char *inside)
{
	http_talk_make(&realm, inside, "request_timeout = 5s  log_level = debug");
	realm_clock_begin(&clock_, realm.dir);
	realm_clock_stop(&clock_);
	realm_start(&realm);
}

static void
setup(void)
{
	begin(NULL);
}

static void
setup_tls(void)
{
	begin("tls = on");
}

static void
teardown(void)
{
	http_talk_end(&talk);
	http_talk_remove(&realm);
	realm_clock_close(&clock_);
	realm_clock_use(NULL);
}

/* The connection ends after so much time, and no reply comes. */
static void
assert_ends_after(int64_t ms)
{
	int64_t passed = realm_clock_pass_until(&clock_, talk.in_fd);

	ck_assert_int_ge(passed, ms);
	ck_assert_int_le(passed, ms + LATE_MS);
	http_talk_hear_end(&talk);
}

START_TEST(idle)
{
	http_talk_begin(&talk);
	ck_assert_str_eq(http_talk_ask(&talk, HTTP_TALK_GET("/health")).body, "OK\n");
	assert_ends_after(IDLE_MS);
}
END_TEST

/* A page that is open is not idle: its connection lasts. */
START_TEST(open_page)
{
	char cookie[256];

	http_talk_log_in("messi", cookie);
	http_talk_upgrade(&talk, cookie);
	ck_assert_ptr_nonnull(strstr(http_talk_ask_message(&talk, "whoami"), "messi"));
	realm_clock_pass(&clock_, 10 * IDLE_MS);
	ck_assert_ptr_nonnull(strstr(http_talk_ask_message(&talk, "whoami"), "messi"));
}
END_TEST

/* Waits until the worker has seen what was said, and waits for more. */
static void
await_worker(void)
{
	ck_assert(realm_until(process_family_waits, &realm.kabard));
}

/* Pieces that come now and then do not keep a request open. */
START_TEST(slow_head)
{
	http_talk_begin(&talk);
	http_talk_sayf(&talk, "GET / HTTP/1.1\r\n");
	await_worker();
	realm_clock_pass(&clock_, REQUEST_MS - 1000);
	await_worker();
	http_talk_sayf(&talk, HOST "X: y");
	await_worker();
	assert_ends_after(1000);
}
END_TEST

/* The same for a body; and a request that has begun may take longer than an idle connection. */
START_TEST(slow_body)
{
	http_talk_configure(&realm, NULL, "request_timeout = 1m  log_level = debug");
	realm_reload(&realm);
	http_talk_begin(&talk);
	http_talk_sayf(&talk,
	    "POST /login HTTP/1.1\r\n" HOST FORM "Content-Length: 32\r\n\r\nusername=messi");
	await_worker();
	realm_clock_pass(&clock_, 2 * IDLE_MS);
	await_worker();
	http_talk_sayf(&talk, "&password=");
	await_worker();
	assert_ends_after(60000 - 2 * IDLE_MS);
	realm_await_log(&realm, "did not end a request");
}
END_TEST

static bool
has_gate(void *arg)
{
	pid_t gate = process_child(realm.kabard, "gate");

	(void)arg;
	return gate != 0 && process_child(gate, "clerk") != 0;
}

/* Where nobody could log in, monitoring is told so soon, and the page is there all the same. */
START_TEST(no_gate)
{
	struct http_reply reply;
	pid_t gate;

	ck_assert(realm_until(has_gate, NULL));
	gate = process_child(realm.kabard, "gate");
	ck_assert_int_eq(kill(gate, SIGSTOP), 0);
	ck_assert(realm_until(process_is_stopped, &gate));
	http_talk_begin(&talk);
	http_talk_sayf(&talk, HTTP_TALK_GET("/health"));
	ck_assert_int_le(realm_clock_pass_until(&clock_, talk.in_fd), ANSWER_MS + LATE_MS);
	reply = http_talk_hear(&talk, false);
	ck_assert_int_eq(kill(gate, SIGCONT), 0);
	ck_assert_int_eq(reply.status, 503);
	ck_assert_ptr_nonnull(http_reply_header(&reply, "Content-Security-Policy"));
	http_talk_end(&talk);
	ck_assert_int_eq(http_talk_once(HTTP_TALK_GET("/")).status, 200);
	ck_assert_str_eq(http_talk_once(HTTP_TALK_GET("/health")).body, "OK\n");
}
END_TEST

/* In TLS the cookie stays there, and only a page that came by TLS may use it. */
START_TEST(secure)
{
	struct tls_config *client = tls_config_new();
	struct http_reply reply;
	int fd;

	tls_config_insecure_noverifycert(client);
	tls_config_insecure_noverifyname(client);
	for (int i = 0; i < 2; i++) {
		fd = tls_relay(http_talk_connect(), client);
		http_talk_open(&talk, fd, fd);
		http_talk_sayf(&talk,
		    "POST /login HTTP/1.1\r\n" HOST FORM "Origin: %s://kabar.example\r\n"
		    "Content-Length: 32\r\n\r\nusername=messi&password=surabaya",
		    i == 0 ? "https" : "http");
		reply = http_talk_hear(&talk, false);
		ck_assert_int_eq(reply.status, i == 0 ? 200 : 403);
		if (i == 0)
			ck_assert_ptr_nonnull(strstr(http_reply_header(&reply, "Set-Cookie"),
			    "; HttpOnly; SameSite=Strict; Secure"));
		http_talk_end(&talk);
	}
	tls_config_free(client);
}
END_TEST

/* What is no HTTP is told so at once. */
START_TEST(strangers)
{
	http_talk_begin(&talk);
	http_talk_say(&talk, "\x16\x03\x01\x02\x00\x01", 6);
	/* The alert of TLS. */
	ck_assert_int_eq(memcmp(http_talk_hear_bytes(&talk, 7), "\x15\x03\x01\0\x02\x02\x28", 7),
	    0);
	http_talk_hear_end(&talk);
	http_talk_end(&talk);
	http_talk_begin(&talk);
	http_talk_say(&talk, "SSH-2.0-x\r\n", 11);
	ck_assert_int_eq(http_talk_hear(&talk, false).status, 400);
	http_talk_hear_end(&talk);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("web_limits");
	TCase *tcase = realm_tcase(suite, "time");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, idle);
	tcase_add_test(tcase, open_page);
	tcase_add_test(tcase, slow_head);
	tcase_add_test(tcase, slow_body);
	tcase_add_test(tcase, no_gate);
	tcase_add_test(tcase, strangers);
	tcase = realm_tcase(suite, "tls");
	tcase_add_checked_fixture(tcase, setup_tls, teardown);
	tcase_add_test(tcase, secure);
	return realm_run_suite(suite);
}
