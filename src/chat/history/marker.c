/*
 * chat_marker: moves the cursors in the logs of a conversation, and behind them the cursor in the
 * own log: what is read in all conversations leaves the inbox from its old end on, and gives room
 * in it.
 */
#include "chat/history/marker.h"

#include "base/clock.h"
#include "base/log.h"
#include "chat/history/activity.h"
#include "chat/history/logs.h"
#include "chat/key.h"
#include "chat/realm/log.h"
#include "chat/realm/remote_log.h"

#define OWN_LOOKS 256 /* entries of the own log that are looked at */

void
chat_marker_tx_advance(struct store_tx *tx, uint64_t user, uint64_t owner, uint64_t log,
    uint64_t number)
{
	unsigned char key[CHAT_KEY_PAIR], guard[CHAT_KEY_PAIR];
	bool own = owner == user;

	chat_key_pair(key, user, log);
	if (own)
		chat_key_id(guard, user);
	else
		chat_key_pair(guard, owner, user);
	store_tx_advance_if(tx, STORE_CURSORS, key, sizeof(key), number,
	    own ? CHAT_TABLE_USERS : CHAT_TABLE_MEMBERS, guard, own ? CHAT_KEY_ID : CHAT_KEY_PAIR);
}

/* Adds the step for one log. */
static enum chat_result
tx_log(struct chat *chat, struct store_tx *tx, const struct chat_place *place, uint64_t log,
    uint64_t id, bool *moves)
{
	uint64_t number, cursor;
	enum chat_result result = chat_cursor(chat, place->reader, log, &cursor);

	if (result != CHAT_OK || store_log_find(chat->store, log, id, &number) != STORE_OK)
		return CHAT_FAILED;
	if (number <= cursor)
		return CHAT_OK;
	*moves = true;
	chat_marker_tx_advance(tx, place->reader, place->group != 0 ? place->group : place->reader,
	    log, number);
	return CHAT_OK;
}

/* Whether the reader has read an entry of the own log elsewhere. False also after a failure. */
static bool
is_read(struct chat *chat, uint64_t reader, const struct store_entry *entry)
{
	uint64_t cursor;

	return entry->n_places > 1 &&
	    chat_cursor(chat, reader, entry->places[1].log, &cursor) == CHAT_OK &&
	    entry->places[1].number <= cursor;
}

/* Moves the cursor in an own log past what is read in the conversations. */
static enum chat_result
move_own(struct chat *chat, uint64_t reader, uint64_t log)
{
	struct store_reader entries;
	struct store_entry entry;
	struct store_tx tx;
	uint64_t cursor, seq, read;
	enum chat_result result = chat_cursor(chat, reader, log, &cursor);

	if (result != CHAT_OK || store_reader_init(&entries, chat->store, log, cursor) != STORE_OK)
		return CHAT_FAILED;
	read = entries.next - 1;
	for (int i = 0; i < OWN_LOOKS && store_reader_peek(&entries, &seq) == STORE_OK &&
	     store_entry(chat->store, seq, &entry) == STORE_OK && is_read(chat, reader, &entry);
	     i++) {
		read = entries.next;
		store_reader_skip(&entries);
	}
	if (read <= cursor)
		return CHAT_OK;
	store_tx_init(&tx);
	chat_marker_tx_advance(&tx, reader, reader, log, read);
	return chat_from_store(store_commit(chat->store, &tx, NULL));
}

/* The log from which the inbox has the messages of a conversation of two; 0: there is none. */
static enum chat_result
find_own(struct chat *chat, const struct chat_place *place, uint64_t *log)
{
	*log = 0;
	if (place->group != 0 || place->who.kind == CHAT_WHO_REMOTE_GROUP)
		return CHAT_OK;
	*log = place->reader;
	if (place->who.kind != CHAT_WHO_REMOTE_USER)
		return CHAT_OK;
	return chat_remote_log_find(chat, place->reader, place->who.peer.id, log);
}

static enum chat_result
tell_devices(struct chat *chat, uint64_t user, uint64_t with, uint64_t id)
{
	const struct chat_activity activity = { .kind = CHAT_ACTIVITY_READ,
		.with = with,
		.id = id };

	return chat_activity_append(chat, user, user, &activity);
}

/* A look at all logs of a conversation. */
struct log_look {
	struct chat *chat;
	uint64_t user;
	uint64_t unread; /* the first message that is not read */
	uint64_t read;   /* the last one before it, which is */
};

