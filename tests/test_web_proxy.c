/*
 * The client for whom a trusted proxy speaks: how its address is found, and where it counts. The
 * tests are the proxy.
 */
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "dialect/web/proxy.h"
#include "http_talk.h"
#include "net/address.h"

#define TRUSTED "127.0.0.1, 10.0.0.0/8, ::1"

static void
assert_client(const char *value, enum dialect_web_proxy expected, const char *client)
{
	struct sockaddr_in6 found;
	char text[ADDRESS_TEXT_MAX];
	uint16_t port;

	ck_assert_msg(dialect_web_proxy_find(TRUSTED, value, strlen(value), &found) == expected,
	    "\"%s\"", value);
	if (expected == DIALECT_WEB_PROXY_BAD)
		return;
	address_text((const struct sockaddr *)&found, text, sizeof(text), &port);
	ck_assert_str_eq(text, client);
}

START_TEST(test_the_rightmost_stranger_is_the_client)
{
	assert_client("192.0.2.1", DIALECT_WEB_PROXY_FOUND, "192.0.2.1");
	assert_client("192.0.2.7,192.0.2.1", DIALECT_WEB_PROXY_FOUND, "192.0.2.1");
	assert_client("192.0.2.7, 192.0.2.1 , 10.1.1.1,\t127.0.0.1", DIALECT_WEB_PROXY_FOUND,
	    "192.0.2.1");
	assert_client("2001:db8::1, ::1", DIALECT_WEB_PROXY_FOUND, "2001:db8::1");
	assert_client("::ffff:192.0.2.1, ::ffff:10.0.0.1", DIALECT_WEB_PROXY_FOUND, "192.0.2.1");
}
END_TEST

START_TEST(test_a_client_cannot_choose_its_address)
{
	/* It writes the left part, which has no meaning, good or bad. */
	assert_client("127.0.0.1, 192.0.2.1", DIALECT_WEB_PROXY_FOUND, "192.0.2.1");
	assert_client("unknown, 192.0.2.1", DIALECT_WEB_PROXY_FOUND, "192.0.2.1");
	assert_client(",, 192.0.2.1", DIALECT_WEB_PROXY_FOUND, "192.0.2.1");
}
END_TEST

START_TEST(test_proxies_may_be_clients)
{
	assert_client("127.0.0.1", DIALECT_WEB_PROXY_ALL, "127.0.0.1");
	assert_client("10.0.0.2, 10.0.0.1, 127.0.0.1", DIALECT_WEB_PROXY_ALL, "10.0.0.2");
}
END_TEST

START_TEST(test_ports_are_dropped)
{
	assert_client("192.0.2.1:1234", DIALECT_WEB_PROXY_FOUND, "192.0.2.1");
	assert_client("[2001:db8::1]:1234", DIALECT_WEB_PROXY_FOUND, "2001:db8::1");
	assert_client("[2001:db8::1]", DIALECT_WEB_PROXY_FOUND, "2001:db8::1");
	assert_client("192.0.2.1, [::1]:443, 127.0.0.1:65535", DIALECT_WEB_PROXY_FOUND,
	    "192.0.2.1");
}
END_TEST

