/*
 * chat_expire_outbound: compares the old files of outbound messages with what waits in the
 * outboxes. A file is stored before its message, so the message of a young file may still come.
 */
#include "chat/file/expire_outbound.h"

#include <bsd/stdlib.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/vector.h"
#include "chat/file/put.h"
#include "chat/realm/outbox.h"
#include "chat/realm/peer.h"
#include "chat/table.h"

#define OLDER_MS (INT64_C(24) * 3600 * 1000)

/* Old files of outbound messages; the visit must not use the store. */
struct outbounds {
	int64_t oldest_ms;
	struct outbound {
		uint64_t file_id;
		bool waits; /* its message is in an outbox */
	} * list;
	size_t n;
	size_t waiting;
	bool failed;
};

static int
note_outbound(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct outbounds *outbounds = arg;
	struct chat_conversation conversation;
	struct chat_text name;
	struct chat_file file;

	if (!chat_file_parse(key, key_len, value, len, &conversation, &name, &file) ||
	    !chat_conversation_is_outbound(conversation) || file.sent_ms >= outbounds->oldest_ms)
		return 0;
	struct outbound *added = vector_add(&outbounds->list, &outbounds->n, sizeof(*added));

	if (added == NULL) {
		outbounds->failed = true;
		return 1;
	}
	*added = (struct outbound){ .file_id = conversation.first };
	return 0;
}

static int
compare_ids(const void *a, const void *b)
{
	const struct outbound *left = a, *right = b;

	return (left->file_id > right->file_id) - (left->file_id < right->file_id);
}

/* Marks the file of a message in an outbox. Stops when all files have been found. */
static int
mark(void *arg, const struct store_entry *entry, const struct chat_outbound *outbound)
{
	struct outbounds *outbounds = arg;
	struct outbound key = { 0 }, *found;

	(void)entry;
	if (outbound == NULL || !outbound->file)
		return 0;
	key.file_id = outbound->file_id;
	found = bsearch(&key, outbounds->list, outbounds->n, sizeof(key), compare_ids);
	if (found != NULL && !found->waits) {
		found->waits = true;
		outbounds->waiting++;
	}
	return outbounds->waiting == outbounds->n;
}

static enum chat_result
mark_all(struct chat *chat, struct outbounds *outbounds)
{
	struct chat_peer peer;
	enum chat_result result = CHAT_OK;

	qsort(outbounds->list, outbounds->n, sizeof(*outbounds->list), compare_ids);
	for (uint32_t i = 0; result == CHAT_OK && outbounds->waiting < outbounds->n; i++) {
		result = chat_peer_at(chat, i, &peer);
		if (result == CHAT_OK)
			result = chat_outbox_each(chat, peer.id, 0, mark, outbounds);
	}
	return result == CHAT_NO_REALM ? CHAT_OK : result;
}

enum chat_result
chat_expire_outbound(struct chat *chat, size_t *files)
{
	struct outbounds outbounds = { .oldest_ms = clock_now_ms() - OLDER_MS };
	enum chat_result result = CHAT_OK;

	if (store_each(chat->store, CHAT_TABLE_FILES, note_outbound, &outbounds) != 0 ||
	    outbounds.failed)
		result = CHAT_FAILED;
	if (result == CHAT_OK && outbounds.n > 0)
		result = mark_all(chat, &outbounds);
	for (size_t i = 0; result == CHAT_OK && i < outbounds.n; i++) {
		if (outbounds.list[i].waits)
			continue;
		result = chat_file_release(chat, outbounds.list[i].file_id);
		(*files)++;
	}
	free(outbounds.list);
	return result;
}
