/*
 * The files dialect, each reply to the letter where it is not about files: with kabard -i -D
 * files on a socket and on pipes. At the end what a `realm` listener borrows of it, over TCP,
 * too. Its files are in test_files.
 */
#include <stdio.h>
#include <string.h>

#include "realm_talk.h"

#define UNKNOWN       "ERROR **Protocol Tidak Benar"
#define BAD_ARGUMENTS "ERROR --Protocol Tidak Benar"
#define NO_SESSION    "ERROR Session Tidak Ditemukan"
#define HALO          "aGFsbyBkdW5pYQ==" /* halo dunia */
#define LONG_LINE     65537              /* one byte more than a line may have */

static void
setup(void)
{
	realm_make(&realm, NULL);
	REALM_CTL(&realm, NULL, "group", "add", "group2", "messi");
	REALM_CTL(&realm, NULL, "group", "join", "group2", "henderson");
}

START_TEST(auth)
{
	realm_talk_begin_dialect(_i, "files");
	dialogue_run(&talk,
	    "> auth messi surabaya \n"
	    "< TOKEN m\n"
	    "> AUTH Messi surabaya\n"
	    "< TOKEN n\n"
	    "> auth aul sby\n"
	    "< ERROR User Tidak Ada\n"
	    "> auth messi sby\n"
	    "< ERROR Password Salah\n");
	REALM_CTL(&realm, NULL, "user", "lock", "messi");
	dialogue_run(&talk,
	    "> auth messi surabaya\n"
	    "< ERROR Akun Dikunci\n");
}
END_TEST

START_TEST(send_and_inbox)
{
	realm_talk_begin_dialect(_i, "files");
	realm_talk_log_in("auth");
	dialogue_run(&talk,
	    "b> inbox $h \n"
	    "b< MESSAGES {}\n"
	    "a> send $m henderson  pogger \n"
	    "a< OK Message Sent\n"
	    "a> send henderson \"halo\"  son\n"
	    "a< OK Message Sent\n"
	    "c> SEND $l HENDERSON  woi \n"
	    "c< OK Message Sent\n"
	    "b> inbox $h \n"
	    "b< MESSAGES {'messi':[' pogger \\r\\n',' \\'halo\\'  son \\r\\n'],"
	    "'lineker':[' woi \\r\\n']}\n"
	    "b> inbox\n"
	    "b< MESSAGES {}\n"
	    "a> send $m messias sby\n"
	    "a< ERROR User Tidak Ditemukan\n"
	    "a> send group2 halo\n"
	    "a< ERROR User Tidak Ditemukan\n"
	    "a> send henderson caf\xe9\n"
	    "a< ERROR parameter salah\n"
	    "b> inbox\n"
	    "b< MESSAGES {}\n");
}
END_TEST

START_TEST(send_group)
{
	realm_talk_begin_dialect(_i, "files");
	realm_talk_log_in("auth");
	dialogue_run(&talk,
	    "a> send_group $m group2  hhai \n"
	    "a< OK Message Sent\n"
	    "b> SEND_GROUP Group2 apa  kabar?\n"
	    "b< OK Message Sent\n"
	    "b> send messi  halo \n"
	    "b< OK Message Sent\n"
	    "a> send_group $m gorupxx  bakekok \n"
	    "a< ERROR Group Tidak Ditemukan\n"
	    "a> send_group henderson halo\n"
	    "a< ERROR Group Tidak Ditemukan\n"
	    "c> send_group $l group2  hhai \n"
	    "c< ERROR User Bukan Anggota Group\n"
	    "a> send_group group2 caf\xe9\n"
	    "a< ERROR parameter salah\n"
	    /* the sender has it, too */
	    "a> inbox $m \n"
	    "a< MESSAGES {'henderson':[' halo \\r\\n'],'group2':["
	    "{'msg_from':'Lionel Messi','msg_to':'group2','msg':' hhai \\r\\n'},"
	    "{'msg_from':'Jordan Henderson','msg_to':'group2','msg':' apa  kabar? \\r\\n'}]}\n"
	    "b> inbox $h \n"
	    "b< MESSAGES {'group2':["
	    "{'msg_from':'Lionel Messi','msg_to':'group2','msg':' hhai \\r\\n'},"
	    "{'msg_from':'Jordan Henderson','msg_to':'group2','msg':' apa  kabar? \\r\\n'}]}\n"
	    "c> inbox $l \n"
	    "c< MESSAGES {}\n");
}
END_TEST

