/*
 * Users of the same names here and on a legacy peer. The peer hands over messages from here to its
 * user when the user here pulls. These are recognised, and the user here does not see them, but
 * sees those that were written to the user here.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "old_keeper.h"

#define TO_USER "a< OK Message sent to user in realm\n"
#define NOTHING "b< MESSAGES []\n"

static void
begin(void)
{
	old_keeper_forget();
	old_server_begin();
}

/* messi here sends a message to a user there, who gets it. */
static void
write_there(const char *to, const char *text)
{
	old_server_run("a> sendprivaterealm kediri %s %s\n", to, text);
	old_keeper_hears("messi", to, text);
	old_keeper_agrees();
	old_server_run(TO_USER);
}

/* A user there writes to henderson here: the peer keeps a copy and delivers the message. */
static void
write_here(const char *from, const char *text)
{
	old_keeper_writes(from, "henderson", text);
	old_server_run("z> recvrealmprivatemsg %s kediri henderson %s\n"
	               "z< OK Message sent to user in realm\n",
	    from, text);
}

/* henderson here pulls from the peer, and sees these messages. */
static void
pull_and_expect(const char *messages)
{
	old_server_run("b> getrealminbox kediri\n");
	old_keeper_is_asked("henderson");
	old_server_run("b< MESSAGES [%s]\n", messages);
}

/* A message for henderson there can be read by henderson there, and by nobody else. */
START_TEST(namesakes)
{
	begin();
	pull_and_expect("");
	write_there("henderson", "halo");
	pull_and_expect("");
	pull_and_expect("");
	old_server_run("z> getrealmchat kediri henderson\n"
	               "z< MESSAGES [(Lionel Messi>henderson:halo)]\n"
	               "z> getrealmchat kediri henderson\n"
	               "z< MESSAGES []\n"
	               "b> inbox\n"
	               "b< MESSAGES {}\n");
	REALM_CTL(&realm, NULL, "check");
}
END_TEST

/* That holds whether henderson there has read it before or not. */
START_TEST(read_there_before)
{
	begin();
	write_there("henderson", "halo");
	old_server_run("z> getrealmchat kediri henderson\n"
	               "z< MESSAGES [(Lionel Messi>henderson:halo)]\n");
	pull_and_expect("");
}
END_TEST

/* Each message is recognised once, even if another user wrote the same text. */
START_TEST(same_texts)
{
	begin();
	old_keeper_writes("lineker", "henderson", "halo");
	write_there("henderson", "halo");
	write_there("henderson", "halo");
	pull_and_expect("(Gary Lineker>Jordan Henderson:halo)");
	write_there("henderson", "halo");
	write_here("lineker", "halo");
	pull_and_expect("(lineker>Jordan Henderson:halo)");
	/* Even if the writer has the name of a user here. */
	write_there("henderson", "halo");
	old_keeper_writes("messi", "henderson", "halo");
	pull_and_expect("(Lionel Messi>Jordan Henderson:halo)");
	old_keeper_writes("lineker", "henderson", "halo");
	pull_and_expect("(Gary Lineker>Jordan Henderson:halo)");
	REALM_CTL(&realm, NULL, "check");
}
END_TEST

/* A message that did not come back when all were handed over will not come any more. */
START_TEST(forgotten_there)
{
	begin();
	write_there("henderson", "halo");
	old_keeper_forget();
	pull_and_expect("");
	old_keeper_writes("lineker", "henderson", "halo");
	pull_and_expect("(Gary Lineker>Jordan Henderson:halo)");
}
END_TEST

/* Refused messages are not there. */
START_TEST(refused)
{
	begin();
	write_there("henderson", "satu");
	old_server_run("a> sendprivaterealm kediri henderson halo\n");
	old_server_hears("recvrealmprivatemsg messi kediri henderson halo");
	old_server_says("{'status':'ERROR','message':'Inbox penuh'}");
	old_server_run("a< ERROR Inbox penuh\n");
	old_keeper_writes("lineker", "henderson", "halo");
	pull_and_expect("(Gary Lineker>Jordan Henderson:halo)");
}
END_TEST

