/*
 * An inbox and the connections of its user: a message is shown over one of those that ask for it at
 * the same time, and again only where that one breaks before its client has the reply.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "realm_clock.h"
#include "realm_talk.h"

#define ROUNDS       50
#define ROUNDS_PIPES 5 /* where each takes its time, for nobody can tell that a reply was had */
#define EACH         3 /* messages a round */
#define NUMBERS      (ROUNDS * EACH)
#define FOLLOWED     20
#define TRIES        20
#define WORKERS_MAX  16
#define FILLING      1500 /* requests whose replies no narrow client's kernel takes */
#define UNKNOWN      "{\"status\":\"ERROR\",\"message\":\"*Maaf, command tidak benar\"}\r\n\r\n"
#define FILLED       (FILLING * (sizeof(UNKNOWN) - 1))
#define SATU         "{'messi':[(Lionel Messi>Lionel Messi:satu)]}"
#define SATU_REPLY                                                                    \
	"{\"status\":\"OK\",\"messages\":{\"messi\":[{\"msg_from\":\"Lionel Messi\"," \
	"\"msg_to\":\"Lionel Messi\",\"msg\":\"satu\"}]}}\r\n\r\n"
#define PATIENCE_MS 1000 /* so long one client is waited for by another */
#define TIMEOUT_MS  61000

static unsigned int shown[NUMBERS];
static struct realm_clock realm_time;

/*
 * Several who ask at once.
 */

/* Messi speaks as a and as d, on two connections, henderson as b. */
static void
begin(int way)
{
	memset(shown, 0, sizeof(shown));
	if (way == DIALOGUE_TCP)
		realm_start(&realm);
	realm_talk_begin(way);
	dialogue_run(&talk,
	    "d> auth messi surabaya\n"
	    "d< TOKEN d\n");
}

static void
send_numbers(unsigned int from, unsigned int n)
{
	for (unsigned int i = from; i < from + n; i++)
		dialogue_runf(&talk,
		    "b> send messi nomor %u\n"
		    "b< OK Message sent\n",
		    i);
}

/* Counts what a reply shows; how much that is. */
static unsigned int
hear_numbers(char speaker)
{
	static const char word[] = "nomor ";
	unsigned int n = 0;
	size_t len;
	const char *reply = dialogue_hear(&talk, speaker, &len);

	ck_assert_msg(strncmp(reply, "{\"status\":\"OK\",", 15) == 0, "heard %s", reply);
	for (const char *at = strstr(reply, word); at != NULL; at = strstr(at + 1, word), n++) {
		unsigned long number = strtoul(at + sizeof(word) - 1, NULL, 10);

		ck_assert_uint_lt(number, NUMBERS);
		shown[number]++;
	}
	return n;
}

static void
check_shown_once(unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		ck_assert_msg(shown[i] == 1, "number %u was shown %u times", i, shown[i]);
}

/* Tells whether something was heard along with the last reply. */
static bool
has_heard_more(const struct speaker *speaker)
{
	size_t len;

	speaker_rest(speaker, &len);
	return len > 0;
}

/* Of the two who speak for messi the one who is told something first. */
static char
first_told(void)
{
	struct pollfd polls[] = { { .fd = dialogue_fd(&talk, 'a'), .events = POLLIN },
		{ .fd = dialogue_fd(&talk, 'd'), .events = POLLIN } };

	for (char speaker = 'a'; speaker <= 'd'; speaker += 'd' - 'a')
		if (has_heard_more(&talk.speakers[speaker - 'a']))
			return speaker;
	ck_assert_int_ge(poll(polls, 2, REALM_PATIENCE_MS), 1);
	return polls[0].revents != 0 ? 'a' : 'd';
}

static void
send_text(char speaker, const char *text)
{
	dialogue_say(&talk, speaker, text, strlen(text));
}

/* On a pipe it is the next request that says that a reply was had. */
static void
hear_both(void)
{
	char first = first_told();

	hear_numbers(first);
	hear_numbers(first == 'a' ? 'd' : 'a');
	if (talk.way == DIALOGUE_PIPES)
		dialogue_run(&talk,
		    "a> info messi\n"
		    "a< INFO {$*}\n"
		    "d> info messi\n"
		    "d< INFO {$*}\n");
}

