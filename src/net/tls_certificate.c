/*
 * tls_certificate: the file is read by read() alone, since stdio and libcrypto free their buffers
 * as they are.
 */
#include "net/tls_certificate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PEM_BEGIN "-----BEGIN "
#define PEM_KIND  "CERTIFICATE-----" /* also of the kinds X509 and TRUSTED */
#define PEM_END   "-----END "

static bool
begins_with(const char *line, size_t len, const char *text)
{
	return len >= strlen(text) && memcmp(line, text, strlen(text)) == 0;
}

/* Moves the certificates to the beginning, and overwrites what is behind them. Their length. */
static size_t
keep_certificates(char *text, size_t len)
{
	size_t kept = 0, size;
	bool keeping = false;

	for (size_t at = 0; at < len; at += size) {
		const char *line = text + at, *end = memchr(line, '\n', len - at);

		size = end == NULL ? len - at : (size_t)(end - line) + 1;
		bool last = begins_with(line, size, PEM_END);
		if (begins_with(line, size, PEM_BEGIN))
			keeping = memmem(line, size, PEM_KIND, strlen(PEM_KIND)) != NULL;
		if (keeping) {
			memmove(text + kept, line, size);
			kept += size;
		}
		keeping = keeping && !last;
	}
	explicit_bzero(text + kept, len - kept);
	return kept;
}

/* Reads all into a buffer of this size. The length, or -1 with errno set. */
static ssize_t
read_file(const char *path, char *buffer, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), saved;
	size_t len = 0;
	ssize_t got = 1;

	if (fd < 0)
		return -1;
	while (got > 0 && len < size) {
		got = read(fd, buffer + len, size - len);
		if (got < 0 && errno == EINTR)
			got = 1;
		else if (got > 0)
			len += (size_t)got;
	}
	saved = errno;
	close(fd);
	errno = saved;
	if (got == 0)
		return (ssize_t)len;
	if (got > 0)
		errno = EFBIG;
	explicit_bzero(buffer, len);
	return -1;
}

char *
tls_certificate_read(const char *path, size_t *len)
{
	char *text = malloc(TLS_CERTIFICATE_FILE_MAX + 1);
	ssize_t got;

	if (text == NULL)
		return NULL;
	got = read_file(path, text, TLS_CERTIFICATE_FILE_MAX + 1);
	if (got >= 0) {
		*len = keep_certificates(text, (size_t)got);
		return text;
	}
	int saved = errno;
	free(text);
	errno = saved;
	return NULL;
}
