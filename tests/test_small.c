/*
 * The small things of base: hexadecimal digits, lists with commas, lists that grow, times as text.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/comma_list.h"
#include "base/hex.h"
#include "base/vector.h"
#include "suite.h"

START_TEST(test_hex_goes_both_ways)
{
	unsigned char bytes[4] = { 0x00, 0x9a, 0xbc, 0xff }, back[4];
	char text[9];

	hex_write(bytes, sizeof(bytes), text);
	ck_assert_str_eq(text, "009abcff");
	ck_assert_int_eq(hex_read(text, 8, back, sizeof(back)), 4);
	ck_assert_mem_eq(back, bytes, sizeof(bytes));
}
END_TEST

START_TEST(test_hex_takes_nothing_else)
{
	unsigned char bytes[2];

	ck_assert_int_eq(hex_read("abc", 3, bytes, sizeof(bytes)), -1);
	ck_assert_int_eq(hex_read("AB", 2, bytes, sizeof(bytes)), -1);
	ck_assert_int_eq(hex_read("0g", 2, bytes, sizeof(bytes)), -1);
	ck_assert_int_eq(hex_read("001122", 6, bytes, sizeof(bytes)), -1);
	ck_assert_int_eq(hex_read("", 0, bytes, sizeof(bytes)), 0);
	ck_assert_int_eq(hex_digit('F'), 15);
	ck_assert_int_eq(hex_digit('\0'), -1);
}
END_TEST

static void
assert_items(const char *text, const char *expected)
{
	struct comma_list list = comma_list(text, strlen(text));
	char found[64] = "";
	const char *item;
	size_t len;

	while (comma_list_next(&list, &item, &len)) {
		strncat(found, "<", sizeof(found) - strlen(found) - 1);
		strncat(found, item, len);
		strncat(found, ">", sizeof(found) - strlen(found) - 1);
	}
	ck_assert_str_eq(found, expected);
}

START_TEST(test_comma_lists_have_empty_items)
{
	assert_items("ada", "<ada>");
	assert_items("ada,ben", "<ada><ben>");
	assert_items("", "<>");
	assert_items(",a,", "<><a><>");
}
END_TEST

START_TEST(test_vectors_grow)
{
	int *list = NULL;
	size_t n = 0;

	for (int i = 0; i < 1000; i++) {
		int *added = vector_add(&list, &n, sizeof(*added));

		ck_assert_ptr_nonnull(added);
		*added = i;
		ck_assert_uint_eq(n, (size_t)i + 1);
	}
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(list[i], i);
	/* What was taken away at the end makes room. */
	n = 9;
	*(int *)vector_add(&list, &n, sizeof(*list)) = -1;
	ck_assert_int_eq(list[8], 8);
	ck_assert_int_eq(list[9], -1);
	free(list);
}
END_TEST

START_TEST(test_times_are_text)
{
	char text[CLOCK_TEXT_SIZE];

	clock_iso(INT64_C(951868799999), text);
	ck_assert_str_eq(text, "2000-02-29T23:59:59Z");
	clock_stamp(text);
	ck_assert_uint_eq(strlen(text), strlen("20260131-235959"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("small");
	TCase *tcase = tcase_create("small");

	tcase_add_test(tcase, test_hex_goes_both_ways);
	tcase_add_test(tcase, test_hex_takes_nothing_else);
	tcase_add_test(tcase, test_comma_lists_have_empty_items);
	tcase_add_test(tcase, test_vectors_grow);
	tcase_add_test(tcase, test_times_are_text);
	suite_add_tcase(suite, tcase);

	return suite_run(suite);
}
