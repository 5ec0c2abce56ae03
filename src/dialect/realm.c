/*
 * dialect_realm: the default dialect: accounts, groups, files, other realms. Its listener also
 * understands the commands of the other line dialects, rooms, and servers of the older family.
 */
#include <bsd/string.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "chat/group.h"
#include "chat/realm/realm.h"
#include "dialect/account.h"
#include "dialect/block.h"
#include "dialect/directory.h"
#include "dialect/feature.h"
#include "dialect/file.h"
#include "dialect/follow.h"
#include "dialect/group.h"
#include "dialect/help.h"
#include "dialect/history.h"
#include "dialect/inbox.h"
#include "dialect/membership.h"
#include "dialect/people.h"
#include "dialect/pipeline.h"
#include "dialect/post.h"
#include "dialect/realm.h"
#include "dialect/request.h"
#include "dialect/room/room.h"
#include "dialect/session.h"
#include "dialect/verb.h"
#include "dialect/watch.h"

/* Bytes of the sentence that says whether user@realm is online. */
#define PRESENCE_SIZE (2 * NAME_MAX_BYTES + 32)

/* Of verbs that name no other user, CHAT_NO_USER means that the sender's own account is gone. */
static enum chat_result
sender_result(enum chat_result result)
{
	return result == CHAT_NO_USER ? CHAT_NO_SESSION : result;
}

static enum chat_result
add_group(struct dialog *dialog, struct line_request *request)
{
	return sender_result(
	    chat_group_found(&dialog->chat, request->words[0], request->session.user.id));
}

static enum chat_result
join_group(struct dialog *dialog, struct line_request *request)
{
	return sender_result(
	    chat_group_enter(&dialog->chat, request->words[0], request->session.user.id));
}

/* Strangers have no way to the store: they learn of no other realm. */
static enum chat_result
add_realm(struct dialog *dialog, struct line_request *request)
{
	if (!dialog->chat_open)
		return request->n_words == 1 &&
		        chat_text_is(request->words[0], dialog->config->realm)
		    ? CHAT_REALM_EXISTS
		    : CHAT_BAD_ARGUMENT;
	return chat_realm_add(&dialog->chat, &request->session, request->words, request->n_words);
}

/*
 * Messages and files for a realm. Groups of the own realm are addressed like those of another, so
 * that lists of users are understood, too.
 */

static struct chat_text
own_realm(const struct chat *chat)
{
	return chat_text(chat->config->realm);
}

static enum chat_result
send_own_group(struct dialog *dialog, struct line_request *request)
{
	struct chat *chat = &dialog->chat;

	return chat_realm_send(chat, &request->session, own_realm(chat), CHAT_OUTBOUND_GROUP,
	    request->words[0], request->text);
}

static enum chat_result
send_realm(struct dialog *dialog, struct line_request *request)
{
	return chat_realm_send(&dialog->chat, &request->session, request->words[0],
	    CHAT_OUTBOUND_USER, request->words[1], request->text);
}

static enum chat_result
send_group_realm(struct dialog *dialog, struct line_request *request)
{
	return chat_realm_send(&dialog->chat, &request->session, request->words[0],
	    CHAT_OUTBOUND_GROUP, request->words[1], request->text);
}

static enum chat_result
address_own_group(struct chat *chat, struct chat_upload *upload, const struct line_request *request)
{
	return chat_realm_upload(chat, upload, own_realm(chat), CHAT_OUTBOUND_GROUP,
	    request->words[0]);
}

static enum chat_result
address_realm(struct chat *chat, struct chat_upload *upload, const struct line_request *request)
{
	return chat_realm_upload(chat, upload, request->words[0], CHAT_OUTBOUND_USER,
	    request->words[1]);
}

static enum chat_result
address_group_realm(struct chat *chat, struct chat_upload *upload,
    const struct line_request *request)
{
	return chat_realm_upload(chat, upload, request->words[0], CHAT_OUTBOUND_GROUP,
	    request->words[1]);
}

