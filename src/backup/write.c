/*
 * backup_write: makes the archive of a realm: what it holds and in which order is said in backup.h.
 */
#include <sys/stat.h>

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "backup/backup.h"
#include "backup/sums.h"
#include "base/clock.h"
#include "base/hex.h"
#include "chat/file/blob.h"
#include "store/store_admin.h"

#define BLOCK 65536

struct writer {
	struct chat *chat;
	struct archive *archive;
	FILE *sums; /* what is in the archive so far */
	char *error;
	size_t size;
};

static int complain(struct writer *, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int
complain(struct writer *w, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(w->error, w->size, format, ap);
	va_end(ap);
	return -1;
}

static int
archive_failed(struct writer *w)
{
	const char *reason = archive_error_string(w->archive);

	return complain(w, "the backup cannot be written: %s",
	    reason == NULL ? strerror(archive_errno(w->archive)) : reason);
}

static int
begin_entry(struct writer *w, const char *name, int64_t size, time_t time)
{
	struct archive_entry *entry = archive_entry_new();

	if (entry == NULL)
		return complain(w, "out of memory");
	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0600);
	archive_entry_set_size(entry, size);
	archive_entry_set_mtime(entry, time, 0);
	int result = archive_write_header(w->archive, entry);
	archive_entry_free(entry);
	return result == ARCHIVE_OK ? 0 : archive_failed(w);
}

static int
add_data(struct writer *w, SHA2_CTX *sha, const void *data, size_t len)
{
	SHA256Update(sha, data, len);
	return archive_write_data(w->archive, data, len) == (la_ssize_t)len ? 0 : archive_failed(w);
}

static int
end_entry(struct writer *w, SHA2_CTX *sha, const char *name)
{
	char hex[BACKUP_SUMS_HEX + 1];

	backup_sums_hex(sha, hex);
	if (backup_sums_add(w->sums, hex, name) != 0)
		return complain(w, "cannot write a temporary file: %s", strerror(errno));
	return 0;
}

/* What is in a file from its beginning on, as long as it was said to be. */
static int
add_content(struct writer *w, SHA2_CTX *sha, int fd, const char *name, int64_t size)
{
	char buffer[BLOCK];

	while (size > 0) {
		ssize_t got = read(fd, buffer,
		    size < (int64_t)sizeof(buffer) ? (size_t)size : sizeof(buffer));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return complain(w, "cannot read %s: %s", name,
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
		complain(w, "cannot read %s: %s", name, strerror(errno));
	else if (begin_entry(w, name, st.st_size, st.st_mtime) == 0 &&
	    add_content(w, &sha, fd, name, st.st_size) == 0)
		result = end_entry(w, &sha, name);
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
	char text[BACKUP_LABEL_MAX], when[CLOCK_TEXT_SIZE];
	int64_t now_ms = clock_now_ms();
	SHA2_CTX sha;

	clock_iso(now_ms, when);
	int len = snprintf(text, sizeof(text), "format %d\nrealm %s\ntime %s\nmade-by %s\n",
	    BACKUP_FORMAT, w->chat->config->realm, when, PACKAGE_STRING);
	SHA256Init(&sha);
	return begin_entry(w, BACKUP_LABEL, len, (time_t)(now_ms / 1000)) == 0 &&
	        add_data(w, &sha, text, (size_t)len) == 0
	    ? end_entry(w, &sha, BACKUP_LABEL)
	    : -1;
}

/* A realm of a time without keys has none. */
static int
add_key(struct writer *w, const char *name)
{
	int fd = open_below(w->chat->config->state, name);

	return fd < 0 && errno == ENOENT ? 0 : add_file(w, name, fd);
}

static int
is_log(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int
add_logs(struct writer *w, const char *snapshot)
{
	char path[PATH_MAX], name[BACKUP_NAME_MAX];
	struct dirent **logs;
	int result = 0;

	snprintf(path, sizeof(path), "%s/log", snapshot);
	int n = scandir(path, &logs, is_log, alphasort);
	if (n < 0)
		return complain(w, "cannot read %s: %s", path, strerror(errno));
	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "log/%.64s", logs[i]->d_name);
		if (result == 0)
			result = add_file(w, name, open_below(snapshot, name));
		free(logs[i]);
	}
	free(logs);
	return result;
}

static int
add_body(void *arg, const unsigned char hash[CHAT_BLOB_HASH])
{
	struct writer *w = arg;
	char name[BACKUP_NAME_MAX];
	size_t len = (size_t)snprintf(name, sizeof(name), "file/%02x/", hash[0]);

	hex_write(hash, CHAT_BLOB_HASH, name + len);
	return add_file(w, name, chat_blob_open(w->chat->config, hash));
}

static int
add_sums(struct writer *w)
{
	long size = ftell(w->sums);
	SHA2_CTX unused;

	SHA256Init(&unused);
	if (size < 0 || fflush(w->sums) != 0 || lseek(fileno(w->sums), 0, SEEK_SET) != 0)
		return complain(w, "cannot write a temporary file: %s", strerror(errno));
	return begin_entry(w, BACKUP_SUMS, size, time(NULL)) == 0
	    ? add_content(w, &unused, fileno(w->sums), BACKUP_SUMS, size)
	    : -1;
}

static int
add_all(struct writer *w, const char *snapshot)
{
	if (add_label(w) != 0 || add_key(w, "realm.key") != 0 || add_key(w, "realm.crt") != 0 ||
	    add_file(w, "tables.tdb", open_below(snapshot, "tables.tdb")) != 0 ||
	    add_logs(w, snapshot) != 0)
		return -1;
	if (chat_blob_each(w->chat->config, add_body, w) != 0)
		return complain(w, "cannot read the contents of files: %s", strerror(errno));
	return w->error[0] == '\0' ? add_sums(w) : -1;
}

/* The contents stay from before the moment of the snapshot on until they are read. */
static int
add_snapshot(struct writer *w)
{
	struct store_snapshot snapshot;
	int result, hold = chat_blob_hold(w->chat->config);

	if (hold < 0)
		return complain(w, "cannot lock the contents of files: %s", strerror(errno));
	switch (store_snapshot_take(w->chat->store, &snapshot)) {
	case STORE_OK:
		result = add_all(w, snapshot.path);
		store_snapshot_end(&snapshot);
		break;
	case STORE_CONFLICT:
		result = complain(w, "another backup is being made");
		break;
	case STORE_NO_SPACE:
		result = complain(w, "there is no space for copies in %s", w->chat->config->state);
		break;
	default:
		result = complain(w, "the store cannot be copied, see the log");
	}
	close(hold);
	return result;
}

int
backup_write(struct chat *chat, int fd, char *error, size_t size)
{
	struct writer w = { .chat = chat, .error = error, .size = size };
	int result = -1;

	error[0] = '\0';
	w.archive = archive_write_new();
	w.sums = tmpfile();
	if (w.archive == NULL || w.sums == NULL) {
		complain(&w, "cannot make a temporary file: %s", strerror(errno));
		goto out;
	}
	if (archive_write_set_format_pax_restricted(w.archive) != ARCHIVE_OK ||
	    archive_write_set_bytes_per_block(w.archive, BLOCK) != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(w.archive, 1) != ARCHIVE_OK ||
	    archive_write_open_fd(w.archive, fd) != ARCHIVE_OK) {
		archive_failed(&w);
		goto out;
	}
	result = add_snapshot(&w);
	if (result == 0 && archive_write_close(w.archive) != ARCHIVE_OK)
		result = archive_failed(&w);
out:
	if (w.sums != NULL)
		fclose(w.sums);
	archive_write_free(w.archive);
	return result;
}
