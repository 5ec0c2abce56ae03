/* chat_choice: each verb is one transaction that expects the group's record as it was read. */
#include "chat/choice.h"

#include "chat/block.h"
#include "chat/guest.h"
#include "chat/member.h"
#include "chat/ring.h"

#define WORDS 3

/*
 * A choice is a number in the group's record, which stands for a word; 0 without a word for what
 * the settings say.
 */
static const struct choice {
	const char *name;
	size_t offset;
	const char *words[WORDS];
} choices[CHAT_CHOICES] = {
	[CHAT_CHOICE_PRIVATE] = { .name = "private",
	    .offset = offsetof(struct chat_group, private),
	    .words = { "off", "on" } },
	[CHAT_CHOICE_HISTORY] = { .name = "history",
	    .offset = offsetof(struct chat_group, history),
	    .words = { [CHAT_GROUP_HISTORY_CLOSED] = "closed",
	        [CHAT_GROUP_HISTORY_OPEN] = "open" } },
	[CHAT_CHOICE_FILES] = { .name = "files",
	    .offset = offsetof(struct chat_group, files),
	    .words = { [CHAT_GROUP_FILES_OWNER] = "owner",
	        [CHAT_GROUP_FILES_MEMBERS] = "members" } },
};

static uint8_t *
value_of(struct chat_group *group, const struct choice *choice)
{
	return (uint8_t *)group + choice->offset;
}

const char *
chat_choice_name(enum chat_choice which)
{
	return choices[which].name;
}

/* What holds in a group, as a number of its record. */
static uint8_t
find_value(const struct config *config, const struct chat_group *group, enum chat_choice which)
{
	uint8_t value = *((const uint8_t *)group + choices[which].offset);

	if (value != 0 || which == CHAT_CHOICE_PRIVATE)
		return value;
	if (which == CHAT_CHOICE_HISTORY)
		return config->group_history == CONFIG_GROUP_HISTORY_OPEN
		    ? CHAT_GROUP_HISTORY_OPEN
		    : CHAT_GROUP_HISTORY_CLOSED;
	return config->group_files == CONFIG_GROUP_FILES_SHARED ? CHAT_GROUP_FILES_MEMBERS
	                                                        : CHAT_GROUP_FILES_OWNER;
}

const char *
chat_choice_word(const struct config *config, const struct chat_group *group,
    enum chat_choice which)
{
	return choices[which].words[find_value(config, group, which)];
}

bool
chat_choice_shares_files(const struct config *config, const struct chat_group *group)
{
	return find_value(config, group, CHAT_CHOICE_FILES) == CHAT_GROUP_FILES_MEMBERS;
}

enum chat_result
chat_choice_since(struct chat *chat, const struct chat_group *group, uint64_t user,
    int64_t *since_ms)
{
	struct chat_member member;
	enum chat_result result = chat_member_get(chat, group->id, user, &member);

	*since_ms = 0;
	if (result == CHAT_OK &&
	    find_value(chat->config, group, CHAT_CHOICE_HISTORY) == CHAT_GROUP_HISTORY_CLOSED)
		*since_ms = member.joined_ms;
	return result;
}

const char *
chat_choice_chosen(const struct chat_group *group, enum chat_choice which)
{
	uint8_t value = *((const uint8_t *)group + choices[which].offset);

	return value == 0 ? NULL : choices[which].words[value];
}

bool
chat_choice_allowed(const struct chat_group *group, const struct chat_user *by)
{
	return by == NULL || by->admin || group->owner == by->id;
}

enum chat_result
chat_choice_visible(struct chat *chat, const struct chat_group *group, const struct chat_user *by)
{
	enum chat_result result;

	if (!group->private || chat_choice_allowed(group, by))
		return CHAT_OK;
	result = chat_member_find(chat, group->id, by->id);
	return result == CHAT_NOT_MEMBER ? chat_guest_find(chat, group->id, by->id) : result;
}

bool
chat_choice_listed(struct chat *chat, const char *name, uint64_t user)
{
	struct chat_group group;

	return chat_group_find(chat, chat_text(name), &group) == CHAT_OK &&
	    (!group.private || chat_member_find(chat, group.id, user) == CHAT_OK);
}

/* Finds a group that a user may change. */
static enum chat_result
find_own(struct chat *chat, struct chat_text name, const struct chat_user *by,
    struct chat_group *group)
{
	enum chat_result result = chat_group_find(chat, name, group);

	if (result == CHAT_OK && !chat_choice_allowed(group, by))
		result = CHAT_FORBIDDEN;
	return result;
}

