/*
 * Realms that are peers, as their users see it: what goes from one to another, what they are told
 * of it at once and later, and what they learn of one another.
 */
#include <stdio.h>
#include <string.h>

#include "realms.h"
#include "room_script.h"

#define DAY_MS  (24 * 3600 * INT64_C(1000))
#define HOUR_MS (3600 * INT64_C(1000))

#define QUEUED      "{'status':'OK','message':'Message sent to user in realm','delivery':'queued'}"
#define QUEUED_FILE "{'status':'OK','message':'File sent to user in realm','delivery':'queued'}"

static void
begin(void)
{
	realms_start_all();
	realms_login_all();
}

/* A speaker of another dialect, by a kabard -i of its own. */
static void
speak_dialect(struct dialogue *other, int realm, const char *dialect)
{
	realm_clock_use(&realms.clock[realm]);
	dialogue_begin(other, &realms.realm[realm], DIALOGUE_SOCKETPAIR);
	other->dialects[0] = dialect;
}

START_TEST(private_messages)
{
	begin();
	realms_run(SURABAYA,
	    "a> sendprivaterealm malang lineker halo  dunia \n"
	    "a< OK Message sent to user in realm\n"
	    "a> sendprivaterealm Malang LINEKER dua\n"
	    "a< OK Message sent to user in realm\n"
	    "b> sendprivaterealm malang lineker \xe2\x82\xac \\ \" {}\n"
	    "b< OK Message sent to user in realm\n"
	    "a> sendprivaterealm malang nobody halo\n"
	    "a< ERROR User tidak ditemukan\n"
	    "a> sendprivaterealm bogor lineker halo\n"
	    "a< ERROR Realm tidak ditemukan\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n");
	realms_run(MALANG,
	    "c> inbox\n"
	    "c< MESSAGES {}\n"
	    "c> sendprivaterealm surabaya messi balas\n"
	    "c< OK Message sent to user in realm\n"
	    "c> getrealminbox surabaya\n"
	    "c< MESSAGES [(Lionel Messi>Gary Lineker:halo  dunia),"
	    "(Lionel Messi>Gary Lineker:dua),"
	    "(Jordan Henderson>Gary Lineker:\xe2\x82\xac \\\\ \\' {})]\n"
	    "c> getrealminbox surabaya\n"
	    "c< MESSAGES []\n"
	    "a> getrealminbox surabaya\n"
	    "a< MESSAGES []\n");
	realms_run(SURABAYA,
	    "a> getrealminbox malang\n"
	    "a< MESSAGES [(Gary Lineker>Lionel Messi:balas)]\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n");
	realms_await_all();
	realms_check();
}
END_TEST

/* A text of several lines is one in the other realm, too. */
START_TEST(line_feed_in_a_text)
{
	static const char line[] = "sendprivaterealm malang lineker  satu\nlogout \r\n";

	begin();
	dialogue_say(&realms.talk[SURABAYA], 'a', line, sizeof(line) - 1);
	realms_run(SURABAYA,
	    "a< OK Message sent to user in realm\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n");
	realms_run(MALANG,
	    "c> getrealminbox surabaya\n"
	    "c< MESSAGES [(Lionel Messi>Gary Lineker:satu\\nlogout)]\n");
}
END_TEST

/* The longest text that there may be, of characters that JSON writes as six bytes each. */
START_TEST(longest_text)
{
	static char line[65536], expected[7 * 65536];
	const char *reply;
	size_t len = (size_t)snprintf(line, sizeof(line), "sendprivaterealm malang lineker "), at;
	const char *found;

	begin();
	at = len;
	memset(line + len, 1, sizeof(line) - 2 - len);
	memcpy(line + sizeof(line) - 2, "\r\n", 2);
	dialogue_say(&realms.talk[SURABAYA], 'a', line, sizeof(line));
	realms_run(SURABAYA, "a< OK Message sent to user in realm\n");
	realms_run(MALANG, "c> getrealminbox surabaya\n");
	reply = dialogue_hear(&realms.talk[MALANG], 'c', &len);
	found = strstr(reply, "\"msg\":\"");
	ck_assert_ptr_nonnull(found);
	len = 0;
	for (size_t i = at; i < sizeof(line) - 2; i++)
		len += (size_t)snprintf(expected + len, sizeof(expected) - len, "\x01");
	/* speaker shows the escapes of control characters as they are sent. */
	ck_assert_uint_eq(strspn(found + 7, "\\u001"), 6 * len);
}
END_TEST

