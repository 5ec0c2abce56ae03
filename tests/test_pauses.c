/*
 * The pauses before a peer is dialled again and before the bridge is started again, and how long
 * either side of a link waits for the other: by clocks that stand still but for what a test adds,
 * so that each is seen to the millisecond.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "realm_preload.h"
#include "realms.h"

#define MINUTE_MS    60000
#define DIALS        12
#define DRAWS        8
#define FIRST_MS     1000
#define MOST_MS      300000 /* between two dials */
#define MOST_START_S 60     /* between two starts */
#define STARTS       8

static struct realm_watch watch;

static void
setup(void)
{
	char path[REALM_PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/watch", realms.realm[SURABAYA].dir);
	realm_watch_begin(&watch, path);
	for (int i = 0; i < realms.n; i++)
		realms_configure(i, ""); /* as the realms of programs that are watched */
}

static void
teardown(void)
{
	realm_watch_end(&watch);
}

/* Surabaya runs, at a moment that lasts; its peers are out of reach. */
static void
begin_alone(void)
{
	for (int peer = 1; peer < realms.n; peer++) {
		relay_cut(&realms.relay[SURABAYA][peer]);
		relay_cut(&realms.relay[peer][SURABAYA]); /* nor does it call by itself */
	}
	realm_clock_stop(&realms.clock[SURABAYA]);
	realms_start(SURABAYA);
	realms_login(SURABAYA);
}

static void
pass_time(int64_t ms)
{
	realm_clock_pass(&realms.clock[SURABAYA], ms);
}

struct down {
	int peer;
	int64_t after_ms; /* not what was shown then, or before */
	struct link_status status;
};

static bool
is_down(void *arg)
{
	struct down *down = arg;

	return realms_link(SURABAYA, down->peer, &down->status) &&
	    down->status.state == LINK_STATUS_DOWN && down->status.since_ms > down->after_ms &&
	    down->status.retry_ms > down->status.since_ms; /* not from before the first dial */
}

/* Without time that passes meanwhile, as realms_await_link() has it. */
static bool
is_in_state(void *arg)
{
	const enum link_status_state *wanted = arg;
	struct link_status status;

	return realms_link(SURABAYA, MALANG, &status) && status.state == *wanted;
}

static void
await_state(enum link_status_state state)
{
	ck_assert_msg(realm_until(is_in_state, &state), "the link does not become %d", (int)state);
}

/* The link is down since another moment than that; the pause that has begun with it. */
static struct link_status
await_down(int peer, int64_t after_ms)
{
	struct down down = { .peer = peer, .after_ms = after_ms };

	ck_assert_msg(realm_until(is_down, &down), "%s is not dialled", realms_names[peer]);
	return down.status;
}

static int64_t
pause_of(const struct link_status *status)
{
	return status->retry_ms - status->since_ms;
}

/* The bridge has seen how late it is, and has not dialled this peer. */
static void
assert_waits(int peer, const struct link_status *before)
{
	struct link_status now;

	realm_clock_await(&realms.clock[SURABAYA], realms_bridge(SURABAYA));
	ck_assert(realms_link(SURABAYA, peer, &now));
	ck_assert_int_eq(now.state, before->state);
	ck_assert_int_eq(now.since_ms, before->since_ms);
}

/* The bridge has done what it was doing, in this moment or the next. */
static void
await_idle_bridge(void)
{
	pass_time(1);
	realm_clock_await(&realms.clock[SURABAYA], realms_bridge(SURABAYA));
}

/* The bounds of a pause, as the bounds of the random number have it. */
static int64_t
with_jitter(int64_t pause_ms, enum realm_watch_random random)
{
	return random == REALM_WATCH_LEAST ? pause_ms * 3 / 4 : pause_ms * 5 / 4;
}

/* It is dialled not a millisecond before the pause is over; each is twice the one before. */
START_TEST(growing)
{
	enum realm_watch_random random = _i == 0 ? REALM_WATCH_LEAST : REALM_WATCH_MOST;
	struct link_status down = { .since_ms = 0 };
	int64_t pause = FIRST_MS;

	atomic_store(&watch.file->random, (int)random);
	begin_alone();
	for (int i = 0; i < DIALS; i++) {
		down = await_down(MALANG, down.since_ms);
		ck_assert_int_eq(pause_of(&down), with_jitter(pause, random));
		pass_time(pause_of(&down) - 1);
		assert_waits(MALANG, &down);
		pass_time(1);
		pause = 2 * pause < MOST_MS ? 2 * pause : MOST_MS;
	}
	ck_assert_int_eq(pause, MOST_MS);
}
END_TEST

/* Two peers that are lost in the same moment are not dialled in the same moments. */
START_TEST(jittered)
{
	struct link_status down[REALMS] = { { .since_ms = 0 } };
	int64_t pause = FIRST_MS;
	int differ = 0, off = 0;

	begin_alone();
	for (int i = 0; i < DRAWS; i++) {
		for (int peer = MALANG; peer <= BATU; peer++) {
			down[peer] = await_down(peer, down[peer].since_ms);
			ck_assert_int_ge(pause_of(&down[peer]), pause * 3 / 4);
			ck_assert_int_le(pause_of(&down[peer]), pause * 5 / 4);
			off += pause_of(&down[peer]) != pause;
		}
		differ += pause_of(&down[MALANG]) != pause_of(&down[BATU]);
		pass_time(pause * 5 / 4);
		pause *= 2;
	}
	ck_assert_int_gt(differ, 0);
	ck_assert_int_gt(off, 0);
}
END_TEST

/* Time passes until the link is up. */
static void
reach_malang(void)
{
	relay_mend(&realms.relay[SURABAYA][MALANG]);
	REALM_CTL(&realms.realm[SURABAYA], NULL, "queue", "flush");
	await_state(LINK_STATUS_UP);
}

static struct link_status
lose_malang(void)
{
	struct link_status up;

	ck_assert(realms_link(SURABAYA, MALANG, &up));
	pass_time(1); /* so that one moment is told from the other */
	relay_cut(&realms.relay[SURABAYA][MALANG]);
	return await_down(MALANG, up.since_ms);
}

/* A link that has been good begins with the first pause again; one that has not goes on. */
START_TEST(begun_anew)
{
	struct link_status down;

	atomic_store(&watch.file->random, REALM_WATCH_LEAST);
	begin_alone();
	realms_start(MALANG);
	down = await_down(MALANG, 0);
	pass_time(pause_of(&down));
	down = await_down(MALANG, down.since_ms);
	ck_assert_int_eq(pause_of(&down), with_jitter(2 * FIRST_MS, REALM_WATCH_LEAST));
	reach_malang();
	down = lose_malang();
	ck_assert_int_eq(pause_of(&down), with_jitter(4 * FIRST_MS, REALM_WATCH_LEAST));
	reach_malang();
	pass_time(MINUTE_MS - 1);
	realm_clock_await(&realms.clock[SURABAYA], realms_bridge(SURABAYA));
	if (_i == 0) {
		pass_time(1);
		realm_clock_await(&realms.clock[SURABAYA], realms_bridge(SURABAYA));
	} else {
		realms_run(SURABAYA,
		    "a> sendprivaterealm malang lineker satu\n"
		    "a< OK Message sent to user in realm\n");
	}
	down = lose_malang();
	ck_assert_int_eq(pause_of(&down), with_jitter(FIRST_MS, REALM_WATCH_LEAST));
}
END_TEST

/* A server that lets us in but does not greet is given up after 10 seconds. */
START_TEST(no_greeting)
{
	struct link_status dialling;
	struct link_status down;

	begin_alone();
	realms_start(MALANG);
	down = await_down(MALANG, 0);
	relay_mend(&realms.relay[SURABAYA][MALANG]);
	relay_freeze(&realms.relay[SURABAYA][MALANG]);
	pass_time(pause_of(&down));
	await_state(LINK_STATUS_CONNECTING);
	await_idle_bridge();
	ck_assert(realms_link(SURABAYA, MALANG, &dialling));
	pass_time(10000 - 2);
	assert_waits(MALANG, &dialling);
	pass_time(2);
	down = await_down(MALANG, down.since_ms);
	ck_assert_str_eq(down.error, "it did not greet within 10 seconds");
}
END_TEST

struct said {
	uint64_t bytes;
	uint64_t answered;
};

static bool
has_said_more(void *arg)
{
	const struct said *said = arg;

	return relay_said(&realms.relay[SURABAYA][MALANG]) > said->bytes;
}

static bool
has_answered_more(void *arg)
{
	const struct said *said = arg;

	return relay_answered(&realms.relay[SURABAYA][MALANG]) > said->answered;
}

/* After a minute of silence the peer is asked, and half a minute later given up. */
START_TEST(silence)
{
	struct relay *relay = &realms.relay[SURABAYA][MALANG];
	struct link_status up, down;
	struct said said;

	realm_clock_stop(&realms.clock[SURABAYA]);
	realms_start(MALANG);
	realms_start(SURABAYA);
	await_state(LINK_STATUS_UP);
	await_idle_bridge();
	ck_assert(realms_link(SURABAYA, MALANG, &up));
	said = (struct said){ relay_said(relay), relay_answered(relay) };
	pass_time(MINUTE_MS - 2);
	assert_waits(MALANG, &up);
	ck_assert_uint_eq(relay_said(relay), said.bytes);
	pass_time(2);
	ck_assert(realm_until(has_said_more, &said));
	ck_assert(realm_until(has_answered_more, &said));
	/* It was answered: another minute is nothing. Whoever is asked then has gone. */
	await_idle_bridge();
	relay_freeze(relay);
	pass_time(MINUTE_MS);
	realm_clock_await(&realms.clock[SURABAYA], realms_bridge(SURABAYA));
	pass_time(30000 - 1);
	realm_clock_await(&realms.clock[SURABAYA], realms_bridge(SURABAYA));
	ck_assert(realms_link(SURABAYA, MALANG, &up));
	ck_assert_int_eq(up.state, LINK_STATUS_UP);
	pass_time(1);
	down = await_down(MALANG, 0);
	ck_assert_str_eq(down.error, "it has not answered for 30 seconds");
}
END_TEST

struct start {
	pid_t before;
	pid_t now;
};

static bool
is_started(void *arg)
{
	struct start *start = arg;

	start->now = realms_bridge(SURABAYA);
	return start->now != 0 && start->now != start->before;
}

struct deaths {
	size_t n;
};

static bool
has_died(void *arg)
{
	const struct deaths *deaths = arg;

	return realm_log_count(&realms.realm[SURABAYA], "the bridge died of signal 9") == deaths->n;
}

/* Kills the bridge: it is to be started again after this pause. */
static void
kill_bridge(struct start *start, struct deaths *deaths, int pause_s)
{
	char text[64];

	snprintf(text, sizeof(text), ", starting it again in %d s\n", pause_s);
	size_t before = realm_log_count(&realms.realm[SURABAYA], text);
	start->before = start->now;
	deaths->n++;
	ck_assert_int_eq(kill(start->now, SIGKILL), 0);
	ck_assert(realm_until(has_died, deaths));
	ck_assert_uint_eq(realm_log_count(&realms.realm[SURABAYA], text), before + 1);
}

/* A bridge that dies at once is started again after pauses that grow up to a minute. */
START_TEST(bridge_started)
{
	struct start start = { .before = 0 };
	struct deaths deaths = { .n = 0 };
	int pause_s = 1;

	begin_alone();
	ck_assert(realm_until(is_started, &start));
	for (int i = 0; i < STARTS; i++) {
		await_down(MALANG, 0); /* it has begun */
		kill_bridge(&start, &deaths, pause_s);
		pass_time(pause_s * 1000 - 1);
		realm_clock_await(&realms.clock[SURABAYA], realms.realm[SURABAYA].kabard);
		ck_assert_int_eq(realms_bridge(SURABAYA), 0);
		pass_time(1);
		ck_assert(realm_until(is_started, &start));
		pause_s = 2 * pause_s < MOST_START_S ? 2 * pause_s : MOST_START_S;
	}
	ck_assert_int_eq(pause_s, MOST_START_S);
	/* One that has lived for a minute has not failed at once. */
	await_down(MALANG, 0);
	pass_time(MINUTE_MS);
	kill_bridge(&start, &deaths, 1);
	pass_time(FIRST_MS);
	ck_assert(realm_until(is_started, &start));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("pauses");
	TCase *tcase = realms_tcase(suite, "links", 2);

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, growing, 0, 2);
	tcase_add_loop_test(tcase, begun_anew, 0, 2);
	tcase_add_test(tcase, no_greeting);
	tcase_add_test(tcase, silence);
	tcase_add_test(tcase, bridge_started);
	tcase = realms_tcase(suite, "two peers", 3);
	tcase_add_test(tcase, jittered);
	return realm_run_suite(suite);
}
