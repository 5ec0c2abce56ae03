/*
 * The scoreboard among several processes: who holds a slot, what others see of it, and what is left
 * of an owner that was killed.
 */
#include "live/scoreboard.h"
#include "process.h"
#include "suite.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SLOTS  16
#define ROUNDS 20000

static char state[] = "/tmp/kabar-scoreboard-XXXXXX";
static char path[64];
static struct scoreboard *scoreboard;

static void
setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(state));
	snprintf(path, sizeof(path), "%s/scoreboard", state);
	scoreboard = scoreboard_open(state, SLOTS);
	ck_assert_ptr_nonnull(scoreboard);
}

static void
teardown(void)
{
	scoreboard_close(scoreboard);
	unlink(path);
	rmdir(state);
}

/* A process that holds a slot until it is killed; it says so through a pipe. */
static pid_t
holder(uint64_t connection, uint64_t user)
{
	struct scoreboard_entry entry = { .connection = connection, .user = user };
	int pipes[2];
	char byte = 0;

	ck_assert_int_eq(pipe(pipes), 0);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct scoreboard *mine = scoreboard_open(state, SLOTS);

		if (mine == NULL || scoreboard_enter(mine) < 0)
			_exit(1);
		scoreboard_show(mine, &entry);
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

struct seen {
	unsigned int count;
	unsigned int slot;
	struct scoreboard_entry entry;
};

static int
see(void *arg, unsigned int slot, const struct scoreboard_entry *entry)
{
	struct seen *seen = arg;

	seen->count++;
	seen->slot = slot;
	seen->entry = *entry;
	return 0;
}

static struct seen
list_slots(void)
{
	struct seen seen = { .count = 0 };

	scoreboard_each(scoreboard, see, &seen);
	return seen;
}

START_TEST(test_own_slot)
{
	struct scoreboard_entry entry = { .connection = 7,
		.user = 3,
		.since_ms = 1234,
		.dialect = "realm",
		.address = "2001:db8::1",
		.modes = UINT64_MAX,
		.ident = "leo",
		.away = "makan siang" };
	struct scoreboard_entry got;
	int slot = scoreboard_enter(scoreboard);

	ck_assert_int_ge(slot, 0);
	ck_assert_int_eq(scoreboard_enter(scoreboard), slot);
	scoreboard_show(scoreboard, &entry);
	ck_assert(scoreboard_get(scoreboard, (unsigned int)slot, &got));
	ck_assert_int_eq(got.pid, getpid());
	ck_assert_int_eq((int)got.connection, 7);
	ck_assert_int_eq((int)got.user, 3);
	ck_assert_int_eq(got.since_ms, 1234);
	ck_assert_str_eq(got.dialect, "realm");
	ck_assert_str_eq(got.address, "2001:db8::1");
	ck_assert_uint_eq(got.modes, UINT64_MAX);
	ck_assert_str_eq(got.ident, "leo");
	ck_assert_str_eq(got.away, "makan siang");
	ck_assert(!scoreboard_get(scoreboard, SLOTS, &got));
	scoreboard_leave(scoreboard);
	ck_assert(!scoreboard_get(scoreboard, (unsigned int)slot, &got));
	ck_assert_uint_eq(list_slots().count, 0);
}
END_TEST

/* Names of programs may be any text, but nothing that is none. */
START_TEST(test_texts_are_cleaned)
{
	struct scoreboard_entry entry = { .name = "messi\x1b[2J", .program = "caf\xc3\xa9/1" };
	int slot = scoreboard_enter(scoreboard);

	scoreboard_show(scoreboard, &entry);
	ck_assert(scoreboard_get(scoreboard, (unsigned int)slot, &entry));
	ck_assert_str_eq(entry.name, "messi?[2J");
	ck_assert_str_eq(entry.program, "caf\xc3\xa9/1");
	memcpy(entry.program, "\x1b[2J\xc3\xa9", sizeof("\x1b[2J\xc3\xa9"));
	scoreboard_show(scoreboard, &entry);
	ck_assert(scoreboard_get(scoreboard, (unsigned int)slot, &entry));
	ck_assert_str_eq(entry.program, "?[2J??");
	memset(entry.program, 'x', sizeof(entry.program));
	scoreboard_show(scoreboard, &entry);
	ck_assert(scoreboard_get(scoreboard, (unsigned int)slot, &entry));
	ck_assert_uint_eq(strlen(entry.program), sizeof(entry.program) - 1);
}
END_TEST

/* An away text is one line of any characters, whatever its owner has written. */
START_TEST(test_away_is_cleaned)
{
	static const struct {
		const char *written, *read;
	} rows[] = {
		{ "caf\xc3\xa9 \xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9",
		    "caf\xc3\xa9 \xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9" },
		{ "a\r\nQUIT\x7f\x1b[2J", "a  QUIT  [2J" },
		{ "a \xc3", "a??" },
	};
	struct scoreboard_entry entry = { .ident = "l e\n\xc3" };
	int slot = scoreboard_enter(scoreboard);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(entry.away, sizeof(entry.away), "%s", rows[i].written);
		scoreboard_show(scoreboard, &entry);
		ck_assert(scoreboard_get(scoreboard, (unsigned int)slot, &entry));
		ck_assert_str_eq(entry.away, rows[i].read);
		ck_assert_str_eq(entry.ident, "l?e??");
	}
	memset(entry.away, 'x', sizeof(entry.away));
	memset(entry.ident, 'x', sizeof(entry.ident));
	scoreboard_show(scoreboard, &entry);
	ck_assert(scoreboard_get(scoreboard, (unsigned int)slot, &entry));
	ck_assert_uint_eq(strlen(entry.away), sizeof(entry.away) - 1);
	ck_assert_uint_eq(strlen(entry.ident), sizeof(entry.ident) - 1);
}
END_TEST

