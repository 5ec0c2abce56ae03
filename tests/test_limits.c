/*
 * What a client may ask of its worker: time to log in and to end a request, whatever it sends
 * meanwhile. The tests are named by the class of the attack.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "live/limits.h"
#include "realm_clock.h"
#include "realm_talk.h"

#define STEP_MS       30000
#define LIMIT_MS      120000 /* of each test */
#define LONG_LINE     70000
#define BODY          68000 /* of a file, in BASE64 */
#define CROWD         200
#define CROWD_KB_EACH 512

static struct realm_clock clock_;

static void
begin(const char *settings)
{
	realm_clock_begin(&clock_, realm.dir);
	realm_configure(&realm, settings);
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
}

/* What kabarctl stats counts under this key. */
static void
check_count(const char *key, uint64_t expected)
{
	ck_assert_uint_eq(realm_count(&realm, key), expected);
}

/* A condition: the worker, whose pid is arg, has seen what time it is and waits on, or it has
 * ended. */
static bool
waits_on(void *arg)
{
	const pid_t *pid = arg;
	const struct realm_clock_seen *seen = &clock_.file->seen[*pid % REALM_CLOCK_SEEN];

	return kill(*pid, 0) != 0 ||
	    (atomic_load(&seen->pid) == *pid &&
	        atomic_load(&seen->monotonic_ms) == atomic_load(&clock_.file->monotonic_ms));
}

/* Says a byte, has time go by, and so on; how much that was when the worker ended. */
static int64_t
say_until_end(void)
{
	int fd = dialogue_fd(&talk, 'a');
	int64_t passed_ms = 0;
	pid_t pid;

	ck_assert_uint_eq(realm_workers(&realm, &pid, 1), 1);
	while (kill(pid, 0) == 0 && passed_ms < 10 * LIMIT_MS) {
		(void)send(fd, "A", 1, MSG_NOSIGNAL);
		realm_clock_pass(&clock_, STEP_MS);
		passed_ms += STEP_MS;
		ck_assert(realm_until(waits_on, &pid));
	}
	return passed_ms;
}

/* The time is over no earlier than it should, and no byte has made it longer. */
static void
check_end(void)
{
	int64_t passed_ms = say_until_end();

	ck_assert_int_ge(passed_ms, LIMIT_MS);
	ck_assert_int_le(passed_ms, LIMIT_MS + 2 * STEP_MS);
}

/* Class: slow reader, before login. Empty lines, and reading the replies, are no signs of life. */
START_TEST(newlines_before_login)
{
	size_t len;

	begin("login_timeout = 2m");
	dialogue_run(&talk,
	    "b> auth messi surabaya\n"
	    "b< TOKEN m\n");
	/* A reply shows that the client's time has begun, and each line comes within it. */
	for (int64_t passed_ms = 0; passed_ms < LIMIT_MS; passed_ms += STEP_MS) {
		dialogue_say(&talk, 'a', "\r\n", 2);
		ck_assert_ptr_nonnull(speaker_hear(&talk.speakers[0], &len));
		realm_clock_pass(&clock_, STEP_MS);
	}
	dialogue_run(&talk, "a hears the end\n");
	/* Those who log in stay. */
	dialogue_run(&talk,
	    "b> inbox\n"
	    "b< MESSAGES {}\n");
}
END_TEST

/* Class: slow writer. Bytes come, but no request. */
START_TEST(slow_writer)
{
	begin("request_timeout = 2m\nidle_timeout = 1d");
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	check_end();
}
END_TEST

/* Who has sent whole requests may be silent. */
START_TEST(silent_between_requests)
{
	begin("request_timeout = 1s\nidle_timeout = 1d");
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	realm_clock_pass(&clock_, LIMIT_MS);
	dialogue_run(&talk,
	    "a> inbox\n"
	    "a< MESSAGES {}\n");
}
END_TEST

