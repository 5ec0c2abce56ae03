/*
 * chat_tail: positions in the logs of one owner. A log that is made later is read from its
 * beginning.
 */
#include "chat/tail.h"

#include <bsd/stdlib.h>
#include <stdlib.h>

#include "base/vector.h"
#include "chat/merge.h"
#include "chat/realm/remote_log.h"

static enum chat_result
add_log(struct chat_tail *tail, uint64_t log)
{
	struct chat_tail_log *added = vector_add(&tail->logs, &tail->n, sizeof(*added));

	if (added == NULL)
		return CHAT_FAILED;
	*added = (struct chat_tail_log){ .log = log };
	return CHAT_OK;
}

/* Adds the remote logs that were made since; their set lists them behind the others. */
static enum chat_result
find_logs(struct chat *chat, struct chat_tail *tail)
{
	struct chat_remote_log_hint hint;
	uint64_t peer, log;
	enum chat_result result = chat_remote_log_hint(chat, &hint);
	bool likely = result == CHAT_OK && chat_remote_log_likely(&hint, tail->owner);

	while (likely && result == CHAT_OK) {
		result = chat_remote_log_at(chat, tail->owner, (uint32_t)tail->n - 1, &peer, &log);
		if (result == CHAT_OK)
			result = add_log(tail, log);
	}
	return result == CHAT_NO_REALM ? CHAT_OK : result;
}

enum chat_result
chat_tail_begin(struct chat *chat, struct chat_tail *tail, uint64_t owner, uint64_t reader)
{
	struct store_log_info info;
	enum chat_result result;

	*tail = (struct chat_tail){ .owner = owner, .reader = reader };
	result = add_log(tail, owner);
	if (result == CHAT_OK)
		result = find_logs(chat, tail);
	for (size_t i = 0; result == CHAT_OK && i < tail->n; i++) {
		result = chat_from_store(store_log_info(chat->store, tail->logs[i].log, &info));
		tail->logs[i].number = info.last;
	}
	if (result != CHAT_OK)
		chat_tail_end(tail);
	return result;
}

void
chat_tail_end(struct chat_tail *tail)
{
	free(tail->logs);
	*tail = (struct chat_tail){ .owner = 0 };
}

/* CHAT_NO_USER: there is no message of this seq that can be read. */
static enum chat_result
read_message(struct chat *chat, uint64_t seq, struct chat_message *message)
{
	struct store_entry entry;
	enum store_status status = store_entry(chat->store, seq, &entry);

	if (status == STORE_OK && chat_message_read(message, entry.data, entry.len) == 0)
		return CHAT_OK;
	return status == STORE_OK || status == STORE_ABSENT ? CHAT_NO_USER : CHAT_FAILED;
}

static enum chat_result
read_logs(struct chat *chat, struct chat_tail *tail, struct chat_merge *merge,
    bool (*visit)(void *arg, const struct chat_message *), void *arg)
{
	struct chat_message message;
	uint64_t number, seq;
	enum store_status status;
	bool more = true;
	size_t log = 0;

	while (more && (status = chat_merge_peek(merge, &log, &number, &seq)) == STORE_OK) {
		enum chat_result result = read_message(chat, seq, &message);

		if (result == CHAT_OK) {
			result = chat_message_judge(chat, tail->reader, &message);
			if (result == CHAT_OK)
				result = read_message(chat, seq, &message);
		}
		if (result == CHAT_OK)
			more = visit(arg, &message);
		else if (result == CHAT_FAILED)
			return result;
		tail->logs[log].number = number;
		chat_merge_skip(merge);
	}
	return status == STORE_FAILED ? CHAT_FAILED : CHAT_OK;
}

enum chat_result
chat_tail_read(struct chat *chat, struct chat_tail *tail,
    bool (*visit)(void *arg, const struct chat_message *), void *arg)
{
	struct chat_merge merge;
	enum chat_result result;

	if (tail->n == 0)
		return CHAT_OK;
	result = find_logs(chat, tail);
	if (result != CHAT_OK)
		return result;
	result = chat_merge_init(&merge, tail->n);
	for (size_t i = 0; result == CHAT_OK && i < tail->n; i++)
		result = chat_merge_add(&merge, chat, tail->logs[i].log, tail->logs[i].number);
	if (result == CHAT_OK)
		result = read_logs(chat, tail, &merge, visit, arg);
	chat_merge_free(&merge);
	return result;
}
