/* store_copies: the files of a checkpoint, and which of several counts. */
#include "store/copies.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/rmtree.h"
#include "base/sync_directory.h"
#include "store/int.h"

#define NAME_LEN  (16 + 1 + 8)
#define SYNC_SIZE (1024 * 1024)
#define PACE      9 /* for each time that the disk works, it is left alone so many times as long */

/* Reads the name of a directory of copies; false for any other. */
static bool
parse_name(const char *name, struct store_copies *copies)
{
	char *end;

	if (strlen(name) != NAME_LEN || name[16] != '.' ||
	    strspn(name, "0123456789abcdef.") != NAME_LEN)
		return false;
	copies->number = strtoull(name, &end, 16);
	if (end != name + 16)
		return false;
	copies->serial = (unsigned int)strtoul(name + 17, &end, 16);
	return *end == '\0';
}

static void
make_path(const struct store *store, const struct store_copies *copies, char path[PATH_MAX])
{
	char name[sizeof(STORE_COPIES_DIRECTORY) + 1 + NAME_LEN];

	snprintf(name, sizeof(name), STORE_COPIES_DIRECTORY "/%016" PRIx64 ".%08x", copies->number,
	    copies->serial);
	store_path(store, path, PATH_MAX, name);
}

static bool
is_later(const struct store_copies *a, const struct store_copies *b)
{
	return a->number != b->number ? a->number > b->number : a->serial > b->serial;
}

/* The next directory of copies in a list of all; false at its end. */
static bool
read_name(DIR *dir, struct store_copies *copies)
{
	struct dirent *entry;

	while ((entry = readdir(dir)) != NULL)
		if (parse_name(entry->d_name, copies))
			return true;
	return false;
}

static DIR *
open_list(const struct store *store)
{
	char path[PATH_MAX];

	store_path(store, path, sizeof(path), STORE_COPIES_DIRECTORY);
	return opendir(path);
}

/* 0, or -1 with errno set; ENOENT: there are none. */
static int
find_last(const struct store *store, struct store_copies *last)
{
	struct store_copies copies = { .number = 0 };
	bool found = false;
	DIR *dir = open_list(store);

	if (dir == NULL)
		return -1;
	while (read_name(dir, &copies)) {
		if (!found || is_later(&copies, last))
			*last = copies;
		found = true;
	}
	closedir(dir);
	errno = ENOENT;
	return found ? 0 : -1;
}

static void
remove_before(const struct store *store, const struct store_copies *last)
{
	struct store_copies copies = { .number = 0 };
	char path[PATH_MAX];
	DIR *dir = open_list(store);

	while (dir != NULL && read_name(dir, &copies)) {
		if (!is_later(last, &copies))
			continue;
		make_path(store, &copies, path);
		rmtree(path);
	}
	if (dir != NULL)
		closedir(dir);
}

/* Finds the one file of logs in a directory of copies. 0, or -1 with errno set. */
static int
find_log(struct store_copies *copies, const char *directory)
{
	char path[PATH_MAX];
	struct dirent *entry;
	bool found = false;

	snprintf(path, sizeof(path), "%.*s/log", (int)sizeof(path) - 8, directory);
	DIR *dir = opendir(path);
	if (dir == NULL)
		return -1;
	while (!found && (entry = readdir(dir)) != NULL)
		found = store_files_parse_name(entry->d_name, &copies->first_seq);
	closedir(dir);
	errno = ENOENT;
	return found ? 0 : -1;
}

static void
set_paths(struct store_copies *copies, const char *directory)
{
	char name[64];

	store_files_log_name(name, sizeof(name), copies->first_seq);
	snprintf(copies->tables, sizeof(copies->tables), "%.*s/" STORE_COPIES_TABLES,
	    STORE_STATE_MAX + 64, directory);
	snprintf(copies->log, sizeof(copies->log), "%.*s/%s", STORE_STATE_MAX + 64, directory,
	    name);
}