START_TEST(same_instant)
{
	static const char *const ask[] = { "inbox \r\n", "getrealminbox surabaya \r\n" };
	unsigned int rounds = _i == DIALOGUE_PIPES ? ROUNDS_PIPES : ROUNDS;

	begin(_i);
	for (unsigned int i = 0; i < rounds; i++) {
		send_numbers(i * EACH, EACH);
		send_text(i % 2 == 0 ? 'a' : 'd', ask[0]);
		send_text(i % 2 == 0 ? 'd' : 'a', ask[i % 4 / 2]);
		hear_both();
		check_shown_once((i + 1) * EACH);
	}
	dialogue_run(&talk,
	    "a> inbox\n"
	    "a< MESSAGES {}\n"
	    "d> inbox\n"
	    "d< MESSAGES {}\n");
}
END_TEST

/* A client that asks again before it has read the reply sees nothing twice either. */
START_TEST(one_connection)
{
	begin(_i);
	for (unsigned int i = 0; i < EACH; i++) {
		send_numbers(i, 1);
		send_text('a', "inbox\r\ngetrealminbox surabaya\r\ninbox\r\n");
		ck_assert_uint_eq(hear_numbers('a'), 1);
		ck_assert_uint_eq(hear_numbers('a'), 0);
		ck_assert_uint_eq(hear_numbers('a'), 0);
	}
	check_shown_once(EACH);
}
END_TEST

/* On a pipe others wait for the next request, but not for long. */
START_TEST(silent_on_a_pipe)
{
	unsigned int n = 0;

	begin(DIALOGUE_PIPES);
	send_numbers(0, EACH);
	send_text('a', "inbox\r\n");
	ck_assert_uint_eq(hear_numbers('a'), EACH);
	for (int i = 0; i < TRIES && n == 0; i++) {
		send_text('d', "inbox\r\n");
		n = hear_numbers('d');
	}
	ck_assert_uint_eq(n, EACH);
}
END_TEST

/* Two users over one connection, by their tokens. */
START_TEST(two_users)
{
	static const char whose[] = "mhl";

	begin(_i);
	dialogue_run(&talk,
	    "b> send henderson dua\n"
	    "b< OK Message sent\n");
	send_numbers(0, EACH);
	for (const char *speaker = whose; *speaker != '\0'; speaker++) {
		send_text('e', "inbox ");
		send_text('e', talk.tokens[*speaker - 'a']);
		send_text('e', "\r\n");
	}
	dialogue_run(&talk,
	    "e< {'status':'OK','messages':{'henderson':[$*nomor 0$*nomor 1$*nomor 2$*]}}\n"
	    "e< MESSAGES {'henderson':[(Jordan Henderson>Jordan Henderson:dua)]}\n"
	    "e< MESSAGES {}\n"
	    "e> inbox $h\n"
	    "e< MESSAGES {}\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n"
	    "b> inbox\n"
	    "b< MESSAGES {}\n");
}
END_TEST

/* Each message comes to one of two who follow, and none is left. */
START_TEST(two_followers)
{
	unsigned int n = 0;

	begin(_i);
	dialogue_run(&talk,
	    "a> follow\n"
	    "a< OK Following\n"
	    "d> follow\n"
	    "d< OK Following\n");
	send_numbers(0, FOLLOWED);
	while (n < FOLLOWED)
		n += hear_numbers(first_told());
	/* The reply comes after all that was sent before. */
	dialogue_run(&talk,
	    "a> inbox\n"
	    "a< MESSAGES {}\n"
	    "d> inbox\n"
	    "d< MESSAGES {}\n");
	check_shown_once(FOLLOWED);
}
END_TEST

