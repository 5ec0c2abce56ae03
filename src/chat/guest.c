/* chat_guest: invitations to groups. */
#include "chat/guest.h"

#include "base/clock.h"
#include "chat/key.h"
#include "chat/owner.h"

#define GUEST_VERSION 1
#define ENTRY_TRIES   100 /* until an entry that stays is a damaged one */

size_t
chat_guest_pack(unsigned char data[CHAT_GUEST_RECORD], const struct chat_guest *guest)
{
	struct pack p;

	pack_init(&p, data, CHAT_GUEST_RECORD);
	pack_u8(&p, GUEST_VERSION);
	pack_i64(&p, guest->invited_ms);
	return p.len;
}

bool
chat_guest_parse(struct chat_guest *guest, const void *value, size_t len)
{
	struct unpack u;

	unpack_init(&u, value, len);
	bool known = unpack_u8(&u) == GUEST_VERSION;
	guest->invited_ms = unpack_i64(&u);
	return known && !u.bad;
}

/* An invitation's record as it is stored. CHAT_NOT_INVITED: there is none. */
static enum chat_result
get_record(struct chat *chat, uint64_t group, uint64_t user, unsigned char data[CHAT_GUEST_RECORD],
    size_t *len)
{
	unsigned char key[CHAT_KEY_PAIR];
	enum store_status status;

	chat_key_pair(key, group, user);
	status = store_get(chat->store, CHAT_TABLE_GUESTS, key, sizeof(key), data,
	    CHAT_GUEST_RECORD, len);
	return status == STORE_ABSENT ? CHAT_NOT_INVITED : chat_from_store(status);
}

enum chat_result
chat_guest_find(struct chat *chat, uint64_t group, uint64_t user)
{
	unsigned char data[CHAT_GUEST_RECORD];
	struct chat_guest guest;
	size_t len;
	enum chat_result result = get_record(chat, group, user, data, &len);

	return result == CHAT_OK && !chat_guest_parse(&guest, data, len) ? CHAT_FAILED : result;
}

static enum chat_result
get_item(struct chat *chat, struct chat_set set, uint32_t index, uint64_t *id)
{
	enum store_status status = chat_set_item_id(chat, &set, index, id);

	return status == STORE_ABSENT ? CHAT_NOT_INVITED : chat_from_store(status);
}

enum chat_result
chat_guest_user(struct chat *chat, uint64_t group, uint32_t index, uint64_t *user)
{
	return get_item(chat, chat_set_of(CHAT_SET_GUESTS, group), index, user);
}

enum chat_result
chat_guest_group(struct chat *chat, uint64_t user, uint32_t index, uint64_t *group)
{
	return get_item(chat, chat_set_of(CHAT_SET_USER_INVITED, user), index, group);
}

void
chat_guest_tx_expect_no_users(struct store_tx *tx, uint64_t group)
{
	struct chat_set users = chat_set_of(CHAT_SET_GUESTS, group);

	chat_set_expect_empty(tx, &users);
}

void
chat_guest_tx_expect_no_groups(struct store_tx *tx, uint64_t user)
{
	struct chat_set groups = chat_set_of(CHAT_SET_USER_INVITED, user);

	chat_set_expect_empty(tx, &groups);
}

/* The two sets that an invitation is in, and the ids under which it is there. */
struct ends {
	struct chat_set users;
	struct chat_set groups;
	unsigned char user[CHAT_KEY_ID];
	unsigned char group[CHAT_KEY_ID];
};

static struct ends
ends_of(uint64_t group, uint64_t user)
{
	struct ends ends = { .users = chat_set_of(CHAT_SET_GUESTS, group),
		.groups = chat_set_of(CHAT_SET_USER_INVITED, user) };

	chat_key_id(ends.user, user);
	chat_key_id(ends.group, group);
	return ends;
}

typedef enum store_status change_set(struct chat *, struct store_tx *, const struct chat_set *,
    const void *member, size_t len, uint32_t *others);

/* *guests is the number of the group's other guests, *groups that of others that invite the user.
 */
