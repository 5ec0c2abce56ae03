/* The gate in a running kabard when something fails: it is stopped, or lacks descriptors. */
#include <sys/resource.h>
#include <sys/socket.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dialogue.h"
#include "process.h"
#include "realm_clock.h"
#include "realm_int.h"

#define TURN_MS      2000 /* after which the master asks again */
#define PAUSE_MS     50
#define HELPERS_MAX  64
#define FEW          128 /* descriptors; the gate takes half as many workers */
#define ANNOUNCEMENT "recvrealm kediri 127.0.0.1 8890\n"
#define LOOKS        50
#define LOOK_MS      10

static struct realm realm;
static struct realm_clock realm_time;
static struct dialogue talk;

static void
setup(void)
{
	realm_make(&realm, "password_cost = 1");
	realm_clock_begin(&realm_time, realm.dir);
	realm_start(&realm);
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
}

static void
teardown(void)
{
	dialogue_end(&talk);
	realm_remove(&realm);
	realm_clock_close(&realm_time);
	realm_clock_use(NULL);
}

static bool
has_gate(void *arg)
{
	const pid_t *not_this = arg;
	pid_t gate = process_child(realm.kabard, "gate");

	return gate != 0 && gate != *not_this && process_child(gate, "clerk") != 0;
}

/* Another one than this runs. */
static pid_t
await_gate(pid_t not_this)
{
	ck_assert(realm_until(has_gate, &not_this));
	return process_child(realm.kabard, "gate");
}

/* What was sent or started has gone as far as it gets. */
static void
await_rest(void)
{
	ck_assert(realm_until(process_family_waits, &realm.kabard));
}

static void
stop(pid_t pid)
{
	ck_assert_int_eq(kill(pid, SIGSTOP), 0);
	ck_assert(realm_until(process_is_stopped, &pid));
}

/* A turn of the master goes by, unless it has logged this. */
static bool
passes_until_logged(void *text)
{
	if (realm_logged(&realm, text))
		return true;
	realm_clock_pass(&realm_time, TURN_MS);
	realm_clock_await(&realm_time, realm.kabard);
	return false;
}

