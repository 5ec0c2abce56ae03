/*
 * bridge_retire: the worker that waits for a message is told its end, or the sender by a bounce,
 * and the outbox is trimmed. That costs a synced transaction: delivered messages are gathered as
 * long as other requests are under way.
 */
#include "base/backoff.h"
#include "base/clock.h"
#include "base/log.h"
#include "bridge/queue.h"
#include "live/delivery_wait.h"

#define BATCH          512 /* numbers that are retired together */
#define GATHER_MS      100
#define FIRST_RETRY_MS 1000
#define MOST_RETRY_MS  60000

enum chat_reason
bridge_retire_claim(struct bridge_queue *queue, unsigned int slot, uint64_t wait_id,
    enum chat_reason reason)
{
	struct delivery_wait *waits = queue->chat->waits;

	return wait_id != 0 && waits != NULL &&
	        delivery_wait_claim(waits, slot, wait_id, (unsigned int)reason)
	    ? CHAT_REASON_NONE
	    : reason;
}

void
bridge_retire_tell(struct bridge_queue *queue, unsigned int slot, uint64_t wait_id,
    enum chat_reason reason)
{
	struct chat *chat = queue->chat;

	if (wait_id != 0 && chat->waits != NULL &&
	    delivery_wait_tell(chat->waits, slot, wait_id, (unsigned int)reason) &&
	    chat->wakeup != NULL)
		wakeup_notify_slot(chat->wakeup, slot);
}

enum chat_result
bridge_retire_note(struct bridge_queue *queue, enum chat_result result)
{
	if (result == CHAT_OK) {
		queue->retry_tick = queue->retry_pause = 0;
		return result;
	}
	if (queue->retry_pause == 0)
		log_warnx("%s: the outbox cannot be trimmed: %s", queue->peer.name,
		    chat_strerror(result));
	queue->retry_pause = backoff_next_ms(queue->retry_pause, FIRST_RETRY_MS, MOST_RETRY_MS);
	queue->retry_tick = clock_monotonic_ms() + queue->retry_pause;
	return result;
}

/* Lists the numbers that the peer has, from the oldest on. *items: the items that they are of. */
static size_t
gather_retired(const struct bridge_queue *queue, struct chat_retired retired[BATCH], size_t *items)
{
	uint64_t number = queue->retired + 1;
	size_t n = 0;

	for (*items = 0; *items < queue->acked; (*items)++) {
		const struct bridge_inflight_item *item =
		    bridge_inflight_at(&queue->inflight, *items);

		if (item->retired)
			continue;
		for (; number < item->number && n < BATCH; number++)
			retired[n++] = (struct chat_retired){ .number = number };
		if (n == BATCH)
			break;
		retired[n++] = (struct chat_retired){ .number = item->number,
			.bytes = item->entry_bytes,
			.file_id = item->file_id,
			.bounce = item->reason,
			.told = item->tell };
		number++;
	}
	return n;
}

static enum chat_result
retire_batch(struct bridge_queue *queue)
{
	struct chat_retired retired[BATCH];
	size_t items, n = gather_retired(queue, retired, &items);
	enum chat_result result = CHAT_OK;

	if (n > 0)
		result = chat_outbox_retire(queue->chat, &queue->peer, retired, n);
	if (result != CHAT_OK)
		return result;
	if (n > 0)
		queue->retired = retired[n - 1].number;
	for (size_t i = 0; i < items; i++) {
		const struct bridge_inflight_item *item = bridge_inflight_at(&queue->inflight, i);

		if (item->tell != CHAT_REASON_NONE)
			bridge_retire_tell(queue, item->slot, item->wait_id, item->tell);
	}
	bridge_inflight_pop(&queue->inflight, items);
	queue->acked -= items;
	return CHAT_OK;
}

static bool
is_worth_it(const struct bridge_queue *queue, int64_t tick)
{
	return queue->refused || queue->acked == queue->inflight.count || queue->acked >= BATCH ||
	    tick >= queue->retire_due;
}

enum chat_result
bridge_retire(struct bridge_queue *queue, int64_t tick)
{
	enum chat_result result = CHAT_OK;

	if (queue->acked == 0 || tick < queue->retry_tick)
		return CHAT_OK;
	if (queue->retire_due == 0)
		queue->retire_due = tick < INT64_MAX - GATHER_MS ? tick + GATHER_MS : tick;
	if (!is_worth_it(queue, tick))
		return CHAT_OK;
	while (queue->acked > 0 && result == CHAT_OK)
		result = retire_batch(queue);
	if (bridge_retire_note(queue, result) != CHAT_OK)
		return result;
	queue->tell_settled |= queue->refused;
	queue->refused = false;
	queue->retire_due = 0;
	return CHAT_OK;
}

int64_t
bridge_retire_due(const struct bridge_queue *queue)
{
	if (queue->acked == 0)
		return INT64_MAX;
	return queue->retire_due > queue->retry_tick ? queue->retire_due : queue->retry_tick;
}
