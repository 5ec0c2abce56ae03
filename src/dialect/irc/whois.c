/*
 * dialect_irc_whois: an account is there also while its user is not: then it is away, and messages
 * to it are kept.
 */
#include "dialect/irc/whois.h"

#include <bsd/string.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "chat/group.h"
#include "chat/history/who.h"
#include "chat/member.h"
#include "dialect/irc/channel.h"
#include "dialect/irc/out.h"
#include "dialect/irc/people.h"

#define LINE_ROOM   380  /* bytes of channels in one line */
#define GROUPS_MOST 1000 /* of a user, that are looked at */

/* Adds a channel to the line, which goes out when it is full. */
static void
add_channel(struct dialog *dialog, const char *nick, char line[2 * LINE_ROOM], const char *channel)
{
	if (line[0] != '\0' && strlen(line) + strlen(channel) + 1 > LINE_ROOM) {
		dialect_irc_numeric(dialog, RPL_WHOISCHANNELS, "%s :%s", nick, line);
		line[0] = '\0';
	}
	if (line[0] != '\0')
		strlcat(line, " ", 2 * LINE_ROOM);
	strlcat(line, channel, 2 * LINE_ROOM);
}

/* Hidden channels, and all of a user who does not want to be found, are told to their members. */
static void
send_channels(struct dialog *dialog, const struct chat_user *user, bool invisible)
{
	struct chat *chat = &dialog->chat;
	const uint64_t self = dialog->session.user.id;
	char line[2 * LINE_ROOM] = "", channel[NAME_MAX_BYTES + 4];
	struct chat_group group;
	uint64_t id;

	for (uint32_t i = 0;
	     i < GROUPS_MOST && chat_member_group(chat, user->id, i, &id) == CHAT_OK; i++) {
		if (chat_group_get(chat, id, &group) != CHAT_OK ||
		    ((invisible || group.private || group.secret) && user->id != self &&
		        chat_member_find(chat, id, self) != CHAT_OK))
			continue;
		snprintf(channel, sizeof(channel), "%s#%s",
		    dialect_irc_channel_prefix(dialog, &group, user->id), group.name);
		add_channel(dialog, user->name, line, channel);
	}
	if (line[0] != '\0')
		dialect_irc_numeric(dialog, RPL_WHOISCHANNELS, "%s :%s", user->name, line);
}

static void
send_modes(struct dialog *dialog, const struct chat_user *user, uint64_t modes)
{
	if ((modes & IRC_MODE_OPER) != 0)
		dialect_irc_numeric(dialog, RPL_WHOISOPERATOR, "%s", user->name);
	if (!user->guest)
		dialect_irc_numeric(dialog, RPL_WHOISACCOUNT, "%s %s", user->name, user->name);
	if ((modes & IRC_MODE_BOT) != 0)
		dialect_irc_numeric(dialog, RPL_WHOISBOT, "%s", user->name);
	if ((modes & IRC_MODE_SECURE) != 0)
		dialect_irc_numeric(dialog, RPL_WHOISSECURE, "%s", user->name);
}

static void
send_user(struct dialog *dialog, const struct chat_user *user)
{
	char ident[NAME_MAX_BYTES + 2], reason[SCOREBOARD_AWAY_MAX];
	struct irc_person person;

	dialect_irc_person_find(dialog, user->id, false, &person, reason);
	dialect_irc_person_ident(&person, user, ident);
	dialect_irc_numeric(dialog, RPL_WHOISUSER, "%s %s %s * :%s", user->name, ident,
	    dialect_irc_server(dialog), dialect_irc_person_fullname(&person, user));
	send_channels(dialog, user, (person.modes & IRC_MODE_INVISIBLE) != 0);
	dialect_irc_numeric(dialog, RPL_WHOISSERVER, "%s %s :kabar", user->name,
	    dialect_irc_server(dialog));
	if (person.connections == 0)
		dialect_irc_numeric(dialog, RPL_AWAY, "%s :offline", user->name);
	else if (dialect_irc_person_is_away(&person))
		dialect_irc_numeric(dialog, RPL_AWAY, "%s :%s", user->name, reason);
	send_modes(dialog, user, person.modes);
	if (user->id == dialog->session.user.id)
		dialect_irc_numeric(dialog, RPL_WHOISACTUALLY, "%s %s :is actually using host",
		    user->name, dialog->address);
}