/* Without words, the newest file; one word alone names none. */
static enum chat_result
get_file(struct dialog *dialog, struct line_request *request)
{
	if (request->n_words == 1)
		return CHAT_BAD_ARGUMENT;
	return request->n_words == 0 ? dialect_file_download_newest(dialog, request)
	                             : dialect_file_download(dialog, request);
}

static enum chat_result
show_inbox(struct dialog *dialog, struct line_request *request)
{
	return dialect_inbox_reply(dialog, request, CHAT_INBOX_OWN, dialect_inbox_write_by_sender);
}

static enum chat_result
show_realm_inbox(struct dialog *dialog, struct line_request *request)
{
	enum chat_result result;
	uint64_t from;

	chat_realm_pull(&dialog->chat, &request->session, request->words[0]);
	result = chat_inbox_realm(&dialog->chat, request->words[0], &from);
	if (result == CHAT_OK)
		result = dialect_inbox_reply(dialog, request, from, dialect_inbox_write_list);
	return result;
}

/* A user of the own realm; since_ms 0: not online. */
static void
write_user(struct json_out *json, const struct chat_user *user, int64_t since_ms)
{
	struct chat_person person;

	chat_person_init(&person, user);
	chat_person_set_online(&person, since_ms);
	chat_person_write(json, &person);
}

/* Some clients ask `info {}` and mean no user: no name has braces. */
static bool
names_somebody(const struct line_request *request)
{
	return request->n_words > 0 &&
	    (request->words[0].len != 2 || memcmp(request->words[0].data, "{}", 2) != 0);
}

/* Replies about the user who is named, or else with a list of all who are online. */
static enum chat_result
show_info(struct dialog *dialog, struct line_request *request)
{
	struct chat_person person;
	struct json_out json;
	bool named = names_somebody(request);
	enum chat_result result = CHAT_OK;

	if (named)
		result = chat_realm_info(&dialog->chat, request->words[0], &person);
	if (result != CHAT_OK)
		return result;
	dialect_line_begin(dialog, &json, "OK");
	json_out_key(&json, "message");
	if (!named) {
		json_out_array_begin(&json);
		dialect_people_each(dialog, write_user, &json, 0);
		json_out_array_end(&json);
	} else {
		if (person.id != 0)
			chat_person_set_online(&person, dialect_people_since(dialog, person.id));
		chat_person_write(&json, &person);
	}
	return dialect_line_end(dialog, &json);
}

static enum chat_result
show_presence(struct dialog *dialog, struct line_request *request)
{
	struct chat_text who = request->words[0];
	struct chat_person person;
	struct json_out json;
	char text[PRESENCE_SIZE];
	enum chat_result result = chat_realm_info(&dialog->chat, who, &person);

	if (result != CHAT_OK)
		return result;
	if (person.id != 0)
		chat_person_set_online(&person, dialect_people_since(dialog, person.id));
	snprintf(text, sizeof(text), "User %.*s is currently %s", (int)who.len, who.data,
	    person.online ? "online" : "offline");
	dialect_line_begin(dialog, &json, "OK");
	json_out_pair(&json, "message", text);
	return dialect_line_end(dialog, &json);
}

/* What is said of the names in a list of blocks. */
#define BLOCK_TEXTS(ok)                                                      \
	{                                                                    \
		[CHAT_OK] = (ok), [CHAT_FORBIDDEN] = "Tidak dapat diblokir", \
		[CHAT_NOT_MEMBER] = "Tidak diblokir",                        \
	}

