/*
 * chat_known: messages between this realm and an older server, known again by sums: reading them
 * from the logs, and choosing which of them answers for a copy.
 */
#include "chat/realm/known.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "chat/key.h"

#define KNOWN_MAX 32768 /* entries of a log that are looked at, the newest */

/* One that was noted did not arrive: the newest such. */
static void
take_back(struct chat_known_source *source, uint64_t text)
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
	else if (good && !message.fetched) {
		kind = CHAT_LEGACY_SPOOL_SENT;
		known->text = chat_legacy_spool_sum(message.text, message.file);
	}
	if (kind == CHAT_LEGACY_SPOOL_OVER)
		take_back(source, known->text);
	source->n++;
	known->taken = kind != CHAT_LEGACY_SPOOL_SENT;
	if (known->taken)
		return;
	known->full_name = chat_legacy_spool_sum(message.from_name, false);
	known->from_len = message.from.len;
	memcpy(known->from, message.from.data, message.from.len);
}

/* What is known since a number. */
static enum chat_result
find_since(struct chat *chat, struct chat_known_source *source, uint64_t since)
{
	struct store *store = chat->store;
	struct store_log_info info;
	struct store_reader reader;
	struct store_entry entry;
	uint64_t seq, room;
	enum store_status status = store_log_info(store, source->log, &info);

	if (status != STORE_OK)
		return CHAT_FAILED;
	if (since + 1 < info.first)
		since = info.first - 1;
	if (info.last > KNOWN_MAX && since < info.last - KNOWN_MAX)
		since = info.last - KNOWN_MAX;
	if (info.last <= since)
		return CHAT_OK;
	room = info.last - since;
	source->list = calloc((size_t)room, sizeof(*source->list));
	if (source->list == NULL)
		return CHAT_FAILED;
	status = store_reader_init(&reader, store, source->log, since);
	while (status == STORE_OK && source->n < room) {
		status = store_reader_peek(&reader, &seq);
		if (status != STORE_OK)
			break;
		status = store_entry(store, seq, &entry);
		if (status == STORE_OK)
			add_known(source, &entry);
		status = status == STORE_FAILED ? STORE_FAILED : STORE_OK;
		store_reader_skip(&reader);
	}
	return status == STORE_FAILED ? CHAT_FAILED : CHAT_OK;
}

enum chat_result
chat_known_find(struct chat *chat, struct chat_known_source *source)
{
	unsigned char key[CHAT_KEY_STATE];

	if (source->log == 0)
		return CHAT_OK;
	chat_key_state(key, CHAT_STATE_FETCHED, source->log);
	if (store_get_number(chat->store, STORE_LOG_STATE, key, sizeof(key), &source->since) !=
	    STORE_OK)
		return CHAT_FAILED;
	return find_since(chat, source, source->since);
}

static bool
is_from(const struct chat_known *known, struct chat_text from, uint64_t from_sum)
{
	return known->full_name == from_sum ||
	    (known->from_len == from.len && strncasecmp(known->from, from.data, from.len) == 0);
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

/*
 * What is known up to here has had its say: what was there before the other server was asked, and
 * what came right after and was among what it handed over.
 */
void
chat_known_tx(struct store_tx *tx, const struct chat_known_source *source)
{
	unsigned char key[CHAT_KEY_STATE];
	uint64_t until = source->until;

	for (size_t i = 0; i < source->n; i++)
		if (source->list[i].number == until + 1 && source->list[i].taken)
			until++;
	if (source->log == 0 || until <= source->since)
		return;
	chat_key_state(key, CHAT_STATE_FETCHED, source->log);
	store_tx_advance(tx, STORE_LOG_STATE, key, sizeof(key), until);
}
