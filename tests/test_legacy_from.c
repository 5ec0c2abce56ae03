/*
 * A server of the older family delivers messages here, asks for some, and hands some over when it
 * is asked; the same lines from anybody else are refused.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "old_server.h"

#define SENT     "{'status':'OK','message':'Message Sent to Realm'}"
#define HALO     "recvrealmprivatemsg bambang kediri messi halo\n"
#define TO_USER  "z< OK Message sent to user in realm\n"
#define TO_GROUP "z< OK Message sent to group in realm\n"
#define UNKNOWN  "*Maaf, command tidak benar"

#define MOMENT_MS     50
#define USERS_MAX     1024 /* in a list */
#define ANNOUNCEMENTS 20

/* All requests of such a server. */
static const char *const commands[] = {
	"recvrealm kediri 127.0.0.1 8890",
	"recvrealmprivatemsg bambang kediri messi halo",
	"recvrealmgroupmsg bambang kediri messi,henderson halo",
	"recvfilerealm bambang kediri messi x.txt aGE=",
	"recvgroupfilerealm bambang kediri kopi x.txt aGE=",
	"getgrouprealm x kopi kediri",
	"getrealmchat kediri messi",
	NULL,
};

START_TEST(announced)
{
	old_server_start();
	old_server_run("z> recvrealm kediri 127.0.0.1 8890\n"
	               "z< OK Realm added successfully\n"
	               "z> RECVREALM Kediri 127.0.0.1 8890 \n"
	               "z< OK Realm added successfully\n"
	               "z> recvrealm batu 127.0.0.1 8890\n"
	               "z< ERROR Realm tidak ditemukan\n"
	               "z> recvrealm surabaya 127.0.0.1 8890\n"
	               "z< ERROR Realm tidak ditemukan\n"
	               "z> recvrealm\n"
	               "z< ERROR parameter salah\n");
}
END_TEST

/* An announcement makes the bridge dial at once, without the pause. */
START_TEST(announced_when_down)
{
	old_server_start();
	old_server_await_state("down");
	old_server_listen();
	old_server_run("z> recvrealm kediri 127.0.0.1 8890\n"
	               "z< OK Realm added successfully\n");
	old_server_accept();
	old_server_is_told();
	old_server_await_state("up");
}
END_TEST

/* Tells whether somebody dials within a moment, and hangs up. */
static bool
is_dialled(void)
{
	struct pollfd waiting = { .fd = old.listener, .events = POLLIN };

	if (poll(&waiting, 1, MOMENT_MS) <= 0)
		return false;
	old_server_accept();
	old_server_hangs_up();
	return true;
}

/* One that announces itself again and again, and hangs up each time, is not dialled without pauses.
 */
START_TEST(announced_for_ever)
{
	int dials = 0;

	old_server_start();
	old_server_await_state("down");
	old_server_listen();
	for (int i = 0; i < ANNOUNCEMENTS; i++) {
		old_server_run("z> recvrealm kediri 127.0.0.1 8890\n"
		               "z< OK Realm added successfully\n");
		dials += is_dialled();
	}
	ck_assert_int_ge(dials, 1);
	ck_assert_int_le(dials, 1 + ANNOUNCEMENTS / 4);
	/* Later it counts again. */
	realm_clock_pass(&realm_time, 60000);
	old_server_run("z> recvrealm kediri 127.0.0.1 8890\n"
	               "z< OK Realm added successfully\n");
	old_server_accept();
	old_server_is_told();
}
END_TEST

