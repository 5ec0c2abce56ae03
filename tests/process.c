/* process: states are read from proc(5). */
#include "process.h"

#include <sys/wait.h>

#include <check.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAMILY_MAX   128
#define FAMILY_DEPTH 2
#define FAMILY_STEPS 6

bool
process_is_in_state(pid_t pid, char wanted)
{
	char path[64], text[512];
	const char *state;
	size_t len;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	file = fopen(path, "re");
	if (file == NULL)
		return false;
	len = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[len] = '\0';
	state = strrchr(text, ')');
	return state != NULL && state[2] == wanted;
}

bool
process_is_stopped(void *arg)
{
	const pid_t *pid = arg;

	return process_is_in_state(*pid, 'T');
}

void
process_kill(pid_t pid)
{
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

long
process_peak_kb(pid_t pid)
{
	char path[64], line[128];
	long kb = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	while (kb < 0 && fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, "VmHWM:", 6) == 0)
			kb = strtol(line + 6, NULL, 10);
	fclose(file);
	ck_assert_int_gt(kb, 0);
	return kb;
}

void
process_read(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];
	FILE *file;
	size_t len = 0;

	snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, name);
	file = fopen(path, "re");
	if (file != NULL) {
		len = fread(text, 1, size - 1, file);
		fclose(file);
	}
	text[len] = '\0';
}

static pid_t
parent_of(pid_t pid)
{
	char text[512], *end;
	long parent = 0;

	process_read(pid, "stat", text, sizeof(text));
	end = strrchr(text, ')');
	if (end != NULL)
		sscanf(end, ") %*c %ld", &parent);
	return (pid_t)parent;
}

size_t
process_children(pid_t parent, const char *title, pid_t *pids, size_t size)
{
	char text[PROCESS_TITLE];
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	size_t n = 0;

	ck_assert_ptr_nonnull(proc);
	while ((entry = readdir(proc)) != NULL) {
		pid_t pid = (pid_t)atoi(entry->d_name);

		if (pid <= 0 || parent_of(pid) != parent)
			continue;
		process_read(pid, "cmdline", text, sizeof(text));
		if (strstr(text, title) == NULL)
			continue;
		if (n < size)
			pids[n] = pid;
		n++;
	}
	closedir(proc);
	return n;
}

pid_t
process_child(pid_t parent, const char *title)
{
	pid_t pid = 0;

	return process_children(parent, title, &pid, 1) > 0 ? pid : 0;
}

static bool
family_waits(pid_t pid, int depth)
{
	pid_t children[FAMILY_MAX];
	size_t n;

	if (!process_is_in_state(pid, 'S') && !process_is_in_state(pid, 'T'))
		return false;
	if (depth == 0)
		return true;
	n = process_children(pid, "", children, FAMILY_MAX);
	ck_assert_uint_le(n, FAMILY_MAX);
	for (size_t i = 0; i < n; i++)
		if (!family_waits(children[i], depth - 1))
			return false;
	return true;
}

bool
process_family_waits(void *arg)
{
	const pid_t *pid = arg;

	/* Whoever waits has taken what it had been sent, and sent it on: a step for each look. */
	for (int i = 0; i < FAMILY_STEPS; i++)
		if (!family_waits(*pid, FAMILY_DEPTH))
			return false;
	return true;
}
