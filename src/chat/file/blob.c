/*
 * chat_blob: a blob lies at file/XX/HASH below the state directory, XX being the hash's first byte.
 * It is written to a file in file/tmp, synced, and renamed.
 */
#include "chat/file/blob.h"

#include <sys/stat.h>

#include <bsd/string.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/disk_space.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/state_directory.h"
#include "base/sync_directory.h"

#define DIRECTORY   "file"
#define TEMPORARIES "tmp"
#define PINS        DIRECTORY "/lock" /* has a byte for each of the 256 directories */
#define DIRECTORIES 256
#define HEX_LEN     (2 * CHAT_BLOB_HASH)
#define OWNER_NAME  40
#define ORPHAN_S    60 /* after that a temporary file that is not locked has no writer */

static enum chat_result
failure(const char *what, const char *path)
{
	bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;

	log_warn("cannot %s %s", what, path);
	return full ? CHAT_NO_SPACE : CHAT_FAILED;
}

static void
path_of(const struct config *config, const char *name, char path[CHAT_BLOB_PATH])
{
	snprintf(path, CHAT_BLOB_PATH, "%s/%s", config->state, name);
}

/* The directory of a blob, and the path of the blob itself. */
static void
blob_paths(const struct config *config, const unsigned char hash[CHAT_BLOB_HASH],
    char directory[CHAT_BLOB_PATH], char path[CHAT_BLOB_PATH])
{
	char name[sizeof(DIRECTORY "/xx/") + HEX_LEN];
	size_t len = (size_t)snprintf(name, sizeof(name), DIRECTORY "/%02x", hash[0]);

	path_of(config, name, directory);
	name[len++] = '/';
	hex_write(hash, CHAT_BLOB_HASH, name + len);
	path_of(config, name, path);
}

/*
 * Makes a blob's name durable. The process that made the directories above may have died before it
 * synced them; syncing them where nothing has changed costs nothing.
 */
static int
sync_name(const struct config *config, const char *directory)
{
	char above[CHAT_BLOB_PATH];

	path_of(config, DIRECTORY, above);
	return sync_directory(directory) == 0 && sync_directory(above) == 0 &&
	        sync_directory(config->state) == 0
	    ? 0
	    : -1;
}

static int
make_directory(const char *path)
{
	return state_directory_make(path);
}

/* A lock of fcntl(2): a committer that is started meanwhile does not inherit it. */
static struct flock
byte_lock(short type, off_t offset)
{
	return (
	    struct flock){ .l_type = type, .l_whence = SEEK_SET, .l_start = offset, .l_len = 1 };
}

/* The descriptor that holds the lock; -1 with errno: somebody else holds it, or it failed. */
static int
take_pins(const struct config *config, struct flock lock)
{
	char path[CHAT_BLOB_PATH];
	int fd, result;

	path_of(config, PINS, path);
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0) {
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0)
			return -1;
		state_directory_share_file(fd);
	}
	do
		result = fcntl(fd, lock.l_type == F_RDLCK ? F_SETLKW : F_SETLK, &lock);
	while (result != 0 && errno == EINTR);
	if (result == 0)
		return fd;
	close(fd);
	return -1;
}

/* Locks the directory of the blobs that begin with this byte: for writers together, or to remove.
 */
static int
pin(const struct config *config, unsigned char first, short type)
{
	return take_pins(config, byte_lock(type, first));
}

int
chat_blob_hold(const struct config *config)
{
	struct flock all = byte_lock(F_RDLCK, 0);
	char directory[CHAT_BLOB_PATH];

	all.l_len = DIRECTORIES;
	path_of(config, DIRECTORY, directory);
	return make_directory(directory) == 0 ? take_pins(config, all) : -1;
}

/* Locks the new file, which shows that it has a writer. */
static enum chat_result
begin_writing(struct chat_blob *blob)
{
	struct flock lock = byte_lock(F_WRLCK, 0);
	enum chat_result result;

	SHA256Init(&blob->sha);
	state_directory_share_file(blob->fd);
	if (fcntl(blob->fd, F_SETLK, &lock) == 0)
		return CHAT_OK;
	result = failure("lock", blob->path);
	chat_blob_end(blob);
	return result;
}

