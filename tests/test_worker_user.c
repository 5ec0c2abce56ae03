/*
 * Started by root, with a user for workers: each process has the user ids, groups and capabilities
 * that it needs and no others, workers begin in an empty root directory, everything works all the
 * same, and what workers must not reach is out of reach for their user. The users are those of
 * preload_users.so.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dialogue.h"
#include "preload_users.h"
#include "process.h"
#include "realm_int.h"
#include "realm_preload.h"

#define STRING(number)  STRING_(number)
#define STRING_(number) #number
#define FOUR(id)        STRING(id) "\t" STRING(id) "\t" STRING(id) "\t" STRING(id)

/* CAP_KILL, CAP_SETGID, CAP_SETUID, CAP_SYS_CHROOT */
#define THE_FEW "00000000000400e0"
#define NONE    "0000000000000000"

#define PROCESSES_MAX 16
#define HALO          "aGFsbw=="
#define PEER                                                                           \
	"peer \"malang\" { address = \"127.0.0.1\"  port = 1  fingerprint = \"SHA256:" \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\" }\n"

static struct realm realm;
static struct dialogue talk;
static char kabard[REALM_PATH_MAX + 16], bridge[REALM_PATH_MAX + 16];

/* The user may not be able to pass to where the programs were built. */
static void
copy_program(const char *from, const char *name, char *to, size_t size)
{
	const char *const argv[] = { "/bin/cp", from, to, NULL };

	snprintf(to, size, "%s/%s", realm.dir, name);
	ck_assert_int_eq(realm_run(argv, NULL, NULL, 0), 0);
	ck_assert_int_eq(chmod(to, 0755), 0);
}

static void
configure(const char *worker)
{
	char settings[512];

	snprintf(settings, sizeof(settings),
	    "user = \"" PRELOAD_USER "\"\nworker_user = \"%s\"\n" PEER, worker);
	realm_configure(&realm, settings);
	ck_assert_int_eq(chmod(realm.config, 0644), 0);
}

static void
setup(void)
{
	umask(022);
	realm_make(&realm, NULL);
	ck_assert_int_eq(chmod(realm_room(), 0711), 0);
	ck_assert_int_eq(chmod(realm.dir, 0711), 0);
	ck_assert(realm_remove_tree(realm.state));
	copy_program(KABARD_PATH, "kabard", kabard, sizeof(kabard));
	copy_program(KABAR_BRIDGE_PATH, "kabar-bridge", bridge, sizeof(bridge));
	realm_preload(PRELOAD_USERS_PATH);
	configure(PRELOAD_WORKER);
	REALM_CTL(&realm, NULL, "init");
	REALM_CTL(&realm, "surabaya\n", "user", "add", "messi");
	REALM_CTL(&realm, "surabaya\n", "user", "add", "lineker");
}

static void
teardown(void)
{
	dialogue_end(&talk);
	if (realm.kabard != 0)
		ck_assert_int_eq(realm_stop(&realm), 0);
	realm_remove(&realm);
}

static bool
is_up(void *arg)
{
	(void)arg;
	ck_assert_msg(waitpid(realm.kabard, NULL, WNOHANG) == 0, "kabard has ended");
	realm.first_fd = realm_connect(&realm);
	return realm.first_fd >= 0;
}

static void
start_kabard(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	realm.kabard = realm_spawn(&realm, null, null,
	    (const char *const[]){ kabard, "-c", realm.config, "-f", NULL });
	close(null);
	ck_assert(realm_until(is_up, NULL));
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
}

/* Whether /proc/PID/status has this line. */
static bool
has_status(pid_t pid, const char *expected)
{
	char path[64], line[256];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	file = fopen(path, "re");
	while (file != NULL && !found && fgets(line, sizeof(line), file) != NULL) {
		for (size_t len = strlen(line); len > 0 && strchr(" \n", line[len - 1]) != NULL;
		     len--)
			line[len - 1] = '\0';
		found = strcmp(line, expected) == 0;
	}
	if (file != NULL)
		fclose(file);
	return found;
}

static void
check_owner(const char *who, pid_t pid, const char *capabilities)
{
	char permitted[64], effective[64];

	snprintf(permitted, sizeof(permitted), "CapPrm:\t%s", capabilities);
	snprintf(effective, sizeof(effective), "CapEff:\t%s", capabilities);
	ck_assert_msg(has_status(pid, "Uid:\t" FOUR(PRELOAD_UID)), "%s is another user", who);
	ck_assert_msg(has_status(pid, "Gid:\t" FOUR(PRELOAD_GID)), "%s has another group", who);
	ck_assert_msg(has_status(pid, permitted) && has_status(pid, effective),
	    "%s has other capabilities than %s", who, capabilities);
	ck_assert_msg(has_status(pid, "CapInh:\t" NONE) && has_status(pid, "CapAmb:\t" NONE),
	    "%s passes some on", who);
}