/* Class: slow writer, within a file, which no buffer has to hold. */
START_TEST(slow_upload)
{
	static const char request[] = "sendfile henderson a.txt ";
	static char line[LONG_LINE];

	begin("request_timeout = 2m\nidle_timeout = 1d\nwrite_rate = 1M");
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	memset(line, 'A', sizeof(line));
	memcpy(line, request, sizeof(request) - 1);
	dialogue_say(&talk, 'a', line, sizeof(line));
	check_end();
}
END_TEST

/* Class: no line end. What is too long is refused once, and what follows has its time. */
START_TEST(no_line_end)
{
	static char line[LONG_LINE];

	begin("request_timeout = 2m\nwrite_rate = 1M");
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	memset(line, 'x', sizeof(line));
	dialogue_say(&talk, 'a', line, sizeof(line));
	dialogue_run(&talk, "a< ERROR parameter salah\n");
	check_end();
}
END_TEST

/*
 * Who may connect, from addresses of the loopback that are limited like others.
 */

/* A connection from this address. */
static int
connect_from(const char *address)
{
	struct sockaddr_in name = { .sin_family = AF_INET };
	socklen_t len = sizeof(name);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(inet_pton(AF_INET, address, &name.sin_addr), 1);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&name, sizeof(name)), 0);
	ck_assert_int_eq(getsockname(realm.port_fd, (struct sockaddr *)&name, &len), 0);
	ck_assert_int_eq(connect(fd, (const struct sockaddr *)&name, sizeof(name)), 0);
	return fd;
}

static void
speak_from(char who, const char *address)
{
	int fd = connect_from(address);

	speaker_open(&talk.speakers[who - 'a'], fd, fd);
}

/* The client is served, and not refused. */
static void
check_served(char who)
{
	dialogue_runf(&talk, "%c> halo\n%c< ERROR *Maaf, command tidak benar\n", who, who);
}

static void
check_refused(char who)
{
	dialogue_runf(&talk, "%c< ERROR Server penuh, coba lagi nanti\n%c closes\n", who, who);
}

/* Nobody has set a limit: 64 from one address, and as many as want from this machine. */
START_TEST(default_per_address)
{
	int fds[CONFIG_PER_ADDRESS];

	begin(_i == 0 ? "limit_loopback = on\nclose = orderly" : NULL);
	for (int i = 0; i < CONFIG_PER_ADDRESS; i++)
		fds[i] = connect_from("127.0.0.2");
	speak_from('a', "127.0.0.2");
	if (_i == 0)
		check_refused('a');
	else
		check_served('a');
	speak_from('b', "127.0.0.3");
	check_served('b');
	check_count("limit_per_address_total", _i == 0 ? 1 : 0);
	for (int i = 0; i < CONFIG_PER_ADDRESS; i++)
		close(fds[i]);
}
END_TEST

START_TEST(connect_rate)
{
	realm_clock_begin(&clock_, realm.dir);
	realm_clock_stop(&clock_);
	realm_configure(&realm, "connect_rate = 1\nlimit_loopback = on\nclose = orderly");
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
	for (char who = 'a'; who < 'a' + 8; who++) {
		speak_from(who, "127.0.0.2");
		check_served(who);
	}
	speak_from('y', "127.0.0.2");
	check_refused('y');
	speak_from('z', "127.0.0.3");
	check_served('z');
	realm_clock_pass(&clock_, 1000);
	speak_from('y', "127.0.0.2");
	check_served('y');
	check_count("limit_connect_rate_total", 1);
}
END_TEST

/* Class: memory before login. One address cannot keep others out, and who has logged in stays. */
START_TEST(greedy_address)
{
	begin("max_unknown = 4\nlimit_loopback = on\nclose = orderly");
	/* The fixture has a connection of its own, which has not logged in. */
	for (char who = 'a'; who <= 'd'; who++) {
		speak_from(who, "127.0.0.2");
		check_served(who);
		if (who == 'b')
			dialogue_run(&talk,
			    "b> auth messi surabaya\n"
			    "b< TOKEN m\n"
			    "b> inbox\n"
			    "b< MESSAGES {}\n");
	}
	speak_from('e', "127.0.0.2");
	check_refused('e');
	speak_from('z', "127.0.0.3");
	check_served('z');
	dialogue_run(&talk,
	    "z> auth henderson surabaya\n"
	    "z< TOKEN h\n"
	    "b> inbox\n"
	    "b< MESSAGES {}\n"
	    "a hears the end\n");
	check_count("limit_max_unknown_total", 2);
}
END_TEST

