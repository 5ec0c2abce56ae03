/* chat_legacy: delivers messages and files from legacy peers. */
#include "chat/realm/legacy.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "base/comma_list.h"
#include "base/name.h"
#include "chat/ring.h"

#define STEP_BYTES 256 /* of a step of a transaction, beside the entry */

enum chat_result
chat_legacy_at(struct chat *chat, uint32_t *index, struct chat_peer *peer)
{
	enum chat_result result;

	do
		result = chat_peer_at(chat, (*index)++, peer);
	while (result == CHAT_OK && !(peer->active && peer->legacy));
	return result;
}

/*
 * A peer that hands over what it kept keeps it no longer, so that this is stored in any case. The
 * content of a file that it delivers was paid as it came.
 */
static void
pay(const struct chat *chat, const struct chat_peer *peer, const struct chat_inbound *inbound,
    size_t len, struct store_tx *tx)
{
	if (inbound->pulled)
		chat_peer_tx_owe(tx, chat->config, peer->id, len + inbound->outbound.size);
	else
		chat_peer_tx_pay(tx, chat->config, peer->id, len);
}

/* Appends to the receiver's log for this peer, and to the conversation. */
static void
tx_append(struct store_tx *tx, const struct chat_target *target,
    const struct chat_history_logs *also, const void *entry, size_t len, uint64_t limit)
{
	uint64_t logs[1 + CHAT_HISTORY_LOGS] = { target->log };

	memcpy(logs + 1, also->list, also->n * sizeof(*logs));
	store_tx_append_to(tx, logs, 1 + also->n, entry, len, target->read_up_to, limit);
}

static enum chat_result
try_append(struct chat *chat, const struct chat_peer *peer, const struct chat_inbound *inbound,
    const struct chat_targets *targets, const struct chat_history_logs *also)
{
	const struct chat_target *target = &targets->list[0];
	unsigned char entry[CHAT_MESSAGE_RECORD];
	size_t len = chat_inbound_entry(peer, inbound, targets, 0, entry);
	struct store_tx tx;
	enum chat_result result;

	if (len == 0)
		return CHAT_BAD_ARGUMENT;
	store_tx_init(&tx);
	tx_append(&tx, target, also, entry, len, chat_message_limit(chat->config, targets->group));
	pay(chat, peer, inbound, len, &tx);
	store_tx_ring(&tx, targets->group ? CHAT_RING_GROUP : CHAT_RING_USERS, target->id, 0);
	result = chat_from_store(store_commit(chat->store, &tx, NULL));
	return result == CHAT_NO_USER && targets->group ? CHAT_NO_GROUP : result;
}

/* Where the conversation has ended at this moment, the message goes without. */
static enum chat_result
append_message(struct chat *chat, const struct chat_peer *peer, const struct chat_inbound *inbound,
    const struct chat_targets *targets)
{
	struct chat_history_logs also;
	bool made;
	enum chat_result result =
	    chat_inbound_history(chat, peer, inbound, targets, 0, &also, &made);

	if (result == CHAT_OK)
		result = try_append(chat, peer, inbound, targets, &also);
	if (result == CHAT_NO_USER && also.n > 0) {
		also.n = 0;
		result = try_append(chat, peer, inbound, targets, &also);
	}
	return result;
}

/* To one user or group. */
static enum chat_result
deliver_one(struct chat *chat, const struct chat_peer *peer, struct chat_inbound inbound)
{
	struct chat_targets targets;
	enum chat_result result = chat_inbound_targets(chat, peer, &inbound, &targets);

	if (result == CHAT_OK && inbound.refused == CHAT_REASON_NONE && inbound.outbound.file)
		result = chat_inbound_file(chat, peer, &inbound, &targets);
	if (result == CHAT_OK)
		result = chat_reason_result(inbound.refused);
	return result == CHAT_OK ? append_message(chat, peer, &inbound, &targets) : result;
}

/* Whether a list has this name of its own once more, further to the front. */
static bool
stands_before(const char *list, struct chat_text name)
{
	struct chat_text before;

	if (name.data == list)
		return false;
	struct comma_list names = comma_list(list, (size_t)(name.data - list) - 1);
	while (comma_list_next(&names, &before.data, &before.len))
		if (name_same_n(before.data, before.len, name.data, name.len))
			return true;
	return false;
}

static size_t
count_commas(struct chat_text list)
{
	size_t n = 0;

	for (size_t i = 0; i < list.len; i++)
		n += list.data[i] == ',';
	return n;
}

/* Such servers pass over unknown users of a list among themselves, too. */
static enum chat_result
deliver_list(struct chat *chat, const struct chat_peer *peer, struct chat_inbound inbound)
{
	const struct chat_text list = inbound.outbound.to;
	struct comma_list names = comma_list(list.data, list.len);
	enum chat_result first = CHAT_OK;
	bool any = false;

	if (count_commas(list) >= CHAT_LEGACY_USERS)
		return CHAT_BAD_ARGUMENT;
	inbound.outbound.kind = CHAT_OUTBOUND_USER;
	while (comma_list_next(&names, &inbound.outbound.to.data, &inbound.outbound.to.len)) {
		enum chat_result result;

		if (stands_before(list.data, inbound.outbound.to))
			continue;
		result = deliver_one(chat, peer, inbound);
		if (chat_is_failure(result) || result == CHAT_BUDGET)
			return result;
		any |= result == CHAT_OK;
		first = first == CHAT_OK ? result : first;
	}
	return any ? CHAT_OK : first;
}

