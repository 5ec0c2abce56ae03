/*
 * chat_member: memberships: each stands three times: under the pair, in the group's list and in
 * the user's, both dense, so that either can be walked by index and joining costs the same however
 * many there are.
 */
#include "chat/member.h"

#include <string.h>

#include "chat/key.h"
#include "chat/realm/remote_log.h"
#include "chat/user.h"

#define MEMBER_VERSION 1
#define MEMBER_RECORD  CHAT_MEMBER_RECORD

struct record {
	unsigned char data[MEMBER_RECORD];
	size_t len;
};

/* Where a membership stands in the two lists. */
struct member {
	uint32_t in_group;
	uint32_t in_user;
	int64_t joined_ms;
	struct record record; /* as it was read */
};

static void
member_write(struct record *record, const struct member *member)
{
	struct pack p;

	pack_init(&p, record->data, sizeof(record->data));
	pack_u8(&p, MEMBER_VERSION);
	pack_u32(&p, member->in_group);
	pack_u32(&p, member->in_user);
	pack_i64(&p, member->joined_ms);
	record->len = p.len;
}

static enum chat_result
member_load(struct chat *chat, uint64_t group, uint64_t user, struct member *member)
{
	unsigned char key[CHAT_KEY_PAIR];
	struct record *record = &member->record;
	struct unpack u;
	enum store_status status;

	chat_key_pair(key, group, user);
	status = store_get(chat->store, STORE_MEMBERS, key, sizeof(key), record->data,
	    sizeof(record->data), &record->len);
	if (status != STORE_OK)
		return status == STORE_ABSENT ? CHAT_NOT_MEMBER : CHAT_FAILED;
	unpack_init(&u, record->data, record->len);
	if (unpack_u8(&u) != MEMBER_VERSION)
		return CHAT_FAILED;
	member->in_group = unpack_u32(&u);
	member->in_user = unpack_u32(&u);
	member->joined_ms = unpack_i64(&u);
	return u.bad ? CHAT_FAILED : CHAT_OK;
}

enum chat_result
chat_member_find(struct chat *chat, uint64_t group, uint64_t user)
{
	struct member member;

	return member_load(chat, group, user, &member);
}

static enum chat_result
list_item(struct chat *chat, enum store_table table, uint64_t id, uint32_t index, uint64_t *item)
{
	unsigned char key[CHAT_KEY_ITEM];

	chat_key_item(key, id, index);
	if (store_get_number(chat->store, table, key, sizeof(key), item) != STORE_OK)
		return CHAT_FAILED;
	return *item == 0 ? CHAT_NOT_MEMBER : CHAT_OK;
}

enum chat_result
chat_member_group(struct chat *chat, uint64_t user, uint32_t index, uint64_t *group)
{
	return list_item(chat, STORE_USER_GROUPS, user, index, group);
}

enum chat_result
chat_member_user(struct chat *chat, uint64_t group, uint32_t index, uint64_t *user)
{
	return list_item(chat, STORE_GROUP_MEMBERS, group, index, user);
}

static void
tx_put_item(struct store_tx *tx, enum store_table table, uint64_t id, uint32_t index, uint64_t item)
{
	unsigned char key[CHAT_KEY_ITEM], value[8];

	chat_key_item(key, id, index);
	pack_put_u64(value, item);
	store_tx_put(tx, table, key, sizeof(key), value, sizeof(value));
}

static void
tx_delete_item(struct store_tx *tx, enum store_table table, uint64_t id, uint32_t index)
{
	unsigned char key[CHAT_KEY_ITEM];

	chat_key_item(key, id, index);
	store_tx_delete(tx, table, key, sizeof(key));
}

/* How many groups a user is in stands in the user's list under the id alone. */
static void
tx_count(struct store_tx *tx, uint64_t user, uint64_t before, uint64_t after)
{
	unsigned char key[CHAT_KEY_ID], value[8];

	chat_key_id(key, user);
	pack_put_u64(value, before);
	if (before == 0)
		store_tx_expect_absent(tx, STORE_USER_GROUPS, key, sizeof(key));
	else
		store_tx_expect(tx, STORE_USER_GROUPS, key, sizeof(key), value, sizeof(value));
	pack_put_u64(value, after);
	if (after == 0)
		store_tx_delete(tx, STORE_USER_GROUPS, key, sizeof(key));
	else
		store_tx_put(tx, STORE_USER_GROUPS, key, sizeof(key), value, sizeof(value));
}

void
chat_member_tx_expect_none(struct store_tx *tx, uint64_t user)
{
	unsigned char key[CHAT_KEY_ID];

	chat_key_id(key, user);
	store_tx_expect_absent(tx, STORE_USER_GROUPS, key, sizeof(key));
}

static void
tx_member(struct store_tx *tx, uint64_t group, uint64_t user, const struct member *member,
    const struct record *before)
{
	unsigned char key[CHAT_KEY_PAIR];
	struct record after;

	chat_key_pair(key, group, user);
	member_write(&after, member);
	if (before == NULL)
		store_tx_expect_absent(tx, STORE_MEMBERS, key, sizeof(key));
	else
		store_tx_expect(tx, STORE_MEMBERS, key, sizeof(key), before->data, before->len);
	store_tx_put(tx, STORE_MEMBERS, key, sizeof(key), after.data, after.len);
}

static enum chat_result
count_groups(struct chat *chat, uint64_t user, uint64_t *count)
{
	unsigned char key[CHAT_KEY_ID];

	chat_key_id(key, user);
	return chat_from_store(
	    store_get_number(chat->store, STORE_USER_GROUPS, key, sizeof(key), count));
}

