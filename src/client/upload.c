/* client_upload: an empty file is b'', since a request has no empty word. */
#include "client/upload.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "client/request.h"

#define CHUNK (48 * 1024)

void
client_upload_begin(struct client_upload *u, int fd)
{
	*u = (struct client_upload){ .fd = fd };
	base64_encode_init(&u->encoder);
}

/* The file is at its end. */
static void
end_upload(struct client_upload *u, struct client_connection *c)
{
	char tail[BASE64_TAIL_MAX];
	size_t len = base64_encode_end(&u->encoder, tail);

	if (u->read == 0)
		client_connection_put(c, "b''", 3);
	client_connection_put(c, tail, len);
	client_connection_put(c, "\r\n", 2);
	u->ended = true;
}

int
client_upload_step(struct client_upload *u, struct client_connection *c)
{
	static char text[BASE64_ENCODED_MAX(CHUNK + 2)];
	static unsigned char bytes[CHUNK];

	while (!u->ended && !client_connection_is_full(c)) {
		ssize_t n = read(u->fd, bytes, sizeof(bytes));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0) {
			end_upload(u, c);
			break;
		}
		u->read += (uint64_t)n;
		n = base64_encode(&u->encoder, bytes, (size_t)n, text, sizeof(text));
		if (n > 0)
			client_connection_put(c, text, (size_t)n);
	}
	return 0;
}

bool
client_upload_name(const char *path, char name[256])
{
	const char *slash = strrchr(path, '/'), *last = slash == NULL ? path : slash + 1;
	size_t len = strlen(last);

	if (len >= 256 || strcmp(last, ".") == 0 || strcmp(last, "..") == 0)
		return false;
	for (size_t i = 0; i <= len; i++)
		name[i] = last[i];
	for (size_t i = 0; i < len; i++)
		if (name[i] == ' ' || name[i] == '\\')
			name[i] = '_';
	return client_request_is_name(name);
}
