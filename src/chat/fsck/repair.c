/*
 * chat_repair: puts right what the tables of a damaged store say. They are read, put right in
 * memory one after the other, and what was changed is written. A repair that was cut off can be
 * begun anew.
 */
#include "chat/fsck/repair.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/fsck/repair_int.h"
#include "chat/group.h"
#include "chat/message.h"
#include "chat/realm/outbox.h"
#include "chat/realm/receive_state.h"
#include "chat/realm/refusal.h"
#include "chat/realm/remote_user.h"
#include "chat/user.h"

#define REFUSAL_VERSION 1

bool
chat_repair_judge(struct chat *chat, const void *data, size_t len)
{
	const unsigned char *bytes = data;
	struct chat_message message;
	struct chat_outbound outbound;

	if (chat_outbound_read(&outbound, data, len) == 0 &&
	    (!outbound.file ||
	        chat_blob_size(chat->config, outbound.hash) == (int64_t)outbound.size))
		return true;
	if (chat_message_read(&message, data, len) == 0)
		return message.kind >= CHAT_PRIVATE && message.kind <= CHAT_DELAY;
	return len == CHAT_REFUSAL_RECORD && bytes[0] == REFUSAL_VERSION;
}

bool
chat_repair_first(struct chat_repair *r, uint64_t log, chat_repair_take *take, void *arg)
{
	struct store_reader reader;
	struct store_entry entry;
	uint64_t seq;

	if (store_reader_init(&reader, r->chat->store, log, 0) != STORE_OK)
		return false;
	for (; store_reader_peek(&reader, &seq) == STORE_OK; store_reader_skip(&reader))
		if (store_entry(r->chat->store, seq, &entry) == STORE_OK && take(arg, &entry))
			return true;
	return false;
}

const char *
chat_repair_name(struct chat_repair *r, uint64_t id, char name[CHAT_REPAIR_NAME])
{
	unsigned char key[CHAT_KEY_ID];
	const struct repair_record *user, *group, *remote_user;
	struct repair_record *peer;
	union {
		struct chat_user user;
		struct chat_group group;
		struct chat_peer peer;
		struct chat_remote_user remote_user;
	} of;

	chat_key_id(key, id);
	user = repair_rows_find(&r->tables[STORE_USERS], key, sizeof(key));
	group = repair_rows_find(&r->tables[STORE_GROUPS], key, sizeof(key));
	remote_user = repair_rows_find(&r->tables[STORE_REMOTE_USER], key, sizeof(key));
	if (user != NULL && chat_user_parse(&of.user, id, user->value, user->len))
		snprintf(name, CHAT_REPAIR_NAME, "%s", of.user.name);
	else if (group != NULL && chat_group_parse(&of.group, id, group->value, group->len))
		snprintf(name, CHAT_REPAIR_NAME, "%s", of.group.name);
	else if (remote_user != NULL &&
	    chat_remote_user_parse(key, sizeof(key), remote_user->value, remote_user->len,
	        &of.remote_user) == CHAT_REMOTE_USER_ID)
		snprintf(name, CHAT_REPAIR_NAME, "%s", of.remote_user.name);
	else if (chat_repair_find_peer(r, id, &peer) &&
	    chat_peer_parse(&of.peer, peer->value, peer->len))
		snprintf(name, CHAT_REPAIR_NAME, "%s", of.peer.name);
	else
		snprintf(name, CHAT_REPAIR_NAME, "number %" PRIu64, id);
	return name;
}

static void
tell_loss(struct chat_repair *r, const struct store_loss *loss)
{
	char name[CHAT_REPAIR_NAME], what[CHAT_REPAIR_NAME + 64];
	unsigned char key[CHAT_KEY_ID];
	struct repair_record *peer;
	uint64_t destination;

	chat_key_id(key, loss->log);
	destination = repair_rows_number(&r->logs, key, sizeof(key));
	chat_repair_name(r, destination != 0 ? destination : loss->log, name);
	if (destination != 0)
		snprintf(what, sizeof(what), "that came from another realm for %s", name);
	else if (chat_repair_has_user(r, loss->log))
		snprintf(what, sizeof(what), "of the inbox of %s", name);
	else if (chat_repair_has_group(r, loss->log))
		snprintf(what, sizeof(what), "of group %s", name);
	else if (chat_repair_has_remote_user(r, loss->log))
		snprintf(what, sizeof(what), "that were kept for %s of another realm", name);
	else if (chat_repair_find_peer(r, loss->log, &peer))
		snprintf(what, sizeof(what), "that waited for realm %s", name);
	else
		snprintf(what, sizeof(what), "of log %" PRIu64, loss->log);
	if (loss->first == loss->last)
		store_fsck_say(r->fsck, STORE_FOUND_LOST, 0, "message %" PRIu64 " %s", loss->first,
		    what);
	else
		store_fsck_say(r->fsck, STORE_FOUND_LOST, 0,
		    "messages %" PRIu64 " to %" PRIu64 " %s", loss->first, loss->last, what);
}

