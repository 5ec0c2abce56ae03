/*
 * dialect_irc_event: events are copied while the logs are read, since telling them needs the store,
 * and then told one after the other.
 */
#include "dialect/irc/event.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/vector.h"
#include "dialect/irc/change.h"
#include "dialect/irc/channel.h"
#include "dialect/irc/hear.h"
#include "dialect/irc/letter.h"
#include "dialect/irc/marker.h"
#include "dialect/irc/message.h"
#include "dialect/irc/out.h"
#include "dialect/irc/sent.h"

#define EVENTS_AT_ONCE 64

/* An event whose texts are its own. */
struct kept_event {
	struct chat_watch_event event;
	char *texts;
};

struct kept_events {
	struct kept_event *list;
	size_t n;
	bool lost; /* there was no memory for the next one */
};

static void
keep_event(void *arg, const struct chat_watch_event *event)
{
	struct kept_events *events = arg;
	struct kept_event *kept =
	    events->lost ? NULL : vector_add(&events->list, &events->n, sizeof(*kept));

	if (kept == NULL) {
		events->lost = true;
		return;
	}
	*kept = (struct kept_event){ .event = *event };
	if (event->kind != CHAT_WATCH_MESSAGE)
		return;
	kept->texts = dialect_irc_message_keep(&kept->event.item.message);
	if (kept->texts == NULL) {
		events->lost = true;
		events->n--;
	}
}

bool
dialect_irc_event_begin(struct dialog *dialog)
{
	enum chat_result result = chat_watch_begin(&dialog->chat, &dialog->irc->watch, UINT64_MAX);

	if (result == CHAT_OK) {
		dialog->irc_active = true;
		dialect_subscribe(dialog);
		return true;
	}
	dialect_irc_close(dialog,
	    result == CHAT_HISTORY_OFF ? "this realm keeps no conversations, which IRC needs here"
	                               : "the server failed");
	return false;
}

/*
 * What was written over another connection of the user is shown where the client can tell it from
 * what others write.
 */
static void
tell_message(struct dialog *dialog, const struct chat_item *item)
{
	struct irc_state *irc = dialog->irc;
	const bool here = item->own && dialect_irc_sent_take(irc, item->id);
	const bool to_self = item->own && item->partner == dialog->session.user.id;
	const bool echo = dialect_irc_has(dialog, IRC_CAP_ECHO_MESSAGE);

	if (item->own && echo) {
		dialect_irc_reply_apart(dialog, !here);
		dialect_irc_message_write(dialog, item, NULL);
		dialect_irc_reply_apart(dialog, true);
	} else if (item->own && !here && !to_self && item->kind == CHAT_WHO_GROUP) {
		dialect_irc_message_write(dialog, item, NULL);
	}
	if (!item->own || to_self)
		dialect_irc_message_write(dialog, item, NULL);
	if (!item->own)
		dialect_irc_marker_touch(dialog, item->with, item->id);
}

static void
tell_event(struct dialog *dialog, const struct chat_watch_event *event)
{
	dialect_irc_reply_apart(dialog, true);
	switch (event->kind) {
	case CHAT_WATCH_MESSAGE:
		tell_message(dialog, &event->item);
		break;
	case CHAT_WATCH_MEMBER:
		dialect_irc_channel_tell_member(dialog, event);
		break;
	case CHAT_WATCH_READ:
		dialect_irc_marker_tell(dialog, event);
		break;
	case CHAT_WATCH_DELIVERY:
		dialect_irc_message_tell_delivery(dialog, event);
		break;
	case CHAT_WATCH_GROUP:
		if (event->activity.kind == CHAT_ACTIVITY_RENAME)
			dialect_irc_hear_rename(dialog, event);
		else
			dialect_irc_change_tell_group(dialog, event);
		break;
	}
	dialect_irc_reply_apart(dialog, false);
}

/* Changes of modes that follow each other are one line. */
static void
tell_events(struct dialog *dialog, struct kept_events *events)
{
	struct irc_letter_told told = { .n = 0 };

	for (size_t i = 0; i < events->n; i++) {
		const struct chat_watch_event *event = &events->list[i].event;

		if (dialect_irc_letter_is(event) && dialect_irc_letter_gather(&told, event))
			continue;
		dialect_irc_letter_tell(dialog, &told);
		if (dialect_irc_letter_is(event))
			(void)dialect_irc_letter_gather(&told, event);
		else
			tell_event(dialog, event);
	}
	dialect_irc_letter_tell(dialog, &told);
	dialect_irc_reply_apart(dialog, false);
}

/* Whether there is more. */
static bool
pull_some(struct dialog *dialog)
{
	struct kept_events events = { .n = 0 };
	enum chat_result result = chat_watch_read(&dialog->chat, &dialog->irc->watch,
	    &dialog->session.user, EVENTS_AT_ONCE, keep_event, &events);

	if (result != CHAT_OK && result != CHAT_TOO_MANY)
		log_warnx("conversations cannot be watched: %s", chat_strerror(result));
	tell_events(dialog, &events);
	for (size_t i = 0; i < events.n; i++)
		free(events.list[i].texts);
	free(events.list);
	/* The client that comes back is sent what is unread. */
	if (events.lost && !dialog->ending)
		dialect_irc_close(dialog, "the server has no memory left");
	return result == CHAT_TOO_MANY && !dialog->ending && !frame_failed(&dialog->frame);
}

void
dialect_irc_event_pull(struct dialog *dialog)
{
	uint64_t next;

	if (!dialog->irc->registered || !dialog->irc_active)
		return;
	store_refresh(dialog->chat.store);
	if (store_next_seq(dialog->chat.store, &next) == STORE_OK &&
	    next - 1 == dialog->irc->watch.last)
		return;
	while (pull_some(dialog))
		;
}

void
dialect_irc_event_answer(struct dialog *dialog)
{
	if (dialog->irc->answering)
		dialect_irc_event_pull(dialog);
	dialog->irc->answering = false;
}

void
dialect_irc_event_end(struct dialog *dialog)
{
	dialog->irc_active = false;
	chat_watch_end(&dialog->irc->watch);
}
