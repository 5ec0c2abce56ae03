/* dialect_inbox: an inbox as a reply, with the small files of which its messages tell. */
#include "dialect/inbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/log.h"
#include "dialect/file.h"
#include "dialect/message.h"

/* Copies a name; one that is too long, which no name is, becomes empty. */
static struct chat_text
copy_text(char *bytes, size_t size, struct chat_text text)
{
	size_t len = text.len <= size ? text.len : 0;

	memcpy(bytes, text.data, len);
	return (struct chat_text){ .data = bytes, .len = len };
}

/* The command that asks for a file whose content is not shown; the client adds its own token. */
static void
write_hint(struct json_out *json, struct chat_text with, struct chat_text name)
{
	json_out_key(json, "file_hint");
	json_out_string_begin(json);
	json_out_string_cpart(json, "download_file ");
	json_out_string_part(json, with.data, with.len);
	json_out_string_cpart(json, " ");
	json_out_string_part(json, name.data, name.len);
	json_out_string_end(json);
}

/* A damaged file must not cut the inbox off: it would be cut off for ever. */
static void
write_content(struct inbox_reply *reply, const struct chat_download *download)
{
	struct json_out *json = &reply->json;
	int status;

	json_out_key(json, "file_content");
	json_out_string_begin(json);
	status = dialect_file_encode(reply->dialog, json, download);
	json_out_string_end(json);
	if (status == 0)
		return;
	log_warnx("the content of a file is damaged");
	json_out_key(json, "file_damaged");
	json_out_bool(json, true);
}

/*
 * Members for a message that tells of a file: its name, and its content where that is small; else
 * how to ask for it. The message's texts are no longer good then.
 */
static void
write_file(struct inbox_reply *reply, const struct chat_inbox_item *item,
    const struct chat_message *message)
{
	const struct chat_inbox *inbox = reply->inbox;
	struct dialog *dialog = reply->dialog;
	char name_bytes[CHAT_FILE_NAME_MAX], group_bytes[NAME_MAX_BYTES];
	struct chat_text name = copy_text(name_bytes, sizeof(name_bytes), message->text);
	struct chat_text who = chat_text(inbox->senders.names[item->sender]), with = who;
	struct chat_download download;

	if (message->kind == CHAT_GROUP)
		with = copy_text(group_bytes, sizeof(group_bytes), message->to);
	json_out_pair_n(&reply->json, "file_name", name.data, name.len);
	if (chat_download_told(&dialog->chat, &reply->request->session,
	        inbox->logs[item->log].owner, message->from_id, who, name, &download) != CHAT_OK)
		return; /* the file has expired */
	if (download.size <= dialog->config->inbox_file_max && download.size <= reply->file_room) {
		reply->file_room -= download.size;
		write_content(reply, &download);
	} else {
		write_hint(&reply->json, with, name);
	}
	close(download.fd);
}

bool
dialect_inbox_read(struct dialog *dialog, const struct line_dialect *line,
    const struct chat_inbox_item *item, struct chat_message *message)
{
	return chat_inbox_read(&dialog->chat, item, message) == CHAT_OK &&
	    !(message->file && line->hides_files);
}

void
dialect_inbox_tell_apart(const struct inbox_reply *reply, const struct chat_inbox_item *item,
    struct chat_message *message, char buffer[DIALECT_INBOX_NAME])
{
	const struct chat_inbox *inbox = reply->inbox;

	if (inbox->faces[item->face] != CHAT_INBOX_SEVERAL)
		return;
	snprintf(buffer, DIALECT_INBOX_NAME, "%.*s (%s)", (int)message->from_name.len,
	    message->from_name.data, inbox->senders.names[item->sender]);
	message->from_name = chat_text(buffer);
}

/* alone: the reply shows the sender in no other way than by the full name. */
static void
write_item(struct inbox_reply *reply, const struct chat_inbox_item *item, bool alone)
{
	const struct line_dialect *line = reply->request->line;
	char name[DIALECT_INBOX_NAME];
	struct chat_message message;

	if (!dialect_inbox_read(reply->dialog, line, item, &message))
		return;
	if (alone)
		dialect_inbox_tell_apart(reply, item, &message, name);
	json_out_object_begin(&reply->json);
	dialect_message_members(&reply->json, line, &message);
	if (message.file && line->family)
		write_file(reply, item, &message);
	json_out_object_end(&reply->json);
}

void
dialect_inbox_event(struct dialog *dialog, const struct line_dialect *line,
    const struct chat_inbox *inbox, const struct chat_inbox_item *item)
{
	struct chat_message message;
	struct json_out json;

	if (!dialect_inbox_read(dialog, line, item, &message))
		return;
	dialect_line_begin(dialog, &json, "OK");
	json_out_pair(&json, "event", "message");
	json_out_pair(&json, "sender", inbox->senders.names[item->sender]);
	dialect_message_members(&json, line, &message);
	dialect_line_end(dialog, &json);
}

