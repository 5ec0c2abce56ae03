/*
 * store_lock: the locks of the committer and of a snapshot, which one process at a time may have.
 * The system releases a lock when its owner ends, in whatever way.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "store/int.h"
#include "store/store_admin.h"

static int
open_lock(const char *state, const char *name, int flags)
{
	char path[PATH_MAX];

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", state, name) >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
}

int
store_lock(const char *state, const char *name)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open_lock(state, name, O_CREAT);

	if (fd < 0 || fcntl(fd, F_SETLK, &lock) == 0)
		return fd;
	int saved = errno == EACCES ? EAGAIN : errno;
	close(fd);
	errno = saved;
	return -1;
}

pid_t
store_committer_pid(const struct store_options *opt)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open_lock(opt->state, STORE_COMMITTER_LOCK, 0);

	if (fd < 0)
		return 0;
	int result = fcntl(fd, F_GETLK, &lock);
	close(fd);
	return result == 0 && lock.l_type != F_UNLCK ? lock.l_pid : 0;
}

int
store_hold(const struct store_options *opt)
{
	return store_lock(opt->state, STORE_COMMITTER_LOCK);
}
