/*
 * The login dialect, command by command, each reply to the letter: with kabard -i -D login on a
 * socket and on pipes. At the end what a `realm` listener borrows of it, over TCP, too.
 */
#include <stdio.h>
#include <string.h>

#include "realm_talk.h"

#define UNKNOWN       "ERROR **Protocol Tidak Benar"
#define BAD_ARGUMENTS "ERROR --Protocol Tidak Benar"
#define NO_SESSION    "ERROR Session Tidak Ditemukan"
#define LOGIN_FAILED  "ERROR Autentikasi Gagal!"
#define LONG_LINE     65537 /* one byte more than a line may have */

/* Bad logins by either command. */
static const char *const bad_logins[] = { "login naim tes", "LOGIN naim surabaya ",
	"login kabar surabaya", "login .messi surabaya", "login messi tes", "login messi Surabaya",
	"auth naim tes", "auth messi tes", NULL };

START_TEST(login)
{
	realm_talk_begin_dialect(_i, "login");
	dialogue_run(&talk,
	    "> login messi surabaya \n"
	    "< TOKEN m\n"
	    "> Login MESSI surabaya\n"
	    "< TOKEN m\n"
	    "> auth messi surabaya\n"
	    "< TOKEN m\n");
	dialogue_each(&talk, 'a', bad_logins, LOGIN_FAILED);
	REALM_CTL(&realm, NULL, "user", "lock", "lineker");
	dialogue_run(&talk,
	    "> login lineker surabaya\n"
	    "< " LOGIN_FAILED "\n"
	    "> auth lineker surabaya\n"
	    "< " LOGIN_FAILED "\n"
	    /* Whoever was logged in still is. */
	    "> inbox\n"
	    "< MESSAGES {}\n"
	    "> inbox $m \n"
	    "< MESSAGES {}\n");
}
END_TEST

START_TEST(send_and_inbox)
{
	realm_talk_begin_dialect(_i, "login");
	realm_talk_log_in("login");
	dialogue_run(&talk,
	    "c> inbox $l \n"
	    "c< MESSAGES {}\n"
	    /* as the document types it, and as its client sends it */
	    "a> Send lineker halo\n"
	    "a< OK Message Sent\n"
	    "a> send $m lineker  halo lineker, ini pesan dari saya \n"
	    "a< OK Message Sent\n"
	    "c> inbox $l \n"
	    "c< MESSAGES {'messi':[(Lionel Messi>Gary Lineker: halo \\r\\n),"
	    "(Lionel Messi>Gary Lineker: halo lineker, ini pesan dari saya \\r\\n)]}\n"
	    "c> inbox\n"
	    "c< MESSAGES {}\n"
	    "a> send naim coba\n"
	    "a< ERROR User Tidak Ditemukan\n"
	    "a> send $m naim  coba \n"
	    "a< ERROR User Tidak Ditemukan\n"
	    "a> send lineker caf\xe9\n"
	    "a< ERROR parameter salah\n"
	    "c> inbox\n"
	    "c< MESSAGES {}\n");
}
END_TEST

START_TEST(inbox_full)
{
	realm_configure(&realm, "inbox_max = 1");
	realm_talk_begin_dialect(_i, "login");
	realm_talk_log_in("login");
	dialogue_run(&talk,
	    "a> send lineker satu\n"
	    "a< OK Message Sent\n"
	    "a> send lineker dua\n"
	    "a< ERROR Inbox Penuh\n"
	    "c> inbox\n"
	    "c< MESSAGES {'messi':[(Lionel Messi>Gary Lineker: satu \\r\\n)]}\n");
}
END_TEST

/* Other dialects send these: this dialect has no command for them. */
START_TEST(group_messages)
{
	REALM_CTL(&realm, NULL, "group", "add", "kopi", "messi");
	REALM_CTL(&realm, NULL, "group", "join", "kopi", "henderson");
	realm_talk_begin_dialect(_i, "login");
	realm_talk_log_in("login");
	dialogue_run(&talk,
	    "r> sendgroup $m kopi ngopi yuk\n"
	    "r< OK Message sent to group\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[{'msg_from':'Lionel Messi','msg_to':'kopi',"
	    "'msg':' ngopi yuk \\r\\n'}]}\n"
	    "c> inbox\n"
	    "c< MESSAGES {}\n");
}
END_TEST

