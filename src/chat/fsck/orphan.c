/*
 * chat_fsck orphan: logs whose owners are not known any more, because those tables are lost. The
 * messages in them name their owners, too.
 */
#include <inttypes.h>
#include <string.h>

#include "chat/fsck/int.h"
#include "chat/message.h"
#include "chat/realm/receive_state.h"
#include "chat/table.h"
#include "store/fsck/fsck.h"

/* The owner of a log, as a message names it that has it as the first of its logs. */
struct owner {
	uint64_t log;
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
	if (entry->log != owner->log || chat_message_read(&message, entry->data, entry->len) != 0 ||
	    (message.kind != CHAT_PRIVATE && message.kind != CHAT_GROUP) ||
	    !copy_name(owner->name, message.to) ||
	    (message.realm.len > 0 && !copy_name(owner->realm, message.realm)))
		return false;
	owner->group = message.kind == CHAT_GROUP;
	return true;
}

/* Whether a log holds the refusals of a peer. */
static bool
is_refusals(const struct chat_fsck *f, uint64_t log)
{
	const struct chat_fsck_row *row;
	struct chat_receive_state state;

	for (size_t i = 0; (row = chat_fsck_rows_next(&f->state, &i)) != NULL;)
		if (row->key_len == CHAT_KEY_STATE && row->key[0] == CHAT_STATE_RECEIVE &&
		    chat_receive_state_parse(&state, chat_fsck_value(row), row->len) &&
		    state.refusals == log)
			return true;
	return false;
}

static bool
is_owned(const struct chat_fsck *f, uint64_t log)
{
	struct chat_peer peer;

	return chat_fsck_has_user(f, log) || chat_fsck_has_group(f, log) ||
	    chat_fsck_has_remote_user(f, log) || chat_fsck_find_peer(f, log, &peer) ||
	    chat_fsck_rows_find_id(&f->logs, log) != NULL ||
	    chat_fsck_rows_find_id(&f->tables[CHAT_TABLE_CONVERSATIONS], log) != NULL ||
	    is_refusals(f, log);
}

static uint64_t
find_peer_id(const struct chat_fsck *f, const char *name)
{
	struct chat_peer peer;
	char folded[NAME_MAX_BYTES];
	const struct chat_fsck_row *row = chat_fsck_rows_find(&f->tables[CHAT_TABLE_PEERS], folded,
	    name_fold(name, strlen(name), folded));

	return row != NULL && chat_peer_parse(&peer, chat_fsck_value(row), row->len) ? peer.id : 0;
}

static void
adopt_remote_log(struct chat_fsck *f, uint64_t log, const struct owner *owner)
{
	unsigned char key[CHAT_KEY_PAIR];
	uint64_t destination = chat_fsck_id_of(f,
	    owner->group ? CHAT_TABLE_GROUP_NAMES : CHAT_TABLE_USER_NAMES, owner->name);
	uint64_t peer = find_peer_id(f, owner->realm);

	chat_key_pair(key, destination, peer);
	if (destination == 0 || peer == 0 ||
	    chat_fsck_rows_find(&f->tables[CHAT_TABLE_REMOTE_LOGS], key, sizeof(key)) != NULL) {
		store_fsck_say(f->fsck, STORE_FOUND_LOST, log,
		    "log %" PRIu64 ": what came from realm %s for %s, who is not here", log,
		    owner->realm, owner->name);
		return;
	}
	store_fsck_say(f->fsck, STORE_FOUND_DAMAGED, log,
	    "log %" PRIu64 ": nobody finds what came from realm %s for %s", log, owner->realm,
	    owner->name);
	chat_fsck_rows_put_number(&f->tables[CHAT_TABLE_REMOTE_LOGS], key, sizeof(key), log);
	chat_key_id(key, log);
	chat_fsck_rows_put_number(&f->logs, key, CHAT_KEY_ID, destination);
}

static void
adopt_log(struct chat_fsck *f, uint64_t log, bool remote)
{
	struct owner owner = { .log = log };

	if (!chat_fsck_first(f, log, take_owner, &owner)) {
		if (!remote)
			store_fsck_say(f->fsck, STORE_FOUND_LOST, log,
			    "log %" PRIu64 ": nobody can say whose it is", log);
		return;
	}
	if ((owner.realm[0] != '\0') != remote)
		return;
	if (remote)
		adopt_remote_log(f, log, &owner);
	else if (owner.group)
		chat_fsck_make_group(f, log, owner.name);
	else
		chat_fsck_make_user(f, log, owner.name);
}

static int
check_logs(struct chat_fsck *f, uint64_t last, bool remote)
{
	struct store_log_info info;

	for (uint64_t log = 1; log <= last; log++) {
		if (store_log_info(f->chat->store, log, &info) != STORE_OK)
			return -1;
		if (info.last == 0)
			continue;
		chat_fsck_take_id(f, log);
		if (!info.closed && info.first <= info.last && !is_owned(f, log))
			adopt_log(f, log, remote);
	}
	return 0;
}

int
chat_fsck_orphans(struct chat_fsck *f)
{
	uint64_t last;

	if (!f->fsck->tables_damaged)
		return 0;
	if (store_fsck_last_log(f->chat->store, &last) != 0 || check_logs(f, last, false) != 0)
		return -1;
	return check_logs(f, last, true);
}