static int
read_pss_kb(pid_t pid)
{
	char path[64], line[256];
	int kb = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/smaps_rollup", (long)pid);
	file = fopen(path, "re");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "Pss: %d", &kb) == 1)
			break;
	if (file != NULL)
		fclose(file);
	return kb;
}

/* Class: memory before login. However much they send, many are not much. */
START_TEST(memory_before_login)
{
	static char lines[4096];
	pid_t pids[CROWD + 16];
	int fds[CROWD], kb = 0;
	size_t n;

	begin(NULL);
	for (size_t i = 0; i + 10 < sizeof(lines); i += 10)
		memcpy(lines + i, "halo a b\r\n", 10);
	for (int i = 0; i < CROWD; i++) {
		fds[i] = connect_from("127.0.0.2");
		ck_assert_int_gt(send(fds[i], lines, strlen(lines), MSG_NOSIGNAL), 0);
	}
	/* All have been answered. */
	for (int i = 0; i < CROWD; i++) {
		char byte;

		ck_assert_int_eq(recv(fds[i], &byte, 1, 0), 1);
	}
	n = realm_processes(&realm, pids, CROWD + 16);
	ck_assert_uint_ge(n, CROWD);
	for (size_t i = 0; i < n; i++)
		kb += read_pss_kb(pids[i]);
	ck_assert_int_lt(kb / CROWD, CROWD_KB_EACH);
	for (int i = 0; i < CROWD; i++)
		close(fds[i]);
}
END_TEST

/*
 * How much they may ask for.
 */

#define TOO_FAST "ERROR Terlalu banyak permintaan, coba lagi 10 detik lagi"

/* One request a second, and three at once, by a clock that stands still. */
static void
begin_slow(const char *settings)
{
	char text[256];

	snprintf(text, sizeof(text), "limit_loopback = on\n%s", settings);
	begin(text);
	realm_clock_stop(&clock_);
}

/* A condition: as many requests as arg says were slowed down. */
static bool
are_slowed(void *arg)
{
	struct limits *limits = limits_open(realm.state);
	uint64_t counted;

	ck_assert_ptr_nonnull(limits);
	counted = limits_counted(limits, LIMITS_SLOWED);
	limits_close(limits);
	return counted >= *(const uint64_t *)arg;
}

/* The worker has got what was said, which makes so many requests that were slowed down. */
static void
await_slowed(uint64_t slowed)
{
	ck_assert(realm_until(are_slowed, &slowed));
}

/* The worker holds the reply back, at the present time. */
static void
check_held(char who, pid_t pid)
{
	struct pollfd ready = { .fd = dialogue_fd(&talk, who), .events = POLLIN };

	realm_clock_await(&clock_, pid);
	ck_assert_int_eq(poll(&ready, 1, 0), 0);
}

START_TEST(before_login)
{
	begin("limit_loopback = on\nunknown_requests = 3");
	for (int i = 0; i < 3; i++)
		check_served('a');
	/* An empty line is a request, too. */
	dialogue_say(&talk, 'a', "\r\n", 2);
	dialogue_run(&talk,
	    "a< " TOO_FAST "\n"
	    "a hears the end\n"
	    "b> auth messi surabaya\n"
	    "b< TOKEN m\n");
	for (int i = 0; i < 6; i++)
		dialogue_run(&talk,
		    "b> inbox\n"
		    "b< MESSAGES {}\n");
	check_count("limit_before_login_total", 1);
}
END_TEST

