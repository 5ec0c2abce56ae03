/*
 * store_fault: stands between the store and the calls by which files change. See store_fault.h.
 * The calls are made directly, so that nothing depends on which library would be asked next.
 */
/* Inline forms of these functions would hide the definitions below. */
#undef _FORTIFY_SOURCE

#include "store_fault.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILES_MOST 256
#define GONE       " (deleted)" /* what the kernel appends to the name */
#define WORD       8

static struct {
	char dir[PATH_MAX + 1];
	size_t dir_len; /* 0: nothing is watched */
	uint64_t step;
	uint64_t die_at;
	unsigned int fail_kinds;
	uint64_t fail_first; /* how many more are not to fail, and this one */
	uint64_t fail_left;
	uint64_t failed;
	int error;
	bool recording;
	struct fault_event *events;
	size_t n_events;
	size_t room;
	struct {
		ino_t inode;
		bool gone; /* it has no name any more, and a new one may have its inode */
	} files[FILES_MOST];
	size_t n_files;
} fault;

void
fault_watch(const char *dir)
{
	char path[PATH_MAX];

	fault.dir_len = 0;
	fault.step = fault.die_at = fault.failed = 0;
	fault.fail_kinds = 0;
	fault.recording = false;
	if (dir == NULL || realpath(dir, path) == NULL)
		return;
	snprintf(fault.dir, sizeof(fault.dir), "%s/", path);
	fault.dir_len = strlen(fault.dir);
}

uint64_t
fault_steps(void)
{
	return fault.step;
}

void
fault_die_at(uint64_t step)
{
	fault.die_at = step;
}

void
fault_fail(unsigned int kinds, uint64_t first, uint64_t count, int error)
{
	fault.fail_kinds = kinds;
	fault.fail_first = first;
	fault.fail_left = count;
	fault.error = error;
}

uint64_t
fault_failures(void)
{
	return fault.failed;
}

/* Returns the path below the watched directory ("" for itself), NULL for any other. */
static const char *
watched_path(const char *path)
{
	if (fault.dir_len == 0)
		return NULL;
	if (strncmp(path, fault.dir, fault.dir_len) == 0)
		return path + fault.dir_len;
	return strncmp(path, fault.dir, fault.dir_len - 1) == 0 && path[fault.dir_len - 1] == '\0'
	    ? ""
	    : NULL;
}

static const char *
watched_fd(int fd, char path[PATH_MAX])
{
	char link[64];

	if (fault.dir_len == 0)
		return NULL;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t len = readlink(link, path, PATH_MAX - 1);
	if (len < 0)
		return NULL;
	path[len] = '\0';
	return watched_path(path);
}

static struct fault_event *
event_add(enum fault_event_type type, const char *name)
{
	if (fault.n_events == fault.room) {
		fault.room = fault.room * 2 + 256;
		fault.events = realloc(fault.events, fault.room * sizeof(*fault.events));
		if (fault.events == NULL)
			abort();
	}
	struct fault_event *event = &fault.events[fault.n_events++];
	*event = (struct fault_event){ .type = type };
	snprintf(event->name, sizeof(event->name), "%s", name);
	return event;
}

static void
file_add(ino_t inode)
{
	if (fault.n_files == FILES_MOST)
		abort();
	fault.files[fault.n_files].inode = inode;
	fault.files[fault.n_files].gone = false;
	fault.n_files++;
}

/* Returns the number of a file. A named file that was not seen before has just been created. */
static uint64_t
file_of(int fd, const char *name)
{
	bool gone = strstr(name, GONE) != NULL;
	struct stat st;

	if (fstat(fd, &st) != 0)
		abort();
	for (size_t i = fault.n_files; i > 0; i--)
		if (fault.files[i - 1].inode == st.st_ino && (gone || !fault.files[i - 1].gone))
			return i;
	file_add(st.st_ino);
	event_add(FAULT_EVENT_CREATE, name)->file = fault.n_files;
	return fault.n_files;
}

/* Notes that a name is about to be removed or replaced. */
static void
file_goes(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return;
	for (size_t i = 0; i < fault.n_files; i++)
		if (fault.files[i].inode == st.st_ino)
			fault.files[i].gone = true;
}

static void
record_write(enum fault_event_type type, int fd, const char *name, uint64_t offset,
    const void *data, size_t len)
{
	if (!fault.recording)
		return;
	uint64_t file = file_of(fd, name);
	struct fault_event *event = event_add(type, name);

	event->file = file;
	event->offset = offset;
	event->len = len;
	if (len == 0)
		return;
	event->data = malloc(len);
	if (event->data == NULL)
		abort();
	memcpy(event->data, data, len);
}

static void
forget_events(void)
{
	for (size_t i = 0; i < fault.n_events; i++)
		free(fault.events[i].data);
	fault.n_events = 0;
}

static void
know_file(const char *name)
{
	char path[PATH_MAX + FAULT_NAME_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "%s%s", fault.dir, name);
	if (stat(path, &st) != 0)
		abort();
	file_add(st.st_ino);
}

void
fault_record(void)
{
	forget_events();
	fault.n_files = 0;
	know_file("tables.tdb");
	know_file("log/0000000000000001.tdb");
	fault.recording = true;
}

void
fault_mark(uint64_t mark)
{
	if (fault.recording)
		event_add(FAULT_EVENT_MARK, "")->file = mark;
}

