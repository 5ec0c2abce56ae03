/*
 * chat_push: wakes those whom something concerns that no transaction brings about. The handle of
 * wakeup is opened by the first call.
 */
#include "chat/push.h"

#include "base/log.h"
#include "chat/member.h"
#include "live/tell_master.h"

struct event {
	struct chat *chat;
	uint64_t id;
	uint64_t other; /* one more user, or 0; or whether one was found */
};

struct wakeup *
chat_push_wakeup(struct chat *chat)
{
	if (chat->wakeup == NULL)
		chat->wakeup = wakeup_open(chat->config->state);
	if (chat->wakeup == NULL)
		log_warn("cannot wake other processes");
	return chat->wakeup;
}

int
chat_push_listen(struct chat *chat, const struct wakeup_subscription *subscription)
{
	struct wakeup *wakeup = chat_push_wakeup(chat);
	int slot = scoreboard_slot(chat->scoreboard), fd;

	if (wakeup == NULL || slot < 0)
		return -1;
	fd = wakeup_subscribe(wakeup, (unsigned int)slot, subscription);
	if (fd < 0)
		log_warn("cannot listen for events");
	wakeup_set_scoreboard(wakeup, chat->scoreboard);
	return fd;
}

int
chat_push_await(struct chat *chat)
{
	struct wakeup *wakeup = chat_push_wakeup(chat);
	int slot = scoreboard_slot(chat->scoreboard), fd;

	if (wakeup == NULL || slot < 0)
		return -1;
	fd = wakeup_await(wakeup, (unsigned int)slot);
	if (fd < 0)
		log_warn("cannot wait for the bridge");
	return fd;
}

static bool
concerns_people(void *arg, const struct wakeup_subscription *subscription)
{
	const struct event *event = arg;

	return (subscription->kind == WAKEUP_ROOM || wakeup_watches(subscription)) &&
	    (event->id == 0 || subscription->room == event->id);
}

/* By a signal: most sessions subscribe to nothing and should not pay for a socket. */
void
chat_push_session(struct chat *chat, uint64_t user)
{
	unsigned int denied = 0;

	if (chat->scoreboard != NULL)
		scoreboard_signal(chat->scoreboard, user, CHAT_PUSH_SIGNAL, &denied);
	if (denied > 0 && tell_master_number(chat->config->state, TELL_MASTER_SESSION, user) != 0)
		log_warn("cannot tell the master of a session's end");
}

static bool
is_watching(void *arg, const struct wakeup_subscription *subscription)
{
	struct event *event = arg;

	if ((wakeup_watches(subscription) || subscription->kind == WAKEUP_QUIET ||
	        subscription->kind == WAKEUP_IRC) &&
	    subscription->user == event->id)
		event->other = 1;
	return false;
}

bool
chat_push_watched(struct chat *chat, uint64_t user)
{
	struct event event = { .chat = chat, .id = user };
	struct wakeup *wakeup = chat_push_wakeup(chat);

	if (wakeup != NULL)
		wakeup_notify(wakeup, is_watching, &event);
	return event.other != 0;
}

void
chat_push_people(struct chat *chat, uint64_t group)
{
	struct event event = { .chat = chat, .id = group };
	struct wakeup *wakeup = chat_push_wakeup(chat);

	if (wakeup == NULL)
		return;
	wakeup_change(wakeup, WAKEUP_PEOPLE);
	wakeup_notify(wakeup, concerns_people, &event);
}

static bool
concerns_everyone(void *arg, const struct wakeup_subscription *subscription)
{
	(void)arg;
	(void)subscription;
	return true;
}

void
chat_push_everyone(struct chat *chat)
{
	struct wakeup *wakeup = chat_push_wakeup(chat);

	chat_push_session(chat, SCOREBOARD_ANY_USER);
	if (wakeup == NULL)
		return;
	wakeup_change(wakeup, WAKEUP_ROOMS);
	wakeup_change(wakeup, WAKEUP_PEOPLE);
	wakeup_notify(wakeup, concerns_everyone, NULL);
	wakeup_notify_bridge(wakeup);
}

uint64_t
chat_push_changes(struct chat *chat, enum wakeup_topic topic)
{
	struct wakeup *wakeup = chat_push_wakeup(chat);

	return wakeup == NULL ? 0 : wakeup_changes(wakeup, topic);
}
