/*
 * kabard under a service manager: what it tells it, and sockets that it is passed: by hand, and by
 * systemd-socket-activate, if this machine has it.
 */
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dialogue.h"
#include "realmctl.h"
#include "suite.h"

#define ACTIVATE "/usr/bin/systemd-socket-activate"

static struct dialogue talk;
static char heard[4096];
static int manager; /* the notify socket */

static void
setup(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };

	realm_make(&realm, NULL);
	dialogue_begin(&talk, &realm, DIALOGUE_SOCKETPAIR); /* for dialogue_end() */
	snprintf(name.sun_path, sizeof(name.sun_path), "%.90s/notify", realm.dir);
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(manager, (const struct sockaddr *)&name, sizeof(name)), 0);
	setenv("NOTIFY_SOCKET", name.sun_path, 1);
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

static void
teardown(void)
{
	dialogue_end(&talk);
	realm_remove(&realm);
	close(manager);
}

/* The next thing that the manager is told. */
static void
hear_manager(void)
{
	struct pollfd ready = { .fd = manager, .events = POLLIN };

	ck_assert_msg(poll(&ready, 1, REALM_PATIENCE_MS) == 1, "the manager is told nothing");
	ssize_t len = recv(manager, heard, sizeof(heard) - 1, 0);
	ck_assert_int_gt(len, 0);
	heard[len] = '\0';
}

/* The next is this, and nothing is said before. */
static void
hear_that(const char *what)
{
	hear_manager();
	ck_assert_msg(strncmp(heard, what, strlen(what)) == 0, "heard %s", heard);
}

START_TEST(life)
{
	char line[128];

	realm_start(&realm);
	hear_that("READY=1\n");
	snprintf(line, sizeof(line), "\nMAINPID=%ld\n", (long)realm.kabard);
	ck_assert_ptr_nonnull(strstr(heard, line));
	snprintf(line, sizeof(line),
	    "\nSTATUS=realm surabaya, listening on 127.0.0.1 port %u (realm)",
	    (unsigned int)realm.port);
	ck_assert_ptr_nonnull(strstr(heard, line));
	kill(realm.kabard, SIGHUP);
	hear_that("RELOADING=1\nMONOTONIC_USEC=");
	hear_that("READY=1\n");
	/* Also when it is refused. */
	realm_configure(&realm, "max_clients = none");
	kill(realm.kabard, SIGHUP);
	hear_that("RELOADING=1\n");
	hear_that("READY=1\n");
	realm_configure(&realm, NULL);
	WORKS(NULL, "upgrade");
	hear_that("RELOADING=1\n");
	hear_that("READY=1\n");
	ck_assert_int_eq(realm_stop(&realm), 0);
	hear_that("STOPPING=1");
}
END_TEST

START_TEST(watchdog)
{
	setenv("WATCHDOG_USEC", "20000", 1);
	realm_start(&realm);
	hear_that("READY=1\n");
	for (int i = 0; i < 3; i++)
		hear_that("WATCHDOG=1");
	/* One that stands still says nothing: after what may be on its way there is silence. */
	kill(realm.kabard, SIGSTOP);
	struct pollfd ready = { .fd = manager, .events = POLLIN };
	while (poll(&ready, 1, 200) == 1)
		hear_manager();
	kill(realm.kabard, SIGCONT);
	hear_that("WATCHDOG=1");
}
END_TEST

static bool
stopped_silently(void *arg)
{
	struct pollfd ready = { .fd = manager, .events = POLLIN };

	(void)arg;
	/* Who is not heard cannot go on talking. */
	while (poll(&ready, 1, 0) == 1)
		hear_manager();
	return realm_logged(&realm, ") has not answered for ");
}