static enum chat_result
look_for_unread(struct log_look *look, uint64_t log)
{
	struct store_reader reader;
	uint64_t cursor, seq;
	enum store_status status;

	if (chat_cursor(look->chat, look->user, log, &cursor) != CHAT_OK ||
	    store_reader_init(&reader, look->chat->store, log, cursor) != STORE_OK)
		return CHAT_FAILED;
	status = store_reader_peek(&reader, &seq);
	if (status == STORE_OK && seq < look->unread)
		look->unread = seq;
	return status == STORE_FAILED ? CHAT_FAILED : CHAT_OK;
}

static enum chat_result
look_for_read(struct log_look *look, uint64_t log)
{
	struct store_entry entry;
	uint64_t cursor, number;

	if (chat_cursor(look->chat, look->user, log, &cursor) != CHAT_OK ||
	    store_log_find(look->chat->store, log, look->unread - 1, &number) != STORE_OK)
		return CHAT_FAILED;
	if (number > cursor)
		number = cursor;
	if (number != 0 && chat_log_entry(look->chat, log, number, &entry) == STORE_OK &&
	    entry.seq > look->read)
		look->read = entry.seq;
	return CHAT_OK;
}

static enum chat_result
look_at_group(struct log_look *look, uint64_t group,
    enum chat_result (*look_at)(struct log_look *, uint64_t log))
{
	uint64_t peer, log;
	enum chat_result result = look_at(look, group);

	for (uint32_t i = 0; result == CHAT_OK; i++) {
		result = chat_remote_log_at(look->chat, group, i, &peer, &log);
		if (result == CHAT_OK)
			result = look_at(look, log);
	}
	return result == CHAT_NO_REALM ? CHAT_OK : result;
}

/* The time that a client has told; 0: none has. */
static enum chat_result
find_told_time(struct chat *chat, const struct chat_place *place, uint64_t *mark)
{
	unsigned char key[CHAT_KEY_PAIR];

	chat_key_pair(key, place->reader, place->who.id);
	return chat_from_store(
	    store_get_number(chat->store, CHAT_TABLE_MARKS, key, sizeof(key), mark));
}

enum chat_result
chat_marker_find(struct chat *chat, const struct chat_place *place, struct chat_marker *marker)
{
	struct log_look look = { .chat = chat, .user = place->reader, .unread = UINT64_MAX };
	struct store_entry entry;
	uint64_t mark = 0;
	enum chat_result result = CHAT_OK;

	for (size_t i = 0; result == CHAT_OK && i < place->n; i++)
		if (!place->logs[i].own)
			result = look_for_unread(&look, place->logs[i].log);
	for (size_t i = 0; result == CHAT_OK && i < place->n; i++)
		if (!place->logs[i].own)
			result = look_for_read(&look, place->logs[i].log);
	marker->read = look.read;
	marker->unread = look.unread == UINT64_MAX ? 0 : look.unread;
	if (result == CHAT_OK && place->n > 0)
		result = find_told_time(chat, place, &mark);
	marker->time_ms = (int64_t)mark;
	if (look.read != 0 && store_entry(chat->store, look.read, &entry) == STORE_OK &&
	    entry.time_ms > marker->time_ms)
		marker->time_ms = entry.time_ms;
	return result;
}

/* A group has a log more for each realm; only what is read in all of them is read. */
static void
tell_of_group(struct chat *chat, uint64_t user, uint64_t group)
{
	struct log_look look = { .chat = chat, .user = user, .unread = UINT64_MAX };
	enum chat_result result = look_at_group(&look, group, look_for_unread);

	if (result == CHAT_OK)
		result = look_at_group(&look, group, look_for_read);
	if (result == CHAT_OK && look.read != 0)
		result = tell_devices(chat, user, group, look.read);
	if (result != CHAT_OK)
		log_warnx("a read marker was not told: %s", chat_strerror(result));
}

void
chat_marker_tell(struct chat *chat, uint64_t user, uint64_t owner, uint64_t log, uint64_t number)
{
	struct chat_history_owner both;
	struct store_entry entry;
	enum chat_result result;

	if (owner != user) {
		tell_of_group(chat, user, owner);
		return;
	}
	if (chat_history_owner(chat, log, &both) != CHAT_OK ||
	    chat_log_entry(chat, log, number, &entry) != STORE_OK)
		return;
	result = tell_devices(chat, user, both.first == user ? both.second : both.first, entry.seq);
	if (result != CHAT_OK)
		log_warnx("a read marker was not told: %s", chat_strerror(result));
}