/* Nobody can log in, until the master has another gate; the others go on. */
START_TEST(stopped)
{
	static char hung[] = "does not answer, killing it";
	pid_t gate = await_gate(0);

	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	stop(gate);
	realm_configure(&realm, "password_cost = 1\nuniform_auth = on");
	realm_reload(&realm);
	dialogue_run(&talk,
	    "a> send henderson halo\n"
	    "a< OK Message sent\n");
	ck_assert(realm_until(passes_until_logged, hung));
	ck_assert_int_ne(await_gate(gate), gate);
	dialogue_run(&talk,
	    "b> auth nobody x\n"
	    "b< ERROR Password Salah\n"
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n");
	ck_assert_uint_eq(realm_log_count(&realm, hung), 1);
}
END_TEST

/* A gate that is asked and answers is never killed, however long it runs. */
START_TEST(serving)
{
	pid_t gate = await_gate(0);

	for (int i = 0; i < 20; i++) {
		realm_clock_pass(&realm_time, TURN_MS);
		realm_clock_await(&realm_time, realm.kabard);
	}
	ck_assert_int_eq(await_gate(0), gate);
}
END_TEST

/* Where the committer does not answer the gate may wait for it. */
START_TEST(committer_stopped)
{
	static char silent[] = ") has not answered for ";
	pid_t gate = await_gate(0), committer = realm_committer(&realm);
	char path[2 * REALM_PATH_MAX];

	stop(committer);
	ck_assert(realm_until(passes_until_logged, silent));
	/* Without the name of its socket the gate tries for long to start another one. */
	snprintf(path, sizeof(path), "%s/commit.sock", realm.state);
	ck_assert_int_eq(unlink(path), 0);
	dialogue_run(&talk, "> auth messi surabaya\n");
	for (int i = 0; i < 8; i++) {
		/* It has a hash to compute before. */
		realm_pause_ms(PAUSE_MS);
		realm_clock_pass(&realm_time, TURN_MS);
		realm_clock_await(&realm_time, realm.kabard);
	}
	ck_assert_int_eq(kill(committer, SIGCONT), 0);
	dialogue_run(&talk, "< TOKEN m\n");
	ck_assert_int_eq(await_gate(0), gate);
}
END_TEST

/* As on a machine whose disk hangs: the gate is not to blame. */
START_TEST(both_stopped)
{
	pid_t gate = await_gate(0), committer = realm_committer(&realm);

	stop(gate);
	stop(committer);
	for (int i = 0; i < 20; i++) {
		realm_clock_pass(&realm_time, TURN_MS);
		realm_clock_await(&realm_time, realm.kabard);
	}
	ck_assert_int_eq(kill(committer, SIGCONT), 0);
	ck_assert_int_eq(kill(gate, SIGCONT), 0);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	ck_assert_int_eq(await_gate(0), gate);
	ck_assert(!realm_logged(&realm, "the gate (process "));
}
END_TEST

/* A helper that is at one task for very long makes way for another one. */
START_TEST(helper_hangs)
{
	static const char *const names[] = { "clerk", "hasher" };
	static char hung[] = " has been at one task for ";
	pid_t gate = await_gate(0), helpers[HELPERS_MAX];
	size_t n;

	await_rest(); /* one that is just starting has no title yet */
	n = process_children(gate, names[_i], helpers, HELPERS_MAX);
	ck_assert_uint_le(n, HELPERS_MAX);
	for (size_t i = 0; i < n; i++)
		stop(helpers[i]);
	dialogue_run(&talk, "a> register satu rahasia x y\n");
	await_rest();
	ck_assert(realm_until(passes_until_logged, hung));
	/* Another one that is stopped may get the next task before the new one has started. */
	n = process_children(gate, names[_i], helpers, HELPERS_MAX);
	for (size_t i = 0; i < n && i < HELPERS_MAX; i++)
		kill(helpers[i], SIGCONT);
	dialogue_run(&talk,
	    "a< ERROR $*\n"
	    "b> register dua rahasia x y\n"
	    "b< TOKEN s\n");
	ck_assert_uint_eq(realm_log_count(&realm, hung), 1);
	ck_assert_int_eq(await_gate(0), gate);
}
END_TEST

START_TEST(shutdown_while_stopped)
{
	stop(await_gate(0));
	ck_assert_int_eq(realm_stop(&realm), 0);
	ck_assert(realm_logged(&realm, "the gate did not stop in time"));
}
END_TEST

/*
 * Descriptors
 */

static bool
is_waiting(void *arg)
{
	(void)arg;
	return realm_logged(&realm, "no descriptors for more workers");
}

/* A process that spins is runnable in nearly every look, however busy the machine is. */
static void
expect_sleep(pid_t pid)
{
	int asleep = 0;

	for (int i = 0; i < LOOKS; i++) {
		realm_pause_ms(LOOK_MS);
		asleep += process_is_in_state(pid, 'S');
	}
	ck_assert_int_ge(asleep, LOOKS / 10);
}

/* The gate keeps descriptors for its work, and lets the workers wait for whom it has none. */
START_TEST(many_workers)
{
	const struct rlimit few = { FEW, FEW };
	int fds[FEW / 2 + 1];
	pid_t gate = await_gate(0);

	ck_assert_int_eq(prlimit(realm.kabard, RLIMIT_NOFILE, &few, NULL), 0);
	ck_assert_int_eq(kill(gate, SIGKILL), 0);
	gate = await_gate(gate);
	dialogue_run(&talk,
	    "a> auth nobody x\n"
	    "a< ERROR User Tidak Ada\n");
	for (int i = 0; i <= FEW / 2; i++)
		fds[i] = realm_connect(&realm);
	ck_assert(realm_until(is_waiting, NULL));
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "b> auth henderson surabaya\n");
	expect_sleep(gate);
	/* One line in ten seconds. */
	ck_assert_uint_le(realm_log_count(&realm, "no descriptors for more workers"), 2);
	for (int i = 0; i <= FEW / 2; i++)
		close(fds[i]);
	dialogue_run(&talk, "b< TOKEN h\n");
	ck_assert_int_eq(await_gate(0), gate);
}
END_TEST