int
store_copies_find(const struct store *store, struct store_copies *copies)
{
	char directory[PATH_MAX];
	struct stat st;

	if (find_last(store, copies) != 0)
		return -1;
	make_path(store, copies, directory);
	if (find_log(copies, directory) != 0)
		return -1;
	set_paths(copies, directory);
	if (stat(copies->tables, &st) != 0)
		return -1;
	copies->made_ms = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
	return 0;
}

/* Makes a directory that may be there already. 0, or -1 with errno set. */
static int
make_directory(const struct store *store, const char *name)
{
	char path[PATH_MAX];

	store_path(store, path, sizeof(path), name);
	return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : -1;
}

int
store_copies_begin(const struct store *store, uint64_t first_seq, struct store_copies *copies)
{
	char directory[PATH_MAX];

	store_path(store, directory, sizeof(directory), STORE_COPIES_NEXT);
	*copies = (struct store_copies){ .first_seq = first_seq };
	set_paths(copies, directory);
	if (rmtree(directory) != 0 || make_directory(store, STORE_COPIES_DIRECTORY) != 0 ||
	    make_directory(store, STORE_COPIES_NEXT) != 0)
		return -1;
	return make_directory(store, STORE_COPIES_NEXT "/log");
}

/* Writes a piece of a file to the disk, and then leaves the disk to others for a while. */
static void
sync_piece(int fd, off_t at)
{
	int64_t begun_us = clock_monotonic_us(), pause_us;

	(void)sync_file_range(fd, at, SYNC_SIZE,
	    SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
	pause_us = PACE * (clock_monotonic_us() - begun_us);
	nanosleep(&(struct timespec){ .tv_sec = pause_us / 1000000,
	              .tv_nsec = pause_us % 1000000 * 1000 },
	    NULL);
}

int
store_copies_sync_file(const char *path, bool paced)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	if (fd < 0)
		return -1;
	if (paced && fstat(fd, &st) == 0)
		for (off_t at = 0; at < st.st_size; at += SYNC_SIZE)
			sync_piece(fd, at);
	int result = fsync(fd), saved = errno;
	close(fd);
	errno = saved;
	return result;
}

static int
sync_directory_at(const struct store *store, const char *name)
{
	char path[PATH_MAX];

	store_path(store, path, sizeof(path), name);
	return sync_directory(path);
}

int
store_copies_sync(const struct store *store, const struct store_copies *copies, bool paced)
{
	return store_copies_sync_file(copies->tables, paced) == 0 &&
	        store_copies_sync_file(copies->log, paced) == 0 &&
	        sync_directory_at(store, STORE_COPIES_NEXT "/log") == 0 &&
	        sync_directory_at(store, STORE_COPIES_NEXT) == 0 &&
	        sync_directory(store->state) == 0
	    ? 0
	    : -1;
}

int
store_copies_end(const struct store *store, uint64_t number)
{
	struct store_copies copies = { .number = number }, last = { .number = 0 };
	char from[PATH_MAX], to[PATH_MAX];

	if (find_last(store, &last) == 0 && last.number == number)
		copies.serial = last.serial + 1;
	store_path(store, from, sizeof(from), STORE_COPIES_NEXT);
	make_path(store, &copies, to);
	if (rename(from, to) != 0 || sync_directory_at(store, STORE_COPIES_DIRECTORY) != 0)
		return -1;
	remove_before(store, &copies);
	return 0;
}

void
store_copies_drop_next(const struct store *store)
{
	char path[PATH_MAX];
	int saved = errno;

	store_path(store, path, sizeof(path), STORE_COPIES_NEXT);
	rmtree(path);
	errno = saved;
}

int
store_copies_remove(const struct store *store)
{
	char path[PATH_MAX];

	store_path(store, path, sizeof(path), STORE_COPIES_DIRECTORY);
	return rmtree(path);
}
