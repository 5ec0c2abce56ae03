/*
 * The IRC dialect: messages of several lines, in both directions, and batches that are none.
 */
#include <stdio.h>
#include <string.h>

#include "dialect/irc/multiline.h"
#include "irc_talk.h"

#define KNOWS_ALL "message-tags batch labeled-response echo-message draft/multiline"
#define MESSI     ":messi!messi@surabaya "
#define FAIL      ":surabaya FAIL BATCH "
#define OPEN      "BATCH +1 draft/multiline henderson\n"
#define LINE      "@batch=1 PRIVMSG henderson :"

static struct realm realm;
static struct irc_talk messi, henderson;

static void
setup(void)
{
	messi.fd = henderson.fd = -1;
	realm_make(&realm, NULL);
	irc_talk_begin(&messi, &realm, "messi", KNOWS_ALL);
	irc_talk_begin(&henderson, &realm, "henderson", NULL);
	irc_talk_expect_nothing(&messi);
	irc_talk_expect_nothing(&henderson);
}

static void
teardown(void)
{
	irc_talk_end(&messi);
	irc_talk_end(&henderson);
	realm_remove(&realm);
}

/* The lines come as they went, whether the client knows batches or not; the label is the batch's.
 */
START_TEST(lines)
{
	struct irc_talk other = { .fd = -1 }, third = { .fd = -1 };

	irc_talk_begin(&other, &realm, "henderson", KNOWS_ALL);
	irc_talk_expect_nothing(&other);
	irc_talk_begin(&third, &realm, "henderson", "message-tags");
	irc_talk_expect_nothing(&third);
	irc_talk_say(&messi,
	    "@label=x;+y=z " OPEN LINE "satu\n" LINE "\n" LINE
	    "dua \n@batch=1;draft/multiline-concat PRIVMSG henderson :tiga\n"
	    "BATCH -1");
	irc_talk_expect(&messi,
	    "@msgid=*;+y=z;+kabar/joined=*;label=x :surabaya BATCH +b1 draft/multiline henderson",
	    "@batch=b1 " MESSI "PRIVMSG henderson :satu",
	    "@batch=b1 " MESSI "PRIVMSG henderson :", "@batch=b1 " MESSI "PRIVMSG henderson :dua ",
	    "@batch=b1;draft/multiline-concat " MESSI "PRIVMSG henderson :tiga",
	    ":surabaya BATCH -b1");
	irc_talk_expect(&henderson, MESSI "PRIVMSG henderson :satu",
	    MESSI "PRIVMSG henderson :dua ", MESSI "PRIVMSG henderson :tiga");
	irc_talk_expect(&other, "@msgid=*;+y=z;* :surabaya BATCH +b1 draft/multiline henderson",
	    "@batch=b1 " MESSI "PRIVMSG henderson :satu",
	    "@batch=b1 " MESSI "PRIVMSG henderson :", "@batch=b1 " MESSI "PRIVMSG henderson :dua ",
	    "@batch=b1;draft/multiline-concat " MESSI "PRIVMSG henderson :tiga",
	    ":surabaya BATCH -b1");
	irc_talk_end(&other);
	/* The id is that of the first line alone. */
	irc_talk_expect(&third, "@msgid=[0-9]*;+y=z;* " MESSI "PRIVMSG henderson :satu",
	    "@+y=z;* " MESSI "PRIVMSG henderson :dua ", "@+y=z;* " MESSI "PRIVMSG henderson :tiga");
	irc_talk_end(&third);
}
END_TEST

static void
say_lines(unsigned int n, size_t len)
{
	char text[IRC_BODY_MOST];

	memset(text, 'x', len);
	text[len] = '\0';
	irc_talk_say(&messi, "@label=l BATCH +1 draft/multiline henderson");
	for (unsigned int i = 0; i < n; i++)
		irc_talk_say(&messi, LINE "%s", text);
	irc_talk_say(&messi, "BATCH -1");
}

