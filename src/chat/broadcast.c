/*
 * chat_broadcast: a transaction holds the notices for many users. If one of them makes it fail,
 * each user of that transaction gets a transaction of its own.
 */
#include "chat/broadcast.h"

#include "chat/message.h"

#define AT_ONCE 64

static enum chat_result
send_together(struct chat *chat, const struct chat_user *users, size_t n, struct chat_text text)
{
	enum chat_result result = CHAT_OK;
	struct store_tx tx;

	store_tx_init(&tx);
	for (size_t i = 0; i < n && result == CHAT_OK; i++)
		result = chat_message_tx_notice(chat, &tx, &users[i], text);
	if (result != CHAT_OK)
		return result;
	if (tx.overflow) /* too many copies of too long a text */
		return CHAT_TOO_BIG;
	return chat_from_store(store_commit(chat->store, &tx, NULL));
}

static bool
concerns_one_user(enum chat_result result)
{
	return result == CHAT_INBOX_FULL || result == CHAT_NO_USER || result == CHAT_TOO_BIG;
}

static enum chat_result
send_apart(struct chat *chat, const struct chat_user *users, size_t n, struct chat_text text,
    size_t *reached)
{
	for (size_t i = 0; i < n; i++) {
		enum chat_result result = send_together(chat, &users[i], 1, text);

		if (result == CHAT_OK)
			(*reached)++;
		else if (!concerns_one_user(result))
			return result;
	}
	return CHAT_OK;
}

enum chat_result
chat_broadcast(struct chat *chat, const struct chat_user *users, size_t n, struct chat_text text,
    size_t *reached)
{
	enum chat_result result = chat_message_valid(text) ? CHAT_OK : CHAT_BAD_ARGUMENT;

	*reached = 0;
	for (size_t done = 0; done < n && result == CHAT_OK; done += AT_ONCE) {
		size_t part = n - done < AT_ONCE ? n - done : AT_ONCE;

		result = send_together(chat, users + done, part, text);
		if (result == CHAT_OK)
			*reached += part;
		else if (concerns_one_user(result))
			result = send_apart(chat, users + done, part, text, reached);
	}
	return result;
}
