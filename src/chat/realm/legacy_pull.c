/*
 * chat_legacy_pull: each known message (chat_known) since the last pull answers for one copy of the
 * same text. So no message is shown twice, or to another user, and a text that was written twice is
 * read twice.
 */
#include "chat/realm/legacy_pull.h"

#include <bsd/stdlib.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/log.h"
#include "base/vector.h"
#include "chat/realm/known.h"
#include "chat/realm/log.h"
#include "chat/realm/remote_log.h"
#include "chat/realm/remote_user.h"
#include "chat/table.h"
#include "chat/user.h"

#define PIECE 4096 /* characters of BASE64 that are decoded at a time */

#define SOURCES 2 /* the logs of messages to the user here, and to the namesake there */

struct pull {
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

/* Clients and servers put white space around a text. */
static struct chat_text
trim_text(struct chat_text text)
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

/* Passes over the notes at the end of a log: their messages may be on the way. */
static enum chat_result
pass_over_notes(struct chat *chat, uint64_t log, uint64_t *last)
{
	struct chat_message message;
	struct store_entry entry;
	enum store_status status;

	for (; *last > 0; (*last)--) {
		status = chat_log_entry(chat, log, *last, &entry);
		if (status == STORE_FAILED)
			return CHAT_FAILED;
		if (status != STORE_OK || chat_message_read(&message, entry.data, entry.len) != 0 ||
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
		result = pass_over_notes(chat, log, &until->sent);
	return result;
}

/* Whether a sender is shown by the full name. Remote users' full names are not known here. */
static bool
is_full_name(const struct pull *pull, struct chat_text from)
{
	return !pull->by_name || !name_valid(from.data, from.len);
}

/*
 * Pairs copies with known messages that answer for them: of the same sender, or of any for a copy
 * that shows the full name. The number of pairs.
 */
static size_t
pair_up(struct pull *pull, struct chat_known_source *source, bool same_sender)
{
	size_t n = 0;

	for (size_t i = 0; i < pull->n_list; i++) {
		struct chat_legacy_pull *item = &pull->list[i];

		if (item->known || (!same_sender && !is_full_name(pull, item->from)))
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

/* Remote users whom the peer may show by the same full name. */
struct others {
	const struct pull *pull;
	uint64_t *list;
	size_t n;
	bool failed;
};

static int
add_other(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct others *others = arg;
	const struct pull *pull = others->pull;
	struct chat_remote_user person;

	if (chat_remote_user_parse(key, key_len, value, len, &person) != CHAT_REMOTE_USER_ID ||
	    person.peer != pull->peer->id || person.id == pull->sources[SOURCES - 1].log)
		return 0;
	uint64_t *added = vector_add(&others->list, &others->n, sizeof(*added));

	if (added == NULL) {
		others->failed = true;
		return 1;
	}
	*added = person.id;
	return 0;
}

/* Pairs with another remote user's messages. One that has answered is noted, to answer once. */
static enum chat_result
pair_with(struct pull *pull, uint64_t log)
{
	struct chat_known_source source = { .log = log, .sent = true };
	enum chat_result result = chat_known_read(pull->chat, &source);

	if (result == CHAT_OK && pair_up(pull, &source, true) > 0)
		for (size_t i = 0; i < source.n && result == CHAT_OK; i++)
			if (source.list[i].answered)
				result =
				    chat_legacy_spool_spent(pull->chat, log, source.list[i].text);
	free(source.list);
	return result;
}

/*
 * Such a server has one queue for all of its users of one full name, so that a copy may be of a
 * message to another of them. Only the sender tells which.
 */
static enum chat_result
pair_with_others(struct pull *pull)
{
	struct others others = { .pull = pull };
	enum chat_result result = CHAT_OK;
	bool all = true;

	for (size_t i = 0; i < pull->n_list; i++)
		all &= pull->list[i].known;
	if (all || pull->by_name)
		return CHAT_OK;
	if (store_each(pull->chat->store, CHAT_TABLE_REMOTE_USERS, add_other, &others) != 0 ||
	    others.failed)
		result = CHAT_FAILED;
	for (size_t i = 0; i < others.n && result == CHAT_OK; i++)
		result = pair_with(pull, others.list[i]);
	free(others.list);
	return result;
}

/* Makes a user name of a full name, for a sender whose user name is unknown. */
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

/* The user name behind a full name, if a known message shows both; else "". */
static struct chat_text
find_sender(const struct pull *pull, struct chat_text from)
{
	for (size_t i = 0; i < pull->n_list; i++) {
		const struct chat_legacy_pull *item = &pull->list[i];

		if (item->known && item->from.len == from.len &&
		    memcmp(item->from.data, from.data, from.len) == 0)
			return (struct chat_text){ .data = item->user, .len = item->user_len };
	}
	return chat_text("");
}

/* Keeps the content of a file. If that succeeds, the caller ends the body. */
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
deliver_file(const struct pull *pull, struct chat_inbound *inbound, struct chat_text content)
{
	struct chat_blob body;
	enum chat_result result = chat_file_name(inbound->outbound.text, &inbound->outbound.text);

	if (result == CHAT_OK)
		result = keep_content(pull->chat, content, &body);
	if (result != CHAT_OK)
		return result;
	inbound->outbound.size = body.size;
	memcpy(inbound->outbound.hash, body.hash, sizeof(body.hash));
	result = chat_legacy_deliver(pull->chat, pull->peer, inbound);
	chat_blob_end(&body);
	return result;
}

static enum chat_result
store_message(const struct pull *pull, const struct chat_legacy_pull *item)
{
	struct chat_inbound inbound = { .pulled = true,
		.outbound = { .kind = CHAT_OUTBOUND_USER,
		    .file = item->file,
		    .from_name = item->from,
		    .to = pull->user,
		    .text = trim_text(item->text) } };
	const struct chat_text sender = find_sender(pull, item->from);
	char name[NAME_MAX_BYTES];
	size_t len;

	if (sender.len > 0)
		inbound.outbound.from = sender;
	else if (name_from(name, &len, item->from))
		inbound.outbound.from = (struct chat_text){ .data = name, .len = len };
	else
		return CHAT_BAD_ARGUMENT;
	return item->file ? deliver_file(pull, &inbound, item->content)
	                  : chat_legacy_deliver(pull->chat, pull->peer, &inbound);
}

/* The peer keeps no copy any more, so that a bad entry must not stop the others. */
static enum chat_result
store_all(const struct pull *pull, uint64_t *stored)
{
	for (size_t i = 0; i < pull->n_list; i++) {
		const struct chat_legacy_pull *item = &pull->list[i];
		enum chat_result result = item->known ? CHAT_OK : store_message(pull, item);

		if (result == CHAT_FAILED || result == CHAT_NO_SPACE)
			return result;
		if (result != CHAT_OK)
			log_warnx("%s: a message that it kept for %.*s cannot be stored: %s",
			    pull->peer->name, (int)pull->user.len, pull->user.data,
			    chat_strerror(result));
		*stored += !item->known && result == CHAT_OK;
	}
	return CHAT_OK;
}

static enum chat_result
run_pull(struct pull *pull, uint64_t *stored)
{
	enum chat_result result = CHAT_OK;
	struct store_tx tx;

	for (size_t i = 0; i < SOURCES && result == CHAT_OK; i++)
		result = chat_known_read(pull->chat, &pull->sources[i]);
	if (result != CHAT_OK)
		return result;
	for (size_t i = 0; i < 2 * SOURCES; i++)
		(void)pair_up(pull, &pull->sources[i % SOURCES], i < SOURCES);
	result = pair_with_others(pull);
	if (result == CHAT_OK)
		result = store_all(pull, stored);
	store_tx_init(&tx);
	for (size_t i = 0; i < SOURCES; i++)
		chat_known_tx(&tx, &pull->sources[i]);
	return result == CHAT_OK && tx.steps > 0
	    ? chat_from_store(store_commit(pull->chat->store, &tx, NULL))
	    : result;
}

enum chat_result
chat_legacy_pull_store(struct chat *chat, const struct chat_peer *peer, struct chat_text name,
    bool by_name, struct chat_legacy_pull *list, size_t n,
    const struct chat_legacy_pull_until *until, uint64_t *stored)
{
	struct pull pull = { .chat = chat,
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
		    ? chat_remote_log_make(chat, user.id, peer->id, &pull.sources[0].log)
		    : chat_remote_log_find(chat, user.id, peer->id, &pull.sources[0].log);
	if (result == CHAT_OK)
		result = chat_legacy_spool_log(chat, peer, name, &pull.sources[1].log);
	if (result == CHAT_OK)
		result = run_pull(&pull, stored);
	for (size_t i = 0; i < SOURCES; i++)
		free(pull.sources[i].list);
	return result;
}