static const struct line_command commands[] = {
	{ .name = "auth",
	    .words = "user password",
	    .open = LINE_OPEN,
	    .run = dialect_verb_login,
	    .texts = { [CHAT_NO_USER] = "User Tidak Ada" } },
	{ .name = "register",
	    .words = "user password name country",
	    .open = LINE_OPEN,
	    .run = dialect_account_register,
	    .texts = { [CHAT_FORBIDDEN] = "Registrasi ditutup" } },
	{ .name = "invitation new", .run = dialect_account_invite },
	{ .name = "invitation",
	    .words = "code [register user password name country]",
	    .open = LINE_OPEN,
	    .run = dialect_account_take_invitation,
	    .texts = { [CHAT_OK] = "Kode undangan diterima",
	        [CHAT_FORBIDDEN] = "Registrasi ditutup" } },
	{ .name = "logout",
	    .words = "[session]",
	    .takes = dialect_session_is_id,
	    .run = dialect_session_logout,
	    .texts = { [CHAT_OK] = "Logout successful" } },
	{ .name = "send",
	    .aliases = { "sendprivate" },
	    .words = "user " LINE_TEXT,
	    .run = dialect_verb_send,
	    .pipelined = true,
	    .texts = { [CHAT_OK] = "Message sent" } },
	{ .name = "sendgroup",
	    .words = "to " LINE_TEXT,
	    .run = send_own_group,
	    .pipelined = true,
	    .texts = { [CHAT_OK] = "Message sent to group" } },
	{ .name = "sendfile",
	    .aliases = { "sendprivatefile" },
	    .words = "user name " LINE_BODY,
	    .run = dialect_file_receive,
	    .address = dialect_file_to_user,
	    .texts = { [CHAT_OK] = "File sent" } },
	{ .name = "sendgroupfile",
	    .words = "to name " LINE_BODY,
	    .run = dialect_file_receive,
	    .address = address_own_group,
	    .texts = { [CHAT_OK] = "File sent to group" } },
	{ .name = "inbox", .run = show_inbox },
	{ .name = "addgroup",
	    .aliases = { "creategroup" },
	    .words = "group",
	    .run = add_group,
	    .texts = { [CHAT_OK] = "Add group successful" } },
	{ .name = "joingroup",
	    .words = "group",
	    .run = join_group,
	    .texts = { [CHAT_OK] = "Join group successful" } },
	{ .name = "group",
	    .words = "group [choice word off]",
	    .run = dialect_group_choose,
	    .texts = { [CHAT_OK] = "Group changed" } },
	{ .name = "invite",
	    .words = "[group user off]",
	    .run = dialect_group_invite,
	    .texts = { [CHAT_OK] = "User invited", [CHAT_NOT_INVITED] = "User tidak diundang" } },
	{ .name = "info", .words = "[user]", .run = show_info },
	{ .name = "getpresence", .words = "user", .run = show_presence },
	{ .name = "getfile", .words = "[who name]", .run = get_file },
	{ .name = "follow", .run = dialect_follow_begin, .texts = { [CHAT_OK] = "Following" } },
	{ .name = "block",
	    .words = "who",
	    .run = dialect_block_add,
	    .texts = BLOCK_TEXTS("Blocked") },
	{ .name = "unblock",
	    .words = "who",
	    .run = dialect_block_remove,
	    .texts = BLOCK_TEXTS("Unblocked") },
	{ .name = "blocks", .run = dialect_block_show },
	{ .name = "addrealm",
	    .words = "realm [host port]",
	    .open = 2,
	    .run = add_realm,
	    .texts = { [CHAT_OK] = "Realm added successfully" } },
	{ .name = "sendprivaterealm",
	    .words = "realm user " LINE_TEXT,
	    .run = send_realm,
	    .pipelined = true,
	    .texts = { [CHAT_OK] = "Message sent to user in realm" } },
	{ .name = "sendgrouprealm",
	    .words = "realm to " LINE_TEXT,
	    .run = send_group_realm,
	    .pipelined = true,
	    .texts = { [CHAT_OK] = "Message sent to group in realm" } },
	{ .name = "sendfilerealm",
	    .aliases = { "sendprivatefilerealm" },
	    .words = "realm user name " LINE_BODY,
	    .run = dialect_file_receive,
	    .address = address_realm,
	    .texts = { [CHAT_OK] = "File sent to user in realm" } },
	{ .name = "sendgroupfilerealm",
	    .words = "realm to name " LINE_BODY,
	    .run = dialect_file_receive,
	    .address = address_group_realm,
	    .texts = { [CHAT_OK] = "File sent to group in realm" } },
	{ .name = "getrealminbox",
	    .aliases = { "inboxrealm", "realminbox" },
	    .words = "realm",
	    .run = show_realm_inbox },
	{ .name = "passwd",
	    .coded = true,
	    .words = "old new",
	    .run = dialect_account_passwd,
	    .texts = { [CHAT_OK] = "Password changed" } },
	{ .name = "certificate",
	    .coded = true,
	    .words = "[what password fingerprint]",
	    .run = dialect_account_certificate,
	    .texts = { [CHAT_OK] = "Certificates changed" } },
	{ .name = "sessions", .coded = true, .run = dialect_session_show },
	{ .name = "groups", .coded = true, .words = "[which]", .run = dialect_membership_groups },
	{ .name = "members", .coded = true, .words = "group", .run = dialect_membership_users },
	{ .name = "join",
	    .coded = true,
	    .words = "group [key]",
	    .run = dialect_group_join,
	    .texts = { [CHAT_OK] = "Join group successful" } },
	{ .name = "topic",
	    .coded = true,
	    .words = "group " LINE_TEXT,
	    .run = dialect_group_topic,
	    .texts = { [CHAT_OK] = "Group changed" } },
	{ .name = "leave",
	    .coded = true,
	    .words = "group",
	    .run = dialect_membership_leave,
	    .texts = { [CHAT_OK] = "Group left" } },
	{ .name = "kick",
	    .coded = true,
	    .words = "group user",
	    .run = dialect_membership_kick,
	    .texts = { [CHAT_OK] = "User removed from group" } },
	{ .name = "people", .coded = true, .words = "[prefix]", .run = dialect_directory_people },
	{ .name = "realms", .coded = true, .run = dialect_directory_realms },
	{ .name = "conversations",
	    .coded = true,
	    .needs_history = true,
	    .run = dialect_history_list },
	{ .name = "history",
	    .coded = true,
	    .needs_history = true,
	    .words = "who [before|after id n]",
	    .run = dialect_history_show },
	{ .name = "read",
	    .coded = true,
	    .needs_history = true,
	    .words = "who id",
	    .run = dialect_history_read,
	    .texts = { [CHAT_OK] = "Read" } },
	{ .name = "watch",
	    .coded = true,
	    .needs_history = true,
	    .words = "[after id]",
	    .run = dialect_watch_begin,
	    .texts = { [CHAT_OK] = "Watching" } },
	{ .name = "post",
	    .coded = true,
	    .keyed = true,
	    .words = "key who " LINE_TEXT,
	    .run = dialect_post_text,
	    .reply = dialect_post_reply,
	    .pipelined = true },
	{ .name = "postfile",
	    .coded = true,
	    .keyed = true,
	    .words = "key who name " LINE_BODY,
	    .run = dialect_post_file,
	    .reply = dialect_post_reply,
	    .address = dialect_post_address },
	{ .name = "files", .coded = true, .words = "who", .run = dialect_post_files },
	{ .name = "download", .coded = true, .words = "who name", .run = dialect_post_download },
	{ .name = "whoami", .coded = true, .run = dialect_account_show },
	{ .name = "features", .coded = true, .open = LINE_OPEN, .run = dialect_feature_show },
	{ .name = "client",
	    .coded = true,
	    .words = "program",
	    .open = LINE_OPEN,
	    .run = dialect_feature_client,
	    .texts = { [CHAT_OK] = "Client noted" } },
	{ .name = "help", .words = "[command]", .open = LINE_OPEN, .run = dialect_help },
	{ .name = NULL },
};

