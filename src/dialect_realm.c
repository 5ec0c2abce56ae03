/*
 * dialect_realm: the default dialect: its commands and its texts.
 */
#include "dialect_follow.h"
#include "dialect_info.h"
#include "dialect_line.h"

static const struct line_command commands[] = {
	{ .name = "auth", .verb = LINE_AUTH, .least = 2, .most = 2 },
	{ .name = "register", .verb = LINE_REGISTER, .least = 4, .most = 4 },
	{ .name = "logout", .verb = LINE_LOGOUT, .session = true },
	{ .name = "send", .verb = LINE_SEND, .least = 1, .most = 1, .text = true, .session = true },
	{ .name = "sendgroup",
	    .verb = LINE_SEND_GROUP,
	    .least = 1,
	    .most = 1,
	    .text = true,
	    .session = true },
	{ .name = "sendfile",
	    .verb = LINE_SEND_FILE,
	    .least = 2,
	    .most = 2,
	    .body = true,
	    .session = true },
	{ .name = "sendgroupfile",
	    .verb = LINE_SEND_GROUP_FILE,
	    .least = 2,
	    .most = 2,
	    .body = true,
	    .session = true },
	{ .name = "inbox", .verb = LINE_INBOX, .session = true },
	{ .name = "addgroup", .verb = LINE_ADD_GROUP, .least = 1, .most = 1, .session = true },
	{ .name = "joingroup", .verb = LINE_JOIN_GROUP, .least = 1, .most = 1, .session = true },
	{ .name = "info", .verb = LINE_INFO, .most = 1, .session = true },
	{ .name = "getpresence", .verb = LINE_PRESENCE, .least = 1, .most = 1, .session = true },
	{ .name = "getfile", .verb = LINE_GET_FILE, .most = 2, .session = true },
	{ .name = "follow", .verb = LINE_FOLLOW, .session = true },
	{ .name = "addrealm",
	    .verb = LINE_ADD_REALM,
	    .least = 1,
	    .most = 3,
	    .session = true,
	    .open = 2 },
	{ .name = "sendprivaterealm",
	    .verb = LINE_SEND_REALM,
	    .least = 2,
	    .most = 2,
	    .text = true,
	    .session = true },
	{ .name = "sendgrouprealm",
	    .verb = LINE_SEND_GROUP_REALM,
	    .least = 2,
	    .most = 2,
	    .text = true,
	    .session = true },
	{ .name = "sendfilerealm",
	    .verb = LINE_SEND_FILE_REALM,
	    .least = 3,
	    .most = 3,
	    .body = true,
	    .session = true },
	{ .name = "sendgroupfilerealm",
	    .verb = LINE_SEND_GROUP_FILE_REALM,
	    .least = 3,
	    .most = 3,
	    .body = true,
	    .session = true },
	{ .name = "getrealminbox",
	    .verb = LINE_REALM_INBOX,
	    .least = 1,
	    .most = 1,
	    .session = true },
	/* What other clients of the family call the same. */
	{ .name = "sendprivate",
	    .verb = LINE_SEND,
	    .least = 1,
	    .most = 1,
	    .text = true,
	    .session = true },
	{ .name = "sendprivatefile",
	    .verb = LINE_SEND_FILE,
	    .least = 2,
	    .most = 2,
	    .body = true,
	    .session = true },
	{ .name = "sendprivatefilerealm",
	    .verb = LINE_SEND_FILE_REALM,
	    .least = 3,
	    .most = 3,
	    .body = true,
	    .session = true },
	{ .name = "creategroup", .verb = LINE_ADD_GROUP, .least = 1, .most = 1, .session = true },
	{ .name = "inboxrealm", .verb = LINE_REALM_INBOX, .least = 1, .most = 1, .session = true },
	{ .name = "realminbox", .verb = LINE_REALM_INBOX, .least = 1, .most = 1, .session = true },
	{ .name = NULL },
};

