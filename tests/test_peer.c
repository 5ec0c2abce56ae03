/*
 * Another realm delivers its messages to a real kabard: the conversation, what is refused, what
 * ends a link, and that everything is there once, whatever breaks.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer_realm.h"

#define LINE_MAX_BYTES (512 * 1024)
#define MANY           3000
#define CUTS           25

#define HELLO                                                                                   \
	"p> hello 1 malang surabaya\n"                                                          \
	"p< "                                                                                   \
	"{'status':'OK','hello':1,'realm':'surabaya','window':4096,'bytes':4194304,'file_max':" \
	"16777216}\n"
#define RESUME                         \
	"p> resume " PEER_EPOCH " 0\n" \
	"p< {'status':'OK','resume':'" PEER_EPOCH "','have':0}\n"
#define FROM "'time':1700000000000,'from':'lineker@malang','name':'Gary Lineker',"

/* The whole conversation, which is the same under inetd. */
START_TEST(conversation)
{
	peer_realm_start();
	if (_i == 0)
		peer_realm_speak('p', PEER_MALANG);
	else
		peer_realm_speak_inetd('p', PEER_MALANG);
	peer_realm_run(HELLO RESUME
	    "p> message 1 {" FROM "'to':'messi','text':'halo'}\n"
	    "p< {'status':'OK','have':1}\n"
	    "p> message 2 {" FROM "'to':'nobody','text':'halo'}\n"
	    "p< {'status':'ERROR','number':2,'reason':'no_user'}\n"
	    "p< {'status':'OK','have':2}\n"
	    "p> message 3 {" FROM "'users':['messi','Henderson'],'text':'kalian'}\n"
	    "p< {'status':'OK','have':3}\n"
	    "p> message 4 {" FROM "'group':'kopi','text':'ngopi?'}\n"
	    "p< {'status':'OK','have':4}\n"
	    "p> void 5 9\n"
	    "p< {'status':'OK','have':9}\n"
	    "p> message 10 {" FROM "'group':'teh','text':'?'}\n"
	    "p< {'status':'ERROR','number':10,'reason':'no_group'}\n"
	    "p< {'status':'OK','have':10}\n"
	    "p> ping 4711\n"
	    "p< {'status':'OK','pong':4711}\n"
	    "p> ask 1 info messi\n"
	    "p< {'status':'OK','ask':1,'info':{'username':'messi','name':'Lionel Messi',"
	    "'country':'Argentina','online':false}}\n"
	    "p> ask 2 info nobody\n"
	    "p< {'status':'ERROR','ask':2,'reason':'no_user'}\n"
	    "p> ask 3 info no@body\n"
	    "p< {'status':'ERROR','ask':3,'reason':'no_user'}\n"
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "p> ask 4 info MESSI\n"
	    "p< {'status':'OK','ask':4,'info':{'username':'messi','name':'Lionel Messi',"
	    "'country':'Argentina','online':true,'since':'$*Z'}}\n"
	    "a> getrealminbox malang\n"
	    "a< MESSAGES [(Gary Lineker>Lionel Messi:halo),(Gary Lineker>Lionel Messi:kalian),"
	    "(Gary Lineker>#kopi:ngopi?)]\n"
	    "p closes\n");
}
END_TEST

