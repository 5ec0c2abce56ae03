/* kabarctl status, reload and stop, and what of the master they find. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "realmctl.h"

#define LSB_RUNNING 0
#define LSB_DEAD    1
#define LSB_STOPPED 3
#define LSB_UNKNOWN 4

START_TEST(status_of_none)
{
	TELLS(LSB_STOPPED, NULL, "kabard is not running", "status");
}
END_TEST

START_TEST(status_of_one)
{
	char line[128];

	realm_start(&realm);
	WORKS(NULL, "status");
	snprintf(line, sizeof(line), "running as process %ld\n", (long)realm.kabard);
	TOLD(line);
	snprintf(line, sizeof(line), "main: %s port %u (realm)\n", realm.address,
	    (unsigned int)realm.port);
	TOLD(line);
	TOLD("realm      surabaya\n");
	WORKS(NULL, "status", "-j");
	snprintf(line, sizeof(line), "{\"pid\":%ld,\"version\":\"" PACKAGE_VERSION "\",",
	    (long)realm.kabard);
	TOLD(line);
	snprintf(line, sizeof(line),
	    "\"listeners\":[{\"name\":\"main\",\"address\":\"%s\",\"port\":%u,"
	    "\"dialect\":\"realm\",\"tls\":false}]}\n",
	    realm.address, (unsigned int)realm.port);
	TOLD(line);
}
END_TEST

START_TEST(status_of_the_dead)
{
	realm_start(&realm);
	kill(realm.kabard, SIGKILL);
	realm_await(realm.kabard);
	realm.kabard = 0;
	TELLS(LSB_DEAD, NULL, "was killed", "status");
	/* The file that it left keeps no other master from starting. */
	realm_start(&realm);
	ck_assert_int_eq(realmctl(NULL, ARGS("status")), LSB_RUNNING);
}
END_TEST

START_TEST(status_unknown)
{
	realm_configure(&realm, "colour = red");
	TELLS(LSB_UNKNOWN, NULL, "kabar.conf:7: no such option 'colour'", "status");
}
END_TEST

/* A master that hangs is running all the same: somebody has to end it. */
START_TEST(status_of_the_silent)
{
	char path[REALM_PATH_MAX + 16];

	realm_start(&realm);
	snprintf(path, sizeof(path), "%s/control", realm.state);
	ck_assert_int_eq(unlink(path), 0);
	TELLS(LSB_RUNNING, NULL, "it does not answer", "status");
	TELLS(69, NULL, "kabard", "reload");
}
END_TEST

START_TEST(reload_good)
{
	realm_start(&realm);
	realm_configure(&realm, "registration = off");
	WORKS(NULL, "reload");
	TOLD("realm surabaya, listening on 127.0.0.1 port ");
	ck_assert(realm_logged(&realm, "reloaded: realm surabaya"));
}
END_TEST

START_TEST(reload_bad)
{
	realm_start(&realm);
	realm_configure(&realm, "\nmax_clients = none");
	TELLS(1, NULL, "kabar.conf:8: max_clients must be from 1 to 32000", "reload");
	ck_assert(!realm_logged(&realm, "reloaded"));
}
END_TEST

/* Errors that only the master can find. */
START_TEST(reload_impossible)
{
	realm_start(&realm);
	realm_configure(&realm,
	    "listen \"other\" { address = \"192.0.2.1\"  port = 1  dialect = \"realm\" }");
	TELLS(1, NULL, "reload refused: listen \"other\": cannot listen on 192.0.2.1", "reload");
	ck_assert(realm_logged(&realm, "reload refused, everything stays as it was: listen"));
	ck_assert_int_eq(realmctl(NULL, ARGS("status")), LSB_RUNNING);
}
END_TEST

START_TEST(reload_of_none)
{
	SAYS(69, "kabarctl: kabard is not running\n", "reload");
}
END_TEST

/* When it returns everything has ended. */
START_TEST(stop)
{
	realm_start(&realm);
	SAYS(0, "", "stop");
	ck_assert(realm_logged(&realm, "stopped"));
	SAYS(69, "kabarctl: kabard is not running\n", "stop");
	ck_assert_int_eq(realm_await(realm.kabard), 0);
	realm.kabard = 0;
	ck_assert_int_eq(realmctl(NULL, ARGS("status")), LSB_STOPPED);
}
END_TEST

/* A signal that comes while the master starts waits until it has started. */
START_TEST(signals_at_the_start)
{
	const char *const argv[] = { realm_kabard_path, "-c", realm.config, "-f", NULL };
	char path[REALM_PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/kabard.pid", realm.state);
	for (int i = 0; i < 10; i++) {
		pid_t pid = realm_spawn(&realm, STDIN_FILENO, STDERR_FILENO, argv);

		/* From when on anybody could know of it. */
		while (access(path, F_OK) != 0)
			ck_assert_int_eq(kill(pid, 0), 0);
		kill(pid, SIGHUP);
		kill(pid, SIGTERM);
		ck_assert_int_eq(realm_await(pid), 0);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("kabarctl_master");
	TCase *tcase = realmctl_tcase(suite, "master");

	tcase_add_test(tcase, status_of_none);
	tcase_add_test(tcase, status_of_one);
	tcase_add_test(tcase, status_of_the_dead);
	tcase_add_test(tcase, status_unknown);
	tcase_add_test(tcase, status_of_the_silent);
	tcase_add_test(tcase, reload_good);
	tcase_add_test(tcase, reload_bad);
	tcase_add_test(tcase, reload_impossible);
	tcase_add_test(tcase, reload_of_none);
	tcase_add_test(tcase, stop);
	tcase_add_test(tcase, signals_at_the_start);
	return realm_run_suite(suite);
}
