/*
 * What the bridge lets others see, among several processes: who leads, states of links that are
 * never seen half changed, and who of two tells a user of a letter.
 */
#include "live/link_status.h"
#include "suite.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PEER   7
#define SLOT   3
#define ROUNDS 20000

static char state[] = "/tmp/kabar-links-XXXXXX";
static struct links *links;

static void
setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(state));
	links = links_open(state);
	ck_assert_ptr_nonnull(links);
}

static void
teardown(void)
{
	static const char *const names[] = { "links", "bridge.lock" };
	char path[64];

	links_close(links);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", state, names[i]);
		unlink(path);
	}
	rmdir(state);
}

static struct links_status
status_of(uint64_t peer, enum links_state link_state, const char *error)
{
	struct links_status status = { .peer = peer,
		.state = link_state,
		.since_ms = 1000,
		.retry_ms = 2000,
		.round_trip_us = -1 };

	snprintf(status.error, sizeof(status.error), "%s", error);
	return status;
}

/* A bridge that shows one peer, until it is killed. */
static pid_t
bridge(uint64_t peer)
{
	struct links_status status = status_of(peer, LINKS_UP, "");
	int pipes[2];
	char byte = 0;

	ck_assert_int_eq(pipe(pipes), 0);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct links *mine = links_open(state);

		if (mine == NULL || links_lead(mine) != 0)
			_exit(1);
		links_show(mine, &status);
		if (write(pipes[1], "+", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(pipes[1]);
	ck_assert_int_eq(read(pipes[0], &byte, 1), 1);
	close(pipes[0]);
	return pid;
}

static void
kill_hard(pid_t pid)
{
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

START_TEST(test_leader)
{
	struct links_status status;

	ck_assert(!links_led(links));
	pid_t pid = bridge(PEER);
	ck_assert(links_led(links));
	ck_assert_int_eq(links_lead(links), -1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert(links_get(links, PEER, &status));
	ck_assert_int_eq(status.state, LINKS_UP);
	kill_hard(pid);
	ck_assert(!links_led(links));
	ck_assert(!links_get(links, PEER, &status));
	ck_assert_int_eq(links_lead(links), 0);
	ck_assert_int_eq(links_lead(links), 0);
	ck_assert(links_led(links));
	/* What the one before showed is nobody's any more. */
	ck_assert(!links_get(links, PEER, &status));
}
END_TEST

START_TEST(test_child_does_not_lead)
{
	int wait_status;

	ck_assert_int_eq(links_lead(links), 0);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		int lead = links_lead(links);

		_exit(lead == -1 && errno == EAGAIN && links_led(links) ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &wait_status, 0), pid);
	ck_assert_int_eq(wait_status, 0);
	ck_assert(links_led(links));
}
END_TEST

START_TEST(test_status)
{
	struct links_status shown = status_of(PEER, LINKS_DOWN, "connection refused"), got;

	/* Only who leads is believed. */
	links_show(links, &shown);
	ck_assert_int_eq(links_lead(links), 0);
	ck_assert(!links_get(links, PEER, &got));
	links_show(links, &shown);
	ck_assert(links_get(links, PEER, &got));
	ck_assert_mem_eq(&got, &shown, sizeof(got));
	ck_assert(!links_get(links, PEER + 1, &got));
	ck_assert(!links_get(links, 0, &got));
	shown = status_of(PEER, LINKS_UP, "");
	links_show(links, &shown);
	ck_assert(links_get(links, PEER, &got));
	ck_assert_mem_eq(&got, &shown, sizeof(got));
	links_hide(links, PEER + 1);
	ck_assert(links_get(links, PEER, &got));
	links_hide(links, PEER);
	ck_assert(!links_get(links, PEER, &got));
}
END_TEST

START_TEST(test_many_peers)
{
	struct links_status got;

	ck_assert_int_eq(links_lead(links), 0);
	for (uint64_t id = 1; id <= LINKS_PEERS + 1; id++) {
		struct links_status status = status_of(id, LINKS_UP, "");

		links_show(links, &status);
	}
	for (uint64_t id = 1; id <= LINKS_PEERS; id++)
		ck_assert(links_get(links, id, &got) && got.peer == id);
	ck_assert(!links_get(links, LINKS_PEERS + 1, &got));
	/* A place that is given up is another's. */
	links_hide(links, 5);
	got = status_of(LINKS_PEERS + 1, LINKS_UP, "");
	links_show(links, &got);
	ck_assert(links_get(links, LINKS_PEERS + 1, &got));
	ck_assert(!links_get(links, 5, &got));
}
END_TEST

/* A state is seen as it was before or after a change. */
START_TEST(test_no_halves)
{
	struct links_status got;

	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct links *mine = links_open(state);
		struct links_status status = status_of(PEER, LINKS_UP, "");

		if (mine == NULL || links_lead(mine) != 0)
			_exit(1);
		for (int64_t i = 0;; i++) {
			status.since_ms = status.retry_ms = status.round_trip_us = i;
			memset(status.error, 'a' + (int)(i % 26), LINKS_ERROR_MAX - 1);
			links_show(mine, &status);
		}
	}
	for (int seen = 0; seen < ROUNDS;) {
		if (!links_get(links, PEER, &got) || got.error[0] == '\0')
			continue;
		seen++;
		ck_assert_int_eq(got.since_ms, got.retry_ms);
		ck_assert_int_eq(got.since_ms, got.round_trip_us);
		for (int i = 0; i < LINKS_ERROR_MAX - 1; i++)
			ck_assert_int_eq(got.error[i], 'a' + got.since_ms % 26);
	}
	kill_hard(pid);
}
END_TEST

START_TEST(test_verdict)
{
	unsigned int verdict = 99;
	uint64_t ticket = links_await(links, SLOT);

	ck_assert_uint_ne(ticket, 0);
	ck_assert_uint_lt(ticket, UINT64_C(1) << 48);
	ck_assert(!links_look(links, SLOT, ticket, &verdict));
	ck_assert(!links_tell(links, SLOT, ticket ^ 1, 4));
	ck_assert(!links_tell(links, SLOT + 1, ticket, 4));
	ck_assert(!links_look(links, SLOT, ticket, &verdict));
	ck_assert(links_tell(links, SLOT, ticket, 4));
	ck_assert(links_look(links, SLOT, ticket, &verdict));
	ck_assert_uint_eq(verdict, 4);
	/* A bridge that died before it settled the letter comes to the same end. */
	ck_assert(links_tell(links, SLOT, ticket, 4));
	ck_assert(!links_tell(links, SLOT, ticket, 5));
	verdict = 99;
	ck_assert(!links_give_up(links, SLOT, ticket, &verdict));
	ck_assert_uint_eq(verdict, 4);
}
END_TEST

/* A refusal is the worker's from the claim on, and told when it is settled. */
START_TEST(test_claim)
{
	unsigned int verdict = 99;
	uint64_t ticket = links_await(links, SLOT);

	ck_assert(!links_claim(links, SLOT, ticket ^ 1, 4));
	ck_assert(links_claim(links, SLOT, ticket, 4));
	ck_assert(!links_look(links, SLOT, ticket, &verdict));
	/* By the next bridge, too. */
	ck_assert(links_claim(links, SLOT, ticket, 4));
	ck_assert(!links_claim(links, SLOT, ticket, 5));
	ck_assert(!links_tell(links, SLOT, ticket, 5));
	ck_assert(links_tell(links, SLOT, ticket, 4));
	ck_assert(links_look(links, SLOT, ticket, &verdict));
	ck_assert_uint_eq(verdict, 4);
	ck_assert(links_claim(links, SLOT, ticket, 4));
	ck_assert(links_look(links, SLOT, ticket, &verdict));

	/* Whose patience ends meanwhile tells it. */
	ticket = links_await(links, SLOT);
	ck_assert(links_claim(links, SLOT, ticket, 4));
	verdict = 99;
	ck_assert(!links_give_up(links, SLOT, ticket, &verdict));
	ck_assert_uint_eq(verdict, 4);

	/* Who has given up, or waits for something else, is not claimed for. */
	uint64_t next = links_await(links, SLOT);
	ck_assert(!links_claim(links, SLOT, ticket, 4));
	ck_assert(!links_tell(links, SLOT, ticket, 4));
	ck_assert(links_give_up(links, SLOT, next, &verdict));
	ck_assert(!links_claim(links, SLOT, next, 4));
	ck_assert(!links_claim(links, SLOT, 0, 4));
	ck_assert(!links_claim(links, LINKS_SLOTS, next, 4));
}
END_TEST

START_TEST(test_delivered)
{
	unsigned int verdict = 99;
	uint64_t ticket = links_await(links, SLOT);

	ck_assert(links_tell(links, SLOT, ticket, LINKS_DELIVERED));
	ck_assert(links_look(links, SLOT, ticket, &verdict));
	ck_assert_uint_eq(verdict, LINKS_DELIVERED);
}
END_TEST

START_TEST(test_give_up)
{
	unsigned int verdict = 99;
	uint64_t ticket = links_await(links, SLOT);

	ck_assert(links_give_up(links, SLOT, ticket, &verdict));
	ck_assert(!links_tell(links, SLOT, ticket, 4));
	ck_assert(!links_look(links, SLOT, ticket, &verdict));
	/* Who waits again waits for the new letter only. */
	uint64_t next = links_await(links, SLOT);
	ck_assert_uint_ne(next, ticket);
	ck_assert(!links_tell(links, SLOT, ticket, 4));
	ck_assert(links_tell(links, SLOT, next, 5));
	ck_assert(!links_look(links, SLOT, ticket, &verdict));
	ck_assert(links_look(links, SLOT, next, &verdict));
	ck_assert_uint_eq(verdict, 5);
}
END_TEST

START_TEST(test_bounds)
{
	unsigned int verdict;

	ck_assert(!links_tell(links, SLOT, 0, 4)); /* nobody waits */
	ck_assert(!links_tell(links, LINKS_SLOTS, 1, 4));
	ck_assert(!links_look(links, LINKS_SLOTS, 1, &verdict));
	ck_assert(links_give_up(links, LINKS_SLOTS, 1, &verdict));
	uint64_t ticket = links_await(links, LINKS_SLOTS - 1);
	ck_assert(!links_tell(links, LINKS_SLOTS - 1, ticket, 100000));
	ck_assert(links_tell(links, LINKS_SLOTS - 1, ticket, 255));
	ck_assert(links_look(links, LINKS_SLOTS - 1, ticket, &verdict));
	ck_assert_uint_eq(verdict, 255);
}
END_TEST

/* What two processes know of a race. */
struct race {
	_Atomic uint64_t ticket; /* 0: the worker is not ready */
	_Atomic int told;        /* -1: not decided yet */
};

static void
race_bridge(struct race *race)
{
	struct links *mine = links_open(state);
	uint64_t last = 0, ticket;

	if (mine == NULL)
		_exit(1);
	for (;;) {
		while ((ticket = atomic_load(&race->ticket)) == last)
			sched_yield();
		last = ticket;
		if (ticket != 0)
			atomic_store(&race->told,
			    ticket % 2 == 0 ? links_tell(mine, SLOT, ticket, 4)
			                    : links_claim(mine, SLOT, ticket, 4));
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
		unsigned int verdict = 99;
		uint64_t ticket = links_await(links, SLOT);

		atomic_store(&race->told, -1);
		atomic_store(&race->ticket, ticket);
		for (volatile int spin = i % 500; spin > 0; spin--)
			;
		bool gave_up = links_give_up(links, SLOT, ticket, &verdict);
		while (atomic_load(&race->told) < 0)
			sched_yield();
		ck_assert_int_eq(gave_up, !atomic_load(&race->told));
		if (!gave_up)
			ck_assert_uint_eq(verdict, 4);
	}
	kill_hard(pid);
	munmap(race, sizeof(*race));
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = { test_leader, test_child_does_not_lead, test_status,
		test_many_peers, test_no_halves, test_verdict, test_claim, test_delivered,
		test_give_up, test_bounds, test_race };
	Suite *suite = suite_create("links");
	TCase *tcase = tcase_create("links");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 120);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
