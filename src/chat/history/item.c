/* chat_item: reads the entries of messages and finds what stands beside them. */
#include "chat/history/item.h"

#include <stdio.h>
#include <string.h>

#include "chat/block.h"
#include "chat/file/file.h"
#include "chat/history/activity.h"
#include "chat/history/logs.h"
#include "chat/key.h"
#include "chat/realm/log.h"
#include "chat/realm/outbound.h"
#include "chat/realm/remote_user.h"

enum chat_result
chat_item_begin(struct chat_item_reader *reader, struct chat *chat, const struct chat_user *user)
{
	uint32_t blocks = 0;
	enum chat_result result = chat_block_count(chat, user->id, &blocks);

	*reader = (struct chat_item_reader){ .chat = chat,
		.user = user,
		.blocks = blocks > 0,
		.partner = user->id };
	return result;
}

static void
write_who(char who[CHAT_WHO_TEXT], bool group, struct chat_text name, struct chat_text realm)
{
	snprintf(who, CHAT_WHO_TEXT, "%s%.*s%s%.*s", group ? "#" : "", (int)name.len, name.data,
	    realm.len > 0 ? "@" : "", (int)realm.len, realm.len > 0 ? realm.data : "");
}

/* The id of the other one of two users, of this realm or another; 0: gone. */
static uint64_t
find_partner(struct chat *chat, const struct chat_item *item, const struct store_entry *entry)
{
	uint64_t id = 0;

	if (item->own)
		return entry->log;
	if (item->message.from_id != 0)
		return item->message.from_id;
	if (chat_remote_user_find(chat, chat_text(item->from), &id) != CHAT_OK)
		return 0;
	return id;
}

static void
find_file(struct chat_item_reader *reader, uint64_t group, const struct store_entry *entry,
    struct chat_item *item)
{
	struct chat_conversation conversation = chat_conversation_group(group);
	char bytes[CHAT_FILE_NAME_MAX];
	struct chat_text name = item->message.text;
	struct chat_file file;

	if (name.len > sizeof(bytes))
		return;
	memcpy(bytes, name.data, name.len);
	name.data = bytes;
	if (item->message.kind != CHAT_GROUP)
		conversation = chat_conversation_users(reader->user->id,
		    find_partner(reader->chat, item, entry));
	item->kept = chat_file_get(reader->chat, conversation, name, &file) == CHAT_OK;
	if (!item->kept)
		return;
	item->size = file.size;
	memcpy(item->hash, file.hash, sizeof(item->hash));
}

static void
describe_message(const struct chat_item_reader *reader, const struct store_entry *entry,
    struct chat_item *item)
{
	const struct chat_message *message = &item->message;
	bool server = message->kind >= CHAT_NOTICE;

	item->own = !server && message->from_id == reader->user->id;
	write_who(item->from, false, server ? chat_text(NAME_SERVER) : message->from,
	    message->realm);
	if (message->kind == CHAT_GROUP) {
		item->kind = CHAT_WHO_GROUP;
		write_who(item->with, true, message->to, chat_text(""));
	} else if (item->own) {
		item->kind = CHAT_WHO_USER;
		item->partner = entry->log;
		write_who(item->with, false, message->to, chat_text(""));
	} else {
		item->kind = server      ? CHAT_WHO_SERVER
		    : message->realm.len ? CHAT_WHO_REMOTE_USER
		                         : CHAT_WHO_USER;
		item->partner = message->realm.len ? 0 : message->from_id;
		memcpy(item->with, item->from, sizeof(item->with));
	}
}

static bool
reaches_id(const void *id, const struct store_entry *entry)
{
	struct chat_activity activity;

	return chat_activity_read(&activity, entry->data, entry->len) == 0 &&
	    activity.id >= *(const uint64_t *)id;
}

/* Refusals of a conversation come in the order of its messages. */
static enum chat_result
find_refusal(struct chat_item_reader *reader, struct chat_item *item)
{
	struct chat_activity activity;
	struct store_entry entry;
	enum store_status status;
	uint64_t number;
	enum chat_result result;

	item->delivery = CHAT_ITEM_DELIVERED;
	if (reader->refusals == 0)
		return CHAT_OK;
	result = chat_log_search(reader->chat, reader->refusals, reaches_id, &item->id, &number);
	if (result != CHAT_OK)
		return result;
	status = chat_log_entry(reader->chat, reader->refusals, number, &entry);
	if (status != STORE_OK)
		return status == STORE_ABSENT ? CHAT_OK : CHAT_FAILED;
	if (chat_activity_read(&activity, entry.data, entry.len) == 0 && activity.id == item->id) {
		item->delivery = CHAT_ITEM_REFUSED;
		item->reason = activity.reason;
	}
	return CHAT_OK;
}

/* Remembers the log of refusals of a conversation with one in another realm. */
static enum chat_result
find_refusals(struct chat_item_reader *reader, struct chat_text name)
{
	struct chat_history history;
	uint64_t id;
	enum chat_result result = chat_remote_user_id(reader->chat, reader->peer.id, name, &id);

	if (result != CHAT_OK || (id != 0 && id == reader->remote))
		return result;
	reader->remote = id;
	reader->refusals = 0;
	if (id == 0)
		return CHAT_OK;
	result = chat_history_get(reader->chat, reader->user->id, id, &history);
	if (result == CHAT_OK)
		reader->refusals = chat_history_activity(&history, id);
	return result == CHAT_NO_USER ? CHAT_OK : result;
}

