/* ctl_choice: choices and invitees of groups, written and read. */
#include "ctl/choice.h"

#include <string.h>

#include "chat/choice.h"
#include "chat/invitee.h"
#include "chat/role.h"
#include "ctl/account.h"

struct export
{
	struct chat *chat;
	uint64_t user;
	struct json_out *json;
	bool begun;
	enum chat_result result;
};

/* Whether anything was chosen for a group, or anybody invited. */
static bool
has_choices(struct chat *chat, const struct chat_group *group)
{
	char word[CHAT_CHOICE_WORD];
	uint64_t invitee;

	for (enum chat_choice i = 0; i < CHAT_CHOICES; i++)
		if (chat_choice_chosen(group, i, word) != NULL)
			return true;
	return chat_invitee_user(chat, group->id, 0, &invitee) != CHAT_NOT_INVITED;
}

/* Who has just been removed is passed over. */
static enum chat_result
put_invitees(const struct export *export, uint64_t group)
{
	enum chat_result result = CHAT_OK;
	struct chat_user user;
	uint64_t id;

	for (uint32_t i = 0; result == CHAT_OK || result == CHAT_NO_USER; i++) {
		result = chat_invitee_user(export->chat, group, i, &id);
		if (result == CHAT_OK)
			result = chat_user_get(export->chat, id, &user);
		if (result == CHAT_OK)
			json_out_cstring(export->json, user.name);
	}
	return result == CHAT_NOT_INVITED ? CHAT_OK : result;
}

static void
put_choices(struct export *export, const struct chat_group *group)
{
	struct json_out *json = export->json;
	char word[CHAT_CHOICE_WORD];

	json_out_object_begin(json);
	json_out_pair(json, "group", group->name);
	for (enum chat_choice i = 0; i < CHAT_CHOICES; i++)
		if (chat_choice_chosen(group, i, word) != NULL)
			json_out_pair(json, chat_choice_name(i),
			    chat_choice_chosen(group, i, word));
	json_out_key(json, "invited");
	json_out_array_begin(json);
	export->result = put_invitees(export, group->id);
	json_out_array_end(json);
	json_out_object_end(json);
}

static int
put_group(void *arg, const struct chat_group *group)
{
	struct export *export = arg;

	if (group->owner != export->user || !has_choices(export->chat, group))
		return 0;
	if (!export->begun) {
		json_out_key(export->json, "choices");
		json_out_array_begin(export->json);
	}
	export->begun = true;
	put_choices(export, group);
	return export->result != CHAT_OK;
}

enum chat_result
ctl_choice_export(struct chat *chat, uint64_t user, struct json_out *json)
{
	struct export export = { .chat = chat, .user = user, .json = json };
	enum chat_result result = ctl_account_groups(chat, user, put_group, &export);

	if (export.begun)
		json_out_array_end(json);
	return result == CHAT_OK ? export.result : result;
}

static bool
are_names(const json_t *list)
{
	const json_t *name;
	size_t i;

	if (!json_is_array(list))
		return false;
	json_array_foreach (list, i, name) {
		if (!json_is_string(name))
			return false;
	}
	return true;
}

/* Writes one member of a group's object into its record. False: it is no choice. */
static bool
put_choice(struct chat_group *group, const char *key, const json_t *value)
{
	return json_is_string(value) &&
	    chat_choice_put(group, chat_text(key), chat_text(json_string_value(value)));
}

static bool
is_valid(json_t *of_group)
{
	struct chat_group group = { .id = 0 };
	const char *key;
	json_t *value;

	if (!json_is_string(json_object_get(of_group, "group")))
		return false;
	json_object_foreach (of_group, key, value) {
		if (strcmp(key, "invited") == 0
		        ? !are_names(value)
		        : strcmp(key, "group") != 0 && !put_choice(&group, key, value))
			return false;
	}
	return true;
}

bool
ctl_choice_valid(const json_t *list)
{
	json_t *of_group;
	size_t i;

	if (!json_is_array(list))
		return false;
	json_array_foreach (list, i, of_group) {
		if (!is_valid(of_group))
			return false;
	}
	return true;
}

void
ctl_choice_fill(struct chat_group *group, json_t *list)
{
	json_t *of_group, *value;
	const char *key;
	size_t i;

	json_array_foreach (list, i, of_group) {
		const char *name = json_string_value(json_object_get(of_group, "group"));

		if (!chat_text_is(chat_text(name), group->name))
			continue;
		json_object_foreach (of_group, key, value) {
			(void)put_choice(group, key, value); /* not the name, nor the invitees */
		}
	}
}

struct import {
	struct chat *chat;
	struct chat_user by;
	size_t line;
	ctl_choice_told *told;
	void *arg;
};

static void
tell_refusal(const struct import *import, const char *group, enum chat_result result)
{
	if (result != CHAT_OK && result != CHAT_ALREADY_MEMBER)
		import->told(import->arg, import->line, group, result);
}

/* An invitation to an own group that was there stays, whomever the invitee has blocked since. */
static enum chat_result
invite(const struct import *import, const char *name, const char *invitee)
{
	struct chat_group group;
	enum chat_result result = chat_group_find(import->chat, chat_text(name), &group);

	if (result == CHAT_OK && !chat_role_manages(import->chat, &group, &import->by))
		result = CHAT_FORBIDDEN;
	return result == CHAT_OK
	    ? chat_choice_invite(import->chat, chat_text(name), NULL, chat_text(invitee))
	    : result;
}

static void
choose_for_group(const struct import *import, json_t *of_group)
{
	const char *name = json_string_value(json_object_get(of_group, "group")), *key;
	const json_t *invitees = json_object_get(of_group, "invited"), *value;
	size_t i;

	json_object_foreach (of_group, key, value) {
		if (json_is_string(value) && strcmp(key, "group") != 0)
			tell_refusal(import, name,
			    chat_choice_set(import->chat, chat_text(name), &import->by,
			        chat_text(key), chat_text(json_string_value(value))));
	}
	json_array_foreach (invitees, i, value) {
		tell_refusal(import, name, invite(import, name, json_string_value(value)));
	}
}

void
ctl_choice_import(struct chat *chat, uint64_t user, json_t *list, size_t line,
    ctl_choice_told *told, void *arg)
{
	const struct import import = { .chat = chat,
		.by = { .id = user },
		.line = line,
		.told = told,
		.arg = arg };
	json_t *of_group;
	size_t i;

	json_array_foreach (list, i, of_group) {
		choose_for_group(&import, of_group);
	}
}
