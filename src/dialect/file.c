/* dialect_file: files in the line dialects. A longer file needs no more memory, in or out. */
#include "dialect/file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/log.h"

#define DECODE_PIECE 4096 /* characters at a time */
#define ENCODE_PIECE 6144 /* bytes at a time */

/* A body that is being received. */
struct body {
	struct base64_decoder decoder;
	dialect_file_sink *sink;
	void *arg;
};

static enum chat_result
decode_text(struct body *body, const char *text, size_t len)
{
	unsigned char bytes[BASE64_DECODED_MAX(DECODE_PIECE)];
	enum chat_result result = CHAT_OK;

	while (len > 0 && result == CHAT_OK) {
		size_t piece = len < DECODE_PIECE ? len : DECODE_PIECE;
		ssize_t n = base64_decode(&body->decoder, text, piece, bytes, sizeof(bytes));

		if (n < 0)
			return CHAT_BAD_ARGUMENT;
		result = body->sink(body->arg, bytes, (size_t)n);
		text += piece;
		len -= piece;
	}
	return result;
}

/* False when the connection ended before the body did. */
static bool
decode_stream(struct dialog *dialog, struct body *body, enum chat_result *result)
{
	const char *text;
	size_t len;
	bool last = false;

	*result = CHAT_OK;
	while (!last && *result == CHAT_OK) {
		if (frame_chunk(&dialog->frame, &text, &len, &last))
			*result = decode_text(body, text, len);
		else if (!dialog->wait(dialog))
			return false;
	}
	if (!last)
		frame_discard(&dialog->frame);
	return true;
}

bool
dialect_file_decode(struct dialog *dialog, const struct line_request *request,
    dialect_file_sink *sink, void *arg, enum chat_result *result)
{
	struct body body = { .sink = sink, .arg = arg };

	base64_decode_init(&body.decoder);
	if (!request->streams)
		*result = decode_text(&body, request->text.data, request->text.len);
	else if (!decode_stream(dialog, &body, result))
		return false;
	if (*result == CHAT_OK && base64_decode_end(&body.decoder) != 0)
		*result = CHAT_BAD_ARGUMENT;
	return true;
}

static enum chat_result
write_upload(void *arg, const void *data, size_t len)
{
	return chat_upload_write(arg, data, len);
}

enum chat_result
dialect_file_take(struct dialog *dialog, const struct dialect_file_source *source)
{
	struct chat_upload upload;
	enum chat_result result;
	bool whole;

	chat_upload_init(&upload, source->session);
	result = source->address(source->arg, &dialog->chat, &upload);
	if (result == CHAT_OK)
		result = chat_upload_begin(&dialog->chat, &upload, source->name);
	whole = source->read(source->arg, dialog, &upload, &result);
	if (whole && result == CHAT_OK)
		result = chat_upload_finish(&dialog->chat, &upload);
	chat_upload_end(&upload);
	dialog->ending |= !whole;
	return whole ? result : LINE_REPLIED;
}

static enum chat_result
address_upload(void *arg, struct chat *chat, struct chat_upload *upload)
{
	const struct line_request *request = arg;

	return request->command->address(chat, upload, request);
}

static bool
read_body(void *arg, struct dialog *dialog, struct chat_upload *upload, enum chat_result *result)
{
	const struct line_request *request = arg;

	if (*result == CHAT_OK)
		return dialect_file_decode(dialog, request, write_upload, upload, result);
	if (request->streams)
		frame_discard(&dialog->frame);
	return true;
}

enum chat_result
dialect_file_receive(struct dialog *dialog, struct line_request *request)
{
	const struct dialect_file_source source = { .session = &request->session,
		.name = request->words[request->n_words - 1],
		.address = address_upload,
		.read = read_body,
		.arg = request };

	return dialect_file_take(dialog, &source);
}

enum chat_result
dialect_file_to_user(struct chat *chat, struct chat_upload *upload,
    const struct line_request *request)
{
	return chat_upload_to_user(chat, upload, request->words[0]);
}

enum chat_result
dialect_file_to_group(struct chat *chat, struct chat_upload *upload,
    const struct line_request *request)
{
	return chat_upload_to_group(chat, upload, request->words[0]);
}

struct list {
	struct json_out json;
	char who[CHAT_REMOTE_USER_TEXT];
	size_t who_len;
};

static void
list_file(void *arg, struct chat_text who, struct chat_text name)
{
	struct list *list = arg;

	if (who.len != list->who_len || memcmp(who.data, list->who, who.len) != 0) {
		if (list->who_len > 0)
			json_out_array_end(&list->json);
		memcpy(list->who, who.data, who.len);
		list->who_len = who.len;
		json_out_key_n(&list->json, who.data, who.len);
		json_out_array_begin(&list->json);
	}
	json_out_string(&list->json, name.data, name.len);
}

