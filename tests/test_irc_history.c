/*
 * The IRC dialect: what was said before: CHATHISTORY, read markers, and the replay to clients that
 * know neither.
 */
#include <stdio.h>
#include <string.h>

#include "irc_talk.h"

#define KNOWS_ALL                                                                       \
	"message-tags server-time batch labeled-response echo-message draft/multiline " \
	"draft/chathistory draft/read-marker"
#define TAGS      "@time=20*Z;msgid=[0-9]* "
#define BATCHED   "@batch=b*;time=20*Z;msgid=[0-9]* "
#define MESSI     ":messi!messi@surabaya "
#define HENDERSON ":henderson!henderson@surabaya "
#define FAIL      ":surabaya FAIL CHATHISTORY "
#define MANY      1020
#define MOST      1000 /* messages that a client is sent at its beginning */

static struct realm realm;
static struct irc_talk messi, henderson;

/* Both are in #kopi. */
static void
setup(void)
{
	messi.fd = henderson.fd = -1;
	realm_make(&realm, NULL);
	irc_talk_begin(&messi, &realm, "messi", KNOWS_ALL);
	irc_talk_say(&messi, "JOIN #kopi");
	irc_talk_expect(&messi, ":surabaya MARKREAD #kopi *");
	irc_talk_begin(&henderson, &realm, "henderson", NULL);
	irc_talk_say(&henderson, "JOIN #kopi");
	irc_talk_expect_nothing(&henderson);
	irc_talk_expect_nothing(&messi);
}

static void
teardown(void)
{
	irc_talk_end(&messi);
	irc_talk_end(&henderson);
	realm_remove(&realm);
}

/* messi says these numbers in #kopi. */
static void
say_numbers(int from, int to)
{
	for (int i = from; i < to; i++)
		irc_talk_say(&messi, "PRIVMSG #kopi :nomor %d", i);
	(void)irc_talk_hear(&messi);
}

static void
come_again(const char *caps)
{
	irc_talk_end(&henderson);
	irc_talk_begin(&henderson, &realm, "henderson", caps);
}

/* What came while a client was away comes once, from all conversations. */
START_TEST(replay_once)
{
	irc_talk_end(&henderson);
	irc_talk_say(&messi, "PRIVMSG #kopi :satu\nPRIVMSG henderson :dua");
	irc_talk_expect(&messi, TAGS MESSI "PRIVMSG #kopi :satu",
	    TAGS MESSI "PRIVMSG henderson :dua");
	irc_talk_begin(&henderson, &realm, "henderson", NULL);
	irc_talk_expect(&henderson, MESSI "PRIVMSG #kopi :satu", MESSI "PRIVMSG henderson :dua");
	come_again(NULL);
	irc_talk_expect_nothing(&henderson);
	/* The same holds for what comes meanwhile. */
	irc_talk_say(&messi, "PRIVMSG #kopi :tiga");
	irc_talk_expect(&messi, TAGS MESSI "PRIVMSG #kopi :tiga");
	irc_talk_expect(&henderson, MESSI "PRIVMSG #kopi :tiga");
	come_again(NULL);
	irc_talk_expect_nothing(&henderson);
	/* And what is new comes without what is not. */
	irc_talk_end(&henderson);
	irc_talk_say(&messi, "PRIVMSG #kopi :empat");
	irc_talk_expect(&messi, TAGS MESSI "PRIVMSG #kopi :empat");
	irc_talk_begin(&henderson, &realm, "henderson", NULL);
	irc_talk_expect(&henderson, MESSI "PRIVMSG #kopi :empat");
}
END_TEST

/* A client that is gone before it has read anything gets it again. */
START_TEST(replay_unread)
{
	irc_talk_end(&henderson);
	irc_talk_say(&messi, "PRIVMSG #kopi :satu");
	irc_talk_expect(&messi, TAGS MESSI "PRIVMSG #kopi :satu");
	irc_talk_begin(&henderson, &realm, "henderson", NULL);
	irc_talk_await_unread(&henderson, "satu");
	come_again("server-time batch");
	irc_talk_expect(&henderson, ":surabaya BATCH +b1 chathistory #kopi",
	    "@batch=b1;time=20*Z " MESSI "PRIVMSG #kopi :satu", ":surabaya BATCH -b1");
	irc_talk_say(&henderson, "QUIT");
	come_again(NULL);
	irc_talk_expect_nothing(&henderson);
}
END_TEST

