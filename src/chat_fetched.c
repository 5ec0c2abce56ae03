/*
 * chat_fetched: what an older server hands over when it is asked. Each delivery since the last time
 * answers for one copy of the same text, so that nothing is shown twice, and who writes the same
 * twice is read twice. A number beside the log says how far deliveries have done that.
 */
#include "chat_fetched.h"

#include <bsd/stdlib.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base64.h"
#include "chat_key.h"
#include "chat_origin.h"
#include "chat_user.h"
#include "log.h"

#define DELIVERIES_MAX 16384 /* that are looked at, the newest */
#define PIECE          4096  /* characters of BASE64 at a time */
#define FNV_OFFSET     UINT64_C(14695981039346656037)
#define FNV_PRIME      UINT64_C(1099511628211)

/* Something that was delivered; known by its hash, for there may be much of it. */
struct delivery {
	uint64_t number; /* in the log */
	uint64_t text;
	char from[NAME_MAX_BYTES];
	size_t from_len;
	bool taken; /* it has answered for a copy, or is none */
};

struct take {
	struct chat *chat;
	const struct chat_peer *peer;
	struct chat_text user;
	uint64_t log;
	bool by_name;
	struct delivery *deliveries;
	size_t n;
	struct chat_fetched *list;
	size_t n_list;
};

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static uint64_t
hash_byte(uint64_t hash, unsigned char byte)
{
	return (hash ^ byte) * FNV_PRIME;
}

/* Such servers put a text together anew from its words when they deliver it. */
static uint64_t
hash_text(struct chat_text text, bool file)
{
	uint64_t hash = hash_byte(FNV_OFFSET, file);
	bool between = false, begun = false;

	for (size_t i = 0; i < text.len; i++) {
		if (is_space(text.data[i])) {
			between = begun;
			continue;
		}
		if (between)
			hash = hash_byte(hash, ' ');
		hash = hash_byte(hash, (unsigned char)text.data[i]);
		between = false;
		begun = true;
	}
	return hash;
}

/* What clients and servers put around a text. */
static struct chat_text
bare(struct chat_text text)
{
	while (text.len > 0 && is_space(text.data[0])) {
		text.data++;
		text.len--;
	}
	while (text.len > 0 && is_space(text.data[text.len - 1]))
		text.len--;
	return text;
}

enum chat_result
chat_fetched_begin(struct chat *chat, const struct chat_peer *peer, struct chat_text name,
    uint64_t *delivered)
{
	struct store_log_info info = { .last = 0 };
	struct chat_user user;
	uint64_t log = 0;
	enum chat_result result = chat_user_find(chat, name, &user);

	if (result == CHAT_OK)
		result = chat_origin_find(chat, user.id, peer->id, &log);
	if (result == CHAT_OK && log != 0)
		result = chat_from_store(store_log_info(chat->store, log, &info));
	*delivered = info.last;
	return result;
}

static void
add_delivery(struct take *take, const struct store_entry *entry)
{
	struct delivery *delivery = &take->deliveries[take->n++];
	struct chat_message message;
	bool good = chat_message_read(&message, entry->data, entry->len) == 0 &&
	    message.from.len <= sizeof(delivery->from);

	*delivery = (struct delivery){ .number = entry->number, .taken = !good || message.fetched };
	if (delivery->taken)
		return;
	delivery->text = hash_text(message.text, message.file);
	delivery->from_len = message.from.len;
	memcpy(delivery->from, message.from.data, message.from.len);
}

/* What was delivered since a number. */
static enum chat_result
find_deliveries(struct take *take, uint64_t since)
{
	struct store *store = take->chat->store;
	struct store_log_info info;
	struct store_reader reader;
	struct store_entry entry;
	uint64_t seq;
	enum store_status status = store_log_info(store, take->log, &info);

	if (status != STORE_OK)
		return CHAT_FAILED;
	if (info.last > DELIVERIES_MAX && since < info.last - DELIVERIES_MAX)
		since = info.last - DELIVERIES_MAX;
	if (info.last <= since)
		return CHAT_OK;
	take->deliveries = calloc((size_t)(info.last - since), sizeof(*take->deliveries));
	if (take->deliveries == NULL)
		return CHAT_FAILED;
	status = store_reader_init(&reader, store, take->log, since);
	while (status == STORE_OK && take->n < info.last - since) {
		status = store_reader_peek(&reader, &seq);
		if (status != STORE_OK)
			break;
		status = store_entry(store, seq, &entry);
		if (status == STORE_OK)
			add_delivery(take, &entry);
		status = status == STORE_FAILED ? STORE_FAILED : STORE_OK;
		store_reader_skip(&reader);
	}
	return status == STORE_FAILED ? CHAT_FAILED : CHAT_OK;
}

