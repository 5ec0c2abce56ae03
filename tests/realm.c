/*
 * realm: for integration tests: a realm of the test's own in a temporary directory, and the real
 * programs that serve and administer it. What is said to them is dialogue's business.
 */
#include "realm.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <bsd/unistd.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "board.h"

#define TEST_SECONDS   120 /* Check's patience; CK_TIMEOUT_MULTIPLIER lengthens it */
#define LOOK_PAUSE_MS  2   /* between two looks at a condition */
#define REMOVE_TRIES   20
#define OPEN_DIRS      16
#define ARGS_MAX       16
#define BOARD_SLOTS    16 /* kabard's is bigger and stays */
#define PASSWORD_LINE  "surabaya\n"
#define KEPT_LOG_BYTES 16384
#define NARROW         4096

const char *const realm_kabard_path = KABARD_PATH;

/*
 * The directory for all realms of a test case. Check runs each test in a child, which does not
 * come to its teardown when it fails; so the parent makes this directory, and removes it.
 */
static char room[REALM_PATH_MAX];

int64_t
realm_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
pause_ms(long ms)
{
	struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&pause, NULL);
}

bool
realm_until(bool (*condition)(void *), void *arg)
{
	int64_t deadline = realm_now_ms() + REALM_PATIENCE_MS;

	while (!condition(arg)) {
		if (realm_now_ms() > deadline)
			return false;
		pause_ms(LOOK_PAUSE_MS);
	}
	return true;
}

/*
 * The room.
 */

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	remove(path);
	return 0;
}

/* A committer that is just ending may still put something there. */
static bool
remove_tree(const char *path)
{
	for (int i = 0; i < REMOVE_TRIES; i++) {
		nftw(path, remove_one, OPEN_DIRS, FTW_DEPTH | FTW_PHYS);
		if (access(path, F_OK) != 0)
			return true;
		pause_ms(LOOK_PAUSE_MS);
	}
	return false;
}

static void
make_room(void)
{
	const char *base = getenv("TMPDIR");

	/* Sockets have short names. */
	if (base == NULL || base[0] != '/' || strlen(base) > REALM_PATH_MAX / 3)
		base = "/tmp";
	snprintf(room, sizeof(room), "%s/kabar-XXXXXX", base);
	if (mkdtemp(room) == NULL) {
		perror(room);
		exit(EXIT_FAILURE);
	}
}

/* What the programs said in a test that failed: its realm is still there. */
static void
show_log(const char *name)
{
	char path[2 * REALM_PATH_MAX], text[KEPT_LOG_BYTES];
	size_t len;

	snprintf(path, sizeof(path), "%s/%.64s/log", room, name);
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return;
	fprintf(stderr, "A test did not end well. Its kabard said:\n");
	if (fseek(file, -KEPT_LOG_BYTES, SEEK_END) != 0)
		rewind(file);
	len = fread(text, 1, sizeof(text), file);
	fwrite(text, 1, len, stderr);
	fclose(file);
}

static void
clear_room(void)
{
	DIR *directory = opendir(room);
	const struct dirent *entry;

	while (directory != NULL && (entry = readdir(directory)) != NULL)
		if (entry->d_name[0] != '.')
			show_log(entry->d_name);
	if (directory != NULL)
		closedir(directory);
	remove_tree(room);
}

TCase *
realm_tcase(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_add_unchecked_fixture(tcase, make_room, clear_room);
	tcase_set_timeout(tcase, TEST_SECONDS);
	suite_add_tcase(suite, tcase);
	return tcase;
}

