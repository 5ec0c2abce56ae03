/*
 * Started by root, every process of a realm is the user of the configuration in all that the kernel
 * knows of it: four user ids, four group ids, the supplementary groups, the umask. Root by another
 * name is refused. The users are those of preload_users.so.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dialogue.h"
#include "preload_users.h"
#include "realm_clock.h"
#include "realm_int.h"
#include "realm_preload.h"

#define EXIT_CONFIG   78
#define PROCESSES_MAX 16
#define OPEN_DIRS     16
#define JANITOR_MS    61000 /* after a start, the janitor is sent */

#define STRING(number)  STRING_(number)
#define STRING_(number) #number

#define PEER                                                                           \
	"peer \"malang\" { address = \"127.0.0.1\"  port = 1  fingerprint = \"SHA256:" \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\" }\n"

static struct realm realm;
static struct dialogue talk;
static struct realm_clock realm_time;
static char kabard[REALM_PATH_MAX + 16], bridge[REALM_PATH_MAX + 16];

/* The starter of the programs has groups of its own, and an umask that nobody would choose. */
static const gid_t starters_groups[] = { 0, 4, 64330, 64331 };
static const mode_t starters_umasks[] = { 0, 0777 };
#define UMASKS 2

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
configure_user(const char *user)
{
	char settings[512];

	snprintf(settings, sizeof(settings), "user = \"%s\"\n" PEER, user);
	realm_configure(&realm, settings);
	ck_assert_int_eq(chmod(realm.config, 0644), 0);
}

/* A realm of that user, made by root. */
static void
setup(void)
{
	char path[REALM_PATH_MAX + 16];

	umask(022);
	realm_make(&realm, NULL);
	ck_assert_int_eq(chmod(realm_room(), 0711), 0);
	ck_assert_int_eq(chmod(realm.dir, 0711), 0);
	ck_assert(realm_remove_tree(realm.state));
	copy_program(KABARD_PATH, "kabard", kabard, sizeof(kabard));
	copy_program(KABAR_BRIDGE_PATH, "kabar-bridge", bridge, sizeof(bridge));
	snprintf(path, sizeof(path), "%s/clock", realm.dir);
	realm_clock_open(&realm_time, path);
	realm_clock_use(&realm_time);
	realm_preload(PRELOAD_USERS_PATH);
	configure_user(PRELOAD_USER);
	ck_assert_int_eq(setgroups(sizeof(starters_groups) / sizeof(starters_groups[0]),
	                     starters_groups),
	    0);
	dialogue_begin(&talk, &realm, DIALOGUE_SOCKETPAIR);
}

/* Programs that are started from here on have this umask. */
static void
begin(int which)
{
	umask(starters_umasks[which]);
	REALM_CTL(&realm, NULL, "init");
	REALM_CTL(&realm, "surabaya\n", "user", "add", "messi");
}

static int
check_owner(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)type;
	(void)ftw;
	ck_assert_msg(st->st_uid == PRELOAD_UID && st->st_gid == PRELOAD_GID, "%s is of %u:%u",
	    path, (unsigned int)st->st_uid, (unsigned int)st->st_gid);
	ck_assert_msg((st->st_mode & 07) == 0, "%s has mode %o", path, (unsigned int)st->st_mode);
	return 0;
}

static void
teardown(void)
{
	umask(022);
	dialogue_end(&talk);
	if (realm.kabard != 0)
		ck_assert_int_eq(realm_stop(&realm), 0);
	if (access(realm.state, F_OK) == 0)
		ck_assert_int_eq(nftw(realm.state, check_owner, OPEN_DIRS, FTW_PHYS), 0);
	realm_remove(&realm);
	realm_clock_close(&realm_time);
	realm_clock_use(NULL);
}

/*
 * The kernel's view of a process.
 */

/* A line of /proc/PID/status, without its end; "" where there is none. */
static void
read_status(pid_t pid, const char *name, char *line, int size)
{
	char path[64];
	FILE *file;
	bool found = false;

	snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	file = fopen(path, "re");
	while (file != NULL && !found && fgets(line, size, file) != NULL)
		found = strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':';
	if (file != NULL)
		fclose(file);
	line[found ? strcspn(line, "\n") : 0] = '\0';
}