static bool
find_word(struct chat_text name, struct chat_text word, const struct choice **choice,
    uint8_t *value)
{
	for (size_t i = 0; i < CHAT_CHOICES; i++) {
		*choice = &choices[i];
		if (!chat_text_is(name, choices[i].name))
			continue;
		for (*value = 0; *value < WORDS; ++*value)
			if (choices[i].words[*value] != NULL &&
			    chat_text_is(word, choices[i].words[*value]))
				return true;
	}
	return false;
}

bool
chat_choice_put(struct chat_group *group, struct chat_text name, struct chat_text word)
{
	const struct choice *choice;
	uint8_t value;

	if (!find_word(name, word, &choice, &value))
		return false;
	*value_of(group, choice) = value;
	return true;
}

static enum chat_result
try_set(struct chat *chat, const struct chat_group *group, const struct choice *choice,
    uint8_t value)
{
	struct chat_group changed = *group;
	struct store_tx tx;

	if (*value_of(&changed, choice) == value)
		return CHAT_OK;
	*value_of(&changed, choice) = value;
	store_tx_init(&tx);
	chat_group_tx_change(&tx, group, &changed);
	store_tx_ring(&tx, CHAT_RING_ROOMS, 0, 0);
	return chat_from_store(store_commit(chat->store, &tx, NULL));
}

enum chat_result
chat_choice_set(struct chat *chat, struct chat_text name, const struct chat_user *by,
    struct chat_text what, struct chat_text word)
{
	enum chat_result result = CHAT_CONFLICT;
	const struct choice *choice;
	struct chat_group group;
	uint8_t value;

	if (!find_word(what, word, &choice, &value))
		return CHAT_BAD_ARGUMENT;
	for (unsigned int tries = 0; chat_retry(&result, &tries);) {
		result = find_own(chat, name, by, &group);
		if (result == CHAT_OK)
			result = try_set(chat, &group, choice, value);
	}
	return result;
}

/* Who is blocked does not invite; administrators do. */
static enum chat_result
judge_block(struct chat *chat, const struct chat_user *by, uint64_t user)
{
	if (by == NULL || by->admin)
		return CHAT_OK;
	return chat_block_judge(chat, user, &(struct chat_block_sender){ .id = by->id });
}

static enum chat_result
try_invite(struct chat *chat, const struct chat_group *group, const struct chat_user *by,
    uint64_t user)
{
	struct store_tx tx;
	enum chat_result result = chat_member_find(chat, group->id, user);

	if (result != CHAT_NOT_MEMBER)
		return result == CHAT_OK ? CHAT_ALREADY_MEMBER : result;
	result = chat_guest_find(chat, group->id, user);
	if (result != CHAT_NOT_INVITED)
		return result;
	store_tx_init(&tx);
	chat_group_tx_expect(&tx, group);
	result = judge_block(chat, by, user);
	if (result == CHAT_OK)
		result = chat_guest_tx_add(chat, &tx, group->id, user);
	return result == CHAT_OK ? chat_from_store(store_commit(chat->store, &tx, NULL)) : result;
}

enum chat_result
chat_choice_invite(struct chat *chat, struct chat_text name, const struct chat_user *by,
    struct chat_text who)
{
	enum chat_result result = CHAT_CONFLICT;
	struct chat_group group;
	struct chat_user user;

	for (unsigned int tries = 0; chat_retry(&result, &tries);) {
		result = find_own(chat, name, by, &group);
		if (result == CHAT_OK)
			result = chat_user_find(chat, who, &user);
		if (result == CHAT_OK)
			result = try_invite(chat, &group, by, user.id);
	}
	return result;
}

enum chat_result
chat_choice_uninvite(struct chat *chat, struct chat_text name, const struct chat_user *by,
    struct chat_text who)
{
	struct chat_group group;
	struct chat_user user;
	enum chat_result result = chat_group_find(chat, name, &group);

	if (result == CHAT_OK)
		result = chat_user_find(chat, who, &user);
	if (result != CHAT_OK)
		return result;
	if (!chat_choice_allowed(&group, by) && user.id != by->id)
		return CHAT_FORBIDDEN;
	return chat_guest_end(chat, group.id, user.id);
}

enum chat_result
chat_choice_kick(struct chat *chat, struct chat_text name, const struct chat_user *by,
    struct chat_text who)
{
	struct chat_group group;
	struct chat_user user;
	enum chat_result result = find_own(chat, name, by, &group);

	if (result == CHAT_OK)
		result = chat_user_find(chat, who, &user);
	if (result != CHAT_OK)
		return result;
	return user.id == group.owner ? CHAT_FORBIDDEN
	                              : chat_group_take_out(chat, name, user.id, by->id);
}
