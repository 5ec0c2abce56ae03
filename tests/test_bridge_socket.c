/*
 * Questions to the bridge: what is answered at once, what later or never, requests that make no
 * sense, and askers who go away.
 */
#include "bridge/socket.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <bsd/unistd.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/chdir_guard.h"
#include "base/clock.h"
#include "chat/realm/bridge.h"
#include "fake_clock.h"
#include "suite.h"

#define MALANG  7
#define TEXT    1024
#define CLIENTS 300
#define EACH    8 /* of one process */

static char state[64];
static struct bridge_socket *server;
static struct polls polls;
static char asked[TEXT]; /* what the commands heard last */
static uint64_t last_id;

static enum bridge_answer
on_info(void *arg, struct bridge_question *question)
{
	(void)arg;
	snprintf(asked, sizeof(asked), "info %s %s", question->realm, question->user);
	last_id = question->id;
	question->peer = MALANG;
	return strcmp(question->realm, "malang") == 0 ? BRIDGE_ANSWER_LATER
	                                              : BRIDGE_ANSWER_NO_REALM;
}

static enum bridge_answer
on_pull(void *arg, struct bridge_question *question)
{
	(void)arg;
	snprintf(asked, sizeof(asked), "pull %s %s", question->realm, question->user);
	return BRIDGE_ANSWER_NO_ANSWER;
}

static enum bridge_answer
on_drop(void *arg, struct bridge_question *question)
{
	(void)arg;
	snprintf(asked, sizeof(asked), "drop %s", question->realm);
	question->count = 0;
	return BRIDGE_ANSWER_OK;
}

static enum bridge_answer
on_flush(void *arg, struct bridge_question *question)
{
	(void)arg;
	snprintf(asked, sizeof(asked), "flush %s",
	    question->realm == NULL ? "all" : question->realm);
	return BRIDGE_ANSWER_OK;
}

static enum bridge_answer
on_alive(void *arg, struct bridge_question *question)
{
	(void)arg;
	snprintf(asked, sizeof(asked), "alive %s", question->realm);
	return BRIDGE_ANSWER_OK;
}

static enum bridge_answer
on_reload(void *arg, struct bridge_question *question)
{
	(void)question;
	snprintf(asked, sizeof(asked), "reload %s", (const char *)arg);
	return BRIDGE_ANSWER_FAILED;
}

static const struct bridge_socket_command commands[] = {
	{ .name = "info", .needs_realm = true, .needs_user = true, .run = on_info },
	{ .name = "pull", .needs_realm = true, .needs_user = true, .run = on_pull },
	{ .name = "drop", .needs_realm = true, .run = on_drop },
	{ .name = "flush", .run = on_flush },
	{ .name = "alive", .needs_realm = true, .run = on_alive },
	{ .name = "reload", .run = on_reload },
	{ .name = NULL },
};

static void
setup(void)
{
	snprintf(state, sizeof(state), "/tmp/kabar-socket-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(state));
	server = bridge_socket_open(state, commands, state);
	ck_assert_ptr_nonnull(server);
	asked[0] = '\0';
}

static void
teardown(void)
{
	bridge_socket_close(server);
	free(polls.fds);
	polls = (struct polls){ .fds = NULL };
	ck_assert_int_eq(rmdir(state), 0); /* the socket has gone with it */
}

static int
client(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = CHAT_BRIDGE_SOCKET };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	int way_back = chdir_guard_enter(state);

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	chdir_guard_leave(way_back);
	return fd;
}

/* Lets the server do all that there is to do. */
static void
serve_requests(void)
{
	do {
		polls.n = 0;
		bridge_socket_polls(server, &polls);
		poll(polls.fds, polls.n, 0);
		bridge_socket_step(server, &polls);
		polls.n = 0;
		bridge_socket_polls(server, &polls);
	} while (poll(polls.fds, polls.n, 0) > 0);
}

