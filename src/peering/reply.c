/*
 * peering_reply: the writers come first, then the reader, as kabar-peering(7) has it. The reader
 * passes over keys that it does not know, so that later versions can say more.
 */
#include "peering/reply.h"

#include <bsd/string.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_out.h"

#define ID_DIGITS 20

/* Between the two, keys and values of one object are written. */
static void
begin_reply(struct frame *frame, struct json_out *json, const char *status)
{
	json_out_init(json, frame_sink, frame);
	json_out_object_begin(json);
	json_out_pair(json, "status", status);
}

static void
end_reply(struct frame *frame, struct json_out *json)
{
	json_out_object_end(json);
	frame_end_reply(frame);
}

static void
write_number(struct frame *frame, const char *key, uint64_t number)
{
	struct json_out json;

	begin_reply(frame, &json, "OK");
	json_out_pair_int(&json, key, (int64_t)number);
	end_reply(frame, &json);
}

void
peering_reply_have(struct frame *frame, uint64_t number)
{
	write_number(frame, "have", number);
}

void
peering_reply_pong(struct frame *frame, uint64_t id)
{
	write_number(frame, "pong", id);
}

void
peering_reply_hello(struct frame *frame, const struct config *config)
{
	struct json_out json;

	begin_reply(frame, &json, "OK");
	json_out_pair_int(&json, "hello", PEERING_VERSION);
	json_out_pair(&json, "realm", config->realm);
	json_out_pair_int(&json, "window", PEERING_WINDOW);
	json_out_pair_int(&json, "bytes", PEERING_WINDOW_BYTES);
	json_out_pair_int(&json, "file_max", (int64_t)config->file_max);
	end_reply(frame, &json);
}

void
peering_reply_resume(struct frame *frame, uint64_t epoch, uint64_t have)
{
	char text[PEERING_EPOCH_SIZE];
	struct json_out json;

	peering_write_epoch(text, epoch);
	begin_reply(frame, &json, "OK");
	json_out_pair(&json, "resume", text);
	json_out_pair_int(&json, "have", (int64_t)have);
	end_reply(frame, &json);
}

void
peering_reply_refused(struct frame *frame, uint64_t number, enum chat_reason reason)
{
	struct json_out json;

	begin_reply(frame, &json, "ERROR");
	json_out_pair_int(&json, "number", (int64_t)number);
	json_out_pair(&json, "reason", chat_reason_word(reason));
	end_reply(frame, &json);
}

void
peering_reply_want(struct frame *frame, uint64_t number, uint64_t offset)
{
	struct json_out json;

	begin_reply(frame, &json, "OK");
	json_out_pair_int(&json, "want", (int64_t)number);
	json_out_pair_int(&json, "offset", (int64_t)offset);
	end_reply(frame, &json);
}

void
peering_reply_info(struct frame *frame, uint64_t id, const struct chat_person *person)
{
	struct json_out json;

	begin_reply(frame, &json, person != NULL ? "OK" : "ERROR");
	json_out_pair_int(&json, "ask", (int64_t)id);
	if (person != NULL) {
		json_out_key(&json, "info");
		chat_person_write(&json, person);
	} else {
		json_out_pair(&json, "reason", chat_reason_word(CHAT_REASON_NO_USER));
	}
	end_reply(frame, &json);
}

static void
write_fatal(struct json_out *json, const char *why, bool retry)
{
	json_out_pair(json, "fatal", why);
	json_out_key(json, "retry");
	json_out_bool(json, retry);
}

void
peering_reply_fatal(struct frame *frame, const char *why, bool retry)
{
	struct json_out json;

	begin_reply(frame, &json, "ERROR");
	write_fatal(&json, why, retry);
	end_reply(frame, &json);
}

void
peering_reply_unknown(struct frame *frame, const struct config *config)
{
	struct json_out json;

	begin_reply(frame, &json, "ERROR");
	write_fatal(&json, "this realm does not know this key", false);
	json_out_pair(&json, "realm", config->realm);
	end_reply(frame, &json);
}

