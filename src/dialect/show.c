/*
 * dialect_show: the dialect in which `show` lists who is online as records: its commands and
 * its texts.
 */
#include "dialect/follow.h"
#include "dialect/info.h"
#include "dialect/line.h"
#include "dialect/texts.h"

static void
write_person(struct json_out *json, const struct chat_user *user, int64_t since_ms)
{
	(void)since_ms;
	json_out_object_begin(json);
	json_out_key(json, "username");
	json_out_cstring(json, user->name);
	json_out_key(json, "name");
	json_out_cstring(json, user->fullname);
	json_out_key(json, "negara");
	json_out_cstring(json, user->country);
	json_out_object_end(json);
}

static void
show(struct dialog *dialog, struct json_out *json, const struct line_request *request)
{
	(void)request;
	json_out_key(json, "message");
	json_out_array_begin(json);
	dialect_info_each(dialog, write_person, json, 0);
	json_out_array_end(json);
}

/* The reply shows which session has ended. */
static void
logout(struct dialog *dialog, struct json_out *json, const struct line_request *request)
{
	(void)dialog;
	json_out_key(json, "message");
	json_out_cstring(json, request->session.token);
}

static const struct line_command commands[] = {
	{ .name = "auth", .words = "user password", .verb = LINE_AUTH, .least = 2, .most = 2 },
	{ .name = "send",
	    .words = "user text",
	    .verb = LINE_SEND,
	    .least = 1,
	    .most = 1,
	    .text = true,
	    .session = true },
	{ .name = "inbox", .verb = LINE_INBOX, .session = true },
	{ .name = "show", .verb = LINE_WHO, .session = true },
	{ .name = "logout", .verb = LINE_LOGOUT, .session = true },
	{ .name = "follow", .verb = LINE_FOLLOW, .session = true },
	{ .name = "help", .words = "[command]", .verb = LINE_HELP, .most = 1 },
	{ .name = NULL },
};

const struct line_dialect dialect_show_tables = {
	.commands = commands,
	.clothed = true,
	.unknown = DIALECT_TEXTS_UNKNOWN,
	.bad_arguments = DIALECT_TEXTS_BAD_ARGUMENTS,
	.inbox = dialect_inbox_by_sender,
	.who = show,
	.logout = logout,
	.texts = {
		[LINE_AUTH] = {[CHAT_NO_USER] = "User Tidak Ada"},
		[LINE_SEND] = {
			[CHAT_OK] = "Message Sent",
			[CHAT_BAD_ARGUMENT] = DIALECT_TEXTS_BAD_MESSAGE,
		},
		[LINE_FOLLOW] = {[CHAT_OK] = "Following"},
	},
	.any = {DIALECT_TEXTS_ANY},
};

const struct dialect dialect_show = {
	.name = "show",
	.line = dialect_line,
	.head = dialect_line_head,
	.too_long = dialect_line_too_long,
	.wake = dialect_follow_wake,
	.busy = DIALECT_TEXTS_BUSY,
	.tables = &dialect_show_tables,
};