static void
send_request(int fd, const char *request)
{
	ck_assert_int_eq(send(fd, request, strlen(request), MSG_NOSIGNAL),
	    (ssize_t)strlen(request));
	serve_requests();
}

/* Returns the answer; "-": none yet, "": the connection is closed. */
static const char *
read_answer(int fd)
{
	static char text[TEXT];
	ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);

	if (n < 0)
		return "-";
	text[n] = '\0';
	return text;
}

static const char *
ask_once(const char *request)
{
	int fd = client();
	const char *text;

	send_request(fd, request);
	text = read_answer(fd);
	close(fd);
	serve_requests();
	return text;
}

START_TEST(test_commands)
{
	ck_assert_str_eq(ask_once("{\"command\":\"flush\"}"), "{\"status\":\"OK\"}");
	ck_assert_str_eq(asked, "flush all");
	ck_assert_str_eq(ask_once("{\"command\":\"flush\",\"realm\":\"malang\"}"),
	    "{\"status\":\"OK\"}");
	ck_assert_str_eq(asked, "flush malang");
	ck_assert_str_eq(ask_once("{\"command\":\"alive\",\"realm\":\"malang\"}"),
	    "{\"status\":\"OK\"}");
	ck_assert_str_eq(asked, "alive malang");
	ck_assert_str_eq(ask_once("{\"command\":\"reload\"}"),
	    "{\"status\":\"ERROR\",\"reason\":\"failed\"}");
	ck_assert_int_eq(strncmp(asked, "reload /tmp/", 12), 0);
	ck_assert_str_eq(ask_once("{\"command\":\"drop\",\"realm\":\"malang\"}"),
	    "{\"status\":\"OK\",\"count\":0}");
	ck_assert_str_eq(asked, "drop malang");
	ck_assert_str_eq(ask_once("{\"command\":\"pull\",\"realm\":\"tua\",\"user\":\"messi\"}"),
	    "{\"status\":\"ERROR\",\"reason\":\"no_answer\"}");
	ck_assert_str_eq(asked, "pull tua messi");
}
END_TEST

START_TEST(test_info)
{
	struct chat_person person = { .name = "lineker", .fullname = "Gary \"G\" Lineker" };
	int fd = client();

	send_request(fd, "{\"command\":\"info\",\"realm\":\"jakarta\",\"user\":\"lineker\"}");
	ck_assert_str_eq(read_answer(fd), "{\"status\":\"ERROR\",\"reason\":\"no_realm\"}");
	send_request(fd, "{\"command\":\"info\",\"realm\":\"malang\",\"user\":\"lineker\"}");
	ck_assert_str_eq(asked, "info malang lineker");
	ck_assert_str_eq(read_answer(fd), "-");
	/* Neither another peer's answer is it, nor one to another question. */
	bridge_socket_answer(server, MALANG + 1, last_id, BRIDGE_ANSWER_OK, &person);
	bridge_socket_answer(server, MALANG, last_id + 1, BRIDGE_ANSWER_OK, &person);
	ck_assert_str_eq(read_answer(fd), "-");
	bridge_socket_answer(server, MALANG, last_id, BRIDGE_ANSWER_OK, &person);
	ck_assert_str_eq(read_answer(fd),
	    "{\"status\":\"OK\",\"info\":{\"username\":\"lineker\","
	    "\"name\":\"Gary \\\"G\\\" Lineker\",\"country\":\"\",\"online\":false}}");
	bridge_socket_answer(server, MALANG, last_id, BRIDGE_ANSWER_OK, &person);
	ck_assert_str_eq(read_answer(fd), "-");
	send_request(fd, "{\"command\":\"info\",\"realm\":\"malang\",\"user\":\"nobody\"}");
	bridge_socket_answer(server, MALANG, last_id, BRIDGE_ANSWER_NO_USER, NULL);
	ck_assert_str_eq(read_answer(fd), "{\"status\":\"ERROR\",\"reason\":\"no_user\"}");
	close(fd);
}
END_TEST

