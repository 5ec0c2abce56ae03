/* chat_invitee: invitations to groups. */
#include "chat/invitee.h"

#include "base/clock.h"
#include "chat/key.h"
#include "chat/owner.h"

#define INVITEE_VERSION 1
#define ENTRY_TRIES     100 /* until an entry that stays is a damaged one */

static const struct chat_pair invitation = { .table = CHAT_TABLE_INVITEES,
	.users = CHAT_SET_INVITEES,
	.groups = CHAT_SET_USER_INVITED,
	.absent = CHAT_NOT_INVITED };

size_t
chat_invitee_pack(unsigned char data[CHAT_INVITEE_RECORD], const struct chat_invitee *invitee)
{
	struct pack p;

	pack_init(&p, data, CHAT_INVITEE_RECORD);
	pack_u8(&p, INVITEE_VERSION);
	pack_i64(&p, invitee->invited_ms);
	return p.len;
}

bool
chat_invitee_parse(struct chat_invitee *invitee, const void *value, size_t len)
{
	struct unpack u;

	unpack_init(&u, value, len);
	bool known = unpack_u8(&u) == INVITEE_VERSION;
	invitee->invited_ms = unpack_i64(&u);
	return known && !u.bad;
}

enum chat_result
chat_invitee_find(struct chat *chat, uint64_t group, uint64_t user)
{
	unsigned char data[CHAT_INVITEE_RECORD];
	struct chat_invitee invitee;
	size_t len;
	enum chat_result result = chat_pair_get(chat, &invitation, group, user, data, &len);

	return result == CHAT_OK && !chat_invitee_parse(&invitee, data, len) ? CHAT_FAILED : result;
}

enum chat_result
chat_invitee_user(struct chat *chat, uint64_t group, uint32_t index, uint64_t *user)
{
	return chat_pair_user(chat, &invitation, group, index, user);
}

enum chat_result
chat_invitee_group(struct chat *chat, uint64_t user, uint32_t index, uint64_t *group)
{
	return chat_pair_group(chat, &invitation, user, index, group);
}

void
chat_invitee_tx_expect_no_users(struct store_tx *tx, uint64_t group)
{
	chat_pair_tx_expect_no_users(tx, &invitation, group);
}

void
chat_invitee_tx_expect_no_groups(struct store_tx *tx, uint64_t user)
{
	chat_pair_tx_expect_no_groups(tx, &invitation, user);
}

enum chat_result
chat_invitee_tx_add(struct chat *chat, struct store_tx *tx, uint64_t group, uint64_t user)
{
	const struct chat_invitee invitee = { .invited_ms = clock_now_ms() };
	unsigned char key[CHAT_KEY_PAIR], data[CHAT_INVITEE_RECORD];
	size_t len = chat_invitee_pack(data, &invitee);
	struct chat_pair_others others;
	enum chat_result result = chat_owner_tx_expect_user(chat, tx, user);

	chat_key_pair(key, group, user);
	store_tx_expect_absent(tx, CHAT_TABLE_MEMBERS, key, sizeof(key));
	if (result == CHAT_OK)
		result = chat_pair_tx_add(chat, tx, &invitation, group, user, data, len, &others);
	if (result != CHAT_OK)
		return result;
	return others.users >= CHAT_INVITEES_MOST || others.groups >= CHAT_INVITEE_GROUPS_MOST
	    ? CHAT_TOO_MANY
	    : CHAT_OK;
}

enum chat_result
chat_invitee_tx_end(struct chat *chat, struct store_tx *tx, uint64_t group, uint64_t user)
{
	enum chat_result result = chat_pair_tx_remove(chat, tx, &invitation, group, user);
	unsigned char key[CHAT_KEY_PAIR];

	if (result == CHAT_NOT_INVITED) {
		chat_key_pair(key, group, user);
		store_tx_expect_absent(tx, CHAT_TABLE_INVITEES, key, sizeof(key));
	}
	return result;
}

enum chat_result
chat_invitee_end(struct chat *chat, uint64_t group, uint64_t user)
{
	enum chat_result result = CHAT_CONFLICT;
	struct store_tx tx;

	for (unsigned int tries = 0; chat_retry(&result, &tries);) {
		store_tx_init(&tx);
		result = chat_invitee_tx_end(chat, &tx, group, user);
		if (result == CHAT_OK)
			result = chat_from_store(store_commit(chat->store, &tx, NULL));
	}
	return result;
}

/*
 * Ends the invitations that a list names. An entry without an invitation is being removed by
 * another process, or it is damaged and stays: check and repair know it.
 */
static enum chat_result
end_all(struct chat *chat, uint64_t id, bool of_group)
{
	enum chat_result result;
	uint64_t other;
	int tries = 0;

	while ((result = of_group ? chat_invitee_user(chat, id, 0, &other)
	                          : chat_invitee_group(chat, id, 0, &other)) == CHAT_OK) {
		result = of_group ? chat_invitee_end(chat, id, other)
		                  : chat_invitee_end(chat, other, id);
		if (result == CHAT_OK)
			tries = 0;
		else if (result != CHAT_NOT_INVITED || ++tries == ENTRY_TRIES)
			return result == CHAT_NOT_INVITED ? CHAT_FAILED : result;
	}
	return result == CHAT_NOT_INVITED ? CHAT_OK : result;
}

enum chat_result
chat_invitee_end_group(struct chat *chat, uint64_t group)
{
	return end_all(chat, group, true);
}

enum chat_result
chat_invitee_end_user(struct chat *chat, uint64_t user)
{
	return end_all(chat, user, false);
}
