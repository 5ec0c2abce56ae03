/* chat_list: the conversations of a user. */
#include "chat/history/list.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/vector.h"
#include "chat/block.h"
#include "chat/choice.h"
#include "chat/group.h"
#include "chat/history/logs.h"
#include "chat/history/presence.h"
#include "chat/member.h"
#include "chat/message.h"
#include "chat/realm/remote_log.h"
#include "store/store_admin.h"

#define MAP_FROM 100 /* conversations */

struct making {
	struct chat *chat;
	const struct chat_user *user;
	struct chat_list *list;
	uint64_t *online; /* ids of users */
	size_t n_online;
	bool blocks; /* the user blocks somebody */
	struct chat_remote_log_hint hint;
};

/* Whether an entry of a group's log counts as unread: what is own or not shown does not. */
static bool
is_by_others(const struct making *making, uint64_t seq)
{
	struct chat_message message;
	struct store_entry entry;

	return store_entry(making->chat->store, seq, &entry) == STORE_OK &&
	    chat_message_read(&message, entry.data, entry.len) == 0 &&
	    message.from_id != making->user->id &&
	    (!making->blocks ||
	        chat_message_judge(making->chat, making->user->id, &message) == CHAT_OK);
}

/* How many entries behind `cursor` are unread. */
static enum chat_result
count_unread(const struct making *making, struct store_reader *reader, uint64_t cursor, bool group,
    uint64_t *unread)
{
	uint64_t behind, seq;
	enum store_status status;

	if (reader->next <= cursor)
		reader->next = cursor + 1;
	behind = reader->last < reader->next ? 0 : reader->last + 1 - reader->next;
	if (!group || behind > CHAT_LIST_SCAN) {
		*unread += behind;
		return CHAT_OK;
	}
	while ((status = store_reader_peek(reader, &seq)) == STORE_OK) {
		*unread += is_by_others(making, seq);
		store_reader_skip(reader);
	}
	return status == STORE_FAILED ? CHAT_FAILED : CHAT_OK;
}

/* Adds what a log says of a conversation; own: it has nothing but what the user sent. */
static enum chat_result
add_log(const struct making *making, struct chat_list_entry *entry, uint64_t log, bool own,
    bool group)
{
	struct store_reader reader;
	uint64_t cursor;
	enum chat_result result = CHAT_OK;

	if (log == 0)
		return CHAT_OK;
	if (store_reader_init(&reader, making->chat->store, log, 0) != STORE_OK)
		return CHAT_FAILED;
	if (reader.next > reader.last)
		return CHAT_OK; /* nothing is kept */
	if (reader.last_seq > entry->last)
		entry->last = reader.last_seq;
	if (!own)
		result = chat_cursor(making->chat, making->user->id, log, &cursor);
	return own || result != CHAT_OK
	    ? result
	    : count_unread(making, &reader, cursor, group, &entry->unread);
}

/* Finds the time of the newest message, which the user may see if it is not older than since_ms. */
static enum chat_result
find_time(const struct making *making, struct chat_list_entry *entry, int64_t since_ms)
{
	struct store_entry last;
	enum store_status status = STORE_ABSENT;

	if (entry->last != 0)
		status = store_entry(making->chat->store, entry->last, &last);
	if (status == STORE_FAILED)
		return CHAT_FAILED;
	if (status == STORE_OK && last.time_ms >= since_ms) {
		entry->time_ms = last.time_ms;
		return CHAT_OK;
	}
	entry->last = 0;
	entry->time_ms = since_ms;
	return CHAT_OK;
}

static enum chat_result
add_entry(struct making *making, const struct chat_list_entry *entry)
{
	struct chat_list_entry *added =
	    vector_add(&making->list->entries, &making->list->n, sizeof(*added));

	if (added == NULL)
		return CHAT_FAILED;
	*added = *entry;
	return CHAT_OK;
}

/* A conversation of two of which nothing is kept is not listed. */
static enum chat_result
add_partner(struct making *making, uint64_t partner)
{
	struct chat_list_entry entry = { .last = 0 };
	uint64_t user = making->user->id;
	struct chat_history history;
	struct chat_who who;
	enum chat_result result = chat_history_get(making->chat, user, partner, &history);

	if (result == CHAT_OK)
		result = add_log(making, &entry, chat_history_to(&history, user), partner == user,
		    false);
	if (result == CHAT_OK && partner != user)
		result = add_log(making, &entry, chat_history_from(&history, user), true, false);
	if (result == CHAT_OK)
		result = find_time(making, &entry, 0);
	if (result != CHAT_OK || entry.last == 0)
		return result == CHAT_NO_USER ? CHAT_OK : result;
	result = chat_who_of(making->chat, partner, &who);
	if (result != CHAT_OK)
		return result == CHAT_NO_USER ? CHAT_OK : result;
	chat_who_text(&who, entry.with);
	entry.kind = who.kind;
	entry.partner = partner;
	entry.online = chat_presence_has(making->online, making->n_online, partner);
	return add_entry(making, &entry);
}