int
realm_run_suite(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	signal(SIGPIPE, SIG_IGN);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/*
 * Programs.
 */

pid_t
realm_spawn(const struct realm *realm, int in, int out, const char *const argv[])
{
	char *copy[ARGS_MAX + 1] = { NULL };
	pid_t pid;

	for (size_t i = 0; argv[i] != NULL; i++) {
		ck_assert_uint_lt(i, ARGS_MAX);
		copy[i] = (char *)(uintptr_t)argv[i];
	}
	pid = fork();
	ck_assert_msg(pid >= 0, "fork: %s", strerror(errno));
	if (pid != 0)
		return pid;
	int log = open(realm->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	if (log >= 0)
		dup2(log, STDERR_FILENO);
	closefrom(STDERR_FILENO + 1);
	signal(SIGPIPE, SIG_DFL);
	execv(copy[0], copy);
	fprintf(stderr, "%s: %s\n", copy[0], strerror(errno));
	_exit(127);
}

struct ending {
	pid_t pid;
	int status;
};

static bool
has_ended(void *arg)
{
	struct ending *ending = arg;
	pid_t pid = waitpid(ending->pid, &ending->status, WNOHANG);

	ck_assert_msg(pid >= 0, "waitpid: %s", strerror(errno));
	return pid == ending->pid;
}

int
realm_await(pid_t pid)
{
	struct ending ending = { .pid = pid };

	if (!realm_until(has_ended, &ending))
		ck_abort_msg("process %ld does not end", (long)pid);
	return ending.status;
}

/* The reading end of a pipe in which the input lies; there must be room for it. */
static int
input_pipe(const char *input)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	if (input != NULL)
		ck_assert_int_eq(write(ends[1], input, strlen(input)), (ssize_t)strlen(input));
	close(ends[1]);
	return ends[0];
}

/* All that comes until the other end is closed. */
static void
read_all(int fd, char *output, size_t size)
{
	char lost[512];
	size_t len = 0;
	ssize_t got = 1;

	while (got > 0) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		bool room_left = output != NULL && len + 1 < size;

		ck_assert_msg(poll(&ready, 1, REALM_PATIENCE_MS) == 1, "a program does not end");
		got = read(fd, room_left ? output + len : lost,
		    room_left ? size - 1 - len : sizeof(lost));
		if (room_left && got > 0)
			len += (size_t)got;
	}
	if (output != NULL)
		output[len] = '\0';
}

