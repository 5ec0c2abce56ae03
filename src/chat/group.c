/*
 * chat_group: each verb is one transaction that expects the records which it has read.
 */
#include "chat/group.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "chat/guest.h"
#include "chat/history/activity.h"
#include "chat/key.h"
#include "chat/member.h"
#include "chat/ring.h"
#include "live/limits.h"

#define GROUP_PLAIN  2 /* versions of the record: without choices, and with them */
#define GROUP_CHOSEN 3
#define ENTRY_TRIES  100 /* how often an entry of a list may be found again after leaving */

/* The names of all groups: looking through the table costs more the more other tables hold. */
static const struct chat_set all_names = { .name = { CHAT_SET_GROUPS }, .len = 1 };

bool
chat_group_same_choices(const struct chat_group *a, const struct chat_group *b)
{
	return a->private == b->private && a->history == b->history && a->files == b->files;
}

static bool
has_choices(const struct chat_group *group)
{
	return group->private != 0 || group->history != 0 || group->files != 0;
}

size_t
chat_group_pack(unsigned char data[CHAT_GROUP_RECORD], const struct chat_group *group)
{
	bool chosen = has_choices(group);
	struct pack p;

	pack_init(&p, data, CHAT_GROUP_RECORD);
	pack_u8(&p, chosen ? GROUP_CHOSEN : GROUP_PLAIN);
	pack_u64(&p, group->owner);
	pack_i64(&p, group->created_ms);
	pack_text(&p, group->name);
	if (chosen) {
		pack_u8(&p, group->private);
		pack_u8(&p, group->history);
		pack_u8(&p, group->files);
	}
	return p.len;
}

/* Choices that nobody has made have no record with them. */
static bool
read_choices(struct chat_group *group, struct unpack *u, uint8_t version)
{
	group->private = group->history = group->files = 0;
	if (version != GROUP_CHOSEN)
		return version == GROUP_PLAIN;
	group->private = unpack_u8(u);
	group->history = unpack_u8(u);
	group->files = unpack_u8(u);
	return group->private <= 1 && group->history <= CHAT_GROUP_HISTORY_OPEN &&
	    group->files <= CHAT_GROUP_FILES_MEMBERS && has_choices(group);
}

bool
chat_group_parse(struct chat_group *group, uint64_t id, const void *value, size_t len)
{
	struct unpack u;

	unpack_init(&u, value, len);
	uint8_t version = unpack_u8(&u);
	group->id = id;
	group->owner = unpack_u64(&u);
	group->created_ms = unpack_i64(&u);
	unpack_text(&u, group->name, sizeof(group->name));
	return read_choices(group, &u, version) && !u.bad &&
	    name_valid(group->name, strlen(group->name));
}

enum chat_result
chat_group_get(struct chat *chat, uint64_t id, struct chat_group *group)
{
	unsigned char key[CHAT_KEY_ID], data[CHAT_GROUP_RECORD];
	size_t len;
	enum store_status status;

	chat_key_id(key, id);
	status =
	    store_get(chat->store, CHAT_TABLE_GROUPS, key, sizeof(key), data, sizeof(data), &len);
	if (status != STORE_OK)
		return status == STORE_ABSENT ? CHAT_NO_GROUP : CHAT_FAILED;
	return chat_group_parse(group, id, data, len) ? CHAT_OK : CHAT_FAILED;
}

enum chat_result
chat_group_find(struct chat *chat, struct chat_text name, struct chat_group *group)
{
	char folded[NAME_MAX_BYTES];
	uint64_t id;

	if (!name_valid(name.data, name.len))
		return CHAT_NO_GROUP;
	size_t len = name_fold(name.data, name.len, folded);
	if (store_get_number(chat->store, CHAT_TABLE_GROUP_NAMES, folded, len, &id) != STORE_OK)
		return CHAT_FAILED;
	return id == 0 ? CHAT_NO_GROUP : chat_group_get(chat, id, group);
}

