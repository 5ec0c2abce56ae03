/*
 * chat_inbox: an inbox is a merge: the user's own log, the logs of the user's groups, and the
 * remote logs of both, each read from the user's cursor on.
 */
#include "chat/inbox.h"

#include <bsd/stdlib.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/vector.h"
#include "chat/block.h"
#include "chat/group.h"
#include "chat/history/marker.h"
#include "chat/look_alike.h"
#include "chat/member.h"
#include "chat/merge.h"
#include "chat/push.h"
#include "chat/realm/peer.h"
#include "chat/realm/remote_log.h"

#define TOLD_MOST   64 /* logs of which an inbox tells other devices that they are read */
#define SENDER_SIZE (2 * NAME_MAX_BYTES + 2) /* user@realm and a NUL */

struct look {
	struct chat *chat;
	const struct chat_inbox_pending *past; /* left out: this is under way already; or NULL */
	uint64_t user;
	uint64_t from;
	bool blocks; /* the user blocks somebody */
	struct chat_remote_log_hint hint;
	struct chat_inbox *inbox;
};

/* The position in a log that is pending for a user; NULL: none. */
static struct chat_inbox_position *
find_position(const struct chat_inbox_pending *pending, uint64_t user, uint64_t log)
{
	for (size_t i = 0; i < pending->n_positions; i++)
		if (pending->positions[i].user == user && pending->positions[i].log == log)
			return &pending->positions[i];
	return NULL;
}

/* The number up to which the user has this log, or will have it with what is pending. */
static enum chat_result
read_cursor(const struct look *look, uint64_t log, uint64_t *cursor)
{
	const struct chat_inbox_position *position = NULL;
	enum chat_result result = chat_cursor(look->chat, look->user, log, cursor);

	if (look->past != NULL)
		position = find_position(look->past, look->user, log);
	if (position != NULL && position->taken > *cursor)
		*cursor = position->taken;
	return result;
}

/* Adds a log of messages to owner, if it has a new one. */
static enum chat_result
add_log(struct look *look, uint64_t owner, uint64_t log)
{
	struct chat_inbox *inbox = look->inbox;
	struct chat_inbox_log *added;
	struct store_log_info info;
	uint64_t cursor;

	if (read_cursor(look, log, &cursor) != CHAT_OK ||
	    store_log_info(look->chat->store, log, &info) != STORE_OK)
		return CHAT_FAILED;
	if (info.last <= cursor || inbox->n_logs == CHAT_INBOX_LOGS)
		return CHAT_OK;
	added = vector_add(&inbox->logs, &inbox->n_logs, sizeof(*added));
	if (added == NULL)
		return CHAT_FAILED;
	*added = (struct chat_inbox_log){ .log = log,
		.owner = owner,
		.cursor = cursor,
		.taken = cursor };
	if (info.first > cursor + 1) {
		added->lost = info.first - 1 - cursor;
		added->taken = info.first - 1;
		inbox->lost += added->lost;
	}
	return CHAT_OK;
}

/* Adds the logs of messages to owner from other realms. */
static enum chat_result
add_remote_logs(struct look *look, uint64_t owner)
{
	uint64_t peer, log = 0;
	enum chat_result result = CHAT_OK;

	if (look->from != CHAT_INBOX_ALL) {
		result = chat_remote_log_find(look->chat, owner, look->from, &log);
		return result == CHAT_OK && log != 0 ? add_log(look, owner, log) : result;
	}
	for (uint32_t i = 0; result == CHAT_OK; i++) {
		result = chat_remote_log_at(look->chat, owner, i, &peer, &log);
		if (result == CHAT_OK)
			result = add_log(look, owner, log);
	}
	return result == CHAT_NO_REALM ? CHAT_OK : result;
}

static enum chat_result
add_logs(struct look *look, uint64_t owner)
{
	enum chat_result result = CHAT_OK;

	if (look->from == CHAT_INBOX_OWN || look->from == CHAT_INBOX_ALL)
		result = add_log(look, owner, owner);
	if (result == CHAT_OK && chat_remote_log_likely(&look->hint, owner))
		result = add_remote_logs(look, owner);
	return result;
}

