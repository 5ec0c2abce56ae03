/*
 * chat_refusal: refusals of what another realm delivered. A log has them in the order in which they
 * are to be told, and loses its beginning when they were.
 */
#include "chat/realm/refusal.h"

#include "base/pack.h"

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

static bool
refusal_read(struct chat_refusal *refusal, const struct store_entry *entry)
{
	struct unpack u;

	unpack_init(&u, entry->data, entry->len);
	if (unpack_u8(&u) != REFUSAL_VERSION)
		return false;
	refusal->epoch = unpack_u64(&u);
	refusal->number = unpack_u64(&u);
	refusal->reason = (enum chat_reason)unpack_u8(&u);
	return !u.bad && refusal->reason < CHAT_REASONS;
}

typedef int visit_entry(void *arg, const struct chat_refusal *, const struct store_entry *);

static enum chat_result
each_entry(struct chat *chat, uint64_t log, visit_entry *visit, void *arg)
{
	struct store_reader reader;
	struct store_entry entry;
	struct chat_refusal refusal;
	enum store_status status;
	uint64_t seq;

	if (log == 0)
		return CHAT_OK;
	if (store_reader_init(&reader, chat->store, log, 0) != STORE_OK)
		return CHAT_FAILED;
	for (; (status = store_reader_peek(&reader, &seq)) == STORE_OK;
	     store_reader_skip(&reader)) {
		status = store_entry(chat->store, seq, &entry);
		if (status == STORE_ABSENT)
			continue; /* forgotten since */
		if (status != STORE_OK || !refusal_read(&refusal, &entry))
			return CHAT_FAILED;
		if (visit(arg, &refusal, &entry) != 0)
			return CHAT_OK;
	}
	return status == STORE_ABSENT ? CHAT_OK : CHAT_FAILED;
}

struct telling {
	uint64_t epoch;
	uint64_t after;
	chat_refusal_visit *visit;
	void *arg;
};

static int
tell_one(void *arg, const struct chat_refusal *refusal, const struct store_entry *entry)
{
	const struct telling *telling = arg;

	(void)entry;
	if (refusal->epoch != telling->epoch || refusal->number <= telling->after)
		return 0;
	return telling->visit(telling->arg, refusal->number, refusal->reason);
}

enum chat_result
chat_refusal_each(struct chat *chat, uint64_t log, uint64_t epoch, uint64_t after,
    chat_refusal_visit *visit, void *arg)
{
	struct telling telling = { .epoch = epoch, .after = after, .visit = visit, .arg = arg };

	return each_entry(chat, log, tell_one, &telling);
}

struct forgetting {
	uint64_t epoch;
	uint64_t up_to;
	uint64_t first; /* entry that stays; 0: all do */
	uint64_t bytes; /* of those before it */
};

static int
forget_one(void *arg, const struct chat_refusal *refusal, const struct store_entry *entry)
{
	struct forgetting *forgetting = arg;

	if (refusal->epoch == forgetting->epoch && refusal->number > forgetting->up_to)
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

	if (each_entry(chat, log, forget_one, &forgetting) != CHAT_OK || forgetting.first == 0)
		return;
	store_tx_init(&tx);
	store_tx_trim(&tx, log, forgetting.first, forgetting.bytes);
	store_post(chat->store, &tx);
}
