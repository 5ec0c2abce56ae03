/* mapped_file: a file of a state directory that processes share by mapping it. */
#include "live/mapped_file.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/state_directory.h"
#include "live/mapped_guard.h"

int
mapped_file_open(const char *directory, const char *name)
{
	char path[PATH_MAX];
	int fd;

	if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0 || errno != ENOENT)
		return fd;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0)
		state_directory_share_file(fd);
	return fd;
}

static int
allocate(int fd, size_t blocks)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -1;
	if (st.st_size >= (off_t)blocks)
		return 0;
	errno = posix_fallocate(fd, 0, (off_t)blocks);
	return errno == 0 ? 0 : -1;
}

void *
mapped_file_map(int fd, size_t blocks, size_t size)
{
	void *mapped = MAP_FAILED;

	if (allocate(fd, blocks) == 0)
		mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (mapped == MAP_FAILED)
		return NULL;
	mapped_guard_add(mapped, size);
	return mapped;
}

void *
mapped_file_whole(const char *directory, const char *name, size_t size)
{
	int fd = mapped_file_open(directory, name);

	if (fd < 0)
		return NULL;
	void *mapped = mapped_file_map(fd, size, size);
	int saved = errno;
	close(fd);
	errno = saved;
	return mapped;
}

void
mapped_file_unmap(void *mapped, size_t size)
{
	int saved = errno;

	if (mapped != NULL) {
		mapped_guard_forget(mapped);
		munmap(mapped, size);
	}
	errno = saved;
}
