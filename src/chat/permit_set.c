/*
 * chat_permit_set: sets change only as chat_set_add() and chat_set_remove() change them, all steps
 * or none, for a member whose coming or going another rule of the same transaction allows. So
 * nobody who joins a group can put its other members in disorder.
 */
#include <string.h>

#include "chat/history/logs.h"
#include "chat/key.h"
#include "chat/permit_int.h"

#define COUNT_SIZE 4
#define ADDING     3 /* steps that change something: the count, the index, the item */
#define REMOVING   3 /* and two more that move the last member */

/* A member that comes into a set or goes. */
struct change {
	struct chat_set set;
	unsigned char member[CHAT_SET_MEMBER];
	size_t len;
	bool comes;
};

/* The record of a set that a step concerns. Steps without a value get one of the right length. */
static bool
read_row(const struct store_step *step, struct chat_set_row *row)
{
	static const unsigned char none[COUNT_SIZE];
	bool has_value = step->kind == STORE_STEP_PUT || step->kind == STORE_STEP_EXPECT;

	if (chat_permit_step_table(step) != CHAT_TABLE_SETS)
		return false;
	chat_set_row(row, step->key + 1, step->key_len - 1, has_value ? step->value : none,
	    has_value ? step->len : sizeof(none));
	return row->record != CHAT_SET_BAD;
}

static bool
is_same_set(const struct chat_set *a, const struct chat_set *b)
{
	return a->len == b->len && memcmp(a->name, b->name, a->len) == 0;
}

static bool
is_member(const struct chat_set_row *row, const void *member, size_t len)
{
	return row->member_len == len && memcmp(row->member, member, len) == 0;
}

static bool
expects_row(const struct permit *permit, const struct change *change, enum chat_set_record record,
    uint32_t number, struct chat_set_row *row)
{
	for (unsigned int i = 0; i < permit->n; i++) {
		const struct store_step *step = &permit->steps[i];

		if (step->kind != STORE_STEP_EXPECT && step->kind != STORE_STEP_EXPECT_ABSENT)
			continue;
		if (!read_row(step, row) || row->record != record ||
		    !is_same_set(&row->set, &change->set))
			continue;
		if (step->kind == STORE_STEP_EXPECT_ABSENT) {
			row->number = 0;
			if (record == CHAT_SET_COUNT)
				return true;
			continue;
		}
		if (record == CHAT_SET_COUNT ||
		    (record == CHAT_SET_ITEM && row->number == number) ||
		    (record == CHAT_SET_INDEX && is_member(row, change->member, change->len)))
			return true;
	}
	return false;
}

/* Whether the member that comes is expected not to be there. */
static bool
expects_none(const struct permit *permit, const struct change *change)
{
	struct chat_set_row row;

	for (unsigned int i = 0; i < permit->n; i++)
		if (permit->steps[i].kind == STORE_STEP_EXPECT_ABSENT &&
		    read_row(&permit->steps[i], &row) && row.record == CHAT_SET_INDEX &&
		    is_same_set(&row.set, &change->set) &&
		    is_member(&row, change->member, change->len))
			return true;
	return false;
}

/* What a set has before the change. */
struct before {
	uint32_t count;
	uint32_t index;           /* of the member that goes */
	struct chat_set_row last; /* the item that takes its index, if it is another */
};

static bool
read_before(const struct permit *permit, const struct change *change, struct before *before)
{
	struct chat_set_row row;

	*before = (struct before){ .count = 0 };
	if (!expects_row(permit, change, CHAT_SET_COUNT, 0, &row))
		return false;
	before->count = row.number;
	if (change->comes)
		return before->count < UINT32_MAX && expects_none(permit, change);
	if (before->count == 0 || !expects_row(permit, change, CHAT_SET_INDEX, 0, &row))
		return false;
	before->index = row.number;
	return before->index < before->count &&
	    (before->index == before->count - 1 ||
	        expects_row(permit, change, CHAT_SET_ITEM, before->count - 1, &before->last));
}

/* The steps by which a member comes. */
static bool
adds(const struct change *change, const struct before *before, const struct store_step *step,
    const struct chat_set_row *row)
{
	if (step->kind != STORE_STEP_PUT)
		return false;
	if (row->record == CHAT_SET_COUNT)
		return row->number == before->count + 1;
	return row->number == before->count && is_member(row, change->member, change->len);
}

/* The steps by which a member goes. */
static bool
removes(const struct change *change, const struct before *before, const struct store_step *step,
    const struct chat_set_row *row)
{
	if (step->kind == STORE_STEP_DELETE) {
		switch (row->record) {
		case CHAT_SET_COUNT:
			return before->count == 1;
		case CHAT_SET_ITEM:
			return row->number == before->count - 1;
		default:
			return is_member(row, change->member, change->len);
		}
	}
	if (row->record == CHAT_SET_COUNT)
		return before->count > 1 && row->number == before->count - 1;
	return before->index != before->count - 1 && row->number == before->index &&
	    is_member(row, before->last.member, before->last.member_len);
}

