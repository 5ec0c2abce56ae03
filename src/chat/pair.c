/* chat_pair: memberships and invitations. */
#include "chat/pair.h"

#include "chat/key.h"

enum chat_result
chat_pair_get(struct chat *chat, const struct chat_pair *pair, uint64_t group, uint64_t user,
    unsigned char data[CHAT_PAIR_RECORD], size_t *len)
{
	unsigned char key[CHAT_KEY_PAIR];
	enum store_status status;

	chat_key_pair(key, group, user);
	status = store_get(chat->store, pair->table, key, sizeof(key), data, CHAT_PAIR_RECORD, len);
	return status == STORE_ABSENT ? pair->absent : chat_from_store(status);
}

static enum chat_result
get_item(struct chat *chat, const struct chat_pair *pair, struct chat_set set, uint32_t index,
    uint64_t *id)
{
	enum store_status status = chat_set_item_id(chat, &set, index, id);

	return status == STORE_ABSENT ? pair->absent : chat_from_store(status);
}

enum chat_result
chat_pair_user(struct chat *chat, const struct chat_pair *pair, uint64_t group, uint32_t index,
    uint64_t *user)
{
	return get_item(chat, pair, chat_set_of(pair->users, group), index, user);
}

enum chat_result
chat_pair_group(struct chat *chat, const struct chat_pair *pair, uint64_t user, uint32_t index,
    uint64_t *group)
{
	return get_item(chat, pair, chat_set_of(pair->groups, user), index, group);
}

/* The two sets that list a pair, and the ids under which it is there. */
struct ends {
	struct chat_set users;
	struct chat_set groups;
	unsigned char user[CHAT_KEY_ID];
	unsigned char group[CHAT_KEY_ID];
};

static struct ends
ends_of(const struct chat_pair *pair, uint64_t group, uint64_t user)
{
	struct ends ends = { .users = chat_set_of(pair->users, group),
		.groups = chat_set_of(pair->groups, user) };

	chat_key_id(ends.user, user);
	chat_key_id(ends.group, group);
	return ends;
}

static enum chat_result
tx_change_sets(struct chat *chat, struct store_tx *tx, const struct ends *ends,
    chat_set_change *change, struct chat_pair_others *others)
{
	enum store_status status =
	    change(chat, tx, &ends->users, ends->user, sizeof(ends->user), &others->users);

	if (status == STORE_OK)
		status = change(chat, tx, &ends->groups, ends->group, sizeof(ends->group),
		    &others->groups);
	return chat_from_store(status);
}

enum chat_result
chat_pair_tx_add(struct chat *chat, struct store_tx *tx, const struct chat_pair *pair,
    uint64_t group, uint64_t user, const unsigned char *data, size_t len,
    struct chat_pair_others *others)
{
	struct ends ends = ends_of(pair, group, user);
	unsigned char key[CHAT_KEY_PAIR];

	chat_key_pair(key, group, user);
	chat_key_swap(tx, pair->table, key, sizeof(key), NULL, 0, data, len);
	return tx_change_sets(chat, tx, &ends, chat_set_add, others);
}

/* Whether at least one of the two sets has it. */
static enum chat_result
is_listed(struct chat *chat, const struct chat_pair *pair, const struct ends *ends)
{
	uint32_t index;
	enum store_status status =
	    chat_set_index(chat, &ends->users, ends->user, sizeof(ends->user), &index);

	if (status == STORE_ABSENT)
		status =
		    chat_set_index(chat, &ends->groups, ends->group, sizeof(ends->group), &index);
	return status == STORE_ABSENT ? pair->absent : chat_from_store(status);
}

enum chat_result
chat_pair_tx_remove(struct chat *chat, struct store_tx *tx, const struct chat_pair *pair,
    uint64_t group, uint64_t user)
{
	struct ends ends = ends_of(pair, group, user);
	unsigned char key[CHAT_KEY_PAIR], data[CHAT_PAIR_RECORD];
	struct chat_pair_others others;
	size_t len = 0;
	enum chat_result result = chat_pair_get(chat, pair, group, user, data, &len);

	if (result == pair->absent) {
		len = 0;
		result = is_listed(chat, pair, &ends);
	}
	if (result != CHAT_OK)
		return result;
	chat_key_pair(key, group, user);
	chat_key_swap(tx, pair->table, key, sizeof(key), data, len, NULL, 0);
	return tx_change_sets(chat, tx, &ends, chat_set_remove, &others);
}

void
chat_pair_tx_expect_no_users(struct store_tx *tx, const struct chat_pair *pair, uint64_t group)
{
	struct chat_set users = chat_set_of(pair->users, group);

	chat_set_expect_empty(tx, &users);
}

void
chat_pair_tx_expect_no_groups(struct store_tx *tx, const struct chat_pair *pair, uint64_t user)
{
	struct chat_set groups = chat_set_of(pair->groups, user);

	chat_set_expect_empty(tx, &groups);
}
