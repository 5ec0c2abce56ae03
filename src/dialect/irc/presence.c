/* dialect_irc_presence: what others see at once. */
#include "dialect/irc/presence.h"

#include "dialect/irc/out.h"

#include "base/utf8.h"
#include "chat/group.h"
#include "chat/history/activity.h"
#include "chat/member.h"

void
dialect_irc_away(struct dialog *dialog, const struct irc_line *line)
{
	dialect_irc_numeric(dialog, ERR_UNKNOWNCOMMAND, "%s", line->command);
}

void
dialect_irc_setname(struct dialog *dialog, const struct irc_line *line)
{
	dialect_irc_numeric(dialog, ERR_UNKNOWNCOMMAND, "%s", line->command);
}

void
dialect_irc_presence_tagmsg(struct dialog *dialog, const struct irc_line *line)
{
	dialect_irc_numeric(dialog, ERR_UNKNOWNCOMMAND, "%s", line->command);
}

void
dialect_irc_presence_ident(struct dialog *dialog, struct chat_text ident)
{
	size_t len = ident.len < sizeof(dialog->ident) ? ident.len : sizeof(dialog->ident) - 1;

	while (len > 0 &&
	    !dialect_copy(dialog->ident, sizeof(dialog->ident),
	        (struct chat_text){ .data = ident.data, .len = len }))
		len--;
}

void
dialect_irc_presence_renamed(struct dialog *dialog, const char *before)
{
	(void)dialog;
	(void)before;
}

void
dialect_irc_presence_account(struct dialog *dialog)
{
	(void)dialog;
}

/* The last membership is ended first, as leaving moves the others. */
void
dialect_irc_presence_leave(struct dialog *dialog, struct chat_text reason)
{
	struct chat *chat = &dialog->chat;
	struct chat_group group;
	uint64_t id;

	if (!dialog->irc->guest || !dialog->irc->registered)
		return;
	while (chat_member_group(chat, dialog->session.user.id, 0, &id) == CHAT_OK &&
	    chat_group_get(chat, id, &group) == CHAT_OK &&
	    chat_group_leave_with(chat, chat_text(group.name), dialog->session.user.id,
	        CHAT_ACTIVITY_QUIT, reason) == CHAT_OK)
		store_refresh(chat->store);
}

void
dialect_irc_presence_tell_away(struct dialog *dialog, struct chat_text nick)
{
	(void)dialog;
	(void)nick;
}

void
dialect_irc_presence_hear(struct dialog *dialog)
{
	(void)dialog;
}
