/*
 * dialect_file: files in the line dialects: BASE64 that streams in at the end of a request, and
 * out inside a reply. Neither needs more memory for a longer file.
 */
#include "dialect/file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/log.h"
#include "chat/file/download.h"
#include "chat/file/upload.h"
#include "chat/realm/realm.h"
#include "chat/realm/remote_user.h"

#define DECODE_PIECE 4096 /* characters at a time */
#define ENCODE_PIECE 6144 /* bytes at a time */

/* To whom, and which of the words is the file's name. */
static enum chat_result
address(struct chat *chat, struct chat_upload *upload, const struct line_request *request,
    enum line_verb verb, struct chat_text *name)
{
	const struct chat_text *words = request->words;

	*name = words[request->n_words - 1];
	switch (verb) {
	case LINE_SEND_FILE:
		return chat_upload_to_user(chat, upload, words[0]);
	case LINE_SEND_GROUP_FILE:
		if (request->line->family)
			return chat_realm_upload_group(chat, upload, chat_text(chat->config->realm),
			    words[0]);
		return chat_upload_to_group(chat, upload, words[0]);
	case LINE_SEND_FILE_REALM:
		return chat_realm_upload(chat, upload, words[0], words[1]);
	case LINE_SEND_GROUP_FILE_REALM:
		return chat_realm_upload_group(chat, upload, words[0], words[1]);
	default:
		bug("verb %d sends no file", (int)verb);
	}
}

/* A body on its way. */
struct body {
	struct base64_decoder decoder;
	dialect_file_sink *sink;
	void *arg;
};

static enum chat_result
decode(struct body *body, const char *text, size_t len)
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
			*result = decode(body, text, len);
		else if (!dialog->wait(dialog))
			return false;
	}
	if (!last)
		frame_discard(&dialog->frame);
	return true;
}

