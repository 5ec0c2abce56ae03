/*
 * Two realms that write to each other, while links break, clocks are set and programs are killed:
 * what was acknowledged arrives exactly once and in order, and what cannot be delivered comes back
 * once. KABAR_TEST_SEED repeats the choices of a run.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "peering_load.h"
#include "realms.h"
#include "seed.h"

#define ACTIONS       14
#define PROCESSES_MAX 64
#define PASS_MS       1000
#define SILENCE_MS    60000 /* after which a bridge looks into its outboxes by itself */
#define HOUR_MS       (3600 * INT64_C(1000))

/* Nothing is too late here, however clocks are set. */
#define NEVER_LATE "queue_keep = 300d\nqueue_notice = 300d\nlog_file_size = 16M\n"

static struct peering_load *load;
static uint64_t seed, drawn;

static void
setup(void)
{
	load = peering_load_new(seed);
	drawn = seed;
}

static void
teardown(void)
{
	peering_load_free(load);
}

/*
 * The events.
 */

static void
kill_bridge(int side)
{
	pid_t bridge = realms_bridge(side);

	if (bridge != 0)
		kill(bridge, SIGKILL);
}

/* Kills a worker: one that serves the other realm, or one that serves a sender. */
static void
kill_worker(int side)
{
	pid_t pids[PROCESSES_MAX];
	size_t n = realm_workers(&realms.realm[side], pids, PROCESSES_MAX);

	if (n > 0)
		kill(pids[seed_draw(&drawn, n < PROCESSES_MAX ? n : PROCESSES_MAX)], SIGKILL);
}

static void
kill_workers(int side)
{
	pid_t pids[PROCESSES_MAX];
	size_t n = realm_workers(&realms.realm[side], pids, PROCESSES_MAX);

	for (size_t i = 0; i < n && i < PROCESSES_MAX; i++)
		kill(pids[i], SIGKILL);
}

static void
kill_committer(int side)
{
	pid_t committer = realm_committer(&realms.realm[side]);

	if (committer != 0)
		kill(committer, SIGKILL);
}

static void
kill_everyone(int side)
{
	realms_kill(side);
	realms_start(side);
}

static void
stop_and_start(int side)
{
	realms_stop(side);
	realms_start(side);
}

static void
break_link(int side)
{
	relay_break(&realms.relay[side][1 - side]);
}

/* Breaks somewhere in what is answered to the next connections; or no more. */
static void
break_links(int side)
{
	static bool breaking[2];
	struct relay *relay = &realms.relay[side][1 - side];

	breaking[side] = !breaking[side];
	if (breaking[side])
		relay_break_answers(relay, 1200, 6000, drawn);
	else
		relay_break_answers(relay, 0, 0, 0);
	relay_break(relay);
}

/* While time passes. */
static bool
is_down(void *arg)
{
	int side = *(int *)arg;
	struct link_status status;

	if (!realms_link(side, 1 - side, &status) || status.state != LINK_STATUS_UP)
		return true;
	realm_clock_pass(&realms.clock[side], PASS_MS);
	return false;
}

/* A link hangs, until the bridge loses patience. */
static void
strand_link(int side)
{
	relay_strand(&realms.relay[side][1 - side]);
	ck_assert(realm_until(is_down, &side));
}

static void
set_clock(int side)
{
	static const int64_t hours[] = { 1, -1, 24, -24, 240, -240, 0 };

	realm_clock_set(&realms.clock[side],
	    hours[seed_draw(&drawn, sizeof(hours) / sizeof(hours[0]))] * HOUR_MS +
	        (int64_t)seed_draw(&drawn, 10000));
}

/* kabard looks at all of this while it happens. */
static void
check_side(int side)
{
	realm_clock_use(&realms.clock[side]);
	REALM_CTL(&realms.realm[side], NULL, "check");
}

typedef void action(int side);

/* Workers were killed between the outbox and the wake-up: each bridge finds the message by itself.
 */
static void
pass_silence(void)
{
	for (int side = 0; side < 2; side++) {
		realms_await_link(side, 1 - side, LINK_STATUS_UP);
		realm_clock_pass(&realms.clock[side], SILENCE_MS);
	}
}

