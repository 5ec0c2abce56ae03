/* dialect_irc_marker: read markers, as times to clients that know them. */
#include "dialect/irc/marker.h"

#include <bsd/string.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/vector.h"
#include "chat/history/marker.h"
#include "dialect/irc/out.h"
#include "dialect/irc/reference.h"

#define TOUCHED_MOST 1024  /* conversations; messages of others come once more */
#define SETTLE_MS    5000  /* after the last message that the client was sent */
#define SETTLE_BY_MS 60000 /* but not longer after the first */
#define WAITS_MOST   5     /* how often that doubles while the client's kernel does not answer */

static void
fail(struct dialog *dialog, const struct irc_line *line, const char *code, const char *text)
{
	char target[IRC_NAME_SIZE] = "";

	if (line->n > 1)
		(void)dialect_copy(target, sizeof(target), line->params[0]);
	dialect_irc_standard(dialog, "FAIL", "MARKREAD", code, target, text);
}

static enum chat_result
find_place(struct dialog *dialog, struct chat_text target, struct chat_place *place)
{
	char who[CHAT_WHO_TEXT];

	*place = (struct chat_place){ .n = 0 };
	if (!dialect_irc_who(who, target))
		return CHAT_NO_USER;
	return chat_place_find(&dialog->chat, dialog->session.user.id, chat_text(who), place);
}

/* A conversation that is none, or of which nothing is read, has the marker *. */
static void
write_marker(struct dialog *dialog, struct chat_text target, int64_t time_ms)
{
	char time[CLOCK_TEXT_SIZE];

	clock_iso_ms(time_ms, time);
	dialect_irc_send(dialog, NULL, ":%s MARKREAD %.*s %s%s", dialect_irc_server(dialog),
	    (int)target.len, target.data,
	    time_ms == 0 ? "*" : "timestamp=", time_ms == 0 ? "" : time);
}

static enum chat_result
move_marker(struct dialog *dialog, const struct chat_place *place, int64_t time_ms)
{
	struct irc_touched *told = &dialog->irc->told;

	chat_who_text(&place->who, told->with);
	return chat_marker_move_to(&dialog->chat, place, time_ms, &told->id);
}

void
dialect_irc_markread(struct dialog *dialog, const struct irc_line *line)
{
	struct irc_reference reference = { .id = 0 };
	struct chat_marker marker = { .time_ms = 0 };
	struct chat_place place;
	enum chat_result result;

	if (line->n == 0) {
		fail(dialog, line, "NEED_MORE_PARAMS", "Missing parameters");
		return;
	}
	if (line->n > 1 &&
	    (!dialect_irc_reference_read(line->params[1], &reference) || !reference.by_time)) {
		fail(dialog, line, "INVALID_PARAMS", "Invalid timestamp");
		return;
	}
	result = find_place(dialog, line->params[0], &place);
	if (line->n > 1 && result != CHAT_OK && result != CHAT_FAILED) {
		fail(dialog, line, "INVALID_PARAMS", "Invalid target");
		return;
	}
	if (result == CHAT_OK && line->n > 1)
		result = move_marker(dialog, &place, reference.time_ms);
	if (result == CHAT_OK)
		result = chat_marker_find(&dialog->chat, &place, &marker);
	chat_place_free(&place);
	if (result == CHAT_OK || line->n == 1)
		write_marker(dialog, line->params[0], marker.time_ms);
	else
		fail(dialog, line, "INTERNAL_ERROR", "The server failed: try again later");
}

void
dialect_irc_marker_show(struct dialog *dialog, const char *target)
{
	struct chat_marker marker = { .time_ms = 0 };
	struct chat_place place;

	if (!dialect_irc_has(dialog, IRC_CAP_READ_MARKER))
		return;
	if (find_place(dialog, chat_text(target), &place) == CHAT_OK)
		(void)chat_marker_find(&dialog->chat, &place, &marker);
	chat_place_free(&place);
	write_marker(dialog, chat_text(target), marker.time_ms);
}

