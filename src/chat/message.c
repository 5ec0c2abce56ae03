/*
 * chat_message: sending, and how a message lies in a log. A message to a group is stored once,
 * however many read it.
 */
#include "chat/message.h"

#include <string.h>

#include "base/comma_list.h"
#include "base/utf8.h"
#include "chat/block.h"
#include "chat/group.h"
#include "chat/history/logs.h"
#include "chat/history/room.h"
#include "chat/once.h"
#include "chat/pack.h"
#include "chat/ring.h"
#include "chat/speak.h"

#define MESSAGE_PLAIN  1 /* versions of the entry: without tags, and with them */
#define MESSAGE_TAGGED 2
#define MESSAGE_FILE   0x80 /* added to the kind: a file's name */
#define MESSAGE_PULLED 0x40
#define MESSAGE_NOTICE 0x20
#define MESSAGE_FLAGS  (MESSAGE_FILE | MESSAGE_PULLED | MESSAGE_NOTICE)

/* Tags that nobody has set have no entry with them. */
static bool
read_tags(struct chat_message *message, struct unpack *u, uint8_t version)
{
	message->tags = chat_text("");
	if (version != MESSAGE_TAGGED)
		return version == MESSAGE_PLAIN;
	message->tags = chat_unpack_text(u);
	return message->tags.len > 0 && message->tags.len <= CHAT_TAGS_MAX;
}

int
chat_message_read(struct chat_message *message, const void *entry, size_t len)
{
	struct unpack u;

	unpack_init(&u, entry, len);
	uint8_t version = unpack_u8(&u), kind = unpack_u8(&u);
	message->kind = (enum chat_kind)(kind & ~MESSAGE_FLAGS);
	message->file = (kind & MESSAGE_FILE) != 0;
	message->pulled = (kind & MESSAGE_PULLED) != 0;
	message->notice = (kind & MESSAGE_NOTICE) != 0;
	message->from_id = unpack_u64(&u);
	message->from = chat_unpack_text(&u);
	message->from_name = chat_unpack_text(&u);
	message->realm = chat_unpack_text(&u);
	message->to = chat_unpack_text(&u);
	message->to_name = chat_unpack_text(&u);
	message->text = chat_unpack_text(&u);
	message->to_realm = chat_text("");
	message->reason = CHAT_REASON_NONE;
	message->of_file = false;
	if (message->kind == CHAT_BOUNCE || message->kind == CHAT_DELAY) {
		message->to_realm = chat_unpack_text(&u);
		message->of_file = unpack_u8(&u) != 0;
		message->reason = (enum chat_reason)unpack_u8(&u);
	}
	return read_tags(message, &u, version) && !u.bad && message->reason < CHAT_REASONS ? 0 : -1;
}

static uint8_t
pack_kind(const struct chat_message *message)
{
	return (uint8_t)(message->kind | (message->file ? MESSAGE_FILE : 0) |
	    (message->pulled ? MESSAGE_PULLED : 0) | (message->notice ? MESSAGE_NOTICE : 0));
}

size_t
chat_message_write(unsigned char *entry, size_t size, const struct chat_message *message)
{
	struct pack p;

	pack_init(&p, entry, size);
	pack_u8(&p, message->tags.len > 0 ? MESSAGE_TAGGED : MESSAGE_PLAIN);
	pack_u8(&p, pack_kind(message));
	pack_u64(&p, message->from_id);
	chat_pack_text(&p, message->from);
	chat_pack_text(&p, message->from_name);
	chat_pack_text(&p, message->realm);
	chat_pack_text(&p, message->to);
	chat_pack_text(&p, message->to_name);
	chat_pack_text(&p, message->text);
	if (message->kind == CHAT_BOUNCE || message->kind == CHAT_DELAY) {
		chat_pack_text(&p, message->to_realm);
		pack_u8(&p, message->of_file);
		pack_u8(&p, (uint8_t)message->reason);
	}
	if (message->tags.len > 0)
		chat_pack_text(&p, message->tags);
	return p.overflow ? 0 : p.len;
}

