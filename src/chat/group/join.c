/*
 * chat_group: joining and leaving groups. Each is one transaction that expects the records which it
 * has read.
 */
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "chat/ban.h"
#include "chat/group.h"
#include "chat/group_delete.h"
#include "chat/invitee.h"
#include "chat/member.h"
#include "chat/ring.h"

#define ENTRY_TRIES 100 /* how often an entry of a list may be found again after leaving */

/* Who joins, and with which key; limited: as all users are, and not by kabarctl's word. */
struct joining {
	struct chat_text name;
	struct chat_text key;
	uint64_t user;
	bool limited;
};

static enum chat_result
judge_ban(struct chat *chat, const struct chat_group *group, uint64_t id)
{
	struct chat_user user;
	enum chat_result result = group->banned ? chat_user_get(chat, id, &user) : CHAT_OK;

	return group->banned && result == CHAT_OK ? chat_ban_judge(chat, group, &user) : result;
}

static bool
has_key(const struct chat_group *group, struct chat_text key)
{
	return group->key[0] == '\0' ||
	    (strlen(group->key) == key.len && memcmp(group->key, key.data, key.len) == 0);
}

/* Whether it makes a difference whether somebody is an invitee. */
static bool
is_closed(const struct chat_group *group)
{
	return group->private || group->key[0] != '\0' || group->limit != 0;
}

/* What keeps out a user who is no invitee. */
static enum chat_result
judge_stranger(const struct chat_group *group, struct chat_text key)
{
	if (group->private)
		return CHAT_NOT_INVITED;
	return has_key(group, key) ? CHAT_OK : CHAT_BAD_KEY;
}

/* Whether a group lets a user in. *invitee: as an invited one. */
static enum chat_result
judge_joining(struct chat *chat, const struct chat_group *group, const struct joining *joining,
    bool *invitee)
{
	enum chat_result result = CHAT_NOT_INVITED;

	*invitee = false;
	if (!joining->limited)
		return CHAT_OK;
	if (is_closed(group))
		result = chat_invitee_find(chat, group->id, joining->user);
	*invitee = result == CHAT_OK;
	if (result == CHAT_NOT_INVITED)
		result = judge_stranger(group, joining->key);
	return result == CHAT_OK ? judge_ban(chat, group, joining->user) : result;
}

/* Whoever joins is an invitee no more. */
static enum chat_result
tx_admit(struct chat *chat, struct store_tx *tx, const struct chat_group *group,
    const struct joining *joining, bool *invitee)
{
	enum chat_result result = judge_joining(chat, group, joining, invitee);

	if (result != CHAT_OK)
		return result;
	result = chat_invitee_tx_end(chat, tx, group->id, joining->user);
	return result == CHAT_NOT_INVITED ? CHAT_OK : result;
}

/* To be asked as chat_group_has_room(). */
static enum chat_result
judge_room(struct chat *chat, const struct chat_group *group, uint64_t user, bool invitee)
{
	uint32_t count = 0;

	if (group->limit != 0 && !invitee && chat_member_count(chat, group->id, &count) != CHAT_OK)
		return CHAT_FAILED;
	return group->limit != 0 && count >= group->limit
	    ? CHAT_GROUP_FULL
	    : chat_group_has_room(chat, group->id, user);
}

/* Only its members see such a group in the list of rooms. */
static void
tx_ring_lists(struct store_tx *tx, const struct chat_group *group)
{
	if (group->private || group->secret)
		store_tx_ring(tx, CHAT_RING_ROOMS, 0, 0);
}

