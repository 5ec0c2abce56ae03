/*
 * ctl_state: makes the state directory and gives it to the user of the configuration. Its files are
 * left to others.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/drop_privileges.h"
#include "base/sync_directory.h"
#include "ctl/ctl.h"

#define ERROR_MAX 512

/* Makes a directory, if it is missing, and syncs its name. */
static int
make_directory(const char *path, mode_t mode)
{
	if (mkdir(path, mode) == 0 ? sync_directory_of(path) == 0 : errno == EEXIST)
		return CTL_OK;
	return ctl_error(CTL_CANNOT_MAKE, "cannot make %s: %s", path, strerror(errno));
}

/* Makes the directories above the last one, which all users may pass. */
static int
make_parents(const char *path)
{
	char part[PATH_MAX];
	mode_t before = umask(022);
	int result = CTL_OK;

	snprintf(part, sizeof(part), "%s", path);
	for (char *slash = strchr(part + 1, '/'); slash != NULL && result == CTL_OK;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		result = make_directory(part, 0755);
		*slash = '/';
	}
	umask(before);
	return result;
}

static bool
is_empty(const char *path)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	bool empty = directory != NULL;

	while (empty && (entry = readdir(directory)) != NULL)
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	if (directory != NULL)
		closedir(directory);
	return empty;
}

/*
 * Gives the directory to the user. A directory that is not empty may be anything, such as /var, and
 * is not given away.
 */
static int
give_to_user(const char *path, const struct passwd *owner)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return ctl_error(CTL_CANNOT_MAKE, "%s: %s", path, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return ctl_error(CTL_CANNOT_MAKE, "%s is not a directory", path);
	if (st.st_uid != owner->pw_uid && !is_empty(path))
		return ctl_error(CTL_REFUSED, "%s is not empty and does not belong to the user %s",
		    path, owner->pw_name);
	if (st.st_uid == owner->pw_uid)
		return CTL_OK;
	if (lchown(path, owner->pw_uid, owner->pw_gid) != 0 || chmod(path, 0700) != 0)
		return ctl_error(CTL_NOT_ALLOWED, "cannot give %s to the user %s: %s", path,
		    owner->pw_name, strerror(errno));
	return CTL_OK;
}

/* owner is NULL where no other user can become the owner. */
static int
make_state(const char *state, const struct passwd *owner)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", state);
	for (size_t len = strlen(path); len > 1 && path[len - 1] == '/'; len--)
		path[len - 1] = '\0';
	if (make_parents(path) != CTL_OK || make_directory(path, 0700) != CTL_OK)
		return CTL_CANNOT_MAKE;
	return owner == NULL ? CTL_OK : give_to_user(path, owner);
}

int
ctl_state_make(const struct config *config)
{
	const struct passwd *owner = NULL;
	char error[ERROR_MAX];
	int status;

	if (geteuid() == 0) {
		owner = drop_privileges_find(config->user, error, sizeof(error));
		if (owner == NULL)
			return ctl_error(CTL_CONFIG, "%s", error);
	}
	status = make_state(config->state, owner);
	return status == CTL_OK ? ctl_become(config) : status;
}
