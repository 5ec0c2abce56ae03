/* chat_people: a short sorted list, into which candidates are put one by one. */
#include "chat/people.h"

#include <bsd/string.h>
#include <string.h>
#include <strings.h>

#include "chat/history/logs.h"
#include "chat/member.h"
#include "chat/user.h"

void
chat_people_begin(struct chat_people *people, struct chat_text prefix)
{
	*people = (struct chat_people){ .nobody = prefix.len > NAME_MAX_BYTES };
	if (people->nobody)
		return;
	people->prefix_len = name_fold(prefix.data, prefix.len, people->prefix);
}

static bool
begins_so(const struct chat_people *people, const char *name)
{
	char folded[NAME_MAX_BYTES];
	size_t len = name_fold(name, strlen(name), folded);

	return !people->nobody && len >= people->prefix_len &&
	    memcmp(folded, people->prefix, people->prefix_len) == 0;
}

static void
insert(struct chat_people *people, const struct chat_user *user)
{
	struct chat_people_item *list = people->list;
	size_t at = people->n;

	while (at > 0 && strcasecmp(user->name, list[at - 1].name) < 0)
		at--;
	if (at > 0 && list[at - 1].id == user->id)
		return;
	if (people->n == CHAT_PEOPLE_MAX) {
		people->more = true;
		if (at == people->n)
			return;
		people->n--;
	}
	memmove(list + at + 1, list + at, (people->n - at) * sizeof(*list));
	list[at].id = user->id;
	strlcpy(list[at].name, user->name, sizeof(list[at].name));
	strlcpy(list[at].fullname, user->fullname, sizeof(list[at].fullname));
	people->n++;
}

enum chat_result
chat_people_add(struct chat *chat, struct chat_people *people, uint64_t id)
{
	struct chat_user user;
	enum chat_result result = chat_user_get(chat, id, &user);

	if (result == CHAT_OK && begins_so(people, user.name))
		insert(people, &user);
	return result == CHAT_NO_USER ? CHAT_OK : result;
}

static enum chat_result
add_exact(struct chat *chat, struct chat_people *people)
{
	struct chat_text name = { .data = people->prefix, .len = people->prefix_len };
	struct chat_user user;
	enum chat_result result = chat_user_find(chat, name, &user);

	if (result == CHAT_OK)
		insert(people, &user);
	return result == CHAT_NO_USER ? CHAT_OK : result;
}

/* *looks counts the accounts that may still be looked at. */
static enum chat_result
add_some(struct chat *chat, struct chat_people *people, uint64_t id, size_t *looks)
{
	if (*looks == 0) {
		people->more = true;
		return CHAT_NO_USER;
	}
	--*looks;
	return chat_people_add(chat, people, id);
}

static enum chat_result
add_partners(struct chat *chat, struct chat_people *people, uint64_t user, size_t *looks)
{
	enum chat_result result = CHAT_OK;
	uint64_t id;

	for (uint32_t at = 0; result == CHAT_OK;) {
		result = chat_history_next(chat, user, &at, &id);
		if (result == CHAT_OK)
			result = add_some(chat, people, id, looks);
	}
	return result == CHAT_NO_USER ? CHAT_OK : result;
}

static enum chat_result
add_members(struct chat *chat, struct chat_people *people, uint64_t group, size_t *looks)
{
	enum chat_result result = CHAT_OK;
	uint64_t id;

	for (uint32_t i = 0; result == CHAT_OK; i++) {
		result = chat_member_user(chat, group, i, &id);
		if (result == CHAT_OK)
			result = add_some(chat, people, id, looks);
	}
	return result == CHAT_NOT_MEMBER || result == CHAT_NO_USER ? CHAT_OK : result;
}

static enum chat_result
add_acquaintances(struct chat *chat, struct chat_people *people, uint64_t user)
{
	size_t looks = CHAT_PEOPLE_LOOKS;
	enum chat_result result = add_partners(chat, people, user, &looks);
	uint64_t group;

	for (uint32_t i = 0; result == CHAT_OK; i++) {
		result = chat_member_group(chat, user, i, &group);
		if (result == CHAT_OK)
			result = add_members(chat, people, group, &looks);
	}
	return result == CHAT_NOT_MEMBER ? CHAT_OK : result;
}

static enum chat_result
add_ids(struct chat *chat, struct chat_people *people, uint64_t first, uint64_t last)
{
	enum chat_result result = CHAT_OK;

	for (uint64_t id = first; result == CHAT_OK && id <= last; id++)
		result = chat_people_add(chat, people, id);
	return result;
}

/*
 * Ids are given one after another, so the first and the last of them are the oldest and the newest
 * accounts, and much else: groups, people of other realms, logs of conversations.
 */
static enum chat_result
add_ends(struct chat *chat, struct chat_people *people)
{
	const uint64_t part = CHAT_PEOPLE_LOOKS / 2;
	enum chat_result result;
	uint64_t newest;

	result = chat_from_store(store_get_number(chat->store, STORE_COUNTERS, "id", 2, &newest));
	if (result != CHAT_OK || newest <= 2 * part)
		return result == CHAT_OK ? add_ids(chat, people, 1, newest) : result;
	people->more = true;
	result = add_ids(chat, people, 1, part);
	return result == CHAT_OK ? add_ids(chat, people, newest - part + 1, newest) : result;
}

enum chat_result
chat_people_look(struct chat *chat, struct chat_people *people, uint64_t user)
{
	enum chat_result result = CHAT_OK;

	if (people->nobody)
		return CHAT_OK;
	if (people->prefix_len > 0)
		result = add_exact(chat, people);
	if (result == CHAT_OK)
		result = add_acquaintances(chat, people, user);
	return result == CHAT_OK ? add_ends(chat, people) : result;
}