START_TEST(inbox_full)
{
	realm_configure(&realm, "inbox_max = 1");
	realm_talk_begin_dialect(_i, "files");
	realm_talk_log_in("auth");
	dialogue_run(&talk,
	    "a> send henderson satu\n"
	    "a< OK Message Sent\n"
	    "a> send henderson dua\n"
	    "a< ERROR Inbox Penuh\n"
	    "a> send_file henderson a.txt " HALO "\n"
	    "a< ERROR Inbox Penuh\n"
	    "a> send_group group2 satu\n"
	    "a< OK Message Sent\n"
	    "a> send_group group2 dua\n"
	    "a< ERROR Inbox Penuh\n"
	    "a> send_group_file group2 a.txt " HALO "\n"
	    "a< ERROR Inbox Penuh\n"
	    "a> my_file\n"
	    "a< MESSAGES {}\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[' satu \\r\\n'],'group2':["
	    "{'msg_from':'Lionel Messi','msg_to':'group2','msg':' satu \\r\\n'}]}\n");
}
END_TEST

/* One key, under which all stands in order; which one it is, the shape of each entry tells. */
START_TEST(user_and_group_of_one_name)
{
	REALM_CTL(&realm, NULL, "group", "add", "Messi", "lineker");
	REALM_CTL(&realm, NULL, "group", "join", "Messi", "henderson");
	REALM_CTL(&realm, NULL, "group", "join", "Messi", "messi");
	realm_talk_begin_dialect(_i, "files");
	realm_talk_log_in("auth");
	dialogue_run(&talk,
	    "c> send_group messi satu\n"
	    "c< OK Message Sent\n"
	    "a> send henderson dua\n"
	    "a< OK Message Sent\n"
	    "a> send_group messi tiga\n"
	    "a< OK Message Sent\n"
	    "a> send_group group2 empat\n"
	    "a< OK Message Sent\n"
	    "a> send henderson lima\n"
	    "a< OK Message Sent\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':["
	    "{'msg_from':'Gary Lineker','msg_to':'Messi','msg':' satu \\r\\n'},' dua \\r\\n',"
	    "{'msg_from':'Lionel Messi','msg_to':'Messi','msg':' tiga \\r\\n'},' lima \\r\\n'],"
	    "'group2':[{'msg_from':'Lionel Messi','msg_to':'group2','msg':' empat \\r\\n'}]}\n"
	    "b> inbox\n"
	    "b< MESSAGES {}\n"
	    /* Without that user's messages it is the group's name as it was written. */
	    "c> inbox\n"
	    "c< MESSAGES {'messi':[$*]}\n"
	    "c> send_group MESSI enam\n"
	    "c< OK Message Sent\n"
	    "c> inbox\n"
	    "c< MESSAGES {'Messi':[{'msg_from':'Gary Lineker','msg_to':'Messi',"
	    "'msg':' enam \\r\\n'}]}\n"
	    "b> send_file messi a.txt " HALO "\n"
	    "b< OK File Sent\n"
	    "b> send_group_file messi b.txt " HALO "\n"
	    "b< OK File Sent\n"
	    "b> my_file\n"
	    "b< MESSAGES {'messi':['a.txt','b.txt']}\n");
}
END_TEST

START_TEST(logout)
{
	realm_talk_begin_dialect(_i, "files");
	realm_talk_log_in("auth");
	dialogue_run(&talk,
	    "a> logout\n"
	    "a< OK Logout Berhasil\n"
	    "a> logout $m \n"
	    "a< " NO_SESSION "\n"
	    "a> LOGOUT $h \n"
	    "a< OK Logout Berhasil\n"
	    "b> inbox\n"
	    "b< " NO_SESSION "\n"
	    "c> inbox\n"
	    "c< MESSAGES {}\n");
}
END_TEST