START_TEST(private_messages)
{
	old_server_start();
	old_server_run(
	    "z> " HALO TO_USER "z> recvrealmprivatemsg Bambang KEDIRI MESSI  apa  kabar \n" TO_USER
	    "z> recvrealmprivatemsg bambang kediri nobody halo\n"
	    "z< ERROR User tidak ditemukan\n"
	    "z> recvrealmprivatemsg bambang kediri messi \xe2\x82\xac\n" TO_USER
	    "a> getrealminbox kediri\n"
	    "a< MESSAGES [(bambang>Lionel Messi:halo),"
	    "(Bambang>Lionel Messi:apa  kabar),(bambang>Lionel Messi:\xe2\x82\xac)]\n"
	    "a> getrealminbox kediri\n"
	    "a< MESSAGES []\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n");
	REALM_CTL(&realm, NULL, "check");
}
END_TEST

/* Texts from there may have several lines, too. */
START_TEST(line_feed_in_a_text)
{
	static const char line[] = "recvrealmprivatemsg bambang kediri messi satu\nlogout\r\n";

	old_server_start();
	dialogue_say(&talk, 'z', line, sizeof(line) - 1);
	old_server_run(TO_USER "a> getrealminbox kediri\n"
	                       "a< MESSAGES [(bambang>Lionel Messi:satu\\nlogout)]\n");
}
END_TEST

/* In dialects without realms the sender's name contains the realm. */
START_TEST(other_dialects)
{
	struct dialogue other;

	old_server_start();
	old_server_run("z> " HALO TO_USER);
	dialogue_begin(&other, &realm, DIALOGUE_SOCKETPAIR);
	other.dialects[0] = "show";
	dialogue_run(&other,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "a> inbox\n"
	    "a< {'status':'OK','messages':{'bambang@kediri':[{'msg_from':'bambang','msg_to':"
	    "'Lionel Messi','msg':' halo \\r\\n'}]}}\n");
	dialogue_end(&other);
}
END_TEST

START_TEST(bad_requests)
{
	static const char *const lines[] = {
		"recvrealmprivatemsg bambang kediri messi",
		"recvrealmprivatemsg bambang kediri messi ",
		"recvrealmprivatemsg bambang kediri",
		"recvrealmprivatemsg",
		"recvrealmprivatemsg kabar kediri messi halo",
		"recvrealmprivatemsg bambang@kediri kediri messi halo",
		"recvrealmprivatemsg .bambang kediri messi halo",
		"recvrealmprivatemsg 6ba7b810-9dad-41d1-80b4-00c04fd430c8 kediri messi halo",
		"recvrealmprivatemsg bambang kediri messi hal\xff",
		"recvrealmgroupmsg bambang kediri messi,henderson",
		"recvfilerealm bambang kediri messi x.txt",
		"recvfilerealm bambang kediri messi x.txt !",
		"recvfilerealm bambang kediri messi .. aGE=",
		"recvfilerealm kabar kediri messi x.txt aGE=",
		"getgrouprealm x",
		"getrealmchat kediri",
		NULL,
	};

	old_server_start();
	dialogue_each(&talk, 'z', lines, "ERROR parameter salah");
	old_server_run("z> recvrealmprivatemsg bambang batu messi halo\n"
	               "z< ERROR Realm tidak ditemukan\n"
	               "z> getrealmchat batu messi\n"
	               "z< ERROR Realm tidak ditemukan\n"
	               "a> getrealminbox kediri\n"
	               "a< MESSAGES []\n");
}
END_TEST

START_TEST(several_users)
{
	old_server_start();
	old_server_run(
	    "z> recvrealmgroupmsg bambang kediri messi,nobody,henderson,MESSI,,x hai\n" TO_GROUP
	    "z> recvrealmgroupmsg bambang kediri lineker halo\n" TO_GROUP
	    "z> recvrealmgroupmsg bambang kediri nobody,neither halo\n"
	    "z< ERROR User tidak ditemukan\n"
	    "a> getrealminbox kediri\n"
	    "a< MESSAGES [(bambang>Lionel Messi:hai)]\n"
	    "b> getrealminbox kediri\n"
	    "b< MESSAGES [(bambang>Jordan Henderson:hai)]\n"
	    "c> getrealminbox kediri\n"
	    "c< MESSAGES [(bambang>Gary Lineker:halo)]\n");
}
END_TEST