/* More than one connection is sent stays unread, and what comes meanwhile moves no marker past it.
 */
START_TEST(replay_many)
{
	char first[64], last[64], next[64];
	const char *heard;

	irc_talk_end(&henderson);
	say_numbers(0, MANY);
	irc_talk_begin(&henderson, &realm, "henderson", NULL);
	heard = irc_talk_hear(&henderson);
	snprintf(first, sizeof(first), "#kopi :nomor %d\n", 0);
	snprintf(last, sizeof(last), "#kopi :nomor %d\n", MOST - 1);
	snprintf(next, sizeof(next), "#kopi :nomor %d\n", MOST);
	ck_assert_ptr_nonnull(strstr(heard, first));
	ck_assert_ptr_nonnull(strstr(heard, last));
	ck_assert_ptr_null(strstr(heard, next));
	ck_assert_ptr_nonnull(strstr(heard,
	    "NOTICE henderson :20 more unread messages of #kopi come when you connect again\n"));
	say_numbers(MANY, MANY + 1);
	snprintf(last, sizeof(last), "#kopi :nomor %d\n", MANY);
	ck_assert_ptr_nonnull(strstr(irc_talk_hear(&henderson), last));
	come_again(NULL);
	heard = irc_talk_hear(&henderson);
	ck_assert_ptr_null(strstr(heard, first));
	ck_assert_ptr_nonnull(strstr(heard, next));
	ck_assert_ptr_nonnull(strstr(heard, last));
	come_again(NULL);
	irc_talk_expect_nothing(&henderson);
}
END_TEST

/* A client that asks for history gets none without. */
START_TEST(replay_not)
{
	irc_talk_end(&henderson);
	say_numbers(0, 2);
	irc_talk_begin(&henderson, &realm, "henderson", "draft/chathistory");
	irc_talk_expect_nothing(&henderson);
	irc_talk_say(&henderson, "CHATHISTORY LATEST #kopi * 10");
	irc_talk_expect(&henderson, ":surabaya BATCH +b1 chathistory #kopi",
	    "@batch=b1 " MESSI "PRIVMSG #kopi :nomor 0",
	    "@batch=b1 " MESSI "PRIVMSG #kopi :nomor 1", ":surabaya BATCH -b1");
}
END_TEST

