/*
 * backup_read: unpacks the archive of a realm. It may come from anywhere: nothing is made outside
 * the directory, under no other name than a realm's, and nothing counts before all sums agree.
 */
#include <sys/stat.h>

#include <archive.h>
#include <archive_entry.h>
#include <bsd/stdlib.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backup/backup.h"
#include "backup/sums.h"
#include "base/hex.h"

#define BLOCK       65536
#define LOG_DIGITS  16
#define HASH_DIGITS 64

struct reader {
	const char *directory;
	const char *realm;
	struct archive *archive;
	FILE *sums; /* of what came so far */
	bool labelled;
	bool summed;
	char *error;
	size_t size;
};

static int complain(struct reader *, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int
complain(struct reader *r, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(r->error, r->size, format, ap);
	va_end(ap);
	return -1;
}

static int
archive_failed(struct reader *r)
{
	const char *reason = archive_error_string(r->archive);

	return complain(r, "this is no backup, or not all of it: %s",
	    reason == NULL ? "it cannot be read" : reason);
}

/* file/XX/ and 64 digits of which XX are the first. */
static bool
is_body(const char *name)
{
	const char *hash = name + strlen("file/XX/");

	return strncmp(name, "file/", 5) == 0 && strspn(name + 5, HEX_DIGITS) == 2 &&
	    name[7] == '/' && strspn(hash, HEX_DIGITS) == HASH_DIGITS &&
	    hash[HASH_DIGITS] == '\0' && strncmp(name + 5, hash, 2) == 0;
}

static bool
is_log(const char *name)
{
	return strncmp(name, "log/", 4) == 0 && strspn(name + 4, HEX_DIGITS) == LOG_DIGITS &&
	    strcmp(name + 4 + LOG_DIGITS, ".tdb") == 0;
}

static bool
is_known(const char *name)
{
	return strcmp(name, "realm.key") == 0 || strcmp(name, "realm.crt") == 0 ||
	    strcmp(name, "tables.tdb") == 0 || is_log(name) || is_body(name);
}

/* Makes a file and the directories above it. */
static int
make_file(struct reader *r, const char *name)
{
	char path[PATH_MAX];
	size_t start = strlen(r->directory) + 1;

	snprintf(path, sizeof(path), "%s/%s", r->directory, name);
	for (char *slash = strchr(path + start, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0700) != 0 && errno != EEXIST)
			return complain(r, "cannot make %s: %s", path, strerror(errno));
		*slash = '/';
	}
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	return fd >= 0 ? fd : complain(r, "cannot make %s: %s", path, strerror(errno));
}

static int
write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t written = write(fd, data, len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -1;
		data += written;
		len -= (size_t)written;
	}
	return 0;
}

static int
take_content(struct reader *r, SHA2_CTX *sha, int fd, const char *name)
{
	char buffer[BLOCK];
	la_ssize_t got;

	while ((got = archive_read_data(r->archive, buffer, sizeof(buffer))) > 0) {
		SHA256Update(sha, (const unsigned char *)buffer, (size_t)got);
		if (write_all(fd, buffer, (size_t)got) != 0)
			return complain(r, "cannot write %s: %s", name, strerror(errno));
	}
	return got == 0 ? 0 : archive_failed(r);
}

static int
take_file(struct reader *r, const char *name)
{
	char hex[BACKUP_SUMS_HEX + 1];
	SHA2_CTX sha;
	int fd = make_file(r, name);

	if (fd < 0)
		return -1;
	SHA256Init(&sha);
	int result = take_content(r, &sha, fd, name);
	if (close(fd) != 0 && result == 0)
		result = complain(r, "cannot write %s: %s", name, strerror(errno));
	backup_sums_hex(&sha, hex);
	if (result == 0 && backup_sums_add(r->sums, hex, name) != 0)
		result = complain(r, "cannot write a temporary file: %s", strerror(errno));
	return result;
}

/* The value of a word in the label, up to the end of its line; "" where there is none. */
static void
label_value(const char *label, const char *word, char *value, size_t size)
{
	size_t len = strlen(word);

	value[0] = '\0';
	for (const char *line = label; line != NULL && *line != '\0';) {
		if (strncmp(line, word, len) == 0 && line[len] == ' ')
			snprintf(value, size, "%.*s", (int)strcspn(line + len + 1, "\n"),
			    line + len + 1);
		line = strchr(line, '\n');
		line = line == NULL ? NULL : line + 1;
	}
}

