/*
 * preload_users: a library that adds users to those of the system for the programs that load it
 * before all others (LD_PRELOAD). See preload_users.h.
 */
#include "preload_users.h"

#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>

/* Names the groups of PRELOAD_USER, and how many they are. */
static const gid_t groups[] = { PRELOAD_GID, PRELOAD_GROUP_A, PRELOAD_GROUP_B };

static struct passwd users[] = {
	{ .pw_name = (char *)PRELOAD_USER,
	    .pw_passwd = (char *)"x",
	    .pw_uid = PRELOAD_UID,
	    .pw_gid = PRELOAD_GID,
	    .pw_gecos = (char *)"",
	    .pw_dir = (char *)"/",
	    .pw_shell = (char *)"/bin/false" },
	{ .pw_name = (char *)PRELOAD_WORKER,
	    .pw_passwd = (char *)"x",
	    .pw_uid = PRELOAD_WORKER_UID,
	    .pw_gid = PRELOAD_WORKER_GID,
	    .pw_gecos = (char *)"",
	    .pw_dir = (char *)"/",
	    .pw_shell = (char *)"/bin/false" },
	{ .pw_name = (char *)PRELOAD_ALIAS,
	    .pw_passwd = (char *)"x",
	    .pw_uid = 0,
	    .pw_gid = 0,
	    .pw_gecos = (char *)"",
	    .pw_dir = (char *)"/",
	    .pw_shell = (char *)"/bin/false" },
};

struct passwd *
getpwnam(const char *name)
{
	struct passwd *(*next)(const char *);

	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++)
		if (strcmp(users[i].pw_name, name) == 0)
			return &users[i];
	*(void **)&next = dlsym(RTLD_NEXT, "getpwnam");
	return next == NULL ? NULL : next(name);
}

int
initgroups(const char *name, gid_t group)
{
	int (*next)(const char *, gid_t);

	if (strcmp(name, PRELOAD_USER) == 0 && group == PRELOAD_GID)
		return setgroups(sizeof(groups) / sizeof(groups[0]), groups);
	*(void **)&next = dlsym(RTLD_NEXT, "initgroups");
	if (next != NULL)
		return next(name, group);
	errno = ENOSYS;
	return -1;
}
