/* chat_guest: invitations to groups. */
#include "chat/guest.h"

#include "base/clock.h"
#include "chat/key.h"
#include "chat/owner.h"

#define GUEST_VERSION 1

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

typedef enum store_status change_set(struct chat *, struct store_tx *, const struct chat_set *,
    const void *member, size_t len, uint32_t *others);

/* *guests is the number of the group's other guests. */
static enum chat_result
tx_change_sets(struct chat *chat, struct store_tx *tx, uint64_t group, uint64_t user,
    change_set *change, uint32_t *guests)
{
	struct chat_set users = chat_set_of(CHAT_SET_GUESTS, group);
	struct chat_set groups = chat_set_of(CHAT_SET_USER_INVITED, user);
	unsigned char id[CHAT_KEY_ID];
	uint32_t others;
	enum store_status status;

	chat_key_id(id, user);
	status = change(chat, tx, &users, id, sizeof(id), guests);
	chat_key_id(id, group);
	if (status == STORE_OK)
		status = change(chat, tx, &groups, id, sizeof(id), &others);
	return chat_from_store(status);
}

enum chat_result
chat_guest_tx_add(struct chat *chat, struct store_tx *tx, uint64_t group, uint64_t user)
{
	const struct chat_guest guest = { .invited_ms = clock_now_ms() };
	unsigned char key[CHAT_KEY_PAIR], data[CHAT_GUEST_RECORD];
	size_t len = chat_guest_pack(data, &guest);
	uint32_t guests = 0;
	enum chat_result result = chat_owner_tx_expect_user(chat, tx, user);

	chat_key_pair(key, group, user);
	store_tx_expect_absent(tx, CHAT_TABLE_MEMBERS, key, sizeof(key));
	chat_key_swap(tx, CHAT_TABLE_GUESTS, key, sizeof(key), NULL, 0, data, len);
	if (result == CHAT_OK)
		result = tx_change_sets(chat, tx, group, user, chat_set_add, &guests);
	return result == CHAT_OK && guests >= CHAT_GUESTS_MOST ? CHAT_TOO_MANY : result;
}

enum chat_result
chat_guest_tx_end(struct chat *chat, struct store_tx *tx, uint64_t group, uint64_t user)
{
	unsigned char key[CHAT_KEY_PAIR], data[CHAT_GUEST_RECORD];
	uint32_t guests;
	size_t len = 0;
	enum chat_result result = get_record(chat, group, user, data, &len);

	chat_key_pair(key, group, user);
	if (result == CHAT_NOT_INVITED)
		store_tx_expect_absent(tx, CHAT_TABLE_GUESTS, key, sizeof(key));
	if (result != CHAT_OK)
		return result;
	chat_key_swap(tx, CHAT_TABLE_GUESTS, key, sizeof(key), data, len, NULL, 0);
	return tx_change_sets(chat, tx, group, user, chat_set_remove, &guests);
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

/* Whether a set still has an id. */
static bool
has_item(struct chat *chat, const struct chat_set *set, uint64_t id)
{
	unsigned char key[CHAT_KEY_ID];
	uint32_t index;

	chat_key_id(key, id);
	return chat_set_index(chat, set, key, sizeof(key), &index) != STORE_ABSENT;
}

/* A list that names an invitation without a record is damaged: check and repair know it. */
static enum chat_result
end_all(struct chat *chat, enum chat_set_kind kind, uint64_t id)
{
	const struct chat_set set = chat_set_of(kind, id);
	enum chat_result result;
	uint64_t other;

	while ((result = get_item(chat, set, 0, &other)) == CHAT_OK) {
		result =
		    kind == CHAT_SET_GUESTS ? end_one(chat, id, other) : end_one(chat, other, id);
		/* The first entry is another one now. */
		if (result != CHAT_OK && result != CHAT_NOT_INVITED)
			return result;
		if (result == CHAT_NOT_INVITED && has_item(chat, &set, other))
			return CHAT_FAILED;
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
