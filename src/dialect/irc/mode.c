/*
 * dialect_irc_mode: each letter is a request of its own to the core. What was changed is told by
 * the events that the changes become.
 */
#include "dialect/irc/mode.h"

#include <bsd/string.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/ban.h"
#include "chat/choice.h"
#include "chat/role.h"
#include "dialect/irc/channel.h"
#include "dialect/irc/letter.h"
#include "dialect/irc/oper.h"
#include "dialect/irc/out.h"
#include "dialect/irc/umode.h"

static bool
is_on(const struct config *config, const struct chat_group *group, const struct irc_letter *mode)
{
	char word[CHAT_CHOICE_WORD];

	if (mode->form == IRC_LETTER_ALWAYS)
		return true;
	if (mode->form == IRC_LETTER_ROLE || mode->form == IRC_LETTER_BAN)
		return false;
	return strcmp(chat_choice_word(config, group, mode->choice, word), mode->off) != 0;
}

/* The key is for members alone. */
static void
show_modes(struct dialog *dialog, const struct chat_group *group)
{
	const bool member =
	    chat_member_find(&dialog->chat, group->id, dialog->session.user.id) == CHAT_OK;
	char letters[IRC_LETTERS + 1] = "", params[CHAT_GROUP_KEY_MAX + 32] = "";
	char limit[16];
	size_t n = 0;

	for (size_t i = 0; i < IRC_LETTERS; i++) {
		const struct irc_letter *mode = dialect_irc_letter_at(i);

		if (!is_on(dialog->config, group, mode))
			continue;
		letters[n++] = mode->letter;
		letters[n] = '\0';
		if (mode->form != IRC_LETTER_KEY && mode->form != IRC_LETTER_LIMIT)
			continue;
		snprintf(limit, sizeof(limit), "%" PRIu32, group->limit);
		strlcat(params, " ", sizeof(params));
		strlcat(params,
		    mode->form == IRC_LETTER_LIMIT ? limit
		        : member                   ? group->key
		                                   : "*",
		    sizeof(params));
	}
	dialect_irc_numeric(dialog, RPL_CHANNELMODEIS, "#%s +%s%s", group->name, letters, params);
	dialect_irc_numeric(dialog, RPL_CREATIONTIME, "#%s %lld", group->name,
	    (long long)(group->created_ms / 1000));
}

static void
show_bans(struct dialog *dialog, const struct chat_group *group)
{
	char source[IRC_SOURCE_SIZE];
	struct chat_ban *bans;
	size_t n;

	if (chat_ban_list(&dialog->chat, group, &bans, &n) == CHAT_OK)
		for (size_t i = 0; i < n; i++)
			dialect_irc_numeric(dialog, RPL_BANLIST, "#%s %s %s %lld", group->name,
			    bans[i].mask,
			    dialect_irc_source(dialog,
			        bans[i].by[0] == '\0' ? NAME_SERVER : bans[i].by, source),
			    (long long)(bans[i].ms / 1000));
	free(bans);
	dialect_irc_numeric(dialog, RPL_ENDOFBANLIST, "#%s", group->name);
}

/* A request that changes modes. */
struct request {
	struct dialog *dialog;
	const struct chat_group *group;
	const struct irc_line *line;
	size_t next; /* parameter */
	bool on;
	bool listed;  /* the bans were shown */
	bool changed; /* something was */
};

/* A parameter as a reply can have it in its middle. */
static int
show_param(struct chat_text param, const char **shown)
{
	const bool fits = param.len > 0 && param.len <= CHAT_BAN_MASK && param.data[0] != ':' &&
	    memchr(param.data, ' ', param.len) == NULL;

	*shown = fits ? param.data : "*";
	return fits ? (int)param.len : 1;
}

static void
refuse_param(const struct request *request, const struct irc_letter *mode, struct chat_text param,
    const char *reason)
{
	const char *shown;
	int len = show_param(param, &shown);

	dialect_irc_numeric(request->dialog, ERR_INVALIDMODEPARAM, "#%s %c %.*s :%s",
	    request->group->name, mode->letter, len, shown, reason);
}

static void
refuse(const struct request *request, const char *reason)
{
	dialect_irc_numeric(request->dialog, ERR_UNKNOWNERROR, "MODE #%s :%s", request->group->name,
	    reason);
}

/* What remains when the results that say something of the parameter are told. */
static void
note_result(struct request *request, enum chat_result result)
{
	if (result == CHAT_OK) {
		request->changed = true;
		store_refresh(request->dialog->chat.store);
	} else if (result == CHAT_FORBIDDEN) {
		dialect_irc_numeric(request->dialog, ERR_CHANOPRIVSNEEDED, "#%s",
		    request->group->name);
	} else if (result == CHAT_NO_GROUP) {
		dialect_irc_numeric(request->dialog, ERR_NOSUCHCHANNEL, "#%s",
		    request->group->name);
	} else {
		refuse(request, "The server failed: try again later");
	}
}

static void
choose(struct request *request, const struct irc_letter *mode, struct chat_text word)
{
	note_result(request,
	    chat_choice_set(&request->dialog->chat, chat_text(request->group->name),
	        &request->dialog->session.user, chat_text(chat_choice_name(mode->choice)), word));
}

static void
change_key(struct request *request, const struct irc_letter *mode, struct chat_text key)
{
	if (!request->on)
		choose(request, mode, chat_text(mode->off));
	else if (key.len == 0 || chat_text_is(key, mode->off) || !chat_group_key_valid(key))
		refuse_param(request, mode, chat_text("*"),
		    "A key has 1 to 32 letters, digits and signs without spaces and commas");
	else
		choose(request, mode, key);
}

