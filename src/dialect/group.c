/* dialect_group: the commands `group`, `topic`, `join` and `invite`. */
#include "dialect/group.h"

#include <stdlib.h>

#include "chat/ban.h"
#include "chat/choice.h"
#include "chat/invitee.h"
#include "chat/role.h"
#include "chat/topic.h"
#include "dialect/item.h"
#include "dialect/names.h"

struct chat_text
dialect_group_name(struct chat_text word)
{
	if (word.len > 1 && word.data[0] == '#')
		word = (struct chat_text){ .data = word.data + 1, .len = word.len - 1 };
	return word;
}

/* Who has just been removed is passed over. */
static enum chat_result
read_invitees(struct dialog *dialog, uint64_t group, struct dialect_names *names)
{
	enum chat_result result = CHAT_OK;
	struct chat_user user;
	uint64_t id;

	for (uint32_t i = 0; result == CHAT_OK || result == CHAT_NO_USER; i++) {
		result = chat_invitee_user(&dialog->chat, group, i, &id);
		if (result == CHAT_OK)
			result = chat_user_get(&dialog->chat, id, &user);
		if (result == CHAT_OK)
			result = dialect_names_add(names, user.name);
	}
	return result == CHAT_NOT_INVITED ? CHAT_OK : result;
}

/* What is shown of a group besides its record. */
struct shown {
	struct chat_group group;
	struct dialect_names invitees;
	struct chat_ban *bans;
	size_t n_bans;
	uint8_t role; /* of the caller */
	bool member;
	bool manages;
};

static enum chat_result
read_group(struct dialog *dialog, const struct chat_user *self, struct chat_text name,
    struct shown *shown)
{
	struct chat *chat = &dialog->chat;
	struct chat_group *group = &shown->group;
	enum chat_result result = chat_group_find(chat, name, group);

	if (result == CHAT_OK)
		result = chat_choice_visible(chat, group, self);
	if (result != CHAT_OK)
		return result;
	shown->role = chat_role_of(chat, group, self->id);
	shown->member = chat_member_find(chat, group->id, self->id) == CHAT_OK;
	shown->manages = chat_role_manages(chat, group, self);
	if (shown->manages)
		result = read_invitees(dialog, group->id, &shown->invitees);
	if (result == CHAT_OK && shown->manages)
		result = chat_ban_list(chat, group, &shown->bans, &shown->n_bans);
	return result;
}

static const char *
name_role(const struct shown *shown)
{
	if (shown->role & CHAT_ROLE_OWNER)
		return "owner";
	if (shown->role & CHAT_ROLE_OPERATOR)
		return "operator";
	if (shown->role & CHAT_ROLE_VOICE)
		return "voice";
	return shown->member ? "member" : "";
}

static void
write_topic(struct json_out *json, const struct chat_group *group)
{
	if (group->topic[0] == '\0')
		return;
	json_out_key(json, "topic");
	json_out_object_begin(json);
	json_out_pair(json, "text", group->topic);
	json_out_pair(json, "by", group->topic_by);
	dialect_item_time(json, "time", group->topic_ms);
	json_out_object_end(json);
}

static void
write_bans(struct json_out *json, const struct shown *shown)
{
	json_out_key(json, "bans");
	json_out_array_begin(json);
	for (size_t i = 0; i < shown->n_bans; i++) {
		json_out_object_begin(json);
		json_out_pair(json, "mask", shown->bans[i].mask);
		json_out_pair(json, "by", shown->bans[i].by);
		dialect_item_time(json, "time", shown->bans[i].ms);
		json_out_object_end(json);
	}
	json_out_array_end(json);
}

/* The key is for members, and for those who may change it. */
static void
write_choices(struct json_out *json, const struct config *config, const struct shown *shown)
{
	char word[CHAT_CHOICE_WORD];

	for (enum chat_choice i = 0; i < CHAT_CHOICES; i++)
		if (i != CHAT_CHOICE_KEY || shown->member || shown->manages)
			json_out_pair(json, chat_choice_name(i),
			    chat_choice_word(config, &shown->group, i, word));
}

static enum chat_result
show_group(struct dialog *dialog, const struct line_request *request, struct chat_text name)
{
	struct shown shown = { .invitees = { .n = 0 } };
	struct chat_group *group = &shown.group;
	struct chat_user owner;
	struct json_out json;
	enum chat_result result = read_group(dialog, &request->session.user, name, &shown);

	if (result != CHAT_OK)
		return dialect_names_reply(&shown.invitees, dialog, NULL, result);
	dialect_line_begin(dialog, &json, "OK");
	json_out_key(&json, "message");
	json_out_object_begin(&json);
	json_out_pair(&json, "group", group->name);
	if (group->owner != 0 && chat_user_get(&dialog->chat, group->owner, &owner) == CHAT_OK)
		json_out_pair(&json, "owner", owner.name);
	json_out_pair(&json, "role", name_role(&shown));
	write_topic(&json, group);
	write_choices(&json, dialog->config, &shown);
	if (shown.manages) {
		dialect_names_write(&shown.invitees, &json, "invited");
		write_bans(&json, &shown);
	}
	free(shown.bans);
	json_out_object_end(&json);
	return dialect_line_end(dialog, &json);
}

