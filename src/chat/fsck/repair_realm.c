/*
 * chat_repair_realm: other realms: the peers, the logs of what came from them, their people. A peer
 * of which only the number is left gets its name from what it has sent.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "chat/fsck/repair_int.h"
#include "chat/message.h"
#include "chat/realm/peer.h"
#include "chat/realm/remote_log.h"
#include "chat/realm/remote_user.h"

bool
chat_repair_find_peer(struct chat_repair *r, uint64_t id, struct repair_record **found)
{
	struct repair_rows *rows = &r->tables[STORE_PEERS];
	struct chat_peer peer;

	for (size_t i = 0; i < rows->n; i++) {
		*found = &rows->list[i];
		if (!rows->list[i].gone &&
		    chat_peer_parse(&peer, rows->list[i].value, rows->list[i].len) && peer.id == id)
			return true;
	}
	return false;
}

bool
chat_repair_has_remote_user(struct chat_repair *r, uint64_t id)
{
	unsigned char key[CHAT_KEY_ID];

	chat_key_id(key, id);
	return repair_rows_find(&r->tables[STORE_REMOTE_USER], key, sizeof(key)) != NULL;
}

/* By the key, which has a hash, a name within the record is put right. */
static void
settle_peer_name(struct chat_repair *r, const struct repair_record *record)
{
	unsigned char data[CHAT_PEER_RECORD];
	char folded[NAME_MAX_BYTES];
	struct chat_peer peer;

	chat_peer_parse(&peer, record->value, record->len);
	chat_repair_id(r, peer.id);
	if (name_fold(peer.name, strlen(peer.name), folded) == record->key_len &&
	    memcmp(folded, record->key, record->key_len) == 0)
		return;
	memcpy(peer.name, record->key, record->key_len);
	peer.name[record->key_len] = '\0';
	size_t len = chat_peer_pack(data, &peer);
	repair_rows_put(&r->tables[STORE_PEERS], record->key, record->key_len, data, len);
	store_fsck_say(r->fsck, STORE_FOUND_DAMAGED, 0, "the name of realm %s", peer.name);
}

