/*
 * chat_fsck outbox: what stands beside the logs of a peer: up to where its outbox is retired, and
 * how far it has delivered here.
 */
#include "chat/realm/outbox.h"

#include <inttypes.h>

#include "chat/fsck/int.h"
#include "chat/realm/receive_state.h"

/* Trims the messages before a number, which are retired although the head still has them. */
static int
trim_retired(struct chat_fsck *f, uint64_t peer, uint64_t first)
{
	struct store_reader reader;
	struct store_entry entry;
	struct store_tx tx;
	uint64_t seq, bytes = 0;

	if (store_reader_init(&reader, f->chat->store, peer, 0) != STORE_OK)
		return -1;
	for (; store_reader_peek(&reader, &seq) == STORE_OK && reader.next < first;
	     store_reader_skip(&reader))
		if (store_entry(f->chat->store, seq, &entry) == STORE_OK)
			bytes += entry.len;
	store_tx_init(&tx);
	store_tx_trim(&tx, peer, first, bytes);
	return store_commit(f->chat->store, &tx, NULL) == STORE_OK ? 0 : -1;
}

static int
put_retired(struct chat_fsck *f, const struct chat_peer *peer, uint64_t retired,
    const struct store_log_info *info)
{
	unsigned char key[CHAT_KEY_STATE];
	struct chat_fsck_row *row;

	if (retired >= info->first && retired <= info->last)
		return f->fsck->dry ? 0 : trim_retired(f, peer->id, retired + 1);
	chat_key_state(key, CHAT_STATE_RETIRED, peer->id);
	row = chat_fsck_rows_find(&f->state, key, sizeof(key));
	if (info->first > 1)
		chat_fsck_rows_put_number(&f->state, key, sizeof(key), info->first - 1);
	else if (row != NULL)
		chat_fsck_rows_drop(row);
	return 0;
}

/* The last retired message and the oldest kept are neighbours: else nothing more could be retired.
 */
static int
check_retired(struct chat_fsck *f, const struct chat_peer *peer)
{
	struct store *store = f->chat->store;
	unsigned char key[CHAT_KEY_STATE];
	struct store_log_info info;
	uint64_t before, retired;

	chat_key_state(key, CHAT_STATE_RETIRED, peer->id);
	if (store_get_number(store, STORE_LOG_STATE, key, sizeof(key), &before) != STORE_OK)
		before = 0; /* the record is damaged */
	if (store_log_info(store, peer->id, &info) != STORE_OK)
		return -1;
	if (store_get_number(store, STORE_LOG_STATE, key, sizeof(key), &retired) != STORE_OK)
		retired = 0;
	if (before != retired || info.first == retired + 1)
		return 0;
	store_fsck_say(f->fsck, STORE_FOUND_DAMAGED, peer->id,
	    "realm %s: %" PRIu64 " messages are retired, but %" PRIu64 " is the oldest kept",
	    peer->name, retired, info.first);
	return put_retired(f, peer, retired, &info);
}

static void
check_received(struct chat_fsck *f, const struct chat_peer *peer)
{
	unsigned char key[CHAT_KEY_STATE];
	struct chat_receive_state state;
	struct chat_fsck_row *row;

	chat_key_state(key, CHAT_STATE_RECEIVE, peer->id);
	row = chat_fsck_rows_find(&f->state, key, sizeof(key));
	if (row != NULL && chat_receive_state_parse(&state, chat_fsck_value(row), row->len)) {
		chat_fsck_take_id(f, state.refusals);
		return;
	}
	if (row == NULL && (peer->legacy || !f->fsck->state_damaged))
		return;
	chat_fsck_say(f, STORE_FOUND_LOST, STORE_LOG_STATE, row,
	    "how far realm %s had delivered: what was under way may come twice", peer->name);
	if (row != NULL)
		chat_fsck_rows_drop(row);
}

int
chat_fsck_outboxes(struct chat_fsck *f)
{
	struct chat_peer peer;

	for (size_t i = 0; chat_fsck_next_peer(f, &i, &peer);) {
		check_received(f, &peer);
		if (check_retired(f, &peer) != 0)
			return -1;
	}
	return 0;
}
