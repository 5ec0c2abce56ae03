/*
 * legacy_response: what an older server answers, and what is done for that. A letter that it has
 * taken is settled when the copies of it are kept for which it may ask.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/comma_list.h"
#include "base/log.h"
#include "chat/realm/outbox.h"
#include "legacy/int.h"

static enum chat_result
keep_for_all(struct bridge_link *link, const struct chat_outbound *outbound, legacy_link_keep *keep)
{
	const char *members = legacy_link_state(link)->members;
	struct chat_text list = outbound->kind == CHAT_OUTBOUND_GROUP && members != NULL
	    ? chat_text(members)
	    : outbound->to;
	struct comma_list names = comma_list(list.data, list.len);
	enum chat_result result = CHAT_OK;
	struct chat_text name;

	while (result == CHAT_OK && comma_list_next(&names, &name.data, &name.len))
		result = keep(&link->env->chat, &link->peer, name, outbound);
	return result;
}

/* The letter under way as it lies in the outbox, in memory of its own. */
struct copy {
	unsigned char *bytes;
	size_t len;
};

static int
copy_entry(void *arg, const struct store_entry *entry, const struct chat_outbound *outbound)
{
	struct copy *copy = arg;

	(void)outbound;
	copy->bytes = malloc(entry->len);
	copy->len = entry->len;
	if (copy->bytes != NULL)
		memcpy(copy->bytes, entry->data, entry->len);
	return 1;
}

bool
legacy_response_keep(struct bridge_link *link, legacy_link_keep *keep)
{
	struct copy copy = { .bytes = NULL };
	struct chat_outbound outbound;
	enum chat_result result = chat_outbox_each(&link->env->chat, link->peer.id,
	    legacy_link_state(link)->outbound - 1, copy_entry, &copy);

	if (result == CHAT_OK && copy.bytes == NULL)
		result = CHAT_FAILED;
	if (result == CHAT_OK && chat_outbound_read(&outbound, copy.bytes, copy.len) == 0)
		result = keep_for_all(link, &outbound, keep);
	free(copy.bytes);
	if (result != CHAT_FAILED && result != CHAT_NO_SPACE)
		return true;
	/* So that nothing more is taken there meanwhile. */
	bridge_link_drop(link, "what goes there cannot be kept here: %s", chat_strerror(result));
	return false;
}

bool
legacy_response_verdict(struct bridge_link *link)
{
	struct legacy_link *legacy = legacy_link_state(link);

	/* Their server may ask us for the copies. */
	if (legacy->delivery_result == CHAT_REASON_NONE && !legacy->held &&
	    !legacy_response_keep(link, chat_legacy_spool_add))
		return false;
	legacy->held = true;
	legacy->noted = false;
	if (legacy->delivery_result != CHAT_REASON_NONE)
		(void)bridge_ack_refused(&link->queue, legacy->outbound, legacy->delivery_result);
	(void)bridge_ack_have(&link->queue, legacy->outbound);
	return true;
}

void
legacy_response_members(struct bridge_link *link, const struct legacy_reply *reply)
{
	struct legacy_link *legacy = legacy_link_state(link);

	if (reply->ok)
		legacy->members = legacy_reply_members(reply);
	if (legacy->members == NULL && !legacy_deliver_again(link, reply->reason)) {
		legacy->decided = true;
		legacy->delivery_result = reply->ok ? CHAT_REASON_NO_GROUP : reply->reason;
	}
}

void
legacy_response_no_members(struct bridge_link *link)
{
	struct legacy_link *legacy = legacy_link_state(link);

	if (++legacy->cuts < LEGACY_LINK_CUTS)
		return;
	legacy->decided = true;
	legacy->delivery_result = CHAT_REASON_NO_ANSWER;
}

static bool
take_answer(struct bridge_link *link, const struct legacy_reply *reply)
{
	if (!reply->ok)
		log_debug("%s refuses: %s", link->peer.name, reply->text);
	if (!reply->ok && !legacy_response_keep(link, chat_legacy_spool_refused))
		return false;
	legacy_link_state(link)->noted = false;
	if (legacy_deliver_again(link, reply->reason))
		return true;
	legacy_link_state(link)->decided = true;
	legacy_link_state(link)->delivery_result = reply->reason;
	link->proven = legacy_response_verdict(link);
	return link->proven;
}

static bool
act(struct bridge_link *link, enum legacy_link_question question, const struct legacy_reply *reply)
{
	switch (question) {
	case LEGACY_LINK_ANNOUNCE:
		if (!reply->ok)
			log_debug("%s says to being announced to: %s", link->peer.name,
			    reply->text);
		legacy_deliver_known(link);
		return true;
	case LEGACY_LINK_MESSAGE:
		return take_answer(link, reply);
	case LEGACY_LINK_NONE:
		break;
	}
	return true;
}

bool
legacy_response(struct bridge_link *link, const char *data, size_t len)
{
	struct legacy_link *legacy = legacy_link_state(link);
	enum legacy_link_question question = legacy->asked;
	struct legacy_reply reply;
	bool good;

	if (question == LEGACY_LINK_NONE) {
		legacy_link_fail(link, "it answered what it was not asked");
		return false;
	}
	if (legacy_reply_read(&reply, data, len) != 0) {
		legacy_link_fail(link, "it answered something that is no reply");
		return false;
	}
	legacy->asked = LEGACY_LINK_NONE;
	legacy->idle = clock_monotonic_ms();
	link->round_trip_us = clock_monotonic_us() - link->ping_us;
	good = act(link, question, &reply);
	legacy_reply_free(&reply);
	/* What is left of a line would be taken for the next one. */
	if (good && (bridge_file_busy(&link->file) || wire_mark(&link->wire) > 0))
		legacy_link_hang_up(link);
	return good;
}
