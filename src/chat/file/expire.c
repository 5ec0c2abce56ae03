/*
 * chat_expire: one pass over all files, then over all blobs. The process may be killed anywhere:
 * the next pass goes on.
 */
#include "chat/file/expire.h"

#include <bsd/stdlib.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/vector.h"
#include "chat/file/expire_outbound.h"
#include "chat/file/partial.h"
#include "chat/file/put.h"
#include "chat/file/quota.h"
#include "chat/table.h"

#define AT_ONCE      256  /* files that are found before they are removed */
#define BLOB_OLDER_S 3600 /* a younger blob may get a reference again soon */

struct item {
	struct chat_conversation conversation;
	char name[CHAT_FILE_NAME_MAX];
	size_t name_len;
	struct chat_file file;
};

/* The visit of the files only notes them here, because it must not use the store. */
struct pass {
	int64_t oldest_ms;
	struct item old[AT_ONCE];
	size_t n_old;
	struct chat_conversation *conversations;
	size_t n_conversations;
	bool failed;
};

static int
note_conversation(struct pass *pass, struct chat_conversation conversation)
{
	struct chat_conversation *added =
	    vector_add(&pass->conversations, &pass->n_conversations, sizeof(*added));

	if (added == NULL) {
		pass->failed = true;
		return 1;
	}
	*added = conversation;
	return 0;
}

static int
note_file(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct pass *pass = arg;
	struct chat_conversation conversation;
	struct chat_text name;
	struct chat_file file;
	struct item *item;

	if (!chat_file_parse(key, key_len, value, len, &conversation, &name, &file))
		return 0; /* kabarctl check reports it */
	if (chat_conversation_is_outbound(conversation))
		return 0; /* left to chat_expire_outbound */
	if (file.sent_ms >= pass->oldest_ms)
		return note_conversation(pass, conversation);
	item = &pass->old[pass->n_old++];
	item->conversation = conversation;
	item->file = file;
	item->name_len = name.len;
	memcpy(item->name, name.data, name.len);
	return pass->n_old == AT_ONCE;
}

static enum chat_result
remove_file(struct chat *chat, struct chat_conversation conversation, struct chat_text name,
    const struct chat_file *file, struct chat_expired *expired)
{
	enum chat_result result = chat_file_remove(chat, conversation, name, file);

	if (result == CHAT_OK)
		expired->files++;
	return result == CHAT_NO_FILE ? CHAT_OK : result; /* replaced meanwhile */
}

static enum chat_result
is_gone(struct chat *chat, struct chat_conversation conversation, bool *gone)
{
	enum chat_result result = chat_conversation_exists(chat, conversation);

	*gone = result == CHAT_NO_USER;
	return *gone ? CHAT_OK : result;
}

/* Removes the files of a conversation whose user or group was deleted. */
static enum chat_result
clear_conversation(struct chat *chat, struct chat_conversation conversation,
    struct chat_expired *expired)
{
	char bytes[CHAT_FILE_NAME_MAX];
	struct chat_text name = { .data = bytes };
	struct chat_file file;
	enum chat_result result;

	do {
		result = chat_file_name_at(chat, conversation, 0, bytes, &name.len);
		if (result == CHAT_OK)
			result = chat_file_get(chat, conversation, name, &file);
		if (result == CHAT_OK)
			result = remove_file(chat, conversation, name, &file, expired);
	} while (result == CHAT_OK);
	return result == CHAT_NO_FILE ? CHAT_OK : result;
}

static enum chat_result
clear_conversations(struct chat *chat, struct pass *pass, struct chat_expired *expired)
{
	enum chat_result result = CHAT_OK;
	bool gone;

	if (pass->n_conversations > 1)
		qsort(pass->conversations, pass->n_conversations, sizeof(*pass->conversations),
		    chat_conversation_compare);
	for (size_t i = 0; result == CHAT_OK && i < pass->n_conversations; i++) {
		if (i > 0 &&
		    chat_conversation_compare(&pass->conversations[i - 1],
		        &pass->conversations[i]) == 0)
			continue;
		result = is_gone(chat, pass->conversations[i], &gone);
		if (result == CHAT_OK && gone)
			result = clear_conversation(chat, pass->conversations[i], expired);
	}
	return result;
}

static enum chat_result
expire_files(struct chat *chat, struct pass *pass, struct chat_expired *expired)
{
	enum chat_result result = CHAT_OK;

	do {
		pass->n_old = pass->n_conversations = 0;
		if (store_each(chat->store, CHAT_TABLE_FILES, note_file, pass) != 0 || pass->failed)
			return CHAT_FAILED;
		for (size_t i = 0; result == CHAT_OK && i < pass->n_old; i++) {
			const struct item *item = &pass->old[i];
			struct chat_text name = { .data = item->name, .len = item->name_len };

			result = remove_file(chat, item->conversation, name, &item->file, expired);
		}
	} while (result == CHAT_OK && pass->n_old == AT_ONCE);
	return result == CHAT_OK ? clear_conversations(chat, pass, expired) : result;
}

struct blobs {
	struct chat *chat;
	struct chat_expired *expired;
	bool failed;
};

static int
is_referred(void *arg, const unsigned char hash[CHAT_BLOB_HASH])
{
	struct blobs *blobs = arg;
	uint64_t references;

	if (chat_quota_references(blobs->chat, hash, &references) != CHAT_OK)
		blobs->failed = true;
	return blobs->failed || references > 0;
}

static int
expire_blob(void *arg, const unsigned char hash[CHAT_BLOB_HASH])
{
	struct blobs *blobs = arg;
	int removed;

	if (is_referred(blobs, hash))
		return blobs->failed;
	removed = chat_blob_remove(blobs->chat->config, hash, BLOB_OLDER_S, is_referred, blobs);
	if (removed > 0)
		blobs->expired->blobs++;
	blobs->failed |= removed < 0;
	return blobs->failed;
}

static enum chat_result
expire_blobs(struct chat *chat, struct chat_expired *expired)
{
	struct blobs blobs = { .chat = chat, .expired = expired };
	int swept = chat_blob_sweep(chat->config), parts = chat_partial_sweep(chat->config);

	if (swept < 0 || parts < 0 || chat_blob_each(chat->config, expire_blob, &blobs) != 0 ||
	    blobs.failed) {
		log_warn("cannot clear away the contents of files");
		return CHAT_FAILED;
	}
	expired->blobs += (size_t)swept + (size_t)parts;
	return CHAT_OK;
}

enum chat_result
chat_expire(struct chat *chat, struct chat_expired *expired)
{
	struct pass *pass = calloc(1, sizeof(*pass));
	enum chat_result result;

	*expired = (struct chat_expired){ .files = 0 };
	if (pass == NULL)
		return CHAT_FAILED;
	pass->oldest_ms = clock_now_ms() - chat->config->file_keep * 1000;
	result = expire_files(chat, pass, expired);
	free(pass->conversations);
	free(pass);
	if (result == CHAT_OK)
		result = chat_expire_outbound(chat, &expired->files);
	return result == CHAT_OK ? expire_blobs(chat, expired) : result;
}