/* Letters before this number are over, whatever the head says, which may be older. */
static int
trim_settled(struct chat_repair *r, uint64_t peer, uint64_t first)
{
	struct store_reader reader;
	struct store_entry entry;
	struct store_tx tx;
	uint64_t seq, bytes = 0;

	if (store_reader_init(&reader, r->chat->store, peer, 0) != STORE_OK)
		return -1;
	for (; store_reader_peek(&reader, &seq) == STORE_OK && reader.next < first;
	     store_reader_skip(&reader))
		if (store_entry(r->chat->store, seq, &entry) == STORE_OK)
			bytes += entry.len;
	store_tx_init(&tx);
	store_tx_trim(&tx, peer, first, bytes);
	return store_commit(r->chat->store, &tx, NULL) == STORE_OK ? 0 : -1;
}

/* What is settled and what is the oldest kept are to be neighbours. */
static int
settle_outbox(struct chat_repair *r, const struct chat_peer *peer)
{
	unsigned char key[CHAT_KEY_STATE];
	struct store_log_info info;
	struct repair_record *record;
	uint64_t settled;

	chat_key_state(key, CHAT_STATE_RETIRED, peer->id);
	settled = repair_rows_number(&r->state, key, sizeof(key));
	if (store_log_info(r->chat->store, peer->id, &info) != STORE_OK)
		return -1;
	if (settled >= info.first && settled <= info.last)
		return trim_settled(r, peer->id, settled + 1);
	if (info.first > 1) {
		repair_rows_put_number(&r->state, key, sizeof(key), info.first - 1);
		return 0;
	}
	record = repair_rows_find(&r->state, key, sizeof(key));
	if (record != NULL)
		repair_rows_drop(record);
	return 0;
}

static void
settle_received(struct chat_repair *r, const struct chat_peer *peer)
{
	unsigned char key[CHAT_KEY_STATE];
	struct chat_receive_state state;
	struct repair_record *record;

	chat_key_state(key, CHAT_STATE_RECEIVE, peer->id);
	record = repair_rows_find(&r->state, key, sizeof(key));
	if (record != NULL && chat_receive_state_load(r->chat, peer->id, &state) == CHAT_OK) {
		chat_repair_id(r, state.refusals);
		return;
	}
	if (record == NULL && (peer->legacy || !r->fsck->state_damaged))
		return;
	if (record != NULL)
		repair_rows_drop(record);
	store_fsck_say(r->fsck, STORE_FOUND_LOST, 0,
	    "how far realm %s had delivered: what was under way may come twice", peer->name);
}

static int
settle_state(struct chat_repair *r)
{
	const struct repair_rows *peers = &r->tables[STORE_PEERS];
	struct chat_peer peer;

	for (size_t i = 0; i < peers->n; i++) {
		if (peers->list[i].gone ||
		    !chat_peer_parse(&peer, peers->list[i].value, peers->list[i].len))
			continue;
		settle_received(r, &peer);
		if (settle_outbox(r, &peer) != 0)
			return -1;
	}
	return 0;
}

/* No number is given twice; the realm knows its name. */
static void
settle_rest(struct chat_repair *r)
{
	struct repair_rows *realm = &r->tables[STORE_REALM];
	const char *name = r->chat->config->realm;

	if (repair_rows_number(&r->tables[STORE_COUNTERS], "id", 2) < r->highest_id) {
		repair_rows_put_number(&r->tables[STORE_COUNTERS], "id", 2, r->highest_id);
		store_fsck_say(r->fsck, STORE_FOUND_DAMAGED, 0, "the counter of numbers");
	}
	if (repair_rows_find(realm, "name", strlen("name")) == NULL) {
		repair_rows_put(realm, "name", strlen("name"), name, strlen(name));
		store_fsck_say(r->fsck, STORE_FOUND_DAMAGED, 0, "the name of the realm");
	}
}

