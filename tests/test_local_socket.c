/*
 * Sockets with a name in a directory: their mode, what lies in the name's place, long paths, and
 * processes that may not be where they are.
 */
#include "net/local_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rmtree.h"
#include "suite.h"

#define NAME   "here.sock"
#define NOBODY 65534

static char top[64];
static char deep[512]; /* longer than a socket's address */

static void
make_directories(void)
{
	snprintf(top, sizeof(top), "/tmp/kabar-socket-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	ck_assert_int_eq(chmod(top, 0755), 0);
	snprintf(deep, sizeof(deep), "%s/%0150d", top, 0);
	ck_assert_int_eq(mkdir(deep, 0777), 0);
	ck_assert_int_eq(chmod(deep, 0777), 0);
}

static void
remove_directories(void)
{
	ck_assert_int_eq(rmtree(top), 0);
}

static int
make_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	return fd;
}

/* Its mode with its type; 0: nothing has that name. */
static mode_t
mode_of(const char *name)
{
	char path[600];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", deep, name);
	return lstat(path, &st) == 0 ? st.st_mode : 0;
}

static void
check_same_directory(const char *before)
{
	char now[512];

	ck_assert_ptr_nonnull(getcwd(now, sizeof(now)));
	ck_assert_str_eq(now, before);
}

/* The mask of the process does not count, and stays. */
START_TEST(mode)
{
	static const mode_t modes[] = { 0600, 0660 }, masks[] = { 0, 077 };
	char before[512];
	int fd = make_socket();

	ck_assert_ptr_nonnull(getcwd(before, sizeof(before)));
	umask(masks[_i / 2]);
	ck_assert_int_eq(local_socket_bind(fd, deep, NAME, modes[_i % 2]), 0);
	ck_assert_uint_eq(umask(022), masks[_i / 2]);
	ck_assert_uint_eq(mode_of(NAME), S_IFSOCK | modes[_i % 2]);
	check_same_directory(before);
	local_socket_remove(deep, NAME);
	ck_assert_uint_eq(mode_of(NAME), 0);
	check_same_directory(before);
	close(fd);
}
END_TEST

/* What a dead process left goes; a link is not followed. */
START_TEST(replaced)
{
	char link[600], victim[600];
	int old = make_socket(), fd = make_socket();

	ck_assert_int_eq(local_socket_bind(old, deep, NAME, 0600), 0);
	ck_assert_int_eq(local_socket_bind(fd, deep, NAME, 0660), 0);
	ck_assert_uint_eq(mode_of(NAME), S_IFSOCK | 0660);
	snprintf(link, sizeof(link), "%s/link", deep);
	snprintf(victim, sizeof(victim), "%s/victim", deep);
	ck_assert_int_eq(symlink(victim, link), 0);
	close(old);
	old = make_socket();
	ck_assert_int_eq(local_socket_bind(old, deep, "link", 0600), 0);
	ck_assert_uint_eq(mode_of("link"), S_IFSOCK | 0600);
	ck_assert_uint_eq(mode_of("victim"), 0);
	close(old);
	close(fd);
}
END_TEST

START_TEST(nowhere)
{
	char missing[600];
	int fd = make_socket();

	snprintf(missing, sizeof(missing), "%s/missing", top);
	errno = 0;
	ck_assert_int_eq(local_socket_bind(fd, missing, NAME, 0600), -1);
	ck_assert_int_eq(errno, ENOENT);
	errno = EXDEV;
	local_socket_remove(missing, NAME);
	ck_assert_int_eq(errno, EXDEV);
	ck_assert_int_eq(local_socket_give_up(fd), -1);
	ck_assert_int_eq(local_socket_give_up(-1), -1);
	ck_assert_int_eq(errno, EXDEV);
	ck_assert_int_eq(close(fd), -1);
}
END_TEST

/* In a child: 0 if the socket gets its name, and this process is in the root directory then. */
static int
bind_from(const char *home, int fd)
{
	char here[16];

	if (chdir(home) != 0 || chmod(home, 0) != 0)
		return 1;
	if (geteuid() == 0 && setuid(NOBODY) != 0)
		return 2;
	if (local_socket_bind(fd, deep, NAME, 0600) != 0)
		return 3;
	return getcwd(here, sizeof(here)) != NULL && strcmp(here, "/") == 0 ? 0 : 4;
}

/* As a service's user whom root starts from the home of root. */
START_TEST(forbidden)
{
	int fd = make_socket(), status;
	char home[600];

	snprintf(home, sizeof(home), "%s/home", top);
	ck_assert_int_eq(mkdir(home, 0700), 0);
	pid_t pid = fork();
	if (pid == 0)
		_exit(bind_from(home, fd));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(chmod(home, 0700), 0);
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(mode_of(NAME), S_IFSOCK | 0600);
	close(fd);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("local_socket");
	TCase *tcase = tcase_create("names");

	tcase_add_checked_fixture(tcase, make_directories, remove_directories);
	tcase_add_loop_test(tcase, mode, 0, 4);
	tcase_add_test(tcase, replaced);
	tcase_add_test(tcase, nowhere);
	tcase_add_test(tcase, forbidden);
	suite_add_tcase(suite, tcase);

	return suite_run(suite);
}
