/*
 * The realm dialect: requests that are none, and those that name a realm; each reply to the
 * letter: over TCP, and with kabard -i on a socket and on pipes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "realm_talk.h"

#define LONG_ARGUMENT 5000

/*
 * Requests that are none
 */

START_TEST(unknown_commands)
{
	static const char *const lines[] = { "", " ", "halo", "sends henderson halo",
		"sen henderson halo", "authmessi surabaya", "auth\tmessi surabaya",
		" auth messi surabaya", "*", "status", "\xff\xfe", "" NOBODYS_TOKEN,
		"recvrealmprivatemsg a b c d" };

	dialogue_begin(&talk, &realm, (enum dialogue_way)_i);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		dialogue_runf(&talk,
		    "> %s\n"
		    "< ERROR *Maaf, command tidak benar\n",
		    lines[i]);
	dialogue_run(&talk,
	    "> auth messi surabaya\n"
	    "< TOKEN m\n");
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		dialogue_runf(&talk,
		    "> %s\n"
		    "< ERROR *Maaf, command tidak benar\n",
		    lines[i]);
}
END_TEST

/* After the command, or after the command and the token. */
static const char *const bad_arguments[][2] = { { "send", "" }, { "send", " " },
	{ "send", " henderson" }, { "send", " henderson " }, { "send", " henderson  " },
	{ "send", "  henderson halo" }, { "sendgroup", "" }, { "sendgroup", " kopi" },
	{ "sendgroup", " kopi " }, { "sendgroup", "  kopi halo" }, { "inbox", " semua" },
	{ "inbox", " a b c" }, { "logout", " semua" }, { "addgroup", "" }, { "addgroup", " " },
	{ "addgroup", " kopi susu" }, { "addgroup", "  kopi" }, { "joingroup", "" },
	{ "joingroup", " kopi susu" }, { "joingroup", "  kopi" }, { "info", " a b" },
	{ "info", "  messi" }, { "addrealm", "" }, { "addrealm", " malang 127.0.0.1" },
	{ "addrealm", " malang 127.0.0.1 9889 lagi" }, { "sendprivaterealm", "" },
	{ "sendprivaterealm", " surabaya" }, { "sendprivaterealm", " surabaya messi" },
	{ "sendprivaterealm", " surabaya messi " }, { "sendprivaterealm", " surabaya  messi" },
	{ "sendgrouprealm", "" }, { "sendgrouprealm", " surabaya" },
	{ "sendgrouprealm", " surabaya kopi" }, { "sendgrouprealm", " surabaya kopi " },
	{ "getrealminbox", "" }, { "getrealminbox", " " },
	{ "getrealminbox", " surabaya malang" } };

START_TEST(wrong_number_of_arguments)
{
	realm_talk_begin(_i);
	for (size_t i = 0; i < sizeof(bad_arguments) / sizeof(bad_arguments[0]); i++) {
		const char *command = bad_arguments[i][0], *rest = bad_arguments[i][1];

		dialogue_runf(&talk,
		    "a> %s%s\n"
		    "a< ERROR parameter salah\n"
		    "d> %s $m%s\n"
		    "d< ERROR parameter salah\n",
		    command, rest, command, rest);
	}
	dialogue_run(&talk,
	    "b> inbox\n"
	    "b< MESSAGES {}\n"
	    "> inbox\n"
	    "< MESSAGES {}\n");
}
END_TEST

/* Says a line in which each % stands for 5,000 bytes. */
static void
say_long(const char *line)
{
	char text[8 * LONG_ARGUMENT];
	size_t len = 0;

	for (; *line != '\0'; line++) {
		if (*line == '%') {
			memset(text + len, 'x', LONG_ARGUMENT);
			len += LONG_ARGUMENT;
		} else {
			text[len++] = *line;
		}
	}
	memcpy(text + len, "\r\n", 2);
	dialogue_say(&talk, 'a', text, len + 2);
}

