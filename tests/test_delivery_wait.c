/*
 * Waits for delivery results: of a worker that gives up and a bridge that tells, exactly one is to
 * tell the user.
 */
#include "live/delivery_wait.h"
#include "live/scoreboard_entry.h"
#include "suite.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include <check.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SLOT   3
#define ROUNDS 20000

static char state[] = "/tmp/kabar-delivery-wait-XXXXXX";
static struct delivery_wait *waits;

static void
setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(state));
	waits = delivery_wait_open(state);
	ck_assert_ptr_nonnull(waits);
}

static void
teardown(void)
{
	char path[64];

	delivery_wait_close(waits);
	snprintf(path, sizeof(path), "%s/delivery_wait", state);
	unlink(path);
	rmdir(state);
}

/*
 * The class of holes "shared memory written by a hostile worker": whatever stands in the file, and
 * whatever a message asks for, results are results, and no other place is touched.
 */
START_TEST(test_class_hostile_worker)
{
	static const unsigned int slots[] = { 0, SLOT, SCOREBOARD_SLOTS_MAX - 1,
		SCOREBOARD_SLOTS_MAX, UINT_MAX };
	uint64_t *words = (uint64_t *)(void *)waits;
	unsigned int result;

	for (uint64_t state_bits = 0; state_bits < 65536; state_bits += 3) {
		uint64_t wait_id = UINT64_C(0xfffffffffffe);

		for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
			if (slots[i] < SCOREBOARD_SLOTS_MAX)
				words[slots[i]] = wait_id << 16 | state_bits;
			result = 0;
			(void)delivery_wait_poll(waits, slots[i], wait_id, &result);
			ck_assert_uint_le(result, 255);
			(void)delivery_wait_claim(waits, slots[i], wait_id, 7);
			(void)delivery_wait_tell(waits, slots[i], wait_id, 7);
			(void)delivery_wait_give_up(waits, slots[i], wait_id, &result);
			ck_assert_uint_le(result, 255);
		}
	}
	ck_assert(!delivery_wait_claim(waits, SLOT, 0, 7));
	ck_assert(!delivery_wait_tell(waits, SCOREBOARD_SLOTS_MAX, 1, 7));
	ck_assert(!delivery_wait_claim(waits, SLOT, 1, UINT_MAX));
}
END_TEST

START_TEST(test_result)
{
	unsigned int result = 99;
	uint64_t wait_id = delivery_wait_begin(waits, SLOT);

	ck_assert_uint_ne(wait_id, 0);
	ck_assert_uint_lt(wait_id, UINT64_C(1) << 48);
	ck_assert(!delivery_wait_poll(waits, SLOT, wait_id, &result));
	ck_assert(!delivery_wait_tell(waits, SLOT, wait_id ^ 1, 4));
	ck_assert(!delivery_wait_tell(waits, SLOT + 1, wait_id, 4));
	ck_assert(!delivery_wait_poll(waits, SLOT, wait_id, &result));
	ck_assert(delivery_wait_tell(waits, SLOT, wait_id, 4));
	ck_assert(delivery_wait_poll(waits, SLOT, wait_id, &result));
	ck_assert_uint_eq(result, 4);
	/* A bridge that died before it retired the message comes to the same end. */
	ck_assert(delivery_wait_tell(waits, SLOT, wait_id, 4));
	ck_assert(!delivery_wait_tell(waits, SLOT, wait_id, 5));
	result = 99;
	ck_assert(!delivery_wait_give_up(waits, SLOT, wait_id, &result));
	ck_assert_uint_eq(result, 4);
}
END_TEST

/* A refusal is the worker's from the claim on, and told when the message is retired. */
START_TEST(test_claim)
{
	unsigned int result = 99;
	uint64_t wait_id = delivery_wait_begin(waits, SLOT);

	ck_assert(!delivery_wait_claim(waits, SLOT, wait_id ^ 1, 4));
	ck_assert(delivery_wait_claim(waits, SLOT, wait_id, 4));
	ck_assert(!delivery_wait_poll(waits, SLOT, wait_id, &result));
	/* By the next bridge, too. */
	ck_assert(delivery_wait_claim(waits, SLOT, wait_id, 4));
	ck_assert(!delivery_wait_claim(waits, SLOT, wait_id, 5));
	ck_assert(!delivery_wait_tell(waits, SLOT, wait_id, 5));
	ck_assert(delivery_wait_tell(waits, SLOT, wait_id, 4));
	ck_assert(delivery_wait_poll(waits, SLOT, wait_id, &result));
	ck_assert_uint_eq(result, 4);
	ck_assert(delivery_wait_claim(waits, SLOT, wait_id, 4));
	ck_assert(delivery_wait_poll(waits, SLOT, wait_id, &result));

	/* A worker that gives up meanwhile tells it. */
	wait_id = delivery_wait_begin(waits, SLOT);
	ck_assert(delivery_wait_claim(waits, SLOT, wait_id, 4));
	result = 99;
	ck_assert(!delivery_wait_give_up(waits, SLOT, wait_id, &result));
	ck_assert_uint_eq(result, 4);

	/* Nothing is claimed for a worker that has given up, or waits for something else. */
	uint64_t next = delivery_wait_begin(waits, SLOT);
	ck_assert(!delivery_wait_claim(waits, SLOT, wait_id, 4));
	ck_assert(!delivery_wait_tell(waits, SLOT, wait_id, 4));
	ck_assert(delivery_wait_give_up(waits, SLOT, next, &result));
	ck_assert(!delivery_wait_claim(waits, SLOT, next, 4));
	ck_assert(!delivery_wait_claim(waits, SLOT, 0, 4));
	ck_assert(!delivery_wait_claim(waits, SCOREBOARD_SLOTS_MAX, next, 4));
}
END_TEST

