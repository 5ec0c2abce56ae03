/*
 * chat_legacy_spool: each remote user has a log of copies and notes, which the janitor trims. Two
 * numbers beside the log say up to which entry copies were handed over, and up to which no message
 * can come back any more.
 */
#include "chat/realm/legacy_spool.h"

#include <stdlib.h>

#include "base/fnv.h"
#include "chat/key.h"
#include "chat/realm/log.h"
#include "chat/realm/remote_user.h"
#include "chat/user.h"

/* White space does not count: such servers put a text together anew from its words. */
uint64_t
chat_legacy_spool_sum(struct chat_text text, bool file)
{
	uint64_t hash = fnv_byte(FNV_BEGIN, file);
	bool between = false, begun = false;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (c == ' ' || (c >= '\t' && c <= '\r')) {
			between = begun;
			continue;
		}
		if (between)
			hash = fnv_byte(hash, ' ');
		hash = fnv_byte(hash, (unsigned char)c);
		between = false;
		begun = true;
	}
	return hash;
}

/* A note has the sum instead of the text. Its kind, DELAY or BOUNCE, tells sent from over. */
enum chat_legacy_spool_kind
chat_legacy_spool_read(const struct chat_message *message, uint64_t *sum)
{
	if (message->kind == CHAT_PRIVATE) {
		*sum = chat_legacy_spool_sum(message->text, message->file);
		return message->pulled ? CHAT_LEGACY_SPOOL_NOTHING : CHAT_LEGACY_SPOOL_SENT;
	}
	if (message->text.len != sizeof(*sum))
		return CHAT_LEGACY_SPOOL_NOTHING;
	*sum = pack_get_u64((const unsigned char *)message->text.data);
	return message->kind == CHAT_DELAY ? CHAT_LEGACY_SPOOL_SENT : CHAT_LEGACY_SPOOL_OVER;
}

struct trimming {
	uint64_t first; /* that stays */
	uint64_t bytes;
};

static int
add_bytes(void *arg, const struct store_entry *entry)
{
	struct trimming *trimming = arg;

	if (entry->number >= trimming->first)
		return 1;
	trimming->bytes += entry->len;
	return 0;
}

/* Makes room for new messages if the peer does not ask for the older ones. */
static enum chat_result
drop_half(struct chat *chat, uint64_t log)
{
	struct trimming trimming = { .bytes = 0 };
	struct store_log_info info;
	struct store_tx tx;

	if (store_log_info(chat->store, log, &info) != STORE_OK)
		return CHAT_FAILED;
	trimming.first = info.first + (info.last + 1 - info.first) / 2 + 1;
	(void)chat_log_each(chat, log, 0, add_bytes, &trimming);
	store_tx_init(&tx);
	store_tx_trim(&tx, log, trimming.first, trimming.bytes);
	return chat_from_store(store_commit(chat->store, &tx, NULL));
}

/* *here: this realm has a user of the same name, who would ask the peer for what comes back. */
static enum chat_result
find_namesake(struct chat *chat, struct chat_text user, bool *here)
{
	struct chat_user namesake;
	enum chat_result result = chat_user_find(chat, user, &namesake);

	*here = result == CHAT_OK;
	return result == CHAT_NO_USER ? CHAT_OK : result;
}

static enum chat_result
append_entry(struct chat *chat, uint64_t log, const struct chat_message *message)
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
make_message(const struct chat_outbound *outbound, struct chat_text user, enum chat_kind kind)
{
	return (struct chat_message){ .kind = kind,
		.from_id = outbound->from_id,
		.from = outbound->from,
		.from_name = outbound->from_name,
		.to = user,
		.to_name = user };
}

static enum chat_result
append_sum(struct chat *chat, uint64_t log, const struct chat_message *message, uint64_t sum)
{
	struct chat_message note = *message;
	unsigned char bytes[8];

	pack_put_u64(bytes, sum);
	note.text = (struct chat_text){ .data = (const char *)bytes, .len = sizeof(bytes) };
	return append_entry(chat, log, &note);
}

