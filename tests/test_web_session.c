/* The dialect web: sessions by forms and cookies. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/token.h"
#include "http_talk.h"
#include "speaker.h"

#define HOST       "Host: kabar.example\r\n"
#define FORM       "Content-Type: application/x-www-form-urlencoded\r\n"
#define COOKIE_MAX 256

static struct realm realm;
static struct http_talk talk = { .in_fd = -1 };

static void
setup(void)
{
	http_talk_make(&realm, NULL, "log_level = debug");
	realm_start(&realm);
}

static void
teardown(void)
{
	http_talk_end(&talk);
	http_talk_remove(&realm);
}

START_TEST(sessions)
{
	char cookie[COOKIE_MAX], header[512];
	struct http_reply reply = http_talk_request("GET", "/session", "");

	ck_assert_int_eq(reply.status, 200);
	http_reply_assert_safe(&reply);
	ck_assert_str_eq(reply.body,
	    "{\"status\":\"OK\",\"realm\":\"surabaya\",\"server\":\"kabar " PACKAGE_VERSION
	    "\",\"registration\":\"on\"}");
	reply = http_talk_post("/login", "", "username=messi&password=surabaya");
	ck_assert_int_eq(reply.status, 200);
	ck_assert_str_eq(reply.body, "{\"status\":\"OK\",\"username\":\"messi\"}");
	http_reply_assert_safe(&reply);
	http_reply_assert_header(&reply, "Connection", "close");
	http_reply_assert_header(&reply, "Cache-Control", "no-store");
	ck_assert_str_eq(strchr(http_reply_header(&reply, "Set-Cookie"), ';'),
	    "; Max-Age=2592000; HttpOnly; SameSite=Strict");
	http_reply_cookie(&reply, cookie);
	ck_assert_int_eq(strncmp(cookie, "kabar-surabaya=", 15), 0);
	ck_assert(token_looks(cookie + 15, strlen(cookie + 15)));
	snprintf(header, sizeof(header), "Cookie: other=1; %s\r\n", cookie);
	reply = http_talk_request("GET", "/session", header);
	ck_assert_ptr_nonnull(strstr(reply.body,
	    ",\"username\":\"messi\",\"name\":\"Lionel Messi\",\"admin\":false}"));
	reply = http_talk_request("POST", "/logout", header);
	ck_assert_int_eq(reply.status, 200);
	http_reply_assert_header(&reply, "Set-Cookie",
	    "kabar-surabaya=; Max-Age=0; HttpOnly; SameSite=Strict");
	ck_assert_ptr_null(strstr(http_talk_request("GET", "/session", header).body, "messi"));
	/* Again: it is over anyway. */
	ck_assert_int_eq(http_talk_request("POST", "/logout", header).status, 200);
}
END_TEST

/* A session that the page began is one of the user's, on any listener; and nobody was shown by it.
 */
START_TEST(one_session)
{
	char cookie[COOKIE_MAX];
	struct speaker speaker;
	char line[128];

	http_talk_log_in("messi", cookie);
	ck_assert_uint_eq(realm_online(&realm), 0);
	int fd = realm_connect(&realm);
	speaker_open(&speaker, fd, fd);
	snprintf(line, sizeof(line), "whoami %s\r\n", strchr(cookie, '=') + 1);
	const char *reply = speaker_ask(&speaker, line);
	ck_assert_ptr_nonnull(reply);
	ck_assert_ptr_nonnull(strstr(reply, "\"username\":\"messi\""));
	snprintf(line, sizeof(line), "sessions %s\r\n", strchr(cookie, '=') + 1);
	reply = speaker_ask(&speaker, line);
	ck_assert_ptr_nonnull(strstr(reply, "kabar-web/"));
	speaker_close(&speaker);
}
END_TEST

START_TEST(refused_logins)
{
	static const struct {
		const char *form;
		int status;
		const char *code;
	} logins[] = {
		{ "username=messi&password=wrong", 403, "BAD_PASSWORD" },
		{ "username=nobody&password=surabaya", 403, "NO_USER" },
		{ "username=messi", 400, "BAD_ARGUMENT" },
		{ "password=surabaya", 400, "BAD_ARGUMENT" },
		{ "", 400, "BAD_ARGUMENT" },
		{ "username=messi&password=surabaya&username=henderson", 400, "BAD_ARGUMENT" },
		{ "username=messi&password=surabay%", 400, "BAD_ARGUMENT" },
		{ "username=messi&password=surabaya%00", 400, "BAD_ARGUMENT" },
		/* A value that looks like fields is a value. */
		{ "username=messi&password=wrong%26password%3Dsurabaya", 403, "BAD_PASSWORD" },
	};

	for (size_t i = 0; i < sizeof(logins) / sizeof(logins[0]); i++) {
		struct http_reply reply = http_talk_post("/login", "", logins[i].form);
		http_reply_assert_error(&reply, logins[i].status, logins[i].code);
		http_reply_assert_header(&reply, "Set-Cookie", NULL);
	}
}
END_TEST

