/* dialect_irc_topic: a topic that is set is told by the event that it becomes. */
#include "dialect/irc/topic.h"

#include "chat/topic.h"
#include "dialect/irc/channel.h"
#include "dialect/irc/out.h"

void
dialect_irc_topic(struct dialog *dialog, const struct irc_line *line)
{
	struct chat_text channel = line->params[0];
	struct chat_group group;
	enum chat_result result;

	if (dialect_irc_channel_find(dialog, channel, line->n > 1, &group) != CHAT_OK)
		return;
	if (line->n < 2 && group.topic[0] == '\0') {
		dialect_irc_numeric(dialog, RPL_NOTOPIC, "#%s", group.name);
		return;
	}
	if (line->n < 2) {
		dialect_irc_channel_show_topic(dialog, &group);
		return;
	}
	result = chat_topic_set(&dialog->chat, chat_text(group.name), &dialog->session.user,
	    line->params[1]);
	if (result == CHAT_OK)
		dialog->irc->answering = true;
	else if (result == CHAT_NOT_MEMBER)
		dialect_irc_numeric(dialog, ERR_NOTONCHANNEL, "#%s", group.name);
	else if (result == CHAT_FORBIDDEN)
		dialect_irc_numeric(dialog, ERR_CHANOPRIVSNEEDED, "#%s", group.name);
	else
		dialect_irc_numeric(dialog, ERR_UNKNOWNERROR, "TOPIC #%s :The topic cannot be set",
		    group.name);
}
