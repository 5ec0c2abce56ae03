/*
 * chat_legacy_spool: what is kept of messages to users of an older server. It lies in the log of
 * whoever it is there (chat_remote_user), until the janitor finds it too old; two numbers beside
 * the log say how far copies were handed over, and how far messages can come back no more.
 */
#include "chat/realm/legacy_spool.h"

#include <stdlib.h>

#include "chat/key.h"
#include "chat/realm/remote_user.h"
#include "chat/user.h"

#define FNV_OFFSET UINT64_C(14695981039346656037)
#define FNV_PRIME  UINT64_C(1099511628211)

static uint64_t
hash_byte(uint64_t hash, unsigned char byte)
{
	return (hash ^ byte) * FNV_PRIME;
}

/* Such servers put a text together anew from its words. */
uint64_t
chat_legacy_spool_sum(struct chat_text text, bool file)
{
	uint64_t hash = hash_byte(FNV_OFFSET, file);
	bool between = false, begun = false;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (c == ' ' || (c >= '\t' && c <= '\r')) {
			between = begun;
			continue;
		}
		if (between)
			hash = hash_byte(hash, ' ');
		hash = hash_byte(hash, (unsigned char)c);
		between = false;
		begun = true;
	}
	return hash;
}

/* A note has the sum instead of the text, and the kind of what becomes of a message later. */
enum chat_legacy_spool_kind
chat_legacy_spool_read(const struct chat_message *message, uint64_t *sum)
{
	if (message->kind == CHAT_PRIVATE) {
		*sum = chat_legacy_spool_sum(message->text, message->file);
		return message->fetched ? CHAT_LEGACY_SPOOL_NOTHING : CHAT_LEGACY_SPOOL_SENT;
	}
	if (message->text.len != sizeof(*sum))
		return CHAT_LEGACY_SPOOL_NOTHING;
	*sum = pack_get_u64((const unsigned char *)message->text.data);
	return message->kind == CHAT_DELAY ? CHAT_LEGACY_SPOOL_SENT : CHAT_LEGACY_SPOOL_OVER;
}

/* Makes room: what is not asked for shall not keep out what comes. */
static enum chat_result
drop_half(struct chat *chat, uint64_t log)
{
	struct store_log_info info;
	struct store_reader reader;
	struct store_entry entry;
	struct store_tx tx;
	uint64_t seq, first, bytes = 0;

	if (store_log_info(chat->store, log, &info) != STORE_OK ||
	    store_reader_init(&reader, chat->store, log, 0) != STORE_OK)
		return CHAT_FAILED;
	first = info.first + (info.last + 1 - info.first) / 2 + 1;
	while (reader.next < first && store_reader_peek(&reader, &seq) == STORE_OK) {
		if (store_entry(chat->store, seq, &entry) == STORE_OK)
			bytes += entry.len;
		store_reader_skip(&reader);
	}
	store_tx_init(&tx);
	store_tx_trim(&tx, log, first, bytes);
	return chat_from_store(store_commit(chat->store, &tx, NULL));
}

/* Who would ask for what comes back, if anybody is here who can. */
static enum chat_result
find_namesake(struct chat *chat, struct chat_text user, bool *here)
{
	struct chat_user namesake;
	enum chat_result result = chat_user_find(chat, user, &namesake);

	*here = result == CHAT_OK;
	return result == CHAT_NO_USER ? CHAT_OK : result;
}

static enum chat_result
append(struct chat *chat, uint64_t log, const struct chat_message *message)
{
	unsigned char entry[CHAT_MESSAGE_RECORD];
	struct store_tx tx;
	size_t len = chat_message_write(entry, sizeof(entry), message);
	enum chat_result result;

	if (len == 0)
		return CHAT_BAD_ARGUMENT;
	store_tx_init(&tx);
	store_tx_append(&tx, log, entry, len, 0, (uint64_t)chat->config->inbox_max);
	result = chat_from_store(store_commit(chat->store, &tx, NULL));
	if (result != CHAT_INBOX_FULL)
		return result;
	result = drop_half(chat, log);
	return result == CHAT_OK ? chat_from_store(store_commit(chat->store, &tx, NULL)) : result;
}

static struct chat_message
message_of(const struct chat_outbound *outbound, struct chat_text user, enum chat_kind kind)
{
	return (struct chat_message){ .kind = kind,
		.from_id = outbound->from_id,
		.from = outbound->from,
		.from_name = outbound->from_name,
		.to = user,
		.to_name = user };
}

static enum chat_result
append_sum(struct chat *chat, uint64_t log, struct chat_message *message, uint64_t sum)
{
	unsigned char bytes[8];

	pack_put_u64(bytes, sum);
	message->text = (struct chat_text){ .data = (const char *)bytes, .len = sizeof(bytes) };
	return append(chat, log, message);
}

static enum chat_result
note(struct chat *chat, const struct chat_peer *peer, struct chat_text user,
    const struct chat_outbound *outbound, enum chat_kind kind)
{
	struct chat_message message = message_of(outbound, user, kind);
	uint64_t log;
	bool here;
	enum chat_result result = find_namesake(chat, user, &here);

	if (result != CHAT_OK || !here)
		return result;
	result = chat_remote_user_make(chat, peer->id, user, &log);
	return result == CHAT_OK
	    ? append_sum(chat, log, &message, chat_legacy_spool_sum(outbound->text, outbound->file))
	    : result;
}

enum chat_result
chat_legacy_spool_note(struct chat *chat, const struct chat_peer *peer, struct chat_text user,
    const struct chat_outbound *outbound)
{
	return note(chat, peer, user, outbound, CHAT_DELAY);
}

