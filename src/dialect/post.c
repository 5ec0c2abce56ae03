/* dialect_post: handlers of realm that send to anybody, once; and those for files of anybody. */
#include "dialect/post.h"

#include "base/log.h"
#include "chat/history/files.h"
#include "chat/post.h"
#include "chat/reason.h"
#include "dialect/file.h"
#include "dialect/item.h"

/*
 * The bridge tells the result of a delivery before it is in the store, where the message still
 * waits then: what was told goes first.
 */
static void
note_result(struct chat_item *item, enum chat_result result)
{
	if (item->delivery != CHAT_ITEM_QUEUED || result == CHAT_QUEUED || result == CHAT_REPEATED)
		return;
	item->delivery = result == CHAT_OK ? CHAT_ITEM_DELIVERED : CHAT_ITEM_REFUSED;
	item->reason = chat_reason_of(result);
}

enum chat_result
dialect_post_begin(struct dialog *dialog, const struct chat_session *session, struct chat_text text,
    unsigned char key[CHAT_ONCE_KEY])
{
	enum chat_result result = CHAT_BAD_ARGUMENT;

	if (chat_once_parse(text, key))
		result = chat_once_find(&dialog->chat, session->user.id, key);
	if (result == CHAT_OK)
		dialog->chat.once = key;
	return result;
}

bool
dialect_post_end(struct dialog *dialog)
{
	dialog->chat.once = NULL;
	return dialog->chat.sent != 0;
}

void
dialect_post_members(struct dialog *dialog, const struct chat_session *session,
    enum chat_result result, struct json_out *json)
{
	struct chat_item_reader reader;
	struct chat_item item = { .id = 0 };
	enum chat_result read = CHAT_NO_USER;

	chat_count(&dialog->chat, result, dialog->from_server);
	if (chat_item_begin(&reader, &dialog->chat, &session->user) == CHAT_OK)
		read = chat_item_read(&reader, 0, dialog->chat.sent, &item);
	json_out_pair_int(json, "id", (int64_t)dialog->chat.sent);
	if (read != CHAT_OK)
		return;
	note_result(&item, result);
	dialect_item_time(json, "time", item.time_ms);
	dialect_item_delivery(json, item.delivery, item.reason);
}

enum chat_result
dialect_post_reply(struct dialog *dialog, const struct line_request *request,
    enum chat_result result)
{
	struct json_out json;

	if (dialog->chat.sent == 0)
		return result;
	dialect_line_begin(dialog, &json, "OK");
	dialect_post_members(dialog, &request->session, result, &json);
	return dialect_line_end(dialog, &json);
}

enum chat_result
dialect_post_text(struct dialog *dialog, struct line_request *request)
{
	unsigned char key[CHAT_ONCE_KEY];
	enum chat_result result =
	    dialect_post_begin(dialog, &request->session, request->words[0], key);

	if (result == CHAT_OK)
		result = chat_post_text(&dialog->chat, &request->session, request->words[1],
		    request->text);
	dialect_post_end(dialog);
	return result;
}

enum chat_result
dialect_post_address(struct chat *chat, struct chat_upload *upload,
    const struct line_request *request)
{
	return chat_post_address(chat, upload, request->words[1]);
}

/* The content of a file that came before is not taken again, or it could replace a newer one. */
enum chat_result
dialect_post_file(struct dialog *dialog, struct line_request *request)
{
	unsigned char key[CHAT_ONCE_KEY];
	enum chat_result result =
	    dialect_post_begin(dialog, &request->session, request->words[0], key);

	if (result == CHAT_OK)
		result = dialect_file_receive(dialog, request);
	else if (request->streams)
		frame_discard(&dialog->frame);
	dialect_post_end(dialog);
	return result;
}

struct files {
	struct dialog *dialog;
	struct json_out json;
	bool begun;
};

static void
begin_files(struct files *files)
{
	if (files->begun)
		return;
	files->begun = true;
	dialect_line_begin(files->dialog, &files->json, "OK");
	json_out_key(&files->json, "files");
	json_out_array_begin(&files->json);
}

static void
write_file(void *arg, struct chat_text name, const struct chat_file *file, const char *from)
{
	struct files *files = arg;

	begin_files(files);
	json_out_object_begin(&files->json);
	json_out_pair_n(&files->json, "name", name.data, name.len);
	dialect_item_content(&files->json, file->size, file->hash);
	dialect_item_time(&files->json, "time", file->sent_ms);
	json_out_pair(&files->json, "from", from);
	json_out_object_end(&files->json);
}

enum chat_result
dialect_post_files(struct dialog *dialog, struct line_request *request)
{
	struct files files = { .dialog = dialog };
	enum chat_result result = chat_files_each(&dialog->chat, &request->session,
	    request->words[0], write_file, &files);

	if (result != CHAT_OK && files.begun) {
		log_warnx("the files of a conversation cannot be listed");
		dialog->ending = true; /* the client sees that the reply is cut off */
		return LINE_REPLIED;
	}
	if (result != CHAT_OK)
		return result;
	begin_files(&files);
	json_out_array_end(&files.json);
	return dialect_line_end(dialog, &files.json);
}

enum chat_result
dialect_post_download(struct dialog *dialog, struct line_request *request)
{
	struct chat_download download;
	struct json_out json;
	enum chat_result result = chat_files_open(&dialog->chat, &request->session,
	    request->words[0], request->words[1], &download);

	if (result != CHAT_OK)
		return result;
	dialect_line_begin(dialog, &json, "OK");
	json_out_pair_n(&json, "filename", download.name.data, download.name.len);
	json_out_pair_int(&json, "size", (int64_t)download.size);
	return dialect_file_send_data(dialog, &json, &download);
}
