/* chat_outbound: a message or file for another realm, as it waits in an outbox. */
#include "chat/realm/outbound.h"

#include <bsd/stdlib.h>

#include <string.h>
#include <strings.h>

#include "base/comma_list.h"
#include "chat/history/logs.h"
#include "chat/key.h"
#include "chat/once.h"
#include "chat/pack.h"
#include "chat/realm/log.h"
#include "chat/realm/remote_user.h"
#include "chat/ring.h"

#define SHARE_PART       4    /* a sender's share of queue_max: one in so many */
#define SHARE_LEAST      16   /* messages that a sender may have waiting in any case */
#define SHARE_LOOKS      256  /* messages that are looked at for it */
#define OUTBOUND_VERSION 2    /* 1 was the same, and is that of a message, too */
#define OUTBOUND_FILE    0x80 /* added to the kind: a file follows the text, which is its name */
#define GROUP_PREFIX     "group:"

size_t
chat_outbound_write(unsigned char *entry, size_t size, const struct chat_outbound *outbound)
{
	struct pack p;

	pack_init(&p, entry, size);
	pack_u8(&p, OUTBOUND_VERSION);
	pack_u8(&p, (uint8_t)(outbound->kind | (outbound->file ? OUTBOUND_FILE : 0)));
	pack_u64(&p, outbound->epoch);
	pack_u32(&p, outbound->slot);
	pack_u64(&p, outbound->wait_id);
	pack_u64(&p, outbound->from_id);
	chat_pack_text(&p, outbound->from);
	chat_pack_text(&p, outbound->from_name);
	chat_pack_text(&p, outbound->to);
	chat_pack_text(&p, outbound->text);
	if (outbound->file) {
		pack_u64(&p, outbound->file_id);
		pack_u64(&p, outbound->size);
		pack_raw(&p, outbound->hash, sizeof(outbound->hash));
	}
	return p.overflow ? 0 : p.len;
}

int
chat_outbound_read(struct chat_outbound *outbound, const void *entry, size_t len)
{
	const unsigned char *hash;
	struct unpack u;

	unpack_init(&u, entry, len);
	uint8_t version = unpack_u8(&u);
	if (version != OUTBOUND_VERSION && version != 1)
		return -1;
	uint8_t kind = unpack_u8(&u);
	*outbound =
	    (struct chat_outbound){ .kind = (enum chat_outbound_kind)(kind & ~OUTBOUND_FILE),
		    .file = (kind & OUTBOUND_FILE) != 0 };
	outbound->epoch = unpack_u64(&u);
	outbound->slot = unpack_u32(&u);
	outbound->wait_id = unpack_u64(&u);
	outbound->from_id = unpack_u64(&u);
	outbound->from = chat_unpack_text(&u);
	outbound->from_name = chat_unpack_text(&u);
	outbound->to = chat_unpack_text(&u);
	outbound->text = chat_unpack_text(&u);
	if (outbound->file) {
		outbound->file_id = unpack_u64(&u);
		outbound->size = unpack_u64(&u);
		hash = unpack_raw(&u, sizeof(outbound->hash));
		if (hash != NULL)
			memcpy(outbound->hash, hash, sizeof(outbound->hash));
	}
	return u.bad || outbound->kind < CHAT_OUTBOUND_USER || outbound->kind > CHAT_OUTBOUND_GROUP
	    ? -1
	    : 0;
}

static bool
name_possible(const char *name, size_t len)
{
	return name_valid(name, len) && !name_reserved(name, len);
}

static enum chat_result
check_list(struct chat_text list)
{
	struct comma_list names = comma_list(list.data, list.len);
	struct chat_text name;
	size_t n;

	for (n = 0; comma_list_next(&names, &name.data, &name.len); n++)
		if (!name_possible(name.data, name.len))
			return CHAT_NO_USER;
	return n <= CHAT_LIST_MAX ? CHAT_OK : CHAT_BAD_ARGUMENT;
}

enum chat_result
chat_outbound_address(enum chat_outbound_kind kind, struct chat_text to)
{
	switch (kind) {
	case CHAT_OUTBOUND_LIST:
		return check_list(to);
	case CHAT_OUTBOUND_GROUP:
		return name_possible(to.data, to.len) ? CHAT_OK : CHAT_NO_GROUP;
	default:
		return name_possible(to.data, to.len) ? CHAT_OK : CHAT_NO_USER;
	}
}

enum chat_outbound_kind
chat_outbound_kind_of(struct chat_text *to)
{
	const size_t prefix = sizeof(GROUP_PREFIX) - 1;

	if (to->len > prefix && strncasecmp(to->data, GROUP_PREFIX, prefix) == 0) {
		to->data += prefix;
		to->len -= prefix;
		return CHAT_OUTBOUND_GROUP;
	}
	return memchr(to->data, ',', to->len) == NULL ? CHAT_OUTBOUND_GROUP : CHAT_OUTBOUND_LIST;
}

bool
chat_outbound_receiver(const struct chat_outbound *outbound, char name[CHAT_OUTBOUND_NAME],
    struct chat_text *to)
{
	*to = outbound->to;
	if (outbound->kind == CHAT_OUTBOUND_LIST || to->len >= CHAT_OUTBOUND_NAME)
		return false;
	if (outbound->kind == CHAT_OUTBOUND_GROUP) {
		name[0] = CHAT_REMOTE_USER_GROUP;
		memcpy(name + 1, to->data, to->len);
		*to = (struct chat_text){ .data = name, .len = 1 + to->len };
	}
	return chat_remote_user_name(*to);
}