/* The newest message that the reader has read; 0: none that is kept. */
static enum chat_result
find_read(struct chat *chat, const struct chat_place *place, uint64_t *id)
{
	struct store_entry entry;
	uint64_t cursor;

	*id = 0;
	for (size_t i = 0; i < place->n; i++) {
		if (place->logs[i].own)
			continue;
		if (chat_cursor(chat, place->reader, place->logs[i].log, &cursor) != CHAT_OK)
			return CHAT_FAILED;
		if (cursor != 0 &&
		    chat_log_entry(chat, place->logs[i].log, cursor, &entry) == STORE_OK &&
		    entry.seq > *id)
			*id = entry.seq;
	}
	return CHAT_OK;
}

/* What has been read beyond `most` meanwhile is told by whoever moved the marker there. */
static enum chat_result
tell_moved(struct chat *chat, const struct chat_place *place, uint64_t most)
{
	uint64_t id;
	enum chat_result result = find_read(chat, place, &id);

	if (result != CHAT_OK || id == 0 || id > most)
		return result;
	return tell_devices(chat, place->reader, place->who.id, id);
}

/* Adds the step for the time that a client tells. */
static enum chat_result
tx_mark(struct chat *chat, struct store_tx *tx, const struct chat_place *place, int64_t time_ms,
    bool *moves)
{
	unsigned char key[CHAT_KEY_PAIR], guard[CHAT_KEY_ID];
	uint64_t mark;
	enum chat_result result = find_told_time(chat, place, &mark);

	if (result != CHAT_OK || (uint64_t)time_ms <= mark)
		return result;
	*moves = true;
	chat_key_pair(key, place->reader, place->who.id);
	chat_key_id(guard, place->reader);
	store_tx_advance_if(tx, CHAT_TABLE_MARKS, key, sizeof(key), (uint64_t)time_ms,
	    CHAT_TABLE_USERS, guard, sizeof(guard));
	return CHAT_OK;
}

/* Moves the cursors and the mark, 0: not that. *moved: it was news. */
static enum chat_result
move_cursors(struct chat *chat, const struct chat_place *place, uint64_t id, int64_t time_ms,
    bool *moved)
{
	enum chat_result result = CHAT_OK;
	struct store_tx tx;
	uint64_t own = 0;
	bool moves = false;

	store_tx_init(&tx);
	for (size_t i = 0; result == CHAT_OK && i < place->n; i++)
		if (!place->logs[i].own)
			result = tx_log(chat, &tx, place, place->logs[i].log, id, &moves);
	if (result == CHAT_OK && time_ms != 0)
		result = tx_mark(chat, &tx, place, time_ms, &moves);
	*moved = moves;
	if (result != CHAT_OK || !moves)
		return result;
	result = chat_from_store(store_commit(chat->store, &tx, NULL));
	if (result == CHAT_OK)
		result = find_own(chat, place, &own);
	if (result == CHAT_OK && own != 0)
		result = move_own(chat, place->reader, own);
	return result;
}

enum chat_result
chat_marker_move(struct chat *chat, const struct chat_place *place, uint64_t id)
{
	bool moved;
	enum chat_result result = move_cursors(chat, place, id, 0, &moved);

	return result == CHAT_OK && moved ? tell_moved(chat, place, id) : result;
}

/* Where nothing was ever stored, what is told is itself the first entry. */
static enum chat_result
tell_moved_to(struct chat *chat, const struct chat_place *place, uint64_t most, uint64_t *told)
{
	struct chat_marker marker;
	enum chat_result result = chat_marker_find(chat, place, &marker);

	if (result != CHAT_OK)
		return result;
	*told = marker.read != 0 ? marker.read : most;
	return *told == 0 ? CHAT_OK : tell_devices(chat, place->reader, place->who.id, *told);
}

enum chat_result
chat_marker_move_to(struct chat *chat, const struct chat_place *place, int64_t time_ms,
    uint64_t *told)
{
	const int64_t now_ms = clock_now_ms();
	const int64_t until_ms = time_ms < now_ms ? time_ms : now_ms;
	uint64_t next, id;
	bool moved;
	enum chat_result result;

	*told = 0;
	if (place->n == 0 || until_ms <= 0)
		return CHAT_OK;
	if (store_next_seq(chat->store, &next) != STORE_OK)
		return CHAT_FAILED;
	result = chat_place_at(chat, place, until_ms + 1, &id);
	id = id < next ? id : next;
	if (result == CHAT_OK)
		result = move_cursors(chat, place, id - 1, until_ms, &moved);
	if (result != CHAT_OK || !moved)
		return result;
	return tell_moved_to(chat, place, next == 1 ? next : id - 1, told);
}