/* Where nothing can be locked an inbox is shown all the same. */
START_TEST(no_lock)
{
	char path[REALM_PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/inbox.lock", realm.state);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	begin(_i);
	send_numbers(0, EACH);
	send_text('a', "inbox\r\n");
	ck_assert_uint_eq(hear_numbers('a'), EACH);
	ck_assert(realm_logged(&realm, "inbox.lock"));
}
END_TEST

/* And where somebody removes the file, what comes then is shown once again. */
START_TEST(lock_removed)
{
	char path[REALM_PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/inbox.lock", realm.state);
	begin(_i);
	for (unsigned int i = 0; i < EACH; i++) {
		dialogue_run(&talk,
		    "a> inbox\n"
		    "a< MESSAGES {}\n"
		    "d> inbox\n"
		    "d< MESSAGES {}\n");
		ck_assert_int_eq(unlink(path), 0);
		send_numbers(i, 1);
		send_text('a', "inbox\r\n");
		send_text('d', "inbox\r\n");
		hear_both();
	}
	check_shown_once(EACH);
}
END_TEST

/*
 * A client that does not take what it asked for: its kernel's window is closed, by replies that it
 * does not read. All that the worker says from then on fits in the worker's kernel, so that its
 * writes succeed at once; and stays there.
 */

static pid_t stalled_worker;
static size_t workers_before;

static uint16_t
local_port(int fd)
{
	struct sockaddr_in name;
	socklen_t len = sizeof(name);

	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&name, &len), 0);
	return ntohs(name.sin_port);
}

struct queue {
	unsigned int client_port;
	size_t bytes;
};

/* The kernel's list, read in pieces, may lack one of the connections while others come and go. */
static bool
find_queue(void *arg)
{
	struct queue *queue = arg;
	unsigned int local, remote;
	bool found = false;
	char line[256];
	FILE *file = fopen("/proc/net/tcp", "re");

	ck_assert_ptr_nonnull(file);
	while (!found && fgets(line, sizeof(line), file) != NULL)
		found = sscanf(line, "%*u: %*x:%x %*x:%x %*x %zx:", &local, &remote,
		            &queue->bytes) == 3 &&
		    local == realm.port && remote == queue->client_port;
	fclose(file);
	return found;
}

/* Counts the bytes that the realm's end has written and the other kernel has not acknowledged. */
static size_t
unacknowledged(int fd)
{
	struct queue queue = { .client_port = local_port(fd) };

	ck_assert(realm_until(find_queue, &queue));
	return queue.bytes;
}

/* Tells whether the worker has written so much, all of which the client has left where it is. */
static bool
has_written(void *arg)
{
	int fd = dialogue_fd(&talk, 'a'), readable;

	ck_assert_int_eq(ioctl(fd, FIONREAD, &readable), 0);
	return unacknowledged(fd) + (size_t)readable == *(const size_t *)arg;
}

/* Says something without reading meanwhile. */
static void
say_without_reading(const char *text, size_t written)
{
	ssize_t len = (ssize_t)strlen(text);

	ck_assert_int_eq(send(dialogue_fd(&talk, 'a'), text, (size_t)len, MSG_NOSIGNAL), len);
	ck_assert(realm_until(has_written, &written));
}

/* Messi's client a asks for an inbox with one message, and gets no byte of it. */
static void
ask_without_reading(void)
{
	static char filling[FILLING * 3 + 1];
	size_t n = sizeof(SATU_REPLY) - 1;

	dialogue_run(&talk,
	    "d> send messi satu\n"
	    "d< OK Message sent\n");
	for (size_t i = 0; i < FILLING; i++)
		memcpy(filling + i * 3, "x\r\n", 4);
	say_without_reading(filling, FILLED);
	ck_assert_uint_gt(unacknowledged(dialogue_fd(&talk, 'a')), n);
	say_without_reading("inbox\r\n", FILLED + n);
	ck_assert_uint_gt(unacknowledged(dialogue_fd(&talk, 'a')), n);
}

static void
begin_without_reading(const struct realm_clock *clock)
{
	pid_t before[WORKERS_MAX];

	realm_clock_use(clock);
	realm_start(&realm);
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
	dialogue_run(&talk,
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n"
	    "d> auth messi surabaya\n"
	    "d< TOKEN d\n");
	workers_before = realm_workers(&realm, before, WORKERS_MAX);
	dialogue_connect_narrow(&talk, 'a');
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	stalled_worker = realm_new_worker(&realm, before, workers_before);
	ask_without_reading();
}

