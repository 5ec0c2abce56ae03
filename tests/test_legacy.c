/*
 * Messages to users of a legacy peer: the requests that the peer gets, and the replies that the
 * users here get when it accepts, refuses, does not reply, or replies in its own ways.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "old_server.h"

#define TO_USER         "a< OK Message sent to user in realm\n"
#define TO_GROUP        "a< OK Message sent to group in realm\n"
#define QUEUED          "a< {'status':'OK','message':'Message sent to user in realm','delivery':'queued'}\n"
#define SENT            "{'status':'OK','message':'Message Sent to Realm'}"
#define HALO            "recvrealmprivatemsg messi kediri bambang halo"
#define BIG             300000   /* digits: more than are sent at once */
#define TOO_BIG_TO_KEEP 12000000 /* more than the kernel keeps for one who does not read */

static void
send_halo(void)
{
	old_server_run("a> sendprivaterealm kediri bambang halo\n");
}

START_TEST(private_messages)
{
	old_server_begin();
	send_halo();
	old_server_hears(HALO);
	old_server_says(SENT);
	old_server_run(TO_USER "a> sendprivaterealm KEDIRI Bambang apa  kabar, \"kawan\" \n");
	old_server_hears("recvrealmprivatemsg messi kediri Bambang apa  kabar, \"kawan\"");
	old_server_says("{'status':'ok'}");
	old_server_run(TO_USER "b> sendprivaterealm kediri siti \xe2\x82\xac\n");
	old_server_hears("recvrealmprivatemsg henderson kediri siti \xe2\x82\xac");
	old_server_says(SENT);
	old_server_run("b< OK Message sent to user in realm\n"
	               "a> inbox\n"
	               "a< MESSAGES {}\n");
	REALM_CTL(&realm, NULL, "check");
}
END_TEST

/* Refusals of such servers, and the text that the user is told for each. */
static const struct {
	const char *said;
	const char *told;
} refusals[] = {
	{ "{'status':'ERROR','message':'User Tidak Ditemukan'}", "User tidak ditemukan" },
	{ "{'status':'ERROR','message':'User Tidak Ada'}", "User tidak ditemukan" },
	{ "{'status':'ERROR','message':'User tidak terdaftar'}", "User tidak ditemukan" },
	{ "{'status':'ERROR','data':'user tidak ada'}", "User tidak ditemukan" },
	{ "{'status':'ERROR','message':'Inbox penuh'}", "Inbox penuh" },
	{ "{'status':'ERROR','message':'parameter salah'}", "parameter salah" },
	{ "{'status':'ERROR','message':'**Protocol Tidak Benar'}", "Ditolak realm tujuan" },
	{ "{'status':'ERROR','message':'Informasi tidak ditemukan'}", "Ditolak realm tujuan" },
	{ "{'status':'ERROR'}", "Ditolak realm tujuan" },
	{ "{'status':'ERROR','message':17}", "Ditolak realm tujuan" },
};

START_TEST(refused)
{
	old_server_begin();
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		send_halo();
		old_server_hears(HALO);
		old_server_says(refusals[i].said);
		old_server_run("a< ERROR %s\n", refusals[i].told);
	}
	/* A sender who read the result gets no notice. */
	old_server_run("a> inbox\n"
	               "a< MESSAGES {}\n");
	old_server_await_empty();
	/* A limit of the other realm is none of this one's. */
	ck_assert_uint_eq(realm_count(&realm, "limit_inbox_total"), 0);
}
END_TEST

/* A sender that does not wait is told by a notice. */
START_TEST(bounced)
{
	old_server_configure("127.0.0.1", "delivery_wait = 0\n");
	old_server_begin();
	send_halo();
	old_server_run(QUEUED);
	old_server_hears(HALO);
	old_server_says("{'status':'ERROR','message':'User Tidak Ditemukan'}");
	old_server_await_empty();
	old_server_run("a> inbox\n"
	               "a< {'status':'OK','messages':{'kabar':[{'msg_from':'kabar','msg_to':"
	               "'Lionel Messi','msg':'Pesan untuk bambang@kediri tidak terkirim "
	               "(User tidak ditemukan): halo'}]}}\n");
}
END_TEST

/* A text with a line end is not sent: some servers would run the rest of it as a request. */
START_TEST(line_end_in_text)
{
	static const char feed[] = "sendprivaterealm kediri bambang halo\nlogout \r\n";

	old_server_begin();
	old_server_hangs_up();
	old_server_run("a> sendprivaterealm kediri bambang halo\rdunia\n"
	               "a< ERROR parameter salah\n");
	dialogue_say(&talk, 'a', feed, sizeof(feed) - 1);
	old_server_run("a< ERROR parameter salah\n");
	old_server_await_empty();
}
END_TEST