static void
change_limit(struct request *request, const struct irc_letter *mode, struct chat_text limit)
{
	uint64_t number;

	if (!request->on)
		choose(request, mode, chat_text(mode->off));
	else if (!dialect_irc_line_number(limit, UINT32_MAX, &number) || number == 0)
		refuse_param(request, mode, limit, "A limit is a number from 1 on");
	else
		choose(request, mode, limit);
}

static void
change_role(struct request *request, const struct irc_letter *mode, struct chat_text nick)
{
	struct chat *chat = &request->dialog->chat;
	struct chat_user user;
	enum chat_result result = chat_user_find(chat, nick, &user);

	if (result == CHAT_OK && user.id == request->group->owner &&
	    mode->role == CHAT_ROLE_OPERATOR) {
		if (!request->on)
			refuse(request, "The owner of a group stays its operator");
		return;
	}
	if (result == CHAT_OK)
		result = chat_role_set(chat, chat_text(request->group->name),
		    &request->dialog->session.user, nick, mode->role, request->on);
	if (result == CHAT_NO_USER)
		dialect_irc_numeric(request->dialog, ERR_NOSUCHNICK, "%.*s", (int)nick.len,
		    nick.data);
	else if (result == CHAT_NOT_MEMBER)
		dialect_irc_numeric(request->dialog, ERR_USERNOTINCHANNEL, "%s #%s", user.name,
		    request->group->name);
	else
		note_result(request, result);
}

static void
change_ban(struct request *request, const struct irc_letter *mode, struct chat_text mask)
{
	struct chat *chat = &request->dialog->chat;
	const struct chat_user *self = &request->dialog->session.user;
	struct chat_text group = chat_text(request->group->name);
	enum chat_result result = request->on ? chat_ban_add(chat, group, self, mask)
	                                      : chat_ban_remove(chat, group, self, mask);
	const char *shown;
	int len = show_param(mask, &shown);

	if (result == CHAT_BAD_ARGUMENT)
		refuse_param(request, mode, mask, "A mask is nick!user@host with * and ?");
	else if (result == CHAT_TOO_MANY)
		dialect_irc_numeric(request->dialog, ERR_BANLISTFULL, "#%s %.*s",
		    request->group->name, len, shown);
	else if (result != CHAT_ALREADY_MEMBER && result != CHAT_NOT_MEMBER)
		note_result(request, result);
}

static bool
takes_param(const struct irc_letter *mode, bool on)
{
	return mode->form == IRC_LETTER_ROLE || mode->form == IRC_LETTER_BAN ||
	    mode->form == IRC_LETTER_KEY || (mode->form == IRC_LETTER_LIMIT && on);
}

static void
change(struct request *request, const struct irc_letter *mode)
{
	const struct irc_line *line = request->line;
	struct chat_text param = { .data = "", .len = 0 };

	if (takes_param(mode, request->on) && request->next < line->n)
		param = line->params[request->next++];
	else if (takes_param(mode, request->on) && (mode->form != IRC_LETTER_KEY || request->on)) {
		refuse_param(request, mode, param, "A parameter is missing");
		return;
	}
	switch (mode->form) {
	case IRC_LETTER_FLAG:
		choose(request, mode, chat_text(request->on ? mode->on : mode->off));
		break;
	case IRC_LETTER_KEY:
		change_key(request, mode, param);
		break;
	case IRC_LETTER_LIMIT:
		change_limit(request, mode, param);
		break;
	case IRC_LETTER_ROLE:
		change_role(request, mode, param);
		break;
	case IRC_LETTER_BAN:
		change_ban(request, mode, param);
		break;
	case IRC_LETTER_ALWAYS:
		if (!request->on)
			refuse(request, "Only members write to a group: +n stays");
		break;
	}
}

/* False: nothing more of the request is looked at. */
static bool
run_letter(struct request *request, char letter)
{
	const struct irc_letter *mode = dialect_irc_letter_find(letter);

	if (mode == NULL) {
		dialect_irc_numeric(request->dialog, ERR_UNKNOWNMODE, "%c", letter);
		return true;
	}
	/* Everybody may see the bans. */
	if (mode->form == IRC_LETTER_BAN && request->next >= request->line->n) {
		if (!request->listed)
			show_bans(request->dialog, request->group);
		request->listed = true;
		return true;
	}
	if (!request->changed && !dialect_irc_channel_may_manage(request->dialog, request->group))
		return false;
	change(request, mode);
	return true;
}

static void
run_letters(struct dialog *dialog, const struct chat_group *group, const struct irc_line *line)
{
	struct request request = { .dialog = dialog,
		.group = group,
		.line = line,
		.next = 2,
		.on = true };
	struct chat_text letters = line->params[1];
	unsigned int n = 0;

	for (size_t i = 0; i < letters.len && n < IRC_MODES_MOST; i++) {
		if (letters.data[i] == '+' || letters.data[i] == '-')
			request.on = letters.data[i] == '+';
		else if (letters.data[i] >= '\177' || letters.data[i] <= ' ')
			continue;
		else if (!run_letter(&request, letters.data[i]))
			break;
		else
			n++;
	}
	dialog->irc->answering = request.changed;
}

void
dialect_irc_mode(struct dialog *dialog, const struct irc_line *line)
{
	struct chat_group group;

	if (line->params[0].len == 0 || line->params[0].data[0] != '#') {
		dialect_irc_umode(dialog, line);
		if ((dialog->modes & IRC_MODE_OPER) == 0)
			dialect_irc_oper_end(dialog);
		return;
	}
	if (dialect_irc_channel_find(dialog, line->params[0], false, &group) != CHAT_OK)
		return;
	if (line->n == 1)
		show_modes(dialog, &group);
	else
		run_letters(dialog, &group, line);
}
