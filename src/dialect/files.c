/*
 * dialect_files: the dialect of clients that send files. Its inbox lists the messages by
 * conversation: those of a user as texts alone, those of a group as objects.
 */
#include "chat/group.h"
#include "dialect/file.h"
#include "dialect/follow.h"
#include "dialect/help.h"
#include "dialect/inbox.h"
#include "dialect/message.h"
#include "dialect/request.h"
#include "dialect/texts.h"
#include "dialect/verb.h"

/* A key of the inbox. A user and a group of the same name share a list. */
struct conversation {
	const char *name;
	size_t sender;  /* of the private messages; senders.n: there are none */
	uint64_t group; /* the id of the group of this name; 0: there is none */
	bool lost;      /* begins with the message about those that expired unread */
};

static void
write_key(struct inbox_reply *reply, const char *name, bool *written)
{
	if (*written)
		return;
	json_out_key(&reply->json, name);
	json_out_array_begin(&reply->json);
	*written = true;
}

static bool
belongs_to(const struct inbox_reply *reply, const struct conversation *conversation,
    const struct chat_inbox_item *item)
{
	uint64_t owner = reply->inbox->logs[item->log].owner;

	return owner == reply->request->session.user.id ? item->sender == conversation->sender
	                                                : owner == conversation->group;
}

/* Leaves out a key without messages. */
static void
write_conversation(struct inbox_reply *reply, const struct conversation *conversation)
{
	const struct line_dialect *line = reply->request->line;
	const struct chat_inbox *inbox = reply->inbox;
	char text[DIALECT_INBOX_LOST_SIZE];
	struct chat_message message;
	bool written = false;

	if (conversation->lost) {
		write_key(reply, conversation->name, &written);
		message = dialect_inbox_lost(reply, text);
		dialect_message_string(&reply->json, line, &message);
	}
	for (size_t i = 0; i < inbox->n_items; i++) {
		const struct chat_inbox_item *item = &inbox->items[i];

		if (!belongs_to(reply, conversation, item) ||
		    !dialect_inbox_read(reply->dialog, line, item, &message))
			continue;
		write_key(reply, conversation->name, &written);
		/* In a group's list nothing else tells the sender's realm. */
		if (message.realm.len > 0)
			message.from_name = chat_text(inbox->senders.names[item->sender]);
		if (inbox->logs[item->log].owner == reply->request->session.user.id)
			dialect_message_string(&reply->json, line, &message);
		else
			dialect_message_object(&reply->json, line, &message);
	}
	if (written)
		json_out_array_end(&reply->json);
}

static void
write_partner(struct inbox_reply *reply, size_t sender)
{
	const struct chat_inbox *inbox = reply->inbox;
	struct conversation conversation = { .name = inbox->senders.names[sender],
		.sender = sender };
	struct chat_group group;

	/* A user who has taken a deleted user's name may differ from that one in its case. */
	if (chat_sender_find(&inbox->senders, conversation.name) == sender &&
	    chat_group_find(&reply->dialog->chat, chat_text(conversation.name), &group) == CHAT_OK)
		conversation.group = group.id;
	write_conversation(reply, &conversation);
}

/* Writes a group that was not written with the user of its name. */
static void
write_group(struct inbox_reply *reply, uint64_t id)
{
	const struct chat_inbox *inbox = reply->inbox;
	struct conversation conversation = { .sender = inbox->senders.n, .group = id };
	struct chat_group group;

	if (chat_group_get(&reply->dialog->chat, id, &group) != CHAT_OK ||
	    chat_sender_find(&inbox->senders, group.name) < inbox->senders.n)
		return;
	conversation.name = group.name;
	write_conversation(reply, &conversation);
}

/* A group may have several logs. */
static bool
is_first_of_group(const struct chat_inbox *inbox, size_t log, uint64_t user)
{
	size_t first = 0;

	while (inbox->logs[first].owner != inbox->logs[log].owner)
		first++;
	return first == log && inbox->logs[log].owner != user;
}

static void
write_inbox(struct inbox_reply *reply)
{
	const struct chat_inbox *inbox = reply->inbox;
	struct conversation server = { .name = NAME_SERVER,
		.sender = chat_sender_find(&inbox->senders, NAME_SERVER),
		.lost = inbox->lost > 0 };

	json_out_key(&reply->json, "messages");
	json_out_object_begin(&reply->json);
	write_conversation(reply, &server);
	for (size_t sender = 0; sender < inbox->senders.n; sender++)
		if (sender != server.sender)
			write_partner(reply, sender);
	for (size_t log = 0; log < inbox->n_logs; log++)
		if (is_first_of_group(inbox, log, reply->request->session.user.id))
			write_group(reply, inbox->logs[log].owner);
	json_out_object_end(&reply->json);
}

static enum chat_result
show_inbox(struct dialog *dialog, struct line_request *request)
{
	return dialect_inbox_reply(dialog, request, CHAT_INBOX_ALL, write_inbox);
}

static enum chat_result
send_group(struct dialog *dialog, struct line_request *request)
{
	return chat_message_send_group(&dialog->chat, &request->session, request->words[0],
	    request->text);
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
	{ .name = "send_group",
	    .words = "group " LINE_TEXT,
	    .run = send_group,
	    .texts = { [CHAT_OK] = "Message Sent",
	        [CHAT_BAD_ARGUMENT] = DIALECT_TEXTS_BAD_MESSAGE } },
	{ .name = "inbox", .run = show_inbox },
	{ .name = "logout",
	    .run = dialect_verb_logout,
	    .texts = { [CHAT_OK] = "Logout Berhasil" } },
	{ .name = "send_file",
	    .words = "user name " LINE_BODY,
	    .run = dialect_file_receive,
	    .address = dialect_file_to_user,
	    .texts = { [CHAT_OK] = "File Sent" } },
	{ .name = "send_group_file",
	    .words = "group name " LINE_BODY,
	    .run = dialect_file_receive,
	    .address = dialect_file_to_group,
	    .texts = { [CHAT_OK] = "File Sent" } },
	{ .name = "my_file", .run = dialect_file_list },
	{ .name = "download_file", .words = "who name", .run = dialect_file_download },
	{ .name = "follow", .run = dialect_follow_begin, .texts = { [CHAT_OK] = "Following" } },
	{ .name = "help", .words = "[command]", .open = LINE_OPEN, .run = dialect_help },
	{ .name = NULL },
};

static const struct line_dialect tables = {
	.commands = commands,
	.keeps_padding = true,
	.hides_files = true,
	.texts = &dialect_texts,
};

const struct dialect dialect_files = {
	.name = "files",
	.line = dialect_request_line,
	.head = dialect_request_head,
	.too_long = dialect_request_too_long,
	.wake = dialect_follow_wake,
	.busy = DIALECT_TEXTS_BUSY,
	.tables = &tables,
};
