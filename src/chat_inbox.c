/*
 * chat_inbox: what a user has not read yet: the own log and those of the groups, merged oldest
 * first. Reading moves no cursor; taking does, when the client has the reply.
 */
#include "chat_inbox.h"

#include <bsd/stdlib.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat_group.h"
#include "chat_key.h"
#include "chat_member.h"

#define SENDER_MAX (2 * NAME_MAX_BYTES + 2)

static enum chat_result
add_log(struct chat *chat, uint64_t user, uint64_t log, struct chat_inbox *inbox)
{
	struct chat_inbox_log *bigger, *added;
	struct store_log_info info;
	unsigned char key[CHAT_KEY_PAIR];
	uint64_t cursor;

	chat_key_pair(key, user, log);
	if (store_get_number(chat->store, STORE_CURSORS, key, sizeof(key), &cursor) != STORE_OK ||
	    store_log_info(chat->store, log, &info) != STORE_OK)
		return CHAT_FAILED;
	if (info.last <= cursor)
		return CHAT_OK;
	bigger = reallocarray(inbox->logs, inbox->n_logs + 1, sizeof(*bigger));
	if (bigger == NULL)
		return CHAT_FAILED;
	inbox->logs = bigger;
	added = &inbox->logs[inbox->n_logs++];
	*added = (struct chat_inbox_log){ .log = log, .cursor = cursor, .taken = cursor };
	if (info.first > cursor + 1) {
		added->lost = info.first - 1 - cursor;
		added->taken = info.first - 1;
		inbox->lost += added->lost;
	}
	return CHAT_OK;
}

static enum chat_result
find_logs(struct chat *chat, uint64_t user, struct chat_inbox *inbox)
{
	uint64_t group;
	enum chat_result result = add_log(chat, user, user, inbox);

	for (uint32_t i = 0; result == CHAT_OK; i++) {
		result = chat_member_group(chat, user, i, &group);
		if (result == CHAT_OK)
			result = add_log(chat, user, group, inbox);
	}
	return result == CHAT_NOT_MEMBER ? CHAT_OK : result;
}

static int
add_item(struct chat_inbox *inbox, size_t *room, struct chat_inbox_item item)
{
	if (inbox->n_items == *room) {
		size_t more = *room == 0 ? 32 : *room * 2;
		struct chat_inbox_item *bigger = reallocarray(inbox->items, more, sizeof(*bigger));

		if (bigger == NULL)
			return -1;
		inbox->items = bigger;
		*room = more;
	}
	inbox->items[inbox->n_items++] = item;
	return 0;
}

/* The index of a sender, who is put on the list if not there yet; UINT32_MAX without memory. */
static uint32_t
sender_index(struct chat_inbox *inbox, const struct chat_message *message)
{
	char name[SENDER_MAX];
	char **bigger;

	snprintf(name, sizeof(name), "%.*s%s%.*s", (int)message->from.len, message->from.data,
	    message->realm.len > 0 ? "@" : "", (int)message->realm.len,
	    message->realm.len > 0 ? message->realm.data : "");
	/* Who wrote last is most likely to have written again. */
	for (size_t i = inbox->n_senders; i-- > 0;)
		if (strcmp(inbox->senders[i], name) == 0)
			return (uint32_t)i;
	bigger = reallocarray(inbox->senders, inbox->n_senders + 1, sizeof(*bigger));
	if (bigger == NULL)
		return UINT32_MAX;
	inbox->senders = bigger;
	inbox->senders[inbox->n_senders] = strdup(name);
	if (inbox->senders[inbox->n_senders] == NULL)
		return UINT32_MAX;
	return (uint32_t)inbox->n_senders++;
}

/* The reader whose next entry is the oldest; n when none has any. */
static size_t
oldest(struct store_reader *readers, size_t n, uint64_t *seq, enum store_status *status)
{
	size_t found = n;
	uint64_t next;

	for (size_t i = 0; i < n; i++) {
		*status = store_reader_peek(&readers[i], &next);
		if (*status == STORE_FAILED)
			return n;
		if (*status == STORE_OK && (found == n || next < *seq)) {
			found = i;
			*seq = next;
		}
	}
	*status = STORE_OK;
	return found;
}