int
realm_run(const char *const argv[], const char *input, char *output, size_t size)
{
	char *copy[ARGS_MAX + 1] = { NULL };
	int in = input_pipe(input), out[2], status;
	pid_t pid;

	for (size_t i = 0; argv[i] != NULL && i < ARGS_MAX; i++)
		copy[i] = (char *)(uintptr_t)argv[i];
	ck_assert_int_eq(pipe(out), 0);
	pid = fork();
	ck_assert_msg(pid >= 0, "fork: %s", strerror(errno));
	if (pid == 0) {
		dup2(in, STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		dup2(out[1], STDERR_FILENO);
		closefrom(STDERR_FILENO + 1);
		execv(copy[0], copy);
		_exit(127);
	}
	close(in);
	close(out[1]);
	read_all(out[0], output, size);
	close(out[0]);
	status = realm_await(pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void
realm_ctl(const struct realm *realm, const char *input, const char *const args[])
{
	const char *argv[ARGS_MAX + 1] = { KABARCTL_PATH, "-c", realm->config };
	char output[1024];
	size_t n = 3;

	for (size_t i = 0; args[i] != NULL && n < ARGS_MAX; i++)
		argv[n++] = args[i];
	int status = realm_run(argv, input, output, sizeof(output));
	ck_assert_msg(status == 0, "kabarctl %s: status %d: %s", args[0], status, output);
}

/*
 * Making and removing.
 */

/*
 * A port on which nobody else listens. Bound but not listening the socket keeps it from others,
 * while kabard, which sets SO_REUSEADDR too, can have it.
 */
static bool
reserve_port(struct realm *realm)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} name = { .any = { .sa_family = AF_INET } };
	bool v6 = strchr(realm->address, ':') != NULL;
	socklen_t len = v6 ? sizeof(name.v6) : sizeof(name.v4);
	int on = 1;

	name.any.sa_family = v6 ? AF_INET6 : AF_INET;
	ck_assert_int_eq(inet_pton(name.any.sa_family, realm->address,
	                     v6 ? (void *)&name.v6.sin6_addr : (void *)&name.v4.sin_addr),
	    1);
	realm->port_fd = socket(name.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (realm->port_fd < 0)
		return false;
	setsockopt(realm->port_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(realm->port_fd, &name.any, len) != 0 ||
	    getsockname(realm->port_fd, &name.any, &len) != 0) {
		close(realm->port_fd);
		return false;
	}
	realm->port = ntohs(v6 ? name.v6.sin6_port : name.v4.sin_port);
	return true;
}

void
realm_configure(const struct realm *realm, const char *settings)
{
	const struct passwd *me = getpwuid(geteuid());
	FILE *file = fopen(realm->config, "we");

	ck_assert_ptr_nonnull(me);
	ck_assert_ptr_nonnull(file);
	/* Where a setting comes twice, the last one holds. */
	fprintf(file,
	    "realm = \"surabaya\"\n"
	    "user = \"%s\"\n"
	    "state = \"%s\"\n"
	    "sync = off\n"
	    "password_cost = 1\n"
	    "listen \"main\" { address = \"%s\"  port = %u  dialect = \"realm\" }\n"
	    "%s\n",
	    me->pw_name, realm->state, realm->address, (unsigned int)realm->port,
	    settings == NULL ? "" : settings);
	ck_assert_int_eq(fclose(file), 0);
}

bool
realm_make_at(struct realm *realm, const char *address, const char *settings)
{
	*realm = (struct realm){ .address = address, .first_fd = -1 };
	if (!reserve_port(realm))
		return false;
	snprintf(realm->dir, sizeof(realm->dir), "%.100s/XXXXXX", room);
	ck_assert_ptr_nonnull(mkdtemp(realm->dir));
	snprintf(realm->config, sizeof(realm->config), "%.120s/kabar.conf", realm->dir);
	snprintf(realm->state, sizeof(realm->state), "%.120s/state", realm->dir);
	snprintf(realm->log, sizeof(realm->log), "%.120s/log", realm->dir);
	realm_configure(realm, settings);
	REALM_CTL(realm, NULL, "init");
	REALM_CTL(realm, PASSWORD_LINE, "user", "add", "messi", "-n", "Lionel Messi", "-C",
	    "Argentina");
	REALM_CTL(realm, PASSWORD_LINE, "user", "add", "henderson", "-n", "Jordan Henderson", "-C",
	    "Inggris");
	REALM_CTL(realm, PASSWORD_LINE, "user", "add", "lineker", "-n", "Gary Lineker", "-C",
	    "Inggris");
	return true;
}

void
realm_make(struct realm *realm, const char *settings)
{
	ck_assert_msg(realm_make_at(realm, "127.0.0.1", settings), "bind: %s", strerror(errno));
}

/* A buffer of 0: as the system has it. */
static int
connect_with(const struct realm *realm, int receive_buffer)
{
	union {
		struct sockaddr any;
		struct sockaddr_storage storage;
	} name;
	socklen_t len = sizeof(name);
	int fd;

	ck_assert_int_eq(getsockname(realm->port_fd, &name.any, &len), 0);
	fd = socket(name.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(fd, 0);
	/* Made smaller later, the window would no longer hold what is allowed to be on its way. */
	if (receive_buffer > 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
	if (connect(fd, &name.any, len) == 0)
		return fd;
	int saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

int
realm_connect(const struct realm *realm)
{
	return connect_with(realm, 0);
}

int
realm_connect_narrow(const struct realm *realm)
{
	return connect_with(realm, NARROW);
}

static bool
is_up(void *arg)
{
	struct realm *realm = arg;
	int status;

	if (waitpid(realm->kabard, &status, WNOHANG) != 0) {
		realm->kabard = 0;
		ck_abort_msg("kabard ended at once, status %#x", (unsigned int)status);
	}
	realm->first_fd = realm_connect(realm);
	return realm->first_fd >= 0;
}

void
realm_start(struct realm *realm)
{
	const char *const argv[] = { KABARD_PATH, "-c", realm->config, "-f", NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	ck_assert_int_eq(realm->kabard, 0);
	realm->kabard = realm_spawn(realm, null, null, argv);
	close(null);
	if (!realm_until(is_up, realm))
		ck_abort_msg("kabard does not accept connections");
}

int
realm_stop(struct realm *realm)
{
	pid_t kabard = realm->kabard;

	if (realm->first_fd >= 0)
		close(realm->first_fd);
	realm->first_fd = -1;
	realm->kabard = 0;
	ck_assert_int_eq(kill(kabard, SIGTERM), 0);
	return realm_await(kabard);
}

bool
realm_logged(const struct realm *realm, const char *text)
{
	char line[4096];
	bool found = false;
	FILE *file = fopen(realm->log, "re");

	while (file != NULL && !found && fgets(line, sizeof(line), file) != NULL)
		found = strstr(line, text) != NULL;
	if (file != NULL)
		fclose(file);
	return found;
}

void
realm_remove(struct realm *realm)
{
	if (realm->kabard != 0)
		ck_assert_int_eq(realm_stop(realm), 0);
	ck_assert_msg(!realm_logged(realm, "Sanitizer"), "a sanitizer complained");
	ck_assert_msg(!realm_logged(realm, "runtime error"), "a sanitizer complained");
	close(realm->port_fd);
	ck_assert(remove_tree(realm->dir));
}

struct workers {
	pid_t *pids;
	size_t size;
	size_t n;
};

static int
add_worker(void *arg, unsigned int slot, const struct board_entry *entry)
{
	struct workers *workers = arg;

	(void)slot;
	if (workers->n < workers->size)
		workers->pids[workers->n] = (pid_t)entry->pid;
	workers->n++;
	return 0;
}

size_t
realm_workers(const struct realm *realm, pid_t *pids, size_t size)
{
	struct workers workers = { .pids = pids, .size = size };
	struct board *board = board_open(realm->state, BOARD_SLOTS);

	ck_assert_ptr_nonnull(board);
	board_each(board, add_worker, &workers);
	board_close(board);
	return workers.n;
}
