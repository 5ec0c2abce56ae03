/*
 * bridge_queue: an outbox on its way to its peer: reading it, the window, epochs. What the
 * peer says is left to bridge_ack, ending letters to bridge_retire, the clock to bridge_expire.
 */
#include "bridge/queue.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/log.h"

enum chat_result
bridge_queue_look(struct bridge_queue *queue)
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
	queue->settled = info.first - 1;
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
bridge_queue_free(struct bridge_queue *queue)
{
	bridge_queue_end(queue);
}

void
bridge_queue_begin(struct bridge_queue *queue, const struct bridge_window *window)
{
	queue->open = true;
	queue->window = *window;
	if (queue->window.outbounds > PEERING_WINDOW)
		queue->window.outbounds = PEERING_WINDOW;
	if (queue->window.bytes > PEERING_WINDOW_BYTES)
		queue->window.bytes = PEERING_WINDOW_BYTES;
	queue->next = queue->settled + 1;
}

void
bridge_queue_end(struct bridge_queue *queue)
{
	bridge_inflight_clear(&queue->flight);
	forget_refusals(queue);
	queue->open = queue->resuming = queue->resumed = queue->reading = false;
	queue->void_due = queue->tell_settled = queue->refused = false;
	queue->acked = 0;
	queue->bytes = queue->too_many = 0;
	queue->settle_due = 0;
	queue->due_ms = 0;
}

/* Finds the entry that is next, or a later one where some are missing. */
static enum store_status
seek(struct bridge_queue *queue, uint64_t *seq)
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
		/* It ends where the outbox did when it was begun. */
		queue->reading = status == STORE_OK;
	}
	return status;
}

static void
make_void(const struct bridge_queue *queue, struct bridge_todo *todo, uint64_t to, size_t entry)
{
	todo->step = BRIDGE_NEXT_VOID;
	todo->from = queue->next;
	todo->number = to;
	todo->entry = entry;
	log_warnx("%s: numbers %" PRIu64 " to %" PRIu64 " of the outbox cannot be read",
	    queue->peer.name, todo->from, todo->number);
}

/* Reads what is next: a letter, or numbers without one. */
static void
read_next(struct bridge_queue *queue, struct bridge_todo *todo)
{
	struct store_entry entry;
	enum store_status status;
	uint64_t seq;

	if (queue->next > queue->last)
		return;
	status = seek(queue, &seq);
	if (status == STORE_ABSENT) {
		make_void(queue, todo, queue->last, 0);
		return;
	}
	if (status == STORE_OK && queue->reader.next > queue->next) {
		make_void(queue, todo, queue->reader.next - 1, 0);
		return;
	}
	if (status == STORE_OK)
		status = store_entry(queue->chat->store, seq, &entry);
	if (status == STORE_FAILED) {
		todo->step = BRIDGE_NEXT_FAILED;
		return;
	}
	if (status != STORE_OK || chat_outbound_read(&todo->outbound, entry.data, entry.len) != 0) {
		make_void(queue, todo, queue->next, status == STORE_OK ? entry.len : 0);
		return;
	}
	todo->step = BRIDGE_NEXT_MESSAGE;
	todo->number = queue->next;
	todo->time_ms = entry.time_ms;
	todo->entry = entry.len;
}

/* The epoch of the letters that wait, or of those that are to come. 0: nobody has ever written. */
static int
find_epoch(struct bridge_queue *queue, uint64_t *epoch)
{
	struct bridge_todo todo = { .step = BRIDGE_NEXT_NONE };

	read_next(queue, &todo);
	if (todo.step == BRIDGE_NEXT_FAILED)
		return -1;
	*epoch = todo.outbound.epoch;
	if (todo.step == BRIDGE_NEXT_MESSAGE)
		return 0;
	if (chat_outbound_epoch(queue->chat, queue->peer.id, epoch) != CHAT_OK)
		return -1;
	/* The first letter begins the epoch: it may be there without anybody having rung. */
	return *epoch == 0 || bridge_queue_look(queue) == CHAT_OK ? 0 : -1;
}

static void
resume(struct bridge_queue *queue, struct bridge_todo *todo, uint64_t epoch)
{
	todo->step = BRIDGE_NEXT_RESUME;
	todo->epoch = queue->epoch = epoch;
	todo->number = queue->settled;
	queue->resuming = true;
	queue->resumed = queue->tell_settled = false;
}

