/*
 * chat_watch: the user's own log and log of activity, the logs of the user's groups with theirs,
 * and the remote logs of all of them, merged. An entry that stands in several of them is visited
 * once, for it has one seq. A log that is found later, as that of a group that the user joins, is
 * read from where the others are.
 */
#include "chat/history/watch.h"

#include <bsd/string.h>
#include <stdlib.h>

#include "base/vector.h"
#include "chat/choice.h"
#include "chat/history/logs.h"
#include "chat/member.h"
#include "chat/merge.h"
#include "chat/realm/log.h"
#include "chat/realm/remote_log.h"

#define LEAVING_SCAN 64 /* entries of a log among which the leaving is looked for */

struct look {
	struct chat *chat;
	struct chat_watch *watch;
	const struct chat_user *user;
	struct chat_remote_log_hint hint;
	struct chat_item_reader reader;
	size_t next; /* where the log that is looked for was found the last time, most likely */
	chat_watch_visit *visit;
	void *arg;
	size_t left; /* events */
};

enum chat_result
chat_watch_begin(struct chat *chat, struct chat_watch *watch, uint64_t after)
{
	uint64_t next;

	*watch = (struct chat_watch){ .last = 0 };
	if (!chat->config->history)
		return CHAT_HISTORY_OFF;
	if (store_next_seq(chat->store, &next) != STORE_OK)
		return CHAT_FAILED;
	watch->last = after < next - 1 ? after : next - 1;
	return CHAT_OK;
}

void
chat_watch_end(struct chat_watch *watch)
{
	free(watch->logs);
	*watch = (struct chat_watch){ .last = 0 };
}

static struct chat_watch_log *
find_log(struct look *look, uint64_t log)
{
	struct chat_watch *watch = look->watch;

	for (size_t i = 0; i < watch->n; i++) {
		struct chat_watch_log *at = &watch->logs[(look->next + i) % watch->n];

		if (at->log != log)
			continue;
		look->next += i + 1;
		return at;
	}
	return NULL;
}

/* A log that is to be watched. There are as many as the user's memberships make. */
static enum chat_result
want_log(struct look *look, uint64_t log, uint64_t group, bool activity, int64_t since_ms)
{
	struct chat_watch *watch = look->watch;
	struct chat_watch_log *at = log == 0 ? NULL : find_log(look, log);
	uint64_t number;

	if (at != NULL) {
		at->stays = true;
		at->since_ms = since_ms;
	}
	if (log == 0 || at != NULL)
		return CHAT_OK;
	if (store_log_find(look->chat->store, log, watch->last, &number) != STORE_OK)
		return CHAT_FAILED;
	at = vector_add(&watch->logs, &watch->n, sizeof(*at));
	if (at == NULL)
		return CHAT_FAILED;
	*at = (struct chat_watch_log){ .log = log,
		.number = number,
		.group = group,
		.activity = activity,
		.since_ms = since_ms,
		.stays = true };
	return CHAT_OK;
}

/* The logs of a user or group: its own, the remote ones, and that of activity. */
static enum chat_result
want_logs(struct look *look, uint64_t owner, uint64_t group, int64_t since_ms)
{
	bool likely = chat_remote_log_likely(&look->hint, owner);
	uint64_t peer, log, activity = 0;
	enum chat_result result = want_log(look, owner, group, false, since_ms);

	for (uint32_t i = 0; likely && result == CHAT_OK; i++) {
		result = chat_remote_log_at(look->chat, owner, i, &peer, &log);
		if (result == CHAT_OK)
			result = want_log(look, log, group, false, since_ms);
	}
	if (result == CHAT_OK || result == CHAT_NO_REALM)
		result = chat_history_activity_of(look->chat, owner, &activity);
	return result == CHAT_OK ? want_log(look, activity, group, true, since_ms) : result;
}