static void
check_status(const char *who, pid_t pid, const char *expected)
{
	char name[16] = "", line[256];

	memcpy(name, expected, strcspn(expected, ":"));
	read_status(pid, name, line, sizeof(line));
	/* The list of groups ends with a space. */
	for (size_t len = strlen(line); len > 0 && line[len - 1] == ' '; len--)
		line[len - 1] = '\0';
	ck_assert_msg(strcmp(line, expected) == 0, "%s has %s instead of %s", who, line, expected);
}

#define FOUR(id) STRING(id) "\t" STRING(id) "\t" STRING(id) "\t" STRING(id)

static void
check_process(const char *who, pid_t pid)
{
	ck_assert_msg(pid > 0, "there is no %s", who);
	check_status(who, pid, "Uid:\t" FOUR(PRELOAD_UID));
	check_status(who, pid, "Gid:\t" FOUR(PRELOAD_GID));
	check_status(who, pid,
	    "Groups:\t" STRING(PRELOAD_GID) " " STRING(PRELOAD_GROUP_A) " " STRING(
	        PRELOAD_GROUP_B));
	check_status(who, pid, "Umask:\t0077");
}

/* The children of kabard; *bridge_pid is the one that is the bridge, or 0. */
static size_t
find_children(pid_t *pids, pid_t *bridge_pid)
{
	DIR *directory = opendir("/proc");
	const struct dirent *entry;
	size_t n = 0;

	ck_assert_ptr_nonnull(directory);
	*bridge_pid = 0;
	while ((entry = readdir(directory)) != NULL && n < PROCESSES_MAX) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		char line[256];

		if (pid <= 0)
			continue;
		read_status(pid, "PPid", line, sizeof(line));
		if (strncmp(line, "PPid:\t", 6) != 0 || strtol(line + 6, NULL, 10) != realm.kabard)
			continue;
		pids[n++] = pid;
		read_status(pid, "Name", line, sizeof(line));
		if (strcmp(line, "Name:\tkabar-bridge") == 0)
			*bridge_pid = pid;
	}
	closedir(directory);
	return n;
}

/*
 * Tests.
 */

static bool
is_up(void *arg)
{
	(void)arg;
	ck_assert_msg(waitpid(realm.kabard, NULL, WNOHANG) == 0, "kabard has ended");
	realm.first_fd = realm_connect(&realm);
	return realm.first_fd >= 0;
}

static pid_t
spawn_program(const char *const argv[])
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	pid_t pid = realm_spawn(&realm, null, null, argv);

	close(null);
	return pid;
}

static void
start_kabard(void)
{
	realm.kabard =
	    spawn_program((const char *const[]){ kabard, "-c", realm.config, "-f", NULL });
	ck_assert(realm_until(is_up, NULL));
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
}

struct family {
	size_t n; /* how many children are expected */
	pid_t pids[PROCESSES_MAX];
	pid_t bridge;
};

static bool
is_complete(void *arg)
{
	struct family *family = arg;

	return find_children(family->pids, &family->bridge) == family->n && family->bridge != 0;
}

static void
check_family(size_t expected)
{
	struct family family = { .n = expected };

	ck_assert_msg(realm_until(is_complete, &family), "kabard has not %zu children", expected);
	for (size_t i = 0; i < expected; i++)
		check_process(family.pids[i] == family.bridge ? "the bridge" : "a child of kabard",
		    family.pids[i]);
}

/* Locks the file that the janitor locks first. -1: the file does not exist yet. */
static int
hold_janitor(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char path[REALM_PATH_MAX + 16];
	int fd;

	REALM_CTL(&realm, NULL, "janitor");
	snprintf(path, sizeof(path), "%s/janitor.lock", realm.state);
	fd = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fcntl(fd, F_SETLK, &lock), 0);
	return fd;
}