static void
run_actions(action *const actions[], size_t n, bool wakeups_may_fail, bool gates_may_die)
{
	for (int side = 0; side < 2; side++)
		realms_configure(side,
		    side == 0 ? NEVER_LATE "delivery_wait = 0\n"
		              : NEVER_LATE "delivery_wait = 1\n");
	realms_start_all();
	peering_load_start(load);
	for (int i = 0; i < ACTIONS; i++) {
		int side = (int)seed_draw(&drawn, 2);

		peering_load_await(load, 1 + seed_draw(&drawn, 150));
		actions[seed_draw(&drawn, n)](side);
		if (seed_draw(&drawn, 3) == 0)
			realms_await_link(side, 1 - side, LINK_STATUS_UP);
	}
	peering_load_stop(load);
	ck_assert(gates_may_die || peering_load_failed(load) == 0);
	for (int side = 0; side < 2; side++)
		relay_break_answers(&realms.relay[side][1 - side], 0, 0, 0);
	if (wakeups_may_fail)
		pass_silence();
	realms_await_all();
	peering_load_check(load);
	realms_check();
}

START_TEST(broken_links)
{
	static action *const actions[] = { break_link, break_links, strand_link };

	run_actions(actions, sizeof(actions) / sizeof(actions[0]), false, false);
}
END_TEST

START_TEST(killed_one_by_one)
{
	static action *const actions[] = { kill_bridge, kill_worker, kill_workers, kill_committer };

	run_actions(actions, sizeof(actions) / sizeof(actions[0]), true, false);
}
END_TEST

START_TEST(killed_as_a_whole)
{
	static action *const actions[] = { kill_everyone, stop_and_start, kill_bridge,
		break_links };

	run_actions(actions, sizeof(actions) / sizeof(actions[0]), false, true);
}
END_TEST

START_TEST(clocks)
{
	static action *const actions[] = { set_clock, set_clock, kill_bridge, break_link,
		kill_everyone, check_side };

	run_actions(actions, sizeof(actions) / sizeof(actions[0]), false, true);
}
END_TEST

static void
send_one(void)
{
	realms_runf(0,
	    "a> sendprivaterealm %s lineker halo\n"
	    "a< {'status':'OK','message':'Message sent to user in realm',"
	    "'delivery':'queued'}\n",
	    realms_names[1]);
}

/* No wake-up follows a message that is put into the outbox: the first one ever, and a later one. */
START_TEST(lost_wakeup)
{
	char wakeup[2 * REALM_PATH_MAX], away[2 * REALM_PATH_MAX];

	realms_configure(0, "delivery_wait = 0\n");
	realms_start_all();
	realms_login(0);
	snprintf(wakeup, sizeof(wakeup), "%s/wakeup/bridge", realms.realm[0].state);
	snprintf(away, sizeof(away), "%s/wakeup.away", realms.realm[0].dir);
	for (int i = 0; i < _i; i++) {
		send_one();
		realms_await_queued(0, 1, 0);
	}
	ck_assert_int_eq(rename(wakeup, away), 0);
	send_one();
	/* The bridge has had a turn, and knows of nothing. */
	realm_clock_use(&realms.clock[0]);
	REALM_CTL(&realms.realm[0], NULL, "peer", "list");
	ck_assert_uint_eq(realms_queued(0, 1), 1);
	ck_assert_int_eq(rename(away, wakeup), 0);
	realm_clock_pass(&realms.clock[0], SILENCE_MS);
	realms_await_queued(0, 1, 0);
	ck_assert(!realm_logged(&realms.realm[0], "link down"));
	realms_check();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("peering_crash");
	TCase *tcase = realms_tcase(suite, "lost wakeup", 2);

	seed = seed_choose();
	fprintf(stderr, "KABAR_TEST_SEED=%" PRIu64 "\n", seed);
	tcase_add_loop_test(tcase, lost_wakeup, 0, 2);
	tcase = realms_tcase(suite, "load", 2);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, broken_links);
	tcase_add_test(tcase, killed_one_by_one);
	tcase_add_test(tcase, killed_as_a_whole);
	tcase_add_test(tcase, clocks);
	return realm_run_suite(suite);
}
