/*
 * chat_letter: messages and files for other realms, as they wait in an outbox, the log with the
 * peer's id.
 */
#include "chat/realm/outbound.h"

#include <bsd/stdlib.h>

#include <string.h>
#include <strings.h>

#include "chat/key.h"
#include "chat/pack.h"
#include "chat/push.h"

#define LETTER_VERSION 1
#define LETTER_FILE    0x80 /* added to the kind: a file follows the text, which is its name */
#define LETTER_RECORD  (CHAT_TEXT_MAX + 6144)
#define EPOCH_RECORD   8
#define GROUP_PREFIX   "group:"
#define TRIES          100 /* how often others may be faster */

int
chat_letter_read(struct chat_letter *letter, const void *entry, size_t len)
{
	const unsigned char *hash;
	struct unpack u;

	unpack_init(&u, entry, len);
	if (unpack_u8(&u) != LETTER_VERSION)
		return -1;
	uint8_t kind = unpack_u8(&u);
	*letter = (struct chat_letter){ .kind = (enum chat_letter_kind)(kind & ~LETTER_FILE),
		.file = (kind & LETTER_FILE) != 0 };
	letter->epoch = unpack_u64(&u);
	letter->slot = unpack_u32(&u);
	letter->ticket = unpack_u64(&u);
	letter->from_id = unpack_u64(&u);
	letter->from = chat_unpack_text(&u);
	letter->from_name = chat_unpack_text(&u);
	letter->to = chat_unpack_text(&u);
	letter->text = chat_unpack_text(&u);
	if (letter->file) {
		letter->file_id = unpack_u64(&u);
		letter->size = unpack_u64(&u);
		hash = unpack_raw(&u, sizeof(letter->hash));
		if (hash != NULL)
			memcpy(letter->hash, hash, sizeof(letter->hash));
	}
	return u.bad || letter->kind < CHAT_LETTER_USER || letter->kind > CHAT_LETTER_GROUP ? -1
	                                                                                    : 0;
}

static bool
name_possible(const char *name, size_t len)
{
	return name_valid(name, len) && !name_reserved(name, len);
}

static enum chat_result
check_list(struct chat_text list)
{
	size_t n = 0;

	for (const char *at = list.data, *end = list.data + list.len; at <= end; n++) {
		const char *comma = memchr(at, ',', (size_t)(end - at));
		const char *stop = comma == NULL ? end : comma;

		if (!name_possible(at, (size_t)(stop - at)))
			return CHAT_NO_USER;
		at = stop + 1;
	}
	return n <= CHAT_LETTER_USERS ? CHAT_OK : CHAT_BAD_ARGUMENT;
}

enum chat_result
chat_letter_address(enum chat_letter_kind kind, struct chat_text to)
{
	switch (kind) {
	case CHAT_LETTER_LIST:
		return check_list(to);
	case CHAT_LETTER_GROUP:
		return name_possible(to.data, to.len) ? CHAT_OK : CHAT_NO_GROUP;
	default:
		return name_possible(to.data, to.len) ? CHAT_OK : CHAT_NO_USER;
	}
}

enum chat_letter_kind
chat_letter_kind_of(struct chat_text *to)
{
	const size_t prefix = sizeof(GROUP_PREFIX) - 1;

	if (to->len > prefix && strncasecmp(to->data, GROUP_PREFIX, prefix) == 0) {
		to->data += prefix;
		to->len -= prefix;
		return CHAT_LETTER_GROUP;
	}
	return memchr(to->data, ',', to->len) == NULL ? CHAT_LETTER_GROUP : CHAT_LETTER_LIST;
}

