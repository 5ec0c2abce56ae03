/*
 * Questions to a legacy peer, which does not answer those about unknown users: what waits for the
 * answer, and that messages do not.
 */
#include <sys/socket.h>

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "old_keeper.h"

#define SENT       "{'status':'OK','message':'Message Sent to Realm'}"
#define QUESTION_S 5 /* for an answer */
#define AT_A_TIME  4
#define USERS      10
#define PIECE      12

static void
begin(void)
{
	old_keeper_forget();
	old_server_begin();
}

/* A message goes each way, over the connection for messages. */
static void
send_outbound(const char *text)
{
	old_server_run("a> sendprivaterealm kediri bambang %s\n", text);
	old_server_hears("recvrealmprivatemsg messi kediri bambang %s", text);
	old_server_says(SENT);
	old_server_run("a< OK Message sent to user in realm\n");
}

static void
register_user(const char *name)
{
	old_server_run("b> register %s pw %s Indonesia\n"
	               "b< TOKEN h\n",
	    name, name);
}

static void
pass_question_time(void)
{
	realm_clock_pass(&realm_time, QUESTION_S * 1000 + 500);
}

/* The link was never given up. */
static void
check_link(void)
{
	old_server_await_state("up");
	ck_assert_uint_eq(realm_log_count(&realm, "link down"), 0);
	ck_assert_uint_eq(realm_log_count(&realm, "link up"), 1);
}

static bool
is_knocked(void *arg)
{
	(void)arg;
	struct pollfd waiting = { .fd = old.listener, .events = POLLIN };

	return poll(&waiting, 1, 0) > 0;
}

/* Messages go on while a question has no answer, which is given up soon. */
START_TEST(hangs)
{
	begin();
	register_user("xaver");
	old_server_run("b> getrealminbox kediri\n");
	old_keeper_is_asked("xaver");
	for (int i = 0; i < 3; i++)
		send_outbound("halo");
	pass_question_time();
	old_server_run("b< MESSAGES []\n");
	old_server_hears_question_end();
	send_outbound("halo");
	check_link();
}
END_TEST

/* A user that waits for an answer asks nothing meanwhile, over whatever connection. */
START_TEST(once_at_a_time)
{
	begin();
	register_user("xaver");
	old_server_run("b> getrealminbox kediri\n");
	old_keeper_is_asked("xaver");
	for (int i = 0; i < 3; i++)
		old_server_run("x> getrealminbox $h kediri\n"
		               "x< MESSAGES []\n");
	ck_assert(!is_knocked(NULL));
	send_outbound("halo");
	pass_question_time();
	old_server_run("b< MESSAGES []\n");
	old_server_hears_question_end();
	/* Then again. */
	old_server_run("b> getrealminbox kediri\n");
	old_keeper_is_asked("xaver");
	old_server_cuts_question();
	old_server_run("b< MESSAGES []\n");
	check_link();
}
END_TEST

/* Another user's question goes on beside those without an answer. */
START_TEST(answered_beside)
{
	begin();
	register_user("xaver");
	old_server_run("b> getrealminbox kediri\n");
	old_keeper_is_asked("xaver");
	old_keeper_writes("bambang", "lineker", "halo");
	/* The next question comes over another connection. */
	old.asked = -1;
	old_server_run("c> getrealminbox kediri\n");
	old_keeper_is_asked("lineker");
	old_server_run("c< MESSAGES [(Bambang Pamungkas>Gary Lineker:halo)]\n");
	pass_question_time();
	old_server_run("b< MESSAGES []\n");
	check_link();
}
END_TEST

/* The connections for questions are bounded however many users ask, and messages go on. */
START_TEST(many)
{
	static const char speakers[USERS + 1] = "defghijkno";
	int fds[AT_A_TIME];

	begin();
	for (int i = 0; i < USERS; i++)
		old_server_run("%c> register xaver%d pw Xaver Indonesia\n"
		               "%c< TOKEN %c\n"
		               "%c> getrealminbox kediri\n",
		    speakers[i], i, speakers[i], speakers[i], speakers[i]);
	for (size_t asked = 0; asked < USERS; asked += AT_A_TIME) {
		size_t n = USERS - asked < AT_A_TIME ? USERS - asked : AT_A_TIME;

		for (size_t i = 0; i < n; i++) {
			char line[64];

			ck_assert(realm_until(is_knocked, NULL));
			fds[i] = accept4(old.listener, NULL, NULL, SOCK_CLOEXEC);
			ck_assert_int_gt(read(fds[i], line, sizeof(line)), 0);
		}
		send_outbound("halo");
		ck_assert(!is_knocked(NULL));
		pass_question_time();
		for (size_t i = 0; i < n; i++) {
			char byte;

			ck_assert_int_eq(read(fds[i], &byte, 1), 0);
			close(fds[i]);
		}
		send_outbound("halo");
	}
	for (int i = 0; i < USERS; i++)
		old_server_run("%c< MESSAGES []\n", speakers[i]);
	check_link();
}
END_TEST

