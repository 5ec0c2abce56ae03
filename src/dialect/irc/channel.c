/*
 * dialect_irc_channel: memberships stay when a client leaves, so a client is told at its beginning
 * where it is; what other clients of the user do shows later as joins and leaves.
 */
#include "dialect/irc/channel.h"

#include <bsd/string.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vector.h"
#include "chat/choice.h"
#include "chat/group_list.h"
#include "chat/member.h"
#include "chat/role.h"
#include "dialect/irc/change.h"
#include "dialect/irc/hear.h"
#include "dialect/irc/marker.h"
#include "dialect/irc/out.h"

#define NAMES_ROOM   400  /* bytes of nicks in one line */
#define NAMES_GROUPS 1000 /* that are shown without being named */

static bool
is_joined(const struct irc_state *irc, uint64_t group)
{
	return irc->n_joined > 0 &&
	    bsearch(&group, irc->joined, irc->n_joined, sizeof(group), vector_compare_u64) != NULL;
}

static void
note_joined(struct irc_state *irc, uint64_t group)
{
	uint64_t *added = vector_add(&irc->joined, &irc->n_joined, sizeof(*added));

	if (added == NULL)
		return;
	*added = group;
	irc->n_joined = vector_sort_u64(irc->joined, irc->n_joined);
}

static void
note_left(struct irc_state *irc, uint64_t group)
{
	size_t kept = 0;

	for (size_t i = 0; i < irc->n_joined; i++)
		if (irc->joined[i] != group)
			irc->joined[kept++] = irc->joined[i];
	irc->n_joined = kept;
}

enum chat_result
dialect_irc_channel_find(struct dialog *dialog, struct chat_text name, bool member,
    struct chat_group *group)
{
	struct chat *chat = &dialog->chat;
	const uint64_t self = dialog->session.user.id;
	struct chat_text bare = name;
	enum chat_result result = CHAT_NO_GROUP;

	if (name.len > 1 && name.data[0] == '#') {
		bare.data++;
		bare.len--;
		result = chat_group_find(chat, bare, group);
	}
	/* Whoever is no member does not learn that there is a hidden one. */
	if (result == CHAT_OK && (member || group->private || group->secret)) {
		result = chat_member_find(chat, group->id, self);
		if (result == CHAT_NOT_MEMBER && (group->private || group->secret))
			result = member ? CHAT_NOT_MEMBER : CHAT_NO_GROUP;
	}
	if (result == CHAT_NOT_MEMBER)
		dialect_irc_numeric(dialog, ERR_NOTONCHANNEL, "%.*s", (int)name.len, name.data);
	else if (result != CHAT_OK)
		dialect_irc_numeric(dialog, ERR_NOSUCHCHANNEL, "%.*s", (int)name.len, name.data);
	return result;
}

bool
dialect_irc_channel_may_manage(struct dialog *dialog, const struct chat_group *group)
{
	const struct chat_user *self = &dialog->session.user;

	if (chat_role_manages(&dialog->chat, group, self))
		return true;
	dialect_irc_numeric(dialog,
	    chat_member_find(&dialog->chat, group->id, self->id) == CHAT_OK ? ERR_CHANOPRIVSNEEDED
	                                                                    : ERR_NOTONCHANNEL,
	    "#%s", group->name);
	return false;
}

const char *
dialect_irc_channel_prefix(struct dialog *dialog, const struct chat_group *group, uint64_t user)
{
	uint8_t role = chat_role_of(&dialog->chat, group, user);
	bool operator=(role &(CHAT_ROLE_OPERATOR | CHAT_ROLE_OWNER)) != 0;

	if (operator&&(role &CHAT_ROLE_VOICE) != 0 && dialect_irc_has(dialog, IRC_CAP_MULTI_PREFIX))
		return "@+";
	if (operator)
		return "@";
	return (role & CHAT_ROLE_VOICE) != 0 ? "+" : "";
}

