/*
 * chat_check: goes through the tables and holds each record against its rule. As others write
 * meanwhile, a finding counts only where the record is still the same afterwards.
 */
#include "chat/fsck/check.h"

#include <bsd/stdlib.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/fsck/check_file.h"
#include "chat/fsck/check_outbox.h"
#include "chat/fsck/check_rule.h"
#include "chat/key.h"
#include "chat/realm/peer.h"
#include "chat/realm/remote_log.h"
#include "store/store_admin.h"

#define TRIES 100 /* for a record that changes all the time */

/* The keys of a table, each behind its length: visiting a table must not use the store. */
struct keys {
	unsigned char *bytes;
	size_t len;
	size_t size;
	size_t n;
	bool failed;
};

struct check {
	struct chat *chat;
	store_fsck_report *report;
	void *arg;
	int result;
	uint64_t highest_id;
	struct chat_check_counts *counts;
	struct chat_check_row row;
};

static void
found(void *arg, bool lost, const char *text)
{
	struct check *check = arg;
	int result = lost ? 2 : 1;

	if (result > check->result)
		check->result = result;
	check->report(check->arg,
	    &(struct store_finding){ .class = lost ? STORE_FOUND_DAMAGED : STORE_FOUND_WARNING,
	        .record = "",
	        .text = text });
}

static int
keys_add(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct keys *keys = arg;
	size_t needed = keys->len + 2 + key_len;

	(void)value;
	(void)len;
	if (key_len > STORE_KEY_MAX)
		return 0; /* store_check complains */
	if (needed > keys->size) {
		size_t size = needed * 2 + 4096;
		unsigned char *bigger = realloc(keys->bytes, size);

		if (bigger == NULL) {
			keys->failed = true;
			return 1;
		}
		keys->bytes = bigger;
		keys->size = size;
	}
	keys->bytes[keys->len] = (unsigned char)(key_len >> 8);
	keys->bytes[keys->len + 1] = (unsigned char)key_len;
	memcpy(keys->bytes + keys->len + 2, key, key_len);
	keys->len = needed;
	keys->n++;
	return 0;
}

/* The key at a position, which moves behind it. False at the end. */
static bool
keys_next(const struct keys *keys, size_t *position, struct chat_check_row *row)
{
	const unsigned char *at = keys->bytes + *position;

	if (*position == keys->len)
		return false;
	row->key_len = (size_t)at[0] << 8 | at[1];
	row->key = at + 2;
	*position += 2 + row->key_len;
	return true;
}

/* Reads the record of row's key. */
static enum store_status
row_read(struct check *check, enum store_table table)
{
	struct chat_check_row *row = &check->row;

	return store_get(check->chat->store, table, row->key, row->key_len, row->value,
	    sizeof(row->value), &row->len);
}

/* Whether the record is still what the rule has seen. */
static bool
row_stands(struct check *check, enum store_table table)
{
	const struct chat_check_row *row = &check->row;
	unsigned char value[CHAT_CHECK_VALUE];
	size_t len;

	return store_get(check->chat->store, table, row->key, row->key_len, value, sizeof(value),
	           &len) == STORE_OK &&
	    len == row->len && memcmp(value, row->value, len) == 0;
}

/* A record's confirmed verdict. */
static enum chat_delivery_result
judge(struct check *check, const struct chat_check_rule *rule)
{
	struct chat_check_row *row = &check->row;

	for (int i = 0; i < TRIES; i++) {
		enum store_status status = row_read(check, rule->table);
		enum chat_delivery_result delivery_result;

		if (status == STORE_ABSENT)
			return CHAT_SOUND; /* gone since we began */
		if (status != STORE_OK) {
			snprintf(row->text, sizeof(row->text), "table %d: a record cannot be read",
			    (int)rule->table);
			return CHAT_LOST;
		}
		delivery_result = rule->check(check->chat, row);
		if (delivery_result == CHAT_SOUND || delivery_result == CHAT_UNKNOWN ||
		    row_stands(check, rule->table))
			return delivery_result;
	}
	return CHAT_SOUND;
}

