/*
 * chat_fsck: reads the tables, applies the rules one after the other, and saves what was changed. A
 * repair that was cut off can be begun anew.
 */
#include "chat/fsck/fsck.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/fsck/int.h"
#include "chat/history/activity.h"
#include "chat/message.h"
#include "chat/realm/outbound.h"
#include "chat/realm/refusal.h"
#include "chat/table.h"
#include "store/fsck/fsck.h"
#include "store/store_admin.h"

static const char *const table_names[CHAT_FSCK_TABLES] = { [STORE_COUNTERS] = "counters",
	[CHAT_TABLE_REALM] = "realm",
	[CHAT_TABLE_USER_NAMES] = "user names",
	[CHAT_TABLE_USERS] = "users",
	[CHAT_TABLE_GROUP_NAMES] = "group names",
	[CHAT_TABLE_GROUPS] = "groups",
	[CHAT_TABLE_MEMBERS] = "members",
	[CHAT_TABLE_TOKENS] = "sessions",
	[STORE_CURSORS] = "cursors",
	[CHAT_TABLE_FILES] = "files",
	[CHAT_TABLE_BLOBS] = "contents",
	[CHAT_TABLE_SETS] = "lists",
	[CHAT_TABLE_QUOTAS] = "quotas",
	[CHAT_TABLE_PEERS] = "peers",
	[CHAT_TABLE_REMOTE_LOGS] = "remote logs",
	[CHAT_TABLE_REMOTE_USERS] = "remote users",
	[CHAT_TABLE_BLOCKS] = "blocks",
	[CHAT_TABLE_INVITATIONS] = "invitations",
	[CHAT_TABLE_INVITEES] = "invitees",
	[CHAT_TABLE_CONVERSATIONS] = "conversations",
	[CHAT_TABLE_ACTIVITY] = "logs of activity",
	[CHAT_TABLE_SESSIONS] = "lists of sessions",
	[CHAT_TABLE_BANS] = "bans",
	[CHAT_TABLE_CERTIFICATES] = "certificates",
	[CHAT_TABLE_MARKS] = "times of reading" };

const char *
chat_fsck_table(int table)
{
	if (table == STORE_LOG_STATE)
		return "states of peers";
	return table > 0 && table < CHAT_FSCK_TABLES ? table_names[table] : NULL;
}

bool
chat_fsck_judge(void *arg, const void *data, size_t len)
{
	struct chat_message message;
	struct chat_outbound outbound;
	struct chat_activity activity;
	struct chat_refusal refusal;

	(void)arg;
	if (chat_outbound_read(&outbound, data, len) == 0)
		return true;
	if (chat_message_read(&message, data, len) == 0)
		return message.kind >= CHAT_PRIVATE && message.kind <= CHAT_DELAY;
	return chat_refusal_read(&refusal, data, len) ||
	    chat_activity_read(&activity, data, len) == 0;
}

bool
chat_fsck_has_id(int table)
{
	return table == CHAT_TABLE_USERS || table == CHAT_TABLE_GROUPS ||
	    table == CHAT_TABLE_MEMBERS;
}

static void
tell_loss(struct chat_fsck *f, const struct store_loss *loss)
{
	char name[CHAT_FSCK_NAME], what[2 * CHAT_FSCK_NAME + 64];
	unsigned char key[CHAT_KEY_ID];
	struct chat_peer peer;
	uint64_t destination;

	chat_key_id(key, loss->log);
	destination = chat_fsck_rows_number(&f->logs, key, sizeof(key));
	chat_fsck_name(f, destination != 0 ? destination : loss->log, name);
	if (destination != 0)
		snprintf(what, sizeof(what), "that came from another realm for %s", name);
	else if (chat_fsck_has_user(f, loss->log))
		snprintf(what, sizeof(what), "of the inbox of %s", name);
	else if (chat_fsck_has_group(f, loss->log))
		snprintf(what, sizeof(what), "of group %s", name);
	else if (chat_fsck_has_remote_user(f, loss->log))
		snprintf(what, sizeof(what), "that were kept for %s of another realm", name);
	else if (chat_fsck_find_peer(f, loss->log, &peer))
		snprintf(what, sizeof(what), "that waited for realm %s", name);
	else if (!chat_fsck_name_history(f, loss->log, what, sizeof(what)))
		snprintf(what, sizeof(what), "of log %" PRIu64, loss->log);
	if (loss->first == loss->last)
		store_fsck_say(f->fsck, store_fsck_loss_class(f->fsck), loss->log,
		    "message %" PRIu64 " %s", loss->first, what);
	else
		store_fsck_say(f->fsck, store_fsck_loss_class(f->fsck), loss->log,
		    "messages %" PRIu64 " to %" PRIu64 " %s", loss->first, loss->last, what);
}

