/*
 * dialect_web_file: a file comes as by postfile and goes as by download, but for its form: bytes as
 * they are, whose number is told before. Neither needs memory for more than a piece of it.
 */
#include "dialect/web/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/log.h"
#include "chat/history/files.h"
#include "chat/post.h"
#include "dialect/file.h"
#include "dialect/post.h"
#include "dialect/web/session.h"

#define PIECE     16384 /* bytes of a file at a time */
#define HEAD_SIZE 12    /* bytes that show what an image is */
#define ETAG_SIZE (2 * CHAT_BLOB_HASH + 3)
#define NAME_SIZE (3 * CHAT_FILE_NAME_MAX + 1)

/* What a browser makes of a content, should it be opened as a page. */
#define POLICY "sandbox; default-src 'none'"

/* A file as the path names it. It may be used when the head is gone. */
struct target {
	struct dialect_web_exchange *x;
	char who[CHAT_WHO_TEXT];
	char name[CHAT_FILE_NAME_MAX + 1];
	struct chat_session session;
};

/* A number, which may be missing. One that is too large is the largest. */
static bool
cut_number(struct chat_text *text, uint64_t *number)
{
	size_t i;

	*number = 0;
	for (i = 0; i < text->len && text->data[i] >= '0' && text->data[i] <= '9'; i++) {
		uint64_t digit = (uint64_t)(text->data[i] - '0');

		*number = *number > (UINT64_MAX - digit) / 10 ? UINT64_MAX : *number * 10 + digit;
	}
	text->data += i;
	text->len -= i;
	return i > 0;
}

/* The last bytes of a content. */
static enum dialect_web_file_range
take_suffix(uint64_t number, uint64_t size, uint64_t *first, uint64_t *len)
{
	if (number == 0)
		return DIALECT_WEB_FILE_BEYOND;
	*len = number < size ? number : size;
	*first = size - *len;
	return size == 0 ? DIALECT_WEB_FILE_WHOLE : DIALECT_WEB_FILE_PART;
}

enum dialect_web_file_range
dialect_web_file_range(struct chat_text value, uint64_t size, uint64_t *first, uint64_t *len)
{
	static const char unit[] = "bytes=";
	uint64_t last;
	bool begins, ends;

	if (value.len < sizeof(unit) || strncasecmp(value.data, unit, sizeof(unit) - 1) != 0)
		return DIALECT_WEB_FILE_WHOLE;
	value.data += sizeof(unit) - 1;
	value.len -= sizeof(unit) - 1;
	begins = cut_number(&value, first);
	if (value.len == 0 || value.data[0] != '-')
		return DIALECT_WEB_FILE_WHOLE;
	value.data++;
	value.len--;
	ends = cut_number(&value, &last);
	if (value.len > 0 || (!begins && !ends) || (begins && ends && last < *first))
		return DIALECT_WEB_FILE_WHOLE;
	if (!begins)
		return take_suffix(last, size, first, len);
	if (*first >= size)
		return DIALECT_WEB_FILE_BEYOND;
	*len = (ends && last < size ? last + 1 : size) - *first;
	return DIALECT_WEB_FILE_PART;
}

static bool
decode_part(struct chat_text part, char *out, size_t size)
{
	return dialect_web_request_decode(part, false, out, size) > 0;
}

/* Finds who asks for which file. False: this is replied. */
static bool
find_target(struct target *target, const struct dialect_web_request *request)
{
	struct chat_text who = request->path, name;
	const char *slash;
	enum chat_result result;

	who.data += sizeof(DIALECT_WEB_FILE_PATH) - 1;
	who.len -= sizeof(DIALECT_WEB_FILE_PATH) - 1;
	slash = who.len == 0 ? NULL : memchr(who.data, '/', who.len);
	if (slash == NULL) {
		dialect_web_reply_refuse(target->x, 404, "");
		return false;
	}
	name.data = slash + 1;
	name.len = who.len - (size_t)(name.data - who.data);
	who.len = (size_t)(slash - who.data);
	if (!decode_part(who, target->who, sizeof(target->who)) ||
	    !decode_part(name, target->name, sizeof(target->name))) {
		dialect_web_reply_refuse(target->x, 400, "");
		return false;
	}
	result = dialect_web_session_find(target->x, &target->session);
	if (result != CHAT_OK) {
		dialect_web_reply_result(target->x, result);
		return false;
	}
	dialect_note(target->x->dialog, &target->session);
	target->x->dialog->paying_user = target->session.user.id;
	return true;
}