/* Reads a number that is not negative. False: the key has none. */
static bool
get_number(const json_t *object, const char *key, uint64_t *number)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return false;
	*number = (uint64_t)json_integer_value(value);
	return true;
}

/* Copies a text that fits. False: the key has none. */
static bool
get_text(const json_t *object, const char *key, char *text, size_t size)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value != NULL && strlcpy(text, value, size) < size;
}

static bool
get_epoch(const json_t *object, uint64_t *epoch)
{
	const json_t *value = json_object_get(object, "resume");

	return json_is_string(value) &&
	    peering_read_epoch(json_string_value(value), json_string_length(value), epoch);
}

/* Reads an id of ours, which comes back as a number or, if it is long, perhaps as a string. */
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

	return chat_reason_find_of_peer(chat_text(word == NULL ? "" : word));
}

static bool
read_hello(struct peering_reply *reply, const json_t *object)
{
	return get_number(object, "window", &reply->window.messages) &&
	    get_number(object, "bytes", &reply->window.bytes) &&
	    get_number(object, "file_max", &reply->window.file_max) &&
	    get_text(object, "realm", reply->realm, sizeof(reply->realm));
}

/* False: the reply is of a known kind, but lacks what one of that kind has. */
static bool
read_ok(struct peering_reply *reply, const json_t *object)
{
	if (json_object_get(object, "hello") != NULL) {
		reply->kind = PEERING_REPLY_HELLO;
		return get_number(object, "hello", &reply->number) && read_hello(reply, object);
	}
	if (json_object_get(object, "resume") != NULL) {
		reply->kind = PEERING_REPLY_RESUMED;
		return get_epoch(object, &reply->epoch) &&
		    get_number(object, "have", &reply->number);
	}
	if (json_object_get(object, "have") != NULL) {
		reply->kind = PEERING_REPLY_HAVE;
		return get_number(object, "have", &reply->number);
	}
	if (json_object_get(object, "want") != NULL) {
		reply->kind = PEERING_REPLY_WANT;
		return get_number(object, "want", &reply->number) &&
		    get_number(object, "offset", &reply->offset);
	}
	if (json_object_get(object, "pong") != NULL) {
		reply->kind = PEERING_REPLY_PONG;
		return get_id(object, "pong", &reply->number);
	}
	if (json_object_get(object, "ask") != NULL) {
		reply->kind = PEERING_REPLY_INFO;
		reply->found = true;
		return get_id(object, "ask", &reply->number) &&
		    chat_person_read(&reply->person, json_object_get(object, "info"));
	}
	return true;
}

static bool
read_error(struct peering_reply *reply, const json_t *object)
{
	const char *fatal = json_string_value(json_object_get(object, "fatal"));

	if (fatal != NULL) {
		reply->kind = PEERING_REPLY_FATAL;
		reply->retry = json_is_true(json_object_get(object, "retry"));
		strlcpy(reply->fatal, fatal, sizeof(reply->fatal));
		if (!get_text(object, "realm", reply->realm, sizeof(reply->realm)))
			reply->realm[0] = '\0';
		return true;
	}
	if (json_object_get(object, "number") != NULL) {
		reply->kind = PEERING_REPLY_REFUSED;
		reply->reason = get_reason(object);
		return get_number(object, "number", &reply->number);
	}
	if (json_object_get(object, "ask") != NULL) {
		reply->kind = PEERING_REPLY_INFO;
		return get_id(object, "ask", &reply->number);
	}
	return true;
}

int
peering_reply_read(struct peering_reply *reply, const char *data, size_t len)
{
	json_t *object = json_loadb(data, len, JSON_REJECT_DUPLICATES, NULL);
	const char *status = json_string_value(json_object_get(object, "status"));
	bool good = false;

	*reply = (struct peering_reply){ .kind = PEERING_REPLY_UNKNOWN };
	if (status != NULL && strcmp(status, "OK") == 0) {
		reply->ok = true;
		good = read_ok(reply, object);
	} else if (status != NULL && strcmp(status, "ERROR") == 0) {
		good = read_error(reply, object);
	}
	json_decref(object);
	return good ? 0 : -1;
}
