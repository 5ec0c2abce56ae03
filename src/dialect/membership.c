/*
 * dialect_membership: lists of groups and of their members. A reply begins when all of its list is
 * there: a part of a list looks like all of it.
 */
#include "dialect/membership.h"

#include <bsd/string.h>
#include <stdlib.h>

#include "base/vector.h"
#include "chat/choice.h"
#include "chat/group_list.h"
#include "chat/member.h"
#include "dialect/group.h"
#include "dialect/people.h"

struct groups {
	struct shown_group {
		char name[NAME_MAX_BYTES + 1];
		char owner[NAME_MAX_BYTES + 1]; /* "": none any more */
		uint32_t members;
		bool member; /* the caller is one */
		bool private;
	} * list;
	size_t n;
};

/* A private group is listed to its members alone. */
static enum chat_result
add_group(struct dialog *dialog, struct groups *groups, const struct chat_group *group,
    uint64_t self)
{
	struct shown_group shown = { .private = group->private != 0 }, *added;
	struct chat *chat = &dialog->chat;
	enum chat_result result = chat_member_find(chat, group->id, self);
	struct chat_user owner;

	shown.member = result == CHAT_OK;
	if (result == CHAT_NOT_MEMBER && chat_choice_hidden(group))
		return CHAT_OK;
	if (result == CHAT_OK || result == CHAT_NOT_MEMBER)
		result = chat_member_count(chat, group->id, &shown.members);
	if (result != CHAT_OK)
		return result;
	strlcpy(shown.name, group->name, sizeof(shown.name));
	if (group->owner != 0 && chat_user_get(chat, group->owner, &owner) == CHAT_OK)
		strlcpy(shown.owner, owner.name, sizeof(shown.owner));
	added = vector_add(&groups->list, &groups->n, sizeof(*added));
	if (added == NULL)
		return CHAT_FAILED;
	*added = shown;
	return CHAT_OK;
}

/* CHAT_NO_GROUP of a name or an id: the group was just removed. */
static enum chat_result
read_all(struct dialog *dialog, struct groups *groups, uint64_t self)
{
	enum chat_result result = CHAT_OK, found;
	char name[NAME_MAX_BYTES + 1];
	struct chat_group group;

	for (uint32_t i = 0; result == CHAT_OK; i++) {
		result = chat_group_list_name(&dialog->chat, i, name);
		if (result != CHAT_OK)
			break;
		found = chat_group_find(&dialog->chat, chat_text(name), &group);
		if (found == CHAT_OK)
			result = add_group(dialog, groups, &group, self);
		else if (found != CHAT_NO_GROUP)
			result = found;
	}
	return result == CHAT_NO_GROUP ? CHAT_OK : result;
}

static enum chat_result
read_own(struct dialog *dialog, struct groups *groups, uint64_t self)
{
	enum chat_result result = CHAT_OK, found;
	struct chat_group group;
	uint64_t id;

	for (uint32_t i = 0; result == CHAT_OK; i++) {
		result = chat_member_group(&dialog->chat, self, i, &id);
		if (result != CHAT_OK)
			break;
		found = chat_group_get(&dialog->chat, id, &group);
		if (found == CHAT_OK)
			result = add_group(dialog, groups, &group, self);
		else if (found != CHAT_NO_GROUP)
			result = found;
	}
	return result == CHAT_NOT_MEMBER ? CHAT_OK : result;
}

static void
write_group(struct json_out *json, const struct shown_group *group)
{
	json_out_object_begin(json);
	json_out_pair(json, "name", group->name);
	json_out_pair(json, "owner", group->owner);
	json_out_key(json, "members");
	json_out_int(json, group->members);
	json_out_key(json, "member");
	json_out_bool(json, group->member);
	json_out_key(json, "private");
	json_out_bool(json, group->private);
	json_out_object_end(json);
}

enum chat_result
dialect_membership_groups(struct dialog *dialog, struct line_request *request)
{
	bool named = request->n_words > 0;
	bool own = named && chat_text_is(request->words[0], "mine");
	uint64_t self = request->session.user.id;
	struct groups groups = { .n = 0 };
	enum chat_result result = CHAT_BAD_ARGUMENT;
	struct json_out json;

	if (own)
		result = read_own(dialog, &groups, self);
	else if (!named || chat_text_is(request->words[0], "all"))
		result = read_all(dialog, &groups, self);
	if (result == CHAT_OK) {
		dialect_line_begin(dialog, &json, "OK");
		json_out_key(&json, "groups");
		json_out_array_begin(&json);
		for (size_t i = 0; i < groups.n; i++)
			write_group(&json, &groups.list[i]);
		json_out_array_end(&json);
		result = dialect_line_end(dialog, &json);
	}
	free(groups.list);
	return result;
}

struct members {
	struct shown_member {
		uint64_t id;
		char name[NAME_MAX_BYTES + 1];
		char fullname[CHAT_FULLNAME_MAX + 1];
	} * list;
	size_t n;
};

static enum chat_result
read_members(struct dialog *dialog, struct members *members, uint64_t group)
{
	enum chat_result result = CHAT_OK;
	struct shown_member *added;
	struct chat_user user;
	uint64_t id;

	for (uint32_t i = 0; result == CHAT_OK || result == CHAT_NO_USER; i++) {
		result = chat_member_user(&dialog->chat, group, i, &id);
		if (result == CHAT_OK)
			result = chat_user_get(&dialog->chat, id, &user);
		if (result != CHAT_OK)
			continue;
		added = vector_add(&members->list, &members->n, sizeof(*added));
		if (added == NULL)
			return CHAT_FAILED;
		added->id = id;
		strlcpy(added->name, user.name, sizeof(added->name));
		strlcpy(added->fullname, user.fullname, sizeof(added->fullname));
	}
	return result == CHAT_NOT_MEMBER ? CHAT_OK : result;
}

static void
write_members(struct dialog *dialog, struct json_out *json, const struct members *members)
{
	struct dialect_people online;

	dialect_people_find(dialog, &online);
	json_out_key(json, "members");
	json_out_array_begin(json);
	for (size_t i = 0; i < members->n; i++)
		dialect_people_write(json, members->list[i].name, members->list[i].fullname,
		    dialect_people_login(&online, members->list[i].id) != 0);
	json_out_array_end(json);
	dialect_people_free(&online);
}

enum chat_result
dialect_membership_users(struct dialog *dialog, struct line_request *request)
{
	struct members members = { .n = 0 };
	struct chat_group group;
	struct json_out json;
	enum chat_result result =
	    chat_group_find(&dialog->chat, dialect_group_name(request->words[0]), &group);

	if (result == CHAT_OK)
		result = chat_choice_visible(&dialog->chat, &group, &request->session.user);
	if (result == CHAT_OK)
		result = read_members(dialog, &members, group.id);
	if (result == CHAT_OK) {
		dialect_line_begin(dialog, &json, "OK");
		write_members(dialog, &json, &members);
		result = dialect_line_end(dialog, &json);
	}
	free(members.list);
	return result;
}

enum chat_result
dialect_membership_leave(struct dialog *dialog, struct line_request *request)
{
	return chat_group_leave(&dialog->chat, dialect_group_name(request->words[0]),
	    request->session.user.id);
}

enum chat_result
dialect_membership_kick(struct dialog *dialog, struct line_request *request)
{
	return chat_choice_kick(&dialog->chat, dialect_group_name(request->words[0]),
	    &request->session.user, request->words[1], chat_text(""));
}
