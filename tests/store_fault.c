/*
 * store_fault: stands between the store and the calls by which files change. See store_fault.h.
 * The calls are made directly, so that nothing depends on which library would be asked next.
 */
/* Inline forms of these functions would hide the definitions below. */
#undef _FORTIFY_SOURCE

#include "store_fault.h"
#include "store_fault_int.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORD      8
#define COPY_MOST (1024 * 1024) /* bytes that one call copies */

/* Of all processes of a test. */
struct steps {
	uint64_t step;
	uint64_t die_at;
	unsigned int fail_kinds;
	uint64_t fail_first; /* how many more are not to fail, and this one */
	uint64_t fail_left;
	uint64_t failed;
	int error;
	uint64_t fork_after;
};

static struct steps *steps;

static struct {
	char dir[PATH_MAX + 1];
	size_t dir_len; /* 0: nothing is watched */
	pid_t spared;   /* a process that is not watched */
	pid_t held;     /* a child that waits, 0: none */
	int release_fd; /* what it waits for */
	uint64_t release_at;
} fault;

static void
share_steps(void)
{
	if (steps != NULL)
		return;
	steps =
	    mmap(NULL, sizeof(*steps), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (steps == MAP_FAILED)
		abort();
	events_share();
}

/* Lets a held child run to its end. */
static void
release_child(void)
{
	siginfo_t info;
	pid_t child = fault.held;

	if (child == 0)
		return;
	fault.held = 0;
	syscall(SYS_write, fault.release_fd, "", (size_t)1);
	close(fault.release_fd);
	while (waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) != 0 && errno == EINTR)
		;
}

void
fault_watch(const char *dir)
{
	char path[PATH_MAX];

	share_steps();
	release_child();
	fault.dir_len = 0;
	fault.spared = 0;
	*steps = (struct steps){ .fork_after = steps->fork_after };
	events_end();
	if (dir == NULL || realpath(dir, path) == NULL)
		return;
	snprintf(fault.dir, sizeof(fault.dir), "%s/", path);
	fault.dir_len = strlen(fault.dir);
}

uint64_t
fault_steps(void)
{
	return steps->step;
}

void
fault_die_at(uint64_t step)
{
	steps->die_at = step;
}

void
fault_fail(unsigned int kinds, uint64_t first, uint64_t count, int error)
{
	steps->fail_kinds = kinds;
	steps->fail_first = first;
	steps->fail_left = count;
	steps->error = error;
}

uint64_t
fault_failures(void)
{
	return steps->failed;
}

void
fault_fork_after(uint64_t count)
{
	share_steps();
	steps->fork_after = count;
}

uint64_t
fault_random(uint64_t seed)
{
	uint64_t x = (seed + 1) * 0x9e3779b97f4a7c15ULL;

	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9ULL;
	return x ^ x >> 27;
}

void
fault_spare_me(void)
{
	fault.spared = getpid();
}

void
fault_record(void)
{
	char dir[PATH_MAX];
	size_t len = fault.dir_len;

	snprintf(dir, sizeof(dir), "%.*s", (int)(len - 1), fault.dir);
	fault.dir_len = 0;
	events_begin(dir);
	fault.dir_len = len;
}

void
fault_mark(uint64_t mark)
{
	if (events_are_recorded())
		events_add_mark(mark);
}

const struct fault_event *
fault_events(size_t *n)
{
	return events_list(n);
}

bool
fault_is_watched(const char *path)
{
	return fault.dir_len > 0 && getpid() != fault.spared &&
	    (strncmp(path, fault.dir, fault.dir_len) == 0 ||
	        (strncmp(path, fault.dir, fault.dir_len - 1) == 0 &&
	            path[fault.dir_len - 1] == '\0'));
}

static bool
is_watched_fd(int fd)
{
	char link[64], path[PATH_MAX];

	if (fault.dir_len == 0)
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t len = readlink(link, path, sizeof(path) - 1);
	if (len < 0)
		return false;
	path[len] = '\0';
	return fault_is_watched(path);
}

