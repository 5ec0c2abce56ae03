/* chat_outcome: what became of messages for other realms. */
#include "chat/realm/outcome.h"

#include "chat/history/activity.h"
#include "chat/history/logs.h"
#include "chat/ring.h"

struct chat_outcome_message
chat_outcome_message(const struct store_entry *entry, uint64_t sender)
{
	return (struct chat_outcome_message){ .id = entry->seq,
		.sender = sender,
		.log = entry->n_places == 1 + CHAT_HISTORY_LOGS ? entry->places[1].log : 0 };
}

bool
chat_outcome_full(const struct chat_outcomes *outcomes, const struct store_tx *tx)
{
	return outcomes->n == CHAT_OUTCOMES ||
	    tx->len + (outcomes->n + 2) * CHAT_OUTCOME_BYTES + CHAT_OUTCOME_SPARE > STORE_TX_MAX;
}

static struct chat_outcome *
find_outcome(struct chat_outcomes *outcomes, uint64_t sender, uint64_t partner, uint64_t activity)
{
	for (size_t i = 0; i < outcomes->n; i++)
		if (outcomes->list[i].sender == sender && outcomes->list[i].partner == partner)
			return &outcomes->list[i];
	outcomes->list[outcomes->n] =
	    (struct chat_outcome){ .sender = sender, .partner = partner, .activity = activity };
	return &outcomes->list[outcomes->n++];
}

/* The conversation in which a message was sent. CHAT_NO_USER: it has ended, or is ending. */
static enum chat_result
find_history(struct chat *chat, const struct chat_outcome_message *message,
    struct chat_history *history)
{
	struct chat_history_owner owner;
	struct store_log_info refusals, activity;
	enum chat_result result = chat_history_owner(chat, message->log, &owner);

	if (result == CHAT_OK)
		result = chat_history_get(chat, owner.first, owner.second, history);
	if (result != CHAT_OK)
		return result;
	if (store_log_info(chat->store, history->low_activity, &activity) != STORE_OK ||
	    store_log_info(chat->store, history->high_activity, &refusals) != STORE_OK)
		return CHAT_FAILED;
	return activity.closed || refusals.closed ? CHAT_NO_USER : CHAT_OK;
}

enum chat_result
chat_outcome_tx_add(struct chat *chat, struct store_tx *tx, struct chat_outcomes *outcomes,
    const struct chat_outcome_message *message, enum chat_reason reason)
{
	struct chat_activity refused = { .kind = CHAT_ACTIVITY_REFUSED,
		.id = message->id,
		.reason = reason };
	unsigned char entry[CHAT_ACTIVITY_RECORD];
	struct chat_history history;
	struct chat_outcome *outcome;
	enum chat_result result = CHAT_NO_USER;

	if (message->log != 0)
		result = find_history(chat, message, &history);
	if (result != CHAT_OK)
		return result == CHAT_NO_USER ? CHAT_OK : result;
	refused.with = chat_history_partner(&history, message->sender);
	const uint64_t logs[] = { chat_history_activity(&history, refused.with),
		chat_history_activity(&history, message->sender) };
	outcome = find_outcome(outcomes, message->sender, refused.with, logs[1]);
	if (reason == CHAT_REASON_NONE)
		outcome->id = message->id;
	else
		store_tx_append_to(tx, logs, 2, entry, chat_activity_write(entry, &refused), 0,
		    STORE_NO_LIMIT);
	return CHAT_OK;
}

void
chat_outcome_tx_end(struct store_tx *tx, const struct chat_outcomes *outcomes)
{
	unsigned char entry[CHAT_ACTIVITY_RECORD];

	for (size_t i = 0; i < outcomes->n; i++) {
		const struct chat_outcome *outcome = &outcomes->list[i];
		const struct chat_activity delivered = { .kind = CHAT_ACTIVITY_DELIVERED,
			.with = outcome->partner,
			.id = outcome->id };

		if (outcome->id != 0)
			store_tx_append(tx, outcome->activity, entry,
			    chat_activity_write(entry, &delivered), 0, STORE_NO_LIMIT);
	}
}

void
chat_outcome_tx_ring(struct store_tx *tx, const struct chat_outcomes *outcomes)
{
	uint64_t senders[CHAT_OUTCOMES];

	for (size_t i = 0; i < outcomes->n; i++)
		senders[i] = outcomes->list[i].sender;
	chat_ring_tx_users(tx, senders, outcomes->n);
}