/* All that a group's log keeps counts, read or not: as much again as the janitor leaves there. */
uint64_t
chat_message_limit(const struct config *config, bool group)
{
	uint64_t bytes = config->inbox_bytes;

	return store_tx_limit((uint64_t)config->inbox_max,
	    group && bytes > 0 ? bytes + config->log_max_size : bytes);
}

bool
chat_message_valid(struct chat_text text)
{
	return text.len > 0 && text.len <= CHAT_TEXT_MAX && utf8_valid(text.data, text.len);
}

/* The tags behind that of a bot. */
static struct chat_text
skip_bot(struct chat_text tags)
{
	size_t len = strlen(CHAT_TAG_BOT);

	if (tags.len < len || memcmp(tags.data, CHAT_TAG_BOT, len) != 0 ||
	    (tags.len > len && (tags.data[len] != ';' || tags.len == len + 1)))
		return tags;
	len += tags.len > len;
	return (struct chat_text){ .data = tags.data + len, .len = tags.len - len };
}

bool
chat_message_tags_valid(struct chat_text tags)
{
	if (tags.len > CHAT_TAGS_MAX || !utf8_valid(tags.data, tags.len))
		return false;
	tags = skip_bot(tags);
	for (size_t i = 0; i < tags.len; i++) {
		unsigned char c = (unsigned char)tags.data[i];
		bool begins = i == 0 || tags.data[i - 1] == ';';

		if (c <= ' ' || c == 0x7f || (begins && c != '+'))
			return false;
	}
	return tags.len == 0 || tags.data[tags.len - 1] != ';';
}

static struct chat_message
message_from(const struct chat *chat, const struct chat_session *session, enum chat_kind kind,
    struct chat_text text)
{
	return (struct chat_message){ .kind = kind,
		.notice = chat->notice,
		.tags = chat->tags,
		.from_id = session->user.id,
		.from = chat_text(session->user.name),
		.from_name = chat_text(session->user.fullname),
		.realm = chat_text(""),
		.text = text };
}

/* `also` are those of the message's conversation. */
static enum chat_result
tx_append(struct chat *chat, struct store_tx *tx, uint64_t log,
    const struct chat_history_logs *also, const struct chat_message *message, uint64_t read_up_to)
{
	unsigned char entry[CHAT_MESSAGE_RECORD];
	size_t len = chat_message_write(entry, sizeof(entry), message);
	uint64_t logs[1 + CHAT_HISTORY_LOGS] = { log };

	if (len == 0 || !chat_message_tags_valid(message->tags))
		return CHAT_BAD_ARGUMENT;
	memcpy(logs + 1, also->list, also->n * sizeof(*logs));
	chat_once_tx(chat, tx, message->from_id);
	store_tx_append_to(tx, logs, 1 + also->n, entry, len, read_up_to,
	    chat_message_limit(chat->config, message->kind == CHAT_GROUP));
	if (message->from_id != 0)
		store_tx_charge(tx, message->from_id, len, chat->config->send_bytes);
	return CHAT_OK;
}

enum chat_result
chat_message_judge(struct chat *chat, uint64_t user, const struct chat_message *message)
{
	const struct chat_block_sender sender = { .id = message->from_id,
		.name = message->from,
		.realm = message->realm };

	return message->kind == CHAT_GROUP ? chat_block_judge(chat, user, &sender) : CHAT_OK;
}

/* Whether a message goes into its conversation, too. */
enum keeping { NOT_KEPT, KEPT };

static enum chat_result
tx_send_to(struct chat *chat, struct store_tx *tx, struct chat_message *message,
    const struct chat_user *to, enum keeping keeping)
{
	const struct chat_block_sender sender = { .id = message->from_id };
	struct chat_history_logs also = { .n = 0 };
	uint64_t number;
	enum chat_result result = chat_cursor(chat, to->id, to->id, &number);

	/* The server itself, which has no id, is refused by nobody. */
	if (result == CHAT_OK && sender.id != 0)
		result = chat_block_judge(chat, to->id, &sender);
	if (result == CHAT_OK && keeping == KEPT)
		result = chat_history_of_message(chat, sender.id, to->id, &also);

	if (also.n > 0)
		chat_room_raise(chat, to->id, &number);

	message->to = chat_text(to->name);
	message->to_name = chat_text(to->fullname);
	if (result == CHAT_OK)
		result = tx_append(chat, tx, to->id, &also, message, number);
	if (result == CHAT_OK)
		store_tx_ring(tx, CHAT_RING_USERS, to->id, sender.id);
	return result;
}