enum chat_result
chat_outbound_epoch(struct chat *chat, uint64_t peer, uint64_t *epoch)
{
	return chat_log_number(chat, CHAT_STATE_EPOCH, peer, epoch);
}

static uint64_t
draw_epoch(void)
{
	uint64_t epoch = 0;

	while (epoch == 0)
		arc4random_buf(&epoch, sizeof(epoch));
	return epoch;
}

/*
 * Whether a sender has its share of an outbox already: a quarter of what may wait. In the newest
 * messages the sender's part stands for that in all of them.
 */
static enum chat_result
check_share(struct chat *chat, const struct chat_peer *peer, uint64_t sender)
{
	uint64_t share = (uint64_t)chat->config->queue_max / SHARE_PART, seq = 0, n = 0, own = 0;
	struct chat_outbound waiting;
	struct store_log_info info;
	struct store_reader reader;
	struct store_entry entry;

	if (share < SHARE_LEAST)
		share = SHARE_LEAST;
	if (store_log_info(chat->store, peer->id, &info) != STORE_OK)
		return CHAT_FAILED;
	uint64_t all = info.last + 1 - info.first;
	if (all < share || sender == 0)
		return CHAT_OK;
	if (store_reader_init(&reader, chat->store, peer->id,
	        all > SHARE_LOOKS ? info.last - SHARE_LOOKS : 0) != STORE_OK)
		return CHAT_FAILED;
	for (; store_reader_peek(&reader, &seq) == STORE_OK; store_reader_skip(&reader), n++)
		if (store_entry(chat->store, seq, &entry) == STORE_OK &&
		    chat_outbound_read(&waiting, entry.data, entry.len) == 0)
			own += waiting.from_id == sender;
	return n > 0 && own * all / n >= share ? CHAT_QUEUE_FULL : CHAT_OK;
}

/* The logs of the conversation; a message to several has none. */
static enum chat_result
find_logs(struct chat *chat, const struct chat_peer *peer, const struct chat_outbound *outbound,
    struct chat_history_logs *also)
{
	char name[CHAT_OUTBOUND_NAME];
	struct chat_history_remote receiver = { .peer = peer->id };

	also->n = 0;
	if (outbound->from_id == 0 || !chat_outbound_receiver(outbound, name, &receiver.name))
		return CHAT_OK;
	return chat_history_of_outbound(chat, outbound->from_id, &receiver, also);
}

static enum chat_result
try_put(struct chat *chat, const struct chat_peer *peer, struct chat_outbound *outbound,
    const struct chat_history_logs *also)
{
	uint64_t logs[1 + CHAT_HISTORY_LOGS] = { peer->id };
	unsigned char entry[CHAT_OUTBOUND_RECORD];
	struct store_tx tx;
	uint64_t epoch;

	if (chat_outbound_epoch(chat, peer->id, &epoch) != CHAT_OK)
		return CHAT_FAILED;
	outbound->epoch = epoch != 0 ? epoch : draw_epoch();
	size_t len = chat_outbound_write(entry, sizeof(entry), outbound);
	if (len == 0)
		return CHAT_BAD_ARGUMENT;
	memcpy(logs + 1, also->list, also->n * sizeof(*logs));
	store_tx_init(&tx);
	chat_log_tx_number(&tx, CHAT_STATE_EPOCH, peer->id, epoch, outbound->epoch);
	chat_once_tx(chat, &tx, outbound->from_id);
	store_tx_append_to(&tx, logs, 1 + also->n, entry, len, 0,
	    (uint64_t)chat->config->queue_max);
	if (outbound->from_id != 0)
		store_tx_charge(&tx, outbound->from_id, len, chat->config->send_bytes);
	store_tx_ring(&tx, CHAT_RING_BRIDGE, 0, 0);
	if (also->n > 0)
		store_tx_ring(&tx, CHAT_RING_USERS, outbound->from_id, 0);
	enum chat_result result = chat_once_commit(chat, &tx);
	return result == CHAT_INBOX_FULL ? CHAT_QUEUE_FULL : result;
}

enum chat_result
chat_outbound_put(struct chat *chat, const struct chat_peer *peer, struct chat_outbound *outbound,
    uint64_t *id)
{
	struct chat_history_logs also = { .n = 0 };
	enum chat_result result = check_share(chat, peer, outbound->from_id);

	if (result == CHAT_OK)
		result = find_logs(chat, peer, outbound, &also);
	if (result != CHAT_OK)
		return result;
	result = CHAT_CONFLICT;
	for (unsigned int tries = 0; chat_retry(&result, &tries);) {
		result = try_put(chat, peer, outbound, &also);
		/* An outbox is never closed: the conversation has ended at this moment. */
		if (result == CHAT_NO_USER && also.n > 0) {
			also.n = 0;
			result = CHAT_CONFLICT;
		}
	}
	*id = chat->sent;
	return result;
}

enum chat_result
chat_outbound_renew(struct chat *chat, uint64_t peer)
{
	enum chat_result result = CHAT_CONFLICT;
	struct store_tx tx;
	uint64_t epoch;

	for (unsigned int tries = 0; chat_retry(&result, &tries);) {
		if (chat_outbound_epoch(chat, peer, &epoch) != CHAT_OK)
			return CHAT_FAILED;
		store_tx_init(&tx);
		chat_log_tx_number(&tx, CHAT_STATE_EPOCH, peer, epoch, draw_epoch());
		result = chat_from_store(store_commit(chat->store, &tx, NULL));
	}
	return result;
}
