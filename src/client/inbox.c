/* client_inbox: lists of objects, lists of strings, and objects of lists of both. */
#include "client/inbox.h"

#include <stdio.h>
#include <string.h>

#include "client/json.h"
#include "client/output.h"

/* Takes off what the dialect puts around each text: a space, and a space, CR and LF. */
static void
take_text(struct client_inbox_entry *entry, const json_t *value, bool framed)
{
	entry->text = json_string_value(value);
	entry->len = json_string_length(value);
	if (entry->text == NULL)
		entry->text = "";
	if (!framed)
		return;
	if (entry->len > 0 && entry->text[0] == ' ') {
		entry->text++;
		entry->len--;
	}
	if (entry->len >= 3 && memcmp(entry->text + entry->len - 3, " \r\n", 3) == 0)
		entry->len -= 3;
}

static void
take_object(struct client_inbox_entry *entry, const json_t *object, bool framed)
{
	take_text(entry, json_object_get(object, "msg"), framed);
	entry->name = client_json_text(object, "msg_from", NULL);
	entry->group = client_json_text(object, "group", NULL);
	entry->file = client_json_text(object, "file", NULL);
	if (entry->file[0] == '\0')
		entry->file = client_json_text(object, "file_name", NULL);
}

static int
walk_list(const json_t *list, const char *sender, const char *realm, bool framed,
    client_inbox_take *take, void *arg)
{
	const json_t *value;
	int result = 0;
	size_t i;

	json_array_foreach (list, i, value) {
		struct client_inbox_entry entry = { .from = sender,
			.name = "",
			.group = "",
			.realm = realm,
			.file = "" };

		if (json_is_object(value)) {
			take_object(&entry, value, framed);
			/* In the dialect files the list is that of a group, which it does not say.
			 */
			if (sender[0] != '\0' && entry.group[0] == '\0' &&
			    client_json_is(value, "msg_to", sender))
				entry.group = sender;
			if (entry.from[0] == '\0' || (entry.group == sender && sender[0] != '\0'))
				entry.from = entry.name;
		} else if (json_is_string(value)) {
			take_text(&entry, value, framed);
		} else {
			continue;
		}
		result = take(arg, &entry);
		if (result != 0)
			break;
	}
	return result;
}

int
client_inbox_walk(const json_t *reply, bool framed, const char *realm, client_inbox_take *take,
    void *arg)
{
	json_t *messages = json_object_get(reply, "messages"), *list;
	const char *sender;
	int result = 0;

	if (json_is_array(messages))
		return walk_list(messages, "", realm, framed, take, arg);
	json_object_foreach (messages, sender, list) {
		result = walk_list(list, sender, realm, framed, take, arg);
		if (result != 0)
			break;
	}
	return result;
}

bool
client_inbox_event(const json_t *event, bool framed, struct client_inbox_entry *entry)
{
	if (!client_json_is(event, "event", "message"))
		return false;
	*entry = (struct client_inbox_entry){ .from = client_json_text(event, "sender", NULL),
		.realm = "" };
	take_object(entry, event, framed);
	if (entry->from[0] == '\0')
		entry->from = entry->name;
	return true;
}

json_t *
client_inbox_json(const struct client_inbox_entry *entry)
{
	json_t *object = json_pack("{s:s,s:s,s:s%}", "from", entry->from, "name", entry->name,
	    "text", entry->text, entry->len);

	if (entry->group[0] != '\0')
		json_object_set_new(object, "group", json_string(entry->group));
	if (entry->realm[0] != '\0')
		json_object_set_new(object, "realm", json_string(entry->realm));
	if (entry->file[0] != '\0')
		json_object_set_new(object, "file", json_string(entry->file));
	return object;
}

void
client_inbox_print(const struct client_inbox_entry *entry)
{
	client_output_line("%s%s%s%s%s: %.*s", entry->from, entry->realm[0] == '\0' ? "" : "@",
	    entry->realm, entry->group[0] == '\0' ? "" : " #", entry->group, (int)entry->len,
	    entry->text);
}
