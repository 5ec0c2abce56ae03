/*
 * Clients of each dialect whose request a committer has taken that died, and after which no other
 * one starts: they hear that the server failed, and those who understand codes that nobody knows
 * what became of the request.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "realm_talk.h"
#include "room_script.h"
#include "suite.h"

static const struct {
	const char *dialect;
	const char *login;
	const char *request;
	const char *reply;
} rows[] = {
	{ "realm", "> auth messi surabaya\n< TOKEN m\n", "> send lineker halo\n",
	    "< ERROR Kesalahan server, coba lagi\n" },
	{ "realm",
	    "> client test/1\n< OK Client noted\n> auth messi surabaya\n"
	    "< {'status':'OK','tokenid':'$m',$*}\n",
	    "> send lineker halo\n", "< CODED UNSURE Kesalahan server, coba lagi\n" },
	{ "realm", "> auth messi surabaya\n< TOKEN m\n",
	    "> post 6ba7b810-9dad-41d1-80b4-00c04fd430c8 lineker halo\n",
	    "< CODED UNSURE Kesalahan server, coba lagi\n" },
	{ "show", "> auth messi surabaya\n< TOKEN m\n", "> send lineker halo\n",
	    "< ERROR Kesalahan Server, Coba Lagi\n" },
	{ "login", "> login messi surabaya\n< TOKEN m\n", "> send lineker halo\n",
	    "< ERROR Kesalahan Server, Coba Lagi\n" },
	{ "files", "> auth messi surabaya\n< TOKEN m\n", "> send lineker halo\n",
	    "< ERROR Kesalahan Server, Coba Lagi\n" },
	{ "room",
	    "> LOGIN messi surabaya\n< LOGIN_OK Login berhasil: messi\n< ROOM_LIST_OK\n< "
	    "ONLINE_LIST_OK 'messi'\n",
	    "> MAKE_ROOM kopi\n", "< BAD_REQUEST kesalahan server, coba lagi\n" },
};

/* No committer begins without a checkpoint when the machine has stopped. */
static void
break_store(void)
{
	char from[REALM_PATH_MAX + 32], to[REALM_PATH_MAX + 32];
	FILE *boot;

	snprintf(from, sizeof(from), "%s/checkpoint", realm.state);
	snprintf(to, sizeof(to), "%s/aside", realm.state);
	ck_assert_int_eq(rename(from, to), 0);
	snprintf(from, sizeof(from), "%s/boot", realm.state);
	boot = fopen(from, "w");
	ck_assert_ptr_nonnull(boot);
	fputs("another\n", boot);
	ck_assert_int_eq(fclose(boot), 0);
}

START_TEST(told)
{
	pid_t committer;

	realm_talk_begin_dialect(DIALOGUE_SOCKETPAIR, rows[_i].dialect);
	room_run(&talk, rows[_i].login);
	committer = realm_committer(&realm);
	ck_assert_int_gt(committer, 0);
	ck_assert_int_eq(kill(committer, SIGSTOP), 0);
	room_run(&talk, rows[_i].request);
	break_store();
	ck_assert_int_eq(kill(committer, SIGKILL), 0);
	room_run(&talk, rows[_i].reply);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("unsure");
	TCase *tcase = realm_talk_tcase(suite, "unsure");

	tcase_add_loop_test(tcase, told, 0, sizeof(rows) / sizeof(rows[0]));
	return realm_run_suite(suite);
}
