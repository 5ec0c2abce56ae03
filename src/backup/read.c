/*
 * backup_read: unpacks the archive of a realm. It may come from anywhere: nothing is made outside
 * the directory, under no other name than a realm's, and nothing counts before all sums agree.
 */
#include <sys/stat.h>

#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "backup/backup.h"
#include "backup/int.h"

#define NOT_WHOLE "this is no backup, or not all of it"
#define ALIEN     "the backup holds what does not belong there"
#define DAMAGED   "the backup is damaged: its sums do not agree"

struct reader {
	struct backup_archive base;
	const char *directory;
	const char *realm;
	bool labelled;
	bool summed;
};

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
			return backup_fail(&r->base, "cannot make %s: %s", path, strerror(errno));
		*slash = '/';
	}
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	return fd >= 0 ? fd : backup_fail(&r->base, "cannot make %s: %s", path, strerror(errno));
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
	char buffer[BACKUP_BLOCK];
	la_ssize_t got;

	while ((got = archive_read_data(r->base.archive, buffer, sizeof(buffer))) > 0) {
		SHA256Update(sha, (const unsigned char *)buffer, (size_t)got);
		if (write_all(fd, buffer, (size_t)got) != 0)
			return backup_fail(&r->base, "cannot write %s: %s", name, strerror(errno));
	}
	return got == 0 ? 0 : backup_fail_archive(&r->base, NOT_WHOLE);
}

static int
take_file(struct reader *r, const char *name)
{
	SHA2_CTX sha;
	int fd = make_file(r, name);

	if (fd < 0)
		return -1;
	SHA256Init(&sha);
	int result = take_content(r, &sha, fd, name);
	if (close(fd) != 0 && result == 0)
		result = backup_fail(&r->base, "cannot write %s: %s", name, strerror(errno));
	return result == 0 ? backup_add_sum(&r->base, &sha, name) : -1;
}

static int
take_label(struct reader *r)
{
	char label[BACKUP_TEXT];
	la_ssize_t len = archive_read_data(r->base.archive, label, sizeof(label) - 1);
	SHA2_CTX sha;

	if (len < 0)
		return backup_fail_archive(&r->base, NOT_WHOLE);
	label[len] = '\0';
	SHA256Init(&sha);
	SHA256Update(&sha, (const unsigned char *)label, (size_t)len);
	r->labelled = backup_check_label(&r->base, label, r->realm) == 0;
	return r->labelled ? backup_add_sum(&r->base, &sha, BACKUP_LABEL) : -1;
}

/* The sums in the archive must be those of what came out of it. */
static int
take_sums(struct reader *r)
{
	char theirs[BACKUP_BLOCK], ours[BACKUP_BLOCK];
	la_ssize_t got;

	if (fflush(r->base.sums) != 0 || fseek(r->base.sums, 0, SEEK_SET) != 0)
		return backup_fail(&r->base, "cannot read a temporary file: %s", strerror(errno));
	while ((got = archive_read_data(r->base.archive, theirs, sizeof(theirs))) > 0)
		if (fread(ours, 1, (size_t)got, r->base.sums) != (size_t)got ||
		    memcmp(ours, theirs, (size_t)got) != 0)
			return backup_fail(&r->base, DAMAGED);
	if (got < 0)
		return backup_fail_archive(&r->base, NOT_WHOLE);
	if (fgetc(r->base.sums) != EOF)
		return backup_fail(&r->base, DAMAGED);
	r->summed = true;
	return 0;
}

static int
take_entry(struct reader *r, struct archive_entry *entry)
{
	const char *name = archive_entry_pathname(entry);

	if (!r->labelled && (name == NULL || strcmp(name, BACKUP_LABEL) != 0))
		return backup_fail(&r->base, "this is no backup of kabar");
	if (name == NULL || r->summed || archive_entry_filetype(entry) != AE_IFREG ||
	    archive_entry_hardlink(entry) != NULL)
		return backup_fail(&r->base, ALIEN);
	if (strcmp(name, BACKUP_SUMS) == 0)
		return take_sums(r);
	if (!r->labelled)
		return take_label(r);
	if (!backup_is_known(name))
		return backup_fail(&r->base, ALIEN);
	return take_file(r, name);
}

static int
take_entries(struct reader *r)
{
	struct archive_entry *entry;
	int result;

	while ((result = archive_read_next_header(r->base.archive, &entry)) == ARCHIVE_OK)
		if (take_entry(r, entry) != 0)
			return -1;
	if (result != ARCHIVE_EOF)
		return backup_fail_archive(&r->base, NOT_WHOLE);
	return r->summed ? 0 : backup_fail(&r->base, NOT_WHOLE ": it ends too early");
}

static int
sync_files(struct reader *r)
{
	int fd = open(r->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = fd < 0 ? -1 : syncfs(fd);

	if (result != 0)
		backup_fail(&r->base, "cannot write in %s: %s", r->directory, strerror(errno));
	if (fd >= 0)
		close(fd);
	return result;
}

/* Only filters that need no other program. */
static int
open_archive(struct reader *r, int fd)
{
	struct archive *archive = r->base.archive;

	archive_read_support_filter_gzip(archive);
	archive_read_support_filter_bzip2(archive);
	archive_read_support_filter_xz(archive);
	archive_read_support_filter_zstd(archive);
	if (archive_read_support_format_tar(archive) == ARCHIVE_OK &&
	    archive_read_open_fd(archive, fd, BACKUP_BLOCK) == ARCHIVE_OK)
		return 0;
	return backup_fail_archive(&r->base, NOT_WHOLE);
}

int
backup_read(int fd, const char *directory, const char *realm, char *error, size_t size)
{
	struct reader r = { .base = { .archive = archive_read_new(), .error = error, .size = size },
		.directory = directory,
		.realm = realm };
	int result = backup_begin(&r.base);

	if (result == 0)
		result = open_archive(&r, fd);
	if (result == 0)
		result = take_entries(&r);
	if (result == 0)
		result = sync_files(&r);
	backup_end(&r.base);
	return result;
}