/* A realm in which nothing can be stored is as good as dead, though its master is not. */
START_TEST(watchdog_of_the_committer)
{
	struct pollfd ready = { .fd = manager, .events = POLLIN };

	setenv("WATCHDOG_USEC", "2000", 1);
	realm_start(&realm);
	hear_that("READY=1\n");
	hear_that("WATCHDOG=1");
	pid_t committer = realm_committer(&realm);
	ck_assert_int_ne(committer, 0);
	ck_assert_int_eq(kill(committer, SIGSTOP), 0);
	ck_assert(realm_until(stopped_silently, NULL));
	stopped_silently(NULL);
	/* Each answer takes the master around its loop, where it would say so if all were well. */
	for (int i = 0; i < 10; i++)
		WORKS(NULL, "status");
	ck_assert_int_eq(poll(&ready, 1, 0), 0);
	ck_assert_int_eq(kill(committer, SIGCONT), 0);
	hear_that("WATCHDOG=1");
	ck_assert(realm_logged(&realm, "the committer answers again"));
}
END_TEST

/* The watchdog of another process. */
START_TEST(watchdog_of_another)
{
	setenv("WATCHDOG_USEC", "1000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	realm_start(&realm);
	hear_that("READY=1\n");
	REALM_CTL(&realm, NULL, "reload");
	hear_that("RELOADING=1");
	hear_that("READY=1\n");
}
END_TEST

/*
 * The journal
 */

/* Names the log's stream as the service manager does, or another one. */
static void
name_stream(ino_t besides)
{
	char text[64];
	struct stat st;
	int fd = open(realm.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	ck_assert_int_eq(fstat(fd, &st), 0);
	close(fd);
	snprintf(text, sizeof(text), "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)(st.st_ino + besides));
	setenv("JOURNAL_STREAM", text, 1);
}

/* How many lines of the log begin so, and how many do not. */
static void
count_lines(const char *start, size_t *with, size_t *without)
{
	char line[4096];
	FILE *file = fopen(realm.log, "re");

	ck_assert_ptr_nonnull(file);
	*with = *without = 0;
	while (fgets(line, sizeof(line), file) != NULL)
		*(strncmp(line, start, strlen(start)) == 0 ? with : without) += 1;
	fclose(file);
}

static void
talk_and_stop(void)
{
	realm_configure(&realm, NULL);
	talk.way = DIALOGUE_TCP;
	realm_start(&realm);
	dialogue_run(&talk,
	    "> auth messi salah\n"
	    "< ERROR Password Salah\n"
	    "> auth messi surabaya\n"
	    "< TOKEN a\n"
	    "a closes\n");
	realm_configure(&realm, "max_clients = none");
	kill(realm.kabard, SIGHUP);
	hear_that("READY=1\n");
	hear_that("RELOADING=1");
	hear_that("READY=1\n");
	ck_assert_int_eq(realm_stop(&realm), 0);
}

/* The journal knows name and process, and asks for the priority instead. */
START_TEST(journal)
{
	size_t with, without, of_master;

	name_stream(0);
	talk_and_stop();
	count_lines("<6>", &with, &without);
	count_lines("<4>", &of_master, &without);
	ck_assert_uint_ge(with, 4);
	ck_assert_uint_eq(of_master, 1);
	count_lines("<", &with, &without);
	ck_assert_uint_eq(without, 0);
	ck_assert(realm_logged(&realm, "<6>#1 127.0.0.1: login failed for messi from"));
	ck_assert(!realm_logged(&realm, "kabard["));
}
END_TEST

/* The standard error of kabard leads elsewhere. */
START_TEST(journal_of_another)
{
	size_t with, without;

	name_stream(1);
	talk_and_stop();
	count_lines("kabard[", &with, &without);
	ck_assert_uint_ge(with, 4);
	ck_assert_uint_eq(without, 0);
}
END_TEST

/*
 * Sockets
 */

static union {
	struct sockaddr any;
	struct sockaddr_in v4;
} place;

/* A socket on a port that the system chooses, which listens. */
static int
listening(void)
{
	socklen_t len = sizeof(place.v4);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	place.v4 = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	ck_assert_int_eq(bind(fd, &place.any, len), 0);
	ck_assert_int_eq(listen(fd, 16), 0);
	ck_assert_int_eq(getsockname(fd, &place.any, &len), 0);
	return fd;
}

/* Starts kabard with a socket as descriptor 3. */
static void
start_with(int fd, const char *names)
{
	char path[2 * REALM_PATH_MAX];

	/* LISTEN_PID can only be set by the process itself. */
	snprintf(path, sizeof(path), "LISTEN_PID=$$ LISTEN_FDS=1%s%s exec %s -f -c %s",
	    names == NULL ? "" : " LISTEN_FDNAMES=", names == NULL ? "" : names, realm_kabard_path,
	    realm.config);
	ck_assert_int_ne(fd, 3);
	realm.kabard = fork();
	ck_assert_int_ge(realm.kabard, 0);
	if (realm.kabard != 0) {
		close(fd);
		return;
	}
	int log = open(realm.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	dup2(log, STDERR_FILENO);
	dup2(fd, 3);
	execl("/bin/sh", "sh", "-c", path, (char *)NULL);
	_exit(127);
}

/* A client that connects to the passed socket is served. */
static void
serves(void)
{
	static const char hello[] = "auth messi surabaya\r\n";
	char reply[256];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(connect(fd, &place.any, sizeof(place.v4)), 0);
	ck_assert_int_eq(send(fd, hello, strlen(hello), 0), (ssize_t)strlen(hello));
	ssize_t len = recv(fd, reply, sizeof(reply) - 1, 0);
	ck_assert_int_gt(len, 0);
	reply[len] = '\0';
	ck_assert_ptr_nonnull(strstr(reply, "\"status\":\"OK\""));
	close(fd);
}

/* The name counts, whatever the section says of the port. */
START_TEST(socket_by_name)
{
	start_with(listening(), "main");
	hear_that("READY=1\n");
	serves();
	/* The section's own port is not wanted besides. */
	ck_assert_int_lt(realm_connect(&realm), 0);
	REALM_CTL(&realm, NULL, "reload");
	serves();
	REALM_CTL(&realm, NULL, "upgrade");
	serves();
}
END_TEST

START_TEST(socket_by_address)
{
	int fd = listening();

	realm.port = ntohs(place.v4.sin_port);
	realm_configure(&realm, NULL);
	start_with(fd, NULL);
	hear_that("READY=1\n");
	serves();
}
END_TEST

static void
expect_start_fails(const char *why)
{
	int status = realm_await(realm.kabard);

	realm.kabard = 0;
	ck_assert_int_ne(status, 0);
	ck_assert(realm_logged(&realm, why));
}

START_TEST(socket_of_nobody)
{
	start_with(listening(), "other");
	expect_start_fails("passes a socket \"other\" on 127.0.0.1 port");
}
END_TEST

START_TEST(socket_that_is_none)
{
	start_with(open("/dev/null", O_RDWR), "main");
	expect_start_fails(
	    "descriptor 3 (\"main\") from the service manager is no listening stream socket");
}
END_TEST

/* Until somebody comes kabard is not started; the port is the realm's own. */
START_TEST(socket_activate)
{
	char address[64], name[] = "--fdname=main";
	const char *const argv[] = { ACTIVATE, "-l", address, name, "-E", "NOTIFY_SOCKET",
		realm_kabard_path, "-f", "-c", realm.config, NULL };

	if (suite_skip_if(access(ACTIVATE, X_OK) != 0, "no systemd on this machine"))
		return;
	snprintf(address, sizeof(address), "%s:%u", realm.address, (unsigned int)realm.port);
	realm.kabard = realm_spawn(&realm, STDIN_FILENO, STDERR_FILENO, argv);
	place.v4 = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons(realm.port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	ck_assert(realm_until(realm_accepts, &realm));
	hear_that("READY=1\n");
	serves();
	serves();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("service");
	TCase *tcase = realm_tcase(suite, "notify");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, life);
	tcase_add_test(tcase, watchdog);
	tcase_add_test(tcase, watchdog_of_the_committer);
	tcase_add_test(tcase, watchdog_of_another);
	tcase = realm_tcase(suite, "journal");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, journal);
	tcase_add_test(tcase, journal_of_another);
	tcase = realm_tcase(suite, "sockets");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, socket_by_name);
	tcase_add_test(tcase, socket_by_address);
	tcase_add_test(tcase, socket_of_nobody);
	tcase_add_test(tcase, socket_that_is_none);
	tcase_add_test(tcase, socket_activate);
	return realm_run_suite(suite);
}
