/*
 * chat_expire_letter: files that were to go to another realm, but whose letter is in no outbox. The
 * file comes before its letter, so a younger one may still get one.
 */
#include "chat/file/expire_outbound.h"

#include <bsd/stdlib.h>
#include <stdlib.h>

#include "chat/file/file.h"
#include "chat/realm/outbox.h"
#include "chat/realm/peer.h"

#define OLDER_MS (INT64_C(24) * 3600 * 1000)

/* Letters whose files are old; visiting the tables must not use the store. */
struct letters {
	int64_t oldest_ms;
	struct letter {
		uint64_t file_id;
		bool waits;
	} * list;
	size_t n;
	size_t room;
	size_t waiting;
	bool failed;
};

static int
look_at(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct letters *letters = arg;
	struct chat_place place;
	struct chat_text name;
	struct chat_file file;

	if (!chat_file_parse(key, key_len, value, len, &place, &name, &file) ||
	    !chat_place_is_letter(place) || file.sent_ms >= letters->oldest_ms)
		return 0;
	if (letters->n == letters->room) {
		size_t room = letters->room == 0 ? 64 : letters->room * 2;
		struct letter *bigger = reallocarray(letters->list, room, sizeof(*bigger));

		if (bigger == NULL) {
			letters->failed = true;
			return 1;
		}
		letters->list = bigger;
		letters->room = room;
	}
	letters->list[letters->n++] = (struct letter){ .file_id = place.first };
	return 0;
}

static int
compare(const void *a, const void *b)
{
	const struct letter *left = a, *right = b;

	return (left->file_id > right->file_id) - (left->file_id < right->file_id);
}

/* A letter that waits. Stops when all are found: old ones are at the beginning. */
static int
mark(void *arg, const struct store_entry *entry, const struct chat_letter *letter)
{
	struct letters *letters = arg;
	struct letter key = { 0 }, *found;

	(void)entry;
	if (letter == NULL || !letter->file)
		return 0;
	key.file_id = letter->file_id;
	found = bsearch(&key, letters->list, letters->n, sizeof(key), compare);
	if (found != NULL && !found->waits) {
		found->waits = true;
		letters->waiting++;
	}
	return letters->waiting == letters->n;
}

static enum chat_result
mark_all(struct chat *chat, struct letters *letters)
{
	struct chat_peer peer;
	enum chat_result result = CHAT_OK;

	qsort(letters->list, letters->n, sizeof(*letters->list), compare);
	for (uint32_t i = 0; result == CHAT_OK && letters->waiting < letters->n; i++) {
		result = chat_peer_at(chat, i, &peer);
		if (result == CHAT_OK)
			result = chat_outbox_each(chat, peer.id, 0, mark, letters);
	}
	return result == CHAT_NO_REALM ? CHAT_OK : result;
}

enum chat_result
chat_expire_letters(struct chat *chat, struct chat_expired *expired)
{
	struct letters letters = { .oldest_ms = chat_now_ms() - OLDER_MS };
	enum chat_result result = CHAT_OK;

	if (store_each(chat->store, STORE_FILES, look_at, &letters) != 0 || letters.failed)
		result = CHAT_FAILED;
	if (result == CHAT_OK && letters.n > 0)
		result = mark_all(chat, &letters);
	for (size_t i = 0; result == CHAT_OK && i < letters.n; i++) {
		if (letters.list[i].waits)
			continue;
		result = chat_file_release(chat, letters.list[i].file_id);
		expired->files++;
	}
	free(letters.list);
	return result;
}