static void
settle_peers(struct chat_repair *r)
{
	struct repair_rows *rows = &r->tables[STORE_PEERS];
	struct chat_peer peer;

	for (size_t i = 0, n = rows->n; i < n; i++) {
		struct repair_record *record = &rows->list[i];

		if (chat_peer_parse(&peer, record->value, record->len) &&
		    name_valid((const char *)record->key, record->key_len)) {
			settle_peer_name(r, record);
			continue;
		}
		repair_rows_drop(record);
		store_fsck_say(r->fsck, STORE_FOUND_LOST, 0, "the record of realm %.*s",
		    (int)record->key_len, (const char *)record->key);
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

/* The configuration gives such a one its address again, when kabard starts. */
static void
make_peer(struct chat_repair *r, uint64_t id, const char *name)
{
	struct chat_peer peer = { .id = id };
	unsigned char data[CHAT_PEER_RECORD];
	char folded[NAME_MAX_BYTES];
	size_t len = name_fold(name, strlen(name), folded);

	if (len == 0 || repair_rows_find(&r->tables[STORE_PEERS], folded, len) != NULL) {
		snprintf(peer.name, sizeof(peer.name), "lost-%" PRIu64, id);
		len = name_fold(peer.name, strlen(peer.name), folded);
	} else {
		memcpy(peer.name, name, len + 1);
	}
	size_t size = chat_peer_pack(data, &peer);
	repair_rows_put(&r->tables[STORE_PEERS], folded, len, data, size);
	chat_repair_id(r, id);
	store_fsck_say(r->fsck, STORE_FOUND_LOST, 0,
	    "realm %s, number %" PRIu64 ": all but its name, until the configuration is read",
	    peer.name, id);
}

/* What is listed in a set alone has its record back. */
static void
remote_logs_from_lists(struct chat_repair *r)
{
	const struct repair_rows *sets = &r->tables[STORE_SETS];

	for (size_t i = 0; i < sets->n; i++) {
		const struct repair_record *record = &sets->list[i];
		unsigned char key[CHAT_KEY_PAIR];
		struct chat_set_row row;
		struct chat_set remote_logs;
		uint64_t destination, peer, log;

		chat_set_row(&row, record->key, record->key_len, record->value, record->len);
		if ((row.record != CHAT_SET_ITEM && row.record != CHAT_SET_INDEX) ||
		    row.set.len != 1 + CHAT_KEY_ID ||
		    !chat_remote_log_member(row.member, row.member_len, &peer, &log))
			continue;
		destination = pack_get_u64(row.set.name + 1);
		remote_logs = chat_remote_log_set(destination);
		chat_key_pair(key, destination, peer);
		if (memcmp(remote_logs.name, row.set.name, row.set.len) == 0 &&
		    repair_rows_find(&r->tables[STORE_REMOTE_LOGS], key, sizeof(key)) == NULL)
			repair_rows_put_number(&r->tables[STORE_REMOTE_LOGS], key, sizeof(key),
			    log);
	}
}

static void
settle_remote_logs(struct chat_repair *r)
{
	struct repair_rows *rows = &r->tables[STORE_REMOTE_LOGS];
	struct repair_record *peer_record;
	uint64_t destination, peer, log;

	for (size_t i = 0; i < rows->n; i++) {
		struct repair_record *record = &rows->list[i];
		char name[NAME_MAX_BYTES + 1] = "";
		unsigned char key[CHAT_KEY_ID];

		if (record->gone || chat_remote_log_is_hint(record->key, record->key_len))
			continue;
		if (!chat_remote_log_parse(record->key, record->key_len, record->value, record->len,
		        &destination, &peer, &log)) {
			repair_rows_drop(record);
			continue;
		}
		chat_repair_id(r, log);
		chat_key_id(key, log);
		repair_rows_put_number(&r->logs, key, sizeof(key), destination);
		if (!chat_repair_find_peer(r, peer, &peer_record)) {
			chat_repair_first(r, log, take_realm, name);
			make_peer(r, peer, name);
		}
	}
}

/* It names those who have origins, and maybe others. */
static void
settle_hint(struct chat_repair *r)
{
	static const char key[] = { 'h' };
	struct repair_rows *rows = &r->tables[STORE_REMOTE_LOGS];
	struct repair_record *record = repair_rows_find(rows, key, sizeof(key));
	unsigned char bits[CHAT_REMOTE_LOG_HINT] = { 0 };
	bool any = record != NULL;

	if (record != NULL && record->len == sizeof(bits))
		memcpy(bits, record->value, sizeof(bits));
	for (size_t i = 0; i < rows->n; i++) {
		uint64_t number;

		if (rows->list[i].gone || rows->list[i].key_len != CHAT_KEY_PAIR)
			continue;
		number = pack_get_u64(rows->list[i].key) % (CHAT_REMOTE_LOG_HINT * 8);
		bits[number / 8] |= (unsigned char)(1U << number % 8);
		any = true;
	}
	if (any)
		repair_rows_put(rows, key, sizeof(key), bits, sizeof(bits));
}

/* Both records of somebody there. */
static void
put_person(struct chat_repair *r, const struct chat_remote_user *person)
{
	struct repair_rows *rows = &r->tables[STORE_REMOTE_USER];
	unsigned char key[CHAT_KEY_ID + NAME_MAX_BYTES], data[CHAT_REMOTE_USER_RECORD];
	struct repair_record *record;
	size_t len;

	if (!chat_repair_find_peer(r, person->peer, &record))
		make_peer(r, person->peer, "");
	chat_repair_id(r, person->id);
	chat_key_id(key, person->id);
	record = repair_rows_find(rows, key, sizeof(uint64_t));
	if (record != NULL)
		record->marked = true;
	len = chat_remote_user_pack(data, person);
	if (record == NULL || record->len > len)
		repair_rows_put(rows, key, CHAT_KEY_ID, data, len);
	chat_key_id(key, person->peer);
	len =
	    CHAT_KEY_ID + name_fold(person->name, strlen(person->name), (char *)key + CHAT_KEY_ID);
	repair_rows_put_number(rows, key, len, person->id);
}

/* First those with both names, so that none takes another's. */
static void
settle_remote_user(struct chat_repair *r)
{
	struct repair_rows *rows = &r->tables[STORE_REMOTE_USER];
	struct chat_remote_user person;

	repair_rows_unmark(rows);
	for (int by_name = 0; by_name < 2; by_name++)
		for (size_t i = 0, n = rows->n; i < n; i++) {
			const struct repair_record *record = &rows->list[i];
			enum chat_remote_user_record kind = chat_remote_user_parse(record->key,
			    record->key_len, record->value, record->len, &person);

			if (kind == CHAT_REMOTE_USER_BAD || record->marked || person.id == 0 ||
			    (kind == CHAT_REMOTE_USER_NAME) != (by_name != 0))
				continue;
			if (by_name != 0 && chat_repair_has_remote_user(r, person.id))
				continue; /* it has another name there */
			put_person(r, &person);
		}
	repair_rows_drop_unmarked(rows);
}

/* Of peers without a record whose numbers are known by what is kept of them. */
static void
peers_from_state(struct chat_repair *r)
{
	struct repair_record *found;

	for (size_t i = 0; i < r->state.n; i++) {
		const struct repair_record *record = &r->state.list[i];
		uint64_t peer =
		    record->key_len == CHAT_KEY_STATE ? pack_get_u64(record->key + 1) : 0;
		const struct chat_set names = chat_peer_names();
		struct chat_set_row row;
		char name[NAME_MAX_BYTES + 1] = "";
		size_t missing = 0;

		if (peer == 0 || record->key[0] == CHAT_STATE_PULLED ||
		    record->key[0] == CHAT_STATE_HANDED || chat_repair_find_peer(r, peer, &found))
			continue;
		for (size_t j = 0; j < r->tables[STORE_SETS].n; j++) {
			const struct repair_record *item = &r->tables[STORE_SETS].list[j];

			chat_set_row(&row, item->key, item->key_len, item->value, item->len);
			if (row.record != CHAT_SET_INDEX || row.set.len != names.len ||
			    memcmp(row.set.name, names.name, names.len) != 0 ||
			    !name_valid((const char *)row.member, row.member_len) ||
			    repair_rows_find(&r->tables[STORE_PEERS], row.member, row.member_len) !=
			        NULL)
				continue;
			memcpy(name, row.member, row.member_len);
			name[row.member_len] = '\0';
			missing++;
		}
		/* With several it is anybody's guess. */
		make_peer(r, peer, missing == 1 ? name : "");
	}
}

int
chat_repair_peers(struct chat_repair *r)
{
	settle_peers(r);
	remote_logs_from_lists(r);
	settle_remote_logs(r);
	settle_remote_user(r);
	peers_from_state(r);
	settle_hint(r);
	return 0;
}