enum chat_result
chat_blob_directory(const struct config *config, const char *name, char path[CHAT_BLOB_PATH])
{
	path_of(config, DIRECTORY, path);
	if (make_directory(path) == 0) {
		snprintf(path, CHAT_BLOB_PATH, "%s/" DIRECTORY "/%s", config->state, name);
		if (make_directory(path) == 0)
			return CHAT_OK;
	}
	return failure("make", path);
}

bool
chat_blob_space(const struct config *config, uint64_t more)
{
	uint64_t needed = config->min_free + more;

	return needed == 0 || disk_space_left(config->state, needed);
}

/* Makes a blob of no file yet, and the directory of temporary files. */
static enum chat_result
prepare(const struct config *config, struct chat_blob *blob, char directory[CHAT_BLOB_PATH])
{
	*blob = (struct chat_blob){ .fd = -1, .pin_fd = -1, .sync = config->sync };
	return chat_blob_directory(config, TEMPORARIES, directory);
}

enum chat_result
chat_blob_begin(const struct config *config, struct chat_blob *blob)
{
	char directory[CHAT_BLOB_PATH];
	enum chat_result result = prepare(config, blob, directory);

	if (result != CHAT_OK)
		return result;
	path_of(config, DIRECTORY "/" TEMPORARIES "/XXXXXX", blob->path);
	blob->fd = mkostemp(blob->path, O_CLOEXEC);
	return blob->fd < 0 ? failure("make a file in", directory) : begin_writing(blob);
}

enum chat_result
chat_blob_begin_at(const struct config *config, struct chat_blob *blob, const char *path)
{
	*blob = (struct chat_blob){ .fd = -1, .pin_fd = -1, .sync = config->sync };
	if (!chat_blob_space(config, 0))
		return CHAT_NO_SPACE;
	strlcpy(blob->path, path, sizeof(blob->path));
	blob->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return blob->fd < 0 ? failure("make", path) : begin_writing(blob);
}