/* A message without a reply yet may be handed over before the reply comes, or afterwards. */
START_TEST(under_way)
{
	begin();
	old_server_run("a> sendprivaterealm kediri henderson satu\n");
	old_keeper_hears("messi", "henderson", "satu");
	pull_and_expect("");
	old_keeper_agrees();
	old_server_run(TO_USER "a> sendprivaterealm kediri henderson dua\n");
	old_server_hears("recvrealmprivatemsg messi kediri henderson dua");
	pull_and_expect("");
	old_keeper_writes("messi", "henderson", "dua");
	old_keeper_agrees();
	old_server_run(TO_USER);
	pull_and_expect("");
	old_keeper_writes("messi", "henderson", "dua");
	pull_and_expect("(Lionel Messi>Jordan Henderson:dua)");
}
END_TEST

/* A message whose reply did not come may be there as often as it was sent. */
START_TEST(cut)
{
	begin();
	for (int i = 0; i < 3; i++) {
		if (i == 0)
			old_server_run("a> sendprivaterealm kediri henderson halo\n");
		else {
			old_server_accept_again();
			old_server_is_told();
		}
		old_keeper_hears("messi", "henderson", "halo");
		if (i < 2)
			old_server_hangs_up();
	}
	old_keeper_agrees();
	old_server_run(TO_USER);
	pull_and_expect("");
	old_keeper_writes("lineker", "henderson", "halo");
	pull_and_expect("(Gary Lineker>Jordan Henderson:halo)");
}
END_TEST

START_TEST(given_back)
{
	begin();
	old_server_run("a> sendprivaterealm kediri henderson halo\n");
	for (int i = 0; i < 3; i++) {
		old_keeper_hears("messi", "henderson", "halo");
		old_server_accept_again();
		old_server_is_told();
	}
	old_server_run("a< ERROR Realm tidak menjawab\n");
	old_server_await_state("up");
	pull_and_expect("");
}
END_TEST

/* No client is connected meanwhile. */
static void
let_days_pass(int64_t days)
{
	dialogue_end(&talk);
	ck_assert_int_eq(realm_stop(&realm), 0);
	realm_clock_pass(&realm_time, days * 86400 * 1000);
	REALM_CTL(&realm, NULL, "janitor");
	old_server_start();
	old_server_accept();
	old_server_is_told();
	old_server_await_state("up");
}

START_TEST(restarted)
{
	begin();
	write_there("henderson", "halo");
	let_days_pass(0);
	pull_and_expect("");
	REALM_CTL(&realm, NULL, "check");
}
END_TEST

/* The bridge dies after it has sent a message: the next bridge sends it again. */
START_TEST(killed)
{
	old_server_configure("127.0.0.1", "delivery_wait = 2\n");
	begin();
	old_server_run("a> sendprivaterealm kediri henderson halo\n");
	old_keeper_hears("messi", "henderson", "halo");
	pid_t bridge = realm_bridge(&realm);
	ck_assert_int_gt(bridge, 0);
	ck_assert_int_eq(kill(bridge, SIGKILL), 0);
	old_server_hears_the_end();
	realm_clock_pass(&realm_time, 60000);
	old_server_accept();
	old_server_is_told();
	old_keeper_hears("messi", "henderson", "halo");
	old_keeper_agrees();
	old_server_await_empty();
	old_server_await_state("up");
	old_server_run("b> getrealminbox kediri\n");
	old_keeper_is_asked("henderson");
	old_server_run(NOTHING);
	REALM_CTL(&realm, NULL, "check");
}
END_TEST