/* `before` NULL: there shall be no record. */
void
chat_group_tx_change(struct store_tx *tx, const struct chat_group *before,
    const struct chat_group *group)
{
	unsigned char key[CHAT_KEY_ID], old[CHAT_GROUP_RECORD], new[CHAT_GROUP_RECORD];
	size_t old_len = before == NULL ? 0 : chat_group_pack(old, before);
	size_t new_len = chat_group_pack(new, group);

	chat_key_id(key, group->id);
	chat_key_swap(tx, CHAT_TABLE_GROUPS, key, sizeof(key), old, old_len, new, new_len);
}

void
chat_group_tx_expect(struct store_tx *tx, const struct chat_group *group)
{
	unsigned char key[CHAT_KEY_ID], data[CHAT_GROUP_RECORD];
	size_t len = chat_group_pack(data, group);

	chat_key_id(key, group->id);
	store_tx_expect(tx, CHAT_TABLE_GROUPS, key, sizeof(key), data, len);
}

/* Whether a user may own one more group. The owner of a group is a member of it. */
static enum chat_result
check_owned(struct chat *chat, uint64_t user)
{
	struct chat_group group;
	uint64_t id;
	int count = 0;
	enum chat_result result = CHAT_OK;

	for (uint32_t i = 0; result == CHAT_OK; i++) {
		result = chat_member_group(chat, user, i, &id);
		if (result == CHAT_OK && chat_group_get(chat, id, &group) == CHAT_OK)
			count += group.owner == user;
	}
	if (result == CHAT_NOT_MEMBER)
		result = count < chat->config->groups_own_max ? CHAT_OK : CHAT_TOO_MANY;
	if (result == CHAT_TOO_MANY)
		limits_count(chat->limits, LIMITS_GROUPS);
	return result;
}

/*
 * Whether the settings let a user into one more group, and a group have one more member. To be
 * asked after a transaction has read the two lists, which it expects unchanged.
 */
static enum chat_result
check_limits(struct chat *chat, uint64_t group, uint64_t user)
{
	struct chat_set groups = chat_set_of(CHAT_SET_USER_GROUPS, user);
	uint32_t of_user, of_group;

	if (chat_set_count(chat, &groups, &of_user) != STORE_OK ||
	    chat_member_count(chat, group, &of_group) != CHAT_OK)
		return CHAT_FAILED;
	if (of_user < (uint32_t)chat->config->groups_max &&
	    of_group < (uint32_t)chat->config->group_members_max)
		return CHAT_OK;
	limits_count(chat->limits, LIMITS_GROUPS);
	return CHAT_TOO_MANY;
}

static enum chat_result
try_add(struct chat *chat, const struct chat_group *group, bool limited)
{
	struct chat_text name = chat_text(group->name);
	struct store_tx tx;
	unsigned char id[CHAT_KEY_ID];
	char folded[NAME_MAX_BYTES];
	size_t len = name_fold(name.data, name.len, folded);
	struct chat_group other;
	uint32_t others;
	enum chat_result result = chat_group_find(chat, name, &other);

	if (result != CHAT_NO_GROUP)
		return result == CHAT_OK ? CHAT_GROUP_EXISTS : result;
	chat_key_id(id, group->id);
	store_tx_init(&tx);
	store_tx_expect_absent(&tx, CHAT_TABLE_GROUP_NAMES, folded, len);
	store_tx_put(&tx, CHAT_TABLE_GROUP_NAMES, folded, len, id, sizeof(id));
	chat_group_tx_change(&tx, NULL, group);
	result = chat_from_store(chat_set_add(chat, &tx, &all_names, name.data, name.len, &others));
	if (result == CHAT_OK)
		result = chat_member_tx_join(chat, &tx, group->id, group->owner);
	if (result == CHAT_OK && limited)
		result = check_limits(chat, group->id, group->owner);
	store_tx_ring(&tx, CHAT_RING_ROOMS, 0, 0);
	return result == CHAT_OK ? chat_from_store(store_commit(chat->store, &tx, NULL)) : result;
}

