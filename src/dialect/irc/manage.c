/*
 * dialect_irc_manage: invitations by those who manage a group are stored, and whoever comes later
 * is told then. Those of other members let nobody in who could not come anyway: they are whispered
 * only.
 */
#include "dialect/irc/manage.h"

#include <stdio.h>
#include <string.h>

#include "chat/block.h"
#include "chat/choice.h"
#include "chat/invitee.h"
#include "chat/member.h"
#include "chat/role.h"
#include "dialect/irc/channel.h"
#include "dialect/irc/letter.h"
#include "dialect/irc/out.h"
#include "dialect/irc/presence.h"
#include "dialect/irc/whisper.h"

/* A numeric about a user and a group, by the names that the client gave. */
static void
tell_pair(struct dialog *dialog, enum irc_numeric numeric, struct chat_text nick,
    const struct chat_group *group)
{
	dialect_irc_numeric(dialog, numeric, "%.*s #%s", (int)nick.len, nick.data, group->name);
}

static void
kick_one(struct dialog *dialog, const struct chat_group *group, struct chat_text nick,
    struct chat_text reason)
{
	enum chat_result result = chat_choice_kick(&dialog->chat, chat_text(group->name),
	    &dialog->session.user, nick, reason);

	switch (result) {
	case CHAT_OK:
		store_refresh(dialog->chat.store);
		break;
	case CHAT_NO_USER:
		dialect_irc_numeric(dialog, ERR_NOSUCHNICK, "%.*s", (int)nick.len, nick.data);
		break;
	case CHAT_NOT_MEMBER:
		tell_pair(dialog, ERR_USERNOTINCHANNEL, nick, group);
		break;
	case CHAT_FORBIDDEN:
		dialect_irc_numeric(dialog, ERR_UNKNOWNERROR,
		    "KICK #%s :Nobody kicks the owner of a group", group->name);
		break;
	default:
		dialect_irc_numeric(dialog, ERR_UNKNOWNERROR,
		    "KICK #%s :The server failed: try again later", group->name);
	}
}

/* Of several channels each has its user; of one, all are. */
void
dialect_irc_kick(struct dialog *dialog, const struct irc_line *line)
{
	struct chat_text channels = line->params[0], nicks = line->params[1], channel, nick;
	struct chat_text reason = line->n > 2 ? line->params[2] : chat_text("");
	const bool one = channels.len == 0 || memchr(channels.data, ',', channels.len) == NULL;
	struct chat_group group = { .id = 0 };
	unsigned int n = 0;

	while (n++ < IRC_MODES_MOST && dialect_irc_line_next(&nicks, ',', &nick)) {
		if (!one || n == 1) {
			if (!dialect_irc_line_next(&channels, ',', &channel))
				break;
			group.id = 0;
			if (dialect_irc_channel_find(dialog, channel, false, &group) != CHAT_OK ||
			    !dialect_irc_channel_may_manage(dialog, &group)) {
				if (one)
					return;
				continue;
			}
		}
		kick_one(dialog, &group, nick, reason);
	}
	dialog->irc->answering = true;
}

struct invitation {
	struct dialog *dialog;
	uint64_t group;
	uint64_t invitee;
};

/* The invitee, and members: whether they want to know is for them to say. */
static bool
is_concerned(void *arg, const struct wakeup_subscription *subscription)
{
	const struct invitation *invitation = arg;

	return subscription->user == invitation->invitee ||
	    chat_member_find(&invitation->dialog->chat, invitation->group, subscription->user) ==
	    CHAT_OK;
}

static void
tell_invited(struct dialog *dialog, const struct chat_group *group, const struct chat_user *invitee)
{
	struct invitation invitation = { .dialog = dialog,
		.group = group->id,
		.invitee = invitee->id };
	const struct irc_whisper whisper = { .kind = IRC_WHISPER_INVITE,
		.target = group->id,
		.group = true,
		.id = invitee->id,
		.text = chat_text("") };

	dialect_irc_numeric(dialog, RPL_INVITING, "%s #%s", invitee->name, group->name);
	dialect_irc_whisper_to(dialog, &whisper, is_concerned, &invitation);
	dialect_irc_presence_tell_away(dialog, chat_text(invitee->name));
}

