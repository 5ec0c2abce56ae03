/*
 * kabard under load, and killed: as a whole, again and again, or process by process. What was
 * acknowledged is in the inboxes exactly once and in order, what a receiver has had does not
 * come again, and who is not killed goes on. KABAR_TEST_SEED repeats a run.
 */
#include <sys/statvfs.h>
#include <sys/wait.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load.h"
#include "seed.h"

#define KILLS         10
#define PROCESSES_MAX 64
#define WORKERS       (LOAD_SENDERS + LOAD_RECEIVERS)
#define MEMORY        "/dev/shm"
#define MEMORY_NEEDED (512UL * 1024 * 1024)

/* Files of messages fill up, and the janitor has something to trim. */
#define BUSY "log_file_size = 16M\nmessage_keep = 1s\njanitor_interval = 1s\n"

static struct realm realm;
static struct load *load;
static uint64_t seed, drawn;

static void
setup(void)
{
	realm_make(&realm, BUSY);
	load = load_new(&realm, seed);
	drawn = seed;
}

static void
teardown(void)
{
	load_free(load);
	realm_remove(&realm);
}

static void
start_kabard(const char *settings)
{
	char text[256];

	snprintf(text, sizeof(text), BUSY "%s", settings);
	realm_configure(&realm, text);
	realm_start(&realm);
	close(realm.first_fd);
	realm.first_fd = -1;
}

/* Looks at a state in which no client does anything. */
static void
check_all(void)
{
	const char *const argv[] = { realm_kabarctl_path, "-c", realm.config, "check", NULL };
	char output[4096];

	load_read(load);
	load_check(load);
	ck_assert_int_eq(realm_run(argv, NULL, output, sizeof(output)), 0);
	/* Who is killed may lose some space, but no count. */
	ck_assert_msg(strstr(output, " bytes, not ") == NULL, "%s", output);
}

/*
 * All at once.
 */

struct group {
	pid_t pids[PROCESSES_MAX];
	size_t n;
};

static void
find_group(struct group *group)
{
	group->n = realm_processes(&realm, group->pids, PROCESSES_MAX);
	ck_assert_uint_lt(group->n, PROCESSES_MAX);
}

static void
kill_group(const struct group *group)
{
	for (size_t i = 0; i < group->n; i++)
		kill(group->pids[i], SIGKILL);
}

static void
shuffle(struct group *group)
{
	for (size_t i = group->n; i > 1; i--) {
		size_t other = seed_draw(&drawn, i);
		pid_t pid = group->pids[i - 1];

		group->pids[i - 1] = group->pids[other];
		group->pids[other] = pid;
	}
}

/* Kills also the processes that started while the others were being killed. */
static bool
nobody_is_left(void *arg)
{
	struct group group;

	(void)arg;
	find_group(&group);
	kill_group(&group);
	return group.n == 0;
}

static void
kill_everyone(void)
{
	struct group group;

	load_await_all(load); /* so all are there */
	find_group(&group);
	ck_assert_uint_ge(group.n, LOAD_SENDERS + 2);
	shuffle(&group);
	load_await(load, 1 + seed_draw(&drawn, 400));
	kill_group(&group);
	ck_assert(WIFSIGNALED(realm_await(realm.kabard)));
	realm.kabard = 0;
	ck_assert(realm_until(nobody_is_left, NULL));
	load_stop(load);
	ck_assert(realm_until(nobody_is_left, NULL));
}

