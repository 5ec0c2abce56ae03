/*
 * The end of every test program, seen from outside: this program again, with the name of a suite
 * that has a fault, or may not run.
 */
#include "suite.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/rmtree.h"
#include "realm_int.h"

#define ITSELF      "/proc/self/exe"
#define MARK        "KABAR_TEST_SUITE" /* in the environment of all that a faulty suite starts */
#define HUNG_AFTER  3                  /* seconds */
#define LONG        600                /* seconds: no test lasts so long */
#define ROOM        "/tmp/kabar-suite-XXXXXX"
#define ENVIRON_MAX 65536
#define SAID_MAX    65536
#define KILLED_WAYS 4

static char said[SAID_MAX], mark[64];

/*
 * Suites with faults.
 */

static struct realm hanging;

/* A test that hangs, and has started a committer and a kabard, which leave its process group. */
START_TEST(hangs)
{
	const char *const argv[] = { realm_kabard_path, "-c", hanging.config, NULL };

	realm_make(&hanging, NULL);
	ck_assert_int_eq(realm_run(argv, NULL, NULL, 0), 0);
	fprintf(stderr, "hanging\n");
	for (;;)
		pause();
}
END_TEST

static bool
has_own_session(void *arg)
{
	const pid_t *pid = arg;

	return getsid(*pid) == *pid;
}

START_TEST(leaves)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		setsid();
		signal(SIGTERM, SIG_IGN);
		for (;;)
			pause();
	}
	/* Check kills the process group of a test that has ended. */
	ck_assert(realm_until(has_own_session, &pid));
}
END_TEST

START_TEST(passes)
{
	ck_assert(true);
}
END_TEST

START_TEST(fails)
{
	ck_assert_int_eq(1, 2);
}
END_TEST

START_TEST(cannot)
{
	if (suite_skip_if(true, "no elephant on this machine"))
		return;
	ck_abort();
}
END_TEST

static int
run_faulty(const char *name)
{
	Suite *suite = suite_create(name);
	TCase *tcase = realm_tcase(suite, name);

	tcase_set_timeout(tcase, strcmp(name, "hang for long") == 0 ? LONG : HUNG_AFTER);
	if (strncmp(name, "hang", 4) == 0)
		tcase_add_test(tcase, hangs);
	if (strcmp(name, "leave") == 0)
		tcase_add_test(tcase, leaves);
	if (strcmp(name, "pass") == 0 || strcmp(name, "skip") == 0)
		tcase_add_test(tcase, passes);
	if (strcmp(name, "skip") == 0 || strcmp(name, "skip and fail") == 0)
		tcase_add_test(tcase, cannot);
	if (strcmp(name, "skip and fail") == 0)
		tcase_add_test(tcase, fails);
	return realm_run_suite(suite);
}

/*
 * The processes that the suite sees.
 */

/* A process that writes a title over its environment has a file of the realm open. */
static bool
has_open(const char *pid, const char *directory)
{
	char path[300], target[300];
	const struct dirent *entry;
	bool found = false;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	DIR *fds = opendir(path);
	while (fds != NULL && !found && (entry = readdir(fds)) != NULL) {
		ssize_t len = readlinkat(dirfd(fds), entry->d_name, target, sizeof(target));

		found = len > 0 && (size_t)len > strlen(directory) &&
		    strncmp(target, directory, strlen(directory)) == 0;
	}
	if (fds != NULL)
		closedir(fds);
	return found;
}

static bool
has_mark(const char *pid)
{
	static char text[ENVIRON_MAX];
	char path[300];
	size_t len;

	snprintf(path, sizeof(path), "/proc/%s/environ", pid);
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return false;
	len = fread(text, 1, sizeof(text), file);
	fclose(file);
	return memmem(text, len, mark, strlen(mark)) != NULL;
}

static size_t
count_left(const char *room)
{
	DIR *directory = opendir("/proc");
	const struct dirent *entry;
	size_t n = 0;

	ck_assert_ptr_nonnull(directory);
	while ((entry = readdir(directory)) != NULL)
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			n += has_mark(entry->d_name) || has_open(entry->d_name, room);
	closedir(directory);
	return n;
}

