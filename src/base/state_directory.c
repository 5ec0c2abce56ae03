/* state_directory: who may write to a directory could put anything in place of its files. */
#include "base/state_directory.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SHARED_DIRECTORY 0770
#define FILES            "file" /* the contents of users' files, in directories of two digits */

/* What workers reach, and how; directories stand before what is in them. */
static const struct entry {
	const char *name;
	mode_t mode;
	bool directory;
} entries[] = {
	{ ".", 0710, true },
	{ "empty", 0555, true }, /* their root directory */
	{ "log", 0750, true },
	{ "scoreboard", STATE_DIRECTORY_SHARED, false },
	{ "wakeup", SHARED_DIRECTORY, true },
	{ "wakeup/subscriptions", STATE_DIRECTORY_SHARED, false },
	{ "delivery_wait", STATE_DIRECTORY_SHARED, false },
	{ "link_status", STATE_DIRECTORY_SHARED, false },
	{ "bridge.lock", STATE_DIRECTORY_SHARED, false },
	{ "inbox.lock", STATE_DIRECTORY_SHARED, false },
	{ FILES, SHARED_DIRECTORY, true },
	{ FILES "/tmp", SHARED_DIRECTORY, true },
	{ FILES "/lock", STATE_DIRECTORY_SHARED, false },
};

int
state_directory_check(const char *path, char *error, size_t size)
{
	struct stat st;

	/* Opening its files tells best why that is not possible. */
	if (stat(path, &st) != 0 || access(path, W_OK | X_OK) != 0)
		return 0;
	if (!S_ISDIR(st.st_mode))
		snprintf(error, size, "%s is not a directory", path);
	else if (st.st_uid != geteuid())
		snprintf(error, size,
		    "%s belongs to user id %lu, and not to the user %lu that uses it", path,
		    (unsigned long)st.st_uid, (unsigned long)geteuid());
	else if ((st.st_mode & S_IWOTH) != 0)
		snprintf(error, size, "everybody may write to %s (mode %04o): chmod o-w", path,
		    (unsigned int)(st.st_mode & 07777));
	else if ((st.st_mode & S_IWGRP) != 0 && st.st_gid != getegid())
		snprintf(error, size, "the group %lu may write to %s (mode %04o): chmod g-w",
		    (unsigned long)st.st_gid, path, (unsigned int)(st.st_mode & 07777));
	else
		return 0;
	return -1;
}

int
state_directory_make(const char *path)
{
	/* Not chmod() afterwards: a worker could have put a link there meanwhile. */
	mode_t mask = umask(0);
	int result = mkdir(path, SHARED_DIRECTORY);
	int saved = errno;

	umask(mask);
	errno = saved;
	return result == 0 || errno == EEXIST ? 0 : -1;
}

DIR *
state_directory_read(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	int saved = errno;

	if (directory == NULL && fd >= 0)
		close(fd);
	errno = saved;
	return directory;
}

void
state_directory_share_file(int fd)
{
	int saved = errno;

	(void)fchmod(fd, STATE_DIRECTORY_SHARED);
	errno = saved;
}

/* Below the directory. 0, or -1 with errno. */
static int
share_entry(int directory_fd, const char *name, mode_t mode, bool directory)
{
	struct stat st;
	int fd, result, saved;

	if (directory && mkdirat(directory_fd, name, 0700) != 0 && errno != EEXIST)
		return -1;
	fd = openat(directory_fd, name,
	    O_CLOEXEC | O_NOFOLLOW | (directory ? O_RDONLY | O_DIRECTORY : O_RDWR | O_CREAT), 0600);
	if (fd < 0)
		return -1;
	result = fstat(fd, &st);
	/* What a worker has made has the right mode, and another owner. */
	if (result == 0 && (st.st_mode & 07777) != mode && st.st_uid == geteuid())
		result = fchmod(fd, mode);
	saved = errno;
	close(fd);
	errno = saved;
	return result;
}

/* The contents in one of the directories of two digits; those of old have a mode of their own. */
static int
share_contents(int directory_fd, const char *name)
{
	int fd = openat(directory_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	int result = directory == NULL ? -1 : 0;

	while (result == 0 && (entry = readdir(directory)) != NULL)
		if (entry->d_name[0] != '.' &&
		    share_entry(fd, entry->d_name, STATE_DIRECTORY_SHARED, false) != 0 &&
		    errno != EACCES)
			result = -1;
	if (directory != NULL)
		closedir(directory);
	return result;
}

/* Those that were made before there were workers of another user. */
static int
share_files(int directory_fd)
{
	char name[sizeof(FILES) + 3];
	int result = 0;

	for (int i = 0; i < 256 && result == 0; i++) {
		struct stat st;

		snprintf(name, sizeof(name), FILES "/%02x", (unsigned int)i);
		if (fstatat(directory_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
		    !S_ISDIR(st.st_mode) || (st.st_mode & 07777) == SHARED_DIRECTORY)
			continue;
		result = share_contents(directory_fd, name);
		if (result == 0)
			result = share_entry(directory_fd, name, SHARED_DIRECTORY, true);
		/* A worker's own, which was killed or is in bad hands: no reason not to serve. */
		if (result != 0 && errno == EACCES)
			result = 0;
	}
	return result;
}

int
state_directory_share(const char *path, char *error, size_t size)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), result = fd < 0 ? -1 : 0;
	const char *name = "";

	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]) && result == 0; i++) {
		name = entries[i].name;
		result = share_entry(fd, name, entries[i].mode, entries[i].directory);
	}
	if (result == 0)
		result = share_files(fd);
	if (result != 0)
		snprintf(error, size, "cannot give workers their part of %s (%s): %s", path, name,
		    strerror(errno));
	if (fd >= 0)
		close(fd);
	return result;
}