/* Whoever has logged in and out again begins anew. */
START_TEST(after_logout)
{
	begin("limit_loopback = on\nunknown_requests = 3");
	for (int round = 0; round < 2; round++) {
		check_served('a');
		check_served('a');
		dialogue_run(&talk,
		    "a> auth messi surabaya\n"
		    "a< TOKEN m\n"
		    "a> logout $m\n"
		    "a< OK $*\n");
	}
	for (int i = 0; i < 3; i++)
		check_served('a');
	dialogue_say(&talk, 'a', "\r\n", 2);
	dialogue_run(&talk,
	    "a< " TOO_FAST "\n"
	    "a hears the end\n");
}
END_TEST

/* Delayed first: the reply comes when the second is over. */
START_TEST(slowed_down)
{
	pid_t pid;

	begin_slow("request_rate = 1\nrequest_burst = 3");
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n");
	ck_assert_uint_eq(realm_workers(&realm, &pid, 1), 1);
	dialogue_run(&talk, "a> inbox\n");
	await_slowed(1);
	realm_clock_pass(&clock_, 500);
	check_held('a', pid);
	realm_clock_pass(&clock_, 500);
	dialogue_run(&talk, "a< MESSAGES {}\n");
	check_count("limit_slowed_total", 1);
	check_count("limit_too_fast_total", 0);
}
END_TEST

/* The same of bytes, however few the requests. */
START_TEST(slowed_down_by_bytes)
{
	char line[1000];
	pid_t pid;

	begin_slow("byte_rate = 100\nbyte_burst = 500");
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	ck_assert_uint_eq(realm_workers(&realm, &pid, 1), 1);
	memset(line, 'x', sizeof(line));
	memcpy(line + sizeof(line) - 2, "\r\n", 2);
	dialogue_say(&talk, 'a', line, sizeof(line));
	await_slowed(1);
	realm_clock_pass(&clock_, 4000);
	check_held('a', pid);
	realm_clock_pass(&clock_, 2000);
	dialogue_run(&talk, "a< ERROR *Maaf, command tidak benar\n");
}
END_TEST

/* A file is slowed down while it comes, and not when it is stored. */
START_TEST(slowed_upload)
{
	static const char request[] = "sendfile henderson a.txt ";
	static char line[LONG_LINE];
	char path[2 * REALM_PATH_MAX];
	struct stat st;
	glob_t found;
	pid_t pid;

	begin_slow("byte_rate = 10K\nbyte_burst = 20K");
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	ck_assert_uint_eq(realm_workers(&realm, &pid, 1), 1);
	memset(line, 'A', sizeof(line));
	memcpy(line, request, sizeof(request) - 1);
	dialogue_say(&talk, 'a', line, sizeof(request) - 1 + BODY);
	await_slowed(1);
	snprintf(path, sizeof(path), "%s/file/tmp/u*.0", realm.state);
	ck_assert_int_eq(glob(path, 0, NULL, &found), 0);
	ck_assert_int_eq(stat(found.gl_pathv[0], &st), 0);
	ck_assert_int_lt(st.st_size, BODY / 2);
	globfree(&found);
	for (int i = 0; i < 10; i++) {
		realm_clock_pass(&clock_, 1000);
		realm_clock_await(&clock_, pid);
	}
	dialogue_say(&talk, 'a', "\r\n", 2);
	dialogue_run(&talk, "a< OK File sent\n");
	check_count("limit_slowed_total", 1);
}
END_TEST

/* What comes of a line that is too long is paid for, since no request will. */
START_TEST(slowed_down_without_an_end)
{
	static char line[LONG_LINE];
	pid_t pid;

	begin_slow("byte_rate = 10K\nbyte_burst = 100K");
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	ck_assert_uint_eq(realm_workers(&realm, &pid, 1), 1);
	memset(line, 'x', sizeof(line));
	dialogue_say(&talk, 'a', line, sizeof(line));
	dialogue_run(&talk, "a< ERROR parameter salah\n");
	check_count("limit_slowed_total", 0);
	dialogue_say(&talk, 'a', line, sizeof(line));
	await_slowed(1);
	for (int i = 0; i < 10; i++) {
		realm_clock_pass(&clock_, 1000);
		realm_clock_await(&clock_, pid);
	}
	dialogue_say(&talk, 'a', "\r\n", 2);
	dialogue_run(&talk,
	    "a> inbox\n"
	    "a< MESSAGES {}\n");
}
END_TEST

