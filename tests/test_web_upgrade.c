/* The dialect web, behind the handshake: a WebSocket with the requests of realm. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "http_talk.h"
#include "speaker.h"

#define HOST       "Host: kabar.example\r\n"
#define COOKIE_MAX 256
#define KEY        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION_13 "Sec-WebSocket-Version: 13\r\n"
#define UPGRADE    "Connection: Upgrade\r\nUpgrade: websocket\r\n"

static struct realm realm;
static struct http_talk talk = { .in_fd = -1 }, other = { .in_fd = -1 };

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
	http_talk_end(&other);
	http_talk_remove(&realm);
}

static void
assert_reply(struct http_talk *t, const char *request, const char *expected)
{
	ck_assert_str_eq(http_talk_ask_message(t, request), expected);
}

/* The key and what belongs to it are those of RFC 6455, 1.3. */
START_TEST(handshake)
{
	struct http_reply reply;

	http_talk_begin(&talk);
	reply = http_talk_ask(&talk, HTTP_TALK_HANDSHAKE(""));
	ck_assert_int_eq(reply.status, 101);
	ck_assert_str_eq(http_reply_header(&reply, "Sec-WebSocket-Accept"),
	    "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	ck_assert_str_eq(http_reply_header(&reply, "Upgrade"), "websocket");
	ck_assert_str_eq(http_reply_header(&reply, "Connection"), "Upgrade");
	ck_assert_ptr_null(http_reply_header(&reply, "Set-Cookie"));
	ck_assert_ptr_null(http_reply_header(&reply, "Content-Length"));
	ck_assert_ptr_null(http_reply_header(&reply, "Sec-WebSocket-Extensions"));
	ck_assert_ptr_null(http_reply_header(&reply, "Sec-WebSocket-Protocol"));
	ck_assert_ptr_nonnull(http_reply_header(&reply, "Content-Security-Policy"));
}
END_TEST

static const struct {
	const char *request;
	int status;
} refused[] = {
	{ "GET /ws HTTP/1.1\r\n" HOST "\r\n", 426 },
	{ "GET /ws HTTP/1.1\r\n" HOST KEY VERSION_13 "Upgrade: websocket\r\n\r\n", 426 },
	{ "GET /ws HTTP/1.1\r\n" HOST KEY VERSION_13 "Connection: Upgrade\r\n\r\n", 426 },
	{ "GET /ws HTTP/1.1\r\n" HOST KEY VERSION_13 "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
	    426 },
	{ "GET /ws HTTP/1.1\r\n" HOST UPGRADE KEY "\r\n", 426 },
	{ "GET /ws HTTP/1.1\r\n" HOST UPGRADE KEY "Sec-WebSocket-Version: 8\r\n\r\n", 426 },
	{ "GET /ws HTTP/1.1\r\n" HOST UPGRADE KEY "Sec-WebSocket-Version: 13, 8\r\n\r\n", 426 },
	{ "GET /ws HTTP/1.1\r\n" HOST UPGRADE VERSION_13 "\r\n", 400 },
	{ "GET /ws HTTP/1.1\r\n" HOST UPGRADE VERSION_13 "Sec-WebSocket-Key:\r\n\r\n", 400 },
	{ "GET /ws HTTP/1.1\r\n" HOST UPGRADE VERSION_13 "Sec-WebSocket-Key: c2hvcnQ=\r\n\r\n",
	    400 },
	{ "GET /ws HTTP/1.1\r\n" HOST UPGRADE VERSION_13
	  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ!==\r\n\r\n",
	    400 },
	{ "GET /ws HTTP/1.1\r\n" HOST UPGRADE VERSION_13
	  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZSEh\r\n\r\n",
	    400 },
	{ "GET /ws HTTP/1.1\r\n" HOST UPGRADE VERSION_13 KEY "Content-Length: 3\r\n\r\nabc", 400 },
	{ "POST /ws HTTP/1.1\r\n" HOST UPGRADE VERSION_13 KEY "\r\n", 405 },
	{ HTTP_TALK_HANDSHAKE("Origin: https://evil.example\r\n"), 403 },
	{ HTTP_TALK_HANDSHAKE("Origin: null\r\n"), 403 },
	{ HTTP_TALK_HANDSHAKE("Sec-Fetch-Site: cross-site\r\n"), 403 },
	{ HTTP_TALK_HANDSHAKE("Sec-Fetch-Site: same-site\r\n"), 403 },
};
#define REFUSED (sizeof(refused) / sizeof(refused[0]))

START_TEST(bad_handshakes)
{
	for (size_t i = 0; i < REFUSED; i++) {
		struct http_reply reply = http_talk_once(refused[i].request);
		const char *version;

		ck_assert_msg(reply.status == refused[i].status, "%d for %s", reply.status,
		    refused[i].request);
		version = http_reply_header(&reply, "Sec-WebSocket-Version");
		ck_assert((version != NULL) == (reply.status == 426));
		if (version != NULL)
			ck_assert_str_eq(version, "13");
	}
	ck_assert_int_eq(http_talk_once(HTTP_TALK_HANDSHAKE("Origin: http://kabar.example\r\n"))
	                     .status,
	    101);
	ck_assert_int_eq(http_talk_once("GET /ws HTTP/1.1\r\n" HOST KEY VERSION_13
	                                "connection: keep-alive, upgrade\r\n"
	                                "upgrade: WebSocket\r\n\r\n")
	                     .status,
	    101);
}
END_TEST

/* The cookie logs in, and is renewed; the user is shown, once. */
START_TEST(with_cookie)
{
	char cookie[COOKIE_MAX], again[COOKIE_MAX];
	struct http_reply reply;

	http_talk_log_in("messi", cookie);
	ck_assert_uint_eq(realm_online(&realm), 0);
	http_talk_begin(&talk);
	http_talk_sayf(&talk, HTTP_TALK_HANDSHAKE("Cookie: %s\r\n"), cookie);
	reply = http_talk_hear(&talk, false);
	ck_assert_int_eq(reply.status, 101);
	http_reply_cookie(&reply, again);
	ck_assert_str_eq(again, cookie);
	ck_assert_ptr_nonnull(strstr(http_reply_header(&reply, "Set-Cookie"), "HttpOnly"));
	assert_reply(&talk, "whoami",
	    "{\"status\":\"OK\",\"username\":\"messi\",\"name\":\"Lionel Messi\","
	    "\"country\":\"Argentina\",\"realm\":\"surabaya\",\"admin\":false}");
	ck_assert_uint_eq(realm_online(&realm), 1);
	/* The page may name itself, as other clients do. */
	assert_reply(&talk, "client page/1", "{\"status\":\"OK\",\"message\":\"Client noted\"}");
	ck_assert_ptr_nonnull(strstr(http_talk_ask_message(&talk, "sessions"), "page/1"));
}
END_TEST

START_TEST(without_cookie)
{
	static const char unknown[] = "{\"status\":\"ERROR\",\"message\":\"Session tidak "
	                              "ditemukan\",\"code\":\"NO_SESSION\"}";

	http_talk_upgrade(&talk, "kabar-surabaya=6ba7b810-9dad-41d1-80b4-00c04fd430c8");
	assert_reply(&talk, "whoami", unknown);
	http_talk_end(&talk);
	http_talk_upgrade(&talk, "");
	assert_reply(&talk, "whoami", unknown);
	ck_assert_int_eq(strncmp(http_talk_ask_message(&talk, "auth messi surabaya"),
	                     "{\"status\":\"OK\"", 14),
	    0);
	ck_assert_ptr_nonnull(strstr(http_talk_ask_message(&talk, "whoami"), "messi"));
}
END_TEST

/* Whatever comes behind the head is of the WebSocket. */
START_TEST(at_once)
{
	static const char frames[] = "\x81\x86\0\0\0\0whoami\x81\x86\0\0\0\0whoami";
	char cookie[COOKIE_MAX], bytes[2048];
	int len, code;

	http_talk_log_in("messi", cookie);
	http_talk_begin(&talk);
	len = snprintf(bytes, sizeof(bytes), HTTP_TALK_HANDSHAKE("Cookie: %s\r\n"), cookie);
	memcpy(bytes + len, frames, sizeof(frames) - 1);
	http_talk_say(&talk, bytes, (size_t)len + sizeof(frames) - 1);
	ck_assert_int_eq(http_talk_hear(&talk, false).status, 101);
	ck_assert_ptr_nonnull(strstr(http_talk_hear_message(&talk, &code), "messi"));
	ck_assert_ptr_nonnull(strstr(http_talk_hear_message(&talk, &code), "messi"));
}
END_TEST

/* A text has the line ends that it may have on a line, and no others. */
START_TEST(line_ends)
{
	static const char bad[] = "{\"status\":\"ERROR\",\"message\":\"parameter salah\"}";
	static char long_text[70000] = "send henderson ";
	char cookie[COOKIE_MAX];

	http_talk_log_in("messi", cookie);
	http_talk_upgrade(&talk, cookie);
	http_talk_log_in("henderson", cookie);
	http_talk_upgrade(&other, cookie);
	assert_reply(&talk, "send henderson satu\r\nsend henderson dua", bad);
	assert_reply(&talk, "whoami\r\n", bad);
	assert_reply(&talk, "\r\n", bad);
	assert_reply(&talk, "send henderson satu\ndua\rtiga\n",
	    "{\"status\":\"OK\",\"message\":\"Message sent\"}");
	ck_assert_ptr_nonnull(
	    strstr(http_talk_ask_message(&other, "inbox"), "\"msg\":\"satu\\ndua\\rtiga\\n\""));
	memset(long_text + 15, 'x', 9000);
	memcpy(long_text + 8000, "\r\n", 2);
	assert_reply(&talk, long_text, bad);
	memcpy(long_text + 8000, "\n\r", 2);
	assert_reply(&talk, long_text, "{\"status\":\"OK\",\"message\":\"Message sent\"}");
	/* A reply that is longer than a frame's buffer is one message. */
	ck_assert_uint_gt(strlen(http_talk_ask_message(&other, "inbox")), 9000);
	assert_reply(&other, "inbox", "{\"status\":\"OK\",\"messages\":{}}");
}
END_TEST

/* Events come unasked, each in a message of its own. */
START_TEST(events)
{
	char cookie[COOKIE_MAX];
	const char *event;
	int code;

	http_talk_log_in("messi", cookie);
	http_talk_upgrade(&talk, cookie);
	http_talk_log_in("henderson", cookie);
	http_talk_upgrade(&other, cookie);
	ck_assert_ptr_nonnull(strstr(http_talk_ask_message(&other, "watch"), "\"OK\""));
	assert_reply(&talk, "send henderson halo",
	    "{\"status\":\"OK\",\"message\":\"Message sent\"}");
	do {
		event = http_talk_hear_message(&other, &code);
		ck_assert_ptr_nonnull(event);
	} while (strstr(event, "halo") == NULL);
}
END_TEST

/* A session that ends elsewhere ends here. */
START_TEST(log_out)
{
	char cookie[COOKIE_MAX], request[1024];

	http_talk_log_in("messi", cookie);
	http_talk_upgrade(&talk, cookie);
	ck_assert_ptr_nonnull(strstr(http_talk_ask_message(&talk, "whoami"), "messi"));
	snprintf(request, sizeof(request), "POST /logout HTTP/1.1\r\n" HOST "Cookie: %s\r\n\r\n",
	    cookie);
	ck_assert_int_eq(http_talk_once(request).status, 200);
	assert_reply(&talk, "whoami",
	    "{\"status\":\"ERROR\",\"message\":\"Session tidak ditemukan\","
	    "\"code\":\"NO_SESSION\"}");
	ck_assert_uint_eq(realm_online(&realm), 0);
}
END_TEST

START_TEST(server_ends)
{
	char cookie[COOKIE_MAX];
	int code;

	http_talk_log_in("messi", cookie);
	http_talk_upgrade(&talk, cookie);
	ck_assert_ptr_nonnull(strstr(http_talk_ask_message(&talk, "whoami"), "messi"));
	ck_assert_int_eq(kill(realm.kabard, SIGTERM), 0);
	ck_assert_ptr_null(http_talk_hear_message(&talk, &code));
	ck_assert_int_eq(code, 1001);
	/* In good order, not by a reset. */
	http_talk_hear_end(&talk);
	http_talk_end(&talk);
	ck_assert_int_eq(realm_await(realm.kabard), 0);
	realm.kabard = 0;
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("web_upgrade");
	TCase *tcase = realm_tcase(suite, "handshake");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, handshake);
	tcase_add_test(tcase, bad_handshakes);
	tcase_add_test(tcase, with_cookie);
	tcase_add_test(tcase, without_cookie);
	tcase_add_test(tcase, at_once);
	tcase = realm_tcase(suite, "messages");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, line_ends);
	tcase_add_test(tcase, events);
	tcase_add_test(tcase, log_out);
	tcase_add_test(tcase, server_ends);
	return realm_run_suite(suite);
}
