/* dialect_irc_hear: whoever whispers is believed what others could see of that user anyhow. */
#include "dialect/irc/hear.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fnv.h"
#include "chat/block.h"
#include "chat/group.h"
#include "chat/member.h"
#include "chat/speak.h"
#include "dialect/irc/announce.h"
#include "dialect/irc/monitor.h"
#include "dialect/irc/out.h"
#include "dialect/irc/people.h"
#include "dialect/irc/presence.h"
#include "dialect/irc/whisper.h"

#define AT_ONCE 256 /* whispers, before other things have their turn */

/* Whether the client is to know what the user does: of one in a common group, or looked after. */
static bool
is_of_interest(struct dialog *dialog, const struct chat_user *user, enum irc_cap cap)
{
	unsigned int looks = IRC_PEOPLE_LOOKS;

	if (!dialect_irc_has(dialog, cap) || user->id == dialog->session.user.id)
		return false;
	return (dialect_irc_has(dialog, IRC_CAP_EXTENDED_MONITOR) &&
	           dialect_irc_monitor_has(dialog, user->name)) ||
	    dialect_irc_people_meet(dialog, user->id, &looks);
}

static void
tell(struct dialog *dialog, const struct chat_user *user, const char *command,
    struct chat_text text)
{
	const struct irc_tags tags = { .time_ms = clock_now_ms(),
		.account = user->guest ? NULL : user->name };
	char source[IRC_SOURCE_SIZE];

	dialect_irc_send(dialog, &tags, ":%s %s%s%.*s",
	    dialect_irc_source(dialog, user->name, source), command, text.len > 0 ? " :" : "",
	    (int)text.len, text.data);
}

void
dialect_irc_hear_tagmsg(struct dialog *dialog, const struct irc_whisper *whisper,
    const struct chat_user *from, const char *target)
{
	char text[CHAT_TAGS_MAX + 64], source[IRC_SOURCE_SIZE];
	struct irc_tags tags = { .time_ms = clock_now_ms(),
		.account = from->guest ? NULL : from->name };

	/* It is in no log: the letter keeps its id apart from those that are. */
	snprintf(text, sizeof(text), "msgid=t%llx;%.*s", (unsigned long long)whisper->id,
	    (int)whisper->tags.len, whisper->tags.data);
	tags.client = chat_text(text);
	dialect_irc_send(dialog, &tags, ":%s TAGMSG %s",
	    dialect_irc_source(dialog, from->name, source), target);
}

/* Whether the sender may write there and is not blocked. */
static bool
may_send(struct dialog *dialog, const struct irc_whisper *whisper, const struct chat_user *from)
{
	const uint64_t self = dialog->session.user.id;
	const struct chat_block_sender sender = { .id = from->id };
	struct chat_group group;

	if (whisper->group &&
	    (chat_group_get(&dialog->chat, whisper->target, &group) != CHAT_OK ||
	        chat_member_find(&dialog->chat, group.id, self) != CHAT_OK ||
	        chat_speak_judge(&dialog->chat, &group, from) != CHAT_OK))
		return false;
	return from->id == self || chat_block_judge(&dialog->chat, self, &sender) == CHAT_OK;
}

/* False: the target is nobody's, or the message is none of this client's. */
static bool
find_target(struct dialog *dialog, const struct irc_whisper *whisper, const struct chat_user *from,
    char target[IRC_NAME_SIZE])
{
	const uint64_t self = dialog->session.user.id;
	struct chat_group group;
	struct chat_user user;

	if (whisper->group) {
		if (chat_group_get(&dialog->chat, whisper->target, &group) != CHAT_OK)
			return false;
		snprintf(target, IRC_NAME_SIZE, "#%s", group.name);
		return true;
	}
	/* What the user wrote to others over another connection is shown as messages are. */
	if (whisper->target != self &&
	    (from->id != self || !dialect_irc_has(dialog, IRC_CAP_ECHO_MESSAGE)))
		return false;
	if (chat_user_get(&dialog->chat, whisper->target, &user) != CHAT_OK)
		return false;
	snprintf(target, IRC_NAME_SIZE, "%s", user.name);
	return true;
}

static void
tell_tagmsg(struct dialog *dialog, const struct irc_whisper *whisper, const struct chat_user *from)
{
	char target[IRC_NAME_SIZE];

	if (dialect_irc_has(dialog, IRC_CAP_MESSAGE_TAGS) && may_send(dialog, whisper, from) &&
	    find_target(dialog, whisper, from, target))
		dialect_irc_hear_tagmsg(dialog, whisper, from, target);
}