START_TEST(lists)
{
	old_server_begin();
	old_server_run("a> sendgrouprealm kediri bambang,siti halo semua\n");
	old_server_hears("recvrealmgroupmsg messi kediri bambang,siti halo semua");
	old_server_says(SENT);
	old_server_run(TO_GROUP);
}
END_TEST

/* Such a server sends to users only, and tells the members of a group. */
START_TEST(groups)
{
	old_server_begin();
	old_server_run("a> sendgrouprealm kediri kopi halo semua\n");
	old_server_is_asked("getgrouprealm - kopi kediri");
	old_server_answers("{'status':'OK','members':['bambang','siti']}");
	old_server_hears("recvrealmgroupmsg messi kediri bambang,siti halo semua");
	old_server_says(SENT);
	old_server_run(TO_GROUP "a> sendgrouprealm kediri group:teh halo\n");
	old_server_is_asked("getgrouprealm - teh kediri");
	old_server_answers("{'status':'ERROR','message':'Group Tidak Ditemukan di Realm'}");
	old_server_run("a< ERROR Group tidak ditemukan\n"
	               "a> sendgrouprealm kediri kosong halo\n");
	old_server_is_asked("getgrouprealm - kosong kediri");
	old_server_answers("{'status':'OK','members':[]}");
	old_server_run("a< ERROR Group tidak ditemukan\n"
	               "a> sendgrouprealm kediri aneh halo\n");
	/* A text that is no name would change the meaning of the line. */
	old_server_is_asked("getgrouprealm - aneh kediri");
	old_server_answers("{'status':'OK','members':['siti','a b','x\\r\\ny',7,'a,b','bambang']}");
	old_server_hears("recvrealmgroupmsg messi kediri siti,bambang halo");
	old_server_says(SENT);
	old_server_run(TO_GROUP);
}
END_TEST

START_TEST(files)
{
	old_server_begin();
	old_server_run("a> sendfilerealm kediri bambang dir/x.txt aGFsbyBkdW5pYQ==\n");
	old_server_hears("recvfilerealm messi kediri bambang x.txt b'aGFsbyBkdW5pYQ=='");
	old_server_says("{'status':'OK','message':'File Received to Realm'}");
	old_server_run("a< OK File sent to user in realm\n"
	               "a> sendgroupfilerealm kediri group:kopi y.txt aGE=\n");
	old_server_is_asked("getgrouprealm - kopi kediri");
	old_server_answers("{'status':'OK','members':['bambang','siti']}");
	old_server_hears("recvgroupfilerealm messi kediri bambang,siti y.txt b'aGE='");
	old_server_says("{'status':'ERROR','message':'Kuota file habis'}");
	old_server_run("a< ERROR Kuota file habis\n"
	               "a> sendfilerealm kediri bambang kosong b''\n");
	old_server_hears("recvfilerealm messi kediri bambang kosong b''");
	old_server_says(SENT);
	old_server_run("a< OK File sent to user in realm\n");
	old_server_await_empty();
	REALM_CTL(&realm, NULL, "check");
}
END_TEST

