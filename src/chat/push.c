/*
 * chat_push: telling those who are online and concerned that there is news. To be called when
 * the news is durable.
 */
#include "chat/push.h"

#include "base/log.h"
#include "chat/group.h"
#include "chat/member.h"

struct news {
	struct chat *chat;
	uint64_t id;
};

static struct bell *
bell_of(struct chat *chat)
{
	if (chat->bell == NULL)
		chat->bell = bell_open(chat->config->state);
	if (chat->bell == NULL)
		log_warn("cannot ring bells");
	return chat->bell;
}

int
chat_push_listen(struct chat *chat, const struct bell_ear *ear)
{
	struct bell *bell = bell_of(chat);
	int slot = board_slot(chat->board), fd;

	if (bell == NULL || slot < 0)
		return -1;
	fd = bell_listen(bell, (unsigned int)slot, ear);
	if (fd < 0)
		log_warn("cannot listen for news");
	return fd;
}

int
chat_push_await(struct chat *chat)
{
	struct bell *bell = bell_of(chat);
	int slot = board_slot(chat->board), fd;

	if (bell == NULL || slot < 0)
		return -1;
	fd = bell_await(bell, (unsigned int)slot);
	if (fd < 0)
		log_warn("cannot wait for the bridge");
	return fd;
}

static bool
concerns_user(void *arg, const struct bell_ear *ear)
{
	const struct news *news = arg;

	return ear->kind != BELL_DEAF && ear->user == news->id;
}

static bool
concerns_group(void *arg, const struct bell_ear *ear)
{
	const struct news *news = arg;

	if (ear->kind == BELL_ROOM || ear->kind == BELL_BUSY)
		return ear->room == news->id;
	return chat_member_find(news->chat, news->id, ear->user) == CHAT_OK;
}

static bool
concerns_people(void *arg, const struct bell_ear *ear)
{
	const struct news *news = arg;

	return ear->kind == BELL_ROOM && (news->id == 0 || ear->room == news->id);
}

void
chat_push_bridge(struct chat *chat)
{
	struct bell *bell = bell_of(chat);

	if (bell != NULL)
		bell_ring_bridge(bell);
}

/* Not by the bell: most who are logged in have none, and need not pay for one. */
void
chat_push_session(struct chat *chat, uint64_t user)
{
	if (chat->board != NULL)
		board_signal(chat->board, user, CHAT_PUSH_SIGNAL);
}

void
chat_push_user(struct chat *chat, uint64_t user)
{
	struct news news = { .chat = chat, .id = user };
	struct bell *bell = bell_of(chat);

	if (bell != NULL)
		bell_ring(bell, concerns_user, &news);
}

void
chat_push_group(struct chat *chat, uint64_t group)
{
	struct news news = { .chat = chat, .id = group };
	struct bell *bell = bell_of(chat);

	if (bell != NULL)
		bell_ring(bell, concerns_group, &news);
}

static void
push_change(struct chat *chat, enum bell_topic topic, uint64_t group)
{
	struct news news = { .chat = chat, .id = group };
	struct bell *bell = bell_of(chat);

	if (bell == NULL)
		return;
	bell_change(bell, topic);
	bell_ring(bell, concerns_people, &news);
}

void
chat_push_rooms(struct chat *chat)
{
	push_change(chat, BELL_ROOMS, 0);
}

void
chat_push_people(struct chat *chat, uint64_t group)
{
	push_change(chat, BELL_PEOPLE, group);
}

static bool
concerns_everyone(void *arg, const struct bell_ear *ear)
{
	(void)arg;
	(void)ear;
	return true;
}

void
chat_push_everyone(struct chat *chat)
{
	struct bell *bell = bell_of(chat);

	if (bell == NULL)
		return;
	bell_change(bell, BELL_PEOPLE);
	bell_ring(bell, concerns_everyone, NULL);
	bell_ring_bridge(bell);
}

uint64_t
chat_push_changes(struct chat *chat, enum bell_topic topic)
{
	struct bell *bell = bell_of(chat);

	return bell == NULL ? 0 : bell_changes(bell, topic);
}
