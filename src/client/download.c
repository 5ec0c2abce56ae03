/*
 * client_download: a reader of JSON that knows strings and depth, which is all it takes to find one
 * member of the outermost object. The rest is judged by client_json once it is whole.
 */
#include "client/download.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/json.h"

#define KEY     "\"data\""
#define END     "\r\n\r\n"
#define END_LEN (sizeof(END) - 1)
#define CHUNK   4096 /* bytes of BASE64 that are decoded at once */

bool
client_download_begin(struct client_download *d, int fd, uint64_t max)
{
	*d = (struct client_download){ .fd = fd,
		.max = max > CLIENT_DOWNLOAD_MAX ? CLIENT_DOWNLOAD_MAX : max };
	d->head = malloc(CLIENT_DOWNLOAD_HEAD + 1);
	base64_decode_init(&d->decoder);
	return d->head != NULL;
}

void
client_download_free(struct client_download *d)
{
	free(d->head);
	d->head = NULL;
}

static int
write_all(int fd, const unsigned char *data, size_t len)
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

/* Decodes a piece of the content and writes it. */
static enum client_download_result
write_content(struct client_download *d, const char *text, size_t len)
{
	unsigned char bytes[BASE64_DECODED_MAX(CHUNK)];
	ssize_t n = base64_decode(&d->decoder, text, len, bytes, sizeof(bytes));

	if (n < 0 || (uint64_t)n > d->max - d->written ||
	    (d->size > 0 && d->written + (uint64_t)n > d->size))
		return CLIENT_DOWNLOAD_PROTOCOL;
	d->written += (uint64_t)n;
	return write_all(d->fd, bytes, (size_t)n) == 0 ? CLIENT_DOWNLOAD_MORE
	                                               : CLIENT_DOWNLOAD_WRITE;
}

/* Takes bytes of the content. Of all its letters JSON lets the slash alone be escaped. */
static enum client_download_result
feed_content(struct client_download *d, const char *data, size_t len, size_t *used)
{
	size_t n = 0;

	if (d->escaped) {
		d->escaped = false;
		*used = 1;
		return data[0] == '/' ? write_content(d, data, 1) : CLIENT_DOWNLOAD_PROTOCOL;
	}
	while (n < len && n < CHUNK && data[n] != '"' && data[n] != '\\')
		n++;
	*used = n;
	if (n > 0)
		return write_content(d, data, n);
	*used = 1;
	d->escaped = data[0] == '\\';
	if (d->escaped)
		return CLIENT_DOWNLOAD_MORE;
	d->in_data = false;
	d->head[d->head_len++] = '"';
	return base64_decode_end(&d->decoder) == 0 ? CLIENT_DOWNLOAD_MORE
	                                           : CLIENT_DOWNLOAD_PROTOCOL;
}

/* The content begins: what the reply says of its size is known, if it came before. */
static void
begin_content(struct client_download *d)
{
	static const char rest[] = "\"}";
	json_t *object;

	d->in_data = d->has_data = true;
	d->is_data = false;
	if (d->head_len + sizeof(rest) > CLIENT_DOWNLOAD_HEAD)
		return;
	memcpy(d->head + d->head_len, rest, sizeof(rest));
	object = client_json_read(d->head, d->head_len + sizeof(rest) - 1);
	d->size = client_json_number(object, "size");
	json_decref(object);
}

/* Whether the string that ends here is the key of the content. */
static bool
is_key(const struct client_download *d)
{
	return d->depth == 1 && !d->has_data && d->head_len - d->string == strlen(KEY) &&
	    memcmp(d->head + d->string, KEY, strlen(KEY)) == 0;
}

/* Looks at a byte of the head outside of strings. */
static void
note_structure(struct client_download *d, char c)
{
	switch (c) {
	case '"':
		d->string = d->head_len - 1;
		d->in_string = true;
		if (d->is_data)
			begin_content(d);
		d->in_string = !d->in_data;
		break;
	case '{':
	case '[':
		d->depth++;
		d->is_data = false;
		break;
	case '}':
	case ']':
		d->depth -= d->depth > 0;
		break;
	case ',':
		d->is_data = false;
		break;
	}
}

/* Takes a byte of all that is not the content. True: the reply is whole. */
static bool
feed_head(struct client_download *d, char c)
{
	d->head[d->head_len++] = c;
	if (!d->in_string) {
		note_structure(d, c);
	} else if (d->escaped) {
		d->escaped = false;
	} else if (c == '\\') {
		d->escaped = true;
	} else if (c == '"') {
		d->in_string = false;
		d->is_data = is_key(d);
	}
	return c == '\n' && d->head_len >= END_LEN &&
	    memcmp(d->head + d->head_len - END_LEN, END, END_LEN) == 0;
}

enum client_download_result
client_download_feed(struct client_download *d, const char *data, size_t len, size_t *used)
{
	enum client_download_result result = CLIENT_DOWNLOAD_MORE;
	size_t n;

	for (*used = 0; *used < len && result == CLIENT_DOWNLOAD_MORE; *used += n) {
		n = 1;
		if (d->in_data)
			result = feed_content(d, data + *used, len - *used, &n);
		else if (d->head_len + 1 >= CLIENT_DOWNLOAD_HEAD)
			result = CLIENT_DOWNLOAD_PROTOCOL;
		else if (feed_head(d, data[*used]))
			result = CLIENT_DOWNLOAD_DONE;
	}
	return result;
}

json_t *
client_download_reply(struct client_download *d)
{
	json_t *reply = client_json_read(d->head, d->head_len - END_LEN);
	uint64_t size = client_json_number(reply, "size");

	if (!d->has_data || size == 0 || size == d->written)
		return reply;
	json_decref(reply);
	return NULL;
}