START_TEST(groups_and_lists)
{
	REALM_CTL(&realms.realm[MALANG], NULL, "group", "add", "kopi", "messi");
	REALM_CTL(&realms.realm[MALANG], NULL, "group", "join", "kopi", "henderson");
	begin();
	realms_run(SURABAYA,
	    "a> sendgrouprealm malang kopi satu\n"
	    "a< OK Message sent to group in realm\n"
	    "a> sendgrouprealm malang group:KOPI dua\n"
	    "a< OK Message sent to group in realm\n"
	    "a> sendgrouprealm malang teh tiga\n"
	    "a< ERROR Group tidak ditemukan\n"
	    "a> sendgrouprealm malang lineker,Messi,lineker empat\n"
	    "a< OK Message sent to group in realm\n"
	    "a> sendgrouprealm malang lineker,nobody lima\n"
	    "a< ERROR User tidak ditemukan\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n");
	realms_run(MALANG,
	    "a> getrealminbox surabaya\n"
	    "a< MESSAGES [(Lionel Messi>#kopi:satu),(Lionel Messi>#kopi:dua),"
	    "(Lionel Messi>Lionel Messi:empat)]\n"
	    "b> getrealminbox surabaya\n"
	    "b< MESSAGES [(Lionel Messi>#kopi:satu),(Lionel Messi>#kopi:dua)]\n"
	    "c> getrealminbox surabaya\n"
	    "c< MESSAGES [(Lionel Messi>Gary Lineker:empat)]\n");
	realms_await_all();
	realms_check();
}
END_TEST

/* Dialects without realms show the realm of a sender; a following client is told at once. */
START_TEST(other_dialects)
{
	struct dialogue other;

	REALM_CTL(&realms.realm[MALANG], NULL, "group", "add", "kopi", "messi");
	begin();
	realms_run(MALANG,
	    "b> follow\n"
	    "b< OK Following\n");
	speak_dialect(&other, MALANG, "room");
	room_run(&other,
	    "a> LOGIN messi surabaya\n"
	    "a< LOGIN_OK Login berhasil: messi\n"
	    "a< ROOM_LIST_OK 'kopi'\n"
	    "a< ONLINE_LIST_OK 'henderson','lineker','messi'\n"
	    "a> JOIN_ROOM kopi\n"
	    "a< JOIN_ROOM_OK kopi\n"
	    "a< ROOM_USER_LIST 'messi'\n");
	realms_run(SURABAYA,
	    "c> sendprivaterealm malang messi satu\n"
	    "c< OK Message sent to user in realm\n"
	    "c> sendprivaterealm malang henderson dua\n"
	    "c< OK Message sent to user in realm\n"
	    "c> sendgrouprealm malang kopi tiga\n"
	    "c< OK Message sent to group in realm\n");
	realms_run(MALANG,
	    "b< {'status':'OK','event':'message','sender':'lineker@surabaya',"
	    "'msg_from':'Gary Lineker','msg_to':'Jordan Henderson','msg':'dua'}\n");
	room_run(&other, "a< MESSAGE lineker@surabaya kopi tiga\n");
	dialogue_end(&other);
	speak_dialect(&other, MALANG, "show");
	dialogue_run(&other,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "a> inbox\n"
	    "a< MESSAGES {'lineker@surabaya':[(Gary Lineker>Lionel Messi: satu \\r\\n),"
	    "{'msg_from':'Gary Lineker','msg_to':'kopi','msg':' tiga \\r\\n'}]}\n");
	dialogue_end(&other);
}
END_TEST

START_TEST(information)
{
	begin();
	realms_run(MALANG, "c closes\n");
	realms_run(SURABAYA,
	    "a> info MESSI@malang\n"
	    "a< INFO {'username':'messi','name':'Lionel Messi','country':'Argentina',"
	    "'online':true,'since':'$*Z'}\n"
	    "a> info nobody@malang\n"
	    "a< ERROR User tidak ditemukan\n"
	    "a> info messi@bogor\n"
	    "a< ERROR Realm tidak ditemukan\n");
	relay_cut(&realms.relay[SURABAYA][MALANG]);
	realms_await_log(SURABAYA, "link down");
	realms_run(SURABAYA,
	    "a> info messi@malang\n"
	    "a< ERROR Realm tidak menjawab\n");
}
END_TEST