static const struct line_texts realm_texts = {
	.unknown = "*Maaf, command tidak benar",
	.bad_arguments = "parameter salah",
	.results = {
		[CHAT_NO_SESSION] = "Session tidak ditemukan",
		[CHAT_NO_USER] = "User tidak ditemukan",
		[CHAT_BAD_PASSWORD] = "Password Salah",
		[CHAT_LOCKED] = "Akun dikunci",
		[CHAT_USER_EXISTS] = "User sudah ada",
		[CHAT_NEEDS_INVITATION] = "Registrasi hanya dengan kode undangan",
		[CHAT_NO_INVITATION] = "Kode undangan tidak berlaku",
		[CHAT_NO_GROUP] = "Group tidak ditemukan",
		[CHAT_GROUP_EXISTS] = "Group sudah ada",
		[CHAT_ALREADY_MEMBER] = "User sudah dalam group",
		[CHAT_NOT_MEMBER] = "User bukan anggota group",
		[CHAT_NOT_INVITED] = "Group tertutup, perlu undangan",
		[CHAT_BAD_KEY] = "Kunci group salah",
		[CHAT_GROUP_FULL] = "Group penuh",
		[CHAT_BANNED] = "User dilarang dalam group",
		[CHAT_NO_REALM] = "Realm tidak ditemukan",
		[CHAT_REALM_EXISTS] = "Realm sudah ada",
		[CHAT_BAD_ARGUMENT] = "parameter salah",
		[CHAT_FORBIDDEN] = "Tidak diizinkan",
		[CHAT_INBOX_FULL] = "Inbox penuh",
		[CHAT_NO_FILE] = "File tidak ditemukan",
		[CHAT_TOO_BIG] = "File terlalu besar",
		[CHAT_QUOTA] = "Kuota file habis",
		[CHAT_BUDGET] = "Jatah kirim habis, coba lagi nanti",
		[CHAT_TOO_MANY] = "Batas tercapai",
		[CHAT_QUEUE_FULL] = "Antrean ke realm penuh",
		[CHAT_REFUSED] = "Ditolak realm tujuan",
		[CHAT_NO_ANSWER] = "Realm tidak menjawab",
		[CHAT_NO_SPACE] = "Penyimpanan penuh",
		[CHAT_BLOCKED] = "User tidak menerima pesan dari Anda",
		[CHAT_TOO_SOON] = "Terlalu banyak percobaan, coba lagi dalam",
		[CHAT_HISTORY_OFF] = "Percakapan tidak disimpan",
		[CHAT_FAILED] = "Kesalahan server, coba lagi",
	},
};