static int
take_label(struct reader *r)
{
	char label[BACKUP_LABEL_MAX], value[BACKUP_LABEL_MAX], hex[BACKUP_SUMS_HEX + 1];
	la_ssize_t len = archive_read_data(r->archive, label, sizeof(label) - 1);
	const char *wrong;
	SHA2_CTX sha;

	if (len < 0)
		return archive_failed(r);
	label[len] = '\0';
	SHA256Init(&sha);
	SHA256Update(&sha, (const unsigned char *)label, (size_t)len);
	backup_sums_hex(&sha, hex);
	label_value(label, "format", value, sizeof(value));
	strtonum(value, 1, BACKUP_FORMAT, &wrong);
	if (wrong != NULL)
		return complain(r,
		    "the backup was made by a newer kabar (its format is %.64s, this program knows "
		    "%d)",
		    value, BACKUP_FORMAT);
	label_value(label, "realm", value, sizeof(value));
	if (strcmp(value, r->realm) != 0)
		return complain(r, "the backup is of the realm %.64s, the configuration of %s",
		    value, r->realm);
	r->labelled = true;
	return backup_sums_add(r->sums, hex, BACKUP_LABEL) == 0
	    ? 0
	    : complain(r, "cannot write a temporary file: %s", strerror(errno));
}

/* What the archive says of itself must be what came out of it. */
static int
take_sums(struct reader *r)
{
	char theirs[BLOCK], ours[BLOCK];
	la_ssize_t got;

	if (fflush(r->sums) != 0 || fseek(r->sums, 0, SEEK_SET) != 0)
		return complain(r, "cannot read a temporary file: %s", strerror(errno));
	while ((got = archive_read_data(r->archive, theirs, sizeof(theirs))) > 0)
		if (fread(ours, 1, (size_t)got, r->sums) != (size_t)got ||
		    memcmp(ours, theirs, (size_t)got) != 0)
			return complain(r, "the backup is damaged: its sums do not agree");
	if (got < 0)
		return archive_failed(r);
	if (fgetc(r->sums) != EOF)
		return complain(r, "the backup is damaged: its sums do not agree");
	r->summed = true;
	return 0;
}

static int
take_entry(struct reader *r, struct archive_entry *entry)
{
	const char *name = archive_entry_pathname(entry);

	if (!r->labelled && (name == NULL || strcmp(name, BACKUP_LABEL) != 0))
		return complain(r, "this is no backup of kabar");
	if (name == NULL || r->summed || archive_entry_filetype(entry) != AE_IFREG ||
	    archive_entry_hardlink(entry) != NULL)
		return complain(r, "the backup holds what does not belong there");
	if (strcmp(name, BACKUP_SUMS) == 0)
		return take_sums(r);
	if (!r->labelled)
		return take_label(r);
	if (!is_known(name))
		return complain(r, "the backup holds what does not belong there");
	return take_file(r, name);
}

static int
take_all(struct reader *r)
{
	struct archive_entry *entry;
	int result;

	while ((result = archive_read_next_header(r->archive, &entry)) == ARCHIVE_OK)
		if (take_entry(r, entry) != 0)
			return -1;
	if (result != ARCHIVE_EOF)
		return archive_failed(r);
	return r->summed ? 0
	                 : complain(r, "this is no backup, or not all of it: it ends too early");
}

static int
sync_all(struct reader *r)
{
	int fd = open(r->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = fd < 0 ? -1 : syncfs(fd);

	if (result != 0)
		complain(r, "cannot write in %s: %s", r->directory, strerror(errno));
	if (fd >= 0)
		close(fd);
	return result;
}

/* Only filters that need no other program. */
static bool
begin(struct reader *r, int fd)
{
	archive_read_support_filter_gzip(r->archive);
	archive_read_support_filter_bzip2(r->archive);
	archive_read_support_filter_xz(r->archive);
	archive_read_support_filter_zstd(r->archive);
	return archive_read_support_format_tar(r->archive) == ARCHIVE_OK &&
	    archive_read_open_fd(r->archive, fd, BLOCK) == ARCHIVE_OK;
}

int
backup_read(int fd, const char *directory, const char *realm, char *error, size_t size)
{
	struct reader r = { .directory = directory, .realm = realm, .error = error, .size = size };
	int result = -1;

	r.archive = archive_read_new();
	r.sums = tmpfile();
	if (r.archive == NULL || r.sums == NULL)
		complain(&r, "cannot make a temporary file: %s", strerror(errno));
	else if (!begin(&r, fd))
		archive_failed(&r);
	else if (take_all(&r) == 0)
		result = sync_all(&r);
	if (r.sums != NULL)
		fclose(r.sums);
	archive_read_free(r.archive);
	return result;
}
