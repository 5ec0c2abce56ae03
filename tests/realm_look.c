/*
 * realm_look: waiting for what is to happen in a realm, and looking at it from outside: its log,
 * its processes.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "live/scoreboard.h"
#include "realm_int.h"
#include "store/store_admin.h"

#define SCOREBOARD_SLOTS 16 /* kabard's is bigger and stays */
#define PROCESSES_MAX    64

int64_t
realm_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
realm_pause_ms(long ms)
{
	struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&pause, NULL);
}

bool
realm_until(bool (*condition)(void *), void *arg)
{
	int64_t deadline = realm_now_ms() + REALM_PATIENCE_MS;

	while (!condition(arg)) {
		if (realm_now_ms() > deadline)
			return false;
		realm_pause_ms(REALM_LOOK_PAUSE_MS);
	}
	return true;
}

static size_t
count_files_below(const char *path)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	char below[512];
	size_t n = 0;

	while (directory != NULL && (entry = readdir(directory)) != NULL) {
		if (entry->d_name[0] == '.' || strcmp(entry->d_name, "lock") == 0)
			continue;
		snprintf(below, sizeof(below), "%.250s/%.250s", path, entry->d_name);
		n += entry->d_type == DT_DIR ? count_files_below(below) : 1;
	}
	if (directory != NULL)
		closedir(directory);
	return n;
}

size_t
realm_count_files(const struct realm *realm, const char *directory)
{
	char path[2 * REALM_PATH_MAX];

	snprintf(path, sizeof(path), "%s/%.120s", realm->state, directory);
	return count_files_below(path);
}

size_t
realm_log_count(const struct realm *realm, const char *text)
{
	char line[4096];
	size_t n = 0;
	FILE *file = fopen(realm->log, "re");

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		n += strstr(line, text) != NULL;
	if (file != NULL)
		fclose(file);
	return n;
}

struct log_line {
	const struct realm *realm;
	const char *text;
	size_t n;
};

static bool
has_logged(void *arg)
{
	const struct log_line *line = arg;

	return realm_log_count(line->realm, line->text) > line->n;
}

void
realm_await_log(const struct realm *realm, const char *text)
{
	struct log_line line = { .realm = realm, .text = text };

	ck_assert_msg(realm_until(has_logged, &line), "never logged: %s", text);
}

void
realm_reload(const struct realm *realm)
{
	struct log_line line = { .realm = realm, .text = "reloaded: realm " };

	line.n = realm_log_count(realm, line.text);
	ck_assert_int_eq(kill(realm->kabard, SIGHUP), 0);
	ck_assert_msg(realm_until(has_logged, &line), "never reloaded");
}

bool
realm_logged(const struct realm *realm, const char *text)
{
	return realm_log_count(realm, text) > 0;
}

struct workers {
	pid_t *pids;
	size_t size;
	size_t n;
	size_t online;
};

static int
add_worker(void *arg, unsigned int slot, const struct scoreboard_entry *entry)
{
	struct workers *workers = arg;

	(void)slot;
	if (workers->n < workers->size)
		workers->pids[workers->n] = (pid_t)entry->pid;
	workers->n++;
	workers->online += entry->user != 0;
	return 0;
}

static struct workers
find_workers(const struct realm *realm, pid_t *pids, size_t size)
{
	struct workers workers = { .pids = pids, .size = size };
	struct scoreboard *scoreboard = scoreboard_open(realm->state, SCOREBOARD_SLOTS);

	ck_assert_ptr_nonnull(scoreboard);
	scoreboard_each(scoreboard, add_worker, &workers);
	scoreboard_close(scoreboard);
	return workers;
}

size_t
realm_workers(const struct realm *realm, pid_t *pids, size_t size)
{
	return find_workers(realm, pids, size).n;
}

pid_t
realm_new_worker(const struct realm *realm, const pid_t *before, size_t n)
{
	pid_t now[SCOREBOARD_SLOTS];
	size_t count = realm_workers(realm, now, SCOREBOARD_SLOTS);

	ck_assert_uint_le(count, SCOREBOARD_SLOTS);
	for (size_t i = 0; i < count; i++) {
		size_t j = 0;

		while (j < n && before[j] != now[i])
			j++;
		if (j == n)
			return now[i];
	}
	ck_abort_msg("there is no new worker");
}

size_t
realm_online(const struct realm *realm)
{
	return find_workers(realm, NULL, 0).online;
}

uint64_t
realm_count(const struct realm *realm, const char *key)
{
	char output[32768], line[128];
	const char *found;

	ck_assert_int_eq(realm_run((const char *const[]){ realm_kabarctl_path, "-c", realm->config,
	                               "stats", "-p", NULL },
	                     NULL, output, sizeof(output)),
	    0);
	snprintf(line, sizeof(line), "\nkabar_%s ", key);
	found = strstr(output, line);
	ck_assert_msg(found != NULL, "no %s in %s", line, output);
	return strtoull(found + strlen(line), NULL, 10);
}

pid_t
realm_committer(const struct realm *realm)
{
	return store_committer_pid(&(struct store_options){ .state = realm->state });
}

/* Tells whether a process that is alive has this file as its standard error. */
static bool
complains_to(long pid, const struct stat *log)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%ld/fd/%d", pid, STDERR_FILENO);
	return stat(path, &st) == 0 && st.st_dev == log->st_dev && st.st_ino == log->st_ino;
}

/* The process that started it. 0: it has ended. */
static long
find_parent(long pid)
{
	char path[64], text[512];
	const char *behind;
	long parent = 0;
	size_t len;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	file = fopen(path, "re");
	if (file == NULL)
		return 0;
	len = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[len] = '\0';
	behind = strrchr(text, ')');
	if (behind == NULL || sscanf(behind, ") %*c %ld", &parent) != 1)
		return 0;
	return parent;
}

/* A process that hides its memory shows its files to root only: then its origin tells. */
static bool
descends_from(long pid, long ancestor)
{
	while (pid > 1 && pid != ancestor)
		pid = find_parent(pid);
	return ancestor != 0 && pid == ancestor;
}

size_t
realm_processes(const struct realm *realm, pid_t *pids, size_t size)
{
	pid_t committer = realm_committer(realm);
	const struct dirent *entry;
	struct stat log;
	size_t n = 0;

	if (committer != 0 && n < size)
		pids[n++] = committer;
	DIR *directory = opendir("/proc");
	ck_assert_ptr_nonnull(directory);
	while (stat(realm->log, &log) == 0 && (entry = readdir(directory)) != NULL) {
		long pid = strtol(entry->d_name, NULL, 10);

		if (n < size && pid > 0 && pid != committer &&
		    (complains_to(pid, &log) ||
		        (geteuid() != 0 && descends_from(pid, realm->kabard))))
			pids[n++] = (pid_t)pid;
	}
	closedir(directory);
	return n;
}

pid_t
realm_bridge(const struct realm *realm)
{
	pid_t pids[PROCESSES_MAX];
	size_t n = realm_processes(realm, pids, PROCESSES_MAX);

	for (size_t i = 0; i < n; i++) {
		char path[64], name[32] = "";
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%ld/comm", (long)pids[i]);
		file = fopen(path, "re");
		if (file == NULL)
			continue;
		if (fgets(name, sizeof(name), file) == NULL)
			name[0] = '\0';
		fclose(file);
		if (strcmp(name, "kabar-bridge\n") == 0)
			return pids[i];
	}
	return 0;
}
