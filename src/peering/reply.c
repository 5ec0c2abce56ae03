/*
 * peering_reply: what another realm is answered, as kabar-peering(7) has it. When there is
 * something to be said is left to peering_protocol_line and peering_file.
 */
#include "peering/reply.h"

#include <stdio.h>
#include <time.h>

#define EPOCH_SIZE 17
#define TIME_SIZE  32

/* A reply that says one number. */
static void
reply_number(struct peering_line *line, const char *key, uint64_t number)
{
	struct json_out json;

	peering_line_begin(line, &json, "OK");
	json_out_key(&json, key);
	json_out_int(&json, (int64_t)number);
	peering_line_end(line, &json);
}

void
peering_reply_have(struct peering_line *line, uint64_t number)
{
	reply_number(line, "have", number);
}

void
peering_reply_pong(struct peering_line *line, uint64_t id)
{
	reply_number(line, "pong", id);
}

void
peering_reply_hello(struct peering_line *line, const struct config *config)
{
	struct json_out json;

	peering_line_begin(line, &json, "OK");
	json_out_key(&json, "hello");
	json_out_int(&json, PEERING_VERSION);
	json_out_key(&json, "realm");
	json_out_cstring(&json, config->realm);
	json_out_key(&json, "window");
	json_out_int(&json, PEERING_WINDOW);
	json_out_key(&json, "bytes");
	json_out_int(&json, PEERING_WINDOW_BYTES);
	json_out_key(&json, "file_max");
	json_out_int(&json, (int64_t)config->file_max);
	peering_line_end(line, &json);
}

void
peering_reply_resume(struct peering_line *line, uint64_t epoch, uint64_t have)
{
	char text[EPOCH_SIZE];
	struct json_out json;

	snprintf(text, sizeof(text), "%016llx", (unsigned long long)epoch);
	peering_line_begin(line, &json, "OK");
	json_out_key(&json, "resume");
	json_out_cstring(&json, text);
	json_out_key(&json, "have");
	json_out_int(&json, (int64_t)have);
	peering_line_end(line, &json);
}

void
peering_reply_refused(struct peering_line *line, uint64_t number, enum chat_reason reason)
{
	struct json_out json;

	peering_line_begin(line, &json, "ERROR");
	json_out_key(&json, "number");
	json_out_int(&json, (int64_t)number);
	json_out_key(&json, "reason");
	json_out_cstring(&json, chat_reason_word(reason));
	peering_line_end(line, &json);
}

void
peering_reply_want(struct peering_line *line, uint64_t number, uint64_t offset)
{
	struct json_out json;

	peering_line_begin(line, &json, "OK");
	json_out_key(&json, "want");
	json_out_int(&json, (int64_t)number);
	json_out_key(&json, "offset");
	json_out_int(&json, (int64_t)offset);
	peering_line_end(line, &json);
}

static void
write_user(struct json_out *json, const struct chat_user *user, int64_t since_ms)
{
	time_t seconds = (time_t)(since_ms / 1000);
	char since[TIME_SIZE];
	struct tm tm;

	json_out_object_begin(json);
	json_out_key(json, "username");
	json_out_cstring(json, user->name);
	json_out_key(json, "name");
	json_out_cstring(json, user->fullname);
	json_out_key(json, "country");
	json_out_cstring(json, user->country);
	json_out_key(json, "online");
	json_out_bool(json, since_ms != 0);
	if (since_ms != 0 && gmtime_r(&seconds, &tm) != NULL &&
	    strftime(since, sizeof(since), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0) {
		json_out_key(json, "since");
		json_out_cstring(json, since);
	}
	json_out_object_end(json);
}

void
peering_reply_info(struct peering_line *line, uint64_t id, const struct chat_user *user,
    int64_t since_ms)
{
	struct json_out json;

	peering_line_begin(line, &json, user != NULL ? "OK" : "ERROR");
	json_out_key(&json, "ask");
	json_out_int(&json, (int64_t)id);
	if (user != NULL) {
		json_out_key(&json, "info");
		write_user(&json, user, since_ms);
	} else {
		json_out_key(&json, "reason");
		json_out_cstring(&json, chat_reason_word(CHAT_REASON_NO_USER));
	}
	peering_line_end(line, &json);
}

static void
write_fatal(struct json_out *json, const char *why, bool retry)
{
	json_out_key(json, "fatal");
	json_out_cstring(json, why);
	json_out_key(json, "retry");
	json_out_bool(json, retry);
}

void
peering_reply_fatal(struct peering_line *line, const char *why, bool retry)
{
	struct json_out json;

	peering_line_begin(line, &json, "ERROR");
	write_fatal(&json, why, retry);
	peering_line_end(line, &json);
}

void
peering_reply_stranger(struct peering_line *line, const struct config *config)
{
	struct json_out json;

	peering_line_begin(line, &json, "ERROR");
	write_fatal(&json, "this realm does not know this key", false);
	json_out_key(&json, "realm");
	json_out_cstring(&json, config->realm);
	peering_line_end(line, &json);
}