static enum chat_result
append_note(struct chat *chat, const struct chat_peer *peer, struct chat_text user,
    const struct chat_outbound *outbound, enum chat_kind kind)
{
	struct chat_message message = make_message(outbound, user, kind);
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
	return append_note(chat, peer, user, outbound, CHAT_DELAY);
}

enum chat_result
chat_legacy_spool_refused(struct chat *chat, const struct chat_peer *peer, struct chat_text user,
    const struct chat_outbound *outbound)
{
	return append_note(chat, peer, user, outbound, CHAT_BOUNCE);
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
	struct store_entry entry;
	uint64_t sum;

	*noted = false;
	if (store_log_info(chat->store, log, &info) != STORE_OK)
		return CHAT_FAILED;
	*noted = info.last >= info.first &&
	    chat_log_entry(chat, log, info.last, &entry) == STORE_OK &&
	    chat_message_read(&newest, entry.data, entry.len) == 0 && newest.kind == CHAT_DELAY &&
	    chat_legacy_spool_read(&newest, &sum) == CHAT_LEGACY_SPOOL_SENT &&
	    sum == chat_legacy_spool_sum(message->text, message->file);
	return CHAT_OK;
}

enum chat_result
chat_legacy_spool_add(struct chat *chat, const struct chat_peer *peer, struct chat_text user,
    const struct chat_outbound *outbound)
{
	struct chat_message message = make_message(outbound, user, CHAT_PRIVATE);
	uint64_t log;
	enum chat_result result = chat_remote_user_make(chat, peer->id, user, &log);

	message.file = outbound->file;
	message.text = outbound->text;
	if (result == CHAT_OK)
		result = is_noted(chat, log, &message, &message.pulled);
	return result == CHAT_OK ? append_entry(chat, log, &message) : result;
}

enum chat_result
chat_legacy_spool_over(struct chat *chat, uint64_t log, uint64_t *number)
{
	uint64_t pulled;
	enum chat_result result = chat_log_number(chat, CHAT_STATE_HANDED, log, number);

	if (result == CHAT_OK)
		result = chat_log_number(chat, CHAT_STATE_PULLED, log, &pulled);
	if (result == CHAT_OK && pulled < *number)
		*number = pulled;
	return result;
}

static void
tx_handed(struct chat_inbox_pending *pending, uint64_t log, uint64_t up_to)
{
	pending->tx = malloc(sizeof(*pending->tx));
	if (pending->tx == NULL)
		return; /* it will be handed over again */
	store_tx_init(pending->tx);
	chat_log_tx_advance(pending->tx, CHAT_STATE_HANDED, log, up_to);
}

struct handing {
	chat_legacy_spool_visit *visit;
	void *arg;
	bool any;
	uint64_t last; /* number of the last entry */
};

static int
hand_over_copy(void *arg, const struct store_entry *entry)
{
	struct handing *handing = arg;
	struct chat_message message;

	handing->last = entry->number;
	if (chat_message_read(&message, entry->data, entry->len) != 0 ||
	    message.kind != CHAT_PRIVATE)
		return 0;
	handing->visit(handing->arg, &message);
	handing->any = true;
	return 0;
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
    chat_legacy_spool_visit *visit, void *arg, struct chat_inbox_pending *pending)
{
	struct handing handing = { .visit = visit, .arg = arg };
	uint64_t log, handed;
	enum chat_result result = chat_legacy_spool_log(chat, peer, user, &log);

	chat_inbox_forget(pending);
	if (result != CHAT_OK || log == 0)
		return result;
	result = chat_log_number(chat, CHAT_STATE_HANDED, log, &handed);
	if (result == CHAT_OK)
		result = chat_log_each(chat, log, handed, hand_over_copy, &handing);
	if (result == CHAT_OK && handing.any)
		tx_handed(pending, log, handing.last);
	return result;
}