/* The two joinings have the ids 1 and 2, and no marker is moved meanwhile. */
START_TEST(parts)
{
	irc_talk_end(&henderson);
	say_numbers(0, 6);
	irc_talk_say(&messi, "CHATHISTORY LATEST #kopi msgid=7 9");
	irc_talk_expect(&messi, ":surabaya BATCH +b* chathistory #kopi",
	    "@batch=b*;time=20*Z;msgid=8 " MESSI "PRIVMSG #kopi :nomor 5", ":surabaya BATCH -b*");
	irc_talk_say(&messi, "CHATHISTORY AROUND #kopi msgid=5 3");
	irc_talk_expect(&messi, ":surabaya BATCH +b* chathistory #kopi",
	    BATCHED MESSI "PRIVMSG #kopi :nomor 1", BATCHED MESSI "PRIVMSG #kopi :nomor 2",
	    BATCHED MESSI "PRIVMSG #kopi :nomor 3", ":surabaya BATCH -b*");
	irc_talk_say(&messi, "@label=x CHATHISTORY LATEST #kopi * 2");
	irc_talk_expect(&messi, "@label=x :surabaya BATCH +b* chathistory #kopi",
	    BATCHED MESSI "PRIVMSG #kopi :nomor 4", BATCHED MESSI "PRIVMSG #kopi :nomor 5",
	    ":surabaya BATCH -b*");
	/* Before everything and after everything there is nothing. */
	irc_talk_say(&messi, "CHATHISTORY BEFORE #KOPI timestamp=2001-01-01T00:00:00Z 9");
	irc_talk_expect(&messi, ":surabaya BATCH +b* chathistory #KOPI", ":surabaya BATCH -b*");
	irc_talk_say(&messi, "CHATHISTORY AFTER #kopi timestamp=2201-01-01T00:00:00.000Z 9");
	irc_talk_expect(&messi, ":surabaya BATCH +b* chathistory #kopi", ":surabaya BATCH -b*");
	irc_talk_say(&messi, "CHATHISTORY AFTER #kopi msgid=1-7 1");
	irc_talk_expect(&messi, ":surabaya BATCH +b* chathistory #kopi",
	    BATCHED MESSI "PRIVMSG #kopi :nomor 0", ":surabaya BATCH -b*");
	irc_talk_say(&messi,
	    "CHATHISTORY BETWEEN #kopi timestamp=2201-01-01T00:00:00.000Z msgid=1 2");
	irc_talk_expect(&messi, ":surabaya BATCH +b* chathistory #kopi",
	    BATCHED MESSI "PRIVMSG #kopi :nomor 4", BATCHED MESSI "PRIVMSG #kopi :nomor 5",
	    ":surabaya BATCH -b*");
	irc_talk_say(&messi,
	    "CHATHISTORY TARGETS timestamp=2001-01-01T00:00:00.000Z "
	    "timestamp=2201-01-01T00:00:00.000Z 9");
	irc_talk_expect(&messi, ":surabaya BATCH +b* draft/chathistory-targets",
	    "@batch=b* :surabaya CHATHISTORY TARGETS #kopi 20*Z", ":surabaya BATCH -b*");
}
END_TEST

/* What became of a group comes in between, to those who ask for that. */
START_TEST(events)
{
	irc_talk_say(&henderson, "PART #kopi :habis");
	irc_talk_expect(&henderson, HENDERSON "PART #kopi :habis");
	irc_talk_say(&messi, "TOPIC #kopi :Gayo\nPRIVMSG #kopi :satu\nMODE #kopi +m");
	(void)irc_talk_hear(&messi);
	irc_talk_say(&messi, "CHATHISTORY LATEST #kopi * 9");
	irc_talk_expect(&messi, ":surabaya BATCH +b* chathistory #kopi",
	    BATCHED MESSI "PRIVMSG #kopi :satu", ":surabaya BATCH -b*");
	irc_talk_say(&messi, "CAP REQ draft/event-playback\nCHATHISTORY LATEST #kopi * 4");
	irc_talk_expect(&messi, ":surabaya BATCH +b* chathistory #kopi",
	    BATCHED HENDERSON "PART #kopi :habis", BATCHED MESSI "TOPIC #kopi :Gayo",
	    BATCHED MESSI "PRIVMSG #kopi :satu", BATCHED MESSI "MODE #kopi +m",
	    ":surabaya BATCH -b*");
}
END_TEST

