/*
 * bridge_expire: messages that wait. Their senders are told of the delay; later they bounce.
 * Messages for an inactive peer bounce immediately.
 */
#include "base/clock.h"
#include "base/log.h"
#include "bridge/queue.h"

#define BATCH 64  /* messages that bounce together */
#define SCAN  256 /* messages that are looked at in one step */

/* A message, or a number without one. */
struct waiting {
	uint64_t number;
	int64_t time_ms;
	size_t entry;
	bool readable;
	struct chat_outbound outbound; /* its texts are the store's */
};

/* ABSENT: the outbox has no such number yet. */
static enum store_status
read_waiting(struct store_reader *reader, uint64_t number, struct waiting *waiting)
{
	struct store_entry entry;
	uint64_t seq;
	enum store_status status = store_reader_peek(reader, &seq);

	*waiting = (struct waiting){ .number = number };
	if (status != STORE_OK)
		return number <= reader->last && status == STORE_ABSENT ? STORE_OK : status;
	if (reader->next > number)
		return STORE_OK; /* this one is missing */
	status = store_entry(reader->store, seq, &entry);
	store_reader_skip(reader);
	if (status != STORE_OK)
		return status == STORE_ABSENT ? STORE_OK : status;
	waiting->time_ms = entry.time_ms;
	waiting->entry = entry.len;
	waiting->readable = chat_outbound_read(&waiting->outbound, entry.data, entry.len) == 0;
	return STORE_OK;
}

/* When a message of this time bounces; 0 for an inactive peer: it is overdue. */
static int64_t
expiry_of(const struct bridge_queue *queue, int64_t time_ms)
{
	return queue->peer.active ? time_ms + queue->chat->config->queue_keep * 1000 : 0;
}

static void
note_due(struct bridge_queue *queue, int64_t time_ms)
{
	if (time_ms < queue->due_ms)
		queue->due_ms = time_ms;
}

/* Messages that bounce together, and the workers that are told when these are retired. */
struct batch {
	struct chat_retired retired[BATCH];
	struct {
		unsigned int slot;
		uint64_t wait_id;
		enum chat_reason tell;
	} workers[BATCH];
	size_t n;
};

static void
bounce_message(struct bridge_queue *queue, const struct waiting *waiting, struct batch *batch)
{
	enum chat_reason reason = queue->peer.active ? CHAT_REASON_EXPIRED : CHAT_REASON_NO_REALM;
	const struct chat_outbound *outbound = &waiting->outbound;
	size_t at = batch->n++;

	batch->retired[at] =
	    (struct chat_retired){ .number = waiting->number, .bytes = waiting->entry };
	batch->workers[at].tell = CHAT_REASON_NONE;
	if (!waiting->readable) {
		log_warnx("%s: number %llu of the outbox cannot be read", queue->peer.name,
		    (unsigned long long)waiting->number);
		return;
	}
	batch->retired[at].file_id = outbound->file ? outbound->file_id : 0;
	batch->retired[at].bounce =
	    bridge_retire_claim(queue, outbound->slot, outbound->wait_id, reason);
	batch->workers[at].slot = outbound->slot;
	batch->workers[at].wait_id = outbound->wait_id;
	if (batch->retired[at].bounce == CHAT_REASON_NONE)
		batch->workers[at].tell = batch->retired[at].told = reason;
}

static enum chat_result
retire_expired(struct bridge_queue *queue, const struct batch *batch)
{
	enum chat_result result =
	    chat_outbox_retire(queue->chat, &queue->peer, batch->retired, batch->n);

	if (result != CHAT_OK)
		return result;
	queue->retired = batch->retired[batch->n - 1].number;
	for (size_t i = 0; i < batch->n; i++)
		if (batch->workers[i].tell != CHAT_REASON_NONE)
			bridge_retire_tell(queue, batch->workers[i].slot, batch->workers[i].wait_id,
			    batch->workers[i].tell);
	return CHAT_OK;
}