START_TEST(test_killed_owner_is_gone_at_once)
{
	pid_t pid = holder(5, 42);
	struct seen seen = list_slots();
	struct scoreboard_entry got;

	ck_assert_uint_eq(seen.count, 1);
	ck_assert_int_eq(seen.entry.pid, pid);
	ck_assert_int_eq((int)seen.entry.user, 42);
	process_kill(pid);
	ck_assert(!scoreboard_get(scoreboard, seen.slot, &got));
	scoreboard_reap(scoreboard, pid);
	scoreboard_reap(scoreboard, pid);
	ck_assert_uint_eq(list_slots().count, 0);
}
END_TEST

START_TEST(test_bury_spares_the_living)
{
	pid_t pid = holder(5, 42);

	scoreboard_reap(scoreboard, pid);
	ck_assert_uint_eq(list_slots().count, 1);
	process_kill(pid);
}
END_TEST

START_TEST(test_full_then_free_again)
{
	pid_t pids[SLOTS];

	for (unsigned int i = 0; i < SLOTS; i++)
		pids[i] = holder(i * 3, i + 1);
	ck_assert_uint_eq(list_slots().count, SLOTS);
	ck_assert_int_eq(scoreboard_enter(scoreboard), -1);
	/* Nobody buried them. */
	for (unsigned int i = 0; i < SLOTS; i++)
		process_kill(pids[i]);
	ck_assert_int_ge(scoreboard_enter(scoreboard), 0);
	ck_assert_uint_eq(list_slots().count, 1);
}
END_TEST

START_TEST(test_sweep)
{
	pid_t dead = holder(1, 1), alive = holder(2, 2);

	process_kill(dead);
	scoreboard_reap_all(scoreboard);
	ck_assert_uint_eq(list_slots().count, 1);
	ck_assert_int_eq(list_slots().entry.pid, alive);
	process_kill(alive);
}
END_TEST

