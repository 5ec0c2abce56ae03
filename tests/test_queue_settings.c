/*
 * How long messages for another realm wait, and those who write them, as the settings have it: by a
 * clock that stands still but for what a test adds.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "realms.h"

#define MINUTE_MS          60000
#define HOUR_MS            (60 * MINUTE_MS)
#define DELIVERY_RESULT_MS 7000

#define QUEUED "{'status':'OK','message':'Message sent to user in realm','delivery':'queued'}"

static void
pass_time(int64_t ms)
{
	realm_clock_pass(&realms.clock[SURABAYA], ms);
}

/* Surabaya runs, at a moment that lasts; messi and henderson are there. */
static void
begin(const char *settings)
{
	relay_cut(&realms.relay[MALANG][SURABAYA]);
	realms_configure(SURABAYA, settings);
	realm_clock_stop(&realms.clock[SURABAYA]);
	realms_start(SURABAYA);
	realms_run(SURABAYA,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
}

static bool
has_bridge(void *arg)
{
	pid_t *pid = arg;

	*pid = realms_bridge(SURABAYA);
	return *pid != 0;
}

/* The bridge has seen how late it is. */
static void
await_bridge(void)
{
	pid_t pid;

	ck_assert(realm_until(has_bridge, &pid));
	realm_clock_await(&realms.clock[SURABAYA], pid);
}

START_TEST(overdue)
{
	relay_cut(&realms.relay[SURABAYA][MALANG]);
	begin("queue_notice = 90m  queue_keep = 6h");
	realms_run(SURABAYA,
	    "a> sendprivaterealm malang lineker satu\n"
	    "a< " QUEUED "\n");
	await_bridge();
	pass_time(90 * MINUTE_MS - 1);
	await_bridge();
	realms_run(SURABAYA,
	    "a> inbox\n"
	    "a< MESSAGES {}\n"
	    "a> follow\n"
	    "a< OK Following\n");
	pass_time(1);
	realms_run(SURABAYA,
	    "a< {'status':'OK','event':'message','sender':'kabar','msg_from':'kabar',"
	    "'msg_to':'Lionel Messi','msg':'Pesan untuk lineker@malang belum terkirim, masih "
	    "dicoba: satu'}\n");
	await_bridge();
	pass_time(6 * HOUR_MS - 90 * MINUTE_MS - 1);
	await_bridge();
	ck_assert_uint_eq(realms_queued(SURABAYA, MALANG), 1);
	pass_time(1);
	realms_run(SURABAYA,
	    "a< {'status':'OK','event':'message','sender':'kabar','msg_from':'kabar',"
	    "'msg_to':'Lionel Messi','msg':'Pesan untuk lineker@malang tidak terkirim (Terlalu "
	    "lama menunggu): satu'}\n");
	ck_assert_uint_eq(realms_queued(SURABAYA, MALANG), 0);
}
END_TEST

static bool
is_up(void *arg)
{
	struct link_status status;

	(void)arg;
	return realms_link(SURABAYA, MALANG, &status) && status.state == LINK_STATUS_UP;
}

struct queue {
	uint64_t n;
};

static bool
is_queued(void *arg)
{
	const struct queue *queue = arg;

	return realms_queued(SURABAYA, MALANG) == queue->n;
}

static bool
is_answered(void)
{
	struct pollfd ready = { .fd = dialogue_fd(&realms.talk[SURABAYA], 'a'), .events = POLLIN };

	return poll(&ready, 1, 0) == 1;
}

/* A sender waits for the delivery result of the other realm, for delivery_wait and no longer. */
START_TEST(delivery_result)
{
	struct queue queue = { 1 };
	pid_t worker;

	realms_start(MALANG);
	begin("delivery_wait = 7s");
	ck_assert(realm_until(is_up, NULL));
	ck_assert_uint_eq(realm_workers(&realms.realm[SURABAYA], &worker, 1), 1);
	relay_freeze(&realms.relay[SURABAYA][MALANG]);
	realms_run(SURABAYA, "a> sendprivaterealm malang lineker satu\n");
	ck_assert(realm_until(is_queued, &queue));
	pass_time(DELIVERY_RESULT_MS - 1);
	realm_clock_await(&realms.clock[SURABAYA], worker);
	ck_assert(!is_answered());
	/* It may have begun to wait only after the first pass. */
	for (int i = 0; i < 2 && !is_answered(); i++) {
		pass_time(DELIVERY_RESULT_MS);
		realm_clock_await(&realms.clock[SURABAYA], worker);
	}
	ck_assert(is_answered());
	realms_run(SURABAYA, "a< " QUEUED "\n");
	relay_mend(&realms.relay[SURABAYA][MALANG]);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("queue_settings");
	TCase *tcase = realms_tcase(suite, "queue_settings", 2);

	tcase_add_test(tcase, overdue);
	tcase_add_test(tcase, delivery_result);
	return realm_run_suite(suite);
}