/* Cuts what surabaya says to malang, until it is mended. */
static void
cut_links(void)
{
	relay_cut(&realms.relay[SURABAYA][MALANG]);
	realms_await_log(SURABAYA, "malang: link down");
}

static void
mend_links(void)
{
	relay_mend(&realms.relay[SURABAYA][MALANG]);
	realms_await_queued(SURABAYA, MALANG, 0);
}

/* While a peer is down its messages wait; what cannot be delivered then comes back. */
START_TEST(down)
{
	begin();
	cut_links();
	realms_run(SURABAYA,
	    "a> sendprivaterealm malang lineker satu\n"
	    "a< " QUEUED "\n"
	    "a> sendprivaterealm malang nobody dua\n"
	    "a< " QUEUED "\n"
	    "a> sendprivaterealm malang lineker tiga\n"
	    "a< " QUEUED "\n"
	    "b> sendgrouprealm malang teh empat\n"
	    "b< {'status':'OK','message':'Message sent to group in realm','delivery':'queued'}\n"
	    "b> follow\n"
	    "b< OK Following\n"
	    "a> sendfilerealm malang nobody a.txt aGFsbw==\n"
	    "a< " QUEUED_FILE "\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n");
	ck_assert_uint_eq(realms_queued(SURABAYA, MALANG), 5);
	/* It goes one way only. */
	realms_run(MALANG,
	    "a> sendprivaterealm surabaya lineker lima\n"
	    "a< OK Message sent to user in realm\n");
	mend_links();
	realms_run(SURABAYA,
	    "b< {'status':'OK','event':'message','sender':'kabar','msg_from':'kabar',"
	    "'msg_to':'Jordan Henderson','msg':'Pesan untuk teh@malang tidak terkirim (Group tidak "
	    "ditemukan): empat'}\n"
	    "a> inbox\n"
	    "a< MESSAGES {'kabar':[(kabar>Lionel Messi:Pesan untuk nobody@malang tidak terkirim "
	    "$*: dua),(kabar>Lionel Messi:File untuk nobody@malang tidak terkirim $*: a.txt)]}\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n");
	realms_run(MALANG,
	    "c> getrealminbox surabaya\n"
	    "c< MESSAGES [(Lionel Messi>Gary Lineker:satu),(Lionel Messi>Gary Lineker:tiga)]\n");
	realms_check();
}
END_TEST

/* Hours later those are told whose messages still wait; days later they get them back. */
/* Who is blocked there reads so at once, or later. */
START_TEST(blocked)
{
	begin();
	realms_run(MALANG,
	    "c> block messi@surabaya\n"
	    "c< OK Blocked\n");
	realms_run(SURABAYA,
	    "a> sendprivaterealm malang lineker satu\n"
	    "a< ERROR User tidak menerima pesan dari Anda\n"
	    "a> sendfilerealm malang lineker a.txt aGFsbw==\n"
	    "a< ERROR User tidak menerima pesan dari Anda\n"
	    "b> sendprivaterealm malang lineker dua\n"
	    "b< OK Message sent to user in realm\n");
	realms_run(MALANG,
	    "c> block @surabaya\n"
	    "c< OK Blocked\n");
	cut_links();
	realms_run(SURABAYA,
	    "b> sendprivaterealm malang lineker tiga\n"
	    "b< " QUEUED "\n"
	    "b> sendprivaterealm malang messi empat\n"
	    "b< " QUEUED "\n"
	    "b> follow\n"
	    "b< OK Following\n");
	mend_links();
	realms_run(SURABAYA,
	    "b< {'status':'OK','event':'message','sender':'kabar','msg_from':'kabar',"
	    "'msg_to':'Jordan Henderson','msg':'Pesan untuk lineker@malang tidak terkirim (User "
	    "tidak menerima pesan dari pengirim): tiga'}\n");
	realms_await_all();
	realms_run(MALANG,
	    "c> unblock @surabaya\n"
	    "c< OK Unblocked\n"
	    "c> getrealminbox surabaya\n"
	    "c< MESSAGES [(Jordan Henderson>Gary Lineker:dua)]\n"
	    "a> getrealminbox surabaya\n"
	    "a< MESSAGES [(Jordan Henderson>Lionel Messi:empat)]\n");
	realms_check();
}
END_TEST

