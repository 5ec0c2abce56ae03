/*
 * chat_fsck peer: other realms: the peers, the logs of what came from them, their users. A peer of
 * which only the number is left gets its name from what it has sent.
 */
#include "chat/realm/peer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "chat/fsck/int.h"
#include "chat/message.h"
#include "chat/realm/remote_log.h"
#include "chat/realm/remote_user.h"
#include "chat/table.h"

/* The key, which has a hash, decides on the name within the record. */
static void
check_peer_name(struct chat_fsck *f, const struct chat_fsck_row *row, struct chat_peer *peer)
{
	unsigned char data[CHAT_PEER_RECORD];
	char folded[NAME_MAX_BYTES];

	chat_fsck_take_id(f, peer->id);
	if (name_fold(peer->name, strlen(peer->name), folded) == row->key_len &&
	    memcmp(folded, row->key, row->key_len) == 0)
		return;
	chat_fsck_say(f, STORE_FOUND_DAMAGED, CHAT_TABLE_PEERS, row,
	    "realm %.*s: the name leads to %s", (int)row->key_len, (const char *)row->key,
	    peer->name);
	memcpy(peer->name, row->key, row->key_len);
	peer->name[row->key_len] = '\0';
	size_t len = chat_peer_pack(data, peer);
	chat_fsck_rows_put(&f->tables[CHAT_TABLE_PEERS], folded,
	    name_fold(peer->name, strlen(peer->name), folded), data, len);
}

static void
check_peers(struct chat_fsck *f)
{
	struct chat_fsck_row *row;
	struct chat_peer peer;

	for (size_t i = 0; (row = chat_fsck_rows_next(&f->tables[CHAT_TABLE_PEERS], &i)) != NULL;) {
		if (chat_peer_parse(&peer, chat_fsck_value(row), row->len) && peer.id != 0 &&
		    name_valid((const char *)row->key, row->key_len)) {
			check_peer_name(f, row, &peer);
			continue;
		}
		chat_fsck_say(f, STORE_FOUND_LOST, CHAT_TABLE_PEERS, row,
		    "realm %.*s: the record is damaged", (int)row->key_len, (const char *)row->key);
		chat_fsck_rows_drop(row);
	}
}

static bool
take_realm(void *arg, const struct store_entry *entry)
{
	char *name = arg;
	struct chat_message message;

	if (chat_message_read(&message, entry->data, entry->len) != 0 || message.realm.len == 0 ||
	    !name_valid(message.realm.data, message.realm.len))
		return false;
	memcpy(name, message.realm.data, message.realm.len);
	name[message.realm.len] = '\0';
	return true;
}

/* The configuration gives such a peer its address again, when kabard starts. */
static void
make_peer(struct chat_fsck *f, uint64_t id, const char *name)
{
	struct chat_peer peer = { .id = id };
	unsigned char data[CHAT_PEER_RECORD];
	char folded[NAME_MAX_BYTES];

	if (name[0] == '\0' ||
	    chat_fsck_rows_find(&f->tables[CHAT_TABLE_PEERS], folded,
	        name_fold(name, strlen(name), folded)) != NULL)
		snprintf(peer.name, sizeof(peer.name), "lost-%" PRIu64, id);
	else
		snprintf(peer.name, sizeof(peer.name), "%s", name);
	chat_fsck_say(f, STORE_FOUND_LOST, CHAT_TABLE_PEERS, NULL,
	    "realm %s, " CHAT_FSCK_NUMBER ": all but its name, until the configuration is read",
	    peer.name, id);
	size_t size = chat_peer_pack(data, &peer);
	chat_fsck_rows_put(&f->tables[CHAT_TABLE_PEERS], folded,
	    name_fold(peer.name, strlen(peer.name), folded), data, size);
	chat_fsck_take_id(f, id);
}

static bool
parse_remote_log(const struct chat_fsck_row *row, uint64_t *destination, uint64_t *peer,
    uint64_t *log)
{
	return chat_remote_log_parse(row->key, row->key_len, chat_fsck_value(row), row->len,
	    destination, peer, log);
}

static void
drop_damaged_remote_logs(struct chat_fsck *f)
{
	struct chat_fsck_row *row;
	uint64_t destination, peer, log;

	for (size_t i = 0;
	     (row = chat_fsck_rows_next(&f->tables[CHAT_TABLE_REMOTE_LOGS], &i)) != NULL;) {
		if (chat_remote_log_is_hint(row->key, row->key_len) ||
		    parse_remote_log(row, &destination, &peer, &log))
			continue;
		chat_fsck_say(f, STORE_FOUND_DAMAGED, CHAT_TABLE_REMOTE_LOGS, row,
		    "the record of a log of messages from another realm is damaged");
		chat_fsck_rows_drop(row);
	}
}

