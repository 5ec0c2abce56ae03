/*
 * inbox_lock: of the processes that serve one user, one at a time shows the inbox. The locks
 * belong to the process, not to the descriptor: a committer that it forks inherits none of them.
 */
#include "live/inbox_lock.h"

#include <sys/stat.h>
#include <sys/time.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/state_directory.h"

#define FILE_NAME "inbox.lock"
#define TRIES     4  /* while somebody removes the file again and again */
#define AGAIN_MS  10 /* a timer that ran out just before the wait began does so again */

static void
on_alarm(int number)
{
	(void)number;
}

static struct timeval
interval(int ms)
{
	return (struct timeval){ .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
}

/* As fcntl(); EINTR also where the time is over, or the process is to end. */
static int
wait_for_lock(int fd, struct flock *lock, int ms)
{
	const struct itimerval timer = { .it_interval = interval(AGAIN_MS),
		.it_value = interval(ms) };
	static const struct itimerval none;
	struct sigaction action = { .sa_handler = on_alarm }, before;
	sigset_t mask, blocked;

	sigaction(SIGALRM, &action, &before);
	sigprocmask(SIG_BLOCK, NULL, &mask);
	sigdelset(&mask, SIGALRM);
	sigdelset(&mask, SIGTERM);
	sigdelset(&mask, SIGINT);
	sigprocmask(SIG_SETMASK, &mask, &blocked);
	setitimer(ITIMER_REAL, &timer, NULL);
	int result = fcntl(fd, F_SETLKW, lock), saved = errno;
	setitimer(ITIMER_REAL, &none, NULL);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	sigaction(SIGALRM, &before, NULL);
	errno = saved;
	return result;
}

static void
path_of(char path[PATH_MAX], const char *state)
{
	snprintf(path, PATH_MAX, "%s/" FILE_NAME, state);
}

/* Opened anew whenever nothing is held: whoever removes the file does no lasting harm. */
static bool
open_file(struct inbox_lock *lock, const char *state)
{
	char path[PATH_MAX];

	if (lock->held)
		return true;
	path_of(path, state);
	lock->fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (lock->fd >= 0 || errno != ENOENT)
		return lock->fd >= 0;
	lock->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (lock->fd >= 0)
		state_directory_share_file(lock->fd);
	return lock->fd >= 0;
}

/* Whether another file has the name now: then who comes later locks that one. */
static bool
is_replaced(const struct inbox_lock *lock, const char *state)
{
	char path[PATH_MAX];
	struct stat named, locked;

	path_of(path, state);
	return fstat(lock->fd, &locked) != 0 || lstat(path, &named) != 0 ||
	    named.st_ino != locked.st_ino || named.st_dev != locked.st_dev;
}

static bool
is_taken(int error)
{
	return error == EAGAIN || error == EACCES || error == EINTR || error == EDEADLK;
}

/* As inbox_lock_take(); *again: the file was replaced before it was locked. */
static bool
try_take(struct inbox_lock *lock, const struct config *config, uint64_t user, int ms, bool *again)
{
	struct flock range = { .l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = (off_t)user,
		.l_len = 1 };
	int result;

	*again = false;
	if (!open_file(lock, config->state)) {
		log_warn("%s/" FILE_NAME, config->state);
		return true;
	}
	result = ms > 0 ? wait_for_lock(lock->fd, &range, ms) : fcntl(lock->fd, F_SETLK, &range);
	*again = result == 0 && !lock->held && is_replaced(lock, config->state);
	if (*again)
		close(lock->fd);
	else if (result == 0)
		lock->held = true;
	if (result == 0)
		return true;
	bool taken = is_taken(errno);
	if (!taken)
		log_warn("locking %s/" FILE_NAME, config->state);
	if (!lock->held)
		close(lock->fd);
	return !taken;
}

bool
inbox_lock_take(struct inbox_lock *lock, const struct config *config, uint64_t user, int ms)
{
	bool again, may;

	for (int tries = 0; tries < TRIES; tries++) {
		may = try_take(lock, config, user, ms, &again);
		if (!again)
			return may;
	}
	return false;
}

void
inbox_lock_release(struct inbox_lock *lock)
{
	if (lock->held)
		close(lock->fd);
	lock->held = false;
}
