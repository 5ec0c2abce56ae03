/*
 * IRC: who is there: being away on one connection and on all, MONITOR and its bound, TAGMSG to
 * those whom it concerns, and what WHO and WHOIS hide.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dialect/irc/monitor.h"
#include "irc_talk.h"
#include "realm_talk.h"

#define CAPS "away-notify message-tags setname extended-monitor"

/* a to e */
static struct irc_talk talks[5];
static const char *heard;

/* Says a line, and hears everything up to the answer to a PING behind it. */
static const char *ask(char speaker, const char *format, ...) __attribute__((format(printf, 2, 3)));

static const char *
ask(char speaker, const char *format, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	irc_talk_say(&talks[speaker - 'a'], "%s", line);
	heard = irc_talk_hear(&talks[speaker - 'a']);
	return heard;
}

/* What has come since the last question. */
static const char *
listen_to(char speaker)
{
	return ask(speaker, "PONG x");
}

static void
come(char speaker, const char *user)
{
	irc_talk_begin(&talks[speaker - 'a'], &realm, user, CAPS);
	heard = irc_talk_hear(&talks[speaker - 'a']);
	ck_assert_msg(strstr(heard, " 001 ") != NULL, "%s", heard);
}

static void
leave(char speaker)
{
	irc_talk_end(&talks[speaker - 'a']);
}

#define ASSERT_HAS(text, part)   ck_assert_msg(strstr(text, part) != NULL, "%s", heard)
#define ASSERT_LACKS(text, part) ck_assert_msg(strstr(text, part) == NULL, "%s", heard)

static void
setup(void)
{
	realm_make(&realm, NULL);
	for (size_t i = 0; i < sizeof(talks) / sizeof(talks[0]); i++)
		talks[i].fd = -1;
	dialogue_begin(&talk, &realm, DIALOGUE_SOCKETPAIR);
	come('a', "messi");
	come('b', "messi");
	come('c', "henderson");
}

static void
teardown(void)
{
	for (char speaker = 'a'; speaker <= 'e'; speaker++)
		leave(speaker);
	dialogue_end(&talk);
	realm_remove(&realm);
}

START_TEST(away)
{
	ask('a', "JOIN #kopi");
	ask('c', "JOIN #kopi");
	ASSERT_HAS(ask('a', "AWAY :tidur"), " 306 messi ");
	ASSERT_LACKS(listen_to('c'), "AWAY");
	ASSERT_LACKS(ask('c', "PRIVMSG messi :halo"), " 301 ");
	ASSERT_HAS(ask('b', "AWAY :makan"), " 306 messi ");
	ASSERT_HAS(listen_to('c'), ":messi!messi@surabaya AWAY :makan\n");
	ASSERT_HAS(ask('c', "PRIVMSG messi :halo"), " 301 henderson messi :");
	ASSERT_LACKS(ask('c', "NOTICE messi :halo"), " 301 ");
	ASSERT_HAS(ask('c', "WHO #kopi"), " messi G@ :0 Lionel Messi\n");
	ASSERT_HAS(ask('b', "AWAY"), " 305 messi ");
	ASSERT_HAS(listen_to('c'), ":messi!messi@surabaya AWAY\n");
	ASSERT_HAS(ask('c', "WHO #kopi"), " messi H@ :0 Lionel Messi\n");
	ASSERT_LACKS(ask('c', "PRIVMSG messi :halo"), " 301 ");
}
END_TEST

static bool
hears_line(void *arg)
{
	return strstr(listen_to('c'), arg) != NULL;
}

START_TEST(offline)
{
	ask('a', "JOIN #kopi");
	ask('c', "JOIN #kopi");
	ask('a', "AWAY :tidur");
	listen_to('b');
	leave('b');
	ck_assert(realm_until(hears_line, ":messi!messi@surabaya AWAY :tidur\n"));
	leave('a');
	ck_assert(realm_until(hears_line, ":messi!messi@surabaya AWAY :offline\n"));
	ASSERT_HAS(ask('c', "WHO #kopi"), " messi G@ ");
	ASSERT_HAS(ask('c', "WHOIS messi"), " 301 henderson messi :offline\n");
	ASSERT_HAS(ask('c', "ISON messi henderson"), " 303 henderson :henderson\n");
	ASSERT_HAS(ask('c', "USERHOST messi"), " 302 henderson :\n");
	come('d', "messi");
	ASSERT_HAS(listen_to('c'), ":messi!messi@surabaya AWAY\n");
	/* Only the first connection is news. */
	come('e', "messi");
	ASSERT_LACKS(listen_to('c'), "AWAY");
}
END_TEST

/* Who is in no common group hears nothing, unless the nick is looked after. */
START_TEST(strangers)
{
	ask('a', "JOIN #kopi");
	ask('a', "AWAY :x");
	ask('b', "AWAY :y");
	ask('b', "SETNAME :Leo");
	ASSERT_LACKS(listen_to('c'), "messi");
	ASSERT_HAS(ask('c', "MONITOR + MESSI"), " 730 henderson :messi!messi@surabaya\n");
	ask('b', "AWAY");
	ask('b', "SETNAME :Leo Messi");
	listen_to('c');
	ASSERT_HAS(heard, ":messi!messi@surabaya AWAY\n");
	ASSERT_HAS(heard, ":messi!messi@surabaya SETNAME :Leo Messi\n");
	ASSERT_HAS(ask('c', "WHOIS messi"), " 311 henderson messi ~x surabaya * :Leo");
	ASSERT_HAS(ask('a', "SETNAME :\x02x"), "FAIL SETNAME INVALID_REALNAME :");
}
END_TEST

