/* chat_known: reads known messages from the logs, and chooses which of them answers for a copy. */
#include "chat/realm/known.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/name.h"
#include "chat/key.h"
#include "chat/realm/log.h"

#define KNOWN_MAX 32768 /* entries of a log that are looked at, the newest */

/* The newest noted message with this sum did not arrive. */
static void
drop_note(struct chat_known_source *source, uint64_t text)
{
	for (size_t i = source->n; i > 0; i--) {
		struct chat_known *known = &source->list[i - 1];

		if (!known->taken && known->text == text) {
			known->taken = true;
			return;
		}
	}
}

static void
add_known(struct chat_known_source *source, const struct store_entry *entry)
{
	struct chat_known *known = &source->list[source->n];
	struct chat_message message;
	bool good = chat_message_read(&message, entry->data, entry->len) == 0 &&
	    message.from.len <= sizeof(known->from);
	enum chat_legacy_spool_kind kind = CHAT_LEGACY_SPOOL_NOTHING;

	*known = (struct chat_known){ .number = entry->number };
	if (good && source->sent)
		kind = chat_legacy_spool_read(&message, &known->text);
	else if (good && !message.pulled) {
		kind = CHAT_LEGACY_SPOOL_SENT;
		known->text = chat_legacy_spool_sum(message.text, message.file);
	}
	if (kind == CHAT_LEGACY_SPOOL_OVER)
		drop_note(source, known->text);
	source->n++;
	known->taken = kind != CHAT_LEGACY_SPOOL_SENT;
	if (known->taken)
		return;
	known->full_name = chat_legacy_spool_sum(message.from_name, false);
	known->from_len = message.from.len;
	memcpy(known->from, message.from.data, message.from.len);
}

static int
visit_known(void *arg, const struct store_entry *entry)
{
	struct chat_known_source *source = arg;

	if (source->n == source->room)
		return 1;
	add_known(source, entry);
	return 0;
}

enum chat_result
chat_known_read(struct chat *chat, struct chat_known_source *source)
{
	struct store_log_info info;
	uint64_t since;

	if (source->log == 0)
		return CHAT_OK;
	if (chat_log_number(chat, CHAT_STATE_PULLED, source->log, &source->since) != CHAT_OK ||
	    store_log_info(chat->store, source->log, &info) != STORE_OK)
		return CHAT_FAILED;
	since = source->since;
	if (since + 1 < info.first)
		since = info.first - 1;
	if (info.last > KNOWN_MAX && since < info.last - KNOWN_MAX)
		since = info.last - KNOWN_MAX;
	if (info.last <= since)
		return CHAT_OK;
	source->room = (size_t)(info.last - since);
	source->list = calloc(source->room, sizeof(*source->list));
	if (source->list == NULL)
		return CHAT_FAILED;
	return chat_log_each(chat, source->log, since, visit_known, source);
}

static bool
is_from(const struct chat_known *known, struct chat_text from, uint64_t from_sum)
{
	return known->full_name == from_sum ||
	    name_same_n(known->from, known->from_len, from.data, from.len);
}

const struct chat_known *
chat_known_answer(struct chat_known_source *source, uint64_t text, const struct chat_text *from)
{
	uint64_t from_sum = from == NULL ? 0 : chat_legacy_spool_sum(*from, false);

	for (size_t i = 0; i < source->n; i++) {
		struct chat_known *known = &source->list[i];

		if (known->taken || known->text != text ||
		    (from != NULL && !is_from(known, *from, from_sum)))
			continue;
		known->taken = known->answered = true;
		return known;
	}
	return NULL;
}

void
chat_known_tx(struct store_tx *tx, const struct chat_known_source *source)
{
	uint64_t until = source->until;

	for (size_t i = 0; i < source->n; i++)
		if (source->list[i].number == until + 1 && source->list[i].taken)
			until++;
	if (source->log == 0 || until <= source->since)
		return;
	chat_log_tx_advance(tx, CHAT_STATE_PULLED, source->log, until);
}
