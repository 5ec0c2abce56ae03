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

static void
show_people(struct dialog *dialog, struct line_request *request)
{
	struct json_out json;

	(void)request;
	dialect_line_begin(dialog, &json, "OK");
	json_out_key(&json, "message");
	json_out_array_begin(&json);
	dialect_people_each(dialog, write_person, &json, 0);
	json_out_array_end(&json);
	dialect_line_end(dialog, &json);
}

/* The reply tells the token of the session that has ended. */
static void
log_out(struct dialog *dialog, struct line_request *request)
{
	struct json_out json;

	if (!dialect_verb_leave(dialog, request))
		return;
	dialect_line_begin(dialog, &json, "OK");
	json_out_pair(&json, "message", request->session.token);
	dialect_line_end(dialog, &json);
}

static const struct line_command commands[] = {
	{ .name = "auth",
	    .words = "user password",
	    .run = dialect_verb_login,
	    .texts = { [CHAT_NO_USER] = "User Tidak Ada" } },
	{ .name = "send",
	    .words = "user " LINE_TEXT,
	    .session = true,
	    .run = dialect_verb_send,
	    .texts = { [CHAT_OK] = "Message Sent",
	        [CHAT_BAD_ARGUMENT] = DIALECT_TEXTS_BAD_MESSAGE } },
	{ .name = "inbox", .session = true, .run = dialect_inbox_show },
	{ .name = "show", .session = true, .run = show_people },
	{ .name = "logout", .session = true, .run = log_out },
	{ .name = "follow",
	    .session = true,
	    .run = dialect_follow_begin,
	    .texts = { [CHAT_OK] = "Following" } },
	{ .name = "help", .words = "[command]", .run = dialect_help },
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
	.tables = &tables,
};
