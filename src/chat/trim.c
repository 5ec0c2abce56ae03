/* chat_trim: a log can only lose its beginning. */
#include "chat/trim.h"

#include "base/clock.h"

/* Whether an entry has expired: by its age, or because the log has too many bytes. */
static bool
is_expired(const struct config *config, const struct store_entry *entry, int64_t now_ms, bool read,
    uint64_t bytes_left)
{
	int64_t age_ms = now_ms - entry->time_ms;

	if (!read)
		return age_ms > config->unread_keep * 1000;
	return age_ms > config->message_keep * 1000 || bytes_left > config->log_max_size;
}

enum chat_result
chat_trim_log(struct chat *chat, uint64_t log, const struct chat_trim *trim, uint64_t *trimmed)
{
	struct store_log_info info;
	struct store_reader reader;
	struct store_entry entry;
	struct store_tx tx;
	uint64_t seq, first, bytes = 0;
	int64_t now_ms = clock_now_ms();

	if (store_log_info(chat->store, log, &info) != STORE_OK ||
	    store_reader_init(&reader, chat->store, log, 0) != STORE_OK)
		return CHAT_FAILED;
	first = info.first;
	while (store_reader_peek(&reader, &seq) == STORE_OK) {
		enum store_status status = store_entry(chat->store, seq, &entry);
		if (status == STORE_FAILED)
			return CHAT_FAILED;
		if (status == STORE_OK) {
			if (info.last - first < trim->most_entries &&
			    info.bytes - bytes <= trim->most_bytes &&
			    !is_expired(chat->config, &entry, now_ms,
			        reader.next <= trim->read_up_to ||
			            entry.number <= trim->first_read_up_to,
			        info.bytes - bytes))
				break;
			bytes += entry.len;
		}
		first = reader.next + 1;
		store_reader_skip(&reader);
	}
	if (first == info.first)
		return CHAT_OK;
	*trimmed += first - info.first;
	store_tx_init(&tx);
	store_tx_trim(&tx, log, first, bytes);
	return chat_from_store(store_commit(chat->store, &tx, NULL));
}