/* Whether all that changes a set is this change, and all of it. */
static bool
is_whole(const struct permit *permit, const struct change *change)
{
	struct before before;
	struct chat_set_row row;
	unsigned int n = 0;

	if (!read_before(permit, change, &before))
		return false;
	for (unsigned int i = 0; i < permit->n; i++) {
		const struct store_step *step = &permit->steps[i];

		if (!chat_permit_step_replaces(step) || !read_row(step, &row) ||
		    !is_same_set(&row.set, &change->set))
			continue;
		for (unsigned int k = 0; k < i; k++)
			if (chat_permit_step_replaces(&permit->steps[k]) &&
			    permit->steps[k].key_len == step->key_len &&
			    memcmp(permit->steps[k].key, step->key, step->key_len) == 0)
				return false;
		if (!(change->comes ? adds : removes)(change, &before, step, &row))
			return false;
		n++;
	}
	if (change->comes)
		return n == ADDING;
	return n == REMOVING + (before.index != before.count - 1 ? 2U : 0U);
}

static void
set_member(struct change *change, const void *member, size_t len, bool comes)
{
	change->len = len <= sizeof(change->member) ? len : 0;
	memcpy(change->member, member, change->len);
	change->comes = comes;
}

static void
set_member_id(struct change *change, uint64_t id, bool comes)
{
	unsigned char key[CHAT_KEY_ID];

	chat_key_id(key, id);
	set_member(change, key, sizeof(key), comes);
}

/*
 * Memberships and invitations: of the set of a group the users, of that of a user the groups.
 */
static bool
find_pair(const struct permit *permit, struct change *change, int table, enum chat_set_kind users,
    enum chat_set_kind groups)
{
	uint64_t group, user, id;

	for (unsigned int i = 0; i < permit->n; i++) {
		const struct store_step *step = &permit->steps[i];

		if (chat_permit_step_table(step) != table || !chat_permit_step_replaces(step) ||
		    !chat_permit_step_pair(step, &group, &user))
			continue;
		bool comes = step->kind == STORE_STEP_PUT;
		if (chat_set_owner(&change->set, users, &id) && id == group)
			set_member_id(change, user, comes);
		else if (chat_set_owner(&change->set, groups, &id) && id == user)
			set_member_id(change, group, comes);
		else
			continue;
		return true;
	}
	return false;
}

/* The name of a group as the group's record has it; of a group that goes, its id has it. */
static bool
find_group_name(struct permit *permit, struct change *change)
{
	char folded[NAME_MAX_BYTES];
	struct chat_group group;

	for (unsigned int i = 0; i < permit->n; i++) {
		const struct store_step *step = &permit->steps[i];

		if (chat_permit_step_table(step) != CHAT_TABLE_GROUP_NAMES ||
		    !chat_permit_step_replaces(step))
			continue;
		bool comes = step->kind == STORE_STEP_PUT;
		const struct store_step *id =
		    comes ? step : chat_permit_step_expected(permit, step);
		if (id == NULL || id->len != CHAT_KEY_ID)
			return false;
		if (comes) {
			const struct store_step *record = chat_permit_step_change(permit,
			    CHAT_TABLE_GROUPS, id->value, CHAT_KEY_ID);
			if (record == NULL || record->kind != STORE_STEP_PUT ||
			    !chat_group_parse(&group, pack_get_u64(id->value), record->value,
			        record->len))
				return false;
		} else if (chat_group_get(&permit->chat, pack_get_u64(id->value), &group) !=
		    CHAT_OK) {
			return false;
		}
		size_t len = name_fold(group.name, strlen(group.name), folded);
		set_member(change, group.name, strlen(group.name), comes);
		return step->key_len == 1 + len && memcmp(step->key + 1, folded, len) == 0;
	}
	return false;
}

/* Names of files in a conversation, and with whom a user has files. */
static bool
find_file(const struct permit *permit, struct change *change)
{
	struct chat_conversation conversation;
	struct permit_file file;
	uint64_t id;

	if (!chat_permit_file_change(permit, &file) || file.was == file.is)
		return false;
	if (chat_file_conversation_of(&change->set, &conversation)) {
		set_member(change, file.name.data, file.name.len, file.is);
		return chat_conversation_compare(&conversation, &file.conversation) == 0;
	}
	if (!chat_set_owner(&change->set, CHAT_SET_PARTNERS, &id) || file.conversation.first == 0)
		return false;
	set_member_id(change,
	    id == file.conversation.first ? file.conversation.second : file.conversation.first,
	    file.is);
	return id == file.conversation.first || id == file.conversation.second;
}

/* The logs of what comes from other realms. */
static bool
find_remote_log(const struct permit *permit, struct change *change)
{
	unsigned char member[CHAT_KEY_PAIR];
	uint64_t destination, peer, id;

	if (!chat_set_owner(&change->set, CHAT_SET_REMOTE_LOGS, &id))
		return false;
	for (unsigned int i = 0; i < permit->n; i++) {
		const struct store_step *step = &permit->steps[i];

		if (chat_permit_step_table(step) != CHAT_TABLE_REMOTE_LOGS ||
		    step->kind != STORE_STEP_PUT || step->len != CHAT_KEY_ID ||
		    !chat_permit_step_pair(step, &destination, &peer) || destination != id)
			continue;
		chat_key_pair(member, peer, pack_get_u64(step->value));
		set_member(change, member, sizeof(member), true);
		return true;
	}
	return false;
}

