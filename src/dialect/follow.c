/*
 * dialect_follow: each new message as it comes. The cursor moves as with an inbox, when the client
 * has what it was sent; until then it is sent nothing more, so that nothing is sent twice over a
 * connection that holds.
 */
#include "dialect/follow.h"

#include "dialect/code.h"
#include "dialect/inbox.h"
#include "dialect/watch.h"

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
		json_out_pair(&json, "event", "lost");
		json_out_key(&json, "count");
		json_out_int(&json, (int64_t)inbox.lost);
		dialect_line_end(dialog, &json);
	}
	for (size_t i = 0; i < inbox.n_items; i++)
		dialect_inbox_event(dialog, dialog->follow.line, &inbox, &inbox.items[i]);
	chat_inbox_await(&dialog->pending, user, &inbox);
	chat_inbox_free(&inbox);
}

/* False: the session has ended. The client is told that instead of messages. */
static bool
may_follow(struct dialog *dialog)
{
	struct chat_text token = chat_text(dialog->follow.session.token);
	struct chat_session session;

	if (chat_session_find(&dialog->chat, token, &session) != CHAT_NO_SESSION)
		return true;
	dialect_follow_end(dialog);
	dialect_line_error(dialog, false, dialog->follow.line->texts->results[CHAT_NO_SESSION],
	    dialect_code(CHAT_NO_SESSION));
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
	dialog->news_wait = chat_inbox_is_pending(&dialog->pending) ||
	    !dialect_may_show(dialog, dialog->follow.session.user.id, false);
	if (dialog->news_wait)
		return;
	send_events(dialog);
}

enum chat_result
dialect_follow_begin(struct dialog *dialog, struct line_request *request)
{
	dialect_watch_end(dialog);
	dialog->follow.session = request->session;
	dialog->follow.line = request->line;
	dialog->following = true;
	dialect_subscribe(dialog);
	dialog->following = dialog->wakeup_fd >= 0;
	if (!dialog->following)
		return CHAT_FAILED;
	dialect_line_result(dialog, request, CHAT_OK);
	dialect_follow_wake(dialog);
	return LINE_REPLIED;
}

void
dialect_follow_end(struct dialog *dialog)
{
	if (!dialog->following)
		return;
	dialog->following = false;
	dialog->news_wait = false;
	dialect_subscribe(dialog);
	/* While following, changes to rooms and people were not told. */
	dialog->wake_ms = 1;
}
