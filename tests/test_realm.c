/*
 * The realm dialect, command by command, each reply to the letter: over TCP, and with kabard -i
 * on a socket and on pipes.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialogue.h"

#define LONG_ARGUMENT 5000
#define LONGEST_NAME  "x123456789x123456789x123456789x123456789x123456789x123456789x123"
#define NOBODYS_TOKEN "6ba7b810-9dad-41d1-80b4-00c04fd430c8"

static struct realm realm;
static struct dialogue talk;

static void
setup(void)
{
	realm_make(&realm, NULL);
}

static void
teardown(void)
{
	dialogue_end(&talk);
	realm_remove(&realm);
}

/* messi speaks as a, henderson as b and lineker as c, with the tokens m, h and l. */
static void
begin_logged_in(int way)
{
	dialogue_begin(&talk, &realm, (enum dialogue_way)way);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n"
	    "c> auth lineker surabaya\n"
	    "c< TOKEN l\n");
}

/* A connection that ends does so in its own time. */
static bool
messi_is_gone(void *arg)
{
	size_t len;

	(void)arg;
	dialogue_run(&talk, "b> info messi\n");
	const char *reply = dialogue_hear(&talk, 'b', &len);
	return dialogue_matches(&talk,
	    "INFO {'username':'messi','name':'Lionel Messi','country':'Argentina','online':false}",
	    reply, len);
}

/*
 * auth, register, logout
 */

START_TEST(auth)
{
	dialogue_begin(&talk, &realm, (enum dialogue_way)_i);
	dialogue_run(&talk,
	    "> auth messi surabaya\n"
	    "< TOKEN m\n"
	    "> AuTh MESSI surabaya \n"
	    "< TOKEN n\n"
	    /* a name knows no case */
	    "> auth messi Surabaya\n"
	    "< ERROR Password Salah\n"
	    /* a password does */
	    "> auth messi surabaya1\n"
	    "< ERROR Password Salah\n"
	    "> auth maradona surabaya\n"
	    "< ERROR User Tidak Ada\n"
	    "> auth .messi surabaya\n"
	    "< ERROR User Tidak Ada\n"
	    "> auth kabar surabaya\n"
	    "< ERROR User Tidak Ada\n"
	    "> auth\n"
	    "< ERROR parameter salah\n"
	    "> auth \n"
	    "< ERROR parameter salah\n"
	    "> auth messi\n"
	    "< ERROR parameter salah\n"
	    "> auth messi \n"
	    "< ERROR parameter salah\n"
	    "> auth messi surabaya lagi\n"
	    "< ERROR parameter salah\n"
	    "> auth  messi surabaya\n"
	    "< ERROR parameter salah\n"
	    "> auth messi  surabaya\n"
	    "< ERROR parameter salah\n");
	ck_assert_str_ne(talk.tokens['m' - 'a'], talk.tokens['n' - 'a']);
	/* What failed afterwards did not end the session, nor did the second login the first. */
	dialogue_run(&talk,
	    "> inbox\n"
	    "< MESSAGES {}\n"
	    "> inbox $m\n"
	    "< MESSAGES {}\n"
	    "> inbox $n\n"
	    "< MESSAGES {}\n");
}
END_TEST

START_TEST(register_user)
{
	dialogue_begin(&talk, &realm, (enum dialogue_way)_i);
	dialogue_run(&talk,
	    "> register duevano akuganteng vano_orang_ganteng indonesia\n"
	    "< TOKEN d\n"
	    "> info duevano\n"
	    "< INFO {'username':'duevano','name':'vano orang "
	    "ganteng','country':'indonesia','online':true,'since':'$*'}\n"
	    "> register duevano lain vano indonesia\n"
	    "< ERROR User sudah ada\n"
	    "> REGISTER DueVano lain vano indonesia\n"
	    "< ERROR User sudah ada\n"
	    "> register messi lain vano indonesia \n"
	    "< ERROR User sudah ada\n"
	    "b> auth duevano akuganteng\n"
	    "b< TOKEN e\n"
	    "b> auth duevano lain\n"
	    "b< ERROR Password Salah\n"
	    "b> auth DUEVANO akuganteng\n"
	    "b< TOKEN e\n"
	    "c> register X.y_z-9 rahasia K\xc3\xb6ln_\xf0\x9f\x99\x82 \xc3\x85land\n"
	    "c< TOKEN x\n"
	    "c> info x.Y_Z-9\n"
	    "c< INFO {'username':'X.y_z-9','name':'K\xc3\xb6ln "
	    "\xf0\x9f\x99\x82','country':'\xc3\x85land','online':true,'since':'$*'}\n"
	    "c> register " LONGEST_NAME " rahasia x y\n"
	    "c< TOKEN x\n");
}
END_TEST

