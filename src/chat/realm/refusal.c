/*
 * chat_refusal: the log has the refusals in the order in which the peer is told, and loses its
 * beginning when the peer has been told.
 */
#include "chat/realm/refusal.h"

#include "base/pack.h"
#include "chat/realm/log.h"

#define REFUSAL_VERSION 1

size_t
chat_refusal_write(unsigned char entry[CHAT_REFUSAL_RECORD], const struct chat_refusal *refusal)
{
	struct pack p;

	pack_init(&p, entry, CHAT_REFUSAL_RECORD);
	pack_u8(&p, REFUSAL_VERSION);
	pack_u64(&p, refusal->epoch);
	pack_u64(&p, refusal->number);
	pack_u8(&p, (uint8_t)refusal->reason);
	return p.len;
}

bool
chat_refusal_read(struct chat_refusal *refusal, const void *entry, size_t len)
{
	struct unpack u;

	unpack_init(&u, entry, len);
	if (unpack_u8(&u) != REFUSAL_VERSION)
		return false;
	refusal->epoch = unpack_u64(&u);
	refusal->number = unpack_u64(&u);
	refusal->reason = (enum chat_reason)unpack_u8(&u);
	return !u.bad && refusal->reason < CHAT_REASONS;
}

struct telling {
	uint64_t epoch;
	uint64_t after;
	chat_refusal_visit *visit;
	void *arg;
	bool bad;
};

static int
tell_refusal(void *arg, const struct store_entry *entry)
{
	struct telling *telling = arg;
	struct chat_refusal refusal;

	telling->bad = !chat_refusal_read(&refusal, entry->data, entry->len);
	if (telling->bad)
		return 1;
	if (refusal.epoch != telling->epoch || refusal.number <= telling->after)
		return 0;
	return telling->visit(telling->arg, refusal.number, refusal.reason);
}

enum chat_result
chat_refusal_each(struct chat *chat, uint64_t log, uint64_t epoch, uint64_t after,
    chat_refusal_visit *visit, void *arg)
{
	struct telling telling = { .epoch = epoch, .after = after, .visit = visit, .arg = arg };
	enum chat_result result =
	    log == 0 ? CHAT_OK : chat_log_each(chat, log, 0, tell_refusal, &telling);

	return telling.bad ? CHAT_FAILED : result;
}

struct forgetting {
	uint64_t epoch;
	uint64_t up_to;
	uint64_t first; /* entry that stays; 0: all do */
	uint64_t bytes; /* of those before it */
};

static int
forget_refusal(void *arg, const struct store_entry *entry)
{
	struct forgetting *forgetting = arg;
	struct chat_refusal refusal;

	if (!chat_refusal_read(&refusal, entry->data, entry->len) ||
	    (refusal.epoch == forgetting->epoch && refusal.number > forgetting->up_to))
		return 1;
	forgetting->first = entry->number + 1;
	forgetting->bytes += entry->len;
	return 0;
}

void
chat_refusal_forget(struct chat *chat, uint64_t log, uint64_t epoch, uint64_t up_to)
{
	struct forgetting forgetting = { .epoch = epoch, .up_to = up_to };
	struct store_tx tx;

	if (log == 0 || chat_log_each(chat, log, 0, forget_refusal, &forgetting) != CHAT_OK ||
	    forgetting.first == 0)
		return;
	store_tx_init(&tx);
	store_tx_trim(&tx, log, forgetting.first, forgetting.bytes);
	store_post(chat->store, &tx);
}
