/*
 * master_pidfile: one master for one state directory: a file with the master's pid, locked while
 * it runs. The kernel lets go of the lock however the master ends, so a stale file does no harm.
 */
#include "master/pidfile.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TAKE_TRIES   100
#define LOOK_STEP_MS 10

/* fcntl(2)'s lock, not flock(2)'s: children must not inherit it, for they may outlive the master.
 */
static struct flock
lock_of_file(void)
{
	return (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET };
}

static void
describe_owner(int fd, const char *path, char *error, size_t size)
{
	struct flock lock = lock_of_file();
	int reason = errno;

	if (reason != EACCES && reason != EAGAIN)
		snprintf(error, size, "cannot lock %s: %s", path, strerror(reason));
	else if (fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK && lock.l_pid > 0)
		snprintf(error, size,
		    "kabard is running already on this state, as process %ld (%s)",
		    (long)lock.l_pid, path);
	else
		snprintf(error, size, "kabard is running already on this state (%s)", path);
}

/* Whether the file was removed by a master that was just ending when we opened it. */
static bool
was_removed(int fd, const char *path)
{
	struct stat here, named;

	return fstat(fd, &here) == 0 &&
	    (stat(path, &named) != 0 || here.st_ino != named.st_ino || here.st_dev != named.st_dev);
}

static int
write_pid(int fd)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	if (ftruncate(fd, 0) != 0)
		return -1;
	return pwrite(fd, text, (size_t)len, 0) == len ? 0 : -1;
}

int
master_pidfile_take(const char *state, char *error, size_t size)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/" MASTER_PIDFILE_NAME, state);
	for (int i = 0; i < TAKE_TRIES; i++) {
		struct flock lock = lock_of_file();
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);

		if (fd < 0) {
			snprintf(error, size, "cannot open %s: %s", path, strerror(errno));
			return -1;
		}
		if (fcntl(fd, F_SETLK, &lock) != 0) {
			describe_owner(fd, path, error, size);
			close(fd);
			return -1;
		}
		if (!was_removed(fd, path)) {
			if (write_pid(fd) == 0)
				return fd;
			snprintf(error, size, "cannot write %s: %s", path, strerror(errno));
			close(fd);
			return -1;
		}
		close(fd);
	}
	snprintf(error, size, "%s vanishes again and again", path);
	return -1;
}

/* Opens it as it is. -1 with errno. */
static int
open_existing(const char *state)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/" MASTER_PIDFILE_NAME, state);
	return open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
}

/* The process that has it locked; 0: none, -1 with errno. */
static pid_t
find_owner(int fd)
{
	struct flock lock = lock_of_file();

	if (fcntl(fd, F_GETLK, &lock) != 0)
		return -1;
	return lock.l_type == F_UNLCK ? 0 : lock.l_pid;
}

enum master_pidfile_found
master_pidfile_look(const char *state, pid_t *pid)
{
	int fd = open_existing(state);

	*pid = 0;
	if (fd < 0)
		return errno == ENOENT ? MASTER_PIDFILE_NONE : MASTER_PIDFILE_UNKNOWN;
	*pid = find_owner(fd);
	close(fd);
	if (*pid < 0)
		return MASTER_PIDFILE_UNKNOWN;
	return *pid == 0 ? MASTER_PIDFILE_LEFT : MASTER_PIDFILE_LOCKED;
}

/* Signals the one who has it locked. 0, or -1 with errno. */
static int
signal_owner(int fd, int number)
{
	pid_t pid = find_owner(fd);

	if (pid == 0)
		errno = ESRCH;
	return pid > 0 ? kill(pid, number) : -1;
}

int
master_pidfile_signal(const char *state, int number)
{
	int fd = open_existing(state), result;

	if (fd < 0)
		return -1;
	result = signal_owner(fd, number);
	close(fd);
	return result;
}

int
master_pidfile_end(const char *state, int number, int timeout_ms)
{
	const struct timespec step = { .tv_nsec = LOOK_STEP_MS * 1000000 };
	int fd = open_existing(state), result;

	if (fd < 0) {
		if (errno == ENOENT)
			errno = ESRCH;
		return -1;
	}
	result = signal_owner(fd, number);
	/* Asked for, the lock could be had by us while the next master wants it. */
	for (int waited = 0; result == 0 && find_owner(fd) > 0; waited += LOOK_STEP_MS) {
		if (waited >= timeout_ms) {
			errno = ETIMEDOUT;
			result = -1;
		} else {
			nanosleep(&step, NULL);
		}
	}
	int saved = errno;
	close(fd);
	errno = saved;
	return result;
}

void
master_pidfile_drop(const char *state, int fd)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/" MASTER_PIDFILE_NAME, state);
	unlink(path);
	close(fd);
}
