/*
 * chat_repair_orphan: logs that belong to nobody any more, because the tables are lost that said
 * whose they are. Their messages say it, too.
 */
#include <inttypes.h>
#include <string.h>

#include "chat/fsck/repair_int.h"
#include "chat/message.h"
#include "chat/realm/receive.h"
#include "chat/realm/receive_state.h"
#include "chat/realm/remote_log.h"

/* What a message says of the log in which it lies. */
struct owner {
	bool group;
	char name[NAME_MAX_BYTES + 1];
	char realm[NAME_MAX_BYTES + 1]; /* from which it came */
};

static bool
copy_name(char to[NAME_MAX_BYTES + 1], struct chat_text name)
{
	if (!name_valid(name.data, name.len))
		return false;
	memcpy(to, name.data, name.len);
	to[name.len] = '\0';
	return true;
}

static bool
take_owner(void *arg, const struct store_entry *entry)
{
	struct owner *owner = arg;
	struct chat_message message;

	owner->realm[0] = '\0';
	if (chat_message_read(&message, entry->data, entry->len) != 0 ||
	    (message.kind != CHAT_PRIVATE && message.kind != CHAT_GROUP) ||
	    !copy_name(owner->name, message.to) ||
	    (message.realm.len > 0 && !copy_name(owner->realm, message.realm)))
		return false;
	owner->group = message.kind == CHAT_GROUP;
	return true;
}

static bool
is_refusals(struct chat_repair *r, uint64_t log)
{
	struct chat_receive_state state;

	for (size_t i = 0; i < r->state.n; i++) {
		const struct repair_record *record = &r->state.list[i];

		if (record->key_len == CHAT_KEY_STATE && record->key[0] == CHAT_STATE_RECEIVE &&
		    chat_receive_state_load(r->chat, pack_get_u64(record->key + 1), &state) ==
		        CHAT_OK &&
		    state.refusals == log)
			return true;
	}
	return false;
}

static bool
is_owned(struct chat_repair *r, uint64_t log)
{
	struct repair_record *record;
	unsigned char key[CHAT_KEY_ID];

	chat_key_id(key, log);
	return chat_repair_has_user(r, log) || chat_repair_has_group(r, log) ||
	    chat_repair_has_remote_user(r, log) || chat_repair_find_peer(r, log, &record) ||
	    repair_rows_find(&r->logs, key, sizeof(key)) != NULL || is_refusals(r, log);
}

static uint64_t
find_peer(struct chat_repair *r, const char *name)
{
	struct chat_peer peer;
	char folded[NAME_MAX_BYTES];
	size_t len = name_fold(name, strlen(name), folded);
	struct repair_record *record = repair_rows_find(&r->tables[STORE_PEERS], folded, len);

	return record != NULL && chat_peer_parse(&peer, record->value, record->len) ? peer.id : 0;
}

static void
adopt_remote_log(struct chat_repair *r, uint64_t log, const struct owner *owner)
{
	enum store_table names = owner->group ? STORE_GROUP_NAMES : STORE_USER_NAMES;
	unsigned char key[CHAT_KEY_PAIR];
	char folded[NAME_MAX_BYTES];
	size_t len = name_fold(owner->name, strlen(owner->name), folded);
	uint64_t destination = repair_rows_number(&r->tables[names], folded, len);
	uint64_t peer = find_peer(r, owner->realm);

	chat_key_pair(key, destination, peer);
	if (destination == 0 || peer == 0 ||
	    repair_rows_find(&r->tables[STORE_REMOTE_LOGS], key, sizeof(key)) != NULL) {
		store_fsck_say(r->fsck, STORE_FOUND_LOST, 0,
		    "log %" PRIu64 ": what came from realm %s for %s, who is not here", log,
		    owner->realm, owner->name);
		return;
	}
	repair_rows_put_number(&r->tables[STORE_REMOTE_LOGS], key, sizeof(key), log);
	chat_key_id(key, log);
	repair_rows_put_number(&r->logs, key, CHAT_KEY_ID, destination);
	store_fsck_say(r->fsck, STORE_FOUND_DAMAGED, 0,
	    "what came from realm %s for %s is found again", owner->realm, owner->name);
}

static void
adopt(struct chat_repair *r, uint64_t log, bool remote_logs)
{
	struct owner owner = { .group = false };

	if (!chat_repair_first(r, log, take_owner, &owner)) {
		if (!remote_logs)
			store_fsck_say(r->fsck, STORE_FOUND_LOST, 0,
			    "log %" PRIu64 ": nobody can say whose it is", log);
		return;
	}
	if ((owner.realm[0] != '\0') != remote_logs)
		return;
	if (remote_logs)
		adopt_remote_log(r, log, &owner);
	else if (owner.group)
		chat_repair_make_group(r, log, owner.name, strlen(owner.name));
	else
		chat_repair_make_user(r, log, owner.name, strlen(owner.name));
}

int
chat_repair_orphans(struct chat_repair *r)
{
	uint64_t last;

	if (!r->fsck->tables_damaged)
		return 0;
	if (store_fsck_last_log(r->chat->store, &last) != 0)
		return -1;
	for (int remote_logs = 0; remote_logs < 2; remote_logs++)
		for (uint64_t log = 1; log <= last; log++) {
			struct store_log_info info;

			if (store_log_info(r->chat->store, log, &info) != STORE_OK)
				return -1;
			if (info.last == 0)
				continue;
			chat_repair_id(r, log);
			if (!info.closed && info.first <= info.last && !is_owned(r, log))
				adopt(r, log, remote_logs != 0);
		}
	return 0;
}
