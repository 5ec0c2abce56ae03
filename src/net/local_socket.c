/* local_socket: goes into the directory for a moment (base/chdir_guard.h). */
#include "net/local_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/chdir_guard.h"

int
local_socket_bind(int fd, const char *directory, const char *name, mode_t mode)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int way_back = chdir_guard_enter(directory), result;
	mode_t mask;

	if (way_back < 0)
		return -1;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", name);
	unlink(name);
	mask = umask(0777 & ~mode);
	result = bind(fd, (const struct sockaddr *)&address, sizeof(address));
	umask(mask);
	chdir_guard_leave(way_back);
	return result;
}

void
local_socket_remove(const char *directory, const char *name)
{
	int saved = errno, way_back = chdir_guard_enter(directory);

	if (way_back >= 0) {
		unlink(name);
		chdir_guard_leave(way_back);
	}
	errno = saved;
}

int
local_socket_give_up(int fd)
{
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
	return -1;
}
