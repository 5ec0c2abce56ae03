/* chat_log: visiting the logs of other realms, and the numbers beside them. */
#include "chat/realm/log.h"

#include "chat/key.h"

enum chat_result
chat_log_each(struct chat *chat, uint64_t log, uint64_t after, chat_log_visit *visit, void *arg)
{
	struct store_reader reader;
	struct store_entry entry;
	uint64_t seq;
	enum store_status status = store_reader_init(&reader, chat->store, log, after);

	while (status == STORE_OK && (status = store_reader_peek(&reader, &seq)) == STORE_OK) {
		status = store_entry(chat->store, seq, &entry);
		if (status == STORE_OK && visit(arg, &entry) != 0)
			return CHAT_OK;
		if (status == STORE_ABSENT)
			status = STORE_OK;
		store_reader_skip(&reader);
	}
	return status == STORE_ABSENT ? CHAT_OK : CHAT_FAILED;
}

enum store_status
chat_log_entry(struct chat *chat, uint64_t log, uint64_t number, struct store_entry *entry)
{
	struct store_reader reader;
	uint64_t seq;
	enum store_status status = store_reader_init(&reader, chat->store, log, number - 1);

	/* Without those behind it, which a reader would look for at once. */
	if (status == STORE_OK && reader.last > number)
		reader.last = number;
	if (status == STORE_OK)
		status = store_reader_peek(&reader, &seq);
	if (status == STORE_OK && reader.next != number)
		return STORE_ABSENT;
	return status == STORE_OK ? store_entry(chat->store, seq, entry) : status;
}

enum chat_result
chat_log_search(struct chat *chat, uint64_t log, chat_log_reached *reached, const void *arg,
    uint64_t *number)
{
	struct store_log_info info;
	struct store_entry entry;
	uint64_t low, high;

	if (store_log_info(chat->store, log, &info) != STORE_OK)
		return CHAT_FAILED;
	for (low = info.first, high = info.last + 1; low < high;) {
		uint64_t middle = low + (high - low) / 2;
		enum store_status status = chat_log_entry(chat, log, middle, &entry);

		if (status == STORE_FAILED)
			return CHAT_FAILED;
		/* What is gone was older than all that is kept. */
		if (status == STORE_OK && reached(arg, &entry))
			high = middle;
		else
			low = middle + 1;
	}
	*number = low;
	return CHAT_OK;
}

enum chat_result
chat_log_number(struct chat *chat, char what, uint64_t log, uint64_t *number)
{
	unsigned char key[CHAT_KEY_STATE];

	chat_key_state(key, what, log);
	return chat_from_store(
	    store_get_number(chat->store, STORE_LOG_STATE, key, sizeof(key), number));
}

void
chat_log_tx_number(struct store_tx *tx, char what, uint64_t log, uint64_t before, uint64_t after)
{
	unsigned char key[CHAT_KEY_STATE], old[8], new[8];

	chat_key_state(key, what, log);
	pack_put_u64(old, before);
	pack_put_u64(new, after);
	if (before == after)
		store_tx_expect(tx, STORE_LOG_STATE, key, sizeof(key), old, sizeof(old));
	else
		chat_key_swap(tx, STORE_LOG_STATE, key, sizeof(key), old,
		    before == 0 ? 0 : sizeof(old), new, sizeof(new));
}

void
chat_log_tx_advance(struct store_tx *tx, char what, uint64_t log, uint64_t to)
{
	unsigned char key[CHAT_KEY_STATE];

	chat_key_state(key, what, log);
	store_tx_advance(tx, STORE_LOG_STATE, key, sizeof(key), to);
}