/* Remembers the peer whose outbox a message is put into. */
static enum chat_result
find_peer(struct chat_item_reader *reader, uint64_t id)
{
	enum chat_result result = CHAT_OK;

	if (reader->peer.id == id)
		return CHAT_OK;
	reader->remote = 0;
	result = chat_peer_get(reader->chat, id, &reader->peer);
	if (result == CHAT_OK)
		result = chat_log_number(reader->chat, CHAT_STATE_RETIRED, id, &reader->retired);
	if (result != CHAT_OK)
		reader->peer.id = 0;
	return result == CHAT_NO_REALM ? CHAT_NO_USER : result;
}

static enum chat_result
find_delivery(struct chat_item_reader *reader, uint64_t number, struct chat_item *item)
{
	/* With its # where it is a group, as such remote users are called. */
	struct chat_text name = { .data = item->with, .len = strcspn(item->with, "@") };
	enum chat_result result;

	if (number > reader->retired) {
		item->delivery = CHAT_ITEM_QUEUED;
		return CHAT_OK;
	}
	result = find_refusals(reader, name);
	return result == CHAT_OK ? find_refusal(reader, item) : result;
}

/* Takes an outbound message as a message. */
static bool
parse_outbound(const struct store_entry *entry, struct chat_item *item)
{
	struct chat_outbound outbound;

	if (chat_outbound_read(&outbound, entry->data, entry->len) != 0 ||
	    outbound.kind == CHAT_OUTBOUND_LIST)
		return false;
	item->message = (struct chat_message){
		.kind = outbound.kind == CHAT_OUTBOUND_GROUP ? CHAT_GROUP : CHAT_PRIVATE,
		.file = outbound.file,
		.from_id = outbound.from_id,
		.from = outbound.from,
		.from_name = outbound.from_name,
		.realm = chat_text(""),
		.to = outbound.to,
		.to_name = outbound.to,
		.text = outbound.text,
		.to_realm = chat_text(""),
	};
	item->kept = outbound.file;
	item->size = outbound.size;
	memcpy(item->hash, outbound.hash, sizeof(item->hash));
	return true;
}

static enum chat_result
read_outbound(struct chat_item_reader *reader, const struct store_entry *entry,
    struct chat_item *item)
{
	const struct store_entry was = *entry; /* its bytes go with the next look-up */
	bool group = item->message.kind == CHAT_GROUP;
	char to[CHAT_WHO_TEXT];
	enum chat_result result;

	item->own = true;
	item->kind = group ? CHAT_WHO_REMOTE_GROUP : CHAT_WHO_REMOTE_USER;
	write_who(to, group, item->message.to, chat_text(""));
	write_who(item->from, false, item->message.from, chat_text(""));
	result = find_peer(reader, was.log);
	if (result != CHAT_OK)
		return result;
	write_who(item->with, false, chat_text(to), chat_text(reader->peer.name));
	return find_delivery(reader, was.number, item);
}

/* Reads the entry again: what was looked up since may have taken its place. */
static enum chat_result
read_again(struct chat *chat, uint64_t seq, bool outbound, struct chat_item *item)
{
	struct store_entry entry;
	enum store_status status = store_entry(chat->store, seq, &entry);
	const struct chat_item was = *item;
	bool good;

	if (status != STORE_OK)
		return status == STORE_ABSENT ? CHAT_NO_USER : CHAT_FAILED;
	good = outbound ? parse_outbound(&entry, item)
	                : chat_message_read(&item->message, entry.data, entry.len) == 0;
	item->kept = was.kept;
	return good ? CHAT_OK : CHAT_NO_USER;
}

/* Whether it is with a user of this realm who was removed: another may have the name now. */
static bool
is_with_nobody(struct chat_item_reader *reader, const struct chat_item *item, bool *looked)
{
	struct chat_user user;

	if (item->kind != CHAT_WHO_USER || item->partner == reader->partner)
		return false;
	*looked = true;
	if (chat_user_get(reader->chat, item->partner, &user) == CHAT_NO_USER)
		return true;
	reader->partner = item->partner;
	return false;
}

enum chat_result
chat_item_read(struct chat_item_reader *reader, uint64_t group, uint64_t seq,
    struct chat_item *item)
{
	struct store_entry entry;
	enum store_status status = store_entry(reader->chat->store, seq, &entry);
	enum chat_result result = CHAT_OK;
	bool looked = false, outbound = false;

	*item = (struct chat_item){ .id = seq };
	if (status != STORE_OK)
		return status == STORE_ABSENT ? CHAT_NO_USER : CHAT_FAILED;
	item->time_ms = entry.time_ms;
	if (chat_message_read(&item->message, entry.data, entry.len) == 0) {
		describe_message(reader, &entry, item);
		looked = item->message.file || (reader->blocks && !item->own);
		if (is_with_nobody(reader, item, &looked))
			return CHAT_NO_USER;
		if (looked)
			result = read_again(reader->chat, seq, false, item);
		if (result != CHAT_OK)
			return result;
		if (item->message.file)
			find_file(reader, group, &entry, item);
		if (reader->blocks && !item->own && item->message.kind == CHAT_GROUP) {
			result = read_again(reader->chat, seq, false, item);
			if (result == CHAT_OK)
				result = chat_message_judge(reader->chat, reader->user->id,
				    &item->message);
		}
	} else {
		outbound = looked = parse_outbound(&entry, item);
		result = outbound ? read_outbound(reader, &entry, item) : CHAT_NO_USER;
	}
	return result == CHAT_OK && looked ? read_again(reader->chat, seq, outbound, item) : result;
}