/* The class of holes "out of bounds by a peer's list". */
START_TEST(too_many_users)
{
	char list[2 * USERS_MAX + 2] = "";

	for (int i = 0; i < USERS_MAX - 1; i++)
		strcat(list, "x,");
	old_server_start();
	old_server_run("z> recvrealmgroupmsg bambang kediri %sc halo\n"
	               "z< ERROR User tidak ditemukan\n"
	               "z> recvrealmgroupmsg bambang kediri %sx,lineker halo\n"
	               "z< ERROR parameter salah\n"
	               "c> getrealminbox kediri\n"
	               "c< MESSAGES []\n",
	    list, list);
}
END_TEST

START_TEST(members)
{
	old_server_start();
	old_server_run("z> getgrouprealm 6ba7b810-9dad-41d1-80b4-00c04fd430c8 kopi kediri\n"
	               "z< {'status':'OK','members':['messi','henderson']}\n"
	               "z> getgrouprealm x KOPI group:kopi halo semua\n"
	               "z< {'status':'OK','members':['messi','henderson']}\n"
	               "z> getgrouprealm x group:kopi kediri\n"
	               "z< {'status':'OK','members':['messi','henderson']}\n"
	               "z> getgrouprealm x teh kediri\n"
	               "z< ERROR Group tidak ditemukan\n");
	REALM_CTL(&realm, NULL, "group", "private", "kopi", "on");
	old_server_run("z> getgrouprealm x kopi kediri\n"
	               "z< ERROR Group tidak ditemukan\n");
}
END_TEST

/* Users here pull the file and download this. */
static void
expect_download(const char *user, const char *who, const char *name, const char *data)
{
	old_server_run("y> auth %s surabaya\n"
	               "y< TOKEN y\n"
	               "y> download_file $y %s %s\n"
	               "y< {'status':'OK','messages':'Downloaded "
	               "%s','filename':'%s','data':'%s'}\n",
	    user, who, name, name, name, data);
}

START_TEST(files)
{
	old_server_start();
	old_server_run(
	    "z> recvfilerealm bambang kediri messi dir/x.txt b'aGFsbyBkdW5pYQ=='\n"
	    "z< OK File sent to user in realm\n"
	    "z> recvfilerealm bambang kediri nobody x.txt aGE=\n"
	    "z< ERROR User tidak ditemukan\n"
	    "z> recvgroupfilerealm bambang kediri group:kopi y.txt aGE=\n"
	    "z< OK File sent to group in realm\n"
	    "z> recvgroupfilerealm bambang kediri messi,lineker z.txt aGk=\n"
	    "z< OK File sent to group in realm\n"
	    "z> recvgroupfilerealm bambang kediri henderson u.txt aGk=\n"
	    "z< OK File sent to group in realm\n"
	    "z> recvgroupfilerealm bambang kediri teh u.txt aGk=\n"
	    "z< ERROR Group tidak ditemukan\n"
	    "c> getrealminbox kediri\n"
	    "c< {'status':'OK','messages':[{'msg_from':'bambang','msg_to':'Gary Lineker',"
	    "'msg':'File z.txt','file':'z.txt','file_name':'z.txt',"
	    "'file_content':'aGk='}]}\n");
	expect_download("messi", "bambang@kediri", "x.txt", "aGFsbyBkdW5pYQ==");
	expect_download("henderson", "kopi", "y.txt", "aGE=");
	expect_download("lineker", "bambang@kediri", "z.txt", "aGk=");
	expect_download("henderson", "bambang@kediri", "u.txt", "aGk=");
	REALM_CTL(&realm, NULL, "check");
}
END_TEST