START_TEST(killed_as_a_whole)
{
	static const struct {
		const char *settings;
		unsigned int kinds;
		bool read; /* all inboxes, after the restart */
	} rounds[] = {
		{ "", LOAD_SEND, false },
		{ "", LOAD_JANITOR, true },
		{ "", LOAD_READ, true },
		{ "sync = on", LOAD_READ, false },
		{ "", LOAD_READ | LOAD_JANITOR, true },
		{ "sync = on", LOAD_JANITOR, false },
		{ "", LOAD_JANITOR, false },
		{ "", LOAD_READ | LOAD_JANITOR, true },
	};

	for (size_t i = 0; i < sizeof(rounds) / sizeof(rounds[0]); i++) {
		start_kabard(rounds[i].settings);
		load_start(load, rounds[i].kinds);
		kill_everyone();
		if (seed_draw(&drawn, 2) == 0) /* the first to see what is left */
			REALM_CTL(&realm, NULL, "check");
		start_kabard(rounds[i].settings);
		REALM_CTL(&realm, NULL, "check");
		if (rounds[i].read)
			check_all();
		ck_assert_int_eq(realm_stop(&realm), 0);
	}
}
END_TEST

/*
 * One by one.
 */

struct hunt {
	pid_t last;
	pid_t found;
};

static bool
is_found(void *arg)
{
	struct hunt *hunt = arg;

	hunt->found = realm_committer(&realm);
	return hunt->found != 0 && hunt->found != hunt->last;
}

static void
kill_committer(struct hunt *hunt)
{
	ck_assert(realm_until(is_found, hunt));
	ck_assert_int_eq(kill(hunt->found, SIGKILL), 0);
	hunt->last = hunt->found;
}

/* One whose client has logged in. */
static void
kill_worker(void)
{
	pid_t pids[WORKERS];
	size_t n = realm_workers(&realm, pids, WORKERS);

	ck_assert_uint_gt(n, 0);
	ck_assert_uint_le(n, WORKERS);
	ck_assert_int_eq(kill(pids[seed_draw(&drawn, n)], SIGKILL), 0);
}

static bool
all_are_noticed(void *arg)
{
	const unsigned int *killed = arg;

	return load_lost(load) == *killed;
}

static void
run_and_kill(unsigned int kinds, bool workers, bool committers)
{
	struct hunt hunt = { .last = 0 };
	unsigned int killed = 0;

	start_kabard("");
	load_start(load, kinds);
	load_await_all(load);
	for (size_t i = 0; i < KILLS; i++) {
		load_await(load, 1 + seed_draw(&drawn, 100));
		if (workers) {
			kill_worker();
			killed++;
		}
		if (committers)
			kill_committer(&hunt);
		/* Nobody else is cut off, and nobody is stuck. */
		ck_assert(realm_until(all_are_noticed, &killed));
		load_await_all(load);
	}
	load_stop(load);
	ck_assert_uint_eq(load_lost(load), killed);
	check_all();
	ck_assert_uint_eq(realm_log_count(&realm, "died of signal 9"), killed);
	ck_assert_int_eq(realm_stop(&realm), 0);
}

START_TEST(killed_workers)
{
	run_and_kill(LOAD_READ, true, false);
}
END_TEST

START_TEST(killed_committers)
{
	run_and_kill(LOAD_READ | LOAD_JANITOR, false, true);
}
END_TEST

START_TEST(killed_workers_and_committers)
{
	run_and_kill(LOAD_READ | LOAD_JANITOR, true, true);
}
END_TEST

/* Processes are killed here and no machine, so a disk would only take its time. */
static void
leave_disk(void)
{
	struct statvfs st;

	if (getenv("TMPDIR") == NULL && access(MEMORY, W_OK) == 0 && statvfs(MEMORY, &st) == 0 &&
	    st.f_bavail * st.f_frsize >= MEMORY_NEEDED)
		setenv("TMPDIR", MEMORY, 1);
}

int
main(void)
{
	Suite *suite = suite_create("load");
	TCase *tcase = realm_tcase(suite, "load");

	seed = seed_choose();
	leave_disk();
	fprintf(stderr, "KABAR_TEST_SEED=%" PRIu64 "\n", seed);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, killed_as_a_whole);
	tcase_add_test(tcase, killed_workers);
	tcase_add_test(tcase, killed_committers);
	tcase_add_test(tcase, killed_workers_and_committers);
	return realm_run_suite(suite);
}