/* A new link is told refusals again, until they are settled. */
START_TEST(refusals_again)
{
	peer_realm_start();
	peer_realm_speak('p', PEER_MALANG);
	peer_realm_run(HELLO RESUME "p> message 1 {" FROM "'to':'nobody','text':'satu'}\n"
	                            "p< {'status':'ERROR','number':1,'reason':'no_user'}\n"
	                            "p< {'status':'OK','have':1}\n"
	                            "p> message 2 {'from':'x'}\n"
	                            "p< {'status':'ERROR','number':2,'reason':'bad_message'}\n"
	                            "p< {'status':'OK','have':2}\n"
	                            "p> message 3 {" FROM "'to':'messi','text':''}\n"
	                            "p< {'status':'ERROR','number':3,'reason':'bad_message'}\n"
	                            "p< {'status':'OK','have':3}\n"
	                            "p closes\n");
	peer_realm_speak('p', PEER_MALANG);
	peer_realm_run(HELLO "p> resume " PEER_EPOCH " 1\n"
	                     "p< {'status':'ERROR','number':2,'reason':'bad_message'}\n"
	                     "p< {'status':'ERROR','number':3,'reason':'bad_message'}\n"
	                     "p< {'status':'OK','resume':'" PEER_EPOCH "','have':3}\n"
	                     "p> settled 2\n"
	                     "p> ping 1\n"
	                     "p< {'status':'OK','pong':1}\n"
	                     "p closes\n");
	peer_realm_speak('p', PEER_MALANG);
	peer_realm_run(HELLO "p> resume " PEER_EPOCH " 0\n"
	                     "p< {'status':'ERROR','number':3,'reason':'bad_message'}\n"
	                     "p< {'status':'OK','resume':'" PEER_EPOCH "','have':3}\n"
	                     /* Another epoch begins anew, and says that this one is over. */
	                     "p> resume 00000000000000e2 3\n"
	                     "p< {'status':'OK','resume':'00000000000000e2','have':0}\n"
	                     "p> void 1 3\n"
	                     "p< {'status':'OK','have':3}\n"
	                     "p> message 4 {" FROM "'to':'messi','text':'empat'}\n"
	                     "p< {'status':'OK','have':4}\n"
	                     "p> resume " PEER_EPOCH " 0\n"
	                     "p< {'status':'OK','resume':'" PEER_EPOCH "','have':3}\n"
	                     "p closes\n"
	                     "a> auth messi surabaya\n"
	                     "a< TOKEN m\n"
	                     "a> getrealminbox malang\n"
	                     "a< MESSAGES [(Gary Lineker>Lionel Messi:empat)]\n");
}
END_TEST

/* Each of these requests ends the link with a sentence. */
static const struct {
	const char *before;
	const char *line;
	const char *says;
} crimes[] = {
	{ "", "message 1 {}", "a greeting comes first" },
	{ "", "ping 1", "a greeting comes first" },
	{ "", "hello 2 malang surabaya", "this version is not spoken here" },
	{ "", "hello 1 batu surabaya", "this key belongs to another realm" },
	{ "", "hello 1 malang malang", "this is another realm" },
	{ "", "hello 1 malang", "the command has other words" },
	{ "", "GET / HTTP/1.1", "there is no such command" },
	{ "", "", "there is no such command" },
	{ "", "auth messi surabaya", "there is no such command" },
	{ HELLO, "hello 1 malang surabaya", "one greeting is enough" },
	{ HELLO, "message 1 {}", "it must be known first from where on" },
	{ HELLO, "void 1 2", "it must be known first from where on" },
	{ HELLO, "settled 2", "it must be known first from where on" },
	{ HELLO, "resume 1 1", "that is no epoch" },
	{ HELLO RESUME, "message 2 {}", "this number is not the next one" },
	{ HELLO RESUME, "message 0 {}", "that is no number of a message" },
	{ HELLO RESUME, "void 2 2", "this number is not the next one" },
	{ HELLO RESUME, "file 2 {}", "this number is not the next one" },
	{ HELLO RESUME, "chunk 1 0 aGFsbw==", "this chunk is not the one that is wanted" },
	{ HELLO RESUME, "ask 1 passwd messi", "there is no such question" },
	/* The last one: what it delivers stays. */
	{ HELLO RESUME "p> message 1 {" FROM "'to':'messi','text':'halo'}\n"
	               "p< {'status':'OK','have':1}\n",
	    "message 1 {" FROM "'to':'messi','text':'halo'}", "this number is not the next one" },
};

