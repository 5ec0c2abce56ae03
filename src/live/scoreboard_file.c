/* scoreboard_file: makes, enlarges, maps and locks the file of the scoreboard. */
#include "live/scoreboard_file.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "live/mapped_file.h"
#include "live/mapped_guard.h"

#define FILE_NAME  "scoreboard"
#define OPEN_TRIES 100

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
is_header_good(const struct scoreboard_file *file, off_t size, unsigned int slots)
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

/* Whether the file can be used as it is. No lock: a good file stays good. */
static bool
is_ready(const struct scoreboard_file *file, unsigned int slots)
{
	struct stat st;

	return fstat(file->fd, &st) == 0 && is_header_good(file, st.st_size, slots);
}

/* Makes or enlarges it, under the header's lock. 0, 1: the file is of no use, open it anew, or -1.
 */
static int
prepare_locked(struct scoreboard_file *file, const char *path, unsigned int slots)
{
	struct stat here, named;
	int error;

	if (fstat(file->fd, &here) != 0)
		return -1;
	if (stat(path, &named) != 0 || here.st_ino != named.st_ino || here.st_dev != named.st_dev)
		return 1;
	if (is_header_good(file, here.st_size, slots))
		return 0;
	if (here.st_size != 0 && !is_header_good(file, here.st_size, 0))
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

	if (is_ready(file, slots))
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
map_file(struct scoreboard_file *file, const char *state, unsigned int slots)
{
	file->fd = mapped_file_open(state, FILE_NAME);
	if (file->fd < 0)
		return -1;
	file->mapped = (size_t)scoreboard_file_offset(slots);
	file->header = mapped_file_map(file->fd, 0, file->mapped);
	if (file->header == NULL) {
		int saved = errno;

		close(file->fd);
		errno = saved;
		return -1;
	}
	file->slots = (struct scoreboard_slot *)(void *)(file->header + 1);
	return 0;
}

/* How many slots are mapped. */
static unsigned int
mapped_slots(const struct scoreboard_file *file)
{
	return (unsigned int)((file->mapped - sizeof(*file->header)) / sizeof(*file->slots));
}

/* Any process that shows itself can write to the header: no more is mapped than the file has. */
unsigned int
scoreboard_file_slots(struct scoreboard_file *file)
{
	unsigned int slots = atomic_load_explicit(&file->header->slots, memory_order_acquire);
	size_t size = (size_t)scoreboard_file_offset(slots);
	struct stat st;

	if (slots <= mapped_slots(file))
		return slots;
	if (slots > SCOREBOARD_SLOTS_MAX || fstat(file->fd, &st) != 0 || st.st_size < (off_t)size)
		return mapped_slots(file);
	mapped_guard_forget(file->header);
	void *moved = mremap(file->header, file->mapped, size, MREMAP_MAYMOVE);
	if (moved == MAP_FAILED) {
		mapped_guard_add(file->header, file->mapped);
		return mapped_slots(file);
	}
	mapped_guard_add(moved, size);
	file->header = moved;
	file->slots = (struct scoreboard_slot *)(void *)(file->header + 1);
	file->mapped = size;
	return slots;
}

void
scoreboard_file_close(struct scoreboard_file *file)
{
	mapped_file_unmap(file->header, file->mapped);
	int saved = errno;
	close(file->fd);
	errno = saved;
}

void
scoreboard_file_hide_from_children(struct scoreboard_file *file)
{
	(void)madvise(file->header, file->mapped, MADV_DONTFORK);
}

int
scoreboard_file_open(struct scoreboard_file *file, const char *state, unsigned int slots)
{
	char path[PATH_MAX];

	if (slots == 0 || slots > SCOREBOARD_SLOTS_MAX) {
		errno = EINVAL;
		return -1;
	}
	snprintf(path, sizeof(path), "%s/" FILE_NAME, state);
	for (int i = 0; i < OPEN_TRIES; i++) {
		int result;

		if (map_file(file, state, slots) != 0)
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
