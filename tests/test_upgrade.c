/*
 * kabarctl upgrade and SIGUSR2: kabard becomes the program that lies in its place, with its clients
 * and their connections. The program is a link, or a script in its stead.
 */
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dialogue.h"
#include "master/handover.h"
#include "realmctl.h"

#define UPGRADES 5
#define KNOCKERS 3
#define BUSY     "ERROR Server penuh, coba lagi nanti"

static struct dialogue talk;
static char program[REALM_PATH_MAX + 16]; /* what kabard is started as */

/* Lies in shared memory. */
static struct account {
	atomic_uint served;
	atomic_int trouble; /* errno, or -1: no reply */
	atomic_bool enough;
} * account;

static void
setup(void)
{
	realm_make(&realm, NULL);
	snprintf(program, sizeof(program), "%s/kabard", realm.dir);
	ck_assert_int_eq(symlink(realm_kabard_path, program), 0);
	account =
	    mmap(NULL, sizeof(*account), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(account, MAP_FAILED);
}

static void
teardown(void)
{
	dialogue_end(&talk);
	realm_remove(&realm);
	munmap(account, sizeof(*account));
}

/* The master has seen the ends of all workers. */
static bool
is_empty(void *arg)
{
	(void)arg;
	return realmctl(NULL, ARGS("status", "-j")) == 0 &&
	    strstr(output, "\"connected\":0,") != NULL;
}

static void
begin(const char *settings)
{
	const char *const argv[] = { program, "-c", realm.config, "-f", NULL };

	realm_configure(&realm, settings);
	realm.kabard = realm_spawn(&realm, STDIN_FILENO, STDERR_FILENO, argv);
	if (!realm_until(realm_accepts, &realm))
		ck_abort_msg("kabard does not accept connections");
	/* Its worker would have the settings of now. */
	close(realm.first_fd);
	realm.first_fd = -1;
	ck_assert(realm_until(is_empty, NULL));
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
}

/* Puts a script in the program's place, at once. */
static void
put_script(const char *script)
{
	char path[sizeof(program) + 8];

	snprintf(path, sizeof(path), "%s.new", program);
	FILE *file = fopen(path, "we");
	ck_assert_ptr_nonnull(file);
	fprintf(file, "#!/bin/sh\n%s\n", script);
	ck_assert_int_eq(fchmod(fileno(file), 0700), 0);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(rename(path, program), 0);
}

/* The master's process, and how often it was upgraded. */
static void
check_upgrades(int n)
{
	char text[64];

	WORKS(NULL, "status", "-j");
	snprintf(text, sizeof(text), "{\"pid\":%ld,", (long)realm.kabard);
	TOLD(text);
	snprintf(text, sizeof(text), "\"upgrades\":%d,", n);
	TOLD(text);
}

/* Comes, has a reply, goes. 0, an errno, or -1. */
static int
knock(void)
{
	static const char hello[] = "auth messi surabaya\r\n", good[] = "{\"status\":\"OK\"";
	char reply[256];
	int fd = realm_connect(&realm);

	if (fd < 0)
		return errno;
	int result = send(fd, hello, strlen(hello), MSG_NOSIGNAL) < 0 ? errno : 0;
	ssize_t len = result == 0 ? recv(fd, reply, sizeof(reply), 0) : 0;
	if (result == 0 && len < 0)
		result = errno;
	else if (result == 0 &&
	    (len < (ssize_t)strlen(good) || memcmp(reply, good, strlen(good)) != 0))
		result = -1;
	close(fd);
	return result;
}

static pid_t
start_knocker(void)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid != 0)
		return pid;
	while (!account->enough) {
		int result = knock();

		if (result == 0)
			account->served++;
		else
			account->trouble = result;
	}
	_exit(0);
}

static bool
were_served(void *arg)
{
	return account->served >= *(unsigned int *)arg || account->trouble != 0;
}

static void
await_served(unsigned int more)
{
	unsigned int until = account->served + more;

	ck_assert(realm_until(were_served, &until));
	ck_assert_int_eq(account->trouble, 0);
}

/* No client is refused, no conversation ends, and no new client waits for long. */
START_TEST(under_load)
{
	pid_t knockers[KNOCKERS];

	begin(NULL);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	for (int i = 0; i < KNOCKERS; i++)
		knockers[i] = start_knocker();
	for (int i = 0; i < UPGRADES; i++) {
		await_served(20);
		WORKS(NULL, "upgrade");
		TOLD("upgraded to " PACKAGE_STRING ": realm surabaya, listening on 127.0.0.1");
		dialogue_runf(&talk,
		    "a> send messi %d\n"
		    "a< OK Message sent\n"
		    "b> inbox $m\n"
		    "b< MESSAGES {'messi':[(Lionel Messi>Lionel Messi:%d)]}\n",
		    i, i);
	}
	await_served(20);
	account->enough = true;
	for (int i = 0; i < KNOCKERS; i++)
		ck_assert_int_eq(realm_await(knockers[i]), 0);
	ck_assert_int_eq(account->trouble, 0);
	check_upgrades(UPGRADES);
	REALM_CTL(&realm, NULL, "check");
}
END_TEST