static enum chat_result
add_remote_logs(struct making *making, struct chat_list_entry *entry, uint64_t group)
{
	uint64_t peer, log;
	enum chat_result result = CHAT_OK;

	if (!chat_remote_log_likely(&making->hint, group))
		return CHAT_OK;
	for (uint32_t i = 0; result == CHAT_OK; i++) {
		result = chat_remote_log_at(making->chat, group, i, &peer, &log);
		if (result == CHAT_OK)
			result = add_log(making, entry, log, false, true);
	}
	return result == CHAT_NO_REALM ? CHAT_OK : result;
}

static enum chat_result
add_group(struct making *making, uint64_t id)
{
	struct chat_list_entry entry = { .kind = CHAT_WHO_GROUP, .partner = id };
	struct chat_who who = { .kind = CHAT_WHO_GROUP, .id = id };
	struct chat_member member;
	struct chat_group group;
	int64_t since_ms;
	enum chat_result result = chat_group_get(making->chat, id, &group);

	if (result == CHAT_OK)
		result = chat_member_get(making->chat, id, making->user->id, &member);
	if (result == CHAT_OK)
		result = chat_choice_since(making->chat, &group, making->user->id, &since_ms);
	if (result == CHAT_OK)
		result = add_log(making, &entry, id, false, true);
	if (result == CHAT_OK)
		result = add_remote_logs(making, &entry, id);
	if (result == CHAT_OK)
		result = find_time(making, &entry, since_ms);
	if (result == CHAT_OK)
		result = chat_member_count(making->chat, id, &entry.members);
	/* It was removed, or left, at this moment. */
	if (result == CHAT_NO_GROUP || result == CHAT_NOT_MEMBER)
		return CHAT_OK;
	if (result != CHAT_OK)
		return result;
	if (entry.last == 0)
		entry.time_ms = member.joined_ms;
	snprintf(who.name, sizeof(who.name), "%s", group.name);
	chat_who_text(&who, entry.with);
	return add_entry(making, &entry);
}

static int
compare_entries(const void *a, const void *b)
{
	const struct chat_list_entry *left = a, *right = b;

	if (left->time_ms != right->time_ms)
		return left->time_ms > right->time_ms ? -1 : 1;
	return (left->last < right->last) - (left->last > right->last);
}

static enum chat_result
add_all(struct making *making)
{
	uint64_t id;
	enum chat_result result = chat_remote_log_hint(making->chat, &making->hint);

	for (uint32_t at = 0; result == CHAT_OK;) {
		result = chat_history_next(making->chat, making->user->id, &at, &id);
		if (result == CHAT_OK)
			result = add_partner(making, id);
	}
	if (result != CHAT_NO_USER)
		return result;
	result = CHAT_OK;
	for (uint32_t i = 0; result == CHAT_OK; i++) {
		result = chat_member_group(making->chat, making->user->id, i, &id);
		if (result == CHAT_OK)
			result = add_group(making, id);
	}
	return result == CHAT_NOT_MEMBER ? CHAT_OK : result;
}

/* A long list is made of so many look-ups that mapping the files for it takes less time. */
static enum chat_result
map_store(struct chat *chat, uint64_t user)
{
	uint32_t count;
	enum chat_result result = chat_history_count(chat, user, &count);

	if (result != CHAT_OK || count < MAP_FROM)
		return result;
	return store_map(chat->store, true) == 0 ? CHAT_OK : CHAT_FAILED;
}

enum chat_result
chat_list_make(struct chat *chat, const struct chat_user *user, struct chat_list *list)
{
	struct making making = { .chat = chat, .user = user, .list = list };
	enum chat_result result;
	uint32_t blocks = 0;
	bool was_mapped = store_is_mapped(chat->store);

	*list = (struct chat_list){ .n = 0 };
	if (!chat->config->history)
		return CHAT_HISTORY_OFF;
	result = map_store(chat, user->id);
	if (result == CHAT_OK)
		result = chat_block_count(chat, user->id, &blocks);
	making.blocks = blocks > 0;
	if (result == CHAT_OK)
		result = chat_presence_list(chat, &making.online, &making.n_online);
	if (result == CHAT_OK)
		result = add_all(&making);
	if (store_map(chat->store, was_mapped) != 0)
		result = CHAT_FAILED;
	free(making.online);
	if (list->n > 1)
		qsort(list->entries, list->n, sizeof(*list->entries), compare_entries);
	return result;
}

void
chat_list_free(struct chat_list *list)
{
	free(list->entries);
	*list = (struct chat_list){ .n = 0 };
}