static enum chat_result
tx_change_sets(struct chat *chat, struct store_tx *tx, uint64_t group, uint64_t user,
    change_set *change, uint32_t *guests, uint32_t *groups)
{
	struct ends ends = ends_of(group, user);
	enum store_status status =
	    change(chat, tx, &ends.users, ends.user, sizeof(ends.user), guests);

	if (status == STORE_OK)
		status = change(chat, tx, &ends.groups, ends.group, sizeof(ends.group), groups);
	return chat_from_store(status);
}

enum chat_result
chat_guest_tx_add(struct chat *chat, struct store_tx *tx, uint64_t group, uint64_t user)
{
	const struct chat_guest guest = { .invited_ms = clock_now_ms() };
	unsigned char key[CHAT_KEY_PAIR], data[CHAT_GUEST_RECORD];
	size_t len = chat_guest_pack(data, &guest);
	uint32_t guests = 0, groups = 0;
	enum chat_result result = chat_owner_tx_expect_user(chat, tx, user);

	chat_key_pair(key, group, user);
	store_tx_expect_absent(tx, CHAT_TABLE_MEMBERS, key, sizeof(key));
	chat_key_swap(tx, CHAT_TABLE_GUESTS, key, sizeof(key), NULL, 0, data, len);
	if (result == CHAT_OK)
		result = tx_change_sets(chat, tx, group, user, chat_set_add, &guests, &groups);
	return result == CHAT_OK && (guests >= CHAT_GUESTS_MOST || groups >= CHAT_GUEST_GROUPS_MOST)
	    ? CHAT_TOO_MANY
	    : result;
}

/* Whether at least one of the two sets has the invitation. */
static enum chat_result
is_listed(struct chat *chat, uint64_t group, uint64_t user)
{
	struct ends ends = ends_of(group, user);
	uint32_t index;
	enum store_status status =
	    chat_set_index(chat, &ends.users, ends.user, sizeof(ends.user), &index);

	if (status == STORE_ABSENT)
		status = chat_set_index(chat, &ends.groups, ends.group, sizeof(ends.group), &index);
	return status == STORE_ABSENT ? CHAT_NOT_INVITED : chat_from_store(status);
}

enum chat_result
chat_guest_tx_end(struct chat *chat, struct store_tx *tx, uint64_t group, uint64_t user)
{
	unsigned char key[CHAT_KEY_PAIR], data[CHAT_GUEST_RECORD];
	uint32_t guests, groups;
	size_t len = 0;
	enum chat_result result = get_record(chat, group, user, data, &len);

	chat_key_pair(key, group, user);
	if (result == CHAT_NOT_INVITED) {
		len = 0;
		result = is_listed(chat, group, user);
	}
	if (result == CHAT_NOT_INVITED)
		store_tx_expect_absent(tx, CHAT_TABLE_GUESTS, key, sizeof(key));
	if (result != CHAT_OK)
		return result;
	chat_key_swap(tx, CHAT_TABLE_GUESTS, key, sizeof(key), data, len, NULL, 0);
	return tx_change_sets(chat, tx, group, user, chat_set_remove, &guests, &groups);
}

static enum chat_result
end_one(struct chat *chat, uint64_t group, uint64_t user)
{
	enum chat_result result = CHAT_CONFLICT;
	struct store_tx tx;

	for (unsigned int tries = 0; chat_retry(&result, &tries);) {
		store_tx_init(&tx);
		result = chat_guest_tx_end(chat, &tx, group, user);
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
end_all(struct chat *chat, enum chat_set_kind kind, uint64_t id)
{
	const struct chat_set set = chat_set_of(kind, id);
	enum chat_result result;
	uint64_t other;
	int tries = 0;

	while ((result = get_item(chat, set, 0, &other)) == CHAT_OK) {
		result =
		    kind == CHAT_SET_GUESTS ? end_one(chat, id, other) : end_one(chat, other, id);
		if (result == CHAT_OK)
			tries = 0;
		else if (result != CHAT_NOT_INVITED || ++tries == ENTRY_TRIES)
			return result == CHAT_NOT_INVITED ? CHAT_FAILED : result;
	}
	return result == CHAT_NOT_INVITED ? CHAT_OK : result;
}

enum chat_result
chat_guest_end_group(struct chat *chat, uint64_t group)
{
	return end_all(chat, CHAT_SET_GUESTS, group);
}

enum chat_result
chat_guest_end_user(struct chat *chat, uint64_t user)
{
	return end_all(chat, CHAT_SET_USER_INVITED, user);
}