static bool
has_gone(void *arg)
{
	(void)arg;
	return realm_workers(&realm, NULL, 0) == workers_before;
}

static void
close_by_reset(char speaker)
{
	const struct linger none = { .l_onoff = 1, .l_linger = 0 };

	ck_assert_int_eq(setsockopt(dialogue_fd(&talk, speaker), SOL_SOCKET, SO_LINGER, &none,
	                     sizeof(none)),
	    0);
	dialogue_runf(&talk, "%c closes\n", speaker);
}

/* It is shown again, once. */
static void
expect_again(void)
{
	ck_assert(realm_until(has_gone, NULL));
	dialogue_run(&talk,
	    "d> inbox\n"
	    "d< MESSAGES " SATU "\n"
	    "d> inbox\n"
	    "d< MESSAGES {}\n");
}

START_TEST(reset)
{
	begin_without_reading(NULL);
	close_by_reset('a');
	expect_again();
}
END_TEST

START_TEST(killed_worker)
{
	begin_without_reading(NULL);
	ck_assert_int_eq(kill(stalled_worker, SIGKILL), 0);
	expect_again();
}
END_TEST

/* A following client is told without asking, though nothing new has come. */
START_TEST(reset_beside_follower)
{
	begin_without_reading(NULL);
	dialogue_run(&talk,
	    "d> follow\n"
	    "d< OK Following\n");
	close_by_reset('a');
	dialogue_run(&talk,
	    "d< {'status':'OK','event':'message','sender':'messi','msg_from':'Lionel Messi',"
	    "'msg_to':'Lionel Messi','msg':'satu'}\n"
	    "d> inbox\n"
	    "d< MESSAGES {}\n");
}
END_TEST

START_TEST(stopped_realm)
{
	begin_without_reading(NULL);
	ck_assert_int_eq(realm_stop(&realm), 0);
	dialogue_run(&talk,
	    "a closes\n"
	    "d closes\n");
	realm_start(&realm);
	dialogue_run(&talk,
	    "d> inbox $d\n"
	    "d< MESSAGES " SATU "\n");
}
END_TEST

/* Reads the next bytes, with the result of read(). */
static ssize_t
read_once(char *buffer, size_t size)
{
	struct pollfd ready = { .fd = dialogue_fd(&talk, 'a'), .events = POLLIN };

	ck_assert_int_eq(poll(&ready, 1, REALM_PATIENCE_MS), 1);
	return recv(ready.fd, buffer, size, 0);
}

static size_t
read_some(void)
{
	char buffer[1024];
	ssize_t n = read_once(buffer, sizeof(buffer));

	ck_assert_int_gt(n, 0);
	return (size_t)n;
}

static void
begin_timed(void)
{
	char path[REALM_PATH_MAX + 8];

	snprintf(path, sizeof(path), "%s/clock", realm.dir);
	realm_clock_open(&realm_time, path);
	begin_without_reading(&realm_time);
}

/* Its user's other clients are told of nothing, for a while; then it counts as gone. */
START_TEST(never_taken)
{
	char buffer[4096], text[] = "satu";
	ssize_t n;

	begin_timed();
	dialogue_run(&talk,
	    "d> inbox\n"
	    "d< MESSAGES {}\n"
	    "d> getrealminbox surabaya\n"
	    "d< MESSAGES []\n"
	    "d> send henderson halo\n"
	    "d< OK Message sent\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:halo)]}\n");
	realm_clock_pass(&realm_time, TIMEOUT_MS);
	expect_again();
	/* And does not get it any more. */
	while ((n = read_once(buffer, sizeof(buffer))) > 0)
		ck_assert_ptr_null(memmem(buffer, (size_t)n, text, strlen(text)));
	ck_assert_msg(n < 0 && errno == ECONNRESET, "the connection has ended well");
	realm_clock_use(NULL);
	realm_clock_close(&realm_time);
}
END_TEST