static enum chat_result
find_logs(struct look *look)
{
	uint64_t group;
	enum chat_result result = CHAT_OK;

	/* Without a hint no remote log is likely. */
	look->hint.len = 0;
	if (look->from != CHAT_INBOX_OWN)
		result = chat_remote_log_hint(look->chat, &look->hint);
	if (result == CHAT_OK)
		result = add_logs(look, look->user);
	for (uint32_t i = 0; result == CHAT_OK; i++) {
		result = chat_member_group(look->chat, look->user, i, &group);
		if (result == CHAT_OK)
			result = add_logs(look, group);
	}
	return result == CHAT_NOT_MEMBER ? CHAT_OK : result;
}

/* The index of a message's sender; UINT32_MAX: no memory. */
static uint32_t
sender_index(struct chat_inbox *inbox, const struct chat_message *message)
{
	char name[SENDER_SIZE];

	snprintf(name, sizeof(name), "%.*s%s%.*s", (int)message->from.len, message->from.data,
	    message->realm.len > 0 ? "@" : "", (int)message->realm.len,
	    message->realm.len > 0 ? message->realm.data : "");
	return chat_sender_add(&inbox->senders, name);
}

/* The index of what a sender's full name looks like; UINT32_MAX: no memory. */
static uint32_t
face_index(struct chat_inbox *inbox, struct chat_text fullname, uint32_t sender)
{
	char name[CHAT_FULLNAME_MAX + 1], look[CHAT_FULLNAME_MAX + 1];
	size_t len = fullname.len < sizeof(name) ? fullname.len : sizeof(name) - 1;

	memcpy(name, fullname.data, len);
	name[len] = '\0';
	look[chat_look_alike_fold(name, look, sizeof(look) - 1)] = '\0';
	uint32_t index = chat_sender_add(&inbox->looks, look), *added;
	if (index == UINT32_MAX || index < inbox->n_faces) {
		/* One user may be written with other letter case. */
		if (index != UINT32_MAX && inbox->faces[index] != CHAT_INBOX_SEVERAL &&
		    !name_same(inbox->senders.names[inbox->faces[index]],
		        inbox->senders.names[sender]))
			inbox->faces[index] = CHAT_INBOX_SEVERAL;
		return index;
	}
	added = vector_add(&inbox->faces, &inbox->n_faces, sizeof(*added));
	if (added == NULL)
		return UINT32_MAX;
	*added = sender;
	return index;
}

/* Reads a message. CHAT_NO_USER: it was trimmed meanwhile; CHAT_BLOCKED: it is not shown. */
static enum chat_result
read_shown(const struct look *look, uint64_t seq, struct chat_message *message)
{
	const struct chat_inbox_item item = { .seq = seq };
	enum chat_result result = chat_inbox_read(look->chat, &item, message);

	if (result != CHAT_OK || !look->blocks)
		return result;
	result = chat_message_judge(look->chat, look->user, message);
	return result == CHAT_OK ? chat_inbox_read(look->chat, &item, message) : result;
}

/*
 * Finds the read marker of a conversation. CHAT_NO_USER: the conversation has ended, so that nobody
 * has a marker in it; CHAT_FAILED.
 */
static enum chat_result
find_mark(const struct look *look, uint64_t log, struct chat_inbox_log **mark)
{
	struct chat_inbox *inbox = look->inbox;
	struct store_log_info info;
	uint64_t cursor;

	/* Mostly that of the message before. */
	for (size_t i = inbox->n_marks; i-- > 0;)
		if (inbox->marks[i].log == log) {
			*mark = &inbox->marks[i];
			return CHAT_OK;
		}
	if (store_log_info(look->chat->store, log, &info) != STORE_OK ||
	    read_cursor(look, log, &cursor) != CHAT_OK)
		return CHAT_FAILED;
	if (info.closed)
		return CHAT_NO_USER;
	*mark = vector_add(&inbox->marks, &inbox->n_marks, sizeof(**mark));
	if (*mark == NULL)
		return CHAT_FAILED;
	**mark = (struct chat_inbox_log){ .log = log,
		.owner = look->user,
		.cursor = cursor,
		.taken = cursor };
	return CHAT_OK;
}

/*
 * Passes the marker of the conversation in which a message stands, too. CHAT_NO_USER: the marker
 * was behind it already, so the user has read it there; or it is gone.
 */
