/*
 * The request syntax of rooms: no bytes may lead its reader out of them or to contradict itself,
 * and JSON reads as jansson reads it.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialect/room/syntax.h"
#include "fuzz.h"

static const char *const names[] = { "FLAG", "SENDER", "RECEIVER", "CONTENT", "TYPE", "username",
	"password", NULL };

static bool
lies_within(const char *part, size_t part_len, const char *data, size_t len)
{
	return part >= data && part_len <= len && (size_t)(part - data) <= len - part_len;
}

/* The value, decoded; to be freed. NULL when it holds half of a surrogate pair. */
static char *
decode_pair(const struct room_pair *pair, size_t *len)
{
	char *out = malloc(pair->value_len == 0 ? 1 : pair->value_len);

	DEMAND(out != NULL);
	if (dialect_room_decode(pair, out, pair->value_len, len) == 0) {
		DEMAND(*len <= pair->value_len);
		return out;
	}
	DEMAND(pair->escaped);
	free(out);
	return NULL;
}

static enum room_syntax_result
read_object(struct room_reader *reader, const char *data, size_t len, unsigned int depth)
{
	struct room_reader inner;
	struct room_pair pair;
	enum room_syntax_result result;
	unsigned int pairs = 0;
	size_t decoded_len;

	while ((result = dialect_room_syntax_next(reader, &pair)) == ROOM_SYNTAX_PAIR) {
		DEMAND(++pairs <= ROOM_SYNTAX_PAIRS_MAX && depth < ROOM_SYNTAX_DEPTH_MAX);
		DEMAND(pair.key_len <= ROOM_SYNTAX_KEY_MAX);
		DEMAND(lies_within(pair.key, pair.key_len, data, len));
		DEMAND(lies_within(pair.value, pair.value_len, data, len));
		DEMAND(pair.value >= pair.key + pair.key_len);
		free(decode_pair(&pair, &decoded_len));
		if (pair.kind != ROOM_SYNTAX_OBJECT)
			continue;
		dialect_room_syntax_enter(&inner, reader, &pair);
		DEMAND(
		    read_object(&inner, pair.value, pair.value_len, depth + 1) == ROOM_SYNTAX_END);
		DEMAND(inner.at == pair.value + pair.value_len);
	}
	DEMAND(dialect_room_syntax_next(reader, &pair) == result);
	return result;
}

/* Tells whether JSON has this value, too. */
static void
compare_value(const struct room_pair *pair, const json_t *value)
{
	size_t len;
	char *text;

	DEMAND(value != NULL);
	DEMAND((pair->kind == ROOM_SYNTAX_OBJECT) == json_is_object(value));
	DEMAND((pair->kind == ROOM_SYNTAX_LIST) == json_is_array(value));
	if (!json_is_string(value))
		return;
	text = decode_pair(pair, &len);
	DEMAND(text != NULL && len == json_string_length(value));
	DEMAND(memcmp(text, json_string_value(value), len) == 0);
	free(text);
}

static void
compare_object(struct room_reader *reader, const json_t *object)
{
	struct room_reader inner;
	struct room_pair pair;
	enum room_syntax_result result;
	size_t pairs = 0;

	while ((result = dialect_room_syntax_next(reader, &pair)) == ROOM_SYNTAX_PAIR) {
		char key[ROOM_SYNTAX_KEY_MAX + 1] = { 0 };
		json_t *value;

		memcpy(key, pair.key, pair.key_len);
		value = json_object_get(object, key);
		compare_value(&pair, value);
		if (pair.kind == ROOM_SYNTAX_OBJECT) {
			dialect_room_syntax_enter(&inner, reader, &pair);
			compare_object(&inner, value);
		}
		pairs++;
	}
	DEMAND(result == ROOM_SYNTAX_TOO_DEEP || result == ROOM_SYNTAX_TOO_MANY ||
	    (result == ROOM_SYNTAX_END && pairs == json_object_size(object)));
}

/* Tells whether all keys are such as reader.h promises to read. */
static bool
plain_keys(json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach (object, key, value) {
		if (strlen(key) > ROOM_SYNTAX_KEY_MAX || strpbrk(key, "=\"\\") != NULL)
			return false;
		for (const char *c = key; *c != '\0'; c++)
			if ((unsigned char)*c < ' ')
				return false;
		if (json_is_object(value) && !plain_keys(value))
			return false;
	}
	return true;
}

static void
compare_text(const char *text, size_t len, const json_t *object)
{
	struct room_reader reader;

	dialect_room_syntax_init(&reader, text, len, names);
	compare_object(&reader, object);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const char *data = (const char *)bytes;
	json_t *json = json_loadb(data, size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	struct room_reader reader;

	dialect_room_syntax_init(&reader, data, size, names);
	read_object(&reader, data, size, 0);
	dialect_room_syntax_init(&reader, data, size, NULL);
	read_object(&reader, data, size, 0);
	if (json_is_object(json) && plain_keys(json)) {
		/* In jansson's own writing keys are not escaped without need. */
		char *text = json_dumps(json, JSON_COMPACT);

		DEMAND(text != NULL);
		compare_text(text, strlen(text), json);
		free(text);
		if (memchr(data, '\\', size) == NULL)
			compare_text(data, size, json);
	}
	json_decref(json);
	return 0;
}
