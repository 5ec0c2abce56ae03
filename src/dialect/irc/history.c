/* dialect_irc_history: parts of conversations, by messages or times between which they are. */
#include "dialect/irc/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/vector.h"
#include "chat/history/list.h"
#include "chat/history/page.h"
#include "dialect/irc/marker.h"
#include "dialect/irc/message.h"
#include "dialect/irc/out.h"
#include "dialect/irc/playback.h"
#include "dialect/irc/reference.h"

#define REFERENCES_MOST 2
#define CONTEXT_SIZE    (IRC_COMMAND_MOST + IRC_BODY_MOST + 2)

/* A point of a conversation as ids: lower than `below` is before it, higher than `above` after. */
struct bounds {
	uint64_t below;
	uint64_t above;
};

struct look {
	struct dialog *dialog;
	const struct irc_line *line;
	struct irc_reference references[REFERENCES_MOST];
	size_t n_references;
	struct bounds bounds[REFERENCES_MOST];
	size_t limit; /* 1 to CHAT_PAGE_MOST */
	struct chat_item_reader reader;
	struct chat_place place;
	uint64_t *ids; /* of the part, oldest first */
	size_t n;
};

static void
fail(struct look *look, const char *code, const char *text)
{
	const struct irc_line *line = look->line;
	char context[CONTEXT_SIZE] = "*";
	int target = line->n > 2 ? (int)line->params[1].len : 0;

	if (line->n > 0)
		snprintf(context, sizeof(context), "%.*s%s%.*s", (int)line->params[0].len,
		    line->params[0].data, target > 0 ? " " : "", target,
		    target > 0 ? line->params[1].data : "");
	dialect_irc_standard(look->dialog, "FAIL", "CHATHISTORY", code, context, text);
}

/* Adds a part that is next to an id, which need be no message's. */
static enum chat_result
add_part(struct look *look, bool forward, uint64_t id, size_t n)
{
	const struct chat_page_wish wish = { .forward = forward, .id = id, .n = n };
	struct chat_page page = { .n = 0 };
	enum chat_result result = CHAT_OK;

	if (n > 0)
		result = chat_page_find(&look->reader, &look->place, &wish, &page);
	for (size_t i = 0; result == CHAT_OK && i < page.n; i++) {
		uint64_t *added = vector_add(&look->ids, &look->n, sizeof(*added));

		if (added == NULL)
			result = CHAT_FAILED;
		else
			*added = page.ids[i];
	}
	chat_page_free(&page);
	return result;
}

/* Leaves what is above one id and below another. */
static void
cut_part(struct look *look, uint64_t above, uint64_t below)
{
	size_t kept = 0;

	for (size_t i = 0; i < look->n; i++)
		if (look->ids[i] > above && look->ids[i] < below)
			look->ids[kept++] = look->ids[i];
	look->n = kept;
}

static enum chat_result
find_before(struct look *look)
{
	return add_part(look, false, look->bounds[0].below, look->limit);
}

static enum chat_result
find_after(struct look *look)
{
	return add_part(look, true, look->bounds[0].above, look->limit);
}

static enum chat_result
find_latest(struct look *look)
{
	enum chat_result result = add_part(look, false, 0, look->limit);

	if (look->n_references > 0)
		cut_part(look, look->bounds[0].above, UINT64_MAX);
	return result;
}

static enum chat_result
find_around(struct look *look)
{
	const struct bounds *around = &look->bounds[0];
	size_t before = look->limit / 2;
	enum chat_result result = add_part(look, false, around->below, before);

	if (result == CHAT_OK)
		result = add_part(look, true, around->below - 1, look->limit - before);
	return result;
}

/* From the first of the two points on towards the second. */
static enum chat_result
find_between(struct look *look)
{
	const struct bounds *from = &look->bounds[0], *to = &look->bounds[1];
	bool forward = from->below <= to->below;
	enum chat_result result =
	    add_part(look, forward, forward ? from->above : from->below, look->limit);

	if (forward)
		cut_part(look, 0, to->below);
	else
		cut_part(look, to->above, UINT64_MAX);
	return result;
}