static bool
is_from(const struct delivery *delivery, struct chat_text from)
{
	return delivery->from_len == from.len &&
	    strncasecmp(delivery->from, from.data, from.len) == 0;
}

/* Whether a sender is shown by the full name, of which nothing is known here. */
static bool
is_full_name(const struct take *take, struct chat_text from)
{
	return !take->by_name || !name_valid(from.data, from.len);
}

/* Has deliveries answer for copies: of the same sender, or of one whom only a full name tells. */
static void
pair_up(struct take *take, bool same_sender)
{
	for (size_t i = 0; i < take->n_list; i++) {
		struct chat_fetched *item = &take->list[i];
		uint64_t hash = hash_text(item->text, item->file);

		if (!same_sender && !is_full_name(take, item->from))
			continue;
		for (size_t j = 0; j < take->n && !item->known; j++) {
			struct delivery *delivery = &take->deliveries[j];

			if (delivery->taken || delivery->text != hash ||
			    (same_sender && !is_from(delivery, item->from)))
				continue;
			delivery->taken = item->known = true;
			item->twin = j;
		}
	}
}

/* Makes a user name of a full one, as registering does it the other way round. */
static bool
name_from(char name[NAME_MAX_BYTES], size_t *len, struct chat_text full)
{
	*len = full.len < NAME_MAX_BYTES ? full.len : NAME_MAX_BYTES;
	for (size_t i = 0; i < *len; i++)
		name[i] = name_valid(full.data + i, 1) ||
		        (i > 0 && (full.data[i] == '.' || full.data[i] == '-'))
		    ? full.data[i]
		    : '_';
	return name_valid(name, *len) && !name_reserved(name, *len);
}

/* Whose user name that is, if anything by the same full name was delivered, too. */
static const struct delivery *
find_sender(const struct take *take, struct chat_text from)
{
	for (size_t i = 0; i < take->n_list; i++) {
		const struct chat_fetched *item = &take->list[i];

		if (item->known && item->from.len == from.len &&
		    memcmp(item->from.data, from.data, from.len) == 0)
			return &take->deliveries[item->twin];
	}
	return NULL;
}

/* Keeps the content of a file; the body is then to be ended. */
static enum chat_result
keep_content(struct chat *chat, struct chat_text content, struct chat_body *body)
{
	unsigned char bytes[BASE64_DECODED_MAX(PIECE)];
	struct base64_decoder decoder;
	enum chat_result result = chat_body_begin(chat->config, body);

	if (result != CHAT_OK)
		return result;
	base64_decode_init(&decoder);
	for (size_t at = 0; at < content.len && result == CHAT_OK; at += PIECE) {
		size_t len = content.len - at < PIECE ? content.len - at : PIECE;
		ssize_t n = base64_decode(&decoder, content.data + at, len, bytes, sizeof(bytes));

		result = n < 0 ? CHAT_BAD_ARGUMENT : chat_body_write(body, bytes, (size_t)n);
		if (result == CHAT_OK && body->size > chat->config->file_max)
			result = CHAT_TOO_BIG;
	}
	if (result == CHAT_OK && base64_decode_end(&decoder) != 0)
		result = CHAT_BAD_ARGUMENT;
	if (result == CHAT_OK)
		result = chat_body_keep(chat->config, body);
	if (result != CHAT_OK)
		chat_body_end(body);
	return result;
}

static enum chat_result
deliver_file(const struct take *take, struct chat_arrival *arrival, struct chat_text content)
{
	struct chat_body body;
	enum chat_result result = chat_file_name(arrival->letter.text, &arrival->letter.text);

	if (result == CHAT_OK)
		result = keep_content(take->chat, content, &body);
	if (result != CHAT_OK)
		return result;
	arrival->letter.size = body.size;
	memcpy(arrival->letter.hash, body.hash, sizeof(body.hash));
	result = chat_legacy_deliver(take->chat, take->peer, arrival);
	chat_body_end(&body);
	return result;
}

