/*
 * chat_legacy_pull: what an older server hands over when it is asked. Each message since the last
 * time that it delivered here, or was sent from here, answers for one copy of the same text: so
 * nothing is shown twice, or to somebody else, and who writes the same twice is read twice. A
 * number beside each of the two logs says how far that was done.
 */
#include "chat/realm/legacy_pull.h"

#include <bsd/stdlib.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/log.h"
#include "chat/realm/known.h"
#include "chat/realm/remote_log.h"
#include "chat/realm/remote_user.h"
#include "chat/user.h"

#define PIECE 4096 /* characters of BASE64 at a time */

#define SOURCES 2 /* of the user: what was delivered, what was sent to the namesake */

struct take {
	struct chat *chat;
	const struct chat_peer *peer;
	struct chat_text user;
	bool by_name;
	struct chat_known_source sources[SOURCES];
	struct chat_legacy_pull *list;
	size_t n_list;
};

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
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

static enum chat_result
log_end(struct chat *chat, uint64_t log, uint64_t *last)
{
	struct store_log_info info = { .last = 0 };
	enum chat_result result =
	    log == 0 ? CHAT_OK : chat_from_store(store_log_info(chat->store, log, &info));

	*last = info.last;
	return result;
}

/* The notes at the end of a log are those of what may be on its way. */
static enum chat_result
before_notes(struct chat *chat, uint64_t log, uint64_t *last)
{
	struct chat_message message;
	struct store_reader reader;
	struct store_entry entry;
	uint64_t seq;

	for (; *last > 0; (*last)--) {
		if (store_reader_init(&reader, chat->store, log, *last - 1) != STORE_OK)
			return CHAT_FAILED;
		if (store_reader_peek(&reader, &seq) != STORE_OK ||
		    store_entry(chat->store, seq, &entry) != STORE_OK ||
		    chat_message_read(&message, entry.data, entry.len) != 0 ||
		    message.kind != CHAT_DELAY)
			break;
	}
	return CHAT_OK;
}

enum chat_result
chat_legacy_pull_begin(struct chat *chat, const struct chat_peer *peer, struct chat_text name,
    bool sending, struct chat_legacy_pull_until *until)
{
	struct chat_user user;
	uint64_t log = 0;
	enum chat_result result = chat_user_find(chat, name, &user);

	*until = (struct chat_legacy_pull_until){ .delivered = 0 };
	if (result == CHAT_OK)
		result = chat_remote_log_find(chat, user.id, peer->id, &log);
	if (result == CHAT_OK)
		result = log_end(chat, log, &until->delivered);
	if (result == CHAT_OK)
		result = chat_legacy_spool_log(chat, peer, name, &log);
	if (result == CHAT_OK)
		result = log_end(chat, log, &until->sent);
	if (result == CHAT_OK && sending)
		result = before_notes(chat, log, &until->sent);
	return result;
}

/* Whether a sender is shown by the full name, of which nothing is known here. */
static bool
is_full_name(const struct take *take, struct chat_text from)
{
	return !take->by_name || !name_valid(from.data, from.len);
}

/*
 * Has what is known answer for copies: of the same sender, or of one whom only a full name tells.
 * How many it did.
 */
static size_t
pair_up(struct take *take, struct chat_known_source *source, bool same_sender)
{
	size_t n = 0;

	for (size_t i = 0; i < take->n_list; i++) {
		struct chat_legacy_pull *item = &take->list[i];

		if (item->known || (!same_sender && !is_full_name(take, item->from)))
			continue;
		const struct chat_known *twin =
		    chat_known_answer(source, item->sum, same_sender ? &item->from : NULL);
		if (twin == NULL)
			continue;
		item->known = true;
		item->user_len = twin->from_len;
		memcpy(item->user, twin->from, twin->from_len);
		n++;
	}
	return n;
}

