/*
 * ctl_backup: saves a realm into a file.
 */
#include <string.h>
#include <unistd.h>

#include "backup/backup.h"
#include "ctl/ctl.h"

#define ERROR_MAX 1024

static int
write_backup(struct ctl *ctl, int fd)
{
	char error[ERROR_MAX];

	return backup_write(&ctl->chat, fd, error, sizeof(error)) == 0
	    ? CTL_OK
	    : ctl_error(CTL_UNAVAILABLE, "%s", error);
}

int
ctl_backup(struct ctl *ctl)
{
	const char *path = ctl->operands[0];

	if (strcmp(path, "-") == 0 && isatty(STDOUT_FILENO))
		return ctl_error(CTL_USAGE, "a backup is nothing for a terminal");
	if (strcmp(path, "-") == 0 && ctl->json)
		return ctl_error(CTL_USAGE, "standard output takes the backup or -j, not both");
	return ctl_file_write(ctl, path, write_backup);
}