START_TEST(test_delivered)
{
	unsigned int result = 99;
	uint64_t wait_id = delivery_wait_begin(waits, SLOT);

	ck_assert(delivery_wait_tell(waits, SLOT, wait_id, DELIVERY_WAIT_DELIVERED));
	ck_assert(delivery_wait_poll(waits, SLOT, wait_id, &result));
	ck_assert_uint_eq(result, DELIVERY_WAIT_DELIVERED);
}
END_TEST

START_TEST(test_give_up)
{
	unsigned int result = 99;
	uint64_t wait_id = delivery_wait_begin(waits, SLOT);

	ck_assert(delivery_wait_give_up(waits, SLOT, wait_id, &result));
	ck_assert(!delivery_wait_tell(waits, SLOT, wait_id, 4));
	ck_assert(!delivery_wait_poll(waits, SLOT, wait_id, &result));
	/* A worker that waits again waits for the new message only. */
	uint64_t next = delivery_wait_begin(waits, SLOT);
	ck_assert_uint_ne(next, wait_id);
	ck_assert(!delivery_wait_tell(waits, SLOT, wait_id, 4));
	ck_assert(delivery_wait_tell(waits, SLOT, next, 5));
	ck_assert(!delivery_wait_poll(waits, SLOT, wait_id, &result));
	ck_assert(delivery_wait_poll(waits, SLOT, next, &result));
	ck_assert_uint_eq(result, 5);
}
END_TEST

START_TEST(test_bounds)
{
	unsigned int result;

	ck_assert(!delivery_wait_tell(waits, SLOT, 0, 4)); /* nobody waits */
	ck_assert(!delivery_wait_tell(waits, SCOREBOARD_SLOTS_MAX, 1, 4));
	ck_assert(!delivery_wait_poll(waits, SCOREBOARD_SLOTS_MAX, 1, &result));
	ck_assert(delivery_wait_give_up(waits, SCOREBOARD_SLOTS_MAX, 1, &result));
	uint64_t wait_id = delivery_wait_begin(waits, SCOREBOARD_SLOTS_MAX - 1);
	ck_assert(!delivery_wait_tell(waits, SCOREBOARD_SLOTS_MAX - 1, wait_id, 100000));
	ck_assert(delivery_wait_tell(waits, SCOREBOARD_SLOTS_MAX - 1, wait_id, 255));
	ck_assert(delivery_wait_poll(waits, SCOREBOARD_SLOTS_MAX - 1, wait_id, &result));
	ck_assert_uint_eq(result, 255);
}
END_TEST

/* The two processes of a race share this. */
struct race {
	_Atomic uint64_t wait_id; /* 0: the worker is not ready */
	_Atomic int told;         /* -1: not decided yet */
};

static void
race_bridge(struct race *race)
{
	struct delivery_wait *mine = delivery_wait_open(state);
	uint64_t last = 0, wait_id;

	if (mine == NULL)
		_exit(1);
	for (;;) {
		while ((wait_id = atomic_load(&race->wait_id)) == last)
			sched_yield();
		last = wait_id;
		if (wait_id != 0)
			atomic_store(&race->told,
			    wait_id % 2 == 0 ? delivery_wait_tell(mine, SLOT, wait_id, 4)
			                     : delivery_wait_claim(mine, SLOT, wait_id, 4));
	}
}

/* Of the worker that gives up and the bridge that tells, exactly one is to tell the user. */
START_TEST(test_race)
{
	struct race *race =
	    mmap(NULL, sizeof(*race), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(race, MAP_FAILED);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		race_bridge(race);
	for (int i = 0; i < ROUNDS; i++) {
		unsigned int result = 99;
		uint64_t wait_id = delivery_wait_begin(waits, SLOT);

		atomic_store(&race->told, -1);
		atomic_store(&race->wait_id, wait_id);
		for (volatile int spin = i % 500; spin > 0; spin--)
			;
		bool gave_up = delivery_wait_give_up(waits, SLOT, wait_id, &result);
		while (atomic_load(&race->told) < 0)
			sched_yield();
		ck_assert_int_eq(gave_up, !atomic_load(&race->told));
		if (!gave_up)
			ck_assert_uint_eq(result, 4);
	}
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	munmap(race, sizeof(*race));
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = { test_class_hostile_worker, test_result, test_claim,
		test_delivered, test_give_up, test_bounds, test_race };
	Suite *suite = suite_create("delivery_wait");
	TCase *tcase = tcase_create("delivery_wait");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 120);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
