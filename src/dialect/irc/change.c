/* dialect_irc_change: whoever quits leaves each group; a client is told once. */
#include "dialect/irc/change.h"

#include <bsd/string.h>
#include <string.h>

#include "chat/user.h"
#include "dialect/irc/out.h"

/* The account of a user for the tag; a guest's is none. */
static void
find_account(struct dialog *dialog, struct irc_change *change, const char *by)
{
	struct chat_user user;

	if (by[0] == '\0' || !dialect_irc_has(dialog, IRC_CAP_ACCOUNT_TAG) ||
	    chat_user_find(&dialog->chat, chat_text(by), &user) != CHAT_OK || user.guest)
		return;
	strlcpy(change->account, user.name, sizeof(change->account));
	change->tags.account = change->account;
}

void
dialect_irc_change_begin(struct dialog *dialog, struct irc_change *change, const char *by,
    uint64_t seq, int64_t time_ms)
{
	*change = (struct irc_change){ .tags = { .time_ms = time_ms, .msgid = seq } };
	dialect_irc_source(dialog, by[0] == '\0' ? NAME_SERVER : by, change->source);
	find_account(dialog, change, by);
	dialect_irc_reply_apart(dialog,
	    !(dialog->irc->answering && name_same(by, dialog->irc->nick)));
}

void
dialect_irc_change_end(struct dialog *dialog)
{
	dialect_irc_reply_apart(dialog, true);
}

/* Whether it is the first time that this is told: accounts do not come back. */
static bool
note_gone(struct irc_state *irc, uint64_t user)
{
	for (unsigned int i = 0; i < IRC_GONE_MOST; i++)
		if (irc->gone[i] == user)
			return false;
	irc->gone[irc->n_gone++ % IRC_GONE_MOST] = user;
	return true;
}

void
dialect_irc_change_tell_group(struct dialog *dialog, const struct chat_watch_event *event)
{
	const struct chat_activity *activity = &event->activity;
	struct irc_change change;

	dialect_irc_change_begin(dialog, &change, activity->by, event->seq, event->time_ms);
	if (activity->kind == CHAT_ACTIVITY_TOPIC)
		dialect_irc_send(dialog, &change.tags, ":%s TOPIC %s :%s", change.source,
		    event->with, activity->text);
	else if (activity->kind == CHAT_ACTIVITY_CHOICE)
		dialect_irc_send(dialog, &change.tags, ":%s NOTICE %s :%s has chosen: %s %s",
		    dialect_irc_server(dialog), event->with,
		    activity->by[0] == '\0' ? "An administrator" : activity->by, activity->name,
		    activity->text);
	dialect_irc_change_end(dialog);
}

void
dialect_irc_change_tell_leaving(struct dialog *dialog, const struct chat_watch_event *event)
{
	const struct chat_activity *activity = &event->activity;
	const bool kicked = activity->kind == CHAT_ACTIVITY_KICK;
	const char *text = activity->text;
	struct irc_change change;

	dialect_irc_change_begin(dialog, &change, kicked ? activity->by : activity->name,
	    event->seq, event->time_ms);
	if (kicked)
		dialect_irc_send(dialog, &change.tags, ":%s KICK %s %s :%s", change.source,
		    event->with, activity->name,
		    text[0] != '\0'               ? text
		        : activity->by[0] != '\0' ? activity->by
		                                  : activity->name);
	else if (activity->kind != CHAT_ACTIVITY_QUIT)
		dialect_irc_send(dialog, &change.tags, ":%s PART %s%s%s", change.source,
		    event->with, text[0] == '\0' ? "" : " :", text);
	else if (note_gone(dialog->irc, activity->with))
		dialect_irc_send(dialog, &change.tags, ":%s QUIT :%s", change.source, text);
	dialect_irc_change_end(dialog);
}
