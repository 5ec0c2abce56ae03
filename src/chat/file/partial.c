/*
 * chat_partial: a partial file lies at file/part/PEER-HASH-RANDOM. Each link writes a file of its
 * own, into which it first copies the partial file of an earlier link: the worker of that link may
 * live on for a while and must not be able to change the content.
 */
#include "chat/file/partial.h"

#include <sys/stat.h>

#include <bsd/stdlib.h>
#include <bsd/string.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/log.h"
#include "base/state_directory.h"

#define DIRECTORY "part"
#define PREFIX    (16 + 1 + 2 * CHAT_BLOB_HASH + 1) /* of a name: peer and hash */
#define NAME_SIZE (PREFIX + 16 + 1)
#define PIECE     65536
#define BUSY      (16 * 1024 * 1024) /* bytes copied between two calls of busy() */
#define KEEP_S    (3 * 24 * 3600)

static void
path_of(const struct config *config, const char *name, char path[CHAT_BLOB_PATH])
{
	snprintf(path, CHAT_BLOB_PATH, "%s/file/" DIRECTORY "%s%s", config->state,
	    name[0] == '\0' ? "" : "/", name);
}

/* The beginning of the names of a peer's partial files; with a hash, of those of one content. */
static void
prefix_of(char prefix[NAME_SIZE], uint64_t peer, const unsigned char *hash)
{
	size_t len = (size_t)snprintf(prefix, NAME_SIZE, "%016" PRIx64 "-", peer);

	if (hash == NULL)
		return;
	hex_write(hash, CHAT_BLOB_HASH, prefix + len);
	strlcat(prefix, "-", NAME_SIZE);
}

/* The partial files of one peer. */
struct survey {
	const char *wanted;   /* the beginning of names for the wanted content */
	char best[NAME_SIZE]; /* the longest of those, "": none */
	int64_t best_size;
	char oldest[NAME_SIZE]; /* of all others */
	int64_t oldest_s;
	uint64_t bytes; /* of all others */
	unsigned int files;
};

/* Of several partial files of one content the longest is kept. */
static void
survey_wanted(struct survey *survey, int directory_fd, const char name[NAME_SIZE],
    const struct stat *st)
{
	const char *useless = survey->best[0] == '\0' ? NULL : name;

	if (survey->best[0] != '\0' && (int64_t)st->st_size > survey->best_size)
		useless = survey->best;
	if (useless != NULL)
		unlinkat(directory_fd, useless, 0);
	if (useless == name)
		return;
	memcpy(survey->best, name, NAME_SIZE);
	survey->best_size = (int64_t)st->st_size;
}