START_TEST(bad_requests)
{
	static const char *const bad[][2] = {
		{ "CHATHISTORY", FAIL "INVALID_PARAMS * :*" },
		{ "CHATHISTORY DAHULU #kopi * 1", FAIL "INVALID_PARAMS DAHULU #kopi :*" },
		{ "CHATHISTORY LATEST #kopi *", FAIL "INVALID_PARAMS LATEST #kopi :*" },
		{ "CHATHISTORY LATEST #kopi * 1 2", FAIL "INVALID_PARAMS LATEST #kopi :*" },
		{ "CHATHISTORY LATEST #kopi * 0", FAIL "INVALID_PARAMS LATEST #kopi :*" },
		{ "CHATHISTORY LATEST #kopi * -1", FAIL "INVALID_PARAMS LATEST #kopi :*" },
		{ "CHATHISTORY BEFORE #kopi * 1", FAIL "INVALID_PARAMS BEFORE #kopi :*" },
		{ "CHATHISTORY BEFORE #kopi msgid=x 1", FAIL "INVALID_PARAMS BEFORE #kopi :*" },
		{ "CHATHISTORY BEFORE #kopi msgid=0 1", FAIL "INVALID_PARAMS BEFORE #kopi :*" },
		{ "CHATHISTORY BEFORE #kopi timestamp=2026-13-01T00:00:00.000Z 1",
		    FAIL "INVALID_PARAMS BEFORE #kopi :*" },
		{ "CHATHISTORY TARGETS msgid=1 msgid=2 1",
		    FAIL "INVALID_PARAMS TARGETS msgid=1 :*" },
		{ "CHATHISTORY LATEST #teh * 1", FAIL "INVALID_TARGET LATEST #teh :*" },
		{ "CHATHISTORY LATEST gerrard * 1", FAIL "INVALID_TARGET LATEST gerrard :*" },
		{ "CHATHISTORY LATEST lineker/malang * 1",
		    FAIL "INVALID_TARGET LATEST lineker/* :*" },
		{ "MARKREAD", ":surabaya FAIL MARKREAD NEED_MORE_PARAMS :*" },
		{ "MARKREAD #kopi *", ":surabaya FAIL MARKREAD INVALID_PARAMS #kopi :*" },
		{ "MARKREAD #kopi msgid=1", ":surabaya FAIL MARKREAD INVALID_PARAMS #kopi :*" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		irc_talk_say(&messi, "%s", bad[i][0]);
		irc_talk_expect(&messi, bad[i][1]);
	}
	/* Of a group one has to be a member. */
	irc_talk_say(&messi, "PART #kopi");
	irc_talk_expect(&messi, MESSI "PART #kopi");
	irc_talk_say(&messi, "CHATHISTORY LATEST #kopi * 1");
	irc_talk_expect(&messi, FAIL "INVALID_TARGET LATEST #kopi :*");
}
END_TEST

/* A marker is one for all connections of a user, and moves forward alone. */
START_TEST(markers)
{
	struct irc_talk other = { .fd = -1 };

	irc_talk_say(&henderson, "PRIVMSG #kopi :satu\nPRIVMSG messi :dua");
	irc_talk_expect_nothing(&henderson);
	irc_talk_expect(&messi, TAGS HENDERSON "PRIVMSG #kopi :satu",
	    TAGS HENDERSON "PRIVMSG messi :dua");
	irc_talk_begin(&other, &realm, "messi", KNOWS_ALL);
	irc_talk_expect(&other, ":surabaya MARKREAD #kopi *");
	irc_talk_say(&messi, "MARKREAD henderson timestamp=2001-01-01T00:00:00.000Z");
	irc_talk_expect(&messi, ":surabaya MARKREAD henderson timestamp=2001-01-01T00:00:00.000Z");
	irc_talk_expect(&other, ":surabaya MARKREAD henderson timestamp=2001-01-01T00:00:00.000Z");
	irc_talk_say(&messi, "MARKREAD henderson timestamp=2000-01-01T00:00:00.000Z");
	irc_talk_expect(&messi, ":surabaya MARKREAD henderson timestamp=2001-01-01T00:00:00.000Z");
	irc_talk_expect_nothing(&other);
	irc_talk_say(&messi, "MARKREAD henderson timestamp=2201-01-01T00:00:00.000Z");
	irc_talk_expect(&messi, ":surabaya MARKREAD henderson timestamp=20*Z");
	irc_talk_expect(&other, ":surabaya MARKREAD henderson timestamp=20*Z");
	irc_talk_say(&other, "MARKREAD henderson\nMARKREAD #kopi\nMARKREAD #teh");
	irc_talk_expect(&other, ":surabaya MARKREAD henderson timestamp=20*Z",
	    ":surabaya MARKREAD #kopi \\*", ":surabaya MARKREAD #teh \\*");
	irc_talk_end(&other);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("irc_history");
	TCase *tcase = realm_tcase(suite, "irc_history");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, replay_once);
	tcase_add_test(tcase, replay_unread);
	tcase_add_test(tcase, replay_many);
	tcase_add_test(tcase, replay_not);
	tcase_add_test(tcase, parts);
	tcase_add_test(tcase, events);
	tcase_add_test(tcase, bad_requests);
	tcase_add_test(tcase, markers);
	return realm_run_suite(suite);
}
