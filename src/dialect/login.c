/*
 * dialect_login: the dialect in which every failed login is told the same, and lists stand in
 * `messages`.
 */
#include "dialect/follow.h"
#include "dialect/help.h"
#include "dialect/inbox.h"
#include "dialect/people.h"
#include "dialect/request.h"
#include "dialect/texts.h"
#include "dialect/verb.h"

#define LOGIN_FAILED "Autentikasi Gagal!"

static void
write_name(struct json_out *json, const struct chat_user *user, int64_t since_ms)
{
	(void)since_ms;
	json_out_cstring(json, user->name);
}

static enum chat_result
show_others(struct dialog *dialog, struct line_request *request)
{
	struct json_out json;

	dialect_line_begin(dialog, &json, "OK");
	json_out_key(&json, "messages");
	json_out_array_begin(&json);
	dialect_people_each(dialog, write_name, &json, request->session.user.id);
	json_out_array_end(&json);
	return dialect_line_end(dialog, &json);
}

static enum chat_result
log_out(struct dialog *dialog, struct line_request *request)
{
	enum chat_result result = dialect_verb_logout(dialog, request);
	struct json_out json;

	if (result != CHAT_OK)
		return result;
	dialect_line_begin(dialog, &json, "OK");
	json_out_key(&json, "messages");
	json_out_array_begin(&json);
	json_out_cstring(&json, "logout berhasil");
	json_out_array_end(&json);
	return dialect_line_end(dialog, &json);
}

#define LOGIN_TEXTS                                                                \
	{                                                                          \
		[CHAT_NO_USER] = LOGIN_FAILED, [CHAT_BAD_PASSWORD] = LOGIN_FAILED, \
		[CHAT_LOCKED] = LOGIN_FAILED                                       \
	}

static const struct line_command commands[] = {
	{ .name = "login",
	    .words = "user password",
	    .open = LINE_OPEN,
	    .run = dialect_verb_login,
	    .texts = LOGIN_TEXTS },
	{ .name = "auth",
	    .words = "user password",
	    .open = LINE_OPEN,
	    .run = dialect_verb_login,
	    .texts = LOGIN_TEXTS },
	{ .name = "send",
	    .words = "user " LINE_TEXT,
	    .run = dialect_verb_send,
	    .texts = { [CHAT_OK] = "Message Sent",
	        [CHAT_BAD_ARGUMENT] = DIALECT_TEXTS_BAD_MESSAGE } },
	{ .name = "inbox", .run = dialect_inbox_show },
	{ .name = "show_user", .run = show_others },
	{ .name = "show user", .run = show_others },
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

const struct dialect dialect_login = {
	.name = "login",
	.line = dialect_request_line,
	.head = dialect_request_head,
	.too_long = dialect_request_too_long,
	.wake = dialect_follow_wake,
	.busy = DIALECT_TEXTS_BUSY,
	.too_fast = DIALECT_TEXTS_TOO_FAST,
	.tables = &tables,
};
