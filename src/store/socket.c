/*
 * store_socket: the socket in the state directory at which the committer takes its clients. Its
 * path is as long as that of the directory; bind() and connect() take 107 bytes at most, so they
 * get a name below the directory.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/log.h"
#include "store/int.h"

static int
listen_here(int fd, const struct sockaddr *name, socklen_t len)
{
	fchmod(fd, S_IRUSR | S_IWUSR); /* bind() gives the name the socket's mode */
	unlink(STORE_SOCKET_NAME);
	return bind(fd, name, len) == 0 ? listen(fd, SOMAXCONN) : -1;
}

/* Neither of the two waits. -1 with errno set. */
static int
open_socket(const struct store *store, bool listening)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = STORE_SOCKET_NAME };
	const struct sockaddr *name = (const struct sockaddr *)&address;
	int fd, saved, result = -1, before = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && chdir(store->state) == 0) {
		result = listening ? listen_here(fd, name, sizeof(address))
		                   : connect(fd, name, sizeof(address));
		saved = errno;
		if (before < 0 || fchdir(before) != 0)
			log_debug("store: cannot go back to the directory before");
		errno = saved;
	}
	saved = errno;
	if (before >= 0)
		close(before);
	if (result != 0 && fd >= 0)
		close(fd);
	errno = saved;
	return result == 0 ? fd : -1;
}

int
store_socket_listen(const struct store *store)
{
	return open_socket(store, true);
}

int
store_socket_try(const struct store *store)
{
	return open_socket(store, false);
}

/* The limits go with the socket, to whatever process it is handed. */
int
store_socket_connect(const struct store *store)
{
	struct timeval limit = { .tv_sec = store->answer_ms / 1000,
		.tv_usec = store->answer_ms % 1000 * 1000 };
	int fd = open_socket(store, false);

	if (fd < 0)
		return -1;
	if (fcntl(fd, F_SETFL, 0) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0)
		return fd;
	int saved = errno;
	close(fd);
	errno = saved;
	return -1;
}
