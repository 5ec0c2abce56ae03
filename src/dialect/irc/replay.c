/* dialect_irc_replay: unread messages, conversation by conversation. */
#include "dialect/irc/replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "chat/history/list.h"
#include "chat/history/marker.h"
#include "chat/history/page.h"
#include "dialect/irc/marker.h"
#include "dialect/irc/message.h"
#include "dialect/irc/out.h"

#define REPLAY_MOST 1000  /* messages of all conversations together, and the rest of a page */
#define STAMP_MS    60000 /* an older message has its time in its text, if it has no tag for it */
#define STAMP_SIZE  32
#define ACTION      "\001ACTION " /* what CTCP begins a text with that /me has made */

struct replay {
	struct dialog *dialog;
	struct chat_item_reader reader;
	struct chat_place place;
	struct chat_page page;
	const struct chat_list_entry *entry;
	char name[IRC_NAME_SIZE];
	char batch[IRC_BATCH_SIZE]; /* "": none is open */
	size_t total;               /* messages that were shown, and of this conversation */
	size_t shown;
	uint64_t after; /* up to here the conversation is shown */
	bool more;      /* behind that there is more, which was there when the watch began */
};

/* Finds where the unread messages begin; with none `more` is false. */
static enum chat_result
find_unread(struct replay *replay)
{
	struct dialog *dialog = replay->dialog;
	struct chat_marker marker = { .unread = 0 };
	enum chat_result result = chat_place_find(&dialog->chat, dialog->session.user.id,
	    chat_text(replay->entry->with), &replay->place);

	if (result == CHAT_OK)
		result = chat_marker_find(&dialog->chat, &replay->place, &marker);
	replay->more = result == CHAT_OK && marker.unread != 0;
	replay->after = replay->more ? marker.unread - 1 : 0;
	return result;
}

/* Finds the next page of them; what has come since, the watch tells. */
static enum chat_result
find_page(struct replay *replay)
{
	const struct chat_page_wish wish = { .forward = true,
		.id = replay->after,
		.n = CHAT_PAGE_MOST };
	const uint64_t last = replay->dialog->irc->watch.last;
	struct chat_page *page = &replay->page;
	enum chat_result result = chat_page_find(&replay->reader, &replay->place, &wish, page);
	size_t kept = 0;

	if (result != CHAT_OK)
		return result;
	while (kept < page->n && page->ids[kept] <= last)
		kept++;
	replay->more = page->more && kept == page->n;
	page->n = kept;
	if (kept > 0)
		replay->after = page->ids[kept - 1];
	else if (page->next != 0)
		replay->after = page->next;
	else
		replay->more = false;
	return CHAT_OK;
}

/* Puts the time before a text, behind what makes it an action; NULL: it stays as it is. */
static char *
stamp_text(const struct dialog *dialog, struct chat_item *item)
{
	struct chat_text *text = &item->message.text;
	const size_t skip =
	    text->len > strlen(ACTION) && memcmp(text->data, ACTION, strlen(ACTION)) == 0
	    ? strlen(ACTION)
	    : 0;
	time_t s = (time_t)(item->time_ms / 1000);
	char stamp[STAMP_SIZE], *stamped;
	struct tm tm;
	size_t len;

	if (dialect_irc_has(dialog, IRC_CAP_SERVER_TIME) || item->message.file ||
	    item->message.kind >= CHAT_NOTICE || clock_now_ms() - item->time_ms < STAMP_MS ||
	    (skip == 0 && text->len > 0 && text->data[0] == '\001') || gmtime_r(&s, &tm) == NULL)
		return NULL;
	len = strftime(stamp, sizeof(stamp), "[%Y-%m-%d %H:%MZ] ", &tm);
	stamped = malloc(text->len + sizeof(stamp));
	if (stamped == NULL)
		return NULL;
	memcpy(stamped, text->data, skip);
	memcpy(stamped + skip, stamp, len);
	memcpy(stamped + skip + len, text->data + skip, text->len - skip);
	*text = (struct chat_text){ .data = stamped, .len = text->len + len };
	return stamped;
}

