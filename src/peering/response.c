/*
 * peering_response: what a peer answers, taken apart. Keys that are not known are passed over, so
 * that later versions can say more.
 */
#include "peering/response.h"

#include <bsd/string.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define EPOCH_DIGITS 16
#define ID_DIGITS    20

/* A number that is not negative. False: there is none under this key. */
static bool
get_number(const json_t *object, const char *key, uint64_t *number)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return false;
	*number = (uint64_t)json_integer_value(value);
	return true;
}

/* Copies a text that fits. False: there is none. */
static bool
get_text(const json_t *object, const char *key, char *text, size_t size)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value != NULL && strlcpy(text, value, size) < size;
}

static bool
get_epoch(const json_t *object, uint64_t *epoch)
{
	char text[EPOCH_DIGITS + 1], *end;

	if (!get_text(object, "resume", text, sizeof(text)) ||
	    strspn(text, "0123456789abcdef") != EPOCH_DIGITS)
		return false;
	*epoch = strtoull(text, &end, 16);
	return *end == '\0';
}

/* What we call a question comes back as a number or, being long, perhaps as a string. */
static bool
get_id(const json_t *object, const char *key, uint64_t *id)
{
	char text[ID_DIGITS + 1], *end;

	if (get_number(object, key, id))
		return true;
	if (!get_text(object, key, text, sizeof(text)) || text[0] < '0' || text[0] > '9')
		return false;
	*id = strtoull(text, &end, 10);
	return *end == '\0';
}

static enum chat_reason
get_reason(const json_t *object)
{
	const char *word = json_string_value(json_object_get(object, "reason"));

	return chat_reason_find(chat_text(word == NULL ? "" : word));
}

static bool
read_person(const json_t *object, struct peering_person *person)
{
	const json_t *since = json_object_get(object, "since");

	person->online = json_is_true(json_object_get(object, "online"));
	return get_text(object, "username", person->username, sizeof(person->username)) &&
	    get_text(object, "name", person->name, sizeof(person->name)) &&
	    get_text(object, "country", person->country, sizeof(person->country)) &&
	    (since == NULL || json_is_null(since) ||
	        get_text(object, "since", person->since, sizeof(person->since)));
}

static bool
read_hello(struct peering_response *reply, const json_t *object)
{
	return get_number(object, "window", &reply->window) &&
	    get_number(object, "bytes", &reply->bytes) &&
	    get_number(object, "file_max", &reply->file_max) &&
	    get_text(object, "realm", reply->realm, sizeof(reply->realm));
}

/* False: it is of a known kind, but lacks what one of that kind has. */
static bool
read_ok(struct peering_response *reply, const json_t *object)
{
	if (json_object_get(object, "hello") != NULL) {
		reply->kind = PEERING_RESPONSE_HELLO;
		return get_number(object, "hello", &reply->number) && read_hello(reply, object);
	}
	if (json_object_get(object, "resume") != NULL) {
		reply->kind = PEERING_RESPONSE_RESUMED;
		return get_epoch(object, &reply->epoch) &&
		    get_number(object, "have", &reply->number);
	}
	if (json_object_get(object, "have") != NULL) {
		reply->kind = PEERING_RESPONSE_HAVE;
		return get_number(object, "have", &reply->number);
	}
	if (json_object_get(object, "want") != NULL) {
		reply->kind = PEERING_RESPONSE_WANT;
		return get_number(object, "want", &reply->number) &&
		    get_number(object, "offset", &reply->offset);
	}
	if (json_object_get(object, "pong") != NULL) {
		reply->kind = PEERING_RESPONSE_PONG;
		return get_id(object, "pong", &reply->number);
	}
	if (json_object_get(object, "ask") != NULL) {
		reply->kind = PEERING_RESPONSE_INFO;
		reply->found = true;
		return get_id(object, "ask", &reply->number) &&
		    read_person(json_object_get(object, "info"), &reply->person);
	}
	return true;
}

static bool
read_error(struct peering_response *reply, const json_t *object)
{
	const char *fatal = json_string_value(json_object_get(object, "fatal"));

	if (fatal != NULL) {
		reply->kind = PEERING_RESPONSE_FATAL;
		reply->retry = json_is_true(json_object_get(object, "retry"));
		strlcpy(reply->fatal, fatal, sizeof(reply->fatal));
		if (!get_text(object, "realm", reply->realm, sizeof(reply->realm)))
			reply->realm[0] = '\0';
		return true;
	}
	if (json_object_get(object, "number") != NULL) {
		reply->kind = PEERING_RESPONSE_REFUSED;
		reply->reason = get_reason(object);
		return get_number(object, "number", &reply->number);
	}
	if (json_object_get(object, "ask") != NULL) {
		reply->kind = PEERING_RESPONSE_INFO;
		return get_id(object, "ask", &reply->number);
	}
	return true;
}

int
peering_response_read(struct peering_response *reply, const char *data, size_t len)
{
	json_t *object = json_loadb(data, len, JSON_REJECT_DUPLICATES, NULL);
	const char *status = json_string_value(json_object_get(object, "status"));
	bool good = false;

	*reply = (struct peering_response){ .kind = PEERING_RESPONSE_UNKNOWN };
	if (status != NULL && strcmp(status, "OK") == 0) {
		reply->ok = true;
		good = read_ok(reply, object);
	} else if (status != NULL && strcmp(status, "ERROR") == 0) {
		good = read_error(reply, object);
	}
	json_decref(object);
	return good ? 0 : -1;
}