bool
fault_step_fails(enum fault_kind kind)
{
	if (fault.held != 0 && steps->step >= fault.release_at)
		release_child();
	if (__atomic_add_fetch(&steps->step, 1, __ATOMIC_SEQ_CST) == steps->die_at)
		_exit(FAULT_EXIT);
	if ((steps->fail_kinds & kind) == 0 || steps->fail_left == 0)
		return false;
	if (steps->fail_first > 1) {
		steps->fail_first--;
		return false;
	}
	steps->fail_left--;
	steps->failed++;
	errno = steps->error;
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

	if (steps->step + 1 == steps->die_at && half > 0)
		syscall(SYS_pwrite64, fd, data, (size_t)half, offset);
	if (fault_step_fails(offset + (off_t)len > size_of(fd) ? FAULT_GROW : FAULT_WRITE))
		return true;
	if (events_are_recorded())
		events_add_data(FAULT_EVENT_WRITE, fd, (uint64_t)offset, data, len);
	return false;
}

ssize_t
pwrite(int fd, const void *data, size_t len, off_t offset)
{
	if (is_watched_fd(fd) && write_fails(fd, data, len, offset)) {
		if (errno != FAULT_SHORT)
			return -1;
		len /= 2;
		if (events_are_recorded())
			events_add_data(FAULT_EVENT_WRITE, fd, (uint64_t)offset, data, len);
	}
	return syscall(SYS_pwrite64, fd, data, len, offset);
}

ssize_t
write(int fd, const void *data, size_t len)
{
	if (is_watched_fd(fd) && write_fails(fd, data, len, lseek(fd, 0, SEEK_CUR)))
		return -1;
	return syscall(SYS_write, fd, data, len);
}

/* Writes what lies in pieces as one piece, from the file's position on if there is no offset. */
static ssize_t
write_pieces(int fd, const struct iovec *pieces, int n, const off_t *offset)
{
	size_t len = 0, at = 0;

	for (int i = 0; i < n; i++)
		len += pieces[i].iov_len;
	unsigned char *whole = malloc(len + 1);
	if (whole == NULL)
		abort();
	for (int i = 0; i < n; at += pieces[i++].iov_len)
		if (pieces[i].iov_len > 0)
			memcpy(whole + at, pieces[i].iov_base, pieces[i].iov_len);
	ssize_t result = offset == NULL ? write(fd, whole, len) : pwrite(fd, whole, len, *offset);
	int saved = errno;
	free(whole);
	errno = saved;
	return result;
}

ssize_t
writev(int fd, const struct iovec *pieces, int n)
{
	return write_pieces(fd, pieces, n, NULL);
}

ssize_t
pwritev(int fd, const struct iovec *pieces, int n, off_t offset)
{
	return write_pieces(fd, pieces, n, &offset);
}

/* A file is synced by the write itself if the flags say so. */
ssize_t
pwritev2(int fd, const struct iovec *pieces, int n, off_t offset, int flags)
{
	ssize_t done = write_pieces(fd, pieces, n, offset == -1 ? NULL : &offset);

	if (done < 0 || (flags & (RWF_DSYNC | RWF_SYNC)) == 0)
		return done;
	return fdatasync(fd) == 0 ? done : -1;
}

/* Copies by reading and writing, so that the record has the bytes. */
ssize_t
copy_file_range(int from, off_t *from_at, int to, off_t *to_at, size_t len, unsigned int flags)
{
	if (!is_watched_fd(to))
		return syscall(SYS_copy_file_range, from, from_at, to, to_at, len, flags);
	len = len < COPY_MOST ? len : COPY_MOST;
	off_t read_at = from_at == NULL ? lseek(from, 0, SEEK_CUR) : *from_at;
	off_t write_at = to_at == NULL ? lseek(to, 0, SEEK_CUR) : *to_at;
	unsigned char *bytes = malloc(len + 1);
	if (bytes == NULL)
		abort();
	ssize_t done = pread(from, bytes, len, read_at);
	if (done > 0)
		done = pwrite(to, bytes, (size_t)done, write_at);
	int saved = errno;
	free(bytes);
	errno = saved;
	if (done <= 0)
		return done;
	*(from_at == NULL ? &read_at : from_at) = read_at + done;
	*(to_at == NULL ? &write_at : to_at) = write_at + done;
	if (from_at == NULL)
		lseek(from, read_at, SEEK_SET);
	if (to_at == NULL)
		lseek(to, write_at, SEEK_SET);
	return done;
}