static enum chat_result
store(const struct take *take, const struct chat_fetched *item)
{
	struct chat_arrival arrival = { .fetched = true,
		.letter = { .kind = CHAT_LETTER_USER,
		    .file = item->file,
		    .from_name = item->from,
		    .to = take->user,
		    .text = bare(item->text) } };
	const struct delivery *other = find_sender(take, item->from);
	char name[NAME_MAX_BYTES];
	size_t len;

	if (other != NULL)
		arrival.letter.from =
		    (struct chat_text){ .data = other->from, .len = other->from_len };
	else if (name_from(name, &len, item->from))
		arrival.letter.from = (struct chat_text){ .data = name, .len = len };
	else
		return CHAT_BAD_ARGUMENT;
	return item->file ? deliver_file(take, &arrival, item->content)
	                  : chat_legacy_deliver(take->chat, take->peer, &arrival);
}

/* What the other server held is nowhere else any more, so that one entry shall not spoil others. */
static enum chat_result
store_all(const struct take *take, uint64_t *stored)
{
	for (size_t i = 0; i < take->n_list; i++) {
		const struct chat_fetched *item = &take->list[i];
		enum chat_result result = item->known ? CHAT_OK : store(take, item);

		if (result == CHAT_FAILED || result == CHAT_NO_SPACE)
			return result;
		if (result != CHAT_OK)
			log_warnx("%s: something that it held for %.*s cannot be kept: %s",
			    take->peer->name, (int)take->user.len, take->user.data,
			    chat_strerror(result));
		*stored += !item->known && result == CHAT_OK;
	}
	return CHAT_OK;
}

/*
 * Deliveries up to here have had their say: those that were there before the other server was
 * asked, and what came right after and was among what it handed over.
 */
static enum chat_result
advance(const struct take *take, uint64_t delivered)
{
	unsigned char key[CHAT_KEY_STATE];
	struct store_tx tx;

	for (size_t i = 0; i < take->n; i++)
		if (take->deliveries[i].number == delivered + 1 && take->deliveries[i].taken)
			delivered++;
	chat_key_state(key, CHAT_STATE_FETCHED, take->log);
	store_tx_init(&tx);
	store_tx_advance(&tx, STORE_LOG_STATE, key, sizeof(key), delivered);
	return chat_from_store(store_commit(take->chat->store, &tx, NULL));
}

static enum chat_result
run(struct take *take, uint64_t delivered, uint64_t *stored)
{
	unsigned char key[CHAT_KEY_STATE];
	uint64_t since;
	enum chat_result result;

	chat_key_state(key, CHAT_STATE_FETCHED, take->log);
	if (store_get_number(take->chat->store, STORE_LOG_STATE, key, sizeof(key), &since) !=
	    STORE_OK)
		return CHAT_FAILED;
	result = find_deliveries(take, since);
	if (result != CHAT_OK)
		return result;
	pair_up(take, true);
	pair_up(take, false);
	result = store_all(take, stored);
	return result == CHAT_OK ? advance(take, delivered) : result;
}

enum chat_result
chat_fetched_take(struct chat *chat, const struct chat_peer *peer, struct chat_text name,
    bool by_name, struct chat_fetched *list, size_t n, uint64_t delivered, uint64_t *stored)
{
	struct take take = { .chat = chat,
		.peer = peer,
		.user = name,
		.by_name = by_name,
		.list = list,
		.n_list = n };
	struct chat_user user;
	enum chat_result result = chat_user_find(chat, name, &user);

	*stored = 0;
	for (size_t i = 0; i < n; i++)
		list[i].known = false;
	if (result == CHAT_OK)
		result = n > 0 ? chat_origin_make(chat, user.id, peer->id, &take.log)
		               : chat_origin_find(chat, user.id, peer->id, &take.log);
	if (result == CHAT_OK && take.log != 0)
		result = run(&take, delivered, stored);
	free(take.deliveries);
	return result;
}