static void
say_file(char speaker, size_t digits)
{
	static const char begin[] = "recvfilerealm bambang kediri messi besar ";
	char *line = malloc(sizeof(begin) + digits + 2);

	ck_assert_ptr_nonnull(line);
	memcpy(line, begin, sizeof(begin) - 1);
	memset(line + sizeof(begin) - 1, 'A', digits);
	memcpy(line + sizeof(begin) - 1 + digits, "\r\n", 2);
	dialogue_say(&talk, speaker, line, sizeof(begin) - 1 + digits + 2);
	free(line);
}

/* A file is not gathered in memory. One that is too long is refused, and its rest discarded. */
START_TEST(big_files)
{
	old_server_configure("127.0.0.1", "file_max = 300000\n");
	old_server_start();
	say_file('z', 400000);
	old_server_run("z< OK File sent to user in realm\n");
	say_file('z', 400004);
	old_server_run("z< ERROR File terlalu besar\n"
	               "z> " HALO TO_USER "a> getrealminbox kediri\n"
	               "a< {'status':'OK','messages':[{'msg_from':'bambang','msg_to':"
	               "'Lionel Messi','msg':'File besar','file':'besar','file_name':'besar',"
	               "'file_hint':'download_file bambang@kediri besar'},"
	               "{'msg_from':'bambang','msg_to':'Lionel Messi','msg':'halo'}]}\n");
}
END_TEST

START_TEST(full)
{
	old_server_configure("127.0.0.1", "inbox_max = 2\npeer_quota = 3\n");
	old_server_start();
	old_server_run("z> recvfilerealm bambang kediri messi x.txt aGFsbyBkdW5pYQ==\n"
	               "z< ERROR Kuota file habis\n"
	               "z> " HALO TO_USER "z> " HALO TO_USER "z> " HALO "z< ERROR Inbox penuh\n"
	               "z> recvrealmgroupmsg bambang kediri messi,lineker halo\n" TO_GROUP
	               "z> recvrealmgroupmsg bambang kediri messi halo\n"
	               "z< ERROR Inbox penuh\n");
}
END_TEST

START_TEST(unknown_peers)
{
	old_server_configure("127.0.0.2", "");
	old_server_start();
	dialogue_each(&talk, 'z', commands, "ERROR " UNKNOWN);
	say_file('z', 30000);
	old_server_run("z< ERROR " UNKNOWN "\n"
	               "a> getrealminbox kediri\n"
	               "a< MESSAGES []\n");
}
END_TEST

/* The requests do not exist in a realm without a legacy peer. */
START_TEST(no_old_servers)
{
	realm_configure(&realm,
	    "peer \"kediri\" { address = \"127.0.0.1\"  port = 1  fingerprint = \"SHA256:"
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\" }\n");
	old_server_start();
	dialogue_each(&talk, 'z', commands, "ERROR " UNKNOWN);
}
END_TEST

/* They do not exist in other dialects either. */
START_TEST(not_on_other_listeners)
{
	struct dialogue other;

	dialogue_begin(&other, &realm, DIALOGUE_SOCKETPAIR);
	other.dialects[0] = "show";
	dialogue_each(&other, 'a', commands, "ERROR **Protocol Tidak Benar");
	dialogue_end(&other);
}
END_TEST

START_TEST(by_name)
{
	old_server_configure("localhost", "");
	old_server_start();
	old_server_run("z> " HALO TO_USER "z> " HALO TO_USER);
}
END_TEST

/* Such a server connects once, so that an idle connection stays open. */
START_TEST(stays_connected)
{
	old_server_start();
	old_server_run("z> " HALO TO_USER "y> halo\n"
	               "y< ERROR " UNKNOWN "\n");
	realm_clock_pass(&realm_time, INT64_C(48) * 3600 * 1000);
	old_server_run("y hears the end\n"
	               "a hears the end\n"
	               "x> halo\n"
	               "x< ERROR " UNKNOWN "\n");
	realm_clock_pass(&realm_time, INT64_C(48) * 3600 * 1000);
	old_server_run("x hears the end\n"
	               "z> " HALO TO_USER);
}
END_TEST