START_TEST(show_user)
{
	realm_talk_begin_dialect(_i, "login");
	dialogue_run(&talk,
	    "a> login messi surabaya\n"
	    "a< TOKEN m\n"
	    "a> show_user $m \n"
	    "a< MESSAGES []\n"
	    "b> login henderson surabaya\n"
	    "b< TOKEN h\n"
	    "c> login lineker surabaya\n"
	    "c< TOKEN l\n"
	    "a> show_user\n"
	    "a< MESSAGES ['henderson','lineker']\n"
	    "a> show user $m \n"
	    "a< MESSAGES ['henderson','lineker']\n"
	    "b> Show User\n"
	    "b< MESSAGES ['messi','lineker']\n"
	    /* each once, however often logged in, and the caller not even so */
	    "d> auth henderson surabaya\n"
	    "d< TOKEN i\n"
	    "r> auth messi surabaya\n"
	    "r< TOKEN n\n"
	    "a> SHOW_USER $m\n"
	    "a< MESSAGES ['henderson','lineker']\n"
	    /* who that is, the token says */
	    "b> show_user $m\n"
	    "b< MESSAGES ['henderson','lineker']\n"
	    "d closes\n"
	    "b closes\n"
	    "c> logout\n"
	    "c< MESSAGES ['logout berhasil']\n"
	    "a> show user\n"
	    "a< MESSAGES []\n");
}
END_TEST

START_TEST(logout)
{
	realm_talk_begin_dialect(_i, "login");
	realm_talk_log_in("login");
	dialogue_run(&talk,
	    "a> logout\n"
	    "a< MESSAGES ['logout berhasil']\n"
	    "a> logout\n"
	    "a< " NO_SESSION "\n"
	    "a> logout $m \n"
	    "a< " NO_SESSION "\n"
	    "a> inbox $m\n"
	    "a< " NO_SESSION "\n"
	    /* from another connection, by the token */
	    "a> LogOut $h \n"
	    "a< MESSAGES ['logout berhasil']\n"
	    "b> show user\n"
	    "b< " NO_SESSION "\n"
	    "c> inbox\n"
	    "c< MESSAGES {}\n");
}
END_TEST

START_TEST(follow)
{
	realm_talk_begin_dialect(_i, "login");
	realm_talk_log_in("login");
	dialogue_run(&talk,
	    "b> follow $h \n"
	    "b< OK Following\n"
	    "a> send henderson halo\n"
	    "a< OK Message Sent\n"
	    "b< {'status':'OK','event':'message','sender':'messi','msg_from':'Lionel Messi',"
	    "'msg_to':'Jordan Henderson','msg':' halo \\r\\n'}\n"
	    "b> inbox\n"
	    "b< MESSAGES {}\n");
}
END_TEST

/* The other dialects' commands are none of these. */
START_TEST(unknown_commands)
{
	static const char *const lines[] = { "", " ", "halo", "*", "logins", "show", "show $m",
		"show  user", "showuser", "show_users", "show-user", "\xff",
		" login messi surabaya", "login\tmessi surabaya", "register a b c d", "info messi",
		"addgroup kopi", "sendgroup kopi halo", "send_group kopi halo", "my_file",
		"send_file messi a YQ==", "sendfile messi a YQ==", "download_file messi a",
		"getrealminbox malang", "{FLAG=LOGOUT}", NOBODYS_TOKEN, NULL };

	realm_talk_begin_dialect(_i, "login");
	dialogue_each(&talk, 'a', lines, UNKNOWN);
	realm_talk_log_in("login");
	dialogue_each(&talk, 'a', lines, UNKNOWN);
}
END_TEST

