/*
 * How long another realm that delivers here may be silent: by a clock that stands still but for
 * what the test adds.
 */
#include <stdio.h>

#include "peer_realm.h"
#include "realm_clock.h"

#define BEGIN_MS 10000
#define IDLE_MS  150000
#define REST_MS  5000

static struct realm_clock hours;

static void
setup(void)
{
	char path[REALM_PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/clock", realm.dir);
	realm_clock_open(&hours, path);
	realm_clock_use(&hours);
	realm_clock_stop(&hours);
	peer_realm_start();
}

static void
teardown(void)
{
	realm_clock_close(&hours);
	realm_clock_use(NULL);
}

static bool
is_one_worker(void *arg)
{
	return realm_workers(&realm, arg, 1) == 1;
}

/* The process that serves the link; there is no other client. */
static pid_t
find_worker(void)
{
	pid_t worker = 0;

	ck_assert(realm_until(is_one_worker, &worker));
	return worker;
}

/* A peer may be silent for so long. */
static void
stay_for(pid_t worker, int64_t ms)
{
	realm_clock_pass(&hours, ms);
	realm_clock_await(&hours, worker);
}

/* A link ends after 150 silent seconds; each line begins them anew. */
START_TEST(idle)
{
	pid_t worker;

	peer_realm_greet('p');
	worker = find_worker();
	realm_clock_await(&hours, worker);
	stay_for(worker, REST_MS);
	stay_for(worker, IDLE_MS - REST_MS - 1);
	peer_realm_run("p> ping 1\n"
	               "p< {'status':'OK','pong':1}\n");
	realm_clock_await(&hours, worker);
	stay_for(worker, IDLE_MS - 1);
	realm_clock_pass(&hours, 1);
	peer_realm_run("p hears the end\n");
	realm_await_log(&realm, "@malang: link ended: nothing came for too long");
}
END_TEST

/* A peer that shows its key but does not greet has 10 seconds, from the beginning on. */
START_TEST(no_greeting)
{
	pid_t worker;

	peer_realm_speak('p', PEER_MALANG);
	worker = find_worker();
	realm_clock_await(&hours, worker);
	stay_for(worker, BEGIN_MS - 1);
	realm_clock_pass(&hours, 1);
	peer_realm_run("p hears the end\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("peer_idle");
	TCase *tcase = peer_realm_tcase(suite, "peer_idle");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, idle);
	tcase_add_test(tcase, no_greeting);
	return realm_run_suite(suite);
}