/* The link goes down: all who asked there hear it. */
START_TEST(test_link_is_lost)
{
	int one = client(), two = client();

	send_request(one, "{\"command\":\"info\",\"realm\":\"malang\",\"user\":\"a\"}");
	send_request(two, "{\"command\":\"info\",\"realm\":\"malang\",\"user\":\"b\"}");
	bridge_socket_answer(server, MALANG, 0, BRIDGE_ANSWER_NO_ANSWER, NULL);
	ck_assert_str_eq(read_answer(one), "{\"status\":\"ERROR\",\"reason\":\"no_answer\"}");
	ck_assert_str_eq(read_answer(two), "{\"status\":\"ERROR\",\"reason\":\"no_answer\"}");
	/* Then only the asker's silence is due. */
	ck_assert_int_le(bridge_socket_due(server) - clock_monotonic_ms(), 5000);
	close(one);
	close(two);
}
END_TEST

START_TEST(test_never_answered)
{
	int fd = client();
	int64_t left;

	send_request(fd, "{\"command\":\"info\",\"realm\":\"malang\",\"user\":\"a\"}");
	left = bridge_socket_due(server) - clock_monotonic_ms();
	ck_assert_int_gt(left, 0);
	fake_clock_shift(CLOCK_MONOTONIC, left + 1);
	serve_requests();
	ck_assert_str_eq(read_answer(fd), "{\"status\":\"ERROR\",\"reason\":\"no_answer\"}");
	close(fd);
}
END_TEST

START_TEST(test_nonsense)
{
	static const char *const bad[] = { "x", "{}", "[]", "{\"command\":\"dance\"}",
		"{\"command\":7}", "{\"command\":\"info\"}",
		"{\"command\":\"info\",\"realm\":\"malang\"}", "{\"command\":\"alive\"}",
		"{\"command\":\"drop\"}" };
	static char big[CHAT_BRIDGE_PACKET + 10];
	int fd;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(strcmp(ask_once(bad[i]),
		                  "{\"status\":\"ERROR\",\"reason\":\"bad_request\"}") == 0,
		    "%s", bad[i]);
	memset(big, ' ', sizeof(big) - 1);
	memcpy(big, "{\"command\":\"flush\"}", 19);
	ck_assert_str_eq(ask_once(big), "{\"status\":\"ERROR\",\"reason\":\"bad_request\"}");
	/* A name that would end the peer's line is refused. */
	ck_assert_str_eq(ask_once("{\"command\":\"info\",\"realm\":\"malang\",\"user\":"
	                          "\"a\\r\\nsettled 9\"}"),
	    "{\"status\":\"ERROR\",\"reason\":\"no_user\"}");
	ck_assert_str_eq(asked, "");
	/* A second question before the answer ends the connection. */
	fd = client();
	send_request(fd, "{\"command\":\"info\",\"realm\":\"malang\",\"user\":\"a\"}");
	send_request(fd, "{\"command\":\"flush\"}");
	ck_assert_str_eq(read_answer(fd), "");
	close(fd);
}
END_TEST

/* Goes on in a child, as which this process counts from now on; the parent only hands its end on.
 */
static void
become_another_process(void)
{
	int status, closed[2];
	char byte;

	ck_assert_int_eq(pipe(closed), 0);
	pid_t child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		close(closed[1]);
		ck_assert_int_eq(read(closed[0], &byte, 1), 0);
		close(closed[0]);
		return;
	}
	closefrom(STDERR_FILENO + 1);
	(void)waitpid(child, &status, 0);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