static enum chat_result
want_group(struct look *look, uint64_t id)
{
	struct chat_group group;
	int64_t since_ms;
	enum chat_result result = chat_group_get(look->chat, id, &group);

	if (result == CHAT_OK)
		result = chat_choice_since(look->chat, &group, look->user->id, &since_ms);
	if (result == CHAT_OK)
		result = want_logs(look, id, id, since_ms);
	/* It was removed, or left, at this moment. */
	return result == CHAT_NO_GROUP || result == CHAT_NOT_MEMBER ? CHAT_OK : result;
}

/* What the group's log says of the user's leaving, which comes a moment after it. */
static void
find_leaving(struct look *look, uint64_t group, struct chat_watch_event *event)
{
	struct chat_activity activity;
	struct store_entry entry;
	struct store_log_info info;
	uint64_t log;

	if (chat_history_activity_of(look->chat, group, &log) != CHAT_OK || log == 0 ||
	    store_log_info(look->chat->store, log, &info) != STORE_OK)
		return;
	for (uint64_t i = 0, n = info.last; i < LEAVING_SCAN && n >= info.first && n > 0;
	     i++, n--) {
		if (chat_log_entry(look->chat, log, n, &entry) != STORE_OK ||
		    entry.seq <= look->watch->last)
			return;
		if (chat_activity_read(&activity, entry.data, entry.len) != 0 ||
		    chat_activity_class(activity.kind) != CHAT_ACTIVITY_OF_MEMBER ||
		    activity.kind == CHAT_ACTIVITY_JOIN || activity.with != look->user->id)
			continue;
		event->activity = activity;
		event->seq = entry.seq;
		event->time_ms = entry.time_ms;
		return;
	}
}

/* The user has left a group, whose own log of this is not watched any more. */
static void
tell_left(struct look *look, uint64_t group)
{
	struct chat_watch_event event = { .kind = CHAT_WATCH_MEMBER,
		.activity = { .kind = CHAT_ACTIVITY_LEAVE, .with = look->user->id } };
	struct chat_who who;

	if (chat_who_of(look->chat, group, &who) != CHAT_OK)
		return;
	chat_who_text(&who, event.with);
	strlcpy(event.activity.name, look->user->name, sizeof(event.activity.name));
	find_leaving(look, group, &event);
	look->visit(look->arg, &event);
}

static void
drop_logs(struct look *look)
{
	struct chat_watch *watch = look->watch;
	size_t kept = 0;

	for (size_t i = 0; i < watch->n; i++) {
		struct chat_watch_log *at = &watch->logs[i];

		if (at->stays)
			watch->logs[kept++] = *at;
		else if (at->group == at->log)
			tell_left(look, at->group);
	}
	watch->n = kept;
}

static enum chat_result
find_logs(struct look *look)
{
	uint64_t group;
	enum chat_result result = chat_remote_log_hint(look->chat, &look->hint);

	for (size_t i = 0; i < look->watch->n; i++)
		look->watch->logs[i].stays = false;
	if (result == CHAT_OK)
		result = want_logs(look, look->user->id, 0, 0);
	for (uint32_t i = 0; result == CHAT_OK; i++) {
		result = chat_member_group(look->chat, look->user->id, i, &group);
		if (result == CHAT_OK)
			result = want_group(look, group);
	}
	if (result != CHAT_NOT_MEMBER)
		return result;
	drop_logs(look);
	return CHAT_OK;
}

static enum chat_watch_kind
kind_of(enum chat_activity_kind kind)
{
	switch (chat_activity_class(kind)) {
	case CHAT_ACTIVITY_OF_MEMBER:
		return CHAT_WATCH_MEMBER;
	case CHAT_ACTIVITY_OF_GROUP:
		return CHAT_WATCH_GROUP;
	default:
		return kind == CHAT_ACTIVITY_READ ? CHAT_WATCH_READ : CHAT_WATCH_DELIVERY;
	}
}

/* CHAT_NO_USER: it is none, or the one whom it names is gone. */
static enum chat_result
read_activity(struct look *look, const struct chat_watch_log *log, uint64_t seq,
    struct chat_watch_event *event)
{
	struct store_entry entry;
	struct chat_who who;
	enum store_status status = store_entry(look->chat->store, seq, &entry);
	enum chat_result result;

