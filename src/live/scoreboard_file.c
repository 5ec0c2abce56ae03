/*
 * scoreboard_file: the file beneath the board: its layout, making, enlarging and mapping it, and
 * its locks. Who owns a slot and what stands in it is left to board.
 */
#include "live/scoreboard_file.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#define OPEN_TRIES 100

#define MAPPED_SIZE \
	(sizeof(struct scoreboard_header) + SCOREBOARD_SLOTS_MAX * sizeof(struct scoreboard_slot))

off_t
scoreboard_file_offset(unsigned int slot)
{
	return (off_t)(sizeof(struct scoreboard_header) + slot * sizeof(struct scoreboard_slot));
}

int
scoreboard_file_lock(int fd, int command, short type, off_t offset)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET, .l_start = offset, .l_len = 1 };
	int result;

	do
		result = fcntl(fd, command, &lock);
	while (result != 0 && errno == EINTR);
	return result;
}

static bool
header_good(const struct scoreboard_file *file, off_t size, unsigned int slots)
{
	const struct scoreboard_header *header = file->header;
	unsigned int has;

	if (size < (off_t)sizeof(*header) || atomic_load(&header->magic) != SCOREBOARD_FILE_MAGIC ||
	    header->version != SCOREBOARD_FILE_VERSION ||
	    header->slot_size != sizeof(struct scoreboard_slot))
		return false;
	has = atomic_load(&header->slots);
	return has >= slots && has <= SCOREBOARD_SLOTS_MAX && size >= scoreboard_file_offset(has);
}

/* Whether the file is good as it is. No lock: what is good once stays so. */
static bool
good(const struct scoreboard_file *file, unsigned int slots)
{
	struct stat st;

	return fstat(file->fd, &st) == 0 && header_good(file, st.st_size, slots);
}

/* Makes or enlarges, under the header's lock. 0, 1 for a file that was of no use, or -1. */
static int
prepare_locked(struct scoreboard_file *file, const char *path, unsigned int slots)
{
	struct stat here, named;
	int error;

	if (fstat(file->fd, &here) != 0)
		return -1;
	if (stat(path, &named) != 0 || here.st_ino != named.st_ino || here.st_dev != named.st_dev)
		return 1;
	if (header_good(file, here.st_size, slots))
		return 0;
	if (here.st_size != 0 && !header_good(file, here.st_size, 0))
		return unlink(path) == 0 ? 1 : -1;
	/* All blocks now: writing to a hole on a full disk would be a SIGBUS. */
	error = posix_fallocate(file->fd, 0, scoreboard_file_offset(slots));
	if (error != 0) {
		errno = error;
		return -1;
	}
	file->header->version = SCOREBOARD_FILE_VERSION;
	file->header->slot_size = sizeof(struct scoreboard_slot);
	atomic_store(&file->header->slots, slots);
	atomic_store(&file->header->magic, SCOREBOARD_FILE_MAGIC);
	return 0;
}

static int
prepare(struct scoreboard_file *file, const char *path, unsigned int slots)
{
	int result;

	if (good(file, slots))
		return 0;
	if (scoreboard_file_lock(file->fd, F_SETLKW, F_WRLCK, 0) != 0)
		return -1;
	result = prepare_locked(file, path, slots);
	int saved = errno;
	scoreboard_file_lock(file->fd, F_SETLK, F_UNLCK, 0);
	errno = saved;
	return result;
}

static int
map(struct scoreboard_file *file, const char *path)
{
	void *mapped;

	file->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (file->fd < 0)
		return -1;
	mapped = mmap(NULL, MAPPED_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file->fd, 0);
	if (mapped == MAP_FAILED) {
		int saved = errno;

		close(file->fd);
		errno = saved;
		return -1;
	}
	file->header = mapped;
	file->slots =
	    (struct scoreboard_slot *)(void *)((char *)mapped + sizeof(struct scoreboard_header));
	return 0;
}

void
scoreboard_file_close(struct scoreboard_file *file)
{
	int saved = errno;

	munmap(file->header, MAPPED_SIZE);
	close(file->fd);
	errno = saved;
}

int
scoreboard_file_open(struct scoreboard_file *file, const char *path, unsigned int slots)
{
	if (slots == 0 || slots > SCOREBOARD_SLOTS_MAX) {
		errno = EINVAL;
		return -1;
	}
	for (int i = 0; i < OPEN_TRIES; i++) {
		int result;

		if (map(file, path) != 0)
			return -1;
		result = prepare(file, path, slots);
		if (result == 0)
			return 0;
		scoreboard_file_close(file);
		if (result < 0)
			return -1;
	}
	errno = EBUSY;
	return -1;
}
