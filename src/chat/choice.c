/* chat_choice: each verb is one transaction that expects the group's record as it was read. */
#include "chat/choice.h"

#include <bsd/string.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "chat/block.h"
#include "chat/invitee.h"
#include "chat/ring.h"
#include "chat/role.h"

#define WORDS 3
#define OFF   "off" /* of choices that are no words */

enum form { WORD, KEY, LIMIT };

/*
 * A choice is a number in the group's record, which stands for a word; 0 without a word for what
 * the settings say. A key is a text, and a limit the number itself.
 */
static const struct choice {
	const char *name;
	size_t offset; /* of a word's number */
	const char *words[WORDS];
	enum form form;
} choices[CHAT_CHOICES] = {
	[CHAT_CHOICE_PRIVATE] = { .name = "private",
	    .offset = offsetof(struct chat_group, private),
	    .words = { OFF, "on" } },
	[CHAT_CHOICE_HISTORY] = { .name = "history",
	    .offset = offsetof(struct chat_group, history),
	    .words = { [CHAT_GROUP_HISTORY_CLOSED] = "closed",
	        [CHAT_GROUP_HISTORY_OPEN] = "open" } },
	[CHAT_CHOICE_FILES] = { .name = "files",
	    .offset = offsetof(struct chat_group, files),
	    .words = { [CHAT_GROUP_FILES_OWNER] = "owner",
	        [CHAT_GROUP_FILES_MEMBERS] = "members" } },
	[CHAT_CHOICE_MODERATED] = { .name = "moderated",
	    .offset = offsetof(struct chat_group, moderated),
	    .words = { OFF, "on" } },
	[CHAT_CHOICE_TOPICS] = { .name = "topics",
	    .offset = offsetof(struct chat_group, topics),
	    .words = { "operators", "members" } },
	[CHAT_CHOICE_SECRET] = { .name = "secret",
	    .offset = offsetof(struct chat_group, secret),
	    .words = { OFF, "on" } },
	[CHAT_CHOICE_KEY] = { .name = "key", .form = KEY },
	[CHAT_CHOICE_LIMIT] = { .name = "limit", .form = LIMIT },
};

const char *
chat_choice_name(enum chat_choice which)
{
	return choices[which].name;
}

/* The number of a word, as the record has it. */
static uint8_t
read_value(const struct chat_group *group, enum chat_choice which)
{
	return *((const uint8_t *)group + choices[which].offset);
}

/* What holds in a group, as a number of its record. */
static uint8_t
find_value(const struct config *config, const struct chat_group *group, enum chat_choice which)
{
	uint8_t value = read_value(group, which);

	if (value != 0 || choices[which].words[0] != NULL)
		return value;
	if (which == CHAT_CHOICE_HISTORY)
		return config->group_history == CONFIG_GROUP_HISTORY_OPEN
		    ? CHAT_GROUP_HISTORY_OPEN
		    : CHAT_GROUP_HISTORY_CLOSED;
	return config->group_files == CONFIG_GROUP_FILES_SHARED ? CHAT_GROUP_FILES_MEMBERS
	                                                        : CHAT_GROUP_FILES_OWNER;
}

const char *
chat_choice_chosen(const struct chat_group *group, enum chat_choice which,
    char word[CHAT_CHOICE_WORD])
{
	uint8_t value;

	switch (choices[which].form) {
	case KEY:
		strlcpy(word, group->key, CHAT_CHOICE_WORD);
		return word[0] == '\0' ? NULL : word;
	case LIMIT:
		snprintf(word, CHAT_CHOICE_WORD, "%" PRIu32, group->limit);
		return group->limit == 0 ? NULL : word;
	default:
		value = read_value(group, which);
		return value == 0 ? NULL : choices[which].words[value];
	}
}

const char *
chat_choice_word(const struct config *config, const struct chat_group *group,
    enum chat_choice which, char word[CHAT_CHOICE_WORD])
{
	const char *chosen = chat_choice_chosen(group, which, word);