bool
dialect_file_decode(struct dialog *dialog, struct chat_text text, bool streams,
    dialect_file_sink *sink, void *arg, enum chat_result *result)
{
	struct body body = { .sink = sink, .arg = arg };

	base64_decode_init(&body.decoder);
	if (!streams)
		*result = decode(&body, text.data, text.len);
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

void
dialect_file_receive(struct dialog *dialog, const struct line_request *request, enum line_verb verb,
    bool streams)
{
	struct chat_upload upload;
	struct chat_text name;
	enum chat_result result;
	bool whole = true;

	chat_upload_init(&upload, &request->session);
	result = address(&dialog->chat, &upload, request, verb, &name);
	if (result == CHAT_OK)
		result = chat_upload_begin(&dialog->chat, &upload, name);
	if (result == CHAT_OK)
		whole = dialect_file_decode(dialog, request->text, streams, write_upload, &upload,
		    &result);
	else if (streams)
		frame_discard(&dialog->frame);
	if (whole && result == CHAT_OK)
		result = chat_upload_finish(&dialog->chat, &upload);
	chat_upload_end(&upload);
	if (whole)
		dialect_line_result(dialog, request, verb, result);
	else
		dialog->ending = true;
}

/* A reply that cannot be finished: the client is to see that it is cut off. */
static void
cut_off(struct dialog *dialog)
{
	dialog->ending = true;
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

void
dialect_file_list(struct dialog *dialog, const struct line_request *request)
{
	struct list list = { .who_len = 0 };

	dialect_line_begin(dialog, &list.json, "OK");
	json_out_key(&list.json, "messages");
	json_out_object_begin(&list.json);
	if (chat_download_list(&dialog->chat, &request->session, list_file, &list) != CHAT_OK) {
		log_warnx("the files of %s cannot be listed", request->session.user.name);
		cut_off(dialog);
		return;
	}
	if (list.who_len > 0)
		json_out_array_end(&list.json);
	json_out_object_end(&list.json);
	dialect_line_end(dialog, &list.json);
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

/* 0, or -1: it has not the size that it should have, or cannot be read. */
static int
encode(struct dialog *dialog, struct json_out *json, const struct chat_download *download)
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

/* The content, inside of a string, and the end of the download. False: the reply is cut off. */
static bool
write_download(struct dialog *dialog, struct json_out *json, const struct chat_download *download)
{
	int status = encode(dialog, json, download);

	close(download->fd);
	if (status == 0)
		return true;
	log_warnx("the content of a file is damaged");
	cut_off(dialog);
	return false;
}

void
dialect_file_send(struct dialog *dialog, const struct line_request *request)
{
	static const char downloaded[] = "Downloaded ";
	struct chat_download download;
	struct json_out json;
	enum chat_result result = chat_download_open(&dialog->chat, &request->session,
	    request->words[0], request->words[1], &download);

	if (result != CHAT_OK) {
		dialect_line_result(dialog, request, LINE_DOWNLOAD, result);
		return;
	}
	dialect_line_begin(dialog, &json, "OK");
	json_out_key(&json, "messages");
	json_out_string_begin(&json);
	json_out_string_part(&json, downloaded, sizeof(downloaded) - 1);
	json_out_string_part(&json, download.name.data, download.name.len);
	json_out_string_end(&json);
	json_out_key(&json, "filename");
	json_out_string(&json, download.name.data, download.name.len);
	json_out_key(&json, "data");
	json_out_string_begin(&json);
	if (!write_download(dialog, &json, &download))
		return;
	json_out_string_end(&json);
	dialect_line_end(dialog, &json);
}

void
dialect_file_send_newest(struct dialog *dialog, const struct line_request *request)
{
	struct chat_download_newest newest;
	struct chat_download download;
	struct json_out json;
	enum chat_result result = chat_download_newest(&dialog->chat, &request->session, &newest);

	if (result == CHAT_OK)
		result = chat_download_open(&dialog->chat, &request->session,
		    (struct chat_text){ .data = newest.who, .len = newest.who_len },
		    (struct chat_text){ .data = newest.name, .len = newest.name_len }, &download);
	if (result != CHAT_OK) {
		dialect_line_result(dialog, request, LINE_GET_FILE, result);
		return;
	}
	dialect_line_begin(dialog, &json, "OK");
	json_out_key(&json, "messages");
	json_out_object_begin(&json);
	json_out_key_n(&json, newest.who, newest.who_len);
	json_out_array_begin(&json);
	json_out_string(&json, newest.name, newest.name_len);
	/* Those clients save only what is wrapped as Python prints it. */
	json_out_string_begin(&json);
	json_out_string_part(&json, "b'", 2);
	if (!write_download(dialog, &json, &download))
		return;
	json_out_string_part(&json, "'", 1);
	json_out_string_end(&json);
	json_out_array_end(&json);
	json_out_object_end(&json);
	dialect_line_end(dialog, &json);
}

/* What a client has to send for a file that it is not shown; the token is its own. */
static void
write_hint(struct json_out *json, struct chat_text who, struct chat_text name)
{
	static const char command[] = "download_file ";

	json_out_key(json, "file_hint");
	json_out_string_begin(json);
	json_out_string_part(json, command, sizeof(command) - 1);
	json_out_string_part(json, who.data, who.len);
	json_out_string_part(json, " ", 1);
	json_out_string_part(json, name.data, name.len);
	json_out_string_end(json);
}

/* An inbox that was cut off for a damaged file would be cut off for ever. */
static void
write_content(struct dialog *dialog, struct json_out *json, const struct chat_download *download)
{
	int status;

	json_out_key(json, "file_content");
	json_out_string_begin(json);
	status = encode(dialog, json, download);
	json_out_string_end(json);
	if (status == 0)
		return;
	log_warnx("the content of a file is damaged");
	json_out_key(json, "file_damaged");
	json_out_bool(json, true);
}

/* A copy in the given memory; an empty one where it is too long, which no name is. */
static struct chat_text
copy_text(char *bytes, size_t size, struct chat_text text)
{
	size_t len = text.len <= size ? text.len : 0;

	memcpy(bytes, text.data, len);
	return (struct chat_text){ .data = bytes, .len = len };
}

void
dialect_file_enclose(struct dialog *dialog, struct json_out *json,
    const struct line_request *request, const struct chat_inbox *inbox,
    const struct chat_inbox_item *item, const struct chat_message *message, uint64_t *room)
{
	char name_bytes[CHAT_FILE_NAME_MAX], group_bytes[NAME_MAX_BYTES];
	struct chat_text name = copy_text(name_bytes, sizeof(name_bytes), message->text);
	struct chat_text who = chat_text(inbox->senders[item->sender]), with = who;
	struct chat_download download;

	if (message->kind == CHAT_GROUP)
		with = copy_text(group_bytes, sizeof(group_bytes), message->to);
	json_out_key(json, "file_name");
	json_out_string(json, name.data, name.len);
	if (chat_download_told(&dialog->chat, &request->session, inbox->logs[item->log].owner,
	        message->from_id, who, name, &download) != CHAT_OK)
		return; /* it is kept no more */
	if (download.size <= dialog->config->inbox_file_max && download.size <= *room) {
		*room -= download.size;
		write_content(dialog, json, &download);
	} else {
		write_hint(json, with, name);
	}
	close(download.fd);
}