int
ftruncate(int fd, off_t len)
{
	if (is_watched_fd(fd)) {
		if (fault_step_fails(len > size_of(fd) ? FAULT_GROW : FAULT_WRITE))
			return -1;
		if (events_are_recorded())
			events_add_data(FAULT_EVENT_TRUNCATE, fd, (uint64_t)len, NULL, 0);
	}
	return (int)syscall(SYS_ftruncate, fd, len);
}

/* Room is not what is tested here. */
static int
allocate_file(int fd, off_t end)
{
	if (fault_step_fails(FAULT_GROW))
		return -1;
	if (events_are_recorded())
		events_add_data(FAULT_EVENT_SIZE, fd, (uint64_t)end, NULL, 0);
	return size_of(fd) < end ? (int)syscall(SYS_ftruncate, fd, end) : 0;
}

int
fallocate(int fd, int mode, off_t offset, off_t len)
{
	return mode == 0 && is_watched_fd(fd) ? allocate_file(fd, offset + len)
	                                      : (int)syscall(SYS_fallocate, fd, mode, offset, len);
}

/* Returns the error and leaves errno as it was, as the library's does. */
int
posix_fallocate(int fd, off_t offset, off_t len)
{
	int before = errno, error = fallocate(fd, 0, offset, len) == 0 ? 0 : errno;

	errno = before;
	return error;
}

static int
sync_or_fail(int fd, long call)
{
	if (!is_watched_fd(fd))
		return (int)syscall(call, fd);
	if (fault_step_fails(FAULT_SYNC))
		return -1;
	if (events_are_recorded())
		events_add_sync(fd);
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

/* It promises nothing about what a power cut leaves. */
int
sync_file_range(int fd, off_t offset, off_t len, unsigned int flags)
{
	if (is_watched_fd(fd))
		return fault_step_fails(FAULT_SYNC) ? -1 : 0;
	return (int)syscall(SYS_sync_file_range, fd, offset, len, flags);
}

/* TDB works without a map if mmap() fails. */
void *
mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset)
{
	if (fd >= 0 && is_watched_fd(fd)) {
		errno = ENODEV;
		return MAP_FAILED;
	}
	return (void *)syscall(SYS_mmap, addr, len, prot, flags, fd, offset);
}

/* The child's part of a fork: it waits for a byte. */
static void
wait_for_release(int fds[2])
{
	char byte;

	close(fds[1]);
	fault.held = 0;
	if (read(fds[0], &byte, 1) != 1)
		_exit(FAULT_EXIT);
	close(fds[0]);
}

pid_t
fork(void)
{
	int fds[2];

	if (fault.dir_len == 0 || steps->fork_after == FAULT_FORK_FREE)
		return _Fork();
	release_child();
	if (pipe2(fds, O_CLOEXEC) != 0)
		return -1;
	pid_t child = _Fork();
	if (child == 0) {
		wait_for_release(fds);
		return 0;
	}
	close(fds[0]);
	if (child < 0)
		return -1;
	fault.held = child;
	fault.release_fd = fds[1];
	fault.release_at = steps->step + steps->fork_after;
	if (steps->fork_after == 0)
		release_child();
	return child;
}

pid_t
waitpid(pid_t child, int *status, int flags)
{
	if ((flags & WNOHANG) == 0)
		release_child();
	return (pid_t)syscall(SYS_wait4, child, status, flags, NULL);
}