/* Existing servers ask for the copies kept here, and show these to their users. */
START_TEST(spooled)
{
	old_server_begin();
	old_server_run("z> getrealmchat kediri bambang\n"
	               "z< MESSAGES []\n"
	               "a> sendprivaterealm kediri bambang halo\n");
	old_server_hears("recvrealmprivatemsg messi kediri bambang halo");
	old_server_says(SENT);
	old_server_run("a< OK Message sent to user in realm\n"
	               "b> sendgrouprealm kediri kopi hai\n");
	old_server_is_asked("getgrouprealm - kopi kediri");
	old_server_answers("{'status':'OK','members':['bambang','siti']}");
	old_server_hears("recvrealmgroupmsg henderson kediri bambang,siti hai");
	old_server_says(SENT);
	old_server_run("b< OK Message sent to group in realm\n"
	               "a> sendprivaterealm kediri siti tidak\n");
	old_server_hears("recvrealmprivatemsg messi kediri siti tidak");
	old_server_says("{'status':'ERROR','message':'User Tidak Ditemukan'}");
	old_server_run("a< ERROR User tidak ditemukan\n"
	               "a> sendfilerealm kediri siti x.txt aGE=\n");
	old_server_hears("recvfilerealm messi kediri siti x.txt b'aGE='");
	old_server_says(SENT);
	old_server_run(
	    "a< OK File sent to user in realm\n"
	    "z> getrealmchat kediri Bambang\n"
	    "z< MESSAGES [(Lionel Messi>bambang:halo),(Jordan Henderson>bambang:hai)]\n"
	    "z> getrealmchat kediri bambang\n"
	    "z< MESSAGES []\n"
	    "z> getrealmchat kediri siti\n"
	    "z< {'status':'OK','messages':[{'msg_from':'Jordan Henderson','msg_to':'siti',"
	    "'msg':'hai'},{'msg_from':'Lionel Messi','msg_to':'siti','msg':'File x.txt',"
	    "'file':'x.txt'}]}\n"
	    "z> getrealmchat kediri\n"
	    "z< ERROR parameter salah\n"
	    "z> getrealmchat kediri siti\n"
	    "z< MESSAGES []\n"
	    "z> getrealmchat kediri tidak/ada\n"
	    "z< MESSAGES []\n");
	REALM_CTL(&realm, NULL, "check");
}
END_TEST

/* Copies survive a restart, expire, and are bounded. */
START_TEST(spooled_long)
{
	old_server_configure("127.0.0.1", "inbox_max = 4\nunread_keep = 1h\n");
	old_server_begin();
	for (int i = 0; i < 6; i++) {
		old_server_run("a> sendprivaterealm kediri bambang %d\n", i);
		old_server_hears("recvrealmprivatemsg messi kediri bambang %d", i);
		old_server_says(SENT);
		old_server_run("a< OK Message sent to user in realm\n");
	}
	dialogue_end(&talk);
	ck_assert_int_eq(realm_stop(&realm), 0);
	old_server_start();
	old_server_run("z> getrealmchat kediri bambang\n"
	               "z< MESSAGES [(Lionel Messi>bambang:3),(Lionel Messi>bambang:4),"
	               "(Lionel Messi>bambang:5)]\n"
	               "z closes\n");
	old_server_accept();
	old_server_is_told();
	old_server_await_state("up");
	old_server_await_state("up");
	old_server_run("a> sendprivaterealm kediri bambang lama\n");
	old_server_hears("recvrealmprivatemsg messi kediri bambang lama");
	old_server_says(SENT);
	old_server_run("a< OK Message sent to user in realm\n");
	realm_clock_pass(&realm_time, 2 * 3600 * 1000);
	REALM_CTL(&realm, NULL, "janitor");
	old_server_run("z> getrealmchat kediri bambang\n"
	               "z< MESSAGES []\n");
	REALM_CTL(&realm, NULL, "check");
}
END_TEST