/* A remote log that only a list names gets its record back. */
static void
take_listed_remote_log(struct chat_fsck *f, const struct chat_set_row *item)
{
	unsigned char key[CHAT_KEY_PAIR];
	uint64_t destination, peer, log;

	if ((item->record != CHAT_SET_ITEM && item->record != CHAT_SET_INDEX) ||
	    !chat_set_owner(&item->set, CHAT_SET_REMOTE_LOGS, &destination) ||
	    !chat_remote_log_member(item->member, item->member_len, &peer, &log))
		return;
	chat_key_pair(key, destination, peer);
	if (chat_fsck_rows_find(&f->tables[CHAT_TABLE_REMOTE_LOGS], key, sizeof(key)) != NULL)
		return;
	chat_fsck_say(f, STORE_FOUND_DAMAGED, CHAT_TABLE_REMOTE_LOGS, NULL,
	    "log %" PRIu64 " is listed with " CHAT_FSCK_NUMBER " as from realm " CHAT_FSCK_NUMBER
	    ", but is not",
	    log, destination, peer);
	chat_fsck_rows_put_number(&f->tables[CHAT_TABLE_REMOTE_LOGS], key, sizeof(key), log);
}

static void
take_listed_remote_logs(struct chat_fsck *f)
{
	const struct chat_fsck_row *row;
	struct chat_set_row item;

	for (size_t i = 0; (row = chat_fsck_rows_next(&f->tables[CHAT_TABLE_SETS], &i)) != NULL;) {
		chat_set_row(&item, row->key, row->key_len, chat_fsck_value(row), row->len);
		take_listed_remote_log(f, &item);
	}
}

static void
check_remote_logs(struct chat_fsck *f)
{
	const struct chat_fsck_row *row;
	struct chat_peer known;
	uint64_t destination, peer, log, stale = 0;

	for (size_t i = 0;
	     (row = chat_fsck_rows_next(&f->tables[CHAT_TABLE_REMOTE_LOGS], &i)) != NULL;) {
		char name[NAME_MAX_BYTES + 1] = "";
		unsigned char key[CHAT_KEY_ID];

		if (!parse_remote_log(row, &destination, &peer, &log))
			continue;
		chat_fsck_take_id(f, log);
		chat_key_id(key, log);
		chat_fsck_rows_put_number(&f->logs, key, sizeof(key), destination);
		stale +=
		    !chat_fsck_has_user(f, destination) && !chat_fsck_has_group(f, destination);
		if (!chat_fsck_find_peer(f, peer, &known)) {
			chat_fsck_first(f, log, take_realm, name);
			make_peer(f, peer, name);
		}
	}
	chat_fsck_say_count(f, STORE_FOUND_WARNING, CHAT_TABLE_REMOTE_LOGS, stale,
	    "logs of users and groups who are gone: they will be removed");
}

/* The hint forgets no destination that has remote logs. */
int
chat_fsck_hint(struct chat_fsck *f)
{
	struct chat_fsck_rows *rows = &f->tables[CHAT_TABLE_REMOTE_LOGS];
	struct chat_remote_log_hint hint = { .len = 0 };
	const char key = CHAT_REMOTE_LOG_HINT_KEY;
	const struct chat_fsck_row *row = chat_fsck_rows_find(rows, &key, 1);
	uint64_t destination, peer, log;

	if (row != NULL && row->len == sizeof(hint.bits)) {
		memcpy(hint.bits, chat_fsck_value(row), sizeof(hint.bits));
		hint.len = sizeof(hint.bits);
	} else if (row != NULL) {
		chat_fsck_say(f, STORE_FOUND_DAMAGED, CHAT_TABLE_REMOTE_LOGS, row,
		    "the record of those who got messages from other realms is damaged");
	}
	for (size_t i = 0; (row = chat_fsck_rows_next(rows, &i)) != NULL;) {
		if (!parse_remote_log(row, &destination, &peer, &log) ||
		    chat_remote_log_likely(&hint, destination))
			continue;
		chat_fsck_say(f, STORE_FOUND_DAMAGED, CHAT_TABLE_REMOTE_LOGS, row,
		    "log %" PRIu64 ": nobody finds that it is of " CHAT_FSCK_NUMBER
		    " and from realm " CHAT_FSCK_NUMBER,
		    log, destination, peer);
		chat_remote_log_hint_add(&hint, destination);
	}
	if (hint.len > 0 || chat_fsck_rows_find(rows, &key, 1) != NULL)
		chat_fsck_rows_put(rows, &key, 1, hint.bits, sizeof(hint.bits));
	return 0;
}

static void
say_remote_user(struct chat_fsck *f, const struct chat_remote_user *user)
{
	chat_fsck_say(f, STORE_FOUND_DAMAGED, CHAT_TABLE_REMOTE_USERS, NULL,
	    "%s of realm " CHAT_FSCK_NUMBER " is not found by name and " CHAT_FSCK_NUMBER,
	    user->name, user->peer, user->id);
}