/*
 * Requests that nobody waits for
 */

static pid_t
stop_clerk(void)
{
	pid_t clerk = process_child(await_gate(0), "clerk");

	stop(clerk);
	return clerk;
}

/* No worker is left but those of these many clients. */
static bool
has_children(void *arg)
{
	const size_t *n = arg;

	return process_children(realm.kabard, "", NULL, 0) == *n;
}

/* A client that resets its connection has gone, and its worker with it. */
static void
reset_connection(char who)
{
	const struct linger at_once = { .l_onoff = 1 };

	ck_assert_int_eq(setsockopt(dialogue_fd(&talk, who), SOL_SOCKET, SO_LINGER, &at_once,
	                     sizeof(at_once)),
	    0);
	dialogue_runf(&talk, "%c closes\n", who);
}

static void
await_departure(size_t children)
{
	ck_assert(realm_until(has_children, &children));
}

/* Time goes by until the clients that wait for the gate have heard that it failed. */
static bool
has_given_up(void *arg)
{
	struct pollfd ready = { .fd = *(int *)arg, .events = POLLIN };

	realm_clock_pass(&realm_time, TURN_MS);
	/* Its answer comes before their patience ends. */
	realm_clock_await(&realm_time, process_child(realm.kabard, "gate"));
	await_rest();
	return poll(&ready, 1, 0) == 1;
}

/* It takes the gate around its loop: it has seen then what was there before. */
#define LOOK_AROUND_AS(who) who "> auth messi x\n" who "< ERROR Password Salah\n"
#define LOOK_AROUND         LOOK_AROUND_AS("a")

/* A gate that comes late does not begin what nobody waits for. */
START_TEST(client_has_gone)
{
	pid_t gate = await_gate(0);
	size_t children;

	dialogue_run(&talk, LOOK_AROUND);
	children = process_children(realm.kabard, "", NULL, 0);
	stop(gate);
	dialogue_run(&talk, "b> register satu rahasia x y\n");
	/* Its request lies at the gate. */
	ck_assert(realm_until(has_children, &(size_t){ children + 1 }));
	await_rest();
	reset_connection('b');
	await_departure(children);
	ck_assert_int_eq(kill(gate, SIGCONT), 0);
	dialogue_run(&talk,
	    "d> register tiga rahasia x y\n"
	    "d< TOKEN s\n"
	    "a> auth satu rahasia\n"
	    "a< ERROR User Tidak Ada\n");
}
END_TEST

/* What the clerk has in its hands, and what waits behind that, is done for nobody. */
START_TEST(client_goes)
{
	pid_t clerk = stop_clerk();
	size_t children;

	dialogue_run(&talk, LOOK_AROUND);
	children = process_children(realm.kabard, "", NULL, 0);
	dialogue_run(&talk,
	    "b> register satu rahasia x y\n"
	    "c> register dua rahasia x y\n");
	ck_assert(realm_until(has_children, &(size_t){ children + 2 }));
	await_rest();
	reset_connection('b');
	reset_connection('c');
	await_departure(children);
	dialogue_run(&talk, LOOK_AROUND);
	ck_assert_int_eq(kill(clerk, SIGCONT), 0);
	dialogue_run(&talk,
	    "d> register tiga rahasia x y\n"
	    "d< TOKEN s\n"
	    "a> auth satu rahasia\n"
	    "a< ERROR User Tidak Ada\n"
	    "a> auth dua rahasia\n"
	    "a< ERROR User Tidak Ada\n");
}
END_TEST