static int
settle_all(struct chat_repair *r)
{
	if (chat_repair_users(r) != 0 || chat_repair_groups(r) != 0 || chat_repair_peers(r) != 0 ||
	    chat_repair_orphans(r) != 0 || chat_repair_members(r) != 0 ||
	    chat_repair_files(r) != 0 || chat_repair_sets(r) != 0 || chat_repair_readers(r) != 0 ||
	    settle_state(r) != 0)
		return -1;
	settle_rest(r);
	for (size_t i = 0; i < r->fsck->n_losses; i++)
		tell_loss(r, &r->fsck->losses[i]);
	return 0;
}

static int
load_all(struct chat_repair *r)
{
	for (int table = STORE_COUNTERS; table <= STORE_REMOTE_USER; table++)
		if (repair_rows_load(&r->tables[table], r->chat, (enum store_table)table) != 0)
			return -1;
	return repair_rows_load(&r->state, r->chat, STORE_LOG_STATE);
}

static int
save_all(struct chat_repair *r)
{
	uint64_t changes = 0;
	bool failed = r->state.failed || r->logs.failed;

	for (int table = STORE_COUNTERS; table <= STORE_REMOTE_USER; table++)
		failed |= r->tables[table].failed;
	for (int table = STORE_COUNTERS; table <= STORE_REMOTE_USER && !failed; table++)
		failed = repair_rows_save(&r->tables[table], r->chat, &changes) != 0;
	if (failed || repair_rows_save(&r->state, r->chat, &changes) != 0)
		return -1;
	if (changes > 0)
		store_fsck_say(r->fsck, STORE_FOUND_DAMAGED, 0, "%" PRIu64 " records of tables",
		    changes);
	return 0;
}

/* Who is there gets messages. */
static int
reopen(struct chat_repair *r, const struct repair_rows *rows, bool by_value)
{
	for (size_t i = 0; i < rows->n; i++) {
		const struct repair_record *record = &rows->list[i];
		struct store_log_info info;
		uint64_t log;

		if (record->gone || record->key_len != CHAT_KEY_ID)
			continue;
		log = pack_get_u64(record->key);
		if (by_value && !chat_repair_has_user(r, pack_get_u64(record->value)) &&
		    !chat_repair_has_group(r, pack_get_u64(record->value)))
			continue;
		if (store_log_info(r->chat->store, log, &info) != STORE_OK)
			return -1;
		if (!info.closed)
			continue;
		store_fsck_say(r->fsck, STORE_FOUND_DAMAGED, log,
		    "log %" PRIu64 ", which was closed, takes messages again", log);
		if (store_fsck_reopen(r->chat->store, log) != 0)
			return -1;
	}
	return 0;
}

/* As after a restore: what is sent from here on is not taken for what was sent before. */
static int
renew_epochs(struct chat_repair *r)
{
	const struct repair_rows *peers = &r->tables[STORE_PEERS];
	struct chat_peer peer;

	for (size_t i = 0; i < peers->n && r->fsck->logs_damaged; i++) {
		if (peers->list[i].gone ||
		    !chat_peer_parse(&peer, peers->list[i].value, peers->list[i].len))
			continue;
		if (chat_outbound_renew(r->chat, peer.id) != CHAT_OK)
			return -1;
		store_fsck_say(r->fsck, STORE_FOUND_DAMAGED, 0,
		    "what is sent to realm %s has a new epoch", peer.name);
	}
	return 0;
}

int
chat_repair(struct chat *chat, struct store_fsck *fsck)
{
	struct chat_repair *r = calloc(1, sizeof(*r));
	int result = -1;

	if (r == NULL)
		return -1;
	r->chat = chat;
	r->fsck = fsck;
	if (load_all(r) == 0 && settle_all(r) == 0 && save_all(r) == 0 &&
	    reopen(r, &r->tables[STORE_USERS], false) == 0 &&
	    reopen(r, &r->tables[STORE_GROUPS], false) == 0 && reopen(r, &r->logs, true) == 0)
		result = renew_epochs(r);
	for (int table = STORE_COUNTERS; table <= STORE_REMOTE_USER; table++)
		repair_rows_free(&r->tables[table]);
	repair_rows_free(&r->state);
	repair_rows_free(&r->logs);
	free(r);
	return result;
}