/* Just as much as is announced, and not a byte or line more; that is said once. */
START_TEST(limits)
{
	char answer[256];
	size_t heard = 0;

	say_lines(IRC_MULTILINE_LINES, 1);
	(void)irc_talk_hear(&messi);
	for (const char *at = irc_talk_hear(&henderson); (at = strchr(at, '\n')) != NULL; at++)
		heard++;
	ck_assert_uint_eq(heard, IRC_MULTILINE_LINES);
	(void)irc_talk_hear(&messi);
	say_lines(IRC_MULTILINE_LINES + 3, 1);
	snprintf(answer, sizeof(answer), "@label=l " FAIL "MULTILINE_MAX_LINES %d :*",
	    IRC_MULTILINE_LINES);
	irc_talk_expect(&messi, answer);
	say_lines(IRC_MULTILINE_BYTES / 400 + 3, 400);
	snprintf(answer, sizeof(answer), "@label=l " FAIL "MULTILINE_MAX_BYTES %d :*",
	    IRC_MULTILINE_BYTES);
	irc_talk_expect(&messi, answer);
	irc_talk_expect_nothing(&henderson);
}
END_TEST

START_TEST(bad_batches)
{
	static const char *const bad[][2] = {
		{ "BATCH", ":surabaya 461 *" },
		{ "BATCH 1 draft/multiline henderson", FAIL "INVALID_REFTAG :*" },
		{ "BATCH + draft/multiline henderson", FAIL "INVALID_REFTAG :*" },
		{ "BATCH -1", FAIL "INVALID_REFTAG :*" },
		{ "BATCH +1", FAIL "UNKNOWN_TYPE :*" },
		{ "BATCH +1 netsplit a b", FAIL "UNKNOWN_TYPE :*" },
		{ "BATCH +1 draft/multiline", FAIL "MULTILINE_INVALID :*" },
		{ LINE "satu", FAIL "MULTILINE_INVALID :*" },
		{ OPEN "BATCH -1", FAIL "MULTILINE_INVALID :*" },
		{ OPEN LINE "\n" LINE "\nBATCH -1", FAIL "MULTILINE_INVALID :*" },
		{ OPEN LINE "satu\n@batch=2 PRIVMSG henderson :dua\nBATCH -1",
		    FAIL "MULTILINE_INVALID :*" },
		{ OPEN LINE "satu\n@batch=1 NOTICE henderson :dua\nBATCH -1",
		    FAIL "MULTILINE_INVALID :*" },
		{ OPEN LINE "satu\n@batch=1;draft/multiline-concat PRIVMSG henderson :\nBATCH -1",
		    FAIL "MULTILINE_INVALID :*" },
		{ OPEN LINE "satu\n@batch=1 PRIVMSG lineker :dua\nBATCH -1",
		    FAIL "MULTILINE_INVALID_TARGET henderson lineker :*" },
		/* One within another ends it, and what follows is passed over. */
		{ OPEN LINE "satu\nBATCH +2 draft/multiline henderson\n" LINE "dua\nBATCH -1",
		    FAIL "MULTILINE_INVALID :*" },
		{ "BATCH +1 draft/multiline gerrard\n@batch=1 PRIVMSG gerrard :satu\nBATCH -1",
		    ":surabaya 401 messi gerrard :*" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		irc_talk_say(&messi, "%s", bad[i][0]);
		irc_talk_expect(&messi, bad[i][1]);
	}
	/* One that is never closed goes with its connection. */
	irc_talk_say(&messi, OPEN LINE "satu");
	irc_talk_expect_nothing(&messi);
	irc_talk_expect_nothing(&henderson);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("irc_multiline");
	TCase *tcase = realm_tcase(suite, "irc_multiline");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, lines);
	tcase_add_test(tcase, limits);
	tcase_add_test(tcase, bad_batches);
	return realm_run_suite(suite);
}