START_TEST(register_refused)
{
	static const char *const names[] = { "kabar", "KABAR", NOBODYS_TOKEN, ".messi", "-messi",
		"a/b", "a@b", "a:b", "a,b", "\xc3\xa4", "a\x01", "a\x7f", LONGEST_NAME "4" };
	dialogue_begin(&talk, &realm, (enum dialogue_way)_i);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		dialogue_runf(&talk,
		    "> register %s rahasia nama negara\n"
		    "< ERROR parameter salah\n",
		    names[i]);
	}
	dialogue_run(&talk,
	    "> register\n"
	    "< ERROR parameter salah\n"
	    "> register a\n"
	    "< ERROR parameter salah\n"
	    "> register a b\n"
	    "< ERROR parameter salah\n"
	    "> register a b c\n"
	    "< ERROR parameter salah\n"
	    "> register a b c \n"
	    "< ERROR parameter salah\n"
	    "> register a b c d e\n"
	    "< ERROR parameter salah\n"
	    "> register a  c d\n"
	    "< ERROR parameter salah\n"
	    "> register a b nama\xff negara\n"
	    "< ERROR parameter salah\n"
	    "> register a b nama negara\xc3\n"
	    "< ERROR parameter salah\n"
	    "> register a b nama\x1b[0m negara\n"
	    "< ERROR parameter salah\n"
	    "> auth a b\n"
	    "< ERROR User Tidak Ada\n"
	    "> inbox\n"
	    "< ERROR Session tidak ditemukan\n");
}
END_TEST

START_TEST(registration_closed)
{
	realm_configure(&realm, "registration = off");
	dialogue_begin(&talk, &realm, (enum dialogue_way)_i);
	dialogue_run(&talk,
	    "> register vano rahasia nama negara\n"
	    "< ERROR Registrasi ditutup\n"
	    "> auth vano rahasia\n"
	    "< ERROR User Tidak Ada\n"
	    "> auth messi surabaya\n"
	    "< TOKEN m\n");
}
END_TEST

START_TEST(logout)
{
	begin_logged_in(_i);
	dialogue_run(&talk,
	    "> logout\n"
	    "< OK Logout successful\n"
	    "> inbox\n"
	    "< ERROR Session tidak ditemukan\n"
	    "> logout\n"
	    "< ERROR Session tidak ditemukan\n"
	    "> inbox $m\n"
	    "< ERROR Session tidak ditemukan\n"
	    "> logout $m\n"
	    "< ERROR Session tidak ditemukan\n"
	    "> auth messi surabaya\n"
	    "< TOKEN m\n"
	    "> inbox\n"
	    "< MESSAGES {}\n"
	    /* By its token a session ends from any connection, and everywhere. */
	    "d> inbox $m\n"
	    "d< MESSAGES {}\n"
	    "d> Logout $m \n"
	    "d< OK Logout successful\n"
	    "a> inbox\n"
	    "a< ERROR Session tidak ditemukan\n"
	    "d> inbox $m\n"
	    "d< ERROR Session tidak ditemukan\n"
	    /* Others were not touched. */
	    "d> logout\n"
	    "d< ERROR Session tidak ditemukan\n"
	    "b> inbox\n"
	    "b< MESSAGES {}\n"
	    "d> inbox $h\n"
	    "d< MESSAGES {}\n");
}
END_TEST

START_TEST(logout_of_one_of_two_sessions)
{
	begin_logged_in(_i);
	dialogue_run(&talk,
	    "d> auth messi surabaya\n"
	    "d< TOKEN n\n"
	    /* The second session ends from where the first is. */
	    "a> logout $n\n"
	    "a< OK Logout successful\n"
	    "d> inbox\n"
	    "d< ERROR Session tidak ditemukan\n"
	    "d closes\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n"
	    "b> info messi\n"
	    "b< INFO {'username':'messi','name':'Lionel "
	    "Messi','country':'Argentina','online':true,'since':'$*'}\n"
	    "a> logout\n"
	    "a< OK Logout successful\n");
	ck_assert(realm_until(messi_is_gone, NULL));
}
END_TEST

/*
 * Sessions
 */

