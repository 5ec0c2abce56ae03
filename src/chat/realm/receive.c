/*
 * chat_receive: one transaction holds the messages, the number up to which all are stored, the
 * refusals, and the expectation that no newer link has come. So each message is delivered or
 * refused once, whichever process dies at whatever moment.
 */
#include "chat/realm/receive.h"

#include <string.h>

#include "chat/ring.h"
#include "store/store_admin.h"

#define TAIL_BYTES 1024 /* of a transaction: the state, a refusal, the price */
#define TAIL_STEPS 3
#define PRICE      1024 /* bytes that a conversation costs which a message begins */

/* A step of a transaction that appends, and the receiver of the entry. */
struct append {
	unsigned int number;
	size_t inbound;
	uint64_t log;
	uint64_t id; /* a user's or group's; 0: a refusal */
	bool group;
};

/* The messages of one transaction. */
struct batch {
	struct chat_receive *receive;
	struct chat_inbound *inbounds;
	size_t n; /* of the messages that are in it */
	size_t n_steps;
	uint64_t bytes; /* that these append */
	bool alone;     /* without their conversations, of which one has ended at this moment */
	struct append steps[STORE_TX_STEPS];
	struct chat_targets targets; /* of the last one */
	struct store_tx tx;
};

static enum chat_result
try_begin(struct chat_receive *receive)
{
	struct chat_receive_state before;
	struct store_tx tx;

	if (chat_receive_state_load(receive->chat, receive->peer.id, &before) != CHAT_OK)
		return CHAT_FAILED;
	receive->stored = before;
	receive->stored.generation++;
	store_tx_init(&tx);
	chat_receive_state_tx_expect(&tx, receive->peer.id, &before);
	chat_receive_state_tx_put(&tx, receive->peer.id, &receive->stored);
	return chat_from_store(store_commit(receive->chat->store, &tx, NULL));
}

enum chat_result
chat_receive_begin(struct chat_receive *receive, struct chat *chat, const struct chat_peer *peer)
{
	enum chat_result result = CHAT_CONFLICT;

	*receive = (struct chat_receive){ .chat = chat, .peer = *peer };
	for (unsigned int tries = 0; chat_retry(&result, &tries);)
		result = try_begin(receive);
	return result;
}

void
chat_receive_resume(struct chat_receive *receive, uint64_t epoch)
{
	receive->epoch = epoch;
	receive->have = chat_receive_state_have(&receive->stored, epoch);
}

enum chat_result
chat_receive_refusals(struct chat_receive *receive, uint64_t after, chat_refusal_visit *visit,
    void *arg)
{
	return chat_refusal_each(receive->chat, receive->stored.refusals, receive->epoch, after,
	    visit, arg);
}

void
chat_receive_retired(struct chat_receive *receive, uint64_t up_to)
{
	chat_refusal_forget(receive->chat, receive->stored.refusals, receive->epoch, up_to);
}

static uint64_t
refusals_log(const struct chat_receive *receive)
{
	return receive->stored.refusals != 0 ? receive->stored.refusals : receive->fresh_log;
}

static void
add_append(struct batch *batch, struct append step, const struct chat_history_logs *also,
    const void *entry, size_t len, uint64_t floor, uint64_t limit)
{
	uint64_t logs[1 + CHAT_HISTORY_LOGS] = { step.log };

	memcpy(logs + 1, also->list, also->n * sizeof(*logs));
	step.number = batch->tx.steps;
	step.inbound = batch->n;
	store_tx_append_to(&batch->tx, logs, 1 + also->n, entry, len, floor, limit);
	batch->bytes += len;
	if (batch->n_steps < STORE_TX_STEPS)
		batch->steps[batch->n_steps++] = step;
}

static enum chat_result
append_refusal(struct batch *batch)
{
	struct chat_receive *receive = batch->receive;
	const struct chat_refusal refusal = { .epoch = receive->epoch,
		.number = receive->have + batch->n + 1,
		.reason = batch->inbounds[batch->n].refused };
	const struct chat_history_logs none = { .n = 0 };
	unsigned char entry[CHAT_REFUSAL_RECORD];
	size_t len = chat_refusal_write(entry, &refusal);
	enum chat_result result = CHAT_OK;

	if (refusals_log(receive) == 0)
		result = chat_new_id(receive->chat, &receive->fresh_log);
	if (result == CHAT_OK)
		add_append(batch, (struct append){ .log = refusals_log(receive) }, &none, entry,
		    len, 0, CHAT_RECEIVE_REFUSALS);
	return result;
}

