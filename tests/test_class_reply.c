/*
 * The class of holes "a hostile reply's time per turn": whatever a legacy peer answers, however
 * much, however nested and without an end, the bridge stays small, and messages for another realm
 * go on meanwhile.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "legacy/answer.h"
#include "legacy/split.h"
#include "old_server.h"
#include "process.h"

#define SENT "{'status':'OK','message':'Message Sent to Realm'}"
#ifdef __SANITIZE_ADDRESS__
#define GROWTH_KB (64 * 1024) /* what was freed is kept for a while */
#else
#define GROWTH_KB (24 * 1024) /* of the bridge, at most */
#endif
#define REPEATED   65536 /* bytes that are written together */
#define MOST_BYTES (200L * 1024 * 1024)
#define LEAST      3   /* messages that pass while the reply is read */
#define MOST       500 /* that are tried */

/* The realm kediri, which is hostile, while `old` is the realm madiun, which is not. */
static struct old_server hostile;

static void
turn_to_other(void)
{
	struct old_server other = hostile;

	hostile = old;
	old = other;
}

static void
begin(void)
{
	char settings[256];
	struct sockaddr_in name;

	hostile = (struct old_server){ .listener = -1, .fd = -1, .asked = -1 };
	hostile.reserve_fd = realm_bind_port(0, &name);
	hostile.port = ntohs(name.sin_port);
	turn_to_other();
	old_server_listen();
	turn_to_other();
	snprintf(settings, sizeof(settings),
	    "peer \"madiun\" { address = \"127.0.0.1\"  port = %u  legacy = on }\n"
	    "inbox_max = 100000\n",
	    (unsigned int)hostile.port);
	old_server_configure("127.0.0.1", settings);
	old_server_begin();
	turn_to_other();
	old_server_accept();
	old_server_hears("recvrealm madiun 127.0.0.1 %u", (unsigned int)realm.port);
	old_server_says("{'status':'OK'}");
	realm_await_log(&realm, "madiun: link up");
}

static void
end(void)
{
	/* The fixture ends the other one. */
	old_server_hangs_up();
	old_server_cuts_question();
	close(old.listener);
	close(old.reserve_fd);
	turn_to_other();
}

/* The most memory that the bridge has had, in kB. */
static long
bridge_memory(void)
{
	pid_t pid = realm_bridge(&realm);

	ck_assert_int_gt(pid, 0);
	return process_peak_kb(pid);
}

/* A reply: how it begins, and what follows again and again without an end. */
struct reply {
	const char *begin;
	const char *again;
	bool long_way; /* it is read up to the bound of all bytes, which takes many steps */
};

#define LIST "{\"status\":\"OK\",\"messages\":["

static const struct reply replies[] = {
	{ LIST, "{\"msg_from\":\"Siti\",\"msg_to\":\"x\",\"msg\":\"halo\"},", false },
	{ LIST, "0,", false },
	{ LIST, "[", false },
	{ LIST "{\"msg\":\"", "x", true },
	{ LIST "{\"msg\":[", "0,", true },
	{ LIST "{\"msg\":", "{\"msg\":", false },
	{ LIST "{\"msg_from\":\"Siti\",\"file_name\":\"x\",\"file_content\":\"", "AAAA", false },
	{ LIST "{\"msg_from\":\"Siti\",\"msg\":\"x\",\"file_content\":\"", "\\u0041", false },
	{ "{\"status\":\"", "x", false },
	{ "{\"status\":", "[", false },
	{ "{", "\"status\":\"OK\",", false },
	{ "", " ", false },
};

/* Says a reply until the bridge ends the connection. Returns the child that does it. */
static pid_t
say_reply(int fd, const struct reply *reply)
{
	char *piece = malloc(REPEATED);
	size_t len = 0, step = strlen(reply->again);
	pid_t pid;

	ck_assert_ptr_nonnull(piece);
	for (; len + step <= REPEATED; len += step)
		memcpy(piece + len, reply->again, step);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		long said = 0;
		ssize_t n = send(fd, reply->begin, strlen(reply->begin), MSG_NOSIGNAL);

		while (n >= 0 && said < MOST_BYTES) {
			n = send(fd, piece, len, MSG_NOSIGNAL);
			said += n;
		}
		_exit(n < 0 ? 0 : 1);
	}
	free(piece);
	return pid;
}

