/*
 * preload_write: a library that stands between a program and the calls by which it writes, loaded
 * before all others (LD_PRELOAD): one of them fails, or writes less than it was asked for. See
 * write_fault.h. The calls are made directly, so that nothing depends on who would be asked next.
 */
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "write_fault.h"

static struct write_fault *fault;

static void __attribute__((constructor)) begin(void)
{
	const char *path = getenv(WRITE_FAULT_VARIABLE);
	int fd = path == NULL ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
	void *mapped;

	if (fd < 0)
		return;
	mapped = mmap(NULL, sizeof(*fault), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (mapped != MAP_FAILED)
		fault = mapped;
}

/* The kernel takes all of a message or nothing. */
static bool
keeps_messages(int fd)
{
	int saved = errno, type = SOCK_STREAM;
	socklen_t len = sizeof(type);

	(void)getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len);
	errno = saved;
	return type != SOCK_STREAM;
}

/* True when this write fails, with errno set. *len may become less. */
static bool
fails(int fd, size_t *len)
{
	if (fault == NULL || atomic_load(&fault->left) < 1 ||
	    atomic_fetch_sub(&fault->left, 1) != 1)
		return false;
	atomic_store(&fault->met, 1);
	if (atomic_load(&fault->error) != WRITE_FAULT_SHORT) {
		errno = atomic_load(&fault->error);
		return true;
	}
	if (*len > 1 && !keeps_messages(fd))
		*len /= 2;
	return false;
}

ssize_t
write(int fd, const void *data, size_t len)
{
	return fails(fd, &len) ? -1 : syscall(SYS_write, fd, data, len);
}

ssize_t
pwrite(int fd, const void *data, size_t len, off_t offset)
{
	return fails(fd, &len) ? -1 : syscall(SYS_pwrite64, fd, data, len, offset);
}

ssize_t pwrite64(int fd, const void *data, size_t len, off64_t offset);

ssize_t
pwrite64(int fd, const void *data, size_t len, off64_t offset)
{
	return pwrite(fd, data, len, offset);
}

ssize_t
sendto(int fd, const void *data, size_t len, int flags, const struct sockaddr *to, socklen_t to_len)
{
	return fails(fd, &len) ? -1 : syscall(SYS_sendto, fd, data, len, flags, to, to_len);
}

ssize_t
send(int fd, const void *data, size_t len, int flags)
{
	return sendto(fd, data, len, flags, NULL, 0);
}

/* Of several pieces, only the first is written where the write is short. */
ssize_t
writev(int fd, const struct iovec *iov, int n)
{
	struct iovec first = iov[0];

	if (fails(fd, &first.iov_len))
		return -1;
	if (first.iov_len < iov[0].iov_len)
		return syscall(SYS_write, fd, first.iov_base, first.iov_len);
	return syscall(SYS_writev, fd, iov, n);
}

ssize_t
sendmsg(int fd, const struct msghdr *message, int flags)
{
	struct msghdr copy = *message;
	struct iovec first = { 0 };

	if (message->msg_iovlen > 0)
		first = message->msg_iov[0];
	size_t len = first.iov_len;
	if (fails(fd, &len))
		return -1;
	if (len < first.iov_len) {
		first.iov_len = len;
		copy.msg_iov = &first;
		copy.msg_iovlen = 1;
	}
	return syscall(SYS_sendmsg, fd, &copy, flags);
}