static bool
is_worker(pid_t pid)
{
	return has_status(pid, "Uid:\t" FOUR(PRELOAD_WORKER_UID));
}

static void
check_worker(pid_t pid)
{
	ck_assert(has_status(pid, "Gid:\t" FOUR(PRELOAD_GID)));
	ck_assert(has_status(pid, "Groups:\t"));
	ck_assert(has_status(pid, "CapPrm:\t" NONE) && has_status(pid, "CapEff:\t" NONE));
	ck_assert(has_status(pid, "NoNewPrivs:\t1") && has_status(pid, "Seccomp:\t2"));
}

/* The children of kabard that are workers, and how many; 0: another child has capabilities. */
static size_t
look_at_children(pid_t *workers, size_t size)
{
	DIR *directory = opendir("/proc");
	const struct dirent *entry;
	bool others_are_poor = true;
	char parent[64];
	size_t n = 0;

	ck_assert_ptr_nonnull(directory);
	snprintf(parent, sizeof(parent), "PPid:\t%ld", (long)realm.kabard);
	while ((entry = readdir(directory)) != NULL) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid <= 0 || !has_status(pid, parent))
			continue;
		if (!is_worker(pid)) {
			/* A worker that is just starting still has them. */
			others_are_poor &= has_status(pid, "CapPrm:\t" NONE);
			continue;
		}
		check_worker(pid);
		ck_assert_uint_lt(n, size);
		workers[n++] = pid;
	}
	closedir(directory);
	return others_are_poor ? n : 0;
}

struct expected {
	size_t n;
	pid_t workers[PROCESSES_MAX];
};

static bool
has_workers(void *arg)
{
	struct expected *expected = arg;

	return look_at_children(expected->workers, PROCESSES_MAX) == expected->n;
}

static void
check_root(pid_t pid)
{
	char link[64], root[REALM_PATH_MAX + 64] = "", empty[REALM_PATH_MAX + 16];

	snprintf(link, sizeof(link), "/proc/%ld/root", (long)pid);
	snprintf(empty, sizeof(empty), "%s/empty", realm.state);
	ck_assert_int_gt(readlink(link, root, sizeof(root) - 1), 0);
	ck_assert_str_eq(root, empty);
}

/*
 * Tests.
 */

START_TEST(users_and_rights)
{
	struct expected one = { .n = 1 }, two = { .n = 2 };

	start_kabard();
	ck_assert(realm_until(has_workers, &one)); /* first_fd: nobody has logged in */
	check_root(one.workers[0]);
	check_owner("kabard", realm.kabard, THE_FEW);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "a> send $m lineker halo\n"
	    "a< OK Message sent\n");
	check_owner("the committer", realm_committer(&realm), NONE);
	REALM_CTL(&realm, NULL, "upgrade");
	check_owner("kabard after an upgrade", realm.kabard, THE_FEW);
	dialogue_run(&talk,
	    "b> auth lineker surabaya\n"
	    "b< TOKEN l\n"
	    "b> inbox $l\n"
	    "b< $*'msg':'halo'$*\n");
	ck_assert(realm_until(has_workers, &two));
	for (size_t i = 0; i < two.n; i++)
		check_root(two.workers[i]);
	ck_assert(!realm_logged(&realm, "died of signal"));
}
END_TEST

static bool
nobody_is_online(void *arg)
{
	(void)arg;
	return realm_online(&realm) == 0;
}

START_TEST(everything_works)
{
	start_kabard();
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "b> auth lineker surabaya\n"
	    "b< TOKEN l\n"
	    "b> follow\n"
	    "b< OK Following\n"
	    "a> send $m lineker halo\n"
	    "a< OK Message sent\n"
	    "b< {'status':'OK','event':'message',$*'msg':'halo'}\n"
	    "a> sendfile $m lineker a.txt " HALO "\n"
	    "a< OK $*\n"
	    "b< $*\n"
	    /* The end of a session reaches a worker that no other may signal. */
	    "c> logout $l\n"
	    "c< OK $*\n"
	    "b< $*\n");
	REALM_CTL(&realm, NULL, "janitor");
	REALM_CTL(&realm, NULL, "check");
	REALM_CTL(&realm, NULL, "kick", "messi");
	ck_assert(realm_until(nobody_is_online, NULL));
	ck_assert(!realm_logged(&realm, "died of signal"));
	ck_assert(!realm_logged(&realm, "Permission denied"));
}
END_TEST