/* The master, a worker for each client, the bridge, the committer, the janitor. */
START_TEST(kabard_and_its_children)
{
	int janitor;

	begin(_i);
	start_kabard();
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "b> inbox $m\n"
	    "b< MESSAGES {}\n");
	check_process("kabard", realm.kabard);
	check_process("the committer", realm_committer(&realm));
	check_family(4);
	janitor = hold_janitor();
	realm_clock_pass(&realm_time, JANITOR_MS);
	check_family(5);
	close(janitor);
	/* What it becomes by an upgrade is no other. */
	REALM_CTL(&realm, NULL, "upgrade");
	check_process("kabard after an upgrade", realm.kabard);
	dialogue_run(&talk,
	    "c> inbox $m\n"
	    "c< MESSAGES {}\n");
	check_process("the committer", realm_committer(&realm));
}
END_TEST

/* A kabard for one client, and the committer that it has started. */
START_TEST(inetd)
{
	begin(_i);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	check_process("kabard -i", talk.pids[0]);
	check_process("the committer", realm_committer(&realm));
}
END_TEST

static bool
has_imported(void *arg)
{
	const char *const argv[] = { realm_kabarctl_path, "-c", realm.config, "user", "show", arg,
		NULL };

	return realm_run(argv, NULL, NULL, 0) == 0;
}

/* An import that waits for its next line, and the committer that it has started. */
START_TEST(kabarctl)
{
	const char *const argv[] = { realm_kabarctl_path, "-c", realm.config, "import", NULL };
	static const char line[] = "{\"name\":\"xavi\"}\n";
	char user[] = "xavi";
	int input[2];
	pid_t pid;

	begin(_i);
	ck_assert_int_eq(pipe2(input, O_CLOEXEC), 0);
	pid = realm_spawn(&realm, input[0], input[1], argv);
	ck_assert_int_eq(write(input[1], line, strlen(line)), (ssize_t)strlen(line));
	ck_assert(realm_until(has_imported, user));
	check_process("kabarctl", pid);
	check_process("the committer", realm_committer(&realm));
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	realm_await(pid);
	close(input[0]);
	close(input[1]);
}
END_TEST

static bool
has_dialled(void *arg)
{
	(void)arg;
	return realm_logged(&realm, "malang: no link");
}

/* A bridge that somebody starts by hand, for workers under inetd. */
START_TEST(bridge_by_hand)
{
	pid_t pid;

	begin(_i);
	pid = spawn_program((const char *const[]){ bridge, "-f", "-c", realm.config, NULL });
	ck_assert(realm_until(has_dialled, NULL));
	check_process("the bridge", pid);
	check_process("the committer", realm_committer(&realm));
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	ck_assert_int_eq(realm_await(pid), 0);
}
END_TEST

static void
expect_root_refused(const char *const argv[])
{
	char output[1024];

	ck_assert_msg(realm_run(argv, "", output, sizeof(output)) == EXIT_CONFIG, "%s: %s", argv[0],
	    output);
	ck_assert_msg(strstr(output, "the user " PRELOAD_ALIAS " is root by another name") != NULL,
	    "%s: %s", argv[0], output);
}

/* An administrator who writes another name of uid 0 means an ordinary user, and would get root. */
START_TEST(alias_of_root)
{
	const char *const config = realm.config;

	begin(_i);
	umask(022);
	ck_assert(realm_remove_tree(realm.state));
	configure_user(PRELOAD_ALIAS);
	expect_root_refused((const char *const[]){ kabard, "-c", config, "-f", NULL });
	expect_root_refused((const char *const[]){ kabard, "-c", config, "-i", "-f", NULL });
	expect_root_refused((const char *const[]){ bridge, "-c", config, "-f", NULL });
	expect_root_refused(
	    (const char *const[]){ realm_kabarctl_path, "-c", config, "user", "list", NULL });
	expect_root_refused(
	    (const char *const[]){ realm_kabarctl_path, "-c", config, "init", NULL });
	ck_assert_int_ne(access(realm.state, F_OK), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("become");
	TCase *tcase = realm_tcase(suite, "become");

	if (suite_skip_if(geteuid() != 0, SUITE_NEEDS_ROOT))
		return SUITE_SKIPPED;
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, kabard_and_its_children, 0, UMASKS);
	tcase_add_loop_test(tcase, inetd, 0, UMASKS);
	tcase_add_loop_test(tcase, kabarctl, 0, UMASKS);
	tcase_add_loop_test(tcase, bridge_by_hand, 0, UMASKS);
	tcase_add_loop_test(tcase, alias_of_root, 0, UMASKS);
	return realm_run_suite(suite);
}
