/*
 * The IRC dialect: what operators of channels and of the realm do, its limits, and bad input.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "chat/ban.h"
#include "dialect/irc/letter.h"
#include "irc_talk.h"

#define MESSI     ":messi!messi@surabaya "
#define HENDERSON ":henderson!henderson@surabaya "
#define SERVER    ":surabaya "

static struct realm realm;
static struct irc_talk messi, henderson;

static void
setup(void)
{
	messi.fd = henderson.fd = -1;
	realm_make(&realm, NULL);
	irc_talk_begin(&messi, &realm, "messi", NULL);
	irc_talk_begin(&henderson, &realm, "henderson", NULL);
	irc_talk_say(&messi, "JOIN #kopi");
	irc_talk_expect_nothing(&messi);
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

/* What is changed is one line to all, of what was changed and nothing else. */
START_TEST(one_line)
{
	irc_talk_say(&messi, "MODE #kopi +im-t+vlb-i henderson 5 lineker");
	irc_talk_expect(&messi, MESSI "MODE #kopi +im-t+vlb-i henderson 5 lineker![*]@[*]");
	irc_talk_say(&messi, "MODE #kopi +m-i+nx");
	irc_talk_expect(&messi, SERVER "472 messi x :*");
	irc_talk_say(&messi, "MODE #kopi +k teh\nMODE #kopi");
	irc_talk_expect(&messi, MESSI "MODE #kopi +k teh", SERVER "324 messi #kopi +klmn teh 5",
	    SERVER "329 messi #kopi *");
	irc_talk_say(&messi, "MODE #kopi -k-l-m+t");
	irc_talk_expect(&messi, MESSI "MODE #kopi -klm+t [*]");
	(void)irc_talk_hear(&henderson);
	irc_talk_say(&messi, "MODE #kopi +m");
	irc_talk_expect(&messi, MESSI "MODE #kopi +m");
	irc_talk_expect(&henderson, MESSI "MODE #kopi +m");
}
END_TEST

/* A key is shown to members alone. */
START_TEST(keys)
{
	struct irc_talk lineker = { .fd = -1 };

	irc_talk_say(&messi, "MODE #kopi +k teh");
	(void)irc_talk_hear(&messi);
	irc_talk_begin(&lineker, &realm, "lineker", NULL);
	irc_talk_say(&lineker, "MODE #kopi\nMODE #kopi +m");
	irc_talk_expect(&lineker, SERVER "324 lineker #kopi +knt [*]", SERVER "329 lineker #kopi *",
	    SERVER "442 lineker #kopi :*");
	irc_talk_end(&lineker);
}
END_TEST

