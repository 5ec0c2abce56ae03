/* state_directory: who may write to a directory could put anything in place of its files. */
#include "base/state_directory.h"

#include <sys/stat.h>

#include <stdio.h>
#include <unistd.h>

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