/* What is in a log already is not for the one who comes. */
static enum chat_result
tx_cursor(struct chat *chat, struct store_tx *tx, uint64_t user, uint64_t log, bool joins)
{
	struct store_log_info info;
	unsigned char key[CHAT_KEY_PAIR];

	chat_key_pair(key, user, log);
	if (!joins)
		store_tx_delete(tx, STORE_CURSORS, key, sizeof(key));
	else if (store_log_info(chat->store, log, &info) != STORE_OK)
		return CHAT_FAILED;
	else
		store_tx_advance(tx, STORE_CURSORS, key, sizeof(key), info.last);
	return CHAT_OK;
}

/* In all logs of a group. */
static enum chat_result
tx_cursors(struct chat *chat, struct store_tx *tx, uint64_t user, uint64_t group, bool joins)
{
	uint64_t peer, log;
	enum chat_result result = tx_cursor(chat, tx, user, group, joins);

	for (uint32_t i = 0; result == CHAT_OK; i++) {
		result = chat_remote_log_at(chat, group, i, &peer, &log);
		if (result == CHAT_OK)
			result = tx_cursor(chat, tx, user, log, joins);
	}
	return result == CHAT_NO_REALM ? CHAT_OK : result;
}

/* Puts a user at the end of both lists; group->members is raised. */
enum chat_result
chat_member_tx_join(struct chat *chat, struct store_tx *tx, struct chat_group *group, uint64_t user)
{
	struct member member = { .in_group = group->members, .joined_ms = chat_now_ms() };
	uint64_t count;
	enum chat_result result = chat_user_tx_expect(chat, tx, user);

	if (result != CHAT_OK)
		return result;
	if (count_groups(chat, user, &count) != CHAT_OK)
		return CHAT_FAILED;
	member.in_user = (uint32_t)count;
	tx_count(tx, user, count, count + 1);
	tx_member(tx, group->id, user, &member, NULL);
	tx_put_item(tx, STORE_GROUP_MEMBERS, group->id, member.in_group, user);
	tx_put_item(tx, STORE_USER_GROUPS, user, member.in_user, group->id);
	group->members++;
	return tx_cursors(chat, tx, user, group->id, true);
}

/* The last of the group's list takes the place of the one who leaves. */
static enum chat_result
tx_close_gap_in_group(struct chat *chat, struct store_tx *tx, const struct chat_group *group,
    uint64_t user, const struct member *leaving)
{
	uint32_t last = group->members - 1;
	struct member moved;
	uint64_t other;

	tx_delete_item(tx, STORE_GROUP_MEMBERS, group->id, last);
	if (leaving->in_group == last)
		return CHAT_OK;
	if (chat_member_user(chat, group->id, last, &other) != CHAT_OK || other == user ||
	    member_load(chat, group->id, other, &moved) != CHAT_OK)
		return CHAT_FAILED;
	struct record before = moved.record;
	moved.in_group = leaving->in_group;
	tx_member(tx, group->id, other, &moved, &before);
	tx_put_item(tx, STORE_GROUP_MEMBERS, group->id, leaving->in_group, other);
	return CHAT_OK;
}

static enum chat_result
tx_close_gap_in_user(struct chat *chat, struct store_tx *tx, uint64_t group, uint64_t user,
    const struct member *leaving)
{
	uint64_t count, other;
	struct member moved;

	if (count_groups(chat, user, &count) != CHAT_OK || count == 0)
		return CHAT_FAILED;
	tx_count(tx, user, count, count - 1);
	tx_delete_item(tx, STORE_USER_GROUPS, user, (uint32_t)(count - 1));
	if (leaving->in_user == count - 1)
		return CHAT_OK;
	if (chat_member_group(chat, user, (uint32_t)(count - 1), &other) != CHAT_OK ||
	    other == group || member_load(chat, other, user, &moved) != CHAT_OK)
		return CHAT_FAILED;
	struct record before = moved.record;
	moved.in_user = leaving->in_user;
	tx_member(tx, other, user, &moved, &before);
	tx_put_item(tx, STORE_USER_GROUPS, user, leaving->in_user, other);
	return CHAT_OK;
}

enum chat_result
chat_member_tx_leave(struct chat *chat, struct store_tx *tx, struct chat_group *group,
    uint64_t user)
{
	unsigned char pair[CHAT_KEY_PAIR];
	struct member leaving;
	enum chat_result result = member_load(chat, group->id, user, &leaving);

	if (result != CHAT_OK)
		return result;
	chat_key_pair(pair, group->id, user);
	store_tx_expect(tx, STORE_MEMBERS, pair, sizeof(pair), leaving.record.data,
	    leaving.record.len);
	store_tx_delete(tx, STORE_MEMBERS, pair, sizeof(pair));
	result = tx_close_gap_in_group(chat, tx, group, user, &leaving);
	if (result == CHAT_OK)
		result = tx_close_gap_in_user(chat, tx, group->id, user, &leaving);
	if (result == CHAT_OK)
		result = tx_cursors(chat, tx, user, group->id, false);
	group->members--;
	return result;
}

size_t
chat_member_pack(unsigned char data[CHAT_MEMBER_RECORD], const struct chat_member *member)
{
	const struct member copy = { .in_group = member->in_group,
		.in_user = member->in_user,
		.joined_ms = member->joined_ms };
	struct record record;

	member_write(&record, &copy);
	memcpy(data, record.data, record.len);
	return record.len;
}

bool
chat_member_parse(struct chat_member *member, const void *value, size_t len)
{
	struct unpack u;

	unpack_init(&u, value, len);
	bool known = unpack_u8(&u) == MEMBER_VERSION;
	member->in_group = unpack_u32(&u);
	member->in_user = unpack_u32(&u);
	member->joined_ms = unpack_i64(&u);
	return known && !u.bad;
}