/* Events for texts, none for files. */
START_TEST(follow)
{
	realm_talk_begin_dialect(_i, "files");
	realm_talk_log_in("auth");
	dialogue_run(&talk,
	    "b> follow $h \n"
	    "b< OK Following\n"
	    "a> send henderson halo\n"
	    "a< OK Message Sent\n"
	    "b< {'status':'OK','event':'message','sender':'messi','msg_from':'Lionel Messi',"
	    "'msg_to':'Jordan Henderson','msg':' halo \\r\\n'}\n"
	    "a> send_file henderson a.txt " HALO "\n"
	    "a< OK File Sent\n"
	    "a> send_group group2 hhai\n"
	    "a< OK Message Sent\n"
	    "b< {'status':'OK','event':'message','sender':'messi','msg_from':'Lionel Messi',"
	    "'msg_to':'group2','msg':' hhai \\r\\n'}\n"
	    "b> inbox\n"
	    "b< MESSAGES {}\n");
}
END_TEST

/* The other dialects' commands are none of these. */
START_TEST(unknown_commands)
{
	static const char *const lines[] = { "", " ", "halo", "*", "send_groups kopi a",
		"sendgroup", "sendfile messi a " HALO, "sendgroupfile group2 a " HALO, "my_files",
		"myfile", "my file", "download", "login messi surabaya", "register a b c d",
		"info messi", "show", "show_user", "addgroup kopi", "joingroup kopi",
		"getrealminbox malang", "\xff", "{FLAG=LOGOUT}", NOBODYS_TOKEN, NULL };

	realm_talk_begin_dialect(_i, "files");
	dialogue_each(&talk, 'a', lines, UNKNOWN);
	realm_talk_log_in("auth");
	dialogue_each(&talk, 'a', lines, UNKNOWN);
}
END_TEST

START_TEST(bad_arguments)
{
	static const char *const lines[] = { "auth", "auth ", "auth messi", "auth messi ",
		"auth messi surabaya lagi", "send", "send ", "send messi", "send messi ",
		"send messi  ", "send $m", "send $m messi", "send $m messi ", "send_group",
		"send_group ", "send_group group2", "send_group group2 ", "send_group group2  ",
		"send_group  group2 halo", "send_group $m group2", "inbox semua", "inbox $m semua",
		"logout semua", "send_file", "send_file ", "send_file messi",
		"send_file messi a.txt", "send_file messi a.txt ", "send_file $m messi a.txt ",
		"send_file  messi a.txt " HALO, "send_group_file", "send_group_file ",
		"send_group_file group2", "send_group_file group2 a.txt",
		"send_group_file group2 a.txt ", "send_group_file $m group2 a.txt ",
		"my_file semua", "my_file $m semua", "download_file", "download_file ",
		"download_file messi", "download_file $m messi", "download_file messi ",
		"download_file messi a.txt lagi", "follow semua", NULL };
	/* What only who is logged in is told. */
	static const char *const bodies[] = { "send_file messi a.txt *",
		"send_file messi a.txt aGFs bG8=", "send_file messi .. " HALO,
		"send_file messi dir/ " HALO, "send_group_file group2 a.txt *",
		"send_group_file group2 . " HALO, NULL };
	static char line[LONG_LINE + 2];

	realm_talk_begin_dialect(_i, "files");
	realm_talk_log_in("auth");
	dialogue_each(&talk, 'a', lines, BAD_ARGUMENTS);
	dialogue_each(&talk, 'a', bodies, BAD_ARGUMENTS);
	/* The first comes before the session, the second after it. */
	dialogue_each(&talk, 'd', lines, BAD_ARGUMENTS);
	dialogue_each(&talk, 'd', bodies, NO_SESSION);
	memset(line, 'x', LONG_LINE);
	memcpy(line + LONG_LINE, "\r\n", 2);
	dialogue_say(&talk, 'a', line, sizeof(line));
	dialogue_run(&talk,
	    "a< " BAD_ARGUMENTS "\n"
	    "a> my_file\n"
	    "a< MESSAGES {}\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n");
}
END_TEST

