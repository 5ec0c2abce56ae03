/* disk_space: some file systems (of network, of FUSE) report 0 blocks of all: they are not full. */
#include "base/disk_space.h"

#include <sys/statvfs.h>

#include <errno.h>

bool
disk_space_left(const char *path, uint64_t bytes)
{
	int saved = errno;
	struct statvfs fs;
	bool known = statvfs(path, &fs) == 0 && fs.f_blocks > 0;

	errno = saved;
	return !known || (uint64_t)fs.f_bavail >= bytes / fs.f_frsize + (bytes % fs.f_frsize > 0);
}
