/* dialect_group: the commands `group` and `invite`. */
#include "dialect/group.h"

#include "chat/choice.h"
#include "chat/guest.h"
#include "chat/role.h"
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
read_guests(struct dialog *dialog, uint64_t group, struct dialect_names *names)
{
	enum chat_result result = CHAT_OK;
	struct chat_user user;
	uint64_t id;

	for (uint32_t i = 0; result == CHAT_OK || result == CHAT_NO_USER; i++) {
		result = chat_guest_user(&dialog->chat, group, i, &id);
		if (result == CHAT_OK)
			result = chat_user_get(&dialog->chat, id, &user);
		if (result == CHAT_OK)
			result = dialect_names_add(names, user.name);
	}
	return result == CHAT_NOT_INVITED ? CHAT_OK : result;
}

static enum chat_result
show_choices(struct dialog *dialog, const struct line_request *request, struct chat_text name)
{
	const struct chat_user *self = &request->session.user;
	struct dialect_names guests = { .n = 0 };
	char word[CHAT_CHOICE_WORD];
	struct chat_group group;
	struct chat_user owner;
	struct json_out json;
	enum chat_result result = chat_group_find(&dialog->chat, name, &group);

	if (result == CHAT_OK)
		result = chat_choice_visible(&dialog->chat, &group, self);
	if (result == CHAT_OK && chat_role_manages(&dialog->chat, &group, self))
		result = read_guests(dialog, group.id, &guests);
	if (result != CHAT_OK)
		return dialect_names_reply(&guests, dialog, NULL, result);
	dialect_line_begin(dialog, &json, "OK");
	json_out_key(&json, "message");
	json_out_object_begin(&json);
	json_out_pair(&json, "group", group.name);
	if (group.owner != 0 && chat_user_get(&dialog->chat, group.owner, &owner) == CHAT_OK)
		json_out_pair(&json, "owner", owner.name);
	for (enum chat_choice i = 0; i < CHAT_CHOICES; i++)
		json_out_pair(&json, chat_choice_name(i),
		    chat_choice_word(dialog->config, &group, i, word));
	if (chat_role_manages(&dialog->chat, &group, self))
		dialect_names_write(&guests, &json, "invited");
	json_out_object_end(&json);
	return dialect_line_end(dialog, &json);
}

enum chat_result
dialect_group_choose(struct dialog *dialog, struct line_request *request)
{
	struct chat_text name = dialect_group_name(request->words[0]);

	if (request->n_words == 1)
		return show_choices(dialog, request, name);
	if (request->n_words != 3)
		return CHAT_BAD_ARGUMENT;
	return chat_choice_set(&dialog->chat, name, &request->session.user, request->words[1],
	    request->words[2]);
}

static enum chat_result
show_invitations(struct dialog *dialog, const struct line_request *request)
{
	struct dialect_names names = { .n = 0 };
	enum chat_result result = CHAT_OK;
	struct chat_group group;
	uint64_t id;

	for (uint32_t i = 0; result == CHAT_OK || result == CHAT_NO_GROUP; i++) {
		result = chat_guest_group(&dialog->chat, request->session.user.id, i, &id);
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
