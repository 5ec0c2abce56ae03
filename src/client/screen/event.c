/*
 * Events and pages of history.
 */
#include "client/screen/event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/json.h"
#include "client/refusal.h"
#include "client/who.h"

#define TEXT_MAX       65536 /* bytes of a text */
#define NAME_MAX_SHOWN 300

char *
client_screen_event_text(const json_t *object, const char *key, enum client_text_form form,
    size_t max)
{
	size_t len;
	const char *text = client_json_text(object, key, &len);

	return client_text_clean(text, len, form, max);
}

int64_t
client_screen_event_time(const char *text)
{
	struct tm tm = { 0 };
	int ms = 0, fields;

	fields = sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%3d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
	    &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &ms);
	if (fields < 6 || tm.tm_year < 1970 || ms < 0)
		return 0;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	return (int64_t)timegm(&tm) * 1000 + ms;
}

struct client_model_conversation *
client_screen_event_with(struct client_model *m, const json_t *object, const char *key)
{
	struct client_who who;
	char text[CLIENT_WHO_TEXT];

	if (!client_who_parse(client_json_text(object, key, NULL), &who))
		return NULL;
	client_who_write(&who, text);
	return client_model_open(m, text);
}

enum client_model_delivery
client_screen_event_delivery(const json_t *object)
{
	if (client_json_is(object, "delivery", "queued"))
		return CLIENT_MODEL_QUEUED;
	if (client_json_is(object, "delivery", "delivered"))
		return CLIENT_MODEL_DELIVERED;
	if (client_json_is(object, "delivery", "refused"))
		return CLIENT_MODEL_REFUSED;
	return CLIENT_MODEL_NO_DELIVERY;
}

char *
client_screen_event_reason(const json_t *object)
{
	const char *reason = client_json_text(object, "reason", NULL);
	char text[CLIENT_REFUSAL_TEXT];

	if (reason[0] == '\0')
		return NULL;
	client_refusal_reason(reason, text);
	return strdup(text);
}

/* False: it is no message, or there is no memory; nothing is to be freed then. */
static bool
read_message(const json_t *object, struct client_model_message *m)
{
	const json_t *file = json_object_get(object, "file");

	*m = (struct client_model_message){ 0 };
	m->id = client_json_number(object, "id");
	if (m->id == 0)
		return false;
	m->time_ms = client_screen_event_time(client_json_text(object, "time", NULL));
	m->from = client_screen_event_text(object, "from", CLIENT_TEXT_LINE, NAME_MAX_SHOWN);
	m->text = client_screen_event_text(object, "text", CLIENT_TEXT_LINES, TEXT_MAX);
	m->delivery = client_screen_event_delivery(object);
	m->reason = client_screen_event_reason(object);
	if (json_is_object(file)) {
		m->file = client_screen_event_text(file, "name", CLIENT_TEXT_LINE, NAME_MAX_SHOWN);
		m->size = client_json_number(file, "size");
	}
	if (m->from != NULL && m->text != NULL && (m->file != NULL) == json_is_object(file))
		return true;
	client_model_free_message(m);
	return false;
}

static const struct client_model_message *
take_message(struct client_model *m, const json_t *object, struct client_model_conversation *c)
{
	struct client_model_message message;
	uint64_t id;

	if (!read_message(object, &message))
		return NULL;
	id = message.id;
	if (!client_model_receive(m, c, &message))
		return NULL;
	return client_model_find_message(c, id);
}

static void
take_delivery(struct client_model *m, const json_t *object, struct client_model_conversation *c)
{
	char *reason = client_screen_event_reason(object);

	client_model_set_delivery(m, c, client_json_number(object, "id"),
	    client_screen_event_delivery(object), reason);
	free(reason);
}

