/* chat_room: counts the unread messages of a user's conversations, and remembers a few floors. */
#include "chat/history/room.h"

#include "base/clock.h"
#include "chat/history/logs.h"
#include "chat/history/who.h"

#define LOOKS    1024 /* conversations; who has more is not helped */
#define EACH_MS  1000
#define TOO_MANY UINT64_MAX

static struct chat_room *
place_of(struct chat *chat, uint64_t user)
{
	return &chat->rooms[user % CHAT_ROOMS];
}

/* Whether messages of a partner stand in the own log. What is gone has stood there, maybe. */
static bool
is_of_here(struct chat *chat, uint64_t partner)
{
	struct chat_who who;

	return chat_who_of(chat, partner, &who) != CHAT_OK || who.kind == CHAT_WHO_USER ||
	    who.kind == CHAT_WHO_SERVER;
}

/* Adds what is unread of one conversation. */
static enum chat_result
add_unread(struct chat *chat, uint64_t user, uint64_t partner, uint64_t *unread)
{
	struct chat_history history;
	struct store_log_info info;
	uint64_t log, cursor;
	enum chat_result result = chat_history_get(chat, user, partner, &history);

	if (result != CHAT_OK)
		return result == CHAT_NO_USER ? CHAT_OK : result;
	log = chat_history_to(&history, user);
	if (log == 0)
		return CHAT_OK;
	result = chat_cursor(chat, user, log, &cursor);
	if (result != CHAT_OK || store_log_info(chat->store, log, &info) != STORE_OK)
		return CHAT_FAILED;
	if (cursor < info.first - 1)
		cursor = info.first - 1;
	if (info.last > cursor && is_of_here(chat, partner))
		*unread += info.last - cursor;
	return CHAT_OK;
}

/* Ends as soon as there are too many; also where nobody has a conversation, as in a group. */
static enum chat_result
count_unread(struct chat *chat, uint64_t user, uint64_t *unread)
{
	enum chat_result result = CHAT_OK;
	uint64_t partner;
	uint32_t i, at = 0;

	*unread = 0;
	for (i = 0; result == CHAT_OK; i++) {
		result = chat_history_next(chat, user, &at, &partner);
		if (result == CHAT_OK && i == LOOKS)
			break;
		if (result == CHAT_OK)
			result = add_unread(chat, user, partner, unread);
		if (*unread >= (uint64_t)chat->config->inbox_max)
			break;
	}
	if (result == CHAT_OK || i <= 1)
		*unread = TOO_MANY;
	return result == CHAT_NO_USER ? CHAT_OK : result;
}

void
chat_room_raise(const struct chat *chat, uint64_t user, uint64_t *floor)
{
	const struct chat_room *room = &chat->rooms[user % CHAT_ROOMS];

	if (room->user == user && room->floor > *floor)
		*floor = room->floor;
}

bool
chat_room_find(struct chat *chat, uint64_t user)
{
	struct chat_room *room = place_of(chat, user);
	int64_t now = clock_monotonic_ms();
	struct store_log_info info;
	uint64_t unread;

	if (!chat->config->history || (room->user == user && now < room->until_ms))
		return false;
	*room = (struct chat_room){ .user = user, .until_ms = now + EACH_MS };
	/* The end first: what comes while it is counted is behind the floor. */
	if (store_log_info(chat->store, user, &info) != STORE_OK ||
	    count_unread(chat, user, &unread) != CHAT_OK || unread >= info.last)
		return false;
	room->floor = info.last - unread;
	return unread < (uint64_t)chat->config->inbox_max;
}