static const struct line_dialect tables = {
	.commands = commands,
	.borrows = {&dialect_login_tables, &dialect_show_tables, &dialect_files_tables},
	.unknown = "*Maaf, command tidak benar",
	.bad_arguments = "parameter salah",
	.realms = true,
	.family = true,
	.inbox = dialect_inbox_by_sender,
	.texts = {
		[LINE_AUTH] = {
			[CHAT_NO_USER] = "User Tidak Ada",
			[CHAT_BAD_PASSWORD] = "Password Salah",
		},
		[LINE_REGISTER] = {[CHAT_FORBIDDEN] = "Registrasi ditutup"},
		[LINE_LOGOUT] = {[CHAT_OK] = "Logout successful"},
		[LINE_SEND] = {[CHAT_OK] = "Message sent"},
		[LINE_SEND_GROUP] = {[CHAT_OK] = "Message sent to group"},
		[LINE_SEND_FILE] = {[CHAT_OK] = "File sent"},
		[LINE_SEND_GROUP_FILE] = {[CHAT_OK] = "File sent to group"},
		[LINE_ADD_GROUP] = {[CHAT_OK] = "Add group successful"},
		[LINE_JOIN_GROUP] = {[CHAT_OK] = "Join group successful"},
		[LINE_FOLLOW] = {[CHAT_OK] = "Following"},
		[LINE_ADD_REALM] = {[CHAT_OK] = "Realm added successfully"},
		[LINE_SEND_REALM] = {[CHAT_OK] = "Message sent to user in realm"},
		[LINE_SEND_GROUP_REALM] = {[CHAT_OK] = "Message sent to group in realm"},
		[LINE_SEND_FILE_REALM] = {[CHAT_OK] = "File sent to user in realm"},
		[LINE_SEND_GROUP_FILE_REALM] = {[CHAT_OK] = "File sent to group in realm"},
	},
	.any = {
		[CHAT_NO_SESSION] = "Session tidak ditemukan",
		[CHAT_NO_USER] = "User tidak ditemukan",
		[CHAT_BAD_PASSWORD] = "Password Salah",
		[CHAT_LOCKED] = "Akun dikunci",
		[CHAT_USER_EXISTS] = "User sudah ada",
		[CHAT_NO_GROUP] = "Group tidak ditemukan",
		[CHAT_GROUP_EXISTS] = "Group sudah ada",
		[CHAT_ALREADY_MEMBER] = "User sudah dalam group",
		[CHAT_NOT_MEMBER] = "User bukan anggota group",
		[CHAT_NO_REALM] = "Realm tidak ditemukan",
		[CHAT_REALM_EXISTS] = "Realm sudah ada",
		[CHAT_BAD_ARGUMENT] = "parameter salah",
		[CHAT_FORBIDDEN] = "Tidak diizinkan",
		[CHAT_INBOX_FULL] = "Inbox penuh",
		[CHAT_NO_FILE] = "File tidak ditemukan",
		[CHAT_TOO_BIG] = "File terlalu besar",
		[CHAT_QUOTA] = "Kuota file habis",
		[CHAT_QUEUE_FULL] = "Antrean ke realm penuh",
		[CHAT_REFUSED] = "Ditolak realm tujuan",
		[CHAT_NO_ANSWER] = "Realm tidak menjawab",
		[CHAT_NO_SPACE] = "Penyimpanan penuh",
		[CHAT_FAILED] = "Kesalahan server, coba lagi",
	},
};

/*
 * Rooms are understood here, too: their requests begin as no command does. And so are older servers
 * that deliver something.
 */
static void
read_line(struct dialog *dialog, const struct frame_line *line)
{
	if (line->len > 0 && line->data[0] == '{')
		dialect_room_line(dialog, line);
	else if (!dialect_legacy_line(dialog, line))
		dialect_line(dialog, line);
}

static bool
read_head(struct dialog *dialog, const struct frame_line *head)
{
	return dialect_legacy_head(dialog, head) || dialect_line_head(dialog, head);
}

static void
wake(struct dialog *dialog)
{
	dialect_follow_wake(dialog);
	dialect_room_wake(dialog);
}

const struct dialect dialect_realm = {
	.name = "realm",
	.line = read_line,
	.head = read_head,
	.too_long = dialect_line_too_long,
	.wake = wake,
	.busy = "{\"status\":\"ERROR\",\"message\":\"Server penuh, coba lagi nanti\"}\r\n\r\n",
	.tables = &tables,
};