static enum chat_result
address_upload(void *arg, struct chat *chat, struct chat_upload *upload)
{
	const struct target *target = arg;

	return chat_post_address(chat, upload, chat_text(target->who));
}

/* A content that is not taken stays where it is: the connection ends with the reply. */
static bool
read_content(void *arg, struct dialog *dialog, struct chat_upload *upload, enum chat_result *result)
{
	struct dialect_web_exchange *x = ((struct target *)arg)->x;
	bool last = x->length == 0;
	const char *data;
	size_t len;

	if (*result == CHAT_OK)
		*result = chat_upload_expect(upload, x->length);
	if (*result != CHAT_OK || last)
		return true;
	dialect_web_reply_continue(x);
	frame_stream_bytes(&dialog->frame, x->length);
	while (!last && *result == CHAT_OK) {
		if (frame_chunk(&dialog->frame, &data, &len, &last))
			*result = chat_upload_write(upload, data, len);
		else if (!dialog->wait(dialog))
			return false;
	}
	return true;
}

/*
 * Takes a content that is here already, for a browser heeds no good reply before it has sent all.
 * False: it does not come as a whole, and nothing is to be replied.
 */
static bool
skip_content(struct dialect_web_exchange *x)
{
	struct dialog *dialog = x->dialog;
	bool last = x->length == 0 || x->expects || x->length > dialog->config->file_max;
	const char *data;
	size_t len;

	if (!last)
		frame_stream_bytes(&dialog->frame, x->length);
	while (!last)
		if (!frame_chunk(&dialog->frame, &data, &len, &last) && !dialog->wait(dialog)) {
			dialog->ending = true;
			return false;
		}
	return true;
}

static void
reply_stored(struct target *target, bool sent, enum chat_result result)
{
	struct dialect_web_json json;

	dialect_web_reply_json_begin(&json, "OK");
	if (sent)
		dialect_post_members(target->x->dialog, &target->session, result, &json.out);
	dialect_web_reply_json(target->x, 200, &json, "");
}

static void
receive_file(struct target *target, const struct dialect_web_request *request)
{
	struct dialog *dialog = target->x->dialog;
	const struct dialect_file_source source = { .session = &target->session,
		.name = chat_text(target->name),
		.address = address_upload,
		.read = read_content,
		.arg = target };
	unsigned char key[CHAT_ONCE_KEY];
	enum chat_result result = CHAT_OK;
	struct chat_text text;
	bool sent;

	if (dialect_web_request_header(request, "Idempotency-Key", &text))
		result = dialect_post_begin(dialog, &target->session, text, key);
	if (result == CHAT_OK)
		result = dialect_file_take(dialog, &source);
	else if (dialog->chat.sent != 0 && !skip_content(target->x))
		result = LINE_REPLIED;
	sent = dialect_post_end(dialog);
	if (result == LINE_REPLIED)
		return;
	if (sent || result == CHAT_OK || result == CHAT_QUEUED)
		reply_stored(target, sent, result);
	else
		dialect_web_reply_result(target->x, result);
}

/* Images that browsers show. Whatever else it is, they shall save it. */
static const char *
find_type(int fd)
{
	static const struct {
		const char *type, *start;
		size_t len;
	} images[] = {
		{ "image/png", "\x89PNG\r\n\x1a\n", 8 },
		{ "image/jpeg", "\xff\xd8\xff", 3 },
		{ "image/gif", "GIF87a", 6 },
		{ "image/gif", "GIF89a", 6 },
	};
	char head[HEAD_SIZE];
	ssize_t len = pread(fd, head, sizeof(head), 0);

	for (size_t i = 0; i < sizeof(images) / sizeof(images[0]); i++)
		if (len >= (ssize_t)images[i].len &&
		    memcmp(head, images[i].start, images[i].len) == 0)
			return images[i].type;
	if (len == HEAD_SIZE && memcmp(head, "RIFF", 4) == 0 && memcmp(head + 8, "WEBP", 4) == 0)
		return "image/webp";
	return "application/octet-stream";
}

/* As RFC 8187 has it. */
static void
encode_name(struct chat_text name, char out[NAME_SIZE])
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	                            "0123456789!#$&+-.^_`|~";

	for (size_t i = 0; i < name.len; i++)
		out += strchr(plain, name.data[i]) != NULL
		    ? snprintf(out, 2, "%c", name.data[i])
		    : snprintf(out, 4, "%%%02X", (unsigned int)(unsigned char)name.data[i]);
	*out = '\0';
}

