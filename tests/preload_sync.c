/*
 * preload_sync: a library that stands between a program and the calls by which it changes files and
 * says something, loaded before all others (LD_PRELOAD): records them in a file that all processes
 * share, and lets syncs fail. See realm_sync.h. No file of a store can be mapped for writing, so
 * that every change is a call. The calls are made directly, so that nothing depends on who would be
 * asked next.
 */
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "realm_sync.h"

#define COMMITTER_SOCKET "commit.sock"

static struct realm_sync_file *file;

static void __attribute__((constructor)) begin(void)
{
	const char *path = getenv(REALM_SYNC_VARIABLE);
	void *mapped;
	int fd = path == NULL ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return;
	mapped = mmap(NULL, sizeof(*file), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (mapped != MAP_FAILED)
		file = mapped;
}

/* Returns the part of a path that follows the root; NULL: the path is not below the root. */
static const char *
below_root(const char *path)
{
	size_t len = strlen(file->root);

	return strncmp(path, file->root, len) == 0 && path[len] == '/' ? path + len + 1 : NULL;
}

/* What this link in /proc leads to; false when that is not below the root, or has no name any more.
 */
static bool
path_of_link(const char *link, char path[REALM_SYNC_PATH])
{
	char full[PATH_MAX];
	const char *below;
	ssize_t len;

	len = readlink(link, full, sizeof(full) - 1);
	if (len < 0)
		return false;
	full[len] = '\0';
	below = below_root(full);
	if (below == NULL || strlen(below) >= REALM_SYNC_PATH || strstr(below, " (deleted)"))
		return false;
	memcpy(path, below, strlen(below) + 1);
	return true;
}

static bool
path_of_fd(int fd, char path[REALM_SYNC_PATH])
{
	char link[64];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return path_of_link(link, path);
}

/*
 * The same for a path as a program gives it. To a worker, whose working directory is the state
 * directory, that is ".".
 */
static bool
path_of_name(int directory_fd, const char *name, char path[REALM_SYNC_PATH])
{
	char directory[REALM_SYNC_PATH];
	const char *below;

	if (name[0] == '/') {
		below = below_root(name);
		return below != NULL &&
		    snprintf(path, REALM_SYNC_PATH, "%s", below) < REALM_SYNC_PATH;
	}
	while (strncmp(name, "./", 2) == 0)
		name += 2;
	return (directory_fd == AT_FDCWD ? path_of_link("/proc/self/cwd", directory)
	                                 : path_of_fd(directory_fd, directory)) &&
	    snprintf(path, REALM_SYNC_PATH, "%s/%s", directory, name) < REALM_SYNC_PATH;
}

static uint64_t
inode_of(int directory_fd, const char *name)
{
	struct stat st;

	return fstatat(directory_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_ino : 0;
}

static void
record_event(const struct realm_sync_event *event)
{
	uint64_t index = atomic_fetch_add(&file->n, 1);

	if (index >= REALM_SYNC_EVENTS)
		return;
	struct realm_sync_event *at = &file->events[index];
	memcpy((char *)at + sizeof(at->ready), (const char *)event + sizeof(at->ready),
	    sizeof(*at) - sizeof(at->ready));
	at->pid = getpid();
	atomic_store(&at->ready, 1);
}

/* Tells whether this sync is to fail; errno is set then. */
static bool
must_fail(const char *path)
{
	if (atomic_load(&file->fail) <= 0 || fnmatch(file->pattern, path, 0) != 0 ||
	    atomic_fetch_sub(&file->pass, 1) > 0 || atomic_fetch_sub(&file->fail, 1) <= 0)
		return false;
	atomic_fetch_add(&file->failed, 1);
	errno = atomic_load(&file->error);
	if (errno == REALM_SYNC_DIE)
		kill(getpid(), SIGKILL);
	return true;
}

/* The call is not made: the test's disk is what is recorded. */
static int
sync_fd(int fd, enum realm_sync_call call)
{
	struct realm_sync_event event = { .call = call };
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -1;
	if (!path_of_fd(fd, event.path))
		return 0;
	event.file = st.st_ino;
	event.began = atomic_load(&file->n);
	event.error = must_fail(event.path) ? errno : 0;
	record_event(&event);
	errno = event.error == 0 ? errno : event.error;
	return event.error == 0 ? 0 : -1;
}

int
fsync(int fd)
{
	return file == NULL ? (int)syscall(SYS_fsync, fd) : sync_fd(fd, REALM_SYNC_SYNC);
}

int
fdatasync(int fd)
{
	return file == NULL ? (int)syscall(SYS_fdatasync, fd) : sync_fd(fd, REALM_SYNC_SYNC);
}

int
syncfs(int fd)
{
	return file == NULL ? (int)syscall(SYS_syncfs, fd) : sync_fd(fd, REALM_SYNC_ALL);
}

static void
record_change(int fd, int64_t offset, uint64_t len)
{
	struct realm_sync_event event = { .call = REALM_SYNC_WRITE, .len = len };
	struct stat st;

	if (fd == STDERR_FILENO || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    !path_of_fd(fd, event.path))
		return;
	event.file = st.st_ino;
	if (offset < 0)
		offset = (fcntl(fd, F_GETFL) & O_APPEND) ? st.st_size : lseek(fd, 0, SEEK_CUR);
	event.offset = (uint64_t)offset;
	record_event(&event);
}

static bool
is_committer(const struct sockaddr_un *name)
{
	return strcmp(name->sun_path, COMMITTER_SOCKET) == 0;
}

/* Something is said through a socket. False: it is none. */
static bool
record_words(int fd, const struct iovec *iov, size_t n)
{
	struct realm_sync_event event = { .call = REALM_SYNC_REPLY };
	union {
		struct sockaddr any;
		struct sockaddr_un un;
		struct sockaddr_storage storage;
	} here = { .any = { .sa_family = AF_UNSPEC } }, there = here;
	socklen_t here_len = sizeof(here), there_len = sizeof(there);

	if (getsockname(fd, &here.any, &here_len) != 0)
		return false;
	getpeername(fd, &there.any, &there_len);
	if (here.any.sa_family == AF_UNIX && is_committer(&here.un))
		event.call = REALM_SYNC_ANSWER;
	else if (here.any.sa_family == AF_UNIX && is_committer(&there.un))
		event.call = REALM_SYNC_REQUEST;
	else if (here.any.sa_family == AF_UNIX)
		return true;
	for (size_t i = 0; i < n; i++) {
		size_t room = event.len < sizeof(event.bytes) ? sizeof(event.bytes) - event.len : 0;

		if (iov[i].iov_len > 0 && room > 0)
			memcpy(event.bytes + event.len, iov[i].iov_base,
			    iov[i].iov_len < room ? iov[i].iov_len : room);
		event.len += iov[i].iov_len;
	}
	record_event(&event);
	return true;
}

static void
record_output(int fd, const struct iovec *iov, size_t n)
{
	int saved = errno;
	size_t len = 0;

	if (file == NULL)
		return;
	for (size_t i = 0; i < n; i++)
		len += iov[i].iov_len;
	if (!record_words(fd, iov, n))
		record_change(fd, -1, len);
	errno = saved;
}

static struct iovec
all_of(const void *data, size_t len)
{
	return (struct iovec){ .iov_base = (void *)(uintptr_t)data, .iov_len = len };
}

ssize_t
write(int fd, const void *data, size_t len)
{
	struct iovec iov = all_of(data, len);

	record_output(fd, &iov, 1);
	return syscall(SYS_write, fd, data, len);
}

ssize_t
writev(int fd, const struct iovec *iov, int n)
{
	record_output(fd, iov, (size_t)n);
	return syscall(SYS_writev, fd, iov, n);
}

ssize_t
sendto(int fd, const void *data, size_t len, int flags, const struct sockaddr *to, socklen_t to_len)
{
	struct iovec iov = all_of(data, len);

	record_output(fd, &iov, 1);
	return syscall(SYS_sendto, fd, data, len, flags, to, to_len);
}

ssize_t
send(int fd, const void *data, size_t len, int flags)
{
	return sendto(fd, data, len, flags, NULL, 0);
}

ssize_t
sendmsg(int fd, const struct msghdr *message, int flags)
{
	record_output(fd, message->msg_iov, message->msg_iovlen);
	return syscall(SYS_sendmsg, fd, message, flags);
}

static void
note_change(int fd, off_t offset, uint64_t len)
{
	int saved = errno;

	if (file != NULL)
		record_change(fd, offset, len);
	errno = saved;
}

ssize_t pwrite64(int fd, const void *data, size_t len, off64_t offset);
int ftruncate64(int fd, off64_t size);
int posix_fallocate64(int fd, off64_t offset, off64_t len);
void *mmap64(void *at, size_t len, int protection, int flags, int fd, off64_t offset);
int open64(const char *name, int flags, ...);

ssize_t
pwrite(int fd, const void *data, size_t len, off_t offset)
{
	note_change(fd, offset, len);
	return syscall(SYS_pwrite64, fd, data, len, offset);
}

ssize_t
pwrite64(int fd, const void *data, size_t len, off64_t offset)
{
	return pwrite(fd, data, len, offset);
}

int
ftruncate(int fd, off_t size)
{
	note_change(fd, size > 0 ? size - 1 : 0, 1);
	return (int)syscall(SYS_ftruncate, fd, size);
}

int
ftruncate64(int fd, off64_t size)
{
	return ftruncate(fd, size);
}

int
posix_fallocate(int fd, off_t offset, off_t len)
{
	note_change(fd, offset, (uint64_t)len);
	return syscall(SYS_fallocate, fd, 0, offset, len) == 0 ? 0 : errno;
}

int
posix_fallocate64(int fd, off64_t offset, off64_t len)
{
	return posix_fallocate(fd, offset, len);
}

void *
mmap(void *at, size_t len, int protection, int flags, int fd, off_t offset)
{
	char path[REALM_SYNC_PATH];

	if (file != NULL && fd >= 0 && (protection & PROT_WRITE) && (flags & MAP_SHARED) &&
	    path_of_fd(fd, path) && (strstr(path, "/log/") || strstr(path, "/tables."))) {
		errno = ENODEV;
		return MAP_FAILED;
	}
	return (void *)syscall(SYS_mmap, at, len, protection, flags, fd, offset);
}

void *
mmap64(void *at, size_t len, int protection, int flags, int fd, off64_t offset)
{
	return mmap(at, len, protection, flags, fd, offset);
}

static int
record_name(enum realm_sync_call call, int fd, const char *name, int result)
{
	struct realm_sync_event event = { .call = call };
	int saved = errno;

	if (result >= 0 && path_of_name(fd, name, event.path)) {
		event.file = call == REALM_SYNC_REMOVE ? 0 : inode_of(fd, name);
		record_event(&event);
	}
	errno = saved;
	return result;
}

static int
open_file(int directory_fd, const char *name, int flags, mode_t mode)
{
	bool new = file != NULL && (flags & O_CREAT) && inode_of(directory_fd, name) == 0;
	int fd = (int)syscall(SYS_openat, directory_fd, name, flags, mode);

	return new ? record_name(REALM_SYNC_CREATE, directory_fd, name, fd) : fd;
}

/* The mode is there only where a file may be made. */
#define OPEN(directory_fd)                                 \
	va_list ap;                                        \
	mode_t mode;                                       \
	va_start(ap, flags);                               \
	mode = (flags & O_CREAT) ? va_arg(ap, mode_t) : 0; \
	va_end(ap);                                        \
	return open_file(directory_fd, name, flags, mode)

int
open(const char *name, int flags, ...)
{
	OPEN(AT_FDCWD);
}

int
open64(const char *name, int flags, ...)
{
	OPEN(AT_FDCWD);
}

int
openat(int directory_fd, const char *name, int flags, ...)
{
	OPEN(directory_fd);
}

int
mkdir(const char *name, mode_t mode)
{
	int result = (int)syscall(SYS_mkdirat, AT_FDCWD, name, mode);

	return file == NULL ? result : record_name(REALM_SYNC_MKDIR, AT_FDCWD, name, result);
}

/* The inode of a file that nobody has a name for any more is soon another file's. */
static int
remove_name(int directory_fd, const char *name, int flags)
{
	struct realm_sync_event event = { .call = REALM_SYNC_REMOVE };
	struct stat st = { .st_nlink = 0 };
	bool watched = file != NULL && path_of_name(directory_fd, name, event.path) &&
	    fstatat(directory_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;

	if (watched && (S_ISDIR(st.st_mode) || st.st_nlink == 1))
		event.file = st.st_ino;
	int result = (int)syscall(SYS_unlinkat, directory_fd, name, flags);
	int saved = errno;
	if (watched && result == 0)
		record_event(&event);
	errno = saved;
	return result;
}

int
unlink(const char *name)
{
	return remove_name(AT_FDCWD, name, 0);
}

int
unlinkat(int directory_fd, const char *name, int flags)
{
	return remove_name(directory_fd, name, flags);
}

int
rmdir(const char *name)
{
	return remove_name(AT_FDCWD, name, AT_REMOVEDIR);
}

int
remove(const char *name)
{
	int result = remove_name(AT_FDCWD, name, 0);

	return result != 0 && (errno == EISDIR || errno == EPERM) ? rmdir(name) : result;
}

int
rename(const char *from, const char *to)
{
	struct realm_sync_event event = { .call = REALM_SYNC_RENAME };
	struct stat st;
	bool watched = file != NULL && path_of_name(AT_FDCWD, from, event.path) &&
	    path_of_name(AT_FDCWD, to, event.to);

	if (watched) {
		event.file = inode_of(AT_FDCWD, from);
		event.other = inode_of(AT_FDCWD, to);
		event.len = stat(from, &st) == 0 && S_ISDIR(st.st_mode);
	}
	int result = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
	int saved = errno;
	if (watched && result == 0)
		record_event(&event);
	errno = saved;
	return result;
}

int
link(const char *from, const char *to)
{
	struct realm_sync_event event = { .call = REALM_SYNC_LINK };
	int result = (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
	int saved = errno;

	if (file != NULL && result == 0 && path_of_name(AT_FDCWD, from, event.path) &&
	    path_of_name(AT_FDCWD, to, event.to)) {
		event.file = inode_of(AT_FDCWD, to);
		record_event(&event);
	}
	errno = saved;
	return result;
}

ssize_t
copy_file_range(int from, off64_t *from_offset, int to, off64_t *to_offset, size_t len,
    unsigned int flags)
{
	note_change(to, to_offset == NULL ? -1 : *to_offset, len);
	return syscall(SYS_copy_file_range, from, from_offset, to, to_offset, len, flags);
}
