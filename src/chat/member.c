/*
 * chat_member: memberships. Who may join or leave, and what becomes of the group, is left to
 * chat_group.
 */
#include "chat/member.h"

#include "base/clock.h"
#include "chat/key.h"
#include "chat/owner.h"
#include "chat/realm/remote_log.h"

#define MEMBER_PLAIN 2
#define MEMBER_ROLE  3
#define ROLES_MOST   (CHAT_ROLE_VOICE | CHAT_ROLE_OPERATOR)

static const struct chat_pair membership = { .table = CHAT_TABLE_MEMBERS,
	.users = CHAT_SET_MEMBERS,
	.groups = CHAT_SET_USER_GROUPS,
	.absent = CHAT_NOT_MEMBER };

size_t
chat_member_pack(unsigned char data[CHAT_MEMBER_RECORD], const struct chat_member *member)
{
	struct pack p;

	pack_init(&p, data, CHAT_MEMBER_RECORD);
	pack_u8(&p, member->role == 0 ? MEMBER_PLAIN : MEMBER_ROLE);
	pack_i64(&p, member->joined_ms);
	if (member->role != 0)
		pack_u8(&p, member->role);
	return p.len;
}

bool
chat_member_parse(struct chat_member *member, const void *value, size_t len)
{
	struct unpack u;

	unpack_init(&u, value, len);
	uint8_t version = unpack_u8(&u);
	member->joined_ms = unpack_i64(&u);
	member->role = version == MEMBER_ROLE ? unpack_u8(&u) : 0;
	return !u.bad && member->role <= ROLES_MOST &&
	    version == (member->role == 0 ? MEMBER_PLAIN : MEMBER_ROLE);
}

enum chat_result
chat_member_get(struct chat *chat, uint64_t group, uint64_t user, struct chat_member *member)
{
	unsigned char data[CHAT_MEMBER_RECORD];
	size_t len;
	enum chat_result result = chat_pair_get(chat, &membership, group, user, data, &len);

	return result == CHAT_OK && !chat_member_parse(member, data, len) ? CHAT_FAILED : result;
}

enum chat_result
chat_member_find(struct chat *chat, uint64_t group, uint64_t user)
{
	struct chat_member member;

	return chat_member_get(chat, group, user, &member);
}

enum chat_result
chat_member_group(struct chat *chat, uint64_t user, uint32_t index, uint64_t *group)
{
	return chat_pair_group(chat, &membership, user, index, group);
}

enum chat_result
chat_member_user(struct chat *chat, uint64_t group, uint32_t index, uint64_t *user)
{
	return chat_pair_user(chat, &membership, group, index, user);
}

enum chat_result
chat_member_count(struct chat *chat, uint64_t group, uint32_t *count)
{
	struct chat_set users = chat_set_of(CHAT_SET_MEMBERS, group);

	return chat_from_store(chat_set_count(chat, &users, count));
}

void
chat_member_tx_change(struct store_tx *tx, uint64_t group, uint64_t user,
    const struct chat_member *before, const struct chat_member *after)
{
	unsigned char key[CHAT_KEY_PAIR], old[CHAT_MEMBER_RECORD], new[CHAT_MEMBER_RECORD];
	size_t old_len = chat_member_pack(old, before), new_len = chat_member_pack(new, after);

	chat_key_pair(key, group, user);
	chat_key_swap(tx, CHAT_TABLE_MEMBERS, key, sizeof(key), old, old_len, new, new_len);
}

void
chat_member_tx_expect_no_groups(struct store_tx *tx, uint64_t user)
{
	chat_pair_tx_expect_no_groups(tx, &membership, user);
}

void
chat_member_tx_expect_no_users(struct store_tx *tx, uint64_t group)
{
	chat_pair_tx_expect_no_users(tx, &membership, group);
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

enum chat_result
chat_member_tx_join(struct chat *chat, struct store_tx *tx, uint64_t group, uint64_t user)
{
	const struct chat_member member = { .joined_ms = clock_now_ms() };
	unsigned char data[CHAT_MEMBER_RECORD];
	size_t len = chat_member_pack(data, &member);
	struct chat_pair_others others;
	enum chat_result result = chat_owner_tx_expect_user(chat, tx, user);

	if (result == CHAT_OK)
		result = chat_pair_tx_add(chat, tx, &membership, group, user, data, len, &others);
	return result == CHAT_OK ? tx_cursors(chat, tx, user, group, true) : result;
}

enum chat_result
chat_member_tx_leave(struct chat *chat, struct store_tx *tx, uint64_t group, uint64_t user)
{
	enum chat_result result = chat_pair_tx_remove(chat, tx, &membership, group, user);

	return result == CHAT_OK ? tx_cursors(chat, tx, user, group, false) : result;
}