START_TEST(bad_modes)
{
	static const char *const bad[][2] = {
		{ "MODE", SERVER "461 messi MODE :*" },
		{ "MODE #teh", SERVER "403 messi #teh :*" },
		{ "MODE #kopi +k", SERVER "696 messi #kopi k [*] :*" },
		{ "MODE #kopi +k off", SERVER "696 messi #kopi k [*] :*" },
		{ "MODE #kopi +k a,b", SERVER "696 messi #kopi k [*] :*" },
		{ "MODE #kopi +l", SERVER "696 messi #kopi l [*] :*" },
		{ "MODE #kopi +l 0", SERVER "696 messi #kopi l 0 :*" },
		{ "MODE #kopi +l -1", SERVER "696 messi #kopi l -1 :*" },
		{ "MODE #kopi +l 4294967296", SERVER "696 messi #kopi l 4294967296 :*" },
		{ "MODE #kopi +o", SERVER "696 messi #kopi o [*] :*" },
		{ "MODE #kopi +o gerrard", SERVER "401 messi gerrard :*" },
		{ "MODE #kopi +v lineker", SERVER "441 messi lineker #kopi :*" },
		{ "MODE #kopi -o messi", SERVER "400 messi MODE #kopi :The owner *" },
		{ "MODE #kopi -n", SERVER "400 messi MODE #kopi :*" },
		{ "MODE #kopi +b :a b", SERVER "696 messi #kopi b [*] :*" },
		{ "MODE #kopi +b", SERVER "368 messi #kopi :*" },
		{ "MODE #kopi bb", SERVER "368 messi #kopi :*" },
		{ "MODE messi +x", SERVER "501 messi :*" },
		{ "MODE messi +o\nMODE messi", SERVER "221 messi +" },
		{ "MODE henderson +i", SERVER "502 messi :*" },
		{ "MODE gerrard +i", SERVER "401 messi gerrard :*" },
		{ "KICK #kopi", SERVER "461 messi KICK :*" },
		{ "KICK #kopi gerrard", SERVER "401 messi gerrard :*" },
		{ "KICK #kopi lineker", SERVER "441 messi lineker #kopi :*" },
		{ "KICK #kopi messi", SERVER "400 messi KICK #kopi :*" },
		{ "KICK #teh henderson", SERVER "403 messi #teh :*" },
		{ "INVITE lineker", SERVER "461 messi INVITE :*" },
		{ "INVITE gerrard #kopi", SERVER "401 messi gerrard :*" },
		{ "INVITE henderson #kopi", SERVER "443 messi henderson #kopi :*" },
		{ "INVITE lineker #teh", SERVER "403 messi #teh :*" },
		{ "KILL henderson", SERVER "481 messi :*" },
		{ "WALLOPS :halo", SERVER "481 messi :*" },
		{ "DIE", SERVER "481 messi :*" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		irc_talk_say(&messi, "%s", bad[i][0]);
		irc_talk_expect(&messi, bad[i][1]);
	}
	irc_talk_expect_nothing(&henderson);
}
END_TEST

/* Whoever manages nothing changes nothing, and may ask a friend to a group that is open. */
START_TEST(members)
{
	struct irc_talk lineker = { .fd = -1 };

	irc_talk_begin(&lineker, &realm, "lineker", NULL);
	irc_talk_expect_nothing(&lineker);
	irc_talk_say(&henderson, "MODE #kopi +m\nKICK #kopi messi\nINVITE lineker #kopi");
	irc_talk_expect(&henderson, SERVER "482 henderson #kopi :*",
	    SERVER "482 henderson #kopi :*", SERVER "341 henderson lineker #kopi");
	irc_talk_expect(&lineker, HENDERSON "INVITE lineker #kopi");
	irc_talk_say(&messi, "MODE #kopi +i");
	(void)irc_talk_hear(&messi);
	(void)irc_talk_hear(&henderson);
	irc_talk_say(&henderson, "INVITE lineker #kopi");
	irc_talk_expect(&henderson, SERVER "482 henderson #kopi :*");
	irc_talk_expect_nothing(&lineker);
	irc_talk_end(&lineker);
}
END_TEST

/* An invitation is kept for who comes later, and is over with the first joining. */
START_TEST(invited_later)
{
	struct irc_talk lineker = { .fd = -1 };

	irc_talk_say(&messi, "MODE #kopi +i\nINVITE lineker #kopi");
	(void)irc_talk_hear(&messi);
	irc_talk_begin(&lineker, &realm, "lineker", NULL);
	irc_talk_expect(&lineker, SERVER "INVITE lineker #kopi");
	irc_talk_say(&lineker, "INVITE\nJOIN #kopi\nINVITE");
	irc_talk_expect(&lineker, SERVER "336 lineker #kopi", SERVER "337 lineker :*",
	    SERVER "337 lineker :*");
	irc_talk_say(&messi, "KICK #kopi lineker :sudah malam");
	irc_talk_expect(&messi, MESSI "KICK #kopi lineker :sudah malam");
	irc_talk_expect(&lineker, MESSI "KICK #kopi lineker :sudah malam");
	irc_talk_say(&lineker, "JOIN #kopi");
	irc_talk_expect(&lineker, SERVER "473 lineker #kopi :*");
	irc_talk_end(&lineker);
}
END_TEST

/* Bans up to the last one, and as many letters as are announced. */
START_TEST(limits)
{
	char letters[2 * IRC_MODES_MOST + 1] = "", answer[256];

	for (int i = 0; i < CHAT_BANS_MOST; i++)
		irc_talk_say(&messi, "MODE #kopi +b orang%d", i);
	(void)irc_talk_hear(&messi);
	irc_talk_say(&messi, "MODE #kopi +b lagi");
	irc_talk_expect(&messi, SERVER "478 messi #kopi lagi :*");
	(void)irc_talk_hear(&henderson);
	for (int i = 0; i < IRC_MODES_MOST; i++)
		letters[i] = "ms"[i % 2];
	letters[IRC_MODES_MOST - 1] = 'm';
	irc_talk_say(&messi, "MODE #kopi +%st-t", letters);
	snprintf(answer, sizeof(answer), MESSI "MODE #kopi +ms");
	irc_talk_expect(&messi, answer);
}
END_TEST

/* All that comes up to the end of the connection. */
static const char *
hear_end(struct irc_talk *talk)
{
	static char heard[65536];
	struct pollfd ready = { .fd = talk->fd, .events = POLLIN };
	size_t len = 0;
	ssize_t got;

	do {
		ck_assert_int_eq(poll(&ready, 1, REALM_PATIENCE_MS), 1);
		got = read(talk->fd, heard + len, sizeof(heard) - 1 - len);
		ck_assert_int_ge(got, 0);
		len += (size_t)got;
	} while (got > 0);
	heard[len] = '\0';
	return heard;
}

/* Operators of the realm: by an administrator's password alone, and for no longer than they say. */
START_TEST(realm_operators)
{
	REALM_CTL(&realm, NULL, "user", "admin", "lineker", "on");
	irc_talk_say(&messi, "OPER henderson surabaya\nOPER lineker salah\nOPER gerrard x");
	irc_talk_expect(&messi, SERVER "491 messi :*", SERVER "464 messi :*",
	    SERVER "464 messi :*");
	irc_talk_say(&messi, "OPER lineker surabaya\nMODE messi");
	irc_talk_expect(&messi, SERVER "381 messi :*", MESSI "MODE messi :+o",
	    SERVER "221 messi +o");
	/* The rest is done as the user of the connection. */
	irc_talk_say(&messi, "PRIVMSG henderson :halo");
	irc_talk_expect_nothing(&messi);
	irc_talk_expect(&henderson, MESSI "PRIVMSG henderson :halo");
	irc_talk_say(&henderson, "MODE henderson +w");
	irc_talk_expect(&henderson, HENDERSON "MODE henderson :+w");
	irc_talk_say(&messi, "WALLOPS :awas");
	irc_talk_expect_nothing(&messi);
	irc_talk_expect(&henderson, MESSI "WALLOPS :awas");
	irc_talk_say(&messi, "MODE messi -o\nKILL henderson\nWALLOPS :awas");
	irc_talk_expect(&messi, MESSI "MODE messi :-o", SERVER "481 messi :*",
	    SERVER "481 messi :*");
	irc_talk_expect_nothing(&henderson);
}
END_TEST

/* Whoever is no administrator any more has lost it here, too. */
START_TEST(no_administrator_any_more)
{
	REALM_CTL(&realm, NULL, "user", "admin", "lineker", "on");
	irc_talk_say(&messi, "OPER lineker surabaya");
	irc_talk_expect(&messi, SERVER "381 messi :*", MESSI "MODE messi :+o");
	REALM_CTL(&realm, NULL, "user", "admin", "lineker", "off");
	irc_talk_say(&messi, "KILL henderson");
	irc_talk_expect(&messi, SERVER "481 messi :*");
	irc_talk_expect_nothing(&henderson);
}
END_TEST

START_TEST(killed)
{
	struct irc_talk again = { .fd = -1 };
	const char *heard;

	REALM_CTL(&realm, NULL, "user", "admin", "lineker", "on");
	irc_talk_say(&messi, "OPER lineker surabaya\nKILL gerrard\nKILL surabaya\nKILL lineker");
	irc_talk_expect(&messi, SERVER "381 messi :*", MESSI "MODE messi :+o",
	    SERVER "401 messi gerrard :*", SERVER "483 messi :*",
	    SERVER "NOTICE messi :lineker is disconnected*");
	irc_talk_say(&messi, "OPER lineker surabaya\nKILL henderson :sudah malam");
	irc_talk_expect(&messi, SERVER "381 messi :*",
	    SERVER "NOTICE messi :henderson is disconnected*");
	heard = hear_end(&henderson);
	ck_assert_ptr_nonnull(strstr(heard, MESSI "KILL henderson :sudah malam\r\n"));
	ck_assert_ptr_nonnull(strstr(heard, "ERROR :Closing link: Killed (messi (sudah malam))"));
	/* The account stays what it was, and a member. */
	irc_talk_begin(&again, &realm, "henderson", NULL);
	irc_talk_say(&again, "PRIVMSG #kopi :halo");
	irc_talk_expect_nothing(&again);
	irc_talk_expect(&messi, HENDERSON "PRIVMSG #kopi :halo");
	irc_talk_end(&again);
	irc_talk_say(&messi, "KILL messi");
	ck_assert_ptr_nonnull(strstr(hear_end(&messi), "ERROR :Closing link: Killed (messi "));
}
END_TEST

static void
write_motd(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

/* The message of the day is read with the configuration, or that is refused. */
START_TEST(message_of_the_day)
{
	struct irc_talk lineker = { .fd = -1 };
	char path[REALM_PATH_MAX + 8], setting[REALM_PATH_MAX + 32], longer[8200], said[1024];

	snprintf(path, sizeof(path), "%s/motd", realm.dir);
	snprintf(setting, sizeof(setting), "motd = \"%s\"\n", path);
	write_motd(path, "Selamat pagi\n\ndi surabaya\n");
	realm_configure(&realm, setting);
	irc_talk_begin(&lineker, &realm, "lineker", NULL);
	irc_talk_expect(&lineker, SERVER "375 lineker :*", SERVER "372 lineker :- Selamat pagi",
	    SERVER "372 lineker :- ", SERVER "372 lineker :- di surabaya", SERVER "376 lineker :*");
	irc_talk_end(&lineker);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	write_motd(path, longer);
	ck_assert_int_ne(realm_run_kabard(&realm, (const char *const[]){ "-t", NULL }, said,
	                     sizeof(said)),
	    0);
	ck_assert_ptr_nonnull(strstr(said, "is longer than 8192 bytes"));
	write_motd(path, "\033[2J");
	ck_assert_int_ne(realm_run_kabard(&realm, (const char *const[]){ "-t", NULL }, said,
	                     sizeof(said)),
	    0);
	ck_assert_ptr_nonnull(strstr(said, "is no text in UTF-8"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("irc_operator");
	TCase *tcase = realm_tcase(suite, "irc_operator");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, one_line);
	tcase_add_test(tcase, keys);
	tcase_add_test(tcase, bad_modes);
	tcase_add_test(tcase, members);
	tcase_add_test(tcase, invited_later);
	tcase_add_test(tcase, limits);
	tcase_add_test(tcase, realm_operators);
	tcase_add_test(tcase, no_administrator_any_more);
	tcase_add_test(tcase, killed);
	tcase_add_test(tcase, message_of_the_day);
	return realm_run_suite(suite);
}
