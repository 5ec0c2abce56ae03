/* store_mark: a file of one line, the id of a boot. */
#include "store/mark.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/sync_directory.h"
#include "store/int.h"
#include "store/store_admin.h"

#define MODE      0640 /* as the files of the store */
#define SYSTEM_ID "/proc/sys/kernel/random/boot_id"
#define ID_SIZE   64
#define UNKNOWN   "unknown" /* a boot that has no id */
#define WHOLE     "whole"   /* no writer has the files open */

/* Reads the first line of a file. 0, or -1 with errno set. */
static int
read_id(const char *path, char id[ID_SIZE])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return -1;
	ssize_t len = read(fd, id, ID_SIZE - 1);
	int saved = errno;
	close(fd);
	errno = saved;
	if (len < 0)
		return -1;
	id[len] = '\0';
	id[strcspn(id, " \n")] = '\0';
	return 0;
}

/* The id of this boot; empty when it cannot be known. */
static void
read_boot(const struct store *store, char id[ID_SIZE])
{
	if (store->opt.boot != NULL)
		snprintf(id, ID_SIZE, "%s", store->opt.boot);
	else if (read_id(SYSTEM_ID, id) != 0)
		id[0] = '\0';
}

enum store_mark
store_mark_look(const struct store *store)
{
	char path[PATH_MAX], marked[ID_SIZE], boot[ID_SIZE];

	store_path(store, path, sizeof(path), STORE_MARK_NAME);
	if (read_id(path, marked) != 0)
		return errno == ENOENT ? STORE_MARK_ABSENT : STORE_MARK_UNSURE;
	if (strcmp(marked, WHOLE) == 0)
		return STORE_MARK_ABSENT;
	read_boot(store, boot);
	if (boot[0] == '\0')
		return STORE_MARK_UNSURE;
	return strcmp(marked, boot) == 0 ? STORE_MARK_OURS : STORE_MARK_OTHER;
}

bool
store_mark_has_stopped(enum store_mark mark)
{
	return mark != STORE_MARK_ABSENT && mark != STORE_MARK_OURS;
}

/*
 * In place, so that no full disk keeps a writer from beginning. What is written in part names no
 * boot, and so none that this could be.
 */
static int
write_mark(const struct store *store, const char *id)
{
	char path[PATH_MAX], line[ID_SIZE + 1];
	struct stat st;

	snprintf(line, sizeof(line), "%-*s\n", ID_SIZE - 1, id);
	store_path(store, path, sizeof(path), STORE_MARK_NAME);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, MODE);
	if (fd < 0)
		return -1;
	bool is_new = fstat(fd, &st) != 0 || st.st_size == 0;
	errno = EIO;
	int result = pwrite(fd, line, ID_SIZE, 0) == ID_SIZE ? 0 : -1;
	if (result == 0)
		result = fsync(fd);
	int saved = errno;
	close(fd);
	errno = saved;
	return result == 0 && is_new ? sync_directory(store->state) : result;
}

int
store_mark_set(const struct store *store)
{
	char boot[ID_SIZE];

	read_boot(store, boot);
	return write_mark(store, boot[0] == '\0' ? UNKNOWN : boot);
}

int
store_mark_remove(const struct store *store)
{
	return write_mark(store, WHOLE);
}