enum chat_result
chat_blob_write(struct chat_blob *blob, const void *data, size_t len)
{
	const unsigned char *from = data;

	SHA256Update(&blob->sha, from, len);
	blob->size += len;
	while (len > 0) {
		ssize_t written = write(blob->fd, from, len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return failure("write", blob->path);
		from += written;
		len -= (size_t)written;
	}
	return CHAT_OK;
}

enum chat_result
chat_blob_keep(const struct config *config, struct chat_blob *blob)
{
	char directory[CHAT_BLOB_PATH], path[CHAT_BLOB_PATH];

	SHA256Final(blob->hash, &blob->sha);
	if (blob->sync && fsync(blob->fd) != 0)
		return failure("write", blob->path);
	blob_paths(config, blob->hash, directory, path);
	if (make_directory(directory) != 0)
		return failure("make", directory);
	blob->pin_fd = pin(config, blob->hash[0], F_RDLCK);
	if (blob->pin_fd < 0)
		return failure("lock", directory);
	/* A blob of this name has the same content, so replacing it changes nothing. */
	if (rename(blob->path, path) != 0)
		return failure("make", path);
	blob->path[0] = '\0';
	if (blob->sync && sync_name(config, directory) != 0)
		return failure("write", directory);
	return CHAT_OK;
}

void
chat_blob_end(struct chat_blob *blob)
{
	if (blob->fd >= 0) {
		if (blob->path[0] != '\0')
			unlink(blob->path);
		close(blob->fd);
	}
	if (blob->pin_fd >= 0)
		close(blob->pin_fd);
	blob->fd = blob->pin_fd = -1;
}

void
chat_blob_leave(struct chat_blob *blob)
{
	blob->path[0] = '\0';
	chat_blob_end(blob);
}

enum chat_result
chat_blob_find(const struct config *config, struct chat_blob *blob,
    const unsigned char hash[CHAT_BLOB_HASH], uint64_t size)
{
	char directory[CHAT_BLOB_PATH], path[CHAT_BLOB_PATH];
	enum chat_result result;
	int64_t found;

	*blob = (struct chat_blob){ .fd = -1, .pin_fd = -1, .sync = config->sync, .size = size };
	memcpy(blob->hash, hash, CHAT_BLOB_HASH);
	/* Without the lock first, so that nothing is locked for a blob that is not there. */
	found = chat_blob_size(config, hash);
	if (found >= 0)
		blob->pin_fd = pin(config, hash[0], F_RDLCK);
	if (found >= 0 && blob->pin_fd < 0)
		return failure("lock", PINS);
	if (found >= 0)
		found = chat_blob_size(config, hash);
	if (found < 0 || (uint64_t)found != size) {
		chat_blob_end(blob);
		return CHAT_NO_FILE;
	}
	/* The process that renamed it may have been killed before it synced the name. */
	blob_paths(config, hash, directory, path);
	if (!blob->sync || sync_name(config, directory) == 0)
		return CHAT_OK;
	result = failure("write", directory);
	chat_blob_end(blob);
	return result;
}

int
chat_blob_open(const struct config *config, const unsigned char hash[CHAT_BLOB_HASH])
{
	char directory[CHAT_BLOB_PATH], path[CHAT_BLOB_PATH];

	blob_paths(config, hash, directory, path);
	return open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

int64_t
chat_blob_size(const struct config *config, const unsigned char hash[CHAT_BLOB_HASH])
{
	char directory[CHAT_BLOB_PATH], path[CHAT_BLOB_PATH];
	struct stat st;

	blob_paths(config, hash, directory, path);
	return lstat(path, &st) == 0 ? (int64_t)st.st_size : -1;
}

/* False: this is not the name of a blob. */
static bool
parse_name(const char *name, unsigned char hash[CHAT_BLOB_HASH])
{
	return hex_read(name, strlen(name), hash, CHAT_BLOB_HASH) == CHAT_BLOB_HASH;
}

int
chat_blob_each(const struct config *config, chat_blob_visit *visit, void *arg)
{
	unsigned char hash[CHAT_BLOB_HASH] = { 0 };
	char path[CHAT_BLOB_PATH], unused[CHAT_BLOB_PATH];
	int stop = 0;

	for (int first = 0; first < DIRECTORIES && stop == 0; first++) {
		const struct dirent *entry;
		DIR *directory;

		hash[0] = (unsigned char)first;
		blob_paths(config, hash, path, unused);
		directory = state_directory_read(path);
		if (directory == NULL && errno != ENOENT)
			return -1;
		while (directory != NULL && stop == 0 && (entry = readdir(directory)) != NULL)
			if (parse_name(entry->d_name, hash) && hash[0] == first)
				stop = visit(arg, hash);
		if (directory != NULL)
			closedir(directory);
	}
	return 0;
}

static bool
older_than(const struct stat *st, int64_t seconds)
{
	return (int64_t)time(NULL) - (int64_t)st->st_mtime > seconds;
}

int
chat_blob_remove(const struct config *config, const unsigned char hash[CHAT_BLOB_HASH],
    int64_t older_than_s, chat_blob_visit *referred, void *arg)
{
	char directory[CHAT_BLOB_PATH], path[CHAT_BLOB_PATH];
	struct stat st;
	int result = 0, pin_fd;

	blob_paths(config, hash, directory, path);
	if (lstat(path, &st) != 0)
		return errno == ENOENT ? 0 : -1;
	if (!older_than(&st, older_than_s))
		return 0;
	pin_fd = pin(config, hash[0], F_WRLCK);
	if (pin_fd < 0)
		return errno == EAGAIN || errno == EACCES ? 0
		                                          : -1; /* a later sweep will remove it */
	/* Under the lock again: it may be new, and its reference about to be stored. */
	if (lstat(path, &st) == 0 && older_than(&st, older_than_s) && referred(arg, hash) == 0)
		result = unlink(path) == 0 ? 1 : -1;
	close(pin_fd);
	return result;
}

/* Whether the writer of a temporary file has died. */
static bool
is_orphan(int directory_fd, const char *name)
{
	struct flock lock = byte_lock(F_WRLCK, 0);
	struct stat st;
	int fd = openat(directory_fd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	bool orphan;

	if (fd < 0)
		return false;
	orphan = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && older_than(&st, ORPHAN_S) &&
	    fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type == F_UNLCK;
	close(fd);
	return orphan;
}

static void
name_of_owner(char *name, size_t size, uint64_t owner, int number)
{
	snprintf(name, size, "u%" PRIu64 ".%d", owner, number);
}

/* Makes an owner's temporary file of this number. -1: there is one that somebody writes. */
static int
make_of_owner(int directory_fd, uint64_t owner, int number)
{
	const int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
	char name[OWNER_NAME];
	struct stat st;

	name_of_owner(name, sizeof(name), owner, number);
	int fd = openat(directory_fd, name, flags, 0600);
	if (fd < 0 && errno == EEXIST &&
	    fstatat(directory_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    older_than(&st, ORPHAN_S) && is_orphan(directory_fd, name) &&
	    unlinkat(directory_fd, name, 0) == 0)
		fd = openat(directory_fd, name, flags, 0600);
	return fd;
}

enum chat_result
chat_blob_begin_owned(const struct config *config, struct chat_blob *blob, uint64_t owner)
{
	char directory[CHAT_BLOB_PATH], name[OWNER_NAME];
	enum chat_result result;
	int number = 0;

	if (!chat_blob_space(config, 0))
		return CHAT_NO_SPACE;
	if (config->uploads_max == 0)
		return chat_blob_begin(config, blob);
	result = prepare(config, blob, directory);
	if (result != CHAT_OK)
		return result;
	int directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory_fd < 0)
		return failure("open", directory);
	for (errno = EEXIST; blob->fd < 0 && errno == EEXIST && number < config->uploads_max;)
		blob->fd = make_of_owner(directory_fd, owner, number++);
	int saved = errno;
	close(directory_fd);
	errno = saved;
	if (blob->fd < 0)
		return errno == EEXIST ? CHAT_TOO_MANY : failure("make a file in", directory);
	name_of_owner(name, sizeof(name), owner, number - 1);
	if ((size_t)snprintf(blob->path, sizeof(blob->path), "%s/%s", directory, name) >=
	    sizeof(blob->path)) {
		close(blob->fd);
		return CHAT_FAILED;
	}
	return begin_writing(blob);
}

uint64_t
chat_blob_unfinished(const struct config *config, uint64_t owner)
{
	char name[OWNER_NAME], path[CHAT_BLOB_PATH];
	uint64_t bytes = 0;
	struct stat st;

	for (int number = 0; number < config->uploads_max; number++) {
		name_of_owner(name, sizeof(name), owner, number);
		if ((size_t)snprintf(path, sizeof(path), "%s/" DIRECTORY "/" TEMPORARIES "/%s",
		        config->state, name) < sizeof(path) &&
		    lstat(path, &st) == 0)
			bytes += (uint64_t)st.st_size;
	}
	return bytes;
}

int
chat_blob_sweep(const struct config *config)
{
	char path[CHAT_BLOB_PATH];
	const struct dirent *entry;
	DIR *directory;
	int removed = 0;

	path_of(config, DIRECTORY "/" TEMPORARIES, path);
	directory = state_directory_read(path);
	if (directory == NULL)
		return errno == ENOENT ? 0 : -1;
	while ((entry = readdir(directory)) != NULL)
		if (is_orphan(dirfd(directory), entry->d_name) &&
		    unlinkat(dirfd(directory), entry->d_name, 0) == 0)
			removed++;
	closedir(directory);
	return removed;
}