/* CHAT_FORBIDDEN: only those who manage the group may do it. */
static enum chat_result
invite(struct dialog *dialog, const struct chat_group *group, const struct chat_user *invitee)
{
	struct chat *chat = &dialog->chat;
	const struct chat_user *self = &dialog->session.user;

	if (chat_member_find(chat, group->id, invitee->id) == CHAT_OK)
		return CHAT_ALREADY_MEMBER;
	if (chat_role_manages(chat, group, self))
		return chat_choice_invite(chat, chat_text(group->name), self,
		    chat_text(invitee->name));
	if (group->private)
		return CHAT_FORBIDDEN;
	return chat_block_judge(chat, invitee->id, &(struct chat_block_sender){ .id = self->id });
}

static void
show_invitations(struct dialog *dialog, bool list)
{
	struct chat *chat = &dialog->chat;
	const uint64_t self = dialog->session.user.id;
	struct chat_group group;
	uint64_t id;

	for (uint32_t i = 0; chat_invitee_group(chat, self, i, &id) == CHAT_OK; i++) {
		if (chat_group_get(chat, id, &group) != CHAT_OK)
			continue;
		if (list)
			dialect_irc_numeric(dialog, RPL_INVITELIST, "#%s", group.name);
		else
			dialect_irc_send(dialog, NULL, ":%s INVITE %s #%s",
			    dialect_irc_server(dialog), dialog->irc->nick, group.name);
	}
}

void
dialect_irc_manage_show_invitations(struct dialog *dialog)
{
	show_invitations(dialog, false);
}

static void
invite_to(struct dialog *dialog, struct chat_text nick, const struct chat_group *group)
{
	struct chat_user invitee;
	enum chat_result result = chat_user_find(&dialog->chat, nick, &invitee);

	if (result == CHAT_OK)
		result = invite(dialog, group, &invitee);
	switch (result) {
	case CHAT_OK:
		tell_invited(dialog, group, &invitee);
		break;
	case CHAT_NO_USER:
		dialect_irc_numeric(dialog, ERR_NOSUCHNICK, "%.*s", (int)nick.len, nick.data);
		break;
	case CHAT_ALREADY_MEMBER:
		tell_pair(dialog, ERR_USERONCHANNEL, nick, group);
		break;
	case CHAT_FORBIDDEN:
		dialect_irc_numeric(dialog, ERR_CHANOPRIVSNEEDED, "#%s", group->name);
		break;
	case CHAT_BLOCKED:
		dialect_irc_numeric(dialog, ERR_CANNOTSENDTOUSER,
		    "%.*s :The user takes nothing from you", (int)nick.len, nick.data);
		break;
	case CHAT_TOO_MANY:
		dialect_irc_numeric(dialog, ERR_UNKNOWNERROR,
		    "INVITE #%s :There are too many invitations", group->name);
		break;
	default:
		dialect_irc_numeric(dialog, ERR_UNKNOWNERROR,
		    "INVITE #%s :The server failed: try again later", group->name);
	}
}

void
dialect_irc_invite(struct dialog *dialog, const struct irc_line *line)
{
	const struct chat_user *self = &dialog->session.user;
	struct chat_group group;

	if (line->n == 0) {
		show_invitations(dialog, true);
		dialect_irc_numeric(dialog, RPL_ENDOFINVITELIST, "%s", "");
		return;
	}
	if (line->n == 1) {
		dialect_irc_numeric(dialog, ERR_NEEDMOREPARAMS, "INVITE");
		return;
	}
	if (dialect_irc_channel_find(dialog, line->params[1], false, &group) != CHAT_OK)
		return;
	if (!self->admin && chat_member_find(&dialog->chat, group.id, self->id) != CHAT_OK)
		dialect_irc_numeric(dialog, ERR_NOTONCHANNEL, "#%s", group.name);
	else
		invite_to(dialog, line->params[0], &group);
}
