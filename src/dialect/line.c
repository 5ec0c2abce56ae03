/* dialect_line: replies of the line dialects: one JSON object with a status. */
#include "dialect/line.h"

#include "dialect/code.h"

void
dialect_line_begin(struct dialog *dialog, struct json_out *json, const char *status)
{
	json_out_init(json, frame_sink, &dialog->frame);
	json_out_object_begin(json);
	json_out_pair(json, "status", status);
}

enum chat_result
dialect_line_end(struct dialog *dialog, struct json_out *json)
{
	json_out_object_end(json);
	frame_end_reply(&dialog->frame);
	return LINE_REPLIED;
}

static void
reply_text(struct dialog *dialog, const char *status, const char *text, const char *key,
    const char *word, uint64_t id)
{
	struct json_out json;

	dialect_line_begin(dialog, &json, status);
	json_out_pair(&json, "message", text);
	if (word != NULL)
		json_out_pair(&json, key, word);
	if (id != 0)
		json_out_pair_int(&json, "id", (int64_t)id);
	dialect_line_end(dialog, &json);
}

void
dialect_line_error(struct dialog *dialog, bool coded, const char *text, const char *code)
{
	reply_text(dialog, "ERROR", text, "code", coded || dialog->modern ? code : NULL, 0);
}

void
dialect_line_result(struct dialog *dialog, const struct line_request *request,
    enum chat_result result)
{
	enum chat_result told = result == CHAT_QUEUED ? CHAT_OK : result;
	const char *text = request->command->texts[told];

	char later[DIALECT_LATER_SIZE];

	chat_count(&dialog->chat, result, dialog->from_server);
	if (text == NULL)
		text = request->line->texts->results[told];
	if (text == NULL)
		text = request->line->texts->results[CHAT_FAILED];
	if (told == CHAT_TOO_SOON)
		text = dialect_later(dialog, text, later);
	if (told == CHAT_OK)
		reply_text(dialog, "OK", text, "delivery", result == CHAT_QUEUED ? "queued" : NULL,
		    dialog->modern ? dialog->chat.sent : 0);
	else
		dialect_line_error(dialog, request->coded, text, dialect_code(told));
}

void
dialect_line_reply(struct dialog *dialog, const struct line_request *request,
    enum chat_result result)
{
	if (result != LINE_REPLIED && request->command->reply != NULL)
		result = request->command->reply(dialog, request, result);
	if (result != LINE_REPLIED)
		dialect_line_result(dialog, request, result);
}

void
dialect_line_run(struct dialog *dialog, struct line_request *request)
{
	dialect_line_reply(dialog, request, request->command->run(dialog, request));
}
