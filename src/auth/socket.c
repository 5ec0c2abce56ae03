/* auth_socket: packets of one socket in the state directory, whose path may be long. */
#include "auth/socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/chdir_guard.h"
#include "net/local_socket.h"

static const struct sockaddr_un auth_address = { .sun_family = AF_UNIX, .sun_path = AUTH_SOCKET };

union control {
	struct cmsghdr header;
	char space[CMSG_SPACE(AUTH_SOCKET_FDS * sizeof(int))];
};

int
auth_socket_listen(const char *state)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd >= 0 && local_socket_bind(fd, state, AUTH_SOCKET, S_IRUSR | S_IWUSR) == 0 &&
	    listen(fd, SOMAXCONN) == 0)
		return fd;
	return local_socket_give_up(fd);
}

void
auth_socket_close(int fd, const char *state)
{
	local_socket_remove(state, AUTH_SOCKET);
	close(fd);
}

int
auth_socket_connect(const char *state, int64_t ms)
{
	struct timeval most = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int way_back = -1, result;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof(most)) != 0)
		return local_socket_give_up(fd);
	if (strcmp(state, ".") != 0 && (way_back = chdir_guard_enter(state)) < 0)
		return local_socket_give_up(fd);
	result = connect(fd, (const struct sockaddr *)&auth_address, sizeof(auth_address));
	if (way_back >= 0)
		chdir_guard_leave(way_back);
	return result == 0 ? fd : local_socket_give_up(fd);
}

int
auth_socket_send(int fd, const void *data, size_t len, const int *fds, size_t n_fds)
{
	struct iovec iov = { .iov_base = (void *)(uintptr_t)data, .iov_len = len };
	union control control = { .space = { 0 } };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t sent;

	if (n_fds > 0) {
		message.msg_control = control.space;
		message.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		if (header == NULL)
			return -1;
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(header), fds, n_fds * sizeof(int));
	}
	do
		sent = sendmsg(fd, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)len ? 0 : -1;
}

/* Keeps the first descriptors; the kernel drops those for which there was no room. */
static void
take_descriptors(struct msghdr *message, int fds[AUTH_SOCKET_FDS])
{
	size_t n = 0;

	for (struct cmsghdr *h = CMSG_FIRSTHDR(message); h != NULL; h = CMSG_NXTHDR(message, h)) {
		size_t count = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < count; i++) {
			int got;

			memcpy(&got, CMSG_DATA(h) + i * sizeof(int), sizeof(got));
			if (n < AUTH_SOCKET_FDS)
				fds[n++] = got;
			else
				close(got);
		}
	}
}

ssize_t
auth_socket_receive(int fd, void *data, size_t size, int fds[AUTH_SOCKET_FDS])
{
	struct iovec iov = { .iov_base = data, .iov_len = size };
	union control control;
	struct msghdr message = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space) };
	ssize_t got;

	for (size_t i = 0; i < AUTH_SOCKET_FDS; i++)
		fds[i] = -1;
	do
		got = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got > 0)
		take_descriptors(&message, fds);
	if (got > 0 && (message.msg_flags & MSG_TRUNC) != 0) {
		for (size_t i = 0; i < AUTH_SOCKET_FDS; i++)
			if (fds[i] >= 0)
				close(fds[i]);
		errno = EMSGSIZE;
		return -1;
	}
	return got;
}
