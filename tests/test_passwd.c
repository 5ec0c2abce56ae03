/*
 * The command `passwd`: over the gate and without one. The present password is proved as at a login
 * and guessing it is slowed as there; all other sessions end, this one stays.
 */
#include <stdio.h>
#include <string.h>

#include "realm_talk.h"

#define BAD        "CODED BAD_ARGUMENT parameter salah\n"
#define WRONG      "CODED BAD_PASSWORD Password Salah\n"
#define NO_SESSION "CODED NO_SESSION Session tidak ditemukan\n"
#define A64        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define A512       A64 A64 A64 A64 A64 A64 A64 A64
#define ADMITTED   7 /* guesses at once, of which the last must wait for too long */

START_TEST(passwd)
{
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "d> auth messi surabaya\nd< TOKEN n\n"
	    "a> passwd\na< " BAD "a> passwd surabaya\na< " BAD "a> passwd surabaya a b\na< " BAD
	    "a> passwd surabaya " A512 "\na< " BAD "a> passwd salah malang\na< " WRONG
	    "a> passwd " A512 " malang\na< " WRONG "e> passwd surabaya malang\ne< " NO_SESSION
	    "e> passwd " NOBODYS_TOKEN " surabaya malang\ne< " NO_SESSION
	    "d> inbox\nd< MESSAGES {}\n"
	    "a> passwd surabaya malang\na< OK Password changed\n"
	    /* This session is there as before, by its token too. */
	    "a> send henderson satu\na< OK Message sent\n"
	    "e> send $m henderson dua\ne< OK Message sent\n"
	    /* The other one is not. */
	    "d> inbox\nd< ERROR Session tidak ditemukan\n"
	    "d> inbox $n\nd< ERROR Session tidak ditemukan\n"
	    "d> auth messi surabaya\nd< ERROR Password Salah\n"
	    "d> auth messi malang\nd< TOKEN n\n"
	    "b> inbox\nb< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:satu),"
	    "(Lionel Messi>Jordan Henderson:dua)]}\n"
	    /* By a token on another's connection it is the token's user whose password changes. */
	    "b> passwd $m surabaya bola\nb< " WRONG
	    "b> passwd $m malang bola\nb< OK Password changed\n"
	    "b> inbox\nb< MESSAGES {}\n"
	    "a> inbox\na< MESSAGES {}\n"
	    "d> inbox\nd< ERROR Session tidak ditemukan\n"
	    "d> auth henderson surabaya\nd< TOKEN p\n");
	REALM_CTL(&realm, NULL, "check");
}
END_TEST

START_TEST(limits)
{
	realm_configure(&realm, "password_min = 10\npassword_cost = 1");
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "a> passwd surabaya 123456789\na< " BAD
	    "a> passwd surabaya 1234567890\na< OK Password changed\n"
	    "a> client kabar/1\na< OK Client noted\n"
	    "d> inbox $m\nd< MESSAGES {}\n");
	REALM_CTL(&realm, NULL, "user", "lock", "messi");
	dialogue_run(&talk, "a> passwd 1234567890 abcdefghij\na< " NO_SESSION);
}
END_TEST

/* A wrong password is a guess, over any connection. */
START_TEST(guessing)
{
	int refused = 0;
	size_t len;

	realm_configure(&realm, "limit_loopback = on\npassword_cost = 1\n");
	realm_talk_begin(DIALOGUE_TCP);
	for (int i = 0; i < ADMITTED; i++)
		dialogue_runf(&talk, "%c> passwd $m salah malang\n", 'd' + i);
	for (int i = 0; i < ADMITTED; i++)
		refused += strstr(dialogue_hear(&talk, (char)('d' + i), &len),
		               "\"message\":\"Terlalu banyak percobaan, coba lagi dalam ") != NULL;
	ck_assert_int_ge(refused, 1);
	ck_assert_int_lt(refused, ADMITTED);
	ck_assert_uint_ge(realm_count(&realm, "limit_login_delay_total"), 1);
	ck_assert(realm_logged(&realm, "login failed for messi from 127.0.0.1: wrong password"));
	dialogue_run(&talk, "c> passwd surabaya malang\nc< OK Password changed\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("passwd");
	TCase *tcase = realm_talk_tcase(suite, "passwd");

	ADD(tcase, passwd);
	ADD(tcase, limits);
	tcase_add_test(tcase, guessing);
	return realm_run_suite(suite);
}
