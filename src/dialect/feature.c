/* dialect_feature: handlers that tell which program is at either end of a connection. */
#include "dialect/feature.h"

#include <string.h>

#include "base/utf8.h"

/* Features that are no commands. */
static void
write_others(struct dialog *dialog, struct json_out *json)
{
	const struct config *config = dialog->config;

	for (size_t i = 0; i < config->n_listens; i++)
		if (config->listens[i].tls &&
		    strcmp(config->listens[i].dialect, dialog->dialect->name) == 0) {
			json_out_cstring(json, "tls");
			return;
		}
}

/* The commands that came after the family's are told apart by the codes of their errors. */
enum chat_result
dialect_feature_show(struct dialog *dialog, struct line_request *request)
{
	struct json_out json;

	dialect_line_begin(dialog, &json, "OK");
	json_out_pair(&json, "server", "kabar " PACKAGE_VERSION);
	json_out_pair(&json, "realm", dialog->config->realm);
	json_out_key(&json, "features");
	json_out_array_begin(&json);
	for (const struct line_command *c = request->line->commands; c->name != NULL; c++)
		if (c->coded && (dialog->config->history || !c->needs_history))
			json_out_cstring(&json, c->name);
	write_others(dialog, &json);
	json_out_array_end(&json);
	json_out_key(&json, "limits");
	json_out_object_begin(&json);
	json_out_key(&json, "line");
	json_out_int(&json, FRAME_LINE_MAX);
	json_out_key(&json, "file");
	json_out_int(&json, (int64_t)dialog->config->file_max);
	json_out_object_end(&json);
	return dialect_line_end(dialog, &json);
}

static bool
is_program(struct chat_text text)
{
	const char *slash = memchr(text.data, '/', text.len);

	if (text.len >= CHAT_SESSION_PROGRAM || slash == NULL || slash == text.data ||
	    slash == text.data + text.len - 1)
		return false;
	return utf8_printable(text.data, text.len);
}

enum chat_result
dialect_feature_client(struct dialog *dialog, struct line_request *request)
{
	if (!is_program(request->words[0]) ||
	    !dialect_copy(dialog->client, sizeof(dialog->client), request->words[0]))
		return CHAT_BAD_ARGUMENT;
	dialog->modern = true;
	dialog->noted[0] = '\0';
	if (dialog->chat_open)
		dialect_present(dialog, dialog->seen_user,
		    dialog->seen_user == 0 ? "-" : dialog->session.user.name);
	return CHAT_OK;
}
