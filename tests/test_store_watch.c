/*
 * The watch over the committer: a stopped one is noticed and told of, but not all the time; and
 * who waits for it gets what was promised when it goes on.
 */
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "dialogue.h"
#include "fake_clock.h"
#include "process.h"
#include "store/store_admin.h"

#define SILENCE "has not answered"
#define AGAIN   "the committer answers again"
#define GONE    "the committer has ended"

/* How long the committer is stopped in one test, and how many complaints are meant by "a few". */
#define STOPPED_S  600
#define EVERY_S    30
#define FIRST_S    4
#define COMPLAINTS ((STOPPED_S - FIRST_S) / EVERY_S + 1)

static struct realm realm;

static void
setup(void)
{
	realm_make(&realm, NULL);
}

static void
teardown(void)
{
	realm_remove(&realm);
}

static pid_t
stop_committer(void)
{
	pid_t pid = realm_committer(&realm);

	ck_assert_int_ne(pid, 0);
	ck_assert_int_eq(kill(pid, SIGSTOP), 0);
	ck_assert(realm_until(process_is_stopped, &pid));
	return pid;
}

/*
 * The watch alone, whose clock is the test's.
 */

static void
log_like_kabard(void)
{
	int fd = open(realm.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_ge(dup2(fd, STDERR_FILENO), 0);
	close(fd);
	log_init("watch", LOG_TO_STDERR, 0);
}

static struct store_watch *
open_watch(void)
{
	struct store_options opt = { .state = realm.state };
	struct store_watch *watch;

	log_like_kabard();
	watch = store_watch_open(&opt);
	ck_assert_ptr_nonnull(watch);
	return watch;
}

static bool
ticks_well(void *arg)
{
	store_watch_tick(arg);
	return store_watch_well(arg);
}

static bool
ticks_and_logs_the_end(void *arg)
{
	store_watch_tick(arg);
	return realm_logged(&realm, GONE);
}

START_TEST(silence_told_now_and_then)
{
	struct store_watch *watch = open_watch();
	pid_t pid = stop_committer();
	char who[64];

	for (int64_t ms = 0; ms <= STOPPED_S * 1000; ms += STORE_WATCH_MS) {
		fake_clock_shift(CLOCK_MONOTONIC, ms);
		store_watch_tick(watch);
		/* The first question may have been answered before the stop. */
		if (ms > 2 * STORE_WATCH_MS)
			ck_assert(!store_watch_well(watch));
	}
	/* Real time passes too, if little. */
	size_t complaints = realm_log_count(&realm, SILENCE);
	ck_assert_uint_le(complaints, COMPLAINTS + 1);
	ck_assert_uint_ge(complaints, COMPLAINTS - 1);
	snprintf(who, sizeof(who), "the committer (process %ld) " SILENCE, (long)pid);
	ck_assert_uint_eq(realm_log_count(&realm, who), complaints);
	ck_assert(!realm_logged(&realm, AGAIN));

	ck_assert_int_eq(kill(pid, SIGCONT), 0);
	ck_assert(realm_until(ticks_well, watch));
	ck_assert_uint_eq(realm_log_count(&realm, AGAIN), 1);
	ck_assert_uint_eq(realm_log_count(&realm, SILENCE), complaints);
	ck_assert(!realm_logged(&realm, GONE));
	store_watch_close(watch);
}
END_TEST

/* A second silence is logged like the first. */
START_TEST(silence_again)
{
	struct store_watch *watch = open_watch();
	int64_t ms = 0;

	for (size_t i = 1; i <= 3; i++) {
		pid_t pid = stop_committer();

		for (size_t ticks = 0; ticks < 4; ticks++) {
			fake_clock_shift(CLOCK_MONOTONIC, ms += STORE_WATCH_MS);
			store_watch_tick(watch);
		}
		ck_assert_uint_eq(realm_log_count(&realm, SILENCE), i);
		ck_assert_int_eq(kill(pid, SIGCONT), 0);
		ck_assert(realm_until(ticks_well, watch));
		ck_assert_uint_eq(realm_log_count(&realm, AGAIN), i);
	}
	store_watch_close(watch);
}
END_TEST

/* A committer that dies while stopped is replaced, and that is logged once. */
START_TEST(killed_while_stopped)
{
	struct store_watch *watch = open_watch();
	pid_t pid = stop_committer();

	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert(realm_until(ticks_and_logs_the_end, watch));
	ck_assert_int_ne(realm_committer(&realm), pid);
	ck_assert(store_watch_well(watch));
	for (int i = 0; i < 5; i++)
		store_watch_tick(watch);
	ck_assert_uint_eq(realm_log_count(&realm, GONE), 1);
	store_watch_close(watch);
}
END_TEST

/*
 * With kabard.
 */

/* Checks that no reply is waiting to be read. */
static void
is_silent(struct dialogue *talk, char speaker)
{
	size_t len;

	speaker_rest(&talk->speakers[speaker - 'a'], &len);
	ck_assert_uint_eq(len, 0);
	ck_assert_int_lt(recv(dialogue_fd(talk, speaker), &len, 1, MSG_PEEK | MSG_DONTWAIT), 0);
	ck_assert(errno == EAGAIN || errno == EWOULDBLOCK);
}

START_TEST(clients_wait)
{
	struct dialogue talk;
	int64_t began_ms;

	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n"
	    "c> auth messi surabaya\n"
	    "c< TOKEN n\n"
	    "d> auth lineker surabaya\n"
	    "d< TOKEN l\n"
	    "a> send lineker nol\n"
	    "a< OK Message sent\n");
	ck_assert(!realm_logged(&realm, SILENCE));
	began_ms = realm_now_ms();
	pid_t pid = stop_committer();
	dialogue_run(&talk,
	    "a> send lineker satu\n"
	    "b> send lineker dua\n"
	    "c> register baru rahasia Nama Negara\n");
	realm_await_log(&realm, SILENCE);
	is_silent(&talk, 'a');
	is_silent(&talk, 'b');
	is_silent(&talk, 'c');
	/* Reading needs no committer. */
	dialogue_run(&talk,
	    "d> inbox\n"
	    "d< MESSAGES {'messi':[(Lionel Messi>Gary Lineker:nol)]}\n");
	ck_assert_int_eq(kill(pid, SIGCONT), 0);
	dialogue_run(&talk,
	    "a< OK Message sent\n"
	    "b< OK Message sent\n"
	    "c< TOKEN x\n");
	realm_await_log(&realm, AGAIN);
	dialogue_run(&talk,
	    "d> inbox\n"
	    "d< MESSAGES {'messi':[(Lionel Messi>Gary Lineker:satu)],"
	    "'henderson':[(Jordan Henderson>Gary Lineker:dua)]}\n"
	    "d> inbox\n"
	    "d< MESSAGES {}\n");
	int64_t lasted_s = (realm_now_ms() - began_ms) / 1000;
	ck_assert_uint_le(realm_log_count(&realm, SILENCE), 1 + (size_t)lasted_s / EVERY_S);
	ck_assert_uint_eq(realm_log_count(&realm, AGAIN), 1);
	ck_assert(!realm_logged(&realm, GONE));
	ck_assert_int_eq(realm_committer(&realm), pid);
	dialogue_end(&talk);
	REALM_CTL(&realm, NULL, "check");
}
END_TEST

static bool
is_there(void *arg)
{
	return access(arg, F_OK) == 0;
}

/* The committer makes its socket again when it is asked whether it answers. */
START_TEST(socket_removed)
{
	struct dialogue talk;
	char path[REALM_PATH_MAX + 16];

	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	snprintf(path, sizeof(path), "%s/commit.sock", realm.state);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert(realm_until(is_there, path));
	dialogue_run(&talk,
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n"
	    "a> send henderson halo\n"
	    "a< OK Message sent\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:halo)]}\n");
	dialogue_end(&talk);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store_watch");
	TCase *tcase = realm_tcase(suite, "watch");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, silence_told_now_and_then);
	tcase_add_test(tcase, silence_again);
	tcase_add_test(tcase, killed_while_stopped);
	tcase = realm_tcase(suite, "kabard");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, clients_wait);
	tcase_add_test(tcase, socket_removed);
	return realm_run_suite(suite);
}
