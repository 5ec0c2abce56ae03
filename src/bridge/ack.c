/* bridge_ack: the numbers of a peer's replies, which are not trusted. */
#include <inttypes.h>

#include "base/log.h"
#include "base/vector.h"
#include "bridge/queue.h"

/*
 * Claims the worker that waits for the item. It is told of a delivery now, but of a refusal only
 * when the item is retired: until then the next bridge would tell it again.
 */
static void
claim_worker(struct bridge_queue *queue, struct bridge_inflight_item *item)
{
	enum chat_reason reason = item->reason;

	if (reason == CHAT_REASON_NONE) {
		bridge_retire_tell(queue, item->slot, item->wait_id, reason);
		return;
	}
	item->reason = bridge_retire_claim(queue, item->slot, item->wait_id, reason);
	item->tell = item->reason == CHAT_REASON_NONE ? reason : CHAT_REASON_NONE;
}

void
bridge_ack_advance(struct bridge_queue *queue)
{
	while (queue->acked < queue->inflight.count) {
		struct bridge_inflight_item *item =
		    bridge_inflight_at(&queue->inflight, queue->acked);

		if (item->number > queue->have)
			return;
		queue->acked++;
		queue->bytes -= item->line_bytes;
		queue->refused |= item->reason != CHAT_REASON_NONE;
		if (item->wait_id != 0)
			claim_worker(queue, item);
	}
}

enum chat_reason
bridge_ack_refusal(struct bridge_queue *queue, uint64_t number)
{
	while (queue->next_refusal < queue->n_refusals) {
		const struct bridge_refusal *refusal = &queue->refusals[queue->next_refusal];

		if (refusal->number > number)
			break;
		queue->next_refusal++;
		if (refusal->number == number)
			return refusal->reason;
	}
	return CHAT_REASON_NONE;
}

/* The peer lacks retired numbers: logs why, as far as what was seen of the peer tells. */
static void
note_gap(struct bridge_queue *queue)
{
	uint64_t before = queue->seen_epoch == queue->epoch ? queue->seen : 0;

	queue->void_due = true;
	if (before > queue->have)
		log_warnx("%s has lost %" PRIu64
		          " messages that it had taken, up to number %" PRIu64
		          ": it has gone back to an older state",
		    queue->peer.name, before - queue->have, before);
	else if (before == 0 && queue->have > 0)
		log_warnx("%s lacks %" PRIu64 " retired messages, numbers %" PRIu64 " to %" PRIu64
		          ": they had expired, or it has gone back to an older state",
		    queue->peer.name, queue->retired - queue->have, queue->have + 1,
		    queue->retired);
	else
		log_debug("%s: numbers %" PRIu64 " to %" PRIu64 " are void", queue->peer.name,
		    queue->have + 1, queue->retired);
}

/*
 * The peer has numbers that this outbox has not given out yet: the state is an old copy that was
 * put back without kabarctl restore. The peer would take new messages for those that it has, so the
 * outbox begins a new epoch.
 */
static const char *
note_lead(struct bridge_queue *queue)
{
	uint64_t current;

	if (bridge_queue_refresh(queue) != CHAT_OK ||
	    chat_outbound_epoch(queue->chat, queue->peer.id, &current) != CHAT_OK)
		return "the store cannot be read";
	if (queue->have <= queue->last || current != queue->epoch)
		return NULL;
	log_warnx("%s has everything up to number %" PRIu64 " from here, where %" PRIu64
	          " is the last: this state is older than what was sent from it. What waits "
	          "counts as delivered, new messages are numbered anew",
	    queue->peer.name, queue->have, queue->last);
	return chat_outbound_renew(queue->chat, queue->peer.id) == CHAT_OK
	    ? NULL
	    : "the outbox cannot be numbered anew";
}

static void
note_seen(struct bridge_queue *queue)
{
	queue->seen_epoch = queue->epoch;
	queue->seen = queue->have;
}

const char *
bridge_ack_resumed(struct bridge_queue *queue, uint64_t epoch, uint64_t have)
{
	if (!queue->resuming || epoch != queue->epoch)
		return "it answered what it was not asked";
	queue->resuming = false;
	queue->resumed = true;
	queue->have = have;
	queue->next = queue->retired + 1;
	queue->reading = false;
	if (have < queue->retired)
		note_gap(queue);
	note_seen(queue);
	return have > queue->last ? note_lead(queue) : NULL;
}

static const char *
keep_refusal(struct bridge_queue *queue, uint64_t number, enum chat_reason reason)
{
	struct bridge_refusal *refusal;
	size_t n = queue->n_refusals;

	if (number <= queue->retired || (n > 0 && number <= queue->refusals[n - 1].number))
		return "its refusals are in no order";
	if (n == PEERING_WINDOW)
		return "it refused more than it was ever sent";
	refusal = vector_add(&queue->refusals, &queue->n_refusals, sizeof(*refusal));
	if (refusal == NULL)
		return "out of memory";
	*refusal = (struct bridge_refusal){ .number = number, .reason = reason };
	return NULL;
}

const char *
bridge_ack_refused(struct bridge_queue *queue, uint64_t number, enum chat_reason reason)
{
	struct bridge_inflight_item *item;

	if (queue->resuming)
		return keep_refusal(queue, number, reason);
	item = queue->resumed && number > queue->have
	    ? bridge_inflight_find(&queue->inflight, number)
	    : NULL;
	if (item == NULL || !item->outbound || item->retired)
		return "it refused what it was not sent";
	item->reason = reason;
	return NULL;
}

const char *
bridge_ack_have(struct bridge_queue *queue, uint64_t number)
{
	if (!queue->resumed || number < queue->have)
		return "it takes back what it had acknowledged";
	if (number > queue->have && number >= queue->next)
		return "it acknowledged what it was not sent";
	queue->have = number;
	note_seen(queue);
	bridge_ack_advance(queue);
	return NULL;
}
