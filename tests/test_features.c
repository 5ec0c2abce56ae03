/*
 * The realm dialect: what server and client tell of themselves, and the codes of errors.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "dialect/code.h"
#include "realm_talk.h"

#define CLIENT_64  LONGEST_NAME
#define NO_SESSION "CODED NO_SESSION Session tidak ditemukan\n"

/* Each command that is named as a feature is there, as help has it. */
START_TEST(features)
{
	json_t *reply, *list, *item;
	size_t len, i;
	int found = 0;

	dialogue_begin(&talk, &realm, (enum dialogue_way)_i);
	dialogue_run(&talk,
	    "> features x\n< CODED BAD_ARGUMENT parameter salah\n"
	    "> features \n"
	    "< {'status':'OK','server':'kabar " PACKAGE_VERSION
	    "','realm':'surabaya','features':['$*'],'limits':{'line':65536,'file':$*}}\n"
	    "> FEATURES\n");
	reply = json_loads(dialogue_hear(&talk, 'a', &len), 0, NULL);
	ck_assert_ptr_nonnull(reply);
	list = json_object_get(reply, "features");
	json_array_foreach (list, i, item) {
		found += strcmp(json_string_value(item), "whoami") == 0 ||
		    strcmp(json_string_value(item), "client") == 0;
		dialogue_runf(&talk, "> help %s\n< MESSAGES ['%s$*\n", json_string_value(item),
		    json_string_value(item));
	}
	ck_assert_int_eq(found, 2);
	json_decref(reply);
}
END_TEST

/* What a server's settings leave out is no feature of it. */
START_TEST(settings)
{
	static const char *const off[] = { "conversations", "history", "read", "watch", NULL };
	char quoted[32];
	const char *reply;
	size_t len;

	for (int on = 1; on >= 0; on--) {
		realm_configure(&realm, on ? "history = on\nfile_max = 4096" : "history = off");
		dialogue_begin(&talk, &realm, DIALOGUE_PIPES);
		dialogue_run(&talk, "> features\n");
		reply = dialogue_hear(&talk, 'a', &len);
		ck_assert_int_eq(strstr(reply, "\"file\":4096}") != NULL, on);
		ck_assert_ptr_nonnull(strstr(reply, "\"post\""));
		ck_assert_ptr_null(strstr(reply, "\"tls\""));
		for (size_t i = 0; off[i] != NULL; i++) {
			snprintf(quoted, sizeof(quoted), "\"%s\"", off[i]);
			ck_assert_int_eq(strstr(reply, quoted) != NULL, on);
		}
		dialogue_end(&talk);
	}
	dialogue_begin(&talk, &realm, DIALOGUE_PIPES);
}
END_TEST

START_TEST(whoami)
{
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "> whoami\n"
	    "< {'status':'OK','username':'messi','name':'Lionel Messi','country':'Argentina',"
	    "'realm':'surabaya','admin':false}\n"
	    "> whoami $h\n"
	    "< {'status':'OK','username':'henderson','name':'Jordan Henderson',"
	    "'country':'Inggris','realm':'surabaya','admin':false}\n"
	    "> whoami $h messi\n< CODED BAD_ARGUMENT parameter salah\n"
	    "d> whoami\nd< " NO_SESSION "d> whoami " NOBODYS_TOKEN "\nd< " NO_SESSION);
}
END_TEST

/* Errors of the family's commands have a code where the client has named itself, else none. */
START_TEST(client)
{
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "> halo\n< ERROR *Maaf, command tidak benar\n"
	    "> client kabar/1.0\n< OK Client noted\n"
	    "> halo\n< CODED UNKNOWN *Maaf, command tidak benar\n"
	    "> help halo\n< CODED UNKNOWN *Maaf, command tidak benar\n"
	    "> info maradona\n< CODED NO_USER User tidak ditemukan\n"
	    "> joingroup teh\n< CODED NO_GROUP Group tidak ditemukan\n"
	    "> auth messi x\n< CODED BAD_PASSWORD Password Salah\n"
	    "> send\n< CODED BAD_ARGUMENT parameter salah\n"
	    "> send henderson halo\n< {'status':'OK','message':'Message sent','id':$*}\n"
	    "> logout\n< OK Logout successful\n"
	    "> inbox\n< " NO_SESSION
	    /* Nobody else's. */
	    "b> joingroup teh\nb< ERROR Group tidak ditemukan\n"
	    /* Before a login, and again. */
	    "d> client \xf0\x9f\x98\x80/2\nd< OK Client noted\n"
	    "d> client a/b/c\nd< OK Client noted\n"
	    "d> inbox\nd< " NO_SESSION);
}
END_TEST

START_TEST(bad_clients)
{
	static const char *const bad[] = { "", " ", " kabar/1  ", " kabar", " /1", " kabar/", " /",
		" kabar/1 x", " a/\x1b[0m", " a/\x7f", " a/\xff", " a/\xc2\x9b", " a/\xe2\x80\xae",
		" a/" CLIENT_64, NULL };

	dialogue_begin(&talk, &realm, (enum dialogue_way)_i);
	for (size_t i = 0; bad[i] != NULL; i++)
		dialogue_runf(&talk, "> client%s\n< CODED BAD_ARGUMENT parameter salah\n", bad[i]);
	dialogue_run(&talk,
	    "> client a/"
	    "23456789012345678901234567890123456789012345678901234567890123\n< OK Client noted\n");
}
END_TEST

/* A code for each error, and no two the same. */
START_TEST(codes)
{
	for (int i = 0; i < CHAT_RESULTS; i++) {
		const char *code = dialect_code((enum chat_result)i);
		bool error =
		    i != CHAT_OK && i != CHAT_QUEUED && i != CHAT_CONFLICT && i != CHAT_REPEATED;

		ck_assert_uint_eq(strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"), strlen(code));
		if (error && i != CHAT_FAILED)
			ck_assert_str_ne(code, "FAILED");
		for (int j = 0; error && j < i; j++)
			if (strcmp(dialect_code((enum chat_result)j), "FAILED") != 0)
				ck_assert_str_ne(code, dialect_code((enum chat_result)j));
	}
	ck_assert_str_eq(dialect_code(CHAT_NOT_INVITED), "NOT_INVITED");
	ck_assert_str_eq(dialect_code(chat_from_store(STORE_UNSURE)), "UNSURE");
	ck_assert_str_eq(dialect_code(CHAT_RESULTS), "FAILED");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("features");
	TCase *tcase = realm_talk_tcase(suite, "features");

	ADD(tcase, features);
	tcase_add_test(tcase, settings);
	ADD(tcase, whoami);
	ADD(tcase, client);
	ADD(tcase, bad_clients);
	tcase = tcase_create("codes");
	tcase_add_test(tcase, codes);
	suite_add_tcase(suite, tcase);
	return realm_run_suite(suite);
}
