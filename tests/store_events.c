/*
 * store_events: a record of what changes the files below a directory. See store_events.h.
 */
#include "store_events.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILES_MOST  8192
#define EVENTS_MOST 200000
#define DATA_MOST   (1024UL * 1024 * 1024) /* reserved, not used */
#define GONE        " (deleted)"           /* what the kernel appends to the name */

struct record {
	bool on;
	size_t n_files;
	ino_t files[FILES_MOST]; /* [i] has the number i + 1; of equal ones the last is meant */
	size_t n;
	size_t data_used;
	struct fault_event events[EVENTS_MOST];
	unsigned char data[DATA_MOST];
};

static struct record *records[2];
static struct record *record;

static void __attribute__((noreturn)) give_up(const char *why, const char *path)
{
	fprintf(stderr, "store_events: %s %s\n", why, path);
	abort();
}

void
events_share(void)
{
	for (size_t i = 0; i < 2 && records[i] == NULL; i++) {
		records[i] = mmap(NULL, sizeof(*record), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (records[i] == MAP_FAILED)
			give_up("no memory for", "events");
		record = records[0];
	}
}

void
events_choose(unsigned int which)
{
	record = records[which];
}

bool
events_are_recorded(void)
{
	return record != NULL && record->on;
}

static struct fault_event *
add_event(enum fault_event_type type, uint64_t file)
{
	if (record->n == EVENTS_MOST)
		give_up("too many", "events");
	struct fault_event *event = &record->events[record->n++];
	*event = (struct fault_event){ .type = type, .file = file };
	return event;
}

static uint64_t
add_file(ino_t inode)
{
	if (record->n_files == FILES_MOST)
		give_up("too many", "files");
	record->files[record->n_files] = inode;
	return ++record->n_files;
}

/* 0: not seen before. */
static uint64_t
find_file(ino_t inode)
{
	size_t i = record->n_files;

	while (i > 0 && record->files[i - 1] != inode)
		i--;
	return i;
}

static ino_t
inode_of(const char *path)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		give_up("cannot see", path);
	return st.st_ino;
}

/* Gives the directory in which a name is, and the name without it. */
static uint64_t
split_path(const char *path, char name[FAULT_NAME_MAX])
{
	char directory[PATH_MAX];
	const char *slash = strrchr(path, '/');

	if (slash == NULL || strlen(slash + 1) >= FAULT_NAME_MAX)
		give_up("not a name to record:", path);
	snprintf(directory, sizeof(directory), "%.*s", (int)(slash - path), path);
	snprintf(name, FAULT_NAME_MAX, "%s", slash + 1);
	uint64_t dir = find_file(inode_of(directory));
	if (dir == 0)
		give_up("nobody saw how it was made:", directory);
	return dir;
}

void
events_add_name(enum fault_event_type type, const char *path)
{
	char name[FAULT_NAME_MAX];
	uint64_t dir = split_path(path, name), file = 0;
	struct stat st;

	/* A file with one name is new, though it may have the inode of one that is gone. */
	if (type != FAULT_EVENT_UNLINK) {
		if (lstat(path, &st) != 0)
			give_up("cannot see", path);
		if (type == FAULT_EVENT_CREATE && st.st_nlink > 1)
			file = find_file(st.st_ino);
		if (file == 0)
			file = add_file(st.st_ino);
	}
	struct fault_event *event = add_event(type, file);
	event->dir = dir;
	memcpy(event->name, name, sizeof(name));
}

void
events_add_rename(const char *from, const char *to)
{
	char name[FAULT_NAME_MAX], new_name[FAULT_NAME_MAX];
	uint64_t dir = split_path(from, name), to_dir = split_path(to, new_name);
	struct fault_event *event = add_event(FAULT_EVENT_RENAME, find_file(inode_of(to)));

	event->dir = dir;
	event->to_dir = to_dir;
	memcpy(event->name, name, sizeof(name));
	memcpy(event->to, new_name, sizeof(new_name));
}

/* A file that was made by a call nobody saw has just been made. */
static uint64_t
file_of(int fd)
{
	char link[64], path[PATH_MAX];
	struct stat st;

	if (fstat(fd, &st) != 0)
		give_up("cannot see", "a descriptor");
	uint64_t file = find_file(st.st_ino);
	if (file != 0)
		return file;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t len = readlink(link, path, sizeof(path) - 1);
	path[len < 0 ? 0 : len] = '\0';
	if (strstr(path, GONE) != NULL)
		give_up("nobody saw how it was made:", path);
	events_add_name(FAULT_EVENT_CREATE, path);
	return find_file(st.st_ino);
}

void
events_add_data(enum fault_event_type type, int fd, uint64_t offset, const void *data, size_t len)
{
	uint64_t file = file_of(fd);
	struct fault_event *event = add_event(type, file);
	unsigned char *copy = record->data + record->data_used;

	if (len > DATA_MOST - record->data_used)
		give_up("too much", "data");
	event->offset = offset;
	event->len = len;
	event->data = copy;
	if (len > 0)
		memcpy(copy, data, len);
	record->data_used += len;
}

void
events_add_sync(int fd)
{
	struct stat st;
	bool directory = fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
	uint64_t file = file_of(fd);

	add_event(directory ? FAULT_EVENT_SYNC_NAMES : FAULT_EVENT_SYNC, file);
}

void
events_add_mark(uint64_t mark)
{
	add_event(FAULT_EVENT_MARK, mark);
}

static void
record_content(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) != 0)
		give_up("cannot read", path);
	unsigned char *content = malloc((size_t)st.st_size + 1);
	if (content == NULL || read(fd, content, (size_t)st.st_size) != st.st_size)
		give_up("cannot read", path);
	events_add_data(FAULT_EVENT_WRITE, fd, 0, content, (size_t)st.st_size);
	events_add_sync(fd);
	free(content);
	close(fd);
}

static void
record_directory(const char *path, uint64_t dir)
{
	char below[PATH_MAX];
	struct dirent *found;
	struct stat st;
	DIR *open = opendir(path);

	if (open == NULL)
		give_up("cannot read", path);
	while ((found = readdir(open)) != NULL) {
		if (strcmp(found->d_name, ".") == 0 || strcmp(found->d_name, "..") == 0)
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, found->d_name);
		if (lstat(below, &st) != 0)
			give_up("cannot see", below);
		bool directory = S_ISDIR(st.st_mode);
		if (!directory && !S_ISREG(st.st_mode))
			continue;
		events_add_name(directory ? FAULT_EVENT_DIRECTORY : FAULT_EVENT_CREATE, below);
		if (directory)
			record_directory(below, find_file(st.st_ino));
		else
			record_content(below);
	}
	closedir(open);
	add_event(FAULT_EVENT_SYNC_NAMES, dir);
}

void
events_begin(const char *dir)
{
	record->n = record->n_files = record->data_used = 0;
	record_directory(dir, add_file(inode_of(dir)));
	record->on = true;
}

void
events_end(void)
{
	if (record != NULL)
		record->on = false;
}

const struct fault_event *
events_list(size_t *n)
{
	*n = record->n;
	return record->events;
}