START_TEST(crime)
{
	peer_realm_start();
	for (size_t i = 0; i < sizeof(crimes) / sizeof(crimes[0]); i++) {
		peer_realm_speak('p', PEER_MALANG);
		peer_realm_run("%sp> %s\n"
		               "p< {'status':'ERROR','fatal':'%s','retry':false}\n"
		               "p hears the end\n"
		               "p closes\n",
		    crimes[i].before, crimes[i].line, crimes[i].says);
	}
}
END_TEST

/* Messages before the one that ends the link are delivered all the same. */
START_TEST(good_before_bad)
{
	peer_realm_start();
	peer_realm_greet('p');
	peer_realm_message('p', 1, "satu");
	peer_realm_message('p', 2, "dua");
	peer_realm_run("p> message 2 {}\n");
	peer_realm_has('p', 2);
	peer_realm_run(
	    "p< {'status':'ERROR','fatal':'this number is not the next one','retry':false}\n"
	    "p hears the end\n");
	ck_assert_uint_eq(peer_realm_greet('q'), 2);
}
END_TEST

static void
say_line(const char *head, size_t fill, const char *tail)
{
	size_t head_len = strlen(head), tail_len = strlen(tail);
	char *line = malloc(head_len + fill + tail_len);

	ck_assert_ptr_nonnull(line);
	memcpy(line, head, head_len);
	memset(line + head_len, 'x', fill);
	memcpy(line + head_len + fill, tail, tail_len);
	dialogue_say(&talk, 'p', line, head_len + fill + tail_len);
	free(line);
}

START_TEST(long_lines)
{
	static const char head[] =
	    "message 1 {\"time\":1,\"from\":\"lineker@malang\",\"name\":\"\",\"to\":\"messi\","
	    "\"text\":\"halo\",\"more\":\"";
	size_t rest = LINE_MAX_BYTES - (sizeof(head) - 1) - 2;

	peer_realm_start();
	peer_realm_greet('p');
	say_line(head, rest, "\"}\r\n");
	peer_realm_has('p', 1);
	/* One that ends with a line feed alone, of the same length; then one byte more. */
	say_line("message 2 ", LINE_MAX_BYTES - 10, "\n");
	peer_realm_run("p< {'status':'ERROR','number':2,'reason':'bad_message'}\n");
	peer_realm_has('p', 2);
	say_line("message 3 ", LINE_MAX_BYTES - 9, "\r\n");
	peer_realm_run("p< {'status':'ERROR','fatal':'this line is too long','retry':false}\n");
	peer_realm_cut('p');
	ck_assert_uint_eq(peer_realm_greet('p'), 2);
	say_line("message 3 ", LINE_MAX_BYTES - 9, "\n");
	peer_realm_run("p< {'status':'ERROR','fatal':'this line is too long','retry':false}\n");
	peer_realm_cut('p');
	/* One that never ends. */
	ck_assert_uint_eq(peer_realm_greet('p'), 2);
	say_line("message 3 ", LINE_MAX_BYTES + 2, "");
	peer_realm_run("p< {'status':'ERROR','fatal':'this line is too long','retry':false}\n"
	               "p hears the end\n");
}
END_TEST

/* Byte by byte, and everything at once. */
START_TEST(pieces)
{
	static const char one[] = "message 1 {\"time\":1,\"from\":\"lineker@malang\",\"name\":\"\","
	                          "\"to\":\"messi\",\"text\":\"satu\"}\r\nping 5\nping 6\r\n";

	peer_realm_start();
	peer_realm_greet('p');
	for (const char *c = one; *c != '\0'; c++)
		dialogue_say(&talk, 'p', c, 1);
	peer_realm_run("p< {'status':'OK','have':1}\n"
	               "p< {'status':'OK','pong':5}\n"
	               "p< {'status':'OK','pong':6}\n");
	/* Answers come in the order of what was asked, and so after what was delivered. */
	peer_realm_message('p', 2, "dua");
	peer_realm_message('p', 3, "tiga");
	peer_realm_run("p> ping 7\n");
	peer_realm_has('p', 3);
	peer_realm_run("p< {'status':'OK','pong':7}\n");
}
END_TEST

