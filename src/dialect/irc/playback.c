/* dialect_irc_playback: entries of a group's log of activity, as the lines that told of them. */
#include "dialect/irc/playback.h"

#include <string.h>

#include "chat/history/watch.h"
#include "chat/user.h"
#include "dialect/irc/letter.h"
#include "dialect/irc/out.h"

enum chat_result
dialect_irc_playback_begin(struct dialog *dialog, struct chat_place *place)
{
	if (place->group == 0 || !dialect_irc_has(dialog, IRC_CAP_EVENT_PLAYBACK))
		return CHAT_OK;
	return chat_place_add_activity(&dialog->chat, place);
}

/* The name of the one who did it; the host's administrator has none. */
static const char *
find_actor(const struct chat_activity *activity)
{
	switch (activity->kind) {
	case CHAT_ACTIVITY_JOIN:
	case CHAT_ACTIVITY_LEAVE:
	case CHAT_ACTIVITY_QUIT:
	case CHAT_ACTIVITY_RENAME:
		return activity->name;
	default:
		return activity->by[0] == '\0' ? NAME_SERVER : activity->by;
	}
}

static void
write_join(struct dialog *dialog, const struct irc_tags *tags, const char *source,
    const char *channel, const char *name)
{
	struct chat_user user;

	if (!dialect_irc_has(dialog, IRC_CAP_EXTENDED_JOIN))
		dialect_irc_send(dialog, tags, ":%s JOIN %s", source, channel);
	else if (chat_user_find(&dialog->chat, chat_text(name), &user) == CHAT_OK && !user.guest)
		dialect_irc_send(dialog, tags, ":%s JOIN %s %s :%s", source, channel, user.name,
		    user.fullname);
	else
		dialect_irc_send(dialog, tags, ":%s JOIN %s * :%s", source, channel, name);
}

static void
write_mode(struct dialog *dialog, const struct irc_tags *tags, const char *source,
    const char *channel, const struct chat_activity *activity)
{
	const struct chat_watch_event event = { .kind = CHAT_WATCH_GROUP, .activity = *activity };
	struct irc_letter_told told = { .n = 0 };

	if (!dialect_irc_letter_is(&event))
		return;
	(void)dialect_irc_letter_gather(&told, &event);
	dialect_irc_send(dialog, tags, ":%s MODE %s %s%s", source, channel, told.letters,
	    told.params);
}

static void
write_event(struct dialog *dialog, const struct irc_tags *tags, const char *channel,
    const struct chat_activity *activity)
{
	const char *text = activity->text;
	char source[IRC_SOURCE_SIZE];

	dialect_irc_source(dialog, find_actor(activity), source);
	switch (activity->kind) {
	case CHAT_ACTIVITY_JOIN:
		write_join(dialog, tags, source, channel, activity->name);
		break;
	case CHAT_ACTIVITY_LEAVE:
		dialect_irc_send(dialog, tags, ":%s PART %s%s%s", source, channel,
		    text[0] == '\0' ? "" : " :", text);
		break;
	case CHAT_ACTIVITY_KICK:
		dialect_irc_send(dialog, tags, ":%s KICK %s %s :%s", source, channel,
		    activity->name, text[0] == '\0' ? activity->name : text);
		break;
	case CHAT_ACTIVITY_TOPIC:
		dialect_irc_send(dialog, tags, ":%s TOPIC %s :%s", source, channel, text);
		break;
	case CHAT_ACTIVITY_QUIT:
		dialect_irc_send(dialog, tags, ":%s QUIT :%s", source, text);
		break;
	case CHAT_ACTIVITY_RENAME:
		dialect_irc_send(dialog, tags, ":%s NICK :%s", source, text);
		break;
	case CHAT_ACTIVITY_CHOICE:
	case CHAT_ACTIVITY_ROLE:
		write_mode(dialog, tags, source, channel, activity);
		break;
	default:
		break;
	}
}

enum chat_result
dialect_irc_playback_write(struct dialog *dialog, const struct chat_place *place, uint64_t id,
    const char *batch)
{
	struct irc_tags tags = { .msgid = id, .batch = batch };
	struct chat_activity activity;
	struct store_entry entry;
	char channel[CHAT_WHO_TEXT];
	enum store_status status = store_entry(dialog->chat.store, id, &entry);

	if (status == STORE_FAILED)
		return CHAT_FAILED;
	if (status != STORE_OK || chat_activity_read(&activity, entry.data, entry.len) != 0)
		return CHAT_OK;
	tags.time_ms = entry.time_ms;
	chat_who_text(&place->who, channel);
	write_event(dialog, &tags, channel, &activity);
	return CHAT_OK;
}