/* A user who takes a name afterwards does not read messages to the namesake there. */
START_TEST(registered_later)
{
	begin();
	write_there("bambang", "rahasia");
	old_server_run("z> getrealmchat kediri bambang\n"
	               "z< MESSAGES [(Lionel Messi>bambang:rahasia)]\n"
	               "x> register bambang pw Bambang Indonesia\n"
	               "x< TOKEN x\n"
	               "x> getrealminbox kediri\n");
	old_keeper_is_asked("bambang");
	old_server_run("x< MESSAGES []\n");
}
END_TEST

/* Two users there have the same full name, and so one queue. */
START_TEST(same_full_names)
{
	begin();
	write_there("kapten", "halo");
	pull_and_expect("");
	old_keeper_writes("messi", "henderson", "halo");
	pull_and_expect("(Lionel Messi>Jordan Henderson:halo)");
}
END_TEST

/* Other servers keep files and messages to several users, too; some show user names. */
START_TEST(other_servers)
{
	begin();
	old_server_run("a> sendfilerealm kediri henderson dir/skor_akhir.txt aGE=\n");
	old_server_hears("recvfilerealm messi kediri henderson skor_akhir.txt b'aGE='");
	old_keeper_agrees();
	old_server_run("a< OK File sent to user in realm\n"
	               "a> sendgrouprealm kediri henderson,lineker halo  semua\n");
	old_server_hears("recvrealmgroupmsg messi kediri henderson,lineker halo  semua");
	old_keeper_agrees();
	old_server_run("a< OK Message sent to group in realm\n"
	               "b> getrealminbox kediri\n");
	old_server_is_asked("getrealmchat kediri henderson");
	old_server_answers("{'status':'OK','messages':["
	                   "{'msg_from':'messi','msg_to':'henderson','file_name':"
	                   "'skor_akhir.txt','file_content':'b\\u0027aGE=\\u0027'},"
	                   "{'msg_from':'siti','msg_to':'henderson','msg':'halo semua'},"
	                   "{'msg_from':'messi','msg_to':'henderson','msg':'halo semua'}]}");
	old_server_run("b< MESSAGES [(siti>Jordan Henderson:halo semua)]\n");
	/* A user name tells the sender for certain. */
	write_there("henderson", "lagi");
	old_server_run("b> getrealminbox kediri\n");
	old_server_is_asked("getrealmchat kediri henderson");
	old_server_answers("{'status':'OK','messages':["
	                   "{'msg_from':'siti','msg_to':'henderson','msg':'lagi'}]}");
	old_server_run("b< MESSAGES [(siti>Jordan Henderson:lagi)]\n");
	REALM_CTL(&realm, NULL, "check");
}
END_TEST

/* The record of a message sent is not kept for ever. */
START_TEST(known_for_long)
{
	old_server_configure("127.0.0.1", "unread_keep = 10d\nmessage_keep = 1h\n");
	begin();
	write_there("henderson", "satu");
	old_server_run("z> getrealmchat kediri henderson\n"
	               "z< MESSAGES [(Lionel Messi>henderson:satu)]\n");
	let_days_pass(9);
	pull_and_expect("");
	write_there("henderson", "dua");
	let_days_pass(11);
	pull_and_expect("(Lionel Messi>Jordan Henderson:dua)");
	REALM_CTL(&realm, NULL, "check");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("legacy return");
	TCase *tcase = old_server_tcase(suite, "from us");

	tcase_add_test(tcase, namesakes);
	tcase_add_test(tcase, read_there_before);
	tcase_add_test(tcase, same_texts);
	tcase_add_test(tcase, forgotten_there);
	tcase_add_test(tcase, refused);
	tcase_add_test(tcase, registered_later);
	tcase_add_test(tcase, same_full_names);
	tcase_add_test(tcase, other_servers);
	tcase = old_server_tcase(suite, "not answered");
	tcase_add_test(tcase, under_way);
	tcase_add_test(tcase, cut);
	tcase_add_test(tcase, given_back);
	tcase = old_server_tcase(suite, "later");
	tcase_add_test(tcase, restarted);
	tcase_add_test(tcase, killed);
	tcase_add_test(tcase, known_for_long);
	return realm_run_suite(suite);
}
