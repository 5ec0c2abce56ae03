/*
 * sandbox_landlock: builds a ruleset and enters it. The numbers are those of linux/landlock.h,
 * whose older versions lack some; no library is needed.
 */
#include "base/sandbox_landlock.h"

#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule       445
#define SYS_landlock_restrict_self  446
#endif

#define CREATE_VERSION 1U
#define RULE_PATH      1

#define FS_EXECUTE    (UINT64_C(1) << 0)
#define FS_WRITE_FILE (UINT64_C(1) << 1)
#define FS_READ_FILE  (UINT64_C(1) << 2)
#define FS_READ_DIR   (UINT64_C(1) << 3)
#define FS_FIRST      ((UINT64_C(1) << 13) - 1) /* of version 1: also making and removing */
#define FS_REFER      (UINT64_C(1) << 13)       /* version 2: renaming to another directory */
#define FS_TRUNCATE   (UINT64_C(1) << 14)       /* 3 */
#define FS_IOCTL_DEV  (UINT64_C(1) << 15)       /* 5 */
#define NET_BIND_TCP  (UINT64_C(1) << 0)        /* 4 */
#define NET_CONNECT   (UINT64_C(1) << 1)        /* 4 */
#define SCOPE_SIGNAL  (UINT64_C(1) << 1)        /* 6 */

/* A file takes no right that only directories have. */
#define FS_OF_FILES (FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV)
#define FS_READ     (FS_READ_FILE | FS_READ_DIR)

#define LEAST_VERSION 2 /* before, no file could be renamed to another directory */

struct ruleset_attr {
	uint64_t handled_access_fs;
	uint64_t handled_access_net;
	uint64_t scoped;
};

struct path_attr {
	uint64_t allowed_access;
	int32_t parent_fd;
} __attribute__((packed));

int
sandbox_landlock_version(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);

	return version < LEAST_VERSION ? 0 : (int)version;
}

/* What is handled is forbidden but for the rules. Returns the size of the part that counts. */
static size_t
choose_handled(int version, struct sandbox_landlock may, struct ruleset_attr *attr)
{
	*attr = (struct ruleset_attr){ .handled_access_fs = FS_FIRST | FS_REFER };
	if (version >= 3)
		attr->handled_access_fs |= FS_TRUNCATE;
	if (version >= 5)
		attr->handled_access_fs |= FS_IOCTL_DEV;
	if (version < 4)
		return offsetof(struct ruleset_attr, handled_access_net);
	attr->handled_access_net = NET_BIND_TCP | (may.tcp ? 0 : NET_CONNECT);
	if (version < 6)
		return offsetof(struct ruleset_attr, scoped);
	attr->scoped = may.signals ? 0 : SCOPE_SIGNAL;
	return sizeof(*attr);
}

/* Allows what is handled and in `access`. A path that does not exist needs no rule. */
static int
add_path(int ruleset, const struct ruleset_attr *handled, const char *path, uint64_t access)
{
	struct path_attr rule = { .allowed_access = access & handled->handled_access_fs };
	struct stat st;
	int result = -1, saved;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return errno == ENOENT || errno == EACCES || errno == ENOTDIR ? 0 : -1;
	if (fstat(rule.parent_fd, &st) == 0) {
		if (!S_ISDIR(st.st_mode))
			rule.allowed_access &= FS_OF_FILES;
		result = (int)syscall(SYS_landlock_add_rule, ruleset, RULE_PATH, &rule, 0);
	}
	saved = errno;
	close(rule.parent_fd);
	errno = saved;
	return result;
}

static int
add_paths(int ruleset, const struct ruleset_attr *handled, const struct sandbox *sandbox)
{
	if (SANDBOX_WIDE && add_path(ruleset, handled, "/", FS_READ | FS_EXECUTE) != 0)
		return -1;
	/* A committer that this process starts makes it its standard input. */
	if (add_path(ruleset, handled, "/dev/null", FS_READ_FILE | FS_WRITE_FILE) != 0)
		return -1;
	/* By this a committer tells whether the machine has stopped since the last one. */
	if (add_path(ruleset, handled, "/proc/sys/kernel/random/boot_id", FS_READ_FILE) != 0)
		return -1;
	if (sandbox->writable != NULL &&
	    add_path(ruleset, handled, sandbox->writable, ~(FS_EXECUTE | FS_IOCTL_DEV)) != 0)
		return -1;
	for (size_t i = 0; sandbox->readable != NULL && sandbox->readable[i] != NULL; i++)
		if (add_path(ruleset, handled, sandbox->readable[i], FS_READ) != 0)
			return -1;
	return 0;
}

int
sandbox_landlock_open(const struct sandbox *sandbox, struct sandbox_landlock may, int *ruleset)
{
	int version = sandbox_landlock_version(), saved;
	struct ruleset_attr handled;
	size_t size;

	*ruleset = -1;
	if (version == 0)
		return 0;
	size = choose_handled(version, may, &handled);
	*ruleset = (int)syscall(SYS_landlock_create_ruleset, &handled, size, 0);
	if (*ruleset < 0)
		return -1;
	if (add_paths(*ruleset, &handled, sandbox) == 0)
		return 0;
	saved = errno;
	close(*ruleset);
	*ruleset = -1;
	errno = saved;
	return -1;
}

int
sandbox_landlock_enter(int ruleset)
{
	int result, saved;

	if (ruleset < 0)
		return 0;
	result = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
	saved = errno;
	close(ruleset);
	errno = saved;
	return result;
}