/* Sends the nicks that were gathered. */
static void
end_names(struct dialog *dialog, const struct chat_group *group, char line[2 * NAMES_ROOM])
{
	if (line[0] != '\0')
		dialect_irc_numeric(dialog, RPL_NAMREPLY, "%s #%s :%s",
		    group->secret || group->private ? "@" : "=", group->name, line);
	line[0] = '\0';
}

/* Adds a member to the line, which goes out when it is full. */
static void
add_name(struct dialog *dialog, const struct chat_group *group, uint64_t id,
    char line[2 * NAMES_ROOM])
{
	char item[IRC_SOURCE_SIZE + 3], source[IRC_SOURCE_SIZE];
	struct chat_user user;

	if (chat_user_get(&dialog->chat, id, &user) != CHAT_OK)
		return;
	snprintf(item, sizeof(item), "%s%s", dialect_irc_channel_prefix(dialog, group, id),
	    dialect_irc_has(dialog, IRC_CAP_USERHOST_IN_NAMES)
	        ? dialect_irc_source(dialog, user.name, source)
	        : user.name);
	if (line[0] != '\0' && strlen(line) + strlen(item) > NAMES_ROOM - strlen(group->name))
		end_names(dialog, group, line);
	if (line[0] != '\0')
		strlcat(line, " ", 2 * NAMES_ROOM);
	strlcat(line, item, 2 * NAMES_ROOM);
}

static void
write_names(struct dialog *dialog, const struct chat_group *group)
{
	char line[2 * NAMES_ROOM] = "";
	uint64_t user;

	for (uint32_t i = 0; chat_member_user(&dialog->chat, group->id, i, &user) == CHAT_OK; i++)
		add_name(dialog, group, user, line);
	end_names(dialog, group, line);
}

static void
send_names(struct dialog *dialog, const struct chat_group *group)
{
	write_names(dialog, group);
	dialect_irc_numeric(dialog, RPL_ENDOFNAMES, "#%s", group->name);
}

static void
write_join(struct dialog *dialog, const struct chat_user *user, const char *channel,
    const struct irc_tags *tags)
{
	char source[IRC_SOURCE_SIZE];

	dialect_irc_source(dialog, user->name, source);
	if (dialect_irc_has(dialog, IRC_CAP_EXTENDED_JOIN))
		dialect_irc_send(dialog, tags, ":%s JOIN %s %s :%s", source, channel,
		    user->guest ? "*" : user->name, user->fullname);
	else
		dialect_irc_send(dialog, tags, ":%s JOIN %s", source, channel);
}

void
dialect_irc_channel_show_topic(struct dialog *dialog, const struct chat_group *group)
{
	char source[IRC_SOURCE_SIZE];

	if (group->topic[0] == '\0')
		return;
	dialect_irc_numeric(dialog, RPL_TOPIC, "#%s :%s", group->name, group->topic);
	dialect_irc_numeric(dialog, RPL_TOPICWHOTIME, "#%s %s %lld", group->name,
	    dialect_irc_source(dialog, group->topic_by, source),
	    (long long)(group->topic_ms / 1000));
}

/* The client is in a group from here on. */
static void
announce(struct dialog *dialog, const struct chat_group *group)
{
	char channel[NAME_MAX_BYTES + 2];

	note_joined(dialog->irc, group->id);
	snprintf(channel, sizeof(channel), "#%s", group->name);
	write_join(dialog, &dialog->session.user, channel, NULL);
	dialect_irc_channel_show_topic(dialog, group);
	dialect_irc_marker_show(dialog, channel);
	send_names(dialog, group);
}

void
dialect_irc_channel_rejoin(struct dialog *dialog)
{
	struct chat *chat = &dialog->chat;
	struct chat_group group;
	uint64_t id;

	for (uint32_t i = 0; chat_member_group(chat, dialog->session.user.id, i, &id) == CHAT_OK;
	     i++)
		if (!is_joined(dialog->irc, id) && chat_group_get(chat, id, &group) == CHAT_OK)
			announce(dialog, &group);
}