/* The folded names of peers: none goes. */
static bool
find_peer(const struct permit *permit, struct change *change)
{
	for (unsigned int i = 0; i < permit->n; i++) {
		const struct store_step *step = &permit->steps[i];

		if (chat_permit_step_table(step) != CHAT_TABLE_PEERS ||
		    step->kind != STORE_STEP_PUT)
			continue;
		set_member(change, step->key + 1, step->key_len - 1, true);
		return chat_permit_step_is_new(permit, step);
	}
	return false;
}

/* Whom a user blocks, and by whom a user is blocked, as the record's key has it. */
static bool
find_block(const struct permit *permit, struct change *change)
{
	struct chat_block block;
	uint64_t id;

	for (unsigned int i = 0; i < permit->n; i++) {
		const struct store_step *step = &permit->steps[i];
		size_t len;

		if (chat_permit_step_table(step) != CHAT_TABLE_BLOCKS ||
		    !chat_permit_step_replaces(step))
			continue;
		const unsigned char *key = chat_permit_step_key(step, &len);
		bool comes = step->kind == STORE_STEP_PUT;
		if (!chat_block_parse_key(&block, key, len))
			return false;
		if (chat_set_owner(&change->set, CHAT_SET_BLOCKS, &id) && id == block.user)
			set_member(change, block.member, block.member_len, comes);
		else if (chat_set_owner(&change->set, CHAT_SET_BLOCKERS, &id) &&
		    id == block.blocked && id != 0)
			set_member_id(change, block.user, comes);
		else
			continue;
		return true;
	}
	return false;
}

/* With whom a user has a conversation: none goes. */
static bool
find_history(const struct permit *permit, struct change *change)
{
	uint64_t low, high, id;

	if (!chat_set_owner(&change->set, CHAT_SET_CONVERSATIONS, &id))
		return false;
	for (unsigned int i = 0; i < permit->n; i++) {
		const struct store_step *step = &permit->steps[i];

		if (chat_permit_step_table(step) != CHAT_TABLE_CONVERSATIONS ||
		    step->kind != STORE_STEP_PUT || !chat_permit_step_pair(step, &low, &high) ||
		    (id != low && id != high))
			continue;
		const uint64_t partner = id == low ? high : low;
		const struct chat_set set = chat_history_list(id, partner);
		if (!is_same_set(&set, &change->set))
			continue;
		set_member_id(change, partner, true);
		return true;
	}
	return false;
}

static bool
find_change(struct permit *permit, struct change *change)
{
	switch (change->set.name[0]) {
	case CHAT_SET_MEMBERS:
	case CHAT_SET_USER_GROUPS:
		return find_pair(permit, change, CHAT_TABLE_MEMBERS, CHAT_SET_MEMBERS,
		    CHAT_SET_USER_GROUPS);
	case CHAT_SET_INVITEES:
	case CHAT_SET_USER_INVITED:
		return find_pair(permit, change, CHAT_TABLE_INVITEES, CHAT_SET_INVITEES,
		    CHAT_SET_USER_INVITED);
	case CHAT_SET_GROUPS:
		return change->set.len == 1 && find_group_name(permit, change);
	case CHAT_SET_FILES:
	case CHAT_SET_PARTNERS:
		return find_file(permit, change);
	case CHAT_SET_REMOTE_LOGS:
		return find_remote_log(permit, change);
	case CHAT_SET_BLOCKERS:
	case CHAT_SET_BLOCKS:
		return find_block(permit, change);
	case CHAT_SET_CONVERSATIONS:
		return find_history(permit, change);
	case CHAT_SET_PEERS:
		return change->set.len == 1 && find_peer(permit, change);
	default:
		return false;
	}
}

bool
chat_permit_set_may(struct permit *permit, const struct store_step *step)
{
	struct chat_set_row row;
	struct change change = { .len = 0 };

	if (!chat_permit_step_replaces(step) || !read_row(step, &row))
		return false;
	change.set = row.set;
	return find_change(permit, &change) && is_whole(permit, &change);
}

bool
chat_permit_set_gains(const struct permit *permit, const struct chat_set *set, const void *member,
    size_t len, uint32_t most)
{
	struct change change = { .set = *set };
	struct before before;

	set_member(&change, member, len, true);
	return is_whole(permit, &change) && read_before(permit, &change, &before) &&
	    before.count < most;
}

bool
chat_permit_set_loses(const struct permit *permit, const struct chat_set *set, const void *member,
    size_t len)
{
	struct change change = { .set = *set };

	set_member(&change, member, len, false);
	return is_whole(permit, &change) || expects_none(permit, &change);
}
