/*
 * The show dialect, command by command, each reply to the letter: with kabard -i -D show on a
 * socket and on pipes. At the end what a `realm` listener borrows of it, over TCP, too.
 */
#include <stdio.h>
#include <string.h>

#include "realm_talk.h"

#define UNKNOWN       "ERROR **Protocol Tidak Benar"
#define BAD_ARGUMENTS "ERROR --Protocol Tidak Benar"
#define NO_SESSION    "ERROR Session Tidak Ditemukan"
#define LONG_LINE     65537 /* one byte more than a line may have */

#define MESSI     "{'username':'messi','name':'Lionel Messi','negara':'Argentina'}"
#define HENDERSON "{'username':'henderson','name':'Jordan Henderson','negara':'Inggris'}"
#define LINEKER   "{'username':'lineker','name':'Gary Lineker','negara':'Inggris'}"

START_TEST(auth)
{
	realm_talk_begin_dialect(_i, "show");
	dialogue_run(&talk,
	    "> auth messi surabaya \n"
	    "< TOKEN m\n"
	    "> AUTH Messi surabaya\n"
	    "< TOKEN n\n"
	    "> auth maradona surabaya\n"
	    "< ERROR User Tidak Ada\n"
	    "> auth kabar surabaya\n"
	    "< ERROR User Tidak Ada\n"
	    "> auth messi Surabaya\n"
	    "< ERROR Password Salah\n");
	REALM_CTL(&realm, NULL, "user", "lock", "messi");
	dialogue_run(&talk,
	    "> auth messi surabaya\n"
	    "< ERROR Akun Dikunci\n"
	    "> auth messi jakarta\n"
	    "< ERROR Password Salah\n"
	    "> inbox $m\n"
	    "< " NO_SESSION "\n");
}
END_TEST

START_TEST(send_and_inbox)
{
	realm_talk_begin_dialect(_i, "show");
	realm_talk_log_in("auth");
	dialogue_run(&talk,
	    "b> inbox $h \n"
	    "b< MESSAGES {}\n"
	    /* as the document types it, and as its client sends it */
	    "a> send henderson hello gimana kabarnya son\n"
	    "a< OK Message Sent\n"
	    "a> send $m henderson  woi \n"
	    "a< OK Message Sent\n"
	    "c> SEND $l HENDERSON  \"a\"  \\ \n"
	    "c< OK Message Sent\n"
	    "b> inbox $h \n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson: hello gimana kabarnya son "
	    "\\r\\n),(Lionel Messi>Jordan Henderson: woi \\r\\n)],"
	    "'lineker':[(Gary Lineker>Jordan Henderson: \\'a\\'  \\\\ \\r\\n)]}\n"
	    "b> inbox\n"
	    "b< MESSAGES {}\n"
	    "a> send messi catatan\n"
	    "a< OK Message Sent\n"
	    "a> INBOX\n"
	    "a< MESSAGES {'messi':[(Lionel Messi>Lionel Messi: catatan \\r\\n)]}\n"
	    "a> send maradona halo\n"
	    "a< ERROR User Tidak Ditemukan\n"
	    "a> send $m kabar halo\n"
	    "a< ERROR User Tidak Ditemukan\n"
	    "a> send henderson caf\xe9\n"
	    "a< ERROR parameter salah\n"
	    "b> inbox\n"
	    "b< MESSAGES {}\n");
}
END_TEST

START_TEST(inbox_full)
{
	realm_configure(&realm, "inbox_max = 1");
	realm_talk_begin_dialect(_i, "show");
	realm_talk_log_in("auth");
	dialogue_run(&talk,
	    "a> send henderson satu\n"
	    "a< OK Message Sent\n"
	    "a> send henderson dua\n"
	    "a< ERROR Inbox Penuh\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson: satu \\r\\n)]}\n");
}
END_TEST

/* Other dialects send these: this dialect has no command for them. */
START_TEST(group_messages)
{
	REALM_CTL(&realm, NULL, "group", "add", "kopi", "messi");
	REALM_CTL(&realm, NULL, "group", "join", "kopi", "henderson");
	realm_talk_begin_dialect(_i, "show");
	realm_talk_log_in("auth");
	dialogue_run(&talk,
	    "r> sendgroup $m kopi ngopi yuk\n"
	    "r< OK Message sent to group\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[{'msg_from':'Lionel Messi','msg_to':'kopi',"
	    "'msg':' ngopi yuk \\r\\n'}]}\n"
	    "c> inbox\n"
	    "c< MESSAGES {}\n"
	    "a> send kopi halo\n"
	    "a< ERROR User Tidak Ditemukan\n");
}
END_TEST

START_TEST(show)
{
	realm_talk_begin_dialect(_i, "show");
	realm_talk_log_in("auth");
	dialogue_run(&talk,
	    "a> show $m \n"
	    "a< INFO [" MESSI "," HENDERSON "," LINEKER "]\n"
	    "a> Show\n"
	    "a< INFO [" MESSI "," HENDERSON "," LINEKER "]\n"
	    /* each once, however often logged in, and by whatever dialect */
	    "d> auth henderson surabaya\n"
	    "d< TOKEN i\n"
	    "r> auth messi surabaya\n"
	    "r< TOKEN n\n"
	    "c> show\n"
	    "c< INFO [" MESSI "," HENDERSON "," LINEKER "]\n"
	    "b> logout\n"
	    "b< OK $*\n"
	    "c> show\n"
	    "c< INFO [" MESSI "," HENDERSON "," LINEKER "]\n"
	    "d closes\n"
	    "r closes\n"
	    "c> show\n"
	    "c< INFO [" MESSI "," LINEKER "]\n"
	    "a> logout\n"
	    "a< OK $*\n"
	    "c> show\n"
	    "c< INFO [" LINEKER "]\n");
}
END_TEST

