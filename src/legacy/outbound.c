/* legacy_outbound: the message under way to a legacy peer. */
#include "legacy/outbound.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/comma_list.h"
#include "chat/realm/legacy_spool.h"
#include "chat/realm/outbox.h"

#define FAILURES 3 /* without a reply, after which a message bounces */

/* One message at a time, of any size. */
static const struct peering_window window = { .messages = 1,
	.bytes = UINT64_MAX,
	.file_max = UINT64_MAX };

void
legacy_outbound_begin(struct legacy_outbound *outbound, uint64_t number, uint64_t from_id)
{
	free(outbound->members);
	*outbound = (struct legacy_outbound){ .number = number,
		.from_id = from_id,
		.delivery_result = CHAT_REASON_NONE };
}

bool
legacy_outbound_suspect(const struct bridge_link *link)
{
	const struct legacy_state *state = legacy_state(link);

	return legacy_suspect_is(&state->suspects, state->outbound.from_id, clock_monotonic_ms());
}

/* There was no answer once more. True: that was the last try. */
static bool
note_failure(struct bridge_link *link)
{
	struct legacy_state *state = legacy_state(link);

	if (++state->outbound.failures < FAILURES && !legacy_outbound_suspect(link))
		return false;
	legacy_suspect_add(&state->suspects, state->outbound.from_id, clock_monotonic_ms());
	legacy_outbound_decide(&state->outbound, CHAT_REASON_NO_ANSWER);
	return true;
}

void
legacy_outbound_decide(struct legacy_outbound *outbound, enum chat_reason delivery_result)
{
	outbound->decided = true;
	outbound->delivery_result = delivery_result;
}

/* Goes on with the receivers until the tick. *more: some are left. */
static enum chat_result
spool_for_some(struct bridge_link *link, const struct chat_outbound *message,
    legacy_outbound_spool *spool, bool *more)
{
	struct legacy_outbound *outbound = &legacy_state(link)->outbound;
	struct chat_text to = message->kind == CHAT_OUTBOUND_GROUP && outbound->members != NULL
	    ? chat_text(outbound->members)
	    : message->to;
	struct comma_list names = comma_list(to.data, to.len);
	int64_t until_us = clock_monotonic_us() + BRIDGE_LINK_SLICE_US;
	enum chat_result result = CHAT_OK;
	size_t n = 0;

	*more = true;
	while (result == CHAT_OK && clock_monotonic_us() < until_us) {
		*more = comma_list_next(&names, &to.data, &to.len);
		if (!*more)
			break;
		if (n++ < outbound->kept)
			continue;
		result = spool(&link->env->chat, &link->peer, to, message);
		outbound->kept = n;
	}
	return result;
}

/* An entry of the outbox, in memory of its own: the spool uses the store. */
struct copy {
	unsigned char *bytes;
	size_t len;
};

static int
copy_entry(void *arg, const struct store_entry *entry, const struct chat_outbound *message)
{
	struct copy *copy = arg;

	(void)message;
	copy->bytes = malloc(entry->len);
	copy->len = entry->len;
	if (copy->bytes != NULL)
		memcpy(copy->bytes, entry->data, entry->len);
	return 1;
}

enum legacy_outbound_progress
legacy_outbound_keep(struct bridge_link *link, legacy_outbound_spool *spool)
{
	struct legacy_outbound *outbound = &legacy_state(link)->outbound;
	struct copy copy = { .bytes = NULL };
	struct chat_outbound message;
	bool more = false;
	enum chat_result result = chat_outbox_each(&link->env->chat, link->peer.id,
	    outbound->number - 1, copy_entry, &copy);

	if (result == CHAT_OK && copy.bytes == NULL)
		result = CHAT_FAILED;
	if (result == CHAT_OK && chat_outbound_read(&message, copy.bytes, copy.len) == 0)
		result = spool_for_some(link, &message, spool, &more);
	free(copy.bytes);
	if (!chat_is_failure(result)) {
		more &= result == CHAT_OK;
		link->more_work |= more;
		if (!more)
			outbound->kept = 0;
		return more ? LEGACY_OUTBOUND_GOES_ON : LEGACY_OUTBOUND_DONE;
	}
	/* Until that works again no message is delivered there. */
	bridge_link_drop(link, "copies of its messages cannot be stored: %s",
	    chat_strerror(result));
	return LEGACY_OUTBOUND_FAILED;
}

/* A message that was delivered gets copies, for which the peer may ask; a refused one no notes. */
static enum legacy_outbound_progress
keep_end(struct bridge_link *link)
{
	struct legacy_outbound *outbound = &legacy_state(link)->outbound;
	bool delivered = outbound->delivery_result == CHAT_REASON_NONE;

	if (delivered && !outbound->copied)
		return legacy_outbound_keep(link, chat_legacy_spool_add);
	return outbound->unnote ? legacy_outbound_keep(link, chat_legacy_spool_refused)
	                        : LEGACY_OUTBOUND_DONE;
}

enum legacy_outbound_progress
legacy_outbound_finish(struct bridge_link *link)
{
	struct legacy_outbound *outbound = &legacy_state(link)->outbound;
	enum legacy_outbound_progress progress = keep_end(link);

	outbound->finishing = progress == LEGACY_OUTBOUND_GOES_ON;
	if (progress != LEGACY_OUTBOUND_DONE)
		return progress;
	outbound->copied = true;
	outbound->noted = outbound->unnote = false;
	if (outbound->delivery_result != CHAT_REASON_NONE)
		(void)bridge_ack_refused(&link->queue, outbound->number, outbound->delivery_result);
	(void)bridge_ack_have(&link->queue, outbound->number);
	return progress;
}

void
legacy_outbound_fail(struct bridge_link *link, const char *why)
{
	struct legacy_state *state = legacy_state(link);

	if (state->request == LEGACY_REQUEST_MESSAGE && note_failure(link))
		(void)legacy_outbound_finish(link);
	bridge_link_drop(link, "%s", why);
}

void
legacy_outbound_open(struct bridge_link *link)
{
	legacy_state(link)->announced = true;
	if (link->state != BRIDGE_LINK_OPEN)
		bridge_link_opened(link, &window);
}

bool
legacy_outbound_reannounce(struct bridge_link *link, enum chat_reason reason)
{
	struct legacy_state *state = legacy_state(link);

	if (reason != CHAT_REASON_NO_REALM || state->outbound.reannounced)
		return false;
	state->outbound.reannounced = true;
	state->announced = false;
	bridge_queue_end(&link->queue);
	bridge_queue_begin(&link->queue, &window);
	return true;
}

void
legacy_outbound_members(struct bridge_link *link, const struct legacy_reply *reply)
{
	struct legacy_outbound *outbound = &legacy_state(link)->outbound;
	size_t n = 0;

	if (reply->ok)
		outbound->members = legacy_protocol_members(reply, &n);
	if (n > LEGACY_MEMBERS_MAX)
		legacy_outbound_decide(outbound, CHAT_REASON_REFUSED);
	else if (outbound->members == NULL && !legacy_outbound_reannounce(link, reply->reason))
		legacy_outbound_decide(outbound, reply->ok ? CHAT_REASON_NO_GROUP : reply->reason);
}

void
legacy_outbound_no_members(struct bridge_link *link)
{
	(void)note_failure(link);
}