/* Who was told that it failed has no account afterwards. */
START_TEST(worker_gives_up)
{
	pid_t clerk = stop_clerk();
	int fd;

	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "a> register satu rahasia x y\n"
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n"
	    "b> register dua rahasia x y\n"
	    "c> auth messi x\n"
	    "c< ERROR Password Salah\n");
	fd = dialogue_fd(&talk, 'b');
	ck_assert(realm_until(has_given_up, &fd));
	/* By the gate, or by its worker if the gate comes to it too late. */
	dialogue_run(&talk, "b< ERROR $*\n");
	fd = dialogue_fd(&talk, 'a');
	ck_assert(realm_until(has_given_up, &fd));
	dialogue_run(&talk, "a< ERROR $*\n" LOOK_AROUND_AS("c"));
	/* When very much time has gone by, another one has taken its place. */
	(void)kill(clerk, SIGCONT);
	dialogue_run(&talk,
	    "d> register tiga rahasia x y\n"
	    "d< TOKEN s\n"
	    "d> auth satu rahasia\n"
	    "d< ERROR User Tidak Ada\n"
	    "d> auth dua rahasia\n"
	    "d< ERROR User Tidak Ada\n");
}
END_TEST

static bool
has_ended(void *arg)
{
	const pid_t *pid = arg;

	return kill(*pid, 0) != 0 || process_is_in_state(*pid, 'Z');
}

/* Nor what its clerk does when it comes to it, after the gate has died. */
START_TEST(gate_dies)
{
	pid_t clerk = stop_clerk(), gate = await_gate(0);

	dialogue_run(&talk, LOOK_AROUND "a> register satu rahasia x y\n");
	await_rest();
	ck_assert_int_eq(kill(gate, SIGKILL), 0);
	dialogue_run(&talk, "a< ERROR $*\n");
	await_gate(gate);
	ck_assert_int_eq(kill(clerk, SIGCONT), 0);
	ck_assert(realm_until(has_ended, &clerk));
	dialogue_run(&talk,
	    "b> auth satu rahasia\n"
	    "b< ERROR User Tidak Ada\n");
}
END_TEST

/* While names of hosts are looked up, others are served. */
START_TEST(slow_names)
{
	realm_configure(&realm,
	    "password_cost = 1\n"
	    "peer \"kediri\" { address = \"127.0.0.1\"  port = 9  legacy = on }");
	realm_reload(&realm);
	dialogue_run(&talk, "b> " ANNOUNCEMENT "b< OK Realm added successfully\n");
	pid_t resolver = process_child(await_gate(0), "resolver");
	ck_assert_int_gt(resolver, 0);
	stop(resolver);
	dialogue_run(&talk,
	    "c> " ANNOUNCEMENT "d> " ANNOUNCEMENT "e> register satu rahasia x y\n"
	    "e< TOKEN s\n"
	    "f> auth satu rahasia\n"
	    "f< TOKEN s\n");
	ck_assert_int_eq(kill(resolver, SIGCONT), 0);
	dialogue_run(&talk,
	    "c< OK Realm added successfully\n"
	    "d< OK Realm added successfully\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("gate_faults");
	TCase *tcase = realm_tcase(suite, "hung");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, stopped);
	tcase_add_test(tcase, serving);
	tcase_add_test(tcase, committer_stopped);
	tcase_add_test(tcase, both_stopped);
	tcase_add_loop_test(tcase, helper_hangs, 0, 2);
	tcase_add_test(tcase, shutdown_while_stopped);
	tcase = realm_tcase(suite, "descriptors");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, many_workers);
	tcase = realm_tcase(suite, "unwanted");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, client_has_gone);
	tcase_add_test(tcase, client_goes);
	tcase_add_test(tcase, worker_gives_up);
	tcase_add_test(tcase, gate_dies);
	tcase_add_test(tcase, slow_names);
	return realm_run_suite(suite);
}