/* Waits for a question, which the child answers. */
static pid_t
answer_hostile(const struct reply *reply)
{
	struct pollfd waiting = { .fd = hostile.listener, .events = POLLIN };
	char question[256];
	pid_t pid;
	int fd;

	ck_assert_int_eq(poll(&waiting, 1, REALM_PATIENCE_MS), 1);
	fd = accept4(hostile.listener, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_gt(read(fd, question, sizeof(question)), 0);
	pid = say_reply(fd, reply);
	close(fd);
	return pid;
}

static void
send_to_good(int number)
{
	old_server_run("a> sendprivaterealm madiun bambang %d\n", number);
	old_server_hears("recvrealmprivatemsg messi madiun bambang %d", number);
	old_server_says(SENT);
	old_server_run("a< OK Message sent to user in realm\n");
}

/* Sends messages to the good realm as long as the child is at work; returns how many. */
static int
send_meanwhile(pid_t child)
{
	int sent = 0, status;

	while (waitpid(child, &status, WNOHANG) == 0) {
		ck_assert_int_lt(sent, MOST);
		send_to_good(sent++);
	}
	/* The bridge has ended the connection. */
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%#x", (unsigned int)status);
	return sent;
}

/* A user's question is answered by something hostile. */
START_TEST(answers)
{
	const char *heard;
	long before;
	int sent, shown = 0;
	size_t len;

	begin();
	before = bridge_memory();
	old_server_run("b> getrealminbox kediri\n");
	sent = send_meanwhile(answer_hostile(&replies[_i]));
	heard = dialogue_hear(&talk, 'b', &len);
	for (const char *at = heard; (at = strstr(at, "\"msg\":")) != NULL; at++)
		shown++;
	/* Of a reply that is too long, messages are stored as far as they were taken. */
	ck_assert_int_eq(shown, _i == 0 ? LEGACY_ANSWER_ELEMENTS : 0);
	if (_i == 0 || replies[_i].long_way)
		ck_assert_int_ge(sent, LEAST);
	send_to_good(MOST);
	ck_assert_int_lt(bridge_memory() - before, GROWTH_KB);
	old_server_await_state("up");
	end();
}
END_TEST

/* A message is answered by it. The link goes down, and up again. */
START_TEST(acknowledgements)
{
	struct reply reply = replies[_i];
	long before;

	begin();
	before = bridge_memory();
	old_server_run("c> sendprivaterealm kediri bambang halo\n");
	turn_to_other();
	old_server_hears("recvrealmprivatemsg lineker kediri bambang halo");
	turn_to_other();
	(void)send_meanwhile(say_reply(hostile.fd, &reply));
	send_to_good(MOST);
	ck_assert_int_lt(bridge_memory() - before, GROWTH_KB);
	ck_assert_uint_eq(realm_log_count(&realm, "kediri: link down"), 1);
	end();
}
END_TEST

/* The members of a group: as many as will do, and then too many. */
START_TEST(members)
{
	enum { FEW = 1000, MANY = 1100 };
	char *text = malloc(64 * MANY);
	int n = _i == 0 ? FEW : MANY, sent = 0;
	size_t len;

	ck_assert_ptr_nonnull(text);
	len = (size_t)sprintf(text, "{'status':'OK','members':[");
	for (int i = 0; i < n; i++)
		len += (size_t)sprintf(text + len, "%s'user%d'", i == 0 ? "" : ",", i);
	strcpy(text + len, "]}");
	begin();
	old_server_run("c> sendgrouprealm kediri group:racun halo\n");
	turn_to_other();
	old_server_is_asked("getgrouprealm - racun kediri");
	old_server_answers(text);
	if (_i == 0) {
		old_server_hears_begin("recvrealmgroupmsg lineker kediri user0,user1,user2,");
		old_server_says(SENT);
	}
	turn_to_other();
	while (sent < LEAST)
		send_to_good(sent++);
	old_server_run(
	    _i == 0 ? "c< OK Message sent to group in realm\n" : "c< ERROR Ditolak realm tujuan\n");
	free(text);
	end();
}
END_TEST

/* What splitting makes of a reply: elements in (), files in <>. */
static void
check_split(const char *reply, size_t piece, const char *expected)
{
	struct legacy_split split;
	enum legacy_split_event event = LEGACY_SPLIT_MORE;
	char result[512] = "";
	size_t left = strlen(reply);

	legacy_split_init(&split);
	while (left > 0 && event != LEGACY_SPLIT_END && event != LEGACY_SPLIT_BAD) {
		size_t len = left < piece ? left : piece, before = len, at = strlen(result);

		event = legacy_split_next(&split, &reply, &len);
		left -= before - len;
		if (event == LEGACY_SPLIT_ELEMENT)
			snprintf(result + at, sizeof(result) - at, "(%.*s%s)",
			    (int)split.element.len, split.element.data, split.too_long ? "!" : "");
		else if (event == LEGACY_SPLIT_CONTENT)
			snprintf(result + at, sizeof(result) - at, "%.*s", (int)split.content_len,
			    split.content);
		else if (event == LEGACY_SPLIT_END)
			snprintf(result + at, sizeof(result) - at, "%.*s", (int)split.envelope.len,
			    split.envelope.data);
		else if (event == LEGACY_SPLIT_BAD)
			strcat(result, "BAD");
	}
	ck_assert_str_eq(result, expected);
	legacy_split_free(&split);
}

static const struct {
	const char *reply;
	const char *expected;
} splits[] = {
	{ " {} x", "{}" },
	{ "x", "BAD" },
	{ "[]", "BAD" },
	{ "{]", "{]" },
	{ "{\"messages\":[]}", "{\"messages\":[]}" },
	{ "{\"messages\": [ {} , {\"a\":1} ] , \"b\":2}",
	    "({})({\"a\":1}){\"messages\": [] , \"b\":2}" },
	{ "{\"messages\":[1,\"],\",null,[{}],{}]}", "({}){\"messages\":[]}" },
	{ "{\"x\":{\"messages\":[{}]},\"y\":\"messages\",\"z\":[{}]}",
	    "{\"x\":{\"messages\":[{}]},\"y\":\"messages\",\"z\":[{}]}" },
	{ "{\"messages\":[{\"a\":\"}\\\"]\"}]}", "({\"a\":\"}\\\"]\"}){\"messages\":[]}" },
	{ "{\"messages\":[],\"messages\":[]}", "BAD" },
	{ "{\"messages\":[}", "BAD" },
	{ "{\"messages\":[{\"file_content\":\"aGE=\",\"a\":1}]}",
	    "aGE=({\"file_content\":\"\",\"a\":1}){\"messages\":[]}" },
	{ "{\"messages\":[{\"file_content\":\"a\\/\\u002b\\n\\\"b\"}]}",
	    "a/+\n\"b({\"file_content\":\"\"}){\"messages\":[]}" },
	{ "{\"messages\":[{\"file_content\":\"\"},{\"file_content\":1}]}",
	    "({\"file_content\":\"\"})({\"file_content\":1}){\"messages\":[]}" },
	{ "{\"messages\":[{\"file_content\":\"a\",\"file_content\":\"b\"}]}",
	    "ab({\"file_content\":\"\",\"file_content\":\"\"!){\"messages\":[]}" },
	{ "{\"messages\":[{\"x\":{\"file_content\":\"a\"}}]}",
	    "({\"x\":{\"file_content\":\"a\"}}){\"messages\":[]}" },
	{ "{\"messages\":[{\"file_content\":\"\\x\"}]}", "BAD" },
	{ "{\"messages\":[{\"file_content\":\"\\u00zz\"}]}", "BAD" },
	{ "{\"a\":[[[[[[[[[[[[[[[[", "BAD" },
};

START_TEST(splitting)
{
	for (size_t piece = 1; piece < 100; piece = 3 * piece + 1)
		check_split(splits[_i].reply, piece, splits[_i].expected);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("class reply");
	TCase *tcase = old_server_tcase(suite, "hostile replies"),
	      *pure = tcase_create("splitting");
	const int n = (int)(sizeof(replies) / sizeof(replies[0]));

	tcase_add_loop_test(pure, splitting, 0, (int)(sizeof(splits) / sizeof(splits[0])));
	suite_add_tcase(suite, pure);
	tcase_add_loop_test(tcase, answers, 0, n);
	tcase_add_loop_test(tcase, acknowledgements, 0, n);
	tcase_add_loop_test(tcase, members, 0, 2);
	return realm_run_suite(suite);
}
