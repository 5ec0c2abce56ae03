/*
 * chat_partial: the content of a file from another realm, which comes in pieces, as file/part/PEER-
 * HASH-RANDOM. Each link writes a file of its own, into which it first copies what an earlier one
 * left: that one's worker may live on for a while, half open, and must not be able to change it.
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

#define ABOVE     "file"
#define DIRECTORY ABOVE "/part"
#define PREFIX    (16 + 1 + 2 * CHAT_BLOB_HASH + 1) /* of a name: peer and hash */
#define NAME_SIZE (PREFIX + 16 + 1)
#define PIECE     65536
#define BUSY      (16 * 1024 * 1024) /* bytes after which the caller is shown that we go on */
#define KEEP_S    (3 * 24 * 3600)

static void
path_of(const struct config *config, const char *name, char path[CHAT_BLOB_PATH])
{
	snprintf(path, CHAT_BLOB_PATH, "%s/" DIRECTORY "%s%s", config->state,
	    name[0] == '\0' ? "" : "/", name);
}

/* What the names of all parts of a peer begin with, or those of one content. */
static void
prefix_of(char prefix[NAME_SIZE], uint64_t peer, const unsigned char *hash)
{
	size_t len = (size_t)snprintf(prefix, NAME_SIZE, "%016" PRIx64 "-", peer);

	if (hash == NULL)
		return;
	hex_write(hash, CHAT_BLOB_HASH, prefix + len);
	strlcat(prefix, "-", NAME_SIZE);
}

static enum chat_result
make_directory(const struct config *config)
{
	char path[CHAT_BLOB_PATH];

	snprintf(path, sizeof(path), "%s/" ABOVE, config->state);
	if (mkdir(path, 0700) == 0 || errno == EEXIST) {
		path_of(config, "", path);
		if (mkdir(path, 0700) == 0 || errno == EEXIST)
			return CHAT_OK;
	}
	log_warn("cannot make %s", path);
	return errno == ENOSPC || errno == EDQUOT ? CHAT_NO_SPACE : CHAT_FAILED;
}

/* What there is of a peer. */
struct survey {
	const char *wanted;   /* what the names of parts of the wanted content begin with */
	char best[NAME_SIZE]; /* the longest of those, "": none */
	int64_t best_size;
	char oldest[NAME_SIZE]; /* of all others */
	int64_t oldest_s;
	uint64_t bytes; /* of all others */
	unsigned int files;
};

