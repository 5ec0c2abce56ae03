/*
 * The ringer: what transactions tell of is told once they are done, and not lost when the ringer or
 * the committer dies; and nobody waits for it.
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "store_fixture.h"

#define TABLE STORE_TABLES_FREE
#define MOST  64
#define KIND  3
#define STOP  77 /* an event of this kind holds the ringer up, until it is let go */

/* What the ringer has told, seen by the test. */
static struct rung {
	atomic_int pid;
	atomic_uint everyone;
	atomic_uint n;
	struct store_event events[MOST]; /* the first */
	atomic_bool held;
	atomic_bool go;
	atomic_bool readable; /* the store has what the transaction before the event put there */
} * rung;

static char dir[FIXTURE_DIR_MAX];
static struct store_options opt;
static struct store *store;

static void
hold_up(void)
{
	const struct timespec pause = { .tv_nsec = 1000 * 1000 };

	atomic_store(&rung->held, true);
	for (int64_t ms = 0; ms < FIXTURE_WAIT_MS && !atomic_load(&rung->go); ms++)
		nanosleep(&pause, NULL);
}

static void
note(struct store *reader, const char *state, const struct store_event *events, size_t n,
    void **kept)
{
	(void)kept;
	ck_assert_str_eq(state, dir);
	atomic_store(&rung->pid, getpid());
	if (events == NULL)
		atomic_fetch_add(&rung->everyone, 1);
	for (size_t i = 0; i < n; i++) {
		unsigned int at = atomic_load(&rung->n);

		if (events[i].kind == STOP) {
			hold_up();
			continue;
		}
		atomic_store(&rung->readable,
		    reader != NULL && fixture_has(reader, TABLE, "k", "new"));
		if (at < MOST)
			rung->events[at] = events[i];
		atomic_store(&rung->n, at + 1);
	}
}