static const char *const session_commands[] = { "send henderson halo", "sendgroup kopi halo",
	"inbox", "addgroup kopi", "joingroup kopi", "info", "info messi", "logout",
	"sendprivaterealm surabaya henderson halo", "sendprivaterealm malang henderson halo",
	"sendgrouprealm surabaya kopi halo", "sendgrouprealm malang kopi halo",
	"getrealminbox surabaya", "getrealminbox malang", "addrealm malang 127.0.0.1 9889" };

START_TEST(no_session)
{
	dialogue_begin(&talk, &realm, (enum dialogue_way)_i);
	for (size_t i = 0; i < sizeof(session_commands) / sizeof(session_commands[0]); i++) {
		const char *command = session_commands[i];
		int word = (int)strcspn(command, " ");

		dialogue_runf(&talk,
		    "> %s\n"
		    "< ERROR Session tidak ditemukan\n"
		    "> %.*s " NOBODYS_TOKEN "%s\n"
		    "< ERROR Session tidak ditemukan\n",
		    command, word, command, command + word);
	}
	/* Nothing of it was done. */
	dialogue_run(&talk,
	    "> auth henderson surabaya\n"
	    "< TOKEN h\n"
	    "> inbox\n"
	    "< MESSAGES {}\n"
	    "> joingroup kopi\n"
	    "< ERROR Group tidak ditemukan\n");
}
END_TEST

START_TEST(token_on_any_connection)
{
	char token[TOKEN_TEXT_LEN + 1];

	begin_logged_in(_i);
	dialogue_run(&talk,
	    "d> send $m henderson satu\n"
	    "d< OK Message sent\n"
	    /* The token counts, not whose connection it is. */
	    "b> send $m henderson dua\n"
	    "b< OK Message sent\n"
	    "b> send lineker tiga\n"
	    "b< OK Message sent\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:satu),(Lionel Messi>Jordan "
	    "Henderson:dua)]}\n"
	    "d> inbox $l\n"
	    "d< MESSAGES {'henderson':[(Jordan Henderson>Gary Lineker:tiga)]}\n"
	    "d> inbox\n"
	    "d< ERROR Session tidak ditemukan\n"
	    "d> send messi halo\n"
	    "d< ERROR Session tidak ditemukan\n"
	    /* Whoever logged in is still there when the connection ends. */
	    "a closes\n"
	    "d> inbox $m\n"
	    "d< MESSAGES {}\n"
	    "d> addgroup $m kopi\n"
	    "d< OK Add group successful\n"
	    "d> joingroup $h kopi\n"
	    "d< OK Join group successful\n");
	snprintf(token, sizeof(token), "%s", talk.tokens['m' - 'a']);
	for (char *c = token; *c != '\0'; c++)
		*c = (char)(*c >= 'a' && *c <= 'f' ? *c - 'a' + 'A' : *c);
	dialogue_runf(&talk,
	    "d> inbox %s\n"
	    "d< MESSAGES {}\n",
	    token);
}
END_TEST

START_TEST(two_sessions_of_one_user)
{
	begin_logged_in(_i);
	dialogue_run(&talk,
	    "d> auth messi surabaya\n"
	    "d< TOKEN n\n"
	    "b> send messi satu\n"
	    "b< OK Message sent\n"
	    "a> inbox\n"
	    "a< MESSAGES {'henderson':[(Jordan Henderson>Lionel Messi:satu)]}\n"
	    /* The next request shows that the reply has arrived. */
	    "a> inbox\n"
	    "a< MESSAGES {}\n"
	    "d> inbox\n"
	    "d< MESSAGES {}\n"
	    "b> send messi dua\n"
	    "b< OK Message sent\n"
	    "d> inbox\n"
	    "d< MESSAGES {'henderson':[(Jordan Henderson>Lionel Messi:dua)]}\n"
	    "d> inbox\n"
	    "d< MESSAGES {}\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n"
	    /* Online once, and that until the last one goes. */
	    "b> info messi\n"
	    "b< INFO {'username':'messi','name':'Lionel "
	    "Messi','country':'Argentina','online':true,'since':'$*'}\n"
	    "a> logout\n"
	    "a< OK Logout successful\n"
	    "b> info messi\n"
	    "b< INFO {'username':'messi','name':'Lionel "
	    "Messi','country':'Argentina','online':true,'since':'$*'}\n"
	    "d> inbox\n"
	    "d< MESSAGES {}\n"
	    "d> logout\n"
	    "d< OK Logout successful\n"
	    "b> info messi\n"
	    "b< INFO {'username':'messi','name':'Lionel "
	    "Messi','country':'Argentina','online':false}\n");
}
END_TEST

