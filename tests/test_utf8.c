/*
 * Texts that are UTF-8 and texts that only look like it.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "suite.h"

#define VALID(literal) utf8_valid(literal, sizeof(literal) - 1)

START_TEST(test_valid)
{
	ck_assert(utf8_valid(NULL, 0));
	ck_assert(VALID("halo"));
	ck_assert(VALID("a\0b"));
	ck_assert(VALID("\x7f"));
	ck_assert(VALID("caf\xc3\xa9"));
	ck_assert(VALID("\xe2\x82\xac"));
	ck_assert(VALID("\xf0\x9f\x98\x80"));
	ck_assert(VALID("\xf4\x8f\xbf\xbf"));
}
END_TEST

START_TEST(test_invalid)
{
	ck_assert(!VALID("\x80"));
	ck_assert(!VALID("caf\xe9"));
	ck_assert(!VALID("\xff"));
	ck_assert(!VALID("\xc0\xaf"));
	ck_assert(!VALID("\xe0\x80\x80"));
	ck_assert(!VALID("\xed\xa0\x80"));
	ck_assert(!VALID("\xf4\x90\x80\x80"));
}
END_TEST

START_TEST(test_cut_sequences)
{
	ck_assert(!VALID("\xc3"));
	ck_assert(!VALID("\xe2\x82"));
	ck_assert(!VALID("\xf0\x9f\x98"));
}
END_TEST

#define PRINTABLE(literal) utf8_printable(literal, sizeof(literal) - 1)

START_TEST(test_printable)
{
	ck_assert(utf8_printable(NULL, 0));
	ck_assert(PRINTABLE("kabar/1.0 ~"));
	ck_assert(PRINTABLE("caf\xc3\xa9 \xf0\x9f\x98\x80"));
	ck_assert(!PRINTABLE("a\0b"));
	ck_assert(!PRINTABLE("\x1b[0m"));
	ck_assert(!PRINTABLE("\x7f"));
	ck_assert(!PRINTABLE("\xc2\x9b"
	                     "0m"));
	ck_assert(!PRINTABLE("a\xe2\x80\xae"
	                     "b")); /* turns the direction */
	ck_assert(!PRINTABLE("a\xe2\x80\xa8"
	                     "b")); /* ends a line */
	ck_assert(!PRINTABLE("caf\xe9"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("utf8");
	TCase *tcase = tcase_create("utf8");

	tcase_add_test(tcase, test_valid);
	tcase_add_test(tcase, test_invalid);
	tcase_add_test(tcase, test_cut_sequences);
	tcase_add_test(tcase, test_printable);
	suite_add_tcase(suite, tcase);

	return suite_run(suite);
}
