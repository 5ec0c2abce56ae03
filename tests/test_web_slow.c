/*
 * Files of the dialect web over lines so slow that the time to log in is over before they have gone
 * up or down.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "http_talk.h"

#define COOKIE_MAX 256
#define LONG       (16 * 1024 * 1024)

static struct realm realm;
static struct http_talk http = { .in_fd = -1 }, silent = { .in_fd = -1 };
static char messi[COOKIE_MAX];
static char *content;

static void
setup(void)
{
	http_talk_make(&realm, NULL,
	    "log_level = debug\nfile_max = 16M\nuser_quota = 64M\nlogin_timeout = 8s\n");
	realm_start(&realm);
	http_talk_log_in("messi", messi);
	content = calloc(1, LONG);
	ck_assert_ptr_nonnull(content);
}

static void
teardown(void)
{
	free(content);
	http_talk_end(&http);
	http_talk_end(&silent);
	http_talk_remove(&realm);
}

#define KEY "Idempotency-Key: 4f7df0ff-9e96-4ab3-9c92-0f7dadd1119f\r\n"

static void
begin_request(const char *method, const char *headers, size_t len)
{
	http_talk_begin(&http);
	http_talk_sayf(&http,
	    "%s /files/lineker/long HTTP/1.1\r\nHost: kabar.example\r\nCookie: %s\r\n"
	    "%sContent-Length: %zu\r\n\r\n",
	    method, messi, headers, len);
}

/* A client that has come later, and does not log in, has been sent away. */
static void
await_login_time(void)
{
	http_talk_begin(&silent);
	http_talk_hear_end(&silent);
}

START_TEST(up)
{
	begin_request("PUT", "", LONG);
	http_talk_say(&http, content, LONG / 2);
	await_login_time();
	http_talk_say(&http, content, LONG - LONG / 2);
	ck_assert_int_eq(http_talk_hear(&http, false).status, 200);
}
END_TEST

START_TEST(down)
{
	struct http_reply reply;

	begin_request("PUT", "", LONG);
	http_talk_say(&http, content, LONG);
	ck_assert_int_eq(http_talk_hear(&http, false).status, 200);
	http_talk_end(&http);
	begin_request("GET", "", 0);
	await_login_time();
	reply = http_talk_hear(&http, false);
	ck_assert_int_eq(reply.status, 200);
	ck_assert_uint_eq(reply.len, LONG);
}
END_TEST

/* Who sends a file once more, since no reply came, has sent all of it before the reply. */
START_TEST(again)
{
	begin_request("PUT", KEY, LONG);
	http_talk_say(&http, content, LONG);
	ck_assert_int_eq(http_talk_hear(&http, false).status, 200);
	http_talk_end(&http);
	begin_request("PUT", KEY, LONG);
	http_talk_say(&http, content, LONG / 2);
	await_login_time();
	http_talk_say(&http, content, LONG - LONG / 2);
	ck_assert_int_eq(http_talk_hear(&http, false).status, 200);
	http_talk_end(&http);
	/* Who waits to be asked for it is not. */
	begin_request("PUT", KEY "Expect: 100-continue\r\n", LONG);
	ck_assert_int_eq(http_talk_hear(&http, false).status, 200);
	/* It never comes as a whole. */
	http_talk_end(&http);
	begin_request("PUT", KEY, LONG);
	shutdown(http.out_fd, SHUT_WR);
	ck_assert_int_eq(http_talk_hear(&http, false).status, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("web_slow");
	TCase *tcase = realm_tcase(suite, "slow");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, up);
	tcase_add_test(tcase, down);
	tcase_add_test(tcase, again);
	return realm_run_suite(suite);
}
