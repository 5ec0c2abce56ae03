/*
 * ctl_file: writes files that get their names only when they are whole. The user who started
 * kabarctl, such as root, makes the file; a child that has become the realm's user fills it.
 */
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sync_directory.h"
#include "ctl/ctl.h"

static volatile sig_atomic_t stopped;

static void
note_signal(int number)
{
	stopped = number;
}

static int
fill_as_user(struct ctl *ctl, int fd, ctl_fill *fill)
{
	int status = ctl_open_realm(ctl);

	if (status != CTL_OK)
		return status;
	status = fill(ctl, fd);
	chat_close(&ctl->chat);
	return status;
}

/* A signal may reach this process alone: the child ends with it, and leaves no half file. */
static int
wait_for_child(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0) {
		if (errno != EINTR)
			return CTL_UNAVAILABLE;
		if (stopped != 0)
			kill(child, SIGTERM);
	}
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return ctl_error(CTL_UNAVAILABLE, "it was cut off by signal %d", WTERMSIG(status));
}

static int
write_in_child(struct ctl *ctl, int fd, ctl_fill *fill)
{
	struct sigaction action = { .sa_handler = note_signal }, before[3];
	static const int signals[] = { SIGHUP, SIGINT, SIGTERM };

	for (size_t i = 0; i < 3; i++)
		sigaction(signals[i], &action, &before[i]);
	pid_t child = fork();
	if (child == 0) {
		for (size_t i = 0; i < 3; i++)
			sigaction(signals[i], &before[i], NULL);
		_exit(stopped != 0 ? CTL_UNAVAILABLE : fill_as_user(ctl, fd, fill));
	}
	if (child < 0)
		return ctl_error(CTL_SYSTEM, "cannot start a process: %s", strerror(errno));
	return wait_for_child(child);
}

/* Whether another user can have put it there to read what a realm has: devices are the system's,
 * and a pipe without a name is the shell's. */
static bool
may_be_planted(int fd)
{
	struct stat st;
	struct statfs fs;

	if (fstat(fd, &st) != 0 || S_ISREG(st.st_mode))
		return true;
	if (st.st_uid == getuid() || (st.st_uid == 0 && !S_ISFIFO(st.st_mode)))
		return false;
	return fstatfs(fd, &fs) != 0 || fs.f_type != PIPEFS_MAGIC;
}

/* Writes to a device or a pipe, in whose place no file must come. */
static int
write_through(struct ctl *ctl, const char *path, ctl_fill *fill)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return ctl_error(CTL_CANNOT_MAKE, "cannot write %s: %s", path, strerror(errno));
	if (may_be_planted(fd)) {
		close(fd);
		return ctl_error(CTL_CANNOT_MAKE, "%s belongs to another user", path);
	}
	int status = fill_as_user(ctl, fd, fill);
	if (close(fd) != 0 && status == CTL_OK)
		status = ctl_error(CTL_IO, "cannot write %s: %s", path, strerror(errno));
	return status;
}

int
ctl_file_write(struct ctl *ctl, const char *path, ctl_fill *fill)
{
	char temporary[PATH_MAX];
	struct stat st;

	if (strcmp(path, "-") == 0)
		return fill_as_user(ctl, STDOUT_FILENO, fill);
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return write_through(ctl, path, fill);
	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= (int)sizeof(temporary))
		return ctl_error(CTL_USAGE, "the name of the file is too long");
	int fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return ctl_error(CTL_CANNOT_MAKE, "cannot make %s: %s", temporary, strerror(errno));
	int status = write_in_child(ctl, fd, fill);
	if (status == CTL_OK &&
	    (fsync(fd) != 0 || rename(temporary, path) != 0 || sync_directory_of(path) != 0))
		status = ctl_error(CTL_IO, "cannot write %s: %s", path, strerror(errno));
	close(fd);
	if (status != CTL_OK)
		unlink(temporary);
	return status;
}