/* A pull brings copies of delivered messages, too, and messages that were not delivered. */
START_TEST(pulled)
{
	old_server_begin();
	old_server_run(
	    "z> " HALO TO_USER "z> recvrealmprivatemsg bambang kediri messi apa kabar\n" TO_USER
	    "a> getrealminbox kediri\n");
	old_server_is_asked("getrealmchat kediri messi");
	old_server_answers("{'status':'OK','messages':["
	                   "{'msg_from':'bambang','msg_to':'messi','msg':' halo \\r\\n'},"
	                   "{'msg_from':'bambang','msg_to':'messi','msg':' halo \\r\\n'},"
	                   "{'msg_from':'siti','msg_to':'messi','msg':' apa kabar \\r\\n'},"
	                   "{'msg_from':'bambang','msg_to':'messi','msg':' apa  kabar \\r\\n'}]}");
	old_server_run("a< MESSAGES [(bambang>Lionel Messi:halo),(bambang>Lionel Messi:apa kabar),"
	               "(bambang>Lionel Messi:halo),(siti>Lionel Messi:apa kabar)]\n"
	               "a> getrealminbox kediri\n");
	/* A delivered message answers for one copy. */
	old_server_is_asked("getrealmchat kediri messi");
	old_server_answers("{'status':'OK','messages':["
	                   "{'msg_from':'bambang','msg_to':'messi','msg':'halo'}]}");
	old_server_run("a< MESSAGES [(bambang>Lionel Messi:halo)]\n"
	               "a> getrealminbox kediri\n");
	old_server_is_asked("getrealmchat kediri messi");
	old_server_answers("{'status':'ERROR','message':'Informasi tidak ditemukan'}");
	/* A copy of another sender's message is not known. */
	old_server_run("a< MESSAGES []\n"
	               "z> " HALO TO_USER "a> getrealminbox kediri\n");
	old_server_is_asked("getrealmchat kediri messi");
	old_server_answers("{'status':'OK','messages':["
	                   "{'msg_from':'siti','msg_to':'messi','msg':'halo'}]}");
	/* A full name may be that of the sender of a known message. */
	old_server_run("a< MESSAGES [(bambang>Lionel Messi:halo),(siti>Lionel Messi:halo)]\n"
	               "z> " HALO TO_USER "a> getrealminbox kediri\n");
	old_server_is_asked("getrealmchat kediri messi");
	old_server_answers("{'status':'OK','messages':["
	                   "{'msg_from':'Bambang Pamungkas','msg_to':'messi','msg':'halo'}]}");
	old_server_run("a< MESSAGES [(bambang>Lionel Messi:halo)]\n");
	REALM_CTL(&realm, NULL, "check");
}
END_TEST

/* Some servers show full names only. */
START_TEST(fetched_full_names)
{
	old_server_begin();
	old_server_run("z> " HALO TO_USER "a> getrealminbox kediri\n");
	old_server_is_asked("getrealmchat kediri messi");
	old_server_answers("{'status':'OK','messages':["
	                   "{'msg_from':'Bambang Pamungkas','msg_to':'Lionel Messi','msg':' halo'},"
	                   "{'msg_from':'Bambang Pamungkas','msg_to':'Lionel Messi','msg':' dua'},"
	                   "{'msg_from':'-S\\u00eft\\u012b','msg_to':'Lionel Messi',"
	                   "'msg':{'msg_from':'x','msg':' tiga'}}]}");
	old_server_run("a< MESSAGES [(bambang>Lionel Messi:halo),"
	               "(Bambang Pamungkas>Lionel Messi:dua),"
	               "(-S\xc3\xaft\xc4\xab>Lionel Messi:tiga)]\n");
	REALM_CTL(&realm, NULL, "check");
}
END_TEST