static bool
is_full(const struct bridge_queue *queue)
{
	size_t under_way = queue->flight.count - queue->acked;

	return under_way >= (queue->window.outbounds == 0 ? 1 : queue->window.outbounds) ||
	    queue->flight.count >= PEERING_WINDOW ||
	    (under_way > 0 && queue->bytes + queue->too_many > queue->window.bytes);
}

static struct bridge_item
item_of(const struct bridge_todo *todo, size_t bytes)
{
	struct bridge_item item = { .number = todo->number,
		.entry = (uint32_t)todo->entry,
		.line = (uint32_t)bytes };

	if (todo->step == BRIDGE_NEXT_MESSAGE) {
		item.outbound = true;
		item.slot = todo->outbound.slot;
		item.wait_id = todo->outbound.wait_id;
		item.file_id = todo->outbound.file ? todo->outbound.file_id : 0;
	}
	return item;
}

/* The peer has it already. */
static void
pass(struct bridge_queue *queue, struct bridge_todo *todo)
{
	struct bridge_item item = item_of(todo, 0);

	item.reason = bridge_ack_refusal(queue, item.number);
	queue->next = item.number + 1;
	todo->step = bridge_inflight_push(&queue->flight, &item) == 0 ? BRIDGE_NEXT_PASSED
	                                                              : BRIDGE_NEXT_FAILED;
	bridge_ack_advance(queue);
}

static void
next_outbound(struct bridge_queue *queue, struct bridge_todo *todo)
{
	read_next(queue, todo);
	if (todo->step == BRIDGE_NEXT_MESSAGE && todo->outbound.epoch != queue->epoch) {
		todo->step = BRIDGE_NEXT_NONE;
		if (queue->flight.count == 0) /* all of the old one is settled */
			resume(queue, todo, todo->outbound.epoch);
		return;
	}
	if ((todo->step == BRIDGE_NEXT_MESSAGE || todo->step == BRIDGE_NEXT_VOID) &&
	    todo->number <= queue->have)
		pass(queue, todo);
}

void
bridge_queue_next(struct bridge_queue *queue, struct bridge_todo *todo)
{
	uint64_t epoch;

	todo->step = BRIDGE_NEXT_NONE;
	todo->outbound.epoch = 0;
	if (!queue->open || queue->resuming)
		return;
	if (queue->tell_settled) {
		queue->tell_settled = false;
		todo->step = BRIDGE_NEXT_SETTLED;
		todo->number = queue->settled;
	} else if (!queue->resumed) {
		if (find_epoch(queue, &epoch) != 0)
			todo->step = BRIDGE_NEXT_FAILED;
		else if (epoch != 0)
			resume(queue, todo, epoch);
	} else if (queue->void_due) {
		todo->step = BRIDGE_NEXT_VOID;
		todo->from = queue->have + 1;
		todo->number = queue->settled;
		todo->entry = 0;
	} else if (!is_full(queue)) {
		next_outbound(queue, todo);
	}
}

bool
bridge_queue_fits(struct bridge_queue *queue, size_t bytes)
{
	if (queue->flight.count > queue->acked && queue->bytes + bytes > queue->window.bytes) {
		queue->too_many = bytes;
		return false;
	}
	queue->too_many = 0;
	return true;
}

static int
push(struct bridge_queue *queue, const struct bridge_item *item)
{
	if (bridge_inflight_push(&queue->flight, item) != 0)
		return -1;
	queue->bytes += item->line;
	if (item->number >= queue->next)
		queue->next = item->number + 1;
	return 0;
}

int
bridge_queue_sent(struct bridge_queue *queue, const struct bridge_todo *todo, size_t bytes)
{
	struct bridge_item item = item_of(todo, bytes);

	item.settled = queue->void_due;
	queue->void_due = false;
	return push(queue, &item);
}

int
bridge_queue_spoiled(struct bridge_queue *queue, const struct bridge_todo *todo,
    enum chat_reason reason, size_t bytes)
{
	struct bridge_item item = item_of(todo, bytes);

	item.reason = reason;
	return push(queue, &item);
}

bool
bridge_queue_waits(const struct bridge_queue *queue)
{
	return queue->resuming || queue->flight.count > queue->acked;
}