START_TEST(sessions_end_with_the_password)
{
	begin_logged_in(_i);
	REALM_CTL(&realm, "jakarta\n", "user", "passwd", "messi");
	dialogue_run(&talk,
	    "a> inbox\n"
	    "a< ERROR Session tidak ditemukan\n"
	    "d> inbox $m\n"
	    "d< ERROR Session tidak ditemukan\n"
	    "a> logout\n"
	    "a< ERROR Session tidak ditemukan\n"
	    "a> auth messi surabaya\n"
	    "a< ERROR Password Salah\n"
	    "a> auth messi jakarta\n"
	    "a< TOKEN n\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n"
	    "d> inbox $n\n"
	    "d< MESSAGES {}\n"
	    "d> inbox $m\n"
	    "d< ERROR Session tidak ditemukan\n"
	    "b> inbox\n"
	    "b< MESSAGES {}\n");
}
END_TEST

START_TEST(locked_account)
{
	begin_logged_in(_i);
	REALM_CTL(&realm, NULL, "user", "lock", "messi");
	dialogue_run(&talk,
	    "a> inbox\n"
	    "a< ERROR Session tidak ditemukan\n"
	    "d> send $m henderson halo\n"
	    "d< ERROR Session tidak ditemukan\n"
	    "d> auth messi surabaya\n"
	    "d< ERROR Akun dikunci\n"
	    "d> auth messi jakarta\n"
	    "d< ERROR Password Salah\n"
	    /* Mail still comes in. */
	    "b> send messi halo\n"
	    "b< OK Message sent\n");
	REALM_CTL(&realm, NULL, "user", "unlock", "messi");
	dialogue_run(&talk,
	    "d> auth messi surabaya\n"
	    "d< TOKEN n\n"
	    "d> inbox\n"
	    "d< MESSAGES {'henderson':[(Jordan Henderson>Lionel Messi:halo)]}\n");
}
END_TEST

START_TEST(deleted_account)
{
	begin_logged_in(_i);
	dialogue_run(&talk,
	    "b> send messi rahasia\n"
	    "b< OK Message sent\n"
	    "b> addgroup kopi\n"
	    "b< OK Add group successful\n"
	    "a> joingroup kopi\n"
	    "a< OK Join group successful\n");
	REALM_CTL(&realm, NULL, "user", "del", "messi");
	dialogue_run(&talk,
	    "a> inbox\n"
	    "a< ERROR Session tidak ditemukan\n"
	    "a> auth messi surabaya\n"
	    "a< ERROR User Tidak Ada\n"
	    "b> send messi halo\n"
	    "b< ERROR User tidak ditemukan\n"
	    "b> info messi\n"
	    "b< ERROR User tidak ditemukan\n"
	    /* Who takes the name inherits nothing. */
	    "d> register messi surabaya Messi Spanyol\n"
	    "d< TOKEN n\n"
	    "d> inbox\n"
	    "d< MESSAGES {}\n"
	    "a> inbox $m\n"
	    "a< ERROR Session tidak ditemukan\n"
	    "a> inbox\n"
	    "a< ERROR Session tidak ditemukan\n"
	    "d> sendgroup kopi halo\n"
	    "d< ERROR User bukan anggota group\n");
}
END_TEST

START_TEST(restart)
{
	begin_logged_in(DIALOGUE_TCP);
	dialogue_run(&talk,
	    "a> send henderson satu\n"
	    "a< OK Message sent\n"
	    "b> addgroup kopi\n"
	    "b< OK Add group successful\n");
	ck_assert_int_eq(realm_stop(&realm), 0);
	dialogue_run(&talk,
	    "a hears the end\n"
	    "b hears the end\n"
	    "a closes\n"
	    "b closes\n"
	    "c closes\n");
	realm_start(&realm);
	dialogue_run(&talk,
	    "a> send $m henderson dua\n"
	    "a< OK Message sent\n"
	    "a> inbox\n"
	    "a< ERROR Session tidak ditemukan\n"
	    "a> joingroup $m kopi\n"
	    "a< OK Join group successful\n"
	    "b> inbox $h\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:satu),(Lionel Messi>Jordan "
	    "Henderson:dua)]}\n"
	    "b> logout $h\n"
	    "b< OK Logout successful\n"
	    "b> inbox $h\n"
	    "b< ERROR Session tidak ditemukan\n");
}
END_TEST

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
	begin_logged_in(_i);
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

	begin_logged_in(_i);
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
 * Messages
 */