/* Other delivered messages tell the user name of a sender that is shown by full name alone. */
START_TEST(fetched_senders)
{
	struct dialogue other;

	old_server_configure("127.0.0.1", "delivery_wait = 0\n");
	old_server_begin();
	/* The inbox does not wait for the pull. */
	old_server_run("z> " HALO TO_USER "a> getrealminbox kediri\n"
	               "a< MESSAGES [(bambang>Lionel Messi:halo)]\n"
	               "a> inbox\n"
	               "a< MESSAGES {}\n");
	old_server_is_asked("getrealmchat kediri messi");
	old_server_answers("{'status':'OK','messages':["
	                   "{'msg_from':'Bambang Pamungkas','msg_to':'Lionel Messi','msg':'dua'},"
	                   "{'msg_from':'Bambang Pamungkas','msg_to':'Lionel Messi','msg':'halo'},"
	                   "{'msg_from':'Siti Nur-Aisyah','msg_to':'Lionel Messi','msg':'tiga'}]}");
	old_server_run("b> getrealminbox kediri\n"
	               "b< MESSAGES []\n");
	/* Pulls run one after another: when this one begins, the last is stored. */
	old_server_is_asked("getrealmchat kediri henderson");
	dialogue_begin(&other, &realm, DIALOGUE_SOCKETPAIR);
	other.dialects[0] = "show";
	dialogue_run(&other,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "a> inbox\n"
	    "a< {'status':'OK','messages':{'bambang@kediri':[{'msg_from':'Bambang Pamungkas',"
	    "'msg_to':'Lionel Messi','msg':' dua \\r\\n'}],'Siti_Nur-Aisyah@kediri':["
	    "{'msg_from':'Siti Nur-Aisyah','msg_to':'Lionel Messi','msg':' tiga \\r\\n'}]}}\n");
	dialogue_end(&other);
	old_server_answers("{'status':'OK','messages':[]}");
}
END_TEST

/* Entries that make no sense are skipped, and keep nothing else away. */
START_TEST(fetched_nonsense)
{
	old_server_begin();
	old_server_run("a> getrealminbox kediri\n");
	old_server_is_asked("getrealmchat kediri messi");
	old_server_answers(
	    "{'status':'OK','messages':[7,'x',{},{'msg':'x'},{'msg_from':'siti'},"
	    "{'msg_from':'','msg_to':'messi','msg':'x'},"
	    "{'msg_from':'siti','msg_to':'messi','msg':' '},"
	    "{'msg_from':'kabar','msg_to':'messi','msg':'x'},"
	    "{'msg_from':'siti','msg_to':'messi','file_name':'..','file_content':''},"
	    "{'msg_from':'siti','msg_to':'messi','file_name':'x','file_content':'!'},"
	    "{'msg_from':'siti','msg_to':'messi','msg':'satu'}]}");
	old_server_run("a< MESSAGES [(siti>Lionel Messi:satu)]\n"
	               "a> getrealminbox kediri\n");
	old_server_is_asked("getrealmchat kediri messi");
	old_server_answers("{'status':'OK','messages':'halo'}");
	old_server_run("a< MESSAGES []\n");
}
END_TEST

START_TEST(fetched_files)
{
	old_server_begin();
	old_server_run("z> recvfilerealm siti kediri messi x.txt aGE=\n"
	               "z< OK File sent to user in realm\n"
	               "a> getrealminbox kediri\n");
	old_server_is_asked("getrealmchat kediri messi");
	old_server_answers(
	    "{'status':'OK','messages':["
	    "{'msg_from':'siti','msg_to':'messi','file_name':'x.txt','file_content':"
	    "'aGE='},"
	    "{'msg_from':'siti','msg_to':'messi','file_name':'dir/y.txt','file_content':"
	    "'b\\u0027aGk=\\u0027'}]}");
	old_server_run(
	    "a< {'status':'OK','messages':["
	    "{'msg_from':'siti','msg_to':'Lionel Messi','msg':'File x.txt','file':'x.txt',"
	    "'file_name':'x.txt','file_content':'aGE='},"
	    "{'msg_from':'siti','msg_to':'Lionel Messi','msg':'File y.txt','file':'y.txt',"
	    "'file_name':'y.txt','file_content':'aGk='}]}\n");
	expect_download("messi", "siti@kediri", "y.txt", "aGk=");
	REALM_CTL(&realm, NULL, "check");
}
END_TEST