enum chat_result
chat_group_make(struct chat *chat, struct chat_group *group, bool limited)
{
	struct chat_text name = chat_text(group->name);
	struct chat_group other;
	enum chat_result result;

	if (!name_valid(name.data, name.len) || name_reserved(name.data, name.len))
		return CHAT_BAD_ARGUMENT;
	result = chat_group_find(chat, name, &other);
	if (result != CHAT_NO_GROUP)
		return result == CHAT_OK ? CHAT_GROUP_EXISTS : result;
	group->created_ms = clock_now_ms();
	result = limited ? check_owned(chat, group->owner) : CHAT_OK;
	if (result == CHAT_OK)
		result = chat_new_id(chat, &group->id);
	if (result != CHAT_OK)
		return result;
	result = CHAT_CONFLICT;
	for (unsigned int tries = 0; chat_retry(&result, &tries);)
		result = try_add(chat, group, limited);
	return result;
}

static enum chat_result
add_group(struct chat *chat, struct chat_text name, uint64_t owner, bool limited)
{
	struct chat_group group = { .owner = owner };

	/* Behind a NUL nobody would look. */
	if (!name_valid(name.data, name.len))
		return CHAT_BAD_ARGUMENT;
	memcpy(group.name, name.data, name.len);
	return chat_group_make(chat, &group, limited);
}

enum chat_result
chat_group_add(struct chat *chat, struct chat_text name, uint64_t owner)
{
	return add_group(chat, name, owner, false);
}

enum chat_result
chat_group_found(struct chat *chat, struct chat_text name, uint64_t owner)
{
	return add_group(chat, name, owner, true);
}

/* Ends the invitation of a user who joins; a private group lets in nobody else. */
static enum chat_result
tx_admit(struct chat *chat, struct store_tx *tx, const struct chat_group *group, uint64_t user,
    bool limited)
{
	const bool closed = limited && group->private;
	enum chat_result result = closed ? chat_guest_find(chat, group->id, user) : CHAT_OK;

	if (result == CHAT_OK)
		result = chat_guest_tx_end(chat, tx, group->id, user);
	return result == CHAT_NOT_INVITED && !closed ? CHAT_OK : result;
}

/* Only its members see a private group in the list of rooms. */
static void
tx_ring_lists(struct store_tx *tx, const struct chat_group *group)
{
	if (group->private)
		store_tx_ring(tx, CHAT_RING_ROOMS, 0, 0);
}

static enum chat_result
try_join(struct chat *chat, struct chat_text name, uint64_t user, bool limited,
    struct chat_group *group)
{
	struct store_tx tx;
	enum chat_result result = chat_group_find(chat, name, group);

	if (result != CHAT_OK)
		return result;
	result = chat_member_find(chat, group->id, user);
	if (result != CHAT_NOT_MEMBER)
		return result == CHAT_OK ? CHAT_ALREADY_MEMBER : result;
	store_tx_init(&tx);
	chat_group_tx_expect(&tx, group);
	result = tx_admit(chat, &tx, group, user, limited);
	if (result == CHAT_OK)
		result = chat_member_tx_join(chat, &tx, group->id, user);
	if (result == CHAT_OK && limited)
		result = check_limits(chat, group->id, user);
	tx_ring_lists(&tx, group);
	return result == CHAT_OK ? chat_from_store(store_commit(chat->store, &tx, NULL)) : result;
}

static enum chat_result
join_group(struct chat *chat, struct chat_text name, uint64_t user, bool limited)
{
	enum chat_result result = CHAT_CONFLICT;
	struct chat_group group = { .id = 0 };

	for (unsigned int tries = 0; chat_retry(&result, &tries);)
		result = try_join(chat, name, user, limited, &group);
	if (result != CHAT_OK)
		return result;
	chat_activity_of_member(chat, group.id, user, CHAT_ACTIVITY_JOIN, limited ? user : 0);
	return CHAT_OK;
}

