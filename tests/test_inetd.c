/*
 * kabard under a real inetd, which listens and starts a worker for each client; the line that
 * tells it so is the sample's. Without an inetd on this machine the test is skipped.
 */
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dialogue.h"
#include "realmctl.h"

#define SAMPLE        "etc/inetd.conf.in"
#define LINE_MAX_SIZE 1024
#define CLIENTS       20
#define EXIT_SKIPPED  77 /* for automake */

/* Both stay in the foreground, and write nothing outside of the realm's directory. */
static const struct superserver {
	const char *path;
	const char *options[2];
} superservers[] = {
	{ "/usr/sbin/inetd", { "-d" } }, /* OpenBSD's */
	{ "/usr/sbin/inetutils-inetd", { "-d", "--pidfile=/dev/null" } },
};
#define N_SUPERSERVERS (sizeof(superservers) / sizeof(superservers[0]))

static struct dialogue talk;

static const struct superserver *
find_superserver(void)
{
	for (size_t i = 0; i < N_SUPERSERVERS; i++)
		if (access(superservers[i].path, X_OK) == 0)
			return &superservers[i];
	return NULL;
}

/* The sample's line that is no comment. */
static void
read_sample(char *line, size_t size)
{
	const char *srcdir = getenv("srcdir");
	char path[LINE_MAX_SIZE];

	snprintf(path, sizeof(path), "%s/" SAMPLE, srcdir == NULL ? "." : srcdir);
	FILE *file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	do
		ck_assert_ptr_nonnull(fgets(line, (int)size, file));
	while (line[0] == '#');
	line[strcspn(line, "\n")] = '\0';
	fclose(file);
}

/* The sample's line with the realm's port, user, program and configuration. */
static void
configure(const char *path)
{
	const struct passwd *me = getpwuid(geteuid());
	char line[LINE_MAX_SIZE], wait[32], args[LINE_MAX_SIZE];

	ck_assert_ptr_nonnull(me);
	read_sample(line, sizeof(line));
	ck_assert_int_eq(sscanf(line,
	                     "8889 stream tcp %31s kabar @sbindir@/kabard kabard %1023[^\n]", wait,
	                     args),
	    2);
	FILE *file = fopen(path, "we");
	ck_assert_ptr_nonnull(file);
	fprintf(file, "%s:%u stream tcp %s %s %s kabard -c %s %s\n", realm.address,
	    (unsigned int)realm.port, wait, me->pw_name, realm_kabard_path, realm.config, args);
	ck_assert_int_eq(fclose(file), 0);
}

static bool
accepts(void *arg)
{
	(void)arg;
	realm.first_fd = realm_connect(&realm);
	return realm.first_fd >= 0;
}

static void
setup(void)
{
	const struct superserver *super = find_superserver();
	const char *argv[5] = { super->path, super->options[0] };
	char path[REALM_PATH_MAX + 16];

	realm_make(&realm, NULL);
	snprintf(path, sizeof(path), "%s/inetd.conf", realm.dir);
	configure(path);
	argv[2] = super->options[1] != NULL ? super->options[1] : path;
	argv[3] = super->options[1] != NULL ? path : NULL;
	/* It serves the realm in kabard's place. */
	realm.kabard = realm_spawn(&realm, STDIN_FILENO, STDERR_FILENO, argv);
	if (!realm_until(accepts, NULL))
		ck_abort_msg("inetd does not accept connections");
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
}

static bool
no_workers(void *arg)
{
	pid_t pids[CLIENTS];

	(void)arg;
	return realm_workers(&realm, pids, CLIENTS) == 0;
}

static void
teardown(void)
{
	dialogue_end(&talk);
	ck_assert(realm_until(no_workers, NULL));
	kill(realm.kabard, SIGTERM);
	realm_await(realm.kabard);
	realm.kabard = 0;
	realm_remove(&realm);
}

/* Workers that share nothing but the state directory: also what is pushed goes through. */
START_TEST(conversation)
{
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n"
	    "b> follow\n"
	    "b< OK Following\n"
	    "a> send henderson halo\n"
	    "a< OK Message sent\n"
	    "b< {'status':'OK','event':'message','sender':'messi','msg_from':'Lionel Messi',"
	    "'msg_to':'Jordan Henderson','msg':'halo'}\n"
	    "b> send messi apa kabar?\n"
	    "b< OK Message sent\n"
	    "a> inbox\n"
	    "a< MESSAGES {'henderson':[(Jordan Henderson>Lionel Messi:apa kabar?)]}\n"
	    "a> logout\n"
	    "a< OK Logout successful\n"
	    "c> auth henderson salah\n"
	    "c< ERROR Password Salah\n");
}
END_TEST

/* One after the other, and each is gone when its client is. */
START_TEST(many)
{
	for (int i = 0; i < CLIENTS; i++)
		dialogue_run(&talk,
		    "a> auth messi surabaya\n"
		    "a< TOKEN m\n"
		    "a> send messi $m\n"
		    "a< OK Message sent\n"
		    "a finishes\n"
		    "a hears the end\n"
		    "a closes\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("inetd");
	TCase *tcase = realm_tcase(suite, "inetd");

	if (find_superserver() == NULL) {
		fputs("no inetd on this machine: skipped\n", stderr);
		return EXIT_SKIPPED;
	}
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, conversation);
	tcase_add_test(tcase, many);
	return realm_run_suite(suite);
}
