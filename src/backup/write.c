/*
 * backup_write: makes the archive of a realm, in the order that int.h says.
 */
#include <sys/stat.h>

#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "backup/backup.h"
#include "backup/int.h"
#include "chat/file/blob.h"
#include "store/store_admin.h"

#define FAILED "the backup cannot be written"

struct writer {
	struct backup_archive base;
	struct chat *chat;
};

static int
begin_entry(struct writer *w, const char *name, int64_t size, time_t time)
{
	struct archive_entry *entry = archive_entry_new();

	if (entry == NULL)
		return backup_fail(&w->base, "out of memory");
	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0600);
	archive_entry_set_size(entry, size);
	archive_entry_set_mtime(entry, time, 0);
	int result = archive_write_header(w->base.archive, entry);
	archive_entry_free(entry);
	return result == ARCHIVE_OK ? 0 : backup_fail_archive(&w->base, FAILED);
}

static int
add_data(struct writer *w, SHA2_CTX *sha, const void *data, size_t len)
{
	SHA256Update(sha, data, len);
	return archive_write_data(w->base.archive, data, len) == (la_ssize_t)len
	    ? 0
	    : backup_fail_archive(&w->base, FAILED);
}

/* Adds the first `size` bytes of a file. */
static int
add_content(struct writer *w, SHA2_CTX *sha, int fd, const char *name, int64_t size)
{
	char buffer[BACKUP_BLOCK];

	while (size > 0) {
		ssize_t got = read(fd, buffer,
		    size < (int64_t)sizeof(buffer) ? (size_t)size : sizeof(buffer));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return backup_fail(&w->base, "cannot read %s: %s", name,
			    got < 0 ? strerror(errno) : "it has become shorter");
		if (add_data(w, sha, buffer, (size_t)got) != 0)
			return -1;
		size -= got;
	}
	return 0;
}

/* Closes the file. */
static int
add_file(struct writer *w, const char *name, int fd)
{
	int result = -1;
	struct stat st;
	SHA2_CTX sha;

	SHA256Init(&sha);
	if (fd < 0 || fstat(fd, &st) != 0)
		backup_fail(&w->base, "cannot read %s: %s", name, strerror(errno));
	else if (begin_entry(w, name, st.st_size, st.st_mtime) == 0 &&
	    add_content(w, &sha, fd, name, st.st_size) == 0)
		result = backup_add_sum(&w->base, &sha, name);
	if (fd >= 0)
		close(fd);
	return result;
}

static int
open_below(const char *directory, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

static int
add_label(struct writer *w)
{
	char text[BACKUP_TEXT];
	size_t len = backup_write_label(text, w->chat->config->realm);
	SHA2_CTX sha;

	SHA256Init(&sha);
	return begin_entry(w, BACKUP_LABEL, (int64_t)len, time(NULL)) == 0 &&
	        add_data(w, &sha, text, len) == 0
	    ? backup_add_sum(&w->base, &sha, BACKUP_LABEL)
	    : -1;
}

/* An old realm has no key, and a new one no passwords. */
static int
add_if_there(struct writer *w, const char *name)
{
	int fd = open_below(w->chat->config->state, name);

	return fd < 0 && errno == ENOENT ? 0 : add_file(w, name, fd);
}

static int
is_no_dot_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int
add_logs(struct writer *w, const char *snapshot)
{
	char path[PATH_MAX], name[BACKUP_NAME];
	struct dirent **logs;
	int result = 0;

	snprintf(path, sizeof(path), "%s/" BACKUP_LOGS, snapshot);
	int n = scandir(path, &logs, is_no_dot_file, alphasort);
	if (n < 0)
		return backup_fail(&w->base, "cannot read %s: %s", path, strerror(errno));
	for (int i = 0; i < n; i++) {
		backup_log_name(name, logs[i]->d_name);
		if (result == 0)
			result = add_file(w, name, open_below(snapshot, name));
		free(logs[i]);
	}
	free(logs);
	return result;
}

static int
add_blob(void *arg, const unsigned char hash[CHAT_BLOB_HASH])
{
	struct writer *w = arg;
	char name[BACKUP_NAME];

	backup_blob_name(name, hash);
	return add_file(w, name, chat_blob_open(w->chat->config, hash));
}

static int
add_sums(struct writer *w)
{
	long size = ftell(w->base.sums);
	SHA2_CTX unused;

	SHA256Init(&unused);
	if (size < 0 || fflush(w->base.sums) != 0 || lseek(fileno(w->base.sums), 0, SEEK_SET) != 0)
		return backup_fail(&w->base, "cannot write a temporary file: %s", strerror(errno));
	return begin_entry(w, BACKUP_SUMS, size, time(NULL)) == 0
	    ? add_content(w, &unused, fileno(w->base.sums), BACKUP_SUMS, size)
	    : -1;
}

static int
add_realm(struct writer *w, const char *snapshot)
{
	if (add_label(w) != 0 || add_if_there(w, BACKUP_KEY) != 0 ||
	    add_if_there(w, BACKUP_CERT) != 0 || add_if_there(w, BACKUP_PASSWORDS) != 0 ||
	    add_file(w, BACKUP_TABLES, open_below(snapshot, BACKUP_TABLES)) != 0 ||
	    add_logs(w, snapshot) != 0)
		return -1;
	if (chat_blob_each(w->chat->config, add_blob, w) != 0)
		return backup_fail(&w->base, "cannot read the contents of files: %s",
		    strerror(errno));
	return w->base.error[0] == '\0' ? add_sums(w) : -1;
}

/* The contents stay from before the moment of the snapshot on until they are read. */
static int
add_snapshot(struct writer *w)
{
	struct store_snapshot snapshot = { .path = "" };
	int result, hold = chat_blob_hold(w->chat->config);

	if (hold < 0)
		return backup_fail(&w->base, "cannot lock the contents of files: %s",
		    strerror(errno));
	switch (store_snapshot_take(w->chat->store, &snapshot)) {
	case STORE_OK:
		result = add_realm(w, snapshot.path);
		store_snapshot_end(&snapshot);
		break;
	case STORE_CONFLICT:
		result = backup_fail(&w->base, "another backup is being made");
		break;
	case STORE_NO_SPACE:
		result = backup_fail(&w->base, "there is no space for copies in %s",
		    w->chat->config->state);
		break;
	default:
		result = backup_fail(&w->base, "the store cannot be copied, see the log");
	}
	close(hold);
	return result;
}

static int
open_archive(struct writer *w, int fd)
{
	struct archive *archive = w->base.archive;

	if (archive_write_set_format_pax_restricted(archive) == ARCHIVE_OK &&
	    archive_write_set_bytes_per_block(archive, BACKUP_BLOCK) == ARCHIVE_OK &&
	    archive_write_set_bytes_in_last_block(archive, 1) == ARCHIVE_OK &&
	    archive_write_open_fd(archive, fd) == ARCHIVE_OK)
		return 0;
	return backup_fail_archive(&w->base, FAILED);
}

int
backup_write(struct chat *chat, int fd, char *error, size_t size)
{
	struct writer w = {
		.base = { .archive = archive_write_new(), .error = error, .size = size },
		.chat = chat
	};
	int result = backup_begin(&w.base);

	if (result == 0)
		result = open_archive(&w, fd);
	if (result == 0)
		result = add_snapshot(&w);
	if (result == 0 && archive_write_close(w.base.archive) != ARCHIVE_OK)
		result = backup_fail_archive(&w.base, FAILED);
	backup_end(&w.base);
	return result;
}