/* A failed question is not asked again, and does not concern the link. */
START_TEST(cut)
{
	static const char *const babbles[] = { "halo", "{'status':'MAYBE'}" };

	begin();
	for (size_t i = 0; i <= sizeof(babbles) / sizeof(babbles[0]); i++) {
		old_server_run("b> getrealminbox kediri\n");
		old_server_is_asked("getrealmchat kediri henderson");
		if (i == 0)
			old_server_cuts_question();
		else
			old_server_answers(babbles[i - 1]);
		old_server_run("b< MESSAGES []\n");
		send_outbound("halo");
	}
	check_link();
}
END_TEST

/* A slow reply is waited for: the peer keeps no other copy of the messages in it. */
START_TEST(answers_slowly)
{
	static const char reply[] = "{\"status\":\"OK\",\"messages\":[{\"msg_from\":\"Siti\","
	                            "\"msg_to\":\"x\",\"msg\":\"halo\"}]}";

	begin();
	old_server_run("b> getrealminbox kediri\n");
	old_server_is_asked("getrealmchat kediri henderson");
	for (const char *at = reply; *at != '\0'; at += strlen(at) < PIECE ? strlen(at) : PIECE) {
		size_t len = strlen(at) < PIECE ? strlen(at) : PIECE;

		ck_assert_int_eq(write(old.asked, at, len), (ssize_t)len);
		/* Then that was read, too. */
		send_outbound("halo");
		realm_clock_pass(&realm_time, 1000);
	}
	ck_assert_int_eq(write(old.asked, "\r\n\r\n", 4), 4);
	old_server_run("b< MESSAGES [(Siti>Jordan Henderson:halo)]\n");
	check_link();
}
END_TEST

/* Messages handed over are stored also when the link ends meanwhile. */
START_TEST(outlives_the_link)
{
	begin();
	old_keeper_writes("lineker", "henderson", "halo");
	old_server_run("b> getrealminbox kediri\n");
	old_server_is_asked("getrealmchat kediri henderson");
	old_server_run("a> sendprivaterealm kediri bambang halo\n");
	old_server_hears("recvrealmprivatemsg messi kediri bambang halo");
	old_server_hangs_up();
	old_server_await_state("down");
	old_server_answers("{'status':'OK','messages':["
	                   "{'msg_from':'Gary Lineker','msg_to':'x','msg':'halo'}]}");
	old_server_run("b< MESSAGES [(Gary Lineker>Jordan Henderson:halo)]\n");
}
END_TEST

/* The members of a group are a query, too: the message bounces, the link and the others go on. */
START_TEST(members)
{
	begin();
	old_server_run("a> sendgrouprealm kediri group:racun halo\n");
	for (int i = 0; i < 3; i++) {
		old_server_is_asked("getgrouprealm - racun kediri");
		if (i == 1) {
			/* Members are not asked for again at once: the next question is another's.
			 */
			old_server_cuts_question();
			old_server_run("b> getrealminbox kediri\n");
			old_server_is_asked("getrealmchat kediri henderson");
			old_server_answers("{'status':'OK','messages':[]}");
			old_server_run("b< MESSAGES []\n");
		}
		pass_question_time();
		if (i != 1)
			old_server_hears_question_end();
	}
	old_server_run("a< ERROR Realm tidak menjawab\n");
	send_outbound("halo");
	check_link();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("legacy ask");
	TCase *tcase = old_server_tcase(suite, "questions");

	tcase_add_test(tcase, hangs);
	tcase_add_test(tcase, once_at_a_time);
	tcase_add_test(tcase, answered_beside);
	tcase_add_test(tcase, many);
	tcase_add_test(tcase, cut);
	tcase_add_test(tcase, answers_slowly);
	tcase_add_test(tcase, outlives_the_link);
	tcase_add_test(tcase, members);
	return realm_run_suite(suite);
}
