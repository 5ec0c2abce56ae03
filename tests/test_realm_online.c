/*
 * The realm dialect: who is online.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "realm_clock.h"
#include "realm_talk.h"

START_TEST(info)
{
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "a> info HENDERSON\n"
	    "a< INFO {'username':'henderson','name':'Jordan "
	    "Henderson','country':'Inggris','online':true,'since':'$*'}\n"
	    "a> INFO $m messi \n"
	    "a< INFO {'username':'messi','name':'Lionel "
	    "Messi','country':'Argentina','online':true,'since':'$*'}\n"
	    "a> info maradona\n"
	    "a< ERROR User tidak ditemukan\n"
	    "a> info kabar\n"
	    "a< ERROR User tidak ditemukan\n"
	    "a> info ../messi\n"
	    "a< ERROR User tidak ditemukan\n"
	    "a> info\n"
	    "a< INFO [{'username':'messi','name':'Lionel "
	    "Messi','country':'Argentina','online':true,'since':'$*'},{'username':'henderson','"
	    "name':'Jordan "
	    "Henderson','country':'Inggris','online':true,'since':'$*'},{'username':'lineker','"
	    "name':'Gary Lineker','country':'Inggris','online':true,'since':'$*'}]\n"
	    "c> logout\n"
	    "c< OK Logout successful\n"
	    "a> info $m \n"
	    "a< INFO [{'username':'messi','name':'Lionel "
	    "Messi','country':'Argentina','online':true,'since':'$*'},{'username':'henderson','"
	    "name':'Jordan Henderson','country':'Inggris','online':true,'since':'$*'}]\n"
	    "a> info lineker\n"
	    "a< INFO {'username':'lineker','name':'Gary "
	    "Lineker','country':'Inggris','online':false}\n"
	    /* A token makes its user present where nobody has logged in. */
	    "d> info $m lineker\n"
	    "d< INFO {'username':'lineker','name':'Gary "
	    "Lineker','country':'Inggris','online':false}\n"
	    "a closes\n"
	    "b> info messi\n"
	    "b< INFO {'username':'messi','name':'Lionel "
	    "Messi','country':'Argentina','online':true,'since':'$*'}\n"
	    "d closes\n");
	ck_assert(realm_until(realm_talk_messi_is_gone, NULL));
}
END_TEST

START_TEST(since)
{
	size_t len;
	int numbers[6], used = 0;

	dialogue_begin(&talk, &realm, (enum dialogue_way)_i);
	dialogue_run(&talk,
	    "> auth messi surabaya\n"
	    "< TOKEN m\n"
	    "> info messi\n");
	json_t *reply = json_loads(dialogue_hear(&talk, 'a', &len), 0, NULL);
	const char *moment =
	    json_string_value(json_object_get(json_object_get(reply, "message"), "since"));
	ck_assert_ptr_nonnull(moment);
	ck_assert_int_eq(sscanf(moment, "%4d-%2d-%2dT%2d:%2d:%2dZ%n", &numbers[0], &numbers[1],
	                     &numbers[2], &numbers[3], &numbers[4], &numbers[5], &used),
	    6);
	ck_assert_uint_eq((size_t)used, strlen(moment));
	ck_assert_int_eq(used, 20);
	json_decref(reply);
}
END_TEST

/*
 * A connection whose session ends elsewhere is logged out at once.
 */

START_TEST(logged_out_elsewhere)
{
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "d> logout $m\n"
	    "d< OK Logout successful\n");
	ck_assert(realm_until(realm_talk_messi_is_gone, NULL));
	dialogue_run(&talk,
	    "a> inbox\n"
	    "a< ERROR Session tidak ditemukan\n"
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "b> info messi\n"
	    "b< INFO {'username':'messi','name':'Lionel "
	    "Messi','country':'Argentina','online':true,'since':'$*'}\n"
	    "c> inbox\n"
	    "c< MESSAGES {}\n");
}
END_TEST

