/*
 * drop_privileges: the modules that look up users would stay loaded in this process and in all that
 * it forks, so a child that ends at once does it.
 */
#include "base/drop_privileges.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/capabilities.h"

#define ERROR_SIZE 512

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
	/* By any other name it would still be root. */
	if (pw->pw_uid == 0 && strcmp(name, "root") != 0) {
		snprintf(error, size, "the user %s is root by another name", name);
		return NULL;
	}
	return pw;
}

/* The answer of a child about a user, in memory that both share. */
struct identity {
	bool found;
	char error[ERROR_SIZE];
	uid_t uid;
	gid_t gid;
	uid_t worker; /* 0: no such user is on this system */
	int n_groups;
	gid_t groups[NGROUPS_MAX];
};

/* The user of the workers, if there is one. 0, or -1 with a sentence: it cannot be that user. */
static int
find_worker(const char *worker, struct identity *identity)
{
	const struct passwd *pw = worker[0] == '\0' ? NULL : getpwnam(worker);

	identity->worker = pw == NULL ? 0 : pw->pw_uid;
	if (pw == NULL || (pw->pw_uid != 0 && pw->pw_uid != identity->uid))
		return 0;
	snprintf(identity->error, sizeof(identity->error),
	    "the user %s of workers has to be another than root and the one who owns the state",
	    worker);
	return -1;
}

/* In a child: takes the user's groups, since only so are they to be had without limit. */
static void
find_identity(const char *name, const char *worker, struct identity *identity)
{
	const struct passwd *pw =
	    drop_privileges_find(name, identity->error, sizeof(identity->error));

	if (pw == NULL)
		return;
	identity->uid = pw->pw_uid;
	identity->gid = pw->pw_gid;
	identity->found = pw->pw_uid == 0; /* which keeps its groups */
	if (identity->found)
		return;
	if (geteuid() == 0)
		identity->n_groups = initgroups(name, pw->pw_gid) == 0
		    ? getgroups(NGROUPS_MAX, identity->groups)
		    : -1;
	if (identity->n_groups < 0)
		snprintf(identity->error, sizeof(identity->error),
		    "cannot find the groups of the user %s: %s", name, strerror(errno));
	else
		identity->found = find_worker(worker, identity) == 0;
}

/* Shared memory to be unmapped, or NULL with errno. */
static struct identity *
ask_child(const char *name, const char *worker)
{
	struct identity *identity = mmap(NULL, sizeof(*identity), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	if (identity == MAP_FAILED)
		return NULL;
	pid = fork();
	if (pid == 0) {
		find_identity(name, worker, identity);
		_exit(0);
	}
	if (pid < 0) {
		munmap(identity, sizeof(*identity));
		return NULL;
	}
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return identity;
}

/* `keep`: with the few capabilities of a master, whose user cannot become root by them alone. */
static int
change_user(const struct identity *identity, bool keep)
{
	if (keep && capabilities_keep() != 0)
		return -1;
	if (setgroups((size_t)identity->n_groups, identity->groups) != 0 ||
	    setgid(identity->gid) != 0 || setuid(identity->uid) != 0)
		return -1;
	if (keep)
		return capabilities_limit();
	return setuid(0) != 0 ? 0 : -1;
}

static int
become(const char *name, const struct identity *identity, char *error, size_t size)
{
	if (!identity->found) {
		snprintf(error, size, "%s%s", identity->error,
		    identity->error[0] != '\0' ? "" : "the look-up of the user died");
		return -1;
	}
	if (strcmp(name, "root") == 0)
		return 0;
	if (geteuid() != 0) /* it has become that user before, in another program */
		return identity->worker == 0 ? capabilities_drop() : capabilities_limit();
	if (change_user(identity, identity->worker != 0) == 0)
		return 0;
	snprintf(error, size, "cannot become the user %s: %s", name, strerror(errno));
	return -1;
}

int
drop_privileges_serve(const char *name, const char *worker, uid_t *worker_uid, char *error,
    size_t size)
{
	struct identity *identity;
	int result;

	*worker_uid = 0;
	if (geteuid() != 0 && !capabilities_here())
		return 0;
	identity = ask_child(name, worker);
	if (identity == NULL) {
		snprintf(error, size, "cannot look up the user %s: %s", name, strerror(errno));
		return -1;
	}
	result = become(name, identity, error, size);
	if (result == 0)
		*worker_uid = identity->worker;
	munmap(identity, sizeof(*identity));
	return result;
}

int
drop_privileges(const char *name, char *error, size_t size)
{
	uid_t nobody;

	if (geteuid() != 0)
		return 0;
	return drop_privileges_serve(name, "", &nobody, error, size);
}