/* Finds the ids next to a time; times grow with the ids. */
static enum chat_result
find_bounds(struct look *look, const struct irc_reference *reference, struct bounds *bounds)
{
	struct chat *chat = &look->dialog->chat;
	enum chat_result result;

	*bounds = (struct bounds){ .below = reference->id, .above = reference->id };
	if (!reference->by_time)
		return CHAT_OK;
	result = chat_place_at(chat, &look->place, reference->time_ms, &bounds->below);
	if (result == CHAT_OK)
		result = chat_place_at(chat, &look->place, reference->time_ms + 1, &bounds->above);
	bounds->above--;
	return result;
}

static void
write_message(struct look *look, const struct chat_item *item, const char *batch)
{
	dialect_irc_message_write(look->dialog, item, batch);
	if (!item->own)
		dialect_irc_marker_touch(look->dialog, item->with, item->id);
}

static enum chat_result
write_part(struct look *look)
{
	struct dialog *dialog = look->dialog;
	const struct chat_text target = look->line->params[1];
	enum chat_result result = CHAT_OK;
	char batch[IRC_BATCH_SIZE];
	struct chat_item item;

	dialect_irc_batch_begin(dialog, batch, NULL, "chathistory %.*s", (int)target.len,
	    target.data);
	for (size_t i = 0; i < look->n && result != CHAT_FAILED; i++) {
		result = chat_item_read(&look->reader, look->place.group, look->ids[i], &item);
		if (result == CHAT_NO_USER)
			result =
			    dialect_irc_playback_write(dialog, &look->place, look->ids[i], batch);
		else if (result == CHAT_OK)
			write_message(look, &item, batch);
	}
	dialect_irc_batch_end(dialog, batch);
	return result == CHAT_FAILED ? CHAT_FAILED : CHAT_OK;
}

static void
show_part(struct look *look, enum chat_result (*find)(struct look *))
{
	struct dialog *dialog = look->dialog;
	const struct chat_user *user = &dialog->session.user;
	char who[CHAT_WHO_TEXT];
	enum chat_result result = CHAT_NO_USER;

	if (dialect_irc_who(who, look->line->params[1]))
		result = chat_place_find(&dialog->chat, user->id, chat_text(who), &look->place);
	if (result != CHAT_OK && result != CHAT_FAILED) {
		fail(look, "INVALID_TARGET", "There are no such messages for you");
		return;
	}
	if (result == CHAT_OK)
		result = dialect_irc_playback_begin(dialog, &look->place);
	if (result == CHAT_OK)
		result = chat_item_begin(&look->reader, &dialog->chat, user);
	for (size_t i = 0; result == CHAT_OK && i < look->n_references; i++)
		result = find_bounds(look, &look->references[i], &look->bounds[i]);
	if (result == CHAT_OK)
		result = find(look);
	if (result == CHAT_OK)
		result = write_part(look);
	if (result != CHAT_OK)
		fail(look, "MESSAGE_ERROR", "The server failed: try again later");
}

static void
write_target(struct dialog *dialog, const char *batch, const struct chat_list_entry *entry)
{
	const struct irc_tags tags = { .batch = batch };
	char name[IRC_NAME_SIZE], time[CLOCK_TEXT_SIZE];

	dialect_irc_name(name, entry->with);
	clock_iso_ms(entry->time_ms, time);
	dialect_irc_send(dialog, &tags, ":%s CHATHISTORY TARGETS %s %s", dialect_irc_server(dialog),
	    name, time);
}

/* The end of as many as are wanted from `begin` on. Groups in which nothing was said are none. */
static size_t
find_end(const struct chat_list *list, size_t begin, size_t end, size_t limit)
{
	for (; begin < end && limit > 0; begin++)
		limit -= list->entries[begin].last != 0;
	return begin;
}

/*
 * The list has the newest first, and the client gets the oldest first: those next to the first of
 * the two times, if there are more than it wants.
 */
