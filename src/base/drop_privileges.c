/* become: leaving root for the user of the configuration. */
#include "base/drop_privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const struct passwd *
drop_privileges_find(const char *name, char *error, size_t size)
{
	const struct passwd *pw;

	errno = 0;
	pw = getpwnam(name);
	if (pw == NULL) {
		snprintf(error, size, "there is no user %s on this system to become%s%s", name,
		    errno == 0 ? "" : ": ", errno == 0 ? "" : strerror(errno));
		return NULL;
	}
	/* Whatever its name, it would still be root. */
	if (pw->pw_uid == 0 && strcmp(name, "root") != 0) {
		snprintf(error, size, "the user %s is root by another name", name);
		return NULL;
	}
	return pw;
}

int
drop_privileges(const char *name, char *error, size_t size)
{
	const struct passwd *pw;

	if (geteuid() != 0)
		return 0;
	pw = drop_privileges_find(name, error, size);
	if (pw == NULL)
		return -1;
	if (strcmp(name, "root") == 0)
		return 0;
	if (initgroups(name, pw->pw_gid) != 0 || setgid(pw->pw_gid) != 0 ||
	    setuid(pw->pw_uid) != 0 || setuid(0) == 0) {
		snprintf(error, size, "cannot become the user %s: %s", name, strerror(errno));
		return -1;
	}
	return 0;
}