START_TEST(no_session)
{
	static const char *const lines[] = { "send henderson halo",
		"send " NOBODYS_TOKEN " messias sby", "send_group group2 hhai",
		"send_group " NOBODYS_TOKEN " group2 hhai", "inbox", "inbox " NOBODYS_TOKEN,
		"logout", "logout " NOBODYS_TOKEN, "send_file henderson a.txt " HALO,
		"send_file " NOBODYS_TOKEN " bakekok a.txt " HALO,
		"send_group_file group2 a.txt " HALO,
		"send_group_file " NOBODYS_TOKEN " groupxx a.txt " HALO, "my_file",
		"my_file " NOBODYS_TOKEN, "download_file messi a.txt",
		"download_file " NOBODYS_TOKEN " messi a.txt", "follow", "follow " NOBODYS_TOKEN,
		NULL };

	realm_talk_begin_dialect(_i, "files");
	dialogue_each(&talk, 'a', lines, NO_SESSION);
	realm_talk_log_in("auth");
	dialogue_run(&talk,
	    "b> inbox\n"
	    "b< MESSAGES {}\n"
	    "b> my_file\n"
	    "b< MESSAGES {}\n");
}
END_TEST

/* The examples of the document, with its own names. */
START_TEST(document)
{
	REALM_CTL(&realm, "sby\n", "user", "add", "aul");
	REALM_CTL(&realm, NULL, "group", "join", "group2", "aul");
	realm_talk_begin_dialect(_i, "files");
	dialogue_run(&talk,
	    "a> auth aul sby \n"
	    "a< TOKEN a\n"
	    "b> auth messi surabaya \n"
	    "b< TOKEN m\n"
	    "b> send_file $m aul konabess-0516115433.txt " HALO " \n"
	    "b< OK File Sent\n"
	    "b> send_group_file $m group2 inventory-karachi.txt " HALO " \n"
	    "b< OK File Sent\n"
	    "a> my_file $a \n"
	    "a< MESSAGES {'messi':['konabess-0516115433.txt'],"
	    "'group2':['inventory-karachi.txt']}\n"
	    "a> download_file $a group2 inventory-karachi.txt \n"
	    "a< {'status':'OK','messages':'Downloaded inventory-karachi.txt',"
	    "'filename':'inventory-karachi.txt','data':'" HALO "'}\n"
	    "a> download_file $a messi asiap \n"
	    "a< ERROR File Tidak Ditemukan\n"
	    "a> download_file $a bakekok konabess-0516115433.txt \n"
	    "a< ERROR File Tidak Ditemukan\n"
	    "a> send_file $a bakekok chat.py " HALO " \n"
	    "a< ERROR User Tidak Ditemukan\n"
	    "a> send_group_file $a groupxx chat.py " HALO " \n"
	    "a< ERROR Group Tidak Ditemukan\n");
}
END_TEST

/* Commands that a `realm` listener borrows from this dialect; test_files tests its files. */
START_TEST(borrowed)
{
	static const char *const bad[] = { "send_group", "send_group group2", "send_group group2 ",
		"send_group $m group2 ", "send_file messi a.txt", "send_group_file group2 a.txt ",
		"my_file semua", "download_file messi", NULL };

	dialogue_begin(&talk, &realm, (enum dialogue_way)_i);
	dialogue_run(&talk,
	    "> send_group group2 hhai\n"
	    "< " NO_SESSION "\n");
	realm_talk_log_in("auth");
	dialogue_each(&talk, 'a', bad, BAD_ARGUMENTS);
	dialogue_run(&talk,
	    "a> send_group $m group2  hhai \n"
	    "a< OK Message Sent\n"
	    "a> send_group gorupxx hhai\n"
	    "a< ERROR Group Tidak Ditemukan\n"
	    "c> send_group group2 hhai\n"
	    "c< ERROR User Bukan Anggota Group\n"
	    /* The inbox is the listener's own. */
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>#group2:hhai)]}\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("files texts");
	TCase *tcase = realm_talk_tcase_with(suite, "commands", setup);
	ADD_INETD(tcase, auth);
	ADD_INETD(tcase, send_and_inbox);
	ADD_INETD(tcase, send_group);
	ADD_INETD(tcase, inbox_full);
	ADD_INETD(tcase, user_and_group_of_one_name);
	ADD_INETD(tcase, logout);
	ADD_INETD(tcase, follow);
	ADD_INETD(tcase, unknown_commands);
	ADD_INETD(tcase, bad_arguments);
	ADD_INETD(tcase, no_session);
	ADD_INETD(tcase, document);
	tcase_add_loop_test(tcase, borrowed, 0, DIALOGUE_WAYS);
	return realm_run_suite(suite);
}
