/* chat_person: the public data of a user, written as a JSON object and read. */
#include "chat/realm/person.h"

#include <bsd/string.h>

#include "base/clock.h"

_Static_assert(CHAT_PERSON_SINCE >= CLOCK_TEXT_SIZE, "a time fits");

void
chat_person_init(struct chat_person *person, const struct chat_user *user)
{
	*person = (struct chat_person){ .id = user->id };
	strlcpy(person->name, user->name, sizeof(person->name));
	strlcpy(person->fullname, user->fullname, sizeof(person->fullname));
	strlcpy(person->country, user->country, sizeof(person->country));
}

void
chat_person_set_online(struct chat_person *person, int64_t since_ms)
{
	person->online = since_ms != 0;
	person->since[0] = '\0';
	if (person->online)
		clock_iso(since_ms, person->since);
}

void
chat_person_write(struct json_out *json, const struct chat_person *person)
{
	json_out_object_begin(json);
	json_out_pair(json, "username", person->name);
	json_out_pair(json, "name", person->fullname);
	json_out_pair(json, "country", person->country);
	json_out_key(json, "online");
	json_out_bool(json, person->online);
	if (person->online && person->since[0] != '\0')
		json_out_pair(json, "since", person->since);
	json_out_object_end(json);
}

static bool
read_text(const json_t *object, const char *key, char *text, size_t size)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value != NULL && strlcpy(text, value, size) < size;
}

bool
chat_person_read(struct chat_person *person, const json_t *object)
{
	const json_t *since = json_object_get(object, "since");

	*person = (struct chat_person){ .online = json_is_true(json_object_get(object, "online")) };
	return read_text(object, "username", person->name, sizeof(person->name)) &&
	    read_text(object, "name", person->fullname, sizeof(person->fullname)) &&
	    read_text(object, "country", person->country, sizeof(person->country)) &&
	    (since == NULL || json_is_null(since) ||
	        read_text(object, "since", person->since, sizeof(person->since)));
}
