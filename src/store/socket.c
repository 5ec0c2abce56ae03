/*
 * store_socket: the socket in the state directory at which the committer takes its clients. Its
 * path is as long as that of the directory, so bind() and connect() get a name below it.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/chdir_guard.h"
#include "net/local_socket.h"
#include "store/int.h"

/* Never waits. -1 with errno. */
static int
make_socket(void)
{
	return socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

int
store_socket_listen(const struct store *store)
{
	int fd = make_socket();

	if (fd >= 0 &&
	    local_socket_bind(fd, store->state, STORE_SOCKET_NAME, S_IRUSR | S_IWUSR) == 0 &&
	    listen(fd, SOMAXCONN) == 0)
		return fd;
	return local_socket_give_up(fd);
}

int
store_socket_try(const struct store *store)
{
	const struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = STORE_SOCKET_NAME };
	int fd = make_socket(), way_back = fd < 0 ? -1 : chdir_guard_enter(store->state), result;

	if (way_back < 0)
		return local_socket_give_up(fd);
	result = connect(fd, (const struct sockaddr *)&name, sizeof(name));
	chdir_guard_leave(way_back);
	return result == 0 ? fd : local_socket_give_up(fd);
}

/* The limits go with the socket, to whatever process it is handed. */
int
store_socket_connect(const struct store *store)
{
	struct timeval limit = { .tv_sec = store->answer_ms / 1000,
		.tv_usec = store->answer_ms % 1000 * 1000 };
	int fd = store_socket_try(store);

	if (fd < 0)
		return -1;
	if (fcntl(fd, F_SETFL, 0) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0)
		return fd;
	return local_socket_give_up(fd);
}

bool
store_socket_is_left(const struct store *store)
{
	char path[PATH_MAX];

	store_path(store, path, sizeof(path), STORE_SOCKET_NAME);
	return access(path, F_OK) == 0;
}

void
store_socket_remove(const struct store *store)
{
	local_socket_remove(store->state, STORE_SOCKET_NAME);
}