enum chat_result
chat_group_join(struct chat *chat, struct chat_text name, uint64_t user)
{
	return join_group(chat, name, user, false);
}

enum chat_result
chat_group_enter(struct chat *chat, struct chat_text name, uint64_t user)
{
	return join_group(chat, name, user, true);
}

/* A group whose record is missing or damaged can be left, too. */
static enum chat_result
try_leave(struct chat *chat, uint64_t id, uint64_t user)
{
	struct chat_group group, ownerless, named;
	struct store_tx tx;
	enum chat_result result;

	store_tx_init(&tx);
	bool found = chat_group_get(chat, id, &group) == CHAT_OK;
	if (found && group.owner == user) {
		ownerless = group;
		ownerless.owner = 0;
		chat_group_tx_change(&tx, &group, &ownerless);
	}
	result = chat_member_tx_leave(chat, &tx, id, user);
	/* Of a group that is being removed, which has lost its name, nobody looks at the people. */
	if (found && chat_group_find(chat, chat_text(group.name), &named) == CHAT_OK) {
		store_tx_ring(&tx, CHAT_RING_PEOPLE, id, 0);
		tx_ring_lists(&tx, &group);
	}
	return result == CHAT_OK ? chat_from_store(store_commit(chat->store, &tx, NULL)) : result;
}

/* Ends a membership; the log of activity does not tell of it. */
static enum chat_result
leave_group(struct chat *chat, uint64_t group, uint64_t user)
{
	enum chat_result result = CHAT_CONFLICT;

	for (unsigned int tries = 0; chat_retry(&result, &tries);)
		result = try_leave(chat, group, user);
	return result;
}

enum chat_result
chat_group_leave(struct chat *chat, struct chat_text name, uint64_t user)
{
	return chat_group_take_out(chat, name, user, user);
}

enum chat_result
chat_group_take_out(struct chat *chat, struct chat_text name, uint64_t user, uint64_t by)
{
	struct chat_group group;
	enum chat_result result = chat_group_find(chat, name, &group);

	if (result == CHAT_OK)
		result = chat_member_find(chat, group.id, user);
	if (result == CHAT_OK)
		result = leave_group(chat, group.id, user);
	if (result != CHAT_OK)
		return result;
	chat_activity_of_member(chat, group.id, user, CHAT_ACTIVITY_LEAVE, by);
	return CHAT_OK;
}

/*
 * An entry without a membership is being removed by another process, or it is damaged and stays.
 */
enum chat_result
chat_group_leave_listed(struct chat *chat, uint64_t group, uint64_t user, int *tries)
{
	enum chat_result result = leave_group(chat, group, user);

	if (result == CHAT_OK)
		*tries = 0;
	else if (result == CHAT_NOT_MEMBER)
		result = ++*tries < ENTRY_TRIES ? CHAT_OK : CHAT_FAILED;
	if (result == CHAT_FAILED)
		log_warnx("user number %" PRIu64 " cannot be taken out of group number %" PRIu64
		          ", see `kabarctl check`",
		    user, group);
	return result;
}

enum chat_result
chat_group_leave_all(struct chat *chat, uint64_t user)
{
	uint64_t group;
	enum chat_result result;
	int tries = 0;

	while ((result = chat_member_group(chat, user, 0, &group)) == CHAT_OK) {
		result = chat_group_leave_listed(chat, group, user, &tries);
		if (result != CHAT_OK)
			return result;
		chat_activity_of_member(chat, group, user, CHAT_ACTIVITY_LEAVE, 0);
	}
	return result == CHAT_NOT_MEMBER ? CHAT_OK : result;
}

struct chat_set
chat_group_names(void)
{
	return all_names;
}