static bool
has_ended(void *arg)
{
	const pid_t *pid = arg;

	return kill(*pid, 0) != 0 || process_is_in_state(*pid, 'Z');
}

static void
end_process(pid_t pid)
{
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert(realm_until(has_ended, &pid));
}

/*
 * Workers may not connect to the next gate: those that need it end, and clients that come back are
 * served.
 */
START_TEST(gate_dies)
{
	start_kabard();
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "a> send $m lineker halo\n"
	    "a< OK Message sent\n"
	    "b> auth lineker salah\n"
	    "b< ERROR Password Salah\n");
	end_process(process_child(realm.kabard, "gate"));
	end_process(realm_committer(&realm));
	dialogue_run(&talk,
	    "a> send $m lineker lagi\n"
	    "a< ERROR $*\n"
	    "a hears the end\n"
	    "b> auth lineker surabaya\n"
	    "b< ERROR $*\n"
	    "b hears the end\n"
	    "c> auth messi surabaya\n"
	    "c< TOKEN n\n"
	    "c> send $n lineker lagi\n"
	    "c< OK Message sent\n");
	ck_assert_uint_eq(realm_log_count(&realm, "cannot reach the gate"), 2);
}
END_TEST

/* 0, or the errno with which the user of workers cannot open a file of the state directory. */
static int
open_as_worker(const char *name, int flags)
{
	char path[REALM_PATH_MAX + 64];
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		snprintf(path, sizeof(path), "%s/%s", realm.state, name);
		if (setgroups(0, NULL) != 0 || setgid(PRELOAD_GID) != 0 ||
		    setuid(PRELOAD_WORKER_UID) != 0)
			_exit(255);
		_exit(open(path, flags, 0600) >= 0 ? 0 : errno);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

START_TEST(out_of_reach)
{
	static const char *const secret[] = { "passwords", "realm.key", "commit.lock",
		"janitor.lock" };

	start_kabard();
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	REALM_CTL(&realm, NULL, "janitor");
	for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++)
		ck_assert_msg(open_as_worker(secret[i], O_RDONLY) != 0, "a worker can read %s",
		    secret[i]);
	ck_assert_int_eq(open_as_worker("tables.tdb", O_RDONLY), 0);
	ck_assert_int_eq(open_as_worker("tables.tdb", O_RDWR), EACCES);
	ck_assert_int_eq(open_as_worker("new", O_WRONLY | O_CREAT), EACCES);
	ck_assert_int_eq(open_as_worker("empty/new", O_WRONLY | O_CREAT), EACCES);
}
END_TEST

/* One user serves all, and the log says so; unless the configuration wants it. */
START_TEST(no_such_user)
{
	configure("kabar-nobody-has-this-name");
	start_kabard();
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	ck_assert(realm_logged(&realm,
	    "there is no user kabar-nobody-has-this-name: clients are "
	    "served by " PRELOAD_USER));
	check_owner("kabard", realm.kabard, NONE);
}
END_TEST

START_TEST(not_wanted)
{
	configure("");
	start_kabard();
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	ck_assert(!realm_logged(&realm, "there is no user"));
	check_owner("kabard", realm.kabard, NONE);
}
END_TEST

START_TEST(wrong_user)
{
	static const char *const names[] = { "root", PRELOAD_USER, PRELOAD_ALIAS };
	const char *const argv[] = { kabard, "-c", realm.config, "-f", NULL };
	char output[1024];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		configure(names[i]);
		ck_assert_int_eq(realm_run(argv, NULL, output, sizeof(output)), 78);
		ck_assert_ptr_nonnull(strstr(output, "has to be another than root"));
	}
	dialogue_begin(&talk, &realm, DIALOGUE_SOCKETPAIR);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("worker user");
	TCase *tcase;

	if (suite_skip_if(geteuid() != 0, SUITE_NEEDS_ROOT))
		return SUITE_SKIPPED;
	tcase = realm_tcase(suite, "worker user");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, users_and_rights);
	tcase_add_test(tcase, everything_works);
	tcase_add_test(tcase, gate_dies);
	tcase_add_test(tcase, out_of_reach);
	tcase_add_test(tcase, no_such_user);
	tcase_add_test(tcase, not_wanted);
	tcase_add_test(tcase, wrong_user);
	return realm_run_suite(suite);
}
