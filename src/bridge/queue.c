/* bridge_queue: reading the outbox, the window, and epochs. */
#include "bridge/queue.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/log.h"

enum chat_result
bridge_queue_refresh(struct bridge_queue *queue)
{
	struct store_log_info info;

	store_refresh(queue->chat->store);
	if (store_log_info(queue->chat->store, queue->peer.id, &info) != STORE_OK)
		return CHAT_FAILED;
	if (info.last != queue->last)
		queue->due_ms = 0;
	queue->last = info.last;
	return CHAT_OK;
}

enum chat_result
bridge_queue_reread(struct bridge_queue *queue)
{
	struct store_log_info info;

	store_refresh(queue->chat->store);
	if (store_log_info(queue->chat->store, queue->peer.id, &info) != STORE_OK)
		return CHAT_FAILED;
	queue->last = info.last;
	queue->retired = info.first - 1;
	queue->due_ms = 0;
	return CHAT_OK;
}

enum chat_result
bridge_queue_init(struct bridge_queue *queue, struct chat *chat, const struct chat_peer *peer)
{
	*queue = (struct bridge_queue){ .chat = chat, .peer = *peer };
	return bridge_queue_reread(queue);
}

static void
forget_refusals(struct bridge_queue *queue)
{
	free(queue->refusals);
	queue->refusals = NULL;
	queue->n_refusals = queue->next_refusal = 0;
}

void
bridge_queue_begin(struct bridge_queue *queue, const struct peering_window *window)
{
	queue->open = true;
	queue->window = *window;
	if (queue->window.messages > PEERING_WINDOW)
		queue->window.messages = PEERING_WINDOW;
	if (queue->window.bytes > PEERING_WINDOW_BYTES)
		queue->window.bytes = PEERING_WINDOW_BYTES;
	queue->next = queue->retired + 1;
}

void
bridge_queue_end(struct bridge_queue *queue)
{
	bridge_inflight_clear(&queue->inflight);
	forget_refusals(queue);
	queue->open = queue->resuming = queue->resumed = queue->reading = false;
	queue->void_due = queue->tell_settled = queue->refused = false;
	queue->acked = 0;
	queue->bytes = queue->no_room_for = 0;
	queue->retire_due = 0;
	queue->due_ms = 0;
}

/* Finds the next entry, or a later one if some are missing. */
static enum store_status
find_entry(struct bridge_queue *queue, uint64_t *seq)
{
	enum store_status status = STORE_ABSENT;

	for (int i = 0; i < 2 && status == STORE_ABSENT; i++) {
		if (!queue->reading &&
		    store_reader_init(&queue->reader, queue->chat->store, queue->peer.id,
		        queue->next - 1) != STORE_OK)
			return STORE_FAILED;
		queue->reading = true;
		while (queue->reader.next < queue->next)
			store_reader_skip(&queue->reader);
		status = store_reader_peek(&queue->reader, seq);
		/* A reader ends where the outbox ended when it was begun. */
		queue->reading = status == STORE_OK;
	}
	return status;
}

static void
make_void(const struct bridge_queue *queue, struct bridge_next *next, uint64_t to, size_t entry)
{
	next->kind = BRIDGE_NEXT_VOID;
	next->from = queue->next;
	next->number = to;
	next->entry = entry;
	log_warnx("%s: numbers %" PRIu64 " to %" PRIu64 " of the outbox cannot be read",
	    queue->peer.name, next->from, next->number);
}

/* Reads the next number: a message, or a range without messages. */
static void
read_next(struct bridge_queue *queue, struct bridge_next *next)
{
	struct store_entry entry;
	enum store_status status;
	uint64_t seq;

	if (queue->next > queue->last)
		return;
	status = find_entry(queue, &seq);
	if (status == STORE_ABSENT) {
		make_void(queue, next, queue->last, 0);
		return;
	}
	if (status == STORE_OK && queue->reader.next > queue->next) {
		make_void(queue, next, queue->reader.next - 1, 0);
		return;
	}
	if (status == STORE_OK)
		status = store_entry(queue->chat->store, seq, &entry);
	if (status == STORE_FAILED) {
		next->kind = BRIDGE_NEXT_FAILED;
		return;
	}
	if (status != STORE_OK || chat_outbound_read(&next->outbound, entry.data, entry.len) != 0) {
		make_void(queue, next, queue->next, status == STORE_OK ? entry.len : 0);
		return;
	}
	next->kind = BRIDGE_NEXT_MESSAGE;
	next->number = queue->next;
	next->time_ms = entry.time_ms;
	next->entry = entry.len;
}

/* The epoch of the messages that wait, else of those to come. 0: there was never a message. */
static int
find_epoch(struct bridge_queue *queue, uint64_t *epoch)
{
	struct bridge_next next = { .kind = BRIDGE_NEXT_NONE };

	read_next(queue, &next);
	if (next.kind == BRIDGE_NEXT_FAILED)
		return -1;
	*epoch = next.outbound.epoch;
	if (next.kind == BRIDGE_NEXT_MESSAGE)
		return 0;
	if (chat_outbound_epoch(queue->chat, queue->peer.id, epoch) != CHAT_OK)
		return -1;
	/* The first message begins the epoch: it may be there although no wake-up has come. */
	return *epoch == 0 || bridge_queue_refresh(queue) == CHAT_OK ? 0 : -1;
}