struct chat_message
dialect_inbox_lost(const struct inbox_reply *reply, char text[DIALECT_INBOX_LOST_SIZE])
{
	snprintf(text, DIALECT_INBOX_LOST_SIZE, "%llu pesan kedaluwarsa sebelum dibaca",
	    (unsigned long long)reply->inbox->lost);
	return (struct chat_message){ .kind = CHAT_NOTICE,
		.from_name = chat_text(NAME_SERVER),
		.to_name = chat_text(reply->request->session.user.fullname),
		.text = chat_text(text) };
}

static void
write_lost(struct inbox_reply *reply)
{
	char text[DIALECT_INBOX_LOST_SIZE];
	struct chat_message message = dialect_inbox_lost(reply, text);

	if (reply->inbox->lost > 0)
		dialect_message_object(&reply->json, reply->request->line, &message);
}

void
dialect_inbox_write_list(struct inbox_reply *reply)
{
	json_out_key(&reply->json, "messages");
	json_out_array_begin(&reply->json);
	write_lost(reply);
	for (size_t i = 0; i < reply->inbox->n_items; i++)
		write_item(reply, &reply->inbox->items[i], true);
	json_out_array_end(&reply->json);
}

void
dialect_inbox_sort(struct inbox_reply *reply, uint32_t *keys, size_t n_keys)
{
	reply->failed =
	    keys == NULL || !dialect_order_make(&reply->order, keys, reply->inbox->n_items, n_keys);
	free(keys);
	if (reply->failed)
		log_warn("an inbox cannot be shown");
}

/* The list of a sender under its name; the server's begins with what was lost. */
static void
write_sender(struct inbox_reply *reply, const char *name, size_t sender)
{
	const struct dialect_order *order = &reply->order;

	json_out_key(&reply->json, name);
	json_out_array_begin(&reply->json);
	if (strcmp(name, NAME_SERVER) == 0)
		write_lost(reply);
	/* The server may have sent nothing itself. */
	if (sender < reply->inbox->senders.n)
		for (uint32_t i = order->begin[sender]; i < order->begin[sender + 1]; i++)
			write_item(reply, &reply->inbox->items[order->items[i]], false);
	json_out_array_end(&reply->json);
}

static void
sort_by_sender(struct inbox_reply *reply)
{
	const struct chat_inbox *inbox = reply->inbox;
	uint32_t *keys = calloc(inbox->n_items + 1, sizeof(*keys));

	for (size_t i = 0; keys != NULL && i < inbox->n_items; i++)
		keys[i] = inbox->items[i].sender;
	dialect_inbox_sort(reply, keys, inbox->senders.n);
}

void
dialect_inbox_write_by_sender(struct inbox_reply *reply)
{
	const struct chat_inbox *inbox = reply->inbox;
	size_t first = inbox->senders.n;

	sort_by_sender(reply);
	json_out_key(&reply->json, "messages");
	json_out_object_begin(&reply->json);
	if (inbox->lost > 0 && !reply->failed) {
		first = chat_sender_find(&inbox->senders, NAME_SERVER);
		write_sender(reply, NAME_SERVER, first);
	}
	for (size_t sender = 0; sender < inbox->senders.n && !reply->failed; sender++)
		if (sender != first)
			write_sender(reply, inbox->senders.names[sender], sender);
	json_out_object_end(&reply->json);
}

enum chat_result
dialect_inbox_reply(struct dialog *dialog, const struct line_request *request, uint64_t from,
    dialect_inbox_writer *write)
{
	uint64_t user = request->session.user.id;
	struct chat_inbox inbox = { .n_items = 0 };
	struct inbox_reply reply = { .dialog = dialog,
		.request = request,
		.inbox = &inbox,
		.file_room = dialog->config->file_max };
	enum chat_result result = CHAT_OK;

	/* While another of the user's clients is being shown the inbox, it is empty here. */
	if (dialect_may_show(dialog, user, true))
		result = chat_inbox_look_past(&dialog->chat, &dialog->pending, user, from, &inbox);
	if (result == CHAT_OK) {
		dialect_line_begin(dialog, &reply.json, "OK");
		write(&reply);
		dialect_line_end(dialog, &reply.json);
		dialect_order_free(&reply.order);
	}
	if (result != CHAT_OK || reply.failed)
		chat_inbox_free(&inbox); /* and empties it */
	chat_inbox_await(&dialog->pending, user, &inbox);
	chat_inbox_free(&inbox);
	return result == CHAT_OK ? LINE_REPLIED : result;
}

enum chat_result
dialect_inbox_show(struct dialog *dialog, struct line_request *request)
{
	return dialect_inbox_reply(dialog, request, CHAT_INBOX_ALL, dialect_inbox_write_by_sender);
}
