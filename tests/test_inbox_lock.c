/*
 * One process at a time holds the lock of a user's inbox, also when the lock's file was removed and
 * made anew while others wait at the old one.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "live/inbox_lock.h"
#include "suite.h"

#define USER    7
#define WAIT_MS 60000
#define HELD    'y'
#define TAKEN   'n'

static struct config config;
static char path[sizeof(config.state) + 16];

/* A process that takes the lock, says whether it has it, and holds it until it is told to end. */
struct holder {
	pid_t pid;
	int says;
	int ends;
};

static void
setup(void)
{
	snprintf(config.state, sizeof(config.state), "/tmp/kabar-lock-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(config.state));
	snprintf(path, sizeof(path), "%s/inbox.lock", config.state);
}

static void
teardown(void)
{
	unlink(path);
	rmdir(config.state);
}

static struct holder
begin_holder(int ms)
{
	struct inbox_lock lock = { .held = false };
	struct holder holder;
	int says[2], ends[2];
	char byte;

	ck_assert_int_eq(pipe2(says, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	holder.pid = fork();
	ck_assert_int_ge(holder.pid, 0);
	if (holder.pid == 0) {
		byte = inbox_lock_take(&lock, &config, USER, ms) ? HELD : TAKEN;
		_exit(write(says[1], &byte, 1) == 1 && read(ends[0], &byte, 1) == 1 ? 0 : 1);
	}
	close(says[1]);
	close(ends[0]);
	holder.says = says[0];
	holder.ends = ends[1];
	return holder;
}

static char
hear(const struct holder *holder)
{
	char byte = '?';

	ck_assert_int_eq(read(holder->says, &byte, 1), 1);
	return byte;
}

static void
end_holder(const struct holder *holder)
{
	int status;

	ck_assert_int_eq(write(holder->ends, "e", 1), 1);
	close(holder->ends);
	ck_assert_int_eq(waitpid(holder->pid, &status, 0), holder->pid);
	ck_assert_int_eq(status, 0);
	close(holder->says);
}

/* The system's list of locks says that it waits for one. */
static void
await_waiting(const struct holder *holder)
{
	char line[256], pid[32];
	bool found = false;

	snprintf(pid, sizeof(pid), " %ld ", (long)holder->pid);
	while (!found) {
		FILE *locks = fopen("/proc/locks", "re");

		ck_assert_ptr_nonnull(locks);
		while (!found && fgets(line, sizeof(line), locks) != NULL)
			found = strstr(line, "->") != NULL && strstr(line, pid) != NULL;
		fclose(locks);
	}
}

START_TEST(one_holds)
{
	struct holder first = begin_holder(0), second;

	ck_assert_int_eq(hear(&first), HELD);
	second = begin_holder(0);
	ck_assert_int_eq(hear(&second), TAKEN);
	end_holder(&second);
	second = begin_holder(WAIT_MS);
	await_waiting(&second);
	end_holder(&first);
	ck_assert_int_eq(hear(&second), HELD);
	end_holder(&second);
}
END_TEST

/* Whoever waited at the old file goes on to wait at the new one. */
START_TEST(made_anew)
{
	struct holder first = begin_holder(0), waiting, later;
	struct stat st;

	ck_assert_int_eq(hear(&first), HELD);
	waiting = begin_holder(WAIT_MS);
	await_waiting(&waiting);
	ck_assert_int_eq(unlink(path), 0);
	later = begin_holder(0);
	ck_assert_int_eq(hear(&later), HELD);
	/* Workers of another user reach it, too. */
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0660);
	end_holder(&first);
	await_waiting(&waiting);
	end_holder(&later);
	ck_assert_int_eq(hear(&waiting), HELD);
	later = begin_holder(0);
	ck_assert_int_eq(hear(&later), TAKEN);
	end_holder(&later);
	end_holder(&waiting);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("inbox_lock");
	TCase *tcase = tcase_create("inbox_lock");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, one_holds);
	tcase_add_test(tcase, made_anew);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
