/* copy_file: copies all bytes of a file, without space of its own where the file system can. */
#include "base/copy_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

#define COPY_BYTES (64 * 1024 * 1024)

/* For file systems between which the kernel does not copy. */
static int
copy_by_buffer(int from, int to, off_t at)
{
	char buffer[65536];
	ssize_t got;

	while ((got = pread(from, buffer, sizeof(buffer), at)) > 0) {
		if (pwrite(to, buffer, (size_t)got, at) != got)
			return -1;
		at += got;
	}
	return got == 0 ? 0 : -1;
}

static int
copy_bytes(int from, int to)
{
	off_t at = 0, there = 0;
	ssize_t got;

	do
		got = copy_file_range(from, &at, to, &there, COPY_BYTES, 0);
	while (got > 0);
	/* If it is not supported, it may also return 0 at once. */
	return got == 0 && at > 0 ? 0 : copy_by_buffer(from, to, at);
}

int
copy_file(int from, const char *path)
{
	int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (to < 0)
		return -1;
	int result = copy_bytes(from, to), saved = errno;
	close(to);
	errno = saved;
	return result;
}
