/*
 * chat_password: a record is read and written under a lock on its bytes, so that a reader never
 * sees half of one. The file is opened for each use: nobody keeps a descriptor of it.
 */
#include "chat/password.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sha2.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/pack.h"
#include "base/sync_directory.h"

#define PASSWORD_VERSION 1
#define BODY             (CHAT_PASSWORD_RECORD - SHA256_DIGEST_LENGTH)
/* An id of which the place in the file is still a number that the kernel takes. */
#define ID_MAX  (INT64_MAX / CHAT_PASSWORD_RECORD - 1)
#define AT_ONCE 128 /* records that are read together */

_Static_assert(1 + 4 + 4 + PASSWORD_HASH_SIZE <= BODY, "a hash does not fit into a record");

static void
sum_record(uint64_t user, const unsigned char *data, unsigned char sum[SHA256_DIGEST_LENGTH])
{
	unsigned char id[8];
	SHA2_CTX sha;

	pack_put_u64(id, user);
	SHA256Init(&sha);
	SHA256Update(&sha, id, sizeof(id));
	SHA256Update(&sha, data, BODY);
	SHA256Final(sum, &sha);
}

static void
pack_record(unsigned char data[CHAT_PASSWORD_RECORD], uint64_t user,
    const struct chat_password *password)
{
	struct pack p;

	memset(data, 0, CHAT_PASSWORD_RECORD);
	pack_init(&p, data, BODY);
	pack_u8(&p, PASSWORD_VERSION);
	pack_u32(&p, password->epoch);
	pack_text(&p, password->hash);
	sum_record(user, data, data + BODY);
}

/* CHAT_OK, CHAT_NO_USER or CHAT_BAD_ARGUMENT. */
static enum chat_result
parse_record(struct chat_password *password, uint64_t user, const unsigned char *data)
{
	static const unsigned char none[CHAT_PASSWORD_RECORD];
	unsigned char sum[SHA256_DIGEST_LENGTH];
	struct unpack u;

	*password = (struct chat_password){ .epoch = 0 };
	if (memcmp(data, none, sizeof(none)) == 0)
		return CHAT_NO_USER;
	sum_record(user, data, sum);
	unpack_init(&u, data, BODY);
	if (memcmp(sum, data + BODY, sizeof(sum)) == 0 && unpack_u8(&u) == PASSWORD_VERSION) {
		password->epoch = unpack_u32(&u);
		unpack_text(&u, password->hash, sizeof(password->hash));
		if (!u.bad && password_hash_valid(password->hash))
			return CHAT_OK;
	}
	*password = (struct chat_password){ .epoch = 0 };
	return CHAT_BAD_ARGUMENT;
}

static enum chat_result
fail(const struct config *config, const char *what)
{
	log_warn("cannot %s %s/" CHAT_PASSWORD_FILE, what, config->state);
	return errno == ENOSPC || errno == EDQUOT ? CHAT_NO_SPACE : CHAT_FAILED;
}

