/* client_path: a file is written under a name of its own, synced and moved into its place. */
#include "client/path.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sync_directory.h"

/* A relative path of the environment is ignored, as the XDG specification says. */
static int
join_path(const char *variable, const char *fallback, const char *name, char path[CLIENT_PATH_MAX])
{
	const char *base = getenv(variable), *home = getenv("HOME");
	int len;

	if (base != NULL && base[0] == '/') {
		len = snprintf(path, CLIENT_PATH_MAX, "%s/kabar/%s", base, name);
	} else if (home != NULL && home[0] == '/') {
		len = snprintf(path, CLIENT_PATH_MAX, "%s/%s/kabar/%s", home, fallback, name);
	} else {
		errno = ENOENT;
		return -1;
	}
	if (len < CLIENT_PATH_MAX)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

int
client_path_config(const char *name, char path[CLIENT_PATH_MAX])
{
	return join_path("XDG_CONFIG_HOME", ".config", name, path);
}

int
client_path_state(const char *name, char path[CLIENT_PATH_MAX])
{
	return join_path("XDG_STATE_HOME", ".local/state", name, path);
}

/* Closes the descriptor and keeps errno. Returns -1. */
static int
close_failed(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
	return -1;
}

/* Reads to the end, or until the buffer is full. The bytes, or -1 with errno. */
static ssize_t
read_all(int fd, char *data, size_t size)
{
	size_t len = 0;
	ssize_t n = 1;

	while (n != 0 && len < size) {
		n = read(fd, data + len, size - len);
		if (n < 0 && errno != EINTR)
			return -1;
		len += n > 0 ? (size_t)n : 0;
	}
	return (ssize_t)len;
}

char *
client_path_read(const char *path, size_t max, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	char *data = fd < 0 ? NULL : malloc(max + 1);
	ssize_t n = data == NULL ? -1 : read_all(fd, data, max + 1);

	if (fd >= 0)
		(void)close_failed(fd);
	if (n >= 0 && (size_t)n <= max) {
		data[n] = '\0';
		*len = (size_t)n;
		return data;
	}
	if (n >= 0)
		errno = EFBIG;
	int saved = errno;
	free(data);
	errno = saved;
	return NULL;
}

int
client_path_make_parents(const char *path)
{
	char part[CLIENT_PATH_MAX];
	size_t len = strlen(path);

	if (len >= sizeof(part)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(part, path, len + 1);
	for (char *slash = strchr(part + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(part, S_IRWXU) != 0 && errno != EEXIST)
			return -1;
		*slash = '/';
	}
	return 0;
}

static int
write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno != EINTR)
			return -1;
		data += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int
client_path_write(const char *path, const char *data, size_t len)
{
	char temporary[CLIENT_PATH_MAX + sizeof(".XXXXXX")];
	int fd;

	if (client_path_make_parents(path) != 0)
		return -1;
	snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path);
	fd = mkostemp(temporary, O_CLOEXEC); /* its mode is 0600 */
	if (fd < 0)
		return -1;
	if (write_all(fd, data, len) != 0 || fsync(fd) != 0) {
		(void)close_failed(fd);
	} else if (close(fd) == 0 && rename(temporary, path) == 0) {
		return sync_directory_of(path);
	}
	int saved = errno;
	unlink(temporary);
	errno = saved;
	return -1;
}