START_TEST(logout)
{
	char token[TOKEN_TEXT_LEN + 1];

	realm_talk_begin_dialect(_i, "show");
	realm_talk_log_in("auth");
	snprintf(token, sizeof(token), "%s", talk.tokens['m' - 'a']);
	dialogue_runf(&talk,
	    "a> logout\n"
	    "a< OK %s\n"
	    "a> logout\n"
	    "a< " NO_SESSION "\n"
	    "a> logout %s \n"
	    "a< " NO_SESSION "\n"
	    "a> inbox %s\n"
	    "a< " NO_SESSION "\n",
	    token, token, token);
	/* From another connection, by the token. */
	snprintf(token, sizeof(token), "%s", talk.tokens['h' - 'a']);
	dialogue_runf(&talk,
	    "a> LogOut %s \n"
	    "a< OK %s\n"
	    "b> show\n"
	    "b< " NO_SESSION "\n"
	    "c> inbox\n"
	    "c< MESSAGES {}\n",
	    token, token);
}
END_TEST

START_TEST(follow)
{
	realm_talk_begin_dialect(_i, "show");
	realm_talk_log_in("auth");
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
	static const char *const lines[] = { "", " ", "halo", "*", "shows", "showuser", "show_user",
		"\xff", " show", "auth\tmessi surabaya", "login messi surabaya", "register a b c d",
		"info messi", "addgroup kopi", "joingroup kopi", "sendgroup kopi halo",
		"send_group kopi halo", "my_file",
		"send_file messi a YQ==", "sendfile messi a YQ==", "download_file messi a",
		"addrealm malang", "getrealminbox malang", "{FLAG=LOGOUT}", NOBODYS_TOKEN, NULL };

	realm_talk_begin_dialect(_i, "show");
	dialogue_each(&talk, 'a', lines, UNKNOWN);
	realm_talk_log_in("auth");
	dialogue_each(&talk, 'a', lines, UNKNOWN);
}
END_TEST

START_TEST(bad_arguments)
{
	static const char *const lines[] = { "auth", "auth ", "auth messi", "auth messi ",
		"auth messi surabaya lagi", "auth  messi surabaya", "send", "send ", "send messi",
		"send messi ", "send messi  ", "send  messi halo", "send $m", "send $m messi",
		"send $m messi ", "inbox semua", "inbox $m semua", "show user", "show $m semua",
		"logout semua", "logout $m semua", "follow semua", NULL };
	static char line[LONG_LINE + 2];

	realm_talk_begin_dialect(_i, "show");
	realm_talk_log_in("auth");
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
		"send " NOBODYS_TOKEN " henderson halo", "send maradona halo", "inbox",
		"inbox " NOBODYS_TOKEN, "show", "show " NOBODYS_TOKEN, "logout",
		"logout " NOBODYS_TOKEN, "follow", "follow " NOBODYS_TOKEN, NULL };

	realm_talk_begin_dialect(_i, "show");
	dialogue_each(&talk, 'a', lines, NO_SESSION);
	dialogue_run(&talk,
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n"
	    "b> inbox\n"
	    "b< MESSAGES {}\n");
}
END_TEST

/* A `realm` listener has `show` itself of nobody else; all other commands are its own. */
START_TEST(borrowed)
{
	static const char *const bad[] = { "show semua", "show $m semua", "show $m $m", NULL };

	dialogue_begin(&talk, &realm, (enum dialogue_way)_i);
	dialogue_run(&talk,
	    "> show\n"
	    "< " NO_SESSION "\n"
	    "> show " NOBODYS_TOKEN "\n"
	    "< " NO_SESSION "\n");
	realm_talk_log_in("auth");
	dialogue_run(&talk,
	    "a> show\n"
	    "a< INFO [" MESSI "," HENDERSON "," LINEKER "]\n"
	    "d> SHOW $m \n"
	    "d< INFO [" MESSI "," HENDERSON "," LINEKER "]\n");
	dialogue_each(&talk, 'a', bad, BAD_ARGUMENTS);
	dialogue_run(&talk,
	    "a> logout\n"
	    "a< OK Logout successful\n"
	    "a> show\n"
	    "a< " NO_SESSION "\n"
	    "a> inbox\n"
	    "a< ERROR Session tidak ditemukan\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("show");
	TCase *tcase = realm_talk_tcase(suite, "commands");

	ADD_INETD(tcase, auth);
	ADD_INETD(tcase, send_and_inbox);
	ADD_INETD(tcase, inbox_full);
	ADD_INETD(tcase, group_messages);
	ADD_INETD(tcase, show);
	ADD_INETD(tcase, logout);
	ADD_INETD(tcase, follow);
	ADD_INETD(tcase, unknown_commands);
	ADD_INETD(tcase, bad_arguments);
	ADD_INETD(tcase, no_session);
	tcase_add_loop_test(tcase, borrowed, 0, DIALOGUE_WAYS);
	return realm_run_suite(suite);
}