const struct line_dialect dialect_realm_tables = {
	.commands = commands,
	.borrows = { &dialect_login, &dialect_show, &dialect_files },
	.texts = &realm_texts,
	.family = true,
};

/* A request of the room dialect begins as no command does. */
static void
read_line(struct dialog *dialog, const struct frame_line *line)
{
	if (line->len > 0 && line->data[0] == '{') {
		dialect_pipeline_settle(dialog);
		dialect_room_line(dialog, line);
	} else if (dialog->servers == NULL || !dialog->servers->line(dialog, line)) {
		dialect_request_line(dialog, line);
	}
}

static bool
read_head(struct dialog *dialog, const struct frame_line *head)
{
	return (dialog->servers != NULL && dialog->servers->head(dialog, head)) ||
	    dialect_request_head(dialog, head);
}

static void
wake(struct dialog *dialog)
{
	dialect_follow_wake(dialog);
	dialect_room_wake(dialog);
	dialect_watch_wake(dialog);
}

static void
end_session(struct dialog *dialog)
{
	dialect_watch_end(dialog);
	dialect_room_session_over(dialog);
}

const struct dialect dialect_realm = {
	.name = "realm",
	.line = read_line,
	.head = read_head,
	.too_long = dialect_request_too_long,
	.wake = wake,
	.session_over = end_session,
	.busy = DIALECT_REALM_ERROR(DIALECT_REALM_BUSY) "\r\n\r\n",
	.too_fast = DIALECT_REALM_ERROR(DIALECT_REALM_TOO_FAST) "\r\n\r\n",
	.tables = &dialect_realm_tables,
};