/* Writes what of the content is asked for. A client sees by the length that a file is damaged. */
static void
send_content(struct dialog *dialog, int fd, uint64_t at, uint64_t left)
{
	char bytes[PIECE];

	while (left > 0 && !frame_failed(&dialog->frame)) {
		size_t piece = left < sizeof(bytes) ? (size_t)left : sizeof(bytes);
		ssize_t n = pread(fd, bytes, piece, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			log_warnx("the content of a file is damaged");
			dialog->ending = true;
			return;
		}
		frame_write(&dialog->frame, bytes, (size_t)n);
		at += (uint64_t)n;
		left -= (uint64_t)n;
	}
}

/* Which part is asked for. A content that has changed since the client had a part is sent whole. */
static enum dialect_web_file_range
find_range(const struct dialect_web_request *request, const char *etag, uint64_t size,
    uint64_t *first, uint64_t *len)
{
	enum dialect_web_file_range range = DIALECT_WEB_FILE_WHOLE;
	struct chat_text value;

	if (request->method == DIALECT_WEB_GET &&
	    (!dialect_web_request_header(request, "If-Range", &value) ||
	        (value.len == strlen(etag) && memcmp(value.data, etag, value.len) == 0)) &&
	    dialect_web_request_header(request, "Range", &value))
		range = dialect_web_file_range(value, size, first, len);
	if (range != DIALECT_WEB_FILE_PART) {
		*first = 0;
		*len = size;
	}
	return range;
}

static void
write_headers(struct dialect_web_exchange *x, const struct chat_download *download,
    const char *etag)
{
	char name[NAME_SIZE];

	encode_name(download->name, name);
	dialect_web_reply_header(x, "ETag", "%s", etag);
	dialect_web_reply_header(x, "Cache-Control", "private, no-cache");
	dialect_web_reply_header(x, "Accept-Ranges", "bytes");
	dialect_web_reply_header(x, "Content-Disposition", "attachment; filename*=UTF-8''%s", name);
}

static void
send_download(struct dialect_web_exchange *x, const struct dialect_web_request *request,
    const struct chat_download *download)
{
	char etag[ETAG_SIZE] = "\"", beyond[64];
	uint64_t first, len;
	enum dialect_web_file_range range;
	bool known;

	hex_write(download->hash, sizeof(download->hash), etag + 1);
	memcpy(etag + ETAG_SIZE - 2, "\"", 2);
	range = find_range(request, etag, download->size, &first, &len);
	known = dialect_web_request_knows(request, etag);
	if (!known && range == DIALECT_WEB_FILE_BEYOND) {
		snprintf(beyond, sizeof(beyond), "Content-Range: bytes */%llu\r\n",
		    (unsigned long long)download->size);
		dialect_web_reply_refuse(x, 416, beyond);
		return;
	}
	if (known)
		dialect_web_reply_begin(x, 304, NULL, DIALECT_WEB_NO_BODY);
	else
		dialect_web_reply_begin(x, range == DIALECT_WEB_FILE_PART ? 206 : 200,
		    find_type(download->fd), (int64_t)len);
	write_headers(x, download, etag);
	if (!known && range == DIALECT_WEB_FILE_PART)
		dialect_web_reply_header(x, "Content-Range", "bytes %llu-%llu/%llu",
		    (unsigned long long)first, (unsigned long long)(first + len - 1),
		    (unsigned long long)download->size);
	if (dialect_web_reply_end(x) && !known)
		send_content(x->dialog, download->fd, first, len);
}

static void
send_file(struct target *target, const struct dialect_web_request *request)
{
	struct chat_download download;
	enum chat_result result = chat_files_open(&target->x->dialog->chat, &target->session,
	    chat_text(target->who), chat_text(target->name), &download);

	if (result != CHAT_OK) {
		dialect_web_reply_result(target->x, result);
		return;
	}
	send_download(target->x, request, &download);
	close(download.fd);
}

void
dialect_web_file_serve(struct dialect_web_exchange *x, const struct dialect_web_request *request)
{
	struct target target = { .x = x };

	/* A connection that has used the store would show its user. */
	x->close = true;
	x->policy = POLICY;
	if (x->method == DIALECT_WEB_PUT && !x->has_length)
		dialect_web_reply_refuse(x, 411, "");
	else if (find_target(&target, request)) {
		if (x->method == DIALECT_WEB_PUT)
			receive_file(&target, request);
		else
			send_file(&target, request);
	}
	explicit_bzero(&target.session, sizeof(target.session));
}
