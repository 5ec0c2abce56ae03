/*
 * dialect_watch: events go out between replies, a few at a time, so that requests are served in
 * between. Nothing is remembered but how far the logs were read: while the client does not read,
 * the frame waits, and nothing more is looked at.
 */
#include "dialect/watch.h"

#include "base/log.h"
#include "dialect/code.h"
#include "dialect/history.h"
#include "dialect/item.h"

#define EVENTS_AT_ONCE 256

static void
begin_event(struct dialog *dialog, struct json_out *json, const char *event)
{
	json_out_init(json, frame_sink, &dialog->frame);
	json_out_object_begin(json);
	json_out_pair(json, "event", event);
}

static void
end_event(struct dialog *dialog, struct json_out *json)
{
	json_out_object_end(json);
	frame_end_reply(&dialog->frame);
}

static void
tell_message(struct dialog *dialog, struct json_out *json, const struct chat_item *item)
{
	begin_event(dialog, json, "message");
	json_out_pair(json, "with", item->with);
	dialect_item_members(json, item);
	/* One with whom the user talks from now on; without memory the next look finds it. */
	if (item->partner != 0 && item->partner != dialog->watch.session.user.id)
		(void)chat_presence_add(&dialog->watch.presence, item->partner);
}

static void
put_text(struct json_out *json, const char *key, const char *text)
{
	if (text[0] != '\0')
		json_out_pair(json, key, text);
}

static void
tell_member(struct dialog *dialog, struct json_out *json, const struct chat_watch_event *event)
{
	begin_event(dialog, json, "member");
	json_out_pair(json, "group", event->with);
	json_out_pair(json, "user", event->activity.name);
	json_out_key(json, "joined");
	json_out_bool(json, event->activity.kind == CHAT_ACTIVITY_JOIN);
	put_text(json, "by", event->activity.by);
	put_text(json, "reason", event->activity.text);
}

static void
tell_group(struct dialog *dialog, struct json_out *json, const struct chat_watch_event *event)
{
	static const char *const what[] = {
		[CHAT_ACTIVITY_TOPIC] = "topic",
		[CHAT_ACTIVITY_CHOICE] = "choice",
		[CHAT_ACTIVITY_ROLE] = "role",
		[CHAT_ACTIVITY_RENAME] = "rename",
	};
	const struct chat_activity *activity = &event->activity;

	begin_event(dialog, json, "group");
	json_out_pair(json, "group", event->with);
	json_out_pair(json, "what", what[activity->kind]);
	if (activity->kind == CHAT_ACTIVITY_CHOICE)
		json_out_pair(json, "choice", activity->name);
	else if (activity->kind != CHAT_ACTIVITY_TOPIC)
		json_out_pair(json, "user", activity->name);
	put_text(json, "by", activity->by);
	json_out_pair(json, "text", activity->text);
}

static void
tell_event(void *arg, const struct chat_watch_event *event)
{
	struct dialog *dialog = arg;
	struct json_out json;

	switch (event->kind) {
	case CHAT_WATCH_MESSAGE:
		tell_message(dialog, &json, &event->item);
		break;
	case CHAT_WATCH_MEMBER:
		tell_member(dialog, &json, event);
		break;
	case CHAT_WATCH_GROUP:
		tell_group(dialog, &json, event);
		break;
	case CHAT_WATCH_READ:
	case CHAT_WATCH_DELIVERY:
		begin_event(dialog, &json, event->kind == CHAT_WATCH_READ ? "read" : "delivery");
		json_out_pair(&json, "with", event->with);
		json_out_pair_int(&json, "id", (int64_t)event->activity.id);
		if (event->kind == CHAT_WATCH_DELIVERY)
			dialect_item_delivery(&json,
			    event->activity.kind == CHAT_ACTIVITY_REFUSED ? CHAT_ITEM_REFUSED
			                                                  : CHAT_ITEM_DELIVERED,
			    event->activity.reason);
		break;
	}
	end_event(dialog, &json);
}