	if (chosen != NULL)
		return chosen;
	return choices[which].form == WORD ? choices[which].words[find_value(config, group, which)]
	                                   : OFF;
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

bool
chat_choice_hidden(const struct chat_group *group)
{
	return group->private || group->secret;
}

enum chat_result
chat_choice_visible(struct chat *chat, const struct chat_group *group, const struct chat_user *by)
{
	enum chat_result result;

	if (!chat_choice_hidden(group) || chat_role_manages(chat, group, by))
		return CHAT_OK;
	result = chat_member_find(chat, group->id, by->id);
	if (result == CHAT_NOT_MEMBER)
		result = chat_invitee_find(chat, group->id, by->id);
	return result == CHAT_NOT_INVITED && !group->private ? CHAT_NOT_MEMBER : result;
}

bool
chat_choice_listed(struct chat *chat, const char *name, uint64_t user)
{
	struct chat_group group;

	return chat_group_find(chat, chat_text(name), &group) == CHAT_OK &&
	    (!chat_choice_hidden(&group) || chat_member_find(chat, group.id, user) == CHAT_OK);
}

static bool
put_word(struct chat_group *group, const struct choice *choice, struct chat_text word)
{
	for (uint8_t value = 0; value < WORDS; value++)
		if (choice->words[value] != NULL && chat_text_is(word, choice->words[value])) {
			*((uint8_t *)group + choice->offset) = value;
			return true;
		}
	return false;
}

static bool
put_key(struct chat_group *group, struct chat_text word)
{
	if (chat_text_is(word, OFF))
		word.len = 0;
	else if (word.len == 0 || !chat_group_key_valid(word))
		return false;
	memcpy(group->key, word.data, word.len);
	group->key[word.len] = '\0';
	return true;
}

static bool
put_limit(struct chat_group *group, struct chat_text word)
{
	uint64_t limit = 0;

	group->limit = 0;
	if (chat_text_is(word, OFF))
		return true;
	for (size_t i = 0; i < word.len && limit <= UINT32_MAX; i++) {
		if (word.data[i] < '0' || word.data[i] > '9')
			return false;
		limit = limit * 10 + (uint64_t)(word.data[i] - '0');
	}
	group->limit = limit <= UINT32_MAX ? (uint32_t)limit : 0;
	return group->limit != 0;
}

bool
chat_choice_put(struct chat_group *group, struct chat_text name, struct chat_text word)
{
	for (size_t i = 0; i < CHAT_CHOICES; i++) {
		if (!chat_text_is(name, choices[i].name))
			continue;
		switch (choices[i].form) {
		case KEY:
			return put_key(group, word);
		case LIMIT:
			return put_limit(group, word);
		default:
			return put_word(group, &choices[i], word);
		}
	}
	return false;
}

/* CHAT_REPEATED: it holds already. */
static enum chat_result
try_set(struct chat *chat, const struct chat_group *before, const struct chat_group *after)
{
	struct store_tx tx;

	if (chat_group_same_choices(before, after))
		return CHAT_REPEATED;
	store_tx_init(&tx);
	chat_group_tx_change(&tx, before, after);
	store_tx_ring(&tx, CHAT_RING_ROOMS, 0, 0);
	return chat_from_store(store_commit(chat->store, &tx, NULL));
}

/* Name and word as they are written here, for they may be given in letters of any case. */
static void
tell_choice(struct chat *chat, const struct chat_group *group, const struct chat_user *by,
    struct chat_text what)
{
	char word[CHAT_CHOICE_WORD];

	for (enum chat_choice i = 0; i < CHAT_CHOICES; i++)
		if (chat_text_is(what, choices[i].name))
			chat_activity_of_group(chat, group->id, by == NULL ? 0 : by->id,
			    CHAT_ACTIVITY_CHOICE, by, choices[i].name,
			    chat_text(chat_choice_word(chat->config, group, i, word)));
}

enum chat_result
chat_choice_set(struct chat *chat, struct chat_text name, const struct chat_user *by,
    struct chat_text what, struct chat_text word)
{
	enum chat_result result = CHAT_CONFLICT;
	struct chat_group group = { .id = 0 }, changed = group;

	if (!chat_choice_put(&changed, what, word))
		return CHAT_BAD_ARGUMENT;
	for (unsigned int tries = 0; chat_retry(&result, &tries);) {
		result = chat_role_find_managed(chat, name, by, &group);
		changed = group;
		if (result == CHAT_OK && chat_choice_put(&changed, what, word))
			result = try_set(chat, &group, &changed);
	}
	if (result == CHAT_OK)
		tell_choice(chat, &changed, by, what);
	return result == CHAT_REPEATED ? CHAT_OK : result;
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
	result = chat_invitee_find(chat, group->id, user);
	if (result != CHAT_NOT_INVITED)
		return result;
	store_tx_init(&tx);
	chat_group_tx_expect(&tx, group);
	result = judge_block(chat, by, user);
	if (result == CHAT_OK)
		result = chat_invitee_tx_add(chat, &tx, group->id, user);
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
		result = chat_role_find_managed(chat, name, by, &group);
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
	if (!chat_role_manages(chat, &group, by) && user.id != by->id)
		return CHAT_FORBIDDEN;
	return chat_invitee_end(chat, group.id, user.id);
}

enum chat_result
chat_choice_kick(struct chat *chat, struct chat_text name, const struct chat_user *by,
    struct chat_text who, struct chat_text reason)
{
	struct chat_group group;
	struct chat_user user;
	enum chat_result result = chat_role_find_managed(chat, name, by, &group);

	if (result == CHAT_OK)
		result = chat_user_find(chat, who, &user);
	if (result != CHAT_OK)
		return result;
	return user.id == group.owner
	    ? CHAT_FORBIDDEN
	    : chat_group_take_out(chat, name, user.id, by == NULL ? 0 : by->id, reason);
}
