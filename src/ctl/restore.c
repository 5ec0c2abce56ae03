/*
 * ctl_restore: brings a realm back from a backup. It is unpacked, given new epochs and checked in a
 * directory of its own; only then it takes its place, the tables last: without them there is no
 * store.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "backup/backup.h"
#include "base/clock.h"
#include "base/rmtree.h"
#include "base/sync_directory.h"
#include "chat/realm/outbound.h"
#include "ctl/ctl.h"
#include "ctl/hold.h"
#include "store/store_admin.h"

#define ERROR_MAX         1024
#define DIRECTORY         "restore"
#define RESTORES_A_SECOND 99 /* at most, lest their directories have the same name */

static int
fill_path(char path[PATH_MAX], const char *directory, const char *name)
{
	return snprintf(path, PATH_MAX, "%s/%s", directory, name);
}

static bool
has_realm(const char *directory)
{
	char path[PATH_MAX];
	struct stat st;

	for (size_t i = 0; i < BACKUP_PIECES; i++) {
		fill_path(path, directory, backup_pieces[i]);
		if (lstat(path, &st) == 0)
			return true;
	}
	return false;
}

static int
move_piece(const char *from, const char *to, const char *name)
{
	char old[PATH_MAX], new[PATH_MAX];

	fill_path(old, from, name);
	fill_path(new, to, name);
	if (rename(old, new) == 0 || errno == ENOENT)
		return CTL_OK;
	return ctl_error(CTL_IO, "cannot move %s to %s: %s", old, new, strerror(errno));
}

static int
sync_names(const char *directory)
{
	if (sync_directory(directory) == 0)
		return CTL_OK;
	return ctl_error(CTL_IO, "cannot write in %s: %s", directory, strerror(errno));
}

/* A directory named by the time, of which there may have been another restore. */
static int
make_directory(const char *state, char directory[PATH_MAX])
{
	char stamp[CLOCK_TEXT_SIZE], name[64];

	clock_stamp(stamp);
	snprintf(name, sizeof(name), "before-%s", stamp);
	fill_path(directory, state, name);
	for (int n = 2; mkdir(directory, 0700) != 0; n++) {
		if (errno != EEXIST || n > RESTORES_A_SECOND)
			return ctl_error(CTL_CANNOT_MAKE, "cannot make %s: %s", directory,
			    strerror(errno));
		snprintf(name, sizeof(name), "before-%s-%d", stamp, n);
		fill_path(directory, state, name);
	}
	return CTL_OK;
}

/* Moves the realm that is there away, the tables first. */
static int
move_aside(struct ctl *ctl)
{
	const char *state = ctl->config.state;
	char directory[PATH_MAX];
	int status = make_directory(state, directory);

	if (status != CTL_OK)
		return status;
	for (size_t i = BACKUP_PIECES; i-- > 0 && status == CTL_OK;)
		status = move_piece(state, directory, backup_pieces[i]);
	if (status == CTL_OK)
		status = sync_names(directory);
	if (status == CTL_OK) {
		ctl_say(ctl, "what was there is in %s\n", directory);
		ctl_report_text(ctl, "moved_aside", directory);
	}
	return status;
}

static int
move_in(const char *from, const char *state)
{
	int status = CTL_OK;

	for (size_t i = 0; i < BACKUP_PIECES && status == CTL_OK; i++) {
		if (i + 1 == BACKUP_PIECES)
			status = sync_names(state);
		if (status == CTL_OK)
			status = move_piece(from, state, backup_pieces[i]);
	}
	return status == CTL_OK ? sync_names(state) : status;
}

/* Other realms must not take new messages for those that were sent after the backup. */
static int
renew_epochs(struct chat *chat)
{
	enum chat_result result = CHAT_OK;
	struct chat_peer peer;

	for (uint32_t i = 0; result == CHAT_OK; i++) {
		result = chat_peer_at(chat, i, &peer);
		if (result == CHAT_OK)
			result = chat_outbound_renew(chat, peer.id);
	}
	return result == CHAT_NO_REALM
	    ? CTL_OK
	    : ctl_error(CTL_UNAVAILABLE, "the epochs: %s", chat_strerror(result));
}

/* A committer at work in the new directory ends before that is moved. */
static void
end_committer(const struct config *config)
{
	struct store_options opt = chat_store_options(config);
	struct store_watch *watch = store_watch_open(&opt);

	if (watch != NULL)
		store_watch_close(watch);
}

/* Prepares the realm that was read. *check is the status of check, which stops no restore. */
static int
prepare_realm(struct ctl *ctl, const char *directory, int *check)
{
	struct config config = ctl->config;
	char error[ERROR_MAX];
	struct chat chat;

	if (snprintf(config.state, sizeof(config.state), "%s", directory) >=
	    (int)sizeof(config.state))
		return ctl_error(CTL_CONFIG, "the path of the state directory is too long");
	if (chat_open(&chat, &config, error, sizeof(error)) != 0)
		return ctl_error(CTL_UNAVAILABLE, "%s", error);
	int status = renew_epochs(&chat);
	if (status == CTL_OK)
		*check = ctl_check_realm(ctl, &chat);
	chat_close(&chat);
	end_committer(&config);
	return *check == CTL_UNAVAILABLE ? CTL_UNAVAILABLE : status;
}

static int
restore_realm(struct ctl *ctl, int fd, const char *directory)
{
	const char *state = ctl->config.state;
	bool aside = has_realm(state);
	char error[ERROR_MAX];
	int check = CTL_OK;

	if (aside && ctl->options['m'] == NULL)
		return ctl_error(CTL_REFUSED,
		    "there is a realm in %s already: with -m it is moved aside", state);
	if (rmtree(directory) != 0 || mkdir(directory, 0700) != 0)
		return ctl_error(CTL_CANNOT_MAKE, "cannot make %s: %s", directory, strerror(errno));
	if (backup_read(fd, directory, ctl->config.realm, error, sizeof(error)) != 0)
		return ctl_error(CTL_DATA, "%s", error);
	int status = prepare_realm(ctl, directory, &check);
	if (status == CTL_OK && aside)
		status = move_aside(ctl);
	if (status == CTL_OK)
		status = move_in(directory, state);
	return status == CTL_OK ? check : status;
}

static int
open_backup(const char *path)
{
	int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		ctl_error(CTL_NO_INPUT, "cannot read %s: %s", path, strerror(errno));
	return fd;
}

int
ctl_restore(struct ctl *ctl)
{
	struct ctl_hold hold = { .master = -1, .committer = -1 };
	int fd = open_backup(ctl->operands[0]);
	char directory[PATH_MAX];

	if (fd < 0)
		return CTL_NO_INPUT;
	int status = ctl_state_make(&ctl->config);
	if (status == CTL_OK)
		status = ctl_hold_take(ctl, &hold);
	if (status == CTL_OK) {
		fill_path(directory, ctl->config.state, DIRECTORY);
		status = restore_realm(ctl, fd, directory);
		rmtree(directory);
	}
	ctl_hold_drop(ctl, &hold);
	close(fd);
	return status;
}