/* Of a user of another realm no more is known here than the name. */
static bool
send_remote(struct dialog *dialog, struct chat_text nick)
{
	char text[CHAT_WHO_TEXT], name[IRC_NAME_SIZE];
	struct chat_who who;

	if (!dialect_irc_who(text, nick) ||
	    chat_who_find(&dialog->chat, chat_text(text), &who) != CHAT_OK ||
	    who.kind != CHAT_WHO_REMOTE_USER || who.id == 0)
		return false;
	chat_who_text(&who, text);
	dialect_irc_name(name, text);
	dialect_irc_numeric(dialog, RPL_WHOISUSER, "%s %s %s * :%s", name, who.name, who.peer.name,
	    who.name);
	dialect_irc_numeric(dialog, RPL_WHOISSERVER, "%s %s :another realm", name, who.peer.name);
	return true;
}

/* The nick behind a server's name, or alone; of several the first. */
static struct chat_text
find_nick(const struct irc_line *line)
{
	struct chat_text nicks = line->params[line->n > 1 ? 1 : 0], nick = chat_text("");

	(void)dialect_irc_line_next(&nicks, ',', &nick);
	return nick;
}

void
dialect_irc_whois(struct dialog *dialog, const struct irc_line *line)
{
	struct chat_text nick = line->n > 0 ? find_nick(line) : chat_text("");
	struct chat_user user;

	if (nick.len == 0) {
		dialect_irc_numeric(dialog, ERR_NONICKNAMEGIVEN, "%s", "");
		return;
	}
	if (name_valid(nick.data, nick.len) &&
	    chat_user_find(&dialog->chat, nick, &user) == CHAT_OK)
		send_user(dialog, &user);
	else if (!send_remote(dialog, nick))
		dialect_irc_numeric(dialog, ERR_NOSUCHNICK, "%.*s", (int)nick.len, nick.data);
	dialect_irc_numeric(dialog, RPL_ENDOFWHOIS, "%.*s", (int)nick.len, nick.data);
}

/* An account is no guest's, so it was and is the same user's. */
static bool
send_was(struct dialog *dialog, struct chat_text nick)
{
	char ident[NAME_MAX_BYTES + 2], reason[SCOREBOARD_AWAY_MAX];
	struct irc_person person;
	struct chat_user user;

	if (!name_valid(nick.data, nick.len) ||
	    chat_user_find(&dialog->chat, nick, &user) != CHAT_OK || user.guest)
		return false;
	dialect_irc_person_find(dialog, user.id, false, &person, reason);
	dialect_irc_person_ident(&person, &user, ident);
	dialect_irc_numeric(dialog, RPL_WHOWASUSER, "%s %s %s * :%s", user.name, ident,
	    dialect_irc_server(dialog), dialect_irc_person_fullname(&person, &user));
	return true;
}

void
dialect_irc_whowas(struct dialog *dialog, const struct irc_line *line)
{
	struct chat_text nicks = line->n > 0 ? line->params[0] : chat_text("");
	struct chat_text nick = chat_text("");

	(void)dialect_irc_line_next(&nicks, ',', &nick);
	if (nick.len == 0) {
		dialect_irc_numeric(dialog, ERR_NONICKNAMEGIVEN, "%s", "");
		return;
	}
	if (!send_was(dialog, nick))
		dialect_irc_numeric(dialog, ERR_WASNOSUCHNICK, "%.*s", (int)nick.len, nick.data);
	dialect_irc_numeric(dialog, RPL_ENDOFWHOWAS, "%.*s", (int)nick.len, nick.data);
}