/* The id that this record is about: a user's, a group's, a peer's, somebody's there, a log's. */
static uint64_t
id_of(struct check *check, enum store_table table)
{
	const struct chat_check_row *row = &check->row;
	struct chat_text name = { .data = (const char *)row->key, .len = row->key_len };
	struct chat_peer peer;
	uint64_t destination, from, log;

	if ((table == STORE_USERS || table == STORE_GROUPS) && row->key_len == CHAT_KEY_ID)
		return pack_get_u64(row->key);
	if (table == STORE_PEERS && chat_peer_find(check->chat, name, &peer) == CHAT_OK)
		return peer.id;
	if (table == STORE_REMOTE_LOGS &&
	    chat_remote_log_parse(row->key, row->key_len, row->value, row->len, &destination, &from,
	        &log))
		return log;
	if (table == STORE_REMOTE_USER && row->key_len == CHAT_KEY_ID)
		return pack_get_u64(row->key);
	return 0;
}

/* One more, and what its log holds; an outbox holds nothing of ours. */
static int
count(struct check *check, enum store_table table)
{
	struct store_log_info log;
	uint64_t id = id_of(check, table);

	if (id > check->highest_id)
		check->highest_id = id;
	if (id == 0 || table == STORE_PEERS || table == STORE_REMOTE_USER)
		return 0;
	if (store_log_info(check->chat->store, id, &log) != STORE_OK)
		return -1;
	if (table == STORE_USERS)
		check->counts->users++;
	else if (table == STORE_GROUPS)
		check->counts->groups++;
	check->counts->messages += log.last + 1 - log.first;
	return 0;
}

/* 0, or -1 when it could not be checked. */
static int
check_records(struct check *check, const struct chat_check_rule *rule, const struct keys *keys)
{
	uint64_t stale = 0;
	size_t position = 0;

	while (keys_next(keys, &position, &check->row)) {
		enum chat_delivery_result delivery_result = judge(check, rule);

		if (delivery_result == CHAT_UNKNOWN || count(check, rule->table) != 0)
			return -1;
		if (delivery_result == CHAT_STALE)
			stale++;
		else if (delivery_result != CHAT_SOUND)
			found(check, delivery_result == CHAT_LOST, check->row.text);
	}
	if (stale > 0) {
		snprintf(check->row.text, sizeof(check->row.text), "%" PRIu64 " %s", stale,
		    rule->stale);
		found(check, false, check->row.text);
	}
	return 0;
}

static int
check_table(struct check *check, const struct chat_check_rule *rule)
{
	struct keys keys = { .n = 0 };
	int result = store_each(check->chat->store, rule->table, keys_add, &keys);

	if (result == 0 && !keys.failed)
		result = check_records(check, rule, &keys);
	free(keys.bytes);
	return keys.failed ? -1 : result;
}

/* A number that is given twice would hand one's inbox to another. */
static int
check_counter(struct check *check)
{
	uint64_t last;

	if (store_get_number(check->chat->store, STORE_COUNTERS, "id", 2, &last) != STORE_OK)
		return -1;
	if (last < check->highest_id)
		found(check, true, "the numbers of users and groups will be given again");
	return 0;
}

/* The name that the realm was made with. */
static int
check_realm(struct check *check)
{
	char name[NAME_MAX_BYTES + 1] = "";
	const char *configured = check->chat->config->realm;
	struct chat_check_row *row = &check->row;
	size_t len;
	enum store_status status = store_get(check->chat->store, STORE_REALM, "name",
	    strlen("name"), name, sizeof(name) - 1, &len);

	if (status == STORE_ABSENT)
		snprintf(row->text, sizeof(row->text), "the realm has no name in the store");
	else if (status != STORE_OK)
		return -1;
	else if (strcmp(name, configured) != 0)
		snprintf(row->text, sizeof(row->text),
		    "the realm was made as %s, the configuration calls it %s", name, configured);
	else
		return 0;
	found(check, false, row->text);
	return 0;
}

int
chat_check(struct chat *chat, store_fsck_report *report, void *arg,
    struct chat_check_counts *counts)
{
	struct check check = { .chat = chat, .report = report, .arg = arg, .counts = counts };
	const struct chat_check_rule *rules;
	size_t n;

	*counts = (struct chat_check_counts){ .users = 0 };
	if (store_map(chat->store, true) != 0)
		return -1;
	rules = chat_check_rules(&n);
	for (size_t i = 0; i < n; i++)
		if (check_table(&check, &rules[i]) != 0)
			return -1;
	if (check_counter(&check) != 0 || check_realm(&check) != 0 ||
	    chat_check_outboxes(chat, found, &check) != 0 ||
	    chat_check_sums(chat, found, &check) != 0)
		return -1;
	return check.result;
}