static void
show_message(struct replay *replay, struct chat_item *item)
{
	struct dialog *dialog = replay->dialog;
	char *stamped = stamp_text(dialog, item);

	if (replay->batch[0] == '\0' && dialect_irc_has(dialog, IRC_CAP_BATCH))
		dialect_irc_batch_begin(dialog, replay->batch, NULL, "chathistory %s",
		    replay->name);
	dialect_irc_message_write(dialog, item, replay->batch[0] == '\0' ? NULL : replay->batch);
	free(stamped);
	replay->shown++;
	replay->total++;
}

/*
 * What is left stays unread, and its marker where it is, whatever comes meanwhile. The number is
 * about right: in a long log of a group the user's own messages are counted, too.
 */
static void
leave_rest(struct replay *replay)
{
	const uint64_t unread = replay->entry->unread;
	struct dialog *dialog = replay->dialog;

	dialect_irc_marker_hold(dialog, replay->entry->with);
	dialect_irc_send(dialog, NULL,
	    ":%s NOTICE %s :%" PRIu64 " more unread messages of %s come when you connect again",
	    dialect_irc_server(dialog), dialog->irc->nick,
	    unread > replay->shown ? unread - replay->shown : 1, replay->name);
}

/* Own messages are no news, so they are not shown. */
static enum chat_result
show_page(struct replay *replay)
{
	struct chat_item item;
	enum chat_result result = find_page(replay);

	for (size_t i = 0; result == CHAT_OK && i < replay->page.n; i++) {
		enum chat_result read = chat_item_read(&replay->reader, replay->place.group,
		    replay->page.ids[i], &item);

		if (read == CHAT_FAILED)
			result = read;
		if (read == CHAT_OK && !item.own)
			show_message(replay, &item);
	}
	chat_page_free(&replay->page);
	return result;
}

/* The oldest first, so that what is left is what came last. */
static enum chat_result
show_conversation(struct replay *replay)
{
	enum chat_result result = find_unread(replay);

	replay->batch[0] = '\0';
	replay->shown = 0;
	dialect_irc_name(replay->name, replay->entry->with);
	while (result == CHAT_OK && replay->more && replay->total < REPLAY_MOST &&
	    !frame_failed(&replay->dialog->frame))
		result = show_page(replay);
	if (replay->batch[0] != '\0')
		dialect_irc_batch_end(replay->dialog, replay->batch);
	if (result == CHAT_OK && replay->shown > 0)
		dialect_irc_marker_touch(replay->dialog, replay->entry->with, replay->after);
	if (result == CHAT_OK && replay->more)
		leave_rest(replay);
	chat_place_free(&replay->place);
	return result;
}

/* The list has the newest conversation first; the oldest is shown first. */
static void
show_all(struct replay *replay, const struct chat_list *list)
{
	for (size_t i = list->n; i > 0 && !frame_failed(&replay->dialog->frame); i--) {
		replay->entry = &list->entries[i - 1];
		if (replay->entry->unread > 0 && show_conversation(replay) == CHAT_FAILED)
			log_warnx("unread messages cannot be shown");
	}
}

void
dialect_irc_replay(struct dialog *dialog)
{
	const struct chat_user *user = &dialog->session.user;
	struct replay replay = { .dialog = dialog };
	struct chat_list list;
	enum chat_result result;

	if (dialect_irc_has(dialog, IRC_CAP_CHATHISTORY))
		return;
	result = chat_list_make(&dialog->chat, user, &list);
	if (result == CHAT_OK)
		result = chat_item_begin(&replay.reader, &dialog->chat, user);
	if (result == CHAT_OK)
		show_all(&replay, &list);
	else
		log_warnx("unread messages cannot be found: %s", chat_strerror(result));
	chat_list_free(&list);
}
