/*
 * soak_process: the processes of a realm, by what /proc shows of them.
 */
#include <sys/stat.h>

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_server.h"
#include "soak_look.h"
#include "store/store_admin.h"

#define DATA_MAX 2048

/* Calls fn for each process there is, with its number. */
static void
each_process(void (*fn)(void *arg, long pid), void *arg)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;

	while (proc != NULL && (entry = readdir(proc)) != NULL)
		if (isdigit((unsigned char)entry->d_name[0]))
			fn(arg, strtol(entry->d_name, NULL, 10));
	if (proc != NULL)
		closedir(proc);
}

struct children {
	pid_t parent;
	const char *name; /* in parentheses */
	pid_t *pids;
	size_t n;
	size_t size;
};

static void
add_child(void *arg, long pid)
{
	struct children *children = arg;
	char data[DATA_MAX];
	int parent;

	if (children->n == children->size ||
	    !server_read_proc((pid_t)pid, "stat", data, sizeof(data)) ||
	    strstr(data, children->name) == NULL)
		return;
	const char *after = strrchr(data, ')');
	if (after != NULL && sscanf(after, ") %*c %d", &parent) == 1 && parent == children->parent)
		children->pids[children->n++] = (pid_t)pid;
}

static size_t
find_children(const struct soak_realm *realm, const char *name, pid_t *pids, size_t size)
{
	struct children children = { .parent = atomic_load(&realm->kabard),
		.name = name,
		.pids = pids,
		.size = size };

	if (children.parent != 0)
		each_process(add_child, &children);
	return children.n;
}

size_t
process_workers(const struct soak_realm *realm, pid_t pids[LOOK_PROCESSES])
{
	pid_t committer = process_committer(realm);
	size_t n = find_children(realm, "(kabard)", pids, LOOK_PROCESSES);

	for (size_t i = 0; i < n; i++)
		if (pids[i] == committer)
			pids[i--] = pids[--n];
	return n;
}

pid_t
process_bridge(const struct soak_realm *realm)
{
	pid_t pid;

	return find_children(realm, "(kabar-bridge)", &pid, 1) == 1 ? pid : 0;
}

pid_t
process_committer(const struct soak_realm *realm)
{
	return store_committer_pid(&(struct store_options){ .state = realm->state });
}

struct counting {
	pid_t committer;
	struct stat log;
	size_t n;
};

/* All but the committer complain to the log; kabarctl does not. */
static void
count_one(void *arg, long pid)
{
	struct counting *counting = arg;
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%ld/fd/2", pid);
	counting->n += pid == counting->committer ||
	    (stat(path, &st) == 0 && st.st_dev == counting->log.st_dev &&
	        st.st_ino == counting->log.st_ino);
}

size_t
process_count(const struct soak_realm *realm)
{
	struct counting counting = { .committer = process_committer(realm) };

	if (stat(realm->log, &counting.log) == 0)
		each_process(count_one, &counting);
	return counting.n;
}

static double
count_fds(pid_t pid)
{
	char path[64];
	double n = 0;

	snprintf(path, sizeof(path), "/proc/%ld/fd", (long)pid);
	DIR *directory = opendir(path);
	const struct dirent *entry;

	while (directory != NULL && (entry = readdir(directory)) != NULL)
		n += entry->d_name[0] != '.';
	if (directory != NULL)
		closedir(directory);
	return n;
}

static double
field_kb(const char *data, const char *name)
{
	const char *line = strstr(data, name);

	return line == NULL ? 0 : strtod(line + strlen(name), NULL);
}

bool
process_use(pid_t pid, struct process_use *use)
{
	char data[DATA_MAX];

	if (pid <= 0 || !server_read_proc(pid, "smaps_rollup", data, sizeof(data)))
		return false;
	use->rss_kb = field_kb(data, "\nRss:");
	use->pss_kb = field_kb(data, "\nPss:");
	use->fds = count_fds(pid);
	return use->rss_kb > 0;
}
