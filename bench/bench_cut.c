/*
 * bench_cut: tears the files of a state that kabard does not sync.
 */
#include "bench_cut.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_SIZE 1024
#define PAGE      4096
#define MARK      "another boot\n"

enum { TEAR_ALL, TEAR_GARBAGE, TEAR_ZEROS, TEAR_END, TEARS };

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t
roll(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static int
tear_pages(int fd, off_t size, unsigned int how, uint64_t *seed)
{
	uint64_t page[PAGE / sizeof(uint64_t)] = { 0 };

	for (off_t at = 0; at < size; at += PAGE) {
		size_t len = size - at < PAGE ? (size_t)(size - at) : PAGE;

		if (how != TEAR_ALL && roll(seed) % 3 != 0)
			continue;
		for (size_t i = 0; how != TEAR_ZEROS && i < PAGE / sizeof(page[0]); i++)
			page[i] = roll(seed);
		if (pwrite(fd, page, len, at) != (ssize_t)len)
			return -1;
	}
	return 0;
}

static int
tear(const char *path, uint64_t *seed)
{
	unsigned int how = (unsigned int)(roll(seed) % TEARS);
	int fd = open(path, O_WRONLY | O_CLOEXEC), status = -1;
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0) {
		if (how == TEAR_END)
			status = ftruncate(fd, (off_t)(roll(seed) % (uint64_t)(st.st_size + 1)));
		else
			status = tear_pages(fd, st.st_size, how, seed);
	}
	if (status != 0)
		fprintf(stderr, "cannot tear %s: %s\n", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return status;
}

/* The number that the name of a file of logs begins with; false for other names. */
static bool
parse_log(const char *name, uint64_t *seq)
{
	char *end;

	*seq = strtoull(name, &end, 16);
	return end != name && strcmp(end, ".tdb") == 0;
}

/* Finds the newest checkpoint, checkpoint/NUMBER.SERIAL, and from which file of logs on it has
 * none. */
static bool
find_checkpoint(const char *state, uint64_t *first_seq)
{
	char path[PATH_SIZE], newest[256] = "";
	uint64_t number, serial, seq, newest_number = 0, newest_serial = 0;
	const struct dirent *entry;
	bool is_found = false;

	snprintf(path, sizeof(path), "%s/checkpoint", state);
	DIR *dir = opendir(path);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (sscanf(entry->d_name, "%" SCNx64 ".%" SCNx64, &number, &serial) != 2 ||
		    (newest[0] != '\0' &&
		        (number < newest_number ||
		            (number == newest_number && serial < newest_serial))))
			continue;
		newest_number = number;
		newest_serial = serial;
		snprintf(newest, sizeof(newest), "%s", entry->d_name);
	}
	if (dir != NULL)
		closedir(dir);
	snprintf(path, sizeof(path), "%s/checkpoint/%s/log", state, newest);
	dir = newest[0] != '\0' ? opendir(path) : NULL;
	while (dir != NULL && !is_found && (entry = readdir(dir)) != NULL)
		if ((is_found = parse_log(entry->d_name, &seq)))
			*first_seq = seq;
	if (dir != NULL)
		closedir(dir);
	return is_found;
}

static int
tear_logs(const char *state, uint64_t first_seq, uint64_t *seed)
{
	char path[PATH_SIZE];
	const struct dirent *entry;
	uint64_t seq;
	int status = 0;

	snprintf(path, sizeof(path), "%s/log", state);
	DIR *dir = opendir(path);
	while (dir != NULL && status == 0 && (entry = readdir(dir)) != NULL) {
		if (!parse_log(entry->d_name, &seq) || seq < first_seq)
			continue;
		snprintf(path, sizeof(path), "%s/log/%s", state, entry->d_name);
		status = tear(path, seed);
	}
	if (dir != NULL)
		closedir(dir);
	return dir == NULL ? -1 : status;
}

int
cut_power(const char *state, uint64_t seed)
{
	char path[PATH_SIZE];
	uint64_t first_seq = 0;

	snprintf(path, sizeof(path), "%s/boot", state);
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 1;
	if (fd < 0 || write(fd, MARK, strlen(MARK)) != (ssize_t)strlen(MARK)) {
		fprintf(stderr, "cannot write %s: %s\n", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	close(fd);
	if (!find_checkpoint(state, &first_seq)) {
		fprintf(stderr, "%s has no checkpoint\n", state);
		return -1;
	}
	snprintf(path, sizeof(path), "%s/tables.tdb", state);
	return tear(path, &seed) != 0 ? -1 : tear_logs(state, first_seq, &seed);
}
