/*
 * Hashes that match their own password only, the bounds, and the time spent on unknown users.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "password.h"
#include "suite.h"

static char hash[PASSWORD_HASH_SIZE];

static void
make(const char *password)
{
	ck_assert_int_eq(password_hash(password, PASSWORD_COST_MIN, hash, sizeof(hash)), 0);
}

static double
cpu_seconds(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

START_TEST(test_own_password_matches)
{
	make("surabaya");
	ck_assert_int_eq(password_check("surabaya", hash), 1);
}
END_TEST

START_TEST(test_other_passwords_do_not)
{
	make("surabaya");
	ck_assert_int_eq(password_check("Surabaya", hash), 0);
	ck_assert_int_eq(password_check("surabaya ", hash), 0);
	ck_assert_int_eq(password_check("surabay", hash), 0);
	ck_assert_int_eq(password_check("", hash), 0);
}
END_TEST

START_TEST(test_empty_password_is_one)
{
	make("");
	ck_assert_int_eq(password_check("", hash), 1);
	ck_assert_int_eq(password_check("x", hash), 0);
}
END_TEST

START_TEST(test_every_hash_has_its_salt)
{
	char first[PASSWORD_HASH_SIZE];

	make("surabaya");
	memcpy(first, hash, sizeof(first));
	make("surabaya");
	ck_assert_str_ne(first, hash);
}
END_TEST

START_TEST(test_default_cost_is_that_of_the_system)
{
	ck_assert_int_eq(password_hash("x", PASSWORD_COST_DEFAULT, hash, sizeof(hash)), 0);
	ck_assert_mem_eq(hash, "$y$j9T$", 7);
}
END_TEST

START_TEST(test_cost_out_of_range)
{
	ck_assert_int_eq(password_hash("x", PASSWORD_COST_MIN - 1, hash, sizeof(hash)), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(password_hash("x", PASSWORD_COST_MAX + 1, hash, sizeof(hash)), -1);
	ck_assert_str_eq(hash, "");
}
END_TEST

START_TEST(test_small_buffer)
{
	char small[16] = "untouched";

	ck_assert_int_eq(password_hash("x", PASSWORD_COST_MIN, small, sizeof(small)), -1);
	ck_assert_int_eq(errno, ERANGE);
	ck_assert_str_eq(small, "");
	ck_assert_int_eq(password_hash("x", PASSWORD_COST_MIN, small, 0), -1);
}
END_TEST

START_TEST(test_longest_password)
{
	char password[PASSWORD_MAX_BYTES + 2] = "";

	memset(password, 'p', PASSWORD_MAX_BYTES);
	make(password);
	ck_assert_int_eq(password_check(password, hash), 1);
	password[PASSWORD_MAX_BYTES] = 'p';
	ck_assert_int_eq(password_check(password, hash), 0);
	ck_assert_int_eq(password_hash(password, PASSWORD_COST_MIN, hash, sizeof(hash)), -1);
}
END_TEST

/* A too long password is checked as an empty one to take as long, and must not pass as that. */
START_TEST(test_too_long_is_not_empty)
{
	char password[PASSWORD_MAX_BYTES + 2] = "";

	make("");
	memset(password, 'p', PASSWORD_MAX_BYTES + 1);
	ck_assert_int_eq(password_check(password, hash), 0);
}
END_TEST

START_TEST(test_malformed_hash)
{
	ck_assert_int_eq(password_check("x", ""), -1);
	ck_assert_int_eq(password_check("x", "*"), -1);
	ck_assert_int_eq(password_check("x", "$y$"), -1);
}
END_TEST

/* Not the same to the microsecond on a busy machine, but nothing like the instant of a refusal. */
START_TEST(test_waste_takes_the_time_of_a_check)
{
	double start, check, waste;

	ck_assert_int_eq(password_hash("x", 5, hash, sizeof(hash)), 0);
	start = cpu_seconds();
	for (int i = 0; i < 8; i++)
		password_check("y", hash);
	check = cpu_seconds() - start;
	start = cpu_seconds();
	for (int i = 0; i < 8; i++)
		password_waste(5);
	waste = cpu_seconds() - start;
	ck_assert_double_gt(waste, check / 2);
	ck_assert_double_lt(waste, check * 2);
}
END_TEST

START_TEST(test_waste_takes_any_cost)
{
	password_waste(PASSWORD_COST_MIN - 7);
	password_waste(PASSWORD_COST_MIN);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("password");
	TCase *tcase = tcase_create("password");

	tcase_add_test(tcase, test_own_password_matches);
	tcase_add_test(tcase, test_other_passwords_do_not);
	tcase_add_test(tcase, test_empty_password_is_one);
	tcase_add_test(tcase, test_every_hash_has_its_salt);
	tcase_add_test(tcase, test_default_cost_is_that_of_the_system);
	tcase_add_test(tcase, test_cost_out_of_range);
	tcase_add_test(tcase, test_small_buffer);
	tcase_add_test(tcase, test_longest_password);
	tcase_add_test(tcase, test_too_long_is_not_empty);
	tcase_add_test(tcase, test_malformed_hash);
	tcase_add_test(tcase, test_waste_takes_the_time_of_a_check);
	tcase_add_test(tcase, test_waste_takes_any_cost);
	suite_add_tcase(suite, tcase);

	return suite_run(suite);
}