static void
tell_presence(void *arg, uint64_t id, bool online)
{
	struct dialog *dialog = arg;
	struct chat_user user;
	struct json_out json;

	if (chat_user_get(&dialog->chat, id, &user) != CHAT_OK)
		return;
	begin_event(dialog, &json, "presence");
	json_out_pair(&json, "user", user.name);
	json_out_key(&json, "online");
	json_out_bool(&json, online);
	end_event(dialog, &json);
}

/* False: the session has ended. The client is told that instead of events. */
static bool
may_watch(struct dialog *dialog)
{
	struct chat_session session;
	struct json_out json;

	if (chat_session_find(&dialog->chat, chat_text(dialog->watch.session.token), &session) !=
	    CHAT_NO_SESSION)
		return true;
	begin_event(dialog, &json, "end");
	json_out_pair(&json, "message", dialog->watch.line->texts->results[CHAT_NO_SESSION]);
	json_out_pair(&json, "code", dialect_code(CHAT_NO_SESSION));
	end_event(dialog, &json);
	dialect_watch_end(dialog);
	return false;
}

/* Wakes up at that time of the monotonic clock at the latest; 0: only with news. */
static void
wake_at(struct dialog *dialog, int64_t ms)
{
	if (ms != 0 && (dialog->wake_ms == 0 || ms < dialog->wake_ms))
		dialog->wake_ms = ms;
}

/* During the pause between two looks, those who come and go wake nobody. */
static void
look_at_presence(struct dialog *dialog)
{
	bool was_paused;
	int64_t due;

	do {
		was_paused = dialog->watch.presence.due_ms != 0;
		due = chat_presence_look(&dialog->chat, &dialog->watch.presence, tell_presence,
		    dialog);
		if (was_paused != (due != 0))
			dialect_subscribe(dialog);
		/* Somebody may have come just before it was subscribed again. */
	} while (was_paused && due == 0);
	wake_at(dialog, due);
}

void
dialect_watch_wake(struct dialog *dialog)
{
	enum chat_result result;

	if (!dialog->watch.on)
		return;
	store_refresh(dialog->chat.store);
	if (!may_watch(dialog))
		return;
	result = chat_watch_read(&dialog->chat, &dialog->watch.logs, &dialog->watch.session.user,
	    EVENTS_AT_ONCE, tell_event, dialog);
	if (result == CHAT_TOO_MANY)
		wake_at(dialog, 1);
	else if (result != CHAT_OK)
		log_warnx("conversations cannot be watched: %s", chat_strerror(result));
	look_at_presence(dialog);
}

/* The user need not be the connection's: the token may be another's. */
static enum chat_result
begin(struct dialog *dialog, const struct line_request *request, uint64_t after)
{
	enum chat_result result = chat_watch_begin(&dialog->chat, &dialog->watch.logs, after);

	dialog->watch.session = request->session;
	dialog->watch.line = request->line;
	if (result == CHAT_OK)
		result = chat_presence_begin(&dialog->chat, &dialog->watch.presence,
		    request->session.user.id);
	if (result != CHAT_OK)
		return result;
	dialog->watch.on = true;
	dialect_subscribe(dialog);
	return dialog->wakeup_fd >= 0 ? CHAT_OK : CHAT_FAILED;
}

enum chat_result
dialect_watch_begin(struct dialog *dialog, struct line_request *request)
{
	uint64_t after = UINT64_MAX;
	enum chat_result result;

	if (request->n_words == 1 ||
	    (request->n_words == 2 &&
	        (!chat_text_is(request->words[0], "after") ||
	            !dialect_history_id(request->words[1], &after))))
		return CHAT_BAD_ARGUMENT;
	dialect_watch_end(dialog);
	result = begin(dialog, request, after);
	if (result != CHAT_OK) {
		dialog->watch.on = true;
		dialect_watch_end(dialog);
		return result;
	}
	dialect_line_result(dialog, request, CHAT_OK);
	dialect_watch_wake(dialog);
	return LINE_REPLIED;
}

void
dialect_watch_end(struct dialog *dialog)
{
	if (!dialog->watch.on)
		return;
	dialog->watch.on = false;
	chat_watch_end(&dialog->watch.logs);
	chat_presence_free(&dialog->watch.presence);
	if (dialog->chat_open)
		dialect_subscribe(dialog);
}