static void
survey_part(struct survey *survey, int directory_fd, const char name[NAME_SIZE])
{
	struct stat st;

	if (fstatat(directory_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
		return;
	if (strncmp(name, survey->wanted, PREFIX) == 0) {
		survey_wanted(survey, directory_fd, name, &st);
		return;
	}
	survey->files++;
	survey->bytes += (uint64_t)st.st_size;
	if (survey->oldest[0] != '\0' && (int64_t)st.st_mtime >= survey->oldest_s)
		return;
	memcpy(survey->oldest, name, NAME_SIZE);
	survey->oldest_s = (int64_t)st.st_mtime;
}

static enum chat_result
survey_peer(const struct config *config, uint64_t peer, struct survey *survey)
{
	char path[CHAT_BLOB_PATH], prefix[NAME_SIZE];
	const struct dirent *entry;
	DIR *directory;

	prefix_of(prefix, peer, NULL);
	path_of(config, "", path);
	directory = state_directory_read(path);
	if (directory == NULL) {
		log_warn("%s", path);
		return CHAT_FAILED;
	}
	while ((entry = readdir(directory)) != NULL)
		if (strlen(entry->d_name) == NAME_SIZE - 1 &&
		    strncmp(entry->d_name, prefix, strlen(prefix)) == 0)
			survey_part(survey, dirfd(directory), entry->d_name);
	closedir(directory);
	return CHAT_OK;
}

static void
remove_part(const struct config *config, const char *name)
{
	char path[CHAT_BLOB_PATH];

	path_of(config, name, path);
	if (unlink(path) != 0 && errno != ENOENT)
		log_warn("cannot remove %s", path);
}

/* Partial files must not fill the disk: the oldest are removed. */
static enum chat_result
make_room(const struct config *config, uint64_t peer, uint64_t size, struct survey *survey)
{
	const char *wanted = survey->wanted;
	enum chat_result result;

	for (;;) {
		*survey = (struct survey){ .wanted = wanted };
		result = survey_peer(config, peer, survey);
		if (result != CHAT_OK || survey->files == 0 ||
		    (survey->files <= CHAT_PARTIAL_FILES &&
		        survey->bytes + size <= config->peer_quota))
			return result;
		remove_part(config, survey->oldest);
	}
}

static enum chat_result
copy_part(struct chat_partial *partial, int fd, void (*busy)(void *arg), void *arg)
{
	unsigned char piece[PIECE];
	uint64_t next = BUSY;
	enum chat_result result = CHAT_OK;

	while (result == CHAT_OK && partial->blob.size < partial->size) {
		uint64_t left = partial->size - partial->blob.size;
		ssize_t len = read(fd, piece, left < sizeof(piece) ? (size_t)left : sizeof(piece));

		if (len < 0 && errno == EINTR)
			continue;
		if (len <= 0)
			break; /* the peer sends again what cannot be read */
		result = chat_blob_write(&partial->blob, piece, (size_t)len);
		if (partial->blob.size >= next) {
			next = partial->blob.size + BUSY;
			busy(arg);
		}
	}
	return result;
}

static enum chat_result
resume_part(const struct config *config, struct chat_partial *partial, const char *name,
    void (*busy)(void *arg), void *arg)
{
	char path[CHAT_BLOB_PATH];
	enum chat_result result;
	int fd;

	path_of(config, name, path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? CHAT_OK : CHAT_FAILED;
	result = copy_part(partial, fd, busy, arg);
	close(fd);
	partial->resumed = partial->blob.size > 0;
	if (result == CHAT_OK)
		remove_part(config, name);
	return result;
}

enum chat_result
chat_partial_begin(const struct config *config, struct chat_partial *partial, uint64_t peer,
    const unsigned char hash[CHAT_BLOB_HASH], uint64_t size, void (*busy)(void *arg), void *arg)
{
	char wanted[NAME_SIZE], name[NAME_SIZE], path[CHAT_BLOB_PATH];
	struct survey survey = { .wanted = wanted };
	uint64_t random;
	enum chat_result result = chat_blob_find(config, &partial->blob, hash, size);

	partial->size = size;
	partial->whole = result == CHAT_OK;
	partial->resumed = false;
	memcpy(partial->hash, hash, CHAT_BLOB_HASH);
	if (result != CHAT_NO_FILE)
		return result;
	prefix_of(wanted, peer, hash);
	result = chat_blob_directory(config, DIRECTORY, path);
	if (result == CHAT_OK)
		result = make_room(config, peer, size, &survey);
	if (result != CHAT_OK)
		return result;
	arc4random_buf(&random, sizeof(random));
	snprintf(name, sizeof(name), "%.*s%016" PRIx64, PREFIX, wanted, random);
	path_of(config, name, path);
	result = chat_blob_begin_at(config, &partial->blob, path);
	if (result != CHAT_OK || survey.best[0] == '\0')
		return result;
	result = resume_part(config, partial, survey.best, busy, arg);
	if (result != CHAT_OK)
		chat_blob_end(&partial->blob);
	return result;
}

uint64_t
chat_partial_have(const struct chat_partial *partial)
{
	return partial->blob.size;
}

enum chat_result
chat_partial_write(struct chat_partial *partial, const void *data, size_t len)
{
	if (partial->whole || len > partial->size - partial->blob.size)
		return CHAT_BAD_ARGUMENT;
	return chat_blob_write(&partial->blob, data, len);
}

enum chat_result
chat_partial_finish(const struct config *config, struct chat_partial *partial)
{
	unsigned char hash[CHAT_BLOB_HASH];
	SHA2_CTX sha = partial->blob.sha;
	enum chat_result result;

	if (partial->whole)
		return CHAT_OK;
	SHA256Final(hash, &sha);
	if (partial->blob.size != partial->size || memcmp(hash, partial->hash, sizeof(hash)) != 0) {
		chat_blob_end(&partial->blob);
		return CHAT_BAD_ARGUMENT;
	}
	result = chat_blob_keep(config, &partial->blob);
	partial->whole = result == CHAT_OK;
	return result;
}

void
chat_partial_end(struct chat_partial *partial)
{
	if (partial->whole || partial->blob.size == 0)
		chat_blob_end(&partial->blob);
	else
		chat_blob_leave(&partial->blob);
}

int
chat_partial_sweep(const struct config *config)
{
	char path[CHAT_BLOB_PATH];
	const struct dirent *entry;
	struct stat st;
	DIR *directory;
	int removed = 0;

	path_of(config, "", path);
	directory = state_directory_read(path);
	if (directory == NULL)
		return errno == ENOENT ? 0 : -1;
	while ((entry = readdir(directory)) != NULL)
		if (fstatat(dirfd(directory), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) && (int64_t)time(NULL) - (int64_t)st.st_mtime > KEEP_S &&
		    unlinkat(dirfd(directory), entry->d_name, 0) == 0)
			removed++;
	closedir(directory);
	return removed;
}