static enum chat_result
pass_mark(const struct look *look, uint64_t seq)
{
	struct store_entry entry;
	struct chat_inbox_log *mark;
	enum store_status status = store_entry(look->chat->store, seq, &entry);

	if (status != STORE_OK)
		return status == STORE_ABSENT ? CHAT_NO_USER : CHAT_FAILED;
	if (entry.n_places < 2)
		return CHAT_OK;
	enum chat_result result = find_mark(look, entry.places[1].log, &mark);
	if (result != CHAT_OK)
		return result == CHAT_FAILED ? CHAT_FAILED : CHAT_OK;
	if (entry.places[1].number <= mark->cursor)
		return CHAT_NO_USER;
	if (entry.places[1].number > mark->taken)
		mark->taken = entry.places[1].number;
	return CHAT_OK;
}

static enum chat_result
take_item(const struct look *look, uint64_t seq, size_t log)
{
	struct chat_inbox *inbox = look->inbox;
	struct chat_inbox_item *added;
	struct chat_message message;
	uint32_t sender, face;
	enum chat_result result = pass_mark(look, seq);

	if (result == CHAT_OK)
		result = read_shown(look, seq, &message);
	if (result != CHAT_OK)
		return result == CHAT_FAILED ? CHAT_FAILED : CHAT_OK;
	sender = sender_index(inbox, &message);
	face = sender == UINT32_MAX ? UINT32_MAX : face_index(inbox, message.from_name, sender);
	added =
	    face == UINT32_MAX ? NULL : vector_add(&inbox->items, &inbox->n_items, sizeof(*added));
	if (added == NULL)
		return CHAT_FAILED;
	*added = (struct chat_inbox_item){ .seq = seq,
		.sender = sender,
		.log = (uint32_t)log,
		.face = face };
	return CHAT_OK;
}

/* What is not shown counts as well, so that a look costs no more. */
static enum chat_result
take_items(const struct look *look, struct chat_merge *merge, uint64_t end)
{
	struct chat_inbox *inbox = look->inbox;
	size_t log = 0;
	uint64_t number, seq;
	enum store_status status = STORE_OK;

	for (size_t n = 0; n < CHAT_INBOX_ITEMS && inbox->n_marks < CHAT_INBOX_LOGS &&
	     (status = chat_merge_peek(merge, &log, &number, &seq)) == STORE_OK && seq < end;
	     n++) {
		enum chat_result result = take_item(look, seq, log);

		if (result != CHAT_OK)
			return result;
		inbox->logs[log].taken = number;
		chat_merge_skip(merge);
	}
	return status == STORE_FAILED ? CHAT_FAILED : CHAT_OK;
}

enum chat_result
chat_inbox_look_past(struct chat *chat, const struct chat_inbox_pending *past, uint64_t user,
    uint64_t from, struct chat_inbox *inbox)
{
	struct look look = { .chat = chat,
		.past = past,
		.user = user,
		.from = from,
		.inbox = inbox };
	struct chat_merge merge;
	enum chat_result result;
	uint32_t blocks = 0;
	uint64_t end;

	*inbox = (struct chat_inbox){ 0 };
	/* The logs are read one after the other: without an end a later message could come first.
	 */
	if (store_next_seq(chat->store, &end) != STORE_OK)
		return CHAT_FAILED;
	result = find_logs(&look);
	if (result == CHAT_OK && inbox->n_logs > 0)
		result = chat_block_count(chat, user, &blocks);
	if (result != CHAT_OK || inbox->n_logs == 0)
		return result;
	look.blocks = blocks > 0;
	result = chat_merge_init(&merge, inbox->n_logs);
	for (size_t i = 0; i < inbox->n_logs && result == CHAT_OK; i++)
		result = chat_merge_add(&merge, chat, inbox->logs[i].log, inbox->logs[i].cursor);
	if (result == CHAT_OK)
		result = take_items(&look, &merge, end);
	chat_merge_free(&merge);
	return result;
}

enum chat_result
chat_inbox_look(struct chat *chat, uint64_t user, uint64_t from, struct chat_inbox *inbox)
{
	return chat_inbox_look_past(chat, NULL, user, from, inbox);
}

enum chat_result
chat_inbox_realm(struct chat *chat, struct chat_text realm, uint64_t *from)
{
	const char *own = chat->config->realm;
	struct chat_peer peer;
	enum chat_result result;

	*from = CHAT_INBOX_OWN;
	if (chat_text_is(realm, own))
		return CHAT_OK;
	result = chat_peer_find(chat, realm, &peer);
	if (result == CHAT_OK)
		*from = peer.id;
	return result;
}

