/* dialect_request: requests of a line dialect: found in its table, prepared and run. */
#include "dialect/request.h"

#include "dialect/code.h"
#include "dialect/enter.h"
#include "dialect/follow.h"
#include "dialect/line.h"
#include "dialect/parse.h"
#include "dialect/pipeline.h"

/* Replies behind the requests that are under way. */
static void
refuse(struct dialog *dialog, const struct line_request *request, enum chat_result result)
{
	dialect_pipeline_settle(dialog);
	dialect_line_result(dialog, request, result);
}

/* Looks the session up for every request: it may have ended on another connection. */
static bool
find_session(struct dialog *dialog, struct chat_text token, struct line_request *request)
{
	enum chat_result result = dialect_enter_session(dialog, token, &request->session);

	if (result != CHAT_OK || !token_same(request->session.token, dialog->session.token))
		dialect_check_session(dialog);
	if (result != CHAT_OK) {
		refuse(dialog, request, result);
		return false;
	}
	dialect_note(dialog, &request->session);
	dialect_seen(dialog, &request->session);
	return true;
}

static bool
needs_session(const struct line_request *request)
{
	unsigned char open = request->command->open;

	return open == 0 || request->n_words > open;
}

/* A session that is not needed may be there all the same. */
static void
look_for_session(struct dialog *dialog, struct chat_text token, struct line_request *request)
{
	if (token.len == 0 || dialect_enter_session(dialog, token, &request->session) != CHAT_OK)
		request->session = (struct chat_session){ .user.id = 0 };
}

/* Does what every command needs before it is run. False when that failed, and was replied. */
static bool
prepare_request(struct dialog *dialog, struct chat_text rest, struct line_request *request)
{
	const struct line_command *command = request->command;
	struct chat_text token = dialect_parse_token(dialog, command, &rest);
	bool parsed = dialect_parse_words(rest, request), newer = false;

	if (command->takes != NULL && request->n_words > 0)
		newer = parsed = parsed && command->takes(request);
	request->coded = command->coded || newer;
	if (!parsed) {
		dialect_pipeline_settle(dialog);
		dialect_line_error(dialog, request->coded, request->line->texts->bad_arguments,
		    dialect_code(CHAT_BAD_ARGUMENT));
		return false;
	}
	if (!dialect_begin(dialog)) {
		refuse(dialog, request, CHAT_FAILED);
		return false;
	}
	if (needs_session(request))
		return find_session(dialog, token, request);
	if (request->command->open != LINE_OPEN)
		look_for_session(dialog, token, request);
	dialect_check_session(dialog);
	return true;
}

static void
run_request(struct dialog *dialog, struct line_request *request, const struct frame_line *line)
{
	if (request->command->pipelined)
		dialect_pipeline_run(dialog, request, line);
	else
		dialect_line_run(dialog, request);
}

void
dialect_request_line(struct dialog *dialog, const struct frame_line *frame_line)
{
	const struct line_dialect *own = dialog->dialect->tables;
	struct chat_text line = { .data = frame_line->data, .len = frame_line->len }, rest;
	struct line_request request = { .streams = false };

	const struct line_command *command = dialect_parse_command(own, line, &request, &rest);

	if (command == NULL || !command->pipelined)
		dialect_pipeline_settle(dialog);
	dialect_follow_end(dialog);
	if (command == NULL)
		dialect_line_error(dialog, false, own->texts->unknown, DIALECT_CODE_UNKNOWN);
	else if (prepare_request(dialog, rest, &request))
		run_request(dialog, &request, frame_line);
}

bool
dialect_request_head(struct dialog *dialog, const struct frame_line *head)
{
	struct chat_text line = { .data = head->data, .len = head->len }, rest;
	struct line_request request = { .streams = true };
	const struct line_command *command =
	    dialect_parse_command(dialog->dialect->tables, line, &request, &rest);

	if (command == NULL || !dialect_parse_has_body(command))
		return false;
	dialect_follow_end(dialog);
	if (!prepare_request(dialog, rest, &request)) {
		frame_discard(&dialog->frame);
		return true;
	}
	frame_stream(&dialog->frame, (size_t)(request.text.data - head->data));
	dialect_line_run(dialog, &request);
	return true;
}

void
dialect_request_too_long(struct dialog *dialog)
{
	dialect_follow_end(dialog);
	dialect_line_error(dialog, false, dialog->dialect->tables->texts->bad_arguments,
	    dialect_code(CHAT_BAD_ARGUMENT));
}
