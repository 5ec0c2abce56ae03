/*
 * The client with a listener of each line dialect of the real server; and follow, which comes back
 * to a server that was restarted.
 */
#include <sys/socket.h>

#include <netinet/in.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "client_home.h"
#include "listeners.h"

static struct realm realm;

static void
setup(void)
{
	listeners_make(&realm);
	realm_start(&realm);
}

static void
teardown(void)
{
	listeners_remove(&realm);
}

/* Logs a user in at the listener of the dialect of this index. */
static void
login(const char *user, int dialect)
{
	struct sockaddr_in name;
	socklen_t len = sizeof(name);
	char address[128];
	int fd = listeners_connect(&realm, dialect);

	ck_assert_int_eq(getpeername(fd, (struct sockaddr *)&name, &len), 0);
	close(fd);
	snprintf(address, sizeof(address), "%s@127.0.0.1:%u", user, ntohs(name.sin_port));
	client_home_enter(&realm, user);
	CLIENT_TELLS(0, "is logged in", "surabaya\n", "login", "--dialect",
	    listeners_dialects[dialect], address);
}

START_TEST(each_sends_and_reads)
{
	const char *dialect = listeners_dialects[_i];

	login("henderson", _i);
	login("messi", _i);
	CLIENT_SAYS(0, "", NULL, "send", "henderson", "halo", dialect);
	/* Who asks in the dialect login is not told of itself. */
	if (strcmp(dialect, "files") != 0)
		CLIENT_TELLS(0, strcmp(dialect, "login") == 0 ? "" : "messi", NULL, "who");
	if (strcmp(dialect, "files") == 0 || strcmp(dialect, "realm") == 0)
		CLIENT_SAYS(0, "", NULL, "send", "#kopi", "ngopi");
	else
		CLIENT_TELLS(EX_UNAVAILABLE, "not able", NULL, "send", "#kopi", "ngopi");
	client_home_enter(&realm, "henderson");
	ck_assert_int_eq(CLIENT_RUN(NULL, "inbox"), 0);
	ck_assert_msg(strstr(client_home_said, "messi: halo ") == client_home_said, "%s",
	    client_home_said);
	CLIENT_SAYS(0, "", NULL, "logout");
}
END_TEST

START_TEST(files_have_a_dialect)
{
	int files = 0;

	while (strcmp(listeners_dialects[files], "files") != 0)
		files++;
	login("messi", files);
	client_home_write("gol.txt", "gol!");
	CLIENT_SAYS(0, "", NULL, "file", "send", "henderson", client_home_path("gol.txt"));
	CLIENT_SAYS(0, "", NULL, "file", "send", "#kopi", client_home_path("gol.txt"));
	CLIENT_TELLS(0, "henderson  gol.txt\n", NULL, "file", "list");
	CLIENT_SAYS(0, "gol!", NULL, "file", "get", "#kopi", "gol.txt", "-o", "-");
	CLIENT_SAYS(0, "gol!", NULL, "file", "get", "henderson", "gol.txt", "-o", "-");
	CLIENT_SAYS(EX_NOINPUT, "kabar: there is no such file\n", NULL, "file", "get", "henderson",
	    "lain", "-o", "-");
}
END_TEST

/* Reads a line of what a program prints. */
static void
read_line(int fd, char *line, size_t size)
{
	size_t len = 0;

	do {
		struct pollfd pfd = { .fd = fd, .events = POLLIN };

		ck_assert_int_eq(poll(&pfd, 1, REALM_PATIENCE_MS), 1);
		ck_assert_int_eq(read(fd, &line[len], 1), 1);
	} while (line[len++] != '\n' && len + 1 < size);
	line[len] = '\0';
}

START_TEST(follow_survives_a_restart)
{
	const char *argv[] = { client_home_kabar_path, "follow", NULL };
	int out[2], in = open("/dev/null", O_RDONLY);
	char line[256];
	pid_t pid;

	login("henderson", 0);
	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	pid = realm_spawn(&realm, in, out[1], argv);
	close(out[1]);
	login("messi", 0);
	CLIENT_SAYS(0, "", NULL, "send", "henderson", "satu");
	read_line(out[0], line, sizeof(line));
	ck_assert_str_eq(line, "messi: satu\n");
	realm_stop(&realm);
	realm_start(&realm);
	CLIENT_SAYS(0, "", NULL, "send", "henderson", "dua");
	read_line(out[0], line, sizeof(line));
	ck_assert_str_eq(line, "messi: dua\n");
	kill(pid, SIGTERM);
	realm_await(pid);
	close(out[0]);
	close(in);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client_dialects");
	TCase *tc = realm_tcase(suite, "dialects");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, each_sends_and_reads, 0, LISTENERS_LINE);
	tcase_add_test(tc, files_have_a_dialect);
	tcase_add_test(tc, follow_survives_a_restart);
	return realm_run_suite(suite);
}