START_TEST(send_private)
{
	begin_logged_in(_i);
	dialogue_run(&talk,
	    "a> send henderson halo\n"
	    "a< OK Message sent\n"
	    "a> SEND Henderson apa kabar?\n"
	    "a< OK Message sent\n"
	    "c> send $l HENDERSON 1  2   3\n"
	    "c< OK Message sent\n"
	    "a> send messi catatan\n"
	    "a< OK Message sent\n"
	    "a> send maradona halo\n"
	    "a< ERROR User tidak ditemukan\n"
	    "a> send kabar halo\n"
	    "a< ERROR User tidak ditemukan\n"
	    "a> send kopi halo\n"
	    "a< ERROR User tidak ditemukan\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:halo),(Lionel Messi>Jordan "
	    "Henderson:apa kabar?)],'lineker':[(Gary Lineker>Jordan Henderson:1  2   3)]}\n"
	    "b> InBox\n"
	    "b< MESSAGES {}\n"
	    "b> inbox $h \n"
	    "b< MESSAGES {}\n"
	    "a> inbox\n"
	    "a< MESSAGES {'messi':[(Lionel Messi>Lionel Messi:catatan)]}\n"
	    "c> inbox\n"
	    "c< MESSAGES {}\n");
}
END_TEST

START_TEST(one_space_around_a_text)
{
	begin_logged_in(_i);
	dialogue_run(&talk,
	    "a> send $m henderson  hello son \n"
	    "a< OK Message sent\n"
	    "a> send henderson a\n"
	    "a< OK Message sent\n"
	    "a> send henderson  b\n"
	    "a< OK Message sent\n"
	    "a> send henderson c \n"
	    "a< OK Message sent\n"
	    "a> send henderson   d  \n"
	    "a< OK Message sent\n"
	    "a> send henderson    \n"
	    "a< OK Message sent\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:hello son),(Lionel Messi>Jordan "
	    "Henderson:a),(Lionel Messi>Jordan Henderson:b),(Lionel Messi>Jordan "
	    "Henderson:c),(Lionel Messi>Jordan Henderson: d ),(Lionel Messi>Jordan Henderson: "
	    ")]}\n");
}
END_TEST

struct bytes {
	const char *data;
	size_t len;
};
#define BYTES(literal)                       \
	{                                    \
		literal, sizeof(literal) - 1 \
	}

static const struct bytes texts[] = { BYTES("kata \"Rahasia\" dan 'itu'"), BYTES("C:\\kabar\\n"),
	BYTES("\0"), BYTES("a\0b\0"), BYTES("\x7f"), BYTES("a\tb\bc\fd\x1b[31me"), BYTES("a\rb"),
	BYTES("a\r"), BYTES("{\"status\":\"OK\"}"), BYTES("</script>"), BYTES("%s%n$m"),
	BYTES("\xf0\x9f\x98\x80 emoji \xf0\x9f\x87\xae\xf0\x9f\x87\xa9"),
	BYTES("\xe6\x96\xb0\xe8\x81\x9e"), BYTES("\xd8\xb3\xd9\x84\xd8\xa7\xd9\x85"),
	BYTES("\xe2\x80\xa8\xe2\x80\xa9\xef\xbb\xbf\xef\xbf\xbf"), BYTES("\xf4\x8f\xbf\xbf"),
	BYTES("\x01\x02\x03\x04\x05\x06\x07\x0b\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19"
	      "\x1a\x1c\x1d\x1e\x1f") };

START_TEST(texts_come_back_as_sent)
{
	size_t n = sizeof(texts) / sizeof(texts[0]), len;
	const json_t *list;

	begin_logged_in(_i);
	for (size_t i = 0; i < n; i++) {
		dialogue_say(&talk, 'a', "send henderson ", 15);
		dialogue_say(&talk, 'a', texts[i].data, texts[i].len);
		dialogue_say(&talk, 'a', "\r\n", 2);
		dialogue_run(&talk, "a< OK Message sent\n");
	}
	dialogue_run(&talk, "b> inbox\n");
	const char *reply = dialogue_hear(&talk, 'b', &len);
	ck_assert_ptr_null(memchr(reply, '\n', len));
	ck_assert_ptr_null(memchr(reply, '\r', len));
	json_t *inbox = json_loadb(reply, len, JSON_ALLOW_NUL, NULL);
	ck_assert_ptr_nonnull(inbox);
	list = json_object_get(json_object_get(inbox, "messages"), "messi");
	ck_assert_uint_eq(json_array_size(list), n);
	for (size_t i = 0; i < n; i++) {
		const json_t *text = json_object_get(json_array_get(list, i), "msg");

		ck_assert_uint_eq(json_string_length(text), texts[i].len);
		ck_assert_mem_eq(json_string_value(text), texts[i].data, texts[i].len);
	}
	json_decref(inbox);
}
END_TEST