static enum chat_result
try_send(struct chat *chat, struct chat_message *message, const struct chat_user *to,
    enum keeping keeping)
{
	struct store_tx tx;
	enum chat_result result;

	store_tx_init(&tx);
	result = tx_send_to(chat, &tx, message, to, keeping);
	return result == CHAT_OK ? chat_once_commit(chat, &tx) : result;
}

/*
 * A log of the conversation may have been closed at this moment, because the janitor ends one of
 * which nothing is left: the message then goes without, unless the receiver is gone.
 */
static enum chat_result
send_to_user(struct chat *chat, struct chat_message *message, const struct chat_user *to)
{
	enum chat_result result = try_send(chat, message, to, KEPT);

	if (result == CHAT_INBOX_FULL && chat_room_find(chat, to->id))
		result = try_send(chat, message, to, KEPT);
	if (result ==
	    CHAT_FORBIDDEN) /* the conversation has ended since it was looked up, and is gone */
		result = try_send(chat, message, to, KEPT);
	if (result == CHAT_NO_USER)
		result = try_send(chat, message, to, NOT_KEPT);
	return result;
}

enum chat_result
chat_message_send(struct chat *chat, const struct chat_session *session, struct chat_text to,
    struct chat_text text)
{
	struct chat_message message = message_from(chat, session, CHAT_PRIVATE, text);
	struct chat_user receiver;
	enum chat_result result = chat_user_find(chat, to, &receiver);

	if (result != CHAT_OK)
		return result;
	return chat_message_valid(text) ? send_to_user(chat, &message, &receiver)
	                                : CHAT_BAD_ARGUMENT;
}

struct receivers {
	uint64_t ids[CHAT_LIST_MAX];
	size_t n;
};

/* A user who stands in a list twice gets one message. */
static enum chat_result
tx_send_listed(struct chat *chat, struct store_tx *tx, struct chat_message *message,
    struct chat_text to, struct receivers *receivers, enum keeping keeping)
{
	struct chat_user receiver;
	enum chat_result result = chat_user_find(chat, to, &receiver);

	if (result != CHAT_OK)
		return result;
	for (size_t i = 0; i < receivers->n; i++)
		if (receivers->ids[i] == receiver.id)
			return CHAT_OK;
	if (receivers->n == CHAT_LIST_MAX)
		return CHAT_BAD_ARGUMENT;
	receivers->ids[receivers->n++] = receiver.id;
	return tx_send_to(chat, tx, message, &receiver, keeping);
}

static enum chat_result
try_send_list(struct chat *chat, struct chat_message *message, struct chat_text list,
    struct receivers *receivers, enum keeping keeping)
{
	struct comma_list names = comma_list(list.data, list.len);
	struct chat_text name;
	struct store_tx tx;

	receivers->n = 0;
	store_tx_init(&tx);
	while (comma_list_next(&names, &name.data, &name.len)) {
		enum chat_result result =
		    tx_send_listed(chat, &tx, message, name, receivers, keeping);

		if (result != CHAT_OK)
			return result;
	}
	if (tx.overflow)
		return CHAT_BAD_ARGUMENT; /* too many copies of too long a text */
	return chat_once_commit(chat, &tx);
}

/* Looks for room in those inboxes of a list that are full. Whether there is some. */
static bool
find_room(struct chat *chat, const struct receivers *receivers)
{
	bool found = false;

	for (size_t i = 0; i < receivers->n; i++)
		if (chat_message_fits(chat, receivers->ids[i], receivers->ids[i]) ==
		    CHAT_INBOX_FULL)
			found |= chat_room_find(chat, receivers->ids[i]);
	return found;
}

