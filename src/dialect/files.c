/*
 * dialect_files: the dialect of clients that send files. Its inbox lists the messages by
 * conversation: those of a user as texts alone, those of a group as objects.
 */
#include <stdlib.h>

#include "chat/group.h"
#include "dialect/file.h"
#include "dialect/follow.h"
#include "dialect/help.h"
#include "dialect/inbox.h"
#include "dialect/message.h"
#include "dialect/request.h"
#include "dialect/texts.h"
#include "dialect/verb.h"

/*
 * The keys of the inbox, by number: first one for each sender of private messages, then one for
 * each log whose group is not written with the user of its name. A user and a group of the same
 * name share a list.
 */
static size_t
key_count(const struct chat_inbox *inbox)
{
	return inbox->senders.n + inbox->n_logs;
}

/* A group may have several logs: the first one. */
static size_t
first_log_of(const struct chat_inbox *inbox, size_t log)
{
	size_t first = 0;

	while (inbox->logs[first].owner != inbox->logs[log].owner)
		first++;
	return first;
}

/* The key of a group's messages, and its name where no user has it. */
static uint32_t
find_group_key(struct inbox_reply *reply, size_t log)
{
	const struct chat_inbox *inbox = reply->inbox;
	struct chat_group group;

	if (chat_group_get(&reply->dialog->chat, inbox->logs[log].owner, &group) != CHAT_OK)
		return DIALECT_ORDER_NONE;
	/* A user who has taken a deleted user's name may differ from that one in its case. */
	size_t sender = chat_sender_find(&inbox->senders, group.name);
	return (uint32_t)(sender < inbox->senders.n ? sender
	                                            : inbox->senders.n + first_log_of(inbox, log));
}

static void
sort_by_conversation(struct inbox_reply *reply)
{
	const struct chat_inbox *inbox = reply->inbox;
	uint32_t *of_log = calloc(inbox->n_logs + 1, sizeof(*of_log));
	uint32_t *keys = of_log == NULL ? NULL : calloc(inbox->n_items + 1, sizeof(*keys));

	for (size_t log = 0; keys != NULL && log < inbox->n_logs; log++)
		if (inbox->logs[log].owner != reply->request->session.user.id)
			of_log[log] = find_group_key(reply, log);
	for (size_t i = 0; keys != NULL && i < inbox->n_items; i++) {
		const struct chat_inbox_item *item = &inbox->items[i];

		keys[i] = inbox->logs[item->log].owner == reply->request->session.user.id
		    ? item->sender
		    : of_log[item->log];
	}
	free(of_log);
	dialect_inbox_sort(reply, keys, key_count(inbox));
}

static void
write_key(struct inbox_reply *reply, const char *name, bool *written)
{
	if (*written)
		return;
	json_out_key(&reply->json, name);
	json_out_array_begin(&reply->json);
	*written = true;
}

static void
write_message(struct inbox_reply *reply, const struct chat_inbox_item *item,
    struct chat_message *message)
{
	const struct line_dialect *line = reply->request->line;
	char name[DIALECT_INBOX_NAME];

	/* In a group's list nothing else tells the sender's realm. */
	if (message->realm.len > 0)
		message->from_name = chat_text(reply->inbox->senders.names[item->sender]);
	else
		dialect_inbox_tell_apart(reply, item, message, name);
	if (reply->inbox->logs[item->log].owner == reply->request->session.user.id)
		dialect_message_string(&reply->json, line, message);
	else
		dialect_message_object(&reply->json, line, message);
}

/* Leaves out a name without messages; lost: begins with the message about those that expired. */
static void
write_conversation(struct inbox_reply *reply, const char *name, size_t key, bool lost)
{
	const struct line_dialect *line = reply->request->line;
	const struct dialect_order *order = &reply->order;
	char text[DIALECT_INBOX_LOST_SIZE];
	struct chat_message message;
	bool written = false;

	if (lost) {
		write_key(reply, name, &written);
		message = dialect_inbox_lost(reply, text);
		dialect_message_string(&reply->json, line, &message);
	}
	for (uint32_t i = order->begin[key]; i < order->begin[key + 1]; i++) {
		const struct chat_inbox_item *item = &reply->inbox->items[order->items[i]];

		if (!dialect_inbox_read(reply->dialog, line, item, &message))
			continue;
		write_key(reply, name, &written);
		write_message(reply, item, &message);
	}
	if (written)
		json_out_array_end(&reply->json);
}

/* Writes the group of a log that was not written with the user of its name. */
static void
write_group(struct inbox_reply *reply, size_t log)
{
	const struct dialect_order *order = &reply->order;
	size_t key = reply->inbox->senders.n + log;
	struct chat_group group;

	if (order->begin[key] < order->begin[key + 1] &&
	    chat_group_get(&reply->dialog->chat, reply->inbox->logs[log].owner, &group) == CHAT_OK)
		write_conversation(reply, group.name, key, false);
}

static void
write_conversations(struct inbox_reply *reply)
{
	const struct chat_inbox *inbox = reply->inbox;
	size_t server = chat_sender_find(&inbox->senders, NAME_SERVER);

	/* The key behind the last one has no messages. */
	write_conversation(reply, NAME_SERVER,
	    server < inbox->senders.n ? server : key_count(inbox), inbox->lost > 0);
	for (size_t sender = 0; sender < inbox->senders.n; sender++)
		if (sender != server)
			write_conversation(reply, inbox->senders.names[sender], sender, false);
	for (size_t log = 0; log < inbox->n_logs; log++)
		write_group(reply, log);
}

static void
write_inbox(struct inbox_reply *reply)
{
	sort_by_conversation(reply);
	json_out_key(&reply->json, "messages");
	json_out_object_begin(&reply->json);
	if (!reply->failed)
		write_conversations(reply);
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
	    .pipelined = true,
	    .texts = { [CHAT_OK] = "Message Sent",
	        [CHAT_BAD_ARGUMENT] = DIALECT_TEXTS_BAD_MESSAGE } },
	{ .name = "send_group",
	    .words = "group " LINE_TEXT,
	    .run = send_group,
	    .pipelined = true,
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
	.too_fast = DIALECT_TEXTS_TOO_FAST,
	.tables = &tables,
};