/* The headers of a POST decide before its body is read. */
START_TEST(bad_posts)
{
	struct http_reply reply;

	reply = http_talk_request("POST", "/login", FORM);
	http_reply_assert_error(&reply, 411, "BAD_ARGUMENT");
	reply = http_talk_request("POST", "/login", FORM "Content-Length: 8193\r\n");
	http_reply_assert_error(&reply, 413, "TOO_BIG");
	reply = http_talk_request("POST", "/login",
	    "Content-Type: application/json\r\nContent-Length: 2\r\n");
	http_reply_assert_error(&reply, 415, "BAD_ARGUMENT");
	reply = http_talk_request("POST", "/login", "Content-Length: 2\r\n");
	http_reply_assert_error(&reply, 415, "BAD_ARGUMENT");
}
END_TEST

START_TEST(body_in_pieces)
{
	static const char form[] = "username=messi&password=surabaya";

	http_talk_begin(&talk);
	http_talk_sayf(&talk,
	    "POST /login HTTP/1.1\r\n" HOST
	    "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
	    "Expect: 100-continue\r\nContent-Length: %zu\r\n\r\n",
	    strlen(form));
	ck_assert_int_eq(http_talk_hear(&talk, false).status, 100);
	http_talk_say(&talk, form, 10);
	ck_assert_int_eq(http_talk_ask(&talk, form + 10).status, 200);
	http_talk_hear_end(&talk);
}
END_TEST

/* Guesses at the page count as those elsewhere do. */
START_TEST(delays)
{
	struct http_reply reply = { .status = 0 };

	http_talk_configure(&realm, NULL, "login_delay = 1h  limit_loopback = on");
	realm_reload(&realm);
	for (int i = 0; i < 50 && reply.status != 429; i++)
		reply = http_talk_post("/login", "", "username=messi&password=wrong");
	http_reply_assert_error(&reply, 429, "TOO_SOON");
	ck_assert_int_gt(atoi(http_reply_header(&reply, "Retry-After")), 0);
}
END_TEST

START_TEST(uniform)
{
	struct http_reply reply;

	http_talk_configure(&realm, NULL, "uniform_auth = on");
	realm_reload(&realm);
	reply = http_talk_post("/login", "", "username=nobody&password=surabaya");
	http_reply_assert_error(&reply, 403, "BAD_PASSWORD");
}
END_TEST

START_TEST(registration)
{
	char cookie[COOKIE_MAX], header[512];
	struct http_reply reply = http_talk_post("/register", "",
	    "username=kane&password=tottenham+1&name=Harry+K%C3%A4ne&country=Inggris&x=y");

	ck_assert_int_eq(reply.status, 200);
	ck_assert_str_eq(reply.body, "{\"status\":\"OK\",\"username\":\"kane\"}");
	http_reply_cookie(&reply, cookie);
	snprintf(header, sizeof(header), "Cookie: %s\r\n", cookie);
	ck_assert_ptr_nonnull(strstr(http_talk_request("GET", "/session", header).body,
	    "\"username\":\"kane\",\"name\":\"Harry K\\u00e4ne\""));
	reply = http_talk_post("/login", "", "username=kane&password=tottenham+1");
	ck_assert_int_eq(reply.status, 200);
	reply =
	    http_talk_post("/register", "", "username=kane&password=tottenham+1&name=x&country=y");
	http_reply_assert_error(&reply, 409, "USER_EXISTS");
	reply =
	    http_talk_post("/register", "", "username=b+d&password=tottenham+1&name=x&country=y");
	http_reply_assert_error(&reply, 400, "BAD_ARGUMENT");
	http_talk_configure(&realm, NULL, "registration = off");
	realm_reload(&realm);
	reply =
	    http_talk_post("/register", "", "username=k2&password=tottenham+1&name=x&country=y");
	http_reply_assert_error(&reply, 403, "FORBIDDEN");
	ck_assert_ptr_nonnull(
	    strstr(http_talk_request("GET", "/session", "").body, "\"registration\":\"off\""));
}
END_TEST

START_TEST(invitations)
{
	char code[64] = "", form[256];
	struct http_reply reply;
	const char *const argv[] = { realm_kabarctl_path, "-c", realm.config, "invite", NULL };

	http_talk_configure(&realm, NULL, "registration = invitation");
	realm_reload(&realm);
	ck_assert_ptr_nonnull(strstr(http_talk_request("GET", "/session", "").body,
	    "\"registration\":\"invitation\""));
	reply =
	    http_talk_post("/register", "", "username=kane&password=tottenham+1&name=x&country=y");
	http_reply_assert_error(&reply, 403, "NEEDS_INVITATION");
	reply = http_talk_post("/register", "",
	    "username=kane&password=tottenham+1&name=x&country=y&invitation=none");
	http_reply_assert_error(&reply, 403, "NO_INVITATION");
	ck_assert_int_eq(realm_run(argv, NULL, code, sizeof(code)), 0);
	code[strcspn(code, " \n")] = '\0';
	snprintf(form, sizeof(form),
	    "username=kane&password=tottenham+1&name=x&country=y&invitation=%s", code);
	ck_assert_msg((reply = http_talk_post("/register", "", form)).status == 200, "%s: %s", code,
	    reply.body);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("web_session");
	TCase *tcase = realm_tcase(suite, "sessions");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, sessions);
	tcase_add_test(tcase, one_session);
	tcase_add_test(tcase, refused_logins);
	tcase_add_test(tcase, bad_posts);
	tcase_add_test(tcase, body_in_pieces);
	tcase_add_test(tcase, delays);
	tcase_add_test(tcase, uniform);
	tcase_add_test(tcase, registration);
	tcase_add_test(tcase, invitations);
	return realm_run_suite(suite);
}