/* Where a token alone made its user present, too, and only that token's end ends it. */
START_TEST(token_ended_elsewhere)
{
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "c> auth messi surabaya\n"
	    "c< TOKEN n\n"
	    "a closes\n"
	    "d> inbox $m\n"
	    "d< MESSAGES {}\n"
	    "c> logout\n"
	    "c< OK Logout successful\n"
	    "b> info messi\n"
	    "b< INFO {'username':'messi','name':'Lionel "
	    "Messi','country':'Argentina','online':true,'since':'$*'}\n"
	    "b> logout $m\n"
	    "b< OK Logout successful\n");
	ck_assert(realm_until(realm_talk_messi_is_gone, NULL));
	/* Who comes next by the same connection is seen. */
	dialogue_run(&talk,
	    "d> inbox $l\n"
	    "d< MESSAGES {}\n"
	    "b> info lineker\n"
	    "b< INFO {'username':'lineker','name':'Gary "
	    "Lineker','country':'Inggris','online':true,'since':'$*'}\n");
}
END_TEST

static bool
so_many_are_here(void *arg)
{
	return realm_online(&realm) == *(const size_t *)arg;
}

START_TEST(ended_by_administrator)
{
	size_t others = 2;

	realm_talk_begin(_i);
	REALM_CTL(&realm, "jakarta\n", "user", "passwd", "messi");
	ck_assert(realm_until(realm_talk_messi_is_gone, NULL));
	dialogue_run(&talk,
	    "a> auth messi jakarta\n"
	    "a< TOKEN m\n");
	REALM_CTL(&realm, NULL, "user", "lock", "messi");
	ck_assert(realm_until(realm_talk_messi_is_gone, NULL));
	REALM_CTL(&realm, NULL, "user", "unlock", "messi");
	dialogue_run(&talk,
	    "a> auth messi jakarta\n"
	    "a< TOKEN m\n");
	REALM_CTL(&realm, NULL, "user", "del", "messi");
	ck_assert(realm_until(so_many_are_here, &others));
	dialogue_run(&talk,
	    "a> inbox\n"
	    "a< ERROR Session tidak ditemukan\n");
}
END_TEST

/* Sends the janitor until then: who logged in last expires last. */
static bool
all_were_expired(void *arg)
{
	(void)arg;
	REALM_CTL(&realm, NULL, "janitor");
	return realm_online(&realm) == 0;
}

/* No process ends that session: the next request finds it, or the janitor. */
START_TEST(expired)
{
	struct realm_clock clock;

	realm_configure(&realm, "token_lifetime = 1h\njanitor_interval = 12h");
	realm_clock_begin(&clock, realm.dir);
	realm_talk_begin(DIALOGUE_TCP);
	ck_assert_uint_eq(realm_online(&realm), 3);
	realm_clock_pass(&clock, 3601 * 1000);
	dialogue_run(&talk,
	    "a> inbox\n"
	    "a< ERROR Session tidak ditemukan\n");
	ck_assert_uint_eq(realm_online(&realm), 2);
	ck_assert(realm_until(all_were_expired, NULL));
	realm_clock_use(NULL);
	realm_clock_close(&clock);
}
END_TEST

/* A following client is told that its session ended, and gets no messages any more. */
START_TEST(follower_logged_out_elsewhere)
{
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "a> follow\n"
	    "a< OK Following\n"
	    "b> send messi satu\n"
	    "b< OK Message sent\n"
	    "a< {'status':'OK','event':'message','sender':'henderson','msg_from':'Jordan "
	    "Henderson','msg_to':'Lionel Messi','msg':'satu'}\n"
	    "b> logout $m\n"
	    "b< OK Logout successful\n"
	    "a< ERROR Session tidak ditemukan\n"
	    "b> send messi dua\n"
	    "b< OK Message sent\n"
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "a> inbox\n"
	    "a< MESSAGES {'henderson':[(Jordan Henderson>Lionel Messi:dua)]}\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("realm online");
	TCase *tcase = realm_talk_tcase(suite, "info");

	ADD(tcase, info);
	ADD(tcase, since);
	tcase = realm_talk_tcase(suite, "ends of sessions");
	ADD(tcase, logged_out_elsewhere);
	ADD(tcase, token_ended_elsewhere);
	ADD(tcase, ended_by_administrator);
	tcase_add_test(tcase, expired);
	ADD(tcase, follower_logged_out_elsewhere);
	return realm_run_suite(suite);
}