START_TEST(bad_arguments)
{
	static const char *const lines[] = { "login", "login ", "login messi", "login messi ",
		"login messi surabaya lagi", "login  messi surabaya", "auth messi", "send", "send ",
		"send messi", "send messi ", "send messi  ", "send  messi halo", "send $m",
		"send $m messi", "send $m messi ", "inbox semua", "inbox $m semua",
		"show_user semua", "show user semua", "show user $m semua", "logout semua",
		"logout $m semua", "follow semua", NULL };
	static char line[LONG_LINE + 2];

	realm_talk_begin_dialect(_i, "login");
	realm_talk_log_in("login");
	dialogue_each(&talk, 'a', lines, BAD_ARGUMENTS);
	/* That comes before the session. */
	dialogue_each(&talk, 'd', lines, BAD_ARGUMENTS);
	memset(line, 'x', LONG_LINE);
	memcpy(line + LONG_LINE, "\r\n", 2);
	dialogue_say(&talk, 'a', line, sizeof(line));
	dialogue_run(&talk,
	    "a< " BAD_ARGUMENTS "\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n");
}
END_TEST

START_TEST(no_session)
{
	static const char *const lines[] = { "send henderson halo",
		"send " NOBODYS_TOKEN " henderson halo", "send naim halo", "inbox",
		"inbox " NOBODYS_TOKEN, "show_user", "show_user " NOBODYS_TOKEN, "show user",
		"show user " NOBODYS_TOKEN, "logout", "logout " NOBODYS_TOKEN, "follow",
		"follow " NOBODYS_TOKEN, NULL };

	realm_talk_begin_dialect(_i, "login");
	dialogue_each(&talk, 'a', lines, NO_SESSION);
	dialogue_run(&talk,
	    "b> login henderson surabaya\n"
	    "b< TOKEN h\n"
	    "b> inbox\n"
	    "b< MESSAGES {}\n");
}
END_TEST

/* Commands that a `realm` listener borrows from this dialect; all others are its own. */
START_TEST(borrowed)
{
	static const char *const bad[] = { "login", "login messi", "login messi surabaya lagi",
		"show_user semua", "show user semua", NULL };
	static const char *const lists[] = { "show_user", "show user", "show_user " NOBODYS_TOKEN,
		"show user " NOBODYS_TOKEN, NULL };

	dialogue_begin(&talk, &realm, (enum dialogue_way)_i);
	dialogue_each(&talk, 'a', lists, NO_SESSION);
	dialogue_run(&talk,
	    "> login naim tes\n"
	    "< " LOGIN_FAILED "\n"
	    "> LOGIN messi tes\n"
	    "< " LOGIN_FAILED "\n"
	    "> auth messi tes\n"
	    "< ERROR Password Salah\n"
	    "> auth naim tes\n"
	    "< ERROR User Tidak Ada\n");
	realm_talk_log_in("login");
	dialogue_run(&talk,
	    "a> show_user\n"
	    "a< MESSAGES ['henderson','lineker']\n"
	    "d> Show User $h \n"
	    "d< MESSAGES ['messi','lineker']\n");
	dialogue_each(&talk, 'a', bad, BAD_ARGUMENTS);
	REALM_CTL(&realm, NULL, "user", "lock", "lineker");
	dialogue_run(&talk,
	    "a> login lineker surabaya\n"
	    "a< " LOGIN_FAILED "\n"
	    "a> send henderson halo\n"
	    "a< OK Message sent\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:halo)]}\n"
	    "a> logout\n"
	    "a< OK Logout successful\n"
	    "a> show_user\n"
	    "a< " NO_SESSION "\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("login");
	TCase *tcase = realm_talk_tcase(suite, "commands");

	ADD_INETD(tcase, login);
	ADD_INETD(tcase, send_and_inbox);
	ADD_INETD(tcase, inbox_full);
	ADD_INETD(tcase, group_messages);
	ADD_INETD(tcase, show_user);
	ADD_INETD(tcase, logout);
	ADD_INETD(tcase, follow);
	ADD_INETD(tcase, unknown_commands);
	ADD_INETD(tcase, bad_arguments);
	ADD_INETD(tcase, no_session);
	tcase_add_loop_test(tcase, borrowed, 0, DIALOGUE_WAYS);
	return realm_run_suite(suite);
}