/* Puts both records of a remote user. */
static void
put_remote_user(struct chat_fsck *f, const struct chat_remote_user *user)
{
	struct chat_fsck_rows *rows = &f->tables[CHAT_TABLE_REMOTE_USERS];
	unsigned char key[CHAT_REMOTE_USER_KEY], data[CHAT_REMOTE_USER_RECORD];
	struct chat_fsck_row *row = chat_fsck_rows_find_id(rows, user->id);
	struct chat_peer peer;
	size_t len = chat_remote_user_pack(data, user);
	bool changed = false;

	if (!chat_fsck_find_peer(f, user->peer, &peer))
		make_peer(f, user->peer, "");
	chat_fsck_take_id(f, user->id);
	if (row != NULL)
		row->marked = true;
	if (row == NULL || row->len > len) {
		chat_key_id(key, user->id);
		changed |= chat_fsck_rows_put(rows, key, CHAT_KEY_ID, data, len);
	}
	len = chat_remote_user_key(key, user->peer, chat_text(user->name));
	changed |= chat_fsck_rows_put_number(rows, key, len, user->id);
	if (changed)
		say_remote_user(f, user);
}

/* Puts the remote users of one kind of record. Those by id come first, and keep their names. */
static void
check_remote_users(struct chat_fsck *f, enum chat_remote_user_record wanted)
{
	struct chat_fsck_rows *rows = &f->tables[CHAT_TABLE_REMOTE_USERS];
	struct chat_remote_user user;

	for (size_t i = 0, n = rows->n; i < n; i++) {
		const struct chat_fsck_row *row = &rows->list[i];
		enum chat_remote_user_record kind = chat_remote_user_parse(row->key, row->key_len,
		    chat_fsck_value(row), row->len, &user);

		if (kind != wanted || row->marked || user.id == 0)
			continue;
		if (kind == CHAT_REMOTE_USER_NAME && chat_fsck_has_remote_user(f, user.id))
			continue; /* it has another name there */
		put_remote_user(f, &user);
	}
}

static void
drop_remote_users(struct chat_fsck *f)
{
	struct chat_fsck_row *row;
	struct chat_remote_user user;

	for (size_t i = 0;
	     (row = chat_fsck_rows_next(&f->tables[CHAT_TABLE_REMOTE_USERS], &i)) != NULL;) {
		if (row->marked)
			continue;
		if (chat_remote_user_parse(row->key, row->key_len, chat_fsck_value(row), row->len,
		        &user) == CHAT_REMOTE_USER_BAD)
			chat_fsck_say(f, STORE_FOUND_DAMAGED, CHAT_TABLE_REMOTE_USERS, row,
			    "the record of somebody of another realm is damaged");
		else
			say_remote_user(f, &user);
		chat_fsck_rows_drop(row);
	}
}

/* Finds the name of the only listed peer that has no record; "": there is none, or several. */
static void
guess_name(const struct chat_fsck *f, char name[NAME_MAX_BYTES + 1])
{
	const struct chat_fsck_row *row;
	struct chat_set_row item;
	size_t n = 0;

	for (size_t i = 0; (row = chat_fsck_rows_next(&f->tables[CHAT_TABLE_SETS], &i)) != NULL;) {
		chat_set_row(&item, row->key, row->key_len, chat_fsck_value(row), row->len);
		if (item.record != CHAT_SET_INDEX || item.set.name[0] != CHAT_SET_PEERS ||
		    !name_valid((const char *)item.member, item.member_len) ||
		    chat_fsck_rows_find(&f->tables[CHAT_TABLE_PEERS], item.member,
		        item.member_len) != NULL)
			continue;
		memcpy(name, item.member, item.member_len);
		name[item.member_len] = '\0';
		n++;
	}
	if (n != 1)
		name[0] = '\0';
}

/* Makes the peers that have a state but no record. */
static void
make_peers_of_state(struct chat_fsck *f)
{
	const struct chat_fsck_row *row;
	struct chat_peer known;

	for (size_t i = 0; (row = chat_fsck_rows_next(&f->state, &i)) != NULL;) {
		uint64_t peer = row->key_len == CHAT_KEY_STATE ? pack_get_u64(row->key + 1) : 0;
		char name[NAME_MAX_BYTES + 1];

		if (peer == 0 || row->key[0] == CHAT_STATE_PULLED ||
		    row->key[0] == CHAT_STATE_HANDED || chat_fsck_find_peer(f, peer, &known))
			continue;
		guess_name(f, name);
		make_peer(f, peer, name);
	}
}

int
chat_fsck_peers(struct chat_fsck *f)
{
	check_peers(f);
	drop_damaged_remote_logs(f);
	take_listed_remote_logs(f);
	check_remote_logs(f);
	chat_fsck_rows_unmark(&f->tables[CHAT_TABLE_REMOTE_USERS]);
	check_remote_users(f, CHAT_REMOTE_USER_ID);
	check_remote_users(f, CHAT_REMOTE_USER_NAME);
	drop_remote_users(f);
	make_peers_of_state(f);
	return 0;
}
