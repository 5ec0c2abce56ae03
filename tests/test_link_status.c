/*
 * The states of links that the bridge shows: one process leads, and no state is seen half changed.
 */
#include "live/link_status.h"
#include "process.h"
#include "suite.h"

#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PEER   7
#define ROUNDS 20000

static char state[] = "/tmp/kabar-link-status-XXXXXX";
static struct link_status_file *links;

static void
setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(state));
	links = link_status_open(state);
	ck_assert_ptr_nonnull(links);
}

static void
teardown(void)
{
	static const char *const names[] = { "link_status", "bridge.lock" };
	char path[64];

	link_status_close(links);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", state, names[i]);
		unlink(path);
	}
	rmdir(state);
}

static struct link_status
status_of(uint64_t peer, enum link_status_state link_state, const char *error)
{
	struct link_status status = { .peer = peer,
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
	struct link_status status = status_of(peer, LINK_STATUS_UP, "");
	int pipes[2];
	char byte = 0;

	ck_assert_int_eq(pipe(pipes), 0);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct link_status_file *mine = link_status_open(state);

		if (mine == NULL || link_status_lead(mine) != 0)
			_exit(1);
		link_status_show(mine, &status);
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

START_TEST(test_leader)
{
	struct link_status status;

	ck_assert(!link_status_led(links));
	pid_t pid = bridge(PEER);
	ck_assert(link_status_led(links));
	ck_assert_int_eq(link_status_lead(links), -1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert(link_status_get(links, PEER, &status));
	ck_assert_int_eq(status.state, LINK_STATUS_UP);
	process_kill(pid);
	ck_assert(!link_status_led(links));
	ck_assert(!link_status_get(links, PEER, &status));
	ck_assert_int_eq(link_status_lead(links), 0);
	ck_assert_int_eq(link_status_lead(links), 0);
	ck_assert(link_status_led(links));
	/* What the one before showed is nobody's any more. */
	ck_assert(!link_status_get(links, PEER, &status));
}
END_TEST

START_TEST(test_child_does_not_lead)
{
	int wait_status;

	ck_assert_int_eq(link_status_lead(links), 0);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		int lead = link_status_lead(links);

		_exit(lead == -1 && errno == EAGAIN && link_status_led(links) ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &wait_status, 0), pid);
	ck_assert_int_eq(wait_status, 0);
	ck_assert(link_status_led(links));
}
END_TEST

START_TEST(test_status)
{
	struct link_status shown = status_of(PEER, LINK_STATUS_DOWN, "connection refused"), got;

	/* Only who leads is believed. */
	link_status_show(links, &shown);
	ck_assert_int_eq(link_status_lead(links), 0);
	ck_assert(!link_status_get(links, PEER, &got));
	link_status_show(links, &shown);
	ck_assert(link_status_get(links, PEER, &got));
	ck_assert_mem_eq(&got, &shown, sizeof(got));
	ck_assert(!link_status_get(links, PEER + 1, &got));
	ck_assert(!link_status_get(links, 0, &got));
	shown = status_of(PEER, LINK_STATUS_UP, "");
	link_status_show(links, &shown);
	ck_assert(link_status_get(links, PEER, &got));
	ck_assert_mem_eq(&got, &shown, sizeof(got));
	link_status_hide(links, PEER + 1);
	ck_assert(link_status_get(links, PEER, &got));
	link_status_hide(links, PEER);
	ck_assert(!link_status_get(links, PEER, &got));
}
END_TEST

START_TEST(test_many_peers)
{
	struct link_status got;

	ck_assert_int_eq(link_status_lead(links), 0);
	for (uint64_t id = 1; id <= LINK_STATUS_PEERS + 1; id++) {
		struct link_status status = status_of(id, LINK_STATUS_UP, "");

		link_status_show(links, &status);
	}
	for (uint64_t id = 1; id <= LINK_STATUS_PEERS; id++)
		ck_assert(link_status_get(links, id, &got) && got.peer == id);
	ck_assert(!link_status_get(links, LINK_STATUS_PEERS + 1, &got));
	/* A place that is given up is another's. */
	link_status_hide(links, 5);
	got = status_of(LINK_STATUS_PEERS + 1, LINK_STATUS_UP, "");
	link_status_show(links, &got);
	ck_assert(link_status_get(links, LINK_STATUS_PEERS + 1, &got));
	ck_assert(!link_status_get(links, 5, &got));
}
END_TEST

/* A state is seen as it was before or after a change. */
START_TEST(test_no_halves)
{
	struct link_status got;

	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct link_status_file *mine = link_status_open(state);
		struct link_status status = status_of(PEER, LINK_STATUS_UP, "");

		if (mine == NULL || link_status_lead(mine) != 0)
			_exit(1);
		for (int64_t i = 0;; i++) {
			status.since_ms = status.retry_ms = status.round_trip_us = i;
			memset(status.error, 'a' + (int)(i % 26), LINK_STATUS_ERROR_MAX - 1);
			link_status_show(mine, &status);
		}
	}
	for (int seen = 0; seen < ROUNDS;) {
		if (!link_status_get(links, PEER, &got) || got.error[0] == '\0')
			continue;
		seen++;
		ck_assert_int_eq(got.since_ms, got.retry_ms);
		ck_assert_int_eq(got.since_ms, got.round_trip_us);
		for (int i = 0; i < LINK_STATUS_ERROR_MAX - 1; i++)
			ck_assert_int_eq(got.error[i], 'a' + got.since_ms % 26);
	}
	process_kill(pid);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = { test_leader, test_child_does_not_lead, test_status,
		test_many_peers, test_no_halves };
	Suite *suite = suite_create("link_status");
	TCase *tcase = tcase_create("link_status");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 120);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