/* Then refused: who sends on for ten seconds without waiting for replies. */
START_TEST(refused)
{
	int served = 0, denied = 0;
	size_t len;
	pid_t pid;

	begin_slow("request_rate = 1\nrequest_burst = 3");
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	ck_assert_uint_eq(realm_workers(&realm, &pid, 1), 1);
	for (int i = 0; i < 30; i++)
		dialogue_run(&talk, "a> inbox\n");
	await_slowed(1);
	for (int i = 0; i < 30; i++) {
		const char *reply;

		realm_clock_pass(&clock_, 1000);
		realm_clock_await(&clock_, pid);
		reply = dialogue_hear(&talk, 'a', &len);
		if (strstr(reply, "coba lagi 10 detik lagi") != NULL)
			denied++;
		else if (denied == 0)
			served++;
	}
	ck_assert_int_ge(served, 10);
	ck_assert_int_le(served, 15);
	ck_assert_int_ge(denied, 5);
	check_count("limit_too_fast_total", (uint64_t)denied);
}
END_TEST

/* However many connections a user has, they have one share. */
START_TEST(share_of_a_user)
{
	pid_t pids[2];

	begin_slow("request_rate = 1\nrequest_burst = 3");
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	ck_assert_uint_eq(realm_workers(&realm, pids, 1), 1);
	dialogue_run(&talk,
	    "b> auth messi surabaya\n"
	    "b< TOKEN n\n");
	pids[1] = realm_new_worker(&realm, pids, 1);
	dialogue_run(&talk,
	    "a> inbox\n"
	    "a< MESSAGES {}\n"
	    "b> inbox\n"
	    "b< MESSAGES {}\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n"
	    "b> inbox\n");
	await_slowed(1);
	check_held('b', pids[1]);
	dialogue_run(&talk,
	    "c> auth henderson surabaya\n"
	    "c< TOKEN h\n"
	    "c> inbox\n"
	    "c< MESSAGES {}\n");
	realm_clock_pass(&clock_, 1000);
	dialogue_run(&talk, "b< MESSAGES {}\n");
}
END_TEST

/* By default clients of this machine may ask as much as they can. */
START_TEST(exempt)
{
	begin("request_rate = 1\nrequest_burst = 1\nunknown_requests = 1\nbyte_rate = "
	      "1\nbyte_burst = 1");
	realm_clock_stop(&clock_);
	for (int i = 0; i < 5; i++)
		check_served('a');
	check_count("limit_slowed_total", 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("limits");
	TCase *tcase = realm_talk_tcase(suite, "time");

	tcase_add_test(tcase, newlines_before_login);
	tcase_add_test(tcase, slow_writer);
	tcase_add_test(tcase, silent_between_requests);
	tcase_add_test(tcase, slow_upload);
	tcase_add_test(tcase, no_line_end);
	tcase = realm_talk_tcase(suite, "connections");
	tcase_add_loop_test(tcase, default_per_address, 0, 2);
	tcase_add_test(tcase, connect_rate);
	tcase_add_test(tcase, greedy_address);
	tcase_add_test(tcase, memory_before_login);
	tcase = realm_talk_tcase(suite, "rates");
	tcase_add_test(tcase, before_login);
	tcase_add_test(tcase, after_logout);
	tcase_add_test(tcase, slowed_down);
	tcase_add_test(tcase, slowed_down_by_bytes);
	tcase_add_test(tcase, slowed_upload);
	tcase_add_test(tcase, slowed_down_without_an_end);
	tcase_add_test(tcase, refused);
	tcase_add_test(tcase, share_of_a_user);
	tcase_add_test(tcase, exempt);
	return realm_run_suite(suite);
}
