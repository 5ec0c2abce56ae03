/*
 * dialect_files: the dialect of those who send files: its commands and its texts.
 */
#include "dialect/follow.h"
#include "dialect/info.h"
#include "dialect/line.h"
#include "dialect/texts.h"

static const struct line_command commands[] = {
	{ .name = "auth", .words = "user password", .verb = LINE_AUTH, .least = 2, .most = 2 },
	{ .name = "send",
	    .words = "user text",
	    .verb = LINE_SEND,
	    .least = 1,
	    .most = 1,
	    .text = true,
	    .session = true },
	{ .name = "send_group",
	    .words = "group text",
	    .verb = LINE_SEND_GROUP,
	    .least = 1,
	    .most = 1,
	    .text = true,
	    .session = true },
	{ .name = "inbox", .verb = LINE_INBOX, .session = true },
	{ .name = "logout", .verb = LINE_LOGOUT, .session = true },
	{ .name = "send_file",
	    .words = "user name base64",
	    .verb = LINE_SEND_FILE,
	    .least = 2,
	    .most = 2,
	    .body = true,
	    .session = true },
	{ .name = "send_group_file",
	    .words = "group name base64",
	    .verb = LINE_SEND_GROUP_FILE,
	    .least = 2,
	    .most = 2,
	    .body = true,
	    .session = true },
	{ .name = "my_file", .verb = LINE_MY_FILE, .session = true },
	{ .name = "download_file",
	    .words = "who name",
	    .verb = LINE_DOWNLOAD,
	    .least = 2,
	    .most = 2,
	    .session = true },
	{ .name = "follow", .verb = LINE_FOLLOW, .session = true },
	{ .name = "help", .words = "[command]", .verb = LINE_HELP, .most = 1 },
	{ .name = NULL },
};

const struct line_dialect dialect_files_tables = {
	.commands = commands,
	.clothed = true,
	.hides_files = true,
	.unknown = DIALECT_TEXTS_UNKNOWN,
	.bad_arguments = DIALECT_TEXTS_BAD_ARGUMENTS,
	.inbox = dialect_inbox_by_conversation,
	.texts = {
		[LINE_AUTH] = {[CHAT_NO_USER] = "User Tidak Ada"},
		[LINE_SEND] = {
			[CHAT_OK] = "Message Sent",
			[CHAT_BAD_ARGUMENT] = DIALECT_TEXTS_BAD_MESSAGE,
		},
		[LINE_SEND_GROUP] = {
			[CHAT_OK] = "Message Sent",
			[CHAT_BAD_ARGUMENT] = DIALECT_TEXTS_BAD_MESSAGE,
		},
		[LINE_LOGOUT] = {[CHAT_OK] = "Logout Berhasil"},
		[LINE_SEND_FILE] = {[CHAT_OK] = "File Sent"},
		[LINE_SEND_GROUP_FILE] = {[CHAT_OK] = "File Sent"},
		[LINE_FOLLOW] = {[CHAT_OK] = "Following"},
	},
	.any = {DIALECT_TEXTS_ANY},
};

const struct dialect dialect_files = {
	.name = "files",
	.line = dialect_line,
	.head = dialect_line_head,
	.too_long = dialect_line_too_long,
	.wake = dialect_follow_wake,
	.busy = DIALECT_TEXTS_BUSY,
	.tables = &dialect_files_tables,
};
