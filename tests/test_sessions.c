/*
 * The realm dialect: a user's own sessions, with where they are used from and by which program, and
 * ending one of them; what `kabarctl who` shows of programs.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "realm_talk.h"

#define BAD        "CODED BAD_ARGUMENT parameter salah\n"
#define OLD_BAD    "ERROR parameter salah\n" /* as before there were ids */
#define NO_SESSION "CODED NO_SESSION Session tidak ditemukan\n"
#define TIME       "20$*T$*.$*Z"

static const char *
address(void)
{
	return talk.way == DIALOGUE_TCP ? "127.0.0.1" : "local";
}

/* The id of the session that says this of itself: the program and whether it asks. */
static void
find_id(const char *program, bool own, char id[13])
{
	json_t *reply, *list, *item;
	size_t len, i;

	dialogue_run(&talk, "a> sessions\n");
	reply = json_loads(dialogue_hear(&talk, 'a', &len), 0, NULL);
	list = json_object_get(reply, "sessions");
	id[0] = '\0';
	json_array_foreach (list, i, item) {
		if (json_is_true(json_object_get(item, "this")) == own &&
		    strcmp(json_string_value(json_object_get(item, "client")), program) == 0)
			snprintf(id, 13, "%s", json_string_value(json_object_get(item, "session")));
	}
	json_decref(reply);
	ck_assert_uint_eq(strlen(id), 12);
}

/* henderson has one, of a client that does not tell its name. */
START_TEST(sessions)
{
	realm_talk_begin(_i);
	dialogue_runf(&talk,
	    "b> sessions\n"
	    "b< {'status':'OK','sessions':[{'session':'$*','this':true,'client':'',"
	    "'address':'%s','used':'" TIME "'}]}\n"
	    "b> client kabar/1.0\nb< OK Client noted\n"
	    "b> sessions\n"
	    "b< {'status':'OK','sessions':[{'session':'$*','this':true,'client':'kabar/1.0',"
	    "'address':'%s','used':'" TIME "'}]}\n"
	    "b> sessions x\nb< " BAD "d> sessions\nd< " NO_SESSION
	    "d> client lain/2\nd< OK Client noted\n"
	    "d> auth henderson surabaya\nd< TOKEN d\n"
	    "d> sessions\n"
	    "d< {'status':'OK','sessions':[{'session':'$*','this':false,'client':'kabar/1.0',"
	    "'address':'%s','used':'" TIME "'},{'session':'$*','this':true,'client':'lain/2',"
	    "'address':'%s','used':'" TIME "'}]}\n"
	    /* By a token on another connection it is that session, with that connection's client.
	     */
	    "c> sessions $d\n"
	    "c< {'status':'OK','sessions':[{'session':'$*','this':false,'client':'kabar/1.0',$*},"
	    "{'session':'$*','this':true,'client':'lain/2',$*}]}\n"
	    "d> logout\nd< OK Logout successful\n"
	    "b> sessions\n"
	    "b< {'status':'OK','sessions':[{'session':'$*','this':true,$*}]}\n",
	    address(), address(), address(), address());
}
END_TEST

START_TEST(logout)
{
	char own[13], other[13];

	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "d> client ponsel/3\nd< OK Client noted\n"
	    "d> auth messi surabaya\nd< TOKEN d\n");
	find_id("ponsel/3", false, other);
	dialogue_runf(&talk,
	    /* Another user's session is no business of this one. */
	    "b> logout %s\nb< " NO_SESSION "d> inbox\nd< MESSAGES {}\n"
	    "e> logout %s\ne< " NO_SESSION "a> logout 0123456789ab\na< " NO_SESSION
	    "a> logout 0123456789AB\na< " OLD_BAD "a> logout x\na< " OLD_BAD
	    "a> logout " LONGEST_NAME LONGEST_NAME "\na< " OLD_BAD "a> logout %s x\na< " OLD_BAD
	    "a> logout %s\na< OK Logout successful\n"
	    "d> inbox\nd< CODED NO_SESSION Session tidak ditemukan\n"
	    "a> inbox\na< MESSAGES {}\n"
	    "a> logout %s\na< " NO_SESSION,
	    other, other, other, other, other);
	find_id("", true, own);
	dialogue_runf(&talk, "a> logout %s\na< OK Logout successful\n", own);
	/* Without another request of this connection. */
	ck_assert(realm_until(realm_talk_messi_is_gone, NULL));
	dialogue_run(&talk, "a> inbox\na< ERROR Session tidak ditemukan\n");
}
END_TEST

START_TEST(who)
{
	json_t *list, *item;
	size_t i;
	int found = 0;

	realm_talk_begin(DIALOGUE_TCP);
	dialogue_run(&talk,
	    "a> client kabar/1.0\na< OK Client noted\n"
	    "d> client nobody/1\nd< OK Client noted\n");
	const char *argv[] = { realm_kabarctl_path, "-c", realm.config, "who", "-j", NULL };
	char output[8192];
	ck_assert_int_eq(realm_run(argv, NULL, output, sizeof(output)), 0);
	list = json_loads(output, 0, NULL);
	ck_assert_uint_eq(json_array_size(list), 3);
	json_array_foreach (list, i, item) {
		const json_t *client = json_object_get(item, "client");
		bool messi = strcmp(json_string_value(json_object_get(item, "user")), "messi") == 0;

		found += messi;
		if (messi)
			ck_assert_str_eq(json_string_value(client), "kabar/1.0");
		else
			ck_assert(json_is_null(client));
	}
	ck_assert_int_eq(found, 1);
	json_decref(list);
	argv[4] = NULL;
	ck_assert_int_eq(realm_run(argv, NULL, output, sizeof(output)), 0);
	ck_assert_ptr_nonnull(strstr(output, "kabar/1.0"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sessions");
	TCase *tcase = realm_talk_tcase(suite, "sessions");

	ADD(tcase, sessions);
	ADD(tcase, logout);
	tcase_add_test(tcase, who);
	return realm_run_suite(suite);
}
