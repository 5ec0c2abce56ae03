/*
 * store_fault_names: the calls that change names, with store_fault before them. See store_fault.h.
 */
/* Inline forms of these functions would hide the definitions below. */
#undef _FORTIFY_SOURCE

#include "store_fault_int.h"

#include <sys/stat.h>
#include <sys/syscall.h>

#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Gives the whole path of a name in an open directory. False: it is not watched. */
static bool
whole_path(int dir, const char *name, char path[PATH_MAX])
{
	char link[64];
	ssize_t len = 0;

	path[0] = '\0';
	if (name[0] != '/' && dir != AT_FDCWD) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", dir);
		len = readlink(link, path, PATH_MAX - 1);
		if (len < 0)
			return false;
		path[len++] = '/';
	}
	snprintf(path + len, PATH_MAX - (size_t)len, "%s", name);
	return fault_is_watched(path);
}

static int
open_at(int dir, const char *name, int flags, mode_t mode)
{
	char path[PATH_MAX];
	bool made = false;
	struct stat st;

	if ((flags & O_CREAT) != 0 && whole_path(dir, name, path) && access(path, F_OK) != 0) {
		made = true;
		if (fault_step_fails(FAULT_GROW))
			return -1;
	}
	int fd = (int)syscall(SYS_openat, dir, name, flags & ~O_TRUNC, mode);
	if (fd >= 0 && made && events_are_recorded())
		events_add_name(FAULT_EVENT_CREATE, path);
	if (fd >= 0 && (flags & O_TRUNC) != 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size > 0 && ftruncate(fd, 0) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

int
open(const char *path, int flags, ...)
{
	va_list args;

	va_start(args, flags);
	mode_t mode = (flags & O_CREAT) != 0 ? va_arg(args, mode_t) : 0;
	va_end(args);
	return open_at(AT_FDCWD, path, flags, mode);
}

int
openat(int dir, const char *name, int flags, ...)
{
	va_list args;

	va_start(args, flags);
	mode_t mode = (flags & O_CREAT) != 0 ? va_arg(args, mode_t) : 0;
	va_end(args);
	return open_at(dir, name, flags, mode);
}

int
mkdirat(int dir, const char *name, mode_t mode)
{
	char path[PATH_MAX];
	bool watched = whole_path(dir, name, path) && access(path, F_OK) != 0;

	if (watched && fault_step_fails(FAULT_GROW))
		return -1;
	int result = (int)syscall(SYS_mkdirat, dir, name, mode);
	if (watched && result == 0 && events_are_recorded())
		events_add_name(FAULT_EVENT_DIRECTORY, path);
	return result;
}

int
mkdir(const char *path, mode_t mode)
{
	return mkdirat(AT_FDCWD, path, mode);
}

int
link(const char *from, const char *to)
{
	char path[PATH_MAX];
	bool watched = whole_path(AT_FDCWD, to, path) && access(path, F_OK) != 0;

	if (watched && fault_step_fails(FAULT_GROW))
		return -1;
	int result = (int)syscall(SYS_link, from, to);
	if (watched && result == 0 && events_are_recorded())
		events_add_name(FAULT_EVENT_CREATE, path);
	return result;
}

int
renameat(int dir, const char *from, int to_dir, const char *to)
{
	char path[PATH_MAX], new_path[PATH_MAX];
	bool watched = whole_path(dir, from, path) && whole_path(to_dir, to, new_path) &&
	    access(path, F_OK) == 0;

	if (watched && fault_step_fails(FAULT_WRITE))
		return -1;
	int result = (int)syscall(SYS_renameat2, dir, from, to_dir, to, 0);
	if (watched && result == 0 && events_are_recorded())
		events_add_rename(path, new_path);
	return result;
}

int
rename(const char *from, const char *to)
{
	return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int
unlinkat(int dir, const char *name, int flags)
{
	char path[PATH_MAX];
	bool watched = whole_path(dir, name, path) && access(path, F_OK) == 0;

	if (watched && fault_step_fails(FAULT_WRITE))
		return -1;
	int result = (int)syscall(SYS_unlinkat, dir, name, flags);
	if (watched && result == 0 && events_are_recorded())
		events_add_name(FAULT_EVENT_UNLINK, path);
	return result;
}

int
unlink(const char *path)
{
	return unlinkat(AT_FDCWD, path, 0);
}

int
rmdir(const char *path)
{
	return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}