static int
load_row(void *arg, int table, const void *key, size_t key_len, const void *value, size_t len)
{
	struct chat_fsck *f = arg;

	if (table >= CHAT_FSCK_TABLES)
		return 0;
	f->tables[table].table = table;
	return chat_fsck_rows_load(&f->tables[table], key, key_len, value, len);
}

/* The state of peers first: each peer in it has its record already. */
static int
load_all(struct chat_fsck *f)
{
	f->state.table = STORE_LOG_STATE;
	if (store_each(f->chat->store, STORE_LOG_STATE, chat_fsck_rows_load, &f->state) != 0 ||
	    store_each_table(f->chat->store, load_row, f) != 0)
		return -1;
	for (int table = 1; table < CHAT_FSCK_TABLES; table++) {
		f->tables[table].table = table;
		if (f->tables[table].failed)
			return -1;
	}
	return f->state.failed ? -1 : 0;
}

/* A number that is given twice would hand one user's inbox to another. */
static int
check_counter(struct chat_fsck *f)
{
	uint64_t last;

	/* Others may have raised it since the tables were read. */
	if (store_get_number(f->chat->store, STORE_COUNTERS, "id", 2, &last) != STORE_OK)
		last = 0;
	if (last >= f->highest_id)
		return 0;
	chat_fsck_say(f, STORE_FOUND_DAMAGED, STORE_COUNTERS, NULL,
	    "the numbers of users and groups will be given again");
	chat_fsck_rows_put_number(&f->tables[STORE_COUNTERS], "id", 2, f->highest_id);
	return 0;
}

/* The store keeps the name that the realm was made with. */
static int
check_realm(struct chat_fsck *f)
{
	struct chat_fsck_rows *rows = &f->tables[CHAT_TABLE_REALM];
	const char *name = f->chat->config->realm;
	const struct chat_fsck_row *row = chat_fsck_rows_find(rows, "name", strlen("name"));

	if (row == NULL) {
		chat_fsck_say(f, STORE_FOUND_STALE, CHAT_TABLE_REALM, NULL,
		    "the realm has no name in the store");
		chat_fsck_rows_put(rows, "name", strlen("name"), name, strlen(name));
	} else if (row->len != strlen(name) || memcmp(chat_fsck_value(row), name, row->len) != 0) {
		chat_fsck_say(f, STORE_FOUND_WARNING, CHAT_TABLE_REALM, row,
		    "the realm was made as %.*s, the configuration calls it %s", (int)row->len,
		    (const char *)chat_fsck_value(row), name);
	}
	return 0;
}

static int
apply_rules(struct chat_fsck *f)
{
	static int (*const rules[])(struct chat_fsck *) = { chat_fsck_users, chat_fsck_peers,
		chat_fsck_orphans, chat_fsck_hint, chat_fsck_members, chat_fsck_invitees,
		chat_fsck_bans, chat_fsck_blocks, chat_fsck_histories, chat_fsck_files,
		chat_fsck_sets, chat_fsck_readers, chat_fsck_certificates, chat_fsck_outboxes,
		chat_fsck_invitations, check_counter, check_realm, chat_fsck_passwords };

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i](f) != 0)
			return -1;
	for (size_t i = 0; i < f->fsck->n_losses; i++)
		tell_loss(f, &f->fsck->losses[i]);
	return f->logs.failed ? -1 : 0;
}

static int
save_all(struct chat_fsck *f)
{
	bool failed = f->state.failed;

	for (int table = 1; table < CHAT_FSCK_TABLES; table++)
		failed |= f->tables[table].failed;
	if (f->fsck->dry)
		return failed ? -1 : 0;
	for (int table = 1; table < CHAT_FSCK_TABLES && !failed; table++)
		failed = chat_fsck_rows_save(&f->tables[table], f->chat) != 0;
	return failed || chat_fsck_rows_save(&f->state, f->chat) != 0 ? -1 : 0;
}

