/*
 * chat_legacy_pair: each known message (chat_known) since the last pull answers for one copy of the
 * same text. So no message is shown twice, or to another user, and a text that was written twice is
 * read twice. A pass looks for the senders of the copies in one log, then for copies whose senders
 * are shown by full names.
 */
#include "chat/realm/legacy_pair.h"

#include <stdlib.h>
#include <string.h>

#include "base/vector.h"
#include "chat/realm/remote_user.h"
#include "chat/table.h"

#define SOURCES CHAT_LEGACY_PAIR_SOURCES
#define OTHERS  (2 * SOURCES) /* the first pass over another remote user's messages */

enum chat_result
chat_legacy_pair_begin(struct chat_legacy_pair *pair)
{
	enum chat_result result = CHAT_OK;

	for (size_t i = 0; i < SOURCES && result == CHAT_OK; i++)
		result = chat_known_read(pair->chat, &pair->sources[i]);
	return result;
}

static void
free_source(struct chat_known_source *source)
{
	free(source->list);
	*source = (struct chat_known_source){ .log = 0 };
}

void
chat_legacy_pair_free(struct chat_legacy_pair *pair)
{
	for (size_t i = 0; i < SOURCES; i++)
		free_source(&pair->sources[i]);
	free_source(&pair->other);
	free(pair->others);
	pair->others = NULL;
}

void
chat_legacy_pair_list(struct chat_legacy_pair *pair, struct chat_legacy_copy *list, size_t n,
    bool by_name)
{
	pair->list = list;
	pair->n_list = n;
	pair->by_name = by_name;
	pair->pass = 0;
	pair->at = 0;
}

/* Whether a sender is shown by the full name. Remote users' full names are not known here. */
static bool
is_full_name(const struct chat_legacy_pair *pair, struct chat_text from)
{
	return !pair->by_name || !name_valid(from.data, from.len);
}

/* Pairs a copy with a known message of the same sender, or of any if it shows the full name. */
static void
pair_copy(struct chat_legacy_pair *pair, struct chat_legacy_copy *copy)
{
	bool same_sender = pair->pass < SOURCES || pair->pass >= OTHERS;
	struct chat_known_source *source =
	    pair->pass < OTHERS ? &pair->sources[pair->pass % SOURCES] : &pair->other;
	const struct chat_known *twin;

	if (copy->known || (!same_sender && !is_full_name(pair, copy->from)))
		return;
	twin = chat_known_answer(source, copy->sum, same_sender ? &copy->from : NULL);
	if (twin == NULL)
		return;
	copy->known = true;
	copy->user_len = twin->from_len;
	memcpy(copy->user, twin->from, twin->from_len);
}

static int
add_other(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct chat_legacy_pair *pair = arg;
	struct chat_remote_user person;
	uint64_t *added;

	if (chat_remote_user_parse(key, key_len, value, len, &person) != CHAT_REMOTE_USER_ID ||
	    person.peer != pair->peer->id || person.id == pair->sources[SOURCES - 1].log)
		return 0;
	if (pair->n_others == CHAT_LEGACY_PAIR_OTHERS)
		return 1;
	added = vector_add(&pair->others, &pair->n_others, sizeof(*added));
	if (added == NULL)
		return 1;
	*added = person.id;
	return 0;
}

/*
 * Such a server has one queue for all of its users of one full name, so that a copy may be of a
 * message to another of them. Only the sender tells which.
 */
static bool
needs_others(const struct chat_legacy_pair *pair)
{
	for (size_t i = 0; i < pair->n_list; i++)
		if (!pair->list[i].known)
			return !pair->by_name;
	return false;
}

/* Notes the next message of another remote user that has answered, so that it answers once. */
static enum chat_result
note_spent(struct chat_legacy_pair *pair, bool *any)
{
	const struct chat_known_source *other = &pair->other;

	*any = false;
	while (pair->spent_at < other->n) {
		const struct chat_known *known = &other->list[pair->spent_at++];

		if (!known->answered)
			continue;
		*any = true;
		return chat_legacy_spool_spent(pair->chat, other->log, known->text);
	}
	return CHAT_OK;
}

/* Turns to the next pass. *done: there is none. */
static enum chat_result
next_pass(struct chat_legacy_pair *pair, bool *done)
{
	size_t index;

	pair->at = pair->spent_at = 0;
	free_source(&pair->other);
	if (++pair->pass < OTHERS)
		return CHAT_OK;
	*done = !needs_others(pair);
	if (!*done && !pair->others_known &&
	    store_each(pair->chat->store, CHAT_TABLE_REMOTE_USERS, add_other, pair) != 0)
		return CHAT_FAILED;
	pair->others_known = true;
	index = pair->pass - OTHERS;
	*done |= index >= pair->n_others;
	if (*done)
		return CHAT_OK;
	pair->other = (struct chat_known_source){ .log = pair->others[index], .sent = true };
	return chat_known_read(pair->chat, &pair->other);
}

enum chat_result
chat_legacy_pair_step(struct chat_legacy_pair *pair, bool *done)
{
	enum chat_result result = CHAT_OK;
	bool any = false;

	*done = false;
	if (pair->at < pair->n_list) {
		pair_copy(pair, &pair->list[pair->at++]);
		return CHAT_OK;
	}
	if (pair->pass >= OTHERS)
		result = note_spent(pair, &any);
	return result == CHAT_OK && !any ? next_pass(pair, done) : result;
}

enum chat_result
chat_legacy_pair_end(struct chat_legacy_pair *pair, bool whole)
{
	struct store_tx tx;

	store_tx_init(&tx);
	for (size_t i = 0; i < SOURCES; i++) {
		if (!whole)
			pair->sources[i].until = pair->sources[i].since;
		chat_known_tx(&tx, &pair->sources[i]);
	}
	return tx.steps > 0 ? chat_from_store(store_commit(pair->chat->store, &tx, NULL)) : CHAT_OK;
}

struct chat_text
chat_legacy_pair_sender(const struct chat_legacy_pair *pair, struct chat_text from)
{
	for (size_t i = 0; i < pair->n_list; i++) {
		const struct chat_legacy_copy *copy = &pair->list[i];

		if (copy->known && copy->from.len == from.len &&
		    memcmp(copy->from.data, from.data, from.len) == 0)
			return (struct chat_text){ .data = copy->user, .len = copy->user_len };
	}
	return chat_text("");
}