static enum chat_result
try_join(struct chat *chat, const struct joining *joining, struct chat_group *group)
{
	const uint64_t user = joining->user;
	struct store_tx tx;
	bool invitee;
	enum chat_result result = chat_group_find(chat, joining->name, group);

	if (result != CHAT_OK)
		return result;
	result = chat_member_find(chat, group->id, user);
	if (result != CHAT_NOT_MEMBER)
		return result == CHAT_OK ? CHAT_ALREADY_MEMBER : result;
	store_tx_init(&tx);
	chat_group_tx_expect(&tx, group);
	result = tx_admit(chat, &tx, group, joining, &invitee);
	if (result == CHAT_OK)
		result = chat_member_tx_join(chat, &tx, group->id, user);
	if (result == CHAT_OK && joining->limited)
		result = judge_room(chat, group, user, invitee);
	tx_ring_lists(&tx, group);
	return result == CHAT_OK ? chat_from_store(store_commit(chat->store, &tx, NULL)) : result;
}

static enum chat_result
join_group(struct chat *chat, const struct joining *joining)
{
	enum chat_result result = CHAT_CONFLICT;
	struct chat_group group = { .id = 0 };

	for (unsigned int tries = 0; chat_retry(&result, &tries);)
		result = try_join(chat, joining, &group);
	if (result == CHAT_OK)
		chat_activity_of_member(chat, group.id, joining->user, CHAT_ACTIVITY_JOIN,
		    joining->limited ? joining->user : 0, chat_text(""));
	return result;
}

enum chat_result
chat_group_join(struct chat *chat, struct chat_text name, uint64_t user)
{
	return join_group(chat,
	    &(struct joining){ .name = name, .key = chat_text(""), .user = user });
}

enum chat_result
chat_group_enter(struct chat *chat, struct chat_text name, uint64_t user)
{
	return chat_group_enter_with(chat, name, chat_text(""), user);
}

enum chat_result
chat_group_enter_with(struct chat *chat, struct chat_text name, struct chat_text key, uint64_t user)
{
	return join_group(chat,
	    &(struct joining){ .name = name, .key = key, .user = user, .limited = true });
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

/* Whoever left it last ends a temporary group; if that fails, the janitor does. */
static void
end_temporary(struct chat *chat, uint64_t id)
{
	struct chat_group group;
	enum chat_result result = chat_group_get(chat, id, &group);

	if (result == CHAT_OK && group.temporary)
		result = chat_group_delete_empty(chat, &group);
	if (result != CHAT_OK && result != CHAT_NO_GROUP)
		log_debug("group number %" PRIu64 " stays for now: %s", id, chat_strerror(result));
}

static enum chat_result
end_membership(struct chat *chat, struct chat_text name, uint64_t user, uint64_t by,
    enum chat_activity_kind kind, struct chat_text text)
{
	struct chat_group group;
	enum chat_result result = chat_group_find(chat, name, &group);

	if (result == CHAT_OK)
		result = chat_member_find(chat, group.id, user);
	if (result == CHAT_OK)
		result = leave_group(chat, group.id, user);
	if (result != CHAT_OK)
		return result;
	chat_activity_of_member(chat, group.id, user, kind, by, text);
	if (group.temporary)
		end_temporary(chat, group.id);
	return CHAT_OK;
}

enum chat_result
chat_group_leave(struct chat *chat, struct chat_text name, uint64_t user)
{
	return chat_group_leave_with(chat, name, user, CHAT_ACTIVITY_LEAVE, chat_text(""));
}

enum chat_result
chat_group_leave_with(struct chat *chat, struct chat_text name, uint64_t user,
    enum chat_activity_kind kind, struct chat_text text)
{
	return end_membership(chat, name, user, user, kind, text);
}

enum chat_result
chat_group_take_out(struct chat *chat, struct chat_text name, uint64_t user, uint64_t by,
    struct chat_text reason)
{
	return end_membership(chat, name, user, by, CHAT_ACTIVITY_KICK, reason);
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
		chat_activity_of_member(chat, group, user, CHAT_ACTIVITY_LEAVE, 0, chat_text(""));
		end_temporary(chat, group);
	}
	return result == CHAT_NOT_MEMBER ? CHAT_OK : result;
}