static bool
can_show(struct chat_text full_name)
{
	for (size_t i = 0; i < full_name.len; i++)
		if ((unsigned char)full_name.data[i] < ' ' || full_name.data[i] == '\177')
			return false;
	return full_name.len > 0 && full_name.len <= CHAT_FULLNAME_MAX;
}

/* Whether a message is valid; its sender's full name then is, too. */
static bool
check_message(struct chat_inbound *inbound)
{
	struct chat_outbound *outbound = &inbound->outbound;

	inbound->refused = CHAT_REASON_NONE;
	if (!name_valid(outbound->from.data, outbound->from.len) ||
	    name_reserved(outbound->from.data, outbound->from.len) ||
	    !chat_message_valid(outbound->text))
		return false;
	if (!can_show(outbound->from_name))
		outbound->from_name = outbound->from;
	return true;
}

enum chat_result
chat_legacy_deliver(struct chat *chat, const struct chat_peer *peer,
    const struct chat_inbound *inbound)
{
	struct chat_inbound known = *inbound;

	if (!check_message(&known))
		return CHAT_BAD_ARGUMENT;
	return known.outbound.kind == CHAT_OUTBOUND_LIST ? deliver_list(chat, peer, known)
	                                                 : deliver_one(chat, peer, known);
}

/* Adds messages to a transaction as long as they fit. *n becomes how many are done with. */
static enum chat_result
append_some(struct chat *chat, const struct chat_peer *peer, struct chat_inbound *inbounds,
    size_t *n, const struct chat_targets *targets, bool alone, struct store_tx *tx)
{
	struct chat_history_logs also = { .n = 0 };
	unsigned char entry[CHAT_MESSAGE_RECORD];
	enum chat_result result = CHAT_OK;
	uint64_t bytes = 0;
	size_t done;
	bool made;

	for (done = 0; done < *n && result == CHAT_OK; done++) {
		struct chat_inbound *inbound = &inbounds[done];
		size_t len = check_message(inbound)
		    ? chat_inbound_entry(peer, inbound, targets, 0, entry)
		    : 0;

		if (len == 0)
			inbound->refused = CHAT_REASON_BAD_MESSAGE;
		else
			result = chat_inbound_judge(chat, peer, inbound, targets);
		if (result == CHAT_OK && inbound->refused == CHAT_REASON_NONE && !alone)
			result =
			    chat_inbound_history(chat, peer, inbound, targets, 0, &also, &made);
		if (result != CHAT_OK || inbound->refused != CHAT_REASON_NONE)
			continue;
		if (tx->steps > 0 && len + 2 * STEP_BYTES > sizeof(tx->data) - tx->len)
			break;
		tx_append(tx, &targets->list[0], &also, entry, len,
		    (uint64_t)chat->config->inbox_max);
		bytes += len;
	}
	if (bytes > 0)
		chat_peer_tx_owe(tx, chat->config, peer->id, bytes);
	*n = done;
	return result;
}

static enum chat_result
try_deliver_some(struct chat *chat, const struct chat_peer *peer, struct chat_inbound *inbounds,
    size_t *n, const struct chat_targets *targets, bool alone)
{
	struct store_tx tx;
	enum chat_result result;

	store_tx_init(&tx);
	result = append_some(chat, peer, inbounds, n, targets, alone, &tx);
	if (result != CHAT_OK || tx.steps == 0)
		return result;
	store_tx_ring(&tx, CHAT_RING_USERS, targets->list[0].id, 0);
	return chat_from_store(store_commit(chat->store, &tx, NULL));
}

enum chat_result
chat_legacy_deliver_some(struct chat *chat, const struct chat_peer *peer,
    struct chat_inbound *inbounds, size_t n, size_t *taken)
{
	struct chat_inbound first = inbounds[0];
	struct chat_targets targets;
	enum chat_result result;
	size_t done = n;

	*taken = 0;
	first.refused = CHAT_REASON_NONE;
	result = chat_inbound_find(chat, peer, &first, &targets);
	if (result == CHAT_OK)
		result = chat_reason_result(first.refused);
	if (result != CHAT_OK)
		return result;
	result = try_deliver_some(chat, peer, inbounds, &done, &targets, false);
	if (result == CHAT_NO_USER) {
		done = n;
		result = try_deliver_some(chat, peer, inbounds, &done, &targets, true);
	}
	if (result == CHAT_OK)
		*taken = done;
	return result;
}

bool
chat_legacy_named(const struct config *config)
{
	struct in6_addr address;

	for (size_t i = 0; i < config->n_peers; i++)
		if (config->peers[i].legacy &&
		    inet_pton(AF_INET, config->peers[i].address, &address) != 1 &&
		    inet_pton(AF_INET6, config->peers[i].address, &address) != 1)
			return true;
	return false;
}