enum chat_result
dialect_file_list(struct dialog *dialog, struct line_request *request)
{
	struct list list = { .who_len = 0 };

	dialect_line_begin(dialog, &list.json, "OK");
	json_out_key(&list.json, "messages");
	json_out_object_begin(&list.json);
	if (chat_download_list(&dialog->chat, &request->session, list_file, &list) != CHAT_OK) {
		log_warnx("the files of %s cannot be listed", request->session.user.name);
		dialog->ending = true; /* the client sees that the reply is cut off */
		return LINE_REPLIED;
	}
	if (list.who_len > 0)
		json_out_array_end(&list.json);
	json_out_object_end(&list.json);
	return dialect_line_end(dialog, &list.json);
}

/* Fills the buffer as far as the file goes; -1 with errno. */
static ssize_t
read_piece(int fd, unsigned char *bytes, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, bytes + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

int
dialect_file_encode(struct dialog *dialog, struct json_out *json,
    const struct chat_download *download)
{
	char text[BASE64_ENCODED_MAX(ENCODE_PIECE) + BASE64_TAIL_MAX];
	unsigned char bytes[ENCODE_PIECE];
	struct base64_encoder encoder;
	uint64_t left = download->size;
	ssize_t len;

	base64_encode_init(&encoder);
	while (!frame_failed(&dialog->frame) &&
	    (len = read_piece(download->fd, bytes, sizeof(bytes))) != 0) {
		if (len < 0 || (size_t)len > left)
			return -1;
		left -= (size_t)len;
		json_out_string_part(json, text,
		    (size_t)base64_encode(&encoder, bytes, (size_t)len, text, sizeof(text)));
	}
	json_out_string_part(json, text, base64_encode_end(&encoder, text));
	return left == 0 || frame_failed(&dialog->frame) ? 0 : -1;
}

/* Sends the content, and ends the download. False: the client sees that the reply is cut off. */
static bool
send_content(struct dialog *dialog, struct json_out *json, const struct chat_download *download)
{
	int status = dialect_file_encode(dialog, json, download);

	close(download->fd);
	if (status == 0)
		return true;
	log_warnx("the content of a file is damaged");
	dialog->ending = true;
	return false;
}

enum chat_result
dialect_file_send_data(struct dialog *dialog, struct json_out *json,
    const struct chat_download *download)
{
	json_out_key(json, "data");
	json_out_string_begin(json);
	if (!send_content(dialog, json, download))
		return LINE_REPLIED;
	json_out_string_end(json);
	return dialect_line_end(dialog, json);
}

enum chat_result
dialect_file_download(struct dialog *dialog, struct line_request *request)
{
	struct chat_download download;
	struct json_out json;
	enum chat_result result = chat_download_open(&dialog->chat, &request->session,
	    request->words[0], request->words[1], &download);

	if (result != CHAT_OK)
		return result;
	dialect_line_begin(dialog, &json, "OK");
	json_out_key(&json, "messages");
	json_out_string_begin(&json);
	json_out_string_cpart(&json, "Downloaded ");
	json_out_string_part(&json, download.name.data, download.name.len);
	json_out_string_end(&json);
	json_out_pair_n(&json, "filename", download.name.data, download.name.len);
	return dialect_file_send_data(dialog, &json, &download);
}

enum chat_result
dialect_file_download_newest(struct dialog *dialog, const struct line_request *request)
{
	struct chat_download_newest newest;
	struct chat_download download;
	struct json_out json;
	enum chat_result result = chat_download_newest(&dialog->chat, &request->session, &newest);

	if (result == CHAT_OK)
		result = chat_download_open(&dialog->chat, &request->session,
		    (struct chat_text){ .data = newest.who, .len = newest.who_len },
		    (struct chat_text){ .data = newest.name, .len = newest.name_len }, &download);
	if (result != CHAT_OK)
		return result;
	dialect_line_begin(dialog, &json, "OK");
	json_out_key(&json, "messages");
	json_out_object_begin(&json);
	json_out_key_n(&json, newest.who, newest.who_len);
	json_out_array_begin(&json);
	json_out_string(&json, newest.name, newest.name_len);
	/* Those clients save only what is wrapped as Python prints it. */
	json_out_string_begin(&json);
	json_out_string_cpart(&json, "b'");
	if (!send_content(dialog, &json, &download))
		return LINE_REPLIED;
	json_out_string_cpart(&json, "'");
	json_out_string_end(&json);
	json_out_array_end(&json);
	json_out_object_end(&json);
	return dialect_line_end(dialog, &json);
}