/* Whom the other server may know by the same full name. */
struct others {
	const struct take *take;
	uint64_t *list;
	size_t n;
	size_t room;
	bool failed;
};

static int
add_other(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct others *others = arg;
	const struct take *take = others->take;
	struct chat_remote_user person;

	if (chat_remote_user_parse(key, key_len, value, len, &person) != CHAT_REMOTE_USER_ID ||
	    person.peer != take->peer->id || person.id == take->sources[SOURCES - 1].log)
		return 0;
	if (others->n == others->room) {
		size_t room = others->room == 0 ? 64 : others->room * 2;
		uint64_t *bigger = reallocarray(others->list, room, sizeof(*bigger));

		if (bigger == NULL) {
			others->failed = true;
			return 1;
		}
		others->list = bigger;
		others->room = room;
	}
	others->list[others->n++] = person.id;
	return 0;
}

/* What has answered here is to answer for nothing else. */
static enum chat_result
pair_with(struct take *take, uint64_t log)
{
	struct chat_known_source source = { .log = log, .sent = true };
	enum chat_result result = chat_known_find(take->chat, &source);

	if (result == CHAT_OK && pair_up(take, &source, true) > 0)
		for (size_t i = 0; i < source.n && result == CHAT_OK; i++)
			if (source.list[i].answered)
				result =
				    chat_legacy_spool_spent(take->chat, log, source.list[i].text);
	free(source.list);
	return result;
}

/*
 * Such a server has one queue for all of its users of one full name. So what was sent to another of
 * them may be among this, of which only the sender tells.
 */