static enum chat_result
take_item(struct chat *chat, struct chat_inbox *inbox, size_t *room, uint64_t seq, size_t log)
{
	struct chat_inbox_item item = { .seq = seq, .log = (uint32_t)log };
	struct store_entry entry;
	struct chat_message message;
	enum store_status status = store_entry(chat->store, seq, &entry);

	if (status == STORE_ABSENT)
		return CHAT_OK; /* trimmed since we looked */
	if (status != STORE_OK || chat_message_read(&message, entry.data, entry.len) != 0)
		return CHAT_FAILED;
	item.sender = sender_index(inbox, &message);
	if (item.sender == UINT32_MAX || add_item(inbox, room, item) != 0)
		return CHAT_FAILED;
	return CHAT_OK;
}

static enum chat_result
merge(struct chat *chat, struct chat_inbox *inbox, struct store_reader *readers)
{
	size_t room = 0, i;
	uint64_t seq = 0;
	enum store_status status = STORE_OK;

	while (inbox->n_items < CHAT_INBOX_ITEMS &&
	    (i = oldest(readers, inbox->n_logs, &seq, &status)) < inbox->n_logs) {
		enum chat_result result = take_item(chat, inbox, &room, seq, i);

		if (result != CHAT_OK)
			return result;
		inbox->logs[i].taken = readers[i].next;
		store_reader_skip(&readers[i]);
	}
	return status == STORE_OK ? CHAT_OK : CHAT_FAILED;
}

enum chat_result
chat_inbox_look(struct chat *chat, uint64_t user, struct chat_inbox *inbox)
{
	struct store_reader *readers;
	enum chat_result result;

	*inbox = (struct chat_inbox){ 0 };
	result = find_logs(chat, user, inbox);
	if (result != CHAT_OK || inbox->n_logs == 0)
		return result;
	readers = calloc(inbox->n_logs, sizeof(*readers));
	if (readers == NULL)
		return CHAT_FAILED;
	for (size_t i = 0; i < inbox->n_logs && result == CHAT_OK; i++)
		result = chat_from_store(store_reader_init(&readers[i], chat->store,
		    inbox->logs[i].log, inbox->logs[i].cursor));
	if (result == CHAT_OK)
		result = merge(chat, inbox, readers);
	free(readers);
	return result;
}

void
chat_inbox_free(struct chat_inbox *inbox)
{
	for (size_t i = 0; i < inbox->n_senders; i++)
		free(inbox->senders[i]);
	free(inbox->senders);
	free(inbox->items);
	free(inbox->logs);
	*inbox = (struct chat_inbox){ 0 };
}

enum chat_result
chat_inbox_read(struct chat *chat, const struct chat_inbox_item *item, struct chat_message *message)
{
	struct store_entry entry;
	enum store_status status = store_entry(chat->store, item->seq, &entry);

	if (status != STORE_OK)
		return status == STORE_ABSENT ? CHAT_NO_USER : CHAT_FAILED;
	return chat_message_read(message, entry.data, entry.len) == 0 ? CHAT_OK : CHAT_FAILED;
}

void
chat_inbox_mark(struct chat_inbox_mark *mark, uint64_t user, const struct chat_inbox *inbox)
{
	unsigned char key[CHAT_KEY_PAIR];

	chat_inbox_forget(mark);
	if (inbox->n_logs == 0)
		return;
	mark->tx = malloc(sizeof(*mark->tx));
	if (mark->tx == NULL)
		return; /* it will be seen again */
	store_tx_init(mark->tx);
	for (size_t i = 0; i < inbox->n_logs; i++) {
		chat_key_pair(key, user, inbox->logs[i].log);
		store_tx_advance(mark->tx, STORE_CURSORS, key, sizeof(key), inbox->logs[i].taken);
	}
}

void
chat_inbox_take(struct chat *chat, struct chat_inbox_mark *mark)
{
	if (mark->tx == NULL)
		return;
	/* Waited for, so that the client's next look does not show it again. */
	store_commit(chat->store, mark->tx, NULL);
	chat_inbox_forget(mark);
}

void
chat_inbox_forget(struct chat_inbox_mark *mark)
{
	free(mark->tx);
	mark->tx = NULL;
}