const struct fault_event *
fault_events(size_t *n)
{
	*n = fault.n_events;
	return fault.events;
}

/* Counts a step. True when it is to fail, with errno set. */
static bool
step_fails(enum fault_kind kind)
{
	fault.step++;
	if (fault.step == fault.die_at)
		_exit(FAULT_EXIT);
	if ((fault.fail_kinds & kind) == 0 || fault.fail_left == 0)
		return false;
	if (fault.fail_first > 1) {
		fault.fail_first--;
		return false;
	}
	fault.fail_left--;
	fault.failed++;
	errno = fault.error;
	return true;
}

static off_t
size_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 ? st.st_size : 0;
}

/*
 * A process may be ended when a write is half done, be it a call or a copy into a map; but a
 * word is written or not.
 */
static bool
write_fails(int fd, const void *data, size_t len, off_t offset)
{
	off_t half = (offset + (off_t)(len / 2)) / WORD * WORD - offset;

	if (fault.step + 1 == fault.die_at && half > 0)
		syscall(SYS_pwrite64, fd, data, (size_t)half, offset);
	return step_fails(offset + (off_t)len > size_of(fd) ? FAULT_GROW : FAULT_WRITE);
}

ssize_t
pwrite(int fd, const void *data, size_t len, off_t offset)
{
	char path[PATH_MAX];
	const char *name = watched_fd(fd, path);

	if (name != NULL) {
		if (write_fails(fd, data, len, offset))
			return -1;
		record_write(FAULT_EVENT_WRITE, fd, name, (uint64_t)offset, data, len);
	}
	return syscall(SYS_pwrite64, fd, data, len, offset);
}

ssize_t
write(int fd, const void *data, size_t len)
{
	char path[PATH_MAX];
	const char *name = watched_fd(fd, path);

	if (name != NULL) {
		off_t offset = lseek(fd, 0, SEEK_CUR);

		if (write_fails(fd, data, len, offset))
			return -1;
		record_write(FAULT_EVENT_WRITE, fd, name, (uint64_t)offset, data, len);
	}
	return syscall(SYS_write, fd, data, len);
}

int
ftruncate(int fd, off_t len)
{
	char path[PATH_MAX];
	const char *name = watched_fd(fd, path);

	if (name != NULL) {
		if (step_fails(len > size_of(fd) ? FAULT_GROW : FAULT_WRITE))
			return -1;
		record_write(FAULT_EVENT_TRUNCATE, fd, name, (uint64_t)len, NULL, 0);
	}
	return (int)syscall(SYS_ftruncate, fd, len);
}

/* Returns the error and leaves errno as it was, as the library's does. */
int
posix_fallocate(int fd, off_t offset, off_t len)
{
	char path[PATH_MAX];
	const char *name = watched_fd(fd, path);
	int before = errno, error = 0;

	if (name == NULL) {
		if (syscall(SYS_fallocate, fd, 0, offset, len) != 0)
			error = errno;
	} else if (step_fails(FAULT_GROW)) {
		error = errno;
	} else {
		record_write(FAULT_EVENT_SIZE, fd, name, (uint64_t)(offset + len), NULL, 0);
		/* Room is not what is tested here. */
		if (size_of(fd) < offset + len && syscall(SYS_ftruncate, fd, offset + len) != 0)
			error = errno;
	}
	errno = before;
	return error;
}

static int
sync_or_fail(int fd, long call)
{
	char path[PATH_MAX];
	const char *name = watched_fd(fd, path);
	struct stat st;

	if (name == NULL)
		return (int)syscall(call, fd);
	if (step_fails(FAULT_SYNC))
		return -1;
	if (fault.recording && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		event_add(FAULT_EVENT_SYNC_NAMES, name);
	else
		record_write(FAULT_EVENT_SYNC, fd, name, 0, NULL, 0);
	return 0;
}

int
fsync(int fd)
{
	return sync_or_fail(fd, SYS_fsync);
}

int
fdatasync(int fd)
{
	return sync_or_fail(fd, SYS_fdatasync);
}

int
rename(const char *from, const char *to)
{
	const char *name = watched_path(from), *new_name = watched_path(to);

	if (name != NULL && new_name != NULL && step_fails(FAULT_WRITE))
		return -1;
	if (fault.recording && new_name != NULL)
		file_goes(to);
	int result = (int)syscall(SYS_rename, from, to);
	if (name != NULL && new_name != NULL && result == 0 && fault.recording) {
		struct fault_event *event = event_add(FAULT_EVENT_RENAME, name);

		snprintf(event->to, sizeof(event->to), "%s", new_name);
	}
	return result;
}

int
unlink(const char *path)
{
	const char *name = watched_path(path);

	if (name != NULL && access(path, F_OK) == 0 && step_fails(FAULT_WRITE))
		return -1;
	if (fault.recording && name != NULL)
		file_goes(path);
	int result = (int)syscall(SYS_unlink, path);
	if (name != NULL && result == 0 && fault.recording)
		event_add(FAULT_EVENT_UNLINK, name);
	return result;
}

/* TDB works without a map if mmap() fails. */
void *
mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset)
{
	char path[PATH_MAX];

	if (fd >= 0 && watched_fd(fd, path) != NULL) {
		errno = ENODEV;
		return MAP_FAILED;
	}
	return (void *)syscall(SYS_mmap, addr, len, prot, flags, fd, offset);
}