static enum chat_result
pair_with_others(struct take *take)
{
	struct others others = { .take = take };
	enum chat_result result = CHAT_OK;
	bool all = true;

	for (size_t i = 0; i < take->n_list; i++)
		all &= take->list[i].known;
	if (all || take->by_name)
		return CHAT_OK;
	if (store_each(take->chat->store, STORE_REMOTE_USER, add_other, &others) != 0 ||
	    others.failed)
		result = CHAT_FAILED;
	for (size_t i = 0; i < others.n && result == CHAT_OK; i++)
		result = pair_with(take, others.list[i]);
	free(others.list);
	return result;
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

/* Whose user name that is, if anything by the same full name is known, too. */
static struct chat_text
find_sender(const struct take *take, struct chat_text from)
{
	for (size_t i = 0; i < take->n_list; i++) {
		const struct chat_legacy_pull *item = &take->list[i];

		if (item->known && item->from.len == from.len &&
		    memcmp(item->from.data, from.data, from.len) == 0)
			return (struct chat_text){ .data = item->user, .len = item->user_len };
	}
	return chat_text("");
}

/* Keeps the content of a file; the body is then to be ended. */
static enum chat_result
keep_content(struct chat *chat, struct chat_text content, struct chat_blob *body)
{
	unsigned char bytes[BASE64_DECODED_MAX(PIECE)];
	struct base64_decoder decoder;
	enum chat_result result = chat_blob_begin(chat->config, body);

	if (result != CHAT_OK)
		return result;
	base64_decode_init(&decoder);
	for (size_t at = 0; at < content.len && result == CHAT_OK; at += PIECE) {
		size_t len = content.len - at < PIECE ? content.len - at : PIECE;
		ssize_t n = base64_decode(&decoder, content.data + at, len, bytes, sizeof(bytes));

		result = n < 0 ? CHAT_BAD_ARGUMENT : chat_blob_write(body, bytes, (size_t)n);
		if (result == CHAT_OK && body->size > chat->config->file_max)
			result = CHAT_TOO_BIG;
	}
	if (result == CHAT_OK && base64_decode_end(&decoder) != 0)
		result = CHAT_BAD_ARGUMENT;
	if (result == CHAT_OK)
		result = chat_blob_keep(chat->config, body);
	if (result != CHAT_OK)
		chat_blob_end(body);
	return result;
}

static enum chat_result
deliver_file(const struct take *take, struct chat_inbound *inbound, struct chat_text content)
{
	struct chat_blob body;
	enum chat_result result = chat_file_name(inbound->outbound.text, &inbound->outbound.text);

	if (result == CHAT_OK)
		result = keep_content(take->chat, content, &body);
	if (result != CHAT_OK)
		return result;
	inbound->outbound.size = body.size;
	memcpy(inbound->outbound.hash, body.hash, sizeof(body.hash));
	result = chat_legacy_deliver(take->chat, take->peer, inbound);
	chat_blob_end(&body);
	return result;
}

static enum chat_result
store(const struct take *take, const struct chat_legacy_pull *item)
{
	struct chat_inbound inbound = { .fetched = true,
		.outbound = { .kind = CHAT_OUTBOUND_USER,
		    .file = item->file,
		    .from_name = item->from,
		    .to = take->user,
		    .text = bare(item->text) } };
	const struct chat_text sender = find_sender(take, item->from);
	char name[NAME_MAX_BYTES];
	size_t len;

	if (sender.len > 0)
		inbound.outbound.from = sender;
	else if (name_from(name, &len, item->from))
		inbound.outbound.from = (struct chat_text){ .data = name, .len = len };
	else
		return CHAT_BAD_ARGUMENT;
	return item->file ? deliver_file(take, &inbound, item->content)
	                  : chat_legacy_deliver(take->chat, take->peer, &inbound);
}

/* What the other server held is nowhere else any more, so that one entry shall not spoil others. */
static enum chat_result
store_all(const struct take *take, uint64_t *stored)
{
	for (size_t i = 0; i < take->n_list; i++) {
		const struct chat_legacy_pull *item = &take->list[i];
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

static enum chat_result
run(struct take *take, uint64_t *stored)
{
	enum chat_result result = CHAT_OK;
	struct store_tx tx;

	for (size_t i = 0; i < SOURCES && result == CHAT_OK; i++)
		result = chat_known_find(take->chat, &take->sources[i]);
	if (result != CHAT_OK)
		return result;
	for (size_t i = 0; i < 2 * SOURCES; i++)
		(void)pair_up(take, &take->sources[i % SOURCES], i < SOURCES);
	result = pair_with_others(take);
	if (result == CHAT_OK)
		result = store_all(take, stored);
	store_tx_init(&tx);
	for (size_t i = 0; i < SOURCES; i++)
		chat_known_tx(&tx, &take->sources[i]);
	return result == CHAT_OK && tx.steps > 0
	    ? chat_from_store(store_commit(take->chat->store, &tx, NULL))
	    : result;
}

enum chat_result
chat_legacy_pull_take(struct chat *chat, const struct chat_peer *peer, struct chat_text name,
    bool by_name, struct chat_legacy_pull *list, size_t n,
    const struct chat_legacy_pull_until *until, uint64_t *stored)
{
	struct take take = { .chat = chat,
		.peer = peer,
		.user = name,
		.by_name = by_name,
		.sources = { { .until = until->delivered },
		    { .until = until->sent, .sent = true } },
		.list = list,
		.n_list = n };
	struct chat_user user;
	enum chat_result result = chat_user_find(chat, name, &user);

	*stored = 0;
	for (size_t i = 0; i < n; i++) {
		list[i].known = false;
		list[i].sum = chat_legacy_spool_sum(list[i].text, list[i].file);
	}
	if (result == CHAT_OK)
		result = n > 0
		    ? chat_remote_log_make(chat, user.id, peer->id, &take.sources[0].log)
		    : chat_remote_log_find(chat, user.id, peer->id, &take.sources[0].log);
	if (result == CHAT_OK)
		result = chat_legacy_spool_log(chat, peer, name, &take.sources[1].log);
	if (result == CHAT_OK)
		result = run(&take, stored);
	for (size_t i = 0; i < SOURCES; i++)
		free(take.sources[i].list);
	return result;
}
