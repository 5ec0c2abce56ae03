/* client_known_keys: the file is read as a whole, and written anew under a lock of its own. */
#include "client/known_keys.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/hex.h"
#include "client/path.h"

#define FILE_NAME "known_keys"
#define LOCK_NAME FILE_NAME ".lock"
#define FILE_MAX  (1024 * 1024)
#define PREFIX    "SHA256:"
#define DIGITS    64
#define SERVER    320 /* a host, its port and NUL */

bool
client_known_keys_valid(const char *fingerprint)
{
	const char *digit = fingerprint + strlen(PREFIX);

	if (strlen(fingerprint) != strlen(PREFIX) + DIGITS ||
	    memcmp(fingerprint, PREFIX, strlen(PREFIX)) != 0)
		return false;
	while (*digit != '\0' && hex_digit(*digit) >= 0)
		digit++;
	return *digit == '\0';
}

/* Whether the line is that of a server; *fingerprint is then where the fingerprint begins. */
static bool
is_line_of(const char *line, const char *server, const char **fingerprint)
{
	size_t len = strlen(server);

	*fingerprint = line + len + 1;
	return strncasecmp(line, server, len) == 0 && line[len] == ' ';
}

/* The file's text, which the caller frees: "" where there is none. NULL with errno. */
static char *
read_file(size_t *len)
{
	char path[CLIENT_PATH_MAX];
	char *text;

	if (client_path_state(FILE_NAME, path) != 0)
		return NULL;
	text = client_path_read(path, FILE_MAX, len);
	if (text != NULL || errno != ENOENT)
		return text;
	*len = 0;
	return calloc(1, 1);
}

int
client_known_keys_find(const char *host, uint16_t port, char known[CLIENT_FINGERPRINT])
{
	char server[SERVER], *rest, *line;
	const char *fingerprint;
	int found = 0;
	size_t len;

	known[0] = '\0';
	snprintf(server, sizeof(server), "%s:%u", host, port);
	char *text = rest = read_file(&len);
	if (text == NULL)
		return -1;
	while (found == 0 && (line = strsep(&rest, "\n")) != NULL) {
		if (!is_line_of(line, server, &fingerprint))
			continue;
		found = client_known_keys_valid(fingerprint) ? 1 : -1;
		if (found == 1)
			snprintf(known, CLIENT_FINGERPRINT, "%s", fingerprint);
	}
	free(text);
	if (found < 0)
		errno = EINVAL;
	return found;
}

/* Opens and locks the file beside it, with its directory. The descriptor, or -1 with errno. */
static int
lock_file(void)
{
	char path[CLIENT_PATH_MAX];
	int fd;

	if (client_path_state(LOCK_NAME, path) != 0 || client_path_make_parents(path) != 0)
		return -1;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
	if (fd < 0 || flock(fd, LOCK_EX) == 0)
		return fd;
	int saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* Writes all lines but the server's, and behind them its new one. 0, or -1 with errno. */
static int
rewrite_file(const char *server, const char *fingerprint)
{
	char path[CLIENT_PATH_MAX], *rest, *line, *written = NULL;
	const char *other;
	size_t len;
	int result = -1;
	char *text = rest = read_file(&len);
	FILE *memory = text == NULL ? NULL : open_memstream(&written, &len);

	if (memory == NULL) {
		free(text);
		return -1;
	}
	while ((line = strsep(&rest, "\n")) != NULL)
		if (line[0] != '\0' && !is_line_of(line, server, &other))
			fprintf(memory, "%s\n", line);
	fprintf(memory, "%s %s\n", server, fingerprint);
	if (fclose(memory) == 0 && client_path_state(FILE_NAME, path) == 0)
		result = client_path_write(path, written, len);
	int saved = errno;
	free(written);
	free(text);
	errno = saved;
	return result;
}

int
client_known_keys_remember(const char *host, uint16_t port, const char *fingerprint)
{
	char server[SERVER];
	int lock, result;

	snprintf(server, sizeof(server), "%s:%u", host, port);
	lock = lock_file();
	if (lock < 0)
		return -1;
	result = rewrite_file(server, fingerprint);
	int saved = errno;
	close(lock);
	errno = saved;
	return result;
}