/* The texts that messi has read of malang so far are numbers, in order. */
static void
check_numbers_read(uint64_t n)
{
	const char *at;
	size_t len;

	peer_realm_run("a> auth messi surabaya\n"
	               "a< TOKEN m\n"
	               "a> getrealminbox malang\n");
	at = dialogue_hear(&talk, 'a', &len);
	for (uint64_t i = 1; i <= n; i++) {
		char text[64];

		snprintf(text, sizeof(text), "\"msg\":\"%" PRIu64 "\"", i);
		at = strstr(at, "\"msg\":");
		ck_assert_msg(at != NULL, "%" PRIu64 " of %" PRIu64 " are missing", n - i + 1, n);
		ck_assert_msg(strncmp(at, text, strlen(text)) == 0, "%.32s instead of %s", at,
		    text);
		at += strlen(text);
	}
	ck_assert_ptr_null(strstr(at, "\"msg\":"));
}

static void
say_number(char speaker, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	peer_realm_message(speaker, number, text);
}

START_TEST(many)
{
	peer_realm_start();
	peer_realm_greet('p');
	for (uint64_t i = 1; i <= MANY; i++)
		say_number('p', i);
	peer_realm_has('p', MANY);
	check_numbers_read(MANY);
}
END_TEST

/* Cut anywhere, without having heard the last acknowledgements. */
START_TEST(cuts)
{
	uint64_t have = 0;

	peer_realm_start();
	srand(17);
	for (int cut = 0; cut < CUTS; cut++) {
		uint64_t again = peer_realm_greet('p');

		ck_assert_uint_ge(again, have);
		have = again;
		for (int i = rand() % 60; i > 0; i--)
			say_number('p', ++again);
		if (rand() % 2 == 0 && again > have) {
			peer_realm_has('p', again);
			have = again;
		}
		dialogue_say(&talk, 'p', "message 1", (size_t)(rand() % 9));
		peer_realm_cut('p');
	}
	have = peer_realm_greet('p');
	check_numbers_read(have);
}
END_TEST

/* The link's worker is killed again and again. */
START_TEST(worker_killed)
{
	uint64_t have = 0, last;

	peer_realm_start();
	srand(18);
	for (int i = 0; i < CUTS; i++) {
		pid_t pids[8];
		size_t n, len;

		last = peer_realm_greet('p');
		ck_assert_uint_ge(last, have);
		have = last;
		n = realm_workers(&realm, pids, 8);
		for (int more = 20 + rand() % 60; more > 0; more--)
			say_number('p', ++last);
		/* The first acknowledgement has come: the others are on their way. */
		if (i % 2 == 0)
			dialogue_hear(&talk, 'p', &len);
		for (size_t worker = 0; worker < n && worker < 8; worker++)
			kill(pids[worker], SIGKILL);
		peer_realm_cut('p');
	}
	have = peer_realm_greet('p');
	ck_assert_uint_gt(have, CUTS);
	check_numbers_read(have);
}
END_TEST

/* Of two links the newest wins; the older one is told with its next message. */
START_TEST(two_links)
{
	peer_realm_start();
	peer_realm_greet('p');
	say_number('p', 1);
	peer_realm_has('p', 1);
	ck_assert_uint_eq(peer_realm_greet('q'), 1);
	say_number('p', 2);
	peer_realm_run("p< {'status':'ERROR','fatal':'a newer link has taken over','retry':false}\n"
	               "p hears the end\n");
	say_number('q', 2);
	peer_realm_has('q', 2);
	check_numbers_read(2);
}
END_TEST

