/*
 * Hashes that match their own password only, the bounds, and the time spent on unknown users.
 */
#include <check.h>
#include <crypt.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/password.h"
#include "suite.h"

static char hash[PASSWORD_HASH_SIZE];

static void
make_hash(const char *password)
{
	ck_assert_int_eq(password_hash(password, PASSWORD_COST_MIN, hash, sizeof(hash)), 0);
}

static unsigned int hashes; /* how many were made */
static char last_setting[PASSWORD_HASH_SIZE];

/* In place of the library's, which password.c calls for each hash. */
char *
crypt_ra(const char *phrase, const char *setting, void **data, int *size)
{
	hashes++;
	snprintf(last_setting, sizeof(last_setting), "%s", setting);
	if (*data == NULL) {
		*size = (int)sizeof(struct crypt_data);
		*data = calloc(1, sizeof(struct crypt_data));
		ck_assert_ptr_nonnull(*data);
	}
	return crypt_rn(phrase, setting, *data, *size);
}

START_TEST(test_own_password_matches)
{
	make_hash("surabaya");
	ck_assert_int_eq(password_check("surabaya", hash), 1);
}
END_TEST

START_TEST(test_other_passwords_do_not)
{
	make_hash("surabaya");
	ck_assert_int_eq(password_check("Surabaya", hash), 0);
	ck_assert_int_eq(password_check("surabaya ", hash), 0);
	ck_assert_int_eq(password_check("surabay", hash), 0);
	ck_assert_int_eq(password_check("", hash), 0);
}
END_TEST

START_TEST(test_empty_password_is_one)
{
	make_hash("");
	ck_assert_int_eq(password_check("", hash), 1);
	ck_assert_int_eq(password_check("x", hash), 0);
}
END_TEST

START_TEST(test_every_hash_has_its_salt)
{
	char first[PASSWORD_HASH_SIZE];

	make_hash("surabaya");
	memcpy(first, hash, sizeof(first));
	make_hash("surabaya");
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
	make_hash(password);
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

	make_hash("");
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

/* How long a hash takes depends on its method and parameters only, which stand before the salt. */
static void
assert_hashes(unsigned int n, const char *like)
{
	const char *salt = strrchr(like, '$');

	for (salt--; *salt != '$'; salt--)
		;
	ck_assert_uint_eq(hashes, n);
	ck_assert(salt > like);
	ck_assert_msg(strncmp(last_setting, like, (size_t)(salt + 1 - like)) == 0, "%s, not %s",
	    last_setting, like);
}

/* As much as a check, whether that ends well or not, and at once or not. */
START_TEST(test_waste_takes_the_time_of_a_check)
{
	static char longest[PASSWORD_MAX_BYTES + 2];

	memset(longest, 'x', sizeof(longest) - 1);
	for (int cost = PASSWORD_COST_MIN; cost <= 3; cost++) {
		ck_assert_int_eq(password_hash("x", cost, hash, sizeof(hash)), 0);
		hashes = 0;
		ck_assert_int_eq(password_check("x", hash), 1);
		assert_hashes(1, hash);
		ck_assert_int_eq(password_check("y", hash), 0);
		assert_hashes(2, hash);
		ck_assert_int_eq(password_check(longest, hash), 0);
		assert_hashes(3, hash);
		password_waste(cost);
		assert_hashes(4, hash);
	}
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