START_TEST(too_late)
{
	begin();
	cut_links();
	realms_run(SURABAYA,
	    "a> sendprivaterealm malang lineker satu\n"
	    "a< " QUEUED "\n");
	realm_clock_pass(&realms.clock[SURABAYA], 3 * HOUR_MS);
	realms_run(SURABAYA,
	    "b> sendprivaterealm malang lineker dua\n"
	    "b< " QUEUED "\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n"
	    "a> follow\n"
	    "a< OK Following\n");
	realm_clock_pass(&realms.clock[SURABAYA], 2 * HOUR_MS);
	realms_run(SURABAYA,
	    "a< {'status':'OK','event':'message','sender':'kabar','msg_from':'kabar',"
	    "'msg_to':'Lionel Messi','msg':'Pesan untuk lineker@malang belum terkirim, masih "
	    "dicoba: satu'}\n"
	    "b> inbox\n"
	    "b< MESSAGES {}\n");
	realm_clock_pass(&realms.clock[SURABAYA], 3 * DAY_MS - 4 * HOUR_MS);
	realms_run(SURABAYA,
	    "a< {'status':'OK','event':'message','sender':'kabar','msg_from':'kabar',"
	    "'msg_to':'Lionel Messi','msg':'Pesan untuk lineker@malang tidak terkirim (Terlalu "
	    "lama menunggu): satu'}\n");
	ck_assert_uint_eq(realms_queued(SURABAYA, MALANG), 1);
	mend_links();
	realms_run(SURABAYA,
	    "d> auth henderson surabaya\n"
	    "d< TOKEN h\n"
	    "d> inbox\n"
	    "d< MESSAGES {'kabar':[(kabar>Jordan Henderson:Pesan untuk lineker@malang belum "
	    "terkirim, masih dicoba: dua)]}\n");
	realms_run(MALANG,
	    "d> auth lineker surabaya\n"
	    "d< TOKEN l\n"
	    "d> getrealminbox surabaya\n"
	    "d< MESSAGES [(Jordan Henderson>Gary Lineker:dua)]\n");
	realms_check();
}
END_TEST

/* An administrator throws away what waits: its senders are told. */
START_TEST(dropped)
{
	begin();
	cut_links();
	realms_run(SURABAYA,
	    "a> sendprivaterealm malang lineker satu\n"
	    "a< " QUEUED "\n"
	    "a> sendfilerealm malang lineker a.txt aGFsbw==\n"
	    "a< " QUEUED_FILE "\n");
	realms_says(SURABAYA, "2 dropped, their senders are told\n",
	    (const char *const[]){ "queue", "drop", "malang", NULL });
	realms_run(SURABAYA,
	    "a> inbox\n"
	    "a< MESSAGES {'kabar':[(kabar>Lionel Messi:Pesan untuk lineker@malang tidak terkirim "
	    "$*: satu),(kabar>Lionel Messi:File untuk lineker@malang tidak terkirim $*: "
	    "a.txt)]}\n"
	    "a> sendprivaterealm malang lineker dua\n"
	    "a< " QUEUED "\n");
	mend_links();
	realms_run(MALANG,
	    "c> getrealminbox surabaya\n"
	    "c< MESSAGES [(Lionel Messi>Gary Lineker:dua)]\n");
	realms_check();
}
END_TEST

/* A realm that is a peer no more: what waits for it goes back. */
START_TEST(removed)
{
	begin();
	cut_links();
	realms_run(SURABAYA,
	    "a> sendprivaterealm malang lineker satu\n"
	    "a< " QUEUED "\n");
	realms_configure_alone(SURABAYA, "");
	realms_await_queued(SURABAYA, MALANG, 0);
	realms_run(SURABAYA,
	    "a> inbox\n"
	    "a< MESSAGES {'kabar':[(kabar>Lionel Messi:Pesan untuk lineker@malang tidak terkirim "
	    "$*: satu)]}\n"
	    "a> sendprivaterealm malang lineker dua\n"
	    "a< ERROR Realm tidak ditemukan\n");
	realms_check();
}
END_TEST

