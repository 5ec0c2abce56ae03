/* Addresses and networks between commas, and which addresses are among them. */
#include <check.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "net/address.h"
#include "net/address_list.h"
#include "suite.h"

static bool
list_has(const char *list, const char *address)
{
	struct sockaddr_in6 sin6;

	ck_assert_msg(address_parse(address, strlen(address), &sin6), "%s", address);
	return address_list_has(list, (const struct sockaddr *)&sin6);
}

START_TEST(test_addresses_are_read)
{
	static const char *const good[] = { "127.0.0.1", "::1", "2001:db8::7", "::ffff:10.0.0.1" };
	static const char *const bad[] = { "", "1.2.3", "1.2.3.4 ", "01.2.3.4", "1.2.3.256",
		"::1%1", "fe80::1%eth0", "localhost", "1:2", "[::1]", "1.2.3.4:80", "0x7f.1",
		"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000" };
	struct sockaddr_in6 sin6;
	char text[ADDRESS_TEXT_MAX];
	uint16_t port;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert_msg(address_parse(good[i], strlen(good[i]), &sin6), "%s", good[i]);
		address_text((const struct sockaddr *)&sin6, text, sizeof(text), &port);
		ck_assert_str_eq(text, i == 3 ? "10.0.0.1" : good[i]);
		ck_assert_uint_eq(port, 0);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!address_parse(bad[i], strlen(bad[i]), &sin6), "%s", bad[i]);
	ck_assert(!address_parse("1.2.3.4\0", 8, &sin6));
	ck_assert(address_parse("1.2.3.45", 7, &sin6));
	address_text((const struct sockaddr *)&sin6, text, sizeof(text), &port);
	ck_assert_str_eq(text, "1.2.3.4");
}
END_TEST

START_TEST(test_addresses_are_found)
{
	ck_assert(list_has("127.0.0.1", "127.0.0.1"));
	ck_assert(list_has("::1, 127.0.0.1", "127.0.0.1"));
	ck_assert(list_has("127.0.0.1", "::ffff:127.0.0.1"));
	ck_assert(list_has("::ffff:127.0.0.1", "127.0.0.1"));
	ck_assert(list_has("::1,127.0.0.1", "::1"));
	ck_assert(!list_has("::1,127.0.0.1", "127.0.0.2"));
	ck_assert(!list_has("127.0.0.1", "::1"));
	ck_assert(!list_has("", "127.0.0.1"));
	/* A /64 is one host for the limits, and not here. */
	ck_assert(!list_has("2001:db8::1", "2001:db8::2"));
}
END_TEST

START_TEST(test_networks_have_their_addresses)
{
	ck_assert(list_has("10.0.0.0/8", "10.255.0.1"));
	ck_assert(!list_has("10.0.0.0/8", "11.0.0.0"));
	ck_assert(list_has("10.32.0.0/11", "10.63.255.255"));
	ck_assert(!list_has("10.32.0.0/11", "10.64.0.0"));
	ck_assert(!list_has("10.32.0.0/11", "10.31.255.255"));
	ck_assert(list_has("10.0.0.8/32", "10.0.0.8"));
	ck_assert(!list_has("10.0.0.8/32", "10.0.0.9"));
	ck_assert(list_has("2001:db8::/33", "2001:db8:7fff::1"));
	ck_assert(!list_has("2001:db8::/33", "2001:db8:8000::1"));
	ck_assert(list_has("::ffff:10.0.0.0/104", "10.1.2.3"));
}
END_TEST

START_TEST(test_everything_is_of_one_kind)
{
	ck_assert(list_has("0.0.0.0/0", "192.0.2.1"));
	ck_assert(!list_has("0.0.0.0/0", "2001:db8::1"));
	ck_assert(list_has("::/0", "2001:db8::1"));
	ck_assert(!list_has("::/0", "192.0.2.1"));
	ck_assert(!list_has("::/96", "0.0.0.1"));
}
END_TEST

START_TEST(test_local_sockets_are_in_no_list)
{
	const struct sockaddr_un local = { .sun_family = AF_UNIX };

	ck_assert(!address_list_has("0.0.0.0/0,::/0", (const struct sockaddr *)&local));
}
END_TEST

START_TEST(test_lists_are_judged)
{
	static const char *const good[] = { "", "127.0.0.1", " 127.0.0.1 , ::1 ", "10.0.0.0/8",
		"10.0.0.0/08", "0.0.0.0/0", "::/0", "2001:db8::/32", "::1/128", "10.0.0.1/32",
		"10.0.0.128/25" };
	static const char *const bad[] = { ",", "127.0.0.1,", ",::1", "localhost", "10.0.0.0/33",
		"10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8 8", "10.0.0.0/4294967304", "10.0.0.1/8",
		"::1/64", "::1/129", "/8", "10.0.0.0/8/8", "10.0.0.64/25" };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(address_list_valid(good[i]), "%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!address_list_valid(bad[i]), "%s", bad[i]);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("address_list");
	TCase *tcase = tcase_create("address_list");

	tcase_add_test(tcase, test_addresses_are_read);
	tcase_add_test(tcase, test_addresses_are_found);
	tcase_add_test(tcase, test_networks_have_their_addresses);
	tcase_add_test(tcase, test_everything_is_of_one_kind);
	tcase_add_test(tcase, test_local_sockets_are_in_no_list);
	tcase_add_test(tcase, test_lists_are_judged);
	suite_add_tcase(suite, tcase);

	return suite_run(suite);
}