START_TEST(names_with_escapes)
{
	dialogue_begin(&talk, &realm, (enum dialogue_way)_i);
	dialogue_run(&talk,
	    "> register joni rahasia \"Si\\Joni\" a\"b\\c\n"
	    "< TOKEN j\n"
	    "> info joni\n"
	    "< INFO "
	    "{'username':'joni','name':'\\'Si\\\\Joni\\'','country':'a\\'b\\\\c','online':true,'"
	    "since':'$*'}\n"
	    "> send joni \"\\\n"
	    "< OK Message sent\n"
	    "> inbox\n"
	    "< MESSAGES {'joni':[(\\'Si\\\\Joni\\'>\\'Si\\\\Joni\\':\\'\\\\)]}\n");
}
END_TEST

START_TEST(follow)
{
	begin_logged_in(_i);
	dialogue_run(&talk,
	    "a> addgroup kopi\n"
	    "a< OK Add group successful\n"
	    "b> joingroup kopi\n"
	    "b< OK Join group successful\n"
	    "a> send henderson satu\n"
	    "a< OK Message sent\n"
	    "b> Follow $h \n"
	    "b< OK Following\n"
	    "b< {'status':'OK','event':'message','sender':'messi','msg_from':'Lionel "
	    "Messi','msg_to':'Jordan Henderson','msg':'satu'}\n"
	    "a> sendgroup kopi dua\n"
	    "a< OK Message sent to group\n"
	    "b< {'status':'OK','event':'message','sender':'messi','msg_from':'Lionel "
	    "Messi','msg_to':'kopi','msg':'dua','group':'kopi'}\n"
	    "c> send henderson tiga\n"
	    "c< OK Message sent\n"
	    "b< {'status':'OK','event':'message','sender':'lineker','msg_from':'Gary "
	    "Lineker','msg_to':'Jordan Henderson','msg':'tiga'}\n"
	    /* Any request ends it, even one that is none. */
	    "b> halo\n"
	    "b< ERROR *Maaf, command tidak benar\n"
	    "a> send henderson empat\n"
	    "a< OK Message sent\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:empat)]}\n"
	    "b> follow semua\n"
	    "b< ERROR parameter salah\n"
	    "d> follow\n"
	    "d< ERROR Session tidak ditemukan\n");
}
END_TEST

/*
 * Groups
 */

START_TEST(names_of_groups)
{
	begin_logged_in(_i);
	dialogue_run(&talk,
	    "a> addgroup kopi\n"
	    "a< OK Add group successful\n"
	    "a> addgroup kopi\n"
	    "a< ERROR Group sudah ada\n"
	    "b> AddGroup KOPI \n"
	    "b< ERROR Group sudah ada\n"
	    "a> joingroup kopi\n"
	    "a< ERROR User sudah dalam group\n"
	    "b> joingroup Kopi\n"
	    "b< OK Join group successful\n"
	    "b> JOINGROUP kopi \n"
	    "b< ERROR User sudah dalam group\n"
	    "b> joingroup teh\n"
	    "b< ERROR Group tidak ditemukan\n"
	    "b> joingroup messi\n"
	    "b< ERROR Group tidak ditemukan\n"
	    /* Users and groups may share a name. */
	    "b> addgroup messi\n"
	    "b< OK Add group successful\n"
	    "b> addgroup kabar\n"
	    "b< ERROR parameter salah\n"
	    "b> addgroup $h " NOBODYS_TOKEN "\n"
	    "b< ERROR parameter salah\n"
	    "b> addgroup .a\n"
	    "b< ERROR parameter salah\n"
	    "b> addgroup a/b\n"
	    "b< ERROR parameter salah\n"
	    "b> addgroup " LONGEST_NAME "4\n"
	    "b< ERROR parameter salah\n"
	    "b> addgroup " LONGEST_NAME "\n"
	    "b< OK Add group successful\n");
}
END_TEST