static char *
big_file(const char *before, size_t digits, const char *behind)
{
	char *line = malloc(digits + 256);
	size_t len = strlen(before);

	ck_assert_ptr_nonnull(line);
	strcpy(line, before);
	/* Any four digits are three bytes. */
	for (size_t i = 0; i < digits; i++)
		line[len + i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abc"[i * i % 39];
	strcpy(line + len + digits, behind);
	return line;
}

START_TEST(big_files)
{
	char *line = big_file("sendfilerealm kediri bambang besar ", BIG, "\r\n");

	old_server_begin();
	dialogue_say(&talk, 'a', line, strlen(line));
	free(line);
	line = big_file("recvfilerealm messi kediri bambang besar b'", BIG, "'");
	old_server_hears("%s", line);
	free(line);
	old_server_says(SENT);
	old_server_run("a< OK File sent to user in realm\n");
}
END_TEST

/* A server may refuse a file before it has read it; the rest of the line is no request. */
START_TEST(big_file_refused)
{
	char *line = big_file("sendfilerealm kediri bambang besar ", TOO_BIG_TO_KEEP, "\r\n");

	old_server_begin();
	dialogue_say(&talk, 'a', line, strlen(line));
	free(line);
	old_server_hears_begin("recvfilerealm messi kediri bambang besar b'");
	old_server_says("{'status':'ERROR','message':'File terlalu besar'}");
	old_server_run("a< ERROR File terlalu besar\n");
	send_halo();
	old_server_accept();
	old_server_hears(HALO);
	old_server_says(SENT);
	old_server_run(TO_USER);
}
END_TEST

START_TEST(answers_in_pieces)
{
	old_server_begin();
	for (int i = 1; i < 40; i += 6) {
		send_halo();
		old_server_hears(HALO);
		old_server_says_in_pieces(SENT, (size_t)i);
		old_server_run(TO_USER);
	}
}
END_TEST

/* The peer closes after each request. The end of the connection may be the end of the reply. */
START_TEST(closes_after_each_reply)
{
	old_server_begin();
	old_server_hangs_up();
	for (int i = 0; i < 4; i++) {
		send_halo();
		old_server_accept();
		old_server_hears(HALO);
		if (i % 2 == 0)
			old_server_says(SENT);
		else
			old_server_says_bytes("{\"status\":\"OK\"}");
		old_server_hangs_up();
		old_server_run(TO_USER);
	}
	ck_assert_uint_eq(realm_log_count(&realm, "link down"), 0);
}
END_TEST

/* A restarted server has forgotten all realms. */
START_TEST(unknown_realm)
{
	old_server_begin();
	send_halo();
	old_server_hears(HALO);
	old_server_says("{'status':'ERROR','message':'Realm Tidak Ditemukan'}");
	old_server_is_told();
	old_server_hears(HALO);
	old_server_says(SENT);
	old_server_run(TO_USER "a> sendgrouprealm kediri kopi halo\n");
	old_server_is_asked("getgrouprealm - kopi kediri");
	old_server_answers("{'status':'ERROR','message':'Realm Tidak Ada'}");
	old_server_is_told();
	old_server_is_asked("getgrouprealm - kopi kediri");
	old_server_answers("{'status':'OK','members':['siti']}");
	old_server_hears("recvrealmgroupmsg messi kediri siti halo");
	old_server_says("{'status':'ERROR','message':'Realm tidak terdaftar'}");
	old_server_run("a< ERROR Realm tidak ditemukan\n");
}
END_TEST

/* A message without a reply may have arrived. */
START_TEST(cut_while_asked)
{
	old_server_begin();
	send_halo();
	old_server_hears(HALO);
	old_server_accept_again();
	old_server_is_told();
	old_server_hears(HALO);
	old_server_says(SENT);
	old_server_run(TO_USER);
	old_server_await_empty();
}
END_TEST

/* A message that makes the server fail does not hold up the others for ever. */
START_TEST(cut_too_often)
{
	old_server_begin();
	old_server_run("a> sendprivaterealm kediri bambang racun\n");
	for (int i = 0; i < 3; i++) {
		if (i > 0) {
			old_server_accept_again();
			old_server_is_told();
		}
		old_server_hears("recvrealmprivatemsg messi kediri bambang racun");
		old_server_hangs_up();
	}
	old_server_run("a< ERROR Realm tidak menjawab\n");
	old_server_accept_again();
	old_server_is_told();
	old_server_await_state("up");
	/* The next one of this user has one try and five seconds. */
	old_server_run("a> sendprivaterealm kediri bambang lagi\n");
	old_server_hears("recvrealmprivatemsg messi kediri bambang lagi");
	realm_clock_pass(&realm_time, 5500);
	old_server_hears_the_end();
	old_server_run("a< ERROR Realm tidak menjawab\n");
	old_server_accept_again();
	old_server_is_told();
	old_server_await_state("up");
	/* Another user has three. */
	old_server_run("b> sendprivaterealm kediri bambang hai\n");
	old_server_hears("recvrealmprivatemsg henderson kediri bambang hai");
	old_server_accept_again();
	old_server_is_told();
	old_server_hears("recvrealmprivatemsg henderson kediri bambang hai");
	old_server_says(SENT);
	old_server_run("b< OK Message sent to user in realm\n");
	send_halo();
	old_server_hears(HALO);
	old_server_says(SENT);
	old_server_run(TO_USER);
}
END_TEST

START_TEST(never_answers)
{
	old_server_listen();
	old_server_start();
	old_server_accept();
	old_server_hears("recvrealm kediri 127.0.0.1 %u", (unsigned int)realm.port);
	send_halo();
	old_server_run(QUEUED);
	realm_clock_pass(&realm_time, 31000);
	old_server_hears_the_end();
	/* A server that does not reply to the announcement gets no message. */
	old_server_accept_again();
	old_server_is_told();
	old_server_hears(HALO);
	realm_clock_pass(&realm_time, 31000);
	old_server_hears_the_end();
	old_server_accept_again();
	old_server_is_told();
	old_server_hears(HALO);
	old_server_says(SENT);
	old_server_await_empty();
	old_server_run("a> inbox\n"
	               "a< MESSAGES {}\n");
}
END_TEST

/* Bytes that come now and then prolong the wait, for some time. */
START_TEST(answers_slowly)
{
	static const char reply[] = "{\"status\":\"OK\"}\r\n\r\n";

	old_server_begin();
	send_halo();
	old_server_hears(HALO);
	for (const char *at = reply; *at != '\0'; at++) {
		char byte[2] = { *at, '\0' };

		old_server_says_bytes(byte);
		realm_clock_pass(&realm_time, 1000);
	}
	old_server_run(TO_USER);
}
END_TEST

/* Lines that are no reply, and replies that come unasked. */
START_TEST(babble)
{
	static const char *const babbles[] = { "halo", "{", "[]", "{'status':'MAYBE'}", "" };

	old_server_begin();
	for (size_t i = 0; i < sizeof(babbles) / sizeof(babbles[0]); i++) {
		send_halo();
		old_server_hears(HALO);
		old_server_says(babbles[i]);
		old_server_hears_the_end();
		old_server_accept_again();
		old_server_is_told();
		old_server_hears(HALO);
		old_server_says(SENT);
		old_server_run(TO_USER);
	}
	old_server_says(SENT);
	old_server_hears_the_end();
}
END_TEST

/* Messages that wait while the server is down arrive when it is back, in order. */
START_TEST(down_and_up)
{
	char text[64];

	old_server_start();
	old_server_await_state("down");
	for (int i = 0; i < 20; i++)
		old_server_run("a> sendprivaterealm kediri bambang %d\n" QUEUED, i);
	old_server_listen();
	old_server_accept_again();
	old_server_is_told();
	for (int i = 0; i < 20; i++) {
		snprintf(text, sizeof(text), "recvrealmprivatemsg messi kediri bambang %d", i);
		old_server_hears("%s", text);
		old_server_says(SENT);
	}
	old_server_await_empty();
	old_server_run("a> inbox\n"
	               "a< MESSAGES {}\n");
}
END_TEST

/* A server that restarts while the link is idle gets the announcement again. */
START_TEST(restarted)
{
	old_server_begin();
	realm_clock_pass(&realm_time, 11000);
	old_server_hangs_up();
	old_server_await_state("down");
	old_server_accept_again();
	old_server_is_told();
	old_server_await_state("up");
}
END_TEST

static void
drop_two(void)
{
	const char *const argv[] = { realm_kabarctl_path, "-c", realm.config, "queue", "drop",
		"kediri", NULL };
	char output[256];

	ck_assert_int_eq(realm_run(argv, NULL, output, sizeof(output)), 0);
	ck_assert_str_eq(output, "2 dropped, their senders are told\n");
}

/* Delivery goes on right behind the dropped messages. */
START_TEST(dropped)
{
	old_server_configure("127.0.0.1", "delivery_wait = 0\n");
	old_server_begin();
	send_halo();
	old_server_run(QUEUED "a> sendprivaterealm kediri bambang dua\n" QUEUED);
	old_server_hears(HALO);
	drop_two();
	old_server_hears_the_end();
	old_server_accept_again();
	old_server_is_told();
	old_server_run("a> sendprivaterealm kediri bambang tiga\n" QUEUED);
	old_server_hears("recvrealmprivatemsg messi kediri bambang tiga");
	old_server_says(SENT);
	old_server_await_empty();
	ck_assert_uint_eq(realm_log_count(&realm, "cannot be read"), 0);
	REALM_CTL(&realm, NULL, "check");
}
END_TEST

/* Such servers have no request for info. */
START_TEST(cannot_be_asked)
{
	old_server_begin();
	old_server_run("a> info bambang@kediri\n"
	               "a< ERROR Realm tidak menjawab\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("legacy");
	TCase *tcase = old_server_tcase(suite, "to an older server");

	tcase_add_test(tcase, private_messages);
	tcase_add_test(tcase, refused);
	tcase_add_test(tcase, bounced);
	tcase_add_test(tcase, line_end_in_text);
	tcase_add_test(tcase, lists);
	tcase_add_test(tcase, groups);
	tcase_add_test(tcase, files);
	tcase_add_test(tcase, big_files);
	tcase_add_test(tcase, big_file_refused);
	tcase_add_test(tcase, answers_in_pieces);
	tcase_add_test(tcase, closes_after_each_reply);
	tcase_add_test(tcase, unknown_realm);
	tcase_add_test(tcase, cut_while_asked);
	tcase_add_test(tcase, cut_too_often);
	tcase_add_test(tcase, never_answers);
	tcase_add_test(tcase, answers_slowly);
	tcase_add_test(tcase, babble);
	tcase_add_test(tcase, down_and_up);
	tcase_add_test(tcase, restarted);
	tcase_add_test(tcase, dropped);
	tcase_add_test(tcase, cannot_be_asked);
	return realm_run_suite(suite);
}