void
chat_inbox_free(struct chat_inbox *inbox)
{
	chat_sender_free(&inbox->senders);
	chat_sender_free(&inbox->looks);
	free(inbox->faces);
	free(inbox->items);
	free(inbox->marks);
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

/* For which there is room. */
static void
add_positions(struct chat_inbox_pending *pending, uint64_t user, const struct chat_inbox_log *logs,
    size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct chat_inbox_position *position = find_position(pending, user, logs[i].log);

		if (logs[i].taken == logs[i].cursor)
			continue;
		if (position == NULL)
			position = &pending->positions[pending->n_positions++];
		*position = (struct chat_inbox_position){ .user = user,
			.log = logs[i].log,
			.owner = logs[i].owner,
			.taken = logs[i].taken };
	}
}

/* Without memory the positions are not pending, and the messages are shown again. */
void
chat_inbox_await(struct chat_inbox_pending *pending, uint64_t user, const struct chat_inbox *inbox)
{
	struct chat_inbox_position *positions = inbox->n_logs == 0
	    ? NULL
	    : reallocarray(pending->positions,
	          pending->n_positions + inbox->n_logs + inbox->n_marks, sizeof(*positions));

	if (positions != NULL) {
		pending->positions = positions;
		add_positions(pending, user, inbox->logs, inbox->n_logs);
		add_positions(pending, user, inbox->marks, inbox->n_marks);
	}
	if (!chat_inbox_is_pending(pending))
		inbox_lock_release(&pending->lock);
}

bool
chat_inbox_is_pending(const struct chat_inbox_pending *pending)
{
	return pending->n_positions > 0 || pending->tx != NULL;
}

/*
 * Moves a cursor only where its user still is a member, or still has an account: a user who leaves
 * while a reply is under way must leave no cursor behind.
 */
static enum store_status
commit_cursors(struct chat *chat, struct store_tx *tx, const struct chat_inbox_position *positions,
    size_t n)
{
	store_tx_init(tx);
	for (size_t i = 0; i < n; i++)
		chat_marker_tx_advance(tx, positions[i].user, positions[i].owner, positions[i].log,
		    positions[i].taken);
	return store_commit(chat->store, tx, NULL);
}

/*
 * What is refused for one user must not keep another's: no transaction has cursors of two. And a
 * conversation that has ended meanwhile must not keep other logs': then each goes by itself.
 */
static void
move_cursors(struct chat *chat, const struct chat_inbox_pending *pending)
{
	struct store_tx *tx = malloc(sizeof(*tx));

	for (size_t from = 0, n; tx != NULL && from < pending->n_positions; from += n) {
		const struct chat_inbox_position *positions = pending->positions + from;

		for (n = 1; n < CHAT_INBOX_LOGS && from + n < pending->n_positions &&
		     positions[n].user == positions[0].user;)
			n++;
		if (commit_cursors(chat, tx, positions, n) != STORE_FORBIDDEN)
			continue;
		for (size_t i = 0; i < n; i++)
			commit_cursors(chat, tx, positions + i, 1);
	}
	free(tx);
}

/* Devices that watch see what this one has read; those that do not ask later. */
static void
tell_watchers(struct chat *chat, const struct chat_inbox_pending *pending)
{
	uint64_t user = 0;
	bool watched = false;

	for (size_t i = 0; i < pending->n_positions && i < TOLD_MOST; i++) {
		const struct chat_inbox_position *position = &pending->positions[i];

		if (position->user != user)
			watched = chat_push_watched(chat, position->user);
		user = position->user;
		/* Of the logs of a group the last one tells. */
		if (watched &&
		    (i + 1 == pending->n_positions || position[1].user != user ||
		        position[1].owner != position->owner || position->owner == user))
			chat_marker_tell(chat, user, position->owner, position->log,
			    position->taken);
	}
}

void
chat_inbox_ack(struct chat *chat, struct chat_inbox_pending *pending)
{
	/* Waits for the commit, so that the next look of any process shows nothing again. */
	move_cursors(chat, pending);
	if (chat->config->history)
		tell_watchers(chat, pending);
	if (pending->tx != NULL)
		store_commit(chat->store, pending->tx, NULL);
	chat_inbox_forget(pending);
}

void
chat_inbox_forget(struct chat_inbox_pending *pending)
{
	free(pending->positions);
	free(pending->tx);
	inbox_lock_release(&pending->lock);
	*pending = (struct chat_inbox_pending){ .n_positions = 0 };
}