START_TEST(sendgroup)
{
	begin_logged_in(_i);
	dialogue_run(&talk,
	    "a> addgroup kopi\n"
	    "a< OK Add group successful\n"
	    "b> joingroup kopi\n"
	    "b< OK Join group successful\n"
	    "a> sendgroup teh halo\n"
	    "a< ERROR Group tidak ditemukan\n"
	    "c> sendgroup kopi halo\n"
	    "c< ERROR User bukan anggota group\n"
	    "c> sendgroup $m Kopi  pagi semua \n"
	    "c< OK Message sent to group\n"
	    /* Who sent it gets it too; who is no member does not. */
	    "a> inbox\n"
	    "a< MESSAGES {'messi':[(Lionel Messi>#kopi:pagi semua)]}\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>#kopi:pagi semua)]}\n"
	    "c> inbox\n"
	    "c< MESSAGES {}\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n"
	    "b> inbox\n"
	    "b< MESSAGES {}\n"
	    /* Who comes later sees what comes later. */
	    "a> sendgroup kopi sebelum\n"
	    "a< OK Message sent to group\n"
	    "c> joingroup kopi\n"
	    "c< OK Join group successful\n"
	    "c> inbox\n"
	    "c< MESSAGES {}\n"
	    "a> sendgroup kopi sesudah\n"
	    "a< OK Message sent to group\n"
	    "c> inbox\n"
	    "c< MESSAGES {'messi':[(Lionel Messi>#kopi:sesudah)]}\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>#kopi:sebelum),(Lionel Messi>#kopi:sesudah)]}\n");
}
END_TEST

START_TEST(order_across_logs)
{
	begin_logged_in(_i);
	dialogue_run(&talk,
	    "a> addgroup kopi\n"
	    "a< OK Add group successful\n"
	    "c> addgroup teh\n"
	    "c< OK Add group successful\n"
	    "b> joingroup kopi\n"
	    "b< OK Join group successful\n"
	    "b> joingroup teh\n"
	    "b< OK Join group successful\n"
	    "a> joingroup teh\n"
	    "a< OK Join group successful\n");
	dialogue_run(&talk,
	    "a> send henderson 1\n"
	    "a< OK Message sent\n"
	    "a> sendgroup kopi 2\n"
	    "a< OK Message sent to group\n"
	    "c> sendgroup teh 3\n"
	    "c< OK Message sent to group\n"
	    "a> send henderson 4\n"
	    "a< OK Message sent\n"
	    "a> sendgroup teh 5\n"
	    "a< OK Message sent to group\n"
	    "c> send henderson 6\n"
	    "c< OK Message sent\n"
	    "a> sendgroup kopi 7\n"
	    "a< OK Message sent to group\n"
	    "b> send henderson 8\n"
	    "b< OK Message sent\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:1),(Lionel "
	    "Messi>#kopi:2),(Lionel Messi>Jordan Henderson:4),(Lionel Messi>#teh:5),(Lionel "
	    "Messi>#kopi:7)],'lineker':[(Gary Lineker>#teh:3),(Gary Lineker>Jordan "
	    "Henderson:6)],'henderson':[(Jordan Henderson>Jordan Henderson:8)]}\n"
	    "b> inbox\n"
	    "b< MESSAGES {}\n");
}
END_TEST

START_TEST(group_made_by_administrator)
{
	REALM_CTL(&realm, NULL, "group", "add", "kopi", "messi");
	begin_logged_in(_i);
	dialogue_run(&talk,
	    "a> joingroup kopi\n"
	    "a< ERROR User sudah dalam group\n"
	    "b> sendgroup kopi halo\n"
	    "b< ERROR User bukan anggota group\n");
	REALM_CTL(&realm, NULL, "group", "join", "kopi", "henderson");
	dialogue_run(&talk,
	    "b> sendgroup kopi halo\n"
	    "b< OK Message sent to group\n"
	    "a> inbox\n"
	    "a< MESSAGES {'henderson':[(Jordan Henderson>#kopi:halo)]}\n");
	REALM_CTL(&realm, NULL, "group", "del", "kopi");
	dialogue_run(&talk,
	    "a> sendgroup kopi halo\n"
	    "a< ERROR Group tidak ditemukan\n"
	    "b> addgroup kopi\n"
	    "b< OK Add group successful\n"
	    "a> sendgroup kopi halo\n"
	    "a< ERROR User bukan anggota group\n"
	    "b> inbox\n"
	    "b< MESSAGES {}\n");
}
END_TEST

