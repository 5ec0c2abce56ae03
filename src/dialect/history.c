/* dialect_history: handlers of realm that show conversations and move their read markers. */
#include "dialect/history.h"

#include "base/log.h"
#include "chat/history/list.h"
#include "chat/history/marker.h"
#include "chat/history/page.h"
#include "dialect/item.h"

#define ID_MOST ((UINT64_C(1) << 53) - 1)

static bool
read_number(struct chat_text text, uint64_t most, uint64_t *number)
{
	*number = 0;
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
		*number = *number * 10 + (uint64_t)(text.data[i] - '0');
		if (*number > most)
			return false;
	}
	return text.len > 0;
}

bool
dialect_history_id(struct chat_text text, uint64_t *id)
{
	return read_number(text, ID_MOST, id);
}

static void
write_entry(struct json_out *json, const struct chat_list_entry *entry)
{
	json_out_object_begin(json);
	json_out_pair(json, "with", entry->with);
	json_out_pair_int(json, "last", (int64_t)entry->last);
	dialect_item_time(json, "time", entry->time_ms);
	json_out_pair_int(json, "unread", (int64_t)entry->unread);
	if (entry->kind == CHAT_WHO_USER) {
		json_out_key(json, "online");
		json_out_bool(json, entry->online);
	} else if (entry->kind == CHAT_WHO_GROUP) {
		json_out_pair_int(json, "members", entry->members);
	}
	json_out_object_end(json);
}

/*
 * The client of a watch takes the list for what is so now; what has changed since the list was made
 * is told as an event.
 */
static void
note_presence(struct dialog *dialog, const struct line_request *request,
    const struct chat_list_entry *entry)
{
	struct chat_presence *presence = &dialog->watch.presence;
	const uint64_t self = request->session.user.id;

	if (!dialog->watch.on || dialog->watch.session.user.id != self ||
	    entry->kind != CHAT_WHO_USER || entry->partner == self)
		return;
	if (chat_presence_add(presence, entry->partner) == CHAT_OK &&
	    chat_presence_told(presence, entry->partner, entry->online))
		dialog->wake_ms = 1;
}

enum chat_result
dialect_history_list(struct dialog *dialog, struct line_request *request)
{
	struct chat_list list;
	struct json_out json;
	enum chat_result result = chat_list_make(&dialog->chat, &request->session.user, &list);

	if (result == CHAT_OK) {
		dialect_line_begin(dialog, &json, "OK");
		json_out_key(&json, "conversations");
		json_out_array_begin(&json);
		for (size_t i = 0; i < list.n; i++) {
			write_entry(&json, &list.entries[i]);
			note_presence(dialog, request, &list.entries[i]);
		}
		json_out_array_end(&json);
		result = dialect_line_end(dialog, &json);
	}
	chat_list_free(&list);
	return result;
}

/* The words behind the first: [before id | after id] [n]. */
static bool
read_wish(const struct line_request *request, struct chat_page_wish *wish)
{
	const struct chat_text *words = request->words + 1;
	size_t n = request->n_words - 1;
	uint64_t count = CHAT_PAGE_DEFAULT;

	*wish = (struct chat_page_wish){ .id = 0 };
	if (n >= 2) {
		wish->forward = chat_text_is(words[0], "after");
		if ((!wish->forward && !chat_text_is(words[0], "before")) ||
		    !dialect_history_id(words[1], &wish->id) || (!wish->forward && wish->id == 0))
			return false;
		words += 2;
		n -= 2;
	}
	if (n > 1 || (n == 1 && (!read_number(words[0], CHAT_PAGE_MOST, &count) || count == 0)))
		return false;
	wish->n = (size_t)count;
	return true;
}

/* A failure in the middle cuts the reply off, and the client sees that. */
static bool
write_items(struct dialog *dialog, struct json_out *json, struct chat_item_reader *reader,
    const struct chat_place *place, const struct chat_page *page)
{
	struct chat_item item;

	for (size_t i = 0; i < page->n; i++) {
		enum chat_result result = chat_item_read(reader, place->group, page->ids[i], &item);

		if (result == CHAT_FAILED) {
			log_warnx("a conversation cannot be shown");
			dialog->ending = true;
			return false;
		}
		if (result != CHAT_OK)
			continue;
		json_out_object_begin(json);
		dialect_item_members(json, &item);
		json_out_object_end(json);
	}
	return true;
}

static enum chat_result
write_page(struct dialog *dialog, struct chat_item_reader *reader, const struct chat_place *place,
    const struct chat_page *page)
{
	char with[CHAT_WHO_TEXT];
	struct json_out json;

	chat_who_text(&place->who, with);
	dialect_line_begin(dialog, &json, "OK");
	json_out_pair(&json, "with", with);
	json_out_key(&json, "messages");
	json_out_array_begin(&json);
	if (!write_items(dialog, &json, reader, place, page))
		return LINE_REPLIED;
	json_out_array_end(&json);
	json_out_key(&json, "more");
	json_out_bool(&json, page->more);
	if (page->next != 0)
		json_out_pair_int(&json, "next", (int64_t)page->next);
	return dialect_line_end(dialog, &json);
}

enum chat_result
dialect_history_show(struct dialog *dialog, struct line_request *request)
{
	struct chat_item_reader reader;
	struct chat_place place = { .n = 0 };
	struct chat_page page = { .n = 0 };
	struct chat_page_wish wish;
	enum chat_result result;

	if (!read_wish(request, &wish))
		return CHAT_BAD_ARGUMENT;
	result =
	    chat_place_find(&dialog->chat, request->session.user.id, request->words[0], &place);
	if (result == CHAT_OK)
		result = chat_item_begin(&reader, &dialog->chat, &request->session.user);
	if (result == CHAT_OK)
		result = chat_page_find(&reader, &place, &wish, &page);
	if (result == CHAT_OK)
		result = write_page(dialog, &reader, &place, &page);
	chat_page_free(&page);
	chat_place_free(&place);
	return result;
}

enum chat_result
dialect_history_read(struct dialog *dialog, struct line_request *request)
{
	struct chat_place place = { .n = 0 };
	enum chat_result result;
	uint64_t id;

	if (!dialect_history_id(request->words[1], &id))
		return CHAT_BAD_ARGUMENT;
	result =
	    chat_place_find(&dialog->chat, request->session.user.id, request->words[0], &place);
	if (result == CHAT_OK)
		result = chat_marker_move(&dialog->chat, &place, id);
	chat_place_free(&place);
	return result;
}
