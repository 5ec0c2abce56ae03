/*
 * The realm dialect: accounts and sessions, each reply to the letter: over TCP, and with kabard -i
 * on a socket and on pipes.
 */
#include <stdio.h>
#include <string.h>

#include "realm_talk.h"

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
	realm_talk_begin(_i);
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
	realm_talk_begin(_i);
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
	ck_assert(realm_until(realm_talk_messi_is_gone, NULL));
}
END_TEST

/*
 * Sessions
 */

static const char *const session_commands[] = { "send henderson halo", "sendgroup kopi halo",
	"inbox", "addgroup kopi", "joingroup kopi", "info", "info messi", "logout",
	"sendprivaterealm surabaya henderson halo", "sendprivaterealm malang henderson halo",
	"sendgrouprealm surabaya kopi halo", "sendgrouprealm malang kopi halo",
	"getrealminbox surabaya", "getrealminbox malang", "addrealm malang 127.0.0.1 9889",
	"block henderson", "block @malang", "unblock henderson", "blocks" };

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

	realm_talk_begin(_i);
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
	realm_talk_begin(_i);
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
	realm_talk_begin(_i);
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
	realm_talk_begin(_i);
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
	    /* What has ended stays ended. */
	    "d> inbox $m\n"
	    "d< ERROR Session tidak ditemukan\n"
	    "a> inbox\n"
	    "a< ERROR Session tidak ditemukan\n"
	    "d> auth messi surabaya\n"
	    "d< TOKEN n\n"
	    "d> inbox\n"
	    "d< MESSAGES {'henderson':[(Jordan Henderson>Lionel Messi:halo)]}\n");
}
END_TEST

START_TEST(deleted_account)
{
	realm_talk_begin(_i);
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
	realm_talk_begin(DIALOGUE_TCP);
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

int
main(void)
{
	Suite *suite = suite_create("realm session");
	TCase *tcase = realm_talk_tcase(suite, "accounts");

	ADD(tcase, auth);
	ADD(tcase, register_user);
	ADD(tcase, register_refused);
	ADD(tcase, registration_closed);
	ADD(tcase, logout);
	ADD(tcase, logout_of_one_of_two_sessions);
	tcase = realm_talk_tcase(suite, "sessions");
	ADD(tcase, no_session);
	ADD(tcase, token_on_any_connection);
	ADD(tcase, two_sessions_of_one_user);
	ADD(tcase, sessions_end_with_the_password);
	ADD(tcase, locked_account);
	ADD(tcase, deleted_account);
	tcase_add_test(tcase, restart);
	return realm_run_suite(suite);
}