/* Makes a place for the temporary files of a suite, and marks what it will start. */
static void
prepare_room(char *directory)
{
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(mark, sizeof(mark), MARK "=%ld", (long)getpid());
	setenv("TMPDIR", directory, 1);
	setenv("CK_TIMEOUT_MULTIPLIER", "1", 1);
	setenv(MARK, strchr(mark, '=') + 1, 1);
	unsetenv("CK_RUN_CASE");
}

/* The exit status. No process is left of it, and nothing where it has its temporary files. */
static int
run_suite(const char *name)
{
	const char *const argv[] = { ITSELF, name, NULL };
	char directory[] = ROOM;
	int status;

	prepare_room(directory);
	status = realm_run(argv, NULL, said, sizeof(said));
	ck_assert_uint_eq(count_left(directory), 0);
	ck_assert_msg(rmdir(directory) == 0, "%s is left", directory);
	return status;
}

static void
expect_said(const char *text)
{
	ck_assert_msg(strstr(said, text) != NULL, "not \"%s\" but %s", text, said);
}

START_TEST(nothing_checked)
{
	ck_assert_int_eq(run_suite("nothing"), EXIT_FAILURE);
	expect_said("this program has checked nothing\n");
}
END_TEST

START_TEST(passed)
{
	ck_assert_int_eq(run_suite("pass"), EXIT_SUCCESS);
}
END_TEST

START_TEST(skipped)
{
	ck_assert_int_eq(run_suite("skip"), SUITE_SKIPPED);
	expect_said("skipped: no elephant on this machine\n");
	ck_assert_int_eq(run_suite("skip and fail"), EXIT_FAILURE);
	expect_said("skipped: no elephant on this machine\n");
}
END_TEST

/* The suite ends all processes of a test that hangs, wherever they have fled. */
START_TEST(hung)
{
	ck_assert_int_eq(run_suite("hang"), EXIT_FAILURE);
	expect_said("hanging\n");
	expect_said("Test timeout expired");
	expect_said("left behind by a test: ");
}
END_TEST

/* A test that leaves something behind, and passes otherwise, fails. */
START_TEST(left)
{
	ck_assert_int_eq(run_suite("leave"), EXIT_FAILURE);
	expect_said("100%: Checks: 1, ");
	expect_said("left behind by a test: ");
}
END_TEST

static pid_t
start_hanging(void)
{
	int out[2];

	ck_assert_int_eq(pipe(out), 0);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		setpgid(0, 0);
		dup2(out[1], STDERR_FILENO);
		execl(ITSELF, ITSELF, "hang for long", (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	FILE *file = fdopen(out[0], "r");
	ck_assert_ptr_nonnull(file);
	do
		ck_assert_msg(fgets(said, sizeof(said), file) != NULL, "it does not hang");
	while (strcmp(said, "hanging\n") != 0);
	fclose(file);
	return pid;
}

static pid_t
find_child(pid_t parent)
{
	char path[64];
	long pid = 0;

	snprintf(path, sizeof(path), "/proc/%ld/task/%ld/children", (long)parent, (long)parent);
	FILE *file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fscanf(file, "%ld", &pid), 1);
	fclose(file);
	return (pid_t)pid;
}

static bool
none_is_left(void *arg)
{
	return count_left(arg) == 0;
}

/*
 * A test program that is killed in the middle: its outer process, its process group, each process
 * within. What it has started ends, a kabard and a committer in sessions of their own, too.
 */
START_TEST(killed)
{
	char directory[] = ROOM;

	prepare_room(directory);
	pid_t pid = start_hanging();
	ck_assert_uint_gt(count_left(directory), 3);
	pid_t victims[] = { pid, -pid, find_child(pid), find_child(find_child(pid)) };
	ck_assert_int_eq(kill(victims[_i], SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_msg(realm_until(none_is_left, directory), "processes are left");
	ck_assert_int_eq(rmtree(directory), 0);
}
END_TEST

int
main(int argc, char **argv)
{
	if (argc > 1)
		return run_faulty(argv[1]);
	Suite *suite = suite_create("suite");
	TCase *tcase = realm_tcase(suite, "suite");

	tcase_add_test(tcase, nothing_checked);
	tcase_add_test(tcase, passed);
	tcase_add_test(tcase, skipped);
	tcase_add_test(tcase, hung);
	tcase_add_test(tcase, left);
	tcase_add_loop_test(tcase, killed, 0, KILLED_WAYS);
	return realm_run_suite(suite);
}
