/*
 * chat_expire: throwing files away: those that are too old or whose conversation is gone, and
 * contents that belong to no file. It can die anywhere: the next one goes on.
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

#define AT_ONCE      256  /* files that are found before they are removed */
#define BODY_OLDER_S 3600 /* a younger content may be wanted again at once */

struct item {
	struct chat_conversation conversation;
	char name[CHAT_FILE_NAME_MAX];
	size_t name_len;
	struct chat_file file;
};

/* Visiting the files must not use the store, so this is what is found by it. */
struct pass {
	int64_t oldest_ms;
	struct item old[AT_ONCE];
	size_t n_old;
	struct chat_conversation *places;
	size_t n_places;
	bool failed;
};

static int
keep_place(struct pass *pass, struct chat_conversation conversation)
{
	struct chat_conversation *added =
	    vector_add(&pass->places, &pass->n_places, sizeof(*added));

	if (added == NULL) {
		pass->failed = true;
		return 1;
	}
	*added = conversation;
	return 0;
}

static int
look_at(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct pass *pass = arg;
	struct chat_conversation conversation;
	struct chat_text name;
	struct chat_file file;
	struct item *item;

	if (!chat_file_parse(key, key_len, value, len, &conversation, &name, &file))
		return 0; /* kabarctl check says more */
	if (chat_conversation_is_outbound(conversation))
		return 0; /* chat_expire_outbound sees to them */
	if (file.sent_ms >= pass->oldest_ms)
		return keep_place(pass, conversation);
	item = &pass->old[pass->n_old++];
	item->conversation = conversation;
	item->file = file;
	item->name_len = name.len;
	memcpy(item->name, name.data, name.len);
	return pass->n_old == AT_ONCE;
}

static enum chat_result
forget(struct chat *chat, struct chat_conversation conversation, struct chat_text name,
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

/* Who deletes a user or a group leaves the files to us. */
static enum chat_result
clear_place(struct chat *chat, struct chat_conversation conversation, struct chat_expired *expired)
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
			result = forget(chat, conversation, name, &file, expired);
	} while (result == CHAT_OK);
	return result == CHAT_NO_FILE ? CHAT_OK : result;
}

static enum chat_result
clear_places(struct chat *chat, struct pass *pass, struct chat_expired *expired)
{
	enum chat_result result = CHAT_OK;
	bool gone;

	if (pass->n_places > 1)
		qsort(pass->places, pass->n_places, sizeof(*pass->places),
		    chat_conversation_compare);
	for (size_t i = 0; result == CHAT_OK && i < pass->n_places; i++) {
		if (i > 0 && chat_conversation_compare(&pass->places[i - 1], &pass->places[i]) == 0)
			continue;
		result = is_gone(chat, pass->places[i], &gone);
		if (result == CHAT_OK && gone)
			result = clear_place(chat, pass->places[i], expired);
	}
	return result;
}

static enum chat_result
expire_files(struct chat *chat, struct pass *pass, struct chat_expired *expired)
{
	enum chat_result result = CHAT_OK;

	do {
		pass->n_old = pass->n_places = 0;
		if (store_each(chat->store, STORE_FILES, look_at, pass) != 0 || pass->failed)
			return CHAT_FAILED;
		for (size_t i = 0; result == CHAT_OK && i < pass->n_old; i++) {
			const struct item *item = &pass->old[i];
			struct chat_text name = { .data = item->name, .len = item->name_len };

			result = forget(chat, item->conversation, name, &item->file, expired);
		}
	} while (result == CHAT_OK && pass->n_old == AT_ONCE);
	return result == CHAT_OK ? clear_places(chat, pass, expired) : result;
}

struct bodies {
	struct chat *chat;
	struct chat_expired *expired;
	bool failed;
};

static int
is_referred(void *arg, const unsigned char hash[CHAT_BLOB_HASH])
{
	struct bodies *bodies = arg;
	uint64_t references;

	if (chat_quota_references(bodies->chat, hash, &references) != CHAT_OK)
		bodies->failed = true;
	return bodies->failed || references > 0;
}

static int
look_at_body(void *arg, const unsigned char hash[CHAT_BLOB_HASH])
{
	struct bodies *bodies = arg;
	int removed;

	if (is_referred(bodies, hash))
		return bodies->failed;
	removed = chat_blob_remove(bodies->chat->config, hash, BODY_OLDER_S, is_referred, bodies);
	if (removed > 0)
		bodies->expired->bodies++;
	bodies->failed |= removed < 0;
	return bodies->failed;
}

static enum chat_result
expire_bodies(struct chat *chat, struct chat_expired *expired)
{
	struct bodies bodies = { .chat = chat, .expired = expired };
	int swept = chat_blob_sweep(chat->config), parts = chat_partial_sweep(chat->config);

	if (swept < 0 || parts < 0 || chat_blob_each(chat->config, look_at_body, &bodies) != 0 ||
	    bodies.failed) {
		log_warn("cannot clear away the contents of files");
		return CHAT_FAILED;
	}
	expired->bodies += (size_t)swept + (size_t)parts;
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
	free(pass->places);
	free(pass);
	if (result == CHAT_OK)
		result = chat_expire_outbound(chat, &expired->files);
	return result == CHAT_OK ? expire_bodies(chat, expired) : result;
}