static void
tell_whisper(struct dialog *dialog, const struct irc_whisper *whisper, const struct chat_user *from)
{
	switch (whisper->kind) {
	case IRC_WHISPER_AWAY:
		if (is_of_interest(dialog, from, IRC_CAP_AWAY_NOTIFY))
			tell(dialog, from, "AWAY", whisper->text);
		break;
	case IRC_WHISPER_SETNAME:
		if (is_of_interest(dialog, from, IRC_CAP_SETNAME))
			tell(dialog, from, "SETNAME", whisper->text);
		break;
	case IRC_WHISPER_ACCOUNT:
		if (!from->guest && is_of_interest(dialog, from, IRC_CAP_ACCOUNT_NOTIFY))
			tell(dialog, from, "ACCOUNT", chat_text(from->name));
		break;
	case IRC_WHISPER_NICK:
		dialect_irc_monitor_look(dialog, true);
		break;
	case IRC_WHISPER_TAGMSG:
		tell_tagmsg(dialog, whisper, from);
		break;
	case IRC_WHISPER_INVITE:
		dialect_irc_announce_invite(dialog, whisper, from);
		break;
	case IRC_WHISPER_KILL:
		dialect_irc_announce_kill(dialog, whisper->text, from->name);
		break;
	case IRC_WHISPER_WALLOPS:
		dialect_irc_announce_wallops(dialog, whisper->text, from->name);
		break;
	}
}

static void
serve_whisper(struct dialog *dialog, const struct whisper_sender *sender, const char *data,
    size_t len)
{
	struct irc_whisper whisper;
	struct chat_user from;

	if (dialect_irc_whisper_read(&whisper, data, len) && sender->user != 0 &&
	    (whisper.kind < IRC_WHISPER_KILL || (sender->modes & IRC_MODE_OPER) != 0) &&
	    chat_user_get(&dialog->chat, sender->user, &from) == CHAT_OK)
		tell_whisper(dialog, &whisper, &from);
}

void
dialect_irc_hear(struct dialog *dialog)
{
	struct wakeup *wakeup = dialog->chat.wakeup;
	char data[WHISPER_MAX];
	bool missed, lost = false;
	struct whisper_sender sender;
	unsigned int n = 0;
	size_t len;

	if (!dialog->irc_active || wakeup == NULL)
		return;
	while (n < AT_ONCE && wakeup_hear(wakeup, data, &len, &sender, &missed)) {
		lost |= missed;
		serve_whisper(dialog, &sender, data, len);
		n++;
	}
	if (n == AT_ONCE)
		dialog->wake_ms = clock_monotonic_ms();
	dialect_irc_monitor_look(dialog, lost);
}

/*
 * Each common group tells it, and of the same user one renaming after the other: whether it is the
 * first that does.
 */
static bool
is_first_told(struct irc_state *irc, const struct chat_activity *activity)
{
	struct irc_renamed *renamed = NULL;
	uint64_t names = fnv_bytes(FNV_BEGIN, activity->name, strlen(activity->name) + 1);

	names = fnv_bytes(names, activity->text, strlen(activity->text));
	for (unsigned int i = 0; i < IRC_RENAMED_MOST && renamed == NULL; i++)
		if (irc->renamed[i].user == activity->with)
			renamed = &irc->renamed[i];
	if (renamed != NULL && renamed->names == names)
		return false;
	if (renamed == NULL)
		renamed = &irc->renamed[irc->n_renamed++ % IRC_RENAMED_MOST];
	*renamed = (struct irc_renamed){ .user = activity->with, .names = names };
	return true;
}

void
dialect_irc_hear_rename(struct dialog *dialog, const struct chat_watch_event *event)
{
	const struct chat_activity *activity = &event->activity;
	const struct irc_tags tags = { .time_ms = event->time_ms };
	char source[IRC_SOURCE_SIZE];

	if (activity->with != dialog->session.user.id &&
	    name_valid(activity->text, strlen(activity->text)) &&
	    is_first_told(dialog->irc, activity))
		dialect_irc_send(dialog, &tags, ":%s NICK :%s",
		    dialect_irc_source(dialog, activity->name, source), activity->text);
}

void
dialect_irc_hear_join(struct dialog *dialog, const struct chat_user *user)
{
	char reason[SCOREBOARD_AWAY_MAX];

	if (dialect_irc_has(dialog, IRC_CAP_AWAY_NOTIFY) &&
	    dialect_irc_presence_is_away(dialog, user->id, reason))
		tell(dialog, user, "AWAY", chat_text(reason));
}
