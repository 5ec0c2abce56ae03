/*
 * What a client may ask of its worker: time to log in and to end a request, whatever it sends
 * meanwhile. The tests are named by the class of the attack.
 */
#include <sys/socket.h>

#include <signal.h>
#include <string.h>

#include "realm_clock.h"
#include "realm_talk.h"

#define STEP_MS   30000
#define LIMIT_MS  120000 /* of each test */
#define LONG_LINE 70000

static struct realm_clock clock_;

static void
begin(const char *settings)
{
	realm_clock_begin(&clock_, realm.dir);
	realm_configure(&realm, settings);
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
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
	int replies = 0;
	size_t len;

	begin("login_timeout = 2m");
	dialogue_run(&talk,
	    "b> auth messi surabaya\n"
	    "b< TOKEN m\n");
	do {
		dialogue_say(&talk, 'a', "\r\n", 2);
		realm_clock_pass(&clock_, STEP_MS);
	} while (speaker_hear(&talk.speakers[0], &len) != NULL && ++replies < 100);
	ck_assert_int_le(replies, LIMIT_MS / STEP_MS + 1);
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
	return realm_run_suite(suite);
}