void
dialect_irc_marker_tell(struct dialog *dialog, const struct chat_watch_event *event)
{
	struct irc_touched *told = &dialog->irc->told;
	char target[IRC_NAME_SIZE];

	if (told->id == event->activity.id && strcmp(told->with, event->with) == 0) {
		told->id = 0;
		return;
	}
	dialect_irc_name(target, event->with);
	dialect_irc_marker_show(dialog, target);
}

static struct irc_touched *
find_touched(struct irc_touched *list, size_t n, const char *with)
{
	for (size_t i = n; i > 0; i--)
		if (strcmp(list[i - 1].with, with) == 0)
			return &list[i - 1];
	return NULL;
}

void
dialect_irc_marker_hold(struct dialog *dialog, const char *with)
{
	struct irc_state *irc = dialog->irc;
	struct irc_touched *held = vector_add(&irc->held, &irc->n_held, sizeof(*held));

	if (held == NULL)
		return;
	*held = (struct irc_touched){ .id = 0 };
	strlcpy(held->with, with, sizeof(held->with));
}

void
dialect_irc_marker_touch(struct dialog *dialog, const char *with, uint64_t id)
{
	struct irc_state *irc = dialog->irc;
	const int64_t now = clock_monotonic_ms();
	struct irc_touched *touched;

	if (dialect_irc_has(dialog, IRC_CAP_READ_MARKER) ||
	    find_touched(irc->held, irc->n_held, with) != NULL)
		return;
	if (irc->n_touched == 0)
		irc->settle_by_ms = now + SETTLE_BY_MS;
	irc->settle_ms = now + SETTLE_MS < irc->settle_by_ms ? now + SETTLE_MS : irc->settle_by_ms;
	touched = find_touched(irc->touched, irc->n_touched, with);
	if (touched == NULL && irc->n_touched < TOUCHED_MOST) {
		touched = vector_add(&irc->touched, &irc->n_touched, sizeof(*touched));
		if (touched != NULL) {
			strlcpy(touched->with, with, sizeof(touched->with));
			touched->id = 0;
		}
	}
	if (touched != NULL && touched->id < id)
		touched->id = id;
}

static bool
is_delivered(struct dialog *dialog, bool next_line)
{
	if (frame_failed(&dialog->frame) || frame_flush(&dialog->frame) != 0)
		return false;
	return frame_delivered(&dialog->frame) ||
	    (next_line && !frame_tells_delivered(&dialog->frame));
}

static void
move_touched(struct dialog *dialog, const struct irc_touched *touched)
{
	struct chat_place place;
	enum chat_result result = chat_place_find(&dialog->chat, dialog->session.user.id,
	    chat_text(touched->with), &place);

	if (result == CHAT_OK)
		result = chat_marker_move(&dialog->chat, &place, touched->id);
	chat_place_free(&place);
	if (result == CHAT_FAILED)
		log_warnx("a read marker was not moved");
}

void
dialect_irc_marker_settle(struct dialog *dialog, bool next_line, bool end)
{
	struct irc_state *irc = dialog->irc;
	int64_t now = clock_monotonic_ms();

	if (irc->n_touched == 0 || (!end && now < irc->settle_ms) || !dialog->chat_open)
		return;
	if (!is_delivered(dialog, next_line)) {
		irc->settle_waits += irc->settle_waits < WAITS_MOST;
		irc->settle_ms = now + (SETTLE_MS << irc->settle_waits);
		return;
	}
	store_refresh(dialog->chat.store);
	for (size_t i = 0; i < irc->n_touched; i++)
		move_touched(dialog, &irc->touched[i]);
	dialect_irc_marker_end(dialog);
}

int64_t
dialect_irc_marker_due_ms(const struct dialog *dialog)
{
	return dialog->irc->n_touched == 0 ? 0 : dialog->irc->settle_ms;
}

void
dialect_irc_marker_end(struct dialog *dialog)
{
	struct irc_state *irc = dialog->irc;

	free(irc->touched);
	irc->touched = NULL;
	irc->n_touched = 0;
	irc->settle_waits = 0;
}