/* Full inboxes refuse; who has read gets the next one. */
START_TEST(full_inbox)
{
	realms_configure(SURABAYA, "inbox_max = 1\n");
	realms_configure(MALANG, "inbox_max = 2\n");
	begin();
	realms_run(SURABAYA,
	    "a> sendprivaterealm malang lineker satu\n"
	    "a< OK Message sent to user in realm\n"
	    "a> sendprivaterealm malang lineker dua\n"
	    "a< OK Message sent to user in realm\n"
	    "a> sendprivaterealm malang lineker tiga\n"
	    "a< ERROR Inbox penuh\n");
	ck_assert_uint_eq(realm_count(&realms.realm[SURABAYA], "limit_inbox_total"), 0);
	/* The next request's own refusal is this realm's again. */
	realms_run(SURABAYA,
	    "a> send henderson satu\n"
	    "a< OK Message sent\n"
	    "a> send henderson dua\n"
	    "a< ERROR Inbox penuh\n");
	ck_assert_uint_eq(realm_count(&realms.realm[SURABAYA], "limit_inbox_total"), 1);
	realms_run(MALANG,
	    "c> getrealminbox surabaya\n"
	    "c< MESSAGES [(Lionel Messi>Gary Lineker:satu),(Lionel Messi>Gary Lineker:dua)]\n"
	    "c> inbox\n"
	    "c< MESSAGES {}\n");
	realms_run(SURABAYA,
	    "a> sendprivaterealm malang lineker empat\n"
	    "a< OK Message sent to user in realm\n");
	realms_run(MALANG,
	    "c> getrealminbox surabaya\n"
	    "c< MESSAGES [(Lionel Messi>Gary Lineker:empat)]\n");
}
END_TEST

/* Each to each, and none speaks for another. */
START_TEST(three_realms)
{
	begin();
	for (int i = 0; i < REALMS; i++)
		for (int j = 0; j < REALMS; j++)
			if (i != j)
				realms_runf(i,
				    "a> sendprivaterealm %s lineker dari %s\n"
				    "a< OK Message sent to user in realm\n",
				    realms_names[j], realms_names[i]);
	for (int i = 0; i < REALMS; i++)
		for (int j = 0; j < REALMS; j++)
			if (i != j)
				realms_runf(i,
				    "c> getrealminbox %s\n"
				    "c< MESSAGES [(Lionel Messi>Gary Lineker:dari %s)]\n",
				    realms_names[j], realms_names[j]);
	/* A peer that is down does not delay the others. */
	relay_freeze(&realms.relay[SURABAYA][MALANG]);
	relay_cut(&realms.relay[BATU][SURABAYA]);
	realms_await_log(BATU, "surabaya: link down");
	realms_run(SURABAYA,
	    "a> sendprivaterealm batu lineker satu\n"
	    "a< OK Message sent to user in realm\n");
	realms_run(BATU,
	    "a> sendprivaterealm surabaya lineker dua\n"
	    "a< " QUEUED "\n"
	    "a> sendprivaterealm malang lineker tiga\n"
	    "a< OK Message sent to user in realm\n");
	relay_mend(&realms.relay[SURABAYA][MALANG]);
	relay_mend(&realms.relay[BATU][SURABAYA]);
	realms_await_all();
	realms_check();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("peering");
	TCase *tcase = realms_tcase(suite, "two", 2);

	tcase_add_test(tcase, private_messages);
	tcase_add_test(tcase, line_feed_in_a_text);
	tcase_add_test(tcase, longest_text);
	tcase_add_test(tcase, groups_and_lists);
	tcase_add_test(tcase, other_dialects);
	tcase_add_test(tcase, information);
	tcase_add_test(tcase, down);
	tcase_add_test(tcase, blocked);
	tcase_add_test(tcase, too_late);
	tcase_add_test(tcase, dropped);
	tcase_add_test(tcase, removed);
	tcase_add_test(tcase, full_inbox);
	tcase = realms_tcase(suite, "three", 3);
	tcase_add_test(tcase, three_realms);
	return realm_run_suite(suite);
}