/* The one whose first message this is pays for the conversation, too. */
static enum chat_result
find_history(struct batch *batch, const struct chat_inbound *inbound, size_t target,
    struct chat_history_logs *also)
{
	const struct chat_receive *receive = batch->receive;
	bool made = false;
	enum chat_result result;

	also->n = 0;
	if (batch->alone)
		return CHAT_OK;
	result = chat_inbound_history(receive->chat, &receive->peer, inbound, &batch->targets,
	    target, also, &made);
	if (made)
		batch->bytes += PRICE;
	return result;
}

/* Each receiver is told once, at the first of its messages. */
static void
tell_receiver(struct batch *batch, uint64_t id)
{
	for (size_t i = 0; i < batch->n_steps; i++)
		if (batch->steps[i].id == id)
			return;
	store_tx_ring(&batch->tx, batch->targets.group ? CHAT_RING_GROUP : CHAT_RING_USERS, id, 0);
}

static enum chat_result
append_message(struct batch *batch, const struct chat_inbound *inbound)
{
	const struct chat_receive *receive = batch->receive;
	uint64_t limit = chat_message_limit(receive->chat->config, batch->targets.group);
	unsigned char entry[CHAT_MESSAGE_RECORD];
	struct chat_history_logs also;
	enum chat_result result = CHAT_OK;

	for (size_t i = 0; i < batch->targets.n && result == CHAT_OK; i++) {
		const struct chat_target *target = &batch->targets.list[i];
		size_t len = chat_inbound_entry(&receive->peer, inbound, &batch->targets, i, entry);

		result = find_history(batch, inbound, i, &also);
		tell_receiver(batch, target->id);
		add_append(batch,
		    (struct append){ .log = target->log,
		        .id = target->id,
		        .group = batch->targets.group },
		    &also, entry, len, target->read_up_to, limit);
	}
	return result;
}

static bool
fits_transaction(const struct store_tx *tx)
{
	return !tx->overflow && tx->len <= STORE_TX_MAX - TAIL_BYTES &&
	    tx->steps <= STORE_TX_STEPS - TAIL_STEPS;
}

/* Where a batch ended before a message was added. */
struct batch_end {
	size_t len;
	unsigned int steps;
	unsigned int rings;
	size_t n_steps;
	uint64_t bytes;
};

static void
cut_batch(struct batch *batch, const struct batch_end *end)
{
	batch->tx.len = end->len;
	batch->tx.steps = end->steps;
	batch->tx.rings = end->rings;
	batch->tx.overflow = false;
	batch->n_steps = end->n_steps;
	batch->bytes = end->bytes;
}

/* Adds the next message. *more is false when it is left for the next transaction. */
static enum chat_result
add_inbound(struct batch *batch, bool *more)
{
	struct chat_receive *receive = batch->receive;
	struct chat_inbound *inbound = &batch->inbounds[batch->n];
	const struct batch_end end = { .len = batch->tx.len,
		.steps = batch->tx.steps,
		.rings = batch->tx.rings,
		.n_steps = batch->n_steps,
		.bytes = batch->bytes };
	enum chat_result result = CHAT_OK;

	if (inbound->refused == CHAT_REASON_NONE)
		result =
		    chat_inbound_targets(receive->chat, &receive->peer, inbound, &batch->targets);
	if (result == CHAT_OK && inbound->refused == CHAT_REASON_NONE && inbound->outbound.file)
		result = chat_inbound_file(receive->chat, &receive->peer, inbound, &batch->targets);
	if (result == CHAT_OK && inbound->refused == CHAT_REASON_NONE)
		result = append_message(batch, inbound);
	if (result != CHAT_OK)
		return result;
	*more = fits_transaction(&batch->tx);
	if (!*more && batch->n > 0) {
		cut_batch(batch, &end);
		return CHAT_OK;
	}
	if (!*more) { /* too many copies of too long a text */
		cut_batch(batch, &end);
		inbound->refused = CHAT_REASON_TOO_BIG;
		*more = true;
	}
	if (inbound->refused != CHAT_REASON_NONE)
		result = append_refusal(batch);
	batch->n++;
	return result;
}