enum chat_result
chat_legacy_spool_refused(struct chat *chat, const struct chat_peer *peer, struct chat_text user,
    const struct chat_outbound *outbound)
{
	return note(chat, peer, user, outbound, CHAT_BOUNCE);
}

enum chat_result
chat_legacy_spool_spent(struct chat *chat, uint64_t log, uint64_t sum)
{
	struct chat_text none = chat_text("");
	struct chat_message message = { .kind = CHAT_BOUNCE,
		.from = none,
		.from_name = none,
		.to = none,
		.to_name = none };

	return append_sum(chat, log, &message, sum);
}

/* Whether the newest entry is the note of this message. */
static enum chat_result
is_noted(struct chat *chat, uint64_t log, const struct chat_message *message, bool *noted)
{
	struct chat_message newest;
	struct store_log_info info;
	struct store_reader reader;
	struct store_entry entry;
	uint64_t seq, sum;

	*noted = false;
	if (store_log_info(chat->store, log, &info) != STORE_OK)
		return CHAT_FAILED;
	if (info.last < info.first)
		return CHAT_OK;
	if (store_reader_init(&reader, chat->store, log, info.last - 1) != STORE_OK)
		return CHAT_FAILED;
	*noted = store_reader_peek(&reader, &seq) == STORE_OK &&
	    store_entry(chat->store, seq, &entry) == STORE_OK &&
	    chat_message_read(&newest, entry.data, entry.len) == 0 && newest.kind == CHAT_DELAY &&
	    chat_legacy_spool_read(&newest, &sum) == CHAT_LEGACY_SPOOL_SENT &&
	    sum == chat_legacy_spool_sum(message->text, message->file);
	return CHAT_OK;
}

enum chat_result
chat_legacy_spool_add(struct chat *chat, const struct chat_peer *peer, struct chat_text user,
    const struct chat_outbound *outbound)
{
	struct chat_message message = message_of(outbound, user, CHAT_PRIVATE);
	uint64_t log;
	enum chat_result result = chat_remote_user_make(chat, peer->id, user, &log);

	message.file = outbound->file;
	message.text = outbound->text;
	if (result == CHAT_OK)
		result = is_noted(chat, log, &message, &message.fetched);
	return result == CHAT_OK ? append(chat, log, &message) : result;
}

static enum chat_result
get_number(struct chat *chat, char what, uint64_t log, uint64_t *number)
{
	unsigned char key[CHAT_KEY_STATE];

	chat_key_state(key, what, log);
	return chat_from_store(
	    store_get_number(chat->store, STORE_LOG_STATE, key, sizeof(key), number));
}

enum chat_result
chat_legacy_spool_over(struct chat *chat, uint64_t log, uint64_t *number)
{
	uint64_t fetched;
	enum chat_result result = get_number(chat, CHAT_STATE_HANDED, log, number);

	if (result == CHAT_OK)
		result = get_number(chat, CHAT_STATE_FETCHED, log, &fetched);
	if (result == CHAT_OK && fetched < *number)
		*number = fetched;
	return result;
}

static void
mark_log(struct chat_inbox_mark *mark, uint64_t log, uint64_t up_to)
{
	unsigned char key[CHAT_KEY_STATE];

	mark->tx = malloc(sizeof(*mark->tx));
	if (mark->tx == NULL)
		return; /* it will be handed over again */
	chat_key_state(key, CHAT_STATE_HANDED, log);
	store_tx_init(mark->tx);
	store_tx_advance(mark->tx, STORE_LOG_STATE, key, sizeof(key), up_to);
}

static enum chat_result
each(struct chat *chat, uint64_t log, chat_legacy_spool_visit *visit, void *arg,
    struct chat_inbox_mark *mark)
{
	struct chat_message message;
	struct store_reader reader;
	struct store_entry entry;
	uint64_t seq, handed;
	bool any = false;
	enum store_status status;

	if (get_number(chat, CHAT_STATE_HANDED, log, &handed) != CHAT_OK)
		return CHAT_FAILED;
	status = store_reader_init(&reader, chat->store, log, handed);
	while (status == STORE_OK) {
		status = store_reader_peek(&reader, &seq);
		if (status != STORE_OK)
			break;
		status = store_entry(chat->store, seq, &entry);
		if (status == STORE_OK && chat_message_read(&message, entry.data, entry.len) == 0 &&
		    message.kind == CHAT_PRIVATE) {
			visit(arg, &message);
			any = true;
		}
		status = status == STORE_FAILED ? STORE_FAILED : STORE_OK;
		store_reader_skip(&reader);
	}
	if (status == STORE_FAILED)
		return CHAT_FAILED;
	if (any)
		mark_log(mark, log, reader.last);
	return CHAT_OK;
}

enum chat_result
chat_legacy_spool_log(struct chat *chat, const struct chat_peer *peer, struct chat_text user,
    uint64_t *log)
{
	*log = 0;
	return name_valid(user.data, user.len) ? chat_remote_user_id(chat, peer->id, user, log)
	                                       : CHAT_OK;
}

enum chat_result
chat_legacy_spool_each(struct chat *chat, const struct chat_peer *peer, struct chat_text user,
    chat_legacy_spool_visit *visit, void *arg, struct chat_inbox_mark *mark)
{
	uint64_t log;
	enum chat_result result = chat_legacy_spool_log(chat, peer, user, &log);

	chat_inbox_forget(mark);
	return result == CHAT_OK && log != 0 ? each(chat, log, visit, arg, mark) : result;
}
