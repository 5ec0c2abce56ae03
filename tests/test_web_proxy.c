/* The client for whom a trusted proxy speaks. */
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "dialect/web/proxy.h"
#include "net/address.h"
#include "suite.h"

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

int
main(void)
{
	Suite *suite = suite_create("web_proxy");
	TCase *tcase = tcase_create("parse");

	tcase_add_test(tcase, test_the_rightmost_stranger_is_the_client);
	tcase_add_test(tcase, test_a_client_cannot_choose_its_address);
	tcase_add_test(tcase, test_proxies_may_be_clients);
	tcase_add_test(tcase, test_ports_are_dropped);
	tcase_add_test(tcase, test_what_is_no_address_is_bad);
	suite_add_tcase(suite, tcase);

	return suite_run(suite);
}
