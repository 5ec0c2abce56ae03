/* dialect_show: the dialect in which `show` lists the users who are online as records. */
#include "dialect/follow.h"
#include "dialect/help.h"
#include "dialect/inbox.h"
#include "dialect/people.h"
#include "dialect/request.h"
#include "dialect/texts.h"
#include "dialect/verb.h"

static void
write_person(struct json_out *json, const struct chat_user *user, int64_t since_ms)
{
	(void)since_ms;
	json_out_object_begin(json);
	json_out_pair(json, "username", user->name);
	json_out_pair(json, "name", user->fullname);
	json_out_pair(json, "negara", user->country);
	json_out_object_end(json);
}

static enum chat_result
show_people(struct dialog *dialog, struct line_request *request)
{
	struct json_out json;

	(void)request;
	dialect_line_begin(dialog, &json, "OK");
	json_out_key(&json, "message");
	json_out_array_begin(&json);
	dialect_people_each(dialog, write_person, &json, 0);
	json_out_array_end(&json);
	return dialect_line_end(dialog, &json);
}

/* The reply tells the token of the session that has ended. */
static enum chat_result
log_out(struct dialog *dialog, struct line_request *request)
{
	enum chat_result result = dialect_verb_logout(dialog, request);
	struct json_out json;

	if (result != CHAT_OK)
		return result;
	dialect_line_begin(dialog, &json, "OK");
	json_out_pair(&json, "message", request->session.token);
	return dialect_line_end(dialog, &json);
}

static const struct line_command commands[] = {
	{ .name = "auth",
	    .words = "user password",
	    .open = LINE_OPEN,
	    .run = dialect_verb_login,
	    .texts = { [CHAT_NO_USER] = "User Tidak Ada" } },
	{ .name = "send",
	    .words = "user " LINE_TEXT,
	    .run = dialect_verb_send,
	    .texts = { [CHAT_OK] = "Message Sent",
	        [CHAT_BAD_ARGUMENT] = DIALECT_TEXTS_BAD_MESSAGE } },
	{ .name = "inbox", .run = dialect_inbox_show },
	{ .name = "show", .run = show_people },
	{ .name = "logout", .run = log_out },
	{ .name = "follow", .run = dialect_follow_begin, .texts = { [CHAT_OK] = "Following" } },
	{ .name = "help", .words = "[command]", .open = LINE_OPEN, .run = dialect_help },
	{ .name = NULL },
};

static const struct line_dialect tables = {
	.commands = commands,
	.keeps_padding = true,
	.texts = &dialect_texts,
};

const struct dialect dialect_show = {
	.name = "show",
	.line = dialect_request_line,
	.head = dialect_request_head,
	.too_long = dialect_request_too_long,
	.wake = dialect_follow_wake,
	.busy = DIALECT_TEXTS_BUSY,
	.too_fast = DIALECT_TEXTS_TOO_FAST,
	.tables = &tables,
};
