/*
 * chat_legacy_pull: the messages that were added are paired with known ones (chat_legacy_pair); the
 * rest is stored, many messages a transaction.
 */
#include "chat/realm/legacy_pull.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "chat/realm/legacy_pair.h"
#include "chat/realm/log.h"
#include "chat/realm/remote_log.h"
#include "chat/user.h"

#define WHITE " \t\n\v\f\r" /* clients and servers put it around a text */

enum phase { GATHERING, PAIRING, STORING };

struct chat_legacy_pull {
	struct chat_legacy_pair pair;
	const struct chat_peer *peer;
	char user[NAME_MAX_BYTES + 1];
	bool begun; /* the known messages are read */
	enum phase phase;
	bool by_name;
	struct chat_legacy_copy list[CHAT_LEGACY_PULL_ITEMS];
	size_t n;
	size_t at; /* the next one to be stored */
	size_t bytes;
	size_t files;
	uint64_t stored;
	uint64_t lost;
	enum chat_result why; /* the first one was lost */
};

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

bool
chat_legacy_pull_may(struct chat *chat, const struct chat_peer *peer)
{
	return chat_peer_pay(chat, peer->id, 0) == CHAT_OK;
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

struct chat_legacy_pull *
chat_legacy_pull_new(struct chat *chat, const struct chat_peer *peer, struct chat_text user,
    const struct chat_legacy_pull_until *until)
{
	struct chat_legacy_pull *pull = user.len > NAME_MAX_BYTES ? NULL : calloc(1, sizeof(*pull));

	if (pull == NULL)
		return NULL;
	memcpy(pull->user, user.data, user.len);
	pull->peer = peer;
	pull->by_name = true;
	pull->pair = (struct chat_legacy_pair){ .chat = chat,
		.peer = peer,
		.sources = { { .until = until->delivered },
		    { .until = until->sent, .sent = true } } };
	return pull;
}

static void
drop_copies(struct chat_legacy_pull *pull)
{
	for (size_t i = 0; i < pull->n; i++) {
		struct chat_legacy_copy *copy = &pull->list[i];

		if (copy->file != NULL)
			chat_blob_end(copy->file);
		free(copy->file);
		free(copy->bytes);
	}
	pull->n = pull->at = pull->bytes = pull->files = 0;
	pull->phase = GATHERING;
}

void
chat_legacy_pull_free(struct chat_legacy_pull *pull)
{
	if (pull == NULL)
		return;
	drop_copies(pull);
	chat_legacy_pair_free(&pull->pair);
	free(pull);
}

bool
chat_legacy_pull_full(const struct chat_legacy_pull *pull)
{
	return pull->phase != GATHERING || pull->n == CHAT_LEGACY_PULL_ITEMS ||
	    pull->bytes >= CHAT_LEGACY_PULL_BYTES || pull->files == CHAT_LEGACY_PULL_FILES;
}

uint64_t
chat_legacy_pull_stored(const struct chat_legacy_pull *pull)
{
	return pull->stored;
}

static void
lose_messages(struct chat_legacy_pull *pull, uint64_t count, enum chat_result why)
{
	if (pull->lost == 0)
		pull->why = why;
	pull->lost += count;
}

void
chat_legacy_pull_lose(struct chat_legacy_pull *pull, enum chat_result why)
{
	lose_messages(pull, 1, why);
}

void
chat_legacy_pull_add(struct chat_legacy_pull *pull, const struct chat_legacy_item *item,
    bool by_name)
{
	struct chat_legacy_copy *copy = &pull->list[pull->n];
	size_t len = item->from.len + item->text.len;
	char *bytes = chat_legacy_pull_full(pull) ? NULL : malloc(len + 1);

	if (bytes == NULL) {
		if (item->file != NULL)
			chat_blob_end(item->file);
		free(item->file);
		lose_messages(pull, 1, CHAT_FAILED);
		return;
	}
	memcpy(bytes, item->from.data, item->from.len);
	memcpy(bytes + item->from.len, item->text.data, item->text.len);
	*copy = (struct chat_legacy_copy){ .bytes = bytes,
		.from = { .data = bytes, .len = item->from.len },
		.text = { .data = bytes + item->from.len, .len = item->text.len },
		.file = item->file,
		.sum = chat_legacy_spool_sum(item->text, item->file != NULL) };
	pull->by_name &= by_name;
	pull->n++;
	pull->bytes += len;
	pull->files += item->file != NULL;
}

/* Before the first messages are looked at. */
static enum chat_result
begin_pairing(struct chat_legacy_pull *pull)
{
	struct chat_legacy_pair *pair = &pull->pair;
	struct chat_user user;
	enum chat_result result;

	if (pull->begun)
		return CHAT_OK;
	store_refresh(pair->chat->store);
	result = chat_user_find(pair->chat, chat_text(pull->user), &user);
	if (result == CHAT_OK)
		result = chat_remote_log_find(pair->chat, user.id, pull->peer->id,
		    &pair->sources[0].log);
	if (result == CHAT_OK)
		result = chat_legacy_spool_log(pair->chat, pull->peer, chat_text(pull->user),
		    &pair->sources[1].log);
	if (result == CHAT_OK)
		result = chat_legacy_pair_begin(pair);
	pull->begun = result == CHAT_OK;
	return result;
}

/* Fills in a message as it is delivered. False: its sender has no name that can be one here. */
static bool
make_inbound(const struct chat_legacy_pull *pull, const struct chat_legacy_copy *copy,
    struct chat_inbound *inbound, char name[NAME_MAX_BYTES])
{
	const struct chat_text sender = chat_legacy_pair_sender(&pull->pair, copy->from);
	size_t len;

	*inbound = (struct chat_inbound){ .pulled = true,
		.outbound = { .kind = CHAT_OUTBOUND_USER,
		    .file = copy->file != NULL,
		    .from = sender,
		    .from_name = copy->from,
		    .to = chat_text(pull->user),
		    .text = chat_text_trim(copy->text, WHITE) } };
	if (sender.len > 0)
		return true;
	inbound->outbound.from = (struct chat_text){ .data = name };
	if (!name_from(name, &len, copy->from))
		return false;
	inbound->outbound.from.len = len;
	return true;
}

static enum chat_result
store_file(struct chat_legacy_pull *pull, const struct chat_legacy_copy *copy)
{
	struct chat *chat = pull->pair.chat;
	struct chat_inbound inbound;
	char name[NAME_MAX_BYTES];
	enum chat_result result;

	if (!make_inbound(pull, copy, &inbound, name))
		return CHAT_BAD_ARGUMENT;
	result = chat_file_name(inbound.outbound.text, &inbound.outbound.text);
	if (result == CHAT_OK)
		result = chat_blob_keep(chat->config, copy->file);
	if (result != CHAT_OK)
		return result;
	inbound.outbound.size = copy->file->size;
	memcpy(inbound.outbound.hash, copy->file->hash, sizeof(copy->file->hash));
	return chat_legacy_deliver(chat, pull->peer, &inbound);
}

/* The peer keeps no copy any more, so that a bad message must not stop the others. */
static enum chat_result
count_result(struct chat_legacy_pull *pull, uint64_t count, enum chat_result result)
{
	if (result == CHAT_OK)
		pull->stored += count;
	else
		lose_messages(pull, count, result);
	return chat_is_failure(result) || result == CHAT_NO_USER ? result : CHAT_OK;
}

/* Stores the messages that come next, as many as fit into one transaction, up to a file. */
static enum chat_result
store_messages(struct chat_legacy_pull *pull)
{
	struct chat_inbound inbounds[CHAT_LEGACY_TOGETHER];
	char names[CHAT_LEGACY_TOGETHER][NAME_MAX_BYTES];
	size_t places[CHAT_LEGACY_TOGETHER], n = 0, at, taken = 0;
	enum chat_result result;

	for (at = pull->at; at < pull->n && n < CHAT_LEGACY_TOGETHER; at++) {
		const struct chat_legacy_copy *copy = &pull->list[at];

		bool good;

		if (copy->known)
			continue;
		good = copy->file == NULL && make_inbound(pull, copy, &inbounds[n], names[n]);
		if (good)
			places[n++] = at;
		else if (n > 0 || copy->file != NULL)
			break;
		else
			lose_messages(pull, 1, CHAT_BAD_ARGUMENT);
	}
	pull->at = at;
	if (n == 0)
		return CHAT_OK;
	result = chat_legacy_deliver_some(pull->pair.chat, pull->peer, inbounds, n, &taken);
	if (result != CHAT_OK)
		taken = n;
	else if (taken < n)
		pull->at = places[taken];
	for (size_t i = 0; i < taken; i++)
		if (result == CHAT_OK && inbounds[i].refused != CHAT_REASON_NONE)
			lose_messages(pull, 1, chat_reason_result(inbounds[i].refused));
		else
			(void)count_result(pull, 1, result);
	return count_result(pull, 0, result);
}

static enum chat_result
store_next(struct chat_legacy_pull *pull)
{
	const struct chat_legacy_copy *copy = &pull->list[pull->at];

	if (copy->known || copy->file == NULL)
		return store_messages(pull);
	pull->at++;
	return count_result(pull, 1, store_file(pull, copy));
}

/* Does one short piece of work. */
static enum chat_result
work(struct chat_legacy_pull *pull)
{
	enum chat_result result = CHAT_OK;
	bool done = false;

	switch (pull->phase) {
	case GATHERING:
		result = begin_pairing(pull);
		chat_legacy_pair_list(&pull->pair, pull->list, pull->n, pull->by_name);
		pull->phase = PAIRING;
		break;
	case PAIRING:
		result = chat_legacy_pair_step(&pull->pair, &done);
		if (done)
			pull->phase = STORING;
		break;
	case STORING:
		if (pull->at < pull->n)
			result = store_next(pull);
		if (pull->at >= pull->n)
			drop_copies(pull);
		break;
	}
	return result;
}

enum chat_result
chat_legacy_pull_step(struct chat_legacy_pull *pull, int64_t until_us, bool *more)
{
	enum chat_result result = CHAT_OK;

	*more = pull->n > 0;
	while (*more && result == CHAT_OK) {
		result = work(pull);
		*more = pull->n > 0;
		if (clock_monotonic_us() >= until_us)
			break;
	}
	return result;
}

enum chat_result
chat_legacy_pull_end(struct chat_legacy_pull *pull, bool whole)
{
	enum chat_result result = begin_pairing(pull);

	if (pull->lost > 0)
		log_warnx("%s: %" PRIu64 " messages that it kept for %s cannot be stored: %s",
		    pull->peer->name, pull->lost, pull->user, chat_strerror(pull->why));
	return result == CHAT_OK ? chat_legacy_pair_end(&pull->pair, whole) : result;
}