enum chat_result
chat_message_send_list(struct chat *chat, const struct chat_session *session, struct chat_text list,
    struct chat_text text)
{
	struct chat_message message = message_from(chat, session, CHAT_PRIVATE, text);
	struct receivers receivers;

	if (!chat_message_valid(text))
		return CHAT_BAD_ARGUMENT;
	if (chat->chain != NULL)
		return CHAT_UNDER_WAY;
	enum chat_result result = try_send_list(chat, &message, list, &receivers, KEPT);
	if (result == CHAT_INBOX_FULL && find_room(chat, &receivers))
		result = try_send_list(chat, &message, list, &receivers, KEPT);
	if (result == CHAT_FORBIDDEN)
		result = try_send_list(chat, &message, list, &receivers, KEPT);
	if (result == CHAT_NO_USER)
		result = try_send_list(chat, &message, list, &receivers, NOT_KEPT);
	return result;
}

static enum chat_result
send_to_group(struct chat *chat, struct chat_message *message, const struct chat_group *to)
{
	const struct chat_history_logs none = { .n = 0 };
	struct store_tx tx;
	enum chat_result result;

	message->to = chat_text(to->name);
	message->to_name = chat_text(to->name);
	store_tx_init(&tx);
	result = tx_append(chat, &tx, to->id, &none, message, 0);
	if (result == CHAT_OK) {
		store_tx_ring(&tx, CHAT_RING_GROUP, to->id, 0);
		result = chat_once_commit(chat, &tx);
	}
	return result == CHAT_NO_USER ? CHAT_NO_GROUP : result;
}

enum chat_result
chat_message_send_group(struct chat *chat, const struct chat_session *session,
    struct chat_text name, struct chat_text text)
{
	struct chat_message message = message_from(chat, session, CHAT_GROUP, text);
	struct chat_group group;
	enum chat_result result = chat_group_find(chat, name, &group);

	if (result == CHAT_OK)
		result = chat_speak_judge(chat, &group, &session->user);
	if (result != CHAT_OK)
		return result;
	return chat_message_valid(text) ? send_to_group(chat, &message, &group) : CHAT_BAD_ARGUMENT;
}

enum chat_result
chat_message_tx_notice(struct chat *chat, struct store_tx *tx, const struct chat_user *to,
    struct chat_text text)
{
	struct chat_message message = { .kind = CHAT_NOTICE,
		.from = chat_text(NAME_SERVER),
		.from_name = chat_text(NAME_SERVER),
		.realm = chat_text(""),
		.text = text };

	return chat_message_valid(text) ? tx_send_to(chat, tx, &message, to, KEPT)
	                                : CHAT_BAD_ARGUMENT;
}

enum chat_result
chat_message_file(struct chat *chat, const struct chat_session *session, const struct chat_user *to,
    struct chat_text name)
{
	struct chat_message message = message_from(chat, session, CHAT_PRIVATE, name);

	message.file = true;
	return send_to_user(chat, &message, to);
}

enum chat_result
chat_message_file_group(struct chat *chat, const struct chat_session *session,
    const struct chat_group *to, struct chat_text name)
{
	struct chat_message message = message_from(chat, session, CHAT_GROUP, name);

	message.file = true;
	return send_to_group(chat, &message, to);
}

enum chat_result
chat_message_fits(struct chat *chat, uint64_t owner, uint64_t log)
{
	struct store_log_info info;
	uint64_t number;

	/* In a group's logs the group itself has no cursor: 0. */
	if (chat_cursor(chat, owner, log, &number) != CHAT_OK ||
	    store_log_info(chat->store, log, &info) != STORE_OK)
		return CHAT_FAILED;
	if (info.closed)
		return CHAT_NO_USER;
	if (owner == log)
		chat_room_raise(chat, owner, &number);
	if (number < info.first - 1)
		number = info.first - 1;
	if (info.last > number && info.last - number >= (uint64_t)chat->config->inbox_max)
		return CHAT_INBOX_FULL;
	return CHAT_OK;
}