static void
tell_own(struct dialog *dialog, const struct chat_watch_event *event)
{
	struct irc_state *irc = dialog->irc;
	const bool joined = event->activity.kind == CHAT_ACTIVITY_JOIN;
	struct chat_group group;

	if (chat_group_find(&dialog->chat, chat_text(event->with + 1), &group) != CHAT_OK ||
	    is_joined(irc, group.id) == joined)
		return;
	if (joined) {
		/* It may be over again. */
		if (chat_member_find(&dialog->chat, group.id, dialog->session.user.id) == CHAT_OK)
			announce(dialog, &group);
		return;
	}
	note_left(irc, group.id);
	dialect_irc_change_tell_leaving(dialog, event);
}

void
dialect_irc_channel_tell_member(struct dialog *dialog, const struct chat_watch_event *event)
{
	const char *name = event->activity.name;
	struct chat_user user;

	if (name_same(name, dialog->irc->nick)) {
		tell_own(dialog, event);
		return;
	}
	if (event->activity.kind == CHAT_ACTIVITY_JOIN) {
		if (chat_user_find(&dialog->chat, chat_text(name), &user) == CHAT_OK) {
			write_join(dialog, &user, event->with, NULL);
			dialect_irc_hear_join(dialog, &user);
		}
		return;
	}
	dialect_irc_change_tell_leaving(dialog, event);
}

static void
refuse_join(struct dialog *dialog, struct chat_text channel, enum chat_result result)
{
	static const struct {
		enum chat_result result;
		enum irc_numeric numeric;
	} refusals[] = {
		{ CHAT_NOT_INVITED, ERR_INVITEONLYCHAN },
		{ CHAT_BANNED, ERR_BANNEDFROMCHAN },
		{ CHAT_BAD_KEY, ERR_BADCHANNELKEY },
		{ CHAT_GROUP_FULL, ERR_CHANNELISFULL },
		{ CHAT_TOO_MANY, ERR_TOOMANYCHANNELS },
		{ CHAT_BAD_ARGUMENT, ERR_NOSUCHCHANNEL },
		{ CHAT_NO_GROUP, ERR_NOSUCHCHANNEL },
	};

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (refusals[i].result != result)
			continue;
		dialect_irc_numeric(dialog, refusals[i].numeric, "%.*s", (int)channel.len,
		    channel.data);
		return;
	}
	dialect_irc_numeric(dialog, ERR_UNKNOWNERROR,
	    "JOIN %.*s :The server failed: try again later", (int)channel.len, channel.data);
}

/* Makes a group, and tells the user's other clients of it. */
static enum chat_result
found_group(struct chat *chat, struct chat_text name, uint64_t self)
{
	struct chat_group group;
	enum chat_result result = chat_group_found(chat, name, self);

	if (result == CHAT_OK && chat_group_find(chat, name, &group) == CHAT_OK)
		chat_activity_of_member(chat, group.id, self, CHAT_ACTIVITY_JOIN, self,
		    chat_text(""));
	return result;
}

static void
join_one(struct dialog *dialog, struct chat_text channel, struct chat_text key)
{
	struct chat *chat = &dialog->chat;
	const uint64_t self = dialog->session.user.id;
	struct chat_text name = { .data = channel.data + 1, .len = channel.len - 1 };
	enum chat_result result = CHAT_BAD_ARGUMENT;
	struct chat_group group;

	if (channel.len > 1 && channel.data[0] == '#' && name_valid(name.data, name.len))
		result = chat_group_enter_with(chat, name, key, self);
	if (result == CHAT_NO_GROUP)
		result = found_group(chat, name, self);
	if (result == CHAT_GROUP_EXISTS) /* another was faster */
		result = chat_group_enter_with(chat, name, key, self);
	if (result == CHAT_OK || result == CHAT_ALREADY_MEMBER) {
		if (chat_group_find(chat, name, &group) == CHAT_OK &&
		    !is_joined(dialog->irc, group.id))
			announce(dialog, &group);
		return;
	}
	refuse_join(dialog, channel, result);
}