/* Two realms at the same time, whose numbers have nothing to do with each other. */
START_TEST(two_realms)
{
	peer_realm_start();
	peer_realm_greet('p');
	peer_realm_speak('q', PEER_BATU);
	say_number('p', 1);
	peer_realm_has('p', 1);
	peer_realm_run(
	    "q> hello 1 Batu SURABAYA\n"
	    "q< {'status':'OK','hello':1,$*}\n"
	    "q> resume " PEER_EPOCH " 0\n"
	    "q< {'status':'OK','resume':'" PEER_EPOCH "','have':0}\n"
	    /* It speaks for its own users only. */
	    "q> message 1 {" FROM "'to':'messi','text':'halo'}\n"
	    "q< {'status':'ERROR','number':1,'reason':'bad_message'}\n"
	    "q< {'status':'OK','have':1}\n"
	    "q> message 2 {'time':5,'from':'messi@batu','name':'M','to':'messi','text':'dari "
	    "batu'}\n"
	    "q< {'status':'OK','have':2}\n");
	check_numbers_read(1);
	peer_realm_run("a> getrealminbox batu\n"
	               "a< MESSAGES [(M>Lionel Messi:dari batu)]\n");
}
END_TEST

/* A client that follows is told at once. */
START_TEST(pushed)
{
	peer_realm_start();
	peer_realm_greet('p');
	peer_realm_run("a> auth messi surabaya\n"
	               "a< TOKEN m\n"
	               "a> follow\n"
	               "a< OK Following\n");
	peer_realm_message('p', 1, "halo");
	peer_realm_run(
	    "a< {'status':'OK','event':'message','sender':'lineker@malang','msg_from':'Gary "
	    "Lineker',"
	    "'msg_to':'Lionel Messi','msg':'halo'$*}\n");
	peer_realm_run(
	    "p> message 2 {" FROM "'group':'kopi','text':'ngopi?'}\n"
	    "a< {'status':'OK','event':'message','sender':'lineker@malang','msg_from':'Gary "
	    "Lineker',"
	    "'msg_to':'kopi','msg':'ngopi?'$*}\n");
}
END_TEST

START_TEST(full_inbox)
{
	peer_realm_configure(PEER_MALANG, "inbox_max = 2");
	peer_realm_start();
	peer_realm_greet('p');
	say_number('p', 1);
	peer_realm_has('p', 1);
	say_number('p', 2);
	peer_realm_has('p', 2);
	say_number('p', 3);
	peer_realm_run("p< {'status':'ERROR','number':3,'reason':'inbox_full'}\n"
	               "p< {'status':'OK','have':3}\n");
	check_numbers_read(2);
	peer_realm_run("a> getrealminbox malang\n"
	               "a< MESSAGES []\n");
	peer_realm_message('p', 4, "empat");
	peer_realm_has('p', 4);
}
END_TEST

/* kabard ends: whoever delivers is told to come again. */
START_TEST(going_down)
{
	peer_realm_start();
	peer_realm_greet('p');
	say_number('p', 1);
	peer_realm_has('p', 1);
	ck_assert_int_eq(realm_stop(&realm), 0);
	peer_realm_run("p< {'status':'ERROR','fatal':'$*going down',"
	               "'retry':true}\n"
	               "p hears the end\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("peer");
	TCase *tcase = peer_realm_tcase(suite, "peer");

	tcase_add_loop_test(tcase, conversation, 0, 2);
	tcase_add_test(tcase, refusals_again);
	tcase_add_test(tcase, crime);
	tcase_add_test(tcase, good_before_bad);
	tcase_add_test(tcase, long_lines);
	tcase_add_test(tcase, pieces);
	tcase_add_test(tcase, many);
	tcase_add_test(tcase, cuts);
	tcase_add_test(tcase, worker_killed);
	tcase_add_test(tcase, two_links);
	tcase_add_test(tcase, two_realms);
	tcase_add_test(tcase, pushed);
	tcase_add_test(tcase, full_inbox);
	tcase_add_test(tcase, going_down);
	return realm_run_suite(suite);
}