static enum chat_result
fill_batch(struct batch *batch, size_t n)
{
	enum chat_result result = CHAT_OK;
	bool more = true;

	store_tx_init(&batch->tx);
	batch->n = batch->n_steps = 0;
	batch->bytes = 0;
	chat_receive_state_tx_expect(&batch->tx, batch->receive->peer.id, &batch->receive->stored);
	while (batch->n < n && more && fits_transaction(&batch->tx) && result == CHAT_OK)
		result = add_inbound(batch, &more);
	return result;
}

/* A log takes nothing more: refuses whatever of this batch was for it. */
static enum chat_result
refuse_log(struct batch *batch, const struct store_outcome *outcome)
{
	const struct append *culprit = NULL;
	struct store_log_info info;

	for (size_t i = 0; i < batch->n_steps; i++)
		if (batch->steps[i].number == outcome->step)
			culprit = &batch->steps[i];
	if (culprit == NULL)
		return CHAT_FAILED;
	if (culprit->id == 0)
		return outcome->status == STORE_FULL ? CHAT_QUOTA : CHAT_FAILED;
	if (store_log_info(batch->receive->chat->store, culprit->log, &info) != STORE_OK)
		return CHAT_FAILED;
	if (outcome->status == STORE_CLOSED && !info.closed) {
		batch->alone = true;
		return CHAT_OK;
	}
	for (size_t i = 0; i < batch->n_steps; i++) {
		const struct append *step = &batch->steps[i];

		if (step->log == culprit->log)
			batch->inbounds[step->inbound].refused = outcome->status == STORE_FULL
			    ? CHAT_REASON_INBOX_FULL
			    : step->group ? CHAT_REASON_NO_GROUP
			                  : CHAT_REASON_NO_USER;
	}
	return CHAT_OK;
}

static enum chat_result
commit_batch(struct chat_receive *receive, struct store_tx *tx, uint64_t have,
    struct store_outcome *outcome)
{
	struct chat_receive_state after = receive->stored;

	if (after.refusals == 0)
		after.refusals = receive->fresh_log;
	chat_receive_state_advance(&after, receive->epoch, have);
	chat_receive_state_tx_put(tx, receive->peer.id, &after);
	store_commit(receive->chat->store, tx, outcome);
	if (outcome->status == STORE_CONFLICT)
		return CHAT_FORBIDDEN;
	if (outcome->status == STORE_OK) {
		receive->stored = after;
		receive->have = have;
	}
	return chat_from_store(outcome->status);
}

/* Delivers as many as fit into one transaction; *delivered counts them. */
static enum chat_result
deliver_some(struct chat_receive *receive, struct chat_inbound *inbounds, size_t n,
    size_t *delivered)
{
	struct batch batch;
	struct store_outcome outcome;
	enum chat_result result;

	batch.receive = receive;
	batch.inbounds = inbounds;
	batch.alone = false;
	do {
		result = fill_batch(&batch, n);
		if (result != CHAT_OK)
			return result;
		chat_peer_tx_pay(&batch.tx, receive->chat->config, receive->peer.id, batch.bytes);
		result = commit_batch(receive, &batch.tx, receive->have + batch.n, &outcome);
		if (outcome.status == STORE_FULL || outcome.status == STORE_CLOSED)
			result = refuse_log(&batch, &outcome);
	} while (result == CHAT_OK && outcome.status != STORE_OK);
	*delivered = batch.n;
	return result;
}

enum chat_result
chat_receive_deliver(struct chat_receive *receive, struct chat_inbound *inbounds, size_t n)
{
	enum chat_result result = CHAT_OK;
	size_t delivered = 0;

	/* A map saves the system calls of looking up so many receivers. */
	if (n == CHAT_RECEIVE_MAX && store_map(receive->chat->store, true) != 0)
		return CHAT_FAILED;
	for (size_t done = 0; done < n && result == CHAT_OK; done += delivered)
		result = deliver_some(receive, inbounds + done, n - done, &delivered);
	return result;
}

enum chat_result
chat_receive_void(struct chat_receive *receive, uint64_t to)
{
	struct store_outcome outcome;
	struct store_tx tx;

	store_tx_init(&tx);
	chat_receive_state_tx_expect(&tx, receive->peer.id, &receive->stored);
	return commit_batch(receive, &tx, to, &outcome);
}
