/*
 * attack_memory: what all processes of kabar that descend from one process take together. The
 * committer, whose parent may have gone, does so where that process is a subreaper (prctl(2)).
 */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attack.h"

#define PROCESSES_MAX 16384
#define SAMPLE_MS     250
#define SAMPLE_SHARE  10 /* the sampler sleeps ten times as long as it has worked */
#define NAME          "(kabar"

struct process {
	pid_t pid;
	pid_t parent;
	bool is_kabar;
	bool is_ours;
};

struct processes {
	size_t n;
	struct process list[PROCESSES_MAX];
};

static void
list_processes(struct processes *all)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	char data[1024];

	all->n = 0;
	while (proc != NULL && all->n < PROCESSES_MAX && (entry = readdir(proc)) != NULL) {
		struct process *process = &all->list[all->n];
		int parent;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		*process = (struct process){ .pid = (pid_t)strtol(entry->d_name, NULL, 10) };
		if (!server_read_proc(process->pid, "stat", data, sizeof(data)))
			continue;
		const char *after = strrchr(data, ')');
		if (after == NULL || sscanf(after, ") %*c %d", &parent) != 1)
			continue;
		process->parent = (pid_t)parent;
		process->is_kabar = strstr(data, NAME) != NULL;
		all->n++;
	}
	if (proc != NULL)
		closedir(proc);
}

static bool
is_known(const struct processes *all, pid_t parent, pid_t root)
{
	for (size_t i = 0; parent != root && i < all->n; i++)
		if (all->list[i].pid == parent)
			return all->list[i].is_ours;
	return parent == root;
}

/* A child that is listed before its parent is found in the next pass. */
static void
mark_ours(struct processes *all, pid_t root)
{
	bool more = true;

	while (more) {
		more = false;
		pid_t last = 0;
		bool last_is_ours = false;
		for (size_t i = 0; i < all->n; i++) {
			struct process *process = &all->list[i];

			if (!process->is_kabar || process->is_ours)
				continue;
			if (process->parent != last) {
				last = process->parent;
				last_is_ours = is_known(all, last, root);
			}
			process->is_ours = last_is_ours;
			more = more || last_is_ours;
		}
	}
}

static struct processes *
find_below(pid_t root)
{
	static struct processes all;

	list_processes(&all);
	mark_ours(&all, root);
	return &all;
}

uint64_t
attack_memory_kb(pid_t root)
{
	struct processes *all = find_below(root);
	uint64_t sum = 0;
	char data[2048];

	for (size_t i = 0; i < all->n; i++) {
		if (!all->list[i].is_ours ||
		    !server_read_proc(all->list[i].pid, "smaps_rollup", data, sizeof(data)))
			continue;
		const char *pss = strstr(data, "\nPss:");
		if (pss != NULL)
			sum += strtoull(pss + sizeof("\nPss:") - 1, NULL, 10);
	}
	return sum;
}

void
attack_memory_watch(struct attack_memory *memory, pid_t root)
{
	while (!load_stopped()) {
		int64_t begun_ns = stat_now_ns();
		uint64_t kb = attack_memory_kb(root);
		long pause_ms = (long)((stat_now_ns() - begun_ns) / 1000000) * SAMPLE_SHARE;

		if (kb > atomic_load(&memory->peak_kb))
			atomic_store(&memory->peak_kb, kb);
		stat_pause_ms(pause_ms > SAMPLE_MS ? pause_ms : SAMPLE_MS);
	}
}

double
attack_cpu_s(pid_t root)
{
	struct processes *all = find_below(root);
	double sum = 0;
	char data[1024];

	for (size_t i = 0; i < all->n; i++) {
		unsigned long mine[2], waited[2];

		if (!all->list[i].is_ours ||
		    !server_read_proc(all->list[i].pid, "stat", data, sizeof(data)))
			continue;
		const char *after = strrchr(data, ')');
		if (after != NULL &&
		    sscanf(after, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %lu %lu",
		        &mine[0], &mine[1], &waited[0], &waited[1]) == 4)
			sum += (double)(mine[0] + mine[1] + waited[0] + waited[1]);
	}
	return sum / (double)sysconf(_SC_CLK_TCK);
}
