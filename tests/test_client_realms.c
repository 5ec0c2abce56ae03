/*
 * The client and other realms, with two real servers: messages, files and questions there and back,
 * and what waits while the other realm is down.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "client_home.h"
#include "realms.h"

static void
enter(int place, const char *user)
{
	client_home_enter(&realms.realm[place], user);
}

/* Both are logged in, messi in surabaya and lineker in malang. */
static void
begin(void)
{
	realms_start_all();
	client_home_login(&realms.realm[MALANG], "lineker");
	client_home_login(&realms.realm[SURABAYA], "messi");
}

START_TEST(there_and_back)
{
	begin();
	CLIENT_TELLS(0, "malang", NULL, "realm", "list");
	CLIENT_TELLS(0, "own", NULL, "realm", "list");
	CLIENT_SAYS(0, "", NULL, "send", "lineker@malang", "halo dari jauh");
	CLIENT_SAYS(EX_NOUSER, "kabar: there is no such user\n", NULL, "send", "siapa@malang", "a");
	CLIENT_SAYS(EX_NOHOST, "kabar: the server knows no such realm\n", NULL, "send", "a@entah",
	    "a");
	CLIENT_TELLS(0, "name: Gary Lineker\n", NULL, "info", "lineker@malang");
	enter(MALANG, "lineker");
	CLIENT_SAYS(0, "Lionel Messi@surabaya: halo dari jauh\n", NULL, "inbox");
	CLIENT_SAYS(0, "", NULL, "inbox", "-r", "surabaya");
	CLIENT_SAYS(0, "", NULL, "group", "add", "kopi");
	CLIENT_SAYS(0, "", NULL, "send", "messi@surabaya", "balas");
	enter(SURABAYA, "messi");
	CLIENT_SAYS(0, "Gary Lineker@malang: balas\n", NULL, "inbox");
	CLIENT_SAYS(0, "", NULL, "send", "#kopi@malang", "ngopi");
	enter(MALANG, "lineker");
	CLIENT_SAYS(0, "Lionel Messi@surabaya #kopi: ngopi\n", NULL, "inbox");
}
END_TEST

START_TEST(files)
{
	begin();
	client_home_write("gol.txt", "gol!");
	CLIENT_SAYS(0, "", NULL, "file", "send", "lineker@malang", client_home_path("gol.txt"));
	enter(MALANG, "lineker");
	CLIENT_TELLS(0, "messi@surabaya  gol.txt\n", NULL, "file", "list");
	CLIENT_SAYS(0, "gol!", NULL, "file", "get", "messi@surabaya", "gol.txt", "-o", "-");
}
END_TEST

START_TEST(what_waits_is_told)
{
	begin();
	realms_stop(MALANG);
	realms_await_link(SURABAYA, MALANG, LINK_STATUS_DOWN);
	CLIENT_SAYS(0, "kabar: the message waits until the other realm can be reached\n", NULL,
	    "send", "lineker@malang", "nanti");
	CLIENT_TELLS(0, "\"delivery\":\"queued\"", NULL, "-j", "send", "lineker@malang", "nanti");
	CLIENT_TELLS(EX_TEMPFAIL, "the other realm does not answer", NULL, "info",
	    "lineker@malang");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client_realms");
	TCase *tc = realms_tcase(suite, "realms", 2);

	tcase_add_test(tc, there_and_back);
	tcase_add_test(tc, files);
	tcase_add_test(tc, what_waits_is_told);
	return realm_run_suite(suite);
}