/* A ban that is there stays, and one that is not there has ended. */
static enum chat_result
change_ban(struct dialog *dialog, const struct line_request *request, struct chat_text name)
{
	const bool adds = chat_text_is(request->words[1], "ban");
	enum chat_result result = (adds ? chat_ban_add : chat_ban_remove)(&dialog->chat, name,
	    &request->session.user, request->words[2]);

	return result == (adds ? CHAT_ALREADY_MEMBER : CHAT_NOT_MEMBER) ? CHAT_OK : result;
}

/* The choice that names a role; 0: it names none. */
static uint8_t
find_role(struct chat_text choice)
{
	if (chat_text_is(choice, "operator"))
		return CHAT_ROLE_OPERATOR;
	return chat_text_is(choice, "voice") ? CHAT_ROLE_VOICE : 0;
}

static enum chat_result
change_group(struct dialog *dialog, const struct line_request *request, struct chat_text name)
{
	const struct chat_text choice = request->words[1], word = request->words[2];
	const struct chat_user *self = &request->session.user;

	if (find_role(choice) != 0)
		return chat_role_set(&dialog->chat, name, self, word, find_role(choice),
		    request->n_words == 3);
	if (chat_text_is(choice, "ban") || chat_text_is(choice, "unban"))
		return change_ban(dialog, request, name);
	if (!chat_text_is(choice, "topic"))
		return chat_choice_set(&dialog->chat, name, self, choice, word);
	return chat_text_is(word, "off") ? chat_topic_set(&dialog->chat, name, self, chat_text(""))
	                                 : CHAT_BAD_ARGUMENT;
}

enum chat_result
dialect_group_choose(struct dialog *dialog, struct line_request *request)
{
	struct chat_text name = dialect_group_name(request->words[0]);

	if (request->n_words == 1)
		return show_group(dialog, request, name);
	if (request->n_words != 3 &&
	    (request->n_words != 4 || !chat_text_is(request->words[3], "off") ||
	        find_role(request->words[1]) == 0))
		return CHAT_BAD_ARGUMENT;
	return change_group(dialog, request, name);
}

enum chat_result
dialect_group_topic(struct dialog *dialog, struct line_request *request)
{
	return chat_topic_set(&dialog->chat, dialect_group_name(request->words[0]),
	    &request->session.user, request->text);
}

/* CHAT_NO_USER: the caller's own account is gone. */
enum chat_result
dialect_group_join(struct dialog *dialog, struct line_request *request)
{
	enum chat_result result =
	    chat_group_enter_with(&dialog->chat, dialect_group_name(request->words[0]),
	        request->n_words > 1 ? request->words[1] : chat_text(""), request->session.user.id);

	return result == CHAT_NO_USER ? CHAT_NO_SESSION : result;
}

static enum chat_result
show_invitations(struct dialog *dialog, const struct line_request *request)
{
	struct dialect_names names = { .n = 0 };
	enum chat_result result = CHAT_OK;
	struct chat_group group;
	uint64_t id;

	for (uint32_t i = 0; result == CHAT_OK || result == CHAT_NO_GROUP; i++) {
		result = chat_invitee_group(&dialog->chat, request->session.user.id, i, &id);
		if (result == CHAT_OK)
			result = chat_group_get(&dialog->chat, id, &group);
		if (result == CHAT_OK)
			result = dialect_names_add(&names, group.name);
	}
	return dialect_names_reply(&names, dialog, "messages",
	    result == CHAT_NOT_INVITED ? CHAT_OK : result);
}

static enum chat_result
uninvite(struct dialog *dialog, const struct line_request *request)
{
	struct json_out json;
	enum chat_result result = chat_choice_uninvite(&dialog->chat,
	    dialect_group_name(request->words[0]), &request->session.user, request->words[1]);

	if (result != CHAT_OK)
		return result;
	dialect_line_begin(dialog, &json, "OK");
	json_out_pair(&json, "message", "Invitation ended");
	return dialect_line_end(dialog, &json);
}

enum chat_result
dialect_group_invite(struct dialog *dialog, struct line_request *request)
{
	const struct chat_text *words = request->words;
	const struct chat_user *self = &request->session.user;

	if (request->n_words == 0)
		return show_invitations(dialog, request);
	if (request->n_words == 2)
		return chat_choice_invite(&dialog->chat, dialect_group_name(words[0]), self,
		    words[1]);
	if (request->n_words != 3 || !chat_text_is(words[2], "off"))
		return CHAT_BAD_ARGUMENT;
	return uninvite(dialog, request);
}