/*
 * info
 */

START_TEST(info)
{
	begin_logged_in(_i);
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
	ck_assert(realm_until(messi_is_gone, NULL));
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
 * Realms
 */

START_TEST(addrealm)
{
	begin_logged_in(_i);
	dialogue_run(&talk,
	    "a> addrealm surabaya\n"
	    "a< ERROR Realm sudah ada\n"
	    "a> AddRealm $m SURABAYA \n"
	    "a< ERROR Realm sudah ada\n"
	    "a> addrealm malang\n"
	    "a< ERROR parameter salah\n"
	    "a> addrealm malang 127.0.0.1 9889\n"
	    "a< ERROR Tidak diizinkan\n");
}
END_TEST

START_TEST(sendprivaterealm)
{
	begin_logged_in(_i);
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
	begin_logged_in(_i);
	dialogue_run(&talk,
	    "a> addgroup kopi\n"
	    "a< OK Add group successful\n"
	    "a> sendgrouprealm surabaya kopi satu\n"
	    "a< OK Message sent to group in realm\n"
	    "a> sendgrouprealm $m Surabaya group:kopi  dua \n"
	    "a< OK Message sent to group in realm\n"
	    "a> sendgrouprealm surabaya henderson,lineker tiga\n"
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
	    "a> sendgrouprealm surabaya henderson,maradona empat\n"
	    "a< ERROR User tidak ditemukan\n"
	    "a> sendgrouprealm surabaya henderson, empat\n"
	    "a< ERROR User tidak ditemukan\n"
	    "a> inbox\n"
	    "a< MESSAGES {'messi':[(Lionel Messi>#kopi:satu),(Lionel Messi>#kopi:dua)]}\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:tiga)]}\n"
	    "c> inbox\n"
	    "c< MESSAGES {'messi':[(Lionel Messi>Gary Lineker:tiga)]}\n");
}
END_TEST

START_TEST(getrealminbox)
{
	begin_logged_in(_i);
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

static TCase *
new_tcase(Suite *suite, const char *name)
{
	TCase *tcase = realm_tcase(suite, name);

	tcase_add_checked_fixture(tcase, setup, teardown);
	return tcase;
}

/* Each test by each way. */
#define ADD(tcase, test) tcase_add_loop_test(tcase, test, 0, DIALOGUE_WAYS)

static void
add_session_tests(Suite *suite)
{
	TCase *tcase = new_tcase(suite, "accounts");

	ADD(tcase, auth);
	ADD(tcase, register_user);
	ADD(tcase, register_refused);
	ADD(tcase, registration_closed);
	ADD(tcase, logout);
	ADD(tcase, logout_of_one_of_two_sessions);
	tcase = new_tcase(suite, "sessions");
	ADD(tcase, no_session);
	ADD(tcase, token_on_any_connection);
	ADD(tcase, two_sessions_of_one_user);
	ADD(tcase, sessions_end_with_the_password);
	ADD(tcase, locked_account);
	ADD(tcase, deleted_account);
	tcase_add_test(tcase, restart);
}

static void
add_message_tests(Suite *suite)
{
	TCase *tcase = new_tcase(suite, "requests");

	ADD(tcase, unknown_commands);
	ADD(tcase, wrong_number_of_arguments);
	ADD(tcase, long_arguments);
	tcase = new_tcase(suite, "messages");
	ADD(tcase, send_private);
	ADD(tcase, one_space_around_a_text);
	ADD(tcase, texts_come_back_as_sent);
	ADD(tcase, names_with_escapes);
	ADD(tcase, follow);
	tcase = new_tcase(suite, "groups");
	ADD(tcase, names_of_groups);
	ADD(tcase, sendgroup);
	ADD(tcase, order_across_logs);
	ADD(tcase, group_made_by_administrator);
	tcase = new_tcase(suite, "info");
	ADD(tcase, info);
	ADD(tcase, since);
	tcase = new_tcase(suite, "realms");
	ADD(tcase, addrealm);
	ADD(tcase, sendprivaterealm);
	ADD(tcase, sendgrouprealm);
	ADD(tcase, getrealminbox);
}

int
main(void)
{
	Suite *suite = suite_create("realm");

	add_session_tests(suite);
	add_message_tests(suite);
	return realm_run_suite(suite);
}
