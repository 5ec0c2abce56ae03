/*
 * chat_push: telling those who are online and concerned that there is news. To be called when
 * the news is durable.
 */
#include "chat/push.h"

#include "base/log.h"
#include "chat/member.h"

struct news {
	struct chat *chat;
	uint64_t id;
};

static struct wakeup *
wakeup_of(struct chat *chat)
{
	if (chat->wakeup == NULL)
		chat->wakeup = wakeup_open(chat->config->state);
	if (chat->wakeup == NULL)
		log_warn("cannot ring bells");
	return chat->wakeup;
}

int
chat_push_listen(struct chat *chat, const struct wakeup_subscription *ear)
{
	struct wakeup *wakeup = wakeup_of(chat);
	int slot = scoreboard_slot(chat->scoreboard), fd;

	if (wakeup == NULL || slot < 0)
		return -1;
	fd = wakeup_subscribe(wakeup, (unsigned int)slot, ear);
	if (fd < 0)
		log_warn("cannot listen for news");
	return fd;
}

int
chat_push_await(struct chat *chat)
{
	struct wakeup *wakeup = wakeup_of(chat);
	int slot = scoreboard_slot(chat->scoreboard), fd;

	if (wakeup == NULL || slot < 0)
		return -1;
	fd = wakeup_await(wakeup, (unsigned int)slot);
	if (fd < 0)
		log_warn("cannot wait for the bridge");
	return fd;
}

static bool
concerns_user(void *arg, const struct wakeup_subscription *ear)
{
	const struct news *news = arg;

	return ear->kind != WAKEUP_NONE && ear->user == news->id;
}

static bool
concerns_group(void *arg, const struct wakeup_subscription *ear)
{
	const struct news *news = arg;

	if (ear->kind == WAKEUP_ROOM || ear->kind == WAKEUP_BUSY)
		return ear->room == news->id;
	return chat_member_find(news->chat, news->id, ear->user) == CHAT_OK;
}

static bool
concerns_people(void *arg, const struct wakeup_subscription *ear)
{
	const struct news *news = arg;

	return ear->kind == WAKEUP_ROOM && (news->id == 0 || ear->room == news->id);
}

void
chat_push_bridge(struct chat *chat)
{
	struct wakeup *wakeup = wakeup_of(chat);

	if (wakeup != NULL)
		wakeup_notify_bridge(wakeup);
}

/* Not by the bell: most who are logged in have none, and need not pay for one. */
void
chat_push_session(struct chat *chat, uint64_t user)
{
	if (chat->scoreboard != NULL)
		scoreboard_signal(chat->scoreboard, user, CHAT_PUSH_SIGNAL);
}

void
chat_push_user(struct chat *chat, uint64_t user)
{
	struct news news = { .chat = chat, .id = user };
	struct wakeup *wakeup = wakeup_of(chat);

	if (wakeup != NULL)
		wakeup_notify(wakeup, concerns_user, &news);
}

void
chat_push_group(struct chat *chat, uint64_t group)
{
	struct news news = { .chat = chat, .id = group };
	struct wakeup *wakeup = wakeup_of(chat);

	if (wakeup != NULL)
		wakeup_notify(wakeup, concerns_group, &news);
}

static void
push_change(struct chat *chat, enum wakeup_topic topic, uint64_t group)
{
	struct news news = { .chat = chat, .id = group };
	struct wakeup *wakeup = wakeup_of(chat);

	if (wakeup == NULL)
		return;
	wakeup_change(wakeup, topic);
	wakeup_notify(wakeup, concerns_people, &news);
}

void
chat_push_rooms(struct chat *chat)
{
	push_change(chat, WAKEUP_ROOMS, 0);
}

void
chat_push_people(struct chat *chat, uint64_t group)
{
	push_change(chat, WAKEUP_PEOPLE, group);
}

static bool
concerns_everyone(void *arg, const struct wakeup_subscription *ear)
{
	(void)arg;
	(void)ear;
	return true;
}

void
chat_push_everyone(struct chat *chat)
{
	struct wakeup *wakeup = wakeup_of(chat);

	if (wakeup == NULL)
		return;
	wakeup_change(wakeup, WAKEUP_PEOPLE);
	wakeup_notify(wakeup, concerns_everyone, NULL);
	wakeup_notify_bridge(wakeup);
}

uint64_t
chat_push_changes(struct chat *chat, enum wakeup_topic topic)
{
	struct wakeup *wakeup = wakeup_of(chat);

	return wakeup == NULL ? 0 : wakeup_changes(wakeup, topic);
}