static const char *const long_requests[][2] = { { "%", "ERROR *Maaf, command tidak benar" },
	{ "% surabaya", "ERROR *Maaf, command tidak benar" },
	{ "auth % surabaya", "ERROR User Tidak Ada" }, { "auth messi %", "ERROR Password Salah" },
	{ "auth % %", "ERROR User Tidak Ada" }, { "auth % % %", "ERROR parameter salah" },
	{ "register % b c d", "ERROR parameter salah" },
	{ "register a % c d", "ERROR parameter salah" },
	{ "register a b % d", "ERROR parameter salah" },
	{ "register a b c %", "ERROR parameter salah" },
	{ "register % % % %", "ERROR parameter salah" }, { "logout %", "ERROR parameter salah" },
	{ "send % halo", "ERROR User tidak ditemukan" },
	{ "send % %", "ERROR User tidak ditemukan" },
	{ "sendgroup % halo", "ERROR Group tidak ditemukan" },
	{ "sendgroup % %", "ERROR Group tidak ditemukan" }, { "inbox %", "ERROR parameter salah" },
	{ "addgroup %", "ERROR parameter salah" }, { "joingroup %", "ERROR Group tidak ditemukan" },
	{ "info %", "ERROR User tidak ditemukan" }, { "addrealm %", "ERROR parameter salah" },
	{ "addrealm % % %", "ERROR Tidak diizinkan" },
	{ "addrealm malang % 9889", "ERROR Tidak diizinkan" },
	{ "sendprivaterealm % messi halo", "ERROR Realm tidak ditemukan" },
	{ "sendprivaterealm surabaya % halo", "ERROR User tidak ditemukan" },
	{ "sendprivaterealm surabaya % %", "ERROR User tidak ditemukan" },
	{ "sendprivaterealm % % %", "ERROR Realm tidak ditemukan" },
	{ "sendgrouprealm % kopi halo", "ERROR Realm tidak ditemukan" },
	{ "sendgrouprealm surabaya % %", "ERROR Group tidak ditemukan" },
	{ "sendgrouprealm surabaya group:% %", "ERROR Group tidak ditemukan" },
	{ "sendgrouprealm surabaya %,messi %", "ERROR User tidak ditemukan" },
	{ "sendgrouprealm % % %", "ERROR Realm tidak ditemukan" },
	{ "getrealminbox %", "ERROR Realm tidak ditemukan" },
	{ "send henderson %", "OK Message sent" },
	{ "sendprivaterealm surabaya henderson %", "OK Message sent to user in realm" } };

START_TEST(long_arguments)
{
	size_t len;

	realm_talk_begin(_i);
	for (size_t i = 0; i < sizeof(long_requests) / sizeof(long_requests[0]); i++) {
		const char *request = long_requests[i][0];

		say_long(request);
		const char *reply = dialogue_hear(&talk, 'a', &len);
		ck_assert_msg(dialogue_matches(&talk, long_requests[i][1], reply, len), "%s: %s",
		    request, reply);
	}
	dialogue_run(&talk, "b> inbox\n");
	const char *inbox = dialogue_hear(&talk, 'b', &len);
	ck_assert_uint_gt(len, (size_t)2 * LONG_ARGUMENT);
	ck_assert_uint_lt(len, (size_t)2 * LONG_ARGUMENT + 300);
	ck_assert_ptr_nonnull(strstr(inbox, "xxx"));
}
END_TEST

/*
 * Realms
 */

START_TEST(addrealm)
{
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "a> addrealm surabaya\n"
	    "a< ERROR Realm sudah ada\n"
	    "a> AddRealm $m SURABAYA \n"
	    "a< ERROR Realm sudah ada\n"
	    "a> addrealm malang\n"
	    "a< ERROR parameter salah\n"
	    "a> addrealm malang 127.0.0.1 9889\n"
	    "a< ERROR Tidak diizinkan\n"
	    /* Only the long form needs a session. */
	    "d> addrealm surabaya\n"
	    "d< ERROR Realm sudah ada\n"
	    "d> addrealm malang\n"
	    "d< ERROR parameter salah\n"
	    "d> addrealm " NOBODYS_TOKEN " Surabaya \n"
	    "d< ERROR Realm sudah ada\n"
	    "d> addrealm surabaya 127.0.0.1\n"
	    "d< ERROR parameter salah\n"
	    "d> addrealm surabaya 127.0.0.1 9889\n"
	    "d< ERROR Session tidak ditemukan\n");
}
END_TEST