/* Only of those one talks with already. */
static void
take_presence(struct client_model *m, const json_t *object)
{
	struct client_model_conversation *c =
	    client_model_find(m, client_json_text(object, "user", NULL));

	if (c == NULL)
		return;
	c->has_presence = true;
	c->online = client_json_true(object, "online");
	m->version++;
}

static void
take_member(struct client_model *m, const json_t *object)
{
	struct client_model_conversation *c =
	    client_model_find(m, client_json_text(object, "group", NULL));

	if (c == NULL || c->kind != CLIENT_MODEL_GROUP || c->members == 0)
		return;
	if (client_json_true(object, "joined"))
		c->members++;
	else
		c->members--;
	m->version++;
}

const struct client_model_message *
client_screen_event_take(struct client_model *m, const json_t *object,
    struct client_model_conversation **with)
{
	uint64_t id = client_json_number(object, "id");

	*with = NULL;
	if (client_json_is(object, "event", "presence")) {
		take_presence(m, object);
	} else if (client_json_is(object, "event", "member")) {
		take_member(m, object);
	} else {
		*with = client_screen_event_with(m, object, "with");
	}
	if (*with == NULL)
		return NULL;
	if (client_json_is(object, "event", "message")) {
		const struct client_model_message *message = take_message(m, object, *with);

		if (id > m->newest)
			m->newest = id;
		return message != NULL && !client_model_is_own(m, message) ? message : NULL;
	}
	if (client_json_is(object, "event", "read"))
		client_model_read(m, *with, id);
	else if (client_json_is(object, "event", "delivery"))
		take_delivery(m, object, *with);
	return NULL;
}

bool
client_screen_event_conversations(struct client_model *m, const json_t *reply)
{
	const json_t *array = json_object_get(reply, "conversations");
	uint64_t newest = 0;
	json_t *entry;
	size_t i;

	if (!json_is_array(array))
		return false;
	json_array_foreach (array, i, entry) {
		struct client_model_conversation *c = client_screen_event_with(m, entry, "with");
		uint64_t last = client_json_number(entry, "last");

		if (c == NULL)
			continue;
		if (last >= c->last) {
			c->last = last;
			c->time_ms =
			    client_screen_event_time(client_json_text(entry, "time", NULL));
		}
		c->listed = true;
		c->unread = client_json_number(entry, "unread");
		c->has_presence = json_is_boolean(json_object_get(entry, "online"));
		c->online = client_json_true(entry, "online");
		c->members = client_json_number(entry, "members");
		if (last > newest)
			newest = last;
	}
	/* Events are not in order with replies: the first list alone tells where they begin. */
	if (!m->begun && m->newest == 0)
		m->newest = newest;
	m->begun = true;
	client_model_sort(m);
	return true;
}

bool
client_screen_event_history(struct client_model *m, struct client_model_conversation *c,
    const json_t *reply)
{
	const json_t *array = json_object_get(reply, "messages");
	size_t n = json_array_size(array), taken = 0;
	uint64_t before = c->n > 0 ? c->messages[0].id : UINT64_MAX;
	struct client_model_message *page = calloc(n + 1, sizeof(*page));

	if (!json_is_array(array) || page == NULL) {
		free(page);
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		/* A page that is out of order is no page. */
		if (!read_message(json_array_get(array, i), &page[taken]))
			continue;
		if (taken > 0 && page[taken].id <= page[taken - 1].id)
			client_model_free_message(&page[taken]);
		else
			taken++;
	}
	client_model_add_page(m, c, page, taken);
	free(page);
	/* A page without anything older would be asked for again and again. */
	c->older = client_json_true(reply, "more") && c->n > 0 && c->messages[0].id < before &&
	    c->n < CLIENT_MODEL_KEPT;
	c->loaded = true;
	if (c->n > 0 && c->messages[c->n - 1].id > c->last) {
		c->last = c->messages[c->n - 1].id;
		c->time_ms = c->messages[c->n - 1].time_ms;
		client_model_sort(m);
	}
	c->version++;
	return true;
}