/* A request longer than a packet, in pieces of the size that such servers read. */
START_TEST(fetched_much)
{
	static char reply[65536];
	size_t len = (size_t)snprintf(reply, sizeof(reply), "{'status':'OK','messages':[");

	old_server_begin();
	for (int i = 0; i < 500; i++)
		len += (size_t)snprintf(reply + len, sizeof(reply) - len,
		    "%s{'msg_from':'siti','msg_to':'messi','msg':' %d \\r\\n'}", i > 0 ? "," : "",
		    i);
	snprintf(reply + len, sizeof(reply) - len, "]}");
	old_server_run("a> getrealminbox kediri\n");
	old_server_is_asked("getrealmchat kediri messi");
	old_server_answers_in_pieces(reply, 32);
	dialogue_run(&talk,
	    "a< {'status':'OK','messages':[{'msg_from':'siti','msg_to':"
	    "'Lionel Messi','msg':'0'},$*,{'msg_from':'siti','msg_to':"
	    "'Lionel Messi','msg':'499'}]}\n");
}
END_TEST

/* Below min_free an older server is told so, and not asked for what it keeps alone. */
START_TEST(low_space)
{
	old_server_configure("127.0.0.1", "min_free = 1000000G\n");
	old_server_begin();
	old_server_run("z> " HALO "z< ERROR Penyimpanan penuh\n"
	               "z> recvrealmgroupmsg bambang kediri messi,lineker halo\n"
	               "z< ERROR Penyimpanan penuh\n"
	               "z> recvfilerealm bambang kediri messi x.txt aGFsbyBkdW5pYQ==\n"
	               "z< ERROR Penyimpanan penuh\n"
	               "a> getrealminbox kediri\n"
	               "a< MESSAGES []\n");
}
END_TEST

/* A user that asks while the link is down gets the messages that are here. */
START_TEST(fetched_when_down)
{
	old_server_start();
	old_server_await_state("down");
	old_server_run("z> " HALO TO_USER "a> getrealminbox kediri\n"
	               "a< MESSAGES [(bambang>Lionel Messi:halo)]\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("legacy from");
	TCase *tcase = old_server_tcase(suite, "from an older server");

	tcase_add_test(tcase, announced);
	tcase_add_test(tcase, announced_when_down);
	tcase_add_test(tcase, announced_for_ever);
	tcase_add_test(tcase, private_messages);
	tcase_add_test(tcase, line_feed_in_a_text);
	tcase_add_test(tcase, other_dialects);
	tcase_add_test(tcase, bad_requests);
	tcase_add_test(tcase, several_users);
	tcase_add_test(tcase, too_many_users);
	tcase_add_test(tcase, members);
	tcase_add_test(tcase, files);
	tcase_add_test(tcase, big_files);
	tcase_add_test(tcase, full);
	tcase_add_test(tcase, unknown_peers);
	tcase_add_test(tcase, no_old_servers);
	tcase_add_test(tcase, not_on_other_listeners);
	tcase_add_test(tcase, by_name);
	tcase_add_test(tcase, stays_connected);
	tcase_add_test(tcase, spooled);
	tcase_add_test(tcase, spooled_long);
	tcase_add_test(tcase, pulled);
	tcase_add_test(tcase, fetched_full_names);
	tcase_add_test(tcase, fetched_senders);
	tcase_add_test(tcase, fetched_nonsense);
	tcase_add_test(tcase, fetched_files);
	tcase_add_test(tcase, fetched_much);
	tcase_add_test(tcase, low_space);
	tcase_add_test(tcase, fetched_when_down);
	return realm_run_suite(suite);
}
