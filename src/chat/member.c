/*
 * chat_member: memberships. Who may join or leave, and what becomes of the group, is left to
 * chat_group.
 */
#include "chat/member.h"

#include "base/clock.h"
#include "chat/key.h"
#include "chat/owner.h"
#include "chat/realm/remote_log.h"

#define MEMBER_VERSION 2

size_t
chat_member_pack(unsigned char data[CHAT_MEMBER_RECORD], const struct chat_member *member)
{
	struct pack p;

	pack_init(&p, data, CHAT_MEMBER_RECORD);
	pack_u8(&p, MEMBER_VERSION);
	pack_i64(&p, member->joined_ms);
	return p.len;
}

bool
chat_member_parse(struct chat_member *member, const void *value, size_t len)
{
	struct unpack u;

	unpack_init(&u, value, len);
	bool known = unpack_u8(&u) == MEMBER_VERSION;
	member->joined_ms = unpack_i64(&u);
	return known && !u.bad;
}

/* A membership's record as it is stored. CHAT_NOT_MEMBER: there is none. */
static enum chat_result
get_record(struct chat *chat, uint64_t group, uint64_t user, unsigned char data[CHAT_MEMBER_RECORD],
    size_t *len)
{
	unsigned char key[CHAT_KEY_PAIR];
	enum store_status status;

	chat_key_pair(key, group, user);
	status = store_get(chat->store, CHAT_TABLE_MEMBERS, key, sizeof(key), data,
	    CHAT_MEMBER_RECORD, len);
	return status == STORE_ABSENT ? CHAT_NOT_MEMBER : chat_from_store(status);
}

enum chat_result
chat_member_get(struct chat *chat, uint64_t group, uint64_t user, struct chat_member *member)
{
	unsigned char data[CHAT_MEMBER_RECORD];
	size_t len;
	enum chat_result result = get_record(chat, group, user, data, &len);

	return result == CHAT_OK && !chat_member_parse(member, data, len) ? CHAT_FAILED : result;
}

enum chat_result
chat_member_find(struct chat *chat, uint64_t group, uint64_t user)
{
	struct chat_member member;

	return chat_member_get(chat, group, user, &member);
}

static enum chat_result
get_item(struct chat *chat, struct chat_set set, uint32_t index, uint64_t *id)
{
	enum store_status status = chat_set_item_id(chat, &set, index, id);

	return status == STORE_ABSENT ? CHAT_NOT_MEMBER : chat_from_store(status);
}

enum chat_result
chat_member_group(struct chat *chat, uint64_t user, uint32_t index, uint64_t *group)
{
	return get_item(chat, chat_set_of(CHAT_SET_USER_GROUPS, user), index, group);
}

enum chat_result
chat_member_user(struct chat *chat, uint64_t group, uint32_t index, uint64_t *user)
{
	return get_item(chat, chat_set_of(CHAT_SET_MEMBERS, group), index, user);
}

enum chat_result
chat_member_count(struct chat *chat, uint64_t group, uint32_t *count)
{
	struct chat_set users = chat_set_of(CHAT_SET_MEMBERS, group);

	return chat_from_store(chat_set_count(chat, &users, count));
}

void
chat_member_tx_expect_no_groups(struct store_tx *tx, uint64_t user)
{
	struct chat_set groups = chat_set_of(CHAT_SET_USER_GROUPS, user);

	chat_set_expect_empty(tx, &groups);
}

void
chat_member_tx_expect_no_users(struct store_tx *tx, uint64_t group)
{
	struct chat_set users = chat_set_of(CHAT_SET_MEMBERS, group);

	chat_set_expect_empty(tx, &users);
}

/* A new member starts behind the newest entry of a log; a leaving one loses the cursor. */
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

/* The cursors in all logs of a group. */
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

/* The two sets that a membership is in, and the ids under which it is there. */
struct ends {
	struct chat_set users;
	struct chat_set groups;
	unsigned char user[CHAT_KEY_ID];
	unsigned char group[CHAT_KEY_ID];
};

static struct ends
ends_of(uint64_t group, uint64_t user)
{
	struct ends ends = { .users = chat_set_of(CHAT_SET_MEMBERS, group),
		.groups = chat_set_of(CHAT_SET_USER_GROUPS, user) };

	chat_key_id(ends.user, user);
	chat_key_id(ends.group, group);
	return ends;
}

typedef enum store_status change_set(struct chat *, struct store_tx *, const struct chat_set *,
    const void *member, size_t len, uint32_t *others);

static enum chat_result
tx_change_sets(struct chat *chat, struct store_tx *tx, uint64_t group, uint64_t user,
    change_set *change)
{
	struct ends ends = ends_of(group, user);
	uint32_t others;
	enum store_status status =
	    change(chat, tx, &ends.users, ends.user, sizeof(ends.user), &others);

	if (status == STORE_OK)
		status = change(chat, tx, &ends.groups, ends.group, sizeof(ends.group), &others);
	return chat_from_store(status);
}

enum chat_result
chat_member_tx_join(struct chat *chat, struct store_tx *tx, uint64_t group, uint64_t user)
{
	const struct chat_member member = { .joined_ms = clock_now_ms() };
	unsigned char key[CHAT_KEY_PAIR], data[CHAT_MEMBER_RECORD];
	size_t len = chat_member_pack(data, &member);
	enum chat_result result = chat_owner_tx_expect_user(chat, tx, user);

	chat_key_pair(key, group, user);
	chat_key_swap(tx, CHAT_TABLE_MEMBERS, key, sizeof(key), NULL, 0, data, len);
	if (result == CHAT_OK)
		result = tx_change_sets(chat, tx, group, user, chat_set_add);
	return result == CHAT_OK ? tx_cursors(chat, tx, user, group, true) : result;
}

/* Whether at least one of the two sets has the membership. */
static enum chat_result
is_listed(struct chat *chat, uint64_t group, uint64_t user)
{
	struct ends ends = ends_of(group, user);
	uint32_t index;
	enum store_status status =
	    chat_set_index(chat, &ends.users, ends.user, sizeof(ends.user), &index);

	if (status == STORE_ABSENT)
		status = chat_set_index(chat, &ends.groups, ends.group, sizeof(ends.group), &index);
	return status == STORE_ABSENT ? CHAT_NOT_MEMBER : chat_from_store(status);
}

enum chat_result
chat_member_tx_leave(struct chat *chat, struct store_tx *tx, uint64_t group, uint64_t user)
{
	unsigned char key[CHAT_KEY_PAIR], data[CHAT_MEMBER_RECORD];
	size_t len = 0;
	enum chat_result result = get_record(chat, group, user, data, &len);

	if (result == CHAT_NOT_MEMBER)
		result = is_listed(chat, group, user);
	if (result != CHAT_OK)
		return result;
	chat_key_pair(key, group, user);
	chat_key_swap(tx, CHAT_TABLE_MEMBERS, key, sizeof(key), data, len, NULL, 0);
	result = tx_change_sets(chat, tx, group, user, chat_set_remove);
	return result == CHAT_OK ? tx_cursors(chat, tx, user, group, false) : result;
}
