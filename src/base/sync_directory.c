/* sync_directory: fsync(2) of a directory by its path. */
#include "base/sync_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

int
sync_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	int result = fsync(fd), saved = errno;
	close(fd);
	errno = saved;
	return result;
}

int
sync_directory_of(const char *path)
{
	char copy[PATH_MAX]; /* dirname() may change it */

	if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return sync_directory(dirname(copy));
}
