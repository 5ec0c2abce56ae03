/*
 * chat_check_rule: what must be true of each record of a table: it fits those that are always
 * changed together with it. How a finding is confirmed and counted is left to chat_check.
 */
#include "chat/fsck/check_rule.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "chat/fsck/check_file.h"
#include "chat/fsck/check_realm.h"
#include "chat/group.h"
#include "chat/key.h"
#include "chat/member.h"
#include "chat/user.h"

#define ID "number %" PRIu64

/* What users and groups have in common. */
struct kind {
	const char *word;
	enum store_table names;
	enum chat_result (*get_name)(struct chat *, uint64_t id, char name[NAME_MAX_BYTES + 1]);
	enum chat_delivery_result without_name; /* what it means that the name leads elsewhere */
};

enum chat_delivery_result
chat_check_say(struct chat_check_row *row, enum chat_delivery_result delivery_result,
    const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(row->text, sizeof(row->text), format, ap);
	va_end(ap);
	return delivery_result;
}

static enum chat_result
user_name(struct chat *chat, uint64_t id, char name[NAME_MAX_BYTES + 1])
{
	struct chat_user user;
	enum chat_result result = chat_user_get(chat, id, &user);

	if (result == CHAT_OK)
		memcpy(name, user.name, sizeof(user.name));
	return result;
}

static enum chat_result
group_name(struct chat *chat, uint64_t id, char name[NAME_MAX_BYTES + 1])
{
	struct chat_group group;
	enum chat_result result = chat_group_get(chat, id, &group);

	if (result == CHAT_OK)
		memcpy(name, group.name, sizeof(group.name));
	return result;
}

static const struct kind users = { .word = "user",
	.names = STORE_USER_NAMES,
	.get_name = user_name,
	.without_name = CHAT_LOST };
/* A group's name goes first when it is removed. */
static const struct kind groups = { .word = "group",
	.names = STORE_GROUP_NAMES,
	.get_name = group_name,
	.without_name = CHAT_ODD };

/* A name and the id that it stands for. */
static enum chat_delivery_result
check_name(struct chat *chat, struct chat_check_row *row, const struct kind *kind)
{
	char name[NAME_MAX_BYTES + 1], folded[NAME_MAX_BYTES];
	const char *key = (const char *)row->key;
	int len = (int)row->key_len;

	if (row->len != 8 || !name_valid(key, row->key_len))
		return chat_check_say(row, CHAT_LOST, "%ss: the record of a name is damaged",
		    kind->word);
	uint64_t id = pack_get_u64(row->value);
	enum chat_result result = kind->get_name(chat, id, name);
	if (result == CHAT_FAILED)
		return CHAT_SOUND; /* check_named says more */
	if (result != CHAT_OK)
		return chat_check_say(row, CHAT_LOST,
		    "%s %.*s: what the name stands for, " ID ", is not there", kind->word, len, key,
		    id);
	if (name_fold(name, strlen(name), folded) != row->key_len ||
	    memcmp(folded, key, row->key_len) != 0)
		return chat_check_say(row, CHAT_LOST, "%s %.*s: the name leads to %s", kind->word,
		    len, key, name);
	return CHAT_SOUND;
}

static enum chat_delivery_result
check_user_name(struct chat *chat, struct chat_check_row *row)
{
	return check_name(chat, row, &users);
}

static enum chat_delivery_result
check_group_name(struct chat *chat, struct chat_check_row *row)
{
	return check_name(chat, row, &groups);
}

/* A user or group, its name and its log. */
static enum chat_delivery_result
check_named(struct chat *chat, struct chat_check_row *row, const struct kind *kind)
{
	char name[NAME_MAX_BYTES + 1], folded[NAME_MAX_BYTES];
	struct store_log_info log;
	uint64_t found_id;

	if (row->key_len != CHAT_KEY_ID)
		return chat_check_say(row, CHAT_LOST, "%ss: a record has no number", kind->word);
	uint64_t id = pack_get_u64(row->key);
	if (kind->get_name(chat, id, name) != CHAT_OK)
		return chat_check_say(row, CHAT_LOST, "%s " ID ": the record is damaged",
		    kind->word, id);
	size_t len = name_fold(name, strlen(name), folded);
	if (store_get_number(chat->store, kind->names, folded, len, &found_id) != STORE_OK)
		return CHAT_UNKNOWN;
	if (found_id != id)
		return chat_check_say(row, kind->without_name,
		    "%s %s, " ID ", is not found by this name", kind->word, name, id);
	if (store_log_info(chat->store, id, &log) != STORE_OK)
		return CHAT_UNKNOWN;
	if (log.closed)
		return chat_check_say(row, CHAT_LOST,
		    "%s %s: messages are refused as if it were removed", kind->word, name);
	return CHAT_SOUND;
}

static enum chat_delivery_result
check_user(struct chat *chat, struct chat_check_row *row)
{
	return check_named(chat, row, &users);
}

/* Besides: whether the group is listed, and its owner exists. */
static enum chat_delivery_result
check_group(struct chat *chat, struct chat_check_row *row)
{
	enum chat_delivery_result delivery_result = check_named(chat, row, &groups);
	struct chat_set names = chat_group_names();
	struct chat_group group;
	struct chat_user owner;
	uint32_t index;

	if (delivery_result != CHAT_SOUND)
		return delivery_result;
	if (chat_group_get(chat, pack_get_u64(row->key), &group) != CHAT_OK)
		return CHAT_SOUND; /* it was there a moment ago */
	if (chat_set_index(chat, &names, group.name, strlen(group.name), &index) == STORE_ABSENT)
		return chat_check_say(row, CHAT_LOST, "group %s is not in the list of groups",
		    group.name);
	if (group.owner != 0 && chat_user_get(chat, group.owner, &owner) == CHAT_NO_USER)
		return chat_check_say(row, CHAT_ODD, "group %s: the owner is gone", group.name);
	return CHAT_SOUND;
}

