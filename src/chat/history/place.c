/* chat_place: the logs of one conversation. */
#include "chat/history/place.h"

#include <stdlib.h>

#include "base/vector.h"
#include "chat/choice.h"
#include "chat/history/logs.h"
#include "chat/realm/log.h"
#include "chat/realm/remote_log.h"

static enum chat_result
add_log(struct chat_place *place, uint64_t log, bool own)
{
	struct chat_place_log *added;

	if (log == 0)
		return CHAT_OK;
	added = vector_add(&place->logs, &place->n, sizeof(*added));
	if (added == NULL)
		return CHAT_FAILED;
	*added = (struct chat_place_log){ .log = log, .own = own };
	return CHAT_OK;
}

static enum chat_result
find_group(struct chat *chat, struct chat_place *place)
{
	struct chat_group group;
	uint64_t peer, log;
	enum chat_result result = chat_group_get(chat, place->who.id, &group);

	place->group = place->who.id;
	if (result == CHAT_OK)
		result = chat_choice_since(chat, &group, place->reader, &place->since_ms);
	if (result == CHAT_OK)
		result = add_log(place, place->group, false);
	for (uint32_t i = 0; result == CHAT_OK; i++) {
		result = chat_remote_log_at(chat, place->group, i, &peer, &log);
		if (result == CHAT_OK)
			result = add_log(place, log, false);
	}
	return result == CHAT_NO_REALM ? CHAT_OK : result;
}

static enum chat_result
find_pair(struct chat *chat, struct chat_place *place)
{
	struct chat_history history;
	enum chat_result result;

	/* One of another realm with whom nobody here has spoken yet. */
	if (place->who.id == 0 && place->who.kind != CHAT_WHO_SERVER)
		return CHAT_OK;
	result = chat_history_get(chat, place->reader, place->who.id, &history);
	if (result == CHAT_OK)
		result = add_log(place, chat_history_to(&history, place->reader),
		    place->who.id == place->reader);
	if (result == CHAT_OK && place->who.id != place->reader)
		result = add_log(place, chat_history_from(&history, place->reader), true);
	return result == CHAT_NO_USER ? CHAT_OK : result;
}

enum chat_result
chat_place_find(struct chat *chat, uint64_t reader, struct chat_text who, struct chat_place *place)
{
	enum chat_result result;

	*place = (struct chat_place){ .reader = reader };
	if (!chat->config->history)
		return CHAT_HISTORY_OFF;
	result = chat_who_find(chat, who, &place->who);
	if (result != CHAT_OK)
		return result;
	return place->who.kind == CHAT_WHO_GROUP ? find_group(chat, place) : find_pair(chat, place);
}

void
chat_place_free(struct chat_place *place)
{
	free(place->logs);
	*place = (struct chat_place){ .n = 0 };
}

enum chat_result
chat_place_add_activity(struct chat *chat, struct chat_place *place)
{
	uint64_t log = 0;
	enum chat_result result = CHAT_OK;

	if (place->group != 0)
		result = chat_history_activity_of(chat, place->group, &log);
	return result == CHAT_OK ? add_log(place, log, true) : result;
}

static bool
is_not_older(const void *time_ms, const struct store_entry *entry)
{
	return entry->time_ms >= *(const int64_t *)time_ms;
}

enum chat_result
chat_place_at(struct chat *chat, const struct chat_place *place, int64_t time_ms, uint64_t *id)
{
	enum chat_result result = CHAT_OK;
	struct store_entry entry;
	uint64_t number;

	*id = UINT64_MAX;
	for (size_t i = 0; result == CHAT_OK && i < place->n; i++) {
		const uint64_t log = place->logs[i].log;
		enum store_status status = STORE_ABSENT;

		result = chat_log_search(chat, log, is_not_older, &time_ms, &number);
		if (result == CHAT_OK)
			status = chat_log_entry(chat, log, number, &entry);
		if (status == STORE_FAILED)
			result = CHAT_FAILED;
		if (status == STORE_OK && entry.seq < *id)
			*id = entry.seq;
	}
	return result;
}