static void
resume_epoch(struct bridge_queue *queue, struct bridge_next *next, uint64_t epoch)
{
	next->kind = BRIDGE_NEXT_RESUME;
	next->epoch = queue->epoch = epoch;
	next->number = queue->retired;
	queue->resuming = true;
	queue->resumed = queue->tell_settled = false;
}

static bool
is_full(const struct bridge_queue *queue)
{
	size_t under_way = queue->inflight.count - queue->acked;

	return under_way >= (queue->window.messages == 0 ? 1 : queue->window.messages) ||
	    queue->inflight.count >= PEERING_WINDOW ||
	    (under_way > 0 && queue->bytes + queue->no_room_for > queue->window.bytes);
}

static struct bridge_inflight_item
make_item(const struct bridge_next *next, size_t bytes)
{
	struct bridge_inflight_item item = { .number = next->number,
		.entry_bytes = (uint32_t)next->entry,
		.line_bytes = (uint32_t)bytes };

	if (next->kind == BRIDGE_NEXT_MESSAGE) {
		item.outbound = true;
		item.slot = next->outbound.slot;
		item.wait_id = next->outbound.wait_id;
		item.file_id = next->outbound.file ? next->outbound.file_id : 0;
	}
	return item;
}

/* The peer has this number already. */
static void
pass_over(struct bridge_queue *queue, struct bridge_next *next)
{
	struct bridge_inflight_item item = make_item(next, 0);

	item.reason = bridge_ack_refusal(queue, item.number);
	queue->next = item.number + 1;
	next->kind = bridge_inflight_push(&queue->inflight, &item) == 0 ? BRIDGE_NEXT_PASSED
	                                                                : BRIDGE_NEXT_FAILED;
	bridge_ack_advance(queue);
}

static void
choose_outbound(struct bridge_queue *queue, struct bridge_next *next)
{
	read_next(queue, next);
	if (next->kind == BRIDGE_NEXT_MESSAGE && next->outbound.epoch != queue->epoch) {
		next->kind = BRIDGE_NEXT_NONE;
		if (queue->inflight.count == 0) /* the old epoch is retired */
			resume_epoch(queue, next, next->outbound.epoch);
		return;
	}
	if ((next->kind == BRIDGE_NEXT_MESSAGE || next->kind == BRIDGE_NEXT_VOID) &&
	    next->number <= queue->have)
		pass_over(queue, next);
}

void
bridge_queue_next(struct bridge_queue *queue, struct bridge_next *next)
{
	uint64_t epoch;

	next->kind = BRIDGE_NEXT_NONE;
	next->outbound.epoch = 0;
	if (!queue->open || queue->resuming)
		return;
	if (queue->tell_settled) {
		queue->tell_settled = false;
		next->kind = BRIDGE_NEXT_SETTLED;
		next->number = queue->retired;
	} else if (!queue->resumed) {
		if (find_epoch(queue, &epoch) != 0)
			next->kind = BRIDGE_NEXT_FAILED;
		else if (epoch != 0)
			resume_epoch(queue, next, epoch);
	} else if (queue->void_due) {
		next->kind = BRIDGE_NEXT_VOID;
		next->from = queue->have + 1;
		next->number = queue->retired;
		next->entry = 0;
	} else if (!is_full(queue)) {
		choose_outbound(queue, next);
	}
}

bool
bridge_queue_fits(struct bridge_queue *queue, size_t bytes)
{
	if (queue->inflight.count > queue->acked && queue->bytes + bytes > queue->window.bytes) {
		queue->no_room_for = bytes;
		return false;
	}
	queue->no_room_for = 0;
	return true;
}

static int
push_item(struct bridge_queue *queue, const struct bridge_inflight_item *item)
{
	if (bridge_inflight_push(&queue->inflight, item) != 0)
		return -1;
	queue->bytes += item->line_bytes;
	if (item->number >= queue->next)
		queue->next = item->number + 1;
	return 0;
}

int
bridge_queue_sent(struct bridge_queue *queue, const struct bridge_next *next, size_t bytes)
{
	struct bridge_inflight_item item = make_item(next, bytes);

	item.retired = queue->void_due;
	queue->void_due = false;
	return push_item(queue, &item);
}

int
bridge_queue_voided(struct bridge_queue *queue, const struct bridge_next *next,
    enum chat_reason reason, size_t bytes)
{
	struct bridge_inflight_item item = make_item(next, bytes);

	item.reason = reason;
	return push_item(queue, &item);
}

bool
bridge_queue_waits(const struct bridge_queue *queue)
{
	return queue->resuming || queue->inflight.count > queue->acked;
}