static size_t
letter_write(unsigned char *entry, size_t size, const struct chat_letter *letter)
{
	struct pack p;

	pack_init(&p, entry, size);
	pack_u8(&p, LETTER_VERSION);
	pack_u8(&p, (uint8_t)(letter->kind | (letter->file ? LETTER_FILE : 0)));
	pack_u64(&p, letter->epoch);
	pack_u32(&p, letter->slot);
	pack_u64(&p, letter->ticket);
	pack_u64(&p, letter->from_id);
	chat_pack_text(&p, letter->from);
	chat_pack_text(&p, letter->from_name);
	chat_pack_text(&p, letter->to);
	chat_pack_text(&p, letter->text);
	if (letter->file) {
		pack_u64(&p, letter->file_id);
		pack_u64(&p, letter->size);
		pack_raw(&p, letter->hash, sizeof(letter->hash));
	}
	return p.overflow ? 0 : p.len;
}

enum chat_result
chat_letter_epoch(struct chat *chat, uint64_t peer, uint64_t *epoch)
{
	unsigned char key[CHAT_KEY_STATE];

	chat_key_state(key, CHAT_STATE_EPOCH, peer);
	return chat_from_store(
	    store_get_number(chat->store, STORE_LOG_STATE, key, sizeof(key), epoch));
}

static uint64_t
draw_epoch(void)
{
	uint64_t epoch = 0;

	while (epoch == 0)
		arc4random_buf(&epoch, sizeof(epoch));
	return epoch;
}

/* The epoch is to be what it was; the very first letter makes it. */
static void
tx_epoch(struct store_tx *tx, uint64_t peer, uint64_t before, uint64_t after)
{
	unsigned char key[CHAT_KEY_STATE], old[EPOCH_RECORD], new[EPOCH_RECORD];

	chat_key_state(key, CHAT_STATE_EPOCH, peer);
	pack_put_u64(old, before);
	pack_put_u64(new, after);
	if (before == after)
		store_tx_expect(tx, STORE_LOG_STATE, key, sizeof(key), old, sizeof(old));
	else
		chat_key_swap(tx, STORE_LOG_STATE, key, sizeof(key), old,
		    before == 0 ? 0 : sizeof(old), new, sizeof(new));
}

static enum chat_result
try_put(struct chat *chat, const struct chat_peer *peer, struct chat_letter *letter,
    struct store_outcome *outcome)
{
	unsigned char entry[LETTER_RECORD];
	struct store_tx tx;
	uint64_t epoch;

	outcome->status = STORE_OK;
	if (chat_letter_epoch(chat, peer->id, &epoch) != CHAT_OK)
		return CHAT_FAILED;
	letter->epoch = epoch != 0 ? epoch : draw_epoch();
	size_t len = letter_write(entry, sizeof(entry), letter);
	if (len == 0)
		return CHAT_BAD_ARGUMENT;
	store_tx_init(&tx);
	tx_epoch(&tx, peer->id, epoch, letter->epoch);
	store_tx_append(&tx, peer->id, entry, len, 0, (uint64_t)chat->config->queue_max);
	store_commit(chat->store, &tx, outcome);
	return outcome->status == STORE_FULL ? CHAT_QUEUE_FULL : chat_from_store(outcome->status);
}

enum chat_result
chat_letter_put(struct chat *chat, const struct chat_peer *peer, struct chat_letter *letter,
    uint64_t *number)
{
	struct store_outcome outcome = { .status = STORE_CONFLICT };
	enum chat_result result = CHAT_FAILED;

	for (int i = 0; outcome.status == STORE_CONFLICT && i < TRIES; i++)
		result = try_put(chat, peer, letter, &outcome);
	*number = outcome.value;
	if (result == CHAT_OK)
		chat_push_bridge(chat);
	return result;
}

enum chat_result
chat_letter_renew(struct chat *chat, uint64_t peer)
{
	enum store_status status = STORE_CONFLICT;
	struct store_tx tx;
	uint64_t epoch;

	for (int i = 0; status == STORE_CONFLICT && i < TRIES; i++) {
		if (chat_letter_epoch(chat, peer, &epoch) != CHAT_OK)
			return CHAT_FAILED;
		store_tx_init(&tx);
		tx_epoch(&tx, peer, epoch, draw_epoch());
		status = store_commit(chat->store, &tx, NULL);
	}
	return chat_from_store(status);
}