/* Bounces the oldest messages, if they have expired. */
static enum chat_result
expire_oldest(struct bridge_queue *queue, int64_t now_ms)
{
	struct batch batch = { .n = 0 };
	struct store_reader reader;
	struct waiting waiting;
	enum store_status status;

	status = store_reader_init(&reader, queue->chat->store, queue->peer.id, queue->retired);
	while (status == STORE_OK && batch.n < BATCH) {
		status = read_waiting(&reader, queue->retired + batch.n + 1, &waiting);
		if (status != STORE_OK)
			break;
		if (waiting.readable && expiry_of(queue, waiting.time_ms) > now_ms) {
			note_due(queue, expiry_of(queue, waiting.time_ms));
			break;
		}
		bounce_message(queue, &waiting, &batch);
	}
	if (status == STORE_FAILED)
		return CHAT_FAILED;
	if (batch.n == 0)
		return CHAT_OK;
	if (batch.n == BATCH)
		queue->due_ms = now_ms;
	return retire_expired(queue, &batch);
}

/* Finds the last of the late messages whose senders do not know it yet. *reach 0: there is none. */
static enum chat_result
find_delayed(struct bridge_queue *queue, int64_t now_ms, uint64_t *reach)
{
	uint64_t from = queue->delay_told > queue->retired ? queue->delay_told : queue->retired;
	struct store_reader reader;
	struct waiting waiting;
	enum store_status status;

	*reach = from;
	status = store_reader_init(&reader, queue->chat->store, queue->peer.id, from);
	for (int i = 0; status == STORE_OK && i < SCAN; i++) {
		int64_t due;

		status = read_waiting(&reader, *reach + 1, &waiting);
		if (status != STORE_OK)
			break;
		due = waiting.time_ms + queue->chat->config->queue_notice * 1000;
		if (waiting.readable && due > now_ms) {
			note_due(queue, due);
			break;
		}
		(*reach)++;
	}
	if (*reach == from)
		*reach = 0;
	return status == STORE_FAILED ? CHAT_FAILED : CHAT_OK;
}

static enum chat_result
tell_delay(struct bridge_queue *queue, int64_t now_ms)
{
	struct chat *chat = queue->chat;
	uint64_t reach = 0, before;
	enum chat_result result = CHAT_OK;

	if (!queue->delay_known)
		result = chat_outbox_delay(chat, &queue->peer, 0, &queue->delay_told);
	queue->delay_known = result == CHAT_OK;
	if (result == CHAT_OK)
		result = find_delayed(queue, now_ms, &reach);
	if (result != CHAT_OK || reach == 0)
		return result;
	before = queue->delay_told;
	result = chat_outbox_delay(chat, &queue->peer, reach, &queue->delay_told);
	if (result == CHAT_OK && queue->delay_told > before)
		queue->due_ms = now_ms; /* there may be more */
	return result;
}

int64_t
bridge_expire(struct bridge_queue *queue, int64_t now_ms)
{
	enum chat_result result;
	int64_t tick = clock_monotonic_ms();

	if (now_ms < queue->due_ms)
		return queue->due_ms;
	if (tick < queue->retry_tick)
		return now_ms + queue->retry_tick - tick;
	queue->due_ms = INT64_MAX;
	result = expire_oldest(queue, now_ms);
	if (result == CHAT_OK && queue->peer.active && queue->due_ms > now_ms)
		result = tell_delay(queue, now_ms);
	if (bridge_retire_note(queue, result) == CHAT_OK)
		return queue->due_ms;
	queue->due_ms = 0;
	return now_ms + queue->retry_tick - tick;
}

bool
bridge_expire_soon(const struct bridge_queue *queue, int64_t now_ms)
{
	const struct config *config = queue->chat->config;
	int64_t least =
	    config->queue_notice < config->queue_keep ? config->queue_notice : config->queue_keep;

	/* Messages for an inactive peer bounce immediately. */
	return queue->peer.active && queue->due_ms <= now_ms + least * 1000;
}
