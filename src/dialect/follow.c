/*
 * dialect_follow: a connection of a line dialect that is sent each new message as it comes. The
 * cursor moves as with an inbox, when the client has what it was sent; until then it is sent
 * nothing more, so that nothing is sent twice over a connection that holds.
 */
#include "dialect/follow.h"

#include "chat/push.h"
#include "dialect/info.h"

static void
send_events(struct dialog *dialog)
{
	uint64_t user = dialog->follow.session.user.id;
	struct chat_inbox inbox;
	struct json_out json;

	if (chat_inbox_look(&dialog->chat, user, CHAT_INBOX_ALL, &inbox) != CHAT_OK)
		chat_inbox_free(&inbox);
	if (inbox.lost > 0) {
		dialect_line_begin(dialog, &json, "OK");
		json_out_key(&json, "event");
		json_out_cstring(&json, "lost");
		json_out_key(&json, "count");
		json_out_int(&json, (int64_t)inbox.lost);
		dialect_line_end(dialog, &json);
	}
	for (size_t i = 0; i < inbox.n_items; i++)
		dialect_info_event(dialog, dialog->follow.line, &inbox, &inbox.items[i]);
	chat_inbox_mark(&dialog->mark, user, &inbox);
	chat_inbox_free(&inbox);
}

/* Whose session has ended hears that in the place of messages, and no more of these. */
static bool
may_follow(struct dialog *dialog)
{
	struct line_request request = { .line = dialog->follow.line };
	struct chat_text token = chat_text(dialog->follow.session.token);
	enum chat_result result = chat_session_find(&dialog->chat, token, &request.session);

	if (result != CHAT_NO_SESSION)
		return true;
	dialect_follow_end(dialog);
	dialect_line_result(dialog, &request, LINE_FOLLOW, result);
	return false;
}

void
dialect_follow_wake(struct dialog *dialog)
{
	if (!dialog->following)
		return;
	store_refresh(dialog->chat.store);
	if (!may_follow(dialog))
		return;
	/* Where delivery cannot be told, what was flushed must count as delivered. */
	dialect_delivered(dialog, !frame_tells_delivered(&dialog->frame));
	dialog->news_wait = chat_inbox_marked(&dialog->mark) ||
	    !dialect_may_show(dialog, dialog->follow.session.user.id, false);
	if (dialog->news_wait)
		return;
	send_events(dialog);
}

void
dialect_follow_begin(struct dialog *dialog, const struct line_request *request)
{
	struct wakeup_subscription ear = { .kind = WAKEUP_FOLLOW,
		.user = request->session.user.id };

	dialog->wakeup_fd = chat_push_listen(&dialog->chat, &ear);
	if (dialog->wakeup_fd < 0) {
		dialect_line_result(dialog, request, LINE_FOLLOW, CHAT_FAILED);
		return;
	}
	dialog->follow.session = request->session;
	dialog->follow.line = request->line;
	dialog->following = true;
	dialect_line_result(dialog, request, LINE_FOLLOW, CHAT_OK);
	dialect_follow_wake(dialog);
}

void
dialect_follow_end(struct dialog *dialog)
{
	if (!dialog->following)
		return;
	dialog->following = false;
	dialog->news_wait = false;
	dialect_room_listen(dialog);
	/* A follower is not told of changes to rooms and people. */
	dialog->wake_ms = 1;
}
