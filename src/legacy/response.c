/*
 * bridge_legacy_take: what an older server answers, and what is done for that. A letter that it has
 * taken is settled when the copies of it are kept for which it may ask.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "chat/realm/outbox.h"
#include "legacy/int.h"

static enum chat_result
keep_for_all(struct bridge_link *link, const struct chat_letter *letter, bridge_legacy_keep *keep)
{
	const char *members = link->legacy.members;
	struct chat_text list =
	    letter->kind == CHAT_LETTER_GROUP && members != NULL ? chat_text(members) : letter->to;
	const char *end = list.data + list.len;
	enum chat_result result = CHAT_OK;

	for (const char *at = list.data; at <= end && result == CHAT_OK;) {
		const char *comma = memchr(at, ',', (size_t)(end - at));
		const char *stop = comma == NULL ? end : comma;

		result = keep(&link->env->chat, &link->peer,
		    (struct chat_text){ .data = at, .len = (size_t)(stop - at) }, letter);
		at = stop + 1;
	}
	return result;
}

/* The letter under way as it lies in the outbox, in memory of its own. */
struct copy {
	unsigned char *bytes;
	size_t len;
};

static int
copy_entry(void *arg, const struct store_entry *entry, const struct chat_letter *letter)
{
	struct copy *copy = arg;

	(void)letter;
	copy->bytes = malloc(entry->len);
	copy->len = entry->len;
	if (copy->bytes != NULL)
		memcpy(copy->bytes, entry->data, entry->len);
	return 1;
}

bool
bridge_legacy_take_keep(struct bridge_link *link, bridge_legacy_keep *keep)
{
	struct copy copy = { .bytes = NULL };
	struct chat_letter letter;
	enum chat_result result = chat_outbox_each(&link->env->chat, link->peer.id,
	    link->legacy.letter - 1, copy_entry, &copy);

	if (result == CHAT_OK && copy.bytes == NULL)
		result = CHAT_FAILED;
	if (result == CHAT_OK && chat_letter_read(&letter, copy.bytes, copy.len) == 0)
		result = keep_for_all(link, &letter, keep);
	free(copy.bytes);
	if (result != CHAT_FAILED && result != CHAT_NO_SPACE)
		return true;
	/* So that nothing more is taken there meanwhile. */
	bridge_link_drop(link, "what goes there cannot be kept here: %s", chat_strerror(result));
	return false;
}

bool
bridge_legacy_take_verdict(struct bridge_link *link)
{
	struct bridge_legacy *legacy = &link->legacy;

	/* Their server may ask us for the copies. */
	if (legacy->verdict == CHAT_REASON_NONE && !legacy->held &&
	    !bridge_legacy_take_keep(link, chat_held_add))
		return false;
	legacy->held = true;
	legacy->noted = false;
	if (legacy->verdict != CHAT_REASON_NONE)
		(void)bridge_heard_refused(&link->queue, legacy->letter, legacy->verdict);
	(void)bridge_heard_have(&link->queue, legacy->letter);
	return true;
}

void
bridge_legacy_take_members(struct bridge_link *link, const struct bridge_legacy_reply *reply)
{
	struct bridge_legacy *legacy = &link->legacy;

	if (reply->ok)
		legacy->members = bridge_legacy_reply_members(reply);
	if (legacy->members == NULL && !bridge_legacy_say_again(link, reply->reason)) {
		legacy->decided = true;
		legacy->verdict = reply->ok ? CHAT_REASON_NO_GROUP : reply->reason;
	}
}

void
bridge_legacy_take_no_members(struct bridge_link *link)
{
	struct bridge_legacy *legacy = &link->legacy;

	if (++legacy->cuts < BRIDGE_LEGACY_CUTS)
		return;
	legacy->decided = true;
	legacy->verdict = CHAT_REASON_NO_ANSWER;
}

static bool
take_answer(struct bridge_link *link, const struct bridge_legacy_reply *reply)
{
	if (!reply->ok)
		log_debug("%s refuses: %s", link->peer.name, reply->text);
	if (!reply->ok && !bridge_legacy_take_keep(link, chat_held_refused))
		return false;
	link->legacy.noted = false;
	if (bridge_legacy_say_again(link, reply->reason))
		return true;
	link->legacy.decided = true;
	link->legacy.verdict = reply->reason;
	link->proven = bridge_legacy_take_verdict(link);
	return link->proven;
}

static bool
act(struct bridge_link *link, enum bridge_legacy_question question,
    const struct bridge_legacy_reply *reply)
{
	switch (question) {
	case BRIDGE_LEGACY_ANNOUNCE:
		if (!reply->ok)
			log_debug("%s says to being announced to: %s", link->peer.name,
			    reply->text);
		bridge_legacy_say_known(link);
		return true;
	case BRIDGE_LEGACY_LETTER:
		return take_answer(link, reply);
	case BRIDGE_LEGACY_NONE:
		break;
	}
	return true;
}

bool
bridge_legacy_take(struct bridge_link *link, const char *data, size_t len)
{
	struct bridge_legacy *legacy = &link->legacy;
	enum bridge_legacy_question question = legacy->asked;
	struct bridge_legacy_reply reply;
	bool good;

	if (question == BRIDGE_LEGACY_NONE) {
		bridge_legacy_fail(link, "it answered what it was not asked");
		return false;
	}
	if (bridge_legacy_reply_read(&reply, data, len) != 0) {
		bridge_legacy_fail(link, "it answered something that is no reply");
		return false;
	}
	legacy->asked = BRIDGE_LEGACY_NONE;
	legacy->idle = tick_ms();
	link->round_trip_us = tick_us() - link->ping_us;
	good = act(link, question, &reply);
	bridge_legacy_reply_free(&reply);
	/* What is left of a line would be taken for the next one. */
	if (good && (bridge_file_busy(&link->file) || bridge_wire_mark(&link->wire) > 0))
		bridge_legacy_hang_up(link);
	return good;
}