/* A membership, its two ends and the sets of both. */
static enum chat_delivery_result
check_member(struct chat *chat, struct chat_check_row *row)
{
	char group_text[NAME_MAX_BYTES + 1], user_text[NAME_MAX_BYTES + 1];
	struct chat_member member;
	struct chat_set set;
	uint32_t index;

	if (row->key_len != CHAT_KEY_PAIR || !chat_member_parse(&member, row->value, row->len))
		return chat_check_say(row, CHAT_LOST, "the record of a membership is damaged");
	const unsigned char *group_id = row->key, *user_id = row->key + CHAT_KEY_ID;
	uint64_t group = pack_get_u64(group_id), user = pack_get_u64(user_id);
	if (group_name(chat, group, group_text) != CHAT_OK)
		return chat_check_say(row, CHAT_LOST, "group " ID " has members, but is not there",
		    group);
	if (user_name(chat, user, user_text) != CHAT_OK)
		return chat_check_say(row, CHAT_ODD, "group %s: a member, " ID ", is no user",
		    group_text, user);
	set = chat_set_of(CHAT_SET_MEMBERS, group);
	if (chat_set_index(chat, &set, user_id, CHAT_KEY_ID, &index) != STORE_OK)
		return chat_check_say(row, CHAT_LOST, "group %s: member %s is not in its list",
		    group_text, user_text);
	set = chat_set_of(CHAT_SET_USER_GROUPS, user);
	if (chat_set_index(chat, &set, group_id, CHAT_KEY_ID, &index) != STORE_OK)
		return chat_check_say(row, CHAT_LOST, "user %s: group %s is not in the list",
		    user_text, group_text);
	return CHAT_SOUND;
}

static enum chat_delivery_result
of_user(struct chat *chat, uint64_t id)
{
	struct chat_user user;

	return chat_user_get(chat, id, &user) == CHAT_NO_USER ? CHAT_STALE : CHAT_SOUND;
}

/* Removing a user leaves the sessions: they open nothing, and expire. */
static enum chat_delivery_result
check_token(struct chat *chat, struct chat_check_row *row)
{
	struct unpack u;

	unpack_init(&u, row->value, row->len);
	unpack_u8(&u); /* version */
	uint64_t user = unpack_u64(&u);
	return u.bad ? chat_check_say(row, CHAT_ODD, "the record of a session is damaged")
	             : of_user(chat, user);
}

/* A cursor that was left behind is found by nobody. */
static enum chat_delivery_result
check_cursor(struct chat *chat, struct chat_check_row *row)
{
	struct store_log_info info;

	if (row->key_len != CHAT_KEY_PAIR || row->len != 8)
		return chat_check_say(row, CHAT_LOST, "the record of a cursor is damaged");
	uint64_t user = pack_get_u64(row->key), log = pack_get_u64(row->key + 8);
	if (store_log_info(chat->store, log, &info) != STORE_OK)
		return CHAT_UNKNOWN;
	if (pack_get_u64(row->value) > info.last)
		return chat_check_say(row, CHAT_LOST,
		    "log %" PRIu64 ": reader " ID " is at %" PRIu64
		    ", but the newest entry is %" PRIu64,
		    log, user, pack_get_u64(row->value), info.last);
	enum chat_delivery_result delivery_result = of_user(chat, user);
	bool reads = true;
	if (delivery_result == CHAT_SOUND && log != user &&
	    chat_member_find(chat, log, user) == CHAT_NOT_MEMBER &&
	    chat_check_reads(chat, user, log, &reads) != CHAT_OK)
		return CHAT_UNKNOWN;
	return reads ? delivery_result : CHAT_STALE;
}

static const struct chat_check_rule rules[] = {
	{ .table = STORE_USER_NAMES, .check = check_user_name },
	{ .table = STORE_USERS, .check = check_user },
	{ .table = STORE_GROUP_NAMES, .check = check_group_name },
	{ .table = STORE_GROUPS, .check = check_group },
	{ .table = STORE_MEMBERS, .check = check_member },
	{ .table = STORE_TOKENS,
	    .check = check_token,
	    .stale = "sessions of users who are gone: they will expire" },
	{ .table = STORE_CURSORS,
	    .check = check_cursor,
	    .stale = "cursors of users and members who are gone: they do no harm" },
	{ .table = STORE_FILES,
	    .check = chat_check_file,
	    .stale = "files of users and groups who are gone: they will be removed" },
	{ .table = STORE_PEERS, .check = chat_check_peer },
	{ .table = STORE_REMOTE_LOGS,
	    .check = chat_check_remote_log,
	    .stale = "logs of users and groups who are gone: they will be removed" },
	{ .table = STORE_REMOTE_USER, .check = chat_check_remote_user },
	{ .table = STORE_SETS, .check = chat_check_set },
};

const struct chat_check_rule *
chat_check_rules(size_t *n)
{
	*n = sizeof(rules) / sizeof(rules[0]);
	return rules;
}