START_TEST(test_signal)
{
	pid_t first = holder(1, 42), other = holder(2, 7), second = holder(3, 42);
	pid_t dead = holder(4, 42);
	unsigned int denied;
	int status;

	process_kill(dead);
	scoreboard_enter(scoreboard);
	scoreboard_show(scoreboard,
	    &(struct scoreboard_entry){ .user = 42 }); /* but not to ourselves */
	ck_assert_uint_eq(scoreboard_signal(scoreboard, 42, SIGUSR1, &denied), 2);
	ck_assert_int_eq(waitpid(first, &status, 0), first);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(waitpid(second, &status, 0), second);
	ck_assert(WIFSIGNALED(status));
	ck_assert_uint_eq(scoreboard_signal(scoreboard, 42, SIGUSR1, &denied), 0);
	ck_assert_int_eq(waitpid(other, &status, WNOHANG), 0);
	process_kill(other);
}
END_TEST

START_TEST(test_child_of_fork_takes_its_own)
{
	int status, slot = scoreboard_enter(scoreboard);
	pid_t pid = fork();

	if (pid == 0) {
		struct scoreboard_entry entry;
		int mine = scoreboard_enter(scoreboard);
		bool both = scoreboard_get(scoreboard, (unsigned int)slot, &entry) &&
		    entry.pid == getppid();

		both = both && scoreboard_get(scoreboard, (unsigned int)mine, &entry) &&
		    entry.pid == getpid();
		scoreboard_close(scoreboard);
		_exit(both && mine != slot ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(list_slots().count, 1);
	ck_assert_int_eq((int)list_slots().slot, slot);
}
END_TEST

START_TEST(test_grows_beneath_others)
{
	struct scoreboard_entry entry;
	pid_t pid = fork();

	if (pid == 0) {
		struct scoreboard *bigger = scoreboard_open(state, 4 * SLOTS);

		_exit(bigger != NULL && scoreboard_slots(bigger) == 4 * SLOTS ? 0 : 1);
	}
	int status;
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(scoreboard_slots(scoreboard), 4 * SLOTS);
	ck_assert(!scoreboard_get(scoreboard, 4 * SLOTS - 1, &entry));
	struct scoreboard *smaller = scoreboard_open(state, 1);
	ck_assert_ptr_nonnull(smaller);
	ck_assert_uint_eq(scoreboard_slots(smaller), 4 * SLOTS);
	scoreboard_close(smaller);
}
END_TEST

START_TEST(test_what_is_no_scoreboard_is_replaced)
{
	static const char *const wrecks[] = { "x",
		"not a scoreboard at all, but long enough to be looked "
		"into: longer than its header would be, that is, "
		"and then a bit" };

	for (size_t i = 0; i < 2; i++) {
		scoreboard_close(scoreboard);
		int fd = open(path, O_WRONLY | O_TRUNC);

		ck_assert_int_eq((int)write(fd, wrecks[i], strlen(wrecks[i])),
		    (int)strlen(wrecks[i]));
		close(fd);
		scoreboard = scoreboard_open(state, SLOTS);
		ck_assert_ptr_nonnull(scoreboard);
		ck_assert_uint_eq(scoreboard_slots(scoreboard), SLOTS);
	}
	ck_assert_ptr_null(scoreboard_open(state, 0));
	ck_assert_ptr_null(scoreboard_open(state, SCOREBOARD_SLOTS_MAX + 1));
	ck_assert_ptr_null(scoreboard_open("/nonexistent", 1));
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

static void
show_round(struct scoreboard *mine, uint64_t round)
{
	struct scoreboard_entry entry = { .connection = round,
		.user = round,
		.since_ms = (int64_t)round };

	memset(entry.address, 'a' + (int)(round % 26), sizeof(entry.address) - 1);
	scoreboard_show(mine, &entry);
}

static void
assert_whole(const struct scoreboard_entry *entry)
{
	ck_assert(entry->connection == entry->user);
	ck_assert(entry->connection == (uint64_t)entry->since_ms);
	for (size_t i = 0; i + 1 < sizeof(entry->address); i++)
		ck_assert_int_eq(entry->address[i],
		    entry->connection == 0 ? 0 : 'a' + (int)(entry->connection % 26));
}

START_TEST(test_no_torn_reads)
{
	struct scoreboard_entry entry;
	unsigned int whole = 0;
	pid_t pid = fork();

	if (pid == 0) {
		struct scoreboard *mine = scoreboard_open(state, SLOTS);

		scoreboard_enter(mine);
		for (uint64_t round = 1;; round++)
			show_round(mine, round);
	}
	while (list_slots().count == 0)
		;
	unsigned int slot = list_slots().slot;
	while (whole < ROUNDS)
		if (scoreboard_get(scoreboard, slot, &entry)) {
			assert_whole(&entry);
			whole++;
		}
	process_kill(pid);
}
END_TEST

/* Killed at any moment, also in the middle of a change: the next owner's entries are good. */
START_TEST(test_killed_in_the_middle)
{
	for (int i = 0; i < 50; i++) {
		struct scoreboard_entry entry;
		pid_t pid = fork();

		if (pid == 0) {
			struct scoreboard *mine = scoreboard_open(state, SLOTS);

			scoreboard_enter(mine);
			for (uint64_t round = 1;; round++)
				show_round(mine, round);
		}
		while (list_slots().count == 0)
			;
		process_kill(pid);
		ck_assert_uint_eq(list_slots().count, 0);
		if (i % 2 == 0)
			scoreboard_reap(scoreboard, pid);
		int slot = scoreboard_enter(scoreboard);
		show_round(scoreboard, 77);
		ck_assert(scoreboard_get(scoreboard, (unsigned int)slot, &entry));
		assert_whole(&entry);
		ck_assert_int_eq((int)entry.user, 77);
		scoreboard_leave(scoreboard);
	}
}
END_TEST

/* Many come and go at once, and no two ever hold one slot. */
START_TEST(test_no_slot_twice)
{
	pid_t pids[8];
	_Atomic int *owners = mmap(NULL, SLOTS * sizeof(*owners), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne((void *)owners, MAP_FAILED);
	for (unsigned int i = 0; i < 8; i++) {
		pids[i] = fork();
		if (pids[i] != 0)
			continue;
		struct scoreboard *mine = scoreboard_open(state, SLOTS);

		for (unsigned int round = 0; round < 500; round++) {
			int slot = scoreboard_enter(mine);

			if (slot < 0 || atomic_fetch_add(&owners[slot], 1) != 0)
				_exit(1);
			scoreboard_reap(mine, getpid());
			scoreboard_reap_all(mine);
			atomic_fetch_sub(&owners[slot], 1);
			scoreboard_leave(mine);
		}
		_exit(0);
	}
	for (unsigned int i = 0; i < 8; i++) {
		int status;

		ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
		ck_assert_int_eq(status, 0);
	}
	ck_assert_uint_eq(list_slots().count, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("scoreboard");
	TCase *tcase = tcase_create("scoreboard");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_own_slot);
	tcase_add_test(tcase, test_texts_are_cleaned);
	tcase_add_test(tcase, test_away_is_cleaned);
	tcase_add_test(tcase, test_killed_owner_is_gone_at_once);
	tcase_add_test(tcase, test_bury_spares_the_living);
	tcase_add_test(tcase, test_full_then_free_again);
	tcase_add_test(tcase, test_sweep);
	tcase_add_test(tcase, test_signal);
	tcase_add_test(tcase, test_child_of_fork_takes_its_own);
	tcase_add_test(tcase, test_grows_beneath_others);
	tcase_add_test(tcase, test_what_is_no_scoreboard_is_replaced);
	tcase_add_test(tcase, test_no_torn_reads);
	tcase_add_test(tcase, test_killed_in_the_middle);
	tcase_add_test(tcase, test_no_slot_twice);
	suite_add_tcase(suite, tcase);

	return suite_run(suite);
}