START_TEST(by_signal)
{
	char says[] = "upgraded to " PACKAGE_STRING;

	begin(NULL);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	ck_assert_int_eq(kill(realm.kabard, SIGUSR2), 0);
	realm_await_log(&realm, says);
	dialogue_run(&talk,
	    "a> inbox\n"
	    "a< MESSAGES {}\n"
	    "b> inbox $m\n"
	    "b< MESSAGES {}\n");
	check_upgrades(1);
}
END_TEST

/* A worker of the old program still counts, is still reaped and still ended. */
START_TEST(children_stay)
{
	char died[] = "died of signal 9";
	pid_t pids[4];

	begin("max_clients_per_address = 2");
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n");
	WORKS(NULL, "upgrade");
	ck_assert_int_ge(dialogue_fd(&talk, 'c'), 0);
	dialogue_run(&talk, "c< " BUSY "\n");
	ck_assert_uint_eq(realm_workers(&realm, pids, 4), 2);
	ck_assert_int_eq(kill(pids[0], SIGKILL), 0);
	realm_await_log(&realm, died);
	ck_assert_int_eq(realm_stop(&realm), 0);
	ck_assert(realm_logged(&realm, "stopping, 1 connected"));
	ck_assert(!realm_logged(&realm, "did not stop in time"));
}
END_TEST

/* One master runs, before and after the upgrade. */
START_TEST(lock_stays)
{
	const char *const argv[] = { realm_kabard_path, "-c", realm.config, "-f", NULL };

	begin(NULL);
	WORKS(NULL, "upgrade");
	ck_assert_int_ne(realm_run(argv, NULL, output, sizeof(output)), 0);
	TOLD("kabard is running already on this state");
}
END_TEST

/* The new program reads the configuration anew, but its state and name stay. */
START_TEST(new_configuration)
{
	begin(NULL);
	realm_configure(&realm, "registration = off\nrealm = malang");
	WORKS(NULL, "upgrade");
	TOLD("realm surabaya");
	dialogue_run(&talk,
	    "a> register y rahasia nama negara\n"
	    "a< ERROR Registrasi ditutup\n");
	/* One who cannot have all that is in there goes on with what there is. */
	realm_configure(&realm,
	    "listen \"other\" { address = \"192.0.2.1\"  port = 1  dialect = \"realm\" }");
	WORKS(NULL, "upgrade");
	ck_assert(realm_logged(&realm, "listen \"other\": cannot listen on 192.0.2.1"));
	dialogue_run(&talk,
	    "b> register y rahasia nama negara\n"
	    "b< TOKEN y\n");
}
END_TEST

/* It refuses, and nothing is given up; then it is mended. */
START_TEST(refused)
{
	begin(NULL);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	put_script("echo 'this store is of version 9' >&2; exit 69");
	TELLS(1, NULL, "upgrade refused: this store is of version 9", "upgrade");
	ck_assert(realm_logged(&realm,
	    "upgrade refused, everything stays as it was: this store is of version 9"));
	put_script("exit 3");
	TELLS(1, NULL, "refuses with status", "upgrade");
	put_script("exit 0");
	TELLS(1, NULL, "is no kabard", "upgrade");
	/* It would, but it has gone when it is to start. */
	put_script("rm \"$0\"; echo '" MASTER_UPGRADE_ANSWER "'");
	TELLS(1, NULL, "cannot start", "upgrade");
	TELLS(1, NULL, "No such file or directory", "upgrade");
	check_upgrades(0);
	dialogue_run(&talk,
	    "a> inbox\n"
	    "a< MESSAGES {}\n"
	    "b> inbox $m\n"
	    "b< MESSAGES {}\n");
	ck_assert_int_eq(symlink(realm_kabard_path, program), 0);
	WORKS(NULL, "upgrade");
	check_upgrades(1);
}
END_TEST

/* The real program finds by itself that it cannot. */
START_TEST(refused_configuration)
{
	begin(NULL);
	realm_configure(&realm, "max_clients = none");
	kill(realm.kabard, SIGUSR2);
	char says[] = "max_clients must be from 1 to 32000";
	realm_await_log(&realm, says);
	realm_configure(&realm, NULL);
	check_upgrades(0);
}
END_TEST

static bool
has_bridges(void *arg)
{
	return realm_log_count(&realm, "kabar-bridge[") > 0 &&
	    realm_log_count(&realm, ": realm surabaya, 1 peers") == *(size_t *)arg;
}

/* The old bridge ends, and a new one comes. */
START_TEST(bridge_is_new)
{
	size_t n = 1;

	begin("peer \"malang\" { address = \"127.0.0.1\"  port = 1  legacy = on }");
	ck_assert(realm_until(has_bridges, &n));
	WORKS(NULL, "upgrade");
	n = 2;
	ck_assert(realm_until(has_bridges, &n));
	ck_assert_uint_eq(realm_log_count(&realm, "the bridge"), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("upgrade");
	TCase *tcase = realm_tcase(suite, "upgrade");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, under_load);
	tcase_add_test(tcase, by_signal);
	tcase_add_test(tcase, children_stay);
	tcase_add_test(tcase, lock_stays);
	tcase_add_test(tcase, new_configuration);
	tcase_add_test(tcase, refused);
	tcase_add_test(tcase, refused_configuration);
	tcase_add_test(tcase, bridge_is_new);
	return realm_run_suite(suite);
}