START_TEST(test_what_is_no_address_is_bad)
{
	static const char *const bad[] = { "", " ", ",", "192.0.2.1,", "192.0.2.1, ,127.0.0.1",
		"unknown", "192.0.2", "192.0.2.1:", "192.0.2.1:x", "192.0.2.1:123456",
		"192.0.2.1 1", "[192.0.2.1]", "[2001:db8::1", "2001:db8::1]", "[2001:db8::1]x",
		"[2001:db8::1]1", "[]", "2001:db8::1%eth0", "\"192.0.2.1\"",
		"192.0.2.1, 127.0.0.1x", "192.0.2.1;127.0.0.1" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_client(bad[i], DIALECT_WEB_PROXY_BAD, NULL);
}
END_TEST

#define HOST          "Host: kabar.example\r\n"
#define FORM          "Content-Type: application/x-www-form-urlencoded\r\n"
#define FROM(address) "X-Forwarded-For: " address "\r\n"

static struct realm realm;
static struct http_talk talk = { .in_fd = -1 };

static void
begin(const char *inside, const char *settings)
{
	http_talk_make(&realm, inside, settings);
	realm_start(&realm);
}

static void
teardown(void)
{
	http_talk_end(&talk);
	http_talk_remove(&realm);
}

static int
post(const char *path, const char *headers, const char *form)
{
	char request[1024];

	snprintf(request, sizeof(request),
	    "POST %s HTTP/1.1\r\n" HOST FORM "%sContent-Length: %zu\r\n\r\n%s", path, headers,
	    strlen(form), form);
	return http_talk_once(request).status;
}

static int
fail_login(const char *headers)
{
	return post("/login", headers, "username=messi&password=salah");
}

START_TEST(test_the_log_has_the_client)
{
	begin("trusted_proxy = \"127.0.0.0/8, 10.0.0.0/8\"", "log_level = debug");
	ck_assert_int_eq(fail_login(FROM("192.0.2.7, 10.0.0.1")), 403);
	realm_await_log(&realm,
	    " 192.0.2.7: login failed for messi from 192.0.2.7: wrong password");
	/* Two headers are one list, in their order. */
	ck_assert_int_eq(fail_login(FROM("192.0.2.8") FROM("10.0.0.1")), 403);
	realm_await_log(&realm, "messi from 192.0.2.8: ");
	ck_assert_int_eq(fail_login(FROM("192.0.2.8") FROM("2001:db8::9")), 403);
	realm_await_log(&realm, "messi from 2001:db8::9: ");
	/* Without the header the proxy is the client. */
	ck_assert_int_eq(fail_login(""), 403);
	realm_await_log(&realm, "messi from 127.0.0.1: ");
}
END_TEST

START_TEST(test_strangers_are_not_heard)
{
	begin("trusted_proxy = \"10.0.0.0/8\"", "log_level = debug");
	ck_assert_int_eq(fail_login(FROM("192.0.2.7")), 403);
	realm_await_log(&realm, "messi from 127.0.0.1: ");
	ck_assert_int_eq(fail_login(FROM("nonsense")), 403);
	ck_assert_uint_eq(realm_log_count(&realm, "192.0.2.7"), 0);
}
END_TEST

START_TEST(test_malformed_headers_are_refused)
{
	begin("trusted_proxy = \"::1, 127.0.0.1\"", NULL);
	ck_assert_int_eq(fail_login(FROM("192.0.2.7, nonsense")), 400);
	ck_assert_int_eq(fail_login(FROM("")), 400);
	ck_assert_int_eq(fail_login(FROM("nonsense") FROM("127.0.0.1")), 400);
	ck_assert_int_eq(fail_login(FROM("nonsense, 192.0.2.7")), 403);
}
END_TEST

/* The gate counts by the address that the proxy tells, and not by the proxy's. */
START_TEST(test_the_gate_has_the_client)
{
	begin("trusted_proxy = 127.0.0.1", "registrations_per_day = 1\npassword_cost = 1\n");
	ck_assert_int_eq(post("/register", FROM("192.0.2.7"),
	                     "username=satu&password=rahasia&name=S&country=ID"),
	    200);
	ck_assert_int_eq(post("/register", FROM("192.0.2.7"),
	                     "username=dua&password=rahasia&name=D&country=ID"),
	    429);
	ck_assert_int_eq(post("/register", FROM("192.0.2.8"),
	                     "username=dua&password=rahasia&name=D&country=ID"),
	    200);
}
END_TEST

/* One connection may have the requests of several clients; those that the gate judges end it. */
START_TEST(test_clients_share_a_connection)
{
	struct http_reply reply;

	begin("trusted_proxy = 127.0.0.1", "log_level = debug");
	http_talk_begin(&talk);
	reply = http_talk_ask(&talk, "GET / HTTP/1.1\r\n" HOST FROM("192.0.2.7") "\r\n");
	ck_assert_int_eq(reply.status, 200);
	ck_assert_ptr_null(http_reply_header(&reply, "Connection"));
	reply = http_talk_ask(&talk, "GET /session HTTP/1.1\r\n" HOST FROM("192.0.2.8") "\r\n");
	ck_assert_int_eq(reply.status, 200);
	ck_assert_str_eq(http_reply_header(&reply, "Connection"), "close");
	http_talk_hear_end(&talk);
	realm_await_log(&realm, " 192.0.2.7: page: 200");
	realm_await_log(&realm, " 192.0.2.8: /session: 200");
}
END_TEST

/* Whether the cookie of a login is for TLS only. */
static bool
cookie_is_secure(const char *headers)
{
	struct http_reply reply;
	char request[512];

	snprintf(request, sizeof(request),
	    "POST /login HTTP/1.1\r\n" HOST FORM "%sContent-Length: 32\r\n\r\n"
	    "username=messi&password=surabaya",
	    headers);
	reply = http_talk_once(request);
	ck_assert_int_eq(reply.status, 200);
	return strstr(http_reply_header(&reply, "Set-Cookie"), "; Secure") != NULL;
}

START_TEST(test_the_proxy_speaks_tls)
{
	begin("trusted_proxy = 127.0.0.1", NULL);
	ck_assert(cookie_is_secure("X-Forwarded-Proto: https\r\n"));
	ck_assert(cookie_is_secure("X-Forwarded-Proto: http, HTTPS\r\n"));
	ck_assert(!cookie_is_secure("X-Forwarded-Proto: https, http\r\n"));
	ck_assert(!cookie_is_secure(""));
	/* The page of a site is another one without TLS. */
	ck_assert_int_eq(fail_login("X-Forwarded-Proto: https\r\n"
	                            "Origin: https://kabar.example\r\n"),
	    403);
	realm_await_log(&realm, "login failed for messi");
	ck_assert(!cookie_is_secure("Origin: http://kabar.example\r\n"));
	ck_assert_int_eq(post("/login",
	                     "X-Forwarded-Proto: https\r\nOrigin: http://kabar.example\r\n",
	                     "username=messi&password=surabaya"),
	    403);
}
END_TEST

START_TEST(test_strangers_speak_no_tls)
{
	begin(NULL, NULL);
	ck_assert(!cookie_is_secure("X-Forwarded-Proto: https\r\n"));
}
END_TEST

/* Connections that stay open, and one more. */
static int
ask_beside(int others)
{
	struct http_talk idle[4];
	int status;

	for (int i = 0; i < others; i++) {
		http_talk_begin(&idle[i]);
		ck_assert_int_eq(http_talk_ask(&idle[i], HTTP_TALK_GET("/")).status, 200);
	}
	http_talk_begin(&talk);
	status = http_talk_ask(&talk, HTTP_TALK_GET("/")).status;
	for (int i = 0; i < others; i++)
		http_talk_end(&idle[i]);
	return status;
}

START_TEST(test_a_proxy_has_many_connections)
{
	begin("trusted_proxy = 127.0.0.1", "max_clients_per_address = 3");
	ck_assert_int_eq(ask_beside(4), 200);
}
END_TEST

/* One is that which showed that kabard is up. */
START_TEST(test_an_address_has_few_connections)
{
	begin("trusted_proxy = 127.0.0.2", "max_clients_per_address = 4");
	ck_assert_int_eq(ask_beside(3), 503);
}
END_TEST

/* The third one is refused; after some seconds, the first one would make way for it. */
START_TEST(test_few_clients_of_a_proxy_are_unknown)
{
	begin("trusted_proxy = 127.0.0.1", "max_unknown = 2");
	(void)ask_beside(2);
	realm_await_log(&realm, "max_unknown (2) have not logged in");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("web_proxy");
	TCase *tcase = realm_tcase(suite, "parse");

	tcase_add_test(tcase, test_the_rightmost_stranger_is_the_client);
	tcase_add_test(tcase, test_a_client_cannot_choose_its_address);
	tcase_add_test(tcase, test_proxies_may_be_clients);
	tcase_add_test(tcase, test_ports_are_dropped);
	tcase_add_test(tcase, test_what_is_no_address_is_bad);
	tcase = realm_tcase(suite, "proxy");
	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_test(tcase, test_the_log_has_the_client);
	tcase_add_test(tcase, test_strangers_are_not_heard);
	tcase_add_test(tcase, test_malformed_headers_are_refused);
	tcase_add_test(tcase, test_the_gate_has_the_client);
	tcase_add_test(tcase, test_clients_share_a_connection);
	tcase_add_test(tcase, test_the_proxy_speaks_tls);
	tcase_add_test(tcase, test_strangers_speak_no_tls);
	tcase_add_test(tcase, test_a_proxy_has_many_connections);
	tcase_add_test(tcase, test_an_address_has_few_connections);
	tcase_add_test(tcase, test_few_clients_of_a_proxy_are_unknown);
	return realm_run_suite(suite);
}