static void
setup(void)
{
	rung = mmap(NULL, sizeof(*rung), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(rung, MAP_FAILED);
	fixture_dir(dir);
	opt = fixture_options(dir);
	opt.ring = note;
	store = fixture_create(&opt);
}

static void
teardown(void)
{
	atomic_store(&rung->go, true);
	store_close(store);
	fixture_remove(dir);
	munmap(rung, sizeof(*rung));
}

/* A transaction with n events; each has another number. */
static void
begin_rings(struct store_tx *tx, unsigned int kind, unsigned int n)
{
	store_tx_init(tx);
	store_tx_put(tx, TABLE, "k", 1, "new", 3);
	for (unsigned int i = 0; i < n; i++)
		store_tx_ring(tx, kind, i, 10 + i);
}

static void
commit_rings(unsigned int kind, unsigned int n)
{
	struct store_tx tx;

	begin_rings(&tx, kind, n);
	fixture_must(store, &tx);
}

static bool
has_events(void *arg)
{
	return atomic_load(&rung->n) >= *(unsigned int *)arg;
}

static void
await_events(unsigned int n)
{
	fixture_wait(has_events, &n, "an event");
}

static bool
has_told_everyone(void *arg)
{
	return atomic_load(&rung->everyone) >= *(unsigned int *)arg;
}

static void
await_everyone(unsigned int times)
{
	fixture_wait(has_told_everyone, &times, "that all are told");
}

static bool
is_held(void *arg)
{
	(void)arg;
	return atomic_load(&rung->held);
}

static bool
has_gone(void *arg)
{
	return kill(*(pid_t *)arg, 0) != 0;
}

START_TEST(test_told)
{
	pid_t ringer;

	setup();
	commit_rings(KIND, 2);
	await_events(2);
	ck_assert(atomic_load(&rung->readable));
	for (unsigned int i = 0; i < 2; i++) {
		ck_assert_uint_eq(rung->events[i].kind, KIND);
		ck_assert_uint_eq(rung->events[i].a, i);
		ck_assert_uint_eq(rung->events[i].b, 10 + i);
	}
	ck_assert_uint_eq(atomic_load(&rung->everyone), 0);

	/* It is another process, and ends with the committer. */
	ringer = atomic_load(&rung->pid);
	ck_assert_int_ne(ringer, getpid());
	ck_assert_int_ne(ringer, fixture_committer(dir));
	store_rest(store);
	fixture_committer_leave(dir);
	fixture_committer_ended(dir);
	fixture_wait(has_gone, &ringer, "the end of the ringer");
	ck_assert_uint_eq(atomic_load(&rung->n), 2);
	teardown();
}
END_TEST

START_TEST(test_refused)
{
	struct store_tx tx;

	setup();
	begin_rings(&tx, KIND, 1);
	store_tx_expect_absent(&tx, TABLE, "k", 1);
	fixture_must(store, &tx);
	ck_assert_int_eq(fixture_try(store, &tx), STORE_CONFLICT);
	begin_rings(&tx, KIND + 1, 1);
	store_post(store, &tx);
	await_events(2);
	ck_assert_uint_eq(rung->events[0].kind, KIND);
	ck_assert_uint_eq(rung->events[1].kind, KIND + 1);
	teardown();
}
END_TEST

/* Whoever hands a transaction over and dies at that moment has told all the same. */
START_TEST(test_client_killed)
{
	pid_t child;

	setup();
	store_close(store);
	child = fork();
	if (child == 0) {
		struct store *own = fixture_open(&opt);
		struct store_tx tx;

		begin_rings(&tx, KIND, 1);
		store_post(own, &tx);
		raise(SIGKILL);
	}
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	store = fixture_open(&opt);
	await_events(1);
	ck_assert(atomic_load(&rung->readable));
	ck_assert_uint_eq(atomic_load(&rung->everyone), 0);
	teardown();
}
END_TEST

/* An event belongs to something, and there are not too many of them. */
START_TEST(test_too_many)
{
	struct store_tx tx;

	setup();
	store_tx_init(&tx);
	store_tx_ring(&tx, KIND, 1, 1);
	ck_assert_int_eq(store_commit(store, &tx, NULL), STORE_FAILED);
	begin_rings(&tx, KIND, STORE_TX_RINGS + 1);
	ck_assert_int_eq(store_commit(store, &tx, NULL), STORE_FAILED);
	commit_rings(KIND, STORE_TX_RINGS);
	await_events(STORE_TX_RINGS);
	teardown();
}
END_TEST

/* What a ringer had not told when it died, the next one tells everyone. */
START_TEST(test_ringer_killed)
{
	pid_t ringer;

	setup();
	commit_rings(STOP, 1);
	fixture_wait(is_held, NULL, "a ringer that is held up");
	ringer = atomic_load(&rung->pid);
	commit_rings(KIND, 1);
	ck_assert_int_eq(kill(ringer, SIGKILL), 0);
	fixture_wait(has_gone, &ringer, "the end of the ringer");
	commit_rings(KIND, 1);
	await_everyone(1);
	ck_assert_int_ne(atomic_load(&rung->pid), ringer);
	commit_rings(KIND + 1, 1);
	await_events(1);
	teardown();
}
END_TEST

/* The same without another transaction, when the ringer has lived for a while. */
START_TEST(test_ringer_killed_late)
{
	const struct timespec second = { .tv_sec = 1, .tv_nsec = 100 * 1000 * 1000 };
	pid_t ringer;

	setup();
	commit_rings(KIND, 1);
	await_events(1);
	ringer = atomic_load(&rung->pid);
	nanosleep(&second, NULL);
	ck_assert_int_eq(kill(ringer, SIGKILL), 0);
	await_everyone(1);
	ck_assert_int_ne(atomic_load(&rung->pid), ringer);
	teardown();
}
END_TEST

/* The committer goes on while the ringer does not, and what found no room is told to everyone. */
START_TEST(test_full)
{
	const unsigned int times = 400;

	setup();
	commit_rings(STOP, 1);
	fixture_wait(is_held, NULL, "a ringer that is held up");
	for (unsigned int i = 0; i < times; i++)
		commit_rings(KIND, STORE_TX_RINGS);
	ck_assert_uint_eq(atomic_load(&rung->n), 0);
	atomic_store(&rung->go, true);
	await_everyone(1);
	ck_assert_uint_lt(atomic_load(&rung->n), times * STORE_TX_RINGS);
	atomic_store(&rung->n, 0);
	commit_rings(KIND + 1, 1);
	await_events(1);
	teardown();
}
END_TEST

/* A committer that was killed may have told nobody of what it did; the next one does. */
START_TEST(test_committer_killed)
{
	pid_t ringer, committer;

	setup();
	commit_rings(STOP, 1);
	fixture_wait(is_held, NULL, "a ringer that is held up");
	ringer = atomic_load(&rung->pid);
	committer = fixture_committer(dir);
	ck_assert_int_eq(kill(ringer, SIGSTOP), 0);
	ck_assert_int_eq(kill(committer, SIGKILL), 0);
	fixture_committer_ended(dir);
	ck_assert_int_eq(fixture_put(store, TABLE, "other", "value"), STORE_OK);
	await_everyone(1);
	ck_assert_int_eq(kill(ringer, SIGKILL), 0);
	teardown();
}
END_TEST

/* One that has ended by itself has told all. */
START_TEST(test_committer_ended)
{
	setup();
	for (unsigned int i = 1; i <= 3; i++) {
		commit_rings(KIND, 1);
		store_rest(store);
		fixture_committer_leave(dir);
		fixture_committer_ended(dir);
		ck_assert_uint_eq(atomic_load(&rung->n), i);
	}
	ck_assert_uint_eq(atomic_load(&rung->everyone), 0);
	teardown();
}
END_TEST

/* A process that writes by itself tells by itself. */
START_TEST(test_writer)
{
	setup();
	store_rest(store);
	fixture_committer_leave(dir);
	fixture_committer_ended(dir);
	store_close(store);
	store = fixture_open_writer(&opt);
	commit_rings(KIND, 2);
	ck_assert_uint_eq(atomic_load(&rung->n), 2);
	ck_assert_int_eq(atomic_load(&rung->pid), getpid());
	ck_assert(atomic_load(&rung->readable));
	teardown();
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *tests[] = { test_told, test_refused, test_client_killed, test_too_many,
		test_ringer_killed, test_ringer_killed_late, test_full, test_committer_killed,
		test_committer_ended, test_writer };

	return FIXTURE_MAIN(argc, argv, tests);
}
