/*
 * chat_held: copies of what was delivered to users of an older server. They lie in the log of
 * whoever it is there (chat_foreign), until they are handed over, or the janitor finds them too
 * old.
 */
#include "chat_held.h"

#include <stdlib.h>

#include "chat_foreign.h"

/* Makes room: what is not asked for shall not keep out what comes. */
static enum chat_result
drop_half(struct chat *chat, uint64_t log)
{
	struct store_log_info info;
	struct store_reader reader;
	struct store_entry entry;
	struct store_tx tx;
	uint64_t seq, first, bytes = 0;

	if (store_log_info(chat->store, log, &info) != STORE_OK ||
	    store_reader_init(&reader, chat->store, log, 0) != STORE_OK)
		return CHAT_FAILED;
	first = info.first + (info.last + 1 - info.first) / 2 + 1;
	while (reader.next < first && store_reader_peek(&reader, &seq) == STORE_OK) {
		if (store_entry(chat->store, seq, &entry) == STORE_OK)
			bytes += entry.len;
		store_reader_skip(&reader);
	}
	store_tx_init(&tx);
	store_tx_trim(&tx, log, first, bytes);
	return chat_from_store(store_commit(chat->store, &tx, NULL));
}

enum chat_result
chat_held_add(struct chat *chat, const struct chat_peer *peer, struct chat_text user,
    const struct chat_letter *letter)
{
	const struct chat_message message = { .kind = CHAT_PRIVATE,
		.file = letter->file,
		.from_id = letter->from_id,
		.from = letter->from,
		.from_name = letter->from_name,
		.to = user,
		.to_name = user,
		.text = letter->text };
	unsigned char entry[CHAT_MESSAGE_RECORD];
	struct store_tx tx;
	uint64_t log;
	size_t len = chat_message_write(entry, sizeof(entry), &message);
	enum chat_result result =
	    len == 0 ? CHAT_BAD_ARGUMENT : chat_foreign_make(chat, peer->id, user, &log);

	if (result != CHAT_OK)
		return result;
	store_tx_init(&tx);
	store_tx_append(&tx, log, entry, len, 0, (uint64_t)chat->config->inbox_max);
	result = chat_from_store(store_commit(chat->store, &tx, NULL));
	if (result != CHAT_INBOX_FULL)
		return result;
	result = drop_half(chat, log);
	return result == CHAT_OK ? chat_from_store(store_commit(chat->store, &tx, NULL)) : result;
}

static void
mark_log(struct chat_inbox_mark *mark, uint64_t log, uint64_t up_to, uint64_t bytes)
{
	mark->tx = malloc(sizeof(*mark->tx));
	if (mark->tx == NULL)
		return; /* it will be handed over again */
	store_tx_init(mark->tx);
	store_tx_trim(mark->tx, log, up_to + 1, bytes);
}

static enum chat_result
each(struct chat *chat, uint64_t log, chat_held_visit *visit, void *arg,
    struct chat_inbox_mark *mark)
{
	struct chat_message message;
	struct store_reader reader;
	struct store_entry entry;
	uint64_t seq, bytes = 0;
	enum store_status status = store_reader_init(&reader, chat->store, log, 0);

	while (status == STORE_OK) {
		status = store_reader_peek(&reader, &seq);
		if (status != STORE_OK)
			break;
		status = store_entry(chat->store, seq, &entry);
		if (status == STORE_OK && chat_message_read(&message, entry.data, entry.len) == 0)
			visit(arg, &message);
		if (status == STORE_OK)
			bytes += entry.len;
		status = status == STORE_FAILED ? STORE_FAILED : STORE_OK;
		store_reader_skip(&reader);
	}
	if (status == STORE_FAILED)
		return CHAT_FAILED;
	if (bytes > 0)
		mark_log(mark, log, reader.last, bytes);
	return CHAT_OK;
}

enum chat_result
chat_held_each(struct chat *chat, const struct chat_peer *peer, struct chat_text user,
    chat_held_visit *visit, void *arg, struct chat_inbox_mark *mark)
{
	uint64_t log = 0;
	enum chat_result result = CHAT_OK;

	chat_inbox_forget(mark);
	if (name_valid(user.data, user.len))
		result = chat_foreign_id(chat, peer->id, user, &log);
	return result == CHAT_OK && log != 0 ? each(chat, log, visit, arg, mark) : result;
}
