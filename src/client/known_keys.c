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

/* Whether the line is that of a server. */
static bool
is_line_of(const char *line, const char *server)
{
	size_t len = strlen(server);

	return strncasecmp(line, server, len) == 0 && line[len] == ' ';
}

/* Whether the line is one of this file: a server, a space and a fingerprint; or is empty. */
static bool
is_line(const char *line)
{
	const char *space = strchr(line, ' ');

	return line[0] == '\0' ||
	    (space != NULL && space != line && client_known_keys_valid(space + 1));
}

/*
 * The file's text, which the caller frees: "" where there is none. NULL with errno: a damaged file
 * is not taken for one that knows less, as each server would be new then.
 */
static char *
read_file(void)
{
	char path[CLIENT_PATH_MAX], line[SERVER + CLIENT_FINGERPRINT];
	char *text;
	size_t len, n;

	if (client_path_state(FILE_NAME, path) != 0)
		return NULL;
	text = client_path_read(path, FILE_MAX, &len);
	if (text == NULL)
		return errno == ENOENT ? calloc(1, 1) : NULL;
	for (const char *at = text; at < text + len; at += n + 1) {
		n = strcspn(at, "\n");
		snprintf(line, sizeof(line), "%.*s", n < sizeof(line) ? (int)n : 0, at);
		if ((n == 0 || line[0] != '\0') && is_line(line) && strlen(text) == len)
			continue;
		free(text);
		errno = EINVAL;
		return NULL;
	}
	return text;
}

/* Looks for the server in a text, which is cut. 1 with its fingerprint, or 0. */
static int
find_line(char *text, const char *server, char known[CLIENT_FINGERPRINT])
{
	char *line;

	known[0] = '\0';
	while ((line = strsep(&text, "\n")) != NULL)
		if (is_line_of(line, server)) {
			snprintf(known, CLIENT_FINGERPRINT, "%s", line + strlen(server) + 1);
			return 1;
		}
	return 0;
}

int
client_known_keys_find(const char *host, uint16_t port, char known[CLIENT_FINGERPRINT])
{
	char server[SERVER];
	char *text = read_file();
	int found;

	known[0] = '\0';
	if (text == NULL)
		return -1;
	snprintf(server, sizeof(server), "%s:%u", host, port);
	found = find_line(text, server, known);
	free(text);
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

/* Writes all lines of the text, which is cut, but the server's, and its new one. 0, or -1. */
static int
rewrite_file(char *text, const char *server, const char *fingerprint)
{
	char path[CLIENT_PATH_MAX], *line, *written = NULL;
	size_t len;
	int result = -1;
	FILE *memory = open_memstream(&written, &len);

	if (memory == NULL)
		return -1;
	while ((line = strsep(&text, "\n")) != NULL)
		if (line[0] != '\0' && !is_line_of(line, server))
			fprintf(memory, "%s\n", line);
	fprintf(memory, "%s %s\n", server, fingerprint);
	if (fclose(memory) == 0 && client_path_state(FILE_NAME, path) == 0)
		result = client_path_write(path, written, len);
	int saved = errno;
	free(written);
	errno = saved;
	return result;
}

/* The same under the lock, with what the file has then. Nothing, if it has that. 0, or -1. */
static int
change_file(const char *server, const char *fingerprint, bool replace)
{
	char known[CLIENT_FINGERPRINT];
	char *text = read_file(), *copy = text == NULL ? NULL : strdup(text);
	int result = -1;

	bool is_known = copy != NULL && find_line(copy, server, known) != 0;

	if (is_known && strcasecmp(known, fingerprint) == 0)
		result = 0;
	else if (copy != NULL && (replace || !is_known))
		result = rewrite_file(text, server, fingerprint);
	else if (copy != NULL)
		errno = EEXIST;
	int saved = errno;
	free(copy);
	free(text);
	errno = saved;
	return result;
}

int
client_known_keys_remember(const char *host, uint16_t port, const char *fingerprint, bool replace)
{
	char server[SERVER];
	int lock, result;

	snprintf(server, sizeof(server), "%s:%u", host, port);
	lock = lock_file();
	if (lock < 0)
		return -1;
	result = change_file(server, fingerprint, replace);
	int saved = errno;
	close(lock);
	errno = saved;
	return result;
}
