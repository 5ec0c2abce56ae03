/* store_fsck unfinished: a file of one line, with a letter for each flag. See unfinished.h. */
#include "store/fsck/unfinished.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/sync_directory.h"
#include "store/store_admin.h"

#define TABLES    't'
#define LOGS      'l'
#define STATE     's'
#define NOTHING   '-'
#define LINE_SIZE 4 /* three flags and a newline */

static void
fill_path(const char *state, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/" STORE_REPAIR_NAME, state);
}

int
store_fsck_unfinished_recall(struct store_fsck *fsck)
{
	char path[PATH_MAX], line[LINE_SIZE];

	fill_path(fsck->opt->state, path);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	ssize_t len = read(fd, line, sizeof(line));
	int saved = errno;
	close(fd);
	errno = saved;
	if (len < 0)
		return -1;
	/* Of a file without a line the repair has ended before it changed anything. */
	fsck->tables_damaged |= memchr(line, TABLES, (size_t)len) != NULL;
	fsck->logs_damaged |= memchr(line, LOGS, (size_t)len) != NULL;
	fsck->state_damaged |= memchr(line, STATE, (size_t)len) != NULL;
	return 0;
}

/* Writes the line to a file that may have been made for it. 0 or -1 with errno set. */
static int
write_line(const struct store_fsck *fsck, const char line[LINE_SIZE])
{
	char path[PATH_MAX];

	fill_path(fsck->opt->state, path);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -1;
	errno = EIO;
	int result = pwrite(fd, line, LINE_SIZE, 0) == LINE_SIZE ? fsync(fd) : -1;
	int saved = errno;
	close(fd);
	errno = saved;
	return result == 0 ? sync_directory(fsck->opt->state) : -1;
}

int
store_fsck_unfinished_note(struct store_fsck *fsck)
{
	const char line[LINE_SIZE] = { fsck->tables_damaged ? TABLES : NOTHING,
		fsck->logs_damaged ? LOGS : NOTHING, fsck->state_damaged ? STATE : NOTHING, '\n' };
	const unsigned int flags = (unsigned int)fsck->tables_damaged |
	    (unsigned int)fsck->logs_damaged << 1 | (unsigned int)fsck->state_damaged << 2;

	if (fsck->dry || fsck->opt->memory || (flags | fsck->noted) == fsck->noted)
		return 0;
	if (write_line(fsck, line) != 0)
		return -1;
	fsck->noted = flags;
	return 0;
}

int
store_fsck_unfinished_end(const char *state)
{
	char path[PATH_MAX];

	fill_path(state, path);
	if (unlink(path) != 0)
		return errno == ENOENT ? 0 : -1;
	return sync_directory(state);
}

bool
store_fsck_unfinished_is_there(const char *state)
{
	char path[PATH_MAX];

	fill_path(state, path);
	return access(path, F_OK) == 0;
}