/* Nicks n0 to n99 fit; of any number that are asked for only these cost something. */
START_TEST(monitor_bound)
{
	char line[512];

	for (int i = 0; i < IRC_MONITOR_MOST; i += 10) {
		size_t len = 0;

		for (int j = i; j < i + 10; j++)
			len += (size_t)snprintf(line + len, sizeof(line) - len, "n%d,", j);
		ASSERT_LACKS(ask('c', "MONITOR + %s", line), " 734 ");
	}
	ASSERT_HAS(ask('c', "MONITOR + N5,messi,x"), " 734 henderson 100 messi,x :");
	ASSERT_HAS(heard, " 731 henderson :n5\n");
	ASSERT_LACKS(ask('c', "MONITOR L"), "messi");
	ASSERT_HAS(heard, "n99");
	ask('c', "MONITOR - N5");
	ASSERT_HAS(ask('c', "MONITOR + messi"), " 730 henderson :messi!");
	ASSERT_LACKS(heard, " 734 ");
	ask('c', "MONITOR C");
	ASSERT_LACKS(ask('c', "MONITOR L"), " 732 ");
	ASSERT_HAS(ask('c', "MONITOR + a!b@c,*,lineker/malang"), " 432 ");
	ASSERT_LACKS(ask('c', "MONITOR S"), " 73[012] ");
}
END_TEST

/* A client of another dialect comes and goes, too. */
START_TEST(monitor_others)
{
	ASSERT_HAS(ask('c', "MONITOR + lineker"), " 731 henderson :lineker\n");
	dialogue_run(&talk, "r> auth lineker surabaya\nr< TOKEN l\n");
	ck_assert(realm_until(hears_line, " 730 henderson :lineker!lineker@surabaya\n"));
	dialogue_run(&talk, "r closes\n");
	ck_assert(realm_until(hears_line, " 731 henderson :lineker\n"));
}
END_TEST

START_TEST(tagmsg)
{
	come('d', "lineker");
	ask('a', "JOIN #kopi");
	ask('c', "JOIN #kopi");
	listen_to('b');
	ask('a', "@+typing=active;label=1 TAGMSG #kopi");
	ASSERT_HAS(listen_to('c'), ";+typing=active :messi!messi@surabaya TAGMSG #kopi\n");
	ASSERT_HAS(listen_to('b'), ";+typing=active :messi!messi@surabaya TAGMSG #kopi\n");
	ASSERT_LACKS(listen_to('d'), "TAGMSG");
	ask('a', "@+typing=done TAGMSG lineker");
	ASSERT_HAS(listen_to('d'), ";+typing=done :messi!messi@surabaya TAGMSG lineker\n");
	ASSERT_LACKS(listen_to('c'), "TAGMSG");
	ASSERT_HAS(ask('d', "@+x TAGMSG #kopi"), " 404 lineker #kopi ");
	ASSERT_HAS(ask('d', "@+x TAGMSG #teh,maradona"), " 403 lineker #teh ");
	ASSERT_HAS(heard, " 401 lineker maradona ");
	ASSERT_LACKS(listen_to('c'), "TAGMSG");
	dialogue_run(&talk,
	    "r> auth henderson surabaya\nr< TOKEN h\n"
	    "r> block $h messi\nr< OK Blocked\n");
	ask('a', "@+x TAGMSG #kopi");
	ASSERT_LACKS(listen_to('c'), "TAGMSG");
	ASSERT_HAS(ask('a', "@+x TAGMSG henderson"), " 531 messi henderson ");
}
END_TEST

START_TEST(hidden)
{
	ask('a', "JOIN #kopi");
	dialogue_run(&talk,
	    "r> auth messi surabaya\nr< TOKEN m\n"
	    "r> group $m kopi private on\nr< OK Group changed\n");
	ASSERT_LACKS(ask('c', "WHO #kopi"), " 352 ");
	ASSERT_LACKS(ask('c', "WHOIS messi"), " 319 ");
	ASSERT_HAS(ask('a', "WHOIS messi"), " 319 messi messi :@#kopi\n");
	ASSERT_LACKS(ask('c', "WHOWAS maradona"), " 314 ");
	ASSERT_HAS(heard, " 406 henderson maradona ");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("irc presence");
	TCase *tcase = realm_tcase(suite, "presence");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, away);
	tcase_add_test(tcase, offline);
	tcase_add_test(tcase, strangers);
	tcase_add_test(tcase, monitor_bound);
	tcase_add_test(tcase, monitor_others);
	tcase_add_test(tcase, tagmsg);
	tcase_add_test(tcase, hidden);
	return realm_run_suite(suite);
}