static void
write_targets(struct look *look, const struct chat_list *list)
{
	const int64_t from = look->references[0].time_ms, to = look->references[1].time_ms;
	const int64_t low = from < to ? from : to, high = from < to ? to : from;
	size_t begin = 0, end = list->n, left = look->limit;
	char batch[IRC_BATCH_SIZE];

	while (begin < end && list->entries[begin].time_ms >= high)
		begin++;
	while (end > begin && list->entries[end - 1].time_ms <= low)
		end--;
	if (from > to)
		end = find_end(list, begin, end, look->limit);
	dialect_irc_batch_begin(look->dialog, batch, NULL, "draft/chathistory-targets");
	for (; end > begin && left > 0; end--) {
		if (list->entries[end - 1].last == 0)
			continue;
		write_target(look->dialog, batch, &list->entries[end - 1]);
		left--;
	}
	dialect_irc_batch_end(look->dialog, batch);
}

static void
show_targets(struct look *look)
{
	struct dialog *dialog = look->dialog;
	struct chat_list list;
	enum chat_result result = chat_list_make(&dialog->chat, &dialog->session.user, &list);

	if (result == CHAT_OK)
		write_targets(look, &list);
	else
		fail(look, "MESSAGE_ERROR", "The server failed: try again later");
	chat_list_free(&list);
}

struct subcommand {
	const char *name;
	size_t n_references; /* that it needs; * stands for none in the one that may do without */
	bool optional;
	enum chat_result (*find)(struct look *); /* NULL: targets are listed, without one */
};

static const struct subcommand subcommands[] = {
	{ .name = "AFTER", .n_references = 1, .find = find_after },
	{ .name = "AROUND", .n_references = 1, .find = find_around },
	{ .name = "BEFORE", .n_references = 1, .find = find_before },
	{ .name = "BETWEEN", .n_references = 2, .find = find_between },
	{ .name = "LATEST", .n_references = 1, .optional = true, .find = find_latest },
	{ .name = "TARGETS", .n_references = 2 },
};

static const struct subcommand *
find_subcommand(struct chat_text name)
{
	for (size_t i = 0; i < sizeof(subcommands) / sizeof(subcommands[0]); i++)
		if (chat_text_is(name, subcommands[i].name))
			return &subcommands[i];
	return NULL;
}

/* Reads the references and the limit behind them. */
static bool
read_params(struct look *look, const struct subcommand *subcommand)
{
	const struct chat_text *params = look->line->params + (subcommand->find == NULL ? 1 : 2);
	uint64_t limit;

	for (size_t i = 0; i < subcommand->n_references; i++) {
		if (subcommand->optional && chat_text_is(params[i], "*"))
			continue;
		if (!dialect_irc_reference_read(params[i], &look->references[i]) ||
		    (subcommand->find == NULL && !look->references[i].by_time))
			return false;
		look->n_references++;
	}
	if (!dialect_irc_line_number(params[subcommand->n_references], UINT32_MAX, &limit) ||
	    limit == 0)
		return false;
	look->limit = limit < CHAT_PAGE_MOST ? (size_t)limit : CHAT_PAGE_MOST;
	return true;
}

void
dialect_irc_chathistory(struct dialog *dialog, const struct irc_line *line)
{
	struct look look = { .dialog = dialog, .line = line };
	const struct subcommand *subcommand =
	    line->n == 0 ? NULL : find_subcommand(line->params[0]);
	size_t needed =
	    subcommand == NULL ? 0 : subcommand->n_references + 2 + (subcommand->find != NULL);

	if (subcommand == NULL)
		fail(&look, "INVALID_PARAMS", "Unknown command");
	else if (line->n != needed)
		fail(&look, "INVALID_PARAMS",
		    line->n < needed ? "Insufficient parameters" : "Too many parameters");
	else if (!read_params(&look, subcommand))
		fail(&look, "INVALID_PARAMS", "Invalid parameters");
	else if (subcommand->find == NULL)
		show_targets(&look);
	else
		show_part(&look, subcommand->find);
	chat_place_free(&look.place);
	free(look.ids);
}