START_TEST(sendprivaterealm)
{
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "a> sendprivaterealm surabaya henderson halo\n"
	    "a< OK Message sent to user in realm\n"
	    "a> SendPrivateRealm $m SURABAYA Henderson  apa  kabar \n"
	    "a< OK Message sent to user in realm\n"
	    "a> sendprivaterealm malang henderson halo\n"
	    "a< ERROR Realm tidak ditemukan\n"
	    "a> sendprivaterealm surabaya maradona halo\n"
	    "a< ERROR User tidak ditemukan\n"
	    "a> sendprivaterealm malang maradona halo\n"
	    "a< ERROR Realm tidak ditemukan\n"
	    "a> sendprivaterealm .. henderson halo\n"
	    "a< ERROR Realm tidak ditemukan\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:halo),(Lionel Messi>Jordan "
	    "Henderson:apa  kabar)]}\n");
}
END_TEST

START_TEST(sendgrouprealm)
{
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "a> addgroup kopi\n"
	    "a< OK Add group successful\n"
	    "a> sendgrouprealm surabaya kopi satu\n"
	    "a< OK Message sent to group in realm\n"
	    "a> sendgrouprealm $m Surabaya group:kopi  dua \n"
	    "a< OK Message sent to group in realm\n"
	    "a> sendgrouprealm surabaya henderson,lineker tiga\n"
	    "a< OK Message sent to group in realm\n"
	    /* Each of them once. */
	    "a> sendgrouprealm surabaya lineker,henderson,LINEKER,lineker empat\n"
	    "a< OK Message sent to group in realm\n"
	    "a> sendgrouprealm malang kopi halo\n"
	    "a< ERROR Realm tidak ditemukan\n"
	    "a> sendgrouprealm surabaya teh halo\n"
	    "a< ERROR Group tidak ditemukan\n"
	    "a> sendgrouprealm surabaya group:teh halo\n"
	    "a< ERROR Group tidak ditemukan\n"
	    "a> sendgrouprealm surabaya group: halo\n"
	    "a< ERROR Group tidak ditemukan\n"
	    "b> sendgrouprealm surabaya kopi halo\n"
	    "b< ERROR User bukan anggota group\n"
	    /* All of them, or none. */
	    "a> sendgrouprealm surabaya henderson,maradona lima\n"
	    "a< ERROR User tidak ditemukan\n"
	    "a> sendgrouprealm surabaya henderson, lima\n"
	    "a< ERROR User tidak ditemukan\n"
	    "a> inbox\n"
	    "a< MESSAGES {'messi':[(Lionel Messi>#kopi:satu),(Lionel Messi>#kopi:dua)]}\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:tiga),(Lionel Messi>Jordan "
	    "Henderson:empat)]}\n"
	    "c> inbox\n"
	    "c< MESSAGES {'messi':[(Lionel Messi>Gary Lineker:tiga),(Lionel Messi>Gary "
	    "Lineker:empat)]}\n");
}
END_TEST

START_TEST(getrealminbox)
{
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "b> addgroup kopi\n"
	    "b< OK Add group successful\n"
	    "a> joingroup kopi\n"
	    "a< OK Join group successful\n"
	    "a> send henderson satu\n"
	    "a< OK Message sent\n"
	    "a> sendgroup kopi dua\n"
	    "a< OK Message sent to group\n"
	    "c> sendprivaterealm surabaya henderson tiga\n"
	    "c< OK Message sent to user in realm\n"
	    "b> getrealminbox malang\n"
	    "b< ERROR Realm tidak ditemukan\n"
	    "b> GetRealmInbox $h Surabaya \n"
	    "b< MESSAGES [(Lionel Messi>Jordan Henderson:satu),(Lionel Messi>#kopi:dua),(Gary "
	    "Lineker>Jordan Henderson:tiga)]\n"
	    "b> inbox\n"
	    "b< MESSAGES {}\n"
	    "b> getrealminbox surabaya\n"
	    "b< MESSAGES []\n"
	    "a> send henderson empat\n"
	    "a< OK Message sent\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:empat)]}\n"
	    "b> getrealminbox surabaya\n"
	    "b< MESSAGES []\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("realm");
	TCase *tcase = realm_talk_tcase(suite, "requests");

	ADD(tcase, unknown_commands);
	ADD(tcase, wrong_number_of_arguments);
	ADD(tcase, long_arguments);
	tcase = realm_talk_tcase(suite, "realms");
	ADD(tcase, addrealm);
	ADD(tcase, sendprivaterealm);
	ADD(tcase, sendgrouprealm);
	ADD(tcase, getrealminbox);
	return realm_run_suite(suite);
}