/* A log is open while its owner exists. Adds its messages to the counts. */
static int
check_open(struct chat_fsck *f, uint64_t log, uint64_t owner, struct chat_fsck_counts *counts)
{
	struct store_log_info info;
	char name[CHAT_FSCK_NAME];

	if (store_log_info(f->chat->store, log, &info) != STORE_OK)
		return -1;
	counts->messages += info.last + 1 - info.first;
	if (!info.closed || (!chat_fsck_has_user(f, owner) && !chat_fsck_has_group(f, owner)))
		return 0;
	chat_fsck_name(f, owner, name);
	if (log == owner)
		store_fsck_say(f->fsck, STORE_FOUND_DAMAGED, log,
		    "%s %s: messages are refused as if it were removed",
		    chat_fsck_has_user(f, owner) ? "user" : "group", name);
	else
		store_fsck_say(f->fsck, STORE_FOUND_DAMAGED, log,
		    "log %" PRIu64 ": messages from another realm to %s are refused as if it were "
		    "removed",
		    log, name);
	return f->fsck->dry ? 0 : store_fsck_reopen(f->chat->store, log);
}

static int
check_all_open(struct chat_fsck *f, struct chat_fsck_counts *counts)
{
	const struct chat_fsck_rows *tables[] = { &f->tables[CHAT_TABLE_USERS],
		&f->tables[CHAT_TABLE_GROUPS], &f->logs };
	uint64_t n[3] = { 0 };
	const struct chat_fsck_row *row;

	*counts = (struct chat_fsck_counts){ .users = 0 };
	for (size_t table = 0; table < 3; table++)
		for (size_t i = 0; (row = chat_fsck_rows_next(tables[table], &i)) != NULL;) {
			uint64_t id = pack_get_u64(row->key);
			uint64_t owner =
			    tables[table] == &f->logs ? pack_get_u64(chat_fsck_value(row)) : id;

			n[table]++;
			if (check_open(f, id, owner, counts) != 0)
				return -1;
		}
	counts->users = n[0];
	counts->groups = n[1];
	return 0;
}

/* As after a restore, peers must not take new messages for some that they have received. */
static int
renew_epochs(struct chat_fsck *f)
{
	struct chat_peer peer;

	if (!f->fsck->logs_damaged || f->fsck->dry)
		return 0;
	for (size_t i = 0; chat_fsck_next_peer(f, &i, &peer);) {
		if (chat_outbound_renew(f->chat, peer.id) != CHAT_OK)
			return -1;
		store_fsck_say(f->fsck, STORE_FOUND_DAMAGED, peer.id,
		    "what is sent to realm %s has a new epoch", peer.name);
	}
	return 0;
}

int
chat_fsck_repair(struct chat *chat, struct store_fsck *fsck, struct chat_fsck_counts *counts)
{
	struct chat_fsck *f = calloc(1, sizeof(*f));
	int result = -1;

	if (f == NULL)
		return -1;
	f->chat = chat;
	f->fsck = fsck;
	if (load_all(f) == 0 && apply_rules(f) == 0 && save_all(f) == 0 &&
	    check_all_open(f, counts) == 0)
		result = renew_epochs(f);
	for (int table = 1; table < CHAT_FSCK_TABLES; table++)
		chat_fsck_rows_free(&f->tables[table]);
	chat_fsck_rows_free(&f->state);
	chat_fsck_rows_free(&f->logs);
	free(f);
	return result;
}

struct look {
	struct chat *chat;
	struct chat_fsck_counts *counts;
};

static int
look_at_realm(void *arg, struct store_fsck *fsck)
{
	const struct look *look = arg;

	fsck->judge = chat_fsck_judge;
	fsck->judge_arg = look->chat;
	fsck->has_id = chat_fsck_has_id;
	if (store_fsck_look_at(look->chat->store, fsck) != 0)
		return -1;
	return chat_fsck_repair(look->chat, fsck, look->counts);
}

int
chat_fsck_check(struct chat *chat, store_fsck_report *report, void *arg,
    struct chat_fsck_counts *counts)
{
	struct look look = { .chat = chat, .counts = counts };

	if (store_map(chat->store, true) != 0)
		return -1;
	return store_fsck_confirm(look_at_realm, &look, report, arg);
}
