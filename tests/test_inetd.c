/*
 * kabard under an inetd, which listens and starts a worker for each client; the line that tells it
 * so is the sample's. It is a real one if this machine has any, else this test plays it.
 */
#include <sys/socket.h>
#include <sys/wait.h>

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
#define WORDS_MAX     16
#define PROGRAM       5 /* place of its path in a line, before its arguments */

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
write_inetd_config(const char *path)
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

/* The words of the configuration's only line. */
static void
read_line(const char *path, char line[LINE_MAX_SIZE], char *words[WORDS_MAX])
{
	FILE *file = fopen(path, "re");
	size_t n = 0;

	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(fgets(line, LINE_MAX_SIZE, file));
	fclose(file);
	for (char *word = strtok(line, " \n"); word != NULL; word = strtok(NULL, " \n")) {
		ck_assert_uint_lt(n + 1, WORDS_MAX);
		words[n++] = word;
	}
	words[n] = NULL;
	ck_assert_uint_gt(n, PROGRAM);
	ck_assert_str_eq(words[1], "stream");
	ck_assert_int_eq(strncmp(words[3], "nowait", 6), 0);
}

/* On the fixture's own socket, which keeps the port. */
static void __attribute__((noreturn)) play_superserver(const char *path)
{
	char line[LINE_MAX_SIZE], *words[WORDS_MAX];

	signal(SIGTERM, SIG_DFL); /* Check's own would end the test */
	read_line(path, line, words);
	ck_assert_int_eq(listen(realm.port_fd, CLIENTS), 0);
	for (;;) {
		int fd = accept(realm.port_fd, NULL, NULL);

		if (fd >= 0 && fork() == 0) {
			for (int to = STDIN_FILENO; to <= STDERR_FILENO; to++)
				dup2(fd, to);
			close(fd);
			close(realm.port_fd);
			execv(words[PROGRAM], words + PROGRAM + 1);
			_exit(127);
		}
		close(fd);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
}

static void
start_superserver(const char *path)
{
	const struct superserver *super = find_superserver();

	if (super != NULL) {
		const char *argv[5] = { super->path, super->options[0] };

		argv[2] = super->options[1] != NULL ? super->options[1] : path;
		argv[3] = super->options[1] != NULL ? path : NULL;
		realm.kabard = realm_spawn(&realm, STDIN_FILENO, STDERR_FILENO, argv);
		return;
	}
	realm.kabard = fork();
	ck_assert_int_ge(realm.kabard, 0);
	if (realm.kabard == 0)
		play_superserver(path);
}

static void
setup(void)
{
	char path[REALM_PATH_MAX + 16];

	realm_make(&realm, NULL);
	snprintf(path, sizeof(path), "%s/inetd.conf", realm.dir);
	write_inetd_config(path);
	start_superserver(path); /* which serves the realm in kabard's place */
	if (!realm_until(realm_accepts, &realm))
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

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, conversation);
	tcase_add_test(tcase, many);
	return realm_run_suite(suite);
}
