/*
 * soak_process: the processes of a realm, by what /proc shows of them.
 */
#include <sys/stat.h>

#include <ctype.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_server.h"
#include "soak_look.h"
#include "store/store_admin.h"

#define DATA_MAX   2048
#define KILL_TRIES 3000 /* of 10 ms each */

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

struct killing {
	struct counting of;
	pid_t pids[2 * LOOK_PROCESSES];
	size_t n;
};

/* The committer's children complain nowhere either. */
static void
collect_one(void *arg, long pid)
{
	struct killing *killing = arg;
	char data[DATA_MAX];
	size_t before = killing->of.n;
	int parent = 0;

	count_one(&killing->of, pid);
	if (killing->of.n == before && killing->of.committer != 0 &&
	    server_read_proc((pid_t)pid, "stat", data, sizeof(data)) && strrchr(data, ')') != NULL)
		sscanf(strrchr(data, ')'), ") %*c %d", &parent);
	if ((killing->of.n > before || (parent != 0 && parent == killing->of.committer)) &&
	    killing->n < 2 * LOOK_PROCESSES)
		killing->pids[killing->n++] = (pid_t)pid;
}

/* False also for a process that has ended and waits for its parent to hear of it. */
static bool
is_alive(pid_t pid)
{
	char data[DATA_MAX], state = 'Z';

	if (server_read_proc(pid, "stat", data, sizeof(data)) && strrchr(data, ')') != NULL)
		sscanf(strrchr(data, ')'), ") %c", &state);
	return state != 'Z' && state != 'X';
}

bool
process_kill_all(const struct soak_realm *realm)
{
	for (int i = 0; i < KILL_TRIES; i++) {
		struct killing killing = { .of.committer = process_committer(realm) };
		size_t alive = 0;

		if (stat(realm->log, &killing.of.log) != 0)
			return false;
		each_process(collect_one, &killing);
		for (size_t j = 0; j < killing.n; j++)
			kill(killing.pids[j], SIGKILL);
		for (size_t j = 0; j < killing.n; j++)
			for (; i < KILL_TRIES && is_alive(killing.pids[j]); i++) {
				alive++;
				soak_pause_ms(10);
			}
		if (killing.n == 0 && alive == 0)
			return true;
	}
	return false;
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
