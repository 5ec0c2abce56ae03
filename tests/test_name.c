/*
 * Which names are names, which are reserved, and that case does not tell two apart.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "suite.h"

static bool
valid(const char *s)
{
	return name_valid(s, strlen(s));
}

static bool
reserved(const char *s)
{
	return name_reserved(s, strlen(s));
}

START_TEST(test_plain_names_are_valid)
{
	ck_assert(valid("messi"));
	ck_assert(valid("M"));
	ck_assert(valid("0"));
	ck_assert(valid("_a.b-c_9"));
	ck_assert(valid("a."));
}
END_TEST

START_TEST(test_first_byte_is_no_dot_or_dash)
{
	ck_assert(!valid(".messi"));
	ck_assert(!valid("-messi"));
	ck_assert(!valid(".."));
}
END_TEST

START_TEST(test_every_byte_is_judged)
{
	static const char good[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

	for (int c = 0; c < 256; c++) {
		char name[2] = { 'x', (char)c };

		ck_assert_int_eq(name_valid(name, 2), c != 0 && strchr(good, c) != NULL);
	}
}
END_TEST

START_TEST(test_length_bounds)
{
	char name[NAME_MAX_BYTES + 1];

	memset(name, 'a', sizeof(name));
	ck_assert(!name_valid(name, 0));
	ck_assert(name_valid(name, NAME_MAX_BYTES));
	ck_assert(!name_valid(name, NAME_MAX_BYTES + 1));
}
END_TEST

START_TEST(test_reserved_names)
{
	ck_assert(reserved("kabar"));
	ck_assert(reserved("KaBaR"));
	ck_assert(reserved("3f2504e0-4f89-41d3-9a0c-0305e82c3301"));
	ck_assert(reserved("3F2504E0-4F89-41D3-9A0C-0305E82C3301"));
}
END_TEST

START_TEST(test_names_like_reserved_ones_are_free)
{
	ck_assert(!reserved("kabar1"));
	ck_assert(!reserved("kaba"));
	ck_assert(!reserved("messi"));
	ck_assert(!reserved(""));
	ck_assert(!reserved("3f2504e0-4f89-11d3-9a0c-0305e82c3301"));
}
END_TEST

START_TEST(test_fold_lowers_ascii_only)
{
	char out[NAME_MAX_BYTES];

	ck_assert_uint_eq(name_fold("Messi_9.Z-@[", 12, out), 12);
	ck_assert_mem_eq(out, "messi_9.z-@[", 12);
	ck_assert_uint_eq(name_fold("\xc3\x89", 2, out), 2);
	ck_assert_mem_eq(out, "\xc3\x89", 2);
}
END_TEST

START_TEST(test_fold_stays_in_bounds)
{
	char name[NAME_MAX_BYTES + 9];
	char out[NAME_MAX_BYTES];

	memset(name, 'A', sizeof(name));
	ck_assert_uint_eq(name_fold(name, sizeof(name), out), NAME_MAX_BYTES);
	ck_assert_int_eq(out[NAME_MAX_BYTES - 1], 'a');
}
END_TEST

START_TEST(test_names_are_the_same_in_any_case)
{
	ck_assert(name_same("Messi_9", "mEssi_9"));
	ck_assert(!name_same("messi", "messi9"));
	ck_assert(!name_same("messi9", "messi"));
	ck_assert(!name_same("a[", "a{"));
	ck_assert(!name_same("\303\204", "\303\244"));
	ck_assert(name_same_n("adam", 3, "ADA", 3));
}
END_TEST

START_TEST(test_masks)
{
	ck_assert(name_matches("*", ""));
	ck_assert(name_matches("mes*", "Messi"));
	ck_assert(name_matches("*s?i", "messi"));
	ck_assert(name_matches("*!*@a*b", "x!y@acb"));
	ck_assert(name_matches("m*s*i", "messissi"));
	ck_assert(!name_matches("?", ""));
	ck_assert(!name_matches("", "a"));
	ck_assert(!name_matches("mess", "messi"));
	ck_assert(!name_matches("m*a", "messi"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("name");
	TCase *tcase = tcase_create("name");

	tcase_add_test(tcase, test_plain_names_are_valid);
	tcase_add_test(tcase, test_first_byte_is_no_dot_or_dash);
	tcase_add_test(tcase, test_every_byte_is_judged);
	tcase_add_test(tcase, test_length_bounds);
	tcase_add_test(tcase, test_reserved_names);
	tcase_add_test(tcase, test_names_like_reserved_ones_are_free);
	tcase_add_test(tcase, test_fold_lowers_ascii_only);
	tcase_add_test(tcase, test_fold_stays_in_bounds);
	tcase_add_test(tcase, test_names_are_the_same_in_any_case);
	tcase_add_test(tcase, test_masks);
	suite_add_tcase(suite, tcase);

	return suite_run(suite);
}