static void
part_one(struct dialog *dialog, struct chat_text channel, struct chat_text reason)
{
	struct irc_state *irc = dialog->irc;
	char source[IRC_SOURCE_SIZE];
	struct chat_group group;
	enum chat_result result;

	if (dialect_irc_channel_find(dialog, channel, true, &group) != CHAT_OK)
		return;
	result = chat_group_leave_with(&dialog->chat, chat_text(group.name),
	    dialog->session.user.id, CHAT_ACTIVITY_LEAVE, reason);
	if (result != CHAT_OK) {
		dialect_irc_numeric(dialog, ERR_UNKNOWNERROR,
		    "PART %.*s :The server failed: try again later", (int)channel.len,
		    channel.data);
		return;
	}
	note_left(irc, group.id);
	dialect_irc_send(dialog, NULL, ":%s PART #%s%s%.*s",
	    dialect_irc_source(dialog, irc->nick, source), group.name, reason.len > 0 ? " :" : "",
	    (int)reason.len, reason.data);
}

/* JOIN 0 leaves all. */
static void
part_all(struct dialog *dialog)
{
	char channel[NAME_MAX_BYTES + 2];
	struct chat_group group;
	uint64_t id;

	while (chat_member_group(&dialog->chat, dialog->session.user.id, 0, &id) == CHAT_OK &&
	    chat_group_get(&dialog->chat, id, &group) == CHAT_OK && is_joined(dialog->irc, id)) {
		snprintf(channel, sizeof(channel), "#%s", group.name);
		part_one(dialog, chat_text(channel), chat_text(""));
	}
}

void
dialect_irc_join(struct dialog *dialog, const struct irc_line *line)
{
	struct chat_text channels = line->params[0], channel, key;
	struct chat_text keys = line->n > 1 ? line->params[1] : (struct chat_text){ .len = 0 };

	if (chat_text_is(channels, "0")) {
		part_all(dialog);
		return;
	}
	while (dialect_irc_line_next(&channels, ',', &channel)) {
		if (!dialect_irc_line_next(&keys, ',', &key))
			key = chat_text("");
		join_one(dialog, channel, key);
		store_refresh(dialog->chat.store);
	}
}

void
dialect_irc_part(struct dialog *dialog, const struct irc_line *line)
{
	struct chat_text channels = line->params[0], channel;

	while (dialect_irc_line_next(&channels, ',', &channel)) {
		part_one(dialog, channel, line->n > 1 ? line->params[1] : chat_text(""));
		store_refresh(dialog->chat.store);
	}
}

/* Those that everybody may see, or of which the user is a member: so many at most. */
static void
name_all(struct dialog *dialog)
{
	char name[NAME_MAX_BYTES + 1];
	struct chat_group group;

	for (uint32_t i = 0;
	     i < NAMES_GROUPS && chat_group_list_name(&dialog->chat, i, name) == CHAT_OK; i++)
		if (chat_group_find(&dialog->chat, chat_text(name), &group) == CHAT_OK &&
		    ((!group.private && !group.secret) || is_joined(dialog->irc, group.id)))
			write_names(dialog, &group);
	dialect_irc_numeric(dialog, RPL_ENDOFNAMES, "*");
}

void
dialect_irc_names(struct dialog *dialog, const struct irc_line *line)
{
	struct chat_text channels = line->n > 0 ? line->params[0] : (struct chat_text){ .len = 0 };
	struct chat_text channel;
	struct chat_group group;
	bool any = false;

	while (dialect_irc_line_next(&channels, ',', &channel)) {
		struct chat_text name = { .data = channel.data + 1, .len = channel.len - 1 };

		any = true;
		if (channel.len > 1 && channel.data[0] == '#' &&
		    chat_group_find(&dialog->chat, name, &group) == CHAT_OK &&
		    ((!group.private && !group.secret) || is_joined(dialog->irc, group.id)))
			send_names(dialog, &group);
		else
			dialect_irc_numeric(dialog, RPL_ENDOFNAMES, "%.*s", (int)channel.len,
			    channel.data);
	}
	if (!any)
		name_all(dialog);
}
