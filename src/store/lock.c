/*
 * store_lock: the locks of the committer and of a snapshot, which one process at a time may have.
 * The system releases a lock when its owner ends, in whatever way.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "store/int.h"
#include "store/store_admin.h"

int
store_lock(const struct store *store, const char *name)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char path[PATH_MAX];

	store_path(store, path, sizeof(path), name);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || fcntl(fd, F_SETLK, &lock) == 0)
		return fd;
	int saved = errno == EACCES ? EAGAIN : errno;
	close(fd);
	errno = saved;
	return -1;
}

/* The process that has the lock; 0: none. */
static pid_t
lock_holder(const struct store *store, const char *name)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char path[PATH_MAX];

	store_path(store, path, sizeof(path), name);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return 0;
	int result = fcntl(fd, F_GETLK, &lock);
	close(fd);
	return result == 0 && lock.l_type != F_UNLCK ? lock.l_pid : 0;
}

pid_t
store_committer_pid(const struct store_options *opt)
{
	char error[256];
	struct store *store = store_new(opt, error, sizeof(error));
	pid_t pid = store == NULL ? 0 : lock_holder(store, STORE_COMMITTER_LOCK);

	store_close(store);
	return pid;
}

int
store_hold(const struct store_options *opt)
{
	char error[256];
	struct store *store = store_new(opt, error, sizeof(error));

	errno = ENAMETOOLONG;
	if (store == NULL)
		return -1;
	int fd = store_lock(store, STORE_COMMITTER_LOCK), saved = errno;
	store_close(store);
	errno = saved;
	return fd;
}