	if (status != STORE_OK)
		return status == STORE_ABSENT ? CHAT_NO_USER : CHAT_FAILED;
	if (chat_activity_read(&event->activity, entry.data, entry.len) != 0)
		return CHAT_NO_USER;
	event->kind = kind_of(event->activity.kind);
	event->seq = entry.seq;
	event->time_ms = entry.time_ms;
	const bool of_group = event->kind == CHAT_WATCH_MEMBER || event->kind == CHAT_WATCH_GROUP;
	/* Before the user joined, a group's affairs were none of the user's. */
	if (of_group && log->since_ms > entry.time_ms &&
	    (event->kind == CHAT_WATCH_GROUP || !name_same(event->activity.name, look->user->name)))
		return CHAT_NO_USER;
	/* Of a member or group it names the one whom it concerns. */
	result = chat_who_of(look->chat, of_group ? log->group : event->activity.with, &who);
	if (result == CHAT_OK)
		chat_who_text(&who, event->with);
	return result;
}

static enum chat_result
read_event(struct look *look, const struct chat_watch_log *log, uint64_t seq,
    struct chat_watch_event *event)
{
	enum chat_result result = chat_item_read(&look->reader, log->group, seq, &event->item);

	event->kind = CHAT_WATCH_MESSAGE;
	if (result == CHAT_OK && event->item.time_ms < log->since_ms)
		return CHAT_NO_USER;
	return result == CHAT_NO_USER && log->activity ? read_activity(look, log, seq, event)
	                                               : result;
}

/* What is passed over counts as well, so that a look costs no more. */
static enum chat_result
read_events(struct look *look, struct chat_merge *merge, uint64_t end)
{
	struct chat_watch *watch = look->watch;
	struct chat_watch_event event;
	enum store_status status;
	uint64_t number, seq;
	size_t at;

	while ((status = chat_merge_peek(merge, &at, &number, &seq)) == STORE_OK && seq < end) {
		enum chat_result result = CHAT_NO_USER;

		if (look->left == 0)
			return CHAT_TOO_MANY;
		if (seq > watch->last) {
			look->left--;
			result = read_event(look, &watch->logs[at], seq, &event);
		}
		if (result == CHAT_FAILED)
			return result;
		if (result == CHAT_OK)
			look->visit(look->arg, &event);
		watch->last = seq;
		watch->logs[at].number = number;
		chat_merge_skip(merge);
	}
	if (status == STORE_FAILED)
		return CHAT_FAILED;
	watch->last = end - 1 > watch->last ? end - 1 : watch->last;
	return CHAT_OK;
}

static enum chat_result
read_logs(struct look *look, uint64_t end)
{
	struct chat_watch *watch = look->watch;
	struct chat_merge merge;
	enum chat_result result = chat_merge_init(&merge, watch->n);

	for (size_t i = 0; result == CHAT_OK && i < watch->n; i++)
		result =
		    chat_merge_add(&merge, look->chat, watch->logs[i].log, watch->logs[i].number);
	if (result == CHAT_OK)
		result = read_events(look, &merge, end);
	chat_merge_free(&merge);
	return result;
}

/*
 * The end is asked for before the logs are: a log that is found too late has nothing before it.
 */
enum chat_result
chat_watch_read(struct chat *chat, struct chat_watch *watch, const struct chat_user *user,
    size_t most, chat_watch_visit *visit, void *arg)
{
	struct look look = { .chat = chat,
		.watch = watch,
		.user = user,
		.visit = visit,
		.arg = arg,
		.left = most };
	uint64_t end;
	enum chat_result result;

	if (store_next_seq(chat->store, &end) != STORE_OK)
		return CHAT_FAILED;
	result = find_logs(&look);
	if (result == CHAT_OK)
		result = chat_item_begin(&look.reader, chat, user);
	return result == CHAT_OK ? read_logs(&look, end) : result;
}