/* Clients without a free place wait until others have gone. */
START_TEST(test_many_clients)
{
	int fds[CLIENTS];

	for (size_t i = 0; i < CLIENTS; i++) {
		/* The kernel tells the socket's other end who has connected. */
		if (i % EACH == 0 && i > 0)
			become_another_process();
		fds[i] = client();
		serve_requests();
	}
	send_request(fds[CLIENTS - 1], "{\"command\":\"flush\"}");
	ck_assert_str_eq(read_answer(fds[CLIENTS - 1]), "-");
	for (size_t i = 0; i < CLIENTS - 1; i++)
		close(fds[i]);
	serve_requests();
	ck_assert_str_eq(read_answer(fds[CLIENTS - 1]), "{\"status\":\"OK\"}");
	close(fds[CLIENTS - 1]);
}
END_TEST

/* One process cannot take the places of all others. */
START_TEST(test_many_of_one)
{
	int fds[2 * EACH];

	for (size_t i = 0; i < 2 * EACH; i++)
		fds[i] = client();
	serve_requests();
	for (size_t i = 0; i < 2 * EACH; i++) {
		ck_assert_str_eq(read_answer(fds[i]), i < EACH ? "-" : "");
		close(fds[i]);
	}
}
END_TEST

/* An asker that says nothing loses its place, after its answer, too. */
START_TEST(test_silent)
{
	int silent = client(), answered = client();

	send_request(answered, "{\"command\":\"flush\"}");
	ck_assert_str_eq(read_answer(answered), "{\"status\":\"OK\"}");
	ck_assert_int_lt(bridge_socket_due(server), INT64_MAX);
	fake_clock_shift(CLOCK_MONOTONIC, bridge_socket_due(server) - clock_monotonic_ms() + 1000);
	serve_requests();
	ck_assert_str_eq(read_answer(silent), "");
	ck_assert_str_eq(read_answer(answered), "");
	ck_assert_int_eq(bridge_socket_due(server), INT64_MAX);
	close(silent);
	close(answered);
}
END_TEST

/* The class of holes "descriptors exhausted": without any left, nothing spins, and later it goes
 * on. */
START_TEST(test_class_descriptors)
{
	struct rlimit limit, none;
	int fd = client();

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = (struct rlimit){ .rlim_cur = 0, .rlim_max = limit.rlim_max };
	polls.n = 0;
	bridge_socket_polls(server, &polls);
	ck_assert_int_eq(poll(polls.fds, polls.n, 0), 1);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	bridge_socket_step(server, &polls);
	polls.n = 0;
	bridge_socket_polls(server, &polls);
	ck_assert_uint_eq(polls.n, 0);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	int64_t due = bridge_socket_due(server);
	if (due != INT64_MAX) /* on a busy machine the pause may be over */
		fake_clock_shift(CLOCK_MONOTONIC, due - clock_monotonic_ms() + 1);
	send_request(fd, "{\"command\":\"flush\"}");
	ck_assert_str_eq(read_answer(fd), "{\"status\":\"OK\"}");
	close(fd);
}
END_TEST

/* A process that asks and goes away at once is served all the same. */
START_TEST(test_gone)
{
	int fd = client();

	ck_assert_int_gt(send(fd, "{\"command\":\"flush\"}", 19, MSG_NOSIGNAL), 0);
	close(fd);
	serve_requests();
	ck_assert_str_eq(asked, "flush all");
	fd = client();
	send_request(fd, "{\"command\":\"info\",\"realm\":\"malang\",\"user\":\"a\"}");
	close(fd);
	serve_requests();
	ck_assert_int_eq(bridge_socket_due(server), INT64_MAX);
	bridge_socket_answer(server, MALANG, last_id, BRIDGE_ANSWER_NO_USER, NULL);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = { test_commands, test_info, test_link_is_lost,
		test_never_answered, test_nonsense, test_many_clients, test_many_of_one,
		test_silent, test_class_descriptors, test_gone };
	Suite *suite = suite_create("bridge_socket");
	TCase *tcase = tcase_create("socket");

	tcase_add_checked_fixture(tcase, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
