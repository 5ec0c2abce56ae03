/*
 * dialect_login: the dialect whose every failed login is told the same, and whose lists are in
 * `messages`: its commands and its texts.
 */
#include "dialect/follow.h"
#include "dialect/info.h"
#include "dialect/line.h"
#include "dialect/texts.h"

#define LOGIN_FAILED "Autentikasi Gagal!"

static void
write_name(struct json_out *json, const struct chat_user *user, int64_t since_ms)
{
	(void)since_ms;
	json_out_cstring(json, user->name);
}

static void
show_user(struct dialog *dialog, struct json_out *json, const struct line_request *request)
{
	json_out_key(json, "messages");
	json_out_array_begin(json);
	dialect_info_each(dialog, write_name, json, request->session.user.id);
	json_out_array_end(json);
}

static void
logout(struct dialog *dialog, struct json_out *json, const struct line_request *request)
{
	(void)dialog;
	(void)request;
	json_out_key(json, "messages");
	json_out_array_begin(json);
	json_out_cstring(json, "logout berhasil");
	json_out_array_end(json);
}

static const struct line_command commands[] = {
	{ .name = "login", .words = "user password", .verb = LINE_AUTH, .least = 2, .most = 2 },
	{ .name = "auth", .words = "user password", .verb = LINE_AUTH, .least = 2, .most = 2 },
	{ .name = "send",
	    .words = "user text",
	    .verb = LINE_SEND,
	    .least = 1,
	    .most = 1,
	    .text = true,
	    .session = true },
	{ .name = "inbox", .verb = LINE_INBOX, .session = true },
	{ .name = "show_user", .verb = LINE_WHO, .session = true },
	{ .name = "show user", .verb = LINE_WHO, .session = true },
	{ .name = "logout", .verb = LINE_LOGOUT, .session = true },
	{ .name = "follow", .verb = LINE_FOLLOW, .session = true },
	{ .name = "help", .words = "[command]", .verb = LINE_HELP, .most = 1 },
	{ .name = NULL },
};

const struct line_dialect dialect_login_tables = {
	.commands = commands,
	.clothed = true,
	.unknown = DIALECT_TEXTS_UNKNOWN,
	.bad_arguments = DIALECT_TEXTS_BAD_ARGUMENTS,
	.inbox = dialect_inbox_by_sender,
	.who = show_user,
	.logout = logout,
	.texts = {
		[LINE_AUTH] = {
			[CHAT_NO_USER] = LOGIN_FAILED,
			[CHAT_BAD_PASSWORD] = LOGIN_FAILED,
			[CHAT_LOCKED] = LOGIN_FAILED,
		},
		[LINE_SEND] = {
			[CHAT_OK] = "Message Sent",
			[CHAT_BAD_ARGUMENT] = DIALECT_TEXTS_BAD_MESSAGE,
		},
		[LINE_FOLLOW] = {[CHAT_OK] = "Following"},
	},
	.any = {DIALECT_TEXTS_ANY},
};

const struct dialect dialect_login = {
	.name = "login",
	.line = dialect_line,
	.head = dialect_line_head,
	.too_long = dialect_line_too_long,
	.wake = dialect_follow_wake,
	.busy = DIALECT_TEXTS_BUSY,
	.tables = &dialect_login_tables,
};