/* One that takes little, but something, is no such client. */
START_TEST(taken_slowly)
{
	size_t left = FILLED + sizeof(SATU_REPLY) - 1;
	int fd;

	begin_timed();
	fd = dialogue_fd(&talk, 'a');
	for (int i = 0; i < 4; i++) {
		size_t before = unacknowledged(fd);

		while (unacknowledged(fd) == before)
			left -= read_some();
		realm_clock_pass(&realm_time, TIMEOUT_MS * 2 / 3);
		/* The worker has seen what time it is when it answers again. */
		left += sizeof(UNKNOWN) - 1;
		say_without_reading("x\r\n", left);
	}
	while (left > 0)
		left -= read_some();
	dialogue_run(&talk,
	    "d> inbox\n"
	    "d< MESSAGES {}\n");
	realm_clock_use(NULL);
	realm_clock_close(&realm_time);
}
END_TEST

/* Tells whether a process waits for a lock, or its client was answered. */
static bool
waits_or_answers(void *arg)
{
	struct pollfd answer = { .fd = dialogue_fd(&talk, 'd'), .events = POLLIN };
	char line[256];
	bool waits = false;
	FILE *file = fopen("/proc/locks", "re");

	(void)arg;
	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file) != NULL)
		waits = waits || strstr(line, "->") != NULL;
	fclose(file);
	return waits || poll(&answer, 1, 0) > 0;
}

/* Reads what is before the inbox, and that. */
static void
hear_after_all(void)
{
	for (size_t i = 0; i < FILLING; i++)
		dialogue_run(&talk, "a< ERROR *Maaf, command tidak benar\n");
	dialogue_run(&talk, "a< MESSAGES " SATU "\n");
}

/* A second client that asks meanwhile gets the newer messages once the first has its reply. */
START_TEST(waits_for_the_first)
{
	int64_t took = PATIENCE_MS;

	begin_without_reading(NULL);
	/* Again, when this machine was busy with something else. */
	for (unsigned int i = 0; took >= PATIENCE_MS && i < ROUNDS; i++) {
		if (i > 0)
			ask_without_reading();
		send_numbers(i, 1);
		took = realm_now_ms();
		send_text('d', "inbox\r\n");
		ck_assert(realm_until(waits_or_answers, NULL));
		hear_after_all();
		unsigned int heard = hear_numbers('d');
		took = realm_now_ms() - took;
		ck_assert(heard == 1 || took >= PATIENCE_MS);
		if (heard == 0) {
			send_text('d', "inbox\r\n");
			ck_assert_uint_eq(hear_numbers('d'), 1);
		}
		check_shown_once(i + 1);
	}
	ck_assert_int_lt(took, PATIENCE_MS);
}
END_TEST

/* A message is read once, too, when its sender's account and so the conversation are gone. */
START_TEST(sender_is_gone)
{
	begin(DIALOGUE_TCP);
	dialogue_run(&talk,
	    "b> send messi satu\n"
	    "b< OK Message sent\n");
	REALM_CTL(&realm, NULL, "user", "del", "henderson");
	dialogue_run(&talk,
	    "a> inbox\n"
	    "a< MESSAGES {'henderson':[(Jordan Henderson>Lionel Messi:satu)]}\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("inbox");
	TCase *tcase = realm_talk_tcase(suite, "together");

	ADD(tcase, same_instant);
	tcase = realm_talk_tcase(suite, "one connection");
	ADD(tcase, one_connection);
	ADD(tcase, two_users);
	tcase = realm_talk_tcase(suite, "pipe");
	tcase_add_test(tcase, silent_on_a_pipe);
	tcase = realm_talk_tcase(suite, "followers");
	ADD(tcase, two_followers);
	tcase = realm_talk_tcase(suite, "no lock");
	ADD(tcase, no_lock);
	ADD(tcase, lock_removed);
	tcase = realm_talk_tcase(suite, "untaken");
	tcase_add_test(tcase, reset);
	tcase_add_test(tcase, killed_worker);
	tcase_add_test(tcase, reset_beside_follower);
	tcase_add_test(tcase, stopped_realm);
	tcase_add_test(tcase, never_taken);
	tcase_add_test(tcase, taken_slowly);
	tcase_add_test(tcase, waits_for_the_first);
	tcase = realm_talk_tcase(suite, "senders");
	tcase_add_test(tcase, sender_is_gone);
	return realm_run_suite(suite);
}