/* Of several parts of one content only the longest is of use. */
static void
look_at_wanted(struct survey *survey, int directory_fd, const char name[NAME_SIZE],
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
look_at(struct survey *survey, int directory_fd, const char name[NAME_SIZE])
{
	struct stat st;

	if (fstatat(directory_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
		return;
	if (strncmp(name, survey->wanted, PREFIX) == 0) {
		look_at_wanted(survey, directory_fd, name, &st);
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
look_around(const struct config *config, uint64_t peer, struct survey *survey)
{
	char path[CHAT_BLOB_PATH], prefix[NAME_SIZE];
	const struct dirent *entry;
	DIR *directory;

	prefix_of(prefix, peer, NULL);
	path_of(config, "", path);
	directory = opendir(path);
	if (directory == NULL) {
		log_warn("%s", path);
		return CHAT_FAILED;
	}
	while ((entry = readdir(directory)) != NULL)
		if (strlen(entry->d_name) == NAME_SIZE - 1 &&
		    strncmp(entry->d_name, prefix, strlen(prefix)) == 0)
			look_at(survey, dirfd(directory), entry->d_name);
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

/* What was begun must not fill the disk: of too much, the oldest goes. */
static enum chat_result
make_room(const struct config *config, uint64_t peer, uint64_t size, struct survey *survey)
{
	const char *wanted = survey->wanted;
	enum chat_result result;

	for (;;) {
		*survey = (struct survey){ .wanted = wanted };
		result = look_around(config, peer, survey);
		if (result != CHAT_OK || survey->files == 0 ||
		    (survey->files <= CHAT_PARTIAL_FILES &&
		        survey->bytes + size <= config->peer_quota))
			return result;
		remove_part(config, survey->oldest);
	}
}

static enum chat_result
copy(struct chat_partial *part, int fd, void (*busy)(void *arg), void *arg)
{
	unsigned char piece[PIECE];
	uint64_t next = BUSY;
	enum chat_result result = CHAT_OK;

	while (result == CHAT_OK && part->body.size < part->size) {
		uint64_t left = part->size - part->body.size;
		ssize_t len = read(fd, piece, left < sizeof(piece) ? (size_t)left : sizeof(piece));

		if (len < 0 && errno == EINTR)
			continue;
		if (len <= 0)
			break; /* what cannot be read comes again */
		result = chat_blob_write(&part->body, piece, (size_t)len);
		if (part->body.size >= next) {
			next = part->body.size + BUSY;
			busy(arg);
		}
	}
	return result;
}

static enum chat_result
take_up(const struct config *config, struct chat_partial *part, const char *name,
    void (*busy)(void *arg), void *arg)
{
	char path[CHAT_BLOB_PATH];
	enum chat_result result;
	int fd;

	path_of(config, name, path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? CHAT_OK : CHAT_FAILED;
	result = copy(part, fd, busy, arg);
	close(fd);
	part->resumed = part->body.size > 0;
	if (result == CHAT_OK)
		remove_part(config, name);
	return result;
}

enum chat_result
chat_partial_begin(const struct config *config, struct chat_partial *part, uint64_t peer,
    const unsigned char hash[CHAT_BLOB_HASH], uint64_t size, void (*busy)(void *arg), void *arg)
{
	char wanted[NAME_SIZE], name[NAME_SIZE], path[CHAT_BLOB_PATH];
	struct survey survey = { .wanted = wanted };
	uint64_t random;
	enum chat_result result = chat_blob_find(config, &part->body, hash, size);

	part->size = size;
	part->whole = result == CHAT_OK;
	part->resumed = false;
	memcpy(part->hash, hash, CHAT_BLOB_HASH);
	if (result != CHAT_NO_FILE)
		return result;
	prefix_of(wanted, peer, hash);
	result = make_directory(config);
	if (result == CHAT_OK)
		result = make_room(config, peer, size, &survey);
	if (result != CHAT_OK)
		return result;
	arc4random_buf(&random, sizeof(random));
	snprintf(name, sizeof(name), "%.*s%016" PRIx64, PREFIX, wanted, random);
	path_of(config, name, path);
	result = chat_blob_begin_at(config, &part->body, path);
	if (result != CHAT_OK || survey.best[0] == '\0')
		return result;
	result = take_up(config, part, survey.best, busy, arg);
	if (result != CHAT_OK)
		chat_blob_end(&part->body);
	return result;
}

uint64_t
chat_partial_have(const struct chat_partial *part)
{
	return part->body.size;
}

enum chat_result
chat_partial_write(struct chat_partial *part, const void *data, size_t len)
{
	if (part->whole || len > part->size - part->body.size)
		return CHAT_BAD_ARGUMENT;
	return chat_blob_write(&part->body, data, len);
}

enum chat_result
chat_partial_finish(const struct config *config, struct chat_partial *part)
{
	unsigned char hash[CHAT_BLOB_HASH];
	SHA2_CTX sha = part->body.sha;
	enum chat_result result;

	if (part->whole)
		return CHAT_OK;
	SHA256Final(hash, &sha);
	if (part->body.size != part->size || memcmp(hash, part->hash, sizeof(hash)) != 0) {
		chat_blob_end(&part->body);
		return CHAT_BAD_ARGUMENT;
	}
	result = chat_blob_keep(config, &part->body);
	part->whole = result == CHAT_OK;
	return result;
}

void
chat_partial_end(struct chat_partial *part)
{
	if (part->whole || part->body.size == 0)
		chat_blob_end(&part->body);
	else
		chat_blob_leave(&part->body);
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
	directory = opendir(path);
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