static int
open_file(const struct config *config, int flags)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/" CHAT_PASSWORD_FILE, config->state);
	return open(path, flags | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* Closing the file unlocks it. */
static int
lock_records(int fd, short type, uint64_t user, unsigned int count)
{
	struct flock lock = { .l_type = type,
		.l_whence = SEEK_SET,
		.l_start = (off_t)(user * CHAT_PASSWORD_RECORD),
		.l_len = (off_t)count * CHAT_PASSWORD_RECORD };
	int result;

	do
		result = fcntl(fd, F_SETLKW, &lock);
	while (result != 0 && errno == EINTR);
	return result;
}

/* The bytes that are there, up to `size`; the rest becomes zeros. -1 with errno. */
static ssize_t
read_at(int fd, unsigned char *data, size_t size, uint64_t offset)
{
	size_t len = 0;

	while (len < size) {
		ssize_t got = pread(fd, data + len, size - len, (off_t)(offset + len));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		len += (size_t)got;
	}
	memset(data + len, 0, size - len);
	return (ssize_t)len;
}

enum chat_result
chat_password_read(const struct config *config, uint64_t user, struct chat_password *password)
{
	unsigned char data[CHAT_PASSWORD_RECORD];
	enum chat_result result;
	int fd;

	*password = (struct chat_password){ .epoch = 0 };
	if (user == 0 || user > ID_MAX)
		return CHAT_NO_USER;
	fd = open_file(config, O_RDONLY);
	if (fd < 0)
		return errno == ENOENT ? CHAT_NO_USER : fail(config, "read");
	if (lock_records(fd, F_RDLCK, user, 1) != 0 ||
	    read_at(fd, data, sizeof(data), user * sizeof(data)) < 0)
		result = fail(config, "read");
	else
		result = parse_record(password, user, data);
	close(fd);
	explicit_bzero(data, sizeof(data));
	if (result == CHAT_BAD_ARGUMENT)
		log_warnx("%s/" CHAT_PASSWORD_FILE ": the record of user %llu is damaged",
		    config->state, (unsigned long long)user);
	return result;
}

/* 0, or -1 with errno. */
static int
write_at(int fd, const unsigned char *data, size_t len, uint64_t offset)
{
	while (len > 0) {
		ssize_t written = pwrite(fd, data, len, (off_t)offset);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -1;
		data += written;
		offset += (uint64_t)written;
		len -= (size_t)written;
	}
	return 0;
}

/* The file, made if it is not there. -1 with errno. */
static int
open_for_writing(const struct config *config)
{
	int fd = open_file(config, O_RDWR);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	fd = open_file(config, O_RDWR | O_CREAT);
	if (fd >= 0 && config->sync && sync_directory(config->state) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static enum chat_result
put_record(const struct config *config, uint64_t user, const unsigned char *data)
{
	enum chat_result result = CHAT_OK;
	int fd = open_for_writing(config);

	if (fd < 0)
		return fail(config, "write");
	if (lock_records(fd, F_WRLCK, user, 1) != 0 ||
	    write_at(fd, data, CHAT_PASSWORD_RECORD, user * CHAT_PASSWORD_RECORD) != 0 ||
	    (config->sync && fdatasync(fd) != 0))
		result = fail(config, "write");
	close(fd);
	return result;
}

enum chat_result
chat_password_write(const struct config *config, uint64_t user,
    const struct chat_password *password)
{
	unsigned char data[CHAT_PASSWORD_RECORD];
	enum chat_result result;

	if (user == 0 || user > ID_MAX) {
		log_warnx("there is no room for the password of user %llu",
		    (unsigned long long)user);
		return CHAT_FAILED;
	}
	pack_record(data, user, password);
	result = put_record(config, user, data);
	explicit_bzero(data, sizeof(data));
	return result;
}

enum chat_result
chat_password_remove(const struct config *config, uint64_t user)
{
	static const unsigned char none[CHAT_PASSWORD_RECORD];
	struct chat_password old;
	enum chat_result result = chat_password_read(config, user, &old);

	explicit_bzero(&old, sizeof(old));
	if (result == CHAT_NO_USER)
		return CHAT_OK;
	return result == CHAT_FAILED ? result : put_record(config, user, none);
}

/* Visits the records of one piece of the file. Non-zero ends the walk. */
static int
visit_piece(const unsigned char *data, size_t n, uint64_t first,
    int (*visit)(void *arg, uint64_t user, const struct chat_password *), void *arg)
{
	struct chat_password password;
	int stop = 0;

	for (size_t i = 0; i < n && stop == 0; i++) {
		enum chat_result result =
		    parse_record(&password, first + i, data + i * CHAT_PASSWORD_RECORD);

		if (result != CHAT_NO_USER)
			stop = visit(arg, first + i, result == CHAT_OK ? &password : NULL);
	}
	explicit_bzero(&password, sizeof(password));
	return stop;
}

enum chat_result
chat_password_each(const struct config *config,
    int (*visit)(void *arg, uint64_t user, const struct chat_password *), void *arg)
{
	unsigned char data[AT_ONCE * CHAT_PASSWORD_RECORD];
	int fd = open_file(config, O_RDONLY);
	uint64_t first = 0;
	ssize_t len;

	if (fd < 0)
		return errno == ENOENT ? CHAT_OK : fail(config, "read");
	/* A writer's half record would look damaged: the lock waits for it. */
	while ((len = lock_records(fd, F_RDLCK, first, AT_ONCE) == 0
	               ? read_at(fd, data, sizeof(data), first * CHAT_PASSWORD_RECORD)
	               : -1) > 0) {
		if (visit_piece(data, AT_ONCE, first, visit, arg) != 0)
			break;
		first += AT_ONCE;
	}
	close(fd);
	explicit_bzero(data, sizeof(data));
	return len < 0 ? fail(config, "read") : CHAT_OK;
}
