/*
 * chdir_guard: without a way back the process is of no use, and ends. Who may not be where it was
 * started, such as a service's user in the home of root, goes back to the root directory.
 */
#include "base/chdir_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int
chdir_guard_enter(const char *directory)
{
	int way_back = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (way_back < 0 && errno == EACCES)
		way_back = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (way_back < 0 || chdir(directory) == 0)
		return way_back;
	int saved = errno;
	close(way_back);
	errno = saved;
	return -1;
}

void
chdir_guard_leave(int way_back)
{
	int saved = errno;

	if (fchdir(way_back) != 0 && chdir("/") != 0)
		abort();
	close(way_back);
	errno = saved;
}
